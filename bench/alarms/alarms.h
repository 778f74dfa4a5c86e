/* False alarms: what a tuning does while nothing fails. alarms.csv beside trials.csv: the same
 * columns after that of the arm, of trials without failure under a stated stress (run/stress.h).
 * Separate because it is a second experiment with a file of its own, which summaries, comparisons,
 * pictures and `availability` read. A false alarm is a healthy SA that the front end gives up. */
#ifndef BENCH_ALARMS_ALARMS_H
#define BENCH_ALARMS_ALARMS_H

#include "../out/stage.h"
#include "../run/run.h"
#include "../stats/rate.h"

#define ALARMS_FILE   "alarms.csv"
#define ALARMS_DAY_NS 86400e9

/* Runs the trials that go with a run of options->trials of each plan (an arm each) and writes
 * alarms.csv. They have numbers 0, 1, ... whatever options->first is, so that all runs of one seed
 * can be compared. Where the scenario itself is without failure nothing is written. */
bool alarms_write(const struct plan *const *plan, size_t arms, const struct run_options *options,
                  const struct stage *stage, struct error *error);

/* X(name): columns that are kept. */
#define ALARMS_COLUMNS(X)                                                                          \
    X(trial)                                                                                       \
    X(status)                                                                                      \
    X(teardowns)                                                                                   \
    X(teardowns_idle)                                                                              \
    X(cut_ns)                                                                                      \
    X(time_ns)                                                                                     \
    X(ike_messages)                                                                                \
    X(ike_bytes)

enum alarms_column {
#define X(name) ALARMS_##name,
    ALARMS_COLUMNS(X)
#undef X
        ALARMS_COLUMN_COUNT
};

/* One arm's trials without failure; n 0: there are none. */
struct alarms {
    uint64_t n;
    int64_t *value[ALARMS_COLUMN_COUNT];
    double repeat_ns; /* what the front end waits before it repeats an IKE message; 0: not known */
};

/* Those of DIR/alarms.csv; without that file those of DIR/trials.csv if nothing was to fail there.
 * arm: of a sweep, else ALARMS_NO_ARM. False (EXIT_INPUT) only when a file is there and bad. */
#define ALARMS_NO_ARM (-1)
bool alarms_read(const char *dir, int64_t arm, struct alarms *alarms, struct error *error);

/* The same for all arms of a sweep, one after the other, from alarms.csv. *n counts the calls:
 * 0 when there is no such file. */
typedef void alarms_each_fn(void *context, int64_t arm, const struct alarms *alarms);
bool alarms_each(const char *dir, alarms_each_fn *each, void *context, struct error *error);
void alarms_fini(struct alarms *alarms);

/* Their false alarms, or the time that these cut off (cut_ns), to be rated. Most alarms cost the
 * time of an undisturbed negotiation and a few, where a message is lost, the wait for its
 * repetition: where few alarms were seen one of those may not have been among them, so that this
 * wait is the atom. */
struct rated alarms_rated(const struct alarms *alarms, enum alarms_column column);

/* What they were under, from DIR/manifest.json: "loss 1%, stalls 6/h ...". Runs compare only when
 * it is the same. */
bool alarms_stress(const char *dir, int64_t arm, char *text, size_t size, struct error *error);

#endif
