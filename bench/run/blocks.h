/* Hands out the trials of an arm in blocks, from any thread, and puts their rows in order again.
 * Separate because this is all that threads (and other machines) share: which of them simulates
 * which trial, and when, does not show in the bytes. How large a block is depends on the clock
 * alone: small enough that a signal is answered soon, large enough that nobody waits for the lock.
 */
#ifndef BENCH_RUN_BLOCKS_H
#define BENCH_RUN_BLOCKS_H

#include <pthread.h>
#include <stdatomic.h>

#include "../base/error.h"
#include "../out/csv.h"

struct output;

enum { BLOCKS_MOST = 1024 }; /* trials in a block */

/* Trials begin .. begin + trials - 1 of an arm, counted from the arm's first one. */
struct block {
    uint64_t begin, trials;
    struct csv_buffer rows;    /* as output_put takes them */
    struct csv_buffer clients; /* rows of each front end, on request */
    uint64_t recovered, events;
    struct block *next;
};

/* All members under `lock`. */
struct blocks {
    pthread_mutex_t lock;
    pthread_cond_t
        changed;         /* for who watches: all is written, failed, closed, or the output full */
    pthread_cond_t more; /* for workers: there may be something to take */
    uint64_t next, end;  /* to be handed out */
    uint64_t written;    /* all before it are in the output */
    uint64_t away;       /* blocks handed out and not back */
    struct block *done;  /* back, ascending, not yet written: one before them is away */
    struct block *spare;
    uint64_t recovered, events; /* of trials written here */
    struct output *output;  /* NULL: finished blocks stay in `done` for somebody else to fetch */
    const atomic_int *stop; /* not 0: hand out nothing more; may be NULL */
    bool fed;               /* more may come after `end` */
    bool closed;            /* nothing more is handed out */
    atomic_int hurry;       /* not 0 (read without the lock): give blocks back without what is not
                               done */
    bool failed;            /* the output could not be written: */
    struct error error;
};

void blocks_init(struct blocks *blocks, uint64_t begin, uint64_t end, struct output *output,
                 const atomic_int *stop);
void blocks_fini(struct blocks *blocks);

/* The next block, of at most `most` trials; waits while others are too far behind. NULL: that was
 * all. To be given back. */
struct block *blocks_take(struct blocks *blocks, uint64_t most);

/* Gives back a finished block, or what is done of it (block->trials; in a hurry); it is written as
 * soon as all before it are. */
void blocks_give(struct blocks *blocks, struct block *block);

/* The same for other processes: hands out up to `most` trials at once (0: not now) and takes rows
 * of them, in any pieces. */
uint64_t blocks_grant(struct blocks *blocks, uint64_t most, uint64_t *begin);
void blocks_bring(struct blocks *blocks, struct block *block);

/* An empty block, for rows that come from elsewhere, and its end when it is not brought. */
struct block *blocks_spare(struct blocks *blocks);
void blocks_drop(struct blocks *blocks, struct block *block);

/* For an owner of the lock: writes what can be written, after the output has room again. */
void blocks_write(struct blocks *blocks);

/* Nothing more is handed out; `error` unless NULL says why. */
void blocks_close(struct blocks *blocks, const struct error *error);

/* How large the next block should be after one of `trials` took `seconds`: at most BLOCKS_MOST. */
uint64_t blocks_size(uint64_t trials, double seconds);

#endif
