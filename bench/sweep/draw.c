#include "draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/row.h"

#include "../alarms/alarms.h"
#include "../out/manifest.h"
#include "../plot/classes.h"
#include "../plot/curves.h"
#include "../plot/gnuplot.h"
#include "../plot/phases.h"
#include "../plot/plot.h"
#include "../stats/gather.h"
#include "design.h"
#include "fronts.h"
#include "pareto.h"
#include "storm.h"

enum { SHOWN_MAX = 8 };

/* The numbers of one arm that pictures need. */
struct drawn {
    struct sample outage; /* sorted; its values or atoms are owned */
    struct quantile p99;
    struct fronts_arm fronts; /* where their number is varied */
    struct rate alarms;       /* a day; high < 0: not known */
    struct csv_buffer phases; /* its row; empty: none recovered */
    struct storm_arm storm;   /* of a sweep over its clients */
    bool shown;
};

struct drawing {
    struct arm_list arms;
    struct drawn *arm;
    size_t read;
    uint64_t trials; /* rows of all arms */
    struct gather gather;
    bool phases;                      /* all phases are known */
    struct csv_buffer table, classes; /* the latter: a row for each arm and class */
    size_t class_rows;
    bool storm; /* the number of clients is swept */
    const struct stage *stage;
    bool fronts; /* the number of front ends is varied */
    struct gnuplot_job job[5 + DESIGN_TRENDS_MAX + 5];
    size_t jobs;
};

/* The name as scripts decode it. */
static void arm_text(char text[4 * ARM_NAME_MAX], const struct drawing *d, size_t arm)
{
    design_encode(text, 4 * ARM_NAME_MAX, d->arms.arm[arm].name);
}

static struct sample sorted(const int64_t *cell, size_t rows)
{
    int64_t *value = malloc((rows + 1) * sizeof *value);
    size_t finite = 0;
    CHECK(value != NULL);
    for (size_t i = 0; i < rows; i++)
        if (cell[i] >= 0)
            value[finite++] = cell[i];
    sample_sort(value, finite);
    return (struct sample){.value = value, .finite = finite, .n = rows};
}

/* The next arm, when it is that one; NULL otherwise. */
static struct drawn *next_arm(struct drawing *d, int64_t arm, struct error *error)
{
    if ((size_t)arm == d->read && d->read < d->arms.n)
        return &d->arm[d->read++];
    error_set(error, EXIT_INPUT, "trials.csv and arms.csv do not have the same arms");
    return NULL;
}

static void read_fronts(const struct csv_table *rows, struct fronts_arm *fronts)
{
    for (size_t r = 0; r < FRONTS_RANK_COUNT; r++) {
        const struct csv_column *column = csv_table_column(rows, fronts_columns[r]);
        struct sample sample = sorted(column->whole, rows->rows);
        fronts->outage[r] = quantile_of(&sample, 0.5, 0.95);
        free((void *)(uintptr_t)sample.value);
    }
}

/* Counts of outcomes leave trials out in which nothing fails. As in rows none of them ended. */
static struct sample sample_of(const struct counted *counted, const struct counted_metric *outcome)
{
    struct sample sample = counted_sample(outcome);
    if (sample.n == 0)
        sample.n = counted_find(counted, "status")->n;
    return sample;
}

/* False where --columns left them out. */
static bool count_fronts(const struct counted *counted, struct fronts_arm *fronts)
{
    for (size_t r = 0; r < FRONTS_RANK_COUNT; r++) {
        const struct counted_metric *metric = counted_find(counted, fronts_columns[r]);
        if (metric == NULL)
            return false;
        struct sample sample = sample_of(counted, metric);
        fronts->outage[r] = quantile_of(&sample, 0.5, 0.95);
    }
    return true;
}

static bool take_rows(struct drawing *d, const struct csv_table *rows, int64_t arm,
                      struct error *error)
{
    char name[4 * ARM_NAME_MAX];
    struct drawn *own = next_arm(d, arm, error);
    if (own == NULL)
        return false;
    own->outage = sorted(csv_table_column(rows, "outage_ns")->whole, rows->rows);
    own->p99 = quantile_of(&own->outage, 0.99, 0.95);
    if (d->fronts)
        read_fronts(rows, &own->fronts);
    arm_text(name, d, (size_t)arm);
    if (d->phases)
        phases_arm(rows, name, &own->phases);
    if (d->storm)
        own->storm = storm_arm_of(rows);
    d->class_rows += classes_rows(rows, (size_t)arm, name, &d->classes);
    return true;
}

