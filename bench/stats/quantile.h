/* Quantiles with exact intervals that hold for every law: atoms, several modes, censored tails.
 * Separate because it is pure arithmetic on ranks and counts: it has never heard of columns.
 * Order-statistic intervals: David, Nagaraja, Order Statistics (2003) 7.1; Conover (1999);
 * proportions: Clopper, Pearson, Biometrika 26 (1934). GSL's error handler must be off. */
#ifndef BENCH_STATS_QUANTILE_H
#define BENCH_STATS_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/* Values of a sample that are equal: `below` of all are smaller. */
struct quantile_atom {
    int64_t value;
    uint64_t below, count;
    __int128 sum;              /* of all values up to this one, itself included */
    unsigned __int128 squares; /* the same of their squares */
};

/* A sorted sample of which the largest n - finite values are only known to be beyond the horizon.
 * Of a large one only some values may be known, with their ranks. */
struct sample {
    const int64_t *value;             /* ascending, `finite` of them; NULL: see atom */
    uint64_t finite, n;               /* finite <= n < 2^31 */
    const struct quantile_atom *atom; /* ascending; the first and the last value are among them */
    size_t atoms;
};

/* The value of a rank of 1 .. finite. Of a sample that is known in part the next known one above.
 */
int64_t sample_at(const struct sample *sample, uint64_t rank);

/* How many values are at most x. Of a sample that is known in part x must be known. */
uint64_t sample_up_to(const struct sample *sample, int64_t x);

/* No estimate: beyond the horizon, or an end the sample is too small for. */
#define QUANTILE_ABOVE INT64_MAX
#define QUANTILE_BELOW INT64_MIN

/* Ranks count from 1; low 0 and high n + 1 stand for "no finite limit". */
struct quantile_ranks {
    uint64_t estimate, low, high;
};

struct quantile {
    int64_t value, low, high; /* unit of the sample, or QUANTILE_ABOVE/BELOW */
    struct quantile_ranks rank;
};

/* The rank ceil(n p), within 1..n, of the type-1 quantile: an attained value, never interpolated.
 */
uint64_t quantile_rank(uint64_t n, double p);

/* Ranks of the p-quantile (0 < p < 1) of n values and of its two-sided interval of at least the
 * level (0.95): low is the largest j with P(X <= j-1) <= a/2, high the smallest with P(X > j-1) <=
 * a/2, X binomial(n, p), a = 1 - level. 1 <= n < 2^31. */
struct quantile_ranks quantile_ranks(uint64_t n, double p, double level);

/* The p-quantile of a sample with its interval. n >= 1. */
struct quantile quantile_of(const struct sample *sample, double p, double level);

/* The smallest n at which the interval of the p-quantile has a finite upper (lower) limit. */
uint64_t quantile_n_upper(double p, double level);
uint64_t quantile_n_lower(double p, double level);

/* Exact (Clopper-Pearson) interval of a probability of which k of n trials were a success. */
void proportion_interval(uint64_t k, uint64_t n, double level, double *low, double *high);

/* Sorts 64-bit integers ascending; needs no memory of the caller's. */
void sample_sort(int64_t *value, size_t n);

#endif
