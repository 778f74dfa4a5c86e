#include "storm.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "design.h"

const char *const storm_columns[STORM_COLUMNS] = {"outage_last_ns", "outage_median_ns"};

size_t storm_key(const struct arm_list *arms)
{
    size_t key = 0;
    while (key < arms->keys && strcmp(arms->key[key], "storm.clients") != 0)
        key++;
    return key;
}

/* Trials in which it never came count as the longest ones. */
static struct quantile median_of(const struct csv_column *column, size_t rows)
{
    int64_t *value = malloc((rows + 1) * sizeof *value);
    size_t finite = 0;
    CHECK(value != NULL && column != NULL);
    for (size_t i = 0; i < rows; i++)
        if (column->whole[i] >= 0)
            value[finite++] = column->whole[i];
    sample_sort(value, finite);
    struct quantile median =
        quantile_of(&(struct sample){.value = value, .finite = finite, .n = rows}, 0.5, 0.95);
    free(value);
    return median;
}

struct storm_arm storm_arm_of(const struct csv_table *rows)
{
    return (struct storm_arm){
        .last = median_of(csv_table_column(rows, storm_columns[0]), rows->rows),
        .middle = median_of(csv_table_column(rows, storm_columns[1]), rows->rows)};
}

bool storm_arm_counted(const struct counted *counted, struct storm_arm *arm)
{
    struct quantile *const median[STORM_COLUMNS] = {&arm->last, &arm->middle};
    for (size_t i = 0; i < STORM_COLUMNS; i++) {
        const struct counted_metric *metric = counted_find(counted, storm_columns[i]);
        if (metric == NULL || metric->n == 0)
            return false;
        struct sample sample = counted_sample(metric);
        *median[i] = quantile_of(&sample, 0.5, 0.95);
    }
    return true;
}

bool storm_table(const struct arm_list *arms, const struct storm_arm *arm, bool last,
                 struct csv_buffer *buffer)
{
    struct quantile *median = calloc(arms->n, sizeof *median);
    struct design design;
    CHECK(median != NULL);
    for (size_t i = 0; i < arms->n; i++)
        median[i] = last ? arm[i].last : arm[i].middle;
    design_init(&design, arms, median);
    bool good = design_trend(&design, storm_key(arms), buffer);
    design_fini(&design);
    free(median);
    return good;
}
