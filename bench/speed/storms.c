/* Storms of a thousand clients and of a million: an event of the large one should cost no more than
 * four of the small one, and a client little memory. Memory is what the C library hands out for the
 * world, event queue and all. */
#include <malloc.h>
#include <stdlib.h>

#include "engine/check.h"
#include "world/world.h"

#include "../base/share.h"
#include "../out/stage.h"
#include "../scenario/plan.h"
#include "subjects.h"
#include "yardstick.h"

enum { SEED = 1, BYTES_MOST = 256 };

struct storm_bed {
    struct plan *plan;
    struct world *world;
    size_t before; /* bytes in use without the world */
    uint32_t trials;
    uint64_t first;
};

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static bool storm_measure(void *context, struct round *round, struct error *error)
{
    struct storm_bed *bed = context;
    double *drawn = calloc(bed->plan->draws + 1, sizeof *drawn);
    (void)error;
    CHECK(drawn != NULL);
    if (bed->world == NULL) {
        bed->before = bytes_in_use();
        bed->world = world_new();
    }
    double start_ns = process_ns();
    for (uint32_t i = 0; i < bed->trials; i++) {
        struct luck luck = {.seed = SEED, .trial = bed->first++};
        struct params params;
        struct row row;
        plan_trial(bed->plan, &luck, &params, drawn);
        world_run(bed->world, &params, &luck, &row);
        CHECK(row.status == ROW_RECOVERED);
        round->count[0] += (double)row.events;
        round->count[1] += (double)row.clients;
    }
    round->ns = process_ns() - start_ns;
    free(drawn);
    round->peak_mb = ((double)bytes_in_use() - (double)bed->before) / 1e6;
    return true;
}

static void storm_free(void *context)
{
    struct storm_bed *bed = context;
    if (bed->world != NULL)
        world_free(bed->world);
    plan_free(bed->plan);
    free(bed);
}

/* A node that keeps up with a million: what waits for it is as little in both. */
static struct storm_bed *bed_new(const char *path, uint32_t clients, uint32_t trials,
                                 struct error *error)
{
    char number[48];
    const char *set[] = {number, "node.b.cores=64"};
    struct storm_bed *bed = calloc(1, sizeof *bed);
    CHECK(bed != NULL);
    bed->trials = trials;
    snprintf(number, sizeof number, "storm.clients=%u", clients);
    if (plan_load(&bed->plan, path, set, COUNT_OF(set), error))
        return bed;
    free(bed);
    return NULL;
}

static bool add(struct measures *measures, const char *path, const char *name, uint32_t clients,
                uint32_t trials, const char *beside, struct error *error)
{
    if (!measures_want(measures, name))
        return true;
    struct storm_bed *bed = bed_new(path, clients, trials, error);
    if (bed == NULL)
        return false;
    struct measure m = {.n = clients,
                        .n_is = "clients",
                        .unit = {"event", "client"},
                        .beside = beside,
                        .beside_times = 4.0,
                        .target_mb = beside != NULL ? BYTES_MOST * (double)clients / 1e6 : 0.0,
                        .run = storm_measure,
                        .free = storm_free,
                        .context = bed};
    snprintf(m.name, sizeof m.name, "%s", name);
    measures_add(measures, &m);
    return true;
}

bool storm_measures(struct measures *measures, struct error *error)
{
    enum { SMALL = 1000, LARGE = 1000000, TRIALS = 150 };
    char *folder = share_find("bench/scenarios/storm", "scenarios/storm");
    if (folder == NULL)
        return error_set(error, EXIT_INPUT, "the scenarios are not installed (set IKEBENCH_SHARE)");
    char *path = path_join(folder, "base.yaml");
    static const char small[] = "storm, 10^3 clients";
    bool good = add(measures, path, small, SMALL, measures_times(measures, TRIALS), NULL, error) &&
                add(measures, path, "storm, 10^6 clients", measures_times(measures, LARGE), 1,
                    small, error);
    free(path);
    free(folder);
    return good;
}
