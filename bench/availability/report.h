/* Availability as a table for people, CSV, JSON and Markdown.
 * Separate from the arithmetic: nothing here decides anything. JSON has no infinities: null. */
#ifndef BENCH_AVAILABILITY_REPORT_H
#define BENCH_AVAILABILITY_REPORT_H

#include <stdio.h>

#include "settings.h"

enum availability_format {
    AVAILABILITY_TABLE,
    AVAILABILITY_CSV,
    AVAILABILITY_JSON,
    AVAILABILITY_MD
};

/* One whole document; `result` is of each tuning. */
void availability_print(FILE *stream, const struct settings *settings,
                        const struct availability *result,
                        const struct availability_options *options,
                        enum availability_format format);

#endif
