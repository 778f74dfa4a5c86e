/* Service in virtual time against the plain way: a list of what each job still needs, from which
 * everybody in service takes his part at every step. */
#include "../testkit.h"

#include "cpu/cpu.h"
#include "cpu/service.h"
#include "engine/check.h"
#include "engine/luck.h"

enum { JOBS = 60, STEPS = 4000 };

struct plain {
    const struct node_params *params;
    struct {
        double left_ns;
        struct cpu_job *job;
    } list[JOBS]; /* in order of arrival */
    uint32_t n;
};

static uint32_t plain_served(const struct plain *plain)
{
    uint32_t cores = (uint32_t)plain->params->cores;
    bool all = plain->params->discipline == CPU_ps || plain->n < cores;
    return all ? plain->n : cores;
}

static double plain_rate(const struct plain *plain)
{
    double cores = (double)plain->params->cores, served = plain_served(plain);
    return plain->params->speed * (served > cores ? cores / served : 1.0);
}

static void plain_work(struct plain *plain, int64_t ns)
{
    double done_ns = (double)ns * plain_rate(plain);
    for (uint32_t i = 0; i < plain_served(plain); i++)
        plain->list[i].left_ns -= done_ns;
}

static double plain_first_ns(const struct plain *plain)
{
    double least_ns = INFINITY;
    for (uint32_t i = 0; i < plain_served(plain); i++)
        least_ns = fmin(least_ns, plain->list[i].left_ns);
    return least_ns / plain_rate(plain);
}

static double plain_take(struct plain *plain, const struct cpu_job *job)
{
    uint32_t i = 0;
    while (i < plain->n && plain->list[i].job != job)
        i++;
    assert_true(i < plain->n);
    double left_ns = plain->list[i].left_ns;
    plain->n--;
    memmove(&plain->list[i], &plain->list[i + 1], (plain->n - i) * sizeof plain->list[0]);
    return left_ns;
}

/* Lets both work until the first job is done, or for a part of that. */
static void advance(struct service *service, struct plain *plain, double part)
{
    int64_t first_ns = service_first_ns(service);
    double plain_ns = plain_first_ns(plain);
    if (plain->n == 0) {
        assert_int_equal(first_ns, INT64_MAX);
        return;
    }
    assert_true((double)first_ns >= plain_ns - 1e-2 && (double)first_ns < plain_ns + 1.01);
    int64_t ns = part < 1.0 ? (int64_t)(part * (double)first_ns) : first_ns;
    service_work(service, ns);
    plain_work(plain, ns);
    struct cpu_job *job;
    bool done = false;
    while (service_take_done(service, &job)) {
        assert_near(plain_take(plain, job), 0.0, 1000.0 * 1.01); /* rounded up to 1 ns at speed */
        done = true;
    }
    assert_true(part < 1.0 || done);
}

static void virtual_time_is_time(void **state)
{
    (void)state;
    static struct cpu_job job[JOBS];
    static struct service service;
    for (uint64_t seed = 0; seed < 24; seed++) {
        struct node_params params = {.cores = 1 + (int64_t)seed % 4,
                                     .speed = seed % 3 ? 1.0 : 7.3,
                                     .discipline = seed % 2 ? CPU_ps : CPU_fifo};
        struct plain plain = {.params = &params};
        struct luck luck = {.seed = seed};
        bool present[JOBS] = {false};
        service_reset(&service, &params);
        for (uint32_t step = 0; step < STEPS; step++) {
            struct luck_pair bits = luck_bits_pair(&luck, 0, 0, step);
            uint32_t k = (uint32_t)(bits.first >> 40) % JOBS;
            unsigned action = bits.first % 8;
            if (action < 4 && !present[k]) {
                double work_ns = (double)(bits.second % 100000000);
                service_add(&service, work_ns, &job[k]);
                plain.list[plain.n].left_ns = work_ns;
                plain.list[plain.n++].job = &job[k];
            } else if (action == 4 && present[k]) {
                double left_ns = service_withdraw(&service, &job[k]);
                assert_near(left_ns, plain_take(&plain, &job[k]), 1e-2);
            } else if (action > 4) {
                advance(&service, &plain, luck_unit(bits.second) * 1.5);
            }
            assert_int_equal(service_jobs(&service), plain.n);
            memset(present, 0, sizeof present);
            for (uint32_t i = 0; i < plain.n; i++)
                present[plain.list[i].job - job] = true;
        }
    }
    service_fini(&service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_time_is_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
