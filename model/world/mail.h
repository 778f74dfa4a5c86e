/* The world of trial.system tls: a transport server on the front end, one on each node, their SMTP
 * sessions, wired for one trial after another. Separate because it shares cluster, links and
 * processors with the world of IPsec, and no line of their wiring. */
#ifndef MODEL_WORLD_MAIL_H
#define MODEL_WORLD_MAIL_H

#include "engine/luck.h"
#include "engine/sim.h"
#include "world/params.h"
#include "world/row.h"

struct mail_world;

/* `sim` is the caller's, which resets it in no trial that runs here. */
struct mail_world *mail_world_new(struct sim *sim);
void mail_world_free(struct mail_world *world);

/* As world_run. */
void mail_world_run(struct mail_world *world, const struct params *params, const struct luck *luck,
                    struct row *row);

/* As world_drain. */
uint32_t mail_world_drain(struct mail_world *world, int64_t until_ns);

#endif
