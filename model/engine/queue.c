#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "wheel.h"

/* Few (sim.few > 0): entry[0 .. pending - 1], the first event last. The branches of a short search
 * are mostly foreseen, so that the processor goes on before the new time is known; the tree, which
 * waits for it, makes the retransmission trial a sixth slower.
 *
 * Many: entry[leaves .. 2 * leaves - 1] are the leaves of a tree; a timer keeps its own from arming
 * to firing. Every node above two holds the earlier of both, up to entry[1], the first event. A
 * change replays one path: no other timer has to be told that it moved, and the nodes to compare
 * with are known beforehand, so that memory delivers them in parallel. A binary heap took one and a
 * half times as long to hold 64 and 1024 timers.
 *
 * Very many: the tree holds those due up to sim.near_last, the wheel the others. When the tree is
 * empty the next slot of the wheel moves into it. */

/* Two matched nodes share a cache line. The place before the first holds a key that is after all
 * events, where searches in the sorted array end. */
enum { CACHE_LINE = 64, BEFORE = CACHE_LINE / sizeof(struct sim_entry), SPARE_LEAVES = 16 };

#define NEAR_ALL UINT64_MAX

static uint64_t time_of(sim_key key)
{
    return (uint64_t)(key >> 64);
}

static void free_entries(struct sim *sim)
{
    if (sim->entry != NULL)
        free(sim->entry - BEFORE);
    free(sim->free_leaf);
}

/* Room for a tree of so many leaves; what was kept before is moved there. */
static void make_room(struct sim *sim, uint32_t leaves)
{
    size_t size = 2 * (size_t)leaves * sizeof *sim->entry;
    struct sim_entry *entry = aligned_alloc(CACHE_LINE, CACHE_LINE + size);
    uint32_t *free_leaf = malloc(leaves * sizeof *free_leaf);
    CHECK(entry != NULL && free_leaf != NULL);
    entry += BEFORE;
    entry[-1] = (struct sim_entry){QUEUE_NOBODY, NULL};
    if (sim->leaves_room > 0) {
        memcpy(entry, sim->entry, 2 * (size_t)sim->leaves_room * sizeof *entry);
        memcpy(free_leaf, sim->free_leaf, sim->leaves_free * sizeof *free_leaf);
    }
    free_entries(sim);
    sim->entry = entry;
    sim->free_leaf = free_leaf;
    sim->leaves_room = leaves;
}

void queue_init(struct sim *sim)
{
    sim->few_most = QUEUE_FEW;
    sim->tree_most = QUEUE_TREE;
    make_room(sim, QUEUE_FEW);
    queue_reset(sim);
}

void queue_fini(struct sim *sim)
{
    free_entries(sim);
    wheel_free(sim->wheel);
}

void queue_reset(struct sim *sim)
{
    sim->pending = 0;
    sim->few = sim->few_most;
    sim->leaves = sim->leaves_used = sim->leaves_free = sim->vacant = 0;
    sim->near_last = NEAR_ALL;
}

/* ---- tree ---- */

/* The earlier of `*key`, `*timer` and an entry. A branch would be mispredicted half of the time;
 * the choice is left to arithmetic. */
static inline void match(const struct sim_entry *entry, sim_key *key, struct timer **timer)
{
    sim_key other = entry->key;
    struct timer *other_timer = entry->timer; /* loaded in any case: else a branch comes back */
    bool earlier = other < *key;
    *timer = earlier ? other_timer : *timer;
    *key = earlier ? other : *key;
}

/* Writes a leaf and plays its matches up to the root, or to a node that stays as it is: numbers of
 * armings are unique, so equal ones mean the same arming. */
static inline void tree_put(struct sim *sim, uint32_t leaf, sim_key key, struct timer *timer)
{
    struct sim_entry *entry = sim->entry;
    size_t node = sim->leaves + leaf - 1;
    entry[node].key = key;
    entry[node].timer = timer;
    do {
        match(&entry[node ^ 1], &key, &timer);
        node /= 2;
        if ((uint64_t)entry[node].key == (uint64_t)key)
            break;
        entry[node].key = key;
        entry[node].timer = timer;
    } while (node > 1);
}

/* Empties the leaves after the first `used` and plays all matches. */
static void tree_play(struct sim *sim, uint32_t leaves, uint32_t used)
{
    struct sim_entry *entry = sim->entry;
    for (uint32_t i = leaves + used; i < 2 * leaves; i++)
        entry[i] = (struct sim_entry){QUEUE_NOBODY, NULL};
    for (uint32_t node = leaves - 1; node > 0; node--) {
        const struct sim_entry *pair = entry + 2 * node;
        entry[node] = pair[1].key < pair[0].key ? pair[1] : pair[0];
    }
    sim->leaves = leaves;
}

static void tree_grow(struct sim *sim)
{
    uint32_t old = sim->leaves;
    if (2 * old > sim->leaves_room)
        make_room(sim, 2 * old);
    memcpy(sim->entry + 2 * old, sim->entry + old, old * sizeof *sim->entry);
    tree_play(sim, 2 * old, old);
}

static inline void tree_give(struct sim *sim, uint32_t leaf)
{
    sim->free_leaf[sim->leaves_free++] = leaf;
    tree_put(sim, leaf, QUEUE_NOBODY, NULL);
}

static inline void give_vacant(struct sim *sim)
{
    if (sim->vacant != 0)
        tree_give(sim, sim->vacant);
    sim->vacant = 0;
}

