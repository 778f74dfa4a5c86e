#include "counted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "grid.h"
#include "sorted.h"
#include "values.h"

/* The ranks of the last number of trials: metrics mostly have the same. */
struct ranks {
    uint64_t n, *rank;
    size_t ranks;
};

static void find_ranks(struct ranks *ranks, uint64_t n)
{
    if (ranks->rank != NULL && ranks->n == n)
        return;
    free(ranks->rank);
    ranks->n = n;
    ranks->rank = grid_ranks(n, &ranks->ranks);
}

static void keep(struct counted_metric *metric, const struct quantile_atom *atom)
{
    if ((metric->atoms & (metric->atoms - 1)) == 0) {
        size_t room = metric->atoms == 0 ? 1 : 2 * metric->atoms;
        metric->atom = realloc(metric->atom, room * sizeof *metric->atom);
        CHECK(metric->atom != NULL);
    }
    metric->atom[metric->atoms++] = *atom;
}

/* Is one of the ranks, from *next on, among the atom's? */
static bool is_asked(const struct ranks *ranks, size_t *next, const struct quantile_atom *atom)
{
    bool asked = false;
    for (; *next < ranks->ranks && ranks->rank[*next] <= atom->below + atom->count; ++*next)
        asked = true;
    return asked;
}

/* The squares up to here and those of this value; COUNTED_SQUARES_MAX when they are no fewer. */
static unsigned __int128 add_squares(unsigned __int128 before, int64_t value, uint64_t count)
{
    unsigned __int128 square = (unsigned __int128)((__int128)value * value), all;
    if (__builtin_mul_overflow(square, count, &all) || __builtin_add_overflow(before, all, &all))
        return COUNTED_SQUARES_MAX;
    return all;
}

static bool choose_metric(struct counted_metric *metric, const struct sorted_file *file,
                          const struct sorted_metric *from, struct ranks *ranks)
{
    struct sorted_merge *merge = sorted_merge_new(file, 1, from->name);
    struct quantile_atom atom = {.below = 0};
    size_t next = 0;
    bool all = from->distinct <= COUNTED_ALL, above_zero = false;
    metric->finite = from->finite;
    metric->n = from->finite + from->beyond;
    if (!all)
        find_ranks(ranks, metric->n);
    while (sorted_next(merge, &atom.value, &atom.count)) {
        atom.sum += (__int128)atom.value * (__int128)atom.count;
        atom.squares = add_squares(atom.squares, atom.value, atom.count);
        bool first_above = !above_zero && atom.value > 0;
        above_zero |= first_above;
        bool last = atom.below + atom.count == metric->finite;
        if (all || is_asked(ranks, &next, &atom) || first_above || last)
            keep(metric, &atom);
        atom.below += atom.count;
    }
    return sorted_merge_free(merge);
}

struct counted_metric *counted_add(struct counted *counted, const char *name)
{
    const struct row_column *column = row_column_find(name);
    if (column == NULL)
        return NULL;
    counted->metric = realloc(counted->metric, (counted->metrics + 1) * sizeof *counted->metric);
    CHECK(counted->metric != NULL);
    struct counted_metric *metric = &counted->metric[counted->metrics++];
    *metric = (struct counted_metric){.kind = column->kind, .unit = column->unit};
    snprintf(metric->name, sizeof metric->name, "%s", name);
    return metric;
}

static bool choose_all(struct counted *counted, const struct sorted_file *file, struct ranks *ranks)
{
    bool good = true;
    for (size_t i = 0; i < file->metrics && good; i++) {
        const struct sorted_metric *from = &file->metric[i];
        struct counted_metric *metric = from->applied > 0 ? counted_add(counted, from->name) : NULL;
        good = metric == NULL || choose_metric(metric, file, from, ranks);
    }
    return good;
}

bool counted_choose(struct counted *counted, const char *path, struct error *error)
{
    struct sorted_file file;
    struct ranks ranks = {.rank = NULL};
    *counted = (struct counted){.metrics = 0};
    if (!sorted_open(&file, path, false, error))
        return false;
    bool good = choose_all(counted, &file, &ranks) ||
                error_set(error, EXIT_INPUT, "%s: cannot be read", path);
    free(ranks.rank);
    sorted_close(&file);
    if (!good)
        counted_fini(counted);
    return good;
}

