#include "stress.h"

#include "../scenario/rules.h"

enum { RUN_TRIALS_FOR_ONE = 10 };

void stress_lay(struct params *p)
{
    p->failure.kind = FAILURE_none;
    int64_t longest_ns = rules_longest_ns(p);
    p->trial.horizon_ns = p->alarm.time_ns < longest_ns ? p->alarm.time_ns : longest_ns;
    for (int32_t i = 0; i < p->links; i++)
        if (p->link[i].loss_model == LINK_LOSS_random && p->link[i].loss < p->alarm.loss)
            p->link[i].loss = p->alarm.loss;
    for (int32_t i = 0; i < p->nodes; i++)
        if (p->node[i].stall_rate_hz < p->alarm.stall_rate_hz) {
            p->node[i].stall_rate_hz = p->alarm.stall_rate_hz;
            p->node[i].stall = p->alarm.stall;
        }
}

uint64_t stress_trials(const struct params *p, uint64_t trials)
{
    uint64_t most = (trials + RUN_TRIALS_FOR_ONE - 1) / RUN_TRIALS_FOR_ONE;
    return most < (uint64_t)p->alarm.trials ? most : (uint64_t)p->alarm.trials;
}
