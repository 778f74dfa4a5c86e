#include "sorted.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

typedef unsigned __int128 varint; /* of up to 65 bits */

#define MAGIC "IKESORT1"
enum {
    MAGIC_SIZE = 8,
    ENTRY_SIZE = SORTED_NAME_SIZE + 6 * 8,
    ABOUT_SIZE = 8 * 8, /* six numbers, metrics, where the footer begins */
    BUFFER = 32 * 1024,
    VARINT_MAX = 10,
};

struct sorted_writer {
    FILE *stream;
    char *path;
    uint64_t bytes;
    int64_t last;
    size_t metrics;
    struct sorted_metric metric[SORTED_METRICS_MAX];
};

static bool fail(const char *path, struct error *error)
{
    return error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
}

/* A stream remembers that something went wrong; sorted_finish asks. */
static void put_bytes(struct sorted_writer *w, const void *data, size_t length)
{
    fwrite(data, 1, length, w->stream);
    w->bytes += length;
}

struct sorted_writer *sorted_create(const char *path, struct error *error)
{
    struct sorted_writer *w = calloc(1, sizeof *w);
    CHECK(w != NULL && (w->path = strdup(path)) != NULL);
    w->stream = fopen(path, "w+e");
    if (w->stream == NULL) {
        fail(path, error);
        sorted_abandon(w);
        return NULL;
    }
    put_bytes(w, MAGIC, MAGIC_SIZE);
    return w;
}

void sorted_begin(struct sorted_writer *w, const char *name)
{
    CHECK(w->metrics < SORTED_METRICS_MAX && strlen(name) < SORTED_NAME_SIZE);
    struct sorted_metric *m = &w->metric[w->metrics];
    *m = (struct sorted_metric){.begin = w->bytes};
    strcpy(m->name, name);
}

/* Seven bits a byte, the lowest first. */
static void put_varint(struct sorted_writer *w, varint value)
{
    unsigned char text[VARINT_MAX];
    size_t n = 0;
    for (; value >= 128; value >>= 7)
        text[n++] = (unsigned char)(value | 128);
    text[n++] = (unsigned char)value;
    put_bytes(w, text, n);
}

/* The distance from the value before (of the first one: from INT64_MIN) is doubled to leave a bit
 * that says whether a count follows. */
void sorted_put(struct sorted_writer *w, int64_t value, uint64_t count)
{
    struct sorted_metric *m = &w->metric[w->metrics];
    CHECK(count > 0 && (m->distinct == 0 || value > w->last));
    int64_t last = m->distinct == 0 ? INT64_MIN : w->last;
    uint64_t distance = (uint64_t)value - (uint64_t)last;
    put_varint(w, (varint)distance << 1 | (count > 1));
    if (count > 1)
        put_varint(w, count);
    w->last = value;
    m->distinct++;
    m->finite += count;
}

void sorted_end(struct sorted_writer *w, uint64_t beyond, uint64_t applied)
{
    struct sorted_metric *m = &w->metric[w->metrics++];
    m->beyond = beyond;
    m->applied = applied;
    m->length = w->bytes - m->begin;
}

static void put_number(struct sorted_writer *w, uint64_t value)
{
    value = htole64(value);
    put_bytes(w, &value, sizeof value);
}

static void put_footer(struct sorted_writer *w, const struct sorted_about *about)
{
    uint64_t begin = w->bytes;
    for (size_t i = 0; i < w->metrics; i++) {
        const struct sorted_metric *m = &w->metric[i];
        put_bytes(w, m->name, SORTED_NAME_SIZE);
        put_number(w, m->finite);
        put_number(w, m->beyond);
        put_number(w, m->distinct);
        put_number(w, m->begin);
        put_number(w, m->length);
        put_number(w, m->applied);
    }
    const uint64_t number[] = {about->arm,    about->from,  about->to,  about->recovered,
                               about->events, about->level, w->metrics, begin};
    for (size_t i = 0; i < COUNT_OF(number); i++)
        put_number(w, number[i]);
}

static bool put_digest(struct sorted_writer *w)
{
    char digest[DIGEST_SIZE];
    return fflush(w->stream) == 0 && !ferror(w->stream) &&
           digest_of_range(fileno(w->stream), 0, w->bytes, digest) &&
           fwrite(digest, 1, DIGEST_LENGTH, w->stream) == DIGEST_LENGTH && fflush(w->stream) == 0;
}

bool sorted_finish(struct sorted_writer *w, const struct sorted_about *about, bool sync,
                   struct error *error)
{
    put_footer(w, about);
    bool good = put_digest(w) && (!sync || fsync(fileno(w->stream)) == 0 || errno == EINVAL);
    if (!good)
        fail(w->path, error);
    sorted_abandon(w);
    return good;
}

void sorted_abandon(struct sorted_writer *w)
{
    if (w->stream != NULL)
        fclose(w->stream);
    free(w->path);
    free(w);
}

