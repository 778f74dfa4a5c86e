/* The side of the ranks that only simulate. */
#ifdef IKEBENCH_MPI

#include "ranks_mpi.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "worker.h"

#define ALIVE_S 1.0 /* how often it says that it is there */
enum { WAIT_NS = 1000000, BLOCKS_FOR_A_THREAD = 2 };

struct server {
    struct ranks *ranks;
    const struct ranks_plan *plan;
    size_t plans;
    struct run_options options; /* of the arm; changes only while no block is away */
    struct columns all;         /* of its plan */
    struct error error;
    struct blocks blocks;
    struct workers workers;
    bool asked, quit;
    double said_s;   /* when something was sent */
    uint64_t trials; /* in the last block: how many are right */
    struct csv_buffer message;
};

static void send(struct server *s, enum ranks_tag tag, const void *data, size_t length)
{
    CHECK(length <= INT32_MAX);
    MPI_Send(data, (int)length, MPI_BYTE, 0, (int)tag, MPI_COMM_WORLD);
    s->said_s = run_seconds();
}

static void send_block(struct server *s, const struct block *block)
{
    const struct ranks_rows rows = {s->ranks->epoch,  block->begin,  block->trials,
                                    block->recovered, block->events, block->rows.length};
    csv_buffer_clear(&s->message);
    csv_put_bytes(&s->message, &rows, sizeof rows);
    csv_put_bytes(&s->message, block->rows.data, block->rows.length);
    send(s, TAG_BLOCK, s->message.data, s->message.length);
    s->trials = block->trials;
}

/* All finished blocks; the lock is not held while they are sent. */
static void send_blocks(struct server *s)
{
    pthread_mutex_lock(&s->blocks.lock);
    struct block *done = s->blocks.done;
    s->blocks.done = NULL;
    pthread_mutex_unlock(&s->blocks.lock);
    while (done != NULL) {
        struct block *next = done->next;
        send_block(s, done);
        blocks_drop(&s->blocks, done);
        done = next;
    }
}

static void ask_for_more(struct server *s)
{
    pthread_mutex_lock(&s->blocks.lock);
    bool idle = s->blocks.next == s->blocks.end;
    pthread_mutex_unlock(&s->blocks.lock);
    if (!idle || s->asked)
        return;
    struct ranks_ask ask = {s->trials * s->options.jobs * BLOCKS_FOR_A_THREAD};
    send(s, TAG_ASK, &ask, sizeof ask);
    s->asked = true;
}

/* A new arm: all blocks of the one before are done, else rank 0 would not have begun it. */
static void change_arm(struct server *s, const struct ranks_grant *g)
{
    CHECK(g->plan < s->plans && s->blocks.away == 0);
    s->ranks->epoch = g->epoch;
    s->workers.plan = s->plan[g->plan].plan;
    columns_fini(&s->all);
    CHECK(columns_init(&s->all, NULL, s->workers.plan, &s->error));
    s->options.columns = g->all_columns ? &s->all : s->plan[g->plan].columns;
    s->options.arm = (unsigned)g->arm;
    s->options.first = g->first;
    s->options.arms = g->arms;
    s->options.steady = g->steady;
    s->options.counts = g->counts;
    s->trials = 1;
}

static void take_grant(struct server *s, const struct ranks_grant *g)
{
    pthread_mutex_lock(&s->blocks.lock);
    CHECK(s->blocks.next == s->blocks.end);
    if (g->epoch != s->ranks->epoch)
        change_arm(s, g);
    s->blocks.written = s->blocks.next = g->begin;
    s->blocks.end = g->begin + g->trials;
    pthread_cond_broadcast(&s->blocks.more);
    pthread_mutex_unlock(&s->blocks.lock);
    s->asked = false;
}

static void hear(struct server *s)
{
    int there;
    MPI_Status status;
    MPI_Iprobe(0, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (!there)
        return;
    struct ranks_grant g;
    MPI_Recv(&g, sizeof g, MPI_BYTE, 0, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (status.MPI_TAG == TAG_QUIT)
        s->quit = true;
    else
        take_grant(s, &g);
}

/* Until a block is finished, for a millisecond at most. */
static void wait_a_moment(struct server *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&s->blocks.lock);
    if (s->blocks.done == NULL)
        pthread_cond_timedwait(&s->blocks.changed, &s->blocks.lock, &until);
    pthread_mutex_unlock(&s->blocks.lock);
}

bool ranks_serve(struct ranks *ranks, const struct ranks_plan *plan, size_t plans,
                 const struct run_options *options, struct error *error)
{
    struct server s = {
        .ranks = ranks, .plan = plan, .plans = plans, .options = *options, .trials = 1};
    blocks_init(&s.blocks, 0, 0, NULL, NULL);
    s.blocks.fed = true;
    bool good = workers_start(&s.workers, &s.blocks, plan[0].plan, &s.options, error);
    while (good && !s.quit) {
        send_blocks(&s);
        ask_for_more(&s);
        hear(&s);
        if (run_seconds() - s.said_s > ALIVE_S)
            send(&s, TAG_ALIVE, NULL, 0);
        wait_a_moment(&s);
    }
    atomic_store(&s.blocks.hurry, 1);
    blocks_close(&s.blocks, NULL);
    if (good)
        workers_join(&s.workers);
    blocks_fini(&s.blocks);
    csv_buffer_fini(&s.message);
    columns_fini(&s.all);
    send(&s, TAG_BYE, NULL, 0);
    return good;
}

#endif
