/* Where the time goes: mean phases of trials of about the same outage.
 * Separate because it groups trials; curves only sort values. */
#ifndef BENCH_PLOT_PHASES_H
#define BENCH_PLOT_PHASES_H

#include "../out/csv.h"
#include "../stats/counted.h"

/* For bands of the outage (fastest 5 %, around p25, ..., slowest 1 %; of the trials that
 * recovered): band, trials, outage, then every phase of the registry, means in seconds. Needs
 * outage_ns and the phases in the table. Returns the number of bands: 0 when no trial recovered. */
size_t phases_table(const struct csv_table *table, struct csv_buffer *buffer);

/* The same for arms of a sweep: the header, then one row for each arm, means over all its trials
 * that recovered; false (and no row) when none did. Of counts also when not all phases are there.
 */
void phases_header(struct csv_buffer *buffer);
bool phases_arm(const struct csv_table *table, const char *name, struct csv_buffer *buffer);
bool phases_counted(const struct counted *counted, const char *name, struct csv_buffer *buffer);

#endif
