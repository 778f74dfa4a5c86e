/* Packets and links: who carries a packet, whether it gets lost, how long it takes.
 * Separate because loss, delay and conservation of packets are the same for whatever is inside.
 * Terms and formulas: tc-netem(8), Linux net/sched/sch_netem.c. */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/chances.h"
#include "engine/luck.h"
#include "engine/pool.h"
#include "engine/sim.h"
#include "net/netem.h"
#include "net/params.h"

/* What a host hands to IP: a selector (which filter of the policy it meets) and words for the floor
 * above. `luck` is its identity for the draws of a link: the same packet meets the same fate in
 * every arm of a comparison, whatever else is sent. */
struct datagram {
    uint32_t selector; /* traffic class, or a protocol number of the floor above: below 32, or 64 */
    uint32_t luck;
    uint32_t sender; /* which of two senders that share the link: 0, or 1 (the second node) */
    uint32_t bytes;  /* of the IP packet in clear, its header included */
    uint32_t word[4];
};

/* Kinds of packet identity: the upper two bits of datagram.luck. */
enum {
    LUCK_KIND_APP = 0,
    LUCK_KIND_IKE = 1,
    LUCK_KIND_ARP = 2,
    LUCK_KIND_SMTP = 3,
    LUCK_KIND_SHIFT = 30
};

enum packet_protocol { PACKET_CLEAR, PACKET_ESP, PACKET_IKE, PACKET_ARP };

struct net;
struct packet;
typedef void deliver_fn(void *to, struct packet *packet);

struct packet {
    struct timer arrival;
    struct net *net;
    struct link *link;
    deliver_fn *deliver;
    void *to;
    uint32_t spi; /* ESP */
    int32_t node; /* on the segment: the station the frame is addressed to */
    uint8_t protocol;
    uint8_t lineage; /* of duplicates, a bit for each direction: 1 on the way to the cluster, 2
                      * back. An answer has its request's: it is another packet than the answer to
                      * the request's duplicate, with luck of its own. */
    struct datagram datagram;
};

/* Begins a packet that its sender completes with the datagram. What net_send fills in stays as it
 * is: clearing it would cost a sixteenth of a busy trial's time. */
static inline void packet_begin(struct packet *packet, enum packet_protocol protocol, uint32_t spi,
                                uint8_t lineage)
{
    packet->protocol = (uint8_t)protocol;
    packet->spi = spi;
    packet->lineage = lineage;
    packet->node = 0;
}

/* Bytes of a packet's Ethernet frame, which is what tc-netem counts. */
uint32_t packet_bytes(const struct packet *packet);

/* One direction of a path; what is sent while it is cut is lost. sent + duplicated = delivered +
 * lost + in flight, always. */
struct link {
    const struct link_params *params;
    uint32_t actor; /* identity for luck */
    bool cut;
    uint64_t sent, duplicated, lost, delivered;
    struct netem netem;
};

struct net {
    struct sim *sim;
    const struct luck *luck;
    struct pool packets;
};

void net_init(struct net *net, struct sim *sim, const struct luck *luck);
void net_fini(struct net *net);
void net_reset(struct net *net);

void link_reset(struct link *link, const struct link_params *params, uint32_t actor);

/* The fate of a packet on a link, by its identity (luck and selector): false = lost, else its delay
 * in ns, >= 0. A pure function; it can be asked about packets that were never sent. Where a process
 * of the link has a memory this is another draw than that of a packet sent, from the process's
 * stationary law, one packet independent of the other (netem_marginal_fate). */
bool link_fate(const struct link *link, const struct luck *luck, const struct datagram *datagram,
               int64_t *delay_ns);

/* The delay alone, on a plain link, of a packet that is not lost. */
int64_t link_delay_ns(const struct link *link, const struct luck *luck,
                      const struct datagram *datagram);

/* Whether link_fate loses any. */
bool link_loses(const struct link *link);

/* Sends a copy of `packet` (protocol, lineage, spi, datagram are read): after the link's delay
 * `deliver(to, copy)` runs with a packet that is valid during the call, and once more if the link
 * duplicates it. False = lost on the link; what becomes of a duplicate is only counted. */
bool net_send(struct net *net, struct link *link, const struct packet *packet, deliver_fn *deliver,
              void *to);

/* Whether each packet's fate is its own on this link, unless it is cut: link_fate is what net_send
 * does, and can be told without sending. most_under_way: packets that may be under way at once. */
bool link_is_plain(const struct link *link, uint64_t most_under_way);

/* No packet of a plain link takes longer; INT64_MAX when there is no such time. */
int64_t link_longest_ns(const struct link *link);

/* Packets on a plain link that differ in the low CHANCES_MEMBER_BITS bits of their luck only, which
 * are 0 here. */
struct link_group {
    const struct link *link;
    uint32_t selector, luck, sender; /* as in a datagram */
};

/* Which of `members` (bit i: those with i in the low bits) are lost, in each of n <=
 * CHANCES_TOGETHER groups: what link_fate says of each. */
void link_losses(const struct luck *luck, const struct link_group *group, size_t n,
                 uint64_t members, uint64_t *lost);

/* A packet (its node and all that net_send reads) that has been counted as sent and is under way:
 * it arrives at at_ns. */
void net_put(struct net *net, struct link *link, const struct packet *packet, deliver_fn *deliver,
             void *to, int64_t at_ns);

/* Packets under way now. */
uint64_t net_in_flight(const struct net *net);

#endif