static bool take_counted(const struct counted *counted, int64_t arm, void *context,
                         struct error *error)
{
    struct drawing *d = context;
    char name[4 * ARM_NAME_MAX];
    const struct counted_metric *outage = counted_find(counted, "outage_ns");
    if (outage == NULL || counted_find(counted, "status") == NULL)
        return error_set(error, EXIT_INPUT, "there is no outage_ns (--columns): nothing to draw");
    struct drawn *own = next_arm(d, arm, error);
    if (own == NULL)
        return false;
    struct quantile_atom *atom = calloc(outage->atoms + 1, sizeof *atom);
    CHECK(atom != NULL);
    if (outage->atoms > 0)
        memcpy(atom, outage->atom, outage->atoms * sizeof *atom);
    own->outage = sample_of(counted, outage);
    own->outage.atom = atom;
    own->p99 = quantile_of(&own->outage, 0.99, 0.95);
    d->fronts = d->fronts && count_fronts(counted, &own->fronts);
    arm_text(name, d, (size_t)arm);
    phases_counted(counted, name, &own->phases);
    d->storm = d->storm && storm_arm_counted(counted, &own->storm);
    d->class_rows += classes_counted(counted, (size_t)arm, name, &d->classes);
    return true;
}

static bool take_part(const struct csv_table *rows, int64_t arm, bool last, void *context,
                      struct error *error)
{
    struct drawing *d = context;
    d->trials += rows->rows;
    enum gather_state state = gather_part(&d->gather, rows, last, error);
    if (state == GATHER_AS_ROWS)
        return take_rows(d, rows, arm, error);
    return state == GATHER_COUNTED ? take_counted(&d->gather.counted, arm, d, error)
                                   : state == GATHER_MORE;
}

static bool is_there(const struct csv_names *names, const char *column)
{
    for (size_t k = 0; k < names->n; k++)
        if (strcmp(names->name[k], column) == 0)
            return true;
    return false;
}

enum { WANTED_MAX = ROW_COLUMN_COUNT + ROW_CLASS_COLUMN_COUNT * APP_CLASSES_MAX };

/* The phases that are there, and what classes need; *all: those are all phases. */
static size_t choose_columns(const struct csv_names *names, const char *wanted[WANTED_MAX],
                             size_t n, bool *all)
{
    *all = true;
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++) {
        bool there = is_there(names, row_columns[i].name);
        if (row_columns[i].kind != ROW_phase)
            continue;
        *all &= there;
        if (there)
            wanted[n++] = row_columns[i].name;
    }
    return classes_add(names, wanted, n, WANTED_MAX);
}

/* Adds them where all are there. */
static size_t choose_fronts(const struct csv_names *names, const char *wanted[WANTED_MAX], size_t n,
                            bool *fronts)
{
    size_t there = 0;
    for (size_t r = 0; r < FRONTS_RANK_COUNT; r++)
        for (size_t k = 0; k < names->n; k++)
            there += strcmp(names->name[k], fronts_columns[r]) == 0;
    *fronts = *fronts && there == FRONTS_RANK_COUNT;
    for (size_t r = 0; *fronts && r < FRONTS_RANK_COUNT; r++)
        wanted[n++] = fronts_columns[r];
    return n;
}

static bool read_rows(struct drawing *d, const char *dir, struct error *error)
{
    const char *wanted[WANTED_MAX] = {CSV_ARM, "outage_ns", "status", "system"};
    struct csv_names names;
    char *path = path_join(dir, "trials.csv");
    bool good = csv_names_read(path, true, &names, error);
    size_t n = choose_fronts(&names, wanted, is_there(&names, "system") ? 4 : 3, &d->fronts);
    for (size_t i = 0; i < STORM_COLUMNS; i++)
        d->storm = d->storm && is_there(&names, storm_columns[i]);
    for (size_t i = 0; i < STORM_COLUMNS && d->storm; i++)
        wanted[n++] = storm_columns[i];
    n = choose_columns(&names, wanted, n, &d->phases);
    gather_init(&d->gather, dir);
    good = good && csv_table_parts(path, wanted, n, GATHER_ROWS, take_part, d, error) &&
           manifest_check_rows(dir, d->trials, error);
    gather_fini(&d->gather);
    csv_names_fini(&names);
    free(path);
    return good;
}

static bool read_trials(struct drawing *d, const char *dir, struct error *error)
{
    bool good =
        counted_there(dir) ? counted_each(dir, take_counted, d, error) : read_rows(d, dir, error);
    if (good && d->read < d->arms.n)
        return error_set(error, EXIT_INPUT, "trials.csv and arms.csv do not have the same arms");
    return good;
}

