/* Do the intervals of `ikebench compare` hold what they promise? The trials of two real runs are
 * the population, so that the truth is known and has the simulator's own atoms, modes and tails;
 * samples of pairs are drawn from it with replacement, each is compared, and it is counted how
 * often the interval holds the truth. `make check-slow` runs it.
 * Usage: slow_coverage BASE CAND; exit 1 when an interval holds clearly less than promised. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

#include "engine/check.h"
#include "engine/luck.h"

#include "../stats/quantile.h"
#include "compare.h"

enum { REPETITIONS = 300 };
#define NOMINAL 0.95
/* Of 95 %, 300 repetitions give less than 90.5 % once in two thousand times. */
#define LEAST 0.905

/* What is done to the outcomes before they are the population. */
struct trait {
    const char *name;
    uint64_t n;                          /* size of a sample */
    int64_t atom_ns;                     /* outcomes are rounded up to multiples; 0: as they are */
    int64_t horizon_ns[COMPARE_METRICS]; /* later ones are censored; 0: as they are */
    bool paired;
};

static const struct trait traits[] = {
    {"as simulated", 2000, 0, {0, 0}, true},
    {"as simulated", 4000, 0, {0, 0}, true},
    {"atoms: rounded to 1 s", 4000, 1000000000, {0, 0}, true},
    {"censored: horizon 364 s (outage), 130 s (IPsec)",
     4000,
     0,
     {364000000000, 130000000000},
     true},
    {"as simulated, unpaired", 4000, 0, {0, 0}, false},
};

struct count {
    unsigned known, held;
    double width;
    unsigned finite; /* intervals of finite width */
};

static int64_t changed(const struct trait *trait, int metric, int64_t value)
{
    if (value == QUANTILE_ABOVE)
        return value;
    if (trait->atom_ns)
        value = (value + trait->atom_ns - 1) / trait->atom_ns * trait->atom_ns;
    int64_t horizon = trait->horizon_ns[metric];
    return horizon && value > horizon ? QUANTILE_ABOVE : value;
}

static void make_arm(struct arm *arm, uint64_t n)
{
    *arm = (struct arm){.n = n};
    for (size_t c = 0; c < ARM_COLUMN_COUNT; c++) {
        arm->value[c] = calloc(n, sizeof *arm->value[c]);
        CHECK(arm->value[c]);
    }
}

static void apply(const struct trait *trait, const struct arm *from, struct arm *to)
{
    make_arm(to, from->n);
    for (size_t c = 0; c < ARM_COLUMN_COUNT; c++)
        memcpy(to->value[c], from->value[c], from->n * sizeof *to->value[c]);
    for (uint64_t i = 0; i < from->n; i++) {
        to->value[ARM_outage_ns][i] = changed(trait, 0, from->value[ARM_outage_ns][i]);
        to->value[ARM_ipsec_ns][i] = changed(trait, 1, from->value[ARM_ipsec_ns][i]);
    }
}

/* Draws n rows; paired: the same ones of both. Trials get new numbers, which key their weights. */
static void draw(const struct arm from[ARMS], uint32_t repetition, bool paired, struct arm to[ARMS])
{
    for (uint64_t i = 0; i < to[BASE].n; i++) {
        const struct luck luck = {.seed = 99, .trial = repetition};
        for (uint32_t side = 0; side < ARMS; side++) {
            double u = luck_uniform(&luck, 0xb003, paired ? 0 : side, (uint32_t)i);
            uint64_t row = (uint64_t)(u * (double)from[side].n);
            for (size_t c = 0; c < ARM_COLUMN_COUNT; c++)
                to[side].value[c][i] = from[side].value[c][row];
            to[side].value[ARM_trial][i] = (int64_t)(repetition * to[BASE].n + i);
        }
    }
}

/* Infinite less infinite is 0, as in the comparison. */
static double difference(double b, double a)
{
    return a == b ? 0.0 : b - a;
}

