#include "parts.h"

static int64_t draw_ns(const struct luck *luck, const struct law *law, uint16_t purpose,
                       uint32_t index)
{
    double value_ns =
        law_quantile(law, luck_uniform(luck, purpose, actor_id(ACTOR_WORLD, 0, 0), index));
    return value_ns > 0.0 ? (int64_t)value_ns : 0;
}

int64_t cluster_draw_ns(const struct cluster *cluster, const struct law *law, uint16_t purpose,
                        uint32_t index)
{
    return draw_ns(cluster->luck, law, purpose, index);
}

double cluster_phase(const struct cluster *cluster, uint16_t purpose, uint32_t index)
{
    return luck_uniform(cluster->luck, purpose, actor_id(ACTOR_WORLD, 0, 0), index);
}

int64_t cluster_start_ns(const struct cluster_params *params, const struct failure_params *failure,
                         const struct luck *luck)
{
    if (params->kind == CLUSTER_nlb)
        return 0;
    if (failure->kind != FAILURE_move && failure->kind != FAILURE_failback)
        return 0;
    int64_t stop_ns = draw_ns(luck, &params->stop, LUCK_stop, 0);
    return -(stop_ns > params->delete_window_ns ? stop_ns : params->delete_window_ns);
}

static const struct cluster_node *find_node(const struct cluster *cluster, int32_t index)
{
    for (uint32_t i = 0; i < CLUSTER_NODES; i++)
        if (cluster->node[i].index == index)
            return &cluster->node[i];
    return NULL;
}

bool cluster_serves(const struct cluster *cluster, int32_t node, uint32_t resource)
{
    if (cluster->params->kind == CLUSTER_nlb)
        return cluster->host[node].up;
    const struct cluster_node *n = find_node(cluster, node);
    if (n == NULL || n->state != CLUSTER_NODE_UP)
        return false;
    return n->blind || (n == &cluster->node[cluster->owner] && cluster->resource[resource].online);
}

uint8_t cluster_server(const struct cluster *cluster, int32_t node)
{
    const struct cluster_node *n = find_node(cluster, node);
    bool nlb = cluster->params->kind == CLUSTER_nlb;
    CHECK((nlb || n != NULL) && node < CLUSTER_INCARNATIONS);
    uint8_t incarnation = nlb ? cluster->host[node].incarnation : n->incarnation;
    return (uint8_t)(node | incarnation % CLUSTER_INCARNATIONS << 4);
}

bool cluster_recovered(const struct cluster *cluster, uint8_t server)
{
    return cluster->again_ns != NEVER_NS && cluster->sim->now_ns >= cluster->again_ns &&
           !cluster->second_to_come &&
           server == cluster_server(cluster, cluster->node[cluster->owner].index);
}

bool balance_recovered(const struct cluster *cluster, int32_t host, uint8_t server)
{
    return cluster->failure->kind != FAILURE_none && cluster->sim->now_ns >= 0 &&
           cluster->host[host].up && server == cluster_server(cluster, host);
}

void cluster_next_step(struct cluster *cluster, timer_fn *what, int64_t at_ns)
{
    timer_cancel(cluster->sim, &cluster->step);
    timer_init(&cluster->step, what, 0);
    timer_arm(cluster->sim, &cluster->step, at_ns);
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
                                .taken = true,
                                .again_ns = NEVER_NS};
    cluster->node[0].index = (int32_t)params->active;
    cluster->node[1].index = (int32_t)params->standby;
    for (uint32_t i = 0; i < resources; i++) {
        cluster->resource[i].cluster = cluster;
        cluster->resource[i].started = cluster->resource[i].online = true;
    }
    failure_arm(cluster);
}
