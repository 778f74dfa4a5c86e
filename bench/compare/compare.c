#include "compare.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "engine/check.h"
#include "world/row.h"

#include "../stats/quantile.h"
#include "bootstrap.h"
#include "method.h"
#include "quantile_test.h"

#define LEVEL        0.95
#define ALPHA        0.05
#define CARRIERS     100   /* fewest pairs that differ for an interval of a mean */
#define POINT        0.01  /* least margin of who wins: one point of a hundred */
#define SHARE_MARGIN 0.001 /* least margin of other shares: a tenth of a point */

static const double quantiles[] = {0.5, 0.9, 0.95, 0.99, 0.999};
static const char *const quantile_names[] = {"p50", "p90", "p95", "p99", "p99.9"};
static const enum arm_column outcomes[COMPARE_METRICS] = {ARM_outage_ns, ARM_ipsec_ns};
static const char *const outcome_names[COMPARE_METRICS] = {"outage", "ipsec"};

const char *verdict_text(enum verdict_word word)
{
    static const char *const text[] = {
#define X(name, word, meaning) word,
        VERDICTS(X)
#undef X
    };
    return text[word];
}

static struct comparison *add(struct comparing *c, const char *metric, const char *statistic,
                              const char *unit)
{
    CHECK(c->n < COMPARE_MAX);
    struct comparison *row = &c->row[c->n++];
    *row = (struct comparison){.unit = unit, .verdict = WORD_none, .unpaired = !c->options.paired};
    snprintf(row->metric, sizeof row->metric, "%s", metric);
    snprintf(row->statistic, sizeof row->statistic, "%s", statistic);
    row->base = row->cand = row->change = row->low = row->high = row->p = row->p_holm = NAN;
    row->base_low = row->base_high = row->cand_low = row->cand_high = NAN;
    return row;
}

static double as_double(int64_t value)
{
    return value == QUANTILE_ABOVE ? INFINITY : value == QUANTILE_BELOW ? -INFINITY : (double)value;
}

static struct sample sample_of(const struct comparing *c, size_t metric, int arm)
{
    uint64_t n = c->arm[arm].n, finite = n;
    const int64_t *value = c->sorted[metric][arm];
    while (finite > 0 && value[finite - 1] == QUANTILE_ABOVE)
        finite--;
    return (struct sample){.value = value, .finite = finite, .n = n};
}

static bool same_column(const struct comparing *c, enum arm_column column)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    return c->options.paired &&
           memcmp(a->value[column], b->value[column], a->n * sizeof *a->value[column]) == 0;
}

static void set_identical(struct comparison *row)
{
    row->change = row->low = row->high = 0.0;
    row->p = 1.0;
    row->verdict = WORD_identical;
}

static void take_estimate(struct comparison *row, const struct estimate *e)
{
    row->change = e->change;
    row->low = e->low;
    row->high = e->high;
    row->p = e->p;
}

static struct quantile_range range_of(const int64_t quantile[BOOTSTRAP_REPLICATES])
{
    struct quantile_range range = {quantile[0], quantile[0]};
    for (size_t r = 1; r < BOOTSTRAP_REPLICATES; r++) {
        range.low = quantile[r] < range.low ? quantile[r] : range.low;
        range.high = quantile[r] > range.high ? quantile[r] : range.high;
    }
    return range;
}

static int64_t threshold_of(const struct comparing *c, size_t metric, double p)
{
    return quantile_test_threshold(c->sorted[metric][BASE], c->arm[BASE].n, c->sorted[metric][CAND],
                                   c->arm[CAND].n, p);
}

/* Six pairs that all went up are no better evidence than six tosses of a coin, however far they
 * went: so replicates on one side of 0 alone do not make a small p-value. */
static double paired_p(const struct comparing *c, size_t metric, double p,
                       const struct bootstrap_interval *interval,
                       const struct bootstrap_replicates *r)
{
    const int64_t *x = c->arm[BASE].value[outcomes[metric]],
                  *y = c->arm[CAND].value[outcomes[metric]];
    const struct quantile_range range[] = {range_of(r->quantile[BASE]),
                                           range_of(r->quantile[CAND])};
    uint64_t n = c->arm[BASE].n;
    double least = quantile_test_least(x, y, n, range);
    double exact = interval->alike ? quantile_test_pairs(x, y, n, threshold_of(c, metric, p)) : 0.0;
    return fmax(fmax(least, exact), interval->p);
}

