#include "precision.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../out/csv.h"
#include "../stats/quantile.h"
#include "../stats/summary.h"

#define ALPHA 0.05 /* over all looks */

static bool named_quantile(const char *name, size_t length, double *p)
{
#define X(text, value)                                                                             \
    if (strlen(text) == length && strncmp(name, text, length) == 0) {                              \
        *p = value;                                                                                \
        return true;                                                                               \
    }
    SUMMARY_QUANTILES(X)
#undef X
    return false;
}

bool precision_add(struct precision *precision, const char *text, struct error *error)
{
    const char *equals = strchr(text, '=');
    struct precision_goal *goal = &precision->goal[precision->goals];
    char *end = NULL;
    if (precision->goals == PRECISION_GOALS_MAX)
        return error_set(error, EXIT_INPUT, "--precision: at most %d goals", PRECISION_GOALS_MAX);
    bool good = equals != NULL && strlen(text) < sizeof goal->text &&
                named_quantile(text, (size_t)(equals - text), &goal->p);
    if (good)
        goal->relative = strtod(equals + 1, &end) / 100.0;
    if (!good || end == equals + 1 || strcmp(end, "%") != 0 ||
        !(goal->relative > 0.0 && goal->relative <= 1.0))
        return error_set(error, EXIT_INPUT,
                         "--precision '%s': want a quantile and a share of it, such as p99=2%%",
                         text);
    snprintf(goal->text, sizeof goal->text, "%s", text);
    precision->goals++;
    return true;
}

uint64_t precision_trials(const struct precision *precision, unsigned look)
{
    uint64_t n = (uint64_t)PRECISION_FIRST_LOOK << look;
    return n < precision->max_trials ? n : precision->max_trials;
}

unsigned precision_looks(const struct precision *precision)
{
    unsigned looks = 1;
    while (precision_trials(precision, looks - 1) < precision->max_trials)
        looks++;
    return looks;
}

static bool has_interval(const struct quantile *q)
{
    return q->value != QUANTILE_ABOVE && q->high != QUANTILE_ABOVE && q->low != QUANTILE_BELOW;
}

/* Half the interval as a share of the value; infinite while an end is not known, and where the
 * value is 0, of which nothing is a share: only [0, 0] is as narrow as any goal. */
static double half_width(const struct quantile *q)
{
    if (!has_interval(q))
        return INFINITY;
    if (q->low == q->high)
        return 0.0;
    return q->value == 0 ? INFINITY : (double)(q->high - q->low) / 2.0 / (double)q->value;
}

static void width_text(char text[32], const struct quantile *q)
{
    double width = half_width(q);
    if (width < INFINITY)
        snprintf(text, 32, "+- %.2g %%", 100.0 * width);
    else
        snprintf(text, 32, has_interval(q) ? "0 s, no share of it" : "no finite interval");
}

static uint64_t sort_finite(int64_t *outage_ns, uint64_t n)
{
    uint64_t finite = 0;
    for (uint64_t i = 0; i < n; i++)
        if (outage_ns[i] >= 0)
            outage_ns[finite++] = outage_ns[i];
    sample_sort(outage_ns, finite);
    return finite;
}

static double level_of(const struct precision *precision)
{
    return 1.0 - ALPHA / precision_looks(precision);
}

static struct precision_state judge(const struct precision *precision, const struct sample *sample)
{
    struct precision_state state = {.reached = true};
    size_t used = 0;
    for (size_t i = 0; i < precision->goals; i++) {
        const struct precision_goal *goal = &precision->goal[i];
        struct quantile q = quantile_of(sample, goal->p, level_of(precision));
        double width = half_width(&q);
        state.reached &= width <= goal->relative;
        state.excess = fmax(state.excess, width / goal->relative);
        char now[32];
        width_text(now, &q);
        int more = snprintf(state.text + used, sizeof state.text - used, "%s%s: %s",
                            i > 0 ? "; " : "", goal->text, now);
        used += more > 0 && (size_t)more < sizeof state.text - used ? (size_t)more : 0;
    }
    return state;
}

