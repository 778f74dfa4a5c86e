#include "counting.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

#include "../stats/counted.h"
#include "blocks.h"

/* Before what is counted of a row stands what says whether it counts. */
enum { STATUS, OUTAGE, SYSTEM, ABOUT };
enum { ROOM = 1 << 14 }; /* trials in each of two buffers: at most 15 MB */

struct buffer {
    int64_t *cell; /* of one trial after the other */
    size_t trials;
    uint64_t arm, recovered, events;
};

struct counting {
    char *folder;
    const struct columns *columns;
    size_t width; /* cells of a trial */
    struct buffer fill, full;
    struct tally **tally; /* by arm; NULL: not looked at yet */
    size_t tallies;
    bool failed; /* some trials were lost: nothing may follow them */
    struct error error;
};

static bool is_counted(const struct columns_field *field)
{
    return tally_counts(field->kind, field->number);
}

struct counting *counting_new(const char *folder, const struct columns *columns)
{
    struct counting *c = calloc(1, sizeof *c);
    CHECK(c != NULL && (c->folder = strdup(folder)) != NULL);
    c->columns = columns;
    c->width = ABOUT;
    for (size_t i = 0; i < columns->fields; i++)
        c->width += is_counted(&columns->field[i]);
    c->fill.cell = malloc(ROOM * c->width * sizeof *c->fill.cell);
    c->full.cell = malloc(ROOM * c->width * sizeof *c->full.cell);
    CHECK(c->fill.cell != NULL && c->full.cell != NULL);
    return c;
}

void counting_free(struct counting *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->tallies; i++)
        tally_free(c->tally[i]);
    free(c->tally);
    free(c->fill.cell);
    free(c->full.cell);
    free(c->folder);
    free(c);
}

static int64_t in_file(int64_t value)
{
    return value == NEVER_NS ? VALUES_NEVER : value;
}

void counting_pack(const struct columns *columns, const struct row *row, struct csv_buffer *buffer)
{
    const int64_t *value = (const int64_t *)row;
    int64_t cell[ABOUT + SORTED_METRICS_MAX];
    size_t n = ABOUT;
    cell[STATUS] = row->status;
    cell[OUTAGE] = in_file(row->outage_ns);
    cell[SYSTEM] = row->system;
    for (size_t i = 0; i < columns->fields; i++)
        if (is_counted(&columns->field[i]))
            cell[n++] = in_file(value[columns->field[i].at]);
    csv_put_bytes(buffer, cell, n * sizeof *cell);
}

static struct tally *tally_of(struct counting *c, uint64_t arm, struct error *error)
{
    if (arm >= c->tallies) {
        c->tally = realloc(c->tally, (arm + 1) * sizeof *c->tally);
        CHECK(c->tally != NULL);
        memset(c->tally + c->tallies, 0, (arm + 1 - c->tallies) * sizeof *c->tally);
        c->tallies = arm + 1;
    }
    if (c->tally[arm] == NULL)
        c->tally[arm] = tally_open(c->folder, arm, error);
    return c->tally[arm];
}

bool counting_arm(struct counting *c, uint64_t arm, struct sorted_about *about, struct error *error)
{
    const struct tally *tally = tally_of(c, arm, error);
    if (tally != NULL)
        *about = tally_about(tally);
    return tally != NULL;
}

uint64_t counting_trials(const struct counting *c)
{
    uint64_t trials = 0;
    for (size_t i = 0; i < c->tallies; i++)
        trials += c->tally[i] != NULL ? tally_about(c->tally[i]).to : 0;
    return trials;
}

bool counting_has_room(const struct counting *c, uint64_t trials)
{
    return c->fill.trials + trials <= ROOM;
}

bool counting_is_full(const struct counting *c)
{
    return !counting_has_room(c, BLOCKS_MOST);
}

void counting_put(struct counting *c, uint64_t arm, const struct csv_buffer *rows,
                  uint64_t recovered, uint64_t events)
{
    struct buffer *b = &c->fill;
    size_t n = rows->length / (c->width * sizeof *b->cell);
    CHECK(b->trials + n <= ROOM && (b->trials == 0 || b->arm == arm));
    memcpy(b->cell + b->trials * c->width, rows->data, rows->length);
    b->trials += n;
    b->arm = arm;
    b->recovered += recovered;
    b->events += events;
}

void counting_swap(struct counting *c)
{
    struct buffer fill = c->fill;
    CHECK(c->full.trials == 0);
    c->fill = c->full;
    c->full = fill;
}

/* The counted columns of a buffer; returns how many. */
static size_t choose(const struct counting *c, const struct buffer *b, struct tally_column *chosen)
{
    size_t n = 0;
    for (size_t i = 0; i < c->columns->fields; i++) {
        const struct columns_field *f = &c->columns->field[i];
        if (!is_counted(f))
            continue;
        chosen[n] = (struct tally_column){f->name, f->kind, f->number, b->cell + ABOUT + n};
        n++;
    }
    return n;
}

