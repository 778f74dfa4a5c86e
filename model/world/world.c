#include "world/world.h"

#include <stdlib.h>

#include "app/app.h"
#include "cluster/cluster.h"
#include "cpu/cpu.h"
#include "ike/peer.h"
#include "ike/responder.h"
#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "net/inbox.h"
#include "net/net.h"
#include "net/segment.h"

#include "kerberos.h"
#include "rec.h"
#include "remote.h"

/* A node of the cluster, with what it knows of the front end. */
struct world_node {
    struct world *world;
    int32_t index;
    bool alive, listens, hangs;
    bool bound; /* has the virtual address; two nodes may think so */
    struct cpu cpu;
    struct inbox inbox;
    struct ipsec ipsec;
    struct ike_responder responder;
};

/* Packets that wait for a node to run again. */
struct world_backlog {
    struct packet packet[FAILURE_BACKLOG_MAX];
    uint32_t n;
};

struct world_front_end {
    struct cpu cpu;
    struct inbox inbox;
    struct ipsec ipsec;
    struct ike_peer peer;
    struct app_client app;
    struct link uplink, downlink;
    struct neighbour neighbour;
    struct remote *remote; /* owned; one for each of params->peers */
    struct kerberos kerberos;
};

struct world {
    struct sim sim;
    struct net net;
    struct segment segment;
    struct cluster cluster;
    struct world_node node[2]; /* active, standby */
    struct world_backlog backlog;
    struct world_front_end front_end;
    struct cpu peer_cpu[WORLD_PEERS_MAX];
    struct rec rec;
    const struct params *params;
    struct luck luck;
    uint32_t protect;
    uint32_t cluster_classes; /* bits: those that the cluster answers */
    uint64_t dropped;
    uint32_t recovered_classes; /* bits: classes answered by the new node */
    bool recovered;             /* one of those that count for outage_ns */
    bool over;
};

static const uint32_t FRONT_END_ACTOR = (uint32_t)ACTOR_FRONT_END << 28;

struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    CHECK(w != NULL);
    sim_init(&w->sim);
    net_init(&w->net, &w->sim, &w->luck);
    cpu_init(&w->front_end.cpu);
    inbox_init(&w->front_end.inbox);
    app_client_init(&w->front_end.app);
    for (int i = 0; i < 2; i++) {
        cpu_init(&w->node[i].cpu);
        inbox_init(&w->node[i].inbox);
    }
    for (int i = 0; i < WORLD_PEERS_MAX; i++)
        cpu_init(&w->peer_cpu[i]);
    sim_listen(&w->sim, rec_mask, rec_hear, &w->rec);
    return w;
}

void world_free(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        cpu_fini(&w->node[i].cpu);
        inbox_fini(&w->node[i].inbox);
    }
    for (int i = 0; i < WORLD_PEERS_MAX; i++)
        cpu_fini(&w->peer_cpu[i]);
    free(w->front_end.remote);
    app_client_fini(&w->front_end.app);
    inbox_fini(&w->front_end.inbox);
    cpu_fini(&w->front_end.cpu);
    net_fini(&w->net);
    sim_fini(&w->sim);
    free(w);
}

struct sim *world_sim(struct world *w)
{
    return &w->sim;
}

static struct world_node *node_of(struct world *w, int32_t index)
{
    for (int i = 0; i < 2; i++)
        if (w->node[i].index == index)
            return &w->node[i];
    return NULL;
}

/* A computer that is stalled looks at nothing: what arrives waits for the end of the stall. */
static bool waits(struct cpu *cpu, struct inbox *inbox, const struct packet *packet)
{
    if (__builtin_expect(!cpu->stall.on, 1))
        return false;
    int64_t end_ns = stall_end_ns(&cpu->stall, cpu->sim->now_ns);
    if (end_ns == cpu->sim->now_ns && inbox->n == 0)
        return false;
    inbox_put(inbox, packet, end_ns);
    return true;
}

/* ---- front end to cluster ---- */

static void tell_packet(struct world *w, uint32_t actor, bool lost, const struct packet *packet)
{
    const struct datagram *d = &packet->datagram;
    if (packet->protocol == PACKET_IKE) {
        struct ike_message m = ike_message_of(d);
        sim_probe(&w->sim, lost ? MOMENT_ike_lost : MOMENT_ike_vanished, actor, ike_tag(&m),
                  lost ? (int64_t)m.copy : packet->node);
    } else {
        sim_probe(&w->sim, lost ? MOMENT_packet_lost : MOMENT_packet_vanished, actor, d->selector,
                  app_request_of_luck(d->luck));
    }
}

