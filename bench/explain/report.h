/* `ikebench explain`: floors and ceilings beside what was simulated, as text, Markdown or JSON.
 * Separate because it only prints: formulas are in bounds.h, sentences in words.h. */
#ifndef BENCH_EXPLAIN_REPORT_H
#define BENCH_EXPLAIN_REPORT_H

#include <stdio.h>

#include "../scenario/plan.h"
#include "../stats/summary.h"

struct explained {
    const struct plan *plan;
    const struct summary *summary;
    uint64_t seed;
};

/* A column that is wanted and is not among the trials (--columns); NULL: all are there. What is
 * printed needs them all. */
const char *explain_missing(const struct summary *summary);

void explain_print_text(FILE *out, const struct explained *e);
void explain_print_md(FILE *out, const struct explained *e);
void explain_print_json(FILE *out, const struct explained *e);

#endif
