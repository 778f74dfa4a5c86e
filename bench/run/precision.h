/* Trials until the answer is precise: looks at doubling numbers of trials, each interval paying its
 * share of the error. Separate because when to stop must depend on trial numbers alone, never on
 * which thread was first. With K looks at most, intervals of level 1 - 0.05 / K hold together
 * (Bonferroni): peeking costs width, not truth. */
#ifndef BENCH_RUN_PRECISION_H
#define BENCH_RUN_PRECISION_H

#include "run.h"

enum { PRECISION_GOALS_MAX = 8, PRECISION_FIRST_LOOK = 1024 };

/* "p99=2%": half the interval of the outage's p99 is at most 2 % of the p99. */
struct precision_goal {
    char text[32];
    double p, relative;
};

struct precision {
    struct precision_goal goal[PRECISION_GOALS_MAX];
    size_t goals;
    uint64_t max_trials;
};

/* Adds the goal of one --precision. EXIT_INPUT: not of that form, or too many. */
bool precision_add(struct precision *precision, const char *text, struct error *error);

/* Number of looks, and of trials at look k (from 0): 1024, 2048, ... and max_trials at last. */
unsigned precision_looks(const struct precision *precision);
uint64_t precision_trials(const struct precision *precision, unsigned look);

/* Where the goals stand after a look. */
struct precision_state {
    bool reached;
    double excess;  /* widest half interval by what is asked of it: above 1 it is not reached */
    char text[512]; /* one line for a person */
};

/* Judges the first n outages (ns, -1 beyond the horizon; the array is sorted in place). */
struct precision_state precision_judge(const struct precision *precision, int64_t *outage_ns,
                                       uint64_t n);

/* The same of the trials of an arm (0: of a run) that an output has. */
bool precision_look(const struct precision *precision, struct output *output, uint64_t arm,
                    struct precision_state *state, struct error *error);

/* Runs trials until the goals are reached or max_trials are done; report->trials says how many.
 * What the output has from earlier is judged at the same looks. */
bool precision_run(const struct plan *plan, const struct run_options *options,
                   const struct precision *precision, struct output *output,
                   struct run_report *report, struct precision_state *state, struct error *error);

/* "p99=2% p50=1% --max-trials 1048576", to be freed. */
char *precision_text(const struct precision *precision);

#endif
