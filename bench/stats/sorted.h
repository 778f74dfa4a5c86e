/* A file of sorted values with exact counts: what is known of a range of trials when their rows are
 * not kept. Separate because it is a format: little-endian, each value as its distance from the one
 * before, a footer with one entry for each metric, and a digest over all, so that a torn file is
 * noticed. */
#ifndef BENCH_STATS_SORTED_H
#define BENCH_STATS_SORTED_H

#include <stdio.h>

#include "world/row.h"

#include "../base/error.h"
#include "../out/digest.h"

enum {
    SORTED_METRICS_MAX = ROW_COLUMN_COUNT + ROW_CLASS_COLUMN_COUNT * APP_CLASSES_MAX,
    SORTED_NAME_SIZE = ROW_NAME_MAX
};

/* One metric of a file. */
struct sorted_metric {
    char name[SORTED_NAME_SIZE];
    uint64_t finite;        /* values, all counts added up */
    uint64_t beyond;        /* trials whose value is only known to be beyond the horizon */
    uint64_t distinct;      /* different values */
    uint64_t applied;       /* trials of which the column says anything */
    uint64_t begin, length; /* of its bytes in the file */
};

/* What a file is about: trials from .. to - 1 of an arm. */
struct sorted_about {
    uint64_t arm, from, to;
    uint64_t recovered, events;
    uint64_t level; /* of merging */
};

/* Writing: for each metric sorted_begin, values that ascend, sorted_end. */
struct sorted_writer;
struct sorted_writer *sorted_create(const char *path, struct error *error);
void sorted_begin(struct sorted_writer *writer, const char *name);
void sorted_put(struct sorted_writer *writer, int64_t value, uint64_t count);
void sorted_end(struct sorted_writer *writer, uint64_t beyond, uint64_t applied);
/* Writes the footer and closes; `sync`: it survives a power cut. EXIT_OUTPUT. Frees the writer. */
bool sorted_finish(struct sorted_writer *writer, const struct sorted_about *about, bool sync,
                   struct error *error);
void sorted_abandon(struct sorted_writer *writer);

/* Reading. */
struct sorted_file {
    int fd;
    struct sorted_about about;
    size_t metrics;
    struct sorted_metric metric[SORTED_METRICS_MAX];
};
/* EXIT_INPUT: it is not such a file; with `verify` also when its bytes are not those that were
 * written. */
bool sorted_open(struct sorted_file *file, const char *path, bool verify, struct error *error);
void sorted_close(struct sorted_file *file);
const struct sorted_metric *sorted_find(const struct sorted_file *file, const char *name);

/* The values of a metric in several files at once, ascending, equal ones added up. */
struct sorted_merge;
struct sorted_merge *sorted_merge_new(const struct sorted_file *file, size_t files,
                                      const char *name);
/* False: that was the last; or the file cannot be read, which sorted_merge_free tells. */
bool sorted_next(struct sorted_merge *merge, int64_t *value, uint64_t *count);
/* False: something could not be read. */
bool sorted_merge_free(struct sorted_merge *merge);

#endif
