/* Batches that are stopped at any time, in every way, and resumed: they end with the bytes of an
 * undisturbed one. */
#include "testcli.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

enum { WORDS_MAX = 24 };

/* Long enough to be stopped in: about a second. */
#if SLOW_FLAVOUR
#define MANY     "400"
#define PER_ARM  "60"
#define KILLS    4
#define PAUSE_MS 600
#else
#define MANY     "12000"
#define PER_ARM  "3000"
#define KILLS    10
#define PAUSE_MS 250
#endif
#define QUIET  "--no-plot", "--quiet"
#define RESUME "--resume", "--checkpoint", "1ms"
#define ALARMS "--set", "alarm.time=20h", "--set", "trial.horizon=20h" /* take their time */
#define SWEEP  "--sweep", "link.lan.delay=1ms,5ms", "--sweep", "node.a.load=0%,20%"

static uint64_t luck; /* of when to kill */

static uint64_t random_below(uint64_t n)
{
    luck = luck * 6364136223846793005u + 1442695040888963407u;
    return (luck >> 33) % n;
}

static int enter_resume(void **state)
{
    int bad = enter_cli(state);
    const char *seed = getenv("IKEBENCH_TEST_SEED");
    luck = seed != NULL ? strtoull(seed, NULL, 10)
                        : (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
    print_message("# IKEBENCH_TEST_SEED=%llu\n", (unsigned long long)luck);
    write_file("move.yaml", "extends: site.yaml\nfailure: {kind: move}\n"
                            "per_trial:\n  link.lan.delay: uniform(1ms, 30ms)\n");
    return bad;
}

static void sleep_ms(uint64_t ms)
{
    nanosleep(&(struct timespec){(time_t)(ms / 1000), (long)(ms % 1000) * 1000000}, NULL);
}

/* words, then "--out FOLDER" and what else. */
struct command_line {
    const char *word[WORDS_MAX + 8];
};

static struct command_line line_of(const char *const *words, const char *folder,
                                   const char *const *more)
{
    struct command_line line = {.word = {NULL}};
    size_t n = 0;
    for (; *words != NULL && n < WORDS_MAX; words++)
        line.word[n++] = *words;
    line.word[n++] = "--out";
    line.word[n++] = folder;
    for (; *more != NULL; more++)
        line.word[n++] = *more;
    return line;
}

/* Starts it, stops it at a random time in a random way. Returns whether it came to its end. */
static bool disturb(const char *const *words, const char *folder)
{
    static const int ways[] = {SIGKILL, SIGKILL, SIGTERM, SIGINT, SIGHUP};
    int way = ways[random_below(COUNT_OF(ways))];
    struct command_line line = line_of(words, folder, ARGS(RESUME));
    struct running r = begin(USUAL, line.word);
    sleep_ms(random_below(PAUSE_MS));
    kill(r.pid, way);
    struct answer a = finish(&r);
    bool done = a.status == EXIT_DONE;
    /* A signal before the program listens to it ends it at once. */
    bool ended = a.status == 128 + way, stopped = way != SIGKILL && a.status == EXIT_INCOMPLETE;
    if (!done && !ended && !stopped)
        fail_msg("signal %d: exit status %d: %s", way, a.status, a.err);
    if (stopped)
        assert_complaint(&a, strstr(a.err, " are kept") != NULL
                                 ? "trials are kept: the same command with --resume goes on"
                                 : "nothing of it was kept");
    /* One that is killed may have come to its end just before. */
    bool whole = there(folder);
    if (whole != done && way != SIGKILL)
        fail_msg("signal %d: exit status %d, but %s is %sthere", way, a.status, folder,
                 done ? "not " : "");
    free_answer(&a);
    return whole;
}

/* Files of two folders of results, without pictures. */
static void assert_same_all(const char *a, const char *b)
{
    static const char *const names[] = {"trials.csv", "alarms.csv", "arms.csv", "quantiles.csv"};
    char path[PATH_MAX];
    assert_same_file(a, b, "summary.csv");
    assert_same_file(a, b, "manifest.json");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof path, "%s/%s", a, names[i]);
        if (there(path))
            assert_same_file(a, b, names[i]);
    }
}

/* Nothing but the two folders of results is left of the same names. */
static void assert_tidy(void)
{
    assert_false(there(".killed.unfinished") || there(".whole.unfinished"));
}

