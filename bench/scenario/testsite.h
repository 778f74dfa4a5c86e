/* Tests of scenarios: a small site in a folder of its own, which is the working folder of the test.
 */
#ifndef BENCH_SCENARIO_TESTSITE_H
#define BENCH_SCENARIO_TESTSITE_H

#include "../../model/testkit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "plan.h"

static const char site[] = "failure: {kind: crash}\n"
                           "front_end: {node: fe, stack: w, uplink: lan, downlink: lan}\n"
                           "cluster: {active: a, standby: b, stack: w, address: ip}\n"
                           "class:\n"
                           "  pop3: {port: 110, rate: 1/s, protect: on, service: ip}\n"
                           "stack: {w: }\n"
                           "node:\n"
                           "  fe: {crypto: old}\n"
                           "  a: {extends: fe}\n"
                           "  b: {extends: a}\n"
                           "crypto:\n"
                           "  old: {dh_keygen: 2ms, dh_agree: 4ms, sign: 28ms, verify: 1ms,"
                           " message: 1us}\n"
                           "link: {lan: {delay: 1ms}}\n"
                           "resource: {ip: {online: 1s}}\n";

static inline void write_file(const char *name, const char *text)
{
    FILE *out = fopen(name, "wb");
    CHECK(out != NULL);
    fputs(text, out);
    CHECK(fclose(out) == 0);
}

/* The group's set-up: an empty folder with site.yaml in it. */
static inline int enter_folder(void **state)
{
    char *folder = strdup("/tmp/ikebench-test-XXXXXX");
    CHECK(folder != NULL && mkdtemp(folder) != NULL && chdir(folder) == 0);
    write_file("site.yaml", site);
    *state = folder;
    return 0;
}

static inline int leave_folder(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r '%s'", (char *)*state);
    int status = chdir("/") == 0 ? system(command) : -1;
    free(*state);
    return status;
}

/* A plan of site.yaml extended by `text`, with `set` unless NULL. Fails the test when refused. */
static inline struct plan *load(const char *text, const char *set)
{
    char all[4096];
    struct plan *plan;
    struct error error;
    snprintf(all, sizeof all, "extends: site.yaml\n%s", text);
    write_file("test.yaml", all);
    if (!plan_load(&plan, "test.yaml", &set, set != NULL, &error))
        fail_msg("refused: %s", error.text);
    return plan;
}

static inline const struct plan_setting *setting(const struct plan *plan, const char *key)
{
    for (size_t i = 0; i < plan->settings; i++)
        if (strcmp(plan->setting[i].key, key) == 0)
            return &plan->setting[i];
    fail_msg("there is no setting %s", key);
    return NULL;
}

#endif
