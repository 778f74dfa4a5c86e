#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/params.h"

#include "../out/csv.h"
#include "../out/manifest.h"
#include "../out/manifest_compare.h"
#include "../scenario/quantity.h"
#include "../sweep/arm_list.h"

bool failure_rate_parse(const char *text, double *a_year)
{
    static const struct {
        const char *unit;
        double a_year;
    } units[] = {
        {"year", 1.0}, {"y", 1.0}, {"month", 12.0}, {"week", 365.25 / 7.0}, {"day", 365.25}};
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end != '/' || !isfinite(number) || number < 0.0)
        return false;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (strcmp(end + 1, units[i].unit) == 0) {
            *a_year = number * units[i].a_year;
            return *a_year <= 1e5;
        }
    return false;
}

/* One folder while it is read. */
struct folder {
    const char *dir;
    struct settings *settings;
    size_t kind; /* number of its outages in each tuning */
    size_t arms; /* read */
    uint64_t rows;
    const char *column;
    struct error *error;
};

/* The value of one key; "" when there is none. */
static bool value_of(const char *dir, int64_t arm, const char *key, char *value, size_t size,
                     struct error *error)
{
    char text[256];
    if (!manifest_values(dir, arm, key, text, sizeof text, error))
        return false;
    const char *blank = strchr(text, ' ');
    snprintf(value, size, "%s", blank != NULL ? blank + 1 : "");
    return true;
}

static bool read_horizon(const char *dir, int64_t arm, int64_t *horizon_ns, struct error *error)
{
    char text[128];
    struct quantity quantity;
    struct error why;
    if (!value_of(dir, arm, "trial.horizon", text, sizeof text, error))
        return false;
    *horizon_ns = quantity_parse(&quantity, TYPE_TIME, text, &why) ? quantity.whole : 0;
    return *horizon_ns > 0 ||
           error_set(error, EXIT_INPUT, "%s: manifest.json has no trial.horizon", dir);
}

static bool count_classes(const char *dir, int64_t arm, unsigned *classes, struct error *error)
{
    char *text = malloc(1 << 16);
    CHECK(text != NULL);
    bool good = manifest_values(dir, arm, "class.", text, 1 << 16, error);
    *classes = 0;
    for (const char *at = text; good && (at = strstr(at, ".protect on")) != NULL; at++)
        ++*classes;
    free(text);
    return good;
}

static bool take_outages(struct folder *f, const struct csv_table *rows, int64_t arm,
                         struct tuning *tuning)
{
    struct outages *o = &tuning->outages[f->kind];
    const int64_t *ns = csv_table_column(rows, f->column)->whole;
    f->rows += rows->rows;
    o->n = rows->rows;
    o->ended = 0;
    o->ns = malloc((rows->rows + 1) * sizeof *o->ns);
    CHECK(o->ns != NULL);
    for (size_t i = 0; i < rows->rows; i++)
        if (ns[i] >= 0)
            o->ns[o->ended++] = ns[i];
    return read_horizon(f->dir, arm, &o->horizon_ns, f->error);
}

/* False alarms are the same for every kind of failure: those of the first folder count. */
static bool take_alarms(const struct folder *f, int64_t arm, struct tuning *tuning)
{
    if (tuning->alarms.n > 0)
        return true;
    return alarms_read(f->dir, arm, &tuning->alarms, f->error) &&
           count_classes(f->dir, arm, &tuning->classes, f->error);
}

static bool take_arm(const struct csv_table *rows, int64_t arm, void *context, struct error *error)
{
    struct folder *f = context;
    f->error = error;
    if ((size_t)arm != f->arms || f->arms == f->settings->n)
        return error_set(error, EXIT_INPUT, "%s: trials.csv and arms.csv do not have the same arms",
                         f->dir);
    struct tuning *tuning = &f->settings->tuning[f->arms++];
    return take_outages(f, rows, arm, tuning) && take_alarms(f, arm, tuning);
}

static bool read_trials(struct folder *f, bool sweep, struct error *error)
{
    const char *wanted[] = {CSV_ARM, f->column};
    char *path = path_join(f->dir, "trials.csv");
    struct csv_table table;
    bool good;
    f->error = error;
    if (sweep) {
        good = csv_table_each(path, wanted, 2, take_arm, f, error);
        if (good && f->arms < f->settings->n)
            good = error_set(error, EXIT_INPUT,
                             "%s: trials.csv and arms.csv do not have the same arms", f->dir);
    } else {
        good = csv_table_read(path, wanted + 1, 1, &table, error);
        if (good) {
            good = take_outages(f, &table, ALARMS_NO_ARM, &f->settings->tuning[0]) &&
                   take_alarms(f, ALARMS_NO_ARM, &f->settings->tuning[0]);
            csv_table_fini(&table);
        }
    }
    free(path);
    return good && manifest_check_rows(f->dir, f->rows, error);
}

