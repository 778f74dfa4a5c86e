/* One world: front ends, links, segment, nodes, cluster, wired for one trial after another.
 * The one place that knows every actor. Parameters in, a row out; a warm world allocates nothing.
 */
#ifndef WORLD_WORLD_H
#define WORLD_WORLD_H

#include <stdatomic.h>

#include "engine/luck.h"
#include "engine/sim.h"
#include "world/params.h"
#include "world/row.h"

struct world;

struct world *world_new(void);
void world_free(struct world *world);

/* From then on world_run ends early, with a row of no use, once *stop is not 0: a trial of ten
 * thousand front ends takes a minute. It is looked at every some thousand events. NULL: nobody asks
 * (the default). */
void world_heed(struct world *world, const atomic_int *stop);

/* Its simulator, to listen to (before world_run). */
struct sim *world_sim(struct world *world);

/* From the next trial on requests are simulated event by event even where they can change nothing
 * but counters. Rows are the same but for their number of events: it is for those who doubt it.
 * Whoever listens to moments of requests or packets, or taps luck, sees all of it in any case. */
void world_set_in_full(struct world *world, bool in_full);

/* Simulates one trial from its start until every front end has had its first good answer, or the
 * horizon. `params` must outlive the call; the trial's number is luck->trial. Fills the whole row:
 * moments are those of front end 0, amounts those of all. */
void world_run(struct world *world, const struct params *params, const struct luck *luck,
               struct row *row);

/* After world_run: a row for each front end, by number, valid until the next run. In it everything
 * is this front end's own; work of nodes, events and ranks, which belong to none, are left out (0,
 * never). */
const struct row *world_front_ends(const struct world *world, uint32_t *count);

/* For tests: after world_run, lets no new request begin and plays on until nothing is left to
 * happen. Returns the number of events still pending (0 when all owners finish), at most
 * `until_ns`. */
uint32_t world_drain(struct world *world, int64_t until_ns);

/* Packets by fate, over all links. sent + duplicated = delivered + lost + in_flight always. */
struct world_audit {
    uint64_t sent, duplicated, delivered, lost, in_flight;
};
struct world_audit world_audit(const struct world *world);

#endif
