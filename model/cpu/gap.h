/* The number of jobs on a processor after a span in which nobody looked, in one step.
 * Separate because it is a theorem about M/M/1 and needs no processor. Arrivals and potential
 * departures (those of an empty processor are void) are two Poisson processes. Given how many of
 * each fall into the span, all orders of them are equally likely, and the number of jobs is the
 * walk they make, pushed up where it would fall below zero: before + up - down + max(0, dip -
 * before), where the dip is how far the walk falls below its beginning. By the reflection principle
 * (Feller, An Introduction to Probability Theory I, III.1) P(dip >= m) = C(up + down, up + m) /
 * C(up + down, up). Bursts are exponential, so that what is left of those present is too, whatever
 * went before; and with one processor it does not matter in which order they are served. */
#ifndef MODEL_CPU_GAP_H
#define MODEL_CPU_GAP_H

#include <stdint.h>

/* Jobs after `up` arrivals and `down` potential departures in random order; the variate that
 * belongs to the uniform u in (0, 1). */
uint64_t gap_jobs(uint64_t before, uint64_t up, uint64_t down, double u);

#endif
