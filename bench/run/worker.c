#include "worker.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "world/world.h"

#include "clients.h"
#include "stress.h"

/* One thread's own things. */
struct worker {
    struct workers *all;
    pthread_t thread;
    struct world *world;
    double *drawn;
    size_t draws; /* room for so many */
};

static void make_room(struct worker *worker, size_t draws)
{
    if (draws < worker->draws)
        return;
    worker->draws = draws + 1;
    worker->drawn = realloc(worker->drawn, worker->draws * sizeof *worker->drawn);
    CHECK(worker->drawn != NULL);
}

static void put_row(const struct run_options *options, const struct plan *plan,
                    const struct row *row, const double *drawn, struct csv_buffer *rows)
{
    if (options->counts) {
        counting_pack(options->columns, row, rows);
        return;
    }
    if (options->arms)
        csv_put_int64(rows, options->arm);
    columns_put_row(options->columns, plan, row, drawn, rows);
}

/* Simulates one trial into the block; false when it was cut short. `params`: those of a trial
 * before, or the base. */
static bool simulate_trial(struct worker *worker, uint64_t trial, struct params *params,
                           struct block *block)
{
    const struct run_options *options = worker->all->options;
    const struct plan *plan = worker->all->plan;
    struct luck luck = {.seed = options->seed, .trial = options->first + trial};
    struct row row;
    if (options->steady) {
        plan_trial(plan, &luck, params, worker->drawn);
        stress_lay(params);
    } else {
        plan_draw_trial(plan, &luck, params, worker->drawn);
    }
    world_run(worker->world, params, &luck, &row);
    if (atomic_load(&worker->all->blocks->hurry) != 0)
        return false;
    put_row(options, plan, &row, worker->drawn, &block->rows);
    if (options->clients)
        clients_put_rows(plan, worker->world, &block->clients);
    block->recovered += row.status == ROW_RECOVERED;
    block->events += (uint64_t)row.events;
    return true;
}

static void simulate(struct worker *worker, struct block *block)
{
    uint64_t done = 0;
    struct params params = worker->all->plan->base;
    make_room(worker, worker->all->plan->draws);
    while (done < block->trials && simulate_trial(worker, block->begin + done, &params, block))
        done++;
    block->trials = done;
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct blocks *blocks = worker->all->blocks;
    uint64_t size = 1;
    for (struct block *block; (block = blocks_take(blocks, size)) != NULL;) {
        double start_s = run_seconds();
        uint64_t trials = block->trials;
        simulate(worker, block);
        size = blocks_size(trials, run_seconds() - start_s);
        blocks_give(blocks, block);
    }
    return NULL;
}

bool workers_start(struct workers *workers, struct blocks *blocks, const struct plan *plan,
                   const struct run_options *options, struct error *error)
{
    *workers = (struct workers){.blocks = blocks,
                                .plan = plan,
                                .options = options,
                                .worker = calloc(options->jobs, sizeof *workers->worker)};
    CHECK(workers->worker != NULL);
    for (; workers->n < options->jobs; workers->n++) {
        struct worker *w = &workers->worker[workers->n];
        *w = (struct worker){.all = workers, .world = world_new()};
        world_heed(w->world, &blocks->hurry);
        int problem = pthread_create(&w->thread, NULL, work, w);
        if (problem == 0)
            continue;
        world_free(w->world);
        if (workers->n > 0)
            break; /* fewer do */
        free(workers->worker);
        return error_set(error, EXIT_INTERNAL, "no thread can be started: %s", strerror(problem));
    }
    return true;
}

void workers_join(struct workers *workers)
{
    for (unsigned i = 0; i < workers->n; i++) {
        struct worker *w = &workers->worker[i];
        pthread_join(w->thread, NULL);
        world_free(w->world);
        free(w->drawn);
    }
    free(workers->worker);
}
