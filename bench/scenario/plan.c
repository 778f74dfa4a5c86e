#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "moment/moment.h"
#include "draft.h"
#include "file.h"
#include "rules.h"
#include "stores.h"
#include "value.h"

static size_t slot_offset(struct slot slot)
{
    const struct param_def *def = &param_defs[slot.def];
    return param_kind_offset(def->kind, slot.instance) + def->offset;
}

static char *slot_key(const struct plan *plan, struct slot slot, char key[PARAM_KEY_MAX])
{
    const struct param_def *def = &param_defs[slot.def];
    return param_key(key, def, plan->names[def->kind][slot.instance]);
}

/* The folder that file names in this text are relative to; the caller frees it. */
static char *text_folder(const struct draft_text *text)
{
    return file_folder(text->place.set == NULL && text->place.file != NULL ? text->place.file : "");
}

/* The text that an instance has by itself or from what it extends; NULL when there is none. */
static const struct draft_text *inherited(struct draft *draft, struct slot slot)
{
    enum param_kind kind = param_defs[slot.def].kind;
    while (slot.instance >= 0) {
        const struct draft_text *own = draft_value(draft, slot);
        const struct draft_text *parent = &draft->parent[kind][slot.instance];
        if (own->text != NULL)
            return own;
        slot.instance = parent->text == NULL ? -1 : draft_instance(draft, kind, parent->text);
    }
    return NULL;
}

static bool check_parents(struct draft *draft, enum param_kind kind, int instance,
                          struct error *error)
{
    const struct draft_text *first = &draft->parent[kind][instance];
    int steps = 0;
    for (const struct draft_text *parent = first; parent->text != NULL;) {
        int next = draft_instance(draft, kind, parent->text);
        if (next < 0)
            return place_refuse(error, &parent->place, "extends: there is no %s '%.80s'",
                                param_kind_name(kind), parent->text);
        if (steps++ > draft->count[kind])
            return place_refuse(error, &first->place, "extends: %s '%s' extends itself in a circle",
                                param_kind_name(kind), draft->plan->names[kind][instance]);
        parent = &draft->parent[kind][next];
    }
    return true;
}

static bool check_all_parents(struct draft *draft, struct error *error)
{
    for (int kind = 0; kind < PARAM_KIND_COUNT; kind++)
        for (int i = 0; i < draft->count[kind]; i++)
            if (!check_parents(draft, (enum param_kind)kind, i, error))
                return false;
    return true;
}

static bool refuse_missing(const struct draft *draft, struct slot slot, struct error *error)
{
    char key[PARAM_KEY_MAX];
    const struct param_def *def = &param_defs[slot.def];
    bool single = param_kind_most(def->kind) == 0;
    return place_refuse(error, single ? &draft->whole : &draft->born[def->kind][slot.instance],
                        "%s must be given: %s", slot_key(draft->plan, slot, key), def->meaning);
}

static void add_setting(struct plan *plan, const char *key, char *value, char *origin)
{
    plan->setting = realloc(plan->setting, (plan->settings + 1) * sizeof *plan->setting);
    CHECK(plan->setting != NULL);
    plan->setting[plan->settings++] = (struct plan_setting){strdup(key), value, origin};
    CHECK(plan->setting[plan->settings - 1].key != NULL && origin != NULL);
}

/* All keys that have several values are named at once. */
static bool refuse_sweep(const struct plan *plan, struct draft *draft, const char *key,
                         const struct place *place, struct error *error)
{
    char others[512] = "", other[PARAM_KEY_MAX];
    for (size_t i = 0; i < draft->sweeps; i++) {
        const struct slot slot = draft->sweep[i].slot;
        const struct draft_text *text = draft_value(draft, slot);
        slot_key(plan, slot, other);
        if (text->text != draft->sweep[i].values->text || strcmp(other, key) == 0)
            continue;
        size_t length = strlen(others);
        snprintf(others + length, sizeof others - length, "%s%s", length > 0 ? ", " : "; so have ",
                 other);
    }
    return place_refuse(error, place,
                        "%s has several values: 'ikebench sweep' runs them, --set %s=VALUE "
                        "picks one%s",
                        key, key, others);
}

