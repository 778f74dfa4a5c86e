/* Runs the trials of a plan on all cores and writes trials.csv.
 * Separate because nothing here may touch a number: which thread simulates which trial, and when,
 * does not show in the bytes. Trials go out in blocks, in order of their number. */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "../scenario/plan.h"

struct run_options {
    uint64_t seed;
    uint64_t first, trials; /* numbers first .. first + trials - 1, below 2^48 */
    unsigned jobs;          /* threads; at least 1 */
    bool continues;         /* append: no header (--precision adds trials in several parts) */
    bool arms;              /* rows begin with a column for the arm of a sweep, this one: */
    unsigned arm;
    FILE *clients; /* not NULL: rows of each front end too (clients.h) */
    bool alarms;   /* false alarms too: read by those who call run_trials (alarms.h) */
    bool steady;   /* nothing fails, under the stress of the keys alarm.* (stress.h) */
    bool progress; /* a line on standard error that is rewritten */
    /* Set (by a signal; all threads read it): end soon with EXIT_INCOMPLETE. May be NULL. */
    const atomic_int *stop;
};

struct run_report {
    uint64_t trials, recovered, events;
    double wall_s;
};

/* Writes the header and a row for each trial. False when stopped, or when `out` could not be
 * written (what was written is then not a whole file). */
bool run_trials(const struct plan *plan, const struct run_options *options, FILE *out,
                struct run_report *report, struct error *error);

/* How many classes have columns of their own (world/row.h): all, or none. */
int32_t run_classes(const struct plan *plan);

/* Column name of a per-trial draw: its key, with _ns for times. Returns text. */
enum { RUN_COLUMN_MAX = 128 };
char *run_draw_column(char text[RUN_COLUMN_MAX], const struct plan_draw *draw);

#endif
