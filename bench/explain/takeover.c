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

/* When the new node begins to start resources. The last heartbeat came up to one interval before
 * the crash. */
static double begin_ns(view_t *v, enum takeover_end end)
{
    const struct params *p = params_at(v, end);
    const struct cluster_params *c = &p->cluster;
    static const double missed_less[] = {
        [TAKEOVER_LEAST] = 1.0, [TAKEOVER_MOST] = 0.0, [TAKEOVER_MIDDLE] = 0.5};
    if (p->failure.kind == FAILURE_move)
        return 0.0;
    if (p->failure.kind == FAILURE_restart)
        return end_of_law(&p->failure.down, end);
    return ((double)c->missed - missed_less[end]) * (double)c->heartbeat_ns +
           end_of_law(&c->regroup, end) + end_of_law(&c->quorum, end);
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
    bool unclean = p->failure.kind != FAILURE_move;
    return end_of_law(&r->online, end) + (unclean ? (double)(r->logs * r->log_replay_ns) : 0.0);
}

/* A longer start is no start: the resource fails. INFINITY: it has all the time in the world. */
static double start_limit_ns(view_t *v, int i)
{
    double limit_ns = (double)v->high->cluster.pending_timeout_ns;
    bool always = v->low->cluster.pending_timeout_ns > 0;
    return v->mid->resource[i].pending_limit && always ? limit_ns : INFINITY;
}

bool takeover_may_fail(view_t *v)
{
    bool may = false;
    for (int i = 0; i < v->mid->resources; i++)
        may |=
            v->mid->resource[i].pending_limit && v->high->cluster.pending_timeout_ns > 0 &&
            whole_start_ns(v->high, i, TAKEOVER_MOST) > (double)v->low->cluster.pending_timeout_ns;
    return may;
}

bool takeover_must_fail(view_t *v)
{
    bool must = false;
    for (int i = 0; i < v->mid->resources; i++)
        must |= whole_start_ns(v->low, i, TAKEOVER_LEAST) > start_limit_ns(v, i);
    return must;
}

void takeover_online_ns(view_t *v, enum takeover_end end, double at_ns[CLUSTER_RESOURCES_MAX])
{
    const struct params *p = params_at(v, end);
    bool moved = p->failure.kind == FAILURE_move;
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

double takeover_vip_up_ns(view_t *v, enum takeover_end end)
{
    const struct params *p = params_at(v, end);
    double at_ns[CLUSTER_RESOURCES_MAX];
    if (p->failure.kind == FAILURE_move)
        return end_of_law(&p->cluster.vip_gap, end);
    takeover_online_ns(v, end, at_ns);
    return at_ns[p->cluster.address] + (double)p->cluster.listen_lag_ns;
}

double takeover_all_online_ns(view_t *v, enum takeover_end end)
{
    double at_ns[CLUSTER_RESOURCES_MAX], last_ns = 0.0;
    takeover_online_ns(v, end, at_ns);
    for (int i = 0; i < v->mid->resources; i++)
        last_ns = fmax(last_ns, at_ns[i]);
    return last_ns;
}

double takeover_service_ns(view_t *v, enum takeover_end end, uint32_t classes)
{
    double at_ns[CLUSTER_RESOURCES_MAX], first_ns = INFINITY;
    takeover_online_ns(v, end, at_ns);
    for (int c = 0; c < v->mid->classes; c++)
        if (classes >> c & 1)
            first_ns = fmin(first_ns, at_ns[v->mid->traffic[c].service]);
    return first_ns;
}
