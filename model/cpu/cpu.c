#include "cpu/cpu.h"

#include <math.h>
#include <stdlib.h>

#include "moment/moment.h"

#include "gap.h"

/* After this many relaxation times without cryptography the backlog is drawn anew instead of being
 * simulated through the gap: what remains of the old state is below exp(-10). */
static const double FORGET_AFTER_RELAXATIONS = 10.0;

void cpu_init(struct cpu *cpu)
{
    *cpu = (struct cpu){0};
}

void cpu_fini(struct cpu *cpu)
{
    service_fini(&cpu->service);
    free(cpu->own_residual);
    free(cpu->own_poisson);
    free(cpu->change);
    *cpu = (struct cpu){0};
}

static void cpu_event(struct sim *sim, struct timer *timer);
static void arm(struct cpu *cpu);

static const struct arrival no_arrival = {.at_ns = INT64_MAX};

static double gap_unit_ns(const struct cpu *cpu);

static bool same_law(const struct law *a, const struct law *b)
{
    return a->table == b->table && a->location == b->location && a->scale == b->scale;
}

void cpu_borrow(struct cpu *cpu, const struct cpu *lender)
{
    cpu->lender = lender;
}

/* The tables that go with the burst law; made anew only when it is another one, so not in a warm
 * trial. */
static void learn_burst(struct cpu *cpu, const struct law *burst)
{
    if (cpu->lender != NULL) {
        CHECK(same_law(&cpu->lender->burst, burst));
        cpu->burst = *burst;
        cpu->burst_mean_ns = cpu->lender->burst_mean_ns;
        cpu->residual = cpu->lender->residual;
        return;
    }
    if (cpu->residual != NULL && cpu->residual == cpu->own_residual && same_law(&cpu->burst, burst))
        return;
    if (cpu->own_residual == NULL)
        cpu->own_residual = malloc(sizeof *cpu->own_residual);
    CHECK(cpu->own_residual != NULL);
    cpu->burst = *burst;
    cpu->burst_mean_ns = law_mean(burst);
    residual_make(cpu->own_residual, burst);
    cpu->residual = cpu->own_residual;
}

static void learn_gaps(struct cpu *cpu)
{
    cpu->gap_unit_ns = gap_unit_ns(cpu);
    if (cpu->lender != NULL) {
        cpu->poisson = cpu->lender->poisson;
        return;
    }
    if (cpu->own_poisson == NULL && !isinf(cpu->gap_unit_ns)) {
        cpu->own_poisson = malloc(sizeof *cpu->own_poisson);
        CHECK(cpu->own_poisson != NULL);
        poisson_make(cpu->own_poisson);
    }
    cpu->poisson = cpu->own_poisson;
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
    service_reset(&cpu->service, params);
    cpu->crypto_jobs = cpu->changes = 0;
    cpu->since_ns = NEVER_NS;
    cpu->spent_ns = 0;
    cpu->played = 0;
    cpu->extra_share = 0.0;
    cpu->next = cpu->next_extra = no_arrival;
    timer_init(&cpu->event, cpu_event, 0);
    stall_reset(&cpu->stall, luck, actor, params);
    learn_burst(cpu, &params->burst);
    learn_gaps(cpu);
    if (params->load > 0.0)
        arrivals_init(&cpu->background, luck, actor, LUCK_arrival_count, LUCK_arrival_place,
                      burst_rate_hz(cpu, params->load), false);
    arrivals_init(&cpu->extra, luck, actor, LUCK_extra_count, LUCK_extra_place,
                  burst_rate_hz(cpu, CPU_EXTRA_MOST), false);
}

static double burst_ns(const struct cpu *cpu, uint64_t bits)
{
    double ns = law_draw(&cpu->burst, bits);
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
        service_add(&cpu->service, residual_quantile(cpu->residual, rest), NULL);
    }
}

/* Works on all jobs until at_ns; nothing may arrive or finish before. */
static void work_until(struct cpu *cpu, int64_t at_ns)
{
    int64_t run_ns = at_ns - cpu->since_ns;
    if (__builtin_expect(cpu->stall.on, 0))
        run_ns = stall_run_ns(&cpu->stall, cpu->since_ns, at_ns);
    service_work(&cpu->service, run_ns);
    cpu->since_ns = at_ns;
}

