/* The commands that read folders of results: summary and plot. */
#include <stdio.h>
#include <string.h>

#include "../out/manifest.h"
#include "../plot/plot.h"
#include "../stats/summary.h"
#include "../sweep/arm_list.h"
#include "../sweep/draw.h"
#include "../sweep/report.h"
#include "cmd.h"

static bool summarize(const char *dir, struct error *error)
{
    if (arm_list_there(dir))
        return sweep_summarize(dir, stdout, error);
    struct summary summary;
    if (!summary_load(dir, &summary, error) || !summary_save(&summary, dir, error))
        return false;
    summary_print(stdout, &summary, dir);
    return true;
}

static bool redraw(const char *dir, struct error *error)
{
    char title[512];
    if (!manifest_title(dir, title, sizeof title, error) ||
        !(arm_list_there(dir) ? sweep_draw : plot_write)(dir, title, error))
        return false;
    cmd_tell_pictures(dir, "");
    return true;
}

/* Whether `option` is among the arguments. */
static bool asks_for(int argc, char **argv, const char *option)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], option) == 0)
            return true;
    return false;
}

/* They take no options, and nothing is done where one was meant. */
static bool all_are_folders(int argc, char **argv, struct error *error)
{
    if (argc < 2)
        return error_set(error, EXIT_INPUT, "%s: which folder of results?", argv[0]);
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '-')
            return error_set(error, EXIT_INPUT,
                             "%s: unknown option '%.200s': folders of results are due (one whose "
                             "name begins so: ./%.200s)",
                             argv[0], argv[i], argv[i]);
    return true;
}

/* Applies `what` to each folder; the first failure's status is returned, the others are still done.
 */
static int for_each(int argc, char **argv, const char *help,
                    bool (*what)(const char *, struct error *))
{
    if (asks_for(argc, argv, "--help")) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    int status = EXIT_DONE;
    struct error error;
    if (!all_are_folders(argc, argv, &error))
        return cmd_fail(&error);
    for (int i = 1; i < argc; i++)
        if (!what(argv[i], &error)) {
            int failed = cmd_fail(&error);
            status = status == EXIT_DONE ? failed : status;
        }
    return status;
}

int cmd_summary(int argc, char **argv)
{
    return for_each(argc, argv,
                    "usage: ikebench summary DIR...\n\n"
                    "Recomputes DIR/summary.csv from DIR/trials.csv and prints a table of it.\n",
                    summarize);
}

int cmd_plot(int argc, char **argv)
{
    return for_each(argc, argv,
                    "usage: ikebench plot DIR...\n\n"
                    "Redraws DIR/plots/ from DIR/trials.csv (needs gnuplot).\n",
                    redraw);
}
