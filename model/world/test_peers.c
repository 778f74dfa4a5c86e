/* Other hosts than the cluster (domain controllers), and main modes that need a Kerberos ticket
 * from one. */
#include "../testkit.h"

#include "app/app.h"
#include "engine/check.h"
#include "moment/moment.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

enum { POP3, LDAP, KERBEROS, CLASSES };
enum { DC = 3, TO_DC = 2, FROM_DC = 3 };

/* One-way delay to the domain controller; what main and quick mode with the cluster take with
 * Kerberos: no signatures. */
static const int64_t DC_D = 2 * MS;
static const int64_t MM_NS = 6 * 5 * MS + (2 * 3000 + 3 * 100) * NS_PER_US;
static const int64_t QM_NS = 4 * 5 * MS + 500 * NS_PER_US;

/* A front end of two peers under the policy `all`. */
static struct params domain_site(enum failure_kind kind)
{
    struct params p = site(kind);
    p.policy.preset = POLICY_PRESET_all;
    p.trial.until = TRIAL_UNTIL_all;
    p.classes = CLASSES;
    p.traffic[POP3].protect = POLICY_PROTECT_policy;
    p.traffic[LDAP] = (struct class_params){.port = 389,
                                            .rate_hz = 1.0,
                                            .arrival = APP_ARRIVAL_poisson,
                                            .protect = POLICY_PROTECT_policy,
                                            .service = -1,
                                            .peer = 0};
    p.traffic[KERBEROS] = p.traffic[LDAP];
    p.traffic[KERBEROS].port = POLICY_KERBEROS;
    p.traffic[KERBEROS].rate_hz = 0.05;
    p.links = 4;
    p.link[TO_DC].delay_ns = p.link[FROM_DC].delay_ns = DC_D;
    p.nodes = 4;
    p.node[DC] = p.node[SITE_A];
    p.peers = 1;
    p.peer[0] = (struct peer_params){.node = DC, .uplink = TO_DC, .downlink = FROM_DC};
    p.kerberos = (struct kerberos_params){.class_index = KERBEROS, .wait_ns = 5 * S, .tries = 3};
    return p;
}

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

/* ---- what does not fail over ---- */

struct sas {
    uint32_t cluster_gone, peer_gone, peer_up;
};

static void note_sas(void *context, const struct moment *m)
{
    struct sas *sas = context;
    bool front_end = actor_kind(m->actor) == ACTOR_FRONT_END;
    bool peer = front_end && actor_part(m->actor) >= ACTOR_PART_PEER;
    bool gone = m->id == MOMENT_qm_sa_gone || m->id == MOMENT_mm_sa_gone;
    sas->cluster_gone += front_end && !peer && gone;
    sas->peer_gone += peer && gone;
    sas->peer_up += peer && !gone && m->time_ns > 0;
}

/* The failover takes the SAs with the cluster; those with the domain controller are other main
 * modes and stay, and its class answers in every second of the outage. */
static void a_domain_controller_does_not_fail_over(void **state)
{
    (void)state;
    struct world *w = world_new();
    struct sas sas;
    sim_listen(world_sim(w),
               MOMENT_BIT(qm_sa_gone) | MOMENT_BIT(mm_sa_gone) | MOMENT_BIT(qm_sa_up) |
                   MOMENT_BIT(mm_sa_up),
               note_sas, &sas);
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct params p = domain_site(trial % 2 ? FAILURE_crash : FAILURE_move);
        struct luck luck = {.seed = 51, .trial = trial};
        struct row row, alone;
        p.app.tcp = trial % 3 == 0;
        p.traffic[LDAP].rate_hz = 5.0; /* every outage has some */
        p.traffic[KERBEROS].rate_hz = 1.0;
        sas = (struct sas){0};
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_true(sas.cluster_gone >= 2);
        assert_int_equal(sas.peer_gone, 0);
        assert_int_equal(sas.peer_up, 0);
        /* One request and its answer (with TCP two round trips). */
        if (row.class[LDAP].outage_ns != (p.app.tcp ? 4 : 2) * DC_D)
            fail_msg("seed 51, trial %lu: LDAP waits %ld", (unsigned long)trial,
                     (long)row.class[LDAP].outage_ns);
        assert_int_equal(row.class[LDAP].requests_lost, 0);
        assert_int_equal(row.requests_clear, 0);
        /* Beside the domain controller's traffic the cluster's outage is what it is without. */
        p.classes = 1;
        world_run(w, &p, &luck, &alone);
        assert_int_equal(row.outage_ns, alone.outage_ns);
        assert_int_equal(row.ipsec_ns, alone.ipsec_ns);
    }
    world_free(w);
}

