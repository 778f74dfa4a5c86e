/* How p99 depends on what a sweep varied: tables for trend.gp, sweep-heatmap.gp and tornado.gp.
 * Separate because it sees nothing but the list of arms and one quantile of each: which arms form a
 * line, a grid or single steps from a base is found from their values. */
#ifndef BENCH_SWEEP_DESIGN_H
#define BENCH_SWEEP_DESIGN_H

#include "../out/csv.h"
#include "../stats/quantile.h"
#include "arm_list.h"

enum { DESIGN_TRENDS_MAX = 6, DESIGN_LINES_MAX = 8 };

struct design {
    const struct arm_list *arms;
    const struct quantile *p99; /* of each arm, ns */
    size_t *place; /* [arm * keys + key]: the value's number among the different ones of its key */
    size_t *group; /* of each key: the first key that steps together with it (zip) */
};

void design_init(struct design *design, const struct arm_list *arms, const struct quantile *p99);
void design_fini(struct design *design);

/* Is the key varied, and the first one of those that step together with it? */
bool design_leads(const struct design *design, size_t key);

/* Are some of its values no numbers? */
bool design_is_words(const struct design *design, size_t key);

/* Seconds; empty for what is beyond the horizon or has no limit. */
void design_put_seconds(struct csv_buffer *buffer, int64_t ns);

/* p99 against a key whose values are all numbers, at least two of them: for each combination of the
 * other keys (at most DESIGN_LINES_MAX, in the order of arms) one line: value, p99, low, high. Keys
 * that step together with it are no others. False, and nothing is put: there is no such line. */
bool design_trend(const struct design *design, size_t key, struct csv_buffer *buffer);

/* p99 over two keys, when two are varied, and not one at a time. */
bool design_heatmap(const struct design *design, struct csv_buffer *buffer);

/* The least and the largest p99 of each key, when arm 0 is a base from which every other arm
 * differs in one key, and at least two keys differ. */
bool design_tornado(const struct design *design, struct csv_buffer *buffer);

/* Text for a script: quotes, backslashes and commas become the bytes 1, 3 and 4 (common.gp puts
 * them back), so that a reader of CSV never sees anything to unquote. */
void design_encode(char *text, size_t size, const char *from);

#endif
