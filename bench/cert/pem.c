#include "pem.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "engine/check.h"

#include "blocks.h"

enum { KEY_BYTES = 32 }; /* SHA-256 */

/* A private key, as far as it says whose it is: the digest of its public half's DER form. */
struct key {
    uint8_t digest[KEY_BYTES];
};

/* A certificate on its way into the store. */
struct entry {
    X509 *x509;
    size_t file; /* number of its file's name */
    unsigned long line;
    uint8_t thumbprint[TLS_THUMBPRINT_BYTES];
    bool private_key, self_signed, again;
};

struct reading {
    const struct pem_options *options;
    struct pem_store *out;
    struct entry *entry;
    size_t entries, room;
    char **name; /* of the files of the folder */
    size_t names;
    struct key *key;
    size_t keys, key_room;
    X509_STORE *roots;
    STACK_OF(X509) * issuers; /* of the folder: those that may sign others */
    X509_STORE_CTX *context;
    bool lists; /* of revoked certificates are there */
};

static const char *why_openssl(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason != NULL ? reason : "unknown reason";
}

static BIO *block_bio(const struct pem_block *block)
{
    BIO *bio = BIO_new_mem_buf(block->begin, (int)block->length);
    CHECK(bio != NULL);
    return bio;
}

static bool is_certificate(const struct pem_block *block)
{
    return strcmp(block->label, "CERTIFICATE") == 0 ||
           strcmp(block->label, "X509 CERTIFICATE") == 0 ||
           strcmp(block->label, "TRUSTED CERTIFICATE") == 0;
}

static bool is_key(const struct pem_block *block)
{
    size_t length = strlen(block->label);
    static const char ending[] = "PRIVATE KEY";
    return length >= sizeof ending - 1 &&
           strcmp(block->label + length - (sizeof ending - 1), ending) == 0;
}

static X509 *read_x509(const struct pem_block *block, struct error *error)
{
    BIO *bio = block_bio(block);
    X509 *x509 = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (x509 == NULL)
        pem_refuse(error, block, "not a certificate: %s", why_openssl());
    return x509;
}

/* A certificate takes some 0.3 ms, nearly all of it in OpenSSL. */
static void show_progress(const struct reading *r, const char *what, size_t done)
{
    enum { EVERY = 2048 };
    if (r->options->progress && done > 0 && done % EVERY == 0)
        fprintf(stderr, "\r%s: %zu certificates %s\033[K", r->options->dir, done, what);
}

static void end_progress(const struct reading *r)
{
    if (r->options->progress)
        fputs("\r\033[K", stderr);
}

/* ---- what is in the folder ---- */

static bool add_entry(struct reading *r, const struct pem_block *block, struct error *error)
{
    X509 *x509 = read_x509(block, error);
    if (x509 == NULL)
        return false;
    if (r->entries == r->room) {
        r->room = r->room == 0 ? 64 : 2 * r->room;
        r->entry = realloc(r->entry, r->room * sizeof *r->entry);
        CHECK(r->entry != NULL);
    }
    struct entry *entry = &r->entry[r->entries++];
    *entry = (struct entry){.x509 = x509, .file = r->names - 1, .line = block->line};
    unsigned length = 0;
    CHECK(X509_digest(x509, EVP_sha1(), entry->thumbprint, &length) == 1);
    CHECK(length == TLS_THUMBPRINT_BYTES);
    show_progress(r, "read", r->entries);
    if (r->entries > TLS_STORE_MAX)
        return pem_refuse(error, block, "more than %d certificates", TLS_STORE_MAX);
    return true;
}

static int no_passphrase(char *text, int size, int writing, void *context)
{
    (void)text;
    (void)size;
    (void)writing;
    *(bool *)context = true; /* it was asked for */
    return -1;
}