void counted_fini(struct counted *counted)
{
    for (size_t i = 0; i < counted->metrics; i++)
        free(counted->metric[i].atom);
    free(counted->metric);
    *counted = (struct counted){.metrics = 0};
}

void counted_copy(struct counted *to, const struct counted *from)
{
    *to = (struct counted){.metrics = 0};
    for (size_t i = 0; i < from->metrics; i++) {
        const struct counted_metric *m = &from->metric[i];
        struct counted_metric *own = counted_add(to, m->name);
        CHECK(own != NULL);
        own->n = m->n;
        own->finite = m->finite;
        own->atoms = m->atoms;
        own->atom = calloc(m->atoms + 1, sizeof *own->atom);
        CHECK(own->atom != NULL);
        if (m->atoms > 0)
            memcpy(own->atom, m->atom, m->atoms * sizeof *own->atom);
    }
}

const struct counted_metric *counted_find(const struct counted *counted, const char *name)
{
    for (size_t i = 0; i < counted->metrics; i++)
        if (strcmp(counted->metric[i].name, name) == 0)
            return &counted->metric[i];
    return NULL;
}

__int128 counted_sum(const struct counted_metric *metric)
{
    return metric->atoms > 0 ? metric->atom[metric->atoms - 1].sum : 0;
}

struct sample counted_sample(const struct counted_metric *metric)
{
    return (struct sample){
        .finite = metric->finite, .n = metric->n, .atom = metric->atom, .atoms = metric->atoms};
}

uint64_t counted_status(const struct counted *counted, int64_t status)
{
    const struct counted_metric *metric = counted_find(counted, "status");
    for (size_t i = 0; metric != NULL && i < metric->atoms; i++)
        if (metric->atom[i].value == status)
            return metric->atom[i].count;
    return 0;
}

void counted_put_header(struct csv_buffer *buffer, bool arms)
{
    static const char *const header[] = {"metric", "unit",  "n",   "value",
                                         "below",  "count", "sum", "squares"};
    if (arms)
        csv_put_text(buffer, CSV_ARM);
    for (size_t i = 0; i < COUNT_OF(header); i++)
        csv_put_text(buffer, header[i]);
    csv_end_row(buffer);
}

static void put_large(struct csv_buffer *buffer, unsigned __int128 value, bool minus)
{
    char text[48];
    size_t at = sizeof text;
    text[--at] = '\0';
    do
        text[--at] = (char)('0' + (int)(value % 10));
    while (value /= 10);
    if (minus)
        text[--at] = '-';
    csv_put_text(buffer, text + at);
}

static void put_row(struct csv_buffer *buffer, int64_t arm, const struct counted_metric *metric,
                    const struct quantile_atom *atom)
{
    if (arm != COUNTED_NO_ARM)
        csv_put_int64(buffer, arm);
    csv_put_text(buffer, metric->name);
    csv_put_text(buffer, metric->unit);
    csv_put_int64(buffer, (int64_t)metric->n);
    if (atom == NULL) {
        csv_put_text(buffer, "");
        csv_put_int64(buffer, (int64_t)metric->finite);
        csv_put_int64(buffer, (int64_t)(metric->n - metric->finite));
        csv_put_text(buffer, "");
        csv_put_text(buffer, "");
    } else {
        csv_put_int64(buffer, atom->value);
        csv_put_int64(buffer, (int64_t)atom->below);
        csv_put_int64(buffer, (int64_t)atom->count);
        bool minus = atom->sum < 0;
        put_large(buffer, minus ? 0 - (unsigned __int128)atom->sum : (unsigned __int128)atom->sum,
                  minus);
        put_large(buffer, atom->squares, false);
    }
    csv_end_row(buffer);
}

void counted_put(struct csv_buffer *buffer, int64_t arm, const struct counted *counted)
{
    for (size_t i = 0; i < counted->metrics; i++) {
        const struct counted_metric *metric = &counted->metric[i];
        for (size_t k = 0; k < metric->atoms; k++)
            put_row(buffer, arm, metric, &metric->atom[k]);
        if (metric->finite < metric->n || metric->atoms == 0)
            put_row(buffer, arm, metric, NULL);
    }
}
