#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../alarms/alarms.h"
#include "../out/manifest.h"
#include "../run/run.h"
#include "grid.h"
#include "report.h"
#include "spool.h"

static bool load_arm(struct plan **plan, const struct sweep_request *request,
                     const struct axes *axes, const int *value, struct error *error)
{
    struct plan_fix *fix = calloc(axes->n + 1, sizeof *fix);
    CHECK(fix != NULL);
    size_t fixes = 0;
    for (size_t i = 0; i < axes->n; i++) {
        const struct axis *axis = &axes->axis[i];
        if (value[i] == GRID_BASE)
            continue;
        size_t v = (size_t)value[i];
        fix[fixes++] = (struct plan_fix){axis->key, axis->value.text[v], axis->place[v]};
    }
    bool good = plan_load_arm(plan, request->file, request->set, request->sets, fix, fixes, error);
    free(fix);
    return good;
}

/* What a plan says of a swept key. */
static const char *value_of(const struct plan *plan, const struct axis *axis)
{
    const char *key = axis->draw ? axis->key + strlen("per_trial.") : axis->key;
    for (size_t i = 0; axis->draw && i < plan->draws; i++)
        if (strcmp(plan->draw[i].key, key) == 0)
            return plan->draw[i].text;
    for (size_t i = 0; i < plan->settings; i++)
        if (strcmp(plan->setting[i].key, key) == 0)
            return plan->setting[i].value;
    CHECK(false);
    return NULL;
}

/* Appends "KEY=VALUE", as much of it as there is room for; returns the length that was due. */
static size_t append(char *text, size_t size, size_t length, const char *key, const char *value)
{
    if (length >= size)
        return length;
    return length + (size_t)snprintf(text + length, size - length, "%s%s=%s",
                                     length == 0 ? "" : " ", key, value);
}

/* What tells the arm from the others: "idle=60s load=10%", or "base"; false: it cannot be a name.
 * Of arms that step from a base one by one that is what moved. */
static bool telling_name(char name[ARM_NAME_MAX + 1], const struct arm_list *arms,
                         const struct axes *axes, const int *value, bool one_at_a_time,
                         const char *const *short_key)
{
    char text[2 * ARM_NAME_MAX] = "";
    size_t length = 0;
    for (size_t i = 0; i < axes->n; i++) {
        const struct axis *axis = &axes->axis[i];
        bool moved = value[i] > (axis->in_file ? 0 : GRID_BASE);
        if (one_at_a_time ? moved : arm_list_varies(arms, i) || arms->n == 1)
            length = append(text, sizeof text, length, short_key[i], axis->value.text[value[i]]);
    }
    if (length == 0)
        strcpy(text, "base");
    snprintf(name, ARM_NAME_MAX + 1, "%.*s", ARM_NAME_MAX, text);
    return length < sizeof text && arm_name_is_good(text);
}

static void rename_to(struct arm *arm, const char *name)
{
    free(arm->name);
    arm->name = strdup(name);
    CHECK(arm->name != NULL);
}

/* All in one way: when one of the names would be too long, all are numbers. */
static void name_arms(struct arm_list *arms, const struct axes *axes, const int *const *value,
                      bool one_at_a_time)
{
    char name[ARM_NAME_MAX + 1];
    const char **short_key = calloc(arms->keys + 1, sizeof *short_key);
    bool good = true;
    CHECK(short_key != NULL);
    arm_list_short_keys(arms, short_key);
    for (size_t i = 0; i < arms->n && good; i++) {
        good = telling_name(name, arms, axes, value[i], one_at_a_time, short_key);
        rename_to(&arms->arm[i], name);
    }
    for (size_t i = 0; i < arms->n && !good; i++) {
        arm_number_name(name, i);
        rename_to(&arms->arm[i], name);
    }
    free(short_key);
}

static void add_arm(struct sweep *sweep, const struct axes *axes, struct plan *plan)
{
    const char **text = calloc(axes->n + 1, sizeof *text);
    CHECK(text != NULL);
    for (size_t i = 0; i < axes->n; i++)
        text[i] = value_of(plan, &axes->axis[i]);
    sweep->plan = realloc(sweep->plan, (sweep->arms.n + 1) * sizeof(struct plan *));
    CHECK(sweep->plan != NULL);
    sweep->plan[sweep->arms.n] = plan;
    arm_list_add(&sweep->arms, "", text);
    free(text);
}

/* Would the two run the same trials? */
static bool same_values(const struct plan *a, const struct plan *b)
{
    if (a->draws != b->draws)
        return false;
    for (size_t i = 0; i < a->settings; i++)
        if (strcmp(a->setting[i].value, b->setting[i].value) != 0)
            return false;
    for (size_t i = 0; i < a->draws; i++)
        if (strcmp(a->draw[i].text, b->draw[i].text) != 0)
            return false;
    return true;
}

/* One file of trials has one header: all arms draw the same keys. */
static bool check_columns(const struct sweep *sweep, const struct plan *plan, struct error *error)
{
    const struct plan *first = sweep->arms.n == 0 ? plan : sweep->plan[0];
    const struct plan *more = plan->draws > first->draws ? plan : first;
    for (size_t i = 0; i < more->draws; i++)
        if (i >= first->draws || i >= plan->draws ||
            strcmp(first->draw[i].key, plan->draw[i].key) != 0)
            return error_set(error, EXIT_INPUT,
                             "%s is drawn once a trial in some arms and fixed in others: fix its "
                             "base value too (--set %s=VALUE)",
                             more->draw[i].key, more->draw[i].key);
    if (columns_classes(plan) != columns_classes(first))
        return error_set(error, EXIT_INPUT,
                         "trial.until: some arms would have columns of classes and others none: "
                         "sweep it without 'first'");
    return true;
}

