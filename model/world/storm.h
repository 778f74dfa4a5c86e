/* The world of trial.system storm: very many clients that key anew with one node after a failover.
 * Separate because a client must be small: it has an IKE exchange, a timer, a path and SAs, and
 * none of the traffic that a front end has. The tables, costs, schedules and luck of messages are
 * those of the other world: a test holds them side by side. Limits: strongSwan's receiver
 * (ike.md 1.5). */
#ifndef MODEL_WORLD_STORM_H
#define MODEL_WORLD_STORM_H

#include <stdatomic.h>

#include "engine/luck.h"
#include "engine/sim.h"
#include "world/params.h"
#include "world/row.h"

struct storm;

/* `sim` is the caller's, which resets it in no trial that runs here. */
struct storm *storm_new(struct sim *sim);
void storm_free(struct storm *storm);

/* As world_run; ends early once *stop is not 0 (NULL: nobody asks). */
void storm_run(struct storm *storm, const struct params *params, const struct luck *luck,
               const atomic_int *stop, struct row *row);

/* As world_drain. */
uint32_t storm_drain(struct storm *storm, int64_t until_ns);

/* For tests: instants at which clients begin to key anew, instead of storm.notice; NULL: the law.
 * They must outlive the trials. */
void storm_set_notices(struct storm *storm, const int64_t *notice_ns);

/* Packets by fate, as world_audit: in_flight is counted, not worked out. */
struct storm_audit {
    uint64_t sent, lost, delivered, in_flight;
};
struct storm_audit storm_audit(const struct storm *storm);

/* Negotiations half open now, as counted and as found by going through all SAs; equal unless
 * clients left some of them behind. */
uint32_t storm_half_open(const struct storm *storm, uint32_t *found);

/* Bytes of memory that the clients of the last trial took: each one's own (its timer, its SAs), and
 * at most at any time for messages under way or waiting for the processor, and for what is half
 * open. Those of the event queue and of the processor's come on top. */
struct storm_memory {
    uint64_t clients, messages, half_open;
};
struct storm_memory storm_memory(const struct storm *storm);

#endif
