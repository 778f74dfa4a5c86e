/* The life of one request, as app.c simulates it, where nothing happens between its own packets and
 * timers: an answer arrives before its request is repeated, or not at all. */
#include "moment/moment.h"

#include "quiet.h"
#include "request.h"

static void fail(struct app_quiet *quiet, struct app_life *life)
{
    struct app_client *client = quiet->client;
    client->lost += app_counts(life->number);
    client->class_lost[life->class_index] += app_counts(life->number);
    life->stage = APP_STAGE_OVER;
}

/* Whether the packet arrives, and then when. */
static bool send(struct app_quiet *quiet, struct app_life *life, struct link *link,
                 enum app_message_type type, uint32_t copy, uint32_t sender, int64_t now_ns)
{
    struct datagram datagram = {.selector = life->class_index,
                                .luck = app_luck(type, copy, life->number),
                                .sender = sender};
    int64_t delay_ns;
    link->sent++;
    if (!link_fate(link, quiet->client->luck, &datagram, &delay_ns)) {
        link->lost++;
        return false;
    }
    life->due_ns = now_ns + delay_ns;
    return true;
}

static void wait(struct app_life *life, enum app_stage stage)
{
    life->stage = (uint8_t)stage;
    life->due_ns = life->sent_ns + life->wait_ns;
}

/* What a DATA in clear exposes. */
static void expose(struct app_quiet *quiet, struct app_life *life)
{
    struct app_client *client = quiet->client;
    struct app_exposure *exposed = &client->exposed[life->class_index];
    bool basic = client->traffic[life->class_index].passwords == APP_PASSWORD_basic;
    if (!quiet->road[life->class_index].in_clear || !app_counts(life->number))
        return;
    exposed->requests += !life->exposed_request;
    exposed->passwords += basic && !life->exposed_login;
    life->exposed_request = life->exposed_login = true;
}

/* The newest packet takes the place of the one before. */
static void hold(struct app_quiet *quiet, const struct app_life *life)
{
    struct app_held *held = &quiet->held[life->class_index];
    if (!held->is_there || life->sent_ns >= held->sent_ns)
        *held = (struct app_held){true, life->sent_ns, *life};
}

static void send_up(struct app_quiet *quiet, struct app_life *life, enum app_message_type type,
                    int64_t now_ns)
{
    bool syn = type == APP_SYN;
    uint8_t *sent = syn ? &life->syns : &life->datas;
    if (*sent > APP_COPIES_MAX) {
        fail(quiet, life);
        return;
    }
    life->sent_ns = now_ns;
    if (quiet->road[life->class_index].way == APP_WAY_HELD) {
        ++*sent;
        wait(life, syn ? APP_STAGE_OPENING_WAITS : APP_STAGE_ASKING_WAITS);
        hold(quiet, life);
        return;
    }
    if (now_ns > quiet->last_sent_ns)
        quiet->last_sent_ns = now_ns;
    if (!syn)
        expose(quiet, life);
    quiet_take(quiet->road[life->class_index].bytes, app_bytes(type));
    uint32_t copy = (*sent)++;
    if (send(quiet, life, quiet->uplink, type, copy, 0, now_ns))
        life->stage = syn ? APP_STAGE_SYN_FLIES : APP_STAGE_DATA_FLIES;
    else
        wait(life, syn ? APP_STAGE_OPENING_WAITS : APP_STAGE_ASKING_WAITS);
}

static void answer(struct app_quiet *quiet, struct app_life *life, enum app_message_type type,
                   enum app_stage stage)
{
    bool opening = type <= APP_SYN_RESET;
    uint32_t copy = (opening ? life->syns : life->datas) - 1u;
    uint32_t sender = quiet->road[life->class_index].sender;
    if (send(quiet, life, quiet->downlink, type, copy, sender, life->due_ns))
        life->stage = (uint8_t)stage;
    else
        wait(life, opening ? APP_STAGE_OPENING_WAITS : APP_STAGE_ASKING_WAITS);
}

static void open_connection(struct app_quiet *quiet, struct app_life *life)
{
    life->exposed_login = false;
    life->first_copy[0] = life->syns;
    life->tries = 0;
    life->wait_ns = quiet->client->params->syn_wait_ns;
    send_up(quiet, life, APP_SYN, life->due_ns);
}

static void ask(struct app_quiet *quiet, struct app_life *life)
{
    life->first_copy[1] = life->datas;
    life->tries = 0;
    life->wait_ns = quiet->client->params->data_wait_ns;
    send_up(quiet, life, APP_DATA, life->due_ns);
}

