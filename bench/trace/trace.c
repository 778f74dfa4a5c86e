#include "trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "cluster/cluster.h"
#include "ike/peer.h"
#include "ike/tables.h"
#include "moment/moment.h"
#include "world/world.h"

#include "../run/columns.h"
#include "mail.h"
#include "storm.h"

/* Requests in a row that are told one by one before the rest is only counted. */
enum { QUIET_SHOWN = 2 };

struct trace {
    FILE *out;
    const struct plan *plan;
    bool psk;
    bool several; /* front ends, or clients of a storm */
    bool storm;
    bool all;
    uint64_t quiet; /* moments of requests since the last other one */
    int64_t quiet_last_ns;
    char towards[WORLD_PEERS_MAX][WORLD_NAME_MAX + 4]; /* the front end, to another host */
};

static const uint64_t quiet_mask =
    MOMENT_BIT(request_sent) | MOMENT_BIT(request_repeated) | MOMENT_BIT(request_refused) |
    MOMENT_BIT(request_answered) | MOMENT_BIT(request_failed) | MOMENT_BIT(packet_lost) |
    MOMENT_BIT(packet_vanished) | MOMENT_BIT(esp_dropped) | MOMENT_BIT(clear_dropped) |
    MOMENT_BIT(port_closed) | MOMENT_BIT(acquire) | MOMENT_BIT(packet_held) |
    MOMENT_BIT(held_dropped);

static const char *name_of(const struct trace *t, enum param_kind kind, int64_t index)
{
    return index >= 0 && index < WORLD_INSTANCES_MAX ? t->plan->names[kind][index] : "nobody";
}

/* Moments of a node that are not about a front end. */
static bool about_cluster(unsigned id)
{
    return id <= MOMENT_arp_announced;
}

enum { WHO_MAX = WORLD_NAME_MAX + 32 };

static const char *front_end_name(const struct trace *t, char text[WHO_MAX], uint32_t number)
{
    const char *what = t->storm ? "client" : "front end";
    if (t->several)
        snprintf(text, WHO_MAX, "%s %u", what, number);
    else
        snprintf(text, WHO_MAX, "%s", what);
    return text;
}

/* With several front ends: "front end 3", and "b to 3" of a node that deals with it. */
static const char *who(const struct trace *t, char text[WHO_MAX], const struct moment *m)
{
    uint32_t actor = m->actor;
    switch (actor_kind(actor)) {
    case ACTOR_FRONT_END:
        return actor_part(actor) < ACTOR_PART_PEER
                   ? front_end_name(t, text, actor_number(actor))
                   : t->towards[actor_part(actor) - ACTOR_PART_PEER];
    case ACTOR_NODE:
        if (!t->several || about_cluster(m->id))
            return name_of(t, KIND_node, actor_node_index(actor));
        snprintf(text, WHO_MAX, "%s to %u", name_of(t, KIND_node, actor_node_index(actor)),
                 actor_front_end(actor));
        return text;
    case ACTOR_CPU: {
        bool front_end = actor >> 20 & 1;
        return front_end ? front_end_name(t, text, actor_number(actor))
                         : name_of(t, KIND_node, actor_number(actor));
    }
    default:
        return "cluster";
    }
}

/* Width of the column that says who. */
static int who_width(const struct trace *t)
{
    return t->several ? 15 : 9;
}

static const char *end_words(int64_t end)
{
    static const char *const words[] = {
#define X(name, text) text,
        SA_ENDS(X)
#undef X
    };
    return words[end];
}

static const char *peer_state_name(unsigned state)
{
    static const char *const names[] = {
#define X(name, words) #name,
        PEER_STATES(X)
#undef X
    };
    return names[state];
}

static const char *peer_input_words(unsigned input)
{
    static const char *const words[] = {
#define X(name, text) text,
        PEER_INPUTS(X)
#undef X
    };
    return words[input];
}

static const char *peer_action_words(unsigned action)
{
    static const char *const words[] = {
#define X(name, text) text,
        PEER_ACTIONS(X)
#undef X
    };
    return words[action];
}

