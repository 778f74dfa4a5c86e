/* Each line of the table of keys without effect is proved by simulation: where the line holds,
 * another value leaves every trial as it was, to the nanosecond; where it does not, some trial
 * differs. */
#include "../scenario/testsite.h"

#include <stdlib.h>

#include "world/world.h"

#include "effect.h"
#include "support.h"

#define SEED 41

/* Both sides have a stack of their own: w the front end, s the nodes. Rough enough for everything
 * to matter somewhere. */
static const char rough[] = "extends: site.yaml\n"
                            "trial: {horizon: 1500s}\n"
                            "front_end: {stack: w, uplink: lan, downlink: lan}\n"
                            "cluster: {stack: s}\n"
                            "stack: {w: {}, s: {}}\n"
                            "node:\n"
                            "  a: {cores: 1, speed: 1, load: 0%, burst: 10ms, discipline: ps,"
                            " stall_rate: 0/s, stall: 1s}\n"
                            "  b: {cores: 1, speed: 1, load: 0%, burst: 10ms, discipline: ps,"
                            " stall_rate: 0/s, stall: 1s}\n"
                            "  c: {crypto: old}\n"
                            "  d: {crypto: old, speed: 0.2}\n"
                            "link: {lan: {delay: 5ms, jitter: 1ms, loss: 5%}}\n"
                            "resource: {store: {online: 100s, needs: [ip]}}\n"
                            "class: {pop3: {rate: 0.5/s}}\n";

/* A domain controller, and tickets from it: only where the file is "domain.yaml". */
static const char domain[] = "extends: rough.yaml\n"
                             "class: {kerberos: {port: 88, rate: 0.1/h, protect: off, peer: dc}}\n"
                             "peer: {dc: {node: c, stack: s, uplink: lan, downlink: lan}}\n"
                             "kerberos: {class: kerberos}\n";
#define DOMAIN "@domain;stack.w.auth=kerberos;stack.s.auth=kerberos"

/* A storm, in which everything that can matter does. */
static const char storm[] =
    "extends: rough.yaml\n"
    "trial: {system: storm, horizon: 200s}\n"
    "node: {b: {load: 50%}}\n"
    "crypto: {old: {dh_agree: 40ms}}\n"
    "storm: {clients: 60, notice: 'uniform(5s, 15s)', clients_per_ip: 4, tries: 2, retry: 1s,"
    " cookie_threshold: 5, block_threshold: 3, init_limit_half_open: 20, init_limit_job_load: 10}\n"
    "stack: {w: {retransmit_tries: 1}}\n"
    "peer: {dc: {node: c, stack: s, uplink: lan, downlink: lan}}\n";
#define STORM      "@storm"
#define STORM_MOVE "@storm;failure.kind=move"

/* A line of the table ("kind.field" as it stands there, and the beginning of its reason) with a key
 * that it speaks of, two values, and settings under which it holds and does not. */
