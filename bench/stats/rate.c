#include "rate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "engine/check.h"

/* Sum, variance of the sum, and largest part of an amount. */
struct sums {
    double sum, variance, largest, time;
};

struct limits {
    double low, high;
};

/* The x with P(G <= x) = q for G gamma(shape, 1). GSL's inverse fails from 1e5 on, and is not
 * trusted below: bisection stands in. */
static double gamma_inverse(double q, double shape)
{
    double x = shape < 1e4 ? gsl_cdf_gamma_Pinv(q, shape, 1.0) : NAN;
    if (fabs(gsl_cdf_gamma_P(x, shape, 1.0) - q) < 1e-7 * q)
        return x;
    double spread = 12.0 * sqrt(shape) + 100.0, low = fmax(0.0, shape - spread),
           high = shape + spread;
    for (int step = 0; step < 60; step++) {
        double middle = 0.5 * (low + high);
        *(gsl_cdf_gamma_P(middle, shape, 1.0) < q ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

static struct sums sums_of(const struct rated *s)
{
    struct sums sums = {.largest = s->atom};
    double squares = 0.0;
    for (uint64_t i = 0; i < s->n; i++) {
        sums.sum += (double)s->amount[i];
        sums.time += (double)s->time_ns[i];
        sums.largest = fmax(sums.largest, (double)s->amount[i]);
    }
    CHECK(sums.time > 0.0);
    for (uint64_t i = 0; i < s->n; i++) {
        double off = (double)s->amount[i] - sums.sum / sums.time * (double)s->time_ns[i];
        squares += off * off;
    }
    double n = (double)s->n;
    /* Of one trial nothing is known of how trials differ. */
    sums.variance = n > 1.0 ? squares * n / (n - 1.0) : sums.sum * sums.sum;
    sums.variance = fmax(sums.variance, sums.sum * s->atom);
    return sums;
}

static struct limits gamma_limits(const struct sums *s, double alpha)
{
    struct limits limits = {0.0, INFINITY};
    if (s->sum > 0.0 && s->variance > 0.0)
        limits.low =
            s->variance / s->sum * gamma_inverse(0.5 * alpha, s->sum * s->sum / s->variance);
    double more = s->sum + s->largest, variance = s->variance + s->largest * s->largest;
    if (more > 0.0)
        limits.high = variance / more * gamma_inverse(1.0 - 0.5 * alpha, more * more / variance);
    return limits;
}

struct rate rate_of(const struct rated *sample, double level)
{
    struct sums s = sums_of(sample);
    struct limits l = gamma_limits(&s, 1.0 - level);
    return (struct rate){s.sum / s.time, l.low / s.time, l.high / s.time};
}

uint64_t rated_with_any(const struct rated *sample)
{
    uint64_t with_any = 0;
    for (uint64_t i = 0; i < sample->n; i++)
        with_any += sample->amount[i] > 0;
    return with_any;
}

char *rate_caveat(char text[RATE_CAVEAT_MAX], uint64_t with_any, uint64_t n)
{
    text[0] = '\0';
    if (with_any == 0)
        snprintf(text, RATE_CAVEAT_MAX,
                 "none in %" PRIu64 " trials: the upper limit is that of events that come alone",
                 n);
    else if (with_any < RATE_FEW)
        snprintf(text, RATE_CAVEAT_MAX,
                 "of %" PRIu64 " trial%s with any: too few, the interval is too narrow where they "
                 "come in bursts",
                 with_any, with_any == 1 ? "" : "s");
    return text;
}

/* Two amounts, and what Student's interval of their difference needs. */
struct pair {
    struct sums less, more; /* the difference is more - less */
    double change, error, freedom;
};

static struct limits difference_limits(const struct pair *p, double alpha)
{
    struct limits a = gamma_limits(&p->less, alpha), b = gamma_limits(&p->more, alpha);
    double x = p->less.sum / p->less.time, y = p->more.sum / p->more.time;
    double low = hypot(y - b.low / p->more.time, a.high / p->less.time - x);
    double high = hypot(b.high / p->more.time - y, x - a.low / p->less.time);
    double half = p->freedom >= 1.0 && p->error > 0.0
                      ? gsl_cdf_tdist_Qinv(0.5 * alpha, p->freedom) * p->error
                      : 0.0;
    return (struct limits){p->change - fmax(low, half), p->change + fmax(high, half)};
}

static struct rate_change conclude(const struct pair *p, double level)
{
    struct limits l = difference_limits(p, 1.0 - level);
    double low = -27.6, high = 0.0; /* log of p; 1e-12 is the least */
    for (int step = 0; step < 40; step++) {
        double middle = 0.5 * (low + high);
        struct limits at = difference_limits(p, exp(middle));
        *(at.low > 0.0 || at.high < 0.0 ? &high : &low) = middle;
    }
    return (struct rate_change){p->change, l.low, l.high, p->change == 0.0 ? 1.0 : exp(high)};
}

/* What the candidate has more in a trial, and what it has less. */
static struct sums one_side(const struct rated *base, const struct rated *cand)
{
    int64_t *more = malloc((base->n + 1) * sizeof *more);
    CHECK(more);
    for (uint64_t i = 0; i < base->n; i++)
        more[i] = cand->amount[i] > base->amount[i] ? cand->amount[i] - base->amount[i] : 0;
    struct rated side = {more, base->time_ns, base->n, fmax(base->atom, cand->atom)};
    struct sums sums = sums_of(&side);
    free(more);
    return sums;
}

static double error_of(const struct rated *base, const struct rated *cand, double time)
{
    double n = (double)base->n, sum = 0.0, squares = 0.0;
    for (uint64_t i = 0; i < base->n; i++) {
        double d = (double)(cand->amount[i] - base->amount[i]);
        sum += d;
        squares += d * d;
    }
    return n > 1.0 ? sqrt(fmax(0.0, squares - sum * sum / n) * n / (n - 1.0)) / time : 0.0;
}

struct rate_change rate_paired(const struct rated *base, const struct rated *cand, double level)
{
    CHECK(base->n == cand->n);
    struct pair p = {.less = one_side(cand, base), .more = one_side(base, cand)};
    p.change = (p.more.sum - p.less.sum) / p.more.time;
    p.error = error_of(base, cand, p.more.time);
    p.freedom = (double)base->n - 1.0;
    return conclude(&p, level);
}

struct rate_change rate_unpaired(const struct rated *base, const struct rated *cand, double level)
{
    struct pair p = {.less = sums_of(base), .more = sums_of(cand)};
    p.change = p.more.sum / p.more.time - p.less.sum / p.less.time;
    return conclude(&p, level);
}
