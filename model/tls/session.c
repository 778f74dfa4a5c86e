#include "tls/session.h"

#include <math.h>
#include <stdlib.h>

#include "app/app.h"
#include "engine/check.h"
#include "engine/law.h"
#include "moment/moment.h"

#define NO_HANDLE UINT32_MAX

void smtp_client_init(struct smtp_client *c)
{
    *c = (struct smtp_client){0};
    pool_init(&c->pool, sizeof(struct smtp_session));
}

void smtp_client_fini(struct smtp_client *c)
{
    pool_fini(&c->pool);
    free(c->session);
}

static struct smtp_session *take_session(struct smtp_client *c)
{
    if (c->free_handle != NO_HANDLE) {
        struct smtp_session *s = c->session[c->free_handle];
        c->free_handle = s->next_free;
        return s;
    }
    if (c->handles == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 16;
        c->session = realloc(c->session, c->capacity * sizeof *c->session);
        CHECK(c->session != NULL);
    }
    struct smtp_session *s = pool_get(&c->pool);
    s->handle = c->handles;
    c->session[c->handles++] = s;
    return s;
}

/* ---- TCP, as far as a dialogue in turns needs it ---- */

static bool is_sender(const struct smtp_side *side)
{
    return side == &side->session->sender;
}

static void tell_lost(struct smtp_client *c, uint32_t actor, const struct datagram *d)
{
    struct smtp_tag tag = smtp_tag_of(d);
    sim_probe(c->sim, MOMENT_smtp_lost, actor, smtp_tag_word(&tag), tag.number);
}

static void transmit(struct smtp_side *side, uint8_t line, bool ack, uint8_t copy)
{
    struct smtp_session *s = side->session;
    struct smtp_client *c = s->client;
    struct smtp_tag tag = {.line = line,
                           .ack = ack,
                           .copy = copy > SMTP_COPIES_MAX ? SMTP_COPIES_MAX : copy,
                           .attempt = s->attempt,
                           .number = s->number};
    struct datagram d = smtp_datagram(&tag, s->handle);
    uint32_t actor = side->party->actor;
    sim_probe(c->sim, MOMENT_smtp_sent, actor, smtp_tag_word(&tag), s->number);
    if (!c->send(c->host, is_sender(side) ? SMTP_NOBODY : s->node, &d))
        tell_lost(c, actor, &d);
}

/* Sends a line that the other end has to acknowledge. */
static void send_line(struct smtp_side *side, uint8_t line)
{
    const struct app_params *tcp = side->party->tcp;
    side->line = line;
    side->outstanding = true;
    side->tries = side->copies = 0;
    side->wait_ns = line == SMTP_SYN_ACK ? tcp->syn_wait_ns : tcp->data_wait_ns;
    timer_arm(side->party->sim, &side->repeat, side->party->sim->now_ns + side->wait_ns);
    transmit(side, line, false, 0);
}

static void acknowledged(struct smtp_side *side)
{
    side->outstanding = false;
    timer_cancel(side->party->sim, &side->repeat);
}

static void over(struct smtp_session *s, enum smtp_over end);

static void drop_side(struct smtp_side *side)
{
    timer_cancel(side->party->sim, &side->repeat);
    timer_cancel(side->party->sim, &side->storing);
    cpu_withdraw(&side->job);
    tls_work_drop(&side->work);
    side->outstanding = side->busy = false;
}

/* The receiving end forgets the connection. */
static void forget(struct smtp_session *s)
{
    if (s->node != SMTP_NOBODY)
        drop_side(&s->receiver);
    s->node = SMTP_NOBODY;
}

static void open_connection(struct smtp_session *s)
{
    struct smtp_side *side = &s->sender;
    side->line = SMTP_SYN;
    side->outstanding = true;
    side->tries = 0;
    side->wait_ns = side->party->tcp->syn_wait_ns;
    timer_arm(side->party->sim, &side->repeat, side->party->sim->now_ns + side->wait_ns);
    transmit(side, SMTP_SYN, false, s->syns++);
}

