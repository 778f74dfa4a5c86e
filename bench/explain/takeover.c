#include "takeover.h"

#include <math.h>

typedef const struct bounds_view view_t;

static double end_of_law(const struct law *law, enum takeover_end end)
{
    double ns = end == TAKEOVER_LEAST  ? law_minimum(law)
                : end == TAKEOVER_MOST ? law_maximum(law)
                                       : law_quantile(law, 0.5);
    return fmax(0.0, ns);
}

static const struct params *params_at(view_t *v, enum takeover_end end)
{
    return end == TAKEOVER_LEAST ? v->low : end == TAKEOVER_MOST ? v->high : v->mid;
}

bool takeover_is_balanced(const struct params *p)
{
    return p->cluster.kind == CLUSTER_nlb;
}

static bool is_move(const struct params *p)
{
    return p->failure.kind == FAILURE_move || p->failure.kind == FAILURE_failback;
}

/* What is missed less than all of them at the end of so many intervals: the last heartbeat came up
 * to one interval before the crash. */
static double missed_ns(enum takeover_end end, int64_t missed, int64_t interval_ns)
{
    static const double less[] = {
        [TAKEOVER_LEAST] = 1.0, [TAKEOVER_MOST] = 0.0, [TAKEOVER_MIDDLE] = 0.5};
    return ((double)missed - less[end]) * (double)interval_ns;
}

static double dead_ns(view_t *v, enum takeover_end end)
{
    const struct cluster_params *c = &params_at(v, end)->cluster;
    return missed_ns(end, c->missed, c->heartbeat_ns);
}

static double quorum_ns(view_t *v, enum takeover_end end)
{
    return end_of_law(&params_at(v, end)->cluster.quorum, end);
}

static double heartbeats_ns(view_t *v, enum takeover_end end)
{
    return dead_ns(v, end) + end_of_law(&params_at(v, end)->cluster.regroup, end) +
           quorum_ns(v, end);
}

/* ---- a node that hangs while its heartbeats go on ---- */

/* When a watched resource is found dead. A check gets no answer, and the next IsAlive says so;
 * where all of these rows of ticks begin nobody chose. */
static double found_ns(view_t *v, enum takeover_end end, int64_t watched)
{
    const struct cluster_params *c = &params_at(v, end)->cluster;
    double share = end == TAKEOVER_LEAST ? 0.0 : end == TAKEOVER_MOST ? 1.0 : 0.5;
    if (watched == RESOURCE_WATCH_looksalive)
        return share * (double)c->looks_alive_ns;
    return share * (double)c->health_check_ns + (double)c->health_timeout_ns +
           share * (double)c->is_alive_ns;
}

/* Whether it is found dead while what it needs is not, so that it is started again. */
static bool starts_again(const struct params *p, int i)
{
    bool good = p->resource[i].watched != RESOURCE_WATCH_no;
    for (int k = 0; k < p->resources; k++)
        good &= !(p->resource[i].needs >> k & 1) || p->resource[k].watched == RESOURCE_WATCH_no;
    return good;
}

/* Restarts in vain, each given up at the pending timeout. */
static double restarts_ns(view_t *v, enum takeover_end end, int i)
{
    const struct cluster_params *c = &params_at(v, end)->cluster;
    double n = (double)c->restart_threshold, limit_ns = (double)c->pending_timeout_ns;
    bool limited = v->mid->resource[i].pending_limit && v->high->cluster.pending_timeout_ns > 0;
    if (n > 0.0 && !limited)
        return INFINITY;
    bool for_certain = v->low->cluster.pending_timeout_ns > 0 && starts_again(v->mid, i) &&
                       n * limit_ns <= (double)v->low->cluster.restart_period_ns;
    return end == TAKEOVER_MOST && !for_certain ? INFINITY : n * limit_ns;
}

static double polled_ns(view_t *v, enum takeover_end end)
{
    double first_ns = INFINITY;
    for (int i = 0; i < v->mid->resources; i++)
        if (v->mid->resource[i].watched != RESOURCE_WATCH_no)
            first_ns = fmin(first_ns,
                            found_ns(v, end, v->mid->resource[i].watched) + restarts_ns(v, end, i));
    return v->high->cluster.failover_threshold > 0 ? first_ns : INFINITY;
}

bool takeover_is_polled(const struct params *p)
{
    return p->failure.kind == FAILURE_hang && p->failure.heartbeats;
}

