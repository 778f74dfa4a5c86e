#include "ike/tables.h"

#include <stdio.h>

#include "engine/check.h"

/* Initiator of Main Mode. RFC 2409 5.1 (signatures) and 5.4 (pre-shared key) have the same arrows:
 *
 *        Initiator                          Responder
 *       ----------                         -----------
 *        HDR, SA                     -->
 *                                    <--    HDR, SA
 *        HDR, KE, Ni                 -->
 *                                    <--    HDR, KE, Nr
 *        HDR*, IDii, [ CERT, ] SIG_I -->
 *                                    <--    HDR*, IDir, [ CERT, ] SIG_R
 */
enum { MI_IDLE, MI_SENT_1, MI_TICKET, MI_SENT_3, MI_SENT_5, MI_UP, MI_FAILED };
static const struct ike_row mm_initiator_rows[] = {
    /* from    on               when             work                       send  rep effect     to
     */
    {MI_IDLE, IKE_ON_START, IKE_WHEN_ALWAYS, 0, IKE_MM1, 1, EFFECT_NONE, MI_SENT_1,
     "RFC 2409 5.1, message 1"},
    {MI_SENT_1, IKE_MM2, IKE_WHEN_NO_OPTION, WORK_KEYGEN, IKE_MM3, 1, EFFECT_NONE, MI_SENT_3,
     "RFC 2409 5.1, messages 2 and 3"},
    {MI_SENT_1, IKE_MM2, IKE_WHEN_OPTION, 0, IKE_NO_MESSAGE, 0, EFFECT_TICKET, MI_TICKET,
     "draft-ietf-ipsec-isakmp-gss-auth: message 2 names the peer, message 3 carries its ticket"},
    {MI_TICKET, IKE_ON_TICKET, IKE_WHEN_ALWAYS, WORK_KEYGEN, IKE_MM3, 1, EFFECT_NONE, MI_SENT_3,
     "RFC 2409 5.1, message 3; RFC 4120 3.3"},
    {MI_TICKET, IKE_ON_NO_TICKET, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, MI_FAILED,
     "RFC 4120 3.3: no domain controller answers"},
    {MI_SENT_3, IKE_MM4, IKE_WHEN_ALWAYS, WORK_AGREE | WORK_SIGN | WORK_MESSAGE, IKE_MM5, 1,
     EFFECT_NONE, MI_SENT_5, "RFC 2409 5.1, messages 4 and 5"},
    {MI_SENT_5, IKE_MM6, IKE_WHEN_ALWAYS, WORK_VERIFY_2 | WORK_MESSAGE, IKE_NO_MESSAGE, 0,
     EFFECT_UP, MI_UP, "RFC 2409 5.1, message 6"},
    {MI_SENT_1, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, MI_FAILED,
     "RFC 2408 5.1, retry counter"},
    {MI_SENT_3, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, MI_FAILED,
     "RFC 2408 5.1, retry counter"},
    {MI_SENT_5, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, MI_FAILED,
     "RFC 2408 5.1, retry counter"},
};
const struct ike_table ike_mm_initiator = {
    .name = "Main Mode, initiator",
    .exchange = IKE_MM,
    .initiator = true,
    .states = 7,
    .state = {"IDLE", "SENT_MM1", "WAITS_FOR_TICKET", "SENT_MM3", "SENT_MM5", "UP", "FAILED"},
    .waits = {[MI_TICKET] = "RFC 4120 3.3: the Kerberos client has a schedule of its own"},
    .row = mm_initiator_rows,
    .rows = COUNT_OF(mm_initiator_rows),
};

enum { MR_IDLE, MR_SENT_2, MR_SENT_4, MR_UP };
#define NO_RESPONDER_TIMER "[MS-IKEE] 3.1.5: only the initiator sets a retransmission timer"
static const struct ike_row mm_responder_rows[] = {
    {MR_IDLE, IKE_MM1, IKE_WHEN_ALWAYS, 0, IKE_MM2, 0, EFFECT_NONE, MR_SENT_2,
     "RFC 2409 5.1, messages 1 and 2"},
    {MR_SENT_2, IKE_MM3, IKE_WHEN_ALWAYS, WORK_KEYGEN | WORK_AGREE, IKE_MM4, 0, EFFECT_NONE,
     MR_SENT_4, "RFC 2409 5.1, messages 3 and 4"},
    {MR_SENT_4, IKE_MM5, IKE_WHEN_ALWAYS, WORK_VERIFY_2 | WORK_SIGN | WORK_MESSAGE, IKE_MM6, 0,
     EFFECT_UP, MR_UP, "RFC 2409 5.1, messages 5 and 6"},
};
const struct ike_table ike_mm_responder = {
    .name = "Main Mode, responder",
    .exchange = IKE_MM,
    .initiator = false,
    .states = 4,
    .state = {"IDLE", "SENT_MM2", "SENT_MM4", "UP"},
    .waits = {NULL, NO_RESPONDER_TIMER, NO_RESPONDER_TIMER, NULL},
    .row = mm_responder_rows,
    .rows = COUNT_OF(mm_responder_rows),
};

