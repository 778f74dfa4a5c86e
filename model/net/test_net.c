#include "../testkit.h"

#include "engine/check.h"
#include "engine/law.h"
#include "moment/moment.h"
#include "net/net.h"
#include "net/segment.h"

struct bed {
    struct sim sim;
    struct luck luck;
    struct net net;
    struct link up, down;
    struct segment segment;
    struct neighbour host;
    struct arp_params arp;
    struct link_params path;
    int32_t arrived_at[64];
    int64_t arrived_ns[64];
    uint32_t arrived_luck[64];
    size_t arrived;
};
static struct bed bed;

static void arrived(void *to, struct packet *packet)
{
    struct bed *b = to;
    b->arrived_at[b->arrived] = packet->node;
    b->arrived_luck[b->arrived] = packet->datagram.luck;
    b->arrived_ns[b->arrived++] = b->sim.now_ns;
}

static int setup(void **state)
{
    (void)state;
    memset(&bed, 0, sizeof bed);
    sim_init(&bed.sim);
    bed.luck = (struct luck){.seed = 41};
    net_init(&bed.net, &bed.sim, &bed.luck);
    bed.path = (struct link_params){.delay_ns = 5 * NS_PER_MS};
    bed.arp = (struct arp_params){.model = 1,
                                  .gratuitous = 3,
                                  .spacing_ns = NS_PER_S,
                                  .unused_ns = 120 * NS_PER_S,
                                  .used_ns = 600 * NS_PER_S};
    link_reset(&bed.up, &bed.path, actor_id(ACTOR_LINK, 0, 0));
    link_reset(&bed.down, &bed.path, actor_id(ACTOR_LINK, 1, 0));
    segment_reset(&bed.segment, &bed.net, &bed.arp, 0, &bed.host, 1);
    neighbour_reset(&bed.host, &bed.segment, &bed.up, &bed.down, 9, arrived, &bed);
    bed.host.resolved_ns = 0; /* its age is drawn; these tests want it new */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    net_fini(&bed.net);
    sim_fini(&bed.sim);
    return 0;
}

static void play(int64_t until_ns)
{
    while (sim_step(&bed.sim, until_ns)) {
    }
    bed.sim.now_ns = until_ns;
}

static enum segment_send put(uint32_t luck)
{
    struct packet packet = {.protocol = PACKET_CLEAR, .datagram = {.luck = luck}};
    return segment_send(&bed.host, &packet);
}

/* netem without table: uniform on [delay - jitter, delay + jitter). */
static void uniform_jitter(void **state)
{
    (void)state;
    enum { N = 100000 };
    bed.path.jitter_ns = 2 * NS_PER_MS;
    double sum = 0.0;
    for (uint32_t i = 0; i < N; i++) {
        struct datagram d = {.luck = i};
        int64_t delay_ns;
        assert_true(link_fate(&bed.up, &bed.luck, &d, &delay_ns));
        assert_true(delay_ns >= 3 * NS_PER_MS && delay_ns < 7 * NS_PER_MS);
        sum += (double)delay_ns;
    }
    assert_near(sum / N * 1e-6, 5.0, 5.0 * 2.0 / sqrt(3.0 * N));
}

/* netem with a table: delay + jitter * value / 8192; never negative. */
static void table_jitter(void **state)
{
    (void)state;
    const double values[] = {-1.5, 0.25, 3.0};
    struct law_table *table = law_table_empirical_new(values, 3);
    bed.path.jitter_ns = 4 * NS_PER_MS;
    bed.path.distribution = table;
    unsigned seen[3] = {0};
    static const int64_t want[] = {0, 6 * NS_PER_MS, 17 * NS_PER_MS};
    for (uint32_t i = 0; i < 3000; i++) {
        struct datagram d = {.luck = i};
        int64_t delay_ns;
        assert_true(link_fate(&bed.up, &bed.luck, &d, &delay_ns));
        for (int k = 0; k < 3; k++)
            seen[k] += delay_ns == want[k];
    }
    assert_int_equal(seen[0] + seen[1] + seen[2], 3000);
    for (int k = 0; k < 3; k++)
        assert_share(seen[k], 3000, 1.0 / 3.0);
    free(table);
}

static void loss_is_independent_and_conserved(void **state)
{
    (void)state;
    enum { N = 50000 };
    bed.path.loss = 0.1;
    unsigned lost = 0, both = 0;
    bool last = false;
    bed.arp.model = 0;
    for (uint32_t i = 0; i < N; i++) {
        struct datagram d = {.luck = i};
        int64_t delay_ns;
        bool now = !link_fate(&bed.up, &bed.luck, &d, &delay_ns);
        lost += now;
        both += now && last;
        last = now;
    }
    assert_share(lost, N, 0.1);
    assert_share(both, N, 0.01);
    for (uint32_t i = 0; i < 60; i++)
        put(i);
    play(2 * NS_PER_MS);
    assert_int_equal(bed.up.sent, bed.up.lost + bed.up.delivered + net_in_flight(&bed.net));
    play(NS_PER_S);
    assert_int_equal(net_in_flight(&bed.net), 0);
    assert_int_equal(bed.up.sent, bed.up.lost + bed.up.delivered);
    assert_int_equal(bed.arrived, bed.up.delivered);
}

