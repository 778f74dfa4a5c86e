#include "tally.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/stage.h"
#include "quantile.h"

enum { FAN = 16 }; /* files that become one */

struct part {
    char *path;
    struct sorted_about about;
    bool synced;
};

struct tally {
    char *folder;
    uint64_t arm;
    struct part *part; /* neighbours, in order */
    size_t parts;
    int64_t *value; /* room for one column */
    size_t values;
};

static char *path_of(const struct tally *tally, const struct sorted_about *about)
{
    char name[80];
    snprintf(name, sizeof name, "%" PRIu64 "-%" PRIu64 "-%" PRIu64 ".counts", about->arm,
             about->from, about->to);
    return path_join(tally->folder, name);
}

static void add_part(struct tally *tally, char *path, const struct sorted_about *about, bool synced)
{
    tally->part = realloc(tally->part, (tally->parts + 1) * sizeof *tally->part);
    CHECK(tally->part != NULL);
    tally->part[tally->parts++] = (struct part){path, *about, synced};
}

/* The largest whole file that begins at `from`; NULL when there is none. */
static char *find_part(const struct tally *tally, const char *const *name, size_t names,
                       uint64_t from, struct sorted_about *best)
{
    char *found = NULL;
    for (size_t i = 0; i < names; i++) {
        uint64_t arm, own_from, to;
        if (sscanf(name[i], "%" SCNu64 "-%" SCNu64 "-%" SCNu64 ".counts", &arm, &own_from, &to) !=
                3 ||
            arm != tally->arm || own_from != from || (found != NULL && to <= best->to))
            continue;
        char *path = path_join(tally->folder, name[i]);
        struct sorted_file file;
        struct error ignored;
        bool good = sorted_open(&file, path, true, &ignored);
        if (good && file.about.arm == arm && file.about.from == from && file.about.to == to) {
            free(found);
            found = path;
            *best = file.about;
        } else {
            free(path);
        }
        if (good)
            sorted_close(&file);
    }
    return found;
}

static bool is_part(const struct tally *tally, const char *name)
{
    for (size_t i = 0; i < tally->parts; i++)
        if (strcmp(strrchr(tally->part[i].path, '/') + 1, name) == 0)
            return true;
    return false;
}

/* Files of this arm that are no part of the whole: torn, or merged already. */
static void remove_others(const struct tally *tally, const char *const *name, size_t names)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%" PRIu64 "-", tally->arm);
    for (size_t i = 0; i < names; i++)
        if (strncmp(name[i], prefix, strlen(prefix)) == 0 && !is_part(tally, name[i])) {
            char *path = path_join(tally->folder, name[i]);
            unlink(path);
            free(path);
        }
}

static char **list_names(const char *folder, size_t *names)
{
    DIR *stream = opendir(folder);
    char **name = NULL;
    *names = 0;
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        name = realloc(name, (*names + 1) * sizeof *name);
        CHECK(name != NULL && (name[*names] = strdup(entry->d_name)) != NULL);
        ++*names;
    }
    if (stream != NULL)
        closedir(stream);
    return name;
}

static void take_earlier(struct tally *tally)
{
    size_t names;
    char **name = list_names(tally->folder, &names);
    const char *const *list = (const char *const *)name;
    struct sorted_about about = {.to = 0};
    for (char *path; (path = find_part(tally, list, names, about.to, &about)) != NULL;)
        add_part(tally, path, &about, true);
    remove_others(tally, list, names);
    for (size_t i = 0; i < names; i++)
        free(name[i]);
    free(name);
}

struct tally *tally_open(const char *folder, uint64_t arm, struct error *error)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        error_set(error, EXIT_OUTPUT, "%s: %s", folder, strerror(errno));
        return NULL;
    }
    struct tally *tally = calloc(1, sizeof *tally);
    CHECK(tally != NULL && (tally->folder = strdup(folder)) != NULL);
    tally->arm = arm;
    take_earlier(tally);
    return tally;
}

void tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    for (size_t i = 0; i < tally->parts; i++)
        free(tally->part[i].path);
    free(tally->part);
    free(tally->value);
    free(tally->folder);
    free(tally);
}

struct sorted_about tally_about(const struct tally *tally)
{
    struct sorted_about all = {.arm = tally->arm};
    for (size_t i = 0; i < tally->parts; i++) {
        all.to = tally->part[i].about.to;
        all.recovered += tally->part[i].about.recovered;
        all.events += tally->part[i].about.events;
    }
    return all;
}

static void write_sorted(struct sorted_writer *writer, const int64_t *value, size_t n)
{
    for (size_t i = 0, same; i < n; i += same) {
        for (same = 1; i + same < n && value[i + same] == value[i]; same++) {
        }
        sorted_put(writer, value[i], same);
    }
}

