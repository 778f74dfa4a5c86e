#include "value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "law_text.h"
#include "quantity.h"
#include "table.h"
#include "text.h"
#include "words.h"

/* Times drawn per use must fit 64 bits of ns with room to add: 2^62 ns are 146 years. */
#define TIME_MOST_NS 0x1p62
/* The uniform nearest to 1 that luck_unit yields. */
#define LAST_UNIFORM (1.0 - 0x1p-53)

struct place_of_value {
    char **canonical;
    struct plan *plan;
    const struct param_def *def;
    char *at; /* where in struct params */
    const char *folder;
    struct error *why;
};

static char *copy(const char *text)
{
    char *result = strdup(text);
    CHECK(result != NULL);
    return result;
}

static struct quantity bound(const struct param_def *def, const char *text)
{
    struct quantity quantity;
    struct error never;
    CHECK(quantity_parse(&quantity, def->type == TYPE_LAW ? TYPE_TIME : def->type, text, &never));
    return quantity;
}

static bool out_of_range(const struct param_def *def, const char *text, struct error *why)
{
    return error_set(why, EXIT_INPUT, "'%.80s' is out of range: %s to %s", text, def->least,
                     def->most);
}

static void store_whole(char *at, int64_t whole)
{
    memcpy(at, &whole, sizeof whole);
}

static bool parse_auto(const struct place_of_value *here)
{
    const double automatic = LINK_SHARE_AUTO;
    memcpy(here->at, &automatic, sizeof automatic);
    *here->canonical = copy(PARAM_AUTO);
    return true;
}

static bool parse_quantity(const struct place_of_value *here, const char *text)
{
    const struct param_def *def = here->def;
    struct quantity quantity;
    if (param_takes_auto(def) && strcmp(text, PARAM_AUTO) == 0)
        return parse_auto(here);
    if (!quantity_parse(&quantity, def->type, text, here->why))
        return false;
    struct quantity least = bound(def, def->least), most = bound(def, def->most);
    bool whole = def->type == TYPE_TIME || def->type == TYPE_COUNT;
    bool inside = whole ? quantity.whole >= least.whole && quantity.whole <= most.whole
                        : quantity.real >= least.real && quantity.real <= most.real;
    if (!inside)
        return out_of_range(def, text, here->why);
    if (whole)
        store_whole(here->at, quantity.whole);
    else
        memcpy(here->at, &quantity.real, sizeof quantity.real);
    char canonical[QUANTITY_TEXT_MAX];
    *here->canonical = copy(quantity_text(canonical, def->type, quantity));
    return true;
}

static bool parse_switch(const struct place_of_value *here, const char *text)
{
    static const char *const words[] = {"off", "on", "no", "yes", "false", "true"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            store_whole(here->at, (int64_t)(i % 2));
            *here->canonical = copy(words[i % 2]);
            return true;
        }
    }
    return error_set(here->why, EXIT_INPUT, "'%.80s' is not right: on or off is due", text);
}

static bool parse_choice(const struct place_of_value *here, const char *text)
{
    for (int i = 0; here->def->choices[i] != NULL; i++) {
        if (strcmp(text, here->def->choices[i]) == 0) {
            store_whole(here->at, i);
            *here->canonical = copy(text);
            return true;
        }
    }
    struct words known = {0};
    for (const char *const *choice = here->def->choices; *choice != NULL; choice++)
        words_add(&known, *choice);
    return error_set(here->why, EXIT_INPUT, "'%.80s' is not right: one of %s is due", text,
                     known.text);
}

/* Index of the instance with this name, or -1 with an error that lists the known ones. */
static int find_instance(const struct place_of_value *here, const char *name)
{
    enum param_kind kind = here->def->of;
    struct words known = {0};
    for (int i = 0; i < WORLD_INSTANCES_MAX && here->plan->names[kind][i][0] != '\0'; i++) {
        if (strcmp(here->plan->names[kind][i], name) == 0)
            return i;
        words_add(&known, here->plan->names[kind][i]);
    }
    bool optional = here->def->type == TYPE_REF && here->def->initial != NULL;
    error_set(here->why, EXIT_INPUT, "there is no %s '%.80s': known are %s%s%s",
              param_kind_name(kind), name, known.text[0] == '\0' && !optional ? "none" : known.text,
              known.text[0] != '\0' && optional ? ", " : "", optional ? here->def->initial : "");
    return -1;
}

static bool parse_ref(const struct place_of_value *here, const char *text)
{
    if (here->def->initial != NULL && strcmp(text, here->def->initial) == 0) {
        store_whole(here->at, PARAM_NOBODY);
        *here->canonical = copy(text);
        return true;
    }
    int index = find_instance(here, text);
    if (index < 0)
        return false;
    store_whole(here->at, index);
    *here->canonical = copy(text);
    return true;
}

static bool add_ref(const struct place_of_value *here, uint64_t *set, const char *name)
{
    int index = find_instance(here, name);
    if (index < 0)
        return false;
    if (*set >> index & 1)
        return error_set(here->why, EXIT_INPUT, "'%s' is named twice", name);
    *set |= UINT64_C(1) << index;
    return true;
}

static char *set_text(const struct place_of_value *here, uint64_t set)
{
    struct words words = {0};
    char *text = NULL;
    for (int i = 0; i < WORLD_INSTANCES_MAX; i++)
        if (set >> i & 1)
            words_add(&words, here->plan->names[here->def->of][i]);
    CHECK(asprintf(&text, "[%s]", words.text) >= 0);
    return text;
}

