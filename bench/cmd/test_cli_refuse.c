#include "testcli.h"

struct refusal {
    const char *args[10]; /* ends with NULL */
    int status;
    const char *words; /* of the one line on standard error */
};

/* Each leaves the folder as it was. */
static void check(const struct refusal *refusal, size_t n)
{
    uint64_t before = tree_of(".");
    for (size_t i = 0; i < n; i++) {
        assert_refused_by(USUAL, refusal[i].args, refusal[i].status, refusal[i].words);
        if (tree_of(".") != before) {
            print_args(refusal[i].args);
            fail_msg("something was left behind");
        }
    }
}

static void wrong_words(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {{NULL}, 2, "which command? 'ikebench --help' lists them"},
        {{""}, 2, "no command ''"},
        {{"fly"}, 2, "no command 'fly'; 'ikebench --help' lists them"},
        {{"fly\naway\n"}, 2, "no command 'fly away '"},
        {{"--trials"}, 2, "no command '--trials'"},
        {{"list"}, 2, "list: want params, columns or scenarios"},
        {{"list", "parms"}, 2, "list: want params, columns or scenarios"},
        {{"list", "params", "columns"}, 2, "list: want params, columns or scenarios"},
        {{"run"}, 2, "run: which scenario? 'ikebench list scenarios' lists some"},
        {{"run", "--trials", "5"}, 2, "run: which scenario?"},
        {{"run", "site.yaml", "--fast"}, 2, "'ikebench run --help' lists its options"},
        {{"run", "site.yaml", "-x"}, 2, "'ikebench run --help' lists its options"},
        {{"run", "site.yaml", "--set"}, 2, "'ikebench run --help' lists its options"},
        {{"run", "site.yaml", "--set", "a=1", "--bad"}, 2, "'ikebench run --help'"},
        {{"trace", "site.yaml", "--set", "a=1", "--bad"}, 2, "'ikebench trace --help'"},
        {{"trace"}, 2, "trace: want one scenario file or folder of results"},
        {{"trace", "site.yaml", "site.yaml"}, 2, "trace: want one scenario file"},
        {{"summary"}, 2, "summary: which folder of results?"},
        {{"summary", "--all"}, 2, "summary: unknown option '--all'"},
        {{"plot"}, 2, "plot: which folder of results?"},
    };
    check(cases, COUNT_OF(cases));
}

static void wrong_numbers(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {{"run", "site.yaml", "--trials", "0"}, 2, "--trials '0': want a whole number from 1 to"},
        {{"run", "site.yaml", "--trials", "abc"}, 2, "--trials 'abc': want a whole number"},
        {{"run", "site.yaml", "--trials", ""}, 2, "--trials '': want a whole number"},
        {{"run", "site.yaml", "--trials", "1e3"}, 2, "--trials '1e3': want a whole number"},
        {{"run", "site.yaml", "--trials", " 5"}, 2, "--trials ' 5': want a whole number"},
        {{"run", "site.yaml", "--trials", "5\n6"}, 2, "--trials '5 6': want a whole number"},
        {{"run", "site.yaml", "--precision", "p98=2%"}, 2, "--precision 'p98=2%': want a quantile"},
        {{"run", "site.yaml", "--precision", "p99=2%", "--trials", "9"}, 2, "leave --trials out"},
        {{"run", "site.yaml", "--max-trials", "9"}, 2, "--max-trials goes with --precision"},
        {{"run", "site.yaml", "--jobs", "0"}, 2, "--jobs '0': want a whole number from 1 to 1024"},
        {{"run", "site.yaml", "--seed", "-1"}, 2, "--seed '-1': want a whole number from 0 to"},
        {{"run", "site.yaml", "--seed", "18446744073709551616"}, 2, "--seed '18446744073709551"},
        {{"run", "site.yaml", "--first", "281474976710656"}, 2, "--first '281474976710656': want"},
        {{"run", "site.yaml", "--first", "281474976710655", "--trials", "2"},
         2,
         "--first + --trials is beyond 2^48"},
        {{"run", "site.yaml", "--first", "1", "--trials", "281474976710656"},
         2,
         "--first + --trials is beyond 2^48"},
        {{"run", "site.yaml", "--out", ""}, 2, "--out '': want a folder"},
        {{"run", "site.yaml", "site.yaml", "--out", ""}, 2, "--out '': want a folder"},
        {{"trace", "site.yaml", "--trial", "281474976710656"}, 2, "whole number from 0 to 28147"},
        {{"trace", "site.yaml", "--trial", "-1"}, 2, "--trial '-1': want a whole number"},
        {{"trace", "site.yaml", "--trial", "last"}, 2, "--trial 'last': want a whole number"},
    };
    check(cases, COUNT_OF(cases));
}

