#include "rules.h"

#include <math.h>
#include <string.h>

#include "app/app.h"
#include "cpu/cpu.h"
#include "engine/check.h"
#include "quantity.h"

/* Widths of the indices that number a class's requests, and a processor's bursts, within a trial
 * (app/app.h, engine/arrivals.h), by arrival windows of ARRIVALS_MEAN on average. */
enum {
    REQUESTS_MOST = ARRIVALS_MEAN * (APP_WINDOWS_AFTER - 1) / 100000 * 100000,
    REQUESTS_BEFORE_MOST = ARRIVALS_MEAN * (APP_WINDOWS_BEFORE - 1)
};
#define BURSTS_MOST 1e8
/* A schedule that gives up later than this is a slip. */
#define SCHEDULE_MOST_NS 86400e9

struct checked {
    const struct plan *plan;
    struct draft *draft;
    struct error *error;
};

static struct slot slot_of(enum param_kind kind, int instance, const char *field)
{
    const struct param_def *def = param_find(kind, field);
    CHECK(def != NULL);
    return (struct slot){(size_t)(def - param_defs), instance};
}

/* Where a value was given, or the scenario as a whole. */
static const struct place *place_of(const struct checked *checked, enum param_kind kind,
                                    int instance, const char *field)
{
    struct slot slot = slot_of(kind, instance, field);
    const struct draft_text *draw = draft_draw(checked->draft, slot);
    const struct draft_text *value = draft_value(checked->draft, slot);
    if (draw->text != NULL)
        return &draw->place;
    return value->text != NULL ? &value->place : &checked->draft->whole;
}

static const struct plan_draw *find_draw(const struct plan *plan, const void *member)
{
    size_t offset = (size_t)((const char *)member - (const char *)&plan->base);
    for (size_t i = 0; i < plan->draws; i++)
        if (plan->draw[i].offset == offset)
            return &plan->draw[i];
    return NULL;
}

/* Largest value that a member of plan->base takes in any trial. */
static double highest(const struct plan *plan, const void *member, double value)
{
    const struct plan_draw *draw = find_draw(plan, member);
    return draw == NULL ? value : law_maximum(&draw->law);
}

static double lowest(const struct plan *plan, const void *member, double value)
{
    const struct plan_draw *draw = find_draw(plan, member);
    return draw == NULL ? value : law_minimum(&draw->law);
}

#define HIGHEST(plan, member) highest(plan, &(plan)->base.member, (double)(plan)->base.member)
#define LOWEST(plan, member)  lowest(plan, &(plan)->base.member, (double)(plan)->base.member)

static bool check_protected(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    if (base->trial.system != TRIAL_SYSTEM_ipsec)
        return true;
    for (int i = 0; i < base->classes; i++)
        if (base->policy.preset == POLICY_PRESET_custom &&
            base->traffic[i].protect == POLICY_PROTECT_policy)
            return place_refuse(checked->error, &checked->draft->born[KIND_class][i],
                                "class.%s.protect must be given, on or off, unless policy.preset "
                                "says which ports are protected",
                                checked->plan->names[KIND_class][i]);
    /* Without any IPsec what is left is the cluster's own outage: only who asks for it gets it. */
    if (params_protected(base) != 0 || base->policy.preset == POLICY_PRESET_none)
        return true;
    return place_refuse(checked->error, &checked->draft->whole,
                        "no class has protect: on, so there is no IPsec to fail over");
}

/* The layer whose value won; 0: nobody gave one. */
static unsigned layer_of(const struct checked *checked, enum param_kind kind, const char *field)
{
    struct slot slot = slot_of(kind, 0, field);
    const struct draft_text *draw = draft_draw(checked->draft, slot);
    return draw->text != NULL ? draw->layer : draft_value(checked->draft, slot)->layer;
}

static bool refuse_node(const struct checked *checked, enum param_kind kind, const char *field,
                        int64_t node, const char *is)
{
    return place_refuse(checked->error, place_of(checked, kind, 0, field),
                        "%s.%s: '%s' is %s: another node is due", param_kind_name(kind), field,
                        checked->plan->names[KIND_node][node], is);
}

/* Of two keys that name the same node the one given last is wrong: the other one stands in a file
 * that was right before it was extended. */
