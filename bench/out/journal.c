#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

enum { LINE_SIZE = 256 };

#define FIELDS "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64

struct journal_mark journal_arm(const struct journal *journal, uint64_t arm)
{
    for (size_t i = journal->arms; i > 0; i--)
        if (journal->arm[i - 1].arm == arm)
            return journal->arm[i - 1];
    return (struct journal_mark){.arm = arm};
}

static void note(struct journal *journal, const struct journal_mark *mark)
{
    size_t i = journal->arms;
    while (i > 0 && journal->arm[i - 1].arm != mark->arm)
        i--;
    if (i == 0) {
        journal->arm = realloc(journal->arm, (journal->arms + 1) * sizeof *journal->arm);
        CHECK(journal->arm != NULL);
        i = ++journal->arms;
    }
    journal->arm[i - 1] = *mark;
    journal->bytes = mark->bytes;
    journal->blocks++;
}

/* The text of a mark and of the block's digest; the line ends with the digest of both and of the
 * line before. Returns its length. */
static int put_line(char line[LINE_SIZE], const struct journal *journal,
                    const struct journal_mark *mark, const char *block, char chain[DIGEST_SIZE])
{
    char all[LINE_SIZE + DIGEST_SIZE];
    int n = snprintf(line, LINE_SIZE, FIELDS " %s", mark->arm, mark->trials, mark->recovered,
                     mark->events, mark->bytes, block);
    int length = snprintf(all, sizeof all, "%s %s", journal->chain, line);
    digest_of_bytes(all, (size_t)length, chain);
    return n + snprintf(line + n, LINE_SIZE - (size_t)n, " %s\n", chain);
}

/* Where the block that ends at `mark` begins. */
static uint64_t begin_of(const struct journal *journal, const struct journal_mark *mark)
{
    return journal->files.by_arm ? journal_arm(journal, mark->arm).bytes : journal->bytes;
}

/* Is the mark after what is known? */
static bool follows(const struct journal *journal, const struct journal_mark *mark)
{
    struct journal_mark before = journal_arm(journal, mark->arm);
    return mark->recovered <= mark->trials && mark->trials >= before.trials &&
           mark->bytes >= begin_of(journal, mark);
}

/* The digest of the block that ends at `mark`. */
static bool digest_block(const struct journal *journal, const struct journal_mark *mark,
                         char text[DIGEST_SIZE])
{
    int fd = journal->files.open(journal->files.context, mark->arm);
    return fd >= 0 && digest_of_range(fd, begin_of(journal, mark), mark->bytes, text);
}

/* Takes one line when it is whole and the block it tells of is. */
static bool take_line(struct journal *journal, const char *text, size_t length)
{
    struct journal_mark mark;
    char block[DIGEST_SIZE], found[DIGEST_SIZE], chain[DIGEST_SIZE], line[LINE_SIZE];
    if (length >= LINE_SIZE)
        return false;
    memcpy(line, text, length);
    line[length] = '\0';
    if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %32[0-9a-f]",
               &mark.arm, &mark.trials, &mark.recovered, &mark.events, &mark.bytes, block) != 6 ||
        !follows(journal, &mark))
        return false;
    int n = put_line(line, journal, &mark, block, chain);
    if ((size_t)n != length || memcmp(line, text, length) != 0)
        return false;
    if (!digest_block(journal, &mark, found) || strcmp(found, block) != 0)
        return false;
    strcpy(journal->chain, chain);
    note(journal, &mark);
    return true;
}

static char *read_all(int fd, size_t *length)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return NULL;
    char *text = malloc((size_t)info.st_size + 1);
    CHECK(text != NULL);
    *length = 0;
    while (*length < (size_t)info.st_size) {
        ssize_t n = pread(fd, text + *length, (size_t)info.st_size - *length, (off_t)*length);
        if (n <= 0)
            break;
        *length += (size_t)n;
    }
    return text;
}

static bool replay(struct journal *journal)
{
    size_t length, at = 0;
    char *text = read_all(journal->fd, &length);
    if (text == NULL)
        return false;
    while (at < length) {
        const char *end = memchr(text + at, '\n', length - at);
        if (end == NULL || !take_line(journal, text + at, (size_t)(end + 1 - (text + at))))
            break;
        at = (size_t)(end + 1 - text);
    }
    free(text);
    return ftruncate(journal->fd, (off_t)at) == 0 && lseek(journal->fd, 0, SEEK_END) >= 0;
}

bool journal_open(struct journal *journal, const char *path, const struct journal_files *files,
                  struct error *error)
{
    *journal = (struct journal){.files = *files};
    journal->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (journal->fd >= 0 && replay(journal))
        return true;
    error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
    journal_close(journal);
    return false;
}

/* Pipes and the like cannot be synced. */
static bool sync_data(int fd)
{
    return fd >= 0 && (fdatasync(fd) == 0 || errno == EINVAL || errno == EROFS);
}

static bool sync_files(const struct journal *journal, const struct journal_mark *mark, size_t n)
{
    size_t files = journal->files.by_arm || n == 0 ? n : 1;
    for (size_t i = 0; i < files; i++)
        if (!sync_data(journal->files.open(journal->files.context, mark[i].arm)))
            return false;
    return true;
}

/* Appends the line of one mark and notes it. */
static bool add_line(struct journal *journal, const struct journal_mark *mark)
{
    char block[DIGEST_SIZE], chain[DIGEST_SIZE], line[LINE_SIZE];
    CHECK(follows(journal, mark));
    if (!digest_block(journal, mark, block))
        return false;
    int length = put_line(line, journal, mark, block, chain);
    errno = ENOSPC; /* what a short write means */
    if (write(journal->fd, line, (size_t)length) != length)
        return false;
    strcpy(journal->chain, chain);
    note(journal, mark);
    return true;
}

/* A line that did not go whole is written over by the next one; until then it is torn. */
static void take_back(struct journal *journal, off_t end)
{
    int reason = errno;
    int cut = ftruncate(journal->fd, end);
    (void)cut;
    lseek(journal->fd, end, SEEK_SET);
    errno = reason;
}

bool journal_add(struct journal *journal, const struct journal_mark *mark, size_t n)
{
    bool good = sync_files(journal, mark, n);
    for (size_t i = 0; i < n && good; i++) {
        off_t end = lseek(journal->fd, 0, SEEK_CUR);
        good = add_line(journal, &mark[i]);
        if (!good)
            take_back(journal, end);
    }
    return good && fdatasync(journal->fd) == 0;
}

void journal_close(struct journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->arm);
    *journal = (struct journal){.fd = -1};
}

bool journal_has_lines(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_size > 0;
}
