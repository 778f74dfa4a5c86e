#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <jansson.h>

#include <gsl/gsl_cdf.h>

#include "engine/check.h"

#include "../out/stage.h"
#include "../stats/quantile.h"
#include "bootstrap.h"
#include "gate.h"
#include "method.h"
#include "report.h"

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.12g instead of %.12g", got, want);
}

/* Known answers: McNemar by hand, 2 (1 + 10 + 45) / 1024; Tango 1998's example of 44 pairs. */
static void mcnemar_and_tango(void **state)
{
    (void)state;
    struct estimate e = method_pairs(8, 2, 100);
    near(e.p, 2.0 * 56.0 / 1024.0, 1e-9);
    near(e.change, -0.06, 1e-12);
    assert_true(e.low < -0.06 && e.high > -0.06 && e.low > -0.2 && e.high < 0.05);
    e = method_pairs(1, 0, 44);
    near(e.change, -1.0 / 44.0, 1e-12);
    near(e.low, -0.118, 1e-3);
    near(e.high, 0.060, 1e-3);
    e = method_pairs(0, 0, 100);
    near(e.p, 1.0, 0.0);
    near(e.high, 3.8414588 / 103.8414588, 1e-6); /* z^2 / (n + z^2) */
    near(e.low, -e.high, 1e-9);
    e = method_pairs(0, 5, 5);
    near(e.p, 2.0 / 32.0, 1e-9);
    near(e.high, 1.0, 0.0);
}

/* The tea tasting, 3 of 4 against 1 of 4: 34/70. */
static void independent_shares(void **state)
{
    (void)state;
    struct estimate e = method_shares(3, 4, 1, 4);
    near(e.p, 34.0 / 70.0, 1e-9);
    near(e.change, -0.5, 1e-12);
    e = method_shares(56, 70, 48, 80); /* Newcombe 1998, table II a, method 10 */
    near(e.change, -0.2, 1e-12);
    near(e.high, -0.0524, 1e-4);
    near(e.low, -0.3339, 1e-4);
}

static void means(void **state)
{
    (void)state;
    const int64_t a[] = {10, 20, 30, 40}, b[] = {11, 22, 33, 44};
    struct estimate e = method_paired_mean(a, b, 4); /* differences 1 2 3 4 */
    near(e.change, 2.5, 1e-12);
    near(e.high - e.change, 3.182446305 * sqrt(5.0 / 3.0 / 4.0), 1e-8);
    near(e.p, 0.030466, 1e-5);
    e = method_paired_mean(a, a, 4);
    near(e.p, 1.0, 0.0);
    near(e.high, 0.0, 0.0);
    e = method_means(a, 4, b, 4);
    near(e.change, 2.5, 1e-12);
    assert_true(e.p > 0.7 && e.low < 0.0 && e.high > 0.0);
}

static void who_wins(void **state)
{
    (void)state;
    const int64_t a[] = {1, 2, 3}, b[] = {2, 3, 4};
    struct estimate e = method_who_wins(a, 3, b, 3); /* 6 pairs slower, 1 faster, of 9 */
    near(e.change, 5.0 / 9.0, 1e-12);
    e = method_who_wins(a, 3, a, 3);
    near(e.change, 0.0, 1e-12);
    near(e.p, 1.0, 1e-9);
}

static void holm(void **state)
{
    (void)state;
    double p[] = {0.01, 0.04, 0.03, 0.005};
    method_holm(p, 4);
    near(p[0], 0.03, 1e-12);
    near(p[1], 0.06, 1e-12);
    near(p[2], 0.06, 1e-12);
    near(p[3], 0.02, 1e-12);
}

/* The plain thing: every trial has its weight. */
static int64_t naive(const int64_t *value, const unsigned *weight, size_t n, double p)
{
    uint64_t total = 0, seen = 0;
    for (size_t i = 0; i < n; i++)
        total += weight[i];
    uint64_t rank = quantile_rank(total, p);
    for (int64_t last = INT64_MIN;;) { /* the next larger value, again and again */
        int64_t next = INT64_MAX;
        for (size_t i = 0; i < n; i++)
            if (value[i] > last && value[i] < next)
                next = value[i];
        for (size_t i = 0; i < n; i++)
            seen += value[i] == next ? weight[i] : 0;
        if (seen >= rank || next == INT64_MAX)
            return next;
        last = next;
    }
}

enum { SMALL = 60 };

