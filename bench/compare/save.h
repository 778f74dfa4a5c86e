/* A folder with the comparison: compare.csv, compare.json, and the pictures with their data.
 * Separate from report.h because pictures need gnuplot and numbers never do. */
#ifndef BENCH_COMPARE_SAVE_H
#define BENCH_COMPARE_SAVE_H

#include "compare.h"

/* Writes DIR, whole or not at all; `plot`: with percentiles.{svg,png} (both arms)
 * and forest.{svg,png}. EXIT_INPUT: it is there already and not `force`; EXIT_OUTPUT: gnuplot
 * or the disk. */
bool compare_save(const struct comparing *c, const char *dir, bool force, bool plot,
                  struct error *error);

#endif
