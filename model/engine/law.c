#include "engine/law.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "engine/check.h"
#include "engine/luck.h"

const char *law_family_name(enum law_family family)
{
    static const char *const names[] = {
#define X(name) #name,
        LAW_FAMILIES(X)
#undef X
    };
    return names[family];
}

double law_standard_quantile(enum law_family family, double shape, double p)
{
    switch (family) {
    case LAW_exponential:
        return -log1p(-p);
    case LAW_normal:
        return gsl_cdf_ugaussian_Pinv(p);
    case LAW_lognormal:
        return exp(shape * gsl_cdf_ugaussian_Pinv(p));
    case LAW_gamma:
        return gsl_cdf_gamma_Pinv(p, shape, 1.0);
    case LAW_weibull:
        return pow(-log1p(-p), 1.0 / shape);
    case LAW_pareto:
        return exp(-log1p(-p) / shape);
    case LAW_loguniform:
        return exp(shape * p);
    case LAW_uniform:
        return p;
    default:
        CHECK(!"a family with a quantile function");
    }
    return 0.0;
}

static bool shape_in_range(enum law_family family, double shape)
{
    switch (family) {
    case LAW_exponential:
    case LAW_normal:
        return true;
    case LAW_lognormal:
        return shape > 0.0 && shape <= 10.0;
    case LAW_gamma:
        return shape >= 0.01 && shape <= 1000.0;
    case LAW_weibull:
    case LAW_pareto:
        return shape >= 0.1 && shape <= 100.0;
    case LAW_loguniform:
        return shape > 0.0 && shape <= 50.0;
    default:
        return false;
    }
}

/* Keeps 40 significant bits: the last bits of exp and log differ between machines, a node must not.
 */
static double rounded(double x)
{
    int exponent;
    double mantissa = frexp(x, &exponent);
    return ldexp(nearbyint(ldexp(mantissa, 40)), exponent - 40);
}

struct law_table *law_table_new(enum law_family family, double shape)
{
    if (!shape_in_range(family, shape))
        return NULL;
    size_t count = LAW_CELLS + 1;
    struct law_table *table = malloc(sizeof *table + count * sizeof table->node[0]);
    CHECK(table != NULL);
    *table = (struct law_table){.family = family, .shape = shape, .count = count};
    for (int i = 0; i <= LAW_CELLS; i++) {
        /* The ends may be infinite and are never read: the edge cells are inverted exactly. */
        bool end = i == 0 || i == LAW_CELLS;
        table->node[i] =
            end ? NAN : rounded(law_standard_quantile(family, shape, (double)i / LAW_CELLS));
    }
    return table;
}

struct law_table *law_table_empirical_new(const double *value, size_t n)
{
    CHECK(n >= 1);
    struct law_table *table = malloc(sizeof *table + n * sizeof table->node[0]);
    CHECK(table != NULL);
    *table = (struct law_table){.family = LAW_empirical, .count = n};
    memcpy(table->node, value, n * sizeof value[0]);
    return table;
}

double law_edge_quantile(const struct law_table *table, double p)
{
    return rounded(law_standard_quantile(table->family, table->shape, p));
}

double law_draw_slow(const struct law *law, uint64_t bits)
{
    return law_quantile(law, luck_unit(bits));
}

static double standard_minimum(const struct law *law)
{
    if (law->table == NULL)
        return 0.0;
    switch (law->table->family) {
    case LAW_normal:
        return -INFINITY;
    case LAW_pareto:
    case LAW_loguniform:
        return 1.0;
    case LAW_empirical:
        return law->table->node[0];
    default:
        return 0.0;
    }
}

static double standard_maximum(const struct law *law)
{
    if (law->table == NULL)
        return 1.0;
    switch (law->table->family) {
    case LAW_loguniform:
        return exp(law->table->shape);
    case LAW_empirical:
        return law->table->node[law->table->count - 1];
    default:
        return INFINITY;
    }
}

double law_minimum(const struct law *law)
{
    return law->scale == 0.0 ? law->location : law->location + law->scale * standard_minimum(law);
}

double law_maximum(const struct law *law)
{
    return law->scale == 0.0 ? law->location : law->location + law->scale * standard_maximum(law);
}

static double standard_mean(const struct law_table *table)
{
    double shape = table->shape;
    switch (table->family) {
    case LAW_exponential:
        return 1.0;
    case LAW_normal:
        return 0.0;
    case LAW_lognormal:
        return exp(shape * shape / 2.0);
    case LAW_gamma:
        return shape;
    case LAW_weibull:
        return tgamma(1.0 + 1.0 / shape);
    case LAW_pareto:
        return shape > 1.0 ? shape / (shape - 1.0) : INFINITY;
    case LAW_loguniform:
        return expm1(shape) / shape;
    default: {
        double sum = 0.0;
        for (size_t i = 0; i < table->count; i++)
            sum += table->node[i];
        return sum / (double)table->count;
    }
    }
}

double law_mean(const struct law *law)
{
    if (law->scale == 0.0)
        return law->location;
    return rounded(law->location + law->scale * (law->table ? standard_mean(law->table) : 0.5));
}
