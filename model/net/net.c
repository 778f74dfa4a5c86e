#include "net/net.h"

#include "engine/law.h"
#include "moment/moment.h"

/* A link's actor has its direction in the lowest bit of the part; the selector goes above it. */
enum { LINK_SELECTOR_SHIFT = 21 };

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

void link_reset(struct link *link, const struct link_params *params, uint32_t actor)
{
    *link = (struct link){.params = params, .actor = actor};
}

/* netem: mu + sigma * x, x from the table or uniform on [-1, 1). Unlike the kernel, which lets a
 * negative sum mean "at once" further on, the result is cut at 0 here. */
static int64_t link_delay_ns(const struct link_params *params, double u)
{
    double x = params->distribution ? law_table_quantile(params->distribution, u) : 2.0 * u - 1.0;
    double delay_ns = (double)params->delay_ns + (double)params->jitter_ns * x;
    return delay_ns > 0.0 ? (int64_t)delay_ns : 0;
}

bool link_fate(const struct link *link, const struct luck *luck, const struct datagram *datagram,
               int64_t *delay_ns)
{
    const struct link_params *params = link->params;
    uint32_t actor = link->actor | datagram->selector << LINK_SELECTOR_SHIFT;
    *delay_ns = params->delay_ns;
    if (params->loss <= 0.0 && params->jitter_ns == 0)
        return true;
    struct luck_pair bits = luck_bits_pair(luck, LUCK_link, actor, datagram->luck);
    if (luck_unit(bits.first) < params->loss)
        return false;
    if (params->jitter_ns > 0)
        *delay_ns = link_delay_ns(params, luck_unit(bits.second));
    return true;
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

bool net_send(struct net *net, struct link *link, const struct packet *packet, deliver_fn *deliver,
              void *to)
{
    int64_t delay_ns;
    link->sent++;
    if (!link_fate(link, net->luck, &packet->datagram, &delay_ns)) {
        link->lost++;
        return false;
    }
    struct packet *copy = pool_get(&net->packets);
    *copy = *packet;
    timer_init(&copy->arrival, arrive, 0);
    copy->net = net;
    copy->link = link;
    copy->deliver = deliver;
    copy->to = to;
    timer_arm(net->sim, &copy->arrival, net->sim->now_ns + delay_ns);
    return true;
}
