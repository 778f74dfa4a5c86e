#include "unfinished.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

#define LOCK    "lock"
#define RESULTS "results"

char *unfinished_path(const struct unfinished *u, const char *name)
{
    return path_join(u->folder, name);
}

static bool fail_output(struct error *error, const char *path)
{
    return error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
}

/* Opens and locks the lock file; -1 when it is taken (EWOULDBLOCK) or cannot be had. */
static int lock_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/* Does the descriptor still belong to the path? The process that had the lock may have finished
 * and removed both. */
static bool still_there(int fd, const char *path)
{
    struct stat own, found;
    return fstat(fd, &own) == 0 && stat(path, &found) == 0 && own.st_ino == found.st_ino &&
           own.st_dev == found.st_dev;
}

static bool make_and_lock(struct unfinished *u, struct error *error)
{
    char *path = unfinished_path(u, LOCK);
    bool good = false;
    for (int tries = 0; tries < 10 && !good; tries++) {
        if (mkdir(u->folder, 0777) != 0 && errno != EEXIST)
            break;
        u->lock = lock_file(path);
        if (u->lock < 0 && errno != ENOENT)
            break;
        good = u->lock >= 0 && still_there(u->lock, path);
        if (!good && u->lock >= 0)
            close(u->lock);
    }
    if (!good && errno == EWOULDBLOCK)
        error_set(error, EXIT_INPUT, "%s: another process is making it", u->stage.final);
    else if (!good)
        fail_output(error, u->stage.final);
    free(path);
    return good;
}

static bool make_results(const struct unfinished *u, struct error *error)
{
    return mkdir(u->stage.partial, 0777) == 0 || errno == EEXIST ||
           fail_output(error, u->stage.partial);
}

bool unfinished_open(const char *final_dir, bool force, struct unfinished *u, struct error *error)
{
    *u = (struct unfinished){.folder = stage_sibling(final_dir, UNFINISHED), .lock = -1};
    char *results = unfinished_path(u, RESULTS);
    bool good = stage_open_at(final_dir, results, force, &u->stage, error);
    free(results);
    if (good && make_and_lock(u, error)) {
        if (make_results(u, error))
            return true;
        unfinished_close(u, true);
        return false;
    }
    stage_release(&u->stage);
    free(u->folder);
    *u = (struct unfinished){.lock = -1};
    return false;
}

bool unfinished_clear(struct unfinished *u, struct error *error)
{
    DIR *stream = opendir(u->folder);
    bool good = stream != NULL;
    for (struct dirent *entry; good && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, LOCK) == 0)
            continue;
        char *path = unfinished_path(u, entry->d_name);
        good = remove_tree(path);
        free(path);
    }
    if (stream != NULL)
        closedir(stream);
    return good ? make_results(u, error) : fail_output(error, u->folder);
}

void unfinished_sync(const struct unfinished *u)
{
    stage_sync_folder(u->stage.partial);
    stage_sync_folder(u->folder);
    char *parent = path_join(u->folder, "..");
    stage_sync_folder(parent);
    free(parent);
}

/* The lock goes last: who waits for it finds an empty place. */
static void end(struct unfinished *u, bool keep)
{
    if (u->folder != NULL && !keep)
        remove_tree(u->folder);
    if (u->folder != NULL && u->lock >= 0)
        close(u->lock);
    stage_release(&u->stage);
    free(u->folder);
    *u = (struct unfinished){.lock = -1};
}

bool unfinished_commit(struct unfinished *u, struct error *error)
{
    if (!stage_commit(&u->stage, error))
        return false;
    end(u, false);
    return true;
}

void unfinished_close(struct unfinished *u, bool keep)
{
    end(u, keep);
}

void unfinished_tidy(const char *final_dir)
{
    struct unfinished u = {.folder = stage_sibling(final_dir, UNFINISHED), .lock = -1};
    char *lock = unfinished_path(&u, LOCK), *results = unfinished_path(&u, RESULTS);
    bool spent = access(u.folder, F_OK) == 0 && (u.lock = lock_file(lock)) >= 0 &&
                 still_there(u.lock, lock) && access(results, F_OK) != 0;
    free(results);
    free(lock);
    end(&u, !spent);
}
