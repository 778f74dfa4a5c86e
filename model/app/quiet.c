#include "app/quiet.h"

#include <math.h>
#include <stdlib.h>

#include "quiet.h"
#include "request.h"

static bool can(const struct app_quiet *quiet, uint32_t class_index);
static void answer_due(struct sim *sim, struct timer *timer);

void app_quiet_reset(struct app_quiet *quiet)
{
    int64_t up_ns = link_longest_ns(quiet->uplink), down_ns = link_longest_ns(quiet->downlink);
    quiet->trip_ns = up_ns == INT64_MAX || down_ns == INT64_MAX ? INT64_MAX : up_ns + down_ns;
    quiet->can = 0;
    for (uint32_t c = 0; c < quiet->client->classes; c++)
        quiet->can |= (uint32_t)can(quiet, c) << c;
    for (uint32_t c = 0; c < APP_CLASSES_MAX; c++) {
        quiet->road[c] = (struct app_road){.way = APP_WAY_UNKNOWN};
        quiet->held[c].is_there = false;
        quiet->until_ns[c] = quiet->client->sim->now_ns;
        quiet->answer[c].quiet = quiet;
        timer_init(&quiet->answer[c].timer, answer_due, 0);
    }
    quiet->last_sent_ns = NEVER_NS;
    quiet->stopped = false;
    quiet->lives = 0;
}

void app_quiet_fini(struct app_quiet *quiet)
{
    free(quiet->life);
    quiet->life = NULL;
}

/* ---- whether it can be done ---- */

/* A Poisson number of this mean is larger with a probability below 1e-15. */
static double most(double mean)
{
    return mean + 12.0 * sqrt(mean) + 40.0;
}

/* Packets that a request sends one way, at most. */
static double most_sent(const struct app_params *p)
{
    return (double)((p->syn_retries + 1) * (p->reset_retries + 2) + p->data_retries + 1);
}

/* Packets of all requests that are under way one way at once, for ns at most. Each request has one
 * at most, independently of the others: what is under way is a Poisson number, and by Little's law
 * its mean is at most what is sent a second times how long it is under way. */
static uint64_t most_under_way(const struct app_client *client, int64_t ns)
{
    enum { OTHERS = 64 }; /* IKE, ARP */
    double mean = 0.0;
    for (uint32_t c = 0; c < client->classes; c++)
        mean += client->traffic[c].rate_hz * most_sent(client->params) * (double)ns * 1e-9;
    return (uint64_t)most(mean) + OTHERS;
}

static bool can(const struct app_quiet *quiet, uint32_t class_index)
{
    const struct app_client *client = quiet->client;
    const struct app_params *p = client->params;
    int64_t up_ns = link_longest_ns(quiet->uplink), down_ns = link_longest_ns(quiet->downlink);
    const struct class_params *traffic = &client->traffic[class_index];
    /* Periodic requests may come in the very instant in which something that one of them began is
     * over: which was first only events can tell. */
    if (!p->tcp || traffic->persistent || traffic->arrival == APP_ARRIVAL_periodic)
        return false;
    int64_t wait_ns = p->syn_wait_ns < p->data_wait_ns ? p->syn_wait_ns : p->data_wait_ns;
    return quiet->trip_ns < wait_ns &&
           link_is_plain(quiet->uplink, most_under_way(client, up_ns)) &&
           link_is_plain(quiet->downlink, most_under_way(client, down_ns));
}

int64_t app_quiet_most_bytes(const struct app_quiet *quiet, uint32_t class_index, bool syns,
                             int64_t ns)
{
    const struct app_client *client = quiet->client;
    const struct app_params *p = client->params;
    double rate_hz = client->traffic[class_index].rate_hz;
    double begin = most(rate_hz * (double)ns * 1e-9), begun = most(rate_hz * 200.0);
    int64_t opening = app_bytes(APP_SYN) + (syns ? 0 : app_bytes(APP_SYN_ACK));
    int64_t asking = syns ? 0 : app_bytes(APP_DATA) + app_bytes(APP_REPLY);
    int64_t each = (p->syn_retries + 1) * (syns ? 1 : p->reset_retries + 2) * opening +
                   (p->data_retries + 1) * asking;
    return (int64_t)(begin + begun) * each;
}

/* ---- lives in the middle ---- */

void quiet_keep(struct app_quiet *quiet, const struct app_life *life)
{
    if (quiet->lives == quiet->room) {
        quiet->room = quiet->room > 0 ? 2 * quiet->room : 4;
        quiet->life = realloc(quiet->life, quiet->room * sizeof *quiet->life);
        CHECK(quiet->life != NULL);
    }
    quiet->life[quiet->lives++] = *life;
}

void app_quiet_live(struct app_quiet *quiet, struct app_life *life, int64_t now_ns)
{
    quiet_live(quiet, life, now_ns);
    if (life->stage != APP_STAGE_OVER)
        quiet_keep(quiet, life);
}

