/* When requests of a front end need no events: how the world treats its packets, and until when.
 *
 * The answer is looked for after every moment that may change it, and else from time to time, so
 * that nothing changes unnoticed: a neighbour entry expires by its age or because nothing was sent,
 * an SA by the bytes it has carried. Where one of these could come before the next look, requests
 * are simulated. */
#include "inside.h"

#define LOOK_AGAIN_NS (30 * NS_PER_S)

/* Who wants these wants to see every packet. */
static const uint64_t packet_mask =
    MOMENT_BIT(request_sent) | MOMENT_BIT(request_repeated) | MOMENT_BIT(request_refused) |
    MOMENT_BIT(request_answered) | MOMENT_BIT(request_failed) | MOMENT_BIT(packet_lost) |
    MOMENT_BIT(packet_vanished) | MOMENT_BIT(esp_dropped) | MOMENT_BIT(port_closed);

static const uint64_t front_end_mask = MOMENT_BIT(arp_heard) | MOMENT_BIT(arp_expired) |
                                       MOMENT_BIT(arp_resolved) | MOMENT_BIT(qm_sa_up) |
                                       MOMENT_BIT(qm_sa_gone) | MOMENT_BIT(soft_sa_up) |
                                       MOMENT_BIT(soft_sa_gone) | MOMENT_BIT(relation);

const uint64_t world_quiet_mask =
    front_end_mask | MOMENT_BIT(services_stop) | MOMENT_BIT(node_crash) | MOMENT_BIT(address_off) |
    MOMENT_BIT(node_dead) | MOMENT_BIT(node_change) | MOMENT_BIT(path) | MOMENT_BIT(regrouped) |
    MOMENT_BIT(quorum_taken) | MOMENT_BIT(resource_online) | MOMENT_BIT(resource_fails) |
    MOMENT_BIT(services_online) | MOMENT_BIT(address_on) | MOMENT_BIT(ike_listens);

void world_quiet_changed(struct world_front_end *fe)
{
    struct sim *sim = &fe->world->sim;
    if (!fe->world->in_full)
        timer_arm(sim, &fe->quiet.look, sim->now_ns);
}

void world_quiet_hear(void *world, const struct moment *moment)
{
    struct world *w = world;
    if (w->in_full)
        return;
    if (front_end_mask >> moment->id & 1) {
        world_quiet_changed(&w->front_end[actor_front_end(moment->actor)]);
        return;
    }
    for (uint32_t i = 0; i < w->front_ends; i++)
        world_quiet_changed(&w->front_end[i]);
}

/* ---- roads ---- */

/* When a computer stalls, or runs again, next: an instant before it stalls, so that what is under
 * way then is put into the network. */
static int64_t next_stall_ns(struct cpu *cpu, int64_t now_ns)
{
    struct stall *stall = &cpu->stall;
    if (!stall->on)
        return INT64_MAX;
    int64_t end_ns = stall_end_ns(stall, now_ns);
    if (end_ns > now_ns)
        return end_ns;
    return stall->next_ns - 1 > now_ns ? stall->next_ns - 1 : stall_end_ns(stall, stall->next_ns);
}

/* Packets of a computer are told in arrears while it runs. */
static bool runs(struct cpu *cpu, int64_t now_ns)
{
    return !cpu->stall.on ||
           (stall_end_ns(&cpu->stall, now_ns) == now_ns && cpu->stall.next_ns - 1 > now_ns);
}

/* Neither expires before the next look. */
static bool entry_lasts(const struct world_front_end *fe)
{
    const struct arp_params *arp = &fe->world->params->arp;
    const struct neighbour *n = fe->neighbour;
    int64_t next_ns = fe->world->sim.now_ns + LOOK_AGAIN_NS;
    return !arp->model || (!n->resolving && next_ns < n->resolved_ns + arp->used_ns &&
                           next_ns < n->used_ns + arp->unused_ns);
}

