/* The moments of SMTP sessions as prose.
 * Separate because they are another system's than IKE's. */
#ifndef BENCH_TRACE_MAIL_H
#define BENCH_TRACE_MAIL_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/sim.h"
#include "world/row.h"

/* Whether a moment is one of theirs. */
bool mail_tells(const struct moment *moment);

/* One, without time and place, without newline. */
void mail_put(FILE *out, const struct moment *moment);

/* How a trial ended. */
void mail_put_result(FILE *out, const struct row *row, double horizon_s);

#endif
