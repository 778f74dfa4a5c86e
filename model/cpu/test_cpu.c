/* Processors against queueing theory. One core at load r, background bursts exponential with mean
 * b:
 *  - processor sharing: a lone job of work x takes x / (1 - r) on average (Kleinrock II, 4.4);
 *  - FIFO: it waits r b / (1 - r) on average, with probability r at all (Kleinrock I, 3.2), then
 * takes x. */
#include "../testkit.h"

#include "cpu/cpu.h"
#include "engine/check.h"

struct bed {
    struct sim sim;
    struct luck luck;
    struct cpu cpu;
    struct law_table *exponential, *lognormal;
    struct cpu_job job;
    int64_t done_ns;
};

static struct bed bed;

static void note_done(struct cpu_job *job)
{
    (void)job;
    bed.done_ns = bed.sim.now_ns;
}

static void setup_bed(const struct node_params *params, uint64_t trial, int64_t at_ns)
{
    if (bed.cpu.residual == NULL) {
        sim_init(&bed.sim);
        cpu_init(&bed.cpu);
    }
    bed.luck = (struct luck){.seed = 31, .trial = trial};
    sim_reset(&bed.sim, at_ns);
    bed.job = (struct cpu_job){0};
    cpu_reset(&bed.cpu, &bed.sim, &bed.luck, 7, params);
}

/* Bursts of the tests: exponential, mean 10 ms, unless a test says otherwise. */
static struct law bursts;

static int setup_tables(void **state)
{
    (void)state;
    bed.exponential = law_table_new(LAW_exponential, 0.0);
    bed.lognormal = law_table_new(LAW_lognormal, 1.0);
    bursts = (struct law){bed.exponential, 0.0, 10e6};
    return 0;
}

static int teardown_bed(void **state)
{
    (void)state;
    free(bed.exponential);
    free(bed.lognormal);
    cpu_fini(&bed.cpu);
    sim_fini(&bed.sim);
    return 0;
}

/* Time that a job of work_ns, submitted at at_ns, takes. */
static double sojourn_s(const struct node_params *params, uint64_t trial, int64_t at_ns,
                        int64_t work_ns)
{
    setup_bed(params, trial, at_ns);
    cpu_submit(&bed.cpu, &bed.job, work_ns, note_done);
    while (bed.job.running)
        assert_true(sim_step(&bed.sim, INT64_MAX));
    assert_int_equal(bed.sim.pending, 0); /* idle time costs nothing */
    return (double)(bed.done_ns - at_ns) * 1e-9;
}

static void an_idle_processor_takes_the_work_itself(void **state)
{
    (void)state;
    struct node_params p = {.cores = 1, .speed = 2.0, .burst = bursts};
    assert_near(sojourn_s(&p, 0, 5, 30 * NS_PER_MS), 0.015, 1e-12);
}

static void processor_sharing_stretches_by_the_load(void **state)
{
    (void)state;
    enum { N = TESTKIT_TRIALS(40000) };
    static const double loads[] = {0.3, 0.6, 0.8};
    for (size_t k = 0; k < COUNT_OF(loads); k++) {
        struct node_params p = {
            .cores = 1, .speed = 1.0, .load = loads[k], .burst = bursts, .discipline = CPU_ps};
        double sum = 0.0, squares = 0.0;
        for (uint64_t i = 0; i < N; i++) {
            double s = sojourn_s(&p, i, (int64_t)(i % 977) * NS_PER_MS, 20 * NS_PER_MS);
            sum += s;
            squares += s * s;
        }
        double mean = sum / N, sd = sqrt(squares / N - mean * mean);
        assert_near(mean, 0.02 / (1.0 - loads[k]), 5.0 * sd / sqrt(N));
    }
}

/* Mean and standard error of N sojourns. */
struct mean {
    double mean, error;
};
static struct mean mean_sojourn(const struct node_params *p, uint64_t n, int64_t work_ns)
{
    double sum = 0.0, squares = 0.0;
    for (uint64_t i = 0; i < n; i++) {
        double s = sojourn_s(p, i, (int64_t)(i % 977) * NS_PER_MS, work_ns);
        sum += s;
        squares += s * s;
    }
    double mean = sum / (double)n;
    return (struct mean){mean, sqrt((squares / (double)n - mean * mean) / (double)n)};
}

