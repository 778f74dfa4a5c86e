#include "columns.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../scenario/words.h"

char *columns_of_draw(char text[COLUMN_NAME_MAX], const struct plan_draw *draw)
{
    bool time = draw->param->type == TYPE_TIME;
    snprintf(text, COLUMN_NAME_MAX, "%s%s", draw->key, time ? "_ns" : "");
    return text;
}

int32_t columns_classes(const struct plan *plan)
{
    return plan->base.trial.until == TRIAL_UNTIL_first ? 0 : plan->base.classes;
}

static void add(struct columns *columns, const struct row_column *column, const char *name,
                size_t number, size_t at)
{
    struct columns_field *field = &columns->field[columns->fields++];
    *field = (struct columns_field){.kind = column->kind, .number = number, .at = at};
    snprintf(field->name, sizeof field->name, "%s", name);
}

/* All that the plan's rows have. */
static void add_all(struct columns *columns, const struct plan *plan)
{
    char name[ROW_NAME_MAX];
    size_t classes = (size_t)columns_classes(plan);
    columns->field =
        calloc(ROW_COLUMN_COUNT + classes * ROW_CLASS_COLUMN_COUNT, sizeof *columns->field);
    columns->draw = calloc(plan->draws + 1, sizeof *columns->draw);
    CHECK(columns->field != NULL && columns->draw != NULL);
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        add(columns, &row_columns[i], row_columns[i].name, i, i);
    for (size_t c = 0; c < classes; c++)
        for (size_t i = 0; i < ROW_CLASS_COLUMN_COUNT; i++)
            add(columns, &row_class_columns[i],
                row_class_name(name, plan->names[KIND_class][c], &row_class_columns[i]),
                ROW_COLUMN_COUNT, ROW_COLUMN_COUNT + c * ROW_CLASS_COLUMN_COUNT + i);
    memset(columns->draw, true, plan->draws);
}

static const struct columns_field *find(const struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->fields; i++)
        if (strcmp(columns->field[i].name, name) == 0)
            return &columns->field[i];
    return NULL;
}

/* Is it one of the names in a list with commas? */
static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ','), at += at != NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

/* What tells which trials the listed ones are about (stats/values.h). */
static const char *always(const struct columns *columns, const char *list)
{
    for (size_t i = 0; i < columns->fields; i++)
        if (columns->field[i].kind == ROW_phase && is_listed(list, columns->field[i].name))
            return "trial,status,system,outage_ns";
    return "trial,status,system";
}

static void keep_listed(struct columns *columns, const char *list, const struct plan *plan)
{
    char draw[COLUMN_NAME_MAX];
    size_t kept = 0;
    const char *needed = always(columns, list);
    for (size_t i = 0; i < columns->fields; i++) {
        const char *name = columns->field[i].name;
        if (is_listed(needed, name) || is_listed(list, name))
            columns->field[kept++] = columns->field[i];
    }
    columns->fields = kept;
    for (size_t i = 0; i < plan->draws; i++)
        columns->draw[i] = is_listed(list, columns_of_draw(draw, &plan->draw[i]));
}

static bool is_draw(const struct plan *plan, const char *name)
{
    char draw[COLUMN_NAME_MAX];
    for (size_t i = 0; i < plan->draws; i++)
        if (strcmp(columns_of_draw(draw, &plan->draw[i]), name) == 0)
            return true;
    return false;
}

static void keep_nearer(const char *name, const char *word, unsigned *distance,
                        char nearest[COLUMN_NAME_MAX])
{
    unsigned own = words_distance(name, word);
    if (own < *distance) {
        *distance = own;
        snprintf(nearest, COLUMN_NAME_MAX, "%s", word);
    }
}

static bool refuse(const struct columns *all, const char *name, const struct plan *plan,
                   struct error *error)
{
    char nearest[COLUMN_NAME_MAX] = "", draw[COLUMN_NAME_MAX];
    unsigned distance = ~0u;
    for (size_t i = 0; i < all->fields; i++)
        keep_nearer(name, all->field[i].name, &distance, nearest);
    for (size_t i = 0; i < plan->draws; i++)
        keep_nearer(name, columns_of_draw(draw, &plan->draw[i]), &distance, nearest);
    return error_set(error, EXIT_INPUT,
                     "--columns: %s has no column '%.100s': the nearest is '%s' ('ikebench list "
                     "columns' lists them)",
                     plan->name, name, nearest);
}

/* Are all names of the list columns? */
static bool check_list(const struct columns *all, const char *list, const struct plan *plan,
                       struct error *error)
{
    char *copy = strdup(list), *rest = copy;
    bool good = true;
    CHECK(copy != NULL);
    for (char *name; good && (name = strsep(&rest, ",")) != NULL;)
        good = find(all, name) != NULL || is_draw(plan, name) || refuse(all, name, plan, error);
    free(copy);
    return good;
}

static void write_text(struct columns *columns, const struct plan *plan)
{
    struct csv_buffer header = {0};
    columns_put_header(columns, plan, false, &header);
    columns->text = strndup(header.data, header.length - 1); /* without its newline */
    CHECK(columns->text != NULL);
    csv_buffer_fini(&header);
}

bool columns_init(struct columns *columns, const char *list, const struct plan *plan,
                  struct error *error)
{
    *columns = (struct columns){.fields = 0};
    add_all(columns, plan);
    if (list == NULL)
        return true;
    if (!check_list(columns, list, plan, error)) {
        columns_fini(columns);
        return false;
    }
    keep_listed(columns, list, plan);
    write_text(columns, plan);
    return true;
}

void columns_fini(struct columns *columns)
{
    free(columns->field);
    free(columns->draw);
    free(columns->text);
    *columns = (struct columns){0};
}

bool columns_have(const struct columns *columns, const char *name)
{
    return find(columns, name) != NULL;
}

void columns_put_header(const struct columns *columns, const struct plan *plan, bool arms,
                        struct csv_buffer *buffer)
{
    char draw[COLUMN_NAME_MAX];
    if (arms)
        csv_put_text(buffer, CSV_ARM);
    for (size_t i = 0; i < columns->fields; i++)
        csv_put_text(buffer, columns->field[i].name);
    for (size_t i = 0; i < plan->draws; i++)
        if (columns->draw[i])
            csv_put_text(buffer, columns_of_draw(draw, &plan->draw[i]));
    csv_end_row(buffer);
}

void columns_put_row(const struct columns *columns, const struct plan *plan, const struct row *row,
                     const double *drawn, struct csv_buffer *buffer)
{
    const int64_t *value = (const int64_t *)row;
    for (size_t i = 0; i < columns->fields; i++) {
        int64_t own = value[columns->field[i].at];
        csv_put_int64(buffer, own == NEVER_NS ? -1 : own);
    }
    for (size_t i = 0; i < plan->draws; i++) {
        if (!columns->draw[i])
            continue;
        if (plan->draw[i].param->type == TYPE_TIME || plan->draw[i].param->type == TYPE_COUNT)
            csv_put_int64(buffer, (int64_t)drawn[i]);
        else
            csv_put_double(buffer, drawn[i]);
    }
    csv_end_row(buffer);
}
