/* One IKE exchange of one side: runs a table, charges its cryptography, repeats what needs
 * repeating. Separate because retransmission, duplicates and the cpu are the same for every table.
 */
#ifndef IKE_EXCHANGE_H
#define IKE_EXCHANGE_H

#include "cpu/cpu.h"
#include "ike/tables.h"
#include "ipsec/params.h"

struct ike_exchange;

/* What an exchange needs of the host it runs on. */
struct ike_side {
    struct sim *sim;
    const struct luck *luck;
    struct cpu *cpu;
    const struct crypto_params *crypto;
    const struct stack_params *stack;
    enum stack_product peer; /* what the other side tells to be (vendor ID, [MS-IKEE] note <6>) */
    int64_t qm_limit_ns;     /* initiator of quick mode: gives up after so long at the latest;
                              * 0: by the schedule alone */
    uint32_t actor;
    bool nlbs_present; /* as responder: sends the vendor ID */
    void (*send)(void *host, const struct ike_message *message);
    void (*ended)(void *host, struct ike_exchange *exchange, enum ike_effect effect);
    /* An exchange needs a ticket of its peer: ike_exchange_ticket answers. Kerberos only. */
    void (*ticket)(void *host, struct ike_exchange *exchange);
    bool has_ticket;
    void *host;
    uint64_t messages, retransmissions; /* sent, and of these repeated */
    uint64_t bytes;                     /* of the IP packets of all messages sent */
};

struct ike_exchange {
    struct ike_side *side;
    const struct ike_table *table;
    bool active; /* between start and end; responders stay active to repeat answers */
    bool busy;   /* the cpu works for `row` */
    bool option; /* commit bit, or acknowledged DELETE; told by the message that carries it */
    bool nlbs;   /* NLBS_PRESENT seen / sent */
    uint8_t state;
    uint8_t class_index;
    uint8_t heard; /* type of the last message that fired a row */
    uint32_t cookie, id;
    const struct ike_row *row;
    struct ike_message sent; /* last one sent; copy counts its repetitions */
    struct cpu_job job;
    struct timer repeat, silence;
    int64_t wait_ns; /* the present wait, without jitter */
    int64_t last_ns; /* instant at which it gives up whatever the schedule says */
    uint32_t repeats;
};

/* Starts an exchange: an initiator sends its first message, a responder waits for it. */
void ike_exchange_start(struct ike_exchange *exchange, struct ike_side *side,
                        const struct ike_table *table, uint8_t class_index, uint32_t cookie,
                        uint32_t id);

/* The same for a DELETE, acknowledged or not; one that is still under way is aborted. */
void ike_exchange_start_delete(struct ike_exchange *exchange, struct ike_side *side,
                               const struct ike_table *table, uint8_t class_index, uint32_t cookie,
                               uint32_t id, bool acknowledged);

/* If no message of this exchange is heard within wait_ns from now it is aborted, and its side is
 * told EFFECT_SILENT. For an initiator that has just been started. */
void ike_exchange_limit_silence(struct ike_exchange *exchange, int64_t wait_ns);

/* A message of this exchange has arrived. Duplicates of the last request get the cached answer,
 * without cryptography; anything else that no row hears is ignored. */
void ike_exchange_hear(struct ike_exchange *exchange, const struct ike_message *message);

/* The ticket that it waits for has come, or is given up. Harmless when it does not wait. */
void ike_exchange_ticket(struct ike_exchange *exchange, bool got);

/* Stops it: no timer, no cryptography of it is left. Harmless when it is not active. */
void ike_exchange_abort(struct ike_exchange *exchange);

/* Processor time, ns at speed 1, of a row's work (enum ike_work bits) for a stack that
 * authenticates as this one does. */
int64_t ike_work_ns(const struct crypto_params *crypto, const struct stack_params *stack,
                    uint8_t work);

/* A retransmission schedule: waits first, first*base, ..., each at most cap (0: none); `tries`
 * repetitions. */
struct ike_schedule {
    int64_t first_ns, cap_ns, tries;
    double base;
};

/* That of negotiations, and that of acknowledged DELETEs ([MS-IKEE] 3.8.6.1, note <24>). */
struct ike_schedule ike_schedule_of(const struct stack_params *stack, uint8_t exchange);

/* Wait number k (from 0), ns, without jitter. */
int64_t ike_wait_ns(const struct ike_schedule *schedule, uint32_t k);

#endif
