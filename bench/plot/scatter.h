/* The numbers behind a picture of outcomes against a value that differs between trials.
 * Separate because it pairs columns of a trial; curves.h only sorts one. */
#ifndef BENCH_PLOT_SCATTER_H
#define BENCH_PLOT_SCATTER_H

#include "../out/csv.h"

enum { SCATTER_POINTS_MAX = 2000, SCATTER_BINS = 20, SCATTER_SERIES_MAX = 2 };

struct scatter {
    const char *label; /* of the x axis; plain text, no comma */
    const double *x;   /* one for each trial */
    const char *name[SCATTER_SERIES_MAX];
    const int64_t *y[SCATTER_SERIES_MAX]; /* ns; -1: beyond the horizon */
    size_t series, n;
};

/* Every k-th trial, k such that at most SCATTER_POINTS_MAX are left: LABEL, then for each series
 * NAME in seconds, empty beyond the horizon. */
void scatter_points(const struct scatter *scatter, struct csv_buffer *buffer);

/* Quantiles over all trials, in bins of equally many by x: LABEL (the bin's median), then for each
 * series p5, p50, p95 in seconds. The first (last) bin comes again at the least (largest) x, so
 * that the bands reach the ends. */
void scatter_bands(const struct scatter *scatter, struct csv_buffer *buffer);

#endif
