/* Many front ends: each has its own luck and its own SAs with each node, all share the nodes'
 * processors. */
#include "../testkit.h"

#include "app/app.h"
#include "moment/moment.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

enum { MANY = 12 };

static struct params many(enum failure_kind kind, int64_t count)
{
    struct params p = site(kind);
    p.front_end.count = count;
    return p;
}

static const struct row *clients(const struct world *w, uint32_t want)
{
    uint32_t count;
    const struct row *row = world_front_ends(w, &count);
    assert_int_equal(count, want);
    return row;
}

/* With nodes whose cryptography costs nothing, front ends never meet: number 0 lives through the
 * same moments whoever else is there. */
static void free_nodes_leave_a_front_end_alone(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 100; trial++) {
        struct params p = many(trial % 2 ? FAILURE_crash : FAILURE_move, 1);
        p.cryptos = 2;
        p.crypto[1] = (struct crypto_params){0};
        p.node[SITE_A].crypto = p.node[SITE_B].crypto = 1;
        p.link[0].loss = p.link[1].loss = 0.05;
        p.link[0].jitter_ns = p.link[1].jitter_ns = 4 * MS;
        struct luck luck = {.seed = 21, .trial = trial};
        struct row alone, among;
        world_run(w, &p, &luck, &alone);
        p.front_end.count = MANY;
        world_run(w, &p, &luck, &among);
        for (uint32_t c = 0; c < ROW_COLUMN_COUNT; c++) {
            if (!row_column_applies(c, ROW_SYSTEM_IPSEC)) /* nothing to add up */
                assert_true(((int64_t *)&among)[c] == NEVER_NS);
            enum row_kind kind = row_columns[c].kind;
            bool own = kind == ROW_outcome || kind == ROW_moment || kind == ROW_phase;
            if (own && ((int64_t *)&alone)[c] != ((int64_t *)&among)[c])
                fail_msg("seed 21, trial %lu: %s is another among many", (unsigned long)trial,
                         row_columns[c].name);
        }
    }
    world_free(w);
}

/* Kolmogorov-Smirnov distance of two samples of n, sorted here. */
static double distance(double *x, double *y, size_t n)
{
    qsort(x, n, sizeof *x, testkit_order);
    qsort(y, n, sizeof *y, testkit_order);
    double most = 0.0;
    for (size_t i = 0, j = 0; i < n && j < n;) {
        double at = fmin(x[i], y[j]);
        while (i < n && x[i] <= at)
            i++;
        while (j < n && y[j] <= at)
            j++;
        most = fmax(most, fabs((double)i - (double)j) / (double)n);
    }
    return most;
}

/* Front ends differ in luck only: the outages of two of them over many trials have one law. */
static void front_ends_are_exchangeable(void **state)
{
    (void)state;
    enum { TRIALS = 2000 };
    static double first[TRIALS], last[TRIALS];
    struct params p = many(FAILURE_crash, 4);
    p.trial.sa_age = SA_AGE_stationary;
    p.stack[0].nlbs_flags = 1;
    p.traffic[0].rate_hz = 0.1;
    struct world *w = world_new();
    unsigned same = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct luck luck = {.seed = 22, .trial = trial};
        struct row row;
        world_run(w, &p, &luck, &row);
        first[trial] = (double)clients(w, 4)[0].outage_ns;
        last[trial] = (double)clients(w, 4)[3].outage_ns;
        same += first[trial] == last[trial];
    }
    assert_true(same < TRIALS / 100);
    /* Two samples of n are as far apart as one of n / 2 is from its law. */
    assert_true(distance(first, last, TRIALS) < testkit_ks_limit(TRIALS / 2, 1e-4));
    world_free(w);
}

/* Nothing lost: every front end sends and gets the messages that one alone does, and node B works
 * for all of them. */