/* In a small sample all trials are within the window: replicate by replicate the same. */
static void bootstrap_is_the_naive_one(void **state)
{
    (void)state;
    int64_t trial[SMALL], value[2][SMALL], sorted[2][SMALL];
    static struct bootstrap_replicates r;
    for (int64_t i = 0; i < SMALL; i++) {
        trial[i] = i + 7;
        value[0][i] = i * 37 % SMALL / 3; /* atoms */
        value[1][i] = i % 11 == 0 ? QUANTILE_ABOVE : i * 17 % SMALL;
    }
    for (int arm = 0; arm < 2; arm++) {
        memcpy(sorted[arm], value[arm], sizeof sorted[arm]);
        sample_sort(sorted[arm], SMALL);
    }
    struct bootstrap_pairs pairs = {trial, {value[0], value[1]}, {sorted[0], sorted[1]}, SMALL, 0};
    static const double p[] = {0.5, 0.9, 0.99};
    for (size_t k = 0; k < COUNT_OF(p); k++) {
        bootstrap_quantile(&pairs, p[k], &r);
        for (uint32_t b = 0; b < BOOTSTRAP_REPLICATES; b++) {
            unsigned weight[SMALL];
            for (size_t i = 0; i < SMALL; i++)
                weight[i] = bootstrap_weight(trial[i], b, 0);
            for (int arm = 0; arm < 2; arm++)
                if (r.quantile[arm][b] != naive(value[arm], weight, SMALL, p[k]))
                    fail_msg("p %g, replicate %u, arm %d", p[k], b, arm);
        }
    }
}

/* In a large one the window's law is that of the full bootstrap: spread sqrt(n p (1-p)) ranks. */
static void window_has_the_right_spread(void **state)
{
    (void)state;
    enum { N = 200000 };
    int64_t *trial = malloc(N * sizeof *trial);
    static struct bootstrap_replicates r;
    for (int64_t i = 0; i < N; i++)
        trial[i] = i;
    struct bootstrap_pairs pairs = {trial, {trial, trial}, {trial, trial}, N, 0};
    static const double p[] = {0.5, 0.99};
    for (size_t k = 0; k < COUNT_OF(p); k++) {
        bootstrap_quantile(&pairs, p[k], &r);
        double squares = 0.0, sum = 0.0, sigma = sqrt(N * p[k] * (1.0 - p[k]));
        for (size_t b = 0; b < BOOTSTRAP_REPLICATES; b++) {
            double z = ((double)r.quantile[0][b] - N * p[k]) / sigma;
            assert_int_equal(r.quantile[0][b], r.quantile[1][b]);
            sum += z;
            squares += z * z;
        }
        near(sum / BOOTSTRAP_REPLICATES, 0.0, 0.1);
        near(squares / BOOTSTRAP_REPLICATES, 1.0, 0.13);
    }
    free(trial);
}

static void weights_are_poisson(void **state)
{
    (void)state;
    double n = 0.0, sum = 0.0, squares = 0.0, none = 0.0;
    for (int64_t trial = 0; trial < 500; trial++)
        for (uint32_t r = 0; r < 1000; r++) {
            double w = bootstrap_weight(trial, r, 0);
            n++, sum += w, squares += w * w, none += w == 0.0;
        }
    near(sum / n, 1.0, 0.006);
    near(squares / n, 2.0, 0.02);
    near(none / n, exp(-1.0), 0.004);
    assert_true(bootstrap_weight(3, 5, 1) + 16 * bootstrap_weight(4, 5, 1) !=
                    bootstrap_weight(3, 5, 2) + 16 * bootstrap_weight(4, 5, 2) ||
                bootstrap_weight(5, 6, 1) != bootstrap_weight(5, 6, 2) ||
                bootstrap_weight(7, 6, 1) != bootstrap_weight(7, 6, 2));
}

static void infinities(void **state)
{
    (void)state;
    assert_int_equal(bootstrap_difference(QUANTILE_ABOVE, QUANTILE_ABOVE), 0);
    assert_true(bootstrap_difference(QUANTILE_ABOVE, 5) == QUANTILE_ABOVE);
    assert_true(bootstrap_difference(5, QUANTILE_ABOVE) == QUANTILE_BELOW);
    assert_int_equal(bootstrap_difference(5, 7), -2);
}

/* ---- folders of results ---- */

static char place[] = "/tmp/ikebench-compare-XXXXXX";

