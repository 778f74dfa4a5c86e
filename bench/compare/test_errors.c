/* How often is a verdict wrong? Where nothing differs, where the change is just the margin, with
 * few trials and with infinite values. Rates are over many seeds; limits leave four standard
 * errors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "engine/check.h"
#include "engine/luck.h"

#include "../stats/quantile.h"
#include "compare.h"
#include "gate.h"
#include "method.h"
#include "quantile_test.h"
#include "report.h"

static double uniform(uint64_t seed, uint32_t stream, uint32_t index)
{
    const struct luck luck = {.seed = seed, .trial = 1};
    return luck_uniform(&luck, 1, stream, index);
}

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.12g instead of %.12g", got, want);
}

static void at_most(const char *what, uint32_t k, uint32_t n, double rate)
{
    double most = rate * n + 4.0 * sqrt(rate * (1.0 - rate) * n);
    if (k > most)
        fail_msg("%s: %u of %u, %.1f at most", what, k, n, most);
}

/* ---- exact tests ---- */

static void quantile_tests_are_exact(void **state)
{
    (void)state;
    const int64_t a[] = {1, 2, 3, 4, 5, 6}, b[] = {11, 12, 13, 14, 15, QUANTILE_ABOVE};
    assert_int_equal(quantile_test_threshold(a, 6, b, 6, 0.5), 6);
    assert_int_equal(quantile_test_threshold(a, 6, b, 6, 0.99), QUANTILE_ABOVE);
    assert_int_equal(quantile_test_threshold(a, 6, b, 0, 0.5), 3);
    near(quantile_test_pairs(a, b, 6, 6), 2.0 / 64.0, 1e-12);       /* six of six, two-sided */
    near(quantile_test_samples(a, 6, b, 6, 6), 2.0 / 924.0, 1e-12); /* 12 over 6 */
    near(quantile_test_pairs(a, b, 6, QUANTILE_ABOVE), 1.0, 1e-12); /* one of one */
    near(quantile_test_samples(a, 6, b, 6, QUANTILE_ABOVE), 1.0, 1e-12);
    const struct quantile_range all[] = {{0, 10}, {10, 20}}, some[] = {{2, 3}, {10, 13}};
    near(quantile_test_least(a, b, 6, all), 1.0 / 32.0, 1e-12);
    near(quantile_test_least(a, b, 6, some), 1.0 / 4.0, 1e-12); /* pairs 1 to 3 */
    near(quantile_test_least(a, a, 6, all), 1.0, 1e-12);
}

/* ---- who wins ---- */

enum { MOST = 1000 };

/* n exponential variates, ascending. */
static void draw_sorted(uint64_t seed, uint32_t stream, uint32_t n, double scale, int64_t *value)
{
    for (uint32_t i = 0; i < n; i++)
        value[i] = (int64_t)(-1e9 * scale * log(uniform(seed, stream, i)));
    sample_sort(value, n);
}

/* P(cand > base) of exponential laws with means 1 and s is s/(1 + s): the interval holds it, and
 * where s = 1 p is below 5 % in one of twenty. */
static void who_wins_holds_what_it_says(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{1000, 1}, {1000, 2}, {1000, 5}, {1000, 10},
                                        {5, 50},   {10, 10},  {100, 100}};
    static const double scales[] = {1.0, 19.0};
    enum { REPETITIONS = 600 };
    static int64_t base[MOST], cand[MOST];
    for (size_t k = 0; k < COUNT_OF(sizes); k++)
        for (size_t s = 0; s < COUNT_OF(scales); s++) {
            uint32_t small = 0, missed = 0;
            for (uint32_t i = 0; i < REPETITIONS; i++) {
                draw_sorted(i, 1, sizes[k][0], 1.0, base);
                draw_sorted(i, 2, sizes[k][1], scales[s], cand);
                struct estimate e = method_who_wins(base, sizes[k][0], cand, sizes[k][1]);
                double truth = 2.0 * scales[s] / (1.0 + scales[s]) - 1.0;
                small += e.p < 0.05;
                missed += !(e.low <= truth && truth <= e.high);
                assert_true(e.low >= -1.0 && e.low <= e.change && e.change <= e.high);
                assert_true(e.high <= 1.0 && e.p > 0.0 && e.p <= 1.0);
            }
            char what[64];
            snprintf(what, sizeof what, "%u against %u, scale %g", sizes[k][0], sizes[k][1],
                     scales[s]);
            at_most(what, missed, REPETITIONS, 0.06);
            if (scales[s] == 1.0)
                at_most(what, small, REPETITIONS, 0.05);
        }
}

