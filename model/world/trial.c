/* One trial: from its steady state to the last front end's first good answer, and the rows. */
#include <gsl/gsl_sort_long.h>

#include "inside.h"

/* The node of a server cluster that has the address, or the host that NLB has mapped it to. */
static void find_host(struct world *w, uint32_t number)
{
    struct world_front_end *fe = &w->front_end[number];
    bool nlb = w->params->cluster.kind == CLUSTER_nlb;
    fe->client.host = -1;
    fe->host = (int32_t)w->params->cluster.active;
    if (nlb)
        fe->host = nlb_first_message(&w->cluster.nlb, &fe->client, number, true);
    fe->first_host = fe->host;
}

/* Who is to serve after the failure, and whether it knows the front end's SAs. */
static void reset_rec(struct world *w, uint32_t number, int64_t start_ns)
{
    const struct cluster_params *cluster = &w->params->cluster;
    int64_t kind = w->params->failure.kind;
    bool nlb = cluster->kind == CLUSTER_nlb;
    bool keeps = nlb || kind == FAILURE_hang || kind == FAILURE_link;
    bool same = keeps || kind == FAILURE_restart;
    rec_reset(&w->rec[number], &w->row[number], start_ns,
              same ? w->front_end[number].host : (int32_t)cluster->standby, keeps ? 0 : REC_NO_SA,
              number);
    w->rec[number].elsewhere = world_esp_goes_elsewhere(&w->front_end[number]);
}

/* Which nodes there are, before anything is reset. */
static void list_nodes(struct world *w, const struct cluster_params *cluster)
{
    w->nodes = 0;
    if (cluster->kind == CLUSTER_mscs) {
        w->node[w->nodes++].index = (int32_t)cluster->active;
        w->node[w->nodes++].index = (int32_t)cluster->standby;
        return;
    }
    for (int32_t i = 0; i < CLUSTER_HOSTS_MAX; i++)
        if (cluster->hosts >> i & 1 || i == cluster->standby)
            w->node[w->nodes++].index = i;
}

static bool starts_bound(const struct world *w, int32_t index)
{
    const struct cluster_params *cluster = &w->params->cluster;
    if (cluster->kind == CLUSTER_nlb)
        return index != cluster->standby;
    return index == cluster->active;
}

static void reset(struct world *w, const struct params *params, const struct luck *luck)
{
    w->params = params;
    w->luck = *luck;
    w->protect = params_protected(params);
    w->cluster_classes = params_classes_of(params, -1);
    w->front_ends = w->cut_off = w->recs.count = (uint32_t)params->front_end.count;
    int64_t start_ns = cluster_start_ns(&params->cluster, &params->failure, &w->luck);
    sim_reset(&w->sim, start_ns);
    list_nodes(w, &params->cluster);
    world_reserve(w, w->front_ends);
    net_reset(&w->net);
    segment_reset(&w->segment, &w->net, &params->arp, (int32_t)params->cluster.active, w->neighbour,
                  w->front_ends);
    for (uint32_t i = 0; i < w->nodes; i++)
        world_node_reset(w, &w->node[i], w->node[i].index);
    for (int64_t i = 0; i < params->peers; i++) {
        cpu_reset(&w->peer_cpu[i], &w->sim, &w->luck,
                  actor_id(ACTOR_CPU, 0, (uint32_t)params->peer[i].node),
                  &params->node[params->peer[i].node]);
        inbox_reset(&w->peer_inbox[i], &w->sim, remote_host_hear, NULL);
    }
    for (uint32_t i = 0; i < w->front_ends; i++)
        world_front_end_reset(w, i);
    cluster_reset(&w->cluster, &w->sim, &w->luck, &params->cluster, &params->failure,
                  params->resource, (uint32_t)params->resources, world_upcalls, w);
    for (uint32_t i = 0; i < w->front_ends; i++) {
        find_host(w, i);
        reset_rec(w, i, start_ns);
        world_front_end_settle(&w->front_end[i]);
    }
    for (uint32_t i = 0; i < w->nodes; i++)
        w->node[i].listens = w->node[i].bound = starts_bound(w, w->node[i].index);
    world_quiet_begin(w);
}

