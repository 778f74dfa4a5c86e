/* M/M/1 built from the engine archive alone agrees with theory (Kleinrock, Queueing Systems
 * I, 3.2): with arrival rate r and service rate 1, the time in system has mean 1/(1-r) and is
 * exponential, an arrival finds k customers with probability (1-r) r^k, and Little's law L = r W
 * holds. */
#include "../testkit.h"

#include "engine/law.h"
#include "engine/luck.h"
#include "engine/sim.h"

enum { CUSTOMERS = 400000, SKIP = 20000, LINE = 4096 };

struct mm1 {
    struct sim sim;
    struct timer arrival, departure;
    struct luck luck;
    struct law between, service;
    int64_t arrived_ns[LINE]; /* ring: who waits or is served */
    uint32_t in, out;
    unsigned found_empty, found_one, measured;
    double sum_s, area_s, last_s;
    unsigned late; /* in system longer than twice the mean */
};

static int64_t ns(double s)
{
    return (int64_t)(s * 1e9);
}

static void serve(struct mm1 *q)
{
    double u = luck_uniform(&q->luck, 1, 0, q->out);
    timer_arm(&q->sim, &q->departure, q->sim.now_ns + ns(law_quantile(&q->service, u)));
}

static void account(struct mm1 *q)
{
    double now_s = (double)q->sim.now_ns * 1e-9;
    q->area_s += (q->in - q->out) * (now_s - q->last_s);
    q->last_s = now_s;
}

static void arrive(struct sim *sim, struct timer *timer)
{
    struct mm1 *q = CONTAINER_OF(timer, struct mm1, arrival);
    account(q);
    uint32_t line = q->in - q->out;
    if (q->in >= SKIP) {
        q->measured++;
        q->found_empty += line == 0;
        q->found_one += line == 1;
    }
    assert_true(line < LINE);
    q->arrived_ns[q->in++ % LINE] = sim->now_ns;
    if (line == 0)
        serve(q);
    if (q->in < CUSTOMERS)
        timer_arm(sim, timer,
                  sim->now_ns + ns(law_quantile(&q->between, luck_uniform(&q->luck, 0, 0, q->in))));
}

static void depart(struct sim *sim, struct timer *timer)
{
    struct mm1 *q = CONTAINER_OF(timer, struct mm1, departure);
    account(q);
    double s = (double)(sim->now_ns - q->arrived_ns[q->out % LINE]) * 1e-9;
    if (q->out++ >= SKIP) {
        q->sum_s += s;
        q->late += s > 4.0;
    }
    if (q->in != q->out)
        serve(q);
}

static void mm1_agrees_with_theory(void **state)
{
    (void)state;
    struct law_table *table = law_table_new(LAW_exponential, 0.0);
    static struct mm1 q;
    q.luck = (struct luck){.seed = 2026};
    q.between = (struct law){table, 0.0, 2.0};
    q.service = (struct law){table, 0.0, 1.0};
    sim_init(&q.sim);
    timer_init(&q.arrival, arrive, 1);
    timer_init(&q.departure, depart, 0);
    timer_arm(&q.sim, &q.arrival, 0);
    while (sim_step(&q.sim, INT64_MAX)) {
    }
    assert_int_equal(q.in, CUSTOMERS);
    assert_int_equal(q.out, CUSTOMERS);
    assert_int_equal(q.sim.fired, 2 * CUSTOMERS);
    /* r = 1/2. Customers are correlated; the tolerances are 5 standard errors of the M/M/1 sojourn
     * mean (Whitt 1989: asymptotic variance of the mean about 20 / n here). */
    double n = CUSTOMERS - SKIP, tolerance = 5.0 * sqrt(20.0 / n);
    assert_near(q.sum_s / n, 2.0, tolerance);
    assert_near(q.found_empty / n, 0.5, 0.01);
    assert_near(q.found_one / n, 0.25, 0.008);
    assert_near(q.late / n, exp(-2.0), 0.008);
    double mean_line = q.area_s / q.last_s, rate = CUSTOMERS / q.last_s;
    assert_near(mean_line, rate * q.sum_s / n, 0.02);
    sim_fini(&q.sim);
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mm1_agrees_with_theory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