static void wrong_scenarios(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {{"run", "no.yaml"}, 2, "cannot read 'no.yaml': No such file or directory"},
        {{"run", "a\nb.yaml"}, 2, "cannot read 'a b.yaml': No such file"},
        {{"run", ""}, 2, "cannot read '': No such file"},
        {{"run", "folder"}, 2, "cannot read 'folder': it is a folder, a file is due"},
        {{"run", "bad.yaml"}, 2, "bad.yaml:2:5: not YAML: "},
        {{"run", "key.yaml"}, 2, "key.yaml:2:1: unknown key 'lnk': the nearest is 'link'"},
        {{"run", "site.yaml", "key.yaml"}, 2, "key.yaml:2:1: unknown key 'lnk'"},
        {{"run", "/dev/null"}, 2, "/dev/null:1:1: the file is empty"},
        {{"run", "site.yaml", "--set", "link.lan.dely=1ms"}, 2, "the nearest is 'delay'"},
        {{"run", "site.yaml", "--set", "link.lan.delay=1"}, 2, "a time with its unit is due"},
        {{"run", "site.yaml", "--set", "link.lan.delay"}, 2, "--set 'link.lan.delay': "},
        {{"run", "site.yaml", "--set", ""}, 2, "--set '': "},
        {{"run", "site.yaml", "--set", "link.lan.delay=1ms\nx"}, 2, "--set 'link.lan.delay=1ms x"},
        {{"run", "site.yaml", "site.yaml"}, 2, "site.yaml and site.yaml would both write results/"},
        {{"run", "site.yaml", "folder/site.yaml", "--out", "x"}, 2, "would both write x/site"},
        {{"trace", "no.yaml"}, 2, "cannot read 'no.yaml': No such file"},
        {{"trace", "key.yaml"}, 2, "unknown key 'lnk'"},
    };
    assert_int_equal(mkdir("folder", 0777), 0);
    write_file("folder/site.yaml", site);
    write_file("bad.yaml", "a: 1\nb: c: d\n");
    write_file("key.yaml", "extends: site.yaml\nlnk: {}\n");
    check(cases, COUNT_OF(cases));
}

static void make_results(const char *folder)
{
    run_good(ARGS("run", "site.yaml", "--trials", TRIALS, "--out", folder, "--force", "--no-plot",
                  "--quiet"));
}

