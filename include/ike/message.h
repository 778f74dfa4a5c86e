/* IKE messages: their names, notation and place in the RFCs.
 * Separate because tables, packets and traces speak of the same messages. RFC 2409 5, RFC 2408 3,
 * RFC 7296 1.2. */
#ifndef IKE_MESSAGE_H
#define IKE_MESSAGE_H

#include <stdint.h>
#include <string.h>

#include "net/net.h"

/* X(name, exchange, number, notation with signatures, notation with a pre-shared key, section) */
#define IKE_MESSAGES(X)                                                                            \
    X(MM1, MM, 1, "HDR, SA", "HDR, SA", "RFC 2409 5.1")                                            \
    X(MM2, MM, 2, "HDR, SA", "HDR, SA", "RFC 2409 5.1")                                            \
    X(MM3, MM, 3, "HDR, KE, Ni", "HDR, KE, Ni", "RFC 2409 5.1")                                    \
    X(MM4, MM, 4, "HDR, KE, Nr", "HDR, KE, Nr", "RFC 2409 5.1")                                    \
    X(MM5, MM, 5, "HDR*, IDii, [ CERT, ] SIG_I", "HDR*, IDii, HASH_I", "RFC 2409 5.1, 5.4")        \
    X(MM6, MM, 6, "HDR*, IDir, [ CERT, ] SIG_R", "HDR*, IDir, HASH_R", "RFC 2409 5.1, 5.4")        \
    X(QM1, QM, 1, "HDR*, HASH(1), SA, Ni, IDci, IDcr", "HDR*, HASH(1), SA, Ni, IDci, IDcr",        \
      "RFC 2409 5.5")                                                                              \
    X(QM2, QM, 2, "HDR*, HASH(2), SA, Nr, IDci, IDcr", "HDR*, HASH(2), SA, Nr, IDci, IDcr",        \
      "RFC 2409 5.5")                                                                              \
    X(QM3, QM, 3, "HDR*, HASH(3)", "HDR*, HASH(3)", "RFC 2409 5.5")                                \
    X(QM4, QM, 4, "HDR*, HASH(4), N(CONNECTED)", "HDR*, HASH(4), N(CONNECTED)", "RFC 2408 3.1")    \
    X(DELETE_QM, INFO, 1, "HDR*, HASH(1), D(ESP SPI)", "HDR*, HASH(1), D(ESP SPI)",                \
      "RFC 2409 5.7, RFC 2408 3.15")                                                               \
    X(DELETE_QM_ACK, INFO, 2, "HDR*, HASH(2), D(ESP SPI), Nr", "HDR*, HASH(2), D(ESP SPI), Nr",    \
      "[MS-IKEE] 3.8.5")                                                                           \
    X(DELETE_MM, INFO, 1, "HDR*, HASH(1), D(ISAKMP cookies)", "HDR*, HASH(1), D(ISAKMP cookies)",  \
      "RFC 2409 5.7, RFC 2408 3.15")                                                               \
    X(DELETE_MM_ACK, INFO, 2, "HDR*, HASH(2), D(ISAKMP cookies), Nr",                              \
      "HDR*, HASH(2), D(ISAKMP cookies), Nr", "[MS-IKEE] 3.8.5")

/* IKEv2's initial exchanges, IKE_SA_INIT and IKE_AUTH, as one: numbered in the order in which they
 * can follow each other. */
