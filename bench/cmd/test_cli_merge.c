/* A batch in parts, merged, has the bytes of one process; parts that do not fit are refused. */
#include "testcli.h"

#define QUIET "--no-plot", "--quiet"
#define MOVE  "move.yaml", "--trials", "1001"
#define SWEEP "sweep", MOVE, "--sweep", "node.a.load=0%,20%,40%"

static int enter_merge(void **state)
{
    int bad = enter_cli(state);
    write_file("move.yaml", "extends: site.yaml\nfailure: {kind: move}\n"
                            "per_trial:\n  link.lan.delay: uniform(1ms, 30ms)\n");
    return bad;
}

/* Runs part i of n of a command into OUT.i-of-n. */
static void run_part(const char *const *words, const char *out, unsigned i, unsigned n)
{
    const char *line[24] = {NULL};
    char shard[24];
    size_t k = 0;
    for (; *words != NULL && k < 16; words++)
        line[k++] = *words;
    snprintf(shard, sizeof shard, "%u/%u", i, n);
    const char *const more[] = {"--out", out, "--shard", shard, "--quiet"};
    for (size_t m = 0; m < COUNT_OF(more); m++)
        line[k++] = more[m];
    run_good(line);
}

static void assert_same_all(const char *a, const char *b)
{
    static const char *const names[] = {"trials.csv", "quantiles.csv", "alarms.csv",
                                        "arms.csv",   "summary.csv",   "manifest.json"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[2][PATH_MAX];
        snprintf(path[0], PATH_MAX, "%s/%s", a, names[i]);
        snprintf(path[1], PATH_MAX, "%s/%s", b, names[i]);
        if (there(path[0]) != there(path[1]))
            fail_msg("only one of %s and %s is there", path[0], path[1]);
        if (there(path[0]))
            assert_same_file(a, b, names[i]);
    }
}

/* Part folders of `out`, the last one first, for merge. */
static void merge_parts(const char *out, unsigned n)
{
    static char dir[24][64];
    const char *line[32] = {"merge"};
    for (unsigned i = 0; i < n; i++) {
        snprintf(dir[i], sizeof dir[i], "%s.%0*u-of-%u", out, n > 9 ? 2 : 1, n - i, n);
        line[1 + i] = dir[i];
    }
    line[1 + n] = "--no-plot";
    line[2 + n] = "--quiet";
    run_good(line);
}

static void check_parts(const char *const *words, const char *const *whole, unsigned n)
{
    static const char *const old[] = {"whole", "parts"};
    for (size_t i = 0; i < COUNT_OF(old); i++)
        remove_tree(old[i]);
    run_good(whole);
    for (unsigned i = 1; i <= n; i++)
        run_part(words, "parts", i, n);
    merge_parts("parts", n);
    assert_same_all("whole", "parts");
    for (unsigned i = 1; i <= n; i++) {
        char dir[64];
        snprintf(dir, sizeof dir, "parts.%0*u-of-%u", n > 9 ? 2 : 1, i, n);
        remove_tree(dir);
    }
}

static void parts_of_a_run_become_the_whole(void **state)
{
    (void)state;
    check_parts(ARGS("run", MOVE), ARGS("run", MOVE, "--out", "whole", QUIET), 4);
    check_parts(ARGS("run", MOVE, "--first", "77", "--seed", "5"),
                ARGS("run", MOVE, "--first", "77", "--seed", "5", "--out", "whole", QUIET), 1);
    check_parts(ARGS("run", MOVE, "--columns", "outage_ns", "--no-alarms"),
                ARGS("run", MOVE, "--columns", "outage_ns", "--no-alarms", "--out", "whole", QUIET),
                3);
}

static void parts_of_a_sweep_become_the_whole(void **state)
{
    (void)state;
    check_parts(ARGS(SWEEP), ARGS(SWEEP, "--out", "whole", QUIET), 3);
}

static void parts_without_rows_become_the_whole(void **state)
{
    (void)state;
    check_parts(ARGS("run", MOVE, "--rows", "none"),
                ARGS("run", MOVE, "--rows", "none", "--out", "whole", QUIET), 20);
    check_parts(ARGS(SWEEP, "--rows", "none"),
                ARGS(SWEEP, "--rows", "none", "--out", "whole", QUIET), 3);
}

