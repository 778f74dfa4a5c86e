#include "engine/pool.h"

#include <stdalign.h>
#include <stdlib.h>

#include "engine/check.h"

enum { BLOCK_OBJECTS = 64 };

struct pool_block {
    struct pool_block *next;
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

static struct pool_block *new_block(const struct pool *pool)
{
    struct pool_block *block = malloc(sizeof *block + BLOCK_OBJECTS * pool->size);
    CHECK(block != NULL);
    block->next = NULL;
    return block;
}

/* The block to take fresh objects from: the current one, the next one kept, or a new one. */
static struct pool_block *roomy_block(struct pool *pool)
{
    if (pool->current == NULL) {
        pool->current = pool->first = new_block(pool);
    } else if (pool->used == BLOCK_OBJECTS) {
        if (pool->current->next == NULL)
            pool->current->next = new_block(pool);
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
