#include "tls/select.h"

#include <string.h>

#include "engine/check.h"

bool tls_delivery_to_hub(enum tls_delivery delivery)
{
    static const bool to_hub[] = {
#define X(name, hub) hub,
        TLS_DELIVERIES(X)
#undef X
    };
    return to_hub[delivery];
}

const char *tls_decision_words(enum tls_decision decision)
{
    static const char *const words[] = {
#define X(name, text) text,
        TLS_DECISIONS(X)
#undef X
    };
    return words[decision];
}

/* Each test tells whether a step passes, and notes in the outcome what it found. */
typedef bool test_fn(const struct tls_input *in, struct tls_outcome *out);

static bool opened(const struct tls_input *in, struct tls_outcome *out)
{
    (void)in;
    (void)out;
    return true;
}

static bool hub_send(const struct tls_input *in, struct tls_outcome *out)
{
    (void)out;
    bool to_edge = in->delivery == TLS_DELIVERY_SmtpRelayWithinAdSitetoEdge;
    bool to_hub =
        in->hub_to_hub == TLS_HUB_TO_HUB_introduction && tls_delivery_to_hub(in->delivery);
    return in->send_auth == TLS_AUTH_ExchangeServer && (to_edge || to_hub);
}

static bool edge_send(const struct tls_input *in, struct tls_outcome *out)
{
    (void)out;
    return in->send_auth == TLS_AUTH_ExchangeServer && in->send_space == TLS_SPACE_accepted;
}

static bool receive(const struct tls_input *in, struct tls_outcome *out)
{
    (void)out;
    return in->receive_exchange_server;
}

static bool directory(const struct tls_input *in, struct tls_outcome *out)
{
    (void)out;
    return in->attribute == TLS_ATTRIBUTE_present;
}

static bool in_store(const struct tls_input *in, struct tls_outcome *out)
{
    for (uint32_t i = 0; i < in->store.count; i++) {
        if (memcmp(in->store.cert[i].thumbprint, in->directory, TLS_THUMBPRINT_BYTES) == 0) {
            out->named = i;
            if (in->store.cert[i].valid_from_s > in->now_s)
                out->unsaid |= TLS_UNSAID_NOT_YET_VALID;
            return true;
        }
    }
    return false;
}

static bool not_expired(const struct tls_input *in, struct tls_outcome *out)
{
    return in->store.cert[out->named].valid_to_s >= in->now_s;
}

static bool domains(const struct tls_input *in, struct tls_outcome *out)
{
    tls_domains_of(&out->domains, &in->host);
    const char *name = in->host.cluster_name;
    if (in->host.clustered && (name == NULL || *name == '\0'))
        out->unsaid |= TLS_UNSAID_CLUSTER_NAME;
    return true;
}

static bool is_eligible(const struct tls_input *in, const struct tls_outcome *out, uint32_t i)
{
    return tls_cert_lacks(&in->store.cert[i], &out->domains) == 0;
}

static bool eligible(const struct tls_input *in, struct tls_outcome *out)
{
    for (uint32_t i = 0; i < in->store.count; i++)
        out->eligible += is_eligible(in, out, i);
    if (out->eligible == 0)
        out->unsaid |= TLS_UNSAID_EMPTY;
    return out->eligible > 0;
}

/* The first of a kind in a list sorted by Valid from, newest first: the newest of that kind, and of
 * several equally new ones the first in the store. */
struct first {
    uint32_t index;
    bool tie;
};

static void consider(struct first *first, const struct tls_store *store, uint32_t i)
{
    if (first->index == TLS_NO_CERT ||
        store->cert[i].valid_from_s > store->cert[first->index].valid_from_s)
        *first = (struct first){i, false};
    else if (store->cert[i].valid_from_s == store->cert[first->index].valid_from_s)
        first->tie = true;
}

/* Chains that were built: of the certificates sorted before the first PKI-valid one, and its own.
 */
static uint32_t count_chains(const struct tls_input *in, const struct tls_outcome *out,
                             uint32_t valid)
{
    const struct tls_cert *cert = in->store.cert;
    uint32_t chains = 0;
    for (uint32_t i = 0; i < in->store.count && valid != TLS_NO_CERT; i++)
        if (cert[i].valid_from_s > cert[valid].valid_from_s ||
            (cert[i].valid_from_s == cert[valid].valid_from_s && i <= valid))
            chains += is_eligible(in, out, i);
    return valid == TLS_NO_CERT ? out->eligible : chains;
}