static bool check_nodes(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    int64_t active = base->cluster.active, standby = base->cluster.standby;
    unsigned active_layer = layer_of(checked, KIND_cluster, "active");
    unsigned standby_layer = layer_of(checked, KIND_cluster, "standby");
    if (active == standby)
        return active_layer > standby_layer
                   ? refuse_node(checked, KIND_cluster, "active", active, "also cluster.standby")
                   : refuse_node(checked, KIND_cluster, "standby", active, "also cluster.active");
    bool is_active = base->front_end.node == active;
    if (!is_active && base->front_end.node != standby)
        return true;
    if ((is_active ? active_layer : standby_layer) > layer_of(checked, KIND_front_end, "node"))
        return refuse_node(checked, KIND_cluster, is_active ? "active" : "standby",
                           base->front_end.node, "the front end's computer");
    return refuse_node(checked, KIND_front_end, "node", base->front_end.node,
                       "a node of the cluster");
}

static bool refuse_class(const struct checked *checked, int i, const char *field, const char *what)
{
    return place_refuse(checked->error, place_of(checked, KIND_class, i, field), "class.%s.%s: %s",
                        checked->plan->names[KIND_class][i], field, what);
}

/* Who answers: a resource of the cluster, or another host. */
static bool check_services(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    if (base->trial.system == TRIAL_SYSTEM_storm) /* its clients send no requests */
        return true;
    for (int i = 0; i < base->classes; i++) {
        const struct class_params *traffic = &base->traffic[i];
        if (traffic->service < 0 && traffic->peer < 0)
            return place_refuse(checked->error, &checked->draft->born[KIND_class][i],
                                "class.%s.service must be given: the resource that answers (or "
                                "peer: another host that does)",
                                checked->plan->names[KIND_class][i]);
        if (traffic->service >= 0 && traffic->peer >= 0)
            return refuse_class(checked, i, "peer", "it has a service too: only one can answer");
    }
    if (params_classes_of(base, PARAM_NOBODY) == 0)
        return place_refuse(
            checked->error, &checked->draft->whole,
            "no class is answered by the cluster, so there is nothing to fail over");
    return true;
}

static bool check_peers(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    for (int i = 0; i < base->peers; i++) {
        int64_t node = base->peer[i].node;
        bool taken = node == base->cluster.active || node == base->cluster.standby ||
                     node == base->front_end.node;
        for (int k = 0; k < i; k++)
            taken |= node == base->peer[k].node;
        if (taken)
            return place_refuse(checked->error, place_of(checked, KIND_peer, i, "node"),
                                "peer.%s.node: '%s' is another host's already",
                                checked->plan->names[KIND_peer][i],
                                checked->plan->names[KIND_node][node]);
    }
    return true;
}

/* A ticket comes from a host that is no node of the cluster. */
static bool check_kerberos(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    int64_t asks = base->kerberos.class_index;
    if (asks >= 0 && base->traffic[asks].peer < 0)
        return place_refuse(checked->error, place_of(checked, KIND_kerberos, 0, "class"),
                            "kerberos.class: '%s' goes to the cluster: give it a peer, the domain "
                            "controller",
                            checked->plan->names[KIND_class][asks]);
    int64_t stack = base->front_end.stack;
    if (base->stack[stack].auth == IKE_AUTH_kerberos && asks < 0 && !base->kerberos.cached)
        return place_refuse(
            checked->error, place_of(checked, KIND_stack, (int)stack, "auth"),
            "stack.%s.auth: kerberos needs kerberos.class, the class whose requests "
            "ask for tickets, or kerberos.cached: on",
            checked->plan->names[KIND_stack][stack]);
    return true;
}

/* All that resource i needs, directly or not. */
static uint64_t all_needs(const struct params *base, int i)
{
    uint64_t needs = base->resource[i].needs, before = 0;
    while (needs != before) {
        before = needs;
        for (int k = 0; k < base->resources; k++)
            if (before >> k & 1)
                needs |= base->resource[k].needs;
    }
    return needs;
}

static bool check_needs(const struct checked *checked)
{
    for (int i = 0; i < checked->plan->base.resources; i++)
        if (all_needs(&checked->plan->base, i) >> i & 1)
            return place_refuse(checked->error, place_of(checked, KIND_resource, i, "needs"),
                                "resource.%s.needs: it needs itself in a circle",
                                checked->plan->names[KIND_resource][i]);
    return true;
}

