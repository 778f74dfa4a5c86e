/* Formulas of tc-netem and the processes with a memory, each against an independent statement of
 * it. */
#include "testbed.h"

/* ---- formulas ---- */

static void shares_are_those_of_tc(void **state)
{
    (void)state;
    assert_int_equal(netem_share(0.0), 0);
    assert_int_equal(netem_share(1.0), 4294967295);
    assert_int_equal(netem_share(0.5), 2147483648); /* rint(2147483647.5) */
    assert_int_equal(netem_share(0.01), 42949673);
}

static double lag_1(const double *x, size_t n)
{
    double mean = 0.0, square = 0.0, product = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        square += (x[i] - mean) * (x[i] - mean);
        product += i > 0 ? (x[i] - mean) * (x[i - 1] - mean) : 0.0;
    }
    return product / square;
}

/* Exact against 128-bit integers, and its lag-1 autocorrelation is the correlation asked for. */
static void crandom_is_the_kernels_recursion(void **state)
{
    (void)state;
    static double sequence[PACKETS];
    static const double correlations[] = {0.0, 0.1, 0.5, 0.9};
    for (size_t k = 0; k < COUNT_OF(correlations); k++) {
        uint32_t rho = netem_share(correlations[k]), last = 12345;
        for (uint32_t i = 0; i < PACKETS; i++) {
            uint32_t u = own_bits(i);
            unsigned __int128 old = last, weight = (unsigned __int128)rho + 1;
            unsigned __int128 want =
                (u * (((unsigned __int128)1 << 32) - weight) + old * weight) >> 32;
            last = netem_crandom(rho, last, u);
            assert_true(last == (rho == 0 ? u : (uint32_t)want));
            sequence[i] = (double)last;
        }
        assert_near(lag_1(sequence, PACKETS), correlations[k], 5.0 / sqrt(PACKETS));
    }
}

/* ike.md 6.2, worked out by hand. */
static void table_arithmetic_is_the_kernels(void **state)
{
    (void)state;
    const double values[] = {-12305 / 8192.0, 1 / 8192.0, 31789 / 8192.0};
    struct law_table *table = law_table_empirical_new(values, 3);
    struct link_params p = {.delay_ns = 5000000, .jitter_ns = 1000003};
    assert_int_equal(netem_tabledist(&p, 0), 5000000 - 1000003);
    assert_int_equal(netem_tabledist(&p, 2000005), 5000000 + 1000002);
    assert_int_equal(netem_tabledist(&p, 2000006), 5000000 - 1000003);
    p.distribution = table;
    /* sigma = 122 * 8192 + 579 */
    assert_int_equal(netem_tabledist(&p, 3), 5000000 + (-12305 * 579 - 4096) / 8192 - 122 * 12305);
    assert_int_equal(netem_tabledist(&p, 4), 5000000 + (579 + 4096) / 8192 + 122);
    assert_int_equal(netem_tabledist(&p, 5), 5000000 + (31789 * 579 + 4096) / 8192 + 122 * 31789);
    p.jitter_ns = 5 * S; /* capped at 2^31 - 1 ns */
    p.distribution = NULL;
    assert_int_equal(netem_tabledist(&p, 7), 5000000 - INT32_MAX + 7);
    free(table);
}

/* The plain draw, by inversion and in doubles, is within 1 ns of the kernel's integers. */
static void plain_jitter_is_the_tables_too(void **state)
{
    (void)state;
    enum { VALUES = 4096 };
    static double values[VALUES];
    for (int i = 0; i < VALUES; i++)
        values[i] = (double)(i * 15 - 30000) / 8192.0;
    struct law_table *table = law_table_empirical_new(values, VALUES);
    bed.path.jitter_ns = 1234567;
    bed.path.distribution = table;
    for (uint32_t i = 0; i < VALUES; i++) {
        uint64_t bits = (uint64_t)i << 52 | 1u << 20;
        int64_t kernel = netem_tabledist(&bed.path, i);
        int64_t want = kernel > 0 ? kernel : 0;
        assert_near((double)netem_plain_delay_ns(&bed.path, bits), (double)want, 1.0);
    }
    free(table);
}

