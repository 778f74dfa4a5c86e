/* What a kind of failure means for what the front end has: who tells it, whether its SAs may be of
 * use again, who answers it afterwards. Separate because the parts of an outage ask the same few
 * questions of every kind of failure and cluster. */
#ifndef BENCH_EXPLAIN_COURSE_H
#define BENCH_EXPLAIN_COURSE_H

#include "takeover.h"

/* A node that hangs may run again. */
bool course_may_run_again(const struct params *p);

/* The address leaves in order, and whoever had it removes its SAs (KB 821839, G2). */
bool course_tells(const struct params *p);

/* Packets of whoever had the SAs may arrive after t = 0, or a negotiation with it may. */
bool course_goes_on(const struct params *p);

/* The SAs of the start may be of use again: the node or the path comes back with them, or a host of
 * NLB goes on. */
bool course_may_keep(const struct params *p);

/* Another failure follows before which nothing may have recovered. */
bool course_comes_again(const struct params *p);

/* Nodes that may answer IKE afterwards, as bits; the one that does in the middle. */
uint32_t course_servers(const struct params *p);
int64_t course_server(const struct params *p);

/* Until when whoever has the SAs may answer with them, ns after t = 0, at most; INFINITY: no end.
 */
double course_touched_ns(const struct bounds_view *v);

/* When, in the middle, the SAs of the start are of use again, or their DELETEs are sent; INFINITY:
 * never. */
double course_usable_ns(const struct bounds_view *v);
double course_deleted_ns(const struct bounds_view *v);

/* Why the address, or all services, may have no latest time. */
enum bounds_why course_why(const struct bounds_view *v, bool services);

#endif
