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
    *cpu = (struct cpu){0};
}

static void cpu_event(struct sim *sim, struct timer *timer);

static bool has_background(const struct cpu *cpu)
{
    return cpu->params->load > 0.0;
}

/* Bursts a second that make up the load. */
static double burst_rate_hz(const struct node_params *p)
{
    return p->load * (double)p->cores * p->speed * 1e9 / (double)p->burst_ns;
}

void cpu_reset(struct cpu *cpu, struct sim *sim, const struct luck *luck, uint32_t actor,
               const struct node_params *params, const struct law_table *exponential)
{
    cpu->sim = sim;
    cpu->luck = luck;
    cpu->actor = actor;
    cpu->params = params;
    cpu->exponential = exponential;
    cpu->jobs = cpu->crypto_jobs = 0;
    cpu->since_ns = NEVER_NS;
    cpu->spent_ns = 0;
    timer_init(&cpu->event, cpu_event, 0);
    if (has_background(cpu))
        arrivals_init(&cpu->background, luck, actor, LUCK_arrival_count, LUCK_arrival_place,
                      burst_rate_hz(params), false);
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

/* Speed at which the i-th job is worked on, in processor-ns per ns. */
static double rate_of(const struct cpu *cpu, uint32_t i)
{
    const struct node_params *p = cpu->params;
    uint32_t cores = (uint32_t)p->cores;
    if (p->discipline == CPU_fifo)
        return i < cores ? p->speed : 0.0;
    return cpu->jobs <= cores ? p->speed : p->speed * cores / cpu->jobs;
}

static double burst_ns(const struct cpu *cpu, uint32_t index)
{
    double u = luck_uniform(cpu->luck, LUCK_cpu_burst, cpu->actor, index);
    return (double)cpu->params->burst_ns * law_table_quantile(cpu->exponential, u);
}

/* Stationary number of bursts present: M/M/c, whose law processor sharing leaves as it is
 * (Kleinrock I, 3.5). Each has an exponential rest, as it has no memory. */
static void draw_backlog(struct cpu *cpu, int64_t now_ns)
{
    const struct node_params *p = cpu->params;
    int32_t cores = (int32_t)p->cores;
    double offered = p->load * cores, term = 1.0, sum = 0.0;
    for (int32_t k = 0; k < cores; k++) {
        sum += term;
        term *= offered / (k + 1);
    }
    double empty = 1.0 / (sum + term / (1.0 - p->load));
    uint32_t window = arrivals_next(&cpu->background, now_ns).id;
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
        add(cpu, (double)p->burst_ns * law_table_quantile(cpu->exponential, rest), NULL);
    }
}

/* Works on all jobs until at_ns; nothing may arrive or finish before. */
static void work_until(struct cpu *cpu, int64_t at_ns)
{
    double span_ns = (double)(at_ns - cpu->since_ns);
    for (uint32_t i = 0; i < cpu->jobs; i++)
        cpu->share[i].left_ns -= span_ns * rate_of(cpu, i);
    cpu->since_ns = at_ns;
}

/* The instant at which the first job finishes if nothing arrives. */
static int64_t first_finish_ns(const struct cpu *cpu)
{
    double first = INFINITY;
    for (uint32_t i = 0; i < cpu->jobs; i++) {
        double rate = rate_of(cpu, i);
        if (rate > 0.0)
            first = fmin(first, cpu->share[i].left_ns / rate);
    }
    if (first > 9e18)
        return INT64_MAX;
    return cpu->since_ns + (first > 0.0 ? (int64_t)ceil(first) : 0);
}

static int64_t next_change_ns(const struct cpu *cpu)
{
    int64_t finish_ns = first_finish_ns(cpu);
    if (has_background(cpu) && cpu->next.at_ns < finish_ns)
        return cpu->next.at_ns;
    return finish_ns;
}

/* Brings in the burst that arrives now. */
static void take_arrival(struct cpu *cpu)
{
    add(cpu, burst_ns(cpu, cpu->next.id), NULL);
    cpu->next = arrivals_next(&cpu->background, cpu->next.at_ns);
}

/* Takes out one finished job; NULL when none is finished, else whether it was cryptography. */
static bool take_finished(struct cpu *cpu, struct cpu_job **job)
{
    for (uint32_t i = 0; i < cpu->jobs; i++) {
        /* Finish instants are rounded up to whole ns, so a finished job has at most 0 left. */
        if (rate_of(cpu, i) > 0.0 && cpu->share[i].left_ns <= 1e-6) {
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
        if (at_ns == cpu->next.at_ns)
            take_arrival(cpu);
        while (take_finished(cpu, &none)) {
        }
    }
    work_until(cpu, now_ns);
}

static double relaxation_ns(const struct node_params *p)
{
    double root = 1.0 - sqrt(p->load);
    return (double)p->burst_ns / (p->speed * root * root);
}

/* Makes `share` speak of now_ns. */
static void touch(struct cpu *cpu, int64_t now_ns)
{
    if (!has_background(cpu)) {
        if (cpu->crypto_jobs == 0)
            cpu->since_ns = now_ns;
        work_until(cpu, now_ns);
        return;
    }
    if (cpu->crypto_jobs > 0) {
        work_until(cpu, now_ns);
        return;
    }
    double gap_ns = (double)(now_ns - cpu->since_ns);
    if (cpu->since_ns == NEVER_NS ||
        gap_ns > FORGET_AFTER_RELAXATIONS * relaxation_ns(cpu->params)) {
        cpu->jobs = 0;
        cpu->since_ns = now_ns;
        draw_backlog(cpu, now_ns);
        cpu->next = arrivals_next(&cpu->background, now_ns);
    } else {
        catch_up(cpu, now_ns);
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
    if (has_background(cpu) && cpu->next.at_ns == sim->now_ns)
        take_arrival(cpu);
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
            drop(cpu, i);
            break;
        }
    arm(cpu);
}
