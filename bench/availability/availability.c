#include "availability.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "engine/check.h"
#include "engine/luck.h"

#define LEVEL 0.95

/* The luck of played years has no world and so purposes of its own. */
enum { LUCK_YEAR_COUNT = 0xa001, LUCK_YEAR_OUTAGE = 0xa002 };

void tuning_fini(struct tuning *tuning)
{
    for (size_t k = 0; k < tuning->kinds; k++)
        free(tuning->outages[k].ns);
    alarms_fini(&tuning->alarms);
    *tuning = (struct tuning){.kinds = 0};
}

/* Outage i of all trials; those that did not end come last. */
static double outage_ns(const struct outages *o, uint64_t i)
{
    return (double)(i < o->ended ? o->ns[i] : o->horizon_ns);
}

/* Of n trials: the share of outages that may be of a kind too rare to have been seen. */
static double unseen_share(double n)
{
    return -log(0.5 - 0.5 * LEVEL) / n;
}

/* The kind too rare to have been seen may last to the horizon: nothing seen says that it is
 * shorter. What may have been seen too often is as long as the longest that was seen. */
static struct spread mean_of(const struct outages *o)
{
    double n = (double)o->n, sum = 0.0, squares = 0.0, largest = 0.0;
    for (uint64_t i = 0; i < o->n; i++) {
        sum += outage_ns(o, i);
        largest = fmax(largest, outage_ns(o, i));
    }
    double mean = sum / n;
    for (uint64_t i = 0; i < o->n; i++)
        squares += (outage_ns(o, i) - mean) * (outage_ns(o, i) - mean);
    if (o->n < 2)
        return (struct spread){mean, 0.0, INFINITY};
    double half = gsl_cdf_tdist_Pinv(0.5 + 0.5 * LEVEL, n - 1.0) * sqrt(squares / (n - 1.0) / n);
    double longest = fmax(largest, (double)o->horizon_ns - mean);
    double low = fmax(0.0, mean - half - unseen_share(n) * largest);
    double high = mean + half + unseen_share(n) * longest;
    return (struct spread){mean, low, o->ended < o->n ? INFINITY : high};
}

/* Time a year. Trials count in ns: a lower end below that is what arithmetic has left of 0. */
static struct spread scaled(struct spread s, double by)
{
    bool none = by == 0.0; /* 0 times infinite is 0 here */
    double low = s.low * by;
    return (struct spread){s.value * by, low < 1.0 ? 0.0 : low, none ? 0.0 : s.high * by};
}

static struct spread sum_of(struct spread a, struct spread b)
{
    return (struct spread){a.value + b.value, a.low + b.low, a.high + b.high};
}

static double total(const int64_t *value, uint64_t n)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < n; i++)
        sum += (double)value[i];
    return sum;
}

static struct spread a_year(struct rate rate)
{
    return (struct spread){rate.value * AVAILABILITY_YEAR_NS, rate.low * AVAILABILITY_YEAR_NS,
                           rate.high * AVAILABILITY_YEAR_NS};
}

/* cut_ns adds the classes up; a user is of one. A class whose time cut off was never seen may have
 * one false alarm that lasts as long as all that was simulated in a trial. */
static void cost_alarms(const struct tuning *t, const struct availability_options *o,
                        struct availability *out)
{
    struct rated events = alarms_rated(&t->alarms, ALARMS_teardowns);
    struct rated cut = alarms_rated(&t->alarms, ALARMS_cut_ns);
    double seen = total(events.amount, events.n), classes = t->classes > 0 ? t->classes : 1;
    out->alarms = a_year(rate_of(&events, LEVEL));
    out->alarm_any = rated_with_any(&events);
    out->alarm_ns = seen > 0.0 ? total(cut.amount, cut.n) / seen : NAN;
    if (o->alarm_ns >= 0.0) {
        out->alarm_ns = o->alarm_ns;
        out->alarm_down_ns = scaled(out->alarms, o->alarm_ns / classes);
        return;
    }
    struct spread down = a_year(rate_of(&cut, LEVEL));
    if (isinf(down.high))
        down.high = out->alarms.high * (double)t->alarms.value[ALARMS_time_ns][0];
    out->alarm_down_ns = scaled(down, 1.0 / classes);
}

