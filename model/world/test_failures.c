/* The odd failures: closed forms of whole trials with constant links, to the nanosecond, and what
 * must hold whatever goes wrong. */
#include "../testkit.h"

#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

/* One-way delay and crypto costs of site(), and what an undisturbed handshake takes with them. */
static const int64_t D = 5 * MS;
static const int64_t MM_NS = 6 * 5 * MS + 16300 * NS_PER_US;
static const int64_t QM_NS = 4 * 5 * MS + 500 * NS_PER_US;
static const int64_t MESSAGE_NS = 100 * NS_PER_US;

/* Instants at which requests begin, in order. */
static struct {
    int64_t ns[8192];
    size_t n;
} requests;

static void note_request(void *context, const struct moment *moment)
{
    (void)context;
    if (requests.n < COUNT_OF(requests.ns))
        requests.ns[requests.n++] = moment->time_ns;
}

static int64_t first_request(int64_t at_ns)
{
    for (size_t i = 0; i < requests.n; i++)
        if (requests.ns[i] >= at_ns)
            return requests.ns[i];
    fail_msg("no request at or after %ld", (long)at_ns);
    return 0;
}

/* The first sending, of those at start + 0, 1, 3, 7, 15, 31 s, at or after an instant. */
static int64_t first_sending(int64_t start_ns, int64_t at_ns)
{
    static const int64_t sends[] = {0, 1, 3, 7, 15, 31};
    for (size_t i = 0; i < COUNT_OF(sends); i++)
        if (start_ns + sends[i] * S >= at_ns)
            return start_ns + sends[i] * S;
    fail_msg("given up before %ld", (long)at_ns);
    return 0;
}

static struct world *new_world(void)
{
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(request_sent), note_request, NULL);
    return w;
}

static struct row run(struct world *w, const struct params *p, uint64_t trial)
{
    struct luck luck = {.seed = 61, .trial = trial};
    struct row row;
    requests.n = 0;
    world_run(w, p, &luck, &row);
    assert_int_equal(row.status, ROW_RECOVERED);
    return row;
}

/* ---- restart ---- */

/* KB 980915: a host that is back before its clients give up its SAs gains nothing by being quick.
 * The outage is that of a crash, trial by trial, however long it is down. */
static void a_quick_restart_is_a_crash(void **state)
{
    (void)state;
    static const double down_s[] = {10, 60, 180, 250};
    struct world *w = new_world();
    struct params crash = site(FAILURE_crash), restart = site(FAILURE_restart);
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct row a = run(w, &crash, trial);
        for (size_t i = 0; i < COUNT_OF(down_s); i++) {
            restart.failure.down = law_constant(down_s[i] * 1e9);
            struct row b = run(w, &restart, trial);
            assert_int_equal(b.vip_gone_ns, 0);
            assert_int_equal(b.vip_up_ns, (int64_t)(down_s[i] * 1e9) + 700 * MS);
            assert_int_equal(b.ipsec_ns, a.ipsec_ns);
            assert_int_equal(b.outage_ns, a.outage_ns);
            assert_int_equal(b.stale_qm_start_ns, a.stale_qm_start_ns);
            assert_int_equal(b.ike_retransmissions, 5);
        }
    }
    world_free(w);
}

/* A host that is down longer than 363 s is reached by a repetition of the main mode that has begun
 * meanwhile. */
static void a_slow_restart_meets_the_main_mode(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_restart);
    for (uint64_t trial = 0; trial < 200; trial++) {
        int64_t down = 372 * S + (int64_t)trial * 50 * MS;
        p.failure.down = law_constant((double)down);
        struct row row = run(w, &p, trial);
        int64_t start = first_request(row.stale_qm_start_ns + 63 * S);
        assert_int_equal(row.mm_start_ns, start);
        assert_int_equal(row.ipsec_ns, first_sending(start, down + 700 * MS - D) + MM_NS + QM_NS);
    }
    world_free(w);
}