/* M/G/1 with processor sharing is insensitive: the mean stretch does not depend on the law of the
 * bursts (Kleinrock II, 4.4); with FIFO the wait does, by its second moment (Pollaczek-Khinchine).
 */
static void general_bursts(void **state)
{
    (void)state;
    enum { N = TESTKIT_TRIALS(60000) };
    const double load = 0.5, work_s = 0.02;
    const struct law laws[] = {law_constant(10e6), {bed.lognormal, 0.0, 6.0653066e6}};
    const double second_moment[] = {1e-4, 1e-4 * exp(1.0)}; /* of 10 ms mean, s^2 */
    for (size_t k = 0; k < COUNT_OF(laws); k++) {
        struct node_params p = {
            .cores = 1, .speed = 1.0, .load = load, .burst = laws[k], .discipline = CPU_ps};
        struct mean ps = mean_sojourn(&p, N, 20 * NS_PER_MS);
        assert_near(ps.mean, work_s / (1.0 - load), 5.0 * ps.error);
        p.discipline = CPU_fifo;
        struct mean fifo = mean_sojourn(&p, N, 20 * NS_PER_MS);
        double wait = load / 0.01 * second_moment[k] / (2.0 * (1.0 - load));
        assert_near(fifo.mean - work_s, wait, 5.0 * fifo.error + 0.005 * wait);
    }
}

/* Extra load since long ago is load like any other; extra load that has long ended leaves no trace.
 */
static void extra_load_is_load(void **state)
{
    (void)state;
    enum { N = TESTKIT_TRIALS(20000) };
    struct node_params p = {
        .cores = 1, .speed = 1.0, .load = 0.2, .burst = bursts, .discipline = CPU_ps};
    static const struct {
        int64_t from_s, to_s;
        double total;
    } cases[] = {{1, 100, 0.7}, {1, 4, 0.2}};
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        double sum = 0.0, squares = 0.0;
        for (uint64_t i = 0; i < N; i++) {
            setup_bed(&p, i, cases[k].from_s * NS_PER_S);
            cpu_set_extra_load(&bed.cpu, 0.5);
            if (cases[k].to_s < 10) {
                bed.sim.now_ns = cases[k].to_s * NS_PER_S;
                cpu_set_extra_load(&bed.cpu, 0.0);
            }
            int64_t at_ns = bed.sim.now_ns = 5 * NS_PER_S;
            cpu_submit(&bed.cpu, &bed.job, 20 * NS_PER_MS, note_done);
            while (bed.job.running)
                sim_step(&bed.sim, INT64_MAX);
            double s = (double)(bed.done_ns - at_ns) * 1e-9;
            sum += s;
            squares += s * s;
        }
        double mean = sum / N, error = sqrt((squares / N - mean * mean) / N);
        assert_near(mean, 0.02 / (1.0 - cases[k].total), 5.0 * error);
    }
}

static void rests_of_laws(void **state)
{
    (void)state;
    static struct residual r;
    residual_make(&r, &bursts);
    assert_near(residual_quantile(&r, 0.5), 10e6 * log(2.0), 10e3);
    assert_near(residual_quantile(&r, 0.99), 10e6 * log(100.0), 50e3);
    struct law constant = law_constant(7.0);
    residual_make(&r, &constant);
    for (int i = 1; i < 100; i++)
        assert_near(residual_quantile(&r, i / 100.0), 0.07 * i, 1e-6);
}

static void fifo_waits_as_pollaczek_and_khinchine_say(void **state)
{
    (void)state;
    enum { N = TESTKIT_TRIALS(40000) };
    struct node_params p = {
        .cores = 1, .speed = 1.0, .load = 0.7, .burst = bursts, .discipline = CPU_fifo};
    double sum = 0.0, squares = 0.0;
    unsigned waited = 0;
    for (uint64_t i = 0; i < N; i++) {
        double wait = sojourn_s(&p, i, 0, 20 * NS_PER_MS) - 0.02;
        waited += wait > 1e-9;
        sum += wait;
        squares += wait * wait;
    }
    double mean = sum / N, sd = sqrt(squares / N - mean * mean);
    assert_near(mean, 0.7 * 0.01 / 0.3, 5.0 * sd / sqrt(N));
    assert_share(waited, N, 0.7);
}

