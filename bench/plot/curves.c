#include "curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../stats/grid.h"

#define CORNER_FRACTION 300 /* a jump of more than 1/300 of the range gets a corner */

static uint64_t largest(const struct curve *curve, size_t n)
{
    uint64_t trials = 1;
    for (size_t i = 0; i < n; i++)
        trials = curve[i].sample.n > trials ? curve[i].sample.n : trials;
    return trials;
}

static void put_seconds(struct csv_buffer *buffer, int64_t ns)
{
    if (ns == QUANTILE_ABOVE || ns == QUANTILE_BELOW)
        csv_put_text(buffer, "");
    else
        csv_put_double(buffer, (double)ns / 1e9);
}

/* The quantile at 1 - tail; the smallest value, which has no interval, at tail 1. */
static struct quantile quantile_at(const struct sample *sample, double tail)
{
    const struct quantile none = {QUANTILE_ABOVE, QUANTILE_BELOW, QUANTILE_ABOVE, {0, 0, 0}};
    if (sample->n == 0 || tail * (double)sample->n < 0.5 - 1e-9)
        return none;
    if (tail < 1.0)
        return quantile_of(sample, 1.0 - tail, GRID_LEVEL);
    struct quantile least = none;
    least.value = sample->finite ? sample_at(sample, 1) : QUANTILE_ABOVE;
    return least;
}

static void put_text_n(struct csv_buffer *buffer, const char *const *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        csv_put_text(buffer, text[i]);
}

static void put_percentile_row(struct csv_buffer *buffer, double tail, const struct quantile *at,
                               size_t n)
{
    csv_put_double(buffer, 1.0 / tail);
    for (size_t i = 0; i < n; i++) {
        put_seconds(buffer, at[i].value);
        put_seconds(buffer, at[i].low);
        put_seconds(buffer, at[i].high);
    }
    csv_end_row(buffer);
}

/* Does a, before b, jump so far that a straight line would draw what never happened? */
static bool jumps(int64_t a, int64_t b, int64_t range)
{
    if (a == b || a == QUANTILE_BELOW || b == QUANTILE_ABOVE)
        return false;
    return a == QUANTILE_ABOVE || b - a > range / CORNER_FRACTION;
}

void curves_percentiles(const struct curve *curve, size_t n, struct csv_buffer *buffer)
{
    struct quantile_grid grid = quantile_grid(largest(curve, n));
    struct quantile *at = calloc(2 * n + 1, sizeof *at), *before = at + n;
    CHECK(at);
    csv_put_text(buffer, "inverse_tail");
    for (size_t i = 0; i < n; i++)
        put_text_n(buffer, (const char *const[]){curve[i].name, "low", "high"}, 3);
    csv_end_row(buffer);
    for (size_t k = 0; k < grid.points; k++) {
        bool corner = false;
        for (size_t i = 0; i < n; i++) {
            const struct sample *sample = &curve[i].sample;
            at[i] = quantile_at(sample, grid.tail[k]);
            int64_t range =
                sample->finite ? sample_at(sample, sample->finite) - sample_at(sample, 1) : 0;
            corner |= k > 0 && (jumps(before[i].value, at[i].value, range) ||
                                jumps(before[i].low, at[i].low, range) ||
                                jumps(before[i].high, at[i].high, range));
        }
        if (corner) /* the value holds for all p since the point before */
            put_percentile_row(buffer, grid.tail[k - 1], at, n);
        put_percentile_row(buffer, grid.tail[k], at, n);
        memcpy(before, at, n * sizeof *at);
    }
    free(at);
}

struct point {
    int64_t x;
    double above, low, high;
};

static struct point point_at(const struct sample *sample, int64_t x)
{
    double floor = 0.5 / (double)sample->n;
    uint64_t above = sample->n - sample_up_to(sample, x);
    struct point point = {.x = x, .above = fmax((double)above / (double)sample->n, floor)};
    proportion_interval(above, sample->n, GRID_LEVEL, &point.low, &point.high);
    point.low = fmax(point.low, floor);
    return point;
}

/* The corners of one curve: *point is to be freed; returns how many. */
static size_t ccdf_points(const struct sample *sample, const struct quantile_grid *grid,
                          struct point **point)
{
    *point = calloc(2 * grid->points + 2, sizeof **point);
    CHECK(*point);
    size_t points = 0;
    for (size_t k = 0; k < grid->points; k++) {
        int64_t x = quantile_at(sample, grid->tail[k]).value;
        if (x == QUANTILE_ABOVE || (points > 0 && (*point)[points - 1].x == x))
            continue;
        struct point here = point_at(sample, x);
        struct point corner = {x, 1.0, 1.0, 1.0};
        if (points > 0) {
            corner = (*point)[points - 1];
            corner.x = x;
        }
        (*point)[points++] = corner;
        (*point)[points++] = here;
    }
    return points;
}

static void put_point(struct csv_buffer *buffer, const struct point *point)
{
    if (!point) {
        put_text_n(buffer, (const char *const[]){"", "", "", ""}, 4);
        return;
    }
    csv_put_double(buffer, (double)point->x / 1e9);
    csv_put_double(buffer, point->above);
    csv_put_double(buffer, point->low);
    csv_put_double(buffer, point->high);
}

void curves_ccdf(const struct curve *curve, size_t n, struct csv_buffer *buffer)
{
    struct quantile_grid grid = quantile_grid(largest(curve, n));
    struct point **point = calloc(n + 1, sizeof *point);
    size_t *points = calloc(n + 1, sizeof *points), rows = 0;
    CHECK(point && points);
    for (size_t i = 0; i < n; i++) {
        points[i] = ccdf_points(&curve[i].sample, &grid, &point[i]);
        rows = points[i] > rows ? points[i] : rows;
        put_text_n(buffer, (const char *const[]){"seconds", curve[i].name, "low", "high"}, 4);
    }
    csv_end_row(buffer);
    for (size_t k = 0; k < rows; k++) {
        for (size_t i = 0; i < n; i++)
            put_point(buffer, k < points[i] ? &point[i][k] : NULL);
        csv_end_row(buffer);
    }
    for (size_t i = 0; i < n; i++)
        free(point[i]);
    free(point);
    free(points);
}
