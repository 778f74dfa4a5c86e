/* Folders of results -> tunings: which outages and false alarms belong together.
 * Separate because it is where users make mistakes: a folder of the wrong kind, a rate without a
 * folder, sweeps with other arms. */
#ifndef BENCH_AVAILABILITY_SETTINGS_H
#define BENCH_AVAILABILITY_SETTINGS_H

#include "availability.h"

/* How often something fails. */
struct failure_rate {
    char kind[16];
    double a_year;
};

enum settings_metric { SETTINGS_OUTAGE, SETTINGS_IPSEC };

/* In what folders may differ besides the failure: in nothing; in how false alarms are measured,
 * which nobody asks for; in anything. */
enum settings_tuning { SETTINGS_ONE_TUNING, SETTINGS_OF_OUTAGES, SETTINGS_ANY_TUNING };

struct settings {
    struct tuning *tuning;
    size_t n;
};

/* Reads "2/year", "1/month", "0.5/week", "3/day". False: something else. */
bool failure_rate_parse(const char *text, double *a_year);

/* Reads folders of one tuning (a run for each kind of failure), or sweeps with the same arms (a
 * sweep for each kind): a tuning for each arm. False alarms are those of the first folder that has
 * some. EXIT_INPUT: what a folder is about has no rate, a rate has no folder, two folders are about
 * the same, runs beside sweeps, other arms; other settings, unless `tuning` lets them differ. To be
 * freed by settings_fini when true. */
bool settings_read(struct settings *settings, const char *const *dir, size_t dirs,
                   const struct failure_rate *rate, size_t rates, enum settings_metric metric,
                   enum settings_tuning tuning, struct error *error);
void settings_fini(struct settings *settings);

#endif
