/* Stores read from files that the openssl program made: the same fields as said when they were
 * ordered, the same decisions as from the model's own certificates; and every kind of bad file. */
#include "testpem.h"

#include <sys/stat.h>
#include <time.h>

#include "pem.h"
#include "tls/select.h"

#define CLOCK INT64_C(1200000000) /* 2008-01-10 21:20 UTC */

/* What is ordered from the openssl program, and what must be read from its file. Dates: as `openssl
 * ca` takes them. */
static const struct order {
    const char *name, *cn, *san, *start, *end;
    const char *signer; /* root, rogue, inter; self */
    const char *usage;  /* lines of extensions; NULL: none, X.509 version 1 */
    bool key, smtp, revoke;
    enum tls_chain chain;
    int64_t from_s, to_s;
} orders[] = {
    {"a-good", "hub1.contoso.com", "DNS:hub1.contoso.com,DNS:hub1", "20070101000000Z",
     "20090101000000Z", "root", "extendedKeyUsage=serverAuth", true, true, false, TLS_CHAIN_trusted,
     1167609600, 1230768000},
    {"b-chained", "hub1.contoso.com", NULL, "20070601000000Z", "20090101000000Z", "inter",
     "keyUsage=digitalSignature", true, true, false, TLS_CHAIN_trusted, 1180656000, 1230768000},
    {"c-self", "hub1", "DNS:hub1.contoso.com", "20071201000000Z", "20090101000000Z", "self",
     "keyUsage=digitalSignature,keyEncipherment", true, true, false, TLS_CHAIN_untrusted,
     1196467200, 1230768000},
    {"d-rogue", "hub1.contoso.com", NULL, "20071215000000Z", "20090101000000Z", "rogue",
     "basicConstraints=CA:FALSE", true, true, false, TLS_CHAIN_untrusted, 1197676800, 1230768000},
    {"e-expired", "hub1.contoso.com", NULL, "20060101000000Z", "20070101000000Z", "root",
     "basicConstraints=CA:FALSE", true, true, false, TLS_CHAIN_trusted, 1136073600, 1167609600},
    {"f-without-key", "hub1.contoso.com", NULL, "20071220000000Z", "20090101000000Z", "root",
     "basicConstraints=CA:FALSE", false, true, false, TLS_CHAIN_trusted, 1198108800, 1230768000},
    {"g-wrong-name", "www.contoso.com", "DNS:*.contoso.com", "20071221000000Z", "20090101000000Z",
     "root", "basicConstraints=CA:FALSE", true, true, false, TLS_CHAIN_trusted, 1198195200,
     1230768000},
    {"h-client-only", "hub1.contoso.com", NULL, "20071222000000Z", "20090101000000Z", "root",
     "extendedKeyUsage=clientAuth", true, false, false, TLS_CHAIN_trusted, 1198281600, 1230768000},
    {"i-version-1", "hub1.contoso.com", NULL, "20071223000000Z", "20090101000000Z", "root", NULL,
     true, true, false, TLS_CHAIN_trusted, 1198368000, 1230768000},
    {"j-revoked", "hub1.contoso.com", NULL, "20071224000000Z", "20090101000000Z", "root",
     "basicConstraints=CA:FALSE", true, true, true, TLS_CHAIN_revoked, 1198454400, 1230768000},
    {"k-1910", "hub1.contoso.com", NULL, "19100101000000Z", "22000101000000Z", "root",
     "basicConstraints=CA:FALSE", true, true, false, TLS_CHAIN_trusted, -1893456000,
     INT64_C(7258118400)},
    {"l-2200", "hub1.contoso.com", NULL, "22000101000000Z", "99991231235959Z", "root",
     "basicConstraints=CA:FALSE", true, true, false, TLS_CHAIN_trusted, INT64_C(7258118400),
     INT64_C(253402300799)},
    {"m-signs-only", "hub1.contoso.com", NULL, "20071225000000Z", "20090101000000Z", "root",
     "keyUsage=keyCertSign", true, false, false, TLS_CHAIN_trusted, 1198540800, 1230768000},
};
enum { ORDERS = COUNT_OF(orders) };