static const struct line {
    const char *rule, *why, *key, *a, *b, *is_void, *live;
} lines[] = {
    {"cluster.heartbeat", "no node", "cluster.heartbeat", "1.2s", "2s", "failure.kind=move", ""},
    {"cluster.missed", "no node", "cluster.missed", "6", "3", "failure.kind=move", ""},
    {"cluster.regroup", "no node", "cluster.regroup", "2s", "3s", "failure.kind=move", ""},
    {"cluster.quorum", "no node", "cluster.quorum", "0s", "7s", "failure.kind=none", ""},
    {"cluster.vip_gap", "only", "cluster.vip_gap", "2s", "9s", "", "failure.kind=move"},
    {"cluster.stop", "serv", "cluster.stop", "5s", "20s", "", "failure.kind=move"},
    {"cluster.delete_window", "SAs", "cluster.delete_window", "0s", "2s", "", "failure.kind=move"},
    {"cluster.fence", "SAs", "cluster.fence", "on", "off", "cluster.delete_window=3s",
     "failure.kind=move;cluster.delete_window=3s;class.pop3.rate=5/s"},
    {"cluster.fence", "cluster", "cluster.fence", "on", "off",
     "failure.kind=move;class.pop3.rate=5/s",
     "failure.kind=move;cluster.delete_window=3s;class.pop3.rate=5/s"},
    {"cluster.listen_lag", "nobody", "cluster.listen_lag", "0.2s", "2s", "failure.kind=none", ""},

    {"resource.*", "nobody", "resource.ip.online", "1s", "9s", "failure.kind=none", ""},
    {"resource.*", "a planned", "resource.ip.online", "1s", "9s", "failure.kind=move", ""},
    {"resource.*", "a planned", "resource.ip.online", "1s", "9s", "failure.kind=move",
     "failure.kind=move;cluster.pending_timeout=20s"},

    {"arp.gratuitous", "arp", "arp.gratuitous", "3", "0", "arp.model=off", ""},
    {"arp.spacing", "arp", "arp.spacing", "1s", "9s", "arp.model=off;arp.loss=80%", "arp.loss=80%"},
    {"arp.loss", "arp", "arp.loss", "0%", "100%", "arp.model=off", ""},
    {"arp.unused", "arp", "arp.unused", "120s", "1s", "arp.model=off", ""},
    {"arp.used", "arp", "arp.used", "600s", "9s", "arp.model=off;arp.gratuitous=0",
     "arp.gratuitous=0"},
    {"arp.gratuitous", "nobody", "arp.gratuitous", "3", "0", "failure.kind=none", ""},
    {"arp.spacing", "nobody", "arp.spacing", "1s", "9s", "failure.kind=none;arp.loss=80%",
     "arp.loss=80%"},
    {"arp.loss", "nobody", "arp.loss", "0%", "100%", "failure.kind=none", ""},
    {"arp.spacing", "arp.gratuitous is 0", "arp.spacing", "1s", "9s",
     "arp.gratuitous=0;arp.loss=80%", "arp.loss=80%"},
    {"arp.loss", "arp.gratuitous is 0", "arp.loss", "0%", "100%", "arp.gratuitous=0", ""},
    {"arp.spacing", "arp.gratuitous is 1", "arp.spacing", "1s", "9s",
     "arp.gratuitous=1;arp.loss=80%", "arp.loss=80%"},

    {"app.reset_*", "app", "app.reset_wait", "0.5s", "3s",
     "app.tcp=off;failure.kind=move;cluster.stop=60s", "failure.kind=move;cluster.stop=60s"},
    {"app.reset_*", "app", "app.reset_retries", "2", "0",
     "app.tcp=off;failure.kind=move;cluster.stop=60s", "failure.kind=move;cluster.stop=60s"},
    {"app.data_*", "app", "app.data_wait", "3s", "1s", "app.tcp=off", ""},
    {"app.data_*", "app", "app.data_retries", "5", "0", "app.tcp=off", ""},
    {"class.persistent", "app", "class.pop3.persistent", "off", "on", "app.tcp=off", ""},

    {"stack.retransmit_first", "only", "stack.s.retransmit_first", "1s", "2s",
     "failure.kind=move;cluster.delete_window=4s;stack.s.delete=reliable", "front_end.stack=s"},
    {"stack.retransmit_jitter", "no", "stack.s.retransmit_jitter", "0s", "0.4s", "",
     "front_end.stack=s"},
    {"stack.retransmit_base", "only", "stack.s.retransmit_base", "2", "3", "",
     "front_end.stack=s"},
    {"stack.retransmit_base", "there", "stack.w.retransmit_base", "2", "3",
     "stack.w.retransmit_tries=0", ""},
    {"stack.retransmit_cap", "only", "stack.s.retransmit_cap", "0s", "2s", "", "front_end.stack=s"},
    {"stack.retransmit_cap", "no wait", "stack.w.retransmit_cap", "32s", "50s", "",
     "stack.w.retransmit_tries=8"},
    {"stack.retransmit_tries", "only", "stack.s.retransmit_tries", "5", "2", "",
     "front_end.stack=s"},
    {"stack.hold", "only", "stack.s.hold", "1", "0", "", "front_end.stack=s"},
    {"stack.idle", "only", "stack.s.idle", "300s", "100s", "", "front_end.stack=s"},
    {"stack.idle", "idle_failover", "stack.w.idle", "300s", "100s", "stack.w.nlbs_flags=1", ""},
    {"stack.idle", "idle_failover", "stack.w.idle", "300s", "100s", "stack.s.nlbs_present=on",
     "stack.w.fast_failover=off;stack.s.nlbs_present=on"},
    {"stack.idle_failover", "only", "stack.s.idle_failover", "60s", "90s", "stack.w.nlbs_flags=1",
     "front_end.stack=s;stack.s.nlbs_flags=1"},
    {"stack.idle_failover", "idle counts: neither", "stack.w.idle_failover", "60s", "90s", "",
     "stack.w.nlbs_flags=1"},
    {"stack.idle_failover", "idle counts: the", "stack.w.idle_failover", "60s", "90s",
     "stack.w.nlbs_flags=1;stack.w.fast_failover=off", "stack.w.nlbs_flags=1"},
    {"stack.nlbs_flags", "NLBSFlags", "stack.s.nlbs_flags", "0", "1", "", "front_end.stack=s"},
    {"stack.nlbs_flags", "the stack", "stack.w.nlbs_flags", "0", "1", "stack.w.fast_failover=off",
     ""},
    {"stack.nlbs_flags", "the nodes", "stack.w.nlbs_flags", "0", "1", "stack.s.nlbs_present=on",
     ""},
    {"stack.nlbs_present", "only", "stack.w.nlbs_present", "off", "on", "", "cluster.stack=w"},
    {"stack.nlbs_present", "the front", "stack.s.nlbs_present", "off", "on",
     "stack.w.fast_failover=off", ""},
    {"stack.nlbs_present", "NLBSFlags", "stack.s.nlbs_present", "off", "on", "stack.w.nlbs_flags=1",
     ""},
    {"stack.fast_failover", "only", "stack.s.fast_failover", "on", "off", "stack.w.nlbs_flags=1",
     "front_end.stack=s;stack.s.nlbs_flags=1"},
    {"stack.fast_failover", "neither", "stack.w.fast_failover", "on", "off", "",
     "stack.w.nlbs_flags=1"},
    {"stack.nlbs_qm_retransmit", "only", "stack.s.nlbs_qm_retransmit", "0s", "9s",
     "stack.w.nlbs_flags=1", "front_end.stack=s;stack.s.nlbs_flags=1"},
    {"stack.nlbs_qm_retransmit", "neither", "stack.w.nlbs_qm_retransmit", "0s", "9s", "",
     "stack.w.nlbs_flags=1"},
    {"stack.nlbs_qm_retransmit", "the", "stack.w.nlbs_qm_retransmit", "0s", "9s",
     "stack.w.nlbs_flags=1;stack.w.fast_failover=off", "stack.w.nlbs_flags=1"},
    {"stack.idle_reset", "only", "stack.s.idle_reset", "received", "none", "", "front_end.stack=s"},
    {"stack.qm_lifetime*", "the", "stack.s.qm_lifetime", "1h", "100s", "", "front_end.stack=s"},
    {"stack.qm_lifetime*", "the", "stack.s.qm_lifetime_kb", "100000", "10", "",
     "front_end.stack=s"},
    {"stack.mm_lifetime", "the", "stack.s.mm_lifetime", "8h", "100s", "", "front_end.stack=s"},
    {"stack.mm_dies_with_last_qm", "the", "stack.s.mm_dies_with_last_qm", "off", "on", "",
     "front_end.stack=s"},
    {"stack.commit_bit", "the", "stack.w.commit_bit", "on", "off", "", "cluster.stack=w"},
    {"stack.delete", "nodes of", "stack.w.delete", "plain", "none", "failure.kind=move",
     "failure.kind=move;cluster.stack=w"},
    {"stack.delete", "no address", "stack.s.delete", "plain", "none", "", "failure.kind=move"},
    {"stack.delete_*", "no DELETE", "stack.s.delete_cap", "16s", "1s",
     "failure.kind=move;stack.s.delete=reliable",
     "failure.kind=move;stack.s.delete=reliable;cluster.delete_window=5s;link.lan.loss=50%"},
    {"stack.delete_*", "no DELETE", "stack.s.delete_tries", "6", "0",
     "failure.kind=move;stack.s.delete=reliable;cluster.delete_window=5s;link.lan.loss=50%;"
     "stack.w.product=windows2000",
     "failure.kind=move;stack.s.delete=reliable;cluster.delete_window=5s;link.lan.loss=50%"},

#define REKEYS                                                                                     \
    "failure.kind=move;cluster.stop=170s;stack.w.qm_lifetime=10s;node.a.load=50%;"                 \
    "stack.w.mm_lifetime=20s"
    {"node.cores", "the node dies", "node.a.cores", "1", "4", "node.a.load=50%", REKEYS},
    {"node.speed", "the node dies", "node.a.speed", "1", "4", "node.a.load=50%", REKEYS},
    {"node.load", "the node dies", "node.a.load", "0%", "80%", "", REKEYS},
    {"node.burst", "the node dies", "node.a.burst", "10ms", "90ms", "node.a.load=50%", REKEYS},
    {"node.discipline", "the node dies", "node.a.discipline", "ps", "fifo", "node.a.load=50%",
     REKEYS},
#define REST "failure.kind=none;node.b.load=50%"
    {"node.cores", "this node", "node.b.cores", "1", "4", REST, "node.b.load=50%"},
    {"node.speed", "this node", "node.b.speed", "1", "4", REST, "node.b.load=50%"},
    {"node.load", "this node", "node.b.load", "0%", "80%", "failure.kind=none", ""},
    {"node.burst", "this node", "node.b.burst", "10ms", "90ms", REST, "node.b.load=50%"},
    {"node.discipline", "this node", "node.b.discipline", "ps", "fifo", REST, "node.b.load=50%"},
    {"node.burst", "the node has", "node.fe.burst", "10ms", "90ms", "", "node.fe.load=50%"},
    {"node.burst", "the node has", "node.b.burst", "10ms", "90ms", "",
     "failure.kind=move;resource.store.load=90%"},
#define PSK "stack.w.auth=psk;stack.s.auth=psk"
    {"crypto.sign", "no main", "crypto.old.sign", "28ms", "90ms", PSK, ""},
    {"crypto.verify", "no main", "crypto.old.verify", "1ms", "90ms", PSK, "stack.w.auth=psk"},

    {"link.distribution", "jitter", "link.lan.distribution", "uniform", "normal",
     "link.lan.jitter=0s", ""},
    {"link.delay_correlation", "jitter", "link.lan.delay_correlation", "0%", "50%",
     "link.lan.jitter=0s;link.lan.duplicate=1%", ""},
    {"link.loss", "loss_model", "link.lan.loss", "0%", "20%", "link.lan.loss_model=gemodel", ""},
    {"link.loss_correlation", "loss_model", "link.lan.loss_correlation", "0%", "50%",
     "link.lan.loss_model=gemodel", ""},
    {"link.loss_correlation", "loss is", "link.lan.loss_correlation", "0%", "50%",
     "link.lan.loss=0%", ""},
    {"link.state_*", "loss_model", "link.lan.state_p13", "1%", "20%", "",
     "link.lan.loss_model=state"},
#define STATE "link.lan.loss_model=state;link.lan.state_p13=20%;link.lan.state_p32=10%"
#define CALM  "link.lan.loss_model=state;link.lan.state_p14=5%;link.lan.state_p32=10%"
    {"link.state_p31", "state_p13", "link.lan.state_p31", "10%", "60%", CALM, STATE},
    {"link.state_p32", "state_p13", "link.lan.state_p32", "10%", "40%",
     CALM ";link.lan.state_p31=50%", STATE ";link.lan.state_p31=50%"},
    {"link.state_p23", "state_p13", "link.lan.state_p23", "10%", "90%",
     CALM ";link.lan.state_p31=50%", STATE ";link.lan.state_p31=50%"},
    {"link.state_p23", "state_p32", "link.lan.state_p23", "10%", "90%",
     "link.lan.loss_model=state;link.lan.state_p13=20%", STATE ";link.lan.state_p31=50%"},
    {"link.gemodel_*", "loss_model", "link.lan.gemodel_p", "1%", "20%", "",
     "link.lan.loss_model=gemodel"},
#define GOOD "link.lan.loss_model=gemodel;link.lan.gemodel_good_loss=5%"
#define BAD  "link.lan.loss_model=gemodel;link.lan.gemodel_p=10%"
    {"link.gemodel_r", "gemodel_p", "link.lan.gemodel_r", "20%", "80%", GOOD, BAD},
    {"link.gemodel_bad_loss", "gemodel_p", "link.lan.gemodel_bad_loss", "100%", "20%", GOOD,
     BAD ";link.lan.gemodel_r=20%"},
    {"link.duplicate_correlation", "duplicate", "link.lan.duplicate_correlation", "0%", "50%", "",
     "link.lan.duplicate=20%"},
    {"link.reorder_correlation", "reorder", "link.lan.reorder_correlation", "0%", "50%", "",
     "link.lan.reorder=50%"},
    {"link.gap", "reorder", "link.lan.gap", "1", "5", "", "link.lan.reorder=50%"},

#define HANG   "failure.kind=hang;failure.back=200s"
#define HANGS  "failure.kind=hang;failure.heartbeats=on;cluster.health_timeout=20s"
#define POLLED HANGS ";resource.store.watched=exchange"
#define LOOKED HANGS ";resource.store.watched=looksalive"
#define NLB    "cluster.kind=nlb;cluster.hosts=[a, c, d]"
    {"failure.heartbeats", "failure.kind", "failure.heartbeats", "off", "on", "",
     "failure.kind=hang;resource.store.watched=exchange"},
    {"failure.back", "failure.kind", "failure.back", "3s", "200s", "", "failure.kind=hang"},
    {"failure.backlog", "failure.kind", "failure.backlog", "0", "9", "", HANG},
    {"failure.down", "failure.kind", "failure.down", "9s", "100s", "", "failure.kind=restart"},
    {"failure.down", "failure.kind", "failure.down", "9s", "100s", "failure.kind=hang",
     "failure.kind=link"},
    {"failure.announced", "failure.kind", "failure.announced", "off", "on", "failure.kind=move",
     "failure.kind=restart"},
    {"failure.second", "failure.kind", "failure.second", "9s", "30s", "", "failure.kind=double"},
    {"failure.failback", "failure.kind", "failure.failback", "200s", "300s", "failure.kind=move",
     "failure.kind=failback"},
    {"cluster.evict", "no node", "cluster.evict", "0s", "9s", "failure.kind=hang", HANG},
    {"cluster.form", "no node", "cluster.form", "9s", "30s", "", "failure.kind=double"},
    {"cluster.heartbeat", "no node", "cluster.heartbeat", "1.2s", "2s", NLB, "failure.kind=double"},
    {"cluster.missed", "no node", "cluster.missed", "6", "3", POLLED, "failure.kind=hang"},
    {"cluster.health_*", "only", "cluster.health_check", "10s", "60s", LOOKED, POLLED},
    {"cluster.health_*", "only", "cluster.health_timeout", "10s", "60s", "failure.kind=hang",
     POLLED},
    {"cluster.is_alive", "only", "cluster.is_alive", "60s", "9s", LOOKED, POLLED},
    {"cluster.looks_alive", "only", "cluster.looks_alive", "5s", "60s", POLLED, LOOKED},
    {"cluster.pending_timeout", "no resource", "cluster.pending_timeout", "180s", "20s",
     "resource.ip.pending_limit=off;resource.store.pending_limit=off", ""},
    {"cluster.pending_timeout", "nobody", "cluster.pending_timeout", "180s", "20s",
     "failure.kind=link", ""},
    {"cluster.restart_*", "nobody", "cluster.restart_threshold", "3", "0", NLB,
     "failure.kind=move;cluster.pending_timeout=20s"},
    {"cluster.restart_*", "nobody", "cluster.restart_period", "900s", "9s", "failure.kind=none",
     "cluster.pending_timeout=20s;failure.kind=move"},
    {"cluster.failover_threshold", "nobody", "cluster.failover_threshold", "1", "0",
     "failure.kind=link", "cluster.pending_timeout=20s;failure.kind=move"},
    {"cluster.hosts", "cluster.kind", "cluster.hosts", "[a, c]", "[a, d]", "", "cluster.kind=nlb"},
    {"cluster.alive_*", "no host", "cluster.alive_period", "1s", "3s", NLB ";failure.kind=move",
     NLB},
    {"cluster.alive_*", "no host", "cluster.alive_tolerance", "5", "9", "", NLB},
    {"cluster.convergence", "no host", "cluster.convergence", "1s", "9s",
     NLB ";failure.kind=add_host", NLB ";failure.kind=move"},
    {"cluster.affinity", "cluster.kind", "cluster.affinity", "single", "none", "",
     NLB ";cluster.nlb_tracks=off"},
    {"cluster.nlb_tracks", "cluster.kind", "cluster.nlb_tracks", "on", "off", "",
     NLB ";failure.kind=add_host"},
    {"stack.initial_contact", "cluster.kind", "stack.w.initial_contact", "on", "off", "",
     NLB ";failure.kind=add_host;stack.w.mm_lifetime=200s;stack.w.qm_lifetime=200s;"
         "trial.until=horizon"},
    {"stack.initial_contact", "only", "stack.s.initial_contact", "on", "off",
     NLB ";failure.kind=add_host;stack.s.mm_lifetime=200s",
     NLB ";failure.kind=add_host;stack.s.mm_lifetime=200s;stack.s.qm_lifetime=200s;"
         "trial.until=horizon;"
         "front_end.stack=s"},
    {"resource.*", "nobody", "resource.ip.online", "1s", "9s", NLB, "failure.kind=restart"},
    {"resource.logs", "services", "resource.store.logs", "0", "50",
     "failure.kind=move;resource.store.log_replay=1s", "resource.store.log_replay=1s"},
    {"resource.log_replay", "services", "resource.store.log_replay", "1s", "2s",
     "failure.kind=restart;failure.announced=on;resource.store.logs=9",
     "failure.kind=restart;resource.store.logs=9"},
    {"resource.logs", "log_replay", "resource.store.logs", "0", "50", "",
     "resource.store.log_replay=1s"},
    {"resource.log_replay", "logs", "resource.store.log_replay", "1s", "2s", "",
     "resource.store.logs=9"},
    {"resource.watched", "only", "resource.store.watched", "exchange", "looksalive",
     "failure.kind=hang", HANGS},
#define CLEAR "stack.w.fallback=on;failure.kind=move;cluster.vip_gap=20s;stack.s.inbound=request"
    {"stack.fallback*", "only", "stack.s.fallback", "off", "on",
     "failure.kind=move;cluster.vip_gap=20s",
     "failure.kind=move;cluster.vip_gap=20s;front_end.stack=s"},
    {"stack.fallback_*", "the front", "stack.w.fallback_wait", "3s", "0.5s",
     "failure.kind=move;cluster.vip_gap=20s", CLEAR},
    {"stack.fallback_*", "the front", "stack.w.fallback_quick_mode", "off", "on", "",
     "stack.w.fallback=on"},
    {"stack.soft_lifetime", "only", "stack.s.soft_lifetime", "300s", "9s", CLEAR,
     "stack.s.fallback=on;failure.kind=move;cluster.vip_gap=20s;front_end.stack=s"},
    {"stack.soft_lifetime", "the front", "stack.w.soft_lifetime", "300s", "9s",
     "failure.kind=move;cluster.vip_gap=20s",
     "stack.w.fallback=on;failure.kind=move;cluster.vip_gap=20s"},
    {"stack.inbound", "the front", "stack.s.inbound", "require", "request",
     "failure.kind=move;cluster.vip_gap=20s",
     "stack.w.fallback=on;failure.kind=move;cluster.vip_gap=20s"},
#define STALLS "node.fe.stall_rate=9/min;node.a.stall_rate=9/min;node.b.stall_rate=9/min"
    {"node.stall*", "the node dies", "node.a.stall_rate", "0/s", "9/min", "", "failure.kind=move"},
    {"node.stall*", "this node", "node.b.stall_rate", "0/s", "9/min", "failure.kind=none", ""},
    {"node.stall", "stall_rate", "node.fe.stall", "1s", "3s", "", STALLS},
    {"kerberos.*", "stack.auth", "kerberos.cached", "off", "on", "", DOMAIN},
    {"kerberos.wait", "kerberos.cached", "kerberos.wait", "5s", "0.02s",
     DOMAIN ";kerberos.cached=on", DOMAIN ";link.lan.loss=20%"},
    {"kerberos.tries", "kerberos.cached", "kerberos.tries", "3", "0", DOMAIN ";kerberos.cached=on",
     DOMAIN ";link.lan.loss=20%"},
};

