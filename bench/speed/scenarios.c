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
                          struct error *error)
{
    char file[64];
    snprintf(file, sizeof file, "%s.yaml", name);
    char *path = path_join(folder, file);
    bool good = plan_load(&s->plan, path, NULL, 0, error);
    free(path);
    return good;
}

static bool add(struct measures *measures, const char *folder, const char *name, uint32_t trials,
                double per_s, unsigned jobs, struct error *error)
{
    struct scenario *s = calloc(1, sizeof *s);
    CHECK(s != NULL);
    s->jobs = jobs;
    s->trials = measures_times(measures, trials);
    if (!scenario_open(s, folder, name, error)) {
        free(s);
        return false;
    }
    struct measure m = {.n = s->trials,
                        .unit = {"event", "trial"},
                        .target_y = 6.0,
                        .target_per_s = per_s,
                        .run = scenario_run,
                        .free = scenario_free,
                        .context = s};
    snprintf(m.name, sizeof m.name, "kb821839/%s, %u job%s", name, jobs, jobs == 1 ? "" : "s");
    measures_add(measures, &m);
    return true;
}

bool scenario_measures(struct measures *measures, struct error *error)
{
    /* About a quarter of a second each. */
    static const struct {
        const char *name;
        uint32_t trials;
        double per_s; /* of one thread */
    } scenario[] = {{"move", 1024, 1e5}, {"crash", 128, 3e4}, {"crash-nlbsflags", 256, 0.0}};
    char *folder = share_find("bench/scenarios/kb821839", "scenarios/kb821839");
    if (folder == NULL)
        return error_set(error, EXIT_INPUT, "the scenarios are not installed (set IKEBENCH_SHARE)");
    bool good = true;
    for (size_t i = 0; i < COUNT_OF(scenario); i++)
        for (unsigned jobs = 1; jobs <= 2; jobs++)
            good = good && add(measures, folder, scenario[i].name, scenario[i].trials,
                               jobs == 1 ? scenario[i].per_s : 0.0, jobs, error);
    free(folder);
    return good;
}
