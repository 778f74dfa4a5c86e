/* Parts of one batch, each a folder of results, become the whole.
 * Separate because what fits together is decided by manifests alone: the same experiment, trials
 * that are neighbours, none twice, none missing. */
#ifndef BENCH_OUT_PARTS_H
#define BENCH_OUT_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "../base/error.h"
#include "stage.h"

struct part {
    char *dir, *manifest; /* its text */
    uint64_t first, trials;
    uint32_t index, count; /* as --shard had it; count 0: it is a batch by itself */
};

struct parts {
    struct part *part; /* in order of their trials */
    size_t n;
    uint64_t first, trials; /* of the whole */
    size_t arms;            /* of a sweep; 0: a run */
    bool counts;            /* without rows */
};

/* Reads the manifests of n folders and checks that they make one whole. EXIT_INPUT: one is no
 * folder of results, another experiment, or has trials that another one has; EXIT_INCOMPLETE: some
 * are missing, and what has to be run again. To be freed by parts_fini when true. */
bool parts_read(struct parts *parts, const char *const *dir, size_t n, struct error *error);
void parts_fini(struct parts *parts);

/* manifest.json of the whole, to be freed. */
char *parts_manifest(const struct parts *parts);

/* Writes trials.csv of the whole into the stage: arm by arm, each part's rows, which are counted
 * and whose numbers are checked. EXIT_INPUT: a part has others than its manifest says. */
bool parts_join_rows(const struct parts *parts, const struct stage *stage, struct error *error);

/* Has one of them the file `name`? */
bool parts_have(const struct parts *parts, const char *name);

/* Copies the file `name` of the part with the most trials that has it; true also when none has. */
bool parts_copy(const struct parts *parts, const char *name, const struct stage *stage,
                struct error *error);

#endif