static bool bytes_last(const struct world_front_end *fe, uint32_t c, bool syns)
{
    const struct child_sa *sa = &fe->ipsec.sa[c];
    int64_t untold_ns = fe->world->sim.now_ns - fe->quiet.app.until_ns[c];
    return sa->bytes_left == NEVER_NS ||
           sa->bytes_left >
               app_quiet_most_bytes(&fe->quiet.app, c, syns, untold_ns + LOOK_AGAIN_NS);
}

/* By the last answer that is known of. */
static bool is_in_use(const struct world_front_end *fe, const struct child_sa *sa)
{
    return sa->idle_limit_ns == 0 || fe->ipsec.stack->idle_reset == SA_IDLE_RESET_none ||
           sa->touched_ns + sa->idle_limit_ns > fe->world->sim.now_ns + LOOK_AGAIN_NS;
}

/* Whether an answer to this class may end an outage: the trial's, the front end's, or the class's.
 */
static bool answers_matter(const struct world_front_end *fe, uint32_t c)
{
    const struct world *w = fe->world;
    uint32_t protect = w->protect & w->cluster_classes;
    bool counts = protect == 0 || (protect >> c & 1) != 0;
    if (fe->over || w->cluster.again_ns == NEVER_NS)
        return false;
    return !(fe->recovered_classes >> c & 1) || (counts && !fe->recovered);
}

/* The node takes the packet: it is answered by whether the service is open. */
static void find_service(const struct world_front_end *fe, uint32_t c,
                         const struct world_node *node, struct app_road *road)
{
    const struct world *w = fe->world;
    uint32_t service = (uint32_t)w->params->traffic[c].service;
    road->server = cluster_server(&w->cluster, node->index);
    road->sender = node->index != fe->first_host;
    if (!cluster_serves(&w->cluster, node->index, service))
        road->way = APP_WAY_REFUSED;
    else
        road->way = APP_WAY_SERVED;
    road->matters = road->way == APP_WAY_SERVED && answers_matter(fe, c);
}

/* As those of nodes are: traffic does not matter to it. */
static bool is_without_end(const struct child_sa *sa)
{
    return sa->idle_limit_ns == 0 && sa->bytes_left == NEVER_NS;
}

/* IKE works on an SA for packets that wait already, and the newest one is kept. */
static bool is_held(const struct world_front_end *fe, uint32_t c)
{
    const struct ipsec *ipsec = &fe->ipsec;
    bool holds = ipsec->holding >> c & 1;
    return !ipsec->sa[c].up && !ipsec->sa[c].soft && holds && ike_peer_is_busy(&fe->peer, c);
}

/* Under a quick-mode SA that the node knows, or not. */
static void find_protected(struct world_front_end *fe, uint32_t c, const struct world_node *node,
                           struct app_road *road)
{
    struct child_sa *sa = &fe->ipsec.sa[c];
    const struct child_sa *other = node != NULL ? &node->side[fe->number].ipsec.sa[c] : NULL;
    bool known = other != NULL && other->up && other->spi == sa->spi;
    if (!sa->up || fe->ipsec.stack->idle_reset == SA_IDLE_RESET_any || !bytes_last(fe, c, !known))
        return;
    road->spi = sa->spi;
    road->bytes = sa->bytes_left == NEVER_NS ? NULL : &sa->bytes_left;
    if (!known) {
        road->way = APP_WAY_VANISHES;
    } else if (is_without_end(other) && is_in_use(fe, sa)) {
        road->touched_ns =
            fe->ipsec.stack->idle_reset == SA_IDLE_RESET_received ? &sa->touched_ns : NULL;
        find_service(fe, c, node, road);
    }
}

