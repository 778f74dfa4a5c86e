/* Exact counts of the values of many trials in bounded memory: some thousand trials at a time are
 * sorted into a file, and files of neighbours are merged, few at a time, into larger ones.
 * Separate because that is all there is to trials beyond memory and disk: a value takes two or
 * three bytes instead of the tens of a row, equal ones nothing. Knuth, The Art of Computer
 * Programming 3, 5.4 (external sorting by merging). */
#ifndef BENCH_STATS_TALLY_H
#define BENCH_STATS_TALLY_H

#include <stdbool.h>
#include <stddef.h>

#include "sorted.h"
#include "values.h"

/* A column of trials: the cell of trial i is cell[i * stride], as rows in a file have it. */
struct tally_column {
    const char *name;
    enum row_kind kind;
    size_t number; /* in the registry, or VALUES_OF_CLASS */
    const int64_t *cell;
};

struct tally_cells {
    const struct tally_column *column; /* those to be counted: the same for all trials of an arm */
    size_t columns;
    struct values_about about; /* status has to be known */
    size_t stride, trials;
};

/* Is a column of that kind counted? Names of trials are not, their status is. */
bool tally_counts(enum row_kind kind, size_t number);

struct tally; /* of one arm */

/* Counts in the folder `folder`, which is made when missing, for the arm. What an earlier process
 * left there is taken as far as it is whole and without gaps, the rest removed. EXIT_OUTPUT. */
struct tally *tally_open(const char *folder, uint64_t arm, struct error *error);
void tally_free(struct tally *tally);

/* Trials, recovered and events so far; from = 0. */
struct sorted_about tally_about(const struct tally *tally);

/* Adds the next trials. EXIT_OUTPUT. */
bool tally_add(struct tally *tally, const struct tally_cells *cells, uint64_t recovered,
               uint64_t events, struct error *error);

/* What was added survives a power cut. EXIT_OUTPUT. */
bool tally_sync(struct tally *tally, struct error *error);

/* The value of each of n ranks (ascending, from 1) of a metric; ranks beyond its finite values are
 * left alone. *about_metric gets its numbers. EXIT_INPUT: a file cannot be read. */
bool tally_ranks(const struct tally *tally, const char *metric, const uint64_t *rank,
                 int64_t *value, size_t n, struct sorted_metric *about_metric, struct error *error);

/* Merges all into one file (there is at least one trial) and returns its path, good until the tally
 * is freed; NULL: EXIT_OUTPUT. */
const char *tally_finish(struct tally *tally, struct error *error);

/* Merges files of neighbouring ranges of one arm, in order, into `path`; of many, through others
 * beside it. EXIT_INPUT: one is not whole; EXIT_OUTPUT. */
bool tally_merge_files(const char *const *from, size_t n, const char *path, struct error *error);

#endif
