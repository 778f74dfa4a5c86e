/* A front end: what it sends to the virtual address, and what it makes of what comes back. */
#include <stdlib.h>

#include "inside.h"

static void transmit(struct world_front_end *fe, struct packet *packet)
{
    if (segment_send(fe->neighbour, packet) == SEGMENT_LOST)
        world_tell_packet(fe->world, fe->actor, true, packet);
}

static void app_send(void *front_end, const struct datagram *datagram)
{
    struct world_front_end *fe = front_end;
    int64_t peer = fe->world->params->traffic[datagram->selector].peer;
    struct packet packet;
    if (peer >= 0) {
        if (remote_send(&fe->remote[peer], datagram))
            app_client_in_clear(&fe->app, datagram);
        return;
    }
    packet_begin(&packet, PACKET_CLEAR, 0, 0);
    packet.datagram = *datagram;
    switch (ipsec_output(&fe->ipsec, datagram, &packet.spi)) {
    case IPSEC_PROTECTED:
        packet.protocol = PACKET_ESP;
        transmit(fe, &packet);
        break;
    case IPSEC_CLEAR:
        app_client_in_clear(&fe->app, datagram);
        transmit(fe, &packet);
        break;
    case IPSEC_HELD:
        break;
    }
}

static void ready(void *front_end, uint32_t class_index)
{
    struct world_front_end *fe = front_end;
    struct datagram datagram;
    world_quiet_hold(fe, class_index);
    if (ipsec_release(&fe->ipsec, class_index, &datagram))
        app_send(fe, &datagram);
}

static void ticket(void *front_end, struct ike_exchange *exchange)
{
    struct world_front_end *fe = front_end;
    kerberos_ask(&fe->kerberos, -1, exchange);
}

static void remote_ticket(void *front_end, int64_t peer, struct ike_exchange *exchange)
{
    struct world_front_end *fe = front_end;
    kerberos_ask(&fe->kerberos, peer, exchange);
}

/* From a domain controller. */
static void remote_receive(void *front_end, const struct datagram *datagram)
{
    struct world_front_end *fe = front_end;
    struct app_message message = app_message_of(datagram);
    if (message.handle == KERBEROS_HANDLE)
        kerberos_receive(&fe->kerberos, &message);
    else
        app_client_receive(&fe->app, datagram);
}

static void ike_send(void *front_end, const struct ike_message *message)
{
    struct world_front_end *fe = front_end;
    struct packet packet;
    packet_begin(&packet, PACKET_IKE, 0, 0);
    packet.datagram = ike_datagram(message, fe->peer.side.stack->auth);
    transmit(fe, &packet);
}

static inline void hear_now(struct world_front_end *fe, struct packet *packet)
{
    uint32_t class_index = packet->datagram.selector;
    bool accept = false;
    if (packet->protocol == PACKET_IKE) {
        struct ike_message message = ike_message_of(&packet->datagram);
        ike_peer_hear(&fe->peer, &message);
        return;
    }
    if (packet->protocol == PACKET_ESP)
        accept = ipsec_input(&fe->ipsec, class_index, packet->spi, packet->datagram.bytes);
    else
        accept = ipsec_input_clear(&fe->ipsec, &packet->datagram);
    if (accept)
        app_client_receive(&fe->app, &packet->datagram);
    else
        fe->dropped++;
}

/* A packet that has waited: from the cluster, or from one of the other hosts. */
static void hear_late(void *front_end, struct packet *packet)
{
    if (packet->to == front_end)
        hear_now(front_end, packet);
    else
        remote_front_end_hear(packet->to, packet);
}

void world_front_end_receive(void *front_end, struct packet *packet)
{
    struct world_front_end *fe = front_end;
    if (!cpu_lets_wait(&fe->cpu, &fe->inbox, packet))
        hear_now(fe, packet);
}

/* ---- recovery ---- */

static void class_recovered(struct world_front_end *fe, uint32_t class_index)
{
    struct world *w = fe->world;
    struct row_class *class = &w->row[fe->number].class[class_index];
    const struct app_exposure *exposed = &fe->app.exposed[class_index];
    world_quiet_tell_class(fe, class_index); /* what left in clear is counted up to here */
    fe->recovered_classes |= 1u << class_index;
    world_quiet_changed(fe);
    class->outage_ns = w->sim.now_ns;
    if (!(w->cluster_classes >> class_index & 1)) /* who did not ask was not cut off */
        class->outage_ns -= fe->app.class_first_ns[class_index];
    class->requests_clear_outage = (int64_t)exposed->requests;
    class->passwords_clear_outage = (int64_t)exposed->passwords;
}

/* After a failback there are two outages to recover from. */
static void front_end_recovered(struct world_front_end *fe)
{
    struct world *w = fe->world;
    struct row *row = &w->row[fe->number];
    struct rec *rec = &w->rec[fe->number];
    if (!rec->over) {
        world_quiet_tell(fe);
        struct app_exposure exposed = app_client_exposure(&fe->app);
        row->requests_clear_outage = (int64_t)exposed.requests;
        row->passwords_clear_outage = (int64_t)exposed.passwords;
    }
    rec_recovered(rec, w->sim.now_ns);
    fe->recovered =
        w->params->failure.kind != FAILURE_failback || row->failback_outage_ns != NEVER_NS;
}