static char *folder, *dir, *roots;

static void make_one(const struct order *o)
{
    char command[1536], text[256];
    if (o->usage != NULL) {
        snprintf(text, sizeof text, "%s\n%s%s\n", o->usage, o->san ? "subjectAltName=" : "",
                 o->san ? o->san : "");
        write_text(folder, "ext", text);
    }
    bool self = strcmp(o->signer, "self") == 0;
    char signer[128];
    snprintf(signer, sizeof signer,
             self ? "-selfsign -keyfile %s.key" : "-cert %s.pem -keyfile %s.key",
             self ? o->name : o->signer, o->signer);
    snprintf(command, sizeof command,
             "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out %s.key && "
             "openssl req -new -key %s.key -subj /CN=%s -out %s.csr && "
             "openssl ca -batch -notext -config ca.cnf %s -in %s.csr -out store/%s.pem "
             "-startdate %s -enddate %s %s && if %s; then cp %s.key store/; fi",
             o->name, o->name, o->cn, o->name, signer, o->name, o->name, o->start, o->end,
             o->usage != NULL ? "-extfile ext" : "", o->key ? "true" : "false", o->name);
    shell(folder, command);
    if (o->revoke) {
        snprintf(command, sizeof command,
                 "openssl ca -config ca.cnf -cert root.pem -keyfile root.key -revoke store/%s.pem",
                 o->name);
        shell(folder, command);
    }
}

static int make_all(void **state)
{
    (void)state;
    folder = new_folder();
    CHECK(asprintf(&dir, "%s/store", folder) > 0 && asprintf(&roots, "%s/trusted", folder) > 0);
    make_authorities(folder);
    for (size_t i = 0; i < ORDERS; i++)
        make_one(&orders[i]);
    /* Lists of both issuers; that of `inter` goes into the folder of roots, too. */
    shell(folder, "openssl ca -config ca.cnf -cert root.pem -keyfile root.key -gencrl "
                  "-crl_lastupdate 20080101000000Z -crl_nextupdate 20090101000000Z -out "
                  "trusted/root-list.pem");
    shell(folder, "openssl ca -config ca.cnf -cert inter.pem -keyfile inter.key -gencrl "
                  "-crl_lastupdate 20080101000000Z -crl_nextupdate 20090101000000Z -out "
                  "trusted/inter-list.pem");
    shell(folder, "cp inter.pem store/z-inter.pem");
    return 0;
}

static int remove_all(void **state)
{
    (void)state;
    remove_folder(folder);
    free(dir);
    free(roots);
    return 0;
}

static void read_store(struct pem_store *store, const char *from, const char *trusted)
{
    struct error error;
    struct pem_options options = {from, trusted, CLOCK, false};
    if (!pem_store_read(store, &options, &error))
        fail_msg("%s", error.text);
}

/* What the model would be told of an order. */
static struct tls_cert told(const struct order *o, const char *const *san, uint32_t sans)
{
    return (struct tls_cert){.version = o->usage == NULL ? 1 : 3,
                             .chain = (uint8_t)o->chain,
                             .private_key = o->key,
                             .smtp = o->smtp,
                             .self_signed = strcmp(o->signer, "self") == 0,
                             .subject = o->cn,
                             .san = san,
                             .sans = sans,
                             .valid_from_s = o->from_s,
                             .valid_to_s = o->to_s};
}

