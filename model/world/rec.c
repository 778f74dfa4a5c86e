#include "rec.h"

#include "cluster/cluster.h"
#include "ike/message.h"

const uint64_t rec_mask =
    MOMENT_BIT(client_host) | MOMENT_BIT(services_stop) | MOMENT_BIT(node_crash) |
    MOMENT_BIT(address_off) | MOMENT_BIT(node_change) | MOMENT_BIT(path) |
    MOMENT_BIT(services_online) | MOMENT_BIT(ike_listens) | MOMENT_BIT(sa_start) |
    MOMENT_BIT(acquire) | MOMENT_BIT(qm_sa_up) | MOMENT_BIT(qm_sa_gone) | MOMENT_BIT(mm_sa_up) |
    MOMENT_BIT(mm_sa_gone) | MOMENT_BIT(soft_sa_up) | MOMENT_BIT(ike_sent) | MOMENT_BIT(ike_heard) |
    MOMENT_BIT(ike_ignored) | MOMENT_BIT(ike_gave_up) | MOMENT_BIT(ike_aborted);

static const struct rec_class fresh_class = {.silence_ns = NEVER_NS,
                                             .gone_ns = NEVER_NS,
                                             .sa_end = -1,
                                             .acquire_ns = NEVER_NS,
                                             .stale_start_ns = NEVER_NS,
                                             .stale_end_ns = NEVER_NS,
                                             .qm_start_ns = NEVER_NS,
                                             .qm_done_ns = NEVER_NS,
                                             .waits_ns = NEVER_NS};