static void work_adds_up(void **state)
{
    (void)state;
    struct params p = many(FAILURE_crash, 1);
    struct world *w = world_new();
    struct luck luck = {.seed = 23};
    struct row one, row;
    world_run(w, &p, &luck, &one);
    p.front_end.count = MANY;
    world_run(w, &p, &luck, &row);
    assert_int_equal(row.status, ROW_RECOVERED);
    assert_int_equal(row.ike_messages, MANY * one.ike_messages);
    assert_int_equal(row.ike_retransmissions, MANY * one.ike_retransmissions);
    assert_int_equal(row.crypto_nodes_ns, MANY * one.crypto_nodes_ns);
    assert_int_equal(row.crypto_front_end_ns, MANY * one.crypto_front_end_ns);
    assert_true(one.crypto_nodes_ns > 8 * MS);
    world_free(w);
}

/* All send MM1 in the same instant to a node whose one processor serves first come, first served:
 * of N front ends the k-th has its turn after k - 1 others, at each of the two steps that cost. */
static void front_ends_queue_at_the_node(void **state)
{
    (void)state;
    struct params p = many(FAILURE_move, MANY);
    struct world *w = world_new();
    p.traffic[0].arrival = APP_ARRIVAL_periodic;
    p.traffic[0].rate_hz = 1000.0; /* within a millisecond after the DELETEs all have a packet */
    p.node[SITE_B].discipline = CPU_fifo;
    p.crypto[0] = (struct crypto_params){0};
    p.cryptos = 2;
    p.crypto[1] = (struct crypto_params){.sign_ns = 50 * MS};
    p.node[SITE_B].crypto = 1;
    struct luck luck = {.seed = 24};
    struct row row;
    world_run(w, &p, &luck, &row);
    assert_int_equal(row.status, ROW_RECOVERED);
    const struct row *client = clients(w, MANY);
    int64_t first_ns = INT64_MAX, last_ns = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        first_ns = client[i].mm_done_ns < first_ns ? client[i].mm_done_ns : first_ns;
        last_ns = client[i].mm_done_ns > last_ns ? client[i].mm_done_ns : last_ns;
    }
    assert_near((double)(last_ns - first_ns) * 1e-6, (MANY - 1) * 50.0, 1.0);
    world_free(w);
}

/* A front end gives a main mode up after 63 s without an answer, and begins anew. Of four that come
 * together, each with 20 s of work, processor sharing finishes none before 80 s, and so it goes on;
 * first come, first served, three have their turn in time, and the fourth alone at its next try.
 * Three are not too many in either way. */
static void too_many_at_once_are_never_done(void **state)
{
    (void)state;
    static const struct {
        enum cpu_discipline discipline;
        uint32_t count, back;
    } cases[] = {{CPU_ps, 3, 3}, {CPU_ps, 4, 0}, {CPU_fifo, 3, 3}, {CPU_fifo, 4, 4}};
    struct world *w = world_new();
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct params p = many(FAILURE_move, cases[k].count);
        p.trial.horizon_ns = 1800 * S;
        p.traffic[0].arrival = APP_ARRIVAL_periodic;
        p.traffic[0].rate_hz = 100.0;
        p.node[SITE_B].discipline = cases[k].discipline;
        p.crypto[0] = (struct crypto_params){0};
        p.cryptos = 2;
        p.crypto[1] = (struct crypto_params){.sign_ns = 20 * S};
        p.node[SITE_B].crypto = 1;
        struct luck luck = {.seed = 25};
        struct row row;
        world_run(w, &p, &luck, &row);
        const struct row *client = clients(w, cases[k].count);
        uint32_t back = 0;
        for (uint32_t i = 0; i < cases[k].count; i++)
            back += client[i].ipsec_ns != NEVER_NS;
        if (back != cases[k].back)
            fail_msg("case %zu: %u of %u are back", k, back, cases[k].count);
        assert_int_equal(row.status, back == cases[k].count ? ROW_RECOVERED : ROW_CENSORED);
        if (cases[k].discipline == CPU_ps && back > 0) /* all end together, after the comb's 3 s */
            assert_near((double)row.ipsec_last_ns * 1e-9, 63.0, 0.2);
    }
    world_free(w);
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A site in which much is random, some front ends do not recover. */
static struct params rough(uint64_t seed)
{
    struct params p = many(seed % 3 ? FAILURE_crash : FAILURE_move, 1 + (int64_t)(seed % 7));
    p.trial.sa_age = SA_AGE_stationary;
    p.trial.horizon_ns = 380 * S;
    p.arp.model = seed % 2;
    p.arp.loss = 0.3;
    p.app.tcp = seed % 4 != 0;
    p.classes = 2;
    p.traffic[0].rate_hz = 0.1;
    p.traffic[1].protect = seed % 5 != 0;
    p.stack[0].retransmit_jitter_ns = 200 * MS;
    p.stack[0].delete_kind = seed % 2 ? IKE_DELETE_plain : IKE_DELETE_reliable;
    p.cluster.delete_window_ns = 3 * S;
    p.cluster.stop = law_constant(4e9);
    p.node[SITE_B].load = 0.6;
    for (int i = 0; i < 2; i++) {
        p.link[i].loss = 0.1;
        p.link[i].jitter_ns = 4 * MS;
    }
    return p;
}