/* Several cores: an M/M/c arrival waits with Erlang's C probability. */
static void two_cores_wait_as_erlang_says(void **state)
{
    (void)state;
    enum { N = TESTKIT_TRIALS(40000) };
    struct node_params p = {
        .cores = 2, .speed = 1.0, .load = 0.6, .burst = bursts, .discipline = CPU_fifo};
    unsigned waited = 0;
    for (uint64_t i = 0; i < N; i++)
        waited += sojourn_s(&p, i, 0, 20 * NS_PER_MS) > 0.02 + 1e-9;
    double a = 1.2, erlang_c = a * a / 2.0 / (1.0 - 0.6);
    erlang_c /= 1.0 + a + erlang_c;
    assert_share(waited, N, erlang_c);
}

/* Two jobs at once on an otherwise idle core: each runs at half speed until the shorter one ends.
 */
static void two_jobs_share(void **state)
{
    (void)state;
    struct node_params p = {.cores = 1, .speed = 1.0, .burst = bursts, .discipline = CPU_ps};
    setup_bed(&p, 0, 0);
    struct cpu_job other = {0};
    cpu_submit(&bed.cpu, &bed.job, 30 * NS_PER_MS, note_done);
    cpu_submit(&bed.cpu, &other, 10 * NS_PER_MS, note_done);
    while (other.running)
        sim_step(&bed.sim, INT64_MAX);
    assert_int_equal(bed.done_ns, 20 * NS_PER_MS);
    while (bed.job.running)
        sim_step(&bed.sim, INT64_MAX);
    assert_int_equal(bed.done_ns, 40 * NS_PER_MS);
    assert_int_equal(bed.cpu.spent_ns, 40 * NS_PER_MS);
}

static void a_withdrawn_job_leaves_the_processor(void **state)
{
    (void)state;
    struct node_params p = {.cores = 1, .speed = 1.0, .burst = bursts, .discipline = CPU_ps};
    setup_bed(&p, 0, 0);
    struct cpu_job other = {0};
    cpu_submit(&bed.cpu, &bed.job, 30 * NS_PER_MS, note_done);
    cpu_submit(&bed.cpu, &other, 10 * NS_PER_MS, note_done);
    cpu_withdraw(&other);
    cpu_withdraw(&other); /* harmless */
    while (sim_step(&bed.sim, INT64_MAX)) {
    }
    assert_false(other.running);
    assert_int_equal(bed.done_ns, 30 * NS_PER_MS);
}

/* A second job soon after the first sees the background that the first one saw, and one much later
 * a fresh one with the same law: the mean stretch is the same. */
static void a_second_touch_is_as_good_as_the_first(void **state)
{
    (void)state;
    enum { N = TESTKIT_TRIALS(30000) };
    static const int64_t gaps_ms[] = {1, 50, 5000};
    struct node_params p = {
        .cores = 1, .speed = 1.0, .load = 0.6, .burst = bursts, .discipline = CPU_ps};
    for (size_t g = 0; g < COUNT_OF(gaps_ms); g++) {
        double sum = 0.0, squares = 0.0;
        for (uint64_t i = 0; i < N; i++) {
            /* The first touch is negligible work, so that it does not disturb what it looks at. */
            sojourn_s(&p, i, 0, 1);
            int64_t at_ns = bed.sim.now_ns + gaps_ms[g] * NS_PER_MS;
            sim_reset(&bed.sim, at_ns);
            timer_init(&bed.cpu.event, bed.cpu.event.fire, 0);
            cpu_submit(&bed.cpu, &bed.job, 20 * NS_PER_MS, note_done);
            while (bed.job.running)
                sim_step(&bed.sim, INT64_MAX);
            double s = (double)(bed.done_ns - at_ns) * 1e-9;
            sum += s;
            squares += s * s;
        }
        double mean = sum / N, sd = sqrt(squares / N - mean * mean);
        assert_near(mean, 0.05, 5.0 * sd / sqrt(N));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_processor_takes_the_work_itself),
        cmocka_unit_test(processor_sharing_stretches_by_the_load),
        cmocka_unit_test(fifo_waits_as_pollaczek_and_khinchine_say),
        cmocka_unit_test(general_bursts),
        cmocka_unit_test(extra_load_is_load),
        cmocka_unit_test(rests_of_laws),
        cmocka_unit_test(two_cores_wait_as_erlang_says),
        cmocka_unit_test(two_jobs_share),
        cmocka_unit_test(a_withdrawn_job_leaves_the_processor),
        cmocka_unit_test(a_second_touch_is_as_good_as_the_first),
    };
    return cmocka_run_group_tests(tests, setup_tables, teardown_bed);
}