static void tally(const struct comparing *c, const double *truth, struct count *count)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct comparison *row = &c->row[i];
        if (isnan(row->low) || isnan(truth[i]))
            continue;
        /* sums in another order */
        double slack = isfinite(row->base) ? 1e-12 * fabs(row->base) : 0.0;
        count[i].known++;
        count[i].held += row->low - slack <= truth[i] && truth[i] <= row->high + slack;
        if (isfinite(row->low) && isfinite(row->high)) {
            count[i].finite++;
            count[i].width += row->high - row->low;
        }
    }
}

static bool print_counts(const struct comparing *c, const double *truth, const struct count *count)
{
    bool good = true;
    printf("  %-30s%14s%9s%10s%14s\n", "", "truth", "nominal", "measured", "mean width");
    for (size_t i = 0; i < c->n; i++) {
        const struct comparison *row = &c->row[i];
        double unit = strcmp(row->unit, "s") == 0 ? 1e9 : 1.0;
        if (count[i].known < REPETITIONS / 2)
            continue;
        double held = (double)count[i].held / (double)count[i].known;
        bool bad = held < LEAST;
        printf("  %-22s%-8s%14.6g%8.1f%%%9.1f%%%14.4g%s\n", row->metric, row->statistic,
               truth[i] / unit, 100.0 * NOMINAL, 100.0 * held,
               count[i].finite ? count[i].width / count[i].finite / unit : INFINITY,
               bad ? "  TOO LOW" : "");
        good &= !bad;
    }
    return good;
}

/* Of the whole population: only values, for which few bootstraps would do, but they are quick. */
static void find_truth(const struct arm *population, const struct compare_options *options,
                       double *truth)
{
    struct comparing c;
    compare_arms(population, options, &c);
    for (size_t i = 0; i < c.n; i++)
        truth[i] = strcmp(c.row[i].statistic, "slower") == 0
                       ? c.row[i].change
                       : difference(c.row[i].cand, c.row[i].base);
    comparing_fini(&c);
}

static bool measure(const struct trait *trait, const struct arm original[ARMS], unsigned threads)
{
    struct compare_options options = {.paired = trait->paired,
                                      .slo_ns = 300000000000,
                                      .margin_share = 0.01,
                                      .margin_ns = 10e6,
                                      .threads = threads};
    struct arm population[ARMS], sample[ARMS];
    struct comparing c = {.n = 0};
    struct count count[COMPARE_MAX] = {{0}};
    double truth[COMPARE_MAX] = {0};
    for (int side = 0; side < ARMS; side++) {
        apply(trait, &original[side], &population[side]);
        make_arm(&sample[side], trait->n);
    }
    find_truth(population, &options, truth);
    for (uint32_t r = 0; r < REPETITIONS; r++) {
        draw(population, r, trait->paired, sample);
        compare_arms(sample, &options, &c);
        tally(&c, truth, count);
        comparing_fini(&c);
    }
    printf("%s: samples of %lu, %d repetitions, limit of slo 300 s\n", trait->name,
           (unsigned long)trait->n, REPETITIONS);
    bool good = print_counts(&c, truth, count);
    fflush(stdout);
    arms_fini(population);
    arms_fini(sample);
    return good;
}

int main(int argc, char **argv)
{
    struct arm arm[ARMS];
    struct error error;
    gsl_set_error_handler_off();
    if (argc != 3 || !arms_read(argv[1], argv[2], true, NULL, arm, &error)) {
        fprintf(stderr, "slow_coverage: %s\n", argc == 3 ? error.text : "want BASE CAND");
        return 2;
    }
    printf("population: %lu trials of %s and of %s\n", (unsigned long)arm[BASE].n, arm[BASE].name,
           arm[CAND].name);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    bool good = true;
    for (size_t i = 0; i < COUNT_OF(traits); i++)
        good &= measure(&traits[i], arm, cores > 0 ? (unsigned)cores : 1);
    arms_fini(arm);
    puts(good ? "all intervals hold what they promise" : "some intervals hold too little");
    return good ? 0 : 1;
}
