/* One transport server at work: its selection of a certificate as something that takes time.
 * Separate because sender and receiver do the same: ask the directory, look through the store,
 * build chains, fetch a list, fetch a ticket. */
#ifndef TLS_PARTY_H
#define TLS_PARTY_H

#include "app/params.h"
#include "cpu/cpu.h"
#include "net/inbox.h"
#include "net/net.h"
#include "tls/smtp.h"
#include "tls/store.h"

/* A line's identity in a packet: session 23 bits, attempt 2, acknowledgement 1, copy 4. Sessions
 * with numbers below SMTP_LATE_TRIES, which arrivals long before the trial would have, are tries of
 * a queue after its first SMTP_TRIES_TOLD for a message. */
enum { SMTP_COPIES_MAX = 15, SMTP_TRIES_TOLD = 4, SMTP_LATE_TRIES = 1 << 18 };
struct smtp_tag {
    uint8_t line; /* enum smtp_line */
    bool ack;
    uint8_t copy, attempt;
    uint32_t number; /* of the session, below 2^23 */
};
struct datagram smtp_datagram(const struct smtp_tag *tag, uint32_t handle);
struct smtp_tag smtp_tag_of(const struct datagram *datagram);
/* A tag as one word of a moment, and back. */
int64_t smtp_tag_word(const struct smtp_tag *tag);
struct smtp_tag smtp_tag_of_word(int64_t word);

struct tls_party {
    struct sim *sim;
    const struct luck *luck;
    struct net *net;
    struct cpu *cpu;
    struct inbox *inbox; /* its computer's, whose owner hands answers back: tls_query_hear */
    const struct crypto_params *crypto;
    const struct smtp_params *smtp;
    const struct app_params *tcp;
    uint32_t actor; /* for moments */
    bool inbound;
    struct tls_shelf shelf;
    struct tls_input input; /* but for its clock */
    struct link to_directory, from_directory, to_lists, from_lists;
    bool has_lists;                   /* a list of revoked certificates was fetched in this trial */
    uint64_t logged[TLS_EVENT_COUNT]; /* since t = 0 */
};

void tls_party_init(struct tls_party *party);
void tls_party_fini(struct tls_party *party);

/* Draws the server's store for this trial. `which`: 0 sender, 1 receiver, 2 standby; `links` are
 * the scenario's. The members up to `inbound` are filled in by the caller before. */
void tls_party_reset(struct tls_party *party, uint32_t which, const struct server_params *server,
                     const struct store_params *store, const struct cert_params *listed,
                     const struct tls_store *files, const struct link_params *links);

/* The transport service starts: logs what step 3 has to say. */
void tls_party_starts(struct tls_party *party);

/* A question over the network to a server that answers it: repeated as TCP would, given up after
 * `patience_ns`. A field of its owner. */
struct tls_query {
    struct tls_party *party;
    struct timer repeat, patience, answer;
    struct link *to, *from;
    const struct law *time;
    bool asking, answers;
    uint8_t line, copy, tries;
    uint8_t attempt;
    uint32_t number;
    int64_t wait_ns;
    void (*done)(struct tls_query *query, bool answered);
};

/* A selection on its way; a field of its owner. */
struct tls_work {
    struct tls_party *party;
    struct tls_input input;
    struct tls_outcome outcome;
    struct cpu_job job;
    struct tls_query query;
    uint32_t step; /* the row being worked on */
    bool working;
    uint8_t attempt;
    uint32_t number; /* of the session */
    void (*done)(struct tls_work *work);
};

/* Begins; `done` runs when it is over, within this call at the earliest. */
void tls_work_begin(struct tls_work *work, struct tls_party *party, uint32_t number,
                    uint8_t attempt, void (*done)(struct tls_work *work));
/* Drops it; harmless when it is over. */
void tls_work_drop(struct tls_work *work);

/* A Kerberos ticket from the domain controller; the same rules. */
void tls_query_ticket(struct tls_query *query, struct tls_party *party, uint32_t number,
                      uint8_t attempt, void (*done)(struct tls_query *query, bool answered));
void tls_query_drop(struct tls_query *query);
/* Whether a packet is an answer to a question, as those that have waited in the inbox may be: then
 * it is taken. */
bool tls_query_hear(struct packet *packet);

#endif
