#include "classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/row.h"

#include "../stats/quantile.h"

static const char *const needed[] = {"outage_ns", "requests_clear", "passwords_clear"};

bool classes_need(const char *column)
{
    const struct row_column *known = row_class_column_find(column);
    for (size_t i = 0; known && i < COUNT_OF(needed); i++)
        if (strcmp(known->name, needed[i]) == 0)
            return true;
    return false;
}

size_t classes_add(const struct csv_names *names, const char **wanted, size_t n, size_t most)
{
    for (size_t i = 0; i < names->n && n < most; i++)
        if (classes_need(names->name[i]))
            wanted[n++] = names->name[i];
    return n;
}

static void put_quantile(struct csv_buffer *buffer, const struct sample *sample, double p)
{
    int64_t ns = quantile_of(sample, p, 0.95).value;
    if (ns == QUANTILE_ABOVE)
        csv_put_text(buffer, "");
    else
        csv_put_double(buffer, (double)ns / 1e9);
}

static void put_quantiles(struct csv_buffer *buffer, const struct sample *sample)
{
    static const double p[] = {0.05, 0.5, 0.95};
    for (size_t k = 0; k < COUNT_OF(p); k++)
        put_quantile(buffer, sample, p[k]);
}

static void put_outage(struct csv_buffer *buffer, const int64_t *cell, size_t rows)
{
    int64_t *value = malloc((rows + 1) * sizeof *value);
    CHECK(value);
    struct sample sample = {.value = value, .n = rows};
    for (size_t i = 0; i < rows; i++)
        if (cell[i] >= 0)
            value[sample.finite++] = cell[i];
    sample_sort(value, sample.finite);
    put_quantiles(buffer, &sample);
    free(value);
}

static void put_mean(struct csv_buffer *buffer, const struct csv_table *table, const char *label,
                     const char *column)
{
    char name[ROW_NAME_MAX];
    snprintf(name, sizeof name, "class.%s.%s", label, column);
    const struct csv_column *cell = csv_table_column(table, name);
    double sum = 0.0;
    for (size_t i = 0; cell && cell->whole && i < table->rows; i++)
        sum += (double)cell->whole[i];
    csv_put_double(buffer, sum / (double)table->rows);
}

void classes_header(struct csv_buffer *buffer)
{
    static const char *const head[] = {"arm", "name", "class",          "label",          "p5",
                                       "p50", "p95",  "requests_clear", "passwords_clear"};
    for (size_t i = 0; i < COUNT_OF(head); i++)
        csv_put_text(buffer, head[i]);
    csv_end_row(buffer);
}

/* Begins a row for the class of a column called class.LABEL.outage_ns; false: it is none. */
static bool begin_row(struct csv_buffer *buffer, const char *column, size_t arm, const char *name,
                      size_t number, char label[ROW_NAME_MAX])
{
    const struct row_column *known = row_class_column_find(column);
    if (!known || strcmp(known->name, "outage_ns") != 0)
        return false;
    snprintf(label, ROW_NAME_MAX, "%s", strchr(column, '.') + 1);
    *strrchr(label, '.') = '\0';
    csv_put_int64(buffer, (int64_t)arm);
    csv_put_text(buffer, name);
    csv_put_int64(buffer, (int64_t)number);
    csv_put_text(buffer, label);
    return true;
}

static void put_counted_mean(struct csv_buffer *buffer, const struct counted *counted,
                             const char *label, const char *column)
{
    char name[ROW_NAME_MAX];
    snprintf(name, sizeof name, "class.%.40s.%.30s", label, column);
    const struct counted_metric *metric = counted_find(counted, name);
    double sum = metric != NULL ? (double)counted_sum(metric) : 0.0;
    csv_put_double(buffer, metric != NULL && metric->n > 0 ? sum / (double)metric->n : 0.0);
}

size_t classes_counted(const struct counted *counted, size_t arm, const char *name,
                       struct csv_buffer *buffer)
{
    size_t classes = 0;
    for (size_t i = 0; i < counted->metrics; i++) {
        char label[ROW_NAME_MAX];
        struct sample sample = counted_sample(&counted->metric[i]);
        if (sample.n == 0 || !begin_row(buffer, counted->metric[i].name, arm, name, classes, label))
            continue;
        classes++;
        put_quantiles(buffer, &sample);
        put_counted_mean(buffer, counted, label, "requests_clear");
        put_counted_mean(buffer, counted, label, "passwords_clear");
        csv_end_row(buffer);
    }
    return classes;
}

size_t classes_rows(const struct csv_table *table, size_t arm, const char *name,
                    struct csv_buffer *buffer)
{
    size_t classes = 0;
    for (size_t i = 0; i < table->columns; i++) {
        const struct csv_column *column = &table->column[i];
        char label[ROW_NAME_MAX];
        if (!column->whole || !begin_row(buffer, column->name, arm, name, classes, label))
            continue;
        classes++;
        put_outage(buffer, column->whole, table->rows);
        put_mean(buffer, table, label, "requests_clear");
        put_mean(buffer, table, label, "passwords_clear");
        csv_end_row(buffer);
    }
    return classes;
}
