/* The row a trial leaves behind: one registry of columns for CSV, summaries and `ikebench list
 * columns`. */
#ifndef WORLD_ROW_H
#define WORLD_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/params.h"
#include "engine/sim.h"

/* Kinds of column, each line a kind:
 *
 *   id       names the row
 *
 *   outcome  ns from t = 0 to an end that every trial should reach; never reached counts as
 * infinite
 *
 *   client   an outcome of one front end by its rank among all: says nothing new where there is one
 *
 *   moment   ns from t = 0 of what need not happen; statistics are over the trials where it did
 *
 *   phase    ns, a piece of the outage; the phases of a row sum to its outage
 *
 *   amount   a count or ns of work, of all front ends together
 *
 * Outcomes, moments and phases are those of front end 0, which differs from the others in luck
 * only; those of a storm are of the client that is last.
 *
 * X(name, kind, unit, meaning) */
#define ROW_COLUMNS(X)                                                                             \
    X(trial, id, "", "number of the trial, from 0")                                                \
    X(status, id, "",                                                                              \
      "0 all front ends (storm: clients) recovered, 1 censored: not within trial.horizon, 2 "      \
      "nothing failed")                                                                            \
    X(stop_ns, moment, "ns", "planned move: services begin to stop (before t = 0)")                \
    X(vip_gone_ns, moment, "ns", "the first node no longer answers on the virtual address")        \
    X(vip_up_ns, outcome, "ns", "the node that serves from then on answers IKE on it")             \
    X(silence_ns, moment, "ns",                                                                    \
      "how long the SA of the class that recovers first has been idle at the start: since its "    \
      "last answer, unless stack.idle_reset says otherwise")                                       \
    X(deletes_lost, amount, "", "SAs whose DELETE was sent and never reached the front end")       \
    X(idle_expiry_ns, moment, "ns", "the stale quick-mode SA is gone")                             \
    X(sa_end, id, "", "how it went: -1 there was none, 0 idle, 1 lifetime, 2 DELETE")              \
    X(acquire_ns, moment, "ns", "first packet after that, which found no quick-mode SA")           \
    X(stale_qm_start_ns, moment, "ns", "first quick mode under the stale main-mode SA")            \
    X(mm_start_ns, moment, "ns", "main mode that succeeded: first message")                        \
    X(mm_done_ns, moment, "ns", "main mode that succeeded: done at the front end")                 \
    X(qm_done_ns, moment, "ns", "quick mode that succeeded: done at the front end")                \
    X(ipsec_ns, outcome, "ns",                                                                     \
      "first quick-mode SA that is usable both ways (NLB without affinity: not if ESP goes to "    \
      "another host than IKE)")                                                                    \
    X(app_ready_ns, outcome, "ns", "the last resource is online on the new node (Exchange)")       \
    X(outage_ns, outcome, "ns",                                                                    \
      "first good answer to a protected request (storm: the last client has its SAs)")             \
    X(sum_ns, outcome, "ns", "ipsec_ns + app_ready_ns, the KB's sum")                              \
    X(failback_gone_ns, moment, "ns", "the virtual address is off the node that took over")        \
    X(failback_outage_ns, moment, "ns", "from then until the first good answer")                   \
    X(ipsec_first_ns, client, "ns", "ipsec_ns of the front end that is first")                     \
    X(ipsec_median_ns, client, "ns",                                                               \
      "of the middle one, of an even number the earlier of both in the middle")                    \
    X(ipsec_last_ns, client, "ns", "of the last one")                                              \
    X(outage_first_ns, client, "ns", "outage_ns of the front end that is first")                   \
    X(outage_median_ns, client, "ns",                                                              \
      "of the middle one, of an even number the earlier of both in the middle")                    \
    X(outage_last_ns, client, "ns", "of the last one")                                             \
    X(phase_detect_ns, phase, "ns",                                                                \
      "until the stale quick-mode SA (tls: the old connection) is gone, or of use again")          \
    X(phase_wait_ns, phase, "ns", "then waiting for a packet that starts IKE (tls: a message)")    \
    X(phase_stale_qm_ns, phase, "ns", "quick mode under the stale main-mode SA, until given up")   \
    X(phase_mm_failed_ns, phase, "ns", "until main mode that succeeds begins: waits, failed ones") \
    X(phase_mm_ns, phase, "ns", "main mode (IKEv2: IKE_SA_INIT)")                                  \
    X(phase_qm_wait_ns, phase, "ns", "until quick mode that succeeds begins: failed ones")         \
    X(phase_qm_ns, phase, "ns", "quick mode until usable both ways (IKEv2: IKE_AUTH)")             \
    X(phase_app_ns, phase, "ns", "then until the first good answer")                               \
    X(packets_sent, amount, "",                                                                    \
      "packets sent by front ends and nodes since the start of the trial, ARP too")                \
    X(packets_lost, amount, "", "of these, lost on a link")                                        \
    X(packets_dropped, amount, "",                                                                 \
      "packets, copies made by links too, that arrived where no node has the address (IKE: or "    \
      "listens yet), in ESP of an SA unknown there, or in clear against the policy; storm: or "    \
      "that a limit dropped; not IKE messages that their receiver ignores")                        \
    X(requests_sent, amount, "",                                                                   \
      "requests begun since t = 0, all classes; a front end that is back begins no more; tls: "    \
      "messages that came since then")                                                             \
    X(requests_answered, amount, "", "of these, answered; tls: accepted")                          \
    X(requests_lost, amount, "", "of these, given up; tls: none where there is a queue")           \
    X(requests_clear, amount, "",                                                                  \
      "requests whose content left the front end in clear since t = 0")                            \
    X(requests_clear_outage, amount, "", "of these, before the outage was over")                   \
    X(passwords_clear, amount, "", "logins with a Basic password in clear since t = 0")            \
    X(passwords_clear_outage, amount, "", "of these, before the outage was over")                  \
    X(soft_sas, amount, "", "soft SAs made: no answer within stack.fallback_wait")                 \
    X(clear_refused, amount, "",                                                                   \
      "packets in clear that a node dropped because its policy requires IPsec")                    \
    X(ike_messages, amount, "",                                                                    \
      "IKE messages sent since the start, both sides, repetitions included")                       \
    X(ike_retransmissions, amount, "", "of these, repetitions")                                    \
    X(ike_bytes, amount, "",                                                                       \
      "bytes of the IP packets of all these messages, repetitions included, lost ones too")        \
    X(teardowns, amount, "",                                                                       \
      "healthy SAs front ends gave up: idle or in vain, the peer having them")                     \
    X(teardowns_idle, amount, "", "of these, quick-mode SAs that were idle")                       \
    X(cut_ns, amount, "ns",                                                                        \
      "while nothing had failed: packets waited for IKE after such a give-up, all classes")        \
    X(time_ns, amount, "ns",                                                                       \
      "simulated, from the start of the trial to its end, by each front end")                      \
    X(crypto_front_end_ns, amount, "ns", "work of IKE or TLS on the front ends, at speed 1")       \
    X(crypto_nodes_ns, amount, "ns", "work of IKE or TLS on the nodes, at speed 1")                \
    X(events, amount, "",                                                                          \
      "events simulated one by one, those of background work on processors included")              \
    X(system, id, "", "trial.system: 0 IPsec, 1 SMTP over TLS, 2 storm")                           \
    X(secure_ns, moment, "ns", "tls: the handshake of the session that succeeded is done")         \
    X(phase_retry_ns, phase, "ns", "tls: tries that fail, and the queue's waits between them")     \
    X(phase_connect_ns, phase, "ns", "tls: TCP connection until the banner")                       \
    X(phase_select_ns, phase, "ns", "tls: EHLO, and both servers' selections of a certificate")    \
    X(phase_tls_ns, phase, "ns", "tls: X-ANONYMOUSTLS and handshake")                              \
    X(phase_auth_ns, phase, "ns", "tls: EHLO again and Kerberos until MAIL")                       \
    X(tls_sender, id, "",                                                                          \
      "tls: the sender's decision: 0 no anonymous TLS, 1 not advertised, 2 X-ANONYMOUSTLS")        \
    X(tls_receiver, id, "", "tls: the receiver's decision")                                        \
    X(sessions, amount, "", "tls: SMTP sessions begun since t = 0")                                \
    X(sessions_failed, amount, "", "tls: of these, ended without an accepted message")             \
    X(sessions_done, amount, "", "tls: of these, ended with an accepted message")                  \
    X(sessions_clear, amount, "", "tls: of those with an accepted message, without TLS")           \
    X(selections_unsaid, amount, "",                                                               \
      "tls: selections since t = 0 in a case the document leaves open")                            \
    X(event_12012, amount, "", "tls: events 12012 logged since t = 0")                             \
    X(event_12013, amount, "", "tls: events 12013 since then")                                     \
    X(event_12015, amount, "", "tls: events 12015 since then")                                     \
    X(event_1037, amount, "", "tls: events 1037 since then")                                       \
    X(clients, amount, "", "storm: clients")                                                       \
    X(clients_back, amount, "", "storm: of these, have SAs with the node that serves")             \
    X(clients_lost, amount, "", "storm: of these, have given up (storm.tries)")                    \
    X(negotiations, amount, "", "storm: begun by clients")                                         \
    X(negotiations_failed, amount, "", "storm: of these, given up by the client")                  \
    X(half_open_peak, amount, "", "storm: most negotiations that were half open at once")          \
    X(half_open_expired, amount, "", "storm: negotiations dropped at storm.half_open_timeout")     \
    X(cookies_sent, amount, "", "storm: answers that demand a cookie")                             \
    X(inits_dropped, amount, "", "storm: first messages dropped by a limit")                       \
    X(jobs_peak, amount, "", "storm: most messages that waited for the node's cores at once")

