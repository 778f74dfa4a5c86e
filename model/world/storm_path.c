/* The way of a message between a client and the node: what gets lost, how long it takes. */
#include "storm_inside.h"

static void count(struct storm *s, const struct ike_message *m, int64_t stack, uint32_t actor)
{
    s->messages++;
    s->bytes += ike_message_bytes(m->type, s->params->stack[stack].auth);
    /* A cookie's copy is its request's. */
    sim_probe(s->sim, MOMENT_ike_sent, actor, ike_tag(m), m->type == IKE2_COOKIE ? 0 : m->copy);
}

/* How far away the client is: one way, beyond the links. */
static int64_t distance_ns(const struct storm *s, uint32_t client)
{
    const struct law *law = &s->params->storm.distance;
    if (law->table == NULL && law->scale == 0.0)
        return (int64_t)law->location;
    double ns = law_draw(law, luck_bits(&s->luck, LUCK_storm_distance, client, 0));
    return ns > 0.0 ? (int64_t)ns : 0;
}

/* Every client has links of its own: the actor, which is what draws go by, is its own, and what
 * they have in common is shared. `packet` is a fresh one with the message in it. */
static void depart(struct storm *s, struct link *link, uint32_t sender, struct storm_packet *packet,
                   timer_fn *arrive, uint32_t actor)
{
    struct datagram datagram = {
        .selector = IKE_SELECTOR, .luck = ike_message_luck(&packet->message), .sender = sender};
    int64_t delay_ns;
    link->sent++;
    link->actor = actor_id(ACTOR_LINK, link == &s->down, packet->client);
    if (!link_fate(link, &s->luck, &datagram, &delay_ns)) {
        link->lost++;
        sim_probe(s->sim, MOMENT_ike_lost, actor, ike_tag(&packet->message), packet->message.copy);
        storm_packet_free(s, packet);
        return;
    }
    packet->at.way.storm = s;
    timer_init(&packet->at.way.arrival, arrive, 0);
    timer_arm(s->sim, &packet->at.way.arrival,
              s->sim->now_ns + delay_ns + distance_ns(s, packet->client));
}

static struct storm_packet *packet_of(struct storm *s, uint32_t client,
                                      const struct ike_message *message)
{
    struct storm_packet *packet = pool_get(&s->packets);
    packet->client = client;
    packet->message = *message;
    if (s->packets.live > s->packets_most)
        s->packets_most = (uint32_t)s->packets.live;
    return packet;
}

static void arrive_up(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct storm_packet *packet = CONTAINER_OF(timer, struct storm_packet, at.way.arrival);
    struct storm *s = packet->at.way.storm;
    s->up.delivered++;
    storm_node_hear(s, packet);
}

static void arrive_down(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct storm_packet *packet = CONTAINER_OF(timer, struct storm_packet, at.way.arrival);
    struct storm *s = packet->at.way.storm;
    struct ike_message message = packet->message;
    struct storm_client *client = &s->client[packet->client];
    s->down.delivered++;
    storm_packet_free(s, packet); /* the client may need one */
    storm_client_hear(client, &message);
}

void storm_send_up(struct storm *s, uint32_t client, const struct ike_message *message)
{
    uint32_t actor = storm_client_actor(client);
    count(s, message, s->params->front_end.stack, actor);
    depart(s, &s->up, 0, packet_of(s, client, message), arrive_up, actor);
}

/* The node is the second one that sends from the address. */
void storm_send_down(struct storm *s, uint32_t client, const struct ike_message *message)
{
    uint32_t actor = storm_node_actor(s, client);
    count(s, message, s->params->cluster.stack, actor);
    depart(s, &s->down, 1, packet_of(s, client, message), arrive_down, actor);
}
