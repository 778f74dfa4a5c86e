/* Runs one of our gnuplot scripts in a folder.
 * Separate because an external program is a danger of its own: gnuplot has no safe mode, so that it
 * gets constant scripts only (scripts/plot), no shell, no start-up files and a time limit, and text
 * of users reaches it as data. */
#ifndef BENCH_PLOT_GNUPLOT_H
#define BENCH_PLOT_GNUPLOT_H

#include <stddef.h>

#include "../base/error.h"

/* Runs common.gp and then `script` ("percentiles.gp") in the folder `cwd`, where the script finds
 * its data and leaves its pictures. The scripts are looked for in $IKEBENCH_SHARE/plot, in
 * scripts/plot of a folder above the program, and in PREFIX/share/ikebench/plot.
 * EXIT_OUTPUT: gnuplot is not installed, failed, complained, or ran longer than a minute. */
bool gnuplot_run(const char *script, const char *cwd, struct error *error);

struct gnuplot_job {
    const char *script;
    const char *base; /* the script's variable of this name, for one that draws several files:
                       * [a-z0-9-] only; NULL: the script draws one */
};

/* The same for several scripts at a time, all in `cwd`; the first failure is told. */
bool gnuplot_run_all(const struct gnuplot_job *job, size_t n, const char *cwd, struct error *error);

#endif
