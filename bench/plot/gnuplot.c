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

static bool run(char *const argv[], const char *script, const char *cwd, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, EXIT_OUTPUT, "gnuplot: %s", strerror(errno));
    pid_t pid;
    int failure = start(argv, cwd, ends[1], &pid);
    close(ends[1]);
    if (failure != 0) {
        close(ends[0]);
        if (failure == ENOENT)
            return error_set(error, EXIT_OUTPUT,
                             "gnuplot is not installed: results are complete, pictures are not "
                             "(install gnuplot-nox, then: ikebench plot DIR)");
        return error_set(error, EXIT_OUTPUT, "gnuplot: %s", strerror(failure));
    }
    char text[4096];
    bool in_time = listen_to(ends[0], text, sizeof text);
    close(ends[0]);
    if (!in_time)
        kill(pid, SIGKILL);
    int status = wait_for(pid);
    if (!in_time)
        return error_set(error, EXIT_OUTPUT, "gnuplot: %s took longer than %d s", script,
                         TIME_LIMIT_MS / 1000);
    const char *said = complaint(text);
    if (said || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(error, EXIT_OUTPUT, "gnuplot: %s: %s", script, said ? said : "failed");
    return true;
}

bool gnuplot_run(const char *script, const char *cwd, struct error *error)
{
    char program[] = "gnuplot", no_startup[] = "-d";
    char *common = find_script("common.gp"), *own = find_script(script);
    char *argv[] = {program, no_startup, common, own, NULL};
    bool good = common && own
                    ? run(argv, script, cwd, error)
                    : error_set(error, EXIT_OUTPUT,
                                "the gnuplot script %s is not installed (set IKEBENCH_SHARE)",
                                common ? script : "common.gp");
    free(common);
    free(own);
    return good;
}
