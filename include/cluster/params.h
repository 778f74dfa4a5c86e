/* Settings of the server cluster: failure detection, takeover, resources. */
#ifndef CLUSTER_PARAMS_H
#define CLUSTER_PARAMS_H

#include <stdint.h>

#include "engine/law.h"

enum { CLUSTER_RESOURCES_MAX = 16, FAILURE_BACKLOG_MAX = 1024, CLUSTER_HOSTS_MAX = 16 };

/* What goes wrong at t = 0. Numbers of kinds are part of no file: a manifest has the words. */
#define FAILURE_KINDS(X)                                                                           \
    X(crash) X(move) X(none) X(hang) X(restart) X(link) X(double) X(failback) X(add_host)

enum failure_kind {
#define X(name) FAILURE_##name,
    FAILURE_KINDS(X)
#undef X
};

/* Laws are ns from t = 0. */
struct failure_params {
    int64_t kind;        /* enum failure_kind */
    int64_t heartbeats;  /* hang: 1: they go on, so that the cluster learns by polling only */
    int64_t backlog;     /* hang: packets that wait for the node to run again */
    struct law back;     /* hang: the node runs again; 0: never */
    struct law down;     /* restart, double: the first node is up again; link: the path is */
    int64_t announced;   /* restart: 1: shut down in order, DELETEs are sent */
    struct law second;   /* double: the node that takes over dies too */
    struct law failback; /* failback: the group is to be moved back; not before it is online */
};

#define RESOURCE_WATCHES(X) X(no) X(exchange) X(looksalive)

enum resource_watch {
#define X(name) RESOURCE_WATCH_##name,
    RESOURCE_WATCHES(X)
#undef X
};

/* One resource of the group that moves. It starts on the new node when all it needs are online. */
struct resource_params {
    double load;           /* share of the node's capacity that starting it takes */
    struct law online;     /* ns from start to online */
    uint64_t needs;        /* bit i: resource i must be online first */
    int64_t logs;          /* transaction logs to replay if its node died under it */
    int64_t log_replay_ns; /* each */
    int64_t pending_limit; /* 1: fails when it is not online within the pending timeout */
    int64_t watched;       /* enum resource_watch: finds a hung node whose heartbeats go on */
};

#define CLUSTER_KINDS(X)  X(mscs) X(nlb)
#define NLB_AFFINITIES(X) X(none) X(single)

enum cluster_kind {
#define X(name) CLUSTER_##name,
    CLUSTER_KINDS(X)
#undef X
};
enum nlb_affinity {
#define X(name) NLB_AFFINITY_##name,
    NLB_AFFINITIES(X)
#undef X
};

struct cluster_params {
    int64_t kind;            /* enum cluster_kind */
    int64_t active, standby; /* node indices: who owns the virtual address first, who takes over */
    int64_t stack;           /* IPsec stack of both nodes */
    int64_t address;         /* resource index of the virtual IP address */
    int64_t heartbeat_ns;    /* interval of the MSCS heartbeat */
    int64_t missed;          /* consecutive heartbeats missed until the node is presumed dead */
    struct law regroup;      /* ns */
    struct law quorum;       /* ns */
    struct law vip_gap; /* planned move: ns from the address leaving A to B answering IKE on it */
    struct law stop; /* planned move: ns that stopping services takes before the address leaves */
    int64_t delete_window_ns;  /* planned move: SAs are removed so long before the address leaves */
    int64_t fence;             /* 1: from then on the leaving node answers no negotiation */
    int64_t listen_lag_ns;     /* from the address bound to IKE answering on it */
    struct law evict;          /* hang: ns from running again until the node learns that the group
                                * has been taken from it */
    struct law form;           /* ns a node that boots alone needs to form the cluster */
    int64_t health_check_ns;   /* interval of the health thread's checks */
    int64_t health_timeout_ns; /* a check that gets no answer fails after so long */
    int64_t is_alive_ns;       /* interval at which the cluster asks for the last check's outcome */
    int64_t looks_alive_ns;    /* interval of quick checks */
    int64_t pending_timeout_ns; /* a resource that starts longer fails */
    int64_t restart_threshold;  /* restarts of a resource on its node within restart_period */
    int64_t restart_period_ns;
    uint64_t hosts;             /* nlb: bit i: node i is a member */
    int64_t alive_period_ns;    /* nlb: interval of heartbeats */
    int64_t alive_tolerance;    /* nlb: missed until a host is presumed dead */
    struct law convergence;     /* nlb: ns until the others have agreed on the new mapping */
    int64_t affinity;           /* nlb: enum nlb_affinity */
    int64_t nlb_tracks;         /* nlb: 1: a client's IPsec session stays with its host */
    int64_t failover_threshold; /* moves of the group to the other node because it cannot start */
};

#endif
