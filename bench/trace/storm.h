/* What a trace says of a storm's clients and of the gate they meet.
 * Separate because a client of a storm has SAs, but no classes of traffic. RFC 7296 2.6. */
#ifndef BENCH_TRACE_STORM_H
#define BENCH_TRACE_STORM_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/sim.h"
#include "world/row.h"

/* Whether a moment of a storm is told here. */
bool storm_tells(const struct moment *moment);

/* The rest of the line, after time and actor. */
void storm_put(FILE *out, const struct moment *moment);

/* What came of it. */
void storm_put_result(FILE *out, const struct row *row, double horizon_s);

#endif
