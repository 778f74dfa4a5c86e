/* A scenario before its values are read: for every key the text that won and where it stands.
 * Separate because files, --set and manifests are laid over each other as text, and only what is
 * left is parsed; so the order of definitions does not matter. What wins: a file over the files it
 * extends; of these, each with all that it extends, a later one over an earlier one; --set over
 * files; a later --set over an earlier one. A value also removes a draw of its key that it wins
 * over: who fixes a value wants it fixed. In one file or among values and draws of one manifest the
 * draw stays. */
#ifndef BENCH_SCENARIO_DRAFT_H
#define BENCH_SCENARIO_DRAFT_H

#include "place.h"
#include "plan.h"
#include "tree.h"

/* A text and its place; text NULL: none. layer: files and --set by what is laid over what, from 1. */
struct draft_text {
    const char *text;
    struct place place;
    unsigned layer;
};

/* One key: a parameter (by its number in the registry) of one instance (0 for single kinds). */
struct slot {
    size_t def;
    int instance;
};

/* A key to which a file gives several values: `key: {sweep: [60s, 300s]}`. It counts for as long as
 * `values->text` is the text that wins; then only a sweep can use the draft. */
struct draft_sweep {
    struct slot slot;
    const struct tree *values; /* a list, or the text of a range */
};

struct draft {
    struct plan *plan; /* gets the sources and the names of instances */
    struct draft_text *value, *draw;
    struct draft_text parent[PARAM_KIND_COUNT][WORLD_INSTANCES_MAX]; /* extends of instances */
    struct place born[PARAM_KIND_COUNT][WORLD_INSTANCES_MAX];        /* where instances begin */
    int count[PARAM_KIND_COUNT];
    unsigned layers;
    struct draft_sweep *sweep; /* in the order they were read */
    size_t sweeps;
    const struct tree *zip, *drop; /* of the outermost file that has them; else NULL */
    const char *description;
    struct place whole; /* the scenario as a whole */
    bool manifest;      /* every key must be given */
    struct tree **tree; /* the texts above point into these */
    size_t trees;
    char **owned; /* ... and these */
    size_t owns;
};

void draft_init(struct draft *draft, struct plan *plan);
void draft_fini(struct draft *draft);

/* Lays a file, after those it extends (one, or a list in order), over the draft. */
bool draft_file(struct draft *draft, const char *path, struct error *error);

/* Lays one `--set` text ("key=value" or "per_trial.key=law") over the draft. */
bool draft_set(struct draft *draft, const char *text, struct error *error);

/* Lays one value ("per_trial.key": a draw) over the draft; its texts must outlive the draft. */
bool draft_fix(struct draft *draft, const char *key, const char *value, const struct place *place,
               struct error *error);

/* Is this text, which won, a sweep's? */
bool draft_is_sweep(const struct draft *draft, const char *text);

/* Finds "key" or "per_trial.key"; *draw: the latter. */
bool draft_find(struct slot *slot, bool *draw, const struct draft *draft, const char *key,
                const struct place *place, struct error *error);

/* Lays the pairs of a manifest over an empty draft; their order gives the order of instances. */
bool draft_manifest(struct draft *draft, const struct plan_pair *settings, size_t n_settings,
                    const struct plan_pair *draws, size_t n_draws, struct error *error);

/* The texts of a key, to read or to set. */
struct draft_text *draft_value(struct draft *draft, struct slot slot);
struct draft_text *draft_draw(struct draft *draft, struct slot slot);

/* Instance of this name, or -1. */
int draft_instance(const struct draft *draft, enum param_kind kind, const char *name);

/* Instances of a kind: 1 for single kinds. */
int draft_instances(const struct draft *draft, enum param_kind kind);

#endif
