#include "world/row.h"

#include <stdio.h>
#include <string.h>

#include "engine/check.h"

#define X(name, kind, unit, meaning) {#name, ROW_##kind, unit, meaning},
const struct row_column row_columns[ROW_COLUMN_COUNT] = {ROW_COLUMNS(X)};
const struct row_column row_class_columns[ROW_CLASS_COLUMN_COUNT] = {ROW_CLASS_COLUMNS(X)};
#undef X

_Static_assert(sizeof(struct row_class) == ROW_CLASS_COLUMN_COUNT * sizeof(int64_t), "an array");
_Static_assert(offsetof(struct row, class) == ROW_COLUMN_COUNT * sizeof(int64_t),
               "a row is an array");

static const char prefix[] = "class.";

char *row_class_name(char text[ROW_NAME_MAX], const char *class_name,
                     const struct row_column *column)
{
    snprintf(text, ROW_NAME_MAX, "%s%s.%s", prefix, class_name, column->name);
    return text;
}

static const struct row_column *find(const struct row_column *columns, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

const struct row_column *row_class_column_find(const char *name)
{
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return NULL;
    return find(row_class_columns, ROW_CLASS_COLUMN_COUNT, strrchr(name, '.') + 1);
}

const struct row_column *row_column_find(const char *name)
{
    const struct row_column *column = row_class_column_find(name);
    return column != NULL ? column : find(row_columns, ROW_COLUMN_COUNT, name);
}

#define COLUMN(name) (offsetof(struct row, name) / sizeof(int64_t))

/* Columns of one system alone. */
static const size_t ipsec_only[] = {
    COLUMN(silence_ns),        COLUMN(idle_expiry_ns),    COLUMN(sa_end),
    COLUMN(acquire_ns),        COLUMN(stale_qm_start_ns), COLUMN(sum_ns),
    COLUMN(phase_stale_qm_ns), COLUMN(phase_qm_wait_ns),  COLUMN(ipsec_ns),
    COLUMN(ipsec_first_ns),    COLUMN(ipsec_median_ns),   COLUMN(ipsec_last_ns),
};

/* Of IPsec and storms. */
static const size_t not_tls[] = {
    COLUMN(mm_start_ns),        COLUMN(mm_done_ns),       COLUMN(qm_done_ns),
    COLUMN(phase_mm_failed_ns), COLUMN(phase_mm_ns),      COLUMN(phase_qm_ns),
    COLUMN(outage_first_ns),    COLUMN(outage_median_ns), COLUMN(outage_last_ns),
};

/* Of requests and SAs that a storm does not have. */
static const size_t not_storm[] = {
    COLUMN(deletes_lost),
    COLUMN(failback_gone_ns),
    COLUMN(failback_outage_ns),
    COLUMN(phase_wait_ns),
    COLUMN(phase_app_ns),
    COLUMN(requests_sent),
    COLUMN(requests_answered),
    COLUMN(requests_lost),
    COLUMN(requests_clear),
    COLUMN(requests_clear_outage),
    COLUMN(passwords_clear),
    COLUMN(passwords_clear_outage),
    COLUMN(soft_sas),
    COLUMN(clear_refused),
    COLUMN(teardowns),
    COLUMN(teardowns_idle),
    COLUMN(cut_ns),
};

static bool one_of(const size_t *list, size_t n, size_t column)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == column)
            return true;
    return false;
}

bool row_column_applies(size_t column, int64_t system)
{
    bool of_tls = column >= COLUMN(secure_ns) && column <= COLUMN(event_1037);
    bool of_storm = column >= COLUMN(clients);
    if (system == ROW_SYSTEM_IPSEC)
        return !of_tls && !of_storm;
    if (one_of(ipsec_only, COUNT_OF(ipsec_only), column))
        return false;
    if (system == ROW_SYSTEM_TLS)
        return !of_storm && !one_of(not_tls, COUNT_OF(not_tls), column);
    return !of_tls && !one_of(not_storm, COUNT_OF(not_storm), column);
}
