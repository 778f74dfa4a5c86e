/* Requests told in arrears against requests simulated event by event: the same rows. */
#include "../testkit.h"

#include "app/app.h"
#include "engine/check.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

enum { CLASSES = 3 };

/* Three classes, one in clear, on links that lose and delay; all else differs from case to case. */
static struct params busy(enum failure_kind kind, uint64_t variant)
{
    struct params p = site(kind);
    struct luck luck = {.seed = 99, .trial = variant};
    p.classes = CLASSES;
    p.traffic[2] = p.traffic[0];
    p.traffic[2].protect = 0;
    p.traffic[2].passwords = APP_PASSWORD_basic;
    for (uint32_t i = 0; i < CLASSES; i++) {
        double u = luck_uniform(&luck, 1, 0, i);
        p.traffic[i].rate_hz = 0.02 * pow(800.0, u); /* 0.02 to 16 a second */
        p.traffic[i].service = i == 1 ? SITE_IP : SITE_STORE;
    }
    p.app.tcp = 1;
    p.arp.model = variant % 4 != 0;
    p.arp.unused_ns = (variant % 3 == 0 ? 40 : 120) * S;
    p.arp.used_ns = (variant % 5 == 0 ? 100 : 600) * S;
    p.arp.loss = variant % 5 == 1 ? 0.8 : 0.0;
    p.trial.sa_age = variant % 2 ? SA_AGE_fresh : SA_AGE_stationary;
    p.trial.horizon_ns = 900 * S;
    for (int i = 0; i < 2; i++) {
        p.link[i].loss = variant % 7 == 0 ? 0.0 : 0.3 * luck_uniform(&luck, 2, 0, (uint32_t)i);
        p.link[i].jitter_ns = (int64_t)(4e6 * luck_uniform(&luck, 3, 0, (uint32_t)i));
        p.link[i].limit = 1000;
    }
    p.resource[SITE_STORE].online = law_constant(variant % 2 ? 1e9 : 40e9);
    p.resource[p.resources++] = (struct resource_params){.online = law_constant(25e9), .needs = 2};
    p.stack[0].qm_lifetime_kb = variant % 3 == 1 ? 60 : 0;
    p.stack[0].hold = variant % 8 != 6;
    p.cluster.stop = law_constant(variant % 2 ? 3e9 : 0.0);
    if (variant % 4 == 3) { /* classes wait for IKE already when the failure comes */
        p.cluster.delete_window_ns = (int64_t)(4e9 * luck_uniform(&luck, 4, 0, 0));
        p.stack[0].delete_kind = IKE_DELETE_plain;
    }
    p.failure.back = law_constant(70e9);
    p.failure.down = law_constant(20e9);
    p.failure.second = law_constant(30e9);
    p.failure.failback = law_constant(60e9);
    p.failure.backlog = 40;
    return p;
}

struct pair {
    struct world *quiet, *full;
    uint64_t quiet_events, full_events;
};

static void compare(const struct row *got, const struct row *want, const char *what,
                    unsigned long seed)
{
    for (uint32_t c = 0; c < ROW_COLUMN_COUNT; c++) {
        int64_t a = ((const int64_t *)got)[c], b = ((const int64_t *)want)[c];
        if (a != b && strcmp(row_columns[c].name, "events") != 0)
            fail_msg("%s, seed %lu: %s is %lld, event by event %lld", what, seed,
                     row_columns[c].name, (long long)a, (long long)b);
    }
    for (uint32_t i = 0; i < APP_CLASSES_MAX; i++)
        for (uint32_t c = 0; c < ROW_CLASS_COLUMN_COUNT; c++) {
            int64_t a = ((const int64_t *)&got->class[i])[c];
            int64_t b = ((const int64_t *)&want->class[i])[c];
            if (a != b)
                fail_msg("%s, seed %lu: %s of class %u is %lld, event by event %lld", what, seed,
                         row_class_columns[c].name, i, (long long)a, (long long)b);
        }
}

