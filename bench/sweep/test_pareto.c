/* Which arms no other one beats, and the table of it. */
#include "../../model/testkit.h"

#include "engine/check.h"
#include "engine/luck.h"

#include "pareto.h"

static struct pareto_arm at(double alarms, int64_t p99_s)
{
    int64_t ns = p99_s < 0 ? QUANTILE_ABOVE : p99_s * 1000000000;
    return (struct pareto_arm){.p99 = {ns, ns, ns, {1, 1, 1}}, .alarms = {alarms, 0.0, 2 * alarms}};
}

static void nobody_on_the_front_is_beaten(void **state)
{
    (void)state;
    const struct pareto_arm arm[] = {at(2, 390),   at(2, 320),   at(240, 145), at(600, 139),
                                     at(240, 160), at(600, 139), at(0, -1)};
    static const bool front[] = {false, true, true, true, false, true, false};
    for (size_t i = 0; i < COUNT_OF(arm); i++)
        if (pareto_front(arm, COUNT_OF(arm), i) != front[i])
            fail_msg("arm %zu", i);
}

/* In every set someone is on the front, and whoever is not is beaten by someone who is. */
static void the_front_beats_the_rest(void **state)
{
    (void)state;
    enum { ARMS = 12 };
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct luck luck = {.seed = seed};
        struct pareto_arm arm[ARMS];
        unsigned members = 0;
        for (uint32_t i = 0; i < ARMS; i++)
            arm[i] = at(floor(8 * luck_uniform(&luck, 1, 0, i)),
                        (int64_t)(8 * luck_uniform(&luck, 1, 1, i)));
        for (size_t i = 0; i < ARMS; i++) {
            bool own = pareto_front(arm, ARMS, i), beaten = false;
            members += own;
            for (size_t k = 0; k < ARMS; k++)
                beaten |= pareto_front(arm, ARMS, k) &&
                          arm[k].alarms.value <= arm[i].alarms.value &&
                          arm[k].p99.value <= arm[i].p99.value &&
                          (arm[k].alarms.value < arm[i].alarms.value ||
                           arm[k].p99.value < arm[i].p99.value);
            if (own == beaten)
                fail_msg("seed %u, arm %zu", (unsigned)seed, i);
        }
        assert_true(members > 0);
    }
}

static void the_table_is_in_order_of_alarms(void **state)
{
    (void)state;
    struct pareto_arm arm[] = {at(240, 145), at(2, 320), at(240, 160), at(1, -1)};
    struct arm_list names = {.n = 0};
    static const char *const name[] = {"a", "b, \"c\"", "d", "e"};
    for (size_t i = 0; i < COUNT_OF(name); i++)
        arm_list_add(&names, name[i], NULL);
    struct csv_buffer buffer = {0};
    assert_true(pareto_table(&names, arm, false, &buffer));
    static const char want[] = "name,arm,alarms,alarms_low,alarms_high,p99,p99_low,p99_high,front\n"
                               "b\4 \1c\1,1,2,0,4,320,320,320,1\n"
                               "a,0,240,0,480,145,145,145,1\n"
                               "d,2,240,0,480,160,160,160,0\n";
    assert_int_equal(buffer.length, sizeof want - 1);
    assert_memory_equal(buffer.data, want, sizeof want - 1);
    csv_buffer_clear(&buffer);
    assert_true(pareto_table(&names, arm, true, &buffer));
    assert_int_equal(buffer.length, strstr(want, "d,2,") - want);
    csv_buffer_clear(&buffer);
    /* A picture of one arm says nothing. */
    arm[1].alarms.high = arm[2].alarms.high = -1.0;
    assert_false(pareto_table(&names, arm, false, &buffer));
    assert_int_equal(buffer.length, 0);
    csv_buffer_fini(&buffer);
    arm_list_fini(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_on_the_front_is_beaten),
        cmocka_unit_test(the_front_beats_the_rest),
        cmocka_unit_test(the_table_is_in_order_of_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