static int make_place(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    return mkdtemp(place) ? 0 : 1;
}

static int remove_place(void **state)
{
    (void)state;
    return remove_tree(place) ? 0 : 1;
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char *path = path_join(dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static char *result_dir(const char *name, int seed, int trials)
{
    char text[512], *dir = path_join(place, name);
    mkdir(dir, 0777);
    snprintf(text, sizeof text,
             "{\"program\": \"ikebench\", \"schema\": 1, \"scenario\": \"%s\", \"folder\": \"f\", "
             "\"seed\": \"%d\", \"first\": \"0\", \"trials\": \"%d\"}",
             name, seed, trials);
    write_text(dir, "manifest.json", text);
    return dir;
}

#define HEAD                                                                                       \
    "trial,status,outage_ns,ipsec_ns,requests_lost,ike_messages,ike_retransmissions,ike_bytes,"    \
    "crypto_front_end_ns,crypto_nodes_ns,system"

/* Outages of 1 s + scale * (trial mod 97) ms; every `censored`-th one never ends. */
static char *results(const char *name, int seed, int trials, int64_t scale, int censored)
{
    char *dir = result_dir(name, seed, trials), *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fputs(HEAD "\n", stream);
    for (int i = 0; i < trials; i++) {
        bool never = censored && i % censored == 0;
        long long ns = never ? -1 : 1000000000LL + scale * 1000000 * (i * 31 % 97);
        fprintf(stream, "%d,%d,%lld,%lld,3,%d,0,700,5,6,0\n", i, never, ns, ns,
                6 + (i + (int)scale) % 2);
    }
    fclose(stream);
    write_text(dir, "trials.csv", text);
    free(text);
    return dir;
}

static const struct compare_options usual = {
    .paired = true, .slo_ns = 2000000000, .margin_share = 0.01, .margin_ns = 10e6, .threads = 2};

static void load(const char *base, const char *cand, bool paired, struct arm arm[ARMS])
{
    struct error error;
    if (!arms_read(base, cand, paired, NULL, arm, &error))
        fail_msg("%s", error.text);
}

static char *printed(const struct comparing *c, enum compare_format format)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    compare_print(stream, c, format);
    fclose(stream);
    return text;
}

/* Beyond what replicates can count p follows their spread. One on the other side, and it is
 * counted; with an infinite one, or where all are alike, it is left to exact tests. */
static void p_values_go_beyond_the_replicates(void **state)
{
    (void)state;
    static int64_t a[BOOTSTRAP_REPLICATES], b[BOOTSTRAP_REPLICATES];
    const double counted = 2.0 / (BOOTSTRAP_REPLICATES + 1);
    for (int r = 0; r < BOOTSTRAP_REPLICATES; r++)
        b[r] = (int64_t)(1e6 * (6.0 + gsl_cdf_ugaussian_Pinv((r + 0.5) / BOOTSTRAP_REPLICATES)));
    struct bootstrap_interval i = bootstrap_compare(a, b);
    assert_true(i.one_sided && !i.alike && i.p > 1e-9 && i.p < 1e-8); /* 2e-9 at 6 sigma */
    near(bootstrap_compare(b, a).p, i.p, 1e-15);
    b[7] = -1;
    i = bootstrap_compare(a, b);
    assert_true(!i.one_sided && !i.alike);
    near(i.p, 2.0 * counted, 1e-12);
    b[7] = QUANTILE_ABOVE;
    i = bootstrap_compare(a, b);
    assert_true(i.one_sided && i.alike && i.p == 0.0);
    for (int r = 0; r < BOOTSTRAP_REPLICATES; r++)
        b[r] = QUANTILE_ABOVE;
    i = bootstrap_compare(a, b);
    assert_true(i.one_sided && i.alike && i.p == 0.0);
    near(bootstrap_compare(a, a).p, 1.0, 0.0);
}

/* An arm without IPsec, or without requests: its columns of them say nothing, so nothing is said.
 */
static void arms_of_two_systems(void **state)
{
    (void)state;
    char *a = results("old", 1, 2000, 10, 0), *b = results("new", 1, 2000, 20, 0), *text;
    struct arm arm[ARMS];
    struct comparing c;
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    assert_non_null(comparing_find(&c, "ipsec", "p50"));
    comparing_fini(&c);
    for (uint64_t i = 0; i < arm[CAND].n; i++)
        arm[CAND].value[ARM_system][i] = 1;
    compare_arms(arm, &usual, &c);
    assert_null(comparing_find(&c, "ipsec", "p50"));
    assert_null(comparing_find(&c, "ipsec", "mean"));
    assert_int_equal(comparing_find(&c, "outage", "p50")->verdict, WORD_worse);
    text = printed(&c, COMPARE_TABLE);
    assert_null(strstr(text, "ipsec "));
    free(text);
    assert_non_null(comparing_find(&c, "requests_lost", "mean"));
    comparing_fini(&c);
    for (uint64_t i = 0; i < arm[CAND].n; i++)
        arm[CAND].value[ARM_system][i] = ROW_SYSTEM_STORM; /* its clients send none */
    compare_arms(arm, &usual, &c);
    assert_null(comparing_find(&c, "requests_lost", "mean"));
    comparing_fini(&c);
    arms_fini(arm);
    free(a), free(b);
}

static void identical_arms_differ_by_nothing(void **state)
{
    (void)state;
    char *a = results("same", 1, 4000, 10, 50);
    struct arm arm[ARMS];
    struct comparing c;
    load(a, a, true, arm);
    compare_arms(arm, &usual, &c);
    for (size_t i = 0; i < c.n; i++) {
        if (c.row[i].verdict == WORD_unknown) /* means, where trials are censored */
            continue;
        assert_int_equal(c.row[i].verdict, WORD_identical);
        assert_true(c.row[i].change == 0.0 && c.row[i].low == 0.0 && c.row[i].high == 0.0);
    }
    assert_int_equal(c.ties, 4000);
    comparing_fini(&c);
    arms_fini(arm);
    free(a);
}

static void slower_is_worse(void **state)
{
    (void)state;
    char *a = results("a", 1, 4000, 10, 0), *b = results("b", 1, 4000, 20, 0);
    struct arm arm[ARMS];
    struct comparing c;
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    const struct comparison *p99 = comparing_find(&c, "outage", "p99");
    assert_int_equal(p99->verdict, WORD_worse);
    near(p99->change, p99->cand - p99->base, 0.0);
    assert_int_equal(comparing_find(&c, "outage", "mean")->verdict, WORD_worse);
    assert_int_equal(comparing_find(&c, "outage", "slo")->verdict, WORD_worse);
    assert_int_equal(comparing_find(&c, "requests_lost", "mean")->verdict, WORD_identical);
    assert_true(c.losses > 3900 && c.wins == 0 && c.losses + c.ties == 4000);
    struct compare_options one = usual;
    struct comparing again;
    one.threads = 1;
    compare_arms(arm, &one, &again);
    char *x = printed(&c, COMPARE_CSV), *y = printed(&again, COMPARE_CSV);
    assert_string_equal(x, y); /* whatever the number of threads */
    free(x), free(y);
    comparing_fini(&again);
    comparing_fini(&c);
    arms_fini(arm);
    load(b, a, false, arm);
    struct compare_options unpaired = usual;
    unpaired.paired = false;
    compare_arms(arm, &unpaired, &c);
    assert_int_equal(comparing_find(&c, "outage", "p90")->verdict, WORD_better);
    assert_int_equal(comparing_find(&c, "outage", "slower")->verdict, WORD_better);
    comparing_fini(&c);
    arms_fini(arm);
    free(a), free(b);
}

static void censored_trials(void **state)
{
    (void)state;
    char *a = results("a", 1, 4000, 10, 0), *b = results("b", 1, 4000, 10, 20);
    struct arm arm[ARMS];
    struct comparing c;
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    const struct comparison *p99 = comparing_find(&c, "outage", "p99");
    assert_true(p99->cand == INFINITY && p99->change == INFINITY && p99->low == INFINITY);
    assert_int_equal(p99->verdict, WORD_worse);
    assert_int_equal(comparing_find(&c, "outage", "mean")->verdict, WORD_unknown);
    assert_int_equal(comparing_find(&c, "outage", "no recovery")->verdict, WORD_worse);
    near(comparing_find(&c, "outage", "no recovery")->cand, 0.05, 1e-12);
    char *text = printed(&c, COMPARE_JSON);
    json_error_t problem;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        fail_msg("%s", problem.text);
    assert_int_equal(json_array_size(json_object_get(root, "comparisons")), c.n);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf\n"));
    json_decref(root);
    free(text);
    text = printed(&c, COMPARE_TABLE);
    assert_non_null(strstr(text, "beyond"));
    free(text);
    comparing_fini(&c);
    arms_fini(arm);
    free(a), free(b);
}

static void few_trials_are_told(void **state)
{
    (void)state;
    char *a = results("a", 1, 400, 10, 0), *b = results("b", 1, 400, 11, 0);
    struct arm arm[ARMS];
    struct comparing c;
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    const struct comparison *row = comparing_find(&c, "outage", "p99.9");
    assert_int_equal(row->verdict, WORD_unknown);
    assert_string_equal(row->note, "needs 3688 trials, has 400");
    comparing_fini(&c);
    arms_fini(arm);
    free(a), free(b);
}

static void refused(const char *a, const char *b, bool paired, const char *reason)
{
    struct arm arm[ARMS];
    struct error error;
    if (arms_read(a, b, paired, NULL, arm, &error))
        fail_msg("taken: %s", reason);
    assert_int_equal(error.status, EXIT_INPUT);
    if (!strstr(error.text, reason))
        fail_msg("'%s' instead of '%s'", error.text, reason);
}

static void what_cannot_be_paired(void **state)
{
    (void)state;
    char *a = results("a", 1, 400, 10, 0), *seed = results("seed", 2, 400, 10, 0);
    char *fewer = results("fewer", 1, 300, 10, 0);
    struct arm arm[ARMS];
    refused(a, seed, true, "has seed 1");
    refused(a, fewer, true, "400 trials against 300");
    refused(a, "/nowhere", true, "/nowhere: there is no such folder");
    load(a, seed, false, arm);
    arms_fini(arm);
    load(a, fewer, false, arm);
    arms_fini(arm);
    free(a), free(seed), free(fewer);
}

#define ROW0 "0,0,100,90,0,6,0,700,1,1,0\n"

static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } bad[] = {
        {HEAD "\n" ROW0 "1,0,100,90,0,6,0,700,1,1,0", "cut off"},
        {HEAD "\n" ROW0, "has 1 rows, its manifest.json says 2"},
        {HEAD "\n" ROW0 "1,0,nan,90,0,6,0,700,1,1,0\n", "outage_ns is not a whole number: \"nan\""},
        {HEAD "\n" ROW0 "1,0,1e3,90,0,6,0,700,1,1,0\n", "not a whole number"},
        {HEAD "\n" ROW0 "1,0,99999999999999999999,90,0,6,0,700,1,1,0\n", "not a whole number"},
        {HEAD "\n" ROW0 "1,0,100\n", "3 fields where the header names 11"},
        {HEAD "\n" ROW0 "1,0,100,90,0,6,0,700,1,1,0,5\n", "12 fields where the header names 11"},
        {"trial,status\n0,0\n1,0\n", "no column \"outage_ns\""},
        {"", "empty"},
        {HEAD "\n", "no rows"},
        {"arm," HEAD "\n0," ROW0 "0," ROW0, "--base N --cand M"},
        {HEAD "\n1,0,100,90,0,6,0,700,1,1,0\n" ROW0, "begins with trial 1"},
    };
    char *dir = result_dir("bad", 1, 2);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        write_text(dir, "trials.csv", bad[i].text);
        refused(dir, dir, true, bad[i].reason);
    }
    free(dir);
}