static void check_kills(const char *const *words)
{
    struct command_line whole = line_of(words, "whole", ARGS(QUIET, "--force"));
    run_good(whole.word);
    remove_tree("killed");
    bool done = false;
    for (unsigned i = 0; i < KILLS && !done; i++)
        done = disturb(words, "killed");
    struct command_line rest = line_of(words, "killed", ARGS(QUIET, RESUME));
    run_good(rest.word);
    assert_same_all("whole", "killed");
    assert_tidy();
}

static void a_killed_run_ends_with_the_same_bytes(void **state)
{
    (void)state;
    check_kills(ARGS("run", "move.yaml", "--trials", MANY, "--jobs", "2", "--no-plot"));
}

static void a_killed_sweep_ends_with_the_same_bytes(void **state)
{
    (void)state;
    check_kills(ARGS("sweep", "site.yaml", SWEEP, "--set", "failure.kind=move", "--trials", PER_ARM,
                     "--no-alarms", "--no-plot"));
}

static void killed_counts_end_with_the_same_bytes(void **state)
{
    (void)state;
    check_kills(ARGS("run", "move.yaml", "--trials", MANY, "--rows", "none", "--no-plot"));
    check_kills(ARGS("sweep", "site.yaml", SWEEP, "--set", "failure.kind=move", "--trials", PER_ARM,
                     "--rows", "none", "--no-alarms", "--no-plot"));
}

static void precision_goes_on_at_the_same_looks(void **state)
{
    (void)state;
    if (SLOW_FLAVOUR)
        skip();
    check_kills(ARGS("run", "move.yaml", "--precision", "p90=0.02%", "--max-trials", MANY,
                     "--no-alarms", "--no-plot"));
    check_kills(ARGS("sweep", "site.yaml", SWEEP, "--set", "failure.kind=move", "--precision",
                     "p99=1%", "--max-trials", PER_ARM, "--no-alarms", "--no-plot"));
    check_kills(ARGS("sweep", "site.yaml", SWEEP, "--set", "failure.kind=move", "--precision",
                     "p99=1%", "--max-trials", PER_ARM, "--no-alarms", "--no-plot", "--rows",
                     "none"));
}

/* Stops a long run after some of its trials were kept. */
static void leave_unfinished(const char *folder)
{
    char journal[PATH_MAX];
    snprintf(journal, sizeof journal, ".%s.unfinished", folder);
    remove_tree(journal);
    snprintf(journal, sizeof journal, ".%s.unfinished/journal", folder);
    struct running r = begin(USUAL, ARGS("run", "move.yaml", "--trials", "1000000", "--out", folder,
                                         "--force", "--checkpoint", "1ms", "--no-plot"));
    struct stat info = {.st_size = 0};
    for (int left = 20 * 500; info.st_size < 300; left--) {
        if (left == 0)
            fail_msg("%s never grew", journal);
        sleep_ms(2);
        if (stat(journal, &info) != 0)
            info.st_size = 0;
    }
    kill(r.pid, SIGTERM);
    struct answer a = finish(&r);
    assert_int_equal(a.status, EXIT_INCOMPLETE);
    assert_complaint(&a, "move: stopped after");
    assert_complaint(&a, "of 1000000 trials; ");
    free_answer(&a);
}

