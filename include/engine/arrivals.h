/* Arrival processes of the environment, laid out in time windows.
 * Separate because such a process must be the same whatever else happens and readable from any
 * instant, backwards too: the k-th draw would not do. Poisson: counts by window are independent
 * Poisson variates and their places independent uniforms (Kingman, Poisson Processes, 1993, 2.1).
 * So a window's arrivals can be counted, and sets of them be told apart, without their places. */
#ifndef ENGINE_ARRIVALS_H
#define ENGINE_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/luck.h"

enum {
    ARRIVALS_MEAN = 20,       /* arrivals of a window */
    ARRIVALS_PER_WINDOW = 63, /* more come with probability below 2e-14: cut */
    ARRIVALS_SLOT_BITS = 6,
    ARRIVALS_WINDOW_BITS = 26
};

struct arrivals {
    const struct luck *luck;
    uint32_t actor;
    uint16_t purpose_count, purpose_place;
    bool periodic;    /* at equal distances, from a phase drawn once */
    double window_ns; /* length of a window: ARRIVALS_MEAN times the mean time between arrivals */
    int64_t window;   /* the one in `place_ns`; INT64_MIN: none */
    uint32_t count;
    int64_t place_ns[ARRIVALS_PER_WINDOW]; /* by slot: in order of time */
};

/* rate_hz > 0; the two purposes must differ. */
void arrivals_init(struct arrivals *arrivals, const struct luck *luck, uint32_t actor,
                   uint16_t purpose_count, uint16_t purpose_place, double rate_hz, bool periodic);

/* One arrival: its instant, and a number that no other arrival of the process has:
 * (window + 2^25) * 64 + slot. */
struct arrival {
    int64_t at_ns;
    uint32_t id;
};

/* The first arrival strictly after `after_ns`, or the last one strictly before `before_ns`. */
struct arrival arrivals_next(struct arrivals *arrivals, int64_t after_ns);
struct arrival arrivals_previous(struct arrivals *arrivals, int64_t before_ns);

/* The arrival that follows this one, which may come in the same ns. */
struct arrival arrivals_following(struct arrivals *arrivals, struct arrival arrival);

/* ---- by window ---- */

/* The window that holds an instant; window w is [begin(w), begin(w + 1)), window 0 begins at 0. */
int64_t arrivals_window(const struct arrivals *arrivals, int64_t at_ns);
int64_t arrivals_begin_ns(const struct arrivals *arrivals, int64_t window);

/* The number of slot 0. */
uint32_t arrivals_id(int64_t window);

/* Arrivals of each of n windows in a row: those in slots 0 to count - 1. */
void arrivals_count(const struct arrivals *arrivals, int64_t first, size_t n, uint8_t *count);

/* Finds the places of a window's arrivals: then `count` and `place_ns` are its. */
void arrivals_load(struct arrivals *arrivals, int64_t window);

/* Which of those loaded come at this instant or before: bits by slot, the lowest ones. */
uint64_t arrivals_until(const struct arrivals *arrivals, int64_t at_ns);

#endif
