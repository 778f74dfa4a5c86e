#include "against.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/row.h"

#include "../out/csv.h"
#include "../scenario/registry.h"
#include "plot.h"
#include "scatter.h"

enum { DRAWS_MAX = 2, LABEL_MAX = 160 };

static const char *const outcomes[] = {"outage_ns", "ipsec_ns", "vip_up_ns", "stop_ns"};
static const char *const legends[] = {"outage: first good answer", "IPsec usable both ways"};

/* How a person reads values of a drawn column: times a factor, with a unit. */
struct scale {
    const char *unit;
    double factor;
};

/* The parameter that a column "kind.field", "kind.name.field" or one with _ns is of; or NULL. */
static const struct param_def *param_of(const char *column)
{
    const char *field = strrchr(column, '.');
    size_t length = strcspn(column, ".");
    if (!field)
        return NULL;
    for (size_t i = 0; i < param_def_count; i++) {
        const struct param_def *def = &param_defs[i];
        const char *kind = param_kind_name(def->kind), *suffix = "";
        if (def->type == TYPE_TIME)
            suffix = "_ns";
        size_t name = strlen(def->field);
        if (strlen(kind) == length && strncmp(kind, column, length) == 0 &&
            strncmp(field + 1, def->field, name) == 0 && strcmp(field + 1 + name, suffix) == 0)
            return def;
    }
    return NULL;
}

static struct scale scale_of(const struct param_def *def, double most)
{
    if (def && def->type == TYPE_TIME)
        return most < 1e9 ? (struct scale){" (ms)", 1e-6} : (struct scale){" (s)", 1e-9};
    if (def && def->type == TYPE_SHARE)
        return (struct scale){" (%)", 100.0};
    if (def && def->type == TYPE_RATE)
        return (struct scale){" (1/s)", 1.0};
    return (struct scale){"", 1.0};
}

/* The values of a column as a person reads them; *label says of what. To be freed. */
static double *readable(const struct csv_column *column, size_t rows, char label[LABEL_MAX])
{
    double *x = calloc(rows + 1, sizeof *x), most = 0.0;
    CHECK(x);
    for (size_t i = 0; i < rows; i++) {
        x[i] = column->real ? column->real[i] : (double)column->whole[i];
        most = x[i] > most ? x[i] : most;
    }
    const struct param_def *def = param_of(column->name);
    struct scale scale = scale_of(def, most);
    for (size_t i = 0; i < rows; i++)
        x[i] *= scale.factor;
    int shown = (int)strlen(column->name) - (def && def->type == TYPE_TIME ? 3 : 0);
    snprintf(label, LABEL_MAX, "%.*s%s", shown, column->name, scale.unit);
    return x;
}

static bool write_table(const struct stage *stage, const char *name, const struct scatter *scatter,
                        void (*table)(const struct scatter *, struct csv_buffer *),
                        struct error *error)
{
    struct csv_buffer buffer = {0};
    table(scatter, &buffer);
    FILE *stream = stage_file(stage, name, error);
    bool good = stream && stage_put(stream, name, buffer.data, buffer.length, error);
    struct error close_error;
    if (stream && !stage_close_file(stream, name, &close_error) && good) {
        *error = close_error;
        good = false;
    }
    csv_buffer_fini(&buffer);
    return good;
}

static bool prepare(const struct stage *stage, const char *name, const struct scatter *scatter,
                    struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    char points[64], bands[64];
    size_t finite = 0;
    for (size_t i = 0; i < scatter->n; i++)
        finite += scatter->y[scatter->series - 1][i] >= 0;
    if (finite == 0)
        return true;
    snprintf(points, sizeof points, "%s.csv", name);
    snprintf(bands, sizeof bands, "%s-bands.csv", name);
    job[(*jobs)++] = (struct gnuplot_job){"scatter.gp", name};
    return write_table(stage, points, scatter, scatter_points, error) &&
           write_table(stage, bands, scatter, scatter_bands, error);
}

