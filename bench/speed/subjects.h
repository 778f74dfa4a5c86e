/* What `ikebench speed` measures: each noun adds its own measurements to the list.
 * Separate because the files that hold them share nothing but this list. */
#ifndef BENCH_SPEED_SUBJECTS_H
#define BENCH_SPEED_SUBJECTS_H

#include "measure.h"

/* The yardstick itself, in yardsticks: how far from 1 it comes out is the noise. */
void yardstick_measures(struct measures *measures);

/* Event queue: the hold model at 8, 64, 1024, 10^5 and 10^6 pending timers. */
void hold_measures(struct measures *measures);

/* M/M/1 with 10^6 customers: queue, random bits and laws together. */
void mm1_measures(struct measures *measures);

/* One variate of each family of laws, its random bits included, and the bits alone. */
void law_measures(struct measures *measures);

/* The retransmission trial that other engines were measured with. */
void retransmission_measures(struct measures *measures);

/* The scenarios of KB 821839 with 1 and 2 threads, and a crash of 1 and of 10,000 front ends, all
 * in. False when they cannot be read. */
bool scenario_measures(struct measures *measures, struct error *error);

/* `compare` of two runs of 10^6 trials, and its memory. */
void compare_measures(struct measures *measures);

/* Storms of 10^3 and 10^6 clients. */
bool storm_measures(struct measures *measures, struct error *error);

/* An arm of a sweep, without its trials. */
bool sweep_measures(struct measures *measures, struct error *error);

#endif
