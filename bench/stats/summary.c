#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../alarms/alarms.h"
#include "../out/stage.h"

static const struct {
    const char *name;
    double p;
} quantiles[] = {
#define X(name, p) {name, p},
    SUMMARY_QUANTILES(X)
#undef X
};

#define NEVER (-1) /* in moments and outcomes of trials.csv */

/* Columns that say which trials count. */
struct trials {
    const int64_t *outage, *status, *system;
    size_t rows;
};

/* Number of a column that is not in the registry's order: one of a traffic class. */
#define OF_CLASS ROW_COLUMN_COUNT

static bool is_outcome(enum row_kind kind)
{
    return kind == ROW_outcome || kind == ROW_client;
}

static bool counts(size_t column, const struct trials *trials, size_t i)
{
    return column == OF_CLASS || row_column_applies(column, trials->system[i]);
}

/* The values a metric's statistics are over: finite ones to `value`, and how many are infinite. */
static void select_values(size_t column, const int64_t *cell, const struct trials *trials,
                          int64_t *value, struct summary_metric *metric, struct sample *sample)
{
    enum row_kind kind = metric->kind;
    bool can_be_never = is_outcome(kind) || kind == ROW_moment;
    uint64_t finite = 0, never = 0;
    for (size_t i = 0; i < trials->rows; i++) {
        if (!counts(column, trials, i))
            continue;
        if (kind == ROW_phase && trials->outage[i] == NEVER)
            continue;
        if (is_outcome(kind) && trials->status[i] == ROW_STEADY)
            continue;
        if (can_be_never && cell[i] == NEVER) {
            never++;
            continue;
        }
        value[finite++] = cell[i];
        metric->positive += cell[i] > 0;
    }
    metric->censored = is_outcome(kind) ? never : 0;
    metric->n = finite + metric->censored;
    *sample = (struct sample){value, finite, metric->n};
}

/* Whether a column says something of any trial. */
static bool applies(size_t column, const struct trials *trials)
{
    for (size_t i = 0; i < trials->rows; i++)
        if (row_column_applies(column, trials->system[i]))
            return true;
    return false;
}

static double mean_of(const struct sample *sample)
{
    if (sample->n == 0 || sample->finite < sample->n)
        return NAN;
    __int128 sum = 0; /* exact, so that no order of trials changes a digit */
    for (uint64_t i = 0; i < sample->n; i++)
        sum += sample->value[i];
    return (double)sum / (double)sample->n;
}

static void compute_metric(size_t column, const int64_t *cell, const struct trials *trials,
                           int64_t *value, struct summary_metric *metric)
{
    struct sample sample;
    select_values(column, cell, trials, value, metric, &sample);
    metric->mean = mean_of(&sample);
    if (sample.n == 0)
        return;
    sample_sort(value, sample.finite);
    metric->min = sample.finite ? value[0] : QUANTILE_ABOVE;
    metric->max = metric->censored ? QUANTILE_ABOVE : value[sample.finite - 1];
    for (size_t k = 0; k < SUMMARY_QUANTILE_COUNT; k++)
        metric->quantile[k] = quantile_of(&sample, quantiles[k].p, SUMMARY_LEVEL);
}

static const int64_t *whole_column(const struct csv_table *table, const char *name,
                                   struct error *error)
{
    const struct csv_column *column = csv_table_column(table, name);
    if (column && column->whole)
        return column->whole;
    error_set(error, EXIT_INPUT, "no column \"%s\" among the trials", name);
    return NULL;
}

void summary_take_alarms(struct summary *summary, const struct alarms *alarms)
{
    if (alarms->n == 0)
        return;
    struct rated rated = alarms_rated(alarms, ALARMS_teardowns);
    struct rate rate = rate_of(&rated, SUMMARY_LEVEL);
    summary->alarms = (struct rate){rate.value * ALARMS_DAY_NS, rate.low * ALARMS_DAY_NS,
                                    rate.high * ALARMS_DAY_NS};
    summary->alarm_trials = alarms->n;
    for (uint64_t i = 0; i < alarms->n; i++)
        summary->alarm_hours += (double)alarms->value[ALARMS_time_ns][i] / 3600e9;
}

static struct summary_metric *add_metric(struct summary *summary, const struct row_column *column,
                                         const char *name)
{
    struct summary_metric *metric = &summary->metric[summary->metrics++];
    snprintf(metric->name, sizeof metric->name, "%s", name);
    metric->kind = column->kind;
    metric->unit = column->unit;
    return metric;
}

static bool differ(const struct csv_table *table, const char *a, const char *b)
{
    const struct csv_column *x = csv_table_column(table, a), *y = csv_table_column(table, b);
    return x && y && x->whole && y->whole &&
           memcmp(x->whole, y->whole, table->rows * sizeof *x->whole) != 0;
}

