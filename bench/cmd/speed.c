#include "../speed/speed.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../speed/peer.h"
#include "../speed/picture.h"
#include "../speed/report.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench speed [options]\n"
    "\n"
    "Measures how fast this program is on this machine: event queue, M/M/1, laws, the "
    "retransmission\n"
    "trial, the scenarios of KB 821839, a crash of 1 and of 10,000 front ends, comparing two runs\n"
    "of 10^6 trials (needs 1 GB in $TMPDIR or /tmp for a while), and what an arm of a sweep "
    "costs;\n"
    "where SimPy is installed (Debian: python3-simpy3) it does the same trial and M/M/1 in the "
    "same\n"
    "rounds. Times are in ns and in yardsticks (one gsl_rng_uniform of mt19937, timed beside each\n"
    "round); medians of 7 interleaved rounds.\n"
    "\n"
    "  --out FILE   the table as CSV, without a picture (default results/speed/speed.csv, with "
    "one)\n"
    "  --only TEXT  only what has TEXT in its name\n"
    "  --quick      a thirtieth of the work in 3 rounds: to try it, not for figures\n";

#define PICTURE "results/speed/plots"

struct command {
    const char *out, *only;
    bool quick, help;
};

static bool parse(int argc, char **argv, struct command *c, struct error *error)
{
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"only", required_argument, NULL, 'n'},
                                            {"quick", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'o')
            c->out = optarg;
        else if (option == 'n')
            c->only = optarg;
        else if (option == 'q')
            c->quick = true;
        else if (option == 'h')
            c->help = true;
        else
            return cmd_bad_option("speed", error);
    }
    if (optind < argc)
        return error_set(error, EXIT_INPUT, "speed: '%.200s' is too much", argv[optind]);
    return true;
}

/* The default place is ours to make; a FILE's folder must be there. */
static bool make_folders(struct error *error)
{
    static const char *const folder[] = {"results", "results/speed"};
    for (size_t i = 0; i < sizeof folder / sizeof folder[0]; i++)
        if (mkdir(folder[i], 0777) != 0 && errno != EEXIST)
            return error_set(error, EXIT_OUTPUT, "%s: %s", folder[i], strerror(errno));
    return true;
}

static bool measure_and_write(const struct command *c, struct error *error)
{
    struct measures measures = {0};
    const char *path = c->out != NULL ? c->out : "results/speed/speed.csv";
    bool good = (c->out != NULL || make_folders(error)) &&
                speed_measure(&measures, c->quick, c->only, error) &&
                report_write(&measures, path, error);
    if (good) {
        report_print(&measures, stdout);
        peer_print(&measures, stdout);
        printf("the same as CSV: %s\n", path);
    }
    if (good && c->out == NULL) {
        good = picture_write(&measures, PICTURE, error);
        if (good)
            puts("as a picture: " PICTURE "/speed.svg and speed.png");
    }
    measures_fini(&measures);
    return good;
}

int cmd_speed(int argc, char **argv)
{
    struct command c = {0};
    struct error error;
    if (!parse(argc, argv, &c, &error))
        return cmd_fail(&error);
    if (c.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    return measure_and_write(&c, &error) ? EXIT_DONE : cmd_fail(&error);
}
