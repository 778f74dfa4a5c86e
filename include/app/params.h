/* Settings of the traffic between front end and back end. */
#ifndef APP_PARAMS_H
#define APP_PARAMS_H

#include <stdint.h>

enum { APP_CLASSES_MAX = 8 };

#define APP_ARRIVALS(X)  X(poisson) X(periodic)
#define APP_PASSWORDS(X) X(none) X(basic)

enum app_arrival {
#define X(name) APP_ARRIVAL_##name,
    APP_ARRIVALS(X)
#undef X
};

/* How users prove who they are when a connection is opened. basic: the password itself travels. */
enum app_password {
#define X(name) APP_PASSWORD_##name,
    APP_PASSWORDS(X)
#undef X
};

/* A traffic class: what one filter of the IPsec policy speaks of. */
struct class_params {
    int64_t port;    /* TCP port on the virtual address: what a policy preset knows it by */
    double rate_hz;  /* requests a second of one front end */
    int64_t arrival; /* enum app_arrival */
    int64_t protect; /* enum policy_protect: off, on, or what the preset says of its port */
    int64_t service; /* resource index: requests are answered while it is online; -1: see peer */
    int64_t peer;    /* host that answers instead of the cluster (kind "peer"), -1: the cluster */
    int64_t persistent; /* 1: requests share a connection that is kept open */
    int64_t passwords;  /* enum app_password */
};

/* TCP as the front end's stack does it (TechNet cc758896, cc780586). */
struct app_params {
    int64_t tcp;         /* 0: a request is one packet and its answer one packet */
    int64_t syn_wait_ns; /* first wait for a SYN's answer, then doubled */
    int64_t syn_retries;
    int64_t reset_wait_ns; /* a refused connection is tried again after so long */
    int64_t reset_retries;
    int64_t data_wait_ns; /* first wait for a request's answer, then doubled */
    int64_t data_retries;
};

#endif