/* Those of a storm. Where nothing makes it matter, `live` is NULL. */
static const struct line storm_lines[] = {
    {"storm.cookie_*", "IKEv1", "storm.cookie_threshold", "5", "9", STORM ";storm.ike=v1", STORM},
    {"storm.cookie_*", "IKEv1", "storm.cookie_lifetime", "10s", "1s", STORM ";storm.ike=v1", NULL},
    {"storm.cookie_threshold_off", "cookie_threshold", "storm.cookie_threshold_off", "0", "0",
     STORM ";storm.cookie_threshold=0", NULL},
    {"storm.cookie_threshold_off", "cookie_threshold", "storm.cookie_calm_down", "10s", "0s",
     STORM ";storm.cookie_threshold=0", STORM},
    {"storm.cookie_calm_down", "cookie_threshold", "storm.cookie_calm_down", "10s", "0s",
     STORM ";storm.cookie_threshold=0", STORM},
    {"storm.cookie_lifetime", "cookies", "storm.cookie_lifetime", "10s", "1s",
     STORM ";storm.cookie_threshold=0;storm.cookie_threshold_ip=0",
     STORM ";stack.w.retransmit_tries=4;link.lan.loss=20%"},
    {"storm.clients_per_ip", "no limit", "storm.clients_per_ip", "4", "9",
     STORM ";storm.block_threshold=0;storm.cookie_threshold_ip=0", STORM},
    {"storm.retry", "storm.tries", "storm.retry", "1s", "3s", STORM ";storm.tries=1", STORM},
    {"app.*", "clients", "app.data_wait", "3s", "1s", STORM, NULL},
    {"arp.*", "clients", "arp.gratuitous", "3", "0", STORM, NULL},
    {"class.*", "clients", "class.pop3.rate", "1/s", "5/s", STORM, NULL},
    {"peer.*", "clients", "class.pop3.rate", "1/s", "5/s", STORM, NULL},
    {"policy.*", "clients", "policy.preset", "custom", "none", STORM, NULL},
    {"kerberos.*", "clients", "kerberos.tries", "3", "1", STORM, NULL},
    {"alarm.*", "false", "alarm.loss", "1%", "5%", STORM, NULL},
    {"cluster.vip_gap", "only", "cluster.vip_gap", "2s", "9s", STORM, STORM_MOVE},
    {"cluster.stop", "serv", "cluster.stop", "5s", "20s", STORM, STORM_MOVE},
    {"cluster.delete_window", "clients", "cluster.delete_window", "0s", "2s", STORM, NULL},
    {"cluster.delete_window", "clients", "cluster.delete_window", "0s", "2s", STORM_MOVE, NULL},
    {"cluster.fence", "clients", "cluster.fence", "on", "off", STORM_MOVE, NULL},
    {"cluster.heartbeat", "no node", "cluster.heartbeat", "1.2s", "2s", STORM_MOVE, STORM},
    {"cluster.missed", "no node", "cluster.missed", "6", "3", STORM_MOVE, STORM},
    {"cluster.regroup", "no node", "cluster.regroup", "2s", "3s", STORM_MOVE, STORM},
    {"cluster.quorum", "no node", "cluster.quorum", "0s", "7s", STORM_MOVE, STORM},
    {"node.cores", "only", "node.a.cores", "1", "4", STORM_MOVE, NULL},
    {"node.speed", "only", "node.a.speed", "1", "4", STORM, NULL},
    {"node.load", "only", "node.a.load", "0%", "50%", STORM, NULL},
    {"node.burst", "only", "node.a.burst", "10ms", "1ms", STORM, NULL},
    {"node.discipline", "only", "node.a.discipline", "ps", "fifo", STORM, NULL},
    {"stack.idle*", "clients", "stack.w.idle", "300s", "60s", STORM, NULL},
    {"stack.qm_lifetime*", "a storm", "stack.w.qm_lifetime", "1h", "10s", STORM, NULL},
    {"stack.mm_lifetime", "a storm", "stack.w.mm_lifetime", "8h", "10s", STORM, NULL},
    {"stack.delete*", "clients", "stack.s.delete", "plain", "reliable", STORM_MOVE, NULL},
    {"stack.nlbs_*", "clients", "stack.w.nlbs_flags", "0", "1", STORM, NULL},
    {"trial.until", "a storm", "trial.until", "first", "all", STORM, NULL},
    {"trial.sa_age", "clients", "trial.sa_age", "stationary", "fresh", STORM, NULL},
    {"failure.heartbeats", "a storm", "failure.heartbeats", "off", "on", STORM, NULL},
    {"failure.back", "a storm", "failure.back", "0s", "20s", STORM, NULL},
    {"failure.backlog", "a storm", "failure.backlog", "0", "9", STORM, NULL},
    {"failure.down", "a storm", "failure.down", "120s", "9s", STORM, NULL},
    {"failure.announced", "a storm", "failure.announced", "off", "on", STORM, NULL},
    {"failure.second", "a storm", "failure.second", "8s", "1s", STORM, NULL},
    {"failure.failback", "a storm", "failure.failback", "600s", "60s", STORM_MOVE, NULL},
    {"cluster.hosts", "a storm", "cluster.hosts", "[]", "[c]", STORM, NULL},
    {"cluster.alive_*", "a storm", "cluster.alive_period", "1s", "2s", STORM, NULL},
    {"cluster.convergence", "a storm", "cluster.convergence", "3s", "9s", STORM, NULL},
    {"cluster.affinity", "a storm", "cluster.affinity", "single", "none", STORM, NULL},
    {"cluster.nlb_tracks", "a storm", "cluster.nlb_tracks", "on", "off", STORM, NULL},
    {"cluster.evict", "a storm", "cluster.evict", "0s", "1s", STORM, NULL},
    {"cluster.form", "a storm", "cluster.form", "10s", "1s", STORM, NULL},
    {"cluster.health_*", "a storm", "cluster.health_check", "10s", "2s", STORM, NULL},
    {"cluster.is_alive", "a storm", "cluster.is_alive", "60s", "5s", STORM, NULL},
    {"cluster.looks_alive", "a storm", "cluster.looks_alive", "5s", "1s", STORM, NULL},
    {"cluster.pending_timeout", "no resource", "cluster.pending_timeout", "180s", "20s",
     STORM ";resource.store.pending_limit=off;resource.ip.pending_limit=off",
     STORM ";resource.ip.online=30s"},
    {"resource.logs", "services", "resource.ip.logs", "0", "9",
     STORM_MOVE ";resource.ip.log_replay=1s", STORM ";resource.ip.log_replay=1s"},
    {"resource.log_replay", "services", "resource.ip.log_replay", "0s", "1s",
     STORM_MOVE ";resource.ip.logs=9", STORM ";resource.ip.logs=9"},
    {"resource.logs", "log_replay", "resource.ip.logs", "0", "9", STORM,
     STORM ";resource.ip.log_replay=1s"},
    {"resource.log_replay", "logs", "resource.ip.log_replay", "0s", "1s", STORM,
     STORM ";resource.ip.logs=9"},
    {"resource.watched", "a storm", "resource.ip.watched", "looksalive", "exchange", STORM, NULL},
    {"node.stall*", "only", "node.a.stall_rate", "0/s", "9/min", STORM, NULL},
    {"node.stall", "stall_rate", "node.b.stall", "1s", "3s", STORM, NULL},
    {"node.cores", "a client", "node.fe.cores", "1", "4", STORM, NULL},
    {"node.burst", "a client", "node.fe.burst", "10ms", "1ms", STORM, NULL},
    {"node.discipline", "a client", "node.fe.discipline", "ps", "fifo", STORM, NULL},
    {"crypto.sign", "no main", "crypto.old.sign", "1ms", "30ms",
     STORM ";stack.w.auth=psk;stack.s.auth=psk", STORM},
    {"crypto.verify", "no main", "crypto.old.verify", "1ms", "30ms",
     STORM ";stack.w.auth=psk;stack.s.auth=psk", STORM},
    {"stack.fast_failover", "clients", "stack.w.fast_failover", "on", "off", STORM, NULL},
    {"stack.initial_contact", "clients", "stack.w.initial_contact", "on", "off", STORM, NULL},
    {"stack.mm_dies_with_last_qm", "a storm", "stack.w.mm_dies_with_last_qm", "on", "off", STORM,
     NULL},
    {"stack.hold", "clients", "stack.w.hold", "1", "0", STORM, NULL},
    {"stack.fallback*", "clients", "stack.w.fallback_wait", "3s", "0.5s", STORM, NULL},
    {"stack.soft_lifetime", "clients", "stack.w.soft_lifetime", "300s", "10s", STORM, NULL},
    {"stack.inbound", "clients", "stack.s.inbound", "require", "request", STORM, NULL},
    {"stack.commit_bit", "only", "stack.s.commit_bit", "on", "off", STORM, NULL},
    {"stack.retransmit_*", "nodes", "stack.s.retransmit_first", "1s", "2s", STORM, NULL},
    {"stack.retransmit_base", "there", "stack.w.retransmit_base", "2", "3",
     STORM ";stack.w.retransmit_tries=0", STORM ";stack.w.retransmit_tries=3"},
    {"stack.retransmit_cap", "no wait", "stack.w.retransmit_cap", "99s", "98s", STORM, NULL},
    {"link.limit", "links", "link.lan.limit", "1000", "1", STORM, NULL},
    {"link.loss_correlation", "packets", "link.lan.loss_correlation", "0%", "0%", STORM, NULL},
    {"link.state_*", "packets", "link.lan.state_p23", "100%", "50%", STORM, NULL},
    {"link.gemodel_*", "packets", "link.lan.gemodel_p", "0%", "9%", STORM, NULL},
    {"link.delay_correlation", "packets", "link.lan.delay_correlation", "0%", "0%", STORM, NULL},
    {"link.duplicate_correlation", "links", "link.lan.duplicate_correlation", "0%", "50%", STORM,
     NULL},
    {"link.reorder*", "links", "link.lan.reorder_correlation", "0%", "50%", STORM, NULL},
    {"link.gap", "links", "link.lan.gap", "1", "5", STORM, NULL},
    {"link.distribution", "jitter", "link.lan.distribution", "uniform", "normal",
     STORM ";link.lan.jitter=0s", STORM},
};

