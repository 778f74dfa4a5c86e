/* Floors and ceilings beside simulated trials: no part of any trial is outside, and where nothing
 * is left to chance the formulas give the trial's very nanoseconds. The working folder is the top
 * of the project. */
#include "../scenario/testsite.h"

#include <glob.h>
#include <math.h>

#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "world/world.h"

#include "course.h"

#define S 1e9

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || defined IKEBENCH_COVERAGE
#define TRIALS 6
#else
#define TRIALS 25
#endif

static const struct {
    const char *name;
    size_t column; /* offset in struct row */
} parts[] = {
#define X(name, column, title) {#name, offsetof(struct row, column)},
    BOUNDS_PARTS(X)
#undef X
};

static int64_t simulated_ns(const struct row *row, int part)
{
    return *(const int64_t *)((const char *)row + parts[part].column);
}

static void simulate(struct world *world, const struct plan *plan, uint64_t seed, uint64_t trial,
                     struct params *params, struct row *row)
{
    struct luck luck = {.seed = seed, .trial = trial};
    double drawn[32];
    plan_trial(plan, &luck, params, drawn);
    world_run(world, params, &luck, row);
}

/* What a row says lies inside; phases only of trials that recovered. */
static void assert_inside(const struct bounds *bounds, const struct row *row, const char *path,
                          uint64_t seed, const char *whose)
{
    for (int i = 0; i < BOUNDS_COUNT; i++) {
        const struct bound *b = &bounds->part[i];
        int64_t ns = simulated_ns(row, i);
        if (ns == NEVER_NS)
            continue;
        if ((double)ns < b->floor_ns || (double)ns > b->ceiling_ns)
            fail_msg("%s, seed %lu, trial %ld: %s is %ld ns, outside [%.0f, %.0f] of %s", path,
                     (unsigned long)seed, (long)row->trial, parts[i].name, (long)ns, b->floor_ns,
                     b->ceiling_ns, whose);
    }
}

static struct params low, high, mid;

/* Of a trial in which a resource did not start in time nothing is said, unless it is on a node that
 * hangs. */
static unsigned failed_starts;

static void count_failed_start(void *context, const struct moment *moment)
{
    (void)context;
    (void)moment;
    failed_starts++;
}

static struct world *new_world(void)
{
    struct world *world = world_new();
    sim_listen(world_sim(world), MOMENT_BIT(resource_fails), count_failed_start, NULL);
    return world;
}

static void check_plan(struct world *world, const struct plan *plan, const char *path,
                       uint64_t trials)
{
    struct bounds all, own;
    plan_lowest(plan, &low);
    plan_highest(plan, &high);
    plan_median(plan, &mid);
    bounds_of(&all, &(struct bounds_view){&low, &high, &mid});
    for (uint64_t trial = 0; trial < trials; trial++) {
        uint64_t seed = 100 + trial % 7;
        struct params params;
        struct row row;
        failed_starts = 0;
        simulate(world, plan, seed, trial, &params, &row);
        bool polled = params.failure.kind == FAILURE_hang && params.failure.heartbeats;
        if (failed_starts > 0 && !polled)
            continue;
        if (!course_may_keep(&params) && row.ipsec_ns != NEVER_NS && row.ipsec_ns < row.vip_up_ns)
            fail_msg(
                "%s, seed %lu, trial %lu: IPsec is usable at %ld ns, before a node answers, %ld",
                path, (unsigned long)seed, (unsigned long)trial, (long)row.ipsec_ns,
                (long)row.vip_up_ns);
        bounds_of(&own, &(struct bounds_view){&params, &params, &params});
        assert_inside(&own, &row, path, seed, "the trial's own values");
        assert_inside(&all, &row, path, seed, "the scenario");
    }
}

/* Every scenario of the suites, each trial against the bounds of its own values and of the
 * scenario. */
static void every_trial_is_inside(void **state)
{
    (void)state;
    static const char *const suites[] = {"bench/scenarios/*/*.yaml", "bench/trace/golden/*.yaml"};
    struct world *world = new_world();
    unsigned checked = 0;
    for (size_t k = 0; k < COUNT_OF(suites); k++) {
        glob_t files;
        assert_int_equal(glob(suites[k], 0, NULL, &files), 0);
        for (size_t i = 0; i < files.gl_pathc; i++) {
            struct plan *plan;
            struct error error;
            if (!plan_load(&plan, files.gl_pathv[i], NULL, 0, &error))
                continue; /* part of a scenario, or a sweep */
            check_plan(world, plan, files.gl_pathv[i], TRIALS);
            plan_free(plan);
            checked++;
        }
        globfree(&files);
    }
    assert_true(checked > 30);
    world_free(world);
}

