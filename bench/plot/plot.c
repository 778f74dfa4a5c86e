#include "plot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"
#include "world/row.h"

#include "../out/csv.h"
#include "../out/manifest.h"
#include "../out/stage.h"
#include "../stats/gather.h"
#include "against.h"
#include "classes.h"
#include "curves.h"
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

/* What the pictures are made of. */
struct source {
    struct csv_table rows;  /* the first ones; 0 where there are none */
    bool more;              /* than those */
    bool phases;            /* rows have all of them */
    struct counted counted; /* when there are more rows, or none at all */
};

/* A copy of an outcome column, sorted; its value is to be freed. n 0: there is no such column. */
static struct sample sorted_outcome(const struct csv_table *table, const char *name)
{
    const struct csv_column *column = csv_table_column(table, name);
    if (!column)
        return (struct sample){.n = 0};
    int64_t *value = malloc((table->rows + 1) * sizeof *value);
    CHECK(value && column->whole);
    size_t finite = 0;
    for (size_t i = 0; i < table->rows; i++)
        if (column->whole[i] >= 0)
            value[finite++] = column->whole[i];
    sample_sort(value, finite);
    return (struct sample){.value = value, .finite = finite, .n = table->rows};
}

/* The outcome of all trials; its value is to be freed (its atoms are source->counted's). */
static struct sample outcome_of(const struct source *source, const char *name)
{
    if (source->counted.metrics == 0)
        return sorted_outcome(&source->rows, name);
    const struct counted_metric *metric = counted_find(&source->counted, name);
    return metric ? counted_sample(metric) : (struct sample){.n = 0};
}

struct drawing {
    char name[2][96];
    struct curve curve[2];
    size_t curves;
};

static void add_curve(struct drawing *drawing, const struct source *source, const char *column,
                      const char *legend)
{
    struct sample sample = outcome_of(source, column);
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

/* Where trials are only counted it cannot be told. */
static bool is_storm(const struct source *source)
{
    const struct csv_column *system = csv_table_column(&source->rows, "system");
    return system != NULL && source->rows.rows > 0 && system->whole[0] == ROW_SYSTEM_STORM;
}

/* Writes the data and notes what is to be drawn from it. */
static bool prepare_curves(const struct source *source, const struct stage *stage,
                           struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    struct drawing drawing = {.curves = 0};
    add_curve(&drawing, source, "outage_ns",
              is_storm(source) ? "outage: the last client is back" : "outage: first good answer");
    add_curve(&drawing, source, "ipsec_ns", "IPsec usable both ways");
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
static bool prepare_classes(const struct source *source, const struct stage *stage,
                            struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    struct csv_buffer buffer = {0};
    bool good = true;
    classes_header(&buffer);
    if ((source->counted.metrics > 0 ? classes_counted(&source->counted, 0, "", &buffer)
                                     : classes_rows(&source->rows, 0, "", &buffer)) > 0) {
        good = plot_put_table(stage, "classes.csv", &buffer, error);
        job[(*jobs)++] = (struct gnuplot_job){"classes.gp", NULL};
        job[(*jobs)++] = (struct gnuplot_job){"exposure.gp", NULL};
    }
    csv_buffer_fini(&buffer);
    return good;
}

enum { WANTED_MAX = ROW_COLUMN_COUNT + ROW_CLASS_COLUMN_COUNT * APP_CLASSES_MAX };

static bool has_name(const struct csv_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->name[i], name) == 0)
            return true;
    return false;
}

/* outage_ns and ipsec_ns where they are there, the phases if all are, what classes need. */
static size_t choose_columns(const struct csv_names *names, const char *wanted[WANTED_MAX],
                             bool *phases)
{
    size_t n = 0;
    *phases = has_name(names, "outage_ns");
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (row_columns[i].kind == ROW_phase)
            *phases &= has_name(names, row_columns[i].name);
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++) {
        const char *name = row_columns[i].name;
        bool curve = strcmp(name, "outage_ns") == 0 || strcmp(name, "ipsec_ns") == 0;
        if ((curve && has_name(names, name)) || (*phases && row_columns[i].kind == ROW_phase))
            wanted[n++] = name;
    }
    if (n > 0)
        wanted[n++] = "status"; /* drawn by nothing, but what is damaged there is no result */
    if (n > 0 && has_name(names, "system"))
        wanted[n++] = "system";
    return classes_add(names, wanted, n, WANTED_MAX);
}

