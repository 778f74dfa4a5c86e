/* What a sweep expands to, and what it refuses; results of whole sweeps:
 * bench/cmd/test_sweep_cli.c. */
#include "../scenario/testsite.h"

#include "design.h"
#include "grid.h"
#include "storm.h"
#include "sweep.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static size_t length_of(const char *const *list)
{
    size_t n = 0;
    while (list != NULL && list[n] != NULL)
        n++;
    return n;
}

/* A request for swept.yaml; each list ends in NULL or is NULL. */
static struct sweep_request request(const char *const *sweep, const char *const *zip,
                                    const char *const *drop)
{
    return (struct sweep_request){.file = "swept.yaml",
                                  .sweep = sweep,
                                  .sweeps = length_of(sweep),
                                  .zip = zip,
                                  .zips = length_of(zip),
                                  .drop = drop,
                                  .drops = length_of(drop)};
}

static void write_swept(const char *text)
{
    char whole[2048];
    snprintf(whole, sizeof whole, "extends: site.yaml\n%s", text);
    write_file("swept.yaml", whole);
}

/* The names of all arms, one a line. */
static void check_names(const struct sweep_request *r, const char *want)
{
    struct sweep sweep;
    struct error error;
    char names[4096] = "";
    if (!sweep_load(&sweep, r, NULL, 0, &error))
        fail_msg("%s", error.text);
    for (size_t i = 0; i < sweep.arms.n; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s\n",
                 sweep.arms.arm[i].name);
    sweep_fini(&sweep);
    assert_string_equal(names, want);
}

static void check_refused(const struct sweep_request *r, const char *want)
{
    struct sweep sweep;
    struct error error;
    if (sweep_load(&sweep, r, NULL, 0, &error)) {
        sweep_fini(&sweep);
        fail_msg("not refused: %s", want);
    }
    assert_string_equal(error.text, want);
    assert_int_equal(error.status, EXIT_INPUT);
}

static void the_first_key_is_the_slowest(void **state)
{
    (void)state;
    write_swept("");
    struct sweep_request r =
        request(LIST("link.lan.delay=1ms,2ms", "link.lan.loss=0%,1%,2%"), NULL, NULL);
    check_names(&r, "delay=1ms loss=0%\ndelay=1ms loss=1%\ndelay=1ms loss=2%\n"
                    "delay=2ms loss=0%\ndelay=2ms loss=1%\ndelay=2ms loss=2%\n");
}

static void a_file_sweeps_zips_and_drops(void **state)
{
    (void)state;
    write_swept("link:\n  lan:\n    delay: {sweep: [1ms, 2ms, 3ms]}\n"
                "    loss: {sweep: 0%..2% step 1%}\ntrial: {horizon: {sweep: [1h, 2h]}}\n"
                "zip: [[link.lan.delay, link.lan.loss]]\n"
                "drop: [{link.lan.delay: 2000us, trial.horizon: 1h}]\n");
    struct sweep_request r = request(NULL, NULL, NULL);
    check_names(&r, "delay=1ms loss=0% horizon=1h\ndelay=1ms loss=0% horizon=2h\n"
                    "delay=2ms loss=1% horizon=2h\n"
                    "delay=3ms loss=2% horizon=1h\ndelay=3ms loss=2% horizon=2h\n");
    r.set = LIST("trial.horizon=3h");
    r.sets = 1;
    check_refused(&r, "swept.yaml:8:48: drop: 'trial.horizon' is not swept here");
    r.set = LIST("link.lan.delay=5ms");
    check_refused(&r, "swept.yaml:7:7: zip: 'link.lan.delay' is not swept here: zip pairs keys "
                      "that all have several values: give it some ({sweep: [A, B]}), or one value "
                      "to those beside it, too");
}

static void the_command_line_zips_and_drops(void **state)
{
    (void)state;
    write_swept("");
    struct sweep_request r = request(
        LIST("link.lan.delay=1ms..3ms:1ms", "link.lan.loss=1%,2%,3%", "trial.horizon=1h,2h"),
        LIST("link.lan.delay,link.lan.loss"),
        LIST("link.lan.loss=3% trial.horizon=2h", "link.lan.delay=1ms"));
    check_names(&r, "delay=2ms loss=2% horizon=1h\ndelay=2ms loss=2% horizon=2h\n"
                    "delay=3ms loss=3% horizon=1h\n");
}

