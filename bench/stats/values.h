/* Which values of the trials a metric is about.
 * Separate because summaries of rows and exact counts without rows must mean the same. */
#ifndef BENCH_STATS_VALUES_H
#define BENCH_STATS_VALUES_H

#include <stddef.h>

#include "world/row.h"

/* In moments and outcomes of rows as files have them: it did not happen. */
#define VALUES_NEVER (-1)

/* Number of a metric that is not in the registry's order: one of a traffic class. */
#define VALUES_OF_CLASS ROW_COLUMN_COUNT

/* Number of the column that says what became of the trial. */
#define VALUES_STATUS (offsetof(struct row, status) / sizeof(int64_t))

/* Columns that say which trials count: of trial i the cell i * stride. NULL: that one is not there
 * (--columns). */
struct values_about {
    const int64_t *status, *outage, *system;
    size_t stride;
};

/* Number of a column by its name; VALUES_OF_CLASS also when there is no such column. */
size_t values_number(const char *name);

enum values_fate {
    VALUES_NONE,   /* the column says nothing of this trial, which is of another system */
    VALUES_OUT,    /* not part of the metric */
    VALUES_BEYOND, /* beyond the horizon */
    VALUES_TAKEN
};

/* What a cell is to a metric: outcomes never reached are beyond the horizon; they are of no trial
 * in which nothing fails. Moments count where they happened, phases where the outage ended, amounts
 * always. */
enum values_fate values_fate(enum row_kind kind, size_t number, int64_t cell,
                             const struct values_about *about, size_t trial);

#endif
