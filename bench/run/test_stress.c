/* What is laid over a plan's trial so that nothing fails. */
#include "../../model/testkit.h"

#include "engine/check.h"
#include "net/net.h"

#include "../../model/world/site.h"
#include "stress.h"

static struct params stressed(void)
{
    struct params p = site(FAILURE_crash);
    p.alarm = (struct alarm_params){.time_ns = 900 * NS_PER_S,
                                    .trials = 96,
                                    .loss = 0.01,
                                    .stall_rate_hz = 0.002,
                                    .stall = law_constant(1e9)};
    return p;
}

static void nothing_fails_under_the_stated_stress(void **state)
{
    (void)state;
    struct params p = stressed();
    p.link[1].loss = 0.05;
    p.node[1].stall_rate_hz = 0.1;
    p.node[1].stall = law_constant(5e9);
    stress_lay(&p);
    assert_int_equal(p.failure.kind, FAILURE_none);
    assert_int_equal(p.trial.horizon_ns, 900 * NS_PER_S);
    assert_near(p.link[0].loss, 0.01, 0.0);
    assert_near(p.link[1].loss, 0.05, 0.0); /* its own is worse */
    assert_near(p.node[0].stall_rate_hz, 0.002, 0.0);
    assert_near(p.node[0].stall.location, 1e9, 0.0);
    assert_near(p.node[1].stall_rate_hz, 0.1, 0.0);
    assert_near(p.node[1].stall.location, 5e9, 0.0);
}

/* Burst loss says itself how packets get lost. */
static void other_loss_stays(void **state)
{
    (void)state;
    struct params p = stressed();
    p.link[0].loss_model = LINK_LOSS_gemodel;
    stress_lay(&p);
    assert_near(p.link[0].loss, 0.0, 0.0);
}

/* Requests have numbers within a trial: a busy class shortens it. */
static void a_busy_class_shortens_it(void **state)
{
    (void)state;
    struct params p = stressed();
    p.traffic[0].rate_hz = 10000.0;
    stress_lay(&p);
    assert_true(p.trial.horizon_ns <= 240 * NS_PER_S && p.trial.horizon_ns > 230 * NS_PER_S);
}

static void their_number_follows_the_runs(void **state)
{
    (void)state;
    struct params p = stressed();
    assert_int_equal(stress_trials(&p, 1), 1);
    assert_int_equal(stress_trials(&p, 10), 1);
    assert_int_equal(stress_trials(&p, 11), 2);
    assert_int_equal(stress_trials(&p, 10000), 96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fails_under_the_stated_stress),
        cmocka_unit_test(other_loss_stays),
        cmocka_unit_test(a_busy_class_shortens_it),
        cmocka_unit_test(their_number_follows_the_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