/* How long before t = 0 a planned move may begin: the law's far tail counts. */
static double longest_stop_ns(const struct plan *plan)
{
    double stop_ns = law_quantile(&plan->base.cluster.stop, 1.0 - 0x1p-53);
    double lead_ns = plan->base.trial.system == TRIAL_SYSTEM_tls ? (double)WORLD_TLS_LEAD_NS : 0.0;
    return fmax(stop_ns, HIGHEST(plan, cluster.delete_window_ns)) + lead_ns;
}

static bool check_requests(const struct checked *checked)
{
    const struct plan *plan = checked->plan;
    double horizon_ns = HIGHEST(plan, trial.horizon_ns), stop_ns = longest_stop_ns(plan);
    for (int i = 0; i < plan->base.classes; i++) {
        double requests = HIGHEST(plan, traffic[i].rate_hz) * horizon_ns * 1e-9;
        if (requests > REQUESTS_MOST)
            return place_refuse(checked->error, place_of(checked, KIND_class, i, "rate"),
                                "class.%s.rate: %.0f requests within trial.horizon are too many: "
                                "at most %d",
                                plan->names[KIND_class][i], requests, REQUESTS_MOST);
        double before = HIGHEST(plan, traffic[i].rate_hz) * stop_ns * 1e-9;
        if (before > REQUESTS_BEFORE_MOST)
            return place_refuse(checked->error, place_of(checked, KIND_class, i, "rate"),
                                "class.%s.rate: %.0f requests while services stop (cluster.stop) "
                                "are too many: at most %d",
                                plan->names[KIND_class][i], before, REQUESTS_BEFORE_MOST);
    }
    return true;
}

/* Time from an IKE message's first sending until the exchange is given up, at its longest. */
static double longest_schedule_ns(const struct plan *plan, int i)
{
    double wait = HIGHEST(plan, stack[i].retransmit_first_ns), sum = 0.0;
    double base = HIGHEST(plan, stack[i].retransmit_base);
    double cap = HIGHEST(plan, stack[i].retransmit_cap_ns);
    bool capped = LOWEST(plan, stack[i].retransmit_cap_ns) > 0.0;
    double tries = HIGHEST(plan, stack[i].retransmit_tries);
    for (double k = 0.0; k <= tries; k += 1.0, wait *= base)
        sum += capped ? fmin(wait, cap) : wait;
    return sum;
}

/* Shortest wait of a schedule, before its jitter. */
static double shortest_wait_ns(const struct plan *plan, int i)
{
    double first = LOWEST(plan, stack[i].retransmit_first_ns);
    double cap = LOWEST(plan, stack[i].retransmit_cap_ns);
    return HIGHEST(plan, stack[i].retransmit_cap_ns) > 0.0 ? fmin(first, fmax(cap, 1.0)) : first;
}

static bool check_schedules(const struct checked *checked)
{
    const struct plan *plan = checked->plan;
    for (int i = 0; i < plan->base.stacks; i++) {
        const char *name = plan->names[KIND_stack][i];
        double total_ns = longest_schedule_ns(plan, i);
        if (total_ns > SCHEDULE_MOST_NS)
            return place_refuse(checked->error,
                                place_of(checked, KIND_stack, i, "retransmit_tries"),
                                "stack.%s: retransmission would give up only after %.3g hours: at "
                                "most 24 (lower retransmit_tries or retransmit_base, or set "
                                "retransmit_cap)",
                                name, total_ns / 3600e9);
        if (HIGHEST(plan, stack[i].retransmit_jitter_ns) > shortest_wait_ns(plan, i))
            return place_refuse(
                checked->error, place_of(checked, KIND_stack, i, "retransmit_jitter"),
                "stack.%s.retransmit_jitter: it exceeds the shortest wait, which could "
                "then be negative",
                name);
        if (plan->base.stack[i].fallback != 0 && LOWEST(plan, stack[i].hold) < 1.0)
            return place_refuse(checked->error, place_of(checked, KIND_stack, i, "fallback"),
                                "stack.%s.fallback: it needs hold: 1, for what falls back to clear "
                                "is the packet that is held",
                                name);
    }
    return true;
}

