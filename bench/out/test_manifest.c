/* What a manifest says of a run beyond its settings. */
#include "../scenario/testsite.h"

#include <jansson.h>

#include "manifest.h"

static json_t *manifest_of(const char *text)
{
    struct plan *plan = load(text, NULL);
    char *bytes = manifest_text(&(struct manifest_arm){NULL, plan}, 1,
                                &(struct manifest_run){.seed = 1, .trials = 10});
    json_t *root = json_loads(bytes, 0, NULL);
    assert_non_null(root);
    free(bytes);
    plan_free(plan);
    return root;
}

static void assert_streams(const char *text, const char *want)
{
    json_t *root = manifest_of(text);
    char *streams = json_dumps(json_object_get(root, "streams"), JSON_COMPACT);
    assert_string_equal(streams, want);
    free(streams);
    json_decref(root);
}

/* Where luck goes by the order of packets, the manifest says so; a correlation that is drawn per
 * trial counts with the most it can be. */
static void processes_with_memory_are_named(void **state)
{
    (void)state;
    assert_streams("link: {lan: {loss: 1%, jitter: 1ms, duplicate: 1%, reorder: 1%}}\n", "[]");
    assert_streams("link: {lan: {loss_model: gemodel}, wan: {extends: lan, loss_model: state}}\n",
                   "[{\"link\":\"lan\",\"process\":\"loss\",\"why\":\"loss_model gemodel\"},"
                   "{\"link\":\"wan\",\"process\":\"loss\",\"why\":\"loss_model state\"}]");
    assert_streams("link: {lan: {jitter: 1ms, duplicate: 1%, reorder: 1%, gap: 3}}\n"
                   "per_trial:\n  link.lan.delay_correlation: uniform(0%, 50%)\n",
                   "[{\"link\":\"lan\",\"process\":\"delay\",\"why\":\"correlation\"},"
                   "{\"link\":\"lan\",\"process\":\"reorder\",\"why\":\"gap\"}]");
}

/* `auto` and bit rates read back as what they were. */
static void link_keys_read_back(void **state)
{
    (void)state;
    struct plan *plan =
        load("link: {lan: {rate: 2.5mbit, state_p13: 25%, gemodel_r: 30%}}\n", NULL);
    assert_string_equal(setting(plan, "link.lan.rate")->value, "2.5mbit");
    assert_string_equal(setting(plan, "link.lan.state_p31")->value, "auto");
    assert_near(plan->base.link[0].rate_bps, 2.5e6, 0.0);
    assert_near(plan->base.link[0].state_p31, LINK_SHARE_AUTO, 0.0);
    assert_near(plan->base.link[0].gemodel_r, 0.3, 0.0);
    assert_int_equal(plan->base.link[0].limit, 1000); /* tc-netem(8) */
    assert_int_equal(plan->base.link[0].gap, 1);
    assert_near(plan->base.link[0].state_p23, 1.0, 0.0);
    assert_near(plan->base.link[0].gemodel_bad_loss, 1.0, 0.0);
    plan_free(plan);
    plan = load("link: {lan: {gemodel_r: 30%, state_p31: auto}}\n", "link.lan.gemodel_r=auto");
    assert_near(plan->base.link[0].gemodel_r, LINK_SHARE_AUTO, 0.0);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes_with_memory_are_named),
        cmocka_unit_test(link_keys_read_back),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
