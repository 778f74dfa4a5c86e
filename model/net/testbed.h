/* One link for tests of tc-netem's processes: packets go in, arrivals are noted. */
#ifndef MODEL_NET_TESTBED_H
#define MODEL_NET_TESTBED_H

#include "../testkit.h"

#include "engine/check.h"
#include "engine/law.h"
#include "moment/moment.h"
#include "net/net.h"

#define MS NS_PER_MS
#define S  NS_PER_S

enum { PACKETS = 200000, ARRIVALS_MAX = 4096 };
/* Purpose of the tests' own draws: the link has none there. */
enum { OWN = 0xff00 };

struct bed {
    struct sim sim;
    struct luck luck;
    struct net net;
    struct link link;
    struct link_params path;
    struct packet arrived[ARRIVALS_MAX];
    int64_t arrived_ns[ARRIVALS_MAX];
    size_t count;
};
static struct bed bed;

static inline void arrived(void *to, struct packet *packet)
{
    struct bed *b = to;
    if (b->count < ARRIVALS_MAX) {
        b->arrived[b->count] = *packet;
        b->arrived_ns[b->count] = b->sim.now_ns;
    }
    b->count++;
}

static inline int setup(void **state)
{
    (void)state;
    memset(&bed, 0, sizeof bed);
    sim_init(&bed.sim);
    bed.luck = (struct luck){.seed = 71};
    net_init(&bed.net, &bed.sim, &bed.luck);
    bed.path = (struct link_params){.delay_ns = 5 * MS,
                                    .state_p31 = LINK_SHARE_AUTO,
                                    .state_p23 = 1.0,
                                    .gemodel_r = LINK_SHARE_AUTO,
                                    .gemodel_bad_loss = 1.0,
                                    .gap = 1};
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    net_fini(&bed.net);
    sim_fini(&bed.sim);
    return 0;
}

/* Begins trial `trial` with the settings in bed.path. */
static inline void begin(uint64_t trial)
{
    bed.luck.trial = trial;
    sim_reset(&bed.sim, 0);
    net_reset(&bed.net);
    link_reset(&bed.link, &bed.path, actor_id(ACTOR_LINK, 0, 0));
    bed.count = 0;
}

static inline bool put(uint32_t luck)
{
    struct packet packet = {.protocol = PACKET_CLEAR, .datagram = {.luck = luck, .bytes = 986}};
    return net_send(&bed.net, &bed.link, &packet, arrived, &bed);
}

static inline void play(int64_t until_ns)
{
    while (sim_step(&bed.sim, until_ns)) {
    }
    bed.sim.now_ns = until_ns;
}

static inline bool conserved(void)
{
    const struct link *l = &bed.link;
    return l->sent + l->duplicated == l->delivered + l->lost + net_in_flight(&bed.net);
}

static inline double own_uniform(uint32_t index)
{
    return luck_uniform(&bed.luck, OWN, 0, index);
}

static inline uint32_t own_bits(uint32_t index)
{
    return (uint32_t)(luck_bits(&bed.luck, OWN, 0, index) >> 32);
}

/* What happens to packet i by process: lost, duplicated, or sent ahead. */
static inline bool happens(enum netem_process process, uint32_t i)
{
    uint64_t twins = bed.link.duplicated;
    size_t there = bed.count;
    bool sent = put(i);
    play(bed.sim.now_ns); /* a packet sent ahead arrives at once */
    if (process == NETEM_loss)
        return !sent;
    return process == NETEM_duplicate ? bed.link.duplicated > twins : bed.count > there;
}

#endif
