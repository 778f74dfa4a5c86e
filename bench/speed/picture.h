/* A picture of what was measured: a bar for each measurement, its target, and the peer's.
 * Separate because the table never depends on it. */
#ifndef BENCH_SPEED_PICTURE_H
#define BENCH_SPEED_PICTURE_H

#include "measure.h"

/* Makes the folder `dir` anew: speed.svg, speed.png and their data. EXIT_OUTPUT: gnuplot is missing
 * or failed, or the folder cannot be written. */
bool picture_write(const struct measures *measures, const char *dir, struct error *error);

#endif
