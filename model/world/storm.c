/* A storm's memory, the cluster that starts it, its end and its row. */
#include "storm.h"

#include <stdlib.h>

#include "storm_inside.h"

enum { NOBODY = -1 };

static void hear(void *storm, const struct moment *moment);

/* ---- memory ---- */

struct storm *storm_new(struct sim *sim)
{
    struct storm *s = calloc(1, sizeof *s);
    CHECK(s != NULL);
    s->sim = sim;
    pool_init(&s->packets, sizeof(struct storm_packet));
    cpu_init(&s->cpu);
    sim_listen(sim,
               MOMENT_BIT(services_stop) | MOMENT_BIT(node_crash) | MOMENT_BIT(address_off) |
                   MOMENT_BIT(ike_listens) | MOMENT_BIT(services_online),
               hear, s);
    return s;
}

static void free_clients(struct storm *s)
{
    free(s->client);
    free(s->sa);
    free(s->of_ip);
}

void storm_free(struct storm *s)
{
    free_clients(s);
    free(s->half.entry);
    cpu_fini(&s->cpu);
    pool_fini(&s->packets);
    free(s);
}

/* A client, and two SAs, are a cache line. */
static void *lines(size_t n, size_t size)
{
    enum { CACHE_LINE = 64 };
    void *memory =
        aligned_alloc(CACHE_LINE, (n * size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1));
    CHECK(memory != NULL);
    return memory;
}

static void reserve(struct storm *s, uint32_t clients)
{
    if (clients <= s->room)
        return;
    free_clients(s);
    s->client = lines(clients, sizeof *s->client);
    s->sa = lines(clients, sizeof *s->sa);
    s->of_ip = lines(clients, sizeof *s->of_ip);
    s->room = clients;
}

void storm_set_notices(struct storm *s, const int64_t *notice_ns)
{
    s->notice_ns = notice_ns;
}

struct storm_memory storm_memory(const struct storm *s)
{
    return (struct storm_memory){.clients = s->clients *
                                            (sizeof *s->client + sizeof *s->sa + sizeof *s->of_ip),
                                 .messages = s->packets_most * sizeof(struct storm_packet),
                                 .half_open = s->half.most * sizeof *s->half.entry};
}

/* ---- the cluster ---- */

static void nothing(void *storm, int32_t node)
{
    (void)storm;
    (void)node;
}

static void address_off(void *storm, int32_t node)
{
    struct storm *s = storm;
    if (s->bound == node)
        s->bound = NOBODY;
}

static void address_on(void *storm, int32_t node)
{
    ((struct storm *)storm)->bound = node;
}

static void listens(void *storm, int32_t node)
{
    struct storm *s = storm;
    s->listens = node == s->params->cluster.standby;
}

static void starting_load(void *storm, int32_t node, double share)
{
    struct storm *s = storm;
    if (node == s->params->cluster.standby)
        cpu_set_extra_load(&s->cpu, share);
}

static void hear(void *storm, const struct moment *m)
{
    struct storm *s = storm;
    if (s->row == NULL)
        return;
    switch (m->id) {
    case MOMENT_services_stop:
        s->row->stop_ns = m->time_ns;
        break;
    case MOMENT_node_crash:
    case MOMENT_address_off:
        s->row->vip_gone_ns = m->time_ns;
        break;
    case MOMENT_ike_listens:
        s->row->vip_up_ns = m->time_ns;
        break;
    default:
        s->row->app_ready_ns = m->time_ns;
    }
}

/* ---- one trial ---- */

static void clear_row(struct row *row)
{
    *row = (struct row){0};
    for (uint32_t i = 0; i < ROW_COLUMN_COUNT; i++)
        if (row_columns[i].kind == ROW_moment || row_columns[i].kind == ROW_outcome ||
            row_columns[i].kind == ROW_client || row_columns[i].kind == ROW_phase ||
            !row_column_applies(i, ROW_SYSTEM_STORM))
            ((int64_t *)row)[i] = NEVER_NS;
    for (uint32_t c = 0; c < APP_CLASSES_MAX; c++)
        row->class[c].outage_ns = row->class[c].ipsec_ns = NEVER_NS;
}

static void choose_tables(struct storm *s, const struct params *p)
{
    bool v2 = p->storm.ike == STORM_IKE_v2;
    s->initiator[0] = v2 ? &ike2_initiator : &ike_mm_initiator;
    s->responder[0] = v2 ? &ike2_responder : &ike_mm_responder;
    s->initiator[1] = &ike_qm_initiator;
    s->responder[1] = &ike_qm_responder;
    s->schedule = ike_schedule_of(&p->stack[p->front_end.stack], IKE_MM);
}

static void reset_cluster(struct storm *s, const struct params *p)
{
    static const struct cluster_upcalls upcalls = {.remove_sas = nothing,
                                                   .address_off = address_off,
                                                   .address_on = address_on,
                                                   .listens = listens,
                                                   .crashed = address_off,
                                                   .starting_load = starting_load};
    s->bound = (int32_t)p->cluster.active;
    s->listens = false;
    cluster_reset(&s->cluster, s->sim, &s->luck, &p->cluster, &p->failure, p->resource,
                  (uint32_t)p->resources, upcalls, s);
}

