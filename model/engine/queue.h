/* The event queue: what is armed, in the order (time, priority, sequence).
 * Separate because two ways of keeping it live here, and the rest of the engine need not know
 * which. Up to QUEUE_FEW timers stand in a sorted array; more of them in a tree of winners (Knuth,
 * TAOCP vol. 3, 5.4.1) until the next reset. */
#ifndef MODEL_ENGINE_QUEUE_H
#define MODEL_ENGINE_QUEUE_H

#include <stdlib.h>
#include <string.h>

#include "engine/sim.h"

/* (time 64 bits, priority 8, sequence 56) in one unsigned number: one comparison orders events. */
typedef unsigned __int128 queue_key;

enum { QUEUE_PRIORITY_SHIFT = 56, QUEUE_FEW = 8, QUEUE_CACHE_LINE = 64 };
#define QUEUE_SIGN_BIT (UINT64_C(1) << 63) /* flips signed times into unsigned order */
#define QUEUE_NOBODY   (~(queue_key)0)     /* the key of a leaf that is free: after all events */

/* Few (leaves = 0): entry[0 .. pending - 1], the first event last. The branches of a short search
 * are mostly foreseen, so that the processor goes on before the new time is known; the tree, which
 * waits for it, makes the retransmission trial a sixth slower.
 *
 * Many: entry[leaves .. 2 * leaves - 1] are the leaves; a timer keeps its own from arming to
 * firing. Every node above two holds the earlier of both, up to entry[1], the first event. A change
 * replays one path: no other timer has to be told that it moved, and the nodes to compare with are
 * known beforehand, so that memory delivers them in parallel. In yardsticks of `make speed`: a
 * binary heap held 64 and 1024 timers at 3.9 and 5.5 an event, the tree does at 2.5 and 3.5. */
struct sim_entry {
    queue_key key;
    struct timer *timer;
};

static inline queue_key queue_key_of(int64_t at_ns, uint8_t priority, uint64_t sequence)
{
    uint64_t low = (uint64_t)priority << QUEUE_PRIORITY_SHIFT | sequence;
    return (queue_key)((uint64_t)at_ns ^ QUEUE_SIGN_BIT) << 64 | low;
}

static inline int64_t queue_time_ns(queue_key key)
{
    return (int64_t)((uint64_t)(key >> 64) ^ QUEUE_SIGN_BIT);
}

/* ---- few ---- */

static inline void few_insert(struct sim *sim, queue_key key, struct timer *timer)
{
    struct sim_entry *entry = sim->entry;
    uint32_t i = sim->pending++;
    for (; i > 0 && entry[i - 1].key < key; i--) {
        entry[i].key = entry[i - 1].key;
        entry[i].timer = entry[i - 1].timer;
    }
    entry[i].key = key;
    entry[i].timer = timer;
    timer->slot = 1; /* armed; its place is not worth keeping */
}

static inline uint32_t few_find(const struct sim *sim, const struct timer *timer)
{
    uint32_t i = sim->pending - 1;
    while (sim->entry[i].timer != timer)
        i--;
    return i;
}

static inline void few_remove(struct sim *sim, struct timer *timer)
{
    struct sim_entry *entry = sim->entry;
    uint32_t last = --sim->pending;
    uint32_t i = last;
    while (entry[i].timer != timer)
        i--;
    for (; i < last; i++) {
        entry[i].key = entry[i + 1].key;
        entry[i].timer = entry[i + 1].timer;
    }
    timer->slot = 0;
}

/* ---- many ---- */

/* The earlier of `*key`, `*timer` and an entry. A branch would be mispredicted half of the time;
 * the choice is left to arithmetic. */
static inline void many_match(const struct sim_entry *entry, queue_key *key, struct timer **timer)
{
    queue_key other = entry->key;
    struct timer *other_timer = entry->timer; /* loaded in any case: else a branch comes back */
    bool earlier = other < *key;
    *timer = earlier ? other_timer : *timer;
    *key = earlier ? other : *key;
}

