/* What goes wrong, and when what is broken works again. */
#include "parts.h"

enum { A, B };

static void arm(struct cluster *cluster, struct timer *timer, timer_fn *what, int64_t at_ns)
{
    timer_cancel(cluster->sim, timer);
    timer_init(timer, what, 0);
    timer_arm(cluster->sim, timer, at_ns);
}

/* A node is gone with all it had. Its SAs are part of it (KB 306677). */
static void go_down(struct cluster *cluster, uint32_t node)
{
    cluster->node[node].state = CLUSTER_NODE_DOWN;
    cluster->node[node].incarnation++;
    if (cluster->owner == node && cluster->taken) {
        group_stop(cluster);
        cluster->again_ns = NEVER_NS;
        cluster->unclean = true;
        cluster->taken = false;
    }
    cluster->upcalls.crashed(cluster->world, cluster->node[node].index);
}

static void die(struct cluster *cluster, uint32_t node)
{
    sim_probe(cluster->sim, MOMENT_node_crash, node_actor(cluster, node), 0, 0);
    go_down(cluster, node);
}

static void crash(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    die(cluster, A);
    detect_by_heartbeats(cluster, B);
}

static void boots(struct cluster *cluster, uint32_t node)
{
    cluster->node[node].state = CLUSTER_NODE_UP;
    sim_probe(cluster->sim, MOMENT_node_change, node_actor(cluster, node), NODE_boots, 0);
    cluster->upcalls.booted(cluster->world, cluster->node[node].index);
}

/* ---- double: the node that takes over dies as well, the first one comes back ---- */

static void second_crash(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, second);
    cluster->second_to_come = false;
    timer_cancel(cluster->sim, &cluster->step); /* whatever it was about to do */
    die(cluster, B);
    if (cluster->node[A].state == CLUSTER_NODE_UP && !cluster->taken)
        detect_by_heartbeats(cluster, A);
}

static void first_node_back(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, change);
    boots(cluster, A);
    if (cluster->node[B].state == CLUSTER_NODE_DOWN && !cluster->taken)
        detect_alone(cluster, A);
}

/* ---- hang ---- */

/* The address goes in order, so that the front ends are told (KB 821839, G2). */
static void evicted(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, change);
    struct cluster_node *node = &cluster->node[A];
    sim_probe(sim, MOMENT_node_change, node_actor(cluster, A), NODE_evicted, 0);
    node->blind = false;
    node->incarnation++;
    cluster->upcalls.address_off(cluster->world, node->index);
}

static void runs_again(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, change);
    struct cluster_node *node = &cluster->node[A];
    bool has_group = cluster->owner == A && cluster->taken;
    node->state = CLUSTER_NODE_UP;
    sim_probe(sim, MOMENT_node_change, node_actor(cluster, A), NODE_runs, has_group);
    cluster->upcalls.resumed(cluster->world, node->index);
    if (has_group) {
        timer_cancel(sim, &cluster->step); /* its heartbeats are heard, its services answer */
        timer_cancel(sim, &cluster->health);
        timer_cancel(sim, &cluster->looks);
        cluster->again_ns = sim->now_ns;
        group_resume(cluster);
    } else if (node->blind) {
        arm(cluster, &cluster->change, evicted,
            sim->now_ns + cluster_draw_ns(cluster, &cluster->params->evict, LUCK_evict, 0));
    }
}

static void hang(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    int64_t back_ns = cluster_draw_ns(cluster, &cluster->failure->back, LUCK_back, 0);
    cluster->node[A].state = CLUSTER_NODE_HUNG;
    sim_probe(sim, MOMENT_node_change, node_actor(cluster, A), NODE_hangs, 0);
    cluster->upcalls.hung(cluster->world, cluster->node[A].index);
    if (cluster->failure->heartbeats)
        detect_by_polling(cluster);
    else
        detect_by_heartbeats(cluster, B);
    if (back_ns > 0)
        arm(cluster, &cluster->change, runs_again, back_ns);
}

/* ---- restart: a host without a cluster ---- */

static void host_back(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, change);
    boots(cluster, A);
    group_take(cluster, A, false);
}

static int64_t down_ns(const struct cluster *cluster)
{
    return cluster_draw_ns(cluster, &cluster->failure->down, LUCK_down, 0);
}

static void restart(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    if (cluster->failure->announced) {
        sim_probe(sim, MOMENT_node_change, node_actor(cluster, A), NODE_shuts_down, 0);
        cluster->upcalls.address_off(cluster->world, cluster->node[A].index);
        sim_probe(sim, MOMENT_address_off, node_actor(cluster, A), 0, 0);
        go_down(cluster, A);
    } else {
        die(cluster, A);
    }
    cluster->unclean = !cluster->failure->announced;
    arm(cluster, &cluster->change, host_back, down_ns(cluster));
}

/* ---- link: the path between front ends and cluster ---- */

static void path_back(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, change);
    sim_probe(sim, MOMENT_path, actor_id(ACTOR_WORLD, 0, 0), 1, 0);
    cluster->again_ns = sim->now_ns;
    cluster->upcalls.path(cluster->world, true);
}

static void path_breaks(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_path, actor_id(ACTOR_WORLD, 0, 0), 0, 0);
    cluster->upcalls.path(cluster->world, false);
    arm(cluster, &cluster->change, path_back, down_ns(cluster));
}

void failure_arm(struct cluster *cluster)
{
    const struct failure_params *failure = cluster->failure;
    if (cluster->params->kind == CLUSTER_nlb) {
        balance_arm(cluster);
        return;
    }
    switch ((enum failure_kind)failure->kind) {
    case FAILURE_crash:
        cluster_next_step(cluster, crash, 0);
        break;
    case FAILURE_move:
        move_plan(cluster, 0);
        break;
    case FAILURE_failback:
        move_plan(cluster, 0);
        arm(cluster, &cluster->second, move_back_wanted,
            cluster_draw_ns(cluster, &failure->failback, LUCK_failback, 0));
        break;
    case FAILURE_hang:
        cluster_next_step(cluster, hang, 0);
        break;
    case FAILURE_restart:
        cluster_next_step(cluster, restart, 0);
        break;
    case FAILURE_link:
        cluster_next_step(cluster, path_breaks, 0);
        break;
    case FAILURE_double:
        cluster_next_step(cluster, crash, 0);
        cluster->second_to_come = true;
        arm(cluster, &cluster->second, second_crash,
            cluster_draw_ns(cluster, &failure->second, LUCK_second, 0));
        arm(cluster, &cluster->change, first_node_back, down_ns(cluster));
        break;
    case FAILURE_add_host:
    case FAILURE_none:
        break;
    }
}
