/* Which certificate a transport server uses for X-ANONYMOUSTLS: a pure function of what it finds.
 * Separate because a session charges time for it, `ikebench certsel` prints it, and tests try all
 * its small cases; none of them decides. TechNet bb430773, bb430790 (windows.md 6). */
#ifndef TLS_SELECT_H
#define TLS_SELECT_H

#include "tls/cert.h"
#include "tls/steps.h"

/* SmartHostAuthMechanism of a Send connector (Set-SendConnector). */
#define TLS_AUTHS(X)                                                                               \
    X(None) X(BasicAuth) X(BasicAuthRequireTLS) X(ExchangeServer) X(ExternalAuthoritative)
enum tls_auth {
#define X(name) TLS_AUTH_##name,
    TLS_AUTHS(X)
#undef X
        TLS_AUTH_COUNT
};

/* Address space of a Send connector: everything, or -- (all accepted domains, as EdgeSync sets it
 * on the connector from Edge to Hub). X(name, text) */
#define TLS_SPACES(X) X(all, "*") X(accepted, "--")
enum tls_space {
#define X(name, text) TLS_SPACE_##name,
    TLS_SPACES(X)
#undef X
};

/* DeliveryType of a message's queue. X(name, the next hop is a Hub server) */
#define TLS_DELIVERIES(X)                                                                          \
    X(SmtpRelayWithinAdSitetoEdge, false)                                                          \
    X(SmtpRelayWithinAdSite, true)                                                                 \
    X(SmtpRelayToRemoteAdSite, true)                                                               \
    X(SmtpRelayToTiRg, false)                                                                      \
    X(SmartHostConnectorDelivery, false)                                                           \
    X(DnsConnectorDelivery, false)                                                                 \
    X(MapiDelivery, false)
enum tls_delivery {
#define X(name, to_hub) TLS_DELIVERY_##name,
    TLS_DELIVERIES(X)
#undef X
        TLS_DELIVERY_COUNT
};
bool tls_delivery_to_hub(enum tls_delivery delivery);

/* The attribute msExchServerInternalTLSCert of the server's object. */
#define TLS_ATTRIBUTES(X) X(present) X(null) X(unreadable)
enum tls_attribute {
#define X(name) TLS_ATTRIBUTE_##name,
    TLS_ATTRIBUTES(X)
#undef X
};

/* How to read the document where it contradicts itself: its introduction speaks of sessions between
 * Hub servers, its step 2H demands a delivery that ends at an Edge server. */
#define TLS_HUB_TO_HUBS(X) X(literal) X(introduction)
enum tls_hub_to_hub {
#define X(name) TLS_HUB_TO_HUB_##name,
    TLS_HUB_TO_HUBS(X)
#undef X
};

struct tls_input {
    enum tls_direction direction;
    enum tls_role role;
    enum tls_hub_to_hub hub_to_hub;
    enum tls_auth send_auth;
    enum tls_space send_space;
    enum tls_delivery delivery;
    bool receive_exchange_server; /* AuthMechanism of the Receive connector includes it */
    enum tls_attribute attribute;
    uint8_t directory[TLS_THUMBPRINT_BYTES]; /* the attribute's thumbprint */
    struct tls_store store;
    struct tls_host host;
    int64_t now_s; /* the server's clock, seconds since 1970 */
    bool no_lists; /* lists of revoked certificates were asked for in vain: no chain is PKI-valid */
};

/* X(name, words) */
#define TLS_DECISIONS(X)                                                                           \
    X(no_tls, "no anonymous TLS: this session does not call for it")                               \
    X(not_advertised, "X-ANONYMOUSTLS is not advertised")                                          \
    X(anonymous_tls, "X-ANONYMOUSTLS")
enum tls_decision {
#define X(name, words) TLS_##name,
    TLS_DECISIONS(X)
#undef X
};
const char *tls_decision_words(enum tls_decision decision);

/* What the document leaves open and this input met; bits. The directory's certificate, found in
 * step 4, stays in use in all of them (inferred from step 9). X(name, bit, words) */
#define TLS_UNSAIDS(X)                                                                             \
    X(EMPTY, 1, "no certificate is eligible (step 7): what follows is not documented")             \
    X(NEITHER, 2,                                                                                  \
      "no eligible certificate is PKI-valid or self-signed (step 8): what follows is "             \
      "not documented")                                                                            \
    X(TIE, 4,                                                                                      \
      "several certificates are best with the same Valid from (step 8): which of them is "         \
      "not documented; the first in the store is taken")                                           \
    X(SELF_SIGNED_DATE, 8,                                                                         \
      "the best certificate is self-signed and not in date: step 8 asks a "                        \
      "self-signed one for nothing else")                                                          \
    X(NOT_YET_VALID, 16,                                                                           \
      "the directory's certificate is not valid yet: step 5 asks for Valid to "                    \
      "only")                                                                                      \
    X(CLUSTER_NAME, 32,                                                                            \
      "the host is clustered and has no ClusterName (step 6): the list has no "                    \
      "FQDN of it")
enum tls_unsaid {
#define X(name, bit, words) TLS_UNSAID_##name = bit,
    TLS_UNSAIDS(X)
#undef X
};

struct tls_outcome {
    const struct tls_table *table;
    enum tls_decision decision;
    uint32_t used;     /* certificate in use, index in the store; TLS_NO_CERT */
    uint32_t best;     /* of step 8; TLS_NO_CERT */
    uint32_t named;    /* that the directory names; TLS_NO_CERT: not in the store or not asked */
    uint32_t events;   /* bit (1 << enum tls_event): logged */
    uint32_t unsaid;   /* enum tls_unsaid bits */
    uint32_t steps;    /* visited: rows 0 .. steps-1 of the table */
    uint32_t failed;   /* bit i: the test of row i failed */
    uint32_t eligible; /* certificates after step 7 */
    uint32_t chains;   /* that step 8 had to build before it was done: the sorted list is walked
                        * until the first PKI-valid one */
    struct tls_domains domains; /* of step 6 */
};

/* Walks the table of the input's direction and role; never fails. Linear in the store. The texts of
 * outcome->domains are the input's. */
void tls_select(const struct tls_input *input, struct tls_outcome *outcome);

/* What the transport service logs as it starts, before any session: step 3 alone is documented to
 * have an event then (12012), which no session logs. */
enum tls_event tls_start_up(const struct tls_input *input);

static inline bool tls_logged(const struct tls_outcome *outcome, enum tls_event event)
{
    return outcome->events >> event & 1;
}

#endif