static struct bootstrap_interval paired_interval(const struct comparing *c, size_t metric, double p)
{
    struct bootstrap_replicates *r = malloc(sizeof *r);
    CHECK(r);
    struct bootstrap_pairs pairs = {.trial = c->arm[BASE].value[ARM_trial], .n = c->arm[BASE].n};
    for (int arm = 0; arm < ARMS; arm++) {
        pairs.value[arm] = c->arm[arm].value[outcomes[metric]];
        pairs.sorted[arm] = c->sorted[metric][arm];
    }
    bootstrap_quantile(&pairs, p, r);
    struct bootstrap_interval interval = bootstrap_compare(r->quantile[BASE], r->quantile[CAND]);
    if (interval.one_sided)
        interval.p = paired_p(c, metric, p, &interval, r);
    free(r);
    return interval;
}

/* Each arm has weights of its own. */
static struct bootstrap_interval unpaired_interval(const struct comparing *c, size_t metric,
                                                   double p)
{
    struct bootstrap_replicates *r = calloc(ARMS, sizeof *r);
    CHECK(r);
    for (int arm = 0; arm < ARMS; arm++) {
        const int64_t *value = c->arm[arm].value[outcomes[metric]];
        const int64_t *sorted = c->sorted[metric][arm];
        struct bootstrap_pairs alone = {
            .trial = c->arm[arm].value[ARM_trial],
            .value = {value, value},
            .sorted = {sorted, sorted},
            .n = c->arm[arm].n,
            .stream = (uint32_t)arm + 1,
        };
        bootstrap_quantile(&alone, p, &r[arm]);
    }
    struct bootstrap_interval interval =
        bootstrap_compare(r[BASE].quantile[0], r[CAND].quantile[0]);
    if (interval.one_sided)
        interval.p = fmax(interval.p, quantile_test_samples(c->sorted[metric][BASE], c->arm[BASE].n,
                                                            c->sorted[metric][CAND], c->arm[CAND].n,
                                                            threshold_of(c, metric, p)));
    free(r);
    return interval;
}

static void set_values(struct comparison *row, const struct quantile q[ARMS])
{
    row->base = as_double(q[BASE].value);
    row->base_low = as_double(q[BASE].low);
    row->base_high = as_double(q[BASE].high);
    row->cand = as_double(q[CAND].value);
    row->cand_low = as_double(q[CAND].low);
    row->cand_high = as_double(q[CAND].high);
}

static void compare_quantile(const struct comparing *c, size_t metric, size_t k,
                             struct comparison *row)
{
    struct quantile q[ARMS];
    uint64_t least = c->arm[BASE].n < c->arm[CAND].n ? c->arm[BASE].n : c->arm[CAND].n;
    uint64_t needed = quantile_n_upper(quantiles[k], LEVEL);
    for (int arm = 0; arm < ARMS; arm++) {
        struct sample sample = sample_of(c, metric, arm);
        q[arm] = quantile_of(&sample, quantiles[k], LEVEL);
    }
    set_values(row, q);
    if (same_column(c, outcomes[metric])) {
        set_identical(row);
    } else if (least < needed) {
        row->verdict = WORD_unknown;
        snprintf(row->note, sizeof row->note, "needs %" PRIu64 " trials, has %" PRIu64, needed,
                 least);
    } else {
        struct bootstrap_interval i = c->options.paired
                                          ? paired_interval(c, metric, quantiles[k])
                                          : unpaired_interval(c, metric, quantiles[k]);
        row->change = as_double(bootstrap_difference(q[CAND].value, q[BASE].value));
        row->low = as_double(i.low);
        row->high = as_double(i.high);
        row->p = i.p;
        if (isinf(row->base) && isinf(row->cand)) {
            row->verdict = WORD_unknown;
            snprintf(row->note, sizeof row->note, "both beyond the horizon");
        }
    }
}

/* Quantiles take nearly all the time: threads share them out. */
struct work {
    struct comparing *c;
    size_t first, rows; /* of the quantiles */
    atomic_size_t next;
};

