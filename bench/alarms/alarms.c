#include "alarms.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"
#include "world/row.h"

#include "../out/csv.h"
#include "../out/manifest.h"
#include "../run/stress.h"
#include "../scenario/quantity.h"

/* Whether no arm has false alarms to look for: nothing is to fail, or there are no SAs. */
static bool none_to_raise(const struct plan *const *plan, size_t arms)
{
    for (size_t i = 0; i < arms; i++)
        if (plan[i]->base.failure.kind != FAILURE_none &&
            plan[i]->base.trial.system == TRIAL_SYSTEM_ipsec)
            return false;
    return true;
}

static bool run_arms(const struct plan *const *plan, size_t arms, const struct run_options *options,
                     struct output *output, struct error *error)
{
    bool good = true;
    for (size_t i = 0; i < arms && good; i++) {
        struct run_options own = *options;
        struct run_report report;
        own.steady = own.arms = true;
        own.arm = (unsigned)i;
        own.plan_number = options->plan_number + (unsigned)i;
        own.first = 0;
        own.trials = stress_trials(&plan[i]->base, options->trials);
        own.columns = NULL;
        own.clients = false;
        own.counts = false;
        good = run_trials(plan[i], &own, output, &report, error);
    }
    return good;
}

bool alarms_write(const struct plan *const *plan, size_t arms, const struct run_options *options,
                  const struct stage *stage, struct error *error)
{
    if (none_to_raise(plan, arms))
        return true;
    struct output output;
    char *path = path_join(stage->partial, ALARMS_FILE);
    bool good = output_open_file(&output, path, ALARMS_FILE, error) &&
                run_arms(plan, arms, options, &output, error) &&
                output_end(&output, arms, true, error);
    output_close(&output, NULL);
    free(path);
    return good;
}

static const char *const names[ALARMS_COLUMN_COUNT] = {
#define X(name) #name,
    ALARMS_COLUMNS(X)
#undef X
};

struct reading {
    const char *path;
    alarms_each_fn *each;
    void *context;
};

/* Amounts are amounts, and something was simulated: else no rate can be told. */
static bool check(const char *path, const struct csv_table *rows, size_t first, struct error *error)
{
    int64_t time_ns = 0;
    for (size_t i = 0; i < rows->rows; i++)
        for (size_t c = ALARMS_teardowns; c < ALARMS_COLUMN_COUNT; c++)
            if (rows->column[first + c].whole[i] < 0)
                return error_set(error, EXIT_INPUT, "%s: %s of trial %" PRId64 " is below 0", path,
                                 names[c], rows->column[first + ALARMS_trial].whole[i]);
            else if (c == ALARMS_time_ns && time_ns < INT64_MAX / 2)
                time_ns += rows->column[first + c].whole[i] / 2;
    return time_ns > 0 || error_set(error, EXIT_INPUT, "%s: nothing was simulated", path);
}

static bool give_arm(const struct csv_table *rows, int64_t arm, void *context, struct error *error)
{
    struct reading *reading = context;
    struct alarms alarms = {.n = rows->rows};
    if (!check(reading->path, rows, 1, error))
        return false;
    for (size_t c = 0; c < ALARMS_COLUMN_COUNT; c++)
        alarms.value[c] = rows->column[c + 1].whole; /* column 0 is the arm */
    reading->each(reading->context, arm, &alarms);
    return true;
}

static bool each_of(const char *path, alarms_each_fn *each, void *context, struct error *error)
{
    const char *wanted[ALARMS_COLUMN_COUNT + 1] = {CSV_ARM};
    memcpy(wanted + 1, names, sizeof names);
    struct reading reading = {path, each, context};
    return csv_table_each(path, wanted, COUNT_OF(wanted), give_arm, &reading, error);
}

bool alarms_each(const char *dir, alarms_each_fn *each, void *context, struct error *error)
{
    char *path = path_join(dir, ALARMS_FILE);
    bool good = access(path, F_OK) != 0 || each_of(path, each, context, error);
    free(path);
    return good;
}

struct choice {
    int64_t arm;
    struct alarms *alarms;
};