static void every_field_is_read(void **state)
{
    (void)state;
    struct pem_store store;
    read_store(&store, dir, roots);
    assert_int_equal(store.store.count, ORDERS + 1); /* and the intermediate authority */
    for (size_t i = 0; i < ORDERS; i++) {
        const struct order *o = &orders[i];
        struct tls_cert want = told(o, NULL, 0);
        const struct tls_cert *got = &store.store.cert[i];
        if (strncmp(store.file[i], o->name, strlen(o->name)) != 0)
            fail_msg("file %zu is %s", i, store.file[i]);
        if (got->version != want.version || got->chain != want.chain ||
            got->private_key != want.private_key || got->smtp != want.smtp ||
            got->self_signed != want.self_signed || got->valid_from_s != want.valid_from_s ||
            got->valid_to_s != want.valid_to_s || strcmp(got->subject, want.subject) != 0)
            fail_msg("%s: version %d chain %d key %d smtp %d self-signed %d from %ld to %ld CN %s",
                     o->name, got->version, got->chain, got->private_key, got->smtp,
                     got->self_signed, (long)got->valid_from_s, (long)got->valid_to_s,
                     got->subject);
    }
    assert_int_equal(store.store.cert[0].sans, 2);
    assert_string_equal(store.store.cert[0].san[0], "hub1.contoso.com");
    assert_string_equal(store.store.cert[0].san[1], "hub1");
    assert_int_equal(store.store.cert[2].sans, 1);
    assert_string_equal(store.store.cert[6].san[0], "*.contoso.com");
    assert_false(store.store.cert[ORDERS].private_key);
    pem_store_fini(&store);
}

