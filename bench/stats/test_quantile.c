#include "../../model/testkit.h"

#include <string.h>

#include <gsl/gsl_errno.h>

#include "engine/check.h"
#include "engine/luck.h"

#include "beta.h"
#include "quantile.h"

static void type_1_ranks_do_not_feel_rounding(void **state)
{
    (void)state;
    assert_int_equal(quantile_rank(1000, 0.999), 999);
    assert_int_equal(quantile_rank(100, 0.07), 7); /* 100 * 0.07 is 7.000000000000001 */
    assert_int_equal(quantile_rank(100, 0.29), 29);
    assert_int_equal(quantile_rank(10, 0.5), 5);
    assert_int_equal(quantile_rank(11, 0.5), 6);
    assert_int_equal(quantile_rank(1, 0.01), 1);
    assert_int_equal(quantile_rank(3, 0.999), 3);
    for (uint64_t n = 1; n <= 20000; n++)
        for (uint64_t percent = 1; percent < 100; percent += 7)
            if (quantile_rank(n, (double)percent / 100) != (n * percent + 99) / 100)
                fail_msg("n = %lu, p = %lu %%", n, percent);
}

/* Binomial sums in long double, term by term: another way to the same ranks. */
static void ranks_agree_with_binomial_sums(void **state)
{
    (void)state;
    const double ps[] = {0.01, 0.25, 0.5, 0.95, 0.99, 0.999};
    for (size_t k = 0; k < COUNT_OF(ps); k++) {
        for (uint64_t n = 1; n <= 700; n = n < 30 ? n + 1 : n + 67) {
            long double p = ps[k], sum = 0.0L;
            uint64_t low = 0, high = 0;
            for (uint64_t j = 1; j <= n; j++) { /* sum becomes P(X <= j - 1) */
                sum +=
                    expl(lgammal(n + 1) - lgammal(j) - lgammal(n - j + 2) +
                         (long double)(j - 1) * logl(p) + (long double)(n - j + 1) * logl(1 - p));
                if (sum <= 0.025L)
                    low = j;
                if (high == 0 && 1 - sum <= 0.025L)
                    high = j;
            }
            if (high == 0)
                high = n + 1;
            struct quantile_ranks got = quantile_ranks(n, ps[k], 0.95);
            if (got.low != low || got.high != high)
                fail_msg("n = %lu, p = %g: got %lu, %lu, want %lu, %lu", n, ps[k], got.low,
                         got.high, low, high);
        }
    }
}

static void golden_ranks(void **state)
{
    (void)state;
    /* Median of 10: the classic interval x(2), x(9) (coverage 97.9 %), of 6 x(1), x(6). */
    struct quantile_ranks rank = quantile_ranks(10, 0.5, 0.95);
    assert_int_equal(rank.estimate, 5);
    assert_int_equal(rank.low, 2);
    assert_int_equal(rank.high, 9);
    rank = quantile_ranks(6, 0.5, 0.95);
    assert_int_equal(rank.low, 1);
    assert_int_equal(rank.high, 6);
    rank = quantile_ranks(5, 0.5, 0.95);
    assert_int_equal(rank.low, 0);
    assert_int_equal(rank.high, 6);
    /* Large n: close to n p -+ 1.96 sqrt(n p (1 - p)). */
    rank = quantile_ranks(10000000, 0.5, 0.95); /* gsl_cdf_binomial_P is NaN here */
    assert_near((double)rank.low, 5000000 - 3099.0, 3.0);
    assert_near((double)rank.high, 5000000 + 3099.0, 3.0);
    rank = quantile_ranks(10000000, 0.999, 0.95);
    assert_int_equal(rank.estimate, 9990000);
    assert_near((double)rank.low, 9990000 - 195.9, 3.0);
    assert_near((double)rank.high, 9990000 + 195.9, 3.0);
}

