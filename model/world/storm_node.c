/* The node that takes over, as responder to all clients: what ike/responder.c and ike/exchange.c do
 * for one, in a few bytes, behind the gate. A message that waits for the processor does so even if
 * its client has begun anew: nobody tells the processor. */
#include "storm_inside.h"

static void probe(const struct storm *s, uint32_t client, enum moment_id id,
                  const struct ike_message *m, int64_t b)
{
    sim_probe(s->sim, id, storm_node_actor(s, client), ike_tag(m), b);
}

static const struct stack_params *stack_of(const struct storm *s)
{
    return &s->params->stack[s->params->cluster.stack];
}

static bool is_first(uint8_t type)
{
    return type == IKE_MM1 || type == IKE2_SA_INIT || type == IKE2_SA_INIT_COOKIE;
}

static bool of_quick_mode(uint8_t type)
{
    return ike_message_facts_of(type)->exchange == IKE_QM;
}

/* ---- answers ---- */

/* The quick mode's second message tells the commit bit (RFC 2408 3.1); IKEv2's first answer tells
 * the SPI. */
static void answer(struct storm *s, uint32_t client, const struct storm_exchange *x)
{
    const struct storm_sa *sa = &s->sa[client];
    struct ike_message m = {.type = x->sent,
                            .option = x->sent == IKE_QM2 && stack_of(s)->commit_bit != 0,
                            .cookie = sa->number,
                            .copy = x->copy};
    if (of_quick_mode(x->sent))
        m.id = sa->id;
    else if (x->sent > IKE2_NO_MESSAGE)
        m.id = sa->spi;
    storm_send_down(s, client, &m);
}

/* Stateless: each answer has the luck of the request it belongs to. */
static void demand_cookie(struct storm *s, uint32_t client, const struct ike_message *request)
{
    enum { FIRST_TRIES = 21 }; /* of the schedule at most (stack.retransmit_tries) */
    const struct ike_row *row = ike_table_find(s->responder[0], 0, request->type, true);
    uint32_t copy = request->copy + (request->type == IKE2_SA_INIT_COOKIE ? FIRST_TRIES : 0);
    CHECK(row != NULL);
    probe(s, client, MOMENT_ike_row, request, (int64_t)(intptr_t)row);
    struct ike_message m = {.type = row->send,
                            .cookie = request->cookie,
                            .id = storm_cookie(s),
                            .copy = copy < IKE_COPY_MAX ? copy : IKE_COPY_MAX};
    s->row->cookies_sent++;
    storm_send_down(s, client, &m);
}

/* ---- negotiations ---- */

/* Whether a first message begins a negotiation, or is of one that is known: after it timed out here
 * its client knows nothing of that. Where a client repeated a message without cookie and was asked
 * for one, while the first copy already waited for the processor, the answer to that copy counts
 * (assumed: RFC 7296 2.6 does not say which of both the AUTH then has to cover). */
static bool begins(const struct storm_sa *sa, const struct ike_message *m)
{
    return m->cookie > sa->number || (m->cookie == sa->number && !sa->first.active);
}

/* The answers of a negotiation that begins once more are further copies of those before. */
static void accept(struct storm *s, uint32_t client, const struct ike_message *m)
{
    struct storm_sa *sa = &s->sa[client];
    bool again = m->cookie == sa->number;
    struct storm_exchange first = {.active = true,
                                   .sent = again ? sa->first.sent : IKE_NO_MESSAGE,
                                   .copy = again ? sa->first.copy : 0};
    sa->number = m->cookie;
    sa->spi = ++s->spis;
    sa->place = NO_PLACE;
    sa->first = first;
    sa->half_open = true;
    sa->up = false;
    storm_half_open_begin(s, client);
}

static void done(struct storm *s, uint32_t client, struct storm_exchange *x,
                 const struct ike_row *row)
{
    struct storm_sa *sa = &s->sa[client];
    x->busy = false;
    x->state = row->to;
    if (row->send != IKE_NO_MESSAGE) {
        x->copy = row->send == x->sent ? storm_next_copy(x->copy) : 0;
        x->sent = row->send;
        answer(s, client, x);
    }
    if (row->effect != EFFECT_UP || x == &sa->quick)
        return;
    sa->up = true;
    storm_half_open_end(s, client);
}

