/* The Kerberos client of a front end: gets the ticket that a main mode with stack.auth kerberos
 * needs. Separate because it is a small protocol of its own, with its own schedule, whose requests
 * are traffic like any other and meet the same IPsec policy. That is the circle KB 254949 warns of.
 * RFC 4120 3.3 (the TGS exchange); [MS-IKEE] note <4> (GSS-API). */
#ifndef MODEL_WORLD_KERBEROS_H
#define MODEL_WORLD_KERBEROS_H

#include "app/app.h"
#include "ike/exchange.h"
#include "world/params.h"

/* app_message.handle of requests for tickets and their answers: no request of the application. */
#define KERBEROS_HANDLE UINT32_MAX

struct kerberos;

/* The ticket for one peer. */
struct ticket {
    struct kerberos *kerberos;
    struct timer wait;
    struct ike_exchange *exchange; /* that waits for it; NULL: none */
    uint32_t cookie;
    uint32_t asked; /* tries to get one, for luck */
    uint8_t copy;
};

struct kerberos {
    struct sim *sim;
    const struct params *params;
    uint32_t actor;
    void (*send)(void *host, const struct datagram *datagram);
    void *host;
    struct ticket ticket[1 + WORLD_PEERS_MAX]; /* of the cluster, then of each peer */
};

/* send and host are filled in by the caller. */
void kerberos_reset(struct kerberos *kerberos, struct sim *sim, const struct params *params,
                    uint32_t actor);

/* Asks for the ticket of a peer (-1: the cluster), for this exchange; ike_exchange_ticket follows.
 */
void kerberos_ask(struct kerberos *kerberos, int64_t peer, struct ike_exchange *exchange);

/* An answer (KERBEROS_HANDLE) has come. */
void kerberos_receive(struct kerberos *kerberos, const struct app_message *message);

#endif
