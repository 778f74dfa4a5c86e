/* One `run` or `sweep` in several processes that mpirun started: all read the command and the
 * scenarios, then rank 0 does the work and the others simulate for it.
 * Separate because every step must be taken by all of them, or none. */
#ifndef BENCH_CMD_TOGETHER_H
#define BENCH_CMD_TOGETHER_H

#include "../run/ranks.h"
#include "experiment.h"

/* Is this a process that only simulates for another one? It prints and writes nothing. */
bool together_follows(const struct experiment *e);

/* As cmd_fail; what is wrong is told once. */
int together_fail(const struct experiment *e, const struct error *error);

/* After the command was read, well or not: do all have it? */
bool together_begin(struct experiment *e, bool good, struct error *error);

/* Have all the same n plans? Those that follow then simulate until all is done: *served. */
bool together_serve(struct experiment *e, output_plan_fn *plan, const void *const *context,
                    const struct ranks_plan *plans, size_t n, bool *served, struct error *error);

void together_end(struct experiment *e, int status);

#endif
