/* Lives of many requests of a class at once, as sets: how long they take, and what they count.
 * Separate from whom they are told of, and when: here it does not matter when they began. */
#ifndef MODEL_APP_QUIET_SET_H
#define MODEL_APP_QUIET_SET_H

#include "quiet.h"

/* Members of one window. */
struct batch {
    uint32_t number; /* of member 0 */
    uint64_t which;  /* bits: those told of */
    bool counts;     /* they began at or after t = 0 */
    /* What they have sent before, and how often they were refused: nothing if they begin. */
    uint8_t syns, datas, resets;
};

/* Numbers of packets and requests of one class: added up, and handed on once a span. */
struct amounts {
    uint64_t sent[APP_DATA_RESET], lost[APP_DATA_RESET]; /* by type */
    uint64_t begun, answered, failed;                    /* of requests that count */
};

static inline uint32_t quiet_ones(uint64_t bits)
{
    return bits != 0 ? (uint32_t)__builtin_popcountll(bits) : 0;
}

/* How long it takes at most to vanish, be refused or served when no packet is lost (or all are),
 * having been refused so often; and when SYN and DATA are repeated once. */
int64_t quiet_longest_ns(const struct app_quiet *quiet, enum app_way way, uint8_t resets);
int64_t quiet_repeated_ns(const struct app_quiet *quiet, enum app_way way);

/* Adds up so many packets of a type, some of them lost. */
static inline void quiet_pass(struct amounts *sum, enum app_message_type type, uint32_t packets,
                              uint32_t lost)
{
    sum->sent[type] += packets;
    sum->lost[type] += lost;
}

/* Packets of this type and copy, one of each member. */
struct link_group quiet_group(const struct app_quiet *quiet, uint32_t class_index,
                              const struct batch *batch, enum app_message_type type, uint32_t copy);

/* Tells those of `which` whose lives are of the usual kind, and returns them. may_repeat: also
 * those that take as long as quiet_repeated_ns. */
uint64_t quiet_be_told(const struct app_quiet *quiet, uint32_t class_index,
                       const struct batch *batch, uint64_t which, bool may_repeat,
                       struct amounts *sum);

/* What was added up goes to the counters. */
void quiet_hand_on(struct app_quiet *quiet, uint32_t class_index, const struct amounts *sum);

#endif
