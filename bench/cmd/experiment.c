#include "experiment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../out/manifest_compare.h"
#include "../out/unfinished.h"
#include "../run/ranks.h"
#include "../scenario/quantity.h"

static const uint64_t trial_end = UINT64_C(1) << LUCK_TRIAL_BITS;

const char experiment_help[] =
    "  --trials N       how many trials (of each arm; default 10000)\n"
    "  --precision G    instead of --trials: as many as it takes, looking at 1024, 2048, ... "
    "trials, e.g.\n"
    "                   p99=2% (half the 95 % interval of the outage's p99 is at most 2 % of it; "
    "of every\n"
    "                   arm's); may be repeated\n"
    "  --max-trials N   with --precision: at most so many (default 1048576)\n"
    "  --first K        number of the first one (default 0); trial K is the same in every run\n"
    "  --seed S         seed, 0 to 2^64-1 (default 1)\n"
    "  --jobs J         threads (default: all cores); the results do not depend on it\n"
    "  --set KEY=VALUE  overrides a key of the scenario, e.g. --set "
    "stack.windows2003.nlbs_flags=1;\n"
    "                   may be repeated; 'ikebench list params' lists the keys\n"
    "  --out DIR        results go to DIR\n"
    "  --force          replace results that are there already\n"
    "  --resume         go on with what an earlier, stopped process of the same command has done; "
    "what is\n"
    "                   whole already is left as it is\n"
    "  --checkpoint T   how often what is done is made to outlast a crash (default 1s)\n"
    "  --time-limit T   stop after so long with exit status 4; --resume goes on\n"
    "  --columns A,B    only these columns in trials.csv (always trial, status, system)\n"
    "  --rows none      no trials.csv: quantiles.csv instead, exact counts in bounded memory\n"
    "  --no-alarms      do not also count false alarms: the same tuning while nothing fails, for "
    "at most\n"
    "                   a day in all (15 minutes for ten trials), under stated loss and stalls "
    "(keys alarm.*)\n"
    "  --shard I/N      only part I of N of the trials, into DIR.I-of-N; 'ikebench merge' makes "
    "one "
    "of all.\n"
    "                   auto: who is who is read from SLURM_ARRAY_TASK_*, mpirun's or srun's "
    "variables\n"
    "  --rank-timeout T  started by mpirun (make MPI=1): how long another process may be silent "
    "(30s)\n"
    "  --no-plot        no pictures\n"
    "  --quiet          print nothing but errors\n";

void experiment_init(struct experiment *e)
{
    *e = (struct experiment){
        .run = {.seed = 1, .trials = 10000, .jobs = cmd_all_cores(), .alarms = true},
        .plot = true,
        .checkpoint_s = 1.0,
        .rank_timeout_s = 30.0,
        .precision = {.max_trials = 1 << 20}};
    e->ranks = ranks_started(&e->rank);
    opterr = e->rank == 0; /* a mistake is told once */
}

void experiment_fini(struct experiment *e)
{
    free(e->sets.text);
    free(e->precision_text);
}

static bool take_jobs(struct run_options *o, struct error *error)
{
    uint64_t jobs;
    if (!cmd_number("--jobs", optarg, 1, 1024, &jobs, error))
        return false;
    o->jobs = (unsigned)jobs;
    return true;
}

static bool take_time(const char *option, double *seconds, struct error *error)
{
    struct quantity time;
    struct error why;
    if (!quantity_parse(&time, TYPE_TIME, optarg, &why))
        return error_set(error, EXIT_INPUT, "%s '%.100s': %.400s", option, optarg, why.text);
    *seconds = (double)time.whole * 1e-9;
    return *seconds > 0.0 ||
           error_set(error, EXIT_INPUT, "%s '%.100s': want more than 0", option, optarg);
}

