/* Threads that take blocks of trials, simulate them and give their rows back.
 * Separate because they serve two masters: the process that writes, and one that only simulates
 * for it on another machine. */
#ifndef BENCH_RUN_WORKER_H
#define BENCH_RUN_WORKER_H

#include "run.h"

struct worker;

struct workers {
    struct blocks *blocks;
    const struct plan *plan; /* may change, under the blocks' lock, while no block is away */
    const struct run_options *options;
    struct worker *worker;
    unsigned n;
};

/* Starts options->jobs threads on `blocks`, for trials of the plan; options->first is the number of
 * the blocks' trial 0. EXIT_INTERNAL: not even one can be had. */
bool workers_start(struct workers *workers, struct blocks *blocks, const struct plan *plan,
                   const struct run_options *options, struct error *error);

/* Waits for all: the blocks have ended. */
void workers_join(struct workers *workers);

#endif
