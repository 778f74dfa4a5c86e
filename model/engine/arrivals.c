#include "engine/arrivals.h"

#include "engine/check.h"

/* Probability that a Poisson variate of mean 20 is k or less: the sums of exp(-20) 20^k / k!. */
static const double below[ARRIVALS_PER_WINDOW] = {
    0x1.1b48655f37267p-29, 0x1.73cf050cf8627p-25, 0x1.e91aff0665386p-22, 0x1.adfef934c7211p-19,
    0x1.1c491efb15707p-16, 0x1.2d9b879341e86p-14, 0x1.0b83ec6b38445p-12, 0x1.98349787e7431p-11,
    0x1.1194cab568c55p-9,  0x1.47611c7e8500ap-8,  0x1.62474563131e4p-7,  0x1.5e66d4d218aa6p-6,
    0x1.3f96142ed8ebep-5,  0x1.0edbdb747ffd9p-4,  0x1.ad862b1e099abp-4,  0x1.4089f555608b7p-3,
    0x1.c4c28d0d53392p-3,  0x1.3028365c476c2p-2,  0x1.869379bb688bap-2,  0x1.e18b1ef71f9f4p-2,
    0x1.1e4162196b598p-1,  0x1.4992bcf8e719bp-1,  0x1.70f3f84fb4b13p-1,  0x1.9332422be1e70p-1,
    0x1.afbb7fb8b23e8p-1,  0x1.c68fb0f625b7bp-1,  0x1.d81f394ccd500p-1,  0x1.e5213f7a07163p-1,
    0x1.ee6bd62c9e117p-1,  0x1.f4d43e1a8a9b7p-1,  0x1.f919d8b9284ccp-1,  0x1.fbdb65c4a6cfap-1,
    0x1.fd945debd5e17p-1,  0x1.fe9f9efbd360ap-1,  0x1.ff3cd450869c6p-1,  0x1.ff96a9a57f50dp-1,
    0x1.ffc891f125edfp-1,  0x1.ffe38c0c33e20p-1,  0x1.fff1bed712ce4p-1,  0x1.fff906d615890p-1,
    0x1.fffcaad596e67p-1,  0x1.fffe7177b08aap-1,  0x1.ffff49f5a45eep-1,  0x1.ffffaea74b5c7p-1,
    0x1.ffffdc6c68b86p-1,  0x1.fffff0c403fdbp-1,  0x1.fffff99c313d4p-1,  0x1.fffffd5fabfbbp-1,
    0x1.fffffef11f206p-1,  0x1.ffffff94fa882p-1,  0x1.ffffffd6857e7p-1,  0x1.fffffff0397abp-1,
    0x1.fffffffa1c3e2p-1,  0x1.fffffffdd73f7p-1,  0x1.ffffffff38f41p-1,  0x1.ffffffffb992dp-1,
    0x1.ffffffffe7826p-1,  0x1.fffffffff7a09p-1,  0x1.fffffffffd2f6p-1,  0x1.ffffffffff11bp-1,
    0x1.ffffffffffb27p-1,  0x1.ffffffffffe73p-1,  0x1.fffffffffff83p-1};

/* By inversion: a search in halves without branches, which would be mispredicted. */
static uint32_t poisson_twenty(double u)
{
    uint32_t k = 0;
    for (uint32_t half = (ARRIVALS_PER_WINDOW + 1) / 2; half > 0; half /= 2)
        k += u >= below[k + half - 1] ? half : 0;
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
    arrivals->window_ns = ARRIVALS_MEAN * 1e9 / rate_hz;
    arrivals->window = INT64_MIN;
    arrivals->count = 0;
}

/* ---- windows ---- */

/* The index of window 0. */
#define ZERO (INT64_C(1) << (ARRIVALS_WINDOW_BITS - 1))

uint32_t arrivals_id(int64_t window)
{
    int64_t index = window + ZERO;
    CHECK(index >= 0 && index < INT64_C(1) << ARRIVALS_WINDOW_BITS);
    return (uint32_t)index << ARRIVALS_SLOT_BITS;
}

/* floor(x) without a call. */
static int64_t floored(double x)
{
    int64_t whole = (int64_t)x;
    return whole - (x < (double)whole);
}

int64_t arrivals_begin_ns(const struct arrivals *a, int64_t window)
{
    return floored((double)window * a->window_ns);
}

int64_t arrivals_window(const struct arrivals *a, int64_t at_ns)
{
    int64_t window = floored((double)at_ns / a->window_ns);
    if (at_ns < arrivals_begin_ns(a, window)) /* rounded up */
        return window - 1;
    return window + (at_ns >= arrivals_begin_ns(a, window + 1));
}

/* Two windows share a draw. */
static uint32_t count_index(int64_t window)
{
    return arrivals_id(window) & ~(1u << ARRIVALS_SLOT_BITS);
}

static uint32_t count_of(const struct luck_pair *bits, int64_t window)
{
    return poisson_twenty(luck_unit(window & 1 ? bits->second : bits->first));
}

void arrivals_count(const struct arrivals *a, int64_t first, size_t n, uint8_t *count)
{
    enum { MOST = 8 };
    struct luck_place place[MOST];
    struct luck_pair bits[MOST];
    for (int64_t window = first, end = first + (int64_t)n; window < end;) {
        int64_t even = window & ~INT64_C(1), pairs = (end - even + 1) / 2;
        size_t draws = pairs < MOST ? (size_t)pairs : MOST;
        for (size_t i = 0; i < draws; i++)
            place[i] = (struct luck_place){a->actor, count_index(even + 2 * (int64_t)i)};
        luck_bits_pairs(a->luck, a->purpose_count, place, draws, bits);
        for (; window < end && window < even + 2 * (int64_t)draws; window++)
            *count++ =
                a->periodic ? ARRIVALS_MEAN : (uint8_t)count_of(&bits[(window - even) / 2], window);
    }
}