static void *work_on(void *context)
{
    struct work *work = context;
    size_t per = COUNT_OF(quantiles), k;
    while ((k = atomic_fetch_add(&work->next, 1)) < work->rows)
        compare_quantile(work->c, k / per, k % per, &work->c->row[work->first + k]);
    return NULL;
}

static void compare_quantiles(struct comparing *c, size_t metrics)
{
    struct work work = {.c = c, .first = c->n, .rows = metrics * COUNT_OF(quantiles)};
    for (size_t m = 0; m < metrics; m++)
        for (size_t k = 0; k < COUNT_OF(quantiles); k++)
            add(c, outcome_names[m], quantile_names[k], "s");
    pthread_t thread[16];
    unsigned threads = c->options.threads < 16 ? c->options.threads : 16;
    for (unsigned t = 1; t < threads; t++)
        CHECK(pthread_create(&thread[t], NULL, work_on, &work) == 0);
    work_on(&work);
    for (unsigned t = 1; t < threads; t++)
        CHECK(pthread_join(thread[t], NULL) == 0);
}

static int64_t median_of(const int64_t *value, uint64_t n)
{
    int64_t *sorted = malloc(n * sizeof *sorted);
    CHECK(sorted);
    memcpy(sorted, value, n * sizeof *sorted);
    sample_sort(sorted, n);
    int64_t median = sorted[n / 2];
    free(sorted);
    return median;
}

/* The value that more than half have, if there is one (Boyer, Moore 1981); else any. */
static int64_t majority_of(const int64_t *value, uint64_t n)
{
    int64_t candidate = 0;
    uint64_t votes = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (votes == 0)
            candidate = value[i];
        votes += value[i] == candidate ? 1 : UINT64_MAX;
    }
    return candidate;
}

/* How many values are not the usual one. Where these are few the usual one is the majority, which
 * takes a tenth of the time that sorting takes; else it only matters that they are not. */
static uint64_t unlike_usual(const int64_t *value, uint64_t n)
{
    int64_t usual = n > 2 * CARRIERS ? majority_of(value, n) : median_of(value, n);
    uint64_t unlike = 0;
    for (uint64_t i = 0; i < n; i++)
        unlike += value[i] != usual;
    return unlike;
}

/* How many pairs differ; unpaired: values that are not the usual one. A t interval of a mean that
 * hangs on a few of them held 45 % instead of 95 % (slow_coverage.c). */
static uint64_t carriers(const struct comparing *c, enum arm_column column)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    if (!c->options.paired)
        return unlike_usual(a->value[column], a->n) + unlike_usual(b->value[column], b->n);
    uint64_t differ = 0;
    for (uint64_t i = 0; i < a->n; i++)
        differ += a->value[column][i] != b->value[column][i];
    return differ;
}

/* What is rarer than 1 in n need not have been seen: by the rule of three it may happen with up to
 * 3.7/n (97.5 %), and is taken to be as large as the largest value seen. Without this the interval
 * of crypto's means held 45 % to 65 % instead of 95 % (slow_coverage.c). */
static double unseen(const int64_t *value, uint64_t n)
{
    double largest = 0.0;
    for (uint64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)value[i]));
    return -log(0.025) / (double)n * largest;
}

static double unseen_of(const struct comparing *c, enum arm_column column)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    double x = unseen(a->value[column], a->n), y = unseen(b->value[column], b->n);
    return c->options.paired ? fmax(x, y) : x + y;
}

/* One arm's mean. Equal values are no few carriers: what was not seen is all there is to fear. */
static void set_mean(const int64_t *value, uint64_t n, double *mean, double *low, double *high)
{
    *mean = method_mean(value, n);
    uint64_t unlike = unlike_usual(value, n);
    if (n < CARRIERS || (unlike > 0 && unlike < CARRIERS))
        return;
    struct estimate e = method_one_mean(value, n);
    double more = unseen(value, n);
    *low = fmax(0.0, e.low - more); /* neither times nor counts are below 0 */
    *high = e.high + more;
}

