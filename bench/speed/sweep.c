/* What an arm of a sweep costs besides its trials: reading the scenario for it, starting its
 * threads, its part of manifest and summary. Measured with arms of one trial that ends at once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "../base/share.h"
#include "../out/stage.h"
#include "../sweep/sweep.h"
#include "subjects.h"
#include "yardstick.h"

enum { ARM_COUNT = 200 };

struct sweep_bed {
    char place[64], range[96];
    char *file;
    uint32_t arms;
};

static bool sweep_all(struct sweep_bed *bed, struct error *error)
{
    const char *set[] = {"trial.horizon=1s"}, *range[] = {bed->range};
    struct sweep_request request = {
        .file = bed->file, .set = set, .sets = 1, .sweep = range, .sweeps = 1};
    const struct run_options options = {.seed = 1, .trials = 1, .jobs = 1};
    const struct precision precision = {.goals = 0};
    const struct output_options how = {.force = true, .checkpoint_s = 1e9};
    const struct manifest_run about = {.seed = 1};
    struct sweep sweep;
    struct output output;
    struct sweep_done done;
    if (!sweep_load(&sweep, &request, NULL, 0, error))
        return false;
    char *dir = path_join(bed->place, "sweep");
    bool good = output_open(&output, dir, &how, error);
    if (good) {
        good = sweep_run(&sweep, &options, &precision, &about, &output, NULL, &done, error) &&
               output_commit(&output, error);
        output_close(&output, NULL);
    }
    sweep_fini(&sweep);
    free(dir);
    return good;
}

static bool sweep_measure(void *context, struct round *round, struct error *error)
{
    struct sweep_bed *bed = context;
    const char *tmp = getenv("TMPDIR");
    if (bed->place[0] == '\0') {
        snprintf(bed->place, sizeof bed->place, "%.30s/ikebench-speed-XXXXXX", tmp ? tmp : "/tmp");
        if (mkdtemp(bed->place) == NULL) {
            bed->place[0] = '\0';
            return error_set(error, EXIT_OUTPUT, "no folder for a sweep: %s", strerror(errno));
        }
    }
    double start_ns = process_ns();
    if (!sweep_all(bed, error))
        return false;
    round->ns = process_ns() - start_ns;
    round->count[0] = bed->arms;
    return true;
}

static void sweep_free(void *context)
{
    struct sweep_bed *bed = context;
    if (bed->place[0] != '\0')
        remove_tree(bed->place);
    free(bed->file);
    free(bed);
}

bool sweep_measures(struct measures *measures, struct error *error)
{
    struct sweep_bed *bed = calloc(1, sizeof *bed);
    char *folder = share_find("bench/scenarios/kb821839", "scenarios/kb821839");
    CHECK(bed != NULL);
    if (folder == NULL) {
        free(bed);
        return error_set(error, EXIT_INPUT, "the scenarios are not installed (set IKEBENCH_SHARE)");
    }
    bed->file = path_join(folder, "crash.yaml");
    free(folder);
    bed->arms = measures_times(measures, ARM_COUNT);
    snprintf(bed->range, sizeof bed->range, "stack.windows2003.idle=100s..%us:1s", 99 + bed->arms);
    struct measure m = {.n = bed->arms,
                        .unit = {"arm"},
                        /* A hundredth of an arm of 1000 trials of a crash, 1.2 ms each. */
                        .target_y = 0.01 * 1000 * 1.2e6 / 9.6,
                        .run = sweep_measure,
                        .free = sweep_free,
                        .context = bed};
    snprintf(m.name, sizeof m.name, "sweep, beside the trials");
    measures_add(measures, &m);
    return true;
}
