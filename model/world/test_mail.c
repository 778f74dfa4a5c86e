/* Trials of trial.system tls: closed forms to the nanosecond, and what must hold in every trial. */
#include "../testkit.h"

#include <malloc.h>
#include <string.h>

#include "app/app.h"
#include "cpu/stall.h"
#include "moment/moment.h"
#include "tls/session.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

enum { DIRECTORY = 2, LISTS = 3, SENDER = 0, RECEIVER = 1 };

/* Hub to Edge, a certificate each, nothing lost, no load. */
static struct params mail_site(enum failure_kind kind)
{
    struct params p = site(kind);
    p.trial.system = TRIAL_SYSTEM_tls;
    p.links = 4;
    p.link[DIRECTORY] = (struct link_params){.delay_ns = 1 * MS};
    p.link[LISTS] = (struct link_params){.delay_ns = 20 * MS};
    p.smtps = 1;
    p.smtp[0] = (struct smtp_params){.sender = SENDER,
                                     .receiver = RECEIVER,
                                     .standby = RECEIVER,
                                     .clock_s = 1200000000,
                                     .auth = TLS_AUTH_ExchangeServer,
                                     .receive_exchange_server = 1,
                                     .kerberos = 1,
                                     .ticket_cached = 1,
                                     .directory = DIRECTORY,
                                     .directory_time = law_constant(0),
                                     .directory_timeout_ns = 30 * S,
                                     .store_cost_ns = 200 * NS_PER_US,
                                     .chain_cost_ns = 1 * MS,
                                     .chain_length = 2,
                                     .lists = LISTS,
                                     .lists_answer = 1,
                                     .lists_time = law_constant(10e6),
                                     .lists_timeout_ns = 15 * S,
                                     .kerberos_cost_ns = 1 * MS,
                                     .accept = law_constant(20e6),
                                     .inactivity_ns = 600 * S,
                                     .queue = 1,
                                     .glitch_retries = 4,
                                     .glitch_interval_ns = 60 * S,
                                     .transient_retries = 6,
                                     .transient_interval_ns = 300 * S,
                                     .retry_interval_ns = 600 * S};
    p.servers = 2;
    p.server[SENDER] = (struct server_params){.named = 1, .fqdn = "hub1.contoso.com"};
    p.server[RECEIVER] = (struct server_params){
        .role = TLS_ROLE_edge, .store = 1, .named = 2, .fqdn = "edge1.contoso.com"};
    p.stores = 2;
    p.store[0] = (struct store_params){.certs = 1, .life_ns = 365 * 86400 * S};
    p.store[1] = (struct store_params){.certs = 2, .life_ns = 365 * 86400 * S};
    p.certs = 2;
    for (int i = 0; i < 2; i++)
        p.cert[i] = (struct cert_params){.subject = i ? "edge1.contoso.com" : "hub1.contoso.com",
                                         .valid_from_s = 1190000000,
                                         .valid_to_s = 1210000000,
                                         .version = 3,
                                         .private_key = 1,
                                         .smtp = 1};
    return p;
}

static struct row run_trial(struct world *w, const struct params *p, uint64_t trial)
{
    struct luck luck = {.seed = 21, .trial = trial};
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

static const int64_t D = 5 * MS;
#define US (NS_PER_US)

/* TCP, banner, EHLO, both selections beside it, TLS with both private keys, MAIL. */
static void cold_start_closed_form(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_none);
    struct row row = run_once(&p, 0);
    assert_int_equal(row.status, ROW_RECOVERED);
    assert_int_equal(row.system, ROW_SYSTEM_TLS);
    assert_int_equal(row.phase_connect_ns, 4 * D);
    assert_int_equal(row.phase_select_ns, 2 * D);
    /* X-ANONYMOUSTLS, 220, two flights: record 0.1; public 0.5 and private 4 here, private 4 and
     * public 0.5 there; record 0.1. */
    assert_int_equal(row.phase_tls_ns, 6 * D + 9200 * US);
    assert_int_equal(row.secure_ns, 12 * D + 9200 * US);
    assert_int_equal(row.phase_auth_ns, 2 * D + 200 * US);
    assert_int_equal(row.phase_app_ns, 2 * D + 20 * MS);
    assert_int_equal(row.outage_ns, 16 * D + 29400 * US);
    assert_int_equal(row.tls_sender, TLS_anonymous_tls);
    assert_int_equal(row.tls_receiver, TLS_anonymous_tls);
    assert_int_equal(row.sessions_done, 1);
    assert_int_equal(row.sessions_clear, 0);
    assert_int_equal(row.requests_answered, 1);
    assert_int_equal(row.ipsec_ns, NEVER_NS);
    assert_int_equal(row.phase_mm_ns, NEVER_NS);
}

