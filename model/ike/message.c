#include "ike/message.h"

#include "engine/check.h"

const struct ike_message_facts ike_message_facts[IKE_MESSAGE_COUNT] = {
#define X(name, exchange, number, signatures, psk, section)                                        \
    [IKE_##name] = {#name, IKE_##exchange, number, signatures, psk, section},
    IKE_MESSAGES(X)
#undef X
};

/* IP packet of a message: IP, UDP and ISAKMP headers (20 + 8 + 28) and payloads as RFC 2408 3 lays
 * them out, for 3DES, SHA-1 and Diffie-Hellman group 2, nonces of 20 bytes and RSA-2048 signatures;
 * five transforms in an SA, 100 bytes of vendor IDs and a certificate of 1 KB are assumed. */
uint32_t ike_message_bytes(uint8_t type)
{
    enum { HEADERS = 56, HASH = 24, NONCE = 24, ID = 12, VENDOR_IDS = 100 };
    switch (type) {
    case IKE_MM1:
        return HEADERS + 200 + VENDOR_IDS;
    case IKE_MM2:
        return HEADERS + 56 + VENDOR_IDS;
    case IKE_MM3:
    case IKE_MM4:
        return HEADERS + 132 + NONCE;
    case IKE_MM5:
    case IKE_MM6:
        return HEADERS + ID + 1029 + 260;
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
_Static_assert(IKE_MESSAGE_COUNT <= 1 << TYPE_BITS, "types fit");

/* What tells its negotiation or SA from others of its kind is the cookie. */
static bool of_main_mode(uint8_t type)
{
    return ike_message_facts[type].exchange == IKE_MM || type == IKE_DELETE_MM ||
           type == IKE_DELETE_MM_ACK;
}

struct datagram ike_datagram(const struct ike_message *message)
{
    uint32_t number = of_main_mode(message->type) ? message->cookie : message->id;
    CHECK(message->copy < 1u << COPY_BITS && message->class_index < 1u << CLASS_BITS);
    number &= (1u << NUMBER_BITS) - 1; /* after 131,072 negotiations the luck comes round again */
    uint32_t luck = (uint32_t)LUCK_KIND_IKE << LUCK_KIND_SHIFT;
    luck |= (uint32_t)message->type << (COPY_BITS + CLASS_BITS + NUMBER_BITS);
    luck |= message->copy << (CLASS_BITS + NUMBER_BITS);
    luck |= (uint32_t)message->class_index << NUMBER_BITS | number;
    struct datagram datagram = {
        .selector = IKE_SELECTOR, .luck = luck, .bytes = ike_message_bytes(message->type)};
    memcpy(datagram.word, message, sizeof *message);
    return datagram;
}

int64_t ike_tag(const struct ike_message *m)
{
    return (int64_t)((uint64_t)m->type | (uint64_t)m->class_index << 4 | (uint64_t)m->option << 8 |
                     (uint64_t)m->nlbs << 9 | (uint64_t)(m->copy & 0x3f) << 10 |
                     (uint64_t)(m->cookie & 0xffffff) << 16 | (uint64_t)(m->id & 0xffffff) << 40);
}

struct ike_message ike_message_of_tag(int64_t tag)
{
    uint64_t t = (uint64_t)tag;
    return (struct ike_message){.type = t & 15,
                                .class_index = t >> 4 & 15,
                                .option = t >> 8 & 1,
                                .nlbs = t >> 9 & 1,
                                .copy = t >> 10 & 0x3f,
                                .cookie = (uint32_t)(t >> 16) & 0xffffff,
                                .id = (uint32_t)(t >> 40) & 0xffffff};
}
