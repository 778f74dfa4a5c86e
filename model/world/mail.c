#include "mail.h"

#include <stdlib.h>

#include "cluster/cluster.h"
#include "cpu/cpu.h"
#include "moment/moment.h"
#include "net/inbox.h"
#include "net/net.h"
#include "net/segment.h"
#include "tls/session.h"

struct mail_node {
    int32_t index;
    bool alive;
    struct cpu cpu;
    struct inbox inbox;
    struct tls_party party;
};

struct mail_world {
    struct sim *sim;
    struct luck luck;
    struct net net;
    struct segment segment;
    struct neighbour neighbour;
    struct link uplink, downlink;
    struct cluster cluster;
    struct mail_node node[2]; /* active, standby */
    struct cpu cpu;           /* of the front end */
    struct inbox inbox;
    struct tls_party sender;
    struct smtp_client client;
    const struct params *params;
    struct row *row;
    int64_t start_ns;
    uint64_t dropped;
    struct timer failure; /* t = 0, before anything else of that instant */
    int64_t spent_ns[2];  /* cryptography before it: front end, nodes */
    bool running, recovered;
};

static const uint32_t FRONT_END_ACTOR = (uint32_t)ACTOR_FRONT_END << 28;

static void hear(void *world, const struct moment *moment);

struct mail_world *mail_world_new(struct sim *sim)
{
    struct mail_world *w = calloc(1, sizeof *w);
    CHECK(w != NULL);
    w->sim = sim;
    net_init(&w->net, sim, &w->luck);
    cpu_init(&w->cpu);
    inbox_init(&w->inbox);
    tls_party_init(&w->sender);
    for (int i = 0; i < 2; i++) {
        cpu_init(&w->node[i].cpu);
        inbox_init(&w->node[i].inbox);
        tls_party_init(&w->node[i].party);
    }
    smtp_client_init(&w->client);
    sim_listen(sim,
               MOMENT_BIT(services_stop) | MOMENT_BIT(node_crash) | MOMENT_BIT(address_off) |
                   MOMENT_BIT(ike_listens) | MOMENT_BIT(resource_online) |
                   MOMENT_BIT(services_online),
               hear, w);
    return w;
}

void mail_world_free(struct mail_world *w)
{
    smtp_client_fini(&w->client);
    for (int i = 0; i < 2; i++) {
        tls_party_fini(&w->node[i].party);
        inbox_fini(&w->node[i].inbox);
        cpu_fini(&w->node[i].cpu);
    }
    tls_party_fini(&w->sender);
    inbox_fini(&w->inbox);
    cpu_fini(&w->cpu);
    net_fini(&w->net);
    free(w);
}

static struct mail_node *node_of(struct mail_world *w, int32_t index)
{
    for (int i = 0; i < 2; i++)
        if (w->node[i].index == index)
            return &w->node[i];
    return NULL;
}

/* ---- datagrams ---- */

static void node_hear(struct mail_world *w, const struct packet *packet)
{
    const struct mail_node *node = node_of(w, packet->node);
    if (node != NULL && node->alive && w->segment.owner == node->index)
        smtp_node_receive(&w->client, node->index, &packet->datagram);
    else
        w->dropped++;
}

static void cluster_receive(void *world, struct packet *packet)
{
    struct mail_world *w = world;
    if (packet->node == SEGMENT_OWNER)
        packet->node = w->segment.owner;
    struct mail_node *node = node_of(w, packet->node);
    if (node == NULL || !node->alive || !cpu_lets_wait(&node->cpu, &node->inbox, packet))
        node_hear(w, packet);
}

static void front_end_receive(void *world, struct packet *packet)
{
    struct mail_world *w = world;
    if (!cpu_lets_wait(&w->cpu, &w->inbox, packet))
        smtp_sender_receive(&w->client, &packet->datagram);
}

/* Packets that have waited: of the sessions, or answers to the computer's own questions. */
static void node_hear_late(void *world, struct packet *packet)
{
    if (!tls_query_hear(packet))
        node_hear(world, packet);
}

static void front_end_hear_late(void *world, struct packet *packet)
{
    if (!tls_query_hear(packet))
        smtp_sender_receive(&((struct mail_world *)world)->client, &packet->datagram);
}

