/* Keys that a scenario gives and that change nothing in it.
 * Separate because what a key needs to matter is a table of one line a key and reason; a test
 * proves each line by simulation: another value leaves every trial as it was. */
#ifndef BENCH_VALIDATE_EFFECT_H
#define BENCH_VALIDATE_EFFECT_H

#include <stdbool.h>
#include <stddef.h>

#include "../scenario/plan.h"

/* A plan with the least and the largest value that every key takes in any trial. */
struct effect_view {
    const struct plan *plan;
    struct params low, high;
};

/* A line: keys (a field, or a beginning and '*') and when they change nothing in any trial. */
struct effect_rule {
    enum param_kind kind;
    const char *field;
    bool (*is_void)(const struct effect_view *view, int instance);
    const char *why; /* "without effect: ..." */
};

extern const struct effect_rule effect_rules[];
extern const size_t effect_rule_count;

/* The same for trial.system storm. */
extern const struct effect_rule effect_storm_rules[];
extern const size_t effect_storm_rule_count;

void effect_view_init(struct effect_view *view, const struct plan *plan);

/* Whether a further IPsec peer (a domain controller) runs on this node. */
bool effect_serves_peer(const struct params *params, int node);

/* Whether anything of the scenario refers to an instance of a kind (single kinds: always). */
bool effect_used(const struct effect_view *view, enum param_kind kind, int instance);

/* One key that was given (its origin is not "default") and changes nothing. The texts are the
 * plan's. An instance to which nothing refers is one finding, with its name as key. */
struct effect_finding {
    char key[PARAM_KEY_MAX];
    const char *value, *origin, *why;
};

/* Whether the table speaks of such a scenario; if not none is found. */
bool effect_known(const struct plan *plan);

/* All of them, in the order of the registry; *list is the caller's (free). A text that several
 * instances inherit is void when it is for all of them, and then told once. */
size_t effect_find(const struct plan *plan, struct effect_finding **list);

#endif
