/* Which values of the axes meet: one point for each arm.
 * Separate because it is pure counting, which can be tested without a scenario. */
#ifndef BENCH_SWEEP_GRID_H
#define BENCH_SWEEP_GRID_H

#include "axes.h"

enum { GRID_POINTS_MAX = 1000, GRID_BASE = -1 };

struct grid {
    size_t axes, points;
    int *value; /* [point * axes + axis]: number of the value, or GRID_BASE: the scenario's own */
};

/* Every combination, the first axis slowest (zipped axes are one), less what is dropped. One at a
 * time: the base, then for each axis each value while the others stay at the base, which is the
 * scenario's own value (of an axis the file sweeps, its first). EXIT_INPUT: none or more than
 * GRID_POINTS_MAX are left. To be freed by grid_fini. */
bool grid_make(struct grid *grid, const struct axes *axes, bool one_at_a_time, struct error *error);
void grid_fini(struct grid *grid);

#endif
