/* Clock, event queue, timers and probes of one simulated world.
 * Separate because everything stands on it; it has never heard of networks or IPsec.
 * Queue: sorted array or tree of winners (Knuth, TAOCP vol. 3, 5.4.1) on one packed integer key,
 * true cancel as in libuv. */
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

enum { SIM_LISTENERS_MAX = 4 };

struct sim_listener {
    uint64_t mask; /* bit i: wants moments with id i */
    listen_fn *hear;
    void *context;
};

struct sim_entry;

struct sim {
    int64_t now_ns;
    uint64_t sequence;       /* of the next arming; breaks ties in order of arming */
    uint64_t fired;          /* events that have run since sim_reset */
    uint32_t pending;        /* armed timers */
    struct sim_entry *entry; /* owned; the queue, see model/engine/queue.h */
    uint32_t *free_leaf;     /* owned; slots that were given back */
    uint32_t leaves, leaves_room, leaves_used, leaves_free, vacant;
    uint64_t probe_mask; /* union of the listeners' masks: one test when nobody listens */
    uint32_t listeners;
    struct sim_listener listener[SIM_LISTENERS_MAX];
};

/* Prepares memory the caller owns; sim_fini frees what grew inside. */
void sim_init(struct sim *sim);
void sim_fini(struct sim *sim);

/* Empties the queue and sets the clock (it may be negative); memory and listeners are kept, so that
 * a warm world allocates nothing. Timers that were armed must not be used again before timer_init.
 */
void sim_reset(struct sim *sim, int64_t now_ns);

void sim_listen(struct sim *sim, uint64_t mask, listen_fn *hear, void *context);

static inline void timer_init(struct timer *timer, timer_fn *fire, uint8_t priority)
{
    *timer = (struct timer){.fire = fire, .priority = priority};
}

static inline bool timer_armed(const struct timer *timer)
{
    return timer->slot != 0;
}

/* Arms the timer for the instant at_ns (not before now), moving it if it is armed already.
 * Events fire in the order (time, priority, sequence of arming). */
void timer_arm(struct sim *sim, struct timer *timer, int64_t at_ns);

/* Disarms; nothing of the timer stays in the queue. Harmless when it is not armed. */
void timer_cancel(struct sim *sim, struct timer *timer);

/* The instant for which an armed timer is set. */
int64_t timer_due_ns(const struct sim *sim, const struct timer *timer);

/* Fires the first event. False when the queue is empty or the first event is after until_ns. */
bool sim_step(struct sim *sim, int64_t until_ns);

void sim_probe_slow(struct sim *sim, unsigned id, uint32_t actor, int64_t a, int64_t b);

/* Tells the listeners that moment `id` happened now. */
static inline void sim_probe(struct sim *sim, unsigned id, uint32_t actor, int64_t a, int64_t b)
{
    if (__builtin_expect(sim->probe_mask >> id & 1, 0))
        sim_probe_slow(sim, id, actor, a, b);
}

#endif
