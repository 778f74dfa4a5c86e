#include "world/row.h"

const struct row_column row_columns[ROW_COLUMN_COUNT] = {
#define X(name, kind, unit, meaning) {#name, ROW_##kind, unit, meaning},
    ROW_COLUMNS(X)
#undef X
};

_Static_assert(sizeof(struct row) == ROW_COLUMN_COUNT * sizeof(int64_t), "a row is an array");