void rec_reset(struct rec *rec, struct row *row, int64_t start_ns, int32_t standby, uint32_t cookie,
               uint32_t front_end)
{
    *rec = (struct rec){.standby = actor_node((uint32_t)standby, front_end),
                        .start_ns = start_ns,
                        .healthy = true,
                        .standby_cookie = cookie,
                        .first_mm_start_ns = NEVER_NS,
                        .mm_start_ns = NEVER_NS,
                        .mm_done_ns = NEVER_NS,
                        .row = row};
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        rec->class[c] = fresh_class;
    *row = (struct row){0};
    for (uint32_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (row_columns[i].kind == ROW_moment || row_columns[i].kind == ROW_outcome ||
            row_columns[i].kind == ROW_client || row_columns[i].kind == ROW_phase ||
            !row_column_applies(i, ROW_SYSTEM_IPSEC))
            ((int64_t *)row)[i] = NEVER_NS;
    for (uint32_t c = 0; c < APP_CLASSES_MAX; c++)
        row->class[c].outage_ns = row->class[c].ipsec_ns = NEVER_NS;
}

void rec_no_sa(struct rec *rec, uint32_t class_index)
{
    rec->class[class_index].gone_ns = rec->start_ns;
    rec->class[class_index].given_up = true; /* idle, before the start */
}

/* Milestones never go backwards: a class may join a chain that another class began. */
static int64_t later(int64_t milestone_ns, int64_t ns)
{
    return ns == NEVER_NS || ns < milestone_ns ? milestone_ns : ns;
}

static void put_moments(const struct rec *rec, const struct rec_class *class)
{
    struct row *row = rec->row;
    row->idle_expiry_ns = class->gone_ns > rec->start_ns ? class->gone_ns : NEVER_NS;
    row->silence_ns = class->silence_ns;
    row->sa_end = class->sa_end;
    row->acquire_ns = class->acquire_ns;
    row->stale_qm_start_ns = class->stale_start_ns;
    row->mm_start_ns = rec->mm_start_ns;
    row->mm_done_ns = rec->mm_done_ns;
    row->qm_done_ns = class->qm_done_ns;
}

/* ipsec_ns is known: the phases up to it belong to this class's chain. */
static void close_chain(struct rec *rec, struct rec_class *class, int64_t now_ns)
{
    struct row *row = rec->row;
    row->ipsec_ns = now_ns;
    put_moments(rec, class);
    if (row->outage_ns != NEVER_NS)
        return; /* it was over without IPsec: a soft SA */
    int64_t gone = later(0, class->gone_ns);
    int64_t stale_start = later(gone, class->stale_start_ns);
    int64_t stale_end = later(stale_start, class->stale_end_ns);
    int64_t wait_end =
        class->stale_start_ns != NEVER_NS ? stale_start : later(gone, rec->first_mm_start_ns);
    stale_end = later(wait_end, stale_end);
    int64_t mm_start = later(stale_end, rec->mm_start_ns);
    int64_t mm_done = later(mm_start, rec->mm_done_ns);
    int64_t qm_start = later(mm_done, class->qm_start_ns);
    row->phase_detect_ns = gone;
    row->phase_wait_ns = wait_end - gone;
    row->phase_stale_qm_ns = stale_end - wait_end;
    row->phase_mm_failed_ns = mm_start - stale_end;
    row->phase_mm_ns = mm_done - mm_start;
    row->phase_qm_wait_ns = qm_start - mm_done;
    row->phase_qm_ns = now_ns - qm_start;
}

static void sent(struct rec *rec, int64_t now_ns, struct ike_message m)
{
    struct rec_class *class = &rec->class[m.class_index];
    if (m.copy > 0)
        return;
    if (m.type == IKE_MM1) {
        rec->mm_cookie = m.cookie;
        rec->mm_start_ns = now_ns;
        rec->mm_done_ns = NEVER_NS;
        if (rec->first_mm_start_ns == NEVER_NS)
            rec->first_mm_start_ns = now_ns;
    } else if (m.type == IKE_QM1) {
        if (rec->mm_start_ns == NEVER_NS && class->stale_start_ns == NEVER_NS)
            class->stale_start_ns = now_ns;
        class->qm_id = m.id;
        class->qm_cookie = m.cookie;
        class->qm_start_ns = now_ns;
        class->qm_done_ns = NEVER_NS;
        class->front_end_up = class->node_up = false;
    }
}

/* The class has an SA with the first node: its chain has not begun yet. */
static void begin_anew(struct rec_class *class)
{
    int64_t silence_ns = class->silence_ns;
    *class = fresh_class;
    class->has_sa = true;
    class->silence_ns = silence_ns;
}

static void wait_ends(struct rec *rec, struct rec_class *class, int64_t now_ns)
{
    if (rec->healthy && class->given_up && class->waits_ns != NEVER_NS)
        rec->cut_ns += now_ns - class->waits_ns;
    class->given_up = false;
    class->waits_ns = NEVER_NS;
}

static void quick_mode_up(struct rec *rec, const struct moment *m)
{
    struct rec_class *class = &rec->class[m->a];
    bool node = actor_kind(m->actor) == ACTOR_NODE;
    if (!node) {
        class->has_sa = true;
        wait_ends(rec, class, m->time_ns);
    }
    if (!node && class->qm_cookie != rec->standby_cookie) {
        begin_anew(class); /* its last message was under way when the first node went */
        return;
    }
    if (class->qm_start_ns == NEVER_NS || m->b != class->qm_id ||
        (node && m->actor != rec->standby))
        return;
    if (!node)
        class->qm_done_ns = m->time_ns;
    *(node ? &class->node_up : &class->front_end_up) = true;
    if (!class->node_up || !class->front_end_up || rec->elsewhere)
        return;
    if (rec->row->class[m->a].ipsec_ns == NEVER_NS)
        rec->row->class[m->a].ipsec_ns = m->time_ns;
    if (rec->row->ipsec_ns == NEVER_NS)
        close_chain(rec, class, m->time_ns);
}

/* Main mode is of use only with the node that takes over; one with the first node, whose last
 * message was under way when that node went, is as stale as the SA at the start. */
static void main_mode_up(struct rec *rec, const struct moment *m)
{
    if (m->actor == rec->standby)
        rec->standby_cookie = (uint32_t)m->a;
    if (actor_kind(m->actor) != ACTOR_FRONT_END || m->a != rec->mm_cookie)
        return;
    if (rec->standby_cookie == rec->mm_cookie)
        rec->mm_done_ns = m->time_ns;
    else
        rec->first_mm_start_ns = rec->mm_start_ns = rec->mm_done_ns = NEVER_NS;
}

/* A quick mode under the stale main-mode SA has ended in vain. */
static void quick_mode_over(struct rec *rec, int64_t now_ns, struct ike_message m)
{
    struct rec_class *class = &rec->class[m.class_index];
    bool quick = ike_message_facts[m.type].exchange == IKE_QM;
    if (quick && class->stale_start_ns != NEVER_NS && class->stale_end_ns == NEVER_NS)
        class->stale_end_ns = now_ns;
}

static void quick_mode_gone(struct rec *rec, const struct moment *m)
{
    struct rec_class *class = &rec->class[m->a];
    if (actor_kind(m->actor) != ACTOR_FRONT_END)
        return;
    class->has_sa = false;
    if (rec->healthy && m->b == SA_END_idle) {
        class->given_up = true;
        rec->row->teardowns++;
        rec->row->teardowns_idle++;
    }
    if (class->gone_ns != NEVER_NS)
        return;
    class->gone_ns = m->time_ns;
    class->sa_end = m->b;
}

/* A main-mode SA that is healthy is given up because a quick mode under it was tried in vain: what
 * waited for that quick mode waited for nothing. */
static void main_mode_gone(struct rec *rec, const struct moment *m)
{
    if (!rec->healthy || actor_kind(m->actor) != ACTOR_FRONT_END || m->b != SA_END_given_up)
        return;
    rec->row->teardowns++;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        rec->class[c].given_up |= rec->class[c].waits_ns != NEVER_NS;
}

static void packet_without_sa(struct rec *rec, const struct moment *m)
{
    struct rec_class *class = &rec->class[m->a];
    if (class->waits_ns == NEVER_NS)
        class->waits_ns = m->time_ns;
    if (class->acquire_ns == NEVER_NS)
        class->acquire_ns = m->time_ns;
}

/* A front end that has an SA in the instant of the failure begins a new chain: whatever it
 * negotiated with the first node before does not belong to the recovery. A chain that has begun
 * before (its SAs were deleted ahead of the move) goes on. */
static void failure(struct rec *rec, int64_t now_ns)
{
    struct row *row = rec->row;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        wait_ends(rec, &rec->class[c], now_ns);
    rec->healthy = false;
    row->vip_up_ns = row->ipsec_ns = row->app_ready_ns = NEVER_NS;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        if (rec->class[c].has_sa)
            begin_anew(&rec->class[c]);
    if (rec->mm_done_ns != NEVER_NS || rec->mm_start_ns == NEVER_NS)
        rec->first_mm_start_ns = rec->mm_start_ns = rec->mm_done_ns = NEVER_NS;
}

static void address_gone(struct rec *rec, const struct moment *m)
{
    struct row *row = rec->row;
    if (row->vip_gone_ns == NEVER_NS)
        row->vip_gone_ns = m->time_ns;
    else if (rec->moves_back && row->failback_gone_ns == NEVER_NS)
        row->failback_gone_ns = m->time_ns;
    if (!rec->over)
        failure(rec, m->time_ns);
}

/* IKE is answered: by a node that has no SAs with the front end, unless it is the one that was
 * waited for. */
static void listens(struct rec *rec, const struct moment *m)
{
    uint32_t node = actor_node_index(m->actor);
    if (node != actor_node_index(rec->standby)) {
        rec->standby = actor_node(node, actor_front_end(rec->standby));
        rec->standby_cookie = REC_NO_SA;
    }
    if (!rec->over || rec->row->vip_up_ns == NEVER_NS) /* else it is another takeover */
        rec->row->vip_up_ns = m->time_ns;
}

/* The path or the node is back and has kept its SAs: what the front end still has is of use. */
static void usable_again(struct rec *rec, int64_t now_ns)
{
    if (rec->row->vip_up_ns == NEVER_NS)
        rec->row->vip_up_ns = now_ns;
    if (rec->elsewhere)
        return; /* of none, until its packets meet them */
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++)
        if (rec->class[c].has_sa && rec->row->ipsec_ns == NEVER_NS) {
            rec->class[c].gone_ns = now_ns; /* until then it was of none */
            close_chain(rec, &rec->class[c], now_ns);
            rec->class[c].gone_ns = rec->row->idle_expiry_ns = NEVER_NS;
        }
}

