#include "engine/sim.h"

#include "queue.h"

void sim_init(struct sim *sim)
{
    *sim = (struct sim){0};
    queue_init(sim);
}

void sim_fini(struct sim *sim)
{
    queue_fini(sim);
    *sim = (struct sim){0};
}

void sim_reset(struct sim *sim, int64_t now_ns)
{
    sim->now_ns = now_ns;
    sim->sequence = 0;
    sim->fired = 0;
    queue_reset(sim);
}

void sim_listen(struct sim *sim, uint64_t mask, listen_fn *hear, void *context)
{
    CHECK(sim->listeners < SIM_LISTENERS_MAX);
    sim->listener[sim->listeners++] = (struct sim_listener){mask, hear, context};
    sim->probe_mask |= mask;
}

void sim_listen_to(struct sim *sim, listen_fn *hear, uint64_t mask)
{
    sim->probe_mask = 0;
    for (uint32_t i = 0; i < sim->listeners; i++) {
        if (sim->listener[i].hear == hear)
            sim->listener[i].mask = mask;
        sim->probe_mask |= sim->listener[i].mask;
    }
}

void sim_probe_slow(struct sim *sim, unsigned id, uint32_t actor, int64_t a, int64_t b)
{
    struct moment moment = {sim->now_ns, id, actor, a, b};
    for (uint32_t i = 0; i < sim->listeners; i++)
        if (sim->listener[i].mask >> id & 1)
            sim->listener[i].hear(sim->listener[i].context, &moment);
}

int64_t timer_due_ns(const struct sim *sim, const struct timer *timer)
{
    CHECK(timer->slot != 0);
    return sim_key_ns(queue_key(sim, timer));
}