/* Hub to Hub: no certificate authenticates; Kerberos does, with a ticket that has to be fetched. */
static void hub_to_hub_both_readings(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_none);
    p.server[RECEIVER].role = TLS_ROLE_hub;
    p.smtp[0].delivery = TLS_DELIVERY_SmtpRelayToRemoteAdSite;
    struct row row = run_once(&p, 0);
    assert_int_equal(row.sessions_clear, 1);
    assert_int_equal(row.tls_sender, TLS_no_tls);
    assert_int_equal(row.tls_receiver, TLS_anonymous_tls);
    assert_int_equal(row.secure_ns, NEVER_NS);
    assert_int_equal(row.phase_tls_ns, 0);
    /* X-EXPS and its answer: 1 ms at each of four ends. */
    assert_int_equal(row.phase_auth_ns, 2 * D + 3 * MS);
    assert_int_equal(row.outage_ns, 6 * D + 2 * D + 3 * MS + 2 * D + 20 * MS);
    p.smtp[0].hub_to_hub = TLS_HUB_TO_HUB_introduction;
    row = run_once(&p, 0);
    assert_int_equal(row.sessions_clear, 0);
    assert_int_equal(row.phase_tls_ns, 6 * D + 4700 * US); /* one private key less */
    assert_int_equal(row.phase_auth_ns, 4 * D + 3100 * US);
    p.smtp[0].ticket_cached = 0;
    assert_int_equal(run_once(&p, 0).phase_auth_ns, 4 * D + 3100 * US + 2 * MS);
}

/* Every step's cost, when the store is so large that EHLO waits for it. */
static void selection_takes_what_its_steps_cost(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_none);
    p.store[0].count = 500;
    p.smtp[0].directory_time = law_constant(7e6);
    struct row row = run_once(&p, 0);
    struct tls_shelf shelf;
    struct tls_input in;
    struct tls_outcome out;
    struct luck luck = {.seed = 21};
    tls_shelf_init(&shelf);
    tls_input_of(&in, &p.smtp[0], false);
    tls_shelf_fill(&shelf, &in, &p.server[SENDER], &p.store[0], p.cert, NULL, &luck,
                   tls_server_actor(0), in.now_s);
    tls_select(&in, &out);
    tls_shelf_fini(&shelf);
    assert_int_equal(in.store.count, 501);
    assert_int_equal(out.chains, 1);
    int64_t selection = 9 * MS + 1 * 200 * US + 501 * 200 * US + 1 * 2 * MS;
    assert_int_equal(row.phase_connect_ns + row.phase_select_ns, 2 * D + selection);
    /* A list of revoked certificates: a round trip of 40 ms and 10 ms there. */
    p.smtp[0].revocation = 1;
    row = run_once(&p, 0);
    assert_int_equal(row.phase_connect_ns + row.phase_select_ns, 2 * D + selection + 50 * MS);
    /* Behind a firewall: 15 s, all 501 chains, and nobody is PKI-valid. */
    p.smtp[0].lists_answer = 0;
    row = run_once(&p, 0);
    assert_int_equal(row.phase_connect_ns + row.phase_select_ns,
                     2 * D + selection + 15 * S + 500 * 2 * MS);
    assert_true(row.selections_unsaid > 0);
}