/* Settings that bend every formula, laid over every kind of failure of the golden traces' site. */
static void odd_settings_stay_inside(void **state)
{
    (void)state;
    static const char *const odd[][6] = {
        {"link.up.loss=20%", "link.down.loss=20%"},
        {"link.up.jitter=4ms", "link.down.jitter=4ms", "link.up.reorder=30%"},
        {"stack.windows.retransmit_jitter=0.5s", "link.up.loss=20%"},
        {"stack.windows.retransmit_cap=4s", "link.down.loss=30%"},
        {"stack.windows.retransmit_first=2s", "stack.windows.retransmit_tries=4"},
        {"stack.windows.commit_bit=off", "link.up.loss=10%"},
        {"stack.windows.auth=psk", "node.fe.speed=0.1", "node.b.speed=0.1"},
        {"stack.windows.idle_reset=any", "stack.windows.qm_lifetime=500s"},
        {"stack.windows.idle_reset=none", "class.pop3.rate=1/s"},
        {"stack.windows.delete=none", "class.pop3.rate=1/s"},
        {"stack.windows.delete=reliable", "cluster.delete_window=3s", "link.down.loss=40%"},
        {"stack.windows.mm_dies_with_last_qm=on"},
        {"stack.windows.hold=0", "class.pop3.rate=3/s", "class.pop3.arrival=poisson"},
        {"stack.windows.nlbs_flags=1", "stack.windows.nlbs_qm_retransmit=5s"},
        {"trial.sa_age=stationary", "stack.windows.qm_lifetime=400s",
         "stack.windows.mm_lifetime=350s", "class.pop3.rate=1/s"},
        {"cluster.stop=170s", "trial.sa_age=stationary", "stack.windows.qm_lifetime=30s",
         "stack.windows.mm_lifetime=60s", "class.pop3.rate=2/s", "link.up.loss=10%"},
        {"app.tcp=on", "class.pop3.persistent=on", "class.pop3.rate=1/s"},
        {"app.tcp=on", "resource.pop3.online=40s", "arp.gratuitous=0", "arp.used=9s"},
        {"node.fe.load=80%", "node.b.load=80%", "class.pop3.rate=1/s"},
        {"resource.pop3.logs=50", "resource.pop3.log_replay=0.5s",
         "resource.pop3.pending_limit=off"},
        {"resource.ip.online=uniform(1s, 400s)", "cluster.pending_timeout=390s"},
        {"front_end.count=5", "class.pop3.rate=1/s"},
        {"node.fe.stall_rate=6/min", "node.b.stall_rate=6/min", "class.pop3.rate=1/s"},
        {"failure.second=500s", "failure.down=550s", "class.pop3.rate=1/s"},
        {"failure.second=1s", "failure.down=2s", "failure.back=uniform(0.001s, 12s)",
         "class.pop3.rate=1/s"},
        {"failure.back=20s", "cluster.evict=uniform(0s, 60s)", "arp.gratuitous=0",
         "failure.failback=20s", "class.pop3.rate=1/s", "stack.windows.delete=none"},
        {"link.down.delay=60ms", "failure.failback=1s", "class.pop3.rate=5/s",
         "class.pop3.arrival=poisson"},
        {"trial.until=horizon", "trial.horizon=2000s", "class.pop3.rate=0.02/s",
         "stack.windows.mm_lifetime=300s", "class.pop3.arrival=poisson"},
        {"stack.windows.qm_lifetime=60s", "trial.sa_age=stationary", "class.pop3.rate=1/s"},
        {"cluster.failover_threshold=0", "failure.back=250s", "class.pop3.rate=1/s"},
        {"cluster.affinity=none", "cluster.nlb_tracks=off", "class.pop3.rate=1/s"},
        {"cluster.quorum=uniform(7s, 10s)", "cluster.regroup=exponential(mean=2s)"},
        {"cluster.vip_gap=uniform(0s, 20s)", "cluster.listen_lag=2s", "resource.ip.online=0s"},
    };
    static const struct {
        const char *golden, *set;
    } kinds[] = {{"crash", NULL},
                 {"move", NULL},
                 {"hang", NULL},
                 {"hang-checks", NULL},
                 {"link", NULL},
                 {"double", NULL},
                 {"restart", NULL},
                 {"failback", NULL},
                 {"nlb-crash", NULL},
                 {"nlb-crash", "failure.kind=move"},
                 {"nlb-crash", "failure.kind=add_host"},
                 {"fall-back", NULL},
                 {"fall-back-quick-mode", NULL}};
    struct world *world = new_world();
    for (size_t i = 0; i < COUNT_OF(kinds) * COUNT_OF(odd); i++) {
        const char *sets[COUNT_OF(odd[0]) + 1];
        char path[64];
        size_t n = 0;
        struct plan *plan;
        struct error error;
        snprintf(path, sizeof path, "bench/trace/golden/%s.yaml",
                 kinds[i % COUNT_OF(kinds)].golden);
        for (; n < COUNT_OF(odd[0]) && odd[i / COUNT_OF(kinds)][n] != NULL; n++)
            sets[n] = odd[i / COUNT_OF(kinds)][n];
        if (kinds[i % COUNT_OF(kinds)].set != NULL)
            sets[n++] = kinds[i % COUNT_OF(kinds)].set;
        if (!plan_load(&plan, path, sets, n, &error)) {
            if (strstr(error.text, "fallback: it needs hold") == NULL)
                fail_msg("%s: %s", path, error.text);
            continue;
        }
        snprintf(path + strlen(path), sizeof path - strlen(path), " %.20s", sets[0]);
        check_plan(world, plan, path, i % COUNT_OF(kinds) < 2 ? 3 * TRIALS : TRIALS);
        plan_free(plan);
    }
    world_free(world);
}