static struct app_road find_road(struct world_front_end *fe, uint32_t c)
{
    struct world *w = fe->world;
    bool in_clear = !(fe->ipsec.protect >> c & 1);
    struct app_road road = {.way = APP_WAY_UNKNOWN, .in_clear = in_clear};
    bool ours = w->cluster_classes >> c & 1 && !fe->uplink.cut && !fe->downlink.cut;
    if (!ours || !runs(&fe->cpu, w->sim.now_ns) || !app_quiet_can(&fe->quiet.app, c))
        return road;
    if (!in_clear && is_held(fe, c))
        road.way = APP_WAY_HELD;
    if (road.way == APP_WAY_HELD || !entry_lasts(fe))
        return road;
    bool modelled = w->params->arp.model != 0;
    road.station = modelled ? fe->neighbour->node : SEGMENT_OWNER;
    struct world_node *node = world_node_of(w, modelled ? road.station : w->segment.owner);
    if (node != NULL && (node->hangs || !runs(&node->cpu, w->sim.now_ns)))
        return road;
    bool takes = node != NULL && node->alive && node->bound;
    if (!in_clear)
        find_protected(fe, c, takes ? node : NULL, &road);
    else if (takes)
        find_service(fe, c, node, &road);
    else
        road.way = APP_WAY_VANISHES;
    return road;
}

/* ---- looking ---- */

static void note_sent(struct world_front_end *fe, int64_t at_ns)
{
    if (at_ns > fe->neighbour->used_ns)
        fe->neighbour->used_ns = at_ns;
}

static void tell(struct world_front_end *fe, uint32_t c, int64_t now_ns)
{
    app_quiet_tell(&fe->quiet.app, c, now_ns);
    note_sent(fe, fe->quiet.app.last_sent_ns);
}

static void tell_all(struct world_front_end *fe, int64_t now_ns)
{
    for (uint32_t c = 0; c < fe->app.classes; c++)
        tell(fe, c, now_ns);
}

void world_quiet_tell(struct world_front_end *fe)
{
    if (!fe->world->in_full)
        tell_all(fe, fe->world->sim.now_ns);
}

void world_quiet_tell_class(struct world_front_end *fe, uint32_t c)
{
    if (!fe->world->in_full)
        tell(fe, c, fe->world->sim.now_ns);
}

void world_quiet_hold(struct world_front_end *fe, uint32_t c)
{
    struct app_quiet *quiet = &fe->quiet.app;
    struct ipsec *ipsec = &fe->ipsec;
    if (fe->world->in_full || quiet->road[c].way != APP_WAY_HELD)
        return;
    tell(fe, c, fe->world->sim.now_ns);
    /* Others may have been simulated meanwhile. */
    if (ipsec->holding >> c & 1 && quiet->held[c].sent_ns > ipsec->held_ns[c])
        app_quiet_take_held(quiet, c, &ipsec->held[c]);
}

/* A class is told when its road ends: the more at once the better. While it goes on that a request
 * began is all one has to know, for then the neighbour entry was used. */
static void look_at(struct world_front_end *fe, uint32_t c)
{
    struct app_quiet *quiet = &fe->quiet.app;
    int64_t now_ns = fe->world->sim.now_ns;
    struct app_road road = find_road(fe, c);
    bool waits = road.matters && !app_quiet_awaits(quiet, c);
    if (app_quiet_is_on(quiet, c, &road) && !waits)
        return;
    tell(fe, c, now_ns);
    world_quiet_hold(fe, c);
    road = find_road(fe, c); /* knows better now */
    app_quiet_set(quiet, c, &road);
    if (road.matters && !app_quiet_awaits(quiet, c))
        app_quiet_await(quiet, c, now_ns + LOOK_AGAIN_NS);
}

/* What a look reads of a front end lies in a score of places, which are asked for all at once.
 * Looks are mostly armed for all front ends in a row, and so they come in a row: those of the next
 * ones are asked for ahead. */
enum { AHEAD = 6, LINE = 64 };

static void ask_for(const void *object, size_t size)
{
    for (size_t at = 0; at < size; at += LINE)
        __builtin_prefetch((const char *)object + at);
}

static void ask_for_front_end(const struct world *w, uint32_t number)
{
    const struct world_front_end *fe = &w->front_end[number];
    const size_t sas = (size_t)w->params->classes * sizeof fe->ipsec.sa[0];
    ask_for(fe, LINE);
    ask_for(&fe->quiet, offsetof(struct world_quiet, app.held));
    ask_for(&w->neighbour[number], sizeof *w->neighbour);
    ask_for(fe->ipsec.sa, sas);
    ask_for(&fe->ipsec.protect, LINE);
    ask_for(&fe->ipsec.holding, LINE);
    ask_for(&fe->cpu.stall.on, LINE);
    ask_for(&fe->uplink.cut, LINE);
    ask_for(&fe->downlink.cut, LINE);
    ask_for(&fe->app.classes, LINE);
    for (uint32_t i = 0; i < w->nodes; i++)
        if (w->node[i].alive && w->node[i].bound)
            ask_for(w->node[i].side[number].ipsec.sa, sas);
}

