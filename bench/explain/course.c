#include "course.h"

#include <math.h>

typedef const struct bounds_view view_t;

static bool one_of(const struct params *p, uint32_t kinds)
{
    return kinds >> p->failure.kind & 1;
}

#define KIND(kind) (UINT32_C(1) << FAILURE_##kind)

bool course_may_run_again(const struct params *p)
{
    return p->failure.kind == FAILURE_hang && law_maximum(&p->failure.back) > 0.0;
}

bool course_tells(const struct params *p)
{
    bool announced = p->failure.kind == FAILURE_restart && p->failure.announced;
    return announced || one_of(p, KIND(move) | KIND(failback));
}

bool course_goes_on(const struct params *p)
{
    bool silent = one_of(p, KIND(crash) | KIND(restart)) ||
                  (p->failure.kind == FAILURE_hang && !course_may_run_again(p));
    return !silent || course_tells(p) || takeover_is_balanced(p);
}

/* Of NLB the first front end is a client of the host that fails. */
bool course_may_keep(const struct params *p)
{
    if (takeover_is_balanced(p))
        return p->failure.kind == FAILURE_add_host || p->front_end.count > 1 ||
               p->cluster.affinity == NLB_AFFINITY_none;
    return p->failure.kind == FAILURE_link || course_may_run_again(p);
}

bool course_comes_again(const struct params *p)
{
    return one_of(p, KIND(double) | KIND(failback));
}

/* ---- who answers ---- */

uint32_t course_servers(const struct params *p)
{
    uint32_t active = UINT32_C(1) << p->cluster.active, standby = UINT32_C(1) << p->cluster.standby;
    if (takeover_is_balanced(p))
        return (uint32_t)p->cluster.hosts | active | standby;
    if (one_of(p, KIND(restart) | KIND(link)))
        return active;
    return one_of(p, KIND(crash) | KIND(move)) ? standby : active | standby;
}

static int64_t other_host(const struct params *p)
{
    for (int64_t i = 0; i < CLUSTER_HOSTS_MAX; i++)
        if (p->cluster.hosts >> i & 1 && i != p->cluster.active && i != p->cluster.standby)
            return i;
    return p->cluster.active;
}

int64_t course_server(const struct params *p)
{
    if (takeover_is_balanced(p))
        return p->failure.kind == FAILURE_add_host ? p->cluster.standby : other_host(p);
    return one_of(p, KIND(restart) | KIND(link) | KIND(double)) ? p->cluster.active
                                                                : p->cluster.standby;
}

/* ---- when ---- */

double course_touched_ns(view_t *v)
{
    const struct params *high = v->high;
    if (takeover_is_balanced(v->mid))
        return v->mid->cluster.affinity == NLB_AFFINITY_none ? INFINITY : 0.0;
    switch (v->mid->failure.kind) {
    case FAILURE_double: /* with the second node */
        return law_maximum(&high->failure.second);
    case FAILURE_failback: /* the second move comes when it comes */
        return INFINITY;
    case FAILURE_hang: /* the node answers until it knows that the group is another's */
        return course_may_run_again(v->mid)
                   ? law_maximum(&high->failure.back) + law_maximum(&high->cluster.evict)
                   : 0.0;
    default:
        return 0.0;
    }
}

double course_usable_ns(view_t *v)
{
    if (takeover_is_balanced(v->mid))
        return v->mid->failure.kind == FAILURE_add_host && v->mid->cluster.nlb_tracks ? 0.0
                                                                                      : INFINITY;
    double back_ns = takeover_back_ns(v, TAKEOVER_MIDDLE);
    bool lost =
        v->mid->failure.kind == FAILURE_hang && back_ns >= takeover_lost_ns(v, TAKEOVER_MIDDLE);
    return lost ? INFINITY : back_ns;
}

double course_deleted_ns(view_t *v)
{
    const struct params *mid = v->mid;
    if (mid->stack[mid->cluster.stack].delete_kind == IKE_DELETE_none)
        return INFINITY;
    if (course_tells(mid))
        return 0.0;
    if (!course_may_run_again(mid))
        return INFINITY;
    return takeover_back_ns(v, TAKEOVER_MIDDLE) + fmax(0.0, law_quantile(&mid->cluster.evict, 0.5));
}

enum bounds_why course_why(view_t *v, bool services)
{
    if (v->mid->failure.kind == FAILURE_failback)
        return BOUNDS_WHY_again;
    bool restarts =
        isinf(takeover_lost_ns(v, TAKEOVER_MOST)) || (services && course_may_run_again(v->mid));
    return takeover_is_polled(v->mid) && restarts ? BOUNDS_WHY_restarts : BOUNDS_WHY_law;
}
