/* IPsec of one host towards one peer: policy (SPD), quick-mode SAs (SAD), their idle timers and
 * lifetimes. Separate from IKE, which it calls only through two upcalls: `acquire` (a packet needs
 * an SA) and `expire` (an SA is gone). RFC 2401 4.4; idle timer: [MS-IKEE] 3.5.2, 3.5.6.1. */
#ifndef IPSEC_IPSEC_H
#define IPSEC_IPSEC_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/sim.h"
#include "ipsec/params.h"
#include "net/net.h"

enum { IPSEC_CLASSES_MAX = 8 };

/* Why an SA ended. X(name, words) */
#define SA_ENDS(X)                                                                                 \
    X(idle, "idle timer")                                                                          \
    X(lifetime, "lifetime over")                                                                   \
    X(deleted, "DELETE received")                                                                  \
    X(removed, "removed in order")                                                                 \
    X(given_up, "negotiation given up")                                                            \
    X(last_child, "its last quick-mode SA is gone")                                                \
    X(crashed, "gone with its node")

enum sa_end {
#define X(name, words) SA_END_##name,
    SA_ENDS(X)
#undef X
};

struct ipsec;

/* A pair of quick-mode SAs, inbound and outbound, of one class; one spi stands for both. */
struct child_sa {
    struct ipsec *host;
    bool up;
    bool soft; /* instead: a soft SA, which lets traffic pass in clear; `life` is its lifetime */
    uint32_t spi;
    int64_t idle_limit_ns;
    int64_t bytes_left; /* of its lifetime; NEVER_NS: without end */
    int64_t touched_ns; /* last traffic that counts (idle_reset), or installation */
    struct timer idle, life;
};

struct ipsec_upcalls {
    void (*acquire)(void *ike, uint32_t class_index);
    void (*expire)(void *ike, uint32_t class_index, enum sa_end end);
};

enum ipsec_verdict {
    IPSEC_CLEAR,     /* no IPsec for this class, or a soft SA */
    IPSEC_PROTECTED, /* under *spi */
    IPSEC_HELD,      /* kept until IKE has an SA, or discarded if nothing is held */
};

/* The IPsec of one host. idle_ns 0 in install = no idle timer (nodes, whose idle SAs nobody waits
 * for). */
struct ipsec {
    struct sim *sim;
    const struct stack_params *stack;
    uint32_t actor;
    uint32_t protect; /* bit i: class i requires IPsec */
    struct child_sa sa[IPSEC_CLASSES_MAX];
    struct datagram held[IPSEC_CLASSES_MAX];
    int64_t held_ns[IPSEC_CLASSES_MAX];
    uint32_t holding; /* bit i: held[i] is in use, since held_ns[i] */
    uint64_t refused; /* packets in clear that were dropped */
    struct ipsec_upcalls upcalls;
    void *ike;
};

void ipsec_reset(struct ipsec *ipsec, struct sim *sim, const struct stack_params *stack,
                 uint32_t actor, uint32_t protect, struct ipsec_upcalls upcalls, void *ike);

/* What becomes of an outgoing datagram (selector = class). HELD asks IKE for an SA (`acquire`). */
enum ipsec_verdict ipsec_output(struct ipsec *ipsec, const struct datagram *datagram,
                                uint32_t *spi);

/* Whether an incoming ESP packet of so many bytes is under a known SA; counts it and resets its
 * idle clock if so. Repeated packets are taken (no anti-replay window): the floors above ignore
 * them. */
bool ipsec_input(struct ipsec *ipsec, uint32_t class_index, uint32_t spi, uint32_t bytes);

/* What an SA has to live: 0 = without end. */
struct sa_life {
    int64_t idle_ns;
    int64_t lifetime_ns, bytes; /* from now */
    int64_t touched_ns;         /* the instant from which silence counts */
};

/* Installs (or replaces) the class's SA pair. */
void ipsec_install(struct ipsec *ipsec, uint32_t class_index, uint32_t spi,
                   const struct sa_life *life);

/* Makes a soft SA for a class that has none: for so long its traffic passes in clear both ways,
 * then IKE is told (`expire`). Windows' "soft association" (KB 234580). */
void ipsec_install_soft(struct ipsec *ipsec, uint32_t class_index, int64_t lifetime_ns);

/* Whether an incoming packet in clear may pass: its class needs no IPsec, or has a soft SA, or the
 * stack only requests IPsec. */
bool ipsec_input_clear(struct ipsec *ipsec, const struct datagram *datagram);

/* Removes the class's SA, soft or not, and tells IKE (`expire`). Harmless when there is none. */
void ipsec_remove(struct ipsec *ipsec, uint32_t class_index, enum sa_end end);

/* Takes the held datagram of a class out; false when none is held. */
bool ipsec_release(struct ipsec *ipsec, uint32_t class_index, struct datagram *datagram);

/* Discards the held datagram of a class (negotiation given up or aborted). */
void ipsec_discard(struct ipsec *ipsec, uint32_t class_index);

#endif
