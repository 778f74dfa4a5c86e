/* The node's side towards one front end: answers main and quick modes, sends DELETEs.
 * Separate from the front end's side because a Windows responder has no timers of its own
 * ([MS-IKEE] 3.1.5) and no relation to keep: it knows only what was negotiated with this very node
 * (KB 306677). */
#ifndef IKE_RESPONDER_H
#define IKE_RESPONDER_H

#include "ike/exchange.h"
#include "ipsec/ipsec.h"

struct ike_responder {
    struct ike_side side;
    struct ipsec *ipsec;
    bool mm_up;
    bool fenced;        /* answers no negotiation any more */
    uint32_t mm_cookie; /* of the established main-mode SA */
    uint32_t used;      /* only the first so many of qm and delete_qm have ever been started */
    struct ike_exchange
        mm; /* the newest; an older one of the same front end has no listener left */
    struct ike_exchange qm[IPSEC_CLASSES_MAX];
    struct ike_exchange delete_mm, delete_qm[IPSEC_CLASSES_MAX];
};

/* `side` (but side.ended) and `ipsec` are filled in by the caller. Starts without SAs. */
void ike_responder_reset(struct ike_responder *responder);

/* The trial starts with main-mode SA number 0 and, for the classes in the bit set, quick-mode SA
 * number 0. */
void ike_responder_found(struct ike_responder *responder, uint32_t classes);

void ike_responder_hear(struct ike_responder *responder, const struct ike_message *message);

/* Removes all SAs in order, telling the front end with one DELETE per quick-mode SA and one for the
 * main-mode SA if the stack's delete_kind says so. With `fence` no negotiation is answered from now
 * on. */
void ike_responder_remove_all(struct ike_responder *responder, bool fence);

/* Everything of this node is gone at once. */
void ike_responder_lose(struct ike_responder *responder, enum sa_end end);

#endif
