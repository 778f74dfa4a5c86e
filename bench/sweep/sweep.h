/* A sweep: one scenario, many settings, the same luck in every arm.
 * Separate because it turns what is varied into plans and runs them into one folder. */
#ifndef BENCH_SWEEP_SWEEP_H
#define BENCH_SWEEP_SWEEP_H

#include "../out/stage.h"
#include "../run/run.h"
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

/* Runs one arm after the other, each on all threads, and writes arms.csv, trials.csv, manifest.json
 * and summary.csv; a table of it goes to `table` unless NULL. `report` sums up all arms. */
bool sweep_run(const struct sweep *sweep, const struct run_options *options,
               const struct stage *stage, FILE *table, struct run_report *report,
               struct error *error);

#endif
