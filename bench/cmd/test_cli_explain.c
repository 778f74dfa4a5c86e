/* `ikebench explain` as a user starts it. */
#include "testcli.h"

#include <jansson.h>

static void assert_holds(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("no '%s' in:\n%s", words, text);
}

static const json_t *part_of(const json_t *root, const char *name)
{
    size_t i;
    const json_t *part;
    json_array_foreach(json_object_get(root, "parts"), i, part)
    {
        if (strcmp(json_string_value(json_object_get(part, "part")), name) == 0)
            return part;
    }
    fail_msg("no part '%s'", name);
    return NULL;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("'%s' is no number", key);
    return json_number_value(value);
}

static json_t *parsed(char *text)
{
    json_error_t error;
    json_t *root = json_loads(text, 0, &error);
    if (root == NULL)
        fail_msg("%s in:\n%s", error.text, text);
    free(text);
    return root;
}

/* The site has one link of 1 ms, one processor everywhere and nothing lost: figures to be checked
 * by hand. */
static void figures_of_a_plain_site(void **state)
{
    (void)state;
    json_t *root = parsed(good(ARGS("explain", "site.yaml", "--trials", "100", "--format", "json",
                                    "--set", "stack.w.retransmit_tries=3")));
    assert_int_equal(json_integer_value(json_object_get(root, "schema")), 1);
    assert_int_equal(json_integer_value(json_object_get(root, "trials")), 100);
    const json_t *part = part_of(root, "stale_qm"), *simulated;
    assert_near(number(part, "ceiling_s"), 15.0, 1e-6);
    assert_near(number(part, "usual_s"), 15.0, 1e-6);
    assert_holds(json_string_value(json_object_get(part, "words")),
                 "sent at 0, 1, 3, 7 s, given up after 15 s.");
    assert_string_equal(json_string_value(json_object_get(part, "column")), "phase_stale_qm_ns");
    part = part_of(root, "vip_up");
    assert_near(number(part, "floor_s"), 6.0 + 2.0 + 1.0 + 0.2, 1e-6);
    assert_near(number(part, "ceiling_s"), 7.2 + 2.0 + 1.0 + 0.2, 1e-6);
    part = part_of(root, "mm");
    /* 6 x 1 ms; 2 + (4 + 28) + 2 ms and 3 us on the front end, (2 + 4) + 28 + 2 ms on the node. */
    assert_near(number(part, "floor_s"), 0.006 + 0.036 + 0.036 + 3e-6, 1e-6);
    simulated = json_object_get(part, "simulated");
    assert_near(number(simulated, "least_s"), number(part, "floor_s"), 1e-6);
    part = part_of(root, "wait");
    assert_true(json_is_null(json_object_get(part, "ceiling_s")));
    assert_holds(json_string_value(json_object_get(part, "no_ceiling")), "at random");
    json_decref(root);
}

/* What is printed of the shipped scenarios: simulated between floor and ceiling. */
static void simulated_lies_between(void **state)
{
    (void)state;
    static const char *const names[] = {"crash", "move-idle", "crash-burst"};
    for (size_t k = 0; k < COUNT_OF(names); k++) {
        char path[PATH_MAX + 32];
        size_t i;
        json_t *part;
        snprintf(path, sizeof path, "%s/%s.yaml", shipped, names[k]);
        json_t *root = parsed(good(ARGS("explain", path, "--trials", TRIALS, "--format", "json")));
        json_array_foreach(json_object_get(root, "parts"), i, part)
        {
            const json_t *simulated = json_object_get(part, "simulated");
            const json_t *ceiling = json_object_get(part, "ceiling_s");
            const json_t *longest = json_object_get(simulated, "longest_s");
            assert_true(number(part, "floor_s") <= number(simulated, "least_s"));
            if (json_is_number(ceiling) && json_is_number(longest))
                assert_true(json_number_value(ceiling) >= json_number_value(longest));
            assert_int_equal(json_is_null(ceiling),
                             *json_string_value(json_object_get(part, "no_ceiling")) != '\0');
        }
        json_decref(root);
    }
}

