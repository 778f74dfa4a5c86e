#include "blocks.h"

#include <stdlib.h>

#include "engine/check.h"

#include "output.h"

/* Trials between the first that is not written and the last handed out. */
enum { WINDOW = 1 << 16 };
#define SHORT_S 0.004
#define LONG_S  0.04

void blocks_init(struct blocks *blocks, uint64_t begin, uint64_t end, struct output *output,
                 const atomic_int *stop)
{
    *blocks = (struct blocks){
        .next = begin, .end = end, .written = begin, .output = output, .stop = stop};
    CHECK(pthread_mutex_init(&blocks->lock, NULL) == 0);
    CHECK(pthread_cond_init(&blocks->changed, NULL) == 0);
    CHECK(pthread_cond_init(&blocks->more, NULL) == 0);
}

static void free_list(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        csv_buffer_fini(&block->rows);
        csv_buffer_fini(&block->clients);
        free(block);
        block = next;
    }
}

void blocks_fini(struct blocks *blocks)
{
    free_list(blocks->done);
    free_list(blocks->spare);
    pthread_cond_destroy(&blocks->more);
    pthread_cond_destroy(&blocks->changed);
    pthread_mutex_destroy(&blocks->lock);
}

static struct block *spare_now(struct blocks *blocks)
{
    struct block *block = blocks->spare;
    if (block == NULL) {
        block = calloc(1, sizeof *block);
        CHECK(block != NULL);
    } else {
        blocks->spare = block->next;
    }
    csv_buffer_clear(&block->rows);
    csv_buffer_clear(&block->clients);
    block->next = NULL;
    block->recovered = block->events = 0;
    return block;
}

struct block *blocks_spare(struct blocks *blocks)
{
    pthread_mutex_lock(&blocks->lock);
    struct block *block = spare_now(blocks);
    pthread_mutex_unlock(&blocks->lock);
    return block;
}

static void drop_now(struct blocks *blocks, struct block *block)
{
    block->next = blocks->spare;
    blocks->spare = block;
}

void blocks_drop(struct blocks *blocks, struct block *block)
{
    pthread_mutex_lock(&blocks->lock);
    drop_now(blocks, block);
    pthread_mutex_unlock(&blocks->lock);
}

static bool ended(struct blocks *blocks)
{
    if (blocks->stop != NULL && atomic_load(blocks->stop) != 0 && !blocks->closed) {
        blocks->closed = true;
        pthread_cond_signal(&blocks->changed);
        pthread_cond_broadcast(&blocks->more);
    }
    return blocks->closed || blocks->failed || (blocks->next == blocks->end && !blocks->fed);
}

/* Hands out trials as long as they are not too far ahead; 0: not now. */
static uint64_t hand_out(struct blocks *blocks, uint64_t most, uint64_t *begin)
{
    if (ended(blocks) || blocks->next == blocks->end || blocks->next - blocks->written >= WINDOW)
        return 0;
    uint64_t left = blocks->end - blocks->next;
    uint64_t trials = most < left ? most : left;
    *begin = blocks->next;
    blocks->next += trials;
    return trials;
}

static struct block *take_now(struct blocks *blocks, uint64_t most)
{
    uint64_t begin, trials = hand_out(blocks, most, &begin);
    if (trials == 0)
        return NULL;
    struct block *block = spare_now(blocks);
    block->begin = begin;
    block->trials = trials;
    blocks->away++;
    return block;
}

struct block *blocks_take(struct blocks *blocks, uint64_t most)
{
    struct block *block = NULL;
    pthread_mutex_lock(&blocks->lock);
    while ((block = take_now(blocks, most)) == NULL && !ended(blocks))
        pthread_cond_wait(&blocks->more, &blocks->lock);
    pthread_mutex_unlock(&blocks->lock);
    return block;
}

static void insert(struct blocks *blocks, struct block *block)
{
    if (block->trials == 0) {
        drop_now(blocks, block);
        return;
    }
    struct block **at = &blocks->done;
    while (*at != NULL && (*at)->begin < block->begin)
        at = &(*at)->next;
    block->next = *at;
    *at = block;
}

void blocks_write(struct blocks *blocks)
{
    uint64_t before = blocks->written;
    while (!blocks->failed && blocks->done != NULL && blocks->done->begin == blocks->written &&
           output_has_room(blocks->output, blocks->done->trials)) {
        struct block *block = blocks->done;
        blocks->failed = !output_put(blocks->output, block, &blocks->error);
        if (blocks->failed)
            break;
        blocks->done = block->next;
        blocks->written += block->trials;
        blocks->recovered += block->recovered;
        blocks->events += block->events;
        drop_now(blocks, block);
    }
    if (blocks->failed || blocks->written != before)
        pthread_cond_broadcast(&blocks->more);
    if (blocks->failed || blocks->written == blocks->end || output_is_full(blocks->output))
        pthread_cond_signal(&blocks->changed);
}

static void take_back(struct blocks *blocks, struct block *block)
{
    insert(blocks, block);
    if (blocks->output != NULL)
        blocks_write(blocks);
    if (blocks->output == NULL || (blocks->away == 0 && ended(blocks)))
        pthread_cond_signal(&blocks->changed);
}

void blocks_give(struct blocks *blocks, struct block *block)
{
    pthread_mutex_lock(&blocks->lock);
    CHECK(blocks->away > 0);
    blocks->away--;
    take_back(blocks, block);
    pthread_mutex_unlock(&blocks->lock);
}

uint64_t blocks_grant(struct blocks *blocks, uint64_t most, uint64_t *begin)
{
    pthread_mutex_lock(&blocks->lock);
    uint64_t trials = hand_out(blocks, most, begin);
    pthread_mutex_unlock(&blocks->lock);
    return trials;
}

void blocks_bring(struct blocks *blocks, struct block *block)
{
    pthread_mutex_lock(&blocks->lock);
    take_back(blocks, block);
    pthread_mutex_unlock(&blocks->lock);
}

void blocks_close(struct blocks *blocks, const struct error *error)
{
    pthread_mutex_lock(&blocks->lock);
    blocks->closed = true;
    if (error != NULL && !blocks->failed) {
        blocks->failed = true;
        blocks->error = *error;
    }
    pthread_cond_broadcast(&blocks->more);
    pthread_cond_signal(&blocks->changed);
    pthread_mutex_unlock(&blocks->lock);
}

uint64_t blocks_size(uint64_t trials, double seconds)
{
    uint64_t next = trials;
    if (seconds < SHORT_S)
        next = 2 * trials;
    else if (seconds > LONG_S && trials > 1)
        next = trials / 2;
    return next < BLOCKS_MOST ? next : BLOCKS_MOST;
}
