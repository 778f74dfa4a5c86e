#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#define CELL 48

static bool is_time(const struct comparison *row)
{
    return strcmp(row->unit, "s") == 0;
}

static bool is_share(const struct comparison *row)
{
    return strcmp(row->unit, "share") == 0;
}

int compare_share_digits(double share, int least)
{
    bool near_all = share > 0.9 && share < 1.0;
    int digits = near_all ? (int)ceil(-log10(1.0 - share)) + 3 : least;
    return digits > least ? digits : least;
}

/* "130.2 s", "12.3 ms", "41.2 %", "beyond"; a change, with its sign, of a share is in points: in %
 * one would take it for relative, as that of a time is. */
static char *value_text(char text[CELL], const struct comparison *row, double x, bool sign)
{
    double seconds = x / 1e9;
    if (isnan(x))
        snprintf(text, CELL, "-");
    else if (isinf(x))
        snprintf(text, CELL, x > 0 ? "beyond" : "-beyond");
    else if (is_share(row) && sign)
        snprintf(text, CELL, "%+.4g pp", 100.0 * x);
    else if (is_share(row))
        snprintf(text, CELL, "%.*g %%", compare_share_digits(x, 4), 100.0 * x);
    else if (!is_time(row))
        snprintf(text, CELL, sign ? "%+.5g" : "%.5g", x);
    else if (fabs(seconds) < 0.1 && x != 0.0)
        snprintf(text, CELL, sign ? "%+.4g ms" : "%.4g ms", 1e3 * seconds);
    else
        snprintf(text, CELL, sign ? "%+.3f s" : "%.3f s", seconds);
    if (x == 0.0)
        snprintf(text, CELL, "0");
    return text;
}

static char *change_text(char text[CELL], const struct comparison *row)
{
    char value[CELL];
    value_text(value, row, row->change, true);
    if (is_time(row) && isfinite(row->base) && isfinite(row->change) && row->base > 0.0 &&
        row->change != 0.0)
        snprintf(text, CELL, "%.30s (%+.1f %%)", value, 100.0 * row->change / row->base);
    else
        snprintf(text, CELL, "%.40s", value);
    return text;
}

static char *interval_text(char text[2 * CELL + 8], const struct comparison *row)
{
    char low[CELL], high[CELL];
    if (isnan(row->low))
        text[0] = '\0';
    else
        snprintf(text, 2 * CELL + 8, "[%s, %s]", value_text(low, row, row->low, true),
                 value_text(high, row, row->high, true));
    return text;
}

static void put_name(char text[CELL], const struct comparing *c, const struct comparison *row)
{
    if (strcmp(row->statistic, "slo") == 0)
        snprintf(text, CELL, "P(outage > %g s)", (double)c->options.slo_ns / 1e9);
    else if (strcmp(row->statistic, "slower") == 0)
        snprintf(text, CELL, "outage: slower one");
    else
        snprintf(text, CELL, "%.30s %.15s", row->metric, row->statistic);
}

static void print_head(FILE *stream, const struct comparing *c)
{
    const struct arm *a = &c->arm[BASE], *b = &c->arm[CAND];
    fprintf(stream, "base       %s (%" PRIu64 " trials)\ncandidate  %s (%" PRIu64 " trials)\n",
            a->name, a->n, b->name, b->n);
    if (c->options.paired)
        fprintf(stream,
                "paired by trial: the candidate's outage is shorter in %" PRIu64
                ", longer in %" PRIu64 ", the same in %" PRIu64 "\n",
                c->wins, c->losses, c->ties);
    else
        fputs("unpaired: methods for independent samples\n", stream);
}

/* Whether some change, or an end of its interval, is told in points. */
static bool has_points(const struct comparing *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct comparison *row = &c->row[i];
        bool known =
            isfinite(row->change) && (row->change != 0.0 || row->low != 0.0 || row->high != 0.0);
        if (is_share(row) && known)
            return true;
    }
    return false;
}

static void print_foot(FILE *stream, const struct comparing *c)
{
    fprintf(stream,
            "change: candidate less base, lower is better, each with its own 95 %% interval; "
            "verdicts: Holm over %zu\ncomparisons; margin %g %% of the base, of times at least "
            "%g ms\n",
            c->tests, 100.0 * c->options.margin_share, c->options.margin_ns / 1e6);
    if (has_points(c))
        fputs("pp: percentage points\n", stream);
}

static void print_table(FILE *stream, const struct comparing *c)
{
    char name[CELL], base[CELL], cand[CELL], change[CELL], interval[2 * CELL + 8];
    print_head(stream, c);
    fprintf(stream, "\n%-25s%12s%12s%23s %-26s %s\n", "", "base", "candidate", "change",
            "95 % interval", "verdict");
    for (size_t i = 0; i < c->n; i++) {
        const struct comparison *row = &c->row[i];
        put_name(name, c, row);
        fprintf(stream, "%-25s%12s%12s%23s %-26s %s", name, value_text(base, row, row->base, false),
                value_text(cand, row, row->cand, false), change_text(change, row),
                interval_text(interval, row), verdict_text(row->verdict));
        bool tell = row->note[0] && strcmp(row->statistic, "slower") != 0;
        fprintf(stream, "%s%s%s\n", tell ? " (" : "", tell ? row->note : "", tell ? ")" : "");
    }
    fputc('\n', stream);
    print_foot(stream, c);
}