static bool count(struct counting *c, struct error *error)
{
    struct buffer *b = &c->full;
    struct tally_column *column = calloc(c->width, sizeof *column);
    struct tally *tally = tally_of(c, b->arm, error);
    CHECK(column != NULL);
    const struct tally_cells cells = {
        .column = column,
        .columns = choose(c, b, column),
        .about = {b->cell + STATUS, b->cell + OUTAGE, b->cell + SYSTEM, c->width},
        .stride = c->width,
        .trials = b->trials};
    bool good = tally != NULL && tally_add(tally, &cells, b->recovered, b->events, error);
    free(column);
    b->trials = b->recovered = b->events = 0;
    return good;
}

bool counting_flush(struct counting *c, bool sync, struct error *error)
{
    if (!c->failed && c->full.trials > 0)
        c->failed = !count(c, &c->error);
    bool good = !c->failed;
    if (c->failed)
        *error = c->error;
    for (size_t i = 0; i < c->tallies && sync && good; i++)
        good = c->tally[i] == NULL || tally_sync(c->tally[i], error);
    return good;
}

bool counting_ranks(struct counting *c, uint64_t arm, const char *metric, const uint64_t *rank,
                    int64_t *value, size_t n, struct sorted_metric *about, struct error *error)
{
    const struct tally *tally = tally_of(c, arm, error);
    return tally != NULL && tally_ranks(tally, metric, rank, value, n, about, error);
}

char *counting_kept(const char *dir, uint64_t arm)
{
    char *path = NULL;
    CHECK(asprintf(&path, "%s/" COUNTING_FOLDER "/%" PRIu64 ".counts", dir, arm) >= 0);
    return path;
}

static bool copy_all(FILE *from, FILE *to, const char *name, struct error *error)
{
    char chunk[1 << 16];
    bool good = true;
    for (size_t n; good && (n = fread(chunk, 1, sizeof chunk, from)) > 0;)
        good = stage_put(to, name, chunk, n, error);
    return good && (!ferror(from) || error_set(error, EXIT_OUTPUT, "%s: %s", name, strerror(EIO)));
}

/* For file systems without links. */
static bool copy_file(const char *path, const struct stage *stage, const char *name,
                      struct error *error)
{
    FILE *from = fopen(path, "re");
    if (from == NULL)
        return error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
    FILE *to = stage_file(stage, name, error);
    bool good = to != NULL && copy_all(from, to, name, error);
    struct error close_error;
    bool closed = to == NULL || stage_close_file(to, name, &close_error);
    fclose(from);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

/* An earlier process may have counted it and not have synced it. */
static bool sync_file(const char *path, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == EROFS);
    if (!good)
        error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

static bool keep_file(const char *sorted, uint64_t arm, const struct stage *stage,
                      struct error *error)
{
    char *to = counting_kept(stage->partial, arm);
    unlink(to); /* of an earlier process */
    bool good = link(sorted, to) == 0
                    ? sync_file(to, error)
                    : copy_file(sorted, stage, to + strlen(stage->partial) + 1, error);
    free(to);
    return good;
}

/* They also stay where they are: what was counted is not done before the results are in their
 * place. */
static bool keep_files(const char *const *sorted, size_t arms, const struct stage *stage,
                       struct error *error)
{
    char *folder = path_join(stage->partial, COUNTING_FOLDER);
    bool good = mkdir(folder, 0777) == 0 || errno == EEXIST ||
                error_set(error, EXIT_OUTPUT, "%s: %s", folder, strerror(errno));
    for (size_t i = 0; i < arms && good; i++)
        good = keep_file(sorted[i], i, stage, error);
    stage_sync_folder(folder);
    free(folder);
    return good;
}

static bool put_arm(const char *sorted, int64_t arm, FILE *out, struct error *error)
{
    struct counted counted;
    struct csv_buffer buffer = {0};
    if (!counted_choose(&counted, sorted, error))
        return false;
    counted_put(&buffer, arm, &counted);
    bool good = stage_put(out, COUNTED_FILE, buffer.data, buffer.length, error);
    csv_buffer_fini(&buffer);
    counted_fini(&counted);
    return good;
}

bool counting_write(const char *const *sorted, size_t arms, bool column, const struct stage *stage,
                    struct error *error)
{
    FILE *out = stage_file(stage, COUNTED_FILE, error);
    if (out == NULL)
        return false;
    struct csv_buffer header = {0};
    counted_put_header(&header, column);
    bool good = stage_put(out, COUNTED_FILE, header.data, header.length, error);
    csv_buffer_fini(&header);
    for (size_t i = 0; i < arms && good; i++)
        good = put_arm(sorted[i], column ? (int64_t)i : COUNTED_NO_ARM, out, error);
    struct error close_error;
    bool closed = stage_close_file(out, COUNTED_FILE, &close_error);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

bool counting_finish(struct counting *c, size_t arms, bool column, bool keep,
                     const struct stage *stage, struct error *error)
{
    const char **sorted = calloc(arms, sizeof *sorted);
    CHECK(sorted != NULL);
    bool good = true;
    for (size_t i = 0; i < arms && good; i++) {
        struct tally *tally = tally_of(c, i, error);
        sorted[i] = tally != NULL ? tally_finish(tally, error) : NULL;
        good = sorted[i] != NULL;
    }
    good = good && counting_write(sorted, arms, column, stage, error) &&
           (!keep || keep_files(sorted, arms, stage, error));
    free(sorted);
    return good;
}
