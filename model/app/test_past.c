/* The look back before a trial: what it finds in a few short spans is what a look at every request
 * there was would find. */
#include "../testkit.h"

#include "app/app.h"
#include "engine/check.h"

enum { DATA_RETRIES = 5, SYN_RETRIES = 2 };
static const int64_t WAIT_NS = 3 * NS_PER_S;

struct bed {
    struct sim sim;
    struct luck luck;
    struct app_client client;
    struct app_params params;
    struct class_params traffic[1];
    struct link_params path[2];
    struct link up, down;
};
static struct bed bed;

static bool arrives(const struct link *link, enum app_message_type type, int k, uint32_t number,
                    int64_t *at_ns)
{
    struct app_message m = {.type = (uint8_t)type, .copy = (uint8_t)k, .request = number};
    struct datagram datagram = app_datagram(0, &m);
    int64_t delay_ns;
    if (!link_fate(link, &bed.luck, &datagram, &delay_ns))
        return false;
    *at_ns += delay_ns;
    return true;
}

/* A message and its answer, sent at 0, 3, 9, ... s. */
static bool exchange(enum app_message_type type, enum app_message_type answer, int retries,
                     uint32_t number, int64_t *at_ns)
{
    int64_t sent_ns = *at_ns, wait_ns = WAIT_NS;
    for (int k = 0; k <= retries; k++, sent_ns += wait_ns, wait_ns *= 2) {
        int64_t ns = sent_ns;
        if (arrives(&bed.up, type, k, number, &ns) && arrives(&bed.down, answer, k, number, &ns)) {
            *at_ns = ns;
            return true;
        }
    }
    return false;
}

/* Every request that can have been answered within the limit. */
static int64_t looked_at_all(int64_t limit_ns)
{
    const int64_t patience_ns = WAIT_NS * ((2 << SYN_RETRIES) + (2 << DATA_RETRIES)) + NS_PER_S;
    struct arrivals *arrivals = &bed.client.source[0].arrivals;
    int64_t latest_ns = NEVER_NS;
    struct arrival arrival = arrivals_previous(arrivals, 0);
    for (; arrival.at_ns > -limit_ns - patience_ns;
         arrival = arrivals_previous(arrivals, arrival.at_ns)) {
        uint32_t number = app_request_number(arrival);
        int64_t ns = arrival.at_ns;
        bool answered = exchange(APP_SYN, APP_SYN_ACK, SYN_RETRIES, number, &ns) &&
                        exchange(APP_DATA, APP_REPLY, DATA_RETRIES, number, &ns);
        if (answered && ns <= 0 && ns > -limit_ns && ns > latest_ns)
            latest_ns = ns;
    }
    return latest_ns;
}

static void begin(uint64_t seed, double rate_hz, double loss)
{
    bed.luck = (struct luck){.seed = seed};
    bed.traffic[0].rate_hz = rate_hz;
    for (int i = 0; i < 2; i++)
        bed.path[i] = (struct link_params){.delay_ns = 20 * NS_PER_MS,
                                           .jitter_ns = 19 * NS_PER_MS,
                                           .loss = i == 0 ? loss : loss / 3.0};
    link_reset(&bed.up, &bed.path[0], 1);
    link_reset(&bed.down, &bed.path[1], 2);
    sim_reset(&bed.sim, 0);
    app_client_reset(&bed.client, &bed.sim, &bed.luck, &bed.params, bed.traffic, 1, 0);
}

static void short_spans_are_enough(void **state)
{
    (void)state;
    static const double rates_hz[] = {0.01, 0.1, 0.7, 8.0, 60.0}, losses[] = {0.0, 0.02, 0.3, 0.8};
    const int64_t limit_ns = 60 * NS_PER_S;
    unsigned never = 0;
    sim_init(&bed.sim);
    app_client_init(&bed.client);
    bed.params = (struct app_params){.tcp = 1,
                                     .syn_wait_ns = WAIT_NS,
                                     .syn_retries = SYN_RETRIES,
                                     .data_wait_ns = WAIT_NS,
                                     .data_retries = DATA_RETRIES};
    for (uint64_t seed = 0; seed < TESTKIT_TRIALS(600); seed++) {
        begin(seed, rates_hz[seed % 5], losses[seed / 5 % 4]);
        int64_t want = looked_at_all(limit_ns);
        int64_t got = app_client_last_answer_ns(&bed.client, 0, &bed.up, &bed.down, limit_ns);
        if (got != want)
            fail_msg("seed %u: %lld, of all requests %lld", (unsigned)seed, (long long)got,
                     (long long)want);
        never += want == NEVER_NS;
    }
    assert_true(never > 0);
    app_client_fini(&bed.client);
    sim_fini(&bed.sim);
}

/* Repetitions may add up to more time than requests before the trial have numbers for. */
static void no_schedule_is_too_long(void **state)
{
    (void)state;
    sim_init(&bed.sim);
    app_client_init(&bed.client);
    bed.params = (struct app_params){.tcp = 1,
                                     .syn_wait_ns = 60 * NS_PER_S,
                                     .syn_retries = 10,
                                     .data_wait_ns = 60 * NS_PER_S,
                                     .data_retries = 15};
    begin(1, 1000.0, 0.1);
    int64_t limit_ns = 300 * NS_PER_S;
    assert_true(app_client_last_answer_ns(&bed.client, 0, &bed.up, &bed.down, limit_ns) >
                -NS_PER_S);
    app_client_fini(&bed.client);
    sim_fini(&bed.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(short_spans_are_enough),
                                       cmocka_unit_test(no_schedule_is_too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
