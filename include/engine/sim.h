/* Clock, event queue, timers and probes of one simulated world.
 * Separate because everything stands on it; it has never heard of networks or IPsec.
 * Queue: by size a sorted array, a tree of winners or a timing wheel, on one packed integer key
 * (model/engine/queue.h); true cancel as in libuv. What a few timers need is inlined: callbacks are
 * short, and calls would be a good part of them. */
#ifndef ENGINE_SIM_H
#define ENGINE_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/check.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* "Never": the value of a moment that did not happen. Moments before t = 0 are negative, so this is
 * the one negative value that is not a moment (rows print it as -1). */
#define NEVER_NS INT64_MIN

struct sim;
struct timer;
typedef void timer_fn(struct sim *sim, struct timer *timer);

/* A timer is a field of its owner and holds its own place in the queue, so that cancelling removes
 * it at once. The owner keeps it alive while it is armed. */
struct timer {
    timer_fn *fire;
    uint32_t slot;    /* its place in the queue, counted from 1; 0 = not armed */
    uint8_t priority; /* among events of one instant the lower fires first */
};

/* One moment, as a probe hands it out. The engine gives the numbers no meaning. */
struct moment {
    int64_t time_ns;
    unsigned id;    /* 0..63 */
    uint32_t actor; /* who */
    int64_t a, b;   /* two words, meaning by id */
};
typedef void listen_fn(void *context, const struct moment *moment);

enum { SIM_LISTENERS_MAX = 8 };

struct sim_listener {
    uint64_t mask; /* bit i: wants moments with id i */
    listen_fn *hear;
    void *context;
};

/* (time 64 bits, priority 8, sequence 56) in one unsigned number: one comparison orders events. */
typedef unsigned __int128 sim_key;

enum { SIM_PRIORITY_SHIFT = 56 };
#define SIM_SIGN_BIT (UINT64_C(1) << 63) /* flips signed times into unsigned order */

struct sim_entry {
    sim_key key;
    struct timer *timer;
};

struct wheel;

struct sim {
    int64_t now_ns;
    uint64_t sequence;       /* of the next arming; breaks ties in order of arming */
    uint64_t fired;          /* events that have run since sim_reset */
    uint32_t pending;        /* armed timers */
    uint32_t few;            /* so many fit into the sorted array; 0: there were more */
    struct sim_entry *entry; /* owned; sorted array or tree */
    uint32_t *free_leaf;     /* owned; leaves of the tree that were given back */
    uint32_t leaves, leaves_room, leaves_used, leaves_free, vacant;
    uint64_t near_last;           /* latest time (high half of a key) for which the tree is */
    struct wheel *wheel;          /* owned; what is later; NULL until it is needed */
    uint32_t few_most, tree_most; /* timers that the array and the tree keep */
    uint64_t probe_mask;          /* union of the listeners' masks: one test when nobody listens */
    uint32_t listeners;
    struct sim_listener listener[SIM_LISTENERS_MAX];
};

static inline sim_key sim_key_of(int64_t at_ns, uint8_t priority, uint64_t sequence)
{
    uint64_t low = (uint64_t)priority << SIM_PRIORITY_SHIFT | sequence;
    return (sim_key)((uint64_t)at_ns ^ SIM_SIGN_BIT) << 64 | low;
}

static inline int64_t sim_key_ns(sim_key key)
{
    return (int64_t)((uint64_t)(key >> 64) ^ SIM_SIGN_BIT);
}

/* Prepares memory the caller owns; sim_fini frees what grew inside. */
void sim_init(struct sim *sim);
void sim_fini(struct sim *sim);

/* Empties the queue and sets the clock (it may be negative); memory and listeners are kept, so that
 * a warm world allocates nothing. Timers that were armed must not be used again before timer_init.
 */
void sim_reset(struct sim *sim, int64_t now_ns);

void sim_listen(struct sim *sim, uint64_t mask, listen_fn *hear, void *context);

/* From now on this listener wants other moments: a probe that nobody listens to costs one test. */
void sim_listen_to(struct sim *sim, listen_fn *hear, uint64_t mask);

static inline void timer_init(struct timer *timer, timer_fn *fire, uint8_t priority)
{
    *timer = (struct timer){.fire = fire, .priority = priority};
}

static inline bool timer_armed(const struct timer *timer)
{
    return timer->slot != 0;
}

/* The same for any number of timers. */
void sim_arm_slow(struct sim *sim, struct timer *timer, sim_key key);
void sim_cancel_slow(struct sim *sim, struct timer *timer);
bool sim_step_slow(struct sim *sim, int64_t until_ns);

/* The sorted array has the first event last. What stands before it is after all events, so that the
 * search needs no bound. */
static inline void few_insert(struct sim *sim, struct timer *timer, sim_key key)
{
    struct sim_entry *place = sim->entry + sim->pending++;
    for (; place[-1].key < key; place--) {
        place->key = place[-1].key;
        place->timer = place[-1].timer;
    }
    place->key = key;
    place->timer = timer;
    timer->slot = 1; /* armed; its place is not worth keeping */
}

static inline void few_remove(struct sim *sim, struct timer *timer)
{
    struct sim_entry *last = sim->entry + --sim->pending, *place = last;
    while (place->timer != timer)
        place--;
    for (; place < last; place++) {
        place->key = place[1].key;
        place->timer = place[1].timer;
    }
    timer->slot = 0;
}

/* Arms the timer for the instant at_ns (not before now), moving it if it is armed already.
 * Events fire in the order (time, priority, sequence of arming). */
static inline void timer_arm(struct sim *sim, struct timer *timer, int64_t at_ns)
{
    CHECK(at_ns >= sim->now_ns);
    sim_key key = sim_key_of(at_ns, timer->priority, sim->sequence++);
    if (__builtin_expect(timer->slot == 0 && sim->pending < sim->few, 1))
        few_insert(sim, timer, key);
    else
        sim_arm_slow(sim, timer, key);
}

/* Disarms; nothing of the timer stays in the queue. Harmless when it is not armed. */
static inline void timer_cancel(struct sim *sim, struct timer *timer)
{
    if (timer->slot == 0)
        return;
    if (__builtin_expect(sim->few > 0, 1))
        few_remove(sim, timer);
    else
        sim_cancel_slow(sim, timer);
}

/* The instant for which an armed timer is set. */
int64_t timer_due_ns(const struct sim *sim, const struct timer *timer);

static inline void sim_fire(struct sim *sim, struct timer *timer, int64_t at_ns)
{
    timer->slot = 0;
    sim->pending--;
    sim->now_ns = at_ns;
    sim->fired++;
    timer->fire(sim, timer);
}

/* Fires the first event. False when the queue is empty or the first event is after until_ns. */
static inline bool sim_step(struct sim *sim, int64_t until_ns)
{
    if (__builtin_expect(sim->few == 0, 0))
        return sim_step_slow(sim, until_ns);
    if (sim->pending == 0)
        return false;
    const struct sim_entry *first = &sim->entry[sim->pending - 1];
    int64_t at_ns = sim_key_ns(first->key);
    if (at_ns > until_ns)
        return false;
    sim_fire(sim, first->timer, at_ns);
    return true;
}

void sim_probe_slow(struct sim *sim, unsigned id, uint32_t actor, int64_t a, int64_t b);

/* Tells the listeners that moment `id` happened now. */
static inline void sim_probe(struct sim *sim, unsigned id, uint32_t actor, int64_t a, int64_t b)
{
    if (__builtin_expect(sim->probe_mask >> id & 1, 0))
        sim_probe_slow(sim, id, actor, a, b);
}

#endif
