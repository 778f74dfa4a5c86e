/* The beta distribution and its inverse, at any size.
 * Separate because GSL 2.7 is not enough here: gsl_cdf_beta_P, and with it gsl_cdf_binomial_P,
 * returns NaN near the middle of (5000001, 5000000), and gsl_cdf_beta_Pinv already at (6, 99995).
 * Continued fraction: NIST Digital Library of Mathematical Functions, 8.17.22. */
#ifndef BENCH_STATS_BETA_H
#define BENCH_STATS_BETA_H

/* P(B <= x) for B beta(a, b), 0 <= x <= 1, a and b positive, up to 2^31; relative error 1e-7. */
double beta_below(double x, double a, double b);

/* The x with P(B <= x) = q, 0 < q < 1. */
double beta_inverse(double q, double a, double b);

/* P(X <= k) and P(X > k) for X binomial(n, p), 0 <= k <= n. */
double binomial_below(double k, double n, double p);
double binomial_above(double k, double n, double p);

#endif