/* Every transition of the four states has its probability; lost are 3 and 4. */
static void four_states_move_as_told(void **state)
{
    (void)state;
    struct link_params p = bed.path;
    p.loss_model = LINK_LOSS_state;
    p.state_p13 = 0.2, p.state_p31 = 0.3, p.state_p32 = 0.25, p.state_p23 = 0.4, p.state_p14 = 0.1;
    const double want[5][5] = {
        [1] = {[1] = 0.7, [3] = 0.2, [4] = 0.1},
        [2] = {[2] = 0.6, [3] = 0.4},
        [3] = {[1] = 0.3, [2] = 0.25, [3] = 0.45},
        [4] = {[1] = 1.0},
    };
    unsigned moves[5][5] = {{0}}, visits[5] = {0};
    uint8_t now = 1;
    for (uint32_t i = 0; i < PACKETS; i++) {
        uint8_t before = now;
        bool lost = netem_4state(&p, &now, own_bits(i));
        assert_true(lost == (now == 3 || now == 4));
        moves[before][now]++;
        visits[before]++;
    }
    double share[5];
    netem_stationary(&p, share);
    for (int a = 1; a <= 4; a++) {
        assert_near(visits[a] / (double)PACKETS, share[a], 0.006);
        for (int b = 1; b <= 4; b++)
            if (want[a][b] > 0.0 && want[a][b] < 1.0)
                assert_share(moves[a][b], visits[a], want[a][b]);
            else
                assert_int_equal(moves[a][b], want[a][b] > 0.0 ? visits[a] : 0);
    }
}

/* The shares that solve the balance, also where states are never left or never reached. */
static void stationary_shares_are_in_balance(void **state)
{
    (void)state;
    static const struct {
        double p13, p31, p32, p23, p14, want[5];
    } cases[] = {
        {0.0, LINK_SHARE_AUTO, 0.0, 1.0, 0.0, {0, 1, 0, 0, 0}},
        {0.25, LINK_SHARE_AUTO, 0.0, 1.0, 0.0, {0, 0.75, 0, 0.25, 0}},
        {0.0, 0.5, 0.5, 0.0, 0.25, {0, 0.8, 0, 0, 0.2}},
        {0.1, 0.0, 0.5, 0.0, 0.0, {0, 0, 1, 0, 0}},
        {0.1, 0.0, 0.0, 0.0, 0.1, {0, 0, 0, 1, 0}},
        {0.1, 0.3, 0.0, 0.0, 0.0, {0, 0.75, 0, 0.25, 0}},
    };
    struct link_params p = bed.path;
    double share[5];
    p.loss_model = LINK_LOSS_state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        p.state_p13 = cases[i].p13, p.state_p31 = cases[i].p31, p.state_p32 = cases[i].p32;
        p.state_p23 = cases[i].p23, p.state_p14 = cases[i].p14;
        netem_stationary(&p, share);
        for (int k = 1; k <= 4; k++)
            assert_near(share[k], cases[i].want[k], 1e-12);
    }
    p.loss_model = LINK_LOSS_gemodel;
    p.gemodel_p = 0.0, p.gemodel_r = 0.0;
    netem_stationary(&p, share);
    assert_near(share[NETEM_GOOD], 1.0, 0.0);
    p.gemodel_p = 0.1, p.gemodel_r = 0.3;
    netem_stationary(&p, share);
    assert_near(share[NETEM_BAD], 0.25, 1e-12);
}

/* ---- loss on a link ---- */

static bool fate[PACKETS]; /* true: lost */

static unsigned send_all(void)
{
    unsigned lost = 0;
    begin(0);
    for (uint32_t i = 0; i < PACKETS; i++) {
        lost += fate[i] = !put(i);
        play(bed.sim.now_ns + 1 * MS);
    }
    return lost;
}

/* Lost when bad, never when good: bursts are geometric with mean 1/r, gaps with mean 1/p. */
static void gemodel_loses_in_bursts(void **state)
{
    (void)state;
    const double p = 0.02, r = 0.25;
    bed.path.loss_model = LINK_LOSS_gemodel;
    bed.path.gemodel_p = p, bed.path.gemodel_r = r;
    unsigned lost = send_all(), bursts = 0, length = 0, gap = 0, gaps = 0, single_gaps = 0;
    unsigned of_length[8] = {0};
    for (uint32_t i = 0; i < PACKETS; i++) {
        if (!fate[i] && length > 0) {
            bursts++;
            of_length[length < 7 ? length : 7]++;
        }
        if (fate[i] && gap > 0 && bursts > 0) {
            gaps++;
            single_gaps += gap == 1;
        }
        length = fate[i] ? length + 1 : 0;
        gap = fate[i] ? 0 : gap + 1;
    }
    assert_near(lost / (double)PACKETS, p / (p + r), 0.01);
    assert_near(lost / (double)bursts, 1.0 / r, 0.3);
    for (int k = 1; k < 7; k++)
        assert_share(of_length[k], bursts, r * pow(1.0 - r, k - 1));
    assert_share(of_length[7], bursts, pow(1.0 - r, 6));
    assert_share(single_gaps, gaps, p);
    assert_int_equal(bed.link.netem.steps[NETEM_loss], PACKETS); /* once a packet */
}

