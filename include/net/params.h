/* Settings of the network. Separate from the actors so that scenarios can name them without the
 * actors. Terms and formulas are tc-netem's (tc-netem(8); Linux net/sched/sch_netem.c). */
#ifndef NET_PARAMS_H
#define NET_PARAMS_H

#include <stdint.h>

struct law_table;

/* How packets get lost, in tc-netem's words. */
#define LINK_LOSS_MODELS(X) X(random) X(state) X(gemodel)

enum link_loss_model {
#define X(name) LINK_LOSS_##name,
    LINK_LOSS_MODELS(X)
#undef X
};

/* A share that is worked out from another one, as its member says. */
#define LINK_SHARE_AUTO (-1.0)

/* One direction of a path. All zero but for the delay: a constant delay and nothing else. */
struct link_params {
    int64_t delay_ns;                     /* mean one-way delay */
    int64_t jitter_ns;                    /* scale of its variation */
    const struct law_table *distribution; /* of the jitter, unit 1; NULL: uniform on [-1, 1) */
    double delay_correlation;             /* of one packet's jitter draw with the next one's */
    int64_t loss_model;                   /* enum link_loss_model */
    double loss;                          /* random: share of packets */
    double loss_correlation;              /* random */
    double state_p13;         /* state: each packet, from sent (1) to lost in burst (3) */
    double state_p31;         /* back; LINK_SHARE_AUTO: 1 - p13 */
    double state_p32;         /* from lost in burst (3) to sent within the burst (2) */
    double state_p23;         /* back */
    double state_p14;         /* from sent (1) to lost alone (4); back with the next one */
    double gemodel_p;         /* gemodel: each packet, from the good state to the bad one */
    double gemodel_r;         /* back; LINK_SHARE_AUTO: 1 - p */
    double gemodel_bad_loss;  /* 1-h: of packets lost in the bad state */
    double gemodel_good_loss; /* 1-k: of packets lost in the good state */
    double duplicate;         /* share of packets sent twice */
    double duplicate_correlation;
    double reorder; /* share of candidates that are sent at once, ahead of those under way */
    double reorder_correlation;
    int64_t gap;     /* only every gap-th packet is a candidate; 0: none is */
    double rate_bps; /* packets are sent one after the other at this rate; 0: all at once */
    int64_t limit;   /* packets under way; further ones are lost; 0: no limit */
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