bool experiment_option(struct experiment *e, int option, struct error *error)
{
    switch (option) {
    case OPT_TRIALS:
        e->trials_given = true;
        return cmd_number("--trials", optarg, 1, trial_end, &e->run.trials, error);
    case OPT_FIRST:
        return cmd_number("--first", optarg, 0, trial_end - 1, &e->run.first, error);
    case OPT_SEED:
        return cmd_number("--seed", optarg, 0, UINT64_MAX, &e->run.seed, error);
    case OPT_JOBS:
        return take_jobs(&e->run, error);
    case OPT_SET:
        cmd_add_set(&e->sets, optarg);
        return true;
    case OPT_OUT:
        e->out = optarg;
        return *optarg != '\0' || error_set(error, EXIT_INPUT, "--out '': want a folder");
    case OPT_PRECISION:
        return precision_add(&e->precision, optarg, error);
    case OPT_MAX_TRIALS:
        e->max_given = true;
        return cmd_number("--max-trials", optarg, 1, UINT64_C(1) << 30, &e->precision.max_trials,
                          error);
    case OPT_CHECKPOINT:
        return take_time("--checkpoint", &e->checkpoint_s, error);
    case OPT_TIME_LIMIT:
        return take_time("--time-limit", &e->limit_s, error);
    case OPT_RANK_TIMEOUT:
        return take_time("--rank-timeout", &e->rank_timeout_s, error);
    case OPT_COLUMNS:
        e->columns = optarg;
        return true;
    case OPT_SHARD:
        return shard_parse(&e->shard, optarg, error);
    case OPT_ROWS:
        e->run.counts = strcmp(optarg, "none") == 0;
        return e->run.counts || strcmp(optarg, "all") == 0 ||
               error_set(error, EXIT_INPUT, "--rows '%.100s': want all or none", optarg);
    default:
        e->force |= option == OPT_FORCE;
        e->resume |= option == OPT_RESUME;
        e->plot &= option != OPT_NO_PLOT;
        e->quiet |= option == OPT_QUIET;
        e->run.alarms &= option != OPT_NO_ALARMS;
        e->asks_help |= option == OPT_HELP;
        return true;
    }
}

static bool check_trials(const struct experiment *e, struct error *error)
{
    bool precise = e->precision.goals > 0;
    if (precise && e->trials_given)
        return error_set(error, EXIT_INPUT,
                         "--precision finds the number of trials: leave --trials out");
    if (!precise && e->max_given)
        return error_set(error, EXIT_INPUT, "--max-trials goes with --precision");
    uint64_t most = precise ? e->precision.max_trials : e->run.trials;
    if (most > trial_end - e->run.first)
        return error_set(error, EXIT_INPUT, "--first + --trials is beyond 2^48");
    return most <= INT32_MAX ||
           error_set(error, EXIT_INPUT,
                     "--trials: at most %d in one batch (the intervals are exact up to there)",
                     INT32_MAX);
}

/* From now on the experiment is that of its part. */
static bool take_shard(struct experiment *e, struct error *error)
{
    e->whole_first = e->run.first;
    e->whole_trials = e->run.trials;
    if (e->shard.count == 0)
        return true;
    if (e->precision.goals > 0)
        return error_set(error, EXIT_INPUT,
                         "--shard: --precision looks at all trials: they cannot be apart");
    digest_of_program(e->build);
    shard_text(e->shard_text, &e->shard);
    e->plot = false;
    return shard_range(&e->shard, e->whole_first, e->whole_trials, &e->run.first, &e->run.trials,
                       error);
}

bool experiment_check(struct experiment *e, struct error *error)
{
    if (!check_trials(e, error) || !take_shard(e, error))
        return false;
    if (e->precision.goals > 0)
        e->precision_text = precision_text(&e->precision);
    return true;
}