/* One beyond a thousand is no less likely than one in a thousand. */
static void the_most_extreme_ranking_has_its_p(void **state)
{
    (void)state;
    static int64_t base[MOST];
    const int64_t beyond[] = {INT64_C(1) << 60, INT64_C(1) << 60};
    draw_sorted(1, 1, MOST, 1.0, base);
    assert_true(method_who_wins(base, MOST, beyond, 1).p >= 2.0 / (MOST + 1.0) * 0.999);
    assert_true(method_who_wins(beyond, 1, base, MOST).p >= 2.0 / (MOST + 1.0) * 0.999);
    assert_true(method_who_wins(base, MOST, beyond, 1).low < 0.999);
    assert_true(method_who_wins(base, 5, beyond, 2).p > 0.05);
}

/* ---- verdicts ---- */

static const struct compare_options options = {
    .paired = true, .slo_ns = 2000000000, .margin_share = 0.05, .margin_ns = 10e6, .threads = 1};

static double normal(uint64_t seed, uint32_t index)
{
    return gsl_cdf_ugaussian_Pinv(uniform(seed, 7, index));
}

/* Every true change is the margin: not one row in twenty sweeps may be called worse, however many
 * arms there are and however sure it is that there is some change. */
static void a_change_of_the_margin_is_not_beyond_it(void **state)
{
    (void)state;
    enum { SWEEPS = 400, ARMS_MOST = 40 };
    static const uint32_t arms[] = {1, 10, ARMS_MOST};
    static struct comparison row[ARMS_MOST];
    struct comparison *rows[ARMS_MOST];
    for (size_t k = 0; k < COUNT_OF(arms); k++) {
        uint32_t wrong = 0;
        for (uint32_t sweep = 0; sweep < SWEEPS; sweep++) {
            bool any = false;
            for (uint32_t i = 0; i < arms[k]; i++) {
                const double error = 0.1e9, margin = 5e9;
                double change = margin + error * normal(sweep, i);
                row[i] = (struct comparison){.metric = "outage",
                                             .statistic = "p50",
                                             .unit = "s",
                                             .base = 100e9,
                                             .change = change,
                                             .low = change - 1.96 * error,
                                             .high = change + 1.96 * error,
                                             .p = 1e-300,
                                             .verdict = WORD_none};
                rows[i] = &row[i];
            }
            compare_decide(rows, arms[k], &options);
            for (uint32_t i = 0; i < arms[k]; i++)
                any |= row[i].verdict == WORD_worse;
            wrong += any;
        }
        at_most("sweeps with a false verdict", wrong, SWEEPS, 0.05);
    }
}

/* Unpaired, and p50 is really 1 + r times the base's: a gate at r is proven no more often than it
 * may be, whatever r. The base's own error counts (1 + r)-fold. */
static void a_relative_gate_knows_that_the_base_is_an_estimate(void **state)
{
    (void)state;
    enum { REPETITIONS = 400, N = 200 };
    static const double limits[] = {0.05, 0.5, 2.0, 4.0};
    static int64_t base[N], cand[N];
    for (size_t k = 0; k < COUNT_OF(limits); k++) {
        uint32_t proven = 0, other = 0;
        char text[2][64], told[256];
        struct gate gate[2];
        struct error error;
        snprintf(text[0], sizeof text[0], "change.p50 > %g%%", 100.0 * limits[k]);
        snprintf(text[1], sizeof text[1], "change.p50 < %g%%", 100.0 * limits[k]);
        for (int side = 0; side < 2; side++)
            assert_true(gate_parse(text[side], &gate[side], &error));
        for (uint32_t i = 0; i < REPETITIONS; i++) {
            draw_sorted(i, 1, N, 1.0, base);
            draw_sorted(i, 2, N, 1.0 + limits[k], cand);
            struct sample of_base = {.value = base, .finite = N, .n = N},
                          of_cand = {.value = cand, .finite = N, .n = N};
            struct quantile a = quantile_of(&of_base, 0.5, 0.95),
                            b = quantile_of(&of_cand, 0.5, 0.95);
            struct comparison row = {.metric = "outage",
                                     .statistic = "p50",
                                     .unit = "s",
                                     .unpaired = true,
                                     .base = (double)a.value,
                                     .base_low = (double)a.low,
                                     .base_high = (double)a.high,
                                     .cand = (double)b.value,
                                     .cand_low = (double)b.low,
                                     .cand_high = (double)b.high,
                                     .low = (double)(b.value - a.value),
                                     .high = (double)(b.value - a.value)};
            proven += gate_fails(&gate[0], &row, 1, told, sizeof told);
            other += gate_fails(&gate[1], &row, 1, told, sizeof told);
        }
        at_most(text[0], proven, REPETITIONS, 0.025);
        at_most(text[1], other, REPETITIONS, 0.025);
        assert_true(proven + other > 0); /* and not never */
    }
}

