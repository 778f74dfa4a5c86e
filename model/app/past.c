/* When a class was last answered, or began a request, before the trial: by the arrivals and the
 * luck of the links, as the simulation itself would have had it. */
#include "app/app.h"

#include <math.h>

#include "engine/law.h"

#include "request.h"

/* Whether and when a message and its answer get through, sent at at_ns and repeated by the
 * schedule. Returns the arrival of the first answer, NEVER_NS if none. */
static int64_t round_trip_ns(const struct app_client *client, const struct link *uplink,
                             const struct link *downlink, uint32_t class_index, uint32_t number,
                             enum app_message_type type, int64_t at_ns, int64_t wait_ns,
                             int64_t retries)
{
    enum app_message_type answer = type == APP_SYN ? APP_SYN_ACK : APP_REPLY;
    for (int64_t k = 0; k <= retries && k <= APP_COPIES_MAX; k++) {
        struct app_message m = {.type = (uint8_t)type, .copy = (uint8_t)k, .request = number};
        int64_t there_ns, back_ns;
        struct datagram there = app_datagram(class_index, &m);
        m.type = (uint8_t)answer;
        struct datagram back = app_datagram(class_index, &m);
        if (link_fate(uplink, client->luck, &there, &there_ns) &&
            link_fate(downlink, client->luck, &back, &back_ns))
            return at_ns + there_ns + back_ns;
        at_ns += wait_ns;
        wait_ns *= 2;
    }
    return NEVER_NS;
}

static int64_t answer_ns(const struct app_client *client, const struct link *uplink,
                         const struct link *downlink, uint32_t class_index, struct arrival arrival)
{
    const struct app_params *p = client->params;
    uint32_t number = app_request_number(arrival);
    int64_t at_ns = arrival.at_ns;
    if (p->tcp && !client->traffic[class_index].persistent) {
        at_ns = round_trip_ns(client, uplink, downlink, class_index, number, APP_SYN, at_ns,
                              p->syn_wait_ns, p->syn_retries);
        if (at_ns == NEVER_NS)
            return NEVER_NS;
    }
    return round_trip_ns(client, uplink, downlink, class_index, number, APP_DATA, at_ns,
                         p->data_wait_ns, p->tcp ? p->data_retries : 0);
}

/* Whether a request is answered without a repetition, as far as that is told at once. */
static bool goes_through(const struct app_client *client, const struct link *uplink,
                         const struct link *downlink, uint32_t class_index, uint32_t number)
{
    enum { MEMBERS = (1 << CHANCES_MEMBER_BITS) - 1, SIDES = 4 };
    static const uint8_t types[SIDES] = {APP_SYN, APP_SYN_ACK, APP_DATA, APP_REPLY};
    const uint64_t member = UINT64_C(1) << (number & MEMBERS);
    struct link_group packets[SIDES];
    uint64_t lost[SIDES];
    if (!link_is_plain(uplink, 0) || !link_is_plain(downlink, 0))
        return false;
    for (uint32_t i = 0; i < SIDES; i++)
        packets[i] = (struct link_group){
            .link = i % 2 == 0 ? uplink : downlink,
            .selector = class_index,
            .luck = app_luck((enum app_message_type)types[i], 0, number & ~(uint32_t)MEMBERS)};
    link_losses(client->luck, packets, SIDES, member, lost);
    return (lost[0] | lost[1] | lost[2] | lost[3]) == 0;
}

int64_t app_client_last_request_ns(struct app_client *client, uint32_t class_index,
                                   int64_t limit_ns)
{
    int64_t now_ns = client->sim->now_ns;
    struct arrival arrival = arrivals_previous(&client->source[class_index].arrivals, now_ns);
    return now_ns - arrival.at_ns > limit_ns ? NEVER_NS : arrival.at_ns;
}

enum search { FIRST_FOUND, ALL, REPEATED_ONLY };

/* Looks at the arrivals of (from_ns, *before_ns), from the last one backwards, for the latest answer
 * that came by now: at those that have one until one is found, at all, or where only those can be
 * it that had to be repeated. *before_ns: then the last arrival that was looked at. */