/* "main mode 1" or "quick mode 2 of pop3". */
static void put_negotiation(const struct trace *t, const struct ike_message *m)
{
    const struct ike_message_facts *facts = ike_message_facts_of(m->type);
    if (facts->exchange == IKE_INITIAL)
        fprintf(t->out, "negotiation %u", m->cookie);
    else if (t->storm && facts->exchange == IKE_QM)
        fprintf(t->out, "quick mode %u under main-mode SA %u", m->id, m->cookie);
    else if (m->type == IKE_DELETE_QM || m->type == IKE_DELETE_QM_ACK)
        fprintf(t->out, "quick-mode SA %u of %s", m->id, name_of(t, KIND_class, m->class_index));
    else if (facts->exchange == IKE_QM)
        fprintf(t->out, "quick mode %u of %s under main-mode SA %u", m->id,
                name_of(t, KIND_class, m->class_index), m->cookie);
    else
        fprintf(t->out, "main-mode SA %u", m->cookie);
}

static void put_message(const struct trace *t, const char *verb, int64_t tag)
{
    struct ike_message m = ike_message_of_tag(tag);
    const struct ike_message_facts *facts = ike_message_facts_of(m.type);
    fprintf(t->out, "%s %s: %s   (", verb, facts->name, t->psk ? facts->psk : facts->signatures);
    put_negotiation(t, &m);
    fprintf(t->out, "; %s)", facts->section);
}

static void put_sent(const struct trace *t, int64_t tag, int64_t copy)
{
    put_message(t, copy > 0 ? "repeats" : "sends", tag);
    if (copy > 0)
        fprintf(t->out, ", repetition %" PRId64, copy);
}

static const struct ike_table *table_of(const struct ike_row *row)
{
    static const struct ike_table *const v2[] = {&ike2_initiator, &ike2_responder};
    for (size_t i = 0; i < IKE_TABLE_COUNT + COUNT_OF(v2); i++) {
        const struct ike_table *table =
            i < IKE_TABLE_COUNT ? ike_tables[i] : v2[i - IKE_TABLE_COUNT];
        if (row >= table->row && row < table->row + table->rows)
            return table;
    }
    CHECK(!"a row of some table");
    return NULL;
}

static void put_row(const struct trace *t, const struct ike_row *row)
{
    const struct ike_table *table = table_of(row);
    fprintf(t->out, "%s: %s -> %s   (%s)", table->name, table->state[row->from],
            table->state[row->to], row->source);
}

static void put_relation(const struct trace *t, const struct moment *m)
{
    const struct peer_row *row = &peer_rows[m->b];
    const char *action = peer_action_words(row->action);
    fprintf(t->out, "%s: %s -> %s: %s%s%s   (%s)", name_of(t, KIND_class, m->a),
            peer_state_name(row->from), peer_state_name(row->to), peer_input_words(row->on),
            action[0] ? "; " : "", action, row->source);
}

static void put_request(const struct trace *t, const char *words, const struct moment *m)
{
    /* The arrival window, counted from t = 0, and the arrival's place in it. */
    int64_t window = (m->b >> ARRIVALS_SLOT_BITS) - APP_WINDOWS_BEFORE;
    int64_t slot = m->b & ((1 << ARRIVALS_SLOT_BITS) - 1);
    fprintf(t->out, "%s request %" PRId64 ".%" PRId64 " %s", name_of(t, KIND_class, m->a), window,
            slot, words);
}

static const char *const node_words[] = {
#define X(name, words) words,
    NODE_CHANGES(X)
#undef X
};

static void put_cluster(const struct trace *t, const struct moment *m)
{
    switch (m->id) {
    case MOMENT_services_stop:
        fputs("planned move: stops its services", t->out);
        break;
    case MOMENT_node_crash:
        fputs("crashes", t->out);
        break;
    case MOMENT_address_off:
        fputs("no longer has the virtual address", t->out);
        break;
    case MOMENT_heartbeat_missed:
        fprintf(t->out, "misses heartbeat %" PRId64 " of the other node", m->a);
        break;
    case MOMENT_node_dead:
        fputs("presumes the other node dead; regroup begins", t->out);
        break;
    case MOMENT_node_change:
        fputs(node_words[m->a], t->out);
        break;
    case MOMENT_path:
        fputs(m->a ? "the path to the front ends is back" : "the path to the front ends breaks",
              t->out);
        break;
    case MOMENT_resource_fails:
        fprintf(t->out, "resource '%s' has failed%s", name_of(t, KIND_resource, m->a),
                m->b ? ": is started again here" : " once too often here");
        break;
    case MOMENT_regrouped:
        fputs("regroup is over", t->out);
        break;
    case MOMENT_quorum_taken:
        fputs("holds the quorum; takeover begins", t->out);
        break;
    case MOMENT_resource_online:
        fprintf(t->out, "resource '%s' is online", name_of(t, KIND_resource, m->a));
        break;
    case MOMENT_services_online:
        fputs("all resources are online", t->out);
        break;
    case MOMENT_address_on:
        fputs("binds the virtual address", t->out);
        break;
    case MOMENT_ike_listens:
        fputs("answers IKE on the virtual address", t->out);
        break;
    default:
        fprintf(t->out, "broadcasts gratuitous ARP %" PRId64, m->a + 1);
    }
}