static void front_end_transmit(struct world *w, struct packet *packet)
{
    if (segment_send(&w->front_end.neighbour, packet) == SEGMENT_LOST)
        tell_packet(w, FRONT_END_ACTOR, true, packet);
}

static void front_end_app_send(void *world, const struct datagram *datagram)
{
    struct world *w = world;
    struct world_front_end *fe = &w->front_end;
    int64_t peer = w->params->traffic[datagram->selector].peer;
    struct packet packet;
    if (peer >= 0) {
        if (remote_send(&fe->remote[peer], datagram))
            app_client_in_clear(&fe->app, datagram);
        return;
    }
    packet_begin(&packet, PACKET_CLEAR, 0, 0);
    packet.datagram = *datagram;
    switch (ipsec_output(&w->front_end.ipsec, datagram, &packet.spi)) {
    case IPSEC_PROTECTED:
        packet.protocol = PACKET_ESP;
        front_end_transmit(w, &packet);
        break;
    case IPSEC_CLEAR:
        app_client_in_clear(&w->front_end.app, datagram);
        front_end_transmit(w, &packet);
        break;
    case IPSEC_HELD:
        break;
    }
}

static void front_end_ready(void *world, uint32_t class_index)
{
    struct world *w = world;
    struct datagram datagram;
    if (ipsec_release(&w->front_end.ipsec, class_index, &datagram))
        front_end_app_send(w, &datagram);
}

static void front_end_ticket(void *world, struct ike_exchange *exchange)
{
    struct world *w = world;
    kerberos_ask(&w->front_end.kerberos, -1, exchange);
}

static void remote_ticket(void *world, int64_t peer, struct ike_exchange *exchange)
{
    struct world *w = world;
    kerberos_ask(&w->front_end.kerberos, peer, exchange);
}

/* From a domain controller. */
static void remote_receive(void *world, const struct datagram *datagram)
{
    struct world_front_end *fe = &((struct world *)world)->front_end;
    struct app_message message = app_message_of(datagram);
    if (message.handle == KERBEROS_HANDLE)
        kerberos_receive(&fe->kerberos, &message);
    else
        app_client_receive(&fe->app, datagram);
}

static void front_end_ike_send(void *world, const struct ike_message *message)
{
    struct packet packet;
    packet_begin(&packet, PACKET_IKE, 0, 0);
    packet.datagram = ike_datagram(message);
    front_end_transmit(world, &packet);
}

/* ---- cluster to front end ---- */

static void front_end_hear(void *world, struct packet *packet)
{
    struct world *w = world;
    struct world_front_end *fe = &w->front_end;
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
        w->dropped++;
}

static void front_end_receive(void *world, struct packet *packet)
{
    struct world *w = world;
    if (!waits(&w->front_end.cpu, &w->front_end.inbox, packet))
        front_end_hear(w, packet);
}

/* A node can send from the virtual address only while it has it. */
static void node_transmit(struct world_node *node, struct packet *packet)
{
    struct world *w = node->world;
    if (!node->alive || !node->bound)
        return;
    /* Both nodes may answer the same message: each answer has its own luck. */
    packet->datagram.sender = node != &w->node[0];
    if (!net_send(&w->net, &w->front_end.downlink, packet, front_end_receive, w))
        tell_packet(w, actor_id(ACTOR_NODE, 0, (uint32_t)node->index), true, packet);
}

static void node_ike_send(void *vnode, const struct ike_message *message)
{
    struct packet packet;
    packet_begin(&packet, PACKET_IKE, 0, 0);
    packet.datagram = ike_datagram(message);
    node_transmit(vnode, &packet);
}

