#include "../availability/availability.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../availability/report.h"
#include "../availability/settings.h"
#include "../out/stage.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench availability DIR... --crashes N/year --moves N/year [options]\n"
    "\n"
    "Minutes a year and nines, from how often nodes fail and what runs and their alarms.csv say of "
    "outages and\n"
    "false alarms. DIR: results of one tuning, one for each kind of failure that has a rate, e.g. "
    "a crash and a\n"
    "move; or sweeps of the same arms, which gives a table for each arm. Upper ends of intervals "
    "leave room for\n"
    "outages too rare to have been seen, as long as trial.horizon: few trials say little.\n"
    "\n"
    "  --crashes R, --moves R  how often, as in 2/year, 1/month, 0.5/week or 1/day\n"
    "  --rate KIND=R           the same for any failure.kind\n"
    "  --alarm-outage T        what a false alarm costs the class it hits (default: as simulated), "
    "e.g. 50ms\n"
    "  --no-alarms             leave false alarms out\n"
    "  --differ                add up DIRs whose other settings differ too; false alarms are the "
    "first one's\n"
    "  --ipsec                 down until IPsec works (default: until the first good answer)\n"
    "  --bound                 count trials beyond the horizon as the horizon: a lower bound\n"
    "  --seed S                of the years that are played for a bad year (default 1)\n"
    "  --format F              table (default), csv, json or md\n"
    "  --out FILE              write it to FILE\n"
    "  --force                 replace FILE\n";

enum { RATES_MAX = AVAILABILITY_KINDS_MAX };

struct command {
    struct failure_rate rate[RATES_MAX];
    size_t rates;
    struct availability_options options;
    enum settings_metric metric;
    enum availability_format format;
    const char *out;
    bool differ, force, asks_help;
};

enum {
    OPT_CRASHES = 256,
    OPT_MOVES,
    OPT_RATE,
    OPT_ALARM_OUTAGE,
    OPT_NO_ALARMS,
    OPT_DIFFER,
    OPT_IPSEC,
    OPT_BOUND,
    OPT_SEED,
    OPT_FORMAT,
    OPT_OUT,
    OPT_FORCE,
    OPT_HELP
};

static const struct option long_options[] = {
    {"crashes", required_argument, NULL, OPT_CRASHES},
    {"moves", required_argument, NULL, OPT_MOVES},
    {"rate", required_argument, NULL, OPT_RATE},
    {"alarm-outage", required_argument, NULL, OPT_ALARM_OUTAGE},
    {"no-alarms", no_argument, NULL, OPT_NO_ALARMS},
    {"differ", no_argument, NULL, OPT_DIFFER},
    {"ipsec", no_argument, NULL, OPT_IPSEC},
    {"bound", no_argument, NULL, OPT_BOUND},
    {"seed", required_argument, NULL, OPT_SEED},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"out", required_argument, NULL, OPT_OUT},
    {"force", no_argument, NULL, OPT_FORCE},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static bool add_rate(struct command *c, const char *option, const char *kind, size_t length,
                     const char *text, struct error *error)
{
    struct failure_rate *rate = &c->rate[c->rates];
    if (c->rates == RATES_MAX)
        return error_set(error, EXIT_INPUT, "availability: at most %d rates", RATES_MAX);
    if (length == 0 || length >= sizeof rate->kind || !failure_rate_parse(text, &rate->a_year))
        return error_set(error, EXIT_INPUT,
                         "%s '%.80s': want a rate such as 2/year, 1/month, 0.5/week or 1/day (at "
                         "most 100000 a year)",
                         option, optarg);
    snprintf(rate->kind, sizeof rate->kind, "%.*s", (int)length, kind);
    for (size_t i = 0; i < c->rates; i++)
        if (strcmp(c->rate[i].kind, rate->kind) == 0)
            return error_set(error, EXIT_INPUT, "%s '%.80s': the rate of %s is given twice", option,
                             optarg, rate->kind);
    c->rates++;
    return true;
}

static bool read_rate(struct command *c, struct error *error)
{
    size_t length = strcspn(optarg, "=");
    const char *text = optarg[length] == '=' ? optarg + length + 1 : "";
    return add_rate(c, "--rate", optarg, length, text, error);
}

