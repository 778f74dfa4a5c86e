/* A warm world allocates nothing: with malloc in a trial, threads would wait for each other. */
#include "../../model/testkit.h"

#include <string.h>

#include "engine/check.h"
#include "world/world.h"

#include "../scenario/plan.h"

static unsigned allocations;

/* Sanitizers bring a malloc of their own. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define COUNTS 0
#else
#define COUNTS 1

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

/* These take the place of the C library's. */
void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
    allocations++;
    return __libc_realloc(memory, size);
}
#endif

/* Valgrind too puts its own malloc into the place of ours. */
static bool counts(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return COUNTS && (preload == NULL || strstr(preload, "vgpreload") == NULL);
}

static void simulate(struct world *world, const struct plan *plan, double *drawn)
{
    uint64_t trials = counts() ? 200 : 3;
    for (uint64_t i = 0; i < trials; i++) {
        struct luck luck = {.seed = 1, .trial = i};
        struct params params;
        struct row row;
        plan_trial(plan, &luck, &params, drawn);
        world_run(world, &params, &luck, &row);
    }
}

/* Allocations of the second time that the same trials run in a world. */
static void check_scenario(const char *file, const char *set)
{
    struct plan *plan;
    struct error error;
    double drawn[64];
    if (!plan_load(&plan, file, &set, set != NULL, &error))
        fail_msg("%s", error.text);
    assert_true(plan->draws <= COUNT_OF(drawn));
    struct world *world = world_new();
    unsigned cold = allocations;
    simulate(world, plan, drawn);
    unsigned warm = allocations;
    simulate(world, plan, drawn);
    unsigned end = allocations;
    world_free(world);
    plan_free(plan);
    assert_true(warm > cold || !counts()); /* they are counted indeed */
    if (end != warm)
        fail_msg("%u allocations in trials that the world has played before", end - warm);
}

static void a_warm_world_allocates_nothing(void **state)
{
    (void)state;
    check_scenario("bench/scenarios/kb821839/crash.yaml", NULL);
    check_scenario("bench/scenarios/kb821839/move.yaml", NULL);
    check_scenario("bench/scenarios/kb821839/move.yaml", "front_end.count=20");
    check_scenario("bench/scenarios/kb821839/policy-all.yaml", NULL);
    check_scenario("bench/scenarios/kb821839/policy-all.yaml", "front_end.count=3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_warm_world_allocates_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
