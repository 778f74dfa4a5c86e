#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world/world.h"

#include "../out/csv.h"
#include "clients.h"
#include "stress.h"

enum { BLOCK_TRIALS = 64 };

/* What the threads share; all but the options under `lock`. */
struct run_state {
    const struct plan *plan;
    const struct run_options *options;
    FILE *out;
    uint64_t blocks;
    pthread_mutex_t lock;
    pthread_cond_t turn; /* another block was written, or everything ends */
    uint64_t next_block; /* to be simulated */
    uint64_t next_write; /* to be written */
    uint64_t trials, recovered, events;
    bool stopped;
    int write_error; /* errno */
    const char *bad_file;
};

char *run_draw_column(char text[RUN_COLUMN_MAX], const struct plan_draw *draw)
{
    bool time = draw->param->type == TYPE_TIME;
    snprintf(text, RUN_COLUMN_MAX, "%s%s", draw->key, time ? "_ns" : "");
    return text;
}

int32_t run_classes(const struct plan *plan)
{
    return plan->base.trial.until == TRIAL_UNTIL_first ? 0 : plan->base.classes;
}

static void put_values(struct csv_buffer *buffer, const int64_t *value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        csv_put_int64(buffer, value[i] == NEVER_NS ? -1 : value[i]);
}

static void put_header(const struct plan *plan, bool arms, struct csv_buffer *buffer)
{
    char column[RUN_COLUMN_MAX], name[ROW_NAME_MAX];
    if (arms)
        csv_put_text(buffer, CSV_ARM);
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        csv_put_text(buffer, row_columns[i].name);
    for (int32_t c = 0; c < run_classes(plan); c++)
        for (size_t i = 0; i < ROW_CLASS_COLUMN_COUNT; i++)
            csv_put_text(buffer,
                         row_class_name(name, plan->names[KIND_class][c], &row_class_columns[i]));
    for (size_t i = 0; i < plan->draws; i++)
        csv_put_text(buffer, run_draw_column(column, &plan->draw[i]));
    csv_end_row(buffer);
}

static void put_row(const struct plan *plan, const struct row *row, const double *drawn,
                    struct csv_buffer *buffer)
{
    put_values(buffer, (const int64_t *)row, ROW_COLUMN_COUNT);
    for (int32_t c = 0; c < run_classes(plan); c++)
        put_values(buffer, (const int64_t *)&row->class[c], ROW_CLASS_COLUMN_COUNT);
    for (size_t i = 0; i < plan->draws; i++) {
        if (plan->draw[i].param->type == TYPE_TIME || plan->draw[i].param->type == TYPE_COUNT)
            csv_put_int64(buffer, (int64_t)drawn[i]);
        else
            csv_put_double(buffer, drawn[i]);
    }
    csv_end_row(buffer);
}

/* One thread's own things. */
struct worker {
    struct run_state *state;
    struct world *world;
    struct csv_buffer buffer, clients;
    double *drawn;
    uint64_t recovered, events;
};

static bool stop_asked(const struct run_state *state)
{
    return state->options->stop != NULL && atomic_load(state->options->stop) != 0;
}

/* Simulates block number `block` into the worker's buffer; false when stopped in between. */
static bool simulate_block(struct worker *worker, uint64_t block)
{
    const struct run_options *options = worker->state->options;
    const struct plan *plan = worker->state->plan;
    uint64_t begin = block * BLOCK_TRIALS, end = begin + BLOCK_TRIALS;
    if (end > options->trials)
        end = options->trials;
    csv_buffer_clear(&worker->buffer);
    csv_buffer_clear(&worker->clients);
    worker->recovered = worker->events = 0;
    for (uint64_t i = begin; i < end; i++) {
        struct luck luck = {.seed = options->seed, .trial = options->first + i};
        struct params params;
        struct row row;
        plan_trial(plan, &luck, &params, worker->drawn);
        if (options->steady)
            stress_lay(&params);
        world_run(worker->world, &params, &luck, &row);
        if (stop_asked(worker->state))
            return false;
        if (options->arms)
            csv_put_int64(&worker->buffer, options->arm);
        put_row(plan, &row, worker->drawn, &worker->buffer);
        if (options->clients != NULL)
            clients_put_rows(plan, worker->world, &worker->clients);
        worker->recovered += row.status == ROW_RECOVERED;
        worker->events += (uint64_t)row.events;
    }
    return true;
}

static bool put_bytes(struct run_state *state, FILE *out, const char *name,
                      const struct csv_buffer *buffer)
{
    if (fwrite(buffer->data, 1, buffer->length, out) == buffer->length)
        return true;
    state->write_error = errno != 0 ? errno : EIO;
    state->bad_file = name;
    return false;
}

static const char *table_name(const struct run_state *state)
{
    return state->options->steady ? "alarms.csv" : "trials.csv";
}

static void write_block(struct run_state *state, const struct worker *worker)
{
    if (put_bytes(state, state->out, table_name(state), &worker->buffer) &&
        state->options->clients != NULL)
        put_bytes(state, state->options->clients, CLIENTS_FILE, &worker->clients);
    state->recovered += worker->recovered;
    state->events += worker->events;
    state->next_write++;
    uint64_t done = state->next_write * BLOCK_TRIALS;
    state->trials = done < state->options->trials ? done : state->options->trials;
}