/* A processor's load is a stream of bursts, whose rate follows from their mean. */
static bool check_bursts(const struct checked *checked)
{
    const struct plan *plan = checked->plan;
    double span_s = (HIGHEST(plan, trial.horizon_ns) + longest_stop_ns(plan)) * 1e-9;
    for (int i = 0; i < plan->base.nodes; i++) {
        double mean_ns = law_mean(&plan->base.node[i].burst);
        if (!(mean_ns > 0.0 && mean_ns < INFINITY))
            return place_refuse(checked->error, place_of(checked, KIND_node, i, "burst"),
                                "node.%s.burst: its mean must be above 0 and finite",
                                plan->names[KIND_node][i]);
        double capacity = HIGHEST(plan, node[i].speed) * HIGHEST(plan, node[i].cores);
        double bursts = CPU_EXTRA_MOST * capacity * 1e9 / mean_ns * span_s;
        if (bursts > BURSTS_MOST)
            return place_refuse(checked->error, place_of(checked, KIND_node, i, "burst"),
                                "node.%s.burst: %.3g bursts within a trial are too many: at most "
                                "%.3g (longer bursts, fewer cores, or a shorter trial.horizon)",
                                plan->names[KIND_node][i], bursts, BURSTS_MOST);
    }
    return true;
}

static double stalled_share(double rate_hz, const struct law *stall)
{
    return rate_hz > 0.0 ? rate_hz * law_mean(stall) * 1e-9 : 0.0;
}

/* What load and stalls leave of a computer must be something, in trials without failure too. */
static bool check_stalls(const struct checked *checked)
{
    const struct plan *plan = checked->plan;
    double alarm = stalled_share(HIGHEST(plan, alarm.stall_rate_hz), &plan->base.alarm.stall);
    for (int i = 0; i < plan->base.nodes; i++) {
        double load = HIGHEST(plan, node[i].load);
        double own = stalled_share(HIGHEST(plan, node[i].stall_rate_hz), &plan->base.node[i].stall);
        bool of_alarm = load + own < 1.0;
        if (load + fmax(own, alarm) < 1.0)
            continue;
        return place_refuse(checked->error,
                            of_alarm ? place_of(checked, KIND_alarm, 0, "stall_rate")
                                     : place_of(checked, KIND_node, i, "stall_rate"),
                            "%s%s.stall_rate: stalls (%.3g%% of the time) and node.%s.load leave "
                            "nothing: together they must be below 100%%",
                            of_alarm ? "alarm" : "node.", of_alarm ? "" : plan->names[KIND_node][i],
                            100.0 * fmax(own, alarm), plan->names[KIND_node][i]);
    }
    return true;
}

int64_t rules_longest_ns(const struct params *p)
{
    double longest_s = 9e9;
    for (int i = 0; i < p->classes; i++)
        longest_s = fmin(longest_s, REQUESTS_MOST / p->traffic[i].rate_hz);
    for (int i = 0; i < p->nodes; i++) {
        const struct node_params *node = &p->node[i];
        double capacity = node->speed * (double)node->cores;
        longest_s = fmin(longest_s,
                         BURSTS_MOST * law_mean(&node->burst) * 1e-9 / CPU_EXTRA_MOST / capacity);
    }
    return (int64_t)(longest_s * 1e9);
}

static bool refuse_link(const struct checked *checked, int i, const char *field, const char *what)
{
    return place_refuse(checked->error, place_of(checked, KIND_link, i, field), "link.%s.%s: %s",
                        checked->plan->names[KIND_link][i], field, what);
}

/* Shares of what leaves one state. Rounding of a sum is forgiven. */
static bool check_states(const struct checked *checked, int i)
{
    const struct plan *plan = checked->plan;
    const double all = 1.0 + 1e-9;
    double p31 = HIGHEST(plan, link[i].state_p31);
    if (plan->base.link[i].loss_model != LINK_LOSS_state)
        return true;
    if (p31 < 0.0)
        p31 = 1.0 - LOWEST(plan, link[i].state_p13);
    if (HIGHEST(plan, link[i].state_p13) + HIGHEST(plan, link[i].state_p14) > all)
        return refuse_link(checked, i, "state_p13", "with state_p14 it can exceed 100%");
    if (p31 + HIGHEST(plan, link[i].state_p32) > all)
        return refuse_link(checked, i, "state_p32", "with state_p31 it can exceed 100%");
    return true;
}

/* At a lower rate a packet would take hours. */
#define BITRATE_LEAST 1000.0

