/* The rest of a law: what is left of a random span when one looks at it at a random instant.
 * Separate from laws because it is derived from one: density (1 - F(x)) / mean (renewal theory;
 * Kleinrock I, 5.2). Exponential spans have an exponential rest, constant ones a uniform one. */
#ifndef ENGINE_RESIDUAL_H
#define ENGINE_RESIDUAL_H

#include "engine/law.h"

/* A quantile table, linear between its nodes. */
struct residual {
    double node[LAW_CELLS + 1];
};

/* Tabulates the rest of a law whose values are >= 0 with a finite positive mean. The uppermost
 * 2^-15 of the law is cut, which shortens heavy tails. */
void residual_make(struct residual *residual, const struct law *law);

/* The variate that belongs to the uniform u in (0, 1). */
static inline double residual_quantile(const struct residual *residual, double u)
{
    double position = u * LAW_CELLS;
    int cell = (int)position;
    double low = residual->node[cell];
    return low + (position - cell) * (residual->node[cell + 1] - low);
}

#endif
