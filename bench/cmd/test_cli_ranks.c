/* One batch in several processes that mpirun starts: the bytes are those of one process, and a rank
 * that dies or falls silent costs nothing that was done. Skipped unless built with `make MPI=1`. */
#include "testcli.h"

#include <dirent.h>
#include <time.h>

#define MPIRUN "/usr/bin/mpirun"
#define QUIET  "--no-plot", "--quiet"
#define MOVE   "run", "move.yaml", "--trials", "4001"
#define SLOW   "run", "slow.yaml", "--trials", "4000", "--no-alarms" /* seconds */
#define SWEEP  "sweep", "move.yaml", "--trials", "500", "--sweep", "node.a.load=0%,20%,40%"

static bool with_mpi;

static int enter_ranks(void **state)
{
    int bad = enter_cli(state);
    if (bad != 0)
        return bad;
    /* As root, on fewer processors than ranks, in a container. */
    static const char *const settings[][2] = {
        {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
        {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
        {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
        {"OMPI_MCA_hwloc_base_binding_policy", "none"},
        {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"},
        {"OMPI_MCA_plm_rsh_agent", ""},
    };
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        setenv(settings[i][0], settings[i][1], 1);
    write_file("move.yaml", "extends: site.yaml\nfailure: {kind: move}\n"
                            "per_trial:\n  link.lan.delay: uniform(1ms, 30ms)\n");
    write_file("slow.yaml", "extends: site.yaml\nclass:\n  pop3: {rate: 5/s}\n");
    char *version = good(ARGS("--version"));
    with_mpi = strstr(version, "with MPI") != NULL && there(MPIRUN);
    free(version);
    if (!with_mpi)
        print_message("# not built with MPI=1 (or no mpirun): skipped\n");
    return 0;
}

/* "mpirun -n RANKS ikebench ARGS" */
static struct running begin_ranks(const char *ranks, const char *const *args)
{
    static const struct start mpirun = {.program = MPIRUN};
    const char *line[36] = {"-n", ranks, program};
    for (size_t i = 0; args[i] != NULL; i++) {
        assert_true(i + 4 < COUNT_OF(line));
        line[3 + i] = args[i];
    }
    return begin(&mpirun, line);
}

static struct answer ask_ranks(const char *ranks, const char *const *args)
{
    struct running r = begin_ranks(ranks, args);
    return finish(&r);
}

static void run_ranks(const char *ranks, const char *const *args)
{
    struct answer a = ask_ranks(ranks, args);
    if (a.status != EXIT_DONE)
        fail_msg("exit status %d: %s", a.status, a.err);
    free_answer(&a);
}

static void assert_same_all(const char *a, const char *b)
{
    static const char *const names[] = {"trials.csv", "quantiles.csv", "alarms.csv",
                                        "arms.csv",   "summary.csv",   "manifest.json"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[2][PATH_MAX];
        snprintf(path[0], PATH_MAX, "%s/%s", a, names[i]);
        snprintf(path[1], PATH_MAX, "%s/%s", b, names[i]);
        assert_int_equal(there(path[0]), there(path[1]));
        if (there(path[0]))
            assert_same_file(a, b, names[i]);
    }
}

static void ranks_do_not_show(void **state)
{
    (void)state;
    if (!with_mpi)
        skip();
    static const char *const ranks[] = {"2", "3", "4"};
    run_good(ARGS(MOVE, "--out", "one", QUIET));
    run_good(ARGS(MOVE, "--rows", "none", "--out", "one-counts", QUIET));
    run_good(ARGS(SWEEP, "--out", "one-sweep", QUIET));
    for (size_t i = 0; i < COUNT_OF(ranks); i++) {
        run_ranks(ranks[i], ARGS(MOVE, "--out", "many", "--force", QUIET));
        assert_same_all("one", "many");
        run_ranks(ranks[i], ARGS(MOVE, "--rows", "none", "--out", "many-counts", "--force",
                                 "--jobs", "2", QUIET));
        assert_same_all("one-counts", "many-counts");
        run_ranks(ranks[i], ARGS(SWEEP, "--out", "many-sweep", "--force", QUIET));
        assert_same_all("one-sweep", "many-sweep");
    }
}

static void several_scenarios_and_precision(void **state)
{
    (void)state;
    if (!with_mpi)
        skip();
    static const char *const line[] = {"run",       "move.yaml",    "site.yaml", "--precision",
                                       "p90=3%",    "--max-trials", "3000",      "--no-plot",
                                       "--columns", "outage_ns",    NULL};
    const char *one[16], *many[16];
    for (size_t i = 0; i < COUNT_OF(line) - 1; i++)
        one[i] = many[i] = line[i];
    static const char *const out[2][3] = {{"--out", "two", NULL}, {"--out", "two-many", NULL}};
    memcpy(one + COUNT_OF(line) - 1, out[0], sizeof out[0]);
    memcpy(many + COUNT_OF(line) - 1, out[1], sizeof out[1]);
    run_good(one);
    run_ranks("3", many);
    assert_same_all("two/move", "two-many/move");
    assert_same_all("two/site", "two-many/site");
}

/* The process of one rank of a program that mpirun runs; 0: it is not there (yet). */
static pid_t process_of(const char *rank)
{
    DIR *stream = opendir("/proc");
    char want[64], here[PATH_MAX];
    pid_t found = 0;
    snprintf(want, sizeof want, "OMPI_COMM_WORLD_RANK=%s", rank);
    assert_true(stream != NULL && getcwd(here, sizeof here) != NULL);
    for (struct dirent *entry; found == 0 && (entry = readdir(stream)) != NULL;) {
        char path[300], cwd[PATH_MAX], *text = NULL;
        size_t size = 0;
        snprintf(path, sizeof path, "/proc/%s/cwd", entry->d_name);
        ssize_t length = readlink(path, cwd, sizeof cwd - 1);
        if (length < 0 || entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        cwd[length] = '\0';
        snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
        FILE *file = strcmp(cwd, here) == 0 ? fopen(path, "r") : NULL;
        while (file != NULL && getdelim(&text, &size, '\0', file) > 0)
            if (strcmp(text, want) == 0)
                found = (pid_t)strtol(entry->d_name, NULL, 10);
        if (file != NULL)
            fclose(file);
        free(text);
    }
    closedir(stream);
    return found;
}

static void wait_for_journal(const char *path)
{
    struct stat info = {.st_size = 0};
    for (int left = 20 * 500; info.st_size == 0; left--) {
        if (left == 0)
            fail_msg("%s never grew", path);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        if (stat(path, &info) != 0)
            info.st_size = 0;
    }
}

/* Sends a rank a signal in the middle of a batch. */
static struct answer disturb(const char *rank, int number)
{
    remove_tree("hurt");
    remove_tree(".hurt.unfinished");
    struct running r = begin_ranks(
        "3", ARGS(SLOW, "--out", "hurt", "--checkpoint", "1ms", QUIET, "--rank-timeout", "1s"));
    wait_for_journal(".hurt.unfinished/journal");
    pid_t victim = process_of(rank);
    assert_true(victim > 0 && kill(victim, number) == 0);
    if (number == SIGSTOP) { /* mpirun itself may wait for it forever */
        nanosleep(&(struct timespec){.tv_sec = 6}, NULL);
        kill(victim, SIGKILL);
    }
    return finish(&r);
}

/* Disturbs one rank, and goes on. */
static void check_disturbance(const char *rank, int number, const char *words)
{
    struct answer a = disturb(rank, number);
    for (int again = 0; again < 3 && there("hurt"); again++) { /* it was too late */
        free_answer(&a);
        a = disturb(rank, number);
    }
    if (a.status == EXIT_DONE || strstr(a.err, words) == NULL)
        fail_msg("signal %d to rank %s: exit status %d: want '%s', got %s", number, rank, a.status,
                 words, a.err);
    free_answer(&a);
    assert_false(there("hurt"));
    run_ranks("2", ARGS(SLOW, "--out", "hurt", "--resume", QUIET));
    assert_same_all("unhurt", "hurt");
}

static void a_rank_that_dies_costs_nothing_that_was_done(void **state)
{
    (void)state;
    if (!with_mpi)
        skip();
    run_good(ARGS(SLOW, "--out", "unhurt", QUIET));
    /* mpirun ends the others, who keep what they can. */
    check_disturbance("2", SIGKILL, "exited on signal 9");
    check_disturbance("0", SIGKILL, "exited on signal 9");
    check_disturbance("0", SIGTERM, " trials are kept: the same command with --resume goes on");
}

static void a_rank_that_falls_silent_is_named(void **state)
{
    (void)state;
    if (!with_mpi)
        skip();
    check_disturbance("1", SIGSTOP, "ikebench: rank 1 on ");
}

/* Rank 0 that stands still longer than the others may be silent hears none meanwhile. */
static void standing_still_is_not_the_others_silence(void **state)
{
    (void)state;
    if (!with_mpi)
        skip();
    remove_tree("still");
    run_good(ARGS(SLOW, "--out", "moving", QUIET));
    struct running r = begin_ranks(
        "3", ARGS(SLOW, "--out", "still", "--checkpoint", "1ms", QUIET, "--rank-timeout", "2s"));
    wait_for_journal(".still.unfinished/journal");
    pid_t first = process_of("0");
    assert_true(first > 0 && kill(first, SIGSTOP) == 0);
    nanosleep(&(struct timespec){.tv_sec = 3}, NULL);
    assert_int_equal(kill(first, SIGCONT), 0);
    struct answer a = finish(&r);
    if (a.status != EXIT_DONE)
        fail_msg("exit status %d: %s", a.status, a.err);
    free_answer(&a);
    assert_same_all("moving", "still");
}

static void mistakes_are_told_once(void **state)
{
    (void)state;
    if (!with_mpi)
        skip();
    static const struct {
        const char *args[8], *words;
    } cases[] = {
        {{"run", "move.yaml", "--trials", "x"}, "ikebench: --trials 'x': want a whole number"},
        {{"run", "nothing.yaml"}, "ikebench: cannot read 'nothing.yaml'"},
        {{"run", "move.yaml", "--out", "one"}, "ikebench: one exists; --force replaces it"},
        {{"sweep", "move.yaml"}, "ikebench: "},
        {{"run", "move.yaml", "--fast"}, "ikebench: 'ikebench run --help' lists its options"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct answer a = ask_ranks("3", cases[i].args);
        const char *first = strstr(a.err, cases[i].words);
        if (a.status != EXIT_INPUT || first == NULL || strstr(first + 1, "ikebench: ") != NULL)
            fail_msg("case %zu: exit status %d: %s", i, a.status, a.err);
        free_answer(&a);
    }
    struct answer a = ask_ranks("2", ARGS("run", "--help"));
    const char *usage = strstr(a.out, "usage: ikebench run");
    assert_true(a.status == EXIT_DONE && usage != NULL && strstr(usage + 1, "usage:") == NULL);
    free_answer(&a);
}

/* Parts by rank need no MPI in the program. */
static void ranks_can_be_parts(void **state)
{
    (void)state;
    if (!there(MPIRUN))
        skip();
    run_good(ARGS(MOVE, "--out", "whole", "--force", QUIET));
    run_ranks("3", ARGS(MOVE, "--out", "apart", "--shard", "auto", "--quiet"));
    run_good(ARGS("merge", "apart.1-of-3", "apart.2-of-3", "apart.3-of-3", QUIET));
    assert_same_all("whole", "apart");
}

/* Four of a program without MPI must not all do the same. */
static void without_mpi_it_says_so(void **state)
{
    (void)state;
    if (with_mpi)
        skip();
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    struct answer a = ask(USUAL, ARGS("run", "move.yaml", "--out", "no", "--trials", "2"));
    assert_int_equal(a.status, EXIT_INPUT);
    assert_string_equal(a.err, ""); /* rank 0 tells it */
    free_answer(&a);
    setenv("OMPI_COMM_WORLD_RANK", "0", 1);
    assert_refused_by(USUAL, ARGS("run", "move.yaml", "--out", "no", "--trials", "2"), EXIT_INPUT,
                      "4 of these were started together, but this program was built without MPI: "
                      "build it with 'make MPI=1', or give each a part with --shard auto");
    unsetenv("OMPI_COMM_WORLD_RANK");
    unsetenv("OMPI_COMM_WORLD_SIZE");
    assert_false(there("no"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_do_not_show),
        cmocka_unit_test(several_scenarios_and_precision),
        cmocka_unit_test(a_rank_that_dies_costs_nothing_that_was_done),
        cmocka_unit_test(a_rank_that_falls_silent_is_named),
        cmocka_unit_test(standing_still_is_not_the_others_silence),
        cmocka_unit_test(mistakes_are_told_once),
        cmocka_unit_test(ranks_can_be_parts),
        cmocka_unit_test(without_mpi_it_says_so),
    };
    return cmocka_run_group_tests(tests, enter_ranks, leave_folder);
}
