/* Runs the trials of a plan on all cores and hands their rows to the output.
 * Separate because nothing here may touch a number: which thread simulates which trial, and when,
 * does not show in the bytes. Trials go out in blocks (blocks.h), in order of their number. */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include <stdatomic.h>
#include <stdint.h>

#include "../scenario/plan.h"
#include "columns.h"
#include "output.h"

struct ranks;

struct run_options {
    uint64_t seed;
    uint64_t first, trials;        /* numbers first .. first + trials - 1, below 2^48 */
    unsigned jobs;                 /* threads; at least 1 */
    const struct columns *columns; /* of trials.csv; NULL: all */
    bool counts;                   /* rows are counted and not kept */
    bool arms;                     /* rows begin with a column for the arm of a sweep, this one: */
    unsigned arm;
    bool clients;          /* rows of each front end too (clients.h) */
    bool alarms;           /* false alarms too: read by those who call run_trials (alarms.h) */
    uint64_t alarm_trials; /* beside so many trials, when this is a part of them; 0: as many as
                              there are */
    bool steady;           /* nothing fails, under the stress of the keys alarm.* (stress.h) */
    struct ranks *ranks;   /* that simulate for this one (ranks.h); NULL: none */
    unsigned plan_number;  /* what they call the plan */
    bool progress;         /* a line on standard error that is rewritten */
    /* Set (by a signal; all threads read it): end soon with EXIT_INCOMPLETE. May be NULL. */
    const atomic_int *stop;
    double stop_s; /* monotonic time at which to end in the same way; 0: never */
};

struct run_report {
    uint64_t trials, recovered, events; /* all of this arm */
    uint64_t earlier;                   /* of these trials, found in the output */
    double wall_s;
};

/* Puts a row for each trial that the output does not have yet. False when stopped, or when the
 * output could not be written: what was put until then is a prefix of the trials. */
bool run_trials(const struct plan *plan, const struct run_options *options, struct output *output,
                struct run_report *report, struct error *error);

/* Monotonic time, s. */
double run_seconds(void);

#endif