static void wrong_places(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {{"run", "site.yaml", "--out", "there"}, 2, "there exists; --force replaces it"},
        {{"run", "site.yaml", "--out", "there/"}, 2, "there/ exists; --force replaces it"},
        {{"run", "site.yaml", "--out", "home", "--force"}, 2, "does not look like results"},
        {{"run", "site.yaml", "--out", ".", "--force"}, 2, "cannot be a folder of results"},
        {{"run", "site.yaml", "--out", "site.yaml", "--force"}, 2, "a file is in the way"},
        {{"run", "site.yaml", "--out", "site.yaml"}, 2, "site.yaml: a file is in the way"},
        {{"run", "site.yaml", "--out", "site.yaml", "--resume"}, 2, "a file is in the way"},
        {{"sweep", "site.yaml", "--sweep", "node.a.load=0%,9%", "--out", "site.yaml"},
         2,
         "site.yaml: a file is in the way"},
        {{"merge", "there", "--out", "site.yaml"}, 2, "site.yaml: a file is in the way"},
        {{"run", "site.yaml", "--out", "site.yaml/out"}, 5, "site.yaml: Not a directory"},
        {{"run", "site.yaml", "--out", "site.yaml/a/b", "--force"}, 5, "Not a directory"},
        {{"run", "site.yaml", "--out", "/proc/out"}, 5, "/proc/out: No such file or directory"},
        {{"summary", "home"}, 2, "home/trials.csv"},
        {{"summary", "nowhere"}, 2, "nowhere/trials.csv"},
        {{"plot", "home"}, 2, "home: no manifest.json here: not a folder of results"},
        {{"trace", "home"}, 2, "home: no manifest.json here: not a folder of results"},
        {{"plot", "nowhere"}, 2, "nowhere: there is no such folder"},
        {{"trace", "there", "--seed", "2"}, 2, "--set and --seed are those of the run"},
        {{"trace", "there", "--set", "arp.count=1"}, 2, "--set and --seed are those of the run"},
    };
    make_results("there");
    assert_int_equal(mkdir("home", 0777), 0);
    write_file("home/letter", "dear");
    check(cases, COUNT_OF(cases));
}

static void spoiled_manifests(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } spoiled[] = {
        {"", "spoiled/manifest.json:1:0: "},
        {"{\"program\": \"ikebench\",\n \"sch", "spoiled/manifest.json:2:"},
        {"{\"program\": \"ike\nbench\"}", "spoiled/manifest.json:1:"},
        {"[]", "spoiled/manifest.json: not a manifest of ikebench"},
        {"{\"program\": \"other\"}", "spoiled/manifest.json: not a manifest of ikebench"},
        {"{\"program\": \"ikebench\"}", "schema 0, this program reads 1"},
        {"{\"program\": \"ikebench\", \"schema\": 2}", "schema 2, this program reads 1"},
        {"{\"program\": \"ikebench\", \"schema\": 1}", "not a manifest of this program"},
        {"{\"program\": \"ikebench\", \"schema\": 1, \"scenario\": \"s\", \"folder\": \"f\","
         "\"seed\": \"-1\", \"first\": \"0\", \"trials\": \"1\", \"settings\": [], "
         "\"per_trial\": []}",
         "not a manifest of this program"},
        {"{\"program\": \"ikebench\", \"schema\": 1, \"scenario\": \"s\", \"folder\": \"f\","
         "\"seed\": \"1\", \"first\": \"0\", \"trials\": \"1\", \"per_trial\": [], "
         "\"settings\": [{\"key\": \"link.lan.dely\", \"value\": \"1ms\"}]}",
         "manifest: unknown key 'dely' of link"},
    };
    assert_int_equal(mkdir("spoiled", 0777), 0);
    for (size_t i = 0; i < COUNT_OF(spoiled); i++) {
        write_file("spoiled/manifest.json", spoiled[i].text);
        assert_refused_by(USUAL, ARGS("trace", "spoiled"), EXIT_INPUT, spoiled[i].words);
    }
}

/* A trace of results must not quietly tell of other trials than the run's. */
static void a_table_that_changed_since(void **state)
{
    (void)state;
    write_file("own.dist", "-8192 0 8192\n");
    run_good(ARGS("run", "site.yaml", "--set", "link.lan.distribution=own.dist", "--set",
                  "link.lan.jitter=0.2ms", "--trials", "1", "--out", "table", "--no-plot",
                  "--quiet"));
    run_good(ARGS("trace", "table"));
    write_file("own.dist", "-8192 0 4096\n");
    assert_refused_by(USUAL, ARGS("trace", "table"), EXIT_INPUT,
                      "manifest.json: own.dist is not what the run read");
    assert_int_equal(unlink("own.dist"), 0);
    assert_refused_by(USUAL, ARGS("trace", "table"), EXIT_INPUT, "cannot read 'own.dist'");
    if (!gnuplot_is_missing())
        run_good(ARGS("plot", "table")); /* pictures need trials.csv alone */
}