/* Another batch under the same name is not mixed with what is there, and the reason is told. */
static void another_batch_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *more[4], *words;
    } cases[] = {
        {{NULL}, "left: an unfinished batch is there: --resume goes on with it, --force begins"},
        {{"--resume", "--seed", "2"}, "is another one: seed is 2 here, 1 there; --resume needs"},
        {{"--resume", "--first", "5"}, "another one: first is 5 here, 0 there"},
        {{"--resume", "--trials", "9"}, "another one: trials is 9 here, 1000000 there"},
        {{"--resume", "--no-alarms"}, "another one: --no-alarms was given here, not there"},
        {{"--resume", "--columns", "outage_ns"},
         "another one: columns is trial,status,outage_ns,system here, not given there"},
        {{"--resume", "--set", "node.a.load=1%"}, "another one: node.a.load is 1% here, 0% there"},
        {{"--resume", "--set", "link.lan.delay=1ms"},
         "another one: link.lan.delay is one value here, uniform(low=1ms, high=30ms) there"},
        {{"--resume", "--set", "per_trial.link.lan.delay=uniform(1ms, 3ms)"},
         "another one: link.lan.delay is uniform(low=1ms, high=3ms) here, uniform(low=1ms, "
         "high=30ms)"},
    };
    leave_unfinished("left");
    uint64_t before = tree_of(".left.unfinished");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool trials = cases[i].more[1] != NULL && strcmp(cases[i].more[1], "--trials") == 0;
        struct command_line line = line_of(
            ARGS("run", "move.yaml", "--trials", trials ? "1" : "1000000"), "left", cases[i].more);
        assert_refused_by(USUAL, line.word, EXIT_INPUT, cases[i].words);
        assert_true(tree_of(".left.unfinished") == before);
    }
    write_file("move.yaml.old", "");
    assert_int_equal(rename("move.yaml", "move.yaml.old"), 0);
    char *text = read_text("move.yaml.old"), *changed = NULL;
    assert_true(asprintf(&changed, "%s# another day\n", text) > 0);
    write_file("move.yaml", changed);
    assert_refused_by(USUAL,
                      ARGS("run", "move.yaml", "--trials", "1000000", "--out", "left", "--resume"),
                      EXIT_INPUT, "another one: the file move.yaml is another one");
    assert_int_equal(rename("move.yaml.old", "move.yaml"), 0);
    free(changed);
    free(text);
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

static void another_program_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } cases[] = {
        {"\"version\": \"", "\"version\": \"9", "another one: version is "},
        {"\"compiler\": \"", "\"compiler\": \"other ", "another one: compiler is "},
        {"\"libc\": \"", "\"libc\": \"9", "another one: libc is "},
        {"\"build\": \"", "\"build\": \"f", "another one: it is another build of ikebench"},
    };
    leave_unfinished("left");
    char *plan = read_text(".left.unfinished/plan.json");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        replace_in(".left.unfinished/plan.json", cases[i].from, cases[i].to);
        assert_refused_by(
            USUAL, ARGS("run", "move.yaml", "--trials", "1000000", "--out", "left", "--resume"),
            EXIT_INPUT, cases[i].words);
        write_file(".left.unfinished/plan.json", plan);
    }
    free(plan);
}

static void two_at_once_are_refused(void **state)
{
    (void)state;
    leave_unfinished("left");
    int lock = open(".left.unfinished/lock", O_RDWR);
    assert_true(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0);
    static const char *const how[] = {"--resume", "--force"};
    for (size_t i = 0; i < COUNT_OF(how); i++)
        assert_refused_by(USUAL,
                          ARGS("run", "move.yaml", "--trials", "1000000", "--out", "left", how[i]),
                          EXIT_INPUT, "left: another process is making it");
    close(lock);
}

static void scribble(const char *path, size_t from_end, const char *bytes)
{
    FILE *file = fopen(path, "r+b");
    assert_true(file != NULL && fseek(file, -(long)from_end, SEEK_END) == 0);
    assert_true(fputs(bytes, file) >= 0 && fclose(file) == 0);
}

/* What a power cut leaves: rows that were not written, or not right. */
static void torn_blocks_are_done_again(void **state)
{
    (void)state;
    static const char *const trials[] = {"--trials", MANY};
    run_good(ARGS("run", "move.yaml", trials[0], trials[1], "--out", "whole", "--force", QUIET));
    for (unsigned way = 0; way < 4; way++) {
        remove_tree("killed");
        struct answer a =
            ask(USUAL, ARGS("run", "move.yaml", trials[0], trials[1], "--out", "killed", "--force",
                            "--checkpoint", "1ms", "--time-limit", "150ms", "--no-plot"));
        const char *rows = ".killed.unfinished/results/trials.csv";
        struct stat info;
        if (a.status == EXIT_INCOMPLETE && stat(rows, &info) == 0 && info.st_size > 9000) {
            if (way == 0)
                assert_int_equal(truncate(rows, info.st_size - 1), 0);
            if (way == 1)
                scribble(rows, 3000, "not what was written here");
            if (way == 2)
                assert_int_equal(truncate(rows, 0), 0);
            if (way == 3)
                assert_int_equal(unlink(rows), 0);
        }
        free_answer(&a);
        run_good(
            ARGS("run", "move.yaml", trials[0], trials[1], "--out", "killed", "--resume", QUIET));
        assert_same_all("whole", "killed");
        assert_tidy();
    }
}

