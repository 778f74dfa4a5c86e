#include "ike/peer.h"

#include "moment/moment.h"

static void input(struct ike_peer *peer, uint32_t c, enum peer_input on);

static void input_all(struct ike_peer *peer, enum peer_input on)
{
    for (uint32_t c = 0; c < peer->classes; c++)
        if (peer->ipsec->protect >> c & 1)
            input(peer, c, on);
}

static void start_qm(struct ike_peer *peer, uint32_t c)
{
    const struct stack_params *stack = peer->side.stack;
    ike_exchange_start(&peer->qm[c], &peer->side, &ike_qm_initiator, (uint8_t)c, peer->cookie,
                       ++peer->quick_modes[c]);
    if (stack->fallback && stack->fallback_quick_mode)
        ike_exchange_limit_silence(&peer->qm[c], stack->fallback_wait_ns);
}

static void start_mm(struct ike_peer *peer)
{
    peer->cookie++;
    ike_exchange_start(&peer->mm, &peer->side, &ike_mm_initiator, 0, peer->cookie, 0);
    if (peer->side.stack->fallback)
        ike_exchange_limit_silence(&peer->mm, peer->side.stack->fallback_wait_ns);
}

static void drop_mm(struct ike_peer *peer, enum sa_end end)
{
    if (!peer->mm_up)
        return;
    peer->mm_up = false;
    timer_cancel(peer->side.sim, &peer->mm_life);
    sim_probe(peer->side.sim, MOMENT_mm_sa_gone, peer->side.actor, peer->cookie, end);
    input_all(peer, PEER_ON_MM_GONE);
}

static void make_soft(struct ike_peer *peer, uint32_t c)
{
    ipsec_install_soft(peer->ipsec, c, peer->side.stack->soft_lifetime_ns);
    peer->ready(peer->side.host, c);
}

static void act(struct ike_peer *peer, uint32_t c, enum peer_action action)
{
    switch (action) {
    case PEER_DO_START_QM:
        start_qm(peer, c);
        break;
    case PEER_DO_START_MM:
        start_mm(peer);
        break;
    case PEER_DO_DROP_MM:
        ipsec_discard(peer->ipsec, c);
        drop_mm(peer, SA_END_given_up);
        break;
    case PEER_DO_ABORT_QM:
        ike_exchange_abort(&peer->qm[c]);
        ipsec_discard(peer->ipsec, c);
        break;
    case PEER_DO_DISCARD:
        ipsec_discard(peer->ipsec, c);
        break;
    case PEER_DO_SOFT:
        make_soft(peer, c);
        break;
    case PEER_DO_SOFT_DROP_MM:
        make_soft(peer, c);
        drop_mm(peer, SA_END_given_up);
        break;
    case PEER_DO_NOTHING:
        break;
    }
}

static bool negotiates(const struct ike_peer *peer, uint32_t c)
{
    return peer->qm[c].active || (peer->state[c] == PEER_MM_NEW && peer->mm.active);
}

bool ike_peer_is_busy(const struct ike_peer *peer, uint32_t c)
{
    bool without = peer->state[c] == PEER_QM_RETRY || peer->state[c] == PEER_MM_NEW;
    return without && negotiates(peer, c);
}

static void input(struct ike_peer *peer, uint32_t c, enum peer_input on)
{
    bool busy = negotiates(peer, c);
    bool held = peer->ipsec->holding >> c & 1;
    const struct peer_row *row =
        peer_row_find(peer->state[c], (uint8_t)on, peer->mm_up, busy, held);
    if (row == NULL)
        return; /* nothing to learn: e.g. a main mode came up while this class has its SA */
    peer->state[c] = row->to;
    sim_probe(peer->side.sim, MOMENT_relation, peer->side.actor, c, row - peer_rows);
    act(peer, c, (enum peer_action)row->action);
}

static void deleted(struct ike_peer *peer, const struct ike_exchange *x);

