/* Several values in one text: "60s, 300s", "30s..300s:30s", "30s..300s step 30s".
 * Separate because it is decimal arithmetic on text: 0%..30%:10% holds 10%, 20% and 30% exactly, as
 * someone would write them, and no double that is near them. */
#ifndef BENCH_SWEEP_RANGE_H
#define BENCH_SWEEP_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/error.h"
#include "../scenario/registry.h"

enum { RANGE_VALUES_MAX = 1000 };

/* A growing list of texts, each owned; start with {0}. */
struct texts {
    char **text;
    size_t n;
};
void texts_add(struct texts *texts, const char *text, size_t length); /* without spaces around */
void texts_fini(struct texts *texts);

/* Cuts `text` at every character of `cuts` that stands outside brackets; with `empty` empty parts
 * count too. */
void texts_split(struct texts *parts, const char *text, const char *cuts, bool empty);

/* Adds what one item says: the value itself, or, for parameters that are quantities, the values of
 * a range from its lower end in steps up to at most the upper end. On failure *why says what is
 * wrong, without a place in front. */
bool range_expand(struct texts *values, enum param_type type, const char *item, struct error *why);

/* The value as a number in the base unit of its type; false for what is no quantity (words, laws
 * that are not constant). */
bool range_number(double *number, enum param_type type, const char *text);

#endif
