/* Closed forms of a whole trial with constant links, to the nanosecond, and what must hold in every
 * trial. */
#include "../testkit.h"

#include "app/app.h"
#include "ike/message.h"
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

/* Instants of a kind of moment, in order. */
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

/* The first noted instant at or after `ns`. */
static int64_t first_after(const struct times *times, int64_t ns)
{
    for (size_t i = 0; i < times->n; i++)
        if (times->ns[i] >= ns)
            return times->ns[i];
    fail_msg("nothing at or after %ld", (long)ns);
    return 0;
}

static double uniform_cdf(double x, void *context)
{
    (void)context;
    return fmin(1.0, fmax(0.0, x));
}

static void note_silence(void *context, const struct moment *moment)
{
    *(int64_t *)context = moment->b;
}

/* Crash, one class: idle timer, stale quick mode given up after 63 s, main mode, quick mode,
 * answer. */
static void crash_closed_form(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    for (uint64_t trial = 0; trial < 200; trial++) {
        for (int64_t flag = 0; flag <= 1; flag++) {
            p.stack[0].nlbs_flags = flag;
            struct world *w = world_new();
            static struct times requests;
            requests.n = 0;
            int64_t d = -1;
            sim_listen(world_sim(w), MOMENT_BIT(request_sent), note_time, &requests);
            sim_listen(world_sim(w), MOMENT_BIT(sa_start), note_silence, &d);
            struct luck luck = {.seed = 5, .trial = trial};
            struct row row;
            world_run(w, &p, &luck, &row);
            int64_t idle = (flag ? 60 : 300) * S;
            assert_int_equal(row.status, ROW_RECOVERED);
            assert_true(d > 0);
            assert_int_equal(row.idle_expiry_ns, idle - d);
            int64_t packet_1 = first_after(&requests, idle - d);
            /* The first packet's quick mode costs one message of crypto before it leaves. */
            int64_t start = packet_1 + 100 * NS_PER_US;
            assert_int_equal(row.stale_qm_start_ns, start);
            int64_t packet_2 = first_after(&requests, start + 63 * S);
            assert_int_equal(row.mm_start_ns, packet_2);
            assert_int_equal(row.mm_done_ns, packet_2 + MM_NS);
            assert_int_equal(row.qm_done_ns, packet_2 + MM_NS + QM_NS);
            assert_int_equal(row.ipsec_ns, row.qm_done_ns);
            assert_int_equal(row.outage_ns, row.ipsec_ns + 2 * D);
            assert_int_equal(row.phase_detect_ns, idle - d);
            assert_int_equal(row.phase_stale_qm_ns, 63 * S);
            assert_int_equal(row.ike_messages, 6 + 6 + 4);
            assert_int_equal(row.ike_retransmissions, 5);
            world_free(w);
        }
    }
}

/* Detection U(6.0, 7.2) s by phase, then regroup 2 s, IP 0.5 s, listen lag 0.2 s. */
static void takeover_closed_form(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    struct world *w = world_new();
    double sample[2000];
    for (uint64_t trial = 0; trial < COUNT_OF(sample); trial++) {
        struct luck luck = {.seed = 6, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        double phase = luck_uniform(&luck, LUCK_heartbeat, actor_id(ACTOR_WORLD, 0, 0), 0);
        int64_t dead = 6 * 1200 * MS - (int64_t)(phase * 1.2e9);
        assert_int_equal(row.vip_up_ns, dead + 2700 * MS);
        assert_int_equal(row.app_ready_ns, dead + 3500 * MS);
        assert_int_equal(row.sum_ns, row.ipsec_ns + row.app_ready_ns);
        sample[trial] = (double)dead * 1e-9;
    }
    for (size_t i = 0; i < COUNT_OF(sample); i++)
        assert_true(sample[i] >= 6.0 && sample[i] <= 7.2);
    world_free(w);
}

/* Planned move, DELETEs arrive: main mode starts with the next packet, and the first repetition
 * after the address is up gets through: a comb at 0, 1, 3, 7, ... s after the first sending. */
static void move_closed_form(void **state)
{
    (void)state;
    static const int64_t sends[] = {0, 1, 3, 7, 15, 31};
    struct params p = site(FAILURE_move);
    struct world *w = world_new();
    struct times requests;
    sim_listen(world_sim(w), MOMENT_BIT(request_sent), note_time, &requests);
    for (uint64_t trial = 0; trial < 300; trial++) {
        int64_t gap = 300 * MS + (int64_t)trial * 37 * MS;
        p.cluster.vip_gap = law_constant((double)gap);
        struct luck luck = {.seed = 7, .trial = trial};
        struct row row;
        requests.n = 0;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.vip_up_ns, gap);
        assert_int_equal(row.vip_gone_ns, 0);
        assert_int_equal(row.deletes_lost, 0);
        /* Both DELETEs arrive D after they leave and share the processor; a packet before that
         * still goes out under the old SA. */
        int64_t gone = D + 2 * 100 * NS_PER_US;
        assert_int_equal(row.idle_expiry_ns, gone);
        int64_t start = first_after(&requests, gone);
        int64_t through = NEVER_NS;
        for (size_t k = 0; through == NEVER_NS && k < COUNT_OF(sends); k++)
            if (start + sends[k] * S + D >= gap)
                through = start + sends[k] * S;
        assert_int_equal(row.mm_start_ns, start);
        assert_int_equal(row.ipsec_ns, through + MM_NS + QM_NS);
        assert_int_equal(row.stale_qm_start_ns, NEVER_NS);
    }
    world_free(w);
}