static void repeat_due(struct sim *sim, struct timer *timer)
{
    struct smtp_side *side = CONTAINER_OF(timer, struct smtp_side, repeat);
    struct smtp_session *s = side->session;
    const struct app_params *tcp = side->party->tcp;
    if (!side->outstanding) { /* refused: tries the connection again */
        open_connection(s);
        return;
    }
    bool syn = side->line == SMTP_SYN;
    bool opening = syn || side->line == SMTP_SYN_ACK;
    if (side->tries >= (opening ? tcp->syn_retries : tcp->data_retries)) {
        if (is_sender(side))
            over(s, syn ? SMTP_END_no_answer : SMTP_END_silent);
        else
            forget(s);
        return;
    }
    side->tries++;
    side->wait_ns *= 2;
    timer_arm(sim, timer, sim->now_ns + side->wait_ns);
    transmit(side, side->line, false, syn ? s->syns++ : ++side->copies);
}

/* ---- the dialogue ---- */

static void feed(struct smtp_side *side, uint8_t on);

static bool advertises(const struct smtp_session *s)
{
    return s->receiver.work.outcome.decision == TLS_anonymous_tls;
}

static bool wants_tls(const struct smtp_session *s)
{
    return s->sender.work.outcome.decision == TLS_anonymous_tls;
}

static uint32_t guards_of(const struct smtp_side *side)
{
    const struct smtp_session *s = side->session;
    uint32_t guards = 1u << SMTP_WHEN_ALWAYS;
    if (!is_sender(side))
        return guards;
    guards |= 1u << (s->kerberos ? SMTP_WHEN_KERBEROS : SMTP_WHEN_NO_KERBEROS);
    if (wants_tls(s) && advertises(s))
        return guards | 1u << SMTP_WHEN_TLS;
    if (s->client->params->require_tls)
        return guards | 1u << SMTP_WHEN_REFUSE;
    return guards | 1u << (s->kerberos ? SMTP_WHEN_CLEAR_KERBEROS : SMTP_WHEN_CLEAR);
}

static int64_t work_ns(const struct smtp_side *side, uint32_t work)
{
    const struct smtp_params *p = side->party->smtp;
    const struct crypto_params *crypto = side->party->crypto;
    bool mutual = side->session->mutual;
    int64_t ns = 0;
    ns += work & SMTP_WORK_COMMAND ? p->command_cost_ns : 0;
    ns += work & SMTP_WORK_RECORD ? crypto->message_ns : 0;
    ns += work & SMTP_WORK_PUBLIC ? crypto->verify_ns : 0;
    ns += work & SMTP_WORK_PRIVATE ? crypto->sign_ns : 0;
    ns += mutual && (work & SMTP_WORK_MUTUAL_SIGN) ? crypto->sign_ns : 0;
    ns += mutual && (work & SMTP_WORK_MUTUAL_VERIFY) ? crypto->verify_ns : 0;
    ns += work & SMTP_WORK_KERBEROS ? p->kerberos_cost_ns : 0;
    return ns;
}

static void note_moments(struct smtp_side *side, const struct smtp_row *row)
{
    struct smtp_session *s = side->session;
    int64_t now_ns = side->party->sim->now_ns;
    if (!is_sender(side))
        return;
    if (row->send == SMTP_EHLO)
        s->greeted_ns = now_ns;
    if (row->on == SMTP_ON_SELECTED)
        s->selected_ns = now_ns;
    if (row->send == SMTP_EHLO_AGAIN) {
        s->secure_ns = now_ns;
        s->tls = true;
    }
    if (row->send == SMTP_MAIL)
        s->mail_ns = now_ns;
}

static void got_ticket(struct tls_query *query, bool answered)
{
    struct smtp_session *s = CONTAINER_OF(query, struct smtp_session, ticket);
    if (answered)
        feed(&s->sender, SMTP_ON_TICKET);
    else
        over(s, SMTP_END_silent);
}

