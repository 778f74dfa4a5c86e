#include "engine/sim.h"

#include <stdlib.h>

/* (time 64 bits, priority 8, sequence 56) in one unsigned number: one comparison orders events. */
typedef unsigned __int128 sim_key;

enum { PRIORITY_SHIFT = 56 };
#define SIGN_BIT (UINT64_C(1) << 63) /* flips signed times into unsigned order */

struct sim_entry {
    sim_key key;
    struct timer *timer;
};

static sim_key key_of(int64_t at_ns, uint8_t priority, uint64_t sequence)
{
    uint64_t low = (uint64_t)priority << PRIORITY_SHIFT | sequence;
    return (sim_key)((uint64_t)at_ns ^ SIGN_BIT) << 64 | low;
}

static int64_t key_time_ns(sim_key key)
{
    return (int64_t)((uint64_t)(key >> 64) ^ SIGN_BIT);
}

void sim_init(struct sim *sim)
{
    *sim = (struct sim){0};
}

void sim_fini(struct sim *sim)
{
    free(sim->heap);
    *sim = (struct sim){0};
}

void sim_reset(struct sim *sim, int64_t now_ns)
{
    sim->now_ns = now_ns;
    sim->sequence = 0;
    sim->fired = 0;
    sim->pending = 0;
}

void sim_listen(struct sim *sim, uint64_t mask, listen_fn *hear, void *context)
{
    CHECK(sim->listeners < SIM_LISTENERS_MAX);
    sim->listener[sim->listeners++] = (struct sim_listener){mask, hear, context};
    sim->probe_mask |= mask;
}

void sim_probe_slow(struct sim *sim, unsigned id, uint32_t actor, int64_t a, int64_t b)
{
    struct moment moment = {sim->now_ns, id, actor, a, b};
    for (uint32_t i = 0; i < sim->listeners; i++)
        if (sim->listener[i].mask >> id & 1)
            sim->listener[i].hear(sim->listener[i].context, &moment);
}

static void place(struct sim *sim, uint32_t slot, struct sim_entry entry)
{
    sim->heap[slot] = entry;
    entry.timer->slot = slot;
}

/* Moves `entry`, which wants to stand at `slot` or above, up to where its parent is smaller. */
static void sift_up(struct sim *sim, uint32_t slot, struct sim_entry entry)
{
    while (slot > 1 && entry.key < sim->heap[slot / 2].key) {
        place(sim, slot, sim->heap[slot / 2]);
        slot /= 2;
    }
    place(sim, slot, entry);
}

/* Moves `entry`, which wants to stand at `slot` or below, down to where both children are larger.
 * The smaller child is picked by arithmetic: a branch here is mispredicted half of the time. */
static void sift_down(struct sim *sim, uint32_t slot, struct sim_entry entry)
{
    uint32_t n = sim->pending;
    for (;;) {
        uint32_t child = 2 * slot;
        if (child > n)
            break;
        if (child < n)
            child += (uint32_t)(sim->heap[child + 1].key < sim->heap[child].key);
        if (entry.key < sim->heap[child].key)
            break;
        place(sim, slot, sim->heap[child]);
        slot = child;
    }
    place(sim, slot, entry);
}

static void grow(struct sim *sim)
{
    sim->capacity = sim->capacity ? 2 * sim->capacity : 64;
    sim->heap = realloc(sim->heap, (sim->capacity + 1) * sizeof *sim->heap);
    CHECK(sim->heap != NULL);
}

void timer_arm(struct sim *sim, struct timer *timer, int64_t at_ns)
{
    CHECK(at_ns >= sim->now_ns);
    struct sim_entry entry = {key_of(at_ns, timer->priority, sim->sequence++), timer};
    uint32_t slot = timer->slot;
    if (slot == 0) {
        if (sim->pending == sim->capacity)
            grow(sim);
        sift_up(sim, ++sim->pending, entry);
    } else if (entry.key < sim->heap[slot].key) {
        sift_up(sim, slot, entry);
    } else {
        sift_down(sim, slot, entry);
    }
}

static void remove_slot(struct sim *sim, uint32_t slot)
{
    struct sim_entry last = sim->heap[sim->pending--];
    if (slot > sim->pending)
        return; /* it was the last one itself */
    if (slot > 1 && last.key < sim->heap[slot / 2].key)
        sift_up(sim, slot, last);
    else
        sift_down(sim, slot, last);
}

void timer_cancel(struct sim *sim, struct timer *timer)
{
    if (timer->slot == 0)
        return;
    uint32_t slot = timer->slot;
    timer->slot = 0;
    remove_slot(sim, slot);
}

int64_t timer_due_ns(const struct sim *sim, const struct timer *timer)
{
    CHECK(timer->slot != 0);
    return key_time_ns(sim->heap[timer->slot].key);
}

bool sim_step(struct sim *sim, int64_t until_ns)
{
    if (sim->pending == 0)
        return false;
    int64_t at_ns = key_time_ns(sim->heap[1].key);
    if (at_ns > until_ns)
        return false;
    struct timer *timer = sim->heap[1].timer;
    timer->slot = 0;
    remove_slot(sim, 1);
    sim->now_ns = at_ns;
    sim->fired++;
    timer->fire(sim, timer);
    return true;
}