/* CRLF, quotes and columns of others are no mistake; they read as the plain file does. */
static void odd_files(void **state)
{
    (void)state;
    static const char *const odd[] = {
        HEAD "\n" ROW0 "1,0,-1,90,0,6,0,700,1,1,0\n",
        HEAD "\r\n0,0,100,90,0,6,0,700,1,1,0\r\n1,0,-1,90,0,6,0,700,1,1,0\r\n",
        HEAD ",foreign\n0,0,100,90,0,6,0,700,1,1,0,x\n1,0,-1,90,0,6,0,700,1,1,0,\"a,b\"\n",
    };
    char *dir = result_dir("odd", 1, 2);
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        struct arm arm[ARMS];
        write_text(dir, "trials.csv", odd[i]);
        load(dir, dir, true, arm);
        assert_int_equal(arm[CAND].n, 2);
        assert_int_equal(arm[CAND].value[ARM_outage_ns][0], 100);
        assert_true(arm[CAND].value[ARM_outage_ns][1] == QUANTILE_ABOVE);
        assert_int_equal(arm[CAND].value[ARM_crypto_nodes_ns][1], 1);
        arms_fini(arm);
    }
    free(dir);
}

/* With a class its own columns take the place of the trial's; without columns of it there is a
 * word. */
static void a_class_can_be_compared(void **state)
{
    (void)state;
    static const char head[] =
        "," HEAD ",class.http.outage_ns,class.http.ipsec_ns,class.http.requests_lost\n";
    struct arm arm[ARMS];
    struct error error;
    char *a = result_dir("class-a", 1, 2), *b = result_dir("class-b", 1, 2);
    char text[1024];
    for (int side = 0; side < 2; side++) {
        snprintf(text, sizeof text,
                 "%s0,1,100,90,7,6,0,700,1,1,0,%d,-1,2\n1,1,100,90,7,6,0,700,1,1,0,-1,50,2\n",
                 head + 1, side ? 40 : 30);
        write_text(side ? b : a, "trials.csv", text);
    }
    assert_true(arms_read(a, b, true, "http", arm, &error));
    assert_true(arm[BASE].value[ARM_outage_ns][0] == 30 && arm[CAND].value[ARM_outage_ns][0] == 40);
    assert_true(arm[BASE].value[ARM_outage_ns][1] == QUANTILE_ABOVE);
    assert_true(arm[BASE].value[ARM_ipsec_ns][0] == QUANTILE_ABOVE);
    assert_true(arm[BASE].value[ARM_requests_lost][0] == 2);
    assert_true(arm[BASE].value[ARM_ike_messages][0] == 6);
    arms_fini(arm);
    assert_true(arms_read(a, b, true, NULL, arm, &error));
    assert_true(arm[BASE].value[ARM_outage_ns][0] == 100 &&
                arm[BASE].value[ARM_requests_lost][0] == 7);
    arms_fini(arm);
    assert_false(arms_read(a, b, true, "pop3", arm, &error));
    assert_non_null(
        strstr(error.text, "has no columns of a class 'pop3': want a class of the scenario"));
    free(a);
    free(b);
}

