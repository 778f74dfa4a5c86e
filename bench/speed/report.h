/* What was measured, as a table for people and as CSV.
 * Separate because the columns of the file are a promise to whoever compares two of them. */
#ifndef BENCH_SPEED_REPORT_H
#define BENCH_SPEED_REPORT_H

#include <stdio.h>

#include "measure.h"

/* name, n, unit, ns, per_s, y, target_y, target_per_s, reached, peak_mb, machine, compiler,
 * version, commit. Where there is no target its field is empty, as is peak_mb where it is not
 * measured. */
bool report_write(const struct measures *measures, const char *path, struct error *error);

void report_print(const struct measures *measures, FILE *out);

/* What was measured, and on what, in one line. */
void report_title(char *text, size_t size);

#endif