/* Columns of each traffic class, called class.NAME.column, unless trial.until is `first`. */
#define ROW_CLASS_COLUMNS(X)                                                                       \
    X(outage_ns, outcome, "ns",                                                                    \
      "first good answer by the new node; where another host answers: from the first request "     \
      "since t = 0 until the first good answer after it, to whichever request of the class, of "   \
      "before t = 0 too; 0 without a request")                                                     \
    X(ipsec_ns, moment, "ns", "its first quick-mode SA with that node, usable both ways")          \
    X(requests_lost, amount, "", "its requests given up")                                          \
    X(requests_clear, amount, "", "its requests whose content left the front end in clear")        \
    X(requests_clear_outage, amount, "", "of these, before its outage was over")                   \
    X(passwords_clear, amount, "", "its logins with a Basic password in clear")                    \
    X(passwords_clear_outage, amount, "", "of these, before its outage was over")

struct row_class {
#define X(name, kind, unit, meaning) int64_t name;
    ROW_CLASS_COLUMNS(X)
#undef X
};

struct row {
#define X(name, kind, unit, meaning) int64_t name;
    ROW_COLUMNS(X)
#undef X
    struct row_class class[APP_CLASSES_MAX];
};

#define ROW_RECOVERED 0
#define ROW_CENSORED  1
#define ROW_STEADY    2