/* A responder that never answers: six sendings at 0, 1, 3, 7, 15, 31 s, given up at 63 s, whatever
 * the stack's numbers are: sum of the waits. */
static void give_up_is_the_sum_of_the_waits(void **state)
{
    (void)state;
    static const struct {
        double first_s, base, cap_s;
        int tries;
        double sum_s;
    } schedule[] = {
        {1, 2, 0, 5, 63},         /* windows.md 1.2 */
        {1, 2, 16, 6, 63},        /* the same with a cap of 16 s */
        {2, 2, 0, 4, 62},         /* AuthIP */
        {4, 1.8, 0, 5, 165.0608}, /* ike.md 0.1: 165.061 to the millisecond */
        {10, 1, 0, 4, 50},        /* racoon */
    };
    for (size_t i = 0; i < COUNT_OF(schedule); i++) {
        struct params p = site(FAILURE_crash);
        p.cluster.regroup = law_constant(4000e9); /* nobody takes over */
        p.stack[0].retransmit_first_ns = (int64_t)(schedule[i].first_s * 1e9);
        p.stack[0].retransmit_base = schedule[i].base;
        p.stack[0].retransmit_cap_ns = (int64_t)(schedule[i].cap_s * 1e9);
        p.stack[0].retransmit_tries = schedule[i].tries;
        struct world *w = world_new();
        static struct times sent, up;
        sent.n = up.n = 0;
        sim_listen(world_sim(w), MOMENT_BIT(ike_sent), note_time, &sent);
        sim_listen(world_sim(w), MOMENT_BIT(ike_gave_up), note_time, &up);
        struct luck luck = {.seed = 8};
        struct row row;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_CENSORED);
        assert_true(row.ipsec_ns == NEVER_NS && row.outage_ns == NEVER_NS);
        assert_near((double)(up.ns[0] - sent.ns[0]) * 1e-9, schedule[i].sum_s, 1e-3);
        assert_int_equal(sent.ns[1] - sent.ns[0], (int64_t)(schedule[i].first_s * 1e9));
        world_free(w);
    }
}

/* model.md, planned move 3: with plain DELETEs and independent loss p of what comes back, the four
 * cases have the shares (1-p)^2, p(1-p), p(1-p), p^2, and each has the recovery that belongs to it.
 */
static void four_shares_of_lost_deletes(void **state)
{
    (void)state;
    enum { TRIALS = TESTKIT_TRIALS(100000) };
    const double loss = 0.2;

    struct params p = site(FAILURE_move);
    p.link[1].loss = loss;
    struct world *w = world_new();
    unsigned both = 0, mm_lost = 0, qm_lost = 0, none = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct luck luck = {.seed = 9, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        bool quick_gone = row.sa_end == SA_END_deleted;
        bool stale_retry = row.stale_qm_start_ns != NEVER_NS;
        if (row.status == ROW_CENSORED)
            fail_msg("seed 9, trial %lu: not recovered", (unsigned long)trial);
        if (row.deletes_lost == 0) {
            both++;
            assert_true(quick_gone && !stale_retry);
        } else if (row.deletes_lost == 2) {
            none++;
            assert_true(!quick_gone && stale_retry);
            assert_true(row.idle_expiry_ns > 280 * S);
            assert_true(row.ipsec_ns - row.idle_expiry_ns > 63 * S);
        } else if (quick_gone) {
            mm_lost++;
            assert_true(stale_retry);
            assert_true(row.phase_stale_qm_ns == 63 * S);
        } else {
            qm_lost++;
            assert_true(!stale_retry);
            assert_true(row.idle_expiry_ns > 280 * S && row.mm_start_ns != NEVER_NS);
        }
    }
    assert_share(both, TRIALS, (1 - loss) * (1 - loss));
    assert_share(mm_lost, TRIALS, loss * (1 - loss));
    assert_share(qm_lost, TRIALS, loss * (1 - loss));
    assert_share(none, TRIALS, loss * loss);
    world_free(w);
}

/* windows.md 1.5: T = idle - d + w1 + 63 s + w2 + handshake with d, w1, w2 exponential, so that T
 * exceeds idle + 63 s + handshake with probability P(w1 + w2 > d) = 3/4: the KB's minutes are no
 * bound. */
