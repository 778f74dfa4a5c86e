#include "arms.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/row.h"

#include "../out/csv.h"
#include "../out/manifest.h"
#include "../out/stage.h"
#include "../stats/quantile.h"
#include "fast.h"

const char *const arm_columns[ARM_COLUMN_COUNT] = {
#define X(name) #name,
    ARM_COLUMNS(X)
#undef X
};

/* What a run says of itself. */
struct identity {
    uint64_t seed, first, trials;
};

struct folder {
    const char *dir, *class_name;
    struct arm *arm;
    struct identity identity;
    struct error error;
    bool good;
};

static bool is_outcome(size_t column)
{
    return column == ARM_outage_ns || column == ARM_ipsec_ns;
}

/* The columns to read. */
struct wanted {
    const char *name[ARM_COLUMN_COUNT];
    char text[ARM_COLUMN_COUNT][ROW_NAME_MAX];
};

static void choose_columns(struct wanted *wanted, const char *class_name)
{
    for (size_t c = 0; c < ARM_COLUMN_COUNT; c++) {
        snprintf(wanted->text[c], ROW_NAME_MAX, "class.%.40s.%.32s", class_name ? class_name : "",
                 arm_columns[c]);
        bool own = class_name != NULL && row_class_column_find(wanted->text[c]) != NULL;
        wanted->name[c] = own ? wanted->text[c] : arm_columns[c];
    }
}

/* Does the file have columns of this class (NULL: none is wanted)? */
static bool has_class(const char *path, const char *class_name, struct error *error)
{
    struct csv_names names = {0};
    char want[ROW_NAME_MAX];
    bool found = class_name == NULL;
    snprintf(want, sizeof want, "class.%.40s.outage_ns", class_name ? class_name : "");
    if (!found && !csv_names_read(path, false, &names, error))
        return false;
    for (size_t i = 0; i < names.n; i++)
        found |= strcmp(names.name[i], want) == 0;
    csv_names_fini(&names);
    return found || error_set(error, EXIT_INPUT,
                              "%s has no columns of a class '%.40s': want a class of the scenario, "
                              "run with trial.until all or horizon",
                              path, class_name);
}

/* In the file -1 stands for never. */
static void mark_censored(struct arm *arm)
{
    for (size_t c = 0; c < ARM_COLUMN_COUNT; c++)
        for (uint64_t i = 0; is_outcome(c) && i < arm->n; i++)
            if (arm->value[c][i] < 0)
                arm->value[c][i] = QUANTILE_ABOVE;
}

/* Takes the columns out of a table. */
static void take_columns(struct csv_table *table, struct arm *arm)
{
    arm->n = table->rows;
    for (size_t c = 0; c < ARM_COLUMN_COUNT; c++) {
        CHECK(table->column[c].whole);
        arm->value[c] = table->column[c].whole;
        table->column[c].whole = NULL;
    }
    mark_censored(arm);
}

static bool begins_with_arm(const char *path)
{
    char head[4] = {0};
    FILE *file = fopen(path, "r");
    bool is_sweep = file && fread(head, 1, 4, file) == 4 && memcmp(head, CSV_ARM ",", 4) == 0;
    if (file)
        fclose(file);
    return is_sweep;
}

static bool read_rows(struct folder *folder)
{
    struct csv_table table;
    char *path = path_join(folder->dir, "trials.csv");
    bool good = !begins_with_arm(path) ||
                error_set(&folder->error, EXIT_INPUT,
                          "%s: a sweep has many arms: say which with --base N --cand M", path);
    if (good && folder->class_name == NULL && fast_read(path, folder->arm)) {
        mark_censored(folder->arm);
        free(path);
        return true;
    }
    struct wanted wanted;
    choose_columns(&wanted, folder->class_name);
    good = good && has_class(path, folder->class_name, &folder->error) &&
           csv_table_read(path, wanted.name, ARM_COLUMN_COUNT, &table, &folder->error);
    if (good) {
        take_columns(&table, folder->arm);
        csv_table_fini(&table);
    }
    free(path);
    return good;
}

/* The title without its ": N trials", which is told beside it. */
static bool read_identity(struct folder *folder)
{
    struct identity *id = &folder->identity;
    char *name = folder->arm->name, *colon;
    bool good = manifest_numbers(folder->dir, &id->seed, &id->first, &id->trials, &folder->error) &&
                manifest_title(folder->dir, name, sizeof folder->arm->name, &folder->error);
    if (good && (colon = strrchr(name, ':')) != NULL)
        *colon = '\0';
    return good;
}

static bool read_alarms(const char *dir, int64_t number, struct arm *arm, struct error *error)
{
    return alarms_stress(dir, number, arm->stress, sizeof arm->stress, error) &&
           alarms_read(dir, number, &arm->alarms, error);
}

static void *read_folder(void *context)
{
    struct folder *folder = context;
    const struct identity *id = &folder->identity;
    folder->good = read_identity(folder) && read_rows(folder);
    const struct arm *arm = folder->arm;
    folder->good = folder->good && manifest_check_rows(folder->dir, arm->n, &folder->error);
    if (folder->good && (uint64_t)arm->value[ARM_trial][0] != id->first)
        folder->good = error_set(&folder->error, EXIT_INPUT,
                                 "%s/trials.csv begins with trial %" PRId64
                                 ", its manifest.json with %" PRIu64,
                                 folder->dir, arm->value[ARM_trial][0], id->first);
    folder->good =
        folder->good && read_alarms(folder->dir, ALARMS_NO_ARM, folder->arm, &folder->error);
    return NULL;
}

