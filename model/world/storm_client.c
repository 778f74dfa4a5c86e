/* A client of a storm: notices, negotiates by IKE's tables, repeats, gives up, tries again. What
 * ike/exchange.c does for one exchange of a host with a processor, in a few bytes. Its computer has
 * nothing else to do, so that cryptography takes its own time. */
#include <math.h>

#include "storm_inside.h"

static void begin(struct sim *sim, struct timer *timer);
static void work_done(struct sim *sim, struct timer *timer);
static void repeat_due(struct sim *sim, struct timer *timer);

static const struct ike_table *table_of(const struct storm_client *c)
{
    return c->storm->initiator[c->quick];
}

static const struct stack_params *stack_of(const struct storm_client *c)
{
    const struct params *p = c->storm->params;
    return &p->stack[p->front_end.stack];
}

/* One timer serves for all that a client waits for. Repetitions come after what else happens in
 * their instant, as those of other hosts do. */
static void arm(struct storm_client *c, timer_fn *fire, int64_t at_ns)
{
    c->timer.fire = fire;
    c->timer.priority = fire == repeat_due;
    timer_arm(c->storm->sim, &c->timer, at_ns);
}

static void probe(const struct storm_client *c, enum moment_id id, int64_t a, int64_t b)
{
    sim_probe(c->storm->sim, id, storm_client_actor(storm_number(c)), a, b);
}

static struct ike_message message_of(const struct storm_client *c, uint8_t type)
{
    return (struct ike_message){.type = type, .cookie = c->number, .id = c->id, .copy = c->copy};
}

static void send(struct storm_client *c)
{
    struct ike_message message = message_of(c, c->sent);
    storm_send_up(c->storm, storm_number(c), &message);
}

/* ---- repetitions ---- */

static int64_t wait_ns(const struct storm_client *c)
{
    const struct stack_params *stack = stack_of(c);
    int64_t ns = ike_wait_ns(&c->storm->schedule, c->repeats);
    if (stack->retransmit_jitter_ns == 0)
        return ns;
    struct ike_message sent = message_of(c, c->sent);
    double u = luck_uniform(&c->storm->luck, LUCK_retransmit_jitter,
                            storm_client_actor(storm_number(c)), ike_message_luck(&sent));
    ns += (int64_t)((2.0 * u - 1.0) * (double)stack->retransmit_jitter_ns);
    return ns > 0 ? ns : 0;
}

static void arm_repeat(struct storm_client *c)
{
    arm(c, repeat_due, c->storm->sim->now_ns + wait_ns(c));
}

/* ---- the end of an exchange ---- */

static void fire(struct storm_client *c, const struct ike_row *row);

static void start(struct storm_client *c, bool quick)
{
    c->quick = quick;
    c->state = 0;
    c->sent = IKE_NO_MESSAGE;
    c->option = false;
    fire(c, ike_table_find(table_of(c), 0, IKE_ON_START, false));
}

/* Those that are back come in order of time: the k-th has rank k, and the last is the last. */
static void is_back(struct storm_client *c)
{
    struct storm *s = c->storm;
    struct row *row = s->row;
    int64_t now_ns = s->sim->now_ns;
    int64_t noticed_ns = storm_notice_ns(s, storm_number(c));
    s->trying--;
    if (s->back++ == 0)
        row->outage_first_ns = now_ns;
    if (s->back == (s->clients + 1) / 2)
        row->outage_median_ns = now_ns;
    row->mm_start_ns = c->began_ns;
    row->mm_done_ns = c->keyed_ns;
    row->qm_done_ns = row->outage_ns = row->outage_last_ns = now_ns;
    row->phase_detect_ns = noticed_ns;
    row->phase_mm_failed_ns = c->began_ns - noticed_ns;
    row->phase_mm_ns = c->keyed_ns - c->began_ns;
    row->phase_qm_ns = now_ns - c->keyed_ns;
    probe(c, MOMENT_qm_sa_up, 0, c->id);
}

static void failed(struct storm_client *c)
{
    struct storm *s = c->storm;
    const struct storm_params *p = &s->params->storm;
    s->row->negotiations_failed++;
    if (p->tries > 0 && c->number >= p->tries) {
        s->trying--;
        s->row->clients_lost++;
        return;
    }
    double ns =
        law_draw(&p->retry, luck_bits(&s->luck, LUCK_storm_retry, storm_number(c), c->number));
    arm(c, begin, s->sim->now_ns + (ns > 0.0 ? (int64_t)ns : 0));
}

static void up(struct storm_client *c)
{
    bool second = c->quick || c->storm->params->storm.ike == STORM_IKE_v2;
    if (second) {
        is_back(c);
        return;
    }
    c->keyed_ns = c->storm->sim->now_ns;
    probe(c, MOMENT_mm_sa_up, c->number, 0);
    c->id++;
    start(c, true);
}

