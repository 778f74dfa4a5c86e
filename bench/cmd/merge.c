/* ikebench merge: parts of one batch become the whole. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../alarms/alarms.h"
#include "../out/manifest.h"
#include "../out/parts.h"
#include "../plot/plot.h"
#include "../run/counting.h"
#include "../run/shard.h"
#include "../run/stress.h"
#include "../stats/summary.h"
#include "../sweep/draw.h"
#include "../sweep/report.h"
#include "cmd.h"

static const char help[] =
    "usage: ikebench merge DIR... [options]\n"
    "\n"
    "Makes one folder of results of parts of one batch: those of --shard, or runs with --first and "
    "--trials\n"
    "whose trials are neighbours. It has the bytes that one process would have left. Parts of "
    "another\n"
    "experiment, seed or version, and trials that are there twice or not at all are refused; what "
    "has to be\n"
    "run again is named.\n"
    "\n"
    "  --out DIR   results go to DIR (default: the parts' name without .I-of-N)\n"
    "  --force     replace results that are there already\n"
    "  --no-plot   no pictures\n"
    "  --quiet     print nothing but errors\n";

struct command {
    char *out;
    bool force, plot, quiet, asks_help;
    struct parts parts;
};

enum { OPT_OUT = 256, OPT_FORCE, OPT_NO_PLOT, OPT_QUIET, OPT_HELP };

static const struct option long_options[] = {
    {"out", required_argument, NULL, OPT_OUT},   {"force", no_argument, NULL, OPT_FORCE},
    {"no-plot", no_argument, NULL, OPT_NO_PLOT}, {"quiet", no_argument, NULL, OPT_QUIET},
    {"help", no_argument, NULL, OPT_HELP},       {0},
};

static bool read_options(struct command *c, int argc, char **argv, struct error *error)
{
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == '?')
            return cmd_bad_option("merge", error);
        if (option == OPT_OUT) {
            free(c->out);
            c->out = strdup(optarg);
            CHECK(c->out != NULL);
        }
        c->force |= option == OPT_FORCE;
        c->plot &= option != OPT_NO_PLOT;
        c->quiet |= option == OPT_QUIET;
        c->asks_help |= option == OPT_HELP;
    }
    return c->asks_help || optind < argc ||
           error_set(error, EXIT_INPUT, "merge: which folders of results?");
}

/* Where the whole goes. */
static bool choose_place(struct command *c, const char *dir, struct error *error)
{
    if (access(dir, F_OK) != 0)
        return error_set(error, EXIT_INPUT, "%s: %s", dir, strerror(errno));
    if (c->out == NULL)
        c->out = shard_whole_dir(dir);
    if (c->out == NULL || *c->out == '\0')
        return error_set(error, EXIT_INPUT, "merge: --out DIR must say where the whole goes");
    return true;
}

static bool merge_arm(const struct command *c, uint64_t arm, const char *path, struct error *error)
{
    const struct parts *parts = &c->parts;
    char **from = calloc(parts->n, sizeof *from);
    CHECK(from != NULL);
    for (size_t i = 0; i < parts->n; i++)
        from[i] = counting_kept(parts->part[i].dir, arm);
    bool good = tally_merge_files((const char *const *)from, parts->n, path, error);
    for (size_t i = 0; i < parts->n; i++)
        free(from[i]);
    free(from);
    return good;
}

/* Through files of all values, which parts keep. */
static bool merge_counts(const struct command *c, const struct stage *stage, struct error *error)
{
    size_t arms = c->parts.arms > 0 ? c->parts.arms : 1;
    char **sorted = calloc(arms, sizeof *sorted);
    bool good = true;
    CHECK(sorted != NULL);
    if (c->parts.part[0].count == 0)
        good = error_set(error, EXIT_INPUT,
                         "%s: counts (--rows none) can be merged only if --shard made them",
                         c->parts.part[0].dir);
    for (size_t i = 0; i < arms && good; i++) {
        CHECK(asprintf(&sorted[i], "%s/.merged-%zu", stage->partial, i) >= 0);
        good = merge_arm(c, i, sorted[i], error);
    }
    good =
        good && counting_write((const char *const *)sorted, arms, c->parts.arms > 0, stage, error);
    for (size_t i = 0; i < arms; i++) {
        if (sorted[i] != NULL)
            remove(sorted[i]);
        free(sorted[i]);
    }
    free(sorted);
    return good;
}

static bool write_manifest(const struct command *c, const struct stage *stage, struct error *error)
{
    char *text = parts_manifest(&c->parts);
    bool good = whole_file_write(stage->partial, "manifest.json", text, strlen(text), error);
    free(text);
    return good;
}

