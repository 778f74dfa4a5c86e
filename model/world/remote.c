#include "remote.h"

#include "moment/moment.h"

#include "kerberos.h"

static void host_receive(void *vremote, struct packet *packet);
static void front_end_receive(void *vremote, struct packet *packet);

/* ---- sending ---- */

static void tell_lost(struct remote *r, uint32_t actor, const struct packet *packet)
{
    const struct datagram *d = &packet->datagram;
    if (packet->protocol == PACKET_IKE) {
        struct ike_message m = ike_message_of(d);
        sim_probe(r->sim, MOMENT_ike_lost, actor, ike_tag(&m), (int64_t)m.copy);
    } else {
        sim_probe(r->sim, MOMENT_packet_lost, actor, d->selector, app_request_of_luck(d->luck));
    }
}

static void to_host(struct remote *r, struct packet *packet)
{
    if (!net_send(r->net, &r->uplink, packet, host_receive, r))
        tell_lost(r, r->actor, packet);
}

static void to_front_end(struct remote *r, struct packet *packet)
{
    if (!net_send(r->net, &r->downlink, packet, front_end_receive, r))
        tell_lost(r, r->host_actor, packet);
}

bool remote_send(struct remote *r, const struct datagram *datagram)
{
    struct packet packet;
    packet_begin(&packet, PACKET_CLEAR, 0, 0);
    packet.datagram = *datagram;
    enum ipsec_verdict verdict = ipsec_output(&r->ipsec, datagram, &packet.spi);
    if (verdict == IPSEC_PROTECTED)
        packet.protocol = PACKET_ESP;
    if (verdict != IPSEC_HELD)
        to_host(r, &packet);
    return verdict == IPSEC_CLEAR;
}

static void front_end_ike_send(void *vremote, const struct ike_message *message)
{
    struct remote *r = vremote;
    struct packet packet;
    packet_begin(&packet, PACKET_IKE, 0, 0);
    packet.datagram = ike_datagram(message, r->peer.side.stack->auth);
    to_host(r, &packet);
}

static void host_ike_send(void *vremote, const struct ike_message *message)
{
    struct remote *r = vremote;
    struct packet packet;
    packet_begin(&packet, PACKET_IKE, 0, 0);
    packet.datagram = ike_datagram(message, r->responder.side.stack->auth);
    to_front_end(r, &packet);
}

static void ready(void *vremote, uint32_t class_index)
{
    struct remote *r = vremote;
    struct datagram datagram;
    if (ipsec_release(&r->ipsec, class_index, &datagram))
        r->upcalls.send(r->upcalls.front_end, &datagram);
}

static void ticket(void *vremote, struct ike_exchange *exchange)
{
    struct remote *r = vremote;
    r->upcalls.ticket(r->upcalls.front_end, r->index, exchange);
}

/* ---- receiving ---- */

static bool accepts(struct ipsec *ipsec, const struct packet *packet)
{
    const struct datagram *d = &packet->datagram;
    if (packet->protocol == PACKET_ESP)
        return ipsec_input(ipsec, d->selector, packet->spi, d->bytes);
    return ipsec_input_clear(ipsec, d);
}

void remote_front_end_hear(void *owner, struct packet *packet)
{
    (void)owner;
    struct remote *r = packet->to;
    if (packet->protocol == PACKET_IKE) {
        struct ike_message message = ike_message_of(&packet->datagram);
        ike_peer_hear(&r->peer, &message);
    } else if (accepts(&r->ipsec, packet)) {
        r->upcalls.receive(r->upcalls.front_end, &packet->datagram);
    } else {
        r->dropped++;
    }
}

static void front_end_receive(void *vremote, struct packet *packet)
{
    struct remote *r = vremote;
    if (!cpu_lets_wait(r->own.cpu, r->own.inbox, packet))
        remote_front_end_hear(NULL, packet);
}

/* It never closes a port. */
static void serve(struct remote *r, const struct packet *request)
{
    uint32_t class_index = request->datagram.selector;
    struct app_message message = app_message_of(&request->datagram);
    struct app_message answer = app_serve(&r->params->app, &message, r->node, true);
    struct packet packet;
    packet_begin(&packet, (enum packet_protocol)request->protocol, request->spi, request->lineage);
    packet.datagram = app_datagram(class_index, &answer);
    to_front_end(r, &packet);
}

static void ticket_made(struct cpu_job *job)
{
    struct remote *r = CONTAINER_OF(job, struct remote, job);
    serve(r, &r->asked);
}