struct precision_state precision_judge(const struct precision *precision, int64_t *outage_ns,
                                       uint64_t n)
{
    struct sample sample = {.value = outage_ns, .finite = sort_finite(outage_ns, n), .n = n};
    return judge(precision, &sample);
}

static int by_rank(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The ranks that the goals ask for, ascending; returns how many. */
static size_t ranks_of(const struct precision *precision, uint64_t n, uint64_t finite,
                       uint64_t rank[3 * PRECISION_GOALS_MAX])
{
    size_t ranks = 0;
    for (size_t i = 0; i < precision->goals && n > 0; i++) {
        struct quantile_ranks r = quantile_ranks(n, precision->goal[i].p, level_of(precision));
        const uint64_t all[] = {r.estimate, r.low, r.high};
        for (size_t k = 0; k < COUNT_OF(all); k++)
            if (all[k] >= 1 && all[k] <= finite)
                rank[ranks++] = all[k];
    }
    qsort(rank, ranks, sizeof *rank, by_rank);
    return ranks;
}

/* Without rows: the ranks that count are looked up. */
static bool look_at_counts(const struct precision *precision, struct output *output, uint64_t arm,
                           struct precision_state *state, struct error *error)
{
    struct sorted_metric about;
    uint64_t rank[3 * PRECISION_GOALS_MAX];
    int64_t value[3 * PRECISION_GOALS_MAX] = {0};
    struct quantile_atom atom[3 * PRECISION_GOALS_MAX];
    struct counting *counting = output->counting;
    counting_swap(counting);
    if (!counting_flush(counting, false, error) ||
        !counting_ranks(counting, arm, "outage_ns", NULL, NULL, 0, &about, error))
        return false;
    uint64_t n = about.finite + about.beyond;
    n = n > 0 ? n : output_at(output).trials; /* nothing fails: beyond all of them */
    size_t ranks = ranks_of(precision, n, about.finite, rank);
    if (!counting_ranks(counting, arm, "outage_ns", rank, value, ranks, &about, error))
        return false;
    for (size_t i = 0; i < ranks; i++)
        atom[i] = (struct quantile_atom){.value = value[i], .below = rank[i] - 1, .count = 1};
    struct sample sample = {.finite = about.finite, .n = n, .atom = atom, .atoms = ranks};
    *state = judge(precision, &sample);
    return true;
}

bool precision_look(const struct precision *precision, struct output *output, uint64_t arm,
                    struct precision_state *state, struct error *error)
{
    static const char *const wanted[] = {"outage_ns"};
    struct csv_table table;
    char *path = output_path(output, arm);
    if (path == NULL)
        return look_at_counts(precision, output, arm, state, error);
    bool good = csv_table_read(path, wanted, 1, &table, error);
    free(path);
    if (!good)
        return false;
    *state = precision_judge(precision, table.column[0].whole, table.rows);
    csv_table_fini(&table);
    return true;
}

bool precision_run(const struct plan *plan, const struct run_options *options,
                   const struct precision *precision, struct output *output,
                   struct run_report *report, struct precision_state *state, struct error *error)
{
    struct run_options part = *options;
    double wall_s = 0.0;
    uint64_t earlier = 0;
    for (unsigned k = 0; k < precision_looks(precision); k++) {
        part.trials = precision_trials(precision, k);
        bool good = run_trials(plan, &part, output, report, error);
        wall_s += report->wall_s;
        earlier = k == 0 ? report->earlier : earlier;
        report->wall_s = wall_s;
        report->earlier = earlier;
        if (!good)
            return false;
        if (report->trials > part.trials) /* an earlier process went on after this look */
            continue;
        if (!precision_look(precision, output, options->arm, state, error))
            return false;
        if (state->reached)
            break;
    }
    return true;
}

char *precision_text(const struct precision *precision)
{
    char *text = NULL, *more = NULL;
    for (size_t i = 0; i < precision->goals; i++) {
        CHECK(asprintf(&more, "%s%s ", text != NULL ? text : "", precision->goal[i].text) >= 0);
        free(text);
        text = more;
    }
    CHECK(asprintf(&more, "%s--max-trials %" PRIu64, text != NULL ? text : "",
                   precision->max_trials) >= 0);
    free(text);
    return more;
}
