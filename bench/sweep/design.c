#include "design.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../scenario/key.h"
#include "range.h"

enum { TEXT_MAX = 256 };

void design_encode(char *text, size_t size, const char *from)
{
    size_t length = 0;
    for (; *from != '\0' && length + 1 < size; from++)
        text[length++] = (char)(*from == '"' ? 1 : *from == '\\' ? 3 : *from == ',' ? 4 : *from);
    text[length] = '\0';
}

static void put_encoded(struct csv_buffer *buffer, const char *text)
{
    char encoded[TEXT_MAX];
    design_encode(encoded, sizeof encoded, text);
    csv_put_text(buffer, encoded);
}

static const char *value(const struct design *design, size_t arm, size_t key)
{
    return design->arms->arm[arm].value[key];
}

static size_t place(const struct design *design, size_t arm, size_t key)
{
    return design->place[arm * design->arms->keys + key];
}

static bool same(const struct design *design, size_t a, size_t b, size_t key)
{
    return place(design, a, key) == place(design, b, key);
}

/* Do the two keys always step together? A key does with itself. */
static bool linked(const struct design *design, size_t key, size_t other)
{
    return design->group[key] == design->group[other];
}

/* Numbers the values of a key in the order of arms. */
static void number_values(struct design *design, size_t key)
{
    size_t *first = calloc(design->arms->n, sizeof *first), values = 0;
    CHECK(first != NULL);
    for (size_t i = 0; i < design->arms->n; i++) {
        size_t v = 0;
        while (v < values && strcmp(value(design, first[v], key), value(design, i, key)) != 0)
            v++;
        if (v == values)
            first[values++] = i;
        design->place[i * design->arms->keys + key] = v;
    }
    free(first);
}

/* Values that step together have the same numbers, because both are numbered in order. */
static bool same_numbers(const struct design *design, size_t a, size_t b)
{
    for (size_t i = 0; i < design->arms->n; i++)
        if (place(design, i, a) != place(design, i, b))
            return false;
    return true;
}

void design_init(struct design *design, const struct arm_list *arms, const struct quantile *p99)
{
    *design = (struct design){arms, p99, calloc(arms->n * arms->keys + 1, sizeof *design->place),
                              calloc(arms->keys + 1, sizeof *design->group)};
    CHECK(design->place != NULL && design->group != NULL);
    for (size_t k = 0; k < arms->keys; k++) {
        number_values(design, k);
        while (!same_numbers(design, design->group[k], k))
            design->group[k]++;
    }
}

void design_fini(struct design *design)
{
    free(design->place);
    free(design->group);
}

static bool varies(const struct design *design, size_t key)
{
    for (size_t i = 1; i < design->arms->n; i++)
        if (!same(design, i, 0, key))
            return true;
    return false;
}

bool design_leads(const struct design *design, size_t key)
{
    return design->group[key] == key && varies(design, key);
}

/* In how many ways (keys that step together are one) the arm differs from arm 0; *key: the last. */
static size_t steps_from_base(const struct design *design, size_t arm, size_t *key)
{
    size_t steps = 0;
    for (size_t k = 0; k < design->arms->keys; k++)
        if (design_leads(design, k) && !same(design, arm, 0, k)) {
            *key = k;
            steps++;
        }
    return steps;
}

static size_t varied_keys(const struct design *design)
{
    size_t n = 0;
    for (size_t k = 0; k < design->arms->keys; k++)
        n += design_leads(design, k);
    return n;
}

static bool one_at_a_time(const struct design *design)
{
    size_t key;
    for (size_t i = 1; i < design->arms->n; i++)
        if (steps_from_base(design, i, &key) != 1)
            return false;
    return varied_keys(design) >= 2;
}

/* "delay", or "delay with loss" for keys that step together. */
static void key_text(char text[TEXT_MAX], const struct design *design, size_t key)
{
    snprintf(text, TEXT_MAX, "%s", design->arms->key[key]);
    for (size_t k = key + 1; k < design->arms->keys; k++) {
        size_t length = strlen(text);
        if (linked(design, key, k))
            snprintf(text + length, TEXT_MAX - length, " with %s", design->arms->key[k]);
    }
}

void design_put_seconds(struct csv_buffer *buffer, int64_t ns)
{
    if (ns == QUANTILE_ABOVE || ns == QUANTILE_BELOW)
        csv_put_text(buffer, "");
    else
        csv_put_double(buffer, (double)ns / 1e9);
}

/* The parameter of a key; NULL for draws and for what this program does not know. */
static const struct param_def *param_of(const char *key)
{
    struct key_parts parts;
    struct error error;
    const struct place nowhere = {0};
    return key_split(&parts, key, &nowhere, &error) ? param_find(parts.kind, parts.field) : NULL;
}