static void key_digest(uint8_t digest[KEY_BYTES], unsigned char *der, int size)
{
    unsigned length = 0;
    CHECK(size > 0 && EVP_Digest(der, (size_t)size, digest, &length, EVP_sha256(), NULL) == 1);
    CHECK(length == KEY_BYTES);
    OPENSSL_free(der);
}

static bool add_key(struct reading *r, const struct pem_block *block, struct error *error)
{
    bool encrypted = false;
    BIO *bio = block_bio(block);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &encrypted);
    BIO_free(bio);
    if (key == NULL && encrypted) {
        ERR_clear_error();
        return pem_refuse(error, block,
                          "the private key is encrypted: decrypt it (openssl pkey -in FILE -out "
                          "FILE.key)");
    }
    if (key == NULL)
        return pem_refuse(error, block, "not a private key: %s", why_openssl());
    if (r->keys == r->key_room) {
        r->key_room = r->key_room == 0 ? 64 : 2 * r->key_room;
        r->key = realloc(r->key, r->key_room * sizeof *r->key);
        CHECK(r->key != NULL);
    }
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(key, &der);
    key_digest(r->key[r->keys++].digest, der, size);
    EVP_PKEY_free(key);
    return true;
}

static bool take_block(const struct pem_block *block, void *context, struct error *error)
{
    struct reading *r = context;
    if (is_certificate(block))
        return add_entry(r, block, error);
    return !is_key(block) || add_key(r, block, error);
}

static char *join(const char *folder, const char *name)
{
    char *path;
    CHECK(asprintf(&path, "%s/%s", folder, name) >= 0);
    return path;
}

static bool take_file(struct reading *r, const char *name, struct error *error)
{
    struct pem_file file;
    char *path = join(r->options->dir, name);
    size_t before = r->entries + r->keys;
    r->name = realloc(r->name, (r->names + 1) * sizeof *r->name);
    CHECK(r->name != NULL);
    r->name[r->names++] = strdup(name);
    bool good = pem_file_read(&file, path, error);
    if (good) {
        struct pem_block whole = {.path = path, .line = 1};
        good = pem_file_each(&file, take_block, r, error) &&
               (r->entries + r->keys > before ||
                pem_refuse(error, &whole,
                           "neither certificate nor private key in it: a block BEGIN CERTIFICATE "
                           "or BEGIN PRIVATE KEY is due (DER: openssl x509 -inform der -in FILE "
                           "-out FILE.pem)"));
        pem_file_fini(&file);
    }
    free(path);
    return good;
}

static int by_digest(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    return memcmp(x->digest, y->digest, KEY_BYTES);
}

static void match_keys(struct reading *r)
{
    if (r->keys == 0)
        return;
    qsort(r->key, r->keys, sizeof *r->key, by_digest);
    for (size_t i = 0; i < r->entries; i++) {
        struct key key;
        unsigned char *der = NULL;
        int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(r->entry[i].x509), &der);
        key_digest(key.digest, der, size);
        r->entry[i].private_key = bsearch(&key, r->key, r->keys, sizeof *r->key, by_digest) != NULL;
    }
    ERR_clear_error();
}

static int is_wanted(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && entry->d_name[0] != '.' &&
           (strcasecmp(dot, ".pem") == 0 || strcasecmp(dot, ".crt") == 0 ||
            strcasecmp(dot, ".cer") == 0 || strcasecmp(dot, ".key") == 0);
}

/* By bytes, so that no locale changes which of two equal certificates is first. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool take_folder(const char *dir,
                        bool (*take)(struct reading *, const char *, struct error *),
                        struct reading *r, struct error *error)
{
    struct dirent **entry;
    int n = scandir(dir, &entry, is_wanted, by_name);
    if (n < 0)
        return error_set(error, EXIT_INPUT, "cannot read folder '%s': %s", dir, strerror(errno));
    bool good =
        n > 0 || error_set(error, EXIT_INPUT,
                           "'%s' holds no certificates: files *.pem, *.crt or *.cer are due", dir);
    for (int i = 0; i < n; i++) {
        good = good && take(r, entry[i]->d_name, error);
        free(entry[i]);
    }
    free(entry);
    return good;
}

/* ---- whom it trusts ---- */