static void repeat(struct app_quiet *quiet, struct app_life *life, enum app_message_type type,
                   int64_t retries)
{
    if (life->tries >= retries) {
        fail(quiet, life);
        return;
    }
    life->tries++;
    life->wait_ns *= 2;
    send_up(quiet, life, type, life->due_ns);
}

static void begin(struct app_quiet *quiet, struct app_life *life)
{
    struct app_client *client = quiet->client;
    if (app_counts(life->number)) {
        client->sent++;
        if (client->class_first_ns[life->class_index] == NEVER_NS)
            client->class_first_ns[life->class_index] = life->due_ns;
    }
    open_connection(quiet, life);
}

/* A SYN or DATA has arrived at the cluster. */
static void arrive(struct app_quiet *quiet, struct app_life *life)
{
    const struct app_road *road = &quiet->road[life->class_index];
    bool syn = life->stage == APP_STAGE_SYN_FLIES, served = road->way == APP_WAY_SERVED;
    quiet->uplink->delivered++;
    if (road->way == APP_WAY_VANISHES) {
        ++*quiet->dropped;
        wait(life, syn ? APP_STAGE_OPENING_WAITS : APP_STAGE_ASKING_WAITS);
    } else if (syn) {
        if (served)
            answer(quiet, life, APP_SYN_ACK, APP_STAGE_SYN_ACK_FLIES);
        else
            answer(quiet, life, APP_SYN_RESET, APP_STAGE_SYN_RESET_FLIES);
    } else {
        if (served && life->server == road->server)
            answer(quiet, life, APP_REPLY, APP_STAGE_REPLY_FLIES);
        else
            answer(quiet, life, APP_DATA_RESET, APP_STAGE_DATA_RESET_FLIES);
    }
}

/* An answer has arrived at the front end. */
static void hear(struct app_quiet *quiet, const struct app_life *life, enum app_message_type type)
{
    const struct app_road *road = &quiet->road[life->class_index];
    quiet->downlink->delivered++;
    quiet_take(road->bytes, app_bytes(type));
    if (road->touched_ns != NULL && life->due_ns > *road->touched_ns)
        *road->touched_ns = life->due_ns;
}

static void refused(struct app_quiet *quiet, struct app_life *life)
{
    const struct app_params *p = quiet->client->params;
    if (life->resets++ >= p->reset_retries) {
        fail(quiet, life);
        return;
    }
    life->stage = APP_STAGE_REFUSED_WAITS;
    life->due_ns += p->reset_wait_ns;
}

static void step(struct app_quiet *quiet, struct app_life *life)
{
    const struct app_params *p = quiet->client->params;
    switch (life->stage) {
    case APP_STAGE_BEGINS:
        begin(quiet, life);
        break;
    case APP_STAGE_SYN_FLIES:
    case APP_STAGE_DATA_FLIES:
        arrive(quiet, life);
        break;
    case APP_STAGE_SYN_ACK_FLIES:
        hear(quiet, life, APP_SYN_ACK);
        life->server = quiet->road[life->class_index].server;
        ask(quiet, life);
        break;
    case APP_STAGE_SYN_RESET_FLIES:
        hear(quiet, life, APP_SYN_RESET);
        refused(quiet, life);
        break;
    case APP_STAGE_REPLY_FLIES:
        hear(quiet, life, APP_REPLY);
        quiet->client->answered_count += app_counts(life->number);
        life->stage = APP_STAGE_OVER;
        break;
    case APP_STAGE_DATA_RESET_FLIES:
        hear(quiet, life, APP_DATA_RESET);
        open_connection(quiet, life);
        break;
    case APP_STAGE_REFUSED_WAITS:
        open_connection(quiet, life);
        break;
    case APP_STAGE_OPENING_WAITS:
        repeat(quiet, life, APP_SYN, p->syn_retries);
        break;
    case APP_STAGE_ASKING_WAITS:
        repeat(quiet, life, APP_DATA, p->data_retries);
        break;
    default:
        CHECK(!"a stage of a life");
    }
}

void quiet_live(struct app_quiet *quiet, struct app_life *life, int64_t now_ns)
{
    while (life->stage != APP_STAGE_OVER && life->due_ns <= now_ns)
        step(quiet, life);
}

int64_t quiet_answer_ns(struct app_quiet *quiet, struct app_life life, int64_t until_ns)
{
    while (life.stage != APP_STAGE_OVER && life.due_ns <= until_ns) {
        if (life.stage == APP_STAGE_REPLY_FLIES)
            return life.due_ns;
        step(quiet, &life);
    }
    return INT64_MAX;
}
