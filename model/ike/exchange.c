#include "ike/exchange.h"

#include "moment/moment.h"

static void repeat_due(struct sim *sim, struct timer *timer);
static void silence_due(struct sim *sim, struct timer *timer);
static void fire(struct ike_exchange *x, const struct ike_row *row);

struct ike_schedule ike_schedule_of(const struct stack_params *stack, uint8_t exchange)
{
    struct ike_schedule schedule = {.first_ns = stack->retransmit_first_ns,
                                    .base = stack->retransmit_base,
                                    .cap_ns = stack->retransmit_cap_ns,
                                    .tries = stack->retransmit_tries};
    if (exchange == IKE_INFO) /* first after 1 s, doubled: [MS-IKEE] 3.8.6.1, note <24> */
        schedule = (struct ike_schedule){.first_ns = NS_PER_S,
                                         .base = 2.0,
                                         .cap_ns = stack->delete_cap_ns,
                                         .tries = stack->delete_tries};
    return schedule;
}

int64_t ike_wait_ns(const struct ike_schedule *schedule, uint32_t k)
{
    double wait_ns = (double)schedule->first_ns;
    double cap_ns = schedule->cap_ns > 0 ? (double)schedule->cap_ns : 1e18;
    for (uint32_t i = 0; i < k && wait_ns < cap_ns; i++)
        wait_ns *= schedule->base;
    return (int64_t)(wait_ns < cap_ns ? wait_ns : cap_ns);
}

/* Which messages tell the option of their exchange. */
static bool carries_option(uint8_t type)
{
    return type == IKE_QM2 || type == IKE_DELETE_QM || type == IKE_DELETE_MM;
}

static struct ike_message message_of(const struct ike_exchange *x, uint8_t type)
{
    return (struct ike_message){.type = type,
                                .class_index = x->class_index,
                                .option = carries_option(type) && x->option,
                                .nlbs = type == IKE_MM2 && x->nlbs,
                                .cookie = x->cookie,
                                .id = x->id};
}

static void send(struct ike_exchange *x)
{
    struct ike_side *side = x->side;
    side->messages++;
    side->retransmissions += x->sent.copy > 0;
    side->bytes += ike_message_bytes(x->sent.type, side->stack->auth);
    sim_probe(side->sim, MOMENT_ike_sent, side->actor, ike_tag(&x->sent), x->sent.copy);
    side->send(side->host, &x->sent);
}

static void repeat_message(struct ike_exchange *x)
{
    if (x->sent.copy < IKE_COPY_MAX)
        x->sent.copy++;
    send(x);
}

/* The schedule's wait with its jitter; drawn by the identity of the message it follows. */
static int64_t jittered_ns(const struct ike_exchange *x)
{
    const struct stack_params *stack = x->side->stack;
    if (stack->retransmit_jitter_ns == 0)
        return x->wait_ns;
    uint32_t identity = ike_message_luck(&x->sent);
    double u = luck_uniform(x->side->luck, LUCK_retransmit_jitter, x->side->actor, identity);
    int64_t wait_ns = x->wait_ns + (int64_t)((2.0 * u - 1.0) * (double)stack->retransmit_jitter_ns);
    return wait_ns > 0 ? wait_ns : 0;
}

static void arm_repeat(struct ike_exchange *x)
{
    int64_t due_ns = x->side->sim->now_ns + jittered_ns(x);
    timer_arm(x->side->sim, &x->repeat, due_ns < x->last_ns ? due_ns : x->last_ns);
}

/* The limit of KB 980915's NlbsQMRetransmitDuration; it restarts with each message, as the schedule
 * does (assumed). */
static int64_t last_instant_ns(const struct ike_exchange *x)
{
    const struct ike_side *side = x->side;
    bool limited = x->table->exchange == IKE_QM && side->qm_limit_ns > 0;
    return limited ? side->sim->now_ns + side->qm_limit_ns : INT64_MAX;
}

int64_t ike_work_ns(const struct crypto_params *c, const struct stack_params *stack, uint8_t work)
{
    int64_t ns = 0;
    if (work & WORK_MESSAGE)
        ns += c->message_ns;
    if (work & WORK_KEYGEN)
        ns += c->dh_keygen_ns;
    if (work & WORK_AGREE)
        ns += c->dh_agree_ns;
    if (stack->auth == IKE_AUTH_certificate) {
        if (work & WORK_SIGN)
            ns += c->sign_ns;
        if (work & WORK_VERIFY_2) /* the peer's signature and its certificate's */
            ns += 2 * c->verify_ns;
    }
    return ns;
}

static void row_done(struct cpu_job *job)
{
    struct ike_exchange *x = CONTAINER_OF(job, struct ike_exchange, job);
    const struct ike_row *row = x->row;
    x->busy = false;
    x->state = row->to;
    if (row->send != IKE_NO_MESSAGE) {
        x->sent = message_of(x, row->send);
        send(x);
    }
    if (row->repeat) {
        struct ike_schedule schedule = ike_schedule_of(x->side->stack, x->table->exchange);
        x->repeats = 0;
        x->wait_ns = ike_wait_ns(&schedule, 0);
        x->last_ns = last_instant_ns(x);
        arm_repeat(x);
    }
    if (row->effect == EFFECT_TICKET) {
        x->side->ticket(x->side->host, x);
    } else if (row->effect != EFFECT_NONE) {
        timer_cancel(x->side->sim, &x->silence);
        x->active = !x->table->initiator;
        x->side->ended(x->side->host, x, (enum ike_effect)row->effect);
    }
}