static void arms_of_a_sweep(void **state)
{
    (void)state;
    char *dir = result_dir("sweep", 1, 2);
    struct arm arm[ARMS];
    struct error error;
    write_text(dir, "manifest.json",
               "{\"program\": \"ikebench\", \"schema\": 1, \"seed\": \"1\", \"first\": \"0\", "
               "\"trials\": \"2\", \"settings\": [], \"arms\": [{}, {}, {}, {}]}");
    write_text(dir, "trials.csv",
               "arm," HEAD "\n0," ROW0 "0,1,0,100,90,0,6,0,700,1,1,0\n1," ROW0
               "1,1,0,200,90,0,6,0,700,1,1,0\n2," ROW0);
    assert_true(arms_read_sweep(dir, 0, 1, true, NULL, arm, &error));
    assert_int_equal(arm[CAND].value[ARM_outage_ns][1], 200);
    arms_fini(arm);
    assert_false(arms_read_sweep(dir, 0, 2, true, NULL, arm, &error));
    assert_non_null(strstr(error.text, "arm 2 has 1 trials, its manifest.json says 2"));
    assert_false(arms_read_sweep(dir, 0, 3, true, NULL, arm, &error));
    assert_non_null(strstr(error.text, "no arm 3"));
    free(dir);
}

#define STEADY_HEAD                                                                                \
    "arm,trial,status,teardowns,teardowns_idle,cut_ns,time_ns,ike_messages,ike_bytes\n"

