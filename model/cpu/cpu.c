#include "cpu/cpu.h"

#include <math.h>
#include <stdlib.h>

#include "moment/moment.h"

/* After this many relaxation times without cryptography the backlog is drawn anew instead of being
 * simulated through the gap: what remains of the old state is below exp(-10). */
static const double FORGET_AFTER_RELAXATIONS = 10.0;

struct cpu_share {
    double left_ns;      /* processor time still needed, at speed 1 */
    struct cpu_job *job; /* NULL: background */
};

void cpu_init(struct cpu *cpu)
{
    *cpu = (struct cpu){0};
}

void cpu_fini(struct cpu *cpu)
{
    free(cpu->share);
    free(cpu->residual);
    *cpu = (struct cpu){0};
}

static void cpu_event(struct sim *sim, struct timer *timer);
static void arm(struct cpu *cpu);

static const struct arrival no_arrival = {.at_ns = INT64_MAX};

static bool same_law(const struct law *a, const struct law *b)
{
    return a->table == b->table && a->location == b->location && a->scale == b->scale;
}

/* The tables that go with the burst law; made anew only when it is another one, so not in a warm
 * trial. */
static void learn_burst(struct cpu *cpu, const struct law *burst)
{
    if (cpu->residual != NULL && same_law(&cpu->burst, burst))
        return;
    if (cpu->residual == NULL)
        cpu->residual = malloc(sizeof *cpu->residual);
    CHECK(cpu->residual != NULL);
    cpu->burst = *burst;
    cpu->burst_mean_ns = law_mean(burst);
    residual_make(cpu->residual, burst);
}

/* Bursts a second that make up a share of the whole capacity. */
static double burst_rate_hz(const struct cpu *cpu, double share)
{
    const struct node_params *p = cpu->params;
    return share * (double)p->cores * p->speed * 1e9 / cpu->burst_mean_ns;
}

void cpu_reset(struct cpu *cpu, struct sim *sim, const struct luck *luck, uint32_t actor,
               const struct node_params *params)
{
    cpu->sim = sim;
    cpu->luck = luck;
    cpu->actor = actor;
    cpu->params = params;
    cpu->jobs = cpu->crypto_jobs = cpu->changes = 0;
    cpu->since_ns = NEVER_NS;
    cpu->spent_ns = 0;
    cpu->played = 0;
    cpu->extra_share = 0.0;
    cpu->next = cpu->next_extra = no_arrival;
    timer_init(&cpu->event, cpu_event, 0);
    stall_reset(&cpu->stall, luck, actor, params);
    learn_burst(cpu, &params->burst);
    if (params->load > 0.0)
        arrivals_init(&cpu->background, luck, actor, LUCK_arrival_count, LUCK_arrival_place,
                      burst_rate_hz(cpu, params->load), false);
    arrivals_init(&cpu->extra, luck, actor, LUCK_extra_count, LUCK_extra_place,
                  burst_rate_hz(cpu, CPU_EXTRA_MOST), false);
}

static void add(struct cpu *cpu, double left_ns, struct cpu_job *job)
{
    if (cpu->jobs == cpu->capacity) {
        cpu->capacity = cpu->capacity ? 2 * cpu->capacity : 64;
        cpu->share = realloc(cpu->share, cpu->capacity * sizeof *cpu->share);
        CHECK(cpu->share != NULL);
    }
    cpu->share[cpu->jobs++] = (struct cpu_share){left_ns, job};
    cpu->crypto_jobs += job != NULL;
}

static void drop(struct cpu *cpu, uint32_t i)
{
    cpu->crypto_jobs -= cpu->share[i].job != NULL;
    cpu->jobs--;
    for (; i < cpu->jobs; i++) /* FIFO needs the order kept */
        cpu->share[i] = cpu->share[i + 1];
}

/* Who is worked on, the first jobs of `share`, and how fast each, in processor-ns per ns. Worked
 * out once for a change and not once a job: a planned move under load spends half its time here. */
struct service {
    uint32_t jobs;
    double rate;
};

static struct service service_of(const struct cpu *cpu)
{
    const struct node_params *p = cpu->params;
    uint32_t cores = (uint32_t)p->cores;
    if (cpu->jobs <= cores)
        return (struct service){cpu->jobs, p->speed};
    if (p->discipline == CPU_fifo)
        return (struct service){cores, p->speed};
    return (struct service){cpu->jobs, p->speed * cores / cpu->jobs};
}

static double burst_ns(const struct cpu *cpu, double u)
{
    double ns = law_quantile(&cpu->burst, u);
    return ns > 0.0 ? ns : 0.0;
}

static double relaxation_ns(const struct cpu *cpu)
{
    double root = 1.0 - sqrt(cpu->params->load);
    return cpu->burst_mean_ns / (cpu->params->speed * root * root);
}

/* Stationary number of bursts present: that of M/M/c, which processor sharing leaves as it is
 * whatever the law of the bursts (it is a symmetric queue; Kelly 1979, 3.3), each with an
 * equilibrium rest. With FIFO on one core the same draw has the right work in the system
 * (Pollaczek-Khinchine: a geometric number of rests); on several cores it is right for exponential
 * bursts. */