/* The rough site with "key=value;key=value" and then key = value. */
static struct plan *plan_of(const char *sets, const char *key, const char *value)
{
    char text[512], last[128];
    const char *file = strncmp(sets, "@domain", 7) == 0 ? "domain.yaml"
                       : sets[0] == '@'                 ? "storm.yaml"
                                                        : "rough.yaml";
    const char *set[16];
    size_t n = 0;
    struct plan *plan;
    struct error error;
    snprintf(text, sizeof text, "%s", sets);
    for (char *rest = text, *one = strsep(&rest, ";"); one != NULL; one = strsep(&rest, ";"))
        if (*one != '\0' && *one != '@')
            set[n++] = one;
    snprintf(last, sizeof last, "%s=%s", key, value);
    set[n++] = last;
    if (!plan_load(&plan, file, set, n, &error))
        fail_msg("%s", error.text);
    return plan;
}

static const char *why_of(const struct plan *plan, const char *key)
{
    struct effect_finding *list;
    size_t n = effect_find(plan, &list);
    const char *why = NULL;
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].key, key) == 0)
            why = list[i].why;
    free(list);
    return why;
}

static void simulate(struct world *world, const struct plan *plan, uint64_t trial, struct row *row)
{
    struct luck luck = {.seed = SEED, .trial = trial};
    struct params params;
    double drawn[1];
    plan_trial(plan, &luck, &params, drawn);
    world_run(world, &params, &luck, row);
    row->events = 0; /* how a trial is worked out is no effect */
}

