/* Rank 0's side: hands trials out, takes rows in; and what all ranks do together. */
#ifdef IKEBENCH_MPI

#include "ranks_mpi.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/manifest_compare.h"

#define BYE_S  2.0 /* how long the others may take to end */
#define LATE_S 0.1 /* who polls later than that did not listen meanwhile */

bool ranks_begin(struct ranks **ranks, double timeout_s, struct error *error)
{
    unsigned rank;
    int level, own, size;
    *ranks = NULL;
    (void)error;
    if (ranks_started(&rank) == 1)
        return true;
    CHECK(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) == MPI_SUCCESS);
    CHECK(level >= MPI_THREAD_FUNNELED);
    MPI_Comm_rank(MPI_COMM_WORLD, &own);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    struct ranks *r = calloc(1, sizeof *r);
    CHECK(r != NULL && (r->other = calloc((size_t)size, sizeof *r->other)) != NULL);
    r->rank = (unsigned)own;
    r->size = (unsigned)size;
    r->timeout_s = timeout_s;
    char host[RANKS_NAME_MAX] = "?", *all = calloc((size_t)size, RANKS_NAME_MAX);
    CHECK(all != NULL);
    gethostname(host, sizeof host - 1);
    MPI_Allgather(host, RANKS_NAME_MAX, MPI_CHAR, all, RANKS_NAME_MAX, MPI_CHAR, MPI_COMM_WORLD);
    for (int i = 0; i < size; i++)
        memcpy(r->other[i].host, all + (size_t)i * RANKS_NAME_MAX, RANKS_NAME_MAX);
    free(all);
    *ranks = r;
    return true;
}