static void the_kb_time_is_exceeded_three_times_out_of_four(void **state)
{
    (void)state;
    enum { TRIALS = TESTKIT_TRIALS(100000) };
    struct params p = site(FAILURE_crash);
    p.stack[0].nlbs_flags = 1; /* 60 s: fewer events */
    p.traffic[0].rate_hz = 0.2;
    for (int i = 0; i < 2; i++)
        p.link[i].delay_ns = 1000; /* d counts from the answer's arrival */
    p.crypto[0] = (struct crypto_params){0};
    struct world *w = world_new();
    unsigned over = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct luck luck = {.seed = 16, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        over += row.ipsec_ns > 123 * S + 10 * 1000;
    }
    assert_share(over, TRIALS, 0.75);
    world_free(w);
}

/* In the steady state a quick-mode SA's rest is uniform on its lifetime, so the stale SA ends by
 * its lifetime and not by the idle timer with probability E[idle - d] / lifetime; and a silent
 * front end starts without SA. */
static void stationary_ages(void **state)
{
    (void)state;
    enum { TRIALS = TESTKIT_TRIALS(100000) };
    struct params p = site(FAILURE_crash);
    p.trial.sa_age = SA_AGE_stationary;
    p.stack[0].nlbs_flags = 1;
    p.traffic[0].rate_hz = 0.05;
    for (int i = 0; i < 2; i++)
        p.link[i].delay_ns = 1000;
    struct world *w = world_new();
    unsigned by_life = 0, none = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct luck luck = {.seed = 17, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        by_life += row.sa_end == SA_END_lifetime;
        none += row.sa_end == -1;
    }
    double gone = exp(-60.0 * 0.05); /* d beyond the idle time */
    assert_share(none, TRIALS, gone);
    /* E[(60 - d)+] for exponential d of mean 20. */
    assert_share(by_life, TRIALS, (60.0 - 20.0 * (1.0 - gone)) / 3600.0);
    world_free(w);
}

/* With a window before the address leaves, an acknowledged DELETE is repeated while it can be: all
 * of its k sendings within the window must be lost for the SA to stay. Without a window it is sent
 * once, as a plain one. */
static void reliable_delete_needs_a_window(void **state)
{
    (void)state;
    enum { TRIALS = TESTKIT_TRIALS(20000) };
    static const struct {
        int64_t window_ns;
        int kind, sendings;
    } cases[] = {{0, IKE_DELETE_plain, 1},
                 {0, IKE_DELETE_reliable, 1},
                 {500 * MS, IKE_DELETE_reliable, 1},
                 {2 * S, IKE_DELETE_reliable, 2},
                 {4 * S, IKE_DELETE_reliable, 3}};
    const double loss = 0.3;
    struct world *w = world_new();
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct params p = site(FAILURE_move);
        p.link[1].loss = loss;
        p.trial.horizon_ns = 1 * S; /* only the DELETEs matter */
        p.stack[0].delete_kind = cases[k].kind;
        p.stack[0].retransmit_first_ns =
            2 * S; /* of negotiations; DELETEs have waits of their own */
        p.stack[0].retransmit_base = 3.0;
        p.cluster.delete_window_ns = cases[k].window_ns;
        p.cluster.fence = 1;
        unsigned lost = 0;
        for (uint64_t trial = 0; trial < TRIALS; trial++) {
            struct luck luck = {.seed = 12, .trial = trial};
            struct row row;
            world_run(w, &p, &luck, &row);
            lost += (unsigned)row.deletes_lost;
        }
        /* Two SAs a trial, lost independently. */
        assert_share(lost, 2 * TRIALS, pow(loss, cases[k].sendings));
    }
    world_free(w);
}

/* An acknowledged DELETE goes to a peer that says it is Windows XP or later; to any other it goes
 * once, like a plain one ([MS-IKEE] 3.8.4.1, note <24>). */
static void reliable_delete_needs_a_peer_that_acknowledges(void **state)
{
    (void)state;
    enum { TRIALS = TESTKIT_TRIALS(20000) };
    static const struct {
        enum stack_product peer;
        int sendings;
    } cases[] = {{STACK_other, 1},
                 {STACK_windows2000, 1},
                 {STACK_windows2003, 2},
                 {STACK_windows2003_980915, 2},
                 {STACK_windows2008, 2}};
    const double loss = 0.3;
    struct world *w = world_new();
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct params p = site(FAILURE_move);
        p.link[1].loss = loss;
        p.trial.horizon_ns = 1 * S; /* only the DELETEs matter */
        p.stacks = 2;
        p.stack[1] = p.stack[0];
        p.cluster.stack = 1;
        p.stack[1].delete_kind = IKE_DELETE_reliable;
        p.stack[0].product = cases[k].peer;
        p.cluster.delete_window_ns = 2 * S;
        p.cluster.fence = 1;
        unsigned lost = 0;
        for (uint64_t trial = 0; trial < TRIALS; trial++) {
            struct luck luck = {.seed = 12, .trial = trial};
            struct row row;
            world_run(w, &p, &luck, &row);
            lost += (unsigned)row.deletes_lost;
        }
        assert_share(lost, 2 * TRIALS, pow(loss, cases[k].sendings));
    }
    world_free(w);
}