/* Writes DIR/trials.csv anew, with `more` copies of its last line (-1: without that line). */
static void change_rows(const char *dir, int more)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/trials.csv", dir);
    char *text = read_text(path), *last = text + strlen(text) - 1;
    while (last > text && last[-1] != '\n')
        last--;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%.*s", (int)(last - text), text);
    for (; more >= 0; more--)
        fputs(last, file);
    assert_int_equal(fclose(file), 0);
    free(text);
}

static void assert_damage_is_told(const char *dir, const char *words)
{
    const char *const *all[] = {ARGS("summary", dir), ARGS("plot", dir),
                                ARGS("availability", dir, "--crashes", "1/year", "--no-alarms"),
                                ARGS("compare", dir, dir), ARGS("explain", dir)};
    bool sweep = strcmp(dir, "many") == 0; /* it has arms: the last two want one */
    uint64_t before = tree_of(dir);
    for (size_t i = 0; i < COUNT_OF(all) - (sweep ? 2 : 0); i++)
        assert_refused_by(USUAL, all[i], EXIT_INPUT, words);
    assert_true(tree_of(dir) == before);
}

static void rows_that_came_or_went_are_told(void **state)
{
    (void)state;
    run_good(ARGS("run", "site.yaml", "--trials", "40", "--out", "rows", "--no-plot", "--quiet"));
    run_good(ARGS("sweep", "site.yaml", "--sweep", "node.b.load=0%,50%", "--trials", "40", "--out",
                  "many", "--no-plot", "--quiet", "--no-alarms"));
    change_rows("rows", -1);
    assert_damage_is_told("rows", "rows/trials.csv has 39 rows, its manifest.json says 40 trials: "
                                  "it was cut off, or is not of this run");
    change_rows("rows", 2);
    assert_damage_is_told("rows", "rows/trials.csv has 41 rows, its manifest.json says 40 trials");
    change_rows("many", 1);
    assert_damage_is_told("many", "has 81 rows, its manifest.json says 2 arms of 40 trials");
    if (!gnuplot_is_missing())
        run_good(ARGS("run", "site.yaml", "--trials", "40", "--out", "rows", "--force", "--quiet"));
}

/* Nothing is done where a word is wrong. */
static void options_that_nothing_asks_for(void **state)
{
    (void)state;
    make_results("asked");
    const struct refusal cases[] = {
        {{"plot", "asked", "--quiet"}, 2, "plot: unknown option '--quiet'"},
        {{"summary", "asked", "--foo"}, 2, "summary: unknown option '--foo'"},
        {{"availability", "asked", "--crashes", "1/year", "--no-alarms", "--alarm-outage", "5s"},
         2,
         "--alarm-outage: with --no-alarms"},
        {{"trace", "asked", "--trial", TRIALS},
         2,
         "--trial " TRIALS ": asked has " TRIALS " trials, 0 to "},
    };
    assert_int_equal(remove("asked/summary.csv"), 0); /* `summary` would make it anew */
    check(cases, COUNT_OF(cases));
    char *help = good(ARGS("plot", "asked", "--help"));
    assert_non_null(strstr(help, "usage: ikebench plot"));
    free(help);
    run_good(ARGS("run", "site.yaml", "--first", "1000", "--trials", "3", "--out", "late",
                  "--no-plot", "--quiet"));
    assert_refused_by(USUAL, ARGS("trace", "late", "--trial", "999"), EXIT_INPUT,
                      "late has 3 trials, 1000 to 1002");
    char *last = good(ARGS("trace", "late", "--trial", "1000")), *first = good(ARGS("trace", "late"));
    assert_string_equal(first, last);
    free(first);
    free(last);
}

static void a_status_that_is_none_is_told(void **state)
{
    (void)state;
    run_good(ARGS("run", "site.yaml", "--trials", "40", "--out", "word", "--no-plot", "--quiet"));
    char *text = read_text("word/trials.csv"), *at = strstr(text, "\n5,");
    assert_non_null(at);
    at[3] = 'x';
    write_file("word/trials.csv", text);
    free(text);
    assert_refused_by(USUAL, ARGS("plot", "word"), EXIT_INPUT, "word/trials.csv:7:2: ");
    assert_refused_by(USUAL, ARGS("summary", "word"), EXIT_INPUT, "word/trials.csv:7:2: ");
}

