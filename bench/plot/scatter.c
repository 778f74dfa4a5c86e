#include "scatter.h"

#include <stdlib.h>

#include "engine/check.h"

#include "../stats/quantile.h"

static void put_seconds(struct csv_buffer *buffer, int64_t ns)
{
    if (ns < 0 || ns == QUANTILE_ABOVE)
        csv_put_text(buffer, "");
    else
        csv_put_double(buffer, (double)ns / 1e9);
}

void scatter_points(const struct scatter *scatter, struct csv_buffer *buffer)
{
    size_t step = (scatter->n + SCATTER_POINTS_MAX - 1) / SCATTER_POINTS_MAX;
    csv_put_text(buffer, scatter->label);
    for (size_t s = 0; s < scatter->series; s++)
        csv_put_text(buffer, scatter->name[s]);
    csv_end_row(buffer);
    for (size_t i = 0; i < scatter->n; i += step) {
        csv_put_double(buffer, scatter->x[i]);
        for (size_t s = 0; s < scatter->series; s++)
            put_seconds(buffer, scatter->y[s][i]);
        csv_end_row(buffer);
    }
}

struct placed {
    double x;
    size_t row;
};

static int by_x(const void *a, const void *b)
{
    const struct placed *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

static void put_bin(const struct scatter *scatter, const struct placed *placed, size_t n, double x,
                    int64_t *value, struct csv_buffer *buffer)
{
    static const double p[] = {0.05, 0.50, 0.95};
    csv_put_double(buffer, x);
    for (size_t s = 0; s < scatter->series; s++) {
        size_t finite = 0;
        for (size_t i = 0; i < n; i++)
            if (scatter->y[s][placed[i].row] >= 0)
                value[finite++] = scatter->y[s][placed[i].row];
        sample_sort(value, finite);
        for (size_t k = 0; k < COUNT_OF(p); k++) {
            uint64_t rank = quantile_rank(n, p[k]);
            put_seconds(buffer, rank <= finite ? value[rank - 1] : QUANTILE_ABOVE);
        }
    }
    csv_end_row(buffer);
}

static void put_bins(const struct scatter *scatter, const struct placed *placed, int64_t *value,
                     struct csv_buffer *buffer)
{
    size_t n = scatter->n, bins = n < SCATTER_BINS ? n : SCATTER_BINS;
    for (size_t b = 0; b < bins; b++) {
        size_t from = n * b / bins, to = n * (b + 1) / bins;
        const struct placed *first = &placed[from];
        if (b == 0)
            put_bin(scatter, first, to - from, placed[0].x, value, buffer);
        put_bin(scatter, first, to - from, placed[from + (to - from) / 2].x, value, buffer);
        if (b == bins - 1)
            put_bin(scatter, first, to - from, placed[n - 1].x, value, buffer);
    }
}

void scatter_bands(const struct scatter *scatter, struct csv_buffer *buffer)
{
    csv_put_text(buffer, scatter->label);
    for (size_t s = 0; s < scatter->series; s++) {
        csv_put_text(buffer, "p5");
        csv_put_text(buffer, "p50");
        csv_put_text(buffer, "p95");
    }
    csv_end_row(buffer);
    struct placed *placed = calloc(scatter->n + 1, sizeof *placed);
    int64_t *value = calloc(scatter->n + 1, sizeof *value);
    CHECK(placed && value);
    for (size_t i = 0; i < scatter->n; i++)
        placed[i] = (struct placed){scatter->x[i], i};
    qsort(placed, scatter->n, sizeof *placed, by_x);
    put_bins(scatter, placed, value, buffer);
    free(placed);
    free(value);
}
