/* Everything a trial is told: a plain struct, built by the scenario reader, copied for each trial.
 * Kinds that a scenario lists by name are arrays; references between them are indices. */
#ifndef WORLD_PARAMS_H
#define WORLD_PARAMS_H

#include "app/params.h"
#include "cluster/params.h"
#include "cpu/params.h"
#include "ipsec/params.h"
#include "ipsec/policy.h"
#include "net/params.h"
#include "tls/params.h"

enum { WORLD_INSTANCES_MAX = 16, WORLD_NAME_MAX = 32 };

/* When a trial ends (but for the horizon). X(name, words) */
#define TRIAL_UNTILS(X)                                                                            \
    X(first, "a protected class has its first good answer")                                        \
    X(all, "every class has")                                                                      \
    X(horizon, "only there: what is counted is counted over the same time in every trial")
enum trial_until {
#define X(name, words) TRIAL_UNTIL_##name,
    TRIAL_UNTILS(X)
#undef X
};

/* What carries the requests. X(name) */
#define TRIAL_SYSTEMS(X) X(ipsec) X(tls) X(storm)
enum trial_system {
#define X(name) TRIAL_SYSTEM_##name,
    TRIAL_SYSTEMS(X)
#undef X
};

/* A trial of system tls with a failure begins so long before it (and before a planned move's
 * services stop) that sessions are on their way in its instant. Longer ones, as with a store of
 * 10^5 certificates, are found only as old as this. */
#define WORLD_TLS_LEAD_NS INT64_C(10000000000)

struct trial_params {
    int64_t system;     /* enum trial_system */
    int64_t horizon_ns; /* a trial that has not recovered by then is censored */
    int64_t sa_age;     /* enum sa_age: of the SAs at the start */
    int64_t until;      /* enum trial_until */
};

enum { WORLD_FRONT_ENDS_MAX = 10000 };

struct front_end_params {
    int64_t count;            /* front ends, all alike, each with its own luck */
    int64_t node, stack;      /* indices */
    int64_t uplink, downlink; /* link indices: to and from the cluster */
};

/* What the same tuning costs while nothing fails: for the experiment, a trial does not read it. */
struct alarm_params {
    int64_t time_ns;      /* simulated in one trial */
    int64_t trials;       /* at most */
    double loss;          /* of packets, on links whose random loss is less */
    double stall_rate_hz; /* of computers that stall less often */
    struct law stall;     /* ns, of these */
};

/* Another host that the front end talks to, at an address of its own, which does not move: a domain
 * controller or global catalog. Its SAs are other main modes. */
enum { WORLD_PEERS_MAX = 4 };

struct peer_params {
    int64_t node, stack;      /* indices */
    int64_t uplink, downlink; /* link indices: to and from it */
};

/* How tickets are got for main modes that authenticate with Kerberos (stack.auth). */
struct kerberos_params {
    int64_t class_index; /* of the requests that ask for one, -1: none */
    int64_t wait_ns;     /* first wait for an answer; each further one is longer by as much */
    int64_t tries;       /* repetitions */
    int64_t cached;      /* 1: tickets for all peers are at hand */
};

/* Version of IKE that a storm's clients speak. */
#define STORM_IKES(X) X(v1) X(v2)
enum storm_ike {
#define X(name) STORM_IKE_##name,
    STORM_IKES(X)
#undef X
};

enum { STORM_CLIENTS_MAX = 1000000 };

/* What becomes of a first message at the gate. X(name, words) */
#define STORM_VERDICTS(X)                                                                          \
    X(PASSES, "takes the negotiation on")                                                          \
    X(NEEDS_COOKIE, "demands a cookie")                                                            \
    X(BLOCKED, "drops a first message: too much of this address is half open")                     \
    X(TOO_MANY, "drops a first message: too much is half open")                                    \
    X(BUSY, "drops a first message: too many wait for the processor")
enum storm_verdict {
#define X(name, words) STORM_##name,
    STORM_VERDICTS(X)
#undef X
};

/* trial.system storm: clients that key anew with the node that takes over, and what limits that
 * node's IKE sets to negotiations that are half open. A limit of 0 is off. */
struct storm_params {
    int64_t clients, ike;         /* how many; enum storm_ike */
    struct law notice;            /* ns, from the failure until a client begins to key anew */
    struct law distance;          /* ns, of each client, one way, on top of the links */
    struct law retry;             /* ns, from a negotiation that failed to the next one */
    int64_t tries;                /* negotiations of a client; 0: without end */
    int64_t clients_per_ip;       /* behind one address */
    int64_t cookie_threshold;     /* half open: from so many on cookies are demanded */
    int64_t cookie_threshold_off; /* and, once they are, until there are fewer; 0: the same */
    int64_t cookie_threshold_ip;  /* half open of one address */
    int64_t cookie_calm_down_ns;  /* demanded until no first message came for so long */
    int64_t cookie_lifetime_ns;
    int64_t block_threshold;      /* half open of one address: no further ones */
    int64_t init_limit_half_open; /* half open: no further ones */
    int64_t init_limit_job_load;  /* messages that wait for the processor: no further ones */
    int64_t half_open_timeout_ns; /* a negotiation half open for so long is dropped; 0: never */
};

struct params {
    struct trial_params trial;
    struct failure_params failure;
    struct cluster_params cluster;
    struct arp_params arp;
    struct app_params app;
    struct alarm_params alarm;
    struct policy_params policy;
    struct kerberos_params kerberos;
    struct front_end_params front_end;
    struct storm_params storm;
    struct link_params link[WORLD_INSTANCES_MAX];
    struct node_params node[WORLD_INSTANCES_MAX];
    struct crypto_params crypto[WORLD_INSTANCES_MAX];
    struct stack_params stack[WORLD_INSTANCES_MAX];
    struct resource_params resource[CLUSTER_RESOURCES_MAX];
    struct class_params traffic[APP_CLASSES_MAX]; /* kind "class" */
    struct peer_params peer[WORLD_PEERS_MAX];
    int32_t links, nodes, cryptos, stacks, resources, classes, peers;
    struct smtp_params smtp[TLS_SMTPS_MAX];
    struct server_params server[TLS_SERVERS_MAX];
    struct store_params store[TLS_STORES_MAX];
    struct cert_params cert[TLS_CERTS_MAX];
    int32_t smtps, servers, stores, certs;
    const struct tls_store *files[TLS_STORES_MAX]; /* what a store's folder holds; NULL: nothing */
};

/* What a stack tells the other side to be (vendor ID). */
static inline enum stack_product params_product(const struct params *params, int64_t stack)
{
    return (enum stack_product)params->stack[stack].product;
}

/* Whether the cluster's nodes send the NLBS_PRESENT vendor ID; auto: hosts of NLB do. */
static inline bool params_nlbs_present(const struct params *params)
{
    int64_t present = params->stack[params->cluster.stack].nlbs_present;
    return present == IKE_NLBS_auto ? params->cluster.kind == CLUSTER_nlb : present == IKE_NLBS_on;
}

/* The classes that the policy protects, bit i: class i. */
uint32_t params_protected(const struct params *params);

/* The classes that this peer (-1: the cluster) answers, as bits. */
uint32_t params_classes_of(const struct params *params, int64_t peer);

/* Is a ticket needed to protect the very traffic that asks for one? Then no main mode ever comes
 * up: KB 254949 does not support Kerberos authentication between a member and its domain
 * controller. */
bool params_kerberos_is_circular(const struct params *params);

#endif