static void a_full_disk_leaves_what_was_there(void **state)
{
    (void)state;
    const struct start full = {.file_limit = 16384};
    make_results("kept");
    uint64_t before = tree_of("kept");
    for (int force = 0; force < 2; force++) {
        assert_refused_by(&full,
                          ARGS("run", "site.yaml", "--trials", TRIALS, "--no-plot", "--out",
                               force ? "kept" : "new", force ? "--force" : NULL),
                          EXIT_OUTPUT, "trials.csv: File too large");
        assert_true(tree_of("kept") == before);
        assert_false(there("new"));
    }
    const struct start fuller = {.file_limit = 4096};
    assert_refused_by(&fuller, ARGS("summary", "kept"), EXIT_OUTPUT, "summary.csv: File too large");
    assert_true(tree_of("kept") == before);
}

static void without_gnuplot_results_are_whole(void **state)
{
    (void)state;
    const struct start bare = {.path = "empty"};
    assert_int_equal(mkdir("empty", 0777), 0);
    assert_refused_by(&bare, ARGS("run", "site.yaml", "--trials", TRIALS, "--out", "bare"),
                      EXIT_OUTPUT,
                      "gnuplot is not installed: results are complete, pictures are not (install "
                      "gnuplot-nox, then: ikebench plot DIR)");
    make_results("whole");
    assert_same_results("whole", "bare");
    assert_false(there("bare/plots"));
    assert_refused_by(&bare, ARGS("plot", "bare"), EXIT_OUTPUT, "gnuplot is not installed");
    struct answer a = ask(
        &bare, ARGS("run", "site.yaml", "--trials", "5", "--out", "bare", "--force", "--no-plot"));
    assert_int_equal(a.status, EXIT_DONE);
    assert_string_equal(a.err, "");
    assert_non_null(strstr(a.out, "\nresults: bare/\n"));
    free_answer(&a);
}

static void output_that_nobody_takes(void **state)
{
    (void)state;
    static const struct start full = {.out = "/dev/full"}, closed = {.closed = true};
    static const char *const cases[][10] = {
        {"--help"},
        {"--version"},
        {"run", "--help"},
        {"list", "params"},
        {"list", "columns"},
        {"list", "scenarios"},
        {"trace", "site.yaml"},
        {"trace", "site.yaml", "--all"},
        {"summary", "printed"},
        {"run", "site.yaml", "--trials", TRIALS, "--no-plot", "--force", "--out", "unheard"},
    };
    make_results("printed");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *words = "standard output could not be written";
        assert_refused_by(&full, cases[i], EXIT_OUTPUT, words);
        assert_refused_by(&closed, cases[i], EXIT_OUTPUT, words);
    }
    assert_same_results("printed", "unheard");
    struct answer a = ask(&closed, ARGS("run", "site.yaml", "--trials", TRIALS, "--no-plot",
                                        "--quiet", "--force", "--out", "unheard"));
    assert_int_equal(a.status, EXIT_DONE);
    free_answer(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_words),
        cmocka_unit_test(wrong_numbers),
        cmocka_unit_test(wrong_scenarios),
        cmocka_unit_test(wrong_places),
        cmocka_unit_test(spoiled_manifests),
        cmocka_unit_test(a_table_that_changed_since),
        cmocka_unit_test(rows_that_came_or_went_are_told),
        cmocka_unit_test(options_that_nothing_asks_for),
        cmocka_unit_test(a_status_that_is_none_is_told),
        cmocka_unit_test(a_full_disk_leaves_what_was_there),
        cmocka_unit_test(without_gnuplot_results_are_whole),
        cmocka_unit_test(output_that_nobody_takes),
    };
    return cmocka_run_group_tests(tests, enter_cli, leave_folder);
}
