#include "cluster/cluster.h"

#include "moment/moment.h"

static int64_t draw_ns(const struct luck *luck, const struct law *law, uint16_t purpose,
                       uint32_t index)
{
    double value_ns =
        law_quantile(law, luck_uniform(luck, purpose, actor_id(ACTOR_WORLD, 0, 0), index));
    return value_ns > 0.0 ? (int64_t)value_ns : 0;
}

static uint32_t node_actor(int64_t node)
{
    return actor_id(ACTOR_NODE, 0, (uint32_t)node);
}

int64_t cluster_start_ns(const struct cluster_params *params, const struct failure_params *failure,
                         const struct luck *luck)
{
    if (failure->kind != FAILURE_move)
        return 0;
    int64_t stop_ns = draw_ns(luck, &params->stop, LUCK_stop, 0);
    return -(stop_ns > params->delete_window_ns ? stop_ns : params->delete_window_ns);
}

bool cluster_serves(const struct cluster *cluster, int32_t node, uint32_t resource)
{
    if (node == cluster->params->active)
        return cluster->services_on_active;
    return node == cluster->params->standby && cluster->resource[resource].online;
}

static bool all_online(const struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->resources; i++)
        if (!cluster->resource[i].online)
            return false;
    return true;
}

static void resource_online(struct sim *sim, struct timer *timer);
static void address_bound(struct sim *sim, struct timer *timer);
static void ike_listens(struct sim *sim, struct timer *timer);

static void add_load(struct cluster *cluster, double share)
{
    if (share == 0.0)
        return;
    cluster->load += share;
    cluster->upcalls.starting_load(cluster->world, (int32_t)cluster->params->standby,
                                   cluster->load);
}

/* Starts every resource whose needs are online. A planned move binds the address by its own clock.
 */
static void start_resources(struct cluster *cluster)
{
    uint64_t online = 0;
    for (uint32_t i = 0; i < cluster->resources; i++)
        online |= (uint64_t)cluster->resource[i].online << i;
    for (uint32_t i = 0; i < cluster->resources; i++) {
        struct cluster_resource *resource = &cluster->resource[i];
        const struct resource_params *params = &cluster->resource_params[i];
        bool by_gap =
            cluster->failure->kind == FAILURE_move && (int64_t)i == cluster->params->address;
        if (resource->started || by_gap || (params->needs & ~online) != 0)
            continue;
        resource->started = true;
        add_load(cluster, params->load);
        timer_arm(cluster->sim, &resource->timer,
                  cluster->sim->now_ns + draw_ns(cluster->luck, &params->online, LUCK_resource, i));
    }
}

static void set_online(struct cluster *cluster, uint32_t i)
{
    uint32_t who = node_actor(cluster->params->standby);
    cluster->resource[i].started = cluster->resource[i].online = true;
    sim_probe(cluster->sim, MOMENT_resource_online, who, i, 0);
    if (all_online(cluster))
        sim_probe(cluster->sim, MOMENT_services_online, who, 0, 0);
}

static void resource_online(struct sim *sim, struct timer *timer)
{
    struct cluster_resource *resource = CONTAINER_OF(timer, struct cluster_resource, timer);
    struct cluster *cluster = resource->cluster;
    uint32_t i = (uint32_t)(resource - cluster->resource);
    add_load(cluster, -cluster->resource_params[i].load);
    set_online(cluster, i);
    if ((int64_t)i == cluster->params->address) {
        timer_arm(sim, &cluster->listen, sim->now_ns + cluster->params->listen_lag_ns);
        address_bound(sim, &cluster->address);
    }
    start_resources(cluster);
}

static void address_bound(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, address);
    sim_probe(sim, MOMENT_address_on, node_actor(cluster->params->standby), 0, 0);
    cluster->upcalls.address_on(cluster->world, (int32_t)cluster->params->standby);
}

static void address_bound_in_move(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, address);
    set_online(cluster, (uint32_t)cluster->params->address);
    address_bound(sim, timer);
    start_resources(cluster);
}

static void ike_listens(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, listen);
    sim_probe(sim, MOMENT_ike_listens, node_actor(cluster->params->standby), 0, 0);
    cluster->upcalls.listens(cluster->world, (int32_t)cluster->params->standby);
}

