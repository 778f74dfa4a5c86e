#include "arm_list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#include "engine/check.h"

#include "../out/csv.h"

/* The character that begins here, and its length; 0 for what is not UTF-8. */
static size_t decode(const unsigned char *text, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *text < 0x80 ? 1 : *text < 0xc0 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
    if (length == 0 || *text >= 0xf8)
        return 0;
    *character = length == 1 ? *text : *text & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (text[i] & 0x3f);
    }
    bool surrogate = *character >= 0xd800 && *character < 0xe000;
    return *character < least[length] || *character > 0x10ffff || surrogate ? 0 : length;
}

/* Control characters, and those that turn or hide other text. */
static bool is_printable(uint32_t c)
{
    return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0x200b && c <= 0x200f) &&
           !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff;
}

bool arm_name_is_good(const char *name)
{
    size_t bytes = strlen(name), length;
    for (size_t at = 0; at < bytes; at += length) {
        uint32_t character;
        length = decode((const unsigned char *)name + at, &character);
        if (length == 0 || !is_printable(character))
            return false;
    }
    return bytes > 0 && bytes <= ARM_NAME_MAX;
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    CHECK(made != NULL);
    return made;
}

void arm_list_add(struct arm_list *arms, const char *name, const char *const *value)
{
    arms->arm = realloc(arms->arm, (arms->n + 1) * sizeof *arms->arm);
    CHECK(arms->arm != NULL);
    struct arm *arm = &arms->arm[arms->n++];
    *arm = (struct arm){copy(name), calloc(arms->keys + 1, sizeof *arm->value)};
    CHECK(arm->value != NULL);
    for (size_t i = 0; i < arms->keys; i++)
        arm->value[i] = copy(value[i]);
}

static bool ends_so(const char *key, const char *end)
{
    size_t a = strlen(key), b = strlen(end);
    return a >= b && strcmp(key + a - b, end) == 0 && (a == b || key[a - b - 1] == '.');
}

static const char *short_key_of(const struct arm_list *arms, size_t own)
{
    const char *key = arms->key[own], *end = key + strlen(key);
    while (end > key) {
        do
            end--;
        while (end > key && end[-1] != '.');
        bool shared = false;
        for (size_t i = 0; i < arms->keys; i++)
            shared |= i != own && ends_so(arms->key[i], end);
        if (!shared)
            break;
    }
    return end;
}

void arm_list_short_keys(const struct arm_list *arms, const char **short_key)
{
    for (size_t i = 0; i < arms->keys; i++)
        short_key[i] = short_key_of(arms, i);
}

bool arm_list_varies(const struct arm_list *arms, size_t key)
{
    for (size_t i = 1; i < arms->n; i++)
        if (strcmp(arms->arm[i].value[key], arms->arm[0].value[key]) != 0)
            return true;
    return false;
}

void arm_number_name(char name[ARM_NAME_MAX + 1], size_t number)
{
    snprintf(name, ARM_NAME_MAX + 1, "arm %zu", number);
}

static void put_legend(const struct arm_list *arms, size_t arm, const char *const *short_key,
                       FILE *out)
{
    fprintf(out, "%s:", arms->arm[arm].name);
    for (size_t k = 0; k < arms->keys; k++)
        if (arm_list_varies(arms, k) || arms->n == 1)
            fprintf(out, " %s=%s", short_key[k], arms->arm[arm].value[k]);
    fputc('\n', out);
}

void arm_list_legend(const struct arm_list *arms, FILE *out)
{
    bool any = false;
    const char **short_key = calloc(arms->keys + 1, sizeof *short_key);
    CHECK(short_key != NULL);
    arm_list_short_keys(arms, short_key);
    for (size_t i = 0; i < arms->n; i++) {
        char number[ARM_NAME_MAX + 1];
        arm_number_name(number, i);
        if (strcmp(arms->arm[i].name, number) != 0)
            continue;
        if (!any)
            fputc('\n', out);
        any = true;
        put_legend(arms, i, short_key, out);
    }
    free(short_key);
}

bool arm_list_write(const struct arm_list *arms, const struct stage *stage, struct error *error)
{
    struct csv_buffer buffer = {0};
    csv_put_text(&buffer, CSV_ARM);
    csv_put_text(&buffer, "name");
    for (size_t k = 0; k < arms->keys; k++)
        csv_put_text(&buffer, arms->key[k]);
    csv_end_row(&buffer);
    for (size_t i = 0; i < arms->n; i++) {
        csv_put_int64(&buffer, (int64_t)i);
        csv_put_text(&buffer, arms->arm[i].name);
        for (size_t k = 0; k < arms->keys; k++)
            csv_put_text(&buffer, arms->arm[i].value[k]);
        csv_end_row(&buffer);
    }
    FILE *stream = stage_file(stage, "arms.csv", error);
    bool good = stream != NULL && stage_put(stream, "arms.csv", buffer.data, buffer.length, error);
    struct error close_error;
    if (stream != NULL && !stage_close_file(stream, "arms.csv", &close_error) && good) {
        *error = close_error;
        good = false;
    }
    csv_buffer_fini(&buffer);
    return good;
}