/* The two loss shares, and r = 1 - p where it is not given. */
static void gemodel_loses_its_share_in_each_state(void **state)
{
    (void)state;
    bed.path.loss_model = LINK_LOSS_gemodel;
    bed.path.gemodel_p = 0.3, bed.path.gemodel_bad_loss = 0.8, bed.path.gemodel_good_loss = 0.1;
    unsigned lost = send_all(), both = 0;
    /* States are drawn anew for each packet then: bad with 0.3, independent of the one before. */
    for (uint32_t i = 1; i < PACKETS; i++)
        both += fate[i] && fate[i - 1];
    const double share = 0.3 * 0.8 + 0.7 * 0.1;
    assert_share(lost, PACKETS, share);
    assert_near(both / (double)PACKETS, share * share, 0.004);
}

/* A trial begins in the steady state, and a packet never sent is lost with the long run's share. */
static void losses_begin_stationary(void **state)
{
    (void)state;
    enum { TRIALS = 30000 };
    for (int model = LINK_LOSS_state; model <= LINK_LOSS_gemodel; model++) {
        bed.path.loss_model = model;
        bed.path.gemodel_p = 0.02, bed.path.gemodel_r = 0.08, bed.path.gemodel_bad_loss = 0.9;
        bed.path.state_p13 = 0.05, bed.path.state_p31 = 0.2, bed.path.state_p32 = 0.1;
        bed.path.state_p23 = 0.3, bed.path.state_p14 = 0.02;
        /* pi = (0.06, 0.005, 0.015, 0.0012) / 0.0812 */
        double want = model == LINK_LOSS_gemodel ? 0.2 * 0.9 : 0.0162 / 0.0812;
        unsigned first = 0, marginal = 0, agree = 0;
        for (uint64_t trial = 0; trial < TRIALS; trial++) {
            struct datagram d = {.luck = 9};
            int64_t delay_ns;
            begin(trial);
            bool lost = !put(9), never = !link_fate(&bed.link, &bed.luck, &d, &delay_ns);
            first += lost;
            marginal += never;
            agree += lost == never;
        }
        assert_share(first, TRIALS, want);
        assert_share(marginal, TRIALS, want);
        assert_share(agree, TRIALS, want * want + (1.0 - want) * (1.0 - want));
    }
}

/* x' = (1 - rho) u + rho x from u on its own, 200 packets ahead: what a share does in doubles. */
static void naive_shares(double share, double rho, double *alone, double *after_one)
{
    unsigned yes = 0, pairs = 0;
    double x = 0.5;
    bool last = false;
    for (uint32_t i = 0; i < PACKETS + 200; i++) {
        x = (1.0 - rho) * own_uniform(i) + rho * x;
        bool now = x <= share;
        if (i >= 200) {
            yes += now;
            pairs += now && last;
        }
        last = now;
    }
    *alone = yes / (double)PACKETS;
    *after_one = pairs / (double)yes;
}

/* Loss, duplication and reordering share one recursion. */
static void correlated_shares_follow_the_recursion(void **state)
{
    (void)state;
    const double share = 0.3, rho = 0.4;
    double want, want_after;
    naive_shares(share, rho, &want, &want_after);
    for (int process = NETEM_loss; process <= NETEM_reorder; process++) {
        bed.path.loss = process == NETEM_loss ? share : 0.0;
        bed.path.duplicate = process == NETEM_duplicate ? share : 0.0;
        bed.path.reorder = process == NETEM_reorder ? share : 0.0;
        bed.path.loss_correlation = bed.path.duplicate_correlation = rho;
        bed.path.reorder_correlation = rho;
        begin(0);
        unsigned yes = 0, pairs = 0;
        bool last = false;
        for (uint32_t i = 0; i < PACKETS; i++) {
            bool now = happens((enum netem_process)process, i);
            yes += now;
            pairs += now && last;
            last = now;
            play(bed.sim.now_ns + 10 * MS);
        }
        assert_near(yes / (double)PACKETS, want, 0.008);
        assert_near(pairs / (double)yes, want_after, 0.015);
    }
}

