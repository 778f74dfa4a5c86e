/* The trial of a plan in which nothing fails: the same tuning, under stated loss and stalls.
 * Separate because what counts as an alarm that is false must be the same for runs and sweeps. */
#ifndef BENCH_RUN_STRESS_H
#define BENCH_RUN_STRESS_H

#include "world/params.h"

/* No failure, alarm.time long; links of random loss lose at least alarm.loss, computers stall at
 * least alarm.stall_rate a second (then for alarm.stall). */
void stress_lay(struct params *params);

/* How many such trials go with a run of so many. */
uint64_t stress_trials(const struct params *params, uint64_t trials);

#endif
