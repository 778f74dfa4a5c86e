/* The value of one key: text to the bytes in struct params, checked against the registry's range.
 * Separate because files, --set, defaults and manifests all end here. */
#ifndef BENCH_SCENARIO_VALUE_H
#define BENCH_SCENARIO_VALUE_H

#include "plan.h"

/* Reads `text` as parameter `def` and stores it at params + offset. *canonical (owned by the
 * caller) reads back as the same value. Names are looked up in plan->names; files are relative to
 * `folder`. On failure *why says what is wrong and what would be right, without a place or key in
 * front. */
bool value_parse(char **canonical, struct plan *plan, const struct param_def *def, size_t offset,
                 const char *text, const char *folder, struct error *why);

/* Reads the law of a value drawn once a trial. It must stay inside the key's range: a tail without
 * end is refused, because cutting it off would pile its probability up at the range's end. */
bool value_parse_draw(struct law *law, char **canonical, struct plan *plan,
                      const struct param_def *def, const char *text, const char *folder,
                      struct error *why);

/* Stores a drawn value (in the base unit of its type) at params + offset and returns it as stored:
 * times are rounded to whole ns and counts to whole numbers. */
double value_store_drawn(struct params *params, const struct param_def *def, size_t offset,
                         double value);

#endif
