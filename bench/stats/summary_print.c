/* The summary as a table for a person; every number is also in summary.csv. */
#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/check.h"

char *time_text(char text[TIME_TEXT_MAX], int64_t ns)
{
    double s = (double)ns / 1e9;
    if (ns == QUANTILE_ABOVE)
        strcpy(text, "beyond");
    else if (ns == QUANTILE_BELOW)
        strcpy(text, "-");
    else if (ns == 0)
        strcpy(text, "0 s");
    else if (fabs(s) < 1e-6)
        snprintf(text, TIME_TEXT_MAX, "%" PRId64 " ns", ns);
    else if (fabs(s) < 1e-4)
        snprintf(text, TIME_TEXT_MAX, "%.3f us", 1e6 * s);
    else if (fabs(s) < 1.0)
        snprintf(text, TIME_TEXT_MAX, "%.3f ms", 1e3 * s);
    else
        snprintf(text, TIME_TEXT_MAX, "%.3f s", s);
    return text;
}

/* Decimals of a share: six significant digits, and three of what it lacks to 1. */
static int share_decimals(double share)
{
    int decimals = 5 - (int)floor(log10(share));
    return (int)fmax(decimals, 2.0 - floor(log10(1.0 - share)));
}

/* Limits come out of exp and log, whose last bits differ between machines: one that is a round
 * number but for these stays it. */
static double rounded(double units, enum share_rounding rounding)
{
    static const double last_bits = 1e-6;
    return rounding == SHARE_DOWN ? floor(units + last_bits)
           : rounding == SHARE_UP ? ceil(units - last_bits)
                                  : round(units);
}

char *share_text(char text[SHARE_TEXT_MAX], double share, double whole,
                 enum share_rounding rounding)
{
    if (share <= 0.0 || share >= 1.0) {
        snprintf(text, SHARE_TEXT_MAX, "%g", share * whole);
        return text;
    }
    int decimals = share_decimals(share), digits = decimals + (int)floor(log10(share)) + 1;
    double unit = pow(10.0, decimals);
    snprintf(text, SHARE_TEXT_MAX, "%.*g", digits, rounded(share * unit, rounding) / unit * whole);
    return text;
}

/* 1234567 -> "1,234,567" */
static char *count_text(char text[TIME_TEXT_MAX], uint64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *out = text;
    for (int i = 0; i < length; i++) {
        *out++ = digits[i];
        if ((length - i) % 3 == 1 && i + 1 < length)
            *out++ = ',';
    }
    *out = '\0';
    return text;
}

/* "phase_mm_failed_ns" -> "mm_failed" */
static char *short_name(char text[TIME_TEXT_MAX], const struct summary_metric *metric)
{
    const char *from = metric->name;
    if (metric->kind == ROW_phase && strncmp(from, "phase_", 6) == 0)
        from += 6;
    size_t length = strlen(from);
    if (length > 3 && strcmp(from + length - 3, "_ns") == 0)
        length -= 3;
    snprintf(text, TIME_TEXT_MAX, "%.*s", (int)length, from);
    return text;
}

/* Three, more where that would leave fewer than three digits, and fewer where room is short. */
static int end_decimals(double x)
{
    if (x == 0.0 || x >= 1000.0)
        return x == 0.0 ? 0 : 2;
    return (int)fmax(3.0, 2.0 - floor(log10(fabs(x))));
}

/* Both ends in one unit: ms where both are below 1 s. */
static char *interval_text(char text[64], const struct quantile *q)
{
    if (q->low == QUANTILE_BELOW || q->high == QUANTILE_ABOVE) {
        snprintf(text, 64, "%s", q->value == QUANTILE_ABOVE ? "" : "[no finite limit]");
        return text;
    }
    double unit = q->high < 1000000000 ? 1e6 : 1e9;
    snprintf(text, 64, "[%.*f, %.*f] %s", end_decimals((double)q->low / unit),
             (double)q->low / unit, end_decimals((double)q->high / unit), (double)q->high / unit,
             unit == 1e6 ? "ms" : "s");
    return text;
}

static bool is_printed(const struct summary *summary, const struct summary_metric *metric)
{
    return metric->kind == ROW_outcome || (metric->kind == ROW_client && summary->several);
}

/* Room for the longest name of an outcome. */
static int outcome_width(const struct summary *summary)
{
    char name[TIME_TEXT_MAX];
    int width = 10;
    for (size_t i = 0; i < summary->metrics; i++)
        if (is_printed(summary, &summary->metric[i])) {
            int own = (int)strlen(short_name(name, &summary->metric[i]));
            width = own > width ? own : width;
        }
    return width;
}

/* Widths of the first column and of times: longer names leave times less room on a screen. */
struct widths {
    int name, time;
};

static struct widths widths_of(const struct summary *summary)
{
    int name = outcome_width(summary);
    return (struct widths){name, name > 10 ? 11 : 12};
}

static void print_outcome(FILE *stream, const char *name, const struct summary_metric *metric,
                          const struct widths *width)
{
    static const double p[] = {0.05, 0.5, 0.95, 0.99};
    char t[TIME_TEXT_MAX], interval[64];
    const struct quantile *p99 = summary_quantile(metric, 0.99);
    fprintf(stream, "%-*s%10s", width->name, name, count_text(t, metric->n));
    for (size_t i = 0; i < COUNT_OF(p); i++)
        fprintf(stream, "%*s", width->time, time_text(t, summary_quantile(metric, p[i])->value));
    fprintf(stream, " %-21s%9s\n", interval_text(interval, p99), count_text(t, metric->censored));
}

