/* Numbers with units as a scenario writes them: 1.2s, 2%, 5/s, 1.8, 6.
 * Separate because values, ranges and the arguments of laws all are made of them.
 * Every canonical text reads back as exactly the same value. */
#ifndef BENCH_SCENARIO_QUANTITY_H
#define BENCH_SCENARIO_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/error.h"
#include "registry.h"

/* In the base unit of its type: ns (whole), share, 1/s, number, count (whole), bit/s. */
struct quantity {
    int64_t whole; /* TYPE_TIME, TYPE_COUNT */
    double real;   /* all types; of a time or count the nearest double */
};

enum { QUANTITY_TEXT_MAX = 48 };

/* Reads text of type time, share, rate, number, count or bit rate. Times are exact: decimal, to the
 * ns. On failure *why says what is wrong and what would be right, without a place in front. */
bool quantity_parse(struct quantity *quantity, enum param_type type, const char *text,
                    struct error *why);

/* The canonical text; returns `text`. */
char *quantity_text(char text[QUANTITY_TEXT_MAX], enum param_type type, struct quantity quantity);

#endif
