/* Verdicts as a file, as a table for people, and as a picture of the condition.
 * Separate from the judging (judge.h): nothing here decides anything. */
#ifndef BENCH_CLAIMS_REPORT_H
#define BENCH_CLAIMS_REPORT_H

#include <stdio.h>

#include "judge.h"

/* Writes DIR/claims.csv and, when there is a grid, DIR/claims-g5.csv, each whole or not at all.
 * Times in seconds; a cell that is empty is unknown, beyond the horizon or without a limit. */
bool claims_save(const struct judgement *judgement, const char *dir, struct error *error);

/* Draws DIR/claims-g5.{svg,png} from the grid; nothing without one. EXIT_OUTPUT: gnuplot is
 * missing or failed. */
bool claims_draw(const struct judgement *judgement, const char *dir, struct error *error);

/* A table of at most 120 columns for a person, then what the verdicts mean. */
void claims_print(FILE *stream, const struct judgement *judgement, const char *title);

#endif
