/* What a world is made of: front ends, nodes, and what each node knows of each front end.
 * Separate from world/world.h because nobody outside may see it; one header because its parts point
 * at each other. Every upcall gets the part it is about, which knows its world. */
#ifndef MODEL_WORLD_INSIDE_H
#define MODEL_WORLD_INSIDE_H

#include "app/app.h"
#include "app/quiet.h"
#include "cluster/cluster.h"
#include "cpu/cpu.h"
#include "ike/peer.h"
#include "ike/responder.h"
#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "net/inbox.h"
#include "net/net.h"
#include "net/segment.h"
#include "world/world.h"

#include "kerberos.h"
#include "mail.h"
#include "rec.h"
#include "remote.h"
#include "storm.h"

struct world_node;
struct world_front_end;

/* A node's side towards one front end: its SAs are with this front end alone. */
struct world_side {
    struct world_node *node;
    struct world_front_end *front_end;
    struct ipsec ipsec;
    struct ike_responder responder;
};

/* A node of the cluster: one processor for all front ends. */
struct world_node {
    struct world *world;
    int32_t index;
    bool alive, listens, hangs;
    bool bound; /* has the virtual address; two nodes may think so */
    struct cpu cpu;
    struct inbox inbox;      /* packets that wait for it to run again */
    struct world_side *side; /* owned; by number of the front end; `room` of them */
    uint32_t room;
};

/* Requests of a front end that need no events (app/quiet.h). */
struct world_quiet {
    struct app_quiet app;
    struct timer look; /* at what has changed, after all else that happens in an instant */
};

/* All front ends are alike but for their luck, which goes by their number. */
struct world_front_end {
    struct world *world;
    uint32_t number, actor;
    uint32_t recovered_classes; /* bits: classes answered since the failure */
    bool recovered;             /* one of those that count for outage_ns */
    bool over;                  /* by trial.until */
    int32_t host, first_host;   /* node that answers its IKE now, and at the start */
    struct nlb_client client;   /* NLB: its session */
    struct cpu cpu;
    struct inbox inbox;
    struct ipsec ipsec;
    struct ike_peer peer;
    struct app_client app;
    struct link uplink, downlink; /* its own */
    struct neighbour *neighbour;
    struct remote *remote; /* owned; NULL, or one for each of params->peers */
    struct kerberos kerberos;
    struct world_quiet quiet;
    uint64_t dropped; /* packets of its that nobody could use, both ways */
};

_Static_assert(WORLD_INSTANCES_MAX <= 1 << ACTOR_NODE_BITS, "a node's index fits its actor");

struct world {
    struct sim sim;
    struct net net;
    struct segment segment;
    struct cluster cluster;
    /* Active and standby; of NLB its hosts in order of their indices. */
    struct world_node node[CLUSTER_HOSTS_MAX];
    uint32_t nodes;
    struct cpu peer_cpu[WORLD_PEERS_MAX]; /* a host serves all front ends */
    struct inbox peer_inbox[WORLD_PEERS_MAX];
    /* By number of the front end, `front_ends` in use of `room`; owned. They move only when a trial
     * begins that needs more room. */
    struct world_front_end *front_end;
    struct neighbour *neighbour; /* beside the front ends: the segment goes through them in a row */
    struct rec *rec;
    struct row *row;
    long *sorted; /* for ranks among front ends */
    uint32_t front_ends, room;
    const atomic_int *stop;  /* see world_heed */
    uint32_t cut_off;        /* front ends for which the trial is not over */
    struct recs recs;        /* listens */
    struct mail_world *mail; /* of trials of other systems; they share `sim` */
    struct storm *storm;
    const struct params *params;
    struct luck luck;
    bool in_full;             /* requests are simulated event by event */
    bool always_in_full;      /* world_set_in_full */
    uint32_t protect;         /* bits: classes the policy protects */
    uint32_t cluster_classes; /* those that the cluster answers */
};

/* ---- world.c ---- */

/* Room for so many front ends on all nodes; not while a trial is under way. */
void world_reserve(struct world *world, uint32_t front_ends);

/* What the cluster does to nodes and front ends. */
extern const struct cluster_upcalls world_upcalls;

/* Says that a packet of a moment's actor was lost on a link, or reached nobody. */
void world_tell_packet(struct world *world, uint32_t actor, bool lost, const struct packet *packet);

/* ---- node.c ---- */

/* The node with this index; NULL when it is none of the cluster's. */
struct world_node *world_node_of(struct world *world, int32_t index);

void world_node_reset(struct world *world, struct world_node *node, int64_t index);

/* A deliver_fn: a packet of this front end arrives at the station packet->node. */
void world_cluster_receive(void *front_end, struct packet *packet);

/* NLB maps a front end to a host, which may know its SAs or not. */
void world_front_end_map(struct world_front_end *front_end, int32_t host);

/* NLB: whether ESP goes to another host than IKE, so that no SA is of use. */
bool world_esp_goes_elsewhere(const struct world_front_end *front_end);

/* ---- front_end.c ---- */

void world_front_end_reset(struct world *world, uint32_t number);

/* Whether it was cut off and is so no more: the classes of the cluster, and of other hosts those
 * that were asked since t = 0, are the ones that can be. */
uint32_t world_front_end_asked(const struct world_front_end *front_end);

/* A deliver_fn: a packet from the cluster arrives at this front end. */
void world_front_end_receive(void *front_end, struct packet *packet);

/* ---- quiet.c ---- */

/* Moments after which packets may fare otherwise; a listen_fn for them. */
extern const uint64_t world_quiet_mask;
void world_quiet_hear(void *world, const struct moment *moment);

/* A trial begins: all are in their steady state. */
void world_quiet_begin(struct world *world);

/* Counts all requests up to now. */
void world_quiet_tell(struct world_front_end *front_end);
void world_quiet_tell_class(struct world_front_end *front_end, uint32_t class_index);

/* IKE has done what packets of this class wait for: the newest of them is the one that is held. */
void world_quiet_hold(struct world_front_end *front_end, uint32_t class_index);

/* Something that is no moment has changed for this front end. */
void world_quiet_changed(struct world_front_end *front_end);

/* The trial is over: counts all up to now_ns. */
void world_quiet_end(struct world *world, int64_t now_ns);

/* ---- steady.c ---- */

/* The steady state before the failure: SAs with the active node by their ages, the neighbour entry,
 * kept connections; then requests begin. */
void world_front_end_settle(struct world_front_end *front_end);

#endif
