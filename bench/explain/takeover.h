/* When the cluster takes over: the address, each resource, the services, at the least, at the most
 * and in the middle.
 * Separate because it is arithmetic on the cluster's laws alone: heartbeats KB 892422, quorum KB
 * 309186, resources KB 821833, checks of a node that hangs KB 810860, NLB's heartbeats KB 243523.
 */
#ifndef BENCH_EXPLAIN_TAKEOVER_H
#define BENCH_EXPLAIN_TAKEOVER_H

#include "bounds.h"

/* Which end of everything that may be drawn, or its median. */
enum takeover_end { TAKEOVER_LEAST, TAKEOVER_MOST, TAKEOVER_MIDDLE };

/* A cluster of NLB; a node that hangs while its heartbeats go on, so that checks have to find it.
 */
bool takeover_is_balanced(const struct params *p);
bool takeover_is_polled(const struct params *p);

/* Whether resources start anywhere: not on hosts of NLB, nor where only the path breaks. */
bool takeover_starts_any(const struct params *p);

/* ns from t = 0 until the node that serves from then on answers IKE on the address. Of resources
 * with a pending limit those starts count that keep it. INFINITY: a law has no end. */
double takeover_vip_up_ns(const struct bounds_view *v, enum takeover_end end);

/* When each resource is online: the longest chain of what it needs; when all are; and when the
 * first service of these classes (bits) is. */
void takeover_online_ns(const struct bounds_view *v, enum takeover_end end,
                        double at_ns[CLUSTER_RESOURCES_MAX]);
double takeover_all_online_ns(const struct bounds_view *v, enum takeover_end end);
double takeover_service_ns(const struct bounds_view *v, enum takeover_end end, uint32_t classes);

/* When a node that hangs runs again, or a path is there again; INFINITY: never. */
double takeover_back_ns(const struct bounds_view *v, enum takeover_end end);

/* When the group of a node that hangs is given to the other one; INFINITY: never. */
double takeover_lost_ns(const struct bounds_view *v, enum takeover_end end);

/* Whether a resource may, or must, be given up because it takes longer than the pending timeout. */
bool takeover_may_fail(const struct bounds_view *v);
bool takeover_must_fail(const struct bounds_view *v);

#endif