static bool fails(const char *text, const struct comparison *row, bool *judged)
{
    struct gate gate;
    struct error error;
    char told[256];
    assert_true(gate_parse(text, &gate, &error));
    *judged = gate_is_judged(&gate, row, 1);
    return gate_fails(&gate, row, 1, told, sizeof told);
}

/* What is not compared has no gate either; and an end that a gate does not ask for may be infinite:
 * the base's own error counts all the same. */
static void a_gate_asks_for_its_own_ends(void **state)
{
    (void)state;
    struct comparison row = {.metric = "outage",
                             .statistic = "p99",
                             .unit = "s",
                             .unpaired = true,
                             .base = 100e9,
                             .base_low = 80e9,
                             .base_high = 120e9,
                             .cand = 200e9,
                             .cand_low = 190e9,
                             .cand_high = INFINITY,
                             .change = 100e9,
                             .low = 95e9,
                             .high = INFINITY};
    bool judged;
    assert_false(fails("change.p99 > 90%", &row, &judged)); /* 200 - 1.9 * 100, less 39.3 */
    assert_true(judged);
    assert_true(fails("change.p99 > 40%", &row, &judged));
    assert_false(fails("change.p99 < 400%", &row, &judged));
    row.cand = row.change = INFINITY; /* 190 against 120 at least: 58 % */
    assert_true(fails("change.p99 > 50%", &row, &judged));
    assert_false(fails("change.p99 > 60%", &row, &judged));
    row.low = row.high = row.change = NAN;
    assert_false(fails("change.p99 > 1%", &row, &judged));
    assert_false(judged);
    row.base = row.change = row.low = INFINITY;
    struct gate gate;
    struct error error;
    assert_true(gate_parse("change.p99 > 1%", &gate, &error));
    assert_false(gate_is_judged(&gate, &row, 1));
    assert_non_null(strstr(gate_why_not(&gate, &row, 1), "beyond the horizon"));
}

/* 1 in 10^5 that did not is not nobody. */
static void nearly_all_is_not_all(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *text;
    } known[] = {{0.99999, "99.999"}, {0.998, "99.8"}, {1.0, "100"},           {0.1234567, "12.35"},
                 {0.0, "0"},          {0.5, "50"},     {0.9999999, "99.99999"}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char text[32];
        double share = known[i].share;
        snprintf(text, sizeof text, "%.*g", compare_share_digits(share, 4), 100.0 * share);
        assert_string_equal(text, known[i].text);
    }
}

static void make_arms(struct arm arm[ARMS], uint64_t n)
{
    for (int side = 0; side < ARMS; side++) {
        arm[side] = (struct arm){.n = n};
        for (int c = 0; c < ARM_COLUMN_COUNT; c++) {
            arm[side].value[c] = calloc(n, sizeof *arm[side].value[c]);
            CHECK(arm[side].value[c] != NULL);
        }
        for (uint64_t i = 0; i < n; i++)
            arm[side].value[ARM_trial][i] = (int64_t)i;
    }
}

static void set_outage(struct arm *arm, uint64_t i, int64_t ns)
{
    arm->value[ARM_outage_ns][i] = arm->value[ARM_ipsec_ns][i] = ns;
}

/* Six pairs that all went up: 2^-5, whatever the replicates say; an exact sign test sees no more.
 */