/* Quick Mode. RFC 2409 5.5:
 *
 *        Initiator                                   Responder
 *       -----------                                 -----------
 *        HDR*, HASH(1), SA, Ni [, KE ] [, IDci, IDcr ] -->
 *                                  <--    HDR*, HASH(2), SA, Nr [, KE ] [, IDci, IDcr ]
 *        HDR*, HASH(3)             -->
 *   with the commit bit (RFC 2408 3.1):
 *                                  <--    HDR*, HASH(4), N(CONNECTED)
 */
enum { QI_IDLE, QI_SENT_1, QI_SENT_3, QI_UP, QI_FAILED };
static const struct ike_row qm_initiator_rows[] = {
    {QI_IDLE, IKE_ON_START, IKE_WHEN_ALWAYS, WORK_MESSAGE, IKE_QM1, 1, EFFECT_NONE, QI_SENT_1,
     "RFC 2409 5.5, message 1"},
    {QI_SENT_1, IKE_QM2, IKE_WHEN_NO_OPTION, WORK_MESSAGE, IKE_QM3, 0, EFFECT_UP, QI_UP,
     "RFC 2409 5.5, messages 2 and 3"},
    {QI_SENT_1, IKE_QM2, IKE_WHEN_OPTION, WORK_MESSAGE, IKE_QM3, 1, EFFECT_NONE, QI_SENT_3,
     "RFC 2408 3.1: the commit bit, wait for CONNECTED"},
    {QI_SENT_3, IKE_QM4, IKE_WHEN_ALWAYS, WORK_MESSAGE, IKE_NO_MESSAGE, 0, EFFECT_UP, QI_UP,
     "RFC 2408 3.1: CONNECTED"},
    {QI_SENT_1, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, QI_FAILED,
     "RFC 2408 5.1, retry counter"},
    {QI_SENT_3, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, QI_FAILED,
     "RFC 2408 5.1, retry counter"},
};
const struct ike_table ike_qm_initiator = {
    .name = "Quick Mode, initiator",
    .exchange = IKE_QM,
    .initiator = true,
    .states = 5,
    .state = {"IDLE", "SENT_QM1", "SENT_QM3", "UP", "FAILED"},
    .row = qm_initiator_rows,
    .rows = COUNT_OF(qm_initiator_rows),
};

enum { QR_IDLE, QR_SENT_2, QR_UP };
static const struct ike_row qm_responder_rows[] = {
    {QR_IDLE, IKE_QM1, IKE_WHEN_ALWAYS, WORK_MESSAGE, IKE_QM2, 0, EFFECT_NONE, QR_SENT_2,
     "RFC 2409 5.5, messages 1 and 2"},
    {QR_SENT_2, IKE_QM3, IKE_WHEN_NO_OPTION, WORK_MESSAGE, IKE_NO_MESSAGE, 0, EFFECT_UP, QR_UP,
     "RFC 2409 5.5, message 3"},
    {QR_SENT_2, IKE_QM3, IKE_WHEN_OPTION, WORK_MESSAGE, IKE_QM4, 0, EFFECT_UP, QR_UP,
     "RFC 2408 3.1: CONNECTED"},
};
const struct ike_table ike_qm_responder = {
    .name = "Quick Mode, responder",
    .exchange = IKE_QM,
    .initiator = false,
    .states = 3,
    .state = {"IDLE", "SENT_QM2", "UP"},
    .waits = {NULL, NO_RESPONDER_TIMER, NULL},
    .row = qm_responder_rows,
    .rows = COUNT_OF(qm_responder_rows),
};

/* Deletion of an SA. Plain, it is RFC 2409 5.7's one-way Informational exchange; acknowledged, it
 * is Windows' Reliable Delete ([MS-IKEE] 3.8): message 1 carries a nonce and is repeated until
 * message 2 comes. Its cryptography is done ahead: the message leaves in the instant in which the
 * SA is removed. */
