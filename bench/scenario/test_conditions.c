/* The conditions that ship: each lets exactly what it is named for differ between trials; the
 * working folder is the top of the project. */
#include "testsite.h"

static struct plan *shipped(const char *file)
{
    char path[128];
    struct plan *plan;
    struct error error;
    snprintf(path, sizeof path, "bench/scenarios/kb821839/%s.yaml", file);
    if (!plan_load(&plan, path, NULL, 0, &error))
        fail_msg("%s", error.text);
    return plan;
}

static void one_thing_differs(void **state)
{
    (void)state;
    static const struct {
        const char *name, *draw[2];
    } cases[] = {
        {"idle", {NULL, NULL}},
        {"loaded", {"node.a.load", "node.b.load"}},
        {"jitter", {"link.path.jitter", NULL}},
        {"loss", {"link.path.loss", NULL}},
        {"burst", {"link.path.gemodel_p", NULL}},
        {"traffic", {"class.pop3.rate", NULL}},
    };
    for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
        char name[64];
        const char *const *draw = cases[i / 2].draw;
        snprintf(name, sizeof name, "%s-%s", i % 2 ? "crash" : "move", cases[i / 2].name);
        struct plan *plan = shipped(name);
        assert_int_equal(plan->base.failure.kind, i % 2 ? FAILURE_crash : FAILURE_move);
        assert_int_equal(plan->draws, (draw[0] != NULL) + (draw[1] != NULL));
        for (size_t d = 0; d < plan->draws; d++)
            assert_string_equal(plan->draw[d].key, draw[d]);
        assert_int_equal(plan->base.front_end.uplink, plan->base.front_end.downlink);
        plan_free(plan);
    }
}

/* What a claim's condition is drawn over is what its cells cover (claims/grid.h). */
static void the_gap_is_drawn_for_each_move(void **state)
{
    (void)state;
    struct plan *plan = shipped("move-gap");
    assert_int_equal(plan->draws, 1);
    assert_string_equal(plan->draw[0].key, "class.pop3.rate");
    assert_near(law_minimum(&plan->draw[0].law), 0.01, 1e-9);
    assert_near(law_maximum(&plan->draw[0].law), 10.0, 1e-6);
    assert_near(law_minimum(&plan->base.cluster.vip_gap), 0.3e9, 1.0);
    assert_near(law_maximum(&plan->base.cluster.vip_gap), 15e9, 100.0);
    unsigned shielded = 0;
    for (int i = 0; i < plan->base.classes; i++)
        shielded += params_protected(&plan->base) >> i & 1;
    assert_int_equal(shielded, 1);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thing_differs),
        cmocka_unit_test(the_gap_is_drawn_for_each_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
