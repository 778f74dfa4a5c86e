#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/manifest_compare.h"
#include "clients.h"

#define TRIALS "trials.csv"
/* Of the time the disk may be busy with checkpoints; nobody waits for them. */
#define CHECKPOINT_SHARE 0.25

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool fail(const struct output *output, struct error *error)
{
    return error_set(error, EXIT_OUTPUT, "%s: %s", output->name, strerror(errno));
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

/* What the earlier process said it was about, to be freed; NULL: it kept nothing. */
static char *earlier_plan(const char *folder)
{
    char *journal = path_join(folder, UNFINISHED_JOURNAL);
    char *plan = path_join(folder, UNFINISHED_PLAN);
    char *text = journal_has_lines(journal) ? read_text(plan) : NULL;
    free(plan);
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

char *output_path(const struct output *output, uint64_t arm)
{
    if (!output->options->apart)
        return path_join(output->place.stage.partial, TRIALS);
    char name[40];
    snprintf(name, sizeof name, "arm-%" PRIu64 ".csv", arm);
    return unfinished_path(&output->place, name);
}

static int open_arm(const struct output *output, uint64_t arm)
{
    char *path = output_path(output, arm);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int reason = errno;
    free(path);
    errno = reason;
    return fd;
}

/* For the journal. */
static int look_aside(void *context, uint64_t arm)
{
    struct output *output = context;
    if (!output->options->apart)
        return output->data;
    if (output->aside >= 0)
        close(output->aside);
    return output->aside = open_arm(output, arm);
}

/* Puts the end of a file where the journal says it is whole. */
static bool cut(int fd, uint64_t bytes)
{
    return ftruncate(fd, (off_t)bytes) == 0 && lseek(fd, 0, SEEK_END) >= 0;
}

static bool open_rows(struct output *output, struct error *error)
{
    const struct journal_files files = {output->options->apart, look_aside, output};
    char *path = unfinished_path(&output->place, UNFINISHED_JOURNAL);
    output->data = output->options->apart ? -1 : open_arm(output, 0);
    bool good = output->options->apart || output->data >= 0 || fail(output, error);
    good = good && journal_open(&output->journal, path, &files, error);
    if (good && !output->options->apart)
        good = cut(output->data, output->journal.bytes) || fail(output, error);
    output->at.bytes = output->journal.bytes;
    free(path);
    return good;
}

/* Goes on with what is there, or forgets it. */
static bool begin(struct output *output, const char *earlier, struct error *error)
{
    bool anew = earlier == NULL || (output->options->force && !output->options->resume);
    bool good =
        anew ? unfinished_clear(&output->place, error) : may_continue(output, earlier, error);
    good = good && open_rows(output, error);
    if (good && output->options->clients) {
        output->clients = stage_file(&output->place.stage, CLIENTS_FILE, error);
        good = output->clients != NULL;
    }
    return good;
}

static void close_files(struct output *output)
{
    journal_close(&output->journal);
    if (output->data >= 0)
        close(output->data);
    if (output->aside >= 0)
        close(output->aside);
    output->data = output->aside = -1;
}

bool output_open(struct output *output, const char *dir, const struct output_options *options,
                 struct error *error)
{
    *output = (struct output){
        .options = options, .name = TRIALS, .data = -1, .aside = -1, .journal = {.fd = -1}};
    if (!unfinished_open(dir, options->force, &output->place, error))
        return false;
    output->due_s = seconds_now() + options->checkpoint_s;
    char *earlier = earlier_plan(output->place.folder);
    bool good = begin(output, earlier, error), keep = earlier != NULL;
    free(earlier);
    if (good)
        return true;
    close_files(output);
    unfinished_close(&output->place, keep);
    return false;
}

bool output_open_file(struct output *output, const char *path, const char *name,
                      struct error *error)
{
    *output = (struct output){.name = name, .aside = -1, .journal = {.fd = -1}};
    output->data = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return output->data >= 0 || fail(output, error);
}

const struct stage *output_stage(const struct output *output)
{
    return &output->place.stage;
}

struct journal_mark output_arm(const struct output *output, uint64_t arm)
{
    if (output->at.arm == arm && output->at.trials > 0)
        return output->at;
    for (size_t i = output->ends; i > 0; i--)
        if (output->ended[i - 1].arm == arm)
            return output->ended[i - 1];
    return journal_arm(&output->journal, arm);
}

/* Does the journal not know of it yet? */
static bool is_new(const struct output *output, const struct journal_mark *mark)
{
    return mark->trials > journal_arm(&output->journal, mark->arm).trials;
}

/* The journal must know how far the arm before went. */
static void end_arm(struct output *output)
{
    if (output->place.folder == NULL || !is_new(output, &output->at))
        return;
    output->ended = realloc(output->ended, (output->ends + 1) * sizeof *output->ended);
    CHECK(output->ended != NULL);
    output->ended[output->ends++] = output->at;
}

static bool write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        length -= (size_t)n;
    }
    return true;
}

/* Rows of another arm may belong to another file. */
static bool change_file(struct output *output, const struct journal_mark *mark)
{
    if (output->options == NULL || !output->options->apart)
        return true;
    if (output->data >= 0)
        close(output->data);
    output->data = open_arm(output, mark->arm);
    output->at.bytes = mark->bytes;
    return output->data >= 0 && cut(output->data, mark->bytes);
}

/* Pipes and the like cannot be synced. */
static bool sync_file(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
}

