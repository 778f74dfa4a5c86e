/* The memory of a world, and what its cluster does to nodes and front ends. */
#include "world/world.h"

#include <stdlib.h>

#include "engine/memory.h"

#include "inside.h"

/* ---- memory ---- */

struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    CHECK(w != NULL);
    w->in_full = true; /* until a trial begins */
    sim_init(&w->sim);
    net_init(&w->net, &w->sim, &w->luck);
    for (int i = 0; i < CLUSTER_HOSTS_MAX; i++) {
        cpu_init(&w->node[i].cpu);
        inbox_init(&w->node[i].inbox);
    }
    for (int i = 0; i < WORLD_PEERS_MAX; i++) {
        cpu_init(&w->peer_cpu[i]);
        inbox_init(&w->peer_inbox[i]);
    }
    sim_listen(&w->sim, rec_mask, recs_hear, &w->recs);
    sim_listen(&w->sim, world_quiet_mask, world_quiet_hear, w);
    w->mail = mail_world_new(&w->sim);
    w->storm = storm_new(&w->sim);
    return w;
}

void world_free(struct world *w)
{
    for (uint32_t i = 0; i < w->room; i++) {
        app_client_fini(&w->front_end[i].app);
        app_quiet_fini(&w->front_end[i].quiet.app);
        inbox_fini(&w->front_end[i].inbox);
        cpu_fini(&w->front_end[i].cpu);
        free(w->front_end[i].remote);
    }
    for (int i = 0; i < CLUSTER_HOSTS_MAX; i++) {
        cpu_fini(&w->node[i].cpu);
        inbox_fini(&w->node[i].inbox);
        free(w->node[i].side);
    }
    for (int i = 0; i < WORLD_PEERS_MAX; i++) {
        cpu_fini(&w->peer_cpu[i]);
        inbox_fini(&w->peer_inbox[i]);
    }
    mail_world_free(w->mail);
    storm_free(w->storm);
    free(w->front_end);
    free(w->neighbour);
    free(w->rec);
    free(w->row);
    free(w->sorted);
    net_fini(&w->net);
    sim_fini(&w->sim);
    free(w);
}

static void *grown(void *array, uint32_t from, uint32_t to, size_t size)
{
    return memory_grow(array, from * size, to * size);
}

static void reserve_sides(struct world_node *node, uint32_t front_ends)
{
    if (front_ends <= node->room)
        return;
    node->side = grown(node->side, node->room, front_ends, sizeof *node->side);
    node->room = front_ends;
}

void world_reserve(struct world *w, uint32_t front_ends)
{
    uint32_t from = w->room;
    for (uint32_t i = 0; i < w->nodes; i++)
        reserve_sides(&w->node[i], front_ends);
    if (front_ends <= from)
        return;
    w->front_end = grown(w->front_end, from, front_ends, sizeof *w->front_end);
    w->neighbour = grown(w->neighbour, from, front_ends, sizeof *w->neighbour);
    w->rec = grown(w->rec, from, front_ends, sizeof *w->rec);
    w->row = grown(w->row, from, front_ends, sizeof *w->row);
    w->sorted = grown(w->sorted, from, front_ends, sizeof *w->sorted);
    w->recs.rec = w->rec;
    for (uint32_t i = from; i < front_ends; i++) {
        cpu_init(&w->front_end[i].cpu);
        inbox_init(&w->front_end[i].inbox);
        app_client_init(&w->front_end[i].app);
    }
    w->room = front_ends;
}

void world_heed(struct world *w, const atomic_int *stop)
{
    w->stop = stop;
}

struct sim *world_sim(struct world *w)
{
    return &w->sim;
}

void world_set_in_full(struct world *w, bool in_full)
{
    w->always_in_full = in_full;
}

void world_tell_packet(struct world *w, uint32_t actor, bool lost, const struct packet *packet)
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

/* ---- what the cluster does ---- */

static void remove_sas(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = world_node_of(w, index);
    for (uint32_t i = 0; i < w->front_ends; i++)
        ike_responder_remove_all(&node->side[i].responder, w->params->cluster.fence != 0);
}

