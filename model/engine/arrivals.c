#include "engine/arrivals.h"

#include "engine/check.h"

/* Number of arrivals of a Poisson variate of mean 1 that belongs to the uniform u. The table has
 * the sums of exp(-1) / k!, added up in doubles from k = 0. */
static uint32_t poisson_one(double u)
{
    static const double below[ARRIVALS_PER_WINDOW] = {
        0x1.78b56362cef38p-2, 0x1.78b56362cef38p-1, 0x1.d6e2bc3b82b06p-1, 0x1.f6472f2e6944bp-1,
        0x1.fe204beb22e9cp-1, 0x1.ffb21e77480acp-1, 0x1.fff516e3f8e59p-1, 0x1.fffea81812296p-1,
        0x1.ffffda3e9551ep-1, 0x1.fffffc42dcc82p-1, 0x1.ffffffa9b0ba6p-1, 0x1.fffffff8db44cp-1,
        0x1.ffffffff7425ap-1, 0x1.fffffffff60f9p-1, 0x1.ffffffffff572p-1};
    enum { USUAL = 5 }; /* without branches: more are rare */
    uint32_t k = 0;
    for (int i = 0; i < USUAL; i++)
        k += u >= below[i];
    while (__builtin_expect(k >= USUAL, 0) && k < ARRIVALS_PER_WINDOW && u >= below[k])
        k++;
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

/* floor(x) without a call. */
static int64_t floored(double x)
{
    int64_t whole = (int64_t)x;
    return whole - (x < (double)whole);
}

static int64_t window_of(const struct arrivals *a, int64_t at_ns)
{
    return floored((double)at_ns / a->window_ns);
}

static int64_t place_in_window(const struct arrivals *a, int64_t window, double u)
{
    return floored(((double)window + u) * a->window_ns);
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

/* ---- many ---- */

/* The arrivals of windows in a row, in order of their numbers. Branches on how many there are in a
 * window would be mispredicted once a window. */
enum { BLOCK = 16, BLOCK_MOST = BLOCK * ARRIVALS_PER_WINDOW };

struct block {
    uint32_t n, more;
    uint64_t bits[BLOCK_MOST + 1];           /* of their places */
    uint32_t id[BLOCK_MOST + 1];             /* window index and slot */
    uint16_t which[BLOCK_MOST + 1];          /* those that are not the first of their windows */
    struct luck_place place[BLOCK_MOST + 1]; /* of their luck */
};

static void add_more(const struct arrivals *a, struct block *block, uint32_t id, bool is_there)
{
    block->id[block->n] = id;
    block->which[block->more] = (uint16_t)block->n;
    block->place[block->more] = (struct luck_place){a->actor, id};
    block->n += is_there;
    block->more += is_there;
}

static void add_window(const struct arrivals *a, struct block *block, int64_t window,
                       struct luck_pair bits)
{
    uint32_t count = poisson_one(luck_unit(bits.first)), index = window_index(window);
    block->id[block->n] = index;
    block->bits[block->n] = bits.second;
    block->n += count > 0;
    add_more(a, block, index | 1, count > 1);
    add_more(a, block, index | 2, count > 2);
    for (uint32_t k = 3; k < count; k++)
        add_more(a, block, index | k, true);
}

static void load_block(const struct arrivals *a, int64_t first, struct block *block)
{
    struct luck_place place[BLOCK];
    struct luck_pair bits[BLOCK_MOST];
    block->n = block->more = 0;
    for (int i = 0; i < BLOCK; i++)
        place[i] = (struct luck_place){a->actor, window_index(first + i)};
    luck_bits_pairs(a->luck, a->purpose_count, place, BLOCK, bits);
    for (int i = 0; i < BLOCK; i++)
        add_window(a, block, first + i, bits[i]);
    luck_bits_pairs(a->luck, a->purpose_place, block->place, block->more, bits);
    for (uint32_t i = 0; i < block->more; i++)
        block->bits[block->which[i]] = bits[i].first;
}

/* In order of time: only those of one window can be out of order. */
static void place_block(const struct arrivals *a, const struct block *block, struct arrival *out)
{
    const int64_t zero = INT64_C(1) << (ARRIVALS_WINDOW_BITS - 1);
    for (uint32_t i = 0; i < block->n; i++) {
        int64_t window = (int64_t)(block->id[i] >> ARRIVALS_SLOT_BITS) - zero;
        struct arrival new = {place_in_window(a, window, luck_unit(block->bits[i])), block->id[i]};
        uint32_t at = i;
        for (; at > 0 && out[at - 1].at_ns > new.at_ns; at--)
            out[at] = out[at - 1];
        out[at] = new;
    }
}

static uint32_t one_by_one(struct arrivals *a, int64_t after_ns, int64_t until_ns,
                           struct arrival *out, uint32_t room)
{
    uint32_t n = 0;
    for (; n < room; n++) {
        out[n] = arrivals_next(a, after_ns);
        if (out[n].at_ns > until_ns)
            break;
        after_ns = out[n].at_ns;
    }
    return n;
}

uint32_t arrivals_between(struct arrivals *a, int64_t after_ns, int64_t until_ns,
                          struct arrival *out, uint32_t room)
{
    struct block block;
    struct arrival own[BLOCK_MOST];
    uint32_t n = 0;
    CHECK(room >= ARRIVALS_ROOM);
    int64_t window = window_of(a, after_ns), last = window_of(a, until_ns);
    if (a->periodic || last - window < 2)
        return one_by_one(a, after_ns, until_ns, out, room);
    for (; window <= last && n + BLOCK <= room; window += BLOCK) {
        load_block(a, window, &block);
        place_block(a, &block, own);
        for (uint32_t i = 0; i < block.n && n < room; i++)
            if (own[i].at_ns > after_ns && own[i].at_ns <= until_ns) {
                after_ns = own[i].at_ns;
                out[n++] = own[i];
            }
    }
    return n;
}

/* ---- one ---- */

static struct arrival arrival_at(const struct arrivals *a, uint32_t i)
{
    return (struct arrival){a->place_ns[i], window_index(a->window) | a->slot[i]};
}

struct arrival arrivals_next(struct arrivals *a, int64_t after_ns)
{
    for (int64_t window = window_of(a, after_ns);; window++) {
        load_window(a, window);
        for (uint32_t i = 0; i < a->count; i++)
            if (a->place_ns[i] > after_ns)
                return arrival_at(a, i);
    }
}

struct arrival arrivals_previous(struct arrivals *a, int64_t before_ns)
{
    for (int64_t window = window_of(a, before_ns);; window--) {
        load_window(a, window);
        for (uint32_t i = a->count; i-- > 0;)
            if (a->place_ns[i] < before_ns)
                return arrival_at(a, i);
    }
}
