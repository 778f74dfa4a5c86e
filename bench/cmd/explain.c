/* `ikebench explain`: floor and ceiling of each part of an outage beside what was simulated. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../explain/report.h"
#include "../out/manifest.h"
#include "../out/stage.h"
#include "../run/run.h"
#include "../validate/support.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench explain FILE [options]\n"
    "       ikebench explain DIR [--format F]\n"
    "\n"
    "Says of each part of the outage what it is made of, its floor and its ceiling, worked out "
    "from "
    "the values\n"
    "of the scenario, what it takes when nothing disturbs it, and the quantiles of simulated "
    "trials: "
    "of the\n"
    "scenario FILE, which it runs for the purpose, or of the results in DIR.\n"
    "\n"
    "  --trials N       how many trials (default 2000)\n"
    "  --seed S         seed, 0 to 2^64-1 (default 1)\n"
    "  --jobs J         threads (default: all cores); the results do not depend on it\n"
    "  --set KEY=VALUE  overrides a key of the scenario; may be repeated\n"
    "  --format F       text (default), md or json\n";

struct command {
    struct run_options options;
    struct cmd_sets sets;
    void (*print)(FILE *out, const struct explained *e);
    bool of_file, asks_help; /* of_file: an option that only goes with a FILE was given */
    const char *what;
};

enum { OPT_TRIALS = 256, OPT_SEED, OPT_JOBS, OPT_SET, OPT_FORMAT, OPT_HELP };

static const struct option long_options[] = {
    {"trials", required_argument, NULL, OPT_TRIALS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"set", required_argument, NULL, OPT_SET},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static bool read_format(struct command *c, const char *name, struct error *error)
{
    static const struct {
        const char *name;
        void (*print)(FILE *, const struct explained *);
    } formats[] = {
        {"text", explain_print_text}, {"md", explain_print_md}, {"json", explain_print_json}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0) {
            c->print = formats[i].print;
            return true;
        }
    return error_set(error, EXIT_INPUT, "--format '%.200s': want text, md or json", name);
}

static bool apply_option(struct command *c, int option, struct error *error)
{
    uint64_t jobs;
    c->of_file |= option != OPT_FORMAT && option != OPT_JOBS;
    switch (option) {
    case OPT_TRIALS:
        return cmd_number("--trials", optarg, 1, UINT64_C(1) << 30, &c->options.trials, error);
    case OPT_SEED:
        return cmd_number("--seed", optarg, 0, UINT64_MAX, &c->options.seed, error);
    case OPT_JOBS:
        if (!cmd_number("--jobs", optarg, 1, 1024, &jobs, error))
            return false;
        c->options.jobs = (unsigned)jobs;
        return true;
    case OPT_SET:
        cmd_add_set(&c->sets, optarg);
        return true;
    default:
        return read_format(c, optarg, error);
    }
}

static bool read_command(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        c->asks_help = option == OPT_HELP;
        if (c->asks_help)
            return true;
        if (option == '?')
            return cmd_bad_option("explain", error);
        if (!apply_option(c, option, error))
            return false;
    }
    c->what = optind == argc - 1 ? argv[optind] : NULL;
    return c->what != NULL ||
           error_set(error, EXIT_INPUT, "explain: want one scenario file or folder of results");
}

/* Runs the trials into a file that has no name and is gone with the program. */
static bool simulate(const struct command *c, const struct plan *plan, struct summary *summary,
                     struct error *error)
{
    struct run_report report;
    struct output output;
    struct csv_table table;
    char path[32];
    FILE *file = tmpfile();
    if (file == NULL)
        return error_set(error, EXIT_OUTPUT, "a file for the trials: %s", strerror(errno));
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    bool good = output_open_file(&output, path, "a file for the trials", error) &&
                run_trials(plan, &c->options, &output, &report, error);
    output_close(&output, NULL);
    if (good && (good = csv_table_read(path, NULL, 0, &table, error))) {
        good = summary_compute(&table, summary, error);
        csv_table_fini(&table);
    }
    fclose(file);
    return good;
}

