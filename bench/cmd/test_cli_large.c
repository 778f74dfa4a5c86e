/* Beyond memory and disk: fewer columns, no rows at all. */
#include "testcli.h"

#include <inttypes.h>

#define QUIET   "--no-plot", "--quiet"
#define MOVE    "run", "move.yaml", "--trials"
#define SWEEP   "sweep", "move.yaml", "--sweep", "node.a.load=0%,20%,40%", "--trials"
#define SOME    "9000" /* more different values than quantiles.csv has of each metric */
#define SOME_OF "3000"

static int enter_large(void **state)
{
    int bad = enter_cli(state);
    write_file("move.yaml", "extends: site.yaml\nfailure: {kind: move}\n"
                            "per_trial:\n  link.lan.delay: uniform(1ms, 30ms)\n");
    return bad;
}

/* Summaries and curves without rows have the bytes of those with rows. */
static void counts_tell_the_same(void **state)
{
    (void)state;
    static const char *const files[] = {"summary.csv", "alarms.csv"};
    run_good(ARGS(MOVE, SOME, "--out", "rows", QUIET));
    run_good(ARGS(MOVE, SOME, "--out", "counts", "--rows", "none", "--jobs", "3", QUIET));
    assert_false(there("counts/trials.csv") || there("counts/counts"));
    for (size_t i = 0; i < COUNT_OF(files); i++)
        assert_same_file("rows", "counts", files[i]);
    run_good(ARGS(SWEEP, SOME_OF, "--out", "swept", QUIET));
    run_good(ARGS(SWEEP, SOME_OF, "--out", "swept-counts", "--rows", "none", QUIET));
    for (size_t i = 0; i < COUNT_OF(files); i++)
        assert_same_file("swept", "swept-counts", files[i]);
}

/* quantiles.csv alone is the truth: what is made from it can be made again. */
static void all_is_made_from_counts(void **state)
{
    (void)state;
    char *before = read_text("counts/summary.csv");
    assert_int_equal(unlink("counts/summary.csv"), 0);
    char *of_rows = good(ARGS("summary", "rows")), *of_counts = good(ARGS("summary", "counts"));
    assert_string_equal(strchr(of_rows, '\n'), strchr(of_counts, '\n')); /* but for the name */
    char *after = read_text("counts/summary.csv");
    assert_string_equal(before, after);
    free(of_rows);
    free(of_counts);
    free(before);
    free(after);
    char *trace = good(ARGS("trace", "counts", "--trial", "8999"));
    assert_non_null(strstr(trace, "recovered after"));
    free(trace);
    if (gnuplot_is_missing())
        return;
    static const char *const same[] = {"plots/percentiles.csv", "plots/ccdf.csv"};
    static const char *const folders[] = {"rows", "counts", "swept", "swept-counts"};
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        run_good(ARGS("plot", folders[i]));
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        assert_same_file("rows", "counts", same[i]);
        assert_same_file("swept", "swept-counts", same[i]);
    }
    assert_same_file("swept", "swept-counts", "plots/phases.csv");
    assert_false(there("counts/plots/phases.csv"));
}

/* An arm in which nothing fails has no outage to count; pictures are drawn beside it all the same.
 */
static void an_arm_without_failure_is_drawn_from_counts(void **state)
{
    (void)state;
    static const char *const names[] = {"summary.csv", "plots/percentiles.csv", "plots/ccdf.csv",
                                        "plots/phases.csv", "plots/front-ends.csv"};
    if (gnuplot_is_missing())
        return;
    static const char *const fails[] = {"failure.kind=none,move", "failure.kind=move,none"};
    for (size_t i = 0; i < COUNT_OF(fails); i++) {
#define CALM "sweep", "site.yaml", "--sweep", fails[i], "--sweep", "front_end.count=1,3"
        run_good(ARGS(CALM, "--trials", "40", "--out", "calm", "--quiet", "--force"));
        run_good(ARGS(CALM, "--trials", "40", "--out", "calm-counts", "--rows", "none", "--quiet",
                      "--force"));
        for (size_t k = 0; k < COUNT_OF(names); k++)
            assert_same_file("calm", "calm-counts", names[k]);
#undef CALM
    }
}