/* The row's work is done: sends, steps on. */
static void row_done(struct smtp_side *side)
{
    struct smtp_session *s = side->session;
    const struct smtp_row *row = side->row;
    side->busy = false;
    side->state = row->to;
    sim_probe(side->party->sim, MOMENT_smtp_row, side->party->actor, s->number,
              (int64_t)(intptr_t)row);
    note_moments(side, row);
    if (row->send != SMTP_NONE)
        send_line(side, row->send);
    if (row->effect == SMTP_DONE) {
        over(s, SMTP_END_accepted);
    } else if (row->effect == SMTP_NO_TLS) {
        over(s, SMTP_END_no_tls);
    } else if (row->work & SMTP_WORK_TICKET) {
        if (s->client->params->ticket_cached)
            feed(side, SMTP_ON_TICKET);
        else
            tls_query_ticket(&s->ticket, side->party, s->number, s->attempt, got_ticket);
    } else if (side->selected) {
        feed(side, SMTP_ON_SELECTED); /* which waited for this state, or is of no concern in it */
    }
}

static void stored(struct sim *sim, struct timer *timer)
{
    (void)sim;
    row_done(CONTAINER_OF(timer, struct smtp_side, storing));
}

static void processed(struct cpu_job *job)
{
    struct smtp_side *side = CONTAINER_OF(job, struct smtp_side, job);
    const struct tls_party *party = side->party;
    if (!(side->row->work & SMTP_WORK_ACCEPT)) {
        row_done(side);
        return;
    }
    double u = luck_uniform(party->luck, LUCK_smtp_accept, 0, side->session->number);
    double ns = law_quantile(&party->smtp->accept, u);
    timer_arm(party->sim, &side->storing, party->sim->now_ns + (ns > 0.0 ? (int64_t)ns : 0));
}

static void feed(struct smtp_side *side, uint8_t on)
{
    const struct smtp_row *row = smtp_find(side->table, side->state, on, guards_of(side));
    if (row == NULL || side->busy)
        return;
    side->row = row;
    side->busy = true;
    cpu_submit(side->party->cpu, &side->job, work_ns(side, row->work), processed);
}

static void selection_over(struct tls_work *work)
{
    struct smtp_side *side = CONTAINER_OF(work, struct smtp_side, work);
    side->selected = true;
    side->session->client->unsaid += work->outcome.unsaid != 0 && side->party->sim->now_ns >= 0;
    feed(side, SMTP_ON_SELECTED);
}

/* ---- what arrives ---- */

/* A line of the other end: acknowledged by what is sent in answer, else by itself. */
static void take_line(struct smtp_side *side, uint8_t line, uint8_t copy)
{
    struct smtp_session *s = side->session;
    uint32_t number = s->number;
    uint8_t attempt = s->attempt;
    if (line <= side->heard) { /* again, or late */
        transmit(side, line, true, copy);
        return;
    }
    acknowledged(side);
    side->heard = line;
    feed(side, line);
    bool over = !s->live || s->number != number || s->attempt != attempt;
    if (!over && !side->outstanding)
        transmit(side, line, true, copy);
}

static void take(struct smtp_side *side, const struct smtp_tag *tag)
{
    if (!tag->ack)
        take_line(side, tag->line, tag->copy);
    else if (side->outstanding && tag->line == side->line)
        acknowledged(side);
}

static struct smtp_session *find(const struct smtp_client *c, const struct datagram *d)
{
    struct smtp_tag tag = smtp_tag_of(d);
    struct smtp_session *s = d->word[0] < c->handles ? c->session[d->word[0]] : NULL;
    bool same = s != NULL && s->live && s->number == tag.number && s->attempt == tag.attempt;
    return same ? s : NULL;
}

static struct tls_party *party_of(const struct smtp_client *c, int32_t node)
{
    return c->receiver[node == c->node[1]];
}

static void reset_side(struct smtp_side *side, struct smtp_session *s, struct tls_party *party,
                       const struct smtp_table *table)
{
    *side = (struct smtp_side){.session = s, .party = party, .table = table};
    timer_init(&side->repeat, repeat_due, 1);
    timer_init(&side->storing, stored, 1);
}