static void next_step(struct cluster *cluster, timer_fn *what, int64_t at_ns)
{
    timer_init(&cluster->step, what, 0);
    timer_arm(cluster->sim, &cluster->step, at_ns);
}

/* Takeover after the quorum is held. */
static void quorum_taken(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_quorum_taken, node_actor(cluster->params->standby), 0, 0);
    start_resources(cluster);
}

static void regrouped(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_regrouped, node_actor(cluster->params->standby), 0, 0);
    next_step(cluster, quorum_taken,
              sim->now_ns + draw_ns(cluster->luck, &cluster->params->quorum, LUCK_quorum, 0));
}

static void heartbeat_missed(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    uint32_t who = node_actor(cluster->params->standby);
    cluster->missed++;
    sim_probe(sim, MOMENT_heartbeat_missed, who, cluster->missed, 0);
    if (cluster->missed < cluster->params->missed) {
        next_step(cluster, heartbeat_missed, sim->now_ns + cluster->params->heartbeat_ns);
        return;
    }
    sim_probe(sim, MOMENT_node_dead, who, 0, 0);
    next_step(cluster, regrouped,
              sim->now_ns + draw_ns(cluster->luck, &cluster->params->regroup, LUCK_regroup, 0));
}

/* The last heartbeat came a uniform share of the interval before t = 0. */
static void crash(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    const struct cluster_params *params = cluster->params;
    sim_probe(sim, MOMENT_node_crash, node_actor(params->active), 0, 0);
    cluster->services_on_active = false;
    cluster->upcalls.crashed(cluster->world, (int32_t)params->active);
    double phase = luck_uniform(cluster->luck, LUCK_heartbeat, actor_id(ACTOR_WORLD, 0, 0), 0);
    int64_t first_ns = params->heartbeat_ns - (int64_t)(phase * (double)params->heartbeat_ns);
    next_step(cluster, heartbeat_missed, sim->now_ns + first_ns);
}

/* A planned move: the address leaves A now, B answers IKE on it after the gap. */
static void hand_over(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    const struct cluster_params *params = cluster->params;
    cluster->upcalls.address_off(cluster->world, (int32_t)params->active);
    sim_probe(sim, MOMENT_address_off, node_actor(params->active), 0, 0);
    int64_t bound_ns = cluster->gap_ns - params->listen_lag_ns;
    timer_init(&cluster->address, address_bound_in_move, 0);
    timer_arm(sim, &cluster->address, sim->now_ns + (bound_ns > 0 ? bound_ns : 0));
    timer_arm(sim, &cluster->listen, sim->now_ns + cluster->gap_ns);
    start_resources(cluster);
}

static void stop_services(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_services_stop, node_actor(cluster->params->active), 0, 0);
    cluster->services_on_active = false; /* ports close; the address stays for now */
    next_step(cluster, hand_over, 0);
}

static void remove_sas(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, remove);
    cluster->upcalls.remove_sas(cluster->world, (int32_t)cluster->params->active);
}

void cluster_reset(struct cluster *cluster, struct sim *sim, const struct luck *luck,
                   const struct cluster_params *params, const struct failure_params *failure,
                   const struct resource_params *resource_params, uint32_t resources,
                   struct cluster_upcalls upcalls, void *world)
{
    *cluster = (struct cluster){.sim = sim,
                                .luck = luck,
                                .params = params,
                                .failure = failure,
                                .resource_params = resource_params,
                                .resources = resources,
                                .upcalls = upcalls,
                                .world = world,
                                .services_on_active = true};
    for (uint32_t i = 0; i < resources; i++) {
        cluster->resource[i].cluster = cluster;
        timer_init(&cluster->resource[i].timer, resource_online, 0);
    }
    timer_init(&cluster->address, address_bound, 0);
    timer_init(&cluster->listen, ike_listens, 0);
    if (failure->kind == FAILURE_move) {
        cluster->gap_ns = draw_ns(luck, &params->vip_gap, LUCK_vip_gap, 0);
        next_step(cluster, stop_services, -draw_ns(luck, &params->stop, LUCK_stop, 0));
        timer_init(&cluster->remove, remove_sas, 0);
        if (params->delete_window_ns > 0)
            timer_arm(sim, &cluster->remove, -params->delete_window_ns);
    } else if (failure->kind == FAILURE_crash) {
        next_step(cluster, crash, 0);
    }
}
