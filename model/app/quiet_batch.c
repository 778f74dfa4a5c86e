/* Many requests of one class at once, a window of arrivals at a time. Most of them meet with
 * nothing, or with one loss that a repetition makes good, and all is over before the road ends:
 * they are sets of a window's members, and counters are moved by what such lives move them. Where
 * it cannot matter when they began, not even that is drawn. The others live one by one. */
#include "quiet.h"
#include "request.h"

/* Members of one window. */
struct batch {
    int64_t window;
    uint32_t number; /* of member 0 */
    uint64_t which;  /* bits: those that began in the span told of */
    bool counts;     /* they began at or after t = 0 */
};

static uint32_t ones(uint64_t bits)
{
    return bits != 0 ? (uint32_t)__builtin_popcountll(bits) : 0;
}

static uint64_t first_ones(uint32_t n)
{
    return n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0);
}

/* ---- how long lives take ---- */

/* How long it takes at most to vanish, be refused or served when no packet is lost (or all are). */
static int64_t longest_ns(const struct app_quiet *quiet, enum app_way way)
{
    const struct app_params *p = quiet->client->params;
    if (way == APP_WAY_VANISHES || way == APP_WAY_HELD)
        return p->syn_wait_ns * ((INT64_C(2) << p->syn_retries) - 1);
    if (way == APP_WAY_REFUSED)
        return p->reset_retries * (quiet->trip_ns + p->reset_wait_ns) + quiet->trip_ns;
    return 2 * quiet->trip_ns;
}

/* And when SYN and DATA are repeated once. */
static int64_t repeated_ns(const struct app_quiet *quiet, enum app_way way)
{
    const struct app_params *p = quiet->client->params;
    bool repeats = way == APP_WAY_SERVED;
    return longest_ns(quiet, way) + (repeats ? p->syn_wait_ns + p->data_wait_ns : 0);
}

/* ---- what such lives count ---- */

/* Numbers of packets and requests of one class: added up, and handed on once a span. */
struct amounts {
    uint64_t sent[APP_DATA_RESET], lost[APP_DATA_RESET]; /* by type */
    uint64_t begun, answered, failed;                    /* of requests that count */
};

static void pass(struct amounts *sum, enum app_message_type type, uint32_t packets, uint32_t lost)
{
    sum->sent[type] += packets;
    sum->lost[type] += lost;
}

static struct link_group group(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
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
    uint32_t lives = ones(which), copies = (uint32_t)quiet->client->params->syn_retries + 1;
    for (uint32_t copy = 0, n; copy < copies; copy += n) {
        struct link_group syns[CHANCES_TOGETHER];
        uint64_t lost[CHANCES_TOGETHER];
        n = copies - copy < CHANCES_TOGETHER ? copies - copy : CHANCES_TOGETHER;
        for (uint32_t i = 0; i < n; i++)
            syns[i] = group(quiet, c, batch, APP_SYN, copy + i);
        link_losses(quiet->client->luck, syns, n, which, lost);
        for (uint32_t i = 0; i < n; i++)
            pass(sum, APP_SYN, lives, ones(lost[i]));
    }
    sum->failed += batch->counts ? lives : 0;
    return which;
}

/* A SYN and its reset, as often as it is tried. */
static uint64_t be_refused(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                           uint64_t which, struct amounts *sum)
{
    enum { TRIES = CHANCES_TOGETHER / 2 };
    uint32_t tries = (uint32_t)quiet->client->params->reset_retries + 1;
    for (uint32_t copy = 0, n; copy < tries && which != 0; copy += n) {
        struct link_group packets[2 * TRIES];
        uint64_t lost[2 * TRIES];
        n = tries - copy < TRIES ? tries - copy : TRIES;
        for (uint32_t i = 0; i < n; i++) {
            packets[2 * i] = group(quiet, c, batch, APP_SYN, copy + i);
            packets[2 * i + 1] = group(quiet, c, batch, APP_SYN_RESET, copy + i);
        }
        link_losses(quiet->client->luck, packets, 2 * n, which, lost);
        for (uint32_t i = 0; i < 2 * n; i++)
            which &= ~lost[i];
    }
    uint32_t lives = ones(which);
    pass(sum, APP_SYN, tries * lives, 0);
    pass(sum, APP_SYN_RESET, tries * lives, 0);
    sum->failed += batch->counts ? lives : 0;
    return which;
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
        group(quiet, c, batch, type, 1),
        group(quiet, c, batch, type == APP_SYN ? APP_SYN_ACK : APP_REPLY, 1)};
    link_losses(quiet->client->luck, packets, 2, again, lost_again);
    e.answered |= again & ~(lost_again[0] | lost_again[1]);
    return e;
}

