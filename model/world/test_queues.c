/* In which way the event queue is kept must not be told from a row. */
#include "../testkit.h"

#include "engine/check.h"
#include "world/world.h"

#include "site.h"

static void rows_do_not_depend_on_the_queue(void **state)
{
    (void)state;
    static const struct {
        uint32_t few, tree;
    } ways[] = {{8, 4096}, {1, 4096}, {8, 16}, {1, 0}};
    struct world *w[COUNT_OF(ways)];
    for (size_t k = 0; k < COUNT_OF(ways); k++) {
        w[k] = world_new();
        world_set_in_full(w[k], true); /* more events */
        world_sim(w[k])->few_most = ways[k].few;
        world_sim(w[k])->tree_most = ways[k].tree;
    }
    for (uint64_t trial = 0; trial < TESTKIT_TRIALS(200); trial++) {
        struct params p = site(trial % 2 ? FAILURE_crash : FAILURE_move);
        struct luck luck = {.seed = 5, .trial = trial};
        struct row want, got;
        p.app.tcp = 1;
        p.front_end.count = 1 + (int64_t)trial % 4;
        p.traffic[0].rate_hz = 5.0;
        for (int i = 0; i < 2; i++) {
            p.link[i].loss = 0.1;
            p.link[i].jitter_ns = 3 * NS_PER_MS;
            p.node[i].load = 0.5;
        }
        for (size_t k = 0; k < COUNT_OF(ways); k++) {
            world_run(w[k], &p, &luck, &got);
            if (k == 0)
                want = got;
            if (memcmp(&got, &want, sizeof got) != 0)
                fail_msg("seed 5, trial %u: array to %u, tree to %u", (unsigned)trial, ways[k].few,
                         ways[k].tree);
        }
    }
    for (size_t k = 0; k < COUNT_OF(ways); k++)
        world_free(w[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_do_not_depend_on_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
