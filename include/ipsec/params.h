/* Settings of one IPsec/IKE implementation, a "stack". Both ends of an SA have one. */
#ifndef IPSEC_PARAMS_H
#define IPSEC_PARAMS_H

#include <stdint.h>

#define IKE_AUTHS(X)      X(psk) X(certificate) X(kerberos)
#define IKE_DELETES(X)    X(none) X(plain) X(reliable)
#define SA_IDLE_RESETS(X) X(received) X(any) X(none)
#define IKE_NLBS(X)       X(off) X(on) X(auto)
#define SA_AGES(X)        X(stationary) X(fresh)
#define SA_INBOUNDS(X)    X(require) X(request)

/* X(name, version in the vendor ID "MS NT5 ISAKMPOAKLEY" (0: not sent), words). [MS-IKEE] note <6>;
 * a hotfix does not change it. */
#define STACK_PRODUCTS(X)                                                                          \
    X(other, 0, "not Windows")                                                                     \
    X(windows2000, 2, "Windows 2000")                                                              \
    X(windows2003, 4, "Windows Server 2003")                                                       \
    X(windows2003_980915, 4, "Windows Server 2003 with hotfix 980915")                             \
    X(windows2008, 6, "Windows Vista or Windows Server 2008")

enum ike_auth {
#define X(name) IKE_AUTH_##name,
    IKE_AUTHS(X)
#undef X
};
enum ike_delete {
#define X(name) IKE_DELETE_##name,
    IKE_DELETES(X)
#undef X
};
/* Whether a responder sends NLBS_PRESENT; auto: if it is a host of NLB. */
enum ike_nlbs {
#define X(name) IKE_NLBS_##name,
    IKE_NLBS(X)
#undef X
};
/* What puts the idle clock of a quick-mode SA back to zero. */
enum sa_idle_reset {
#define X(name) SA_IDLE_RESET_##name,
    SA_IDLE_RESETS(X)
#undef X
};
/* What becomes of a packet in clear where the policy wants IPsec. require: it is dropped. request:
 * it is taken, and answered in clear. */
enum sa_inbound {
#define X(name) SA_INBOUND_##name,
    SA_INBOUNDS(X)
#undef X
};
enum sa_age {
#define X(name) SA_AGE_##name,
    SA_AGES(X)
#undef X
};
enum stack_product {
#define X(name, ...) STACK_##name,
    STACK_PRODUCTS(X)
#undef X
};

struct stack_params {
    /* Retransmission: waits first, first*base, ... each at most cap (0: no cap); `tries`
     * repetitions after the first sending; the exchange fails after the last wait. */
    int64_t retransmit_first_ns;
    double retransmit_base;
    int64_t retransmit_cap_ns;
    int64_t retransmit_tries;
    int64_t retransmit_jitter_ns; /* every wait +- U(0, this) */
    int64_t auth;                 /* enum ike_auth */
    int64_t commit_bit;           /* responder sets it: quick mode has a fourth message */
    int64_t hold;             /* packets held per class while IKE negotiates, 0 or 1 (the newest) */
    int64_t idle_ns;          /* quick-mode idle time */
    int64_t idle_failover_ns; /* the same with NLBSFlags or when the peer sent NLBS_PRESENT */
    int64_t nlbs_flags;       /* NLBSFlags: 1 = use the failover idle time */
    int64_t nlbs_present;     /* enum ike_nlbs: as responder: send the NLBS_PRESENT vendor ID */
    int64_t initial_contact;  /* 1: a new main mode without a live SA says so: NLB may rebalance */
    int64_t idle_reset;       /* enum sa_idle_reset */
    int64_t qm_lifetime_ns;
    int64_t qm_lifetime_kb; /* thousands of bytes, both ways; 0: without end */
    int64_t mm_lifetime_ns;
    int64_t delete_kind;   /* enum ike_delete: what is sent when SAs are removed in order */
    int64_t delete_cap_ns; /* acknowledged DELETE: longest wait between repetitions (0: no cap) */
    int64_t delete_tries;  /* repetitions of an acknowledged DELETE */
    int64_t inbound;       /* enum sa_inbound */
    int64_t fallback;      /* 1: no answer to main mode makes a soft SA: traffic in clear */
    int64_t fallback_wait_ns;    /* how long no answer at all is waited for */
    int64_t fallback_quick_mode; /* 1: the same for quick mode under an existing main-mode SA */
    int64_t soft_lifetime_ns;
    int64_t mm_dies_with_last_qm;  /* 1: a main-mode SA does not outlive its last quick-mode SA */
    int64_t product;               /* enum stack_product: what it tells the peer to be */
    int64_t fast_failover;         /* 1: knows NLBSFlags and NLBS_PRESENT */
    int64_t nlbs_qm_retransmit_ns; /* as initiator with fast failover: each quick-mode message is
                                    * given up after so long at the latest; 0: by the schedule */
};

#endif
