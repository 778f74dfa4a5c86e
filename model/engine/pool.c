#include "engine/pool.h"

#include <stdalign.h>
#include <stdlib.h>

#include "engine/check.h"

/* Objects of the first block and of the largest: there may be ten thousand pools of a few objects
 * each. */
enum { FIRST_OBJECTS = 4, MOST_OBJECTS = 64 };

struct pool_block {
    struct pool_block *next;
    size_t room;
    alignas(max_align_t) unsigned char objects[];
};

void pool_init(struct pool *pool, size_t object_size)
{
    size_t unit = alignof(max_align_t);
    *pool = (struct pool){.size = (object_size + unit - 1) / unit * unit};
}

void pool_fini(struct pool *pool)
{
    while (pool->first != NULL) {
        struct pool_block *next = pool->first->next;
        free(pool->first);
        pool->first = next;
    }
}

void pool_reset(struct pool *pool)
{
    pool->free = NULL;
    pool->current = pool->first;
    pool->used = 0;
    pool->live = 0;
}

static struct pool_block *new_block(const struct pool *pool, size_t objects)
{
    struct pool_block *block = malloc(sizeof *block + objects * pool->size);
    CHECK(block != NULL);
    block->next = NULL;
    block->room = objects;
    return block;
}

/* The block to take fresh objects from: the current one, the next one kept, or a new one. */
static struct pool_block *roomy_block(struct pool *pool)
{
    if (pool->current == NULL) {
        pool->current = pool->first = new_block(pool, FIRST_OBJECTS);
    } else if (pool->used == pool->current->room) {
        size_t room = pool->current->room;
        if (pool->current->next == NULL)
            pool->current->next = new_block(pool, room < MOST_OBJECTS ? 2 * room : room);
        pool->current = pool->current->next;
        pool->used = 0;
    }
    return pool->current;
}

void *pool_get_fresh(struct pool *pool)
{
    pool->live++;
    struct pool_block *block = roomy_block(pool);
    return block->objects + pool->size * pool->used++;
}
