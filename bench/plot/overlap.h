/* The KB's sum against what happens (KB 821839, C3): outage and the longer of the two recoveries,
 * IPsec's and Exchange's, against their sum.
 * Separate because it is about one sentence of the KB; scatter.h only groups numbers. */
#ifndef BENCH_PLOT_OVERLAP_H
#define BENCH_PLOT_OVERLAP_H

#include "../out/stage.h"
#include "gnuplot.h"

/* Writes overlap.csv and overlap-bands.csv of DIR/trials.csv into the stage and adds the picture to
 * job[*jobs] (room for one more), unless no trial has recovered with services that had to start. */
bool overlap_prepare(const char *dir, const struct stage *stage, struct gnuplot_job *job,
                     size_t *jobs, struct error *error);

#endif
