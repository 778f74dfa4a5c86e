/* A server as a scenario describes it, in one trial: its store with the certificates drawn, and
 * what the directory names. Separate because the draws belong to the trial and not to the
 * procedure. */
#ifndef TLS_STORE_H
#define TLS_STORE_H

#include "engine/luck.h"
#include "tls/params.h"

/* Memory for the certificates; grows while a world warms up. */
struct tls_shelf {
    struct tls_cert *cert; /* owned */
    uint32_t capacity;
};
void tls_shelf_init(struct tls_shelf *shelf);
void tls_shelf_fini(struct tls_shelf *shelf);

/* Fills in what of `input` is the server's own: role, attribute, thumbprint, store, host. The store
 * is in this order: listed, those of `files` (NULL: none), generated. `who` is the server's
 * identity for luck, now_s the instant that the ages of generated certificates are drawn for. */
void tls_shelf_fill(struct tls_shelf *shelf, struct tls_input *input,
                    const struct server_params *server, const struct store_params *store,
                    const struct cert_params *listed, const struct tls_store *files,
                    const struct luck *luck, uint32_t who, int64_t now_s);

/* What of `input` a mail flow settles: which connectors, which messages, the clock. */
void tls_input_of(struct tls_input *input, const struct smtp_params *smtp, bool inbound);

/* The identity for luck of the sender (0), the receiver (1) and the standby (2). */
uint32_t tls_server_actor(uint32_t which);

/* How many certificates the store has. */
uint32_t tls_store_count(const struct store_params *store, const struct tls_store *files);

#endif
