/* For which values of what is only assumed does a claim hold? Shares in cells of two parameters.
 * Separate because "it depends" is an answer only together with on what. */
#ifndef BENCH_CLAIMS_GRID_H
#define BENCH_CLAIMS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../out/csv.h"

enum { GRID_X = 10, GRID_Y = 6 };

/* The cells that G5 is tried on: V, the time from the address leaving the first node to the other
 * answering IKE on it, and the request rate of the protected class; steps of equal ratio over the
 * ranges of move-gap.yaml. */
#define GRID_SCENARIO "move-gap"
#define GRID_RATE     "class.pop3.rate"
#define GRID_X_LOW    0.3 /* s */
#define GRID_X_HIGH   15.0
#define GRID_Y_LOW    0.01 /* 1/s */
#define GRID_Y_HIGH   10.0

struct grid_cell {
    uint64_t n, inside;
    double low, high; /* exact 95 % interval of the share; valid for n > 0 */
    bool holds;       /* low >= CLAIM_SHARE */
};

struct grid {
    struct grid_cell cell[GRID_Y][GRID_X];
    uint64_t elsewhere; /* trials outside all cells */
    size_t holding;     /* cells */
};

/* Lower limit of cell i, 0 <= i <= GRID_X (GRID_Y). */
double grid_x(size_t i);
double grid_y(size_t i);

/* Start with {0}; add every trial, then finish. */
void grid_add(struct grid *grid, double x, double y, bool inside);
void grid_finish(struct grid *grid);

/* "V in [2.1, 4.6) s at rates [1, 10) /s; ...", rates of equal sets put together; or "no cell". */
void grid_words(const struct grid *grid, char *text, size_t size);

/* v_low_s, v_high_s, rate_low_hz, rate_high_hz, n, inside, share, share_low, share_high, holds */
void grid_table(const struct grid *grid, struct csv_buffer *buffer);

#endif
