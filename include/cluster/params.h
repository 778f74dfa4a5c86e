/* Settings of the server cluster: failure detection, takeover, resources. */
#ifndef CLUSTER_PARAMS_H
#define CLUSTER_PARAMS_H

#include <stdint.h>

#include "engine/law.h"

enum { CLUSTER_RESOURCES_MAX = 16 };

#define FAILURE_KINDS(X) X(crash) X(move) X(none)

enum failure_kind {
#define X(name) FAILURE_##name,
    FAILURE_KINDS(X)
#undef X
};

struct failure_params {
    int64_t kind; /* enum failure_kind */
};

/* One resource of the group that moves. It starts on the new node when all it needs are online. */
struct resource_params {
    double load;       /* share of the node's capacity that starting it takes */
    struct law online; /* ns from start to online */
    uint64_t needs;    /* bit i: resource i must be online first */
};

struct cluster_params {
    int64_t active, standby; /* node indices: who owns the virtual address first, who takes over */
    int64_t stack;           /* IPsec stack of both nodes */
    int64_t address;         /* resource index of the virtual IP address */
    int64_t heartbeat_ns;    /* interval of the MSCS heartbeat */
    int64_t missed;          /* consecutive heartbeats missed until the node is presumed dead */
    struct law regroup;      /* ns */
    struct law quorum;       /* ns */
    struct law vip_gap; /* planned move: ns from the address leaving A to B answering IKE on it */
    struct law stop; /* planned move: ns that stopping services takes before the address leaves */
    int64_t delete_window_ns; /* planned move: SAs are removed so long before the address leaves */
    int64_t fence;            /* 1: from then on the leaving node answers no negotiation */
    int64_t listen_lag_ns;    /* from the address bound to IKE answering on it */
};

#endif