void app_quiet_tell(struct app_quiet *quiet, uint32_t class_index, int64_t now_ns)
{
    int64_t *until_ns = &quiet->until_ns[class_index];
    if (now_ns <= *until_ns)
        return;
    if (quiet->road[class_index].way != APP_WAY_UNKNOWN)
        quiet_tell_class(quiet, class_index, *until_ns, now_ns);
    *until_ns = now_ns;
}

int64_t app_quiet_last_begun_ns(const struct app_quiet *quiet, int64_t now_ns)
{
    int64_t last_ns = NEVER_NS;
    for (uint32_t c = 0; c < quiet->client->classes && !quiet->stopped; c++) {
        if (quiet->road[c].way <= APP_WAY_HELD)
            continue;
        int64_t ns = arrivals_previous(&quiet->client->source[c].arrivals, now_ns).at_ns;
        if (ns > quiet->until_ns[c] && ns > last_ns)
            last_ns = ns;
    }
    return last_ns;
}

/* ---- the next answer ---- */

/* All that lives of a class move on a road that is SERVED. */
struct counters {
    struct link uplink, downlink;
    struct app_exposure exposed;
    uint64_t sent, answered, lost, class_lost, dropped;
    int64_t first_ns, last_sent_ns, bytes, touched_ns;
};

static int64_t value_of(const int64_t *pointer)
{
    return pointer != NULL ? *pointer : 0;
}

static struct counters counters_of(const struct app_quiet *quiet, uint32_t c)
{
    const struct app_client *client = quiet->client;
    return (struct counters){*quiet->uplink,
                             *quiet->downlink,
                             client->exposed[c],
                             client->sent,
                             client->answered_count,
                             client->lost,
                             client->class_lost[c],
                             *quiet->dropped,
                             client->class_first_ns[c],
                             quiet->last_sent_ns,
                             value_of(quiet->road[c].bytes),
                             value_of(quiet->road[c].touched_ns)};
}

static void put_back(struct app_quiet *quiet, uint32_t c, const struct counters *counters)
{
    struct app_client *client = quiet->client;
    *quiet->uplink = counters->uplink;
    *quiet->downlink = counters->downlink;
    client->exposed[c] = counters->exposed;
    client->sent = counters->sent;
    client->answered_count = counters->answered;
    client->lost = counters->lost;
    client->class_lost[c] = counters->class_lost;
    *quiet->dropped = counters->dropped;
    client->class_first_ns[c] = counters->first_ns;
    quiet->last_sent_ns = counters->last_sent_ns;
    if (quiet->road[c].bytes != NULL)
        *quiet->road[c].bytes = counters->bytes;
    if (quiet->road[c].touched_ns != NULL)
        *quiet->road[c].touched_ns = counters->touched_ns;
}

/* Of lives in the middle and of those that begin. */
static int64_t next_answer_ns(struct app_quiet *quiet, uint32_t c, int64_t until_ns)
{
    struct arrivals *arrivals = &quiet->client->source[c].arrivals;
    int64_t best_ns = INT64_MAX;
    for (uint32_t i = 0; i < quiet->lives; i++) {
        if (quiet->life[i].class_index != c)
            continue;
        int64_t ns = quiet_answer_ns(quiet, quiet->life[i], until_ns);
        best_ns = ns < best_ns ? ns : best_ns;
        until_ns = ns < until_ns ? ns : until_ns;
    }
    if (quiet->stopped)
        return best_ns;
    for (struct arrival next = arrivals_next(arrivals, quiet->until_ns[c]); next.at_ns < until_ns;
         next = arrivals_following(arrivals, next)) {
        int64_t ns =
            quiet_answer_ns(quiet, app_life_of(c, next.at_ns, app_request_number(next)), until_ns);
        best_ns = ns < best_ns ? ns : best_ns;
        until_ns = ns < until_ns ? ns : until_ns;
    }
    return best_ns;
}

void app_quiet_await(struct app_quiet *quiet, uint32_t class_index, int64_t until_ns)
{
    struct counters counters = counters_of(quiet, class_index);
    quiet->answer[class_index].until_ns = until_ns;
    int64_t at_ns = next_answer_ns(quiet, class_index, until_ns);
    put_back(quiet, class_index, &counters);
    if (at_ns != INT64_MAX)
        timer_arm(quiet->client->sim, &quiet->answer[class_index].timer, at_ns);
}

static void answer_due(struct sim *sim, struct timer *timer)
{
    struct app_answer *answer = CONTAINER_OF(timer, struct app_answer, timer);
    struct app_quiet *quiet = answer->quiet;
    uint32_t class_index = (uint32_t)(answer - quiet->answer);
    app_quiet_tell(quiet, class_index, sim->now_ns);
    quiet->client->answered(quiet->client->host, class_index, quiet->road[class_index].server);
    /* If it was not the one that was waited for, the next one may be. */
    if (quiet->road[class_index].matters)
        app_quiet_await(quiet, class_index, answer->until_ns);
}

/* ---- from road to road ---- */

static bool flies(const struct app_life *life)
{
    return life->stage >= APP_STAGE_SYN_FLIES && life->stage <= APP_STAGE_DATA_RESET_FLIES;
}

