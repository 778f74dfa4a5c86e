/* Where a text came from, so that every refusal can say it. */
#ifndef BENCH_SCENARIO_PLACE_H
#define BENCH_SCENARIO_PLACE_H

#include <stdbool.h>

#include "../base/error.h"

/* One of: a file (line 0: as a whole), a text of `--set` or another option,
 * or (all zero) a manifest. */
struct place {
    const char *file;
    unsigned long line, column; /* from 1 */
    const char *set;
    const char *option; /* with `set`: which option's text it is; NULL: --set */
};

/* Fills `error` with the place and the message, made one line, and returns false. */
bool place_refuse(struct error *error, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "FILE:LINE:COLUMN", "--set" (or the other option) or "manifest"; the caller frees it. */
char *place_origin(const struct place *place);

#endif