/* Beyond a mean of 700 exp(-mean) vanishes: a year is cut into parts. */
#define PART_MEAN 500.0

static uint64_t poisson(double mean, double u)
{
    double term = exp(-mean), below = term;
    uint64_t k = 0;
    while (u >= below && k < 1000000 && term > 0.0)
        below += term *= mean / (double)++k;
    return k;
}

static double play_kind(const struct outages *o, const struct luck *luck, uint32_t kind)
{
    uint32_t parts = 1 + (uint32_t)(o->rate / PART_MEAN), drawn = 0;
    double sum = 0.0;
    for (uint32_t p = 0; p < parts; p++) {
        double u = luck_uniform(luck, LUCK_YEAR_COUNT, kind, p);
        for (uint64_t k = poisson(o->rate / parts, u); k > 0; k--) {
            double v = luck_uniform(luck, LUCK_YEAR_OUTAGE, kind, drawn++);
            sum += outage_ns(o, (uint64_t)(v * (double)o->n));
        }
    }
    return sum;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Fewer years where much happens in each: their sums then differ less, too. */
static void play_years(const struct tuning *t, uint64_t seed, struct availability *out)
{
    static const double p[] = {0.5, 0.95, 0.99};
    double rate = 0.0;
    for (size_t k = 0; k < t->kinds; k++)
        rate += t->outages[k].rate;
    uint64_t years = rate < 1000.0 ? AVAILABILITY_YEARS : 2000;
    double *sum = calloc(years, sizeof *sum);
    CHECK(sum != NULL);
    for (uint64_t y = 0; y < years; y++) {
        struct luck luck = {.seed = seed, .trial = y};
        sum[y] = out->alarm_down_ns.value;
        for (size_t k = 0; k < t->kinds; k++)
            sum[y] += play_kind(&t->outages[k], &luck, (uint32_t)k);
    }
    qsort(sum, years, sizeof *sum, ascending);
    for (size_t i = 0; i < COUNT_OF(p); i++)
        out->year_ns[i] = sum[(uint64_t)ceil(p[i] * (double)years) - 1];
    free(sum);
}

static bool check(const struct tuning *t, const struct availability_options *o, struct error *error)
{
    for (size_t k = 0; k < t->kinds && !o->bound; k++) {
        const struct outages *of = &t->outages[k];
        if (of->ended < of->n)
            return error_set(
                error, EXIT_INPUT,
                "%.200s: %" PRIu64 " of %" PRIu64
                " trials (%s) had not recovered after %.6g s (trial.horizon): they have "
                "no mean; --bound counts them as that long, which gives a lower bound",
                t->name, of->n - of->ended, of->n, of->kind, (double)of->horizon_ns / 1e9);
    }
    return o->no_alarms || t->alarms.n > 0 ||
           error_set(error, EXIT_INPUT,
                     "%.200s: false alarms were not measured (no alarms.csv): run it without "
                     "--no-alarms (only trials with IPsec and requests have any), or leave them "
                     "out here too (--no-alarms)",
                     t->name);
}

bool availability_of(const struct tuning *t, const struct availability_options *o,
                     struct availability *out, struct error *error)
{
    *out = (struct availability){.alarm_ns = NAN};
    if (!check(t, o, error))
        return false;
    for (size_t k = 0; k < t->kinds; k++) {
        const struct outages *of = &t->outages[k];
        out->mean_ns[k] = mean_of(of);
        out->down_ns[k] = scaled(out->mean_ns[k], of->rate);
        out->all_ns = sum_of(out->all_ns, out->down_ns[k]);
        out->at_least |= of->ended < of->n;
    }
    if (!o->no_alarms)
        cost_alarms(t, o, out);
    out->all_ns = sum_of(out->all_ns, out->alarm_down_ns);
    play_years(t, o->seed, out);
    return true;
}

double availability_nines(double down_ns)
{
    double share = fmin(1.0, down_ns / AVAILABILITY_YEAR_NS);
    return share > 0.0 ? -log10(share) : INFINITY;
}
