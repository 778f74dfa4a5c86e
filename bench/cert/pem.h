/* A local machine store read from a folder of PEM files, as the selection procedure sees it.
 * Separate because OpenSSL is used nowhere else; what comes out is plain tls_cert. Formats: RFC
 * 7468 (PEM), RFC 5280 (certificates, lists of revoked ones, path validation). */
#ifndef BENCH_CERT_PEM_H
#define BENCH_CERT_PEM_H

#include <stddef.h>

#include "tls/cert.h"

#include "../base/error.h"

/* How the files are read.
 *   dir   every file *.pem, *.crt, *.cer, *.key in order of name; a certificate has its private key
 *         when it is in any of them
 *   roots folder of trusted root certificates (and of lists of revoked ones); NULL: nothing is
 *         trusted
 *   now_s the instant at which issuers and lists must be in date */
struct pem_options {
    const char *dir, *roots;
    int64_t now_s;
    bool progress; /* on a terminal, says on standard error how far a large folder is */
};

/* A certificate is enabled for SMTP as far as its own key usage goes (digitalSignature or
 * keyEncipherment, serverAuth; RFC 5280 4.2.1.3, 4.2.1.12): which services Exchange gave it is not
 * written in a PEM file. A certificate that is in several files is in the store once. */
struct pem_store {
    struct tls_store store;
    struct tls_cert *cert; /* owned; that of `store` */
    char **file;           /* owned; by certificate: the file's name in the folder */
    char **text;           /* owned; names the certificates point to */
    size_t texts, text_room;
    const char **san; /* owned; all lists of names, one after the other */
    size_t sans;
};

/* On failure *store is empty and *error says FILE:LINE, what is wrong and what would be right: an
 * unreadable folder or file, no certificate at all, a broken block, a key that is encrypted or
 * cannot be read, a date that is none. */
bool pem_store_read(struct pem_store *store, const struct pem_options *options,
                    struct error *error);
void pem_store_fini(struct pem_store *store);

/* Finds what a user calls a certificate: a thumbprint (40 hex digits, blanks and colons ignored) or
 * the name of a file. *thumbprint gets it even where no certificate has it. False with a message
 * when `text` is neither. */
bool pem_thumbprint(uint8_t thumbprint[TLS_THUMBPRINT_BYTES], const struct pem_store *store,
                    const char *text, struct error *error);

#endif