#define IKE2_MESSAGES(X)                                                                           \
    X(SA_INIT, INITIAL, 1, "HDR, SAi1, KEi, Ni", "HDR, SAi1, KEi, Ni", "RFC 7296 1.2")             \
    X(COOKIE, INITIAL, 2, "HDR, N(COOKIE)", "HDR, N(COOKIE)", "RFC 7296 2.6")                      \
    X(SA_INIT_COOKIE, INITIAL, 3, "HDR, N(COOKIE), SAi1, KEi, Ni",                                 \
      "HDR, N(COOKIE), SAi1, KEi, Ni", "RFC 7296 2.6")                                             \
    X(SA_INIT_ANSWER, INITIAL, 4, "HDR, SAr1, KEr, Nr, CERTREQ", "HDR, SAr1, KEr, Nr",             \
      "RFC 7296 1.2")                                                                              \
    X(AUTH, INITIAL, 5, "HDR, SK {IDi, CERT, AUTH, SAi2, TSi, TSr}",                               \
      "HDR, SK {IDi, AUTH, SAi2, TSi, TSr}", "RFC 7296 1.2")                                       \
    X(AUTH_ANSWER, INITIAL, 6, "HDR, SK {IDr, CERT, AUTH, SAr2, TSi, TSr}",                        \
      "HDR, SK {IDr, AUTH, SAr2, TSi, TSr}", "RFC 7296 1.2")

#define IKE_EXCHANGES(X)                                                                           \
    X(MM, "Main Mode")                                                                             \
    X(QM, "Quick Mode")                                                                            \
    X(INFO, "Informational") X(INITIAL, "Initial Exchanges")

enum ike_exchange_type {
#define X(name, words) IKE_##name,
    IKE_EXCHANGES(X)
#undef X
};

enum ike_message_type {
    IKE_NO_MESSAGE,
#define X(name, exchange, number, signatures, psk, section) IKE_##name,
    IKE_MESSAGES(X)
#undef X
        IKE_MESSAGE_COUNT
};

/* IKEv2's types leave room for what else tables hear (ike/tables.h). */
enum ike2_message_type {
    IKE2_NO_MESSAGE = 31,
#define X(name, exchange, number, signatures, psk, section) IKE2_##name,
    IKE2_MESSAGES(X)
#undef X
        IKE2_MESSAGE_END
};

struct ike_message_facts {
    const char *name;
    uint8_t exchange, number;
    const char *signatures, *psk, *section;
};
extern const struct ike_message_facts ike_message_facts[IKE_MESSAGE_COUNT];

/* Those of a message of either version. */
const struct ike_message_facts *ike_message_facts_of(uint8_t type);

/* A message on the wire. Cookies and message IDs are numbers: main mode k of a front end has cookie
 * k (the SA at the start has 0), quick modes are counted by class. */
struct ike_message {
    uint8_t type;        /* enum ike_message_type */
    uint8_t class_index; /* quick mode and DELETE_QM: whose SA (IDci, IDcr) */
    uint8_t option;  /* QM2: commit bit (RFC 2408 3.1); DELETE: acknowledged ([MS-IKEE] 3.8.4.1) */
    uint8_t nlbs;    /* MM2: vendor ID NLBS_PRESENT ([MS-IKEE] 3.5.5) */
    uint32_t cookie; /* main-mode SA */
    uint32_t id;     /* quick mode: number of the negotiation; names its SPIs too */
    uint32_t copy;   /* 0: first sending */
};
_Static_assert(sizeof(struct ike_message) == sizeof(((struct datagram *)0)->word),
               "a message fills a datagram");

/* Repetitions are told apart up to this number; further ones share its luck. */
enum { IKE_COPY_MAX = 63 };

/* Selector of datagrams that carry IKE (UDP port 500): beyond every traffic class. */
enum { IKE_SELECTOR = 64 };

static inline struct ike_message ike_message_of(const struct datagram *datagram)
{
    struct ike_message message;
    memcpy(&message, datagram->word, sizeof message);
    return message;
}

/* Bytes of a message's IP packet, its header included, by how its sender authenticates (enum
 * ike_auth). */
uint32_t ike_message_bytes(uint8_t type, int64_t auth);

/* Its identity for the draws of a link: (type, copy, class, number of the negotiation). */
uint32_t ike_message_luck(const struct ike_message *message);

/* Wraps a message of a sender that authenticates so. */
struct datagram ike_datagram(const struct ike_message *message, int64_t auth);

/* All of a message in one word of a moment. */
int64_t ike_tag(const struct ike_message *message);
struct ike_message ike_message_of_tag(int64_t tag);

#endif
