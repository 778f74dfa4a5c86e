/* Whole files in memory, and the hash that proves which bytes they had.
 * Separate because scenarios, distribution tables and measured values are all read this way. */
#ifndef BENCH_SCENARIO_FILE_H
#define BENCH_SCENARIO_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "plan.h"

struct file {
    char *bytes; /* and a terminating zero that `length` does not count; owned (free) */
    size_t length;
};

/* Reads a file of at most 16 MiB and adds it to the plan's sources. On failure *why says what is
 * wrong with it, naming the path, without a place in front. */
bool file_read(struct file *file, struct plan *plan, const char *path, struct error *why);

/* The path that `name` means when written in a file of this folder; the caller frees it. */
char *file_path(const char *folder, const char *name);

/* The folder part of a path ("." when it has none); the caller frees it. */
char *file_folder(const char *path);

#endif