static void copy_arm(void *context, int64_t arm, const struct alarms *rows)
{
    struct choice *choice = context;
    struct alarms *to = choice->alarms;
    if (arm != choice->arm || to->n > 0)
        return;
    to->n = rows->n;
    for (size_t c = 0; c < ALARMS_COLUMN_COUNT; c++) {
        to->value[c] = malloc(rows->n * sizeof *to->value[c]);
        CHECK(to->value[c]);
        memcpy(to->value[c], rows->value[c], rows->n * sizeof *to->value[c]);
    }
}

/* A run of a scenario without failure has no column for the arm. */
static bool read_run(const char *path, struct alarms *alarms, struct error *error)
{
    struct csv_table table;
    if (!csv_table_read(path, names, ALARMS_COLUMN_COUNT, &table, error))
        return false;
    bool good = check(path, &table, 0, error);
    alarms->n = good ? table.rows : 0;
    for (size_t c = 0; c < ALARMS_COLUMN_COUNT && good; c++) {
        alarms->value[c] = table.column[c].whole;
        table.column[c].whole = NULL;
    }
    csv_table_fini(&table);
    return good;
}

static bool is_steady(const struct alarms *alarms)
{
    for (uint64_t i = 0; i < alarms->n; i++)
        if (alarms->value[ALARMS_status][i] != ROW_STEADY)
            return false;
    return true;
}

/* 0 where the manifest does not say. */
static double repeat_ns(const char *dir, int64_t arm)
{
    char text[256], key[160];
    struct error error;
    struct quantity first;
    if (!manifest_values(dir, arm, "front_end.stack", text, sizeof text, &error) ||
        strchr(text, ' ') == NULL)
        return 0.0;
    snprintf(key, sizeof key, "stack.%.100s.retransmit_first", strchr(text, ' ') + 1);
    if (!manifest_values(dir, arm, key, text, sizeof text, &error) || strchr(text, ' ') == NULL ||
        !quantity_parse(&first, TYPE_TIME, strchr(text, ' ') + 1, &error))
        return 0.0;
    return first.real;
}

/* Rows that are not there, or without these columns (--rows none, --columns), tell nothing. */
static bool tells(const char *path)
{
    struct csv_table header;
    struct error ignored;
    if (access(path, F_OK) != 0 || !csv_header_read(path, &header, &ignored))
        return access(path, F_OK) == 0; /* a bad file is told by who reads it */
    bool all = true;
    for (size_t c = 0; c < ALARMS_COLUMN_COUNT; c++)
        all &= csv_header_has(&header, names[c]);
    csv_table_fini(&header);
    return all;
}

bool alarms_read(const char *dir, int64_t arm, struct alarms *alarms, struct error *error)
{
    struct choice choice = {arm == ALARMS_NO_ARM ? 0 : arm, alarms};
    *alarms = (struct alarms){0};
    char *own = path_join(dir, ALARMS_FILE), *trials = path_join(dir, "trials.csv");
    bool there = access(own, F_OK) == 0, good = true;
    if (there)
        good = each_of(own, copy_arm, &choice, error);
    else if (manifest_is_steady(dir, arm) && tells(trials))
        good = arm == ALARMS_NO_ARM ? read_run(trials, alarms, error)
                                    : each_of(trials, copy_arm, &choice, error);
    alarms->repeat_ns = repeat_ns(dir, arm);
    if (good && !is_steady(alarms))
        good = error_set(error, EXIT_INPUT, "%s: not of trials without failure (status)",
                         there ? own : trials);
    free(own);
    free(trials);
    if (!good)
        alarms_fini(alarms);
    return good;
}

void alarms_fini(struct alarms *alarms)
{
    for (size_t c = 0; c < ALARMS_COLUMN_COUNT; c++)
        free(alarms->value[c]);
    *alarms = (struct alarms){0};
}

struct rated alarms_rated(const struct alarms *alarms, enum alarms_column column)
{
    double atom = column == ALARMS_cut_ns ? alarms->repeat_ns : 1.0;
    return (struct rated){alarms->value[column], alarms->value[ALARMS_time_ns], alarms->n, atom};
}

bool alarms_stress(const char *dir, int64_t arm, char *text, size_t size, struct error *error)
{
    return manifest_values(dir, arm, "alarm.", text, size, error);
}
