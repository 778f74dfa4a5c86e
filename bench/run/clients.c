#include "clients.h"

#include "columns.h"

bool clients_have(const struct row_column *column)
{
    return column->kind != ROW_client && column->kind != ROW_amount;
}

static void put_values(const struct row_column *column, size_t n, const int64_t *value,
                       struct csv_buffer *buffer)
{
    for (size_t i = 0; i < n; i++)
        if (clients_have(&column[i]))
            csv_put_int64(buffer, value[i] == NEVER_NS ? -1 : value[i]);
}

void clients_put_header(const struct plan *plan, struct csv_buffer *buffer)
{
    char name[ROW_NAME_MAX];
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++) {
        if (clients_have(&row_columns[i]))
            csv_put_text(buffer, row_columns[i].name);
        if (i == 0)
            csv_put_text(buffer, CLIENTS_COLUMN);
    }
    for (int32_t c = 0; c < columns_classes(plan); c++)
        for (size_t i = 0; i < ROW_CLASS_COLUMN_COUNT; i++)
            if (clients_have(&row_class_columns[i]))
                csv_put_text(buffer, row_class_name(name, plan->names[KIND_class][c],
                                                    &row_class_columns[i]));
    csv_end_row(buffer);
}

void clients_put_rows(const struct plan *plan, const struct world *world, struct csv_buffer *buffer)
{
    uint32_t count;
    const struct row *row = world_front_ends(world, &count);
    for (uint32_t i = 0; i < count; i++, row++) {
        const int64_t *value = (const int64_t *)row;
        csv_put_int64(buffer, value[0]);
        csv_put_int64(buffer, i);
        put_values(row_columns + 1, ROW_COLUMN_COUNT - 1, value + 1, buffer);
        for (int32_t c = 0; c < columns_classes(plan); c++)
            put_values(row_class_columns, ROW_CLASS_COLUMN_COUNT, (const int64_t *)&row->class[c],
                       buffer);
        csv_end_row(buffer);
    }
}
