/* Rows of an arm that come in parts: kept as they are while they are few, counted when they are
 * many. Separate because summaries and pictures of small and of large files are then the same ones.
 */
#ifndef BENCH_STATS_GATHER_H
#define BENCH_STATS_GATHER_H

#include "../out/csv.h"
#include "counted.h"
#include "values.h"

enum { GATHER_ROWS = 1 << 18 }; /* in memory at once: of all columns some 90 MB */

struct tally;

struct gather {
    char *folder; /* of the sorted files, below the results */
    struct tally *tally;
    struct counted counted;
};

/* `dir`: the folder of results, where there is room for sorted files. */
void gather_init(struct gather *gather, const char *dir);
void gather_fini(struct gather *gather);

/* Which of the rows count (status has to be among them). */
struct values_about gather_about(const struct csv_table *rows);

enum gather_state {
    GATHER_FAILED,
    GATHER_MORE,    /* of this arm is to come */
    GATHER_AS_ROWS, /* the part was all there is */
    GATHER_COUNTED  /* gather->counted has all, until the next part */
};

/* Takes a part as csv_table_parts gives it; the table has status among its columns. */
enum gather_state gather_part(struct gather *gather, const struct csv_table *rows, bool last,
                              struct error *error);

#endif
