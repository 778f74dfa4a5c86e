/* Arms that grow together until each of them is precise enough: --precision of a sweep.
 * Separate because trials.csv holds one arm after the other while every look adds trials to all of
 * them: each arm has a file of its own (output_options.apart) until the last look. All arms get the
 * same trials, so that they stay pairs, and each one's interval keeps its 95 % over all looks
 * (precision.h). */
#ifndef BENCH_SWEEP_SPOOL_H
#define BENCH_SWEEP_SPOOL_H

#include "../run/precision.h"
#include "sweep.h"

/* Runs arms look by look and joins their rows. done->trials says how many of each arm there are;
 * options->trials does not count. What the output has from earlier is judged at the same looks. */
bool spool_run(const struct sweep *sweep, const struct run_options *options,
               const struct precision *precision, struct output *output, struct sweep_done *done,
               struct error *error);

#endif