/* The instant at which the first job finishes if nothing arrives. */
static int64_t first_finish_ns(struct cpu *cpu)
{
    int64_t run_ns = service_first_ns(&cpu->service);
    if (run_ns == INT64_MAX)
        return INT64_MAX;
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

/* Finds the next extra burst, this one or later: of those at the most possible rate a share is
 * kept. Those left out would be changes at which nothing changes. */
static void plan_extra(struct cpu *cpu, struct arrival next)
{
    enum { TRIES = 1000 }; /* with a tiny share one of them is a change at which nothing changes */
    for (int i = 0; i < TRIES; i++) {
        cpu->next_extra = next;
        struct luck_pair bits =
            luck_bits_pair(cpu->luck, LUCK_extra_burst, cpu->actor, cpu->next_extra.id);
        cpu->extra_kept = luck_unit(bits.first) * CPU_EXTRA_MOST < cpu->extra_share;
        cpu->extra_bits = bits.second;
        if (cpu->extra_kept)
            return;
        next = arrivals_following(&cpu->extra, next);
    }
}

/* Brings in the bursts that arrive at this instant. */
static void take_arrivals(struct cpu *cpu, int64_t now_ns)
{
    if (cpu->next.at_ns == now_ns) {
        uint64_t bits = luck_bits(cpu->luck, LUCK_cpu_burst, cpu->actor, cpu->next.id);
        service_add(&cpu->service, burst_ns(cpu, bits), NULL);
        cpu->next = arrivals_following(&cpu->background, cpu->next);
    }
    if (cpu->next_extra.at_ns == now_ns) {
        if (cpu->extra_kept)
            service_add(&cpu->service, burst_ns(cpu, cpu->extra_bits), NULL);
        plan_extra(cpu, arrivals_following(&cpu->extra, cpu->next_extra));
    }
}

/* ---- a span in one step ---- */

/* A step covers 1 to 64 units. Steps begin at least a unit apart, so that the number of the unit in
 * which they do tells their luck. */
enum {
    GAP_UNIT = 16, /* potential departures; to play fewer is as cheap */
    GAP_UNITS_MOST = 64,
    GAP_WINDOW_BITS = 20,
    GAP_BLOCK_BITS = 12, /* draws of one step: two uniforms each */
    GAP_COUNT_BLOCKS = 16,
    GAP_RESTS = LUCK_cpu_gap_rest_15 - LUCK_cpu_gap_rest_0 + 1
};
static const double GAP_UNIT_LEAST_NS = 4e6; /* 2^20 of them last longer than a trial */

static double gap_unit_ns(const struct cpu *cpu)
{
    const struct node_params *p = cpu->params;
    bool exponential = p->burst.table != NULL && p->burst.table->family == LAW_exponential &&
                       p->burst.location == 0.0;
    double unit_ns = GAP_UNIT * cpu->burst_mean_ns / p->speed;
    bool applies = exponential && p->cores == 1 && !cpu->stall.on;
    return applies && unit_ns >= GAP_UNIT_LEAST_NS ? unit_ns : INFINITY;
}

static uint32_t gap_index(const struct cpu *cpu, int64_t at_ns)
{
    int64_t window = (int64_t)floor((double)at_ns / cpu->gap_unit_ns);
    return ((uint32_t)window & ((1u << GAP_WINDOW_BITS) - 1)) << GAP_BLOCK_BITS;
}

/* `blocks` draws in a row, as uniforms. */
static void gap_uniforms(const struct cpu *cpu, uint16_t purpose, uint32_t index, uint32_t blocks,
                         double *u)
{
    struct luck_place place[GAP_COUNT_BLOCKS] = {{0, 0}};
    struct luck_pair pair[GAP_COUNT_BLOCKS];
    for (uint32_t i = 0; i < blocks; i++)
        place[i] = (struct luck_place){cpu->actor, index + i};
    luck_bits_pairs(cpu->luck, purpose, place, blocks, pair);
    for (uint32_t i = 0; i < blocks; i++) {
        u[2 * i] = luck_unit(pair[i].first);
        u[2 * i + 1] = luck_unit(pair[i].second);
    }
}

/* Jobs after a span of ns from at_ns on that began with `jobs`. */
static uint64_t step_gap(const struct cpu *cpu, int64_t at_ns, double ns, uint64_t jobs)
{
    double u[2 * GAP_COUNT_BLOCKS], offered = cpu->params->load + cpu->extra_share;
    double down_mean = ns * cpu->params->speed / cpu->burst_mean_ns;
    const double *next = u;
    CHECK(poisson_uniforms(down_mean) + poisson_uniforms(offered * down_mean) < COUNT_OF(u));
    gap_uniforms(cpu, LUCK_cpu_gap, gap_index(cpu, at_ns), GAP_COUNT_BLOCKS, u);
    uint64_t down = poisson_draw(cpu->poisson, down_mean, &next);
    uint64_t up = poisson_draw(cpu->poisson, offered * down_mean, &next);
    return gap_jobs(jobs, up, down, *next);
}

/* The rests of that many jobs: exponential like the bursts. */
static void find_rests(struct cpu *cpu, uint32_t index, uint64_t jobs)
{
    enum { EACH = 2 * GAP_COUNT_BLOCKS };
    double u[EACH];
    for (uint64_t k = 0; k < jobs; k++) {
        /* More than 131,072 jobs repeat their rests: nobody will live to see them done. */
        uint16_t purpose =
            (uint16_t)(LUCK_cpu_gap_rest_0 + (k >> (GAP_BLOCK_BITS + 1)) % GAP_RESTS);
        uint32_t block = (uint32_t)k / 2 & ((1u << GAP_BLOCK_BITS) - 1);
        if (k % EACH == 0)
            gap_uniforms(cpu, purpose, index + block, GAP_COUNT_BLOCKS, u);
        service_add(&cpu->service, law_quantile(&cpu->burst, u[k % EACH]), NULL);
    }
}

/* Whether to go on in steps: not through a span that is short, nor with more jobs than have luck.
 */
static bool may_leap(const struct cpu *cpu, int64_t now_ns)
{
    return (double)(now_ns - cpu->since_ns) >= cpu->gap_unit_ns &&
           service_jobs(&cpu->service) < 1u << (GAP_BLOCK_BITS + 1);
}

static void leap(struct cpu *cpu, int64_t now_ns)
{
    uint64_t jobs = service_jobs(&cpu->service);
    const int64_t most_ns = (int64_t)(GAP_UNITS_MOST * cpu->gap_unit_ns);
    uint32_t index = 0;
    while (cpu->since_ns < now_ns) {
        int64_t left_ns = now_ns - cpu->since_ns;
        /* The last two share what is left, so that none is short. */
        int64_t ns = left_ns <= most_ns ? left_ns : left_ns < 2 * most_ns ? left_ns / 2 : most_ns;
        index = gap_index(cpu, cpu->since_ns);
        jobs = step_gap(cpu, cpu->since_ns, (double)ns, jobs);
        cpu->since_ns += ns;
        cpu->played++;
    }
    service_reset(&cpu->service, cpu->params);
    find_rests(cpu, index, jobs);
    if (cpu->params->load > 0.0)
        cpu->next = arrivals_next(&cpu->background, now_ns);
    if (cpu->extra_share > 0.0)
        plan_extra(cpu, arrivals_next(&cpu->extra, now_ns));
}

/* Plays the background alone up to now_ns. */
static void catch_up(struct cpu *cpu, int64_t now_ns)
{
    struct cpu_job *none;
    if (may_leap(cpu, now_ns)) {
        leap(cpu, now_ns);
        return;
    }
    for (;;) {
        int64_t at_ns = next_change_ns(cpu);
        if (at_ns > now_ns)
            break;
        work_until(cpu, at_ns);
        take_arrivals(cpu, at_ns);
        while (service_take_done(&cpu->service, &none)) {
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

/* Background alone, from where `service` speaks of to now_ns, or from its stationary law. */
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
    service_reset(&cpu->service, cpu->params);
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
    cpu->next_extra = no_arrival;
    if (change->share > 0.0)
        plan_extra(cpu, arrivals_next(&cpu->extra, change->at_ns));
}

/* Makes `service` speak of now_ns. What extra load did is played only if its traces are still
 * there.
 */
static void touch(struct cpu *cpu, int64_t now_ns)
{
    if (cpu->crypto_jobs > 0) {
        work_until(cpu, now_ns);
        return;
    }
    const struct cpu_change *last = cpu->changes > 0 ? &cpu->change[cpu->changes - 1] : NULL;
    bool traces = last != NULL && (last->share > 0.0 || !forgotten(cpu, last->at_ns, now_ns));
    for (uint32_t i = 0; traces && i < cpu->changes; i++) {
        bring_background(cpu, cpu->change[i].at_ns);
        apply_change(cpu, &cpu->change[i]);
    }
    if (!traces && last != NULL) {
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
        return;
    }
    if (cpu->change == NULL)
        cpu->change = calloc(CPU_CHANGES_MAX, sizeof *cpu->change);
    CHECK(cpu->change != NULL);
    cpu->change[cpu->changes++] = change;
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
    while (service_take_done(&cpu->service, &job))
        if (job != NULL) {
            cpu->crypto_jobs--;
            finish(cpu, job); /* may submit again; the state is consistent here */
        }
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
    service_add(&cpu->service, (double)work_ns, job);
    cpu->crypto_jobs++;
    arm(cpu);
}

void cpu_withdraw(struct cpu_job *job)
{
    if (!job->running)
        return;
    struct cpu *cpu = job->cpu;
    job->running = false;
    work_until(cpu, cpu->sim->now_ns);
    cpu->spent_ns -= (int64_t)service_withdraw(&cpu->service, job);
    cpu->crypto_jobs--;
    arm(cpu);
}

bool cpu_lets_wait(struct cpu *cpu, struct inbox *inbox, const struct packet *packet)
{
    if (__builtin_expect(!cpu->stall.on, 1))
        return false;
    int64_t end_ns = stall_end_ns(&cpu->stall, cpu->sim->now_ns);
    if (end_ns == cpu->sim->now_ns && inbox->n == 0)
        return false;
    inbox_put(inbox, packet, end_ns);
    return true;
}