static void a_full_disk_costs_nothing_that_was_done(void **state)
{
    (void)state;
    const struct start full = {.file_limit = 100000}; /* plan.json fits, trials.csv does not */
    run_good(ARGS("run", "move.yaml", "--trials", "1000", "--out", "whole", "--force", QUIET));
    remove_tree("killed");
    struct answer a =
        ask(&full, ARGS("run", "move.yaml", "--trials", "1000", "--out", "killed", "--no-plot"));
    assert_int_equal(a.status, EXIT_OUTPUT);
    assert_complaint(&a, "trials.csv: File too large; ");
    assert_complaint(&a, " trials are kept: when there is room, the same command with --resume");
    free_answer(&a);
    assert_false(there("killed"));
    assert_refused_by(
        &full,
        ARGS("run", "move.yaml", "--trials", "1000", "--out", "killed", "--resume", "--no-plot"),
        EXIT_OUTPUT, "trials.csv: File too large");
    run_good(ARGS("run", "move.yaml", "--trials", "1000", "--out", "killed", "--resume", QUIET));
    assert_same_all("whole", "killed");
    assert_tidy();
}

/* The goal is not reached at 4096 trials and would be at 6144, where the disk is full; only a look
 * may end it, at 8192. */
static void only_a_look_ends_precision(void **state)
{
    (void)state;
    if (SLOW_FLAVOUR)
        skip();
    static const char *const words[] = {"run",          "move.yaml", "--precision", "p90=0.55%",
                                        "--max-trials", "12000",     "--no-alarms", NULL};
    struct stat info;
    remove_tree("killed");
    run_good(line_of(words, "whole", ARGS(QUIET, "--force")).word);
    assert_int_equal(stat("whole/trials.csv", &info), 0);
    const struct start full = {.file_limit = (rlim_t)info.st_size * 3 / 4};
    assert_refused_by(&full, line_of(words, "killed", ARGS("--no-plot")).word, EXIT_OUTPUT,
                      " trials are kept: when there is room, the same command with --resume");
    run_good(line_of(words, "killed", ARGS(QUIET, "--resume")).word);
    assert_same_all("whole", "killed");
}