static void node_serve(struct world_node *node, const struct packet *request)
{
    struct world *w = node->world;
    uint32_t class_index = request->datagram.selector;
    struct app_message message = app_message_of(&request->datagram);
    uint32_t service = (uint32_t)w->params->traffic[class_index].service;
    bool open = cluster_serves(&w->cluster, node->index, service);
    if (!open)
        sim_probe(&w->sim, MOMENT_port_closed, actor_id(ACTOR_NODE, 0, (uint32_t)node->index),
                  class_index, message.request);
    struct app_message answer =
        app_serve(&w->params->app, &message, cluster_server(&w->cluster, node->index), open);
    struct packet packet;
    packet_begin(&packet, (enum packet_protocol)request->protocol, request->spi, request->lineage);
    packet.datagram = app_datagram(class_index, &answer);
    node_transmit(node, &packet);
}

static bool node_accepts(struct world_node *node, const struct packet *packet)
{
    if (packet->protocol == PACKET_ESP)
        return ipsec_input(&node->ipsec, packet->datagram.selector, packet->spi,
                           packet->datagram.bytes);
    return ipsec_input_clear(&node->ipsec, &packet->datagram);
}

/* Whether a packet to a node that hangs waits for it. */
static bool waits_for_hung(struct world *w, const struct packet *packet)
{
    if (w->backlog.n >= (uint32_t)w->params->failure.backlog)
        return false;
    w->backlog.packet[w->backlog.n++] = *packet;
    return true;
}

static void cluster_hear(void *world, struct packet *packet)
{
    struct world *w = world;
    struct world_node *node = node_of(w, packet->node);
    if (node != NULL && node->hangs && waits_for_hung(w, packet))
        return;
    if (node == NULL || !node->alive || !node->bound) {
        w->dropped++;
        tell_packet(w, FRONT_END_ACTOR, false, packet);
    } else if (packet->protocol == PACKET_IKE) {
        struct ike_message message = ike_message_of(&packet->datagram);
        if (node->listens) {
            ike_responder_hear(&node->responder, &message);
        } else {
            w->dropped++;
            tell_packet(w, FRONT_END_ACTOR, false, packet);
        }
    } else if (node_accepts(node, packet)) {
        node_serve(node, packet);
    } else {
        w->dropped++;
    }
}

static void cluster_receive(void *world, struct packet *packet)
{
    struct world *w = world;
    if (packet->node == SEGMENT_OWNER)
        packet->node = w->segment.owner;
    struct world_node *node = node_of(w, packet->node);
    if (node == NULL || !node->alive || !waits(&node->cpu, &node->inbox, packet))
        cluster_hear(w, packet);
}

/* ---- what the cluster does ---- */

static void remove_sas(void *world, int32_t index)
{
    struct world *w = world;
    ike_responder_remove_all(&node_of(w, index)->responder, w->params->cluster.fence != 0);
}

/* The address is off a node. */
static void unbind(struct world_node *node)
{
    struct world *w = node->world;
    node->bound = node->listens = false;
    if (w->segment.owner == node->index)
        segment_release(&w->segment);
}

/* With the address go the SAs that are left: all of them if nothing removed them before, or those
 * negotiated since by a front end that was not kept out. What is still to be repeated can no longer
 * be sent. */
static void address_off(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = node_of(w, index);
    ike_responder_remove_all(&node->responder, true);
    ike_responder_lose(&node->responder, SA_END_removed);
    unbind(node);
    ike_peer_lost(&w->front_end.peer);
}

static void crashed(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = node_of(w, index);
    node->alive = false;
    ike_responder_lose(&node->responder, SA_END_crashed);
    unbind(node);
    ike_peer_lost(&w->front_end.peer);
}

static void booted(void *world, int32_t index)
{
    node_of(world, index)->alive = true;
}

/* Where heartbeats go on, the kernel runs, which answers ARP too. */
static void hung(void *world, int32_t index)
{
    struct world *w = world;
    node_of(w, index)->alive = false;
    node_of(w, index)->hangs = true;
    segment_mute(&w->segment, !w->params->failure.heartbeats);
}

static void resumed(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = node_of(w, index);
    node->alive = true;
    node->hangs = false;
    segment_mute(&w->segment, false);
    for (uint32_t i = 0; i < w->backlog.n; i++) {
        w->backlog.packet[i].node = index;
        cluster_receive(w, &w->backlog.packet[i]);
    }
    w->backlog.n = 0;
}

static void address_taken(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = node_of(w, index);
    ike_responder_lose(&node->responder, SA_END_removed);
    unbind(node);
    ike_peer_lost(&w->front_end.peer);
}

static void path(void *world, bool up)
{
    struct world *w = world;
    w->front_end.uplink.cut = w->front_end.downlink.cut = !up;
}