/* Many at once, or one by one. */
static void losses_of_a_group_are_those_of_its_packets(void **state)
{
    (void)state;
    bed.path.loss = 0.2;
    bed.path.jitter_ns = NS_PER_MS;
    for (uint32_t i = 0; i < 500; i++) {
        struct link_group group[] = {{&bed.up, 3, i << CHANCES_MEMBER_BITS, 0},
                                     {&bed.down, 7, i << CHANCES_MEMBER_BITS, 1}};
        uint64_t lost[2];
        link_losses(&bed.luck, group, 2, ~UINT64_C(0), lost);
        for (uint32_t k = 0; k < 2; k++)
            for (uint32_t m = 0; m < 64; m++) {
                struct datagram d = {.selector = group[k].selector,
                                     .luck = group[k].luck | m,
                                     .sender = group[k].sender};
                int64_t delay_ns;
                assert_int_equal(lost[k] >> m & 1,
                                 !link_fate(group[k].link, &bed.luck, &d, &delay_ns));
            }
    }
}

/* The direction, the kind and the class are part of a packet's identity. */
static void identity_has_direction_and_class(void **state)
{
    (void)state;
    bed.path.jitter_ns = 2 * NS_PER_MS;
    struct datagram a = {.selector = 0, .luck = 5}, b = {.selector = 1, .luck = 5};
    int64_t one, two, three;
    link_fate(&bed.up, &bed.luck, &a, &one);
    link_fate(&bed.up, &bed.luck, &b, &two);
    link_fate(&bed.down, &bed.luck, &a, &three);
    assert_true(one != two && one != three && two != three);
}

static void frames_go_to_the_old_owner_until_the_announcement(void **state)
{
    (void)state;
    put(1);
    segment_release(&bed.segment);
    put(2); /* the entry still says node 0 */
    play(NS_PER_S);
    segment_claim(&bed.segment, 1);
    put(3); /* leaves before the gratuitous ARP arrives */
    play(NS_PER_S + 5 * NS_PER_MS);
    put(4);
    play(2 * NS_PER_S);
    static const int32_t want[] = {0, 0, 0, 1};
    assert_int_equal(bed.arrived, 4);
    assert_memory_equal(bed.arrived_at, want, sizeof want);
    play(10 * NS_PER_S);
    assert_int_equal(bed.segment.announced, 3);
    assert_int_equal(bed.sim.pending, 0);
}

static void a_later_announcement_helps_when_the_first_is_lost(void **state)
{
    (void)state;
    bed.arp.loss = 0.999999; /* all of them */
    segment_release(&bed.segment);
    segment_claim(&bed.segment, 1);
    play(500 * NS_PER_MS);
    put(1);
    bed.arp.loss = 0.0; /* the second one arrives */
    play(1100 * NS_PER_MS);
    put(2);
    play(2 * NS_PER_S);
    assert_int_equal(bed.arrived_at[0], 0);
    assert_int_equal(bed.arrived_at[1], 1);
}

/* An expired entry: the packet waits for an ARP exchange, one round trip, then goes to the present
 * owner. */
static void an_expired_entry_asks_first(void **state)
{
    (void)state;
    segment_release(&bed.segment);
    bed.arp.gratuitous = 0;
    segment_claim(&bed.segment, 1);
    play(119 * NS_PER_S);
    put(1); /* still used: to the old owner */
    play(121 * NS_PER_S + 119 * NS_PER_S);
    assert_int_equal(put(2), SEGMENT_WAITS);
    play(300 * NS_PER_S);
    assert_int_equal(bed.arrived_at[0], 0);
    assert_int_equal(bed.arrived_at[1], 1);
    assert_int_equal(bed.arrived_ns[1], 240 * NS_PER_S + 15 * NS_PER_MS);
    /* A used entry expires too, after used_ns. */
    for (int64_t t = 300; t <= 820; t += 20) {
        put(3);
        play(t * NS_PER_S);
    }
    play(841 * NS_PER_S);
    assert_int_equal(put(4), SEGMENT_WAITS);
}

/* Nobody answers: the newest packet waits, the question is repeated at most once a second. */
static void an_unanswered_question_keeps_the_newest_packet(void **state)
{
    (void)state;
    segment_release(&bed.segment);
    play(200 * NS_PER_S);
    put(1);
    play(200 * NS_PER_S + 500 * NS_PER_MS);
    put(2);
    assert_int_equal(bed.up.sent, 1);
    segment_claim(&bed.segment, 1); /* announced: the entry is fresh again */
    play(210 * NS_PER_S);
    assert_int_equal(bed.arrived, 1);
    assert_int_equal(bed.arrived_luck[0], 2);
    assert_int_equal(bed.arrived_at[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(uniform_jitter, setup, teardown),
        cmocka_unit_test_setup_teardown(table_jitter, setup, teardown),
        cmocka_unit_test_setup_teardown(loss_is_independent_and_conserved, setup, teardown),
        cmocka_unit_test_setup_teardown(losses_of_a_group_are_those_of_its_packets, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(identity_has_direction_and_class, setup, teardown),
        cmocka_unit_test_setup_teardown(frames_go_to_the_old_owner_until_the_announcement, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_later_announcement_helps_when_the_first_is_lost, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_expired_entry_asks_first, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unanswered_question_keeps_the_newest_packet, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
