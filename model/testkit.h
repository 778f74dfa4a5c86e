/* What cmocka lacks: doubles, statistics of samples, and a message that names the failing seed. */
#ifndef MODEL_TESTKIT_H
#define MODEL_TESTKIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* Simulations under a sanitizer take some twenty times as long; what they look for shows in fewer trials. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TESTKIT_TRIALS(n) ((n) / 20)
#else
#define TESTKIT_TRIALS(n) (n)
#endif

/* |got - want| <= tolerance; both are printed when it fails. NaN fails. */
#define assert_near(got, want, tolerance)                                                          \
    do {                                                                                           \
        double got_ = (got), want_ = (want), tolerance_ = (tolerance);                             \
        if (!(fabs(got_ - want_) <= tolerance_))                                                   \
            fail_msg("%s is %.17g, want %.17g +- %g", #got, got_, want_, tolerance_);              \
    } while (0)

/* The share k/n is where probability p says it should be: its exact two-sided p-value is above
 * 1e-6. A right program fails this once in a million seeds; the tests' seeds are fixed. */
#define assert_share(k, n, p)                                                                      \
    do {                                                                                           \
        unsigned k_ = (unsigned)(k), n_ = (unsigned)(n);                                           \
        double p_ = (p);                                                                           \
        double below_ = gsl_cdf_binomial_P(k_, p_, n_);                                            \
        double above_ = k_ == 0 ? 1.0 : gsl_cdf_binomial_Q(k_ - 1, p_, n_);                        \
        if (!(below_ > 5e-7 && above_ > 5e-7))                                                     \
            fail_msg("%s: %u of %u, expected a share of %g", #k, k_, n_, p_);                      \
    } while (0)

static inline int testkit_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov distance of a sample (sorted here) from a distribution function. */
static inline double testkit_ks(double *sample, size_t n, double (*cdf)(double, void *),
                                void *context)
{
    qsort(sample, n, sizeof *sample, testkit_order);
    double distance = 0.0;
    for (size_t i = 0; i < n; i++) {
        double f = cdf(sample[i], context);
        distance = fmax(distance, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    return distance;
}

/* The distance that a right sample of n exceeds with probability alpha (Massart 1990). */
static inline double testkit_ks_limit(size_t n, double alpha)
{
    return sqrt(log(2.0 / alpha) / (2.0 * (double)n));
}

#endif
