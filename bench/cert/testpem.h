/* Real certificates for tests, made by the openssl program in a folder of their own. */
#ifndef BENCH_CERT_TESTPEM_H
#define BENCH_CERT_TESTPEM_H

#include "../../model/testkit.h"

#include <stdio.h>
#include <unistd.h>

#include "engine/check.h"

/* Runs a shell command in a folder; its output goes to `log` there. */
static inline void shell(const char *folder, const char *command)
{
    char line[2048];
    int length = snprintf(line, sizeof line, "cd '%s' && { %s; } >>log 2>&1", folder, command);
    CHECK(length < (int)sizeof line);
    if (system(line) != 0) {
        snprintf(line, sizeof line, "tail -20 '%s/log' >&2", folder);
        if (system(line) != 0)
            fail_msg("no log");
        fail_msg("failed: %s", command);
    }
}

static inline void write_text(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* A new folder below /tmp; remove_folder ends it. */
static inline char *new_folder(void)
{
    char pattern[] = "/tmp/ikebench-cert-XXXXXX";
    char *folder = mkdtemp(pattern);
    assert_non_null(folder);
    return strdup(folder);
}

static inline void remove_folder(char *folder)
{
    char line[512];
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    assert_int_equal(system(line), 0);
    free(folder);
}

/* Two certification authorities: root (trusted/root.pem, with an intermediate one, inter), and
 * rogue, which nobody trusts. */
static inline void make_authorities(const char *folder)
{
    write_text(folder, "ca.cnf",
               "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=issued\n"
               "default_md=sha256\npolicy=p\nunique_subject=no\ncrlnumber=crlnumber\n"
               "default_crl_days=36500\n[p]\ncommonName=optional\n"
               "[authority]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n");
    shell(folder, "mkdir issued store trusted && touch index.txt && echo 1000 >serial && "
                  "echo 01 >crlnumber && echo 'unique_subject = no' >index.txt.attr");
    static const char *const names[] = {"root", "rogue", "inter"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char command[1024];
        snprintf(command, sizeof command,
                 "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out %s.key && "
                 "openssl req -new -key %s.key -subj /CN=%s -out %s.csr && "
                 "openssl ca -batch -notext -config ca.cnf %s -in %s.csr -out %s.pem "
                 "-startdate 20000101000000Z -enddate 21500101000000Z -extensions authority",
                 names[i], names[i], names[i], names[i],
                 i == 2   ? "-cert root.pem -keyfile root.key"
                 : i == 1 ? "-selfsign -keyfile rogue.key"
                          : "-selfsign -keyfile root.key",
                 names[i], names[i]);
        shell(folder, command);
    }
    shell(folder, "cp root.pem trusted/");
}

#endif
