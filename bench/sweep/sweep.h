/* A sweep: one scenario, many settings, the same luck in every arm.
 * Separate because it turns what is varied into plans and runs them into one folder. */
#ifndef BENCH_SWEEP_SWEEP_H
#define BENCH_SWEEP_SWEEP_H

#include "../out/manifest.h"
#include "../run/precision.h"
#include "arm_list.h"
#include "axes.h"

struct sweep {
    struct arm_list arms;
    struct plan **plan; /* of each arm */
};

/* Expands the sweep and reads a plan for each arm, so that a mistake in the last one costs nothing.
 * `names`: "ARM=NAME" texts, for arms that are to be called otherwise. To be freed by sweep_fini
 * when true. */
bool sweep_load(struct sweep *sweep, const struct sweep_request *request, const char *const *names,
                size_t n_names, struct error *error);
void sweep_fini(struct sweep *sweep);

/* How it went. */
struct sweep_done {
    uint64_t trials; /* of each arm */
    double wall_s;
    bool precise;   /* with --precision: every arm has reached every goal; */
    char text[512]; /* where the arm stands that is furthest from them */
};

/* The text of manifest.json, to be freed. */
char *sweep_manifest(const struct sweep *sweep, const struct manifest_run *run);

/* Runs one arm after the other, each on all threads (with goals of `precision`: look by look, see
 * spool.h; the output is then apart), and writes arms.csv, trials.csv, alarms.csv, manifest.json
 * (`about`, with the trials that were run) and summary.csv; a table of it goes to `table` unless
 * NULL. */
bool sweep_run(const struct sweep *sweep, const struct run_options *options,
               const struct precision *precision, const struct manifest_run *about,
               struct output *output, FILE *table, struct sweep_done *done, struct error *error);

#endif
