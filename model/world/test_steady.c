/* A world in which nothing fails: stalls, healthy SAs given up, and what that costs. Closed forms.
 */
#include "../testkit.h"

#include "app/app.h"
#include "engine/check.h"
#include "ike/message.h"
#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

static const int64_t D = 5 * MS;
static const int64_t QM_NS = 4 * 5 * MS + 500 * NS_PER_US;

/* Time from request to answer, and whether answers come in the order of the requests. */
struct answers {
    int64_t sent_ns[1 << 18]; /* by request: numbers have gaps */
    int64_t last_ns;
    double sum_s;
    unsigned n, waited;
    bool disorder;
};

static void note(void *context, const struct moment *m)
{
    struct answers *a = context;
    int64_t request = m->b - ((int64_t)APP_WINDOWS_BEFORE << ARRIVALS_SLOT_BITS);
    if (request < 0 || m->a != 0)
        return; /* from before the start, or of the class that is not watched */
    assert_true(request < (int64_t)COUNT_OF(a->sent_ns));
    if (m->id == MOMENT_request_sent) {
        a->sent_ns[request] = m->time_ns;
        return;
    }
    double wait = (double)(m->time_ns - a->sent_ns[request] - 2 * D) * 1e-9;
    a->sum_s += wait;
    a->waited += wait > 0.0;
    a->n++;
    a->disorder |= a->sent_ns[request] < a->last_ns;
    a->last_ns = a->sent_ns[request];
}

/* Requests arrive at random, so that a stalled computer makes them wait as it does a visitor
 * (test_stall.c): stalls of length s at rate l, (exp(l s) - 1 - l s) / l on average. */
static void check_waits(struct params p, int computer)
{
    const double l = 0.25, s = 0.7;
    p.trial.horizon_ns = 2000 * S;
    p.traffic[0].rate_hz = 5.0;
    p.node[computer].stall_rate_hz = l;
    p.node[computer].stall = law_constant(s * 1e9);
    static struct answers a;
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(request_sent) | MOMENT_BIT(request_answered), note, &a);
    double mean[20], all = 0.0, squares = 0.0;
    unsigned waited = 0, n = 0;
    for (uint64_t trial = 0; trial < COUNT_OF(mean); trial++) {
        struct luck luck = {.seed = 51, .trial = trial};
        struct row row;
        memset(&a, 0, sizeof a);
        world_run(w, &p, &luck, &row);
        struct world_audit audit = world_audit(w);
        assert_int_equal(audit.sent, audit.delivered + audit.lost + audit.in_flight);
        assert_int_equal(row.teardowns, 0);
        assert_false(a.disorder);
        assert_true(a.n > 9000);
        mean[trial] = a.sum_s / a.n;
        all += mean[trial] / COUNT_OF(mean);
        waited += a.waited;
        n += a.n;
    }
    for (size_t i = 0; i < COUNT_OF(mean); i++)
        squares += (mean[i] - all) * (mean[i] - all);
    double error = sqrt(squares / COUNT_OF(mean) / (COUNT_OF(mean) - 1));
    assert_near(all, (exp(l * s) - 1.0 - l * s) / l, 5.0 * error);
    assert_near((double)waited / n, 1.0 - exp(-l * s), 0.01);
    world_free(w);
}

static void a_stalled_node_lets_packets_wait(void **state)
{
    (void)state;
    check_waits(site(FAILURE_none), SITE_A);
}

static void a_stalled_front_end_lets_packets_wait(void **state)
{
    (void)state;
    check_waits(site(FAILURE_none), SITE_FRONT_END);
}

enum { DC = 3 };

/* The class that is watched is answered by a domain controller, the cluster has another one. */
static struct params site_with_peer(void)
{
    struct params p = site(FAILURE_none);
    p.classes = 2;
    p.traffic[1].protect = 0;
    p.traffic[0].peer = 0;
    p.traffic[0].service = -1;
    p.nodes = 4;
    p.node[DC] = p.node[SITE_A];
    p.peers = 1;
    p.peer[0] = (struct peer_params){.node = DC, .uplink = 0, .downlink = 1};
    return p;
}

static void a_stalled_peer_lets_packets_wait(void **state)
{
    (void)state;
    check_waits(site_with_peer(), DC);
}

static void a_stalled_front_end_lets_packets_of_peers_wait(void **state)
{
    (void)state;
    check_waits(site_with_peer(), SITE_FRONT_END);
}

/* What waits at the front end waits in one line, whoever sent it: answers of its two hosts, whose
 * ways are alike, come in the order in which they were asked for. */
struct line {
    struct {
        int64_t ns;
        int64_t class_index, request;
    } sent[1 << 12];
    size_t first, n;
    unsigned crossed;
};

static void note_line(void *context, const struct moment *m)
{
    struct line *line = context;
    if (m->id == MOMENT_request_sent) {
        assert_true(line->n < COUNT_OF(line->sent));
        line->sent[line->n].ns = m->time_ns;
        line->sent[line->n].class_index = m->a;
        line->sent[line->n++].request = m->b;
        return;
    }
    assert_true(line->first < line->n);
    line->crossed +=
        line->sent[line->first].class_index != m->a || line->sent[line->first].request != m->b;
    line->first++;
}

