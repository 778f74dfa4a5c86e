#include "rowfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#define TRIALS "trials.csv"

static bool fail(const struct rowfile *file, struct error *error)
{
    return error_set(error, EXIT_OUTPUT, "%s: %s", file->name, strerror(errno));
}

char *rowfile_path(const struct rowfile *file, uint64_t arm)
{
    if (!file->apart)
        return path_join(file->place->stage.partial, TRIALS);
    char name[40];
    snprintf(name, sizeof name, "arm-%" PRIu64 ".csv", arm);
    return unfinished_path(file->place, name);
}

static int open_arm(const struct rowfile *file, uint64_t arm)
{
    char *path = rowfile_path(file, arm);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int reason = errno;
    free(path);
    errno = reason;
    return fd;
}

/* For the journal. */
static int look_aside(void *context, uint64_t arm)
{
    struct rowfile *file = context;
    if (!file->apart)
        return file->data;
    if (file->aside >= 0)
        close(file->aside);
    return file->aside = open_arm(file, arm);
}

/* Puts the end of a file where the journal says it is whole. */
static bool cut(int fd, uint64_t bytes)
{
    return ftruncate(fd, (off_t)bytes) == 0 && lseek(fd, 0, SEEK_END) >= 0;
}

static bool open_all(struct rowfile *file, struct error *error)
{
    const struct journal_files files = {file->apart, look_aside, file};
    char *path = unfinished_path(file->place, UNFINISHED_JOURNAL);
    bool good = journal_open(&file->journal, path, &files, error);
    free(path);
    file->bytes = file->journal.bytes;
    return good && (file->apart || cut(file->data, file->bytes) || fail(file, error));
}

bool rowfile_open(struct rowfile *file, const struct unfinished *place, bool apart,
                  struct error *error)
{
    *file = (struct rowfile){.place = place,
                             .apart = apart,
                             .name = TRIALS,
                             .data = -1,
                             .aside = -1,
                             .journal = {.fd = -1}};
    if (!apart)
        file->data = open_arm(file, 0);
    bool good = (apart || file->data >= 0 || fail(file, error)) && open_all(file, error);
    if (!good)
        rowfile_close(file);
    return good;
}

bool rowfile_open_plain(struct rowfile *file, const char *path, const char *name,
                        struct error *error)
{
    *file = (struct rowfile){.name = name, .aside = -1, .journal = {.fd = -1}};
    file->data = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return file->data >= 0 || fail(file, error);
}

void rowfile_close(struct rowfile *file)
{
    journal_close(&file->journal);
    if (file->data >= 0)
        close(file->data);
    if (file->aside >= 0)
        close(file->aside);
    free(file->ended);
    *file = (struct rowfile){.data = -1, .aside = -1, .journal = {.fd = -1}};
}

struct journal_mark rowfile_arm(const struct rowfile *file, const struct journal_mark *at,
                                uint64_t arm)
{
    if (at->arm == arm && at->trials > 0)
        return *at;
    for (size_t i = file->ends; i > 0; i--)
        if (file->ended[i - 1].arm == arm)
            return file->ended[i - 1];
    return journal_arm(&file->journal, arm);
}

static bool is_new(const struct rowfile *file, const struct journal_mark *mark)
{
    return mark->trials > journal_arm(&file->journal, mark->arm).trials;
}

bool rowfile_has_new(const struct rowfile *file, const struct journal_mark *mark)
{
    return file->ends > 0 || is_new(file, mark);
}

/* One more mark for the next checkpoint. */
static void add_end(struct rowfile *file, const struct journal_mark *mark)
{
    file->ended = realloc(file->ended, (file->ends + 1) * sizeof *file->ended);
    CHECK(file->ended != NULL);
    file->ended[file->ends++] = *mark;
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

/* Rows of another arm belong to another file. */
static bool change_file(struct rowfile *file, const struct journal_mark *mark)
{
    if (file->data >= 0)
        close(file->data);
    file->data = open_arm(file, mark->arm);
    file->bytes = mark->bytes;
    file->made |= mark->bytes == 0;
    return file->data >= 0 && cut(file->data, mark->bytes);
}

bool rowfile_begin(struct rowfile *file, const struct journal_mark *at, uint64_t arm,
                   const struct csv_buffer *header, struct error *error)
{
    bool same = file->arm == arm && file->data >= 0;
    if (!same && file->place != NULL && is_new(file, at))
        add_end(file, at);
    struct journal_mark mark = rowfile_arm(file, at, arm);
    if (!same && file->apart && !change_file(file, &mark))
        return fail(file, error);
    file->arm = arm;
    return file->bytes > 0 || rowfile_put(file, header, error);
}

bool rowfile_put(struct rowfile *file, const struct csv_buffer *rows, struct error *error)
{
    if (!write_all(file->data, rows->data, rows->length))
        return fail(file, error);
    file->bytes += rows->length;
    return true;
}

bool rowfile_keep(struct rowfile *file, const struct journal_mark *mark, struct error *error)
{
    if (is_new(file, mark))
        add_end(file, mark);
    if (file->made)
        stage_sync_folder(file->place->folder);
    file->made = false;
    if (!journal_add(&file->journal, file->ended, file->ends))
        return fail(file, error);
    file->ends = 0;
    return true;
}

uint64_t rowfile_trials(const struct rowfile *file)
{
    uint64_t trials = 0;
    for (size_t i = 0; i < file->journal.arms; i++)
        trials += file->journal.arm[i].trials;
    return trials;
}

/* Pipes and the like cannot be synced. */
static bool sync_file(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
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

static bool join_arm(const struct rowfile *file, int to, uint64_t arm)
{
    char *path = rowfile_path(file, arm);
    FILE *from = fopen(path, "re");
    free(path);
    bool good = from != NULL && copy_rows(to, from, arm == 0);
    if (from != NULL)
        fclose(from);
    return good;
}

/* Files of arms become one, in order; they stay until the results are in their place. */
static bool join(struct rowfile *file, size_t arms, struct error *error)
{
    char *path = path_join(file->place->stage.partial, TRIALS);
    close(file->data);
    file->data = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    free(path);
    bool good = file->data >= 0;
    for (size_t i = 0; i < arms && good; i++)
        good = join_arm(file, file->data, i);
    return good || fail(file, error);
}

bool rowfile_end(struct rowfile *file, size_t arms, struct error *error)
{
    if (file->apart && !join(file, arms, error))
        return false;
    return sync_file(file->data) || fail(file, error);
}
