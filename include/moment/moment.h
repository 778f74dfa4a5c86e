/* The moments a world tells of, and who tells them. Nothing but names.
 * Separate because every floor speaks of moments while the engine that carries them knows none, and
 * because who listens (rows, traces, tests) must not be known to who speaks. */
#ifndef MOMENT_MOMENT_H
#define MOMENT_MOMENT_H

#include <stdint.h>

/* X(name, meaning of word a, meaning of word b); the actor is who it happens to. */
#define MOMENTS(X)                                                                                 \
    X(services_stop, -, -)             /* node: planned move begins */                             \
    X(node_crash, -, -)                /* node */                                                  \
    X(address_off, -, -)               /* node: the virtual address has left it */                 \
    X(heartbeat_missed, count, -)      /* node that listens */                                     \
    X(node_dead, -, -)                 /* node that listened: the other one is presumed dead */    \
    X(node_change, change, has_group)  /* node: hangs, runs, boots, learns something */            \
    X(path, up, -)                     /* cluster: the path to the front ends breaks, is back */   \
    X(regrouped, -, -)                 /* node */                                                  \
    X(quorum_taken, -, -)              /* node */                                                  \
    X(resource_online, resource, -)    /* node */                                                  \
    X(resource_fails, resource, again) /* node: not online in time, or found dead */               \
    X(services_online, -, -)           /* node: all resources */                                   \
    X(address_on, -, -)                /* node: the virtual address is bound */                    \
    X(ike_listens, -, -)               /* node: IKE answers on the address */                      \
    X(arp_announced, number, -)        /* node: gratuitous ARP broadcast */                        \
    X(arp_heard, node, number)         /* front end */                                             \
    X(arp_expired, -, -)               /* front end: its neighbour entry */                        \
    X(arp_resolved, node, -)           /* front end */                                             \
    X(client_host, node, what)         /* front end: NLB maps it: 1 has its SAs, -1 is dead */     \
    X(sa_start, class, silence_ns)     /* front end: quick-mode SA at the start of the trial */    \
    X(acquire, class, request)         /* front end: a packet finds no quick-mode SA */            \
    X(qm_sa_up, class, spi)            /* either side */                                           \
    X(qm_sa_gone, class, sa_end)       /* either side */                                           \
    X(soft_sa_up, class, lifetime_ns)  /* front end: traffic in clear from now on */               \
    X(soft_sa_gone, class, sa_end)     /* front end */                                             \
    X(mm_sa_up, cookie, -)             /* either side */                                           \
    X(mm_sa_gone, cookie, sa_end)      /* either side */                                           \
    X(relation, class, row)            /* front end: which row of the relation table fired */      \
    X(ike_row, ike_tag, row)           /* either side: which row of which exchange table fired */  \
    X(ike_sent, ike_tag, copy)         /* either side */                                           \
    X(ike_lost, ike_tag, copy)         /* sender: lost on the link */                              \
    X(ike_vanished, ike_tag, node)     /* front end: nobody has the address there */               \
    X(ike_heard, ike_tag, -)           /* receiver */                                              \
    X(ike_repeated_answer, ike_tag, -) /* responder: duplicate request, cached answer */           \
    X(ike_ignored, ike_tag, -)         /* receiver: no such SA or exchange, or a late duplicate */ \
    X(ike_gave_up, ike_tag, -)         /* initiator */                                             \
    X(ike_aborted, ike_tag, -)         /* initiator: its main-mode SA went away */                 \
    X(ticket_asked, peer, copy)        /* front end: of a domain controller */                     \
    X(ticket_got, peer, -)             /* front end */                                             \
    X(ticket_failed, peer, -)          /* front end */                                             \
    X(crypto_done, work_ns, elapsed_ns) /* either side: cryptography of one message */             \
    X(packet_held, class, request)      /* front end: waits for IKE */                             \
    X(held_dropped, class, request)     /* front end: a held packet is discarded */                \
    X(request_sent, class, request)     /* front end: first packet of a request */                 \
    X(request_repeated, class, request)                                                            \
    X(request_refused, class, request) /* front end: answered by a TCP reset */                    \
    X(request_answered, class, request)                                                            \
    X(request_failed, class, request)  /* front end: given up */                                   \
    X(packet_lost, class, request)     /* sender: lost on the link */                              \
    X(packet_vanished, class, request) /* front end: nobody has the address there */               \
    X(esp_dropped, class, spi)         /* receiver: unknown SPI */                                 \
    X(clear_dropped, class, request)   /* receiver: its policy requires IPsec */                   \
    X(port_closed, class, request)     /* node: answers with a reset */                            \
    X(smtp_opened, session, attempt)   /* sender: a TCP connection is begun */                     \
    X(smtp_row, session, row)          /* either end: which row of its table fired */              \
    X(smtp_sent, tag, session)         /* either end: a line, or its acknowledgement */            \
    X(smtp_lost, tag, session)         /* either end: lost on the link, or nobody is there */      \
    X(smtp_over, session, end)         /* sender: the session has ended (enum smtp_over) */        \
    X(tls_step, row, failed)           /* either end: a step of the selection is done */           \
    X(tls_decided, decision, unsaid)   /* either end */                                            \
    X(tls_logged, event_id, -)         /* either end: event in the application log */              \
    X(queue_waits, attempts, wait_ns)  /* sender: the queue is to try again */                     \
    X(gate, verdict, half_open) /* node: a first message meets a limit (enum storm_verdict) */

