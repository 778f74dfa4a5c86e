/* The server cluster: notices a dead node, moves the virtual address, brings resources up in order.
 * Separate from IPsec, which it meets only through the address. MSCS numbers: KB 892422, KB 309186;
 * resource graph: KB 821833 (windows.md 2 and 4). */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "cluster/nlb.h"
#include "cluster/params.h"
#include "engine/luck.h"
#include "engine/sim.h"

struct cluster;

/* What the cluster does to a node's place in the network. `node` is an index of params.node. */
struct cluster_upcalls {
    void (*remove_sas)(void *world, int32_t node);  /* planned move: the address is still there */
    void (*address_off)(void *world, int32_t node); /* the address leaves in order */
    void (*address_on)(void *world, int32_t node);  /* bound, announced from now on */
    void (*listens)(void *world, int32_t node);     /* IKE answers on it */
    void (*crashed)(void *world, int32_t node);     /* and its SAs are gone */
    void (*booted)(void *world, int32_t node);      /* runs again, without address and SAs */
    void (*hung)(void *world, int32_t node);        /* does not run; its SAs stay */
    void (*resumed)(void *world, int32_t node);     /* runs again as if nothing had been */
    /* The cluster has taken the address off a node that does not run: its SAs go untold. */
    void (*address_taken)(void *world, int32_t node);
    void (*path)(void *world, bool up); /* between front ends and cluster */
    /* NLB: a host answers from now on; clients may have been mapped anew, or to a dead host. */
    void (*joined)(void *world, int32_t node);
    void (*mapped)(void *world);
    /* What starting resources takes of a node's capacity, from now on. */
    void (*starting_load)(void *world, int32_t node, double share);
};

struct cluster_resource {
    struct cluster *cluster;
    struct timer timer;
    bool started, online;
    bool times_out;  /* the timer is the pending timeout's */
    bool given_up;   /* failed once too often */
    uint32_t starts; /* in this trial, for luck */
    int64_t restarts;
    int64_t period_ns; /* begin of the period in which restarts are counted */
};

/* What happens to a node, or what one learns. */
#define NODE_CHANGES(X)                                                                            \
    X(hangs, "hangs: nothing on it runs any more")                                                 \
    X(runs, "runs again, with all it had")                                                         \
    X(evicted, "learns that the other node has taken the group: gives up the address")             \
    X(shuts_down, "shuts down in order")                                                           \
    X(boots, "has booted")                                                                         \
    X(finds_nobody, "finds no other node: forms the cluster alone")                                \
    X(looks_dead, "LooksAlive says no: what is watched so has failed")                             \
    X(misses_host, "presumes a host dead; the others begin to converge")                           \
    X(converged, "the hosts have agreed: clients of the one that is gone are shared out")          \
    X(joins, "has joined: the hosts have agreed which clients are its own")                        \
    X(check_hangs, "a check of its services gets no answer")                                       \
    X(check_failed, "the check has timed out")                                                     \
    X(is_not_alive, "IsAlive says no: what is watched has failed")                                 \
    X(takes_group, "takes the group that cannot run on the other node")

enum node_change {
#define X(name, words) NODE_##name,
    NODE_CHANGES(X)
#undef X
};

enum cluster_node_state { CLUSTER_NODE_UP, CLUSTER_NODE_HUNG, CLUSTER_NODE_DOWN };

struct cluster_node {
    int32_t index;
    uint8_t state;       /* enum cluster_node_state */
    bool blind;          /* the group was taken from it while it hung: it does not know yet */
    uint8_t incarnation; /* counts how often its services stopped */
};

/* NLB: a member, or one that may become one. */
struct balance_host {
    bool up;
    uint8_t incarnation;
};

enum { CLUSTER_NODES = 2, CLUSTER_INCARNATIONS = 16 };

struct cluster {
    struct sim *sim;
    const struct luck *luck;
    const struct cluster_params *params;
    const struct failure_params *failure;
    const struct resource_params *resource_params;
    uint32_t resources;
    struct cluster_upcalls upcalls;
    void *world;
    struct cluster_node node[CLUSTER_NODES]; /* active, standby */
    uint32_t owner;                          /* which of them has the group, or takes it */
    struct cluster_resource resource[CLUSTER_RESOURCES_MAX]; /* on the owner */
    bool planned; /* the group is moved in order: the gap decides when the address is bound */
    bool unclean; /* its node died under the store */
    bool second_to_come; /* another failure follows */
    bool failback_due;
    bool taken;                 /* the owner has it and nobody thinks otherwise */
    uint32_t moves, detections; /* so far, for luck */
    uint32_t failovers;
    uint32_t acting;            /* node[] whose business `step` is */
    int64_t missed;             /* heartbeats */
    int64_t hand_ns;            /* planned move: when the address leaves */
    int64_t again_ns;           /* from when on answers of the owner count as recovery; NEVER_NS */
    struct timer step;          /* stop, failure, heartbeat, regroup, quorum: one after the other */
    struct timer health, looks; /* checks of services */
    struct timer change;        /* what is broken works again */
    struct timer second;        /* second failure, or failback */
    struct timer address, listen;
    struct timer remove; /* planned move: SAs are removed */
    double load;         /* of resources that are starting */
    struct nlb nlb;
    struct balance_host host[CLUSTER_HOSTS_MAX]; /* NLB: by node index */
};

/* The instant at which the trial starts: 0, or before it by the time a planned move's stopping
 * takes. */
int64_t cluster_start_ns(const struct cluster_params *params, const struct failure_params *failure,
                         const struct luck *luck);

/* All services online on the active node; arms what will go wrong. sim's clock stands at
 * cluster_start_ns. */
void cluster_reset(struct cluster *cluster, struct sim *sim, const struct luck *luck,
                   const struct cluster_params *params, const struct failure_params *failure,
                   const struct resource_params *resource_params, uint32_t resources,
                   struct cluster_upcalls upcalls, void *world);

/* Whether a resource is online on a node. */
bool cluster_serves(const struct cluster *cluster, int32_t node, uint32_t resource);

/* What stands for a node's services in connections: another number each time they have stopped. */
uint8_t cluster_server(const struct cluster *cluster, int32_t node);

/* Whether a good answer of `server` now ends the outage: everything that is to fail has failed, and
 * it comes from the node that the group is with. */
bool cluster_recovered(const struct cluster *cluster, uint8_t server);

/* The same of NLB, for a client of this host. */
bool balance_recovered(const struct cluster *cluster, int32_t host, uint8_t server);

#endif
