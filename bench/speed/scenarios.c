/* The scenarios of KB 821839 through the runner, all in: per-trial draws, the world, the row as
 * CSV, handing blocks over in order, writing them (to /dev/null). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../base/share.h"
#include "../out/stage.h"
#include "../run/run.h"
#include "subjects.h"
#include "yardstick.h"

enum { SEED = 1 };

struct scenario {
    struct plan *plan;
    unsigned jobs;
    uint32_t trials;
    uint64_t first;
};

/* One thread's work is timed in processor time; what two reach together is seen on the wall only.
 */
static bool scenario_run(void *context, struct round *round, struct error *error)
{
    struct scenario *s = context;
    struct run_options options = {
        .seed = SEED, .first = s->first, .trials = s->trials, .jobs = s->jobs};
    struct run_report report;
    struct output output;
    double (*const clock_ns)(void) = s->jobs == 1 ? process_ns : wall_ns;
    double start_ns = clock_ns();
    bool good = output_open_file(&output, "/dev/null", "/dev/null", error) &&
                run_trials(s->plan, &options, &output, &report, error);
    output_close(&output, NULL);
    if (!good)
        return false;
    round->ns = clock_ns() - start_ns;
    round->count[0] = (double)report.events;
    round->count[1] = (double)report.trials;
    s->first += s->trials;
    return true;
}

static void scenario_free(void *context)
{
    struct scenario *s = context;
    plan_free(s->plan);
    free(s);
}

static bool scenario_open(struct scenario *s, const char *folder, const char *name,
                          const char *const *set, size_t sets, struct error *error)
{
    char file[64];
    snprintf(file, sizeof file, "%s.yaml", name);
    char *path = path_join(folder, file);
    bool good = plan_load(&s->plan, path, set, sets, error);
    free(path);
    return good;
}

static const char missing[] = "the scenarios are not installed (set IKEBENCH_SHARE)";

/* `m` has the name and the targets. */
static bool add(struct measures *measures, struct measure m, const char *folder, const char *name,
                const char *const *set, size_t sets, unsigned jobs, struct error *error)
{
    if (!measures_want(measures, m.name))
        return true;
    struct scenario *s = calloc(1, sizeof *s);
    CHECK(s != NULL);
    s->jobs = jobs;
    s->trials = (uint32_t)m.n;
    if (!scenario_open(s, folder, name, set, sets, error)) {
        free(s);
        return false;
    }
    m.unit[0] = "event";
    m.unit[1] = "trial";
    m.run = scenario_run;
    m.free = scenario_free;
    m.context = s;
    measures_add(measures, &m);
    return true;
}

static bool add_kb(struct measures *measures, const char *folder, struct error *error)
{
    /* About a quarter of a second each. */
    static const struct {
        const char *name;
        uint32_t trials;
        double per_s; /* of one thread */
    } scenario[] = {{"move", 1024, 1e5}, {"crash", 128, 3e4}, {"crash-nlbsflags", 256, 0.0}};
    bool good = true;
    for (size_t i = 0; i < COUNT_OF(scenario); i++)
        for (unsigned jobs = 1; jobs <= 2; jobs++) {
            struct measure m = {.n = measures_times(measures, scenario[i].trials),
                                .target_y = 6.0,
                                .target_per_s = jobs == 1 ? scenario[i].per_s : 0.0};
            snprintf(m.name, sizeof m.name, "kb821839/%s, %u job%s", scenario[i].name, jobs,
                     jobs == 1 ? "" : "s");
            good = good && add(measures, m, folder, scenario[i].name, NULL, 0, jobs, error);
        }
    return good;
}

/* The same crash with one front end and with as many as there may be: an event may cost three times
 * as much at most. With today's cryptography the node can do the work of all. Of three
 * trials the first one gets its memory besides. */
static bool add_front_ends(struct measures *measures, const char *folder, struct error *error)
{
    static const char alone[] = "front-ends/crash, 1 front end";
    char count[48];
    const char *set[] = {count, "node.b.load=60%", "node.fe.crypto=modern", "node.b.crypto=modern"};
    struct measure one = {.n = measures_times(measures, 8192)},
                   many = {.n = 3, .beside = alone, .beside_times = 3.0};
    snprintf(one.name, sizeof one.name, "%s", alone);
    snprintf(many.name, sizeof many.name, "front-ends/crash, 10000");
    strcpy(count, "front_end.count=1");
    if (!add(measures, one, folder, "crash", set, COUNT_OF(set), 1, error))
        return false;
    snprintf(count, sizeof count, "front_end.count=%u",
             measures_times(measures, WORLD_FRONT_ENDS_MAX));
    return add(measures, many, folder, "crash", set, COUNT_OF(set), 1, error);
}

bool scenario_measures(struct measures *measures, struct error *error)
{
    char *kb = share_find("bench/scenarios/kb821839", "scenarios/kb821839");
    char *fronts = share_find("bench/scenarios/front-ends", "scenarios/front-ends");
    bool good = kb != NULL && fronts != NULL
                    ? add_kb(measures, kb, error) && add_front_ends(measures, fronts, error)
                    : error_set(error, EXIT_INPUT, missing);
    free(kb);
    free(fronts);
    return good;
}
