/* Stalls against M/G/infinity. Stalls of constant length S begin at rate l; someone who looks in at
 * random
 *  - finds one going on with probability 1 - exp(-l E[S]), whatever the law of S;
 *  - then waits, for S constant, (exp(l S) - 1 - l S) / l on average, zeroes included: the last
 *    start before is Exp(l) ago, and from each start to the end of a chain takes (exp(l S) - 1) /
 * l. A processor that only runs between stalls works exp(-l E[S]) of the time. */
#include "../testkit.h"

#include "cpu/cpu.h"
#include "engine/check.h"

static struct stall made(const struct node_params *params, const struct luck *luck)
{
    struct stall stall;
    stall_reset(&stall, luck, 3, params);
    return stall;
}

static void a_random_visitor_waits_as_long_as_theory_says(void **state)
{
    (void)state;
    static const double rates[] = {0.01, 0.2, 1.5};
    const unsigned trials = TESTKIT_TRIALS(100000);
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        double l = rates[i], s = 0.8, sum = 0.0, squares = 0.0;
        struct node_params params = {.stall_rate_hz = l, .stall = law_constant(s * 1e9)};
        unsigned found = 0;
        for (uint64_t trial = 0; trial < trials; trial++) {
            struct luck luck = {.seed = 41, .trial = trial};
            struct stall stall = made(&params, &luck);
            double wait = (double)(stall_end_ns(&stall, 123456789) - 123456789) * 1e-9;
            found += wait > 0.0;
            sum += wait;
            squares += wait * wait;
        }
        double mean = sum / trials, error = sqrt((squares / trials - mean * mean) / trials);
        assert_share(found, trials, 1.0 - exp(-l * s));
        assert_near(mean, (exp(l * s) - 1.0 - l * s) / l, 5.0 * error);
    }
}

static void only_the_mean_length_counts_for_who_finds_one(void **state)
{
    (void)state;
    struct law_table *lognormal = law_table_new(LAW_lognormal, 1.0);
    struct node_params params = {.stall_rate_hz = 0.3, .stall = {lognormal, 0.0, 0.5e9}};
    double mean_s = law_mean(&params.stall) * 1e-9;
    const unsigned trials = TESTKIT_TRIALS(40000);
    unsigned found = 0;
    for (uint64_t trial = 0; trial < trials; trial++) {
        struct luck luck = {.seed = 42, .trial = trial};
        struct stall stall = made(&params, &luck);
        found += stall_end_ns(&stall, 0) > 0;
    }
    assert_share(found, trials, 1.0 - exp(-0.3 * mean_s));
    free(lognormal);
}

/* Whatever was asked before: the answers are those of a fresh one. */
static void the_answer_does_not_depend_on_who_asked_before(void **state)
{
    (void)state;
    struct node_params params = {.stall_rate_hz = 0.5, .stall = law_constant(1.7e9)};
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct luck luck = {.seed = 43, .trial = trial};
        struct stall asked = made(&params, &luck);
        for (uint32_t k = 0; k < 50; k++) {
            struct stall fresh = made(&params, &luck);
            int64_t at_ns = (int64_t)(60e9 * (luck_uniform(&luck, 0x777, 1, k) - 0.5));
            int64_t more_ns = (int64_t)(9e9 * luck_uniform(&luck, 0x777, 2, k));
            if (stall_end_ns(&asked, at_ns) != stall_end_ns(&fresh, at_ns))
                fail_msg("trial %u, question %u", (unsigned)trial, k);
            /* To run for a time and the time that one has run are each other's inverse. */
            int64_t after_ns = stall_after_ns(&asked, at_ns, more_ns);
            assert_int_equal(stall_run_ns(&asked, at_ns, after_ns), more_ns);
            assert_true(after_ns >= at_ns + more_ns);
        }
    }
}

static void a_long_while_runs_its_share(void **state)
{
    (void)state;
    struct node_params params = {.stall_rate_hz = 0.4, .stall = law_constant(1e9)};
    struct luck luck = {.seed = 44};
    struct stall stall = made(&params, &luck);
    const double while_s = 200000.0;
    double share = (double)stall_run_ns(&stall, 0, (int64_t)(while_s * 1e9)) / (while_s * 1e9);
    assert_near(share, exp(-0.4), 0.006); /* some 50,000 stretches */
}

static void none_costs_nothing(void **state)
{
    (void)state;
    struct node_params params = {.stall = law_constant(1e9)};
    struct luck luck = {.seed = 45};
    assert_false(made(&params, &luck).on);
}

struct bed {
    struct sim sim;
    struct cpu cpu;
    struct cpu_job job;
    int64_t done_ns;
};
static struct bed bed;

static void note_done(struct cpu_job *job)
{
    (void)job;
    bed.done_ns = bed.sim.now_ns;
}

