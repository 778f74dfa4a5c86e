#include "ipsec/ipsec.h"

#include "moment/moment.h"

static void idle_check(struct sim *sim, struct timer *timer);
static void life_over(struct sim *sim, struct timer *timer);

void ipsec_reset(struct ipsec *ipsec, struct sim *sim, const struct stack_params *stack,
                 uint32_t actor, uint32_t protect, struct ipsec_upcalls upcalls, void *ike)
{
    *ipsec = (struct ipsec){.sim = sim,
                            .stack = stack,
                            .actor = actor,
                            .protect = protect,
                            .upcalls = upcalls,
                            .ike = ike};
    for (uint32_t i = 0; i < IPSEC_CLASSES_MAX; i++) {
        ipsec->sa[i].host = ipsec;
        timer_init(&ipsec->sa[i].idle, idle_check, 1);
        timer_init(&ipsec->sa[i].life, life_over, 1);
    }
}

static uint32_t class_of(const struct child_sa *sa)
{
    return (uint32_t)(sa - sa->host->sa);
}

static void hold(struct ipsec *ipsec, const struct datagram *datagram)
{
    uint32_t class_index = datagram->selector;
    if (ipsec->stack->hold == 0) {
        sim_probe(ipsec->sim, MOMENT_held_dropped, ipsec->actor, datagram->selector,
                  datagram->luck);
        return;
    }
    ipsec_discard(ipsec, class_index); /* the newest packet is the one that is kept */
    ipsec->held[class_index] = *datagram;
    ipsec->held_ns[class_index] = ipsec->sim->now_ns;
    ipsec->holding |= 1u << class_index;
    sim_probe(ipsec->sim, MOMENT_packet_held, ipsec->actor, class_index, datagram->luck);
}

/* The packet that uses up an SA's bytes is its last one. */
static void count_bytes(struct child_sa *sa, uint32_t bytes)
{
    if (sa->bytes_left == NEVER_NS)
        return;
    sa->bytes_left -= bytes;
    if (sa->bytes_left <= 0)
        ipsec_remove(sa->host, class_of(sa), SA_END_lifetime);
}

enum ipsec_verdict ipsec_output(struct ipsec *ipsec, const struct datagram *datagram, uint32_t *spi)
{
    uint32_t class_index = datagram->selector;
    if (!(ipsec->protect >> class_index & 1))
        return IPSEC_CLEAR;
    struct child_sa *sa = &ipsec->sa[class_index];
    if (sa->up) {
        if (ipsec->stack->idle_reset == SA_IDLE_RESET_any)
            sa->touched_ns = ipsec->sim->now_ns;
        *spi = sa->spi;
        count_bytes(sa, datagram->bytes);
        return IPSEC_PROTECTED;
    }
    if (sa->soft)
        return IPSEC_CLEAR;
    sim_probe(ipsec->sim, MOMENT_acquire, ipsec->actor, class_index, datagram->luck);
    hold(ipsec, datagram);
    ipsec->upcalls.acquire(ipsec->ike, class_index);
    return IPSEC_HELD;
}

bool ipsec_input(struct ipsec *ipsec, uint32_t class_index, uint32_t spi, uint32_t bytes)
{
    struct child_sa *sa = &ipsec->sa[class_index];
    if (!sa->up || sa->spi != spi) {
        sim_probe(ipsec->sim, MOMENT_esp_dropped, ipsec->actor, class_index, spi);
        return false;
    }
    if (ipsec->stack->idle_reset != SA_IDLE_RESET_none)
        sa->touched_ns = ipsec->sim->now_ns;
    count_bytes(sa, bytes);
    return true;
}

bool ipsec_input_clear(struct ipsec *ipsec, const struct datagram *datagram)
{
    uint32_t class_index = datagram->selector;
    if (!(ipsec->protect >> class_index & 1) || ipsec->sa[class_index].soft ||
        ipsec->stack->inbound == SA_INBOUND_request)
        return true;
    ipsec->refused++;
    sim_probe(ipsec->sim, MOMENT_clear_dropped, ipsec->actor, class_index, datagram->luck);
    return false;
}

void ipsec_install_soft(struct ipsec *ipsec, uint32_t class_index, int64_t lifetime_ns)
{
    struct child_sa *sa = &ipsec->sa[class_index];
    CHECK(!sa->up);
    sa->soft = true;
    timer_cancel(ipsec->sim, &sa->life);
    timer_arm(ipsec->sim, &sa->life, ipsec->sim->now_ns + lifetime_ns);
    sim_probe(ipsec->sim, MOMENT_soft_sa_up, ipsec->actor, class_index, lifetime_ns);
}

void ipsec_install(struct ipsec *ipsec, uint32_t class_index, uint32_t spi,
                   const struct sa_life *life)
{
    struct child_sa *sa = &ipsec->sa[class_index];
    CHECK(!sa->soft);
    sa->up = true;
    sa->spi = spi;
    sa->idle_limit_ns = life->idle_ns;
    sa->touched_ns = life->touched_ns;
    sa->bytes_left = life->bytes > 0 ? life->bytes : NEVER_NS;
    timer_cancel(ipsec->sim, &sa->idle);
    timer_cancel(ipsec->sim, &sa->life);
    if (life->idle_ns > 0)
        timer_arm(ipsec->sim, &sa->idle, life->touched_ns + life->idle_ns);
    if (life->lifetime_ns > 0)
        timer_arm(ipsec->sim, &sa->life, ipsec->sim->now_ns + life->lifetime_ns);
    sim_probe(ipsec->sim, MOMENT_qm_sa_up, ipsec->actor, class_index, spi);
}

/* Traffic only notes when it passed; the timer looks at the note when it fires and sleeps on for
 * what is left. So a busy SA costs one event an idle time, not one a packet. */
static void idle_check(struct sim *sim, struct timer *timer)
{
    struct child_sa *sa = CONTAINER_OF(timer, struct child_sa, idle);
    int64_t due_ns = sa->touched_ns + sa->idle_limit_ns;
    if (due_ns > sim->now_ns)
        timer_arm(sim, timer, due_ns);
    else
        ipsec_remove(sa->host, class_of(sa), SA_END_idle);
}

static void life_over(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct child_sa *sa = CONTAINER_OF(timer, struct child_sa, life);
    ipsec_remove(sa->host, class_of(sa), SA_END_lifetime);
}

void ipsec_remove(struct ipsec *ipsec, uint32_t class_index, enum sa_end end)
{
    struct child_sa *sa = &ipsec->sa[class_index];
    enum moment_id gone = sa->soft ? MOMENT_soft_sa_gone : MOMENT_qm_sa_gone;
    if (!sa->up && !sa->soft)
        return;
    sa->up = sa->soft = false;
    timer_cancel(ipsec->sim, &sa->idle);
    timer_cancel(ipsec->sim, &sa->life);
    sim_probe(ipsec->sim, gone, ipsec->actor, class_index, end);
    ipsec->upcalls.expire(ipsec->ike, class_index, end);
}

bool ipsec_release(struct ipsec *ipsec, uint32_t class_index, struct datagram *datagram)
{
    if (!(ipsec->holding >> class_index & 1))
        return false;
    ipsec->holding &= ~(1u << class_index);
    *datagram = ipsec->held[class_index];
    return true;
}

void ipsec_discard(struct ipsec *ipsec, uint32_t class_index)
{
    struct datagram datagram;
    if (!ipsec_release(ipsec, class_index, &datagram))
        return;
    sim_probe(ipsec->sim, MOMENT_held_dropped, ipsec->actor, class_index, datagram.luck);
}