static bool read_value(struct plan *plan, struct draft *draft, struct slot slot,
                       struct error *error)
{
    const struct param_def *def = &param_defs[slot.def];
    const struct draft_text *text = inherited(draft, slot);
    struct draft_text initial = {.text = def->initial};
    if (text == NULL && (def->initial == NULL || draft->manifest))
        return refuse_missing(draft, slot, error);
    const struct draft_text *used = text == NULL ? &initial : text;
    char key[PARAM_KEY_MAX], *canonical;
    slot_key(plan, slot, key);
    if (draft_is_sweep(draft, used->text))
        return refuse_sweep(plan, draft, key, &used->place, error);
    char *folder = text_folder(used);
    struct error why;
    bool good = value_parse(&canonical, plan, def, slot_offset(slot), used->text, folder, &why);
    free(folder);
    if (!good)
        return place_refuse(error, &used->place, "%s: %s", key, why.text);
    add_setting(plan, key, canonical,
                text == NULL ? strdup("default") : place_origin(&text->place));
    return true;
}

static bool read_draw(struct plan *plan, struct draft *draft, struct slot slot, struct error *error)
{
    const struct param_def *def = &param_defs[slot.def];
    const struct draft_text *text = draft_draw(draft, slot);
    if (text->text == NULL)
        return true;
    char key[PARAM_KEY_MAX];
    slot_key(plan, slot, key);
    char *folder = text_folder(text);
    struct error why;
    struct plan_draw draw = {.param = def, .offset = slot_offset(slot)};
    draw.index = (uint32_t)(slot.def * WORLD_INSTANCES_MAX + (size_t)slot.instance);
    bool good = value_parse_draw(&draw.law, &draw.text, plan, def, text->text, folder, &why);
    free(folder);
    if (!good)
        return place_refuse(error, &text->place, "per_trial: %s: %s", key, why.text);
    plan->draw = realloc(plan->draw, (plan->draws + 1) * sizeof *plan->draw);
    draw.key = strdup(key);
    draw.origin = place_origin(&text->place);
    CHECK(plan->draw != NULL && draw.key != NULL);
    plan->draw[plan->draws++] = draw;
    return true;
}

/* Calls `read` for every key of the registry x instance, in registry order. */
static bool for_each_slot(struct plan *plan, struct draft *draft,
                          bool (*read)(struct plan *, struct draft *, struct slot, struct error *),
                          struct error *error)
{
    for (size_t def = 0; def < param_def_count; def++)
        for (int i = 0; i < draft_instances(draft, param_defs[def].kind); i++)
            if (!read(plan, draft, (struct slot){def, i}, error))
                return false;
    return true;
}

static void store_counts(struct plan *plan, const struct draft *draft)
{
    for (int kind = 0; kind < PARAM_KIND_COUNT; kind++)
        if (param_kind_most((enum param_kind)kind) > 0) {
            int32_t count = draft->count[kind];
            memcpy((char *)&plan->base + param_count_offset((enum param_kind)kind), &count,
                   sizeof count);
        }
}

static bool resolve(struct plan *plan, struct draft *draft, struct error *error)
{
    store_counts(plan, draft);
    plan->description = strdup(draft->description);
    CHECK(plan->description != NULL);
    return check_all_parents(draft, error) && for_each_slot(plan, draft, read_value, error) &&
           for_each_slot(plan, draft, read_draw, error) && rules_check(plan, draft, error) &&
           stores_read(plan, draft, error);
}

static struct plan *new_plan(char *name, char *folder)
{
    struct plan *plan = calloc(1, sizeof *plan);
    CHECK(plan != NULL && name != NULL && folder != NULL);
    plan->name = name;
    plan->folder = folder;
    return plan;
}

/* The last part of a path. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static char *scenario_name(const char *file)
{
    const char *name = base_name(file);
    const char *dot = strrchr(name, '.');
    return strndup(name, dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name));
}

static bool is_no_name(const char *name)
{
    return *name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The folder's own name, also of "." and of a file in the working folder; "." has none only where
 * it is the root, or gone. */
