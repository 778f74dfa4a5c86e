#include "tls/store.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "moment/moment.h"

#define NS_PER_S INT64_C(1000000000)

/* Thumbprints of certificates that are no files. */
enum source { LISTED = 1, GENERATED, MISSING };

static void stamp(uint8_t thumbprint[TLS_THUMBPRINT_BYTES], enum source source, uint32_t number)
{
    memset(thumbprint, 0, TLS_THUMBPRINT_BYTES);
    thumbprint[0] = (uint8_t)source;
    for (int i = 0; i < 4; i++)
        thumbprint[TLS_THUMBPRINT_BYTES - 1 - i] = (uint8_t)(number >> 8 * i);
}

void tls_shelf_init(struct tls_shelf *shelf)
{
    *shelf = (struct tls_shelf){0};
}

void tls_shelf_fini(struct tls_shelf *shelf)
{
    free(shelf->cert);
    *shelf = (struct tls_shelf){0};
}

uint32_t tls_store_count(const struct store_params *store, const struct tls_store *files)
{
    uint32_t read = files == NULL ? 0 : files->count;
    return (uint32_t)__builtin_popcountll(store->certs) + read + (uint32_t)store->count;
}

uint32_t tls_server_actor(uint32_t which)
{
    return actor_id(ACTOR_WORLD, 1, which);
}

void tls_input_of(struct tls_input *input, const struct smtp_params *smtp, bool inbound)
{
    *input = (struct tls_input){.direction = inbound ? TLS_INBOUND : TLS_OUTBOUND,
                                .hub_to_hub = (enum tls_hub_to_hub)smtp->hub_to_hub,
                                .send_auth = (enum tls_auth)smtp->auth,
                                .send_space = (enum tls_space)smtp->address_space,
                                .delivery = (enum tls_delivery)smtp->delivery,
                                .receive_exchange_server = smtp->receive_exchange_server != 0,
                                .now_s = smtp->clock_s};
}

static void reserve(struct tls_shelf *shelf, uint32_t count)
{
    if (count <= shelf->capacity)
        return;
    shelf->cert = realloc(shelf->cert, count * sizeof *shelf->cert);
    CHECK(shelf->cert != NULL);
    shelf->capacity = count;
}

static enum tls_chain chain_of(const struct cert_params *p)
{
    if (p->chain == CERT_CHAIN_fit)
        return p->self_signed ? TLS_CHAIN_untrusted : TLS_CHAIN_trusted;
    return (enum tls_chain)(p->chain - CERT_CHAIN_trusted);
}

static void put_listed(struct tls_cert *cert, const struct cert_params *p, uint32_t number)
{
    *cert = (struct tls_cert){.version = (uint8_t)p->version,
                              .chain = (uint8_t)chain_of(p),
                              .private_key = p->private_key != 0,
                              .smtp = p->smtp != 0,
                              .self_signed = p->self_signed != 0,
                              .subject = p->subject,
                              .san = p->san == NULL ? NULL : p->san->name,
                              .sans = p->san == NULL ? 0 : p->san->count,
                              .valid_from_s = p->valid_from_s,
                              .valid_to_s = p->valid_to_s};
    stamp(cert->thumbprint, LISTED, number);
}

/* A half of 64 random bits as a number in [0, 1). */
static double half(uint64_t bits, int which)
{
    return (double)(uint32_t)(bits >> 32 * which) * 0x1p-32;
}

/* A certificate in date is as old as a uniform share of its life; an expired one by one life more.
 */
