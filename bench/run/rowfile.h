/* trials.csv in the making, and the journal that says how far it is whole.
 * Separate from output.c because here are bytes: rows in order, in one file for all arms, or in one
 * for each while arms grow together. */
#ifndef BENCH_RUN_ROWFILE_H
#define BENCH_RUN_ROWFILE_H

#include "../out/csv.h"
#include "../out/journal.h"
#include "../out/unfinished.h"

struct rowfile {
    const struct unfinished *place; /* NULL: bytes go to a file that need not last */
    bool apart;                     /* each arm has a file */
    const char *name;               /* for messages */
    struct journal journal;
    int data;                   /* where rows go now */
    int aside;                  /* the file of another arm, while the journal looks at it */
    uint64_t arm;               /* whose rows go there */
    uint64_t bytes;             /* of it */
    bool made;                  /* it or another one, since the last checkpoint */
    struct journal_mark *ended; /* arms that ended since the last checkpoint */
    size_t ends;
};

/* Goes on with what is there as far as it is whole. EXIT_OUTPUT. `place` outlives it. */
bool rowfile_open(struct rowfile *file, const struct unfinished *place, bool apart,
                  struct error *error);
/* A file that nobody goes on with. `name` is for messages. */
bool rowfile_open_plain(struct rowfile *file, const char *path, const char *name,
                        struct error *error);
void rowfile_close(struct rowfile *file);

/* What is there of an arm: of what `at`, the current one's, says, or an earlier one. */
struct journal_mark rowfile_arm(const struct rowfile *file, const struct journal_mark *at,
                                uint64_t arm);

/* From now on rows are of `arm`; those put before were up to `at`. The header is written into a
 * file without anything. EXIT_OUTPUT. */
bool rowfile_begin(struct rowfile *file, const struct journal_mark *at, uint64_t arm,
                   const struct csv_buffer *header, struct error *error);
bool rowfile_put(struct rowfile *file, const struct csv_buffer *rows, struct error *error);

/* Is there something that the journal does not know? */
bool rowfile_has_new(const struct rowfile *file, const struct journal_mark *mark);
/* Makes all up to the mark last. EXIT_OUTPUT. */
bool rowfile_keep(struct rowfile *file, const struct journal_mark *mark, struct error *error);

/* Syncs; files of arms become trials.csv. What the journal does not know may still be kept then.
 * EXIT_OUTPUT. */
bool rowfile_end(struct rowfile *file, size_t arms, struct error *error);

/* Trials that are known to last, of all arms. */
uint64_t rowfile_trials(const struct rowfile *file);

/* The file that the rows of an arm are in, to be freed. */
char *rowfile_path(const struct rowfile *file, uint64_t arm);

#endif