/* NLB: its host goes on, another one has its part from now on, or its host does not answer. */
static void host_told(struct rec *rec, const struct moment *m)
{
    struct row *row = rec->row;
    uint32_t who = actor_node((uint32_t)m->a, actor_front_end(rec->standby));
    if (rec->healthy)
        failure(rec, m->time_ns);
    if (m->b == 1 && (row->vip_up_ns == NEVER_NS || row->ipsec_ns == NEVER_NS)) {
        usable_again(rec, m->time_ns);
        if (row->app_ready_ns == NEVER_NS)
            row->app_ready_ns = m->time_ns;
    } else if (who != rec->standby) {
        rec->standby = who;
        rec->standby_cookie = REC_NO_SA;
        if (row->vip_up_ns == NEVER_NS) /* later it is because its session has ended */
            row->vip_up_ns = row->app_ready_ns = m->time_ns;
        if (row->vip_gone_ns == NEVER_NS)
            row->vip_gone_ns = m->time_ns;
    }
}

static void node_changed(struct rec *rec, const struct moment *m)
{
    if (m->a == NODE_hangs)
        address_gone(rec, m);
    else if (m->a == NODE_runs && m->b)
        usable_again(rec, m->time_ns);
}

static void path_changed(struct rec *rec, const struct moment *m)
{
    if (!m->a) {
        failure(rec, m->time_ns);
        return;
    }
    usable_again(rec, m->time_ns);
    rec->row->app_ready_ns = 0; /* no service has stopped */
}

