#include "../sweep/sweep.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/manifest.h"
#include "../sweep/draw.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench sweep FILE [options]\n"
    "\n"
    "Runs the scenario FILE once for each combination of the values that keys are given (an arm), "
    "all with the\n"
    "same luck, and leaves one folder of results, results/FOLDER/SCENARIO-sweep/: arms.csv, "
    "trials.csv and\n"
    "summary.csv with a column for the arm, manifest.json and plots/. In FILE a value may be\n"
    "{sweep: [60s, 300s]} or {sweep: 30s..300s step 30s}; zip: [[KEY, KEY]] and drop: [{KEY: "
    "VALUE}] do as\n"
    "the options.\n"
    "\n"
    "  --sweep KEY=A,B,C         values of a key, or LOW..HIGH:STEP; several make a grid\n"
    "  --zip KEY,KEY             these step together\n"
    "  --drop 'KEY=A KEY=B'      leave out the arms where all of these hold\n"
    "  --one-at-a-time           no grid: the scenario, then each value alone\n"
    "  --name ARM=NAME           another name for an arm (by its number)\n"
    "  --trials N                how many trials of each arm (default 10000)\n"
    "  --first K, --seed S, --jobs J, --set KEY=VALUE, --out DIR, --force, --no-plot, --quiet\n"
    "                            as for 'ikebench run'\n";

enum {
    OPT_SWEEP = 256,
    OPT_ZIP,
    OPT_DROP,
    OPT_ONE,
    OPT_NAME,
    OPT_TRIALS,
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
    {"sweep", required_argument, NULL, OPT_SWEEP}, {"zip", required_argument, NULL, OPT_ZIP},
    {"drop", required_argument, NULL, OPT_DROP},   {"one-at-a-time", no_argument, NULL, OPT_ONE},
    {"name", required_argument, NULL, OPT_NAME},   {"trials", required_argument, NULL, OPT_TRIALS},
    {"first", required_argument, NULL, OPT_FIRST}, {"seed", required_argument, NULL, OPT_SEED},
    {"jobs", required_argument, NULL, OPT_JOBS},   {"set", required_argument, NULL, OPT_SET},
    {"out", required_argument, NULL, OPT_OUT},     {"force", no_argument, NULL, OPT_FORCE},
    {"no-plot", no_argument, NULL, OPT_NO_PLOT},   {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},         {0},
};

struct command {
    struct run_options options;
    struct cmd_sets sets, sweeps, zips, drops, names;
    const char *out;
    bool one_at_a_time, force, plot, quiet;
    struct sweep sweep;
    char *dir;
};

static bool add_text(struct cmd_sets *sets)
{
    cmd_add_set(sets, optarg);
    return true;
}

static bool apply_number(struct run_options *o, int option, struct error *error)
{
    const uint64_t trial_end = UINT64_C(1) << LUCK_TRIAL_BITS;
    uint64_t jobs;
    switch (option) {
    case OPT_TRIALS:
        return cmd_number("--trials", optarg, 1, trial_end, &o->trials, error);
    case OPT_FIRST:
        return cmd_number("--first", optarg, 0, trial_end - 1, &o->first, error);
    case OPT_SEED:
        return cmd_number("--seed", optarg, 0, UINT64_MAX, &o->seed, error);
    default:
        if (!cmd_number("--jobs", optarg, 1, 1024, &jobs, error))
            return false;
        o->jobs = (unsigned)jobs;
        return true;
    }
}

static bool apply_option(struct command *c, int option, struct error *error)
{
    switch (option) {
    case OPT_SWEEP:
        return add_text(&c->sweeps);
    case OPT_ZIP:
        return add_text(&c->zips);
    case OPT_DROP:
        return add_text(&c->drops);
    case OPT_NAME:
        return add_text(&c->names);
    case OPT_SET:
        return add_text(&c->sets);
    case OPT_OUT:
        c->out = optarg;
        return *optarg != '\0' || error_set(error, EXIT_INPUT, "--out '': want a folder");
    case OPT_TRIALS:
    case OPT_FIRST:
    case OPT_SEED:
    case OPT_JOBS:
        return apply_number(&c->options, option, error);
    default:
        c->one_at_a_time |= option == OPT_ONE;
        c->force |= option == OPT_FORCE;
        c->plot &= option != OPT_NO_PLOT;
        c->quiet |= option == OPT_QUIET;
        return true;
    }
}

static char *result_dir(const struct command *c)
{
    const struct plan *plan = c->sweep.plan[0];
    char *name = NULL;
    if (c->out != NULL)
        return strdup(c->out);
    CHECK(asprintf(&name, "%s-sweep", plan->name) >= 0);
    char *parent = path_join("results", plan->folder);
    char *dir = path_join(parent, name);
    free(parent);
    free(name);
    return dir;
}

static bool load(struct command *c, const char *file, struct error *error)
{
    struct sweep_request request = {.file = file,
                                    .set = c->sets.text,
                                    .sets = c->sets.n,
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
    if (!c->force && access(c->dir, F_OK) == 0)
        return error_set(error, EXIT_INPUT, "%s exists; --force replaces it", c->dir);
    return true;
}

static bool run(struct command *c, struct error *error)
{
    struct stage stage = {0};
    struct run_report report;
    bool good =
        stage_open(c->dir, c->force, &stage, error) &&
        sweep_run(&c->sweep, &c->options, &stage, c->quiet ? NULL : stdout, &report, error) &&
        stage_commit(&stage, error);
    stage_abandon(&stage);
    if (!good || c->quiet)
        return good;
    const struct plan *plan = c->sweep.plan[0];
    printf("\n%s/%s: %zu arms of %llu trials in %.2f s\n", plan->folder, plan->name,
           c->sweep.arms.n, (unsigned long long)c->options.trials, report.wall_s);
    printf("results: %s/\n", c->dir);
    fflush(stdout);
    return true;
}

/* Pictures come last: what is wrong with them must not touch results. */
static bool draw(const struct command *c, struct error *error)
{
    char title[512];
    if (!manifest_title(c->dir, title, sizeof title, error) || !sweep_draw(c->dir, title, error))
        return false;
    if (!c->quiet)
        printf("pictures: %s/plots/\n", c->dir);
    return true;
}

/* Reads the command line and the scenario; *asks_help: it only asked for help. */
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
            return cmd_bad_option("sweep", error);
        if (!apply_option(c, option, error))
            return false;
    }
    if (optind != argc - 1)
        return error_set(error, EXIT_INPUT,
                         "sweep: which scenario? One file is due; 'ikebench list scenarios' lists "
                         "some");
    if (c->options.trials > trial_end - c->options.first)
        return error_set(error, EXIT_INPUT, "--first + --trials is beyond 2^48");
    return load(c, argv[optind], error);
}

static void free_command(struct command *c)
{
    sweep_fini(&c->sweep);
    free(c->dir);
    free(c->sets.text);
    free(c->sweeps.text);
    free(c->zips.text);
    free(c->drops.text);
    free(c->names.text);
}

int cmd_sweep(int argc, char **argv)
{
    struct command c = {.options = {.seed = 1, .trials = 10000, .jobs = cmd_all_cores()},
                        .plot = true};
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
        if (!run(&c, &error) || (c.plot && !draw(&c, &error)))
            status = cmd_fail(&error);
    }
    free_command(&c);
    return status;
}
