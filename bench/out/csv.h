/* CSV as every file of results uses it: RFC 4180, comma, first line a header, lines end in LF.
 * Separate because the format is a promise to other programs: what is written reads back exactly.
 * RFC 4180; reading by libcsv. */
#ifndef BENCH_OUT_CSV_H
#define BENCH_OUT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/error.h"

/* Writing: rows grow in memory, so that a worker thread can prepare a block and one thread writes
 * the blocks in order. Start with {0}; data is not terminated by a zero byte. */
struct csv_buffer {
    char *data;
    size_t length, capacity;
    bool row_begun; /* the next field needs a comma in front */
};

/* Each appends one field to the row that is being built. */
void csv_put_int64(struct csv_buffer *buffer, int64_t value);
/* The shortest of %.15g, %.16g, %.17g that reads back as the same double; NaN and infinities are a
 * programmer's mistake. */
void csv_put_double(struct csv_buffer *buffer, double value);
/* Quoted where RFC 4180 asks for it; "" is an empty field. */
void csv_put_text(struct csv_buffer *buffer, const char *text);
void csv_end_row(struct csv_buffer *buffer);

/* Appends bytes as they are: the memory serves for rows that never become text, too. */
void csv_put_bytes(struct csv_buffer *buffer, const void *data, size_t length);

/* Forgets the content, keeps the memory. */
void csv_buffer_clear(struct csv_buffer *buffer);
void csv_buffer_fini(struct csv_buffer *buffer);

/* The first column of the trials of a sweep: the arm's number, from 0. */
#define CSV_ARM "arm"

/* Reading. A column of the registry (world/row.h), and that of arms, is exact 64-bit integers, any
 * other one doubles: exactly one of the two arrays is set. */
struct csv_column {
    char *name;
    int64_t *whole;
    double *real;
};

struct csv_table {
    size_t rows, columns;
    struct csv_column *column;
    char **header; /* every name of the file's first line, also of columns not read */
    size_t headers;
};

/* Reads the columns `wanted` (in that order; NULL: all, in the file's order) of the file `path`.
 * CRLF is accepted. On success *table belongs to the caller (csv_table_fini). On failure *table is
 * empty and *error says path:line:column, the column counted in fields: a file that is empty, has
 * no rows, misses a wanted column, was cut off, has a row of another width, or a field of a wanted
 * column that is not a (finite) number. */
bool csv_table_read(const char *path, const char *const *wanted, size_t n_wanted,
                    struct csv_table *table, struct error *error);

/* The first `most` rows; *more: there are others, which were not looked at. */
bool csv_table_read_some(const char *path, const char *const *wanted, size_t n_wanted, size_t most,
                         struct csv_table *table, bool *more, struct error *error);

/* The names of the first line alone: table->header. */
bool csv_header_read(const char *path, struct csv_table *table, struct error *error);
bool csv_header_has(const struct csv_table *table, const char *name);

/* The same, arm by arm, so that only the rows of one arm are in memory: wanted[0] is CSV_ARM, whose
 * values must ascend. `each` gets the rows of one arm; what it returns false for ends the reading.
 */
typedef bool csv_each_fn(const struct csv_table *rows, int64_t arm, void *context,
                         struct error *error);
bool csv_table_each(const char *path, const char *const *wanted, size_t n_wanted, csv_each_fn *each,
                    void *context, struct error *error);

/* The same in parts of at most `most` rows, however large an arm is, which may be without rows when
 * they are the arm's last ones. Without CSV_ARM as wanted[0] all rows are of arm 0. */
typedef bool csv_part_fn(const struct csv_table *rows, int64_t arm, bool last, void *context,
                         struct error *error);
bool csv_table_parts(const char *path, const char *const *wanted, size_t n_wanted, size_t most,
                     csv_part_fn *part, void *context, struct error *error);
void csv_table_fini(struct csv_table *table);

/* The columns of a trials.csv that the registry knows: its own, of which trial and status are
 * needed and --columns may have left out others, then those of classes. With `arms` CSV_ARM comes
 * first. */
struct csv_names {
    const char **name; /* owned */
    size_t n;
};
bool csv_names_read(const char *path, bool arms, struct csv_names *names, struct error *error);
void csv_names_fini(struct csv_names *names);

/* The column called `name`, or NULL. */
const struct csv_column *csv_table_column(const struct csv_table *table, const char *name);

#endif