/* Who told the front end, and whether it listens: idle time and the limit of quick mode follow,
 * each to the nanosecond. Only a stack that knows fast failover has either. */
static void fast_failover_needs_a_stack_that_knows_it(void **state)
{
    (void)state;
    struct world *w = world_new();
    int64_t d = -1;
    sim_listen(world_sim(w), MOMENT_BIT(sa_start), note_silence, &d);
    for (unsigned bits = 0; bits < 16; bits++) {
        struct params p = site(FAILURE_crash);
        bool flag = bits & 1, present = bits & 2, knows = bits & 4, limit = bits & 8;
        bool fast = (flag || present) && knows;
        p.stacks = 2;
        p.stack[1] = p.stack[0];
        p.cluster.stack = 1;
        p.stack[0].nlbs_flags = flag;
        p.stack[1].nlbs_present = present;
        p.stack[0].fast_failover = knows;
        p.stack[0].nlbs_qm_retransmit_ns = limit ? 10 * S : 0;
        struct luck luck = {.seed = 21, .trial = bits};
        struct row row;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.idle_expiry_ns, (fast ? 60 : 300) * S - d);
        assert_int_equal(row.phase_stale_qm_ns, fast && limit ? 10 * S : 63 * S);
        /* QM1 at 0, 1, 3, 7 s and, without limit, 15, 31 s. */
        assert_int_equal(row.ike_retransmissions, fast && limit ? 3 : 5);
    }
    world_free(w);
}

/* Told ahead of the move, the front end starts main mode while the address is still with the node
 * that leaves, which answers no more: the schedule runs from there. Without the fence it rebuilds
 * its SAs with that very node and is told again. */
static void deleted_ahead_of_the_move(void **state)
{
    (void)state;
    struct params p = site(FAILURE_move);
    p.cluster.delete_window_ns = 2 * S;
    p.cluster.fence = 1;
    p.traffic[0].rate_hz = 20.0;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct luck luck = {.seed = 13, .trial = trial};
        struct row fenced, open;
        p.cluster.fence = 1;
        world_run(w, &p, &luck, &fenced);
        /* The comb begins before t = 0: sendings at start + 0, 1, 3, 7 s; the address is up at 2 s.
         */
        assert_true(fenced.idle_expiry_ns < -1990 * MS && fenced.mm_start_ns < 0);
        int64_t through = fenced.mm_start_ns + 7 * S;
        if (fenced.mm_start_ns + 3 * S + D >= 2 * S)
            through = fenced.mm_start_ns + 3 * S;
        assert_int_equal(fenced.ipsec_ns, through + MM_NS + QM_NS);
        p.cluster.fence = 0;
        world_run(w, &p, &luck, &open);
        assert_true(open.mm_start_ns > 0);
        assert_true(open.idle_expiry_ns > 0 && open.sa_end == SA_END_deleted);
    }
    world_free(w);
}

/* Not fenced, a front end told ahead of the move has new SAs with the leaving node, while the
 * DELETE of the old ones is still being repeated for want of an acknowledgement: a new DELETE takes
 * its place, and nothing of the old one is left. */
static void a_second_delete_replaces_the_first(void **state)
{
    (void)state;
    struct params p = site(FAILURE_move);
    p.cluster.delete_window_ns = 3 * S;
    p.cluster.fence = 0;
    p.stack[0].delete_kind = IKE_DELETE_reliable;
    p.traffic[0].rate_hz = 20.0;
    p.link[0].loss = p.link[1].loss = 0.3;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct luck luck = {.seed = 20, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_int_equal(world_drain(w, INT64_MAX), 0);
    }
    world_free(w);
}

/* What puts the idle clock back decides when the stale SA goes: any traffic keeps a busy front
 * end's SA alive to the end of its lifetime; with the clock never put back (2003 SP1) its age is
 * uniform. */
static void idle_reset_modes(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    struct world *w = world_new();
    static double gone_s[2000];
    for (uint64_t trial = 0; trial < COUNT_OF(gone_s); trial++) {
        struct luck luck = {.seed = 15, .trial = trial};
        struct row row;
        p.stack[0].idle_reset = SA_IDLE_RESET_none;
        world_run(w, &p, &luck, &row);
        gone_s[trial] = (double)row.idle_expiry_ns * 1e-9 / 300.0;
        if (trial >= 20)
            continue;
        p.stack[0].idle_reset = SA_IDLE_RESET_any;
        p.stack[0].qm_lifetime_ns = 1000 * S;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.sa_end, SA_END_lifetime);
        assert_int_equal(row.idle_expiry_ns, 1000 * S);
        p.stack[0].qm_lifetime_ns = 3600 * S;
    }
    assert_true(testkit_ks(gone_s, COUNT_OF(gone_s), uniform_cdf, NULL) <
                testkit_ks_limit(COUNT_OF(gone_s), 1e-4));
    world_free(w);
}

