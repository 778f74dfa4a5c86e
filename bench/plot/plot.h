/* Pictures of one run: trials.csv -> plots/{percentiles,ccdf,phases,overlap}.{svg,png} and their
 * data, and outcomes against what was drawn where that is one thing or two (against.h). Separate
 * from the numbers (curves.h) and from the program that draws (gnuplot.h): results never depend on
 * a picture. */
#ifndef BENCH_PLOT_PLOT_H
#define BENCH_PLOT_PLOT_H

#include "../out/csv.h"
#include "../out/stage.h"
#include "gnuplot.h"

/* Of a file with more rows, pictures that need rows (phases, outcomes against draws) show its first
 * ones; the title says so. */
enum { PLOT_ROWS = 1 << 20 };

/* Makes DIR/plots anew from DIR/trials.csv, whole or not at all. Where there are no rows
 * (DIR/quantiles.csv instead) there are the curves alone. `title` is any text; it is shown
 * literally (control characters become blanks, long text is cut). Pictures without any finite value
 * (no trial recovered) are left out; where that are all of them no DIR/plots is left. EXIT_INPUT:
 * trials.csv is bad; EXIT_OUTPUT: gnuplot is missing or failed, or the folder cannot be written:
 * what was there stays. */
bool plot_write(const char *dir, const char *title, struct error *error);

/* For other makers of pictures: a table of data, which is then cleared, and the title, which every
 * script needs. */
bool plot_put_table(const struct stage *stage, const char *name, struct csv_buffer *buffer,
                    struct error *error);
bool plot_put_title(const struct stage *stage, const char *title, struct error *error);

/* Draws in the stage and puts it in its place; with no jobs nothing is left there, not even older
 * pictures, which would be of other trials. */
bool plot_finish(struct stage *stage, const struct gnuplot_job *job, size_t jobs,
                 struct error *error);

#endif