/* A lone job on an idle processor: it takes its work and the stalls in between. A stall that is
 * found, or comes while it runs, freezes it. */
static void cryptography_is_frozen(void **state)
{
    (void)state;
    struct node_params params = {.cores = 1,
                                 .speed = 2.0,
                                 .burst = law_constant(1e6),
                                 .stall_rate_hz = 0.5,
                                 .stall = law_constant(0.6e9)};
    unsigned delayed = 0;
    const unsigned trials = TESTKIT_TRIALS(20000);
    sim_init(&bed.sim);
    cpu_init(&bed.cpu);
    for (uint64_t trial = 0; trial < trials; trial++) {
        struct luck luck = {.seed = 46, .trial = trial};
        struct stall stall = made(&params, &luck);
        sim_reset(&bed.sim, 5 * NS_PER_S);
        bed.job = (struct cpu_job){0};
        bed.done_ns = NEVER_NS;
        cpu_reset(&bed.cpu, &bed.sim, &luck, 3, &params);
        cpu_submit(&bed.cpu, &bed.job, 1000 * NS_PER_MS, note_done);
        while (bed.done_ns == NEVER_NS && sim_step(&bed.sim, INT64_MAX)) {
        }
        assert_int_equal(bed.done_ns, stall_after_ns(&stall, 5 * NS_PER_S, 500 * NS_PER_MS));
        delayed += bed.done_ns > 5 * NS_PER_S + 500 * NS_PER_MS;
    }
    /* Untouched: no stall begins from 0.6 s before until the end of its 0.5 s. */
    assert_share(delayed, trials, 1.0 - exp(-0.5 * 1.1));
    cpu_fini(&bed.cpu);
    sim_fini(&bed.sim);
}

/* Background work that piled up in a stall is still there after it: a job submitted right at the
 * end of a stall of S finds on average load * S more work than usual. */
static void work_piles_up_in_a_stall(void **state)
{
    (void)state;
    struct law_table *exponential = law_table_new(LAW_exponential, 0.0);
    struct node_params params = {.cores = 1,
                                 .speed = 1.0,
                                 .load = 0.5,
                                 .burst = {exponential, 0.0, 5e6},
                                 .discipline = CPU_fifo,
                                 .stall_rate_hz = 0.02,
                                 .stall = law_constant(2e9)};
    const unsigned trials = TESTKIT_TRIALS(4000);
    double sum = 0.0, squares = 0.0;
    unsigned n = 0;
    sim_init(&bed.sim);
    cpu_init(&bed.cpu);
    for (uint64_t trial = 0; trial < trials; trial++) {
        struct luck luck = {.seed = 47, .trial = trial};
        struct stall stall = made(&params, &luck);
        int64_t begin_ns = arrivals_next(&stall.starts, 1000 * NS_PER_S).at_ns;
        int64_t end_ns = stall_end_ns(&stall, begin_ns);
        if (end_ns != begin_ns + 2 * NS_PER_S ||
            stall_end_ns(&stall, begin_ns - 1) != begin_ns - 1 ||
            stall_run_ns(&stall, begin_ns - 20 * NS_PER_S, begin_ns) != 20 * NS_PER_S)
            continue; /* not alone */
        if (stall_run_ns(&stall, end_ns, end_ns + 4 * NS_PER_S) != 4 * NS_PER_S)
            continue;
        sim_reset(&bed.sim, end_ns);
        bed.job = (struct cpu_job){0};
        bed.done_ns = NEVER_NS;
        cpu_reset(&bed.cpu, &bed.sim, &luck, 3, &params);
        cpu_submit(&bed.cpu, &bed.job, NS_PER_US, note_done);
        while (bed.done_ns == NEVER_NS && sim_step(&bed.sim, INT64_MAX)) {
        }
        double wait = (double)(bed.done_ns - end_ns) * 1e-9;
        sum += wait;
        squares += wait * wait;
        n++;
    }
    double mean = sum / n, error = sqrt((squares / n - mean * mean) / n);
    /* Pollaczek-Khinchine before the stall, and half of its 2 s on top. */
    assert_true(n > trials / 4);
    assert_near(mean, 0.5 * 5e-3 / 0.5 + 1.0, 5.0 * error + 1e-5);
    cpu_fini(&bed.cpu);
    sim_fini(&bed.sim);
    free(exponential);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_visitor_waits_as_long_as_theory_says),
        cmocka_unit_test(only_the_mean_length_counts_for_who_finds_one),
        cmocka_unit_test(the_answer_does_not_depend_on_who_asked_before),
        cmocka_unit_test(a_long_while_runs_its_share),
        cmocka_unit_test(none_costs_nothing),
        cmocka_unit_test(cryptography_is_frozen),
        cmocka_unit_test(work_piles_up_in_a_stall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
