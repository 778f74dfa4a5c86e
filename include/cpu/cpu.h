/* One computer's processors: cryptography shares them with background work.
 * Separate because waiting for a processor is a queueing matter with results of its own (Kleinrock,
 * Queueing Systems II, ch. 4): with processor sharing (what a time-slicing OS does) a lone job of
 * work x at load r takes x / (1 - r) on average on one core, whatever the other work's law.
 * Background work is a Poisson stream of bursts. It costs nothing while no cryptography runs: its
 * state is drawn from the stationary law at the first touch, and after a span in which nobody
 * looked either in one step (one core, exponential bursts: gap.h) or by simulating it burst by
 * burst. */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "cpu/params.h"
#include "cpu/service.h"
#include "cpu/stall.h"
#include "engine/arrivals.h"
#include "engine/poisson.h"
#include "engine/residual.h"
#include "engine/sim.h"
#include "net/inbox.h"

struct cpu_job;
typedef void cpu_done_fn(struct cpu_job *job);

/* A piece of cryptography; a field of its owner. */
struct cpu_job {
    cpu_done_fn *done;
    struct cpu *cpu;
    int64_t work_ns; /* processor time at speed 1 */
    int64_t submitted_ns;
    bool running; /* between cpu_submit and done (or cpu_withdraw) */
};

/* Extra background, as from services that start: a second stream of bursts, thinned to its share.
 */
enum { CPU_CHANGES_MAX = 64 };
#define CPU_EXTRA_MOST 2.0 /* times the node's capacity; more is cut */

struct cpu_change {
    int64_t at_ns;
    double share;
};

struct cpu {
    struct sim *sim;
    const struct luck *luck;
    uint32_t actor;
    const struct node_params *params;
    struct law burst;                /* that `residual` and burst_mean_ns belong to */
    const struct residual *residual; /* its own or the lender's */
    const struct poisson *poisson;   /* the same; for spans in one step; NULL: no need yet */
    struct residual *own_residual;   /* owned; NULL until there is a need */
    struct poisson *own_poisson;
    const struct cpu *lender; /* NULL: none */
    double burst_mean_ns;
    double gap_unit_ns; /* shortest such span; INFINITY: they do not apply */
    struct arrivals background, extra;
    struct stall stall;              /* then nothing is worked on */
    struct arrival next, next_extra; /* at_ns INT64_MAX: none */
    bool extra_kept;                 /* the next extra burst, and its luck */
    uint64_t extra_bits;
    double extra_share;        /* that `service` was simulated with last */
    struct cpu_change *change; /* owned; of the extra share since then, not played yet; NULL: there
                                * was none, as on front ends */
    uint32_t changes;
    struct timer event;     /* next arrival or completion, armed while cryptography runs */
    struct service service; /* all jobs that are present */
    uint32_t crypto_jobs;   /* of these, cryptography */
    int64_t since_ns;       /* instant that `service` speaks of; NEVER_NS: untouched */
    uint64_t played;        /* changes of the background simulated without the event queue */
    int64_t spent_ns;       /* work of all cryptography, at speed 1 */
};

/* Memory that grows inside is kept over resets and freed by cpu_fini. */
void cpu_init(struct cpu *cpu);
void cpu_fini(struct cpu *cpu);
void cpu_reset(struct cpu *cpu, struct sim *sim, const struct luck *luck, uint32_t actor,
               const struct node_params *params);

/* Before cpu_reset: from then on the tables of `lender`, which has been reset with the same params
 * and does not move before the next cpu_reset, serve this one too; NULL: it has its own. Ten
 * thousand computers that are alike would need 33 KB each. */
void cpu_borrow(struct cpu *cpu, const struct cpu *lender);

/* From now on services that start take this share of the whole capacity (0 none, at most
 * CPU_EXTRA_MOST) besides the load. */
void cpu_set_extra_load(struct cpu *cpu, double share);

/* Starts work_ns >= 0 of cryptography (processor time at speed 1); job->done runs when it is
 * finished, at once (inside this call) when work_ns is 0. */
void cpu_submit(struct cpu *cpu, struct cpu_job *job, int64_t work_ns, cpu_done_fn *done);

/* Drops a running job; harmless on one that is not running. */
void cpu_withdraw(struct cpu_job *job);

/* Whether a packet that arrives now has to wait in this computer's inbox, and does: while it is
 * stalled it looks at nothing, and then first at what came before. */
bool cpu_lets_wait(struct cpu *cpu, struct inbox *inbox, const struct packet *packet);

#endif
