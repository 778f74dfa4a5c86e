/* Network Load Balancing, whole trials with constant links, to the nanosecond. */
#include "../testkit.h"

#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

static const int64_t D = 5 * MS;
static const int64_t MM_NS = 6 * 5 * MS + 16300 * NS_PER_US;
static const int64_t QM_NS = 4 * 5 * MS + 500 * NS_PER_US;
static const int64_t MESSAGE_NS = 100 * NS_PER_US;

enum { C = SITE_FRONT_END + 1, ADDED };

/* Three hosts; a fourth one may come. */
static struct params balanced(enum failure_kind kind)
{
    struct params p = site(kind);
    p.cluster.kind = CLUSTER_nlb;
    p.cluster.hosts = 1 << SITE_A | 1 << SITE_B | 1 << C;
    p.cluster.active = SITE_A;
    p.cluster.standby = ADDED;
    p.cluster.alive_period_ns = S;
    p.cluster.alive_tolerance = 5;
    p.cluster.convergence = law_constant(2.75e9);
    p.cluster.affinity = NLB_AFFINITY_single;
    p.cluster.nlb_tracks = 1;
    p.stack[0].nlbs_present = IKE_NLBS_auto;
    p.stack[0].initial_contact = 1;
    p.nodes = ADDED + 1;
    for (int i = C; i <= ADDED; i++)
        p.node[i] = p.node[SITE_B];
    return p;
}

/* Instants at which requests of front end 0 begin, in order. */
static struct {
    int64_t ns[8192];
    size_t n;
} requests;

static void note_request(void *context, const struct moment *moment)
{
    (void)context;
    if (requests.n < COUNT_OF(requests.ns) && actor_number(moment->actor) == 0)
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
    struct luck luck = {.seed = 81, .trial = trial};
    struct row row;
    requests.n = 0;
    world_run(w, p, &luck, &row);
    return row;
}

/* [MS-IKEE] 3.5.2: 60 s if the peer sent NLBS_PRESENT while the main-mode SA was negotiated, or
 * with the front end's flag; with both as well. So the flag changes nothing where hosts of NLB send
 * it. With neither the five minutes are back. */
static void three_levers_with_one_effect(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = balanced(FAILURE_crash);
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct row row[2][2];
        for (int present = 0; present <= 1; present++)
            for (int flag = 0; flag <= 1; flag++) {
                p.stack[0].nlbs_present = present ? IKE_NLBS_auto : IKE_NLBS_off;
                p.stack[0].nlbs_flags = flag;
                row[present][flag] = run(w, &p, trial);
                int64_t idle = present || flag ? 60 * S : 300 * S;
                const struct row *r = &row[present][flag];
                assert_int_equal(r->status, ROW_RECOVERED);
                assert_int_equal(r->idle_expiry_ns, idle - r->silence_ns);
                assert_int_equal(r->mm_start_ns, first_request(r->stale_qm_start_ns + 63 * S));
                assert_int_equal(r->ipsec_ns, r->mm_start_ns + MM_NS + QM_NS);
            }
        assert_memory_equal(&row[1][0], &row[1][1], sizeof(struct row));
        assert_memory_equal(&row[0][1], &row[1][0], sizeof(struct row));
        assert_true(row[0][0].ipsec_ns > row[1][1].ipsec_ns + 200 * S);
    }
    world_free(w);
}

/* Nodes of a server cluster do not send it, unless told to. */
static void who_sends_nlbs_present(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = site(FAILURE_crash);
    static const int64_t idle_s[] = {
        [IKE_NLBS_off] = 300, [IKE_NLBS_on] = 60, [IKE_NLBS_auto] = 300};
    for (int present = IKE_NLBS_off; present <= IKE_NLBS_auto; present++) {
        p.stack[0].nlbs_present = present;
        struct row row = run(w, &p, 1);
        assert_int_equal(row.idle_expiry_ns, idle_s[present] * S - row.silence_ns);
    }
    world_free(w);
}

/* Noticed after five heartbeats, agreed upon 2.75 s later. */
static void a_dead_host(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = balanced(FAILURE_crash);
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct row row = run(w, &p, trial);
        struct luck luck = {.seed = 81, .trial = trial};
        double phase = luck_uniform(&luck, LUCK_heartbeat, actor_id(ACTOR_WORLD, 0, 0), 0);
        assert_int_equal(row.vip_gone_ns, 0);
        assert_int_equal(row.vip_up_ns, 5 * S - (int64_t)(phase * 1e9) + 2750 * MS);
        assert_int_equal(row.outage_ns, row.ipsec_ns + 2 * D);
    }
    world_free(w);
}

/* One that leaves in order tells its clients, whose main mode gets through when the others have
 * agreed. */