/* A thumbprint is what openssl says it is. */
static void thumbprints_are_sha1(void **state)
{
    (void)state;
    struct pem_store store;
    struct error error;
    uint8_t by_file[TLS_THUMBPRINT_BYTES], by_hex[TLS_THUMBPRINT_BYTES];
    read_store(&store, dir, roots);
    shell(folder, "openssl x509 -in store/c-self.pem -noout -fingerprint -sha1 | "
                  "sed 's/.*=//' | tr -d '\\n' >print");
    char path[256], text[128] = "";
    snprintf(path, sizeof path, "%s/print", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_true(pem_thumbprint(by_file, &store, "c-self.pem", &error));
    assert_true(pem_thumbprint(by_hex, &store, text, &error));
    assert_memory_equal(by_file, by_hex, sizeof by_hex);
    assert_memory_equal(by_file, store.store.cert[2].thumbprint, sizeof by_file);
    assert_false(pem_thumbprint(by_hex, &store, "c-self", &error));
    assert_non_null(strstr(error.text, "40 hex digits"));
    assert_false(pem_thumbprint(by_hex, &store, "0123", &error));
    pem_store_fini(&store);
}

/* Stores of some of the files: the decision is that from what was ordered. */
static void same_decisions_as_the_model(void **state)
{
    (void)state;
    static const char *const san_a[] = {"hub1.contoso.com", "hub1"}, *const san_g[] = {
                                                                         "*.contoso.com"};
    struct pem_store store;
    read_store(&store, dir, roots);
    unsigned seen_events = 0, seen_unsaid = 0;
    for (unsigned subset = 1; subset < 1u << ORDERS; subset++)
        for (int when = 0; when < 3; when++) {
            struct tls_cert real[ORDERS], model[ORDERS];
            uint32_t n = 0;
            for (size_t i = 0; i < ORDERS; i++) {
                if (!(subset >> i & 1))
                    continue;
                real[n] = store.store.cert[i];
                model[n] = told(&orders[i], i == 0 || i == 2 ? san_a : san_g,
                                i == 0             ? 2
                                : i == 2 || i == 6 ? 1
                                                   : 0);
                model[n++].thumbprint[0] = (uint8_t)(i + 1);
            }
            struct tls_input in = {.role = TLS_ROLE_hub,
                                   .send_auth = TLS_AUTH_ExchangeServer,
                                   .attribute = TLS_ATTRIBUTE_present,
                                   .host = {.fqdn = "hub1.contoso.com"},
                                   .now_s = when == 0   ? CLOCK
                                            : when == 1 ? CLOCK + INT64_C(40000000)
                                                        : INT64_C(7300000000)};
            struct tls_outcome got, want;
            uint32_t named = subset % n;
            in.store = (struct tls_store){real, n};
            memcpy(in.directory, real[named].thumbprint, sizeof in.directory);
            tls_select(&in, &got);
            in.store.cert = model;
            memcpy(in.directory, model[named].thumbprint, sizeof in.directory);
            tls_select(&in, &want);
            if (got.decision != want.decision || got.events != want.events ||
                got.unsaid != want.unsaid || got.best != want.best || got.used != want.used ||
                got.chains != want.chains)
                fail_msg("subset %x at %d: events %x, want %x; best %u, want %u", subset, when,
                         got.events, want.events, got.best, want.best);
            seen_events |= got.events;
            seen_unsaid |= got.unsaid;
        }
    pem_store_fini(&store);
    assert_int_equal(seen_events, 1u << TLS_EVENT_12015 | 1u << TLS_EVENT_1037);
    assert_int_equal(seen_unsaid, TLS_UNSAID_EMPTY | TLS_UNSAID_NEITHER | TLS_UNSAID_NOT_YET_VALID |
                                      TLS_UNSAID_SELF_SIGNED_DATE);
}

/* Without roots nothing is trusted; without a list of revoked ones nothing is revoked; with a list
 * that is over revocation is unknown; an issuer that has expired breaks the chain. */
static void trust_follows_roots_and_lists(void **state)
{
    (void)state;
    struct pem_store store;
    struct error error;
    read_store(&store, dir, NULL);
    for (uint32_t i = 0; i < store.store.count; i++)
        assert_int_equal(store.store.cert[i].chain, TLS_CHAIN_untrusted);
    pem_store_fini(&store);
    shell(folder, "mkdir -p bare && cp root.pem bare/");
    char bare[256];
    snprintf(bare, sizeof bare, "%s/bare", folder);
    read_store(&store, dir, bare);
    assert_int_equal(store.store.cert[9].chain, TLS_CHAIN_trusted);
    pem_store_fini(&store);
    struct pem_options late = {dir, roots, CLOCK + INT64_C(40000000), false};
    assert_true(pem_store_read(&store, &late, &error));
    assert_int_equal(store.store.cert[0].chain, TLS_CHAIN_unknown);
    pem_store_fini(&store);
    late = (struct pem_options){dir, bare, INT64_C(6000000000),
                                false}; /* 2160: root and inter are over */
    assert_true(pem_store_read(&store, &late, &error));
    assert_int_equal(store.store.cert[0].chain, TLS_CHAIN_untrusted);
    pem_store_fini(&store);
    /* The chain needs the issuer in between. */
    shell(folder, "mkdir -p lone && cp store/b-chained.pem lone/");
    char lone[256];
    snprintf(lone, sizeof lone, "%s/lone", folder);
    read_store(&store, lone, bare);
    assert_int_equal(store.store.cert[0].chain, TLS_CHAIN_untrusted);
    assert_false(store.store.cert[0].private_key);
    pem_store_fini(&store);
}

/* One file with everything, and a certificate twice. */
static void bundles_and_copies(void **state)
{
    (void)state;
    shell(folder, "mkdir -p bundle && cat a-good.key store/a-good.pem store/c-self.pem c-self.key "
                  "store/b-chained.pem >bundle/all.pem && cp store/a-good.pem bundle/again.crt");
    char bundle[256];
    snprintf(bundle, sizeof bundle, "%s/bundle", folder);
    struct pem_store store;
    read_store(&store, bundle, NULL);
    assert_int_equal(store.store.count, 3);
    assert_string_equal(store.file[0], "again.crt");
    assert_true(store.store.cert[0].private_key); /* which is in the other file */
    assert_true(store.store.cert[1].private_key);
    assert_false(store.store.cert[2].private_key);
    assert_string_equal(store.store.cert[0].san[1], "hub1");
    assert_string_equal(store.store.cert[1].san[0], "hub1.contoso.com");
    pem_store_fini(&store);
}

static void refused(const char *make, const char *words)
{
    char *bad = new_folder(), command[1024];
    struct pem_store store;
    struct error error;
    snprintf(command, sizeof command, "S='%s'; %s", folder, make);
    shell(bad, command);
    struct pem_options options = {bad, NULL, CLOCK, false};
    if (pem_store_read(&store, &options, &error))
        fail_msg("not refused: %s", make);
    assert_int_equal(error.status, EXIT_INPUT);
    if (strstr(error.text, words) == NULL)
        fail_msg("%s: says '%s', want '%s'", make, error.text, words);
    assert_null(store.cert);
    remove_folder(bad);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    refused("true", "holds no certificates: files *.pem");
    refused("cp $S/store/a-good.pem notes.txt", "holds no certificates");
    refused("cp $S/a-good.key .", "only keys");
    refused("echo hello >x.pem", "x.pem:1:1: neither certificate nor private key");
    refused(": >x.pem", "x.pem:1:1: neither certificate nor private key");
    refused("openssl x509 -in $S/store/a-good.pem -outform der -out x.cer",
            "x.cer:1:1: neither certificate nor private key");
    refused("cp $S/store/a-good.pem a.pem; head -5 $S/store/c-self.pem >>a.pem",
            ": not PEM: no line '-----END CERTIFICATE-----'");
    refused("{ echo; head -5 $S/store/c-self.pem; } >a.pem", "a.pem:2:1: not PEM");
    refused("{ head -5 $S/store/c-self.pem; cat $S/store/a-good.pem; } >a.pem",
            "a.pem:1:1: not PEM");
    refused("sed '3s/./!/g' $S/store/a-good.pem >a.pem", "a.pem:1:1: not a certificate");
    refused("sed '3d' $S/store/a-good.pem >a.pem", "a.pem:1:1: not a certificate");
    refused("printf -- '-----BEGIN CERTIFICATE\\nxx\\n' >a.pem", "does not end in -----");
    refused("cp $S/store/a-good.pem .; sed '2s/./!/g' $S/a-good.key >a-good.key",
            "a-good.key:1:1: not a private key");
    refused("cp $S/store/a-good.pem .; openssl pkey -in $S/a-good.key -aes128 -passout pass:x "
            "-out a-good.key",
            "a-good.key:1:1: the private key is encrypted: decrypt it");
    refused("cp $S/store/a-good.pem .; mkdir a-good.key", "it is a folder, a file is due");
    refused("cp $S/store/a-good.pem .; ln -s nowhere b.pem", "cannot read");
}

static void bad_folders_are_refused(void **state)
{
    (void)state;
    struct pem_store store;
    struct error error;
    struct pem_options options = {"/nonexistent/store", NULL, CLOCK, false};
    assert_false(pem_store_read(&store, &options, &error));
    assert_non_null(strstr(error.text, "cannot read folder '/nonexistent/store'"));
    options = (struct pem_options){dir, "/nonexistent/roots", CLOCK, false};
    assert_false(pem_store_read(&store, &options, &error));
    assert_non_null(strstr(error.text, "/nonexistent/roots"));
    shell(folder, "mkdir -p badroots && sed 3d root.pem >badroots/r.pem");
    char bad[256];
    snprintf(bad, sizeof bad, "%s/badroots", folder);
    options.roots = bad;
    assert_false(pem_store_read(&store, &options, &error));
    assert_non_null(strstr(error.text, "r.pem:1:1: not a certificate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(thumbprints_are_sha1),
        cmocka_unit_test(same_decisions_as_the_model),
        cmocka_unit_test(trust_follows_roots_and_lists),
        cmocka_unit_test(bundles_and_copies),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(bad_folders_are_refused),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
