/* Exact tests of "both samples have the same p-quantile", for where a bootstrap cannot tell how
 * small a p-value is. Separate because they are about ranks and signs alone: values may be infinite
 * (QUANTILE_ABOVE), and no spread is needed. */
#ifndef BENCH_COMPARE_QUANTILE_TEST_H
#define BENCH_COMPARE_QUANTILE_TEST_H

#include <stdint.h>

/* Two samples, ascending: the value of rank ceil(n p) of both together. */
int64_t quantile_test_threshold(const int64_t *a, uint64_t n_a, const int64_t *b, uint64_t n_b,
                                double p);

/* The quantile test (Westenberg 1948, Mood 1950): the shares beyond the threshold, two-sided; of
 * pairs (McNemar) or of independent samples, ascending (Fisher). Where nothing differs between the
 * samples but chance, the threshold is the same whichever value is whose, so the test is exact. */
double quantile_test_pairs(const int64_t *a, const int64_t *b, uint64_t n, int64_t threshold);
double quantile_test_samples(const int64_t *a, uint64_t n_a, const int64_t *b, uint64_t n_b,
                             int64_t threshold);

/* Where quantiles of replicates were found. */
struct quantile_range {
    int64_t low, high;
};

/* Of k pairs that differ, and of which one value or the other lies where a replicate's quantile
 * was, no test by signs has a p-value below 2^(1 - k). */
double quantile_test_least(const int64_t *a, const int64_t *b, uint64_t n,
                           const struct quantile_range range[2]);

#endif
