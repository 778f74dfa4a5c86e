/* Trials of trial.system storm: closed forms to the nanosecond, the other world client for client,
 * and what must hold in every trial. */
#include "../testkit.h"

#include <malloc.h>
#include <string.h>

#include "engine/check.h"
#include "moment/moment.h"
#include "world/world.h"

#include "inside.h"
#include "storm_inside.h"
#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

static const int64_t D = 5 * MS; /* each link's delay */

/* Clients that all notice at 100 s, when the node has long taken over; nothing is limited. */
static struct params storm_site(int64_t clients, enum storm_ike ike)
{
    struct params p = site(FAILURE_crash);
    p.trial.system = TRIAL_SYSTEM_storm;
    p.storm = (struct storm_params){.clients = clients,
                                    .ike = ike,
                                    .notice = law_constant(100e9),
                                    .distance = law_constant(0.0),
                                    .retry = law_constant(0.0),
                                    .clients_per_ip = 1,
                                    .cookie_lifetime_ns = 10 * S};
    return p;
}

static void cost_nothing(struct params *p)
{
    p->crypto[0] = (struct crypto_params){0};
}

/* strongSwan's limits, loss, clients behind NAT, notices close together. */
static struct params busy_site(int64_t clients, enum storm_ike ike)
{
    struct params p = storm_site(clients, ike);
    p.storm.notice = (struct law){NULL, 1e9, 10e9}; /* some before the node listens */
    p.storm.distance = (struct law){NULL, 0.0, 50e6};
    p.storm.retry = (struct law){NULL, 0.0, 1e9};
    p.storm.clients_per_ip = 3;
    p.storm.cookie_threshold = 30;
    p.storm.cookie_threshold_ip = 2;
    p.storm.cookie_calm_down_ns = 10 * S;
    p.storm.block_threshold = 3;
    p.storm.init_limit_half_open = 100;
    p.storm.init_limit_job_load = 50;
    p.storm.half_open_timeout_ns = 5 * S;
    p.stack[0].retransmit_tries = 3;
    p.stack[0].retransmit_jitter_ns = 100 * MS;
    for (int i = 0; i < 2; i++) {
        p.link[i].loss = 0.1;
        p.link[i].jitter_ns = 2 * MS;
    }
    return p;
}

static struct row run_trial(struct world *w, const struct params *p, uint64_t trial)
{
    struct luck luck = {.seed = 31, .trial = trial};
    struct row row;
    world_run(w, p, &luck, &row);
    return row;
}

static struct row run_once(const struct params *p, uint64_t trial)
{
    struct world *w = world_new();
    struct row row = run_trial(w, p, trial);
    world_free(w);
    return row;
}

/* ---- closed forms ---- */

/* Without cost or loss it is round trips: two of IKEv2, three of Main Mode and two of Quick Mode
 * with its commit bit. */
static void without_cost_it_is_round_trips(void **state)
{
    (void)state;
    struct params p = storm_site(7, STORM_IKE_v2);
    cost_nothing(&p);
    struct row row = run_once(&p, 0);
    assert_int_equal(row.status, ROW_RECOVERED);
    assert_int_equal(row.system, ROW_SYSTEM_STORM);
    assert_int_equal(row.outage_ns, 100 * S + 4 * D);
    assert_int_equal(row.outage_first_ns, row.outage_last_ns);
    assert_int_equal(row.phase_detect_ns, 100 * S);
    assert_int_equal(row.phase_mm_ns, 2 * D);
    assert_int_equal(row.phase_qm_ns, 2 * D);
    assert_int_equal(row.ike_messages, 4 * 7);
    p.storm.distance = law_constant(20e6);
    assert_int_equal(run_once(&p, 0).outage_ns, 100 * S + 4 * (D + 20 * MS));
    p = storm_site(7, STORM_IKE_v1);
    cost_nothing(&p);
    row = run_once(&p, 0);
    assert_int_equal(row.outage_ns, 100 * S + 10 * D);
    assert_int_equal(row.phase_mm_ns, 6 * D);
    assert_int_equal(row.ike_messages, 10 * 7);
}

