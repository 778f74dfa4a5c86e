#include "gate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(const char *text, struct error *error)
{
    return error_set(error, EXIT_INPUT,
                     "--fail-on '%.80s': want [change.]STATISTIC[.ipsec] > LIMIT, as in 'p99 > "
                     "130s', 'p99.ipsec > 2s', 'mean > 60s', 'change.p99 > 5%%', 'slo > 1%%', "
                     "'change.slo > 1pp', 'change.norecovery > 1pp', 'alarms > 10' (a day)",
                     text);
}

/* What the limit of a statistic is measured in. */
enum measure { TIME, SHARE, COUNT };

static bool known(const char *name, enum measure *measure)
{
    static const char *const names[] = {"p50",  "p90", "p95",        "p99",   "p99.9",
                                        "mean", "slo", "norecovery", "alarms"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *measure = i >= 8 ? COUNT : i >= 6 ? SHARE : TIME;
            return true;
        }
    return false;
}

static bool parse_name(char *name, struct gate *gate, enum measure *measure)
{
    strcpy(gate->metric, "outage");
    if (strncmp(name, "change.", 7) == 0) {
        gate->change = true;
        name += 7;
    }
    char *dot = strrchr(name, '.');
    if (dot && (strcmp(dot, ".ipsec") == 0 || strcmp(dot, ".outage") == 0)) {
        snprintf(gate->metric, sizeof gate->metric, "%s", dot + 1);
        *dot = '\0';
    }
    if (!known(name, measure) || (*measure != TIME && strcmp(gate->metric, "outage") != 0))
        return false;
    if (*measure == COUNT)
        strcpy(gate->metric, "false_alarms");
    snprintf(gate->statistic, sizeof gate->statistic, "%.15s",
             strcmp(name, "norecovery") == 0 ? "no recovery"
             : *measure == COUNT             ? "per day"
                                             : name);
    return true;
}

static bool parse_limit(const char *text, struct gate *gate, enum measure measure)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}};
    char *end;
    double number = strtod(text, &end);
    if (end == text || !isfinite(number))
        return false;
    end += strspn(end, " ");
    if (strcmp(end, "pp") == 0) {
        gate->limit = number / 100.0;
        return measure == SHARE && gate->change;
    }
    if (strcmp(end, "%") == 0) {
        gate->relative = measure != SHARE;
        gate->limit = number / 100.0;
        return measure == SHARE || gate->change;
    }
    gate->limit = number;
    for (size_t i = 0; measure == TIME && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            gate->limit = number * units[i].ns;
            return true;
        }
    return measure == COUNT && *end == '\0';
}

bool gate_parse(const char *text, struct gate *gate, struct error *error)
{
    char name[64];
    enum measure measure = TIME;
    *gate = (struct gate){.text = text};
    const char *from = text + strspn(text, " ");
    size_t length = strcspn(from, " <>");
    const char *sign = from + length + strspn(from + length, " ");
    if (length == 0 || length >= sizeof name || (*sign != '<' && *sign != '>'))
        return refuse(text, error);
    snprintf(name, sizeof name, "%.*s", (int)length, from);
    gate->upper = *sign == '>';
    if (!parse_name(name, gate, &measure) || !parse_limit(sign + 1, gate, measure))
        return refuse(text, error);
    return true;
}

static const struct comparison *find(const struct gate *gate, const struct comparison *row,
                                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(row[i].metric, gate->metric) == 0 &&
            strcmp(row[i].statistic, gate->statistic) == 0)
            return &row[i];
    return NULL;
}

static double scale_of(const struct gate *gate, const struct comparison *row)
{
    return gate->relative ? row->base : 1.0;
}

/* Of the quadratic equation of both ends below. */
static double ratio_root(double a, double da, double b, double db)
{
    return sqrt(fmax(a * a * b * b - (a * a - da * da) * (b * b - db * db), 0.0));
}

/* The k at which an end of the interval of cand - k base is 0: of independent samples the base is
 * an estimate, too, and matters the more the larger k. From both values' own intervals: Zou,
 * Donner, Stat. Med. 27 (2008) 1693. Values beyond the horizon have an end that is finite or none.
 */
static double ratio_low(const struct comparison *row)
{
    double a = row->base, b = row->cand, da = row->base_high - a, db = b - row->cand_low;
    if (isinf(b))
        return row->cand_low / row->base_high;
    return isfinite(da) ? fmax(0.0, (b * b - db * db) / (a * b + ratio_root(a, da, b, db))) : 0.0;
}

static double ratio_high(const struct comparison *row)
{
    double a = row->base, b = row->cand, da = a - row->base_low, db = row->cand_high - b;
    return isfinite(b) && isfinite(db) && da < a
               ? (a * b + ratio_root(a, da, b, db)) / (a * a - da * da)
               : INFINITY;
}

/* The end of the change's interval. Only what is compared at all has one. */
static double change_end(const struct gate *gate, const struct comparison *row, bool upper)
{
    double end = upper ? row->high : row->low;
    double other = upper ? row->base_low + row->cand_high : row->base_high + row->cand_low;
    bool by_ratio = gate->relative && row->unpaired && !isnan(end) && !isnan(other) &&
                    isfinite(row->base) && row->base > 0.0 && row->cand > 0.0;
    if (!by_ratio)
        return end;
    return ((upper ? ratio_high(row) : ratio_low(row)) - 1.0) * row->base;
}

/* The end of the interval that the limit is held against; NAN: there is none. */
static double bound_of(const struct gate *gate, const struct comparison *row)
{
    if (gate->change)
        return change_end(gate, row, !gate->upper);
    return gate->upper ? row->cand_low : row->cand_high;
}

bool gate_is_judged(const struct gate *gate, const struct comparison *rows, size_t n)
{
    const struct comparison *row = find(gate, rows, n);
    return row != NULL && !isnan(bound_of(gate, row)) && isfinite(scale_of(gate, row));
}

/* The note is about the change, or about a value that is not there. */
const char *gate_why_not(const struct gate *gate, const struct comparison *rows, size_t n)
{
    const struct comparison *row = find(gate, rows, n);
    bool noted = row != NULL && row->note[0] != '\0' && (gate->change || isnan(row->cand));
    if (row != NULL && gate->relative && isinf(row->base))
        return "the base is beyond the horizon, which has no shares";
    return noted ? row->note : "not measured, or too few trials for its interval";
}

bool gate_fails(const struct gate *gate, const struct comparison *rows, size_t n, char *told,
                size_t size)
{
    if (!gate_is_judged(gate, rows, n))
        return false;
    const struct comparison *row = find(gate, rows, n);
    double scale = scale_of(gate, row), limit = gate->limit * scale, bound = bound_of(gate, row);
    bool proven = gate->upper ? bound > limit : bound < limit;
    bool share = strcmp(row->unit, "share") == 0, count = strcmp(row->unit, "count") == 0;
    double shown = gate->relative ? 100.0 * bound / scale
                   : share        ? 100.0 * bound
                   : count        ? bound
                                  : bound / 1e9;
    snprintf(told, size, "%s: the 95 %% interval %s %.6g%s", gate->text,
             gate->upper ? "begins at" : "ends at", shown,
             share && gate->change     ? " pp"
             : gate->relative || share ? " %"
             : count                   ? " a day"
                                       : " s");
    return proven;
}