/* One metric of the trials, sorted. */
static void write_metric(struct tally *tally, struct sorted_writer *writer,
                         const struct tally_cells *cells, const struct tally_column *column)
{
    size_t finite = 0, beyond = 0, none = 0;
    for (size_t i = 0; i < cells->trials; i++) {
        int64_t cell = column->cell[i * cells->stride];
        switch (values_fate(column->kind, column->number, cell, &cells->about, i)) {
        case VALUES_TAKEN:
            tally->value[finite++] = cell;
            break;
        case VALUES_BEYOND:
            beyond++;
            break;
        case VALUES_NONE:
            none++;
            break;
        default:
            break;
        }
    }
    sample_sort(tally->value, finite);
    sorted_begin(writer, column->name);
    write_sorted(writer, tally->value, finite);
    sorted_end(writer, beyond, cells->trials - none);
}

bool tally_counts(enum row_kind kind, size_t number)
{
    return kind != ROW_id || number == VALUES_STATUS;
}

static bool write_part(struct tally *tally, const struct tally_cells *cells,
                       const struct sorted_about *about, const char *path, struct error *error)
{
    struct sorted_writer *writer = sorted_create(path, error);
    if (writer == NULL)
        return false;
    for (size_t c = 0; c < cells->columns; c++)
        write_metric(tally, writer, cells, &cells->column[c]);
    return sorted_finish(writer, about, false, error);
}

/* One metric of several files. */
static bool merge_metric(struct sorted_writer *writer, const struct sorted_file *file, size_t n,
                         const char *name)
{
    struct sorted_merge *merge = sorted_merge_new(file, n, name);
    uint64_t count, beyond = 0, applied = 0;
    sorted_begin(writer, name);
    for (int64_t value; sorted_next(merge, &value, &count);)
        sorted_put(writer, value, count);
    for (size_t i = 0; i < n; i++) {
        const struct sorted_metric *own = sorted_find(&file[i], name);
        beyond += own != NULL ? own->beyond : 0;
        applied += own != NULL ? own->applied : 0;
    }
    sorted_end(writer, beyond, applied);
    return sorted_merge_free(merge);
}

static bool merge_open(const struct sorted_file *file, size_t n, const struct sorted_about *about,
                       const char *path, struct error *error)
{
    struct sorted_writer *writer = sorted_create(path, error);
    bool good = writer != NULL;
    for (size_t m = 0; good && m < file[0].metrics; m++)
        good = merge_metric(writer, file, n, file[0].metric[m].name) ||
               error_set(error, EXIT_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (!good && writer != NULL)
        sorted_abandon(writer);
    return good && sorted_finish(writer, about, true, error);
}

static struct sorted_about about_all(const struct sorted_file *file, size_t n)
{
    struct sorted_about all = file[0].about;
    for (size_t i = 1; i < n; i++) {
        all.to = file[i].about.to;
        all.recovered += file[i].about.recovered;
        all.events += file[i].about.events;
        all.level = file[i].about.level > all.level ? file[i].about.level : all.level;
    }
    all.level++;
    return all;
}

/* Files one beside the other; *about is of all. */
static bool merge_paths(const char *const *from, size_t n, const char *path,
                        struct sorted_about *about, struct error *error)
{
    struct sorted_file *file = calloc(n, sizeof *file);
    CHECK(file != NULL);
    size_t opened = 0;
    while (opened < n && sorted_open(&file[opened], from[opened], false, error))
        opened++;
    bool good = opened == n;
    if (good)
        *about = about_all(file, n);
    good = good && merge_open(file, n, about, path, error);
    for (size_t i = 0; i < opened; i++)
        sorted_close(&file[i]);
    free(file);
    return good;
}

static bool check_files(const char *const *from, size_t n, struct error *error)
{
    for (size_t i = 0; i < n; i++) {
        struct sorted_file file;
        if (!sorted_open(&file, from[i], true, error))
            return false;
        sorted_close(&file);
    }
    return true;
}

/* Groups of files become one each, until few are left. The level stands in the names of groups:
 * those of the level below are read while these are written. */
static bool merge_many(const char *const *from, size_t n, const char *path, unsigned level,
                       struct error *error)
{
    struct sorted_about about;
    if (n <= FAN)
        return merge_paths(from, n, path, &about, error);
    size_t groups = (n + FAN - 1) / FAN, done = 0;
    char **group = calloc(groups, sizeof *group);
    bool good = true;
    CHECK(group != NULL);
    for (; done < groups && good; done++) {
        size_t begin = done * FAN, own = n - begin < FAN ? n - begin : FAN;
        CHECK(asprintf(&group[done], "%s.%u-%zu", path, level, done) >= 0);
        good = merge_paths(from + begin, own, group[done], &about, error);
    }
    good = good && merge_many((const char *const *)group, groups, path, level + 1, error);
    for (size_t i = 0; i < done; i++) {
        unlink(group[i]);
        free(group[i]);
    }
    free(group);
    return good;
}

bool tally_merge_files(const char *const *from, size_t n, const char *path, struct error *error)
{
    return check_files(from, n, error) && merge_many(from, n, path, 0, error);
}

/* The last n parts become one. They are removed when it is there to stay. */
static bool merge_last(struct tally *tally, size_t n, struct error *error)
{
    struct part *last = tally->part + tally->parts - n;
    const char **from = calloc(n, sizeof *from);
    struct sorted_about about = last[0].about;
    CHECK(from != NULL);
    for (size_t i = 0; i < n; i++)
        from[i] = last[i].path;
    about.to = last[n - 1].about.to;
    char *path = path_of(tally, &about);
    bool good = merge_paths(from, n, path, &about, error);
    free(from);
    if (!good) {
        unlink(path);
        free(path);
        return false;
    }
    stage_sync_folder(tally->folder);
    for (size_t i = 0; i < n; i++) {
        unlink(last[i].path);
        free(last[i].path);
    }
    tally->parts -= n;
    add_part(tally, path, &about, true);
    return true;
}

/* How many of the last parts have the level of the very last. */
static size_t alike(const struct tally *tally)
{
    size_t n = 0;
    uint64_t level = tally->part[tally->parts - 1].about.level;
    while (n < tally->parts && tally->part[tally->parts - 1 - n].about.level == level)
        n++;
    return n;
}

bool tally_add(struct tally *tally, const struct tally_cells *cells, uint64_t recovered,
               uint64_t events, struct error *error)
{
    uint64_t from = tally_about(tally).to;
    struct sorted_about about = {.arm = tally->arm,
                                 .from = from,
                                 .to = from + cells->trials,
                                 .recovered = recovered,
                                 .events = events};
    if (tally->values < cells->trials) {
        tally->values = cells->trials;
        tally->value = realloc(tally->value, tally->values * sizeof *tally->value);
        CHECK(tally->value != NULL);
    }
    char *path = path_of(tally, &about);
    if (!write_part(tally, cells, &about, path, error)) {
        unlink(path);
        free(path);
        return false;
    }
    add_part(tally, path, &about, false);
    while (alike(tally) >= FAN)
        if (!merge_last(tally, FAN, error))
            return false;
    return true;
}

static bool sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == EROFS);
    if (fd >= 0)
        close(fd);
    return good;
}

