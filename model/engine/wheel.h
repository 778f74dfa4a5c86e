/* Timers that are far away, as a hierarchical timing wheel.
 * Separate because it keeps no order: with very many timers it is cheaper to sort them roughly by
 * time, and finely only when their time has nearly come. Varghese, Lauck, "Hashed and hierarchical
 * timing wheels" (SOSP 1987), scheme 7; as a queue that only moves forward: Ahuja, Mehlhorn, Orlin,
 * Tarjan, "Faster algorithms for the shortest path problem" (JACM 37(2), 1990), radix heaps.
 *
 * Times are numbers of eleven digits to base 64. A wheel stands for a digit, a slot of it for a
 * value; a timer is on the wheel of the highest digit in which its time differs from the origin. So
 * nothing has to be tuned to how the times are distributed, and a timer moves at most once a digit:
 * mostly twice. Putting and taking out cost the same whatever the number of timers. */
#ifndef MODEL_ENGINE_WHEEL_H
#define MODEL_ENGINE_WHEEL_H

#include "engine/sim.h"

enum {
    WHEEL_DIGIT_BITS = 6,
    WHEEL_SLOTS = 1 << WHEEL_DIGIT_BITS,
    WHEEL_DIGITS = 11, /* of 64 bits */
    WHEEL_CHUNK = 32   /* entries of a piece of a slot */
};
#define WHEEL_PLACE (UINT32_C(1) << 31) /* in timer.slot: the rest is a place on the wheel */

/* struct sim_entry without its padding. */
struct wheel_entry {
    uint64_t time, low; /* halves of the key */
    struct timer *timer;
};

/* The timers of a slot lie in pieces, so that they are written and read in line. All pieces but the
 * first are full. */
struct wheel_chunk {
    uint32_t next, slot;
    struct wheel_entry entry[WHEEL_CHUNK];
};

struct wheel_slot {
    uint32_t first, count;
};

struct wheel {
    uint64_t origin;               /* no timer is before it */
    uint64_t count;                /* timers */
    uint64_t filled[WHEEL_DIGITS]; /* bit i: slot i is not empty */
    struct wheel_slot slot[WHEEL_DIGITS * WHEEL_SLOTS];
    struct wheel_chunk *chunk; /* owned */
    uint32_t chunks, chunks_room, chunk_free;
};

struct wheel *wheel_new(void);
void wheel_free(struct wheel *wheel);

/* Takes everything out; memory is kept. */
void wheel_reset(struct wheel *wheel, uint64_t origin);

/* Time at or after the origin. */
void wheel_put(struct wheel *wheel, sim_key key, struct timer *timer);
void wheel_remove(struct wheel *wheel, struct timer *timer);
sim_key wheel_key(const struct wheel *wheel, const struct timer *timer);

/* Moves the origin forward to the first slot that is not empty (there must be one), dealing out
 * slots of more than `most` timers on the way. *last: the latest time that belongs there. */
struct wheel_slot *wheel_advance(struct wheel *wheel, uint32_t most, uint64_t *last);

/* Takes all timers of a slot out, into room for slot->count of them. */
void wheel_take(struct wheel *wheel, struct wheel_slot *slot, struct sim_entry *out);

#endif
