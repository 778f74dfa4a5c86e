#include "mail.h"

#include <inttypes.h>

#include "app/app.h"
#include "engine/check.h"
#include "moment/moment.h"
#include "tls/session.h"

bool mail_tells(const struct moment *m)
{
    return m->id >= MOMENT_smtp_opened && m->id <= MOMENT_queue_waits;
}

/* The message's arrival window, counted from t = 0, and its place in it; of a late try the time, in
 * mean distances of messages. */
static void put_session(FILE *out, int64_t number)
{
    int64_t window = (number >> ARRIVALS_SLOT_BITS) - APP_WINDOWS_BEFORE;
    int64_t slot = number & ((1 << ARRIVALS_SLOT_BITS) - 1);
    if (number < SMTP_LATE_TRIES)
        fprintf(out, "session %" PRId64 ".late", number);
    else
        fprintf(out, "session %" PRId64 ".%" PRId64, window, slot);
}

static void put_line(FILE *out, const char *verb, const struct moment *m)
{
    struct smtp_tag tag = smtp_tag_of_word(m->a);
    const char *words = smtp_line_facts[tag.line].words;
    bool query = tag.line >= SMTP_ASK_DIRECTORY;
    put_session(out, m->b);
    if (query && tag.ack)
        fprintf(out, "%s the answer to: %s", verb[0] == 's' ? " is sent" : " loses", words);
    else
        fprintf(out, " %s %s%s", verb, tag.ack ? "ACK of: " : "", words);
    if (tag.copy > 0)
        fprintf(out, " (repetition %u)", tag.copy);
}

static void put_row(FILE *out, const struct moment *m)
{
    const struct smtp_row *row = (const struct smtp_row *)(intptr_t)m->b;
    bool sender = row >= smtp_sender.row && row < smtp_sender.row + smtp_sender.rows;
    const struct smtp_table *table = sender ? &smtp_sender : &smtp_receiver;
    put_session(out, m->a);
    fprintf(out, ", %s: %s -> %s   (%s)", table->name, table->state[row->from],
            table->state[row->to], row->source);
}

static void put_step(FILE *out, const struct moment *m)
{
    const struct tls_row *row = (const struct tls_row *)(intptr_t)m->a;
    fprintf(out, "step %s %s: %s   (%s)", row->name, m->b ? "FAILS" : "passes", tls_question(row),
            row->source);
}

static const char *end_words(int64_t end)
{
    static const char *const words[] = {
#define X(name, text) text,
        SMTP_ENDS(X)
#undef X
    };
    return words[end];
}

static const char *event_words(int64_t id)
{
    for (unsigned event = 1; event < TLS_EVENT_COUNT; event++)
        if (tls_event_id((enum tls_event)event) == (unsigned)id)
            return tls_event_words((enum tls_event)event);
    return "";
}

void mail_put(FILE *out, const struct moment *m)
{
    switch (m->id) {
    case MOMENT_smtp_opened:
        put_session(out, m->a);
        fputs(" begins", out);
        if (m->b > 0)
            fprintf(out, ", try %" PRId64 " of its message", m->b + 1);
        break;
    case MOMENT_smtp_row:
        put_row(out, m);
        break;
    case MOMENT_smtp_sent:
        put_line(out, "sends", m);
        break;
    case MOMENT_smtp_lost:
        put_line(out, "loses", m);
        break;
    case MOMENT_smtp_over:
        put_session(out, m->a);
        fprintf(out, " is over: %s", end_words(m->b));
        break;
    case MOMENT_tls_step:
        put_step(out, m);
        break;
    case MOMENT_tls_decided:
        fprintf(out, "decides: %s%s", tls_decision_words((enum tls_decision)m->a),
                m->b ? " (in a case that the document leaves open)" : "");
        break;
    case MOMENT_tls_logged:
        fprintf(out, "logs event %" PRId64 ": %s", m->a, event_words(m->a));
        break;
    default:
        fprintf(out, "the queue waits %.0f s after %" PRId64 " failed tries", (double)m->b * 1e-9,
                m->a);
    }
}

void mail_put_result(FILE *out, const struct row *row, double horizon_s)
{
    if (row->status == ROW_CENSORED) {
        fprintf(out, "\nno message accepted within %.0f s\n", horizon_s);
        return;
    }
    fprintf(out, "\nfirst message accepted after %.9f s, %s TLS:\n", (double)row->outage_ns * 1e-9,
            row->secure_ns == NEVER_NS ? "without" : "over");
    static const struct {
        size_t offset;
        const char *words;
    } phase[] = {
        {offsetof(struct row, phase_detect_ns), "until the old connection was given up or reset"},
        {offsetof(struct row, phase_wait_ns), "until there was a message to be sent"},
        {offsetof(struct row, phase_retry_ns), "tries that failed, and waits between them"},
        {offsetof(struct row, phase_connect_ns), "TCP connection until the banner"},
        {offsetof(struct row, phase_select_ns), "EHLO and selection of certificates"},
        {offsetof(struct row, phase_tls_ns), "X-ANONYMOUSTLS and handshake"},
        {offsetof(struct row, phase_auth_ns), "EHLO again, authentication"},
        {offsetof(struct row, phase_app_ns), "MAIL until accepted"},
    };
    for (size_t i = 0; i < COUNT_OF(phase); i++) {
        int64_t ns = *(const int64_t *)(const void *)((const char *)row + phase[i].offset);
        fprintf(out, "%16.9f  %s\n", (double)ns * 1e-9, phase[i].words);
    }
}