/* ---- rows ---- */

static void fill_exposure(const struct world *w, uint32_t number)
{
    const struct world_front_end *fe = &w->front_end[number];
    const struct app_client *app = &fe->app;
    struct row *row = &w->row[number];
    struct app_exposure exposed = app_client_exposure(app);
    bool fails = w->params->failure.kind != FAILURE_none;
    row->requests_clear = (int64_t)exposed.requests;
    row->passwords_clear = (int64_t)exposed.passwords;
    if (!w->rec[number].over && fails) { /* the outage goes on */
        row->requests_clear_outage = row->requests_clear;
        row->passwords_clear_outage = row->passwords_clear;
    }
    for (int32_t c = 0; c < w->params->classes; c++) {
        struct row_class *class = &row->class[c];
        if (!(world_front_end_asked(fe) >> c & 1))
            class->outage_ns = 0;
        class->requests_lost = (int64_t)app->class_lost[c];
        class->requests_clear = (int64_t)app->exposed[c].requests;
        class->passwords_clear = (int64_t)app->exposed[c].passwords;
        if (class->outage_ns == NEVER_NS && fails) {
            class->requests_clear_outage = class->requests_clear;
            class->passwords_clear_outage = class->passwords_clear;
        }
    }
}

/* A node's side of a front end's negotiations. */
static void add_side(const struct world_side *side, struct row *row)
{
    row->clear_refused += (int64_t)side->ipsec.refused;
    row->ike_messages += (int64_t)side->responder.side.messages;
    row->ike_retransmissions += (int64_t)side->responder.side.retransmissions;
    row->ike_bytes += (int64_t)side->responder.side.bytes;
}

/* What went to and from other hosts than the cluster. */
static void add_remotes(const struct world *w, const struct world_front_end *fe, struct row *row)
{
    for (int64_t i = 0; i < w->params->peers; i++) {
        const struct remote *r = &fe->remote[i];
        const struct ike_side *a = &r->peer.side, *b = &r->responder.side;
        row->packets_sent += (int64_t)(r->uplink.sent + r->downlink.sent);
        row->packets_lost += (int64_t)(r->uplink.lost + r->downlink.lost);
        row->packets_dropped += (int64_t)r->dropped;
        row->ike_messages += (int64_t)(a->messages + b->messages);
        row->ike_retransmissions += (int64_t)(a->retransmissions + b->retransmissions);
        row->ike_bytes += (int64_t)(a->bytes + b->bytes);
    }
}

/* A front end's own row. What nodes and engine do for all of them is not in it. */
static void fill_front_end(const struct world *w, uint32_t number)
{
    const struct world_front_end *fe = &w->front_end[number];
    struct row *row = &w->row[number];
    row->trial = (int64_t)w->luck.trial;
    row->status = fe->recovered ? ROW_RECOVERED : ROW_CENSORED;
    if (w->params->failure.kind == FAILURE_none)
        row->status = ROW_STEADY;
    row->deletes_lost = rec_deletes_lost(&w->rec[number]);
    row->packets_sent = (int64_t)(fe->uplink.sent + fe->downlink.sent);
    row->packets_lost = (int64_t)(fe->uplink.lost + fe->downlink.lost);
    row->packets_dropped = (int64_t)fe->dropped;
    row->requests_sent = (int64_t)fe->app.sent;
    row->requests_answered = (int64_t)fe->app.answered_count;
    row->requests_lost = (int64_t)fe->app.lost;
    fill_exposure(w, number);
    row->ike_messages = (int64_t)fe->peer.side.messages;
    row->ike_retransmissions = (int64_t)fe->peer.side.retransmissions;
    row->ike_bytes = (int64_t)fe->peer.side.bytes;
    for (uint32_t i = 0; i < w->nodes; i++)
        add_side(&w->node[i].side[number], row);
    add_remotes(w, fe, row);
    row->crypto_front_end_ns = fe->cpu.spent_ns;
    int64_t end_ns = w->cut_off == 0 ? w->sim.now_ns : w->params->trial.horizon_ns;
    row->cut_ns = rec_cut_ns(&w->rec[number], end_ns);
    row->time_ns = end_ns - w->rec[number].start_ns;
    if (row->status == ROW_CENSORED)
        rec_censored(&w->rec[number]);
}