/* Of several scenarios those that are whole are left alone. */
static void what_is_there_already_is_left_alone(void **state)
{
    (void)state;
    struct stat before, after;
    run_good(ARGS("run", "move.yaml", "--trials", TRIALS, "--out", "two/move", QUIET));
    assert_int_equal(stat("two/move/trials.csv", &before), 0);
    char *said = good(ARGS("run", "move.yaml", "site.yaml", "--trials", TRIALS, "--out", "two",
                           "--resume", "--no-plot"));
    assert_non_null(strstr(said, "results: two/move/ (there already)\n"));
    assert_non_null(strstr(said, "results: two/site/\n"));
    free(said);
    assert_int_equal(stat("two/move/trials.csv", &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_refused_by(USUAL,
                      ARGS("run", "move.yaml", "--trials", TRIALS, "--seed", "2", "--out",
                           "two/move", "--resume"),
                      EXIT_INPUT,
                      "two/move exists, of another batch: seed is 2 here, 1 there; --force");
    run_good(ARGS("run", "move.yaml", "--trials", TRIALS, "--seed", "2", "--out", "two/move",
                  "--resume", "--force", QUIET));
}

/* Killed after the results were put in their place and before all that led to them was removed. */
static void whole_results_need_nothing_of_what_was_left(void **state)
{
    (void)state;
    leave_unfinished("left");
    assert_int_equal(rename(".left.unfinished", "aside"), 0);
    assert_true(remove_tree("aside/results"));
    run_good(ARGS("run", "move.yaml", "--trials", TRIALS, "--out", "late/move", QUIET));
    assert_int_equal(rename("aside", "late/.move.unfinished"), 0);
    char *said = good(ARGS("run", "move.yaml", "site.yaml", "--trials", TRIALS, "--out", "late",
                           "--resume", "--no-plot"));
    assert_non_null(strstr(said, "results: late/move/ (there already)\n"));
    assert_non_null(strstr(said, "results: late/site/\n"));
    free(said);
    assert_false(there("late/.move.unfinished"));
}

/* Killed while it made others that were to replace them. */
static void work_beside_whole_results_is_not_thrown_away(void **state)
{
    (void)state;
    static const char *const words[] = {"run", "move.yaml", "--trials", TRIALS, NULL};
    leave_unfinished("left");
    run_good(line_of(words, "beside", ARGS(QUIET)).word);
    assert_int_equal(rename(".left.unfinished", ".beside.unfinished"), 0);
    uint64_t before = tree_of(".beside.unfinished");
    assert_refused_by(USUAL, line_of(words, "beside", ARGS("--resume")).word, EXIT_INPUT,
                      "beside exists; --force replaces it");
    assert_true(tree_of(".beside.unfinished") == before);
    assert_int_equal(unlink(".beside.unfinished/plan.json"), 0); /* what is left is nothing */
    assert_true(remove_tree(".beside.unfinished/results"));
    int lock = open(".beside.unfinished/lock", O_RDWR);
    assert_true(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0);
    run_good(line_of(words, "beside", ARGS("--resume", QUIET)).word);
    assert_true(there(".beside.unfinished")); /* another process's */
    close(lock);
    run_good(line_of(words, "beside", ARGS("--resume", QUIET)).word);
    assert_false(there(".beside.unfinished"));
}

/* Stops it after the last trial, while false alarms are counted, and goes on. */
static void check_alarms(const char *const *words, const char *out, const char *alarms)
{
    struct command_line line = line_of(words, out, ARGS("--checkpoint", "1h", "--no-plot"));
    struct running r = begin(USUAL, line.word);
    for (int left = 20 * 500; !there(alarms); left--) {
        if (left == 0)
            fail_msg("there never was %s", alarms);
        sleep_ms(2);
    }
    kill(r.pid, SIGTERM);
    struct answer a = finish(&r);
    assert_int_equal(a.status, EXIT_INCOMPLETE);
    assert_complaint(&a, "; " TRIALS " trials are kept: the same command with --resume goes on");
    free_answer(&a);
    line = line_of(words, out, ARGS("--no-plot", "--resume"));
    char *said = good(line.word);
    assert_non_null(strstr(said, " " TRIALS " trials (" TRIALS " of them earlier)"));
    free(said);
}

static void trials_are_kept_while_alarms_are_counted(void **state)
{
    (void)state;
    check_alarms(ARGS("run", "move.yaml", "--trials", TRIALS, ALARMS), "rows",
                 ".rows.unfinished/results/alarms.csv");
    check_alarms(ARGS("run", "move.yaml", "--trials", TRIALS, ALARMS, "--rows", "none"), "counts",
                 ".counts.unfinished/results/alarms.csv");
    check_alarms(
        ARGS("run", "move.yaml", "--trials", TRIALS, ALARMS, "--rows", "none", "--shard", "1/1"),
        "part", ".part.1-of-1.unfinished/results/alarms.csv");
}

static void a_time_limit_is_kept(void **state)
{
    (void)state;
    struct answer a = ask(USUAL, ARGS("run", "move.yaml", "--trials", "100000000", "--out", "timed",
                                      "--time-limit", "300ms", "--no-plot"));
    assert_int_equal(a.status, EXIT_INCOMPLETE);
    assert_complaint(&a, "of 100000000 trials; ");
    free_answer(&a);
    assert_refused_by(USUAL, ARGS("run", "move.yaml", "--time-limit", "0s"), EXIT_INPUT,
                      "--time-limit '0s': want more than 0");
    assert_refused_by(USUAL, ARGS("run", "move.yaml", "--checkpoint", "5"), EXIT_INPUT,
                      "--checkpoint '5': '5' has no unit: a time with its unit is due");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_run_ends_with_the_same_bytes),
        cmocka_unit_test(a_killed_sweep_ends_with_the_same_bytes),
        cmocka_unit_test(killed_counts_end_with_the_same_bytes),
        cmocka_unit_test(precision_goes_on_at_the_same_looks),
        cmocka_unit_test(another_batch_is_refused),
        cmocka_unit_test(another_program_is_refused),
        cmocka_unit_test(two_at_once_are_refused),
        cmocka_unit_test(torn_blocks_are_done_again),
        cmocka_unit_test(a_full_disk_costs_nothing_that_was_done),
        cmocka_unit_test(only_a_look_ends_precision),
        cmocka_unit_test(what_is_there_already_is_left_alone),
        cmocka_unit_test(whole_results_need_nothing_of_what_was_left),
        cmocka_unit_test(work_beside_whole_results_is_not_thrown_away),
        cmocka_unit_test(trials_are_kept_while_alarms_are_counted),
        cmocka_unit_test(a_time_limit_is_kept),
    };
    return cmocka_run_group_tests(tests, enter_resume, leave_folder);
}
