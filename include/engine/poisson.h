/* Numbers of events of a Poisson process in a span of any length.
 * Separate from laws because its quantiles are whole numbers and its one parameter is a span, which
 * no table can be normalized for. Poisson variates add: a mean is put together of powers of two,
 * each with a table of its own, and a rest below 1. Only additions, multiplications and divisions,
 * so that every machine counts alike. */
#ifndef ENGINE_POISSON_H
#define ENGINE_POISSON_H

#include <stdint.h>

enum {
    POISSON_LEVELS = 11,                      /* tables of means 1, 2, 4, ... */
    POISSON_MEAN = 1 << (POISSON_LEVELS - 1), /* of the largest table */
    POISSON_VALUES = 2560,                    /* of all tables */
    POISSON_GUIDES = 64
};

/* Values whose probability is below 2^-60 of the likeliest one's are cut. */
struct poisson_table {
    uint32_t lowest, count, first;  /* values lowest + i, from below[first] on */
    uint16_t guide[POISSON_GUIDES]; /* where to begin to search for k / 64 */
};

struct poisson {
    struct poisson_table level[POISSON_LEVELS];
    double below[POISSON_VALUES]; /* probability of a value or less */
};

void poisson_make(struct poisson *poisson);

/* How many uniforms a draw of this mean takes, at most. */
static inline uint32_t poisson_uniforms(double mean)
{
    return (uint32_t)(mean / POISSON_MEAN) + POISSON_LEVELS;
}

/* The variate that belongs to the uniforms in (0, 1) from *u on, which is moved past those that
 * were used. mean >= 0. */
uint64_t poisson_draw(const struct poisson *poisson, double mean, const double **u);

#endif
