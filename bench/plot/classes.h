/* Each traffic class for itself: how long it was cut off, and what of it could be read on the wire.
 * Separate because these columns are there only if a scenario asks for them (world/row.h), and
 * because one table serves a run and the arms of a sweep. */
#ifndef BENCH_PLOT_CLASSES_H
#define BENCH_PLOT_CLASSES_H

#include "../out/csv.h"
#include "../stats/counted.h"

/* Is this column of trials.csv one that the pictures of classes need? */
bool classes_need(const char *column);

/* Appends those of `names` that they need to wanted[n], at most up to `most`; returns the new n. */
size_t classes_add(const struct csv_names *names, const char **wanted, size_t n, size_t most);

/* Appends a row for each class: the number and name of the arm, the number and name of the class,
 * quantiles of its outage in seconds (empty: beyond the horizon), means of the other two over all
 * trials. Returns how many classes there are. Start the buffer with classes_header. */
void classes_header(struct csv_buffer *buffer);
size_t classes_rows(const struct csv_table *table, size_t arm, const char *name,
                    struct csv_buffer *buffer);
size_t classes_counted(const struct counted *counted, size_t arm, const char *name,
                       struct csv_buffer *buffer);

#endif
