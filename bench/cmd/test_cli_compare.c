/* `ikebench compare` as a user starts it: exit statuses, standard output, --out. */
#include "testcli.h"

static int enter_with_arms(void **state)
{
    char a[PATH_MAX + 32], b[PATH_MAX + 32];
    int bad = enter_cli(state);
    if (bad != 0)
        return bad;
    snprintf(a, sizeof a, "%s/crash.yaml", shipped);
    snprintf(b, sizeof b, "%s/crash-nlbsflags.yaml", shipped);
    run_good(ARGS("run", a, b, LOAD, "--trials", TRIALS, "--out", "arms", "--no-plot", "--quiet"));
    run_good(ARGS("run", a, LOAD, "--trials", "20", "--out", "few", "--no-plot", "--quiet"));
    return 0;
}

static void it_tells_which_is_better(void **state)
{
    (void)state;
    char *text = good(ARGS("compare", "arms/crash", "arms/crash-nlbsflags"));
    assert_non_null(strstr(text, "outage p50"));
    assert_non_null(strstr(text, "better"));
    assert_non_null(strstr(text, "Holm over"));
    free(text);
    text = good(ARGS("compare", "arms/crash", "arms/crash"));
    assert_non_null(strstr(text, "identical"));
    assert_null(strstr(text, "better\n"));
    free(text);
}

static void gates_exit_with_3(void **state)
{
    (void)state;
    struct answer a =
        ask(USUAL, ARGS("compare", "arms/crash-nlbsflags", "arms/crash", "--fail-on", "p50 > 130s",
                        "--fail-on", "p50 > 1h", "--fail-on", "change.p50 > 5%", "--fail-on",
                        "mean > 10s", "--fail-on", "mean.ipsec > 10s", "--format", "csv"));
    assert_int_equal(a.status, EXIT_GATE);
    assert_int_equal(strncmp(a.out, "metric,statistic,", 17), 0);
    assert_non_null(strstr(a.err, "gate failed: p50 > 130s"));
    assert_non_null(strstr(a.err, "gate failed: change.p50 > 5%"));
    assert_non_null(strstr(a.err, "gate failed: mean > 10s"));
    assert_non_null(strstr(a.err, "gate failed: mean.ipsec > 10s"));
    assert_null(strstr(a.err, "1h"));
    free_answer(&a);
    run_good(ARGS("compare", "arms/crash", "arms/crash-nlbsflags", "--fail-on", "change.p50 > 5%"));
}

static void it_refuses(void **state)
{
    (void)state;
    const struct {
        const char *const *args;
        const char *words;
    } bad[] = {
        {ARGS("compare", "arms/crash"), "two folders"},
        {ARGS("compare", "arms/crash", "few"), "cannot be paired"},
        {ARGS("compare", "arms/crash", "nowhere"), "nowhere"},
        {ARGS("compare", "arms/crash", "--base", "0", "--cand", "1"), "not the trials of a sweep"},
        {ARGS("compare", "arms/crash", "--cand", "0"), "--cand goes with --base"},
        {ARGS("compare", "arms/crash", "--base", "0"), "no sweep"},
        {ARGS("compare", "arms/crash", "few", "--fail-on", "p99"), "--fail-on"},
        {ARGS("compare", "arms/crash", "few", "--margin", "2"), "--margin"},
        {ARGS("compare", "arms/crash", "few", "--slo", "soon"), "--slo"},
        {ARGS("compare", "arms/crash", "few", "--format", "xml"), "--format"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_refused_by(USUAL, bad[i].args, EXIT_INPUT, bad[i].words);
    run_good(ARGS("compare", "arms/crash", "few", "--unpaired"));
}

static void it_leaves_a_folder(void **state)
{
    (void)state;
    char *csv = good(ARGS("compare", "arms/crash", "arms/crash-nlbsflags", "--format", "csv",
                          "--out", "told", "--no-plot", "--jobs", "1"));
    char *file = read_text("told/compare.csv");
    assert_string_equal(csv, file);
    assert_true(there("told/compare.json"));
    assert_refused_by(USUAL, ARGS("compare", "few", "few", "--out", "told", "--no-plot"),
                      EXIT_INPUT, "--force");
    if (!gnuplot_is_missing()) {
        run_good(ARGS("compare", "arms/crash", "arms/crash-nlbsflags", "--out", "told", "--force"));
        assert_true(there("told/percentiles.svg") && there("told/forest.png"));
        char *svg = read_text("told/forest.svg");
        assert_non_null(strstr(svg, "candidate kb821839/crash-nlbsflags against base "
                                    "kb821839/crash<"));
        free(svg);
    }
    free(csv);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_which_is_better),
        cmocka_unit_test(gates_exit_with_3),
        cmocka_unit_test(it_refuses),
        cmocka_unit_test(it_leaves_a_folder),
    };
    return cmocka_run_group_tests(tests, enter_with_arms, leave_folder);
}
