#include "explain.h"

#include <stdarg.h>
#include <string.h>

#include "engine/check.h"

#include "../scenario/text.h"

enum { SHOWN_CERTS = 12, WRAP = 100 };

void explain_begin(struct explain *e, const char *server, const struct tls_input *input)
{
    e->server = server;
    e->input = input;
    tls_select(input, &e->outcome);
}

char *explain_hex(char hex[EXPLAIN_HEX_MAX], const uint8_t thumbprint[TLS_THUMBPRINT_BYTES])
{
    for (int i = 0; i < TLS_THUMBPRINT_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", thumbprint[i]);
    return hex;
}

const char *explain_auth(enum tls_auth auth)
{
    static const char *const names[] = {
#define X(name) #name,
        TLS_AUTHS(X)
#undef X
    };
    return names[auth];
}

const char *explain_space(enum tls_space space)
{
    static const char *const names[] = {
#define X(name, text) text,
        TLS_SPACES(X)
#undef X
    };
    return names[space];
}

const char *explain_delivery(enum tls_delivery delivery)
{
    static const char *const names[] = {
#define X(name, hub) #name,
        TLS_DELIVERIES(X)
#undef X
    };
    return names[delivery];
}

const char *explain_chain(uint8_t chain)
{
    static const char *const words[] = {
#define X(name, text) text,
        TLS_CHAINS(X)
#undef X
    };
    return words[chain];
}

size_t explain_unsaid(uint32_t unsaid, const char *text[EXPLAIN_UNSAIDS])
{
    static const struct {
        uint32_t bit;
        const char *words;
    } all[EXPLAIN_UNSAIDS] = {
#define X(name, number, text) {number, text},
        TLS_UNSAIDS(X)
#undef X
    };
    size_t n = 0;
    for (size_t i = 0; i < EXPLAIN_UNSAIDS; i++)
        if (unsaid & all[i].bit)
            text[n++] = all[i].words;
    return n;
}

bool explain_other_reading(const struct explain *e, struct tls_outcome *other)
{
    struct tls_input in = *e->input;
    in.hub_to_hub = in.hub_to_hub == TLS_HUB_TO_HUB_literal ? TLS_HUB_TO_HUB_introduction
                                                            : TLS_HUB_TO_HUB_literal;
    tls_select(&in, other);
    return other->decision != e->outcome.decision;
}

static const struct tls_cert *cert_of(const struct explain *e, uint32_t i)
{
    return &e->input->store.cert[i];
}

static const char *attribute_words(enum tls_attribute attribute)
{
    return attribute == TLS_ATTRIBUTE_null ? "it is null" : "it cannot be read";
}

/* A line that grows; what does not fit is left out. */
struct line {
    char *text;
    size_t length;
};

static void say(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = EXPLAIN_FOUND_MAX - line->length;
    int n = vsnprintf(line->text + line->length, room, format, arguments);
    va_end(arguments);
    line->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static void say_cert(struct line *line, const struct explain *e, uint32_t i)
{
    char label[EXPLAIN_LABEL_MAX], from[TEXT_DATE_MAX], to[TEXT_DATE_MAX];
    const struct tls_cert *cert = cert_of(e, i);
    say(line, "%s (valid from %s to %s)", e->label(e->context, i, label),
        text_of_date(from, cert->valid_from_s), text_of_date(to, cert->valid_to_s));
}

static void say_domains(struct line *line, const struct explain *e)
{
    for (uint32_t i = 0; i < e->outcome.domains.count; i++)
        say(line, "%s%s", i > 0 ? ", " : "", e->outcome.domains.name[i]);
    if (e->outcome.domains.count == 0)
        say(line, "no name at all");
    if (e->input->host.clustered)
        say(line, " (a clustered host: ClusterName in place of the FQDN)");
}

static void say_best(struct line *line, const struct explain *e)
{
    uint32_t best = e->outcome.best;
    if (best == TLS_NO_CERT) {
        say(line, "none of the %u eligible", e->outcome.eligible);
    } else {
        say_cert(line, e, best);
        say(line, ", %s",
            tls_cert_pki_valid(cert_of(e, best), e->input->now_s) ? "PKI-valid" : "self-signed");
    }
    say(line, "; chains built: %u", e->outcome.chains);
}

void explain_found(const struct explain *e, const struct tls_row *row,
                   char found[EXPLAIN_FOUND_MAX])
{
    const struct tls_input *in = e->input;
    char hex[EXPLAIN_HEX_MAX], date[TEXT_DATE_MAX], clock[TEXT_DATE_MAX], label[EXPLAIN_LABEL_MAX];
    struct line line = {found, 0};
    found[0] = '\0';
    switch ((enum tls_test)row->test) {
    case TLS_TEST_HUB_SEND:
        say(&line, "SmartHostAuthMechanism %s, DeliveryType %s", explain_auth(in->send_auth),
            explain_delivery(in->delivery));
        break;
    case TLS_TEST_EDGE_SEND:
        say(&line, "SmartHostAuthMechanism %s, address space %s", explain_auth(in->send_auth),
            explain_space(in->send_space));
        break;
    case TLS_TEST_RECEIVE:
        say(&line, "AuthMechanism %s ExchangeServer",
            in->receive_exchange_server ? "includes" : "lacks");
        break;
    case TLS_TEST_DIRECTORY:
        if (in->attribute == TLS_ATTRIBUTE_present)
            say(&line, "thumbprint %s", explain_hex(hex, in->directory));
        else
            say(&line, "%s", attribute_words(in->attribute));
        break;
    case TLS_TEST_IN_STORE:
        if (e->outcome.named != TLS_NO_CERT)
            say_cert(&line, e, e->outcome.named);
        else
            say(&line, "none of the %u certificates of the store has it", in->store.count);
        break;
    case TLS_TEST_NOT_EXPIRED:
        say(&line, "Valid to %s, the clock shows %s",
            text_of_date(date, cert_of(e, e->outcome.named)->valid_to_s),
            text_of_date(clock, in->now_s));
        break;
    case TLS_TEST_DOMAINS:
        say_domains(&line, e);
        break;
    case TLS_TEST_ELIGIBLE:
        say(&line, "%u of %u", e->outcome.eligible, in->store.count);
        break;
    case TLS_TEST_BEST:
        say_best(&line, e);
        break;
    case TLS_TEST_NEWEST:
        say(&line, "best: %s", e->label(e->context, e->outcome.best, label));
        say(&line, "; the directory's: %s", e->label(e->context, e->outcome.named, label));
        break;
    case TLS_TEST_OPENED:
    case TLS_TEST_COUNT:
        break;
    }
}

/* Words broken into lines that begin in column `indent`, the first one after `head`. */
static void put_wrapped(FILE *out, int indent, const char *head, const char *text)
{
    int column = fprintf(out, "%*s%s", indent, "", head);
    int start = column;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > start && column + 1 + length > WRAP)
            column = fprintf(out, "\n%*s", start, "") - 1;
        else if (column > start)
            column += fprintf(out, " ");
        column += fprintf(out, "%.*s", length, text);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

/* "no private key; not enabled for SMTP" */
static void lack_words(uint32_t lacks, char text[EXPLAIN_FOUND_MAX])
{
    static const struct {
        uint32_t bit;
        const char *words;
    } all[] = {
#define X(name, number, text) {number, text},
        TLS_LACKS(X)
#undef X
    };
    struct line line = {text, 0};
    text[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (lacks & all[i].bit)
            say(&line, "%s%s", line.length > 0 ? "; " : "", all[i].words);
}

static void put_certs(FILE *out, const struct explain *e)
{
    uint32_t n = e->input->store.count, shown = e->all || n <= SHOWN_CERTS ? n : SHOWN_CERTS;
    for (uint32_t i = 0; i < shown; i++) {
        char label[EXPLAIN_LABEL_MAX], head[EXPLAIN_LABEL_MAX + 8], text[EXPLAIN_FOUND_MAX];
        uint32_t lacks = tls_cert_lacks(cert_of(e, i), &e->outcome.domains);
        snprintf(head, sizeof head, "%s %s: ", lacks == 0 ? "yes" : "no ",
                 e->label(e->context, i, label));
        if (lacks == 0)
            snprintf(text, sizeof text, "%s%s", explain_chain(cert_of(e, i)->chain),
                     cert_of(e, i)->self_signed ? "; it is self-signed" : "");
        else
            lack_words(lacks, text);
        put_wrapped(out, 12, head, text);
    }
    if (shown < n)
        fprintf(out, "%12s... %u more (--all)\n", "", n - shown);
}

static void put_step(FILE *out, const struct explain *e, uint32_t i)
{
    const struct tls_row *row = &e->outcome.table->row[i];
    bool failed = e->outcome.failed >> i & 1;
    char found[EXPLAIN_FOUND_MAX], head[32], event[160];
    snprintf(head, sizeof head, "%-3s %-5s ", row->name, failed ? "FAILS" : "ok");
    put_wrapped(out, 2, head, tls_question(row));
    explain_found(e, row, found);
    if (found[0] != '\0')
        put_wrapped(out, 12, "found: ", found);
    if (row->test == TLS_TEST_ELIGIBLE)
        put_certs(out, e);
    if (failed) {
        put_wrapped(out, 12, "then: ", tls_fail_words(row));
        if (row->event != TLS_NO_EVENT && !row->start_up_only) {
            snprintf(event, sizeof event, "%u: %s", tls_event_id((enum tls_event)row->event),
                     tls_event_words((enum tls_event)row->event));
            put_wrapped(out, 12, "event ", event);
        } else if (row->event != TLS_NO_EVENT) {
            snprintf(event, sizeof event, "%u, as the transport service starts: none in a session",
                     tls_event_id((enum tls_event)row->event));
            put_wrapped(out, 12, "event ", event);
        } else {
            put_wrapped(out, 12, "event: ", "none");
        }
        put_wrapped(out, 12, "to do: ", row->remedy);
    }
    bool either = row->test == TLS_TEST_HUB_SEND && tls_delivery_to_hub(e->input->delivery);
    if ((failed || either) && row->trap != NULL)
        put_wrapped(out, 12, "note: ", row->trap);
    if (failed || row->known != TLS_KNOWN_DOCUMENTED) {
        snprintf(event, sizeof event, "%s; %s", tls_known_words(row), row->source);
        put_wrapped(out, 12, "source: ", event);
    }
}

static void put_decision(FILE *out, const struct explain *e)
{
    const struct tls_outcome *o = &e->outcome;
    char label[EXPLAIN_LABEL_MAX], text[EXPLAIN_FOUND_MAX];
    const char *unsaid[EXPLAIN_UNSAIDS];
    struct line line = {text, 0};
    say(&line, "%s", tls_decision_words(o->decision));
    if (o->used != TLS_NO_CERT)
        say(&line, " with %s", e->label(e->context, o->used, label));
    put_wrapped(out, 0, "Result: ", text);
    size_t n = explain_unsaid(o->unsaid, unsaid);
    for (size_t i = 0; i < n; i++)
        put_wrapped(out, 0, "Not documented: ", unsaid[i]);
    if (n > 0 && o->best == TLS_NO_CERT && o->used != TLS_NO_CERT)
        put_wrapped(out, 0, "Read here as: ",
                    "the certificate that the directory names, loaded in step 4, stays in use");
    struct tls_outcome other;
    if (explain_other_reading(e, &other)) {
        line = (struct line){text, 0};
        say(&line, "%s", tls_decision_words(other.decision));
        if (other.used != TLS_NO_CERT)
            say(&line, " with %s", e->label(e->context, other.used, label));
        put_wrapped(out, 0,
                    e->input->hub_to_hub == TLS_HUB_TO_HUB_literal
                        ? "Read as the introduction has it (hub_to_hub: introduction): "
                        : "Read by the letter of step 2H (hub_to_hub: literal): ",
                    text);
    }
}

void explain_text(FILE *out, const struct explain *e)
{
    char clock[TEXT_DATE_MAX];
    fprintf(out, "%s: selection of its anonymous TLS certificate, %s; clock %s\n\n", e->server,
            e->outcome.table->name, text_of_date(clock, e->input->now_s));
    enum tls_event event = tls_start_up(e->input);
    if (event != TLS_NO_EVENT)
        fprintf(out, "  As the transport service starts: event %u (%s)\n\n", tls_event_id(event),
                tls_event_words(event));
    for (uint32_t i = 0; i < e->outcome.steps; i++)
        put_step(out, e, i);
    fputc('\n', out);
    put_decision(out, e);
}