static void count_exchange(struct amounts *sum, enum app_message_type type,
                           const struct exchange *e, uint64_t served, uint32_t lives)
{
    uint64_t up = e->lost_up & served, down = e->lost_down & served;
    uint32_t lost_up = up != 0 ? ones(up) : 0, lost_down = down != 0 ? ones(down) : 0;
    pass(sum, type, lives + lost_up + lost_down, lost_up);
    pass(sum, type == APP_SYN ? APP_SYN_ACK : APP_REPLY, lives + lost_down, lost_down);
}

/* A connection, a request and its answer. */
static uint64_t be_served(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                          uint64_t which, bool may_repeat, struct amounts *sum)
{
    const struct app_params *p = quiet->client->params;
    struct link_group packets[] = {
        group(quiet, c, batch, APP_SYN, 0), group(quiet, c, batch, APP_SYN_ACK, 0),
        group(quiet, c, batch, APP_DATA, 0), group(quiet, c, batch, APP_REPLY, 0)};
    uint64_t lost[4];
    link_losses(quiet->client->luck, packets, 4, which, lost);
    struct exchange opening =
        exchange(quiet, c, batch, APP_SYN, lost, which, may_repeat && p->syn_retries > 0);
    struct exchange asking = exchange(quiet, c, batch, APP_DATA, lost + 2, opening.answered,
                                      may_repeat && p->data_retries > 0);
    uint64_t served = asking.answered;
    uint32_t lives = ones(served);
    count_exchange(sum, APP_SYN, &opening, served, lives);
    count_exchange(sum, APP_DATA, &asking, served, lives);
    sum->answered += batch->counts ? lives : 0;
    return served;
}