/* What goes wrong before step 5 costs the session its TLS; 12013 is logged each time. */
static void missing_and_unreadable(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_none);
    p.server[RECEIVER].named = 0;
    struct row row = run_once(&p, 0);
    assert_int_equal(row.event_12013, 1);
    assert_int_equal(row.sessions_clear, 1);
    assert_int_equal(row.tls_receiver, TLS_not_advertised);
    p = mail_site(FAILURE_none);
    p.server[SENDER].attribute = TLS_ATTRIBUTE_null;
    row = run_once(&p, 0);
    assert_int_equal(row.event_12012, 1); /* as its service started */
    assert_int_equal(row.sessions_clear, 1);
    /* A directory that does not answer in time. */
    p = mail_site(FAILURE_none);
    p.smtp[0].directory_time = law_constant(40e9);
    row = run_once(&p, 0);
    assert_int_equal(row.sessions_clear, 1);
    assert_int_equal(row.event_12012, 0);
    assert_int_equal(row.phase_connect_ns + row.phase_select_ns, 4 * D + 30 * S);
    /* TLS is required: the message stays in the queue. */
    p = mail_site(FAILURE_none);
    p.server[RECEIVER].named = 0;
    p.smtp[0].require_tls = 1;
    row = run_once(&p, 0);
    assert_int_equal(row.status, ROW_CENSORED);
    assert_int_equal(row.sessions_done, 0);
    assert_true(row.event_12013 > 5 && row.event_12013 == row.sessions_failed);
    /* Expired: complained of, and used. */
    p = mail_site(FAILURE_none);
    p.cert[0].valid_to_s = 1195000000;
    row = run_once(&p, 0);
    assert_int_equal(row.event_12015, 1);
    assert_int_equal(row.sessions_clear, 0);
}

struct times {
    int64_t ns[4096];
    int64_t a[4096], b[4096];
    size_t n;
};

static void note(void *context, const struct moment *m)
{
    struct times *t = context;
    if (t->n < COUNT_OF(t->ns)) {
        t->ns[t->n] = m->time_ns;
        t->a[t->n] = m->a;
        t->b[t->n++] = m->b;
    }
}

/* Nobody takes over: 21 s for each try, then a minute four times, five six times, ten. */
static void queue_retries_by_schedule(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_crash);
    p.resource[SITE_IP].online = law_constant(1e15);
    p.trial.horizon_ns = 2 * 3600 * S;
    p.traffic[0].rate_hz = 0.2;
    static struct times opened;
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(smtp_opened), note, &opened);
    struct row row = run_trial(w, &p, 4);
    world_free(w);
    assert_int_equal(row.status, ROW_CENSORED);
    size_t i = 0;
    while (opened.ns[i] < 0)
        i++;
    for (int try = 0; try < 14; try++, i++) {
        int64_t pause = try < 4 ? 60 * S : try < 10 ? 300 * S : 600 * S;
        assert_int_equal(opened.ns[i + 1] - opened.ns[i], 21 * S + pause);
    }
}

/* What a packet's identity has of a try (model/tls/party.c): no two tries share it, however seldom
 * messages come. */
static void every_try_has_its_own_luck(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_crash);
    p.resource[SITE_IP].online = law_constant(1e15);
    p.trial.horizon_ns = 4 * 3600 * S;
    static struct times opened;
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(smtp_opened), note, &opened);
    for (uint64_t trial = 0; trial < 20; trial++) {
        opened.n = 0;
        p.traffic[0].rate_hz = trial % 2 ? 0.002 : 0.05;
        run_trial(w, &p, trial);
        assert_true(opened.n > 20 && opened.n < COUNT_OF(opened.ns));
        for (size_t i = 0; i < opened.n; i++)
            for (size_t k = 0; k < i; k++)
                if (opened.a[i] == opened.a[k] && (opened.b[i] & 3) == (opened.b[k] & 3))
                    fail_msg("seed 21, trial %u: tries %zu and %zu", (unsigned)trial, k, i);
    }
    world_free(w);
}

/* A session whose message is acknowledged but not accepted when the node dies: nothing is under
 * way, so nothing is repeated; only the time of inactivity ends it. */
