/* --fail-on: conditions that must be proven before a gate closes.
 * Separate because a gate that flaps on noise is switched off (k6 issues 107, 4319): it tests the
 * bound of the 95 % interval, never the value alone. */
#ifndef BENCH_COMPARE_GATE_H
#define BENCH_COMPARE_GATE_H

#include "compare.h"

struct gate {
    const char *text; /* as given, not copied */
    char metric[32], statistic[16];
    bool change, relative, upper; /* on the change; in % of the base; '>' and not '<' */
    double limit;                 /* ns, share or count */
};

/* "p99 > 130s", "p99.ipsec > 2s", "change.p99 > 5%", "change.p50 > 200ms", "slo > 1%",
 * "norecovery > 0%", "change.slo > 1pp" (or 1%: changes of shares are in points). */
bool gate_parse(const char *text, struct gate *gate, struct error *error);

/* Whether n rows of a comparison say enough to judge it: measured, and often enough. */
bool gate_is_judged(const struct gate *gate, const struct comparison *row, size_t n);

/* Why it is not judged. */
const char *gate_why_not(const struct gate *gate, const struct comparison *row, size_t n);

/* True when the interval proves the condition; `told` (size) says with what. */
bool gate_fails(const struct gate *gate, const struct comparison *row, size_t n, char *told,
                size_t size);

#endif