static int64_t next_look_ns(struct world_front_end *fe)
{
    struct world *w = fe->world;
    int64_t now_ns = w->sim.now_ns, at_ns = now_ns + LOOK_AGAIN_NS;
    if (fe->quiet.app.can == 0)
        return at_ns; /* nothing is told in arrears */
    int64_t own_ns = next_stall_ns(&fe->cpu, now_ns);
    at_ns = own_ns < at_ns ? own_ns : at_ns;
    for (uint32_t i = 0; i < w->nodes; i++) {
        int64_t ns = next_stall_ns(&w->node[i].cpu, now_ns);
        at_ns = ns < at_ns ? ns : at_ns;
    }
    return at_ns;
}

static void look(struct sim *sim, struct timer *timer)
{
    struct world_front_end *fe = CONTAINER_OF(timer, struct world_front_end, quiet.look);
    const struct world *w = fe->world;
    ask_for_front_end(w, fe->number);
    if (fe->number + AHEAD < w->front_ends)
        ask_for_front_end(w, fe->number + AHEAD);
    if (!entry_lasts(fe))
        note_sent(fe, app_quiet_last_begun_ns(&fe->quiet.app, sim->now_ns));
    if (!entry_lasts(fe) || fe->over != fe->quiet.app.stopped)
        tell_all(fe, sim->now_ns);
    if (fe->over)
        app_quiet_stop(&fe->quiet.app);
    for (uint32_t c = 0; c < fe->app.classes; c++)
        look_at(fe, c);
    timer_arm(sim, timer, next_look_ns(fe));
}

/* A packet whose road has ended while it was under way. */
static void fly(void *front_end, const struct app_road *road, const struct datagram *datagram,
                bool up, int64_t at_ns)
{
    struct world_front_end *fe = front_end;
    struct net *net = &fe->world->net;
    struct packet packet;
    packet_begin(&packet, road->in_clear ? PACKET_CLEAR : PACKET_ESP, road->spi, 0);
    packet.datagram = *datagram;
    packet.node = up ? road->station : 0;
    if (up)
        net_put(net, &fe->uplink, &packet, world_cluster_receive, fe, at_ns);
    else
        net_put(net, &fe->downlink, &packet, world_front_end_receive, fe, at_ns);
}

/* ---- a trial ---- */

static void begin(struct world_front_end *fe)
{
    enum { AFTER_ALL = 255 };
    struct app_quiet *quiet = &fe->quiet.app;
    quiet->client = &fe->app;
    quiet->uplink = &fe->uplink;
    quiet->downlink = &fe->downlink;
    quiet->dropped = &fe->dropped;
    quiet->fly = fly;
    quiet->host = fe;
    app_quiet_reset(quiet);
    timer_init(&fe->quiet.look, look, AFTER_ALL);
    world_quiet_changed(fe);
}

void world_quiet_begin(struct world *w)
{
    bool watched = (w->sim.probe_mask & packet_mask) != 0 || w->luck.tap != NULL;
    bool nlb =
        w->params->cluster.kind == CLUSTER_nlb; /* every packet may change who takes the next */
    w->in_full = w->always_in_full || watched || nlb;
    for (uint32_t i = 0; i < w->front_ends && !w->in_full; i++)
        begin(&w->front_end[i]);
}

void world_quiet_end(struct world *w, int64_t now_ns)
{
    for (uint32_t i = 0; i < w->front_ends && !w->in_full; i++) {
        struct world_front_end *fe = &w->front_end[i];
        timer_cancel(&w->sim, &fe->quiet.look);
        tell_all(fe, now_ns);
        app_quiet_end(&fe->quiet.app);
    }
    w->in_full = true; /* what still happens is of no request */
}
