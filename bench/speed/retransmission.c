#include "retransmission.h"

#include <stdlib.h>

#include "subjects.h"
#include "yardstick.h"

enum { TRIALS = 1 << 15, SEED = 63 };

struct arrival {
    struct timer timer;
    uint32_t message;
};

static void arrived(struct sim *sim, struct timer *timer);

/* Loss and delay are the two halves of one draw. First copies, which nearly all trials send, have
 * been drawn together. */
static struct luck_pair next_bits(struct retr *retr, uint32_t message)
{
    uint32_t copy = retr->sender[message].sends++;
    return copy == 0 ? retr->first[message] : luck_bits_pair(&retr->luck, 0, message, copy);
}

static void draw_first_copies(struct retr *retr)
{
    static const struct luck_place place[RETR_MESSAGES] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0},
                                                           {5, 0}, {6, 0}, {7, 0}, {8, 0}};
    luck_bits_pairs(&retr->luck, 0, place, RETR_MESSAGES, retr->first);
}

static void send(struct retr *retr, uint32_t message)
{
    struct luck_pair bits = next_bits(retr, message);
    if (luck_unit(bits.first) < retr->loss)
        return;
    struct arrival *arrival = pool_get(&retr->arrivals);
    arrival->message = message;
    timer_init(&arrival->timer, arrived, 0);
    int64_t delay_ns = (int64_t)law_draw(&retr->delay_ns, bits.second);
    timer_arm(&retr->sim, &arrival->timer, retr->sim.now_ns + delay_ns);
}

static void arm(struct retr *retr, struct retr_sender *sender)
{
    timer_arm(&retr->sim, &sender->timer, retr->sim.now_ns + (NS_PER_S << sender->attempt));
}

static void transmit(struct retr *retr, uint32_t message)
{
    send(retr, message);
    if (message + 1 < RETR_MESSAGES)
        arm(retr, &retr->sender[message]);
}

static void arrived(struct sim *sim, struct timer *timer)
{
    struct arrival *arrival = CONTAINER_OF(timer, struct arrival, timer);
    struct retr *retr = CONTAINER_OF(sim, struct retr, sim);
    uint32_t message = arrival->message;
    pool_put(&retr->arrivals, arrival);
    if (message == retr->next) {
        retr->next++;
        if (message > 0)
            timer_cancel(sim, &retr->sender[message - 1].timer);
        if (retr->next < RETR_MESSAGES)
            transmit(retr, retr->next);
    } else if (message + 1 == retr->next) {
        send(retr, retr->next);
    }
}

static void unanswered(struct sim *sim, struct timer *timer)
{
    struct retr *retr = CONTAINER_OF(sim, struct retr, sim);
    struct retr_sender *sender = CONTAINER_OF(timer, struct retr_sender, timer);
    if (++sender->attempt == RETR_ATTEMPTS) {
        retr->failed = true;
        return;
    }
    send(retr, (uint32_t)(sender - retr->sender));
    arm(retr, sender);
}

void retr_init(struct retr *retr, uint64_t seed)
{
    *retr = (struct retr){.luck.seed = seed, .loss = 0.05};
    sim_init(&retr->sim);
    pool_init(&retr->arrivals, sizeof(struct arrival));
    retr->lognormal = law_table_new(LAW_lognormal, 0.5);
    retr->delay_ns = (struct law){retr->lognormal, 0.0, 0.02 * (double)NS_PER_S};
}

void retr_fini(struct retr *retr)
{
    sim_fini(&retr->sim);
    pool_fini(&retr->arrivals);
    free(retr->lognormal);
}

void retr_run(struct retr *retr, uint64_t trial)
{
    retr->luck.trial = trial;
    retr->next = 0;
    retr->failed = false;
    sim_reset(&retr->sim, 0);
    pool_reset(&retr->arrivals);
    for (int m = 0; m < RETR_MESSAGES; m++) {
        retr->sender[m].attempt = retr->sender[m].sends = 0;
        timer_init(&retr->sender[m].timer, unanswered, 1);
    }
    draw_first_copies(retr);
    transmit(retr, 0);
    while (!retr->failed && retr->next < RETR_MESSAGES && sim_step(&retr->sim, INT64_MAX)) {
    }
}

/* ---- how fast it is ---- */

struct retr_rounds {
    struct retr retr;
    uint32_t trials;
    uint64_t trial;
};

static bool rounds_run(void *context, struct round *round, struct error *error)
{
    struct retr_rounds *rounds = context;
    uint64_t events = 0;
    (void)error;
    double start_ns = thread_ns();
    for (uint32_t i = 0; i < rounds->trials; i++) {
        retr_run(&rounds->retr, rounds->trial++);
        events += rounds->retr.sim.fired;
    }
    round->ns = thread_ns() - start_ns;
    round->count[0] = (double)events;
    round->count[1] = rounds->trials;
    return true;
}

static void rounds_free(void *context)
{
    struct retr_rounds *rounds = context;
    retr_fini(&rounds->retr);
    free(rounds);
}

void retransmission_measures(struct measures *measures)
{
    struct retr_rounds *rounds = calloc(1, sizeof *rounds);
    CHECK(rounds != NULL);
    retr_init(&rounds->retr, SEED);
    rounds->trials = measures_times(measures, TRIALS);
    measures_add(measures, &(struct measure){.name = "retransmission trial",
                                             .n = rounds->trials,
                                             .unit = {"event", "trial"},
                                             .target_y = 3.0,
                                             .run = rounds_run,
                                             .free = rounds_free,
                                             .context = rounds});
}
