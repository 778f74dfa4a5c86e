/* Packets that wait for a computer that does not run. */
#include "testbed.h"

#include "net/inbox.h"

static struct inbox inbox;

static void answer_once(void *to, struct packet *packet)
{
    arrived(to, packet);
    /* The first one makes another packet arrive while the others are looked at. */
    if (packet->datagram.luck == 0) {
        struct packet more = {.datagram = {.luck = 1000}};
        inbox_put(&inbox, &more, bed.sim.now_ns + S);
    }
}

static void put_in(uint32_t first, uint32_t n, int64_t until_ns)
{
    for (uint32_t i = 0; i < n; i++) {
        struct packet packet = {.datagram = {.luck = first + i}};
        inbox_put(&inbox, &packet, until_ns);
    }
}

static void they_come_out_in_order_when_it_runs_again(void **state)
{
    (void)state;
    begin(0);
    inbox_init(&inbox);
    for (int trial = 0; trial < 3; trial++) {
        begin((uint64_t)trial);
        inbox_reset(&inbox, &bed.sim, arrived, &bed);
        put_in(1, 500, 7 * S);
        play(7 * S - 1);
        assert_int_equal(bed.count, 0);
        play(7 * S);
        assert_int_equal(bed.count, 500);
        for (uint32_t i = 0; i < 500; i++) {
            assert_int_equal(bed.arrived[i].datagram.luck, i + 1);
            assert_int_equal(bed.arrived_ns[i], 7 * S);
        }
        assert_int_equal(bed.sim.pending, 0);
    }
    inbox_fini(&inbox);
}

static void one_that_comes_meanwhile_waits_for_its_own_time(void **state)
{
    (void)state;
    begin(0);
    inbox_init(&inbox);
    inbox_reset(&inbox, &bed.sim, answer_once, &bed);
    put_in(0, 64, 7 * S);
    play(7 * S);
    assert_int_equal(bed.count, 64);
    play(8 * S);
    assert_int_equal(bed.count, 65);
    assert_int_equal(bed.arrived[64].datagram.luck, 1000);
    inbox_fini(&inbox);
}

static void without_a_time_they_wait_until_it_is_opened(void **state)
{
    (void)state;
    begin(0);
    inbox_init(&inbox);
    inbox_reset(&inbox, &bed.sim, arrived, &bed);
    put_in(1, 3, NEVER_NS);
    play(100 * S);
    assert_int_equal(bed.count, 0);
    inbox_open(&inbox);
    assert_int_equal(bed.count, 3);
    inbox_fini(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_out_in_order_when_it_runs_again),
        cmocka_unit_test(one_that_comes_meanwhile_waits_for_its_own_time),
        cmocka_unit_test(without_a_time_they_wait_until_it_is_opened),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