/* What was negotiated with a node that leaves or dies is of no use from then on, even if its last
 * message is still under way. */
static void node_leaves(struct rec *rec, const struct moment *m)
{
    if (actor_node_index(m->actor) == actor_node_index(rec->standby))
        rec->standby_cookie = REC_NO_SA;
    address_gone(rec, m);
}

/* The DELETE of which SA. */
static uint32_t delete_bit(struct ike_message m)
{
    if (m.type == IKE_DELETE_MM)
        return UINT32_C(1) << 31;
    return m.type == IKE_DELETE_QM ? UINT32_C(1) << m.class_index : 0;
}

static void rec_hear(struct rec *rec, const struct moment *m)
{
    struct row *row = rec->row;
    bool front_end = actor_kind(m->actor) == ACTOR_FRONT_END;
    if (front_end && actor_part(m->actor) >= ACTOR_PART_PEER)
        return; /* its SAs with a domain controller have no part in the outage */
    /* The classes that follow the first one still count; what a second move brings does not, but
     * that IKE listens, which who is back in clear may not have seen before. */
    if (rec->over && rec->moves_back &&
        !(m->id == MOMENT_address_off || m->id == MOMENT_services_online ||
          m->id == MOMENT_ike_listens))
        return;
    switch (m->id) {
    case MOMENT_services_stop:
        if (rec->healthy)
            row->stop_ns = m->time_ns;
        else
            rec->moves_back = true;
        break;
    case MOMENT_node_crash:
    case MOMENT_address_off:
        node_leaves(rec, m);
        break;
    case MOMENT_node_change:
        node_changed(rec, m);
        break;
    case MOMENT_client_host:
        host_told(rec, m);
        break;
    case MOMENT_path:
        path_changed(rec, m);
        break;
    case MOMENT_ike_listens:
        listens(rec, m);
        break;
    case MOMENT_services_online:
        if (row->app_ready_ns == NEVER_NS)
            row->app_ready_ns = m->time_ns;
        break;
    case MOMENT_sa_start:
        rec->class[m->a].silence_ns = m->b;
        break;
    case MOMENT_acquire:
        packet_without_sa(rec, m);
        break;
    case MOMENT_qm_sa_up:
        quick_mode_up(rec, m);
        break;
    case MOMENT_qm_sa_gone:
        quick_mode_gone(rec, m);
        break;
    case MOMENT_soft_sa_up:
        row->soft_sas++;
        break;
    case MOMENT_mm_sa_up:
        main_mode_up(rec, m);
        break;
    case MOMENT_ike_sent:
        if (front_end)
            sent(rec, m->time_ns, ike_message_of_tag(m->a));
        else if (!rec->over)
            rec->deletes_out |= delete_bit(ike_message_of_tag(m->a));
        break;
    case MOMENT_ike_heard:
    case MOMENT_ike_ignored: /* its SA had gone by itself */
        if (front_end)
            rec->deletes_out &= ~delete_bit(ike_message_of_tag(m->a));
        break;
    case MOMENT_mm_sa_gone:
        main_mode_gone(rec, m);
        break;
    case MOMENT_ike_gave_up:
    case MOMENT_ike_aborted:
        if (front_end)
            quick_mode_over(rec, m->time_ns, ike_message_of_tag(m->a));
        break;
    default:
        break;
    }
}