/* A packet of a life. */
static struct datagram packet_of(const struct app_quiet *quiet, const struct app_life *life,
                                 enum app_message_type type, uint32_t handle)
{
    const struct app_road *road = &quiet->road[life->class_index];
    bool up = type == APP_SYN || type == APP_DATA, opening = type <= APP_SYN_RESET;
    struct app_message message = {
        .type = (uint8_t)type,
        .server = up ? life->server : road->server,
        .copy = (uint8_t)((opening ? life->syns : life->datas) - 1),
        .login = !opening,
        .request = life->number,
        .handle = handle,
    };
    struct datagram datagram = app_datagram(life->class_index, &message);
    datagram.sender = up ? 0 : road->sender;
    return datagram;
}

/* Puts the packet that is under way into the network. */
static void fly(struct app_quiet *quiet, const struct app_life *life, uint32_t handle)
{
    static const uint8_t types[] = {
        [APP_STAGE_SYN_FLIES] = APP_SYN,
        [APP_STAGE_SYN_ACK_FLIES] = APP_SYN_ACK,
        [APP_STAGE_SYN_RESET_FLIES] = APP_SYN_RESET,
        [APP_STAGE_DATA_FLIES] = APP_DATA,
        [APP_STAGE_REPLY_FLIES] = APP_REPLY,
        [APP_STAGE_DATA_RESET_FLIES] = APP_DATA_RESET,
    };
    const struct app_road *road = &quiet->road[life->class_index];
    enum app_message_type type = (enum app_message_type)types[life->stage];
    bool up = type == APP_SYN || type == APP_DATA;
    struct datagram datagram = packet_of(quiet, life, type, handle);
    quiet->fly(quiet->host, road, &datagram, up, life->due_ns);
}

/* Packets of the class that are under way belong to its old road: they and their requests go on
 * event by event. So do all requests when no road is known. */
static void hand_over(struct app_quiet *quiet, uint32_t class_index, bool all)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < quiet->lives; i++) {
        const struct app_life life = quiet->life[i];
        if (life.class_index != class_index || !(all || flies(&life))) {
            quiet->life[left++] = life;
            continue;
        }
        uint32_t handle = app_adopt(quiet->client, &life);
        if (flies(&life))
            fly(quiet, &life, handle);
    }
    quiet->lives = left;
}

/* A request that is still alive goes on event by event; else nobody waits for an answer. */
bool app_quiet_take_held(struct app_quiet *quiet, uint32_t class_index, struct datagram *datagram)
{
    struct app_held *held = &quiet->held[class_index];
    uint32_t handle = UINT32_MAX;
    if (!held->is_there)
        return false;
    held->is_there = false;
    for (uint32_t i = 0; i < quiet->lives && handle == UINT32_MAX; i++) {
        const struct app_life *life = &quiet->life[i];
        if (life->class_index != class_index || life->number != held->life.number)
            continue;
        handle = app_adopt(quiet->client, life);
        quiet->life[i] = quiet->life[--quiet->lives];
    }
    enum app_message_type type = held->life.stage == APP_STAGE_ASKING_WAITS ? APP_DATA : APP_SYN;
    *datagram = packet_of(quiet, &held->life, type, handle);
    return true;
}

static bool same(const struct app_road *a, const struct app_road *b)
{
    return a->way == b->way && a->server == b->server && a->sender == b->sender &&
           a->in_clear == b->in_clear && a->matters == b->matters && a->bytes == b->bytes &&
           a->touched_ns == b->touched_ns && a->station == b->station && a->spi == b->spi;
}

bool app_quiet_is_on(const struct app_quiet *quiet, uint32_t class_index,
                     const struct app_road *road)
{
    return same(&quiet->road[class_index], road);
}

void app_quiet_set(struct app_quiet *quiet, uint32_t class_index, const struct app_road *road)
{
    struct app_road *present = &quiet->road[class_index];
    bool was_known = present->way != APP_WAY_UNKNOWN, is_known = road->way != APP_WAY_UNKNOWN;
    struct app_road before = *present;
    if (app_quiet_is_on(quiet, class_index, road) || (!was_known && !is_known))
        return;
    timer_cancel(quiet->client->sim, &quiet->answer[class_index].timer);
    *present = *road;
    before.matters = road->matters;
    if (same(&before, road))
        return; /* nothing changes for packets that are under way */
    *present = before;
    if (was_known)
        hand_over(quiet, class_index, !is_known);
    *present = *road;
    quiet->held[class_index].is_there = false;
    if (was_known == is_known || quiet->stopped)
        return;
    if (is_known)
        app_source_pause(quiet->client, class_index);
    else
        app_source_resume(quiet->client, class_index);
}

void app_quiet_stop(struct app_quiet *quiet)
{
    quiet->stopped = true;
}

void app_quiet_end(struct app_quiet *quiet)
{
    for (uint32_t c = 0; c < quiet->client->classes; c++)
        timer_cancel(quiet->client->sim, &quiet->answer[c].timer);
    for (uint32_t i = 0; i < quiet->lives; i++)
        if (flies(&quiet->life[i]))
            fly(quiet, &quiet->life[i], UINT32_MAX);
    app_quiet_reset(quiet);
}
