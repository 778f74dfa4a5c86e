#include <errno.h>
#include <stdio.h>
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

/* Names of classes have no commas or quotes in them (scenario/draft.c). */
static void add_of_classes(struct csv_names *names, char *line)
{
    char *rest = NULL;
    for (char *name = strtok_r(line, ",\r\n", &rest); name != NULL;
         name = strtok_r(NULL, ",\r\n", &rest))
        if (row_class_column_find(name) != NULL)
            add(names, name);
}

bool csv_names_read(const char *path, bool arms, struct csv_names *names, struct error *error)
{
    *names = (struct csv_names){0};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set(error, EXIT_INPUT, "%s: %s", path, strerror(errno));
    if (arms)
        add(names, CSV_ARM);
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        add(names, row_columns[i].name);
    char *line = NULL;
    size_t size = 0;
    if (getline(&line, &size, file) > 0) /* what is wrong with a file is said by who reads it all */
        add_of_classes(names, line);
    free(line);
    fclose(file);
    return true;
}

void csv_names_fini(struct csv_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free((void *)(uintptr_t)names->name[i]);
    free(names->name);
    *names = (struct csv_names){0};
}