/* The first of `trials` trials in which the two differ; `trials`: none. */
static uint64_t first_difference(struct world *world, const struct plan *a, const struct plan *b,
                                 uint64_t trials)
{
    struct row row_a, row_b;
    uint64_t trial = 0;
    for (; trial < trials; trial++) {
        simulate(world, a, trial, &row_a);
        simulate(world, b, trial, &row_b);
        if (memcmp(&row_a, &row_b, sizeof row_a) != 0)
            break;
    }
    return trial;
}

static void check_line(struct world *world, const struct line *line, bool is_void)
{
    const char *sets = is_void ? line->is_void : line->live;
    const char *a = line->a, *b = line->b;
    const uint64_t trials = is_void ? 30 : 400;
    struct plan *plan_a = plan_of(sets, line->key, a), *plan_b = plan_of(sets, line->key, b);
    const char *why_a = why_of(plan_a, line->key), *why_b = why_of(plan_b, line->key);
    if (is_void && (why_a == NULL || strncmp(why_a, line->why, strlen(line->why)) != 0))
        fail_msg("%s under '%s': want '%s...', got '%s'", line->key, sets, line->why,
                 why_a == NULL ? "nothing" : why_a);
    if (!is_void && why_a != NULL && why_b != NULL)
        fail_msg("%s under '%s' is told to be void: %s", line->key, sets, why_a);
    uint64_t trial = first_difference(world, plan_a, plan_b, trials);
    if (is_void && trial < trials)
        fail_msg("%s = %s or %s under '%s' matters in seed %d, trial %lu", line->key, a, b, sets,
                 SEED, (unsigned long)trial);
    if (!is_void && trial == trials)
        fail_msg("%s = %s or %s under '%s' never matters", line->key, a, b, sets);
    plan_free(plan_a);
    plan_free(plan_b);
}

