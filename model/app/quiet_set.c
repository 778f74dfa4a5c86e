#include "quiet_set.h"

#include "request.h"

/* ---- how long lives take ---- */

/* How long it takes at most to vanish, be refused or served when no packet is lost (or all are). */
int64_t quiet_longest_ns(const struct app_quiet *quiet, enum app_way way, uint8_t resets)
{
    const struct app_params *p = quiet->client->params;
    if (way == APP_WAY_VANISHES || way == APP_WAY_HELD)
        return p->syn_wait_ns * ((INT64_C(2) << p->syn_retries) - 1);
    if (way == APP_WAY_REFUSED)
        return (p->reset_retries - resets) * (quiet->trip_ns + p->reset_wait_ns) + quiet->trip_ns;
    return 2 * quiet->trip_ns;
}

/* And when SYN and DATA are repeated once. */
int64_t quiet_repeated_ns(const struct app_quiet *quiet, enum app_way way)
{
    const struct app_params *p = quiet->client->params;
    int64_t repetition_ns = way == APP_WAY_SERVED    ? p->syn_wait_ns + p->data_wait_ns
                            : way == APP_WAY_REFUSED ? p->syn_wait_ns
                                                     : 0;
    return quiet_longest_ns(quiet, way, 0) + repetition_ns;
}

/* ---- what such lives count ---- */

struct link_group quiet_group(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                              enum app_message_type type, uint32_t copy)
{
    bool up = type == APP_SYN || type == APP_DATA;
    return (struct link_group){.link = up ? quiet->uplink : quiet->downlink,
                               .selector = c,
                               .luck = app_luck(type, copy, batch->number),
                               .sender = up ? 0 : quiet->road[c].sender};
}

/* SYNs that reach nobody, lost or not: all lives are alike. */
static uint64_t vanish(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       uint64_t which, struct amounts *sum)
{
    uint32_t lives = quiet_ones(which), copies = (uint32_t)quiet->client->params->syn_retries + 1;
    for (uint32_t copy = 0, n; copy < copies; copy += n) {
        struct link_group syns[CHANCES_TOGETHER];
        uint64_t lost[CHANCES_TOGETHER];
        n = copies - copy < CHANCES_TOGETHER ? copies - copy : CHANCES_TOGETHER;
        for (uint32_t i = 0; i < n; i++)
            syns[i] = quiet_group(quiet, c, batch, APP_SYN, copy + i);
        link_losses(quiet->client->luck, syns, n, which, lost);
        for (uint32_t i = 0; i < n; i++)
            quiet_pass(sum, APP_SYN, lives, quiet_ones(lost[i]));
    }
    sum->failed += batch->counts ? lives : 0;
    return which;
}

static bool may_repeat_syn(const struct app_quiet *quiet)
{
    const struct app_params *p = quiet->client->params;
    return p->syn_retries > 0 && p->reset_retries + 1 <= APP_COPIES_MAX;
}

/* Of the SYNs and resets that have been looked at: who lost none, or one. */
struct refusals {
    uint64_t none, one;
    uint64_t lost_up, lost_down; /* the first that was lost */
};

static void add_refusal(struct refusals *r, uint64_t lost_up, uint64_t lost_down)
{
    uint64_t lost = lost_up | lost_down;
    r->lost_up |= r->none & lost_up;
    r->lost_down |= r->none & ~lost_up & lost_down;
    r->one = (r->one & ~lost) | (r->none & lost);
    r->none &= ~lost;
}

/* A SYN and its reset, as often as it is tried; and once more if one of them was lost. */
static uint64_t be_refused(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                           uint64_t which, bool may_repeat, struct amounts *sum)
{
    enum { TRIES = CHANCES_TOGETHER / 2 };
    uint32_t tries = (uint32_t)quiet->client->params->reset_retries + 1 - batch->resets;
    uint32_t copies = tries + may_repeat;
    struct refusals r = {.none = which};
    for (uint32_t copy = 0, n; copy < copies && (r.none | r.one) != 0; copy += n) {
        struct link_group packets[2 * TRIES];
        uint64_t lost[2 * TRIES];
        n = copies - copy < TRIES ? copies - copy : TRIES;
        for (uint32_t i = 0; i < n; i++) {
            packets[2 * i] = quiet_group(quiet, c, batch, APP_SYN, batch->syns + copy + i);
            packets[2 * i + 1] =
                quiet_group(quiet, c, batch, APP_SYN_RESET, batch->syns + copy + i);
        }
        link_losses(quiet->client->luck, packets, 2 * n, which, lost);
        for (uint32_t i = 0; i < n; i++) {
            if (copy + i < tries)
                add_refusal(&r, lost[2 * i], lost[2 * i + 1]);
            else
                r.one &= ~(lost[2 * i] | lost[2 * i + 1]);
        }
    }
    r.one &= may_repeat ? ~UINT64_C(0) : 0;
    uint32_t lives = quiet_ones(r.none | r.one);
    uint32_t lost_up = quiet_ones(r.lost_up & r.one), lost_down = quiet_ones(r.lost_down & r.one);
    quiet_pass(sum, APP_SYN, tries * lives + lost_up + lost_down, lost_up);
    quiet_pass(sum, APP_SYN_RESET, tries * lives + lost_down, lost_down);
    sum->failed += batch->counts ? lives : 0;
    return r.none | r.one;
}

