#include "cmd.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/manifest.h"
#include "../out/stage.h"
#include "../sweep/arm_list.h"

int cmd_fail(const struct error *error)
{
    fprintf(stderr, "ikebench: %s\n", error->text);
    return error->status;
}

/* Whether nothing was to fail, in no arm of a sweep. */
static bool is_steady(const char *dir)
{
    struct arm_list arms = {0};
    struct error error;
    if (!arm_list_there(dir))
        return manifest_is_steady(dir, -1);
    bool steady = arm_list_read(&arms, dir, &error);
    for (size_t i = 0; i < arms.n && steady; i++)
        steady = manifest_is_steady(dir, (int64_t)i);
    arm_list_fini(&arms);
    return steady;
}

void cmd_tell_pictures(const char *dir, const char *note)
{
    char *plots = path_join(dir, "plots");
    if (access(plots, F_OK) == 0)
        printf("pictures: %s/%s\n", plots, note);
    else
        printf("pictures: none (%s)\n",
               is_steady(dir) ? "nothing was to fail" : "no trial has an outage that ended in it");
    free(plots);
}

bool cmd_number(const char *option, const char *text, uint64_t least, uint64_t most,
                uint64_t *value, struct error *error)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    bool digits = *text >= '0' && *text <= '9' && *end == '\0';
    if (!digits || errno != 0 || number < least || number > most)
        return error_set(error, EXIT_INPUT, "%s '%s': want a whole number from %llu to %llu",
                         option, text, (unsigned long long)least, (unsigned long long)most);
    *value = number;
    return true;
}

bool cmd_bad_option(const char *command, struct error *error)
{
    /* getopt_long has already said what is wrong with it. */
    return error_set(error, EXIT_INPUT, "'ikebench %s --help' lists its options", command);
}

void cmd_add_set(struct cmd_sets *sets, const char *text)
{
    sets->text = realloc(sets->text, (sets->n + 1) * sizeof *sets->text);
    CHECK(sets->text != NULL);
    sets->text[sets->n++] = text;
}

static atomic_int stop_signal; /* lock-free, so a handler may set it */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "always lock-free");

static void ask_to_stop(int number)
{
    atomic_store(&stop_signal, number);
}

/* What is ignored already (nohup) stays ignored. */
const atomic_int *cmd_catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = ask_to_stop}, old;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    return &stop_signal;
}

/* Processors that this process may use, shared with those that mpirun started beside it on this
 * machine unless each was bound to its own. */
unsigned cmd_all_cores(void)
{
    cpu_set_t set;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned all = online > 0 ? (unsigned)online : 1, own = all, beside = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        own = (unsigned)CPU_COUNT(&set);
    const char *text = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (text != NULL && own == all)
        beside = (unsigned)strtoul(text, NULL, 10);
    return beside > 1 && own / beside >= 1 ? own / beside : beside > 1 ? 1 : own;
}