/* Shut down in order: both DELETEs arrive and the next packet starts main mode. */
static void an_announced_restart_is_a_move(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_restart);
    p.failure.announced = 1;
    for (uint64_t trial = 0; trial < 200; trial++) {
        int64_t down = 500 * MS + (int64_t)trial * 100 * MS;
        p.failure.down = law_constant((double)down);
        struct row row = run(w, &p, trial);
        int64_t gone = D + 2 * MESSAGE_NS, start = first_request(gone);
        assert_int_equal(row.sa_end, SA_END_deleted);
        assert_int_equal(row.idle_expiry_ns, gone);
        assert_int_equal(row.mm_start_ns, start);
        assert_int_equal(row.ipsec_ns, first_sending(start, down + 700 * MS - D) + MM_NS + QM_NS);
    }
    world_free(w);
}

/* A connection that is kept open does not outlive the host's restart, however alike the host looks:
 * before the first answer there is a SYN's. */
static void connections_do_not_outlive_a_restart(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_restart);
    p.failure.announced = 1;
    p.failure.down = law_constant(5e9);
    p.app.tcp = 1;
    p.traffic[0].persistent = 1;
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct row row = run(w, &p, trial);
        assert_true(row.outage_ns >= row.ipsec_ns + 4 * D);
    }
    world_free(w);
}

/* ---- link ---- */

/* A break shorter than the idle time costs what it lasts and the wait for the next packet: no SA is
 * lost, no IKE message is sent. */
static void a_short_break_needs_no_ike(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_link);
    for (uint64_t trial = 0; trial < 200; trial++) {
        int64_t down = 1 * S + (int64_t)trial * 1400 * MS;
        p.failure.down = law_constant((double)down);
        struct row row = run(w, &p, trial);
        assert_int_equal(row.ike_messages, 0);
        assert_int_equal(row.sa_end, -1);
        assert_int_equal(row.idle_expiry_ns, NEVER_NS);
        assert_int_equal(row.ipsec_ns, down);
        assert_int_equal(row.vip_gone_ns, NEVER_NS);
        assert_int_equal(row.app_ready_ns, 0);
        assert_int_equal(row.phase_detect_ns, down);
        assert_int_equal(row.outage_ns, first_request(down) + 2 * D);
    }
    world_free(w);
}

/* A longer one costs the quick-mode SA. The main-mode SA stays, so quick mode, repeated in vain,
 * gets through with the first repetition after the path is back. */
static void a_long_break_needs_a_quick_mode(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_link);
    for (uint64_t trial = 0; trial < 200; trial++) {
        int64_t down = 310 * S + (int64_t)trial * 50 * MS;
        p.failure.down = law_constant((double)down);
        struct row row = run(w, &p, trial);
        int64_t start = first_request(row.idle_expiry_ns) + MESSAGE_NS;
        assert_int_equal(row.sa_end, SA_END_idle);
        assert_int_equal(row.stale_qm_start_ns, start);
        assert_int_equal(row.mm_start_ns, NEVER_NS);
        assert_int_equal(row.ipsec_ns, first_sending(start, down) + QM_NS - MESSAGE_NS);
        assert_int_equal(row.phase_stale_qm_ns, 0);
    }
    world_free(w);
}

/* ---- hang ---- */

/* A hang that ends before anybody notices is a break of the path. */
static void a_short_hang_is_a_short_break(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params hang = site(FAILURE_hang), link = site(FAILURE_link);
    hang.failure.back = link.failure.down = law_constant(5.5e9);
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct row a = run(w, &hang, trial), b = run(w, &link, trial);
        assert_int_equal(a.ike_messages, 0);
        assert_int_equal(a.ipsec_ns, 5500 * MS);
        assert_int_equal(a.vip_up_ns, 5500 * MS);
        assert_int_equal(a.app_ready_ns, 5500 * MS);
        assert_int_equal(b.outage_ns, first_request(5500 * MS) + 2 * D);
        /* What is under way when the node runs again finds it running. */
        assert_int_equal(a.outage_ns, first_request(5500 * MS - D) + 2 * D);
    }
    world_free(w);
}

