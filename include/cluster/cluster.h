/* The server cluster: notices a dead node, moves the virtual address, brings resources up in order.
 * Separate from IPsec, which it meets only through the address. MSCS numbers: KB 892422, KB 309186;
 * resource graph: KB 821833 (windows.md 2 and 4). */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "cluster/params.h"
#include "engine/luck.h"
#include "engine/sim.h"

struct cluster;

struct cluster_upcalls {
    void (*remove_sas)(void *world, int32_t node);  /* planned move: the address is still there */
    void (*address_off)(void *world, int32_t node); /* the address leaves in order */
    void (*address_on)(void *world, int32_t node);  /* bound, announced from now on */
    void (*listens)(void *world, int32_t node);     /* IKE answers on it */
    void (*crashed)(void *world, int32_t node);
    /* What starting resources takes of a node's capacity, from now on. */
    void (*starting_load)(void *world, int32_t node, double share);
};

struct cluster_resource {
    struct cluster *cluster;
    struct timer timer;
    bool started, online;
};

struct cluster {
    struct sim *sim;
    const struct luck *luck;
    const struct cluster_params *params;
    const struct failure_params *failure;
    const struct resource_params *resource_params;
    uint32_t resources;
    struct cluster_upcalls upcalls;
    void *world;
    struct cluster_resource resource[CLUSTER_RESOURCES_MAX]; /* of the node that takes over */
    bool services_on_active;                                 /* before the failure */
    int64_t missed;                                          /* heartbeats */
    struct timer step; /* stop, failure, heartbeat, regroup, quorum: one after the other */
    struct timer address, listen;
    struct timer remove; /* planned move: SAs are removed */
    double load;         /* of resources that are starting */
    int64_t gap_ns;      /* of this trial's planned move */
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

#endif
