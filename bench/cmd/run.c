#include "experiment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../alarms/alarms.h"
#include "../out/manifest.h"
#include "../out/stage.h"
#include "../plot/plot.h"
#include "../run/clients.h"
#include "../stats/summary.h"
#include "../validate/support.h"

static const char help[] =
    "usage: ikebench run FILE... [options]\n"
    "\n"
    "Simulates each scenario FILE and leaves results/FOLDER/SCENARIO/ (FOLDER: the one FILE lies "
    "in) with\n"
    "trials.csv (one row a trial), alarms.csv (the same tuning while nothing fails), summary.csv "
    "(quantiles\n"
    "with exact 95 % intervals), manifest.json (everything needed to repeat it) and plots/. A "
    "folder appears\n"
    "whole or not at all. With several files --out DIR means DIR/SCENARIO.\n"
    "\n"
    "  --clients        also clients.csv: a row for each front end of each trial, with its "
    "outcomes, moments\n"
    "                   and phases\n";

enum { OPT_CLIENTS = EXPERIMENT_OPTION_END };

struct job {
    struct plan *plan;
    char *dir;
    uint64_t trials; /* done */
};

struct command {
    struct experiment experiment;
    bool clients;
    struct job *job;
    size_t jobs;
};

static const struct option long_options[] = {
    {"clients", no_argument, NULL, OPT_CLIENTS},
    EXPERIMENT_OPTIONS(EXPERIMENT_OPTION_ROW){0},
};

static char *result_dir(const struct command *c, const struct plan *plan, size_t files)
{
    const char *out = c->experiment.out;
    if (out != NULL && files == 1)
        return strdup(out);
    char *parent = out != NULL ? strdup(out) : path_join("results", plan->folder);
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
        if (!plan_load(&job->plan, files[i], c->experiment.sets.text, c->experiment.sets.n, error))
            return false;
        c->jobs++;
        if (c->clients && job->plan->base.trial.system == TRIAL_SYSTEM_tls)
            return error_set(error, EXIT_INPUT,
                             "%s: --clients tells of front ends, and a TLS session has none",
                             files[i]);
        job->dir = result_dir(c, job->plan, n);
        for (size_t j = 0; j < i; j++)
            if (strcmp(c->job[j].dir, job->dir) == 0)
                return error_set(error, EXIT_INPUT, "%s and %s would both write %s", files[j],
                                 files[i], job->dir);
        if (!c->experiment.force && access(job->dir, F_OK) == 0)
            return error_set(error, EXIT_INPUT, "%s exists; --force replaces it", job->dir);
    }
    return true;
}

static bool run_precisely(const struct command *c, const struct plan *plan,
                          const struct run_options *options, const struct stage *stage, FILE *out,
                          struct run_report *report, struct error *error)
{
    struct precision_state state;
    char *path = path_join(stage->partial, "trials.csv");
    bool good =
        precision_run(plan, options, &c->experiment.precision, out, path, report, &state, error);
    free(path);
    if (good && !c->experiment.quiet)
        printf("%s: precision %sreached after %llu trials: %s\n", plan->name,
               state.reached ? "" : "not ", (unsigned long long)report->trials, state.text);
    return good;
}

/* Closes a file of the stage; what went wrong before counts more than what does now. */
static bool close_after(bool good, FILE *file, const char *name, struct error *error)
{
    struct error close_error;
    bool closed = file == NULL || stage_close_file(file, name, &close_error);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

static bool write_trials(const struct command *c, const struct plan *plan,
                         const struct stage *stage, struct run_report *report, struct error *error)
{
    struct run_options options = c->experiment.run;
    FILE *out = stage_file(stage, "trials.csv", error);
    if (out == NULL)
        return false;
    if (c->clients)
        options.clients = stage_file(stage, CLIENTS_FILE, error);
    bool good = options.clients != NULL || !c->clients;
    if (good)
        good = c->experiment.precision.goals > 0
                   ? run_precisely(c, plan, &options, stage, out, report, error)
                   : run_trials(plan, &options, out, report, error);
    good = close_after(good, out, "trials.csv", error);
    return close_after(good, options.clients, CLIENTS_FILE, error);
}

/* The same tuning while nothing fails. */
static bool write_alarms(const struct command *c, const struct plan *plan, uint64_t trials,
                         const struct stage *stage, struct error *error)
{
    const struct plan *arm[] = {plan};
    struct run_options options = c->experiment.run;
    options.trials = trials;
    return !options.alarms || alarms_write(arm, 1, &options, stage, error);
}

static bool write_manifest(const struct command *c, const struct plan *plan,
                           const struct stage *stage, uint64_t trials, struct error *error)
{
    FILE *out = stage_file(stage, "manifest.json", error);
    if (out == NULL)
        return false;
    const struct run_options *o = &c->experiment.run;
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
    bool good = stage_open(job->dir, c->experiment.force, &stage, error) &&
                write_trials(c, job->plan, &stage, &report, error) &&
                write_alarms(c, job->plan, report.trials, &stage, error) &&
                write_manifest(c, job->plan, &stage, report.trials, error) &&
                summary_write(stage.partial, error) && stage_commit(&stage, error);
    stage_abandon(&stage);
    job->trials = report.trials;
    if (good && !c->experiment.quiet)
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
        if (!c->experiment.quiet)
            support_warn(&c->job[i].plan, 1);
        if (!run_job(c, &c->job[i], &error))
            return cmd_fail(&error);
        if (c->experiment.plot && !draw(&c->job[i], &error))
            status = cmd_fail(&error);
        else if (c->experiment.plot && !c->experiment.quiet)
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
    experiment_fini(&c->experiment);
}

/* Reads the command line and every scenario. */
static bool read_command(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?')
            return cmd_bad_option("run", error);
        if (option == OPT_CLIENTS)
            c->clients = true;
        else if (!experiment_option(&c->experiment, option, error))
            return false;
        if (c->experiment.asks_help)
            return true;
    }
    if (optind == argc)
        return error_set(error, EXIT_INPUT,
                         "run: which scenario? 'ikebench list scenarios' lists some");
    return experiment_check(&c->experiment, error) &&
           load_all(c, argv + optind, (size_t)(argc - optind), error);
}

int cmd_run(int argc, char **argv)
{
    struct command c = {.jobs = 0};
    struct error error;
    int status = EXIT_DONE;
    experiment_init(&c.experiment);
    if (!read_command(&c, argc, argv, &error)) {
        status = cmd_fail(&error);
    } else if (c.experiment.asks_help) {
        printf("%s%s", help, experiment_help);
    } else {
        experiment_begin(&c.experiment);
        status = run_all(&c);
    }
    free_command(&c);
    return status;
}