/* With a backlog the first packet of the hang is answered as soon as the node runs again. */
static void packets_wait_for_a_hung_node(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_hang);
    p.failure.back = law_constant(5.5e9);
    for (uint64_t trial = 0; trial < 200; trial++) {
        p.failure.backlog = 1;
        struct row row = run(w, &p, trial);
        int64_t first = first_request(-D), arrives = first + D;
        assert_int_equal(row.outage_ns, (arrives > 5500 * MS ? arrives : 5500 * MS) + D);
        p.failure.backlog = 0;
        row = run(w, &p, trial);
        assert_int_equal(row.outage_ns, first_request(5500 * MS - D) + 2 * D);
    }
    world_free(w);
}

/* One that never ends is a crash to the front end. */
static void a_hang_for_ever_is_a_crash(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params hang = site(FAILURE_hang), crash = site(FAILURE_crash);
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct row a = run(w, &hang, trial), b = run(w, &crash, trial);
        assert_int_equal(a.outage_ns, b.outage_ns);
        assert_int_equal(a.ipsec_ns, b.ipsec_ns);
        assert_int_equal(a.app_ready_ns, b.app_ready_ns);
        assert_int_equal(a.ike_messages, b.ike_messages);
    }
    world_free(w);
}

/* A node that runs again, and learns half a second later that its address has been taken, gives up
 * its SAs in order: the front end is told, which cuts the outage from six minutes to one. */
static void a_returning_node_tells_the_front_end(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_hang);
    p.failure.back = law_constant(60e9);
    for (uint64_t trial = 0; trial < 100; trial++) {
        p.stack[0].delete_kind = IKE_DELETE_plain;
        struct row row = run(w, &p, trial);
        int64_t gone = 60500 * MS + D + 2 * MESSAGE_NS;
        assert_int_equal(row.sa_end, SA_END_deleted);
        assert_int_equal(row.idle_expiry_ns, gone);
        assert_int_equal(row.mm_start_ns, first_request(gone));
        assert_int_equal(row.ipsec_ns, row.mm_start_ns + MM_NS + QM_NS);
        p.stack[0].delete_kind = IKE_DELETE_none;
        row = run(w, &p, trial);
        assert_int_equal(row.sa_end, SA_END_idle);
        assert_true(row.ipsec_ns > 350 * S);
    }
    world_free(w);
}

/* With ARP modelled, a front end whose neighbour entry still points to the node that has come back
 * goes on with it until it is told: it is answered, but not by the node that has the group. */
static void two_owners_for_a_while(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_hang);
    p.arp.model = 1;
    p.arp.loss = 1.0;         /* no announcement is heard */
    p.arp.used_ns = 3000 * S; /* so it stays for long */
    p.trial.horizon_ns = 7200 * S;
    p.cluster.evict = law_constant(20e9);
    p.failure.back = law_constant(30e9);
    unsigned seen = 0;
    for (uint64_t trial = 0; trial < 50; trial++) {
        struct row row = run(w, &p, trial);
        assert_true(row.vip_up_ns < 10 * S);
        /* Answered between 30 and 50 s by the old owner, under the old SA, which it then deletes.
         * In a few trials the entry has expired before. */
        seen += row.requests_answered >= 5 && row.outage_ns > 50 * S &&
                row.idle_expiry_ns == 50 * S + D + 2 * MESSAGE_NS;
    }
    assert_true(seen > 40);
    world_free(w);
}

/* Heartbeats go on: the checks of the store find the hang, which takes minutes; the front end has
 * given up its SAs before. Its main modes go unanswered until the other node has the address. */
static void a_hang_found_by_checks(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_hang);
    p.failure.heartbeats = 1;
    p.resource[SITE_STORE].watched = RESOURCE_WATCH_exchange;
    p.resource[SITE_STORE].pending_limit = 1;
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct row row = run(w, &p, trial);
        int64_t begin = row.vip_up_ns - 700 * MS;
        assert_true(begin > (180 + 540) * S && begin <= (190 + 60 + 540) * S);
        assert_true(row.ipsec_ns > row.vip_up_ns && row.phase_mm_failed_ns > 300 * S);
    }
    world_free(w);
}

