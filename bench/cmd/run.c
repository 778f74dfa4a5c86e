#include "together.h"

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
    const struct experiment *experiment;
    bool clients; /* rows of each front end too */
    unsigned number;
    struct plan *plan;
    struct columns columns;
    char *dir;
    bool done;       /* by an earlier process */
    uint64_t trials; /* that there are */
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

static char *result_dir(const struct experiment *e, const struct plan *plan, size_t files)
{
    if (e->out != NULL && files == 1)
        return experiment_dir(e, e->out);
    char *parent = e->out != NULL ? strdup(e->out) : path_join("results", plan->folder);
    char *whole = path_join(parent, plan->name), *dir = experiment_dir(e, whole);
    free(whole);
    free(parent);
    return dir;
}

/* manifest.json of the results with so many trials. */
static char *manifest_of(const void *context, uint64_t trials)
{
    const struct job *job = context;
    struct manifest_run about = experiment_about(job->experiment, &job->columns);
    about.trials = trials;
    return manifest_text(&(struct manifest_arm){NULL, job->plan}, 1, &about);
}

/* What must be the same to go on with unfinished ones. */
static char *plan_of(const void *context)
{
    const struct job *job = context;
    char build[DIGEST_SIZE];
    struct manifest_run about = experiment_about(job->experiment, &job->columns);
    digest_of_program(build);
    about.build = build;
    return manifest_text(&(struct manifest_arm){NULL, job->plan}, 1, &about);
}

/* Adds a job for one file. */
static bool load(struct command *c, const char *file, size_t files, struct error *error)
{
    const struct experiment *e = &c->experiment;
    struct job *job = &c->job[c->jobs];
    if (!plan_load(&job->plan, file, e->sets.text, e->sets.n, error))
        return false;
    if (!experiment_columns(e, job->plan, &job->columns, error)) {
        plan_free(job->plan);
        return false;
    }
    job->number = (unsigned)c->jobs++;
    job->experiment = e;
    job->clients = c->clients;
    job->dir = result_dir(e, job->plan, files);
    return true;
}