/* A node is lost to those whose host it is. */
static void front_ends_lost(struct world *w, int32_t index)
{
    bool nlb = w->params->cluster.kind == CLUSTER_nlb;
    for (uint32_t i = 0; i < w->front_ends; i++)
        if (!nlb || w->front_end[i].host == index)
            ike_peer_lost(&w->front_end[i].peer);
}

static void lose_sas(struct world_node *node, enum sa_end end)
{
    for (uint32_t i = 0; i < node->world->front_ends; i++)
        ike_responder_lose(&node->side[i].responder, end);
}

/* The address is off a node. */
static void unbind(struct world_node *node)
{
    struct world *w = node->world;
    node->bound = node->listens = false;
    if (w->segment.owner == node->index && w->params->cluster.kind == CLUSTER_mscs)
        segment_release(&w->segment);
}

/* With the address go the SAs that are left: all of them if nothing removed them before, or those
 * negotiated since by a front end that was not kept out. What is still to be repeated can no longer
 * be sent. */
static void address_off(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = world_node_of(w, index);
    for (uint32_t i = 0; i < w->front_ends; i++)
        ike_responder_remove_all(&node->side[i].responder, true);
    lose_sas(node, SA_END_removed);
    unbind(node);
    front_ends_lost(w, index);
}

static void crashed(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = world_node_of(w, index);
    node->alive = false;
    lose_sas(node, SA_END_crashed);
    unbind(node);
    front_ends_lost(w, index);
}

static void booted(void *world, int32_t index)
{
    world_node_of(world, index)->alive = true;
}

/* Where heartbeats go on, the kernel runs, which answers ARP too. */
static void hung(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = world_node_of(w, index);
    node->alive = false;
    node->hangs = true;
    segment_mute(&w->segment, !w->params->failure.heartbeats);
}

static void resumed(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = world_node_of(w, index);
    node->alive = true;
    node->hangs = false;
    segment_mute(&w->segment, false);
    inbox_open(&node->inbox);
}

static void address_taken(void *world, int32_t index)
{
    struct world *w = world;
    struct world_node *node = world_node_of(w, index);
    lose_sas(node, SA_END_removed);
    unbind(node);
    front_ends_lost(w, index);
}

static void path(void *world, bool up)
{
    struct world *w = world;
    for (uint32_t i = 0; i < w->front_ends; i++)
        w->front_end[i].uplink.cut = w->front_end[i].downlink.cut = !up;
}

static void address_on(void *world, int32_t index)
{
    struct world *w = world;
    if (w->segment.owner != SEGMENT_NOBODY)
        front_ends_lost(w, index); /* taken from a node that does not know */
    world_node_of(w, index)->bound = true;
    segment_claim(&w->segment, index);
}

static void listens(void *world, int32_t index)
{
    struct world_node *node = world_node_of(world, index);
    node->listens = true;
    for (uint32_t i = 0; i < node->world->front_ends; i++)
        node->side[i].responder.fenced = false;
}

static void joined(void *world, int32_t index)
{
    struct world_node *node = world_node_of(world, index);
    node->bound = node->listens = true;
}

static void mapped(void *world)
{
    struct world *w = world;
    for (uint32_t i = 0; i < w->front_ends; i++) {
        struct world_front_end *fe = &w->front_end[i];
        world_front_end_map(fe, nlb_route(&w->cluster.nlb, &fe->client, i, NLB_FLOW_IKE));
    }
}

static void starting_load(void *world, int32_t index, double share)
{
    cpu_set_extra_load(&world_node_of(world, index)->cpu, share);
}

const struct cluster_upcalls world_upcalls = {.remove_sas = remove_sas,
                                              .address_off = address_off,
                                              .address_on = address_on,
                                              .listens = listens,
                                              .crashed = crashed,
                                              .booted = booted,
                                              .hung = hung,
                                              .resumed = resumed,
                                              .address_taken = address_taken,
                                              .path = path,
                                              .joined = joined,
                                              .mapped = mapped,
                                              .starting_load = starting_load};