enum moment_id {
#define X(name, a, b) MOMENT_##name,
    MOMENTS(X)
#undef X
        MOMENT_COUNT
};
_Static_assert(MOMENT_COUNT <= 64, "a mask has 64 bits");

#define MOMENT_BIT(name) (UINT64_C(1) << MOMENT_##name)

/* Who: kind 4 bits, part 8 bits (class or direction), number 20 bits. Used for moments and for
 * luck. */
enum actor_kind { ACTOR_WORLD, ACTOR_FRONT_END, ACTOR_NODE, ACTOR_LINK, ACTOR_CPU };

static inline uint32_t actor_id(enum actor_kind kind, uint32_t part, uint32_t number)
{
    return (uint32_t)kind << 28 | part << 20 | number;
}
/* Parts of a front end from this one on: what it is to another host than the cluster. */
enum { ACTOR_PART_PEER = 8 };

static inline uint32_t actor_part(uint32_t actor)
{
    return actor >> 20 & 0xff;
}
static inline enum actor_kind actor_kind(uint32_t actor)
{
    return (enum actor_kind)(actor >> 28);
}
static inline uint32_t actor_number(uint32_t actor)
{
    return actor & 0xfffff;
}

/* A node has its index in the lowest 4 bits; above it stands the number of the front end that its
 * moment or luck is about, 0 when it is about none. */
enum { ACTOR_NODE_BITS = 4 };

static inline uint32_t actor_node(uint32_t node, uint32_t front_end)
{
    return (uint32_t)ACTOR_NODE << 28 | front_end << ACTOR_NODE_BITS | node;
}
static inline uint32_t actor_node_index(uint32_t actor)
{
    return actor & ((1u << ACTOR_NODE_BITS) - 1);
}
/* Of a front end, its number; of a node, that of the front end it deals with. */
static inline uint32_t actor_front_end(uint32_t actor)
{
    return actor_kind(actor) == ACTOR_NODE ? actor << 4 >> (4 + ACTOR_NODE_BITS)
                                           : actor_number(actor);
}

/* What a random value is for. The numbers are part of what a seed means: only append. (A value
 * drawn once a trial is numbered by its key's place in the registry of parameters, so that a new
 * key may change what a seed draws there; a manifest names the version.) */