static void mm_life_over(struct sim *sim, struct timer *timer)
{
    (void)sim;
    drop_mm(CONTAINER_OF(timer, struct ike_peer, mm_life), SA_END_lifetime);
}

static void mm_is_up(struct ike_peer *peer, int64_t left_ns)
{
    peer->mm_up = true;
    if (left_ns > 0)
        timer_arm(peer->side.sim, &peer->mm_life, peer->side.sim->now_ns + left_ns);
    sim_probe(peer->side.sim, MOMENT_mm_sa_up, peer->side.actor, peer->cookie, 0);
}

void ike_peer_set_fast_failover(struct ike_peer *peer, bool nlbs_present_seen)
{
    const struct stack_params *stack = peer->side.stack;
    bool told = nlbs_present_seen || stack->nlbs_flags != 0;
    peer->fast_failover = told && stack->fast_failover != 0;
    peer->side.qm_limit_ns = peer->fast_failover ? stack->nlbs_qm_retransmit_ns : 0;
}

int64_t ike_peer_idle_ns(const struct ike_peer *peer)
{
    const struct stack_params *stack = peer->side.stack;
    return peer->fast_failover ? stack->idle_failover_ns : stack->idle_ns;
}

static void qm_is_up(struct ike_peer *peer, const struct ike_exchange *x)
{
    const struct stack_params *stack = peer->side.stack;
    struct sa_life life = {.idle_ns = ike_peer_idle_ns(peer),
                           .lifetime_ns = stack->qm_lifetime_ns,
                           .bytes = stack->qm_lifetime_kb * 1000,
                           .touched_ns = peer->side.sim->now_ns};
    peer->parent[x->class_index] = x->cookie;
    ipsec_install(peer->ipsec, x->class_index, x->id, &life);
    input(peer, x->class_index, PEER_ON_QM_UP);
    peer->ready(peer->side.host, x->class_index);
}

static void ended(void *host, struct ike_exchange *x, enum ike_effect effect)
{
    struct ike_peer *peer = CONTAINER_OF(x->side, struct ike_peer, side);
    (void)host;
    bool up = effect == EFFECT_UP;
    if (effect == EFFECT_SILENT && x == &peer->mm) {
        input_all(peer, PEER_ON_SILENT);
    } else if (effect == EFFECT_SILENT) {
        input(peer, x->class_index, PEER_ON_SILENT);
    } else if (x->table->exchange == IKE_INFO) {
        deleted(peer, x);
    } else if (x == &peer->mm && up) {
        ike_peer_set_fast_failover(peer, x->nlbs);
        mm_is_up(peer, peer->side.stack->mm_lifetime_ns);
        input_all(peer, PEER_ON_MM_UP);
    } else if (x == &peer->mm) {
        input_all(peer, PEER_ON_MM_FAILED);
    } else if (up) {
        qm_is_up(peer, x);
    } else {
        input(peer, x->class_index, PEER_ON_QM_FAILED);
    }
}

/* What the trial before left; of classes that it did not have nothing. */
static void forget(struct ike_peer *peer)
{
    static const struct ike_exchange none = {0};
    for (uint32_t c = 0; c < peer->classes; c++) {
        peer->qm[c] = peer->delete_qm[c] = none;
        peer->quick_modes[c] = 0;
        peer->state[c] = 0;
    }
    peer->mm = peer->delete_mm = none;
    peer->mm_up = false;
    peer->cookie = 0;
}

void ike_peer_reset(struct ike_peer *peer, uint32_t classes, int64_t mm_left_ns)
{
    forget(peer);
    peer->classes = classes;
    peer->side.ended = ended;
    peer->side.messages = peer->side.retransmissions = peer->side.bytes = 0;
    timer_init(&peer->mm_life, mm_life_over, 1);
    bool found = mm_left_ns != IKE_NO_MAIN_MODE;
    for (uint32_t c = 0; c < classes; c++)
        peer->state[c] = found ? PEER_QM_RETRY : PEER_MM_NEW;
    if (found)
        mm_is_up(peer, mm_left_ns);
}

