#include "kerberos.h"

#include "moment/moment.h"

/* Number of a request: which ticket, then which try. Far below the numbers of the application's
 * requests since t = 0 (app/app.h), so that no two packets of a class have the same luck. */
enum { TICKET_BITS = 3, TRY_BITS = 8 };
_Static_assert(1 + WORLD_PEERS_MAX <= 1 << TICKET_BITS, "tickets fit");

static void wait_over(struct sim *sim, struct timer *timer);

void kerberos_reset(struct kerberos *k, struct sim *sim, const struct params *params,
                    uint32_t actor)
{
    k->sim = sim;
    k->params = params;
    k->actor = actor;
    for (uint32_t i = 0; i < COUNT_OF(k->ticket); i++) {
        k->ticket[i] = (struct ticket){.kerberos = k};
        timer_init(&k->ticket[i].wait, wait_over, 1);
    }
}

static int64_t peer_of(const struct ticket *ticket)
{
    return ticket - ticket->kerberos->ticket - 1;
}

static uint32_t number_of(const struct ticket *ticket)
{
    uint32_t tries = ticket->asked & ((1u << TRY_BITS) - 1);
    return (uint32_t)(peer_of(ticket) + 1) | tries << TICKET_BITS;
}

static void send(struct ticket *ticket)
{
    struct kerberos *k = ticket->kerberos;
    const struct kerberos_params *p = &k->params->kerberos;
    int64_t dc = k->params->traffic[p->class_index].peer;
    struct app_message message = {.type = APP_DATA,
                                  .server = (uint8_t)k->params->peer[dc].node,
                                  .copy = ticket->copy,
                                  .request = number_of(ticket),
                                  .handle = KERBEROS_HANDLE};
    struct datagram datagram = app_datagram((uint32_t)p->class_index, &message);
    sim_probe(k->sim, MOMENT_ticket_asked, k->actor, peer_of(ticket), ticket->copy);
    timer_arm(k->sim, &ticket->wait, k->sim->now_ns + p->wait_ns * (1 + ticket->copy));
    k->send(k->host, &datagram);
}

void kerberos_ask(struct kerberos *k, int64_t peer, struct ike_exchange *exchange)
{
    struct ticket *ticket = &k->ticket[peer + 1];
    bool busy = ticket->exchange != NULL;
    ticket->exchange = exchange;
    ticket->cookie = exchange->cookie;
    if (busy)
        return; /* for an exchange that is over by now: its answer will do */
    ticket->asked++;
    ticket->copy = 0;
    send(ticket);
}

/* Tells the exchange, if it is still the one that asked. */
static void answer(struct ticket *ticket, bool got)
{
    struct kerberos *k = ticket->kerberos;
    struct ike_exchange *exchange = ticket->exchange;
    ticket->exchange = NULL;
    timer_cancel(k->sim, &ticket->wait);
    sim_probe(k->sim, got ? MOMENT_ticket_got : MOMENT_ticket_failed, k->actor, peer_of(ticket), 0);
    exchange->side->has_ticket |= got;
    if (exchange->cookie == ticket->cookie)
        ike_exchange_ticket(exchange, got);
}

static void wait_over(struct sim *sim, struct timer *timer)
{
    (void)sim;
    struct ticket *ticket = CONTAINER_OF(timer, struct ticket, wait);
    if (ticket->copy == ticket->kerberos->params->kerberos.tries) {
        answer(ticket, false);
        return;
    }
    ticket->copy++;
    send(ticket);
}

void kerberos_receive(struct kerberos *k, const struct app_message *message)
{
    uint32_t index = message->request & ((1u << TICKET_BITS) - 1);
    struct ticket *ticket = &k->ticket[index];
    if (index < COUNT_OF(k->ticket) && ticket->exchange != NULL &&
        number_of(ticket) == message->request && message->type == APP_REPLY)
        answer(ticket, true);
}
