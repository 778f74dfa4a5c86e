/* A planned move: services stop, the address leaves in order, the other node takes the group. */
#include "parts.h"

static void hand_over(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    uint32_t from = cluster->owner;
    cluster->upcalls.address_off(cluster->world, cluster->node[from].index);
    sim_probe(sim, MOMENT_address_off, node_actor(cluster, from), 0, 0);
    cluster->again_ns = NEVER_NS;
    cluster->unclean = false;
    group_take(cluster, other_than(from), true);
    cluster->moves++;
}

/* Ports close; the address stays for now. */
static void stop_services(struct sim *sim, struct timer *timer)
{
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, step);
    sim_probe(sim, MOMENT_services_stop, node_actor(cluster, cluster->owner), 0, 0);
    group_stop(cluster);
    owner_of(cluster)->incarnation++;
    cluster_next_step(cluster, hand_over, cluster->hand_ns);
}

static void remove_sas(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct cluster *cluster = CONTAINER_OF(timer, struct cluster, remove);
    cluster->upcalls.remove_sas(cluster->world, owner_of(cluster)->index);
}

static int64_t stop_ns(const struct cluster *cluster)
{
    return cluster_draw_ns(cluster, &cluster->params->stop, LUCK_stop, cluster->moves);
}

int64_t move_lead_ns(const struct cluster *cluster)
{
    int64_t ns = stop_ns(cluster), window_ns = cluster->params->delete_window_ns;
    return ns > window_ns ? ns : window_ns;
}

void move_plan(struct cluster *cluster, int64_t at_ns)
{
    int64_t window_ns = cluster->params->delete_window_ns;
    cluster->hand_ns = at_ns;
    cluster_next_step(cluster, stop_services, at_ns - stop_ns(cluster));
    timer_init(&cluster->remove, remove_sas, 0);
    if (window_ns > 0)
        timer_arm(cluster->sim, &cluster->remove, at_ns - window_ns);
}

void move_back_if_due(struct cluster *cluster)
{
    if (!cluster->failback_due)
        return;
    cluster->failback_due = false;
    move_plan(cluster, cluster->sim->now_ns + move_lead_ns(cluster));
}

void move_back_wanted(struct sim *sim, struct timer *second)
{
    (void)sim;
    struct cluster *cluster = CONTAINER_OF(second, struct cluster, second);
    cluster->failback_due = true;
    if (group_all_online(cluster))
        move_back_if_due(cluster);
}
