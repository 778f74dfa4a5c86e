/* Requests that can change nothing but counters, told in arrears.
 * Separate from the client because it is another way to find out the same: while the cluster treats
 * the packets of a class in one way, the life of a request follows from its luck alone, so that no
 * event has to be simulated for it. Its owner says when the way changes; requests are then told up
 * to that instant, and go on in the new way. What comes out is what the client would have counted
 * (app.c), packet by packet: a test holds the one against the other. */
#ifndef APP_QUIET_H
#define APP_QUIET_H

#include "app/app.h"

/* What becomes of a packet of a class that reaches the cluster, as long as nothing changes. */
enum app_way {
    APP_WAY_UNKNOWN, /* its requests have to be simulated */
    APP_WAY_HELD,    /* it does not leave the front end: the newest one is kept until IKE is done */
    APP_WAY_VANISHES, /* nobody can use it */
    APP_WAY_REFUSED,  /* the port is closed */
    APP_WAY_SERVED
};

/* All that the client needs to know of it. */
struct app_road {
    enum app_way way;
    uint8_t server;  /* REFUSED, SERVED: as app_serve has it */
    uint32_t sender; /* of answers (datagram.sender) */
    bool in_clear;   /* DATA exposes what it carries */
    bool matters;    /* SERVED: the client's owner has to hear of the next answer when it comes */
    /* Each NULL, or what the bytes of all packets are taken off at the front end (they must not run
     * out), and when the last answer came. */
    int64_t *bytes, *touched_ns;
    int32_t station; /* the owner's, of packets that are under way when the road ends */
    uint32_t spi;
};

/* Where a request is. X(name, state of the client's request) */
#define APP_STAGES(X)                                                                              \
    X(BEGINS, OPENING)                                                                             \
    X(SYN_FLIES, OPENING)                                                                          \
    X(SYN_ACK_FLIES, OPENING)                                                                      \
    X(SYN_RESET_FLIES, OPENING)                                                                    \
    X(DATA_FLIES, ASKING)                                                                          \
    X(REPLY_FLIES, ASKING)                                                                         \
    X(DATA_RESET_FLIES, ASKING)                                                                    \
    X(OPENING_WAITS, OPENING)                                                                      \
    X(ASKING_WAITS, ASKING)                                                                        \
    X(REFUSED_WAITS, REFUSED)                                                                      \
    X(OVER, FREE)

enum app_stage {
#define X(name, state) APP_STAGE_##name,
    APP_STAGES(X)
#undef X
};

/* A request in the middle of its life. */
struct app_life {
    int64_t due_ns;           /* when its stage ends */
    int64_t sent_ns, wait_ns; /* of the present SYN or DATA */
    uint32_t number;
    uint8_t class_index, stage, server;
    uint8_t syns, datas, first_copy[2], tries, resets;
    bool exposed_request, exposed_login;
};

/* The newest packet of a class that is HELD. */
struct app_held {
    bool is_there;
    int64_t sent_ns;
    struct app_life life; /* right after it was sent */
};

/* The next answer to a class on whose road it matters. */
struct app_answer {
    struct timer timer;
    int64_t until_ns; /* looked for so far */
    struct app_quiet *quiet;
};

struct app_quiet {
    struct app_client *client;
    struct link *uplink, *downlink;
    uint64_t *dropped; /* counts packets that nobody could use */
    struct app_road road[APP_CLASSES_MAX];
    int64_t until_ns[APP_CLASSES_MAX]; /* told so far */
    int64_t trip_ns;                   /* no packet and its answer take longer */
    int64_t last_sent_ns;              /* the last packet of all that left the front end */
    struct app_held held[APP_CLASSES_MAX];
    struct app_answer answer[APP_CLASSES_MAX];
    uint32_t can;          /* bits: app_quiet_can */
    bool stopped;          /* no request begins any more */
    struct app_life *life; /* owned: those in the middle */
    uint32_t lives, room;
    /* Puts a packet that was under way when its road ended into the network: up to the cluster or
     * down from it, to arrive at at_ns. */
    void (*fly)(void *host, const struct app_road *road, const struct datagram *datagram, bool up,
                int64_t at_ns);
    void *host;
};

/* A struct of zeroes is ready for app_quiet_reset; fini frees what grew. client, links, dropped,
 * fly and host are filled in by the caller. */
void app_quiet_reset(struct app_quiet *quiet);
void app_quiet_fini(struct app_quiet *quiet);

/* The last instant up to now, not told yet, at which a request began and so a packet was sent;
 * NEVER_NS when there is none. */
int64_t app_quiet_last_begun_ns(const struct app_quiet *quiet, int64_t now_ns);

/* Whether requests of this class can be told at all, whatever the cluster does: Poisson, over TCP,
 * each its own connection, on links where each packet's luck is its own and an answer comes before
 * the request is repeated. */
static inline bool app_quiet_can(const struct app_quiet *quiet, uint32_t class_index)
{
    return quiet->can >> class_index & 1;
}

/* Whether the class is on this road already. */
bool app_quiet_is_on(const struct app_quiet *quiet, uint32_t class_index,
                     const struct app_road *road);

/* Bytes of a class's packets within so many ns, at most: SYNs alone, or all. */
int64_t app_quiet_most_bytes(const struct app_quiet *quiet, uint32_t class_index, bool syns,
                             int64_t ns);

/* Of a class on whose road answers matter, told up to now: finds the next one if it comes by
 * until_ns. The client's `answered` is called then. */
void app_quiet_await(struct app_quiet *quiet, uint32_t class_index, int64_t until_ns);

/* Whether it is known when the next one comes. */
static inline bool app_quiet_awaits(const struct app_quiet *quiet, uint32_t class_index)
{
    return timer_armed(&quiet->answer[class_index].timer);
}

/* Tells a class up to now_ns: all that its requests send and count until then. */
void app_quiet_tell(struct app_quiet *quiet, uint32_t class_index, int64_t now_ns);

/* From now on (it is told up to now) this class is on another road. Packets that are under way are
 * put into the network, and their requests are handed over to the client. So are all requests when
 * no road is known; then the client begins the next ones too. */
void app_quiet_set(struct app_quiet *quiet, uint32_t class_index, const struct app_road *road);

/* Of a class that is HELD and told up to now: the newest packet since it is, if there is one. Its
 * request is handed over to the client. */
bool app_quiet_take_held(struct app_quiet *quiet, uint32_t class_index, struct datagram *datagram);

/* No request begins after now, told up to it. */
void app_quiet_stop(struct app_quiet *quiet);

/* The trial is over, told up to now: packets that are under way go into the network, and nobody
 * asks what becomes of the requests. */
void app_quiet_end(struct app_quiet *quiet);

#endif
