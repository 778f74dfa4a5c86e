/* Falling back to clear: when a soft SA is made, what it exposes, and that it can lengthen the
 * outage. */
#include "../testkit.h"

#include "engine/check.h"
#include "moment/moment.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

/* One-way delay and crypto costs of site(), and what an undisturbed handshake takes with them. */
static const int64_t D = 5 * MS;
static const int64_t HANDSHAKE_NS = 10 * 5 * MS + 16800 * NS_PER_US;

struct times {
    int64_t ns[8192];
    size_t n;
};

static void note_time(void *context, const struct moment *moment)
{
    struct times *times = context;
    if (times->n < COUNT_OF(times->ns))
        times->ns[times->n++] = moment->time_ns;
}

static int64_t first_after(const struct times *times, int64_t ns)
{
    for (size_t i = 0; i < times->n; i++)
        if (times->ns[i] >= ns)
            return times->ns[i];
    fail_msg("nothing at or after %ld", (long)ns);
    return 0;
}

static int64_t count_between(const struct times *times, int64_t from_ns, int64_t to_ns)
{
    int64_t n = 0;
    for (size_t i = 0; i < times->n; i++)
        n += times->ns[i] >= from_ns && times->ns[i] < to_ns;
    return n;
}

static struct params falling_back(enum failure_kind kind)
{
    struct params p = site(kind);
    p.stack[0].fallback = 1;
    p.stack[0].fallback_wait_ns = 3 * S;
    p.stack[0].soft_lifetime_ns = 60 * S;
    p.traffic[0].passwords = APP_PASSWORD_basic;
    return p;
}

/* Planned move, gap V: sendings at start + 0, 1, 3, 7 s. If no answer is back at start + 3 s the
 * packet that is held leaves in clear, and so does all traffic for 60 s, which the new node drops;
 * the next packet starts main mode, which succeeds at once. */
static void move_closed_form(void **state)
{
    (void)state;
    struct params p = falling_back(FAILURE_move);
    struct world *w = world_new();
    static struct times requests;
    sim_listen(world_sim(w), MOMENT_BIT(request_sent), note_time, &requests);
    unsigned soft = 0;
    for (uint64_t trial = 0; trial < 300; trial++) {
        int64_t gap = 300 * MS + (int64_t)trial * 37 * MS;
        p.cluster.vip_gap = law_constant((double)gap);
        struct luck luck = {.seed = 41, .trial = trial};
        struct row row;
        requests.n = 0;
        world_run(w, &p, &luck, &row);
        int64_t gone = D + 2 * 100 * NS_PER_US, start = first_after(&requests, gone);
        int64_t through = start + D >= gap ? start : start + S; /* sendings answered in time */
        if (through + D >= gap) {
            assert_int_equal(row.soft_sas, 0);
            assert_int_equal(row.ipsec_ns, through + HANDSHAKE_NS);
            assert_int_equal(row.requests_clear, 0);
            continue;
        }
        soft++;
        int64_t end = start + 63 * S;
        assert_int_equal(row.soft_sas, 1);
        assert_int_equal(row.ipsec_ns, first_after(&requests, end) + HANDSHAKE_NS);
        /* The held packet (the newest of the wait) and those of the next 60 s. */
        int64_t clear = 1 + count_between(&requests, start + 3 * S, end);
        assert_int_equal(row.requests_clear, clear);
        assert_int_equal(row.requests_clear_outage, clear);
        assert_int_equal(row.passwords_clear, clear);
        assert_true(row.clear_refused > 0 && row.clear_refused <= clear);
    }
    assert_true(soft > 100 && soft < 300);
    world_free(w);
}

/* The same trials with and without: while the new node requires IPsec, falling back never shortens
 * an outage; where it takes clear text it is over with the first request that finds the service. */