uint32_t world_front_end_asked(const struct world_front_end *fe)
{
    const struct world *w = fe->world;
    uint32_t set = w->cluster_classes;
    for (int32_t c = 0; c < w->params->classes; c++)
        set |= (uint32_t)(fe->app.class_first_ns[c] != NEVER_NS) << c;
    return set;
}

static bool is_over(const struct world_front_end *fe)
{
    switch (fe->world->params->trial.until) {
    case TRIAL_UNTIL_first:
        return fe->recovered;
    case TRIAL_UNTIL_all:
        return fe->recovered && (~fe->recovered_classes & world_front_end_asked(fe)) == 0;
    default:
        return false;
    }
}

/* Whether an answer of this server is one of the node that is to serve from now on. */
static bool recovered_by(const struct world_front_end *fe, uint8_t server)
{
    const struct cluster *cluster = &fe->world->cluster;
    return cluster->params->kind == CLUSTER_nlb ? balance_recovered(cluster, fe->host, server)
                                                : cluster_recovered(cluster, server);
}

/* Where nothing is protected every class counts: what is left is the cluster's own outage. Once it
 * is back a front end begins no more requests: nobody asks what becomes of them, and those still
 * cut off do not wait for them. */
static void answered(void *front_end, uint32_t class_index, uint8_t server)
{
    struct world_front_end *fe = front_end;
    struct world *w = fe->world;
    bool of_cluster = w->cluster_classes >> class_index & 1;
    if (fe->over ||
        !(of_cluster ? recovered_by(fe, server) : fe->app.class_first_ns[class_index] != NEVER_NS))
        return;
    if (!(fe->recovered_classes >> class_index & 1))
        class_recovered(fe, class_index);
    if (!fe->recovered && of_cluster &&
        ((w->protect & w->cluster_classes) == 0 || w->protect >> class_index & 1))
        front_end_recovered(fe);
    fe->over = is_over(fe);
    if (!fe->over)
        return;
    w->cut_off--;
    app_client_stop(&fe->app);
    world_quiet_changed(fe);
}

/* ---- reset ---- */

/* The other hosts that the front end talks to. */
static void reset_remotes(struct world_front_end *fe)
{
    struct world *w = fe->world;
    const struct params *p = w->params;
    const struct remote_upcalls upcalls = {app_send, remote_receive, remote_ticket, fe};
    if (p->peers > 0 && fe->remote == NULL) {
        fe->remote = calloc(WORLD_PEERS_MAX, sizeof *fe->remote);
        CHECK(fe->remote != NULL);
    }
    for (int64_t i = 0; i < p->peers; i++)
        remote_reset(&fe->remote[i], &w->net, &w->luck, p, i, fe->number,
                     (struct remote_computer){&fe->cpu, &fe->inbox},
                     (struct remote_computer){&w->peer_cpu[i], &w->peer_inbox[i]}, upcalls);
    fe->kerberos.send = app_send;
    fe->kerberos.host = fe;
    kerberos_reset(&fe->kerberos, &w->sim, p, fe->actor);
}

void world_front_end_reset(struct world *w, uint32_t number)
{
    const struct params *p = w->params;
    struct world_front_end *fe = &w->front_end[number];
    const struct node_params *computer = &p->node[p->front_end.node];
    const struct ipsec_upcalls ike = {ike_peer_acquire, ike_peer_expire};
    fe->world = w;
    fe->number = number;
    fe->actor = actor_id(ACTOR_FRONT_END, 0, number);
    fe->recovered_classes = 0;
    fe->recovered = fe->over = false;
    fe->dropped = 0;
    fe->neighbour = &w->neighbour[number];
    cpu_borrow(&fe->cpu, number > 0 ? &w->front_end[0].cpu : NULL);
    cpu_reset(&fe->cpu, &w->sim, &w->luck, actor_id(ACTOR_CPU, 1, number), computer);
    inbox_reset(&fe->inbox, &w->sim, hear_late, fe);
    link_reset(&fe->uplink, &p->link[p->front_end.uplink], actor_id(ACTOR_LINK, 0, number));
    link_reset(&fe->downlink, &p->link[p->front_end.downlink], actor_id(ACTOR_LINK, 1, number));
    neighbour_reset(fe->neighbour, &w->segment, &fe->uplink, &fe->downlink, fe->actor,
                    world_cluster_receive, fe);
    ipsec_reset(&fe->ipsec, &w->sim, &p->stack[p->front_end.stack], fe->actor,
                w->protect & w->cluster_classes, ike, &fe->peer);
    fe->peer.side = (struct ike_side){.sim = &w->sim,
                                      .luck = &w->luck,
                                      .cpu = &fe->cpu,
                                      .crypto = &p->crypto[computer->crypto],
                                      .stack = &p->stack[p->front_end.stack],
                                      .actor = fe->actor,
                                      .peer = params_product(p, p->cluster.stack),
                                      .send = ike_send,
                                      .ticket = ticket,
                                      .has_ticket = p->kerberos.cached != 0,
                                      .host = fe};
    fe->peer.ipsec = &fe->ipsec;
    fe->peer.ready = ready;
    fe->app.send = app_send;
    fe->app.answered = answered;
    fe->app.host = fe;
    app_client_reset(&fe->app, &w->sim, &w->luck, &p->app, p->traffic, (uint32_t)p->classes,
                     fe->actor);
    reset_remotes(fe);
}
