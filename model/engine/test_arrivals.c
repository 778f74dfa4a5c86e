#include "../testkit.h"

#include "engine/arrivals.h"
#include "engine/check.h"
#include "engine/pool.h"
#include "engine/sim.h"

static double exponential_cdf(double x, void *context)
{
    return gsl_cdf_exponential_P(x, *(double *)context);
}

/* Gaps of a Poisson process are exponential, and counts in disjoint spans are Poisson: their
 * variance is their mean. */
static void poisson_arrivals_are_poisson(void **state)
{
    (void)state;
    enum { N = 200000 };
    static double gap[N];
    struct luck luck = {.seed = 21};
    struct arrivals a;
    arrivals_init(&a, &luck, 3, 1, 2, 2.0, false);
    int64_t at_ns = 0;
    double count[1000] = {0};
    for (int i = 0; i < N; i++) {
        struct arrival next = arrivals_next(&a, at_ns);
        assert_true(next.at_ns > at_ns);
        gap[i] = (double)(next.at_ns - at_ns) * 1e-9;
        at_ns = next.at_ns;
        size_t span = (size_t)(at_ns / (37 * NS_PER_S));
        if (span < COUNT_OF(count))
            count[span] += 1.0;
    }
    double mean = 0.5;
    assert_true(testkit_ks(gap, N, exponential_cdf, &mean) < testkit_ks_limit(N, 1e-4));
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < COUNT_OF(count); i++) {
        sum += count[i];
        squares += count[i] * count[i];
    }
    double m = sum / COUNT_OF(count), variance = squares / COUNT_OF(count) - m * m;
    assert_near(m, 74.0, 5.0 * sqrt(74.0 / COUNT_OF(count)));
    assert_near(variance / m, 1.0, 5.0 * sqrt(2.0 / COUNT_OF(count)));
}

/* Read forwards, backwards, or from anywhere: the same arrivals with the same numbers. */
static void the_same_arrivals_from_everywhere(void **state)
{
    (void)state;
    for (int periodic = 0; periodic <= 1; periodic++) {
        struct luck luck = {.seed = 22};
        struct arrivals a, b;
        arrivals_init(&a, &luck, 3, 1, 2, 0.7, periodic);
        arrivals_init(&b, &luck, 3, 1, 2, 0.7, periodic);
        struct arrival list[500];
        int64_t at_ns = -300 * NS_PER_S;
        for (size_t i = 0; i < COUNT_OF(list); i++) {
            list[i] = arrivals_next(&a, at_ns);
            at_ns = list[i].at_ns;
        }
        for (size_t i = COUNT_OF(list); i-- > 1;) {
            struct arrival back = arrivals_previous(&b, list[i].at_ns);
            assert_int_equal(back.at_ns, list[i - 1].at_ns);
            assert_int_equal(back.id, list[i - 1].id);
        }
        for (size_t i = 0; i < COUNT_OF(list); i++)
            for (size_t j = 0; j < i; j++)
                assert_int_not_equal(list[i].id, list[j].id);
    }
}

/* In any portions: what arrivals_next says one by one. */
static void many_arrivals_are_the_same(void **state)
{
    (void)state;
    struct arrival out[ARRIVALS_ROOM + 70];
    for (uint32_t seed = 0; seed < 60; seed++) {
        struct luck luck = {.seed = seed};
        struct arrivals a, b;
        double rate_hz = seed % 3 == 0 ? 0.05 : seed % 3 == 1 ? 3.0 : 400.0;
        arrivals_init(&a, &luck, 3, 1, 2, rate_hz, seed % 7 == 6);
        arrivals_init(&b, &luck, 3, 1, 2, rate_hz, seed % 7 == 6);
        int64_t after_ns = -(int64_t)seed * NS_PER_S, total = 0;
        int64_t until_ns = after_ns + (int64_t)(seed * 40e9 / rate_hz);
        uint32_t n, room = ARRIVALS_ROOM + seed;
        while ((n = arrivals_between(&a, after_ns, until_ns, out, room)) > 0) {
            assert_true(n <= room);
            for (uint32_t i = 0; i < n; i++) {
                struct arrival want = arrivals_next(&b, after_ns);
                if (out[i].at_ns != want.at_ns || out[i].id != want.id)
                    fail_msg("seed %u: another arrival", seed);
                after_ns = want.at_ns;
                total++;
            }
        }
        assert_true(arrivals_next(&b, after_ns).at_ns > until_ns);
        assert_true(seed < 5 || total > 0);
    }
}

static void periodic_arrivals_keep_their_period(void **state)
{
    (void)state;
    struct luck luck = {.seed = 23};
    struct arrivals a;
    arrivals_init(&a, &luck, 3, 1, 2, 4.0, true);
    int64_t first = arrivals_next(&a, 0).at_ns;
    assert_true(first <= 250 * NS_PER_MS);
    for (int k = 1; k < 1000; k++) {
        int64_t at_ns = arrivals_next(&a, first + (k - 1) * 250 * NS_PER_MS).at_ns;
        assert_true(llabs(at_ns - first - k * 250 * NS_PER_MS) <= 1);
    }
}

static void pools_reuse_their_memory(void **state)
{
    (void)state;
    struct pool pool;
    pool_init(&pool, 24);
    void *object[200];
    for (int i = 0; i < 200; i++)
        object[i] = pool_get(&pool);
    assert_int_equal(pool.live, 200);
    void *last = object[199];
    pool_put(&pool, last);
    assert_ptr_equal(pool_get(&pool), last);
    pool_reset(&pool);
    assert_int_equal(pool.live, 0);
    for (int i = 0; i < 200; i++)
        assert_ptr_equal(pool_get(&pool), object[i]);
    pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_arrivals_are_poisson),
        cmocka_unit_test(the_same_arrivals_from_everywhere),
        cmocka_unit_test(many_arrivals_are_the_same),
        cmocka_unit_test(periodic_arrivals_keep_their_period),
        cmocka_unit_test(pools_reuse_their_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
