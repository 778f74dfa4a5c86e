/* A scenario, read and resolved: the immutable plan of an experiment.
 * Separate from reading (yaml.c) and from the registry of parameters (registry.c). */
#ifndef BENCH_SCENARIO_PLAN_H
#define BENCH_SCENARIO_PLAN_H

#include <stddef.h>

#include "engine/luck.h"
#include "world/params.h"

#include "../base/error.h"
#include "place.h"
#include "registry.h"

/* One resolved key, for the manifest. */
struct plan_setting {
    char *key;    /* "link.lan.delay" */
    char *value;  /* as text that parses back to the same value */
    char *origin; /* "default", "FILE:LINE:COLUMN", "--set", "--sweep" or (rebuilt) "manifest" */
};

/* A value drawn once a trial. */
struct plan_draw {
    char *key;                     /* also the column's name in trials.csv */
    char *text;                    /* the law, as text that reads back as the same law */
    char *origin;                  /* as that of a setting */
    const struct param_def *param; /* its type */
    size_t offset;                 /* into struct params */
    struct law law;                /* in the base unit of the type: ns, share, 1/s, number */
    uint32_t index; /* of its luck: (parameter's number in the registry) * 16 + instance */
};

/* A file that had a part in the plan: scenarios and distribution tables. */
struct plan_source {
    char *path;
    char sha256[65];
};

struct pem_store;

struct plan {
    char *name;        /* file name without folder and ending */
    char *folder;      /* name of the scenario's folder ("kb821839"); "." when there is none */
    char *description; /* may be empty */
    struct params base;
    /* Names of instances by kind (enum param_kind), in the order of the arrays of struct params. */
    char names[PARAM_KIND_COUNT][WORLD_INSTANCES_MAX][WORLD_NAME_MAX];
    struct plan_setting *setting; /* every key of the registry x instance, in registry order */
    size_t settings;
    struct plan_draw *draw;
    size_t draws;
    struct plan_source *source;
    size_t sources;
    struct law_table **table; /* owned; shared by the laws above */
    size_t tables;
    void **text; /* owned; names, lists of names and thumbprints that `base` points to */
    size_t texts;
    struct pem_store *pem[TLS_STORES_MAX]; /* owned; what was read for stores, NULL: nothing */
};

/* Reads a scenario (and what it extends) and applies `sets` ("key=value" or "per_trial.key=law", in
 * order). A later value wins over an earlier value or draw of the same key. Files named in a
 * scenario are relative to it, those named in `sets` to the working folder. On success *plan is
 * owned by the caller (plan_free). On failure false, and *error says where and why. */
bool plan_load(struct plan **plan, const char *file, const char *const *sets, size_t n_sets,
               struct error *error);

/* The same for one arm of a sweep: `fixes` ("per_trial.key": a draw) are laid over the rest.
 * Without one for every key to which a file gives several values it is refused, as by plan_load. */
struct plan_fix {
    const char *key, *value;
    struct place place;
};
bool plan_load_arm(struct plan **plan, const char *file, const char *const *sets, size_t n_sets,
                   const struct plan_fix *fixes, size_t n_fixes, struct error *error);

/* Rebuilds a plan from what a manifest recorded: every key/value pair, in the order of
 * plan->setting, and the per-trial draws ("key", "law"). The description is empty; tables and
 * measured values are read and hashed anew, so that the caller can compare plan->source with the
 * manifest's hashes. */
struct plan_pair {
    const char *key, *value;
};
bool plan_rebuild(struct plan **plan, const char *name, const char *folder,
                  const struct plan_pair *settings, size_t n_settings,
                  const struct plan_pair *draws, size_t n_draws, struct error *error);

void plan_free(struct plan *plan);

/* The parameters of one trial: the base with the trial's own draws in place. drawn[i] (plan->draws
 * of them) is the value of draw i in its base unit: times rounded to whole ns, counts to whole
 * numbers (so the ends of uniform(3, 9) come up half as often as what lies between). */
void plan_trial(const struct plan *plan, const struct luck *luck, struct params *params,
                double *drawn);

/* The same where params has the base, or an earlier trial's values: all else is 14 KB. */
void plan_draw_trial(const struct plan *plan, const struct luck *luck, struct params *params,
                     double *drawn);

/* The base with every drawn value at the least (or the largest) that its law can yield. */
void plan_lowest(const struct plan *plan, struct params *params);
void plan_highest(const struct plan *plan, struct params *params);

/* ... or at its median. */
void plan_median(const struct plan *plan, struct params *params);

#endif