/* Half an hour each; `teardowns` in every third of 48 trials. */
static void write_alarms(const char *dir, int teardowns)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fputs(STEADY_HEAD, stream);
    for (int i = 0; i < 48; i++)
        fprintf(stream, "0,%d,2,%d,0,0,1800000000000,4,600\n", i, i % 3 == 0 ? teardowns : 0);
    fclose(stream);
    write_text(dir, "alarms.csv", text);
    free(text);
}

static void drop_alarms(const char *dir)
{
    char *path = path_join(dir, "alarms.csv");
    unlink(path);
    free(path);
}

static void false_alarms_are_compared(void **state)
{
    (void)state;
    char *a = results("a", 1, 400, 10, 0), *b = results("b", 1, 400, 10, 0);
    struct arm arm[ARMS];
    struct comparing c;
    for (int paired = 0; paired <= 1; paired++) {
        struct compare_options options = usual;
        options.paired = paired;
        write_alarms(a, 1);
        write_alarms(b, 5);
        load(a, b, paired, arm);
        compare_arms(arm, &options, &c);
        const struct comparison *row = comparing_find(&c, "false_alarms", "per day");
        near(row->base, 16.0, 1e-9); /* 16 in 24 hours */
        near(row->cand, 80.0, 1e-9);
        near(row->base_low, 9.15, 0.01); /* Garwood's limits of 16 */
        near(row->base_high, 25.98, 0.01);
        near(row->change, 64.0, 1e-9);
        assert_true(row->low > 0.0 && row->low < 64.0 && row->high > 64.0);
        assert_int_equal(row->verdict, WORD_worse);
        comparing_fini(&c);
        arms_fini(arm);
    }
    write_alarms(b, 1);
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    assert_int_equal(comparing_find(&c, "false_alarms", "per day")->verdict, WORD_identical);
    comparing_fini(&c);
    arms_fini(arm);
    drop_alarms(b);
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    const struct comparison *row = comparing_find(&c, "false_alarms", "per day");
    assert_int_equal(row->verdict, WORD_unknown);
    assert_string_equal(row->note, "not measured (no alarms.csv)");
    near(row->base, 16.0, 1e-9);
    assert_true(isnan(row->cand));
    comparing_fini(&c);
    arms_fini(arm);
    drop_alarms(a);
    free(a), free(b);
}

