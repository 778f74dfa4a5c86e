/* Quantile tables, each made once and owned by the plan: of families, of tc-netem's distribution
 * files and of measured values. Separate because several laws share one table and because files are
 * read here. Format of .dist files: iproute2, netem/README.distribution and tc/q_netem.c. */
#ifndef BENCH_SCENARIO_TABLE_H
#define BENCH_SCENARIO_TABLE_H

#include "plan.h"

/* The table of a family and shape, or NULL when the shape is out of the family's range. */
const struct law_table *table_of_family(struct plan *plan, enum law_family family, double shape);

/* The table `name` of TYPE_TABLE: "uniform" (*table = NULL), a name looked up where iproute2
 * installs its tables ($TC_LIB_DIR, /usr/lib/<any>/tc, /usr/lib/tc, /usr/share/tc), or a path
 * ending in .dist, relative to `folder`. *canonical (owned by the caller) is a text that reads back
 * from anywhere in the same working folder. On failure *why says what is wrong, without a place in
 * front. */
bool table_named(const struct law_table **table, char **canonical, struct plan *plan,
                 const char *name, const char *folder, struct error *why);

/* The values of a file of measurements, in the base unit of `type`: numbers separated by white
 * space,
 * '#' begins a comment, `unit` is put behind every number (may be empty when they carry their own).
 */
bool table_measured(const struct law_table **table, struct plan *plan, const char *path,
                    enum param_type type, const char *unit, struct error *why);

#endif
