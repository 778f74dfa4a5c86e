#include "../compare/compare.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../compare/gate.h"
#include "../compare/many.h"
#include "../compare/report.h"
#include "../compare/save.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench compare BASE CAND [options]\n"
    "       ikebench compare SWEEP --base N [--cand M] [options]\n"
    "\n"
    "Compares two folders of results, or two arms of a sweep, trial by trial: values, change, 95 % "
    "interval\n"
    "and a verdict in words; without --cand every arm of a sweep with one, a line each. Lower is "
    "better.\n"
    "Trials are paired, which needs the same seed and the same trials.\n"
    "Intervals of means are wider by what is too rare to have been seen (rule of three).\n"
    "\n"
    "  --base N, --cand M   numbers of the arms of a sweep\n"
    "  --class NAME         outage, IPsec and lost requests of this traffic class instead (needs "
    "trial.until\n"
    "                       all or horizon)\n"
    "  --slo T              also compare P(outage > T) (default 60s)\n"
    "  --margin M           what is too little to matter, e.g. 2% or 50ms or 2%,50ms (default "
    "1%,10ms)\n"
    "  --unpaired           independent samples: other seeds, other numbers of trials\n"
    "  --fail-on EXPR       exit 3 when the interval proves EXPR, e.g. 'p99 > 130s', 'p99.ipsec > "
    "2s', 'mean > 60s',\n"
    "                       'change.p99 > 5%', 'slo > 1%', 'alarms > 10' (a day); may be repeated. "
    "Changes of\n"
    "                       shares, change.slo and change.norecovery, are in points of per cent "
    "(1pp or 1%)\n"
    "  --format F           table (default), csv, json or md\n"
    "  --out DIR            also leave compare.csv, compare.json and pictures in DIR\n"
    "  --force              replace DIR\n"
    "  --no-plot            no pictures\n"
    "  --jobs J             threads (default: all cores); the results do not depend on it\n";

#define GATES_MAX 16

struct command {
    const char *dir[ARMS], *out, *class_name;
    uint64_t arm[ARMS];
    bool has_arm[ARMS], force, plot, asks_help;
    enum compare_format format;
    struct compare_options options;
    struct gate gate[GATES_MAX];
    size_t gates;
};

enum {
    OPT_BASE = 256,
    OPT_CAND,
    OPT_SLO,
    OPT_MARGIN,
    OPT_UNPAIRED,
    OPT_FAIL_ON,
    OPT_FORMAT,
    OPT_OUT,
    OPT_FORCE,
    OPT_NO_PLOT,
    OPT_JOBS,
    OPT_CLASS,
    OPT_HELP
};

static const struct option long_options[] = {
    {"base", required_argument, NULL, OPT_BASE},
    {"cand", required_argument, NULL, OPT_CAND},
    {"slo", required_argument, NULL, OPT_SLO},
    {"margin", required_argument, NULL, OPT_MARGIN},
    {"unpaired", no_argument, NULL, OPT_UNPAIRED},
    {"fail-on", required_argument, NULL, OPT_FAIL_ON},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"out", required_argument, NULL, OPT_OUT},
    {"force", no_argument, NULL, OPT_FORCE},
    {"no-plot", no_argument, NULL, OPT_NO_PLOT},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"class", required_argument, NULL, OPT_CLASS},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static bool read_time(const char *text, double *ns)
{
    char *end;
    double number = strtod(text, &end);
    *ns = number * (strcmp(end, "ms") == 0 ? 1e6 : 1e9);
    return end != text && isfinite(number) && number >= 0.0 && *ns < 9e18 &&
           (strcmp(end, "ms") == 0 || strcmp(end, "s") == 0);
}

static bool read_share(const char *text, double *share)
{
    char *end;
    *share = strtod(text, &end) / 100.0;
    return end != text && strcmp(end, "%") == 0 && isfinite(*share) && *share >= 0.0;
}

static bool read_margin(const char *text, struct compare_options *o, struct error *error)
{
    char first[32], second[32] = "";
    int fields = sscanf(text, "%31[^,],%31[^,]", first, second);
    o->margin_share = o->margin_ns = 0.0;
    bool good = fields == 1 ? read_share(first, &o->margin_share) ||
                                  (o->margin_share = 0.0, read_time(first, &o->margin_ns))
                            : fields == 2 && read_share(first, &o->margin_share) &&
                                  read_time(second, &o->margin_ns);
    return good ||
           error_set(error, EXIT_INPUT, "--margin '%.80s': want 2%% or 50ms or 2%%,50ms", text);
}

static bool read_slo(const char *text, struct compare_options *o, struct error *error)
{
    double ns;
    if (!read_time(text, &ns))
        return error_set(error, EXIT_INPUT, "--slo '%.80s': want a time, as in 60s or 500ms", text);
    o->slo_ns = (int64_t)llround(ns);
    return true;
}

static bool read_format(const char *text, enum compare_format *format, struct error *error)
{
    static const char *const names[] = {"table", "csv", "json", "md"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *format = (enum compare_format)i;
            return true;
        }
    return error_set(error, EXIT_INPUT, "--format '%.80s': want table, csv, json or md", text);
}

static bool add_gate(struct command *c, const char *text, struct error *error)
{
    if (c->gates == GATES_MAX)
        return error_set(error, EXIT_INPUT, "--fail-on: at most %d", GATES_MAX);
    return gate_parse(text, &c->gate[c->gates++], error);
}

