#include "grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/check.h"

#include "../stats/quantile.h"
#include "judge.h"

double grid_x(size_t i)
{
    return GRID_X_LOW * pow(GRID_X_HIGH / GRID_X_LOW, (double)i / GRID_X);
}

double grid_y(size_t i)
{
    return GRID_Y_LOW * pow(GRID_Y_HIGH / GRID_Y_LOW, (double)i / GRID_Y);
}

/* The cell of `value`, or `cells` when there is none. The last one includes its upper end. */
static size_t find_cell(double (*edge)(size_t), size_t cells, double value)
{
    if (!(value >= edge(0) && value <= edge(cells)))
        return cells;
    size_t i = 0;
    while (i + 1 < cells && value >= edge(i + 1))
        i++;
    return i;
}

void grid_add(struct grid *grid, double x, double y, bool inside)
{
    size_t i = find_cell(grid_x, GRID_X, x), j = find_cell(grid_y, GRID_Y, y);
    if (i == GRID_X || j == GRID_Y) {
        grid->elsewhere++;
        return;
    }
    grid->cell[j][i].n++;
    grid->cell[j][i].inside += inside;
}

void grid_finish(struct grid *grid)
{
    for (size_t j = 0; j < GRID_Y; j++)
        for (size_t i = 0; i < GRID_X; i++) {
            struct grid_cell *cell = &grid->cell[j][i];
            if (cell->n == 0)
                continue;
            proportion_interval(cell->inside, cell->n, CLAIM_LEVEL, &cell->low, &cell->high);
            cell->holds = cell->low >= CLAIM_SHARE;
            grid->holding += cell->holds;
        }
}

static bool same_set(const struct grid *grid, size_t j, size_t k)
{
    for (size_t i = 0; i < GRID_X; i++)
        if (grid->cell[j][i].holds != grid->cell[k][i].holds)
            return false;
    return true;
}

/* Appends " or [a, b)" for each run of cells that hold; false when there is none. */
static bool say_runs(const struct grid *grid, size_t j, char *text, size_t size)
{
    bool any = false;
    for (size_t i = 0, end; i < GRID_X; i = end) {
        bool holds = grid->cell[j][i].holds;
        for (end = i; end < GRID_X && grid->cell[j][end].holds == holds;)
            end++;
        if (!holds)
            continue;
        size_t length = strlen(text);
        snprintf(text + length, size - length, "%s[%.2g, %.2g)", any ? " or " : "V in ", grid_x(i),
                 grid_x(end));
        any = true;
    }
    return any;
}

void grid_words(const struct grid *grid, char *text, size_t size)
{
    CHECK(size > 0);
    text[0] = '\0';
    for (size_t j = 0, end; j < GRID_Y; j = end) {
        for (end = j + 1; end < GRID_Y && same_set(grid, j, end);)
            end++;
        size_t before = strlen(text);
        if (before > 0)
            snprintf(text + before, size - before, "; ");
        if (say_runs(grid, j, text, size)) {
            size_t length = strlen(text);
            snprintf(text + length, size - length, " s at rates [%.2g, %.2g) /s", grid_y(j),
                     grid_y(end));
        } else {
            text[before] = '\0';
        }
    }
    if (text[0] == '\0')
        snprintf(text, size, "no cell");
}

static void put_text_n(struct csv_buffer *buffer, const char *const *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        csv_put_text(buffer, text[i]);
}

static void put_digits(struct csv_buffer *buffer, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    csv_put_text(buffer, text);
}

static void put_cell(const struct grid *grid, size_t j, size_t i, struct csv_buffer *buffer)
{
    const struct grid_cell *cell = &grid->cell[j][i];
    const double edges[] = {grid_x(i), grid_x(i + 1), grid_y(j), grid_y(j + 1)};
    for (size_t k = 0; k < COUNT_OF(edges); k++)
        put_digits(buffer, edges[k]);
    csv_put_int64(buffer, (int64_t)cell->n);
    csv_put_int64(buffer, (int64_t)cell->inside);
    if (cell->n > 0) {
        put_digits(buffer, (double)cell->inside / (double)cell->n);
        put_digits(buffer, cell->low);
        put_digits(buffer, cell->high);
    } else {
        put_text_n(buffer, (const char *const[]){"", "", ""}, 3);
    }
    csv_put_int64(buffer, cell->holds);
    csv_end_row(buffer);
}

void grid_table(const struct grid *grid, struct csv_buffer *buffer)
{
    static const char *const head[] = {"v_low_s",    "v_high_s", "rate_low_hz", "rate_high_hz",
                                       "n",          "inside",   "share",       "share_low",
                                       "share_high", "holds"};
    put_text_n(buffer, head, COUNT_OF(head));
    csv_end_row(buffer);
    for (size_t j = 0; j < GRID_Y; j++)
        for (size_t i = 0; i < GRID_X; i++)
            put_cell(grid, j, i, buffer);
}