/* A lone client: its own cryptography and the node's. */
static void a_lone_client_is_a_sum(void **state)
{
    (void)state;
    struct params p = storm_site(1, STORM_IKE_v2);
    const struct crypto_params *c = &p.crypto[0];
    int64_t init_ns = c->dh_keygen_ns + c->dh_agree_ns;
    int64_t auth_ns = 2 * c->verify_ns + c->sign_ns + c->message_ns;
    int64_t client_ns = c->dh_keygen_ns + c->dh_agree_ns + c->sign_ns + c->message_ns +
                        2 * c->verify_ns + c->message_ns;
    struct row row = run_once(&p, 0);
    assert_int_equal(row.outage_ns, 100 * S + 4 * D + init_ns + auth_ns + client_ns);
    assert_int_equal(row.crypto_front_end_ns, client_ns);
    assert_int_equal(row.crypto_nodes_ns, init_ns + auth_ns);
    p.node[SITE_FRONT_END].speed = 2.0; /* its computer is twice as fast */
    assert_int_equal(run_once(&p, 0).outage_ns,
                     100 * S + 4 * D + init_ns + auth_ns + client_ns / 2);
}

static void a_cookie_costs_one_round_trip(void **state)
{
    (void)state;
    struct params p = storm_site(1, STORM_IKE_v2);
    int64_t without_ns = run_once(&p, 0).outage_ns;
    p.storm.cookie_threshold = 1; /* nobody is half open yet */
    assert_int_equal(run_once(&p, 0).outage_ns, without_ns);
    p = storm_site(50, STORM_IKE_v2);
    cost_nothing(&p);
    without_ns = run_once(&p, 0).outage_ns;
    p.storm.cookie_threshold = 1; /* the first one is */
    struct row row = run_once(&p, 0);
    assert_int_equal(row.outage_first_ns, without_ns);
    assert_int_equal(row.outage_last_ns, without_ns + 2 * D);
    assert_int_equal(row.cookies_sent, 49);
    p.storm.ike = STORM_IKE_v1; /* has none */
    assert_int_equal(run_once(&p, 0).cookies_sent, 0);
}

/* Clients whose first message waits for the processor repeat it, and are asked for a cookie then;
 * to some the answer to the first one is under way already. Nothing is lost, and nobody has to wait
 * until IKE gives up. */
static void a_cookie_in_the_middle_costs_nobody(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct params p = storm_site(N, STORM_IKE_v2);
    cost_nothing(&p);
    p.node[SITE_B].crypto = 1;
    p.node[SITE_B].discipline = CPU_fifo;
    p.cryptos = 2;
    p.crypto[1] = (struct crypto_params){.dh_agree_ns = 5 * MS};
    p.storm.cookie_threshold = N / 2;
    struct row row = run_once(&p, 0);
    assert_int_equal(row.status, ROW_RECOVERED);
    assert_true(row.cookies_sent > N / 2); /* some of those who were let in without are asked too */
    assert_int_equal(row.negotiations, N);
    assert_int_equal(row.negotiations_failed, 0);
    assert_int_equal(row.half_open_expired, 0);
}

/* A cookie that is too old whenever it comes back: a client gives up after as many as it would
 * repeat a message. */
static void cookies_come_to_an_end(void **state)
{
    (void)state;
    enum { N = 20 };
    struct params p = storm_site(N, STORM_IKE_v2);
    cost_nothing(&p);
    p.link[0].delay_ns = p.link[1].delay_ns = 2 * S;
    p.stack[0].retransmit_first_ns = 20 * S;
    p.storm.cookie_threshold = 1;
    p.storm.cookie_lifetime_ns = 1 * S;
    p.storm.cookie_calm_down_ns = 3600 * S;
    p.storm.tries = 1;
    struct row row = run_once(&p, 0);
    assert_int_equal(row.clients_lost, N - 1); /* the first one is let in */
    assert_int_equal(row.cookies_sent, (N - 1) * (p.stack[0].retransmit_tries + 2));
}

/* All start at once at one processor that takes one message after the other: first all first
 * messages, then all second ones. The last one is back when all work is done. */
