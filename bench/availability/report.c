#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "engine/check.h"

#include "../out/csv.h"

#define MINUTE_NS 60e9
#define CELL      64

/* One line of a tuning: a kind of failure, false alarms, or all. */
struct line {
    const char *part;
    double events;      /* a year; NaN: of all */
    double mean_ns;     /* down after each; NaN: not known */
    struct spread down; /* ns a year */
};

static size_t lines_of(const struct tuning *t, const struct availability *a, bool no_alarms,
                       struct line line[AVAILABILITY_KINDS_MAX + 2])
{
    size_t n = 0;
    for (size_t k = 0; k < t->kinds; k++)
        line[n++] = (struct line){t->outages[k].kind, t->outages[k].rate, a->mean_ns[k].value,
                                  a->down_ns[k]};
    if (!no_alarms)
        line[n++] = (struct line){"false alarms", a->alarms.value, a->alarm_ns, a->alarm_down_ns};
    line[n++] = (struct line){"all", NAN, NAN, a->all_ns};
    return n;
}

static char *minutes(char text[CELL], double ns)
{
    double m = ns / MINUTE_NS;
    if (isinf(m))
        snprintf(text, CELL, "no limit");
    else if (fabs(m) < 1e-6)
        snprintf(text, CELL, "0");
    else
        snprintf(text, CELL,
                 m != 0.0 && fabs(m) < 0.0995 ? "%.2g"
                 : fabs(m) < 99.5             ? "%.3g"
                                              : "%.0f",
                 m);
    return text;
}

static char *interval(char text[2 * CELL + 8], struct spread s)
{
    char low[CELL], high[CELL];
    snprintf(text, 2 * CELL + 8, "[%s, %s]", minutes(low, s.low), minutes(high, s.high));
    return text;
}

static char *seconds(char text[CELL], double ns)
{
    if (isnan(ns))
        strcpy(text, "-");
    else if (ns < 0.1e9)
        snprintf(text, CELL, "%.3g ms", ns / 1e6);
    else
        snprintf(text, CELL, "%.4g s", ns / 1e9);
    return text;
}

static char *events(char text[CELL], double n)
{
    if (isnan(n))
        text[0] = '\0';
    else
        snprintf(text, CELL, n < 1000.0 ? "%.3g" : "%.0f", n);
    return text;
}

/* "99.9912 % (4.05 nines)": as many digits as tell the outage. */
static char *share(char text[CELL], double ns)
{
    double nines = availability_nines(ns), up = 100.0 * (1.0 - ns / AVAILABILITY_YEAR_NS);
    if (isinf(ns))
        strcpy(text, "unknown");
    else if (ns >= AVAILABILITY_YEAR_NS)
        strcpy(text, "0 %");
    else if (isinf(nines))
        strcpy(text, "100 %");
    else
        snprintf(text, CELL, "%.*f %% (%.2f nines)", (int)fmax(2.0, ceil(nines)), up, nines);
    return text;
}

static void print_foot(FILE *stream, const struct settings *s, const struct availability *a,
                       const struct availability_options *o)
{
    bool at_least = false;
    for (size_t i = 0; i < s->n; i++)
        at_least |= a[i].at_least;
    fputs("minutes a year in which a user of one protected class is cut off, with 95 % intervals "
          "(the rates of\nfailures are taken as given); a bad year: not exceeded in 95 (99) of 100 "
          "years with Poisson failures\n"
          "upper ends leave room for outages too rare to have been seen, of a length up to the "
          "horizon\n",
          stream);
    if (!o->no_alarms)
        fprintf(stream, "false alarms: healthy SAs given up while nothing fails; one costs %s\n",
                o->alarm_ns >= 0.0 ? "what --alarm-outage says"
                                   : "the wait for its renegotiation, as simulated");
    if (at_least)
        fputs("AT LEAST: trials beyond the horizon count as the horizon (--bound)\n", stream);
}

/* What is to be said beside the interval of false alarms; false: nothing. */
static bool caveat(char text[RATE_CAVEAT_MAX], const struct tuning *t, const struct availability *a,
                   const struct availability_options *o)
{
    return !o->no_alarms && *rate_caveat(text, a->alarm_any, t->alarms.n) != '\0';
}

