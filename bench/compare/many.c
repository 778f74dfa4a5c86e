#include "many.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../out/manifest.h"
#include "../out/csv.h"

static bool compare_one(const char *dir, const struct many *many, struct candidate *candidate,
                        struct error *error)
{
    const struct compare_options *options = &many->options;
    struct arm arm[ARMS];
    struct comparing c;
    if (!arms_read_sweep(dir, many->base_arm, candidate->arm, options->paired, many->class_name,
                         arm, error))
        return false;
    compare_arms(arm, options, &c);
    candidate->n = c.n;
    candidate->shorter = c.wins;
    candidate->longer = c.losses;
    memcpy(candidate->row, c.row, c.n * sizeof *c.row);
    comparing_fini(&c);
    arms_fini(arm);
    return true;
}

/* Verdicts anew, with p-values adjusted over all candidates. */
static void decide(struct many *many)
{
    size_t all = 0;
    struct comparison **row = calloc(many->n * COMPARE_MAX + 1, sizeof *row);
    CHECK(row);
    for (size_t i = 0; i < many->n; i++)
        for (size_t k = 0; k < many->candidate[i].n; k++)
            row[all++] = &many->candidate[i].row[k];
    many->tests = compare_decide(row, all, &many->options);
    free(row);
}

static bool name_arm(const char *dir, int64_t arm, char *name, size_t size, struct error *error)
{
    char text[128];
    if (!manifest_arm_name(dir, (uint64_t)arm, text, sizeof text, error))
        return false;
    snprintf(name, size, "%s", text);
    return true;
}

static bool compare_all(const char *dir, size_t arms, struct many *many, struct error *error)
{
    for (size_t i = 0; i < arms; i++) {
        if ((int64_t)i == many->base_arm)
            continue;
        struct candidate *c = &many->candidate[many->n++];
        c->arm = (int64_t)i;
        if (!name_arm(dir, c->arm, c->name, sizeof c->name, error) ||
            !compare_one(dir, many, c, error))
            return false;
    }
    decide(many);
    return true;
}

bool many_compare(const char *dir, int64_t base, const char *class_name,
                  const struct compare_options *options, struct many *many, struct error *error)
{
    size_t arms;
    *many = (struct many){.base_arm = base, .class_name = class_name, .options = *options};
    if (!manifest_arms(dir, &arms, error) ||
        !name_arm(dir, base, many->base, sizeof many->base, error))
        return false;
    if (arms < 2)
        return error_set(error, EXIT_INPUT, "%s: a sweep of one arm: nothing to compare", dir);
    many->candidate = calloc(arms, sizeof *many->candidate);
    CHECK(many->candidate);
    bool good = compare_all(dir, arms, many, error);
    if (!good)
        many_fini(many);
    return good;
}

void many_fini(struct many *many)
{
    free(many->candidate);
    *many = (struct many){.n = 0};
}

/* The main figures. */
static const struct {
    const char *metric, *statistic, *head;
} columns[] = {
    {"outage", "p50", "p50"},           {"outage", "p99", "p99"},
    {"outage", "mean", "mean"},         {"outage", "slo", "P(> slo)"},
    {"ike_bytes", "mean", "IKE bytes"}, {"false_alarms", "per day", "alarms/day"},
};

static const struct comparison *find(const struct candidate *c, size_t column)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->row[i].metric, columns[column].metric) == 0 &&
            strcmp(c->row[i].statistic, columns[column].statistic) == 0)
            return &c->row[i];
    return NULL;
}

enum { CELL = 48 };

/* "121.42 s better" */
static char *cell(char text[CELL], const struct comparison *row, bool base)
{
    static const char *const word[] = {
        [WORD_better] = "better",  [WORD_worse] = "worse", [WORD_equivalent] = "equiv.",
        [WORD_identical] = "same", [WORD_none] = "~",      [WORD_unknown] = "?"};
    double x = row == NULL ? NAN : base ? row->base : row->cand;
    const char *unit = row == NULL ? "" : row->unit;
    char value[32];
    if (isnan(x))
        strcpy(value, "-");
    else if (isinf(x))
        strcpy(value, "beyond");
    else if (strcmp(unit, "s") == 0)
        snprintf(value, sizeof value, fabs(x) < 99.95e9 ? "%.2f s" : "%.1f s", x / 1e9);
    else if (strcmp(unit, "share") == 0)
        snprintf(value, sizeof value, "%.*g %%", compare_share_digits(x, 3), 100.0 * x);
    else
        snprintf(value, sizeof value, fabs(x) < 1000.0 ? "%.3g" : "%.0f", x);
    snprintf(text, CELL, "%s %-6s", value, base || row == NULL ? "" : word[row->verdict]);
    return text;
}

static void print_line(FILE *stream, const struct candidate *c, const char *name, bool base,
                       int width)
{
    char text[CELL];
    fprintf(stream, "%-*s", width, name);
    for (size_t k = 0; k < COUNT_OF(columns); k++)
        fprintf(stream, "%17s", cell(text, find(c, k), base));
    fputc('\n', stream);
}

