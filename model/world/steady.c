/* The steady state in which a trial finds a front end. */
#include "inside.h"

static const struct stack_params *stack_of(const struct world_front_end *fe)
{
    const struct params *p = fe->world->params;
    return &p->stack[p->front_end.stack];
}

/* What is left of a lifetime, in ns or bytes: all of it, or a uniform share (the SA's age is
 * stationary). */
static int64_t left_of(const struct world_front_end *fe, int64_t lifetime, uint16_t purpose,
                       uint32_t class_index)
{
    if (fe->world->params->trial.sa_age == SA_AGE_fresh || lifetime == 0)
        return lifetime;
    double share = luck_uniform(&fe->world->luck, purpose, fe->actor, class_index);
    int64_t left = (int64_t)(share * (double)lifetime);
    return left > 0 ? left : 1;
}

/* The front end and one peer: the cluster, or another host. */
struct relation {
    struct ike_peer *peer;
    const struct link *uplink, *downlink;
    uint32_t classes;                /* bits */
    uint16_t mm_index;               /* of its main-mode SA's age, for luck */
    struct ike_responder *responder; /* the peer's side */
    bool counts;                     /* the recorder's */
};

/* When the idle clock of a class's SA was last put back before the start, by what the stack lets
 * reset it. */
static int64_t touched_before_start_ns(struct world_front_end *fe, const struct relation *relation,
                                       uint32_t c, int64_t idle_ns)
{
    int64_t reset = stack_of(fe)->idle_reset;
    if (reset == SA_IDLE_RESET_none) {
        double age = luck_uniform(&fe->world->luck, LUCK_idle_age, fe->actor, c);
        return fe->world->sim.now_ns - (int64_t)(age * (double)idle_ns);
    }
    int64_t answer_ns =
        app_client_last_answer_ns(&fe->app, c, relation->uplink, relation->downlink, idle_ns);
    if (reset == SA_IDLE_RESET_received)
        return answer_ns;
    int64_t request_ns = app_client_last_request_ns(&fe->app, c, idle_ns);
    return request_ns > answer_ns ? request_ns : answer_ns;
}

/* The classes of a relation that have a quick-mode SA: those that were answered within the idle
 * time; and when their idle clocks were last put back. */
static uint32_t classes_in_use(struct world_front_end *fe, const struct relation *relation,
                               uint32_t protect, int64_t idle_ns,
                               int64_t touched_ns[IPSEC_CLASSES_MAX])
{
    uint32_t in_use = 0;
    for (uint32_t c = 0; c < fe->app.classes; c++) {
        if (!(protect >> c & 1))
            continue;
        touched_ns[c] = touched_before_start_ns(fe, relation, c, idle_ns);
        bool idle = touched_ns[c] == NEVER_NS || touched_ns[c] + idle_ns <= fe->world->sim.now_ns;
        in_use |= (uint32_t)!idle << c;
    }
    return in_use;
}

static void find_child(struct world_front_end *fe, const struct relation *relation, uint32_t c,
                       int64_t idle_ns, int64_t touched_ns)
{
    const struct stack_params *stack = stack_of(fe);
    struct sim *sim = &fe->world->sim;
    struct sa_life life = {.idle_ns = idle_ns,
                           .lifetime_ns = left_of(fe, stack->qm_lifetime_ns, LUCK_qm_age, c),
                           .bytes = left_of(fe, stack->qm_lifetime_kb * 1000, LUCK_byte_age, c),
                           .touched_ns = touched_ns};
    sim_probe(sim, MOMENT_sa_start, relation->peer->side.actor, c, sim->now_ns - touched_ns);
    ike_peer_found(relation->peer, c, &life);
}

/* The steady state of one relation: a main-mode SA, and quick-mode SAs for the classes in use.
 * There is neither where nothing is protected, or where tickets go round in a circle: nothing ever
 * came up. */
static void find_relation(struct world_front_end *fe, const struct relation *relation)
{
    struct world *w = fe->world;
    const struct stack_params *stack = stack_of(fe);
    struct ike_peer *peer = relation->peer;
    int64_t touched_ns[IPSEC_CLASSES_MAX];
    uint32_t protect = w->protect & relation->classes;
    bool comes_up = protect != 0 && !params_kerberos_is_circular(w->params);
    ike_peer_set_fast_failover(peer, relation->responder->side.nlbs_present);
    int64_t idle_ns = ike_peer_idle_ns(peer);
    uint32_t in_use = comes_up ? classes_in_use(fe, relation, protect, idle_ns, touched_ns) : 0;
    bool main_mode = comes_up && (in_use != 0 || !stack->mm_dies_with_last_qm);
    int64_t left_ns = left_of(fe, stack->mm_lifetime_ns, LUCK_mm_age, relation->mm_index);
    ike_peer_reset(peer, fe->app.classes, main_mode ? left_ns : IKE_NO_MAIN_MODE);
    for (uint32_t c = 0; c < fe->app.classes; c++) {
        if (in_use >> c & 1)
            find_child(fe, relation, c, idle_ns, touched_ns[c]);
        else if (protect >> c & 1 && relation->counts)
            rec_no_sa(&w->rec[fe->number], c);
    }
    if (main_mode)
        ike_responder_found(relation->responder, in_use);
}

static void find_sas(struct world_front_end *fe)
{
    struct world *w = fe->world;
    const struct params *p = w->params;
    find_relation(
        fe, &(struct relation){.peer = &fe->peer,
                               .uplink = &fe->uplink,
                               .downlink = &fe->downlink,
                               .classes = w->cluster_classes,
                               .responder = &world_node_of(w, fe->host)->side[fe->number].responder,
                               .counts = true});
    for (int64_t i = 0; i < p->peers; i++) {
        struct remote *remote = &fe->remote[i];
        find_relation(fe, &(struct relation){.peer = &remote->peer,
                                             .uplink = &remote->uplink,
                                             .downlink = &remote->downlink,
                                             .classes = params_classes_of(p, i),
                                             .mm_index = (uint16_t)(1 + i),
                                             .responder = &remote->responder});
    }
}

/* Kept connections stand since before the trial. */
static void find_connections(struct world_front_end *fe)
{
    const struct params *p = fe->world->params;
    for (uint32_t c = 0; c < (uint32_t)p->classes; c++) {
        int64_t peer = p->traffic[c].peer;
        int64_t server = peer >= 0 ? p->peer[peer].node : fe->host;
        app_client_connect(&fe->app, c, (uint8_t)server);
    }
}

/* The front end's last packet to the address before the start: its neighbour entry was used then.
 */
static int64_t last_sending_ns(struct world_front_end *fe)
{
    const struct params *p = fe->world->params;
    int64_t limit_ns = p->arp.unused_ns, last_ns = fe->world->sim.now_ns - limit_ns;
    for (uint32_t c = 0; c < (uint32_t)p->classes; c++) {
        if (!(fe->world->cluster_classes >> c & 1))
            continue;
        int64_t ns = app_client_last_request_ns(&fe->app, c, limit_ns);
        last_ns = ns > last_ns ? ns : last_ns;
    }
    return last_ns;
}

void world_front_end_settle(struct world_front_end *fe)
{
    find_sas(fe);
    fe->neighbour->used_ns = last_sending_ns(fe);
    find_connections(fe);
    app_client_start(&fe->app);
}
