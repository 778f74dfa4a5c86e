/* Spans in one step: against all orders of a few events, against the transient solution of M/M/1
 * (Kleinrock, Queueing Systems I, 2.12), and against the same processor played burst by burst. */
#include "../testkit.h"

#include <gsl/gsl_randist.h>

#include "cpu/cpu.h"
#include "engine/check.h"
#include "gap.h"

/* Tries all orders of `up` rises and `down` falls; count[n]: how many end at n jobs. */
static unsigned try_orders(unsigned jobs, unsigned up, unsigned down, unsigned *count)
{
    if (up == 0 && down == 0) {
        count[jobs]++;
        return 1;
    }
    unsigned orders = up > 0 ? try_orders(jobs + 1, up - 1, down, count) : 0;
    return orders + (down > 0 ? try_orders(jobs > 0 ? jobs - 1 : 0, up, down - 1, count) : 0);
}

static void all_orders_are_equally_likely(void **state)
{
    (void)state;
    enum { GRID = 100000 };
    for (unsigned before = 0; before < 5; before++)
        for (unsigned up = 0; up < 7; up++)
            for (unsigned down = 0; down < 7; down++) {
                unsigned count[16] = {0}, got[16] = {0};
                unsigned orders = try_orders(before, up, down, count);
                for (int i = 0; i < GRID; i++)
                    got[gap_jobs(before, up, down, (i + 0.5) / GRID)]++;
                for (int n = 0; n < 16; n++)
                    assert_near((double)got[n] / GRID, (double)count[n] / orders, 2.0 / GRID);
            }
}

struct bed {
    struct sim sim;
    struct luck luck;
    struct cpu cpu;
    struct cpu_job job;
    int64_t done_ns;
};
static struct bed bed;
static struct law_table *exponential, *weibull;

static int setup(void **state)
{
    (void)state;
    exponential = law_table_new(LAW_exponential, 0.0);
    weibull = law_table_new(LAW_weibull, 1.0); /* the same law, but played */
    sim_init(&bed.sim);
    cpu_init(&bed.cpu);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cpu_fini(&bed.cpu);
    sim_fini(&bed.sim);
    free(exponential);
    free(weibull);
    return 0;
}

static void note_done(struct cpu_job *job)
{
    (void)job;
    bed.done_ns = bed.sim.now_ns;
}

/* A processor without load starts services now. */
static void start_services(const struct node_params *params, uint64_t trial, double share)
{
    bed.luck = (struct luck){.seed = 51, .trial = trial};
    sim_reset(&bed.sim, 0);
    bed.job = (struct cpu_job){0};
    cpu_reset(&bed.cpu, &bed.sim, &bed.luck, 7, params);
    cpu_submit(&bed.cpu, &bed.job, 1, note_done); /* it has been looked at, and is empty */
    while (bed.job.running)
        sim_step(&bed.sim, INT64_MAX);
    cpu_set_extra_load(&bed.cpu, share);
}

/* Background jobs found at_ns. */
static uint32_t jobs_found(int64_t at_ns)
{
    bed.sim.now_ns = at_ns;
    cpu_submit(&bed.cpu, &bed.job, 1, note_done);
    return service_jobs(&bed.cpu.service) - 1;
}

/* P(n jobs after time t | none before), t in mean bursts, by uniformization. */
enum { STATES = 400 };
static void transient(double load, double t, double *p)
{
    double rate = 1.0 + load, *q = calloc(STATES, sizeof *q), *r = calloc(STATES, sizeof *r);
    memset(p, 0, STATES * sizeof *p);
    q[0] = 1.0;
    for (unsigned k = 0; k < 3000; k++) {
        double weight = gsl_ran_poisson_pdf(k, rate * t);
        for (int n = 0; n < STATES; n++)
            p[n] += weight * q[n];
        for (int n = 0; n < STATES; n++)
            r[n] =
                (n > 0 ? load * q[n - 1] : q[0]) / rate + (n + 1 < STATES ? q[n + 1] / rate : 0.0);
        memcpy(q, r, STATES * sizeof *q);
    }
    free(q);
    free(r);
}