/* A node answers for a connection that it does not have. */
static void refuse(struct smtp_client *c, int32_t node, const struct datagram *d)
{
    struct smtp_tag tag = smtp_tag_of(d);
    tag.ack = false;
    tag.line = SMTP_RESET;
    struct datagram reset = smtp_datagram(&tag, d->word[0]);
    uint32_t actor = party_of(c, node)->actor;
    sim_probe(c->sim, MOMENT_smtp_sent, actor, smtp_tag_word(&tag), tag.number);
    if (!c->send(c->host, node, &reset))
        tell_lost(c, actor, &reset);
}

/* A SYN: the first one, or again. */
static void hear_syn(struct smtp_session *s, int32_t node)
{
    struct smtp_side *side = &s->receiver;
    if (s->node == SMTP_NOBODY) {
        s->node = node;
        reset_side(side, s, party_of(s->client, node), &smtp_receiver);
        send_line(side, SMTP_SYN_ACK);
    } else if (side->outstanding && side->line == SMTP_SYN_ACK) {
        transmit(side, SMTP_SYN_ACK, false, ++side->copies);
    }
}

/* The handshake is done: the service gets the connection. */
static void accept_connection(struct smtp_side *side)
{
    struct smtp_session *s = side->session;
    acknowledged(side);
    tls_work_begin(&side->work, side->party, s->number, s->attempt, selection_over);
    feed(side, SMTP_ON_OPEN);
}

void smtp_node_receive(struct smtp_client *c, int32_t node, const struct datagram *d)
{
    struct smtp_tag tag = smtp_tag_of(d);
    struct smtp_session *s = find(c, d);
    bool mine = s != NULL && s->node == node;
    if (tag.line == SMTP_SYN && !tag.ack) {
        bool can = s != NULL && (mine || s->node == SMTP_NOBODY) && c->open(c->host, node);
        if (can)
            hear_syn(s, node);
        else
            refuse(c, node, d);
    } else if (mine && tag.ack && tag.line == SMTP_SYN_ACK) {
        if (s->receiver.outstanding && s->receiver.line == SMTP_SYN_ACK)
            accept_connection(&s->receiver);
    } else if (mine) {
        take(&s->receiver, &tag);
    } else {
        refuse(c, node, d);
    }
}

static void heard_reset(struct smtp_session *s)
{
    struct smtp_client *c = s->client;
    if (s->established) {
        over(s, SMTP_END_reset);
        return;
    }
    if (s->resets++ >= c->tcp->reset_retries || s->syns > SMTP_COPIES_MAX) {
        over(s, SMTP_END_refused);
        return;
    }
    s->sender.outstanding = false;
    timer_arm(c->sim, &s->sender.repeat, c->sim->now_ns + c->tcp->reset_wait_ns);
}

static void watch(struct smtp_session *s)
{
    struct smtp_client *c = s->client;
    timer_arm(c->sim, &s->inactivity, c->sim->now_ns + c->params->inactivity_ns);
}

static void hear_syn_ack(struct smtp_session *s, const struct smtp_tag *tag)
{
    transmit(&s->sender, SMTP_SYN_ACK, true, tag->copy);
    if (s->established)
        return;
    s->established = true;
    acknowledged(&s->sender);
    watch(s);
    tls_work_begin(&s->sender.work, s->client->sender, s->number, s->attempt, selection_over);
}

void smtp_sender_receive(struct smtp_client *c, const struct datagram *d)
{
    struct smtp_tag tag = smtp_tag_of(d);
    struct smtp_session *s = find(c, d);
    if (s == NULL)
        return; /* late: the session is over */
    if (tag.line == SMTP_RESET) {
        heard_reset(s);
        return;
    }
    if (tag.line == SMTP_SYN_ACK && !tag.ack) {
        hear_syn_ack(s, &tag);
        return;
    }
    watch(s);
    take(&s->sender, &tag);
}

