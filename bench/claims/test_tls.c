/* The document's steps beside real runs, and what a rule says of results that break it. */
#include "../../model/testkit.h"

#include <stdio.h>
#include <unistd.h>

#include "../cmd/testcli.h"

static const char *const scenarios[] = {"hub-to-edge",
                                        "edge-to-hub",
                                        "hub-to-hub",
                                        "hub-to-hub-introduction",
                                        "edge-without-dashes",
                                        "receive-connector",
                                        "null-attribute",
                                        "missing-thumbprint",
                                        "expired",
                                        "cluster-name",
                                        "not-eligible",
                                        "newer",
                                        "revocation"};

static void run_scenario(const char *name, const char *set)
{
    char file[PATH_MAX + 64], out[128];
    snprintf(file, sizeof file, "%s/../tls/%s.yaml", shipped, name);
    snprintf(out, sizeof out, "suite/%s", name);
    run_good(ARGS("run", file, "--trials", "60", "--no-plot", "--quiet", "--force", "--out", out,
                  "--set", set));
}

static void every_rule_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scenarios); i++)
        run_scenario(scenarios[i], "smtp.mail.command_cost=1ms");
    char *text = good(ARGS("claims", "suite"));
    assert_null(strstr(text, "refuted"));
    assert_null(strstr(text, "not run"));
    assert_non_null(strstr(text, "60/60"));
    assert_non_null(strstr(text, "holds, as read"));
    free(text);
    text = read_text("suite/claims.csv");
    assert_non_null(strstr(text, "\n2H,"));
    assert_non_null(strstr(text, "bb430773, step 9"));
    free(text);
}

/* A run in which the rule does not hold is refuted; one that is missing is said to be. */
static void broken_rules_are_refuted(void **state)
{
    (void)state;
    run_scenario("expired", "smtp.mail.clock=2007-06-01"); /* not expired yet */
    run_scenario("newer", "store.own.certs=[own]");
    char *text = good(ARGS("claims", "suite"));
    const char *row = strstr(text, "event 12015 in each session");
    assert_non_null(row);
    assert_true(strstr(row, "refuted") < strchr(row, '\n'));
    row = strstr(text, "event 1037 in each session");
    assert_true(strstr(row, "0/60") < strchr(row, '\n'));
    free(text);
    assert_int_equal(system("rm -r suite/newer"), 0);
    text = good(ARGS("claims", "suite"));
    row = strstr(text, "event 1037 in each session");
    assert_true(strstr(row, "not run") < strchr(row, '\n'));
    free(text);
}

static void broken_results_are_refused(void **state)
{
    (void)state;
    FILE *file = fopen("suite/expired/trials.csv", "w");
    assert_non_null(file);
    fputs("trial,outage_ns\n0,1\n", file);
    fclose(file);
    assert_refused_by(USUAL, ARGS("claims", "suite"), EXIT_INPUT, "suite/expired/trials.csv:1:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_holds),
        cmocka_unit_test(broken_rules_are_refuted),
        cmocka_unit_test(broken_results_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_cli, leave_folder);
}