/* The requests that a class of another host waits for. */
struct waits {
    int64_t first_ns, answered_ns;
    int64_t number; /* of the request that is answered; negative: from before t = 0 */
};

static int64_t number_since_start(int64_t request)
{
    return request - ((int64_t)APP_WINDOWS_BEFORE << ARRIVALS_SLOT_BITS);
}

static void note_wait(void *context, const struct moment *m)
{
    struct waits *waits = context;
    if (m->a != LDAP)
        return;
    if (m->id == MOMENT_request_sent) {
        if (m->time_ns >= 0 && waits->first_ns == NEVER_NS)
            waits->first_ns = m->time_ns;
    } else if (waits->first_ns != NEVER_NS && waits->answered_ns == NEVER_NS) {
        waits->answered_ns = m->time_ns;
        waits->number = number_since_start(m->b);
    }
}

/* How long such a class is cut off: from its first request since t = 0 until any answer to the
 * class, also one to a request that t = 0 found under way. */
static void a_peers_outage_ends_with_any_answer(void **state)
{
    (void)state;
    struct world *w = world_new();
    static struct waits waits;
    unsigned earlier = 0;
    sim_listen(world_sim(w), MOMENT_BIT(request_sent) | MOMENT_BIT(request_answered), note_wait,
               &waits);
    for (uint64_t trial = 0; trial < 60; trial++) {
        struct params p = domain_site(FAILURE_move);
        struct luck luck = {.seed = 59, .trial = trial};
        struct row row;
        p.cluster.stop = law_constant(5e9); /* there is a time before t = 0 */
        p.link[FROM_DC].delay_ns = S;
        p.traffic[LDAP].rate_hz = 3.0;
        waits.first_ns = waits.answered_ns = NEVER_NS;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.class[LDAP].outage_ns, waits.answered_ns - waits.first_ns);
        earlier += waits.number < 0;
    }
    assert_true(earlier > 20 && earlier < 60);
    world_free(w);
}

static void check_relation(void *context, const struct moment *m)
{
    unsigned *started = context;
    if (m->id == MOMENT_ike_sent) {
        *started += actor_part(m->actor) >= ACTOR_PART_PEER && m->time_ns > 0;
        return;
    }
    bool peer = actor_part(m->actor) >= ACTOR_PART_PEER;
    if (peer != (m->a != POP3))
        fail_msg("class %ld in the relation of another host", (long)m->a);
}

/* A quiet class negotiates with its domain controller in the midst of the outage: no moment and no
 * phase of the row is its. */
static void negotiations_with_peers_are_not_the_outages(void **state)
{
    (void)state;
    struct world *w = world_new();
    unsigned started = 0;
    sim_listen(world_sim(w), MOMENT_BIT(relation) | MOMENT_BIT(ike_sent), check_relation, &started);
    for (uint64_t trial = 0; trial < 600; trial++) {
        struct params p = domain_site(trial % 2 ? FAILURE_crash : FAILURE_move);
        struct luck luck = {.seed = 57, .trial = trial};
        struct row row, alone;
        p.traffic[POP3].rate_hz = 0.03;
        p.traffic[LDAP].rate_hz = p.traffic[KERBEROS].rate_hz = 0.01;
        p.stack[0].nlbs_flags = 1;
        p.stack[0].mm_lifetime_ns = 40 * S;
        p.crypto[0] = (struct crypto_params){0}; /* the processor is all that they share */
        p.cluster.vip_gap = law_constant(30e9);
        world_run(w, &p, &luck, &row);
        p.classes = 1;
        world_run(w, &p, &luck, &alone);
        for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
            if (row_columns[i].kind != ROW_amount && ((int64_t *)&row)[i] != ((int64_t *)&alone)[i])
                fail_msg("seed 57, trial %lu: %s is %ld beside a domain controller, %ld alone",
                         (unsigned long)trial, row_columns[i].name, (long)((int64_t *)&row)[i],
                         (long)((int64_t *)&alone)[i]);
    }
    assert_true(started > 100);
    world_free(w);
}