static void address_on(void *world, int32_t index)
{
    struct world *w = world;
    if (w->segment.owner != SEGMENT_NOBODY)
        ike_peer_lost(&w->front_end.peer); /* taken from a node that does not know */
    node_of(w, index)->bound = true;
    segment_claim(&w->segment, index);
}

static void listens(void *world, int32_t index)
{
    struct world_node *node = node_of(world, index);
    node->listens = true;
    node->responder.fenced = false;
}

static void starting_load(void *world, int32_t index, double share)
{
    cpu_set_extra_load(&node_of(world, index)->cpu, share);
}

/* ---- one trial ---- */

static void class_recovered(struct world *w, uint32_t class_index)
{
    struct row_class *class = &w->rec.row->class[class_index];
    const struct app_exposure *exposed = &w->front_end.app.exposed[class_index];
    w->recovered_classes |= 1u << class_index;
    class->outage_ns = w->sim.now_ns;
    if (!(w->cluster_classes >> class_index & 1)) /* who did not ask was not cut off */
        class->outage_ns -= w->front_end.app.class_first_ns[class_index];
    class->requests_clear_outage = (int64_t)exposed->requests;
    class->passwords_clear_outage = (int64_t)exposed->passwords;
}

/* After a failback there are two outages to recover from. */
static void trial_recovered(struct world *w)
{
    struct row *row = w->rec.row;
    if (!w->rec.over) {
        struct app_exposure exposed = app_client_exposure(&w->front_end.app);
        row->requests_clear_outage = (int64_t)exposed.requests;
        row->passwords_clear_outage = (int64_t)exposed.passwords;
    }
    rec_recovered(&w->rec, w->sim.now_ns);
    w->recovered =
        w->params->failure.kind != FAILURE_failback || row->failback_outage_ns != NEVER_NS;
}

/* The classes of the cluster, and of other hosts those that were asked since t = 0. */
static uint32_t asked_classes(const struct world *w)
{
    uint32_t set = w->cluster_classes;
    for (int32_t c = 0; c < w->params->classes; c++)
        set |= (uint32_t)(w->front_end.app.class_first_ns[c] != NEVER_NS) << c;
    return set;
}

static bool is_over(const struct world *w)
{
    switch (w->params->trial.until) {
    case TRIAL_UNTIL_first:
        return w->recovered;
    case TRIAL_UNTIL_all:
        return w->recovered && (~w->recovered_classes & asked_classes(w)) == 0;
    default:
        return false;
    }
}

