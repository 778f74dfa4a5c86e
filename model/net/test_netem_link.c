/* What a link does to packets: duplicates, reordering, rate, limit, and all of it together. */
#include "testbed.h"

/* ---- duplicates ---- */

/* Duplicated and lost leaves one copy; a duplicate has a loss draw of its own and a bit in its
 * lineage. */
static void duplicates_have_their_own_fate(void **state)
{
    (void)state;
    enum { N = 50000 };
    bed.path.duplicate = 0.4, bed.path.loss = 0.3, bed.path.jitter_ns = 4 * MS;
    unsigned none = 0, one = 0, two = 0, twins = 0;
    static double first[N], second[N];
    size_t pairs = 0;
    begin(0);
    for (uint32_t i = 0; i < N; i++) {
        bed.count = 0;
        int64_t sent_ns = bed.sim.now_ns;
        bool sent = put(i);
        play(sent_ns + 20 * MS);
        assert_true(sent == (bed.count > 0));
        none += bed.count == 0;
        one += bed.count == 1;
        two += bed.count == 2;
        for (size_t k = 0; k < bed.count; k++)
            twins += bed.arrived[k].lineage == 1;
        if (bed.count == 2) {
            size_t original = bed.arrived[0].lineage == 0 ? 0 : 1;
            first[pairs] = (double)(bed.arrived_ns[original] - sent_ns);
            second[pairs++] = (double)(bed.arrived_ns[1 - original] - sent_ns);
        }
    }
    assert_share(none, N, 0.6 * 0.3);
    assert_share(two, N, 0.4 * 0.7 * 0.7);
    assert_share(one, N, 1.0 - 0.6 * 0.3 - 0.4 * 0.7 * 0.7);
    assert_int_equal(twins, two);
    assert_share(bed.link.duplicated, N, 0.4 * 0.7);
    assert_true(conserved());
    /* Independent delays: their differences have the variance of both. */
    double square = 0.0;
    for (size_t i = 0; i < pairs; i++)
        square += (first[i] - second[i]) * (first[i] - second[i]);
    assert_near(sqrt(square / (double)pairs) / (double)MS, 4.0 * sqrt(2.0 / 3.0), 0.06);
}

/* Without memory a packet's fate is its own, whatever else is sent and in whatever order. */
static void fates_without_memory_do_not_depend_on_order(void **state)
{
    (void)state;
    enum { N = 300 };
    bed.path.duplicate = 0.4, bed.path.loss = 0.3, bed.path.jitter_ns = 4 * MS;
    bed.path.reorder = 0.2;
    int64_t sum_ns[N + 1] = {0};
    for (int backwards = 0; backwards < 2; backwards++) {
        begin(3);
        for (uint32_t i = 0; i < N; i++) {
            bed.count = 0;
            int64_t sent_ns = bed.sim.now_ns;
            uint32_t who = backwards ? N - i : i;
            put(who);
            play(sent_ns + 20 * MS);
            int64_t ns = (int64_t)bed.count;
            for (size_t k = 0; k < bed.count; k++)
                ns += bed.arrived_ns[k] - sent_ns;
            if (backwards && who < N)
                assert_int_equal(ns, sum_ns[who]);
            sum_ns[who] = ns;
        }
    }
}

/* The answers to a packet and to its duplicate are two packets with luck of their own. */
static void answers_to_twins_are_two_packets(void **state)
{
    (void)state;
    enum { N = 20000 };
    bed.path.loss = 0.5;
    begin(0);
    unsigned same = 0;
    for (uint32_t i = 0; i < N; i++) {
        struct packet packet = {.datagram = {.luck = i}}, twin = packet;
        twin.lineage = 2;
        bool one = net_send(&bed.net, &bed.link, &packet, arrived, &bed);
        same += one == net_send(&bed.net, &bed.link, &twin, arrived, &bed);
        play(bed.sim.now_ns + 10 * MS);
    }
    assert_share(same, N, 0.5);
}

/* ---- reordering ---- */