static void half_open_session_waits_for_inactivity(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_crash);
    p.smtp[0].accept = law_constant(100e9);
    p.traffic[0].rate_hz = 2.0; /* so one begins soon after the trial */
    static struct times overs;
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(smtp_over), note, &overs);
    struct row row = run_trial(w, &p, 1);
    world_free(w);
    assert_int_equal(overs.b[0], SMTP_END_idle);
    assert_true(overs.ns[0] > 590 * S && overs.ns[0] < 600 * S);
    assert_int_equal(row.phase_detect_ns, overs.ns[0]);
    assert_int_equal(row.phase_wait_ns, 0);
    assert_int_equal(row.phase_retry_ns, 60 * S);
    assert_int_equal(row.status, ROW_RECOVERED);
}

/* A planned move resets connections as the services stop. */
static void move_resets_connections(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_move);
    p.smtp[0].accept = law_constant(100e9);
    p.traffic[0].rate_hz = 2.0;
    static struct times overs;
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(smtp_over), note, &overs);
    run_trial(w, &p, 1);
    world_free(w);
    assert_int_equal(overs.b[0], SMTP_END_reset);
    assert_int_equal(overs.ns[0], D);
}

/* ---- computers that stall ---- */

enum { SENDING, RECEIVING };

/* A line sent at an instant, over so many ways, up first or down first: each end takes it as soon
 * as it runs. */
static int64_t after_ways(struct stall stall[2], int64_t ns, int64_t way_ns, int ways, int to)
{
    for (int i = 0; i < ways; i++, to = !to)
        ns = stall_end_ns(&stall[to], ns + way_ns);
    return ns;
}

static int64_t later(int64_t a_ns, int64_t b_ns)
{
    return a_ns > b_ns ? a_ns : b_ns;
}

/* Without work: a connection, banner and EHLO beside both questions to the directory, then ten ways
 * with the time of acceptance before the last one. */
static int64_t expected_outage_ns(const struct params *p, struct stall stall[2])
{
    const int64_t way_ns = p->link[0].delay_ns;
    const int64_t ask_ns = 2 * MS + (int64_t)p->smtp[0].directory_time.location;
    int64_t connected_ns = after_ways(stall, 0, way_ns, 2, RECEIVING);
    int64_t opened_ns = after_ways(stall, connected_ns, way_ns, 1, RECEIVING);
    int64_t ehlo_ns = after_ways(stall, opened_ns, way_ns, 2, SENDING);
    int64_t chosen_ns = stall_end_ns(&stall[RECEIVING], opened_ns + ask_ns);
    int64_t told_ns = after_ways(stall, later(ehlo_ns, chosen_ns), way_ns, 1, SENDING);
    int64_t ready_ns = later(told_ns, stall_end_ns(&stall[SENDING], connected_ns + ask_ns));
    int64_t mail_ns = after_ways(stall, ready_ns, way_ns, 9, RECEIVING);
    return after_ways(stall, mail_ns + 20 * MS, way_ns, 1, SENDING);
}

static void stalled_computers_let_packets_wait(void **state)
{
    (void)state;
    struct world *w = world_new();
    unsigned late = 0;
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct params p = mail_site(FAILURE_none);
        struct luck luck = {.seed = 21, .trial = trial};
        struct stall stall[2];
        p.crypto[0] = (struct crypto_params){0};
        p.smtp[0].store_cost_ns = p.smtp[0].chain_cost_ns = 0;
        p.link[0].delay_ns = p.link[1].delay_ns = trial % 2 ? 200 * MS : D;
        if (trial % 2 == 0) /* it is the answers of the directory that one waits for */
            p.smtp[0].directory_time = law_constant(2e9);
        for (int i = 0; i < 2; i++) {
            struct node_params *computer = &p.node[i == SENDING ? SITE_FRONT_END : SITE_A];
            computer->stall_rate_hz = 1.0;
            computer->stall = law_constant(0.3e9);
            stall_reset(&stall[i], &luck, actor_id(ACTOR_CPU, i == SENDING, SITE_A), computer);
        }
        struct row row = run_trial(w, &p, trial);
        int64_t expected_ns = expected_outage_ns(&p, stall);
        if (row.outage_ns != expected_ns)
            fail_msg("seed 21, trial %lu: %ld, not %ld", (unsigned long)trial, (long)row.outage_ns,
                     (long)expected_ns);
        late += trial % 2 && row.outage_ns > 16 * 200 * MS + 20 * MS;
        assert_int_equal(world_drain(w, 3600 * S), 0);
    }
    assert_true(late > 100);
    world_free(w);
}

