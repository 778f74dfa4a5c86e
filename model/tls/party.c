#include "tls/party.h"

#include "engine/check.h"
#include "moment/moment.h"

enum {
    NUMBER_BITS = 23,
    COPY_SHIFT = NUMBER_BITS,
    ATTEMPT_SHIFT = COPY_SHIFT + 4,
    ACK_SHIFT = ATTEMPT_SHIFT + 2
};
_Static_assert(ACK_SHIFT + 1 == LUCK_KIND_SHIFT, "a tag fills a packet's identity");
enum { ACK_BYTES = 40 };

struct datagram smtp_datagram(const struct smtp_tag *tag, uint32_t handle)
{
    CHECK(tag->copy <= SMTP_COPIES_MAX && tag->number < 1u << NUMBER_BITS);
    uint32_t luck = (uint32_t)LUCK_KIND_SMTP << LUCK_KIND_SHIFT | (uint32_t)tag->ack << ACK_SHIFT;
    luck |= (uint32_t)(tag->attempt & 3) << ATTEMPT_SHIFT | (uint32_t)tag->copy << COPY_SHIFT;
    return (struct datagram){.selector = tag->line,
                             .luck = luck | tag->number,
                             .bytes = tag->ack ? ACK_BYTES : smtp_line_facts[tag->line].bytes,
                             .word = {handle, tag->attempt}};
}

struct smtp_tag smtp_tag_of(const struct datagram *d)
{
    return (struct smtp_tag){.line = (uint8_t)d->selector,
                             .ack = d->luck >> ACK_SHIFT & 1,
                             .copy = d->luck >> COPY_SHIFT & 15,
                             .attempt = (uint8_t)d->word[1],
                             .number = d->luck & ((1u << NUMBER_BITS) - 1)};
}

int64_t smtp_tag_word(const struct smtp_tag *tag)
{
    return (int64_t)tag->line | (int64_t)tag->ack << 8 | (int64_t)tag->copy << 16 |
           (int64_t)tag->attempt << 24 | (int64_t)tag->number << 32;
}

struct smtp_tag smtp_tag_of_word(int64_t word)
{
    return (struct smtp_tag){.line = (uint8_t)word,
                             .ack = word >> 8 & 1,
                             .copy = (uint8_t)(word >> 16),
                             .attempt = (uint8_t)(word >> 24),
                             .number = (uint32_t)(word >> 32)};
}

void tls_party_init(struct tls_party *party)
{
    *party = (struct tls_party){0};
    tls_shelf_init(&party->shelf);
}

void tls_party_fini(struct tls_party *party)
{
    tls_shelf_fini(&party->shelf);
}

void tls_party_reset(struct tls_party *p, uint32_t which, const struct server_params *server,
                     const struct store_params *store, const struct cert_params *listed,
                     const struct tls_store *files, const struct link_params *links)
{
    /* Beside the front ends' links, whose numbers count from 0. */
    const uint32_t number = 0xf0000 + 2 * which;
    tls_input_of(&p->input, p->smtp, p->inbound);
    tls_shelf_fill(&p->shelf, &p->input, server, store, listed, files, p->luck,
                   tls_server_actor(which), p->input.now_s);
    link_reset(&p->to_directory, &links[p->smtp->directory], actor_id(ACTOR_LINK, 0, number));
    link_reset(&p->from_directory, &links[p->smtp->directory], actor_id(ACTOR_LINK, 1, number));
    link_reset(&p->to_lists, &links[p->smtp->lists], actor_id(ACTOR_LINK, 0, number + 1));
    link_reset(&p->from_lists, &links[p->smtp->lists], actor_id(ACTOR_LINK, 1, number + 1));
    p->has_lists = false;
    for (int i = 0; i < TLS_EVENT_COUNT; i++)
        p->logged[i] = 0;
}

static void log_event(struct tls_party *party, enum tls_event event)
{
    if (event == TLS_NO_EVENT)
        return;
    party->logged[event] += party->sim->now_ns >= 0;
    sim_probe(party->sim, MOMENT_tls_logged, party->actor, tls_event_id(event), 0);
}

void tls_party_starts(struct tls_party *party)
{
    log_event(party, tls_start_up(&party->input));
}

/* ---- questions over the network ---- */

static void hear_question(void *to, struct packet *packet);
static void answer_due(struct sim *sim, struct timer *timer);
static void repeat_due(struct sim *sim, struct timer *timer);
static void patience_over(struct sim *sim, struct timer *timer);

static void end_query(struct tls_query *q, bool answered)
{
    tls_query_drop(q);
    q->done(q, answered);
}

