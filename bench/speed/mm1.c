/* M/M/1, the smallest whole model: one customer arrives and leaves in two events, and draws two
 * exponential variates. That it agrees with theory is tested in model/engine/test_mm1.c. */
#include <stdlib.h>

#include "engine/law.h"
#include "engine/luck.h"
#include "engine/sim.h"

#include "subjects.h"
#include "yardstick.h"

enum { CUSTOMERS = 1000000, LINE = 4096, DRAW_BETWEEN = 0, DRAW_SERVICE = 1 };

struct mm1 {
    struct sim sim;
    struct timer arrival, departure;
    struct luck luck;
    struct law_table *exponential;
    struct law between_ns, service_ns;
    uint32_t customers, in, out;
    int64_t arrived_ns[LINE]; /* ring: who waits or is served */
    int64_t sojourn_ns;       /* summed over all customers */
};

static int64_t draw_ns(const struct mm1 *q, const struct law *law, uint16_t purpose, uint32_t index)
{
    return (int64_t)law_quantile(law, luck_uniform(&q->luck, purpose, 0, index));
}

static void serve(struct mm1 *q)
{
    int64_t service_ns = draw_ns(q, &q->service_ns, DRAW_SERVICE, q->out);
    timer_arm(&q->sim, &q->departure, q->sim.now_ns + service_ns);
}

static void arrive(struct sim *sim, struct timer *timer)
{
    struct mm1 *q = CONTAINER_OF(timer, struct mm1, arrival);
    CHECK(q->in - q->out < LINE);
    q->arrived_ns[q->in++ % LINE] = sim->now_ns;
    if (q->in - q->out == 1)
        serve(q);
    if (q->in < q->customers)
        timer_arm(sim, timer, sim->now_ns + draw_ns(q, &q->between_ns, DRAW_BETWEEN, q->in));
}

static void depart(struct sim *sim, struct timer *timer)
{
    struct mm1 *q = CONTAINER_OF(timer, struct mm1, departure);
    q->sojourn_ns += sim->now_ns - q->arrived_ns[q->out++ % LINE];
    if (q->in != q->out)
        serve(q);
}

static bool mm1_run(void *context, struct round *round, struct error *error)
{
    struct mm1 *q = context;
    (void)error;
    double start_ns = thread_ns();
    sim_reset(&q->sim, 0);
    q->in = q->out = 0;
    q->sojourn_ns = 0;
    timer_arm(&q->sim, &q->arrival, 0);
    while (sim_step(&q->sim, INT64_MAX)) {
    }
    round->ns = thread_ns() - start_ns;
    round->count[0] = (double)q->sim.fired;
    round->count[1] = q->customers;
    q->luck.trial++;
    return true;
}

static void mm1_free(void *context)
{
    struct mm1 *q = context;
    sim_fini(&q->sim);
    free(q->exponential);
    free(q);
}

void mm1_measures(struct measures *measures)
{
    struct mm1 *q = calloc(1, sizeof *q);
    CHECK(q != NULL);
    q->luck = (struct luck){.seed = 2026};
    q->exponential = law_table_new(LAW_exponential, 0.0);
    q->between_ns = (struct law){q->exponential, 0.0, 2e9};
    q->service_ns = (struct law){q->exponential, 0.0, 1e9};
    q->customers = measures_times(measures, CUSTOMERS);
    sim_init(&q->sim);
    timer_init(&q->arrival, arrive, 1);
    timer_init(&q->departure, depart, 0);
    measures_add(measures, &(struct measure){.name = "M/M/1",
                                             .n = q->customers,
                                             .unit = {"event", "customer"},
                                             .run = mm1_run,
                                             .free = mm1_free,
                                             .context = q});
}