/* ---- rows ---- */

static void give_up(struct storm_client *c)
{
    struct ike_message sent = message_of(c, c->sent);
    probe(c, MOMENT_ike_gave_up, ike_tag(&sent), 0);
    const struct ike_row *row = ike_table_find(table_of(c), c->state, IKE_ON_GIVE_UP, c->option);
    CHECK(row != NULL); /* proved by ike_tables_check */
    fire(c, row);
}

static void row_done(struct storm_client *c, const struct ike_row *row)
{
    /* With another cookie, which counts as a repetition: RFC 7296 2.6 wants a limit. */
    bool once_more = row->send != IKE_NO_MESSAGE && row->send == c->sent;
    c->state = row->to;
    if (once_more && c->repeats == c->storm->schedule.tries) {
        give_up(c);
        return;
    }
    if (row->send != IKE_NO_MESSAGE) {
        c->copy = once_more ? storm_next_copy(c->copy) : 0;
        c->sent = row->send;
        send(c);
    }
    if (row->repeat) {
        c->repeats = once_more ? c->repeats + 1 : 0;
        arm_repeat(c);
    }
    if (row->effect == EFFECT_UP)
        up(c);
    else if (row->effect == EFFECT_FAILED)
        failed(c);
}

static void work_done(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct storm_client *c = CONTAINER_OF(timer, struct storm_client, timer);
    c->busy = false;
    row_done(c, &table_of(c)->row[c->row]);
}

static void fire(struct storm_client *c, const struct ike_row *row)
{
    struct storm *s = c->storm;
    const struct node_params *computer = &s->params->node[s->params->front_end.node];
    int64_t work_ns = ike_work_ns(&s->params->crypto[computer->crypto], stack_of(c), row->work);
    struct ike_message about = message_of(
        c, row->on < IKE_MESSAGE_COUNT || row->on > IKE2_NO_MESSAGE ? row->on : row->send);
    probe(c, MOMENT_ike_row, ike_tag(&about), (int64_t)(intptr_t)row);
    s->spent_ns += work_ns;
    if (work_ns == 0) {
        timer_cancel(s->sim, &c->timer);
        row_done(c, row);
        return;
    }
    c->row = (uint8_t)(row - table_of(c)->row);
    c->busy = true;
    arm(c, work_done, s->sim->now_ns + (int64_t)ceil((double)work_ns / computer->speed));
}

static void repeat_due(struct sim *sim, struct timer *timer)
{
    struct storm_client *c = CONTAINER_OF(timer, struct storm_client, timer);
    if (c->repeats == c->storm->schedule.tries) {
        give_up(c);
        return;
    }
    (void)sim;
    c->repeats++;
    c->copy = storm_next_copy(c->copy);
    c->storm->retransmissions++;
    send(c);
    arm_repeat(c);
}

static void begin(struct sim *sim, struct timer *timer)
{
    struct storm_client *c = CONTAINER_OF(timer, struct storm_client, timer);
    c->number++;
    c->began_ns = sim->now_ns;
    c->storm->row->negotiations++;
    if (c->storm->params->storm.ike == STORM_IKE_v2)
        c->id = 0;
    start(c, false);
}

/* What a message brings besides itself. */
static void learn(struct storm_client *c, const struct ike_message *m)
{
    if (m->type == IKE2_COOKIE || m->type == IKE2_SA_INIT_ANSWER)
        c->id = m->id;
    if (m->type == IKE2_SA_INIT_ANSWER)
        c->keyed_ns = c->storm->sim->now_ns;
}

void storm_client_hear(struct storm_client *c, const struct ike_message *m)
{
    const struct ike_row *row = NULL;
    bool of_exchange = ike_message_facts_of(m->type)->exchange == table_of(c)->exchange;
    bool known = of_exchange && m->cookie == c->number && (!c->quick || m->id == c->id);
    probe(c, MOMENT_ike_heard, ike_tag(m), 0);
    if (known && !c->busy) {
        c->option |= m->option;
        row = ike_table_find(table_of(c), c->state, m->type, c->option);
    }
    if (row == NULL) {
        probe(c, MOMENT_ike_ignored, ike_tag(m), 0);
        return;
    }
    learn(c, m);
    fire(c, row);
}

int64_t storm_notice_ns(const struct storm *s, uint32_t number)
{
    if (s->notice_ns != NULL)
        return s->notice_ns[number];
    double ns =
        law_draw(&s->params->storm.notice, luck_bits(&s->luck, LUCK_storm_notice, number, 0));
    return ns > 0.0 ? (int64_t)ns : 0;
}

void storm_client_reset(struct storm *s, uint32_t number)
{
    struct storm_client *c = &s->client[number];
    *c = (struct storm_client){.storm = s};
    timer_init(&c->timer, begin, 0);
    timer_arm(s->sim, &c->timer, storm_notice_ns(s, number));
}
