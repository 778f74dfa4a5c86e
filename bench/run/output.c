#include "output.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/check.h"

#include "../out/manifest_compare.h"
#include "clients.h"

/* Of the time the disk may be busy with checkpoints; nobody waits for them. */
#define CHECKPOINT_SHARE 0.25

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    if (file != NULL && getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    if (file != NULL)
        fclose(file);
    return text;
}

static bool has_entries(const char *folder)
{
    DIR *stream = opendir(folder);
    bool found = false;
    for (struct dirent *entry; stream != NULL && !found && (entry = readdir(stream)) != NULL;)
        found = entry->d_name[0] != '.';
    if (stream != NULL)
        closedir(stream);
    return found;
}

/* What the earlier process said it was about, to be freed; NULL: it kept nothing. */
static char *earlier_plan(const char *folder)
{
    char *journal = path_join(folder, UNFINISHED_JOURNAL);
    char *counts = path_join(folder, COUNTING_FOLDER);
    char *plan = path_join(folder, UNFINISHED_PLAN);
    bool work = journal_has_lines(journal) || has_entries(counts);
    char *text = work ? read_text(plan) : NULL;
    free(plan);
    free(counts);
    free(journal);
    return text;
}

bool output_was_left(const char *dir)
{
    char *folder = stage_sibling(dir, UNFINISHED);
    char *plan = earlier_plan(folder);
    bool left = plan != NULL;
    free(plan);
    free(folder);
    return left;
}

static bool may_continue(const struct output *output, const char *earlier, struct error *error)
{
    const struct output_options *o = output->options;
    const char *dir = output->place.stage.final;
    char what[MANIFEST_DIFFERENCE_MAX];
    if (!o->resume)
        return error_set(error, EXIT_INPUT,
                         "%s: an unfinished batch is there: --resume goes on with it, --force "
                         "begins anew",
                         dir);
    char *own = o->plan(o->context);
    bool same = manifest_same(own, earlier, MANIFEST_ALL, what);
    free(own);
    return same || error_set(error, EXIT_INPUT,
                             "%s: the unfinished batch is another one: %s; --resume needs the same "
                             "command, --force alone begins anew",
                             dir, what);
}

static bool open_store(struct output *output, struct error *error)
{
    const struct output_options *o = output->options;
    if (!o->counts)
        return rowfile_open(&output->rows, &output->place, o->apart, error);
    char *folder = unfinished_path(&output->place, COUNTING_FOLDER);
    output->counting = counting_new(folder, o->columns);
    free(folder);
    return true;
}

/* Goes on with what is there, or forgets it. */
static bool begin(struct output *output, const char *earlier, struct error *error)
{
    bool anew = earlier == NULL || (output->options->force && !output->options->resume);
    bool good =
        anew ? unfinished_clear(&output->place, error) : may_continue(output, earlier, error);
    output->planned = !anew;
    good = good && open_store(output, error);
    if (good && output->options->clients) {
        output->clients = stage_file(&output->place.stage, CLIENTS_FILE, error);
        good = output->clients != NULL;
    }
    return good;
}

bool output_open(struct output *output, const char *dir, const struct output_options *options,
                 struct error *error)
{
    *output = (struct output){.options = options, .rows = {.data = -1}};
    if (!unfinished_open(dir, options->force, &output->place, error))
        return false;
    output->due_s = seconds_now() + options->checkpoint_s;
    char *earlier = earlier_plan(output->place.folder);
    bool good = begin(output, earlier, error), keep = earlier != NULL;
    free(earlier);
    if (!good)
        unfinished_close(&output->place, keep);
    return good;
}

bool output_open_file(struct output *output, const char *path, const char *name,
                      struct error *error)
{
    *output = (struct output){.options = NULL};
    return rowfile_open_plain(&output->rows, path, name, error);
}

const struct stage *output_stage(const struct output *output)
{
    return &output->place.stage;
}

/* What was put of the arm before is counted before another one's begins. */
static bool settle(struct output *output, struct error *error)
{
    counting_swap(output->counting);
    return counting_flush(output->counting, false, error);
}

static bool begin_counting(struct output *output, uint64_t arm, struct error *error)
{
    struct sorted_about about;
    if (!settle(output, error) || !counting_arm(output->counting, arm, &about, error))
        return false;
    output->at = (struct journal_mark){
        .arm = arm, .trials = about.to, .recovered = about.recovered, .events = about.events};
    return true;
}

bool output_begin_arm(struct output *output, uint64_t arm, const struct csv_buffer *header,
                      uint64_t *trials, struct error *error)
{
    bool good = true;
    if (output->counting != NULL) {
        good = begin_counting(output, arm, error);
    } else {
        struct journal_mark mark = rowfile_arm(&output->rows, &output->at, arm);
        good = rowfile_begin(&output->rows, &output->at, arm, header, error);
        output->at = mark;
        output->at.bytes = output->rows.bytes;
    }
    *trials = output->at.trials;
    return good;
}

struct journal_mark output_at(const struct output *output)
{
    return output->at;
}

char *output_path(const struct output *output, uint64_t arm)
{
    return output->counting != NULL ? NULL : rowfile_path(&output->rows, arm);
}