static void bad_alarms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } bad[] = {
        {"", "empty"},
        {STEADY_HEAD "0,0,2,1,0,0,1800000000000,4,600", "cut off"},
        {STEADY_HEAD "0,0,2,-1,0,0,1800000000000,4,600\n", "teardowns of trial 0 is below 0"},
        {STEADY_HEAD "0,0,2,nan,0,0,1800000000000,4,600\n", "not a whole number"},
        {STEADY_HEAD "0,0,2,1,0,0,0,4,600\n", "nothing was simulated"},
        {STEADY_HEAD "0,0,0,1,0,0,1800000000000,4,600\n", "not of trials without failure"},
        {"arm,trial\n0,0\n", "no column \"status\""},
    };
    char *a = results("a", 1, 400, 10, 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        write_text(a, "alarms.csv", bad[i].text);
        refused(a, a, true, bad[i].reason);
    }
    drop_alarms(a);
    free(a);
}

/* The change of a share is in points: +47 % would be half as much again. */
static void shares_change_by_points(void **state)
{
    (void)state;
    char *a = results("a", 1, 4000, 10, 0), *b = results("b", 1, 4000, 20, 0), *text, told[256];
    struct arm arm[ARMS];
    struct comparing c;
    struct gate gate;
    struct error error;
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    text = printed(&c, COMPARE_TABLE);
    assert_non_null(strstr(text, " 47.4 %               +47.4 pp [+4"));
    assert_non_null(strstr(text, " %) [+")); /* of times it is relative */
    assert_non_null(strstr(text, "\npp: percentage points\n"));
    free(text);
    text = printed(&c, COMPARE_MD);
    assert_non_null(strstr(text, " | 47.4 % | +47.4 pp | [+4"));
    free(text);
    assert_true(gate_parse("change.slo > 5pp", &gate, &error));
    assert_true(gate_fails(&gate, c.row, c.n, told, sizeof told));
    assert_non_null(strstr(told, "the 95 % interval begins at 4"));
    assert_string_equal(told + strlen(told) - 3, " pp");
    assert_true(gate_parse("change.slo > 40%", &gate, &error));
    assert_true(gate_fails(&gate, c.row, c.n, told, sizeof told));
    assert_true(gate_parse("change.slo > 48%", &gate, &error));
    assert_false(gate_fails(&gate, c.row, c.n, told, sizeof told));
    assert_false(gate_parse("slo > 5pp", &gate, &error));
    assert_false(gate_parse("change.p99 > 5pp", &gate, &error));
    comparing_fini(&c);
    compare_arms((struct arm[ARMS]){arm[BASE], arm[BASE]}, &usual, &c);
    text = printed(&c, COMPARE_TABLE);
    assert_null(strstr(text, "pp")); /* no points, nothing to explain */
    free(text);
    comparing_fini(&c);
    arms_fini(arm);
    free(a), free(b);
}

