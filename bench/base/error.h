/* A user's mistake: an exit status and one clear line. */
#ifndef BENCH_BASE_ERROR_H
#define BENCH_BASE_ERROR_H

#include <stdbool.h>

/* X(name, exit status, what it says) */
#define EXITS(X)                                                                                   \
    X(DONE, 0, "done")                                                                             \
    X(INTERNAL, 1, "internal error")                                                               \
    X(INPUT, 2, "bad input or use")                                                                \
    X(GATE, 3, "a gate failed (--fail-on)")                                                        \
    X(INCOMPLETE, 4, "incomplete")                                                                 \
    X(OUTPUT, 5, "output could not be written")

enum exit_status {
#define X(name, status, meaning) EXIT_##name = status,
    EXITS(X)
#undef X
};

struct error {
    enum exit_status status;
    char text[1024]; /* one line, without "ikebench: " and without newline */
};

/* Fills `error` (printf-like) and returns false, so that a check can `return error_set(...)`.
 * Control characters become blanks. */
bool error_set(struct error *error, enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the place file:line:column in front; line and column count from 1. */
bool error_at(struct error *error, const char *file, unsigned long line, unsigned long column,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
