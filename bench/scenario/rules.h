/* What must hold between the values of a scenario. */
#ifndef BENCH_SCENARIO_RULES_H
#define BENCH_SCENARIO_RULES_H

#include "draft.h"

/* Checks the plan's base and the bounds of its draws; the draft gives the places. */
bool rules_check(const struct plan *plan, struct draft *draft, struct error *error);

/* The longest that a trial of these parameters may be: beyond it requests or bursts of background
 * work would have no numbers. */
int64_t rules_longest_ns(const struct params *params);

#endif