static void gates(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "p99",         "p99 > 3",     "p98 > 3s",
        "slo > 3s",   "p99 > 5%",    "p99 >> 3s",   "slo.ipsec > 1%",
        "p99 > nans", "alarms > 3s", "alarms > 5%", "alarms.ipsec > 3"};
    struct gate gate;
    struct error error;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(gate_parse(wrong[i], &gate, &error));
    static const struct {
        const char *text;
        bool fails;
    } known[] = {
        {"p99 > 2.5s", true},
        {"p99 > 10 s", false},
        {"p99.ipsec > 2500ms", true},
        {"change.p99 > 5%", true},
        {"change.p99 > 500%", false},
        {"change.p50 > 1ms", true},
        {"slo > 1%", true},
        {"slo > 99%", false},
        {"norecovery > 0%", false},
        {"p50 < 10s", true},
        {"mean > 1500ms", true},
        {"mean.ipsec > 1500ms", true},
        {"mean > 10s", false},
        {"mean < 10s", true},
        {"change.mean > 5%", true},
        {"alarms > 30", true},
        {"alarms > 100", false},
        {"change.alarms > 100%", true},
    };
    char *a = results("a", 1, 4000, 10, 0), *b = results("b", 1, 4000, 20, 0), told[256];
    struct arm arm[ARMS];
    struct comparing c;
    write_alarms(a, 1);
    write_alarms(b, 5);
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (!gate_parse(known[i].text, &gate, &error))
            fail_msg("%s", error.text);
        if (gate_fails(&gate, c.row, c.n, told, sizeof told) != known[i].fails)
            fail_msg("%s: %s", known[i].text, told);
        assert_true(gate_is_judged(&gate, c.row, c.n));
    }
    comparing_fini(&c);
    arms_fini(arm);
    drop_alarms(a), drop_alarms(b);
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    for (size_t i = 0; i < COUNT_OF(known); i++) { /* nobody counted false alarms */
        bool alarms = strstr(known[i].text, "alarms") != NULL;
        assert_true(gate_parse(known[i].text, &gate, &error));
        assert_true(gate_is_judged(&gate, c.row, c.n) == !alarms);
        if (alarms)
            assert_non_null(strstr(gate_why_not(&gate, c.row, c.n), "no alarms.csv"));
        assert_true(gate_fails(&gate, c.row, c.n, told, sizeof told) ==
                    (known[i].fails && !alarms));
    }
    comparing_fini(&c);
    arms_fini(arm);
    free(a), free(b);
}

/* Fewer than a hundred trials have no interval of a mean, and the gate says so. */
static void few_trials_judge_no_mean(void **state)
{
    (void)state;
    char *a = results("a", 1, 99, 10, 0), *b = results("b", 1, 99, 20, 0);
    struct gate gate;
    struct error error;
    struct arm arm[ARMS];
    struct comparing c;
    load(a, b, true, arm);
    compare_arms(arm, &usual, &c);
    assert_true(gate_parse("mean > 1s", &gate, &error));
    assert_false(gate_is_judged(&gate, c.row, c.n));
    assert_non_null(strstr(gate_why_not(&gate, c.row, c.n), "too few trials"));
    assert_true(gate_parse("change.mean > 1s", &gate, &error));
    assert_non_null(strstr(gate_why_not(&gate, c.row, c.n), "pairs that differ, needs 100"));
    comparing_fini(&c);
    arms_fini(arm);
    free(a), free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mcnemar_and_tango),
        cmocka_unit_test(independent_shares),
        cmocka_unit_test(means),
        cmocka_unit_test(who_wins),
        cmocka_unit_test(holm),
        cmocka_unit_test(bootstrap_is_the_naive_one),
        cmocka_unit_test(window_has_the_right_spread),
        cmocka_unit_test(weights_are_poisson),
        cmocka_unit_test(infinities),
        cmocka_unit_test(p_values_go_beyond_the_replicates),
        cmocka_unit_test(arms_of_two_systems),
        cmocka_unit_test(identical_arms_differ_by_nothing),
        cmocka_unit_test(slower_is_worse),
        cmocka_unit_test(censored_trials),
        cmocka_unit_test(few_trials_are_told),
        cmocka_unit_test(what_cannot_be_paired),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(odd_files),
        cmocka_unit_test(arms_of_a_sweep),
        cmocka_unit_test(false_alarms_are_compared),
        cmocka_unit_test(bad_alarms),
        cmocka_unit_test(a_class_can_be_compared),
        cmocka_unit_test(shares_change_by_points),
        cmocka_unit_test(gates),
        cmocka_unit_test(few_trials_judge_no_mean),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