/* A node can send from the address only while it has it. */
static bool send_datagram(void *world, int32_t from_node, const struct datagram *datagram)
{
    struct mail_world *w = world;
    struct packet packet;
    packet_begin(&packet, PACKET_CLEAR, 0, 0);
    packet.datagram = *datagram;
    if (from_node == SMTP_NOBODY)
        return segment_send(&w->neighbour, &packet) != SEGMENT_LOST;
    const struct mail_node *node = node_of(w, from_node);
    if (!node->alive || w->segment.owner != node->index)
        return false;
    packet.datagram.sender = node != &w->node[0];
    return net_send(&w->net, &w->downlink, &packet, front_end_receive, w);
}

static uint32_t service(const struct mail_world *w)
{
    return (uint32_t)w->params->traffic[w->params->smtp[0].traffic].service;
}

static bool port_open(void *world, int32_t node)
{
    const struct mail_world *w = world;
    return cluster_serves(&w->cluster, node, service(w));
}

/* ---- what the cluster does ---- */

static void nothing(void *world, int32_t node)
{
    (void)world;
    (void)node;
}

static void address_off(void *world, int32_t index)
{
    struct mail_world *w = world;
    smtp_node_gone(&w->client, index);
    segment_release(&w->segment);
}

static void crashed(void *world, int32_t index)
{
    struct mail_world *w = world;
    node_of(w, index)->alive = false;
    address_off(w, index);
}

static void address_on(void *world, int32_t index)
{
    segment_claim(&((struct mail_world *)world)->segment, index);
}

static void starting_load(void *world, int32_t index, double share)
{
    cpu_set_extra_load(&node_of(world, index)->cpu, share);
}

/* The row's moments of the cluster; and what the transport service does with them. */
static void hear(void *world, const struct moment *m)
{
    struct mail_world *w = world;
    if (!w->running)
        return;
    switch (m->id) {
    case MOMENT_services_stop:
        w->row->stop_ns = m->time_ns;
        smtp_node_stops(&w->client, (int32_t)actor_number(m->actor));
        break;
    case MOMENT_node_crash:
    case MOMENT_address_off:
        w->row->vip_gone_ns = m->time_ns;
        break;
    case MOMENT_ike_listens:
        w->row->vip_up_ns = m->time_ns;
        break;
    case MOMENT_resource_online:
        if (m->a == (int64_t)service(w))
            tls_party_starts(&w->node[1].party);
        break;
    default:
        w->row->app_ready_ns = m->time_ns;
    }
}

/* ---- one trial ---- */

static int64_t after(int64_t milestone_ns, int64_t ns)
{
    return ns == NEVER_NS || ns < milestone_ns ? milestone_ns : ns;
}

/* The phases of the session that succeeded, on the way to which others may have failed. */
static void put_phases(struct mail_world *w, const struct smtp_session *s)
{
    struct row *row = w->row;
    int64_t detected = w->params->smtp[0].queue ? after(0, w->client.stale_end_ns) : 0;
    int64_t opened = after(detected, s->opened_ns);
    int64_t first = after(detected, smtp_client_need_ns(&w->client));
    first = first > opened ? opened : first;
    int64_t greeted = after(opened, s->greeted_ns), selected = after(greeted, s->selected_ns);
    int64_t secure = after(selected, s->secure_ns), mail = after(secure, s->mail_ns);
    row->outage_ns = after(mail, w->sim->now_ns);
    row->phase_detect_ns = detected;
    row->phase_wait_ns = first - detected;
    row->phase_retry_ns = opened - first;
    row->phase_connect_ns = greeted - opened;
    row->phase_select_ns = selected - greeted;
    row->phase_tls_ns = secure - selected;
    row->phase_auth_ns = mail - secure;
    row->phase_app_ns = row->outage_ns - mail;
    row->secure_ns = s->secure_ns;
}

static void accepted(void *world, const struct smtp_session *s)
{
    struct mail_world *w = world;
    bool fails = w->params->failure.kind != FAILURE_none;
    if (w->recovered || w->sim->now_ns < 0 || s->receiver.party != &w->node[fails].party)
        return;
    w->recovered = true;
    w->row->tls_sender = s->sender.work.outcome.decision;
    w->row->tls_receiver = s->receiver.work.outcome.decision;
    put_phases(w, s);
}

