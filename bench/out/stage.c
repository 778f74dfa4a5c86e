#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

#define OLD "old" /* PARENT/.NAME.old-PID: what is replaced, for a moment */

char *path_join(const char *folder, const char *name)
{
    char *path = NULL;
    CHECK(asprintf(&path, "%s/%s", folder, name) >= 0);
    return path;
}

static bool fail_output(struct error *error, const char *path)
{
    return error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info, (void)type, (void)place;
    return remove(path);
}

bool remove_tree(const char *path)
{
    return nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0;
}

/* Makes every folder above the last component of `path`. */
static bool make_parents(const char *path, struct error *error)
{
    char *parent = strdup(path);
    CHECK(parent);
    bool good = true;
    for (char *slash = strchr(parent + 1, '/'); good && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        struct stat info;
        if (mkdir(parent, 0777) != 0 && errno != EEXIST)
            good = fail_output(error, parent);
        else if (stat(parent, &info) != 0 || !S_ISDIR(info.st_mode))
            good = error_set(error, EXIT_OUTPUT, "%s: %s", parent, strerror(ENOTDIR));
        *slash = '/';
    }
    free(parent);
    return good;
}

char *stage_sibling(const char *path, const char *what)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    const char *slash = memrchr(path, '/', length);
    size_t parent = slash ? (size_t)(slash - path) + 1 : 0;
    char *both = NULL;
    CHECK(asprintf(&both, "%.*s.%.*s.%s", (int)parent, path, (int)(length - parent), path + parent,
                   what) >= 0);
    return both;
}

/* PARENT/.NAME.WHAT-PID */
static char *sibling(const char *path, const char *what)
{
    char *own = NULL;
    CHECK(asprintf(&own, "%s-%ld", what, (long)getpid()) >= 0);
    char *both = stage_sibling(path, own);
    free(own);
    return both;
}

static bool has_file_of_results(const char *folder)
{
    static const char *const names[] = {"manifest.json", "trials.csv", "title.txt", "compare.csv"};
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(names) && !found; i++) {
        char *path = path_join(folder, names[i]);
        found = access(path, F_OK) == 0;
        free(path);
    }
    return found;
}

/* By its name. */
static bool is_of_results(const char *name)
{
    static const char *const names[] = {".", "..", "plots", "counts", "title.txt"};
    static const char *const ends[] = {".csv", ".json", ".png", ".svg", ".counts"};
    const char *end = strrchr(name, '.');
    bool good = false;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        good |= strcmp(name, names[i]) == 0;
    for (size_t i = 0; i < COUNT_OF(ends) && end != NULL; i++)
        good |= strcmp(end, ends[i]) == 0;
    return good;
}

/* Empty, or results and nothing else: `--force` with a mistyped folder must not delete somebody's
 * home, nor what somebody keeps beside results. Else `foreign` is what is in the way, or "". */
static bool looks_like_results(const char *folder, char foreign[NAME_MAX + 1])
{
    bool empty = true;
    DIR *stream = opendir(folder);
    foreign[0] = '\0';
    if (!stream)
        return false;
    for (struct dirent *entry; foreign[0] == '\0' && (entry = readdir(stream));) {
        empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!is_of_results(entry->d_name))
            snprintf(foreign, NAME_MAX + 1, "%s", entry->d_name);
    }
    closedir(stream);
    return foreign[0] == '\0' && (empty || has_file_of_results(folder));
}

bool stage_no_file(const char *final_dir, struct error *error)
{
    struct stat info;
    return lstat(final_dir, &info) != 0 || S_ISDIR(info.st_mode) ||
           error_set(error, EXIT_INPUT, "%s: a file is in the way of the folder", final_dir);
}

static bool may_appear(const char *path, bool force, struct error *error)
{
    struct stat info;
    char foreign[NAME_MAX + 1];
    if (lstat(path, &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) /* make_parents will name the culprit */
            return true;
        return fail_output(error, path);
    }
    if (!stage_no_file(path, error))
        return false;
    if (!force)
        return error_set(error, EXIT_INPUT, "%s exists (use --force to replace it)", path);
    if (!looks_like_results(path, foreign))
        return foreign[0] == '\0'
                   ? error_set(error, EXIT_INPUT, "%s does not look like results: not replaced",
                               path)
                   : error_set(error, EXIT_INPUT,
                               "%s does not look like results, '%s' is in it: not replaced", path,
                               foreign);
    return true;
}

