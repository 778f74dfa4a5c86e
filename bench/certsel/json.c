#include <stdlib.h>

#include <jansson.h>

#include "engine/check.h"

#include "../scenario/text.h"
#include "explain.h"

static json_t *cert_json(const struct explain *e, uint32_t i)
{
    if (i == TLS_NO_CERT)
        return json_null();
    const struct tls_cert *cert = &e->input->store.cert[i];
    char label[EXPLAIN_LABEL_MAX], hex[EXPLAIN_HEX_MAX], from[TEXT_DATE_MAX], to[TEXT_DATE_MAX];
    return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:i, s:b, s:b, s:b, s:s, s:b, s:i}", "name",
                     e->label(e->context, i, label), "thumbprint",
                     explain_hex(hex, cert->thumbprint), "subject", cert->subject, "valid_from",
                     text_of_date(from, cert->valid_from_s), "valid_to",
                     text_of_date(to, cert->valid_to_s), "version", (int)cert->version,
                     "private_key", (int)cert->private_key, "smtp", (int)cert->smtp, "self_signed",
                     (int)cert->self_signed, "chain", explain_chain(cert->chain), "pki_valid",
                     (int)tls_cert_pki_valid(cert, e->input->now_s), "lacks",
                     (int)tls_cert_lacks(cert, &e->outcome.domains));
}

static json_t *step_json(const struct explain *e, uint32_t i)
{
    const struct tls_row *row = &e->outcome.table->row[i];
    bool failed = e->outcome.failed >> i & 1;
    bool logs = failed && row->event != TLS_NO_EVENT && !row->start_up_only;
    char found[EXPLAIN_FOUND_MAX];
    explain_found(e, row, found);
    json_t *step =
        json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s?, s:s?, s:s?}", "step", row->name, "test",
                  tls_question(row), "passed", !failed, "found", found, "source", row->source,
                  "known", tls_known_words(row), "then", failed ? tls_fail_words(row) : NULL,
                  "to_do", failed ? row->remedy : NULL, "note", row->trap);
    json_object_set_new(
        step, "event", logs ? json_integer(tls_event_id((enum tls_event)row->event)) : json_null());
    return step;
}

static json_t *events_json(const struct tls_outcome *outcome)
{
    json_t *list = json_array();
    for (unsigned event = 1; event < TLS_EVENT_COUNT; event++)
        if (tls_logged(outcome, (enum tls_event)event))
            json_array_append_new(list, json_integer(tls_event_id((enum tls_event)event)));
    return list;
}

static json_t *unsaid_json(uint32_t unsaid)
{
    const char *text[EXPLAIN_UNSAIDS];
    json_t *list = json_array();
    size_t n = explain_unsaid(unsaid, text);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(text[i]));
    return list;
}

void explain_json(FILE *out, const struct explain *e)
{
    const struct tls_outcome *o = &e->outcome;
    struct tls_outcome other;
    char clock[TEXT_DATE_MAX];
    json_t *steps = json_array(), *certs = json_array(), *domains = json_array();
    for (uint32_t i = 0; i < o->steps; i++)
        json_array_append_new(steps, step_json(e, i));
    for (uint32_t i = 0; i < e->input->store.count; i++)
        json_array_append_new(certs, cert_json(e, i));
    for (uint32_t i = 0; i < o->domains.count; i++)
        json_array_append_new(domains, json_string(o->domains.name[i]));
    bool differs = explain_other_reading(e, &other);
    enum tls_event start = tls_start_up(e->input);
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "server", e->server,
        "procedure", o->table->name, "clock", text_of_date(clock, e->input->now_s), "decision",
        tls_decision_words(o->decision), "other_reading_of_hub_to_hub",
        differs ? json_string(tls_decision_words(other.decision)) : json_null(), "used",
        cert_json(e, o->used), "best", cert_json(e, o->best), "events", events_json(o),
        "event_at_start_up",
        start != TLS_NO_EVENT ? json_integer(tls_event_id(start)) : json_null(), "not_documented",
        unsaid_json(o->unsaid), "domains", domains, "steps", steps, "certificates", certs);
    CHECK(root != NULL);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    CHECK(text != NULL);
    fputs(text, out);
    fputc('\n', out);
    free(text);
    json_decref(root);
}