static void smallest_samples_with_a_finite_limit(void **state)
{
    (void)state;
    const struct {
        double p;
        uint64_t n;
    } want[] = {{0.5, 6}, {0.99, 368}, {0.999, 3688}, {0.9999, 36887}};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        double p = want[i].p;
        uint64_t n = want[i].n;
        assert_int_equal(quantile_n_upper(p, 0.95), n);
        assert_int_equal(quantile_n_lower(1.0 - p, 0.95), n);
        assert_int_equal(quantile_ranks(n, p, 0.95).high, n);
        assert_int_equal(quantile_ranks(n - 1, p, 0.95).high, n);
        assert_int_equal(quantile_ranks(n, 1.0 - p, 0.95).low, 1);
        assert_int_equal(quantile_ranks(n - 1, 1.0 - p, 0.95).low, 0);
    }
}

static void censored_values_are_above_all_others(void **state)
{
    (void)state;
    const int64_t value[] = {10, 20, 30, 40, 50, 60, 70, 80};
    struct sample sample = {.value = value, .finite = 8, .n = 10};
    struct quantile median = quantile_of(&sample, 0.5, 0.95);
    assert_true(median.value == 50 && median.low == 20 && median.high == QUANTILE_ABOVE);
    assert_int_equal(median.rank.high, 9); /* estimable, but censored */
    struct quantile p90 = quantile_of(&sample, 0.9, 0.95);
    assert_true(p90.value == QUANTILE_ABOVE && p90.low == 70 && p90.high == QUANTILE_ABOVE);
    struct quantile p5 = quantile_of(&sample, 0.05, 0.95);
    assert_true(p5.value == 10 && p5.low == QUANTILE_BELOW);
}

static void beta_agrees_with_gsl_where_gsl_answers(void **state)
{
    (void)state;
    const double size[] = {0.5, 1.0, 2.0, 6.0, 40.0, 333.0, 99995.0};
    for (size_t i = 0; i < COUNT_OF(size); i++) {
        for (size_t k = 0; k < COUNT_OF(size); k++) {
            double a = size[i], b = size[k], mean = a / (a + b);
            for (double x = mean / 16; x < 1.0; x += (x < mean ? mean : 1.0 - mean) / 16)
                assert_near(beta_below(x, a, b), gsl_cdf_beta_P(x, a, b), 1e-9);
        }
    }
    /* The middle of a symmetric law, where gsl_cdf_beta_P is NaN. */
    assert_near(beta_below(0.5, 5e6, 5e6), 0.5, 1e-8);
    assert_near(beta_inverse(0.5, 5e6, 5e6), 0.5, 1e-11);
    assert_near(beta_below(0.0, 2.0, 3.0), 0.0, 0.0);
    assert_near(beta_below(1.0, 2.0, 3.0), 1.0, 0.0);
    /* Closed forms at the far ends. */
    assert_near(beta_below(1e-9, 1.0, 2e9), -expm1(2e9 * log1p(-1e-9)), 1e-8);
    assert_near(beta_inverse(0.3, 1e7, 1.0), pow(0.3, 1e-7), 1e-12);
}

/* The points where gsl_cdf_beta_Pinv of GSL 2.7.1 fails or hangs: the answer must be the root. */
static void proportions_at_the_traps_of_gsl(void **state)
{
    (void)state;
    const struct {
        uint64_t k, n;
    } trap[] = {
        {5, 100000}, {5000, 10000}, {5000000, 10000000}, {1, 10000000}, {9999999, 10000000}};
    for (size_t i = 0; i < COUNT_OF(trap); i++) {
        uint64_t k = trap[i].k, n = trap[i].n;
        double low, high;
        proportion_interval(k, n, 0.95, &low, &high);
        assert_true(0.0 < low && low < (double)k / (double)n && (double)k / (double)n < high);
        /* Defining property: k or more at `low`, k or fewer at `high`, each with 2.5 %. */
        assert_near(binomial_above((double)k - 1.0, (double)n, low), 0.025, 1e-9);
        assert_near(binomial_below((double)k, (double)n, high), 0.025, 1e-9);
    }
}