static bool load_arms(struct sweep *sweep, const struct sweep_request *request,
                      const struct axes *axes, const struct grid *grid, struct error *error)
{
    const int **point = calloc(grid->points + 1, sizeof *point); /* of each arm */
    bool good = true;
    CHECK(point != NULL);
    for (size_t i = 0; i < grid->points && good; i++) {
        const int *value = grid->value + i * grid->axes;
        struct plan *plan;
        good = load_arm(&plan, request, axes, value, error);
        if (!good)
            break;
        bool base_again = request->one_at_a_time && i > 0 && same_values(plan, sweep->plan[0]);
        good = base_again || check_columns(sweep, plan, error);
        if (base_again || !good) {
            plan_free(plan);
        } else {
            point[sweep->arms.n] = value;
            add_arm(sweep, axes, plan);
        }
    }
    if (good)
        name_arms(&sweep->arms, axes, point, request->one_at_a_time);
    free(point);
    return good;
}

static bool rename_arm(struct arm_list *arms, const char *text, struct error *error)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '=' || number >= arms->n)
        return error_set(error, EXIT_INPUT, "--name '%.200s': ARM=NAME is due, ARM from 0 to %zu",
                         text, arms->n - 1);
    if (!arm_name_is_good(end + 1))
        return error_set(error, EXIT_INPUT,
                         "--name '%.200s': a name is 1 to %d bytes of printable text", text,
                         ARM_NAME_MAX);
    rename_to(&arms->arm[number], end + 1);
    return true;
}

static bool check_names(const struct arm_list *arms, struct error *error)
{
    for (size_t i = 0; i < arms->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(arms->arm[i].name, arms->arm[k].name) == 0)
                return error_set(error, EXIT_INPUT, "arms %zu and %zu are both called '%s'", k, i,
                                 arms->arm[i].name);
    return true;
}

static void name_keys(struct arm_list *arms, const struct axes *axes)
{
    arms->key = calloc(axes->n + 1, sizeof *arms->key);
    CHECK(arms->key != NULL);
    for (; arms->keys < axes->n; arms->keys++) {
        arms->key[arms->keys] = strdup(axes->axis[arms->keys].key);
        CHECK(arms->key[arms->keys] != NULL);
    }
}

bool sweep_load(struct sweep *sweep, const struct sweep_request *request, const char *const *names,
                size_t n_names, struct error *error)
{
    struct axes axes;
    struct grid grid = {0};
    *sweep = (struct sweep){0};
    if (!axes_read(&axes, request, error))
        return false;
    name_keys(&sweep->arms, &axes);
    bool good = grid_make(&grid, &axes, request->one_at_a_time, error) &&
                load_arms(sweep, request, &axes, &grid, error);
    for (size_t i = 0; i < n_names && good; i++)
        good = rename_arm(&sweep->arms, names[i], error);
    good = good && check_names(&sweep->arms, error);
    grid_fini(&grid);
    axes_fini(&axes);
    if (!good)
        sweep_fini(sweep);
    return good;
}

void sweep_fini(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->arms.n; i++)
        plan_free(sweep->plan[i]);
    free(sweep->plan);
    arm_list_fini(&sweep->arms);
    *sweep = (struct sweep){0};
}

static bool write_trials(const struct sweep *sweep, const struct run_options *options,
                         struct output *output, struct sweep_done *done, struct error *error)
{
    bool good = true;
    *done = (struct sweep_done){.trials = options->trials};
    for (size_t i = 0; i < sweep->arms.n && good; i++) {
        struct run_options own = *options;
        struct run_report one;
        own.arms = true;
        own.arm = own.plan_number = (unsigned)i;
        good = run_trials(sweep->plan[i], &own, output, &one, error);
        done->wall_s += one.wall_s;
    }
    return good && output_end(output, sweep->arms.n, true, error);
}

char *sweep_manifest(const struct sweep *sweep, const struct manifest_run *run)
{
    struct manifest_arm *arm = calloc(sweep->arms.n, sizeof *arm);
    CHECK(arm != NULL);
    for (size_t i = 0; i < sweep->arms.n; i++)
        arm[i] = (struct manifest_arm){sweep->arms.arm[i].name, sweep->plan[i]};
    char *text = manifest_text(arm, sweep->arms.n, run);
    free(arm);
    return text;
}

static bool write_manifest(const struct sweep *sweep, const struct manifest_run *run,
                           const struct stage *stage, struct error *error)
{
    char *text = sweep_manifest(sweep, run);
    bool good = whole_file_write(stage->partial, "manifest.json", text, strlen(text), error);
    free(text);
    return good;
}

static bool write_alarms(const struct sweep *sweep, const struct run_options *options,
                         const struct stage *stage, struct error *error)
{
    struct run_options own = *options;
    if (own.alarm_trials > 0)
        own.trials = own.alarm_trials;
    return !own.alarms ||
           alarms_write((const struct plan *const *)sweep->plan, sweep->arms.n, &own, stage, error);
}

bool sweep_run(const struct sweep *sweep, const struct run_options *options,
               const struct precision *precision, const struct manifest_run *about,
               struct output *output, FILE *table, struct sweep_done *done, struct error *error)
{
    const struct stage *stage = output_stage(output);
    bool good = precision->goals > 0 ? spool_run(sweep, options, precision, output, done, error)
                                     : write_trials(sweep, options, output, done, error);
    struct run_options all = *options;
    struct manifest_run run = *about;
    run.trials = all.trials = good ? done->trials : 0;
    return good && write_alarms(sweep, &all, stage, error) &&
           arm_list_write(&sweep->arms, stage, error) &&
           write_manifest(sweep, &run, stage, error) &&
           sweep_summarize(stage->partial, table, error);
}