static void reset(struct storm *s, const struct params *p, const struct luck *luck, struct row *row)
{
    const int64_t computer = p->cluster.standby;
    CHECK(p->storm.clients >= 1 && p->storm.clients <= STORM_CLIENTS_MAX);
    s->params = p;
    s->luck = *luck;
    s->row = row;
    s->clients = s->trying = (uint32_t)p->storm.clients;
    s->back = s->packets_most = 0;
    s->dropped = s->messages = s->retransmissions = s->bytes = 0;
    s->spent_ns = 0;
    clear_row(row);
    sim_reset(s->sim, cluster_start_ns(&p->cluster, &p->failure, &s->luck));
    reserve(s, s->clients);
    choose_tables(s, p);
    pool_reset(&s->packets);
    link_reset(&s->up, &p->link[p->front_end.uplink], 0);
    link_reset(&s->down, &p->link[p->front_end.downlink], 0);
    CHECK(link_is_plain(&s->up, 0) && link_is_plain(&s->down, 0));
    cpu_reset(&s->cpu, s->sim, &s->luck, actor_id(ACTOR_CPU, 0, (uint32_t)computer),
              &p->node[computer]);
    storm_gate_reset(s);
    reset_cluster(s, p);
    for (uint32_t i = 0; i < s->clients; i++) {
        s->sa[i] = (struct storm_sa){.place = NO_PLACE};
        s->of_ip[i] = 0;
        storm_client_reset(s, i);
    }
}

/* What the last client needed is known as soon as it is back: until all are it says nothing. */
static void censor(struct row *row)
{
    row->mm_start_ns = row->mm_done_ns = row->qm_done_ns = NEVER_NS;
    row->outage_ns = row->outage_last_ns = NEVER_NS;
    row->phase_detect_ns = row->phase_mm_failed_ns = NEVER_NS;
    row->phase_mm_ns = row->phase_qm_ns = NEVER_NS;
}

static void fill_row(const struct storm *s, struct row *row)
{
    row->trial = (int64_t)s->luck.trial;
    row->system = ROW_SYSTEM_STORM;
    row->status = s->back == s->clients ? ROW_RECOVERED : ROW_CENSORED;
    if (row->status == ROW_CENSORED)
        censor(row);
    row->packets_sent = (int64_t)(s->up.sent + s->down.sent);
    row->packets_lost = (int64_t)(s->up.lost + s->down.lost);
    row->packets_dropped = (int64_t)s->dropped + row->inits_dropped;
    row->ike_messages = (int64_t)s->messages;
    row->ike_retransmissions = (int64_t)s->retransmissions;
    row->ike_bytes = (int64_t)s->bytes;
    row->crypto_front_end_ns = s->spent_ns;
    row->crypto_nodes_ns = s->cpu.spent_ns;
    row->clients = s->clients;
    row->clients_back = s->back;
}

/* Every so many events a look at the flag. */
enum { EVENTS_A_LOOK = 1 << 14 };

static bool stopped(const struct storm *s, const atomic_int *stop)
{
    return s->sim->fired % EVENTS_A_LOOK == 0 && stop != NULL &&
           atomic_load_explicit(stop, memory_order_relaxed) != 0;
}

void storm_run(struct storm *s, const struct params *params, const struct luck *luck,
               const atomic_int *stop, struct row *row)
{
    int64_t horizon_ns = params->trial.horizon_ns;
    reset(s, params, luck, row);
    int64_t start_ns = s->sim->now_ns;
    while (s->trying > 0 && !stopped(s, stop) && sim_step(s->sim, horizon_ns)) {
    }
    fill_row(s, row);
    row->time_ns = (s->trying > 0 ? horizon_ns : s->sim->now_ns) - start_ns;
    row->events = (int64_t)(s->sim->fired + s->cpu.played);
    struct row rest = *row; /* what still happens until the services are there is not counted */
    s->row = &rest;
    while (rest.app_ready_ns == NEVER_NS && !stopped(s, stop) && sim_step(s->sim, horizon_ns)) {
    }
    row->app_ready_ns = rest.app_ready_ns;
    s->row = NULL;
}

/* ---- for tests ---- */

uint32_t storm_drain(struct storm *s, int64_t until_ns)
{
    struct row row = {.app_ready_ns = NEVER_NS};
    s->row = &row;
    while (sim_step(s->sim, until_ns)) {
    }
    s->row = NULL;
    return s->sim->pending;
}

struct storm_audit storm_audit(const struct storm *s)
{
    return (struct storm_audit){.sent = s->up.sent + s->down.sent,
                                .lost = s->up.lost + s->down.lost,
                                .delivered = s->up.delivered + s->down.delivered,
                                .in_flight = s->packets.live - s->cpu.crypto_jobs};
}

uint32_t storm_half_open(const struct storm *s, uint32_t *found)
{
    *found = 0;
    for (uint32_t i = 0; i < s->clients; i++)
        *found += s->sa[i].half_open;
    return s->half_open;
}
