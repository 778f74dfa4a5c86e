/* The TCP schedule of a request, packet by packet: what leaves when, and how each answer changes
 * it. */
#include "../testkit.h"

#include "app/app.h"
#include "engine/check.h"

struct bed {
    struct sim sim;
    struct luck luck;
    struct app_client client;
    struct app_params params;
    struct class_params traffic[1];
    struct {
        int64_t at_ns;
        uint8_t type, server;
    } sent[64];
    size_t n;
    struct datagram last;
    unsigned answers;
};
static struct bed bed;

static void note_sent(void *host, const struct datagram *datagram)
{
    (void)host;
    struct app_message m = app_message_of(datagram);
    bed.last = *datagram;
    if (bed.n < COUNT_OF(bed.sent)) {
        bed.sent[bed.n].at_ns = bed.sim.now_ns;
        bed.sent[bed.n].type = m.type;
        bed.sent[bed.n++].server = m.server;
    }
}

static void note_answered(void *host, uint32_t class_index, uint8_t server)
{
    (void)host;
    (void)class_index;
    (void)server;
    bed.answers++;
}

static int setup(void **state)
{
    (void)state;
    memset(&bed, 0, sizeof bed);
    sim_init(&bed.sim);
    bed.params = (struct app_params){.tcp = 1,
                                     .syn_wait_ns = 3 * NS_PER_S,
                                     .syn_retries = 2,
                                     .reset_wait_ns = 500 * NS_PER_MS,
                                     .reset_retries = 2,
                                     .data_wait_ns = 3 * NS_PER_S,
                                     .data_retries = 5};
    bed.traffic[0] = (struct class_params){.rate_hz = 0.0001, .arrival = APP_ARRIVAL_periodic};
    app_client_init(&bed.client);
    bed.client.send = note_sent;
    bed.client.answered = note_answered;
    app_client_reset(&bed.client, &bed.sim, &bed.luck, &bed.params, bed.traffic, 1, 0);
    app_client_start(&bed.client);
    sim_step(&bed.sim, INT64_MAX); /* the only request: its first packet */
    app_client_stop(&bed.client);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    app_client_fini(&bed.client);
    sim_fini(&bed.sim);
    return 0;
}

static void play(void)
{
    while (sim_step(&bed.sim, INT64_MAX)) {
    }
}

static void answer(enum app_message_type type, uint8_t server)
{
    struct app_message m = app_message_of(&bed.last);
    m.type = (uint8_t)type;
    m.server = server;
    struct datagram d = app_datagram(0, &m);
    app_client_receive(&bed.client, &d);
}

static void assert_schedule(const int64_t *seconds_x10, size_t n, enum app_message_type type,
                            size_t from)
{
    assert_int_equal(bed.n - from, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(bed.sent[from + i].type, type);
        assert_int_equal(bed.sent[from + i].at_ns - bed.sent[from].at_ns,
                         seconds_x10[i] * 100 * NS_PER_MS);
    }
}

/* TechNet cc758896: SYN at 0, 3 and 9 s, given up at 21 s. */
static void unanswered_syn(void **state)
{
    (void)state;
    int64_t start_ns = bed.sim.now_ns;
    play();
    assert_schedule((int64_t[]){0, 30, 90}, 3, APP_SYN, 0);
    assert_int_equal(bed.sim.now_ns - start_ns, 21 * NS_PER_S);
    assert_int_equal(bed.client.lost, 1);
}

static void answered_request(void **state)
{
    (void)state;
    answer(APP_SYN_ACK, 1);
    assert_int_equal(bed.sent[1].type, APP_DATA);
    assert_int_equal(bed.sent[1].server, 1);
    answer(APP_SYN_ACK, 1); /* a late duplicate changes nothing */
    assert_int_equal(bed.n, 2);
    answer(APP_REPLY, 1);
    assert_int_equal(bed.answers, 1);
    answer(APP_REPLY, 1);
    assert_int_equal(bed.answers, 1);
    play();
    assert_int_equal(bed.n, 2);
    assert_int_equal(bed.client.lost, 0);
    assert_int_equal(bed.client.answered_count, 1);
}

/* What can be read of a request that leaves in clear: no SYN; its content once; its password once a
 * connection. */
static void what_a_request_exposes(void **state)
{
    (void)state;
    const struct app_exposure *exposed = &bed.client.exposed[0];
    bed.traffic[0].passwords = APP_PASSWORD_basic;
    app_client_in_clear(&bed.client, &bed.last);
    assert_true(exposed->requests == 0 && exposed->passwords == 0);
    answer(APP_SYN_ACK, 1);
    app_client_in_clear(&bed.client, &bed.last);
    app_client_in_clear(&bed.client, &bed.last); /* a repetition */
    assert_true(exposed->requests == 1 && exposed->passwords == 1);
    answer(APP_DATA_RESET, 2);
    answer(APP_SYN_ACK, 2);
    struct datagram data = bed.last;
    app_client_in_clear(&bed.client, &data);
    assert_true(exposed->requests == 1 && exposed->passwords == 2);
    answer(APP_REPLY, 2);
    app_client_in_clear(&bed.client, &data); /* over: nothing new */
    struct app_exposure sum = app_client_exposure(&bed.client);
    assert_true(sum.requests == 1 && sum.passwords == 2);
}

