/* Requests of a front end and their answers: what the users see, and what triggers IKE.
 * Separate because it must not know what carries it. TCP schedule: TechNet cc758896 (SYN at 0, 3, 9
 * s, given up at 21 s), cc780586 (data); a refused connection is tried twice more at 0.5 s. */
#ifndef APP_APP_H
#define APP_APP_H

#include <string.h>

#include "app/params.h"
#include "engine/arrivals.h"
#include "engine/pool.h"
#include "engine/sim.h"
#include "net/net.h"

#define APP_MESSAGES(X) X(SYN) X(SYN_ACK) X(SYN_RESET) X(DATA) X(REPLY) X(DATA_RESET)

enum app_message_type {
#define X(name) APP_##name,
    APP_MESSAGES(X)
#undef X
};

/* A TCP segment. The datagram's selector is its traffic class. */
struct app_message {
    uint8_t type;     /* enum app_message_type */
    uint8_t server;   /* SYN_ACK, DATA, REPLY: node that accepted the connection */
    uint8_t copy;     /* repetitions of this type in this request */
    uint8_t login;    /* DATA: the first on its connection, with what the user logs in with */
    uint32_t request; /* number of the arrival */
    uint32_t handle;  /* where the client keeps the request */
    uint32_t reserved;
};
_Static_assert(sizeof(struct app_message) == sizeof(((struct datagram *)0)->word),
               "a message fills a datagram");

/* Widths: a request is told apart within a class by its number. */
enum {
    APP_REQUEST_BITS = 23,
    APP_COPIES_MAX = 15,          /* sendings of one type in one request; then it is given up */
    APP_WINDOWS_BEFORE = 1 << 13, /* arrival windows before t = 0 that have numbers */
    APP_WINDOWS_AFTER = (1 << (APP_REQUEST_BITS - ARRIVALS_SLOT_BITS)) - APP_WINDOWS_BEFORE
};

static inline struct app_message app_message_of(const struct datagram *datagram)
{
    struct app_message message;
    memcpy(&message, datagram->word, sizeof message);
    return message;
}
struct datagram app_datagram(uint32_t class_index, const struct app_message *message);

/* An arrival's number squeezed into APP_REQUEST_BITS; the registry bounds rate * horizon. */
uint32_t app_request_number(struct arrival arrival);

/* The request number in a datagram's identity (for traces). */
static inline uint32_t app_request_of_luck(uint32_t luck)
{
    return luck & ((1u << APP_REQUEST_BITS) - 1);
}

/* What a node answers: stateless but for which node accepted the connection. `open`: the service
 * runs here. A segment of a connection that another node accepted is answered by a reset, as is a
 * closed port. */
struct app_message app_serve(const struct app_params *params, const struct app_message *message,
                             uint8_t node, bool open);

struct app_client;
struct app_request;

/* What left the front end in clear, of one class, since t = 0. */
struct app_exposure {
    uint64_t requests;  /* whose content did */
    uint64_t passwords; /* logins with a Basic password */
};

struct app_source {
    struct app_client *client;
    struct timer timer;
    struct arrivals arrivals;
    struct arrival next;
};

struct app_client {
    struct sim *sim;
    const struct luck *luck;
    const struct app_params *params;
    const struct class_params *traffic;
    uint32_t classes, actor;
    struct app_source source[APP_CLASSES_MAX];
    /* Persistent connections: which class has one (bits), and the node that accepted it. */
    uint32_t connected;
    uint8_t server[APP_CLASSES_MAX];
    struct pool requests;
    struct app_request **request; /* by handle; owned */
    uint32_t handles, capacity;
    uint32_t free_handle;
    void (*send)(void *host, const struct datagram *datagram);
    /* A request was answered by `server`. */
    void (*answered)(void *host, uint32_t class_index, uint8_t server);
    void *host;
    /* Requests whose first packet left at t >= 0. */
    uint64_t sent, answered_count, lost;
    uint64_t class_lost[APP_CLASSES_MAX];
    int64_t class_first_ns[APP_CLASSES_MAX]; /* when the first of a class began; NEVER_NS: none */
    struct app_exposure exposed[APP_CLASSES_MAX];
};

void app_client_init(struct app_client *client);
void app_client_fini(struct app_client *client);

/* Prepares the arrival processes. send, answered and host are filled in by the caller. */
void app_client_reset(struct app_client *client, struct sim *sim, const struct luck *luck,
                      const struct app_params *params, const struct class_params *traffic,
                      uint32_t classes, uint32_t actor);

/* A class that keeps its connection has one, accepted by this node. */
void app_client_connect(struct app_client *client, uint32_t class_index, uint8_t server);

/* Starts all sources from now on. */
void app_client_start(struct app_client *client);

/* No further requests begin. */
void app_client_stop(struct app_client *client);

void app_client_receive(struct app_client *client, const struct datagram *datagram);

/* A datagram of this client leaves its host without protection: notes what that exposes. A request
 * counts once, a login once a connection, whatever is repeated; a SYN exposes nothing. */
void app_client_in_clear(struct app_client *client, const struct datagram *datagram);

/* The sum over all classes. */
struct app_exposure app_client_exposure(const struct app_client *client);

/* The instant at which the last request of this class began before now; NEVER_NS if that is more
 * than limit_ns ago. */
int64_t app_client_last_request_ns(struct app_client *client, uint32_t class_index,
                                   int64_t limit_ns);

/* The instant at which the last answer to a request of this class arrived before now, by the
 * arrivals and the luck of the links; NEVER_NS if that is more than limit_ns ago. */
int64_t app_client_last_answer_ns(struct app_client *client, uint32_t class_index,
                                  const struct link *uplink, const struct link *downlink,
                                  int64_t limit_ns);

#endif