static void draw_backlog(struct cpu *cpu, int64_t now_ns)
{
    const struct node_params *p = cpu->params;
    int32_t cores = (int32_t)p->cores;
    double offered = p->load * cores, term = 1.0, sum = 0.0;
    if (p->load == 0.0)
        return;
    for (int32_t k = 0; k < cores; k++) {
        sum += term;
        term *= offered / (k + 1);
    }
    double empty = 1.0 / (sum + term / (1.0 - p->load));
    /* Draws anew are further apart than this window is long: each has its own luck. */
    double window_ns = FORGET_AFTER_RELAXATIONS * relaxation_ns(cpu);
    uint32_t window = (uint32_t)(int64_t)floor((double)now_ns / window_ns);
    double u = luck_uniform(cpu->luck, LUCK_cpu_backlog, cpu->actor, window);
    double below = empty, chance = empty;
    uint32_t n = 0;
    while (u >= below && n < LUCK_CPU_RESTS) {
        n++;
        chance *= offered / (n < p->cores ? (double)n : (double)p->cores);
        below += chance;
    }
    for (uint32_t k = 0; k < n; k++) {
        double rest =
            luck_uniform(cpu->luck, (uint16_t)(LUCK_CPU_REST_FIRST + k), cpu->actor, window);
        add(cpu, residual_quantile(cpu->residual, rest), NULL);
    }
}

/* Works on all jobs until at_ns; nothing may arrive or finish before. */
static void work_until(struct cpu *cpu, int64_t at_ns)
{
    struct service service = service_of(cpu);
    int64_t run_ns = at_ns - cpu->since_ns;
    if (__builtin_expect(cpu->stall.on, 0))
        run_ns = stall_run_ns(&cpu->stall, cpu->since_ns, at_ns);
    double done_ns = (double)run_ns * service.rate;
    for (uint32_t i = 0; i < service.jobs; i++)
        cpu->share[i].left_ns -= done_ns;
    cpu->since_ns = at_ns;
}

/* The instant at which the first job finishes if nothing arrives. */
static int64_t first_finish_ns(struct cpu *cpu)
{
    struct service service = service_of(cpu);
    double least_ns = INFINITY;
    for (uint32_t i = 0; i < service.jobs; i++)
        least_ns = cpu->share[i].left_ns < least_ns ? cpu->share[i].left_ns : least_ns;
    double first_ns = least_ns / service.rate;
    if (first_ns > 9e18)
        return INT64_MAX;
    int64_t run_ns = first_ns > 0.0 ? (int64_t)ceil(first_ns) : 0;
    if (__builtin_expect(cpu->stall.on, 0))
        return stall_after_ns(&cpu->stall, cpu->since_ns, run_ns);
    return cpu->since_ns + run_ns;
}

static int64_t next_change_ns(struct cpu *cpu)
{
    int64_t at_ns = first_finish_ns(cpu);
    if (cpu->next.at_ns < at_ns)
        at_ns = cpu->next.at_ns;
    return cpu->next_extra.at_ns < at_ns ? cpu->next_extra.at_ns : at_ns;
}

/* Brings in the bursts that arrive at this instant. */
static void take_arrivals(struct cpu *cpu, int64_t now_ns)
{
    if (cpu->next.at_ns == now_ns) {
        double u = luck_uniform(cpu->luck, LUCK_cpu_burst, cpu->actor, cpu->next.id);
        add(cpu, burst_ns(cpu, u), NULL);
        cpu->next = arrivals_next(&cpu->background, now_ns);
    }
    if (cpu->next_extra.at_ns == now_ns) {
        struct luck_pair bits =
            luck_bits_pair(cpu->luck, LUCK_extra_burst, cpu->actor, cpu->next_extra.id);
        if (luck_unit(bits.first) * CPU_EXTRA_MOST < cpu->extra_share)
            add(cpu, burst_ns(cpu, luck_unit(bits.second)), NULL);
        cpu->next_extra = arrivals_next(&cpu->extra, now_ns);
    }
}

/* Takes out one finished job; NULL when none is finished, else whether it was cryptography. */
static bool take_finished(struct cpu *cpu, struct cpu_job **job)
{
    struct service service = service_of(cpu);
    for (uint32_t i = 0; i < service.jobs; i++) {
        /* Finish instants are rounded up to whole ns, so a finished job has at most 0 left. */
        if (cpu->share[i].left_ns <= 1e-6) {
            *job = cpu->share[i].job;
            drop(cpu, i);
            return true;
        }
    }
    return false;
}

/* Plays the background alone up to now_ns. */
static void catch_up(struct cpu *cpu, int64_t now_ns)
{
    struct cpu_job *none;
    for (;;) {
        int64_t at_ns = next_change_ns(cpu);
        if (at_ns > now_ns)
            break;
        work_until(cpu, at_ns);
        take_arrivals(cpu, at_ns);
        while (take_finished(cpu, &none)) {
        }
        cpu->played++;
    }
    work_until(cpu, now_ns);
}

