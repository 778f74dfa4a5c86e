#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/check.h"

#include "../base/share.h"
#include "../out/stage.h"

#define TIME_LIMIT_MS 60000

static char *find_script(const char *script)
{
    char *in_tree = path_join("scripts/plot", script);
    char *installed = path_join("plot", script);
    char *found = share_find(in_tree, installed);
    free(in_tree);
    free(installed);
    return found;
}

/* Starts gnuplot with standard input from nowhere, output to nowhere and errors to `errors`. */
static int start(char *const argv[], const char *cwd, int errors, pid_t *pid)
{
    char path[PATH_MAX + 8];
    const char *search = getenv("PATH");
    snprintf(path, sizeof path, "PATH=%s", search ? search : "/usr/bin:/bin");
    char locale[] = "LC_ALL=C.UTF-8";
    char *environment[] = {path, locale, NULL};

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGXFSZ); /* it does not tell all writes that fail */
    CHECK(posix_spawn_file_actions_init(&files) == 0);
    CHECK(posix_spawnattr_init(&attributes) == 0);
    CHECK(posix_spawn_file_actions_addchdir_np(&files, cwd) == 0);
    CHECK(posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0) == 0);
    CHECK(posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&files, errors, 2) == 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int status = posix_spawnp(pid, argv[0], &files, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return status;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Keeps the first bytes of what is complained until the pipe closes. False: out of time. */
static bool listen_to(int fd, char *text, size_t size)
{
    size_t length = 0;
    char chunk[4096];
    long end = now_ms() + TIME_LIMIT_MS;
    for (;;) {
        long left = end - now_ms();
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t n = ready > 0 ? read(fd, chunk, sizeof chunk) : -1;
        if (n <= 0) {
            text[length] = '\0';
            return n == 0;
        }
        size_t keep = (size_t)n < size - 1 - length ? (size_t)n : size - 1 - length;
        memcpy(text + length, chunk, keep);
        length += keep;
    }
}

/* The last line that matters: gnuplot shows the place first and the reason last. fontconfig
 * complains where a system account has no place for its cache: the picture is right all the same.
 */
static char *complaint(char *text)
{
    char *place = NULL, *last = NULL;
    for (char *line = strtok_r(text, "\n", &place); line; line = strtok_r(NULL, "\n", &place)) {
        line += strspn(line, " \t^\r");
        if (*line && strncmp(line, "Fontconfig ", 11) != 0)
            last = line;
    }
    return last;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

/* A gnuplot that draws. */
struct running {
    const char *script;
    pid_t pid;
    int fd; /* what it complains */
};

static bool refuse_start(int failure, struct error *error)
{
    if (failure == ENOENT)
        return error_set(error, EXIT_OUTPUT,
                         "gnuplot is not installed: results are complete, pictures are not "
                         "(install gnuplot-nox, then: ikebench plot DIR)");
    return error_set(error, EXIT_OUTPUT, "gnuplot: %s", strerror(failure));
}

static bool launch(char *const argv[], const char *script, const char *cwd, struct running *running,
                   struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, EXIT_OUTPUT, "gnuplot: %s", strerror(errno));
    *running = (struct running){.script = script, .fd = ends[0]};
    int failure = start(argv, cwd, ends[1], &running->pid);
    close(ends[1]);
    if (failure == 0)
        return true;
    close(ends[0]);
    return refuse_start(failure, error);
}

static bool finish(const struct running *running, struct error *error)
{
    char text[4096];
    bool in_time = listen_to(running->fd, text, sizeof text);
    close(running->fd);
    if (!in_time)
        kill(running->pid, SIGKILL);
    int status = wait_for(running->pid);
    if (!in_time)
        return error_set(error, EXIT_OUTPUT, "gnuplot: %s took longer than %d s", running->script,
                         TIME_LIMIT_MS / 1000);
    const char *said = complaint(text);
    if (said || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(error, EXIT_OUTPUT, "gnuplot: %s: %s", running->script,
                         said ? said : "failed");
    return true;
}

/* `base = "against-1"`: the only text of ours that gnuplot executes. */
static void set_base(char text[64], const char *base)
{
    CHECK(strspn(base, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(base));
    CHECK(snprintf(text, 64, "base = \"%s\"", base) < 64);
}

static bool launch_job(const struct gnuplot_job *job, const char *cwd, struct running *running,
                       struct error *error)
{
    char program[] = "gnuplot", no_startup[] = "-d", execute[] = "-e", base[64];
    char *common = find_script("common.gp"), *own = find_script(job->script);
    char *with_base[] = {program, no_startup, common, execute, base, own, NULL};
    char *without[] = {program, no_startup, common, own, NULL};
    if (job->base)
        set_base(base, job->base);
    bool good = common && own
                    ? launch(job->base ? with_base : without, job->script, cwd, running, error)
                    : error_set(error, EXIT_OUTPUT,
                                "the gnuplot script %s is not installed (set IKEBENCH_SHARE)",
                                common ? job->script : "common.gp");
    free(common);
    free(own);
    return good;
}

bool gnuplot_run_all(const struct gnuplot_job *job, size_t n, const char *cwd, struct error *error)
{
    struct running *running = calloc(n + 1, sizeof *running);
    CHECK(running);
    size_t started = 0;
    bool good = true;
    while (good && started < n) {
        good = launch_job(&job[started], cwd, &running[started], error);
        started += good;
    }
    for (size_t i = 0; i < started; i++) { /* also after a failure: each has to be waited for */
        struct error own;
        if (!finish(&running[i], &own) && good) {
            *error = own;
            good = false;
        }
    }
    free(running);
    return good;
}

bool gnuplot_run(const char *script, const char *cwd, struct error *error)
{
    return gnuplot_run_all(&(struct gnuplot_job){script, NULL}, 1, cwd, error);
}