static void put_sa(const struct trace *t, const struct moment *m)
{
    switch (m->id) {
    case MOMENT_sa_start:
        fprintf(t->out, "starts with a quick-mode SA for %s, idle for %.3f s",
                name_of(t, KIND_class, m->a), (double)m->b * 1e-9);
        break;
    case MOMENT_acquire:
        fprintf(t->out, "a packet of %s finds no quick-mode SA", name_of(t, KIND_class, m->a));
        break;
    case MOMENT_qm_sa_up:
        fprintf(t->out, "has quick-mode SA %" PRId64 " for %s", m->b, name_of(t, KIND_class, m->a));
        break;
    case MOMENT_qm_sa_gone:
        fprintf(t->out, "loses its quick-mode SA for %s: %s", name_of(t, KIND_class, m->a),
                end_words(m->b));
        break;
    case MOMENT_soft_sa_up:
        fprintf(t->out, "has a soft SA for %s: in clear for the next %.3f s",
                name_of(t, KIND_class, m->a), (double)m->b * 1e-9);
        break;
    case MOMENT_soft_sa_gone:
        fprintf(t->out, "loses its soft SA for %s: %s", name_of(t, KIND_class, m->a),
                end_words(m->b));
        break;
    case MOMENT_mm_sa_up:
        fprintf(t->out, "has main-mode SA %" PRId64, m->a);
        break;
    default:
        fprintf(t->out, "loses main-mode SA %" PRId64 ": %s", m->a, end_words(m->b));
    }
}

static const char *ticket_of(const struct trace *t, int64_t peer)
{
    return peer < 0 ? "the cluster" : name_of(t, KIND_peer, peer);
}

static void put_ike(const struct trace *t, const struct moment *m)
{
    switch (m->id) {
    case MOMENT_relation:
        put_relation(t, m);
        break;
    case MOMENT_ike_row:
        put_row(t, (const struct ike_row *)(intptr_t)m->b);
        break;
    case MOMENT_ike_sent:
        put_sent(t, m->a, m->b);
        break;
    case MOMENT_ike_lost:
        put_message(t, "lost on the link:", m->a);
        break;
    case MOMENT_ike_vanished:
        put_message(t, "nobody answers there:", m->a);
        break;
    case MOMENT_ike_heard:
        put_message(t, "hears", m->a);
        break;
    case MOMENT_ike_repeated_answer:
        put_message(t, "has answered this already, answers again:", m->a);
        break;
    case MOMENT_ike_ignored:
        put_message(t, "ignores", m->a);
        break;
    case MOMENT_ike_gave_up:
        put_message(t, "gives up on", m->a);
        break;
    case MOMENT_ike_aborted:
        put_message(t, "aborts after", m->a);
        break;
    case MOMENT_ticket_asked:
        fprintf(t->out, "%s for a Kerberos ticket of %s", m->b > 0 ? "asks again" : "asks",
                ticket_of(t, m->a));
        break;
    case MOMENT_ticket_got:
        fprintf(t->out, "has a Kerberos ticket of %s", ticket_of(t, m->a));
        break;
    case MOMENT_ticket_failed:
        fprintf(t->out, "gives up on a Kerberos ticket of %s", ticket_of(t, m->a));
        break;
    default:
        fprintf(t->out, "cryptography done: %.3f ms of work in %.3f ms", (double)m->a * 1e-6,
                (double)m->b * 1e-6);
    }
}

