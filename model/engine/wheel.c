#include "wheel.h"

#include <stdlib.h>

enum { NO_CHUNK = 0, FIRST_ROOM = 64 };

struct wheel *wheel_new(void)
{
    struct wheel *wheel = calloc(1, sizeof *wheel);
    CHECK(wheel != NULL);
    wheel_reset(wheel, 0);
    return wheel;
}

void wheel_free(struct wheel *wheel)
{
    if (wheel != NULL)
        free(wheel->chunk);
    free(wheel);
}

void wheel_reset(struct wheel *wheel, uint64_t origin)
{
    wheel->origin = origin;
    wheel->count = 0;
    wheel->chunks = 1; /* number 0 is none */
    wheel->chunk_free = NO_CHUNK;
    for (int i = 0; i < WHEEL_DIGITS; i++)
        wheel->filled[i] = 0;
    for (int i = 0; i < WHEEL_DIGITS * WHEEL_SLOTS; i++)
        wheel->slot[i] = (struct wheel_slot){NO_CHUNK, 0};
}

/* ---- chunks ---- */

static uint32_t chunk_get(struct wheel *wheel)
{
    uint32_t number = wheel->chunk_free;
    if (number != NO_CHUNK) {
        wheel->chunk_free = wheel->chunk[number].next;
        return number;
    }
    if (wheel->chunks >= wheel->chunks_room) {
        wheel->chunks_room = wheel->chunks_room > 0 ? 2 * wheel->chunks_room : FIRST_ROOM;
        CHECK(wheel->chunks_room <= WHEEL_PLACE / WHEEL_CHUNK);
        wheel->chunk = realloc(wheel->chunk, wheel->chunks_room * sizeof *wheel->chunk);
        CHECK(wheel->chunk != NULL);
    }
    return wheel->chunks++;
}

static void chunk_put(struct wheel *wheel, uint32_t number)
{
    wheel->chunk[number].next = wheel->chunk_free;
    wheel->chunk_free = number;
}

/* ---- slots ---- */

static uint32_t digit_of(uint64_t time, uint32_t wheel)
{
    return (uint32_t)(time >> (wheel * WHEEL_DIGIT_BITS)) % WHEEL_SLOTS;
}

static void append(struct wheel *wheel, uint32_t number, const struct wheel_entry *entry)
{
    struct wheel_slot *slot = &wheel->slot[number];
    uint32_t place = slot->count++ % WHEEL_CHUNK;
    if (place == 0) {
        uint32_t first = chunk_get(wheel);
        wheel->chunk[first].next = slot->first;
        wheel->chunk[first].slot = number;
        slot->first = first;
        wheel->filled[number / WHEEL_SLOTS] |= UINT64_C(1) << number % WHEEL_SLOTS;
    }
    wheel->chunk[slot->first].entry[place] = *entry;
    entry->timer->slot = WHEEL_PLACE | slot->first * WHEEL_CHUNK | place;
}

static void put(struct wheel *wheel, uint32_t digit, const struct wheel_entry *entry)
{
    append(wheel, digit * WHEEL_SLOTS + digit_of(entry->time, digit), entry);
}

void wheel_put(struct wheel *wheel, sim_key key, struct timer *timer)
{
    struct wheel_entry entry = {(uint64_t)(key >> 64), (uint64_t)key, timer};
    uint64_t differs = entry.time ^ wheel->origin;
    wheel->count++;
    put(wheel, (63 - (uint32_t)__builtin_clzll(differs | 1)) / WHEEL_DIGIT_BITS, &entry);
}

static struct wheel_entry *entry_of(const struct wheel *wheel, const struct timer *timer)
{
    uint32_t place = timer->slot ^ WHEEL_PLACE;
    return &wheel->chunk[place / WHEEL_CHUNK].entry[place % WHEEL_CHUNK];
}

sim_key wheel_key(const struct wheel *wheel, const struct timer *timer)
{
    const struct wheel_entry *entry = entry_of(wheel, timer);
    return (sim_key)entry->time << 64 | entry->low;
}