/* A column of all front ends, ascending; never is last. */
static void sort_column(const struct world *w, size_t offset)
{
    _Static_assert(sizeof(long) == sizeof(int64_t), "GSL sorts moments as long");
    for (uint32_t i = 0; i < w->front_ends; i++) {
        int64_t ns = *(const int64_t *)((const char *)&w->row[i] + offset);
        w->sorted[i] = ns == NEVER_NS ? INT64_MAX : ns;
    }
    gsl_sort_long(w->sorted, 1, w->front_ends);
}

static int64_t rank_ns(const struct world *w, uint32_t rank)
{
    return w->sorted[rank] == INT64_MAX ? NEVER_NS : w->sorted[rank];
}

static void fill_ranks(const struct world *w, struct row *row)
{
    uint32_t median = (w->front_ends - 1) / 2, last = w->front_ends - 1;
    sort_column(w, offsetof(struct row, ipsec_ns));
    row->ipsec_first_ns = rank_ns(w, 0);
    row->ipsec_median_ns = rank_ns(w, median);
    row->ipsec_last_ns = rank_ns(w, last);
    sort_column(w, offsetof(struct row, outage_ns));
    row->outage_first_ns = rank_ns(w, 0);
    row->outage_median_ns = rank_ns(w, median);
    row->outage_last_ns = rank_ns(w, last);
}

static void add_amounts(struct row *sum, const struct row *row)
{
    for (uint32_t c = 0; c < ROW_COLUMN_COUNT; c++)
        if (row_columns[c].kind == ROW_amount && row_column_applies(c, ROW_SYSTEM_IPSEC))
            ((int64_t *)sum)[c] += ((const int64_t *)row)[c];
    for (uint32_t i = 0; i < APP_CLASSES_MAX; i++)
        for (uint32_t c = 0; c < ROW_CLASS_COLUMN_COUNT; c++)
            if (row_class_columns[c].kind == ROW_amount)
                ((int64_t *)&sum->class[i])[c] += ((const int64_t *)&row->class[i])[c];
}

/* The trial's row: moments of front end 0, which is like any other, and amounts of all. */
static void fill_trial(struct world *w, struct row *row)
{
    for (uint32_t i = 0; i < w->front_ends; i++)
        fill_front_end(w, i);
    *row = w->row[0];
    for (uint32_t i = 1; i < w->front_ends; i++)
        add_amounts(row, &w->row[i]);
    if (row->status == ROW_RECOVERED && w->cut_off > 0)
        row->status = ROW_CENSORED;
    fill_ranks(w, row);
    for (uint32_t i = 0; i < w->nodes; i++)
        row->crypto_nodes_ns += w->node[i].cpu.spent_ns;
}

static int64_t events(const struct world *w)
{
    uint64_t n = w->sim.fired;
    for (uint32_t i = 0; i < w->nodes; i++)
        n += w->node[i].cpu.played;
    for (uint32_t i = 0; i < w->front_ends; i++)
        n += w->front_end[i].cpu.played;
    return (int64_t)n;
}

/* Every so many events a look at the flag: some milliseconds. */
enum { EVENTS_A_LOOK = 1 << 14 };

static bool stopped(const struct world *w)
{
    return w->sim.fired % EVENTS_A_LOOK == 0 && w->stop != NULL &&
           atomic_load_explicit(w->stop, memory_order_relaxed) != 0;
}