/* As a person reads the values: times a factor, with a unit. */
static double factor_of(enum param_type type, const char **unit)
{
    switch (type) {
    case TYPE_TIME:
    case TYPE_LAW:
        *unit = " (s)";
        return 1e-9;
    case TYPE_SHARE:
        *unit = " (%)";
        return 100.0;
    case TYPE_RATE:
        *unit = " (1/s)";
        return 1.0;
    case TYPE_BITRATE:
        *unit = " (Mbit/s)";
        return 1e-6;
    default:
        *unit = "";
        return 1.0;
    }
}

/* The values of a key as numbers, to be freed; NULL when one of them is none. */
static double *numbers_of(const struct design *design, size_t key, const char **unit)
{
    const struct param_def *param = param_of(design->arms->key[key]);
    double *number = calloc(design->arms->n, sizeof *number);
    bool good = param != NULL;
    CHECK(number != NULL);
    for (size_t i = 0; i < design->arms->n && good; i++) {
        good = range_number(&number[i], param->type, value(design, i, key));
        number[i] *= factor_of(param->type, unit);
    }
    if (good)
        return number;
    free(number);
    return NULL;
}

/* Do two arms differ at most in this key and those that step together with it? */
static bool on_one_line(const struct design *design, size_t a, size_t b, size_t key)
{
    for (size_t k = 0; k < design->arms->keys; k++)
        if (!same(design, a, b, k) && !linked(design, key, k))
            return false;
    return true;
}

bool design_is_words(const struct design *design, size_t key)
{
    const char *unit;
    double *number = numbers_of(design, key, &unit);
    bool words = number == NULL;
    free(number);
    return words;
}

struct line {
    size_t *arm; /* by rising value of the key */
    size_t n;
};

/* The arms on the line of `first`; none when it is not the first of them, or alone. */
static struct line line_of(const struct design *design, size_t first, size_t key,
                           const double *number)
{
    struct line line = {calloc(design->arms->n, sizeof *line.arm), 0};
    CHECK(line.arm != NULL);
    for (size_t i = 0; i < design->arms->n; i++) {
        if (!on_one_line(design, first, i, key))
            continue;
        if (i < first) {
            line.n = 0;
            return line;
        }
        size_t at = line.n++;
        for (; at > 0 && number[line.arm[at - 1]] > number[i]; at--)
            line.arm[at] = line.arm[at - 1];
        line.arm[at] = i;
    }
    size_t finite = 0;
    for (size_t i = 0; i < line.n; i++)
        finite += design->p99[line.arm[i]].value != QUANTILE_ABOVE;
    line.n = finite < 2 ? 0 : line.n;
    return line;
}

/* What all arms of a line have in common: "loss=1% horizon=1h", or "p99" when that is nothing. */
static void put_line_name(const struct design *design, size_t arm, size_t key,
                          struct csv_buffer *buffer)
{
    const struct arm_list *arms = design->arms;
    const char **short_key = calloc(arms->keys, sizeof *short_key);
    char text[TEXT_MAX] = "";
    CHECK(short_key != NULL);
    arm_list_short_keys(arms, short_key);
    for (size_t k = 0; k < arms->keys; k++) {
        size_t length = strlen(text);
        if (varies(design, k) && !linked(design, key, k))
            snprintf(text + length, sizeof text - length, "%s%s=%s", length == 0 ? "" : " ",
                     short_key[k], value(design, arm, k));
    }
    free(short_key);
    put_encoded(buffer, *text == '\0' ? "p99" : text);
}

static void put_line_point(const struct design *design, const struct line *line, size_t at,
                           const double *number, struct csv_buffer *buffer)
{
    if (at >= line->n) {
        for (int i = 0; i < 4; i++)
            csv_put_text(buffer, "");
        return;
    }
    const struct quantile *q = &design->p99[line->arm[at]];
    csv_put_double(buffer, number[line->arm[at]]);
    design_put_seconds(buffer, q->value);
    design_put_seconds(buffer, q->low);
    design_put_seconds(buffer, q->high);
}

static void put_lines(const struct design *design, size_t key, const struct line *line, size_t n,
                      const double *number, const char *unit, struct csv_buffer *buffer)
{
    char label[TEXT_MAX], text[TEXT_MAX + 16];
    size_t rows = 0;
    key_text(label, design, key);
    snprintf(text, sizeof text, "%s%s", label, unit);
    for (size_t i = 0; i < n; i++) {
        put_encoded(buffer, text);
        put_line_name(design, line[i].arm[0], key, buffer);
        csv_put_text(buffer, "low");
        csv_put_text(buffer, "high");
        rows = line[i].n > rows ? line[i].n : rows;
    }
    csv_end_row(buffer);
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < n; i++)
            put_line_point(design, &line[i], r, number, buffer);
        csv_end_row(buffer);
    }
}

