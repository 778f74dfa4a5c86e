/* The columns of trials.csv: all of them, or those that --columns names, and a row as text.
 * Separate because the runner, merging and what is kept beside results need the same choice. */
#ifndef BENCH_RUN_COLUMNS_H
#define BENCH_RUN_COLUMNS_H

#include "world/row.h"

#include "../out/csv.h"
#include "../scenario/plan.h"

/* A column that is chosen: of the registry, or of a class. */
struct columns_field {
    char name[ROW_NAME_MAX];
    enum row_kind kind;
    size_t number; /* in the registry; ROW_COLUMN_COUNT: of a class */
    size_t at;     /* its value is ((int64_t *)row)[at] */
};

struct columns {
    struct columns_field *field; /* in the file's order */
    size_t fields;
    bool *draw; /* of each per-trial draw of the plan */
    char *text; /* "trial,status,outage_ns,system"; NULL: all */
};

/* `list`: "outage_ns,ipsec_ns", or NULL for all, which always succeeds. Besides trial, status and
 * system, and outage_ns with phases: without them nobody could tell which trials a column is about.
 * EXIT_INPUT: the plan has no such column; the message names the nearest. To be freed by
 * columns_fini when true. */
bool columns_init(struct columns *columns, const char *list, const struct plan *plan,
                  struct error *error);
void columns_fini(struct columns *columns);

bool columns_have(const struct columns *columns, const char *name);

/* How many classes have columns of their own (world/row.h): all, or none. */
int32_t columns_classes(const struct plan *plan);

/* Column name of a per-trial draw: its key, with _ns for times. Returns text. */
enum { COLUMN_NAME_MAX = 128 };
char *columns_of_draw(char text[COLUMN_NAME_MAX], const struct plan_draw *draw);

/* The first line of trials.csv (`columns` NULL: all); `arms`: it begins with the column of arms. */
void columns_put_header(const struct columns *columns, const struct plan *plan, bool arms,
                        struct csv_buffer *buffer);

/* One trial, without the column of arms; `drawn` as plan_trial gives it. */
void columns_put_row(const struct columns *columns, const struct plan *plan, const struct row *row,
                     const double *drawn, struct csv_buffer *buffer);

#endif