/* In one step, in many, and below and above capacity. */
static void jobs_found_follow_the_transient_law(void **state)
{
    (void)state;
    const unsigned trials = TESTKIT_TRIALS(10000);
    static const struct {
        double share, t;
    } cases[] = {{0.5, 20.0}, {0.8, 60.0}, {1.0, 300.0}, {1.2, 300.0}, {0.7, 1500.0}};
    struct node_params params = {.cores = 1, .speed = 2.0, .burst = {exponential, 0.0, 10e6}};
    static double p[STATES];
    static unsigned count[STATES];
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        for (unsigned trial = 0; trial < trials; trial++) {
            start_services(&params, trial, cases[k].share);
            uint32_t n = jobs_found((int64_t)(cases[k].t * 5e6));
            assert_true(n < STATES && bed.cpu.played < 10); /* steps, not bursts */
            count[n]++;
        }
        transient(cases[k].share, cases[k].t, p);
        unsigned below = 0;
        double sum = 0.0;
        for (int n = 0; n < STATES; n++) {
            below += count[n];
            sum += p[n];
            assert_share(below, trials, fmin(sum, 1.0)); /* exact: the ends are no bell */
            count[n] = 0;
        }
    }
}

/* Distance of two samples (both are sorted here). */
static double ks_distance(double *a, double *b, size_t n)
{
    double distance = 0.0;
    qsort(a, n, sizeof *a, testkit_order);
    qsort(b, n, sizeof *b, testkit_order);
    for (size_t i = 0, j = 0; i < n && j < n;) {
        if (a[i] <= b[j])
            i++;
        else
            j++;
        distance = fmax(distance, fabs((double)i - (double)j) / (double)n);
    }
    return distance;
}

/* Three submissions with spans between them, while services start and end: how long the last one
 * takes. */
static double last_sojourn_s(const struct node_params *params, uint64_t trial)
{
    static const int64_t at_ms[] = {300, 1500, 4100};
    start_services(params, trial, 0.0);
    for (int i = 0; i < 3; i++) {
        bed.sim.now_ns = at_ms[i] * NS_PER_MS - 250 * NS_PER_MS;
        cpu_set_extra_load(&bed.cpu, i == 1 ? 0.9 : 0.3);
        bed.sim.now_ns = at_ms[i] * NS_PER_MS;
        cpu_submit(&bed.cpu, &bed.job, 15 * NS_PER_MS, note_done);
        while (bed.job.running)
            sim_step(&bed.sim, INT64_MAX);
    }
    return (double)(bed.done_ns - at_ms[2] * NS_PER_MS) * 1e-9;
}

static void steps_and_playing_are_one_law(void **state)
{
    (void)state;
    enum { N = TESTKIT_TRIALS(10000) };
    static double leapt[N], played[N];
    for (int discipline = CPU_ps; discipline <= CPU_fifo; discipline++) {
        struct node_params p = {.cores = 1,
                                .speed = 1.0,
                                .load = 0.5,
                                .burst = {exponential, 0.0, 10e6},
                                .discipline = discipline};
        struct node_params q = p;
        q.burst.table = weibull;
        uint64_t steps = 0, plays = 0;
        for (uint64_t trial = 0; trial < N; trial++) {
            leapt[trial] = last_sojourn_s(&p, trial);
            steps += bed.cpu.played;
        }
        for (uint64_t trial = 0; trial < N; trial++) {
            played[trial] = last_sojourn_s(&q, trial + N);
            plays += bed.cpu.played;
        }
        assert_true(steps < 20 * N && plays > 100 * N); /* they are two ways */
        double distance = ks_distance(leapt, played, N);
        if (distance > sqrt(log(2.0 / 1e-5) / N))
            fail_msg("discipline %d: KS distance %g", discipline, distance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_orders_are_equally_likely),
        cmocka_unit_test(jobs_found_follow_the_transient_law),
        cmocka_unit_test(steps_and_playing_are_one_law),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