static bool amounts_are_sums(const struct row *row, const struct row *client, uint32_t count)
{
    bool good = true;
    for (uint32_t c = 0; c < ROW_COLUMN_COUNT; c++) {
        bool common = c == offsetof(struct row, crypto_nodes_ns) / sizeof(int64_t) ||
                      c == offsetof(struct row, events) / sizeof(int64_t);
        if (row_columns[c].kind != ROW_amount || common || !row_column_applies(c, ROW_SYSTEM_IPSEC))
            continue;
        int64_t sum = 0;
        for (uint32_t i = 0; i < count; i++)
            sum += ((const int64_t *)&client[i])[c];
        good &= sum == ((const int64_t *)row)[c];
    }
    return good;
}

static bool ranks_are_right(const struct row *row, const struct row *client, uint32_t count)
{
    int64_t outage[8], ipsec[8];
    for (uint32_t i = 0; i < count; i++) {
        outage[i] = client[i].outage_ns == NEVER_NS ? INT64_MAX : client[i].outage_ns;
        ipsec[i] = client[i].ipsec_ns == NEVER_NS ? INT64_MAX : client[i].ipsec_ns;
    }
    qsort(outage, count, sizeof outage[0], ascending);
    qsort(ipsec, count, sizeof ipsec[0], ascending);
    const int64_t want[] = {outage[0], outage[(count - 1) / 2], outage[count - 1],
                            ipsec[0],  ipsec[(count - 1) / 2],  ipsec[count - 1]};
    const int64_t got[] = {row->outage_first_ns, row->outage_median_ns, row->outage_last_ns,
                           row->ipsec_first_ns,  row->ipsec_median_ns,  row->ipsec_last_ns};
    bool good = true;
    for (size_t k = 0; k < COUNT_OF(want); k++)
        good &= got[k] == (want[k] == INT64_MAX ? NEVER_NS : want[k]);
    return good;
}

