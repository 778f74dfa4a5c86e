/* The picture of a sweep over storm.clients: when the last client is back, and the middle one.
 * Separate because it is about ranks within a trial, not about the trials' tail: of each arm the
 * median over its trials. */
#ifndef BENCH_SWEEP_STORM_H
#define BENCH_SWEEP_STORM_H

#include "../out/csv.h"
#include "../stats/counted.h"
#include "../stats/quantile.h"
#include "arm_list.h"

/* The number of storm.clients among the keys; arms->keys when it is none of them. */
size_t storm_key(const struct arm_list *arms);

/* Columns of trials.csv that the picture needs. */
enum { STORM_COLUMNS = 2 };
extern const char *const storm_columns[STORM_COLUMNS];

/* Of one arm: medians over its trials. */
struct storm_arm {
    struct quantile last, middle;
};
struct storm_arm storm_arm_of(const struct csv_table *rows);

/* The same where trials are only counted; false: not those columns. */
bool storm_arm_counted(const struct counted *counted, struct storm_arm *arm);

/* For storm.gp, in the layout of design_trend: the last client's lines, then the middle one's.
 * False, and nothing is put: there is no line. */
bool storm_table(const struct arm_list *arms, const struct storm_arm *arm, bool last,
                 struct csv_buffer *buffer);

#endif
