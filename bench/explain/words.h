/* What a part of an outage is made of, in words that an administrator can forward.
 * Separate because it is prose with numbers put in: they come from bounds.h and the plan. */
#ifndef BENCH_EXPLAIN_WORDS_H
#define BENCH_EXPLAIN_WORDS_H

#include "../scenario/plan.h"
#include "bounds.h"

/* "12.6 s", "5.0 ms", "0 s", "none" for INFINITY, "-" for NAN; returns text. */
enum { SPAN_TEXT_MAX = 24 };
char *span_text(char text[SPAN_TEXT_MAX], double ns);

/* One to three sentences; to be freed. */
char *words_of_part(const struct plan *plan, const struct bounds *bounds, enum bounds_part part);

/* The keys that decide about the part, separated by ", "; to be freed. */
char *words_of_keys(const struct plan *plan, enum bounds_part part);

/* The title of a part, and why one has no ceiling ("" when it has one). */
const char *words_title(enum bounds_part part);
const char *words_no_ceiling(enum bounds_why why);

#endif