static void one_queue_serves_all_in_turn(void **state)
{
    (void)state;
    enum { N = 201 };
    struct params p = storm_site(N, STORM_IKE_v2);
    cost_nothing(&p);
    p.node[SITE_B].crypto = 1;
    p.node[SITE_B].discipline = CPU_fifo;
    p.cryptos = 2;
    p.crypto[1] = (struct crypto_params){.dh_agree_ns = 3 * MS, .sign_ns = 4 * MS};
    p.stack[0].retransmit_first_ns = 100 * S; /* nobody repeats */
    struct row row = run_once(&p, 0);
    assert_int_equal(row.outage_last_ns, 100 * S + D + N * (3 + 4) * MS + D);
    assert_int_equal(row.outage_first_ns, 100 * S + D + (N * 3 + 4) * MS + D);
    assert_int_equal(row.outage_median_ns, 100 * S + D + (N * 3 + (N + 1) / 2 * 4) * MS + D);
    assert_int_equal(row.jobs_peak, N - 1); /* one is being worked on */
    assert_int_equal(row.half_open_peak, N);
    /* Shared, all first messages are done together after N times their work. */
    p.node[SITE_B].discipline = CPU_ps;
    row = run_once(&p, 0);
    assert_near((double)row.outage_last_ns, (double)(100 * S + 2 * D + N * 7 * MS + 2 * D), 10.0);
    assert_near((double)row.outage_first_ns, (double)row.outage_last_ns, 10.0);
    p.node[SITE_B].cores = 4;
    assert_near((double)run_once(&p, 0).outage_last_ns,
                (double)(100 * S + 2 * D + N * 7 * MS / 4 + 2 * D), 10.0);
}

/* ---- the other world ---- */

enum { FRONT_ENDS = 8, OTHER_WORLD_TRIALS = 300 };

struct other_world {
    int64_t mm_start_ns[FRONT_ENDS], ipsec_ns[FRONT_ENDS];
    uint32_t mains[FRONT_ENDS];
};

/* Front ends whose SAs are deleted in order, so that all begin with main mode. */
static struct params moved_site(void)
{
    struct params p = site(FAILURE_move);
    p.front_end.count = FRONT_ENDS;
    p.traffic[0].rate_hz = 20.0;
    p.cluster.vip_gap = law_constant(2.3e9);
    p.cluster.stop = law_constant(3e9);
    p.stack[0].delete_kind = IKE_DELETE_plain;
    p.stack[0].retransmit_jitter_ns = 50 * MS;
    p.node[SITE_B].load = 0.5;
    p.node[SITE_B].cores = 2;
    p.node[SITE_B].speed = 0.2;
    p.resource[SITE_STORE].load = 0.3;
    p.resource[SITE_STORE].online = law_constant(8e9);
    for (int i = 0; i < 2; i++)
        p.link[i] = (struct link_params){.delay_ns = 8 * MS, .jitter_ns = 3 * MS, .loss = 0.15};
    p.link[1].loss = 0.05; /* DELETEs come this way */
    return p;
}

struct back {
    int64_t at_ns[FRONT_ENDS];
};

static void hear_back(void *back, const struct moment *m)
{
    if (actor_kind(m->actor) == ACTOR_FRONT_END && m->id == MOMENT_qm_sa_up)
        ((struct back *)back)->at_ns[actor_number(m->actor)] = m->time_ns;
}

/* A client of a storm does what a front end does, to the nanosecond: the same tables, schedule,
 * luck and contention for the same processor. Held side by side where all front ends began main
 * mode after the address had left, and none had to begin a second one (which in the other world
 * waits for a packet) or had begun a quick mode before. */
static void clients_are_the_other_worlds_front_ends(void **state)
{
    (void)state;
    struct params p = moved_site(), q = p;
    q.trial.system = TRIAL_SYSTEM_storm;
    q.front_end.count = 1;
    q.storm = storm_site(FRONT_ENDS, STORM_IKE_v1).storm;
    struct world *w = world_new();
    struct storm *s;
    struct sim sim;
    struct back back;
    sim_init(&sim);
    s = storm_new(&sim);
    sim_listen(&sim, MOMENT_BIT(qm_sa_up), hear_back, &back);
    uint32_t compared = 0;
    for (uint64_t trial = 0; trial < TESTKIT_TRIALS(OTHER_WORLD_TRIALS); trial++) {
        int64_t notice_ns[FRONT_ENDS];
        struct luck luck = {.seed = 31, .trial = trial};
        struct row row;
        uint32_t n;
        bool good = true;
        world_run(w, &p, &luck, &row);
        const struct row *fe = world_front_ends(w, &n);
        assert_int_equal(n, FRONT_ENDS);
        for (uint32_t i = 0; i < n; i++) {
            notice_ns[i] = fe[i].mm_start_ns;
            const struct ike_peer *peer = &w->front_end[i].peer;
            good = good && fe[i].mm_start_ns >= 0 && peer->cookie == 1 && peer->quick_modes[0] == 1;
        }
        if (!good)
            continue;
        back = (struct back){{0}};
        storm_set_notices(s, notice_ns);
        storm_run(s, &q, &luck, NULL, &row);
        compared++;
        for (uint32_t i = 0; i < n; i++)
            if (fe[i].ipsec_ns != back.at_ns[i])
                fail_msg("seed 31, trial %u, client %u: %.9f s, in the other world %.9f s",
                         (unsigned)trial, i, (double)back.at_ns[i] * 1e-9,
                         (double)fe[i].ipsec_ns * 1e-9);
    }
    assert_true(compared >= TESTKIT_TRIALS(OTHER_WORLD_TRIALS) / 3);
    storm_free(s);
    sim_fini(&sim);
    world_free(w);
}