static struct bounds bounds_of_params(const struct params *params)
{
    struct bounds bounds;
    bounds_of(&bounds, &(struct bounds_view){params, params, params});
    return bounds;
}

static void assert_close(double got_ns, double want_ns)
{
    if (fabs(got_ns - want_ns) > 40.0)
        fail_msg("%.0f ns, want %.0f ns", got_ns, want_ns);
}

/* Constant delays, idle processors: main and quick mode take their floor, which is what they take
 * undisturbed; the stale quick mode takes its ceiling; the idle time its own, less the silence. */
static void without_chance_the_formulas_are_the_trial(void **state)
{
    (void)state;
    static const char *const flags[] = {"stack.windows.nlbs_flags=0", "stack.windows.nlbs_flags=1"};
    struct world *world = world_new();
    for (int k = 0; k < 4; k++) {
        struct plan *plan;
        struct error error;
        const char *sets[] = {flags[k % 2], k < 2 ? "stack.windows.commit_bit=on"
                                                  : "stack.windows.commit_bit=off"};
        assert_true(plan_load(&plan, "bench/trace/golden/crash.yaml", sets, 2, &error));
        for (uint64_t trial = 0; trial < 20; trial++) {
            struct params params;
            struct row row;
            simulate(world, plan, 5, trial, &params, &row);
            struct bounds b = bounds_of_params(&params);
            assert_int_equal(row.status, ROW_RECOVERED);
            assert_close((double)row.phase_mm_ns, b.part[BOUNDS_mm].floor_ns);
            assert_close((double)row.phase_mm_ns, b.part[BOUNDS_mm].usual_ns);
            assert_close((double)row.phase_qm_ns, b.part[BOUNDS_qm].floor_ns);
            assert_close((double)row.phase_qm_ns, b.part[BOUNDS_qm].usual_ns);
            assert_close((double)row.phase_qm_wait_ns, b.part[BOUNDS_qm_wait].floor_ns);
            assert_close((double)row.phase_stale_qm_ns, b.part[BOUNDS_stale_qm].ceiling_ns);
            assert_close((double)row.phase_stale_qm_ns, 63.0 * S);
            assert_close((double)(row.phase_detect_ns + row.silence_ns),
                         b.part[BOUNDS_detect].ceiling_ns);
            assert_close(b.part[BOUNDS_detect].usual_ns, k % 2 ? 60.0 * S : 300.0 * S);
            /* Without commit bit the packet behind QM3 is there before QM3's cryptography is done.
             */
            if (k < 2)
                assert_close((double)row.phase_app_ns, b.part[BOUNDS_app].floor_ns);
            assert_close((double)row.app_ready_ns - (double)row.vip_up_ns,
                         b.part[BOUNDS_app_ready].usual_ns - b.part[BOUNDS_vip_up].usual_ns);
        }
        plan_free(plan);
    }
    world_free(world);
}

