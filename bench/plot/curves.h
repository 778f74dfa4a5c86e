/* The numbers behind the pictures: samples -> CSV tables for the scripts.
 * Separate because most mistakes in plots are mistakes in their data, which can be tested without
 * gnuplot. Tables hold one block of columns per series, so that several arms share one picture. */
#ifndef BENCH_PLOT_CURVES_H
#define BENCH_PLOT_CURVES_H

#include "../out/csv.h"
#include "../stats/quantile.h"

struct curve {
    const char *name; /* the legend; plain text */
    struct sample sample;
};

/* Quantiles on a grid of some 50 points for each halving of 1 - p, named percentiles included:
 * inverse_tail = 1/(1-p), then for each curve NAME, low, high in seconds (exact 95 % interval).
 * A cell beyond the horizon, or without a limit, is empty. */
void curves_percentiles(const struct curve *curve, size_t n, struct csv_buffer *buffer);

/* The share of trials above x, on the same grid: for each curve x in seconds, NAME, low, high.
 * Corners are written out; a share of 0 is written as half a trial, so that a log axis can end. */
void curves_ccdf(const struct curve *curve, size_t n, struct csv_buffer *buffer);

#endif
