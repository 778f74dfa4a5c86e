#include "spool.h"

struct spool {
    const struct sweep *sweep;
    const struct run_options *options;
    const struct precision *precision;
    struct output *output;
    struct sweep_done *done;
    bool judged; /* by an earlier process, which went on to the next look */
};

/* Adds trials to one arm, until there are n. */
static bool grow(struct spool *spool, size_t arm, uint64_t n, struct error *error)
{
    struct run_options own = *spool->options;
    struct run_report report;
    own.arms = true;
    own.arm = own.plan_number = (unsigned)arm;
    own.trials = n;
    if (!run_trials(spool->sweep->plan[arm], &own, spool->output, &report, error))
        return false;
    spool->done->wall_s += report.wall_s;
    spool->judged |= report.trials > n;
    return true;
}

/* Judges one arm; the one that is furthest from its goals gives the text. */
static bool judge(struct spool *spool, size_t arm, double *furthest, struct error *error)
{
    struct precision_state state;
    struct sweep_done *done = spool->done;
    if (!precision_look(spool->precision, spool->output, arm, &state, error))
        return false;
    done->precise &= state.reached;
    if (arm == 0 || state.excess > *furthest) {
        *furthest = state.excess;
        snprintf(done->text, sizeof done->text, "%.400s (arm %zu)", state.text, arm);
    }
    return true;
}

static bool look(struct spool *spool, uint64_t n, struct error *error)
{
    size_t arms = spool->sweep->arms.n;
    double furthest = 0.0;
    spool->judged = false;
    for (size_t i = 0; i < arms; i++)
        if (!grow(spool, i, n, error))
            return false;
    spool->done->trials = n;
    spool->done->precise = !spool->judged;
    for (size_t i = 0; i < arms && !spool->judged; i++)
        if (!judge(spool, i, &furthest, error))
            return false;
    return true;
}

bool spool_run(const struct sweep *sweep, const struct run_options *options,
               const struct precision *precision, struct output *output, struct sweep_done *done,
               struct error *error)
{
    struct spool spool = {sweep, options, precision, output, done, false};
    *done = (struct sweep_done){.trials = 0};
    for (unsigned k = 0; k < precision_looks(precision) && !done->precise; k++)
        if (!look(&spool, precision_trials(precision, k), error))
            return false;
    return output_end(output, sweep->arms.n, true, error);
}