/* Runs of neighbouring trials, too: a run can be made longer. */
static void runs_can_be_made_longer(void **state)
{
    (void)state;
    run_good(ARGS("run", "move.yaml", "--trials", "2000", "--out", "long", QUIET));
    run_good(ARGS("run", "move.yaml", "--trials", "1500", "--out", "begin", QUIET));
    run_good(ARGS("run", "move.yaml", "--trials", "500", "--first", "1500", "--out", "end", QUIET));
    run_good(ARGS("merge", "end", "begin", "--out", "longer", QUIET));
    assert_same_all("long", "longer");
    assert_refused_by(USUAL, ARGS("merge", "end", "begin"), EXIT_INPUT,
                      "merge: --out DIR must say where the whole goes");
    run_good(ARGS("run", "move.yaml", "--trials", "500", "--first", "2500", "--out", "far", QUIET));
    assert_refused_by(USUAL, ARGS("merge", "far", "begin", "end", "--out", "x"), EXIT_INCOMPLETE,
                      "trials 2000 to 2499 are missing: run the same command with --first 2000 "
                      "--trials 500");
    assert_refused_by(USUAL, ARGS("merge", "long", "end", "--out", "x"), EXIT_INPUT,
                      "long and end both have trial 1500: leave one of them out");
}

/* False alarms are looked for in a tenth as many trials, at most alarm.trials. Where the whole has
 * more of these than any part they are simulated. */
static void false_alarms_are_those_of_the_whole(void **state)
{
    (void)state;
#define PIECE(...) run_good(ARGS(__VA_ARGS__, QUIET, "--force"))
    static const char *const arms[] = {"node.a.load=0%,20%"};
    PIECE("run", "move.yaml", "--trials", "500", "--out", "long");
    PIECE("run", "move.yaml", "--trials", "200", "--out", "begin");
    PIECE("run", "move.yaml", "--trials", "300", "--first", "200", "--out", "end");
    PIECE("merge", "begin", "end", "--out", "longer");
    assert_same_all("long", "longer");
    PIECE("sweep", "move.yaml", "--sweep", arms[0], "--seed", "4", "--trials", "50", "--out",
          "long");
    PIECE("sweep", "move.yaml", "--sweep", arms[0], "--seed", "4", "--trials", "21", "--out",
          "begin");
    PIECE("sweep", "move.yaml", "--sweep", arms[0], "--seed", "4", "--trials", "29", "--first",
          "21", "--out", "end");
    PIECE("merge", "begin", "end", "--out", "longer");
    assert_same_all("long", "longer");
    PIECE("run", "move.yaml", "--trials", "50", "--no-alarms", "--out", "long");
    PIECE("run", "move.yaml", "--trials", "20", "--no-alarms", "--out", "begin");
    PIECE("run", "move.yaml", "--trials", "30", "--first", "20", "--no-alarms", "--out", "end");
    PIECE("merge", "begin", "end", "--out", "longer");
    assert_same_all("long", "longer");
    assert_false(there("longer/alarms.csv"));
#undef PIECE
}

/* A merged folder is a folder of results like any other. */
static void the_whole_can_be_used(void **state)
{
    (void)state;
    char *trace = good(ARGS("trace", "longer", "--trial", "1999"));
    assert_non_null(strstr(trace, "recovered after"));
    free(trace);
    free(good(ARGS("compare", "long", "longer")));
    if (gnuplot_is_missing())
        return;
    char *said = good(ARGS("merge", "begin", "end", "--out", "drawn"));
    assert_non_null(strstr(said, "results: drawn/ (of 2 parts)\npictures: drawn/plots/\n"));
    free(said);
}

static void make_four(void)
{
    for (unsigned i = 1; i <= 4; i++)
        run_part(ARGS("run", MOVE), "four", i, 4);
}

#define PART(i) "four." #i "-of-4"

/* Machines with a working folder each: the same files, in folders of other names. */
static void parts_of_other_folders_become_the_whole(void **state)
{
    (void)state;
    char *text = read_text("move.yaml");
    assert_int_equal(mkdir("other", 0777), 0);
    write_file("other/site.yaml", site);
    write_file("other/move.yaml", text);
    free(text);
    run_part(ARGS("run", "move.yaml", "--trials", "40", "--no-plot"), "apart", 1, 2);
    run_part(ARGS("run", "other/move.yaml", "--trials", "40", "--no-plot"), "apart", 2, 2);
    merge_parts("apart", 2);
    assert_true(there("apart/trials.csv"));
}

