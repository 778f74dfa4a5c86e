/* What the trials of one run say, column by column: trials.csv -> summary.csv and a table for
 * people. Separate because it is the one place that knows what a kind of column (world/row.h) means
 * for statistics: outcomes never reached are infinite, moments that did not happen are left out.
 * Methods: quantile.h. */
#ifndef BENCH_STATS_SUMMARY_H
#define BENCH_STATS_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "world/row.h"

#include "../base/error.h"
#include "../out/csv.h"
#include "counted.h"
#include "gather.h"
#include "quantile.h"
#include "rate.h"

#define SUMMARY_LEVEL 0.95 /* of every interval */

/* X(name, p) */
#define SUMMARY_QUANTILES(X)                                                                       \
    X("p1", 0.01)                                                                                  \
    X("p5", 0.05)                                                                                  \
    X("p25", 0.25)                                                                                 \
    X("p50", 0.50)                                                                                 \
    X("p75", 0.75)                                                                                 \
    X("p90", 0.90)                                                                                 \
    X("p95", 0.95)                                                                                 \
    X("p99", 0.99)                                                                                 \
    X("p99.9", 0.999)

enum {
#define X(name, p) +1
    SUMMARY_QUANTILE_COUNT = 0 SUMMARY_QUANTILES(X)
#undef X
};

struct summary_metric {
    char name[ROW_NAME_MAX];
    enum row_kind kind;
    const char *unit;
    uint64_t n;        /* outcome, amount: all trials; moment: where it happened; phase: where the
                          outage ended */
    uint64_t censored; /* of these, beyond the horizon */
    uint64_t positive; /* of these, above 0 */
    int64_t min, max;  /* unit of the column; QUANTILE_ABOVE beyond the horizon; valid for n > 0 */
    double mean;       /* unit of the column; NaN when n is 0 or a value is censored */
    struct quantile quantile[SUMMARY_QUANTILE_COUNT]; /* valid for n > 0 */
};

enum { SUMMARY_METRICS_MAX = ROW_COLUMN_COUNT + ROW_CLASS_COLUMN_COUNT * APP_CLASSES_MAX };

struct summary {
    uint64_t trials, recovered;
    uint64_t steady;       /* trials in which nothing was to fail: they have no outcomes */
    struct rate alarms;    /* a day: healthy SAs given up while nothing fails (alarms.h) */
    uint64_t alarm_trials; /* that says so; 0: not known */
    uint64_t alarm_any;    /* of these, with any */
    double alarm_hours;    /* simulated in all */
    bool several;          /* front ends: some trial's first and last one differ */
    double recovered_low, recovered_high; /* exact interval of the share of trials that recovered */
    /* Every column of the registry but ids, in its order; then those of classes, in the file's. */
    struct summary_metric metric[SUMMARY_METRICS_MAX];
    size_t metrics;
};

/* Computes the summary of a table of trials: of those columns of the registry that it has, status
 * among them. EXIT_INPUT: it is not, or there are no rows. */
bool summary_compute(const struct csv_table *table, struct summary *summary, struct error *error);

/* The same of counts: every number is what the rows would give. EXIT_INPUT: status misses. */
bool summary_of_counted(const struct counted *counted, struct summary *summary,
                        struct error *error);

/* Takes a part of an arm, as csv_table_parts gives it; *whole: that was the last, *summary is of
 * all of them. */
bool summary_part(struct gather *gather, const struct csv_table *rows, bool last,
                  struct summary *summary, bool *whole, struct error *error);

/* Their false alarms are those of these trials without failure (none: not known). */
struct alarms;
void summary_take_alarms(struct summary *summary, const struct alarms *alarms);

/* Reads DIR/trials.csv, or DIR/quantiles.csv where there are no rows (and alarms.csv, if there) and
 * computes; at most GATHER_ROWS rows are in memory at once, or `most`. */
bool summary_load(const char *dir, struct summary *summary, struct error *error);
bool summary_load_by(const char *dir, size_t most, struct summary *summary, struct error *error);

/* Writes DIR/summary.csv, whole or not at all: metric,unit,statistic,n,value,ci_low,ci_high,note.
 */
bool summary_save(const struct summary *summary, const char *dir, struct error *error);

/* The parts of summary_save, for a sweep whose rows begin with the number of the arm. */
#define SUMMARY_NO_ARM (-1)
void summary_put_header(struct csv_buffer *buffer, bool arms);
void summary_put_rows(struct csv_buffer *buffer, int64_t arm, const struct summary *summary);
bool summary_write_rows(const struct csv_buffer *buffer, const char *dir, struct error *error);

/* summary_load and summary_save: recomputes DIR/summary.csv from DIR/trials.csv. */
bool summary_write(const char *dir, struct error *error);

/* NULL when there is no such metric; p must be one of SUMMARY_QUANTILES. */
const struct summary_metric *summary_find(const struct summary *summary, const char *metric);

/* Sum of an amount over all trials; 0 when there is no such metric. */
double summary_total(const struct summary *summary, const char *metric);
const struct quantile *summary_quantile(const struct summary_metric *metric, double p);

/* A table of at most 100 columns for a person: outcomes, then phases, in seconds. Ranks among front
 * ends are left out where there is one. */
void summary_print(FILE *stream, const struct summary *summary, const char *title);

/* "363.412 s", "1.400 ms", "1.500 us", "17 ns", "0 s", "beyond"; returns text. */
#define TIME_TEXT_MAX 32
char *time_text(char text[TIME_TEXT_MAX], int64_t ns);

/* A share of `whole` (1, or 100 for per cent), with the digits that tell it from 0 and from 1;
 * returns text. */
#define SHARE_TEXT_MAX 32
enum share_rounding { SHARE_NEAREST, SHARE_DOWN, SHARE_UP };
char *share_text(char text[SHARE_TEXT_MAX], double share, double whole,
                 enum share_rounding rounding);

#endif
