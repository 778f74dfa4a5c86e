#include "effect.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

typedef const struct effect_view view_t;

/* ---- what fails ---- */

static int64_t failure_of(view_t *v)
{
    return v->plan->base.failure.kind;
}

static bool no_crash(view_t *v, int i)
{
    (void)i;
    return failure_of(v) != FAILURE_crash;
}

static bool no_move(view_t *v, int i)
{
    (void)i;
    return failure_of(v) != FAILURE_move;
}

static bool no_failure(view_t *v, int i)
{
    (void)i;
    return failure_of(v) == FAILURE_none;
}

/* ---- stacks: the front end's, the nodes' ---- */

static const struct stack_params *front_end_stack(const struct params *p)
{
    return &p->stack[p->front_end.stack];
}

static const struct stack_params *node_stack(const struct params *p)
{
    return &p->stack[p->cluster.stack];
}

static bool not_front_end(view_t *v, int i)
{
    return v->plan->base.front_end.stack != i;
}

static bool not_node(view_t *v, int i)
{
    return v->plan->base.cluster.stack != i;
}

static bool peer_acknowledges(view_t *v)
{
    int64_t product = front_end_stack(&v->plan->base)->product;
    return product != STACK_other && product != STACK_windows2000;
}

static bool no_repeated_delete(view_t *v, int i)
{
    return no_move(v, i) || not_node(v, i) || v->high.cluster.delete_window_ns == 0 ||
           node_stack(&v->plan->base)->delete_kind != IKE_DELETE_reliable || !peer_acknowledges(v);
}

static bool sends_nothing_twice(view_t *v, int i)
{
    return not_front_end(v, i) && no_repeated_delete(v, i);
}

/* A wait after the first one exists neither for negotiations nor for DELETEs. */
static bool one_wait(view_t *v, int i)
{
    bool none = not_front_end(v, i) || v->high.stack[i].retransmit_tries == 0;
    return none && no_repeated_delete(v, i);
}

static bool no_cap_reached(view_t *v, int i)
{
    const struct stack_params *high = &v->high.stack[i];
    double wait_ns = (double)high->retransmit_first_ns;
    for (int64_t k = 0; k < high->retransmit_tries; k++)
        wait_ns *= high->retransmit_base;
    return v->low.stack[i].retransmit_cap_ns > 0 &&
           wait_ns <= (double)v->low.stack[i].retransmit_cap_ns;
}

static bool no_window(view_t *v, int i)
{
    (void)i;
    return v->high.cluster.delete_window_ns == 0;
}

static bool failover_unknown(view_t *v, int i)
{
    (void)i;
    return !front_end_stack(&v->plan->base)->fast_failover;
}

/* Neither NLBSFlags nor NLBS_PRESENT in any trial. */
static bool failover_untold(view_t *v, int i)
{
    (void)i;
    return front_end_stack(&v->high)->nlbs_flags == 0 && !params_nlbs_present(&v->high);
}

static bool flagged(view_t *v)
{
    return front_end_stack(&v->low)->nlbs_flags != 0;
}

static bool told_by_flag(view_t *v, int i)
{
    (void)i;
    return flagged(v);
}

static bool told_by_peer(view_t *v, int i)
{
    (void)i;
    return params_nlbs_present(&v->low);
}

static bool always_failover(view_t *v, int i)
{
    return !failover_unknown(v, i) && (flagged(v) || told_by_peer(v, i));
}

/* ---- processors ---- */

static bool active_crashes(view_t *v, int i)
{
    return failure_of(v) == FAILURE_crash && v->plan->base.cluster.active == i;
}

static bool standby_rests(view_t *v, int i)
{
    return failure_of(v) == FAILURE_none && v->plan->base.cluster.standby == i;
}

static bool no_other_work(view_t *v, int i)
{
    bool starting = false;
    for (int r = 0; r < v->plan->base.resources; r++)
        starting |= v->high.resource[r].load > 0.0;
    return v->high.node[i].load == 0.0 &&
           !(starting && v->plan->base.cluster.standby == i && failure_of(v) != FAILURE_none);
}