#define LUCK_PURPOSES(X)                                                                           \
    X(per_trial, 1)                                                                                \
    X(link, 2) /* pair: loss of a model with states if never sent, delay */                        \
    X(arp_loss, 4)                                                                                 \
    X(arrival_count, 5)                                                                            \
    X(arrival_place, 6)                                                                            \
    X(qm_age, 7)                                                                                   \
    X(mm_age, 8)                                                                                   \
    X(heartbeat, 9)                                                                                \
    X(regroup, 10)                                                                                 \
    X(quorum, 11)                                                                                  \
    X(resource, 12)                                                                                \
    X(vip_gap, 13)                                                                                 \
    X(stop, 14)                                                                                    \
    X(retransmit_jitter, 15)                                                                       \
    X(cpu_backlog, 16)                                                                             \
    X(cpu_burst, 17)                                                                               \
    X(arp_age, 18)                                                                                 \
    X(extra_count, 19)                                                                             \
    X(extra_place, 20)                                                                             \
    X(byte_age, 23)                                                                                \
    X(idle_age, 22)                                                                                \
    X(extra_burst, 21) /* pair: kept or not, burst */                                              \
    X(stall_count, 24)                                                                             \
    X(stall_place, 25)                                                                             \
    X(stall_length, 26)                                                                            \
    X(link_copy_1, 32) /* to 34, of duplicates by lineage, pair: the same */                       \
    X(link_copy_3, 34)                                                                             \
    X(link_more_0, 35) /* to 38, by lineage, pair: duplicate, reorder */                           \
    X(link_more_3, 38)                                                                             \
    X(link_stream_delay, 39) /* to 42, by process: with memory; index: packets before */           \
    X(link_stream_reorder, 42)                                                                     \
    X(link_state, 43)  /* of a loss model at the start of the trial */                             \
    X(link_loss_0, 44) /* to 47, by lineage, groups of 64 packets (engine/chances.h) */            \
    X(link_loss_3, 47)                                                                             \
    X(down, 60) /* until what is broken works again */                                             \
    X(back, 61)                                                                                    \
    X(second, 62)                                                                                  \
    X(failback, 63)                                                                                \
    X(evict, 64)                                                                                   \
    X(form, 65)                                                                                    \
    X(health, 66) /* phase of the health thread */                                                 \
    X(is_alive, 67)                                                                                \
    X(looks_alive, 68)                                                                             \
    X(nlb_hash, 69)                                                                                \
    X(cert_date, 70)       /* pair: age; expired, self-signed */                                   \
    X(cert_kind, 71)       /* pair: key, name; SMTP, chain */                                      \
    X(cert_named, 72)      /* which generated certificate the directory names */                   \
    X(cpu_gap, 100)        /* arrivals, departures and dip of a span in one step */                \
    X(cpu_gap_rest_0, 101) /* to 116: rests of the bursts found after it, 2^13 each */             \
    X(cpu_gap_rest_15, 116)                                                                        \
    X(smtp_accept, 120)                                                                            \
    X(smtp_answer, 121) /* of a directory, a server of lists; index: session */                    \
    X(storm_notice, 122)                                                                           \
    X(storm_distance, 123)                                                                         \
    X(storm_retry, 124) /* index: negotiations before */

enum luck_purpose {
#define X(name, number) LUCK_##name = number,
    LUCK_PURPOSES(X)
#undef X
};

/* The rest of the k-th burst found on a processor has purpose LUCK_CPU_REST_FIRST + k. */
enum { LUCK_CPU_REST_FIRST = 0x1000, LUCK_CPU_RESTS = 0x1000 };

/* A correlated value in its stationary law is the sum of many, whose numbers are added to the
 * purpose: of a link at the start of the trial, and of a packet that was never sent (a range for
 * each process of a link). */
enum {
    LUCK_LINK_RANGE = 0x2000,
    LUCK_LINK_START_FIRST = 0x2000,
    LUCK_LINK_MARGINAL_FIRST = 0x4000
};

#endif
