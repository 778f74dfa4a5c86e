#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../alarms/alarms.h"
#include "../out/manifest.h"
#include "../stats/summary.h"
#include "arm_list.h"

/* What the table for people needs of one arm. */
struct line {
    struct summary_metric outage, ipsec;
    bool steady; /* nothing was to fail */
    struct rate alarms;
    uint64_t alarm_trials, alarm_any; /* of these, with any */
    /* Of SMTP sessions: those with a message accepted, of these without TLS; events. */
    double sessions, clear, event_12012, event_12013, event_12015, event_1037;
};

struct report {
    struct arm_list arms;
    struct line *line;
    size_t lines;
    uint64_t trials; /* rows of all arms */
    struct line *alarms; /* of each arm, before its trials are read */
    struct csv_buffer rows;
    struct gather gather;
};

/* Those of the arm in alarms.csv; without that file its own trials, if nothing was to fail and they
 * are in memory (NULL: they are not). */
static void take_alarms(const struct report *report, size_t arm, const struct csv_table *rows,
                        struct summary *summary)
{
    const struct csv_column *teardowns = rows ? csv_table_column(rows, "teardowns") : NULL;
    const struct csv_column *time = rows ? csv_table_column(rows, "time_ns") : NULL;
    if (report->alarms[arm].alarm_trials > 0) {
        summary->alarms = report->alarms[arm].alarms;
        summary->alarm_trials = report->alarms[arm].alarm_trials;
        summary->alarm_any = report->alarms[arm].alarm_any;
    } else if (summary->steady == summary->trials && teardowns && time) {
        struct alarms own = {.n = rows->rows};
        own.value[ALARMS_teardowns] = teardowns->whole;
        own.value[ALARMS_time_ns] = time->whole;
        summary_take_alarms(summary, &own);
    }
}

static void note_alarms(void *context, int64_t arm, const struct alarms *alarms)
{
    struct report *report = context;
    struct summary summary = {0};
    summary_take_alarms(&summary, alarms);
    if ((size_t)arm < report->arms.n)
        report->alarms[arm] = (struct line){.alarms = summary.alarms,
                                            .alarm_trials = summary.alarm_trials,
                                            .alarm_any = summary.alarm_any};
}

static bool check_arm(const struct report *report, int64_t arm, struct error *error)
{
    return ((size_t)arm == report->lines && report->lines < report->arms.n) ||
           error_set(error, EXIT_INPUT,
                     "trials.csv has arm %" PRId64 " where arms.csv has arms 0 to %zu, each "
                     "with trials",
                     arm, report->arms.n - 1);
}

/* A metric, or one of nothing where the arm has none or --columns left it out. */
static struct summary_metric metric_of(const struct summary *summary, const char *name)
{
    const struct summary_metric *metric = summary_find(summary, name);
    return metric != NULL ? *metric : (struct summary_metric){.n = 0};
}

static void add_arm(struct report *report, const struct csv_table *rows, struct summary *summary)
{
    take_alarms(report, report->lines, rows, summary);
    summary_put_rows(&report->rows, (int64_t)report->lines, summary);
    report->line[report->lines++] =
        (struct line){.outage = metric_of(summary, "outage_ns"),
                      .ipsec = metric_of(summary, "ipsec_ns"),
                      .steady = summary->steady == summary->trials,
                      .alarms = summary->alarms,
                      .alarm_trials = summary->alarm_trials,
                      .alarm_any = summary->alarm_any,
                      .sessions = summary_total(summary, "sessions_done"),
                      .clear = summary_total(summary, "sessions_clear"),
                      .event_12012 = summary_total(summary, "event_12012"),
                      .event_12013 = summary_total(summary, "event_12013"),
                      .event_12015 = summary_total(summary, "event_12015"),
                      .event_1037 = summary_total(summary, "event_1037")};
}

static bool take_part(const struct csv_table *rows, int64_t arm, bool last, void *context,
                      struct error *error)
{
    struct report *report = context;
    struct summary summary;
    bool whole;
    report->trials += rows->rows;
    if (!check_arm(report, arm, error) ||
        !summary_part(&report->gather, rows, last, &summary, &whole, error))
        return false;
    if (whole)
        add_arm(report, summary.trials == rows->rows ? rows : NULL, &summary);
    return true;
}

