/* `ikebench speed`: all measurements in one go.
 * Separate from the command so that a test can make a report without starting the program. */
#ifndef BENCH_SPEED_SPEED_H
#define BENCH_SPEED_SPEED_H

#include "measure.h"

/* Measures everything (`only`: what has this in its name; NULL: all). *measures is the caller's
 * (measures_fini), also after a failure. EXIT_INPUT: nothing has. */
bool speed_measure(struct measures *measures, bool quick, const char *only, struct error *error);

#endif
