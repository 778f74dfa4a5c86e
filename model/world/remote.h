/* A front end's relation to a host that is no node of the cluster: a domain controller or global
 * catalog, at an address of its own, which never moves. Separate from the cluster's because nothing
 * fails over here: other links, other main mode, other SAs (KB 821839, P3; RFC 2401 4.4: SAs are
 * kept per peer). */
#ifndef MODEL_WORLD_REMOTE_H
#define MODEL_WORLD_REMOTE_H

#include "app/app.h"
#include "cpu/cpu.h"
#include "ike/peer.h"
#include "ike/responder.h"
#include "ipsec/ipsec.h"
#include "net/inbox.h"
#include "net/net.h"
#include "world/params.h"

/* What it needs of the front end. */
struct remote_upcalls {
    void (*send)(void *front_end, const struct datagram *datagram);    /* a held packet may go */
    void (*receive)(void *front_end, const struct datagram *datagram); /* one that was accepted */
    void (*ticket)(void *front_end, int64_t peer, struct ike_exchange *exchange);
    void *front_end;
};

/* A computer: what it works with, and where packets wait while it does not. */
struct remote_computer {
    struct cpu *cpu;
    struct inbox *inbox;
};

struct remote {
    struct sim *sim;
    struct net *net;
    const struct params *params;
    int64_t index; /* in params->peer */
    struct remote_upcalls upcalls;
    uint32_t actor; /* the front end towards it */
    struct remote_computer own;
    struct link uplink, downlink;
    struct ipsec ipsec;
    struct ike_peer peer;
    uint64_t dropped;
    /* The other host, as far as this front end is concerned. */
    uint32_t host_actor;
    uint8_t node;
    struct remote_computer host; /* shared by all front ends */
    struct ipsec host_ipsec;
    struct ike_responder responder;
    struct packet asked; /* a request for a ticket that its processor works on */
    struct cpu_job job;
};

/* Ready for a trial, without SAs: ike_peer_reset and ike_responder_found of its members follow.
 * `front_end` is the front end's number. The inboxes' owners hand back what has waited. */
void remote_reset(struct remote *remote, struct net *net, const struct luck *luck,
                  const struct params *params, int64_t index, uint32_t front_end,
                  struct remote_computer own, struct remote_computer host,
                  struct remote_upcalls upcalls);

/* Sends a datagram of one of its classes: in ESP, in clear (true), or held for IKE. */
bool remote_send(struct remote *remote, const struct datagram *datagram);

/* Deliver_fns for an inbox: a packet has waited at the front end, or at the other host. It is of
 * the remote that packet->to points at. */
void remote_front_end_hear(void *owner, struct packet *packet);
void remote_host_hear(void *owner, struct packet *packet);

#endif