static void reset_party(struct mail_world *w, struct tls_party *party, uint32_t which,
                        uint32_t actor, int64_t computer, int64_t server)
{
    const struct params *p = w->params;
    const struct server_params *s = &p->server[server];
    party->sim = w->sim;
    party->luck = &w->luck;
    party->net = &w->net;
    party->crypto = &p->crypto[p->node[computer].crypto];
    party->smtp = &p->smtp[0];
    party->tcp = &p->app;
    party->actor = actor;
    party->inbound = which != 0;
    tls_party_reset(party, which, s, &p->store[s->store], p->cert, p->files[s->store], p->link);
}

static void reset_parties(struct mail_world *w)
{
    const struct params *p = w->params;
    const int64_t index[2] = {p->cluster.active, p->cluster.standby};
    const int64_t server[2] = {p->smtp[0].receiver, p->smtp[0].standby};
    cpu_reset(&w->cpu, w->sim, &w->luck, actor_id(ACTOR_CPU, 1, 0), &p->node[p->front_end.node]);
    inbox_reset(&w->inbox, w->sim, front_end_hear_late, w);
    w->sender.cpu = &w->cpu;
    w->sender.inbox = &w->inbox;
    reset_party(w, &w->sender, 0, FRONT_END_ACTOR, p->front_end.node, p->smtp[0].sender);
    for (uint32_t i = 0; i < 2; i++) {
        struct mail_node *node = &w->node[i];
        uint32_t number = (uint32_t)index[i];
        node->index = (int32_t)index[i];
        node->alive = true;
        cpu_reset(&node->cpu, w->sim, &w->luck, actor_id(ACTOR_CPU, 0, number), &p->node[index[i]]);
        inbox_reset(&node->inbox, w->sim, node_hear_late, w);
        node->party.cpu = &node->cpu;
        node->party.inbox = &node->inbox;
        reset_party(w, &node->party, 1 + i, actor_id(ACTOR_NODE, 0, number), index[i], server[i]);
    }
}

static void reset_client(struct mail_world *w)
{
    const struct params *p = w->params;
    struct smtp_client *c = &w->client;
    uint32_t class_index = (uint32_t)p->smtp[0].traffic;
    c->sim = w->sim;
    c->luck = &w->luck;
    c->params = &p->smtp[0];
    c->tcp = &p->app;
    c->sender = &w->sender;
    for (int i = 0; i < 2; i++) {
        c->receiver[i] = &w->node[i].party;
        c->node[i] = w->node[i].index;
    }
    c->send = send_datagram;
    c->open = port_open;
    c->accepted = accepted;
    c->host = w;
    smtp_client_reset(c, &p->traffic[class_index], class_index, FRONT_END_ACTOR,
                      p->failure.kind == FAILURE_none);
}

