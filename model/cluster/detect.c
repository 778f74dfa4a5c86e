/* How the cluster notices: heartbeats that fail to come, or checks of what a node serves. */
#include "parts.h"

static uint32_t who(const struct cluster *cluster)
{
    return node_actor(cluster, cluster->acting);
}

/* Takeover after the quorum is held. */
static void quorum_taken(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_quorum_taken, who(cluster), 0, 0);
    group_take(cluster, cluster->acting, false);
}

static void take_quorum(struct cluster *cluster)
{
    cluster_next_step(cluster, quorum_taken,
                      cluster->sim->now_ns + cluster_draw_ns(cluster, &cluster->params->quorum,
                                                             LUCK_quorum, cluster->detections));
    cluster->detections++;
}

static void regrouped(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_regrouped, who(cluster), 0, 0);
    take_quorum(cluster);
}

/* The group is lost to a node that is presumed dead, whether it is or not: should it run again, it
 * will find out. */
static void presume_dead(struct cluster *cluster)
{
    struct cluster_node *lost = &cluster->node[other_than(cluster->acting)];
    sim_probe(cluster->sim, MOMENT_node_dead, who(cluster), 0, 0);
    cluster->taken = false;
    if (lost->state == CLUSTER_NODE_HUNG) {
        lost->blind = true;
        cluster->unclean = true;
        group_stop(cluster); /* the cluster's view of it; nobody can stop its services */
    }
    cluster_next_step(cluster, regrouped,
                      cluster->sim->now_ns + cluster_draw_ns(cluster, &cluster->params->regroup,
                                                             LUCK_regroup, cluster->detections));
}

static void heartbeat_missed(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    cluster->missed++;
    sim_probe(sim, MOMENT_heartbeat_missed, who(cluster), cluster->missed, 0);
    if (cluster->missed < cluster->params->missed)
        cluster_next_step(cluster, heartbeat_missed, sim->now_ns + cluster->params->heartbeat_ns);
    else
        presume_dead(cluster);
}

/* From an instant nobody chose until the next of a row of ticks. */
static int64_t next_tick_ns(const struct cluster *cluster, int64_t interval_ns, uint16_t purpose,
                            uint32_t index)
{
    double passed = cluster_phase(cluster, purpose, index);
    return interval_ns - (int64_t)(passed * (double)interval_ns);
}

/* The last heartbeat came a uniform share of the interval ago. */
void detect_by_heartbeats(struct cluster *cluster, uint32_t acting)
{
    cluster->acting = acting;
    cluster->missed = 0;
    int64_t first_ns =
        next_tick_ns(cluster, cluster->params->heartbeat_ns, LUCK_heartbeat, cluster->detections);
    cluster_next_step(cluster, heartbeat_missed, cluster->sim->now_ns + first_ns);
}

static void formed(struct sim *sim, struct timer *timer)
{
    (void)sim;
    take_quorum(CONTAINER_OF(timer, struct cluster, step));
}

void detect_alone(struct cluster *cluster, uint32_t acting)
{
    cluster->acting = acting;
    sim_probe(cluster->sim, MOMENT_node_change, who(cluster), NODE_finds_nobody, 0);
    cluster_next_step(cluster, formed,
                      cluster->sim->now_ns + cluster_draw_ns(cluster, &cluster->params->form,
                                                             LUCK_form, cluster->detections));
}

/* ---- checks of services ---- */

static void next_health(struct cluster *cluster, timer_fn *what, int64_t at_ns)
{
    timer_init(&cluster->health, what, 0);
    timer_arm(cluster->sim, &cluster->health, at_ns);
}

static void is_alive_asked(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, health);
    sim_probe(sim, MOMENT_node_change, node_actor(cluster, cluster->owner), NODE_is_not_alive, 0);
    group_watched_fail(cluster, RESOURCE_WATCH_exchange);
}

/* IsAlive returns what the last check said (KB 810860), so the cluster learns at its next call. */
static void check_timed_out(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, health);
    int64_t interval_ns = cluster->params->is_alive_ns;
    int64_t first_ns = next_tick_ns(cluster, interval_ns, LUCK_is_alive, 0);
    int64_t ticks = (sim->now_ns - first_ns + interval_ns - 1) / interval_ns;
    sim_probe(sim, MOMENT_node_change, node_actor(cluster, cluster->owner), NODE_check_failed, 0);
    next_health(cluster, is_alive_asked,
                sim->now_ns <= first_ns ? first_ns : first_ns + ticks * interval_ns);
}

static void check_begins(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, health);
    sim_probe(sim, MOMENT_node_change, node_actor(cluster, cluster->owner), NODE_check_hangs, 0);
    next_health(cluster, check_timed_out, sim->now_ns + cluster->params->health_timeout_ns);
}

/* IsAlive is asked at once when LooksAlive says no. */
static void looks_asked(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, looks);
    sim_probe(sim, MOMENT_node_change, node_actor(cluster, cluster->owner), NODE_looks_dead, 0);
    group_watched_fail(cluster, RESOURCE_WATCH_looksalive);
}

static bool watched(const struct cluster *cluster, enum resource_watch watch)
{
    for (uint32_t i = 0; i < cluster->resources; i++)
        if (cluster->resource_params[i].watched == (int64_t)watch)
            return true;
    return false;
}

/* Hangs begin at t = 0, from which the phases of all rows of ticks count. */
void detect_by_polling(struct cluster *cluster)
{
    if (watched(cluster, RESOURCE_WATCH_looksalive)) {
        timer_init(&cluster->looks, looks_asked, 0);
        timer_arm(cluster->sim, &cluster->looks,
                  cluster->sim->now_ns +
                      next_tick_ns(cluster, cluster->params->looks_alive_ns, LUCK_looks_alive, 0));
    }
    if (!watched(cluster, RESOURCE_WATCH_exchange))
        return;
    next_health(cluster, check_begins,
                cluster->sim->now_ns +
                    next_tick_ns(cluster, cluster->params->health_check_ns, LUCK_health, 0));
}
