/* Values that are texts rather than numbers: dates, DNS names, folders, thumbprints.
 * Separate from numbers with units (quantity.c). What a value points to belongs to the plan. */
#ifndef BENCH_SCENARIO_TEXT_H
#define BENCH_SCENARIO_TEXT_H

#include "plan.h"

/* Whether a parameter's type is one of these. */
bool text_is(enum param_type type);

/* Reads `text` as a value of this parameter and stores it at `at`. *canonical (owned by the caller)
 * reads back as the same value. Folders are relative to `folder`. */
bool text_parse(char **canonical, struct plan *plan, const struct param_def *def, void *at,
                const char *text, const char *folder, struct error *why);

/* "2007-04-25" or "2007-04-25T12:30:00Z" (UTC, years 1 to 9999) as seconds since 1970. */
bool text_date(int64_t *seconds, const char *text, struct error *why);

/* The same as text: "2007-04-25T12:30:00Z". */
enum { TEXT_DATE_MAX = 40 };
char *text_of_date(char text[TEXT_DATE_MAX], int64_t seconds);

/* A DNS name: letters, digits, - and _ in labels of 1 to 63, at most 253 in all; a label * is
 * allowed. */
bool text_is_dns(const char *text);

#endif
