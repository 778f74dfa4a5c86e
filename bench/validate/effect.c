#include "effect.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

void effect_view_init(struct effect_view *view, const struct plan *plan)
{
    view->plan = plan;
    plan_lowest(plan, &view->low);
    plan_highest(plan, &view->high);
}

bool effect_serves_peer(const struct params *p, int node)
{
    bool serves = false;
    for (int k = 0; k < p->peers; k++)
        serves |= p->peer[k].node == node;
    return serves;
}

static bool node_used(const struct params *p, int i)
{
    bool host = p->cluster.kind == CLUSTER_nlb && (p->cluster.hosts >> i & 1);
    return p->front_end.node == i || p->cluster.active == i || p->cluster.standby == i || host ||
           effect_serves_peer(p, i);
}

static bool stack_used(const struct params *p, int i)
{
    bool used = p->front_end.stack == i || p->cluster.stack == i;
    for (int k = 0; k < p->peers; k++)
        used |= p->peer[k].stack == i;
    return used;
}

static bool link_used(const struct params *p, int i)
{
    bool used = p->front_end.uplink == i || p->front_end.downlink == i;
    for (int k = 0; k < p->peers; k++)
        used |= p->peer[k].uplink == i || p->peer[k].downlink == i;
    return used;
}

static bool crypto_used(const struct params *p, int i)
{
    bool used = false;
    for (int n = 0; n < p->nodes; n++)
        used |= node_used(p, n) && p->node[n].crypto == i;
    return used;
}

bool effect_used(const struct effect_view *view, enum param_kind kind, int i)
{
    const struct params *p = &view->plan->base;
    switch (kind) {
    case KIND_stack:
        return stack_used(p, i);
    case KIND_node:
        return node_used(p, i);
    case KIND_crypto:
        return crypto_used(p, i);
    case KIND_link:
        return link_used(p, i);
    default:
        return true;
    }
}

bool effect_known(const struct plan *plan)
{
    return plan->base.trial.system != TRIAL_SYSTEM_tls;
}

static bool names(const struct effect_rule *rule, const struct param_def *def)
{
    size_t length = strcspn(rule->field, "*");
    bool same = strncmp(rule->field, def->field, length) == 0;
    return rule->kind == def->kind && same &&
           (rule->field[length] == '*' || def->field[length] == '\0');
}

static const char nothing_refers[] = "nothing refers to it";

/* Why the key changes nothing; NULL: it may. Keys that name other things (references, a product)
 * are no settings. */
static const char *void_because(const struct effect_view *view, const struct param_def *def, int i)
{
    if (!effect_used(view, def->kind, i))
        return nothing_refers;
    if (def->type == TYPE_REF)
        return NULL;
    bool storm = view->plan->base.trial.system == TRIAL_SYSTEM_storm;
    const struct effect_rule *rule = storm ? effect_storm_rules : effect_rules;
    const size_t rules = storm ? effect_storm_rule_count : effect_rule_count;
    if (!storm && def->kind == KIND_storm)
        return "trial.system is not storm";
    for (size_t r = 0; r < rules; r++)
        if (names(&rule[r], def) && rule[r].is_void(view, i))
            return rule[r].why;
    return NULL;
}

/* One key of one instance: what it says, and why it is void. */
struct told {
    const struct param_def *def;
    int instance;
    const struct plan_setting *setting;
    const char *value, *origin, *why;
};

static struct told tell(const struct effect_view *view, const struct param_def *def, int i,
                        const struct plan_setting *setting)
{
    struct told told = {.def = def,
                        .instance = i,
                        .setting = setting,
                        .value = setting->value,
                        .origin = setting->origin,
                        .why = void_because(view, def, i)};
    size_t offset = param_kind_offset(def->kind, i) + def->offset;
    for (size_t d = 0; d < view->plan->draws; d++)
        if (view->plan->draw[d].offset == offset) {
            told.value = view->plan->draw[d].text;
            told.origin = view->plan->draw[d].origin;
        }
    return told;
}

