/* Pools of equal objects: memory that grows while a world warms up and is reused ever after.
 * Separate because "no malloc inside a trial" is kept in one place. */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "engine/check.h"

struct pool_block;

struct pool {
    size_t size; /* bytes of one object, at least that of a pointer */
    void *free;  /* objects handed back since pool_reset */
    struct pool_block *first, *current;
    size_t used; /* objects taken from `current` */
    size_t live; /* objects handed out now */
};

void pool_init(struct pool *pool, size_t object_size);
void pool_fini(struct pool *pool);

/* Takes everything back at once; memory is kept. */
void pool_reset(struct pool *pool);

void *pool_get_fresh(struct pool *pool);

/* An object; its bytes are whatever its last user left. */
static inline void *pool_get(struct pool *pool)
{
    void *object = pool->free;
    if (__builtin_expect(object == NULL, 0))
        return pool_get_fresh(pool);
    pool->live++;
    pool->free = *(void **)object;
    return object;
}

static inline void pool_put(struct pool *pool, void *object)
{
    CHECK(pool->live > 0);
    pool->live--;
    *(void **)object = pool->free;
    pool->free = object;
}

#endif