static void six_pairs_are_six_tosses(void **state)
{
    (void)state;
    struct arm arm[ARMS];
    struct comparing c;
    make_arms(arm, 6);
    for (uint64_t i = 0; i < 6; i++) {
        set_outage(&arm[BASE], i, (int64_t)(10 + 7 * i) * 1000000000);
        set_outage(&arm[CAND], i, (int64_t)(10 + 7 * i) * 1000000000 + 5000000000);
    }
    compare_arms(arm, &options, &c);
    const struct comparison *p50 = comparing_find(&c, "outage", "p50");
    assert_true(p50->p >= 1.0 / 32.0);
    assert_int_equal(p50->verdict, WORD_none);
    comparing_fini(&c);
    arms_fini(arm);
}

/* Each pair goes up or down by the toss of a coin: a sweep of so many arms says nothing. */
static void tossed_pairs_are_no_evidence(void **state)
{
    (void)state;
    enum { SWEEPS = 60, SWEEP_ARMS = 10 };
    static struct comparing c[SWEEP_ARMS];
    static struct arm arm[SWEEP_ARMS][ARMS];
    for (uint64_t n = 6; n <= 10; n += 2) {
        uint32_t wrong = 0;
        for (uint32_t sweep = 0; sweep < SWEEPS; sweep++) {
            struct comparison *rows[SWEEP_ARMS * COMPARE_MAX];
            size_t all = 0;
            bool any = false;
            for (uint32_t a = 0; a < SWEEP_ARMS; a++) {
                make_arms(arm[a], n);
                for (uint64_t i = 0; i < n; i++) {
                    int64_t ns = (int64_t)(100e9 * uniform(sweep, a, (uint32_t)i));
                    bool up = uniform(sweep, 100 + a, (uint32_t)i) < 0.5;
                    set_outage(&arm[a][BASE], i, ns + (up ? 0 : 40000000000));
                    set_outage(&arm[a][CAND], i, ns + (up ? 40000000000 : 0));
                }
                compare_arms(arm[a], &options, &c[a]);
                for (size_t r = 0; r < c[a].n; r++)
                    rows[all++] = &c[a].row[r];
            }
            for (size_t r = 0; r < all; r++)
                rows[r]->verdict = rows[r]->verdict == WORD_identical || isnan(rows[r]->p)
                                       ? rows[r]->verdict
                                       : WORD_none;
            compare_decide(rows, all, &options);
            for (size_t r = 0; r < all; r++)
                any |= rows[r]->verdict == WORD_better || rows[r]->verdict == WORD_worse;
            wrong += any;
            for (uint32_t a = 0; a < SWEEP_ARMS; a++) {
                comparing_fini(&c[a]);
                arms_fini(arm[a]);
            }
        }
        at_most("sweeps with a false verdict", wrong, SWEEPS, 0.05);
    }
}

/* p99 goes from a finite time to never: replicates that are partly infinite have no spread, and
 * still it is as sure as the trials that do not recover any more. */
static void a_tail_that_never_ends_is_evidence(void **state)
{
    (void)state;
    enum { N = 2000 };
    for (int paired = 0; paired <= 1; paired++) {
        struct compare_options o = options;
        struct arm arm[ARMS];
        struct comparing c;
        o.paired = paired;
        o.threads = 2; /* exact tests run in both */
        make_arms(arm, N);
        for (uint64_t i = 0; i < N; i++) {
            int64_t ns = (int64_t)(-2e9 * log(uniform(1, 1, (uint32_t)i)));
            set_outage(&arm[BASE], i, ns);
            set_outage(&arm[CAND], i, uniform(1, 2, (uint32_t)i) < 0.016 ? QUANTILE_ABOVE : ns);
        }
        compare_arms(arm, &o, &c);
        const struct comparison *p99 = comparing_find(&c, "outage", "p99");
        if (!(isinf(p99->cand) && p99->p < 1e-4))
            fail_msg("paired %d: p99 %g, p %g", paired, p99->cand, p99->p);
        comparing_fini(&c);
        arms_fini(arm);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantile_tests_are_exact),
        cmocka_unit_test(who_wins_holds_what_it_says),
        cmocka_unit_test(the_most_extreme_ranking_has_its_p),
        cmocka_unit_test(a_change_of_the_margin_is_not_beyond_it),
        cmocka_unit_test(a_relative_gate_knows_that_the_base_is_an_estimate),
        cmocka_unit_test(a_gate_asks_for_its_own_ends),
        cmocka_unit_test(nearly_all_is_not_all),
        cmocka_unit_test(six_pairs_are_six_tosses),
        cmocka_unit_test(tossed_pairs_are_no_evidence),
        cmocka_unit_test(a_tail_that_never_ends_is_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
