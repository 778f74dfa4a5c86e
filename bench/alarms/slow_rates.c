/* Do the intervals of false alarms hold what they promise? The trials without failure of two real
 * runs are the population, with the simulator's own clusters; samples are drawn from it with
 * replacement, as many as a run has by default, and it is counted how often the interval holds the
 * population's rate. `make check-slow` runs it. Usage: slow_rates BASE CAND; exit 1 when an
 * interval holds clearly less than promised. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "engine/check.h"
#include "engine/luck.h"

#include "alarms.h"

enum { REPETITIONS = 1000, SAMPLE = 96 };
#define NOMINAL 0.95
/* Of 95 %, 1000 repetitions give less than 92.6 % once in two thousand times. */
#define LEAST 0.926

enum { BASE, CAND, ARMS };

struct count {
    unsigned held;
    double width;
    unsigned finite;
};

static void tally(struct count *count, double low, double high, double truth)
{
    count->held += low <= truth && truth <= high;
    if (isfinite(high)) {
        count->finite++;
        count->width += high - low;
    }
}

/* Draws a sample; which trials, depends on the stream. */
static void draw(const struct alarms *from, uint64_t repetition, uint32_t stream, struct alarms *to)
{
    const struct luck luck = {.seed = 98, .trial = repetition};
    to->n = SAMPLE;
    to->repeat_ns = from->repeat_ns;
    for (uint32_t i = 0; i < SAMPLE; i++) {
        uint64_t row = (uint64_t)(luck_uniform(&luck, 0xb004, stream, i) * (double)from->n);
        for (size_t c = 0; c < ALARMS_COLUMN_COUNT; c++)
            to->value[c][i] = from->value[c][row];
    }
}

static bool print(const char *name, const struct count *count, double truth, double scale)
{
    double held = (double)count->held / REPETITIONS;
    printf("  %-38s%14.5g%8.1f%%%9.1f%%%14.4g%s\n", name, truth * scale, 100.0 * NOMINAL,
           100.0 * held, count->finite ? count->width / count->finite * scale : INFINITY,
           held < LEAST ? "  TOO LOW" : "");
    return held >= LEAST;
}

/* ns of `column` a day: false alarms as they are, time in seconds. */
static bool measure(const struct alarms population[ARMS], enum alarms_column column,
                    const char *what, struct alarms sample[ARMS])
{
    struct count count[4] = {{0}};
    double truth[ARMS], scale = ALARMS_DAY_NS / (column == ALARMS_cut_ns ? 1e9 : 1.0);
    for (int side = 0; side < ARMS; side++) {
        struct rated all = alarms_rated(&population[side], column);
        truth[side] = rate_of(&all, NOMINAL).value;
    }
    for (uint64_t r = 0; r < REPETITIONS; r++) {
        struct rated rated[ARMS];
        for (int paired = 0; paired <= 1; paired++) {
            for (uint32_t side = 0; side < ARMS; side++) {
                draw(&population[side], r, paired ? 0 : side, &sample[side]);
                rated[side] = alarms_rated(&sample[side], column);
            }
            struct rate_change change = paired ? rate_paired(&rated[BASE], &rated[CAND], NOMINAL)
                                               : rate_unpaired(&rated[BASE], &rated[CAND], NOMINAL);
            tally(&count[2 + paired], change.low, change.high, truth[CAND] - truth[BASE]);
        }
        for (int side = 0; side < ARMS; side++) {
            struct rate rate = rate_of(&rated[side], NOMINAL);
            tally(&count[side], rate.low, rate.high, truth[side]);
        }
    }
    printf("%s\n", what);
    bool good = print("base", &count[0], truth[BASE], scale);
    good &= print("candidate", &count[1], truth[CAND], scale);
    good &= print("difference, unpaired", &count[2], truth[CAND] - truth[BASE], scale);
    return print("difference, paired", &count[3], truth[CAND] - truth[BASE], scale) && good;
}

int main(int argc, char **argv)
{
    struct alarms arm[ARMS], sample[ARMS] = {{0}};
    struct error error;
    gsl_set_error_handler_off();
    if (argc != 3 || !alarms_read(argv[1], ALARMS_NO_ARM, &arm[BASE], &error) ||
        !alarms_read(argv[2], ALARMS_NO_ARM, &arm[CAND], &error)) {
        fprintf(stderr, "slow_rates: %s\n", argc == 3 ? error.text : "want BASE CAND");
        return 2;
    }
    if (arm[BASE].n < 4 * SAMPLE || arm[CAND].n != arm[BASE].n) {
        fprintf(stderr, "slow_rates: want alarms.csv of as many trials, at least %d\n", 4 * SAMPLE);
        return 2;
    }
    for (int side = 0; side < ARMS; side++)
        for (size_t c = 0; c < ALARMS_COLUMN_COUNT; c++) {
            sample[side].value[c] = calloc(SAMPLE, sizeof(int64_t));
            CHECK(sample[side].value[c]);
        }
    printf("\npopulation: %lu trials without failure of each; samples of %d, %d repetitions\n"
           "  %-38s%14s%9s%10s%14s\n",
           (unsigned long)arm[BASE].n, SAMPLE, REPETITIONS, "", "truth", "nominal", "measured",
           "mean width");
    bool good = measure(arm, ALARMS_teardowns, "false alarms a day", sample);
    good &= measure(arm, ALARMS_cut_ns, "seconds cut off by them a day", sample);
    for (int side = 0; side < ARMS; side++) {
        alarms_fini(&arm[side]);
        alarms_fini(&sample[side]);
    }
    puts(good ? "all intervals hold what they promise" : "some intervals hold too little");
    return good ? 0 : 1;
}
