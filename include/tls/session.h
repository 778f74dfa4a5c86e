/* SMTP sessions between two transport servers, from TCP's first segment to the accepted message,
 * and the queue that opens them. Separate because it knows neither cluster nor address: the world
 * carries its datagrams and says which node they reach. TCP: TechNet cc758896 (SYN), cc780586 and
 * KB 170359 (data: 5 repetitions), one line under way at a time, acknowledged at once. Queue:
 * TechNet bb123505. */
#ifndef TLS_SESSION_H
#define TLS_SESSION_H

#include "engine/arrivals.h"
#include "engine/pool.h"
#include "tls/party.h"

/* How a session ended. X(name, words) */
#define SMTP_ENDS(X)                                                                               \
    X(accepted, "the message is accepted")                                                         \
    X(no_answer, "nobody answers: SYN given up")                                                   \
    X(refused, "refused by a TCP reset")                                                           \
    X(reset, "the connection is reset")                                                            \
    X(silent, "data given up after its repetitions")                                               \
    X(idle, "nothing came for the time of inactivity")                                             \
    X(no_tls, "there is no TLS, and it is required")
enum smtp_over {
#define X(name, words) SMTP_END_##name,
    SMTP_ENDS(X)
#undef X
};

enum { SMTP_NOBODY = -1 }; /* no node has the connection */

struct smtp_session;

/* One end of a session. */
struct smtp_side {
    struct smtp_session *session;
    const struct smtp_table *table;
    struct tls_party *party;
    uint8_t state;
    bool selected;        /* its selection is over */
    bool busy;            /* a row is being worked on */
    struct cpu_job job;   /* of that row */
    struct timer storing; /* of that row: SMTP_WORK_ACCEPT */
    const struct smtp_row *row;
    struct tls_work work;
    /* TCP */
    struct timer repeat;
    bool outstanding; /* `line` was sent and is not acknowledged */
    uint8_t line, tries, copies;
    uint8_t heard; /* last line of the other end */
    int64_t wait_ns;
};

struct smtp_session {
    struct smtp_client *client;
    uint32_t number, handle, next_free;
    uint8_t attempt;
    bool live, established;
    uint8_t syns, resets;
    int32_t node; /* that accepted it; SMTP_NOBODY */
    struct smtp_side sender, receiver;
    struct tls_query ticket;
    struct timer inactivity;
    bool mutual, kerberos;
    /* Moments, NEVER_NS: not yet. */
    int64_t came_ns; /* its message */
    int64_t opened_ns, greeted_ns, selected_ns, secure_ns, mail_ns;
    bool tls;
};

struct smtp_client {
    struct sim *sim;
    const struct luck *luck;
    const struct smtp_params *params;
    const struct app_params *tcp;
    struct tls_party *sender;
    struct tls_party *receiver[2]; /* by place in `node` */
    int32_t node[2];
    /* Sends a datagram from the sender to the address, or from a node. False: lost at once. */
    bool (*send)(void *host, int32_t from_node, const struct datagram *datagram);
    /* Whether a node's SMTP port is open. */
    bool (*open)(void *host, int32_t node);
    void (*accepted)(void *host, const struct smtp_session *session);
    void *host;
    struct timer arrival, retry;
    struct arrivals arrivals, behind; /* the same process: to come, and in the queue */
    struct arrival next, head;        /* the next message; queue: the one being tried */
    struct pool pool;
    struct smtp_session **session; /* by handle; owned */
    uint32_t handles, capacity, free_handle;
    uint32_t waiting, attempts;                  /* queue: messages, failed tries in a row */
    bool single;                                 /* one message at the start and no others */
    uint64_t messages, accepted_count, lost;     /* that came since t = 0; of these */
    uint64_t sessions, failed, completed, clear; /* begun since t = 0; of these */
    uint64_t unsaid;                             /* selections that were over since t = 0 */
    int64_t first_message_ns;                    /* that came at or after t = 0; NEVER_NS */
    int64_t stale_end_ns; /* end of the last session that t = 0 found open and that failed */
    uint64_t came_before, accepted_before; /* messages, before t = 0 */
};

void smtp_client_init(struct smtp_client *client);
void smtp_client_fini(struct smtp_client *client);

/* Prepares; the members up to `host` are filled in by the caller. `traffic` says how messages
 * arrive, with the luck of class number `class_index` of the front end `actor`. */
void smtp_client_reset(struct smtp_client *client, const struct class_params *traffic,
                       uint32_t class_index, uint32_t actor, bool single);
void smtp_client_start(struct smtp_client *client);
/* The first instant from t = 0 on at which there is a message to be sent; NEVER_NS. */
int64_t smtp_client_need_ns(const struct smtp_client *client);
/* No further messages come. */
void smtp_client_stop(struct smtp_client *client);

/* A datagram arrives at a node, or at the sender. */
void smtp_node_receive(struct smtp_client *client, int32_t node, const struct datagram *datagram);
void smtp_sender_receive(struct smtp_client *client, const struct datagram *datagram);

/* A node's transport service stops: its connections are reset. A node is gone: they are forgotten.
 */
void smtp_node_stops(struct smtp_client *client, int32_t node);
void smtp_node_gone(struct smtp_client *client, int32_t node);

#endif
