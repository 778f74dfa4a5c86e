/* The hold model (Jones, "An empirical comparison of priority-queue and event-set implementations",
 * CACM 29(4), 1986): with n timers pending, the first fires and arms itself again an exponential
 * time later. Included are the engine's step, the call of the callback, arming, and reading the
 * increment from an array; drawing it is not. */
#include <stdlib.h>

#include "engine/law.h"
#include "engine/luck.h"
#include "engine/sim.h"

#include "subjects.h"
#include "yardstick.h"

#define HOLD "queue: hold"
enum { HOLDS = 1 << 18, INCREMENTS = 1 << 12 };

struct hold {
    struct sim sim; /* of its timers; first, so that a callback finds the rest */
    uint32_t next, holds;
    int64_t increment_ns[INCREMENTS];
    struct timer timer[];
};

static void again(struct sim *sim, struct timer *timer)
{
    struct hold *hold = CONTAINER_OF(sim, struct hold, sim);
    timer_arm(sim, timer, sim->now_ns + hold->increment_ns[hold->next++ % INCREMENTS]);
}

static struct hold *hold_new(uint32_t n, uint32_t holds)
{
    struct hold *hold = malloc(sizeof *hold + n * sizeof hold->timer[0]);
    struct law_table *table = law_table_new(LAW_exponential, 0.0);
    CHECK(hold != NULL && table != NULL);
    const struct law increment = {table, 0.0, 1e9};
    const struct luck luck = {.seed = 1986};
    hold->next = 0;
    hold->holds = holds;
    sim_init(&hold->sim);
    for (uint32_t i = 0; i < INCREMENTS; i++)
        hold->increment_ns[i] = (int64_t)law_quantile(&increment, luck_uniform(&luck, 0, 0, i));
    for (uint32_t i = 0; i < n; i++) {
        double u = luck_uniform(&luck, 1, 0, i); /* the steady state: what is left is exponential */
        timer_init(&hold->timer[i], again, 0);
        timer_arm(&hold->sim, &hold->timer[i], (int64_t)law_quantile(&increment, u));
    }
    free(table);
    return hold;
}

static void hold_free(void *context)
{
    struct hold *hold = context;
    sim_fini(&hold->sim);
    free(hold);
}

static bool hold_run(void *context, struct round *round, struct error *error)
{
    struct hold *hold = context;
    (void)error;
    double start_ns = thread_ns();
    for (uint32_t i = 0; i < hold->holds; i++)
        sim_step(&hold->sim, INT64_MAX);
    round->ns = thread_ns() - start_ns;
    round->count[0] = hold->holds;
    return true;
}

void hold_measures(struct measures *measures)
{
    static const struct {
        uint32_t n;
        double target_y;
    } sizes[] = {{8, 2.5}, {64, 4.0}, {1024, 5.0}, {100000, 0.0}, {1000000, 14.0}};
    for (size_t i = 0; i < COUNT_OF(sizes) && measures_want(measures, HOLD); i++)
        measures_add(measures, &(struct measure){
                                   .name = HOLD,
                                   .n = sizes[i].n,
                                   .n_is = "pending",
                                   .unit = {"event"},
                                   .target_y = sizes[i].target_y,
                                   .run = hold_run,
                                   .free = hold_free,
                                   .context = hold_new(sizes[i].n, measures_times(measures, HOLDS)),
                               });
}