/* Where nothing is protected every class counts: what is left is the cluster's own outage. */
static void answered(void *world, uint32_t class_index, uint8_t server)
{
    struct world *w = world;
    bool of_cluster = w->cluster_classes >> class_index & 1;
    bool asked = w->front_end.app.class_first_ns[class_index] != NEVER_NS;
    if (!(of_cluster ? cluster_recovered(&w->cluster, server) : asked))
        return;
    if (!(w->recovered_classes >> class_index & 1))
        class_recovered(w, class_index);
    if (!w->recovered && of_cluster &&
        ((w->protect & w->cluster_classes) == 0 || w->protect >> class_index & 1))
        trial_recovered(w);
    w->over = is_over(w);
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

static void reset_node(struct world *w, struct world_node *node, int64_t index)
{
    const struct params *p = w->params;
    const struct node_params *computer = &p->node[index];
    uint32_t actor = actor_id(ACTOR_NODE, 0, (uint32_t)index);
    const struct ipsec_upcalls nobody = {no_acquire, no_expire};
    node->world = w;
    node->index = (int32_t)index;
    node->alive = true;
    node->listens = node->bound = node->hangs = false;
    cpu_reset(&node->cpu, &w->sim, &w->luck, actor_id(ACTOR_CPU, 0, (uint32_t)index), computer);
    inbox_reset(&node->inbox, &w->sim, cluster_hear, w);
    ipsec_reset(&node->ipsec, &w->sim, &p->stack[p->cluster.stack], actor,
                w->protect & w->cluster_classes, nobody, NULL);
    node->responder.side = (struct ike_side){.sim = &w->sim,
                                             .luck = &w->luck,
                                             .cpu = &node->cpu,
                                             .crypto = &p->crypto[computer->crypto],
                                             .stack = &p->stack[p->cluster.stack],
                                             .actor = actor,
                                             .send = node_ike_send,
                                             .host = node};
    node->responder.ipsec = &node->ipsec;
    ike_responder_reset(&node->responder);
}

static void reset_front_end(struct world *w)
{
    const struct params *p = w->params;
    struct world_front_end *fe = &w->front_end;
    const struct node_params *computer = &p->node[p->front_end.node];
    const struct ipsec_upcalls ike = {ike_peer_acquire, ike_peer_expire};
    cpu_reset(&fe->cpu, &w->sim, &w->luck, actor_id(ACTOR_CPU, 1, 0), computer);
    inbox_reset(&fe->inbox, &w->sim, front_end_hear, w);
    link_reset(&fe->uplink, &p->link[p->front_end.uplink], actor_id(ACTOR_LINK, 0, 0));
    link_reset(&fe->downlink, &p->link[p->front_end.downlink], actor_id(ACTOR_LINK, 1, 0));
    neighbour_reset(&fe->neighbour, &w->segment, &fe->uplink, &fe->downlink, FRONT_END_ACTOR,
                    cluster_receive, w);
    ipsec_reset(&fe->ipsec, &w->sim, &p->stack[p->front_end.stack], FRONT_END_ACTOR,
                w->protect & w->cluster_classes, ike, &fe->peer);
    fe->peer.side = (struct ike_side){.sim = &w->sim,
                                      .luck = &w->luck,
                                      .cpu = &fe->cpu,
                                      .crypto = &p->crypto[computer->crypto],
                                      .stack = &p->stack[p->front_end.stack],
                                      .actor = FRONT_END_ACTOR,
                                      .send = front_end_ike_send,
                                      .ticket = front_end_ticket,
                                      .has_ticket = p->kerberos.cached != 0,
                                      .host = w};
    fe->peer.ipsec = &fe->ipsec;
    fe->peer.ready = front_end_ready;
    fe->app.send = front_end_app_send;
    fe->app.answered = answered;
    fe->app.host = w;
    app_client_reset(&fe->app, &w->sim, &w->luck, &p->app, p->traffic, (uint32_t)p->classes,
                     FRONT_END_ACTOR);
}

/* The other hosts that the front end talks to. */
static void reset_remotes(struct world *w)
{
    const struct params *p = w->params;
    struct world_front_end *fe = &w->front_end;
    const struct remote_upcalls upcalls = {front_end_app_send, remote_receive, remote_ticket, w};
    if (p->peers > 0 && fe->remote == NULL) {
        fe->remote = calloc(WORLD_PEERS_MAX, sizeof *fe->remote);
        CHECK(fe->remote != NULL);
    }
    for (int64_t i = 0; i < p->peers; i++) {
        cpu_reset(&w->peer_cpu[i], &w->sim, &w->luck,
                  actor_id(ACTOR_CPU, 0, (uint32_t)p->peer[i].node), &p->node[p->peer[i].node]);
        remote_reset(&fe->remote[i], &w->net, &w->luck, p, i, 0, &fe->cpu, &w->peer_cpu[i],
                     upcalls);
    }
    fe->kerberos.send = front_end_app_send;
    fe->kerberos.host = w;
    kerberos_reset(&fe->kerberos, &w->sim, p, FRONT_END_ACTOR);
}

/* What is left of a lifetime, in ns or bytes: all of it, or a uniform share (the SA's age is
 * stationary). */
static int64_t left_of(const struct world *w, int64_t lifetime, uint16_t purpose,
                       uint32_t class_index)
{
    if (w->params->trial.sa_age == SA_AGE_fresh || lifetime == 0)
        return lifetime;
    double share = luck_uniform(&w->luck, purpose, FRONT_END_ACTOR, class_index);
    int64_t left = (int64_t)(share * (double)lifetime);
    return left > 0 ? left : 1;
}

/* The front end and one peer: the cluster, or another host. */
struct relation {
    struct ike_peer *peer;
    const struct link *uplink, *downlink;
    uint32_t classes;  /* bits */
    uint16_t mm_index; /* of its main-mode SA's age, for luck */
    int64_t stack;     /* of the peer */
    bool counts;       /* the recorder's */
};

/* When the idle clock of a class's SA was last put back before the start, by what the stack lets
 * reset it. */
static int64_t touched_before_start_ns(struct world *w, const struct relation *relation, uint32_t c,
                                       int64_t idle_ns)
{
    struct world_front_end *fe = &w->front_end;
    int64_t reset = w->params->stack[w->params->front_end.stack].idle_reset;
    if (reset == SA_IDLE_RESET_none) {
        double age = luck_uniform(&w->luck, LUCK_idle_age, FRONT_END_ACTOR, c);
        return w->sim.now_ns - (int64_t)(age * (double)idle_ns);
    }
    int64_t answer_ns =
        app_client_last_answer_ns(&fe->app, c, relation->uplink, relation->downlink, idle_ns);
    if (reset == SA_IDLE_RESET_received)
        return answer_ns;
    int64_t request_ns = app_client_last_request_ns(&fe->app, c, idle_ns);
    return request_ns > answer_ns ? request_ns : answer_ns;
}

/* The steady state of one relation: a main-mode SA, and a quick-mode SA for every class that was
 * answered within the idle time. Returns those classes. Where tickets go round in a circle there is
 * neither: nothing ever came up. */
static uint32_t found_relation(struct world *w, const struct relation *relation)
{
    const struct params *p = w->params;
    const struct stack_params *stack = &p->stack[p->front_end.stack];
    struct ike_peer *peer = relation->peer;
    bool circular = params_kerberos_is_circular(p);
    uint32_t found = 0;
    int64_t mm_left_ns = left_of(w, stack->mm_lifetime_ns, LUCK_mm_age, relation->mm_index);
    ike_peer_reset(peer, (uint32_t)p->classes, circular ? IKE_NO_MAIN_MODE : mm_left_ns);
    peer->fast_failover = stack->nlbs_flags != 0 || p->stack[relation->stack].nlbs_present != 0;
    int64_t idle_ns = ike_peer_idle_ns(peer);
    for (uint32_t c = 0; c < (uint32_t)p->classes; c++) {
        if (!(w->protect & relation->classes & 1u << c))
            continue;
        int64_t touched_ns = touched_before_start_ns(w, relation, c, idle_ns);
        if (circular || touched_ns == NEVER_NS || touched_ns + idle_ns <= w->sim.now_ns) {
            if (relation->counts)
                rec_no_sa(&w->rec, c);
            continue;
        }
        sim_probe(&w->sim, MOMENT_sa_start, peer->side.actor, c, w->sim.now_ns - touched_ns);
        struct sa_life life = {.idle_ns = idle_ns,
                               .lifetime_ns = left_of(w, stack->qm_lifetime_ns, LUCK_qm_age, c),
                               .bytes = left_of(w, stack->qm_lifetime_kb * 1000, LUCK_byte_age, c),
                               .touched_ns = touched_ns};
        ike_peer_found(peer, c, &life);
        found |= 1u << c;
    }
    return found;
}

static void found_sas(struct world *w)
{
    const struct params *p = w->params;
    struct world_front_end *fe = &w->front_end;
    bool bare = params_kerberos_is_circular(p);
    uint32_t found = found_relation(w, &(struct relation){.peer = &fe->peer,
                                                          .uplink = &fe->uplink,
                                                          .downlink = &fe->downlink,
                                                          .classes = w->cluster_classes,
                                                          .stack = p->cluster.stack,
                                                          .counts = true});
    if (!bare)
        ike_responder_found(&w->node[0].responder, found);
    w->node[0].listens = w->node[0].bound = true;
    for (int64_t i = 0; i < p->peers; i++) {
        struct remote *remote = &fe->remote[i];
        found = found_relation(w, &(struct relation){.peer = &remote->peer,
                                                     .uplink = &remote->uplink,
                                                     .downlink = &remote->downlink,
                                                     .classes = params_classes_of(p, i),
                                                     .mm_index = (uint16_t)(1 + i),
                                                     .stack = p->peer[i].stack});
        if (!bare)
            ike_responder_found(&remote->responder, found);
    }
}

/* Kept connections stand since before the trial. A node may have a number of its own for each life
 * (cluster_server). */
static void found_connections(struct world *w)
{
    const struct params *p = w->params;
    for (uint32_t c = 0; c < (uint32_t)p->classes; c++) {
        int64_t peer = p->traffic[c].peer;
        int64_t server = peer >= 0 ? p->peer[peer].node : p->cluster.active;
        app_client_connect(&w->front_end.app, c, (uint8_t)server);
    }
}

/* The front end's last packet to the address before the start: its neighbour entry was used then.
 */
static int64_t last_sending_ns(struct world *w)
{
    int64_t limit_ns = w->params->arp.unused_ns, last_ns = w->sim.now_ns - limit_ns;
    for (uint32_t c = 0; c < (uint32_t)w->params->classes; c++) {
        if (!(w->cluster_classes >> c & 1))
            continue;
        int64_t ns = app_client_last_request_ns(&w->front_end.app, c, limit_ns);
        last_ns = ns > last_ns ? ns : last_ns;
    }
    return last_ns;
}

/* Who is to serve after the failure, and whether it knows the front end's SAs. */
static void reset_rec(struct world *w, struct row *row, int64_t start_ns)
{
    const struct cluster_params *cluster = &w->params->cluster;
    int64_t kind = w->params->failure.kind;
    bool keeps = kind == FAILURE_hang || kind == FAILURE_link;
    bool same = keeps || kind == FAILURE_restart;
    rec_reset(&w->rec, row, start_ns, (int32_t)(same ? cluster->active : cluster->standby),
              keeps ? 0 : REC_NO_SA);
}

static void reset(struct world *w, const struct params *params, const struct luck *luck,
                  struct row *row)
{
    static const struct cluster_upcalls upcalls = {.remove_sas = remove_sas,
                                                   .address_off = address_off,
                                                   .address_on = address_on,
                                                   .listens = listens,
                                                   .crashed = crashed,
                                                   .booted = booted,
                                                   .hung = hung,
                                                   .resumed = resumed,
                                                   .address_taken = address_taken,
                                                   .path = path,
                                                   .starting_load = starting_load};
    w->params = params;
    w->luck = *luck;
    w->protect = params_protected(params);
    w->cluster_classes = params_classes_of(params, -1);
    w->dropped = 0;
    w->backlog.n = 0;
    w->recovered_classes = 0;
    w->recovered = w->over = false;
    int64_t start_ns = cluster_start_ns(&params->cluster, &params->failure, &w->luck);
    sim_reset(&w->sim, start_ns);
    net_reset(&w->net);
    reset_rec(w, row, start_ns);
    segment_reset(&w->segment, &w->net, &params->arp, (int32_t)params->cluster.active,
                  &w->front_end.neighbour, 1);
    reset_node(w, &w->node[0], params->cluster.active);
    reset_node(w, &w->node[1], params->cluster.standby);
    reset_front_end(w);
    reset_remotes(w);
    cluster_reset(&w->cluster, &w->sim, &w->luck, &params->cluster, &params->failure,
                  params->resource, (uint32_t)params->resources, upcalls, w);
    found_sas(w);
    w->front_end.neighbour.used_ns = last_sending_ns(w);
    found_connections(w);
    app_client_start(&w->front_end.app);
}

static void fill_exposure(const struct world *w, struct row *row)
{
    const struct app_client *app = &w->front_end.app;
    struct app_exposure exposed = app_client_exposure(app);
    row->requests_clear = (int64_t)exposed.requests;
    row->passwords_clear = (int64_t)exposed.passwords;
    if (!w->rec.over && w->params->failure.kind != FAILURE_none) { /* the outage goes on */
        row->requests_clear_outage = row->requests_clear;
        row->passwords_clear_outage = row->passwords_clear;
    }
    for (int32_t c = 0; c < w->params->classes; c++) {
        struct row_class *class = &row->class[c];
        if (!(asked_classes(w) >> c & 1))
            class->outage_ns = 0;
        class->requests_lost = (int64_t)app->class_lost[c];
        class->requests_clear = (int64_t)app->exposed[c].requests;
        class->passwords_clear = (int64_t)app->exposed[c].passwords;
        if (class->outage_ns == NEVER_NS && w->params->failure.kind != FAILURE_none) {
            class->requests_clear_outage = class->requests_clear;
            class->passwords_clear_outage = class->passwords_clear;
        }
    }
}

/* What went to and from other hosts than the cluster. */
static void add_remotes(const struct world *w, struct row *row)
{
    for (int64_t i = 0; i < w->params->peers; i++) {
        const struct remote *r = &w->front_end.remote[i];
        const struct ike_side *a = &r->peer.side, *b = &r->responder.side;
        row->packets_sent += (int64_t)(r->uplink.sent + r->downlink.sent);
        row->packets_lost += (int64_t)(r->uplink.lost + r->downlink.lost);
        row->packets_dropped += (int64_t)r->dropped;
        row->ike_messages += (int64_t)(a->messages + b->messages);
        row->ike_retransmissions += (int64_t)(a->retransmissions + b->retransmissions);
        row->ike_bytes += (int64_t)(a->bytes + b->bytes);
    }
}

static void fill_amounts(const struct world *w, struct row *row)
{
    const struct world_front_end *fe = &w->front_end;
    const struct ike_side *a = &w->node[0].responder.side, *b = &w->node[1].responder.side;
    row->trial = (int64_t)w->luck.trial;
    row->status = w->recovered ? ROW_RECOVERED : ROW_CENSORED;
    if (w->params->failure.kind == FAILURE_none)
        row->status = ROW_STEADY;
    row->deletes_lost = rec_deletes_lost(&w->rec);
    row->packets_sent = (int64_t)(fe->uplink.sent + fe->downlink.sent);
    row->packets_lost = (int64_t)(fe->uplink.lost + fe->downlink.lost);
    row->packets_dropped = (int64_t)w->dropped;
    row->requests_sent = (int64_t)fe->app.sent;
    row->requests_answered = (int64_t)fe->app.answered_count;
    row->requests_lost = (int64_t)fe->app.lost;
    fill_exposure(w, row);
    row->clear_refused = (int64_t)(w->node[0].ipsec.refused + w->node[1].ipsec.refused);
    row->ike_messages = (int64_t)(fe->peer.side.messages + a->messages + b->messages);
    row->ike_retransmissions =
        (int64_t)(fe->peer.side.retransmissions + a->retransmissions + b->retransmissions);
    row->ike_bytes = (int64_t)(fe->peer.side.bytes + a->bytes + b->bytes);
    add_remotes(w, row);
    row->crypto_front_end_ns = fe->cpu.spent_ns;
    int64_t end_ns = w->over ? w->sim.now_ns : w->params->trial.horizon_ns;
    row->cut_ns = rec_cut_ns(&w->rec, end_ns);
    row->time_ns = end_ns - w->rec.start_ns;
    row->crypto_nodes_ns = w->node[0].cpu.spent_ns + w->node[1].cpu.spent_ns;
}

void world_run(struct world *w, const struct params *params, const struct luck *luck,
               struct row *row)
{
    CHECK(luck->trial >> LUCK_TRIAL_BITS == 0);
    reset(w, params, luck, row);
    while (!w->over && sim_step(&w->sim, params->trial.horizon_ns)) {
    }
    fill_amounts(w, row);
    if (row->status == ROW_CENSORED)
        rec_censored(&w->rec);
    /* The KB's sum needs the last resource too, which no protected class may need. */
    app_client_stop(&w->front_end.app);
    bool takes_over = params->failure.kind != FAILURE_none;
    while (takes_over && row->app_ready_ns == NEVER_NS &&
           sim_step(&w->sim, params->trial.horizon_ns)) {
    }
    row->events = (int64_t)(w->sim.fired + w->front_end.cpu.played + w->node[0].cpu.played +
                            w->node[1].cpu.played);
    if (row->ipsec_ns != NEVER_NS && row->app_ready_ns != NEVER_NS)
        row->sum_ns = row->ipsec_ns + row->app_ready_ns;
}

uint32_t world_drain(struct world *w, int64_t until_ns)
{
    app_client_stop(&w->front_end.app);
    while (sim_step(&w->sim, until_ns)) {
    }
    return w->sim.pending;
}

static void add_link(struct world_audit *audit, const struct link *link)
{
    audit->sent += link->sent;
    audit->duplicated += link->duplicated;
    audit->delivered += link->delivered;
    audit->lost += link->lost;
}

struct world_audit world_audit(const struct world *w)
{
    struct world_audit audit = {.in_flight = net_in_flight(&w->net)};
    add_link(&audit, &w->front_end.uplink);
    add_link(&audit, &w->front_end.downlink);
    for (int64_t i = 0; i < w->params->peers; i++) {
        add_link(&audit, &w->front_end.remote[i].uplink);
        add_link(&audit, &w->front_end.remote[i].downlink);
    }
    return audit;
}