static bool read_at(int fd, uint64_t at, void *data, size_t length)
{
    for (char *to = data; length > 0;) {
        ssize_t n = pread(fd, to, length, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        at += (uint64_t)n;
        length -= (size_t)n;
    }
    return true;
}

static uint64_t number_at(const unsigned char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}

static bool read_footer(struct sorted_file *file, uint64_t begin, uint64_t end)
{
    if (begin > end || end - begin != file->metrics * ENTRY_SIZE)
        return false;
    for (size_t i = 0; i < file->metrics; i++) {
        unsigned char entry[ENTRY_SIZE];
        struct sorted_metric *m = &file->metric[i];
        if (!read_at(file->fd, begin + i * ENTRY_SIZE, entry, ENTRY_SIZE))
            return false;
        memcpy(m->name, entry, SORTED_NAME_SIZE);
        m->name[SORTED_NAME_SIZE - 1] = '\0';
        const unsigned char *number = entry + SORTED_NAME_SIZE;
        m->finite = number_at(number);
        m->beyond = number_at(number + 8);
        m->distinct = number_at(number + 16);
        m->begin = number_at(number + 24);
        m->length = number_at(number + 32);
        m->applied = number_at(number + 40);
        if (m->begin > begin || m->length > begin - m->begin)
            return false;
    }
    return true;
}

static bool read_all(struct sorted_file *file, uint64_t size, bool verify)
{
    unsigned char tail[ABOUT_SIZE], digest[DIGEST_SIZE] = "";
    char found[DIGEST_SIZE], magic[MAGIC_SIZE];
    if (size < MAGIC_SIZE + ABOUT_SIZE + DIGEST_LENGTH ||
        !read_at(file->fd, 0, magic, MAGIC_SIZE) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
        return false;
    uint64_t end = size - DIGEST_LENGTH, about = end - ABOUT_SIZE;
    if (!read_at(file->fd, end, digest, DIGEST_LENGTH) ||
        !read_at(file->fd, about, tail, ABOUT_SIZE))
        return false;
    if (verify &&
        (!digest_of_range(file->fd, 0, end, found) || memcmp(found, digest, DIGEST_LENGTH) != 0))
        return false;
    file->about =
        (struct sorted_about){number_at(tail),      number_at(tail + 8),  number_at(tail + 16),
                              number_at(tail + 24), number_at(tail + 32), number_at(tail + 40)};
    file->metrics = (size_t)number_at(tail + 48);
    return file->metrics <= SORTED_METRICS_MAX && read_footer(file, number_at(tail + 56), about);
}

bool sorted_open(struct sorted_file *file, const char *path, bool verify, struct error *error)
{
    struct stat info;
    *file = (struct sorted_file){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (file->fd < 0 || fstat(file->fd, &info) != 0) {
        error_set(error, EXIT_INPUT, "%s: %s", path, strerror(errno));
        sorted_close(file);
        return false;
    }
    if (read_all(file, (uint64_t)info.st_size, verify))
        return true;
    sorted_close(file);
    return error_set(error, EXIT_INPUT, "%s: not a whole file of counts of this program", path);
}

void sorted_close(struct sorted_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

const struct sorted_metric *sorted_find(const struct sorted_file *file, const char *name)
{
    for (size_t i = 0; i < file->metrics; i++)
        if (strcmp(file->metric[i].name, name) == 0)
            return &file->metric[i];
    return NULL;
}

/* Where one file's metric is read. */
struct cursor {
    int fd;
    uint64_t at, end; /* of what is not in the buffer yet */
    size_t used, filled;
    uint64_t left; /* distinct values */
    int64_t value;
    uint64_t count; /* 0: at its end */
    unsigned char *buffer;
};

struct sorted_merge {
    bool failed;
    size_t cursors;
    struct cursor cursor[];
};

static bool fill(struct cursor *c)
{
    size_t most = c->end - c->at < BUFFER ? (size_t)(c->end - c->at) : BUFFER;
    if (most == 0 || !read_at(c->fd, c->at, c->buffer, most))
        return false;
    c->at += most;
    c->used = 0;
    c->filled = most;
    return true;
}

static bool get_varint(struct cursor *c, varint *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_MAX; shift += 7) {
        if (c->used == c->filled && !fill(c))
            return false;
        unsigned char byte = c->buffer[c->used++];
        *value |= (varint)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

static bool advance(struct cursor *c)
{
    varint distance, count = 1;
    c->count = 0;
    if (c->left == 0)
        return true;
    c->left--;
    if (!get_varint(c, &distance))
        return false;
    if ((distance & 1) != 0 && (!get_varint(c, &count) || count == 0))
        return false;
    c->value = (int64_t)((uint64_t)c->value + (uint64_t)(distance >> 1));
    c->count = (uint64_t)count;
    return true;
}

struct sorted_merge *sorted_merge_new(const struct sorted_file *file, size_t files,
                                      const char *name)
{
    struct sorted_merge *merge = calloc(1, sizeof *merge + files * sizeof merge->cursor[0]);
    CHECK(merge != NULL);
    for (size_t i = 0; i < files; i++) {
        const struct sorted_metric *m = sorted_find(&file[i], name);
        if (m == NULL)
            continue;
        struct cursor *c = &merge->cursor[merge->cursors++];
        *c = (struct cursor){.fd = file[i].fd,
                             .at = m->begin,
                             .end = m->begin + m->length,
                             .left = m->distinct,
                             .value = INT64_MIN,
                             .buffer = malloc(BUFFER)};
        CHECK(c->buffer != NULL);
        merge->failed |= !advance(c);
    }
    return merge;
}

bool sorted_next(struct sorted_merge *merge, int64_t *value, uint64_t *count)
{
    *count = 0;
    for (size_t i = 0; i < merge->cursors; i++) {
        const struct cursor *c = &merge->cursor[i];
        if (c->count > 0 && (*count == 0 || c->value < *value)) {
            *value = c->value;
            *count = c->count;
        }
    }
    if (*count == 0 || merge->failed)
        return false;
    *count = 0;
    for (size_t i = 0; i < merge->cursors; i++) {
        struct cursor *c = &merge->cursor[i];
        if (c->count == 0 || c->value != *value)
            continue;
        *count += c->count;
        merge->failed |= !advance(c);
    }
    return true;
}

bool sorted_merge_free(struct sorted_merge *merge)
{
    bool good = !merge->failed;
    for (size_t i = 0; i < merge->cursors; i++)
        free(merge->cursor[i].buffer);
    free(merge);
    return good;
}