static void each_line_is_true(void **state)
{
    (void)state;
    struct world *world = world_new();
    write_file("rough.yaml", rough);
    write_file("domain.yaml", domain);
    write_file("storm.yaml", storm);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        check_line(world, &lines[i], true);
        check_line(world, &lines[i], false);
    }
    for (size_t i = 0; i < COUNT_OF(storm_lines); i++) {
        check_line(world, &storm_lines[i], true);
        if (storm_lines[i].live != NULL)
            check_line(world, &storm_lines[i], false);
    }
    world_free(world);
}

static void has_line(const struct effect_rule *rule, const struct line *line, size_t n)
{
    char name[64];
    bool found = false;
    snprintf(name, sizeof name, "%s.%s", param_kind_name(rule->kind), rule->field);
    for (size_t i = 0; i < n; i++)
        found |= strcmp(line[i].rule, name) == 0 &&
                 strncmp(line[i].why, rule->why, strlen(line[i].why)) == 0;
    if (!found)
        fail_msg("rule %s (%s) has no line in this test", name, rule->why);
}

static void each_rule_has_its_line(void **state)
{
    (void)state;
    for (size_t r = 0; r < effect_rule_count; r++)
        has_line(&effect_rules[r], lines, COUNT_OF(lines));
    for (size_t r = 0; r < effect_storm_rule_count; r++)
        has_line(&effect_storm_rules[r], storm_lines, COUNT_OF(storm_lines));
}