static bool is_answer(const struct tls_query *q, const struct packet *packet)
{
    struct smtp_tag tag = smtp_tag_of(&packet->datagram);
    return q->asking && tag.number == q->number && tag.line == q->line && tag.attempt == q->attempt;
}

static void hear_answer(void *to, struct packet *packet)
{
    struct tls_query *q = to;
    if (is_answer(q, packet) && !cpu_lets_wait(q->party->cpu, q->party->inbox, packet))
        end_query(q, true);
}

bool tls_query_hear(struct packet *packet)
{
    if (packet->deliver != hear_answer)
        return false;
    struct tls_query *q = packet->to;
    if (is_answer(q, packet)) /* it may have been given up meanwhile */
        end_query(q, true);
    return true;
}

static void send_query_packet(struct tls_query *q, bool answer)
{
    struct smtp_tag tag = {.line = q->line,
                           .ack = answer,
                           .copy = q->copy,
                           .attempt = q->attempt,
                           .number = q->number};
    struct packet packet;
    packet_begin(&packet, PACKET_CLEAR, 0, 0);
    packet.datagram = smtp_datagram(&tag, 0);
    packet.datagram.bytes = smtp_line_facts[q->line].bytes; /* an answer is no mere ACK */
    sim_probe(q->party->sim, MOMENT_smtp_sent, q->party->actor, smtp_tag_word(&tag), q->number);
    if (!net_send(q->party->net, answer ? q->from : q->to, &packet,
                  answer ? hear_answer : hear_question, q))
        sim_probe(q->party->sim, MOMENT_smtp_lost, q->party->actor, smtp_tag_word(&tag), q->number);
}

static double answer_time_ns(const struct tls_query *q)
{
    double u = luck_uniform(q->party->luck, LUCK_smtp_answer, q->to->actor, q->number);
    return law_quantile(q->time, u);
}

/* The far end: works on one copy of the question at a time. */
static void hear_question(void *to, struct packet *packet)
{
    struct tls_query *q = to;
    struct smtp_tag tag = smtp_tag_of(&packet->datagram);
    bool mine = q->asking && tag.number == q->number && tag.line == q->line;
    if (!mine || !q->answers || timer_armed(&q->answer))
        return;
    double ns = answer_time_ns(q);
    timer_arm(q->party->sim, &q->answer, q->party->sim->now_ns + (ns > 0.0 ? (int64_t)ns : 0));
}

static void answer_due(struct sim *sim, struct timer *timer)
{
    (void)sim;
    send_query_packet(CONTAINER_OF(timer, struct tls_query, answer), true);
}

static void repeat_due(struct sim *sim, struct timer *timer)
{
    struct tls_query *q = CONTAINER_OF(timer, struct tls_query, repeat);
    if (q->tries >= q->party->tcp->data_retries || q->copy == SMTP_COPIES_MAX)
        return; /* patience ends it */
    q->tries++;
    q->copy++;
    q->wait_ns *= 2;
    timer_arm(sim, timer, sim->now_ns + q->wait_ns);
    send_query_packet(q, false);
}

static void patience_over(struct sim *sim, struct timer *timer)
{
    (void)sim;
    end_query(CONTAINER_OF(timer, struct tls_query, patience), false);
}

static void ask(struct tls_query *q, struct tls_party *party, enum smtp_line line, struct link *to,
                struct link *from, const struct law *time, int64_t patience_ns)
{
    q->party = party;
    q->line = (uint8_t)line;
    q->to = to;
    q->from = from;
    q->time = time;
    q->copy = q->tries = 0;
    q->asking = true;
    q->wait_ns = party->tcp->data_wait_ns;
    timer_init(&q->repeat, repeat_due, 1);
    timer_init(&q->patience, patience_over, 2);
    timer_init(&q->answer, answer_due, 1);
    timer_arm(party->sim, &q->repeat, party->sim->now_ns + q->wait_ns);
    timer_arm(party->sim, &q->patience, party->sim->now_ns + patience_ns);
    send_query_packet(q, false);
}

void tls_query_drop(struct tls_query *q)
{
    if (!q->asking)
        return;
    q->asking = false;
    timer_cancel(q->party->sim, &q->repeat);
    timer_cancel(q->party->sim, &q->patience);
    timer_cancel(q->party->sim, &q->answer);
}

void tls_query_ticket(struct tls_query *q, struct tls_party *party, uint32_t number,
                      uint8_t attempt, void (*done)(struct tls_query *, bool))
{
    q->number = number;
    q->attempt = attempt;
    q->answers = true;
    q->done = done;
    ask(q, party, SMTP_ASK_TICKET, &party->to_directory, &party->from_directory,
        &party->smtp->directory_time, party->smtp->directory_timeout_ns);
}

/* ---- the selection, step by step ---- */

