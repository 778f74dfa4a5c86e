/* A node of the cluster: which packets it takes, what it answers to which front end. */
#include "inside.h"

struct world_node *world_node_of(struct world *w, int32_t index)
{
    for (uint32_t i = 0; i < w->nodes; i++)
        if (w->node[i].index == index)
            return &w->node[i];
    return NULL;
}

/* A node can send from the virtual address only while it has it. */
static void transmit(struct world_side *side, struct packet *packet)
{
    struct world_node *node = side->node;
    struct world *w = node->world;
    struct world_front_end *fe = side->front_end;
    if (!node->alive || !node->bound)
        return;
    /* Both nodes may answer the same message: each answer has its own luck. */
    packet->datagram.sender = node->index != fe->first_host;
    if (!net_send(&w->net, &fe->downlink, packet, world_front_end_receive, fe))
        world_tell_packet(w, actor_node((uint32_t)node->index, fe->number), true, packet);
}

static void ike_send(void *vside, const struct ike_message *message)
{
    struct world_side *side = vside;
    struct packet packet;
    packet_begin(&packet, PACKET_IKE, 0, 0);
    packet.datagram = ike_datagram(message, side->responder.side.stack->auth);
    transmit(side, &packet);
}

static void serve(struct world_side *side, const struct packet *request)
{
    struct world_node *node = side->node;
    struct world *w = node->world;
    uint32_t class_index = request->datagram.selector;
    struct app_message message = app_message_of(&request->datagram);
    uint32_t service = (uint32_t)w->params->traffic[class_index].service;
    bool open = cluster_serves(&w->cluster, node->index, service);
    if (!open)
        sim_probe(&w->sim, MOMENT_port_closed,
                  actor_node((uint32_t)node->index, side->front_end->number), class_index,
                  message.request);
    struct app_message answer =
        app_serve(&w->params->app, &message, cluster_server(&w->cluster, node->index), open);
    struct packet packet;
    packet_begin(&packet, (enum packet_protocol)request->protocol, request->spi, request->lineage);
    packet.datagram = app_datagram(class_index, &answer);
    transmit(side, &packet);
}

static bool accepts(struct world_side *side, const struct packet *packet)
{
    const struct datagram *d = &packet->datagram;
    if (packet->protocol == PACKET_ESP)
        return ipsec_input(&side->ipsec, d->selector, packet->spi, d->bytes);
    return ipsec_input_clear(&side->ipsec, d);
}

static void vanish(struct world_front_end *fe, const struct packet *packet)
{
    fe->dropped++;
    world_tell_packet(fe->world, fe->actor, false, packet);
}

/* Whether a packet to a node that hangs waits for it. */
static bool waits_for_hung(struct world_node *node, const struct packet *packet)
{
    if (!node->hangs || node->inbox.n >= (uint32_t)node->world->params->failure.backlog)
        return false;
    inbox_put(&node->inbox, packet, NEVER_NS);
    return true;
}

bool world_esp_goes_elsewhere(const struct world_front_end *fe)
{
    const struct world *w = fe->world;
    return w->params->cluster.kind == CLUSTER_nlb &&
           nlb_route(&w->cluster.nlb, &fe->client, fe->number, NLB_FLOW_ESP) != fe->host;
}

void world_front_end_map(struct world_front_end *fe, int32_t host)
{
    struct world *w = fe->world;
    enum { DEAD = -1, NEW, KNOWS } what = host == fe->host ? KNOWS : NEW;
    if (!cluster_serves(&w->cluster, host, 0))
        what = DEAD;
    if (host != fe->host)
        ike_peer_lost(&fe->peer);
    fe->host = host;
    w->rec[fe->number].elsewhere = world_esp_goes_elsewhere(fe);
    sim_probe(&w->sim, MOMENT_client_host, fe->actor, host, what);
}

