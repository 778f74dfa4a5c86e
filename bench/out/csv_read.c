/* Reading CSV back through libcsv. Its callbacks cannot stop the parser, so that the first mistake
 * is kept and everything after it ignored until the chunk ends. */
#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#include "engine/check.h"
#include "world/row.h"

#define CHUNK      ((size_t)64 * 1024)
#define NOT_STORED SIZE_MAX

struct reader {
    const char *path;
    const char *const *wanted; /* NULL: all */
    size_t n_wanted;
    struct csv_table *table;
    struct error *error;
    size_t *slot; /* field of a row -> column of the table, or NOT_STORED */
    size_t capacity, field, line;
    bool in_header, after_cr, failed;
    size_t most; /* rows in memory */
    bool header_only, enough, more;
    csv_part_fn *part; /* NULL: all rows stay in the table */
    void *context;
    bool arms; /* column 0 is the arm */
    int64_t arm;
    bool any; /* row of that arm */
};

static bool is_whole(const char *name)
{
    return row_column_find(name) != NULL || strcmp(name, CSV_ARM) == 0;
}

static void *grow(void *array, size_t n, size_t size)
{
    array = realloc(array, n * size);
    CHECK(array);
    return array;
}

static char *copy(const char *text, size_t length)
{
    char *name = strndup(text, length);
    CHECK(name);
    return name;
}

static void read_name(struct reader *reader, const char *text, size_t length)
{
    struct csv_table *table = reader->table;
    table->header = grow(table->header, table->headers + 1, sizeof *table->header);
    char *name = copy(text, length);
    table->header[table->headers++] = name;
    for (size_t i = 0; i + 1 < table->headers; i++) {
        if (strcmp(table->header[i], name) == 0) {
            error_at(reader->error, reader->path, reader->line, reader->field + 1,
                     "the column \"%.64s\" occurs twice", name);
            reader->failed = true;
        }
    }
}

static void add_column(struct reader *reader, const char *name, size_t field)
{
    struct csv_table *table = reader->table;
    reader->slot[field] = table->columns;
    table->column[table->columns++] = (struct csv_column){.name = copy(name, strlen(name))};
}

static size_t find_field(const struct csv_table *table, const char *name)
{
    size_t field = 0;
    while (field < table->headers && strcmp(table->header[field], name) != 0)
        field++;
    return field;
}

/* Knows all names: lays out the columns that will be stored. */
static void end_header(struct reader *reader)
{
    struct csv_table *table = reader->table;
    size_t columns = reader->wanted ? reader->n_wanted : table->headers;
    table->column = grow(NULL, columns + 1, sizeof *table->column);
    reader->slot = grow(NULL, table->headers + 1, sizeof *reader->slot);
    for (size_t i = 0; i < table->headers; i++)
        reader->slot[i] = NOT_STORED;
    for (size_t i = 0; i < columns; i++) {
        const char *name = reader->wanted ? reader->wanted[i] : table->header[i];
        size_t field = find_field(table, name);
        if (field == table->headers) {
            error_at(reader->error, reader->path, reader->line, 1,
                     "no column \"%.64s\": not a file of trials of this program, or left out "
                     "(--columns)",
                     name);
            reader->failed = true;
            return;
        }
        add_column(reader, name, field);
    }
    reader->in_header = false;
    reader->arms = columns > 0 && strcmp(table->column[0].name, CSV_ARM) == 0;
}

static void make_room(struct reader *reader)
{
    struct csv_table *table = reader->table;
    if (table->rows < reader->capacity)
        return;
    reader->capacity = reader->capacity ? 2 * reader->capacity : 1024;
    for (size_t i = 0; i < table->columns; i++) {
        struct csv_column *column = &table->column[i];
        if (is_whole(column->name))
            column->whole = grow(column->whole, reader->capacity, sizeof *column->whole);
        else
            column->real = grow(column->real, reader->capacity, sizeof *column->real);
    }
}

/* Decimal digits with an optional '-', within 64 bits. */
static bool parse_whole(const char *text, size_t length, int64_t *value)
{
    bool minus = length > 0 && text[0] == '-';
    size_t i = minus;
    if (i == length)
        return false;
    int64_t v = 0; /* negative, because INT64_MIN has no positive twin */
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, text[i] - '0', &v))
            return false;
    }
    if (!minus && v == INT64_MIN)
        return false;
    *value = minus ? v : -v;
    return true;
}

static bool parse_real(const char *text, size_t length, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return length > 0 && end == text + length && isfinite(*value);
}

