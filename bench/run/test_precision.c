#include "../../model/testkit.h"

#include "engine/check.h"
#include "engine/law.h"
#include "engine/luck.h"

#include "precision.h"

static void goals_are_read(void **state)
{
    (void)state;
    struct precision p = {.max_trials = 10000};
    struct error error;
    assert_true(precision_add(&p, "p99=2%", &error));
    assert_true(precision_add(&p, "p99.9=10%", &error));
    assert_int_equal(p.goals, 2);
    assert_near(p.goal[0].p, 0.99, 0.0);
    assert_near(p.goal[1].relative, 0.1, 1e-15);
    static const char *const bad[] = {"p99",    "p98=2%", "p99=2",    "p99=0%", "p99=-1%",
                                      "p99=x%", "=2%",    "p99=101%", "",       "p99=2%%"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(precision_add(&p, bad[i], &error));
        assert_int_equal(error.status, EXIT_INPUT);
    }
    assert_int_equal(p.goals, 2);
}

static void looks_double_up_to_the_most(void **state)
{
    (void)state;
    struct precision p = {.max_trials = 5000};
    assert_int_equal(precision_looks(&p), 4);
    static const uint64_t want[] = {1024, 2048, 4096, 5000};
    for (unsigned k = 0; k < 4; k++)
        assert_int_equal(precision_trials(&p, k), want[k]);
    p.max_trials = 1024;
    assert_int_equal(precision_looks(&p), 1);
    p.max_trials = 10;
    assert_int_equal(precision_looks(&p), 1);
    assert_int_equal(precision_trials(&p, 0), 10);
}

static void censored_trials_keep_it_from_being_precise(void **state)
{
    (void)state;
    struct precision p = {.max_trials = 4096};
    struct error error;
    assert_true(precision_add(&p, "p90=50%", &error));
    int64_t ns[1000];
    for (int i = 0; i < 1000; i++)
        ns[i] = i < 850 ? 1000 + i : -1;
    assert_false(precision_judge(&p, ns, 1000).reached);
    for (int i = 0; i < 1000; i++)
        ns[i] = 1000 + i;
    assert_true(precision_judge(&p, ns, 1000).reached);
}

/* A quantile of 0 is known when its interval is [0, 0], not before: up to 20 s is no precision. */
static void zero_is_precise_only_with_an_interval_of_0(void **state)
{
    (void)state;
    struct precision p = {.max_trials = 4096};
    struct error error;
    assert_true(precision_add(&p, "p50=1%", &error));
    int64_t ns[1000];
    for (int i = 0; i < 1000; i++)
        ns[i] = i < 510 ? 0 : INT64_C(20000000000);
    struct precision_state now = precision_judge(&p, ns, 1000);
    assert_false(now.reached);
    assert_true(isinf(now.excess)); /* of several arms this one is the furthest */
    assert_string_equal(now.text, "p50=1%: 0 s, no share of it");
    for (int i = 0; i < 1000; i++)
        ns[i] = i < 700 ? 0 : INT64_C(20000000000);
    now = precision_judge(&p, ns, 1000);
    assert_true(now.reached);
    assert_string_equal(now.text, "p50=1%: +- 0 %");
}

/* Peeking at every look, the interval at the stop covers the truth at least as often as promised:
 * 95 %. */
static void peeking_costs_no_truth(void **state)
{
    (void)state;
    enum { RUNS = 400, MOST = 1 << 14 };
    struct law_table *table = law_table_new(LAW_lognormal, 1.0);
    struct precision p = {.max_trials = MOST};
    struct error error;
    assert_true(precision_add(&p, "p90=6%", &error));
    double truth = law_standard_quantile(LAW_lognormal, 1.0, 0.9);
    static int64_t all[MOST], sorted[MOST];
    unsigned missed = 0, early = 0;
    for (uint32_t run = 0; run < RUNS; run++) {
        struct luck luck = {.seed = 61, .trial = run};
        for (uint32_t i = 0; i < MOST; i++)
            all[i] = (int64_t)(1e9 * law_table_quantile(table, luck_uniform(&luck, 1, 0, i)));
        for (unsigned k = 0; k < precision_looks(&p); k++) {
            uint64_t n = precision_trials(&p, k);
            memcpy(sorted, all, n * sizeof *all);
            if (!precision_judge(&p, sorted, n).reached)
                continue;
            early += n < MOST;
            uint64_t at_or_below = 0;
            for (uint64_t i = 0; i < n; i++)
                at_or_below += (double)all[i] <= truth * 1e9;
            /* The truth's rank lies outside +- 1.96 sigma: the naive test that peeking would break.
             */
            double z = ((double)at_or_below - 0.9 * (double)n) / sqrt(0.09 * (double)n);
            missed += fabs(z) > 2.58; /* level 1 - 0.05 / 5 */
            break;
        }
    }
    assert_true(early > RUNS / 4);
    assert_true(missed <= RUNS * 5 / 100 + 3 * sqrt(RUNS * 0.05));
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goals_are_read),
        cmocka_unit_test(looks_double_up_to_the_most),
        cmocka_unit_test(censored_trials_keep_it_from_being_precise),
        cmocka_unit_test(zero_is_precise_only_with_an_interval_of_0),
        cmocka_unit_test(peeking_costs_no_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
