/* A small site for tests: one front end, two nodes, two classes, constant delays, no load, no loss.
 * Each test changes what it is about. */
#ifndef MODEL_WORLD_SITE_H
#define MODEL_WORLD_SITE_H

#include "engine/sim.h"
#include "world/params.h"

enum { SITE_A, SITE_B, SITE_FRONT_END };
enum { SITE_IP, SITE_STORE };

static inline struct params site(enum failure_kind kind)
{
    struct params p = {
        .trial = {.horizon_ns = 3600 * NS_PER_S, .sa_age = SA_AGE_fresh},
        .failure = {.kind = kind},
        .cluster = {.active = SITE_A,
                    .standby = SITE_B,
                    .address = SITE_IP,
                    .heartbeat_ns = 1200 * NS_PER_MS,
                    .missed = 6,
                    .regroup = law_constant(2e9),
                    .quorum = law_constant(0.0),
                    .vip_gap = law_constant(2e9),
                    .stop = law_constant(0.0),
                    .listen_lag_ns = 200 * NS_PER_MS,
                    .evict = law_constant(0.5e9),
                    .form = law_constant(10e9),
                    .health_check_ns = 10 * NS_PER_S,
                    .health_timeout_ns = 180 * NS_PER_S,
                    .is_alive_ns = 60 * NS_PER_S,
                    .looks_alive_ns = 5 * NS_PER_S,
                    .pending_timeout_ns = 180 * NS_PER_S,
                    .restart_threshold = 3,
                    .restart_period_ns = 900 * NS_PER_S,
                    .failover_threshold = 1},
        .arp = {.model = 0,
                .gratuitous = 3,
                .spacing_ns = NS_PER_S,
                .unused_ns = 120 * NS_PER_S,
                .used_ns = 600 * NS_PER_S},
        .app = {.tcp = 0,
                .syn_wait_ns = 3 * NS_PER_S,
                .syn_retries = 2,
                .reset_wait_ns = 500 * NS_PER_MS,
                .reset_retries = 2,
                .data_wait_ns = 3 * NS_PER_S,
                .data_retries = 5},
        .front_end = {.count = 1, .node = SITE_FRONT_END, .stack = 0, .uplink = 0, .downlink = 1},
        .links = 2,
        .nodes = 3,
        .cryptos = 1,
        .stacks = 1,
        .resources = 2,
        .classes = 1,
    };
    for (int i = 0; i < p.links; i++)
        p.link[i] = (struct link_params){.delay_ns = 5 * NS_PER_MS};
    for (int i = 0; i < p.nodes; i++)
        p.node[i] = (struct node_params){
            .cores = 1, .speed = 1.0, .burst = law_constant(10e6), .discipline = CPU_ps};
    p.crypto[0] = (struct crypto_params){.dh_keygen_ns = 1000 * NS_PER_US,
                                         .dh_agree_ns = 2000 * NS_PER_US,
                                         .sign_ns = 4000 * NS_PER_US,
                                         .verify_ns = 500 * NS_PER_US,
                                         .message_ns = 100 * NS_PER_US};
    p.stack[0] = (struct stack_params){.retransmit_first_ns = NS_PER_S,
                                       .retransmit_base = 2.0,
                                       .retransmit_tries = 5,
                                       .auth = IKE_AUTH_certificate,
                                       .commit_bit = 1,
                                       .hold = 1,
                                       .idle_ns = 300 * NS_PER_S,
                                       .idle_failover_ns = 60 * NS_PER_S,
                                       .idle_reset = SA_IDLE_RESET_received,
                                       .qm_lifetime_ns = 3600 * NS_PER_S,
                                       .mm_lifetime_ns = 8 * 3600 * NS_PER_S,
                                       .delete_kind = IKE_DELETE_plain,
                                       .delete_cap_ns = 16 * NS_PER_S,
                                       .delete_tries = 6,
                                       .product = STACK_windows2003,
                                       .fast_failover = 1};
    p.resource[SITE_IP] = (struct resource_params){.online = law_constant(0.5e9)};
    p.resource[SITE_STORE] = (struct resource_params){.online = law_constant(1e9), .needs = 1};
    for (int i = 0; i < 2; i++)
        p.traffic[i] = (struct class_params){.port = 110 + i,
                                             .rate_hz = 1.0,
                                             .arrival = APP_ARRIVAL_poisson,
                                             .protect = 1,
                                             .service = SITE_STORE,
                                             .peer = -1};
    return p;
}

#endif
