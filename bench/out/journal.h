/* How far a growing file of results is known to be whole: one line for each block of trials that
 * reached the disk, with the digest of its bytes.
 * Separate because what a power cut may do to files is thought through here and nowhere else: the
 * block is synced before its line is, each line holds a digest of itself and all before, and who
 * reads believes no block whose bytes do not have the digest of its line. */
#ifndef BENCH_OUT_JOURNAL_H
#define BENCH_OUT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/error.h"
#include "digest.h"

/* Where an arm of a batch stands after a block. */
struct journal_mark {
    uint64_t arm;               /* of a sweep; 0 for a run */
    uint64_t trials;            /* of this arm that are done */
    uint64_t recovered, events; /* of these */
    uint64_t bytes;             /* of the file that the arm's rows are in, from its start */
};

/* The files that the journal is about. */
struct journal_files {
    bool by_arm; /* one for each arm; else one for all */
    /* A descriptor for reading and syncing the file of an arm, good until the next call; -1 with
     * errno when it cannot be had. */
    int (*open)(void *context, uint64_t arm);
    void *context;
};

struct journal {
    int fd;
    struct journal_files files;
    char chain[DIGEST_SIZE];  /* of the last line */
    struct journal_mark *arm; /* the last mark of each arm that has any */
    size_t arms;
    uint64_t bytes; /* the last mark's */
    uint64_t blocks;
};

/* Opens or makes the journal and reads it: the blocks up to the first that is torn are known then,
 * the rest of the journal is cut off. EXIT_OUTPUT: it cannot be. */
bool journal_open(struct journal *journal, const char *path, const struct journal_files *files,
                  struct error *error);

/* Notes that the files are whole up to each of the n marks: syncs them, then the journal. False
 * with errno when it cannot; what was known before still is. */
bool journal_add(struct journal *journal, const struct journal_mark *mark, size_t n);

/* The last mark of an arm; of 0 trials and bytes when there is none. */
struct journal_mark journal_arm(const struct journal *journal, uint64_t arm);

void journal_close(struct journal *journal);

/* Is there a line in the journal `path`? */
bool journal_has_lines(const char *path);

#endif
