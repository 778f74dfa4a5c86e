/* Reading quantiles.csv back through libcsv, row by row. */
#include "counted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#include "engine/check.h"

#include "../out/stage.h"

enum { FIELDS_MAX = 9, FIELD_SIZE = ROW_NAME_MAX };

struct reader {
    const char *path;
    struct error *error;
    struct counted counted;
    counted_each_fn *each;
    void *context;
    int64_t arm;
    size_t line, fields, width; /* width: of the header; 0 before it */
    char field[FIELDS_MAX][FIELD_SIZE];
    bool failed;
};

static void fail_at(struct reader *reader, size_t field, const char *what)
{
    if (!reader->failed)
        error_at(reader->error, reader->path, reader->line, field + 1, "%s", what);
    reader->failed = true;
}

/* Decimal digits alone, within 128 bits. */
static bool read_large(const char *text, unsigned __int128 *value)
{
    const unsigned __int128 most = ~(unsigned __int128)0;
    *value = 0;
    for (const char *c = text; *c != '\0'; c++) {
        unsigned digit = (unsigned)(*c - '0');
        if (*c < '0' || *c > '9' || *value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *text != '\0';
}

static bool read_signed(const char *text, __int128 *value)
{
    unsigned __int128 size;
    bool minus = *text == '-';
    if (!read_large(text + minus, &size) || size >> 127 != 0)
        return false;
    *value = minus ? -(__int128)size : (__int128)size;
    return true;
}

static uint64_t read_count(struct reader *reader, size_t field)
{
    unsigned __int128 value = 0;
    if (!read_large(reader->field[field], &value) || value >> 63 != 0)
        fail_at(reader, field, "not a whole number");
    return (uint64_t)value;
}

static void give_arm(struct reader *reader)
{
    if (!reader->failed && reader->counted.metrics > 0 &&
        !reader->each(&reader->counted, reader->arm, reader->context, reader->error))
        reader->failed = true;
    counted_fini(&reader->counted);
}

static void begin_arm(struct reader *reader)
{
    int64_t arm = (int64_t)read_count(reader, 0);
    if (reader->failed || arm == reader->arm)
        return;
    if (arm < reader->arm)
        fail_at(reader, 0, "arms do not ascend");
    give_arm(reader);
    reader->arm = arm;
}

/* The metric of the row: the last one, or a new one. */
static struct counted_metric *metric_of(struct reader *reader, size_t first)
{
    struct counted *counted = &reader->counted;
    const char *name = reader->field[first];
    struct counted_metric *last =
        counted->metrics > 0 ? &counted->metric[counted->metrics - 1] : NULL;
    if (last != NULL && strcmp(last->name, name) == 0)
        return last;
    last = counted_find(counted, name) == NULL ? counted_add(counted, name) : NULL;
    if (last == NULL)
        fail_at(reader, first, "not a metric of this program, or not all its rows together");
    else
        last->n = read_count(reader, first + 2);
    return last;
}

static void add_atom(struct reader *reader, struct counted_metric *metric,
                     const struct quantile_atom *atom, size_t first)
{
    bool follows = metric->atoms == 0 || (atom->value > metric->atom[metric->atoms - 1].value &&
                                          atom->below >= metric->finite);
    if (!follows || atom->count == 0 || atom->below + atom->count > metric->n) {
        fail_at(reader, first + 3, "values and counts must ascend");
        return;
    }
    metric->atom = realloc(metric->atom, (metric->atoms + 1) * sizeof *metric->atom);
    CHECK(metric->atom != NULL);
    metric->atom[metric->atoms++] = *atom;
    metric->finite = atom->below + atom->count;
}

static void take_row(struct reader *reader)
{
    size_t first = reader->width == FIELDS_MAX;
    if (first == 1)
        begin_arm(reader);
    struct counted_metric *metric = reader->failed ? NULL : metric_of(reader, first);
    if (metric == NULL)
        return;
    struct quantile_atom atom = {.below = read_count(reader, first + 4),
                                 .count = read_count(reader, first + 5)};
    if (reader->field[first + 3][0] == '\0') {
        if (atom.below != metric->finite || atom.below + atom.count != metric->n)
            fail_at(reader, first + 4, "counts do not add up");
        return;
    }
    __int128 value = 0;
    if (!read_signed(reader->field[first + 3], &value) || value > INT64_MAX || value < INT64_MIN)
        fail_at(reader, first + 3, "not a whole number");
    if (!read_signed(reader->field[first + 6], &atom.sum) ||
        !read_large(reader->field[first + 7], &atom.squares))
        fail_at(reader, first + 6, "not a whole number");
    atom.value = (int64_t)value;
    if (!reader->failed)
        add_atom(reader, metric, &atom, first);
}

static void take_header(struct reader *reader)
{
    struct csv_buffer want = {0};
    bool arms = strcmp(reader->field[0], CSV_ARM) == 0;
    char text[FIELDS_MAX * FIELD_SIZE] = "";
    for (size_t i = 0; i < reader->fields && i < FIELDS_MAX; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, reader->field[i]);
    }
    counted_put_header(&want, arms);
    if (strlen(text) + 1 != want.length || memcmp(text, want.data, strlen(text)) != 0)
        fail_at(reader, 0, "not the header of quantiles.csv");
    csv_buffer_fini(&want);
    reader->width = reader->fields;
}

static void on_field(void *text, size_t length, void *context)
{
    struct reader *reader = context;
    if (reader->fields >= FIELDS_MAX || length >= FIELD_SIZE)
        fail_at(reader, reader->fields, "too long");
    else
        memcpy(reader->field[reader->fields], text != NULL ? text : "", length + 1);
    reader->fields++;
}

static void on_row(int c, void *context)
{
    struct reader *reader = context;
    if (!reader->failed && c < 0)
        fail_at(reader, 0, "the file is cut off: its last line has no end");
    else if (!reader->failed && reader->width == 0)
        take_header(reader);
    else if (!reader->failed && reader->fields != reader->width)
        fail_at(reader, reader->fields, "fields where the header names another number");
    else if (!reader->failed)
        take_row(reader);
    reader->fields = 0;
    reader->line++;
}

static void read_stream(struct reader *reader, FILE *file)
{
    struct csv_parser parser;
    char chunk[1 << 16];
    size_t n;
    CHECK(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0);
    while (!reader->failed && (n = fread(chunk, 1, sizeof chunk, file)) > 0)
        if (csv_parse(&parser, chunk, n, on_field, on_row, reader) != n)
            fail_at(reader, 0, "quotes where RFC 4180 has none");
    if (!reader->failed && csv_fini(&parser, on_field, on_row, reader) != 0)
        fail_at(reader, 0, "a quoted field does not end");
    csv_free(&parser);
}

bool counted_each(const char *dir, counted_each_fn *each, void *context, struct error *error)
{
    char *path = path_join(dir, COUNTED_FILE);
    struct reader reader = {
        .path = path, .error = error, .each = each, .context = context, .line = 1};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        error_set(error, EXIT_INPUT, "%s: %s", path, strerror(errno));
        reader.failed = true;
    } else {
        read_stream(&reader, file);
        fclose(file);
    }
    if (!reader.failed && reader.counted.metrics == 0)
        fail_at(&reader, 0, "no rows");
    give_arm(&reader);
    free(path);
    return !reader.failed;
}

bool counted_there(const char *dir)
{
    char *trials = path_join(dir, "trials.csv"), *counts = path_join(dir, COUNTED_FILE);
    bool there = access(trials, F_OK) != 0 && access(counts, F_OK) == 0;
    free(trials);
    free(counts);
    return there;
}
