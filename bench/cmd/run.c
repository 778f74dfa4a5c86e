#include "../run/precision.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/manifest.h"
#include "../out/stage.h"
#include "../plot/plot.h"
#include "../stats/summary.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench run FILE... [options]\n"
    "\n"
    "Simulates each scenario FILE and leaves results/FOLDER/SCENARIO/ (FOLDER: the one FILE lies "
    "in) with\n"
    "trials.csv (one row a trial), summary.csv (quantiles with exact 95 % intervals), "
    "manifest.json\n"
    "(everything needed to repeat it) and plots/. A folder appears whole or not at all.\n"
    "\n"
    "  --trials N       how many trials (default 10000)\n"
    "  --precision G    instead of --trials: as many as it takes, looking at 1024, 2048, ... "
    "trials, e.g.\n"
    "                   p99=2% (half the 95 % interval of the outage's p99 is at most 2 % of it); "
    "may be\n"
    "                   repeated\n"
    "  --max-trials N   with --precision: at most so many (default 1048576)\n"
    "  --first K        number of the first one (default 0); trial K is the same in every run\n"
    "  --seed S         seed, 0 to 2^64-1 (default 1)\n"
    "  --jobs J         threads (default: all cores); the results do not depend on it\n"
    "  --set KEY=VALUE  overrides a key of the scenario, e.g. --set "
    "stack.windows2003.nlbs_flags=1;\n"
    "                   may be repeated; 'ikebench list params' lists the keys\n"
    "  --out DIR        results go to DIR (with several files: DIR/SCENARIO)\n"
    "  --force          replace results that are there already\n"
    "  --no-plot        no pictures\n"
    "  --quiet          print nothing but errors\n";

struct job {
    struct plan *plan;
    char *dir;
    uint64_t trials; /* done */
};

struct command {
    struct run_options options;
    struct cmd_sets sets;
    const char *out;
    bool force, plot, quiet;
    bool trials_given, max_given;
    struct precision precision;
    struct job *job;
    size_t jobs;
};

enum {
    OPT_TRIALS = 256,
    OPT_FIRST,
    OPT_SEED,
    OPT_JOBS,
    OPT_SET,
    OPT_OUT,
    OPT_FORCE,
    OPT_PRECISION,
    OPT_MAX_TRIALS,
    OPT_NO_PLOT,
    OPT_QUIET,
    OPT_HELP
};

static const struct option long_options[] = {
    {"trials", required_argument, NULL, OPT_TRIALS},
    {"first", required_argument, NULL, OPT_FIRST},
    {"seed", required_argument, NULL, OPT_SEED},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"set", required_argument, NULL, OPT_SET},
    {"out", required_argument, NULL, OPT_OUT},
    {"force", no_argument, NULL, OPT_FORCE},
    {"precision", required_argument, NULL, OPT_PRECISION},
    {"max-trials", required_argument, NULL, OPT_MAX_TRIALS},
    {"no-plot", no_argument, NULL, OPT_NO_PLOT},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static bool apply_option(struct command *c, int option, struct error *error)
{
    struct run_options *o = &c->options;
    const uint64_t trial_end = UINT64_C(1) << LUCK_TRIAL_BITS;
    uint64_t jobs;
    switch (option) {
    case OPT_TRIALS:
        c->trials_given = true;
        return cmd_number("--trials", optarg, 1, trial_end, &o->trials, error);
    case OPT_FIRST:
        return cmd_number("--first", optarg, 0, trial_end - 1, &o->first, error);
    case OPT_SEED:
        return cmd_number("--seed", optarg, 0, UINT64_MAX, &o->seed, error);
    case OPT_JOBS:
        if (!cmd_number("--jobs", optarg, 1, 1024, &jobs, error))
            return false;
        o->jobs = (unsigned)jobs;
        return true;
    case OPT_SET:
        cmd_add_set(&c->sets, optarg);
        return true;
    case OPT_OUT:
        c->out = optarg;
        return *optarg != '\0' || error_set(error, EXIT_INPUT, "--out '': want a folder");
    case OPT_PRECISION:
        return precision_add(&c->precision, optarg, error);
    case OPT_MAX_TRIALS:
        c->max_given = true;
        return cmd_number("--max-trials", optarg, 1, UINT64_C(1) << 30, &c->precision.max_trials,
                          error);
    case OPT_FORCE:
        c->force = true;
        return true;
    case OPT_NO_PLOT:
        c->plot = false;
        return true;
    default:
        c->quiet = true;
        return true;
    }
}

static char *result_dir(const struct command *c, const struct plan *plan, size_t files)
{
    if (c->out != NULL && files == 1)
        return strdup(c->out);
    char *parent = c->out != NULL ? strdup(c->out) : path_join("results", plan->folder);
    char *dir = path_join(parent, plan->name);
    free(parent);
    return dir;
}

/* Reads every scenario before anything runs, so that a mistake in the last one costs nothing. */
static bool load_all(struct command *c, char **files, size_t n, struct error *error)
{
    c->job = calloc(n, sizeof *c->job);
    CHECK(c->job != NULL);
    for (size_t i = 0; i < n; i++) {
        struct job *job = &c->job[i];
        if (!plan_load(&job->plan, files[i], c->sets.text, c->sets.n, error))
            return false;
        c->jobs++;
        job->dir = result_dir(c, job->plan, n);
        for (size_t j = 0; j < i; j++)
            if (strcmp(c->job[j].dir, job->dir) == 0)
                return error_set(error, EXIT_INPUT, "%s and %s would both write %s", files[j],
                                 files[i], job->dir);
        if (!c->force && access(job->dir, F_OK) == 0)
            return error_set(error, EXIT_INPUT, "%s exists; --force replaces it", job->dir);
    }
    return true;
}