static void put_traffic(const struct trace *t, const struct moment *m)
{
    switch (m->id) {
    case MOMENT_packet_held:
        fprintf(t->out, "holds a packet of %s until IKE is done", name_of(t, KIND_class, m->a));
        break;
    case MOMENT_held_dropped:
        fprintf(t->out, "discards the held packet of %s", name_of(t, KIND_class, m->a));
        break;
    case MOMENT_request_sent:
        put_request(t, "is sent", m);
        break;
    case MOMENT_request_repeated:
        put_request(t, "goes on: next or repeated packet", m);
        break;
    case MOMENT_request_refused:
        put_request(t, "is refused by a TCP reset", m);
        break;
    case MOMENT_request_answered:
        put_request(t, "is answered", m);
        break;
    case MOMENT_request_failed:
        put_request(t, "is given up", m);
        break;
    case MOMENT_packet_lost:
        put_request(t, "loses a packet on the link", m);
        break;
    case MOMENT_packet_vanished:
        put_request(t, "sends into the void: nobody answers there", m);
        break;
    case MOMENT_port_closed:
        put_request(t, "finds the port closed", m);
        break;
    case MOMENT_clear_dropped:
        put_request(t, "came in clear and is dropped: the policy requires IPsec",
                    &(struct moment){.a = m->a, .b = app_request_of_luck((uint32_t)m->b)});
        break;
    case MOMENT_esp_dropped:
        fprintf(t->out, "drops ESP of %s: unknown SPI %" PRId64, name_of(t, KIND_class, m->a),
                m->b);
        break;
    case MOMENT_arp_heard:
        fprintf(t->out, "hears gratuitous ARP %" PRId64 ": the address is at %s", m->b + 1,
                name_of(t, KIND_node, m->a));
        break;
    case MOMENT_client_host:
        fprintf(t->out, "is mapped to %s, which %s", name_of(t, KIND_node, m->a),
                m->b == 1  ? "has its SAs"
                : m->b < 0 ? "does not answer"
                           : "does not have its SAs");
        break;
    case MOMENT_arp_expired:
        fputs("has no fresh neighbour entry: asks who has the address", t->out);
        break;
    default:
        fprintf(t->out, "learns by ARP: the address is at %s", name_of(t, KIND_node, m->a));
    }
}

static void put_moment(const struct trace *t, const struct moment *m)
{
    char text[WHO_MAX];
    fprintf(t->out, "%16.9f  %-*s  ", (double)m->time_ns * 1e-9, who_width(t), who(t, text, m));
    if (mail_tells(m))
        mail_put(t->out, m);
    else if (t->storm && storm_tells(m))
        storm_put(t->out, m);
    else if (about_cluster(m->id))
        put_cluster(t, m);
    else if (m->id >= MOMENT_sa_start && m->id <= MOMENT_mm_sa_gone)
        put_sa(t, m);
    else if (m->id >= MOMENT_relation && m->id <= MOMENT_crypto_done)
        put_ike(t, m);
    else
        put_traffic(t, m);
    fputc('\n', t->out);
}

static void end_quiet(struct trace *t)
{
    if (t->quiet > QUIET_SHOWN)
        fprintf(t->out, "%16s  %-*s  %" PRIu64 " more moments of requests until %.9f\n", "",
                who_width(t), "...", t->quiet - QUIET_SHOWN, (double)t->quiet_last_ns * 1e-9);
    t->quiet = 0;
}

/* Requests, and packets that change nothing because IKE is at work already. */
static bool is_quiet(const struct moment *m)
{
    if (m->id == MOMENT_relation)
        return peer_rows[m->b].on == PEER_ON_PACKET && peer_rows[m->b].action == PEER_DO_NOTHING;
    return quiet_mask >> m->id & 1;
}

static void hear(void *context, const struct moment *m)
{
    struct trace *t = context;
    if (m->id == MOMENT_crypto_done && m->a == 0)
        return; /* a row that costs nothing */
    if (!t->all && is_quiet(m)) {
        t->quiet_last_ns = m->time_ns;
        if (t->quiet++ >= QUIET_SHOWN)
            return;
    } else {
        end_quiet(t);
    }
    put_moment(t, m);
}

