/* The recorder: listens to a front end's moments and turns them into its row.
 * Separate from world so that what is measured is one reading of the same moments a trace prints.
 */
#ifndef MODEL_WORLD_REC_H
#define MODEL_WORLD_REC_H

#include <stdbool.h>

#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "world/row.h"

/* Quick modes under one class that may still become usable: the latest only. */
struct rec_class {
    int64_t gone_ns;    /* the stale quick-mode SA; NEVER_NS: not yet; start_ns if there was none */
    int64_t silence_ns; /* at the start; NEVER_NS without SA */
    int64_t sa_end;     /* how it went (enum sa_end), -1: not */
    int64_t acquire_ns; /* first packet without SA after that */
    int64_t stale_start_ns;    /* quick mode under the stale main-mode SA */
    int64_t stale_end_ns;      /* given up or aborted */
    uint32_t qm_id, qm_cookie; /* newest quick mode */
    int64_t qm_start_ns, qm_done_ns;
    bool has_sa;                /* the front end has a quick-mode SA now */
    bool given_up;              /* ... and lost the one before without need */
    int64_t waits_ns;           /* since when packets wait for IKE; NEVER_NS: they do not */
    bool front_end_up, node_up; /* the newest quick mode, by side */
};

struct rec {
    uint32_t standby; /* actor of the node that takes over, or is to serve again, here */
    int64_t start_ns;
    uint32_t mm_cookie;        /* newest main mode */
    uint32_t standby_cookie;   /* main-mode SA that the new node has, or REC_NO_SA */
    int64_t first_mm_start_ns; /* the first one after the failure, successful or not */
    int64_t mm_start_ns, mm_done_ns;
    bool healthy;         /* nothing has failed yet */
    bool over;            /* recovered */
    bool moves_back;      /* the node that took over begins a planned move */
    bool elsewhere;       /* NLB without affinity: ESP goes to another host than IKE */
    uint32_t deletes_out; /* DELETEs sent and not heard: bit = class, bit 31 = main mode */
    int64_t cut_ns;       /* packets waited after healthy SAs were given up */
    struct rec_class class[IPSEC_CLASSES_MAX];
    struct row *row;
};

/* Moments the recorder wants. */
extern const uint64_t rec_mask;

/* `standby` is the node that is to serve this front end after the failure. Its main-mode SA is
 * number `cookie`: 0 if it keeps what it has, REC_NO_SA. */
#define REC_NO_SA UINT32_MAX
void rec_reset(struct rec *rec, struct row *row, int64_t start_ns, int32_t standby, uint32_t cookie,
               uint32_t front_end);

/* The recorders of all front ends, by their numbers. */
struct recs {
    struct rec *rec;
    uint32_t count;
};

/* A listen_fn: what happens to a front end, or between it and a node, is told to its recorder, what
 * happens to the cluster to all of them. */
void recs_hear(void *recs, const struct moment *moment);

/* A class starts without quick-mode SA: nothing stale has to go. */
void rec_no_sa(struct rec *rec, uint32_t class_index);

/* What the row calls cut_ns, at the end of a trial. */
int64_t rec_cut_ns(const struct rec *rec, int64_t end_ns);

/* DELETEs sent that the front end never heard. */
int64_t rec_deletes_lost(const struct rec *rec);

/* The horizon is reached without IPsec: the row tells of the class whose stale SA went first. */
void rec_censored(struct rec *rec);

/* A good answer has come: the first one ends the outage, the first one after a failback that one's.
 */
void rec_recovered(struct rec *rec, int64_t now_ns);

#endif
