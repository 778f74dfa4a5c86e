/* Many requests of one class at once. Most of them meet with nothing: no packet is lost, and all is
 * over before the road ends. Of those only the losses are drawn, many packets at a time, and
 * counters are moved by what such a life moves them. The others live one by one. */
#include "quiet.h"
#include "request.h"

enum { BATCH = 64 };

/* In order of time. */
struct batch {
    uint32_t n;
    int64_t at_ns[BATCH];
    uint32_t number[BATCH];
    uint64_t counted; /* bits: those that began at or after t = 0 */
};

/* A life to which nothing happens, on one road. */
struct plain_life {
    int64_t longest_ns;   /* from its beginning to its end */
    int64_t last_sent_ns; /* until it sends last, at most */
    bool exact;           /* that is when it does */
};

static struct plain_life plain_life(const struct app_quiet *quiet, const struct app_road *road)
{
    const struct app_params *p = quiet->client->params;
    int64_t trip_ns = link_longest_ns(quiet->uplink) + link_longest_ns(quiet->downlink);
    int64_t refusals_ns = p->reset_retries * (trip_ns + p->reset_wait_ns);
    int64_t waits_ns = p->syn_wait_ns * ((INT64_C(1) << p->syn_retries) - 1);
    int64_t last_ns = p->syn_wait_ns * (INT64_C(1) << p->syn_retries);
    switch (road->way) {
    case APP_WAY_VANISHES:
        return (struct plain_life){waits_ns + last_ns, waits_ns, true};
    case APP_WAY_REFUSED:
        return (struct plain_life){refusals_ns + trip_ns, refusals_ns, false};
    default:
        return (struct plain_life){2 * trip_ns, trip_ns, false};
    }
}

/* ---- what such lives count ---- */

static uint32_t ones(uint64_t bits)
{
    return (uint32_t)__builtin_popcountll(bits);
}

/* When the class's first request began, however it goes on. */
static void note_first(struct app_client *client, uint32_t c, const struct batch *batch)
{
    if (client->class_first_ns[c] == NEVER_NS && batch->counted != 0)
        client->class_first_ns[c] = batch->at_ns[__builtin_ctzll(batch->counted)];
}

static void fail(struct app_client *client, uint32_t c, uint32_t counted)
{
    client->lost += counted;
    client->class_lost[c] += counted;
}

static uint64_t losses(const struct app_quiet *quiet, const struct link *link, uint32_t c,
                       enum app_message_type type, uint32_t copy, const struct batch *batch)
{
    struct datagram like = {.selector = c,
                            .luck = app_luck(type, copy, 0),
                            .sender = link == quiet->downlink ? quiet->road[c].sender : 0};
    return link_losses(link, quiet->client->luck, &like, batch->number, batch->n);
}

/* Packets of so many lives, none lost. */
static void pass(struct link *link, uint64_t packets)
{
    link->sent += packets;
    link->delivered += packets;
}

/* SYNs that reach nobody, lost or not: all lives are alike. */
static uint64_t vanish(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       uint64_t which)
{
    const struct app_params *p = quiet->client->params;
    int64_t *bytes = quiet->road[c].bytes;
    uint32_t lives = ones(which);
    for (uint32_t copy = 0; copy <= (uint32_t)p->syn_retries; copy++) {
        uint32_t lost = ones(losses(quiet, quiet->uplink, c, APP_SYN, copy, batch) & which);
        quiet->uplink->sent += lives;
        quiet->uplink->lost += lost;
        quiet->uplink->delivered += lives - lost;
        *quiet->dropped += lives - lost;
        if (bytes != NULL)
            *bytes -= (int64_t)lives * app_bytes(APP_SYN);
    }
    fail(quiet->client, c, ones(which & batch->counted));
    return which;
}

/* A SYN and its reset, as often as it is tried. */
static uint64_t be_refused(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                           uint64_t which)
{
    const struct app_params *p = quiet->client->params;
    for (uint32_t copy = 0; copy <= (uint32_t)p->reset_retries && which != 0; copy++) {
        which &= ~losses(quiet, quiet->uplink, c, APP_SYN, copy, batch);
        which &= ~losses(quiet, quiet->downlink, c, APP_SYN_RESET, copy, batch);
    }
    uint64_t packets = ((uint64_t)p->reset_retries + 1) * ones(which);
    pass(quiet->uplink, packets);
    pass(quiet->downlink, packets);
    fail(quiet->client, c, ones(which & batch->counted));
    return which;
}