/* Without protection of its classes a domain controller is reached in clear. */
static void the_policy_decides_for_peers_too(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 50; trial++) {
        struct params p = domain_site(FAILURE_crash);
        struct luck luck = {.seed = 52, .trial = trial};
        struct row row;
        p.policy.preset = POLICY_PRESET_mail;
        world_run(w, &p, &luck, &row);
        assert_true(row.class[LDAP].requests_clear > 200);
        assert_int_equal(row.class[POP3].requests_clear, 0);
        assert_int_equal(row.requests_clear,
                         row.class[LDAP].requests_clear + row.class[KERBEROS].requests_clear);
    }
    world_free(w);
}

/* ---- tickets ---- */

static struct params with_tickets(enum failure_kind kind)
{
    struct params p = domain_site(kind);
    p.stack[0].auth = IKE_AUTH_kerberos;
    p.policy.kerberos_exempt = 1;
    return p;
}

/* Main mode with the new node waits for a ticket of it: one exchange with the domain controller,
 * its answer costing the ciphers of one message. With the ticket at hand it does not. */
static void a_ticket_costs_one_exchange(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct luck luck = {.seed = 53, .trial = trial};
        struct row asked, cached;
        struct params p = with_tickets(FAILURE_crash);
        world_run(w, &p, &luck, &asked);
        p.kerberos.cached = 1;
        world_run(w, &p, &luck, &cached);
        assert_int_equal(cached.phase_mm_ns, MM_NS);
        assert_int_equal(cached.phase_qm_ns, QM_NS - 100 * NS_PER_US);
        assert_int_equal(asked.phase_mm_ns, MM_NS + 2 * DC_D + 100 * NS_PER_US);
        assert_int_equal(asked.ipsec_ns - cached.ipsec_ns, 2 * DC_D + 100 * NS_PER_US);
    }
    world_free(w);
}

/* A request for a ticket that is lost is repeated after 5, then 10 and 15 s, and given up after 20
 * more; then main mode fails, and the next packet tries again. */
static void tickets_have_a_schedule(void **state)
{
    (void)state;
    struct world *w = world_new();
    static struct times asked, failed;
    sim_listen(world_sim(w), MOMENT_BIT(ticket_asked), note_time, &asked);
    sim_listen(world_sim(w), MOMENT_BIT(ticket_failed), note_time, &failed);
    static const int64_t schedule[] = {0, 5, 15, 30};
    for (uint64_t trial = 0; trial < 50; trial++) {
        struct luck luck = {.seed = 54, .trial = trial};
        struct row row;
        struct params p = with_tickets(FAILURE_move);
        p.link[TO_DC].loss = 1.0;
        p.trial.horizon_ns = 600 * S;
        p.traffic[KERBEROS].rate_hz = 0.01;
        asked.n = failed.n = 0;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_CENSORED);
        assert_true(failed.n >= 2 && asked.n >= 8);
        for (size_t k = 0; k < COUNT_OF(schedule); k++)
            assert_int_equal(asked.ns[k] - asked.ns[0], schedule[k] * S);
        assert_int_equal(failed.ns[0] - asked.ns[0], 50 * S);
        assert_true(asked.ns[4] > failed.ns[0]);
        assert_int_equal(world_drain(w, 100 * 3600 * S), 0);
    }
    world_free(w);
}

/* KB 254949: where the ticket itself needs IPsec to the domain controller that issues it, nothing
 * ever comes up, neither with it nor with the cluster; an exemption, a ticket at hand or a
 * certificate breaks the circle. */
static void circular_authentication_never_comes_up(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 40; trial++) {
        struct luck luck = {.seed = 55, .trial = trial};
        struct row row;
        struct params p = with_tickets(trial % 2 ? FAILURE_move : FAILURE_crash);
        p.policy.kerberos_exempt = 0;
        p.trial.horizon_ns = 900 * S;
        assert_true(params_kerberos_is_circular(&p));
        world_run(w, &p, &luck, &row);
        if (row.status != ROW_CENSORED || row.class[LDAP].outage_ns != NEVER_NS ||
            row.requests_answered != 0 || row.requests_clear != 0)
            fail_msg("seed 55, trial %lu: something came up", (unsigned long)trial);
        assert_true(row.ike_messages > 0 && row.requests_lost > 0);
        assert_true(row.silence_ns == NEVER_NS && row.sa_end == -1 && row.teardowns == 0);
        for (int way = 0; way < 3; way++) {
            struct params open = p;
            open.policy.kerberos_exempt = way == 0;
            open.kerberos.cached = way == 1;
            if (way == 2)
                open.stack[0].auth = IKE_AUTH_certificate;
            assert_false(params_kerberos_is_circular(&open));
            world_run(w, &open, &luck, &row);
            assert_int_equal(row.status, ROW_RECOVERED);
            assert_true(row.class[LDAP].outage_ns < S);
        }
    }
    world_free(w);
}