/* ---- the gate ---- */

/* A count of half-open negotiations never passes its limit, and what is half open is counted. */
static void the_gate_keeps_its_limits(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < TESTKIT_TRIALS(40); trial++) {
        struct params p = busy_site(2000, trial % 2 ? STORM_IKE_v2 : STORM_IKE_v1);
        p.storm.notice = (struct law){NULL, 10e9, 1e9};
        p.storm.init_limit_job_load = trial % 4 < 2 ? 50 : 0;
        struct row row = run_trial(w, &p, trial);
        uint32_t found, counted = storm_half_open(w->storm, &found);
        if (row.half_open_peak > 100 || row.half_open_peak < 50)
            fail_msg("seed 31, trial %u: %d half open", (unsigned)trial, (int)row.half_open_peak);
        assert_true(found <= counted);
        assert_true(row.inits_dropped > 0);
        assert_int_equal(row.cookies_sent > 0, trial % 2);
        if (p.storm.init_limit_job_load > 0)
            assert_true(row.jobs_peak <= 50 + 2 * 100);
        world_drain(w, INT64_MAX / 2);
        counted = storm_half_open(w->storm, &found);
        assert_int_equal(counted, 0); /* all have timed out or are up */
        assert_int_equal(found, 0);
    }
    world_free(w);
}

/* First messages of all clients at once: a core each is worked on, so many as the limit says wait,
 * the others are dropped. */
static void only_what_waits_counts_for_the_limit(void **state)
{
    (void)state;
    enum { N = 200 };
    static const int64_t cores[] = {1, 4, N, 256}, limits[] = {0, 1, 50, N};
    struct params p = storm_site(N, STORM_IKE_v2);
    cost_nothing(&p);
    p.node[SITE_B].crypto = 1;
    p.cryptos = 2;
    p.crypto[1] = (struct crypto_params){.dh_agree_ns = 3 * MS};
    p.stack[0].retransmit_first_ns = 100 * S; /* nobody repeats */
    p.trial.horizon_ns = 150 * S;
    for (size_t i = 0; i < COUNT_OF(cores) * COUNT_OF(limits); i++) {
        p.node[SITE_B].cores = cores[i / COUNT_OF(limits)];
        p.node[SITE_B].discipline = i % 3 ? CPU_ps : CPU_fifo;
        p.storm.init_limit_job_load = limits[i % COUNT_OF(limits)];
        struct row row = run_once(&p, 0);
        int64_t limit = p.storm.init_limit_job_load, beyond = N - p.node[SITE_B].cores;
        beyond = beyond > 0 ? beyond : 0;
        int64_t wait = limit > 0 && limit < beyond ? limit : beyond;
        assert_int_equal(row.inits_dropped, beyond - wait);
        assert_int_equal(row.jobs_peak, wait);
        assert_int_equal(row.clients_back, N - row.inits_dropped);
    }
}

/* Clients of one address block each other: of ten at once five are taken, the others come back. */
static void an_address_is_blocked(void **state)
{
    (void)state;
    struct params p = storm_site(10, STORM_IKE_v2);
    cost_nothing(&p);
    p.storm.clients_per_ip = 10;
    p.storm.block_threshold = 5;
    struct row row = run_once(&p, 0);
    assert_int_equal(row.inits_dropped, 5);
    assert_int_equal(row.half_open_peak, 5);
    assert_int_equal(row.ike_retransmissions, 5);
    assert_int_equal(row.outage_median_ns, 100 * S + 4 * D);
    assert_int_equal(row.outage_last_ns, 101 * S + 4 * D); /* the first repetition */
    p.storm.clients_per_ip = 2;
    assert_int_equal(run_once(&p, 0).inits_dropped, 0);
}

