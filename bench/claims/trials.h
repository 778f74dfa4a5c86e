/* The trials of one scenario, as far as claims need them.
 * Separate because reading is the only part that can meet bad input. */
#ifndef BENCH_CLAIMS_TRIALS_H
#define BENCH_CLAIMS_TRIALS_H

#include "../base/error.h"
#include "claim.h"

enum { CLAIM_DRAWN_MAX = 4 };

struct claim_trials {
    struct claim_trial *trial; /* owned */
    size_t n;
    double *drawn[CLAIM_DRAWN_MAX]; /* owned; what was drawn, in the order asked */
    uint64_t seed;                  /* of pairs only */
};

/* Is there a folder DIR/SCENARIO with trials in it? */
bool claim_trials_exist(const char *dir, const char *scenario);

/* Reads DIR/SCENARIO/trials.csv with the columns of claims and those in `drawn` (up to the first
 * NULL, at most CLAIM_DRAWN_MAX); with `seed` the manifest too. EXIT_INPUT: a file or a column is
 * missing or bad. On success the caller owns *trials (claim_trials_fini). */
bool claim_trials_read(const char *dir, const char *scenario, const char *const *drawn, bool seed,
                       struct claim_trials *trials, struct error *error);
void claim_trials_fini(struct claim_trials *trials);

/* The trial with this number, or NULL. Numbers of a run follow one another. */
const struct claim_trial *claim_trials_find(const struct claim_trials *trials, int64_t number);

#endif
