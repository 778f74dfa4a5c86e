/* Many requests of one class at once, a window of arrivals at a time. Most of them meet with
 * nothing, or with one loss that a repetition makes good, and all is over before the road ends:
 * they are sets of a window's members, and counters are moved by what such lives move them. Where
 * it cannot matter when they began, not even that is drawn. The others live one by one. */
#include "quiet.h"
#include "quiet_set.h"
#include "request.h"

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

static void note_held(struct app_quiet *quiet, const struct app_life *life)
{
    struct app_held *held = &quiet->held[life->class_index];
    if (!held->is_there || held->sent_ns <= life->sent_ns)
        *held = (struct app_held){true, life->sent_ns, *life};
}

/* When a life without a loss sent its last packet and heard its last answer. */
static void note_end(struct app_quiet *quiet, uint32_t c, int64_t at_ns, uint32_t number)
{
    const struct app_params *p = quiet->client->params;
    enum app_way way = quiet->road[c].way;
    int64_t last_syn_ns = at_ns + p->syn_wait_ns * ((INT64_C(1) << p->syn_retries) - 1);
    if (way == APP_WAY_HELD) {
        struct app_life life = app_life_of(c, at_ns, number);
        life.stage = APP_STAGE_OVER;
        life.sent_ns = last_syn_ns;
        life.syns = (uint8_t)(p->syn_retries + 1);
        note_held(quiet, &life);
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
    int64_t longest = quiet_longest_ns(quiet, quiet->road[c].way, 0);
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

/* A SYN is sent again and again to nobody, or held: where such a life stands follows from when it
 * began. */
static struct app_life lingering(const struct app_quiet *quiet, uint32_t c, int64_t at_ns,
                                 uint32_t number, int64_t now_ns)
{
    const struct app_params *p = quiet->client->params;
    struct app_life life = app_life_of(c, at_ns, number);
    life.stage = APP_STAGE_OPENING_WAITS;
    life.sent_ns = at_ns;
    life.wait_ns = p->syn_wait_ns;
    life.syns = 1;
    for (; life.tries < p->syn_retries && life.sent_ns + life.wait_ns <= now_ns; life.tries++) {
        life.sent_ns += life.wait_ns;
        life.wait_ns *= 2;
        life.syns++;
    }
    life.due_ns = life.sent_ns + life.wait_ns;
    return life;
}

/* Those of `which` (loaded, not over) whose packets nobody answers; returns them. One whose last
 * SYN is still under way is not among them. */
static uint64_t linger(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                       uint64_t which, int64_t now_ns, struct amounts *sum)
{
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    bool held = quiet->road[c].way == APP_WAY_HELD;
    uint64_t sent[CHANCES_TOGETHER] = {0}, lost[CHANCES_TOGETHER], linger = 0;
    struct link_group syns[CHANCES_TOGETHER];
    if ((!held && quiet->road[c].way != APP_WAY_VANISHES) ||
        quiet->client->params->syn_retries >= CHANCES_TOGETHER)
        return 0;
    for (; which != 0; which &= which - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(which);
        struct app_life life = lingering(quiet, c, a->place_ns[i], batch->number + i, now_ns);
        if (!held && life.sent_ns + quiet->trip_ns > now_ns)
            continue;
        linger |= UINT64_C(1) << i;
        for (uint32_t copy = 0; copy < life.syns; copy++)
            sent[copy] |= UINT64_C(1) << i;
        if (held)
            note_held(quiet, &life);
        else
            note(&quiet->last_sent_ns, life.sent_ns);
        quiet_keep(quiet, &life);
    }
    sum->begun += batch->counts ? quiet_ones(linger) : 0;
    if (held || linger == 0)
        return linger;
    uint32_t copies = 0;
    for (; copies < CHANCES_TOGETHER && sent[copies] != 0; copies++)
        syns[copies] = quiet_group(quiet, c, batch, APP_SYN, copies);
    link_losses(quiet->client->luck, syns, copies, linger, lost);
    for (uint32_t copy = 0; copy < copies; copy++)
        quiet_pass(sum, APP_SYN, quiet_ones(sent[copy]), quiet_ones(sent[copy] & lost[copy]));
    return linger;
}

/* Everything of these was over long ago. */
static void tell_old(struct app_quiet *quiet, uint32_t c, int64_t window, const struct batch *batch,
                     int64_t now_ns, struct amounts *sum)
{
    uint64_t told = quiet_be_told(quiet, c, batch, batch->which, true, sum),
             others = batch->which & ~told;
    sum->begun += batch->counts ? quiet_ones(told) : 0;
    if (others == 0)
        return;
    arrivals_load(&quiet->client->source[c].arrivals, window);
    live_alone(quiet, c, batch, others, now_ns);
}

/* Of these (loaded) one has to know when they ended, and whether they did. */
static void tell_recent(struct app_quiet *quiet, uint32_t c, const struct batch *batch,
                        int64_t now_ns, struct amounts *sum)
{
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    int64_t longest = quiet_longest_ns(quiet, quiet->road[c].way, 0);
    uint64_t over = batch->which & arrivals_until(a, now_ns - longest);
    uint64_t told = quiet_be_told(quiet, c, batch, over, false, sum);
    sum->begun += batch->counts ? quiet_ones(told) : 0;
    uint64_t others = batch->which & ~told;
    others &= ~linger(quiet, c, batch, others & ~over, now_ns, sum);
    live_alone(quiet, c, batch, others, now_ns);
    note_ends(quiet, c, batch, told);
}

/* ---- a span ---- */

struct span {
    int64_t from_ns, now_ns; /* after the one, up to the other */
    int64_t first, last;     /* their windows */
    int64_t repeated_ns;     /* how long a life takes in which SYN and DATA are repeated once */
};

static void tell_window(struct app_quiet *quiet, uint32_t c, const struct span *span,
                        int64_t window, int64_t end_ns, uint32_t count, struct amounts *sum)
{
    struct arrivals *a = &quiet->client->source[c].arrivals;
    struct batch batch = {.number = app_request_number((struct arrival){0, arrivals_id(window)}),
                          .which = (UINT64_C(1) << count) - 1,
                          .counts = window >= 0};
    int64_t over_ns = end_ns + span->repeated_ns;
    bool whole = window > span->first && end_ns <= span->now_ns;
    bool old = over_ns <= span->now_ns && over_ns <= known_ns(quiet, c);
    if (!whole || !old)
        arrivals_load(a, window);
    if (!whole)
        batch.which = arrivals_until(a, span->now_ns) & ~arrivals_until(a, span->from_ns);
    if (old)
        tell_old(quiet, c, window, &batch, span->now_ns, sum);
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
static void tell_windows(struct app_quiet *quiet, uint32_t c, const struct span *span,
                         struct amounts *sum)
{
    enum { BLOCK = 16 };
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    uint8_t count[BLOCK];
    int64_t end_ns = arrivals_begin_ns(a, span->last + 1);
    for (int64_t end = span->last + 1, begin; end > span->first; end = begin) {
        begin = end - BLOCK > span->first ? end - BLOCK : span->first;
        arrivals_count(a, begin, (size_t)(end - begin), count);
        for (int64_t window = end - 1; window >= begin; window--) {
            tell_window(quiet, c, span, window, end_ns - 1, count[window - begin], sum);
            end_ns = arrivals_begin_ns(a, window);
        }
    }
}

/* ---- lives in the middle ---- */

/* Whether the next thing a life does is to send a SYN that is refused or served, unless it is lost.
 */
static bool will_open(const struct app_quiet *quiet, const struct app_life *life)
{
    const struct app_params *p = quiet->client->params;
    enum app_way way = quiet->road[life->class_index].way;
    bool waits = life->stage == APP_STAGE_REFUSED_WAITS ||
                 (life->stage == APP_STAGE_OPENING_WAITS && life->tries < p->syn_retries);
    return waits && life->datas == 0 && (way == APP_WAY_REFUSED || way == APP_WAY_SERVED) &&
           life->syns + p->reset_retries <= APP_COPIES_MAX;
}

static bool are_alike(const struct app_life *a, const struct app_life *b)
{
    return a->number >> CHANCES_MEMBER_BITS == b->number >> CHANCES_MEMBER_BITS &&
           a->class_index == b->class_index && a->syns == b->syns && a->resets == b->resets;
}

/* As those that begin: told together if they are over and it cannot matter when. Returns those that
 * were. */
static uint64_t tell_alike(struct app_quiet *quiet, uint32_t c, const struct app_life *life,
                           uint32_t n, int64_t now_ns, struct amounts *sum)
{
    const uint32_t members = (1u << CHANCES_MEMBER_BITS) - 1;
    int64_t longest = quiet_longest_ns(quiet, quiet->road[c].way, life->resets),
            known = known_ns(quiet, c);
    int64_t before_ns = now_ns < known ? now_ns : known;
    struct batch batch = {.number = life->number & ~members,
                          .counts = app_counts(life->number),
                          .syns = life->syns,
                          .resets = life->resets};
    for (uint32_t i = 0; i < n; i++)
        batch.which |=
            (uint64_t)(life[i].due_ns + longest <= before_ns && will_open(quiet, &life[i]))
            << (life[i].number & members);
    return quiet_be_told(quiet, c, &batch, batch.which, false, sum);
}

/* Of the first n. */
static void tell_lives(struct app_quiet *quiet, uint32_t c, uint32_t n, int64_t now_ns,
                       struct amounts *sum)
{
    const uint32_t members = (1u << CHANCES_MEMBER_BITS) - 1;
    uint32_t left = 0, next;
    for (uint32_t i = 0; i < n; i = next) {
        const struct app_life first = quiet->life[i];
        for (next = i + 1; next < n && are_alike(&first, &quiet->life[next]);)
            next++;
        bool ours = first.class_index == c;
        uint64_t told = ours ? tell_alike(quiet, c, &quiet->life[i], next - i, now_ns, sum) : 0;
        for (uint32_t k = i; k < next; k++) {
            struct app_life life = quiet->life[k];
            if (told >> (life.number & members) & 1)
                continue;
            if (ours)
                quiet_live(quiet, &life, now_ns);
            if (life.stage != APP_STAGE_OVER)
                quiet->life[left++] = life;
        }
    }
    if (left < n)
        memmove(quiet->life + left, quiet->life + n, (quiet->lives - n) * sizeof *quiet->life);
    quiet->lives -= n - left;
}

/* Those that begin first: then it is known already what the last ones did. */
void quiet_tell_class(struct app_quiet *quiet, uint32_t c, int64_t from_ns, int64_t now_ns)
{
    const struct arrivals *a = &quiet->client->source[c].arrivals;
    const struct span span = {from_ns, now_ns, arrivals_window(a, from_ns),
                              arrivals_window(a, now_ns),
                              quiet_repeated_ns(quiet, quiet->road[c].way)};
    struct amounts sum = {0};
    uint32_t lives = quiet->lives;
    if (!quiet->stopped) {
        note_first(quiet->client, c, &span);
        tell_windows(quiet, c, &span, &sum);
    }
    tell_lives(quiet, c, lives, now_ns, &sum);
    quiet_hand_on(quiet, c, &sum);
}