static bool read_jobs(struct command *c, struct error *error)
{
    uint64_t jobs;
    bool good = cmd_number("--jobs", optarg, 1, 1024, &jobs, error);
    c->options.threads = good ? (unsigned)jobs : 1;
    return good;
}

static bool apply_option(struct command *c, int option, struct error *error)
{
    switch (option) {
    case OPT_BASE:
    case OPT_CAND:
        c->has_arm[option - OPT_BASE] = true;
        return cmd_number(option == OPT_BASE ? "--base" : "--cand", optarg, 0, INT32_MAX,
                          &c->arm[option - OPT_BASE], error);
    case OPT_SLO:
        return read_slo(optarg, &c->options, error);
    case OPT_MARGIN:
        return read_margin(optarg, &c->options, error);
    case OPT_FAIL_ON:
        return add_gate(c, optarg, error);
    case OPT_FORMAT:
        return read_format(optarg, &c->format, error);
    case OPT_JOBS:
        return read_jobs(c, error);
    case OPT_OUT:
        c->out = optarg;
        return true;
    case OPT_CLASS:
        c->class_name = optarg;
        return true;
    case '?':
        return cmd_bad_option("compare", error);
    default:
        c->options.paired &= option != OPT_UNPAIRED;
        c->force |= option == OPT_FORCE;
        c->plot &= option != OPT_NO_PLOT;
        c->asks_help |= option == OPT_HELP;
        return true;
    }
}

static bool read_command(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        if (!apply_option(c, option, error))
            return false;
    bool arms = c->has_arm[BASE];
    if (c->asks_help)
        return true;
    if (c->has_arm[CAND] && !arms)
        return error_set(error, EXIT_INPUT, "compare: --cand goes with --base");
    if (argc - optind != (arms ? 1 : 2))
        return error_set(error, EXIT_INPUT,
                         arms ? "compare: with --base want one folder of a sweep"
                              : "compare: want two folders of results");
    if (arms && !c->has_arm[CAND] && c->out)
        return error_set(
            error, EXIT_INPUT,
            "compare: --out goes with --cand (the sweep's own pictures have all arms)");
    c->dir[BASE] = argv[optind];
    c->dir[CAND] = argv[argc - 1];
    return true;
}

static bool read_arms(const struct command *c, struct arm arm[ARMS], struct error *error)
{
    bool paired = c->options.paired;
    return c->has_arm[BASE]
               ? arms_read_sweep(c->dir[BASE], (int64_t)c->arm[BASE], (int64_t)c->arm[CAND], paired,
                                 c->class_name, arm, error)
               : arms_read(c->dir[BASE], c->dir[CAND], paired, c->class_name, arm, error);
}

/* A gate that stays open because nothing was measured should not look like one that holds. */
static void tell_unjudged(const struct gate *gate, const struct comparison *row, size_t n)
{
    if (!gate_is_judged(gate, row, n))
        fprintf(stderr, "ikebench: warning: gate not judged: %s: %s\n", gate->text,
                gate_why_not(gate, row, n));
}

/* On standard error, so that standard output stays one document. `whose` begins what is told. */
static bool pass_gates(const struct command *c, const char *whose, const struct comparison *row,
                       size_t n)
{
    bool pass = true;
    char told[256];
    for (size_t i = 0; i < c->gates; i++) {
        tell_unjudged(&c->gate[i], row, n);
        if (gate_fails(&c->gate[i], row, n, told, sizeof told)) {
            fprintf(stderr, "ikebench: gate failed: %s%s%s\n", whose, *whose ? ": " : "", told);
            pass = false;
        }
    }
    return pass;
}

static void print_class(const struct command *c)
{
    if (c->class_name && c->format == COMPARE_TABLE)
        printf("class      %s\n", c->class_name);
}

/* All arms against one. */
static int compare_all(const struct command *c)
{
    struct error error;
    struct many many;
    if (!many_compare(c->dir[BASE], (int64_t)c->arm[BASE], c->class_name, &c->options, &many,
                      &error))
        return cmd_fail(&error);
    print_class(c);
    many_print(stdout, &many, c->format);
    bool pass = true;
    for (size_t i = 0; i < many.n; i++)
        pass &= pass_gates(c, many.candidate[i].name, many.candidate[i].row, many.candidate[i].n);
    many_fini(&many);
    return pass ? EXIT_DONE : EXIT_GATE;
}

static int compare(const struct command *c)
{
    struct error error;
    struct arm arm[ARMS];
    struct comparing comparing;
    if (!read_arms(c, arm, &error))
        return cmd_fail(&error);
    compare_arms(arm, &c->options, &comparing);
    print_class(c);
    compare_print(stdout, &comparing, c->format);
    bool pass = pass_gates(c, "", comparing.row, comparing.n);
    bool saved = !c->out || compare_save(&comparing, c->out, c->force, c->plot, &error);
    comparing_fini(&comparing);
    arms_fini(arm);
    if (!saved)
        return cmd_fail(&error);
    return pass ? EXIT_DONE : EXIT_GATE;
}

int cmd_compare(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct command c = {
        .plot = true,
        .options = {.paired = true,
                    .slo_ns = 60000000000,
                    .margin_share = 0.01,
                    .margin_ns = 10e6,
                    .threads = cores > 0 ? (unsigned)cores : 1},
    };
    struct error error;
    if (!read_command(&c, argc, argv, &error))
        return cmd_fail(&error);
    if (c.asks_help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    return c.has_arm[BASE] && !c.has_arm[CAND] ? compare_all(&c) : compare(&c);
}