static void print_md(FILE *stream, const struct comparing *c)
{
    char name[CELL], base[CELL], cand[CELL], change[CELL], interval[2 * CELL + 8];
    fputs("| | base | candidate | change | 95 % interval | verdict |\n"
          "|---|---:|---:|---:|---|---|\n",
          stream);
    for (size_t i = 0; i < c->n; i++) {
        const struct comparison *row = &c->row[i];
        put_name(name, c, row);
        fprintf(stream, "| %s | %s | %s | %s | %s | %s%s%s |\n", name,
                value_text(base, row, row->base, false), value_text(cand, row, row->cand, false),
                change_text(change, row), interval_text(interval, row),
                row->verdict == WORD_none ? "\\~" : verdict_text(row->verdict),
                row->note[0] ? ": " : "", row->note);
    }
    fputc('\n', stream);
    print_foot(stream, c);
}

/* Six digits where libm had a part, whose last bits differ between machines; values in s. */
static void put_number(struct csv_buffer *buffer, const struct comparison *row, double x)
{
    char text[32];
    if (isnan(x))
        csv_put_text(buffer, "");
    else if (isinf(x))
        csv_put_text(buffer, x > 0 ? "beyond" : "-beyond");
    else {
        snprintf(text, sizeof text, "%.12g", (row && is_time(row) ? x / 1e9 : x) + 0.0);
        csv_put_text(buffer, text);
    }
}

#define NUMBERS(X)                                                                                 \
    X(base, row)                                                                                   \
    X(base_low, row)                                                                               \
    X(base_high, row)                                                                              \
    X(cand, row)                                                                                   \
    X(cand_low, row)                                                                               \
    X(cand_high, row)                                                                              \
    X(change, row)                                                                                 \
    X(low, row)                                                                                    \
    X(high, row)                                                                                   \
    X(margin, row)                                                                                 \
    X(p, NULL)                                                                                     \
    X(p_holm, NULL)

void compare_put_row(struct csv_buffer *buffer, const struct comparison *row)
{
    csv_put_text(buffer, row->metric);
    csv_put_text(buffer, row->statistic);
    csv_put_text(buffer, row->unit);
#define X(name, unit) put_number(buffer, unit, row->name);
    NUMBERS(X)
#undef X
    csv_put_text(buffer, verdict_text(row->verdict));
    csv_put_text(buffer, row->note);
    csv_end_row(buffer);
}

void compare_put_header(struct csv_buffer *buffer)
{
    csv_put_text(buffer, "metric");
    csv_put_text(buffer, "statistic");
    csv_put_text(buffer, "unit");
#define X(name, unit) csv_put_text(buffer, #name);
    NUMBERS(X)
#undef X
    csv_put_text(buffer, "verdict");
    csv_put_text(buffer, "note");
    csv_end_row(buffer);
}

static void print_csv(FILE *stream, const struct comparing *c)
{
    struct csv_buffer buffer = {0};
    compare_put_header(&buffer);
    for (size_t i = 0; i < c->n; i++)
        compare_put_row(&buffer, &c->row[i]);
    fwrite(buffer.data, 1, buffer.length, stream);
    csv_buffer_fini(&buffer);
}

/* A number, or null with the reason in "KEY_reason". */
static void json_number(json_t *object, const char *key, const struct comparison *row, double x)
{
    char reason[64];
    if (isfinite(x)) {
        json_object_set_new(object, key, json_real(row && is_time(row) ? x / 1e9 : x));
        return;
    }
    json_object_set_new(object, key, json_null());
    snprintf(reason, sizeof reason, "%.40s_reason", key);
    json_object_set_new(object, reason,
                        json_string(isnan(x)  ? "not known"
                                    : x > 0.0 ? "beyond the horizon"
                                              : "the base is beyond the horizon"));
}

json_t *compare_json_row(const struct comparison *row)
{
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "metric", row->metric, "statistic", row->statistic,
                  "unit", row->unit, "verdict", verdict_text(row->verdict), "note", row->note);
#define X(name, unit) json_number(object, #name, unit, row->name);
    NUMBERS(X)
#undef X
    return object;
}

static json_t *json_arm(const struct arm *arm)
{
    json_t *name = json_string(arm->name); /* NULL when a folder's name is not UTF-8 */
    return json_pack("{s:o, s:I}", "name", name ? name : json_null(), "trials", (json_int_t)arm->n);
}

static void print_json(FILE *stream, const struct comparing *c)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < c->n; i++)
        json_array_append_new(rows, compare_json_row(&c->row[i]));
    json_t *root = json_pack(
        "{s:s, s:i, s:b, s:f, s:I, s:f, s:f, s:f, s:o, s:o, s:o}", "program", "ikebench compare",
        "schema", 1, "paired", c->options.paired, "level", 0.95, "holm_comparisons",
        (json_int_t)c->tests, "margin_share", c->options.margin_share, "margin_s",
        c->options.margin_ns / 1e9, "slo_s", (double)c->options.slo_ns / 1e9, "base",
        json_arm(&c->arm[BASE]), "candidate", json_arm(&c->arm[CAND]), "comparisons", rows);
    CHECK(root);
    if (c->options.paired) {
        json_object_set_new(root, "shorter", json_integer((json_int_t)c->wins));
        json_object_set_new(root, "longer", json_integer((json_int_t)c->losses));
        json_object_set_new(root, "same", json_integer((json_int_t)c->ties));
    }
    json_dumpf(root, stream, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    fputc('\n', stream);
    json_decref(root);
}

void compare_print(FILE *stream, const struct comparing *c, enum compare_format format)
{
    static void (*const print[])(FILE *, const struct comparing *) = {
        [COMPARE_TABLE] = print_table,
        [COMPARE_CSV] = print_csv,
        [COMPARE_JSON] = print_json,
        [COMPARE_MD] = print_md,
    };
    print[format](stream, c);
}
