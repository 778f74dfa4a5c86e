/* Measurements: what is timed, in rounds that take turns, and medians of what came out.
 * Separate because every measurement is treated alike: each round times it between two looks at
 * the yardstick, and rounds of all measurements are interleaved, so that a machine that slows down
 * and recovers touches all of them and cancels in the ratio. */
#ifndef BENCH_SPEED_MEASURE_H
#define BENCH_SPEED_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/error.h"

enum { ROUNDS_MAX = 9, MEASURES_MAX = 64, MEASURE_UNITS = 2 };

/* What one round did: `count` of each unit in `ns`. */
struct round {
    double ns, count[MEASURE_UNITS];
    double peak_mb; /* most memory, where it is measured */
};

/* Something that takes time. */
struct measure {
    char name[64];
    uint64_t n;                      /* its size: pending timers, customers, trials, ... */
    const char *unit[MEASURE_UNITS]; /* what the time is counted per; the second may be NULL */
    const char *n_is;                /* what the size counts; NULL: how often it was done */
    double target_y;                 /* most yardsticks per unit[0]; 0: no target */
    const char *beside; /* not NULL: the target is so many times the yardsticks of this other one */
    double beside_times; /* (no target where that is not wanted) */
    double target_per_s; /* least of unit[1] a second; 0: no target */
    double target_mb;    /* most memory; 0: not measured */
    bool (*run)(void *context, struct round *round, struct error *error);
    void (*free)(void *context); /* NULL: nothing to release */
    void *context;
    double ns[MEASURE_UNITS], y[MEASURE_UNITS]; /* per unit: medians over the rounds */
    double peak_mb;                             /* the most of all rounds */
};

struct measures {
    bool quick;       /* a thirtieth of the work in 3 rounds: for tests, not for figures */
    const char *only; /* part of the names that are wanted; NULL: all */
    char peer[48];    /* engine that is compared with; "": none */
    size_t n;
    struct measure item[MEASURES_MAX];
};

/* Whether a measurement of this name is wanted: what it needs may be large. */
bool measures_want(const struct measures *measures, const char *name);

/* Appends if it is wanted; owns the context from now on. */
void measures_add(struct measures *measures, const struct measure *measure);
void measures_fini(struct measures *measures);

/* How often to do something that is done `times` times in a full round. */
uint32_t measures_times(const struct measures *measures, uint32_t times);

/* Runs all rounds. False when a measurement fails, with its reason. */
bool measures_run(struct measures *measures, struct error *error);

/* Targets that are other measurements (`beside`), from what came out of the same rounds. */
void measures_take_targets(struct measures *measures);

/* Of a unit that has a target. */
static inline bool measure_reached(const struct measure *measure, int unit)
{
    if (unit == 1)
        return measure->ns[1] <= 1e9 / measure->target_per_s;
    return measure->y[0] <= measure->target_y &&
           (measure->target_mb == 0.0 || measure->peak_mb <= measure->target_mb);
}

#endif