/* Conservation over all links, and the same row alone and in line. */
static void nothing_is_lost_on_the_way(void **state)
{
    (void)state;
    struct world *line = world_new();
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct params p = with_tickets(trial % 2 ? FAILURE_move : FAILURE_crash);
        struct luck luck = {.seed = 56, .trial = trial};
        struct row in_line, alone;
        p.app.tcp = 1;
        for (int i = 0; i < p.links; i++) {
            p.link[i].loss = 0.1;
            p.link[i].duplicate = 0.1;
            p.link[i].jitter_ns = MS;
        }
        world_run(line, &p, &luck, &in_line);
        struct world_audit audit = world_audit(line);
        assert_int_equal(audit.sent + audit.duplicated,
                         audit.delivered + audit.lost + audit.in_flight);
        struct world *fresh = world_new();
        world_run(fresh, &p, &luck, &alone);
        if (memcmp(&in_line, &alone, sizeof alone) != 0)
            fail_msg("seed 56, trial %lu: another row alone than in line", (unsigned long)trial);
        assert_int_equal(world_drain(fresh, 100 * 3600 * S), 0);
        world_free(fresh);
    }
    world_free(line);
}

/* Each of several front ends has SAs and tickets of its own; amounts of classes are sums over all,
 * and a trial is over when all are. */
static void several_front_ends(void **state)
{
    (void)state;
    enum { COUNT = 4 };
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 60; trial++) {
        struct params p = with_tickets(trial % 2 ? FAILURE_move : FAILURE_crash);
        struct luck luck = {.seed = 58, .trial = trial};
        struct row row, one;
        p.app.tcp = trial % 3 == 0;
        p.policy.preset = trial % 4 < 2 ? POLICY_PRESET_all : POLICY_PRESET_passwords;
        p.crypto[0] = (struct crypto_params){0}; /* nobody waits for another's cryptography */
        world_run(w, &p, &luck, &one);
        p.front_end.count = COUNT;
        world_run(w, &p, &luck, &row);
        uint32_t count;
        const struct row *own = world_front_ends(w, &count);
        int64_t clear = 0, lost = 0, last_ns = 0;
        assert_int_equal(count, COUNT);
        for (uint32_t i = 0; i < count; i++) {
            clear += own[i].class[LDAP].requests_clear;
            lost += own[i].class[POP3].requests_lost;
            last_ns = own[i].outage_ns > last_ns ? own[i].outage_ns : last_ns;
            int64_t ldap_ns = own[i].class[LDAP].outage_ns;
            if (ldap_ns != 0 && ldap_ns != (p.app.tcp ? 4 : 2) * DC_D) /* 0: it did not ask */
                fail_msg("seed 58, trial %lu: front end %u waits for LDAP %ld",
                         (unsigned long)trial, i, (long)ldap_ns);
        }
        assert_int_equal(row.class[LDAP].requests_clear, clear);
        assert_int_equal(row.class[POP3].requests_lost, lost);
        assert_int_equal(row.outage_last_ns, last_ns);
        assert_int_equal(row.outage_ns, one.outage_ns);
        assert_int_equal(own[0].class[POP3].outage_ns, one.class[POP3].outage_ns);
        struct world_audit audit = world_audit(w);
        assert_int_equal(audit.sent + audit.duplicated,
                         audit.delivered + audit.lost + audit.in_flight);
        assert_int_equal(world_drain(w, 100 * 3600 * S), 0);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_controller_does_not_fail_over),
        cmocka_unit_test(a_peers_outage_ends_with_any_answer),
        cmocka_unit_test(negotiations_with_peers_are_not_the_outages),
        cmocka_unit_test(the_policy_decides_for_peers_too),
        cmocka_unit_test(a_ticket_costs_one_exchange),
        cmocka_unit_test(tickets_have_a_schedule),
        cmocka_unit_test(circular_authentication_never_comes_up),
        cmocka_unit_test(nothing_is_lost_on_the_way),
        cmocka_unit_test(several_front_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