/* Takes the next block, simulates it, waits for its turn, writes it. */
static void *work(void *arg)
{
    struct worker *worker = arg;
    struct run_state *state = worker->state;
    pthread_mutex_lock(&state->lock);
    while (!state->stopped && state->write_error == 0 && state->next_block < state->blocks) {
        uint64_t block = state->next_block++;
        pthread_mutex_unlock(&state->lock);
        bool whole = simulate_block(worker, block);
        pthread_mutex_lock(&state->lock);
        state->stopped |= !whole;
        while (!state->stopped && state->write_error == 0 && state->next_write != block)
            pthread_cond_wait(&state->turn, &state->lock);
        if (!state->stopped && state->write_error == 0)
            write_block(state, worker);
        pthread_cond_broadcast(&state->turn);
    }
    pthread_mutex_unlock(&state->lock);
    return NULL;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void show_progress(const struct run_state *state, double wall_s)
{
    uint64_t done = state->trials, all = state->options->trials;
    double rate = wall_s > 0.0 ? (double)done / wall_s : 0.0;
    fprintf(stderr, "\r%s/%s%s", state->plan->folder, state->plan->name,
            state->options->steady ? " without failure" : "");
    if (state->options->arms)
        fprintf(stderr, ", arm %u", state->options->arm);
    fprintf(stderr, ": %3.0f %%, %.0f trials/s", 100.0 * (double)done / (double)all, rate);
    if (done > 0)
        fprintf(stderr, ", %.0f s left", (double)(all - done) / rate);
    fputs("\033[K", stderr);
}

static bool all_written(const struct run_state *state)
{
    return state->stopped || state->write_error != 0 || state->next_write == state->blocks;
}

/* Waits for the end; on a terminal it says five times a second how far things are. */
static void watch(struct run_state *state, double start_s)
{
    pthread_mutex_lock(&state->lock);
    while (!all_written(state)) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&state->turn, &state->lock, &until);
        if (state->options->progress && seconds_now() - start_s > 0.5)
            show_progress(state, seconds_now() - start_s);
    }
    pthread_mutex_unlock(&state->lock);
    if (state->options->progress)
        fputs("\r\033[K", stderr);
}

static bool write_header(struct run_state *state)
{
    struct csv_buffer header = {0};
    put_header(state->plan, state->options->arms, &header);
    bool whole = put_bytes(state, state->out, table_name(state), &header);
    if (whole && state->options->clients != NULL) {
        csv_buffer_clear(&header);
        clients_put_header(state->plan, &header);
        whole = put_bytes(state, state->options->clients, CLIENTS_FILE, &header);
    }
    csv_buffer_fini(&header);
    return whole;
}

static void run_workers(struct run_state *state)
{
    unsigned jobs = state->options->jobs;
    struct worker *worker = calloc(jobs, sizeof *worker);
    pthread_t *thread = calloc(jobs, sizeof *thread);
    CHECK(worker != NULL && thread != NULL);
    double start_s = seconds_now();
    unsigned started = 0;
    for (; started < jobs; started++) {
        struct worker *w = &worker[started];
        w->state = state;
        w->world = world_new();
        world_heed(w->world, state->options->stop);
        w->drawn = calloc(state->plan->draws + 1, sizeof *w->drawn);
        CHECK(w->drawn != NULL);
        if (pthread_create(&thread[started], NULL, work, w) != 0)
            break;
    }
    if (started == 0) /* no thread to be had: do it here */
        work(&worker[0]);
    else
        watch(state, start_s);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    for (unsigned i = 0; i < jobs && worker[i].world != NULL; i++) {
        world_free(worker[i].world);
        csv_buffer_fini(&worker[i].buffer);
        csv_buffer_fini(&worker[i].clients);
        free(worker[i].drawn);
    }
    free(thread);
    free(worker);
}

bool run_trials(const struct plan *plan, const struct run_options *options, FILE *out,
                struct run_report *report, struct error *error)
{
    CHECK(options->jobs >= 1 && options->trials >= 1);
    struct run_state state = {.plan = plan,
                              .options = options,
                              .out = out,
                              .blocks = (options->trials + BLOCK_TRIALS - 1) / BLOCK_TRIALS};
    double start_s = seconds_now();
    pthread_mutex_init(&state.lock, NULL);
    pthread_cond_init(&state.turn, NULL);
    if (options->continues || write_header(&state))
        run_workers(&state);
    pthread_cond_destroy(&state.turn);
    pthread_mutex_destroy(&state.lock);
    *report = (struct run_report){.trials = state.trials,
                                  .recovered = state.recovered,
                                  .events = state.events,
                                  .wall_s = seconds_now() - start_s};
    if (state.write_error != 0)
        return error_set(error, EXIT_OUTPUT, "%s: %s", state.bad_file, strerror(state.write_error));
    if (state.stopped)
        return error_set(error, EXIT_INCOMPLETE,
                         "stopped after %llu of %llu trials of %s; nothing of it was kept",
                         (unsigned long long)state.trials, (unsigned long long)options->trials,
                         plan->name);
    return true;
}
