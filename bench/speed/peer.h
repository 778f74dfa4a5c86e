/* The same models in another engine, measured in the same rounds.
 * Separate because it is another program, which may not be there: then the comparison is left out.
 * The peer is SimPy (Debian's python3-simpy3) with callbacks, scripts/speed-simpy.py. */
#ifndef BENCH_SPEED_PEER_H
#define BENCH_SPEED_PEER_H

#include <stdio.h>

#include "measure.h"

/* Adds the peer's retransmission trial and M/M/1 if it is there, and sets measures->peer to its
 * name and version, else to "". */
void peer_measures(struct measures *measures);

/* How many times as many trials and customers a second this program does; or that the peer is not
 * there, in one line. */
void peer_print(const struct measures *measures, FILE *out);

#endif
