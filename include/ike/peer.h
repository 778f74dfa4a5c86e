/* The front end's relation to its peer, above IKE's arrows: which negotiation the next packet
 * starts. Separate from the RFC's tables because the KB's minute lives here, not in an arrow: after
 * the idle timer a quick mode is tried under a main-mode SA that the peer no longer has
 * (windows.md 1.5, KB 980915). */
#ifndef IKE_PEER_H
#define IKE_PEER_H

#include "ike/exchange.h"
#include "ipsec/ipsec.h"

/* States, one a traffic class. STALE is UP with a peer that no longer has the SA: the front end
 * cannot tell them apart, and a test proves that their rows are the same. */
#define PEER_STATES(X)                                                                             \
    X(UP, "quick-mode SA in use")                                                                  \
    X(STALE, "quick-mode SA in use, but the peer has lost it")                                     \
    X(QM_RETRY, "no quick-mode SA; the next packet starts quick mode under the main-mode SA")      \
    X(MM_NEW, "no main-mode SA; the next packet starts main mode, then quick mode")                \
    X(SOFT, "a soft SA: no answer was taken for a peer without IPsec; traffic in clear")

enum peer_state {
#define X(name, words) PEER_##name,
    PEER_STATES(X)
#undef X
        PEER_STATE_COUNT
};

#define PEER_INPUTS(X)                                                                             \
    X(PACKET, "a packet needs an SA")                                                              \
    X(PEER_LOST, "the peer has lost its SAs (unseen)")                                             \
    X(QM_GONE, "the quick-mode SA is gone")                                                        \
    X(MM_GONE, "the main-mode SA is gone")                                                         \
    X(QM_UP, "quick mode succeeded")                                                               \
    X(QM_FAILED, "quick mode given up")                                                            \
    X(MM_UP, "main mode succeeded")                                                                \
    X(MM_FAILED, "main mode given up")                                                             \
    X(SILENT, "no answer at all within the wait for falling back")                                 \
    X(SOFT_GONE, "the soft SA is gone")

enum peer_input {
#define X(name, words) PEER_ON_##name,
    PEER_INPUTS(X)
#undef X
        PEER_INPUT_COUNT
};

enum peer_guard {
    PEER_ALWAYS,
    PEER_IF_MM,
    PEER_IF_NO_MM,
    PEER_IF_IDLE,
    PEER_IF_BUSY,
    PEER_IF_HELD,
    PEER_IF_NONE_HELD
};

#define PEER_ACTIONS(X)                                                                            \
    X(NOTHING, "")                                                                                 \
    X(START_QM, "start quick mode")                                                                \
    X(START_MM, "start main mode")                                                                 \
    X(DROP_MM, "drop the main-mode SA")                                                            \
    X(ABORT_QM, "abort quick mode, discard the held packet")                                       \
    X(DISCARD, "discard the held packet")                                                          \
    X(SOFT, "make a soft SA, send the held packet in clear")                                       \
    X(SOFT_DROP_MM, "make a soft SA, send the held packet in clear, drop the main-mode SA")

enum peer_action {
#define X(name, words) PEER_DO_##name,
    PEER_ACTIONS(X)
#undef X
};

struct peer_row {
    uint8_t from, on, when, action, to;
    const char *source;
};
extern const struct peer_row peer_rows[];
extern const size_t peer_row_count;

/* Proves a table: an input that a state hears is heard in every case by exactly one row, every
 * state can be reached and left, SOFT is entered with a soft SA and UP with quick mode only, no row
 * is without source. False with the reason in `why`. */
bool peer_rows_check(const struct peer_row *rows, size_t n, char *why, size_t why_size);

const struct peer_row *peer_row_find(uint8_t from, uint8_t on, bool mm_up, bool busy, bool held);

struct ike_peer {
    struct ike_side side;
    struct ipsec *ipsec;
    uint32_t classes;
    uint8_t state[IPSEC_CLASSES_MAX]; /* enum peer_state */
    bool mm_up;
    bool fast_failover; /* see ike_peer_set_fast_failover */
    uint32_t cookie;    /* of the latest main mode */
    struct timer mm_life;
    struct ike_exchange mm;
    struct ike_exchange qm[IPSEC_CLASSES_MAX];
    struct ike_exchange delete_mm, delete_qm[IPSEC_CLASSES_MAX]; /* heard from the peer */
    /* Quick modes negotiated so far; the SA at the start is number 0. */
    uint32_t quick_modes[IPSEC_CLASSES_MAX];
    uint32_t parent[IPSEC_CLASSES_MAX]; /* cookie of the main mode of each class's latest SA */
    /* The class has a usable SA: its held packet may go. */
    void (*ready)(void *host, uint32_t class_index);
};

/* Instead of a rest of life: there is no main-mode SA, all classes start in MM_NEW. */
#define IKE_NO_MAIN_MODE (-1)

/* `peer->side` and `peer->ipsec` are filled in by the caller, side.ended excepted, and
 * ike_peer_set_fast_failover has been called. The peer starts
 * with main-mode SA number 0 for another mm_left_ns (0: without end); quick-mode SAs are installed
 * by ike_peer_found. */
void ike_peer_reset(struct ike_peer *peer, uint32_t classes, int64_t mm_left_ns);

/* The trial starts with quick-mode SA number 0 of a class and what it has left to live. Without
 * this call the class starts in QM_RETRY. */
void ike_peer_found(struct ike_peer *peer, uint32_t class_index, const struct sa_life *life);

/* Upcalls of struct ipsec. */
void ike_peer_acquire(void *peer, uint32_t class_index);
void ike_peer_expire(void *peer, uint32_t class_index, enum sa_end end);

/* Whether another packet of this class changes nothing: it has no SA, and IKE is at work on one. */
bool ike_peer_is_busy(const struct ike_peer *peer, uint32_t class_index);

/* The truth, which the peer does not act on: its SAs have no counterpart any more. */
void ike_peer_lost(struct ike_peer *peer);

void ike_peer_hear(struct ike_peer *peer, const struct ike_message *message);

/* Whether the quick modes to come have fast failover: NLBSFlags is set here, or the peer sent the
 * NLBS_PRESENT vendor ID; and the stack knows them ([MS-IKEE] 3.6.4.1, note <22>; KB 821839). */
void ike_peer_set_fast_failover(struct ike_peer *peer, bool nlbs_present_seen);

/* Idle time that a new quick-mode SA gets ([MS-IKEE] 3.5.2; KB 821839 for NLBSFlags). */
int64_t ike_peer_idle_ns(const struct ike_peer *peer);

#endif
