#include "tls/smtp.h"

#include <stdio.h>

#include "engine/check.h"

const struct smtp_line_facts smtp_line_facts[SMTP_LINE_COUNT] = {
#define X(name, receiver, bytes, words) {#name, receiver, bytes, words},
    SMTP_LINES(X)
#undef X
};

/* The sender's selection runs beside the first lines; it must be over before X-ANONYMOUSTLS. */
enum {
    S_OPENING,
    S_GREETED,
    S_SELECTING,
    S_STARTING,
    S_HELLO,
    S_KEYS,
    S_SECURE,
    S_TICKET,
    S_AUTH,
    S_MAIL,
    S_DONE,
    S_REFUSED,
    S_STATES
};
static const char *const sender_states[] = {"OPENING", "GREETED", "SELECTING", "STARTING",
                                            "HELLO",   "KEYS",    "SECURE",    "TICKET",
                                            "AUTH",    "MAIL",    "DONE",      "REFUSED"};
#define NEXT SMTP_GOES_ON
static const struct smtp_row sender_rows[] = {
    {S_OPENING, SMTP_BANNER, SMTP_WHEN_ALWAYS, 0, SMTP_EHLO, S_GREETED, NEXT, "RFC 5321 4.1.1.1"},
    {S_GREETED, SMTP_EHLO_REPLY, SMTP_WHEN_ALWAYS, 0, SMTP_NONE, S_SELECTING, NEXT,
     "TechNet bb430773, steps 1 to 9"},
    {S_SELECTING, SMTP_ON_SELECTED, SMTP_WHEN_TLS, 0, SMTP_START, S_STARTING, NEXT,
     "TechNet bb430773, step 9"},
    {S_SELECTING, SMTP_ON_SELECTED, SMTP_WHEN_CLEAR, 0, SMTP_MAIL, S_MAIL, NEXT,
     "TechNet bb430773, steps 2 to 4: no anonymous TLS; that mail goes on is assumed"},
    {S_SELECTING, SMTP_ON_SELECTED, SMTP_WHEN_CLEAR_KERBEROS, SMTP_WORK_TICKET, SMTP_NONE, S_TICKET,
     NEXT, "TechNet bb430773, steps 2 to 4: no anonymous TLS; that mail goes on is assumed"},
    {S_SELECTING, SMTP_ON_SELECTED, SMTP_WHEN_REFUSE, 0, SMTP_NONE, S_REFUSED, SMTP_NO_TLS,
     "Set-SendConnector -RequireTLS"},
    {S_STARTING, SMTP_GO_AHEAD, SMTP_WHEN_ALWAYS, 0, SMTP_CLIENT_HELLO, S_HELLO, NEXT,
     "RFC 2246 7.4.1.2"},
    {S_HELLO, SMTP_SERVER_HELLO, SMTP_WHEN_ALWAYS, SMTP_WORK_PUBLIC | SMTP_WORK_MUTUAL_SIGN,
     SMTP_KEY_EXCHANGE, S_KEYS, NEXT, "RFC 2246 7.4.7, 7.4.8"},
    {S_KEYS, SMTP_FINISHED, SMTP_WHEN_ALWAYS, SMTP_WORK_RECORD, SMTP_EHLO_AGAIN, S_SECURE, NEXT,
     "RFC 3207 4.2"},
    {S_SECURE, SMTP_EXTENSIONS, SMTP_WHEN_KERBEROS, SMTP_WORK_TICKET, SMTP_NONE, S_TICKET, NEXT,
     "TechNet bb430773, introduction: Kerberos after TLS"},
    {S_SECURE, SMTP_EXTENSIONS, SMTP_WHEN_NO_KERBEROS, SMTP_WORK_RECORD, SMTP_MAIL, S_MAIL, NEXT,
     "TechNet bb430773, introduction: certificates authenticate"},
    {S_TICKET, SMTP_ON_TICKET, SMTP_WHEN_ALWAYS, SMTP_WORK_KERBEROS, SMTP_AUTH, S_AUTH, NEXT,
     "RFC 4954 4; RFC 4121"},
    {S_AUTH, SMTP_AUTH_REPLY, SMTP_WHEN_ALWAYS, SMTP_WORK_KERBEROS, SMTP_MAIL, S_MAIL, NEXT,
     "RFC 5321 4.1.1.2; RFC 3030; RFC 2920"},
    {S_MAIL, SMTP_ACCEPTED, SMTP_WHEN_ALWAYS, 0, SMTP_NONE, S_DONE, SMTP_DONE, "RFC 5321 4.2.5"},
};
const struct smtp_table smtp_sender = {"sender", S_STATES, sender_states, sender_rows,
                                       COUNT_OF(sender_rows)};

/* The receiver's selection begins with the connection; what it advertises waits for it. */
enum { R_OPEN, R_GREETING, R_SELECTING, R_READY, R_STARTED, R_HELLO, R_SECURE, R_STATES };
static const char *const receiver_states[] = {"OPEN",    "GREETING", "SELECTING", "READY",
                                              "STARTED", "HELLO",    "SECURE"};