/* Whether a gap is so long that what was before does not matter any more. */
static bool forgotten(const struct cpu *cpu, int64_t since_ns, int64_t now_ns)
{
    return since_ns == NEVER_NS ||
           (double)(now_ns - since_ns) > FORGET_AFTER_RELAXATIONS * relaxation_ns(cpu);
}

/* Background alone, from where `share` speaks of to now_ns, or from its stationary law. */
static void bring_background(struct cpu *cpu, int64_t now_ns)
{
    if (cpu->extra_share > 0.0 || !forgotten(cpu, cpu->since_ns, now_ns)) {
        catch_up(cpu, now_ns);
        return;
    }
    /* The stationary law knows nothing of stalls: what piles up in them is played. */
    int64_t from_ns = now_ns;
    if (cpu->stall.on && cpu->params->load > 0.0)
        from_ns -= (int64_t)(FORGET_AFTER_RELAXATIONS * relaxation_ns(cpu) +
                             (double)cpu->stall.most_ns / (1.0 - cpu->params->load));
    cpu->jobs = 0;
    cpu->since_ns = from_ns;
    draw_backlog(cpu, from_ns);
    if (cpu->params->load > 0.0)
        cpu->next = arrivals_next(&cpu->background, from_ns);
    if (from_ns < now_ns)
        catch_up(cpu, now_ns);
}

static void apply_change(struct cpu *cpu, const struct cpu_change *change)
{
    cpu->extra_share = change->share;
    cpu->next_extra = change->share > 0.0 ? arrivals_next(&cpu->extra, change->at_ns) : no_arrival;
}

/* Makes `share` speak of now_ns. What extra load did is played only if its traces are still there.
 */
static void touch(struct cpu *cpu, int64_t now_ns)
{
    if (cpu->crypto_jobs > 0) {
        work_until(cpu, now_ns);
        return;
    }
    const struct cpu_change *last = &cpu->change[cpu->changes > 0 ? cpu->changes - 1 : 0];
    bool traces = cpu->changes > 0 && (last->share > 0.0 || !forgotten(cpu, last->at_ns, now_ns));
    for (uint32_t i = 0; traces && i < cpu->changes; i++) {
        bring_background(cpu, cpu->change[i].at_ns);
        apply_change(cpu, &cpu->change[i]);
    }
    if (!traces && cpu->changes > 0) {
        apply_change(cpu, last);
        cpu->since_ns = NEVER_NS;
    }
    cpu->changes = 0;
    bring_background(cpu, now_ns);
}

void cpu_set_extra_load(struct cpu *cpu, double share)
{
    struct cpu_change change = {cpu->sim->now_ns, share > 1e-9 ? share : 0.0};
    if (cpu->crypto_jobs > 0 || cpu->changes == CPU_CHANGES_MAX) {
        touch(cpu, change.at_ns);
        apply_change(cpu, &change);
        arm(cpu);
    } else {
        cpu->change[cpu->changes++] = change;
    }
}

static void arm(struct cpu *cpu)
{
    if (cpu->crypto_jobs > 0)
        timer_arm(cpu->sim, &cpu->event, next_change_ns(cpu));
    else
        timer_cancel(cpu->sim, &cpu->event);
}

static void finish(struct cpu *cpu, struct cpu_job *job)
{
    job->running = false;
    sim_probe(cpu->sim, MOMENT_crypto_done, cpu->actor, job->work_ns,
              cpu->sim->now_ns - job->submitted_ns);
    job->done(job);
}

static void cpu_event(struct sim *sim, struct timer *timer)
{
    struct cpu *cpu = CONTAINER_OF(timer, struct cpu, event);
    work_until(cpu, sim->now_ns);
    take_arrivals(cpu, sim->now_ns);
    struct cpu_job *job;
    while (take_finished(cpu, &job))
        if (job != NULL)
            finish(cpu, job); /* may submit again; the state is consistent here */
    arm(cpu);
}

void cpu_submit(struct cpu *cpu, struct cpu_job *job, int64_t work_ns, cpu_done_fn *done)
{
    CHECK(!job->running && work_ns >= 0);
    *job = (struct cpu_job){.done = done,
                            .cpu = cpu,
                            .work_ns = work_ns,
                            .submitted_ns = cpu->sim->now_ns,
                            .running = true};
    cpu->spent_ns += work_ns;
    if (work_ns == 0) {
        finish(cpu, job);
        return;
    }
    touch(cpu, cpu->sim->now_ns);
    add(cpu, (double)work_ns, job);
    arm(cpu);
}

void cpu_withdraw(struct cpu_job *job)
{
    if (!job->running)
        return;
    struct cpu *cpu = job->cpu;
    job->running = false;
    work_until(cpu, cpu->sim->now_ns);
    for (uint32_t i = 0; i < cpu->jobs; i++)
        if (cpu->share[i].job == job) {
            cpu->spent_ns -= (int64_t)cpu->share[i].left_ns;
            drop(cpu, i);
            break;
        }
    arm(cpu);
}
