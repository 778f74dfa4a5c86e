/* manifest.json: everything needed to repeat a run, and to trace one of its trials.
 * Separate because it is read back: `ikebench trace RESULT_DIR` rebuilds the plan from it alone. */
#ifndef BENCH_OUT_MANIFEST_H
#define BENCH_OUT_MANIFEST_H

#include <stdint.h>
#include <stdio.h>

#include "../scenario/plan.h"

struct manifest {
    struct plan *plan; /* owned */
    uint64_t seed, first, trials;
};

/* Writes the manifest of a run. No time, host or user: the same run has the same bytes. */
bool manifest_write(FILE *out, const struct plan *plan, uint64_t seed, uint64_t first,
                    uint64_t trials, struct error *error);

/* Reads DIR/manifest.json; manifest->plan is the caller's to free. EXIT_INPUT when it is missing or
 * not ours, or a distribution table is no longer the one the run read. */
bool manifest_read(const char *dir, struct manifest *manifest, struct error *error);

/* What a picture of these results is called: "FOLDER/SCENARIO: N trials". Reads names alone: the
 * tables of the run need not be there. */
bool manifest_title(const char *dir, char *title, size_t size, struct error *error);

/* The seed of these results. Reads nothing else: the tables of the run need not be there. */
bool manifest_seed(const char *dir, uint64_t *seed, struct error *error);

#endif
