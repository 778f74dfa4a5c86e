/* The group of resources on the node that owns it: who waits for whom, what fails to start. */
#include "parts.h"

static void resource_due(struct sim *sim, struct timer *timer);
static void address_bound(struct sim *sim, struct timer *timer);
static void ike_listens(struct sim *sim, struct timer *timer);
static void start_resources(struct cluster *cluster);

static uint32_t index_of(const struct cluster_resource *resource)
{
    return (uint32_t)(resource - resource->cluster->resource);
}

bool group_all_online(const struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->resources; i++)
        if (!cluster->resource[i].online)
            return false;
    return true;
}

static void add_load(struct cluster *cluster, double share)
{
    if (share == 0.0)
        return;
    cluster->load += share;
    cluster->upcalls.starting_load(cluster->world, owner_of(cluster)->index, cluster->load);
}

/* A store whose node died under it replays its logs first. */
static int64_t online_ns(struct cluster *cluster, uint32_t i)
{
    const struct resource_params *params = &cluster->resource_params[i];
    uint32_t start = cluster->resource[i].starts++;
    int64_t ns =
        cluster_draw_ns(cluster, &params->online, LUCK_resource, i + start * CLUSTER_RESOURCES_MAX);
    return ns + (cluster->unclean ? params->logs * params->log_replay_ns : 0);
}

/* A resource that would take longer than the pending timeout fails then; on a node that hangs
 * nothing comes online. */
static void start_timer(struct cluster *cluster, uint32_t i)
{
    struct cluster_resource *resource = &cluster->resource[i];
    int64_t wait_ns = online_ns(cluster, i), limit_ns = cluster->params->pending_timeout_ns;
    bool hangs = owner_of(cluster)->state == CLUSTER_NODE_HUNG;
    bool limited = cluster->resource_params[i].pending_limit && limit_ns > 0;
    resource->times_out = limited && (hangs || wait_ns > limit_ns);
    timer_init(&resource->timer, resource_due, 0);
    if (resource->times_out)
        wait_ns = limit_ns;
    else if (hangs)
        return;
    timer_arm(cluster->sim, &resource->timer, cluster->sim->now_ns + wait_ns);
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
        bool by_gap = cluster->planned && (int64_t)i == cluster->params->address;
        if (resource->started || resource->given_up || by_gap || (params->needs & ~online) != 0)
            continue;
        resource->started = true;
        add_load(cluster, params->load);
        start_timer(cluster, i);
    }
}

static void set_online(struct cluster *cluster, uint32_t i)
{
    uint32_t who = node_actor(cluster, cluster->owner);
    cluster->resource[i].started = cluster->resource[i].online = true;
    sim_probe(cluster->sim, MOMENT_resource_online, who, i, 0);
    if (group_all_online(cluster)) {
        sim_probe(cluster->sim, MOMENT_services_online, who, 0, 0);
        move_back_if_due(cluster);
    }
}

static void came_online(struct cluster *cluster, uint32_t i)
{
    struct sim *sim = cluster->sim;
    add_load(cluster, -cluster->resource_params[i].load);
    set_online(cluster, i);
    if ((int64_t)i == cluster->params->address) {
        timer_init(&cluster->listen, ike_listens, 0);
        timer_arm(sim, &cluster->listen, sim->now_ns + cluster->params->listen_lag_ns);
        address_bound(sim, &cluster->address);
    }
    start_resources(cluster);
}

static void address_bound(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, address);
    sim_probe(sim, MOMENT_address_on, node_actor(cluster, cluster->owner), 0, 0);
    cluster->again_ns = sim->now_ns; /* what is in clear need not wait for IKE */
    cluster->upcalls.address_on(cluster->world, owner_of(cluster)->index);
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
    sim_probe(sim, MOMENT_ike_listens, node_actor(cluster, cluster->owner), 0, 0);
    cluster->upcalls.listens(cluster->world, owner_of(cluster)->index);
}

void group_stop(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->resources; i++) {
        struct cluster_resource *resource = &cluster->resource[i];
        timer_cancel(cluster->sim, &resource->timer);
        resource->started = resource->online = resource->given_up = false;
    }
    timer_cancel(cluster->sim, &cluster->address);
    timer_cancel(cluster->sim, &cluster->listen);
    add_load(cluster, -cluster->load);
}