/* Both systems see the same crash, the same takeover and messages in the instants of the class's
 * requests. */
static void same_luck_as_ipsec(void **state)
{
    (void)state;
    struct params tls = mail_site(FAILURE_crash), ipsec;
    tls.smtp[0].queue = 0;
    tls.cluster.regroup = (struct law){.location = 0, .scale = 20e9};
    ipsec = tls;
    ipsec.trial.system = TRIAL_SYSTEM_ipsec;
    static struct times a, b;
    struct world *w = world_new(), *v = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(smtp_opened), note, &a);
    sim_listen(world_sim(v), MOMENT_BIT(request_sent), note, &b);
    for (uint64_t trial = 0; trial < 50; trial++) {
        a.n = b.n = 0;
        struct row mail = run_trial(w, &tls, trial), ike = run_trial(v, &ipsec, trial);
        assert_int_equal(mail.vip_gone_ns, ike.vip_gone_ns);
        assert_int_equal(mail.vip_up_ns, ike.vip_up_ns);
        assert_int_equal(mail.app_ready_ns, ike.app_ready_ns);
        size_t i = 0, k = 0;
        while (a.ns[i] < 0)
            i++;
        while (b.ns[k] < 0)
            k++;
        for (int n = 0; n < 5; n++)
            assert_int_equal(a.ns[i + (size_t)n], b.ns[k + (size_t)n]);
    }
    world_free(w);
    world_free(v);
}

/* ---- what is counted since when ---- */

struct counts {
    int64_t opened_ns[4096]; /* by the session's number; NEVER_NS: none is open */
    int64_t sessions, done, failed, logged, unsaid, before;
};

static void count_moment(void *context, const struct moment *m)
{
    struct counts *n = context;
    int64_t *opened_ns = &n->opened_ns[m->a % (int64_t)COUNT_OF(n->opened_ns)];
    switch (m->id) {
    case MOMENT_tls_logged:
        n->logged += m->time_ns >= 0;
        break;
    case MOMENT_tls_decided:
        n->unsaid += m->time_ns >= 0 && m->b != 0;
        break;
    case MOMENT_smtp_opened:
        assert_int_equal(*opened_ns, NEVER_NS);
        *opened_ns = m->time_ns;
        n->sessions += m->time_ns >= 0;
        break;
    default:
        n->before += *opened_ns < 0 && m->time_ns >= 0;
        n->done += *opened_ns >= 0 && m->b == SMTP_END_accepted;
        n->failed += *opened_ns >= 0 && m->b != SMTP_END_accepted;
        *opened_ns = NEVER_NS;
    }
}

/* Each count is of what began, or happened, since t = 0: how long the trial ran before is in none
 * of them. Without a queue a session is a request. */
static void counts_begin_with_the_failure(void **state)
{
    (void)state;
    static struct counts n;
    struct world *w = world_new();
    sim_listen(world_sim(w),
               MOMENT_BIT(tls_logged) | MOMENT_BIT(tls_decided) | MOMENT_BIT(smtp_opened) |
                   MOMENT_BIT(smtp_over),
               count_moment, &n);
    int64_t before = 0, unsaid = 0;
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct params p = mail_site(trial % 2 ? FAILURE_crash : FAILURE_move);
        p.smtp[0].queue = trial % 4 == 3;
        p.traffic[0].rate_hz = 5.0;
        p.link[0].delay_ns = 50 * MS; /* so that the failure finds some under way */
        if (trial % 8 < 4)
            p.server[RECEIVER].named = 0; /* 12013 */
        else
            p.cert[0].smtp = 0; /* nobody is eligible */
        for (size_t i = 0; i < COUNT_OF(n.opened_ns); i++)
            n.opened_ns[i] = NEVER_NS;
        n.sessions = n.done = n.failed = n.logged = n.unsaid = n.before = 0;
        struct row row = run_trial(w, &p, trial);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_int_equal(row.sessions, n.sessions);
        assert_int_equal(row.sessions_done, n.done);
        assert_int_equal(row.sessions_failed, n.failed);
        assert_int_equal(row.sessions_clear, trial % 8 < 4 ? n.done : 0);
        assert_int_equal(row.event_12013, n.logged);
        assert_int_equal(row.selections_unsaid, n.unsaid);
        if (!p.smtp[0].queue) {
            assert_int_equal(row.requests_sent, n.sessions);
            assert_int_equal(row.requests_answered, n.done);
            assert_int_equal(row.requests_lost, n.failed);
        }
        before += n.before;
        unsaid += n.unsaid;
    }
    assert_true(before > 50 && unsaid > 50);
    world_free(w);
}

