#include "phases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/row.h"

/* Shares of the trials, sorted by outage. */
static const struct {
    const char *name;
    double from, to;
} bands[] = {
    {"fastest 5%", 0.0, 0.05}, {"p25", 0.225, 0.275},     {"p50", 0.475, 0.525},
    {"p75", 0.725, 0.775},     {"p90", 0.88, 0.92},       {"p95", 0.94, 0.96},
    {"p99", 0.985, 0.99},      {"slowest 1%", 0.99, 1.0},
};

struct ranked {
    int64_t outage;
    size_t row;
};

static int by_outage(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->outage != y->outage)
        return x->outage < y->outage ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static size_t rank_recovered(const struct csv_table *table, struct ranked **ranked)
{
    const struct csv_column *outage = csv_table_column(table, "outage_ns");
    CHECK(outage && outage->whole);
    *ranked = malloc((table->rows + 1) * sizeof **ranked);
    CHECK(*ranked);
    size_t n = 0;
    for (size_t i = 0; i < table->rows; i++)
        if (outage->whole[i] >= 0)
            (*ranked)[n++] = (struct ranked){outage->whole[i], i};
    qsort(*ranked, n, sizeof **ranked, by_outage);
    return n;
}

/* "phase_stale_qm_ns" -> "stale quick mode" */
static void put_phase_name(struct csv_buffer *buffer, const char *column)
{
    char text[64] = "", copy[64];
    snprintf(copy, sizeof copy, "%s", column);
    char *place = NULL;
    for (char *word = strtok_r(copy, "_", &place); word; word = strtok_r(NULL, "_", &place)) {
        if (strcmp(word, "phase") == 0 || strcmp(word, "ns") == 0)
            continue;
        const char *full = strcmp(word, "qm") == 0       ? "quick mode"
                           : strcmp(word, "mm") == 0     ? "main mode"
                           : strcmp(word, "app") == 0    ? "application"
                           : strcmp(word, "tls") == 0    ? "TLS"
                           : strcmp(word, "select") == 0 ? "selection"
                           : strcmp(word, "auth") == 0   ? "authentication"
                                                         : word;
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s", length ? " " : "", full);
    }
    csv_put_text(buffer, text);
}

/* Mean of a phase; -1: it is none of these trials' (another system's). */
static double mean_seconds(const int64_t *value, const struct ranked *ranked, size_t from,
                           size_t to)
{
    __int128 sum = 0;
    size_t without = 0;
    for (size_t i = from; i < to; i++) {
        without += value[ranked[i].row] < 0;
        sum += value[ranked[i].row] < 0 ? 0 : value[ranked[i].row];
    }
    if (without == to - from)
        return -1.0;
    return (double)sum / (double)(to - from) / 1e9;
}

/* Columns of phases in the order of time: the first good answer comes last. */
static size_t phase_columns(size_t column[ROW_COLUMN_COUNT])
{
    size_t n = 0, last = ROW_COLUMN_COUNT;
    for (size_t c = 0; c < ROW_COLUMN_COUNT; c++) {
        if (row_columns[c].kind != ROW_phase)
            continue;
        if (strcmp(row_columns[c].name, "phase_app_ns") == 0)
            last = c;
        else
            column[n++] = c;
    }
    CHECK(last < ROW_COLUMN_COUNT);
    column[n++] = last;
    return n;
}

static void put_band(const struct csv_table *table, const char *name, const struct ranked *ranked,
                     size_t from, size_t to, struct csv_buffer *buffer)
{
    csv_put_text(buffer, name);
    csv_put_int64(buffer, (int64_t)(to - from));
    csv_put_double(buffer,
                   mean_seconds(csv_table_column(table, "outage_ns")->whole, ranked, from, to));
    size_t column[ROW_COLUMN_COUNT], columns = phase_columns(column);
    for (size_t c = 0; c < columns; c++) {
        const struct csv_column *phase = csv_table_column(table, row_columns[column[c]].name);
        CHECK(phase && phase->whole);
        csv_put_double(buffer, mean_seconds(phase->whole, ranked, from, to));
    }
    csv_end_row(buffer);
}

void phases_header(struct csv_buffer *buffer)
{
    csv_put_text(buffer, "band");
    csv_put_text(buffer, "trials");
    csv_put_text(buffer, "outage");
    size_t column[ROW_COLUMN_COUNT], columns = phase_columns(column);
    for (size_t c = 0; c < columns; c++)
        put_phase_name(buffer, row_columns[column[c]].name);
    csv_end_row(buffer);
}

bool phases_arm(const struct csv_table *table, const char *name, struct csv_buffer *buffer)
{
    struct ranked *ranked;
    size_t n = rank_recovered(table, &ranked);
    if (n > 0)
        put_band(table, name, ranked, 0, n, buffer);
    free(ranked);
    return n > 0;
}

/* A sum over so many trials, as mean_seconds; -1: there is no such metric, or it has no values. */
static double counted_seconds(const struct counted *counted, const char *name, uint64_t trials)
{
    const struct counted_metric *metric = counted_find(counted, name);
    if (metric == NULL || metric->finite == 0)
        return -1.0;
    return (double)counted_sum(metric) / (double)trials / 1e9;
}

static bool has_phases(const struct counted *counted)
{
    for (size_t i = 0; i < counted->metrics; i++)
        if (counted->metric[i].kind == ROW_phase)
            return true;
    return false;
}

bool phases_counted(const struct counted *counted, const char *name, struct csv_buffer *buffer)
{
    const struct counted_metric *outage = counted_find(counted, "outage_ns");
    if (outage == NULL || outage->finite == 0 || !has_phases(counted))
        return false;
    csv_put_text(buffer, name);
    csv_put_int64(buffer, (int64_t)outage->finite);
    csv_put_double(buffer, counted_seconds(counted, "outage_ns", outage->finite));
    size_t column[ROW_COLUMN_COUNT], columns = phase_columns(column);
    for (size_t c = 0; c < columns; c++)
        csv_put_double(buffer,
                       counted_seconds(counted, row_columns[column[c]].name, outage->finite));
    csv_end_row(buffer);
    return true;
}

size_t phases_table(const struct csv_table *table, struct csv_buffer *buffer)
{
    phases_header(buffer);
    struct ranked *ranked;
    size_t n = rank_recovered(table, &ranked), drawn = 0;
    for (size_t b = 0; b < COUNT_OF(bands) && n > 0; b++) {
        size_t from = (size_t)floor((double)n * bands[b].from);
        size_t to = (size_t)ceil((double)n * bands[b].to);
        to = to > n ? n : to;
        from = from < to ? from : to - 1;
        put_band(table, bands[b].name, ranked, from, to, buffer);
        drawn++;
    }
    free(ranked);
    return drawn;
}