static void speaks_of_a_key(const struct effect_rule *rule)
{
    size_t length = strcspn(rule->field, "*"), found = 0;
    for (size_t d = 0; d < param_def_count; d++)
        found += param_defs[d].kind == rule->kind &&
                 strncmp(param_defs[d].field, rule->field, length) == 0;
    assert_true(found > 0);
}

/* Each rule names fields that exist. */
static void each_rule_speaks_of_a_key(void **state)
{
    (void)state;
    for (size_t r = 0; r < effect_rule_count; r++)
        speaks_of_a_key(&effect_rules[r]);
    for (size_t r = 0; r < effect_storm_rule_count; r++)
        speaks_of_a_key(&effect_storm_rules[r]);
}

/* Where a value is drawn once a trial, what counts is the most that any trial gets; where a text is
 * inherited, whether any heir uses it. */
static void draws_and_heirs_count(void **state)
{
    (void)state;
    struct plan *plan = load("per_trial: {node.b.load: 'uniform(0%, 10%)'}\n"
                             "node: {b: {burst: 9ms}}\n",
                             NULL);
    assert_null(why_of(plan, "node.b.burst"));
    plan_free(plan);
    plan = load("per_trial: {node.a.load: 'uniform(0%, 10%)'}\n", NULL);
    assert_string_equal(why_of(plan, "node.a.load"), "the node dies before it computes anything");
    plan_free(plan);
    plan = load("stack: {w: {idle: 200s, hold: 1}, x: {extends: w, hold: 0}}\n"
                "front_end: {stack: x}\n",
                NULL);
    assert_null(why_of(plan, "stack.w.idle"));
    assert_non_null(why_of(plan, "stack.w.hold"));
    plan_free(plan);
    plan = load("stack: {w: {}, x: {extends: w}}\nfront_end: {stack: x}\n", "stack.w.idle=200s");
    assert_null(why_of(plan, "stack.w.idle"));
    plan_free(plan);
    plan = load("link: {far: {delay: 9ms}}\ncrypto: {new: {extends: old}}\n", NULL);
    assert_string_equal(why_of(plan, "link.far"), "nothing refers to it");
    assert_null(why_of(plan, "link.far.delay"));
    plan_free(plan);
}