static bool read_cost(struct command *c, struct error *error)
{
    char *end;
    double number = strtod(optarg, &end);
    bool ms = strcmp(end, "ms") == 0;
    if (end == optarg || !(ms || strcmp(end, "s") == 0) || !isfinite(number) || number < 0.0)
        return error_set(error, EXIT_INPUT,
                         "--alarm-outage '%.80s': want a time, as in 50ms or 1.5s", optarg);
    c->options.alarm_ns = number * (ms ? 1e6 : 1e9);
    return true;
}

static bool read_format(struct command *c, struct error *error)
{
    static const char *const names[] = {"table", "csv", "json", "md"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(optarg, names[i]) == 0) {
            c->format = (enum availability_format)i;
            return true;
        }
    return error_set(error, EXIT_INPUT, "--format '%.80s': want table, csv, json or md", optarg);
}

static bool apply_option(struct command *c, int option, struct error *error)
{
    switch (option) {
    case OPT_CRASHES:
        return add_rate(c, "--crashes", "crash", strlen("crash"), optarg, error);
    case OPT_MOVES:
        return add_rate(c, "--moves", "move", strlen("move"), optarg, error);
    case OPT_RATE:
        return read_rate(c, error);
    case OPT_ALARM_OUTAGE:
        return read_cost(c, error);
    case OPT_SEED:
        return cmd_number("--seed", optarg, 0, UINT64_MAX, &c->options.seed, error);
    case OPT_FORMAT:
        return read_format(c, error);
    case OPT_OUT:
        c->out = optarg;
        return *optarg != '\0' || error_set(error, EXIT_INPUT, "--out '': want a file");
    case '?':
        return cmd_bad_option("availability", error);
    default:
        c->options.no_alarms |= option == OPT_NO_ALARMS;
        c->options.bound |= option == OPT_BOUND;
        c->differ |= option == OPT_DIFFER;
        c->force |= option == OPT_FORCE;
        c->asks_help |= option == OPT_HELP;
        if (option == OPT_IPSEC)
            c->metric = SETTINGS_IPSEC;
        return true;
    }
}

static bool work_out(const struct settings *s, const struct availability_options *o,
                     struct availability *result, struct error *error)
{
    for (size_t i = 0; i < s->n; i++)
        if (!availability_of(&s->tuning[i], o, &result[i], error))
            return false;
    return true;
}

static bool print(const struct command *c, const struct settings *s,
                  const struct availability *result, struct error *error)
{
    if (c->out == NULL) {
        availability_print(stdout, s, result, &c->options, c->format);
        return true;
    }
    struct whole_file file;
    if (!c->force && access(c->out, F_OK) == 0)
        return error_set(error, EXIT_INPUT, "%s exists; --force replaces it", c->out);
    if (!whole_file_open(c->out, &file, error))
        return false;
    availability_print(file.stream, s, result, &c->options, c->format);
    bool good = whole_file_commit(&file, error);
    whole_file_abandon(&file);
    return good;
}

static bool availability(const struct command *c, const char *const *dir, size_t dirs,
                         struct error *error)
{
    struct settings s;
    enum settings_tuning tuning = c->differ              ? SETTINGS_ANY_TUNING
                                  : c->options.no_alarms ? SETTINGS_OF_OUTAGES
                                                         : SETTINGS_ONE_TUNING;
    if (!settings_read(&s, dir, dirs, c->rate, c->rates, c->metric, tuning, error))
        return false;
    struct availability *result = calloc(s.n, sizeof *result);
    CHECK(result != NULL);
    bool good = work_out(&s, &c->options, result, error) && print(c, &s, result, error);
    free(result);
    settings_fini(&s);
    return good;
}

int cmd_availability(int argc, char **argv)
{
    struct command c = {.options = {.alarm_ns = -1.0, .seed = 1}};
    struct error error;
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        if (!apply_option(&c, option, &error))
            return cmd_fail(&error);
    if (c.asks_help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    bool good = optind < argc && c.rates > 0;
    if (!good)
        error_set(
            &error, EXIT_INPUT,
            optind == argc
                ? "availability: which folders of results?"
                : "availability: how often do nodes fail? (--crashes 2/year --moves 12/year)");
    if (good && c.options.no_alarms && c.options.alarm_ns >= 0.0)
        good = error_set(&error, EXIT_INPUT,
                         "--alarm-outage: with --no-alarms there are none that it could be about");
    good = good &&
           availability(&c, (const char *const *)argv + optind, (size_t)(argc - optind), &error);
    return good ? EXIT_DONE : cmd_fail(&error);
}