static int name_width(const struct many *many)
{
    size_t width = strlen(many->base);
    for (size_t i = 0; i < many->n; i++)
        width = strlen(many->candidate[i].name) > width ? strlen(many->candidate[i].name) : width;
    return (int)(width < 10 ? 10 : width) + 1;
}

static void print_foot(FILE *stream, const struct many *many)
{
    const struct compare_options *o = &many->options;
    fprintf(
        stream,
        "the first line is the base; better, worse, equiv(alent): against it, %s, Holm over %zu "
        "comparisons of\nall arms, margin %g %% of the base, of times at least %g ms; ~: no "
        "evidence; ?: too few trials or not\nknown (--cand N says why); slo: outage > %g s\n",
        o->paired ? "paired by trial" : "unpaired", many->tests, 100.0 * o->margin_share,
        o->margin_ns / 1e6, (double)o->slo_ns / 1e9);
}

static void print_table(FILE *stream, const struct many *many)
{
    int width = name_width(many);
    fprintf(stream, "%-*s", width, "");
    for (size_t k = 0; k < COUNT_OF(columns); k++)
        fprintf(stream, "%10s       ", columns[k].head);
    fputc('\n', stream);
    print_line(stream, &many->candidate[0], many->base, true, width);
    for (size_t i = 0; i < many->n; i++)
        print_line(stream, &many->candidate[i], many->candidate[i].name, false, width);
    fputc('\n', stream);
    print_foot(stream, many);
}

static void put_md(FILE *stream, const char *text)
{
    for (; *text; text++)
        fprintf(stream, strchr("|\\`*_<[~", *text) ? "\\%c" : "%c", *text);
}

static void print_md_line(FILE *stream, const struct candidate *c, const char *name, bool base)
{
    char text[CELL];
    fputs("| ", stream);
    put_md(stream, name);
    for (size_t k = 0; k < COUNT_OF(columns); k++) {
        fputs(" | ", stream);
        put_md(stream, cell(text, find(c, k), base));
    }
    fputs(" |\n", stream);
}

static void print_md(FILE *stream, const struct many *many)
{
    fputs("| |", stream);
    for (size_t k = 0; k < COUNT_OF(columns); k++)
        fprintf(stream, " %s |", columns[k].head);
    fputs("\n|---|", stream);
    for (size_t k = 0; k < COUNT_OF(columns); k++)
        fputs("---:|", stream);
    fputc('\n', stream);
    print_md_line(stream, &many->candidate[0], many->base, true);
    for (size_t i = 0; i < many->n; i++)
        print_md_line(stream, &many->candidate[i], many->candidate[i].name, false);
    fputc('\n', stream);
    print_foot(stream, many);
}

static void print_csv(FILE *stream, const struct many *many)
{
    struct csv_buffer buffer = {0};
    csv_put_text(&buffer, "base_arm");
    csv_put_text(&buffer, "cand_arm");
    csv_put_text(&buffer, "cand_name");
    compare_put_header(&buffer);
    for (size_t i = 0; i < many->n; i++)
        for (size_t k = 0; k < many->candidate[i].n; k++) {
            csv_put_int64(&buffer, many->base_arm);
            csv_put_int64(&buffer, many->candidate[i].arm);
            csv_put_text(&buffer, many->candidate[i].name);
            compare_put_row(&buffer, &many->candidate[i].row[k]);
        }
    fwrite(buffer.data, 1, buffer.length, stream);
    csv_buffer_fini(&buffer);
}

static void print_json(FILE *stream, const struct many *many)
{
    const struct compare_options *o = &many->options;
    json_t *list = json_array();
    for (size_t i = 0; i < many->n; i++) {
        const struct candidate *c = &many->candidate[i];
        json_t *rows = json_array();
        for (size_t k = 0; k < c->n; k++)
            json_array_append_new(rows, compare_json_row(&c->row[k]));
        json_array_append_new(list, json_pack("{s:I, s:s, s:o}", "arm", (json_int_t)c->arm, "name",
                                              c->name, "comparisons", rows));
    }
    json_t *root =
        json_pack("{s:s, s:i, s:b, s:f, s:I, s:f, s:f, s:f, s:I, s:s, s:o}", "program",
                  "ikebench compare", "schema", 1, "paired", o->paired, "level", 0.95,
                  "holm_comparisons", (json_int_t)many->tests, "margin_share", o->margin_share,
                  "margin_s", o->margin_ns / 1e9, "slo_s", (double)o->slo_ns / 1e9, "base_arm",
                  (json_int_t)many->base_arm, "base", many->base, "candidates", list);
    CHECK(root);
    json_dumpf(root, stream, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    fputc('\n', stream);
    json_decref(root);
}

void many_print(FILE *stream, const struct many *many, enum compare_format format)
{
    static void (*const print[])(FILE *, const struct many *) = {
        [COMPARE_TABLE] = print_table,
        [COMPARE_CSV] = print_csv,
        [COMPARE_JSON] = print_json,
        [COMPARE_MD] = print_md,
    };
    print[format](stream, many);
}
