#include "queue.h"

/* Two matched nodes share a cache line. */
static void make_room(struct sim *sim, uint32_t leaves)
{
    size_t size = 2 * (size_t)leaves * sizeof *sim->entry;
    struct sim_entry *entry = aligned_alloc(QUEUE_CACHE_LINE, size);
    uint32_t *free_leaf = malloc(leaves * sizeof *free_leaf);
    CHECK(entry != NULL && free_leaf != NULL);
    if (sim->leaves_room > 0) {
        memcpy(entry, sim->entry, size / 2);
        memcpy(free_leaf, sim->free_leaf, sim->leaves_free * sizeof *free_leaf);
    }
    free(sim->entry);
    free(sim->free_leaf);
    sim->entry = entry;
    sim->free_leaf = free_leaf;
    sim->leaves_room = leaves;
}

void queue_init(struct sim *sim)
{
    make_room(sim, QUEUE_FEW);
}

void queue_fini(struct sim *sim)
{
    free(sim->entry);
    free(sim->free_leaf);
}

/* The sorted array becomes the first leaves. */
static void settle_few(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->pending; i++)
        sim->entry[i].timer->slot = i + 1;
    sim->leaves_used = sim->pending;
}

static void play_all(struct sim_entry *entry, uint32_t leaves)
{
    for (uint32_t node = leaves - 1; node > 0; node--) {
        const struct sim_entry *pair = entry + 2 * node;
        entry[node] = pair[1].key < pair[0].key ? pair[1] : pair[0];
    }
}

void many_grow(struct sim *sim)
{
    uint32_t old = sim->leaves, used = old == 0 ? sim->pending : old;
    uint32_t leaves = 2 * used;
    if (leaves > sim->leaves_room)
        make_room(sim, leaves);
    if (old == 0)
        settle_few(sim);
    memcpy(sim->entry + leaves, sim->entry + old, used * sizeof *sim->entry);
    for (uint32_t i = leaves + used; i < 2 * leaves; i++)
        sim->entry[i] = (struct sim_entry){QUEUE_NOBODY, NULL};
    sim->leaves = leaves;
    play_all(sim->entry, leaves);
}