/* A negotiation whose client falls silent is dropped; its client begins anew in time. */
static void silence_times_out(void **state)
{
    (void)state;
    struct params p = storm_site(4, STORM_IKE_v2);
    p.link[1].loss = 1.0; /* no answer ever arrives */
    p.trial.horizon_ns = 1000 * S;
    p.stack[0].retransmit_tries = 0; /* given up after 1 s, begun anew at once */
    p.storm.retry = law_constant(99e9);
    p.storm.half_open_timeout_ns = 30 * S;
    p.storm.tries = 3;
    struct row row = run_once(&p, 0);
    assert_int_equal(row.status, ROW_CENSORED);
    assert_int_equal(row.outage_ns, NEVER_NS);
    assert_int_equal(row.negotiations, 12);
    assert_int_equal(row.negotiations_failed, 12);
    assert_int_equal(row.clients_lost, 4);
    assert_int_equal(row.half_open_peak, 4);
    assert_int_equal(row.half_open_expired, 8); /* the last ones are still waited for */
    p.storm.half_open_timeout_ns = 0;
    row = run_once(&p, 0);
    assert_int_equal(row.half_open_expired, 0);
    assert_int_equal(row.half_open_peak, 12); /* those left behind count */
}

/* Windows' DoS mode: on at so many, off below fewer. */
static void cookies_have_two_thresholds(void **state)
{
    (void)state;
    struct params p = storm_site(100, STORM_IKE_v2);
    p.node[SITE_B].crypto = 1;
    p.node[SITE_B].discipline = CPU_fifo;
    p.cryptos = 2;
    cost_nothing(&p);
    p.crypto[1] = (struct crypto_params){.dh_agree_ns = 0, .sign_ns = 1 * MS};
    p.storm.notice = (struct law){NULL, 100e9, 50e6}; /* twice as fast as it can work */
    p.storm.cookie_threshold = 20;
    struct row one = run_once(&p, 0);
    p.storm.cookie_threshold_off = 5;
    struct row two = run_once(&p, 0);
    assert_true(one.cookies_sent > 0);
    assert_true(two.cookies_sent > one.cookies_sent);
    p.storm.cookie_threshold_off = 0;
    p.storm.cookie_calm_down_ns = 10 * S;
    assert_true(run_once(&p, 0).cookies_sent >= two.cookies_sent);
}

/* ---- what must hold in every trial ---- */

static void nothing_gets_lost_untold(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < TESTKIT_TRIALS(100); trial++) {
        struct params p = busy_site(300, trial % 2 ? STORM_IKE_v2 : STORM_IKE_v1);
        p.storm.tries = (int64_t)trial % 5;
        p.trial.horizon_ns = (20 + (int64_t)trial % 7 * 10) * S;
        struct row row = run_trial(w, &p, trial);
        struct storm_audit audit = storm_audit(w->storm);
        assert_int_equal(audit.sent, audit.lost + audit.delivered + audit.in_flight);
        assert_int_equal(audit.sent, row.ike_messages);
        assert_int_equal(row.clients, 300);
        uint32_t trying = 0, back = 0;
        for (uint32_t i = 0; i < 300; i++) {
            const struct storm_client *c = &w->storm->client[i];
            bool is_back = !c->busy && c->state == (trial % 2 ? 4 : 3) && (trial % 2 || c->quick);
            back += is_back;
            trying += timer_armed(&c->timer);
        }
        assert_int_equal(row.clients_back, back);
        assert_int_equal(row.clients, row.clients_back + row.clients_lost + trying);
        assert_int_equal(row.status, row.clients_back == 300 ? ROW_RECOVERED : ROW_CENSORED);
        if (row.status == ROW_CENSORED) {
            assert_int_equal(row.outage_ns, NEVER_NS);
            assert_int_equal(row.outage_last_ns, NEVER_NS);
            assert_int_equal(row.phase_detect_ns, NEVER_NS);
            assert_int_equal(row.outage_median_ns == NEVER_NS, row.clients_back < 150);
        } else {
            assert_int_equal(row.phase_detect_ns + row.phase_mm_failed_ns + row.phase_mm_ns +
                                 row.phase_qm_ns,
                             row.outage_ns);
            assert_true(row.outage_first_ns <= row.outage_median_ns &&
                        row.outage_median_ns <= row.outage_last_ns);
        }
        if (p.storm.tries > 0)
            assert_int_equal(world_drain(w, INT64_MAX / 2), 0);
        audit = storm_audit(w->storm);
        if (p.storm.tries > 0)
            assert_int_equal(audit.in_flight, 0);
    }
    world_free(w);
}