static int instances_of(const struct plan *plan, enum param_kind kind)
{
    int32_t count = 1;
    if (param_kind_most(kind) > 0)
        memcpy(&count, (const char *)&plan->base + param_count_offset(kind), sizeof count);
    return count;
}

/* Every key in the order of plan->setting. */
static struct told *tell_all(const struct effect_view *view)
{
    struct told *told = calloc(view->plan->settings + 1, sizeof *told);
    CHECK(told != NULL);
    size_t n = 0;
    for (size_t d = 0; d < param_def_count; d++)
        for (int i = 0; i < instances_of(view->plan, param_defs[d].kind); i++, n++)
            told[n] = tell(view, &param_defs[d], i, &view->plan->setting[n]);
    CHECK(n == view->plan->settings);
    return told;
}

static bool same_text(const struct told *a, const struct told *b)
{
    return a->def == b->def && strcmp(a->origin, b->origin) == 0 && strcmp(a->value, b->value) == 0;
}

/* Of two void keys that share a text, the one to be told: one that something refers to, else the
 * first. */
static bool comes_first(const struct told *a, const struct told *b)
{
    bool a_lost = a->why == nothing_refers, b_lost = b->why == nothing_refers;
    return a_lost == b_lost ? a < b : b_lost;
}

/* The text has an effect in another instance that inherits it, or is told there. */
static bool counts_elsewhere(const struct told *told, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++)
        if (i != k && same_text(&told[i], &told[k]) &&
            (told[i].why == NULL || comes_first(&told[i], &told[k])))
            return true;
    return false;
}

/* An instance that nothing refers to and that hands nothing on: one finding for all its keys. */
static bool hands_on(const struct told *told, size_t n, enum param_kind kind, int instance)
{
    for (size_t k = 0; k < n; k++) {
        bool own = told[k].def->kind == kind && told[k].instance == instance;
        for (size_t i = 0; own && i < n; i++)
            if (told[i].instance != instance && told[i].why != nothing_refers &&
                strcmp(told[k].origin, "default") != 0 && same_text(&told[i], &told[k]))
                return true;
    }
    return false;
}

static void add(struct effect_finding **list, size_t *n, const char *key, const char *value,
                const char *origin, const char *why)
{
    *list = realloc(*list, (*n + 1) * sizeof **list);
    CHECK(*list != NULL);
    struct effect_finding *finding = &(*list)[(*n)++];
    *finding = (struct effect_finding){.value = value, .origin = origin, .why = why};
    snprintf(finding->key, sizeof finding->key, "%s", key);
}

static void add_instance(struct effect_finding **list, size_t *n, const struct plan *plan,
                         const struct told *told)
{
    char key[PARAM_KEY_MAX];
    enum param_kind kind = told->def->kind;
    snprintf(key, sizeof key, "%s.%s", param_kind_name(kind), plan->names[kind][told->instance]);
    for (size_t i = 0; i < *n; i++)
        if (strcmp((*list)[i].key, key) == 0)
            return;
    add(list, n, key, "", told->origin, told->why);
}

size_t effect_find(const struct plan *plan, struct effect_finding **list)
{
    *list = NULL;
    if (!effect_known(plan))
        return 0;
    struct effect_view *view = malloc(sizeof *view);
    CHECK(view != NULL);
    effect_view_init(view, plan);
    struct told *told = tell_all(view);
    size_t n = 0, all = plan->settings;
    *list = NULL;
    for (size_t k = 0; k < all; k++) {
        const struct told *t = &told[k];
        if (t->why == NULL || strcmp(t->origin, "default") == 0)
            continue;
        if (t->why == nothing_refers && !hands_on(told, all, t->def->kind, t->instance))
            add_instance(list, &n, plan, t);
        else if (!counts_elsewhere(told, all, k))
            add(list, &n, t->setting->key, t->value, t->origin, t->why);
    }
    free(told);
    free(view);
    return n;
}