struct manifest_run experiment_about(const struct experiment *e, const struct columns *columns)
{
    bool part = e->shard.count > 0;
    return (struct manifest_run){.seed = e->run.seed,
                                 .first = e->run.first,
                                 .trials = e->run.trials,
                                 .columns = columns->text,
                                 .rows = e->run.counts ? "none" : NULL,
                                 .alarms = e->run.alarms ? NULL : "none",
                                 .precision = e->precision_text,
                                 .build = part ? e->build : NULL,
                                 .shard = part ? e->shard_text : NULL,
                                 .whole_first = e->whole_first,
                                 .whole_trials = e->whole_trials};
}

char *experiment_dir(const struct experiment *e, const char *dir)
{
    return e->shard.count > 0 ? shard_dir(dir, &e->shard) : strdup(dir);
}

bool experiment_alarms(const struct experiment *e, uint64_t *trials)
{
    if (e->shard.count > 0)
        *trials = e->whole_trials;
    return e->run.alarms && e->shard.index <= 1;
}

const char *experiment_hint(const struct experiment *e)
{
    return e->shard.count > 0 ? " (a part: 'ikebench merge' makes one of all)" : "";
}

struct output_options experiment_output(const struct experiment *e, const struct columns *columns,
                                        output_plan_fn *plan, const void *context)
{
    return (struct output_options){.force = e->force,
                                   .resume = e->resume,
                                   .counts = e->run.counts,
                                   .keep_counts = e->shard.count > 0,
                                   .columns = columns,
                                   .checkpoint_s = e->checkpoint_s,
                                   .plan = plan,
                                   .context = context};
}

bool experiment_columns(const struct experiment *e, const struct plan *plan,
                        struct columns *columns, struct error *error)
{
    if (!columns_init(columns, e->columns, plan, error))
        return false;
    if (e->precision.goals == 0 || columns_have(columns, "outage_ns"))
        return true;
    columns_fini(columns);
    return error_set(error, EXIT_INPUT, "--precision looks at outage_ns: add it to --columns");
}

/* Compares what is there with what is asked for. */
static bool is_same(const struct experiment *e, const char *dir, experiment_manifest_fn *manifest,
                    const void *context, struct error *error)
{
    uint64_t seed, first, trials = e->run.trials;
    char what[MANIFEST_DIFFERENCE_MAX] = "its manifest.json cannot be read";
    if (e->precision.goals > 0 && !manifest_numbers(dir, &seed, &first, &trials, error))
        return false;
    char *own = manifest(context, trials), *there = manifest_load_text(dir);
    bool same = there != NULL && manifest_same(own, there, MANIFEST_ALL, what);
    free(there);
    free(own);
    return same || error_set(error, EXIT_INPUT,
                             "%s exists, of another batch: %s; --force replaces it", dir, what);
}

bool experiment_place(const struct experiment *e, const char *dir, experiment_manifest_fn *manifest,
                      const void *context, bool *done, struct error *error)
{
    bool there = access(dir, F_OK) == 0;
    *done = false;
    if (e->rank > 0 && e->shard.count == 0)
        return true; /* rank 0 looks */
    if (there && e->resume)
        unfinished_tidy(dir);
    bool left = output_was_left(dir);
    if (!e->force && !e->resume && there)
        return error_set(error, EXIT_INPUT, "%s exists; --force replaces it", dir);
    if (!e->force && !e->resume && left)
        return error_set(error, EXIT_INPUT,
                         "%s: an unfinished batch is there: --resume goes on with it, --force "
                         "begins anew",
                         dir);
    if (!e->resume || !there || left)
        return e->force || !there ||
               error_set(error, EXIT_INPUT, "%s exists; --force replaces it", dir);
    *done = is_same(e, dir, manifest, context, error);
    return *done || e->force;
}

void experiment_begin(struct experiment *e)
{
    e->run.stop = cmd_catch_signals();
    e->run.progress = isatty(STDERR_FILENO) && !e->quiet;
    e->run.stop_s = e->limit_s > 0.0 ? run_seconds() + e->limit_s : 0.0;
}
