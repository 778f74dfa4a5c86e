#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../alarms/alarms.h"
#include "../out/manifest.h"
#include "../out/stage.h"
#include "values.h"

static const struct {
    const char *name;
    double p;
} quantiles[] = {
#define X(name, p) {name, p},
    SUMMARY_QUANTILES(X)
#undef X
};

/* The values a metric's statistics are over: finite ones to `value`, and how many are infinite.
 * False when the column says nothing of any trial. */
static bool select_values(size_t number, const int64_t *cell, const struct values_about *about,
                          size_t rows, int64_t *value, struct summary_metric *metric,
                          struct sample *sample)
{
    uint64_t finite = 0;
    bool any = false;
    for (size_t i = 0; i < rows; i++) {
        enum values_fate fate = values_fate(metric->kind, number, cell[i], about, i);
        any |= fate != VALUES_NONE;
        metric->censored += fate == VALUES_BEYOND;
        if (fate != VALUES_TAKEN)
            continue;
        value[finite++] = cell[i];
        metric->positive += cell[i] > 0;
    }
    metric->n = finite + metric->censored;
    *sample = (struct sample){.value = value, .finite = finite, .n = metric->n};
    return any;
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

/* Quantiles and extremes, which are asked for by rank. */
static void take_ranks(struct summary_metric *metric, const struct sample *sample)
{
    if (sample->n == 0)
        return;
    metric->min = sample->finite ? sample_at(sample, 1) : QUANTILE_ABOVE;
    metric->max = metric->censored ? QUANTILE_ABOVE : sample_at(sample, sample->finite);
    for (size_t k = 0; k < SUMMARY_QUANTILE_COUNT; k++)
        metric->quantile[k] = quantile_of(sample, quantiles[k].p, SUMMARY_LEVEL);
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
    summary->alarm_any = rated_with_any(&rated);
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

/* A metric of a column of rows, unless it says nothing of any of them. */
static void compute_metric(struct summary *summary, const struct csv_column *own,
                           const struct values_about *about, int64_t *value)
{
    const struct row_column *column = row_column_find(own->name);
    size_t number = values_number(own->name);
    if (!column || !own->whole || column->kind == ROW_id || summary->metrics == SUMMARY_METRICS_MAX)
        return;
    struct sample sample;
    struct summary_metric *metric = add_metric(summary, column, own->name);
    if (!select_values(number, own->whole, about, summary->trials, value, metric, &sample)) {
        *metric = (struct summary_metric){.n = 0};
        summary->metrics--;
        return;
    }
    metric->mean = mean_of(&sample);
    sample_sort(value, sample.finite);
    take_ranks(metric, &sample);
}

static bool differ(const struct csv_table *table, const char *a, const char *b)
{
    const struct csv_column *x = csv_table_column(table, a), *y = csv_table_column(table, b);
    return x && y && x->whole && y->whole &&
           memcmp(x->whole, y->whole, table->rows * sizeof *x->whole) != 0;
}

static void take_recovered(struct summary *summary)
{
    proportion_interval(summary->recovered, summary->trials, SUMMARY_LEVEL, &summary->recovered_low,
                        &summary->recovered_high);
}

bool summary_compute(const struct csv_table *table, struct summary *summary, struct error *error)
{
    const struct values_about about = gather_about(table);
    *summary = (struct summary){.trials = table->rows};
    if (!about.status)
        return error_set(error, EXIT_INPUT, "no column \"status\" among the trials");
    if (table->rows == 0)
        return error_set(error, EXIT_INPUT, "no trials");
    for (size_t i = 0; i < table->rows; i++) {
        summary->recovered += about.status[i] == ROW_RECOVERED;
        summary->steady += about.status[i] == ROW_STEADY;
    }
    summary->several = differ(table, "outage_first_ns", "outage_last_ns") ||
                       differ(table, "ipsec_first_ns", "ipsec_last_ns");
    take_recovered(summary);
    int64_t *value = malloc(table->rows * sizeof *value);
    CHECK(value);
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++) {
        const struct csv_column *own = csv_table_column(table, row_columns[i].name);
        if (own)
            compute_metric(summary, own, &about, value);
    }
    for (size_t i = 0; i < table->columns; i++)
        if (row_class_column_find(table->column[i].name))
            compute_metric(summary, &table->column[i], &about, value);
    free(value);
    return true;
}

static void take_counted(const struct counted_metric *from, struct summary_metric *metric)
{
    struct sample sample = counted_sample(from);
    metric->n = from->n;
    metric->censored = from->n - from->finite;
    metric->mean = NAN;
    if (from->n > 0 && metric->censored == 0)
        metric->mean = (double)counted_sum(from) / (double)from->n;
    size_t first = 0; /* above 0, which is always known */
    while (first < from->atoms && from->atom[first].value <= 0)
        first++;
    if (first < from->atoms)
        metric->positive = from->finite - from->atom[first].below;
    take_ranks(metric, &sample);
}

/* The first is never after the last: where their sums and numbers are the same, all values are. */
static bool differ_counted(const struct counted *counted, const char *a, const char *b)
{
    const struct counted_metric *x = counted_find(counted, a), *y = counted_find(counted, b);
    return x && y && (x->finite != y->finite || counted_sum(x) != counted_sum(y));
}

bool summary_of_counted(const struct counted *counted, struct summary *summary, struct error *error)
{
    const struct counted_metric *status = counted_find(counted, "status");
    if (status == NULL || status->n == 0)
        return error_set(error, EXIT_INPUT, "no metric \"status\" among the counts");
    *summary = (struct summary){.trials = status->n,
                                .recovered = counted_status(counted, ROW_RECOVERED),
                                .steady = counted_status(counted, ROW_STEADY)};
    summary->several = differ_counted(counted, "outage_first_ns", "outage_last_ns") ||
                       differ_counted(counted, "ipsec_first_ns", "ipsec_last_ns");
    take_recovered(summary);
    for (size_t i = 0; i < counted->metrics; i++) {
        const struct counted_metric *from = &counted->metric[i];
        if (from->kind != ROW_id && summary->metrics < SUMMARY_METRICS_MAX)
            take_counted(from, add_metric(summary, row_column_find(from->name), from->name));
    }
    return true;
}

bool summary_part(struct gather *gather, const struct csv_table *rows, bool last,
                  struct summary *summary, bool *whole, struct error *error)
{
    enum gather_state state = gather_part(gather, rows, last, error);
    *whole = state == GATHER_AS_ROWS || state == GATHER_COUNTED;
    if (state == GATHER_AS_ROWS)
        return summary_compute(rows, summary, error);
    if (state == GATHER_COUNTED)
        return summary_of_counted(&gather->counted, summary, error);
    return state == GATHER_MORE;
}

/* For csv_table_parts. */
struct loading {
    struct gather gather;
    struct summary *summary;
};

static bool load_part(const struct csv_table *rows, int64_t arm, bool last, void *context,
                      struct error *error)
{
    struct loading *loading = context;
    bool whole;
    (void)arm;
    return summary_part(&loading->gather, rows, last, loading->summary, &whole, error);
}

static bool load_rows(const char *dir, size_t most, struct summary *summary, struct error *error)
{
    struct loading loading = {.summary = summary};
    struct csv_names names = {0};
    char *path = path_join(dir, "trials.csv");
    gather_init(&loading.gather, dir);
    bool good = csv_names_read(path, false, &names, error) &&
                csv_table_parts(path, names.name, names.n, most, load_part, &loading, error) &&
                manifest_check_rows(dir, summary->trials, error);
    gather_fini(&loading.gather);
    csv_names_fini(&names);
    free(path);
    return good;
}

static bool load_counted(const struct counted *counted, int64_t arm, void *context,
                         struct error *error)
{
    (void)arm;
    return summary_of_counted(counted, context, error);
}

bool summary_load_by(const char *dir, size_t most, struct summary *summary, struct error *error)
{
    struct alarms alarms;
    bool good = counted_there(dir) ? counted_each(dir, load_counted, summary, error)
                                   : load_rows(dir, most, summary, error);
    if (!good || !alarms_read(dir, ALARMS_NO_ARM, &alarms, error))
        return false;
    summary_take_alarms(summary, &alarms);
    alarms_fini(&alarms);
    return true;
}

bool summary_load(const char *dir, struct summary *summary, struct error *error)
{
    return summary_load_by(dir, GATHER_ROWS, summary, error);
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
static void put_rate(struct csv_buffer *buffer, double rate)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", rate);
    csv_put_text(buffer, text);
}

static void put_share(struct csv_buffer *buffer, double share)
{
    char text[SHARE_TEXT_MAX];
    csv_put_text(buffer, share_text(text, share, 1.0, SHARE_NEAREST));
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
    char caveat[RATE_CAVEAT_MAX];
    if (summary->alarm_trials == 0)
        return;
    put_arm(buffer, arm);
    csv_put_text(buffer, "false_alarms");
    csv_put_text(buffer, "1/day");
    csv_put_text(buffer, "rate");
    csv_put_int64(buffer, (int64_t)summary->alarm_trials);
    put_rate(buffer, summary->alarms.value);
    put_rate(buffer, summary->alarms.low);
    put_rate(buffer, summary->alarms.high);
    csv_put_text(buffer, rate_caveat(caveat, summary->alarm_any, summary->alarm_trials));
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
