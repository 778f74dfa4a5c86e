/* Laws as a scenario writes them: 2s, or family(arguments) with the arguments by name or in order:
 *   constant(value) uniform(low, high) exponential(mean) normal(mean, sd) lognormal(median, sigma)
 *   gamma(shape, scale) weibull(shape, scale) pareto(shape, minimum) loguniform(low, high)
 *   empirical(file, unit): the numbers in a file, each equally likely, `unit` (ms, %, /s) put
 * behind each; without `unit` the numbers in the file carry their own. Names may stand in "quotes".
 * sigma and shape are plain numbers, all other arguments carry the unit of the key. */
#ifndef BENCH_SCENARIO_LAW_TEXT_H
#define BENCH_SCENARIO_LAW_TEXT_H

#include "plan.h"

struct law_text {
    struct law law;
    double low, high; /* exact bounds of what it can yield; may be infinite */
    char *canonical;  /* owned by the caller */
};

/* Reads a law of values of `type` (time, share, rate, number, count). Files are relative to
 * `folder`. On failure *why says what is wrong and what would be right, without a place in front.
 */
bool law_text_parse(struct law_text *out, struct plan *plan, enum param_type type, const char *text,
                    const char *folder, struct error *why);

#endif
