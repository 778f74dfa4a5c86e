/* An SMTP session with X-ANONYMOUSTLS as two tables, sender and receiver, a row for each line.
 * Separate because the tables are to be read beside RFC 5321, RFC 3207 and RFC 2246 and checked by
 * a program; TCP below them and selection beside them are in session.c. */
#ifndef TLS_SMTP_H
#define TLS_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is sent, in the order in which either end sends it. X(name, from the receiver, bytes of the
 * IP packet, words) */
#define SMTP_LINES(X)                                                                              \
    X(NONE, 0, 0, "nothing")                                                                       \
    X(SYN, 0, 48, "SYN")                                                                           \
    X(SYN_ACK, 1, 48, "SYN, ACK")                                                                  \
    X(BANNER, 1, 140, "220 ready")                                                                 \
    X(EHLO, 0, 70, "EHLO")                                                                         \
    X(EHLO_REPLY, 1, 300, "250 extensions")                                                        \
    X(START, 0, 56, "X-ANONYMOUSTLS")                                                              \
    X(GO_AHEAD, 1, 70, "220 go ahead")                                                             \
    X(CLIENT_HELLO, 0, 150, "ClientHello")                                                         \
    X(SERVER_HELLO, 1, 1400, "ServerHello, Certificate, ServerHelloDone")                          \
    X(KEY_EXCHANGE, 0, 400, "ClientKeyExchange, ChangeCipherSpec, Finished")                       \
    X(FINISHED, 1, 100, "ChangeCipherSpec, Finished")                                              \
    X(EHLO_AGAIN, 0, 120, "EHLO")                                                                  \
    X(EXTENSIONS, 1, 350, "250 extensions")                                                        \
    X(AUTH, 0, 1500, "X-EXPS GSSAPI")                                                              \
    X(AUTH_REPLY, 1, 300, "235 authenticated")                                                     \
    X(MAIL, 0, 1500, "MAIL, RCPT, BDAT")                                                           \
    X(ACCEPTED, 1, 140, "250 queued")                                                              \
    X(RESET, 1, 40, "RST")                                                                         \
    X(ASK_DIRECTORY, 0, 300, "LDAP search")                                                        \
    X(ASK_LIST, 0, 400, "HTTP GET of a CRL")                                                       \
    X(ASK_TICKET, 0, 1500, "KRB-TGS-REQ")
enum smtp_line {
#define X(name, receiver, bytes, words) SMTP_##name,
    SMTP_LINES(X)
#undef X
        SMTP_LINE_COUNT
};
_Static_assert(SMTP_LINE_COUNT <= 32, "a line is a packet's selector");

extern const struct smtp_line_facts {
    const char *name;
    bool receiver;
    uint16_t bytes;
    const char *words;
} smtp_line_facts[SMTP_LINE_COUNT];

/* Inputs: a line, or one of these. */
enum { SMTP_ON_OPEN = SMTP_LINE_COUNT, SMTP_ON_SELECTED, SMTP_ON_TICKET, SMTP_INPUT_COUNT };

/* Guards, of the sender; the receiver's rows have none. X(name, words) */
#define SMTP_GUARDS(X)                                                                             \
    X(ALWAYS, "")                                                                                  \
    X(TLS, "both ends have a certificate for X-ANONYMOUSTLS")                                      \
    X(CLEAR, "one end has none; no Kerberos")                                                      \
    X(CLEAR_KERBEROS, "one end has none; two Hub servers")                                         \
    X(REFUSE, "one end has none, and the connector requires TLS")                                  \
    X(KERBEROS, "two Hub servers")                                                                 \
    X(NO_KERBEROS, "an Edge server: the certificates authenticate")
enum smtp_guard {
#define X(name, words) SMTP_WHEN_##name,
    SMTP_GUARDS(X)
#undef X
};

/* Work before the row's line is sent; bits. MUTUAL: only where an Edge server takes part. */
enum smtp_work {
    SMTP_WORK_COMMAND = 1,
    SMTP_WORK_RECORD = 2,         /* hashes and ciphers of a TLS record */
    SMTP_WORK_PUBLIC = 4,         /* RSA with the public key: encrypts the premaster secret */
    SMTP_WORK_PRIVATE = 8,        /* RSA with the private key: decrypts it */
    SMTP_WORK_MUTUAL_SIGN = 16,   /* CertificateVerify */
    SMTP_WORK_MUTUAL_VERIFY = 32, /* of it */
    SMTP_WORK_KERBEROS = 64,
    SMTP_WORK_ACCEPT = 128, /* the message is stored: time, not processor */
    SMTP_WORK_TICKET = 256  /* a ticket is fetched, unless there is one */
};

enum smtp_effect { SMTP_GOES_ON, SMTP_DONE, SMTP_NO_TLS };

struct smtp_row {
    uint8_t from, on, when; /* state; line or input; enum smtp_guard */
    uint16_t work;          /* enum smtp_work bits */
    uint8_t send;           /* enum smtp_line */
    uint8_t to;
    uint8_t effect; /* enum smtp_effect */
    const char *source;
};

struct smtp_table {
    const char *name;
    uint8_t states;
    const char *const *state;
    const struct smtp_row *row;
    size_t rows;
};
extern const struct smtp_table smtp_sender, smtp_receiver;

/* The row that fires, or NULL. `guards`: bit (1 << enum smtp_guard) for those that hold. */
const struct smtp_row *smtp_find(const struct smtp_table *table, uint8_t state, uint8_t on,
                                 uint32_t guards);

/* Proves the tables against each other: what one sends the other hears, states can be reached and
 * left unless final, no row without source. False with the reason in `why`. */
bool smtp_tables_check(const struct smtp_table *sender, const struct smtp_table *receiver,
                       char *why, size_t why_size);

#endif