static bool check_links(const struct checked *checked)
{
    const struct plan *plan = checked->plan;
    for (int i = 0; i < plan->base.links; i++) {
        if (!check_states(checked, i))
            return false;
        /* tc/q_netem.c: "reordering not possible without specifying some delay" */
        if (HIGHEST(plan, link[i].reorder) > 0.0 && LOWEST(plan, link[i].delay_ns) <= 0.0)
            return refuse_link(checked, i, "reorder", "it needs a delay: nothing can be overtaken");
        if (HIGHEST(plan, link[i].rate_bps) > 0.0 && LOWEST(plan, link[i].rate_bps) < BITRATE_LEAST)
            return refuse_link(checked, i, "rate", "at least 1kbit is due, or 0bit: no limit");
    }
    return true;
}

/* A hang whose heartbeats go on is found by checks, or never. */
static bool check_watched(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    if (base->failure.kind != FAILURE_hang || !base->failure.heartbeats)
        return true;
    for (int i = 0; i < base->resources; i++)
        if (base->resource[i].watched != RESOURCE_WATCH_no)
            return true;
    return place_refuse(checked->error, place_of(checked, KIND_failure, 0, "heartbeats"),
                        "failure.heartbeats: nobody would notice the hang: a resource with "
                        "watched: exchange or looksalive is due");
}

static bool refuse_tls(const struct checked *checked, enum param_kind kind, int i,
                       const char *field, const char *what)
{
    return place_refuse(checked->error, place_of(checked, kind, i, field), "%s.%s.%s: %s",
                        param_kind_name(kind), checked->plan->names[kind][i], field, what);
}

static bool check_certs(const struct checked *checked)
{
    const struct plan *plan = checked->plan;
    for (int i = 0; i < plan->base.certs; i++)
        if (plan->base.cert[i].valid_to_s < plan->base.cert[i].valid_from_s)
            return refuse_tls(checked, KIND_cert, i, "valid_to", "it is before valid_from");
    for (int i = 0; i < plan->base.stores; i++)
        if (HIGHEST(plan, store[i].revoked) + HIGHEST(plan, store[i].untrusted) > 1.0 + 1e-9)
            return refuse_tls(checked, KIND_store, i, "revoked",
                              "with untrusted it can exceed 100%");
    for (int i = 0; i < plan->base.servers; i++)
        if (__builtin_popcountll(plan->base.server[i].named) > 1)
            return refuse_tls(checked, KIND_server, i, "named",
                              "the directory names one certificate: [] or [NAME] is due");
    return true;
}

/* Who authenticates how is settled before a session knows its node. */
static bool check_roles(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    for (int i = 0; i < base->smtps; i++)
        if (base->server[base->smtp[i].receiver].role != base->server[base->smtp[i].standby].role)
            return refuse_tls(checked, KIND_smtp, i, "standby",
                              "it must have the role of the receiver");
    return true;
}

static bool check_system(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    int64_t kind = base->failure.kind;
    const char *why = NULL;
    if (base->trial.system != TRIAL_SYSTEM_tls)
        return true;
    if (base->smtps == 0)
        why = "needs an smtp: a map of its name and fields is due";
    else if (kind != FAILURE_crash && kind != FAILURE_move && kind != FAILURE_none)
        why = "knows failure.kind crash, move, none";
    else if (base->cluster.kind != CLUSTER_mscs)
        why = "knows cluster.kind mscs only";
    else if (base->front_end.count != 1)
        why = "knows one front end: front_end.count must be 1";
    return why == NULL || place_refuse(checked->error, place_of(checked, KIND_trial, 0, "system"),
                                       "trial.system: tls %s", why);
}

/* A link that does no more than to delay packets and lose some, each by itself. */
static bool plain_link(const struct plan *plan, int64_t i)
{
    const struct link_params *link = &plan->base.link[i];
    struct netem netem;
    netem_reset(&netem, link);
    return !netem.special && HIGHEST(plan, link[i].rate_bps) <= 0.0 &&
           HIGHEST(plan, link[i].duplicate) <= 0.0 &&
           HIGHEST(plan, link[i].delay_correlation) <= 0.0 &&
           HIGHEST(plan, link[i].loss_correlation) <= 0.0 &&
           (HIGHEST(plan, link[i].reorder) <= 0.0 || HIGHEST(plan, link[i].gap) <= 0.0);
}

