/* Sweeps as a user runs them. */
#include "testcli.h"

#define SWEEP   "--sweep", "stack.windows2003.idle=60s,300s", "--sweep", "node.b.load=0%..40%:40%"
#define PWNED   "`touch pwned`\"; system(\"touch pwned\"); #"
#define IDLE    "--sweep", "stack.w.idle=10s,30s"
#define NO_PLOT "--no-plot", "--quiet"

static char crash[PATH_MAX + 32];

static int enter_with_sweep(void **state)
{
    int bad = enter_cli(state);
    if (bad != 0)
        return bad;
    snprintf(crash, sizeof crash, "%s/crash.yaml", shipped);
    run_good(ARGS("sweep", crash, SWEEP, LOAD, "--trials", TRIALS, "--jobs", "1", "--out", "ref",
                  NO_PLOT));
    return 0;
}

static void threads_do_not_show(void **state)
{
    (void)state;
    run_good(ARGS("sweep", crash, SWEEP, LOAD, "--trials", TRIALS, "--jobs", "5", "--out", "other",
                  "--force", NO_PLOT));
    assert_same_results("ref", "other");
    assert_same_file("ref", "other", "arms.csv");
}

/* The rows of one arm, without the column of arms and without the header; to be freed. */
static char *rows_of_arm(const char *trials, char arm)
{
    char *rows = calloc(strlen(trials) + 1, 1), *end = rows;
    assert_non_null(rows);
    for (const char *line = strchr(trials, '\n') + 1; *line != '\0';) {
        size_t length = strcspn(line, "\n") + 1;
        if (line[0] == arm && line[1] == ',') {
            memcpy(end, line + 2, length - 2);
            end += length - 2;
        }
        line += length;
    }
    return rows;
}