bool arm_list_there(const char *dir)
{
    char *path = path_join(dir, "arms.csv");
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

/* The row being read, as texts. */
struct reader {
    struct arm_list *arms;
    const char *path;
    char **field;
    size_t fields, line;
    struct error *error;
    bool failed;
};

static void on_field(void *text, size_t length, void *context)
{
    struct reader *reader = context;
    reader->field = realloc(reader->field, (reader->fields + 1) * sizeof *reader->field);
    CHECK(reader->field != NULL);
    reader->field[reader->fields++] = strndup(text == NULL ? "" : text, length);
}

static bool read_header(struct reader *reader)
{
    char **field = reader->field;
    if (reader->fields < 2 || strcmp(field[0], CSV_ARM) != 0 || strcmp(field[1], "name") != 0)
        return error_at(reader->error, reader->path, 1, 1,
                        "not a list of arms of this program: it begins with arm,name");
    reader->arms->keys = reader->fields - 2;
    reader->arms->key = calloc(reader->fields, sizeof *reader->arms->key);
    CHECK(reader->arms->key != NULL);
    for (size_t k = 0; k < reader->arms->keys; k++)
        reader->arms->key[k] = copy(field[k + 2]);
    return true;
}

static bool read_arm(struct reader *reader)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", reader->arms->n);
    if (reader->fields != reader->arms->keys + 2)
        return error_at(reader->error, reader->path, reader->line, 1,
                        "%zu fields where the header names %zu", reader->fields,
                        reader->arms->keys + 2);
    if (strcmp(reader->field[0], number) != 0)
        return error_at(reader->error, reader->path, reader->line, 1, "arm %s is due", number);
    if (!arm_name_is_good(reader->field[1]))
        return error_at(reader->error, reader->path, reader->line, 2,
                        "a name is 1 to %d bytes of printable text", ARM_NAME_MAX);
    arm_list_add(reader->arms, reader->field[1], (const char *const *)reader->field + 2);
    return true;
}

static void on_row(int c, void *context)
{
    struct reader *reader = context;
    (void)c;
    reader->line++;
    if (!reader->failed)
        reader->failed = !(reader->line == 1 ? read_header(reader) : read_arm(reader));
    for (size_t i = 0; i < reader->fields; i++)
        free(reader->field[i]);
    reader->fields = 0;
}

static bool parse(struct reader *reader, FILE *stream)
{
    struct csv_parser parser;
    char chunk[4096];
    size_t n;
    bool good = true;
    CHECK(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0);
    while (good && (n = fread(chunk, 1, sizeof chunk, stream)) > 0)
        good = csv_parse(&parser, chunk, n, on_field, on_row, reader) == n;
    good = good && csv_fini(&parser, on_field, on_row, reader) == 0;
    csv_free(&parser);
    for (size_t i = 0; i < reader->fields; i++)
        free(reader->field[i]);
    free(reader->field);
    if (reader->failed)
        return false;
    if (!good)
        return error_at(reader->error, reader->path, reader->line + 1, 1, "not CSV");
    return reader->arms->n > 0 || error_set(reader->error, EXIT_INPUT, "%s: no arms", reader->path);
}

bool arm_list_read(struct arm_list *arms, const char *dir, struct error *error)
{
    char *path = path_join(dir, "arms.csv");
    *arms = (struct arm_list){0};
    FILE *stream = fopen(path, "re");
    struct reader reader = {.arms = arms, .path = path, .error = error};
    bool good = stream != NULL ? parse(&reader, stream)
                               : error_set(error, EXIT_INPUT, "%s: %s", path, strerror(errno));
    if (stream != NULL)
        fclose(stream);
    if (!good)
        arm_list_fini(arms);
    free(path);
    return good;
}

void arm_list_fini(struct arm_list *arms)
{
    for (size_t i = 0; i < arms->n; i++) {
        for (size_t k = 0; k < arms->keys; k++)
            free(arms->arm[i].value[k]);
        free(arms->arm[i].value);
        free(arms->arm[i].name);
    }
    for (size_t k = 0; k < arms->keys; k++)
        free(arms->key[k]);
    free(arms->key);
    free(arms->arm);
    *arms = (struct arm_list){0};
}