/* Tells those of `which` whose lives are of the usual kind, and returns them. */
static uint64_t be_told(const struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                        uint64_t which, bool may_repeat, struct amounts *sum)
{
    uint64_t told = which;
    if (which == 0)
        return 0;
    switch (quiet->road[c].way) {
    case APP_WAY_HELD: /* SYNs that do not leave the front end */
        sum->failed += batch->counts ? ones(which) : 0;
        break;
    case APP_WAY_VANISHES:
        told = vanish(quiet, c, batch, which, sum);
        break;
    case APP_WAY_REFUSED:
        told = be_refused(quiet, c, batch, which, sum);
        break;
    default:
        told = be_served(quiet, c, batch, which, may_repeat, sum);
    }
    sum->begun += batch->counts ? ones(told) : 0;
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

static void hand_on(struct app_quiet *quiet, uint32_t c, const struct amounts *sum)
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

/* ---- what the last of them did ---- */

static int64_t delay_ns(const struct app_quiet *quiet, uint32_t c, enum app_message_type type,
                        uint32_t copy, uint32_t number)
{
    bool up = type == APP_SYN || type == APP_DATA;
    struct datagram datagram = {.selector = c,
                                .luck = app_luck(type, copy, number),
                                .sender = up ? 0 : quiet->road[c].sender};
    return link_delay_ns(up ? quiet->uplink : quiet->downlink, quiet->client->luck, &datagram);
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

/* What ends before this changes nothing that is noted of the last one. */
static int64_t known_ns(const struct app_quiet *quiet, uint32_t c)
{
    const struct app_road *road = &quiet->road[c];
    const struct app_held *held = &quiet->held[c];
    if (road->way == APP_WAY_HELD)
        return held->is_there ? held->sent_ns : NEVER_NS;
    bool answers = road->way != APP_WAY_VANISHES && road->touched_ns != NULL;
    return answers && *road->touched_ns < quiet->last_sent_ns ? *road->touched_ns
                                                              : quiet->last_sent_ns;
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

/* When a life without a loss sent its last packet and heard its last answer. */
static void note_end(struct app_quiet *quiet, uint32_t c, int64_t at_ns, uint32_t number)
{
    const struct app_params *p = quiet->client->params;
    enum app_way way = quiet->road[c].way;
    int64_t last_syn_ns = at_ns + p->syn_wait_ns * ((INT64_C(1) << p->syn_retries) - 1);
    if (way == APP_WAY_HELD) {
        note_held(quiet, c, number, last_syn_ns);
    } else if (way == APP_WAY_VANISHES) {
        note(&quiet->last_sent_ns, last_syn_ns);
    } else {
        struct ends ends = ends_of(quiet, c, at_ns, number);
        note(&quiet->last_sent_ns, ends.sent_ns);
        note(quiet->road[c].touched_ns, ends.answered_ns);
    }
}

/* From the last life backwards, as long as an earlier one may have ended later. */
static void note_ends(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                      uint64_t which)
{
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    int64_t longest = longest_ns(quiet, quiet->road[c].way);
    while (which != 0) {
        uint32_t i = 63 - (uint32_t)__builtin_clzll(which);
        if (a->place_ns[i] + longest <= known_ns(quiet, c))
            return;
        note_end(quiet, c, a->place_ns[i], batch->number + i);
        which &= ~(UINT64_C(1) << i);
    }
}

/* ---- a window ---- */

static void live_alone(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       uint64_t which, int64_t now_ns)
{
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    for (; which != 0; which &= which - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(which);
        struct app_life life = app_life_of(c, a->place_ns[i], batch->number + i);
        app_quiet_live(quiet, &life, now_ns);
    }
}

/* Everything of these was over long ago. */
static void tell_old(struct app_quiet *quiet, uint32_t c, const struct batch *batch, int64_t now_ns,
                     struct amounts *sum)
{
    uint64_t others = batch->which & ~be_told(quiet, c, batch, batch->which, true, sum);
    if (others == 0)
        return;
    arrivals_load(&quiet->client->source[c].arrivals, batch->window);
    live_alone(quiet, c, batch, others, now_ns);
}

/* Of these (loaded) one has to know when they ended, and whether they did. */
static void tell_recent(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                        int64_t now_ns, struct amounts *sum)
{
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    int64_t longest = longest_ns(quiet, quiet->road[c].way);
    uint64_t over = batch->which & arrivals_until(a, now_ns - longest);
    uint64_t told = be_told(quiet, c, batch, over, false, sum);
    live_alone(quiet, c, batch, batch->which & ~told, now_ns);
    note_ends(quiet, c, batch, told);
}

/* ---- a span ---- */

struct span {
    int64_t from_ns, now_ns; /* after the one, up to the other */
};

static void tell_window(struct app_quiet *quiet, uint32_t c, const struct span *span,
                        int64_t window, uint32_t count, struct amounts *sum)
{
    struct arrivals *a = &quiet->client->source[c].arrivals;
    struct batch batch = {.window = window,
                          .number = app_request_number((struct arrival){0, arrivals_id(window)}),
                          .which = first_ones(count),
                          .counts = window >= 0};
    int64_t begin_ns = arrivals_begin_ns(a, window), end_ns = arrivals_begin_ns(a, window + 1) - 1;
    int64_t over_ns = end_ns + repeated_ns(quiet, quiet->road[c].way);
    bool whole = begin_ns > span->from_ns && end_ns <= span->now_ns;
    bool old = over_ns <= span->now_ns && over_ns <= known_ns(quiet, c);
    if (!whole || !old)
        arrivals_load(a, window);
    if (!whole)
        batch.which = arrivals_until(a, span->now_ns) & ~arrivals_until(a, span->from_ns);
    if (old)
        tell_old(quiet, c, &batch, span->now_ns, sum);
    else
        tell_recent(quiet, c, &batch, span->now_ns, sum);
}

/* When the class's first request began, however it goes on. */
static void note_first(struct app_client *client, uint32_t c, const struct span *span)
{
    if (client->class_first_ns[c] != NEVER_NS || span->now_ns < 0)
        return;
    int64_t after_ns = span->from_ns < -1 ? -1 : span->from_ns;
    int64_t at_ns = arrivals_next(&client->source[c].arrivals, after_ns).at_ns;
    if (at_ns <= span->now_ns)
        client->class_first_ns[c] = at_ns;
}

/* Backwards: what the last ones did is known first, and mostly enough. */
void quiet_tell_class(struct app_quiet *quiet, uint32_t c, int64_t from_ns, int64_t now_ns)
{
    enum { BLOCK = 16 };
    const struct span span = {from_ns, now_ns};
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    int64_t first = arrivals_window(a, from_ns), last = arrivals_window(a, now_ns);
    uint8_t count[BLOCK];
    struct amounts sum = {0};
    note_first(quiet->client, c, &span);
    for (int64_t end = last + 1, begin; end > first; end = begin) {
        begin = end - BLOCK > first ? end - BLOCK : first;
        arrivals_count(a, begin, (size_t)(end - begin), count);
        for (int64_t window = end - 1; window >= begin; window--)
            tell_window(quiet, c, &span, window, count[window - begin], &sum);
    }
    hand_on(quiet, c, &sum);
}