/* How many arms have a lower p99, or the same and a lower number. */
static size_t rank_of(const struct drawing *d, size_t arm)
{
    size_t rank = 0;
    int64_t own = d->arm[arm].p99.value;
    for (size_t i = 0; i < d->arms.n; i++)
        rank += d->arm[i].p99.value < own || (d->arm[i].p99.value == own && i < arm);
    return rank;
}

static void choose_shown(struct drawing *d)
{
    for (size_t i = 0; i < d->arms.n; i++) {
        size_t rank = rank_of(d, i);
        d->arm[i].shown = rank < SHOWN_MAX / 2 || rank + SHOWN_MAX / 2 >= d->arms.n;
    }
}

/* Writes the table that stands in d->table and notes the script that draws it. */
static bool put(struct drawing *d, const char *name, const char *script, const char *base,
                struct error *error)
{
    CHECK(d->jobs < COUNT_OF(d->job));
    d->job[d->jobs++] = (struct gnuplot_job){script, base};
    return plot_put_table(d->stage, name, &d->table, error);
}

static bool put_curves(struct drawing *d, struct error *error)
{
    char name[SHOWN_MAX][6 * ARM_NAME_MAX];
    struct curve curve[SHOWN_MAX];
    size_t n = 0;
    for (size_t i = 0; i < d->arms.n; i++) {
        const struct sample *sample = &d->arm[i].outage;
        if (!d->arm[i].shown || sample->finite == 0)
            continue;
        arm_text(name[n], d, i);
        size_t length = strlen(name[n]);
        if (sample->finite < sample->n)
            snprintf(name[n] + length, sizeof name[n] - length,
                     " (%" PRIu64 " of %" PRIu64 " beyond the horizon)", sample->n - sample->finite,
                     sample->n);
        curve[n] = (struct curve){name[n], *sample};
        n++;
    }
    if (n == 0)
        return true;
    curves_percentiles(curve, n, &d->table);
    if (!put(d, "percentiles.csv", "percentiles.gp", NULL, error))
        return false;
    curves_ccdf(curve, n, &d->table);
    return put(d, "ccdf.csv", "ccdf.gp", NULL, error);
}

static bool put_phases(struct drawing *d, struct error *error)
{
    size_t bars = 0, length = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &length);
    CHECK(out != NULL);
    phases_header(&d->table);
    fwrite(d->table.data, 1, d->table.length, out);
    for (size_t i = 0; i < d->arms.n; i++) {
        const struct csv_buffer *row = &d->arm[i].phases;
        if (!d->arm[i].shown || row->length == 0)
            continue;
        fwrite(row->data, 1, row->length, out);
        bars++;
    }
    CHECK(fclose(out) == 0);
    csv_buffer_clear(&d->table);
    struct csv_buffer whole = {.data = text, .length = length, .capacity = length};
    bool good = bars == 0 || plot_put_table(d->stage, "phases.csv", &whole, error);
    if (bars > 0)
        d->job[d->jobs++] = (struct gnuplot_job){"phases.gp", "arms"};
    free(text);
    return good;
}

/* With more arms than fit side by side the table alone is left. */
static bool put_classes(struct drawing *d, struct error *error)
{
    if (d->class_rows == 0)
        return true;
    if (d->arms.n <= SHOWN_MAX) {
        d->job[d->jobs++] = (struct gnuplot_job){"classes.gp", NULL};
        d->job[d->jobs++] = (struct gnuplot_job){"exposure.gp", NULL};
    }
    return plot_put_table(d->stage, "classes.csv", &d->classes, error);
}

static bool put_fronts(struct drawing *d, const struct design *design, struct error *error)
{
    struct fronts_arm *arm = calloc(d->arms.n, sizeof *arm);
    CHECK(arm != NULL);
    for (size_t i = 0; i < d->arms.n; i++)
        arm[i] = d->arm[i].fronts;
    bool good = !fronts_table(design, arm, &d->table) ||
                put(d, "front-ends.csv", "front-ends.gp", NULL, error);
    free(arm);
    return good;
}

static bool put_design(struct drawing *d, struct error *error)
{
    static const char *const base[DESIGN_TRENDS_MAX] = {"trend-1", "trend-2", "trend-3",
                                                        "trend-4", "trend-5", "trend-6"};
    struct quantile *p99 = calloc(d->arms.n, sizeof *p99);
    CHECK(p99 != NULL);
    for (size_t i = 0; i < d->arms.n; i++)
        p99[i] = d->arm[i].p99;
    struct design design;
    design_init(&design, &d->arms, p99);
    size_t trends = 0;
    bool good = true;
    for (size_t k = 0; k < d->arms.keys && trends < DESIGN_TRENDS_MAX && good; k++) {
        char name[32];
        if (!design_trend(&design, k, &d->table))
            continue;
        snprintf(name, sizeof name, "%s.csv", base[trends]);
        good = put(d, name, "trend.gp", base[trends], error);
        trends++;
    }
    if (good && design_heatmap(&design, &d->table))
        good = put(d, "heatmap.csv", "sweep-heatmap.gp", NULL, error);
    if (good && design_tornado(&design, &d->table))
        good = put(d, "tornado.csv", "tornado.gp", NULL, error);
    if (good && d->fronts)
        good = put_fronts(d, &design, error);
    design_fini(&design);
    free(p99);
    return good;
}