#define ROW_SYSTEM_IPSEC 0
#define ROW_SYSTEM_TLS   1
#define ROW_SYSTEM_STORM 2

enum row_kind { ROW_id, ROW_outcome, ROW_client, ROW_moment, ROW_phase, ROW_amount };

struct row_column {
    const char *name;
    enum row_kind kind;
    const char *unit, *meaning;
};

enum {
#define X(name, kind, unit, meaning) +1
    ROW_COLUMN_COUNT = 0 ROW_COLUMNS(X)
#undef X
};

/* In the order of struct row, whose members are all int64_t (those of classes come last):
 * column i is ((int64_t *)row)[i]. NEVER_NS in a moment or outcome is written as -1. */
extern const struct row_column row_columns[ROW_COLUMN_COUNT];

enum {
#define X(name, kind, unit, meaning) +1
    ROW_CLASS_COLUMN_COUNT = 0 ROW_CLASS_COLUMNS(X)
#undef X
};
extern const struct row_column row_class_columns[ROW_CLASS_COLUMN_COUNT]; /* as struct row_class */

/* Writes "class.http.outage_ns" and returns `text`. */
enum { ROW_NAME_MAX = 80 };
char *row_class_name(char text[ROW_NAME_MAX], const char *class_name,
                     const struct row_column *column);

/* The registry's entry for a column of trials.csv, of a class or not; NULL when it has none
 * (a value drawn once a trial, say). */
const struct row_column *row_column_find(const char *name);

/* The same for a column of a class only. */
const struct row_column *row_class_column_find(const char *name);
/* Whether a column says anything of a trial of this system; where not, the row has NEVER_NS. */
bool row_column_applies(size_t column, int64_t system);

#endif