static void who_gains_by_falling_back(void **state)
{
    (void)state;
    struct world *w = world_new();
    static struct times requests, soft;
    sim_listen(world_sim(w), MOMENT_BIT(request_sent), note_time, &requests);
    sim_listen(world_sim(w), MOMENT_BIT(soft_sa_up), note_time, &soft);
    int64_t longer = 0, shorter = 0, total_ns = 0;
    for (uint64_t trial = 0; trial < 500; trial++) {
        struct luck luck = {.seed = 42, .trial = trial};
        struct row off, required, requested;
        struct params p = falling_back(FAILURE_move);
        p.cluster.vip_gap = law_constant((double)(1 + trial % 12) * 1e9);
        p.stack[0].fallback = 0;
        world_run(w, &p, &luck, &off);
        p.stack[0].fallback = 1;
        world_run(w, &p, &luck, &required);
        p.stack[0].inbound = SA_INBOUND_request;
        requests.n = soft.n = 0;
        world_run(w, &p, &luck, &requested);
        if (required.outage_ns < off.outage_ns)
            fail_msg("seed 42, trial %lu: outage %ld without, %ld with", (unsigned long)trial,
                     (long)off.outage_ns, (long)required.outage_ns);
        if (requested.soft_sas > 0) {
            /* The held packet as the soft SA is made, or the first request that finds the service.
             */
            int64_t served_ns = requested.app_ready_ns - D;
            int64_t sent_ns =
                soft.ns[0] >= served_ns ? soft.ns[0] : first_after(&requests, served_ns);
            assert_int_equal(requested.outage_ns, sent_ns + 2 * D);
            assert_int_equal(requested.phase_app_ns, requested.outage_ns);
        }
        assert_int_equal(off.requests_clear, 0);
        assert_int_equal(off.soft_sas, 0);
        assert_int_equal(requested.clear_refused, 0);
        longer += required.outage_ns > off.outage_ns + 50 * S;
        shorter += requested.outage_ns < off.outage_ns;
        total_ns += requested.outage_ns - off.outage_ns;
    }
    assert_true(longer > 100 && shorter > 100 && total_ns < 0);
    world_free(w);
}

/* An answer within the wait, however late the rest comes, keeps everything protected. */
static void any_answer_prevents_a_soft_sa(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct luck luck = {.seed = 43, .trial = trial};
        struct row row;
        struct params p = falling_back(FAILURE_crash);
        p.stack[0].nlbs_flags = 1;
        p.stack[0].fallback_wait_ns = 100 * MS;
        p.crypto[0].dh_agree_ns = 2 * S; /* MM2 is there at once, MM4 only after seconds */
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.soft_sas, 0);
        assert_int_equal(row.requests_clear, 0);
        assert_true(row.phase_mm_ns > 4 * S);
    }
    world_free(w);
}

/* The crash's quick mode in vain is cut short by a soft SA only if that holds for quick mode too;
 * the price is the soft SA's life. */
static void quick_mode_falls_back_only_if_told(void **state)
{
    (void)state;
    struct world *w = world_new();
    static struct times requests;
    sim_listen(world_sim(w), MOMENT_BIT(request_sent), note_time, &requests);
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct luck luck = {.seed = 44, .trial = trial};
        struct row off, on;
        struct params p = falling_back(FAILURE_crash);
        world_run(w, &p, &luck, &off);
        assert_int_equal(off.soft_sas, 0);
        assert_int_equal(off.phase_stale_qm_ns, 63 * S);
        p.stack[0].fallback_quick_mode = 1;
        requests.n = 0;
        world_run(w, &p, &luck, &on);
        int64_t acquired = first_after(&requests, on.idle_expiry_ns);
        assert_int_equal(on.soft_sas, 1);
        assert_int_equal(on.ipsec_ns, first_after(&requests, acquired + 63 * S) + HANDSHAKE_NS);
    }
    world_free(w);
}

/* Classes that share a main mode share its silence: those that hold a packet go on in clear, and
 * one that asks first later finds no main mode and starts its own. */
static void every_waiting_class_falls_back(void **state)
{
    (void)state;
    struct world *w = world_new();
    unsigned both = 0, one = 0;
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct luck luck = {.seed = 45, .trial = trial};
        struct row row;
        struct params p = falling_back(FAILURE_move);
        p.classes = 2;
        p.traffic[1].rate_hz = 0.2;
        p.cluster.vip_gap = law_constant(20e9);
        p.trial.until = TRIAL_UNTIL_all;
        world_run(w, &p, &luck, &row);
        both += row.soft_sas == 2;
        one += row.soft_sas == 1;
        assert_true(row.class[0].outage_ns > 60 * S);
        assert_true(row.soft_sas >= 1 && row.soft_sas <= 2);
    }
    assert_true(both > 100 && one > 0);
    world_free(w);
}

/* Nothing is left behind: every timer of a soft SA and of a silence ends. */
static void nothing_is_left_pending(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct luck luck = {.seed = 46, .trial = trial};
        struct row row;
        struct params p = falling_back(trial % 2 ? FAILURE_move : FAILURE_crash);
        p.cluster.vip_gap = law_constant(8e9);
        p.stack[0].fallback_quick_mode = trial % 3 == 0;
        p.stack[0].inbound = trial % 5 == 0 ? SA_INBOUND_request : SA_INBOUND_require;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_int_equal(world_drain(w, 100 * 3600 * S), 0);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(move_closed_form),
        cmocka_unit_test(who_gains_by_falling_back),
        cmocka_unit_test(any_answer_prevents_a_soft_sa),
        cmocka_unit_test(quick_mode_falls_back_only_if_told),
        cmocka_unit_test(every_waiting_class_falls_back),
        cmocka_unit_test(nothing_is_left_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