/* Nothing fails: a front end whose requests are further apart than the idle time gives up healthy
 * SAs, one that is busy does not. With Poisson requests at rate r an SA is given up once per gap
 * longer than the idle time T: about r exp(-r T) times a second. */
static void false_alarms(void **state)
{
    (void)state;
    struct params p = site(FAILURE_none);
    p.stack[0].nlbs_flags = 1;
    struct world *w = world_new();
    double total = 0.0, most = 0.0;
    for (uint64_t trial = 0; trial < 400; trial++) {
        struct luck luck = {.seed = 19, .trial = trial};
        struct row row;
        p.traffic[0].rate_hz = 0.05;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_STEADY);
        assert_true(row.ipsec_ns == NEVER_NS && row.vip_gone_ns == NEVER_NS);
        total += (double)row.teardowns;
        p.traffic[0].rate_hz = 1.0;
        world_run(w, &p, &luck, &row);
        most = fmax(most, (double)row.teardowns);
    }
    double want = 400 * 3600 * 0.05 * exp(-0.05 * 60.0);
    assert_near(total, want, 5.0 * sqrt(want) + 0.01 * want);
    assert_true(most == 0.0);
    world_free(w);
}

/* The packet that uses up the bytes is the SA's last: a new quick mode under the living main-mode
 * SA. */
static void bytes_end_an_sa(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    p.stack[0].qm_lifetime_kb = 10;
    struct world *w = world_new();
    struct luck luck = {.seed = 18};
    struct row row;
    world_run(w, &p, &luck, &row);
    assert_int_equal(row.sa_end, SA_END_lifetime);
    assert_true(row.idle_expiry_ns > 10 * S && row.idle_expiry_ns < 100 * S);
    world_free(w);
}

/* The switch that would refute the KB's minute: no quick mode under a stale main-mode SA. */
static void main_mode_may_die_with_its_last_child(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    p.stack[0].mm_dies_with_last_qm = 1;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct luck luck = {.seed = 14, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.stale_qm_start_ns, NEVER_NS);
        assert_int_equal(row.mm_start_ns, row.acquire_ns);
        assert_int_equal(row.ipsec_ns, row.acquire_ns + MM_NS + QM_NS);
    }
    world_free(w);
}

/* What the front end has of main mode 0, by what it says of itself. */
struct family {
    bool parent;
    uint32_t children; /* bits: classes with an SA */
    int64_t orphaned_ns, parent_gone_ns;
};

static void watch_family(void *context, const struct moment *m)
{
    struct family *family = context;
    if (actor_kind(m->actor) != ACTOR_FRONT_END)
        return;
    switch (m->id) {
    case MOMENT_mm_sa_up:
        family->parent |= m->a == 0;
        break;
    case MOMENT_mm_sa_gone:
        if (m->a == 0)
            family->parent_gone_ns = m->time_ns;
        break;
    case MOMENT_qm_sa_up:
        family->children |= (uint32_t)(m->b == 0) << m->a;
        break;
    default: /* qm_sa_gone */
        if (family->children == 1u << m->a)
            family->orphaned_ns = m->time_ns;
        family->children &= ~(1u << m->a);
    }
}

/* Of several classes, too: neither a quick mode that is being tried keeps it, nor is there one at
 * the start without a child. */
static void main_mode_dies_with_the_last_of_several(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    uint32_t dead = 0, childless = 0;
    p.stack[0].mm_dies_with_last_qm = 1;
    p.trial.sa_age = SA_AGE_stationary;
    p.classes = 3;
    p.traffic[0].rate_hz = 0.004;
    p.traffic[1] = p.traffic[2] = p.traffic[0];
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct family family = {.orphaned_ns = NEVER_NS, .parent_gone_ns = NEVER_NS};
        struct luck luck = {.seed = 19, .trial = trial};
        struct row row;
        struct world *w = world_new();
        sim_listen(world_sim(w),
                   MOMENT_BIT(mm_sa_up) | MOMENT_BIT(mm_sa_gone) | MOMENT_BIT(qm_sa_up) |
                       MOMENT_BIT(qm_sa_gone),
                   watch_family, &family);
        world_run(w, &p, &luck, &row);
        world_free(w);
        bool lived =
            family.parent_gone_ns == NEVER_NS || family.parent_gone_ns > family.orphaned_ns;
        if (family.parent && family.orphaned_ns != NEVER_NS && lived)
            fail_msg("trial %lu: the main-mode SA outlived its last child", (unsigned long)trial);
        dead += family.parent && family.parent_gone_ns == family.orphaned_ns;
        childless += !family.parent;
    }
    assert_true(dead > 60 && childless > 0);
}

static void nothing_protected_needs_no_ike(void **state)
{
    (void)state;
    struct params p = site(FAILURE_move);
    p.traffic[0].protect = 0;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct luck luck = {.seed = 20, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_int_equal(row.ike_messages, 0);
        assert_int_equal(row.deletes_lost, 0);
        assert_int_equal(row.crypto_front_end_ns + row.crypto_nodes_ns, 0);
    }
    world_free(w);
}

