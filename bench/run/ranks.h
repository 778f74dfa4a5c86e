/* Several processes on one batch, started by mpirun: rank 0 hands out trials and writes, the others
 * simulate. Separate because only a program built with `make MPI=1` has it, and because it may not
 * touch a number: which rank simulates which trial does not show in the bytes.
 * MPI 3.1; all calls are made by one thread of each rank (MPI_THREAD_FUNNELED). */
#ifndef BENCH_RUN_RANKS_H
#define BENCH_RUN_RANKS_H

#include "run.h"

struct ranks;

/* How many processes mpirun (or srun, for MPI) started, by its variables; 1: this one alone. *rank:
 * which one this is. Known before anything else, in every build. */
unsigned ranks_started(unsigned *rank);

/* Was this program built with MPI? */
bool ranks_built(void);

/* Joins the others; *ranks stays NULL when this process is alone. EXIT_INPUT: there are others, but
 * this program was built without MPI. */
bool ranks_begin(struct ranks **ranks, double timeout_s, struct error *error);

/* Do all ranks get on? `good` and `error` are this one's: false when any rank is not good, with
 * *error of the first of these, whose name it bears unless it is rank 0. To be called by all. */
bool ranks_agree(struct ranks *ranks, bool good, struct error *error);

/* Have all the same plan (manifest_text with build) as rank 0? As ranks_agree. */
bool ranks_compare(struct ranks *ranks, const char *plan, struct error *error);

/* For all but rank 0: simulates what is handed out until that is all. Plan i and its columns are
 * what rank 0's run_options.plan_number i means. */
struct ranks_plan {
    const struct plan *plan;
    const struct columns *columns;
};
bool ranks_serve(struct ranks *ranks, const struct ranks_plan *plan, size_t plans,
                 const struct run_options *options, struct error *error);

/* For rank 0, often, while it watches an arm: takes rows in, hands trials out. EXIT_INCOMPLETE:
 * somebody is silent. */
void ranks_open_arm(struct ranks *ranks, const struct run_options *options);
bool ranks_poll(struct ranks *ranks, struct blocks *blocks, struct error *error);

/* The end for all; NULL-safe. Rank 0 tells the others that serve. `status`: what this process will
 * exit with; when others do not answer it exits at once, and mpirun ends them. */
void ranks_end(struct ranks *ranks, bool serve, int status);

/* Does another rank still have trials that it will bring? */
bool ranks_owe(const struct ranks *ranks);

#endif
