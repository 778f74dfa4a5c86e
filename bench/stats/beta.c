#include "beta.h"

#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>

#include "engine/check.h"

/* Lentz's method, modified against zero denominators. It takes some sqrt(max(a, b)) steps below
 * the mean, where alone it is used. */
static double continued_fraction(double x, double a, double b)
{
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int step = 1; step < 10000000; step++) {
        double m = step;
        double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 + even * d;
        c = 1.0 + even / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        f *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 + odd * d;
        c = 1.0 + odd / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        f *= d * c;
        if (fabs(d * c - 1.0) < 1e-13)
            return f;
    }
    CHECK(!"the continued fraction converges");
    return NAN;
}

/* x^a (1-x)^b / (a Beta(a, b)) times the fraction; right on the lower side of the mean. */
static double lower_side(double x, double log_x, double log_1mx, double a, double b)
{
    gsl_sf_result beta;
    CHECK(gsl_sf_lnbeta_e(a, b, &beta) == GSL_SUCCESS);
    return exp(a * log_x + b * log_1mx - beta.val) / a * continued_fraction(x, a, b);
}

double beta_below(double x, double a, double b)
{
    CHECK(x >= 0.0 && x <= 1.0 && a > 0.0 && b > 0.0);
    if (x == 0.0 || x == 1.0)
        return x;
    double log_x = log(x), log_1mx = log1p(-x);
    double probability = x < (a + 1.0) / (a + b + 2.0)
                             ? lower_side(x, log_x, log_1mx, a, b)
                             : 1.0 - lower_side(1.0 - x, log_1mx, log_x, b, a);
    return fmin(fmax(probability, 0.0), 1.0);
}

double beta_inverse(double q, double a, double b)
{
    double low = 0.0, high = 1.0;
    for (int step = 0; step < 80; step++) {
        double middle = 0.5 * (low + high);
        *(beta_below(middle, a, b) < q ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

double binomial_below(double k, double n, double p)
{
    return k >= n ? 1.0 : beta_below(1.0 - p, n - k, k + 1.0);
}

double binomial_above(double k, double n, double p)
{
    return k >= n ? 0.0 : beta_below(p, k + 1.0, n - k);
}