/* cc780586: data is repeated five times. */
static void unanswered_data(void **state)
{
    (void)state;
    answer(APP_SYN_ACK, 1);
    play();
    assert_schedule((int64_t[]){0, 30, 90, 210, 450, 930}, 6, APP_DATA, 1);
    assert_int_equal(bed.client.lost, 1);
}

/* A closed port: two more tries half a second apart, then given up. */
static void refused_connection(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        answer(APP_SYN_RESET, 1);
        sim_step(&bed.sim, INT64_MAX);
    }
    assert_schedule((int64_t[]){0, 5, 10}, 3, APP_SYN, 0);
    answer(APP_SYN_RESET, 1);
    assert_int_equal(bed.client.lost, 1);
    assert_int_equal(bed.sim.pending, 0);
}

/* The new node does not know the connection: the front end connects again at once. */
static void reset_connection(void **state)
{
    (void)state;
    answer(APP_SYN_ACK, 0);
    answer(APP_DATA_RESET, 1);
    assert_int_equal(bed.sent[2].type, APP_SYN);
    assert_int_equal(bed.sent[2].at_ns, bed.sent[0].at_ns);
}

/* A persistent connection: the next request asks at once; a reset ends it. */
static void persistent_connection(void **state)
{
    (void)state;
    bed.traffic[0].persistent = 1;
    answer(APP_SYN_ACK, 1);
    answer(APP_REPLY, 1);
    app_client_start(&bed.client);
    sim_step(&bed.sim, INT64_MAX);
    assert_int_equal(bed.sent[2].type, APP_DATA);
    assert_int_equal(bed.sent[2].server, 1);
    answer(APP_DATA_RESET, 2);
    assert_int_equal(bed.sent[3].type, APP_SYN);
    answer(APP_SYN_ACK, 2);
    assert_int_equal(bed.sent[4].type, APP_DATA);
    assert_int_equal(bed.sent[4].server, 2);
    app_client_stop(&bed.client);
    play(); /* unanswered to the end: the connection is given up with the request */
    app_client_start(&bed.client);
    sim_step(&bed.sim, INT64_MAX);
    assert_int_equal(bed.sent[bed.n - 1].type, APP_SYN);
}

/* However often it is reset, a request ends. */
static void endless_resets_end(void **state)
{
    (void)state;
    for (int i = 0; i < 100 && bed.client.lost == 0; i++) {
        answer(APP_SYN_ACK, 0);
        answer(APP_DATA_RESET, 1);
    }
    assert_int_equal(bed.client.lost, 1);
    assert_true(bed.n <= 2 * (APP_COPIES_MAX + 1));
}

static void what_a_node_answers(void **state)
{
    (void)state;
    static const struct {
        uint8_t type, server;
        bool open;
        uint8_t want;
    } cases[] = {
        {APP_SYN, 0, true, APP_SYN_ACK},     {APP_SYN, 0, false, APP_SYN_RESET},
        {APP_DATA, 1, true, APP_REPLY},      {APP_DATA, 1, false, APP_DATA_RESET},
        {APP_DATA, 0, true, APP_DATA_RESET},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct app_message m = {
            .type = cases[i].type, .server = cases[i].server, .request = 7, .handle = 3};
        struct app_message got = app_serve(&bed.params, &m, 1, cases[i].open);
        assert_int_equal(got.type, cases[i].want);
        assert_int_equal(got.server, 1);
        assert_int_equal(got.request, 7);
        assert_int_equal(got.handle, 3);
    }
}

/* The silence before the start is what the simulator itself would have produced: the last answer by
 * the same luck, lost packets included. */
static void last_answer_heeds_losses(void **state)
{
    (void)state;
    struct link_params path = {.delay_ns = 10 * NS_PER_MS, .loss = 0.0};
    struct link up, down;
    link_reset(&up, &path, 1);
    link_reset(&down, &path, 2);
    bed.traffic[0].rate_hz = 0.5;
    sim_reset(&bed.sim, 0);
    app_client_reset(&bed.client, &bed.sim, &bed.luck, &bed.params, bed.traffic, 1, 0);
    int64_t limit = 300 * NS_PER_S;
    int64_t last = app_client_last_answer_ns(&bed.client, 0, &up, &down, limit);
    struct arrival arrival = arrivals_previous(&bed.client.source[0].arrivals, 0);
    /* Two round trips: SYN and data. */
    assert_int_equal(last, arrival.at_ns + 40 * NS_PER_MS);
    path.loss = 1.0;
    assert_true(app_client_last_answer_ns(&bed.client, 0, &up, &down, limit) == NEVER_NS);
    path.loss = 0.0;
    assert_true(app_client_last_answer_ns(&bed.client, 0, &up, &down, -last - 1) == NEVER_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unanswered_syn, setup, teardown),
        cmocka_unit_test_setup_teardown(answered_request, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_request_exposes, setup, teardown),
        cmocka_unit_test_setup_teardown(unanswered_data, setup, teardown),
        cmocka_unit_test_setup_teardown(refused_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(reset_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(persistent_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(endless_resets_end, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_node_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(last_answer_heeds_losses, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