/* The sorted array becomes the first leaves. */
static void few_to_tree(struct sim *sim)
{
    uint32_t n = sim->pending, leaves = 2 * (n > SPARE_LEAVES ? n : SPARE_LEAVES);
    if (leaves > sim->leaves_room)
        make_room(sim, leaves);
    for (uint32_t i = 0; i < n; i++)
        sim->entry[i].timer->slot = i + 1;
    memcpy(sim->entry + leaves, sim->entry, n * sizeof *sim->entry);
    sim->leaves_used = n;
    sim->few = 0;
    tree_play(sim, leaves, n);
}

/* ---- wheel ---- */

/* Moves the timers of the tree to the wheel, but those before its origin. The wheel begins now, or
 * where the tree's part of it began. */
static void spread(struct sim *sim)
{
    uint64_t now = time_of(sim_key_of(sim->now_ns, 0, 0));
    give_vacant(sim);
    if (sim->wheel == NULL)
        sim->wheel = wheel_new();
    if (sim->near_last == NEAR_ALL)
        wheel_reset(sim->wheel, now);
    else if (now > sim->wheel->origin)
        sim->wheel->origin = now;
    for (uint32_t leaf = 1; leaf <= sim->leaves_used; leaf++) {
        struct sim_entry entry = sim->entry[sim->leaves + leaf - 1];
        if (entry.timer != NULL && time_of(entry.key) >= sim->wheel->origin) {
            wheel_put(sim->wheel, entry.key, entry.timer);
            tree_give(sim, leaf);
        }
    }
    sim->near_last = sim->wheel->origin - 1;
}

/* The tree is empty: the next slot of the wheel moves into it. */
static void refill(struct sim *sim)
{
    struct wheel_slot *slot = wheel_advance(sim->wheel, sim->tree_most / 4, &sim->near_last);
    uint32_t n = slot->count, leaves = (n + SPARE_LEAVES) & ~UINT32_C(1);
    if (leaves > sim->leaves_room)
        make_room(sim, leaves);
    wheel_take(sim->wheel, slot, sim->entry + leaves);
    for (uint32_t i = 0; i < n; i++)
        sim->entry[leaves + i].timer->slot = i + 1;
    sim->leaves_used = n;
    sim->leaves_free = 0;
    tree_play(sim, leaves, n);
}

/* ---- all ---- */

/* The leaf of the timer that has just fired, if nothing took it since: most events arm one timer,
 * and then one replay serves both. Else one that was given back, else a new one; 0 when there is
 * none. */
static inline uint32_t tree_take(struct sim *sim)
{
    uint32_t leaf = sim->vacant;
    sim->vacant = 0;
    if (leaf != 0)
        return leaf;
    if (sim->leaves_free > 0)
        return sim->free_leaf[--sim->leaves_free];
    return sim->leaves_used < sim->leaves ? ++sim->leaves_used : 0;
}

/* The tree is full. What is not due at once goes to the wheel, unless there would be as much left:
 * all of one instant, or before where the wheel begins. */
static void overflow(struct sim *sim)
{
    bool wide = sim->near_last == NEAR_ALL || sim->near_last > sim->wheel->origin;
    if (wide && sim->leaves >= sim->tree_most)
        spread(sim);
    else
        tree_grow(sim);
}

static inline bool is_far(const struct timer *timer)
{
    return (timer->slot & WHEEL_PLACE) != 0;
}

static void take_out(struct sim *sim, struct timer *timer)
{
    if (is_far(timer))
        wheel_remove(sim->wheel, timer);
    else
        tree_give(sim, timer->slot);
    timer->slot = 0;
}

/* False when it belongs to the tree after all. */
static bool arm_far(struct sim *sim, struct timer *timer, sim_key key)
{
    if (timer->slot != 0)
        take_out(sim, timer);
    if (sim->wheel->count == 0)
        sim->near_last = NEAR_ALL; /* there are no longer so many */
    if (time_of(key) <= sim->near_last)
        return false;
    wheel_put(sim->wheel, key, timer);
    return true;
}

static void arm_many(struct sim *sim, struct timer *timer, sim_key key)
{
    sim->pending += timer->slot == 0;
    for (;;) {
        bool far = time_of(key) > sim->near_last || is_far(timer);
        if (__builtin_expect(far, 0) && arm_far(sim, timer, key))
            return;
        if (timer->slot == 0)
            timer->slot = tree_take(sim);
        if (__builtin_expect(timer->slot != 0, 1))
            break;
        overflow(sim);
    }
    tree_put(sim, timer->slot, key, timer);
}

void sim_arm_slow(struct sim *sim, struct timer *timer, sim_key key)
{
    if (sim->few > 0) {
        if (timer->slot != 0)
            few_remove(sim, timer);
        if (sim->pending < sim->few) {
            few_insert(sim, timer, key);
            return;
        }
        few_to_tree(sim);
    }
    arm_many(sim, timer, key);
}

void sim_cancel_slow(struct sim *sim, struct timer *timer)
{
    take_out(sim, timer);
    sim->pending--;
}

bool sim_step_slow(struct sim *sim, int64_t until_ns)
{
    give_vacant(sim);
    if (sim->pending == 0)
        return false;
    if (sim->entry[1].timer == NULL)
        refill(sim);
    struct timer *timer = sim->entry[1].timer;
    int64_t at_ns = sim_key_ns(sim->entry[1].key);
    if (at_ns > until_ns)
        return false;
    sim->vacant = timer->slot;
    sim_fire(sim, timer, at_ns);
    return true;
}

static const struct sim_entry *few_find(const struct sim *sim, const struct timer *timer)
{
    const struct sim_entry *entry = sim->entry;
    while (entry->timer != timer)
        entry++;
    return entry;
}

sim_key queue_key(const struct sim *sim, const struct timer *timer)
{
    if (sim->few > 0)
        return few_find(sim, timer)->key;
    if (is_far(timer))
        return wheel_key(sim->wheel, timer);
    return sim->entry[sim->leaves + timer->slot - 1].key;
}