static bool can_be_renamed(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* The name of a folder of results without slashes at its end, to be freed; NULL when it cannot be
 * one. */
static char *final_name(const char *final_dir, struct error *error)
{
    char *final = strdup(final_dir);
    CHECK(final);
    for (size_t n = strlen(final); n > 1 && final[n - 1] == '/'; n--)
        final[n - 1] = '\0';
    if (can_be_renamed(final))
        return final;
    free(final);
    error_set(error, EXIT_INPUT, "'%s' cannot be a folder of results", final_dir);
    return NULL;
}

bool stage_open_at(const char *final_dir, const char *partial, bool force, struct stage *stage,
                   struct error *error)
{
    *stage = (struct stage){.force = force};
    char *final = final_name(final_dir, error);
    if (!final)
        return false;
    if (may_appear(final, force, error) && make_parents(final, error)) {
        stage->final = final;
        stage->partial = strdup(partial);
        CHECK(stage->partial);
        return true;
    }
    free(final);
    return false;
}

bool stage_open(const char *final_dir, bool force, struct stage *stage, struct error *error)
{
    char *partial = sibling(final_dir, "partial");
    bool good = stage_open_at(final_dir, partial, force, stage, error);
    if (good) {
        remove_tree(partial); /* of an earlier process that had our id */
        good = mkdir(partial, 0777) == 0 || fail_output(error, stage->final);
        if (!good)
            stage_release(stage);
    }
    free(partial);
    return good;
}

FILE *stage_file(const struct stage *stage, const char *name, struct error *error)
{
    char *path = path_join(stage->partial, name);
    FILE *stream = NULL;
    if (make_parents(path, error)) {
        stream = fopen(path, "we");
        if (!stream)
            error_set(error, EXIT_OUTPUT, "%s: %s", name, strerror(errno));
    }
    free(path);
    return stream;
}

bool stage_put(FILE *stream, const char *name, const void *data, size_t length, struct error *error)
{
    errno = EIO;
    return fwrite(data, 1, length, stream) == length || fail_output(error, name);
}

/* Some file systems (and /dev/full) report a lack of space only here; pipes cannot be synced. */
static bool flush_to_disk(FILE *stream)
{
    if (fflush(stream) != 0)
        return false;
    return fsync(fileno(stream)) == 0 || errno == EINVAL || errno == EROFS;
}

bool stage_close_file(FILE *stream, const char *name, struct error *error)
{
    bool failed_before = ferror(stream), flushed = flush_to_disk(stream);
    int reason = flushed ? EIO : errno;
    if (fclose(stream) != 0 && flushed) {
        flushed = false;
        reason = errno;
    }
    if (flushed && !failed_before)
        return true;
    return error_set(error, EXIT_OUTPUT, "%s: %s", name, strerror(reason));
}

void stage_sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* best effort: not every file system can */
        close(fd);
    }
}

static void sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    CHECK(parent);
    stage_sync_folder(parent);
    free(parent);
}

void stage_release(struct stage *stage)
{
    free(stage->final);
    free(stage->partial);
    *stage = (struct stage){0};
}

/* "PREFIX" and a process's number? */
static bool is_aside(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 && name[length] != '\0' &&
           name[length + strspn(name + length, "0123456789")] == '\0';
}

/* What processes left that were killed between the two renames of stage_commit: results that were
 * to be replaced, and now are. */
static void remove_older(const char *final)
{
    char *prefix = stage_sibling(final, OLD "-"), *slash = strrchr(prefix, '/');
    char *parent = slash ? strndup(prefix, (size_t)(slash - prefix) + 1) : strdup(".");
    CHECK(parent);
    DIR *stream = opendir(parent);
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        if (!is_aside(entry->d_name, slash ? slash + 1 : prefix))
            continue;
        char foreign[NAME_MAX + 1], *path = path_join(parent, entry->d_name);
        if (looks_like_results(path, foreign))
            remove_tree(path);
        free(path);
    }
    if (stream)
        closedir(stream);
    free(parent);
    free(prefix);
}

bool stage_commit(struct stage *stage, struct error *error)
{
    stage_sync_folder(stage->partial);
    char *aside = sibling(stage->final, OLD);
    bool replaced = stage->force && rename(stage->final, aside) == 0;
    bool good = rename(stage->partial, stage->final) == 0;
    if (!good) {
        bool exists = errno == ENOTEMPTY || errno == EEXIST;
        fail_output(error, stage->final);
        if (exists && !stage->force)
            error_set(error, EXIT_INPUT, "%s exists (use --force to replace it)", stage->final);
        if (replaced && rename(aside, stage->final) != 0)
            error_set(error, EXIT_OUTPUT, "%s: the old results are now in %s", stage->final, aside);
    } else {
        sync_parent(stage->final);
        if (replaced)
            remove_tree(aside);
        remove_older(stage->final);
        stage_release(stage);
    }
    free(aside);
    return good;
}

void stage_abandon(struct stage *stage)
{
    if (stage->partial)
        remove_tree(stage->partial);
    stage_release(stage);
}

bool whole_file_open(const char *path, struct whole_file *file, struct error *error)
{
    *file = (struct whole_file){.final = strdup(path), .partial = sibling(path, "partial")};
    CHECK(file->final);
    file->stream = fopen(file->partial, "we");
    if (file->stream)
        return true;
    fail_output(error, path);
    whole_file_abandon(file);
    return false;
}

static void whole_file_end(struct whole_file *file)
{
    free(file->final);
    free(file->partial);
    *file = (struct whole_file){0};
}

bool whole_file_commit(struct whole_file *file, struct error *error)
{
    bool good = stage_close_file(file->stream, file->final, error);
    file->stream = NULL;
    if (good && rename(file->partial, file->final) != 0)
        good = fail_output(error, file->final);
    if (!good) {
        whole_file_abandon(file);
        return false;
    }
    sync_parent(file->final);
    whole_file_end(file);
    return true;
}

void whole_file_abandon(struct whole_file *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->partial)
        unlink(file->partial);
    whole_file_end(file);
}

bool whole_file_write(const char *folder, const char *name, const char *data, size_t length,
                      struct error *error)
{
    char *path = path_join(folder, name);
    struct whole_file file;
    bool good = whole_file_open(path, &file, error);
    if (good) {
        good = stage_put(file.stream, path, data, length, error) && whole_file_commit(&file, error);
        whole_file_abandon(&file);
    }
    free(path);
    return good;
}