static void missing_parts_are_named(void **state)
{
    (void)state;
    make_four();
    assert_refused_by(USUAL, ARGS("merge", PART(1), PART(3)), EXIT_INCOMPLETE,
                      "parts are missing: run the same command with --shard 2/4 (trials 250 to "
                      "499), --shard 4/4 (trials 750 to 1000)");
    assert_refused_by(USUAL, ARGS("merge", PART(1), PART(2), PART(2), PART(3), PART(4)), EXIT_INPUT,
                      PART(2) " and " PART(2) " both have trial 250: leave one of them out");
    assert_refused_by(USUAL, ARGS("merge", PART(1), PART(2), PART(3), "four.5-of-4"), EXIT_INPUT,
                      "four.5-of-4: there is no such folder");
    assert_false(there("four"));
}

/* A part that was stopped is named, goes on, and fits. */
static void a_stopped_part_is_named(void **state)
{
    (void)state;
    remove_tree(PART(2));
    struct answer a = ask(USUAL, ARGS("run", MOVE, "--shard", "2/4", "--out", "four",
                                      "--checkpoint", "1ms", "--time-limit", "4ms"));
    if (a.status == EXIT_INCOMPLETE && strstr(a.err, "are kept") != NULL)
        assert_refused_by(USUAL, ARGS("merge", PART(1), PART(2), PART(3), PART(4)), EXIT_INCOMPLETE,
                          PART(2) " is unfinished: run it again, with --resume");
    free_answer(&a);
    run_good(ARGS("run", MOVE, "--shard", "2/4", "--out", "four", "--resume", "--quiet"));
    merge_parts("four", 4);
    run_good(ARGS("run", MOVE, "--out", "whole", "--force", QUIET));
    assert_same_all("whole", "four");
    assert_refused_by(USUAL, ARGS("merge", PART(1), PART(2), PART(3), PART(4)), EXIT_INPUT,
                      "four exists (use --force to replace it)");
}

/* Puts `to` in the place of `from` in a file. */
static void replace_in(const char *path, const char *from, const char *to)
{
    char *text = read_text(path), *at = strstr(text, from), *changed = NULL;
    assert_non_null(at);
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
    write_file(path, changed);
    free(changed);
    free(text);
}