/* Nor does what is in clear wait until IKE listens: the new node answers once it has the address
 * and the service. */
static void answers_in_clear_do_not_wait_for_ike(void **state)
{
    (void)state;
    struct params p = site(FAILURE_move);
    p.traffic[0].protect = 0;
    p.traffic[0].rate_hz = 50.0;
    p.traffic[0].service = (uint8_t)p.cluster.address;
    p.cluster.vip_gap = law_constant(3e9);
    p.cluster.listen_lag_ns = 2 * S;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 50; trial++) {
        struct luck luck = {.seed = 21, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.status, ROW_RECOVERED);
        assert_int_equal(row.vip_up_ns, 3 * S);
        if (!(row.outage_ns > 1 * S && row.outage_ns < 2 * S))
            fail_msg("trial %lu: %ld ns", (unsigned long)trial, (long)row.outage_ns);
    }
    world_free(w);
}

/* A site in which everything is random. */
static struct params rough(enum failure_kind kind, const struct law_table *normal, uint64_t seed)
{
    struct params p = site(kind);
    p.trial.sa_age = SA_AGE_stationary;
    p.app.tcp = seed % 3 != 0;
    p.arp.model = seed % 2;
    p.arp.loss = 0.3;
    p.classes = 2;
    p.traffic[1].protect = seed % 5 != 0;
    p.traffic[0].rate_hz = seed % 4 == 0 ? 0.003 : 1.0;
    p.stack[0].commit_bit = seed % 7 != 0;
    p.stack[0].nlbs_flags = seed % 2;
    p.stack[0].hold = seed % 6 != 0;
    p.stack[0].retransmit_jitter_ns = 200 * MS;
    p.cluster.stop = law_constant(3e9);
    for (int i = 0; i < 2; i++) {
        p.link[i].jitter_ns = 4 * MS;
        p.link[i].distribution = normal;
        p.link[i].loss = 0.05;
    }
    for (int i = 0; i < 3; i++) {
        p.node[i].load = 0.6;
        p.node[i].discipline = seed % 2 ? CPU_fifo : CPU_ps;
    }
    return p;
}

/* The same over links that do all that tc-netem can. */
static void rough_links(struct params *p, uint64_t seed)
{
    for (int i = 0; i < 2; i++) {
        struct link_params *link = &p->link[i];
        link->loss_model = (int64_t)(seed % 3);
        link->loss_correlation = link->delay_correlation = 0.3;
        link->state_p13 = link->gemodel_p = 0.03;
        link->state_p31 = link->gemodel_r = 0.4;
        link->state_p23 = link->gemodel_bad_loss = 1.0;
        link->duplicate = 0.3;
        link->duplicate_correlation = seed % 2 ? 0.5 : 0.0;
        link->reorder = 0.2;
        link->gap = (int64_t)(seed % 4);
        link->rate_bps = seed % 5 ? 1e6 : 0.0;
        link->limit = 1000;
    }
}

static void every_row_is_consistent(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    struct world *w = world_new();
    for (uint64_t seed = 0; seed < TESTKIT_TRIALS(2000); seed++) {
        struct params p = rough(seed % 3 ? FAILURE_crash : FAILURE_move, normal, seed);
        if (seed % 4 == 1)
            rough_links(&p, seed / 4);
        struct luck luck = {.seed = seed, .trial = seed * 977};
        struct row row;
        world_run(w, &p, &luck, &row);
        struct world_audit audit = world_audit(w);
        bool good = audit.sent + audit.duplicated == audit.delivered + audit.lost + audit.in_flight;
        good &= row.requests_answered + row.requests_lost <= row.requests_sent;
        if (row.status == ROW_RECOVERED) {
            int64_t sum = row.phase_detect_ns + row.phase_wait_ns + row.phase_stale_qm_ns +
                          row.phase_mm_failed_ns + row.phase_mm_ns + row.phase_qm_wait_ns +
                          row.phase_qm_ns + row.phase_app_ns;
            good &= sum == row.outage_ns;
            good &= row.phase_detect_ns >= 0 && row.phase_wait_ns >= 0 &&
                    row.phase_stale_qm_ns >= 0 && row.phase_mm_failed_ns >= 0 &&
                    row.phase_mm_ns >= 0 && row.phase_qm_wait_ns >= 0 && row.phase_qm_ns >= 0 &&
                    row.phase_app_ns >= 0;
            good &= row.vip_up_ns <= row.ipsec_ns && row.ipsec_ns <= row.outage_ns;
            good &= row.mm_start_ns < row.mm_done_ns && row.mm_done_ns < row.qm_done_ns;
        }
        if (!good)
            fail_msg("seed %lu: inconsistent row", (unsigned long)seed);
        if (world_drain(w, INT64_MAX) != 0)
            fail_msg("seed %lu: something never ends", (unsigned long)seed);
        audit = world_audit(w);
        if (audit.in_flight != 0 || audit.sent + audit.duplicated != audit.delivered + audit.lost)
            fail_msg("seed %lu: packets got lost without trace", (unsigned long)seed);
    }
    world_free(w);
    free(normal);
}