static void mark_empty(struct wheel *wheel, uint32_t number)
{
    wheel->filled[number / WHEEL_SLOTS] &= ~(UINT64_C(1) << number % WHEEL_SLOTS);
}

/* The last timer of the slot takes the place that becomes free. */
void wheel_remove(struct wheel *wheel, struct timer *timer)
{
    struct wheel_entry *entry = entry_of(wheel, timer);
    uint32_t number = wheel->chunk[(timer->slot ^ WHEEL_PLACE) / WHEEL_CHUNK].slot;
    struct wheel_slot *slot = &wheel->slot[number];
    uint32_t first = slot->first, last = --slot->count % WHEEL_CHUNK;
    *entry = wheel->chunk[first].entry[last];
    entry->timer->slot = timer->slot;
    timer->slot = 0;
    wheel->count--;
    if (last == 0) {
        slot->first = wheel->chunk[first].next;
        chunk_put(wheel, first);
    }
    if (slot->count == 0)
        mark_empty(wheel, number);
}

/* ---- moving on ---- */

/* Each timer is told its new place: with a million of them that is a trip to memory, so they are
 * asked for ahead. It takes a third off. */
enum { AHEAD = 8 };

/* Deals the timers of a slot out to the wheel of the next lower digit. */
static void deal(struct wheel *wheel, struct wheel_slot *slot, uint32_t lower)
{
    uint32_t n = slot->count, number = slot->first;
    *slot = (struct wheel_slot){NO_CHUNK, 0};
    for (uint32_t in_chunk = (n - 1) % WHEEL_CHUNK + 1; n > 0; in_chunk = WHEEL_CHUNK) {
        for (uint32_t i = 0; i < in_chunk; i++) {
            struct wheel_entry entry = wheel->chunk[number].entry[i];
            if (i + AHEAD < in_chunk)
                __builtin_prefetch(wheel->chunk[number].entry[i + AHEAD].timer, 1);
            put(wheel, lower, &entry);
        }
        uint32_t next = wheel->chunk[number].next;
        chunk_put(wheel, number);
        number = next;
        n -= in_chunk;
    }
}

struct wheel_slot *wheel_advance(struct wheel *wheel, uint32_t most, uint64_t *last)
{
    uint32_t digit = 0;
    while (wheel->filled[digit] == 0)
        digit++;
    for (;; digit--) {
        uint32_t value = (uint32_t)__builtin_ctzll(wheel->filled[digit]);
        uint32_t shift = digit * WHEEL_DIGIT_BITS;
        struct wheel_slot *slot = &wheel->slot[digit * WHEEL_SLOTS + value];
        wheel->origin = (wheel->origin >> shift >> WHEEL_DIGIT_BITS << WHEEL_DIGIT_BITS | value)
                        << shift;
        *last = wheel->origin | ((UINT64_C(1) << shift) - 1);
        if (slot->count <= most || digit == 0)
            return slot;
        mark_empty(wheel, digit * WHEEL_SLOTS + value);
        deal(wheel, slot, digit - 1);
    }
}

void wheel_take(struct wheel *wheel, struct wheel_slot *slot, struct sim_entry *out)
{
    uint32_t n = slot->count;
    wheel->count -= n;
    mark_empty(wheel, (uint32_t)(slot - wheel->slot));
    while (n > 0) {
        uint32_t number = slot->first, in_chunk = (n - 1) % WHEEL_CHUNK + 1;
        const struct wheel_chunk *chunk = &wheel->chunk[number];
        for (uint32_t i = 0; i < in_chunk; i++, out++) {
            out->key = (sim_key)chunk->entry[i].time << 64 | chunk->entry[i].low;
            out->timer = chunk->entry[i].timer;
            __builtin_prefetch(out->timer, 1); /* its caller will write to it */
        }
        slot->first = chunk->next;
        chunk_put(wheel, number);
        n -= in_chunk;
    }
    slot->count = 0;
}