static void print_table(FILE *stream, const struct settings *s, const struct availability *a,
                        const struct availability_options *o)
{
    struct line line[AVAILABILITY_KINDS_MAX + 2];
    char x[CELL], y[CELL], z[CELL], i[2 * CELL + 8], few[RATE_CAVEAT_MAX];
    for (size_t t = 0; t < s->n; t++) {
        size_t n = lines_of(&s->tuning[t], &a[t], o->no_alarms, line);
        fprintf(stream, "%s\n  %-14s%12s%14s%16s  %s\n", s->tuning[t].name, "", "a year",
                "down each", "minutes a year", "95 % interval");
        for (size_t k = 0; k < n; k++)
            fprintf(stream, "  %-14s%12s%14s%16s  %s\n", line[k].part, events(x, line[k].events),
                    k + 1 < n ? seconds(y, line[k].mean_ns) : "", minutes(z, line[k].down.value),
                    interval(i, line[k].down));
        if (caveat(few, &s->tuning[t], &a[t], o))
            fprintf(stream, "  false alarms  %s\n", few);
        fprintf(stream, "  availability  %s%s", a[t].at_least ? "at most " : "",
                share(x, a[t].all_ns.value));
        fprintf(stream, ", interval %s", share(x, a[t].all_ns.high));
        fprintf(stream, " to %s\n", share(x, a[t].all_ns.low));
        fprintf(stream, "  a usual year  %s min, a bad one %s (%s) min\n\n",
                minutes(x, a[t].year_ns[0]), minutes(y, a[t].year_ns[1]),
                minutes(z, a[t].year_ns[2]));
    }
    print_foot(stream, s, a, o);
}

/* A cell of Markdown: no bars of its own. */
static void put_md(FILE *stream, const char *text)
{
    for (; *text; text++)
        fprintf(stream, strchr("|\\`*_<[", *text) ? "\\%c" : "%c", *text);
}

static void print_md_caveats(FILE *stream, const struct settings *s, const struct availability *a,
                             const struct availability_options *o)
{
    char few[RATE_CAVEAT_MAX];
    for (size_t t = 0; t < s->n; t++)
        if (caveat(few, &s->tuning[t], &a[t], o)) {
            put_md(stream, s->tuning[t].name);
            fprintf(stream, ": false alarms: %s\n", few);
        }
}

static void print_md(FILE *stream, const struct settings *s, const struct availability *a,
                     const struct availability_options *o)
{
    struct line line[AVAILABILITY_KINDS_MAX + 2];
    char x[CELL], y[CELL], z[CELL], i[2 * CELL + 8];
    fputs("| | part | a year | down each | minutes a year | 95 % interval | availability |\n"
          "|---|---|---:|---:|---:|---|---|\n",
          stream);
    for (size_t t = 0; t < s->n; t++) {
        size_t n = lines_of(&s->tuning[t], &a[t], o->no_alarms, line);
        for (size_t k = 0; k < n; k++) {
            fputs("| ", stream);
            put_md(stream, s->tuning[t].name);
            fprintf(stream, " | %s | %s | %s | %s | %s | ", line[k].part, events(x, line[k].events),
                    k + 1 < n ? seconds(y, line[k].mean_ns) : "", minutes(z, line[k].down.value),
                    interval(i, line[k].down));
            fprintf(stream, "%s |\n", k + 1 < n ? "" : share(x, a[t].all_ns.value));
        }
    }
    fputc('\n', stream);
    print_md_caveats(stream, s, a, o);
    print_foot(stream, s, a, o);
}

static void put_number(struct csv_buffer *buffer, double x)
{
    char text[32] = "";
    if (isfinite(x))
        snprintf(text, sizeof text, "%.9g", x);
    csv_put_text(buffer, text);
}