static void compare_mean(struct comparing *c, const char *metric, enum arm_column column,
                         const char *unit)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    struct comparison *row = add(c, metric, "mean", unit);
    row->verdict = WORD_unknown;
    for (uint64_t i = 0; i < a->n || i < b->n; i++)
        if ((i < a->n && a->value[column][i] == QUANTILE_ABOVE) ||
            (i < b->n && b->value[column][i] == QUANTILE_ABOVE)) {
            snprintf(row->note, sizeof row->note, "no mean: trials without recovery");
            return;
        }
    set_mean(a->value[column], a->n, &row->base, &row->base_low, &row->base_high);
    set_mean(b->value[column], b->n, &row->cand, &row->cand_low, &row->cand_high);
    if (same_column(c, column)) {
        set_identical(row);
        return;
    }
    uint64_t few = carriers(c, column);
    if (a->n < 2 || b->n < 2 || few < CARRIERS) {
        snprintf(row->note, sizeof row->note, "hangs on %" PRIu64 " %s, needs %d", few,
                 c->options.paired ? "pairs that differ" : "unusual values", CARRIERS);
        return;
    }
    struct estimate e = c->options.paired
                            ? method_paired_mean(a->value[column], b->value[column], a->n)
                            : method_means(a->value[column], a->n, b->value[column], b->n);
    double more = unseen_of(c, column);
    e.low -= more;
    e.high += more;
    take_estimate(row, &e);
    row->verdict = WORD_none;
}

/* Share of trials whose outage is above the limit; INT64_MAX - 1: those without recovery. */
static void compare_share(struct comparing *c, const char *statistic, int64_t limit)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    const int64_t *x = a->value[ARM_outage_ns], *y = b->value[ARM_outage_ns];
    struct comparison *row = add(c, "outage", statistic, "share");
    uint64_t k_base = 0, k_cand = 0, only_base = 0, only_cand = 0;
    for (uint64_t i = 0; i < a->n; i++)
        k_base += x[i] > limit;
    for (uint64_t i = 0; i < b->n; i++)
        k_cand += y[i] > limit;
    for (uint64_t i = 0; c->options.paired && i < a->n; i++) {
        only_base += x[i] > limit && y[i] <= limit;
        only_cand += y[i] > limit && x[i] <= limit;
    }
    row->base = (double)k_base / (double)a->n;
    row->cand = (double)k_cand / (double)b->n;
    proportion_interval(k_base, a->n, LEVEL, &row->base_low, &row->base_high);
    proportion_interval(k_cand, b->n, LEVEL, &row->cand_low, &row->cand_high);
    if (same_column(c, ARM_outage_ns)) {
        set_identical(row);
        return;
    }
    struct estimate e = c->options.paired ? method_pairs(only_base, only_cand, a->n)
                                          : method_shares(k_base, a->n, k_cand, b->n);
    take_estimate(row, &e);
}

static void count_wins(struct comparing *c)
{
    const int64_t *x = c->arm[BASE].value[ARM_outage_ns], *y = c->arm[CAND].value[ARM_outage_ns];
    for (uint64_t i = 0; c->options.paired && i < c->arm[BASE].n; i++) {
        c->wins += y[i] < x[i];
        c->losses += y[i] > x[i];
        c->ties += y[i] == x[i];
    }
}

/* The shares of trials that base and candidate lose; unpaired: of all pairs across. */
static void compare_wins(struct comparing *c)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    struct comparison *row = add(c, "outage", "slower", "share");
    count_wins(c);
    struct estimate e = c->options.paired
                            ? method_pairs(c->wins, c->losses, a->n)
                            : method_who_wins(c->sorted[0][BASE], a->n, c->sorted[0][CAND], b->n);
    if (c->options.paired) {
        row->base = (double)c->wins / (double)a->n;
        row->cand = (double)c->losses / (double)a->n;
        snprintf(row->note, sizeof row->note,
                 "candidate shorter in %" PRIu64 " trials, longer in %" PRIu64 ", same in %" PRIu64,
                 c->wins, c->losses, c->ties);
    } else {
        snprintf(row->note, sizeof row->note, "A12 = %.4f: chance that the candidate is slower",
                 0.5 * (e.change + 1.0));
    }
    if (same_column(c, ARM_outage_ns))
        set_identical(row);
    else
        take_estimate(row, &e);
}

