#include "peer.h"

#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/check.h"

#include "../base/share.h"

extern char **environ;

/* A model of the script, and the mean that tells whether it is the same model: the published one of
 * the trial (bench/speed/retransmission.h), 1 / (1 - r) s of M/M/1 at r = 1/2. */
static const struct model {
    const char *name, *own, *unit;
    uint32_t n;
    double mean, tolerance; /* the latter for n = 1 */
} models[] = {
    {"retransmission", "retransmission trial", "trial", 5000, 0.6455, 6.0},
    {"mm1", "M/M/1", "customer", 50000, 2.0, 40.0},
};

struct peer {
    const struct model *model;
    char *script;
    const char *python;
    uint32_t n;
};

/* Runs the script and keeps what it prints. */
static bool ask(const char *python, const char *script, const char *what, const char *n, char *text,
                size_t size)
{
    int ends[2];
    pid_t pid;
    size_t length = 0;
    ssize_t got;
    char *const argv[] = {(char *)python, (char *)script, (char *)what, (char *)n, NULL};
    if (pipe(ends) != 0)
        return false;
    posix_spawn_file_actions_t files;
    CHECK(posix_spawn_file_actions_init(&files) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&files, ends[1], 1) == 0);
    CHECK(posix_spawn_file_actions_addclose(&files, ends[0]) == 0);
    CHECK(posix_spawn_file_actions_addopen(&files, 2, "/dev/null", 1, 0) == 0);
    bool started = posix_spawnp(&pid, python, &files, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    while (started && (got = read(ends[0], text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(ends[0]);
    int status = 1;
    return started && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool peer_run(void *context, struct round *round, struct error *error)
{
    const struct peer *peer = context;
    const struct model *model = peer->model;
    char text[256], n[16];
    double seconds, events, mean;
    snprintf(n, sizeof n, "%u", peer->n);
    if (!ask(peer->python, peer->script, model->name, n, text, sizeof text) ||
        sscanf(text, "%lf %lf %*u %lf", &seconds, &events, &mean) != 3)
        return error_set(error, EXIT_INTERNAL, "%s %s: failed", peer->script, model->name);
    if (!(fabs(mean - model->mean) < model->tolerance / sqrt(peer->n)))
        return error_set(error, EXIT_INTERNAL, "%s %s: a mean of %g, not %g: another model",
                         peer->script, model->name, mean, model->mean);
    round->ns = seconds * 1e9;
    round->count[0] = events;
    round->count[1] = peer->n;
    return true;
}

static void peer_free(void *context)
{
    struct peer *peer = context;
    free(peer->script);
    free(peer);
}

static void add(struct measures *measures, const struct model *model, const char *python,
                const char *script)
{
    struct peer *peer = calloc(1, sizeof *peer);
    CHECK(peer != NULL);
    *peer = (struct peer){.model = model,
                          .python = python,
                          .script = strdup(script),
                          .n = measures_times(measures, model->n)};
    CHECK(peer->script != NULL);
    struct measure m = {.n = peer->n,
                        .unit = {"event", model->unit},
                        .run = peer_run,
                        .free = peer_free,
                        .context = peer};
    snprintf(m.name, sizeof m.name, "%s: %s", measures->peer, model->own);
    measures_add(measures, &m);
}

/* Debian's Python has Debian's SimPy; else the first one in the PATH may have one. */
void peer_measures(struct measures *measures)
{
    static const char *const pythons[] = {"/usr/bin/python3", "python3"};
    char text[64], version[32];
    char *script = share_find("scripts/speed-simpy.py", "speed-simpy.py");
    for (size_t i = 0; script != NULL && measures->peer[0] == '\0' && i < COUNT_OF(pythons); i++) {
        if (!ask(pythons[i], script, "version", NULL, text, sizeof text) ||
            sscanf(text, "%31s", version) != 1)
            continue;
        snprintf(measures->peer, sizeof measures->peer, "SimPy %s", version);
        for (size_t m = 0; m < COUNT_OF(models); m++)
            add(measures, &models[m], pythons[i], script);
    }
    free(script);
}

/* The measure of this name; NULL when it was not wanted. */
static const struct measure *find(const struct measures *measures, const char *name)
{
    for (size_t i = 0; i < measures->n; i++)
        if (strcmp(measures->item[i].name, name) == 0)
            return &measures->item[i];
    return NULL;
}

void peer_print(const struct measures *measures, FILE *out)
{
    if (measures->peer[0] == '\0') {
        fputs("SimPy is not installed (Debian: python3-simpy3): not compared with it\n", out);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        char name[128];
        snprintf(name, sizeof name, "%s: %s", measures->peer, models[i].own);
        const struct measure *peer = find(measures, name), *own = find(measures, models[i].own);
        if (peer != NULL && own != NULL)
            fprintf(out, "%s: %.0f times as many %ss a second as %s\n", models[i].own,
                    peer->y[1] / own->y[1], models[i].unit, measures->peer);
    }
}
