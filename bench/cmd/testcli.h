/* Tests of the whole program: it is started as a user would, in a folder of its own.
 * Separate because two files of tests share it. No shell anywhere: arguments arrive as they are. */
#ifndef BENCH_CMD_TESTCLI_H
#define BENCH_CMD_TESTCLI_H

#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../out/stage.h"
#include "../scenario/testsite.h"

/* Slow flavours simulate fewer trials (still more than two blocks of the runner) and requests.
 * LOAD stands in command lines; seed 1 is what they have anyway. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || defined IKEBENCH_COVERAGE
#define SLOW_FLAVOUR 1
#define TRIALS       "150"
#define FRONT_ENDS   "300"
#define CLIENTS      "200"
#define LOAD         "--set", "per_trial.class.http.rate=loguniform(0.05/s, 1/s)"
#define HEAVY_RATE   "20/s"
#else
#define SLOW_FLAVOUR 0
#define TRIALS       "300"
#define FRONT_ENDS   "10000" /* the most there may be */
#define CLIENTS      "2000"
#define LOAD         "--seed", "1"
#define HEAVY_RATE   "100/s"
#endif

#define GIVE_UP_S 300 /* a run that takes longer hangs */

static char program[PATH_MAX]; /* $IKEBENCH */
static char shipped[PATH_MAX]; /* the folder of the KB's scenarios */

/* What is unusual about a start; zero: nothing. */
struct start {
    const char *out;     /* file that standard output goes to; NULL: it is captured */
    bool closed;         /* standard output is closed */
    rlim_t file_limit;   /* largest file in bytes; 0: no limit */
    const char *path;    /* $PATH; NULL: ours */
    const char *program; /* another one; NULL: ours */
};

struct answer {
    int status; /* of exit; 128 + number for a signal */
    char *out, *err;
    long rss_kib; /* most memory it ever had */
};

struct running {
    pid_t pid;
    FILE *out, *err;
};

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define USUAL     (&(struct start){0})