void ike_peer_found(struct ike_peer *peer, uint32_t c, const struct sa_life *life)
{
    peer->state[c] = PEER_UP;
    peer->parent[c] = peer->cookie;
    ipsec_install(peer->ipsec, c, 0, life);
}

void ike_peer_acquire(void *vpeer, uint32_t class_index)
{
    input(vpeer, class_index, PEER_ON_PACKET);
}

/* A quick mode that is being tried is no child yet: else the stale main-mode SA of two classes would
 * outlive both of their SAs, and with it the KB's minute. Neither is an SA of an earlier main mode,
 * whose end says nothing of this one. */
static bool was_last_child(const struct ike_peer *peer, uint32_t class_index)
{
    for (uint32_t c = 0; c < peer->classes; c++)
        if (peer->ipsec->sa[c].up && peer->parent[c] == peer->cookie)
            return false;
    return peer->parent[class_index] == peer->cookie;
}

void ike_peer_expire(void *vpeer, uint32_t class_index, enum sa_end end)
{
    struct ike_peer *peer = vpeer;
    (void)end;
    if (peer->state[class_index] == PEER_SOFT) {
        input(peer, class_index, PEER_ON_SOFT_GONE);
        return;
    }
    if (peer->side.stack->mm_dies_with_last_qm && was_last_child(peer, class_index))
        drop_mm(peer, SA_END_last_child);
    input(peer, class_index, PEER_ON_QM_GONE);
}

void ike_peer_lost(struct ike_peer *peer)
{
    input_all(peer, PEER_ON_PEER_LOST);
}

static void ignore(struct ike_peer *peer, const struct ike_message *message)
{
    sim_probe(peer->side.sim, MOMENT_ike_ignored, peer->side.actor, ike_tag(message), 0);
}

/* A DELETE is authenticated by keys of the SAs it speaks of: about others nothing can be heard.
 * Once one has been heard its repetitions get the cached acknowledgement. */
static void hear_delete(struct ike_peer *peer, const struct ike_message *m)
{
    bool mm = m->type == IKE_DELETE_MM;
    const struct child_sa *sa = &peer->ipsec->sa[m->class_index];
    struct ike_exchange *x = mm ? &peer->delete_mm : &peer->delete_qm[m->class_index];
    bool known = mm ? peer->mm_up && peer->cookie == m->cookie : sa->up && sa->spi == m->id;
    bool heard = x->active && x->cookie == m->cookie && x->id == m->id;
    if (!heard && known)
        ike_exchange_start_delete(x, &peer->side,
                                  mm ? &ike_delete_mm_responder : &ike_delete_qm_responder,
                                  m->class_index, m->cookie, m->id, m->option);
    if (heard || known)
        ike_exchange_hear(x, m);
    else
        ignore(peer, m);
}

static void deleted(struct ike_peer *peer, const struct ike_exchange *x)
{
    const struct child_sa *sa = &peer->ipsec->sa[x->class_index];
    if (x == &peer->delete_mm) {
        if (peer->mm_up && peer->cookie == x->cookie)
            drop_mm(peer, SA_END_deleted);
    } else if (sa->up && sa->spi == x->id) {
        ipsec_remove(peer->ipsec, x->class_index, SA_END_deleted);
    }
}

void ike_peer_hear(struct ike_peer *peer, const struct ike_message *m)
{
    switch (ike_message_facts[m->type].exchange) {
    case IKE_INFO:
        hear_delete(peer, m);
        return;
    case IKE_MM:
        if (peer->mm.active && peer->mm.cookie == m->cookie)
            ike_exchange_hear(&peer->mm, m);
        else
            ignore(peer, m);
        return;
    default: {
        struct ike_exchange *qm = &peer->qm[m->class_index];
        if (qm->active && qm->cookie == m->cookie && qm->id == m->id)
            ike_exchange_hear(qm, m);
        else
            ignore(peer, m);
    }
    }
}
