#include "measure.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "yardstick.h"

enum { ROUNDS = 7, QUICK_ROUNDS = 3, QUICK_SHARE = 30 };

/* Nanoseconds per unit and per unit in yardsticks, of every round. */
struct outcome {
    double ns[MEASURE_UNITS][ROUNDS_MAX], y[MEASURE_UNITS][ROUNDS_MAX];
};

bool measures_want(const struct measures *measures, const char *name)
{
    return measures->only == NULL || strstr(name, measures->only) != NULL;
}

void measures_add(struct measures *measures, const struct measure *measure)
{
    CHECK(measures->n < MEASURES_MAX);
    if (measures_want(measures, measure->name))
        measures->item[measures->n++] = *measure;
    else if (measure->free != NULL)
        measure->free(measure->context);
}

void measures_fini(struct measures *measures)
{
    for (size_t i = 0; i < measures->n; i++)
        if (measures->item[i].free != NULL)
            measures->item[i].free(measures->item[i].context);
    measures->n = 0;
}

uint32_t measures_times(const struct measures *measures, uint32_t times)
{
    uint32_t fewer = times / QUICK_SHARE;
    return !measures->quick ? times : fewer > 0 ? fewer : 1;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *value, size_t n)
{
    qsort(value, n, sizeof *value, ascending);
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2.0;
}

static bool run_round(struct measure *m, struct yardstick *yardstick, struct outcome *outcome,
                      size_t number, struct error *error)
{
    struct round round = {.count = {0}};
    double before_ns = yardstick_ns(yardstick);
    if (!m->run(m->context, &round, error))
        return false;
    m->peak_mb = round.peak_mb > m->peak_mb ? round.peak_mb : m->peak_mb;
    double y_ns = (before_ns + yardstick_ns(yardstick)) / 2.0;
    for (int u = 0; u < MEASURE_UNITS && m->unit[u] != NULL; u++) {
        outcome->ns[u][number] = round.ns / round.count[u];
        outcome->y[u][number] = round.ns / round.count[u] / y_ns;
    }
    return true;
}

static void take_medians(struct measure *m, struct outcome *outcome, size_t rounds)
{
    for (int u = 0; u < MEASURE_UNITS && m->unit[u] != NULL; u++) {
        m->ns[u] = median(outcome->ns[u], rounds);
        m->y[u] = median(outcome->y[u], rounds);
    }
}

static void take_target(const struct measures *measures, struct measure *m)
{
    for (size_t i = 0; i < measures->n && m->beside != NULL; i++)
        if (strcmp(measures->item[i].name, m->beside) == 0)
            m->target_y = m->beside_times * measures->item[i].y[0];
}

void measures_take_targets(struct measures *measures)
{
    for (size_t i = 0; i < measures->n; i++)
        take_target(measures, &measures->item[i]);
}

/* What the first pass leaves in `outcome` is overwritten: it only warms up. */
static bool run_rounds(struct measures *measures, struct outcome *outcome, size_t rounds,
                       struct yardstick *yardstick, struct error *error)
{
    for (size_t i = 0; i < measures->n; i++)
        if (!run_round(&measures->item[i], yardstick, &outcome[i], 0, error))
            return false;
    for (size_t number = 0; number < rounds; number++)
        for (size_t i = 0; i < measures->n; i++)
            if (!run_round(&measures->item[i], yardstick, &outcome[i], number, error))
                return false;
    for (size_t i = 0; i < measures->n; i++)
        take_medians(&measures->item[i], &outcome[i], rounds);
    measures_take_targets(measures);
    return true;
}

bool measures_run(struct measures *measures, struct error *error)
{
    struct yardstick yardstick;
    struct outcome *outcome = calloc(measures->n + 1, sizeof *outcome);
    CHECK(outcome != NULL);
    yardstick_init(&yardstick);
    bool good =
        run_rounds(measures, outcome, measures->quick ? QUICK_ROUNDS : ROUNDS, &yardstick, error);
    yardstick_fini(&yardstick);
    free(outcome);
    return good;
}