static char *scenario_folder(const char *file)
{
    char *folder = file_folder(file);
    char *real = is_no_name(base_name(folder)) ? realpath(folder, NULL) : NULL;
    const char *name = base_name(real != NULL ? real : folder);
    char *result = strdup(is_no_name(name) ? "." : name);
    free(real);
    free(folder);
    return result;
}

/* Hands the plan out when all went well, else frees it. */
static bool finish(struct plan **out, struct plan *plan, struct draft *draft, bool good)
{
    draft_fini(draft);
    *out = good ? plan : NULL;
    if (!good)
        plan_free(plan);
    return good;
}

bool plan_load_arm(struct plan **plan, const char *file, const char *const *sets, size_t n_sets,
                   const struct plan_fix *fixes, size_t n_fixes, struct error *error)
{
    struct plan *made = new_plan(scenario_name(file), scenario_folder(file));
    struct draft draft;
    draft_init(&draft, made);
    bool good = draft_file(&draft, file, error);
    for (size_t i = 0; good && i < n_sets; i++)
        good = draft_set(&draft, sets[i], error);
    for (size_t i = 0; good && i < n_fixes; i++)
        good = draft_fix(&draft, fixes[i].key, fixes[i].value, &fixes[i].place, error);
    good = good && resolve(made, &draft, error);
    return finish(plan, made, &draft, good);
}

bool plan_load(struct plan **plan, const char *file, const char *const *sets, size_t n_sets,
               struct error *error)
{
    return plan_load_arm(plan, file, sets, n_sets, NULL, 0, error);
}

bool plan_rebuild(struct plan **plan, const char *name, const char *folder,
                  const struct plan_pair *settings, size_t n_settings,
                  const struct plan_pair *draws, size_t n_draws, struct error *error)
{
    struct plan *made = new_plan(strdup(name), strdup(folder));
    struct draft draft;
    draft_init(&draft, made);
    bool good = draft_manifest(&draft, settings, n_settings, draws, n_draws, error) &&
                resolve(made, &draft, error);
    return finish(plan, made, &draft, good);
}

void plan_free(struct plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->settings; i++) {
        free(plan->setting[i].key);
        free(plan->setting[i].value);
        free(plan->setting[i].origin);
    }
    for (size_t i = 0; i < plan->draws; i++) {
        free(plan->draw[i].key);
        free(plan->draw[i].text);
        free(plan->draw[i].origin);
    }
    for (size_t i = 0; i < plan->sources; i++)
        free(plan->source[i].path);
    for (size_t i = 0; i < plan->tables; i++)
        free(plan->table[i]);
    for (size_t i = 0; i < plan->texts; i++)
        free(plan->text[i]);
    stores_free(plan);
    free(plan->text);
    free(plan->setting);
    free(plan->draw);
    free(plan->source);
    free(plan->table);
    free(plan->name);
    free(plan->folder);
    free(plan->description);
    free(plan);
}

void plan_draw_trial(const struct plan *plan, const struct luck *luck, struct params *params,
                     double *drawn)
{
    for (size_t i = 0; i < plan->draws; i++) {
        const struct plan_draw *draw = &plan->draw[i];
        double u = luck_uniform(luck, LUCK_per_trial, 0, draw->index);
        drawn[i] =
            value_store_drawn(params, draw->param, draw->offset, law_quantile(&draw->law, u));
    }
}

void plan_trial(const struct plan *plan, const struct luck *luck, struct params *params,
                double *drawn)
{
    *params = plan->base;
    plan_draw_trial(plan, luck, params, drawn);
}

static void set_drawn(const struct plan *plan, double (*end)(const struct law *),
                      struct params *params)
{
    *params = plan->base;
    for (size_t i = 0; i < plan->draws; i++)
        value_store_drawn(params, plan->draw[i].param, plan->draw[i].offset,
                          end(&plan->draw[i].law));
}

void plan_lowest(const struct plan *plan, struct params *params)
{
    set_drawn(plan, law_minimum, params);
}

void plan_highest(const struct plan *plan, struct params *params)
{
    set_drawn(plan, law_maximum, params);
}

static double median(const struct law *law)
{
    return law_quantile(law, 0.5);
}

void plan_median(const struct plan *plan, struct params *params)
{
    set_drawn(plan, median, params);
}