/* A resource that no front end waits for cannot start, so that the group moves on long after the
 * outage: that is another takeover, and the row is of the first. */
static void a_takeover_after_the_outage_is_another_one(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_move);
    p.resources = 3;
    p.resource[2] =
        (struct resource_params){.online = law_constant(500e9), .needs = 1, .pending_limit = 1};
    p.cluster.pending_timeout_ns = 100 * S;
    p.cluster.restart_threshold = 0;
    p.cluster.failover_threshold = 2;
    for (uint64_t trial = 0; trial < 50; trial++) {
        struct row row = run(w, &p, trial);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_true(row.outage_ns < 100 * S && row.vip_up_ns < row.ipsec_ns);
    }
    world_free(w);
}

/* ---- double, failback ---- */

/* Who is answered in clear only after the way back may be so before IKE listens there. */
static void a_failback_in_clear_knows_when_ike_listens(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_failback);
    p.failure.failback = law_constant(30e9);
    p.cluster.listen_lag_ns = 2 * S;
    unsigned late = 0;
    for (int i = 0; i < 2; i++) {
        p.traffic[i].protect = 0;
        p.traffic[i].rate_hz = 0.02;
        p.traffic[i].service = SITE_IP;
    }
    for (uint64_t trial = 0; trial < 400; trial++) {
        struct row row = run(w, &p, trial);
        late += row.vip_up_ns > row.outage_ns;
        if (row.vip_up_ns == NEVER_NS)
            fail_msg("trial %lu: IKE never listened", (unsigned long)trial);
    }
    assert_true(late > 5);
    world_free(w);
}

/* Who serves does not matter to a front end that is still waiting for its idle timer. */
static void a_second_crash_while_the_front_end_waits(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_double), crash = site(FAILURE_crash);
    p.failure.second = law_constant(15e9);
    for (uint64_t trial = 0; trial < 100; trial++) {
        p.failure.down = law_constant(trial % 2 ? 10e9 : 90e9);
        struct row a = run(w, &p, trial), b = run(w, &crash, trial);
        assert_int_equal(a.outage_ns, b.outage_ns);
        assert_true(a.vip_up_ns > (trial % 2 ? 21 : 100) * S);
    }
    world_free(w);
}

/* Told at once, a front end has SAs with the second node when that one dies too: everything begins
 * anew, and the outage is counted to the first answer of the node that stays. */
static void a_second_crash_after_the_first_recovery(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_double);
    p.failure.second = law_constant(400e9);
    p.failure.down = law_constant(100e9);
    for (uint64_t trial = 0; trial < 50; trial++) {
        struct row row = run(w, &p, trial);
        assert_true(row.ipsec_ns > 400 * S + 350 * S && row.ipsec_ns < 400 * S + 380 * S);
        assert_true(row.vip_up_ns > 408 * S && row.vip_up_ns < 411 * S);
        assert_int_equal(row.phase_stale_qm_ns, 63 * S);
        assert_int_equal(row.outage_ns, row.ipsec_ns + 2 * D);
    }
    world_free(w);
}

/* The second move has its own gap and comb. */
static void there_and_back(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_failback);
    p.cluster.stop = law_constant(1e9);
    p.failure.failback = law_constant(100e9);
    for (uint64_t trial = 0; trial < 200; trial++) {
        int64_t gap = 300 * MS + (int64_t)trial * 37 * MS;
        p.cluster.vip_gap = law_constant((double)gap);
        p.cluster.fence =
            trial % 2; /* who has been fenced answers again when the address is back */
        struct row row = run(w, &p, trial);
        int64_t gone = 101 * S, start = first_request(gone + D + 2 * MESSAGE_NS);
        int64_t ipsec = first_sending(start, gone + gap - D) + MM_NS + QM_NS;
        assert_int_equal(row.failback_gone_ns, gone);
        int64_t ready = gone + (gap > 200 * MS ? gap - 200 * MS : 0) + 1 * S; /* the store */
        int64_t answer = ipsec + 2 * D;
        if (answer - D < ready)
            answer = first_request(ready - D) + 2 * D;
        assert_int_equal(row.failback_outage_ns, answer - gone);
        assert_true(row.outage_ns < 70 * S && row.vip_up_ns == gap);
    }
    world_free(w);
}

