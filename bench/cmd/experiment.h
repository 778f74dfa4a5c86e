/* What `run` and `sweep` are told alike: how many trials, whose luck, where results go.
 * Separate so that an option means the same to both, and is read, checked and explained once. */
#ifndef BENCH_CMD_EXPERIMENT_H
#define BENCH_CMD_EXPERIMENT_H

#include <getopt.h>

#include "../out/manifest.h"
#include "../run/precision.h"
#include "../run/shard.h"
#include "cmd.h"

struct experiment {
    struct run_options run;
    struct cmd_sets sets;
    const char *out, *columns;
    bool force, resume, plot, quiet, asks_help;
    bool trials_given, max_given;
    double checkpoint_s, limit_s;
    struct precision precision;
    char *precision_text;               /* NULL: no goals */
    struct shard shard;                 /* run.first and run.trials are its own then */
    uint64_t whole_first, whole_trials; /* those of all parts */
    unsigned rank, ranks;               /* of processes started together */
    double rank_timeout_s;
    bool serves; /* all of them have begun to work */
    char build[DIGEST_SIZE], shard_text[SHARD_TEXT_MAX];
};

/* X(name in C, as written, takes an argument) */
#define EXPERIMENT_OPTIONS(X)                                                                      \
    X(TRIALS, "trials", required_argument)                                                         \
    X(PRECISION, "precision", required_argument)                                                   \
    X(MAX_TRIALS, "max-trials", required_argument)                                                 \
    X(FIRST, "first", required_argument)                                                           \
    X(SEED, "seed", required_argument)                                                             \
    X(JOBS, "jobs", required_argument)                                                             \
    X(SET, "set", required_argument)                                                               \
    X(OUT, "out", required_argument)                                                               \
    X(FORCE, "force", no_argument)                                                                 \
    X(RESUME, "resume", no_argument)                                                               \
    X(CHECKPOINT, "checkpoint", required_argument)                                                 \
    X(TIME_LIMIT, "time-limit", required_argument)                                                 \
    X(COLUMNS, "columns", required_argument)                                                       \
    X(ROWS, "rows", required_argument)                                                             \
    X(SHARD, "shard", required_argument)                                                           \
    X(RANK_TIMEOUT, "rank-timeout", required_argument)                                             \
    X(NO_ALARMS, "no-alarms", no_argument)                                                         \
    X(NO_PLOT, "no-plot", no_argument)                                                             \
    X(QUIET, "quiet", no_argument)                                                                 \
    X(HELP, "help", no_argument)

/* A command's own options are numbered above. */
enum {
    EXPERIMENT_OPTION_FIRST = 256,
#define X(name, text, argument) OPT_##name,
    EXPERIMENT_OPTIONS(X)
#undef X
        EXPERIMENT_OPTION_END
};

/* Their rows in a command's table for getopt_long. */
#define EXPERIMENT_OPTION_ROW(name, text, argument) {text, argument, NULL, OPT_##name},

/* Their lines in a command's help. */
extern const char experiment_help[];

void experiment_init(struct experiment *e);
void experiment_fini(struct experiment *e);

/* Takes one of EXPERIMENT_OPTIONS. */
bool experiment_option(struct experiment *e, int option, struct error *error);

/* After the last option: do they go together? */
bool experiment_check(struct experiment *e, struct error *error);

/* What the manifest says of the experiment beside its plans. */
struct manifest_run experiment_about(const struct experiment *e, const struct columns *columns);

/* How its results are made; `plan` as in output.h. */
struct output_options experiment_output(const struct experiment *e, const struct columns *columns,
                                        output_plan_fn *plan, const void *context);

/* The columns of the trials of a plan. EXIT_INPUT: there are none such, or one that is needed is
 * not among them. */
bool experiment_columns(const struct experiment *e, const struct plan *plan,
                        struct columns *columns, struct error *error);

/* The folder of results that would be `dir` without --shard, to be freed. */
char *experiment_dir(const struct experiment *e, const char *dir);

/* Is it this part's task to count false alarms, and beside how many trials? */
bool experiment_alarms(const struct experiment *e, uint64_t *trials);

/* What to do with a part, to follow "results: DIR/"; "" for a whole. */
const char *experiment_hint(const struct experiment *e);

/* The manifest of the results with so many trials, to be freed. */
typedef char *experiment_manifest_fn(const void *context, uint64_t trials);

/* May results go to DIR? *done: they are there already, of the same `manifest` (when the number of
 * trials is to be found out, of a manifest with as many as there are). EXIT_INPUT: no. */
bool experiment_place(const struct experiment *e, const char *dir, experiment_manifest_fn *manifest,
                      const void *context, bool *done, struct error *error);

/* Right before the work: signals and the progress line. */
void experiment_begin(struct experiment *e);

#endif
