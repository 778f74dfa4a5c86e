/* Outage against false alarms, arm by arm: a table for pareto.gp.
 * Separate because it is the one picture with two costs: which arms no other one beats in both. */
#ifndef BENCH_SWEEP_PARETO_H
#define BENCH_SWEEP_PARETO_H

#include "../out/csv.h"
#include "../stats/quantile.h"
#include "../stats/rate.h"
#include "arm_list.h"

struct pareto_arm {
    struct quantile p99; /* of the outage, ns */
    struct rate alarms;  /* a day; high < 0: not known */
};

/* Is the arm on the front: none is lower in one of the two and at most as high in the other? False
 * when either is not known or beyond the horizon. */
bool pareto_front(const struct pareto_arm *arm, size_t arms, size_t own);

/* A row for each arm that has both, in order of alarms: its name (as scripts decode it), number,
 * alarms, low, high, p99, low, high in seconds (an empty end: no limit), 1 on the front. `front`:
 * only those on it. False, and nothing is put: fewer than two arms have both. */
bool pareto_table(const struct arm_list *names, const struct pareto_arm *arm, bool front,
                  struct csv_buffer *buffer);

#endif
