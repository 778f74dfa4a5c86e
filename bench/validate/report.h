/* What `ikebench validate` says of a scenario: the merged keys with their origins, keys without
 * effect, combinations that are not supported; as text or JSON.
 * Separate because it only prints: what is said is found by effect.h and support.h. */
#ifndef BENCH_VALIDATE_REPORT_H
#define BENCH_VALIDATE_REPORT_H

#include <stdio.h>

#include "../sweep/sweep.h"

/* A scenario is a sweep of one arm. `file` as the user wrote it. */
void validate_print(FILE *out, const char *file, const struct sweep *sweep);
void validate_print_json(FILE *out, const char *file, const struct sweep *sweep);

/* The document that stands for a scenario that could not be read. */
void validate_print_error_json(FILE *out, const char *file, const struct error *error);

#endif
