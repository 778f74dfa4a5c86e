/* How sure is the difference of two quantiles? Poisson bootstrap of pairs of trials.
 * Each replicate gives every trial a weight from Poisson(1), the same in both arms, and takes the
 * weighted quantile of both. Only trials near the quantile's rank in one of the arms matter; the
 * others are counted in four cells (below or above it in each arm), whose weights are sums of
 * Poisson(1) and thus one draw each. A quantile leaves the window with a chance below 1e-8.
 * Percentile intervals: Efron, Tibshirani 1993; Poisson weights: Chamandy et al. 2012.
 * Separate because it is the one random thing in a comparison; weights are keyed by (trial,
 * replicate), so that the result is the same for any number of threads. */
#ifndef BENCH_COMPARE_BOOTSTRAP_H
#define BENCH_COMPARE_BOOTSTRAP_H

#include <stdbool.h>
#include <stdint.h>

/* The smallest p-value that replicates show, 2/(B + 1), times the number of comparisons of a pair
 * of arms (Holm) must stay below 0.05: 1000 would not do beyond 25. */
#define BOOTSTRAP_REPLICATES 2000

/* Two columns of n trials each, QUANTILE_ABOVE where censored. `stream` tells independent
 * bootstraps apart; 0 for pairs. 1 <= n < 2^31. */
struct bootstrap_pairs {
    const int64_t *trial, *value[2];
    const int64_t *sorted[2]; /* the values, ascending */
    uint64_t n;
    uint32_t stream;
};

/* The p-quantile of both columns in each replicate. */
struct bootstrap_replicates {
    int64_t quantile[2][BOOTSTRAP_REPLICATES];
};

void bootstrap_quantile(const struct bootstrap_pairs *pairs, double p,
                        struct bootstrap_replicates *out);

/* b - a where QUANTILE_ABOVE is infinite, and infinite less infinite 0; QUANTILE_BELOW is
 * -infinite.
 */
int64_t bootstrap_difference(int64_t b, int64_t a);

/* The 95 % percentile interval of b - a and the two-sided p-value of "no difference".
 * one_sided: all replicates lie on one side of 0, which cannot tell how small p is. Then p is that
 * of the normal law with their centre and spread; where they have no finite spread (`alike`: they
 * are equal, or partly infinite) it is 0, and something else has to say. */
struct bootstrap_interval {
    int64_t low, high;
    double p;
    bool one_sided, alike;
};
struct bootstrap_interval bootstrap_compare(const int64_t a[BOOTSTRAP_REPLICATES],
                                            const int64_t b[BOOTSTRAP_REPLICATES]);

/* The weight of a trial in a replicate: for tests. */
unsigned bootstrap_weight(int64_t trial, uint32_t replicate, uint32_t stream);

#endif
