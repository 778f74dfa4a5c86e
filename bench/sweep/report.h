/* What the arms of a sweep say: trials.csv -> summary.csv and a table for people, arm by arm.
 * Separate because it holds one arm's trials at a time; a summary of one run is summary.h's. */
#ifndef BENCH_SWEEP_REPORT_H
#define BENCH_SWEEP_REPORT_H

#include <stdio.h>

#include "../base/error.h"

/* Recomputes DIR/summary.csv, whole or not at all: the columns of a run's, after the arm's number.
 * Prints a table of at most 120 columns to `out` unless NULL. EXIT_INPUT: arms.csv or trials.csv
 * are bad, or do not speak of the same arms. */
bool sweep_summarize(const char *dir, FILE *out, struct error *error);

#endif
