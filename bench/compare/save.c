#include "save.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../out/csv.h"
#include "../out/stage.h"
#include "../plot/curves.h"
#include "../plot/gnuplot.h"
#include "../plot/plot.h"
#include "../stats/quantile.h"
#include "report.h"

enum { NAME_BYTES = 43 }; /* of each side: two of them fit the width of a picture */

static bool put_report(const struct comparing *c, const struct stage *stage, const char *name,
                       enum compare_format format, struct error *error)
{
    FILE *stream = stage_file(stage, name, error);
    if (!stream)
        return false;
    compare_print(stream, c, format);
    return stage_close_file(stream, name, error);
}

static bool put_buffer(const struct stage *stage, const char *name, struct csv_buffer *buffer,
                       struct error *error)
{
    FILE *stream = stage_file(stage, name, error);
    if (!stream)
        return false;
    fwrite(buffer->data, 1, buffer->length, stream);
    csv_buffer_clear(buffer);
    return stage_close_file(stream, name, error);
}

/* The end of a name tells more than its beginning, which is a path. */
static void put_end(char *text, size_t size, const char *name)
{
    size_t length = strlen(name);
    const char *end = length > NAME_BYTES ? name + length - NAME_BYTES : name;
    while (((unsigned char)*end & 0xc0) == 0x80) /* in the middle of a character */
        end++;
    snprintf(text, size, "%s%.*s", end > name ? "\u2026" : "", NAME_BYTES, end);
}

static bool put_title(const struct comparing *c, const struct stage *stage, struct error *error)
{
    char name[ARMS][NAME_BYTES + 8], text[2 * NAME_BYTES + 64];
    for (int arm = 0; arm < ARMS; arm++)
        put_end(name[arm], sizeof name[arm], c->arm[arm].name);
    snprintf(text, sizeof text, "candidate %s against base %s", name[CAND], name[BASE]);
    return plot_put_title(stage, text, error);
}

static struct curve curve_of(const struct comparing *c, int arm, char name[256])
{
    uint64_t n = c->arm[arm].n, finite = n;
    const int64_t *value = c->sorted[0][arm];
    while (finite > 0 && value[finite - 1] == QUANTILE_ABOVE)
        finite--;
    snprintf(name, 256, "%s: %.60s", arm == BASE ? "base" : "candidate", c->arm[arm].name);
    for (char *s = name; *s; s++)
        *s = *s == '"' || *s == '\\' || (unsigned char)*s < 0x20 ? ' ' : *s;
    return (struct curve){name, {.value = value, .finite = finite, .n = n}};
}

/* Times in % of the base, so that all share one axis; what is not finite is left out. */
static size_t forest_table(const struct comparing *c, struct csv_buffer *buffer)
{
    static const char *const head[] = {"row", "name", "change", "low", "high", "verdict"};
    size_t rows = 0;
    for (size_t k = 0; k < COUNT_OF(head); k++)
        csv_put_text(buffer, head[k]);
    csv_end_row(buffer);
    for (size_t i = 0; i < c->n; i++) {
        const struct comparison *row = &c->row[i];
        char name[64];
        if (strcmp(row->unit, "share") == 0 || !(row->base > 0.0) || !isfinite(row->base) ||
            !isfinite(row->low) || !isfinite(row->high) || !isfinite(row->change))
            continue;
        snprintf(name, sizeof name, "%s %s", row->metric, row->statistic);
        csv_put_int64(buffer, (int64_t)rows++);
        csv_put_text(buffer, name);
        csv_put_double(buffer, 100.0 * row->change / row->base);
        csv_put_double(buffer, 100.0 * row->low / row->base);
        csv_put_double(buffer, 100.0 * row->high / row->base);
        csv_put_int64(buffer, (int64_t)row->verdict);
        csv_end_row(buffer);
    }
    return rows;
}

static bool draw(const struct comparing *c, const struct stage *stage, struct error *error)
{
    char name[ARMS][256];
    struct curve curve[ARMS] = {curve_of(c, BASE, name[BASE]), curve_of(c, CAND, name[CAND])};
    struct csv_buffer buffer = {0};
    struct gnuplot_job job[2];
    size_t jobs = 0;
    bool good = true;
    if (curve[BASE].sample.finite && curve[CAND].sample.finite) {
        curves_percentiles(curve, ARMS, &buffer);
        good = put_buffer(stage, "percentiles.csv", &buffer, error);
        job[jobs++] = (struct gnuplot_job){"percentiles.gp", NULL};
    }
    if (good && forest_table(c, &buffer) > 0) {
        good = put_buffer(stage, "forest.csv", &buffer, error);
        job[jobs++] = (struct gnuplot_job){"forest.gp", NULL};
    }
    csv_buffer_fini(&buffer);
    return good && gnuplot_run_all(job, jobs, stage->partial, error);
}

bool compare_save(const struct comparing *c, const char *dir, bool force, bool plot,
                  struct error *error)
{
    struct stage stage;
    if (!stage_open(dir, force, &stage, error))
        return false;
    bool good = put_title(c, &stage, error) &&
                put_report(c, &stage, "compare.csv", COMPARE_CSV, error) &&
                put_report(c, &stage, "compare.json", COMPARE_JSON, error) &&
                (!plot || draw(c, &stage, error)) && stage_commit(&stage, error);
    stage_abandon(&stage);
    return good;
}