double takeover_lost_ns(view_t *v, enum takeover_end end)
{
    return takeover_is_polled(v->mid) ? polled_ns(v, end) : dead_ns(v, end);
}

double takeover_back_ns(view_t *v, enum takeover_end end)
{
    const struct failure_params *failure = &params_at(v, end)->failure;
    if (failure->kind == FAILURE_link)
        return end_of_law(&failure->down, end);
    if (failure->kind != FAILURE_hang || law_maximum(&failure->back) <= 0.0)
        return INFINITY;
    double back_ns = end_of_law(&failure->back, end);
    bool never = end == TAKEOVER_MOST && law_minimum(&v->low->failure.back) <= 0.0;
    return never || (end == TAKEOVER_MIDDLE && back_ns <= 0.0) ? INFINITY : back_ns;
}

/* ---- who takes over, and when ---- */

/* The second node has died, and the first is up again: it misses heartbeats of the other one, or
 * finds nobody when it boots. */
static double second_ns(view_t *v, enum takeover_end end)
{
    const struct params *p = params_at(v, end);
    double dies_ns = end_of_law(&p->failure.second, end), up_ns = end_of_law(&p->failure.down, end);
    double alone_ns = end_of_law(&p->cluster.form, end) + quorum_ns(v, end);
    if (end == TAKEOVER_MIDDLE)
        return up_ns <= dies_ns ? dies_ns + heartbeats_ns(v, end) : up_ns + alone_ns;
    double then_ns = end == TAKEOVER_LEAST ? fmin(alone_ns, heartbeats_ns(v, end))
                                           : fmax(alone_ns, heartbeats_ns(v, end));
    return fmax(dies_ns, up_ns) + then_ns;
}

/* When the new node begins to start resources. */
static double begin_ns(view_t *v, enum takeover_end end)
{
    const struct params *p = params_at(v, end);
    if (is_move(p))
        return 0.0;
    if (p->failure.kind == FAILURE_restart)
        return end_of_law(&p->failure.down, end);
    if (p->failure.kind == FAILURE_double)
        return second_ns(v, end);
    return takeover_is_polled(p) ? polled_ns(v, end) : heartbeats_ns(v, end);
}

/* When the address is bound in a planned move. The lag is taken from the gap. */
static double bound_in_move_ns(view_t *v, enum takeover_end end)
{
    const struct params *p = params_at(v, end);
    const struct params *other = params_at(v, end == TAKEOVER_LEAST  ? TAKEOVER_MOST
                                              : end == TAKEOVER_MOST ? TAKEOVER_LEAST
                                                                     : TAKEOVER_MIDDLE);
    return fmax(0.0, end_of_law(&p->cluster.vip_gap, end) - (double)other->cluster.listen_lag_ns);
}

/* From a resource's start until it is online, its logs replayed when its node died under it. */
static double whole_start_ns(const struct params *p, int i, enum takeover_end end)
{
    const struct resource_params *r = &p->resource[i];
    bool unclean = !is_move(p) && !(p->failure.kind == FAILURE_restart && p->failure.announced);
    return end_of_law(&r->online, end) + (unclean ? (double)(r->logs * r->log_replay_ns) : 0.0);
}

/* A longer start is no start: the resource fails. INFINITY: it has all the time in the world. */
static double start_limit_ns(view_t *v, int i)
{
    double limit_ns = (double)v->high->cluster.pending_timeout_ns;
    bool always = v->low->cluster.pending_timeout_ns > 0;
    return v->mid->resource[i].pending_limit && always ? limit_ns : INFINITY;
}

bool takeover_starts_any(const struct params *p)
{
    return !takeover_is_balanced(p) && p->failure.kind != FAILURE_link;
}

bool takeover_may_fail(view_t *v)
{
    bool may = false;
    if (!takeover_starts_any(v->mid))
        return false;
    for (int i = 0; i < v->mid->resources; i++)
        may |=
            v->mid->resource[i].pending_limit && v->high->cluster.pending_timeout_ns > 0 &&
            whole_start_ns(v->high, i, TAKEOVER_MOST) > (double)v->low->cluster.pending_timeout_ns;
    return may;
}

bool takeover_must_fail(view_t *v)
{
    bool must = false;
    if (!takeover_starts_any(v->mid))
        return false;
    for (int i = 0; i < v->mid->resources; i++)
        must |= whole_start_ns(v->low, i, TAKEOVER_LEAST) > start_limit_ns(v, i);
    return must;
}

