/* Certificate stores that a scenario reads from files. */
#ifndef BENCH_SCENARIO_STORES_H
#define BENCH_SCENARIO_STORES_H

#include "draft.h"

/* Reads the folder of every store that names one, once its other values are known. What was found
 * is a source of the plan, hashed like a file. */
bool stores_read(struct plan *plan, struct draft *draft, struct error *error);

void stores_free(struct plan *plan);

#endif
