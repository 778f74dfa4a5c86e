/* Poisson variates against GSL's distribution function. */
#include "../testkit.h"

#include <gsl/gsl_randist.h>

#include "engine/luck.h"
#include "engine/poisson.h"

static struct poisson poisson;

static int setup(void **state)
{
    (void)state;
    poisson_make(&poisson);
    return 0;
}

static void tables_are_the_distribution_function(void **state)
{
    (void)state;
    for (uint32_t level = 0; level < POISSON_LEVELS; level++) {
        const struct poisson_table *table = &poisson.level[level];
        double mean = (double)(1 << level);
        assert_true(gsl_cdf_poisson_P(table->lowest, mean) < 0.38 && table->count > 10);
        assert_true(table->lowest == 0 || gsl_cdf_poisson_P(table->lowest, mean) < 1e-16);
        assert_true(gsl_cdf_poisson_Q(table->lowest + table->count - 1, mean) < 1e-16);
        for (uint32_t i = 0; i < table->count; i++)
            assert_near(poisson.below[table->first + i], gsl_cdf_poisson_P(table->lowest + i, mean),
                        1e-12);
    }
}

/* At each value, the share of draws at or below it is the distribution function there: within five
 * and a half standard errors, which a right program fails about once in 10^5 seeds. */
static void draws_follow_the_law(void **state)
{
    (void)state;
    enum { N = 200000, MOST = 8192 };
    static const double means[] = {0.0, 1e-6, 0.3, 0.999, 1.0, 3.7, 19.25, 700.5, 2047.9, 3000.0};
    static unsigned count[MOST];
    for (size_t k = 0; k < sizeof means / sizeof means[0]; k++) {
        struct luck luck = {.seed = 77, .trial = k};
        memset(count, 0, sizeof count);
        for (uint32_t i = 0; i < N; i++) {
            double u[32];
            uint32_t n = poisson_uniforms(means[k]);
            assert_true(n <= 32);
            for (uint32_t j = 0; j < n; j++)
                u[j] = luck_uniform(&luck, 0, j, i);
            const double *next = u;
            uint64_t value = poisson_draw(&poisson, means[k], &next);
            assert_true(next > u && next <= u + n && value < MOST);
            count[value]++;
        }
        double below = 0.0;
        for (unsigned value = 0; value < MOST; value++) {
            below += count[value];
            double p = means[k] > 0.0 ? gsl_cdf_poisson_P(value, means[k]) : 1.0;
            assert_near(below / N, p, 5.5 * sqrt(p * (1.0 - p) / N) + 1e-5);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_the_distribution_function),
        cmocka_unit_test(draws_follow_the_law),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
