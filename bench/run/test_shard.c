/* Who is who, and whose trials are whose. */
#include "../../model/testkit.h"

#include <stdio.h>

#include "engine/check.h"

#include "shard.h"

static const char *const variables[] = {
    "SLURM_ARRAY_TASK_ID",   "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_STEP", "SLURM_PROCID",           "SLURM_NTASKS",
    "OMPI_COMM_WORLD_RANK",  "OMPI_COMM_WORLD_SIZE",
};

/* "NAME=VALUE NAME=VALUE"; all others are not set. */
static void set_variables(const char *text)
{
    char copy[400], *place = NULL;
    for (size_t i = 0; i < COUNT_OF(variables); i++)
        unsetenv(variables[i]);
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &place); word != NULL;
         word = strtok_r(NULL, " ", &place)) {
        char *equals = strchr(word, '=');
        assert_non_null(equals);
        *equals = '\0';
        assert_int_equal(setenv(word, equals + 1, 1), 0);
    }
}

static void parts_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *variables;
        uint32_t index, count;
    } good[] = {
        {"1/1", "", 1, 1},
        {"2/4", "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=0", 2, 4},
        {"100000/100000", "", 100000, 100000},
        {"auto", "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=0", 1, 3},
        {"auto", "SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=10", 3, 3},
        {"auto",
         "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1 "
         "SLURM_ARRAY_TASK_STEP=4",
         3, 3},
        {"auto", "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4", 4, 4},
        {"auto", "SLURM_PROCID=0 SLURM_NTASKS=2", 1, 2},
        /* mpirun within srun's allocation; an array task that starts mpirun is the array's */
        {"auto", "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=3 SLURM_PROCID=0 SLURM_NTASKS=2", 2,
         3},
        {"auto",
         "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=1 SLURM_PROCID=0 "
         "SLURM_NTASKS=1",
         1, 2},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct shard shard;
        struct error error;
        set_variables(good[i].variables);
        if (!shard_parse(&shard, good[i].text, &error))
            fail_msg("case %zu: %s", i, error.text);
        if (shard.index != good[i].index || shard.count != good[i].count)
            fail_msg("case %zu: %u of %u", i, shard.index, shard.count);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *variables, *words;
    } bad[] = {
        {"", "", "--shard '': want I/N, such as 2/4, or auto"},
        {"2", "", "want I/N"},
        {"/4", "", "want I/N"},
        {"2/", "", "want I/N"},
        {"-1/4", "", "want I/N"},
        {"2/4x", "", "want I/N"},
        {"11111111111111111111111111111/4", "", "want I/N"},
        {"0/4", "", "part 0 of 4: want I/N with I from 1 to N"},
        {"5/4", "", "part 5 of 4: want I/N with I from 1 to N"},
        {"1/100001", "", "N at most 100000"},
        {"auto", "", "none of SLURM_ARRAY_TASK_ID, OMPI_COMM_WORLD_RANK and SLURM_PROCID is set"},
        {"auto", "SLURM_PROCID=1", "none of"},
        {"auto", "SLURM_PROCID=x SLURM_NTASKS=2", "SLURM_PROCID is 'x': want a whole number"},
        {"auto", "SLURM_PROCID=2 SLURM_NTASKS=2", "part 3 of 2 (srun: SLURM_PROCID, SLURM_NTASKS)"},
        {"auto", "SLURM_ARRAY_TASK_ID=1", "is set, but not SLURM_ARRAY_TASK_COUNT and _MIN"},
        {"auto", "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1",
         "task 7 of an array of 3 from 1 in steps of 1: its numbers have gaps"},
        {"auto",
         "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1 "
         "SLURM_ARRAY_TASK_STEP=2",
         "its numbers have gaps"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct shard shard;
        struct error error;
        set_variables(bad[i].variables);
        if (shard_parse(&shard, bad[i].text, &error) || strstr(error.text, bad[i].words) == NULL ||
            error.status != EXIT_INPUT)
            fail_msg("case %zu: %s", i, error.text);
    }
}

/* Every trial is in exactly one part, and no part has two more than another. */
static void parts_make_the_whole(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        uint64_t luck = seed * 0x9e3779b97f4a7c15u;
        uint32_t count = (uint32_t)(1 + luck % 97);
        uint64_t trials = count + (luck >> 20) % (seed % 3 == 0 ? 1u << 31 : 1000);
        uint64_t first = (luck >> 13) % 100000, next = first, least = trials, most = 0;
        for (uint32_t i = 1; i <= count; i++) {
            struct shard shard = {i, count};
            uint64_t own_first, own;
            struct error error;
            assert_true(shard_range(&shard, first, trials, &own_first, &own, &error));
            if (own_first != next)
                fail_msg("seed %lu: part %u begins with %lu, not %lu", seed, i, own_first, next);
            next += own;
            least = own < least ? own : least;
            most = own > most ? own : most;
        }
        if (next != first + trials || most - least > 1)
            fail_msg("seed %lu: to %lu of %lu; %lu to %lu trials", seed, next, first + trials,
                     least, most);
    }
}

/* A part that would have no trials can never be run, nor merged: all are told, not only that one.
 */
static void more_parts_than_trials_are_refused(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 40; count++)
        for (uint64_t trials = 1; trials <= 40; trials++)
            for (uint32_t i = 1; i <= count; i++) {
                struct shard shard = {i, count};
                uint64_t own_first, own;
                struct error error;
                if (shard_range(&shard, 7, trials, &own_first, &own, &error) != (trials >= count))
                    fail_msg("part %u of %u, %lu trials", i, count, trials);
                if (trials < count && (error.status != EXIT_INPUT ||
                                       strstr(error.text, "too few for so many parts") == NULL))
                    fail_msg("part %u of %u, %lu trials: %s", i, count, trials, error.text);
            }
}

static void folders_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *whole, *dir;
        struct shard shard;
    } cases[] = {
        {"results/a/crash", "results/a/crash.2-of-4", {2, 4}},
        {"x/", "x.03-of-16", {3, 16}},
        {"a.b", "a.b.1-of-1", {1, 1}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *dir = shard_dir(cases[i].whole, &cases[i].shard), *whole = shard_whole_dir(dir);
        assert_string_equal(dir, cases[i].dir);
        assert_int_equal(strncmp(whole, cases[i].whole, strlen(whole)), 0);
        free(whole);
        free(dir);
    }
    static const char *const none[] = {"crash", "crash.2-of-", "a.2-of-4/b", ".2-of-4", "a.2of4"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_null(shard_whole_dir(none[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_read),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(more_parts_than_trials_are_refused),
        cmocka_unit_test(folders_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