static bool take_root_block(const struct pem_block *block, void *context, struct error *error)
{
    struct reading *r = context;
    bool good = true;
    if (is_certificate(block)) {
        X509 *x509 = read_x509(block, error);
        good = x509 != NULL;
        if (good)
            X509_STORE_add_cert(r->roots, x509);
        X509_free(x509);
    } else if (strcmp(block->label, "X509 CRL") == 0) {
        BIO *bio = block_bio(block);
        X509_CRL *list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
        BIO_free(bio);
        good = list != NULL ||
               pem_refuse(error, block, "not a list of revoked certificates: %s", why_openssl());
        if (list != NULL)
            X509_STORE_add_crl(r->roots, list);
        X509_CRL_free(list);
        r->lists = true;
    }
    ERR_clear_error();
    return good;
}

static bool take_root_file(struct reading *r, const char *name, struct error *error)
{
    struct pem_file file;
    char *path = join(r->options->roots, name);
    bool good = pem_file_read(&file, path, error);
    if (good) {
        good = pem_file_each(&file, take_root_block, r, error);
        pem_file_fini(&file);
    }
    free(path);
    return good;
}

/* Dates of the certificate itself are the procedure's business, not the chain's. */
static int forgive_own_dates(int good, X509_STORE_CTX *context)
{
    int error = X509_STORE_CTX_get_error(context);
    bool date = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
    return good || (date && X509_STORE_CTX_get_error_depth(context) == 0);
}

static enum tls_chain chain_of_error(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_REVOKED:
        return TLS_CHAIN_revoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        return TLS_CHAIN_unknown;
    default:
        return TLS_CHAIN_untrusted;
    }
}

static enum tls_chain chain_of(struct reading *r, X509 *x509)
{
    if (r->roots == NULL)
        return TLS_CHAIN_untrusted;
    CHECK(X509_STORE_CTX_init(r->context, r->roots, x509, r->issuers) == 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(r->context);
    X509_VERIFY_PARAM_set_time(param, (time_t)r->options->now_s);
    if (r->lists)
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK);
    X509_STORE_CTX_set_verify_cb(r->context, forgive_own_dates);
    bool good = X509_verify_cert(r->context) == 1;
    int error = X509_STORE_CTX_get_error(r->context);
    X509_STORE_CTX_cleanup(r->context);
    ERR_clear_error();
    return good ? TLS_CHAIN_trusted : chain_of_error(error);
}

/* ---- from X.509 to the procedure's view ---- */

static const char *keep(struct pem_store *out, char *text)
{
    if (out->texts == out->text_room) {
        out->text_room = out->text_room == 0 ? 64 : 2 * out->text_room;
        out->text = realloc(out->text, out->text_room * sizeof *out->text);
        CHECK(out->text != NULL);
    }
    return out->text[out->texts++] = text;
}

/* NULL where it holds a zero byte, which no name does. */
static const char *keep_name(struct pem_store *out, const ASN1_STRING *string)
{
    unsigned char *utf8;
    int length = ASN1_STRING_to_UTF8(&utf8, string);
    char *copy = NULL;
    if (length > 0 && memchr(utf8, '\0', (size_t)length) == NULL)
        copy = strndup((const char *)utf8, (size_t)length);
    if (length >= 0)
        OPENSSL_free(utf8);
    return copy == NULL ? NULL : keep(out, copy);
}