static void the_command_line_replaces_the_files_values(void **state)
{
    (void)state;
    write_swept("link: {lan: {delay: {sweep: [1ms, 2ms]}}}\n");
    struct sweep_request r = request(LIST("link.lan.delay=5ms, 6ms"), NULL, NULL);
    check_names(&r, "delay=5ms\ndelay=6ms\n");
    r.set = LIST("link.lan.loss=1%", "link.lan.delay=5ms");
    r.sets = 2;
    check_refused(&r, "--sweep 'link.lan.delay=5ms, 6ms': --set gives link.lan.delay one value");
    r = request(LIST("link.lan.delay=5ms,6ms", "link.lan.delay=7ms,8ms"), NULL, NULL);
    check_refused(&r, "--sweep 'link.lan.delay=7ms,8ms': link.lan.delay is swept twice");
}

static void one_at_a_time_begins_with_the_base(void **state)
{
    (void)state;
    write_swept("link: {lan: {loss: {sweep: [0%, 5%]}}}\n"); /* delay is 1ms */
    struct sweep_request r = request(LIST("link.lan.delay=1ms,2ms"), NULL, NULL);
    r.one_at_a_time = true;
    check_names(&r, "base\nloss=5%\ndelay=2ms\n");
}

static void names_say_what_differs(void **state)
{
    (void)state;
    write_swept("");
    struct sweep_request r =
        request(LIST("link.lan.loss=5%", "link.lan.delay=1ms,2ms"), NULL, NULL);
    check_names(&r, "delay=1ms\ndelay=2ms\n");
    r = request(LIST("link.lan.loss=5%", "link.lan.delay=1ms"), NULL, NULL);
    check_names(&r, "loss=5% delay=1ms\n");
}

