/* What a sweep varies: keys, each with its values, from the scenario file and the command line.
 * Separate because it only reads: which values meet in one arm is grid.h's. */
#ifndef BENCH_SWEEP_AXES_H
#define BENCH_SWEEP_AXES_H

#include "../scenario/draft.h"
#include "range.h"

/* What the command line asks for beside the file. */
struct sweep_request {
    const char *file;
    const char *const *set; /* --set */
    size_t sets;
    const char *const *sweep; /* --sweep KEY=VALUES */
    size_t sweeps;
    const char *const *zip; /* --zip KEY,KEY */
    size_t zips;
    const char *const *drop; /* --drop 'KEY=VALUE KEY=VALUE' */
    size_t drops;
    bool one_at_a_time;
    bool single; /* a scenario that sweeps nothing is taken, as one arm */
};

struct axis {
    char *key; /* "link.lan.delay"; "per_trial.link.lan.delay" when laws are swept */
    const struct param_def *param;
    bool draw;           /* a law drawn once a trial */
    bool in_file;        /* the file gives it no single value */
    struct texts value;  /* as written, or made from a range */
    struct place *place; /* of each value */
    size_t group;        /* axes of the same group step together (zip) */
};

/* Points at which all these axes have these values are left out. */
struct drop {
    size_t n;
    size_t *axis, *value; /* numbers */
};

struct axes {
    struct axis *axis;
    size_t n;
    struct drop *drop;
    size_t drops;
    /* What places point into. */
    struct plan *scratch;
    struct draft draft;
};

/* EXIT_INPUT with file:line:column or the option: an unknown key, a bad range, a value given twice,
 * nothing to sweep, zip or drop that does not fit. To be freed by axes_fini when true. */
bool axes_read(struct axes *axes, const struct sweep_request *request, struct error *error);
void axes_fini(struct axes *axes);

#endif
