/* The scenarios that ship; the working folder is the top of the project. */
#include "testsite.h"

static struct plan *shipped(const char *file)
{
    char path[128];
    struct plan *plan;
    struct error error;
    snprintf(path, sizeof path, "bench/scenarios/kb821839/%s.yaml", file);
    if (!plan_load(&plan, path, NULL, 0, &error))
        fail_msg("%s", error.text);
    assert_string_equal(plan->name, file);
    assert_string_equal(plan->folder, "kb821839");
    assert_true(strlen(plan->description) > 10);
    return plan;
}

static void they_load(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum failure_kind failure;
        int64_t nlbs_flags;
    } cases[] = {{"move", FAILURE_move, 0},
                 {"crash", FAILURE_crash, 0},
                 {"crash-nlbsflags", FAILURE_crash, 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan *plan = shipped(cases[i].name);
        const struct params *base = &plan->base;
        assert_int_equal(base->failure.kind, cases[i].failure);
        assert_int_equal(base->stack[base->front_end.stack].nlbs_flags, cases[i].nlbs_flags);
        assert_int_equal(base->stack[base->cluster.stack].nlbs_flags, 0);
        assert_int_equal(base->stack[base->front_end.stack].idle_failover_ns, 60000000000);
        assert_int_equal(plan->draws, 9);
        plan_free(plan);
    }
}

/* Every failure has a scenario, and Exchange's two orders differ in who waits for the store. */
static void odd_failures_load(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum failure_kind kind;
    } cases[] = {
        {"kb821839/nlb-crash", FAILURE_crash},
        {"kb821839/nlb-leave", FAILURE_move},
        {"kb821839/nlb-add-host", FAILURE_add_host},
        {"kb821839/nlb-add-host-2000", FAILURE_add_host},
        {"kb821839/nlb-affinity-none", FAILURE_crash},
        {"kb821839/nlb-crash-silent", FAILURE_crash},
        {"kb821839/nlb-crash-nlbsflags", FAILURE_crash},
        {"failures/hang", FAILURE_hang},
        {"failures/hang-checks", FAILURE_hang},
        {"failures/restart", FAILURE_restart},
        {"failures/restart-announced", FAILURE_restart},
        {"failures/link", FAILURE_link},
        {"failures/double", FAILURE_double},
        {"failures/failback", FAILURE_failback},
        {"exchange/crash-2003", FAILURE_crash},
        {"exchange/move-2003", FAILURE_move},
        {"exchange/crash-2000", FAILURE_crash},
        {"exchange/move-2000", FAILURE_move},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[128];
        struct plan *plan;
        struct error error;
        snprintf(path, sizeof path, "bench/scenarios/%s.yaml", cases[i].file);
        if (!plan_load(&plan, path, NULL, 0, &error))
            fail_msg("%s", error.text);
        assert_int_equal(plan->base.failure.kind, cases[i].kind);
        bool serial =
            strstr(cases[i].file, "exchange") != NULL && strstr(cases[i].file, "2000") != NULL;
        for (int r = 0; r < plan->base.resources; r++) {
            const struct resource_params *resource = &plan->base.resource[r];
            bool store = strcmp(plan->names[KIND_resource][r], "store") == 0;
            assert_int_equal(resource->pending_limit, !store);
            if (strcmp(plan->names[KIND_resource][r], "protocols") == 0) {
                const char *needs = NULL;
                for (int k = 0; k < plan->base.resources; k++)
                    if (resource->needs == UINT64_C(1) << k)
                        needs = plan->names[KIND_resource][k];
                assert_string_equal(needs, serial ? "store" : "attendant");
            }
        }
        plan_free(plan);
    }
}

/* The arms differ in what they are about and in nothing else: same draws, same luck. */
static void arms_share_their_draws(void **state)
{
    (void)state;
    struct plan *crash = shipped("crash"), *flags = shipped("crash-nlbsflags");
    for (size_t i = 0; i < crash->draws; i++) {
        assert_string_equal(crash->draw[i].key, flags->draw[i].key);
        assert_string_equal(crash->draw[i].text, flags->draw[i].text);
        assert_int_equal(crash->draw[i].index, flags->draw[i].index);
    }
    plan_free(crash);
    plan_free(flags);
}

/* The promise of base.yaml's comment on jitter: delay stays positive in every trial. */
static void delays_stay_positive(void **state)
{
    (void)state;
    struct plan *plan = shipped("crash");
    for (size_t i = 0; i < plan->draws; i++)
        if (strstr(plan->draw[i].key, ".jitter") != NULL) {
            const struct link_params *link = &plan->base.link[plan->draw[i].index % 16];
            double least = link->distribution->node[0] * law_maximum(&plan->draw[i].law);
            assert_true((double)link->delay_ns + least > 0.0);
        }
    plan_free(plan);
}

/* KB 821839's policies: the same site, the same draws, other classes protected; who does not move
 * is reached at an address of its own. */
static void policies_load(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum policy_preset preset;
        int protects;
    } cases[] = {{"policy-none", POLICY_PRESET_none, 0},
                 {"policy-passwords", POLICY_PRESET_passwords, 2},
                 {"policy-mail", POLICY_PRESET_mail, 3},
                 {"policy-all", POLICY_PRESET_all, 7}};
    struct plan *crash = shipped("crash");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct plan *plan = shipped(cases[i].name);
        const struct params *base = &plan->base;
        assert_int_equal(base->policy.preset, cases[i].preset);
        assert_int_equal(__builtin_popcount(params_protected(base)), cases[i].protects);
        assert_int_equal(__builtin_popcount(params_classes_of(base, -1)), 3);
        assert_int_equal(base->trial.until, TRIAL_UNTIL_all);
        assert_false(params_kerberos_is_circular(base));
        assert_int_equal(plan->draws, crash->draws);
        for (size_t d = 0; d < plan->draws; d++)
            assert_int_equal(plan->draw[d].index, crash->draw[d].index);
        plan_free(plan);
    }
    plan_free(crash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_load),
        cmocka_unit_test(odd_failures_load),
        cmocka_unit_test(arms_share_their_draws),
        cmocka_unit_test(delays_stay_positive),
        cmocka_unit_test(policies_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
