/* clients.csv: a row for each front end of each trial, on request (`run --clients`).
 * Separate because it is another table than trials.csv: ten thousand rows a trial, and of each only
 * what is a front end's own. */
#ifndef BENCH_RUN_CLIENTS_H
#define BENCH_RUN_CLIENTS_H

#include "world/world.h"

#include "../out/csv.h"
#include "../scenario/plan.h"

/* The file, and its second column: the number of the front end, from 0. */
#define CLIENTS_FILE   "clients.csv"
#define CLIENTS_COLUMN "front_end"

/* Whether a column is there: names, outcomes, moments and phases. Amounts are the trial's. */
bool clients_have(const struct row_column *column);

void clients_put_header(const struct plan *plan, struct csv_buffer *buffer);

/* The front ends of the trial that `world` has just run, by number. */
void clients_put_rows(const struct plan *plan, const struct world *world,
                      struct csv_buffer *buffer);

#endif