static void put_generated(struct tls_cert *cert, const struct store_params *p, const char *name,
                          const struct luck *luck, uint32_t who, uint32_t number, int64_t now_s)
{
    struct luck_pair date = luck_bits_pair(luck, LUCK_cert_date, who, number);
    struct luck_pair kind = luck_bits_pair(luck, LUCK_cert_kind, who, number);
    int64_t life_s = p->life_ns / NS_PER_S;
    bool expired = half(date.second, 0) < p->expired;
    bool self_signed = half(date.second, 1) < p->self_signed;
    double chain = half(kind.second, 1);
    int64_t age_s = (int64_t)(luck_unit(date.first) * (double)life_s) + (expired ? life_s + 1 : 0);
    *cert = (struct tls_cert){.version = 3,
                              .private_key = half(kind.first, 0) >= p->without_key,
                              .smtp = half(kind.second, 0) >= p->not_smtp,
                              .self_signed = self_signed,
                              .subject =
                                  half(kind.first, 1) < p->wrong_name ? "wrong-name.invalid" : name,
                              .valid_from_s = now_s - age_s,
                              .valid_to_s = now_s - age_s + life_s};
    cert->chain = chain < p->revoked                  ? TLS_CHAIN_revoked
                  : chain < p->revoked + p->untrusted ? TLS_CHAIN_untrusted
                  : self_signed                       ? TLS_CHAIN_untrusted
                                                      : TLS_CHAIN_trusted;
    stamp(cert->thumbprint, GENERATED, number);
}

static struct tls_host host_of(const struct server_params *p)
{
    return (struct tls_host){.fqdn = p->fqdn,
                             .name = p->name,
                             .physical_fqdn = p->physical_fqdn,
                             .physical_name = p->physical_name,
                             .clustered = p->clustered != 0,
                             .cluster_name = p->cluster_name};
}

/* The number of the newest generated certificate, or of one drawn. */
static uint32_t pick(const struct server_params *server, const struct tls_cert *generated,
                     uint32_t count, const struct luck *luck, uint32_t who)
{
    uint32_t picked = 0;
    if (server->generated == SERVER_NAMED_any)
        return (uint32_t)(luck_uniform(luck, LUCK_cert_named, who, 0) * count);
    for (uint32_t i = 1; i < count; i++)
        if (generated[i].valid_from_s > generated[picked].valid_from_s)
            picked = i;
    return picked;
}

static void name_in_directory(struct tls_input *input, const struct server_params *server,
                              const struct tls_cert *generated, uint32_t count,
                              const struct luck *luck, uint32_t who)
{
    input->attribute = (enum tls_attribute)server->attribute;
    if (server->named != 0)
        stamp(input->directory, LISTED, (uint32_t)__builtin_ctzll(server->named));
    else if (server->thumbprint != NULL)
        memcpy(input->directory, server->thumbprint, TLS_THUMBPRINT_BYTES);
    else if (server->generated == SERVER_NAMED_missing || count == 0)
        stamp(input->directory, MISSING, 0);
    else
        stamp(input->directory, GENERATED, pick(server, generated, count, luck, who));
}

void tls_shelf_fill(struct tls_shelf *shelf, struct tls_input *input,
                    const struct server_params *server, const struct store_params *store,
                    const struct cert_params *listed, const struct tls_store *files,
                    const struct luck *luck, uint32_t who, int64_t now_s)
{
    struct tls_domains domains;
    uint32_t count = 0, generated = (uint32_t)store->count;
    reserve(shelf, tls_store_count(store, files));
    input->role = (enum tls_role)server->role;
    input->host = host_of(server);
    tls_domains_of(&domains, &input->host);
    for (uint32_t i = 0; i < TLS_CERTS_MAX; i++)
        if (store->certs >> i & 1)
            put_listed(&shelf->cert[count++], &listed[i], i);
    if (files != NULL) {
        memcpy(&shelf->cert[count], files->cert, files->count * sizeof *shelf->cert);
        count += files->count;
    }
    const char *name = domains.count > 0 ? domains.name[0] : NULL;
    for (uint32_t i = 0; i < generated; i++)
        put_generated(&shelf->cert[count + i], store, name, luck, who, i, now_s);
    name_in_directory(input, server, &shelf->cert[count], generated, luck, who);
    input->store = (struct tls_store){shelf->cert, count + generated};
}
