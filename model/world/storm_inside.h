/* What a storm is made of. Separate from storm.h because nobody outside may see it. */
#ifndef MODEL_WORLD_STORM_INSIDE_H
#define MODEL_WORLD_STORM_INSIDE_H

#include "cluster/cluster.h"
#include "cpu/cpu.h"
#include "engine/pool.h"
#include "ike/exchange.h"
#include "moment/moment.h"
#include "net/net.h"

#include "storm.h"

_Static_assert(STORM_CLIENTS_MAX < 1 << 20, "a client's number fits an actor");

/* A client, as initiator: one exchange at a time. A cache line. */
struct storm_client {
    /* Until it notices, its cryptography is done, it repeats, it tries again. */
    _Alignas(64) struct timer timer;
    struct storm *storm;
    int64_t began_ns, keyed_ns; /* the negotiation, and its second exchange */
    uint32_t number;            /* of the negotiation, from 1 */
    uint32_t id;                /* IKEv1: of the quick mode; IKEv2: cookie, then the other's SPI */
    uint8_t state, sent, copy, repeats;
    uint8_t row; /* busy: what its cryptography is for */
    bool busy, quick, option;
};

/* One exchange, as responder. */
struct storm_exchange {
    uint8_t state, heard, sent, copy;
    bool active, busy;
};

/* What the node knows of a client: its newest negotiation. */
struct storm_sa {
    uint32_t number, spi; /* of the negotiation at the client, and of its SA here (0: none) */
    uint32_t id;          /* of the quick mode */
    uint32_t place;       /* of its entry in `half`, or NO_PLACE */
    struct storm_exchange first, quick;
    bool half_open, up;
};

enum { STORM_BYTES_MOST = 128 };
_Static_assert(sizeof(struct storm_client) + sizeof(struct storm_sa) - sizeof(struct timer) <=
                   STORM_BYTES_MOST,
               "a client is small");

/* A message under way, then waiting for the node's processor or worked on. */
struct storm_packet {
    union {
        struct {
            struct timer arrival;
            struct storm *storm;
        } way;
        struct cpu_job job;
    } at;
    struct ike_message message;
    uint32_t client;
    uint8_t row; /* that the processor works for */
};

/* Negotiations that are half open, in the order in which they time out: all after the same span. */
struct storm_half {
    int64_t due_ns;
    uint32_t client, spi;
};
#define NO_PLACE UINT32_MAX

struct storm_queue {
    struct storm_half *entry; /* owned; a ring */
    uint32_t room;            /* a power of two */
    uint32_t first, end;      /* places, which come round */
    uint32_t most;
    struct timer timer; /* the first one's */
};

struct storm {
    struct sim *sim;
    struct luck luck;
    const struct params *params;
    const int64_t *notice_ns;                            /* see storm_set_notices */
    const struct ike_table *initiator[2], *responder[2]; /* first exchange, second */
    struct ike_schedule schedule;
    struct storm_client *client; /* owned, `room` of each */
    struct storm_sa *sa;
    uint32_t *of_ip; /* half open, by address */
    uint32_t room, clients;
    struct pool packets;
    struct link up, down; /* what all clients' links have in common, and their counters */
    struct cluster cluster;
    struct cpu cpu; /* of the node that takes over */
    struct storm_queue half;
    int32_t bound;         /* index of the node that has the address, or -1 */
    bool listens;          /* the node that takes over, on the address */
    bool cookies;          /* are demanded */
    int64_t cookie_ns;     /* when one was demanded last */
    uint32_t spis;         /* given so far */
    uint32_t half_open;    /* negotiations */
    uint32_t packets_most; /* at once */
    uint32_t back, trying; /* clients that have SAs, that have neither SAs nor given up */
    uint64_t dropped, messages, retransmissions, bytes;
    int64_t spent_ns; /* by all clients, at speed 1 */
    struct row *row;
};

static inline uint8_t storm_next_copy(uint8_t copy)
{
    return (uint8_t)(copy < IKE_COPY_MAX ? copy + 1 : copy);
}

static inline uint32_t storm_number(const struct storm_client *client)
{
    return (uint32_t)(client - client->storm->client);
}

static inline uint32_t storm_client_actor(uint32_t number)
{
    return actor_id(ACTOR_FRONT_END, 0, number);
}

static inline uint32_t storm_node_actor(const struct storm *storm, uint32_t number)
{
    return actor_node((uint32_t)storm->params->cluster.standby, number);
}

/* Messages that wait for the node's processors: those beyond its cores, each of which works on one.
 * So too where they share all cores, and none stands still. */
static inline uint32_t storm_waiting(const struct storm *storm)
{
    uint32_t cores = (uint32_t)storm->cpu.params->cores;
    return storm->cpu.crypto_jobs > cores ? storm->cpu.crypto_jobs - cores : 0;
}

/* ---- storm_path.c ---- */

/* Sends a message from a client to the address, or from the node to a client. */
void storm_send_up(struct storm *storm, uint32_t client, const struct ike_message *message);
void storm_send_down(struct storm *storm, uint32_t client, const struct ike_message *message);

static inline void storm_packet_free(struct storm *storm, struct storm_packet *packet)
{
    pool_put(&storm->packets, packet);
}

/* ---- storm_client.c ---- */

/* The instant at which it begins to key anew. */
int64_t storm_notice_ns(const struct storm *storm, uint32_t number);
/* Arms that instant. */
void storm_client_reset(struct storm *storm, uint32_t number);
void storm_client_hear(struct storm_client *client, const struct ike_message *message);

/* ---- storm_node.c ---- */

/* Takes the packet. */
void storm_node_hear(struct storm *storm, struct storm_packet *packet);

/* ---- storm_gate.c ---- */

void storm_gate_reset(struct storm *storm);

/* What becomes of a client's first message, which arrives now. */
enum storm_verdict storm_gate_ask(struct storm *storm, uint32_t client,
                                  const struct ike_message *message);
/* The stamp of a cookie made now. */
uint32_t storm_cookie(const struct storm *storm);

/* A negotiation is half open from the acceptance of its first message; times out so long after its
 * processing; and is so no more. */
void storm_half_open_begin(struct storm *storm, uint32_t client);
void storm_half_open_wait(struct storm *storm, uint32_t client, uint32_t spi);
void storm_half_open_end(struct storm *storm, uint32_t client);

#endif
