/* KB 821839 as a table: what it says, where that is tried, and what would be true if it held.
 * Separate from the judging (judge.h), so that a reader can check the table against the KB alone.
 */
#ifndef BENCH_CLAIMS_CLAIM_H
#define BENCH_CLAIMS_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The columns of trials.csv that claims are about (world/row.h tells what they mean). */
#define CLAIM_COLUMNS(X)                                                                           \
    X(trial)                                                                                       \
    X(stop_ns)                                                                                     \
    X(vip_gone_ns)                                                                                 \
    X(vip_up_ns)                                                                                   \
    X(silence_ns)                                                                                  \
    X(idle_expiry_ns)                                                                              \
    X(sa_end)                                                                                      \
    X(acquire_ns)                                                                                  \
    X(stale_qm_start_ns)                                                                           \
    X(mm_done_ns)                                                                                  \
    X(ipsec_ns)                                                                                    \
    X(app_ready_ns)                                                                                \
    X(outage_ns)                                                                                   \
    X(sum_ns)                                                                                      \
    X(phase_detect_ns)                                                                             \
    X(phase_wait_ns)                                                                               \
    X(phase_stale_qm_ns)                                                                           \
    X(requests_clear)                                                                              \
    X(passwords_clear)

struct claim_trial {
#define X(name) int64_t name;
    CLAIM_COLUMNS(X)
#undef X
};

enum {
#define X(name) +1
    CLAIM_COLUMN_COUNT = 0 CLAIM_COLUMNS(X)
#undef X
};

extern const char *const claim_columns[CLAIM_COLUMN_COUNT]; /* in the order of struct claim_trial */

/* What one trial says to a claim. */
#define CLAIM_NEVER INT64_MAX
struct claim_reading {
    int64_t value; /* ns, or 1e-9 of a ratio; CLAIM_NEVER: beyond the horizon */
    bool holds;    /* of orders and pairs; of intervals the judge decides */
};

enum claim_kind {
    CLAIM_interval, /* low <= value < high */
    CLAIM_order,    /* of the moments of a trial */
    CLAIM_pairs,    /* of the same trial in two scenarios */
    CLAIM_amount,   /* low <= value of a column < high */
    CLAIM_monotone, /* over trials: ipsec_ns grows with what was drawn */
};

struct claim {
    const char *id;       /* facts: C, G, X, N, P as in the KB's order; F1, F2, F6 are ours */
    const char *words;    /* the KB's, shortened */
    const char *scenario; /* judged on these results */
    enum claim_kind kind;
    const char *quantity, *unit;
    double low, high; /* in the unit; of intervals and amounts */
    /* False when the claim says nothing of this trial. `other`: pairs only. */
    bool (*read)(const struct claim_trial *trial, const struct claim_trial *other,
                 struct claim_reading *reading);
    const char *other;   /* pairs: the scenario compared with */
    const char *drawn;   /* monotone: the column that holds what was drawn; amount: its column */
    bool conditional;    /* also tried on the cells of grid.h */
    const char *meaning; /* what is counted as true, and over which trials */
};

extern const struct claim claims[];
extern const size_t claim_count;

#endif