/* The number of clients against the time until they are back. */
static bool put_storm(struct drawing *d, struct error *error)
{
    struct storm_arm *arm = calloc(d->arms.n, sizeof *arm);
    CHECK(arm != NULL);
    for (size_t i = 0; i < d->arms.n; i++)
        arm[i] = d->arm[i].storm;
    bool good = true;
    if (d->storm && storm_table(&d->arms, arm, true, &d->table)) {
        good = put(d, "storm-last.csv", "storm.gp", NULL, error);
        if (good && storm_table(&d->arms, arm, false, &d->table))
            good = plot_put_table(d->stage, "storm-middle.csv", &d->table, error);
    }
    free(arm);
    return good;
}

static void note_alarms(void *context, int64_t arm, const struct alarms *alarms)
{
    struct drawing *d = context;
    struct rated rated = alarms_rated(alarms, ALARMS_teardowns);
    struct rate rate = rate_of(&rated, 0.95);
    if ((size_t)arm < d->arms.n)
        d->arm[arm].alarms = (struct rate){rate.value * ALARMS_DAY_NS, rate.low * ALARMS_DAY_NS,
                                           rate.high * ALARMS_DAY_NS};
}

static bool put_pareto(struct drawing *d, struct error *error)
{
    struct pareto_arm *arm = calloc(d->arms.n, sizeof *arm);
    CHECK(arm != NULL);
    for (size_t i = 0; i < d->arms.n; i++)
        arm[i] = (struct pareto_arm){d->arm[i].p99, d->arm[i].alarms};
    bool good = true;
    if (pareto_table(&d->arms, arm, true, &d->table))
        good = plot_put_table(d->stage, "pareto-front.csv", &d->table, error);
    if (good && pareto_table(&d->arms, arm, false, &d->table))
        good = put(d, "pareto.csv", "pareto.gp", NULL, error);
    free(arm);
    return good;
}

static bool put_title(const struct drawing *d, const char *title, struct error *error)
{
    char text[512];
    snprintf(text, sizeof text, "%.380s%s", title,
             d->arms.n > SHOWN_MAX ? " (curves, bars: 4 lowest and 4 highest p99)" : "");
    return plot_put_title(d->stage, text, error);
}

static bool draw(struct drawing *d, const char *dir, const char *title, struct error *error)
{
    char *plots = path_join(dir, "plots");
    struct stage stage;
    bool good = stage_open(plots, true, &stage, error);
    d->stage = &stage;
    if (good) {
        good = put_title(d, title, error) && put_curves(d, error) && put_phases(d, error) &&
               put_classes(d, error) && put_design(d, error) && put_storm(d, error) &&
               put_pareto(d, error) && plot_finish(&stage, d->job, d->jobs, error);
        stage_abandon(&stage);
    }
    free(plots);
    return good;
}

bool sweep_draw(const char *dir, const char *title, struct error *error)
{
    struct drawing d = {.jobs = 0};
    if (!arm_list_read(&d.arms, dir, error))
        return false;
    d.fronts = fronts_varied(&d.arms);
    d.storm = !d.fronts && storm_key(&d.arms) < d.arms.keys;
    classes_header(&d.classes);
    d.arm = calloc(d.arms.n, sizeof *d.arm);
    CHECK(d.arm != NULL);
    for (size_t i = 0; i < d.arms.n; i++)
        d.arm[i].alarms.high = -1.0;
    bool good = alarms_each(dir, note_alarms, &d, error) && read_trials(&d, dir, error);
    if (good) {
        choose_shown(&d);
        good = draw(&d, dir, title, error);
    }
    for (size_t i = 0; i < d.arms.n; i++) {
        free((void *)(uintptr_t)d.arm[i].outage.value);
        free((void *)(uintptr_t)d.arm[i].outage.atom);
        csv_buffer_fini(&d.arm[i].phases);
    }
    csv_buffer_fini(&d.classes);
    csv_buffer_fini(&d.table);
    free(d.arm);
    arm_list_fini(&d.arms);
    return good;
}
