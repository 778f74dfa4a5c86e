#include "plot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/row.h"

#include "../out/csv.h"
#include "../out/stage.h"
#include "against.h"
#include "classes.h"
#include "curves.h"
#include "gnuplot.h"
#include "overlap.h"
#include "phases.h"

#define TITLE_MAX 110 /* characters that fit the width of a picture */

bool plot_put_table(const struct stage *stage, const char *name, struct csv_buffer *buffer,
                    struct error *error)
{
    FILE *stream = stage_file(stage, name, error);
    if (!stream)
        return false;
    struct error close_error;
    bool good = stage_put(stream, name, buffer->data, buffer->length, error);
    bool closed = stage_close_file(stream, name, &close_error);
    csv_buffer_clear(buffer);
    if (good && !closed)
        *error = close_error;
    return good && closed;
}

/* What stands for a character that gnuplot's reader would not keep; common.gp puts it back. */
static char title_byte(char c)
{
    if (c == '"')
        return '\1';
    if (c == '\\')
        return '\3';
    return (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c;
}

/* title.txt holds one line, T and the title. */
bool plot_put_title(const struct stage *stage, const char *title, struct error *error)
{
    char text[4 * TITLE_MAX + 8] = "T";
    size_t length = 1, characters = 0;
    for (; *title && characters < TITLE_MAX; title++) {
        characters +=
            ((unsigned char)*title & 0xc0) != 0x80; /* every byte but the later ones of UTF-8 */
        if (characters == TITLE_MAX || length > sizeof text - 8)
            break;
        text[length++] = title_byte(*title);
    }
    strcpy(text + length, *title ? "\u2026\n" : "\n");
    FILE *stream = stage_file(stage, "title.txt", error);
    if (!stream)
        return false;
    fputs(text, stream);
    return stage_close_file(stream, "title.txt", error);
}

/* A copy of an outcome column, sorted; its value is to be freed. */
static struct sample sorted_outcome(const struct csv_table *table, const char *name)
{
    const struct csv_column *column = csv_table_column(table, name);
    CHECK(column && column->whole);
    int64_t *value = malloc((table->rows + 1) * sizeof *value);
    CHECK(value);
    size_t finite = 0;
    for (size_t i = 0; i < table->rows; i++)
        if (column->whole[i] >= 0)
            value[finite++] = column->whole[i];
    sample_sort(value, finite);
    return (struct sample){value, finite, table->rows};
}

struct drawing {
    char name[2][96];
    struct curve curve[2];
    size_t curves;
};

static void add_curve(struct drawing *drawing, const struct csv_table *table, const char *column,
                      const char *legend)
{
    struct sample sample = sorted_outcome(table, column);
    if (sample.finite == 0) {
        free((void *)(uintptr_t)sample.value);
        return;
    }
    char *name = drawing->name[drawing->curves];
    uint64_t censored = sample.n - sample.finite;
    if (censored)
        snprintf(name, sizeof drawing->name[0],
                 "%s (%" PRIu64 " of %" PRIu64 " beyond the horizon)", legend, censored, sample.n);
    else
        snprintf(name, sizeof drawing->name[0], "%s", legend);
    drawing->curve[drawing->curves++] = (struct curve){name, sample};
}

/* Writes the data and notes what is to be drawn from it. */
static bool prepare_curves(const struct csv_table *table, const struct stage *stage,
                           struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    struct drawing drawing = {.curves = 0};
    add_curve(&drawing, table, "outage_ns", "outage: first good answer");
    add_curve(&drawing, table, "ipsec_ns", "IPsec usable both ways");
    struct csv_buffer buffer = {0};
    bool good = true;
    if (drawing.curves > 0) {
        curves_percentiles(drawing.curve, drawing.curves, &buffer);
        good = plot_put_table(stage, "percentiles.csv", &buffer, error);
        curves_ccdf(drawing.curve, drawing.curves, &buffer);
        good = good && plot_put_table(stage, "ccdf.csv", &buffer, error);
        job[(*jobs)++] = (struct gnuplot_job){"percentiles.gp", NULL};
        job[(*jobs)++] = (struct gnuplot_job){"ccdf.gp", NULL};
    }
    csv_buffer_fini(&buffer);
    for (size_t i = 0; i < drawing.curves; i++)
        free((void *)(uintptr_t)drawing.curve[i].sample.value);
    return good;
}

static bool prepare_phases(const struct csv_table *table, const struct stage *stage,
                           struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    struct csv_buffer buffer = {0};
    bool good = true;
    if (phases_table(table, &buffer) > 0) {
        good = plot_put_table(stage, "phases.csv", &buffer, error);
        job[(*jobs)++] = (struct gnuplot_job){"phases.gp", NULL};
    }
    csv_buffer_fini(&buffer);
    return good;
}

/* Only where trials have columns of classes. */
static bool prepare_classes(const struct csv_table *table, const struct stage *stage,
                            struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    struct csv_buffer buffer = {0};
    bool good = true;
    classes_header(&buffer);
    if (classes_rows(table, 0, "", &buffer) > 0) {
        good = plot_put_table(stage, "classes.csv", &buffer, error);
        job[(*jobs)++] = (struct gnuplot_job){"classes.gp", NULL};
        job[(*jobs)++] = (struct gnuplot_job){"exposure.gp", NULL};
    }
    csv_buffer_fini(&buffer);
    return good;
}

static bool read_trials(const char *dir, struct csv_table *table, struct error *error)
{
    const char *wanted[ROW_COLUMN_COUNT + ROW_CLASS_COLUMN_COUNT * APP_CLASSES_MAX];
    struct csv_names names;
    size_t n = 0;
    wanted[n++] = "outage_ns";
    wanted[n++] = "ipsec_ns";
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (row_columns[i].kind == ROW_phase)
            wanted[n++] = row_columns[i].name;
    char *path = path_join(dir, "trials.csv");
    bool good = csv_names_read(path, false, &names, error);
    n = classes_add(&names, wanted, n, COUNT_OF(wanted));
    good = good && csv_table_read(path, wanted, n, table, error);
    csv_names_fini(&names);
    free(path);
    return good;
}

static bool draw(const char *dir, const struct csv_table *table, const struct stage *stage,
                 struct error *error)
{
    struct gnuplot_job job[6 + AGAINST_MAX];
    size_t jobs = 0;
    return prepare_curves(table, stage, job, &jobs, error) &&
           prepare_phases(table, stage, job, &jobs, error) &&
           prepare_classes(table, stage, job, &jobs, error) &&
           overlap_prepare(dir, stage, job, &jobs, error) &&
           against_prepare(dir, stage, job, &jobs, error) &&
           gnuplot_run_all(job, jobs, stage->partial, error);
}

bool plot_write(const char *dir, const char *title, struct error *error)
{
    struct csv_table table;
    if (!read_trials(dir, &table, error))
        return false;
    char *plots = path_join(dir, "plots");
    struct stage stage;
    bool good = stage_open(plots, true, &stage, error);
    if (good) {
        good = plot_put_title(&stage, title, error) && draw(dir, &table, &stage, error) &&
               stage_commit(&stage, error);
        stage_abandon(&stage);
    }
    free(plots);
    csv_table_fini(&table);
    return good;
}
