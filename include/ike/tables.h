/* IKE as tables: one per exchange and role, one row per arrow of the RFC's figure.
 * Separate because the tables are to be read beside RFC 2409 or RFC 7296 and checked by a program
 * (ike_tables_check). Retransmission is not in them: it is written once (exchange.c) and feeds one
 * input, "give up". */
#ifndef IKE_TABLES_H
#define IKE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/message.h"

/* Inputs: a message (its type), or one of these. */
enum { IKE_ON_START = IKE_MESSAGE_COUNT, IKE_ON_GIVE_UP, IKE_ON_TICKET, IKE_ON_NO_TICKET };
_Static_assert((int)IKE_ON_NO_TICKET < (int)IKE2_NO_MESSAGE, "inputs differ");

/* Guards. X(name, words) */
#define IKE_GUARDS(X)                                                                              \
    X(ALWAYS, "")                                                                                  \
    X(OPTION, "commit bit set; DELETE acknowledged; main mode needs a ticket first; a cookie is "  \
              "demanded")                                                                          \
    X(NO_OPTION, "commit bit not set; DELETE sent once; no ticket, or no cookie, is needed")
enum ike_guard {
#define X(name, words) IKE_WHEN_##name,
    IKE_GUARDS(X)
#undef X
};

/* Cryptography charged to the cpu before the row's message leaves; bits. WORK_MESSAGE: hashes and
 * ciphers of an encrypted message (HDR*), in and out. */
enum ike_work {
    WORK_KEYGEN = 1,
    WORK_AGREE = 2,
    WORK_SIGN = 4,
    WORK_VERIFY_2 = 8,
    WORK_MESSAGE = 16
};

/* What a row means to the SA tables. */
/* TICKET: the exchange waits for a Kerberos ticket (IKE_ON_TICKET, IKE_ON_NO_TICKET).
 * SILENT is no row's: an initiator's exchange that had no answer at all within a wait it was given.
 */
enum ike_effect { EFFECT_NONE, EFFECT_UP, EFFECT_FAILED, EFFECT_TICKET, EFFECT_SILENT };

enum { IKE_STATES_MAX = 8 };

struct ike_row {
    uint8_t from;
    uint8_t on;
    uint8_t when;   /* enum ike_guard */
    uint8_t work;   /* enum ike_work bits */
    uint8_t send;   /* enum ike_message_type; 0 none */
    uint8_t repeat; /* 1: retransmit what was sent until the next row fires or give up */
    uint8_t effect; /* enum ike_effect */
    uint8_t to;
    const char *source; /* RFC section */
};

struct ike_table {
    const char *name;
    uint8_t exchange;
    bool initiator;
    uint8_t states;
    const char *state[IKE_STATES_MAX];
    /* For a state that may wait for ever (no timer), its source; else NULL. */
    const char *waits[IKE_STATES_MAX];
    const struct ike_row *row;
    size_t rows;
};

/* State 0 of every table is where it starts, the last two are UP and FAILED (responders: no
 * FAILED). */
/* The option of Quick Mode is the commit bit, that of DELETE its acknowledgement, that of Main
 * Mode's initiator that it has no Kerberos ticket yet. */
extern const struct ike_table ike_mm_initiator, ike_mm_responder, ike_qm_initiator,
    ike_qm_responder, ike_delete_qm_initiator, ike_delete_qm_responder, ike_delete_mm_initiator,
    ike_delete_mm_responder;

enum { IKE_TABLE_COUNT = 8 };
extern const struct ike_table *const ike_tables[IKE_TABLE_COUNT];

/* IKEv2's IKE_SA_INIT and IKE_AUTH. The responder's option is that it demands a cookie that the
 * request does not bring. */
extern const struct ike_table ike2_initiator, ike2_responder;

/* The row that fires, or NULL. */
const struct ike_row *ike_table_find(const struct ike_table *table, uint8_t state, uint8_t on,
                                     bool option);

/* Proves a pair of tables against each other: what one side sends the other hears, every repeated
 * message has its "give up" heard, every state can be reached and left (unless final or said to
 * wait for ever), no row without source. False with the reason in `why`. */
bool ike_tables_check(const struct ike_table *initiator, const struct ike_table *responder,
                      char *why, size_t why_size);

#endif