static void read_value(struct reader *reader, const char *text, size_t length)
{
    struct csv_table *table = reader->table;
    if (reader->field >= table->headers || reader->slot[reader->field] == NOT_STORED)
        return;
    make_room(reader);
    struct csv_column *column = &table->column[reader->slot[reader->field]];
    bool good = column->whole ? parse_whole(text, length, &column->whole[table->rows])
                              : parse_real(text, length, &column->real[table->rows]);
    if (!good) {
        error_at(reader->error, reader->path, reader->line, reader->field + 1,
                 "%s is not a %s number: \"%.40s\"", column->name,
                 column->whole ? "whole" : "finite", text);
        reader->failed = true;
    }
}

static void on_field(void *text, size_t length, void *context)
{
    struct reader *reader = context;
    if (reader->failed || reader->enough)
        return;
    if (reader->in_header)
        read_name(reader, text ? text : "", length);
    else
        read_value(reader, text ? text : "", length);
    reader->field++;
}

static void give_part(struct reader *reader, bool last)
{
    if (!reader->failed)
        reader->failed =
            !reader->part(reader->table, reader->arm, last, reader->context, reader->error);
    reader->table->rows = 0;
}

/* The row that was just read is of another arm than those before it: these are handed out, and it
 * becomes the first one. */
static void end_arm(struct reader *reader)
{
    struct csv_table *table = reader->table;
    size_t last = table->rows;
    int64_t arm = reader->arms ? table->column[0].whole[last] : 0;
    if (reader->any && arm < reader->arm) {
        error_at(reader->error, reader->path, reader->line, 1, "arms do not ascend");
        reader->failed = true;
    }
    bool another = reader->any && arm != reader->arm && !reader->failed;
    if (another)
        give_part(reader, true);
    for (size_t i = 0; i < table->columns && another; i++) {
        struct csv_column *column = &table->column[i];
        if (column->whole)
            column->whole[0] = column->whole[last];
        else
            column->real[0] = column->real[last];
    }
    reader->arm = arm;
    reader->any = true;
}

/* One more row is whole. */
static void take_row(struct reader *reader)
{
    struct csv_table *table = reader->table;
    if (reader->part)
        end_arm(reader);
    else if (table->rows == reader->most)
        reader->enough = reader->more = true;
    if (!reader->failed && !reader->enough)
        table->rows++;
    if (!reader->failed && reader->part && table->rows == reader->most)
        give_part(reader, false);
}

static void end_row(struct reader *reader)
{
    struct csv_table *table = reader->table;
    if (reader->in_header && table->headers == 0) {
        error_at(reader->error, reader->path, 1, 1, "no header");
        reader->failed = true;
    } else if (reader->in_header) {
        end_header(reader);
        reader->enough = reader->header_only;
    } else if (reader->field != table->headers) {
        error_at(reader->error, reader->path, reader->line, reader->field + 1,
                 "%zu field%s where the header names %zu", reader->field,
                 reader->field == 1 ? "" : "s", table->headers);
        reader->failed = true;
    } else {
        take_row(reader);
    }
    reader->field = 0;
}

/* Called for CR and LF alike (CSV_REPALL_NL), so that empty lines are seen; the LF of a CRLF ends
 * nothing more. At the end of the file c is -1: a row that was cut off, reported there. */
static void on_line_end(int c, void *context)
{
    struct reader *reader = context;
    if (reader->failed || reader->enough || c < 0)
        return;
    if (!(c == '\n' && reader->after_cr))
        end_row(reader);
    reader->after_cr = c == '\r';
    if (c == '\n')
        reader->line++;
}

static bool fail_at(struct reader *reader, const char *text)
{
    reader->failed = true;
    return error_at(reader->error, reader->path, reader->line, reader->field + 1, "%s", text);
}

static bool finish(struct reader *reader, struct csv_parser *parser, char last)
{
    if (last == 0)
        return fail_at(reader, "the file is empty");
    if (csv_fini(parser, on_field, on_line_end, reader) != 0)
        return fail_at(reader, "a quoted field does not end");
    if (reader->failed)
        return false;
    if (last != '\n')
        return fail_at(reader, "the file is cut off: its last line has no end");
    if (reader->table->rows == 0 && !reader->any)
        return fail_at(reader, "no rows");
    return true;
}

