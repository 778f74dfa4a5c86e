#include "../sweep/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/manifest.h"
#include "../out/stage.h"
#include "../sweep/draw.h"
#include "../validate/support.h"
#include "together.h"

static const char help[] =
    "usage: ikebench sweep FILE [options]\n"
    "\n"
    "Runs the scenario FILE once for each combination of the values that keys are given (an arm), "
    "all with the\n"
    "same luck, and leaves one folder of results, results/FOLDER/SCENARIO-sweep/: arms.csv, "
    "trials.csv,\n"
    "alarms.csv and summary.csv with a column for the arm, manifest.json and plots/. In FILE a "
    "value may be\n"
    "{sweep: [60s, 300s]} or {sweep: 30s..300s step 30s}; zip: [[KEY, KEY]] and drop: [{KEY: "
    "VALUE}] do as\n"
    "the options.\n"
    "\n"
    "  --sweep KEY=A,B,C   values of a key, or LOW..HIGH:STEP; several make a grid\n"
    "  --zip KEY,KEY       these step together\n"
    "  --drop 'KEY=A KEY=B'  leave out the arms where all of these hold\n"
    "  --one-at-a-time     no grid: the scenario, then each value alone\n"
    "  --name ARM=NAME     another name for an arm (by its number)\n";

enum { OPT_SWEEP = EXPERIMENT_OPTION_END, OPT_ZIP, OPT_DROP, OPT_ONE, OPT_NAME };

static const struct option long_options[] = {
    {"sweep", required_argument, NULL, OPT_SWEEP}, {"zip", required_argument, NULL, OPT_ZIP},
    {"drop", required_argument, NULL, OPT_DROP},   {"one-at-a-time", no_argument, NULL, OPT_ONE},
    {"name", required_argument, NULL, OPT_NAME},   EXPERIMENT_OPTIONS(EXPERIMENT_OPTION_ROW){0},
};

struct command {
    struct experiment experiment;
    struct cmd_sets sweeps, zips, drops, names;
    bool one_at_a_time;
    struct sweep sweep;
    struct columns columns;
    char *dir;
    bool done; /* by an earlier process */
};

static bool apply_option(struct command *c, int option, struct error *error)
{
    switch (option) {
    case OPT_SWEEP:
        cmd_add_set(&c->sweeps, optarg);
        return true;
    case OPT_ZIP:
        cmd_add_set(&c->zips, optarg);
        return true;
    case OPT_DROP:
        cmd_add_set(&c->drops, optarg);
        return true;
    case OPT_NAME:
        cmd_add_set(&c->names, optarg);
        return true;
    case OPT_ONE:
        c->one_at_a_time = true;
        return true;
    default:
        return experiment_option(&c->experiment, option, error);
    }
}

static char *result_dir(const struct command *c)
{
    const struct plan *plan = c->sweep.plan[0];
    char *name = NULL;
    if (c->experiment.out != NULL)
        return experiment_dir(&c->experiment, c->experiment.out);
    CHECK(asprintf(&name, "%s-sweep", plan->name) >= 0);
    char *parent = path_join("results", plan->folder);
    char *whole = path_join(parent, name), *dir = experiment_dir(&c->experiment, whole);
    free(whole);
    free(parent);
    free(name);
    return dir;
}

/* manifest.json of the results with so many trials. */
static char *manifest_of(const void *context, uint64_t trials)
{
    const struct command *c = context;
    struct manifest_run about = experiment_about(&c->experiment, &c->columns);
    about.trials = trials;
    return sweep_manifest(&c->sweep, &about);
}

/* What must be the same to go on with unfinished ones. */
static char *plan_of(const void *context)
{
    const struct command *c = context;
    char build[DIGEST_SIZE];
    struct manifest_run about = experiment_about(&c->experiment, &c->columns);
    digest_of_program(build);
    about.build = build;
    return sweep_manifest(&c->sweep, &about);
}

static bool load(struct command *c, const char *file, struct error *error)
{
    struct sweep_request request = {.file = file,
                                    .set = c->experiment.sets.text,
                                    .sets = c->experiment.sets.n,
                                    .sweep = c->sweeps.text,
                                    .sweeps = c->sweeps.n,
                                    .zip = c->zips.text,
                                    .zips = c->zips.n,
                                    .drop = c->drops.text,
                                    .drops = c->drops.n,
                                    .one_at_a_time = c->one_at_a_time};
    if (!sweep_load(&c->sweep, &request, c->names.text, c->names.n, error))
        return false;
    c->dir = result_dir(c);
    return experiment_columns(&c->experiment, c->sweep.plan[0], &c->columns, error) &&
           (c->experiment.rank > 0 || stage_no_file(c->dir, error)) &&
           experiment_place(&c->experiment, c->dir, manifest_of, c, &c->done, error);
}

