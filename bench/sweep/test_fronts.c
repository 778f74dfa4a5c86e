/* First, median and last front end against their number: which arms are a line, and in which panel.
 */
#include "../../model/testkit.h"

#include "engine/check.h"

#include "fronts.h"

enum { KEYS_MAX = 4, ARMS_MAX = 40 };

struct example {
    struct arm_list arms;
    struct quantile p99[ARMS_MAX];
    struct fronts_arm arm[ARMS_MAX];
};

static void begin(struct example *e, const char *const *key, size_t keys)
{
    *e = (struct example){.arms = {.key = calloc(KEYS_MAX, sizeof *e->arms.key), .keys = keys}};
    for (size_t k = 0; k < keys; k++)
        e->arms.key[k] = strdup(key[k]);
}

/* Arm i: first after i s, median after 10 i s, last after 100 i s; intervals as in a small sample.
 */
static void add(struct example *e, const char *const *value)
{
    const int64_t s = 1000000000, i = (int64_t)e->arms.n;
    const int64_t at[] = {i * s, 10 * i * s, 100 * i * s};
    for (size_t r = 0; r < FRONTS_RANK_COUNT; r++)
        e->arm[i].outage[r] = (struct quantile){at[r], at[r] - s, QUANTILE_ABOVE, {1, 1, 1}};
    arm_list_add(&e->arms, "arm", value);
}

/* Checks the rows without their header, which is checked too; NULL: there is no table. */
static void check_table(struct example *e, const char *want)
{
    static const char head[] = "panel,panel_name,series,series_name,front_ends,first,first_low,"
                               "first_high,median,median_low,median_high,last,last_low,last_high\n";
    struct csv_buffer buffer = {0};
    struct design design;
    design_init(&design, &e->arms, e->p99);
    bool any = fronts_table(&design, e->arm, &buffer);
    assert_int_equal(any, want != NULL);
    if (want != NULL) {
        assert_int_equal(buffer.length, strlen(head) + strlen(want));
        assert_memory_equal(buffer.data, head, strlen(head));
        assert_memory_equal(buffer.data + strlen(head), want, strlen(want));
    } else {
        assert_int_equal(buffer.length, 0);
    }
    csv_buffer_fini(&buffer);
    design_fini(&design);
    arm_list_fini(&e->arms);
}

/* Words make panels, numbers series; keys that step together and end alike are named once; rows go
 * by the number of front ends whatever the order of arms. */
static void words_are_panels_and_numbers_series(void **state)
{
    (void)state;
    static const char *const key[] = {"front_end.count", "node.fe.crypto", "node.b.crypto",
                                      "node.b.load"};
    static const char *const count[] = {"10", "1"}, *const era[] = {"old", "new"},
                             *const load[] = {"0%", "90%"};
    struct example e;
    begin(&e, key, 4);
    for (int i = 0; i < 8; i++)
        add(&e, (const char *const[]){count[i / 4], era[i / 2 % 2], era[i / 2 % 2], load[i % 2]});
    check_table(&e, "0,crypto=old,0,load=0%,1,4,3,,40,39,,400,399,\n"
                    "0,crypto=old,0,load=0%,10,0,-1,,0,-1,,0,-1,\n"
                    "0,crypto=old,1,load=90%,1,5,4,,50,49,,500,499,\n"
                    "0,crypto=old,1,load=90%,10,1,0,,10,9,,100,99,\n"
                    "1,crypto=new,0,load=0%,1,6,5,,60,59,,600,599,\n"
                    "1,crypto=new,0,load=0%,10,2,1,,20,19,,200,199,\n"
                    "1,crypto=new,1,load=90%,1,7,6,,70,69,,700,699,\n"
                    "1,crypto=new,1,load=90%,10,3,2,,30,29,,300,299,\n");
}

/* Nothing but their number, with a key that steps together with it; who did not recover has no
 * number. */
static void their_number_alone_is_one_line(void **state)
{
    (void)state;
    static const char *const key[] = {"front_end.count", "class.pop3.rate"};
    struct example e;
    begin(&e, key, 2);
    add(&e, (const char *const[]){"1", "10/s"});
    add(&e, (const char *const[]){"10", "1/s"});
    e.arm[1].outage[FRONTS_last] = (struct quantile){QUANTILE_ABOVE, 0, QUANTILE_ABOVE, {1, 1, 1}};
    check_table(&e, "0,,0,all alike,1,0,-1,,0,-1,,0,-1,\n"
                    "0,,0,all alike,10,1,0,,10,9,,,0,\n");
}

/* A combination of which one arm is left (--drop) is no line, and neither are sweeps of something
 * else. */
static void what_is_no_line_is_left_out(void **state)
{
    (void)state;
    static const char *const key[] = {"front_end.count", "node.b.load"};
    struct example e;
    begin(&e, key, 2);
    add(&e, (const char *const[]){"1", "0%"});
    add(&e, (const char *const[]){"10", "0%"});
    add(&e, (const char *const[]){"1", "90%"});
    check_table(&e, "0,,0,load=0%,1,0,-1,,0,-1,,0,-1,\n0,,0,load=0%,10,1,0,,10,9,,100,99,\n");
    begin(&e, key, 2);
    add(&e, (const char *const[]){"10", "0%"});
    add(&e, (const char *const[]){"10", "90%"});
    assert_false(fronts_varied(&e.arms));
    check_table(&e, NULL);
    begin(&e, key + 1, 1);
    add(&e, (const char *const[]){"0%"});
    add(&e, (const char *const[]){"90%"});
    check_table(&e, NULL);
}

/* Six series of a panel are drawn. */
static void there_are_at_most_six_series(void **state)
{
    (void)state;
    static const char *const key[] = {"front_end.count", "node.b.load"};
    struct example e;
    struct csv_buffer buffer = {0};
    struct design design;
    size_t lines = 0;
    begin(&e, key, 2);
    for (int i = 0; i < 20; i++) {
        char load[8];
        snprintf(load, sizeof load, "%d%%", i / 2);
        add(&e, (const char *const[]){i % 2 ? "10" : "1", load});
    }
    design_init(&design, &e.arms, e.p99);
    assert_true(fronts_table(&design, e.arm, &buffer));
    for (size_t i = 0; i < buffer.length; i++)
        lines += buffer.data[i] == '\n';
    assert_int_equal(lines, 1 + 2 * FRONTS_SERIES_MAX);
    csv_buffer_fini(&buffer);
    design_fini(&design);
    arm_list_fini(&e.arms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_panels_and_numbers_series),
        cmocka_unit_test(their_number_alone_is_one_line),
        cmocka_unit_test(what_is_no_line_is_left_out),
        cmocka_unit_test(there_are_at_most_six_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