enum { DI_IDLE, DI_SENT, DI_DONE, DI_FAILED };
#define DELETE_INITIATOR(which)                                                                    \
    static const struct ike_row delete_##which##_initiator_rows[] = {                              \
        {DI_IDLE, IKE_ON_START, IKE_WHEN_NO_OPTION, 0, IKE_DELETE_##which, 0, EFFECT_UP, DI_DONE,  \
         "RFC 2409 5.7: sent once"},                                                               \
        {DI_IDLE, IKE_ON_START, IKE_WHEN_OPTION, 0, IKE_DELETE_##which, 1, EFFECT_NONE, DI_SENT,   \
         "[MS-IKEE] 3.8.4.1"},                                                                     \
        {DI_SENT, IKE_DELETE_##which##_ACK, IKE_WHEN_ALWAYS, WORK_MESSAGE, IKE_NO_MESSAGE, 0,      \
         EFFECT_UP, DI_DONE, "[MS-IKEE] 3.8.5"},                                                   \
        {DI_SENT, IKE_ON_GIVE_UP, IKE_WHEN_ALWAYS, 0, IKE_NO_MESSAGE, 0, EFFECT_FAILED, DI_FAILED, \
         "[MS-IKEE] 3.8.6.1"},                                                                     \
    }
DELETE_INITIATOR(QM);
DELETE_INITIATOR(MM);

enum { DR_IDLE, DR_DONE };
#define DELETE_RESPONDER(which)                                                                    \
    static const struct ike_row delete_##which##_responder_rows[] = {                              \
        {DR_IDLE, IKE_DELETE_##which, IKE_WHEN_NO_OPTION, WORK_MESSAGE, IKE_NO_MESSAGE, 0,         \
         EFFECT_UP, DR_DONE, "RFC 2408 5.15"},                                                     \
        {DR_IDLE, IKE_DELETE_##which, IKE_WHEN_OPTION, WORK_MESSAGE, IKE_DELETE_##which##_ACK, 0,  \
         EFFECT_UP, DR_DONE, "[MS-IKEE] 3.8.5"},                                                   \
    }
DELETE_RESPONDER(QM);
DELETE_RESPONDER(MM);

const struct ike_table ike_delete_qm_initiator = {
    .name = "Delete of quick mode, initiator",
    .exchange = IKE_INFO,
    .initiator = true,
    .states = 4,
    .state = {"IDLE", "SENT", "DONE", "FAILED"},
    .row = delete_QM_initiator_rows,
    .rows = COUNT_OF(delete_QM_initiator_rows),
};
const struct ike_table ike_delete_mm_initiator = {
    .name = "Delete of main mode, initiator",
    .exchange = IKE_INFO,
    .initiator = true,
    .states = 4,
    .state = {"IDLE", "SENT", "DONE", "FAILED"},
    .row = delete_MM_initiator_rows,
    .rows = COUNT_OF(delete_MM_initiator_rows),
};
const struct ike_table ike_delete_qm_responder = {
    .name = "Delete of quick mode, responder",
    .exchange = IKE_INFO,
    .initiator = false,
    .states = 2,
    .state = {"IDLE", "DONE"},
    .row = delete_QM_responder_rows,
    .rows = COUNT_OF(delete_QM_responder_rows),
};
const struct ike_table ike_delete_mm_responder = {
    .name = "Delete of main mode, responder",
    .exchange = IKE_INFO,
    .initiator = false,
    .states = 2,
    .state = {"IDLE", "DONE"},
    .row = delete_MM_responder_rows,
    .rows = COUNT_OF(delete_MM_responder_rows),
};

const struct ike_table *const ike_tables[IKE_TABLE_COUNT] = {
    &ike_mm_initiator,        &ike_mm_responder,        &ike_qm_initiator,
    &ike_qm_responder,        &ike_delete_qm_initiator, &ike_delete_qm_responder,
    &ike_delete_mm_initiator, &ike_delete_mm_responder,
};

const struct ike_row *ike_table_find(const struct ike_table *table, uint8_t state, uint8_t on,
                                     bool option)
{
    for (size_t i = 0; i < table->rows; i++) {
        const struct ike_row *row = &table->row[i];
        bool guard = row->when == IKE_WHEN_ALWAYS || (row->when == IKE_WHEN_OPTION) == option;
        if (row->from == state && row->on == on && guard)
            return row;
    }
    return NULL;
}

static bool hears(const struct ike_table *table, uint8_t on)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].on == on)
            return true;
    return false;
}

