/* Certificates and servers for tests: everything in order but what a test is about. */
#ifndef MODEL_TLS_TESTSTORE_H
#define MODEL_TLS_TESTSTORE_H

#include "tls/select.h"

enum { DAY = 86400, NOW = 1200000000 }; /* 2008-01-10 */

static const char *const good_san[] = {"hub1.contoso.com", "hub1"};
static const char *const other_san[] = {"other.contoso.com"};

/* Eligible, PKI-valid, `number` is its thumbprint, and so many days old. */
static inline struct tls_cert good_cert(uint8_t number, int64_t age_days)
{
    return (struct tls_cert){.thumbprint = {number},
                             .version = 3,
                             .chain = TLS_CHAIN_trusted,
                             .private_key = true,
                             .smtp = true,
                             .subject = "Hub1.Contoso.COM",
                             .san = good_san,
                             .sans = 2,
                             .valid_from_s = NOW - age_days * DAY,
                             .valid_to_s = NOW + 100 * DAY};
}

/* A Hub server that sends to an Edge server, with one certificate; passes all steps. */
static inline struct tls_input good_input(const struct tls_cert *cert, uint32_t count)
{
    struct tls_input in = {.direction = TLS_OUTBOUND,
                           .role = TLS_ROLE_hub,
                           .send_auth = TLS_AUTH_ExchangeServer,
                           .send_space = TLS_SPACE_accepted,
                           .delivery = TLS_DELIVERY_SmtpRelayWithinAdSitetoEdge,
                           .receive_exchange_server = true,
                           .attribute = TLS_ATTRIBUTE_present,
                           .store = {cert, count},
                           .host = {.fqdn = "hub1.contoso.com", .name = "HUB1"},
                           .now_s = NOW};
    in.directory[0] = 1;
    return in;
}

#endif