static void a_host_that_leaves(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = balanced(FAILURE_move);
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct row row = run(w, &p, trial);
        int64_t gone = D + 2 * MESSAGE_NS, start = first_request(gone);
        assert_int_equal(row.sa_end, SA_END_deleted);
        assert_int_equal(row.mm_start_ns, start);
        assert_int_equal(row.ipsec_ns, first_sending(start, 2750 * MS - D) + MM_NS + QM_NS);
        assert_int_equal(row.vip_up_ns, 2750 * MS);
    }
    world_free(w);
}

/* KB 248346: where sessions are not tracked, a client that is given to the new host is cut off as
 * after a crash; where they are, nothing happens to it. */
static void a_host_is_added(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = balanced(FAILURE_add_host), crash = balanced(FAILURE_crash);
    for (uint64_t trial = 0; trial < 100; trial++) {
        p.cluster.nlb_tracks = 1;
        struct row row = run(w, &p, trial);
        assert_int_equal(row.ike_messages, 0);
        assert_int_equal(row.ipsec_ns, 0);
        assert_int_equal(row.vip_gone_ns, NEVER_NS);
        assert_int_equal(row.outage_ns, first_request(-D) + 2 * D);
        p.cluster.nlb_tracks = 0;
        row = run(w, &p, trial);
        struct row dead = run(w, &crash, trial);
        assert_int_equal(row.vip_gone_ns, 0);
        assert_int_equal(row.vip_up_ns, 0);
        assert_int_equal(row.ipsec_ns, dead.ipsec_ns);
        assert_int_equal(row.outage_ns, dead.outage_ns);
        assert_int_equal(row.teardowns, 0);
    }
    world_free(w);
}

static void note_host(void *context, const struct moment *moment)
{
    if (actor_kind(moment->actor) == ACTOR_NODE)
        *(uint32_t *)context = actor_node_index(moment->actor);
}

/* With Initial-Contact a tracked client whose main-mode SA is over gets the host that its hash
 * names now; without, it stays. */
static void initial_contact_rebalances(void **state)
{
    (void)state;
    for (int64_t contact = 0; contact <= 1; contact++) {
        struct params p = balanced(FAILURE_add_host);
        uint32_t host = 99;
        struct world *w = new_world();
        sim_listen(world_sim(w), MOMENT_BIT(mm_sa_up), note_host, &host);
        p.stack[0].initial_contact = contact;
        p.stack[0].mm_lifetime_ns = 20 * S;
        p.stack[0].qm_lifetime_ns = 30 * S;
        p.traffic[1].protect = 1;
        p.traffic[1].rate_hz = 0.001; /* not answered soon, so that the trial goes on */
        p.traffic[0].rate_hz = 0.02;
        unsigned moved = 0, seen = 0;
        for (uint64_t trial = 0; trial < 40; trial++) {
            host = 99;
            run(w, &p, trial);
            seen += host != 99;
            moved += host == ADDED;
            assert_true(host == 99 || host == (contact ? (uint32_t)ADDED : SITE_A));
        }
        assert_true(seen > 5 && moved == (contact ? seen : 0));
        world_free(w);
    }
}

/* Affinity "none" without tracking: after the crash IKE and ESP meet on one of two hosts by chance;
 * otherwise there is no answer at all. */
static void affinity_none_is_a_matter_of_chance(void **state)
{
    (void)state;
    enum { TRIALS = 1000 };
    struct world *w = new_world();
    struct params p = balanced(FAILURE_crash);
    p.cluster.affinity = NLB_AFFINITY_none;
    p.cluster.nlb_tracks = 0;
    p.trial.horizon_ns = 400 * S;
    unsigned recovered = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct row row = run(w, &p, trial);
        recovered += row.status == ROW_RECOVERED;
        /* IKE itself is on one host; but an SA that ESP never meets is of no use. */
        assert_int_equal(row.ipsec_ns != NEVER_NS, row.status == ROW_RECOVERED);
    }
    assert_share(recovered, TRIALS, 0.5);
    world_free(w);
}

/* Nor is an SA of use to those whose host went on, if their packets go to the dead one: without
 * affinity most front ends are cut off in part. */
static void affinity_none_cuts_off_others_too(void **state)
{
    (void)state;
    struct world *w = new_world();
    struct params p = balanced(FAILURE_crash);
    p.cluster.affinity = NLB_AFFINITY_none;
    p.cluster.nlb_tracks = 0;
    p.front_end.count = 20;
    p.trial.horizon_ns = 400 * S;
    unsigned at_once = 0, never = 0;
    for (uint64_t trial = 0; trial < 20; trial++) {
        run(w, &p, trial);
        uint32_t count;
        const struct row *row = world_front_ends(w, &count);
        for (uint32_t i = 0; i < count; i++) {
            at_once += row[i].ipsec_ns == 0;
            never += row[i].ipsec_ns == NEVER_NS;
            if (row[i].ipsec_ns == 0 && row[i].status == ROW_CENSORED)
                fail_msg("trial %lu, front end %u: no answer", (unsigned long)trial, i);
            if (row[i].ipsec_ns == NEVER_NS && row[i].status == ROW_RECOVERED)
                fail_msg("trial %lu, front end %u: answered without", (unsigned long)trial, i);
        }
    }
    assert_true(at_once > 30 && never > 30);
    world_free(w);
}

