/* The table of keys without effect, and when each line holds. */
#include "effect.h"

#include "engine/check.h"

typedef const struct effect_view view_t;

/* ---- what fails ---- */

static int64_t failure_of(view_t *v)
{
    return v->plan->base.failure.kind;
}

#define KIND(kind) (UINT32_C(1) << FAILURE_##kind)

/* Does one of these fail? */
static bool fails_one_of(view_t *v, uint32_t kinds)
{
    return kinds >> failure_of(v) & 1;
}

static bool polled(view_t *v)
{
    return failure_of(v) == FAILURE_hang && v->plan->base.failure.heartbeats;
}

static bool balanced(view_t *v)
{
    return v->plan->base.cluster.kind == CLUSTER_nlb;
}

static bool not_balanced(view_t *v, int i)
{
    (void)i;
    return !balanced(v);
}

static bool no_host_dies(view_t *v, int i)
{
    (void)i;
    return !balanced(v) || failure_of(v) != FAILURE_crash;
}

/* A host that is added has converged with the others at t = 0. */
static bool nothing_converges(view_t *v, int i)
{
    (void)i;
    return !balanced(v) || !fails_one_of(v, KIND(crash) | KIND(move));
}

static bool no_host_added(view_t *v)
{
    return balanced(v) && failure_of(v) != FAILURE_add_host;
}

static bool no_heartbeats_missed(view_t *v, int i)
{
    (void)i;
    return balanced(v) || !fails_one_of(v, KIND(crash) | KIND(double) | KIND(hang)) || polled(v);
}

static bool not_planned(view_t *v, int i)
{
    (void)i;
    return balanced(v) || !fails_one_of(v, KIND(move) | KIND(failback));
}

/* Nobody takes over: the host comes back, or its path. */
static bool no_start(view_t *v, int i)
{
    (void)i;
    return balanced(v) || fails_one_of(v, KIND(none) | KIND(link));
}

static bool runs_again(view_t *v)
{
    return law_maximum(&v->plan->base.failure.back) > 0.0;
}

static bool no_eviction(view_t *v, int i)
{
    (void)i;
    return failure_of(v) != FAILURE_hang || polled(v) || !runs_again(v);
}

/* SAs are removed in order with an address that leaves in order. */
static bool no_order(view_t *v, int i)
{
    bool announced = failure_of(v) == FAILURE_restart && v->plan->base.failure.announced;
    bool evicted = !no_eviction(v, i);
    return !fails_one_of(v, KIND(move) | KIND(failback) | KIND(double)) && !announced && !evicted;
}

static bool no_hang(view_t *v, int i)
{
    (void)i;
    return failure_of(v) != FAILURE_hang;
}

static bool nothing_down(view_t *v, int i)
{
    (void)i;
    return !fails_one_of(v, KIND(restart) | KIND(link) | KIND(double));
}

static bool no_restart(view_t *v, int i)
{
    (void)i;
    return failure_of(v) != FAILURE_restart;
}

static bool no_double(view_t *v, int i)
{
    (void)i;
    return failure_of(v) != FAILURE_double;
}

static bool no_failback(view_t *v, int i)
{
    (void)i;
    return failure_of(v) != FAILURE_failback;
}

static bool not_polled(view_t *v, int i)
{
    (void)i;
    return !polled(v);
}

static bool none_watched(view_t *v, enum resource_watch watch)
{
    for (int r = 0; r < v->plan->base.resources; r++)
        if (v->plan->base.resource[r].watched == (int64_t)watch)
            return false;
    return true;
}

static bool no_health_watched(view_t *v, int i)
{
    return not_polled(v, i) || none_watched(v, RESOURCE_WATCH_exchange);
}

static bool no_looks_watched(view_t *v, int i)
{
    return not_polled(v, i) || none_watched(v, RESOURCE_WATCH_looksalive);
}

/* Nobody's processes end without closing their files. */
static bool stores_are_closed(view_t *v, int i)
{
    bool announced = failure_of(v) == FAILURE_restart && v->plan->base.failure.announced;
    return no_start(v, i) || !not_planned(v, i) || announced;
}

static bool no_logs(view_t *v, int i)
{
    return v->high.resource[i].logs == 0;
}

