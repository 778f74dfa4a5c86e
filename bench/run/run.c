#include "run.h"

#include <stdlib.h>
#include <time.h>

#include "engine/check.h"

#include "clients.h"
#include "ranks.h"
#include "worker.h"

double run_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One arm on its way. */
struct run {
    const struct plan *plan;
    const struct run_options *options;
    struct blocks blocks;
    uint64_t earlier;
    double start_s;
    double patient_s; /* until then, once it was stopped */
};

#define PATIENCE_S 0.4 /* mpirun kills a second after it asked to stop */

static void show_progress(const struct run *run, uint64_t written)
{
    double wall_s = run_seconds() - run->start_s;
    uint64_t all = run->options->trials, own = written - run->earlier;
    double rate = wall_s > 0.0 ? (double)own / wall_s : 0.0;
    fprintf(stderr, "\r%s/%s%s", run->plan->folder, run->plan->name,
            run->options->steady ? " without failure" : "");
    if (run->options->arms)
        fprintf(stderr, ", arm %u", run->options->arm);
    fprintf(stderr, ": %3.0f %%, %.0f trials/s", 100.0 * (double)written / (double)all, rate);
    if (own > 0)
        fprintf(stderr, ", %.0f s left", (double)(all - written) / rate);
    fputs("\033[K", stderr);
}

/* All is written; or it was stopped: blocks that are away may be finished, and what others are at
 * be brought, but one trial may take a minute. Under the lock. */
static bool at_end(struct run *run, double now_s)
{
    struct blocks *b = &run->blocks;
    if (b->written == b->end)
        return true;
    if (!b->closed && !b->failed)
        run->patient_s = now_s + PATIENCE_S;
    else if (now_s >= run->patient_s)
        atomic_store(&b->hurry, 1);
    return b->away == 0 && (b->closed || b->failed) &&
           (b->failed || now_s >= run->patient_s || !ranks_owe(run->options->ranks));
}

/* Under the lock. */
static void wait_a_while(struct blocks *blocks, long ns)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ns;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&blocks->changed, &blocks->lock, &until);
}

/* Lets go of the lock while a checkpoint is made. */
static void keep(struct blocks *blocks)
{
    struct journal_mark mark = output_mark(blocks->output);
    struct error error;
    pthread_mutex_unlock(&blocks->lock);
    bool good = output_keep(blocks->output, &mark, false, &error);
    if (!good)
        blocks_close(blocks, &error);
    pthread_mutex_lock(&blocks->lock);
    if (good)
        blocks_write(blocks);
}

/* Lets go of the lock while other processes are heard. */
static void hear_ranks(struct run *run)
{
    struct error error;
    if (run->options->ranks == NULL)
        return;
    pthread_mutex_unlock(&run->blocks.lock);
    if (!ranks_poll(run->options->ranks, &run->blocks, &error))
        blocks_close(&run->blocks, &error);
    pthread_mutex_lock(&run->blocks.lock);
}

/* Waits for the end, sees to it that what is done lasts; on a terminal it says five times a second
 * how far things are. */
static void watch(struct run *run)
{
    struct blocks *blocks = &run->blocks;
    const struct run_options *o = run->options;
    double shown_s = run->start_s + 0.3;
    long wait_ns = o->ranks != NULL ? 1000000 : 50000000;
    ranks_open_arm(o->ranks, o);
    pthread_mutex_lock(&blocks->lock);
    for (double now_s; now_s = run_seconds(), !at_end(run, now_s);) {
        if (o->stop_s > 0.0 && now_s >= o->stop_s && !blocks->closed) {
            blocks->closed = true;
            pthread_cond_broadcast(&blocks->more);
        }
        if (!blocks->failed &&
            (output_is_full(blocks->output) || output_is_due(blocks->output, now_s)))
            keep(blocks);
        else
            wait_a_while(blocks, wait_ns);
        hear_ranks(run);
        if (o->progress && now_s - shown_s > 0.2) {
            shown_s = now_s;
            show_progress(run, blocks->written);
        }
    }
    pthread_mutex_unlock(&blocks->lock);
    if (o->progress)
        fputs("\r\033[K", stderr);
}

/* The threads that simulate, and this one that watches. */
static bool run_workers(struct run *run, struct error *error)
{
    struct workers workers;
    if (!workers_start(&workers, &run->blocks, run->plan, run->options, error))
        return false;
    watch(run);
    workers_join(&workers);
    return true;
}

static bool tell_end(const struct run *run, struct error *error)
{
    const struct blocks *blocks = &run->blocks;
    if (blocks->failed) {
        *error = blocks->error;
        return false;
    }
    if (blocks->written == blocks->end)
        return true;
    return error_set(error, EXIT_INCOMPLETE, "%s: stopped after %llu of %llu trials",
                     run->plan->name, (unsigned long long)blocks->written,
                     (unsigned long long)blocks->end);
}

static bool run_arm(struct run *run, struct output *output, struct error *error)
{
    struct csv_buffer header = {0}, clients = {0};
    columns_put_header(run->options->columns, run->plan, run->options->arms, &header);
    if (run->options->clients)
        clients_put_header(run->plan, &clients);
    bool good = output_begin_arm(output, run->options->arm, &header, &run->earlier, error) &&
                (run->earlier > 0 || output_put_clients(output, &clients, error));
    csv_buffer_fini(&header);
    csv_buffer_fini(&clients);
    if (!good || run->earlier >= run->options->trials)
        return good;
    blocks_init(&run->blocks, run->earlier, run->options->trials, output, run->options->stop);
    good = run_workers(run, error) && tell_end(run, error);
    blocks_fini(&run->blocks);
    return good;
}

bool run_trials(const struct plan *plan, const struct run_options *options, struct output *output,
                struct run_report *report, struct error *error)
{
    CHECK(options->jobs >= 1 && options->trials >= 1);
    struct run_options own = *options;
    struct run run = {.plan = plan, .options = &own, .start_s = run_seconds()};
    struct columns all = {.fields = 0};
    if (own.columns == NULL) {
        CHECK(columns_init(&all, NULL, plan, error));
        own.columns = &all;
    }
    bool good = run_arm(&run, output, error);
    columns_fini(&all);
    struct journal_mark mark = output_at(output);
    *report = (struct run_report){.trials = mark.trials,
                                  .recovered = mark.recovered,
                                  .events = mark.events,
                                  .earlier = run.earlier,
                                  .wall_s = run_seconds() - run.start_s};
    return good;
}