static void rows_add_up(void **state)
{
    (void)state;
    struct world *w = world_new();
    unsigned partly = 0;
    for (uint64_t seed = 0; seed < TESTKIT_TRIALS(700); seed++) {
        struct params p = rough(seed);
        struct luck luck = {.seed = seed};
        struct row row;
        world_run(w, &p, &luck, &row);
        uint32_t count = (uint32_t)p.front_end.count, back = 0;
        const struct row *client = clients(w, count);
        bool good = amounts_are_sums(&row, client, count) && ranks_are_right(&row, client, count);
        for (uint32_t i = 0; i < count; i++)
            back += client[i].status == ROW_RECOVERED;
        partly += back > 0 && back < count;
        good &= row.status == (back == count ? ROW_RECOVERED : ROW_CENSORED);
        good &= (row.outage_last_ns != NEVER_NS) == (back == count);
        good &= row.outage_ns == client[0].outage_ns && row.sum_ns == client[0].sum_ns;
        struct world_audit audit = world_audit(w);
        good &= audit.sent + audit.duplicated == audit.delivered + audit.lost + audit.in_flight;
        good &= world_drain(w, INT64_MAX) == 0;
        audit = world_audit(w);
        good &= audit.in_flight == 0;
        if (!good)
            fail_msg("seed %lu: rows do not add up", (unsigned long)seed);
    }
    assert_true(partly > TESTKIT_TRIALS(700) / 50);
    world_free(w);
}

/* A world that had more or fewer front ends before yields the same rows as a new one. */
static void a_trial_alone_equals_the_trial_in_line(void **state)
{
    (void)state;
    struct world *line = world_new();
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct params p = rough(seed * 13);
        struct luck luck = {.seed = seed, .trial = 5};
        struct row in_line, alone;
        uint32_t count = (uint32_t)p.front_end.count;
        world_run(line, &p, &luck, &in_line);
        struct world *fresh = world_new();
        world_run(fresh, &p, &luck, &alone);
        bool same = memcmp(&in_line, &alone, sizeof alone) == 0 &&
                    memcmp(clients(line, count), clients(fresh, count), count * sizeof alone) == 0;
        world_free(fresh);
        if (!same)
            fail_msg("seed %lu: another row alone than in line", (unsigned long)seed);
    }
    world_free(line);
}

/* ---- who speaks ---- */

struct heard {
    int64_t recovered_ns[MANY]; /* 0: not yet */
    unsigned late, main_modes;
};

/* An answer to a protected class at t > 6 s is from the new node. */
static void hear(void *context, const struct moment *m)
{
    struct heard *heard = context;
    uint32_t number = actor_front_end(m->actor);
    assert_true(number < MANY);
    if (m->id == MOMENT_request_sent) {
        heard->late += heard->recovered_ns[number] != 0;
    } else if (m->id == MOMENT_request_answered && m->time_ns > 6 * S &&
               heard->recovered_ns[number] == 0) {
        heard->recovered_ns[number] = m->time_ns;
    } else if (m->id == MOMENT_mm_sa_up && actor_kind(m->actor) == ACTOR_NODE) {
        assert_int_equal(actor_node_index(m->actor), SITE_B);
        heard->main_modes++;
    }
}

/* A front end that is back begins no more requests, and each negotiates main mode with B once. */
static void a_front_end_that_is_back_is_silent(void **state)
{
    (void)state;
    struct params p = many(FAILURE_crash, MANY);
    struct world *w = world_new();
    struct heard heard = {0};
    sim_listen(world_sim(w),
               MOMENT_BIT(request_sent) | MOMENT_BIT(request_answered) | MOMENT_BIT(mm_sa_up), hear,
               &heard);
    struct luck luck = {.seed = 25};
    struct row row;
    world_run(w, &p, &luck, &row);
    const struct row *client = clients(w, MANY);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(heard.recovered_ns[i], client[i].outage_ns);
    assert_int_equal(heard.late, 0);
    assert_int_equal(heard.main_modes, MANY);
    world_free(w);
}

/* Where nothing fails all go on to the horizon. */
static void nothing_fails(void **state)
{
    (void)state;
    struct params p = many(FAILURE_none, 3);
    struct world *w = world_new();
    struct luck luck = {.seed = 26};
    struct row row;
    world_run(w, &p, &luck, &row);
    assert_int_equal(row.status, ROW_STEADY);
    for (uint32_t i = 0; i < 3; i++) {
        int64_t sent = clients(w, 3)[i].requests_sent;
        assert_near((double)sent, 3600.0, 5.0 * 60.0);
    }
    world_free(w);
}

