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

static void put_outage(struct csv_buffer *buffer, const int64_t *cell, size_t rows)
{
    static const double p[] = {0.05, 0.5, 0.95};
    int64_t *value = malloc((rows + 1) * sizeof *value);
    CHECK(value);
    struct sample sample = {value, 0, rows};
    for (size_t i = 0; i < rows; i++)
        if (cell[i] >= 0)
            value[sample.finite++] = cell[i];
    sample_sort(value, sample.finite);
    for (size_t k = 0; k < COUNT_OF(p); k++)
        put_quantile(buffer, &sample, p[k]);
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

size_t classes_rows(const struct csv_table *table, size_t arm, const char *name,
                    struct csv_buffer *buffer)
{
    size_t classes = 0;
    for (size_t i = 0; i < table->columns; i++) {
        const struct csv_column *column = &table->column[i];
        const struct row_column *known = row_class_column_find(column->name);
        if (!known || !column->whole || strcmp(known->name, "outage_ns") != 0)
            continue;
        char label[ROW_NAME_MAX];
        snprintf(label, sizeof label, "%s", strchr(column->name, '.') + 1);
        *strrchr(label, '.') = '\0';
        csv_put_int64(buffer, (int64_t)arm);
        csv_put_text(buffer, name);
        csv_put_int64(buffer, (int64_t)classes++);
        csv_put_text(buffer, label);
        put_outage(buffer, column->whole, table->rows);
        put_mean(buffer, table, label, "requests_clear");
        put_mean(buffer, table, label, "passwords_clear");
        csv_end_row(buffer);
    }
    return classes;
}