/* A used world and a new one yield the same row: nothing leaks from trial to trial. */
static void a_trial_alone_equals_the_trial_in_line(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    struct world *line = world_new();
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct params p = rough(trial % 2 ? FAILURE_crash : FAILURE_move, normal, trial);
        if (trial % 3 == 0)
            rough_links(&p, trial);
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

/* ---- luck ---- */

enum { DRAWS_MAX = 1 << 16 };
struct draw {
    uint64_t who; /* purpose, actor */
    uint32_t index;
    uint64_t bits;
};
struct draws {
    struct draw draw[DRAWS_MAX];
    size_t n;
};

static void note_draw(void *context, uint16_t purpose, uint32_t actor, uint32_t index,
                      uint64_t bits)
{
    struct draws *draws = context;
    if (actor_kind(actor) == ACTOR_CPU)
        return; /* background work is read where cryptography needs a processor, which is elsewhere
                 */
    if (draws->n < DRAWS_MAX)
        draws->draw[draws->n++] = (struct draw){(uint64_t)purpose << 32 | actor, index, bits};
}

static int draw_order(const void *va, const void *vb)
{
    const struct draw *a = va, *b = vb;
    if (a->who != b->who)
        return a->who < b->who ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static void run_and_note(const struct params *p, struct draws *draws, struct row *row)
{
    draws->n = 0;
    struct luck luck = {.seed = 4, .trial = 17, .tap = note_draw, .tap_context = draws};
    struct world *w = world_new();
    world_run(w, p, &luck, row);
    world_free(w);
    qsort(draws->draw, draws->n, sizeof draws->draw[0], draw_order);
}

/* Two runs that differ in one parameter: whatever both draw is the same, and what the environment
 * draws (arrivals, heartbeat, ages) is drawn by both although one of them sends many more packets.
 */
static void arms_share_their_luck(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    struct params p = rough(FAILURE_crash, normal, 1);
    static struct draws a, b;
    struct row row_a, row_b;
    p.stack[0].nlbs_flags = 0;
    run_and_note(&p, &a, &row_a);
    p.stack[0].nlbs_flags = 1;
    run_and_note(&p, &b, &row_b);
    assert_true(row_a.outage_ns != row_b.outage_ns);
    size_t shared = 0, i = 0, j = 0;
    while (i < a.n && j < b.n) {
        int order = draw_order(&a.draw[i], &b.draw[j]);
        if (order == 0) {
            assert_true(a.draw[i].bits == b.draw[j].bits);
            shared++;
        }
        i += order <= 0;
        j += order >= 0;
    }
    /* The shorter run's draws are, but for a few of its own negotiation, a part of the longer
     * one's. */
    assert_true(b.n > 100 && shared > b.n * 8 / 10);
    free(normal);
}

/* No two packets of a trial have the same identity on a link. */
static void no_packet_shares_anothers_luck(void **state)
{
    (void)state;
    struct law_table *normal = law_table_new(LAW_normal, 0.0);
    static struct draws a;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct params p = rough(seed % 2 ? FAILURE_crash : FAILURE_move, normal, seed);
        struct row row;
        run_and_note(&p, &a, &row);
        for (size_t i = 1; i < a.n; i++) {
            /* The look back for the last answer asks again about the same packets. */
            uint32_t index = a.draw[i].index;
            bool app = index >> LUCK_KIND_SHIFT == LUCK_KIND_APP;
            bool past = app && app_request_of_luck(index) < (uint32_t)APP_WINDOWS_BEFORE
                                                                << ARRIVALS_SLOT_BITS;
            bool link = a.draw[i].who >> 32 == LUCK_link;
            if (link && !past && draw_order(&a.draw[i - 1], &a.draw[i]) == 0)
                fail_msg("seed %lu: identity %x drawn twice", (unsigned long)seed, a.draw[i].index);
        }
    }
    free(normal);
}

/* Classes the policy does not protect never wait for IKE. */
static void unprotected_classes_keep_working(void **state)
{
    (void)state;
    struct params p = site(FAILURE_crash);
    p.classes = 2;
    p.traffic[1].protect = 0;
    struct world *w = world_new();
    struct luck luck = {.seed = 10};
    struct row row;
    world_run(w, &p, &luck, &row);
    assert_true(row.requests_clear > 250);
    assert_true(row.requests_answered > 250);
    world_free(w);
}

/* Every packet twice, both ways: IKE and the application take no notice. */
static void duplicates_are_harmless(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct params p = site(trial % 2 ? FAILURE_crash : FAILURE_move);
        struct luck luck = {.seed = 11, .trial = trial};
        struct row once, twice;
        p.app.tcp = trial % 4 < 2;
        p.stack[0].commit_bit = trial % 8 < 4;
        world_run(w, &p, &luck, &once);
        p.link[0].duplicate = p.link[1].duplicate = 1.0;
        world_run(w, &p, &luck, &twice);
        if (once.ipsec_ns != twice.ipsec_ns || once.outage_ns != twice.outage_ns ||
            once.sum_ns != twice.sum_ns || once.requests_answered != twice.requests_answered ||
            once.requests_sent != twice.requests_sent)
            fail_msg("seed 11, trial %lu: duplicates change the outcome", (unsigned long)trial);
        struct world_audit audit = world_audit(w);
        assert_int_equal(audit.duplicated, audit.sent);
    }
    world_free(w);
}

