#include "shard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

static bool read_number(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

/* The variable as a number; false when it is not set. EXIT_INPUT (error->text) when it is no
 * number.
 */
static bool variable(const char *name, uint64_t *value, bool *bad, struct error *error)
{
    const char *text = getenv(name);
    if (text == NULL || *text == '\0')
        return false;
    if (read_number(text, value))
        return true;
    error_set(error, EXIT_INPUT, "--shard auto: %s is '%.40s': want a whole number", name, text);
    *bad = true;
    return false;
}

static bool set(struct shard *shard, uint64_t index, uint64_t count, const char *whose,
                struct error *error)
{
    if (count < 1 || count > SHARD_COUNT_MAX || index < 1 || index > count)
        return error_set(error, EXIT_INPUT,
                         "--shard: part %" PRIu64 " of %" PRIu64
                         "%s: want I/N with I from 1 to N, N at most %d",
                         index, count, whose, SHARD_COUNT_MAX);
    *shard = (struct shard){(uint32_t)index, (uint32_t)count};
    return true;
}

/* A task of a Slurm array; the numbers of its tasks need not begin with 0 or 1. */
static bool of_array(struct shard *shard, bool *found, struct error *error)
{
    uint64_t id, count = 0, least = 0, step = 1;
    bool bad = false;
    *found = variable("SLURM_ARRAY_TASK_ID", &id, &bad, error);
    if (!*found)
        return !bad;
    bool all = variable("SLURM_ARRAY_TASK_COUNT", &count, &bad, error) &&
               variable("SLURM_ARRAY_TASK_MIN", &least, &bad, error);
    if (!variable("SLURM_ARRAY_TASK_STEP", &step, &bad, error) || step == 0)
        step = 1;
    if (bad)
        return false;
    if (!all)
        return error_set(error, EXIT_INPUT,
                         "--shard auto: SLURM_ARRAY_TASK_ID is set, but not SLURM_ARRAY_TASK_COUNT "
                         "and _MIN: say --shard I/N");
    if (id < least || (id - least) % step != 0 || (id - least) / step >= count)
        return error_set(error, EXIT_INPUT,
                         "--shard auto: task %" PRIu64 " of an array of %" PRIu64 " from %" PRIu64
                         " in steps of %" PRIu64 ": its numbers have gaps: say --shard I/N",
                         id, count, least, step);
    return set(shard, (id - least) / step + 1, count, " (SLURM_ARRAY_TASK_*)", error);
}

static bool of_rank(struct shard *shard, bool *found, struct error *error)
{
    static const struct {
        const char *who, *rank, *size;
    } ranks[] = {
#define X(who, rank, size) {who, rank, size},
        SHARD_RANKS(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(ranks); i++) {
        uint64_t rank, size;
        char whose[96];
        bool bad = false;
        *found = variable(ranks[i].rank, &rank, &bad, error) &&
                 variable(ranks[i].size, &size, &bad, error);
        if (bad)
            return false;
        if (!*found)
            continue;
        snprintf(whose, sizeof whose, " (%s: %s, %s)", ranks[i].who, ranks[i].rank, ranks[i].size);
        return set(shard, rank + 1, size, whose, error);
    }
    return true;
}

static bool find(struct shard *shard, struct error *error)
{
    bool found = false;
    if (!of_array(shard, &found, error) || (!found && !of_rank(shard, &found, error)))
        return false;
    return found || error_set(error, EXIT_INPUT,
                              "--shard auto: none of SLURM_ARRAY_TASK_ID, OMPI_COMM_WORLD_RANK and "
                              "SLURM_PROCID is set: say --shard I/N");
}

bool shard_parse(struct shard *shard, const char *text, struct error *error)
{
    char index_text[24] = "";
    const char *slash = strchr(text, '/');
    uint64_t index, count;
    if (strcmp(text, "auto") == 0)
        return find(shard, error);
    if (slash != NULL && (size_t)(slash - text) < sizeof index_text)
        memcpy(index_text, text, (size_t)(slash - text));
    if (slash == NULL || !read_number(index_text, &index) || !read_number(slash + 1, &count))
        return error_set(error, EXIT_INPUT, "--shard '%.60s': want I/N, such as 2/4, or auto",
                         text);
    return set(shard, index, count, "", error);
}

/* The end of part i, counted from the whole's first trial. */
static uint64_t end_of(uint64_t i, uint64_t count, uint64_t trials)
{
    return (uint64_t)((unsigned __int128)trials * i / count);
}

bool shard_range(const struct shard *shard, uint64_t first, uint64_t trials, uint64_t *own_first,
                 uint64_t *own_trials, struct error *error)
{
    uint64_t begin = end_of(shard->index - 1, shard->count, trials);
    uint64_t end = end_of(shard->index, shard->count, trials);
    *own_first = first + begin;
    *own_trials = end - begin;
    return trials >= shard->count ||
           error_set(error, EXIT_INPUT,
                     "--shard %" PRIu32 "/%" PRIu32 ": %" PRIu64
                     " trials are too few for so many parts: some would have none",
                     shard->index, shard->count, trials);
}

char *shard_text(char text[SHARD_TEXT_MAX], const struct shard *shard)
{
    snprintf(text, SHARD_TEXT_MAX, "%" PRIu32 "/%" PRIu32, shard->index, shard->count);
    return text;
}

char *shard_dir(const char *dir, const struct shard *shard)
{
    size_t length = strlen(dir);
    while (length > 1 && dir[length - 1] == '/')
        length--;
    char *path = NULL;
    int width = snprintf(NULL, 0, "%" PRIu32, shard->count);
    CHECK(asprintf(&path, "%.*s.%0*" PRIu32 "-of-%" PRIu32, (int)length, dir, width, shard->index,
                   shard->count) >= 0);
    return path;
}

char *shard_whole_dir(const char *dir)
{
    size_t length = strlen(dir);
    while (length > 1 && dir[length - 1] == '/')
        length--;
    char *whole = strndup(dir, length);
    CHECK(whole != NULL);
    char *dot = strrchr(whole, '.');
    unsigned index, count;
    int used = 0;
    bool part = dot != NULL && dot > whole &&
                sscanf(dot, ".%u-of-%u%n", &index, &count, &used) == 2 && dot[used] == '\0';
    if (part) {
        *dot = '\0';
        return whole;
    }
    free(whole);
    return NULL;
}
