/* The three ways of keeping the queue must not be told apart by what fires, and when. */
#include "../testkit.h"

#include "engine/luck.h"
#include "engine/sim.h"

/* Up to how many timers the array and the tree are used. */
static const struct way {
    uint32_t few, tree;
} ways[] = {{8, 4096}, {1, 4096}, {8, 32}, {2, 64}, {1, 0}};

enum { TIMERS = 3000, HORIZON_STEPS = 40000 };

struct crowd {
    struct sim sim;
    struct luck luck;
    struct timer timer[TIMERS];
    uint32_t acts;
    uint64_t digest; /* of who fired when */
    unsigned range_bits;
};

static uint64_t mixed(uint64_t digest, uint64_t value)
{
    return (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15) + (digest >> 29);
}

/* Delays of all sizes, from the same instant to 2^range_bits ns, many of them equal. */
static int64_t some_delay(const struct crowd *crowd, uint64_t bits)
{
    uint64_t size = bits >> 32 & 63;
    size = size < crowd->range_bits ? size : crowd->range_bits;
    return (int64_t)((bits & UINT32_MAX) << 31 >> (63 - size));
}

/* What fires arms up to three timers, whichever they are, and cancels one. */
static void act(struct sim *sim, struct timer *timer)
{
    struct crowd *crowd = CONTAINER_OF(sim, struct crowd, sim);
    uint32_t number = crowd->acts++;
    crowd->digest = mixed(crowd->digest, (uint64_t)(timer - crowd->timer));
    crowd->digest = mixed(crowd->digest, (uint64_t)sim->now_ns);
    uint64_t what = luck_bits(&crowd->luck, 1, 0, number);
    for (uint32_t i = 0; i < what % 4; i++) {
        uint64_t bits = luck_bits(&crowd->luck, 2, i, number);
        timer_arm(sim, &crowd->timer[(bits >> 40) % TIMERS], sim->now_ns + some_delay(crowd, bits));
    }
    timer_cancel(sim, &crowd->timer[(what >> 8) % TIMERS]);
    if (what >> 60 == 0) {
        uint32_t again = (uint32_t)(what >> 20) % TIMERS;
        if (timer_armed(&crowd->timer[again]))
            crowd->digest = mixed(crowd->digest, (uint64_t)timer_due_ns(sim, &crowd->timer[again]));
    }
}

/* Waits for nothing in between, so that the queue has looked ahead when timers are armed before
 * what it found. */
static void pause_and_arm(struct crowd *crowd, uint32_t step)
{
    for (uint32_t i = 0; i < 1000 && sim_step(&crowd->sim, crowd->sim.now_ns); i++) {
    }
    for (uint32_t i = 0; i < 100; i++) {
        uint64_t bits = luck_bits(&crowd->luck, 3, i, step);
        timer_arm(&crowd->sim, &crowd->timer[(bits >> 40) % TIMERS],
                  crowd->sim.now_ns + some_delay(crowd, bits));
    }
}

static uint64_t run_crowd(struct crowd *crowd, uint64_t seed, int64_t start_ns)
{
    crowd->luck = (struct luck){.seed = seed};
    crowd->acts = 0;
    crowd->digest = 0;
    sim_reset(&crowd->sim, start_ns);
    for (uint32_t i = 0; i < TIMERS; i++) {
        uint64_t bits = luck_bits(&crowd->luck, 0, 0, i);
        timer_init(&crowd->timer[i], act, (uint8_t)(i % 3));
        timer_arm(&crowd->sim, &crowd->timer[i], start_ns + some_delay(crowd, bits));
    }
    for (uint32_t step = 0; step < HORIZON_STEPS && sim_step(&crowd->sim, INT64_MAX); step++)
        if (step % 5000 == 4999)
            pause_and_arm(crowd, step);
    return mixed(crowd->digest, crowd->sim.pending);
}

static void all_ways_fire_alike(void **state)
{
    (void)state;
    static struct crowd crowd;
    static const unsigned ranges[] = {0, 3, 12, 30, 45, 61};
    for (uint64_t seed = 0; seed < 2 * COUNT_OF(ranges); seed++) {
        int64_t start_ns = seed % 2 ? -INT64_C(7000000000) : INT64_C(1) << 40;
        uint64_t want = 0;
        crowd.range_bits = ranges[seed % COUNT_OF(ranges)];
        for (size_t k = 0; k < COUNT_OF(ways); k++) {
            sim_init(&crowd.sim);
            crowd.sim.few_most = ways[k].few;
            crowd.sim.tree_most = ways[k].tree;
            uint64_t got = run_crowd(&crowd, seed, start_ns);
            want = k == 0 ? got : want;
            if (got != want ||
                run_crowd(&crowd, seed, start_ns) != want) /* used memory is as good */
                fail_msg("seed %u: array to %u and tree to %u timers differ", (unsigned)seed,
                         ways[k].few, ways[k].tree);
            sim_fini(&crowd.sim);
        }
    }
}

/* A million timers of one instant are all due at once; they fire in the order they were armed. */
enum { CROWD = 100000 };

static struct timer alike[CROWD];
static uint32_t next_alike;

static void in_turn(struct sim *sim, struct timer *timer)
{
    (void)sim;
    assert_int_equal(timer - alike, next_alike);
    next_alike++;
}

static void timers_of_one_instant_keep_their_order(void **state)
{
    (void)state;
    struct sim sim;
    sim_init(&sim);
    sim_reset(&sim, 5);
    for (uint32_t i = 0; i < CROWD; i++) {
        timer_init(&alike[i], in_turn, 0);
        timer_arm(&sim, &alike[i], 300 * NS_PER_S);
    }
    next_alike = 0;
    while (sim_step(&sim, INT64_MAX)) {
    }
    assert_int_equal(next_alike, CROWD);
    assert_int_equal(sim.now_ns, 300 * NS_PER_S);
    sim_fini(&sim);
}

/* All of them are cancelled, in an order that has nothing to do with how they lie. */
static void nothing_stays_of_a_crowd(void **state)
{
    (void)state;
    struct sim sim;
    sim_init(&sim);
    for (uint32_t i = 0; i < CROWD; i++) {
        timer_init(&alike[i], in_turn, 0);
        timer_arm(&sim, &alike[i], (int64_t)(i * UINT64_C(2654435761) % 100000000007));
    }
    for (uint32_t i = 0; i < CROWD; i++) {
        struct timer *timer = &alike[i * UINT64_C(7919) % CROWD];
        assert_true(timer_armed(timer));
        timer_cancel(&sim, timer);
        assert_false(timer_armed(timer));
        assert_int_equal(sim.pending, CROWD - 1 - i);
    }
    assert_false(sim_step(&sim, INT64_MAX));
    sim_fini(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ways_fire_alike),
        cmocka_unit_test(timers_of_one_instant_keep_their_order),
        cmocka_unit_test(nothing_stays_of_a_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