/* The answers to a request and to its duplicate have delays of their own: the first one counts, and
 * in half of the trials that is the duplicate's. */
static void an_answer_to_a_duplicate_has_its_own_luck(void **state)
{
    (void)state;
    enum { TRIALS = 1000 };
    struct world *w = world_new();
    struct params p = site(FAILURE_crash);
    p.link[1].jitter_ns = 4 * MS;
    unsigned earlier = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct luck luck = {.seed = 12, .trial = trial};
        struct row once, twice;
        p.link[0].duplicate = 0.0;
        world_run(w, &p, &luck, &once);
        p.link[0].duplicate = 1.0;
        world_run(w, &p, &luck, &twice);
        earlier += twice.phase_app_ns < once.phase_app_ns;
    }
    assert_share(earlier, TRIALS, 0.5);
    world_free(w);
}

struct drops {
    int64_t dropped, ignored;
};

static void note_drop(void *context, const struct moment *m)
{
    struct drops *drops = context;
    if (m->id == MOMENT_ike_ignored)
        drops->ignored++;
    else
        drops->dropped++;
}

/* What the column says, packet by packet; what IKE looks at and ignores is not among them. */
static void dropped_packets_are_those_that_the_column_names(void **state)
{
    (void)state;
    struct world *w = world_new();
    struct drops drops, all = {0, 0};
    sim_listen(world_sim(w),
               MOMENT_BIT(ike_vanished) | MOMENT_BIT(packet_vanished) | MOMENT_BIT(esp_dropped) |
                   MOMENT_BIT(clear_dropped) | MOMENT_BIT(ike_ignored),
               note_drop, &drops);
    for (uint64_t trial = 0; trial < 60; trial++) {
        struct params p = site(trial % 2 ? FAILURE_crash : FAILURE_move);
        struct luck luck = {.seed = 44, .trial = trial};
        struct row row;
        p.stack[0].fallback = trial % 3 == 0;
        p.stack[0].fallback_wait_ns = 3 * S;
        p.stack[0].soft_lifetime_ns = 60 * S;
        for (int i = 0; i < p.links; i++)
            p.link[i].duplicate = trial % 4 < 2 ? 0.1 : 0.0;
        drops = (struct drops){0, 0};
        world_run(w, &p, &luck, &row);
        assert_int_equal(row.packets_dropped, drops.dropped);
        all.dropped += drops.dropped;
        all.ignored += drops.ignored;
    }
    assert_true(all.dropped > 1000 && all.ignored > 100);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crash_closed_form),
        cmocka_unit_test(takeover_closed_form),
        cmocka_unit_test(move_closed_form),
        cmocka_unit_test(give_up_is_the_sum_of_the_waits),
        cmocka_unit_test(four_shares_of_lost_deletes),
        cmocka_unit_test(the_kb_time_is_exceeded_three_times_out_of_four),
        cmocka_unit_test(stationary_ages),
        cmocka_unit_test(reliable_delete_needs_a_window),
        cmocka_unit_test(reliable_delete_needs_a_peer_that_acknowledges),
        cmocka_unit_test(fast_failover_needs_a_stack_that_knows_it),
        cmocka_unit_test(deleted_ahead_of_the_move),
        cmocka_unit_test(a_second_delete_replaces_the_first),
        cmocka_unit_test(idle_reset_modes),
        cmocka_unit_test(false_alarms),
        cmocka_unit_test(bytes_end_an_sa),
        cmocka_unit_test(main_mode_may_die_with_its_last_child),
        cmocka_unit_test(main_mode_dies_with_the_last_of_several),
        cmocka_unit_test(nothing_protected_needs_no_ike),
        cmocka_unit_test(answers_in_clear_do_not_wait_for_ike),
        cmocka_unit_test(every_row_is_consistent),
        cmocka_unit_test(a_trial_alone_equals_the_trial_in_line),
        cmocka_unit_test(arms_share_their_luck),
        cmocka_unit_test(no_packet_shares_anothers_luck),
        cmocka_unit_test(unprotected_classes_keep_working),
        cmocka_unit_test(duplicates_are_harmless),
        cmocka_unit_test(dropped_packets_are_those_that_the_column_names),
        cmocka_unit_test(an_answer_to_a_duplicate_has_its_own_luck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