static void add_link(struct world_audit *audit, const struct link *link)
{
    audit->sent += link->sent;
    audit->duplicated += link->duplicated;
    audit->delivered += link->delivered;
    audit->lost += link->lost;
}

static void stop_requests(struct world *w)
{
    for (uint32_t i = 0; i < w->front_ends; i++)
        app_client_stop(&w->front_end[i].app);
}

static void fill_sum(struct row *row, int64_t app_ready_ns)
{
    row->app_ready_ns = app_ready_ns;
    if (row->ipsec_ns != NEVER_NS && app_ready_ns != NEVER_NS)
        row->sum_ns = row->ipsec_ns + app_ready_ns;
}

/* The KB's sum needs the last resource too, which no protected class may need; and who is back in
 * clear may be so before IKE listens. */
static void await_services(struct world *w, struct row *row)
{
    stop_requests(w);
    /* What else still happens is of the requests that were under way: no row tells of it. */
    sim_listen_to(&w->sim, recs_hear, MOMENT_BIT(services_online) | MOMENT_BIT(ike_listens));
    const int64_t *ready_ns = &w->row[0].app_ready_ns, *up_ns = &w->row[0].vip_up_ns;
    bool takes_over = w->params->failure.kind != FAILURE_none;
    while (takes_over && (*ready_ns == NEVER_NS || *up_ns == NEVER_NS) && !stopped(w) &&
           sim_step(&w->sim, w->params->trial.horizon_ns)) {
    }
    row->vip_up_ns = *up_ns;
    fill_sum(row, *ready_ns);
    for (uint32_t i = 0; i < w->front_ends; i++)
        fill_sum(&w->row[i], w->row[i].app_ready_ns);
}

void world_run(struct world *w, const struct params *params, const struct luck *luck,
               struct row *row)
{
    CHECK(luck->trial >> LUCK_TRIAL_BITS == 0);
    w->params = params;
    bool ipsec = params->trial.system == TRIAL_SYSTEM_ipsec;
    sim_listen_to(&w->sim, recs_hear, ipsec ? rec_mask : 0);
    sim_listen_to(&w->sim, world_quiet_hear, ipsec ? world_quiet_mask : 0);
    if (!ipsec) {
        w->front_ends = 0;
        if (params->trial.system == TRIAL_SYSTEM_tls)
            mail_world_run(w->mail, params, luck, row);
        else
            storm_run(w->storm, params, luck, w->stop, row);
        return;
    }
    reset(w, params, luck);
    while (w->cut_off > 0 && !stopped(w) && sim_step(&w->sim, params->trial.horizon_ns)) {
    }
    world_quiet_end(w, w->cut_off > 0 ? params->trial.horizon_ns : w->sim.now_ns);
    fill_trial(w, row);
    await_services(w, row);
    row->events = events(w);
}

const struct row *world_front_ends(const struct world *w, uint32_t *count)
{
    *count = w->front_ends;
    return w->row;
}

uint32_t world_drain(struct world *w, int64_t until_ns)
{
    if (w->params->trial.system == TRIAL_SYSTEM_tls)
        return mail_world_drain(w->mail, until_ns);
    if (w->params->trial.system == TRIAL_SYSTEM_storm)
        return storm_drain(w->storm, until_ns);
    stop_requests(w);
    while (sim_step(&w->sim, until_ns)) {
    }
    return w->sim.pending;
}

struct world_audit world_audit(const struct world *w)
{
    struct world_audit audit = {.in_flight = net_in_flight(&w->net)};
    for (uint32_t i = 0; i < w->front_ends; i++) {
        const struct world_front_end *fe = &w->front_end[i];
        add_link(&audit, &fe->uplink);
        add_link(&audit, &fe->downlink);
        for (int64_t k = 0; k < w->params->peers; k++) {
            add_link(&audit, &fe->remote[k].uplink);
            add_link(&audit, &fe->remote[k].downlink);
        }
    }
    return audit;
}