/* Writes a leaf and plays its matches up to the root, or to a node that stays as it is: numbers of
 * armings are unique, so equal ones mean the same arming. */
static inline void many_put(struct sim *sim, uint32_t slot, queue_key key, struct timer *timer)
{
    struct sim_entry *entry = sim->entry;
    size_t node = sim->leaves + slot - 1;
    entry[node].key = key;
    entry[node].timer = timer;
    do {
        many_match(&entry[node ^ 1], &key, &timer);
        node /= 2;
        if ((uint64_t)entry[node].key == (uint64_t)key)
            break;
        entry[node].key = key;
        entry[node].timer = timer;
    } while (node > 1);
}

/* Gives the tree `leaves` leaves, room for them, and plays all matches. Few become many here. */
void many_grow(struct sim *sim);

/* The leaf of the timer that has just fired, if nothing took it since: most events arm one timer,
 * and then one replay serves both. Else one that was given back, else a new one. */
static inline uint32_t many_take(struct sim *sim)
{
    uint32_t slot = sim->vacant;
    sim->vacant = 0;
    if (slot != 0)
        return slot;
    if (sim->leaves_free > 0)
        return sim->free_leaf[--sim->leaves_free];
    if (sim->leaves_used == sim->leaves)
        many_grow(sim);
    return ++sim->leaves_used;
}

static inline void many_give(struct sim *sim, uint32_t slot)
{
    sim->free_leaf[sim->leaves_free++] = slot;
    many_put(sim, slot, QUEUE_NOBODY, NULL);
}

static inline void many_arm(struct sim *sim, queue_key key, struct timer *timer)
{
    if (timer->slot == 0) {
        timer->slot = many_take(sim);
        sim->pending++;
    }
    many_put(sim, timer->slot, key, timer);
}

/* ---- either ---- */

static inline void queue_arm(struct sim *sim, queue_key key, struct timer *timer)
{
    if (sim->leaves == 0) {
        if (timer->slot != 0)
            few_remove(sim, timer);
        if (__builtin_expect(sim->pending < QUEUE_FEW, 1)) {
            few_insert(sim, key, timer);
            return;
        }
        many_grow(sim);
    }
    many_arm(sim, key, timer);
}

static inline void queue_disarm(struct sim *sim, struct timer *timer)
{
    if (sim->leaves == 0) {
        few_remove(sim, timer);
        return;
    }
    many_give(sim, timer->slot);
    timer->slot = 0;
    sim->pending--;
}

static inline queue_key queue_key_at(const struct sim *sim, const struct timer *timer)
{
    if (sim->leaves == 0)
        return sim->entry[few_find(sim, timer)].key;
    return sim->entry[sim->leaves + timer->slot - 1].key;
}

/* Takes the first event out if it is not after `until_ns`; NULL when there is none. */
static inline struct timer *queue_take_first(struct sim *sim, int64_t until_ns, int64_t *at_ns)
{
    if (sim->vacant != 0) {
        many_give(sim, sim->vacant);
        sim->vacant = 0;
    }
    if (sim->pending == 0)
        return NULL;
    const struct sim_entry *first = &sim->entry[sim->leaves == 0 ? sim->pending - 1 : 1];
    struct timer *timer = first->timer;
    *at_ns = queue_time_ns(first->key);
    if (*at_ns > until_ns)
        return NULL;
    if (sim->leaves != 0)
        sim->vacant = timer->slot;
    timer->slot = 0;
    sim->pending--;
    return timer;
}

void queue_init(struct sim *sim);
void queue_fini(struct sim *sim);

/* Empties it; memory is kept. */
static inline void queue_reset(struct sim *sim)
{
    sim->pending = 0;
    sim->leaves = sim->leaves_used = sim->leaves_free = sim->vacant = 0;
}

#endif
