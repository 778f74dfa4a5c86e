/* Arrival processes of the environment, laid out in time windows.
 * Separate because such a process must be the same whatever else happens and readable from any
 * instant, backwards too: the k-th draw would not do. Poisson: counts by window are independent
 * Poisson variates and their places independent uniforms (Kingman, Poisson Processes, 1993, 2.1).
 */
#ifndef ENGINE_ARRIVALS_H
#define ENGINE_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/luck.h"

enum {
    ARRIVALS_PER_WINDOW = 15, /* a window of mean 1 holds more with probability below 2e-14: cut */
    ARRIVALS_AHEAD = 8,       /* windows whose luck is drawn at once when they are read in a row */
    ARRIVALS_SLOT_BITS = 4,
    ARRIVALS_WINDOW_BITS = 28
};

struct arrivals {
    const struct luck *luck;
    uint32_t actor;
    uint16_t purpose_count, purpose_place;
    bool periodic;    /* one arrival a window, at a phase drawn once */
    double window_ns; /* mean time between arrivals */
    int64_t window;   /* the one in `place_ns`; INT64_MIN: none */
    int64_t place_ns[ARRIVALS_PER_WINDOW];
    uint8_t slot[ARRIVALS_PER_WINDOW]; /* number of the arrival in drawing order */
    uint32_t count;
    int64_t ahead_first, ahead_end; /* windows that `ahead` is of; the same: none */
    struct luck_pair ahead[ARRIVALS_AHEAD];
};

/* rate_hz > 0; the two purposes must differ. */
void arrivals_init(struct arrivals *arrivals, const struct luck *luck, uint32_t actor,
                   uint16_t purpose_count, uint16_t purpose_place, double rate_hz, bool periodic);

/* One arrival: its instant, and a number that no other arrival of the process has:
 * (window + 2^27) * 16 + slot. */
struct arrival {
    int64_t at_ns;
    uint32_t id;
};

/* The first arrival strictly after `after_ns`, or the last one strictly before `before_ns`. */
struct arrival arrivals_next(struct arrivals *arrivals, int64_t after_ns);
struct arrival arrivals_previous(struct arrivals *arrivals, int64_t before_ns);

/* The arrivals after after_ns up to and including until_ns, in order, but no more than fit: returns
 * how many. 0: there are none (left). At least ARRIVALS_ROOM must fit. Many cost a third each. */
enum { ARRIVALS_ROOM = 2 * ARRIVALS_PER_WINDOW };
uint32_t arrivals_between(struct arrivals *arrivals, int64_t after_ns, int64_t until_ns,
                          struct arrival *out, uint32_t room);

#endif