static void work_on(struct tls_work *w);

static void step_done(struct tls_work *w)
{
    const struct tls_row *row = &w->outcome.table->row[w->step];
    bool failed = w->outcome.failed >> w->step & 1;
    sim_probe(w->party->sim, MOMENT_tls_step, w->party->actor, (int64_t)(intptr_t)row, failed);
    w->step++;
    work_on(w);
}

static void processed(struct cpu_job *job)
{
    step_done(CONTAINER_OF(job, struct tls_work, job));
}

/* With what is known now the rest of the steps may be others. */
static void decide_again(struct tls_work *w)
{
    tls_select(&w->input, &w->outcome);
}

static void directory_answered(struct tls_query *q, bool answered)
{
    struct tls_work *w = CONTAINER_OF(q, struct tls_work, query);
    if (!answered) {
        w->input.attribute = TLS_ATTRIBUTE_unreadable;
        decide_again(w);
    }
    step_done(w);
}

static void build_chains(struct tls_work *w)
{
    const struct tls_party *p = w->party;
    int64_t one_ns = p->smtp->chain_cost_ns + p->smtp->chain_length * p->crypto->verify_ns;
    cpu_submit(p->cpu, &w->job, (int64_t)w->outcome.chains * one_ns, processed);
}

static void list_answered(struct tls_query *q, bool answered)
{
    struct tls_work *w = CONTAINER_OF(q, struct tls_work, query);
    w->party->has_lists = answered;
    if (!answered) {
        w->input.no_lists = true;
        decide_again(w);
    }
    build_chains(w);
}

static void ask_directory(struct tls_work *w)
{
    struct tls_party *p = w->party;
    w->query.answers = true;
    w->query.done = directory_answered;
    ask(&w->query, p, SMTP_ASK_DIRECTORY, &p->to_directory, &p->from_directory,
        &p->smtp->directory_time, p->smtp->directory_timeout_ns);
}

static void ask_for_list(struct tls_work *w)
{
    struct tls_party *p = w->party;
    w->query.answers = p->smtp->lists_answer != 0;
    w->query.done = list_answered;
    ask(&w->query, p, SMTP_ASK_LIST, &p->to_lists, &p->from_lists, &p->smtp->lists_time,
        p->smtp->lists_timeout_ns);
}

/* Certificates that a step looks at: step 4 stops at the one it finds. */
static int64_t looked_at(const struct tls_work *w, const struct tls_row *row)
{
    const struct tls_outcome *o = &w->outcome;
    if (row->test == TLS_TEST_IN_STORE && o->named != TLS_NO_CERT)
        return (int64_t)o->named + 1;
    return w->input.store.count;
}

static void finish(struct tls_work *w)
{
    const struct tls_outcome *o = &w->outcome;
    w->working = false;
    for (int event = 1; event < TLS_EVENT_COUNT; event++)
        if (tls_logged(o, (enum tls_event)event))
            log_event(w->party, (enum tls_event)event);
    sim_probe(w->party->sim, MOMENT_tls_decided, w->party->actor, o->decision, o->unsaid);
    w->done(w);
}

static void work_on(struct tls_work *w)
{
    if (w->step == w->outcome.steps) {
        finish(w);
        return;
    }
    const struct tls_row *row = &w->outcome.table->row[w->step];
    switch ((enum tls_cost)row->work) {
    case TLS_WORK_NONE:
        step_done(w);
        break;
    case TLS_WORK_DIRECTORY:
        ask_directory(w);
        break;
    case TLS_WORK_STORE:
        cpu_submit(w->party->cpu, &w->job, looked_at(w, row) * w->party->smtp->store_cost_ns,
                   processed);
        break;
    case TLS_WORK_CHAINS:
        if (w->party->smtp->revocation && !w->party->has_lists)
            ask_for_list(w);
        else
            build_chains(w);
        break;
    }
}

void tls_work_begin(struct tls_work *w, struct tls_party *party, uint32_t number, uint8_t attempt,
                    void (*done)(struct tls_work *))
{
    w->party = party;
    w->number = number;
    w->attempt = attempt;
    w->done = done;
    w->input = party->input;
    int64_t now_ns = party->sim->now_ns;
    w->input.now_s += now_ns / NS_PER_S - (now_ns % NS_PER_S < 0);
    w->query = (struct tls_query){.party = party, .number = number, .attempt = attempt};
    w->job = (struct cpu_job){0};
    w->step = 0;
    w->working = true;
    tls_select(&w->input, &w->outcome);
    work_on(w);
}

void tls_work_drop(struct tls_work *w)
{
    if (!w->working)
        return;
    w->working = false;
    cpu_withdraw(&w->job);
    tls_query_drop(&w->query);
}