static const char *common_name(struct pem_store *out, X509 *x509)
{
    const X509_NAME *name = X509_get_subject_name(x509);
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0)
        return NULL;
    return keep_name(out, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/* Appends to the list of all names; the pointers into it are set when it does not move any more. */
static uint32_t take_sans(struct pem_store *out, X509 *x509)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    uint32_t sans = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        const char *text = name->type == GEN_DNS ? keep_name(out, name->d.dNSName) : NULL;
        if (text == NULL)
            continue;
        if ((out->sans & (out->sans - 1)) == 0) { /* grows at powers of two */
            size_t room = out->sans == 0 ? 1 : 2 * out->sans;
            out->san = realloc(out->san, room * sizeof *out->san);
            CHECK(out->san != NULL);
        }
        out->san[out->sans++] = text;
        sans++;
    }
    GENERAL_NAMES_free(names);
    return sans;
}

static bool seconds_of(int64_t *seconds, const ASN1_TIME *time)
{
    struct tm tm;
    if (ASN1_TIME_to_tm(time, &tm) != 1)
        return false;
    *seconds = timegm(&tm); /* 64 bits; years 0 to 9999 */
    return true;
}

static bool usable_for_smtp(X509 *x509)
{
    uint32_t usage = X509_get_key_usage(x509), extended = X509_get_extended_key_usage(x509);
    return (usage & (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT)) != 0 &&
           (extended & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
}

static bool convert(struct reading *r, const struct entry *entry, struct tls_cert *cert,
                    struct error *error)
{
    char *path = join(r->options->dir, r->name[entry->file]);
    struct pem_block block = {.path = path, .line = entry->line};
    X509 *x509 = entry->x509;
    *cert = (struct tls_cert){.version = (uint8_t)(X509_get_version(x509) + 1),
                              .chain = (uint8_t)chain_of(r, x509),
                              .private_key = entry->private_key,
                              .self_signed = entry->self_signed,
                              .smtp = usable_for_smtp(x509),
                              .subject = common_name(r->out, x509)};
    memcpy(cert->thumbprint, entry->thumbprint, sizeof cert->thumbprint);
    cert->sans = take_sans(r->out, x509);
    bool good = (seconds_of(&cert->valid_from_s, X509_get0_notBefore(x509)) ||
                 pem_refuse(error, &block, "its Valid from is no time")) &&
                (seconds_of(&cert->valid_to_s, X509_get0_notAfter(x509)) ||
                 pem_refuse(error, &block, "its Valid to is no time"));
    ERR_clear_error();
    free(path);
    return good;
}

static int by_thumbprint(const void *a, const void *b, void *entries)
{
    const struct entry *entry = entries;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    int order = memcmp(entry[i].thumbprint, entry[k].thumbprint, TLS_THUMBPRINT_BYTES);
    return order != 0 ? order : (i > k) - (i < k);
}

/* Of equal certificates the first stays. */
static void drop_repeated(struct reading *r)
{
    size_t *order = malloc((r->entries + 1) * sizeof *order);
    CHECK(order != NULL);
    for (size_t i = 0; i < r->entries; i++)
        order[i] = i;
    qsort_r(order, r->entries, sizeof *order, by_thumbprint, r->entry);
    const struct entry *first = NULL;
    for (size_t i = 0; i < r->entries; i++) {
        struct entry *entry = &r->entry[order[i]];
        entry->again = first != NULL &&
                       memcmp(first->thumbprint, entry->thumbprint, TLS_THUMBPRINT_BYTES) == 0;
        if (!entry->again)
            first = entry;
    }
    free(order);
}

/* Finds who is self-signed, and who may be another one's issuer. */
static void sort_out(struct reading *r)
{
    for (size_t i = 0; i < r->entries; i++) {
        struct entry *entry = &r->entry[i];
        entry->self_signed = X509_self_signed(entry->x509, 1) == 1;
        if (!entry->again && X509_check_ca(entry->x509) > 0 && !entry->self_signed)
            sk_X509_push(r->issuers, entry->x509);
        ERR_clear_error();
    }
}

static bool convert_all(struct reading *r, struct error *error)
{
    struct pem_store *out = r->out;
    uint32_t count = 0;
    out->cert = calloc(r->entries, sizeof *out->cert);
    out->file = calloc(r->entries, sizeof *out->file);
    CHECK(out->cert != NULL && out->file != NULL);
    for (size_t i = 0; i < r->entries; i++) {
        show_progress(r, "checked", i);
        if (r->entry[i].again)
            continue;
        if (!convert(r, &r->entry[i], &out->cert[count], error))
            return false;
        out->file[count++] = strdup(r->name[r->entry[i].file]);
        out->store.count = count;
    }
    const char *const *san = out->san;
    for (uint32_t i = 0; i < count; san += out->cert[i++].sans)
        out->cert[i].san = san;
    out->store.cert = out->cert;
    return true;
}

static void begin(struct reading *r)
{
    r->issuers = sk_X509_new_null();
    r->context = X509_STORE_CTX_new();
    CHECK(r->issuers != NULL && r->context != NULL);
    if (r->options->roots != NULL) {
        r->roots = X509_STORE_new();
        CHECK(r->roots != NULL);
    }
}

static void end(struct reading *r)
{
    for (size_t i = 0; i < r->entries; i++)
        X509_free(r->entry[i].x509);
    for (size_t i = 0; i < r->names; i++)
        free(r->name[i]);
    X509_STORE_CTX_free(r->context);
    sk_X509_free(r->issuers);
    X509_STORE_free(r->roots);
    free(r->entry);
    free(r->name);
    free(r->key);
}

bool pem_store_read(struct pem_store *store, const struct pem_options *options, struct error *error)
{
    struct reading r = {.options = options, .out = store};
    *store = (struct pem_store){0};
    begin(&r);
    bool good =
        (options->roots == NULL || take_folder(options->roots, take_root_file, &r, error)) &&
        take_folder(options->dir, take_file, &r, error);
    if (good && r.entries == 0)
        good = error_set(error, EXIT_INPUT, "'%s' holds no certificates, only keys", options->dir);
    if (good) {
        match_keys(&r);
        drop_repeated(&r);
        sort_out(&r);
        good = convert_all(&r, error);
    }
    end_progress(&r);
    end(&r);
    if (!good)
        pem_store_fini(store);
    return good;
}

void pem_store_fini(struct pem_store *store)
{
    for (uint32_t i = 0; i < store->store.count; i++)
        free(store->file[i]);
    for (size_t i = 0; i < store->texts; i++)
        free(store->text[i]);
    free(store->file);
    free(store->text);
    free(store->san);
    free(store->cert);
    *store = (struct pem_store){0};
}

static bool hex_thumbprint(uint8_t thumbprint[TLS_THUMBPRINT_BYTES], const char *text)
{
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' || *text == ':')
            continue;
        if (!isxdigit((unsigned char)*text) || digits == 2 * TLS_THUMBPRINT_BYTES)
            return false;
        unsigned value = isdigit((unsigned char)*text)
                             ? (unsigned)(*text - '0')
                             : (unsigned)(tolower((unsigned char)*text) - 'a') + 10;
        uint8_t *byte = &thumbprint[digits / 2];
        *byte = (uint8_t)(digits % 2 == 0 ? value << 4 : *byte | value);
        digits++;
    }
    return digits == 2 * TLS_THUMBPRINT_BYTES;
}

bool pem_thumbprint(uint8_t thumbprint[TLS_THUMBPRINT_BYTES], const struct pem_store *store,
                    const char *text, struct error *error)
{
    for (uint32_t i = 0; i < store->store.count; i++) {
        if (strcmp(store->file[i], text) == 0) {
            memcpy(thumbprint, store->cert[i].thumbprint, TLS_THUMBPRINT_BYTES);
            return true;
        }
    }
    return hex_thumbprint(thumbprint, text) ||
           error_set(error, EXIT_INPUT,
                     "'%.80s' is neither a thumbprint (40 hex digits) nor a file of the folder",
                     text);
}