bool summary_compute(const struct csv_table *table, struct summary *summary, struct error *error)
{
    *summary = (struct summary){.trials = table->rows};
    const int64_t *status = whole_column(table, "status", error);
    const int64_t *outage = whole_column(table, "outage_ns", error);
    const int64_t *system = whole_column(table, "system", error);
    if (!status || !outage || !system)
        return false;
    const struct trials trials = {outage, status, system, table->rows};
    if (table->rows == 0)
        return error_set(error, EXIT_INPUT, "no trials");
    for (size_t i = 0; i < table->rows; i++) {
        summary->recovered += status[i] == ROW_RECOVERED;
        summary->steady += status[i] == ROW_STEADY;
    }
    summary->several = differ(table, "outage_first_ns", "outage_last_ns") ||
                       differ(table, "ipsec_first_ns", "ipsec_last_ns");
    proportion_interval(summary->recovered, summary->trials, SUMMARY_LEVEL, &summary->recovered_low,
                        &summary->recovered_high);
    int64_t *value = malloc(table->rows * sizeof *value);
    CHECK(value);
    bool good = true;
    for (size_t i = 0; i < ROW_COLUMN_COUNT && good; i++) {
        if (row_columns[i].kind == ROW_id || !applies(i, &trials))
            continue;
        const int64_t *cell = whole_column(table, row_columns[i].name, error);
        good = cell != NULL;
        if (good)
            compute_metric(i, cell, &trials, value,
                           add_metric(summary, &row_columns[i], row_columns[i].name));
    }
    for (size_t i = 0; i < table->columns && good; i++) {
        const struct csv_column *own = &table->column[i];
        const struct row_column *column = row_class_column_find(own->name);
        if (column && own->whole && summary->metrics < SUMMARY_METRICS_MAX)
            compute_metric(OF_CLASS, own->whole, &trials, value,
                           add_metric(summary, column, own->name));
    }
    free(value);
    return good;
}

bool summary_load(const char *dir, struct summary *summary, struct error *error)
{
    char *path = path_join(dir, "trials.csv");
    struct csv_table table = {0};
    struct csv_names names = {0};
    bool good = csv_names_read(path, false, &names, error) &&
                csv_table_read(path, names.name, names.n, &table, error) &&
                summary_compute(&table, summary, error);
    csv_table_fini(&table);
    csv_names_fini(&names);
    free(path);
    struct alarms alarms;
    if (!good || !alarms_read(dir, ALARMS_NO_ARM, &alarms, error))
        return false;
    summary_take_alarms(summary, &alarms);
    alarms_fini(&alarms);
    return true;
}

const struct summary_metric *summary_find(const struct summary *summary, const char *metric)
{
    for (size_t i = 0; i < summary->metrics; i++)
        if (strcmp(summary->metric[i].name, metric) == 0)
            return &summary->metric[i];
    return NULL;
}

double summary_total(const struct summary *summary, const char *metric)
{
    const struct summary_metric *found = summary_find(summary, metric);
    return found == NULL || found->n == 0 ? 0.0 : round(found->mean * (double)found->n);
}

const struct quantile *summary_quantile(const struct summary_metric *metric, double p)
{
    for (size_t k = 0; k < SUMMARY_QUANTILE_COUNT; k++)
        if (quantiles[k].p == p)
            return &metric->quantile[k];
    return NULL;
}

/* Why a cell of the row is empty. */
static void explain(const struct summary_metric *metric, const struct quantile *q, double p,
                    char *note, size_t size)
{
    note[0] = '\0';
    size_t length = 0;
#define SAY(...)                                                                                   \
    (length += (size_t)snprintf(note + length, size - length, __VA_ARGS__), CHECK(length < size))
    if (q->value == QUANTILE_ABOVE)
        SAY("beyond the horizon (%lu of %lu censored)", metric->censored, metric->n);
    else if (q->rank.high <= metric->n && q->high == QUANTILE_ABOVE)
        SAY("upper limit beyond the horizon (%lu of %lu censored)", metric->censored, metric->n);
    if (q->rank.high > metric->n)
        SAY("%sno finite upper limit: needs n >= %lu", length ? "; " : "",
            quantile_n_upper(p, SUMMARY_LEVEL));
    if (q->rank.low == 0)
        SAY("%sno finite lower limit: needs n >= %lu", length ? "; " : "",
            quantile_n_lower(p, SUMMARY_LEVEL));
#undef SAY
}

static void put_known(struct csv_buffer *buffer, int64_t value)
{
    if (value == QUANTILE_ABOVE || value == QUANTILE_BELOW)
        csv_put_text(buffer, "");
    else
        csv_put_int64(buffer, value);
}

/* Rows of a sweep begin with the arm. */
static void put_arm(struct csv_buffer *buffer, int64_t arm)
{
    if (arm != SUMMARY_NO_ARM)
        csv_put_int64(buffer, arm);
}

static void put_head(struct csv_buffer *buffer, int64_t arm, const struct summary_metric *metric,
                     const char *statistic)
{
    put_arm(buffer, arm);
    csv_put_text(buffer, metric->name);
    csv_put_text(buffer, metric->unit);
    csv_put_text(buffer, statistic);
    csv_put_int64(buffer, (int64_t)metric->n);
}

