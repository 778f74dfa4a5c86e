/* `ikebench validate` as a user starts it, and what `run` says of an unsupported scenario. */
#include "testcli.h"

#include <glob.h>

#include <jansson.h>

static void assert_holds(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("no '%s' in:\n%s", words, text);
}

/* Exit status 0, one note on standard error. */
static char *noted(const char *const *args, const char *words)
{
    struct answer a = ask(USUAL, args);
    if (a.status != EXIT_DONE)
        fail_msg("exit status %d: %s", a.status, a.err);
    assert_complaint(&a, words);
    free(a.err);
    return a.out;
}

/* The table without what only aligns it; to be freed. */
static char *squeezed(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++)
        if (!(from[0] == ' ' && from[1] == ' '))
            *to++ = *from;
    *to = '\0';
    return text;
}

static void it_tells_where_values_come_from(void **state)
{
    (void)state;
    write_file("lossy.yaml", "link:\n  lan: {loss: 2%, loss_correlation: 10%}\n");
    write_file("case.yaml", "extends: [site.yaml, lossy.yaml]\n"
                            "description: a case\n"
                            "per_trial: {node.b.load: 'uniform(0%, 50%)'}\n"
                            "link: {lan: {gemodel_p: 1%}}\n");
    char *text = squeezed(good(ARGS("validate", "case.yaml", "--set", "cluster.missed=4")));
    assert_holds(text, "case.yaml: a case\nmade of case.yaml, site.yaml, lossy.yaml\n");
    assert_holds(text, "\nKEY VALUE FROM\n");
    assert_holds(text, "\ncluster.missed 4 --set\n");
    assert_holds(text, "\nlink.lan.loss 2% lossy.yaml:2:15\n");
    assert_holds(text, "\nnode.b.load uniform(low=0%, high=50%) case.yaml:3:26, once a trial\n");
    assert_holds(text, "\narp.model on default\n");
    assert_holds(text, "\nGiven, and without effect here:\n"
                       " link.lan.gemodel_p = 1% (case.yaml:4:25): loss_model is not gemodel\n");
    free(text);
}

static const json_t *find(const json_t *list, const char *key)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "key")), key) == 0)
            return entry;
    }
    fail_msg("no entry '%s'", key);
    return NULL;
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

static void json_says_the_same(void **state)
{
    (void)state;
    write_file("old.yaml", "extends: site.yaml\nstack: {w: {product: windows2000}}\n"
                           "cluster: {vip_gap: 2s}\n");
    json_t *root = parsed(noted(ARGS("validate", "old.yaml", "--format", "json"), "C2"));
    assert_int_equal(json_integer_value(json_object_get(root, "schema")), 1);
    assert_true(json_is_null(json_object_get(root, "error")));
    assert_int_equal(json_integer_value(json_object_get(root, "arms")), 1);
    const json_t *entry = find(json_object_get(root, "settings"), "link.lan.delay");
    assert_string_equal(json_string_value(json_object_get(entry, "origin")), "site.yaml:13:21");
    entry = find(json_object_get(root, "without_effect"), "cluster.vip_gap");
    assert_string_equal(json_string_value(json_object_get(entry, "origin")), "old.yaml:3:20");
    entry = find(json_object_get(root, "unsupported"), "stack.w.product");
    assert_string_equal(json_string_value(json_object_get(entry, "source")), "KB 821839, C2");
    json_decref(root);
}

static void a_broken_scenario_is_refused(void **state)
{
    (void)state;
    write_file("bad.yaml", "extends: site.yaml\nlink: {lan: {dely: 1ms}}\n");
    assert_refused_by(USUAL, ARGS("validate", "bad.yaml"), EXIT_INPUT, "bad.yaml:2:14: ");
    assert_refused_by(USUAL, ARGS("validate"), EXIT_INPUT, "which scenario?");
    assert_refused_by(USUAL, ARGS("validate", "site.yaml", "--format", "xml"), EXIT_INPUT,
                      "--format 'xml': want text or json");
    struct answer a = ask(USUAL, ARGS("validate", "bad.yaml", "--format", "json"));
    assert_int_equal(a.status, EXIT_INPUT);
    assert_complaint(&a, "bad.yaml:2:14: ");
    json_t *root = parsed(a.out);
    assert_holds(json_string_value(json_object_get(root, "error")), "bad.yaml:2:14: ");
    json_decref(root);
    free(a.err);
}

/* What no arm of a sweep uses is told, what one does is not; all values are. */
static void a_sweep_is_one_scenario(void **state)
{
    (void)state;
    write_file("sweep.yaml", "extends: site.yaml\n"
                             "stack: {w: {nlbs_flags: {sweep: [0, 1]}, idle_failover: 60s}}\n"
                             "cluster: {vip_gap: 2s}\n");
    char *text = good(ARGS("validate", "sweep.yaml"));
    assert_holds(text, "a sweep of 2 arms\n");
    assert_holds(text, "  0 | 1 ");
    assert_holds(text, "  cluster.vip_gap = 2s (sweep.yaml:3:20): ");
    assert_null(strstr(text, "idle_failover = "));
    free(text);
}

/* The KB's unsupported case is named in one line and simulated. */
static void run_names_what_is_not_supported(void **state)
{
    (void)state;
    write_file("old.yaml", "extends: site.yaml\nstack: {w: {product: windows2000}}\n");
    const char *words = "stack.w.product: Windows 2000 in a cluster is not supported: Windows 2000 "
                        "Server only where it is not clustered (KB 821839, C2); simulated all the "
                        "same\n";
    free(noted(ARGS("run", "old.yaml", "--trials", "20", "--no-plot"), words));
    free(noted(ARGS("sweep", "old.yaml", "--sweep", "stack.w.idle=100s,200s", "--trials", "5",
                    "--no-plot"),
               words));
    free(noted(ARGS("validate", "old.yaml"), words));
    run_good(ARGS("run", "old.yaml", "--trials", "20", "--no-plot", "--quiet", "--force"));
    run_good(ARGS("run", "site.yaml", "--trials", "20", "--no-plot"));
}

/* Every scenario that ships is right, or a part of one that does not say what fails; the only note
 * is that on Windows 2000. */
static void all_that_ship_are_valid(void **state)
{
    (void)state;
    char pattern[PATH_MAX + 16];
    unsigned whole = 0;
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s/../*/*.yaml", shipped);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i];
        struct answer a = ask(USUAL, ARGS("validate", path));
        bool part = a.status == EXIT_INPUT && strstr(a.err, "must be given") != NULL;
        if (!part && a.status != EXIT_DONE)
            fail_msg("%s: exit status %d: %s", path, a.status, a.err);
        if (!part && *a.err != '\0' && strstr(a.err, "C2") == NULL)
            fail_msg("%s: %s", path, a.err);
        whole += !part;
        free_answer(&a);
    }
    assert_true(whole > 25);
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_where_values_come_from),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(a_broken_scenario_is_refused),
        cmocka_unit_test(a_sweep_is_one_scenario),
        cmocka_unit_test(run_names_what_is_not_supported),
        cmocka_unit_test(all_that_ship_are_valid),
    };
    return cmocka_run_group_tests(tests, enter_cli, leave_folder);
}
