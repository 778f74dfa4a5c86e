#include "yardstick.h"

#include <stdlib.h>
#include <time.h>

#include "engine/check.h"

#include "subjects.h"

enum { DRAWS = 1 << 17 };

static double clock_ns(clockid_t clock)
{
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double thread_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

double process_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double wall_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

void yardstick_init(struct yardstick *yardstick)
{
    yardstick->rng = gsl_rng_alloc(gsl_rng_mt19937);
    CHECK(yardstick->rng != NULL);
}

void yardstick_fini(struct yardstick *yardstick)
{
    gsl_rng_free(yardstick->rng);
}

double yardstick_ns(struct yardstick *yardstick)
{
    double sum = 0.0, start_ns = thread_ns();
    for (int i = 0; i < DRAWS; i++)
        sum += gsl_rng_uniform(yardstick->rng);
    double spent_ns = thread_ns() - start_ns;
    yardstick->sink = sum;
    return spent_ns / DRAWS;
}

/* ---- itself as a measurement ---- */

static bool yardstick_run(void *context, struct round *round, struct error *error)
{
    (void)error;
    round->ns = yardstick_ns(context);
    round->count[0] = 1.0;
    return true;
}

static void yardstick_free(void *context)
{
    yardstick_fini(context);
    free(context);
}

void yardstick_measures(struct measures *measures)
{
    struct yardstick *yardstick = malloc(sizeof *yardstick);
    CHECK(yardstick != NULL);
    yardstick_init(yardstick);
    measures_add(measures, &(struct measure){.name = "yardstick: GSL's mt19937",
                                             .n = DRAWS,
                                             .unit = {"draw"},
                                             .run = yardstick_run,
                                             .free = yardstick_free,
                                             .context = yardstick});
}
