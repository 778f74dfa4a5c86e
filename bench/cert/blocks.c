#include "blocks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#define FILE_MOST ((size_t)1 << 30)

static bool read_stream(struct pem_file *file, FILE *stream, struct error *error)
{
    size_t room = 0;
    for (;;) {
        if (room - file->length < 2) {
            room = room == 0 ? 16384 : 2 * room;
            file->bytes = realloc(file->bytes, room);
            CHECK(file->bytes != NULL);
        }
        size_t more = fread(file->bytes + file->length, 1, room - file->length - 1, stream);
        file->length += more;
        if (more == 0)
            break;
        if (file->length > FILE_MOST)
            return error_set(error, EXIT_INPUT, "'%s' is larger than 1 GiB", file->path);
    }
    file->bytes[file->length] = '\0';
    if (ferror(stream))
        return error_set(error, EXIT_INPUT, "cannot read '%s': %s", file->path,
                         errno == EISDIR ? "it is a folder, a file is due" : strerror(errno));
    return true;
}

bool pem_file_read(struct pem_file *file, const char *path, struct error *error)
{
    *file = (struct pem_file){.path = strdup(path)};
    CHECK(file->path != NULL);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        error_set(error, EXIT_INPUT, "cannot read '%s': %s", path, strerror(errno));
        pem_file_fini(file);
        return false;
    }
    bool good = read_stream(file, stream, error);
    fclose(stream);
    if (!good)
        pem_file_fini(file);
    return good;
}

void pem_file_fini(struct pem_file *file)
{
    free(file->path);
    free(file->bytes);
    *file = (struct pem_file){0};
}

bool pem_refuse(struct error *error, const struct pem_block *block, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_at(error, block->path, block->line, 1, "%s", text);
}

static unsigned long lines_between(const char *from, const char *to)
{
    unsigned long lines = 0;
    while (from < to && (from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
        lines++;
        from++;
    }
    return lines;
}

/* A line that begins with `words`, at or after `from`. */
static const char *find_line(const char *from, const char *start, const char *words)
{
    for (const char *at = strstr(from, words); at != NULL; at = strstr(at + 1, words))
        if (at == start || at[-1] == '\n')
            return at;
    return NULL;
}

bool pem_file_each(const struct pem_file *file, pem_each_fn *each, void *context,
                   struct error *error)
{
    static const char begin[] = "-----BEGIN ", dashes[] = "-----";
    const char *at = file->bytes, *counted = at;
    struct pem_block block = {.path = file->path, .line = 1};
    while (at != NULL && (at = find_line(at, file->bytes, begin)) != NULL) {
        block.line += lines_between(counted, at);
        counted = at;
        const char *label = at + sizeof begin - 1, *label_end = strstr(label, dashes);
        size_t length = label_end == NULL ? 0 : (size_t)(label_end - label);
        if (length == 0 || length >= sizeof block.label || memchr(label, '\n', length) != NULL)
            return pem_refuse(error, &block, "not PEM: the line does not end in -----");
        snprintf(block.label, sizeof block.label, "%.*s", (int)length, label);
        char end[96];
        snprintf(end, sizeof end, "-----END %s-----", block.label);
        const char *last = find_line(at, file->bytes, end),
                   *next = find_line(at + 1, file->bytes, begin);
        if (last == NULL || (next != NULL && next < last))
            return pem_refuse(error, &block, "not PEM: no line '%s' follows: the file was cut off",
                              end);
        block.begin = at;
        block.length = (size_t)(last - at) + strlen(end);
        if (!each(&block, context, error))
            return false;
        at = last + 1;
    }
    return true;
}