/* Reads every scenario before anything runs, so that a mistake in the last one costs nothing. */
static bool load_all(struct command *c, char **files, size_t n, struct error *error)
{
    c->job = calloc(n, sizeof *c->job);
    CHECK(c->job != NULL);
    for (size_t i = 0; i < n; i++) {
        struct job *job = &c->job[i];
        if (!load(c, files[i], n, error))
            return false;
        if (c->clients && job->plan->base.trial.system == TRIAL_SYSTEM_tls)
            return error_set(error, EXIT_INPUT,
                             "%s: --clients tells of front ends, and a TLS session has none",
                             files[i]);
        if (c->clients && job->plan->base.trial.system == TRIAL_SYSTEM_storm)
            return error_set(error, EXIT_INPUT,
                             "%s: --clients tells of front ends; a storm keeps of its clients the "
                             "first, the middle and the last one back (outage_first_ns, ...)",
                             files[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(c->job[j].dir, job->dir) == 0)
                return error_set(error, EXIT_INPUT, "%s and %s would both write %s", files[j],
                                 files[i], job->dir);
        if ((c->experiment.rank == 0 && !stage_no_file(job->dir, error)) ||
            !experiment_place(&c->experiment, job->dir, manifest_of, job, &job->done, error))
            return false;
    }
    return true;
}

static bool run_precisely(const struct job *job, const struct run_options *options,
                          struct output *output, struct run_report *report, struct error *error)
{
    struct precision_state state;
    bool good = precision_run(job->plan, options, &job->experiment->precision, output, report,
                              &state, error);
    if (good && !job->experiment->quiet)
        printf("%s: precision %sreached after %llu trials: %s\n", job->plan->name,
               state.reached ? "" : "not ", (unsigned long long)report->trials, state.text);
    return good;
}

static bool write_trials(const struct job *job, struct output *output, struct run_report *report,
                         struct error *error)
{
    struct run_options options = job->experiment->run;
    options.columns = &job->columns;
    options.clients = job->clients;
    options.plan_number = job->number;
    bool good = job->experiment->precision.goals > 0
                    ? run_precisely(job, &options, output, report, error)
                    : run_trials(job->plan, &options, output, report, error);
    return good && output_end(output, 1, false, error);
}

/* The same tuning while nothing fails. */
static bool write_alarms(const struct job *job, uint64_t trials, const struct stage *stage,
                         struct error *error)
{
    const struct plan *arm[] = {job->plan};
    struct run_options options = job->experiment->run;
    if (!experiment_alarms(job->experiment, &trials))
        return true;
    options.trials = trials;
    options.plan_number = job->number;
    return alarms_write(arm, 1, &options, stage, error);
}

static bool write_manifest(const struct job *job, uint64_t trials, const struct stage *stage,
                           struct error *error)
{
    char *text = manifest_of(job, trials);
    bool good = whole_file_write(stage->partial, "manifest.json", text, strlen(text), error);
    free(text);
    return good;
}

static void report_run(const struct job *job, const struct run_report *report,
                       const struct summary *summary)
{
    char title[256], earlier[64] = "";
    if (report->earlier > 0)
        snprintf(earlier, sizeof earlier, " (%llu of them earlier)",
                 (unsigned long long)report->earlier);
    snprintf(title, sizeof title, "%s/%s: %llu trials%s in %.2f s, %.0f events a trial",
             job->plan->folder, job->plan->name, (unsigned long long)report->trials, earlier,
             report->wall_s, (double)report->events / (double)report->trials);
    summary_print(stdout, summary, title);
    printf("results: %s/%s\n", job->dir, experiment_hint(job->experiment));
    fflush(stdout);
}

static bool write_results(const struct job *job, struct output *output, struct run_report *report,
                          struct summary *summary, struct error *error)
{
    const char *partial = output_stage(output)->partial;
    return write_trials(job, output, report, error) &&
           write_alarms(job, report->trials, output_stage(output), error) &&
           write_manifest(job, report->trials, output_stage(output), error) &&
           summary_load(partial, summary, error) && summary_save(summary, partial, error) &&
           output_commit(output, error);
}

static bool run_job(struct job *job, struct error *error)
{
    struct output output;
    struct run_report report = {0};
    struct summary summary;
    struct output_options options = experiment_output(job->experiment, &job->columns, plan_of, job);
    options.clients = job->clients;
    if (!output_open(&output, job->dir, &options, error))
        return false;
    bool good = write_results(job, &output, &report, &summary, error);
    output_close(&output, good ? NULL : error);
    job->trials = report.trials;
    if (good && !job->experiment->quiet)
        report_run(job, &report, &summary);
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

/* Draws, and says what there is. */
static int picture(const struct job *job)
{
    struct error error;
    bool quiet = job->experiment->quiet;
    if (!columns_have(&job->columns, "outage_ns") && !columns_have(&job->columns, "ipsec_ns")) {
        if (!quiet)
            printf("pictures: none (they need outage_ns or ipsec_ns among --columns)\n\n");
        return EXIT_DONE;
    }
    if (!draw(job, &error))
        return cmd_fail(&error);
    if (!quiet) {
        cmd_tell_pictures(job->dir,
                          job->experiment->run.counts ? " (curves; the others need rows)" : "");
        putchar('\n');
    }
    return EXIT_DONE;
}

static int run_all(const struct command *c)
{
    struct error error;
    int status = EXIT_DONE;
    for (size_t i = 0; i < c->jobs; i++) {
        if (c->job[i].done) {
            if (!c->experiment.quiet)
                printf("results: %s/ (there already)\n", c->job[i].dir);
            continue;
        }
        if (!c->experiment.quiet)
            support_warn(&c->job[i].plan, 1);
        if (!run_job(&c->job[i], &error))
            return cmd_fail(&error);
        int drawn = c->experiment.plot ? picture(&c->job[i]) : EXIT_DONE;
        status = drawn != EXIT_DONE ? drawn : status;
    }
    return status;
}

static void free_command(struct command *c)
{
    for (size_t i = 0; i < c->jobs; i++) {
        plan_free(c->job[i].plan);
        columns_fini(&c->job[i].columns);
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
    const struct experiment *e = &c->experiment;
    const char *no = e->resume            ? "--resume"
                     : e->run.counts      ? "--rows none"
                     : e->shard.count > 0 ? "--shard"
                     : e->ranks > 1       ? "mpirun"
                                          : NULL;
    if (c->clients && no != NULL)
        return error_set(error, EXIT_INPUT, "--clients: rows of front ends cannot go with %s", no);
    return experiment_check(&c->experiment, error) &&
           load_all(c, argv + optind, (size_t)(argc - optind), error);
}

/* Those that follow simulate for rank 0, which does the rest. */
static int run_together(struct command *c, struct error *error)
{
    const void **context = calloc(c->jobs + 1, sizeof *context);
    struct ranks_plan *plan = calloc(c->jobs, sizeof *plan);
    bool served;
    CHECK(context != NULL && plan != NULL);
    for (size_t i = 0; i < c->jobs; i++) {
        context[i] = &c->job[i];
        plan[i] = (struct ranks_plan){c->job[i].plan, &c->job[i].columns};
    }
    bool good = together_serve(&c->experiment, plan_of, context, plan, c->jobs, &served, error);
    free(plan);
    free(context);
    if (!good)
        return together_fail(&c->experiment, error);
    return served ? EXIT_DONE : run_all(c);
}

int cmd_run(int argc, char **argv)
{
    struct command c = {.jobs = 0};
    struct experiment *e = &c.experiment;
    struct error error;
    int status = EXIT_DONE;
    experiment_init(e);
    bool good = read_command(&c, argc, argv, &error);
    if (!together_begin(e, good, &error)) {
        status = together_fail(e, &error);
    } else if (e->asks_help) {
        if (!together_follows(e))
            printf("%s%s", help, experiment_help);
    } else {
        experiment_begin(e);
        status = run_together(&c, &error);
    }
    together_end(e, status);
    free_command(&c);
    return status;
}