/* A scenario in which nothing fails has no outage, one of TLS sessions no IPsec, and in a storm
 * what matters is that they are many. */
static bool something_fails(const struct command *c, const struct plan *plan, struct error *error)
{
    if (plan->base.trial.system == TRIAL_SYSTEM_storm)
        return error_set(error, EXIT_INPUT,
                         "%s: explain follows one front end (trial.system: ipsec), this is a storm "
                         "of clients that wait for each other: 'ikebench sweep' over storm.clients "
                         "and its limits tells what they do",
                         c->what);
    if (plan->base.trial.system != TRIAL_SYSTEM_ipsec)
        return error_set(error, EXIT_INPUT,
                         "%s: explain speaks of IPsec (trial.system: ipsec), this is about TLS "
                         "sessions: 'ikebench certsel' tells how their certificate is chosen",
                         c->what);
    return plan->base.failure.kind != FAILURE_none ||
           error_set(error, EXIT_INPUT,
                     "%s: nothing fails (failure.kind: none), so there is no outage to explain",
                     c->what);
}

static bool explain_file(struct command *c, struct plan **plan, struct summary *summary,
                         struct error *error)
{
    if (!plan_load(plan, c->what, c->sets.text, c->sets.n, error) ||
        !something_fails(c, *plan, error))
        return false;
    support_warn(plan, 1);
    return simulate(c, *plan, summary, error);
}

/* Results of --columns may lack what is to be explained. */
static bool has_all(const struct command *c, const struct summary *summary, struct error *error)
{
    const char *missing = explain_missing(summary);
    return missing == NULL ||
           error_set(
               error, EXIT_INPUT,
               "%s: its trials have no column '%s' (--columns): explain the scenario file, or "
               "results with all columns",
               c->what, missing);
}

static bool is_sweep(const char *folder)
{
    char *arms = path_join(folder, "arms.csv");
    bool found = access(arms, F_OK) == 0;
    free(arms);
    return found;
}

static bool explain_folder(struct command *c, struct plan **plan, struct summary *summary,
                           struct error *error)
{
    struct manifest manifest;
    if (c->of_file)
        return error_set(
            error, EXIT_INPUT,
            "explain of results: --trials, --seed and --set are those of the run; give the "
            "scenario file instead");
    if (is_sweep(c->what))
        return error_set(error, EXIT_INPUT,
                         "%s: explain speaks of one scenario, this is a sweep: give the scenario "
                         "file, with --set KEY=VALUE for the values of an arm",
                         c->what);
    if (!manifest_read(c->what, &manifest, error))
        return false;
    *plan = manifest.plan;
    c->options.seed = manifest.seed;
    return something_fails(c, *plan, error) && summary_load(c->what, summary, error) &&
           has_all(c, summary, error);
}

static bool explain(struct command *c, struct error *error)
{
    struct stat info;
    struct plan *plan = NULL;
    struct summary *summary = calloc(1, sizeof *summary);
    bool folder = stat(c->what, &info) == 0 && S_ISDIR(info.st_mode);
    bool good =
        summary != NULL && (folder ? explain_folder : explain_file)(c, &plan, summary, error);
    if (good)
        c->print(stdout,
                 &(struct explained){.plan = plan, .summary = summary, .seed = c->options.seed});
    plan_free(plan);
    free(summary);
    return good;
}

int cmd_explain(int argc, char **argv)
{
    struct command c = {.options = {.seed = 1, .trials = 2000, .jobs = cmd_all_cores()},
                        .print = explain_print_text};
    struct error error;
    int status = EXIT_DONE;
    if (!read_command(&c, argc, argv, &error)) {
        status = cmd_fail(&error);
    } else if (c.asks_help) {
        fputs(help, stdout);
    } else {
        c.options.stop = cmd_catch_signals();
        c.options.progress = isatty(STDERR_FILENO);
        if (!explain(&c, &error))
            status = cmd_fail(&error);
    }
    free(c.sets.text);
    return status;
}
