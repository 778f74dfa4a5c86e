/* Network Load Balancing as a cluster: what happens to hosts, and when the others have agreed. */
#include "parts.h"

static int32_t active_of(const struct cluster *cluster)
{
    return (int32_t)cluster->params->active;
}

static uint32_t host_actor(int32_t host)
{
    return actor_node((uint32_t)host, 0);
}

/* One of the members that stay, to speak for all of them. */
static uint32_t others_actor(const struct cluster *cluster)
{
    const struct nlb *nlb = &cluster->nlb;
    for (uint32_t i = 0; i < nlb->hosts; i++)
        if (nlb->host[i] != active_of(cluster))
            return host_actor(nlb->host[i]);
    return host_actor(active_of(cluster));
}

/* The new mapping holds from now on. */
static void converged(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    nlb_remove(&cluster->nlb, active_of(cluster));
    sim_probe(sim, MOMENT_node_change, others_actor(cluster), NODE_converged, 0);
    cluster->upcalls.mapped(cluster->world);
}

static void converge(struct cluster *cluster)
{
    int64_t ns = cluster_draw_ns(cluster, &cluster->params->convergence, LUCK_regroup, 0);
    cluster_next_step(cluster, converged, cluster->sim->now_ns + ns);
}

static void heartbeat_missed(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    cluster->missed++;
    sim_probe(sim, MOMENT_heartbeat_missed, others_actor(cluster), cluster->missed, 0);
    if (cluster->missed < cluster->params->alive_tolerance) {
        cluster_next_step(cluster, heartbeat_missed,
                          sim->now_ns + cluster->params->alive_period_ns);
        return;
    }
    sim_probe(sim, MOMENT_node_change, others_actor(cluster), NODE_misses_host, 0);
    converge(cluster);
}

static void host_stops(struct cluster *cluster)
{
    struct balance_host *host = &cluster->host[active_of(cluster)];
    host->up = false;
    host->incarnation++;
}

/* Connections and SAs are the host's own: they are gone with it. */
static void host_dies(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_node_crash, host_actor(active_of(cluster)), 0, 0);
    host_stops(cluster);
    cluster->upcalls.crashed(cluster->world, active_of(cluster));
    cluster->upcalls.mapped(cluster->world);
    int64_t period_ns = cluster->params->alive_period_ns;
    double passed = cluster_phase(cluster, LUCK_heartbeat, 0);
    cluster_next_step(cluster, heartbeat_missed,
                      sim->now_ns + period_ns - (int64_t)(passed * (double)period_ns));
}

/* It removes its address as a node of a server cluster does, and the others are told. */
static void host_leaves(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    cluster->upcalls.address_off(cluster->world, active_of(cluster));
    sim_probe(sim, MOMENT_address_off, host_actor(active_of(cluster)), 0, 0);
    host_stops(cluster);
    cluster->upcalls.mapped(cluster->world);
    converge(cluster);
}

/* t = 0 is when the hosts, the new one among them, have agreed. */
static void host_has_joined(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    int32_t host = (int32_t)cluster->params->standby;
    sim_probe(sim, MOMENT_node_change, host_actor(host), NODE_joins, 0);
    cluster->host[host].up = true;
    nlb_add(&cluster->nlb, host);
    cluster->upcalls.joined(cluster->world, host);
    cluster->upcalls.mapped(cluster->world);
}

void balance_arm(struct cluster *cluster)
{
    nlb_reset(&cluster->nlb, cluster->luck, cluster->params);
    for (uint32_t i = 0; i < cluster->nlb.hosts; i++)
        cluster->host[cluster->nlb.host[i]].up = true;
    switch ((enum failure_kind)cluster->failure->kind) {
    case FAILURE_crash:
        cluster_next_step(cluster, host_dies, 0);
        break;
    case FAILURE_move:
        cluster_next_step(cluster, host_leaves, 0);
        break;
    case FAILURE_add_host:
        cluster_next_step(cluster, host_has_joined, 0);
        break;
    case FAILURE_none:
        break;
    default:
        CHECK(!"a failure of this kind of cluster");
    }
}
