#include "fast.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#define FIELDS_MAX 256
#define CHUNK      ((size_t)1 << 20)
#define SKIP       (-1)

struct text {
    const char *at, *end;
};

struct layout {
    int column[FIELDS_MAX]; /* field -> enum arm_column, or SKIP */
    int fields;
};

static int column_of(const char *name, size_t length)
{
    for (int c = 0; c < ARM_COLUMN_COUNT; c++)
        if (strlen(arm_columns[c]) == length && memcmp(arm_columns[c], name, length) == 0)
            return c;
    return SKIP;
}

/* Each wanted column once. */
static bool read_header(struct text *text, struct layout *layout)
{
    const char *end = memchr(text->at, '\n', (size_t)(text->end - text->at));
    unsigned seen = 0;
    if (!end || memchr(text->at, '"', (size_t)(end - text->at)) ||
        memchr(text->at, '\r', (size_t)(end - text->at)))
        return false;
    for (const char *at = text->at; at <= end; layout->fields++) {
        size_t length = (size_t)(end - at);
        const char *comma = memchr(at, ',', length);
        length = comma ? (size_t)(comma - at) : length;
        int column = column_of(at, length);
        if (layout->fields == FIELDS_MAX || (column != SKIP && seen & 1u << column))
            return false;
        layout->column[layout->fields] = column;
        seen |= column == SKIP ? 0u : 1u << column;
        at += length + 1;
    }
    text->at = end + 1;
    return seen == (1u << ARM_COLUMN_COUNT) - 1;
}

/* At most 18 digits, so that nothing can overflow; longer ones are for the careful reader. */
static bool read_whole(struct text *text, int64_t *value)
{
    const char *at = text->at;
    bool minus = *at == '-';
    at += minus;
    const char *first = at;
    int64_t v = 0;
    for (; (unsigned)*at - '0' < 10u && at - first < 18; at++)
        v = 10 * v + (*at - '0');
    if (at == first) /* a 19th digit is no comma: refused by the caller */
        return false;
    *value = minus ? -v : v;
    text->at = at;
    return true;
}

/* To the comma or line end, over what a number may hold. The text ends in a line end. */
static bool skip_field(struct text *text)
{
    const char *at = text->at;
    while (*at != ',' && *at != '\n') {
        if (*at == '"' || *at == '\r')
            return false;
        at++;
    }
    text->at = at;
    return true;
}

static bool read_row(struct text *text, const struct layout *layout, struct arm *arm)
{
    for (int f = 0; f < layout->fields; f++) {
        int column = layout->column[f];
        bool good =
            column == SKIP ? skip_field(text) : read_whole(text, &arm->value[column][arm->n]);
        if (!good || *text->at != (f + 1 == layout->fields ? '\n' : ','))
            return false;
        text->at++;
    }
    arm->n++;
    return true;
}

static void make_room(struct arm *arm, uint64_t *room)
{
    if (arm->n < *room)
        return;
    *room = *room ? 2 * *room : 4096;
    for (size_t c = 0; c < ARM_COLUMN_COUNT; c++) {
        arm->value[c] = realloc(arm->value[c], *room * sizeof *arm->value[c]);
        CHECK(arm->value[c]);
    }
}

/* The lines of one chunk; the first chunk begins with the header. */
static bool read_lines(struct text text, struct layout *layout, struct arm *arm, uint64_t *room)
{
    if (layout->fields == 0 && !read_header(&text, layout))
        return false;
    while (text.at < text.end) {
        make_room(arm, room);
        if (!read_row(&text, layout, arm))
            return false;
    }
    return true;
}

/* Not mapped: pages of the file would count as memory of ours. */
static bool read_chunks(int fd, char *chunk, struct arm *arm)
{
    struct layout layout = {.fields = 0};
    uint64_t room = 0;
    size_t kept = 0; /* bytes of a line that has not ended */
    for (;;) {
        ssize_t n = kept < CHUNK ? read(fd, chunk + kept, CHUNK - kept) : -1;
        if (n <= 0)
            return n == 0 && kept == 0 && arm->n > 0;
        size_t length = kept + (size_t)n;
        const char *last = memrchr(chunk, '\n', length);
        const char *end = last ? last + 1 : chunk;
        if (last && !read_lines((struct text){chunk, end}, &layout, arm, &room))
            return false;
        kept = length - (size_t)(end - chunk);
        memmove(chunk, end, kept);
    }
}

bool fast_read(const char *path, struct arm *arm)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char *chunk = malloc(CHUNK);
    CHECK(chunk);
    bool good = read_chunks(fd, chunk, arm);
    free(chunk);
    close(fd);
    for (size_t c = 0; !good && c < ARM_COLUMN_COUNT; c++) {
        free(arm->value[c]);
        arm->value[c] = NULL;
    }
    arm->n = good ? arm->n : 0;
    return good;
}