static void inactive(struct sim *sim, struct timer *timer)
{
    (void)sim;
    over(CONTAINER_OF(timer, struct smtp_session, inactivity), SMTP_END_idle);
}

void smtp_node_stops(struct smtp_client *c, int32_t node)
{
    for (uint32_t i = 0; i < c->handles; i++) {
        struct smtp_session *s = c->session[i];
        if (!s->live || s->node != node)
            continue;
        transmit(&s->receiver, SMTP_RESET, false, 0);
        forget(s);
    }
}

void smtp_node_gone(struct smtp_client *c, int32_t node)
{
    for (uint32_t i = 0; i < c->handles; i++)
        if (c->session[i]->live && c->session[i]->node == node)
            forget(c->session[i]);
}

/* ---- messages and the queue ---- */

static void open_session(struct smtp_client *c, uint32_t number, uint8_t attempt, int64_t came_ns)
{
    struct smtp_session *s = take_session(c);
    uint32_t handle = s->handle;
    const struct tls_party *peer = c->receiver[0];
    bool hubs = c->sender->input.role == TLS_ROLE_hub && peer->input.role == TLS_ROLE_hub;
    *s = (struct smtp_session){.client = c,
                               .number = number,
                               .handle = handle,
                               .attempt = attempt,
                               .live = true,
                               .node = SMTP_NOBODY,
                               .mutual = !hubs,
                               .kerberos = hubs && c->params->kerberos,
                               .came_ns = came_ns,
                               .opened_ns = c->sim->now_ns,
                               .greeted_ns = NEVER_NS,
                               .selected_ns = NEVER_NS,
                               .secure_ns = NEVER_NS,
                               .mail_ns = NEVER_NS};
    reset_side(&s->sender, s, c->sender, &smtp_sender);
    s->sender.heard = SMTP_SYN_ACK;
    timer_init(&s->inactivity, inactive, 2);
    c->sessions += c->sim->now_ns >= 0;
    sim_probe(c->sim, MOMENT_smtp_opened, c->sender->actor, number, attempt);
    open_connection(s);
}

/* Messages are numbered as requests of the class. A try has the number of its message; one beyond
 * those that a packet's identity tells apart, that of the time in which it begins, counted in mean
 * distances of messages: tries in one of them have their attempts' luck, as the first ones. */
static uint32_t number_of_try(const struct smtp_client *c)
{
    if (c->attempts < SMTP_TRIES_TOLD)
        return app_request_number(c->head);
    double mean_ns = c->arrivals.window_ns / ARRIVALS_MEAN;
    return (uint32_t)(int64_t)floor((double)c->sim->now_ns / mean_ns) & (SMTP_LATE_TRIES - 1);
}

static void try_head(struct smtp_client *c)
{
    open_session(c, number_of_try(c), (uint8_t)c->attempts, c->head.at_ns);
}

static void retry_due(struct sim *sim, struct timer *timer)
{
    (void)sim;
    try_head(CONTAINER_OF(timer, struct smtp_client, retry));
}

static int64_t retry_wait_ns(const struct smtp_client *c)
{
    const struct smtp_params *p = c->params;
    if (c->attempts <= p->glitch_retries)
        return p->glitch_interval_ns;
    if (c->attempts <= p->glitch_retries + p->transient_retries)
        return p->transient_interval_ns;
    return p->retry_interval_ns;
}

static void queue_goes_on(struct smtp_client *c, bool accepted)
{
    if (accepted) {
        c->attempts = 0;
        c->waiting--;
        if (c->waiting > 0) {
            c->head = arrivals_following(&c->behind, c->head);
            try_head(c);
        }
        return;
    }
    c->attempts++;
    int64_t wait_ns = retry_wait_ns(c);
    sim_probe(c->sim, MOMENT_queue_waits, c->sender->actor, c->attempts, wait_ns);
    timer_arm(c->sim, &c->retry, c->sim->now_ns + wait_ns);
}

