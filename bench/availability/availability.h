/* From outages to minutes a year: how often things fail (the user says), how long they are then
 * down (runs say), and what false alarms cost in between (alarms.csv says). Separate because it is
 * arithmetic on samples: where they come from is settings.h's. */
#ifndef BENCH_AVAILABILITY_AVAILABILITY_H
#define BENCH_AVAILABILITY_AVAILABILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "../alarms/alarms.h"
#include "../base/error.h"

#define AVAILABILITY_YEAR_NS (365.25 * 86400e9)
enum { AVAILABILITY_KINDS_MAX = 8, AVAILABILITY_YEARS = 20000 };

/* Outages after one kind of failure. */
struct outages {
    char kind[16];      /* "crash" */
    double rate;        /* a year */
    int64_t *ns;        /* owned: those that ended */
    uint64_t n, ended;  /* trials; of these, ended within the horizon */
    int64_t horizon_ns; /* that the others outlasted */
};

/* One tuning: its outages by kind of failure, and its false alarms. */
struct tuning {
    char name[256];
    struct outages outages[AVAILABILITY_KINDS_MAX];
    size_t kinds;
    struct alarms alarms; /* owned; n 0: not measured */
    unsigned classes;     /* that are protected: a false alarm cuts off one of them */
};
void tuning_fini(struct tuning *tuning);

struct availability_options {
    double alarm_ns; /* what one false alarm costs the class it hits; below 0: as measured */
    bool no_alarms;  /* leave them out */
    bool bound;      /* outages beyond the horizon count as the horizon */
    uint64_t seed;   /* of the years that are played */
};

/* With the ends of its 95 % interval; high may be INFINITY. */
struct spread {
    double value, low, high;
};

struct availability {
    struct spread mean_ns[AVAILABILITY_KINDS_MAX]; /* outage */
    struct spread down_ns[AVAILABILITY_KINDS_MAX]; /* a year, by kind of failure; */
    struct spread alarms;                          /* a year */
    uint64_t alarm_any;                            /* trials with any */
    double alarm_ns;             /* what one costs its class; NaN: none was seen */
    struct spread alarm_down_ns; /* a year and class */
    struct spread all_ns;        /* a year */
    double year_ns[3];           /* what a year does not exceed with 50, 95 and 99 % probability */
    bool at_least;               /* some outages are only bounded: so are the sums */
};

/* Means: Student's interval, widened by what is too rare to have been seen (rule of three), upwards
 * as if that lasted to the horizon. Sums: ends added, since parts share their luck. Years: failures
 * are Poisson, outages drawn from the trials. EXIT_INPUT: an outage beyond the horizon (unless
 * options->bound), false alarms not measured. */
bool availability_of(const struct tuning *tuning, const struct availability_options *options,
                     struct availability *out, struct error *error);

/* Nines of an availability: 3 for 99.9 %; INFINITY for all of it. */
double availability_nines(double down_ns);

#endif
