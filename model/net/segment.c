#include "net/segment.h"

#include "moment/moment.h"

/* A host asks for one address at most once a second (RFC 1122 2.3.2.1). */
#define ARP_ASK_AGAIN_NS NS_PER_S

/* Of Ethernet and IPv4 addresses (RFC 826). */
enum { ARP_BYTES = 28 };

enum arp_word { ARP_REQUEST, ARP_REPLY, ARP_ANNOUNCEMENT };

static struct packet arp_packet(uint32_t what, uint32_t number)
{
    return (struct packet){
        .protocol = PACKET_ARP,
        .datagram = {.bytes = ARP_BYTES,
                     .luck = (uint32_t)LUCK_KIND_ARP << LUCK_KIND_SHIFT | what << 24 | number,
                     .word = {what, number}}};
}

static void announce(struct sim *sim, struct timer *timer);

void segment_reset(struct segment *segment, struct net *net, const struct arp_params *params,
                   int32_t owner, struct neighbour *neighbours, uint32_t count)
{
    *segment = (struct segment){
        .net = net, .params = params, .owner = owner, .neighbours = neighbours, .count = count};
    timer_init(&segment->announce, announce, 0);
}

void neighbour_reset(struct neighbour *n, struct segment *segment, struct link *uplink,
                     struct link *downlink, uint32_t host, deliver_fn *deliver, void *to)
{
    int64_t now_ns = segment->net->sim->now_ns;
    double age = luck_uniform(segment->net->luck, LUCK_arp_age, host, 0);
    *n = (struct neighbour){.segment = segment,
                            .uplink = uplink,
                            .downlink = downlink,
                            .actor = host,
                            .node = segment->owner,
                            .resolved_ns =
                                now_ns - (int64_t)(age * (double)segment->params->used_ns),
                            .used_ns = now_ns,
                            .deliver = deliver,
                            .to = to};
}

static void refresh(struct neighbour *n, int32_t node)
{
    n->node = node;
    n->resolving = false;
    n->resolved_ns = n->used_ns = n->segment->net->sim->now_ns;
    if (n->waits) {
        n->waits = false;
        segment_send(n, &n->waiting);
    }
}

static void hear_announcement(void *to, struct packet *packet)
{
    struct neighbour *n = to;
    sim_probe(n->segment->net->sim, MOMENT_arp_heard, n->actor, packet->node,
              packet->datagram.word[1]);
    refresh(n, packet->node);
}

static bool announcement_survives(const struct segment *segment, const struct neighbour *n)
{
    double loss = segment->params->loss;
    return loss <= 0.0 ||
           luck_uniform(segment->net->luck, LUCK_arp_loss, n->actor, segment->announced) >= loss;
}

static void announce(struct sim *sim, struct timer *timer)
{
    struct segment *segment = CONTAINER_OF(timer, struct segment, announce);
    struct packet packet = arp_packet(ARP_ANNOUNCEMENT, segment->announced);
    packet.node = segment->owner;
    sim_probe(sim, MOMENT_arp_announced, actor_node((uint32_t)segment->owner, 0),
              segment->announced, 0);
    for (uint32_t i = 0; i < segment->count; i++) {
        struct neighbour *n = &segment->neighbours[i];
        if (announcement_survives(segment, n))
            net_send(segment->net, n->downlink, &packet, hear_announcement, n);
    }
    segment->announced++;
    if (--segment->left > 0)
        timer_arm(sim, timer, sim->now_ns + segment->params->spacing_ns);
}

void segment_release(struct segment *segment)
{
    segment->owner = SEGMENT_NOBODY;
    timer_cancel(segment->net->sim, &segment->announce);
}

void segment_mute(struct segment *segment, bool mute)
{
    segment->mute = mute;
}

void segment_claim(struct segment *segment, int32_t node)
{
    segment->owner = node;
    segment->mute = false;
    segment->left = (uint32_t)segment->params->gratuitous;
    if (segment->params->model && segment->left > 0)
        timer_arm(segment->net->sim, &segment->announce, segment->net->sim->now_ns);
}

static void hear_reply(void *to, struct packet *packet)
{
    struct neighbour *n = to;
    sim_probe(n->segment->net->sim, MOMENT_arp_resolved, n->actor, packet->node, 0);
    refresh(n, packet->node);
}

static void hear_request(void *to, struct packet *packet)
{
    struct neighbour *n = to;
    struct segment *segment = n->segment;
    if (segment->owner == SEGMENT_NOBODY || segment->mute)
        return;
    struct packet reply = arp_packet(ARP_REPLY, packet->datagram.word[1]);
    reply.node = segment->owner;
    reply.lineage = packet->lineage;
    net_send(segment->net, n->downlink, &reply, hear_reply, n);
}

static bool expired(const struct neighbour *n)
{
    const struct arp_params *params = n->segment->params;
    int64_t now_ns = n->segment->net->sim->now_ns;
    return now_ns - n->resolved_ns >= params->used_ns || now_ns - n->used_ns >= params->unused_ns;
}

/* Keeps the packet until the address is resolved, asking for it if that has not just been done. */
static enum segment_send ask_first(struct neighbour *n, const struct packet *packet)
{
    struct net *net = n->segment->net;
    struct sim *sim = net->sim;
    n->waiting = *packet;
    n->waits = true;
    if (!n->resolving || sim->now_ns - n->asked_ns >= ARP_ASK_AGAIN_NS) {
        if (!n->resolving)
            sim_probe(sim, MOMENT_arp_expired, n->actor, 0, 0);
        n->resolving = true;
        n->asked_ns = sim->now_ns;
        struct packet request = arp_packet(ARP_REQUEST, n->asked++);
        net_send(net, n->uplink, &request, hear_request, n);
    }
    return SEGMENT_WAITS;
}

enum segment_send segment_send(struct neighbour *n, struct packet *packet)
{
    struct segment *segment = n->segment;
    packet->node = SEGMENT_OWNER;
    if (segment->params->model) {
        if (n->resolving || expired(n))
            return ask_first(n, packet);
        packet->node = n->node;
        n->used_ns = segment->net->sim->now_ns;
    }
    bool sent = net_send(segment->net, n->uplink, packet, n->deliver, n->to);
    return sent ? SEGMENT_SENT : SEGMENT_LOST;
}