/* Sessions and messages count by when they began, as app/app.c counts requests: what t = 0 found
 * under way is of the time before, however it ends. */
static void count_end(struct smtp_client *c, const struct smtp_session *s, enum smtp_over end)
{
    bool accepted = end == SMTP_END_accepted;
    if (c->sim->now_ns < 0)
        c->accepted_before += accepted;
    else if (s->opened_ns < 0 && !accepted)
        c->stale_end_ns = c->sim->now_ns;
    if (s->opened_ns >= 0) {
        c->completed += accepted;
        c->clear += accepted && !s->tls;
        c->failed += !accepted;
    }
    if (s->came_ns >= 0) {
        c->accepted_count += accepted;
        c->lost += !accepted && !c->params->queue;
    }
}

static void over(struct smtp_session *s, enum smtp_over end)
{
    struct smtp_client *c = s->client;
    CHECK(s->live);
    sim_probe(c->sim, MOMENT_smtp_over, c->sender->actor, s->number, end);
    drop_side(&s->sender);
    tls_query_drop(&s->ticket);
    timer_cancel(c->sim, &s->inactivity);
    forget(s);
    s->live = false;
    s->next_free = c->free_handle;
    c->free_handle = s->handle;
    count_end(c, s, end);
    if (end == SMTP_END_accepted)
        c->accepted(c->host, s);
    if (c->params->queue)
        queue_goes_on(c, end == SMTP_END_accepted);
}

static void message_comes(struct smtp_client *c, struct arrival message)
{
    c->messages += c->sim->now_ns >= 0;
    c->came_before += c->sim->now_ns < 0;
    if (c->sim->now_ns >= 0 && c->first_message_ns == NEVER_NS)
        c->first_message_ns = c->sim->now_ns;
    if (!c->params->queue) {
        open_session(c, app_request_number(message), 0, message.at_ns);
    } else if (c->waiting++ == 0) {
        c->head = message;
        try_head(c);
    }
}

static void arrival_due(struct sim *sim, struct timer *timer)
{
    struct smtp_client *c = CONTAINER_OF(timer, struct smtp_client, arrival);
    struct arrival message = c->next;
    if (!c->single) {
        c->next = arrivals_following(&c->arrivals, message);
        timer_arm(sim, timer, c->next.at_ns);
    }
    message_comes(c, message);
}

void smtp_client_reset(struct smtp_client *c, const struct class_params *traffic,
                       uint32_t class_index, uint32_t actor, bool single)
{
    uint32_t who = actor_id(ACTOR_FRONT_END, class_index, actor_number(actor));
    pool_reset(&c->pool);
    c->handles = 0;
    c->free_handle = NO_HANDLE;
    c->waiting = c->attempts = 0;
    c->single = single;
    c->messages = c->accepted_count = c->lost = c->sessions = c->failed = 0;
    c->clear = c->completed = c->unsaid = 0;
    c->came_before = c->accepted_before = 0;
    c->first_message_ns = c->stale_end_ns = NEVER_NS;
    timer_init(&c->arrival, arrival_due, 2);
    timer_init(&c->retry, retry_due, 2);
    arrivals_init(&c->arrivals, c->luck, who, LUCK_arrival_count, LUCK_arrival_place,
                  traffic->rate_hz, traffic->arrival == APP_ARRIVAL_periodic);
    c->behind = c->arrivals;
}

int64_t smtp_client_need_ns(const struct smtp_client *c)
{
    return c->params->queue && c->came_before > c->accepted_before ? 0 : c->first_message_ns;
}

void smtp_client_start(struct smtp_client *c)
{
    int64_t now_ns = c->sim->now_ns;
    if (c->single) /* the first of the window that begins at t = 0 */
        c->next = (struct arrival){now_ns, arrivals_id(0)};
    else
        c->next = arrivals_next(&c->arrivals, now_ns);
    timer_arm(c->sim, &c->arrival, c->next.at_ns);
}

void smtp_client_stop(struct smtp_client *c)
{
    timer_cancel(c->sim, &c->arrival);
}
