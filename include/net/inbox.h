/* Packets that have arrived at a computer that does not run: they wait, in order, until it does.
 * Separate because whoever does not run for a while, for whatever reason, needs the same. */
#ifndef NET_INBOX_H
#define NET_INBOX_H

#include "net/net.h"

struct inbox {
    struct sim *sim;
    deliver_fn *deliver; /* looks at one packet */
    void *to;
    struct packet *packet; /* owned */
    uint32_t n, capacity;
    struct timer wake;
};

/* Memory that grows inside is kept over resets and freed by inbox_fini. */
void inbox_init(struct inbox *inbox);
void inbox_fini(struct inbox *inbox);
void inbox_reset(struct inbox *inbox, struct sim *sim, deliver_fn *deliver, void *to);

/* Keeps a copy of the packet until until_ns (not before now), NEVER_NS: until inbox_open. All that
 * wait then are delivered in the order in which they came. */
void inbox_put(struct inbox *inbox, const struct packet *packet, int64_t until_ns);

/* Delivers all that wait, now. */
void inbox_open(struct inbox *inbox);

#endif
