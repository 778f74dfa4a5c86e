/* Which pictures of outcomes against a drawn value a run gets, and with which words.
 * Separate because it knows the registry of parameters; scatter.h only groups numbers. */
#ifndef BENCH_PLOT_AGAINST_H
#define BENCH_PLOT_AGAINST_H

#include "../out/stage.h"
#include "gnuplot.h"

enum { AGAINST_MAX = 3 };

/* Writes the data of against-1, against-2 (outage and ipsec against the values that a run of one or
 * two draws a trial drew) and, for a planned move, against-vip-up (ipsec against the gap) into the
 * stage, and adds what has to be drawn to job[*jobs] (room for AGAINST_MAX more). */
bool against_prepare(const char *dir, const struct stage *stage, struct gnuplot_job *job,
                     size_t *jobs, struct error *error);

#endif