/* A message and its answer, repeated at most once. */
struct exchange {
    uint64_t lost_up, lost_down; /* the first time */
    uint64_t answered;
};

static struct exchange exchange(const struct app_quiet *quiet, uint32_t c,
                                const struct batch *batch, enum app_message_type type,
                                const uint64_t lost[2], uint64_t which, bool may_repeat)
{
    struct exchange e = {.lost_up = which & lost[0], .lost_down = which & ~lost[0] & lost[1]};
    uint64_t again = e.lost_up | e.lost_down, lost_again[2];
    e.answered = which & ~again;
    if (again == 0 || !may_repeat)
        return e;
    struct link_group packets[] = {
        quiet_group(quiet, c, batch, type, 1),
        quiet_group(quiet, c, batch, type == APP_SYN ? APP_SYN_ACK : APP_REPLY, 1)};
    link_losses(quiet->client->luck, packets, 2, again, lost_again);
    e.answered |= again & ~(lost_again[0] | lost_again[1]);
    return e;
}

static void count_exchange(struct amounts *sum, enum app_message_type type,
                           const struct exchange *e, uint64_t served, uint32_t lives)
{
    uint64_t up = e->lost_up & served, down = e->lost_down & served;
    uint32_t lost_up = quiet_ones(up), lost_down = quiet_ones(down);
    quiet_pass(sum, type, lives + lost_up + lost_down, lost_up);
    quiet_pass(sum, type == APP_SYN ? APP_SYN_ACK : APP_REPLY, lives + lost_down, lost_down);
}

/* A connection, a request and its answer. */
static uint64_t be_served(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                          uint64_t which, bool may_repeat, struct amounts *sum)
{
    const struct app_params *p = quiet->client->params;
    uint32_t syn = batch->syns, data = batch->datas;
    struct link_group packets[] = {quiet_group(quiet, c, batch, APP_SYN, syn),
                                   quiet_group(quiet, c, batch, APP_SYN_ACK, syn),
                                   quiet_group(quiet, c, batch, APP_DATA, data),
                                   quiet_group(quiet, c, batch, APP_REPLY, data)};
    uint64_t lost[4];
    link_losses(quiet->client->luck, packets, 4, which, lost);
    struct exchange opening =
        exchange(quiet, c, batch, APP_SYN, lost, which, may_repeat && may_repeat_syn(quiet));
    struct exchange asking = exchange(quiet, c, batch, APP_DATA, lost + 2, opening.answered,
                                      may_repeat && p->data_retries > 0);
    uint64_t served = asking.answered;
    uint32_t lives = quiet_ones(served);
    count_exchange(sum, APP_SYN, &opening, served, lives);
    count_exchange(sum, APP_DATA, &asking, served, lives);
    sum->answered += batch->counts ? lives : 0;
    return served;
}

/* Tells those of `which` whose lives are of the usual kind, and returns them. */
uint64_t quiet_be_told(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       uint64_t which, bool may_repeat, struct amounts *sum)
{
    uint64_t told = which;
    if (which == 0)
        return 0;
    switch (quiet->road[c].way) {
    case APP_WAY_HELD: /* SYNs that do not leave the front end */
        sum->failed += batch->counts ? quiet_ones(which) : 0;
        break;
    case APP_WAY_VANISHES:
        told = vanish(quiet, c, batch, which, sum);
        break;
    case APP_WAY_REFUSED:
        told = be_refused(quiet, c, batch, which, may_repeat && may_repeat_syn(quiet), sum);
        break;
    default:
        told = be_served(quiet, c, batch, which, may_repeat, sum);
    }
    return told;
}

/* Bytes count where the front end sees them. */
static void hand_on_packets(const struct app_road *road, struct link *link,
                            enum app_message_type type, bool up, const struct amounts *sum)
{
    uint64_t arrived = sum->sent[type] - sum->lost[type];
    link->sent += sum->sent[type];
    link->lost += sum->lost[type];
    link->delivered += arrived;
    quiet_take(road->bytes, (int64_t)(up ? sum->sent[type] : arrived) * app_bytes(type));
}

void quiet_hand_on(struct app_quiet *quiet, uint32_t c, const struct amounts *sum)
{
    struct app_client *client = quiet->client;
    const struct app_road *road = &quiet->road[c];
    hand_on_packets(road, quiet->uplink, APP_SYN, true, sum);
    hand_on_packets(road, quiet->uplink, APP_DATA, true, sum);
    hand_on_packets(road, quiet->downlink, APP_SYN_ACK, false, sum);
    hand_on_packets(road, quiet->downlink, APP_SYN_RESET, false, sum);
    hand_on_packets(road, quiet->downlink, APP_REPLY, false, sum);
    if (road->way == APP_WAY_VANISHES)
        *quiet->dropped += sum->sent[APP_SYN] - sum->lost[APP_SYN];
    client->sent += sum->begun;
    client->answered_count += sum->answered;
    client->lost += sum->failed;
    client->class_lost[c] += sum->failed;
    if (road->in_clear) {
        bool basic = client->traffic[c].passwords == APP_PASSWORD_basic;
        client->exposed[c].requests += sum->answered;
        client->exposed[c].passwords += basic ? sum->answered : 0;
    }
}