/* In which way the queue is kept and what ran before cannot be told from a row. */
static void rows_depend_on_nothing_else(void **state)
{
    (void)state;
    static const struct {
        uint32_t few, tree;
    } ways[] = {{8, 4096}, {1, 4096}, {8, 16}, {1, 0}};
    struct world *w[COUNT_OF(ways)];
    for (size_t k = 0; k < COUNT_OF(ways); k++) {
        w[k] = world_new();
        world_sim(w[k])->few_most = ways[k].few;
        world_sim(w[k])->tree_most = ways[k].tree;
    }
    for (uint64_t trial = 0; trial < TESTKIT_TRIALS(40); trial++) {
        struct params p =
            busy_site(100 + (int64_t)trial * 7 % 50, trial % 2 ? STORM_IKE_v2 : STORM_IKE_v1);
        struct row want = run_once(&p, trial);
        for (size_t k = 0; k < COUNT_OF(ways); k++) {
            if (trial % 8 == k) { /* something else in between */
                struct params other = site(FAILURE_crash);
                other.front_end.count = 3;
                run_trial(w[k], &other, trial);
            }
            struct row got = run_trial(w[k], &p, trial);
            if (memcmp(&got, &want, sizeof got) != 0)
                fail_msg("seed 31, trial %u, way %u", (unsigned)trial, (unsigned)k);
        }
    }
    for (size_t k = 0; k < COUNT_OF(ways); k++)
        world_free(w[k]);
}

/* A trial of another system after a storm is as it always was. */
static void a_storm_leaves_no_trace(void **state)
{
    (void)state;
    struct world *w = world_new();
    struct params p = site(FAILURE_crash), q = busy_site(5000, STORM_IKE_v2);
    p.link[0].loss = p.link[1].loss = 0.2;
    struct row want = run_trial(w, &p, 1);
    uint64_t of_front_ends = MOMENT_BIT(quorum_taken) | MOMENT_BIT(arp_heard);
    assert_int_equal(world_sim(w)->probe_mask & of_front_ends, of_front_ends);
    q.trial.horizon_ns = 12 * S; /* cut off in the middle */
    run_trial(w, &q, 2);
    assert_int_equal(world_sim(w)->probe_mask & of_front_ends, 0); /* a storm tells nobody */
    struct row got = run_trial(w, &p, 1);
    assert_memory_equal(&got, &want, sizeof got);
    world_free(w);
}

static void columns_are_those_of_a_storm(void **state)
{
    (void)state;
    struct params p = storm_site(3, STORM_IKE_v2);
    struct row row = run_once(&p, 0);
    for (uint32_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (!row_column_applies(i, ROW_SYSTEM_STORM) && ((const int64_t *)&row)[i] != NEVER_NS)
            fail_msg("%s is told of a storm", row_columns[i].name);
    p = site(FAILURE_crash);
    row = run_once(&p, 0);
    assert_int_equal(row.clients, NEVER_NS);
    assert_int_equal(row.jobs_peak, NEVER_NS);
}

/* 128 bytes beside its timer; nothing is allocated once a world is warm. */
static void a_client_is_small(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct world *w = world_new();
    struct params p = storm_site(N, STORM_IKE_v2);
    p.storm.notice = (struct law){NULL, 100e9, 10e9};
    p.storm.half_open_timeout_ns = 30 * S;
    run_trial(w, &p, 0);
    struct storm_memory memory = storm_memory(w->storm);
    assert_true(memory.clients <= N * (128 + sizeof(struct timer)));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    run_trial(w, &p, 0);
    assert_int_equal(mallinfo2().uordblks + mallinfo2().hblkhd, before);
#endif
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_cost_it_is_round_trips),
        cmocka_unit_test(a_lone_client_is_a_sum),
        cmocka_unit_test(a_cookie_costs_one_round_trip),
        cmocka_unit_test(a_cookie_in_the_middle_costs_nobody),
        cmocka_unit_test(cookies_come_to_an_end),
        cmocka_unit_test(one_queue_serves_all_in_turn),
        cmocka_unit_test(clients_are_the_other_worlds_front_ends),
        cmocka_unit_test(the_gate_keeps_its_limits),
        cmocka_unit_test(only_what_waits_counts_for_the_limit),
        cmocka_unit_test(an_address_is_blocked),
        cmocka_unit_test(silence_times_out),
        cmocka_unit_test(cookies_have_two_thresholds),
        cmocka_unit_test(nothing_gets_lost_untold),
        cmocka_unit_test(rows_depend_on_nothing_else),
        cmocka_unit_test(a_storm_leaves_no_trace),
        cmocka_unit_test(columns_are_those_of_a_storm),
        cmocka_unit_test(a_client_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