/* A connection, a request and its answer. */
static uint64_t be_served(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                          uint64_t which)
{
    struct app_client *client = quiet->client;
    which &= ~losses(quiet, quiet->uplink, c, APP_SYN, 0, batch);
    which &= ~losses(quiet, quiet->downlink, c, APP_SYN_ACK, 0, batch);
    which &= ~losses(quiet, quiet->uplink, c, APP_DATA, 0, batch);
    which &= ~losses(quiet, quiet->downlink, c, APP_REPLY, 0, batch);
    uint32_t counted = ones(which & batch->counted);
    pass(quiet->uplink, 2 * (uint64_t)ones(which));
    pass(quiet->downlink, 2 * (uint64_t)ones(which));
    client->answered_count += counted;
    if (quiet->road[c].in_clear) {
        bool basic = client->traffic[c].passwords == APP_PASSWORD_basic;
        client->exposed[c].requests += counted;
        client->exposed[c].passwords += basic ? counted : 0;
    }
    return which;
}

/* ---- which ones ---- */

/* Those that are over by now_ns and are surely not the last to send: the first ones. */
static uint64_t are_plain(const struct batch *batch, const struct plain_life *life, int64_t now_ns)
{
    int64_t last_ns = batch->at_ns[batch->n - 1], before_ns = now_ns - life->longest_ns + 1;
    if (!life->exact && last_ns - life->last_sent_ns < before_ns)
        before_ns = last_ns - life->last_sent_ns;
    uint32_t n = batch->n;
    while (n > 0 && batch->at_ns[n - 1] >= before_ns)
        n--;
    return n < BATCH ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0);
}

static void note_last_sent(struct app_quiet *quiet, const struct batch *batch,
                           const struct plain_life *life, uint64_t which)
{
    if (which == 0)
        return;
    int64_t at_ns = batch->at_ns[63 - __builtin_clzll(which)];
    at_ns += life->exact ? life->last_sent_ns : 0;
    if (at_ns > quiet->last_sent_ns)
        quiet->last_sent_ns = at_ns;
}

static void tell_batch(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       int64_t now_ns)
{
    struct plain_life plain = plain_life(quiet, &quiet->road[c]);
    uint64_t which = are_plain(batch, &plain, now_ns);
    note_first(quiet->client, c, batch);
    if (which != 0) {
        enum app_way way = quiet->road[c].way;
        which = way == APP_WAY_VANISHES  ? vanish(quiet, c, batch, which)
                : way == APP_WAY_REFUSED ? be_refused(quiet, c, batch, which)
                                         : be_served(quiet, c, batch, which);
        quiet->client->sent += ones(which & batch->counted);
        note_last_sent(quiet, batch, &plain, which);
    }
    uint64_t all = batch->n < BATCH ? (UINT64_C(1) << batch->n) - 1 : ~UINT64_C(0);
    for (uint64_t left = all & ~which; left != 0; left &= left - 1) {
        int i = __builtin_ctzll(left);
        struct app_life life = {.due_ns = batch->at_ns[i],
                                .number = batch->number[i],
                                .class_index = (uint8_t)c,
                                .stage = APP_STAGE_BEGINS};
        app_quiet_live(quiet, &life, now_ns);
    }
}

void quiet_tell_class(struct app_quiet *quiet, uint32_t c, int64_t from_ns, int64_t now_ns)
{
    struct arrivals *arrivals = &quiet->client->source[c].arrivals;
    struct arrival arrival[BATCH];
    struct batch batch;
    while ((batch.n = arrivals_between(arrivals, from_ns, now_ns, arrival, BATCH)) > 0) {
        batch.counted = 0;
        for (uint32_t i = 0; i < batch.n; i++) {
            batch.at_ns[i] = arrival[i].at_ns;
            batch.number[i] = app_request_number(arrival[i]);
            batch.counted |= (uint64_t)app_counts(batch.number[i]) << i;
        }
        tell_batch(quiet, c, &batch, now_ns);
        from_ns = batch.at_ns[batch.n - 1];
    }
}