bool arms_pair(const struct arm arm[ARMS], struct error *error)
{
    const struct arm *a = &arm[BASE], *b = &arm[CAND];
    if (a->n != b->n)
        return error_set(error, EXIT_INPUT,
                         "cannot be paired: %" PRIu64 " trials against %" PRIu64
                         " (--unpaired compares them as independent samples)",
                         a->n, b->n);
    for (uint64_t i = 0; i < a->n; i++)
        if (a->value[ARM_trial][i] != b->value[ARM_trial][i])
            return error_set(error, EXIT_INPUT,
                             "cannot be paired: row %" PRIu64 " is trial %" PRId64
                             " here and %" PRId64
                             " there (--unpaired compares them as independent samples)",
                             i + 1, a->value[ARM_trial][i], b->value[ARM_trial][i]);
    return true;
}

static bool same_run(const struct folder folder[ARMS], struct error *error)
{
    if (folder[BASE].identity.seed == folder[CAND].identity.seed)
        return true;
    return error_set(error, EXIT_INPUT,
                     "cannot be paired: %s has seed %" PRIu64 ", %s has seed %" PRIu64
                     " (--unpaired compares them as independent samples)",
                     folder[BASE].dir, folder[BASE].identity.seed, folder[CAND].dir,
                     folder[CAND].identity.seed);
}

bool arms_read(const char *base, const char *cand, bool paired, const char *class_name,
               struct arm arm[ARMS], struct error *error)
{
    memset(arm, 0, ARMS * sizeof *arm);
    struct folder folder[ARMS] = {{.dir = base, .class_name = class_name, .arm = &arm[BASE]},
                                  {.dir = cand, .class_name = class_name, .arm = &arm[CAND]}};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, read_folder, &folder[CAND]) == 0);
    read_folder(&folder[BASE]);
    CHECK(pthread_join(thread, NULL) == 0);
    bool good = true;
    for (int i = 0; i < ARMS && good; i++)
        if (!folder[i].good) {
            *error = folder[i].error;
            good = false;
        }
    good = good && (!paired || (same_run(folder, error) && arms_pair(arm, error)));
    if (!good)
        arms_fini(arm);
    return good;
}

static bool is_whole(const char *dir, const struct arm *arm, struct error *error)
{
    struct identity id;
    if (!manifest_numbers(dir, &id.seed, &id.first, &id.trials, error))
        return false;
    return arm->n == id.trials ||
           error_set(error, EXIT_INPUT,
                     "%s has %" PRIu64 " trials, its manifest.json says %" PRIu64
                     ": it was cut off, or is not of this sweep",
                     arm->name, arm->n, id.trials);
}

struct choice {
    struct arm *arm;
    int64_t number[ARMS];
};

static bool copy_rows(const struct csv_table *rows, int64_t number, void *context,
                      struct error *error)
{
    struct choice *choice = context;
    (void)error;
    for (int side = 0; side < ARMS; side++) {
        struct arm *arm = &choice->arm[side];
        if (number != choice->number[side] || arm->n > 0)
            continue;
        arm->n = rows->rows;
        for (size_t c = 0; c < ARM_COLUMN_COUNT; c++) {
            arm->value[c] = malloc(rows->rows * sizeof *arm->value[c]);
            CHECK(arm->value[c]);
            memcpy(arm->value[c], rows->column[c + 1].whole,
                   rows->rows * sizeof *arm->value[c]); /* column 0 is the arm */
        }
        mark_censored(arm);
    }
    return true;
}

bool arms_read_sweep(const char *dir, int64_t base, int64_t cand, bool paired,
                     const char *class_name, struct arm arm[ARMS], struct error *error)
{
    struct wanted columns;
    choose_columns(&columns, class_name);
    const char *wanted[ARM_COLUMN_COUNT + 1] = {CSV_ARM};
    memcpy(wanted + 1, columns.name, sizeof columns.name);
    memset(arm, 0, ARMS * sizeof *arm);
    struct choice choice = {.arm = arm, .number = {base, cand}};
    char *path = path_join(dir, "trials.csv");
    bool good = begins_with_arm(path) ||
                error_set(error, EXIT_INPUT,
                          "%s: its first column is not 'arm': not the trials of a sweep", path);
    good = good && has_class(path, class_name, error) &&
           csv_table_each(path, wanted, ARM_COLUMN_COUNT + 1, copy_rows, &choice, error);
    for (int side = 0; side < ARMS && good; side++) {
        snprintf(arm[side].name, sizeof arm[side].name, "%.400s: arm %" PRId64, dir,
                 choice.number[side]);
        if (arm[side].n == 0)
            good =
                error_set(error, EXIT_INPUT, "%s has no arm %" PRId64, path, choice.number[side]);
        good = good && is_whole(dir, &arm[side], error) &&
               read_alarms(dir, choice.number[side], &arm[side], error);
    }
    good = good && (!paired || arms_pair(arm, error));
    free(path);
    if (!good)
        arms_fini(arm);
    return good;
}

void arms_fini(struct arm arm[ARMS])
{
    for (int side = 0; side < ARMS; side++) {
        for (size_t c = 0; c < ARM_COLUMN_COUNT; c++)
            free(arm[side].value[c]);
        alarms_fini(&arm[side].alarms);
    }
    memset(arm, 0, ARMS * sizeof *arm);
}