static bool parse_refs(const struct place_of_value *here, const char *text)
{
    uint64_t set = 0;
    size_t length = strlen(text);
    if (length < 2 || text[0] != '[' || text[length - 1] != ']')
        return error_set(here->why, EXIT_INPUT,
                         "'%.80s' is not right: a list of names is due, such as [disk, name] or []",
                         text);
    char *names = copy(text + 1), *rest = NULL;
    names[length - 2] = '\0';
    bool good = true;
    for (char *name = strtok_r(names, ", \t", &rest); good && name != NULL;
         name = strtok_r(NULL, ", \t", &rest))
        good = add_ref(here, &set, name);
    free(names);
    if (!good)
        return false;
    memcpy(here->at, &set, sizeof set);
    *here->canonical = set_text(here, set);
    return true;
}

static bool law_in_range(const struct param_def *def, const struct law_text *law, const char *text,
                         struct error *why)
{
    struct quantity least = bound(def, def->least), most = bound(def, def->most);
    if (law->low < least.real && isinf(law->low))
        return error_set(why, EXIT_INPUT,
                         "'%.80s' can fall below %s, the least of its range: lognormal, gamma and "
                         "weibull never fall below zero",
                         text, def->least);
    if (law->low < least.real || (isfinite(law->high) && law->high > most.real))
        return error_set(why, EXIT_INPUT,
                         "'%.80s' is out of range: every value it yields must be within %s to %s",
                         text, def->least, def->most);
    return true;
}

/* A tail may exceed the range, but not by so much that it is not a time, nor may the bulk. */
static bool tail_is_sane(const struct param_def *def, const struct law *law, const char *text,
                         struct error *why)
{
    if (law_quantile(law, 0.5) > bound(def, def->most).real)
        return error_set(why, EXIT_INPUT, "'%.80s' is out of range: its median is above %s", text,
                         def->most);
    if (law_quantile(law, LAST_UNIFORM) > TIME_MOST_NS)
        return error_set(why, EXIT_INPUT, "'%.80s' is out of range: its tail exceeds 146 years",
                         text);
    return true;
}

static bool parse_law(const struct place_of_value *here, const char *text)
{
    struct law_text law;
    if (!law_text_parse(&law, here->plan, TYPE_TIME, text, here->folder, here->why))
        return false;
    if (!law_in_range(here->def, &law, text, here->why) ||
        !tail_is_sane(here->def, &law.law, text, here->why)) {
        free(law.canonical);
        return false;
    }
    memcpy(here->at, &law.law, sizeof law.law);
    *here->canonical = law.canonical;
    return true;
}

static bool parse_table(const struct place_of_value *here, const char *text)
{
    const struct law_table *table;
    if (!table_named(&table, here->canonical, here->plan, text, here->folder, here->why))
        return false;
    memcpy(here->at, &table, sizeof(struct law_table *));
    return true;
}

bool value_parse(char **canonical, struct plan *plan, const struct param_def *def, size_t offset,
                 const char *text, const char *folder, struct error *why)
{
    struct place_of_value here = {canonical, plan, def, (char *)&plan->base + offset, folder, why};
    *canonical = NULL;
    switch (def->type) {
    case TYPE_SWITCH:
        return parse_switch(&here, text);
    case TYPE_CHOICE:
        return parse_choice(&here, text);
    case TYPE_REF:
        return parse_ref(&here, text);
    case TYPE_REFS:
        return parse_refs(&here, text);
    case TYPE_LAW:
        return parse_law(&here, text);
    case TYPE_TABLE:
        return parse_table(&here, text);
    default:
        if (text_is(def->type))
            return text_parse(canonical, plan, def, here.at, text, folder, why);
        return parse_quantity(&here, text);
    }
}

static bool drawable(enum param_type type)
{
    return type == TYPE_TIME || type == TYPE_SHARE || type == TYPE_RATE || type == TYPE_NUMBER ||
           type == TYPE_COUNT || type == TYPE_BITRATE;
}

static bool draw_in_range(const struct param_def *def, const struct law_text *law, const char *text,
                          struct error *why)
{
    if (isinf(law->high))
        return error_set(why, EXIT_INPUT,
                         "'%.80s' can exceed %s, the most of its range (%s to %s): use uniform, "
                         "loguniform or empirical",
                         text, def->most, def->least, def->most);
    return law_in_range(def, law, text, why);
}

bool value_parse_draw(struct law *law, char **canonical, struct plan *plan,
                      const struct param_def *def, const char *text, const char *folder,
                      struct error *why)
{
    struct law_text parsed;
    if (def->type == TYPE_LAW)
        return error_set(
            why, EXIT_INPUT,
            "this key takes a law itself, drawn at each use: give it as the key's value");
    if (!drawable(def->type))
        return error_set(why, EXIT_INPUT,
                         "only times, shares, rates, numbers and counts can be drawn per trial");
    if (!law_text_parse(&parsed, plan, def->type, text, folder, why))
        return false;
    if (!draw_in_range(def, &parsed, text, why)) {
        free(parsed.canonical);
        return false;
    }
    *law = parsed.law;
    *canonical = parsed.canonical;
    return true;
}

double value_store_drawn(struct params *params, const struct param_def *def, size_t offset,
                         double value)
{
    char *at = (char *)params + offset;
    if (def->type != TYPE_TIME && def->type != TYPE_COUNT) {
        memcpy(at, &value, sizeof value);
        return value;
    }
    int64_t whole = llround(value);
    store_whole(at, whole);
    return (double)whole;
}
