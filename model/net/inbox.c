#include "net/inbox.h"

#include <stdlib.h>

void inbox_init(struct inbox *inbox)
{
    *inbox = (struct inbox){0};
}

void inbox_fini(struct inbox *inbox)
{
    free(inbox->packet);
    *inbox = (struct inbox){0};
}

static void wake(struct sim *sim, struct timer *timer)
{
    (void)sim;
    inbox_open(CONTAINER_OF(timer, struct inbox, wake));
}

void inbox_reset(struct inbox *inbox, struct sim *sim, deliver_fn *deliver, void *to)
{
    inbox->sim = sim;
    inbox->deliver = deliver;
    inbox->to = to;
    inbox->n = 0;
    timer_init(&inbox->wake, wake, 0);
}

void inbox_put(struct inbox *inbox, const struct packet *packet, int64_t until_ns)
{
    if (inbox->n == inbox->capacity) {
        inbox->capacity = inbox->capacity ? 2 * inbox->capacity : 64;
        inbox->packet = realloc(inbox->packet, inbox->capacity * sizeof *inbox->packet);
        CHECK(inbox->packet != NULL);
    }
    inbox->packet[inbox->n++] = *packet;
    if (until_ns != NEVER_NS && !timer_armed(&inbox->wake))
        timer_arm(inbox->sim, &inbox->wake, until_ns);
}

void inbox_open(struct inbox *inbox)
{
    timer_cancel(inbox->sim, &inbox->wake);
    uint32_t n = inbox->n;
    for (uint32_t i = 0; i < n; i++) {
        struct packet packet = inbox->packet[i]; /* what comes meanwhile may move the others */
        inbox->deliver(inbox->to, &packet);
    }
    inbox->n -= n;
    for (uint32_t i = 0; i < inbox->n; i++)
        inbox->packet[i] = inbox->packet[n + i];
}