static void check_audit(const struct world *w)
{
    struct world_audit audit = world_audit(w);
    assert_int_equal(audit.sent + audit.duplicated, audit.delivered + audit.lost + audit.in_flight);
}

static void run_both(struct pair *pair, const struct params *p, uint64_t seed, const char *what)
{
    struct luck luck = {.seed = seed, .trial = seed};
    struct row quiet, full;
    uint32_t n;
    world_run(pair->quiet, p, &luck, &quiet);
    world_run(pair->full, p, &luck, &full);
    compare(&quiet, &full, what, (unsigned long)seed);
    const struct row *own = world_front_ends(pair->quiet, &n),
                     *other = world_front_ends(pair->full, &n);
    for (uint32_t i = 0; i < n; i++)
        compare(&own[i], &other[i], what, (unsigned long)seed);
    /* What happens after the end, until all services are back, is in no row. */
    if (n == 1 && memcmp(other->class, full.class, sizeof full.class) != 0)
        fail_msg("%s, seed %lu: a row goes on after the end", what, (unsigned long)seed);
    pair->quiet_events += (uint64_t)quiet.events;
    pair->full_events += (uint64_t)full.events;
    check_audit(pair->quiet);
    check_audit(pair->full);
}

static struct pair pair_new(void)
{
    struct pair pair = {world_new(), world_new(), 0, 0};
    world_set_in_full(pair.full, true);
    return pair;
}

static void pair_free(struct pair *pair)
{
    world_free(pair->quiet);
    world_free(pair->full);
}

/* Every failure, and a site where nothing fails. */
static void rows_are_the_same(void **state)
{
    (void)state;
    static const char *const names[] = {
#define X(name) #name,
        FAILURE_KINDS(X)
#undef X
    };
    const unsigned variants = TESTKIT_TRIALS(1000) / (unsigned)COUNT_OF(names);
    struct pair pair = pair_new();
    for (unsigned kind = 0; kind < COUNT_OF(names); kind++)
        for (uint64_t variant = 0; variant < variants; variant++) {
            struct params p = busy((enum failure_kind)kind, variant);
            p.front_end.count = variant % 6 == 5 ? 3 : 1;
            p.trial.until = variant % 3 == 2 ? TRIAL_UNTIL_all : TRIAL_UNTIL_first;
            run_both(&pair, &p, variant, names[kind]);
        }
    pair_free(&pair);
}

/* What cannot be told in arrears is not. */
static void other_settings_are_left_alone(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    for (uint64_t variant = 0; variant < TESTKIT_TRIALS(180); variant++) {
        struct params p = busy(variant % 2 ? FAILURE_crash : FAILURE_move, variant);
        switch (variant / 2 % 9) {
        case 0: /* packets queue */
            p.link[0].rate_bps = 1e6;
            break;
        case 1: /* answers may come after a repetition */
            p.link[1].delay_ns = 2 * S;
            p.link[1].jitter_ns = 1500 * MS;
            break;
        case 2: /* computers pause */
            p.node[SITE_B].stall_rate_hz = 0.2;
            p.node[SITE_B].stall = law_constant(0.5e9);
            break;
        case 3:
            p.traffic[2].persistent = p.traffic[0].persistent = 1;
            break;
        case 4:
            p.app.tcp = 0;
            break;
        case 5: /* the queue may be full */
            p.link[0].limit = 3;
            break;
        case 6:
            p.stack[0].idle_reset = SA_IDLE_RESET_any;
            break;
        case 7: /* requests in the instant in which IKE gives up what one of them began */
            p.traffic[0].arrival = p.traffic[1].arrival = APP_ARRIVAL_periodic;
            p.traffic[0].rate_hz = p.traffic[1].rate_hz = 1.0;
            break;
        default: /* a kept order, and nothing protected */
            p.traffic[1].arrival = APP_ARRIVAL_periodic;
            p.traffic[0].protect = p.traffic[1].protect = 0;
        }
        run_both(&pair, &p, variant, "another setting");
    }
    pair_free(&pair);
}

static int64_t up_to(int64_t most, const struct luck *luck, uint32_t index)
{
    return (int64_t)(luck_uniform(luck, 5, 0, index) * (double)(most + 1));
}

