#include "grid.h"

#include <math.h>
#include <stdlib.h>

#include "engine/check.h"

#include "quantile.h"
#include "summary.h"

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

struct quantile_grid quantile_grid(uint64_t n)
{
    static const double named[] = {0.99, 0.95, 0.75, 0.1, 0.05, 0.01, 0.005, 1e-3, 1e-4, 1e-5};
    struct quantile_grid grid = {.points = 0};
    double last = 0.5 / (double)n;
    for (int i = 0; exp2(-i / (double)GRID_PER_HALVING) > last; i++) {
        CHECK(grid.points < GRID_MAX - 16);
        grid.tail[grid.points++] = exp2(-i / (double)GRID_PER_HALVING);
    }
    for (size_t i = 0; i < COUNT_OF(named); i++)
        if (named[i] > last)
            grid.tail[grid.points++] = named[i];
    grid.tail[grid.points++] = last;
    qsort(grid.tail, grid.points, sizeof *grid.tail, descending);
    return grid;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The three ranks of a quantile, those of them that are ranks. */
static size_t put_ranks(uint64_t *rank, uint64_t n, double p)
{
    struct quantile_ranks r = quantile_ranks(n, p, GRID_LEVEL);
    size_t ranks = 0;
    rank[ranks++] = r.estimate;
    if (r.low >= 1)
        rank[ranks++] = r.low;
    if (r.high <= n)
        rank[ranks++] = r.high;
    return ranks;
}

uint64_t *grid_ranks(uint64_t n, size_t *ranks)
{
    static const double named[] = {
#define X(name, p) p,
        SUMMARY_QUANTILES(X)
#undef X
    };
    struct quantile_grid grid = quantile_grid(n);
    uint64_t *rank = calloc(3 * (grid.points + COUNT_OF(named)) + 2, sizeof *rank);
    size_t all = 0;
    CHECK(rank != NULL && GRID_LEVEL == SUMMARY_LEVEL);
    rank[all++] = 1;
    rank[all++] = n;
    for (size_t i = 0; i < COUNT_OF(named); i++)
        all += put_ranks(rank + all, n, named[i]);
    for (size_t i = 0; i < grid.points; i++)
        if (grid.tail[i] < 1.0 && grid.tail[i] * (double)n >= 0.5 - 1e-9)
            all += put_ranks(rank + all, n, 1.0 - grid.tail[i]);
    qsort(rank, all, sizeof *rank, ascending);
    *ranks = 0;
    for (size_t i = 0; i < all; i++)
        if (*ranks == 0 || rank[i] != rank[*ranks - 1])
            rank[(*ranks)++] = rank[i];
    return rank;
}