/* Only clients of the dead host are cut off: a third of them. */
static void others_do_not_notice(void **state)
{
    (void)state;
    enum { FRONT_ENDS = 300, TRIALS = 10 };
    struct world *w = new_world();
    struct params p = balanced(FAILURE_crash);
    p.front_end.count = FRONT_ENDS;
    unsigned cut_off = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        run(w, &p, trial);
        uint32_t count;
        const struct row *row = world_front_ends(w, &count);
        assert_true(row[0].ipsec_ns > 50 * S);
        for (uint32_t i = 1; i < count; i++) {
            assert_true(row[i].status == ROW_RECOVERED);
            assert_true(row[i].ipsec_ns == 0 || row[i].ipsec_ns > 50 * S);
            cut_off += row[i].ipsec_ns > 0;
            if (row[i].ipsec_ns == 0)
                assert_int_equal(row[i].ike_messages, 0);
        }
    }
    assert_share(cut_off, TRIALS * (FRONT_ENDS - 1), 1.0 / 3.0);
    world_free(w);
}

/* ---- whatever happens ---- */

static struct params rough(const struct law_table *normal, uint64_t seed)
{
    static const int kinds[] = {FAILURE_crash, FAILURE_move, FAILURE_add_host};
    struct params p = balanced((enum failure_kind)kinds[seed % 3]);
    p.trial.sa_age = SA_AGE_stationary;
    p.cluster.affinity = seed % 4 == 0 ? NLB_AFFINITY_none : NLB_AFFINITY_single;
    p.cluster.nlb_tracks = seed % 5 < 3;
    p.app.tcp = seed % 2;
    p.arp.model = seed / 2 % 2;
    p.front_end.count = seed % 7 == 0 ? 4 : 1;
    p.stack[0].commit_bit = seed % 11 != 0;
    p.stack[0].initial_contact = seed % 13 != 0;
    p.stack[0].delete_kind = (int64_t)(seed / 3 % 3);
    p.trial.horizon_ns = 1000 * S;
    for (int i = 0; i < 2; i++) {
        p.link[i].jitter_ns = 4 * MS;
        p.link[i].distribution = normal;
        p.link[i].loss = 0.05;
        p.link[i].duplicate = seed % 4 ? 0.0 : 0.2;
    }
    for (int i = 0; i < p.nodes; i++)
        p.node[i].load = 0.6;
    return p;
}

static bool consistent(const struct row *row)
{
    int64_t sum = row->phase_detect_ns + row->phase_wait_ns + row->phase_stale_qm_ns +
                  row->phase_mm_failed_ns + row->phase_mm_ns + row->phase_qm_wait_ns +
                  row->phase_qm_ns + row->phase_app_ns;
    return row->status != ROW_RECOVERED ||
           (sum == row->outage_ns && row->phase_app_ns >= 0 && row->vip_up_ns <= row->ipsec_ns);
}

static void every_row_is_consistent(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    struct world *w = world_new();
    for (uint64_t seed = 0; seed < TESTKIT_TRIALS(2000); seed++) {
        struct params p = rough(normal, seed);
        struct luck luck = {.seed = seed, .trial = seed * 977};
        struct row row;
        world_run(w, &p, &luck, &row);
        uint32_t front_ends;
        const struct row *rows = world_front_ends(w, &front_ends);
        for (uint32_t i = 0; i < front_ends; i++)
            if (!consistent(&rows[i]))
                fail_msg("seed %lu: inconsistent row", (unsigned long)seed);
        if (world_drain(w, INT64_MAX) != 0)
            fail_msg("seed %lu: something never ends", (unsigned long)seed);
        struct world_audit audit = world_audit(w);
        if (audit.in_flight != 0 || audit.sent + audit.duplicated != audit.delivered + audit.lost)
            fail_msg("seed %lu: packets got lost without trace", (unsigned long)seed);
    }
    world_free(w);
    free(normal);
}

/* A world goes from a server cluster to NLB and back: nothing is left over. */
static void a_trial_alone_equals_the_trial_in_line(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    struct world *line = world_new();
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct params p = rough(normal, trial);
        if (trial % 5 == 4)
            p = site(FAILURE_crash);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_levers_with_one_effect),
        cmocka_unit_test(who_sends_nlbs_present),
        cmocka_unit_test(a_dead_host),
        cmocka_unit_test(a_host_that_leaves),
        cmocka_unit_test(a_host_is_added),
        cmocka_unit_test(initial_contact_rebalances),
        cmocka_unit_test(affinity_none_is_a_matter_of_chance),
        cmocka_unit_test(affinity_none_cuts_off_others_too),
        cmocka_unit_test(others_do_not_notice),
        cmocka_unit_test(every_row_is_consistent),
        cmocka_unit_test(a_trial_alone_equals_the_trial_in_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