/* What a client of a few bytes has no room for is refused, rather than left out. */
static const char *beyond_a_storm(const struct plan *plan)
{
    const struct params *base = &plan->base;
    int64_t kind = base->failure.kind, computer = base->front_end.node;
    int64_t clients = base->front_end.stack, node = base->cluster.stack;
    if (kind != FAILURE_crash && kind != FAILURE_move)
        return "knows failure.kind crash, move";
    if (base->cluster.kind != CLUSTER_mscs)
        return "knows cluster.kind mscs only";
    if (base->front_end.count != 1)
        return "counts clients with storm.clients: front_end.count must be 1";
    if (!plain_link(plan, base->front_end.uplink) || !plain_link(plan, base->front_end.downlink))
        return "knows of links delay, jitter, distribution and random loss, without correlation";
    if (HIGHEST(plan, node[computer].load) > 0.0 ||
        HIGHEST(plan, node[computer].stall_rate_hz) > 0.0)
        return "has computers with nothing else to do at clients: load and stall_rate of "
               "front_end.node must be 0";
    if (HIGHEST(plan, node[base->cluster.standby].stall_rate_hz) > 0.0)
        return "knows no stalls: stall_rate of cluster.standby must be 0";
    if (base->stack[clients].auth == IKE_AUTH_kerberos ||
        base->stack[node].auth == IKE_AUTH_kerberos)
        return "knows stack auth psk and certificate";
    if (base->stack[clients].fallback != 0)
        return "knows no falling back to clear: fallback of front_end.stack must be off";
    if (base->storm.ike == STORM_IKE_v1 && base->stack[node].commit_bit == 0)
        return "with storm.ike v1 needs stack commit_bit on: without it a lost third message of "
               "quick "
               "mode leaves SAs on one side only";
    return NULL;
}

static bool check_storm(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    const struct storm_params *storm = &base->storm;
    if (base->trial.system != TRIAL_SYSTEM_storm)
        return true;
    const char *why = beyond_a_storm(checked->plan);
    if (why != NULL)
        return place_refuse(checked->error, place_of(checked, KIND_trial, 0, "system"),
                            "trial.system: storm %s", why);
    if (storm->cookie_threshold_off > storm->cookie_threshold)
        return place_refuse(checked->error,
                            place_of(checked, KIND_storm, 0, "cookie_threshold_off"),
                            "storm.cookie_threshold_off: it exceeds storm.cookie_threshold");
    return true;
}

static bool refuse_cluster(const struct checked *checked, const char *field, const char *what)
{
    return place_refuse(checked->error, place_of(checked, KIND_cluster, 0, field), "cluster.%s: %s",
                        field, what);
}

static bool check_hosts(const struct checked *checked)
{
    const struct params *base = &checked->plan->base;
    int64_t kind = base->failure.kind;
    uint64_t hosts = base->cluster.hosts;
    bool added = hosts >> base->cluster.standby & 1;
    if (base->cluster.kind == CLUSTER_mscs)
        return kind != FAILURE_add_host ||
               place_refuse(checked->error, place_of(checked, KIND_failure, 0, "kind"),
                            "failure.kind: add_host needs cluster.kind: nlb");
    if (kind != FAILURE_crash && kind != FAILURE_move && kind != FAILURE_add_host &&
        kind != FAILURE_none)
        return place_refuse(checked->error, place_of(checked, KIND_failure, 0, "kind"),
                            "failure.kind: NLB knows crash, move (a host leaves), add_host, none");
    if (!(hosts >> base->cluster.active & 1))
        return refuse_cluster(checked, "hosts", "cluster.active must be one of them");
    if (hosts >> base->front_end.node & 1)
        return refuse_cluster(checked, "hosts", "front_end.node is none of the cluster's");
    if (added)
        return refuse_cluster(checked, "hosts", "cluster.standby joins later: it must not be one");
    if (kind != FAILURE_add_host && (hosts & (hosts - 1)) == 0)
        return refuse_cluster(checked, "hosts", "two or more are due");
    return true;
}

bool rules_check(const struct plan *plan, struct draft *draft, struct error *error)
{
    struct checked checked = {plan, draft, error};
    return check_protected(&checked) && check_nodes(&checked) && check_services(&checked) &&
           check_peers(&checked) && check_kerberos(&checked) && check_needs(&checked) &&
           check_requests(&checked) && check_schedules(&checked) && check_links(&checked) &&
           check_bursts(&checked) && check_stalls(&checked) && check_watched(&checked) &&
           check_hosts(&checked) && check_certs(&checked) && check_roles(&checked) &&
           check_system(&checked) && check_storm(&checked);
}
