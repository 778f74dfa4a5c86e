#include "engine/arrivals.h"

#include <math.h>

#include "engine/check.h"

/* Number of arrivals of a Poisson variate of mean 1 that belongs to the uniform u. Sums of 1/k!
 * by addition and multiplication only, so that every machine counts alike. */
static uint32_t poisson_one(double u)
{
    double term = 0x1.78b56362cef38p-2; /* exp(-1) */
    double below = term;
    uint32_t k = 0;
    while (u >= below && k < ARRIVALS_PER_WINDOW) {
        k++;
        term /= k;
        below += term;
    }
    return k;
}

void arrivals_init(struct arrivals *arrivals, const struct luck *luck, uint32_t actor,
                   uint16_t purpose_count, uint16_t purpose_place, double rate_hz, bool periodic)
{
    CHECK(rate_hz > 0.0 && purpose_count != purpose_place);
    arrivals->luck = luck;
    arrivals->actor = actor;
    arrivals->purpose_count = purpose_count;
    arrivals->purpose_place = purpose_place;
    arrivals->periodic = periodic;
    arrivals->window_ns = 1e9 / rate_hz;
    arrivals->window = INT64_MIN;
    arrivals->count = 0;
    arrivals->ahead_first = arrivals->ahead_end = 0;
}

static uint32_t window_index(int64_t window)
{
    int64_t index = window + (INT64_C(1) << (ARRIVALS_WINDOW_BITS - 1));
    CHECK(index >= 0 && index < INT64_C(1) << ARRIVALS_WINDOW_BITS);
    return (uint32_t)index << ARRIVALS_SLOT_BITS;
}

static int64_t place_in_window(const struct arrivals *a, int64_t window, double u)
{
    return (int64_t)floor(((double)window + u) * a->window_ns);
}

/* Count and first place of a window. Who reads one window after another gets those of eight for
 * little more than those of two. */
static struct luck_pair window_bits(struct arrivals *a, int64_t window)
{
    struct luck_place place[ARRIVALS_AHEAD];
    bool in_a_row = window == a->window + 1;
    a->window = window;
    if (a->ahead_first <= window && window < a->ahead_end)
        return a->ahead[window - a->ahead_first];
    if (!in_a_row)
        return luck_bits_pair(a->luck, a->purpose_count, a->actor, window_index(window));
    for (int i = 0; i < ARRIVALS_AHEAD; i++)
        place[i] = (struct luck_place){a->actor, window_index(window + i)};
    luck_bits_pairs(a->luck, a->purpose_count, place, ARRIVALS_AHEAD, a->ahead);
    a->ahead_first = window;
    a->ahead_end = window + ARRIVALS_AHEAD;
    return a->ahead[0];
}

/* Puts the arrivals of one window into `place_ns`, in order of time. */
static void load_window(struct arrivals *a, int64_t window)
{
    if (a->window == window)
        return;
    uint32_t index = window_index(window);
    if (a->periodic) {
        /* Slot 15 of window 0 holds the phase of all windows. */
        a->window = window;
        double phase = luck_uniform(a->luck, a->purpose_place, a->actor, window_index(0) | 15);
        a->count = 1;
        a->place_ns[0] = place_in_window(a, window, phase);
        a->slot[0] = 0;
        return;
    }
    struct luck_pair bits = window_bits(a, window);
    a->count = poisson_one(luck_unit(bits.first));
    for (uint32_t k = 0; k < a->count; k++) {
        /* The first place comes with the count: most windows need no second draw. */
        double u = k == 0 ? luck_unit(bits.second)
                          : luck_uniform(a->luck, a->purpose_place, a->actor, index | k);
        int64_t at_ns = place_in_window(a, window, u);
        uint32_t i = k;
        for (; i > 0 && a->place_ns[i - 1] > at_ns; i--) {
            a->place_ns[i] = a->place_ns[i - 1];
            a->slot[i] = a->slot[i - 1];
        }
        a->place_ns[i] = at_ns;
        a->slot[i] = (uint8_t)k;
    }
}

static struct arrival arrival_at(const struct arrivals *a, uint32_t i)
{
    return (struct arrival){a->place_ns[i], window_index(a->window) | a->slot[i]};
}

struct arrival arrivals_next(struct arrivals *a, int64_t after_ns)
{
    for (int64_t window = (int64_t)floor((double)after_ns / a->window_ns);; window++) {
        load_window(a, window);
        for (uint32_t i = 0; i < a->count; i++)
            if (a->place_ns[i] > after_ns)
                return arrival_at(a, i);
    }
}

struct arrival arrivals_previous(struct arrivals *a, int64_t before_ns)
{
    for (int64_t window = (int64_t)floor((double)before_ns / a->window_ns);; window--) {
        load_window(a, window);
        for (uint32_t i = a->count; i-- > 0;)
            if (a->place_ns[i] < before_ns)
                return arrival_at(a, i);
    }
}