static bool best(const struct tls_input *in, struct tls_outcome *out)
{
    struct first valid = {TLS_NO_CERT, false}, self_signed = valid;
    for (uint32_t i = 0; i < in->store.count; i++) {
        const struct tls_cert *cert = &in->store.cert[i];
        if (!is_eligible(in, out, i))
            continue;
        if (!in->no_lists && tls_cert_pki_valid(cert, in->now_s))
            consider(&valid, &in->store, i);
        if (cert->self_signed)
            consider(&self_signed, &in->store, i);
    }
    struct first taken = valid.index != TLS_NO_CERT ? valid : self_signed;
    out->best = taken.index;
    out->chains = count_chains(in, out, valid.index);
    if (taken.tie)
        out->unsaid |= TLS_UNSAID_TIE;
    if (taken.index == TLS_NO_CERT)
        out->unsaid |= TLS_UNSAID_NEITHER;
    else if (!tls_cert_in_date(&in->store.cert[taken.index], in->now_s))
        out->unsaid |= TLS_UNSAID_SELF_SIGNED_DATE;
    return taken.index != TLS_NO_CERT;
}

/* Thumbprints are compared: the same certificate may be in the store twice. */
static bool newest(const struct tls_input *in, struct tls_outcome *out)
{
    return memcmp(in->store.cert[out->best].thumbprint, in->directory, TLS_THUMBPRINT_BYTES) == 0;
}

static test_fn *const tests[TLS_TEST_COUNT] = {
    [TLS_TEST_OPENED] = opened,           [TLS_TEST_HUB_SEND] = hub_send,
    [TLS_TEST_EDGE_SEND] = edge_send,     [TLS_TEST_RECEIVE] = receive,
    [TLS_TEST_DIRECTORY] = directory,     [TLS_TEST_IN_STORE] = in_store,
    [TLS_TEST_NOT_EXPIRED] = not_expired, [TLS_TEST_DOMAINS] = domains,
    [TLS_TEST_ELIGIBLE] = eligible,       [TLS_TEST_BEST] = best,
    [TLS_TEST_NEWEST] = newest,
};

/* Notes what a failed test means; false: the walk ends here. */
static bool fail(const struct tls_row *row, struct tls_outcome *out)
{
    out->failed |= 1u << (row->number - 1);
    if (row->event != TLS_NO_EVENT && !row->start_up_only)
        out->events |= 1u << row->event;
    switch ((enum tls_fail)row->fails) {
    case TLS_FAIL_GO_ON:
        return true;
    case TLS_FAIL_NO_TLS:
        out->decision = TLS_no_tls;
        return false;
    case TLS_FAIL_SILENT:
        out->decision = TLS_not_advertised;
        return false;
    case TLS_FAIL_KEEP:
    case TLS_FAIL_UNSAID:
        return false;
    case TLS_FAIL_NEVER:
        break;
    }
    CHECK(!"a step that cannot fail");
    return false;
}

void tls_select(const struct tls_input *in, struct tls_outcome *out)
{
    CHECK(in->store.count <= TLS_STORE_MAX);
    *out = (struct tls_outcome){.table = tls_table_of(in->direction, in->role),
                                .decision = TLS_anonymous_tls,
                                .used = TLS_NO_CERT,
                                .best = TLS_NO_CERT,
                                .named = TLS_NO_CERT};
    bool more = true;
    while (more && out->steps < TLS_STEPS) {
        const struct tls_row *row = &out->table->row[out->steps++];
        if (!tests[row->test](in, out))
            more = fail(row, out);
    }
    if (out->decision == TLS_anonymous_tls)
        out->used = out->named;
}

enum tls_event tls_start_up(const struct tls_input *in)
{
    const struct tls_table *table = tls_table_of(in->direction, in->role);
    struct tls_outcome out = {0};
    for (size_t i = 0; i < TLS_STEPS; i++) {
        const struct tls_row *row = &table->row[i];
        if (row->start_up_only && !tests[row->test](in, &out))
            return (enum tls_event)row->event;
    }
    return TLS_NO_EVENT;
}
