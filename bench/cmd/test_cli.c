#include "testcli.h"

#include <dirent.h>
#include <inttypes.h>
#include <time.h>

#include "../out/csv.h"

static const char *const suite[] = {"move", "crash", "crash-nlbsflags"};

static const char *scenario(size_t i)
{
    static char path[COUNT_OF(suite)][PATH_MAX + 32];
    snprintf(path[i], sizeof path[i], "%s/%s.yaml", shipped, suite[i]);
    return path[i];
}

/* The results that the others are compared with. */
static int enter_with_results(void **state)
{
    int bad = enter_cli(state);
    if (bad != 0)
        return bad;
    run_good(ARGS("run", scenario(0), scenario(1), scenario(2), LOAD, "--trials", TRIALS, "--jobs",
                  "1", "--out", "ref", "--no-plot", "--quiet"));
    return 0;
}

static void threads_and_order_do_not_show(void **state)
{
    (void)state;
    static const struct {
        const char *jobs;
        size_t order[3];
    } runs[] = {{"2", {1, 2, 0}}, {"7", {2, 0, 1}}};
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        const size_t *o = runs[i].order;
        run_good(ARGS("run", "--jobs", runs[i].jobs, scenario(o[0]), scenario(o[1]), scenario(o[2]),
                      LOAD, "--trials", TRIALS, "--out", "other", "--force", "--no-plot",
                      "--quiet"));
        for (size_t k = 0; k < COUNT_OF(suite); k++) {
            char a[64], b[64];
            snprintf(a, sizeof a, "ref/%s", suite[k]);
            snprintf(b, sizeof b, "other/%s", suite[k]);
            assert_same_results(a, b);
        }
    }
}

static void threads_do_not_show_among_front_ends(void **state)
{
    (void)state;
    static const char *const jobs[] = {"1", "3"};
    for (size_t i = 0; i < COUNT_OF(jobs); i++)
        run_good(ARGS("run", "--jobs", jobs[i], scenario(0), LOAD, "--set", "front_end.count=5",
                      "--clients", "--trials", TRIALS, "--out", jobs[i], "--no-plot", "--quiet"));
    assert_same_results("1", "3");
    assert_same_file("1", "3", "clients.csv");
}

/* As many front ends as there may be meet at the node that takes over, and some are back when the
 * trial ends. */
static void threads_do_not_show_among_ten_thousand(void **state)
{
    (void)state;
    static const char *const jobs[] = {"1", "2"};
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/../front-ends/crash.yaml", shipped);
    for (size_t i = 0; i < COUNT_OF(jobs); i++)
        run_good(ARGS("run", "--jobs", jobs[i], path, "--set", "front_end.count=" FRONT_ENDS,
                      "--set", "node.b.load=60%", "--set", "node.fe.crypto=modern", "--set",
                      "node.b.crypto=modern", "--set", "trial.horizon=350s", "--clients",
                      "--trials", "2", "--out", jobs[i], "--no-plot", "--no-alarms", "--quiet",
                      "--force"));
    assert_same_file("1", "2", "trials.csv");
    assert_same_file("1", "2", "clients.csv");
    static const char *const outage[] = {"outage_ns"};
    struct csv_table clients;
    struct error error;
    if (!csv_table_read("1/clients.csv", outage, 1, &clients, &error))
        fail_msg("%s", error.text);
    size_t back = 0;
    for (size_t i = 0; i < clients.rows; i++)
        back += clients.column[0].whole[i] >= 0;
    assert_int_equal(clients.rows, 2 * atoi(FRONT_ENDS));
    assert_true(back > clients.rows / 10 && back < clients.rows);
    csv_table_fini(&clients);
}

