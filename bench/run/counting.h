/* Trials whose rows are not kept: they gather in memory, some thousand at a time are counted into
 * sorted files, and in the end quantiles.csv is made of these.
 * Separate from output.c because here are no bytes in order but values of metrics. Whoever puts and
 * whoever counts may be two threads: one fills a buffer while the other one's is counted. */
#ifndef BENCH_RUN_COUNTING_H
#define BENCH_RUN_COUNTING_H

#include "../out/stage.h"
#include "../stats/tally.h"
#include "columns.h"

#define COUNTING_FOLDER "counts"

struct counting;

/* `folder` is made when it is needed; what is in it goes on. `columns` (all arms have the same):
 * those to be counted; they outlive it. */
struct counting *counting_new(const char *folder, const struct columns *columns);
void counting_free(struct counting *counting);

/* A row as it is put: what is counted of these columns, as a file would have it. */
void counting_pack(const struct columns *columns, const struct row *row, struct csv_buffer *buffer);

/* Trials of an arm that are in files. EXIT_OUTPUT. */
bool counting_arm(struct counting *counting, uint64_t arm, struct sorted_about *about,
                  struct error *error);
uint64_t counting_trials(const struct counting *counting);

/* Under the lock of those who put: room for so many trials? About to be without? */
bool counting_has_room(const struct counting *counting, uint64_t trials);
bool counting_is_full(const struct counting *counting);
void counting_put(struct counting *counting, uint64_t arm, const struct csv_buffer *rows,
                  uint64_t recovered, uint64_t events);
/* Sets what was put aside, to be counted; it must have been. */
void counting_swap(struct counting *counting);

/* Counts what was set aside; `sync`: all that was counted survives a power cut. EXIT_OUTPUT. */
bool counting_flush(struct counting *counting, bool sync, struct error *error);

/* For --precision: the value of each of n ascending ranks of a metric of an arm. */
bool counting_ranks(struct counting *counting, uint64_t arm, const char *metric,
                    const uint64_t *rank, int64_t *value, size_t n, struct sorted_metric *about,
                    struct error *error);

/* Writes quantiles.csv of so many arms (`column`: with a column for the arm) into the stage;
 * `keep`: also counts/ARM.counts, which merging needs. */
bool counting_finish(struct counting *counting, size_t arms, bool column, bool keep,
                     const struct stage *stage, struct error *error);

/* The path of an arm's counts in a folder of results, to be freed. */
char *counting_kept(const char *dir, uint64_t arm);

/* The end of it: quantiles.csv from one sorted file for each arm. */
bool counting_write(const char *const *sorted, size_t arms, bool column, const struct stage *stage,
                    struct error *error);

#endif
