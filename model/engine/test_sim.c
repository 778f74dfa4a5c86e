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

enum { TIMERS = 200, STEPS = 20000 };

/* The armed timers as a plain list that is searched from end to end. */
struct plain {
    struct named_timer timer[TIMERS];
    int64_t due[TIMERS]; /* NEVER_NS: not armed */
    uint64_t sequence[TIMERS], armings;
    int n;
};

static bool fires_before(const struct plain *plain, int i, int j)
{
    if (plain->due[i] != plain->due[j])
        return plain->due[i] < plain->due[j];
    uint8_t a = plain->timer[i].timer.priority, b = plain->timer[j].timer.priority;
    return a != b ? a < b : plain->sequence[i] < plain->sequence[j];
}

static int first_of(const struct plain *plain)
{
    int first = -1;
    for (int i = 0; i < plain->n; i++)
        if (plain->due[i] != NEVER_NS && (first < 0 || fires_before(plain, i, first)))
            first = i;
    return first;
}

static void step_both(struct sim *sim, struct plain *plain)
{
    int first = first_of(plain);
    fired_count = 0;
    assert_int_equal(sim_step(sim, INT64_MAX), first >= 0);
    if (first < 0)
        return;
    assert_int_equal(fired_count, 1);
    assert_int_equal(fired[0], first);
    assert_int_equal(sim->now_ns, plain->due[first]);
    plain->due[first] = NEVER_NS;
}

static void arm_both(struct sim *sim, struct plain *plain, int i, int64_t at_ns)
{
    plain->due[i] = at_ns;
    plain->sequence[i] = plain->armings++;
    timer_arm(sim, &plain->timer[i].timer, at_ns);
    assert_int_equal(timer_due_ns(sim, &plain->timer[i].timer), at_ns);
}

/* One of arming (or moving), cancelling and firing, as `bits` say; then both must agree. */
static void act(struct sim *sim, struct plain *plain, uint64_t bits)
{
    uint32_t armed = 0;
    int i = (int)(bits % (uint64_t)plain->n);
    unsigned action = (unsigned)(bits >> 32) % 8;
    if (action < 4) {
        arm_both(sim, plain, i, sim->now_ns + ((int64_t)(bits >> 40) % 50 << bits % 40));
    } else if (action == 4) {
        plain->due[i] = NEVER_NS;
        timer_cancel(sim, &plain->timer[i].timer);
    } else {
        step_both(sim, plain);
    }
    for (int j = 0; j < plain->n; j++) {
        assert_int_equal(timer_armed(&plain->timer[j].timer), plain->due[j] != NEVER_NS);
        armed += plain->due[j] != NEVER_NS;
    }
    assert_int_equal(sim->pending, armed);
}

/* Sizes on both sides of where the queue changes its ways, which moves too; one world for all: a
 * reset brings the small queue back. */
static void queue_agrees_with_a_plain_list(void **state)
{
    (void)state;
    static const int sizes[] = {1, 3, 8, 9, 12, 17, 60, TIMERS, 5};
    static struct plain plain;
    struct sim sim;
    sim_init(&sim);
    for (size_t k = 0; k < 4 * COUNT_OF(sizes); k++) {
        struct luck luck = {.seed = k};
        sim.few_most = k % 3 ? 8 : 1;
        sim.tree_most = k % 2 ? 4096 : 16;
        sim_reset(&sim, -7);
        plain.n = sizes[k % COUNT_OF(sizes)];
        plain.armings = 0;
        for (int i = 0; i < plain.n; i++) {
            plain.due[i] = NEVER_NS;
            plain.timer[i].name = i;
            timer_init(&plain.timer[i].timer, note, (uint8_t)(i % 3));
        }
        for (uint32_t step = 0; step < STEPS; step++)
            act(&sim, &plain, luck_bits(&luck, 0, 0, step));
    }
    sim_fini(&sim);
}

/* While a timer fires its place is empty: arming it again, arming others that are to fire at once,
 * before it by priority, and cancelling must not disturb the order. */
struct family {
    struct sim sim;
    struct named_timer parent, child[20];
    int64_t last_ns;
    unsigned births;
};

static void child_fires(struct sim *sim, struct timer *timer)
{
    struct family *family = CONTAINER_OF(sim, struct family, sim);
    assert_true(sim->now_ns >= family->last_ns);
    family->last_ns = sim->now_ns;
    note(sim, timer);
}

static void parent_fires(struct sim *sim, struct timer *timer)
{
    struct family *family = CONTAINER_OF(sim, struct family, sim);
    unsigned k = family->births++;
    child_fires(sim, timer);
    timer_cancel(sim, &family->child[k * 7 % 20].timer);
    timer_arm(sim, &family->child[k % 20].timer, sim->now_ns);
    if (k < 1000)
        timer_arm(sim, timer, sim->now_ns + k % 3);
    timer_arm(sim, &family->child[(k + 9) % 20].timer, sim->now_ns + 2);
}

static void callbacks_may_arm_and_cancel_anything(void **state)
{
    (void)state;
    static struct family family;
    sim_init(&family.sim);
    sim_reset(&family.sim, 0);
    timer_init(&family.parent.timer, parent_fires, 5);
    for (int i = 0; i < 20; i++)
        timer_init(&family.child[i].timer, child_fires, (uint8_t)(i % 2));
    timer_arm(&family.sim, &family.parent.timer, 0);
    do
        fired_count = 0;
    while (sim_step(&family.sim, INT64_MAX));
    assert_int_equal(family.births, 1001);
    assert_int_equal(family.sim.pending, 0);
    sim_fini(&family.sim);
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
        cmocka_unit_test(queue_agrees_with_a_plain_list),
        cmocka_unit_test(callbacks_may_arm_and_cancel_anything),
        cmocka_unit_test(a_cancelled_timer_leaves_nothing_behind),
        cmocka_unit_test(step_stops_at_the_horizon),
        cmocka_unit_test(probes_reach_only_who_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
