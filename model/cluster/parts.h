/* What the parts of the cluster know of each other.
 * Separate because what fails, how it is noticed and how the group starts are three subjects, and
 * nobody outside needs their steps. */
#ifndef MODEL_CLUSTER_PARTS_H
#define MODEL_CLUSTER_PARTS_H

#include "cluster/cluster.h"
#include "moment/moment.h"

static inline struct cluster_node *owner_of(struct cluster *cluster)
{
    return &cluster->node[cluster->owner];
}

static inline uint32_t other_than(uint32_t node)
{
    return 1 - node;
}

static inline uint32_t node_actor(const struct cluster *cluster, uint32_t node)
{
    return actor_node((uint32_t)cluster->node[node].index, 0);
}

/* A value of a law, ns, not below 0. */
int64_t cluster_draw_ns(const struct cluster *cluster, const struct law *law, uint16_t purpose,
                        uint32_t index);

/* The share of an interval that has passed at an instant nobody chose. */
double cluster_phase(const struct cluster *cluster, uint16_t purpose, uint32_t index);

/* What the acting node does next. */
void cluster_next_step(struct cluster *cluster, timer_fn *what, int64_t at_ns);

/* ---- group.c ---- */

bool group_all_online(const struct cluster *cluster);

/* Nothing of the group is online or starting any more; its node still owns it. */
void group_stop(struct cluster *cluster);

/* The group belongs to node[to], which starts it. */
void group_take(struct cluster *cluster, uint32_t to, bool planned);

/* What is watched fails on a node that hangs: it is restarted there first. */
void group_watched_fail(struct cluster *cluster, enum resource_watch watch);

/* The owner runs again: what was starting begins anew. */
void group_resume(struct cluster *cluster);

/* ---- move.c ---- */

/* The address leaves its owner at at_ns, in order; services and SAs as long before as the settings
 * say. */
void move_plan(struct cluster *cluster, int64_t at_ns);

/* How long before that the first of this happens. */
int64_t move_lead_ns(const struct cluster *cluster);

/* All resources are online: an administrator who waits for it moves the group back. */
void move_back_if_due(struct cluster *cluster);
void move_back_wanted(struct sim *sim, struct timer *second);

/* ---- detect.c ---- */

/* The heartbeats of node[1 - acting] stop now: node[acting] will notice and take the group. */
void detect_by_heartbeats(struct cluster *cluster, uint32_t acting);

/* The owner hangs, and its heartbeats go on: the checks of its services will notice. */
void detect_by_polling(struct cluster *cluster);

/* node[acting] has booted and finds nobody: it forms the cluster and takes the group. */
void detect_alone(struct cluster *cluster, uint32_t acting);

/* ---- balance.c ---- */

/* The same of NLB. */
void balance_arm(struct cluster *cluster);

/* ---- failure.c ---- */

/* Arms what will go wrong. */
void failure_arm(struct cluster *cluster);

#endif