/* A planned move: the gap ends when IKE listens, a lag after the address is bound. */
static void bind_after_gap(struct cluster *cluster)
{
    struct sim *sim = cluster->sim;
    int64_t gap_ns =
        cluster_draw_ns(cluster, &cluster->params->vip_gap, LUCK_vip_gap, cluster->moves);
    int64_t bound_ns = gap_ns - cluster->params->listen_lag_ns;
    timer_init(&cluster->address, address_bound_in_move, 0);
    timer_arm(sim, &cluster->address, sim->now_ns + (bound_ns > 0 ? bound_ns : 0));
    timer_init(&cluster->listen, ike_listens, 0);
    timer_arm(sim, &cluster->listen, sim->now_ns + gap_ns);
}

void group_take(struct cluster *cluster, uint32_t to, bool planned)
{
    cluster->owner = to;
    cluster->planned = planned;
    cluster->taken = true;
    timer_cancel(cluster->sim, &cluster->health);
    timer_cancel(cluster->sim, &cluster->looks);
    for (uint32_t i = 0; i < cluster->resources; i++)
        cluster->resource[i].restarts = 0;
    if (planned)
        bind_after_gap(cluster);
    start_resources(cluster);
}

/* The group cannot start here. If the other node cannot have it either, it stays as it is. */
static void fail_over(struct cluster *cluster)
{
    uint32_t to = other_than(cluster->owner);
    bool hangs = owner_of(cluster)->state == CLUSTER_NODE_HUNG;
    if (cluster->node[to].state != CLUSTER_NODE_UP ||
        cluster->failovers >= cluster->params->failover_threshold)
        return;
    cluster->failovers++;
    bool bound = cluster->resource[cluster->params->address].online;
    group_stop(cluster);
    owner_of(cluster)->incarnation++;
    cluster->again_ns = NEVER_NS;
    if (hangs)
        cluster->upcalls.address_taken(cluster->world, owner_of(cluster)->index);
    else if (bound)
        cluster->upcalls.address_off(cluster->world, owner_of(cluster)->index);
    if (bound)
        sim_probe(cluster->sim, MOMENT_address_off, node_actor(cluster, cluster->owner), 0, 0);
    sim_probe(cluster->sim, MOMENT_node_change, node_actor(cluster, to), NODE_takes_group, 0);
    group_take(cluster, to, false);
}

/* Whether it may be started once more on this node. */
static bool may_restart(struct cluster *cluster, struct cluster_resource *resource)
{
    int64_t now_ns = cluster->sim->now_ns;
    if (resource->restarts == 0 ||
        now_ns - resource->period_ns > cluster->params->restart_period_ns) {
        resource->restarts = 0;
        resource->period_ns = now_ns;
    }
    return resource->restarts++ < cluster->params->restart_threshold;
}

static void resource_failed(struct cluster *cluster, uint32_t i)
{
    struct cluster_resource *resource = &cluster->resource[i];
    bool again = may_restart(cluster, resource);
    resource->started = resource->online = false;
    resource->given_up = !again;
    sim_probe(cluster->sim, MOMENT_resource_fails, node_actor(cluster, cluster->owner), i, again);
    if (!again)
        fail_over(cluster);
}

static void resource_due(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct cluster_resource *resource = CONTAINER_OF(timer, struct cluster_resource, timer);
    struct cluster *cluster = resource->cluster;
    uint32_t i = index_of(resource), owner = cluster->owner;
    if (!resource->times_out) {
        came_online(cluster, i);
        return;
    }
    add_load(cluster, -cluster->resource_params[i].load);
    resource_failed(cluster, i);
    if (cluster->owner == owner)
        start_resources(cluster);
}

/* Their processes are ended, so the store is not closed properly. */
void group_watched_fail(struct cluster *cluster, enum resource_watch watch)
{
    uint32_t owner = cluster->owner;
    cluster->unclean = true;
    owner_of(cluster)->incarnation++;
    for (uint32_t i = 0; i < cluster->resources && cluster->owner == owner; i++)
        if (cluster->resource_params[i].watched == (int64_t)watch && cluster->resource[i].online)
            resource_failed(cluster, i);
    if (cluster->owner == owner)
        start_resources(cluster);
}

void group_resume(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->resources; i++) {
        struct cluster_resource *resource = &cluster->resource[i];
        if (!resource->started || resource->online)
            continue;
        timer_cancel(cluster->sim, &resource->timer);
        start_timer(cluster, i);
    }
    if (group_all_online(cluster))
        sim_probe(cluster->sim, MOMENT_services_online, node_actor(cluster, cluster->owner), 0, 0);
}