static void print_csv(FILE *stream, const struct settings *s, const struct availability *a,
                      const struct availability_options *o)
{
    static const char *const head[] = {
        "tuning",   "part",     "events_a_year", "down_each_s", "minutes",
        "low",      "high",     "nines",         "nines_low",   "nines_high",
        "year_p50", "year_p95", "year_p99",      "lower_bound", "trials_with_alarms"};
    struct line line[AVAILABILITY_KINDS_MAX + 2];
    struct csv_buffer buffer = {0};
    for (size_t k = 0; k < COUNT_OF(head); k++)
        csv_put_text(&buffer, head[k]);
    csv_end_row(&buffer);
    for (size_t t = 0; t < s->n; t++) {
        size_t n = lines_of(&s->tuning[t], &a[t], o->no_alarms, line);
        for (size_t k = 0; k < n; k++) {
            bool all = k + 1 == n;
            csv_put_text(&buffer, s->tuning[t].name);
            csv_put_text(&buffer, line[k].part);
            put_number(&buffer, line[k].events);
            put_number(&buffer, line[k].mean_ns / 1e9);
            put_number(&buffer, line[k].down.value / MINUTE_NS);
            put_number(&buffer, line[k].down.low / MINUTE_NS);
            put_number(&buffer, line[k].down.high / MINUTE_NS);
            put_number(&buffer, all ? availability_nines(line[k].down.value) : NAN);
            put_number(&buffer, all ? availability_nines(line[k].down.high) : NAN);
            put_number(&buffer, all ? availability_nines(line[k].down.low) : NAN);
            for (size_t p = 0; p < COUNT_OF(a[t].year_ns); p++)
                put_number(&buffer, all ? a[t].year_ns[p] / MINUTE_NS : NAN);
            csv_put_int64(&buffer, a[t].at_least);
            if (!o->no_alarms && k + 2 == n)
                csv_put_int64(&buffer, (int64_t)a[t].alarm_any);
            else
                csv_put_text(&buffer, "");
            csv_end_row(&buffer);
        }
    }
    fwrite(buffer.data, 1, buffer.length, stream);
    csv_buffer_fini(&buffer);
}

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *json_line(const struct line *line)
{
    json_t *object = json_pack("{s:s}", "part", line->part);
    json_object_set_new(object, "events_a_year", number(line->events));
    json_object_set_new(object, "down_each_s", number(line->mean_ns / 1e9));
    json_object_set_new(object, "minutes", number(line->down.value / MINUTE_NS));
    json_object_set_new(object, "low", number(line->down.low / MINUTE_NS));
    json_object_set_new(object, "high", number(line->down.high / MINUTE_NS));
    return object;
}

static json_t *json_tuning(const struct tuning *tuning, const struct availability *a,
                           bool no_alarms)
{
    struct line line[AVAILABILITY_KINDS_MAX + 2];
    size_t n = lines_of(tuning, a, no_alarms, line);
    json_t *parts = json_array(), *name = json_string(tuning->name); /* NULL: not UTF-8 */
    for (size_t k = 0; k < n; k++)
        json_array_append_new(parts, json_line(&line[k]));
    json_t *object = json_pack("{s:o, s:o, s:b}", "name", name ? name : json_null(), "parts", parts,
                               "lower_bound", a->at_least);
    json_object_set_new(object, "trials_with_alarms",
                        no_alarms ? json_null() : json_integer((json_int_t)a->alarm_any));
    json_object_set_new(object, "nines", number(availability_nines(a->all_ns.value)));
    json_object_set_new(object, "nines_low", number(availability_nines(a->all_ns.high)));
    json_object_set_new(object, "nines_high", number(availability_nines(a->all_ns.low)));
    json_object_set_new(object, "year_p50_minutes", number(a->year_ns[0] / MINUTE_NS));
    json_object_set_new(object, "year_p95_minutes", number(a->year_ns[1] / MINUTE_NS));
    json_object_set_new(object, "year_p99_minutes", number(a->year_ns[2] / MINUTE_NS));
    return object;
}

static void print_json(FILE *stream, const struct settings *s, const struct availability *a,
                       const struct availability_options *o)
{
    json_t *tunings = json_array();
    for (size_t t = 0; t < s->n; t++)
        json_array_append_new(tunings, json_tuning(&s->tuning[t], &a[t], o->no_alarms));
    json_t *root = json_pack("{s:s, s:i, s:f, s:o}", "program", "ikebench availability", "schema",
                             1, "level", 0.95, "tunings", tunings);
    CHECK(root);
    json_dumpf(root, stream, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    fputc('\n', stream);
    json_decref(root);
}

void availability_print(FILE *stream, const struct settings *s, const struct availability *a,
                        const struct availability_options *o, enum availability_format format)
{
    static void (*const print[])(FILE *, const struct settings *, const struct availability *,
                                 const struct availability_options *) = {
        [AVAILABILITY_TABLE] = print_table,
        [AVAILABILITY_CSV] = print_csv,
        [AVAILABILITY_JSON] = print_json,
        [AVAILABILITY_MD] = print_md,
    };
    print[format](stream, s, a, o);
}
