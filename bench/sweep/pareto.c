#include "pareto.h"

#include <math.h>
#include <stdlib.h>

#include "engine/check.h"

#include "design.h"

static bool known(const struct pareto_arm *arm)
{
    return arm->alarms.high >= 0.0 && arm->p99.value != QUANTILE_ABOVE;
}

bool pareto_front(const struct pareto_arm *arm, size_t arms, size_t own)
{
    const struct pareto_arm *a = &arm[own];
    if (!known(a))
        return false;
    for (size_t i = 0; i < arms; i++) {
        const struct pareto_arm *b = &arm[i];
        bool not_worse = b->alarms.value <= a->alarms.value && b->p99.value <= a->p99.value;
        bool better = b->alarms.value < a->alarms.value || b->p99.value < a->p99.value;
        if (known(b) && not_worse && better)
            return false;
    }
    return true;
}

static void put_seconds(struct csv_buffer *buffer, int64_t ns)
{
    if (ns == QUANTILE_ABOVE || ns == QUANTILE_BELOW)
        csv_put_text(buffer, "");
    else
        csv_put_double(buffer, (double)ns / 1e9);
}

static void put_rate(struct csv_buffer *buffer, double rate)
{
    if (isfinite(rate))
        csv_put_double(buffer, rate);
    else
        csv_put_text(buffer, "");
}

static void put_row(const struct arm_list *names, const struct pareto_arm *arm, size_t own,
                    struct csv_buffer *buffer)
{
    char name[4 * ARM_NAME_MAX];
    const struct pareto_arm *a = &arm[own];
    design_encode(name, sizeof name, names->arm[own].name);
    csv_put_text(buffer, name);
    csv_put_int64(buffer, (int64_t)own);
    put_rate(buffer, a->alarms.value);
    put_rate(buffer, a->alarms.low);
    put_rate(buffer, a->alarms.high);
    put_seconds(buffer, a->p99.value);
    put_seconds(buffer, a->p99.low);
    put_seconds(buffer, a->p99.high);
    csv_put_int64(buffer, pareto_front(arm, names->n, own));
    csv_end_row(buffer);
}

static int by_alarms(const void *x, const void *y, void *context)
{
    size_t i = *(const size_t *)x, k = *(const size_t *)y;
    const struct pareto_arm *arm = context, *a = &arm[i], *b = &arm[k];
    if (a->alarms.value != b->alarms.value)
        return a->alarms.value < b->alarms.value ? -1 : 1;
    return a->p99.value != b->p99.value ? (a->p99.value < b->p99.value ? -1 : 1)
                                        : (i > k) - (i < k);
}

bool pareto_table(const struct arm_list *names, const struct pareto_arm *arm, bool front,
                  struct csv_buffer *buffer)
{
    static const char *const head[] = {"name", "arm",     "alarms",   "alarms_low", "alarms_high",
                                       "p99",  "p99_low", "p99_high", "front"};
    size_t there = 0, *order = calloc(names->n + 1, sizeof *order);
    CHECK(order != NULL);
    for (size_t i = 0; i < names->n; i++)
        if (known(&arm[i]))
            order[there++] = i;
    qsort_r(order, there, sizeof *order, by_alarms, (void *)(uintptr_t)arm);
    for (size_t i = 0; there >= 2 && i < COUNT_OF(head); i++)
        csv_put_text(buffer, head[i]);
    if (there >= 2)
        csv_end_row(buffer);
    for (size_t i = 0; there >= 2 && i < there; i++)
        if (!front || pareto_front(arm, names->n, order[i]))
            put_row(names, arm, order[i], buffer);
    free(order);
    return there >= 2;
}
