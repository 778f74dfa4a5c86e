#include "net/netem.h"

#include <math.h>

#include "engine/law.h"

#define DIST_SCALE 8192 /* NETEM_DIST_SCALE: table values of one standard deviation */

static const char *const process_names[] = {
#define X(name) #name,
    NETEM_PROCESSES(X)
#undef X
};

const char *netem_process_name(enum netem_process process)
{
    return process_names[process];
}

bool netem_reorders(const struct link_params *params)
{
    return params->reorder > 0.0 && params->gap > 0;
}

double netem_correlation(const struct link_params *params, enum netem_process process)
{
    switch (process) {
    case NETEM_delay:
        return params->jitter_ns > 0 ? params->delay_correlation : 0.0;
    case NETEM_loss:
        return params->loss_model == LINK_LOSS_random && params->loss > 0.0
                   ? params->loss_correlation
                   : 0.0;
    case NETEM_duplicate:
        return params->duplicate > 0.0 ? params->duplicate_correlation : 0.0;
    default:
        return netem_reorders(params) ? params->reorder_correlation : 0.0;
    }
}

const char *netem_memory(const struct link_params *params, enum netem_process process)
{
    if (process == NETEM_loss && params->loss_model != LINK_LOSS_random)
        return params->loss_model == LINK_LOSS_state ? "loss_model state" : "loss_model gemodel";
    if (netem_share(netem_correlation(params, process)) != 0)
        return "correlation";
    if (process == NETEM_reorder && netem_reorders(params) && params->gap > 1)
        return "gap";
    return NULL;
}

/* ---- the kernel's formulas ---- */

uint32_t netem_share(double share)
{
    return (uint32_t)rint(share * UINT32_MAX);
}

uint32_t netem_crandom(uint32_t rho, uint32_t last, uint32_t uniform)
{
    if (rho == 0)
        return uniform;
    uint64_t weight = (uint64_t)rho + 1;
    return (uint32_t)((uniform * ((UINT64_C(1) << 32) - weight) + last * weight) >> 32);
}

/* The value of the table that a crandom picks. The kernel has no other tables than those of values.
 */
static int64_t table_value(const struct law_table *table, uint32_t crandom)
{
    double value = table->family == LAW_empirical
                       ? table->node[crandom % table->count]
                       : law_table_quantile(table, ((double)crandom + 0.5) * 0x1p-32);
    return (int64_t)rint(value * DIST_SCALE);
}

int64_t netem_tabledist(const struct link_params *params, uint32_t crandom)
{
    /* netem_change: "capping jitter to the range acceptable by tabledist()" */
    int64_t sigma = params->jitter_ns < INT32_MAX ? params->jitter_ns : INT32_MAX;
    if (sigma == 0)
        return params->delay_ns;
    if (params->distribution == NULL)
        return (int64_t)(crandom % (2 * (uint64_t)sigma)) + params->delay_ns - sigma;
    int64_t t = table_value(params->distribution, crandom);
    int64_t x = sigma % DIST_SCALE * t;
    x += x >= 0 ? DIST_SCALE / 2 : -DIST_SCALE / 2;
    return x / DIST_SCALE + sigma / DIST_SCALE * t + params->delay_ns;
}

static double p31(const struct link_params *params)
{
    return params->state_p31 < 0.0 ? 1.0 - params->state_p13 : params->state_p31;
}

static double gemodel_r(const struct link_params *params)
{
    return params->gemodel_r < 0.0 ? 1.0 - params->gemodel_p : params->gemodel_r;
}

/* The kernel's comparisons; where it does nothing because two 32-bit numbers are equal, once in
 * 2^32 packets, the later branch is taken here. Sums are kept in 64 bits. */
bool netem_4state(const struct link_params *params, uint8_t *state, uint32_t uniform)
{
    uint64_t p13 = netem_share(params->state_p13), p14 = netem_share(params->state_p14);
    uint64_t p32 = netem_share(params->state_p32);
    switch (*state) {
    case NETEM_SENT:
        *state = uniform < p14         ? NETEM_LOST_ALONE
                 : uniform < p13 + p14 ? NETEM_LOST_IN_BURST
                                       : NETEM_SENT;
        break;
    case NETEM_SENT_IN_BURST:
        *state =
            uniform < netem_share(params->state_p23) ? NETEM_LOST_IN_BURST : NETEM_SENT_IN_BURST;
        break;
    case NETEM_LOST_IN_BURST:
        *state = uniform < p32                              ? NETEM_SENT_IN_BURST
                 : uniform < netem_share(p31(params)) + p32 ? NETEM_SENT
                                                            : NETEM_LOST_IN_BURST;
        break;
    default:
        *state = NETEM_SENT;
    }
    return *state == NETEM_LOST_IN_BURST || *state == NETEM_LOST_ALONE;
}

/* The state before the step decides whether the packet is lost. */
bool netem_gilb_ell(const struct link_params *params, uint8_t *state, uint32_t uniform_1,
                    uint32_t uniform_2)
{
    if (*state == NETEM_GOOD) {
        if (uniform_1 < netem_share(params->gemodel_p))
            *state = NETEM_BAD;
        return uniform_2 < netem_share(params->gemodel_good_loss);
    }
    if (uniform_1 < netem_share(gemodel_r(params)))
        *state = NETEM_GOOD;
    /* tc hands over h = all - (1-h). */
    return uniform_2 > UINT32_MAX - netem_share(params->gemodel_bad_loss);
}

/* ---- stationary laws ---- */

static void stationary_4state(const struct link_params *p, double weight[5])
{
    weight[NETEM_SENT] = p31(p) * p->state_p23;
    weight[NETEM_SENT_IN_BURST] = p->state_p13 * p->state_p32;
    weight[NETEM_LOST_IN_BURST] = p->state_p13 * p->state_p23;
    if (weight[1] + weight[2] + weight[3] <= 0.0) {
        /* The burst's inner state is out of reach, and so are its loops. */
        weight[NETEM_SENT] = p->state_p13 > 0.0 ? p31(p) : 1.0;
        weight[NETEM_LOST_IN_BURST] = p->state_p13;
    }
    weight[NETEM_LOST_ALONE] = p->state_p14 * weight[NETEM_SENT];
}

void netem_stationary(const struct link_params *params, double share[5])
{
    double weight[5] = {0}, sum = 0.0;
    if (params->loss_model == LINK_LOSS_state) {
        stationary_4state(params, weight);
    } else {
        /* Neither state is ever left: netem begins in the good one. */
        bool stuck = params->gemodel_p + gemodel_r(params) <= 0.0;
        weight[NETEM_GOOD] = stuck ? 1.0 : gemodel_r(params);
        weight[NETEM_BAD] = params->gemodel_p;
    }
    for (int i = 1; i < 5; i++)
        sum += weight[i];
    for (int i = 0; i < 5; i++)
        share[i] = weight[i] / sum;
}

double netem_stationary_loss(const struct link_params *params)
{
    double share[5];
    netem_stationary(params, share);
    if (params->loss_model == LINK_LOSS_state)
        return share[NETEM_LOST_IN_BURST] + share[NETEM_LOST_ALONE];
    return share[NETEM_GOOD] * params->gemodel_good_loss +
           share[NETEM_BAD] * params->gemodel_bad_loss;
}
