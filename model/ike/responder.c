#include "ike/responder.h"

#include "moment/moment.h"

/* The node's SAs end with it or with the front end's: what they would do later nobody waits for. */
static const struct sa_life without_end = {0};

static void ended(void *host, struct ike_exchange *x, enum ike_effect effect)
{
    struct ike_responder *r = CONTAINER_OF(x->side, struct ike_responder, side);
    (void)host;
    if (x->table->exchange == IKE_INFO)
        return; /* acknowledged or given up: the SA went when the DELETE was sent */
    CHECK(effect == EFFECT_UP);
    if (x == &r->mm) {
        r->mm_up = true;
        r->mm_cookie = x->cookie;
        sim_probe(r->side.sim, MOMENT_mm_sa_up, r->side.actor, x->cookie, 0);
    } else {
        ipsec_install(r->ipsec, x->class_index, x->id, &without_end);
    }
}

/* There are ten thousand responders, mostly with one class or two: what was not used is left alone.
 */
static void use_class(struct ike_responder *r, uint32_t c)
{
    r->used = c < r->used ? r->used : c + 1;
}

void ike_responder_reset(struct ike_responder *r)
{
    static const struct ike_exchange none = {0};
    for (uint32_t c = 0; c < r->used; c++)
        r->qm[c] = r->delete_qm[c] = none;
    r->mm = r->delete_mm = none;
    r->mm_up = r->fenced = false;
    r->mm_cookie = r->used = 0;
    r->side.ended = ended;
    r->side.messages = r->side.retransmissions = r->side.bytes = 0;
}

void ike_responder_found(struct ike_responder *r, uint32_t classes)
{
    r->mm_up = true;
    r->mm_cookie = 0;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        if (classes >> c & 1)
            ipsec_install(r->ipsec, c, 0, &without_end);
}

static void ignore(struct ike_responder *r, const struct ike_message *message)
{
    sim_probe(r->side.sim, MOMENT_ike_ignored, r->side.actor, ike_tag(message), 0);
}

static void hear_mm(struct ike_responder *r, const struct ike_message *m)
{
    bool newer = m->type == IKE_MM1 && m->cookie > r->mm.cookie;
    if (newer) {
        ike_exchange_abort(&r->mm);
        ike_exchange_start(&r->mm, &r->side, &ike_mm_responder, 0, m->cookie, 0);
    }
    if (r->mm.active && r->mm.cookie == m->cookie)
        ike_exchange_hear(&r->mm, m);
    else
        ignore(r, m);
}

/* A quick mode under an unknown main-mode SA cannot even be decrypted: dropped silently. */
static void hear_qm(struct ike_responder *r, const struct ike_message *m)
{
    struct ike_exchange *qm = &r->qm[m->class_index];
    if (!r->mm_up || r->mm_cookie != m->cookie) {
        ignore(r, m);
        return;
    }
    if (m->type == IKE_QM1 && (!qm->active || m->id > qm->id)) {
        use_class(r, m->class_index);
        ike_exchange_abort(qm);
        ike_exchange_start(qm, &r->side, &ike_qm_responder, m->class_index, m->cookie, m->id);
    }
    if (qm->active && qm->id == m->id)
        ike_exchange_hear(qm, m);
    else
        ignore(r, m);
}

static void hear_ack(struct ike_responder *r, const struct ike_message *m)
{
    struct ike_exchange *x =
        m->type == IKE_DELETE_MM_ACK ? &r->delete_mm : &r->delete_qm[m->class_index];
    if (x->active && x->cookie == m->cookie && x->id == m->id)
        ike_exchange_hear(x, m);
    else
        ignore(r, m);
}

void ike_responder_hear(struct ike_responder *r, const struct ike_message *m)
{
    uint8_t exchange = ike_message_facts[m->type].exchange;
    if (exchange == IKE_INFO)
        hear_ack(r, m);
    else if (r->fenced)
        ignore(r, m);
    else if (exchange == IKE_MM)
        hear_mm(r, m);
    else
        hear_qm(r, m);
}

static void abort_negotiations(struct ike_responder *r)
{
    ike_exchange_abort(&r->mm);
    for (uint32_t c = 0; c < r->used; c++)
        ike_exchange_abort(&r->qm[c]);
}

static void forget_mm(struct ike_responder *r, enum sa_end end)
{
    if (r->mm_up)
        sim_probe(r->side.sim, MOMENT_mm_sa_gone, r->side.actor, r->mm_cookie, end);
    r->mm_up = false;
}

/* Acknowledged DELETEs go only to a peer whose vendor ID says Windows XP (3) or later: Windows 2000
 * and others would not answer ([MS-IKEE] 3.8.4.1, notes <23>, <24>). */
static bool peer_acknowledges(const struct ike_responder *r)
{
    static const uint8_t version[] = {
#define X(name, number, words) number,
        STACK_PRODUCTS(X)
#undef X
    };
    return version[r->side.peer] >= 3;
}

void ike_responder_remove_all(struct ike_responder *r, bool fence)
{
    enum ike_delete kind = (enum ike_delete)r->side.stack->delete_kind;
    bool tell = kind != IKE_DELETE_none && r->mm_up;
    bool acknowledged = kind == IKE_DELETE_reliable && peer_acknowledges(r);
    r->fenced = fence;
    abort_negotiations(r);
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++) {
        struct child_sa *sa = &r->ipsec->sa[c];
        if (!sa->up)
            continue;
        if (tell) {
            use_class(r, c);
            ike_exchange_start_delete(&r->delete_qm[c], &r->side, &ike_delete_qm_initiator,
                                      (uint8_t)c, r->mm_cookie, sa->spi, acknowledged);
        }
        ipsec_remove(r->ipsec, c, SA_END_removed);
    }
    if (tell)
        ike_exchange_start_delete(&r->delete_mm, &r->side, &ike_delete_mm_initiator, 0,
                                  r->mm_cookie, 0, acknowledged);
    forget_mm(r, SA_END_removed);
}

void ike_responder_lose(struct ike_responder *r, enum sa_end end)
{
    abort_negotiations(r);
    ike_exchange_abort(&r->delete_mm);
    for (uint32_t c = 0; c < r->used; c++)
        ike_exchange_abort(&r->delete_qm[c]);
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        ipsec_remove(r->ipsec, c, end);
    forget_mm(r, end);
}
