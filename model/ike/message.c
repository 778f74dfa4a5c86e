#include "ike/message.h"

#include "engine/check.h"
#include "ipsec/params.h"

const struct ike_message_facts ike_message_facts[IKE_MESSAGE_COUNT] = {
#define X(name, exchange, number, signatures, psk, section)                                        \
    [IKE_##name] = {#name, IKE_##exchange, number, signatures, psk, section},
    IKE_MESSAGES(X)
#undef X
};

static const struct ike_message_facts ike2_message_facts[] = {
#define X(name, exchange, number, signatures, psk, section)                                        \
    {#name, IKE_##exchange, number, signatures, psk, section},
    IKE2_MESSAGES(X)
#undef X
};

const struct ike_message_facts *ike_message_facts_of(uint8_t type)
{
    if (type < IKE_MESSAGE_COUNT)
        return &ike_message_facts[type];
    CHECK(type > IKE2_NO_MESSAGE && type < IKE2_MESSAGE_END);
    return &ike2_message_facts[type - IKE2_NO_MESSAGE - 1];
}

/* Payloads as RFC 2408 3 lays them out; HEADERS: IP, UDP and ISAKMP (20 + 8 + 28). A certificate
 * and a Kerberos ticket of 1 KB are assumed, and 100 bytes of answer to the ticket. */
enum { HEADERS = 56, CERTIFICATE = 1029, TICKET = 1028, TICKET_ANSWER = 104 };

/* IKEv2 (RFC 7296 3): group 14, nonces of 32 bytes, one proposal, NAT detection, AES-CBC and
 * HMAC-SHA2-256-128, which also makes the shared key's proof. */
static uint32_t ike2_message_bytes(uint8_t type, int64_t auth)
{
    enum { SA = 48, KE = 264, NONCE = 36, NAT_D = 56, COOKIE = 36, SK = 4 + 16 + 16 };
    enum { SIGNATURE = 8 + 256, PROOF = 8 + 32 };
    switch (type) {
    case IKE2_COOKIE:
        return HEADERS + COOKIE;
    case IKE2_SA_INIT:
    case IKE2_SA_INIT_ANSWER:
        return HEADERS + SA + KE + NONCE + NAT_D;
    case IKE2_SA_INIT_COOKIE:
        return HEADERS + COOKIE + SA + KE + NONCE + NAT_D;
    default: /* identity, AUTH, SA and traffic selectors */
        return HEADERS + SK + 20 + 44 + 2 * 24 +
               (auth == IKE_AUTH_certificate ? CERTIFICATE + SIGNATURE : PROOF);
    }
}

/* Main mode (RFC 2409 5; draft-ietf-ipsec-isakmp-gss-auth): a certificate and a signature, or a
 * hash made with the shared key or the ticket's. */
static uint32_t mm_bytes(uint8_t type, int64_t auth)
{
    enum { HASH = 24, NONCE = 24, ID = 12, KE = 132, SIGNATURE = 260, VENDOR_IDS = 100 };
    bool ticket = auth == IKE_AUTH_kerberos;
    switch (type) {
    case IKE_MM1:
        return HEADERS + 200 + VENDOR_IDS;
    case IKE_MM2:
        return HEADERS + 56 + VENDOR_IDS;
    case IKE_MM3:
        return HEADERS + KE + NONCE + (ticket ? TICKET : 0);
    case IKE_MM4:
        return HEADERS + KE + NONCE + (ticket ? TICKET_ANSWER : 0);
    default:
        return HEADERS + ID + (auth == IKE_AUTH_certificate ? CERTIFICATE + SIGNATURE : HASH);
    }
}

/* For 3DES, SHA-1 and Diffie-Hellman group 2, nonces of 20 bytes and RSA-2048 signatures; five
 * transforms in an SA and 100 bytes of vendor IDs are assumed. */
uint32_t ike_message_bytes(uint8_t type, int64_t auth)
{
    enum { HASH = 24, NONCE = 24, ID = 12 };
    if (type > IKE2_NO_MESSAGE)
        return ike2_message_bytes(type, auth);
    if (ike_message_facts[type].exchange == IKE_MM)
        return mm_bytes(type, auth);
    switch (type) {
    case IKE_QM1:
        return HEADERS + HASH + 100 + NONCE + 2 * ID;
    case IKE_QM2:
        return HEADERS + HASH + 52 + NONCE + 2 * ID;
    default: /* a hash and a short notification or DELETE */
        return HEADERS + HASH + 16;
    }
}

/* Widths of a message's identity, side by side below the kind's two bits. */
enum { TYPE_BITS = 4, COPY_BITS = 6, CLASS_BITS = 3, NUMBER_BITS = 17 };
_Static_assert(TYPE_BITS + COPY_BITS + CLASS_BITS + NUMBER_BITS == LUCK_KIND_SHIFT, "no overlap");
_Static_assert(IKE_MESSAGE_COUNT <= 1 << TYPE_BITS &&
                   IKE2_MESSAGE_END - IKE2_NO_MESSAGE <= 1 << TYPE_BITS,
               "types of a version fit");

/* What tells its negotiation or SA from others of its kind is the cookie. */
static bool of_main_mode(uint8_t type)
{
    return type > IKE2_NO_MESSAGE || ike_message_facts[type].exchange == IKE_MM ||
           type == IKE_DELETE_MM || type == IKE_DELETE_MM_ACK;
}

/* A host speaks one version, so that both may use the same numbers. */
uint32_t ike_message_luck(const struct ike_message *message)
{
    uint32_t type = message->type & ((1u << TYPE_BITS) - 1);
    uint32_t number = of_main_mode(message->type) ? message->cookie : message->id;
    CHECK(message->copy < 1u << COPY_BITS && message->class_index < 1u << CLASS_BITS);
    number &= (1u << NUMBER_BITS) - 1; /* after 131,072 negotiations the luck comes round again */
    uint32_t luck = (uint32_t)LUCK_KIND_IKE << LUCK_KIND_SHIFT;
    luck |= type << (COPY_BITS + CLASS_BITS + NUMBER_BITS);
    luck |= message->copy << (CLASS_BITS + NUMBER_BITS);
    return luck | (uint32_t)message->class_index << NUMBER_BITS | number;
}

struct datagram ike_datagram(const struct ike_message *message, int64_t auth)
{
    struct datagram datagram = {.selector = IKE_SELECTOR,
                                .luck = ike_message_luck(message),
                                .bytes = ike_message_bytes(message->type, auth)};
    memcpy(datagram.word, message, sizeof *message);
    return datagram;
}

/* Bit 7 tells the version. */
int64_t ike_tag(const struct ike_message *m)
{
    bool v2 = m->type > IKE2_NO_MESSAGE;
    uint64_t type = v2 ? (uint64_t)m->type - IKE2_NO_MESSAGE : m->type;
    return (int64_t)(type | (uint64_t)m->class_index << 4 | (uint64_t)v2 << 7 |
                     (uint64_t)m->option << 8 | (uint64_t)m->nlbs << 9 |
                     (uint64_t)(m->copy & 0x3f) << 10 | (uint64_t)(m->cookie & 0xffffff) << 16 |
                     (uint64_t)(m->id & 0xffffff) << 40);
}

struct ike_message ike_message_of_tag(int64_t tag)
{
    uint64_t t = (uint64_t)tag;
    uint8_t version = t >> 7 & 1 ? IKE2_NO_MESSAGE : 0;
    return (struct ike_message){.type = (uint8_t)(version + (t & 15)),
                                .class_index = t >> 4 & 7,
                                .option = t >> 8 & 1,
                                .nlbs = t >> 9 & 1,
                                .copy = t >> 10 & 0x3f,
                                .cookie = (uint32_t)(t >> 16) & 0xffffff,
                                .id = (uint32_t)(t >> 40) & 0xffffff};
}