static const uint64_t cluster_mask = MOMENT_BIT(services_stop) | MOMENT_BIT(node_crash) |
                                     MOMENT_BIT(address_off) | MOMENT_BIT(node_change) |
                                     MOMENT_BIT(path) | MOMENT_BIT(services_online) |
                                     MOMENT_BIT(ike_listens);

void recs_hear(void *vrecs, const struct moment *m)
{
    struct recs *recs = vrecs;
    if (!(cluster_mask >> m->id & 1)) {
        uint32_t number = actor_front_end(m->actor);
        if (number < recs->count) /* none in a trial of the other system */
            rec_hear(&recs->rec[number], m);
        return;
    }
    for (uint32_t i = 0; i < recs->count; i++)
        rec_hear(&recs->rec[i], m);
}

int64_t rec_deletes_lost(const struct rec *rec)
{
    return __builtin_popcount(rec->deletes_out);
}

int64_t rec_cut_ns(const struct rec *rec, int64_t end_ns)
{
    int64_t cut_ns = rec->cut_ns;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++) {
        const struct rec_class *class = &rec->class[c];
        if (rec->healthy && class->given_up && class->waits_ns != NEVER_NS)
            cut_ns += end_ns - class->waits_ns;
    }
    return cut_ns;
}

void rec_censored(struct rec *rec)
{
    const struct rec_class *first = NULL;
    for (uint32_t c = 0; c < IPSEC_CLASSES_MAX; c++) {
        const struct rec_class *class = &rec->class[c];
        if (class->gone_ns != NEVER_NS && (first == NULL || class->gone_ns < first->gone_ns))
            first = class;
    }
    if (rec->row->ipsec_ns == NEVER_NS && first != NULL)
        put_moments(rec, first);
}

/* With a soft SA, or where nothing is protected, no part of the outage is IPsec's. */
static void close_phases(struct row *row, int64_t now_ns)
{
    if (row->ipsec_ns != NEVER_NS) {
        row->phase_app_ns = now_ns - row->ipsec_ns;
        return;
    }
    row->phase_detect_ns = row->phase_wait_ns = row->phase_stale_qm_ns = 0;
    row->phase_mm_failed_ns = row->phase_mm_ns = row->phase_qm_wait_ns = row->phase_qm_ns = 0;
    row->phase_app_ns = now_ns;
}

void rec_recovered(struct rec *rec, int64_t now_ns)
{
    struct row *row = rec->row;
    if (!rec->over) {
        rec->over = true;
        row->outage_ns = now_ns;
        close_phases(row, now_ns);
    }
    if (row->failback_gone_ns != NEVER_NS && row->failback_outage_ns == NEVER_NS)
        row->failback_outage_ns = now_ns - row->failback_gone_ns;
}
