/* The LAN segment of the virtual address: which node a packet to it reaches.
 * Separate because the answer lags behind the truth: neighbour entries stay stale until a
 * gratuitous ARP arrives or they expire (RFC 826; RFC 5227 section 3; KB 168567: the driver
 * broadcasts ARP requests "several times" when the address comes online). */
#ifndef NET_SEGMENT_H
#define NET_SEGMENT_H

#include "net/net.h"

/* Instead of a node: nobody; whoever has the address when the packet arrives (no ARP model). */
enum { SEGMENT_NOBODY = -1, SEGMENT_OWNER = -2 };

struct segment;

/* One host's neighbour entry for the virtual address. */
struct neighbour {
    struct segment *segment;
    struct link *uplink, *downlink;
    uint32_t actor; /* its host */
    int32_t node;   /* as the entry says */
    int64_t resolved_ns, used_ns;
    bool resolving; /* an ARP request is out, asked at asked_ns */
    bool waits;     /* `waiting` holds the newest packet for the address */
    int64_t asked_ns;
    uint32_t asked; /* requests so far, for luck */
    struct packet waiting;
    deliver_fn *deliver;
    void *to;
};

struct segment {
    struct net *net;
    const struct arp_params *params;
    int32_t owner;      /* node that has the address now, or SEGMENT_NOBODY */
    bool mute;          /* it does not run: nobody answers ARP requests */
    uint32_t announced; /* gratuitous ARPs sent, for luck */
    uint32_t left;      /* still to be sent for this owner */
    struct timer announce;
    struct neighbour *neighbours; /* array of the caller */
    uint32_t count;
};

void segment_reset(struct segment *segment, struct net *net, const struct arp_params *params,
                   int32_t owner, struct neighbour *neighbours, uint32_t count);

/* A neighbour entry that points to the present owner; its age is drawn (uniform on the life of a
 * used entry). Packets go out on `uplink` and are handed to `deliver(to, packet)`, packet->node
 * saying which station the frame was addressed to. */
void neighbour_reset(struct neighbour *neighbour, struct segment *segment, struct link *uplink,
                     struct link *downlink, uint32_t host, deliver_fn *deliver, void *to);

/* The address leaves its owner / is bound by a node, which announces it (params: how often). */
void segment_release(struct segment *segment);
void segment_claim(struct segment *segment, int32_t node);

/* Whether the owner answers ARP requests; it does when it has just bound the address. */
void segment_mute(struct segment *segment, bool mute);

enum segment_send {
    SEGMENT_SENT,
    SEGMENT_LOST, /* on the link */
    SEGMENT_WAITS /* for the answer to an ARP request; the next packet takes its place */
};

/* Sends a packet to the virtual address; packet->node becomes the station it is addressed to. */
enum segment_send segment_send(struct neighbour *neighbour, struct packet *packet);

#endif
