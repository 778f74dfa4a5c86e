/* What one direction of a path does to a packet beyond a delay: tc-netem's processes.
 * Separate from sending because each of them is a formula of the kernel, to be read beside it.
 * Linux net/sched/sch_netem.c (6.x); tc-netem(8); Salsano, Ludovici, Ordine, Giannuzzi,
 * "Definition of a general and intuitive loss model for packet networks" (2012) for the states.
 *
 * Chance: a process without memory draws by the packet's identity. One with memory (a correlation,
 * the states, gemodel) walks a stream of its own link, one step a packet in the order of packets,
 * as the kernel does, so that bursts are counted in packets. */
#ifndef NET_NETEM_H
#define NET_NETEM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/law.h"
#include "engine/luck.h"
#include "net/params.h"

/* The processes of a link. X(name, words) */
#define NETEM_PROCESSES(X) X(delay) X(loss) X(duplicate) X(reorder)

enum netem_process {
#define X(name) NETEM_##name,
    NETEM_PROCESSES(X)
#undef X
        NETEM_PROCESS_COUNT
};

/* Why the process of a link with these settings cannot draw by a packet's identity alone; NULL when
 * it can. */
const char *netem_memory(const struct link_params *params, enum netem_process process);
/* The correlation of a process's draws; 0 for one that is off. At most 0.999 (the registry's
 * range): at 1 the kernel's recursion never leaves where it began. */
double netem_correlation(const struct link_params *params, enum netem_process process);
bool netem_reorders(const struct link_params *params);
const char *netem_process_name(enum netem_process process);

/* A share as tc hands it to the kernel: 2^32 - 1 is all (tc/q_netem.c: set_percent). */
uint32_t netem_share(double share);

/* The kernel's get_crandom: the value that follows `last`, given a fresh uniform one. rho 0: no
 * correlation. */
uint32_t netem_crandom(uint32_t rho, uint32_t last, uint32_t uniform);

/* The kernel's tabledist, which takes one crandom: delay in ns, may be negative. */
int64_t netem_tabledist(const struct link_params *params, uint32_t crandom);

/* States of the loss models, numbered as in tc-netem(8); gemodel uses GOOD and BAD. */
enum netem_state {
    NETEM_SENT = 1,
    NETEM_SENT_IN_BURST = 2,
    NETEM_LOST_IN_BURST = 3,
    NETEM_LOST_ALONE = 4,
    NETEM_GOOD = 1,
    NETEM_BAD = 2
};

/* One packet's step of the kernel's loss_4state and loss_gilb_ell; true: the packet is lost. */
bool netem_4state(const struct link_params *params, uint8_t *state, uint32_t uniform);
bool netem_gilb_ell(const struct link_params *params, uint8_t *state, uint32_t uniform_1,
                    uint32_t uniform_2);

/* Stationary shares of the states (index 0 is unused) of either model. */
void netem_stationary(const struct link_params *params, double share[5]);
/* Share of packets lost in the long run. */
double netem_stationary_loss(const struct link_params *params);

/* What a link remembers from packet to packet. */
struct netem {
    bool special; /* does more than delay, independent jitter and independent random loss */
    bool started; /* memory has been drawn from its stationary law */
    uint32_t last[NETEM_PROCESS_COUNT];  /* crandom of those with a correlation */
    uint32_t steps[NETEM_PROCESS_COUNT]; /* taken of the link's stream */
    uint8_t state;                       /* enum netem_state */
    int64_t counter;                     /* packets since one was sent ahead */
    int64_t busy_until_ns;               /* rate: when the last packet of the queue leaves */
};

void netem_reset(struct netem *netem, const struct link_params *params);

/* Who a packet is to the draws of a link. */
struct netem_identity {
    uint32_t link;    /* the link's actor */
    uint32_t actor;   /* with the packet's selector */
    uint32_t luck;    /* datagram.luck */
    uint32_t lineage; /* packet.lineage */
};

/* The steps of the kernel's netem_enqueue, in its order; for special links. */
bool netem_duplicates(struct netem *netem, const struct link_params *params,
                      const struct luck *luck, const struct netem_identity *who);
bool netem_loses(struct netem *netem, const struct link_params *params, const struct luck *luck,
                 const struct netem_identity *who);
/* Delay in ns, >= 0, of a packet of so many bytes handed over at now_ns. */
int64_t netem_delay_ns(struct netem *netem, const struct link_params *params,
                       const struct luck *luck, const struct netem_identity *who, uint32_t bytes,
                       int64_t now_ns);

/* The plain draws, by the packet's identity alone. Packets that differ in the low bits of their
 * luck only are a group (engine/chances.h): 64 are told at little more than the price of one. */
bool netem_plain_loses(const struct link_params *params, const struct luck *luck,
                       const struct netem_identity *who);

/* netem: mu + sigma * x, x from the table or uniform on [-1, 1). Unlike the kernel, which lets a
 * negative sum mean "at once" further on, the result is cut at 0 here. By inversion and in doubles,
 * within 1 ns of the kernel's integers. */
static inline int64_t netem_plain_delay_ns(const struct link_params *params, uint64_t bits)
{
    double u = luck_unit(bits);
    double x = params->distribution ? law_table_quantile(params->distribution, u) : 2.0 * u - 1.0;
    double delay_ns = (double)params->delay_ns + (double)params->jitter_ns * x;
    return delay_ns > 0.0 ? (int64_t)delay_ns : 0;
}

/* The fate of a packet that was never sent: each process with memory is in its stationary law,
 * drawn by the packet's identity, as if the packet were alone: neither queued nor reordered.
 * False = lost. */
bool netem_marginal_fate(const struct link_params *params, const struct luck *luck,
                         const struct netem_identity *who, uint32_t bytes, int64_t *delay_ns);

#endif