/* May the two be set against each other? If not the row's note says why. */
static bool alarms_compare(const struct arm *a, const struct arm *b, struct comparison *row)
{
    const char *why = NULL;
    if (a->alarms.n == 0 || b->alarms.n == 0)
        why = "not measured (no alarms.csv)";
    else if (strcmp(a->stress, b->stress) != 0)
        why = "measured under other stress (alarm.*)";
    if (why)
        snprintf(row->note, sizeof row->note, "%s", why);
    return why == NULL;
}

/* The same trials: each simulated for the same time. */
static bool alarms_pair(const struct alarms *a, const struct alarms *b)
{
    return a->n == b->n &&
           memcmp(a->value[ALARMS_trial], b->value[ALARMS_trial], a->n * sizeof(int64_t)) == 0 &&
           memcmp(a->value[ALARMS_time_ns], b->value[ALARMS_time_ns], a->n * sizeof(int64_t)) == 0;
}

static void set_rate(const struct rated *rated, double *value, double *low, double *high)
{
    struct rate rate = rate_of(rated, LEVEL);
    *value = rate.value * ALARMS_DAY_NS;
    *low = rate.low * ALARMS_DAY_NS;
    *high = rate.high * ALARMS_DAY_NS;
}

/* Healthy SAs given up while nothing fails, a day. */
static void compare_alarms(struct comparing *c)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    struct comparison *row = add(c, "false_alarms", "per day", "count");
    struct rated base = alarms_rated(&a->alarms, ALARMS_teardowns);
    struct rated cand = alarms_rated(&b->alarms, ALARMS_teardowns);
    row->verdict = WORD_unknown;
    if (a->alarms.n > 0)
        set_rate(&base, &row->base, &row->base_low, &row->base_high);
    if (b->alarms.n > 0)
        set_rate(&cand, &row->cand, &row->cand_low, &row->cand_high);
    if (!alarms_compare(a, b, row))
        return;
    bool paired = c->options.paired && alarms_pair(&a->alarms, &b->alarms);
    if (paired && memcmp(base.amount, cand.amount, base.n * sizeof *base.amount) == 0) {
        set_identical(row);
        return;
    }
    struct rate_change e =
        paired ? rate_paired(&base, &cand, LEVEL) : rate_unpaired(&base, &cand, LEVEL);
    char few[RATE_CAVEAT_MAX];
    if (*rate_caveat(few, rated_with_any(&base), base.n) == '\0')
        rate_caveat(few, rated_with_any(&cand), cand.n);
    snprintf(row->note, sizeof row->note, "%s", few);
    row->change = e.change * ALARMS_DAY_NS;
    row->low = e.low * ALARMS_DAY_NS;
    row->high = e.high * ALARMS_DAY_NS;
    row->p = e.p;
    row->verdict = WORD_none;
}

static double margin_of(const struct comparison *row, const struct compare_options *o)
{
    double share = isfinite(row->base) ? o->margin_share * fabs(row->base) : 0.0;
    if (strcmp(row->statistic, "slower") == 0)
        return POINT;
    if (strcmp(row->unit, "s") == 0 && strncmp(row->metric, "crypto", 6) != 0)
        return fmax(share, o->margin_ns);
    return strcmp(row->unit, "share") == 0 ? fmax(share, SHARE_MARGIN) : share;
}

/* p of "the change is no larger than the margin", by how many half widths of the interval it clears
 * it (a half width is 1.96 standard errors on that side): below 5 % where the interval does. To
 * correct p of "no difference" alone would not do: with enough trials it is tiny, and one row of
 * forty would have its interval beyond the margin by chance. */
static double beyond_margin_p(const struct comparison *row)
{
    bool up = row->change > 0.0;
    double clear = fabs(row->change) - row->margin;
    double half = up ? row->change - row->low : row->high - row->change;
    if (!(clear > 0.0))
        return 1.0;
    if (isinf(row->change)) /* and its interval is, or is not */
        return (up ? row->low > row->margin : row->high < -row->margin) ? row->p : 1.0;
    double normal = half > 0.0 ? 2.0 * gsl_cdf_ugaussian_Q(METHOD_Z * clear / half) : 0.0;
    return fmax(row->p, normal);
}