/* ---- whatever goes wrong ---- */

static double draw(struct luck *luck, uint32_t k)
{
    return luck_uniform(luck, LUCK_per_trial, 0, 1000 + k);
}

/* A site in which everything is random, and every failure with times that let it meet anything. */
static struct params rough(const struct law_table *normal, uint64_t seed)
{
    static const int kinds[] = {FAILURE_hang,     FAILURE_restart, FAILURE_link, FAILURE_double,
                                FAILURE_failback, FAILURE_crash,   FAILURE_move};
    struct luck luck = {.seed = 62, .trial = seed};
    struct params p = site((enum failure_kind)kinds[seed % COUNT_OF(kinds)]);
    double span_s = draw(&luck, 0) < 0.5 ? 15.0 : 500.0;
    p.failure.heartbeats = draw(&luck, 1) < 0.5;
    p.failure.announced = draw(&luck, 2) < 0.5;
    p.failure.back = law_constant(draw(&luck, 3) < 0.3 ? 0.0 : draw(&luck, 4) * span_s * 1e9);
    p.failure.down = law_constant(draw(&luck, 5) * span_s * 1e9);
    p.failure.second = law_constant(draw(&luck, 6) * span_s * 1e9);
    p.failure.failback = law_constant(draw(&luck, 7) * span_s * 1e9);
    p.failure.backlog = draw(&luck, 11) < 0.5 ? 0 : 50;
    p.front_end.count = draw(&luck, 12) < 0.7 ? 1 : 3;
    p.trial.sa_age = SA_AGE_stationary;
    p.app.tcp = seed % 3 != 0;
    p.arp.model = seed % 2;
    p.arp.loss = 0.3;
    p.classes = 2;
    p.traffic[1].protect = seed % 5 != 0;
    p.traffic[0].rate_hz = seed % 4 == 0 ? 0.003 : 1.0;
    p.traffic[0].persistent = seed % 2;
    p.stack[0].commit_bit = seed % 7 != 0;
    p.stack[0].nlbs_flags = draw(&luck, 8) < 0.5;
    p.stack[0].hold = seed % 6 != 0;
    p.stack[0].delete_kind = (int64_t)(seed % 3);
    p.stack[0].retransmit_jitter_ns = 200 * MS;
    p.cluster.stop = law_constant(3e9);
    p.cluster.delete_window_ns = seed % 2 ? 2 * S : 0;
    p.cluster.evict = law_constant(draw(&luck, 9) * 20e9);
    p.cluster.pending_timeout_ns = draw(&luck, 10) < 0.5 ? 180 * S : 2 * S;
    p.resource[SITE_STORE].pending_limit = 1;
    p.resource[SITE_STORE].online = (struct law){.scale = 3e9};
    p.resource[SITE_STORE].watched = (int64_t)(seed / 7 % 3);
    for (int i = 0; i < 2; i++) {
        p.link[i].jitter_ns = 4 * MS;
        p.link[i].distribution = normal;
        p.link[i].loss = 0.05;
        p.link[i].duplicate = seed % 4 ? 0.0 : 0.2;
    }
    for (int i = 0; i < 3; i++)
        p.node[i].load = 0.6;
    return p;
}

static bool phases_sum_up(const struct row *row)
{
    const int64_t phase[] = {row->phase_detect_ns,    row->phase_wait_ns, row->phase_stale_qm_ns,
                             row->phase_mm_failed_ns, row->phase_mm_ns,   row->phase_qm_wait_ns,
                             row->phase_qm_ns,        row->phase_app_ns};
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(phase); i++) {
        if (phase[i] < 0)
            return false;
        sum += phase[i];
    }
    return sum == row->outage_ns;
}