static void precision_needs_no_rows(void **state)
{
    (void)state;
    static const char *const precise[] = {"--precision", "p90=0.5%", "--max-trials", "4000"};
    char *a = good(ARGS("run", "move.yaml", precise[0], precise[1], precise[2], precise[3], "--out",
                        "precise", "--no-plot"));
    char *b = good(ARGS("run", "move.yaml", precise[0], precise[1], precise[2], precise[3], "--out",
                        "precise-counts", "--rows", "none", "--no-plot"));
    assert_int_equal(strcspn(a, "\n"), strcspn(b, "\n"));
    assert_memory_equal(a, b, strcspn(a, "\n")); /* "move: precision reached after ..." */
    assert_same_file("precise", "precise-counts", "summary.csv");
    free(a);
    free(b);
}

static void what_needs_rows_says_so(void **state)
{
    (void)state;
    assert_refused_by(USUAL, ARGS("compare", "rows", "counts"), EXIT_INPUT,
                      "counts/trials.csv: there are no rows (the run had --rows none), and this "
                      "needs them");
    assert_refused_by(USUAL, ARGS("run", "move.yaml", "--rows", "few"), EXIT_INPUT,
                      "--rows 'few': want all or none");
    assert_refused_by(USUAL, ARGS(MOVE, "3000000000"), EXIT_INPUT, "at most 2147483647 in one");
    static const char *const no[][2] = {{"--rows", "none"}, {"--resume", NULL}, {"--shard", "1/2"}};
    for (size_t i = 0; i < COUNT_OF(no); i++)
        assert_refused_by(USUAL, ARGS(MOVE, "9", "--clients", no[i][0], no[i][1]), EXIT_INPUT,
                          "--clients: rows of front ends cannot go with ");
}

/* The field of that number of a line, and its length. */
static const char *field_of(const char *line, size_t number, size_t *length)
{
    for (; number > 0; number--)
        line += strcspn(line, ",\n") + 1;
    *length = strcspn(line, ",\n");
    return line;
}

static size_t number_of(const char *header, const char *name)
{
    size_t number = 0, length;
    for (;; number++) {
        const char *field = field_of(header, number, &length);
        if (length == strlen(name) && strncmp(field, name, length) == 0)
            return number;
    }
}

/* They are the columns of the whole file, in its order. */
static void chosen_columns_are_those_of_all(void **state)
{
    (void)state;
    run_good(ARGS(MOVE, TRIALS, "--out", "all", QUIET));
    run_good(ARGS(MOVE, TRIALS, "--out", "some", "--columns",
                  "events,link.lan.delay_ns,outage_ns,status", QUIET));
    char *all = read_text("all/trials.csv"), *some = read_text("some/trials.csv");
    static const char *const names[] = {"trial",  "status", "outage_ns",
                                        "events", "system", "link.lan.delay_ns"};
    size_t number[COUNT_OF(names)], length[2];
    for (size_t i = 0; i < COUNT_OF(names); i++)
        number[i] = number_of(all, names[i]);
    const char *a = all, *b = some;
    for (; *a != '\0'; a += strcspn(a, "\n") + 1, b += strcspn(b, "\n") + 1)
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            const char *want = field_of(a, number[i], &length[0]);
            const char *got = field_of(b, i, &length[1]);
            if (length[0] != length[1] || strncmp(want, got, length[0]) != 0)
                fail_msg("%s: %.*s, want %.*s", names[i], (int)length[1], got, (int)length[0],
                         want);
        }
    assert_int_equal(*b, '\0');
    free(all);
    free(some);
}

/* Whether a column says anything of a trial is known without rows; it has to be with few of them,
 * whose summary is that of all where they are. */