/* Two laws are longer than a name may be: no arm is named by its values, a legend has them all. */
static void arms_of_long_values_are_numbers_with_a_legend(void **state)
{
    (void)state;
    char *legend = NULL;
    size_t length;
    write_swept("per_trial:\n  link.lan.delay: \"uniform(1ms, 9ms)\"\n"
                "  link.lan.loss: \"uniform(1%, 9%)\"\n");
    struct sweep_request r =
        request(LIST("per_trial.link.lan.delay=constant(1ms),loguniform(1.234567ms, 2.345678ms)",
                     "per_trial.link.lan.loss=constant(1%),uniform(1.23456789012345678%, "
                     "2.34567891234567891%)"),
                NULL, NULL);
    check_names(&r, "arm 0\narm 1\narm 2\narm 3\n");
    struct sweep sweep;
    struct error error;
    assert_true(sweep_load(&sweep, &r, LIST("1=my own"), 1, &error));
    FILE *out = open_memstream(&legend, &length);
    assert_non_null(out);
    arm_list_legend(&sweep.arms, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(legend, "\narm 0: delay=1ms loss=1%\n"
                                "arm 2: delay=loguniform(low=1.234567ms, high=2.345678ms) loss=1%\n"
                                "arm 3: delay=loguniform(low=1.234567ms, high=2.345678ms) "
                                "loss=uniform(low=1.2345678901234568%, high=2.345678912345679%)\n");
    free(legend);
    sweep_fini(&sweep);
}

static void ranges_are_exact(void **state)
{
    (void)state;
    static const struct {
        enum param_type type;
        const char *item, *want;
    } cases[] = {
        {TYPE_SHARE, "0%..0.3%:0.1%", "0% 0.1% 0.2% 0.3%"},
        {TYPE_SHARE, "0%..1% step 0.4%", "0% 0.4% 0.8%"},
        {TYPE_TIME, "500ms..2s:500ms", "500ms 1s 1.5s 2s"},
        {TYPE_TIME, "1s..1s:1s", "1s"},
        {TYPE_LAW, "1s..3s:1s", "1s 2s 3s"},
        {TYPE_LAW, "uniform(1s, 2s)", "uniform(1s, 2s)"},
        {TYPE_COUNT, "1..7:3", "1 4 7"},
        {TYPE_RATE, "0.05/s..0.2/s:0.05/s", "0.05/s 0.1/s 0.15/s 0.2/s"},
        {TYPE_NUMBER, "1..1.5:.25", NULL},
        {TYPE_NUMBER, "1..1.5:0.25", "1 1.25 1.5"},
        {TYPE_BITRATE, "9mbit..11mbit:1mbit", "9mbit 10mbit 11mbit"},
        {TYPE_CHOICE, "a..b:c", "a..b:c"},
        {TYPE_SHARE, "0%..10%", NULL},
        {TYPE_SHARE, "0%..10%:0%", NULL},
        {TYPE_SHARE, "10%..0%:1%", NULL},
        {TYPE_RATE, "1/s..60/min:1/s", NULL},
        {TYPE_COUNT, "0..100000:1", NULL},
        {TYPE_COUNT, "0..100000000000000000000:1", NULL},
        {TYPE_SHARE, "0%..1%:0.000000000000000000000001%", NULL},
        {TYPE_NUMBER, "1e3..2e3:1e2", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct texts values = {0};
        struct error why;
        char got[512] = "";
        bool good = range_expand(&values, cases[i].type, cases[i].item, &why);
        for (size_t k = 0; k < values.n && k < 20; k++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", k == 0 ? "" : " ",
                     values.text[k]);
        texts_fini(&values);
        if (good != (cases[i].want != NULL))
            fail_msg("%s: %s", cases[i].item, good ? got : why.text);
        if (good)
            assert_string_equal(got, cases[i].want);
    }
}

static void commas_in_brackets_part_nothing(void **state)
{
    (void)state;
    write_swept("per_trial: {link.lan.delay: \"uniform(1ms, 9ms)\"}\n");
    struct sweep_request r =
        request(LIST("per_trial.link.lan.delay=uniform(1ms, 2ms),uniform(1ms, 3ms)"), NULL, NULL);
    struct sweep sweep;
    struct error error;
    if (!sweep_load(&sweep, &r, NULL, 0, &error))
        fail_msg("%s", error.text);
    assert_int_equal(sweep.arms.n, 2);
    assert_int_equal(sweep.plan[1]->draws, 1);
    assert_string_equal(sweep.arms.arm[1].value[0], sweep.plan[1]->draw[0].text);
    sweep_fini(&sweep);
}

static void mistakes_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *file, *sweep, *zip, *drop, *want;
    } cases[] = {
        {"", NULL, NULL, NULL,
         "swept.yaml: nothing to sweep: --sweep KEY=A,B or, in the file, KEY: {sweep: [A, B]}"},
        {"link: {lan: {delay: {sweep: [1ms, 2]}}}\n", NULL, NULL, NULL,
         "swept.yaml:2:35: link.lan.delay: '2' has no unit: a time with its unit is due, such as "
         "300s, 1.2s, 3ms, 250us, 10ns, 5min or 1h"},
        {"link: {lan: {delay: {sweep: []}}}\n", NULL, NULL, NULL,
         "swept.yaml:2:29: link.lan.delay: sweep: the list is empty"},
        {"link: {lan: {delay: {sweep: 1ms}}}\n", NULL, NULL, NULL,
         "swept.yaml:2:29: link.lan.delay: sweep: a list [A, B] or a range LOW..HIGH step STEP is "
         "due"},
        {"link: {lan: {delay: {sweep: [1ms, 1000us]}}}\n", NULL, NULL, NULL,
         "swept.yaml:2:35: link.lan.delay: the value 1000us is given twice"},
        {"", "link.lan.delay", NULL, NULL,
         "--sweep 'link.lan.delay': KEY=VALUE,VALUE or KEY=LOW..HIGH:STEP is due"},
        {"", "link.lan.delay=1ms,", NULL, NULL,
         "--sweep 'link.lan.delay=1ms,': link.lan.delay: an empty value"},
        {"", "link.wan.delay=1ms", NULL, NULL,
         "--sweep 'link.wan.delay=1ms': there is no link 'wan': known are lan"},
        {"", "link.lan.loss=50%,150%", NULL, NULL, NULL},
        {"", "trial.horizon=1h,2h", "trial.horizon", NULL,
         "--zip 'trial.horizon': two keys are due"},
        {"", "trial.horizon=1h,2h", "trial.horizon,link.lan.delay", NULL,
         "--zip 'trial.horizon,link.lan.delay': 'link.lan.delay' is not swept here: give it several "
         "values (--sweep KEY=A,B)"},
        {"link: {lan: {delay: {sweep: [1ms]}}}\n", "trial.horizon=1h,2h",
         "trial.horizon,link.lan.delay", NULL,
         "--zip 'trial.horizon,link.lan.delay': trial.horizon has 2 values and link.lan.delay 1: "
         "they cannot be paired"},
        {"", "trial.horizon=1h,2h", NULL, "trial.horizon=3h",
         "--drop 'trial.horizon=3h': trial.horizon is never 3h here"},
        {"", "trial.horizon=1h", NULL, "trial.horizon=1h", "every arm of the sweep is dropped"},
        {"zip: link\n", "trial.horizon=1h", NULL, NULL,
         "swept.yaml:2:6: zip: a list of lists of keys is due"},
        {"drop: [[a]]\n", "trial.horizon=1h", NULL, NULL,
         "swept.yaml:2:8: drop: a map of keys and values is due"},
        {"", "link.lan.loss=0%..50%:0.01%", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_swept(cases[i].file);
        const char *sweep[] = {cases[i].sweep, NULL}, *zip[] = {cases[i].zip, NULL},
                   *drop[] = {cases[i].drop, NULL};
        struct sweep_request r = request(sweep, zip, drop);
        struct sweep made;
        struct error error;
        if (sweep_load(&made, &r, NULL, 0, &error))
            fail_msg("case %zu was not refused", i);
        if (cases[i].want != NULL)
            assert_string_equal(error.text, cases[i].want);
        else
            assert_non_null(strstr(error.text, cases[i].sweep));
    }
}

static void at_most_a_thousand_arms(void **state)
{
    (void)state;
    write_swept("");
    struct sweep_request r =
        request(LIST("link.lan.delay=1ms..40ms:1ms", "link.lan.loss=1%..26%:1%"), NULL, NULL);
    check_refused(&r, "more than 1000 arms");
}

static void a_key_drawn_in_some_arms_only_is_refused(void **state)
{
    (void)state;
    write_swept("per_trial: {link.lan.delay: \"uniform(1ms, 9ms)\"}\n");
    struct sweep_request r = request(LIST("link.lan.delay=1ms,2ms"), NULL, NULL);
    check_names(&r, "delay=1ms\ndelay=2ms\n");
    r.one_at_a_time = true;
    check_refused(&r, "link.lan.delay is drawn once a trial in some arms and fixed in others: fix "
                      "its base value too (--set link.lan.delay=VALUE)");
}

static void names_are_printable(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "`touch pwned`\"; system(\"touch pwned\"); #",
                                       "\xc3\xa9", "100% {x}_^"};
    static const char *const bad[] = {"",
                                      "a\nb",
                                      "\x1b[31m",
                                      "\x7f",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x80\xae",
                                      "\xc2\x85",
                                      "\xc0\x80",
                                      "a name of ninety-seven bytes: 3456789012345678901234567890"
                                      "123456789012345678901234567890123456789"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(arm_name_is_good(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(arm_name_is_good(bad[i]));
}

static void the_list_of_arms_reads_back(void **state)
{
    (void)state;
    char *key[] = {strdup("link.lan.delay"), strdup("link.wan.delay")};
    struct arm_list arms = {.key = calloc(2, sizeof *arms.key), .keys = 2}, back;
    struct stage stage;
    struct error error;
    memcpy(arms.key, key, sizeof key);
    arm_list_add(&arms, "plain", (const char *const[]){"1ms", "2ms"});
    arm_list_add(&arms, "a \"quoted\", one", (const char *const[]){"uniform(1ms, 2ms)", ""});
    const char *short_key[2];
    arm_list_short_keys(&arms, short_key);
    assert_string_equal(short_key[0], "lan.delay");
    assert_true(stage_open("list", false, &stage, &error) &&
                arm_list_write(&arms, &stage, &error) && stage_commit(&stage, &error));
    assert_true(arm_list_there("list") && arm_list_read(&back, "list", &error));
    assert_int_equal(back.n, 2);
    assert_string_equal(back.key[1], "link.wan.delay");
    assert_string_equal(back.arm[1].name, arms.arm[1].name);
    assert_string_equal(back.arm[1].value[0], "uniform(1ms, 2ms)");
    arm_list_fini(&back);
    arm_list_fini(&arms);
    write_file("list/arms.csv", "arm,name\n1,x\n");
    assert_false(arm_list_read(&back, "list", &error));
    assert_string_equal(error.text, "list/arms.csv:2:1: arm 0 is due");
}

/* Arms of two keys, and their p99 in seconds (each with an interval of 1 s to both sides). */
struct example {
    struct arm_list arms;
    struct quantile p99[8];
};

static void make_example(struct example *e, const char *const (*value)[2], const int *p99, size_t n)
{
    *e = (struct example){.arms = {.key = calloc(2, sizeof *e->arms.key), .keys = 2}};
    e->arms.key[0] = strdup("link.lan.delay");
    e->arms.key[1] = strdup("link.lan.loss");
    for (size_t i = 0; i < n; i++) {
        const int64_t s = 1000000000, at = p99[i] * s;
        arm_list_add(&e->arms, "arm", value[i]);
        e->p99[i] = (struct quantile){at, at - s, at + s, {1, 1, 1}};
    }
}

static void assert_table(struct csv_buffer *buffer, const char *want)
{
    assert_int_equal(buffer->length, strlen(want));
    assert_memory_equal(buffer->data, want, buffer->length);
    csv_buffer_clear(buffer);
}

static void a_grid_has_lines_and_cells(void **state)
{
    (void)state;
    struct example e;
    struct csv_buffer buffer = {0};
    make_example(
        &e, (const char *const[][2]){{"2s", "0%"}, {"2s", "5%"}, {"500ms", "0%"}, {"500ms", "5%"}},
        (const int[]){4, 9, 3, 8}, 4);
    struct design design;
    design_init(&design, &e.arms, e.p99);
    assert_true(design_trend(&design, 0, &buffer));
    assert_table(&buffer,
                 "link.lan.delay (s),loss=0%,low,high,link.lan.delay (s),loss=5%,low,high\n"
                 "0.5,3,2,4,0.5,8,7,9\n2,4,3,5,2,9,8,10\n");
    assert_true(design_heatmap(&design, &buffer));
    assert_table(&buffer, "link.lan.delay,link.lan.loss,p99,best,x,y\n"
                          "0,0,4,1,2s,0%\n0,1,9,0,2s,5%\n1,0,3,1,500ms,0%\n1,1,8,0,500ms,5%\n");
    assert_false(design_tornado(&design, &buffer));
    csv_buffer_fini(&buffer);
    design_fini(&design);
    arm_list_fini(&e.arms);
}

static void single_steps_make_a_tornado(void **state)
{
    (void)state;
    struct example e;
    struct csv_buffer buffer = {0};
    make_example(&e,
                 (const char *const[][2]){{"1s", "0%"}, {"2s", "0%"}, {"1s", "5%"}, {"1s", "9%"}},
                 (const int[]){4, 5, 3, 8}, 4);
    struct design design;
    design_init(&design, &e.arms, e.p99);
    assert_true(design_tornado(&design, &buffer));
    assert_table(&buffer, "key,low,high,base,at low,at high\n"
                          "link.lan.loss,3,8,4,5%,9%\nlink.lan.delay,4,5,4,1s,2s\n");
    assert_false(design_heatmap(&design, &buffer));
    e.p99[3].value = QUANTILE_ABOVE; /* an arm beyond the horizon has no place */
    assert_true(design_tornado(&design, &buffer));
    assert_table(&buffer, "key,low,high,base,at low,at high\n"
                          "link.lan.delay,4,5,4,1s,2s\nlink.lan.loss,3,4,4,5%,0%\n");
    csv_buffer_fini(&buffer);
    design_fini(&design);
    arm_list_fini(&e.arms);
}

static void keys_that_step_together_are_one(void **state)
{
    (void)state;
    struct example e;
    struct csv_buffer buffer = {0};
    make_example(&e, (const char *const[][2]){{"1s", "0%"}, {"2s", "5%"}}, (const int[]){4, 5}, 2);
    struct design design;
    design_init(&design, &e.arms, e.p99);
    assert_true(design_trend(&design, 0, &buffer));
    assert_table(&buffer, "link.lan.delay with link.lan.loss (s),p99,low,high\n1,4,3,5\n2,5,4,6\n");
    assert_false(design_trend(&design, 1, &buffer));
    assert_false(design_heatmap(&design, &buffer));
    assert_false(design_tornado(&design, &buffer));
    csv_buffer_fini(&buffer);
    design_fini(&design);
    arm_list_fini(&e.arms);
}

/* Two ways of gating, each with 100 and 1000 clients; three trials an arm, in one of which not all
 * came back. */
static void a_storm_has_a_last_and_a_middle_client(void **state)
{
    (void)state;
    const char *const value[4][2] = {{"100", "0"}, {"1000", "0"}, {"100", "30"}, {"1000", "30"}};
    struct arm_list arms = {.key = calloc(2, sizeof *arms.key), .keys = 2};
    struct storm_arm arm[4];
    struct csv_buffer buffer = {0};
    arms.key[0] = strdup("storm.clients");
    arms.key[1] = strdup("storm.cookie_threshold");
    assert_int_equal(storm_key(&arms), 0);
    for (int i = 0; i < 4; i++) {
        const int64_t s = 1000000000;
        int64_t last[3] = {(20 + i) * s, -1, (10 + i) * s}, middle[3] = {3 * s, 1 * s, i * s};
        struct csv_column column[2] = {
            {.name = (char *)(uintptr_t)storm_columns[0], .whole = last},
            {.name = (char *)(uintptr_t)storm_columns[1], .whole = middle}};
        arm_list_add(&arms, "arm", value[i]);
        arm[i] = storm_arm_of(&(struct csv_table){.rows = 3, .columns = 2, .column = column});
    }
    assert_true(storm_table(&arms, arm, true, &buffer));
    assert_table(&buffer, "storm.clients,cookie_threshold=0,low,high,"
                          "storm.clients,cookie_threshold=30,low,high\n"
                          "100,20,,,100,22,,\n1000,21,,,1000,23,,\n");
    assert_true(storm_table(&arms, arm, false, &buffer));
    assert_table(&buffer, "storm.clients,cookie_threshold=0,low,high,"
                          "storm.clients,cookie_threshold=30,low,high\n"
                          "100,1,,,100,2,,\n1000,1,,,1000,3,,\n");
    free(arms.key[0]);
    arms.key[0] = strdup("storm.tries");
    assert_int_equal(storm_key(&arms), 2); /* none */
    csv_buffer_fini(&buffer);
    arm_list_fini(&arms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_key_is_the_slowest),
        cmocka_unit_test(a_file_sweeps_zips_and_drops),
        cmocka_unit_test(the_command_line_zips_and_drops),
        cmocka_unit_test(the_command_line_replaces_the_files_values),
        cmocka_unit_test(one_at_a_time_begins_with_the_base),
        cmocka_unit_test(names_say_what_differs),
        cmocka_unit_test(arms_of_long_values_are_numbers_with_a_legend),
        cmocka_unit_test(ranges_are_exact),
        cmocka_unit_test(commas_in_brackets_part_nothing),
        cmocka_unit_test(mistakes_are_refused_with_their_place),
        cmocka_unit_test(at_most_a_thousand_arms),
        cmocka_unit_test(a_key_drawn_in_some_arms_only_is_refused),
        cmocka_unit_test(names_are_printable),
        cmocka_unit_test(the_list_of_arms_reads_back),
        cmocka_unit_test(a_grid_has_lines_and_cells),
        cmocka_unit_test(single_steps_make_a_tornado),
        cmocka_unit_test(keys_that_step_together_are_one),
        cmocka_unit_test(a_storm_has_a_last_and_a_middle_client),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
