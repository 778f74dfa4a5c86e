/* A client's request, and what else those share who simulate it event by event (app.c) and who tell
 * it in arrears (quiet.c).
 * Separate because nobody outside of this floor may see it. */
#ifndef MODEL_APP_REQUEST_H
#define MODEL_APP_REQUEST_H

#include "app/app.h"
#include "app/quiet.h"

enum app_state { APP_FREE, APP_OPENING, APP_ASKING, APP_REFUSED };

struct app_request {
    struct timer timer;
    struct app_client *client;
    uint32_t class_index, number, handle, next_free;
    uint8_t state; /* enum app_state */
    uint8_t server;
    uint8_t syns, datas;   /* sent in all */
    uint8_t first_copy[2]; /* of the present SYN, DATA */
    uint8_t tries;         /* of the present SYN or DATA */
    uint8_t resets;
    bool login;                          /* the present DATA logs in */
    bool exposed_request, exposed_login; /* content, and the present connection's login */
    int64_t wait_ns;
};

/* A packet's identity: type 3 bits, copy 4, request 23, below the kind's two bits. */
static inline uint32_t app_luck(enum app_message_type type, uint32_t copy, uint32_t number)
{
    return (uint32_t)LUCK_KIND_APP << LUCK_KIND_SHIFT | (uint32_t)type << (4 + APP_REQUEST_BITS) |
           copy << APP_REQUEST_BITS | number;
}

/* Of the IP packet in clear. */
uint32_t app_bytes(enum app_message_type type);

/* Only requests that began at or after t = 0 count. */
static inline bool app_counts(uint32_t number)
{
    return number >= (uint32_t)APP_WINDOWS_BEFORE << ARRIVALS_SLOT_BITS;
}

/* A request that begins. */
static inline struct app_life app_life_of(uint32_t class_index, int64_t at_ns, uint32_t number)
{
    return (struct app_life){.due_ns = at_ns,
                             .number = number,
                             .class_index = (uint8_t)class_index,
                             .stage = APP_STAGE_BEGINS};
}

/* No request of the class begins until it is resumed: then from now on. */
void app_source_pause(struct app_client *client, uint32_t class_index);
void app_source_resume(struct app_client *client, uint32_t class_index);

/* Goes on with a request that has been told up to now; its handle. */
uint32_t app_adopt(struct app_client *client, const struct app_life *life);

#endif