/* A trial that is asked to stop ends within some thousand events, and the next one is as ever. */
static void a_long_trial_can_be_stopped(void **state)
{
    (void)state;
    struct params p = many(FAILURE_none, MANY);
    struct world *w = world_new();
    struct luck luck = {.seed = 27};
    struct row whole, cut, again;
    atomic_int stop = 0;
    world_run(w, &p, &luck, &whole);
    world_heed(w, &stop);
    world_run(w, &p, &luck, &again);
    assert_memory_equal(&whole, &again, sizeof whole);
    atomic_store(&stop, 1);
    world_run(w, &p, &luck, &cut);
    assert_true(whole.events > 1 << 15 && cut.events < 1 << 15);
    atomic_store(&stop, 0);
    world_run(w, &p, &luck, &again);
    assert_memory_equal(&whole, &again, sizeof whole);
    world_free(w);
}

/* ---- luck ---- */

enum { DRAWS_MAX = 1 << 18 };
struct draw {
    uint64_t who; /* purpose, actor */
    uint32_t index;
};
struct draws {
    struct draw draw[DRAWS_MAX];
    size_t n;
};

/* Draws that are made once: of packets, of waits. */
static void note_draw(void *context, uint16_t purpose, uint32_t actor, uint32_t index,
                      uint64_t bits)
{
    struct draws *draws = context;
    (void)bits;
    bool app = purpose == LUCK_link && index >> LUCK_KIND_SHIFT == LUCK_KIND_APP;
    bool past = app && app_request_of_luck(index) < (uint32_t)APP_WINDOWS_BEFORE
                                                        << ARRIVALS_SLOT_BITS;
    if (past || (purpose != LUCK_link && purpose != LUCK_retransmit_jitter))
        return; /* the look back for the last answer asks again about the same packets */
    assert_true(draws->n < DRAWS_MAX);
    draws->draw[draws->n++] = (struct draw){(uint64_t)purpose << 32 | actor, index};
}

static int draw_order(const void *va, const void *vb)
{
    const struct draw *a = va, *b = vb;
    if (a->who != b->who)
        return a->who < b->who ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Neither packets nor waits of two front ends, or of a node towards two of them, share a draw. */
static void no_front_end_shares_anothers_luck(void **state)
{
    (void)state;
    static struct draws draws;
    struct world *w = world_new();
    unsigned waits = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct params p = rough(seed);
        p.front_end.count = 5;
        draws.n = 0;
        struct luck luck = {.seed = seed, .tap = note_draw, .tap_context = &draws};
        struct row row;
        world_run(w, &p, &luck, &row);
        qsort(draws.draw, draws.n, sizeof draws.draw[0], draw_order);
        for (size_t i = 1; i < draws.n; i++) {
            uint32_t actor = (uint32_t)draws.draw[i].who;
            waits += draws.draw[i].who >> 32 == LUCK_retransmit_jitter &&
                     actor_kind(actor) == ACTOR_NODE;
            if (draw_order(&draws.draw[i - 1], &draws.draw[i]) == 0)
                fail_msg("seed %lu: %lx %x drawn twice", (unsigned long)seed,
                         (unsigned long)draws.draw[i].who, draws.draw[i].index);
        }
    }
    assert_true(waits > 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_nodes_leave_a_front_end_alone),
        cmocka_unit_test(front_ends_are_exchangeable),
        cmocka_unit_test(work_adds_up),
        cmocka_unit_test(front_ends_queue_at_the_node),
        cmocka_unit_test(too_many_at_once_are_never_done),
        cmocka_unit_test(rows_add_up),
        cmocka_unit_test(a_trial_alone_equals_the_trial_in_line),
        cmocka_unit_test(a_front_end_that_is_back_is_silent),
        cmocka_unit_test(nothing_fails),
        cmocka_unit_test(a_long_trial_can_be_stopped),
        cmocka_unit_test(no_front_end_shares_anothers_luck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
