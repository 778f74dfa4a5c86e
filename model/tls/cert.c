#include "tls/cert.h"

#include <string.h>
#include <strings.h>

bool tls_same_name(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

static void add(struct tls_domains *domains, const char *name)
{
    if (name == NULL || *name == '\0')
        return;
    for (uint32_t i = 0; i < domains->count; i++)
        if (tls_same_name(domains->name[i], name))
            return;
    domains->name[domains->count++] = name;
}

void tls_domains_of(struct tls_domains *domains, const struct tls_host *host)
{
    *domains = (struct tls_domains){0};
    add(domains, host->clustered ? host->cluster_name : host->fqdn);
    add(domains, host->name);
    add(domains, host->physical_fqdn);
    add(domains, host->physical_name);
}

static bool listed(const struct tls_domains *domains, const char *name)
{
    for (uint32_t i = 0; i < domains->count; i++)
        if (tls_same_name(domains->name[i], name))
            return true;
    return false;
}

static bool has_name(const struct tls_cert *cert, const struct tls_domains *domains)
{
    if (cert->subject != NULL && listed(domains, cert->subject))
        return true;
    for (uint32_t i = 0; i < cert->sans; i++)
        if (listed(domains, cert->san[i]))
            return true;
    return false;
}

uint32_t tls_cert_lacks(const struct tls_cert *cert, const struct tls_domains *domains)
{
    uint32_t lacks = 0;
    if (cert->version < 3)
        lacks |= TLS_LACKS_VERSION;
    if (!cert->private_key)
        lacks |= TLS_LACKS_KEY;
    if (!has_name(cert, domains))
        lacks |= TLS_LACKS_NAME;
    if (!cert->smtp)
        lacks |= TLS_LACKS_SMTP;
    return lacks;
}

bool tls_cert_in_date(const struct tls_cert *cert, int64_t now_s)
{
    return cert->valid_from_s <= now_s && now_s <= cert->valid_to_s;
}

bool tls_cert_pki_valid(const struct tls_cert *cert, int64_t now_s)
{
    return cert->chain == TLS_CHAIN_trusted && tls_cert_in_date(cert, now_s);
}
