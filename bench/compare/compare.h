/* Two arms, measure by measure: values, change, 95 % interval, verdict.
 * Separate from reading (arms.h), from methods (method.h, bootstrap.h) and from printing
 * (report.h): here it is decided what is compared, how, and when a word may be said. */
#ifndef BENCH_COMPARE_COMPARE_H
#define BENCH_COMPARE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "arms.h"

/* X(name, word, meaning) */
#define VERDICTS(X)                                                                                \
    X(better, "better", "below -margin: interval, and Holm-adjusted p of less, under 5 %")         \
    X(worse, "worse", "above the margin: interval, and Holm-adjusted p of less, under 5 %")        \
    X(equivalent, "equivalent", "interval wholly within the margin")                               \
    X(identical, "identical", "every trial has the same value")                                    \
    X(none, "~", "no evidence either way")                                                         \
    X(unknown, "unknown", "cannot be compared, see the note")

enum verdict_word {
#define X(name, word, meaning) WORD_##name,
    VERDICTS(X)
#undef X
};
const char *verdict_text(enum verdict_word word);

/* Times in ns, shares from 0 to 1, counts. INFINITY: beyond the horizon, or no finite limit; NaN:
 * not known, the note says why. */
struct comparison {
    char metric[32], statistic[16];
    const char *unit; /* "s", "share", "count" */
    double base, base_low, base_high, cand, cand_low,
        cand_high; /* with intervals, exact but for means; NaN: none */
    double change, low, high;
    double p, p_holm, margin; /* p: of "no difference"; p_holm: of "no more than the margin", for
                               * all rows together (Holm) */
    enum verdict_word verdict;
    bool unpaired; /* independent samples */
    char note[128];
};

#define COMPARE_MAX     24
#define COMPARE_METRICS 2

struct compare_options {
    bool paired;
    int64_t slo_ns;
    double margin_share; /* of the base value */
    double margin_ns;    /* for times; the larger one counts */
    unsigned threads;
};

struct comparing {
    const struct arm *arm; /* [ARMS] */
    struct compare_options options;
    uint64_t wins, losses, ties; /* trials in which the candidate's outage is shorter, longer */
    int64_t *sorted[COMPARE_METRICS][ARMS]; /* outage, ipsec */
    size_t tests;                           /* comparisons among which Holm divides */
    size_t n;
    struct comparison row[COMPARE_MAX];
};

void compare_arms(const struct arm arm[ARMS], const struct compare_options *options,
                  struct comparing *c);
void comparing_fini(struct comparing *c);

/* Adjusts the p-values of all these rows (Holm) and says the words; returns how many rows have one.
 */
size_t compare_decide(struct comparison *const *row, size_t n,
                      const struct compare_options *options);

/* NULL when there is none. */
const struct comparison *comparing_find(const struct comparing *c, const char *metric,
                                        const char *statistic);

#endif