static void decide(struct comparison *row)
{
    if (row->verdict == WORD_unknown || row->verdict == WORD_identical)
        return;
    row->verdict = WORD_none;
    if (row->high < -row->margin && row->p_holm < ALPHA)
        row->verdict = WORD_better;
    else if (row->low > row->margin && row->p_holm < ALPHA)
        row->verdict = WORD_worse;
    else if (row->low >= -row->margin && row->high <= row->margin)
        row->verdict = WORD_equivalent;
}

size_t compare_decide(struct comparison *const *row, size_t n,
                      const struct compare_options *options)
{
    size_t tests = 0;
    double *p = calloc(n + 1, sizeof *p);
    CHECK(p);
    for (size_t i = 0; i < n; i++) {
        row[i]->margin = margin_of(row[i], options);
        if (!isnan(row[i]->p))
            p[tests++] = beyond_margin_p(row[i]);
    }
    method_holm(p, tests);
    for (size_t i = 0, k = 0; i < n; i++) {
        if (!isnan(row[i]->p))
            row[i]->p_holm = p[k++];
        decide(row[i]);
    }
    free(p);
    return tests;
}

static void decide_all(struct comparing *c)
{
    struct comparison *row[COMPARE_MAX];
    for (size_t i = 0; i < c->n; i++)
        row[i] = &c->row[i];
    c->tests = compare_decide(row, c->n, &c->options);
}

static void sort_outcomes(struct comparing *c)
{
    for (size_t m = 0; m < COMPARE_METRICS; m++)
        for (int arm = 0; arm < ARMS; arm++) {
            uint64_t n = c->arm[arm].n;
            int64_t *value = malloc(n * sizeof *value);
            CHECK(value);
            memcpy(value, c->arm[arm].value[outcomes[m]], n * sizeof *value);
            sample_sort(value, n);
            c->sorted[m][arm] = value;
        }
}

/* Whether trials of both arms have this metric: not every system has every column. */
static bool both_have(const struct comparing *c, const char *metric)
{
    size_t column = 0;
    while (strcmp(row_columns[column].name, metric) != 0)
        column++;
    for (int arm = 0; arm < ARMS; arm++) {
        const int64_t *system = c->arm[arm].value[ARM_system];
        for (uint64_t i = 0; i < c->arm[arm].n; i++)
            if ((i == 0 || system[i] != system[i - 1]) && !row_column_applies(column, system[i]))
                return false;
    }
    return true;
}

void compare_arms(const struct arm arm[ARMS], const struct compare_options *options,
                  struct comparing *c)
{
    *c = (struct comparing){.arm = arm, .options = *options};
    bool ipsec = both_have(c, "ipsec_ns");
    sort_outcomes(c);
    compare_quantiles(c, ipsec ? COMPARE_METRICS : 1);
    compare_mean(c, "outage", ARM_outage_ns, "s");
    if (ipsec)
        compare_mean(c, "ipsec", ARM_ipsec_ns, "s");
    compare_share(c, "slo", options->slo_ns);
    compare_share(c, "no recovery", QUANTILE_ABOVE - 1);
    compare_wins(c);
    if (both_have(c, "requests_lost"))
        compare_mean(c, "requests_lost", ARM_requests_lost, "count");
    compare_mean(c, "ike_messages", ARM_ike_messages, "count");
    compare_mean(c, "ike_retransmissions", ARM_ike_retransmissions, "count");
    compare_mean(c, "ike_bytes", ARM_ike_bytes, "count");
    compare_mean(c, "crypto_front_end", ARM_crypto_front_end_ns, "s");
    compare_mean(c, "crypto_nodes", ARM_crypto_nodes_ns, "s");
    compare_alarms(c);
    decide_all(c);
}

void comparing_fini(struct comparing *c)
{
    for (size_t m = 0; m < COMPARE_METRICS; m++)
        for (int arm = 0; arm < ARMS; arm++)
            free(c->sorted[m][arm]);
}

const struct comparison *comparing_find(const struct comparing *c, const char *metric,
                                        const char *statistic)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->row[i].metric, metric) == 0 && strcmp(c->row[i].statistic, statistic) == 0)
            return &c->row[i];
    return NULL;
}