static void chosen_columns_are_counted_as_they_are_summed_up(void **state)
{
    (void)state;
    static const struct {
        const char *scenario, *columns, *set;
    } cases[] = {
        {"../tls/hub-to-hub", "ipsec_ns", "front_end.count=1"},
        {"../tls/receiver-crash", "phase_tls_ns,mm_done_ns,ike_bytes", "front_end.count=1"},
        {"crash", "secure_ns", "front_end.count=1"},
        /* the first front end recovers, others are cut off */
        {"crash-idle", "phase_detect_ns,phase_mm_ns", "front_end.count=20"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[PATH_MAX + 64];
        snprintf(path, sizeof path, "%s/%s.yaml", shipped, cases[i].scenario);
#define FEW                                                                                        \
    "run", path, "--trials", "40", "--set", cases[i].set, "--set", "trial.horizon=340s",           \
        "--no-alarms", "--force", QUIET
        run_good(ARGS(FEW, "--columns", cases[i].columns, "--out", "few"));
        run_good(ARGS(FEW, "--columns", cases[i].columns, "--out", "few-counts", "--rows", "none"));
        assert_same_file("few", "few-counts", "summary.csv");
        run_good(ARGS(FEW, "--out", "whole"));
        char *whole = read_text("whole/summary.csv"), *few = read_text("few/summary.csv");
        for (char *line = few, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            if (strstr(whole, line) == NULL)
                fail_msg("%s, %s: not in the whole: %s", cases[i].scenario, cases[i].columns, line);
        }
        free(whole);
        free(few);
#undef FEW
    }
}

static void chosen_columns_are_summed_up_and_drawn(void **state)
{
    (void)state;
    char *said = good(ARGS("summary", "some"));
    assert_non_null(strstr(said, "\noutage  "));
    assert_null(strstr(said, "ipsec"));
    free(said);
    assert_refused_by(USUAL, ARGS(MOVE, "10", "--columns", "outage"), EXIT_INPUT,
                      "--columns: move has no column 'outage': the nearest is ");
    assert_refused_by(USUAL, ARGS(MOVE, "10", "--columns", ""), EXIT_INPUT, "no column ''");
    assert_refused_by(USUAL,
                      ARGS("run", "move.yaml", "--precision", "p50=9%", "--columns", "events"),
                      EXIT_INPUT, "--precision looks at outage_ns: add it to --columns");
    assert_refused_by(USUAL, ARGS("compare", "some", "some"), EXIT_INPUT, "left out (--columns)");
    if (gnuplot_is_missing())
        return;
    run_good(ARGS("plot", "some"));
    assert_true(there("some/plots/ccdf.svg"));
    assert_false(there("some/plots/phases.csv"));
    said = good(ARGS(MOVE, "10", "--columns", "events", "--out", "bare"));
    assert_non_null(strstr(said, "pictures: none (they need outage_ns or ipsec_ns"));
    free(said);
    assert_refused_by(USUAL, ARGS("plot", "bare"), EXIT_INPUT, "nothing to draw");
}

/* Neither the trials nor the summary of rows that are not kept grow with their number. */
static void counting_takes_bounded_memory(void **state)
{
    (void)state;
    if (SLOW_FLAVOUR)
        return; /* a sanitizer's memory does grow */
    long rss_kib[2];
    static const char *const trials[] = {"2000", "100000"};
    for (size_t i = 0; i < COUNT_OF(trials); i++) {
        struct answer a = ask(USUAL, ARGS(MOVE, trials[i], "--rows", "none", "--no-alarms", "--out",
                                          "memory", "--force", QUIET));
        assert_int_equal(a.status, EXIT_DONE);
        rss_kib[i] = a.rss_kib;
        free_answer(&a);
    }
    if (rss_kib[1] - rss_kib[0] > 40000) /* two buffers of 32,768 trials, and blocks on their way */
        fail_msg("%ld KiB for 2000 trials, %ld KiB for 100000", rss_kib[0], rss_kib[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_tell_the_same),
        cmocka_unit_test(all_is_made_from_counts),
        cmocka_unit_test(an_arm_without_failure_is_drawn_from_counts),
        cmocka_unit_test(precision_needs_no_rows),
        cmocka_unit_test(what_needs_rows_says_so),
        cmocka_unit_test(chosen_columns_are_those_of_all),
        cmocka_unit_test(chosen_columns_are_counted_as_they_are_summed_up),
        cmocka_unit_test(chosen_columns_are_summed_up_and_drawn),
        cmocka_unit_test(counting_takes_bounded_memory),
    };
    return cmocka_run_group_tests(tests, enter_large, leave_folder);
}