static void put_extreme(struct csv_buffer *buffer, int64_t arm, const struct summary_metric *metric,
                        const char *statistic, int64_t value)
{
    struct quantile q = {value, value, value, {1, 1, 1}};
    char note[128];
    explain(metric, &q, 0.5, note, sizeof note);
    put_head(buffer, arm, metric, statistic);
    put_known(buffer, metric->n ? value : QUANTILE_ABOVE);
    csv_put_text(buffer, "");
    csv_put_text(buffer, "");
    csv_put_text(buffer, metric->n ? note : "never happened");
    csv_end_row(buffer);
}

static void put_quantile(struct csv_buffer *buffer, int64_t arm,
                         const struct summary_metric *metric, size_t k)
{
    const struct quantile *q = &metric->quantile[k];
    char note[256] = "never happened";
    if (metric->n)
        explain(metric, q, quantiles[k].p, note, sizeof note);
    put_head(buffer, arm, metric, quantiles[k].name);
    put_known(buffer, metric->n ? q->value : QUANTILE_ABOVE);
    put_known(buffer, metric->n ? q->low : QUANTILE_BELOW);
    put_known(buffer, metric->n ? q->high : QUANTILE_ABOVE);
    csv_put_text(buffer, note);
    csv_end_row(buffer);
}

/* Six digits: the interval comes out of exp and log, whose last bits differ between machines. */
static void put_share(struct csv_buffer *buffer, double share)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", share);
    csv_put_text(buffer, text);
}

static void put_recovered(struct csv_buffer *buffer, int64_t arm, const struct summary *summary)
{
    put_arm(buffer, arm);
    csv_put_text(buffer, "recovered");
    csv_put_text(buffer, "");
    csv_put_text(buffer, "share");
    csv_put_int64(buffer, (int64_t)summary->trials);
    put_share(buffer, (double)summary->recovered / (double)summary->trials);
    put_share(buffer, summary->recovered_low);
    put_share(buffer, summary->recovered_high);
    csv_put_text(buffer, "");
    csv_end_row(buffer);
}

static void put_alarms(struct csv_buffer *buffer, int64_t arm, const struct summary *summary)
{
    if (summary->alarm_trials == 0)
        return;
    put_arm(buffer, arm);
    csv_put_text(buffer, "false_alarms");
    csv_put_text(buffer, "1/day");
    csv_put_text(buffer, "rate");
    csv_put_int64(buffer, (int64_t)summary->alarm_trials);
    put_share(buffer, summary->alarms.value);
    put_share(buffer, summary->alarms.low);
    put_share(buffer, summary->alarms.high);
    csv_put_text(buffer, "");
    csv_end_row(buffer);
}

/* All sessions of all trials together: which share had no TLS. */
static void put_without_tls(struct csv_buffer *buffer, int64_t arm, const struct summary *summary)
{
    double done = summary_total(summary, "sessions_done");
    if (done == 0.0)
        return;
    put_arm(buffer, arm);
    csv_put_text(buffer, "without_tls");
    csv_put_text(buffer, "");
    csv_put_text(buffer, "share");
    csv_put_int64(buffer, (int64_t)done);
    put_share(buffer, summary_total(summary, "sessions_clear") / done);
    csv_put_text(buffer, "");
    csv_put_text(buffer, "");
    csv_put_text(buffer, "of all sessions; no interval: those of a trial are alike");
    csv_end_row(buffer);
}

void summary_put_header(struct csv_buffer *buffer, bool arms)
{
    static const char *const header[] = {"metric", "unit",   "statistic", "n",
                                         "value",  "ci_low", "ci_high",   "note"};
    if (arms)
        csv_put_text(buffer, CSV_ARM);
    for (size_t i = 0; i < COUNT_OF(header); i++)
        csv_put_text(buffer, header[i]);
    csv_end_row(buffer);
}

void summary_put_rows(struct csv_buffer *buffer, int64_t arm, const struct summary *summary)
{
    put_recovered(buffer, arm, summary);
    put_alarms(buffer, arm, summary);
    put_without_tls(buffer, arm, summary);
    for (size_t i = 0; i < summary->metrics; i++) {
        const struct summary_metric *metric = &summary->metric[i];
        for (size_t k = 0; k < SUMMARY_QUANTILE_COUNT; k++)
            put_quantile(buffer, arm, metric, k);
        put_extreme(buffer, arm, metric, "min", metric->min);
        put_extreme(buffer, arm, metric, "max", metric->max);
    }
}

bool summary_write_rows(const struct csv_buffer *buffer, const char *dir, struct error *error)
{
    return whole_file_write(dir, "summary.csv", buffer->data, buffer->length, error);
}

bool summary_save(const struct summary *summary, const char *dir, struct error *error)
{
    struct csv_buffer buffer = {0};
    summary_put_header(&buffer, false);
    summary_put_rows(&buffer, SUMMARY_NO_ARM, summary);
    bool good = summary_write_rows(&buffer, dir, error);
    csv_buffer_fini(&buffer);
    return good;
}

bool summary_write(const char *dir, struct error *error)
{
    struct summary summary;
    return summary_load(dir, &summary, error) && summary_save(&summary, dir, error);
}