static void packets_of_all_hosts_wait_in_one_line(void **state)
{
    (void)state;
    struct params p = site_with_peer();
    p.trial.horizon_ns = 200 * S;
    p.traffic[0].rate_hz = p.traffic[1].rate_hz = 5.0;
    p.node[SITE_FRONT_END].stall_rate_hz = 0.25;
    p.node[SITE_FRONT_END].stall = law_constant(0.7e9);
    static struct line line;
    struct world *w = world_new();
    sim_listen(world_sim(w), MOMENT_BIT(request_sent) | MOMENT_BIT(request_answered), note_line,
               &line);
    for (uint64_t trial = 0; trial < 20; trial++) {
        struct luck luck = {.seed = 56, .trial = trial};
        struct row row;
        line.first = line.n = 0;
        world_run(w, &p, &luck, &row);
        assert_true(line.first > 1000);
    }
    assert_int_equal(line.crossed, 0);
    world_free(w);
}

/* An idle computer's stalls change nothing that it has no part in. */
static void stalls_of_the_other_node_do_not_matter(void **state)
{
    (void)state;
    struct params p = site(FAILURE_none);
    struct world *w = world_new();
    struct luck luck = {.seed = 52};
    struct row without, with;
    world_run(w, &p, &luck, &without);
    p.node[SITE_B].stall_rate_hz = 0.5;
    p.node[SITE_B].stall = law_constant(1e9);
    world_run(w, &p, &luck, &with);
    with.events = without.events; /* requests are told up to each stall */
    assert_memory_equal(&without, &with, sizeof with);
    world_free(w);
}

/* Each SA that was idle too long is renegotiated by the packet that finds it gone, under the living
 * main-mode SA: one undisturbed quick mode, during which its packets wait. */
static void an_idle_sa_costs_one_quick_mode(void **state)
{
    (void)state;
    struct params p = site(FAILURE_none);
    p.stack[0].nlbs_flags = 1;
    p.traffic[0].rate_hz = 0.02;
    struct world *w = world_new();
    uint64_t seen = 0;
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct luck luck = {.seed = 53, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.teardowns, row.teardowns_idle);
        assert_int_equal(row.time_ns, 3600 * S);
        int64_t modes = row.cut_ns / QM_NS;
        if (row.cut_ns != modes * QM_NS || row.ike_messages != 4 * modes)
            fail_msg("trial %u: %ld ns, %ld messages", (unsigned)trial, (long)row.cut_ns,
                     (long)row.ike_messages);
        /* One may have been idle before the start, one may not have been missed before the end. */
        assert_true(labs(row.teardowns - modes) <= 1);
        uint32_t bytes = 0;
        for (uint8_t type = IKE_QM1; type <= IKE_QM4; type++)
            bytes += ike_message_bytes(type, IKE_AUTH_certificate);
        assert_int_equal(row.ike_bytes, (int64_t)bytes * modes);
        seen += (uint64_t)modes;
    }
    assert_true(seen > 1000);
    world_free(w);
}

/* Where a stall outlasts the retransmissions a healthy main-mode SA is given up in vain, and what
 * waited is cut off for that long. */
static void a_long_stall_is_taken_for_a_dead_peer(void **state)
{
    (void)state;
    struct params p = site(FAILURE_none);
    p.stack[0].nlbs_flags = 1;
    p.stack[0].retransmit_tries = 1; /* 1 + 2 s */
    p.traffic[0].rate_hz = 0.02;
    struct world *w = world_new();
    unsigned given_up = 0;
    for (int stalls = 0; stalls <= 1; stalls++) {
        p.node[SITE_A].stall_rate_hz = stalls ? 0.02 : 0.0;
        p.node[SITE_A].stall = law_constant(8e9);
        given_up = 0;
        for (uint64_t trial = 0; trial < 50; trial++) {
            struct luck luck = {.seed = 54, .trial = trial};
            struct row row;
            world_run(w, &p, &luck, &row);
            int64_t in_vain = row.teardowns - row.teardowns_idle;
            assert_true(row.cut_ns >= in_vain * 3 * S);
            given_up += (unsigned)in_vain;
        }
        assert_true(stalls ? given_up > 50 : given_up == 0);
    }
    world_free(w);
}

/* IKE's bytes are counted where they are sent: repetitions and lost ones too. */
static void bytes_follow_messages(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    struct world *w = world_new();
    struct luck luck = {.seed = 55};
    struct row row;
    world_run(w, &p, &luck, &row);
    /* 6 times QM1 in vain, then main mode and quick mode. */
    uint32_t bytes = 6 * ike_message_bytes(IKE_QM1, IKE_AUTH_certificate);
    for (uint8_t type = IKE_MM1; type <= IKE_QM4; type++)
        bytes += ike_message_bytes(type, IKE_AUTH_certificate);
    assert_int_equal(row.ike_messages, 6 + 6 + 4);
    assert_int_equal(row.ike_bytes, bytes);
    assert_int_equal(row.cut_ns, 0);
    assert_int_equal(row.time_ns, row.outage_ns);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stalled_node_lets_packets_wait),
        cmocka_unit_test(a_stalled_front_end_lets_packets_wait),
        cmocka_unit_test(a_stalled_peer_lets_packets_wait),
        cmocka_unit_test(a_stalled_front_end_lets_packets_of_peers_wait),
        cmocka_unit_test(packets_of_all_hosts_wait_in_one_line),
        cmocka_unit_test(stalls_of_the_other_node_do_not_matter),
        cmocka_unit_test(an_idle_sa_costs_one_quick_mode),
        cmocka_unit_test(a_long_stall_is_taken_for_a_dead_peer),
        cmocka_unit_test(bytes_follow_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
