/* Settings of the network. Separate from the actors so that scenarios can name them without the
 * actors. Terms and formulas are tc-netem's (tc-netem(8); Linux net/sched/sch_netem.c). */
#ifndef NET_PARAMS_H
#define NET_PARAMS_H

#include <stdint.h>

struct law_table;

/* One direction of a path. */
struct link_params {
    int64_t delay_ns;                     /* mean one-way delay */
    int64_t jitter_ns;                    /* scale of its variation */
    const struct law_table *distribution; /* of the jitter, unit 1; NULL: uniform on [-1, 1) */
    double loss;                          /* independent loss, share of packets */
};

/* How the front ends' neighbour entries for the virtual address follow a move (RFC 826, RFC 5227
 * 3). */
struct arp_params {
    int64_t model;      /* 0: every packet reaches the owner; 1: neighbour entries may be stale */
    int64_t gratuitous; /* announcements the new owner broadcasts */
    int64_t spacing_ns; /* between them */
    double loss;        /* of one announcement at one front end */
    int64_t unused_ns;  /* an entry unused for so long expires */
    int64_t used_ns;    /* a used entry expires after so long */
};

#endif