/* All hosts of NLB hear every packet; the one it belongs to takes it. */
static int32_t balanced(struct world_front_end *fe, const struct packet *packet)
{
    struct world *w = fe->world;
    const struct nlb *nlb = &w->cluster.nlb;
    if (packet->protocol == PACKET_IKE && ike_message_of(&packet->datagram).type == IKE_MM1) {
        bool initial = w->params->stack[w->params->front_end.stack].initial_contact != 0;
        int32_t host = nlb_first_message(nlb, &fe->client, fe->number, initial);
        if (host != fe->host)
            world_front_end_map(fe, host);
        w->rec[fe->number].elsewhere = world_esp_goes_elsewhere(fe); /* a session may hold it */
        return host;
    }
    enum nlb_flow flow = packet->protocol == PACKET_IKE   ? NLB_FLOW_IKE
                         : packet->protocol == PACKET_ESP ? NLB_FLOW_ESP
                                                          : NLB_FLOW_CLEAR;
    return nlb_route(nlb, &fe->client, fe->number, flow);
}

/* Inline: half of all packets come through here. */
static inline void hear(struct world_front_end *fe, struct world_node *node, struct packet *packet)
{
    if (node != NULL && waits_for_hung(node, packet))
        return;
    if (node == NULL || !node->alive || !node->bound) {
        vanish(fe, packet);
        return;
    }
    struct world_side *side = &node->side[fe->number];
    if (packet->protocol == PACKET_IKE) {
        struct ike_message message = ike_message_of(&packet->datagram);
        if (node->listens)
            ike_responder_hear(&side->responder, &message);
        else
            vanish(fe, packet);
    } else if (accepts(side, packet)) {
        serve(side, packet);
    } else {
        fe->dropped++;
    }
}

/* A packet that has waited: it was on its way from the front end it is to be told of. */
static void hear_late(void *node, struct packet *packet)
{
    hear(packet->to, node, packet);
}

void world_cluster_receive(void *front_end, struct packet *packet)
{
    struct world_front_end *fe = front_end;
    if (fe->world->params->cluster.kind == CLUSTER_nlb)
        packet->node = balanced(fe, packet);
    else if (packet->node == SEGMENT_OWNER)
        packet->node = fe->world->segment.owner;
    struct world_node *node = world_node_of(fe->world, packet->node);
    if (node == NULL || !node->alive || !cpu_lets_wait(&node->cpu, &node->inbox, packet))
        hear(fe, node, packet);
}

static void no_acquire(void *responder, uint32_t class_index)
{
    (void)responder;
    (void)class_index;
}

static void no_expire(void *responder, uint32_t class_index, enum sa_end end)
{
    (void)responder;
    (void)class_index;
    (void)end;
}

static void reset_side(struct world_node *node, uint32_t number)
{
    struct world *w = node->world;
    const struct params *p = w->params;
    struct world_side *side = &node->side[number];
    uint32_t actor = actor_node((uint32_t)node->index, number);
    const struct ipsec_upcalls nobody = {no_acquire, no_expire};
    side->node = node;
    side->front_end = &w->front_end[number];
    ipsec_reset(&side->ipsec, &w->sim, &p->stack[p->cluster.stack], actor,
                w->protect & w->cluster_classes, nobody, NULL);
    side->responder.side = (struct ike_side){.sim = &w->sim,
                                             .luck = &w->luck,
                                             .cpu = &node->cpu,
                                             .crypto = &p->crypto[p->node[node->index].crypto],
                                             .stack = &p->stack[p->cluster.stack],
                                             .actor = actor,
                                             .peer = params_product(p, p->front_end.stack),
                                             .nlbs_present = params_nlbs_present(p),
                                             .send = ike_send,
                                             .host = side};
    side->responder.ipsec = &side->ipsec;
    ike_responder_reset(&side->responder);
}

void world_node_reset(struct world *w, struct world_node *node, int64_t index)
{
    node->world = w;
    node->index = (int32_t)index;
    node->alive = true;
    node->listens = node->bound = node->hangs = false;
    cpu_reset(&node->cpu, &w->sim, &w->luck, actor_id(ACTOR_CPU, 0, (uint32_t)index),
              &w->params->node[index]);
    inbox_reset(&node->inbox, &w->sim, hear_late, node);
    for (uint32_t i = 0; i < w->front_ends; i++)
        reset_side(node, i);
}