/* Of a run one plan, of a sweep one for each arm; all parts have the same. */
static bool read_plans(const struct parts *parts, struct plan **plan, uint64_t *seed,
                       struct error *error)
{
    const char *dir = parts->part[0].dir;
    size_t arms = parts->arms > 0 ? parts->arms : 1;
    struct manifest manifest;
    for (size_t i = 0; i < arms; i++) {
        if (!(parts->arms > 0 ? manifest_read_arm(dir, i, &manifest, error)
                              : manifest_read(dir, &manifest, error)))
            return false;
        plan[i] = manifest.plan;
        *seed = manifest.seed;
    }
    return true;
}

/* Does more than the part with the most trials go with the whole? */
static bool more_alarms(const struct parts *parts, const struct plan *const *plan, size_t arms)
{
    uint64_t most = 0;
    for (size_t i = 0; i < parts->n; i++)
        most = parts->part[i].trials > most ? parts->part[i].trials : most;
    for (size_t i = 0; i < arms; i++)
        if (stress_trials(&plan[i]->base, parts->trials) > stress_trials(&plan[i]->base, most))
            return true;
    return false;
}

/* Batches by themselves have alarms for so many trials as each has: more may go with the whole. */
static bool lengthen_alarms(const struct command *c, const struct stage *stage, struct error *error)
{
    size_t arms = c->parts.arms > 0 ? c->parts.arms : 1;
    struct plan **plan = calloc(arms, sizeof *plan);
    struct run_options options = {
        .trials = c->parts.trials, .jobs = cmd_all_cores(), .stop = cmd_catch_signals()};
    CHECK(plan != NULL);
    const struct plan *const *all = (const struct plan *const *)plan;
    bool good = read_plans(&c->parts, plan, &options.seed, error);
    if (good && more_alarms(&c->parts, all, arms))
        good = alarms_write(all, arms, &options, stage, error);
    else if (good)
        good = parts_copy(&c->parts, ALARMS_FILE, stage, error);
    for (size_t i = 0; i < arms; i++)
        plan_free(plan[i]);
    free(plan);
    return good;
}

/* A shard has those of the whole. */
static bool write_alarms(const struct command *c, const struct stage *stage, struct error *error)
{
    if (c->parts.part[0].count > 0)
        return parts_copy(&c->parts, ALARMS_FILE, stage, error);
    return !parts_have(&c->parts, ALARMS_FILE) || lengthen_alarms(c, stage, error);
}

static bool sum_up(const struct command *c, const struct stage *stage, struct error *error)
{
    struct summary summary;
    if (c->parts.arms > 0)
        return sweep_summarize(stage->partial, c->quiet ? NULL : stdout, error);
    char title[512];
    if (!summary_load(stage->partial, &summary, error) ||
        !summary_save(&summary, stage->partial, error) ||
        !manifest_title(stage->partial, title, sizeof title, error))
        return false;
    if (!c->quiet)
        summary_print(stdout, &summary, title);
    return true;
}

static bool merge(const struct command *c, struct error *error)
{
    struct stage stage = {0};
    bool good = stage_open(c->out, c->force, &stage, error) &&
                (c->parts.counts ? merge_counts(c, &stage, error)
                                 : parts_join_rows(&c->parts, &stage, error)) &&
                write_alarms(c, &stage, error) &&
                (c->parts.arms == 0 || parts_copy(&c->parts, "arms.csv", &stage, error)) &&
                write_manifest(c, &stage, error) && sum_up(c, &stage, error) &&
                stage_commit(&stage, error);
    stage_abandon(&stage);
    if (good && !c->quiet)
        printf("results: %s/ (of %zu parts)\n", c->out, c->parts.n);
    fflush(stdout);
    return good;
}

static bool draw(const struct command *c, struct error *error)
{
    char title[512];
    if (!manifest_title(c->out, title, sizeof title, error) ||
        !(c->parts.arms > 0 ? sweep_draw : plot_write)(c->out, title, error))
        return false;
    if (!c->quiet)
        cmd_tell_pictures(c->out, "");
    return true;
}

int cmd_merge(int argc, char **argv)
{
    struct command c = {.plot = true};
    struct error error;
    int status = EXIT_DONE;
    if (!read_options(&c, argc, argv, &error)) {
        status = cmd_fail(&error);
    } else if (c.asks_help) {
        fputs(help, stdout);
    } else {
        const char *const *dir = (const char *const *)argv + optind;
        bool good = choose_place(&c, dir[0], &error) &&
                    parts_read(&c.parts, dir, (size_t)(argc - optind), &error) &&
                    merge(&c, &error) && (!c.plot || draw(&c, &error));
        status = good ? EXIT_DONE : cmd_fail(&error);
        parts_fini(&c.parts);
    }
    free(c.out);
    return status;
}