static void put_result(const struct trace *t, const struct row *row)
{
    static const struct {
        size_t column;
        const char *words;
    } phase[] = {
#define PHASE(name, words) {offsetof(struct row, name) / sizeof(int64_t), words}
        PHASE(phase_detect_ns, "until the stale quick-mode SA was gone"),
        PHASE(phase_wait_ns, "waiting for a packet that starts IKE"),
        PHASE(phase_stale_qm_ns, "quick mode under the stale main-mode SA"),
        PHASE(phase_mm_failed_ns, "until the main mode that succeeded began"),
        PHASE(phase_mm_ns, "main mode"),
        PHASE(phase_qm_wait_ns, "until the quick mode that succeeded began"),
        PHASE(phase_qm_ns, "quick mode"),
        PHASE(phase_app_ns, "until the first good answer"),
#undef PHASE
    };
    if (row->system == ROW_SYSTEM_TLS) {
        mail_put_result(t->out, row, (double)t->plan->base.trial.horizon_ns * 1e-9);
        return;
    }
    if (row->system == ROW_SYSTEM_STORM) {
        storm_put_result(t->out, row, (double)t->plan->base.trial.horizon_ns * 1e-9);
        return;
    }
    if (row->status == ROW_STEADY) {
        fprintf(t->out, "\nnothing failed for %.0f s; healthy SAs given up: %" PRId64 "\n",
                (double)t->plan->base.trial.horizon_ns * 1e-9, row->teardowns);
        return;
    }
    if (row->status == ROW_CENSORED) {
        fprintf(t->out,
                t->several ? "\nnot all front ends recovered within %.0f s\n"
                           : "\nnot recovered within %.0f s\n",
                (double)t->plan->base.trial.horizon_ns * 1e-9);
        return;
    }
    bool negotiated = row->qm_done_ns != NEVER_NS;
    if (t->several)
        fprintf(t->out,
                "\nfirst front end recovered after %.9f s, middle one %.9f s, last %.9f s"
                "\nfront end 0",
                (double)row->outage_first_ns * 1e-9, (double)row->outage_median_ns * 1e-9,
                (double)row->outage_last_ns * 1e-9);
    fprintf(t->out, "%srecovered after %.9f s:\n", t->several ? " " : "\n",
            (double)row->outage_ns * 1e-9);
    for (size_t i = 0; i < COUNT_OF(phase); i++)
        fprintf(t->out, "%16.9f  %s\n", (double)((const int64_t *)row)[phase[i].column] * 1e-9,
                i == 0 && !negotiated ? "until the SAs were of use again" : phase[i].words);
    if (row->failback_outage_ns != NEVER_NS)
        fprintf(t->out, "and after the move back at %.9f s within %.9f s\n",
                (double)row->failback_gone_ns * 1e-9, (double)row->failback_outage_ns * 1e-9);
}

static void put_draws(const struct trace *t, const double *drawn)
{
    char column[COLUMN_NAME_MAX];
    for (size_t i = 0; i < t->plan->draws; i++) {
        const struct plan_draw *draw = &t->plan->draw[i];
        fprintf(t->out, "%16.9g  %s, drawn from %s\n", drawn[i], columns_of_draw(column, draw),
                draw->text);
    }
}

void trace_trial(FILE *out, const struct plan *plan, const struct luck *luck, bool all)
{
    struct params params;
    struct row row;
    double *drawn = calloc(plan->draws + 1, sizeof *drawn);
    CHECK(drawn != NULL);
    plan_trial(plan, luck, &params, drawn);
    struct trace trace = {.out = out, .plan = plan, .all = all};
    trace.storm = params.trial.system == TRIAL_SYSTEM_storm;
    trace.several = trace.storm ? params.storm.clients > 1 : params.front_end.count > 1;
    trace.psk = params.stack[params.front_end.stack].auth != IKE_AUTH_certificate;
    for (int i = 0; i < params.peers; i++)
        snprintf(trace.towards[i], sizeof trace.towards[i], "fe>%s", plan->names[KIND_peer][i]);
    fprintf(out, "%s/%s, trial %" PRIu64 ", seed %" PRIu64 "\n", plan->folder, plan->name,
            luck->trial, luck->seed);
    put_draws(&trace, drawn);
    fprintf(out, "\n%16s  %-*s\n", "time s", who_width(&trace), "who");
    struct world *world = world_new();
    sim_listen(world_sim(world), UINT64_MAX, hear, &trace);
    world_run(world, &params, luck, &row);
    end_quiet(&trace);
    put_result(&trace, &row);
    world_free(world);
    free(drawn);
}
