/* Trials -> verdicts, by the rules fixed before any result was seen.
 * Separate from the claims (claim.h): the rules are the same for all of them. Shares: exact
 * intervals (stats/quantile.h); rank correlation: Spearman, with Fisher's z and the variance of
 * Bonett and Wright, Psychometrika 65 (2000). GSL's error handler must be off. */
#ifndef BENCH_CLAIMS_JUDGE_H
#define BENCH_CLAIMS_JUDGE_H

#include "../base/error.h"
#include "../stats/quantile.h"
#include "claim.h"
#include "grid.h"

#define CLAIM_LEVEL 0.95 /* of every interval */
#define CLAIM_SHARE                                                                                \
    0.90                 /* "holds": at least this share of trials, by the interval's lower limit  \
                          */
#define CLAIM_BOUND 0.99 /* "bound only": at least this share at or under the upper end */

/* X(name, what is printed, what it means) */
#define CLAIM_VERDICTS(X)                                                                          \
    X(holds, "holds", "the share inside is 90 % or more (lower end of its 95 % interval)")         \
    X(bound_only, "bound only", "not so, but 99 % or more are at or under the upper end")          \
    X(conditional, "conditional", "not so, but it holds on the set of assumed values named")       \
    X(refuted, "refuted", "none of these: under the ranges assumed the KB's sentence is not so")   \
    X(too_few, "too few", "not even all trials inside would be enough to say that it holds")       \
    X(not_run, "not run", "there are no results of the scenario")

enum claim_verdict {
#define X(name, text, meaning) VERDICT_##name,
    CLAIM_VERDICTS(X)
#undef X
};
const char *claim_verdict_text(enum claim_verdict verdict);

struct claim_tally {
    uint64_t n;      /* trials that the claim speaks of */
    uint64_t inside; /* of these, inside the interval, or the order held */
    uint64_t under;  /* of intervals: at or under the upper end */
};

/* `cells`: the claim was tried on cells and holds on some. Only intervals can be a bound only. */
enum claim_verdict claim_verdict(const struct claim_tally *tally, bool interval, bool cells);

enum { CLAIM_P5, CLAIM_P50, CLAIM_P95, CLAIM_QUANTILES };
#define CLAIM_NOTE_MAX 768

struct judged {
    const struct claim *claim;
    enum claim_verdict verdict;
    struct claim_tally tally;
    struct quantile quantile[CLAIM_QUANTILES]; /* valid for tally.n > 0; not of monotone ones */
    double share_low, share_high;              /* the same */
    double rho, rho_low, rho_high;             /* of monotone ones */
    char note[CLAIM_NOTE_MAX];
};

struct judgement {
    struct judged *judged; /* claim_count of them, in the order of the table; owned */
    struct grid grid;      /* of G5 */
    bool has_grid;
};

/* Judges every claim on DIR/SCENARIO/trials.csv. A scenario without results gives "not run";
 * EXIT_INPUT: none has results, or some are bad. */
bool claims_judge(const char *dir, struct judgement *judgement, struct error *error);
void judgement_fini(struct judgement *judgement);

/* Spearman's rho of n pairs with its interval; 0 and (-1, 1) when it has none. */
void rank_correlation(const double *x, const double *y, size_t n, double *rho, double *low,
                      double *high);

#endif