/* The first folder makes the tunings, the others must have the same. */
static bool name_tunings(struct settings *s, const char *dir, bool sweep, bool first,
                         struct error *error)
{
    struct arm_list arms = {0};
    if (sweep && !arm_list_read(&arms, dir, error))
        return false;
    size_t n = sweep ? arms.n : 1;
    bool good = first || n == s->n;
    if (first) {
        s->tuning = calloc(n, sizeof *s->tuning);
        CHECK(s->tuning != NULL);
        s->n = n;
    }
    for (size_t i = 0; i < n && good; i++) {
        const char *name = sweep ? arms.arm[i].name : dir;
        if (first)
            snprintf(s->tuning[i].name, sizeof s->tuning[i].name, "%s", name);
        else if (sweep)
            good = strcmp(s->tuning[i].name, name) == 0;
    }
    arm_list_fini(&arms);
    return good ||
           error_set(error, EXIT_INPUT,
                     "%s: not a sweep with the arms of the other one (their names and order "
                     "must be the same)",
                     dir);
}

static const struct failure_rate *rate_of_kind(const struct failure_rate *rate, size_t rates,
                                               const char *kind)
{
    for (size_t i = 0; i < rates; i++)
        if (strcmp(rate[i].kind, kind) == 0)
            return &rate[i];
    return NULL;
}

static bool add_kind(struct settings *s, const char *dir, bool sweep,
                     const struct failure_rate *rate, size_t rates, struct error *error)
{
    char kind[64];
    if (!value_of(dir, sweep ? 0 : ALARMS_NO_ARM, "failure.kind", kind, sizeof kind, error))
        return false;
    const struct failure_rate *of = rate_of_kind(rate, rates, kind);
    if (strcmp(kind, "none") == 0)
        return error_set(error, EXIT_INPUT, "%s: nothing fails in it (failure.kind none)", dir);
    if (of == NULL)
        return error_set(error, EXIT_INPUT,
                         "%s is of failure.kind %.15s: how often? (--rate %.15s=2/year)", dir, kind,
                         kind);
    for (size_t k = 0; k < s->tuning[0].kinds; k++)
        if (strcmp(s->tuning[0].outages[k].kind, of->kind) == 0)
            return error_set(error, EXIT_INPUT, "%s: a second folder of failure.kind %s", dir,
                             of->kind);
    for (size_t i = 0; i < s->n; i++) {
        struct tuning *t = &s->tuning[i];
        t->outages[t->kinds] = (struct outages){.rate = of->a_year};
        strcpy(t->outages[t->kinds++].kind, of->kind);
    }
    return true;
}

static bool read_folder(struct settings *s, const char *dir, bool sweep, bool first,
                        const struct failure_rate *rate, size_t rates, const char *column,
                        struct error *error)
{
    if (!name_tunings(s, dir, sweep, first, error) || !add_kind(s, dir, sweep, rate, rates, error))
        return false;
    struct folder folder = {
        .dir = dir, .settings = s, .kind = s->tuning[0].kinds - 1, .column = column};
    return read_trials(&folder, sweep, error);
}

/* The false alarms of one folder stand for all: another tuning has others. */
static bool check_same_tuning(const char *first, const char *dir, enum manifest_match match,
                              struct error *error)
{
    char what[MANIFEST_DIFFERENCE_MAX];
    char *here = manifest_load_text(dir), *there = manifest_load_text(first);
    bool same = here != NULL && there != NULL && manifest_same(here, there, match, what);
    if (!same)
        error_set(error, EXIT_INPUT,
                  "%s: not of the same tuning as %s: %s; a year is added up of runs that differ in "
                  "the failure alone (--differ takes them all the same)",
                  dir, first, here != NULL && there != NULL ? what : "no manifest.json");
    free(here);
    free(there);
    return same;
}

static bool every_rate_is_used(const struct settings *s, const struct failure_rate *rate,
                               size_t rates, struct error *error)
{
    for (size_t i = 0; i < rates; i++) {
        bool used = rate[i].a_year == 0.0;
        for (size_t k = 0; k < s->tuning[0].kinds; k++)
            used |= strcmp(s->tuning[0].outages[k].kind, rate[i].kind) == 0;
        if (!used)
            return error_set(error, EXIT_INPUT,
                             "a rate of %s is given, but none of the folders has failure.kind %s",
                             rate[i].kind, rate[i].kind);
    }
    return true;
}

bool settings_read(struct settings *s, const char *const *dir, size_t dirs,
                   const struct failure_rate *rate, size_t rates, enum settings_metric metric,
                   enum settings_tuning tuning, struct error *error)
{
    *s = (struct settings){0};
    bool sweep = arm_list_there(dir[0]), good = true;
    for (size_t i = 0; i < dirs && good; i++) {
        if (arm_list_there(dir[i]) != sweep)
            good = error_set(error, EXIT_INPUT, "%s: runs and sweeps do not go together", dir[i]);
        good = good && read_folder(s, dir[i], sweep, i == 0, rate, rates,
                                   metric == SETTINGS_IPSEC ? "ipsec_ns" : "outage_ns", error);
        if (good && i > 0 && tuning != SETTINGS_ANY_TUNING)
            good = check_same_tuning(
                dir[0], dir[i], tuning == SETTINGS_OF_OUTAGES ? MANIFEST_QUIET : MANIFEST_TUNING,
                error);
    }
    good = good && every_rate_is_used(s, rate, rates, error);
    if (!good)
        settings_fini(s);
    return good;
}

void settings_fini(struct settings *s)
{
    for (size_t i = 0; i < s->n; i++)
        tuning_fini(&s->tuning[i]);
    free(s->tuning);
    *s = (struct settings){0};
}
