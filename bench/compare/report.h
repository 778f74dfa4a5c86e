/* A comparison as a table for people, CSV, JSON and Markdown: all from one struct.
 * Separate from comparing: nothing here decides anything.
 * JSON has no NaN and no infinities: null, and the reason beside it. */
#ifndef BENCH_COMPARE_REPORT_H
#define BENCH_COMPARE_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "../out/csv.h"
#include "compare.h"

enum compare_format { COMPARE_TABLE, COMPARE_CSV, COMPARE_JSON, COMPARE_MD };

/* The parts of a row in CSV and JSON, for whoever has several comparisons. compare_put_header and
 * compare_put_row end the row of the buffer. */
void compare_put_header(struct csv_buffer *buffer);
void compare_put_row(struct csv_buffer *buffer, const struct comparison *row);
json_t *compare_json_row(const struct comparison *row);

/* Significant digits for a share in per cent: `least`, or as many as tell it from 100. */
int compare_share_digits(double share, int least);

/* One whole document. */
void compare_print(FILE *stream, const struct comparing *c, enum compare_format format);

#endif
