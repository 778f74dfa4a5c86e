/* `ikebench validate`: what a scenario says once all files are merged, and what of it is idle. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../validate/report.h"
#include "../validate/support.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench validate FILE [options]\n"
    "\n"
    "Reads the scenario FILE with all that it extends and prints every key with its value and "
    "where "
    "it comes\n"
    "from (default, FILE:LINE:COLUMN or --set), the keys that were given and change nothing here, "
    "and\n"
    "combinations that are not supported. Exit status 0 also with such findings, 2 when FILE is "
    "not "
    "right.\n"
    "\n"
    "  --set KEY=VALUE  overrides a key of the scenario; may be repeated\n"
    "  --format F       text (default) or json\n";

struct command {
    struct cmd_sets sets;
    bool json, asks_help;
    const char *file;
};

enum { OPT_SET = 256, OPT_FORMAT, OPT_HELP };

static const struct option long_options[] = {
    {"set", required_argument, NULL, OPT_SET},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static bool read_command(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        c->asks_help = option == OPT_HELP;
        if (c->asks_help)
            return true;
        if (option == '?')
            return cmd_bad_option("validate", error);
        if (option == OPT_SET) {
            cmd_add_set(&c->sets, optarg);
            continue;
        }
        c->json = strcmp(optarg, "json") == 0;
        if (!c->json && strcmp(optarg, "text") != 0)
            return error_set(error, EXIT_INPUT, "--format '%.200s': want text or json", optarg);
    }
    c->file = optind == argc - 1 ? argv[optind] : NULL;
    return c->file != NULL || error_set(error, EXIT_INPUT,
                                        "validate: which scenario? One file is due; 'ikebench list "
                                        "scenarios' lists some");
}

static bool validate(const struct command *c, struct error *error)
{
    struct sweep_request request = {
        .file = c->file, .set = c->sets.text, .sets = c->sets.n, .single = true};
    struct sweep sweep;
    if (!sweep_load(&sweep, &request, NULL, 0, error))
        return false;
    (c->json ? validate_print_json : validate_print)(stdout, c->file, &sweep);
    support_warn(sweep.plan, sweep.arms.n);
    sweep_fini(&sweep);
    return true;
}

int cmd_validate(int argc, char **argv)
{
    struct command c = {0};
    struct error error;
    int status = EXIT_DONE;
    if (!read_command(&c, argc, argv, &error)) {
        status = cmd_fail(&error);
    } else if (c.asks_help) {
        fputs(help, stdout);
    } else if (!validate(&c, &error)) {
        if (c.json)
            validate_print_error_json(stdout, c.file, &error);
        status = cmd_fail(&error);
    }
    free(c.sets.text);
    return status;
}