static int64_t latest_answer_ns(struct app_client *client, uint32_t class_index,
                                const struct link *uplink, const struct link *downlink,
                                int64_t from_ns, int64_t *before_ns, enum search search)
{
    struct arrivals *arrivals = &client->source[class_index].arrivals;
    int64_t latest_ns = NEVER_NS;
    const double first_ns = -(APP_WINDOWS_BEFORE - 1) * arrivals->window_ns; /* with a number */
    for (;;) {
        if ((double)*before_ns < first_ns)
            return latest_ns;
        struct arrival arrival = arrivals_previous(arrivals, *before_ns);
        if (arrival.at_ns <= from_ns || (double)arrival.at_ns < first_ns)
            return latest_ns;
        *before_ns = arrival.at_ns;
        if (search == REPEATED_ONLY &&
            goes_through(client, uplink, downlink, class_index, app_request_number(arrival)))
            continue;
        int64_t ns = answer_ns(client, uplink, downlink, class_index, arrival);
        if (ns != NEVER_NS && ns <= client->sim->now_ns && ns > latest_ns)
            latest_ns = ns;
        if (search == FIRST_FOUND && latest_ns != NEVER_NS)
            return latest_ns;
    }
}

static int64_t longest_delay_ns(const struct link *link)
{
    const struct link_params *p = link->params;
    double most = 1.0;
    if (p->distribution != NULL) {
        struct law law = {p->distribution, 0.0, 1.0};
        most =
            fmin(law_maximum(&law), 40.0); /* netem's tables end at 4; others may not end at all */
    }
    double packet_ns = p->rate_bps > 0.0 ? 1500.0 * 8.0 * 1e9 / p->rate_bps : 0.0;
    return p->delay_ns + (int64_t)(most * (double)p->jitter_ns + packet_ns);
}

enum { WAITS_MOST = (10 + 1) * (15 + 1) }; /* app.syn_retries, app.data_retries: at most */

/* How long after its beginning a request may have sent what was answered, in rising order. */
static uint32_t find_waits(const struct app_client *client, uint32_t class_index, bool loses,
                           int64_t wait_ns[WAITS_MOST])
{
    const struct app_params *p = client->params;
    bool opens = p->tcp && !client->traffic[class_index].persistent;
    int64_t syns = opens && loses ? p->syn_retries : 0,
            datas = p->tcp && loses ? p->data_retries : 0;
    uint32_t n = 0;
    for (int64_t syn = 0; syn <= syns; syn++)
        for (int64_t data = 0; data <= datas; data++) {
            int64_t ns = ((INT64_C(1) << syn) - 1) * p->syn_wait_ns +
                         ((INT64_C(1) << data) - 1) * p->data_wait_ns;
            uint32_t at = n++;
            CHECK(n <= WAITS_MOST);
            for (; at > 0 && wait_ns[at - 1] > ns; at--)
                wait_ns[at] = wait_ns[at - 1];
            wait_ns[at] = ns;
        }
    return n;
}

/* The newest request is mostly the one answered last, but one that had to be repeated may have been
 * answered later: an answer after the best one known, from a request whose repetitions add up to a
 * wait s, belongs to an arrival about s earlier. Only those short spans are searched, from now
 * backwards, and where they overlap once. */
int64_t app_client_last_answer_ns(struct app_client *client, uint32_t class_index,
                                  const struct link *uplink, const struct link *downlink,
                                  int64_t limit_ns)
{
    int64_t now_ns = client->sim->now_ns, oldest_ns = now_ns - limit_ns, wait_ns[WAITS_MOST];
    int64_t trips_ns = 2 * (longest_delay_ns(uplink) + longest_delay_ns(downlink));
    int64_t before_ns = now_ns;
    int64_t best_ns = latest_answer_ns(client, class_index, uplink, downlink, oldest_ns - trips_ns,
                                       &before_ns, FIRST_FOUND);
    if (best_ns < oldest_ns)
        best_ns = oldest_ns;
    bool loses = link_loses(uplink) || link_loses(downlink);
    uint32_t waits = find_waits(client, class_index, loses, wait_ns);
    for (uint32_t i = 0; i < waits; i++) {
        int64_t from_ns = best_ns - wait_ns[i] - trips_ns, to_ns = now_ns - wait_ns[i];
        if (to_ns > before_ns)
            to_ns = before_ns;
        if (to_ns <= from_ns)
            continue;
        int64_t ns = latest_answer_ns(client, class_index, uplink, downlink, from_ns, &to_ns,
                                      i == 0 ? ALL : REPEATED_ONLY);
        best_ns = ns > best_ns ? ns : best_ns;
        before_ns = from_ns + 1;
    }
    return best_ns > oldest_ns ? best_ns : NEVER_NS;
}
