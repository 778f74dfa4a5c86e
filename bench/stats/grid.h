/* The shares of a sample that summaries and pictures ask for.
 * Separate because what is kept of trials without rows must hold all that will be asked for. */
#ifndef BENCH_STATS_GRID_H
#define BENCH_STATS_GRID_H

#include <stddef.h>
#include <stdint.h>

enum { GRID_PER_HALVING = 50, GRID_MAX = GRID_PER_HALVING * 32 + 32 };
#define GRID_LEVEL 0.95 /* of intervals */

/* Some 50 points for each halving of 1 - p, named percentiles included. */
struct quantile_grid {
    double tail[GRID_MAX]; /* 1 - p, descending from 1 to half a trial */
    size_t points;
};
struct quantile_grid quantile_grid(uint64_t n);

/* The ranks (1 .. n, ascending, each once) of n values that are the quantile, or an end of its
 * interval, of a named percentile or of a point of the grid, and 1 and n. To be freed. */
uint64_t *grid_ranks(uint64_t n, size_t *ranks);

#endif
