#include "trials.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/csv.h"
#include "../out/manifest.h"
#include "../out/stage.h"

static char *file_of(const char *dir, const char *scenario, const char *name)
{
    char *folder = path_join(dir, scenario);
    char *path = path_join(folder, name);
    free(folder);
    return path;
}

bool claim_trials_exist(const char *dir, const char *scenario)
{
    char *path = file_of(dir, scenario, "trials.csv");
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static void copy_trials(const struct csv_table *table, struct claim_trials *trials)
{
    trials->n = table->rows;
    trials->trial = calloc(table->rows, sizeof *trials->trial);
    CHECK(trials->trial);
    for (size_t c = 0; c < CLAIM_COLUMN_COUNT; c++) {
        const int64_t *cell = table->column[c].whole;
        CHECK(cell);
        for (size_t i = 0; i < table->rows; i++)
            ((int64_t *)&trials->trial[i])[c] = cell[i];
    }
}

/* Claims of one scenario may ask for a column that all claims have. */
static size_t add_wanted(const char **wanted, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(wanted[i], name) == 0)
            return n;
    wanted[n] = name;
    return n + 1;
}

static void copy_drawn(const struct csv_table *table, const char *const *drawn,
                       struct claim_trials *trials)
{
    for (size_t d = 0; d < CLAIM_DRAWN_MAX && drawn[d]; d++) {
        const struct csv_column *column = csv_table_column(table, drawn[d]);
        trials->drawn[d] = calloc(table->rows, sizeof *trials->drawn[d]);
        CHECK(trials->drawn[d]);
        for (size_t i = 0; i < table->rows; i++)
            trials->drawn[d][i] = column->real ? column->real[i] : (double)column->whole[i];
    }
}

bool claim_trials_read(const char *dir, const char *scenario, const char *const *drawn, bool seed,
                       struct claim_trials *trials, struct error *error)
{
    const char *wanted[CLAIM_COLUMN_COUNT + CLAIM_DRAWN_MAX];
    size_t n = 0;
    for (; n < CLAIM_COLUMN_COUNT; n++)
        wanted[n] = claim_columns[n];
    for (size_t d = 0; d < CLAIM_DRAWN_MAX && drawn[d]; d++)
        n = add_wanted(wanted, n, drawn[d]);
    *trials = (struct claim_trials){0};
    char *path = file_of(dir, scenario, "trials.csv");
    char *folder = path_join(dir, scenario);
    struct csv_table table;
    bool good = csv_table_read(path, wanted, n, &table, error);
    if (good) {
        copy_trials(&table, trials);
        copy_drawn(&table, drawn, trials);
        good = manifest_check_rows(folder, table.rows, error);
        csv_table_fini(&table);
        good = good && (!seed || manifest_seed(folder, &trials->seed, error));
    }
    free(folder);
    free(path);
    if (!good)
        claim_trials_fini(trials);
    return good;
}

void claim_trials_fini(struct claim_trials *trials)
{
    free(trials->trial);
    for (size_t d = 0; d < CLAIM_DRAWN_MAX; d++)
        free(trials->drawn[d]);
    *trials = (struct claim_trials){0};
}

const struct claim_trial *claim_trials_find(const struct claim_trials *trials, int64_t number)
{
    if (trials->n == 0 || number < trials->trial[0].trial)
        return NULL;
    uint64_t i = (uint64_t)(number - trials->trial[0].trial);
    return i < trials->n && trials->trial[i].trial == number ? &trials->trial[i] : NULL;
}