static bool any_finite(const int64_t *value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (value[i] >= 0)
            return true;
    return false;
}

static bool prepare_draw(const struct stage *stage, const struct csv_table *table, size_t draw,
                         struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    static const char *const names[DRAWS_MAX] = {"against-1", "against-2"};
    char label[LABEL_MAX];
    double *x = readable(&table->column[COUNT_OF(outcomes) + draw], table->rows, label);
    /* Trials over TLS have no moment of IPsec. */
    size_t series = any_finite(table->column[1].whole, table->rows) ? 2 : 1;
    struct scatter scatter = {.label = label, .x = x, .series = series, .n = table->rows};
    for (size_t s = 0; s < scatter.series; s++) {
        scatter.name[s] = legends[s];
        scatter.y[s] = table->column[s].whole;
    }
    bool good = prepare(stage, names[draw], &scatter, job, jobs, error);
    free(x);
    return good;
}

/* Is V random, in a planned move? Services that stop are what a crash does not have. */
static bool has_gap(const struct csv_table *table)
{
    const int64_t *up = table->column[2].whole, *stop = table->column[3].whole;
    bool differs = false;
    for (size_t i = 0; i < table->rows; i++) {
        if (up[i] < 0 || stop[i] == -1)
            return false;
        differs |= up[i] != up[0];
    }
    return differs;
}

static bool prepare_gap(const struct stage *stage, const struct csv_table *table,
                        struct gnuplot_job *job, size_t *jobs, struct error *error)
{
    if (!has_gap(table))
        return true;
    double *x = calloc(table->rows + 1, sizeof *x);
    CHECK(x);
    for (size_t i = 0; i < table->rows; i++)
        x[i] = (double)table->column[2].whole[i] / 1e9;
    struct scatter scatter = {
        .label = "V: the address leaves the first node until the second answers IKE on it (s)",
        .x = x,
        .name = {legends[1]},
        .y = {table->column[1].whole},
        .series = 1,
        .n = table->rows,
    };
    bool good = prepare(stage, "against-vip-up", &scatter, job, jobs, error);
    free(x);
    return good;
}

/* The columns of outcomes, and of what was drawn when that are one or two: *draws. Without all of
 * the outcomes there are no rows. */
static bool read_columns(const char *path, struct csv_table *table, size_t *draws,
                         struct error *error)
{
    const char *wanted[COUNT_OF(outcomes) + DRAWS_MAX];
    struct csv_table names;
    bool more, all = true;
    memcpy(wanted, outcomes, sizeof outcomes);
    *draws = 0;
    *table = (struct csv_table){0};
    if (!csv_header_read(path, &names, error))
        return false;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        all &= csv_header_has(&names, outcomes[i]);
    for (size_t i = 0; i < names.headers; i++)
        if (!row_column_find(names.header[i])) {
            if (*draws < DRAWS_MAX)
                wanted[COUNT_OF(outcomes) + *draws] = names.header[i];
            ++*draws;
        }
    *draws = *draws > DRAWS_MAX ? 0 : *draws;
    bool good = !all || csv_table_read_some(path, wanted, COUNT_OF(outcomes) + *draws, PLOT_ROWS,
                                            table, &more, error);
    csv_table_fini(&names);
    return good;
}

bool against_prepare(const char *dir, const struct stage *stage, struct gnuplot_job *job,
                     size_t *jobs, struct error *error)
{
    char *path = path_join(dir, "trials.csv");
    struct csv_table table;
    size_t draws;
    bool good = read_columns(path, &table, &draws, error);
    free(path);
    if (!good)
        return false;
    if (table.rows == 0)
        return true; /* --columns left something out */
    for (size_t d = 0; d < draws && good; d++)
        good = prepare_draw(stage, &table, d, job, jobs, error);
    good = good && prepare_gap(stage, &table, job, jobs, error);
    csv_table_fini(&table);
    return good;
}