/* Heartbeats, regroup, quorum, address, listen lag: the ends of the range are reached, to 1 %. */
static void detection_is_as_wide_as_it_is_said(void **state)
{
    (void)state;
    struct world *world = world_new();
    struct plan *plan;
    struct error error;
    double least_ns = INFINITY, most_ns = 0.0;
    const char *sets[] = {"cluster.missed=4", "cluster.heartbeat=3s", "cluster.quorum=7s"};
    assert_true(plan_load(&plan, "bench/trace/golden/crash.yaml", sets, 3, &error));
    for (uint64_t trial = 0; trial < 500; trial++) {
        struct params params;
        struct row row;
        simulate(world, plan, 6, trial, &params, &row);
        least_ns = fmin(least_ns, (double)row.vip_up_ns);
        most_ns = fmax(most_ns, (double)row.vip_up_ns);
    }
    struct bounds b = bounds_of_params(&plan->base);
    const struct bound *vip = &b.part[BOUNDS_vip_up];
    assert_close(vip->floor_ns, (3 * 3 + 2 + 7 + 0.5 + 0.2) * S);
    assert_close(vip->ceiling_ns, (4 * 3 + 2 + 7 + 0.5 + 0.2) * S);
    assert_true(least_ns < vip->floor_ns + 0.03 * S && most_ns > vip->ceiling_ns - 0.03 * S);
    plan_free(plan);
    world_free(world);
}

/* Undisturbed, a move's main mode is the comb's: the first of 0, 1, 3, 7, ... s that finds the new
 * node. */
static void the_comb_is_found(void **state)
{
    (void)state;
    static const double gap_s[] = {0.01, 0.9, 2.0, 5.0, 9.0, 20.0};
    static const double sent_s[] = {0, 1, 3, 7, 15, 31};
    struct world *world = world_new();
    for (size_t i = 0; i < COUNT_OF(gap_s); i++) {
        char gap[64];
        struct plan *plan;
        struct error error;
        const char *sets[] = {gap, "class.pop3.rate=100/s", "trial.horizon=600s"};
        snprintf(gap, sizeof gap, "cluster.vip_gap=%.2fs", gap_s[i]);
        assert_true(plan_load(&plan, "bench/trace/golden/move.yaml", sets, 3, &error));
        struct bounds b = bounds_of_params(&plan->base);
        struct params params;
        struct row row;
        simulate(world, plan, 7, 0, &params, &row);
        double handshake_ns = b.part[BOUNDS_mm].floor_ns;
        assert_close(b.part[BOUNDS_mm].usual_ns, sent_s[i] * S + handshake_ns);
        assert_close((double)row.phase_mm_ns, b.part[BOUNDS_mm].usual_ns);
        plan_free(plan);
    }
    world_free(world);
}

/* With many requests nobody waits for one, so what is usual is what happens, but for the phase of a
 * heartbeat or a check: every kind of failure, with the SAs kept or not. */
static void what_is_usual_happens(void **state)
{
    (void)state;
    static const struct {
        const char *golden, *set;
        double outside_s; /* of ipsec: at most, by phases */
    } cases[] = {
        {"crash", "trial.until=first", 0.1},
        {"move", "trial.until=first", 0.1},
        {"hang", "failure.back=3s", 0.1},
        {"hang", "failure.back=30s", 0.1},
        {"hang", "failure.back=0s", 0.1},
        {"hang-checks", "failure.back=0s", 64.0}, /* one main mode more or less is given up */
        {"hang-checks", "failure.back=50s", 0.1},
        {"link", "failure.down=20s", 0.1},
        {"link", "failure.down=310s", 0.1},
        {"link", "failure.down=400s", 0.1},
        {"double", "trial.until=first", 0.1},
        {"double", "failure.second=500s", 0.1},
        {"restart", "failure.announced=on", 0.1},
        {"restart", "failure.announced=off", 0.1},
        {"failback", "trial.until=first", 0.1},
        {"nlb-crash", "trial.until=first", 0.1},
        {"nlb-crash", "failure.kind=move", 0.1},
        {"nlb-crash", "failure.kind=add_host", 0.1},
    };
    struct world *world = new_world();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[64];
        const char *sets[] = {cases[i].set, "class.pop3.rate=100/s"};
        struct plan *plan;
        struct error error;
        struct params params;
        struct row row;
        snprintf(path, sizeof path, "bench/trace/golden/%s.yaml", cases[i].golden);
        if (!plan_load(&plan, path, sets, 2, &error))
            fail_msg("%s", error.text);
        struct bounds b = bounds_of_params(&plan->base);
        double usual_ns = b.part[BOUNDS_ipsec].usual_ns;
        for (uint64_t trial = 0; trial < 5; trial++) {
            simulate(world, plan, 8, trial, &params, &row);
            if (fabs((double)row.ipsec_ns - usual_ns) > cases[i].outside_s * S)
                fail_msg("%s %s, seed 8, trial %lu: %.3f s, usual %.3f s", cases[i].golden,
                         cases[i].set, (unsigned long)trial, (double)row.ipsec_ns / S,
                         usual_ns / S);
        }
        plan_free(plan);
    }
    world_free(world);
}

