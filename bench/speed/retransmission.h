/* The retransmission trial: nine messages that two sides send in turn, each lost with the same
 * chance and repeated until answered. A yardstick to compare simulation engines with, not Windows'
 * IKE: a Windows responder never retransmits.
 * Separate because it is a whole small model that must be right before its speed means anything. */
#ifndef BENCH_SPEED_RETRANSMISSION_H
#define BENCH_SPEED_RETRANSMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/law.h"
#include "engine/luck.h"
#include "engine/pool.h"
#include "engine/sim.h"

enum {
    RETR_MESSAGES = 9, /* main mode 0-5, quick mode 6-8; even ones are the initiator's */
    RETR_ATTEMPTS = 6  /* sends of one message, at 0, 1, 3, 7, 15, 31 s; given up at 63 s */
};

struct retr_sender {
    struct timer timer;
    uint32_t attempt, sends;
};

struct retr {
    struct sim sim;
    struct luck luck;
    struct pool arrivals;
    struct law_table *lognormal;
    struct law delay_ns;
    double loss;
    uint32_t next; /* message that is not there yet; RETR_MESSAGES: done */
    bool failed;
    struct retr_sender sender[RETR_MESSAGES];
    struct luck_pair first[RETR_MESSAGES]; /* of the first copy of each message */
};

/* Loss 5 %, delay lognormal with median 20 ms and sigma 0.5. */
void retr_init(struct retr *retr, uint64_t seed);
void retr_fini(struct retr *retr);

/* Runs one trial to its end: sim.now_ns is when, sim.fired the arrivals and timers that ran, failed
 * whether a message was given up. */
void retr_run(struct retr *retr, uint64_t trial);

#endif