bool design_trend(const struct design *design, size_t key, struct csv_buffer *buffer)
{
    struct line line[DESIGN_LINES_MAX];
    size_t n = 0;
    const char *unit = "";
    double *number = design_leads(design, key) ? numbers_of(design, key, &unit) : NULL;
    for (size_t i = 0; i < design->arms->n && number != NULL && n < DESIGN_LINES_MAX; i++) {
        line[n] = line_of(design, i, key, number);
        if (line[n].n > 0)
            n++;
        else
            free(line[n].arm);
    }
    if (n > 0)
        put_lines(design, key, line, n, number, unit, buffer);
    for (size_t i = 0; i < n; i++)
        free(line[i].arm);
    free(number);
    return n > 0;
}

static size_t next_varied(const struct design *design, size_t key)
{
    while (key < design->arms->keys && !design_leads(design, key))
        key++;
    return key;
}

static int64_t best_p99(const struct design *design)
{
    int64_t best = QUANTILE_ABOVE;
    for (size_t i = 0; i < design->arms->n; i++)
        best = design->p99[i].value < best ? design->p99[i].value : best;
    return best;
}

bool design_heatmap(const struct design *design, struct csv_buffer *buffer)
{
    int64_t best = best_p99(design);
    if (varied_keys(design) != 2 || one_at_a_time(design) || best == QUANTILE_ABOVE)
        return false;
    size_t key[2] = {next_varied(design, 0)};
    key[1] = next_varied(design, key[0] + 1);
    for (int i = 0; i < 2; i++) {
        char text[TEXT_MAX];
        key_text(text, design, key[i]);
        put_encoded(buffer, text);
    }
    for (int i = 0; i < 4; i++)
        csv_put_text(buffer, ((const char *const[]){"p99", "best", "x", "y"})[i]);
    csv_end_row(buffer);
    for (size_t i = 0; i < design->arms->n; i++) {
        csv_put_int64(buffer, (int64_t)place(design, i, key[0]));
        csv_put_int64(buffer, (int64_t)place(design, i, key[1]));
        design_put_seconds(buffer, design->p99[i].value);
        csv_put_int64(buffer, design->p99[i].low <= best);
        put_encoded(buffer, value(design, i, key[0]));
        put_encoded(buffer, value(design, i, key[1]));
        csv_end_row(buffer);
    }
    return true;
}

/* One bar of a tornado: the arms with the least and the largest p99, the base among them. */
struct bar {
    size_t key, low, high;
};

static struct bar bar_of(const struct design *design, size_t key)
{
    struct bar bar = {.key = key};
    for (size_t i = 1; i < design->arms->n; i++) {
        size_t own;
        if (steps_from_base(design, i, &own) != 1 || own != key ||
            design->p99[i].value == QUANTILE_ABOVE)
            continue;
        if (design->p99[i].value < design->p99[bar.low].value)
            bar.low = i;
        if (design->p99[i].value >= design->p99[bar.high].value)
            bar.high = i;
    }
    return bar;
}

static int64_t width_of(const struct design *design, const struct bar *bar)
{
    return design->p99[bar->high].value - design->p99[bar->low].value;
}

static void put_bar(const struct design *design, const struct bar *bar, struct csv_buffer *buffer)
{
    char text[TEXT_MAX];
    key_text(text, design, bar->key);
    put_encoded(buffer, text);
    design_put_seconds(buffer, design->p99[bar->low].value);
    design_put_seconds(buffer, design->p99[bar->high].value);
    design_put_seconds(buffer, design->p99[0].value);
    put_encoded(buffer, value(design, bar->low, bar->key));
    put_encoded(buffer, value(design, bar->high, bar->key));
    csv_end_row(buffer);
}

bool design_tornado(const struct design *design, struct csv_buffer *buffer)
{
    if (!one_at_a_time(design) || design->p99[0].value == QUANTILE_ABOVE)
        return false;
    struct bar *bar = calloc(design->arms->keys, sizeof *bar);
    size_t bars = 0;
    CHECK(bar != NULL);
    for (size_t k = 0; k < design->arms->keys; k++) {
        if (!design_leads(design, k))
            continue;
        struct bar own = bar_of(design, k);
        size_t at = bars++;
        for (; at > 0 && width_of(design, &bar[at - 1]) < width_of(design, &own); at--)
            bar[at] = bar[at - 1];
        bar[at] = own;
    }
    for (int i = 0; i < 6; i++)
        csv_put_text(buffer,
                     ((const char *const[]){"key", "low", "high", "base", "at low", "at high"})[i]);
    csv_end_row(buffer);
    for (size_t i = 0; i < bars; i++)
        put_bar(design, &bar[i], buffer);
    free(bar);
    return true;
}
