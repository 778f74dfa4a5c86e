#include "grid.h"

#include <stdlib.h>

#include "engine/check.h"

static bool is_dropped(const struct axes *axes, const int *value)
{
    for (size_t d = 0; d < axes->drops; d++) {
        const struct drop *drop = &axes->drop[d];
        size_t hits = 0;
        while (hits < drop->n && value[drop->axis[hits]] == (int)drop->value[hits])
            hits++;
        if (hits == drop->n)
            return true;
    }
    return false;
}

static bool add_point(struct grid *grid, const struct axes *axes, const int *value,
                      struct error *error)
{
    if (is_dropped(axes, value))
        return true;
    if (grid->points == GRID_POINTS_MAX)
        return error_set(error, EXIT_INPUT, "more than %d arms", GRID_POINTS_MAX);
    for (size_t i = 0; i < axes->n; i++)
        grid->value[grid->points * axes->n + i] = value[i];
    grid->points++;
    return true;
}

/* Gives all axes of a group their value number v. */
static void set_group(const struct axes *axes, size_t group, int v, int *value)
{
    for (size_t i = 0; i < axes->n; i++)
        if (axes->axis[i].group == group)
            value[i] = v;
}

/* An axis is its group's first one. */
static bool leads(const struct axes *axes, size_t axis)
{
    return axes->axis[axis].group == axis;
}

/* Steps to the next combination, the last axis fastest; false after the last one. */
static bool next(const struct axes *axes, int *value)
{
    for (size_t i = axes->n; i-- > 0;) {
        if (!leads(axes, i))
            continue;
        bool more = value[i] + 1 < (int)axes->axis[i].value.n;
        set_group(axes, i, more ? value[i] + 1 : 0, value);
        if (more)
            return true;
    }
    return false;
}

static bool add_grid(struct grid *grid, const struct axes *axes, int *value, struct error *error)
{
    bool good = true;
    do
        good = add_point(grid, axes, value, error);
    while (good && next(axes, value));
    return good;
}

static bool add_one_at_a_time(struct grid *grid, const struct axes *axes, int *value,
                              struct error *error)
{
    for (size_t i = 0; i < axes->n; i++)
        value[i] = axes->axis[i].in_file ? 0 : GRID_BASE;
    bool good = add_point(grid, axes, value, error);
    for (size_t i = 0; i < axes->n && good; i++) {
        if (!leads(axes, i))
            continue;
        for (size_t v = 0; v < axes->axis[i].value.n && good; v++) {
            int *point = calloc(axes->n, sizeof *point);
            CHECK(point != NULL);
            bool same = true;
            for (size_t k = 0; k < axes->n; k++) {
                bool moved = axes->axis[k].group == i;
                point[k] = moved ? (int)v : value[k];
                same &= point[k] == value[k];
            }
            good = same || add_point(grid, axes, point, error);
            free(point);
        }
    }
    return good;
}

bool grid_make(struct grid *grid, const struct axes *axes, bool one_at_a_time, struct error *error)
{
    *grid = (struct grid){.axes = axes->n};
    grid->value = calloc(GRID_POINTS_MAX * axes->n, sizeof *grid->value);
    int *value = calloc(axes->n + 1, sizeof *value);
    CHECK(grid->value != NULL && value != NULL);
    bool good = one_at_a_time ? add_one_at_a_time(grid, axes, value, error)
                              : add_grid(grid, axes, value, error);
    free(value);
    if (good && grid->points == 0)
        good = error_set(error, EXIT_INPUT, "every arm of the sweep is dropped");
    if (!good)
        grid_fini(grid);
    return good;
}

void grid_fini(struct grid *grid)
{
    free(grid->value);
    *grid = (struct grid){0};
}
