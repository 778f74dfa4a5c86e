/* A certificate of the local machine store, as far as the selection procedure looks at it.
 * Separate because scenarios, generators and PEM files all end in it, and the procedure starts from
 * it. X.509: RFC 5280; what "eligible" means: TechNet bb430773 (windows.md 6.1, step 7). */
#ifndef TLS_CERT_H
#define TLS_CERT_H

#include <stdbool.h>
#include <stdint.h>

enum { TLS_THUMBPRINT_BYTES = 20 }; /* SHA-1 of the DER form */

/* What building a certificate's chain came to, dates aside. X(name, words) */
#define TLS_CHAINS(X)                                                                              \
    X(trusted, "its chain ends at a trusted root")                                                 \
    X(untrusted, "its chain does not end at a trusted root")                                       \
    X(revoked, "it, or an issuer, is revoked")                                                     \
    X(unknown, "its revocation could not be checked")

enum tls_chain {
#define X(name, words) TLS_CHAIN_##name,
    TLS_CHAINS(X)
#undef X
        TLS_CHAIN_COUNT
};

/* Texts are borrowed. Times are seconds since 1970-01-01 UTC, negative before. */
struct tls_cert {
    uint8_t thumbprint[TLS_THUMBPRINT_BYTES];
    uint8_t version; /* of X.509: 1 to 3 */
    uint8_t chain;   /* enum tls_chain */
    bool private_key;
    bool smtp;        /* enabled for SSL/TLS with SMTP (Enable-ExchangeCertificate) */
    bool self_signed; /* signed with its own key */
    uint32_t sans;
    const char *subject;    /* common name; NULL: none */
    const char *const *san; /* DNS names of the subject alternative name */
    int64_t valid_from_s, valid_to_s;
};

/* The local machine store. */
struct tls_store {
    const struct tls_cert *cert;
    uint32_t count;
};
enum { TLS_STORE_MAX = 1 << 20 };
#define TLS_NO_CERT UINT32_MAX

/* The names of a server, NULL or "" where it has none. The physical ones differ from the first two
 * on a cluster or NLB host. */
struct tls_host {
    const char *fqdn, *name;
    const char *physical_fqdn, *physical_name;
    bool clustered;           /* member of a cluster or of an NLB set */
    const char *cluster_name; /* registry, WLBS\Parameters\Interface\{GUID}\ClusterName */
};

/* The domain list of step 6, empty names left out. X(name, words) */
enum { TLS_DOMAINS_MAX = 4 };
struct tls_domains {
    const char *name[TLS_DOMAINS_MAX];
    uint32_t count;
};
void tls_domains_of(struct tls_domains *domains, const struct tls_host *host);

/* What a certificate lacks to be eligible (step 7); bits. X(name, bit, words) */
#define TLS_LACKS(X)                                                                               \
    X(VERSION, 1, "it is not X.509 version 3")                                                     \
    X(KEY, 2, "it has no private key")                                                             \
    X(NAME, 4, "neither subject nor SAN holds a name of the domain list")                          \
    X(SMTP, 8, "it is not enabled for SMTP")
enum tls_lack {
#define X(name, bit, words) TLS_LACKS_##name = bit,
    TLS_LACKS(X)
#undef X
};
uint32_t tls_cert_lacks(const struct tls_cert *cert, const struct tls_domains *domains);

/* Whether two DNS names are the same: ASCII letters of either case (RFC 4343). No wildcards: the
 * procedure speaks of none. */
bool tls_same_name(const char *a, const char *b);

/* Whether its dates hold at this instant (RFC 5280 4.1.2.5: both ends included). */
bool tls_cert_in_date(const struct tls_cert *cert, int64_t now_s);

/* PKI-valid: trusted, not revoked, in date (RFC 5280 6.1.3 (a)). */
bool tls_cert_pki_valid(const struct tls_cert *cert, int64_t now_s);

#endif
