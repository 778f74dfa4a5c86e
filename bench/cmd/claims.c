#include "../claims/report.h"
#include "../claims/tls.h"

#include <getopt.h>

#include "cmd.h"

static const char help[] =
    "usage: ikebench claims DIR [--no-plot]\n"
    "\n"
    "Sets what KB 821839 says beside the results in DIR/move/, DIR/crash/, DIR/crash-nlbsflags/, "
    "DIR/move-gap/\n"
    "and DIR/move-loaded/ and the like: writes DIR/claims.csv (and DIR/claims-g5.csv with a "
    "picture: "
    "for which\n"
    "gap in the address and which request rate the KB's 3 to 6 seconds hold) and prints the "
    "verdicts.\n"
    "A scenario without results gives rows 'not run'. Where DIR/hub-to-edge/ is (the suite "
    "bench/scenarios/tls),\n"
    "it is the steps and events of TechNet bb430773 and bb430790 that are set beside the "
    "results.\n"
    "\n"
    "  --no-plot  no picture\n";

enum { OPT_NO_PLOT = 256, OPT_HELP };

static const struct option long_options[] = {
    {"no-plot", no_argument, NULL, OPT_NO_PLOT},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

struct command {
    const char *dir;
    bool plot, asks_help;
};

static bool read_command(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?')
            return cmd_bad_option("claims", error);
        c->asks_help |= option == OPT_HELP;
        c->plot &= option != OPT_NO_PLOT;
    }
    if (c->asks_help)
        return true;
    if (optind != argc - 1)
        return error_set(error, EXIT_INPUT, "claims: want one folder of results of a suite");
    c->dir = argv[optind];
    return true;
}

/* Pictures come last: what is wrong with them must not touch results. */
static bool judge(const struct command *c, struct error *error)
{
    if (tls_claims_wanted(c->dir))
        return tls_claims(c->dir, stdout, error);
    struct judgement judgement;
    if (!claims_judge(c->dir, &judgement, error))
        return false;
    bool good = claims_save(&judgement, c->dir, error);
    if (good) {
        claims_print(stdout, &judgement, c->dir);
        printf("claims: %s/claims.csv\n", c->dir);
    }
    good = good && (!c->plot || claims_draw(&judgement, c->dir, error));
    judgement_fini(&judgement);
    return good;
}

int cmd_claims(int argc, char **argv)
{
    struct command c = {.plot = true};
    struct error error;
    if (!read_command(&c, argc, argv, &error))
        return cmd_fail(&error);
    if (c.asks_help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    return judge(&c, &error) ? EXIT_DONE : cmd_fail(&error);
}
