/* Pictures of a sweep: arms side by side, and p99 against what was varied.
 * Separate because it knows what arms are; curves and bars of one sample are bench/plot's. */
#ifndef BENCH_SWEEP_DRAW_H
#define BENCH_SWEEP_DRAW_H

#include "../base/error.h"

/* Makes DIR/plots anew from DIR/arms.csv and DIR/trials.csv, whole or not at all: percentiles, ccdf
 * and phases of at most 8 arms (of more: the lowest and the highest by p99, and the title says so),
 * trend-1, trend-2, ... for each numeric key, heatmap for two keys, tornado for keys that are
 * varied one at a time, front-ends (first, median, last one) where their number is varied, pareto
 * (p99 against false alarms) where alarms.csv is there. Errors are those of plot_write. */
bool sweep_draw(const char *dir, const char *title, struct error *error);

#endif