static bool gather(const struct csv_table *rows, int64_t arm, bool last, void *context,
                   struct error *error)
{
    (void)arm;
    return gather_part(context, rows, last, error) != GATHER_FAILED;
}

/* The curves of a file of more rows than fit. */
static bool count_rows(const char *dir, const char *path, const char *const *wanted, size_t n,
                       struct source *source, struct error *error)
{
    const char *counted[WANTED_MAX];
    size_t own = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(wanted[i], "phase_", 6) != 0)
            counted[own++] = wanted[i];
    struct gather all;
    gather_init(&all, dir);
    bool good = csv_table_parts(path, counted, own, GATHER_ROWS, gather, &all, error);
    source->counted = all.counted;
    all.counted = (struct counted){.metrics = 0};
    gather_fini(&all);
    return good;
}

static uint64_t rows_of(const struct source *source)
{
    const struct counted_metric *status = counted_find(&source->counted, "status");
    return source->more && status != NULL ? status->n : source->rows.rows;
}

static bool read_rows(const char *dir, const char *path, struct source *source, struct error *error)
{
    const char *wanted[WANTED_MAX];
    struct csv_names names;
    bool good = csv_names_read(path, false, &names, error);
    size_t n = good ? choose_columns(&names, wanted, &source->phases) : 0;
    if (good && n == 0)
        good = error_set(error, EXIT_INPUT,
                         "%s: nothing to draw: there is neither outage_ns nor ipsec_ns (--columns)",
                         path);
    good = good &&
           csv_table_read_some(path, wanted, n, PLOT_ROWS, &source->rows, &source->more, error) &&
           (!source->more || count_rows(dir, path, wanted, n, source, error));
    csv_names_fini(&names);
    return good && manifest_check_rows(dir, rows_of(source), error);
}

static bool keep_counted(const struct counted *counted, int64_t arm, void *context,
                         struct error *error)
{
    struct source *source = context;
    (void)arm, (void)error;
    counted_copy(&source->counted, counted);
    return true;
}

static bool read_source(const char *dir, struct source *source, struct error *error)
{
    *source = (struct source){.more = false};
    if (counted_there(dir))
        return counted_each(dir, keep_counted, source, error);
    char *path = path_join(dir, "trials.csv");
    bool good = read_rows(dir, path, source, error);
    free(path);
    return good;
}

static bool put_title(const struct source *source, const struct stage *stage, const char *title,
                      struct error *error)
{
    char text[512];
    if (!source->more)
        return plot_put_title(stage, title, error);
    snprintf(text, sizeof text, "%.400s (phases, points: the first %d)", title, PLOT_ROWS);
    return plot_put_title(stage, text, error);
}

bool plot_finish(struct stage *stage, const struct gnuplot_job *job, size_t jobs,
                 struct error *error)
{
    if (jobs > 0)
        return gnuplot_run_all(job, jobs, stage->partial, error) && stage_commit(stage, error);
    return access(stage->final, F_OK) != 0 || remove_tree(stage->final) ||
           error_set(error, EXIT_OUTPUT, "%s: cannot be removed", stage->final);
}

static bool draw(const char *dir, const struct source *source, struct stage *stage,
                 struct error *error)
{
    struct gnuplot_job job[6 + AGAINST_MAX];
    size_t jobs = 0;
    bool rows = source->rows.rows > 0;
    return prepare_curves(source, stage, job, &jobs, error) &&
           (!source->phases || prepare_phases(&source->rows, stage, job, &jobs, error)) &&
           prepare_classes(source, stage, job, &jobs, error) &&
           (!rows || overlap_prepare(dir, stage, job, &jobs, error)) &&
           (!rows || against_prepare(dir, stage, job, &jobs, error)) &&
           plot_finish(stage, job, jobs, error);
}

bool plot_write(const char *dir, const char *title, struct error *error)
{
    struct source source;
    char *plots = path_join(dir, "plots");
    struct stage stage = {0};
    bool good = read_source(dir, &source, error) && stage_open(plots, true, &stage, error) &&
                put_title(&source, &stage, title, error) && draw(dir, &source, &stage, error);
    stage_abandon(&stage);
    free(plots);
    counted_fini(&source.counted);
    csv_table_fini(&source.rows);
    return good;
}