static bool read_rows(struct report *report, const char *dir, struct error *error)
{
    struct csv_names names;
    char *path = path_join(dir, "trials.csv");
    gather_init(&report->gather, dir);
    bool good = csv_names_read(path, true, &names, error) &&
                csv_table_parts(path, names.name, names.n, GATHER_ROWS, take_part, report, error) &&
                manifest_check_rows(dir, report->trials, error);
    gather_fini(&report->gather);
    csv_names_fini(&names);
    free(path);
    return good;
}

static bool take_counted(const struct counted *counted, int64_t arm, void *context,
                         struct error *error)
{
    struct report *report = context;
    struct summary summary;
    if (!check_arm(report, arm, error) || !summary_of_counted(counted, &summary, error))
        return false;
    add_arm(report, NULL, &summary);
    return true;
}

static bool read_trials(struct report *report, const char *dir, struct error *error)
{
    bool good = counted_there(dir) ? counted_each(dir, take_counted, report, error)
                                   : read_rows(report, dir, error);
    if (good && report->lines < report->arms.n)
        return error_set(error, EXIT_INPUT, "trials.csv has no trials of arm %zu", report->lines);
    return good;
}

/* Columns of a terminal that a text of printable UTF-8 takes, near enough: one a character. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static int name_width(const struct arm_list *arms)
{
    int width = 4;
    for (size_t i = 0; i < arms->n; i++) {
        int own = width_of(arms->arm[i].name);
        width = own > width ? own : width;
    }
    return width;
}

static char *limit_text(char text[TIME_TEXT_MAX], int64_t ns)
{
    if (ns != QUANTILE_ABOVE && ns != QUANTILE_BELOW)
        return time_text(text, ns);
    strcpy(text, "no limit");
    return text;
}

static void print_metric(FILE *out, const char *name, int width,
                         const struct summary_metric *metric)
{
    char p50[TIME_TEXT_MAX], p95[TIME_TEXT_MAX], p99[TIME_TEXT_MAX], low[TIME_TEXT_MAX],
        high[TIME_TEXT_MAX];
    const struct quantile *q = summary_quantile(metric, 0.99);
    fprintf(out, "%s%*s %11s %11s %11s  [%s, %s]", name, width - width_of(name), "",
            time_text(p50, summary_quantile(metric, 0.5)->value),
            time_text(p95, summary_quantile(metric, 0.95)->value), time_text(p99, q->value),
            limit_text(low, q->low), limit_text(high, q->high));
    if (metric->censored > 0)
        fprintf(out, "  %" PRIu64 " of %" PRIu64 " beyond the horizon", metric->censored,
                metric->n);
    fputc('\n', out);
}

static void print_table(FILE *out, const struct report *report, const char *title, bool ipsec)
{
    int width = name_width(&report->arms);
    bool any = false;
    for (size_t i = 0; i < report->lines; i++) {
        const struct line *line = &report->line[i];
        const struct summary_metric *metric = ipsec ? &line->ipsec : &line->outage;
        if (metric->n == 0)
            continue; /* an arm without IPsec, or left out by --columns */
        if (!any)
            fprintf(out, "%s\n%-*s %11s %11s %11s  95 %% interval of p99\n", title, width, "arm",
                    "p50", "p95", "p99");
        any = true;
        print_metric(out, report->arms.arm[i].name, width, metric);
    }
}

static void print_sessions(FILE *out, const struct report *report)
{
    int width = name_width(&report->arms);
    fprintf(out, "\nSMTP sessions with a message accepted, events\n%-*s %9s %11s %8s %8s %8s %8s\n",
            width, "arm", "sessions", "without TLS", "12012", "12013", "12015", "1037");
    for (size_t i = 0; i < report->lines; i++) {
        const struct line *line = &report->line[i];
        if (line->sessions == 0.0)
            continue;
        const char *name = report->arms.arm[i].name;
        fprintf(out, "%s%*s %9.0f %9.4g %% %8.0f %8.0f %8.0f %8.0f\n", name, width - width_of(name),
                "", line->sessions, 100.0 * line->clear / line->sessions, line->event_12012,
                line->event_12013, line->event_12015, line->event_1037);
    }
}

