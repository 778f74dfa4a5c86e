#include "net/net.h"

#include "moment/moment.h"

/* A link's actor has its direction in the lowest bit of the part; the selector goes above it. */
enum { LINK_SELECTOR_SHIFT = 21 };
enum { LINK_SENDER_SHIFT = LINK_SELECTOR_SHIFT + 5 };
#define LINK_DIRECTION(actor) ((actor) >> 20 & 1)

void net_init(struct net *net, struct sim *sim, const struct luck *luck)
{
    net->sim = sim;
    net->luck = luck;
    pool_init(&net->packets, sizeof(struct packet));
}

void net_fini(struct net *net)
{
    pool_fini(&net->packets);
}

void net_reset(struct net *net)
{
    pool_reset(&net->packets);
}

uint64_t net_in_flight(const struct net *net)
{
    return net->packets.live;
}

/* A frame's header (RFC 894). */
enum { ETHERNET_BYTES = 14 };

/* ESP in transport mode, 3DES-CBC and HMAC-SHA1-96 (RFC 2406 2; RFC 2451 4; RFC 2404 5): SPI and
 * sequence number, IV, payload with pad length and next header padded to 8, ICV. */
static uint32_t esp_bytes(uint32_t bytes)
{
    enum { IP = 20, SPI_AND_SEQUENCE = 8, IV = 8, TRAILER = 2, ICV = 12 };
    uint32_t payload = bytes > IP ? bytes - IP : 0;
    return IP + SPI_AND_SEQUENCE + IV + ((payload + TRAILER + 7) & ~7u) + ICV;
}

uint32_t packet_bytes(const struct packet *packet)
{
    uint32_t bytes = packet->datagram.bytes;
    return ETHERNET_BYTES + (packet->protocol == PACKET_ESP ? esp_bytes(bytes) : bytes);
}

void link_reset(struct link *link, const struct link_params *params, uint32_t actor)
{
    *link = (struct link){.params = params, .actor = actor};
    netem_reset(&link->netem, params);
}

static uint32_t packet_actor(const struct link *link, const struct datagram *datagram)
{
    return link->actor | datagram->selector << LINK_SELECTOR_SHIFT |
           datagram->sender << LINK_SENDER_SHIFT;
}

int64_t link_delay_ns(const struct link *link, const struct luck *luck,
                      const struct datagram *datagram)
{
    const struct link_params *params = link->params;
    uint32_t actor = packet_actor(link, datagram);
    if (params->jitter_ns == 0)
        return params->delay_ns;
    return netem_plain_delay_ns(params,
                                luck_bits_pair(luck, LUCK_link, actor, datagram->luck).second);
}

bool link_fate(const struct link *link, const struct luck *luck, const struct datagram *datagram,
               int64_t *delay_ns)
{
    const struct link_params *params = link->params;
    uint32_t actor = packet_actor(link, datagram);
    struct netem_identity who = {link->actor, actor, datagram->luck, 0};
    if (__builtin_expect(link->netem.special, 0)) {
        uint32_t bytes = ETHERNET_BYTES + datagram->bytes;
        return netem_marginal_fate(params, luck, &who, bytes, delay_ns);
    }
    if (netem_plain_loses(params, luck, &who))
        return false;
    *delay_ns = link_delay_ns(link, luck, datagram);
    return true;
}

bool link_loses(const struct link *link)
{
    return link->netem.special || link->params->loss > 0.0;
}

static void arrive(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct packet *packet = CONTAINER_OF(timer, struct packet, arrival);
    struct net *net = packet->net;
    packet->link->delivered++;
    packet->deliver(packet->to, packet);
    pool_put(&net->packets, packet);
}

/* The queue has no room. Counted under way are also those in hand: counted as sent, not yet queued.
 */
static bool full(const struct link *link, uint64_t in_hand)
{
    uint64_t under_way = link->sent + link->duplicated - link->delivered - link->lost;
    return link->params->limit > 0 && under_way - in_hand >= (uint64_t)link->params->limit;
}

static struct packet *outgoing(struct net *net, struct link *link, const struct packet *packet,
                               deliver_fn *deliver, void *to)
{
    struct packet *copy = pool_get(&net->packets);
    packet_begin(copy, (enum packet_protocol)packet->protocol, packet->spi, packet->lineage);
    copy->node = packet->node;
    copy->datagram = packet->datagram;
    timer_init(&copy->arrival, arrive, 0);
    copy->net = net;
    copy->link = link;
    copy->deliver = deliver;
    copy->to = to;
    return copy;
}

