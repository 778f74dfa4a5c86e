/* A trial as prose: one line a moment, so that anyone can see why it took so long.
 * Separate because it only listens; the same moments make the row. Messages stand in the RFC's
 * notation. */
#ifndef BENCH_TRACE_TRACE_H
#define BENCH_TRACE_TRACE_H

#include <stdio.h>

#include "engine/luck.h"

#include "../scenario/plan.h"

/* Simulates trial luck->trial and prints it. Runs of moments that only tell of requests are
 * shortened to a count unless `all`. */
void trace_trial(FILE *out, const struct plan *plan, const struct luck *luck, bool all);

#endif
