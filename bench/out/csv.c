#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "decimal.h"

static char *reserve(struct csv_buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->length < more) {
        size_t capacity = buffer->capacity ? buffer->capacity : 4096;
        while (capacity - buffer->length < more)
            capacity *= 2;
        buffer->data = realloc(buffer->data, capacity);
        CHECK(buffer->data);
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

static void put_char(struct csv_buffer *buffer, char c)
{
    *reserve(buffer, 1) = c;
    buffer->length++;
}

static void begin_field(struct csv_buffer *buffer)
{
    if (buffer->row_begun)
        put_char(buffer, ',');
    buffer->row_begun = true;
}

void csv_put_int64(struct csv_buffer *buffer, int64_t value)
{
    char digits[20];
    size_t n = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    begin_field(buffer);
    if (value < 0)
        put_char(buffer, '-');
    char *end = reserve(buffer, n);
    buffer->length += n;
    while (n)
        *end++ = digits[--n];
}

void csv_put_double(struct csv_buffer *buffer, double value)
{
    char text[DECIMAL_SIZE];
    decimal_text(value, text);
    csv_put_text(buffer, text);
}

void csv_put_text(struct csv_buffer *buffer, const char *text)
{
    begin_field(buffer);
    if (!strpbrk(text, ",\"\r\n")) {
        size_t n = strlen(text);
        memcpy(reserve(buffer, n + 1), text, n);
        buffer->length += n;
        return;
    }
    put_char(buffer, '"');
    for (; *text; text++) {
        if (*text == '"')
            put_char(buffer, '"');
        put_char(buffer, *text);
    }
    put_char(buffer, '"');
}

void csv_end_row(struct csv_buffer *buffer)
{
    put_char(buffer, '\n');
    buffer->row_begun = false;
}

void csv_put_bytes(struct csv_buffer *buffer, const void *data, size_t length)
{
    memcpy(reserve(buffer, length), data, length);
    buffer->length += length;
}

void csv_buffer_clear(struct csv_buffer *buffer)
{
    buffer->length = 0;
    buffer->row_begun = false;
}

void csv_buffer_fini(struct csv_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct csv_buffer){0};
}
