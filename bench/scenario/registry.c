#include "registry.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/params.h"

#define NAMES(list)     ((const char *const[]){list(NAME) NULL})
#define NAME(name, ...) #name,

#define SPACE_TEXT(name, text) text,
#define NAMES_OF_SPACES        ((const char *const[]){TLS_SPACES(SPACE_TEXT) NULL})

/* One row each; the unit's suffix of the member follows from the type. */
#define TIME(kind, field, initial, least, most, meaning, source)                                   \
    ROW(kind, #field, TYPE_TIME, field##_ns, initial, least, most, NULL, PARAM_KIND_COUNT,         \
        meaning, source)
#define RATE(kind, field, initial, least, most, meaning, source)                                   \
    ROW(kind, #field, TYPE_RATE, field##_hz, initial, least, most, NULL, PARAM_KIND_COUNT,         \
        meaning, source)
#define PLAIN(type, kind, field, initial, least, most, meaning, source)                            \
    ROW(kind, #field, type, field, initial, least, most, NULL, PARAM_KIND_COUNT, meaning, source)
#define CORRELATION(of, meaning)                                                                   \
    SHARE(link, of##_correlation, "0%", "0%", "99.9%", meaning, "tc-netem(8)")
#define SHARE(...)  PLAIN(TYPE_SHARE, __VA_ARGS__)
#define NUMBER(...) PLAIN(TYPE_NUMBER, __VA_ARGS__)
#define COUNT(...)  PLAIN(TYPE_COUNT, __VA_ARGS__)
#define LAW(...)    PLAIN(TYPE_LAW, __VA_ARGS__)
#define SWITCH(kind, field, initial, meaning, source)                                              \
    PLAIN(TYPE_SWITCH, kind, field, initial, NULL, NULL, meaning, source)
#define TABLE(kind, field, initial, meaning, source)                                               \
    PLAIN(TYPE_TABLE, kind, field, initial, NULL, NULL, meaning, source)
#define CHOICE(kind, field, member, list, initial, meaning, source)                                \
    ROW(kind, #field, TYPE_CHOICE, member, initial, NULL, NULL, NAMES(list), PARAM_KIND_COUNT,     \
        meaning, source)
#define REF(kind, field, of, meaning, source)                                                      \
    ROW(kind, #field, TYPE_REF, field, NULL, NULL, NULL, NULL, KIND_##of, meaning, source)
#define DATE(kind, field, initial, meaning, source)                                                \
    ROW(kind, #field, TYPE_DATE, field##_s, initial, "0001-01-01", "9999-12-31T23:59:59Z", NULL,   \
        PARAM_KIND_COUNT, meaning, source)
#define TEXT(type, kind, field, initial, meaning, source)                                          \
    PLAIN(type, kind, field, initial, NULL, NULL, meaning, source)
#define MAYBE(kind, field, member, of, initial, meaning, source)                                   \
    ROW(kind, #field, TYPE_REF, member, initial, NULL, NULL, NULL, KIND_##of, meaning, source)
#define REFS(kind, field, of, initial, meaning, source)                                            \
    ROW(kind, #field, TYPE_REFS, field, initial, NULL, NULL, NULL, KIND_##of, meaning, source)
#define ROW(kind, field, type, member, initial, least, most, choices, of, meaning, source)         \
    {                                                                                              \
        KIND_##kind, field, type, offsetof(struct kind##_params, member), initial, least, most,    \
            choices, of, meaning, source                                                           \
    }

/* Laid out by hand: what is said of a parameter, then its source. */
/* clang-format off */
const struct param_def param_defs[] = {
    TIME(trial, horizon, "3600s", "1s", "48h", "a trial that has not recovered by then is censored",
         "assumed"),
    CHOICE(trial, sa_age, sa_age, SA_AGES, "stationary",
           "ages of the SAs at the failure: stationary law, or all new", "assumed"),

    CHOICE(failure, kind, kind, FAILURE_KINDS, NULL,
           "crash: the active node dies; move: planned; hang: it does not run but keeps its SAs; restart: "
           "a host without cluster boots; link: the path breaks; double: both nodes die; failback: two moves",
           "KB 821839 (crash, move); KB 980915 (restart)"),
    SWITCH(failure, heartbeats, "off",
           "hang: the heartbeats of the node go on, so that only checks of its services notice",
           "assumed: the heartbeat is sent by a driver"),
    COUNT(failure, backlog, "0", "0", "1024",
          "hang: packets that wait for the node to run again; further ones are lost", "assumed"),
    LAW(failure, back, "0s", "0s", "48h",
        "hang: from the hang until the node runs again; 0s: never", "assumed"),
    LAW(failure, down, "120s", "0s", "48h",
        "restart, double: until the first node has booted; link: until the path is back",
        "assumed; KB 980915: restart in less than six minutes"),
    SWITCH(failure, announced, "off", "restart: it shuts down in order and sends DELETEs",
           "off: KB 980915 speaks of clients that are not told"),
    LAW(failure, second, "uniform(8s, 40s)", "0s", "48h",
        "double: from the first failure until the node that takes over dies", "assumed"),
    LAW(failure, failback, "600s", "0s", "48h",
        "failback: from the first move until the second is ordered; it waits until all is online",
        "assumed"),

    REF(front_end, node, node, "the computer of the front end", "KB 821839"),
    REF(front_end, stack, stack, "the IPsec stack of the front end", "KB 821839"),
    REF(front_end, uplink, link, "the path to the cluster", "KB 821839"),
    REF(front_end, downlink, link, "the path from the cluster", "KB 821839"),

    CHOICE(cluster, kind, kind, CLUSTER_KINDS, "mscs",
           "server cluster (one node has the address), or Network Load Balancing (all have it)",
           "KB 821839"),
    REFS(cluster, hosts, node, "[]",
         "nlb: the hosts; cluster.active is the one that fails, cluster.standby one that is added",
         "KB 232711"),
    TIME(cluster, alive_period, "1s", "100ms", "10s", "nlb: interval of heartbeats", "KB 193601"),
    COUNT(cluster, alive_tolerance, "5", "5", "100",
          "nlb: consecutive heartbeats missed until a host is presumed dead", "KB 193601"),
    LAW(cluster, convergence, "uniform(2.5s, 3s)", "0s", "60s",
        "nlb: then until the others have agreed who answers its clients", "TechNet cc739690; KB 232997"),
    CHOICE(cluster, affinity, affinity, NLB_AFFINITIES, "single",
           "nlb: single: all of a client goes to one host; none: UDP 500 and ESP may not",
           "RRAS team, 2006: VPN needs single"),
    SWITCH(cluster, nlb_tracks, "on",
           "nlb: a host keeps its IPsec sessions when another one is added (Windows 2000: off)",
           "KB 248346; [MS-IKEE] 1.3.4: inferred"),
    REF(cluster, active, node, "the node that owns the virtual address first", "KB 821839"),
    REF(cluster, standby, node, "the node that takes over", "KB 821839"),
    REF(cluster, stack, stack, "the IPsec stack of both nodes", "KB 821839"),
    REF(cluster, address, resource, "the resource that is the virtual IP address", "KB 821833"),
    TIME(cluster, heartbeat, "1.2s", "10ms", "60s",
         "interval of the heartbeat between nodes; its phase is random", "KB 892422"),
    COUNT(cluster, missed, "6", "1", "100",
          "consecutive heartbeats missed until a node is presumed dead", "KB 892422"),
    LAW(cluster, regroup, "2s", "0s", "60s",
        "time the remaining nodes take to agree on who is left", "assumed"),
    LAW(cluster, quorum, "0s", "0s", "60s",
        "time to take the quorum disk: 0s when it survives, 7s to 10s when its owner died",
        "KB 309186; that it survives is assumed"),
    LAW(cluster, vip_gap, "lognormal(median=2s, sigma=0.7)", "0s", "600s",
        "planned move: from the address leaving one node to the other answering IKE on it",
        "assumed"),
    LAW(cluster, stop, "5s", "0s", "180s",
        "planned move: time that stopping services takes before the address leaves",
        "assumed; most: pending timeout, TechNet bb124063"),
    TIME(cluster, delete_window, "0s", "0s", "5s",
         "planned move: the SAs are removed, and DELETEs sent, so long before the address leaves",
         "not found, assumed"),
    SWITCH(cluster, fence, "on",
           "planned move: once its SAs are removed the leaving node answers no negotiation", "assumed"),
    TIME(cluster, listen_lag, "0.2s", "0s", "2s", "from the address bound to IKE answering on it",
         "assumed"),

    LAW(cluster, evict, "uniform(0s, 1.2s)", "0s", "60s",
        "hang: from running again until the node learns that the group was taken from it",
        "assumed: with the next heartbeat"),
    LAW(cluster, form, "10s", "0s", "600s",
        "a node that boots and finds no other one: until it has formed the cluster; then quorum",
        "assumed"),
    TIME(cluster, health_check, "10s", "10ms", "1h",
         "hang: interval at which watched resources are checked; its phase is random", "KB 810860"),
    TIME(cluster, health_timeout, "180s", "10ms", "1h",
         "hang: such a check fails when it gets no answer for so long", "KB 836566 (IsAliveTimeout)"),
    TIME(cluster, is_alive, "60s", "10ms", "1h",
         "hang: interval at which the cluster asks what the last check said; its phase is random",
         "Microsoft: IsAlivePollInterval"),
    TIME(cluster, looks_alive, "5s", "10ms", "1h",
         "hang: interval of quick checks, which see a hung service; its phase is random",
         "Microsoft: LooksAlivePollInterval; that they see it is assumed"),
    TIME(cluster, pending_timeout, "180s", "0s", "24h",
         "a resource that starts longer fails and is started again; 0s: none does",
         "TechNet bb124063"),
    COUNT(cluster, restart_threshold, "3", "0", "1000",
          "such restarts within restart_period; the next failure moves the group to the other node",
          "Microsoft: RestartThreshold"),
    TIME(cluster, restart_period, "900s", "1s", "24h", "see restart_threshold",
         "Microsoft: RestartPeriod"),
    COUNT(cluster, failover_threshold, "1", "0", "1000",
          "moves of the group because it cannot start; then it stays as it is",
          "Microsoft: FailoverThreshold (nodes less one)"),

    SWITCH(arp, model, "on", "neighbour entries for the virtual address may be stale", "RFC 826"),
    COUNT(arp, gratuitous, "3", "0", "10", "announcements the new owner broadcasts",
          "KB 168567 (several); the number is assumed"),
    TIME(arp, spacing, "1s", "1ms", "10s", "between two announcements", "assumed"),
    SHARE(arp, loss, "0%", "0%", "100%", "of announcements, lost at the front end", "assumed"),
    TIME(arp, unused, "120s", "1s", "1h", "a neighbour entry unused for so long expires",
         "Windows Server 2003 TCP/IP: ArpCacheLife"),
    TIME(arp, used, "600s", "1s", "1h", "a neighbour entry in use expires after so long",
         "Windows Server 2003 TCP/IP: ArpCacheMinReferencedLife"),

    SWITCH(app, tcp, "on", "requests travel over TCP; off: one packet each way", "RFC 9293"),
    TIME(app, syn_wait, "3s", "10ms", "60s", "first wait for a SYN's answer, then doubled",
         "TechNet cc758896 (TcpInitialRTT)"),
    COUNT(app, syn_retries, "2", "0", "10",
          "repetitions of a SYN before the connection is given up",
          "TechNet cc758896 (TcpMaxConnectRetransmissions)"),
    TIME(app, reset_wait, "0.5s", "1ms", "60s", "a refused connection is tried again after so long",
         "assumed"),
    COUNT(app, reset_retries, "2", "0", "10", "such tries", "assumed"),
    TIME(app, data_wait, "3s", "10ms", "60s", "first wait for a request's answer, then doubled",
         "assumed"),
    COUNT(app, data_retries, "5", "0", "15", "repetitions of a request before it is given up",
          "TechNet cc780586 (TcpMaxDataRetransmissions)"),

    COUNT(class, port, NULL, "1", "65535", "TCP port on the virtual address", "RFC 6335"),
    RATE(class, rate, NULL, "0.1/h", "1000/s", "requests of one front end", "assumed"),
    CHOICE(class, arrival, arrival, APP_ARRIVALS, "poisson",
           "how requests arrive: at random, or in equal steps", "assumed"),
    CHOICE(class, protect, protect, POLICY_PROTECTS, "policy",
           "the IPsec policy requires protection of this class: on, off, or as policy.preset says of "
           "its port",
           "KB 821839"),
    MAYBE(class, service, service, resource, "none",
          "the resource that answers: requests to the cluster need it online", "KB 821833"),
    SWITCH(class, persistent, "off",
           "requests share a connection that is kept open; the new node resets it", "assumed"),

    TIME(stack, retransmit_first, "1s", "1ms", "120s", "first wait for an answer to an IKE message",
         "[MS-IKEE] 3.3.2, notes <16>, <17>: inferred"),
    NUMBER(stack, retransmit_base, "2", "1", "10", "each wait is the one before times this",
           "[MS-IKEE] 3.3.2: inferred"),
    TIME(stack, retransmit_cap, "0s", "0s", "1h", "longest wait; 0s: no limit",
         "assumed; 16s in [MS-IKEE] note <24>"),
    COUNT(stack, retransmit_tries, "5", "0", "20",
          "repetitions of a message; after the last wait the exchange fails (63s by default)",
          "KB 821839 (one minute): inferred"),
    TIME(stack, retransmit_jitter, "0s", "0s", "0.5s",
         "each wait is longer or shorter by up to this, uniformly",
         "[MS-IKEE] note <16> (later versions); that it is 0s here is assumed"),
    CHOICE(stack, auth, auth, IKE_AUTHS, "certificate", "how main mode authenticates; kerberos: with a ticket",
           "RFC 2409 5.1, 5.4; [MS-IKEE] note <4>; the choice is assumed"),
    SWITCH(stack, commit_bit, "on", "the responder asks for a fourth message of quick mode",
           "RFC 2408 3.1; that Windows does so is assumed"),
    COUNT(stack, hold, "1", "0", "1",
          "packets of a class held while IKE negotiates: the newest or none", "assumed"),
    TIME(stack, idle, "300s", "1s", "24h", "idle time after which a quick-mode SA is deleted",
         "[MS-IKEE] 3.5.2, note <21>; KB 821839"),
    TIME(stack, idle_failover, "60s", "1s", "24h",
         "the same with NLBSFlags, or when the peer sent NLBS_PRESENT",
         "[MS-IKEE] 3.5.2, note <21>; KB 821839"),
    COUNT(stack, nlbs_flags, "0", "0", "1", "NLBSFlags in the registry; 1: use idle_failover",
          "KB 821839"),
    CHOICE(stack, nlbs_present, nlbs_present, IKE_NLBS, "auto",
           "as responder, send the NLBS_PRESENT vendor ID; auto: if it is a host of NLB",
           "[MS-IKEE] 3.6.4.1; that nodes of a server cluster do not is inferred"),
    SWITCH(stack, initial_contact, "on",
           "a main mode begun without a live SA says so: NLB may give the client to another host",
           "[MS-IKEE] 3.5.4.1, 3.6.5.1; not processed by Windows 2000"),
    CHOICE(stack, idle_reset, idle_reset, SA_IDLE_RESETS, "received",
           "packets that put the idle clock back: received, any, or none (2003 SP1 bug)",
           "KB 821839: inferred"),
    TIME(stack, qm_lifetime, "1h", "10s", "720h", "lifetime of a quick-mode SA",
         "KB 2790970; TechNet cc757295"),
    COUNT(stack, qm_lifetime_kb, "100000", "0", "2000000000",
          "the same in thousands of bytes, both ways; 0: without end", "KB 2790970: 100 MB"),
    TIME(stack, mm_lifetime, "8h", "10s", "720h", "lifetime of a main-mode SA",
         "TechNet cc739672 names the setting; 480 minutes is inferred"),
    CHOICE(stack, delete, delete_kind, IKE_DELETES, "plain",
           "what is sent when SAs are removed in order: nothing, one DELETE for each SA, or one that is "
           "repeated until acknowledged: first after 1 s, then twice as long each time",
           "RFC 2408 3.15; [MS-IKEE] 3.8"),
    TIME(stack, delete_cap, "16s", "0s", "1h",
         "longest wait between repetitions of an acknowledged DELETE; 0s: no cap",
         "[MS-IKEE] note <24>"),
    COUNT(stack, delete_tries, "6", "0", "20", "repetitions of an acknowledged DELETE",
          "[MS-IKEE] note <24>"),
    SWITCH(stack, mm_dies_with_last_qm, "off",
           "a main-mode SA does not outlive its last quick-mode SA (would refute the KB's minute)",
           "off: [MS-IKEE] 3.5.6.1 deletes the quick-mode SA only"),

    COUNT(node, cores, "1", "1", "256", "processor cores", "assumed"),
    NUMBER(node, speed, "1", "0.01", "1000",
           "of a core, 1: the machine that the crypto costs are of", "by definition"),
    SHARE(node, load, "0%", "0%", "95%", "of the whole capacity, taken by other work",
          "KB 821839 (CPU load); the value is assumed"),
    LAW(node, burst, "exponential(mean=10ms)", "0s", "10s",
        "processor time of one piece of that other work", "assumed"),
    CHOICE(node, discipline, discipline, CPU_DISCIPLINES, "ps",
           "ps: all jobs share the cores (time slices); fifo: one after the other", "assumed"),
    REF(node, crypto, crypto, "what cryptography costs on this computer", "by definition"),

    TIME(crypto, dh_keygen, NULL, "0s", "10s", "one Diffie-Hellman public value", "RFC 2409 5"),
    TIME(crypto, dh_agree, NULL, "0s", "10s", "one Diffie-Hellman shared secret", "RFC 2409 5"),
    TIME(crypto, sign, NULL, "0s", "10s", "one RSA private operation", "RFC 2409 5.1"),
    TIME(crypto, verify, NULL, "0s", "10s", "one RSA public operation", "RFC 2409 5.1"),
    TIME(crypto, message, NULL, "0s", "10s", "hashes and ciphers of one IKE message", "RFC 2409 5"),

    TIME(link, delay, NULL, "0s", "10s", "mean one-way delay", "tc-netem(8)"),
    TIME(link, jitter, "0s", "0s", "10s", "scale of the delay's variation", "tc-netem(8)"),
    TABLE(link, distribution, "uniform", "of the delay's variation", "tc-netem(8)"),
    SHARE(link, loss, "0%", "0%", "100%", "of packets lost (loss_model random)", "tc-netem(8)"),
    /* New link keys go to the end: a key's place is part of the luck of values drawn per trial. */
    CORRELATION(delay, "of a packet's jitter draw with the one before; netem's formula leaves next"
                       " to none of it in the delays"),
    CHOICE(link, loss_model, loss_model, LINK_LOSS_MODELS, "random",
           "random: loss; state: state_*, four states; gemodel: gemodel_*, Gilbert-Elliott",
           "tc-netem(8)"),
    CORRELATION(loss, "of a packet's loss draw with the one before (loss_model random)"),
    SHARE(link, state_p13, "0%", "0%", "100%",
          "each packet: from sent (1) to lost in a burst (3)", "tc-netem(8): loss state"),
    SHARE(link, state_p31, "auto", "0%", "100%", "from 3 back to 1; auto: 100% - state_p13",
          "tc-netem(8): loss state"),
    SHARE(link, state_p32, "0%", "0%", "100%", "from 3 to sent within the burst (2)",
          "tc-netem(8): loss state"),
    SHARE(link, state_p23, "100%", "0%", "100%", "from 2 back to 3", "tc-netem(8): loss state"),
    SHARE(link, state_p14, "0%", "0%", "100%",
          "from 1 to lost alone (4), whence the next packet returns to 1",
          "tc-netem(8): loss state"),
    SHARE(link, gemodel_p, "0%", "0%", "100%", "p: each packet, from the good state to the bad one",
          "tc-netem(8): loss gemodel"),
    SHARE(link, gemodel_r, "auto", "0%", "100%",
          "r: from the bad state to the good one; auto: 100% - gemodel_p",
          "tc-netem(8): loss gemodel"),
    SHARE(link, gemodel_bad_loss, "100%", "0%", "100%", "1-h: of packets lost in the bad state",
          "tc-netem(8): loss gemodel"),
    SHARE(link, gemodel_good_loss, "0%", "0%", "100%", "1-k: of packets lost in the good state",
          "tc-netem(8): loss gemodel"),
    SHARE(link, duplicate, "0%", "0%", "100%", "of packets sent twice", "tc-netem(8)"),
    CORRELATION(duplicate, "of a packet's duplication draw with the one before"),
    SHARE(link, reorder, "0%", "0%", "100%",
          "of candidates sent at once, ahead of packets under way", "tc-netem(8)"),
    CORRELATION(reorder, "of a candidate's reordering draw with the one before"),
    COUNT(link, gap, "1", "1", "1000000", "one packet of so many is a candidate for reordering",
          "tc-netem(8)"),
    ROW(link, "rate", TYPE_BITRATE, rate_bps, "0bit", "0bit", "100gbit", NULL, PARAM_KIND_COUNT,
        "packets leave one after the other at so many bits a second; 0bit: all at once",
        "tc-netem(8)"),
    COUNT(link, limit, "1000", "0", "1000000",
          "packets under way; what comes on top is lost; 0: no limit", "tc-netem(8)"),

    LAW(resource, online, NULL, "0s", "3h", "time from its start to online",
        "assumed; TechNet bb124063 bounds most"),
    SHARE(resource, load, "0%", "0%", "100%",
          "share of the node's capacity that starting it takes, besides node.load", "assumed"),
    COUNT(resource, logs, "0", "0", "100000",
          "transaction logs it replays first if its node died under it", "TechNet bb124063; assumed"),
    TIME(resource, log_replay, "0s", "0s", "10min", "time to replay one of them", "assumed"),
    SWITCH(resource, pending_limit, "on", "cluster.pending_timeout holds for it",
           "TechNet bb124063: not for the Information Store on its way up"),
    CHOICE(resource, watched, watched, RESOURCE_WATCHES, "no",
           "what finds it dead on a node that hangs: exchange: health_check, health_timeout, is_alive; "
           "looksalive: looks_alive", "KB 810860: Exchange does not use LooksAlive"),
    REFS(resource, needs, resource, "[]", "resources that must be online before it starts",
         "KB 821833"),

    /* New keys go here: a key's place is part of the luck of values that are drawn once a trial. The
     * printed list is in order of kinds all the same. */
    RATE(node, stall_rate, "0/s", "0/s", "10/s",
         "stalls (a paused virtual machine, swapping): processors do nothing, packets wait; timers go on",
         "off: assumed"),
    LAW(node, stall, "1s", "0s", "60s", "length of a stall; longer ones are cut", "assumed"),

    TIME(alarm, time, "15min", "1s", "48h",
         "false alarms: how long each trial without failure lasts (less where requests would be too many)",
         "assumed"),
    COUNT(alarm, trials, "96", "1", "1000000",
          "such trials, at most one for ten of the run's: with alarm.time one day", "assumed"),
    SHARE(alarm, loss, "1%", "0%", "100%",
          "in them links whose random loss is less lose so many packets", "assumed"),
    RATE(alarm, stall_rate, "6/h", "0/s", "10/s",
         "in them computers that stall less often stall so often", "assumed"),
    LAW(alarm, stall, "lognormal(median=1s, sigma=0.7)", "0s", "60s", "and for so long", "assumed"),

    CHOICE(policy, preset, preset, POLICY_PRESETS, "custom",
           "passwords: TCP 110 and 143; mail: 80 too; all; none; custom: each class says itself",
           "KB 821839 (its three policies)"),
    SWITCH(policy, kerberos_exempt, "off",
           "policy.preset all leaves Kerberos (port 88) in clear",
           "KB 254728: Windows 2000 exempts it by design; that 2003 does not is inferred"),
    CHOICE(class, passwords, passwords, APP_PASSWORDS, "none",
           "basic: a new connection carries a user's password (POP3 and IMAP4 know no other way)",
           "KB 821839; that one connection is one login is assumed"),
    SWITCH(stack, fallback, "off",
           "no answer to main mode makes a soft SA: traffic passes in clear (\"allow unsecured "
           "communication\")",
           "KB 234580, KB 914841"),
    TIME(stack, fallback_wait, "3s", "10ms", "60s",
         "how long the first answer is waited for; 0.5s with the Simple Policy Update",
         "KB 914841; KB 914842; J. Morey, MSDN blog, 2005-12-15: only if there is no reply"),
    SWITCH(stack, fallback_quick_mode, "off",
           "the same for quick mode under an existing main-mode SA", "not found, assumed"),
    TIME(stack, soft_lifetime, "300s", "1s", "24h", "how long a soft SA lets traffic pass in clear",
         "not found; as idle, assumed"),
    CHOICE(stack, inbound, inbound, SA_INBOUNDS, "require",
           "packets in clear where the policy wants IPsec: dropped, or taken and answered in clear "
           "(an upper bound: Windows would negotiate as it answers)",
           "KB 234580"),
    MAYBE(class, peer, peer, peer, "cluster",
          "another host that answers this class instead, at an address of its own", "KB 821839 (P3)"),
    REF(peer, node, node, "the computer of a domain controller or global catalog", "KB 821839"),
    REF(peer, stack, stack, "its IPsec stack", "KB 821839"),
    REF(peer, uplink, link, "the path from the front end to it", "KB 821839"),
    REF(peer, downlink, link, "the path back", "KB 821839"),
    MAYBE(kerberos, class, class_index, class, "none",
          "stack.auth kerberos: the class whose requests ask a domain controller for tickets",
          "RFC 4120 3.3"),
    TIME(kerberos, wait, "5s", "10ms", "60s",
         "wait for a ticket, each further one longer by as much",
         "KB 837361 names the settings; the value is assumed"),
    COUNT(kerberos, tries, "3", "0", "15", "repetitions before a ticket is given up",
          "KB 837361 names the setting; the value is assumed"),
    SWITCH(kerberos, cached, "off", "tickets for all peers are at hand", "assumed"),
    CHOICE(trial, until, until, TRIAL_UNTILS, "first",
           "a trial ends when a protected class has its first good answer, when all classes have, or "
           "at the horizon; all, horizon: columns for each class",
           "by definition"),

    CHOICE(trial, system, system, TRIAL_SYSTEMS, "ipsec",
           "what fails over: requests over IPsec, SMTP over X-ANONYMOUSTLS (kind smtp), or very many "
           "clients that key anew (kind storm)", "KB 821839"),

    REF(smtp, sender, server, "the transport server on the front end", "TechNet bb430773"),
    REF(smtp, receiver, server, "that on the node that is active first", "TechNet bb430790"),
    REF(smtp, standby, server, "that on the node that takes over", "TechNet bb430790"),
    REF(smtp, traffic, class, "messages arrive as requests of this class, for its service", "assumed"),
    DATE(smtp, clock, "2008-01-01", "what the servers' clocks show at t = 0", "assumed"),
    CHOICE(smtp, hub_to_hub, hub_to_hub, TLS_HUB_TO_HUBS, "literal",
           "sessions between Hub servers: none passes step 2H, or the introduction's do",
           "TechNet bb430773 contradicts itself"),
    CHOICE(smtp, auth, auth, TLS_AUTHS, "ExchangeServer",
           "SmartHostAuthMechanism of the Send connector", "TechNet bb430773, step 2"),
    ROW(smtp, "address_space", TYPE_CHOICE, address_space, "*", NULL, NULL, NAMES_OF_SPACES,
        PARAM_KIND_COUNT, "address space of the Send connector: all, or -- (accepted domains)",
        "TechNet bb430773, step 2E"),
    CHOICE(smtp, delivery, delivery, TLS_DELIVERIES, "SmtpRelayWithinAdSitetoEdge",
           "DeliveryType of the messages", "TechNet bb430773, step 2H"),
    SWITCH(smtp, receive_exchange_server, "on",
           "AuthMechanism of the Receive connector includes ExchangeServer",
           "TechNet bb430790, step 2"),
    SWITCH(smtp, require_tls, "off", "a session that has no TLS is ended before MAIL",
           "Set-SendConnector -RequireTLS"),
    SWITCH(smtp, kerberos, "on", "two Hub servers authenticate by Kerberos", "TechNet bb430773"),
    SWITCH(smtp, ticket_cached, "on", "the sender has a Kerberos ticket for the receiver", "assumed"),
    REF(smtp, directory, link, "the path between a server and a domain controller, each way",
        "TechNet bb430773, step 3"),
    LAW(smtp, directory_time, "5ms", "0s", "60s", "time a domain controller takes to answer",
        "assumed"),
    TIME(smtp, directory_timeout, "30s", "1ms", "10min",
         "without an answer for so long the attribute cannot be read", "assumed"),
    TIME(smtp, store_cost, "0.2ms", "0s", "1s",
         "processor time of each certificate that steps 4 and 7 look at", "assumed"),
    TIME(smtp, chain_cost, "1ms", "0s", "10s",
         "processor time of building a chain, besides its signatures", "assumed"),
    COUNT(smtp, chain_length, "2", "0", "10", "signatures verified for a chain", "assumed"),
    SWITCH(smtp, revocation, "off", "step 8 fetches the list of revoked certificates",
           "not found, assumed"),
    REF(smtp, lists, link, "the path between a server and that list, each way", "assumed"),
    SWITCH(smtp, lists_answer, "on", "off: nobody answers there, as behind a firewall", "assumed"),
    LAW(smtp, lists_time, "50ms", "0s", "60s", "time until the list is sent", "assumed"),
    TIME(smtp, lists_timeout, "15s", "1ms", "10min",
         "without the list for so long no chain is PKI-valid",
         "CAPICOM UrlRetrievalTimeout; that it holds here is inferred"),
    TIME(smtp, command_cost, "0.5ms", "0s", "1s", "processor time of one SMTP command", "assumed"),
    TIME(smtp, kerberos_cost, "1ms", "0s", "1s", "processor time of one Kerberos message", "assumed"),
    LAW(smtp, accept, "20ms", "0s", "60s", "time to store a message before it is accepted",
        "assumed"),
    TIME(smtp, inactivity, "10min", "1s", "1h",
         "a session in which nothing comes for so long is given up",
         "Set-SendConnector -ConnectionInactivityTimeOut"),
    SWITCH(smtp, queue, "on",
           "messages wait in one queue, which tries again; off: each opens a session, once",
           "TechNet bb123505"),
    COUNT(smtp, glitch_retries, "4", "0", "15", "first tries of the queue after a failed one",
          "TechNet bb123505 (QueueGlitchRetryCount)"),
    TIME(smtp, glitch_interval, "1min", "1ms", "1h", "between them",
         "later versions: QueueGlitchRetryInterval"),
    COUNT(smtp, transient_retries, "6", "0", "15", "tries after those",
          "TechNet bb123505 (TransientFailureRetryCount)"),
    TIME(smtp, transient_interval, "5min", "1s", "12h", "between them",
         "TechNet bb123505 (TransientFailureRetryInterval); Edge: 10min"),
    TIME(smtp, retry_interval, "10min", "1s", "480h", "between tries after those",
         "OutboundConnectionFailureRetryInterval; Edge: 30min"),

    CHOICE(server, role, role, TLS_ROLES, NULL, "Hub or Edge Transport server", "TechNet bb430773"),
    REF(server, store, store, "its local machine store", "TechNet bb430773, step 4"),
    CHOICE(server, attribute, attribute, TLS_ATTRIBUTES, "present",
           "msExchServerInternalTLSCert of its object in the directory", "TechNet bb430773, step 3"),
    REFS(server, named, cert, "[]", "the certificate that the directory names: none or one",
         "TechNet bb430773, step 3"),
    TEXT(TYPE_HEX, server, thumbprint, "none", "thumbprint that it names, if `named` is []",
         "TechNet bb430773, step 3"),
    CHOICE(server, generated, generated, SERVER_NAMEDS, "missing",
           "what it names if neither is given: nothing in the store, or a generated certificate",
           "assumed"),
    TEXT(TYPE_DNS, server, fqdn, "none", "fully qualified domain name", "TechNet bb430773, step 6"),
    TEXT(TYPE_DNS, server, name, "none", "host name", "TechNet bb430773, step 6"),
    TEXT(TYPE_DNS, server, physical_fqdn, "none", "physical fully qualified domain name",
         "TechNet bb430773, step 6"),
    TEXT(TYPE_DNS, server, physical_name, "none", "physical host name",
         "TechNet bb430773, step 6"),
    SWITCH(server, clustered, "off", "a cluster or NLB host: cluster_name stands for fqdn",
           "TechNet bb430773, step 6"),
    TEXT(TYPE_DNS, server, cluster_name, "none", "ClusterName in the registry",
         "TechNet bb430773, step 6"),

    REFS(store, certs, cert, "[]", "listed certificates", "assumed"),
    TEXT(TYPE_FOLDER, store, pem, "none", "folder of PEM files: certificates and private keys",
         "RFC 7468"),
    TEXT(TYPE_FOLDER, store, roots, "none",
         "folder of trusted root certificates, and lists of revoked ones, for `pem`", "RFC 5280"),
    COUNT(store, count, "0", "0", "100000", "certificates generated besides", "assumed"),
    TIME(store, life, "8760h", "1h", "876000h", "from Valid from to Valid to of a generated one",
         "Exchange 2007: self-signed certificates live a year"),
    SHARE(store, expired, "0%", "0%", "100%", "of the generated ones", "assumed"),
    SHARE(store, self_signed, "0%", "0%", "100%", "of the generated ones", "assumed"),
    SHARE(store, without_key, "0%", "0%", "100%", "of the generated ones: no private key", "assumed"),
    SHARE(store, wrong_name, "0%", "0%", "100%", "of the generated ones: no name of the server",
          "assumed"),
    SHARE(store, not_smtp, "0%", "0%", "100%", "of the generated ones: not enabled for SMTP",
          "assumed"),
    SHARE(store, revoked, "0%", "0%", "100%", "of the generated ones", "assumed"),
    SHARE(store, untrusted, "0%", "0%", "100%", "of the generated ones: no trusted root", "assumed"),

    TEXT(TYPE_DNS, cert, subject, "none", "common name", "RFC 5280 4.1.2.6"),
    TEXT(TYPE_DNSES, cert, san, "[]", "DNS names of the subject alternative name",
         "RFC 5280 4.2.1.6"),
    DATE(cert, valid_from, NULL, "first instant at which it holds", "RFC 5280 4.1.2.5"),
    DATE(cert, valid_to, NULL, "last instant at which it holds", "RFC 5280 4.1.2.5"),
    COUNT(cert, version, "3", "1", "3", "of X.509", "RFC 5280 4.1.2.1"),
    SWITCH(cert, private_key, "on", "the store has its private key", "TechNet bb430773, step 7"),
    SWITCH(cert, smtp, "on", "enabled for SMTP (Enable-ExchangeCertificate)",
           "TechNet bb430773, step 7"),
    SWITCH(cert, self_signed, "off", "signed with its own key", "TechNet bb430773, step 8"),
    CHOICE(cert, chain, chain, CERT_CHAINS, "fit",
           "what its chain comes to; fit: trusted, or untrusted when self-signed",
           "TechNet bb430773, step 8"),
    /* Keys of kinds above that came later: a key's place numbers what a seed draws for it, so that
     * none may come between. The list puts them in with their kind. */
    COUNT(front_end, count, "1", "1", "10000",
          "front ends, all alike, each with links, requests and luck of its own", "KB 821839: one"),

    CHOICE(stack, product, product, STACK_PRODUCTS, "windows2003",
           "what it is: whether a peer acknowledges DELETEs, and what the KB supports",
           "[MS-IKEE] note <6>, 3.8.4.1; KB 821839"),
    SWITCH(stack, fast_failover, "on",
           "knows NLBSFlags and NLBS_PRESENT; off: its idle time is idle, whatever they say",
           "[MS-IKEE] note <22>: not Windows 2000"),
    TIME(stack, nlbs_qm_retransmit, "0s", "0s", "1h",
         "while idle_failover counts, a quick-mode message is given up after so long; 0s: by the "
         "schedule",
         "KB 980915 (NlbsQMRetransmitDuration); range, default and scope not found, assumed"),

    COUNT(storm, clients, "1000", "1", "1000000",
          "trial.system storm: clients that key anew with the node that takes over", "assumed"),
    CHOICE(storm, ike, ike, STORM_IKES, "v2", "the version of IKE that they speak", "RFC 7296; RFC 2409"),
    LAW(storm, notice, "uniform(165.061s, 195.061s)", "0s", "48h",
        "from the failure until a client begins to key anew, drawn for each",
        "strongSwan: dpd_delay 30s, then 165.061s of repetitions"),
    LAW(storm, distance, "0s", "0s", "10s",
        "one-way delay of each client beyond the links, drawn for each", "assumed"),
    LAW(storm, retry, "0s", "0s", "48h", "from a negotiation that failed until the next one, drawn for each",
        "strongSwan: at once"),
    COUNT(storm, tries, "0", "0", "1000000", "negotiations of a client before it gives up; 0: without end",
          "strongSwan: keyingtries 0; dpd_action restart"),
    COUNT(storm, clients_per_ip, "1", "1", "1000000", "clients behind one address (NAT)", "assumed"),
    COUNT(storm, cookie_threshold, "30", "0", "1000000",
          "IKEv2: from so many half-open negotiations on cookies are demanded; 0: never",
          "strongSwan charon.cookie_threshold; Windows 2008: 500 ([MS-IKEE] note <27>)"),
    COUNT(storm, cookie_threshold_off, "0", "0", "1000000",
          "then until there are fewer than this; 0: than cookie_threshold",
          "strongSwan; Windows 2008: 100 ([MS-IKEE] note <27>)"),
    COUNT(storm, cookie_threshold_ip, "3", "0", "1000000",
          "from so many of one address on cookies are demanded of it; 0: never",
          "strongSwan charon.cookie_threshold_ip"),
    TIME(storm, cookie_calm_down, "10s", "0s", "1h",
         "cookies are demanded on until no first message came for so long", "strongSwan: COOKIE_CALMDOWN_DELAY"),
    TIME(storm, cookie_lifetime, "10s", "1s", "1h", "an older cookie is not accepted",
         "strongSwan: COOKIE_LIFETIME; Windows 2008: 150s ([MS-IKEE] note <29>)"),
    COUNT(storm, block_threshold, "5", "0", "1000000",
          "from so many half-open negotiations of one address on its first messages are dropped; 0: never",
          "strongSwan charon.block_threshold; Windows 2008: 35 ([MS-IKEE] note <27>)"),
    COUNT(storm, init_limit_half_open, "0", "0", "1000000",
          "from so many half-open negotiations on first messages are dropped; 0: never",
          "strongSwan charon.init_limit_half_open"),
    COUNT(storm, init_limit_job_load, "0", "0", "1000000",
          "from so many messages that wait for the processor on first messages are dropped; 0: never",
          "strongSwan charon.init_limit_job_load"),
    TIME(storm, half_open_timeout, "30s", "0s", "1h",
         "a negotiation that is half open for so long is dropped; 0s: never",
         "strongSwan charon.half_open_timeout"),
};
/* clang-format on */

const size_t param_def_count = COUNT_OF(param_defs);

static const struct kind {
    const char *name;
    size_t offset, size;
    size_t count_offset;
    int most;
} kinds[] = {
#define X(name) {#name, offsetof(struct params, name), sizeof(struct name##_params), 0, 0},
    PARAM_SINGLE_KINDS(X)
#undef X
#define X(name, member, count, most)                                                               \
    {#name, offsetof(struct params, member), sizeof(struct name##_params),                         \
     offsetof(struct params, count), most},
        PARAM_SEVERAL_KINDS(X)
#undef X
};

const char *param_kind_name(enum param_kind kind)
{
    return kinds[kind].name;
}

int param_kind_most(enum param_kind kind)
{
    return kinds[kind].most;
}

size_t param_kind_offset(enum param_kind kind, int instance)
{
    return kinds[kind].offset + (size_t)instance * kinds[kind].size;
}

size_t param_kind_size(enum param_kind kind)
{
    return kinds[kind].size;
}

size_t param_count_offset(enum param_kind kind)
{
    CHECK(kinds[kind].most > 0);
    return kinds[kind].count_offset;
}

const struct param_def *param_find(enum param_kind kind, const char *field)
{
    for (size_t i = 0; i < param_def_count; i++)
        if (param_defs[i].kind == kind && strcmp(param_defs[i].field, field) == 0)
            return &param_defs[i];
    return NULL;
}

bool param_takes_auto(const struct param_def *def)
{
    return def->initial != NULL && strcmp(def->initial, PARAM_AUTO) == 0;
}

char *param_key(char key[PARAM_KEY_MAX], const struct param_def *def, const char *instance)
{
    if (kinds[def->kind].most == 0)
        snprintf(key, PARAM_KEY_MAX, "%s.%s", kinds[def->kind].name, def->field);
    else
        snprintf(key, PARAM_KEY_MAX, "%s.%s.%s", kinds[def->kind].name, instance, def->field);
    return key;
}

/* The columns of the printed list. */
enum { KEY, TYPE, INITIAL, RANGE, MEANING, SOURCE, COLUMNS };
enum { CELL_MAX = 160 };
typedef char cells[COLUMNS][CELL_MAX];

static const char *type_name(enum param_type type)
{
    static const char *const names[] = {
        [TYPE_TIME] = "time",     [TYPE_SHARE] = "share",        [TYPE_RATE] = "rate",
        [TYPE_NUMBER] = "number", [TYPE_COUNT] = "count",        [TYPE_SWITCH] = "switch",
        [TYPE_CHOICE] = "choice", [TYPE_REF] = "name",           [TYPE_REFS] = "names",
        [TYPE_LAW] = "time law",  [TYPE_TABLE] = "distribution", [TYPE_BITRATE] = "bit rate",
        [TYPE_DATE] = "date",     [TYPE_DNS] = "DNS name",       [TYPE_DNSES] = "DNS names",
        [TYPE_FOLDER] = "folder", [TYPE_HEX] = "thumbprint",
    };
    return names[type];
}

static void range_cell(char cell[CELL_MAX], const struct param_def *def)
{
    int used = 0;
    cell[0] = '\0';
    if (def->least != NULL)
        snprintf(cell, CELL_MAX, "%s%s to %s", param_takes_auto(def) ? "auto, " : "", def->least,
                 def->most);
    else if (def->type == TYPE_SWITCH)
        snprintf(cell, CELL_MAX, "on, off");
    else if (def->type == TYPE_CHOICE)
        for (const char *const *choice = def->choices; *choice != NULL; choice++)
            used += snprintf(cell + used, CELL_MAX - (size_t)used, "%s%s",
                             choice == def->choices ? "" : ", ", *choice);
    else if (def->type == TYPE_TABLE)
        snprintf(cell, CELL_MAX, "uniform, NAME of tc's, PATH.dist");
    else if (def->type == TYPE_DNSES)
        snprintf(cell, CELL_MAX, "[NAME, ...]");
    else if (def->type == TYPE_HEX)
        snprintf(cell, CELL_MAX, "none, 40 hex digits");
    else if (def->type == TYPE_DNS || def->type == TYPE_FOLDER)
        snprintf(cell, CELL_MAX, "none, %s", def->type == TYPE_DNS ? "NAME" : "PATH");
    else
        snprintf(cell, CELL_MAX, "of kind %s", kinds[def->of].name);
}

static void make_cells(cells row, const struct param_def *def)
{
    char key[PARAM_KEY_MAX];
    snprintf(row[KEY], CELL_MAX, "%s", param_key(key, def, "NAME"));
    snprintf(row[TYPE], CELL_MAX, "%s", type_name(def->type));
    snprintf(row[INITIAL], CELL_MAX, "%s", def->initial ? def->initial : "(must be given)");
    range_cell(row[RANGE], def);
    snprintf(row[MEANING], CELL_MAX, "%s", def->meaning);
    snprintf(row[SOURCE], CELL_MAX, "%s", def->source);
}

static void measure(int width[COLUMNS], cells row)
{
    for (int i = 0; i < COLUMNS; i++)
        if ((int)strlen(row[i]) > width[i])
            width[i] = (int)strlen(row[i]);
}

static void print_row(FILE *out, const int width[COLUMNS], cells row)
{
    for (int i = 0; i < SOURCE; i++)
        fprintf(out, "%-*s  ", width[i], row[i]);
    fprintf(out, "%s\n", row[SOURCE]);
}

/* In order of kinds. */
static void print_kind(FILE *out, const int width[COLUMNS], enum param_kind kind)
{
    cells row;
    for (size_t i = 0; i < param_def_count; i++) {
        if (param_defs[i].kind != kind)
            continue;
        make_cells(row, &param_defs[i]);
        print_row(out, width, row);
    }
}

void registry_print(FILE *out)
{
    cells head = {"KEY", "TYPE", "DEFAULT", "RANGE", "MEANING", "SOURCE"};
    cells row;
    int width[COLUMNS] = {0};
    measure(width, head);
    for (size_t i = 0; i < param_def_count; i++) {
        make_cells(row, &param_defs[i]);
        measure(width, row);
    }
    print_row(out, width, head);
    for (int kind = 0; kind < PARAM_KIND_COUNT; kind++)
        print_kind(out, width, (enum param_kind)kind);
}
