/* The two sides of a comparison: the columns that are compared, and whether the trials can be
 * paired.
 * Separate because a wrong pairing gives convincing nonsense: every reason to refuse is here.
 * Only the compared columns are kept: 80 bytes a trial and arm. */
#ifndef BENCH_COMPARE_ARMS_H
#define BENCH_COMPARE_ARMS_H

#include <stdint.h>

#include "../alarms/alarms.h"

/* Columns of trials.csv that are compared; all are whole numbers. */
#define ARM_COLUMNS(X)                                                                             \
    X(trial)                                                                                       \
    X(status)                                                                                      \
    X(outage_ns)                                                                                   \
    X(ipsec_ns)                                                                                    \
    X(requests_lost)                                                                               \
    X(ike_messages)                                                                                \
    X(ike_retransmissions)                                                                         \
    X(ike_bytes)                                                                                   \
    X(crypto_front_end_ns)                                                                         \
    X(crypto_nodes_ns)                                                                             \
    X(system)

enum arm_column {
#define X(name) ARM_##name,
    ARM_COLUMNS(X)
#undef X
        ARM_COLUMN_COUNT
};

extern const char *const arm_columns[ARM_COLUMN_COUNT];

/* In outage_ns and ipsec_ns a value that was never reached is QUANTILE_ABOVE. */
struct arm {
    char name[512];
    uint64_t n;
    int64_t *value[ARM_COLUMN_COUNT];
    struct alarms alarms; /* of the same tuning while nothing fails; n 0: not there */
    char stress[256];     /* that these were under */
};

enum { BASE, CAND, ARMS };

/* Reads DIR/trials.csv of both folders, at the same time. With `class_name` outage, IPsec and lost
 * requests are those of that traffic class (world/row.h) instead of the trial's; else NULL.
 * EXIT_INPUT: one is no folder of results, its trials.csv is bad or shorter than its manifest says,
 * or (with `paired`) they cannot be paired: other seed, other number of trials, other trials. */
bool arms_read(const char *base, const char *cand, bool paired, const char *class_name,
               struct arm arm[ARMS], struct error *error);

/* The same for two arms of one sweep, whose trials.csv begins with the column `arm`. */
bool arms_read_sweep(const char *dir, int64_t base, int64_t cand, bool paired,
                     const char *class_name, struct arm arm[ARMS], struct error *error);

/* Can the rows be paired? EXIT_INPUT with the first row that differs. */
bool arms_pair(const struct arm arm[ARMS], struct error *error);

void arms_fini(struct arm arm[ARMS]);

#endif