/* Sends N packets 10 ms apart and says which ones arrived at once. */
enum { IN_LINE = 20000 };
static bool ahead[IN_LINE];
static unsigned send_in_line(void)
{
    unsigned n = 0;
    begin(0);
    for (uint32_t i = 0; i < IN_LINE; i++) {
        n += ahead[i] = happens(NETEM_reorder, i);
        play(bed.sim.now_ns + 10 * MS);
    }
    return n;
}

static void reordered_packets_go_at_once(void **state)
{
    (void)state;
    bed.path.reorder = 0.25;
    assert_share(send_in_line(), IN_LINE, 0.25);
    bed.path.gap = 0; /* the kernel: "not doing reordering" */
    assert_int_equal(send_in_line(), 0);
}

static void gap_counts_packets(void **state)
{
    (void)state;
    bed.path.reorder = 1.0;
    bed.path.gap = 5;
    send_in_line();
    for (uint32_t i = 0; i < IN_LINE; i++)
        assert_int_equal(ahead[i], i % 5 == 4);
    /* With half of the candidates: gap - 1 packets, then a geometric number of tries. */
    bed.path.reorder = 0.5;
    unsigned n = send_in_line(), since = 0, of_wait[4] = {0};
    for (uint32_t i = 0; i < IN_LINE; i++, since++) {
        if (!ahead[i])
            continue;
        assert_true(since >= 4);
        if (since < 8)
            of_wait[since - 4]++;
        since = UINT32_MAX; /* 0 for the next packet */
    }
    for (int k = 0; k < 4; k++)
        assert_share(of_wait[k], n, pow(0.5, k + 1));
}

/* ---- rate and limit ---- */

