/* The subcommands: each gets its own arguments (argv[0] is its name) and returns the exit status.
 */
#ifndef BENCH_CMD_CMD_H
#define BENCH_CMD_CMD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/error.h"

/* X(name, synopsis, what it does) */
#define COMMANDS(X)                                                                                \
    X(run, "FILE... [options]", "simulate scenarios: results, summary and pictures")               \
    X(sweep, "FILE --sweep KEY=A,B [options]", "simulate a scenario with many settings")           \
    X(merge, "DIR... [options]", "one folder of results of the parts of a batch (--shard)")        \
    X(summary, "DIR...", "recompute DIR/summary.csv from DIR/trials.csv and print it")             \
    X(plot, "DIR...", "redraw DIR/plots from DIR/trials.csv")                                      \
    X(compare, "BASE CAND [options]", "two results trial by trial: changes, intervals, verdicts")  \
    X(availability, "DIR... --crashes N/year [options]",                                           \
      "minutes a year and nines, false alarms too")                                                \
    X(claims, "DIR [--no-plot]", "set the KB's sentences beside a suite's results: verdicts")      \
    X(validate, "FILE [options]",                                                                  \
      "a scenario's merged keys, where they come from, what has no effect")                        \
    X(explain, "FILE|DIR [options]", "floor and ceiling of each phase beside what was simulated")  \
    X(trace, "FILE|DIR --trial K [options]", "tell one trial moment by moment")                    \
    X(certsel, "FILE|--pem DIR [options]",                                                         \
      "which certificate Exchange 2007 uses for TLS, and why")                                     \
    X(speed, "[options]", "measure how fast this program is on this machine")                      \
    X(list, "params|columns|scenarios", "what scenarios can say, what results hold")

#define X(name, synopsis, meaning) int cmd_##name(int argc, char **argv);
COMMANDS(X)
#undef X

/* Prints "ikebench: text" to standard error and returns the error's status. */
int cmd_fail(const struct error *error);

/* A whole number from least to most; false with a message that names the option. */
bool cmd_number(const char *option, const char *text, uint64_t least, uint64_t most,
                uint64_t *value, struct error *error);

/* Says where the pictures of these results are, or why there are none; `note` stands behind. */
void cmd_tell_pictures(const char *dir, const char *note);

/* Called for an unknown option: fills `error` and returns false. `command` is for the hint. */
bool cmd_bad_option(const char *command, struct error *error);

/* From now on SIGINT, SIGTERM and SIGHUP do not end the program but set what this returns. */
const atomic_int *cmd_catch_signals(void);

unsigned cmd_all_cores(void);

/* A growing list of --set texts. */
struct cmd_sets {
    const char **text;
    size_t n;
};
void cmd_add_set(struct cmd_sets *sets, const char *text);

#endif