static void other_batches_are_refused(void **state)
{
    (void)state;
    static const char *const four[] = {"merge", PART(1), PART(2), PART(3),
                                       PART(4), "--out", "x",     NULL};
    static const struct {
        const char *file, *from, *to, *words;
        int status;
    } cases[] = {
        {PART(3) "/manifest.json", "\"seed\": \"1\"", "\"seed\": \"2\"",
         PART(3) " is of another batch than " PART(1) ": seed is 2 here, 1 there", EXIT_INPUT},
        {PART(3) "/manifest.json", "\"version\": \"", "\"version\": \"9",
         PART(3) " is of another batch than " PART(1) ": version is 9", EXIT_INPUT},
        {PART(3) "/manifest.json", "\"build\": \"", "\"build\": \"x",
         "it is another build of ikebench", EXIT_INPUT},
        {PART(3) "/manifest.json", "\"value\": \"1ms\"", "\"value\": \"2ms\"", " is 2ms here, 1ms",
         EXIT_INPUT},
        {PART(3) "/manifest.json", "\"whole_trials\": \"1001\"", "\"whole_trials\": \"999\"",
         "whole_trials is 999 here, 1001 there", EXIT_INPUT},
        {PART(3) "/manifest.json", "\"program\"", "\"alarms\": \"none\", \"program\"",
         PART(3) " is of another batch than " PART(1) ": --no-alarms was given here, not there",
         EXIT_INPUT},
        {PART(1) "/manifest.json", "\"program\"", "\"alarms\": \"none\", \"program\"",
         PART(2) " is of another batch than " PART(1) ": --no-alarms was given there, not here",
         EXIT_INPUT},
        {PART(3) "/manifest.json", "\"shard\": \"3/4\"", "\"shard\": \"3/5\"",
         PART(3) " is one of 5 parts, " PART(1) " one of 4", EXIT_INPUT},
        {PART(3) "/manifest.json", "\"shard\": \"3/4\"", "\"shard\": \"x\"", "'x' is not a part",
         EXIT_INPUT},
        {PART(3) "/trials.csv", "\n501,", "\n502,",
         PART(3) "/trials.csv:3:1: trial 501 is due here", EXIT_INPUT},
        {PART(3) "/trials.csv", ",status,", ",state,", PART(3) "/trials.csv:1:1: other columns",
         EXIT_INPUT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *before = read_text(cases[i].file);
        replace_in(cases[i].file, cases[i].from, cases[i].to);
        assert_refused_by(USUAL, four, cases[i].status, cases[i].words);
        write_file(cases[i].file, before);
        free(before);
    }
    assert_false(there("x"));
}

static void rows_that_are_missing_are_noticed(void **state)
{
    (void)state;
    static const char *const four[] = {"merge", PART(1), PART(2), PART(3),
                                       PART(4), "--out", "x",     NULL};
    const char *rows = PART(2) "/trials.csv";
    char *before = read_text(rows), *shorter = strdup(before);
    shorter[strlen(shorter) - 1] = '\0';
    write_file(rows, shorter);
    assert_refused_by(USUAL, four, EXIT_INPUT, "the file is cut off");
    *strrchr(shorter, '\n') = '\0';
    strcat(shorter, "\n");
    write_file(rows, shorter);
    assert_refused_by(USUAL, four, EXIT_INPUT,
                      PART(2) "/trials.csv: 249 rows where its manifest.json says 250 trials");
    assert_int_equal(unlink(rows), 0);
    assert_refused_by(USUAL, four, EXIT_INPUT, PART(2) "/trials.csv: No such file");
    free(shorter);
    free(before);
}

static void what_cannot_be_a_part_is_refused(void **state)
{
    (void)state;
    assert_refused_by(USUAL, ARGS("merge"), EXIT_INPUT, "merge: which folders of results?");
    assert_refused_by(USUAL, ARGS("merge", "nowhere", "--out", "x"), EXIT_INPUT,
                      "nowhere: No such file or directory");
    assert_refused_by(USUAL, ARGS("run", MOVE, "--shard", "9"), EXIT_INPUT, "want I/N");
    assert_refused_by(USUAL, ARGS("run", "move.yaml", "--trials", "3", "--shard", "1/4"),
                      EXIT_INPUT, "3 trials are too few for so many parts");
    assert_refused_by(USUAL, ARGS("run", "move.yaml", "--trials", "3", "--shard", "4/4"),
                      EXIT_INPUT, "3 trials are too few for so many parts");
    assert_refused_by(USUAL, ARGS("run", "move.yaml", "--precision", "p50=9%", "--shard", "1/2"),
                      EXIT_INPUT, "--shard: --precision looks at all trials");
    run_good(ARGS("run", "move.yaml", "--precision", "p50=90%", "--out", "precise", QUIET));
    assert_refused_by(USUAL, ARGS("merge", "precise", "--out", "x"), EXIT_INPUT,
                      "precise: its trials were as many as --precision took");
    run_good(ARGS("run", MOVE, "--rows", "none", "--out", "counted", QUIET));
    assert_refused_by(USUAL, ARGS("merge", "counted", "--out", "x"), EXIT_INPUT,
                      "can be merged only if --shard made them");
    assert_false(there("x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_run_become_the_whole),
        cmocka_unit_test(parts_of_a_sweep_become_the_whole),
        cmocka_unit_test(parts_without_rows_become_the_whole),
        cmocka_unit_test(runs_can_be_made_longer),
        cmocka_unit_test(the_whole_can_be_used),
        cmocka_unit_test(false_alarms_are_those_of_the_whole),
        cmocka_unit_test(parts_of_other_folders_become_the_whole),
        cmocka_unit_test(missing_parts_are_named),
        cmocka_unit_test(a_stopped_part_is_named),
        cmocka_unit_test(other_batches_are_refused),
        cmocka_unit_test(rows_that_are_missing_are_noticed),
        cmocka_unit_test(what_cannot_be_a_part_is_refused),
    };
    return cmocka_run_group_tests(tests, enter_merge, leave_folder);
}