/* What the queue holds as the node dies came before: the first of it that is accepted ends the
 * outage, and is no answered request of the time since. */
static void messages_of_the_queue_count_by_when_they_came(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_crash);
    p.smtp[0].accept = law_constant(9e9);
    p.traffic[0].rate_hz = 2.0;
    for (uint64_t trial = 0; trial < 20; trial++) {
        struct row row = run_once(&p, trial);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_int_equal(row.sessions_done, 1);
        assert_int_equal(row.requests_answered, 0);
        assert_true(row.requests_sent > 20);
    }
}

static int64_t sum_of_phases(const struct row *row)
{
    int64_t sum = 0;
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (row_columns[i].kind == ROW_phase && row_column_applies(i, row->system))
            sum += ((const int64_t *)row)[i];
    return sum;
}

/* With losses, jitter, load, both kinds of failure and of queue: phases add up, nothing is
 * negative, sessions are conserved, all owners finish, a warm world gives a cold one's row. */
static void what_holds_in_every_trial(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < TESTKIT_TRIALS(3000); trial++) {
        struct params p = mail_site(trial % 2 ? FAILURE_crash : FAILURE_move);
        p.smtp[0].queue = trial / 2 % 2;
        p.smtp[0].revocation = trial / 4 % 2;
        p.smtp[0].command_cost_ns = 500 * US;
        p.server[RECEIVER].role = trial / 8 % 2;
        p.smtp[0].hub_to_hub = trial / 16 % 2;
        p.smtp[0].delivery = trial / 8 % 2 ? 0 : TLS_DELIVERY_SmtpRelayToRemoteAdSite;
        p.arp.model = trial / 32 % 2;
        p.traffic[0].rate_hz = 0.02 + 0.2 * (double)(trial % 7);
        for (int i = 0; i < p.links; i++) {
            p.link[i].jitter_ns = p.link[i].delay_ns / 2;
            p.link[i].loss = 0.1;
            p.link[i].duplicate = 0.02;
        }
        for (int i = 0; i < p.nodes; i++) {
            p.node[i].load = 0.4;
            p.node[i].stall_rate_hz = trial % 3 == 0 ? 0.1 : 0.0;
            p.node[i].stall = law_constant(2e9);
        }
        struct world *w = world_new();
        struct row cold = run_trial(w, &p, trial), warm = run_trial(w, &p, trial);
        bool good = memcmp(&cold, &warm, sizeof cold) == 0;
        if (warm.status == ROW_RECOVERED)
            good &= sum_of_phases(&warm) == warm.outage_ns && warm.phase_retry_ns >= 0 &&
                    warm.phase_wait_ns >= 0 && warm.phase_select_ns >= 0 && warm.phase_tls_ns >= 0;
        good &= warm.sessions_clear <= warm.sessions_done;
        good &= warm.sessions_done + warm.sessions_failed <= warm.sessions;
        good &= warm.requests_answered + warm.requests_lost <= warm.requests_sent;
        good &= p.smtp[0].queue || warm.requests_answered == warm.sessions_done;
        good &= world_drain(w, 40 * 3600 * S) == 0;
        if (!good)
            fail_msg("trial %lu: outage %ld, phases %ld, warm equal %d", (unsigned long)trial,
                     (long)warm.outage_ns, (long)sum_of_phases(&warm),
                     memcmp(&cold, &warm, sizeof cold) == 0);
        world_free(w);
    }
}

