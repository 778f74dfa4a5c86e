#include "method.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "engine/check.h"

#include "../stats/beta.h"

static const double Z = METHOD_Z;

/* The score of "the shares differ by d"; falls as d grows. b and c: only candidate, only base. */
static double tango_score(double b, double c, double n, double d)
{
    double a2 = 2.0 * n, a1 = -b - c + (2.0 * n - b + c) * d, a0 = -c * d * (1.0 - d);
    double q = (sqrt(fmax(a1 * a1 - 4.0 * a2 * a0, 0.0)) - a1) / (2.0 * a2);
    double variance = n * (2.0 * q + d * (1.0 - d));
    return variance > 0.0 ? (b - c - n * d) / sqrt(variance) : (b - c - n * d) * HUGE_VAL;
}

static double tango_limit(double b, double c, double n, double z)
{
    double estimate = (b - c) / n, low = z > 0.0 ? -1.0 : estimate, high = z > 0.0 ? estimate : 1.0;
    for (int step = 0; step < 80; step++) {
        double middle = 0.5 * (low + high);
        *(tango_score(b, c, n, middle) > z ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

struct estimate method_pairs(uint64_t only_base, uint64_t only_cand, uint64_t n)
{
    CHECK(n >= 1 && only_base + only_cand <= n);
    double c = (double)only_base, b = (double)only_cand, all = (double)n;
    double p = b + c > 0.0 ? 2.0 * binomial_below(fmin(b, c), b + c, 0.5) : 1.0;
    return (struct estimate){
        .change = (b - c) / all,
        .low = b == 0.0 && c == all ? -1.0 : tango_limit(b, c, all, Z),
        .high = c == 0.0 && b == all ? 1.0 : tango_limit(b, c, all, -Z),
        .p = fmin(p, 1.0),
    };
}

/* lgamma would write the global signgam, from several threads. */
static double log_factorial(double n)
{
    int sign;
    return lgamma_r(n + 1.0, &sign);
}

static double log_choose(double n, double k)
{
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

/* Sums the tables that are no more likely than this one. */
static double fisher(double k1, double n1, double k2, double n2)
{
    double k = k1 + k2, all = log_choose(n1 + n2, k), p = 0.0;
    double own = log_choose(n1, k1) + log_choose(n2, k2) - all;
    for (double x = fmax(0.0, k - n2); x <= fmin(k, n1); x++) {
        double log_p = log_choose(n1, x) + log_choose(n2, k - x) - all;
        p += log_p <= own + 1e-7 ? exp(log_p) : 0.0;
    }
    return fmin(p, 1.0);
}

static void wilson(double k, double n, double *low, double *high)
{
    double centre = k + 0.5 * Z * Z, half = Z * sqrt(k * (1.0 - k / n) + 0.25 * Z * Z);
    *low = fmax(0.0, (centre - half) / (n + Z * Z));
    *high = fmin(1.0, (centre + half) / (n + Z * Z));
}

struct estimate method_shares(uint64_t k_base, uint64_t n_base, uint64_t k_cand, uint64_t n_cand)
{
    CHECK(n_base >= 1 && n_cand >= 1);
    double ka = (double)k_base, na = (double)n_base, kb = (double)k_cand, nb = (double)n_cand;
    double a = ka / na, b = kb / nb, a_low, a_high, b_low, b_high;
    wilson(ka, na, &a_low, &a_high);
    wilson(kb, nb, &b_low, &b_high);
    return (struct estimate){
        .change = b - a,
        .low = b - a - hypot(b - b_low, a_high - a),
        .high = b - a + hypot(b_high - b, a - a_low),
        .p = fisher(ka, na, kb, nb),
    };
}

/* Around a first value, so that large equal parts do not eat the digits. */
static void moments(const int64_t *base, const int64_t *value, uint64_t n, double *mean, double *m2)
{
    double sum = 0.0, squares = 0.0;
    for (uint64_t i = 0; i < n; i++)
        sum += (double)(value[i] - (base ? base[i] : 0));
    *mean = sum / (double)n;
    for (uint64_t i = 0; i < n; i++) {
        double d = (double)(value[i] - (base ? base[i] : 0)) - *mean;
        squares += d * d;
    }
    *m2 = squares;
}

double method_mean(const int64_t *value, uint64_t n)
{
    double mean, m2;
    moments(NULL, value, n, &mean, &m2);
    return mean;
}

/* Without any spread t has no sense: the sign test of n equal signs stands in. */
static struct estimate student(double change, double error, double freedom, double n)
{
    if (error <= 0.0)
        return (struct estimate){change, change, change, change == 0.0 ? 1.0 : exp2(1.0 - n)};
    double half = gsl_cdf_tdist_Pinv(0.975, freedom) * error;
    return (struct estimate){
        .change = change,
        .low = change - half,
        .high = change + half,
        .p = 2.0 * gsl_cdf_tdist_Q(fabs(change) / error, freedom),
    };
}

struct estimate method_paired_mean(const int64_t *base, const int64_t *cand, uint64_t n)
{
    CHECK(n >= 2);
    double mean, m2, all = (double)n;
    moments(base, cand, n, &mean, &m2);
    return student(mean, sqrt(m2 / (all - 1.0) / all), all - 1.0, all);
}

struct estimate method_one_mean(const int64_t *value, uint64_t n)
{
    return method_paired_mean(NULL, value, n);
}

/* Degrees of freedom of a sum of two independent variances of means, of m and n values each
 * (Satterthwaite 1946); not both 0. */
static double satterthwaite(double va, double m, double vb, double n)
{
    return (va + vb) * (va + vb) / (va * va / (m - 1.0) + vb * vb / (n - 1.0));
}

struct estimate method_means(const int64_t *base, uint64_t n_base, const int64_t *cand,
                             uint64_t n_cand)
{
    CHECK(n_base >= 2 && n_cand >= 2);
    double mean_a, mean_b, m2_a, m2_b, na = (double)n_base, nb = (double)n_cand;
    moments(NULL, base, n_base, &mean_a, &m2_a);
    moments(NULL, cand, n_cand, &mean_b, &m2_b);
    double va = m2_a / (na - 1.0) / na, vb = m2_b / (nb - 1.0) / nb, v = va + vb;
    double freedom = v > 0.0 ? satterthwaite(va, na, vb, nb) : na + nb - 2.0;
    return student(mean_b - mean_a, sqrt(v), freedom, fmin(na, nb));
}

/* Of each x (ascending): how many of y are below it less how many are above it, as a share. */
static void placements(const int64_t *x, uint64_t nx, const int64_t *y, uint64_t ny, double *mean,
                       double *variance)
{
    double sum = 0.0, squares = 0.0;
    uint64_t below = 0, not_above = 0;
    for (uint64_t i = 0; i < nx; i++) {
        while (below < ny && y[below] < x[i])
            below++;
        while (not_above < ny && y[not_above] <= x[i])
            not_above++;
        double share = ((double)below - (double)(ny - not_above)) / (double)ny;
        sum += share;
        squares += share * share;
    }
    *mean = sum / (double)nx;
    *variance = nx > 1 ? (squares - sum * sum / (double)nx) / (double)(nx - 1) : 0.0;
}

/* ---- who wins ---- */

/* Variance of the estimate of theta = P(cand > base) + P(cand = base)/2: Newcombe 2006, method 5.
 * At one half it is that of the rank-sum test. */
static double wins_variance(double theta, double m, double n)
{
    double mean = 0.5 * (m + n) - 1.0;
    double others = (1.0 - theta) / (2.0 - theta) + theta / (1.0 + theta);
    return theta * (1.0 - theta) / (m * n) * (1.0 + mean * others);
}

/* Where theta is as far from the estimate as its own standard deviations allow: towards `end`. */
static double wins_limit(double estimate, double end, double m, double n)
{
    double near = estimate, far = end;
    for (int step = 0; step < 60; step++) {
        double middle = 0.5 * (near + far), distance = estimate - middle;
        *(distance * distance <= Z * Z * wins_variance(middle, m, n) ? &near : &far) = middle;
    }
    return 0.5 * (near + far);
}

/* By the rank-sum test, which takes both samples for alike under "no difference"; never less than
 * the two rankings out of all that are the most extreme. */
static double wins_p(double theta, double m, double n)
{
    double z = fabs(theta - 0.5) / sqrt(wins_variance(0.5, m, n));
    return fmin(1.0, fmax(2.0 * gsl_cdf_ugaussian_Q(z), 2.0 * exp(-log_choose(m + n, m))));
}

static double logit(double x)
{
    return log(x / (1.0 - x));
}

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* Brunner, Munzel 2000, which lets the samples differ in spread, with Satterthwaite's freedom;
 * limits by way of the logit, which keeps them within 0 and 1. False where the samples show no
 * spread: one value, or all of one beyond all of the other. */
static bool brunner_munzel(double theta, const double variance[2], const double n[2],
                           struct estimate *e)
{
    double part[2] = {variance[0] / n[0], variance[1] / n[1]}, all = part[0] + part[1];
    if (n[0] < 2.0 || n[1] < 2.0 || !(all > 0.0) || !(theta > 0.0 && theta < 1.0))
        return false;
    double error = 0.5 * sqrt(all), freedom = satterthwaite(part[0], n[0], part[1], n[1]);
    double half = gsl_cdf_tdist_Pinv(0.975, freedom) * error / (theta * (1.0 - theta));
    e->low = logistic(logit(theta) - half);
    e->high = logistic(logit(theta) + half);
    e->p = 2.0 * gsl_cdf_tdist_Q(fabs(theta - 0.5) / error, freedom);
    return true;
}

/* The more careful of both ways: the one is right in small samples, the other where spreads differ.
 */
struct estimate method_who_wins(const int64_t *base, uint64_t n_base, const int64_t *cand,
                                uint64_t n_cand)
{
    double delta, minus, variance[2], n[2] = {(double)n_base, (double)n_cand};
    placements(cand, n_cand, base, n_base, &delta, &variance[1]);
    placements(base, n_base, cand, n_cand, &minus, &variance[0]);
    double theta = 0.5 * (delta + 1.0);
    double low = wins_limit(theta, 0.0, n[0], n[1]), high = wins_limit(theta, 1.0, n[0], n[1]);
    double p = wins_p(theta, n[0], n[1]);
    struct estimate e;
    if (brunner_munzel(theta, variance, n, &e)) {
        low = fmin(low, e.low);
        high = fmax(high, e.high);
        p = fmax(p, e.p);
    }
    return (struct estimate){
        .change = delta, .low = 2.0 * low - 1.0, .high = 2.0 * high - 1.0, .p = p};
}

static int by_p(const void *a, const void *b)
{
    double x = **(double *const *)a, y = **(double *const *)b;
    return (x > y) - (x < y);
}

void method_holm(double *p, size_t m)
{
    double **order = calloc(m + 1, sizeof *order), least = 0.0;
    CHECK(order);
    for (size_t i = 0; i < m; i++)
        order[i] = &p[i];
    qsort(order, m, sizeof *order, by_p);
    for (size_t i = 0; i < m; i++) {
        least = fmax(least, fmin(1.0, (double)(m - i) * *order[i]));
        *order[i] = least;
    }
    free(order);
}
