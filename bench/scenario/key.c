#include "key.h"

#include <string.h>

#include "engine/check.h"
#include "words.h"

/* The words that would have been right, and the one nearest to what was written. */
struct known {
    const char *written;
    struct words words;
    const char *nearest;
    unsigned distance;
};

static void consider(struct known *known, const char *word)
{
    unsigned distance = words_distance(known->written, word);
    words_add(&known->words, word);
    if (known->nearest == NULL || distance < known->distance) {
        known->nearest = word;
        known->distance = distance;
    }
}

static bool find_kind(enum param_kind *kind, const char *name)
{
    for (int i = 0; i < PARAM_KIND_COUNT; i++) {
        if (strcmp(param_kind_name((enum param_kind)i), name) == 0) {
            *kind = (enum param_kind)i;
            return true;
        }
    }
    return false;
}

static void consider_kinds(struct known *known)
{
    for (int i = 0; i < PARAM_KIND_COUNT; i++)
        consider(known, param_kind_name((enum param_kind)i));
}

bool key_find_top(enum param_kind *kind, const char *name, const struct place *place,
                  struct error *error)
{
    if (find_kind(kind, name))
        return true;
    struct known known = {.written = name};
    consider(&known, "extends");
    consider(&known, "description");
    consider(&known, "per_trial");
    consider(&known, "zip");
    consider(&known, "drop");
    consider_kinds(&known);
    return place_refuse(error, place, "unknown key '%.80s': the nearest is '%s' (known are %s)",
                        name, known.nearest, known.words.text);
}

bool key_find_field(size_t *def, enum param_kind kind, const char *field, const struct place *place,
                    struct error *error)
{
    const struct param_def *found = param_find(kind, field);
    if (found != NULL) {
        *def = (size_t)(found - param_defs);
        return true;
    }
    struct known known = {.written = field};
    for (size_t i = 0; i < param_def_count; i++)
        if (param_defs[i].kind == kind)
            consider(&known, param_defs[i].field);
    return place_refuse(error, place,
                        "unknown key '%.80s' of %s: the nearest is '%s' (known are %s)", field,
                        param_kind_name(kind), known.nearest, known.words.text);
}

static bool refuse_kind(const char *name, const struct place *place, struct error *error)
{
    struct known known = {.written = name};
    consider_kinds(&known);
    return place_refuse(error, place, "unknown kind '%.80s': the nearest is '%s' (known are %s)",
                        name, known.nearest, known.words.text);
}

bool key_split(struct key_parts *parts, const char *key, const struct place *place,
               struct error *error)
{
    char name[PARAM_KEY_MAX];
    *parts = (struct key_parts){0};
    if (strlen(key) >= sizeof name)
        return place_refuse(error, place, "'%.80s...' is no key: it is too long", key);
    size_t length = strcspn(key, ".");
    snprintf(name, sizeof name, "%.*s", (int)length, key);
    if (!find_kind(&parts->kind, name))
        return refuse_kind(name, place, error);
    const char *first = key + length + (key[length] == '.');
    const char *last = strchr(first, '.');
    bool several = param_kind_most(parts->kind) > 0;
    if (*first == '\0' || several != (last != NULL))
        return place_refuse(error, place, "'%s' is no key: %s%s.FIELD is due", key, name,
                            several ? ".NAME" : "");
    if (several)
        snprintf(parts->instance, sizeof parts->instance, "%.*s", (int)(last - first), first);
    snprintf(parts->field, sizeof parts->field, "%s", several ? last + 1 : first);
    return true;
}

static bool refuse_instance(const struct draft *draft, const struct key_parts *parts,
                            const struct place *place, struct error *error)
{
    struct words known = {0};
    for (int i = 0; i < draft->count[parts->kind]; i++)
        words_add(&known, draft->plan->names[parts->kind][i]);
    return place_refuse(error, place, "there is no %s '%s': known are %s",
                        param_kind_name(parts->kind), parts->instance,
                        known.length == 0 ? "none" : known.text);
}

bool key_find(struct slot *slot, const struct draft *draft, const char *key,
              const struct place *place, struct error *error)
{
    struct key_parts parts;
    if (!key_split(&parts, key, place, error))
        return false;
    slot->instance = 0;
    if (param_kind_most(parts.kind) > 0)
        slot->instance = draft_instance(draft, parts.kind, parts.instance);
    if (slot->instance < 0)
        return refuse_instance(draft, &parts, place, error);
    return key_find_field(&slot->def, parts.kind, parts.field, place, error);
}
