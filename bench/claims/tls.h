/* What the document on anonymous TLS says, step by step and event by event, beside what was
 * simulated. Separate from the KB's claims: these are rules, each of which a trial obeys or not. */
#ifndef BENCH_CLAIMS_TLS_H
#define BENCH_CLAIMS_TLS_H

#include <stdbool.h>
#include <stdio.h>

#include "../base/error.h"

/* Whether DIR holds results of the tls suite. */
bool tls_claims_wanted(const char *dir);

/* Judges DIR, writes DIR/claims.csv and prints the verdicts. A scenario without results gives rows
 * 'not run'. */
bool tls_claims(const char *dir, FILE *out, struct error *error);

#endif