/* ---- what is not supported ---- */

static void each_sentence_of_support(void **state)
{
    (void)state;
    static const struct {
        const char *key, *set, *good;
    } cases[] = {
        {"product", "stack.w.product=windows2000", "stack.w.product=windows2003"},
        {"delete", "stack.w.delete=reliable", "stack.w.delete=plain"},
        {"fast_failover", "stack.w.fast_failover=on", "stack.w.fast_failover=off"},
        {"nlbs_qm_retransmit", "stack.w.nlbs_qm_retransmit=9s", "stack.w.nlbs_qm_retransmit=0s"},
        {"idle_failover", "stack.w.idle_failover=30s", "stack.w.idle_failover=60s"},
        {"idle", "stack.w.idle=299s", "stack.w.idle=300s"},
    };
    assert_int_equal(COUNT_OF(cases), support_rule_count);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[SUPPORT_TEXT_MAX];
        const struct support_rule *rule = &support_rules[i];
        bool on_2000 = i < 4;
        struct plan *bad =
            load(on_2000 ? "stack: {w: {product: windows2000}}\n" : "", cases[i].set);
        struct plan *good =
            load(on_2000 ? "stack: {w: {product: windows2000}}\n" : "", cases[i].good);
        assert_string_equal(rule->key, cases[i].key);
        assert_int_equal(rule->broken(bad), 0);
        assert_int_equal(rule->broken(good), SUPPORT_GOOD);
        support_text(text, bad, rule, 0);
        assert_non_null(strstr(text, rule->source));
        plan_free(bad);
        plan_free(good);
    }
}

/* C2 is about the nodes: a front end is not clustered. */
static void windows_2000_may_be_a_front_end(void **state)
{
    (void)state;
    struct plan *plan =
        load("stack: {w: {}, x: {product: windows2000}}\nfront_end: {stack: x}\n", NULL);
    assert_int_equal(support_rules[0].broken(plan), SUPPORT_GOOD);
    assert_true(support_rules[0].run_says);
    plan_free(plan);
}

/* And a host that restarts is none of a cluster: there Windows 2000 is supported. */
static void windows_2000_may_be_a_host_alone(void **state)
{
    (void)state;
    static const char w2000[] = "stack: {w: {product: windows2000}}\n";
    struct plan *plan = load(w2000, "failure.kind=restart");
    assert_int_equal(support_rules[0].broken(plan), SUPPORT_GOOD);
    plan_free(plan);
    plan = load(w2000, "failure.kind=move");
    assert_int_equal(support_rules[0].broken(plan), 0);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_has_its_line),
        cmocka_unit_test(each_rule_speaks_of_a_key),
        cmocka_unit_test(each_line_is_true),
        cmocka_unit_test(draws_and_heirs_count),
        cmocka_unit_test(each_sentence_of_support),
        cmocka_unit_test(windows_2000_may_be_a_front_end),
        cmocka_unit_test(windows_2000_may_be_a_host_alone),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
