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

/* How long it takes at most to vanish, be refused or served when no packet is lost (or all are). */
static int64_t longest_ns(const struct app_quiet *quiet, enum app_way way)
{
    const struct app_params *p = quiet->client->params;
    int64_t trip_ns = link_longest_ns(quiet->uplink) + link_longest_ns(quiet->downlink);
    if (way == APP_WAY_VANISHES || way == APP_WAY_HELD)
        return p->syn_wait_ns * ((INT64_C(2) << p->syn_retries) - 1);
    if (way == APP_WAY_REFUSED)
        return p->reset_retries * (trip_ns + p->reset_wait_ns) + trip_ns;
    return 2 * trip_ns;
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

/* So many packets, none lost. */
static void pass(struct app_quiet *quiet, uint32_t c, enum app_message_type type, uint32_t packets)
{
    struct link *link = type == APP_SYN || type == APP_DATA ? quiet->uplink : quiet->downlink;
    link->sent += packets;
    link->delivered += packets;
    quiet_take(quiet->road[c].bytes, (int64_t)packets * app_bytes(type));
}

/* SYNs that reach nobody, lost or not: all lives are alike. */
static uint64_t vanish(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       uint64_t which)
{
    const struct app_params *p = quiet->client->params;
    uint32_t lives = ones(which);
    for (uint32_t copy = 0; copy <= (uint32_t)p->syn_retries; copy++) {
        uint32_t lost = ones(losses(quiet, quiet->uplink, c, APP_SYN, copy, batch) & which);
        quiet->uplink->sent += lives;
        quiet->uplink->lost += lost;
        quiet->uplink->delivered += lives - lost;
        *quiet->dropped += lives - lost;
        quiet_take(quiet->road[c].bytes, (int64_t)lives * app_bytes(APP_SYN));
    }
    fail(quiet->client, c, ones(which & batch->counted));
    return which;
}

/* SYNs that do not leave the front end. */
static uint64_t be_held(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                        uint64_t which)
{
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
    uint32_t packets = ((uint32_t)p->reset_retries + 1) * ones(which);
    pass(quiet, c, APP_SYN, packets);
    pass(quiet, c, APP_SYN_RESET, packets);
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
    for (enum app_message_type type = APP_SYN; type <= APP_REPLY; type++)
        if (type != APP_SYN_RESET)
            pass(quiet, c, type, ones(which));
    client->answered_count += counted;
    if (quiet->road[c].in_clear) {
        bool basic = client->traffic[c].passwords == APP_PASSWORD_basic;
        client->exposed[c].requests += counted;
        client->exposed[c].passwords += basic ? counted : 0;
    }
    return which;
}

/* ---- which ones ---- */

/* Those that are over by now_ns: the first ones. */
static uint64_t are_over(const struct batch *batch, int64_t longest, int64_t now_ns)
{
    uint32_t n = batch->n;
    while (n > 0 && batch->at_ns[n - 1] + longest > now_ns)
        n--;
    return n < BATCH ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0);
}

/* ---- what the last of them did ---- */

static int64_t delay_ns(const struct app_quiet *quiet, uint32_t c, enum app_message_type type,
                        uint32_t copy, uint32_t number)
{
    bool up = type == APP_SYN || type == APP_DATA;
    struct datagram datagram = {.selector = c,
                                .luck = app_luck(type, copy, number),
                                .sender = up ? 0 : quiet->road[c].sender};
    int64_t ns;
    CHECK(link_fate(up ? quiet->uplink : quiet->downlink, quiet->client->luck, &datagram, &ns));
    return ns;
}

struct ends {
    int64_t sent_ns, answered_ns; /* for the last time */
};

static struct ends ends_of(const struct app_quiet *quiet, uint32_t c, int64_t at_ns,
                           uint32_t number)
{
    const struct app_params *p = quiet->client->params;
    struct ends ends = {.answered_ns = at_ns};
    if (quiet->road[c].way == APP_WAY_SERVED) {
        ends.sent_ns = at_ns + delay_ns(quiet, c, APP_SYN, 0, number) +
                       delay_ns(quiet, c, APP_SYN_ACK, 0, number);
        ends.answered_ns = ends.sent_ns + delay_ns(quiet, c, APP_DATA, 0, number) +
                           delay_ns(quiet, c, APP_REPLY, 0, number);
        return ends;
    }
    for (uint32_t copy = 0; copy <= (uint32_t)p->reset_retries; copy++) {
        ends.sent_ns = ends.answered_ns + (copy > 0 ? p->reset_wait_ns : 0);
        ends.answered_ns = ends.sent_ns + delay_ns(quiet, c, APP_SYN, copy, number) +
                           delay_ns(quiet, c, APP_SYN_RESET, copy, number);
    }
    return ends;
}

static void note(int64_t *last_ns, int64_t ns)
{
    if (last_ns != NULL && ns > *last_ns)
        *last_ns = ns;
}

static void note_held(struct app_quiet *quiet, uint32_t c, uint32_t number, int64_t sent_ns)
{
    struct app_held *held = &quiet->held[c];
    if (held->is_there && held->sent_ns > sent_ns)
        return;
    *held = (struct app_held){true,
                              sent_ns,
                              {.sent_ns = sent_ns,
                               .number = number,
                               .class_index = (uint8_t)c,
                               .stage = APP_STAGE_OVER,
                               .syns = (uint8_t)(quiet->client->params->syn_retries + 1)}};
}

/* When the last packet was sent and the last answer came: from the last life backwards, as long as
 * an earlier one may have been later. */
static void note_ends(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                      uint64_t which, int64_t longest)
{
    const struct app_params *p = quiet->client->params;
    int64_t *touched_ns = quiet->road[c].touched_ns;
    for (; which != 0; which &= ~(UINT64_C(1) << (63 - __builtin_clzll(which)))) {
        int i = 63 - __builtin_clzll(which);
        int64_t at_ns = batch->at_ns[i], end_ns = at_ns + longest;
        int64_t last_syn_ns = at_ns + p->syn_wait_ns * ((INT64_C(1) << p->syn_retries) - 1);
        if (quiet->road[c].way == APP_WAY_HELD) {
            note_held(quiet, c, batch->number[i], last_syn_ns);
            return;
        }
        if (quiet->road[c].way == APP_WAY_VANISHES) {
            note(&quiet->last_sent_ns, last_syn_ns);
            return;
        }
        if (end_ns <= quiet->last_sent_ns && (touched_ns == NULL || end_ns <= *touched_ns))
            return;
        struct ends ends = ends_of(quiet, c, at_ns, batch->number[i]);
        note(&quiet->last_sent_ns, ends.sent_ns);
        note(touched_ns, ends.answered_ns);
    }
}

static void tell_batch(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       int64_t now_ns)
{
    enum app_way way = quiet->road[c].way;
    int64_t longest = longest_ns(quiet, way);
    uint64_t which = are_over(batch, longest, now_ns);
    note_first(quiet->client, c, batch);
    if (which != 0) {
        which = way == APP_WAY_HELD       ? be_held(quiet, c, batch, which)
                : way == APP_WAY_VANISHES ? vanish(quiet, c, batch, which)
                : way == APP_WAY_REFUSED  ? be_refused(quiet, c, batch, which)
                                          : be_served(quiet, c, batch, which);
        quiet->client->sent += ones(which & batch->counted);
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
    note_ends(quiet, c, batch, which, longest);
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