bool output_begin_arm(struct output *output, uint64_t arm, const struct csv_buffer *header,
                      uint64_t *trials, struct error *error)
{
    bool same = output->at.arm == arm && output->data >= 0;
    if (!same)
        end_arm(output);
    struct journal_mark earlier = output_arm(output, arm);
    if (!same && !change_file(output, &earlier))
        return fail(output, error);
    earlier.bytes = output->at.bytes;
    output->at = earlier;
    *trials = earlier.trials;
    if (output->at.bytes > 0)
        return true;
    if (!write_all(output->data, header->data, header->length))
        return fail(output, error);
    output->at.bytes += header->length;
    return true;
}

bool output_has_room(const struct output *output, uint64_t trials)
{
    (void)output, (void)trials;
    return true;
}

bool output_is_full(const struct output *output)
{
    (void)output;
    return false;
}

bool output_put_clients(struct output *output, const struct csv_buffer *rows, struct error *error)
{
    return output->clients == NULL ||
           stage_put(output->clients, CLIENTS_FILE, rows->data, rows->length, error);
}

bool output_put(struct output *output, const struct block *block, struct error *error)
{
    if (!write_all(output->data, block->rows.data, block->rows.length))
        return fail(output, error);
    output->at.trials += block->trials;
    output->at.recovered += block->recovered;
    output->at.events += block->events;
    output->at.bytes += block->rows.length;
    return output_put_clients(output, &block->clients, error);
}

bool output_is_due(const struct output *output, double now_s)
{
    return output->place.folder != NULL && output->clients == NULL && now_s >= output->due_s;
}

struct journal_mark output_mark(struct output *output)
{
    return output->at;
}

/* Before the first block: what it is a block of. */
static bool keep_plan(struct output *output, struct error *error)
{
    const struct output_options *o = output->options;
    char *plan = o->plan(o->context);
    bool good = whole_file_write(output->place.folder, UNFINISHED_PLAN, plan, strlen(plan), error);
    free(plan);
    unfinished_sync(&output->place);
    return good;
}

bool output_keep(struct output *output, const struct journal_mark *mark, struct error *error)
{
    double start_s = seconds_now();
    if (output->journal.blocks == 0 && !keep_plan(output, error))
        return false;
    output->ended = realloc(output->ended, (output->ends + 1) * sizeof *output->ended);
    CHECK(output->ended != NULL);
    output->ended[output->ends] = *mark;
    size_t marks = output->ends + is_new(output, mark);
    if (!journal_add(&output->journal, output->ended, marks))
        return fail(output, error);
    output->ends = 0;
    double end_s = seconds_now(), pause_s = (end_s - start_s) / CHECKPOINT_SHARE;
    double least_s = output->options->checkpoint_s;
    output->due_s = end_s + (pause_s > least_s ? pause_s : least_s);
    return true;
}

static bool copy_rows(int to, FILE *from, bool header)
{
    char chunk[1 << 16];
    size_t n;
    int c = 0;
    while (!header && (c = getc(from)) != '\n' && c != EOF) {
    }
    while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
        if (!write_all(to, chunk, n))
            return false;
    return !ferror(from);
}

static bool join_arm(const struct output *output, int to, uint64_t arm)
{
    char *path = output_path(output, arm);
    FILE *from = fopen(path, "re");
    free(path);
    bool good = from != NULL && copy_rows(to, from, arm == 0);
    if (from != NULL)
        fclose(from);
    return good;
}

bool output_join(struct output *output, size_t arms, struct error *error)
{
    char *path = path_join(output->place.stage.partial, TRIALS);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    free(path);
    bool good = to >= 0;
    for (size_t i = 0; i < arms && good; i++)
        good = join_arm(output, to, i);
    good = good && sync_file(to);
    if (!good)
        fail(output, error);
    if (to >= 0)
        close(to);
    return good;
}

bool output_end(struct output *output, struct error *error)
{
    /* A short batch is not worth a journal; one that has it says that all is there. */
    bool good = output->journal.blocks == 0 || output_keep(output, &output->at, error);
    if (good && !sync_file(output->data))
        good = fail(output, error);
    if (close(output->data) != 0 && good)
        good = fail(output, error);
    output->data = -1;
    if (output->clients != NULL && good)
        good = stage_close_file(output->clients, CLIENTS_FILE, error);
    else if (output->clients != NULL)
        fclose(output->clients);
    output->clients = NULL;
    return good;
}

bool output_commit(struct output *output, struct error *error)
{
    return unfinished_commit(&output->place, error);
}

static uint64_t kept_trials(const struct output *output)
{
    uint64_t trials = 0;
    for (size_t i = 0; i < output->journal.arms; i++)
        trials += output->journal.arm[i].trials;
    return trials;
}

/* "...; 6400 trials are kept, ..." */
static void explain(const struct output *output, struct error *error)
{
    uint64_t kept = kept_trials(output);
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

void output_close(struct output *output, struct error *error)
{
    struct error ignored;
    bool open = output->place.folder != NULL,
         keep = open && output->options->plan != NULL && output->clients == NULL;
    if (keep && output->data >= 0 && (is_new(output, &output->at) || output->ends > 0))
        output_keep(output, &output->at, &ignored); /* as much as can be */
    if (open && error != NULL && error->status != EXIT_INPUT)
        explain(output, error);
    if (output->clients != NULL)
        fclose(output->clients);
    unfinished_close(&output->place, output->journal.blocks > 0);
    close_files(output);
    free(output->ended);
    *output = (struct output){.data = -1, .aside = -1, .journal = {.fd = -1}};
}