static bool sends(const struct ike_table *table, uint8_t message)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].send == message)
            return true;
    return false;
}

static bool has_row(const struct ike_table *table, uint8_t from, uint8_t on)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].from == from && table->row[i].on == on)
            return true;
    return false;
}

static bool leaves(const struct ike_table *table, uint8_t state)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].from == state)
            return true;
    return false;
}

/* Final states are those some row with an effect that ends the exchange leads to. */
static bool is_final(const struct ike_table *table, uint8_t state)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].to == state &&
            (table->row[i].effect == EFFECT_UP || table->row[i].effect == EFFECT_FAILED))
            return true;
    return false;
}

static uint32_t reachable(const struct ike_table *table)
{
    uint32_t set = 1;
    for (size_t pass = 0; pass < table->states; pass++)
        for (size_t i = 0; i < table->rows; i++)
            if (set >> table->row[i].from & 1)
                set |= 1u << table->row[i].to;
    return set;
}

static bool row_is_sound(const struct ike_table *table, const struct ike_table *partner,
                         const struct ike_row *row, char *why, size_t why_size)
{
    const char *problem = NULL;
    const char *sent = row->send ? ike_message_facts_of(row->send)->name : "nothing";
    if (row->from >= table->states || row->to >= table->states)
        problem = "names a state that does not exist";
    else if (row->source == NULL || row->source[0] == '\0')
        problem = "has no source";
    else if (row->send && ike_message_facts_of(row->send)->exchange != table->exchange)
        problem = "sends a message of another exchange";
    else if (row->send && !hears(partner, row->send))
        problem = "sends what its partner never hears";
    else if ((row->on < IKE_MESSAGE_COUNT || row->on > IKE2_NO_MESSAGE) && !sends(partner, row->on))
        problem = "hears what its partner never sends";
    else if (row->repeat && !row->send)
        problem = "repeats nothing";
    else if (row->repeat && !has_row(table, row->to, IKE_ON_GIVE_UP))
        problem = "repeats for ever: its next state does not hear 'give up'";
    else if (row->repeat && !table->initiator)
        problem = "repeats in a responder";
    if (problem == NULL)
        return true;
    snprintf(why, why_size, "%s: row %zu (sends %s) %s", table->name, (size_t)(row - table->row),
             sent, problem);
    return false;
}

static bool armed(const struct ike_table *table, uint8_t state)
{
    for (size_t i = 0; i < table->rows; i++)
        if (table->row[i].to == state && table->row[i].repeat)
            return true;
    return false;
}

static bool state_is_sound(const struct ike_table *table, uint8_t state, char *why, size_t why_size)
{
    const char *problem = NULL;
    bool final = is_final(table, state);
    if (!(reachable(table) >> state & 1))
        problem = "cannot be reached";
    else if (final && leaves(table, state))
        problem = "is final but has rows";
    else if (!final && !leaves(table, state))
        problem = "cannot be left";
    else if (!final && state != 0 && !armed(table, state) && table->waits[state] == NULL)
        problem = "may wait for ever without saying why";
    else if (has_row(table, state, IKE_ON_GIVE_UP) && !armed(table, state))
        problem = "hears 'give up' but no timer is armed";
    if (problem == NULL)
        return true;
    snprintf(why, why_size, "%s: state %s %s", table->name, table->state[state], problem);
    return false;
}

static bool table_is_sound(const struct ike_table *table, const struct ike_table *partner,
                           char *why, size_t why_size)
{
    for (size_t i = 0; i < table->rows; i++) {
        const struct ike_row *row = &table->row[i];
        if (!row_is_sound(table, partner, row, why, why_size))
            return false;
        for (size_t j = 0; j < i; j++) {
            const struct ike_row *other = &table->row[j];
            bool overlap = other->when == row->when || other->when == IKE_WHEN_ALWAYS ||
                           row->when == IKE_WHEN_ALWAYS;
            if (other->from == row->from && other->on == row->on && overlap) {
                snprintf(why, why_size, "%s: rows %zu and %zu answer the same input", table->name,
                         j, i);
                return false;
            }
        }
    }
    for (uint8_t state = 0; state < table->states; state++)
        if (!state_is_sound(table, state, why, why_size))
            return false;
    return true;
}

bool ike_tables_check(const struct ike_table *initiator, const struct ike_table *responder,
                      char *why, size_t why_size)
{
    return table_is_sound(initiator, responder, why, why_size) &&
           table_is_sound(responder, initiator, why, why_size);
}