/* A ticket costs the ciphers of one message; a repetition of what it works on is ignored. */
static void make_ticket(struct remote *r, const struct packet *packet)
{
    int64_t crypto = r->params->node[r->node].crypto;
    if (r->job.running)
        return;
    r->asked.protocol = packet->protocol;
    r->asked.spi = packet->spi;
    r->asked.lineage = packet->lineage;
    r->asked.datagram = packet->datagram;
    cpu_submit(r->host.cpu, &r->job, r->params->crypto[crypto].message_ns, ticket_made);
}

void remote_host_hear(void *owner, struct packet *packet)
{
    (void)owner;
    struct remote *r = packet->to;
    if (packet->protocol == PACKET_IKE) {
        struct ike_message message = ike_message_of(&packet->datagram);
        ike_responder_hear(&r->responder, &message);
    } else if (!accepts(&r->host_ipsec, packet)) {
        r->dropped++;
    } else if (app_message_of(&packet->datagram).handle == KERBEROS_HANDLE) {
        make_ticket(r, packet);
    } else {
        serve(r, packet);
    }
}

static void host_receive(void *vremote, struct packet *packet)
{
    struct remote *r = vremote;
    if (!cpu_lets_wait(r->host.cpu, r->host.inbox, packet))
        remote_host_hear(NULL, packet);
}

/* ---- one trial ---- */

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

static void reset_host(struct remote *r, const struct luck *luck, uint32_t protect)
{
    const struct peer_params *peer = &r->params->peer[r->index];
    const struct stack_params *stack = &r->params->stack[peer->stack];
    const struct ipsec_upcalls nobody = {no_acquire, no_expire};
    ipsec_reset(&r->host_ipsec, r->sim, stack, r->host_actor, protect, nobody, NULL);
    r->responder.side =
        (struct ike_side){.sim = r->sim,
                          .luck = luck,
                          .cpu = r->host.cpu,
                          .crypto = &r->params->crypto[r->params->node[r->node].crypto],
                          .stack = stack,
                          .actor = r->host_actor,
                          .nlbs_present = stack->nlbs_present == IKE_NLBS_on,
                          .peer = params_product(r->params, r->params->front_end.stack),
                          .send = host_ike_send,
                          .host = r};
    r->responder.ipsec = &r->host_ipsec;
    ike_responder_reset(&r->responder);
}

static void reset_front_end(struct remote *r, const struct luck *luck, uint32_t protect)
{
    const struct params *p = r->params;
    const struct stack_params *stack = &p->stack[p->front_end.stack];
    const struct ipsec_upcalls ike = {ike_peer_acquire, ike_peer_expire};
    ipsec_reset(&r->ipsec, r->sim, stack, r->actor, protect, ike, &r->peer);
    r->peer.side = (struct ike_side){.sim = r->sim,
                                     .luck = luck,
                                     .cpu = r->own.cpu,
                                     .crypto = &p->crypto[p->node[p->front_end.node].crypto],
                                     .stack = stack,
                                     .actor = r->actor,
                                     .peer = params_product(p, p->peer[r->index].stack),
                                     .send = front_end_ike_send,
                                     .ticket = ticket,
                                     .has_ticket = p->kerberos.cached != 0,
                                     .host = r};
    r->peer.ipsec = &r->ipsec;
    r->peer.ready = ready;
}

void remote_reset(struct remote *r, struct net *net, const struct luck *luck,
                  const struct params *params, int64_t index, uint32_t front_end,
                  struct remote_computer own, struct remote_computer host,
                  struct remote_upcalls upcalls)
{
    const struct peer_params *peer = &params->peer[index];
    uint32_t part = ACTOR_PART_PEER + (uint32_t)index;
    uint32_t protect = params_protected(params) & params_classes_of(params, index);
    r->sim = net->sim;
    r->net = net;
    r->params = params;
    r->index = index;
    r->upcalls = upcalls;
    r->dropped = 0;
    r->actor = actor_id(ACTOR_FRONT_END, part, front_end);
    r->host_actor = actor_node((uint32_t)peer->node, front_end);
    r->node = (uint8_t)peer->node;
    r->own = own;
    r->host = host;
    r->job.running = false;
    /* Parts 0 and 1 of a link are the cluster's: two for each peer follow. */
    link_reset(&r->uplink, &params->link[peer->uplink],
               actor_id(ACTOR_LINK, 2 + 2 * (uint32_t)index, front_end));
    link_reset(&r->downlink, &params->link[peer->downlink],
               actor_id(ACTOR_LINK, 3 + 2 * (uint32_t)index, front_end));
    reset_host(r, luck, protect);
    reset_front_end(r, luck, protect);
}
