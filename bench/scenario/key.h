/* Keys: from the words of a user to a place in the registry, or a refusal that names the nearest.
 * Separate because files, per_trial, --set and manifests all spell keys. */
#ifndef BENCH_SCENARIO_KEY_H
#define BENCH_SCENARIO_KEY_H

#include "draft.h"

/* "link.lan.delay" taken apart; `instance` is empty for single kinds. */
struct key_parts {
    enum param_kind kind;
    char instance[PARAM_KEY_MAX];
    char field[PARAM_KEY_MAX];
};

/* A key at the top of a file. */
bool key_find_top(enum param_kind *kind, const char *name, const struct place *place,
                  struct error *error);

/* A field's number in the registry. */
bool key_find_field(size_t *def, enum param_kind kind, const char *field, const struct place *place,
                    struct error *error);

bool key_split(struct key_parts *parts, const char *key, const struct place *place,
               struct error *error);

/* A dotted key of an instance that exists. */
bool key_find(struct slot *slot, const struct draft *draft, const char *key,
              const struct place *place, struct error *error);

#endif
