/* Tests and intervals for two samples, paired or independent. Pure arithmetic; all at 95 %.
 * Separate because each formula has a source and known answers of its own.
 * Lower is better: a difference is candidate less base. */
#ifndef BENCH_COMPARE_METHOD_H
#define BENCH_COMPARE_METHOD_H

#include <stddef.h>
#include <stdint.h>

/* Half the width of a 95 % interval, in standard errors: the normal law's quantile at 97.5 %. */
#define METHOD_Z 1.959963984540054

struct estimate {
    double change, low, high, p; /* p: two-sided, of "no difference" */
};

/* Pairs of which `only_cand` have a property in the candidate alone, `only_base` in the base alone,
 * among n: difference of the shares. Exact McNemar test (1947); score interval of Tango, Stat. Med.
 * 17 (1998). n >= 1. With wins and losses it is the sign test. */
struct estimate method_pairs(uint64_t only_base, uint64_t only_cand, uint64_t n);

/* Independent samples, k of n each: Fisher's exact test, interval of Newcombe, Stat. Med. 17 (1998)
 * method 10. */
struct estimate method_shares(uint64_t k_base, uint64_t n_base, uint64_t k_cand, uint64_t n_cand);

/* Difference of means of n >= 2 pairs: paired t. */
struct estimate method_paired_mean(const int64_t *base, const int64_t *cand, uint64_t n);

/* The same for independent samples, each of 2 or more: Welch 1947. */
struct estimate method_means(const int64_t *base, uint64_t n_base, const int64_t *cand,
                             uint64_t n_cand);

/* Independent samples, ascending: P(cand > base) - P(cand < base), which is Cliff's delta or
 * 2 A12 - 1 (Vargha, Delaney 2000). Interval and p: the wider and the larger ones of Brunner,
 * Munzel, Biometrical J. 42 (2000), by way of the logit, and of Newcombe, Stat. Med. 25 (2006) 559,
 * method 5, whose test is the rank-sum test; p is never less than that of the most extreme ranking.
 */
struct estimate method_who_wins(const int64_t *base, uint64_t n_base, const int64_t *cand,
                                uint64_t n_cand);

double method_mean(const int64_t *value, uint64_t n);

/* The mean of n >= 2 values as `change`, with Student's interval. */
struct estimate method_one_mean(const int64_t *value, uint64_t n);

/* Holm 1979: adjusted p-values, in place, of m tests. */
void method_holm(double *p, size_t m);

#endif
