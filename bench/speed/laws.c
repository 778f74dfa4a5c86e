/* One variate of each family of laws: random bits by Philox, the uniform, the quantile. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/check.h"
#include "engine/law.h"
#include "engine/luck.h"

#include "subjects.h"
#include "yardstick.h"

enum { DRAWS = 1 << 18, BATCH = 32 };

struct draws {
    struct luck luck;
    struct law law;
    struct law_table *table; /* owned; may be NULL */
    uint32_t n;
    volatile double sink; /* keeps the compiler from leaving the draws out */
};

static bool bits_run(void *context, struct round *round, struct error *error)
{
    struct draws *d = context;
    (void)error;
    uint64_t sum = 0;
    double start_ns = thread_ns();
    for (uint32_t i = 0; i < d->n; i++)
        sum += luck_bits(&d->luck, 0, 0, i);
    round->ns = thread_ns() - start_ns;
    round->count[0] = d->n;
    d->sink = (double)sum;
    d->luck.trial++;
    return true;
}

static bool batch_run(void *context, struct round *round, struct error *error)
{
    struct draws *d = context;
    struct luck_place place[BATCH];
    struct luck_pair pair[BATCH];
    (void)error;
    uint64_t sum = 0;
    double start_ns = thread_ns();
    for (uint32_t i = 0; i < d->n; i += 2 * BATCH) {
        for (uint32_t k = 0; k < BATCH; k++)
            place[k] = (struct luck_place){0, i + k};
        luck_bits_pairs(&d->luck, 0, place, BATCH, pair);
        for (uint32_t k = 0; k < BATCH; k++)
            sum += pair[k].first + pair[k].second;
    }
    round->ns = thread_ns() - start_ns;
    round->count[0] = d->n;
    d->sink = (double)sum;
    d->luck.trial++;
    return true;
}

static bool law_run(void *context, struct round *round, struct error *error)
{
    struct draws *d = context;
    (void)error;
    double sum = 0.0, start_ns = thread_ns();
    for (uint32_t i = 0; i < d->n; i++)
        sum += law_draw(&d->law, luck_bits(&d->luck, 0, 0, i));
    round->ns = thread_ns() - start_ns;
    round->count[0] = d->n;
    d->sink = sum;
    d->luck.trial++;
    return true;
}

static void draws_free(void *context)
{
    struct draws *d = context;
    free(d->table);
    free(d);
}

static struct law_table *table_of(enum law_family family, double shape)
{
    static const double values[] = {1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0};
    if (family == LAW_empirical)
        return law_table_empirical_new(values, COUNT_OF(values));
    return law_table_new(family, shape);
}

static struct draws *draws_new(const struct measures *measures, struct law_table *table)
{
    struct draws *d = calloc(1, sizeof *d);
    CHECK(d != NULL);
    d->luck = (struct luck){.seed = 2011};
    d->table = table;
    d->law = (struct law){table, 1.0, 2.0};
    d->n = measures_times(measures, DRAWS);
    return d;
}

static void add(struct measures *measures, const char *name, struct draws *d,
                bool (*run)(void *, struct round *, struct error *))
{
    struct measure m = {.n = d->n, .unit = {"draw"}, .run = run, .free = draws_free, .context = d};
    snprintf(m.name, sizeof m.name, "%s", name);
    measures_add(measures, &m);
}

void law_measures(struct measures *measures)
{
    /* One shape of each family; the table makes the time the same for all shapes. */
    static const double shape[LAW_FAMILY_COUNT] = {
        [LAW_lognormal] = 0.5, [LAW_gamma] = 2.0,      [LAW_weibull] = 1.5,
        [LAW_pareto] = 2.0,    [LAW_loguniform] = 3.0,
    };
    add(measures, "luck: Philox4x32-10, 64 bits", draws_new(measures, NULL), bits_run);
    add(measures, "luck: the same, 64 at a time", draws_new(measures, NULL), batch_run);
    for (enum law_family family = 0; family < LAW_FAMILY_COUNT; family++) {
        char name[64];
        struct draws *d = draws_new(measures, table_of(family, shape[family]));
        if (family == LAW_constant)
            d->law = law_constant(1.0);
        snprintf(name, sizeof name, "law: %s", law_family_name(family));
        add(measures, name, d, law_run);
    }
}
