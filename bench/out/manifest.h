/* manifest.json: everything needed to repeat a run, and to trace one of its trials.
 * Separate because it is read back: `ikebench trace RESULT_DIR` rebuilds the plan from it alone. */
#ifndef BENCH_OUT_MANIFEST_H
#define BENCH_OUT_MANIFEST_H

#include <stdint.h>

#include "../scenario/plan.h"

struct manifest {
    struct plan *plan; /* owned */
    uint64_t seed, first, trials;
};

/* What a manifest says besides the plans. Members that are NULL are left out. */
struct manifest_run {
    uint64_t seed, first, trials;
    const char *columns;   /* those of trials.csv, when not all: "trial,status,outage_ns,system" */
    const char *rows;      /* "none": there is no trials.csv, quantiles.csv is the truth */
    const char *alarms;    /* "none": false alarms were not counted */
    const char *precision; /* what decided how many trials there are: "p99=2% ..." */
    const char *build;     /* digest of the program: a batch in the making, and parts of one */
    /* One part of a batch of several: */
    const char *shard; /* "2/4" */
    uint64_t whole_first, whole_trials;
};

/* One plan for each arm of a sweep; a run has one, whose name is NULL. What an arm sets other than
 * arm 0 is in "arms". */
struct manifest_arm {
    const char *name;
    const struct plan *plan;
};

/* The text of manifest.json, to be freed. No time, host or user: the same run has the same bytes.
 */
char *manifest_text(const struct manifest_arm *arm, size_t arms, const struct manifest_run *run);

/* Says why there is no manifest in DIR: false, with *error (EXIT_INPUT). */
bool manifest_refuse(const char *dir, struct error *error);

/* Reads DIR/manifest.json; manifest->plan is the caller's to free. EXIT_INPUT when it is missing or
 * not ours, or a distribution table is no longer the one the run read. */
bool manifest_read(const char *dir, struct manifest *manifest, struct error *error);

/* The same for one arm of a sweep. EXIT_INPUT also when this is no sweep, or has no such arm; and
 * for manifest_read when it is one. */
bool manifest_read_arm(const char *dir, uint64_t arm, struct manifest *manifest,
                       struct error *error);

/* What a picture of these results is called: "FOLDER/SCENARIO: N trials" (or "A arms of N
 * trials"). Reads names alone: the
 * tables of the run need not be there. */
bool manifest_title(const char *dir, char *title, size_t size, struct error *error);

/* The values of all keys that begin with `prefix`: "alarm.time 15min, alarm.trials 96, ...". arm:
 * of a sweep, or -1. */
bool manifest_values(const char *dir, int64_t arm, const char *prefix, char *text, size_t size,
                     struct error *error);

/* How many arms a sweep has, and what one is called. EXIT_INPUT: no sweep, or no such arm. */
bool manifest_arms(const char *dir, size_t *arms, struct error *error);
bool manifest_arm_name(const char *dir, uint64_t arm, char *name, size_t size, struct error *error);

/* Was nothing to fail, of a system that has SAs to give up? False also when that cannot be read. */
bool manifest_is_steady(const char *dir, int64_t arm);

/* Is it a storm of clients? False also when that cannot be read. */
bool manifest_is_storm(const char *dir, int64_t arm);

/* The seed of these results. Reads nothing else: the tables of the run need not be there. */
bool manifest_seed(const char *dir, uint64_t *seed, struct error *error);

/* The same with the number of the first trial and how many there are. */
bool manifest_numbers(const char *dir, uint64_t *seed, uint64_t *first, uint64_t *trials,
                      struct error *error);

/* Are `rows` of DIR/trials.csv as many as its manifest says (of a sweep: in all arms together)? Else
 * EXIT_INPUT. Without a manifest, as in results in the making, there is nothing to hold them
 * against. */
bool manifest_check_rows(const char *dir, uint64_t rows, struct error *error);

#endif
