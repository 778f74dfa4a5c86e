/* Combinations that Microsoft does not support, or that a product cannot do: said, not refused.
 * Separate because such a sentence is a table row with its source, and `run` says some of them too.
 */
#ifndef BENCH_VALIDATE_SUPPORT_H
#define BENCH_VALIDATE_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "../scenario/plan.h"

struct support_rule {
    /* Instance of the stack that is meant (any other number for things that are no stack's), or
     * SUPPORT_GOOD. */
    int (*broken)(const struct plan *plan);
    const char *key;    /* of that stack; "" when the sentence names it */
    const char *what;   /* what is not supported */
    const char *source; /* who says so */
    bool run_says;      /* `ikebench run` and `sweep` say it too */
};
#define SUPPORT_GOOD (-1)

extern const struct support_rule support_rules[];
extern const size_t support_rule_count;

/* "stack.w: Windows 2000 in a cluster: ... (source); simulated all the same"; returns text. */
enum { SUPPORT_TEXT_MAX = 512 };
char *support_text(char text[SUPPORT_TEXT_MAX], const struct plan *plan,
                   const struct support_rule *rule, int stack);

/* Says on standard error, one line each, what run_says of a plan, or of the arms of a sweep. */
void support_warn(struct plan *const *plan, size_t arms);

#endif
