#include "../trace/trace.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../out/manifest.h"
#include "cmd.h"

static const char help[] = "usage: ikebench trace FILE|DIR --trial K [options]\n"
                           "\n"
                           "Simulates trial K of a scenario FILE, or of the run whose results are "
                           "in DIR (seed and values are then\n"
                           "its manifest's), and tells it moment by moment: who did what, IKE "
                           "messages in the RFC's notation.\n"
                           "\n"
                           "  --trial K        which one (default: the first)\n"
                           "  --arm A          of the sweep whose results are in DIR\n"
                           "  --seed S         seed (FILE only; default 1)\n"
                           "  --set KEY=VALUE  overrides a key (FILE only)\n"
                           "  --all            every packet of every request too\n";

enum { OPT_TRIAL = 256, OPT_SEED, OPT_SET, OPT_ARM, OPT_ALL, OPT_HELP };

static const struct option long_options[] = {
    {"trial", required_argument, NULL, OPT_TRIAL},
    {"seed", required_argument, NULL, OPT_SEED},
    {"set", required_argument, NULL, OPT_SET},
    {"arm", required_argument, NULL, OPT_ARM},
    {"all", no_argument, NULL, OPT_ALL},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

struct command {
    uint64_t trial, seed, arm;
    bool trial_given, seed_given, arm_given, all;
    struct cmd_sets sets;
};

static bool apply_option(struct command *c, int option, struct error *error)
{
    switch (option) {
    case OPT_TRIAL:
        c->trial_given = true;
        return cmd_number("--trial", optarg, 0, (UINT64_C(1) << LUCK_TRIAL_BITS) - 1, &c->trial,
                          error);
    case OPT_SEED:
        c->seed_given = true;
        return cmd_number("--seed", optarg, 0, UINT64_MAX, &c->seed, error);
    case OPT_ARM:
        c->arm_given = true;
        return cmd_number("--arm", optarg, 0, UINT32_MAX, &c->arm, error);
    case OPT_SET:
        cmd_add_set(&c->sets, optarg);
        return true;
    default:
        c->all = true;
        return true;
    }
}

/* Another number would be told as well, but nothing of it is in the folder. */
static bool is_of_run(struct command *c, const char *dir, const struct manifest *m,
                      struct error *error)
{
    if (!c->trial_given)
        c->trial = m->first;
    return (c->trial >= m->first && c->trial - m->first < m->trials) ||
           error_set(error, EXIT_INPUT,
                     "--trial %" PRIu64 ": %s has %" PRIu64 " trials, %" PRIu64 " to %" PRIu64
                     " (the scenario file has any)",
                     c->trial, dir, m->trials, m->first, m->first + m->trials - 1);
}

static bool load(struct command *c, const char *what, struct plan **plan, struct error *error)
{
    struct stat info;
    bool results = stat(what, &info) == 0 && S_ISDIR(info.st_mode);
    if (!results && c->arm_given)
        return error_set(error, EXIT_INPUT, "--arm: %s is no folder of results", what);
    if (!results)
        return plan_load(plan, what, c->sets.text, c->sets.n, error);
    if (c->sets.n > 0 || c->seed_given)
        return error_set(
            error, EXIT_INPUT,
            "trace of results: --set and --seed are those of the run; give the scenario "
            "file instead");
    struct manifest manifest;
    if (!(c->arm_given ? manifest_read_arm(what, c->arm, &manifest, error)
                       : manifest_read(what, &manifest, error)))
        return false;
    c->seed = manifest.seed;
    *plan = manifest.plan;
    return is_of_run(c, what, &manifest, error);
}

/* Reads the command line and the plan; *plan stays NULL when it only asked for help. */
static bool read_command(struct command *c, int argc, char **argv, struct plan **plan,
                         struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP)
            return true;
        if (option == '?')
            return cmd_bad_option("trace", error);
        if (!apply_option(c, option, error))
            return false;
    }
    if (optind != argc - 1)
        return error_set(error, EXIT_INPUT, "trace: want one scenario file or folder of results");
    return load(c, argv[optind], plan, error);
}

int cmd_trace(int argc, char **argv)
{
    struct command c = {.seed = 1};
    struct error error;
    struct plan *plan = NULL;
    bool good = read_command(&c, argc, argv, &plan, &error);
    free(c.sets.text);
    if (!good) {
        plan_free(plan);
        return cmd_fail(&error);
    }
    if (plan == NULL) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    struct luck luck = {.seed = c.seed, .trial = c.trial};
    trace_trial(stdout, plan, &luck, c.all);
    plan_free(plan);
    return EXIT_DONE;
}
