/* The selection of a certificate told step by step, as an administrator would debug it.
 * Separate because the procedure decides and says nothing. */
#ifndef BENCH_CERTSEL_EXPLAIN_H
#define BENCH_CERTSEL_EXPLAIN_H

#include <stdio.h>

#include "tls/select.h"

enum { EXPLAIN_LABEL_MAX = 80 };

struct explain {
    const char *server; /* whose certificate it is */
    const struct tls_input *input;
    struct tls_outcome outcome;
    /* What a user calls certificate i of the store; returns `label`. */
    const char *(*label)(const void *context, uint32_t i, char label[EXPLAIN_LABEL_MAX]);
    const void *context;
    bool all; /* every certificate in step 7, not only the first ones */
};

/* Walks the procedure. */
void explain_begin(struct explain *explain, const char *server, const struct tls_input *input);

/* What a step found, one line. */
enum { EXPLAIN_FOUND_MAX = 512 };
void explain_found(const struct explain *explain, const struct tls_row *row,
                   char found[EXPLAIN_FOUND_MAX]);

void explain_text(FILE *out, const struct explain *explain);

/* One JSON document. */
void explain_json(FILE *out, const struct explain *explain);

/* "0123...": 40 hex digits. */
enum { EXPLAIN_HEX_MAX = 2 * TLS_THUMBPRINT_BYTES + 1 };
char *explain_hex(char hex[EXPLAIN_HEX_MAX], const uint8_t thumbprint[TLS_THUMBPRINT_BYTES]);

/* Texts of the bits of out->unsaid: returns the number put into `text`. */
enum { EXPLAIN_UNSAIDS = 6 };
size_t explain_unsaid(uint32_t unsaid, const char *text[EXPLAIN_UNSAIDS]);

/* Names of the choices, as a scenario spells them. */
const char *explain_auth(enum tls_auth auth);
const char *explain_space(enum tls_space space);
const char *explain_delivery(enum tls_delivery delivery);
const char *explain_chain(uint8_t chain);

/* The procedure between two Hub servers, read the other way (hub_to_hub); false when the readings
 * do not differ here. */
bool explain_other_reading(const struct explain *explain, struct tls_outcome *other);

#endif
