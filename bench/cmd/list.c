#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/row.h"

#include "../base/share.h"
#include "../out/csv.h"
#include "../scenario/registry.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench list params|columns|scenarios\n"
    "\n"
    "  params      every key of a scenario: default, range, meaning, source\n"
    "  columns     every column of trials.csv\n"
    "  scenarios   those that come with the program\n";

static void list_columns(void)
{
    static const char *const kinds[] = {"id", "outcome", "client", "moment", "phase", "amount"};
    printf("%-22s %-8s %-3s %s\n", CSV_ARM, "id", "",
           "in sweeps, and in alarms.csv, first: number of the arm, from 0 (arms.csv names it)");
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++) {
        const struct row_column *c = &row_columns[i];
        printf("%-22s %-8s %-3s %s\n", c->name, kinds[c->kind], c->unit, c->meaning);
    }
    puts("\nThen, with trial.until all or horizon, for each class, as class.NAME.COLUMN:");
    for (size_t i = 0; i < ROW_CLASS_COLUMN_COUNT; i++) {
        const struct row_column *c = &row_class_columns[i];
        printf("%-22s %-8s %-3s %s\n", c->name, kinds[c->kind], c->unit, c->meaning);
    }
    puts("\nOutcomes, moments and phases are those of front end 0, which differs from the others "
         "in luck only;\nclient: an outcome of one front end by its rank among all; amounts are of "
         "all together.\n\nThen a column for each value drawn once a trial, named by its key "
         "(times: key_ns).\nalarms.csv has the same columns, of the same tuning while nothing "
         "fails.\n"
         "quantiles.csv (--rows none): n trials have the metric, count of them this value, below a "
         "smaller\none; sum and squares are of all values up to it, squares at most 2^128 - 1;\nno "
         "value: beyond the horizon.\n"
         "clients.csv (run --clients) has a row for each front end: trial, front_end (its number, "
         "from 0), then its own\nids, outcomes, moments and phases, not client and amount, and of "
         "its classes the same.\n"
         "ns count from t = 0, the crash or the instant the address leaves; -1 = never.");
}

/* The line "description: ..." of a scenario, without reading it as one: a broken scenario is listed
 * too. */
static void print_description(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];
    static const char key[] = "description:";
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, sizeof key - 1) == 0) {
            line[strcspn(line, "\n")] = '\0';
            printf("    %s\n", line + sizeof key);
        }
    fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Every .yaml below a folder, in order of name. */
static void list_folder(const char *folder)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, by_name);
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        const char *name = entry[i]->d_name, *ending = strrchr(name, '.');
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (name[0] != '.' && entry[i]->d_type == DT_DIR) {
            list_folder(path);
        } else if (ending != NULL && strcmp(ending, ".yaml") == 0) {
            puts(path);
            print_description(path);
        }
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
}

static int list_scenarios(void)
{
    char *folder = share_find("bench/scenarios", "scenarios");
    struct error error;
    if (folder == NULL) {
        error_set(&error, EXIT_INPUT, "the scenarios are not installed (set IKEBENCH_SHARE)");
        return cmd_fail(&error);
    }
    list_folder(folder);
    free(folder);
    return EXIT_DONE;
}

int cmd_list(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    struct error error;
    if (strcmp(what, "--help") == 0)
        fputs(help, stdout);
    else if (strcmp(what, "params") == 0)
        registry_print(stdout);
    else if (strcmp(what, "columns") == 0)
        list_columns();
    else if (strcmp(what, "scenarios") == 0)
        return list_scenarios();
    else {
        error_set(&error, EXIT_INPUT, "list: want params, columns or scenarios");
        return cmd_fail(&error);
    }
    return EXIT_DONE;
}