static void fire(struct ike_exchange *x, const struct ike_row *row)
{
    struct ike_message about = message_of(x, row->on < IKE_MESSAGE_COUNT ? row->on : row->send);
    timer_cancel(x->side->sim, &x->repeat);
    x->row = row;
    x->busy = true;
    sim_probe(x->side->sim, MOMENT_ike_row, x->side->actor, ike_tag(&about),
              (int64_t)(intptr_t)row);
    cpu_submit(x->side->cpu, &x->job, ike_work_ns(x->side->crypto, x->side->stack, row->work),
               row_done);
}

static void repeat_due(struct sim *sim, struct timer *timer)
{
    struct ike_exchange *x = CONTAINER_OF(timer, struct ike_exchange, repeat);
    struct ike_schedule schedule = ike_schedule_of(x->side->stack, x->table->exchange);
    if (x->repeats == schedule.tries || sim->now_ns >= x->last_ns) {
        sim_probe(sim, MOMENT_ike_gave_up, x->side->actor, ike_tag(&x->sent), 0);
        const struct ike_row *row = ike_table_find(x->table, x->state, IKE_ON_GIVE_UP, x->option);
        CHECK(row != NULL); /* proved by ike_tables_check */
        fire(x, row);
        return;
    }
    x->repeats++;
    x->wait_ns = ike_wait_ns(&schedule, x->repeats);
    repeat_message(x);
    arm_repeat(x);
}

static void prepare(struct ike_exchange *x, struct ike_side *side, const struct ike_table *table,
                    uint8_t class_index, uint32_t cookie, uint32_t id)
{
    *x = (struct ike_exchange){.side = side,
                               .table = table,
                               .active = true,
                               .class_index = class_index,
                               .cookie = cookie,
                               .id = id};
    timer_init(&x->repeat, repeat_due, 1);
    timer_init(&x->silence, silence_due, 1);
}

static void begin(struct ike_exchange *x)
{
    if (x->table->initiator)
        fire(x, ike_table_find(x->table, 0, IKE_ON_START, x->option));
}

void ike_exchange_start(struct ike_exchange *x, struct ike_side *side,
                        const struct ike_table *table, uint8_t class_index, uint32_t cookie,
                        uint32_t id)
{
    prepare(x, side, table, class_index, cookie, id);
    if (table == &ike_mm_initiator) {
        x->option = side->stack->auth == IKE_AUTH_kerberos && !side->has_ticket;
    } else if (!table->initiator) {
        x->option = side->stack->commit_bit != 0;
        x->nlbs = side->nlbs_present;
    }
    begin(x);
}

void ike_exchange_start_delete(struct ike_exchange *x, struct ike_side *side,
                               const struct ike_table *table, uint8_t class_index, uint32_t cookie,
                               uint32_t id, bool acknowledged)
{
    ike_exchange_abort(x); /* another one may still be repeated, or be worked on */
    prepare(x, side, table, class_index, cookie, id);
    x->option = acknowledged;
    begin(x);
}

void ike_exchange_limit_silence(struct ike_exchange *x, int64_t wait_ns)
{
    timer_arm(x->side->sim, &x->silence, x->side->sim->now_ns + wait_ns);
}

static void silence_due(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct ike_exchange *x = CONTAINER_OF(timer, struct ike_exchange, silence);
    ike_exchange_abort(x);
    x->side->ended(x->side->host, x, EFFECT_SILENT);
}

void ike_exchange_hear(struct ike_exchange *x, const struct ike_message *message)
{
    struct ike_side *side = x->side;
    sim_probe(side->sim, MOMENT_ike_heard, side->actor, ike_tag(message), 0);
    if (x->table->initiator) {
        x->option |= message->option;
        x->nlbs |= message->nlbs;
    }
    const struct ike_row *row =
        x->busy ? NULL : ike_table_find(x->table, x->state, message->type, x->option);
    if (row != NULL) {
        x->heard = message->type;
        timer_cancel(side->sim, &x->silence);
        fire(x, row);
        return;
    }
    bool repeated_request =
        !x->table->initiator && !x->busy && x->heard == message->type &&
        x->sent.type != IKE_NO_MESSAGE &&
        ike_message_facts[x->sent.type].number > ike_message_facts[message->type].number;
    if (!repeated_request) {
        sim_probe(side->sim, MOMENT_ike_ignored, side->actor, ike_tag(message), 0);
        return;
    }
    sim_probe(side->sim, MOMENT_ike_repeated_answer, side->actor, ike_tag(message), 0);
    repeat_message(x);
}

void ike_exchange_ticket(struct ike_exchange *x, bool got)
{
    uint8_t on = got ? IKE_ON_TICKET : IKE_ON_NO_TICKET;
    const struct ike_row *row =
        x->active && !x->busy ? ike_table_find(x->table, x->state, on, x->option) : NULL;
    if (row != NULL)
        fire(x, row);
}

void ike_exchange_abort(struct ike_exchange *x)
{
    if (!x->active)
        return;
    x->active = false;
    timer_cancel(x->side->sim, &x->repeat);
    timer_cancel(x->side->sim, &x->silence);
    cpu_withdraw(&x->job);
    x->busy = false;
    if (x->table->initiator && x->sent.type != IKE_NO_MESSAGE)
        sim_probe(x->side->sim, MOMENT_ike_aborted, x->side->actor, ike_tag(&x->sent), 0);
}
