/* The yardstick: one gsl_rng_uniform of GSL's mt19937, and the clocks that time it and all else.
 * Separate because a nanosecond says as much of the machine and its other users as of a program;
 * the ratio to the same well-known work, timed in the same moment, can be compared. */
#ifndef BENCH_SPEED_YARDSTICK_H
#define BENCH_SPEED_YARDSTICK_H

#include <gsl/gsl_rng.h>

struct yardstick {
    gsl_rng *rng;
    volatile double sink; /* what was drawn; keeps the compiler from leaving it out */
};

void yardstick_init(struct yardstick *yardstick);
void yardstick_fini(struct yardstick *yardstick);

/* Nanoseconds of one draw, now (about a millisecond's worth of draws). */
double yardstick_ns(struct yardstick *yardstick);

/* Processor time of this thread: waiting for a core that others use does not count. */
double thread_ns(void);
/* The same of all threads of the program, and time as on a wall. */
double process_ns(void);
double wall_ns(void);

#endif