/* Whether some arm has IPsec (or SMTP sessions) to tell of. */
static bool some(const struct report *report, bool ipsec)
{
    for (size_t i = 0; i < report->lines; i++)
        if (ipsec ? report->line[i].ipsec.n > 0 : report->line[i].sessions > 0.0)
            return true;
    return false;
}

static void print_alarms(FILE *out, const struct report *report, const char *before)
{
    int width = name_width(&report->arms);
    bool known = false;
    for (size_t i = 0; i < report->lines; i++)
        known |= report->line[i].alarm_trials > 0;
    if (!known)
        return;
    fprintf(out,
            "%sfalse alarms a day: healthy SAs given up while nothing fails\n%-*s %11s  95 %% "
            "interval\n",
            before, width, "arm", "a day");
    bool few = false;
    for (size_t i = 0; i < report->lines; i++) {
        const struct rate *r = &report->line[i].alarms;
        bool marked = report->line[i].alarm_trials > 0 && report->line[i].alarm_any < RATE_FEW;
        few |= marked;
        fprintf(out, "%s%*s %11.4g  [%.4g, %.4g]%s\n", report->arms.arm[i].name,
                width - width_of(report->arms.arm[i].name), "", r->value, r->low, r->high,
                marked ? " *" : "");
    }
    if (few)
        fprintf(out,
                "*: of fewer than %d trials with any: too few, the interval is too narrow where "
                "they come in bursts\n",
                RATE_FEW);
}

static bool all_steady(const struct report *report)
{
    for (size_t i = 0; i < report->lines; i++)
        if (!report->line[i].steady)
            return false;
    return true;
}

static size_t system_key(const struct arm_list *arms)
{
    size_t key = 0;
    while (key < arms->keys && strcmp(arms->key[key], "trial.system") != 0)
        key++;
    return key;
}

/* A storm has no requests. Unless the system is swept all arms have that of the first, so that the
 * manifest is read but once. */
static size_t count_storms(const struct arm_list *arms, const char *dir)
{
    size_t key = system_key(arms), storms = 0;
    if (key == arms->keys)
        return manifest_is_storm(dir, 0) ? arms->n : 0;
    for (size_t i = 0; i < arms->n; i++)
        storms += strcmp(arms->arm[i].value[key], "storm") == 0;
    return storms;
}

static const char *outage_title(const struct arm_list *arms, const char *dir)
{
    size_t storms = count_storms(arms, dir);
    if (storms == arms->n)
        return "outage: until the last client is back";
    return storms == 0 ? "outage: until the first good answer"
                       : "outage: until the first good answer, of a storm until the last client is "
                         "back";
}

bool sweep_summarize(const char *dir, FILE *out, struct error *error)
{
    struct report report = {0};
    if (!arm_list_read(&report.arms, dir, error))
        return false;
    report.line = calloc(report.arms.n, sizeof *report.line);
    report.alarms = calloc(report.arms.n, sizeof *report.alarms);
    CHECK(report.line != NULL && report.alarms != NULL);
    summary_put_header(&report.rows, true);
    bool good = alarms_each(dir, note_alarms, &report, error) && read_trials(&report, dir, error) &&
                summary_write_rows(&report.rows, dir, error);
    if (good && out != NULL && all_steady(&report)) {
        fputs("nothing failed; ", out);
        print_alarms(out, &report, "");
    } else if (good && out != NULL) {
        print_table(out, &report, outage_title(&report.arms, dir), false);
        if (some(&report, true))
            print_table(out, &report, "\nipsec: until IPsec is usable both ways", true);
        if (some(&report, false))
            print_sessions(out, &report);
        print_alarms(out, &report, "\n");
    }
    if (good && out != NULL)
        arm_list_legend(&report.arms, out);
    csv_buffer_fini(&report.rows);
    free(report.line);
    free(report.alarms);
    arm_list_fini(&report.arms);
    return good;
}
