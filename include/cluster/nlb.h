/* Network Load Balancing: every host has the virtual address, a hash of the client says who
 * answers. Separate from the server cluster because nothing moves: hosts come and go, and clients
 * are mapped anew when those that are left have agreed ("converged"). KB 193601, KB 232711, KB
 * 232997, TechNet cc739690 (windows.md 3). How buckets are shared out is inferred. */
#ifndef CLUSTER_NLB_H
#define CLUSTER_NLB_H

#include <stdbool.h>
#include <stdint.h>

#include "cluster/params.h"
#include "engine/luck.h"
#include "engine/sim.h"

/* Clients fall into so many classes, each of which a host answers. */
enum { NLB_BUCKETS = 60 };

/* What a packet is to the hash. With affinity "none" the port counts, which ESP does not have. */
enum nlb_flow { NLB_FLOW_ESP, NLB_FLOW_IKE, NLB_FLOW_CLEAR };

struct nlb {
    const struct luck *luck;
    const struct cluster_params *params;
    int32_t host[CLUSTER_HOSTS_MAX]; /* node indices of the members that have converged */
    uint32_t hosts;
    int32_t owner[NLB_BUCKETS]; /* node index */
    uint32_t shift; /* so that the first front end is a client of the host that all is about */
};

/* A client's memory in the cluster: the host that has its IPsec session. */
struct nlb_client {
    int32_t host; /* -1: none */
};

/* The members at the start are params->hosts without params->standby. The first front end (actor
 * number 0) is a client of params->active. */
void nlb_reset(struct nlb *nlb, const struct luck *luck, const struct cluster_params *params);

/* A front end's bucket for a flow. */
uint32_t nlb_bucket(const struct nlb *nlb, uint32_t front_end, enum nlb_flow flow);

/* A member is gone: its buckets are shared out among the others, theirs stay. */
void nlb_remove(struct nlb *nlb, int32_t host);

/* A member has come: it gets its share of everybody's buckets, that of the first front end's IKE
 * among them. */
void nlb_add(struct nlb *nlb, int32_t host);

/* The host that answers a packet; -1 without members. With params->nlb_tracks a client stays with
 * the host of its IPsec session while that one is a member. */
int32_t nlb_route(const struct nlb *nlb, const struct nlb_client *client, uint32_t front_end,
                  enum nlb_flow flow);

/* A first message of main mode: with the vendor ID Initial-Contact the cluster may give the client
 * to the host that its bucket belongs to now ([MS-IKEE] 3.6.5.1); returns the host. */
int32_t nlb_first_message(const struct nlb *nlb, struct nlb_client *client, uint32_t front_end,
                          bool initial_contact);

#endif