void takeover_online_ns(view_t *v, enum takeover_end end, double at_ns[CLUSTER_RESOURCES_MAX])
{
    const struct params *p = params_at(v, end);
    bool moved = is_move(p);
    for (int i = 0; i < p->resources; i++)
        at_ns[i] = 0.0;
    for (int pass = 0; pass < p->resources; pass++)
        for (int i = 0; i < p->resources; i++) {
            double start_ns = begin_ns(v, end);
            for (int k = 0; k < p->resources; k++)
                if (p->resource[i].needs >> k & 1)
                    start_ns = fmax(start_ns, at_ns[k]);
            at_ns[i] = start_ns + fmin(whole_start_ns(p, i, end), start_limit_ns(v, i));
            if (moved && i == p->cluster.address)
                at_ns[i] = bound_in_move_ns(v, end);
        }
}

/* ---- what the front end sees of it ---- */

/* Hosts of NLB have agreed; where others than the first front end or other flows are, theirs may go
 * on as if nothing had happened. */
static double mapped_ns(view_t *v, enum takeover_end end)
{
    const struct params *p = params_at(v, end);
    const struct cluster_params *c = &p->cluster;
    bool other = p->front_end.count > 1 || c->affinity == NLB_AFFINITY_none;
    if (p->failure.kind == FAILURE_add_host || (other && end == TAKEOVER_LEAST))
        return 0.0;
    double missed = p->failure.kind == FAILURE_crash
                        ? missed_ns(end, c->alive_tolerance, c->alive_period_ns)
                        : 0.0;
    return missed + end_of_law(&c->convergence, end);
}

/* What takes over_ns if the other node takes over, and is as it was when a node runs again before
 * it has lost its group, or the path is back. */
static double or_back_ns(view_t *v, enum takeover_end end, double over_ns)
{
    double back_ns = takeover_back_ns(v, end);
    if (v->mid->failure.kind == FAILURE_link)
        return back_ns;
    switch (end) {
    case TAKEOVER_LEAST:
        return fmin(over_ns, back_ns);
    case TAKEOVER_MIDDLE:
        return back_ns < takeover_lost_ns(v, end) ? back_ns : over_ns;
    default: /* it may have lost the group just before */
        return isinf(takeover_lost_ns(v, TAKEOVER_LEAST)) ? back_ns : over_ns;
    }
}

double takeover_vip_up_ns(view_t *v, enum takeover_end end)
{
    const struct params *p = params_at(v, end);
    double at_ns[CLUSTER_RESOURCES_MAX];
    if (takeover_is_balanced(p))
        return mapped_ns(v, end);
    if (is_move(p))
        return end == TAKEOVER_MOST && p->failure.kind == FAILURE_failback
                   ? INFINITY
                   : end_of_law(&p->cluster.vip_gap, end);
    takeover_online_ns(v, end, at_ns);
    return or_back_ns(v, end, at_ns[p->cluster.address] + (double)p->cluster.listen_lag_ns);
}

/* Whether everything may have to wait for what nobody can tell: the second move, or resources that
 * were started again and again on the node that hung, which runs again. */
static bool starts_late(const struct params *p)
{
    return p->failure.kind == FAILURE_failback ||
           (takeover_is_polled(p) && law_maximum(&p->failure.back) > 0.0);
}

double takeover_all_online_ns(view_t *v, enum takeover_end end)
{
    double at_ns[CLUSTER_RESOURCES_MAX], last_ns = 0.0;
    if (takeover_is_balanced(v->mid))
        return mapped_ns(v, end);
    if (!takeover_starts_any(v->mid))
        return 0.0;
    takeover_online_ns(v, end, at_ns);
    for (int i = 0; i < v->mid->resources; i++)
        last_ns = fmax(last_ns, at_ns[i]);
    return end == TAKEOVER_MOST && starts_late(v->mid) ? INFINITY : or_back_ns(v, end, last_ns);
}

double takeover_service_ns(view_t *v, enum takeover_end end, uint32_t classes)
{
    double at_ns[CLUSTER_RESOURCES_MAX], first_ns = INFINITY;
    if (takeover_is_balanced(v->mid))
        return 0.0;
    takeover_online_ns(v, end, at_ns);
    for (int c = 0; c < v->mid->classes; c++)
        if (classes >> c & 1)
            first_ns = fmin(first_ns, at_ns[v->mid->traffic[c].service]);
    return or_back_ns(v, end, first_ns);
}
