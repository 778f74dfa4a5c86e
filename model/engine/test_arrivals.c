#include "../testkit.h"

#include <gsl/gsl_randist.h>

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

/* By window: counted without places, and as sets, they are those that come one by one. */
static void windows_hold_the_same_arrivals(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 60; seed++) {
        struct luck luck = {.seed = seed};
        struct arrivals a, b;
        double rate_hz = seed % 3 == 0 ? 0.05 : seed % 3 == 1 ? 3.0 : 4e7; /* many in one ns */
        arrivals_init(&a, &luck, 3, 1, 2, rate_hz, seed % 7 == 6);
        arrivals_init(&b, &luck, 3, 1, 2, rate_hz, seed % 7 == 6);
        enum { N = 41 };
        int64_t first = -(int64_t)seed;
        uint8_t count[N];
        arrivals_count(&a, first, N, count);
        struct arrival next = arrivals_next(&b, arrivals_begin_ns(&b, first) - 1);
        for (int64_t window = first; window < first + N; window++) {
            int64_t end_ns = arrivals_begin_ns(&a, window + 1);
            assert_int_equal(arrivals_window(&a, end_ns), window + 1);
            assert_int_equal(arrivals_window(&a, end_ns - 1), window);
            arrivals_load(&a, window);
            if (a.count != count[window - first])
                fail_msg("seed %u, window %ld: another count", seed, (long)window);
            for (uint32_t i = 0; i < a.count; i++) {
                int64_t at_ns = next.at_ns;
                uint32_t slot = next.id - arrivals_id(window);
                if (at_ns >= end_ns || slot >= a.count || a.place_ns[slot] != at_ns)
                    fail_msg("seed %u, window %ld: another arrival", seed, (long)window);
                assert_int_equal(arrivals_window(&a, at_ns), window);
                uint64_t until = arrivals_until(&a, at_ns), before = arrivals_until(&a, at_ns - 1);
                assert_true((until & ~before) >> slot & 1);
                next = arrivals_following(&b, next);
            }
            assert_true(next.at_ns >= end_ns);
        }
    }
}

/* The table of a window's numbers: Poisson of mean 20. */
static void counts_are_poisson(void **state)
{
    (void)state;
    enum { N = 400000 };
    static uint8_t count[N];
    unsigned seen[ARRIVALS_PER_WINDOW + 1] = {0};
    struct luck luck = {.seed = 24};
    struct arrivals a;
    arrivals_init(&a, &luck, 3, 1, 2, 5.0, false);
    arrivals_count(&a, -N / 2, N, count);
    for (size_t i = 0; i < N; i++)
        seen[count[i]]++;
    for (unsigned k = 0; k <= ARRIVALS_PER_WINDOW; k++) {
        double share = gsl_ran_poisson_pdf(k, ARRIVALS_MEAN);
        assert_share(seen[k], N, share);
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
        cmocka_unit_test(windows_hold_the_same_arrivals),
        cmocka_unit_test(counts_are_poisson),
        cmocka_unit_test(periodic_arrivals_keep_their_period),
        cmocka_unit_test(pools_reuse_their_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
