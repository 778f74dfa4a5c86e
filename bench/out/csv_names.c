#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/row.h"

#include "csv.h"

static void add(struct csv_names *names, const char *name)
{
    names->name = realloc(names->name, (names->n + 1) * sizeof *names->name);
    char *own = strdup(name);
    CHECK(names->name != NULL && own != NULL);
    names->name[names->n++] = own;
}

static bool is_there(char *const *header, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(header[i], name) == 0)
            return true;
    return false;
}

/* A file without these is none of ours, which is said by who reads it. */
static bool is_needed(const char *name)
{
    return strcmp(name, "trial") == 0 || strcmp(name, "status") == 0;
}

static void add_all(struct csv_names *names, char *const *header, size_t n)
{
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (is_needed(row_columns[i].name) || is_there(header, n, row_columns[i].name))
            add(names, row_columns[i].name);
    for (size_t i = 0; i < n; i++)
        if (row_class_column_find(header[i]) != NULL)
            add(names, header[i]);
}

bool csv_names_read(const char *path, bool arms, struct csv_names *names, struct error *error)
{
    struct csv_table header;
    *names = (struct csv_names){0};
    if (!csv_header_read(path, &header, error))
        return false;
    if (arms)
        add(names, CSV_ARM);
    add_all(names, header.header, header.headers);
    csv_table_fini(&header);
    return true;
}

void csv_names_fini(struct csv_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free((void *)(uintptr_t)names->name[i]);
    free(names->name);
    *names = (struct csv_names){0};
}