/* The sum of the waits: windows.md 1.2 and others' figures; with jitter both ends. */
static void schedules_add_up(void **state)
{
    (void)state;
    static const struct {
        double first_s, base, cap_s, tries, share, sum_s;
    } cases[] = {
        {1, 2, 0, 5, 0, 63},  {1, 2, 16, 6, 0, 63},         {2, 2, 0, 4, 0, 62},
        {10, 1, 0, 4, 0, 50}, {1, 2, 0, 5, 1, 66},          {1, 2, 0, 5, -1, 60},
        {2, 2, 0, 3, 0, 30},  {4, 1.8, 0, 5, 0, 165.06112},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stack_params stack = {.retransmit_first_ns = (int64_t)(cases[i].first_s * S),
                                     .retransmit_base = cases[i].base,
                                     .retransmit_cap_ns = (int64_t)(cases[i].cap_s * S),
                                     .retransmit_tries = (int64_t)cases[i].tries,
                                     .retransmit_jitter_ns = 500000000};
        assert_near(bounds_schedule_ns(&stack, cases[i].share) / S, cases[i].sum_s, 1e-4);
    }
}

/* Where there is no ceiling it says why; what is not worked out has no number. */
static void no_ceiling_has_its_reason(void **state)
{
    (void)state;
    struct plan *plan;
    struct error error;
    assert_true(plan_load(&plan, "bench/scenarios/kb821839/crash.yaml", NULL, 0, &error));
    plan_lowest(plan, &low);
    plan_highest(plan, &high);
    plan_median(plan, &mid);
    struct bounds b;
    bounds_of(&b, &(struct bounds_view){&low, &high, &mid});
    for (int i = 0; i < BOUNDS_COUNT; i++)
        assert_true(isinf(b.part[i].ceiling_ns) == (b.part[i].why != BOUNDS_WHY_bounded));
    assert_int_equal(b.part[BOUNDS_app_ready].why,
                     BOUNDS_WHY_law); /* the store may take its time */
    assert_near(b.part[BOUNDS_vip_up].ceiling_ns, (7.2 + 2.0 + 180.0 + 0.2) * S, 100.0);
    assert_true(b.starts_assumed);
    assert_int_equal(b.part[BOUNDS_wait].why, BOUNDS_WHY_arrivals);
    assert_int_equal(b.part[BOUNDS_qm_wait].why, BOUNDS_WHY_arrivals);
    high.node[high.front_end.node].load = 0.5;
    bounds_of(&b, &(struct bounds_view){&low, &high, &mid});
    assert_int_equal(b.part[BOUNDS_mm].why, BOUNDS_WHY_load);
    high.node[high.front_end.node].load = 0.0;
    mid.stack[mid.front_end.stack].auth = IKE_AUTH_kerberos;
    bounds_of(&b, &(struct bounds_view){&low, &high, &mid});
    assert_int_equal(b.part[BOUNDS_mm].why, BOUNDS_WHY_ticket);
    mid.stack[mid.front_end.stack].fallback = 1;
    bounds_of(&b, &(struct bounds_view){&low, &high, &mid});
    assert_true(isnan(b.part[BOUNDS_outage].usual_ns));
    mid.stack[mid.front_end.stack].fallback = 0;
    low.failure.kind = high.failure.kind = mid.failure.kind = FAILURE_failback;
    bounds_of(&b, &(struct bounds_view){&low, &high, &mid});
    assert_int_equal(b.part[BOUNDS_vip_up].why, BOUNDS_WHY_again);
    mid.trial.system = TRIAL_SYSTEM_tls;
    bounds_of(&b, &(struct bounds_view){&low, &high, &mid});
    assert_int_equal(b.part[BOUNDS_ipsec].why, BOUNDS_WHY_kind);
    mid.trial.system = TRIAL_SYSTEM_ipsec;
    mid.failure.kind = FAILURE_none;
    bounds_of(&b, &(struct bounds_view){&low, &high, &mid});
    assert_near(b.part[BOUNDS_ipsec].ceiling_ns, 0.0, 0.0);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_add_up),
        cmocka_unit_test(without_chance_the_formulas_are_the_trial),
        cmocka_unit_test(detection_is_as_wide_as_it_is_said),
        cmocka_unit_test(the_comb_is_found),
        cmocka_unit_test(what_is_usual_happens),
        cmocka_unit_test(odd_settings_stay_inside),
        cmocka_unit_test(every_trial_is_inside),
        cmocka_unit_test(no_ceiling_has_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
