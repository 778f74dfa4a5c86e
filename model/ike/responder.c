#include "ike/responder.h"

#include "moment/moment.h"

static void ended(void *host, struct ike_exchange *x, enum ike_effect effect)
{
    struct ike_responder *r = CONTAINER_OF(x->side, struct ike_responder, side);
    (void)host;
    CHECK(effect == EFFECT_UP);
    if (x == &r->mm) {
        r->mm_up = true;
        r->mm_cookie = x->cookie;
        sim_probe(r->side.sim, MOMENT_mm_sa_up, r->side.actor, x->cookie, 0);
    } else {
        ipsec_install(r->ipsec, x->class_index, x->id, 0, 0, r->side.sim->now_ns);
    }
}

void ike_responder_reset(struct ike_responder *r)
{
    struct ike_side side = r->side;
    struct ipsec *ipsec = r->ipsec;
    *r = (struct ike_responder){.side = side, .ipsec = ipsec};
    r->side.ended = ended;
    r->side.messages = r->side.retransmissions = 0;
}

void ike_responder_found(struct ike_responder *r, uint32_t classes)
{
    r->mm_up = true;
    r->mm_cookie = 0;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        if (classes >> c & 1)
            ipsec_install(r->ipsec, c, 0, 0, 0, r->side.sim->now_ns);
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
        ike_exchange_abort(qm);
        ike_exchange_start(qm, &r->side, &ike_qm_responder, m->class_index, m->cookie, m->id);
    }
    if (qm->active && qm->id == m->id)
        ike_exchange_hear(qm, m);
    else
        ignore(r, m);
}

void ike_responder_hear(struct ike_responder *r, const struct ike_message *m)
{
    switch (ike_message_facts[m->type].exchange) {
    case IKE_MM:
        hear_mm(r, m);
        break;
    case IKE_QM:
        hear_qm(r, m);
        break;
    default:
        ignore(r, m);
    }
}

static void send_delete(struct ike_responder *r, uint8_t type, uint32_t class_index, uint32_t id)
{
    struct ike_message message = {
        .type = type, .class_index = (uint8_t)class_index, .cookie = r->mm_cookie, .id = id};
    r->side.messages++;
    sim_probe(r->side.sim, MOMENT_ike_sent, r->side.actor, ike_tag(&message), 0);
    r->side.send(r->side.host, &message);
}

void ike_responder_remove_all(struct ike_responder *r)
{
    bool tell = r->side.stack->delete_kind != IKE_DELETE_none && r->mm_up;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++) {
        struct child_sa *sa = &r->ipsec->sa[c];
        if (!sa->up)
            continue;
        if (tell)
            send_delete(r, IKE_DELETE_QM, c, sa->spi);
        ipsec_remove(r->ipsec, c, SA_END_removed);
    }
    if (tell)
        send_delete(r, IKE_DELETE_MM, 0, 0);
    ike_responder_lose(r, SA_END_removed);
}

void ike_responder_lose(struct ike_responder *r, enum sa_end end)
{
    ike_exchange_abort(&r->mm);
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++) {
        ike_exchange_abort(&r->qm[c]);
        ipsec_remove(r->ipsec, c, end);
    }
    if (r->mm_up)
        sim_probe(r->side.sim, MOMENT_mm_sa_gone, r->side.actor, r->mm_cookie, end);
    r->mm_up = false;
}
