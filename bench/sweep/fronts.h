/* How the number of front ends changes the first, the middle and the last one's outage: a table for
 * front-ends.gp. Separate from design.h, which knows one quantile of each arm: here an arm has
 * three numbers, and one of its keys is the x axis whatever else was varied. */
#ifndef BENCH_SWEEP_FRONTS_H
#define BENCH_SWEEP_FRONTS_H

#include "design.h"

/* By rank among the front ends of a trial. X(name, column of trials.csv) */
#define FRONTS_RANKS(X)                                                                            \
    X(first, "outage_first_ns")                                                                    \
    X(median, "outage_median_ns")                                                                  \
    X(last, "outage_last_ns")
enum {
#define X(name, column) FRONTS_##name,
    FRONTS_RANKS(X)
#undef X
        FRONTS_RANK_COUNT
};
extern const char *const fronts_columns[FRONTS_RANK_COUNT];

enum { FRONTS_PANELS_MAX = 4, FRONTS_SERIES_MAX = 6 };

/* Of one arm: p50 over its trials, with its interval. */
struct fronts_arm {
    struct quantile outage[FRONTS_RANK_COUNT];
};

/* Whether front_end.count is one of the keys that were varied. */
bool fronts_varied(const struct arm_list *arms);

/* A row for each arm: number and name of its panel, number and name of its series, front ends,
 * then for each rank p50 of the outage in seconds, low, high (empty: beyond the horizon, or no
 * limit). Panels are the values of the first varied key that are no numbers (one panel if there is
 * none), series the values of all other keys; rows go by panel, series and number of front ends.
 * Beyond the fourth panel and the sixth series of a panel they are left out, and so are series of
 * one arm. False, and nothing is put: the number of front ends is not varied, or no series is left.
 */
bool fronts_table(const struct design *design, const struct fronts_arm *arm,
                  struct csv_buffer *buffer);

#endif