bool tally_sync(struct tally *tally, struct error *error)
{
    for (size_t i = 0; i < tally->parts; i++) {
        struct part *part = &tally->part[i];
        if (!part->synced && !sync_file(part->path))
            return error_set(error, EXIT_OUTPUT, "%s: %s", part->path, strerror(errno));
        part->synced = true;
    }
    stage_sync_folder(tally->folder);
    return true;
}

static struct sorted_file *open_parts(const struct tally *tally, struct error *error)
{
    struct sorted_file *file = calloc(tally->parts + 1, sizeof *file);
    CHECK(file != NULL);
    size_t opened = 0;
    while (opened < tally->parts &&
           sorted_open(&file[opened], tally->part[opened].path, false, error))
        opened++;
    if (opened == tally->parts)
        return file;
    for (size_t i = 0; i < opened; i++)
        sorted_close(&file[i]);
    free(file);
    return NULL;
}

bool tally_ranks(const struct tally *tally, const char *metric, const uint64_t *rank,
                 int64_t *value, size_t n, struct sorted_metric *about, struct error *error)
{
    struct sorted_file *file = open_parts(tally, error);
    if (file == NULL)
        return false;
    *about = (struct sorted_metric){.finite = 0};
    for (size_t i = 0; i < tally->parts; i++) {
        const struct sorted_metric *own = sorted_find(&file[i], metric);
        about->finite += own != NULL ? own->finite : 0;
        about->beyond += own != NULL ? own->beyond : 0;
    }
    struct sorted_merge *merge = sorted_merge_new(file, tally->parts, metric);
    uint64_t below = 0, count;
    size_t k = 0;
    for (int64_t v; k < n && sorted_next(merge, &v, &count); below += count)
        for (; k < n && rank[k] <= below + count; k++)
            value[k] = v;
    bool good = sorted_merge_free(merge);
    for (size_t i = 0; i < tally->parts; i++)
        sorted_close(&file[i]);
    free(file);
    return good || error_set(error, EXIT_INPUT, "%s: cannot be read", tally->folder);
}

const char *tally_finish(struct tally *tally, struct error *error)
{
    while (tally->parts > 1) {
        size_t n = tally->parts < FAN ? tally->parts : FAN;
        if (!merge_last(tally, n, error))
            return NULL;
    }
    return tally->parts == 1 ? tally->part[0].path : NULL;
}
