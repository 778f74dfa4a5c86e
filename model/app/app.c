#include "app/app.h"

#include <stdlib.h>

#include "moment/moment.h"

#include "request.h"

#define NO_HANDLE UINT32_MAX

/* IP packets: headers of 20 bytes each for IP and TCP (RFC 791, RFC 9293); a SYN with the options
 * MSS and SACK permitted, padded (RFC 2018). A request of 256 bytes and an answer that fills an
 * Ethernet frame (RFC 894) are assumed. */
static const uint16_t message_bytes[] = {
    [APP_SYN] = 48,   [APP_SYN_ACK] = 48, [APP_SYN_RESET] = 40,
    [APP_DATA] = 296, [APP_REPLY] = 1500, [APP_DATA_RESET] = 40,
};

uint32_t app_bytes(enum app_message_type type)
{
    return message_bytes[type];
}

struct datagram app_datagram(uint32_t class_index, const struct app_message *message)
{
    CHECK(message->copy <= APP_COPIES_MAX && message->request < 1u << APP_REQUEST_BITS);
    struct datagram datagram = {
        .selector = class_index,
        .luck = app_luck((enum app_message_type)message->type, message->copy, message->request),
        .bytes = message_bytes[message->type]};
    memcpy(datagram.word, message, sizeof *message);
    return datagram;
}

struct app_message app_serve(const struct app_params *params, const struct app_message *m,
                             uint8_t node, bool open)
{
    struct app_message answer = *m;
    bool ours = !params->tcp || m->server == node;
    if (m->type == APP_SYN)
        answer.type = open ? APP_SYN_ACK : APP_SYN_RESET;
    else
        answer.type = open && ours ? APP_REPLY : APP_DATA_RESET;
    answer.server = node;
    return answer;
}

void app_client_init(struct app_client *client)
{
    *client = (struct app_client){0};
    pool_init(&client->requests, sizeof(struct app_request));
}

void app_client_fini(struct app_client *client)
{
    pool_fini(&client->requests);
    free(client->request);
}

static void source_due(struct sim *sim, struct timer *timer);
static void request_due(struct sim *sim, struct timer *timer);

void app_client_reset(struct app_client *client, struct sim *sim, const struct luck *luck,
                      const struct app_params *params, const struct class_params *traffic,
                      uint32_t classes, uint32_t actor)
{
    client->sim = sim;
    client->luck = luck;
    client->params = params;
    client->traffic = traffic;
    client->classes = classes;
    client->actor = actor;
    client->handles = 0;
    client->free_handle = NO_HANDLE;
    client->connected = 0;
    client->sent = client->answered_count = client->lost = 0;
    memset(client->class_lost, 0, sizeof client->class_lost);
    memset(client->exposed, 0, sizeof client->exposed);
    pool_reset(&client->requests);
    for (uint32_t c = 0; c < classes; c++) {
        struct app_source *source = &client->source[c];
        source->client = client;
        client->class_first_ns[c] = NEVER_NS;
        timer_init(&source->timer, source_due, 2);
        uint32_t who = actor_id(ACTOR_FRONT_END, c, actor_number(actor));
        arrivals_init(&source->arrivals, luck, who, LUCK_arrival_count, LUCK_arrival_place,
                      traffic[c].rate_hz, traffic[c].arrival == APP_ARRIVAL_periodic);
    }
}

uint32_t app_request_number(struct arrival arrival)
{
    uint32_t number = arrival.id - arrivals_id(-APP_WINDOWS_BEFORE);
    CHECK(number < 1u << APP_REQUEST_BITS);
    return number;
}

static void plan(struct app_source *source, struct arrival arrival)
{
    source->next = arrival;
    timer_arm(source->client->sim, &source->timer, source->next.at_ns);
}

void app_client_connect(struct app_client *client, uint32_t class_index, uint8_t server)
{
    if (!client->params->tcp || !client->traffic[class_index].persistent)
        return;
    client->connected |= 1u << class_index;
    client->server[class_index] = server;
}

void app_client_start(struct app_client *client)
{
    for (uint32_t c = 0; c < client->classes; c++)
        app_source_resume(client, c);
}

void app_client_stop(struct app_client *client)
{
    for (uint32_t c = 0; c < client->classes; c++)
        timer_cancel(client->sim, &client->source[c].timer);
}

void app_source_pause(struct app_client *client, uint32_t class_index)
{
    timer_cancel(client->sim, &client->source[class_index].timer);
}

void app_source_resume(struct app_client *client, uint32_t class_index)
{
    struct app_source *source = &client->source[class_index];
    plan(source, arrivals_next(&source->arrivals, client->sim->now_ns));
}