static const struct smtp_row receiver_rows[] = {
    {R_OPEN, SMTP_ON_OPEN, SMTP_WHEN_ALWAYS, SMTP_WORK_COMMAND, SMTP_BANNER, R_GREETING, NEXT,
     "RFC 5321 3.1"},
    {R_GREETING, SMTP_EHLO, SMTP_WHEN_ALWAYS, 0, SMTP_NONE, R_SELECTING, NEXT,
     "TechNet bb430790, steps 1 to 5"},
    {R_SELECTING, SMTP_ON_SELECTED, SMTP_WHEN_ALWAYS, SMTP_WORK_COMMAND, SMTP_EHLO_REPLY, R_READY,
     NEXT, "RFC 5321 4.1.1.1"},
    {R_READY, SMTP_START, SMTP_WHEN_ALWAYS, SMTP_WORK_COMMAND, SMTP_GO_AHEAD, R_STARTED, NEXT,
     "RFC 3207 4"},
    {R_STARTED, SMTP_CLIENT_HELLO, SMTP_WHEN_ALWAYS, SMTP_WORK_RECORD, SMTP_SERVER_HELLO, R_HELLO,
     NEXT, "RFC 2246 7.4.1.3 to 7.4.5"},
    {R_HELLO, SMTP_KEY_EXCHANGE, SMTP_WHEN_ALWAYS, SMTP_WORK_PRIVATE | SMTP_WORK_MUTUAL_VERIFY,
     SMTP_FINISHED, R_SECURE, NEXT, "RFC 2246 7.4.9"},
    {R_SECURE, SMTP_EHLO_AGAIN, SMTP_WHEN_ALWAYS, SMTP_WORK_COMMAND | SMTP_WORK_RECORD,
     SMTP_EXTENSIONS, R_READY, NEXT, "RFC 3207 4.2"},
    {R_READY, SMTP_AUTH, SMTP_WHEN_ALWAYS, SMTP_WORK_COMMAND | SMTP_WORK_KERBEROS, SMTP_AUTH_REPLY,
     R_READY, NEXT, "RFC 4954 6"},
    {R_READY, SMTP_MAIL, SMTP_WHEN_ALWAYS, SMTP_WORK_COMMAND | SMTP_WORK_ACCEPT, SMTP_ACCEPTED,
     R_READY, NEXT, "RFC 5321 4.2.5"},
};
const struct smtp_table smtp_receiver = {"receiver", R_STATES, receiver_states, receiver_rows,
                                         COUNT_OF(receiver_rows)};

const struct smtp_row *smtp_find(const struct smtp_table *table, uint8_t state, uint8_t on,
                                 uint32_t guards)
{
    for (size_t i = 0; i < table->rows; i++) {
        const struct smtp_row *row = &table->row[i];
        if (row->from == state && row->on == on && guards >> row->when & 1)
            return row;
    }
    return NULL;
}

static bool hears(const struct smtp_table *table, uint8_t line)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].on == line)
            return true;
    return false;
}

static bool sends(const struct smtp_table *table, uint8_t line)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].send == line)
            return true;
    return false;
}

static bool row_is_sound(const struct smtp_table *table, const struct smtp_table *partner,
                         const struct smtp_row *row, char *why, size_t why_size)
{
    const char *problem = NULL;
    bool receiver = table == &smtp_receiver || partner == &smtp_sender;
    if (row->from >= table->states || row->to >= table->states)
        problem = "names a state that does not exist";
    else if (row->source == NULL || row->source[0] == '\0')
        problem = "has no source";
    else if (row->send != SMTP_NONE && smtp_line_facts[row->send].receiver != receiver)
        problem = "sends a line of the other end";
    else if (row->send != SMTP_NONE && !hears(partner, row->send))
        problem = "sends what its partner never hears";
    else if (row->on < SMTP_LINE_COUNT && !sends(partner, row->on))
        problem = "hears what its partner never sends";
    if (problem != NULL)
        snprintf(why, why_size, "%s: row from %s on %u %s", table->name,
                 row->from < table->states ? table->state[row->from] : "?", row->on, problem);
    return problem == NULL;
}

/* From state 0 all can be reached, and each has a way out or is where the session ends. */
static bool states_are_sound(const struct smtp_table *table, char *why, size_t why_size)
{
    uint32_t reached = 1, left = 0, final = 0;
    for (uint8_t pass = 0; pass < table->states; pass++)
        for (size_t i = 0; i < table->rows; i++)
            if (reached >> table->row[i].from & 1)
                reached |= 1u << table->row[i].to;
    for (size_t i = 0; i < table->rows; i++) {
        left |= 1u << table->row[i].from;
        if (table->row[i].effect != SMTP_GOES_ON)
            final |= 1u << table->row[i].to;
    }
    for (uint8_t state = 0; state < table->states; state++) {
        if (!(reached >> state & 1) || !((left | final) >> state & 1)) {
            snprintf(why, why_size, "%s: state %s cannot be %s", table->name, table->state[state],
                     reached >> state & 1 ? "left" : "reached");
            return false;
        }
    }
    return true;
}

bool smtp_tables_check(const struct smtp_table *sender, const struct smtp_table *receiver,
                       char *why, size_t why_size)
{
    for (size_t i = 0; i < sender->rows; i++)
        if (!row_is_sound(sender, receiver, &sender->row[i], why, why_size))
            return false;
    for (size_t i = 0; i < receiver->rows; i++)
        if (!row_is_sound(receiver, sender, &receiver->row[i], why, why_size))
            return false;
    return states_are_sound(sender, why, why_size) && states_are_sound(receiver, why, why_size);
}