static bool run(struct command *c, struct error *error)
{
    const struct experiment *e = &c->experiment;
    const struct manifest_run about = experiment_about(e, &c->columns);
    struct output_options how = experiment_output(e, &c->columns, plan_of, c);
    struct run_options options = e->run;
    struct output output;
    struct sweep_done done;
    how.apart = e->precision.goals > 0;
    options.columns = &c->columns;
    options.alarms = experiment_alarms(e, &options.alarm_trials);
    if (!output_open(&output, c->dir, &how, error))
        return false;
    bool good = sweep_run(&c->sweep, &options, &e->precision, &about, &output,
                          e->quiet ? NULL : stdout, &done, error) &&
                output_commit(&output, error);
    output_close(&output, good ? NULL : error);
    if (!good || e->quiet)
        return good;
    const struct plan *plan = c->sweep.plan[0];
    printf("\n%s/%s: %zu arms of %llu trials in %.2f s\n", plan->folder, plan->name,
           c->sweep.arms.n, (unsigned long long)done.trials, done.wall_s);
    if (e->precision.goals > 0)
        printf("precision %sreached%s; widest: %s\n", done.precise ? "" : "not ",
               done.precise ? " in every arm" : "", done.text);
    printf("results: %s/%s\n", c->dir, experiment_hint(e));
    fflush(stdout);
    return true;
}

/* Pictures come last: what is wrong with them must not touch results. */
static bool draw(const struct command *c, struct error *error)
{
    char title[512];
    if (!columns_have(&c->columns, "outage_ns")) {
        if (!c->experiment.quiet)
            printf("pictures: none (they need outage_ns among --columns)\n");
        return true;
    }
    if (!manifest_title(c->dir, title, sizeof title, error) || !sweep_draw(c->dir, title, error))
        return false;
    if (!c->experiment.quiet)
        cmd_tell_pictures(c->dir, "");
    return true;
}

/* Reads the command line and the scenario. */
static bool read_command(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?')
            return cmd_bad_option("sweep", error);
        if (!apply_option(c, option, error))
            return false;
        if (c->experiment.asks_help)
            return true;
    }
    if (optind != argc - 1)
        return error_set(error, EXIT_INPUT,
                         "sweep: which scenario? One file is due; 'ikebench list scenarios' lists "
                         "some");
    return experiment_check(&c->experiment, error) && load(c, argv[optind], error);
}

static void free_command(struct command *c)
{
    sweep_fini(&c->sweep);
    columns_fini(&c->columns);
    free(c->dir);
    free(c->sweeps.text);
    free(c->zips.text);
    free(c->drops.text);
    free(c->names.text);
    experiment_fini(&c->experiment);
}

static int run_alone(struct command *c, struct error *error)
{
    if (!c->done && !c->experiment.quiet)
        support_warn(c->sweep.plan, c->sweep.arms.n);
    if (!c->done)
        return run(c, error) && (!c->experiment.plot || draw(c, error)) ? EXIT_DONE
                                                                        : cmd_fail(error);
    if (!c->experiment.quiet)
        printf("results: %s/ (there already)\n", c->dir);
    return EXIT_DONE;
}

/* Those that follow simulate for rank 0, which does the rest. */
static int run_together(struct command *c, struct error *error)
{
    const void *const context[] = {c, NULL};
    struct ranks_plan *plan = calloc(c->sweep.arms.n, sizeof *plan);
    bool served;
    CHECK(plan != NULL);
    for (size_t i = 0; i < c->sweep.arms.n; i++)
        plan[i] = (struct ranks_plan){c->sweep.plan[i], &c->columns};
    bool good =
        together_serve(&c->experiment, plan_of, context, plan, c->sweep.arms.n, &served, error);
    free(plan);
    if (!good)
        return together_fail(&c->experiment, error);
    return served ? EXIT_DONE : run_alone(c, error);
}

int cmd_sweep(int argc, char **argv)
{
    struct command c = {.dir = NULL};
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