static struct app_request *new_request(struct app_client *client)
{
    if (client->free_handle != NO_HANDLE) {
        struct app_request *request = client->request[client->free_handle];
        client->free_handle = request->next_free;
        return request;
    }
    if (client->handles == client->capacity) {
        client->capacity = client->capacity ? 2 * client->capacity : 8;
        client->request = realloc(client->request, client->capacity * sizeof *client->request);
        CHECK(client->request != NULL);
    }
    struct app_request *request = pool_get(&client->requests);
    request->handle = client->handles;
    client->request[client->handles++] = request;
    return request;
}

static void end_request(struct app_request *request)
{
    struct app_client *client = request->client;
    timer_cancel(client->sim, &request->timer);
    request->state = APP_FREE;
    request->next_free = client->free_handle;
    client->free_handle = request->handle;
}

static bool counts(const struct app_request *request)
{
    return app_counts(request->number);
}

static bool persistent(const struct app_request *request)
{
    return request->client->traffic[request->class_index].persistent != 0;
}

/* The class's connection is of no use any more: the next request opens another one. */
static void disconnect(struct app_request *request)
{
    request->client->connected &= ~(1u << request->class_index);
}

static void connect(struct app_request *request, uint8_t server)
{
    if (!persistent(request))
        return;
    request->client->connected |= 1u << request->class_index;
    request->client->server[request->class_index] = server;
}

static void fail(struct app_request *request)
{
    struct app_client *client = request->client;
    disconnect(request);
    client->lost += counts(request);
    client->class_lost[request->class_index] += counts(request);
    sim_probe(client->sim, MOMENT_request_failed, client->actor, request->class_index,
              request->number);
    end_request(request);
}

static void send_message(struct app_request *request, enum app_message_type type)
{
    struct app_client *client = request->client;
    uint8_t *sent = type == APP_SYN ? &request->syns : &request->datas;
    if (*sent > APP_COPIES_MAX) {
        fail(request);
        return;
    }
    struct app_message message = {.type = (uint8_t)type,
                                  .server = request->server,
                                  .copy = (*sent)++,
                                  .login = type == APP_DATA && request->login,
                                  .request = request->number,
                                  .handle = request->handle};
    enum moment_id what =
        request->syns + request->datas > 1 ? MOMENT_request_repeated : MOMENT_request_sent;
    sim_probe(client->sim, what, client->actor, request->class_index, request->number);
    timer_arm(client->sim, &request->timer, client->sim->now_ns + request->wait_ns);
    struct datagram datagram = app_datagram(request->class_index, &message);
    client->send(client->host, &datagram);
}

static void open_connection(struct app_request *request)
{
    request->state = APP_OPENING;
    request->login = true;
    request->exposed_login = false;
    request->first_copy[0] = request->syns;
    request->tries = 0;
    request->wait_ns = request->client->params->syn_wait_ns;
    send_message(request, APP_SYN);
}

/* Without TCP nothing is repeated: a request waits for its answer as long as TCP would for its
 * connection. */
static int64_t patience_ns(const struct app_params *params)
{
    return params->syn_wait_ns * ((INT64_C(2) << params->syn_retries) - 1);
}

static void ask(struct app_request *request)
{
    const struct app_params *params = request->client->params;
    request->state = APP_ASKING;
    request->first_copy[1] = request->datas;
    request->tries = 0;
    request->wait_ns = params->tcp ? params->data_wait_ns : patience_ns(params);
    send_message(request, APP_DATA);
}

static void source_due(struct sim *sim, struct timer *timer)
{
    struct app_source *source = CONTAINER_OF(timer, struct app_source, timer);
    struct app_client *client = source->client;
    struct arrival arrival = source->next;
    plan(source, arrivals_following(&source->arrivals, arrival));
    struct app_request *request = new_request(client);
    uint32_t handle = request->handle;
    *request = (struct app_request){.client = client,
                                    .class_index = (uint32_t)(source - client->source),
                                    .number = app_request_number(arrival),
                                    .handle = handle};
    timer_init(&request->timer, request_due, 1);
    if (counts(request)) {
        client->sent++;
        if (client->class_first_ns[request->class_index] == NEVER_NS)
            client->class_first_ns[request->class_index] = sim->now_ns;
    }
    if (client->params->tcp && !(client->connected >> request->class_index & 1)) {
        open_connection(request);
        return;
    }
    request->server = client->server[request->class_index];
    request->login = !persistent(request); /* without TCP each request is a connection */
    ask(request);
}

