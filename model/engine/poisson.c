#include "engine/poisson.h"

#include <math.h>

#include "engine/check.h"

static const double NEGLIGIBLE = 0x1p-60; /* beside the likeliest value */

/* Lays out the values of a table, from the mean, which is the likeliest, to both sides. */
static void find_range(struct poisson_table *table, uint32_t mean)
{
    uint32_t lowest = mean, highest = mean;
    for (double weight = 1.0; lowest > 0 && weight > NEGLIGIBLE; lowest--)
        weight *= (double)lowest / mean;
    for (double weight = 1.0; weight > NEGLIGIBLE; highest++)
        weight *= (double)mean / (highest + 1);
    table->lowest = lowest;
    table->count = highest - lowest + 1;
}

static void fill(const struct poisson_table *table, uint32_t mean, double *below)
{
    uint32_t middle = mean - table->lowest;
    double total = 0.0, sum = 0.0;
    below[middle] = 1.0;
    for (uint32_t i = middle; i > 0; i--)
        below[i - 1] = below[i] * (table->lowest + i) / mean;
    for (uint32_t i = middle; i + 1 < table->count; i++)
        below[i + 1] = below[i] * mean / (table->lowest + i + 1);
    for (uint32_t i = 0; i < table->count; i++)
        total += below[i];
    for (uint32_t i = 0; i < table->count; i++) {
        sum += below[i];
        below[i] = sum / total;
    }
    below[table->count - 1] = 1.0; /* ends every search */
}

static void fill_guide(struct poisson_table *table, const double *below)
{
    uint32_t i = 0;
    for (uint32_t k = 0; k < POISSON_GUIDES; k++) {
        while (below[i] <= (double)k / POISSON_GUIDES)
            i++;
        table->guide[k] = (uint16_t)i;
    }
}

void poisson_make(struct poisson *poisson)
{
    uint32_t first = 0;
    for (uint32_t level = 0; level < POISSON_LEVELS; level++) {
        struct poisson_table *table = &poisson->level[level];
        uint32_t mean = UINT32_C(1) << level;
        find_range(table, mean);
        table->first = first;
        first += table->count;
        CHECK(first <= POISSON_VALUES);
        fill(table, mean, poisson->below + table->first);
        fill_guide(table, poisson->below + table->first);
    }
}

static uint32_t table_draw(const struct poisson *poisson, int level, double u)
{
    const struct poisson_table *table = &poisson->level[level];
    const double *below = poisson->below + table->first;
    uint32_t i = table->guide[(uint32_t)(u * POISSON_GUIDES)];
    while (u >= below[i])
        i++;
    return table->lowest + i;
}

/* By inversion: terms mean^k / k! against u times their sum. */
static uint32_t small_draw(double mean, double u)
{
    double sum = 1.0, term = 1.0;
    for (uint32_t k = 1; term > NEGLIGIBLE; k++) {
        term *= mean / k;
        sum += term;
    }
    double left = u * sum;
    uint32_t value = 0;
    for (term = 1.0; left >= term && term > NEGLIGIBLE; term *= mean / value) {
        left -= term;
        value++;
    }
    return value;
}

uint64_t poisson_draw(const struct poisson *poisson, double mean, const double **u)
{
    uint64_t value = 0;
    CHECK(mean >= 0.0 && mean < 1e12);
    for (; mean >= 2.0 * POISSON_MEAN; mean -= POISSON_MEAN)
        value += table_draw(poisson, POISSON_LEVELS - 1, *(*u)++);
    for (int level = POISSON_LEVELS - 1; level >= 0; level--)
        if (mean >= (double)(1 << level)) {
            value += table_draw(poisson, level, *(*u)++);
            mean -= (double)(1 << level);
        }
    return value + small_draw(mean, *(*u)++);
}
