/* Settings of Exchange 2007 transport servers: their certificates, and the SMTP sessions between
 * them. Separate from the procedure, which knows certificates and not how a scenario says them. */
#ifndef TLS_PARAMS_H
#define TLS_PARAMS_H

#include <stdint.h>

#include "engine/law.h"
#include "tls/select.h"

enum { TLS_CERTS_MAX = 16, TLS_STORES_MAX = 4, TLS_SERVERS_MAX = 4, TLS_SMTPS_MAX = 1 };

/* A list of DNS names; the texts belong to whoever made it. */
struct tls_names {
    uint32_t count;
    const char *const *name;
};

/* `fit`: trusted, or untrusted where it is self-signed. */
#define CERT_CHAINS(X) X(fit) X(trusted) X(untrusted) X(revoked) X(unknown)
enum cert_chain {
#define X(name) CERT_CHAIN_##name,
    CERT_CHAINS(X)
#undef X
};

/* A certificate that a scenario lists. */
struct cert_params {
    const char *subject;         /* NULL: none */
    const struct tls_names *san; /* NULL: none */
    int64_t valid_from_s, valid_to_s;
    int64_t version;
    int64_t private_key, smtp, self_signed;
    int64_t chain; /* enum cert_chain */
};

/* A local machine store: the listed certificates, those read from files, the generated ones. */
struct store_params {
    uint64_t certs;          /* bit i: listed certificate i */
    const char *pem, *roots; /* folders; NULL: none */
    int64_t count;           /* generated */
    int64_t life_ns;         /* of a generated one, Valid from to Valid to */
    double expired;          /* shares of the generated ones */
    double self_signed;
    double without_key, wrong_name, not_smtp;
    double revoked, untrusted;
};

/* Which generated certificate the directory names when it names neither a listed one nor a
 * thumbprint. */
#define SERVER_NAMEDS(X) X(missing) X(newest) X(any)
enum server_named {
#define X(name) SERVER_NAMED_##name,
    SERVER_NAMEDS(X)
#undef X
};

/* A transport server as the procedure sees it. */
struct server_params {
    int64_t role;      /* enum tls_role */
    int64_t store;     /* index */
    int64_t attribute; /* enum tls_attribute */
    uint64_t named;    /* bit i: the directory names listed certificate i; the lowest counts */
    const uint8_t *thumbprint; /* that it names; NULL: see `generated` */
    int64_t generated;         /* enum server_named */
    const char *fqdn, *name, *physical_fqdn, *physical_name, *cluster_name;
    int64_t clustered;
};

/* A mail flow between two transport servers, and what its sessions cost. */
struct smtp_params {
    int64_t sender, receiver, standby; /* servers: the front end's, that of the active node, that of
                                        * the node that takes over */
    int64_t traffic;                   /* class: messages arrive as its requests do */
    int64_t clock_s;                   /* of the servers at t = 0, seconds since 1970 */
    int64_t hub_to_hub;                /* enum tls_hub_to_hub */
    int64_t auth, address_space, delivery, receive_exchange_server; /* see tls_input */
    int64_t require_tls;       /* 1: a session without TLS is ended before MAIL */
    int64_t kerberos;          /* 1: Hub servers authenticate by Kerberos after TLS */
    int64_t ticket_cached;     /* 1: no ticket has to be fetched for it */
    int64_t directory;         /* link to the domain controllers, each way */
    struct law directory_time; /* ns that one takes to answer */
    int64_t directory_timeout_ns;
    int64_t store_cost_ns; /* processor time of one certificate looked at, steps 4 and 7 */
    int64_t chain_cost_ns; /* of building one chain, besides its signatures */
    int64_t chain_length;  /* signatures verified for a chain */
    int64_t revocation;    /* 1: step 8 fetches the list of revoked certificates */
    int64_t lists;         /* link to where the list is, each way */
    int64_t lists_answer;  /* 0: nobody answers there (a firewall) */
    struct law lists_time; /* ns until the list is there */
    int64_t lists_timeout_ns;
    int64_t command_cost_ns, kerberos_cost_ns; /* processor time */
    struct law accept;                         /* ns from the message's last byte to 250 */
    int64_t inactivity_ns;                     /* a session in which nothing comes is given up */
    int64_t queue; /* 1: messages wait in one queue; 0: each tries by itself, once */
    int64_t glitch_retries, glitch_interval_ns;
    int64_t transient_retries, transient_interval_ns;
    int64_t retry_interval_ns; /* after those */
};

#endif