static void print_phase(FILE *stream, const struct summary_metric *metric, bool with_mean)
{
    char name[TIME_TEXT_MAX], n[TIME_TEXT_MAX], mean[TIME_TEXT_MAX] = "", a[TIME_TEXT_MAX],
                                                b[TIME_TEXT_MAX], c[TIME_TEXT_MAX],
                                                d[TIME_TEXT_MAX];
    if (with_mean)
        time_text(mean, (int64_t)llround(metric->mean));
    fprintf(stream, "  %-10s%8s%12s%12s%12s%12s%12s\n", short_name(name, metric),
            count_text(n, metric->positive), time_text(a, summary_quantile(metric, 0.05)->value),
            time_text(b, summary_quantile(metric, 0.5)->value),
            time_text(c, summary_quantile(metric, 0.95)->value),
            time_text(d, summary_quantile(metric, 0.99)->value), mean);
}

static void print_share(FILE *stream, const struct summary *summary)
{
    char trials[TIME_TEXT_MAX], recovered[TIME_TEXT_MAX], share[SHARE_TEXT_MAX],
        low[SHARE_TEXT_MAX], high[SHARE_TEXT_MAX];
    double value = (double)summary->recovered / (double)summary->trials;
    fprintf(stream, "%s of %s trials recovered: %s %% [%s, %s]; intervals are exact, 95 %%\n",
            count_text(recovered, summary->recovered), count_text(trials, summary->trials),
            share_text(share, value, 100.0, SHARE_NEAREST),
            share_text(low, summary->recovered_low, 100.0, SHARE_DOWN),
            share_text(high, summary->recovered_high, 100.0, SHARE_UP));
}

static void print_alarms(FILE *stream, const struct summary *summary)
{
    const struct rate *r = &summary->alarms;
    char caveat[RATE_CAVEAT_MAX];
    if (summary->alarm_trials == 0)
        return;
    fprintf(stream,
            "false alarms (healthy SAs given up): %.3g a day [%.3g, %.3g], of %.3g hours "
            "without failure\n",
            r->value, r->low, r->high, summary->alarm_hours);
    if (*rate_caveat(caveat, summary->alarm_any, summary->alarm_trials) != '\0')
        fprintf(stream, "  (%s)\n", caveat);
}

/* What there is to say of SMTP sessions. */
static void print_sessions(FILE *stream, const struct summary *summary)
{
    double done = summary_total(summary, "sessions_done");
    double failed = summary_total(summary, "sessions_failed");
    if (done + failed == 0.0)
        return;
    char text[SHARE_TEXT_MAX];
    double clear = done > 0.0 ? summary_total(summary, "sessions_clear") / done : 0.0;
    fprintf(stream,
            "\nsessions: %.0f with a message accepted, %s %% of them without TLS; %.0f "
            "failed\nevents:",
            done, share_text(text, clear, 100.0, SHARE_NEAREST), failed);
    static const char *const ids[] = {"12012", "12013", "12015", "1037"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        char column[16];
        snprintf(column, sizeof column, "event_%s", ids[i]);
        fprintf(stream, "%s %s: %.0f", i > 0 ? "," : "", ids[i], summary_total(summary, column));
    }
    double unsaid = summary_total(summary, "selections_unsaid");
    if (unsaid > 0.0)
        fprintf(stream, "; selections in a case the document leaves open: %.0f", unsaid);
    fputc('\n', stream);
}

static void print_outcomes(FILE *stream, const struct summary *summary)
{
    const struct summary_metric *failback = summary_find(summary, "failback_outage_ns");
    struct widths width = widths_of(summary);
    char name[TIME_TEXT_MAX];
    bool any = false;
    for (size_t i = 0; i < summary->metrics; i++) {
        const struct summary_metric *metric = &summary->metric[i];
        if (!is_printed(summary, metric))
            continue;
        if (!any)
            fprintf(stream, "\n%-*s%10s%*s%*s%*s%*s %-21s%9s\n", width.name, "outcome", "trials",
                    width.time, "p5", width.time, "p50", width.time, "p95", width.time, "p99",
                    "[95 % of p99]", "beyond");
        any = true;
        print_outcome(stream, short_name(name, metric), metric, &width);
    }
    if (failback != NULL && failback->n > 0)
        print_outcome(stream, "failback", failback, &width);
}

/* Did the outage of all trials end? Unless --columns left it out it says so itself. */
static bool all_ended(const struct summary *summary)
{
    const struct summary_metric *outage = summary_find(summary, "outage_ns");
    return outage != NULL ? outage->censored == 0 : summary->recovered == summary->trials;
}

static void print_phases(FILE *stream, const struct summary *summary)
{
    bool any = false, all = all_ended(summary);
    for (size_t i = 0; i < summary->metrics; i++) {
        const struct summary_metric *metric = &summary->metric[i];
        if (metric->kind != ROW_phase || metric->positive == 0)
            continue;
        if (!any)
            fprintf(stream, "\n  %-10s%8s%12s%12s%12s%12s%12s\n", "phase", "above 0", "p5", "p50",
                    "p95", "p99", all ? "mean" : "");
        any = true;
        print_phase(stream, metric, all);
    }
}

void summary_print(FILE *stream, const struct summary *summary, const char *title)
{
    const struct summary_metric *outage = summary_find(summary, "outage_ns");
    if (title && *title)
        fprintf(stream, "%s\n", title);
    if (summary->steady == summary->trials) {
        fputs("nothing failed; ", stream);
        if (summary->alarm_trials == 0)
            fputs("how many false alarms there were is not known\n", stream);
        print_alarms(stream, summary);
        return;
    }
    print_share(stream, summary);
    print_alarms(stream, summary);
    print_outcomes(stream, summary);
    if (outage != NULL && outage->n == outage->censored)
        return;
    print_phases(stream, summary);
    print_sessions(stream, summary);
}