static void load_periodic(struct arrivals *a, int64_t begin_ns, int64_t length_ns)
{
    double phase = luck_uniform(a->luck, a->purpose_place, a->actor, arrivals_id(0));
    a->count = ARRIVALS_MEAN;
    for (uint32_t i = 0; i < a->count; i++)
        a->place_ns[i] = begin_ns + (int64_t)((i + phase) / ARRIVALS_MEAN * (double)length_ns);
}

/* Puts places, of which each uniform variate is one, in order: first by its highest bits, of which
 * few have the same ones, so that hardly any is out of order afterwards. A search for each one's
 * place would be mispredicted. */
static void set_places(struct arrivals *a, int64_t begin_ns, int64_t length_ns,
                       const struct luck_pair *bits)
{
    enum { BITS = 4, SHELVES = 1 << BITS };
    uint64_t share[ARRIVALS_PER_WINDOW + 1]; /* of the window, in parts of 2^64 */
    uint32_t next[SHELVES + 1] = {0};
    for (uint32_t i = 0; i < a->count; i++) {
        share[i] = i % 2 == 0 ? bits[i / 2].first : bits[i / 2].second;
        next[(share[i] >> (64 - BITS)) + 1]++;
    }
    for (uint32_t k = 1; k < SHELVES; k++)
        next[k] += next[k - 1];
    for (uint32_t i = 0; i < a->count; i++)
        a->place_ns[next[share[i] >> (64 - BITS)]++] =
            begin_ns + (int64_t)((unsigned __int128)(uint64_t)length_ns * share[i] >> 64);
    for (uint32_t i = 1; i < a->count; i++) {
        int64_t ns = a->place_ns[i];
        uint32_t k = i;
        for (; k > 0 && a->place_ns[k - 1] > ns; k--)
            a->place_ns[k] = a->place_ns[k - 1];
        a->place_ns[k] = ns;
    }
}

void arrivals_load(struct arrivals *a, int64_t window)
{
    enum { MOST = (ARRIVALS_PER_WINDOW + 1) / 2 };
    struct luck_place place[MOST];
    struct luck_pair bits[MOST];
    if (a->window == window)
        return;
    int64_t begin_ns = arrivals_begin_ns(a, window);
    int64_t length_ns = arrivals_begin_ns(a, window + 1) - begin_ns;
    a->window = window;
    if (a->periodic) {
        load_periodic(a, begin_ns, length_ns);
        return;
    }
    uint32_t id = arrivals_id(window);
    struct luck_pair counts =
        luck_bits_pair(a->luck, a->purpose_count, a->actor, count_index(window));
    a->count = count_of(&counts, window);
    uint32_t draws = (a->count + 1) / 2;
    for (uint32_t i = 0; i < draws; i++)
        place[i] = (struct luck_place){a->actor, id | i};
    luck_bits_pairs(a->luck, a->purpose_place, place, draws, bits);
    set_places(a, begin_ns, length_ns, bits);
}

/* How many of those loaded come at this instant or before. A search in halves without branches. */
static uint32_t number_until(const struct arrivals *a, int64_t at_ns)
{
    uint32_t k = 0, n = a->count;
    for (uint32_t half = (ARRIVALS_PER_WINDOW + 1) / 2; half > 0; half /= 2) {
        uint32_t probe = k + half <= n ? k + half - 1 : 0;
        k += (k + half <= n) & (a->place_ns[probe] <= at_ns) ? half : 0;
    }
    return k;
}

uint64_t arrivals_until(const struct arrivals *a, int64_t at_ns)
{
    uint32_t n = number_until(a, at_ns);
    return (UINT64_C(1) << n) - 1;
}

/* ---- one ---- */

static struct arrival arrival_at(const struct arrivals *a, uint32_t i)
{
    return (struct arrival){a->place_ns[i], arrivals_id(a->window) | i};
}

/* The first one from this slot of this window on. */
static struct arrival first_from(struct arrivals *a, int64_t window, uint32_t slot)
{
    for (;; slot = 0) {
        arrivals_load(a, window++);
        if (slot < a->count)
            return arrival_at(a, slot);
    }
}

struct arrival arrivals_next(struct arrivals *a, int64_t after_ns)
{
    int64_t window = arrivals_window(a, after_ns);
    arrivals_load(a, window);
    return first_from(a, window, number_until(a, after_ns));
}

struct arrival arrivals_following(struct arrivals *a, struct arrival arrival)
{
    const uint32_t slots = (1u << ARRIVALS_SLOT_BITS) - 1;
    int64_t window = (int64_t)(arrival.id >> ARRIVALS_SLOT_BITS) - ZERO;
    return first_from(a, window, (arrival.id & slots) + 1);
}

struct arrival arrivals_previous(struct arrivals *a, int64_t before_ns)
{
    int64_t window = arrivals_window(a, before_ns);
    arrivals_load(a, window);
    uint32_t n = number_until(a, before_ns - 1);
    for (; n == 0; n = a->count)
        arrivals_load(a, --window);
    return arrival_at(a, n - 1);
}