bool ranks_agree(struct ranks *ranks, bool good, struct error *error)
{
    if (ranks == NULL)
        return good;
    int own = good ? (int)ranks->size : (int)ranks->rank, first, bad = !good, all;
    MPI_Allreduce(&own, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    MPI_Allreduce(&bad, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (all == 0)
        return true;
    struct error theirs = {0};
    if (own == first)
        theirs = *error;
    MPI_Bcast(&theirs, sizeof theirs, MPI_BYTE, first, MPI_COMM_WORLD);
    if (all == (int)ranks->size || first == 0)
        *error = theirs;
    else
        error_set(error, theirs.status, "rank %d on %s: %.900s", first, ranks->other[first].host,
                  theirs.text);
    return false;
}

bool ranks_compare(struct ranks *ranks, const char *plan, struct error *error)
{
    if (ranks == NULL)
        return true;
    uint64_t length = strlen(plan) + 1;
    MPI_Bcast(&length, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    char *first = calloc(length, 1), what[MANIFEST_DIFFERENCE_MAX];
    CHECK(first != NULL && length <= INT32_MAX);
    if (ranks->rank == 0)
        memcpy(first, plan, length);
    MPI_Bcast(first, (int)length, MPI_CHAR, 0, MPI_COMM_WORLD);
    bool same = manifest_same(plan, first, MANIFEST_ALL, what);
    free(first);
    if (!same)
        error_set(error, EXIT_INPUT, "it has another plan than rank 0: %s", what);
    return ranks_agree(ranks, same, error);
}

void ranks_open_arm(struct ranks *ranks, const struct run_options *options)
{
    if (ranks == NULL)
        return;
    ranks->options = *options;
    ranks->epoch++;
    ranks->polled_s = run_seconds();
    for (unsigned i = 1; i < ranks->size; i++) {
        ranks->other[i].owed = 0;
        ranks->other[i].heard_s = run_seconds();
    }
}

/* Rows of a block; of an arm that has ended they come too late. */
static void take_rows(struct ranks *ranks, struct blocks *blocks, struct other *other,
                      const char *message, size_t length)
{
    struct ranks_rows rows;
    CHECK(length >= sizeof rows);
    memcpy(&rows, message, sizeof rows);
    CHECK(length == sizeof rows + rows.bytes);
    if (rows.epoch != ranks->epoch)
        return;
    struct block *block = blocks_spare(blocks);
    block->begin = rows.begin;
    block->trials = rows.trials;
    block->recovered = rows.recovered;
    block->events = rows.events;
    csv_put_bytes(&block->rows, message + sizeof rows, rows.bytes);
    other->owed -= rows.trials;
    blocks_bring(blocks, block);
}

static void take_message(struct ranks *ranks, struct blocks *blocks, struct other *other)
{
    other->heard_s = run_seconds();
    if (other->tag == TAG_ASK)
        memcpy(&other->asked, other->message, sizeof other->asked);
    else if (other->tag == TAG_BYE)
        other->gone = true;
    else if (other->tag == TAG_BLOCK && blocks != NULL)
        take_rows(ranks, blocks, other, other->message, (size_t)other->length);
    free(other->message);
    other->message = NULL;
}

/* Begins to take a message of the rank, if one comes. */
static void begin_message(struct other *other, int rank)
{
    int there;
    MPI_Status status;
    MPI_Iprobe(rank, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (!there)
        return;
    MPI_Get_count(&status, MPI_BYTE, &other->length);
    other->tag = status.MPI_TAG;
    other->message = malloc((size_t)other->length + 1);
    CHECK(other->message != NULL);
    MPI_Irecv(other->message, other->length, MPI_BYTE, rank, other->tag, MPI_COMM_WORLD,
              &other->request);
}

/* Never waits: a rank may stop in the middle of what it says. */
static bool take_next(struct ranks *ranks, struct blocks *blocks, unsigned rank)
{
    struct other *other = &ranks->other[rank];
    int whole = 0;
    if (other->message == NULL)
        begin_message(other, (int)rank);
    if (other->message != NULL)
        MPI_Test(&other->request, &whole, MPI_STATUS_IGNORE);
    if (whole)
        take_message(ranks, blocks, other);
    return whole;
}

static void grant(struct ranks *ranks, struct blocks *blocks, unsigned rank)
{
    const struct run_options *o = &ranks->options;
    struct other *other = &ranks->other[rank];
    struct ranks_grant g = {.epoch = ranks->epoch,
                            .plan = o->plan_number,
                            .arm = o->arm,
                            .first = o->first,
                            .arms = o->arms,
                            .steady = o->steady,
                            .counts = o->counts,
                            .all_columns = o->columns->text == NULL};
    g.trials = blocks_grant(blocks, other->asked, &g.begin);
    if (g.trials == 0)
        return; /* later */
    MPI_Send(&g, sizeof g, MPI_BYTE, (int)rank, TAG_GRANT, MPI_COMM_WORLD);
    other->asked = 0;
    other->owed += g.trials;
}

/* While this process stood still (it was stopped, or waited for the disk) nobody was silent. */
static void excuse_all(struct ranks *ranks, double now_s)
{
    double late_s = now_s - ranks->polled_s - LATE_S;
    ranks->polled_s = now_s;
    for (unsigned i = 1; i < ranks->size && late_s > 0.0; i++) {
        struct other *other = &ranks->other[i];
        other->heard_s = other->heard_s + late_s < now_s ? other->heard_s + late_s : now_s;
    }
}

static bool hears_all(struct ranks *ranks, struct error *error)
{
    double now_s = run_seconds();
    excuse_all(ranks, now_s);
    for (unsigned i = 1; i < ranks->size; i++) {
        const struct other *other = &ranks->other[i];
        if (other->owed > 0 && now_s - other->heard_s > ranks->timeout_s)
            return error_set(error, EXIT_INCOMPLETE,
                             "rank %u on %s has been silent for %.3g s, with %llu trials not done",
                             i, other->host, now_s - other->heard_s,
                             (unsigned long long)other->owed);
    }
    return true;
}

bool ranks_poll(struct ranks *ranks, struct blocks *blocks, struct error *error)
{
    if (ranks == NULL)
        return true;
    for (unsigned i = 1; i < ranks->size; i++) {
        while (take_next(ranks, blocks, i)) {
        }
        if (ranks->other[i].asked > 0)
            grant(ranks, blocks, i);
    }
    return hears_all(ranks, error);
}

/* Tells the others and hears them end. */
static bool say_goodbye(struct ranks *ranks)
{
    unsigned left = ranks->size - 1;
    double end_s = run_seconds() + BYE_S;
    for (unsigned i = 1; i < ranks->size; i++)
        MPI_Send(NULL, 0, MPI_BYTE, (int)i, TAG_QUIT, MPI_COMM_WORLD);
    while (left > 0 && run_seconds() < end_s) {
        left = 0;
        for (unsigned i = 1; i < ranks->size; i++) {
            while (take_next(ranks, NULL, i)) {
            }
            left += !ranks->other[i].gone;
        }
        usleep(left > 0 ? 1000 : 0);
    }
    return left == 0;
}

bool ranks_owe(const struct ranks *ranks)
{
    for (unsigned i = 1; ranks != NULL && i < ranks->size; i++)
        if (ranks->other[i].owed > 0)
            return true;
    return false;
}

void ranks_end(struct ranks *ranks, bool serve, int status)
{
    if (ranks == NULL)
        return;
    if (ranks->rank == 0 && serve && !say_goodbye(ranks)) {
        fputs("ikebench: a rank does not answer: all are ended\n", stderr);
        fflush(NULL);
        _exit(status); /* MPI_Finalize would wait for it */
    }
    MPI_Finalize();
    free(ranks->other);
    free(ranks);
}

#endif
