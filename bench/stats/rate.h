/* How often? Rates of events that come in clusters, with intervals.
 * Separate because counts of rare events want other methods than times: they may be 0, and those of
 * one trial hang together, since a trial's draws (its request rate above all) are its own.
 * Single rates: the gamma interval of Fay and Feuer (Stat. Med. 16, 1997), which is the exact
 * Poisson interval (Garwood 1936) when no trial has more than one event, with the variance that the
 * trials show where that is larger. Differences: of gains and losses, joined as by Newcombe (Stat.
 * Med. 17, 1998, method 10), and never narrower than Student's of the trials. Coverage:
 * test_rate.c; events in bursts need a dozen bursts, and where none was seen the upper limit is
 * that of events which come alone. GSL's error handler must be off. */
#ifndef BENCH_STATS_RATE_H
#define BENCH_STATS_RATE_H

#include <stdint.h>

/* An amount that grows with time (events, or ns lost), trial by trial. */
struct rated {
    const int64_t *amount, *time_ns; /* of each trial, not negative; some time is above 0 */
    uint64_t n;
    double atom; /* the smallest amount above 0: 1 for events; 0: not known, then a sum of 0 has no
                  * upper limit */
};

/* Per ns. */
struct rate {
    double value, low, high; /* high may be INFINITY */
};

struct rate rate_of(const struct rated *sample, double level);

/* Trials with any event. Fewer than a dozen say too little of how large bursts may be. */
enum { RATE_FEW = 12 };
uint64_t rated_with_any(const struct rated *sample);

/* What is to be said beside the interval of a rate; "" where it holds, bursts or not. */
#define RATE_CAVEAT_MAX 112
char *rate_caveat(char text[RATE_CAVEAT_MAX], uint64_t with_any, uint64_t n);

/* cand less base. p: two-sided, of "no difference": 1 less the highest level at which the interval
 * leaves 0 out. */
struct rate_change {
    double change, low, high, p;
};

/* The same trials in both: n and time_ns are those of both. */
struct rate_change rate_paired(const struct rated *base, const struct rated *cand, double level);
struct rate_change rate_unpaired(const struct rated *base, const struct rated *cand, double level);

#endif
