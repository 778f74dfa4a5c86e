/* The event queue beyond a few timers (those are in engine/sim.h): a tree of winners (Knuth, TAOCP
 * vol. 3, 5.4.1), and in front of very many timers a timing wheel that feeds it.
 * Separate because the rest of the engine need not know in which of the three ways it is kept; the
 * order of events is that of their keys in all of them. */
#ifndef MODEL_ENGINE_QUEUE_H
#define MODEL_ENGINE_QUEUE_H

#include "engine/sim.h"

/* Up to how many timers the sorted array and the tree keep, unless sim.few_most (at least 1) and
 * sim.tree_most are set otherwise before a reset. Found by measuring. */
enum { QUEUE_FEW = 8, QUEUE_TREE = 4096 };

#define QUEUE_NOBODY (~(sim_key)0) /* the key of a place that is free: after all events */

void queue_init(struct sim *sim);
void queue_fini(struct sim *sim);

/* Empties it; memory is kept. */
void queue_reset(struct sim *sim);

/* The key that an armed timer has. */
sim_key queue_key(const struct sim *sim, const struct timer *timer);

#endif
