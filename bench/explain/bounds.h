/* What must hold of each part of an outage, worked out from the parameters alone: a floor, a
 * ceiling, and what it takes when nothing disturbs it. Separate because these are formulas, all in
 * this one place, that a test sets beside every trial. Timers: windows.md 1; exchanges: RFC 2409 5;
 * cluster: takeover.h; kinds of failure: course.h. */
#ifndef BENCH_EXPLAIN_BOUNDS_H
#define BENCH_EXPLAIN_BOUNDS_H

#include <stdbool.h>

#include "world/params.h"

/* The parts, in the order in which they pass. X(name, column of struct row, title) */
#define BOUNDS_PARTS(X)                                                                            \
    X(vip_up, vip_up_ns, "IKE is answered on the address")                                         \
    X(detect, phase_detect_ns, "until the stale quick-mode SA is gone")                            \
    X(wait, phase_wait_ns, "waiting for a packet that starts IKE")                                 \
    X(stale_qm, phase_stale_qm_ns, "quick mode in vain under the stale main-mode SA")              \
    X(mm_failed, phase_mm_failed_ns, "until the main mode that succeeds begins")                   \
    X(mm, phase_mm_ns, "main mode")                                                                \
    X(qm_wait, phase_qm_wait_ns, "until the quick mode that succeeds begins")                      \
    X(qm, phase_qm_ns, "quick mode")                                                               \
    X(ipsec, ipsec_ns, "IPsec usable again")                                                       \
    X(app, phase_app_ns, "from there to the first good answer")                                    \
    X(outage, outage_ns, "first good answer")                                                      \
    X(app_ready, app_ready_ns, "all of Exchange online")

enum bounds_part {
#define X(name, column, title) BOUNDS_##name,
    BOUNDS_PARTS(X)
#undef X
        BOUNDS_COUNT
};

/* Why a part has no ceiling. X(name, words) */
#define BOUNDS_WHYS(X)                                                                             \
    X(bounded, "")                                                                                 \
    X(kind, "only of front ends that talk IPsec (trial.system: ipsec)")                            \
    X(clear, "nothing is protected, so it never happens")                                          \
    X(pending, "not worked out where a resource cannot start within the pending timeout")          \
    X(ticket, "a Kerberos ticket has to be got first")                                             \
    X(law, "a duration is drawn from a law without end")                                           \
    X(answers, "whoever has the SAs may go on using them, for longer than can be said")            \
    X(again, "the second move may come before users are back")                                     \
    X(restarts, "resources may be started again and again on a node that hangs")                   \
    X(arrivals, "it waits for requests, which come at random")                                     \
    X(loss, "any number of packets in a row may be lost")                                          \
    X(load, "a computer may stall or has other work, however much there is of it")                 \
    X(queue, "a link has a rate, and its queue may be long")

enum bounds_why {
#define X(name, words) BOUNDS_WHY_##name,
    BOUNDS_WHYS(X)
#undef X
};

/* ns; ceiling INFINITY: none, and why says why not. `usual`: nothing is lost, processors have no
 * other work, every law yields its median. NAN: not worked out. */
struct bound {
    double floor_ns, ceiling_ns, usual_ns;
    enum bounds_why why;
};

/* Parameters at the least and the largest value that a trial may draw, and in the middle; for one
 * trial all three are its own. What cannot be drawn is the same in all. */
struct bounds_view {
    const struct params *low, *high, *mid;
};

struct bounds {
    struct bound part[BOUNDS_COUNT];
    enum bounds_why unknown; /* why nothing is worked out; bounded: it is */
    double give_up_low_ns, give_up_high_ns, give_up_ns; /* of one IKE message: sum of its waits */
    bool starts_assumed;  /* floors and ceilings are those of trials in which every resource starts
                           * within the pending timeout; by the laws it might not */
    double idle_ns;       /* that counts, in the middle */
    double main_floor_ns; /* main mode of a class that has it to itself */
    double round_trip_ns; /* in the middle */
    double main_front_end_ns,
        main_node_ns;       /* cryptography of main mode, in the middle, no other work */
    double next_request_ns; /* of a protected class: mean wait, in the middle */
    double online_ns[CLUSTER_RESOURCES_MAX]; /* each resource, in the middle */
};

/* Fills all parts. With failure.kind none every part is 0 to 0. */
void bounds_of(struct bounds *bounds, const struct bounds_view *view);

/* The waits of the front end's schedule added up, jitter `share` (-1 to 1) of it in each. */
double bounds_schedule_ns(const struct stack_params *stack, double share);

/* Classes that the cluster answers under IPsec, as bits. */
uint32_t bounds_protected(const struct params *params);

/* Whether quick modes of these parameters have fast failover (NLBSFlags, NLBS_PRESENT). */
bool bounds_fast_failover(const struct params *params);

#endif