/* Losses, cookies and a gate that is full: what a storm holds of the trial before must not show. */
static void threads_do_not_show_in_storms(void **state)
{
    (void)state;
    static const char *const jobs[] = {"1", "2"};
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/../storm/base.yaml", shipped);
    for (size_t i = 0; i < COUNT_OF(jobs); i++)
        run_good(ARGS("run", "--jobs", jobs[i], path, "--set", "storm.clients=" CLIENTS, "--set",
                      "storm.notice=uniform(10s, 11s)", "--set", "storm.cookie_threshold=30",
                      "--set", "storm.init_limit_job_load=100", "--trials", "40", "--out", jobs[i],
                      "--no-plot", "--quiet", "--force"));
    assert_same_results("1", "2");
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* clients.csv holds what the rows of trials.csv are made of: front end 0's moments, the ranks. Of
 * an even number the earlier of both in the middle is the median. */
static void check_clients(const char *folder, size_t count)
{
    enum { CLIENTS_MOST = 7 };
    static const char *const of_trial[] = {"trial", "ipsec_ns", "outage_first_ns",
                                           "outage_median_ns", "outage_last_ns"};
    static const char *const of_client[] = {"trial", "front_end", "ipsec_ns", "outage_ns"};
    struct csv_table trials, clients;
    struct error error;
    char path[64];
    snprintf(path, sizeof path, "%s/trials.csv", folder);
    if (!csv_table_read(path, of_trial, COUNT_OF(of_trial), &trials, &error))
        fail_msg("%s", error.text);
    snprintf(path, sizeof path, "%s/clients.csv", folder);
    if (!csv_table_read(path, of_client, COUNT_OF(of_client), &clients, &error))
        fail_msg("%s", error.text);
    assert_true(count <= CLIENTS_MOST);
    assert_int_equal(clients.rows, count * trials.rows);
    for (size_t k = 0; k < trials.rows; k++) {
        int64_t outage[CLIENTS_MOST];
        for (size_t i = 0; i < count; i++) {
            size_t at = k * count + i;
            assert_int_equal(clients.column[0].whole[at], trials.column[0].whole[k]);
            assert_int_equal(clients.column[1].real[at], i);
            outage[i] = clients.column[3].whole[at];
            assert_true(outage[i] > 0);
        }
        assert_int_equal(clients.column[2].whole[k * count], trials.column[1].whole[k]);
        qsort(outage, count, sizeof outage[0], ascending);
        assert_int_equal(outage[0], trials.column[2].whole[k]);
        assert_int_equal(outage[(count - 1) / 2], trials.column[3].whole[k]);
        assert_int_equal(outage[count - 1], trials.column[4].whole[k]);
    }
    csv_table_fini(&trials);
    csv_table_fini(&clients);
}

static void each_front_end_has_a_row(void **state)
{
    (void)state;
    run_good(ARGS("run", scenario(0), LOAD, "--set", "front_end.count=7", "--clients", "--trials",
                  TRIALS, "--out", "each", "--no-plot", "--no-alarms", "--quiet"));
    check_clients("each", 7);
    run_good(ARGS("run", scenario(0), LOAD, "--set", "front_end.count=6", "--clients", "--trials",
                  TRIALS, "--out", "each", "--no-plot", "--no-alarms", "--quiet", "--force"));
    check_clients("each", 6);
}

/* Trials that are added until they are enough bring their front ends along: the same files as of a
 * run that was told how many. */
static void front_ends_come_with_trials_that_are_added(void **state)
{
    (void)state;
    run_good(ARGS("run", scenario(0), LOAD, "--set", "front_end.count=2", "--clients",
                  "--precision", "p50=0.001%", "--max-trials", "2048", "--out", "added",
                  "--no-plot", "--no-alarms", "--quiet"));
    check_clients("added", 2);
    run_good(ARGS("run", scenario(0), LOAD, "--set", "front_end.count=2", "--clients", "--trials",
                  "2048", "--out", "told", "--no-plot", "--no-alarms", "--quiet"));
    assert_same_file("added", "told", "trials.csv");
    assert_same_file("added", "told", "clients.csv");
}

static const char *line_of(const char *text, size_t number)
{
    for (; number > 0; number--) {
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    return text;
}

/* Trials first .. first + n - 1 alone are those rows of the whole run. */
static void check_slice(const char *whole, unsigned first, unsigned n)
{
    char first_text[16], n_text[16];
    snprintf(first_text, sizeof first_text, "%u", first);
    snprintf(n_text, sizeof n_text, "%u", n);
    run_good(ARGS("run", scenario(1), LOAD, "--first", first_text, "--trials", n_text, "--out",
                  "slice", "--force", "--no-plot", "--quiet"));
    char *slice = read_text("slice/trials.csv");
    const char *begin_row = line_of(whole, first + 1), *end_row = line_of(whole, first + 1 + n);
    const char *rows = line_of(slice, 1);
    assert_memory_equal(whole, slice, (size_t)(rows - slice));
    if (strlen(rows) != (size_t)(end_row - begin_row) || strncmp(rows, begin_row, strlen(rows)))
        fail_msg("trials %u to %u differ from those of the whole run", first, first + n - 1);
    free(slice);
}

static void a_slice_is_the_same_trials(void **state)
{
    (void)state;
    char *whole = read_text("ref/crash/trials.csv");
    static const unsigned alone[] = {0, 1, 63, 64, 149};
    for (size_t i = 0; i < COUNT_OF(alone); i++)
        check_slice(whole, alone[i], 1);
    check_slice(whole, 100, 50);
    check_slice(whole, 60, 70);
    free(whole);
}

/* The outages (ns; -1 never) of all trials of a folder of results, to be freed by csv_table_fini.
 */
static struct csv_table outages(const char *folder)
{
    char path[PATH_MAX];
    const char *const wanted[] = {"outage_ns"};
    struct csv_table table;
    struct error error;
    snprintf(path, sizeof path, "%s/trials.csv", folder);
    if (!csv_table_read(path, wanted, 1, &table, &error))
        fail_msg("%s", error.text);
    return table;
}

static void assert_tells_outage(const char *trace, int64_t outage_ns)
{
    char want[64];
    if (outage_ns < 0)
        strcpy(want, "\nnot recovered within ");
    else
        snprintf(want, sizeof want, "\nrecovered after %" PRId64 ".%09" PRId64 " s:\n",
                 outage_ns / 1000000000, outage_ns % 1000000000);
    if (strstr(trace, want) == NULL)
        fail_msg("no '%s' in\n%s", want + 1, trace);
}

static void a_trace_tells_its_row(void **state)
{
    (void)state;
    static const char *const trial[] = {"0", "7", "149"};
    for (size_t i = 0; i < COUNT_OF(suite); i++) {
        char folder[64];
        snprintf(folder, sizeof folder, "ref/%s", suite[i]);
        struct csv_table table = outages(folder);
        for (size_t k = 0; k < COUNT_OF(trial); k++) {
            char *of_folder = good(ARGS("trace", folder, "--trial", trial[k]));
            char *of_file = good(ARGS("trace", "--trial", trial[k], scenario(i), LOAD));
            assert_string_equal(of_folder, of_file);
            assert_tells_outage(of_folder, table.column[0].whole[strtoul(trial[k], NULL, 10)]);
            free(of_folder);
            free(of_file);
        }
        csv_table_fini(&table);
    }
}

#define SETS                                                                                       \
    "--seed", "18446744073709551615", "--set", "stack.windows2003.nlbs_flags=1", "--set",          \
        "class.http.rate=0.3/s", "--set", "per_trial.cluster.heartbeat=uniform(1s, 2s)", "--set",  \
        "resource.store.online=lognormal(median=0.1s, sigma=0.3)"

static void a_manifest_keeps_what_was_set(void **state)
{
    (void)state;
    run_good(ARGS("run", scenario(1), "--out", "set", "--trials", "3", "--first", "281474976710653",
                  "--no-plot", "--quiet", SETS));
    struct csv_table table = outages("set");
    char *of_folder = good(ARGS("trace", "set", "--trial", "281474976710655", "--all"));
    char *of_file = good(ARGS("trace", scenario(1), "--all", "--trial", "281474976710655", SETS));
    assert_string_equal(of_folder, of_file);
    assert_non_null(strstr(of_folder, "seed 18446744073709551615"));
    assert_non_null(strstr(of_folder, "cluster.heartbeat_ns, drawn from uniform("));
    assert_tells_outage(of_folder, table.column[0].whole[2]);
    free(of_folder);
    free(of_file);
    csv_table_fini(&table);
}

static void a_summary_is_recomputed_from_trials(void **state)
{
    (void)state;
    char *before = read_text("ref/crash/summary.csv");
    assert_int_equal(unlink("ref/crash/summary.csv"), 0);
    char *table = good(ARGS("summary", "ref/crash", "ref/move"));
    assert_non_null(strstr(table, TRIALS " trials recovered"));
    char *after = read_text("ref/crash/summary.csv");
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(table);
}

static void no_pictures_are_told_with_the_reason(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"trial.horizon=5s", "pictures: none (no trial has an outage that ended in it)\n"},
        {"failure.kind=none", "pictures: none (nothing was to fail)\n"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *said = good(ARGS("run", "site.yaml", "--set", cases[i][0], "--trials", "3", "--out",
                               "undrawn", "--force"));
        if (!strstr(said, cases[i][1]))
            fail_msg("%s", said);
        free(said);
        assert_false(there("undrawn/plots"));
    }
}

static void pictures_are_redrawn(void **state)
{
    (void)state;
    if (gnuplot_is_missing())
        skip();
    char *said = good(ARGS("run", "site.yaml", "--trials", "20", "--out", "drawn"));
    assert_non_null(strstr(said, "results: drawn/\npictures: drawn/plots/\n"));
    free(said);
    assert_true(rename("drawn/plots", "before") == 0);
    said = good(ARGS("plot", "drawn"));
    assert_string_equal(said, "pictures: drawn/plots/\n");
    free(said);
    static const char *const names[] = {"title.txt", "percentiles.csv", "ccdf.csv", "phases.csv",
                                        "ccdf.svg"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_same_file("before", "drawn/plots", names[i]);
}

static void results_have_a_place_by_themselves(void **state)
{
    (void)state;
    char path[PATH_MAX + 64], *here = realpath(".", NULL);
    assert_non_null(here);
    snprintf(path, sizeof path, "results/%s/site/manifest.json", strrchr(here, '/') + 1);
    free(here);
    run_good(ARGS("run", "site.yaml", "--trials", "1", "--no-plot", "--quiet"));
    assert_true(there(path));
    assert_int_equal(mkdir("inner", 0777), 0);
    run_good(ARGS("run", "inner/../site.yaml", "--trials", "1", "--no-plot", "--quiet", "--force"));
    assert_false(there("results/./site") || there("results/inner"));
    run_good(ARGS("run", scenario(0), "--trials", "1", "--no-plot", "--quiet"));
    assert_true(there("results/kb821839/move/manifest.json"));
}

/* Whether a folder holds an entry whose name begins so. */
static bool holds(const char *folder, const char *begin_of_name)
{
    DIR *stream = opendir(folder);
    bool found = false;
    if (stream == NULL)
        return false;
    for (struct dirent *entry; !found && (entry = readdir(stream)) != NULL;)
        found = strncmp(entry->d_name, begin_of_name, strlen(begin_of_name)) == 0;
    closedir(stream);
    return found;
}

static void wait_until_begun(const char *folder, const char *begin_of_name)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    for (int left = GIVE_UP_S * 500; !holds(folder, begin_of_name); left--) {
        if (left == 0)
            fail_msg("%s/%s* never came", folder, begin_of_name);
        nanosleep(&pause, NULL);
    }
}

/* The first scenario is done when the second, that takes long, is stopped. */
static void check_signal(int number)
{
    char out[16], first[32];
    snprintf(out, sizeof out, "stop-%d", number);
    snprintf(first, sizeof first, "%s/fast", out);
    struct running r = begin(USUAL, ARGS("run", "fast.yaml", "slow.yaml", "--trials", "2000",
                                         "--jobs", "2", "--no-plot", "--quiet", "--out", out));
    wait_until_begun(out, ".slow.unfinished");
    assert_int_equal(kill(r.pid, number), 0);
    struct answer a = finish(&r);
    if (a.status != EXIT_INCOMPLETE)
        fail_msg("signal %d: exit status %d: %s", number, a.status, a.err);
    assert_complaint(&a, "slow: stopped after ");
    assert_complaint(&a, " of 2000 trials; ");
    free_answer(&a);
    struct csv_table table = outages(first);
    assert_int_equal(table.rows, 2000);
    csv_table_fini(&table);
    assert_true(holds(first, "summary.csv") && holds(first, "manifest.json"));
    assert_false(holds(out, "slow") || holds(out, ".fast"));
}

static void a_signal_keeps_what_is_whole(void **state)
{
    (void)state;
    write_file("fast.yaml", "extends: site.yaml\nfailure: {kind: move}\n");
    write_file("slow.yaml", "extends: site.yaml\nclass:\n"
                            "  pop3: {rate: " HEAVY_RATE "}\n"
                            "  imap: {extends: pop3, port: 143}\n"
                            "  http: {extends: pop3, port: 80}\n");
    check_signal(SIGINT);
    check_signal(SIGTERM);
    check_signal(SIGHUP);
}

/* A run must not keep its trials in memory; only the summary reads 300 bytes of each. */
static void memory_does_not_grow_with_trials(void **state)
{
    (void)state;
    if (SLOW_FLAVOUR)
        return; /* a sanitizer's memory does grow */
    long rss_kib[2];
    static const char *const trials[] = {"1000", "20000"};
    for (size_t i = 0; i < COUNT_OF(trials); i++) {
        struct answer a =
            ask(USUAL, ARGS("run", "site.yaml", "--set", "failure.kind=move", "--trials", trials[i],
                            "--jobs", "2", "--out", "memory", "--force", "--no-plot", "--quiet"));
        assert_int_equal(a.status, EXIT_DONE);
        rss_kib[i] = a.rss_kib;
        free_answer(&a);
    }
    if (rss_kib[1] - rss_kib[0] > 20000)
        fail_msg("%ld KiB for 1000 trials, %ld KiB for 20000", rss_kib[0], rss_kib[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_order_do_not_show),
        cmocka_unit_test(threads_do_not_show_among_front_ends),
        cmocka_unit_test(threads_do_not_show_among_ten_thousand),
        cmocka_unit_test(threads_do_not_show_in_storms),
        cmocka_unit_test(each_front_end_has_a_row),
        cmocka_unit_test(front_ends_come_with_trials_that_are_added),
        cmocka_unit_test(a_slice_is_the_same_trials),
        cmocka_unit_test(a_trace_tells_its_row),
        cmocka_unit_test(a_manifest_keeps_what_was_set),
        cmocka_unit_test(a_summary_is_recomputed_from_trials),
        cmocka_unit_test(pictures_are_redrawn),
        cmocka_unit_test(no_pictures_are_told_with_the_reason),
        cmocka_unit_test(results_have_a_place_by_themselves),
        cmocka_unit_test(a_signal_keeps_what_is_whole),
        cmocka_unit_test(memory_does_not_grow_with_trials),
    };
    return cmocka_run_group_tests(tests, enter_with_results, leave_folder);
}
