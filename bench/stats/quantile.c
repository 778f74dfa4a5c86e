#include "quantile.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "beta.h"

uint64_t quantile_rank(uint64_t n, double p)
{
    /* p = 0.999 and n = 1000 must give 999, whatever way the two roundings in n * p fell. */
    double rank = ceil((double)n * p * (1.0 - 4.0 * DBL_EPSILON));
    if (rank < 1.0)
        return 1;
    return rank > (double)n ? n : (uint64_t)rank;
}

/* P(X <= j - 1) and P(X > j - 1) for X binomial(n, p), 0 <= j <= n + 1. */
static double below(uint64_t j, uint64_t n, double p)
{
    return j == 0 ? 0.0 : binomial_below((double)(j - 1), (double)n, p);
}

static double above(uint64_t j, uint64_t n, double p)
{
    return j == 0 ? 1.0 : binomial_above((double)(j - 1), (double)n, p);
}

struct quantile_ranks quantile_ranks(uint64_t n, double p, double level)
{
    CHECK(n >= 1 && n <= INT32_MAX && p > 0.0 && p < 1.0 && level > 0.0 && level < 1.0);
    double half = 0.5 * (1.0 - level);
    struct quantile_ranks rank = {.estimate = quantile_rank(n, p)};
    uint64_t good = 0, bad = n + 1; /* of low: below(good) <= half < below(bad) = 1 */
    while (bad - good > 1) {
        uint64_t middle = good + (bad - good) / 2;
        *(below(middle, n, p) <= half ? &good : &bad) = middle;
    }
    rank.low = good;
    bad = 0, good = n + 1; /* of high: above(good) <= half < above(bad) = 1 */
    while (good - bad > 1) {
        uint64_t middle = bad + (good - bad) / 2;
        *(above(middle, n, p) <= half ? &good : &bad) = middle;
    }
    rank.high = good;
    return rank;
}

/* The first atom that reaches the rank; atoms when none does. */
static size_t atom_of_rank(const struct sample *sample, uint64_t rank)
{
    size_t good = sample->atoms, bad = 0;
    while (bad < good) {
        size_t middle = bad + (good - bad) / 2;
        if (sample->atom[middle].below + sample->atom[middle].count >= rank)
            good = middle;
        else
            bad = middle + 1;
    }
    return good;
}

int64_t sample_at(const struct sample *sample, uint64_t rank)
{
    CHECK(rank >= 1 && rank <= sample->finite);
    if (sample->value != NULL)
        return sample->value[rank - 1];
    size_t atom = atom_of_rank(sample, rank);
    CHECK(atom < sample->atoms);
    return sample->atom[atom].value;
}

static uint64_t atoms_up_to(const struct sample *sample, int64_t x)
{
    uint64_t up_to = 0;
    for (size_t i = 0; i < sample->atoms && sample->atom[i].value <= x; i++)
        up_to = sample->atom[i].below + sample->atom[i].count;
    return up_to;
}

uint64_t sample_up_to(const struct sample *sample, int64_t x)
{
    if (sample->value == NULL)
        return atoms_up_to(sample, x);
    uint64_t good = 0, bad = sample->finite;
    while (good < bad) {
        uint64_t middle = good + (bad - good) / 2;
        if (sample->value[middle] <= x)
            good = middle + 1;
        else
            bad = middle;
    }
    return good;
}

static int64_t at_rank(const struct sample *sample, uint64_t rank)
{
    if (rank == 0)
        return QUANTILE_BELOW;
    return rank <= sample->finite ? sample_at(sample, rank) : QUANTILE_ABOVE;
}

struct quantile quantile_of(const struct sample *sample, double p, double level)
{
    CHECK(sample->finite <= sample->n);
    struct quantile_ranks rank = quantile_ranks(sample->n, p, level);
    return (struct quantile){
        .value = at_rank(sample, rank.estimate),
        .low = at_rank(sample, rank.low),
        .high = at_rank(sample, rank.high),
        .rank = rank,
    };
}

/* The upper limit is finite when p^n <= a/2 (Wilks 1941). */
uint64_t quantile_n_upper(double p, double level)
{
    return (uint64_t)ceil(log(0.5 * (1.0 - level)) / log(p));
}

uint64_t quantile_n_lower(double p, double level)
{
    return (uint64_t)ceil(log(0.5 * (1.0 - level)) / log1p(-p));
}

void proportion_interval(uint64_t k, uint64_t n, double level, double *low, double *high)
{
    CHECK(k <= n && n >= 1);
    double half = 0.5 * (1.0 - level), successes = (double)k, failures = (double)(n - k);
    *low = k == 0 ? 0.0 : beta_inverse(half, successes, failures + 1.0);
    *high = k == n ? 1.0 : beta_inverse(1.0 - half, successes + 1.0, failures);
}

/* Radix sort, one byte a pass: a million rows of 30 columns are sorted in a second. */
void sample_sort(int64_t *value, size_t n)
{
    const uint64_t sign = (uint64_t)1 << 63; /* order of signed as order of unsigned */
    uint64_t *from = calloc(n + 1, sizeof *from), *to = calloc(n + 1, sizeof *to);
    CHECK(from && to);
    for (size_t i = 0; i < n; i++)
        from[i] = (uint64_t)value[i] ^ sign;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t start[257] = {0};
        for (size_t i = 0; i < n; i++)
            start[(from[i] >> shift & 255) + 1]++;
        if (n == 0 || start[(from[0] >> shift & 255) + 1] == n)
            continue; /* all alike in this byte */
        for (size_t digit = 1; digit < 257; digit++)
            start[digit] += start[digit - 1];
        for (size_t i = 0; i < n; i++)
            to[start[from[i] >> shift & 255]++] = from[i];
        uint64_t *swap = from;
        from = to, to = swap;
    }
    for (size_t i = 0; i < n; i++)
        value[i] = (int64_t)(from[i] ^ sign);
    free(from);
    free(to);
}
