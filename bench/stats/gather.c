#include "gather.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/stage.h"
#include "tally.h"

void gather_init(struct gather *gather, const char *dir)
{
    *gather = (struct gather){.folder = NULL};
    CHECK(asprintf(&gather->folder, "%s/.counts-%ld", dir, (long)getpid()) >= 0);
}

static void end(struct gather *gather)
{
    if (gather->tally != NULL)
        remove_tree(gather->folder);
    tally_free(gather->tally);
    gather->tally = NULL;
}

void gather_fini(struct gather *gather)
{
    end(gather);
    counted_fini(&gather->counted);
    free(gather->folder);
}

static bool begin(struct gather *gather, struct error *error)
{
    remove_tree(gather->folder); /* of an earlier process that had our id */
    counted_fini(&gather->counted);
    gather->tally = tally_open(gather->folder, 0, error);
    return gather->tally != NULL;
}

static const int64_t *cells_of(const struct csv_table *rows, const char *name)
{
    const struct csv_column *column = csv_table_column(rows, name);
    return column != NULL ? column->whole : NULL;
}

struct values_about gather_about(const struct csv_table *rows)
{
    return (struct values_about){cells_of(rows, "status"), cells_of(rows, "outage_ns"),
                                 cells_of(rows, "system"), 1};
}

/* The columns of a table that are counted; returns how many. */
static size_t choose(const struct csv_table *rows, struct tally_column *chosen)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->columns; i++) {
        const struct csv_column *own = &rows->column[i];
        const struct row_column *known = row_column_find(own->name);
        size_t number = values_number(own->name);
        if (n < SORTED_METRICS_MAX && known != NULL && own->whole != NULL &&
            tally_counts(known->kind, number))
            chosen[n++] = (struct tally_column){own->name, known->kind, number, own->whole};
    }
    return n;
}

static bool add(struct gather *gather, const struct csv_table *rows, struct error *error)
{
    struct tally_column *column = calloc(rows->columns + 1, sizeof *column);
    CHECK(column != NULL);
    const struct tally_cells cells = {.column = column,
                                      .columns = choose(rows, column),
                                      .about = gather_about(rows),
                                      .stride = 1,
                                      .trials = rows->rows};
    bool good = rows->rows == 0 || tally_add(gather->tally, &cells, 0, 0, error);
    free(column);
    return good;
}

static bool finish(struct gather *gather, struct error *error)
{
    const char *path = tally_finish(gather->tally, error);
    bool good = path != NULL && counted_choose(&gather->counted, path, error);
    end(gather);
    return good;
}

enum gather_state gather_part(struct gather *gather, const struct csv_table *rows, bool last,
                              struct error *error)
{
    if (last && gather->tally == NULL)
        return GATHER_AS_ROWS;
    if (gather->tally == NULL && !begin(gather, error))
        return GATHER_FAILED;
    if (!add(gather, rows, error))
        return GATHER_FAILED;
    if (!last)
        return GATHER_MORE;
    return finish(gather, error) ? GATHER_COUNTED : GATHER_FAILED;
}
