/* When a computer does not run: short stalls, as of a paused virtual machine or while it swaps.
 * Separate because they are part of the environment: Poisson, each of a length of its own, laid out
 * in windows of time (engine/arrivals.h), so that they are the same whatever else happens. Stalls
 * that overlap are one: the number of those going on is that of M/G/infinity (Kleinrock, Queueing
 * Systems I, 1975, 3.4). */
#ifndef CPU_STALL_H
#define CPU_STALL_H

#include "cpu/params.h"
#include "engine/arrivals.h"

struct stall {
    bool on; /* false: it always runs, at no cost */
    const struct node_params *params;
    struct arrivals starts;
    int64_t most_ns;         /* no stall is longer */
    int64_t run_ns, next_ns; /* found last: it runs from run_ns until next_ns */
};

void stall_reset(struct stall *stall, const struct luck *luck, uint32_t actor,
                 const struct node_params *params);

/* The functions below are for a stall that is on. */

/* The first instant from now_ns on at which the computer runs: now_ns itself outside of stalls. */
int64_t stall_end_ns(struct stall *stall, int64_t now_ns);

/* How long it runs between two instants. */
int64_t stall_run_ns(struct stall *stall, int64_t from_ns, int64_t to_ns);

/* The instant at which it has run for run_ns since from_ns. */
int64_t stall_after_ns(struct stall *stall, int64_t from_ns, int64_t run_ns);

#endif
