#include "../testkit.h"

#include "engine/law.h"
#include "engine/luck.h"

#include "engine/check.h"

static double cdf(double x, void *context)
{
    const struct law_table *table = context;
    double s = table->shape;
    switch (table->family) {
    case LAW_exponential:
        return gsl_cdf_exponential_P(x, 1.0);
    case LAW_normal:
        return gsl_cdf_ugaussian_P(x);
    case LAW_lognormal:
        return gsl_cdf_lognormal_P(x, 0.0, s);
    case LAW_gamma:
        return gsl_cdf_gamma_P(x, s, 1.0);
    case LAW_weibull:
        return gsl_cdf_weibull_P(x, 1.0, s);
    case LAW_pareto:
        return gsl_cdf_pareto_P(x, s, 1.0);
    case LAW_loguniform:
        return log(x) / s;
    default:
        return NAN;
    }
}

static const struct {
    enum law_family family;
    double shape;
} shapes[] = {
    {LAW_exponential, 0.0}, {LAW_normal, 0.0}, {LAW_lognormal, 0.7},  {LAW_lognormal, 2.0},
    {LAW_gamma, 0.5},       {LAW_gamma, 3.0},  {LAW_weibull, 0.7},    {LAW_weibull, 2.5},
    {LAW_pareto, 1.5},      {LAW_pareto, 3.0}, {LAW_loguniform, 5.0},
};

static void samples_follow_their_law(void **state)
{
    (void)state;
    enum { N = 1000000 };
    double *sample = malloc(N * sizeof *sample);
    for (size_t k = 0; k < COUNT_OF(shapes); k++) {
        struct law_table *table = law_table_new(shapes[k].family, shapes[k].shape);
        struct luck luck = {.seed = 11, .trial = k};
        double sum = 0.0;
        for (uint32_t i = 0; i < N; i++) {
            sample[i] = law_table_quantile(table, luck_uniform(&luck, 1, 2, i));
            sum += sample[i];
        }
        double d = testkit_ks(sample, N, cdf, table);
        if (d > testkit_ks_limit(N, 1e-4))
            fail_msg("%s(%g), seed 11: KS distance %g", law_family_name(shapes[k].family),
                     shapes[k].shape, d);
        struct law law = {table, 0.0, 1.0};
        if (shapes[k].family != LAW_pareto || shapes[k].shape > 2.0) /* finite variance */
            assert_near(sum / N, law_mean(&law), 0.02 * fmax(1.0, law_mean(&law)));
        free(table);
    }
    free(sample);
}

/* The table's own error, without sampling noise: F(table(p)) - p stays below 5e-6 everywhere. */
static void table_error_is_bounded(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(shapes); k++) {
        struct law_table *table = law_table_new(shapes[k].family, shapes[k].shape);
        for (int i = 0; i < 200000; i++) {
            double p = (i + 0.5) / 200000;
            double got = cdf(law_table_quantile(table, p), table);
            if (!(fabs(got - p) < 5e-6))
                fail_msg("%s(%g) at p = %g: error %g", law_family_name(shapes[k].family),
                         shapes[k].shape, p, got - p);
        }
        free(table);
    }
}

static void tails_are_exact(void **state)
{
    (void)state;
    struct law_table *table = law_table_new(LAW_exponential, 0.0);
    assert_near(law_table_quantile(table, 1.0 - 1e-9), -log(1e-9), 1e-6);
    assert_near(law_table_quantile(table, 1e-12), 1e-12, 1e-18);
    free(table);
}

static void quantiles_never_decrease(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(shapes); k++) {
        struct law_table *table = law_table_new(shapes[k].family, shapes[k].shape);
        double last = -INFINITY;
        for (int i = 0; i < 1 << 20; i++) {
            double x = law_table_quantile(table, (i + 0.5) / (1 << 20));
            assert_true(x >= last);
            last = x;
        }
        free(table);
    }
}

/* By the bits or by the uniform made of them: the same double. */
static void bits_and_uniform_agree(void **state)
{
    (void)state;
    static const uint64_t ends[] = {0,
                                    1,
                                    UINT64_MAX,
                                    UINT64_C(1) << 63,
                                    UINT64_C(15) << 52,
                                    UINT64_C(16) << 52,
                                    (UINT64_C(4080) << 52) - 1,
                                    UINT64_C(4080) << 52};
    static const double values[] = {-1.0, 0.5, 4.0};
    struct luck luck = {.seed = 12};
    for (size_t k = 0; k < COUNT_OF(shapes) + 2; k++) {
        struct law_table *table = k < COUNT_OF(shapes)
                                      ? law_table_new(shapes[k].family, shapes[k].shape)
                                  : k == COUNT_OF(shapes) ? law_table_empirical_new(values, 3)
                                                          : NULL;
        struct law law = {table, 0.25, 3.0};
        for (uint32_t i = 0; i < 20000; i++) {
            uint64_t bits = i < COUNT_OF(ends) ? ends[i] : luck_bits(&luck, 0, 0, i);
            double got = law_draw(&law, bits), want = law_quantile(&law, luck_unit(bits));
            if (got != want)
                fail_msg("law %zu, bits %llx: %.17g and %.17g", k, (unsigned long long)bits, got,
                         want);
        }
        free(table);
    }
}

static void location_and_scale(void **state)
{
    (void)state;
    struct law constant = law_constant(5.0);
    assert_true(law_quantile(&constant, 0.3) == 5.0);
    assert_true(law_minimum(&constant) == 5.0 && law_maximum(&constant) == 5.0);
    struct law uniform = {NULL, 2.0, 4.0};
    assert_near(law_quantile(&uniform, 0.25), 3.0, 0.0);
    assert_near(law_mean(&uniform), 4.0, 0.0);
    assert_near(law_maximum(&uniform), 6.0, 0.0);
    struct law_table *table = law_table_new(LAW_normal, 0.0);
    struct law normal = {table, 10.0, 2.0};
    assert_near(law_quantile(&normal, 0.5), 10.0, 1e-9);
    assert_true(isinf(law_minimum(&normal)));
    free(table);
}

static void empirical_picks_each_value_equally_often(void **state)
{
    (void)state;
    double values[] = {-1.0, 0.0, 0.0, 4.0};
    struct law_table *table = law_table_empirical_new(values, 4);
    struct law law = {table, 1.0, 0.5};
    assert_near(law_quantile(&law, 0.1), 0.5, 0.0);
    assert_near(law_quantile(&law, 0.74), 1.0, 0.0);
    assert_near(law_quantile(&law, 0.99), 3.0, 0.0);
    assert_near(law_mean(&law), 1.375, 1e-12);
    assert_near(law_minimum(&law), 0.5, 0.0);
    assert_near(law_maximum(&law), 3.0, 0.0);
    free(table);
}

static void impossible_shapes_are_refused(void **state)
{
    (void)state;
    assert_null(law_table_new(LAW_lognormal, 0.0));
    assert_null(law_table_new(LAW_gamma, -1.0));
    assert_null(law_table_new(LAW_pareto, NAN));
    assert_null(law_table_new(LAW_uniform, 1.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_follow_their_law),
        cmocka_unit_test(table_error_is_bounded),
        cmocka_unit_test(tails_are_exact),
        cmocka_unit_test(quantiles_never_decrease),
        cmocka_unit_test(bits_and_uniform_agree),
        cmocka_unit_test(location_and_scale),
        cmocka_unit_test(empirical_picks_each_value_equally_often),
        cmocka_unit_test(impossible_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