static bool no_signatures(view_t *v, int i)
{
    (void)i;
    return front_end_stack(&v->plan->base)->auth != IKE_AUTH_certificate &&
           node_stack(&v->plan->base)->auth != IKE_AUTH_certificate;
}

/* ---- links ---- */

static bool no_jitter(view_t *v, int i)
{
    return v->high.link[i].jitter_ns == 0;
}

static bool not_random(view_t *v, int i)
{
    return v->plan->base.link[i].loss_model != LINK_LOSS_random;
}

static bool not_state(view_t *v, int i)
{
    return v->plan->base.link[i].loss_model != LINK_LOSS_state;
}

static bool not_gemodel(view_t *v, int i)
{
    return v->plan->base.link[i].loss_model != LINK_LOSS_gemodel;
}

static bool no_random_loss(view_t *v, int i)
{
    return v->high.link[i].loss == 0.0;
}

static bool no_burst_state(view_t *v, int i)
{
    return v->high.link[i].state_p13 == 0.0;
}

static bool no_gap_in_burst(view_t *v, int i)
{
    return v->high.link[i].state_p32 == 0.0;
}

static bool never_bad(view_t *v, int i)
{
    return v->high.link[i].gemodel_p == 0.0;
}

static bool no_duplicates(view_t *v, int i)
{
    return v->high.link[i].duplicate == 0.0;
}

static bool no_reordering(view_t *v, int i)
{
    return v->high.link[i].reorder == 0.0;
}

/* ---- neighbour entries, requests, resources ---- */

static bool no_arp(view_t *v, int i)
{
    (void)i;
    return !v->plan->base.arp.model;
}

static bool announces_never(view_t *v, int i)
{
    (void)i;
    return v->high.arp.gratuitous == 0;
}

static bool announces_once(view_t *v, int i)
{
    (void)i;
    return v->high.arp.gratuitous == 1;
}

static bool no_tcp(view_t *v, int i)
{
    (void)i;
    return !v->plan->base.app.tcp;
}

static bool bound_by_gap(view_t *v, int i)
{
    return failure_of(v) == FAILURE_move && v->plan->base.cluster.address == i;
}

/* Laid out by hand: key, when it changes nothing, and why. A new kind of failure, stack or link
 * adds its lines here; test_effect.c wants a pair of scenarios for each. */