uint32_t app_adopt(struct app_client *client, const struct app_life *life)
{
    static const uint8_t states[] = {
#define X(name, state) APP_##state,
        APP_STAGES(X)
#undef X
    };
    struct app_request *request = new_request(client);
    uint32_t handle = request->handle;
    uint8_t state = states[life->stage];
    CHECK(state != APP_FREE);
    *request = (struct app_request){.client = client,
                                    .class_index = life->class_index,
                                    .number = life->number,
                                    .handle = handle,
                                    .state = state,
                                    .server = life->server,
                                    .syns = life->syns,
                                    .datas = life->datas,
                                    .first_copy = {life->first_copy[0], life->first_copy[1]},
                                    .tries = life->tries,
                                    .resets = life->resets,
                                    .login = true,
                                    .exposed_request = life->exposed_request,
                                    .exposed_login = life->exposed_login,
                                    .wait_ns = life->wait_ns};
    timer_init(&request->timer, request_due, 1);
    timer_arm(client->sim, &request->timer,
              state == APP_REFUSED ? life->due_ns : life->sent_ns + life->wait_ns);
    return handle;
}

/* Doubles the wait and repeats, or gives up after `retries` repetitions. */
static void repeat(struct app_request *request, enum app_message_type type, int64_t retries)
{
    if (request->tries >= retries) {
        fail(request);
        return;
    }
    request->tries++;
    request->wait_ns *= 2;
    send_message(request, type);
}

static void request_due(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct app_request *request = CONTAINER_OF(timer, struct app_request, timer);
    const struct app_params *params = request->client->params;
    switch (request->state) {
    case APP_REFUSED:
        open_connection(request);
        break;
    case APP_OPENING:
        repeat(request, APP_SYN, params->syn_retries);
        break;
    default:
        repeat(request, APP_DATA, params->tcp ? params->data_retries : 0);
    }
}

static void refused(struct app_request *request)
{
    struct app_client *client = request->client;
    sim_probe(client->sim, MOMENT_request_refused, client->actor, request->class_index,
              request->number);
    if (request->resets++ >= client->params->reset_retries) {
        fail(request);
        return;
    }
    request->state = APP_REFUSED;
    timer_arm(client->sim, &request->timer, client->sim->now_ns + client->params->reset_wait_ns);
}

static void answered(struct app_request *request, uint8_t server)
{
    struct app_client *client = request->client;
    uint32_t class_index = request->class_index;
    client->answered_count += counts(request);
    sim_probe(client->sim, MOMENT_request_answered, client->actor, class_index, request->number);
    end_request(request);
    client->answered(client->host, class_index, server);
}

/* The request that a message is of; NULL when it is over. */
static struct app_request *find_request(const struct app_client *client, uint32_t class_index,
                                        const struct app_message *m)
{
    struct app_request *request = m->handle < client->handles ? client->request[m->handle] : NULL;
    if (request == NULL || request->state == APP_FREE || request->number != m->request ||
        request->class_index != class_index)
        return NULL;
    return request;
}

void app_client_in_clear(struct app_client *client, const struct datagram *datagram)
{
    struct app_message m = app_message_of(datagram);
    if (m.type != APP_DATA)
        return;
    struct app_request *request = find_request(client, datagram->selector, &m);
    if (request == NULL || !counts(request))
        return;
    struct app_exposure *exposed = &client->exposed[datagram->selector];
    bool basic = client->traffic[datagram->selector].passwords == APP_PASSWORD_basic;
    exposed->requests += !request->exposed_request;
    exposed->passwords += basic && m.login && !request->exposed_login;
    request->exposed_request = true;
    request->exposed_login |= m.login;
}

struct app_exposure app_client_exposure(const struct app_client *client)
{
    struct app_exposure sum = {0};
    for (uint32_t c = 0; c < client->classes; c++) {
        sum.requests += client->exposed[c].requests;
        sum.passwords += client->exposed[c].passwords;
    }
    return sum;
}

void app_client_receive(struct app_client *client, const struct datagram *datagram)
{
    struct app_message m = app_message_of(datagram);
    struct app_request *request = find_request(client, datagram->selector, &m);
    if (request == NULL)
        return; /* late: the request is over */
    bool opening = request->state == APP_OPENING, asking = request->state == APP_ASKING;
    /* A copy from before the present connection was begun is late too (links may duplicate and
     * reorder). */
    if (m.copy < request->first_copy[asking])
        return;
    if (m.type == APP_SYN_ACK && opening) {
        request->server = m.server;
        connect(request, m.server);
        ask(request);
    } else if (m.type == APP_SYN_RESET && opening) {
        refused(request);
    } else if (m.type == APP_REPLY && asking) {
        answered(request, m.server);
    } else if (m.type == APP_DATA_RESET && asking) {
        disconnect(request);
        /* The new node does not know the connection, or the service has stopped: connect again at
         * once (without TCP there is no connection: as a refusal). */
        if (client->params->tcp)
            open_connection(request);
        else
            fail(request);
    }
}
