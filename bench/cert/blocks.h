/* PEM files taken apart into blocks, each with its line, so that a mistake can be found in an
 * editor. RFC 7468. */
#ifndef BENCH_CERT_BLOCKS_H
#define BENCH_CERT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/error.h"

struct pem_file {
    char *path;  /* owned */
    char *bytes; /* owned, terminated */
    size_t length;
};

/* One block, the lines BEGIN and END included. */
struct pem_block {
    const char *path;
    unsigned long line; /* of its BEGIN, from 1 */
    char label[64];     /* "CERTIFICATE" */
    const char *begin;
    size_t length;
};

/* Reads a file whole. */
bool pem_file_read(struct pem_file *file, const char *path, struct error *error);
void pem_file_fini(struct pem_file *file);

/* Calls `each` for every block, in order; stops when it returns false. A block without its END line
 * is refused. */
typedef bool pem_each_fn(const struct pem_block *block, void *context, struct error *error);
bool pem_file_each(const struct pem_file *file, pem_each_fn *each, void *context,
                   struct error *error);

/* Fills `error` with FILE:LINE:1 of a block and returns false. */
bool pem_refuse(struct error *error, const struct pem_block *block, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