/* The processor is done with a message. */
static void worked(struct cpu_job *job)
{
    struct storm *s = CONTAINER_OF(job->cpu, struct storm, cpu);
    struct storm_packet *packet = CONTAINER_OF(job, struct storm_packet, at.job);
    struct ike_message m = packet->message;
    uint32_t client = packet->client;
    struct storm_sa *sa = &s->sa[client];
    bool quick = of_quick_mode(m.type);
    const struct ike_row *row = &s->responder[quick]->row[packet->row];
    storm_packet_free(s, packet);
    if (is_first(m.type))
        storm_half_open_wait(s, client, m.id);
    if (!quick && m.id == sa->spi)
        done(s, client, &sa->first, row);
    else if (quick && sa->up && m.cookie == sa->number && m.id == sa->id)
        done(s, client, &sa->quick, row);
}

static void fire(struct storm *s, struct storm_packet *packet, struct storm_exchange *x,
                 const struct ike_row *row)
{
    const struct node_params *computer = s->cpu.params;
    int64_t work_ns = ike_work_ns(&s->params->crypto[computer->crypto], stack_of(s), row->work);
    probe(s, packet->client, MOMENT_ike_row, &packet->message, (int64_t)(intptr_t)row);
    x->heard = packet->message.type;
    x->busy = true;
    packet->row = (uint8_t)(row - s->responder[x == &s->sa[packet->client].quick]->row);
    packet->at.job.running = false; /* it was under way */
    cpu_submit(&s->cpu, &packet->at.job, work_ns, worked);
    if (storm_waiting(s) > s->row->jobs_peak)
        s->row->jobs_peak = storm_waiting(s);
}

/* As ike_exchange_hear. */
static void hear(struct storm *s, struct storm_packet *packet, struct storm_exchange *x)
{
    const struct ike_message *m = &packet->message;
    bool quick = x == &s->sa[packet->client].quick;
    bool option = quick && stack_of(s)->commit_bit != 0;
    const struct ike_row *row =
        x->busy ? NULL : ike_table_find(s->responder[quick], x->state, m->type, option);
    if (row != NULL) {
        fire(s, packet, x, row);
        return;
    }
    bool same = x->heard == m->type || (is_first(x->heard) && is_first(m->type));
    bool repeated_request =
        !x->busy && same && x->sent != IKE_NO_MESSAGE &&
        ike_message_facts_of(x->sent)->number > ike_message_facts_of(m->type)->number;
    probe(s, packet->client, repeated_request ? MOMENT_ike_repeated_answer : MOMENT_ike_ignored, m,
          0);
    if (repeated_request) {
        x->copy = storm_next_copy(x->copy);
        s->retransmissions++;
        answer(s, packet->client, x);
    }
    storm_packet_free(s, packet);
}

/* The exchange that a message belongs to; NULL: none that is known. */
static struct storm_exchange *exchange_of(struct storm *s, uint32_t client, struct ike_message *m)
{
    struct storm_sa *sa = &s->sa[client];
    if (m->cookie != sa->number || !sa->first.active)
        return NULL;
    if (!of_quick_mode(m->type)) {
        if (m->type == IKE2_AUTH && m->id != sa->spi)
            return NULL;
        m->id = sa->spi;
        return &sa->first;
    }
    if (!sa->up)
        return NULL;
    if (m->type == IKE_QM1 && (!sa->quick.active || m->id > sa->id)) {
        sa->id = m->id;
        sa->quick = (struct storm_exchange){.active = true};
    }
    return sa->quick.active && m->id == sa->id ? &sa->quick : NULL;
}

/* False: its way ends here. */
static bool passes_gate(struct storm *s, uint32_t client, const struct ike_message *m)
{
    enum storm_verdict verdict = storm_gate_ask(s, client, m);
    if (verdict == STORM_PASSES)
        return true;
    sim_probe(s->sim, MOMENT_gate, storm_node_actor(s, client), verdict, s->half_open);
    if (verdict == STORM_NEEDS_COOKIE)
        demand_cookie(s, client, m);
    else
        s->row->inits_dropped++;
    return false;
}

void storm_node_hear(struct storm *s, struct storm_packet *packet)
{
    uint32_t client = packet->client;
    struct ike_message *m = &packet->message;
    if (!s->listens || s->bound != s->params->cluster.standby) {
        s->dropped++;
        sim_probe(s->sim, MOMENT_ike_vanished, storm_client_actor(client), ike_tag(m), s->bound);
        storm_packet_free(s, packet);
        return;
    }
    probe(s, client, MOMENT_ike_heard, m, 0);
    if (is_first(m->type)) {
        if (!passes_gate(s, client, m)) {
            storm_packet_free(s, packet);
            return;
        }
        if (begins(&s->sa[client], m))
            accept(s, client, m);
    }
    struct storm_exchange *x = exchange_of(s, client, m);
    if (x == NULL) {
        probe(s, client, MOMENT_ike_ignored, m, 0);
        storm_packet_free(s, packet);
        return;
    }
    hear(s, packet, x);
}
