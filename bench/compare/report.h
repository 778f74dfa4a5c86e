/* A comparison as a table for people, CSV, JSON and Markdown: all from one struct.
 * Separate from comparing: nothing here decides anything.
 * JSON has no NaN and no infinities: null, and the reason beside it. */
#ifndef BENCH_COMPARE_REPORT_H
#define BENCH_COMPARE_REPORT_H

#include <stdio.h>

#include "compare.h"

enum compare_format { COMPARE_TABLE, COMPARE_CSV, COMPARE_JSON, COMPARE_MD };

/* One whole document. */
void compare_print(FILE *stream, const struct comparing *c, enum compare_format format);

#endif