static bool read_chunks(struct reader *reader, struct csv_parser *parser, int fd)
{
    char *chunk = grow(NULL, CHUNK, 1);
    char last = 0;
    bool good = true;
    while (good) {
        ssize_t n = read(fd, chunk, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            good = error_set(reader->error, EXIT_INPUT, "%s: %s", reader->path, strerror(errno));
        if (n <= 0)
            break;
        last = chunk[n - 1];
        if (csv_parse(parser, chunk, (size_t)n, on_field, on_line_end, reader) != (size_t)n &&
            !reader->failed)
            fail_at(reader, "quotes where RFC 4180 has none");
        good = !reader->failed;
        if (reader->enough)
            break;
    }
    free(chunk);
    return good && (reader->enough || finish(reader, parser, last));
}

/* Results may do without rows. */
static bool tell_missing(const char *path, struct error *error)
{
    int reason = errno;
    const char *slash = strrchr(path, '/');
    char *counts = NULL;
    CHECK(asprintf(&counts, "%.*squantiles.csv", slash ? (int)(slash - path) + 1 : 0, path) >= 0);
    bool counted = reason == ENOENT && access(counts, F_OK) == 0;
    free(counts);
    if (counted)
        return error_set(error, EXIT_INPUT,
                         "%s: there are no rows (the run had --rows none), and this needs them",
                         path);
    return error_set(error, EXIT_INPUT, "%s: %s", path, strerror(reason));
}

static bool read_file(struct reader *reader, struct error *error)
{
    *reader->table = (struct csv_table){0};
    int fd = open(reader->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tell_missing(reader->path, error);
    reader->error = error;
    reader->line = 1;
    reader->in_header = true;
    struct csv_parser parser;
    unsigned char options = CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL;
    CHECK(csv_init(&parser, options) == 0);
    bool good = read_chunks(reader, &parser, fd);
    csv_free(&parser);
    free(reader->slot);
    close(fd);
    if (!good)
        csv_table_fini(reader->table);
    return good;
}

bool csv_table_read(const char *path, const char *const *wanted, size_t n_wanted,
                    struct csv_table *table, struct error *error)
{
    bool more;
    return csv_table_read_some(path, wanted, n_wanted, SIZE_MAX, table, &more, error);
}

bool csv_table_read_some(const char *path, const char *const *wanted, size_t n_wanted, size_t most,
                         struct csv_table *table, bool *more, struct error *error)
{
    struct reader reader = {
        .path = path, .wanted = wanted, .n_wanted = n_wanted, .table = table, .most = most};
    bool good = read_file(&reader, error);
    *more = reader.more;
    return good;
}

bool csv_header_read(const char *path, struct csv_table *table, struct error *error)
{
    struct reader reader = {.path = path, .table = table, .header_only = true};
    return read_file(&reader, error);
}

bool csv_header_has(const struct csv_table *table, const char *name)
{
    return find_field(table, name) < table->headers;
}

bool csv_table_parts(const char *path, const char *const *wanted, size_t n_wanted, size_t most,
                     csv_part_fn *part, void *context, struct error *error)
{
    struct csv_table table;
    struct reader reader = {.path = path,
                            .wanted = wanted,
                            .n_wanted = n_wanted,
                            .table = &table,
                            .most = most,
                            .part = part,
                            .context = context};
    bool good = read_file(&reader, error) && part(&table, reader.arm, true, context, error);
    csv_table_fini(&table);
    return good;
}

/* For csv_table_each. */
struct each {
    csv_each_fn *fn;
    void *context;
};

static bool give_each(const struct csv_table *rows, int64_t arm, bool last, void *context,
                      struct error *error)
{
    struct each *each = context;
    CHECK(last);
    return each->fn(rows, arm, each->context, error);
}

bool csv_table_each(const char *path, const char *const *wanted, size_t n_wanted, csv_each_fn *each,
                    void *context, struct error *error)
{
    CHECK(strcmp(wanted[0], CSV_ARM) == 0);
    struct each own = {each, context};
    return csv_table_parts(path, wanted, n_wanted, SIZE_MAX, give_each, &own, error);
}

void csv_table_fini(struct csv_table *table)
{
    for (size_t i = 0; i < table->columns; i++) {
        free(table->column[i].name);
        free(table->column[i].whole);
        free(table->column[i].real);
    }
    for (size_t i = 0; i < table->headers; i++)
        free(table->header[i]);
    free(table->column);
    free(table->header);
    *table = (struct csv_table){0};
}

const struct csv_column *csv_table_column(const struct csv_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->column[i].name, name) == 0)
            return &table->column[i];
    return NULL;
}