static void clear_row(struct row *row)
{
    *row = (struct row){0};
    for (uint32_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (row_columns[i].kind == ROW_moment || row_columns[i].kind == ROW_outcome ||
            row_columns[i].kind == ROW_phase || !row_column_applies(i, ROW_SYSTEM_TLS))
            ((int64_t *)row)[i] = NEVER_NS;
    for (uint32_t c = 0; c < APP_CLASSES_MAX; c++)
        row->class[c].outage_ns = row->class[c].ipsec_ns = NEVER_NS;
    row->tls_sender = row->tls_receiver = NEVER_NS;
}

static int64_t nodes_spent_ns(const struct mail_world *w)
{
    return w->node[0].cpu.spent_ns + w->node[1].cpu.spent_ns;
}

/* What sessions cost before the failure belongs to no recovery. */
static void note_spent(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct mail_world *w = CONTAINER_OF(timer, struct mail_world, failure);
    w->spent_ns[0] = w->cpu.spent_ns;
    w->spent_ns[1] = nodes_spent_ns(w);
}

static void reset(struct mail_world *w, const struct params *p, const struct luck *luck,
                  struct row *row)
{
    static const struct cluster_upcalls upcalls = {.remove_sas = nothing,
                                                   .address_off = address_off,
                                                   .address_on = address_on,
                                                   .listens = nothing,
                                                   .crashed = crashed,
                                                   .starting_load = starting_load};
    w->params = p;
    w->luck = *luck;
    w->row = row;
    w->dropped = 0;
    w->running = true;
    w->recovered = false;
    clear_row(row);
    w->start_ns = cluster_start_ns(&p->cluster, &p->failure, &w->luck);
    if (p->failure.kind != FAILURE_none)
        w->start_ns -= WORLD_TLS_LEAD_NS;
    sim_reset(w->sim, w->start_ns);
    net_reset(&w->net);
    segment_reset(&w->segment, &w->net, &p->arp, (int32_t)p->cluster.active, &w->neighbour, 1);
    link_reset(&w->uplink, &p->link[p->front_end.uplink], actor_id(ACTOR_LINK, 0, 0));
    link_reset(&w->downlink, &p->link[p->front_end.downlink], actor_id(ACTOR_LINK, 1, 0));
    neighbour_reset(&w->neighbour, &w->segment, &w->uplink, &w->downlink, FRONT_END_ACTOR,
                    cluster_receive, w);
    reset_parties(w);
    reset_client(w);
    cluster_reset(&w->cluster, w->sim, &w->luck, &p->cluster, &p->failure, p->resource,
                  (uint32_t)p->resources, upcalls, w);
    if (p->failure.kind == FAILURE_none)
        row->vip_up_ns = row->app_ready_ns = 0; /* from the start */
    w->spent_ns[0] = w->spent_ns[1] = 0;
    timer_init(&w->failure, note_spent, 0);
    if (w->start_ns < 0)
        timer_arm(w->sim, &w->failure, 0);
    smtp_client_start(&w->client);
}

static uint64_t logged(const struct mail_world *w, enum tls_event event)
{
    return w->sender.logged[event] + w->node[0].party.logged[event] +
           w->node[1].party.logged[event];
}

static void count_packets(const struct link *link, struct row *row)
{
    row->packets_sent += (int64_t)link->sent;
    row->packets_lost += (int64_t)link->lost;
}

static void fill_amounts(const struct mail_world *w, struct row *row)
{
    const struct smtp_client *c = &w->client;
    const struct tls_party *party[] = {&w->sender, &w->node[0].party, &w->node[1].party};
    row->trial = (int64_t)w->luck.trial;
    row->system = ROW_SYSTEM_TLS;
    row->status = w->recovered ? ROW_RECOVERED : ROW_CENSORED;
    count_packets(&w->uplink, row);
    count_packets(&w->downlink, row);
    for (size_t i = 0; i < COUNT_OF(party); i++) {
        count_packets(&party[i]->to_directory, row);
        count_packets(&party[i]->from_directory, row);
        count_packets(&party[i]->to_lists, row);
        count_packets(&party[i]->from_lists, row);
    }
    row->packets_dropped = (int64_t)w->dropped;
    row->requests_sent = (int64_t)c->messages;
    row->requests_answered = (int64_t)c->accepted_count;
    row->requests_lost = (int64_t)c->lost;
    row->crypto_front_end_ns = w->cpu.spent_ns - w->spent_ns[0];
    row->crypto_nodes_ns = nodes_spent_ns(w) - w->spent_ns[1];
    row->sessions = (int64_t)c->sessions;
    row->sessions_failed = (int64_t)c->failed;
    row->sessions_done = (int64_t)c->completed;
    row->sessions_clear = (int64_t)c->clear;
    row->selections_unsaid = (int64_t)c->unsaid;
    row->event_12012 = (int64_t)logged(w, TLS_EVENT_12012);
    row->event_12013 = (int64_t)logged(w, TLS_EVENT_12013);
    row->event_12015 = (int64_t)logged(w, TLS_EVENT_12015);
    row->event_1037 = (int64_t)logged(w, TLS_EVENT_1037);
}

void mail_world_run(struct mail_world *w, const struct params *params, const struct luck *luck,
                    struct row *row)
{
    reset(w, params, luck, row);
    if (params->failure.kind == FAILURE_none) {
        tls_party_starts(&w->sender);
        for (int i = 0; i < 2; i++)
            tls_party_starts(&w->node[i].party);
    }
    while (!w->recovered && sim_step(w->sim, params->trial.horizon_ns)) {
    }
    fill_amounts(w, row);
    row->time_ns = (w->recovered ? w->sim->now_ns : params->trial.horizon_ns) - w->start_ns;
    smtp_client_stop(&w->client);
    while (row->app_ready_ns == NEVER_NS && sim_step(w->sim, params->trial.horizon_ns)) {
    }
    row->events =
        (int64_t)(w->sim->fired + w->cpu.played + w->node[0].cpu.played + w->node[1].cpu.played);
    w->running = false;
}

uint32_t mail_world_drain(struct mail_world *w, int64_t until_ns)
{
    smtp_client_stop(&w->client);
    w->running = true;
    while (sim_step(w->sim, until_ns)) {
    }
    w->running = false;
    return w->sim->pending;
}
