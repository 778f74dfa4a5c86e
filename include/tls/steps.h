/* The selection of an anonymous TLS certificate as tables: a row per step of the document.
 * Separate because the tables are to be read beside TechNet bb430773 (outbound, 2007-04-25) and
 * bb430790 (inbound); who walks them is select.c. */
#ifndef TLS_STEPS_H
#define TLS_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_direction { TLS_OUTBOUND, TLS_INBOUND };

#define TLS_ROLES(X) X(hub) X(edge)
enum tls_role {
#define X(name) TLS_ROLE_##name,
    TLS_ROLES(X)
#undef X
};

/* What a step asks. X(name, the question) */
#define TLS_TESTS(X)                                                                               \
    X(OPENED, "an SMTP session is opened")                                                         \
    X(HUB_SEND, "Send connector: SmartHostAuthMechanism is ExchangeServer, and the message's "     \
                "DeliveryType is SmtpRelayWithinAdSitetoEdge")                                     \
    X(EDGE_SEND, "Send connector: SmartHostAuthMechanism is ExchangeServer, and its address "      \
                 "space contains --")                                                              \
    X(RECEIVE, "Receive connector: AuthMechanism includes ExchangeServer")                         \
    X(DIRECTORY, "msExchServerInternalTLSCert can be read and is not null")                        \
    X(IN_STORE, "the local machine store holds that thumbprint")                                   \
    X(NOT_EXPIRED, "its Valid to is not over")                                                     \
    X(DOMAINS, "the list of the server's names is made")                                           \
    X(ELIGIBLE, "certificates: X.509 version 3, private key, a name of the list, enabled for "     \
                "SMTP")                                                                            \
    X(BEST, "newest Valid from first: the first PKI-valid, else the first self-signed")            \
    X(NEWEST, "the best certificate is the directory's")
enum tls_test {
#define X(name, question) TLS_TEST_##name,
    TLS_TESTS(X)
#undef X
        TLS_TEST_COUNT
};

/* Events of the application log. X(id, what it says) */
#define TLS_EVENTS(X)                                                                              \
    X(12012, "msExchServerInternalTLSCert is empty or cannot be read")                             \
    X(12013, "the certificate that the directory names is not in the local store")                 \
    X(12015, "the certificate that the directory names has expired")                               \
    X(1037, "the certificate that the directory names is not the newest usable one")
enum tls_event {
    TLS_NO_EVENT,
#define X(id, words) TLS_EVENT_##id,
    TLS_EVENTS(X)
#undef X
        TLS_EVENT_END
};
enum { TLS_EVENT_COUNT = TLS_EVENT_END };
/* Event ID as the log shows it (12012, ...), and what it says; 0 and "" of TLS_NO_EVENT. */
unsigned tls_event_id(enum tls_event event);
const char *tls_event_words(enum tls_event event);

/* What follows when a step's test fails. X(name, words) */
#define TLS_FAILS(X)                                                                               \
    X(NEVER, "cannot fail")                                                                        \
    X(NO_TLS, "no anonymous TLS in this session, no certificate loaded")                           \
    X(SILENT, "X-ANONYMOUSTLS is not advertised, no certificate loaded")                           \
    X(GO_ON, "goes on with the next step")                                                         \
    X(UNSAID, "the document does not say")                                                         \
    X(KEEP, "not a failure: the certificate that the directory names stays in use")
enum tls_fail {
#define X(name, words) TLS_FAIL_##name,
    TLS_FAILS(X)
#undef X
};

/* How well a row is known. X(name, words) */
#define TLS_KNOWNS(X)                                                                              \
    X(DOCUMENTED, "documented")                                                                    \
    X(LATER, "documented for Exchange 2016 and 2019 only")                                         \
    X(PRESUMED, "presumed: the same as outbound")
enum tls_known {
#define X(name, words) TLS_KNOWN_##name,
    TLS_KNOWNS(X)
#undef X
};

/* What a step costs the server, charged by the session. X(name, words) */
enum tls_cost { TLS_WORK_NONE, TLS_WORK_DIRECTORY, TLS_WORK_STORE, TLS_WORK_CHAINS };

struct tls_row {
    uint8_t number;     /* of the step, 1 to 9 */
    const char *name;   /* "2H" */
    uint8_t test;       /* enum tls_test */
    uint8_t fails;      /* enum tls_fail */
    uint8_t event;      /* enum tls_event, logged when the test fails */
    bool start_up_only; /* the event is logged as the transport service starts, not in a session */
    uint8_t work;       /* enum tls_cost */
    uint8_t known;      /* enum tls_known */
    const char *source;
    const char *trap;   /* where the document contradicts itself; NULL */
    const char *remedy; /* what an administrator does when it fails; NULL: it cannot fail */
};

enum { TLS_STEPS = 9 };

/* Nine rows, in order. */
struct tls_table {
    const char *name;
    const struct tls_row *row;
};
extern const struct tls_table tls_outbound_hub, tls_outbound_edge, tls_inbound;

const struct tls_table *tls_table_of(enum tls_direction direction, enum tls_role role);
const char *tls_question(const struct tls_row *row);
const char *tls_fail_words(const struct tls_row *row);
const char *tls_known_words(const struct tls_row *row);

#endif