/* clang-format off */
#define RULE(kind, field, is_void, why) {KIND_##kind, field, is_void, why}
const struct effect_rule effect_rules[] = {
    RULE(cluster, "heartbeat", no_crash, "only a crash is noticed by missed heartbeats"),
    RULE(cluster, "missed", no_crash, "only a crash is noticed by missed heartbeats"),
    RULE(cluster, "regroup", no_crash, "the nodes regroup only after a crash"),
    RULE(cluster, "quorum", no_crash, "the quorum changes hands only after a crash"),
    RULE(cluster, "vip_gap", no_move, "only a planned move has this gap"),
    RULE(cluster, "stop", no_move, "services are stopped in order only in a planned move"),
    RULE(cluster, "delete_window", no_move, "SAs are removed in order only in a planned move"),
    RULE(cluster, "fence", no_move, "SAs are removed in order only in a planned move"),
    RULE(cluster, "fence", no_window, "cluster.delete_window is 0s: the SAs go with the address"),
    RULE(cluster, "listen_lag", no_failure, "failure.kind is none: nobody takes over"),

    RULE(resource, "*", no_failure, "failure.kind is none: no resource starts"),
    RULE(resource, "*", bound_by_gap, "a planned move binds the address by cluster.vip_gap"),

    RULE(arp, "gratuitous", no_arp, "arp.model is off"),
    RULE(arp, "spacing", no_arp, "arp.model is off"),
    RULE(arp, "loss", no_arp, "arp.model is off"),
    RULE(arp, "unused", no_arp, "arp.model is off"),
    RULE(arp, "used", no_arp, "arp.model is off"),
    RULE(arp, "gratuitous", no_failure, "failure.kind is none: nobody takes over"),
    RULE(arp, "spacing", no_failure, "failure.kind is none: nobody takes over"),
    RULE(arp, "loss", no_failure, "failure.kind is none: nobody takes over"),
    RULE(arp, "spacing", announces_never, "arp.gratuitous is 0"),
    RULE(arp, "loss", announces_never, "arp.gratuitous is 0"),
    RULE(arp, "spacing", announces_once, "arp.gratuitous is 1"),

    RULE(app, "reset_*", no_tcp, "app.tcp is off"),
    RULE(app, "data_*", no_tcp, "app.tcp is off"),
    RULE(class, "persistent", no_tcp, "app.tcp is off"),

    RULE(stack, "retransmit_first", sends_nothing_twice, "no side that uses this stack repeats anything"),
    RULE(stack, "retransmit_jitter", sends_nothing_twice, "no side that uses this stack repeats anything"),
    RULE(stack, "retransmit_base", one_wait, "there is no second wait: retransmit_tries is 0, or no side "
                                             "that uses this stack repeats anything"),
    RULE(stack, "retransmit_cap", not_front_end, "only the front end starts negotiations: not its stack"),
    RULE(stack, "retransmit_cap", no_cap_reached, "no wait is longer"),
    RULE(stack, "retransmit_tries", not_front_end, "only the front end starts negotiations: not its stack"),
    RULE(stack, "hold", not_front_end, "only the front end starts negotiations: not its stack"),
    RULE(stack, "idle", not_front_end, "only the front end's idle time counts: not its stack"),
    RULE(stack, "idle", always_failover, "idle_failover counts: NLBSFlags or NLBS_PRESENT says so"),
    RULE(stack, "idle_failover", not_front_end, "only the front end's idle time counts: not its stack"),
    RULE(stack, "idle_failover", failover_untold, "idle counts: neither NLBSFlags nor NLBS_PRESENT"),
    RULE(stack, "idle_failover", failover_unknown, "idle counts: the stack knows no fast failover"),
    RULE(stack, "nlbs_flags", not_front_end, "NLBSFlags is read on the front end: not its stack"),
    RULE(stack, "nlbs_flags", failover_unknown, "the stack knows no fast failover"),
    RULE(stack, "nlbs_flags", told_by_peer, "the nodes send NLBS_PRESENT, which says the same"),
    RULE(stack, "nlbs_present", not_node, "only nodes send it: not their stack"),
    RULE(stack, "nlbs_present", failover_unknown, "the front end's stack knows no fast failover"),
    RULE(stack, "nlbs_present", told_by_flag, "NLBSFlags on the front end says the same"),
    RULE(stack, "fast_failover", not_front_end, "only the front end's idle time counts: not its stack"),
    RULE(stack, "fast_failover", failover_untold, "neither NLBSFlags nor NLBS_PRESENT"),
    RULE(stack, "nlbs_qm_retransmit", not_front_end, "only the front end starts negotiations: not its stack"),
    RULE(stack, "nlbs_qm_retransmit", failover_untold, "neither NLBSFlags nor NLBS_PRESENT"),
    RULE(stack, "nlbs_qm_retransmit", failover_unknown, "the stack knows no fast failover"),
    RULE(stack, "idle_reset", not_front_end, "only the front end's idle time counts: not its stack"),
    RULE(stack, "qm_lifetime*", not_front_end, "the front end watches lifetimes: not its stack"),
    RULE(stack, "mm_lifetime", not_front_end, "the front end watches lifetimes: not its stack"),
    RULE(stack, "mm_dies_with_last_qm", not_front_end, "the front end drops main-mode SAs: not its stack"),
    RULE(stack, "commit_bit", not_node, "the responder asks for it: not the nodes' stack"),
    RULE(stack, "delete", not_node, "nodes send DELETEs: not their stack"),
    RULE(stack, "delete", no_move, "SAs are removed in order only in a planned move"),
    RULE(stack, "delete_*", no_repeated_delete,
         "no DELETE is repeated: that takes a planned move, delete: reliable, a delete_window and a peer that "
         "acknowledges"),

    RULE(node, "cores", active_crashes, "the node dies before it computes anything"),
    RULE(node, "speed", active_crashes, "the node dies before it computes anything"),
    RULE(node, "load", active_crashes, "the node dies before it computes anything"),
    RULE(node, "burst", active_crashes, "the node dies before it computes anything"),
    RULE(node, "discipline", active_crashes, "the node dies before it computes anything"),
    RULE(node, "cores", standby_rests, "nothing fails, so this node computes nothing"),
    RULE(node, "speed", standby_rests, "nothing fails, so this node computes nothing"),
    RULE(node, "load", standby_rests, "nothing fails, so this node computes nothing"),
    RULE(node, "burst", standby_rests, "nothing fails, so this node computes nothing"),
    RULE(node, "discipline", standby_rests, "nothing fails, so this node computes nothing"),
    RULE(node, "burst", no_other_work, "the node has no other work: load is 0%"),
    RULE(crypto, "sign", no_signatures, "main mode authenticates by pre-shared key"),
    RULE(crypto, "verify", no_signatures, "main mode authenticates by pre-shared key"),

    RULE(link, "distribution", no_jitter, "jitter is 0s"),
    RULE(link, "delay_correlation", no_jitter, "jitter is 0s"),
    RULE(link, "loss", not_random, "loss_model is not random"),
    RULE(link, "loss_correlation", not_random, "loss_model is not random"),
    RULE(link, "loss_correlation", no_random_loss, "loss is 0%"),
    RULE(link, "state_*", not_state, "loss_model is not state"),
    RULE(link, "state_p31", no_burst_state, "state_p13 is 0%"),
    RULE(link, "state_p32", no_burst_state, "state_p13 is 0%"),
    RULE(link, "state_p23", no_burst_state, "state_p13 is 0%"),
    RULE(link, "state_p23", no_gap_in_burst, "state_p32 is 0%"),
    RULE(link, "gemodel_*", not_gemodel, "loss_model is not gemodel"),
    RULE(link, "gemodel_r", never_bad, "gemodel_p is 0%"),
    RULE(link, "gemodel_bad_loss", never_bad, "gemodel_p is 0%"),
    RULE(link, "duplicate_correlation", no_duplicates, "duplicate is 0%"),
    RULE(link, "reorder_correlation", no_reordering, "reorder is 0%"),
    RULE(link, "gap", no_reordering, "reorder is 0%"),
};
/* clang-format on */
const size_t effect_rule_count = COUNT_OF(effect_rules);

void effect_view_init(struct effect_view *view, const struct plan *plan)
{
    view->plan = plan;
    plan_lowest(plan, &view->low);
    plan_highest(plan, &view->high);
}

static bool node_used(const struct params *p, int i)
{
    return p->front_end.node == i || p->cluster.active == i || p->cluster.standby == i;
}

bool effect_used(const struct effect_view *view, enum param_kind kind, int i)
{
    const struct params *p = &view->plan->base;
    bool used = false;
    switch (kind) {
    case KIND_stack:
        return p->front_end.stack == i || p->cluster.stack == i;
    case KIND_node:
        return node_used(p, i);
    case KIND_crypto:
        for (int n = 0; n < p->nodes; n++)
            used |= node_used(p, n) && p->node[n].crypto == i;
        return used;
    case KIND_link:
        return p->front_end.uplink == i || p->front_end.downlink == i;
    default:
        return true;
    }
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
    for (size_t r = 0; r < effect_rule_count; r++)
        if (names(&effect_rules[r], def) && effect_rules[r].is_void(view, i))
            return effect_rules[r].why;
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
