#include "values.h"

#include <string.h>

size_t values_number(const char *name)
{
    size_t i = 0;
    while (i < ROW_COLUMN_COUNT && strcmp(row_columns[i].name, name) != 0)
        i++;
    return i;
}

static bool applies(enum row_kind kind, size_t number, int64_t cell, const int64_t *system)
{
    if (number == VALUES_OF_CLASS)
        return true;
    if (system != NULL)
        return row_column_applies(number, *system);
    /* What is not of this system is never; of these kinds nothing else is. */
    return cell != VALUES_NEVER || (kind != ROW_phase && kind != ROW_amount);
}

enum values_fate values_fate(enum row_kind kind, size_t number, int64_t cell,
                             const struct values_about *about, size_t trial)
{
    size_t at = trial * about->stride;
    int64_t status = about->status[at];
    bool outcome = kind == ROW_outcome || kind == ROW_client;
    if (!applies(kind, number, cell, about->system != NULL ? &about->system[at] : NULL))
        return VALUES_NONE;
    if (kind == ROW_phase && about->outage != NULL)
        return about->outage[at] == VALUES_NEVER ? VALUES_OUT : VALUES_TAKEN;
    if (kind == ROW_phase)
        return status == ROW_RECOVERED ? VALUES_TAKEN : VALUES_OUT;
    if (outcome && status == ROW_STEADY)
        return VALUES_OUT;
    if (cell != VALUES_NEVER || (!outcome && kind != ROW_moment))
        return VALUES_TAKEN;
    return outcome ? VALUES_BEYOND : VALUES_OUT;
}