static void back_to_back_packets_are_spaced(void **state)
{
    (void)state;
    bed.path.rate_bps = 8e6; /* 1000 bytes a ms */
    begin(0);
    put(0);
    put(1);
    put(2);
    play(7500 * NS_PER_US);
    put(3);
    play(S);
    static const int64_t want_us[] = {6000, 7000, 8000, 13500};
    assert_int_equal(bed.count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(bed.arrived_ns[i], want_us[i] * NS_PER_US);
    bed.path.delay_ns = 0; /* a queue in front of a line */
    begin(0);
    for (uint32_t i = 0; i < 50; i++)
        put(i);
    play(S);
    for (int i = 0; i < 50; i++)
        assert_int_equal(bed.arrived_ns[i], (i + 1) * MS);
}

/* Against the kernel's text with a queue in full: the last packet's time to send is the reference
 * point as long as it is queued. */
static void rate_is_the_kernels_queue(void **state)
{
    (void)state;
    enum { N = 2000 };
    static int64_t time_to_send[N];
    bed.path.rate_bps = 8e6, bed.path.jitter_ns = 4 * MS;
    begin(0);
    size_t queued = 0;
    for (uint32_t i = 0; i < N; i++) {
        int64_t now = bed.sim.now_ns, last = -1, start = now;
        for (size_t k = 0; k < queued; k++)
            if (time_to_send[k] > now && time_to_send[k] > last)
                last = time_to_send[k];
        struct link plain = bed.link;
        struct datagram d = {.luck = i};
        struct link_params jitter = {.delay_ns = 5 * MS, .jitter_ns = 4 * MS};
        int64_t delay;
        link_reset(&plain, &jitter, bed.link.actor);
        link_fate(&plain, &bed.luck, &d, &delay);
        if (last >= 0) {
            delay -= last - now;
            delay = delay > 0 ? delay : 0;
            start = last;
        }
        time_to_send[queued++] = start + delay + 1000 * 8 * S / 8000000;
        put(i);
        play(now + (int64_t)(own_uniform(i) * 2.2e6));
    }
    play(60 * S);
    assert_int_equal(bed.count, N);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(bed.arrived_ns[i], time_to_send[i]);
}

static void frames_are_counted_as_netem_does(void **state)
{
    (void)state;
    struct packet packet = {.protocol = PACKET_CLEAR, .datagram = {.bytes = 40}};
    assert_int_equal(packet_bytes(&packet), 54);
    packet.protocol = PACKET_ESP; /* 20 + 8 + 8 + (20 + 2 padded to 24) + 12 */
    assert_int_equal(packet_bytes(&packet), 86);
    packet.datagram.bytes = 1500;
    assert_int_equal(packet_bytes(&packet), 14 + 20 + 8 + 8 + 1488 + 12);
}

static void no_more_than_limit_are_under_way(void **state)
{
    (void)state;
    for (int twins = 0; twins < 2; twins++) {
        bed.path.limit = 3;
        bed.path.duplicate = twins;
        begin(0);
        for (uint32_t i = 0; i < 5; i++)
            put(i);
        /* The kernel looks before it clones: the fourth copy is the second packet's. */
        assert_int_equal(net_in_flight(&bed.net), twins ? 4 : 3);
        assert_true(conserved());
        play(4 * MS);
        assert_false(put(5));
        play(5 * MS);
        assert_true(put(6));
        play(S);
        assert_true(conserved());
        assert_int_equal(bed.link.lost, twins ? 4 : 3);
    }
}

/* ---- all together ---- */

static void everything_at_once(uint64_t seed)
{
    struct link_params *p = &bed.path;
    uint32_t turn = (uint32_t)seed, k = turn * 32;
    p->jitter_ns = (int64_t)(own_uniform(k) * 8e6);
    p->delay_correlation = turn % 2 * own_uniform(k + 1) * 0.99;
    p->loss_model = (int64_t)(turn % 3);
    p->loss = own_uniform(k + 2) * 0.5;
    p->loss_correlation = turn % 5 * 0.2;
    p->state_p13 = own_uniform(k + 3) * 0.5, p->state_p14 = own_uniform(k + 4) * 0.5;
    p->state_p32 = own_uniform(k + 5) * p->state_p13, p->state_p23 = own_uniform(k + 6);
    p->gemodel_p = own_uniform(k + 7), p->gemodel_bad_loss = own_uniform(k + 8);
    p->duplicate = own_uniform(k + 9), p->duplicate_correlation = turn % 3 * 0.45;
    p->reorder = own_uniform(k + 10), p->reorder_correlation = turn % 4 * 0.3;
    p->gap = (int64_t)(turn % 6);
    p->rate_bps = turn % 7 == 0 ? 0.0 : 1e6 + own_uniform(k + 11) * 1e8;
    p->limit = (int64_t)(turn % 9) * 4;
}

static void packets_are_conserved_with_everything_on(void **state)
{
    (void)state;
    enum { SEEDS = 1000, N = 200 };
    unsigned duplicated = 0, lost = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        everything_at_once(seed);
        begin(seed);
        for (uint32_t i = 0; i < N; i++) {
            uint64_t before = bed.link.lost;
            bool sent = put(i);
            if (!sent && bed.link.lost == before)
                fail_msg("seed %lu: lost and not counted", (unsigned long)seed);
            play(bed.sim.now_ns + (int64_t)(own_uniform(i) * 3e6));
            if (!conserved())
                fail_msg("seed %lu: packet %u appears or vanishes", (unsigned long)seed, i);
        }
        play(1000 * S);
        if (net_in_flight(&bed.net) != 0 || !conserved() || bed.count != bed.link.delivered)
            fail_msg("seed %lu: packets got lost without trace", (unsigned long)seed);
        duplicated += (unsigned)bed.link.duplicated;
        lost += (unsigned)bed.link.lost;
    }
    assert_true(duplicated > 1000 && lost > 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(duplicates_have_their_own_fate),
        TEST(fates_without_memory_do_not_depend_on_order),
        TEST(answers_to_twins_are_two_packets),
        TEST(reordered_packets_go_at_once),
        TEST(gap_counts_packets),
        TEST(back_to_back_packets_are_spaced),
        TEST(rate_is_the_kernels_queue),
        TEST(frames_are_counted_as_netem_does),
        TEST(no_more_than_limit_are_under_way),
        TEST(packets_are_conserved_with_everything_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