/* First packets and packets never sent have the marginal of the recursion. */
static void correlated_loss_begins_stationary(void **state)
{
    (void)state;
    enum { TRIALS = 20000 };
    double want, after;
    bed.path.loss = 0.3, bed.path.loss_correlation = 0.4;
    begin(0);
    naive_shares(0.3, 0.4, &want, &after);
    unsigned first = 0, marginal = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct datagram d = {.luck = (uint32_t)trial};
        int64_t delay_ns;
        begin(trial);
        first += !put(0);
        marginal += !link_fate(&bed.link, &bed.luck, &d, &delay_ns);
    }
    assert_near(first / (double)TRIALS, want, 0.016);
    assert_near(marginal / (double)TRIALS, want, 0.016);
}

/* Each delay is the kernel's from its crandom. Its modulo keeps the low digits, in which nothing of
 * the correlation is left unless 2 * jitter is near 2^32 ns. */
static void correlated_jitter_is_the_kernels(void **state)
{
    (void)state;
    static const int64_t jitters[] = {2 * MS, 2 * S};
    static double delay[20000];
    for (size_t k = 0; k < COUNT_OF(jitters); k++) {
        bed.path.jitter_ns = jitters[k], bed.path.delay_ns = jitters[k];
        bed.path.delay_correlation = 0.5;
        begin(0);
        for (uint32_t i = 0; i < COUNT_OF(delay); i++) {
            bed.count = 0;
            int64_t sent_ns = bed.sim.now_ns;
            put(i);
            play(sent_ns + 5 * S);
            delay[i] = (double)(bed.arrived_ns[0] - sent_ns);
            uint32_t crandom = bed.link.netem.last[NETEM_delay];
            assert_int_equal(bed.arrived_ns[0] - sent_ns, crandom % (2 * (uint64_t)jitters[k]));
        }
        assert_near(lag_1(delay, COUNT_OF(delay)), k == 0 ? 0.0 : 0.5, k == 0 ? 0.04 : 0.1);
    }
}

static void memory_is_named(void **state)
{
    (void)state;
    struct link_params p = bed.path;
    p.loss = p.duplicate = p.reorder = 0.1, p.jitter_ns = MS;
    for (int i = 0; i < NETEM_PROCESS_COUNT; i++)
        assert_null(netem_memory(&p, (enum netem_process)i));
    p.loss_correlation = p.duplicate_correlation = p.reorder_correlation = 0.1;
    p.delay_correlation = 0.1;
    for (int i = 0; i < NETEM_PROCESS_COUNT; i++)
        assert_string_equal(netem_memory(&p, (enum netem_process)i), "correlation");
    p.loss = p.duplicate = p.reorder = 0.0, p.jitter_ns = 0; /* of nothing */
    for (int i = 0; i < NETEM_PROCESS_COUNT; i++)
        assert_null(netem_memory(&p, (enum netem_process)i));
    p.loss_model = LINK_LOSS_gemodel;
    assert_string_equal(netem_memory(&p, NETEM_loss), "loss_model gemodel");
    p.loss_model = LINK_LOSS_state;
    assert_string_equal(netem_memory(&p, NETEM_loss), "loss_model state");
    p.reorder = 0.1, p.reorder_correlation = 0.0, p.gap = 2;
    assert_string_equal(netem_memory(&p, NETEM_reorder), "gap");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shares_are_those_of_tc),
        TEST(crandom_is_the_kernels_recursion),
        TEST(table_arithmetic_is_the_kernels),
        TEST(plain_jitter_is_the_tables_too),
        TEST(four_states_move_as_told),
        TEST(stationary_shares_are_in_balance),
        TEST(gemodel_loses_in_bursts),
        TEST(gemodel_loses_its_share_in_each_state),
        TEST(losses_begin_stationary),
        TEST(correlated_shares_follow_the_recursion),
        TEST(correlated_loss_begins_stationary),
        TEST(correlated_jitter_is_the_kernels),
        TEST(memory_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