static void proportions_in_closed_form(void **state)
{
    (void)state;
    double low, high;
    proportion_interval(0, 1000, 0.95, &low, &high);
    assert_near(low, 0.0, 0.0);
    assert_near(high, 1.0 - pow(0.025, 1e-3), 1e-15);
    proportion_interval(1000, 1000, 0.95, &low, &high);
    assert_near(low, pow(0.025, 1e-3), 1e-15);
    assert_near(high, 1.0, 0.0);
    /* Published: 5 of 10 is [0.1871, 0.8129]; 1 of 10 is [0.00253, 0.44502]. */
    proportion_interval(5, 10, 0.95, &low, &high);
    assert_near(low, 0.1870860, 1e-6);
    assert_near(high, 0.8129140, 1e-6);
    proportion_interval(1, 10, 0.95, &low, &high);
    assert_near(low, 0.00252858, 1e-7);
    assert_near(high, 0.44501612, 1e-7);
}

/* Share of repetitions whose interval holds the true quantile. Laws: exponential, and the same
 * rounded up to halves, in thousandths. */
static void intervals_cover_the_truth(void **state)
{
    (void)state;
    enum { N = 500, REPETITIONS = 2000 };
    const double ps[] = {0.05, 0.5, 0.9, 0.99};
    int64_t value[N];
    for (int discrete = 0; discrete < 2; discrete++) {
        unsigned inside[COUNT_OF(ps)] = {0};
        for (unsigned r = 0; r < REPETITIONS; r++) {
            struct luck luck = {.seed = 7, .trial = r};
            for (uint32_t i = 0; i < N; i++) {
                double x = -log(luck_uniform(&luck, 1, 1, i));
                value[i] = (int64_t)(discrete ? ceil(2.0 * x) * 500.0 : 1e9 * x);
            }
            sample_sort(value, N);
            struct sample sample = {.value = value, .finite = N, .n = N};
            for (size_t k = 0; k < COUNT_OF(ps); k++) {
                double x = -log1p(-ps[k]);
                int64_t truth = (int64_t)(discrete ? ceil(2.0 * x) * 500.0 : 1e9 * x);
                struct quantile q = quantile_of(&sample, ps[k], 0.95);
                inside[k] += q.low <= truth && truth <= q.high;
            }
        }
        for (size_t k = 0; k < COUNT_OF(ps); k++)
            if (gsl_cdf_binomial_P(inside[k], 0.95, REPETITIONS) < 1e-6)
                fail_msg("p%g%s: %u of %u intervals hold the truth", 100 * ps[k],
                         discrete ? " discrete" : "", inside[k], REPETITIONS);
    }
}

static int order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sorting_agrees_with_qsort(void **state)
{
    (void)state;
    enum { N = 5000 };
    int64_t ours[N], theirs[N];
    struct luck luck = {.seed = 3};
    for (uint32_t i = 0; i < N; i++)
        ours[i] = (int64_t)luck_bits(&luck, 1, 1, i) >> (i % 3 * 24);
    ours[0] = INT64_MIN, ours[1] = INT64_MAX, ours[2] = -1, ours[3] = 0;
    memcpy(theirs, ours, sizeof ours);
    sample_sort(ours, N);
    qsort(theirs, N, sizeof *theirs, order);
    assert_memory_equal(ours, theirs, sizeof ours);
    sample_sort(ours, 0);
    sample_sort(ours, 1);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_1_ranks_do_not_feel_rounding),
        cmocka_unit_test(ranks_agree_with_binomial_sums),
        cmocka_unit_test(golden_ranks),
        cmocka_unit_test(smallest_samples_with_a_finite_limit),
        cmocka_unit_test(censored_values_are_above_all_others),
        cmocka_unit_test(beta_agrees_with_gsl_where_gsl_answers),
        cmocka_unit_test(proportions_at_the_traps_of_gsl),
        cmocka_unit_test(proportions_in_closed_form),
        cmocka_unit_test(intervals_cover_the_truth),
        cmocka_unit_test(sorting_agrees_with_qsort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
