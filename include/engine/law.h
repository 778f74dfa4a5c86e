/* Laws: probability distributions sampled by inversion, one uniform per variate.
 * Separate because sampling must be fast and must not depend on which exp/log variant a CPU picks.
 * A law is a normalized quantile table plus location and scale (Devroye 1986, ch. II.2 and III.3).
 */
#ifndef ENGINE_LAW_H
#define ENGINE_LAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*  name        parameters          shape (fixed in a run)  meaning of location, scale */
#define LAW_FAMILIES(X)                                                                            \
    X(constant)    /* value                   -      location = value */                           \
    X(uniform)     /* low, high               -      low, high - low */                            \
    X(exponential) /* mean                    -      0, mean */                                    \
    X(normal)      /* mean, sd                -      mean, sd */                                   \
    X(lognormal)   /* median, sigma           sigma  0, median */                                  \
    X(gamma)       /* shape, scale            shape  0, scale */                                   \
    X(weibull)     /* shape, scale            shape  0, scale */                                   \
    X(pareto)      /* shape, minimum          shape  0, minimum */                                 \
    X(loguniform)  /* low, high               ln(high / low)   0, low */                           \
    X(empirical)   /* n equally likely values, ascending       0, 1 */

enum law_family {
#define X(name) LAW_##name,
    LAW_FAMILIES(X)
#undef X
        LAW_FAMILY_COUNT
};

/* Lower-case name of a family, as scenarios spell it. */
const char *law_family_name(enum law_family family);

enum {
    LAW_CELLS = 4096,    /* of the quantile table; linear inside a cell */
    LAW_CELL_SHIFT = 52, /* of 64 random bits, to leave the number of a cell */
    LAW_EDGE = 16        /* outermost cells at each end, inverted exactly */
};

/* Immutable; shared by every law of one family and shape. */
struct law_table {
    enum law_family family;
    double shape;
    size_t count;  /* LAW_CELLS + 1 nodes, or the values of an empirical table */
    double node[]; /* standard quantiles */
};

/* A new table, owned by the caller (free() releases it). Shape must be in the family's range:
 * lognormal sigma (0, 10], gamma [0.01, 1000], weibull [0.1, 100], pareto [0.1, 100], loguniform
 * (0, 50]. NULL when it is not, or for constant, uniform (which need none) and empirical (see
 * below). */
struct law_table *law_table_new(enum law_family family, double shape);

/* A table of n equally likely values, as tc-netem reads its .dist files; n >= 1. The values are
 * copied. */
struct law_table *law_table_empirical_new(const double *value, size_t n);

/* A distribution: location + scale * (standard variate). */
struct law {
    const struct law_table *table; /* NULL: constant (scale 0) or uniform */
    double location, scale;
};

/* The standard quantile at a p of the outermost cells, inverted exactly. */
double law_edge_quantile(const struct law_table *table, double p);

/* The standard quantile at p in (0, 1), by table; exactly inverted in the outermost cells. In the
 * header because a call makes a draw a tenth slower. */
static inline double law_table_quantile(const struct law_table *table, double p)
{
    if (table->family == LAW_empirical)
        return table->node[(int64_t)(p * (double)(int64_t)table->count)];
    double position = p * LAW_CELLS;
    int cell = (int)position;
    if (__builtin_expect(cell < LAW_EDGE || cell >= LAW_CELLS - LAW_EDGE, 0))
        return law_edge_quantile(table, p);
    double low = table->node[cell];
    return low + (position - cell) * (table->node[cell + 1] - low);
}

/* The variate that belongs to the uniform u in (0, 1). */
static inline double law_quantile(const struct law *law, double u)
{
    return law->location + law->scale * (law->table ? law_table_quantile(law->table, u) : u);
}

/* law_draw of the cases that are rare, or have no table. */
double law_draw_slow(const struct law *law, uint64_t bits);

/* The variate that belongs to 64 random bits: law_quantile(law, luck_unit(bits)) to the last bit,
 * but the upper bits are the cell and need not wait for the uniform. It takes a seventh off the
 * retransmission trial. */
static inline double law_draw(const struct law *law, uint64_t bits)
{
    const struct law_table *table = law->table;
    uint32_t cell = (uint32_t)(bits >> LAW_CELL_SHIFT);
    bool inner = cell - LAW_EDGE < LAW_CELLS - 2 * LAW_EDGE;
    if (__builtin_expect(table == NULL || table->family == LAW_empirical || !inner, 0))
        return law_draw_slow(law, bits);
    double low = table->node[cell], part = ((double)(int64_t)(bits << 12 >> 24) + 0.5) * 0x1p-40;
    return law->location + law->scale * (low + part * (table->node[cell + 1] - low));
}

/* The quantile function of a family, computed without a table; the tables are made of it. */
double law_standard_quantile(enum law_family family, double shape, double p);

/* Smallest and largest value the law can yield (may be infinite). */
double law_minimum(const struct law *law);
double law_maximum(const struct law *law);
double law_mean(const struct law *law);

/* A constant law. */
static inline struct law law_constant(double value)
{
    return (struct law){.location = value};
}

#endif
