/* What keeps a node from being flooded with negotiations: cookies, and limits to what is half open.
 * Order and meaning are those of strongSwan's receiver (network/receiver.c: drop_ike_sa_init),
 * whose versions differ: here the calm-down begins anew with each first message while it lasts, and
 * addresses have none. Windows' DoS mode is the same with two thresholds ([MS-IKEE] notes <27>,
 * <29>). A negotiation counts from when its first message is taken, before it is worked on
 * (strongSwan since 5.9.6). */
#include <stdlib.h>

#include "storm_inside.h"

static const struct storm_params *params_of(const struct storm *s)
{
    return &s->params->storm;
}

static uint32_t *of_ip(const struct storm *s, uint32_t client)
{
    return &s->of_ip[client / (uint32_t)params_of(s)->clients_per_ip];
}

static bool reached(uint64_t count, int64_t threshold)
{
    return threshold > 0 && count >= (uint64_t)threshold;
}

/* Once on, they stay on until both there is less to do and it has been calm: strongSwan waits for a
 * span without first messages, Windows for a lower count. */
static bool demands_cookies(struct storm *s, uint32_t client)
{
    const struct storm_params *p = params_of(s);
    int64_t now_ns = s->sim->now_ns;
    if (reached(s->half_open, p->cookie_threshold) ||
        (s->cookies && (reached(s->half_open, p->cookie_threshold_off) ||
                        now_ns < s->cookie_ns + p->cookie_calm_down_ns))) {
        s->cookies = true;
        s->cookie_ns = now_ns;
        return true;
    }
    s->cookies = false;
    return reached(*of_ip(s, client), p->cookie_threshold_ip);
}

/* Cookies are stamped in ms, so that their age can be told without keeping state. */
uint32_t storm_cookie(const struct storm *s)
{
    return (uint32_t)(s->sim->now_ns / NS_PER_MS);
}

static bool brings_cookie(const struct storm *s, const struct ike_message *m)
{
    int64_t age_ns = (int64_t)(storm_cookie(s) - m->id) * NS_PER_MS;
    return m->type == IKE2_SA_INIT_COOKIE && age_ns <= params_of(s)->cookie_lifetime_ns;
}

enum storm_verdict storm_gate_ask(struct storm *s, uint32_t client, const struct ike_message *m)
{
    const struct storm_params *p = params_of(s);
    if (p->ike == STORM_IKE_v2 && demands_cookies(s, client) && !brings_cookie(s, m))
        return STORM_NEEDS_COOKIE;
    if (reached(*of_ip(s, client), p->block_threshold))
        return STORM_BLOCKED;
    if (reached(s->half_open, p->init_limit_half_open))
        return STORM_TOO_MANY;
    if (reached(storm_waiting(s), p->init_limit_job_load))
        return STORM_BUSY;
    return STORM_PASSES;
}

/* ---- what is half open ---- */

void storm_half_open_begin(struct storm *s, uint32_t client)
{
    s->half_open++;
    ++*of_ip(s, client);
    if (s->half_open > s->row->half_open_peak)
        s->row->half_open_peak = s->half_open;
}

static void count_off(struct storm *s, uint32_t client)
{
    CHECK(s->half_open > 0 && *of_ip(s, client) > 0);
    s->half_open--;
    --*of_ip(s, client);
}

static struct storm_half *entry_of(const struct storm_queue *q, uint32_t place)
{
    return &q->entry[place & (q->room - 1)];
}

void storm_half_open_end(struct storm *s, uint32_t client)
{
    struct storm_sa *sa = &s->sa[client];
    if (sa->place != NO_PLACE)
        entry_of(&s->half, sa->place)->spi = 0;
    sa->half_open = false;
    sa->place = NO_PLACE;
    count_off(s, client);
}

/* Twice the room: places keep their meaning. */
static void grow(struct storm_queue *q)
{
    enum { FIRST_ROOM = 64 };
    uint32_t room = q->room > 0 ? 2 * q->room : FIRST_ROOM;
    struct storm_half *entry = malloc(room * sizeof *entry);
    CHECK(entry != NULL);
    for (uint32_t place = q->first; place != q->end; place++)
        entry[place & (room - 1)] = *entry_of(q, place);
    free(q->entry);
    q->entry = entry;
    q->room = room;
}

/* A client that has left it behind for another one cannot be told: it counts until it times out. */
static void expire(struct storm *s, const struct storm_half *half)
{
    struct storm_sa *sa = &s->sa[half->client];
    s->row->half_open_expired++;
    if (sa->spi != half->spi) {
        count_off(s, half->client);
        return;
    }
    storm_half_open_end(s, half->client);
    sa->first.active = false;
    sa->spi = 0;
}

static void half_due(struct sim *sim, struct timer *timer)
{
    struct storm *s = CONTAINER_OF(timer, struct storm, half.timer);
    struct storm_queue *q = &s->half;
    while (q->first != q->end) {
        const struct storm_half *half = entry_of(q, q->first);
        if (half->spi != 0 && half->due_ns > sim->now_ns) {
            timer_arm(sim, timer, half->due_ns);
            return;
        }
        q->first++;
        if (half->spi != 0)
            expire(s, half);
    }
}

void storm_half_open_wait(struct storm *s, uint32_t client, uint32_t spi)
{
    int64_t timeout_ns = params_of(s)->half_open_timeout_ns;
    struct storm_queue *q = &s->half;
    if (timeout_ns == 0)
        return;
    if (q->end - q->first == q->room)
        grow(q);
    *entry_of(q, q->end) = (struct storm_half){s->sim->now_ns + timeout_ns, client, spi};
    if (s->sa[client].spi == spi)
        s->sa[client].place = q->end;
    q->end++;
    if (q->end - q->first > q->most)
        q->most = q->end - q->first;
    if (!timer_armed(&q->timer))
        timer_arm(s->sim, &q->timer, entry_of(q, q->first)->due_ns);
}

void storm_gate_reset(struct storm *s)
{
    s->cookies = false;
    s->cookie_ns = 0;
    s->half_open = s->spis = 0;
    s->half.first = s->half.end = s->half.most = 0;
    timer_init(&s->half.timer, half_due, 0);
}
