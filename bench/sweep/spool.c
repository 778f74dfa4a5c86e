#include "spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

struct spool {
    const struct sweep *sweep;
    const struct run_options *options;
    const struct precision *precision;
    const struct stage *stage;
    struct sweep_done *done;
};

static char *path_of(const struct spool *spool, size_t arm)
{
    char name[40];
    snprintf(name, sizeof name, "arm-%zu.csv", arm);
    return path_join(spool->stage->partial, name);
}

static bool refuse(const char *path, struct error *error)
{
    return error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
}

/* Adds the trials from done->trials to n to one arm's file. */
static bool grow(struct spool *spool, size_t arm, uint64_t n, struct error *error)
{
    struct run_options own = *spool->options;
    struct run_report report;
    uint64_t before = spool->done->trials;
    own.arms = true;
    own.arm = (unsigned)arm;
    own.continues = before > 0;
    own.first += before;
    own.trials = n - before;
    char *path = path_of(spool, arm);
    FILE *out = fopen(path, "ae");
    bool good = out != NULL ? run_trials(spool->sweep->plan[arm], &own, out, &report, error)
                            : refuse(path, error);
    if (out != NULL && fclose(out) != 0 && good)
        good = refuse(path, error);
    if (good)
        spool->done->wall_s += report.wall_s;
    free(path);
    return good;
}

/* Judges one arm; the one that is furthest from its goals gives the text. */
static bool judge(struct spool *spool, size_t arm, double *furthest, struct error *error)
{
    struct precision_state state;
    struct sweep_done *done = spool->done;
    char *path = path_of(spool, arm);
    bool good = precision_look(spool->precision, path, &state, error);
    free(path);
    if (!good)
        return false;
    done->precise &= state.reached;
    if (arm == 0 || state.excess > *furthest) {
        *furthest = state.excess;
        snprintf(done->text, sizeof done->text, "%.400s (arm %zu)", state.text, arm);
    }
    return true;
}

static bool look(struct spool *spool, uint64_t n, struct error *error)
{
    size_t arms = spool->sweep->arms.n;
    double furthest = 0.0;
    for (size_t i = 0; i < arms; i++)
        if (!grow(spool, i, n, error))
            return false;
    spool->done->trials = n;
    spool->done->precise = true;
    for (size_t i = 0; i < arms; i++)
        if (!judge(spool, i, &furthest, error))
            return false;
    return true;
}

/* All of a file, without its first line unless it is the first. */
static bool append(FILE *out, FILE *in, bool first)
{
    char chunk[1 << 16];
    size_t n;
    int c = 0;
    while (!first && (c = getc(in)) != '\n' && c != EOF) {
    }
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0)
        if (fwrite(chunk, 1, n, out) != n)
            return false;
    return !ferror(in);
}

static bool join_arm(const struct spool *spool, size_t arm, FILE *out, struct error *error)
{
    char *path = path_of(spool, arm);
    FILE *in = fopen(path, "re");
    bool good = in != NULL && append(out, in, arm == 0);
    if (!good)
        refuse(path, error);
    if (in != NULL)
        fclose(in);
    if (unlink(path) != 0 && good)
        good = refuse(path, error);
    free(path);
    return good;
}

static bool join(const struct spool *spool, struct error *error)
{
    FILE *out = stage_file(spool->stage, "trials.csv", error);
    struct error close_error;
    bool good = out != NULL;
    if (out == NULL)
        return false;
    for (size_t i = 0; i < spool->sweep->arms.n && good; i++)
        good = join_arm(spool, i, out, error);
    bool closed = stage_close_file(out, "trials.csv", &close_error);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

bool spool_run(const struct sweep *sweep, const struct run_options *options,
               const struct precision *precision, const struct stage *stage,
               struct sweep_done *done, struct error *error)
{
    struct spool spool = {sweep, options, precision, stage, done};
    *done = (struct sweep_done){.trials = 0};
    for (unsigned k = 0; k < precision_looks(precision) && !done->precise; k++)
        if (!look(&spool, precision_trials(precision, k), error))
            return false;
    return join(&spool, error);
}