bool output_has_room(const struct output *output, uint64_t trials)
{
    return output->counting == NULL || counting_has_room(output->counting, trials);
}

bool output_is_full(const struct output *output)
{
    return output->counting != NULL && counting_is_full(output->counting);
}

bool output_put_clients(struct output *output, const struct csv_buffer *rows, struct error *error)
{
    return output->clients == NULL ||
           stage_put(output->clients, CLIENTS_FILE, rows->data, rows->length, error);
}

bool output_put(struct output *output, const struct block *block, struct error *error)
{
    if (output->counting != NULL)
        counting_put(output->counting, output->at.arm, &block->rows, block->recovered,
                     block->events);
    else if (!rowfile_put(&output->rows, &block->rows, error))
        return false;
    output->at.trials += block->trials;
    output->at.recovered += block->recovered;
    output->at.events += block->events;
    output->at.bytes = output->rows.bytes;
    return output_put_clients(output, &block->clients, error);
}

bool output_is_due(const struct output *output, double now_s)
{
    return output->place.folder != NULL && output->clients == NULL && now_s >= output->due_s;
}

struct journal_mark output_mark(struct output *output)
{
    if (output->counting != NULL)
        counting_swap(output->counting);
    return output->at;
}

/* Before the first block: what it is a block of. */
static bool keep_plan(struct output *output, struct error *error)
{
    const struct output_options *o = output->options;
    if (output->planned)
        return true;
    char *plan = o->plan(o->context);
    output->planned =
        whole_file_write(output->place.folder, UNFINISHED_PLAN, plan, strlen(plan), error);
    free(plan);
    unfinished_sync(&output->place);
    return output->planned;
}

/* When to make the next checkpoint, after one that began at start_s. */
static void set_due(struct output *output, double start_s)
{
    double end_s = seconds_now(), pause_s = (end_s - start_s) / CHECKPOINT_SHARE;
    double least_s = output->options->checkpoint_s;
    output->due_s = end_s + (pause_s > least_s ? pause_s : least_s);
}

bool output_keep(struct output *output, const struct journal_mark *mark, bool must,
                 struct error *error)
{
    double start_s = seconds_now();
    bool due = must || output_is_due(output, start_s);
    if (due && !keep_plan(output, error))
        return false;
    bool good = true;
    if (output->counting != NULL)
        good = counting_flush(output->counting, due, error);
    else if (due)
        good = rowfile_keep(&output->rows, mark, error);
    if (due)
        set_due(output, start_s);
    return good;
}

static bool end_clients(struct output *output, struct error *error)
{
    FILE *clients = output->clients;
    output->clients = NULL;
    return clients == NULL || stage_close_file(clients, CLIENTS_FILE, error);
}

bool output_end(struct output *output, size_t arms, bool column, struct error *error)
{
    struct journal_mark mark = output_mark(output);
    /* A short batch is not worth a checkpoint; one that had some says that all is there. */
    if (output->place.folder != NULL && !output_keep(output, &mark, output->planned, error))
        return false;
    if (output->counting != NULL)
        return counting_finish(output->counting, arms, column, output->options->keep_counts,
                               &output->place.stage, error);
    return rowfile_end(&output->rows, arms, error) && end_clients(output, error);
}

bool output_commit(struct output *output, struct error *error)
{
    return unfinished_commit(&output->place, error);
}

static uint64_t kept_trials(const struct output *output)
{
    if (!output->planned)
        return 0;
    return output->counting != NULL ? counting_trials(output->counting)
                                    : rowfile_trials(&output->rows);
}

/* "...; 6400 trials are kept, ..." */
static void explain(struct error *error, uint64_t kept)
{
    const char *first = error->status == EXIT_OUTPUT ? "when there is room, " : "";
    struct error whole;
    if (kept == 0)
        error_set(&whole, error->status, "%s; nothing of it was kept", error->text);
    else
        error_set(&whole, error->status,
                  "%s; %" PRIu64 " trials are kept: %sthe same command with --resume goes on",
                  error->text, kept, first);
    *error = whole;
}

/* As much as can be. */
static void keep_last(struct output *output)
{
    struct error ignored;
    struct journal_mark mark = output->at;
    if (output->counting != NULL) {
        if (counting_flush(output->counting, true, &ignored))
            counting_swap(output->counting);
        if (counting_trials(output->counting) > 0 || mark.trials > 0)
            output_keep(output, &mark, true, &ignored);
    } else if (output->rows.data >= 0 && rowfile_has_new(&output->rows, &mark)) {
        output_keep(output, &mark, true, &ignored);
    }
}

void output_close(struct output *output, struct error *error)
{
    if (output->place.folder != NULL) {
        if (output->options->plan != NULL && !output->options->clients)
            keep_last(output);
        uint64_t kept = kept_trials(output);
        if (error != NULL && error->status != EXIT_INPUT)
            explain(error, kept);
        unfinished_close(&output->place, kept > 0);
    }
    if (output->clients != NULL)
        fclose(output->clients);
    counting_free(output->counting);
    rowfile_close(&output->rows);
    *output = (struct output){.rows = {.data = -1, .aside = -1, .journal = {.fd = -1}}};
}