static bool run_precisely(const struct command *c, const struct plan *plan,
                          const struct stage *stage, FILE *out, struct run_report *report,
                          struct error *error)
{
    struct precision_state state;
    char *path = path_join(stage->partial, "trials.csv");
    bool good = precision_run(plan, &c->options, &c->precision, out, path, report, &state, error);
    free(path);
    if (good && !c->quiet)
        printf("%s: precision %sreached after %llu trials: %s\n", plan->name,
               state.reached ? "" : "not ", (unsigned long long)report->trials, state.text);
    return good;
}

static bool write_trials(const struct command *c, const struct plan *plan,
                         const struct stage *stage, struct run_report *report, struct error *error)
{
    FILE *out = stage_file(stage, "trials.csv", error);
    if (out == NULL)
        return false;
    bool good = c->precision.goals > 0 ? run_precisely(c, plan, stage, out, report, error)
                                       : run_trials(plan, &c->options, out, report, error);
    struct error close_error;
    bool closed = stage_close_file(out, "trials.csv", &close_error);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

static bool write_manifest(const struct command *c, const struct plan *plan,
                           const struct stage *stage, uint64_t trials, struct error *error)
{
    FILE *out = stage_file(stage, "manifest.json", error);
    if (out == NULL)
        return false;
    const struct run_options *o = &c->options;
    bool good = manifest_write(out, plan, o->seed, o->first, trials, error);
    struct error close_error;
    bool closed = stage_close_file(out, "manifest.json", &close_error);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

static void report_run(const struct job *job, const struct run_report *report)
{
    struct summary summary;
    struct error error;
    char title[256];
    snprintf(title, sizeof title, "%s/%s: %llu trials in %.2f s, %.0f events a trial",
             job->plan->folder, job->plan->name, (unsigned long long)report->trials, report->wall_s,
             (double)report->events / (double)report->trials);
    if (summary_load(job->dir, &summary, &error))
        summary_print(stdout, &summary, title);
    printf("results: %s/\n", job->dir);
    fflush(stdout);
}

static bool run_job(const struct command *c, struct job *job, struct error *error)
{
    struct stage stage = {0};
    struct run_report report = {0};
    bool good = stage_open(job->dir, c->force, &stage, error) &&
                write_trials(c, job->plan, &stage, &report, error) &&
                write_manifest(c, job->plan, &stage, report.trials, error) &&
                summary_write(stage.partial, error) && stage_commit(&stage, error);
    stage_abandon(&stage);
    job->trials = report.trials;
    if (good && !c->quiet)
        report_run(job, &report);
    return good;
}

/* Pictures come last: what is wrong with them must not touch results. */
static bool draw(const struct job *job, struct error *error)
{
    char title[256];
    snprintf(title, sizeof title, "%s/%s: %llu trials", job->plan->folder, job->plan->name,
             (unsigned long long)job->trials);
    return plot_write(job->dir, title, error);
}

static int run_all(const struct command *c)
{
    struct error error;
    int status = EXIT_DONE;
    for (size_t i = 0; i < c->jobs; i++) {
        if (!run_job(c, &c->job[i], &error))
            return cmd_fail(&error);
        if (c->plot && !draw(&c->job[i], &error))
            status = cmd_fail(&error);
        else if (c->plot && !c->quiet)
            printf("pictures: %s/plots/\n\n", c->job[i].dir);
    }
    return status;
}

static void free_command(struct command *c)
{
    for (size_t i = 0; i < c->jobs; i++) {
        plan_free(c->job[i].plan);
        free(c->job[i].dir);
    }
    free(c->job);
    free(c->sets.text);
}

/* Reads the command line and every scenario; *asks_help: it only asked for help. */
static bool read_command(struct command *c, int argc, char **argv, bool *asks_help,
                         struct error *error)
{
    const uint64_t trial_end = UINT64_C(1) << LUCK_TRIAL_BITS;
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        *asks_help = option == OPT_HELP;
        if (*asks_help)
            return true;
        if (option == '?')
            return cmd_bad_option("run", error);
        if (!apply_option(c, option, error))
            return false;
    }
    if (optind == argc)
        return error_set(error, EXIT_INPUT,
                         "run: which scenario? 'ikebench list scenarios' lists some");
    bool precise = c->precision.goals > 0;
    if (precise && c->trials_given)
        return error_set(error, EXIT_INPUT,
                         "--precision finds the number of trials: leave --trials out");
    if (!precise && c->max_given)
        return error_set(error, EXIT_INPUT, "--max-trials goes with --precision");
    uint64_t most = precise ? c->precision.max_trials : c->options.trials;
    if (most > trial_end - c->options.first)
        return error_set(error, EXIT_INPUT, "--first + --trials is beyond 2^48");
    return load_all(c, argv + optind, (size_t)(argc - optind), error);
}

int cmd_run(int argc, char **argv)
{
    struct command c = {.options = {.seed = 1, .trials = 10000, .jobs = cmd_all_cores()},
                        .plot = true,
                        .precision = {.max_trials = 1 << 20}};
    struct error error;
    int status = EXIT_DONE;
    bool asks_help = false;
    if (!read_command(&c, argc, argv, &asks_help, &error)) {
        status = cmd_fail(&error);
    } else if (asks_help) {
        fputs(help, stdout);
    } else {
        c.options.stop = cmd_catch_signals();
        c.options.progress = isatty(STDERR_FILENO) && !c.quiet;
        status = run_all(&c);
    }
    free_command(&c);
    return status;
}