/* A world that ran one system runs the other one as a fresh world does. */
static void systems_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct params tls = mail_site(FAILURE_crash), ipsec = tls;
    ipsec.trial.system = TRIAL_SYSTEM_ipsec;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 20; trial++) {
        struct row a = run_trial(w, &ipsec, trial), b = run_trial(w, &tls, trial);
        struct row a_alone = run_once(&ipsec, trial), b_alone = run_once(&tls, trial);
        assert_memory_equal(&a, &a_alone, sizeof a);
        assert_memory_equal(&b, &b_alone, sizeof b);
        assert_int_equal(a.sessions, NEVER_NS);
        assert_int_equal(a.system, ROW_SYSTEM_IPSEC);
    }
    world_free(w);
}

/* A warm world allocates nothing. */
static void warm_trials_do_not_allocate(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* malloc is not glibc's */
#endif
    struct params p = mail_site(FAILURE_crash);
    p.store[0].count = 300;
    p.smtp[0].queue = 0;
    p.node[SITE_B].stall_rate_hz = 0.1;
    p.node[SITE_B].stall = law_constant(2e9);
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 100; trial++)
        run_trial(w, &p, trial);
    size_t before = mallinfo2().uordblks;
    for (uint64_t trial = 0; trial < 100; trial++)
        run_trial(w, &p, trial);
    assert_int_equal(mallinfo2().uordblks, before);
    world_free(w);
}

struct fired {
    const void *row[64];
    size_t n;
};

static void note_row(void *context, const struct moment *m)
{
    struct fired *fired = context;
    const void *row = (const void *)(intptr_t)(m->id == MOMENT_smtp_row ? m->b : m->a);
    for (size_t i = 0; i < fired->n; i++)
        if (fired->row[i] == row)
            return;
    assert_true(fired->n < COUNT_OF(fired->row));
    fired->row[fired->n++] = row;
}

/* Every row of both dialogue tables and of all three procedures fires somewhere. */
static void every_row_fires(void **state)
{
    (void)state;
    static struct fired fired;
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(smtp_row) | MOMENT_BIT(tls_step), note_row, &fired);
    for (int variant = 0; variant < 6; variant++) {
        struct params p = mail_site(FAILURE_none);
        bool hubs = variant == 1 || variant == 2;
        p.server[RECEIVER].role = hubs ? TLS_ROLE_hub : TLS_ROLE_edge;
        p.smtp[0].delivery = hubs ? TLS_DELIVERY_SmtpRelayWithinAdSite : 0;
        p.smtp[0].hub_to_hub = variant == 1;
        p.server[RECEIVER].named = variant == 3 || variant == 4 ? 0 : 2;
        p.smtp[0].require_tls = variant == 4;
        if (variant == 5) {
            p.server[SENDER].role = TLS_ROLE_edge;
            p.server[RECEIVER].role = TLS_ROLE_hub;
            p.smtp[0].address_space = TLS_SPACE_accepted;
        }
        run_trial(w, &p, 0);
    }
    world_free(w);
    assert_int_equal(fired.n, smtp_sender.rows + smtp_receiver.rows + 3 * TLS_STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cold_start_closed_form),
        cmocka_unit_test(hub_to_hub_both_readings),
        cmocka_unit_test(selection_takes_what_its_steps_cost),
        cmocka_unit_test(missing_and_unreadable),
        cmocka_unit_test(queue_retries_by_schedule),
        cmocka_unit_test(half_open_session_waits_for_inactivity),
        cmocka_unit_test(move_resets_connections),
        cmocka_unit_test(stalled_computers_let_packets_wait),
        cmocka_unit_test(counts_begin_with_the_failure),
        cmocka_unit_test(messages_of_the_queue_count_by_when_they_came),
        cmocka_unit_test(every_try_has_its_own_luck),
        cmocka_unit_test(same_luck_as_ipsec),
        cmocka_unit_test(warm_trials_do_not_allocate),
        cmocka_unit_test(every_row_fires),
        cmocka_unit_test(what_holds_in_every_trial),
        cmocka_unit_test(systems_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