static bool no_replay(view_t *v, int i)
{
    return v->high.resource[i].log_replay_ns == 0;
}

static bool no_limit(view_t *v, int i)
{
    (void)i;
    for (int r = 0; r < v->plan->base.resources; r++)
        if (v->plan->base.resource[r].pending_limit)
            return false;
    return true;
}

/* Will every resource start in time? Of a law without end one draw in a million is left out: that
 * is how rarely the address may have to be brought online otherwise. */
static bool all_start_in_time(view_t *v)
{
    double limit_ns = (double)v->low.cluster.pending_timeout_ns;
    bool good = true;
    for (int r = 0; r < v->plan->base.resources; r++) {
        const struct resource_params *resource = &v->high.resource[r];
        double start_ns = law_quantile(&resource->online, 1.0 - 1e-6);
        good = good && (!resource->pending_limit || start_ns <= limit_ns);
    }
    return good || v->high.cluster.pending_timeout_ns == 0;
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

static bool not_cluster(view_t *v, int i)
{
    return v->plan->base.cluster.stack != i;
}

/* Domain controllers answer IKE as nodes do. */
static bool not_node(view_t *v, int i)
{
    const struct params *p = &v->plan->base;
    bool answers = p->cluster.stack == i;
    for (int k = 0; k < p->peers; k++)
        answers |= p->peer[k].stack == i;
    return !answers;
}

static bool peer_acknowledges(view_t *v)
{
    int64_t product = front_end_stack(&v->plan->base)->product;
    return product != STACK_other && product != STACK_windows2000;
}

static bool no_repeated_delete(view_t *v, int i)
{
    return not_planned(v, i) || not_cluster(v, i) || v->high.cluster.delete_window_ns == 0 ||
           node_stack(&v->plan->base)->delete_kind != IKE_DELETE_reliable || !peer_acknowledges(v);
}

static bool sends_nothing_twice(view_t *v, int i)
{
    return not_front_end(v, i) && no_repeated_delete(v, i);
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

/* Does any, or does every host that answers the front end send NLBS_PRESENT? */
static bool any_presents(const struct params *p)
{
    bool any = params_nlbs_present(p);
    for (int k = 0; k < p->peers; k++)
        any |= p->stack[p->peer[k].stack].nlbs_present == IKE_NLBS_on;
    return any;
}

static bool all_present(const struct params *p)
{
    bool all = params_nlbs_present(p);
    for (int k = 0; k < p->peers; k++)
        all &= p->stack[p->peer[k].stack].nlbs_present == IKE_NLBS_on;
    return all;
}

/* Neither NLBSFlags nor NLBS_PRESENT in any trial. */
static bool failover_untold(view_t *v, int i)
{
    (void)i;
    return front_end_stack(&v->high)->nlbs_flags == 0 && !any_presents(&v->high);
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
    return all_present(&v->low);
}

static bool no_fallback(view_t *v, int i)
{
    (void)i;
    return !front_end_stack(&v->plan->base)->fallback;
}

static bool always_failover(view_t *v, int i)
{
    return !failover_unknown(v, i) && (flagged(v) || told_by_peer(v, i));
}

/* ---- processors ---- */

static bool active_crashes(view_t *v, int i)
{
    const struct params *p = &v->plan->base;
    return failure_of(v) == FAILURE_crash && p->cluster.active == i && !effect_serves_peer(p, i);
}

static bool standby_rests(view_t *v, int i)
{
    const struct params *p = &v->plan->base;
    bool rests = no_host_added(v) || fails_one_of(v, KIND(none) | KIND(link) | KIND(restart));
    return rests && p->cluster.standby == i && !effect_serves_peer(p, i);
}

static bool no_stalls(view_t *v, int i)
{
    return v->high.node[i].stall_rate_hz == 0.0;
}

static bool no_other_work(view_t *v, int i)
{
    bool starting = false;
    for (int r = 0; r < v->plan->base.resources; r++)
        starting |= v->high.resource[r].load > 0.0;
    bool may_start = v->plan->base.cluster.standby == i || v->plan->base.cluster.active == i;
    return v->high.node[i].load == 0.0 && !(starting && may_start && !no_start(v, i));
}

static bool no_signatures(view_t *v, int i)
{
    const struct params *p = &v->plan->base;
    (void)i;
    bool signs = front_end_stack(p)->auth == IKE_AUTH_certificate ||
                 node_stack(p)->auth == IKE_AUTH_certificate;
    for (int k = 0; k < p->peers; k++)
        signs |= p->stack[p->peer[k].stack].auth == IKE_AUTH_certificate;
    return !signs;
}

static bool no_kerberos(view_t *v, int i)
{
    (void)i;
    return front_end_stack(&v->plan->base)->auth != IKE_AUTH_kerberos;
}

static bool tickets_at_hand(view_t *v, int i)
{
    (void)i;
    return v->low.kerberos.cached;
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
    return !not_planned(v, i) && v->plan->base.cluster.address == i && all_start_in_time(v);
}

/* ---- storms ---- */

static bool always(view_t *v, int i)
{
    (void)v;
    (void)i;
    return true;
}

static bool no_cookies_known(view_t *v, int i)
{
    (void)i;
    return v->plan->base.storm.ike == STORM_IKE_v1;
}

static bool no_threshold(view_t *v, int i)
{
    (void)i;
    return v->high.storm.cookie_threshold == 0;
}

static bool never_a_cookie(view_t *v, int i)
{
    return no_threshold(v, i) && v->high.storm.cookie_threshold_ip == 0;
}

static bool address_counts_for_nothing(view_t *v, int i)
{
    bool cookies = !no_cookies_known(v, i) && v->high.storm.cookie_threshold_ip > 0;
    return v->high.storm.block_threshold == 0 && !cookies;
}

static bool active_rests(view_t *v, int i)
{
    return v->plan->base.cluster.active == i;
}

/* Computers of a storm's clients: each works for itself alone. */
static bool at_client(view_t *v, int i)
{
    return v->plan->base.front_end.node == i;
}

/* IKEv2 has no such bit. */
static bool no_commit_bit(view_t *v, int i)
{
    return !no_cookies_known(v, i) || not_cluster(v, i);
}

static bool never_repeats(view_t *v, int i)
{
    return v->high.stack[i].retransmit_tries == 0;
}

static bool tries_once(view_t *v, int i)
{
    (void)i;
    return v->low.storm.tries == 1 && v->high.storm.tries == 1;
}

/* Laid out by hand: key, when it changes nothing, and why. A new kind of failure, stack or link
 * adds its lines here; test_effect.c wants a pair of scenarios for each. */
/* clang-format off */
#define RULE(kind, field, is_void, why) {KIND_##kind, field, is_void, why}
const struct effect_rule effect_rules[] = {
    RULE(failure, "heartbeats", no_hang, "failure.kind is not hang"),
    RULE(failure, "back", no_hang, "failure.kind is not hang"),
    RULE(failure, "backlog", no_hang, "failure.kind is not hang"),
    RULE(failure, "down", nothing_down, "failure.kind is not restart, link or double"),
    RULE(failure, "announced", no_restart, "failure.kind is not restart"),
    RULE(failure, "second", no_double, "failure.kind is not double"),
    RULE(failure, "failback", no_failback, "failure.kind is not failback"),
    RULE(cluster, "evict", no_eviction, "no node that hangs runs again after its group was taken"),
    RULE(cluster, "form", no_double, "no node boots alone: failure.kind is not double"),
    RULE(cluster, "health_*", no_health_watched,
         "only a node that hangs while its heartbeats go on is found by checks, of what is watched: exchange"),
    RULE(cluster, "is_alive", no_health_watched,
         "only a node that hangs while its heartbeats go on is found by checks, of what is watched: exchange"),
    RULE(cluster, "looks_alive", no_looks_watched,
         "only a node that hangs while its heartbeats go on is found by checks, of what is watched: looksalive"),
    RULE(cluster, "pending_timeout", no_limit, "no resource has a pending_limit"),
    RULE(cluster, "heartbeat", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(cluster, "missed", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(cluster, "regroup", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(cluster, "quorum", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(cluster, "vip_gap", not_planned, "only a planned move has this gap"),
    RULE(cluster, "stop", not_planned, "services are stopped in order only in a planned move"),
    RULE(cluster, "delete_window", not_planned, "SAs are removed in order only in a planned move"),
    RULE(cluster, "fence", not_planned, "SAs are removed in order only in a planned move"),
    RULE(cluster, "fence", no_window, "cluster.delete_window is 0s: the SAs go with the address"),
    RULE(cluster, "hosts", not_balanced, "cluster.kind is not nlb"),
    RULE(cluster, "alive_*", no_host_dies, "no host of NLB is missed by its heartbeats"),
    RULE(cluster, "convergence", nothing_converges, "no host of NLB dies or leaves"),
    RULE(cluster, "affinity", not_balanced, "cluster.kind is not nlb"),
    RULE(cluster, "nlb_tracks", not_balanced, "cluster.kind is not nlb"),
    RULE(stack, "initial_contact", not_balanced, "cluster.kind is not nlb"),
    RULE(stack, "initial_contact", not_front_end, "only the front end starts negotiations: not its stack"),
    RULE(cluster, "restart_*", no_start, "nobody takes over, so no resource starts"),
    RULE(cluster, "failover_threshold", no_start, "nobody takes over, so no resource starts"),
    RULE(cluster, "pending_timeout", no_start, "nobody takes over, so no resource starts"),
    RULE(cluster, "listen_lag", no_start, "nobody takes over"),

    RULE(resource, "*", no_start, "nobody takes over, so no resource starts"),
    RULE(resource, "logs", stores_are_closed, "services are stopped in order, so no log is replayed"),
    RULE(resource, "log_replay", stores_are_closed, "services are stopped in order, so no log is replayed"),
    RULE(resource, "logs", no_replay, "log_replay is 0s"),
    RULE(resource, "log_replay", no_logs, "logs is 0"),
    RULE(resource, "watched", not_polled, "only a node that hangs while its heartbeats go on is found by checks"),
    RULE(resource, "*", bound_by_gap, "a planned move binds the address by cluster.vip_gap"),

    RULE(arp, "gratuitous", no_arp, "arp.model is off"),
    RULE(arp, "spacing", no_arp, "arp.model is off"),
    RULE(arp, "loss", no_arp, "arp.model is off"),
    RULE(arp, "unused", no_arp, "arp.model is off"),
    RULE(arp, "used", no_arp, "arp.model is off"),
    RULE(arp, "gratuitous", no_start, "nobody takes over, so nothing is announced"),
    RULE(arp, "spacing", no_start, "nobody takes over, so nothing is announced"),
    RULE(arp, "loss", no_start, "nobody takes over, so nothing is announced"),
    RULE(arp, "spacing", announces_never, "arp.gratuitous is 0"),
    RULE(arp, "loss", announces_never, "arp.gratuitous is 0"),
    RULE(arp, "spacing", announces_once, "arp.gratuitous is 1"),

    RULE(app, "reset_*", no_tcp, "app.tcp is off"),
    RULE(app, "data_*", no_tcp, "app.tcp is off"),
    RULE(class, "persistent", no_tcp, "app.tcp is off"),

    RULE(stack, "retransmit_first", not_front_end, "only the front end starts negotiations: not its stack"),
    RULE(stack, "retransmit_jitter", sends_nothing_twice, "no side that uses this stack repeats anything"),
    RULE(stack, "retransmit_base", not_front_end, "only the front end starts negotiations: not its stack"),
    RULE(stack, "retransmit_base", never_repeats, "there is no second wait: retransmit_tries is 0"),
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
    RULE(stack, "fallback*", not_front_end, "only the front end falls back to clear: not its stack"),
    RULE(stack, "fallback_*", no_fallback, "the front end never falls back to clear"),
    RULE(stack, "soft_lifetime", not_front_end, "only the front end falls back to clear: not its stack"),
    RULE(stack, "soft_lifetime", no_fallback, "the front end never falls back to clear"),
    RULE(stack, "inbound", no_fallback, "the front end never falls back to clear"),
    RULE(stack, "commit_bit", not_node, "the responder asks for it: not the nodes' stack"),
    RULE(stack, "delete", not_cluster, "nodes of the cluster send DELETEs: not their stack"),
    RULE(stack, "delete", no_order, "no address leaves in order, so no SA is removed in order"),
    RULE(stack, "delete_*", no_repeated_delete,
         "no DELETE is repeated: that takes a planned move, delete: reliable, a delete_window and a peer that "
         "acknowledges"),

    RULE(node, "cores", active_crashes, "the node dies before it computes anything"),
    RULE(node, "speed", active_crashes, "the node dies before it computes anything"),
    RULE(node, "load", active_crashes, "the node dies before it computes anything"),
    RULE(node, "burst", active_crashes, "the node dies before it computes anything"),
    RULE(node, "discipline", active_crashes, "the node dies before it computes anything"),
    RULE(node, "cores", standby_rests, "this node takes nothing over, so it computes nothing"),
    RULE(node, "speed", standby_rests, "this node takes nothing over, so it computes nothing"),
    RULE(node, "load", standby_rests, "this node takes nothing over, so it computes nothing"),
    RULE(node, "burst", standby_rests, "this node takes nothing over, so it computes nothing"),
    RULE(node, "discipline", standby_rests, "this node takes nothing over, so it computes nothing"),
    RULE(node, "burst", no_other_work, "the node has no other work: load is 0%"),
    RULE(node, "stall*", active_crashes, "the node dies before it computes anything"),
    RULE(node, "stall*", standby_rests, "this node takes nothing over, so it computes nothing"),
    RULE(node, "stall", no_stalls, "stall_rate is 0/s"),
    RULE(kerberos, "*", no_kerberos, "stack.auth of the front end is not kerberos"),
    RULE(kerberos, "wait", tickets_at_hand, "kerberos.cached is on"),
    RULE(kerberos, "tries", tickets_at_hand, "kerberos.cached is on"),
    RULE(crypto, "sign", no_signatures, "no main mode authenticates by certificate"),
    RULE(crypto, "verify", no_signatures, "no main mode authenticates by certificate"),

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

static const char no_requests[] = "clients of a storm send no requests";
static const char no_crash_work[] = "only the node that takes over computes anything";
static const char crash_or_move[] = "a storm is a crash or a planned move of a server cluster";
static const char own_computers[] = "a client's computer has nothing else to do than its own IKE";
static const char random_loss[] = "packets of a storm are lost at random, each for itself";

/* Of a storm; what its links and computers may be is narrow (scenario/rules.c). */
/* clang-format off */
const struct effect_rule effect_storm_rules[] = {
    RULE(storm, "cookie_*", no_cookies_known, "IKEv1 has no cookies that are demanded"),
    RULE(storm, "cookie_threshold_off", no_threshold, "cookie_threshold is 0"),
    RULE(storm, "cookie_calm_down", no_threshold, "cookie_threshold is 0"),
    RULE(storm, "cookie_lifetime", never_a_cookie, "cookies are never demanded"),
    RULE(storm, "clients_per_ip", address_counts_for_nothing, "no limit counts by address"),
    RULE(storm, "retry", tries_once, "storm.tries is 1"),
    RULE(app, "*", always, no_requests),
    RULE(arp, "*", always, "clients of a storm are behind routers: no neighbour entries"),
    RULE(class, "*", always, no_requests),
    RULE(peer, "*", always, no_requests),
    RULE(policy, "*", always, no_requests),
    RULE(kerberos, "*", always, no_requests),
    RULE(alarm, "*", always, "false alarms are of SAs in use, and a storm begins without any"),
    RULE(cluster, "vip_gap", not_planned, "only a planned move has this gap"),
    RULE(cluster, "stop", not_planned, "services are stopped in order only in a planned move"),
    RULE(cluster, "delete_window", always, "clients of a storm have no SAs to be told of"),
    RULE(cluster, "fence", always, "clients of a storm have no SAs to be told of"),
    RULE(cluster, "heartbeat", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(cluster, "missed", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(cluster, "regroup", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(cluster, "quorum", no_heartbeats_missed, "no node is missed by its heartbeats"),
    RULE(trial, "until", always, "a storm is over when all clients are back"),
    RULE(trial, "sa_age", always, "clients of a storm begin without SAs"),
    RULE(failure, "heartbeats", always, crash_or_move),
    RULE(failure, "back", always, crash_or_move),
    RULE(failure, "backlog", always, crash_or_move),
    RULE(failure, "down", always, crash_or_move),
    RULE(failure, "announced", always, crash_or_move),
    RULE(failure, "second", always, crash_or_move),
    RULE(failure, "failback", always, crash_or_move),
    RULE(cluster, "hosts", always, crash_or_move),
    RULE(cluster, "alive_*", always, crash_or_move),
    RULE(cluster, "convergence", always, crash_or_move),
    RULE(cluster, "affinity", always, crash_or_move),
    RULE(cluster, "nlb_tracks", always, crash_or_move),
    RULE(cluster, "evict", always, crash_or_move),
    RULE(cluster, "form", always, crash_or_move),
    RULE(cluster, "health_*", always, crash_or_move),
    RULE(cluster, "is_alive", always, crash_or_move),
    RULE(cluster, "looks_alive", always, crash_or_move),
    RULE(cluster, "pending_timeout", no_limit, "no resource has a pending_limit"),
    RULE(resource, "logs", stores_are_closed, "services are stopped in order, so no log is replayed"),
    RULE(resource, "log_replay", stores_are_closed, "services are stopped in order, so no log is replayed"),
    RULE(resource, "logs", no_replay, "log_replay is 0s"),
    RULE(resource, "log_replay", no_logs, "logs is 0"),
    RULE(resource, "watched", always, crash_or_move),
    RULE(node, "cores", active_rests, no_crash_work),
    RULE(node, "speed", active_rests, no_crash_work),
    RULE(node, "load", active_rests, no_crash_work),
    RULE(node, "burst", active_rests, no_crash_work),
    RULE(node, "discipline", active_rests, no_crash_work),
    RULE(node, "stall*", active_rests, no_crash_work),
    RULE(node, "stall", no_stalls, "stall_rate is 0/s"),
    RULE(node, "cores", at_client, own_computers),
    RULE(node, "burst", at_client, own_computers),
    RULE(node, "discipline", at_client, own_computers),
    RULE(crypto, "sign", no_signatures, "no main mode authenticates by certificate"),
    RULE(crypto, "verify", no_signatures, "no main mode authenticates by certificate"),
    RULE(stack, "idle*", always, "clients of a storm begin without SAs"),
    RULE(stack, "qm_lifetime*", always, "a storm is over before SAs are"),
    RULE(stack, "mm_lifetime", always, "a storm is over before SAs are"),
    RULE(stack, "delete*", always, "clients of a storm have no SAs to be told of"),
    RULE(stack, "nlbs_*", always, "clients of a storm begin without SAs"),
    RULE(stack, "fast_failover", always, "clients of a storm begin without SAs"),
    RULE(stack, "initial_contact", always, "clients of a storm begin without SAs"),
    RULE(stack, "mm_dies_with_last_qm", always, "a storm is over before SAs are"),
    RULE(stack, "hold", always, no_requests),
    RULE(stack, "fallback*", always, "clients of a storm never fall back to clear"),
    RULE(stack, "soft_lifetime", always, "clients of a storm never fall back to clear"),
    RULE(stack, "inbound", always, "clients of a storm never fall back to clear"),
    RULE(stack, "commit_bit", no_commit_bit, "only nodes that speak IKEv1 ask for it"),
    RULE(stack, "retransmit_*", not_front_end, "nodes of a storm only answer: no stack of its clients"),
    RULE(stack, "retransmit_base", never_repeats, "there is no second wait: retransmit_tries is 0"),
    RULE(stack, "retransmit_cap", no_cap_reached, "no wait is longer"),
    RULE(link, "limit", always, "links of a storm have no rate, and so no queue"),
    RULE(link, "loss_correlation", always, random_loss),
    RULE(link, "state_*", always, random_loss),
    RULE(link, "gemodel_*", always, random_loss),
    RULE(link, "delay_correlation", always, "packets of a storm are delayed each for itself"),
    RULE(link, "duplicate_correlation", always, "links of a storm duplicate nothing"),
    RULE(link, "reorder*", always, "links of a storm do not let packets overtake by reorder"),
    RULE(link, "gap", always, "links of a storm do not let packets overtake by reorder"),
    RULE(link, "distribution", no_jitter, "jitter is 0s"),
};
/* clang-format on */
const size_t effect_storm_rule_count = COUNT_OF(effect_storm_rules);
