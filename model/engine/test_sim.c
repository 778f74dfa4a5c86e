#include "../testkit.h"

#include "engine/luck.h"
#include "engine/sim.h"

struct named_timer {
    struct timer timer;
    int name;
};

static int fired[4096];
static size_t fired_count;

static void note(struct sim *sim, struct timer *timer)
{
    (void)sim;
    fired[fired_count++] = CONTAINER_OF(timer, struct named_timer, timer)->name;
}

static void run_all(struct sim *sim)
{
    while (sim_step(sim, INT64_MAX)) {
    }
}

static void order_is_time_then_priority_then_sequence(void **state)
{
    (void)state;
    struct sim sim;
    sim_init(&sim);
    sim_reset(&sim, -5);
    struct named_timer t[6];
    static const struct {
        int64_t at;
        uint8_t priority;
    } plan[] = {{7, 0}, {-3, 9}, {7, 1}, {7, 0}, {-3, 2}, {0, 255}};
    static const int want[] = {4, 1, 5, 0, 3, 2};
    for (int i = 0; i < 6; i++) {
        t[i].name = i;
        timer_init(&t[i].timer, note, plan[i].priority);
        timer_arm(&sim, &t[i].timer, plan[i].at);
    }
    fired_count = 0;
    run_all(&sim);
    assert_int_equal(fired_count, 6);
    assert_memory_equal(fired, want, sizeof want);
    assert_int_equal(sim.now_ns, 7);
    assert_int_equal(sim.fired, 6);
    sim_fini(&sim);
}

/* Random arming, re-arming and cancelling against a plain list that is searched from end to end. */
static void heap_agrees_with_a_plain_list(void **state)
{
    (void)state;
    enum { TIMERS = 200, STEPS = 20000 };
    static struct named_timer t[TIMERS];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct luck luck = {.seed = seed};
        struct sim sim;
        sim_init(&sim);
        sim_reset(&sim, 0);
        int64_t due[TIMERS];
        uint64_t sequence[TIMERS], armings = 0;
        for (int i = 0; i < TIMERS; i++) {
            t[i].name = i;
            timer_init(&t[i].timer, note, (uint8_t)(i % 3));
            due[i] = NEVER_NS;
        }
        for (uint32_t step = 0; step < STEPS; step++) {
            uint64_t bits = luck_bits(&luck, 0, 0, step);
            int i = (int)(bits % TIMERS);
            unsigned action = (unsigned)(bits >> 32) % 8;
            if (action < 4) {
                due[i] = sim.now_ns + (int64_t)(bits >> 40) % 50;
                sequence[i] = armings++;
                timer_arm(&sim, &t[i].timer, due[i]);
                assert_int_equal(timer_due_ns(&sim, &t[i].timer), due[i]);
            } else if (action == 4) {
                due[i] = NEVER_NS;
                timer_cancel(&sim, &t[i].timer);
            } else {
                int first = -1;
                for (int j = 0; j < TIMERS; j++) {
                    if (due[j] == NEVER_NS)
                        continue;
                    if (first < 0 || due[j] < due[first] ||
                        (due[j] == due[first] &&
                         (j % 3 < first % 3 ||
                          (j % 3 == first % 3 && sequence[j] < sequence[first]))))
                        first = j;
                }
                fired_count = 0;
                bool any = sim_step(&sim, INT64_MAX);
                if (any != (first >= 0) || (any && fired[0] != first))
                    fail_msg("seed %lu, step %u: fired another timer than the list says",
                             (unsigned long)seed, step);
                if (any) {
                    assert_int_equal(sim.now_ns, due[first]);
                    due[first] = NEVER_NS;
                }
            }
            for (int j = 0; j < TIMERS; j++)
                assert_int_equal(timer_armed(&t[j].timer), due[j] != NEVER_NS);
        }
        sim_fini(&sim);
    }
}

static void a_cancelled_timer_leaves_nothing_behind(void **state)
{
    (void)state;
    struct sim sim;
    sim_init(&sim);
    struct named_timer t = {.name = 1};
    timer_init(&t.timer, note, 0);
    timer_cancel(&sim, &t.timer);
    timer_arm(&sim, &t.timer, 10);
    timer_cancel(&sim, &t.timer);
    assert_int_equal(sim.pending, 0);
    assert_false(sim_step(&sim, INT64_MAX));
    sim_fini(&sim);
}

static void step_stops_at_the_horizon(void **state)
{
    (void)state;
    struct sim sim;
    sim_init(&sim);
    struct named_timer t = {.name = 1};
    timer_init(&t.timer, note, 0);
    timer_arm(&sim, &t.timer, 10);
    assert_false(sim_step(&sim, 9));
    assert_int_equal(sim.now_ns, 0);
    assert_true(sim_step(&sim, 10));
    sim_fini(&sim);
}

static void count_moment(void *context, const struct moment *moment)
{
    int64_t *sum = context;
    *sum += moment->a + moment->b + moment->time_ns + moment->actor;
}

static void probes_reach_only_who_asked(void **state)
{
    (void)state;
    struct sim sim;
    sim_init(&sim);
    sim_reset(&sim, 1000);
    int64_t three = 0, both = 0;
    sim_listen(&sim, UINT64_C(1) << 3, count_moment, &three);
    sim_listen(&sim, UINT64_C(1) << 3 | UINT64_C(1) << 63, count_moment, &both);
    sim_probe(&sim, 3, 1, 10, 20);
    sim_probe(&sim, 63, 2, 30, 40);
    sim_probe(&sim, 4, 4, 50, 60);
    assert_int_equal(three, 1031);
    assert_int_equal(both, 1031 + 1072);
    sim_fini(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_time_then_priority_then_sequence),
        cmocka_unit_test(heap_agrees_with_a_plain_list),
        cmocka_unit_test(a_cancelled_timer_leaves_nothing_behind),
        cmocka_unit_test(step_stops_at_the_horizon),
        cmocka_unit_test(probes_reach_only_who_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
