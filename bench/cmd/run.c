#include "../run/run.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
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
};

struct command {
    struct run_options options;
    struct cmd_sets sets;
    const char *out;
    bool force, plot, quiet;
    struct job *job;
    size_t jobs;
};

static atomic_int stop_signal; /* lock-free, so a handler may set it */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "always lock-free");

static void ask_to_stop(int number)
{
    atomic_store(&stop_signal, number);
}

/* What is ignored already (nohup) stays ignored. */
static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = ask_to_stop}, old;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

static unsigned all_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

enum {
    OPT_TRIALS = 256,
    OPT_FIRST,
    OPT_SEED,
    OPT_JOBS,
    OPT_SET,
    OPT_OUT,
    OPT_FORCE,
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

static bool write_trials(const struct command *c, const struct plan *plan,
                         const struct stage *stage, struct run_report *report, struct error *error)
{
    FILE *out = stage_file(stage, "trials.csv", error);
    if (out == NULL)
        return false;
    bool good = run_trials(plan, &c->options, out, report, error);
    struct error close_error;
    bool closed = stage_close_file(out, "trials.csv", &close_error);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

static bool write_manifest(const struct command *c, const struct plan *plan,
                           const struct stage *stage, struct error *error)
{
    FILE *out = stage_file(stage, "manifest.json", error);
    if (out == NULL)
        return false;
    const struct run_options *o = &c->options;
    bool good = manifest_write(out, plan, o->seed, o->first, o->trials, error);
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

static bool run_job(const struct command *c, const struct job *job, struct error *error)
{
    struct stage stage = {0};
    struct run_report report;
    bool good = stage_open(job->dir, c->force, &stage, error) &&
                write_trials(c, job->plan, &stage, &report, error) &&
                write_manifest(c, job->plan, &stage, error) &&
                summary_write(stage.partial, error) && stage_commit(&stage, error);
    stage_abandon(&stage);
    if (good && !c->quiet)
        report_run(job, &report);
    return good;
}

/* Pictures come last: what is wrong with them must not touch results. */
static bool draw(const struct job *job, uint64_t trials, struct error *error)
{
    char title[256];
    snprintf(title, sizeof title, "%s/%s: %llu trials", job->plan->folder, job->plan->name,
             (unsigned long long)trials);
    return plot_write(job->dir, title, error);
}

static int run_all(const struct command *c)
{
    struct error error;
    int status = EXIT_DONE;
    for (size_t i = 0; i < c->jobs; i++) {
        if (!run_job(c, &c->job[i], &error))
            return cmd_fail(&error);
        if (c->plot && !draw(&c->job[i], c->options.trials, &error))
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
    if (c->options.trials > trial_end - c->options.first)
        return error_set(error, EXIT_INPUT, "--first + --trials is beyond 2^48");
    return load_all(c, argv + optind, (size_t)(argc - optind), error);
}

int cmd_run(int argc, char **argv)
{
    struct command c = {.options = {.seed = 1, .trials = 10000, .jobs = all_cores()}, .plot = true};
    struct error error;
    int status = EXIT_DONE;
    bool asks_help = false;
    if (!read_command(&c, argc, argv, &asks_help, &error)) {
        status = cmd_fail(&error);
    } else if (asks_help) {
        fputs(help, stdout);
    } else {
        catch_signals();
        c.options.stop = &stop_signal;
        c.options.progress = isatty(STDERR_FILENO) && !c.quiet;
        status = run_all(&c);
    }
    free_command(&c);
    return status;
}