static bool consistent(const struct params *p, const struct row *row)
{
    bool good = row->requests_answered + row->requests_lost <= row->requests_sent;
    if (row->status != ROW_RECOVERED)
        return good;
    good &= phases_sum_up(row);
    good &= row->vip_up_ns <= row->ipsec_ns && row->ipsec_ns <= row->outage_ns;
    good &= p->failure.kind == FAILURE_failback ? row->failback_outage_ns > 0
                                                : row->failback_gone_ns == NEVER_NS;
    good &=
        p->failure.kind != FAILURE_double || row->outage_ns > (int64_t)p->failure.second.location;
    return good;
}

static void every_row_is_consistent(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    struct world *w = world_new();
    unsigned recovered = 0;
    for (uint64_t seed = 0; seed < TESTKIT_TRIALS(3000); seed++) {
        struct params p = rough(normal, seed);
        struct luck luck = {.seed = seed, .trial = seed * 977};
        struct row row;
        world_run(w, &p, &luck, &row);
        struct world_audit audit = world_audit(w);
        bool good = audit.sent + audit.duplicated == audit.delivered + audit.lost + audit.in_flight;
        uint32_t front_ends;
        const struct row *rows = world_front_ends(w, &front_ends);
        for (uint32_t i = 0; i < front_ends; i++)
            good &= consistent(&p, &rows[i]);
        recovered += row.status == ROW_RECOVERED;
        if (!good)
            fail_msg("seed %lu: inconsistent row", (unsigned long)seed);
        if (world_drain(w, INT64_MAX) != 0)
            fail_msg("seed %lu: something never ends", (unsigned long)seed);
        audit = world_audit(w);
        if (audit.in_flight != 0 || audit.sent + audit.duplicated != audit.delivered + audit.lost)
            fail_msg("seed %lu: packets got lost without trace", (unsigned long)seed);
    }
    assert_true(recovered > TESTKIT_TRIALS(3000) * 2 / 3);
    world_free(w);
    free(normal);
}

static void a_trial_alone_equals_the_trial_in_line(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    struct world *line = world_new();
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct params p = rough(normal, trial);
        struct luck luck = {.seed = 3, .trial = trial};
        struct row in_line, alone;
        world_run(line, &p, &luck, &in_line);
        struct world *fresh = world_new();
        world_run(fresh, &p, &luck, &alone);
        world_free(fresh);
        if (memcmp(&in_line, &alone, sizeof alone) != 0)
            fail_msg("seed 3, trial %lu: another row alone than in line", (unsigned long)trial);
    }
    world_free(line);
    free(normal);
}

/* Classes the policy does not protect never wait for IKE: they are answered as soon as the service
 * is there. */
static void unprotected_classes_wait_for_the_service_only(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_restart);
    p.failure.down = law_constant(30e9);
    p.classes = 2;
    p.traffic[0].rate_hz = 1.0;
    p.traffic[1].protect = 0;
    struct row row = run(w, &p, 0);
    assert_true(row.requests_clear > 250);
    assert_true(row.requests_answered > 250);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quick_restart_is_a_crash),
        cmocka_unit_test(a_slow_restart_meets_the_main_mode),
        cmocka_unit_test(an_announced_restart_is_a_move),
        cmocka_unit_test(connections_do_not_outlive_a_restart),
        cmocka_unit_test(a_short_break_needs_no_ike),
        cmocka_unit_test(a_long_break_needs_a_quick_mode),
        cmocka_unit_test(a_short_hang_is_a_short_break),
        cmocka_unit_test(packets_wait_for_a_hung_node),
        cmocka_unit_test(a_hang_for_ever_is_a_crash),
        cmocka_unit_test(a_returning_node_tells_the_front_end),
        cmocka_unit_test(two_owners_for_a_while),
        cmocka_unit_test(a_hang_found_by_checks),
        cmocka_unit_test(a_takeover_after_the_outage_is_another_one),
        cmocka_unit_test(a_failback_in_clear_knows_when_ike_listens),
        cmocka_unit_test(a_second_crash_while_the_front_end_waits),
        cmocka_unit_test(a_second_crash_after_the_first_recovery),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(every_row_is_consistent),
        cmocka_unit_test(a_trial_alone_equals_the_trial_in_line),
        cmocka_unit_test(unprotected_classes_wait_for_the_service_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
