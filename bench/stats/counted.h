/* quantiles.csv: the values of trials whose rows are not kept, as exact counts. Where it stands
 * instead of trials.csv it is the truth: summaries and curves are made from it.
 * Separate from the sorted files of all values (tally.h), which are too large to keep: of a metric
 * with many different values only those are here whose rank a summary or a curve asks for. What is
 * here is exact: `count` of the metric's `n` trials have this value, `below` have a smaller one. */
#ifndef BENCH_STATS_COUNTED_H
#define BENCH_STATS_COUNTED_H

#include "world/row.h"

#include "../out/csv.h"
#include "quantile.h"

#define COUNTED_FILE "quantiles.csv"
/* A metric of at most so many different values has all of them. */
enum { COUNTED_ALL = 4096 };
/* Squares that add up to more than 128 bits hold are given as the most that those hold. */
#define COUNTED_SQUARES_MAX (~(unsigned __int128)0)

struct counted_metric {
    char name[ROW_NAME_MAX];
    enum row_kind kind;
    const char *unit;
    uint64_t n, finite; /* the others are beyond the horizon */
    struct quantile_atom *atom;
    size_t atoms;
};

/* One arm's metrics, in registry order, then those of classes; the first is "status", of all
 * trials. Those that say nothing of any trial are left out. */
struct counted {
    struct counted_metric *metric; /* owned */
    size_t metrics;
};

/* Chooses from a file of tally_finish. EXIT_INPUT: it cannot be read. */
bool counted_choose(struct counted *counted, const char *path, struct error *error);
void counted_fini(struct counted *counted);

/* Adds a metric without values; NULL: the registry has no such column. */
struct counted_metric *counted_add(struct counted *counted, const char *name);

/* NULL: there is no such metric. */
const struct counted_metric *counted_find(const struct counted *counted, const char *name);

/* Another one with the same values. */
void counted_copy(struct counted *to, const struct counted *from);

/* Valid as long as the metric. */
struct sample counted_sample(const struct counted_metric *metric);

/* The sum of all finite values; 0 without any. */
__int128 counted_sum(const struct counted_metric *metric);

/* Of the trials of this status. */
uint64_t counted_status(const struct counted *counted, int64_t status);

/* The header ([arm,]metric,unit,n,value,below,count,sum,squares) and the rows of an arm, or of a
 * run (COUNTED_NO_ARM). No value: beyond the horizon. sum and squares are of all values up to this
 * one, squares at most COUNTED_SQUARES_MAX. */
#define COUNTED_NO_ARM (-1)
void counted_put_header(struct csv_buffer *buffer, bool arms);
void counted_put(struct csv_buffer *buffer, int64_t arm, const struct counted *counted);

/* Is DIR of trials without rows: has it quantiles.csv and no trials.csv? */
bool counted_there(const char *dir);

/* Reads DIR/quantiles.csv arm by arm (of a run: once, arm 0); what `each` returns false for ends
 * it. EXIT_INPUT with path:line:column. */
typedef bool counted_each_fn(const struct counted *counted, int64_t arm, void *context,
                             struct error *error);
bool counted_each(const char *dir, counted_each_fn *each, void *context, struct error *error);

#endif