static inline void become(const struct start *start, const struct running *r, char *const *argv)
{
    struct rlimit limit = {start->file_limit, start->file_limit};
    alarm(GIVE_UP_S);
    signal(SIGINT, SIG_DFL); /* a shell's background jobs ignore it, */
    signal(SIGHUP, SIG_DFL); /* nohup's this one */
    signal(SIGTERM, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (start->out != NULL && freopen(start->out, "w", r->out) == NULL)
        _exit(126);
    if (dup2(fileno(r->out), 1) < 0 || dup2(fileno(r->err), 2) < 0)
        _exit(126);
    if (start->closed)
        close(1);
    if (start->path != NULL)
        setenv("PATH", start->path, 1);
    if (limit.rlim_cur > 0) {
        /* A build for coverage writes files of its own at the end, for which there is no room: it
         * would complain of that, too, and leave them broken. Here they harm nobody. */
        setenv("GCOV_PREFIX", "gcov", 1);
        setenv("GCOV_ERROR_FILE", "/dev/null", 1);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(126);
    }
    execv(start->program != NULL ? start->program : program, argv);
    _exit(127);
}

static inline struct running begin(const struct start *start, const char *const *args)
{
    const char *argv[40] = {start->program != NULL ? start->program : "ikebench"};
    for (size_t i = 0; args[i] != NULL; i++) {
        assert_true(i + 2 < COUNT_OF(argv));
        argv[i + 1] = args[i];
    }
    struct running r = {.out = tmpfile(), .err = tmpfile()};
    assert_true(r.out != NULL && r.err != NULL);
    r.pid = fork();
    assert_true(r.pid >= 0);
    if (r.pid == 0)
        become(start, &r, (char *const *)(uintptr_t)argv);
    return r;
}

/* All of a stream, from its start; closes it. The text is to be freed. */
static inline char *take_text(FILE *stream)
{
    char *text = NULL;
    size_t size = 0, n;
    char chunk[4096];
    FILE *memory = open_memstream(&text, &size);
    assert_true(stream != NULL && memory != NULL);
    rewind(stream);
    while ((n = fread(chunk, 1, sizeof chunk, stream)) > 0)
        fwrite(chunk, 1, n, memory);
    fclose(stream);
    fclose(memory);
    return text;
}

static inline struct answer finish(struct running *r)
{
    int status;
    struct rusage usage;
    struct answer a = {.status = -1};
    assert_true(wait4(r->pid, &status, 0, &usage) == r->pid);
    a.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    a.rss_kib = usage.ru_maxrss;
    a.out = take_text(r->out);
    a.err = take_text(r->err);
    return a;
}

static inline struct answer ask(const struct start *start, const char *const *args)
{
    struct running r = begin(start, args);
    return finish(&r);
}

static inline void free_answer(struct answer *a)
{
    free(a->out);
    free(a->err);
}

static inline void print_args(const char *const *args)
{
    for (; *args != NULL; args++)
        print_error("'%s' ", *args);
    print_error("\n");
}

/* Fails unless it ends with exit status 0 and complains of nothing. Returns what it printed. */
static inline char *good(const char *const *args)
{
    struct answer a = ask(USUAL, args);
    if (a.status != EXIT_DONE || *a.err != '\0') {
        print_args(args);
        fail_msg("exit status %d: %s", a.status, a.err);
    }
    free(a.err);
    return a.out;
}

static inline void run_good(const char *const *args)
{
    free(good(args));
}

/* One line "ikebench: ..." with `words` in it, and none but getopt's beside it. */
static inline void assert_complaint(const struct answer *a, const char *words)
{
    unsigned ours = 0, others = 0;
    for (const char *line = a->err; *line != '\0'; line = strchr(line, '\n') + 1) {
        bool getopt = strncmp(line, "run: ", 5) == 0 || strncmp(line, "trace: ", 7) == 0;
        ours += strncmp(line, "ikebench: ", 10) == 0;
        others += strncmp(line, "ikebench: ", 10) != 0 && !getopt;
        if (strchr(line, '\n') == NULL)
            fail_msg("a line without an end: %s", a->err);
    }
    if (ours != 1 || others != 0 || strstr(a->err, words) == NULL)
        fail_msg("want one line with '%s', got: %s", words, a->err);
}

static inline void assert_refused_by(const struct start *start, const char *const *args,
                                     int exit_status, const char *words)
{
    struct answer a = ask(start, args);
    if (a.status != exit_status) {
        print_args(args);
        fail_msg("exit status %d, want %d: %s", a.status, exit_status, a.err);
    }
    assert_complaint(&a, words);
    free_answer(&a);
}

static inline char *read_text(const char *path)
{
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        fail_msg("%s cannot be read", path);
    return take_text(stream);
}

static inline void assert_same_file(const char *folder_a, const char *folder_b, const char *name)
{
    char a[PATH_MAX], b[PATH_MAX];
    snprintf(a, sizeof a, "%s/%s", folder_a, name);
    snprintf(b, sizeof b, "%s/%s", folder_b, name);
    char *text_a = read_text(a), *text_b = read_text(b);
    if (*text_a == '\0' || strcmp(text_a, text_b) != 0)
        fail_msg("%s and %s differ", a, b);
    free(text_a);
    free(text_b);
}

static inline void assert_same_results(const char *a, const char *b)
{
    assert_same_file(a, b, "trials.csv");
    assert_same_file(a, b, "summary.csv");
    assert_same_file(a, b, "manifest.json");
}

static uint64_t tree_sum;

static inline int add_to_sum(const char *path, const struct stat *info, int type, struct FTW *place)
{
    uint64_t hash = 14695981039346656037u ^ (uint64_t)(type == FTW_F ? info->st_size : 0);
    (void)place;
    for (; *path != '\0'; path++)
        hash = (hash ^ (unsigned char)*path) * 1099511628211u;
    tree_sum += hash;
    return 0;
}

/* Differs when a file or folder came, went or changed its size. */
static inline uint64_t tree_of(const char *folder)
{
    tree_sum = 0;
    assert_int_equal(nftw(folder, add_to_sum, 16, FTW_PHYS), 0);
    return tree_sum;
}

static inline bool there(const char *path)
{
    return access(path, F_OK) == 0;
}

static inline bool gnuplot_is_missing(void)
{
    return !there("/usr/bin/gnuplot") && !there("/usr/local/bin/gnuplot");
}

/* The group's set-up: finds the program and enters an empty folder with site.yaml in it. */
static inline int enter_cli(void **state)
{
    const char *built = getenv("IKEBENCH");
    if (built == NULL || realpath(built, program) == NULL) {
        print_error("IKEBENCH must be the path of the program under test\n");
        return -1;
    }
    if (realpath("bench/scenarios/kb821839", shipped) == NULL) {
        print_error("to be run where the source tree begins\n");
        return -1;
    }
    return enter_folder(state);
}

#endif