static void an_arm_is_the_same_as_a_run(void **state)
{
    (void)state;
    static const char *const set[][2] = {
        {"stack.windows2003.idle=60s", "node.b.load=0%"},
        {"stack.windows2003.idle=60s", "node.b.load=40%"},
        {"stack.windows2003.idle=300s", "node.b.load=0%"},
    };
    char *swept = read_text("ref/trials.csv");
    for (size_t i = 0; i < COUNT_OF(set); i++) {
        run_good(ARGS("run", crash, LOAD, "--set", set[i][0], "--set", set[i][1], "--trials",
                      TRIALS, "--out", "plain", "--force", NO_PLOT));
        char *plain = read_text("plain/trials.csv");
        char *rows = rows_of_arm(swept, (char)('0' + i));
        assert_string_equal(strchr(plain, '\n') + 1, rows);
        free(rows);
        free(plain);
        char arm[] = {(char)('0' + i), '\0'};
        char *a = good(ARGS("trace", "ref", "--arm", arm, "--trial", "7"));
        char *b = good(ARGS("trace", "plain", "--trial", "7"));
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
    free(swept);
}

static void the_list_of_arms_has_names_and_values(void **state)
{
    (void)state;
    char *arms = read_text("ref/arms.csv");
    assert_string_equal(arms, "arm,name,stack.windows2003.idle,node.b.load\n"
                              "0,idle=60s load=0%,60s,0%\n1,idle=60s load=40%,60s,40%\n"
                              "2,idle=300s load=0%,300s,0%\n3,idle=300s load=40%,300s,40%\n");
    free(arms);
}

static void a_summary_can_be_made_again(void **state)
{
    (void)state;
    char *before = read_text("ref/summary.csv");
    assert_int_equal(strncmp(before, "arm,metric,unit,", 16), 0);
    assert_int_equal(unlink("ref/summary.csv"), 0);
    char *table = good(ARGS("summary", "ref"));
    char *after = read_text("ref/summary.csv");
    assert_string_equal(before, after);
    assert_non_null(strstr(table, "\nidle=300s load=40%  "));
    free(table);
    free(after);
    free(before);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const char swept[] = "extends: site.yaml\nlink: {lan: {delay: {sweep: [1ms, 2ms]}}}\n";
    write_file("swept.yaml", swept);
    assert_refused_by(USUAL, ARGS("run", "swept.yaml"), EXIT_INPUT,
                      "swept.yaml:2:29: link.lan.delay has several values: 'ikebench sweep' runs "
                      "them");
    assert_refused_by(USUAL, ARGS("trace", "swept.yaml"), EXIT_INPUT, "'ikebench sweep'");
    assert_refused_by(USUAL, ARGS("sweep", crash, "--out", "no"), EXIT_INPUT, "nothing to sweep");
    assert_refused_by(USUAL, ARGS("sweep"), EXIT_INPUT, "which scenario?");
    assert_refused_by(USUAL, ARGS("sweep", crash, SWEEP, "--out", "ref"), EXIT_INPUT,
                      "ref exists; --force replaces it");
    assert_refused_by(USUAL, ARGS("sweep", crash, SWEEP, "--out", "no", "--name", "9=x"),
                      EXIT_INPUT, "ARM from 0 to 3");
    assert_refused_by(USUAL, ARGS("sweep", crash, SWEEP, "--out", "no", "--name", "0=\x1b[1m"),
                      EXIT_INPUT, "printable");
    assert_refused_by(USUAL, ARGS("trace", "ref", "--trial", "1"), EXIT_INPUT,
                      "a sweep of 4 arms: which one?");
    assert_refused_by(USUAL, ARGS("explain", "ref"), EXIT_INPUT,
                      "explain speaks of one scenario, this is a sweep");
    assert_refused_by(USUAL, ARGS("trace", "ref", "--arm", "4"), EXIT_INPUT,
                      "no arm 4: they are 0 to 3");
    assert_false(there("no"));
}

static void assert_holds(const char *path, const char *words)
{
    char *text = read_text(path);
    if (strstr(text, words) == NULL)
        fail_msg("%s does not hold: %s", path, words);
    free(text);
}

static void names_of_arms_are_shown_and_not_executed(void **state)
{
    (void)state;
    if (gnuplot_is_missing())
        skip();
    run_good(ARGS("sweep", crash, SWEEP, LOAD, "--trials", TRIALS, "--out", "drawn", "--quiet",
                  "--name", "0=" PWNED));
    static const char *const pictures[] = {"percentiles", "ccdf",    "phases",
                                           "heatmap",     "trend-1", "pareto"};
    for (size_t i = 0; i < COUNT_OF(pictures); i++) {
        char path[64];
        snprintf(path, sizeof path, "drawn/plots/%s.svg", pictures[i]);
        assert_holds(path, "</svg>");
        if (i < 2 || i == 5)
            assert_holds(path, PWNED);
        if (i == 2) /* in two lines */
            assert_holds(path, strstr(PWNED, "system"));
    }
    assert_false(there("pwned") || there("drawn/pwned") || there("drawn/plots/pwned"));
    run_good(ARGS("plot", "drawn"));
}

static void one_at_a_time_gets_a_tornado(void **state)
{
    (void)state;
    if (gnuplot_is_missing())
        skip();
    run_good(ARGS("sweep", crash, SWEEP, "--set", "node.b.load=10%", LOAD, "--one-at-a-time",
                  "--trials", TRIALS, "--out", "steps", "--quiet"));
    char *arms = read_text("steps/arms.csv");
    assert_non_null(strstr(arms, "0,base,300s,10%\n1,idle=60s,60s,10%\n2,load=0%,300s,0%\n"));
    free(arms);
    assert_holds("steps/plots/tornado.svg", "stack.windows2003.idle");
    assert_false(there("steps/plots/heatmap.svg"));
}

/* The number of front ends has a picture of its own, with a panel for each era of cryptography. */
static void the_number_of_front_ends_gets_a_picture(void **state)
{
    (void)state;
    char many[PATH_MAX + 64];
    if (gnuplot_is_missing())
        skip();
    snprintf(many, sizeof many, "%s/../front-ends/crash.yaml", shipped);
    run_good(ARGS("sweep", many, "--sweep", "front_end.count=1,3", "--sweep", "node.b.load=0%,60%",
                  "--trials", "3", "--no-alarms", "--out", "many", "--quiet"));
    assert_holds("many/plots/front-ends.csv", "\n1,crypto=modern,1,load=60%,3,");
    assert_holds("many/plots/front-ends.svg", "crypto=p4-2003");
    assert_holds("many/plots/front-ends.svg", "load=60%");
    assert_holds("many/plots/front-ends.svg", "last front end");
    assert_false(there("steps/plots/front-ends.svg"));
    /* Counted instead of kept the trials say the same; without its columns there is no picture. */
    run_good(ARGS("sweep", many, "--sweep", "front_end.count=1,3", "--sweep", "node.b.load=0%,60%",
                  "--trials", "3", "--no-alarms", "--rows", "none", "--out", "none", "--quiet"));
    assert_same_file("many", "none", "plots/front-ends.csv");
    run_good(ARGS("sweep", many, "--sweep", "front_end.count=1,3", "--sweep", "node.b.load=0%,60%",
                  "--trials", "3", "--no-alarms", "--columns", "outage_ns", "--out", "outages",
                  "--quiet"));
    assert_true(there("outages/plots/percentiles.svg"));
    assert_false(there("outages/plots/front-ends.svg"));
}

/* Whatever is swept of it: a storm has no requests that could be answered. */
static void a_storm_is_over_when_the_last_client_is_back(void **state)
{
    (void)state;
    char storm[PATH_MAX + 64];
    snprintf(storm, sizeof storm, "%s/../storm/base.yaml", shipped);
    const char *const axis[] = {"storm.clients=10,20", "storm.cookie_threshold=0,30"};
    for (size_t i = 0; i < COUNT_OF(axis); i++) {
        char *out = good(ARGS("sweep", storm, "--set",
                              i == 0 ? "trial.horizon=1h" : "storm.clients=9", "--sweep", axis[i],
                              "--trials", "1", "--out", "storm", "--force", "--no-plot"));
        if (strstr(out, "outage: until the last client is back\n") == NULL)
            fail_msg("%s: %s", axis[i], out);
        free(out);
    }
}

/* The same tuning without failure, arm by arm: it does not depend on threads, and an arm's is that
 * of a run. */
static void false_alarms_stand_beside_the_outage(void **state)
{
    (void)state;
    char *alarms = read_text("ref/alarms.csv");
    assert_int_equal(strncmp(alarms, "arm,trial,status,", 17), 0);
    assert_non_null(strstr(alarms, "\n3,0,2,"));
    assert_null(strstr(alarms, "\n3,0,0,"));
    assert_same_file("ref", "other", "alarms.csv");
    free(alarms);
    char *summary = read_text("ref/summary.csv"), *table = good(ARGS("summary", "ref"));
    assert_non_null(strstr(summary, "\n3,false_alarms,1/day,rate,"));
    assert_non_null(strstr(table, "false alarms a day: healthy SAs given up while nothing fails"));
    free(summary);
    free(table);
    char *columns = good(ARGS("list", "columns"));
    assert_int_equal(strncmp(columns, "arm ", 4), 0);
    free(columns);
    char *compared = good(ARGS("compare", "ref", "--base", "0", "--cand", "2", "--format", "csv"));
    const char *row = strstr(compared, "\nfalse_alarms,per day,count,");
    assert_non_null(row);
    assert_non_null(strstr(compared, "\nike_bytes,mean,count,"));
    free(compared);
    run_good(ARGS("sweep", crash, SWEEP, LOAD, "--trials", "20", "--out", "without", "--no-alarms",
                  "--no-plot", "--quiet"));
    assert_false(there("without/alarms.csv"));
    assert_refused_by(USUAL, ARGS("availability", "without", "--crashes", "2/year"), EXIT_INPUT,
                      "false alarms were not measured");
    char *nines = good(ARGS("availability", "ref", "--crashes", "2/year", "--format", "csv"));
    assert_non_null(strstr(nines, "\nidle=60s load=0%,false alarms,"));
    assert_non_null(strstr(nines, "\nidle=300s load=40%,all,"));
    free(nines);
}

/* Every arm against one: a line each, and the same figures as pair by pair. */
static void all_arms_are_set_against_one(void **state)
{
    (void)state;
    char *table = good(ARGS("compare", "ref", "--base", "2"));
    assert_non_null(strstr(table, "\nidle=300s load=0%  "));
    assert_non_null(strstr(table, "\nidle=60s load=40% "));
    assert_non_null(strstr(table, "better"));
    char *all = good(ARGS("compare", "ref", "--base", "2", "--format", "csv"));
    char *one = good(ARGS("compare", "ref", "--base", "2", "--cand", "1", "--format", "csv"));
    const char *row = strstr(one, "\noutage,p50,s,");
    assert_non_null(row);
    char want[256] = "\n2,1,idle=60s load=40%,";
    size_t same = 0, length = strlen(want); /* up to the adjusted p, which differs */
    for (int commas = 0; commas < 14; same++)
        commas += row[same + 1] == ',';
    snprintf(want + length, sizeof want - length, "%.*s", (int)same, row + 1);
    if (strstr(all, want) == NULL)
        fail_msg("'%s' is not in\n%s", want, all);
    assert_refused_by(USUAL, ARGS("compare", "ref", "--base", "4"), EXIT_INPUT,
                      "no arm 4: they are 0 to 3");
    assert_refused_by(USUAL, ARGS("compare", "ref", "--base", "2", "--out", "x"), EXIT_INPUT,
                      "--out goes with --cand");
    struct answer gate =
        ask(USUAL, ARGS("compare", "ref", "--base", "2", "--fail-on", "p50 < 200s"));
    assert_int_equal(gate.status, EXIT_GATE);
    assert_non_null(strstr(gate.err, "gate failed: idle=60s load=0%: p50 < 200s"));
    free_answer(&gate);
    free(one);
    free(all);
    free(table);
}

/* All arms get the same trials, as many as the worst needs; the same for any number of threads; and
 * they are those of a sweep of that many. */
static void arms_grow_together_until_all_are_precise(void **state)
{
    (void)state;
    static const char *const goal[] = {"p50=30%", "p50=0.001%"};
    for (int i = 0; i < 2; i++) {
        const char *most = i == 0 ? "4096" : "1500";
        const char *trials = i == 0 ? "1024" : "1500";
        char *a = good(ARGS("sweep", "site.yaml", IDLE, "--precision", goal[i], "--max-trials",
                            most, "--out", "precise", "--no-plot", "--jobs", "1", "--force"));
        run_good(ARGS("sweep", "site.yaml", IDLE, "--precision", goal[i], "--max-trials", most,
                      "--out", "precise3", "--no-plot", "--jobs", "3", "--quiet", "--force"));
        run_good(ARGS("sweep", "site.yaml", IDLE, "--trials", trials, "--out", "plain", "--no-plot",
                      "--quiet", "--force"));
        assert_non_null(strstr(a, i == 0 ? "precision reached in every arm; widest: p50=30%"
                                         : "precision not reached; widest: p50=0.001%"));
        assert_same_results("precise", "precise3");
        assert_same_file("precise", "plain", "trials.csv"); /* its manifest names the goals */
        assert_same_file("precise", "plain", "summary.csv");
        assert_same_file("precise", "plain", "alarms.csv");
        assert_false(there("precise/arm-0.csv"));
        free(a);
    }
    assert_refused_by(
        USUAL,
        ARGS("sweep", "site.yaml", IDLE, "--precision", "p99=2%", "--trials", "5", "--out", "no"),
        EXIT_INPUT, "leave --trials out");
}

/* A user copies it as it is printed. */
static void the_sweep_of_the_readme_runs(void **state)
{
    (void)state;
    char path[PATH_MAX + 32], base[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/../../../README.md", shipped);
    snprintf(base, sizeof base, "extends: %s/crash.yaml\n", shipped);
    write_file("crash.yaml", base);
    FILE *readme = fopen(path, "r"), *file = fopen("printed.yaml", "w");
    assert_true(readme != NULL && file != NULL);
    char line[1024];
    bool within = false;
    while (fgets(line, sizeof line, readme) != NULL && !(within && line[0] != ' ')) {
        within |= strcmp(line, "    extends: crash.yaml\n") == 0;
        if (within)
            fputs(line + 4, file);
    }
    fclose(readme);
    assert_true(within && fclose(file) == 0);
    run_good(ARGS("sweep", "printed.yaml", "--trials", "1", "--no-alarms", "--no-plot", "--quiet",
                  "--out", "printed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(an_arm_is_the_same_as_a_run),
        cmocka_unit_test(the_list_of_arms_has_names_and_values),
        cmocka_unit_test(a_summary_can_be_made_again),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(false_alarms_stand_beside_the_outage),
        cmocka_unit_test(all_arms_are_set_against_one),
        cmocka_unit_test(arms_grow_together_until_all_are_precise),
        cmocka_unit_test(names_of_arms_are_shown_and_not_executed),
        cmocka_unit_test(one_at_a_time_gets_a_tornado),
        cmocka_unit_test(the_number_of_front_ends_gets_a_picture),
        cmocka_unit_test(a_storm_is_over_when_the_last_client_is_back),
        cmocka_unit_test(the_sweep_of_the_readme_runs),
    };
    return cmocka_run_group_tests(tests, enter_with_sweep, leave_folder);
}
