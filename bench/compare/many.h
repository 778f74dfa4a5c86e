/* Every arm of a sweep against one: the table that answers "which of these?".
 * Separate because verdicts must be divided (Holm) over all arms, not over one pair at a time. */
#ifndef BENCH_COMPARE_MANY_H
#define BENCH_COMPARE_MANY_H

#include "compare.h"
#include "report.h"

struct candidate {
    int64_t arm;
    char name[128];
    uint64_t shorter, longer; /* trials in which its outage is shorter, longer than the base's */
    size_t n;
    struct comparison row[COMPARE_MAX];
};

struct many {
    char base[128];
    int64_t base_arm;
    const char *class_name; /* outages are those of this traffic class; NULL: of any */
    struct compare_options options;
    size_t tests; /* comparisons among which Holm divides: of all candidates */
    size_t n;
    struct candidate *candidate; /* owned */
};

/* Compares all other arms with arm `base` of the sweep DIR, by a class or by none (NULL; the text
 * must outlive `many`). EXIT_INPUT as arms_read_sweep. To be freed by many_fini when true. */
bool many_compare(const char *dir, int64_t base, const char *class_name,
                  const struct compare_options *options, struct many *many, struct error *error);
void many_fini(struct many *many);

/* One whole document. The table and Markdown have a line for each arm and the main figures; CSV and
 * JSON hold everything. */
void many_print(FILE *stream, const struct many *many, enum compare_format format);

#endif