/* The results of a run are explained as the scenario is, whatever the number of jobs. */
static void results_and_scenario_say_the_same(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "md", "json"};
    run_good(ARGS("run", "site.yaml", "--trials", "150", "--seed", "9", "--no-plot", "--quiet",
                  "--out", "results/site"));
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        char *folder = good(ARGS("explain", "results/site", "--format", formats[i]));
        char *file = good(ARGS("explain", "site.yaml", "--trials", "150", "--seed", "9", "--jobs",
                               "3", "--format", formats[i]));
        /* A description is not in the manifest's plan; the site has none. */
        assert_string_equal(folder, file);
        free(folder);
        free(file);
    }
}

static void text_and_markdown_are_whole(void **state)
{
    (void)state;
    char *text = good(ARGS("explain", "site.yaml", "--trials", "50"));
    assert_holds(text, "Users are cut off for ");
    assert_holds(text, "\nstale_qm        0 s     63 s     63 s");
    assert_holds(text, "NLBSFlags = 1 on the front end");
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 100);
    free(text);
    text = good(ARGS("explain", "site.yaml", "--trials", "50", "--format", "md"));
    assert_holds(text, "\n| part | floor | usual | ceiling |");
    assert_holds(text, "\n| stale_qm | 0 s | 63 s | 63 s |");
    assert_holds(text, "\n- **detect** (until the stale quick-mode SA is gone): Nobody tells");
    free(text);
}

static void mistakes_are_refused(void **state)
{
    (void)state;
    run_good(ARGS("run", "site.yaml", "--trials", "20", "--no-plot", "--quiet", "--force", "--out",
                  "results/site"));
    assert_refused_by(USUAL, ARGS("explain"), EXIT_INPUT, "want one scenario file or folder");
    assert_refused_by(USUAL, ARGS("explain", "none.yaml"), EXIT_INPUT, "cannot read 'none.yaml'");
    assert_refused_by(USUAL, ARGS("explain", "site.yaml", "--format", "pdf"), EXIT_INPUT,
                      "want text, md or json");
    assert_refused_by(USUAL, ARGS("explain", "results/site", "--trials", "9"), EXIT_INPUT,
                      "are those of the run");
    assert_refused_by(USUAL, ARGS("explain", "site.yaml", "--set", "failure.kind=none"), EXIT_INPUT,
                      "nothing fails");
    char tls[PATH_MAX + 32];
    snprintf(tls, sizeof tls, "%s/../tls/receiver-crash.yaml", shipped);
    assert_refused_by(USUAL, ARGS("explain", tls), EXIT_INPUT, "explain speaks of IPsec");
    assert_refused_by(USUAL, ARGS("explain", "site.yaml", "--set", "arp.los=1%"), EXIT_INPUT,
                      "the nearest is 'loss'");
    assert_refused_by(USUAL, ARGS("explain", "results"), EXIT_INPUT, "manifest.json");
}

/* There is nothing to set beside the bounds of a part without its column. */
static void columns_that_are_missing_are_named(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "md", "json"};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        run_good(ARGS("run", "site.yaml", "--trials", "20", "--columns", "outage_ns", "--no-plot",
                      "--quiet", "--force", "--out", "results/few"));
        assert_refused_by(USUAL, ARGS("explain", "results/few", "--format", formats[i]), EXIT_INPUT,
                          "results/few: its trials have no column 'vip_up_ns' (--columns)");
        run_good(ARGS("run", "site.yaml", "--trials", "20", "--columns", "ipsec_ns", "--rows",
                      "none", "--no-plot", "--quiet", "--force", "--out", "results/few"));
        assert_refused_by(USUAL, ARGS("explain", "results/few", "--format", formats[i]), EXIT_INPUT,
                          "results/few: its trials have no column '");
    }
    run_good(ARGS("run", "site.yaml", "--trials", "20", "--rows", "none", "--no-plot", "--quiet",
                  "--force", "--out", "results/few"));
    run_good(ARGS("explain", "results/few"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_a_plain_site),
        cmocka_unit_test(simulated_lies_between),
        cmocka_unit_test(results_and_scenario_say_the_same),
        cmocka_unit_test(text_and_markdown_are_whole),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(columns_that_are_missing_are_named),
    };
    return cmocka_run_group_tests(tests, enter_cli, leave_folder);
}