static void depart(struct packet *packet, int64_t delay_ns)
{
    struct sim *sim = packet->net->sim;
    timer_arm(sim, &packet->arrival, sim->now_ns + delay_ns);
}

static bool lose(struct packet *packet)
{
    packet->link->lost++;
    pool_put(&packet->net->packets, packet);
    return false;
}

static struct netem_identity identity(const struct packet *packet)
{
    const struct link *link = packet->link;
    return (struct netem_identity){link->actor, packet_actor(link, &packet->datagram),
                                   packet->datagram.luck, packet->lineage};
}

static void enqueue(struct packet *packet)
{
    struct link *link = packet->link;
    struct net *net = packet->net;
    struct netem_identity who = identity(packet);
    depart(packet, netem_delay_ns(&link->netem, link->params, net->luck, &who, packet_bytes(packet),
                                  net->sim->now_ns));
}

/* The kernel puts the clone in from the top, with duplication off, ahead of the original. */
static void send_twin(const struct packet *packet)
{
    struct link *link = packet->link;
    struct net *net = packet->net;
    struct packet *twin = outgoing(net, link, packet, packet->deliver, packet->to);
    twin->lineage |= (uint8_t)(1u << LINK_DIRECTION(link->actor));
    struct netem_identity who = identity(twin);
    link->duplicated++;
    if (netem_loses(&link->netem, link->params, net->luck, &who) || full(link, 2))
        lose(twin);
    else
        enqueue(twin);
}

/* In the order of the kernel's netem_enqueue. A packet both duplicated and lost is sent once. */
static bool send_special(struct packet *packet)
{
    struct link *link = packet->link;
    const struct luck *luck = packet->net->luck;
    struct netem_identity who = identity(packet);
    bool twice = netem_duplicates(&link->netem, link->params, luck, &who);
    bool lost = netem_loses(&link->netem, link->params, luck, &who);
    if ((lost && !twice) || full(link, 1))
        return lose(packet);
    if (twice && !lost)
        send_twin(packet);
    enqueue(packet);
    return true;
}

static bool lose_at_once(struct link *link)
{
    link->lost++;
    return false;
}

bool link_is_plain(const struct link *link, uint64_t most_under_way)
{
    uint64_t limit = (uint64_t)link->params->limit;
    return !link->netem.special && (limit == 0 || most_under_way < limit);
}

int64_t link_longest_ns(const struct link *link)
{
    const struct link_params *p = link->params;
    double most = 1.0;
    if (p->distribution != NULL)
        most = law_maximum(&(struct law){p->distribution, 0.0, 1.0});
    double longest_ns =
        (double)p->delay_ns + (p->jitter_ns > 0 ? most * (double)p->jitter_ns : 0.0);
    return longest_ns < 1e18 ? (int64_t)longest_ns + 1 : INT64_MAX;
}

void link_losses(const struct luck *luck, const struct link_group *group, size_t n,
                 uint64_t members, uint64_t *lost)
{
    struct luck_place place[CHANCES_TOGETHER];
    double loss[CHANCES_TOGETHER];
    CHECK(n <= CHANCES_TOGETHER);
    for (size_t i = 0; i < n; i++) {
        const struct datagram like = {.selector = group[i].selector, .sender = group[i].sender};
        place[i] = (struct luck_place){packet_actor(group[i].link, &like), group[i].luck};
        loss[i] = group[i].link->params->loss;
    }
    chances_together(luck, LUCK_link_loss_0, place, loss, n, members, lost);
}

void net_put(struct net *net, struct link *link, const struct packet *packet, deliver_fn *deliver,
             void *to, int64_t at_ns)
{
    struct packet *copy = outgoing(net, link, packet, deliver, to);
    timer_arm(net->sim, &copy->arrival, at_ns);
}

bool net_send(struct net *net, struct link *link, const struct packet *packet, deliver_fn *deliver,
              void *to)
{
    int64_t delay_ns;
    link->sent++;
    if (__builtin_expect(link->netem.special || packet->lineage != 0, 0))
        return link->cut ? lose_at_once(link)
                         : send_special(outgoing(net, link, packet, deliver, to));
    if (link->cut || !link_fate(link, net->luck, &packet->datagram, &delay_ns) || full(link, 1))
        return lose_at_once(link);
    depart(outgoing(net, link, packet, deliver, to), delay_ns);
    return true;
}
