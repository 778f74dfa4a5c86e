/* trials.csv in a hurry: the usual file, which `ikebench run` wrote, has only digits, '-', '.',
 * 'e', commas and line ends in its rows, and is read here some ten times as fast as by csv.h.
 * Separate because it never judges a file: whatever is unusual (quotes, CR, a missing column, a
 * number that is none, a row of another width, no last line end) is left to csv.h, which knows what
 * is allowed and says where a mistake is. */
#ifndef BENCH_COMPARE_FAST_H
#define BENCH_COMPARE_FAST_H

#include "arms.h"

/* Fills arm->n and arm->value. False: nothing is kept, read it with csv.h. */
bool fast_read(const char *path, struct arm *arm);

#endif