/* However often and after whatever time requests are repeated, on links that lose a little or
 * nearly everything. */
static void any_schedule(void **state)
{
    (void)state;
    static const enum failure_kind kinds[] = {FAILURE_crash, FAILURE_move, FAILURE_failback,
                                              FAILURE_none};
    struct pair pair = pair_new();
    for (uint64_t variant = 0; variant < TESTKIT_TRIALS(200); variant++) {
        struct params p = busy(kinds[variant % 4], variant);
        struct luck luck = {.seed = 98, .trial = variant};
        p.app.syn_retries = up_to(10, &luck, 0);
        p.app.data_retries = up_to(variant % 2 ? 15 : 2, &luck, 1);
        p.app.reset_retries = up_to(variant % 3 ? 3 : 10, &luck, 2);
        p.app.syn_wait_ns = 100 * MS + up_to(variant % 5 ? 4 * S : 60 * S, &luck, 3);
        p.app.data_wait_ns = 100 * MS + up_to(4 * S, &luck, 4);
        p.app.reset_wait_ns = up_to(2 * S, &luck, 5);
        for (uint32_t i = 0; i < 2; i++)
            p.link[i].loss = pow(luck_uniform(&luck, 6, 0, i), variant % 3 ? 6.0 : 1.0);
        p.trial.until = variant % 5 == 2 ? TRIAL_UNTIL_all : TRIAL_UNTIL_first;
        p.trial.horizon_ns = 500 * S;
        run_both(&pair, &p, variant, "a schedule");
    }
    pair_free(&pair);
}

/* A class that another host answers, which is never told: its packets wait among the others'. */
static void add_peer(struct params *p)
{
    p->peers = 1;
    p->peer[0] = (struct peer_params){.node = p->nodes, .uplink = 0, .downlink = 1};
    p->node[p->nodes++] = p->node[SITE_A];
    p->traffic[1].peer = 0;
    p->traffic[1].service = -1;
}

/* Between stalls requests are told, in them they wait: on any of the computers, or on all. */
static void computers_may_pause(void **state)
{
    (void)state;
    struct law_table *exponential = law_table_new(LAW_exponential, 0.0);
    static const enum failure_kind kinds[] = {FAILURE_none, FAILURE_crash, FAILURE_move,
                                              FAILURE_hang};
    struct pair pair = pair_new();
    for (uint64_t variant = 0; variant < TESTKIT_TRIALS(160); variant++) {
        struct params p = busy(kinds[variant % 4], variant);
        if (variant % 5 < 2)
            add_peer(&p);
        for (unsigned node = SITE_A; node < (unsigned)p.nodes; node++) {
            if (variant / 4 % 4 != 3 && variant / 4 % 4 != node)
                continue;
            p.node[node].stall_rate_hz = variant % 3 == 0 ? 0.3 : 0.02;
            p.node[node].stall = (struct law){exponential, 0.0, variant % 5 == 0 ? 5e9 : 0.3e9};
        }
        p.front_end.count = variant % 7 == 6 ? 3 : 1;
        run_both(&pair, &p, variant, "stalls");
    }
    pair_free(&pair);
    free(exponential);
}

/* It is worth the trouble: where requests meet nobody or are answered as ever, nearly all of their
 * events are saved; those that lead to IKE are not. */
static void most_events_are_saved(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    for (uint64_t variant = 0; variant < 20; variant++) {
        struct params p = busy(FAILURE_crash, 4 * variant + 1);
        p.stack[0].qm_lifetime_kb = 0;
        p.arp.loss = 0.0;
        for (int i = 0; i < CLASSES; i++)
            p.traffic[i].rate_hz = 10.0;
        run_both(&pair, &p, variant, "busy");
    }
    assert_true(5 * pair.quiet_events < pair.full_events);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_same),     cmocka_unit_test(other_settings_are_left_alone),
        cmocka_unit_test(any_schedule),          cmocka_unit_test(computers_may_pause),
        cmocka_unit_test(most_events_are_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
