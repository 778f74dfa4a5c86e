#include "net/netem.h"

#include "engine/chances.h"
#include "engine/check.h"
#include "moment/moment.h"

_Static_assert(LUCK_link_stream_delay + NETEM_PROCESS_COUNT - 1 == LUCK_link_stream_reorder &&
                   LUCK_LINK_MARGINAL_FIRST + NETEM_PROCESS_COUNT * LUCK_LINK_RANGE <= 0x10000,
               "purposes of each process");

static uint8_t stationary_state(const struct link_params *params, double u)
{
    double share[5];
    netem_stationary(params, share);
    uint8_t state = 1;
    while (state < 4 && u >= share[state])
        u -= share[state++];
    while (share[state] <= 0.0)
        state--; /* rounding must not end in a state that is never reached */
    return state;
}

/* A correlated value in its stationary law: the recursion from anywhere, until what it began with
 * weighs less than one unit of 2^32. Its values have consecutive purposes, four to one. */
static uint32_t stationary_crandom(uint32_t rho, const struct luck *luck, uint16_t first,
                                   uint32_t actor, uint32_t index)
{
    const double factor = ((double)rho + 1.0) * 0x1p-32;
    uint32_t last = 0, k = 0;
    struct luck_pair bits = {0};
    for (double weight = 1.0; weight > 0x1p-32; weight *= factor, k++) {
        if (k % 4 == 0) {
            CHECK(k / 4 < LUCK_LINK_RANGE);
            bits = luck_bits_pair(luck, (uint16_t)(first + k / 4), actor, index);
        }
        uint64_t half = k % 4 < 2 ? bits.first : bits.second;
        last = netem_crandom(rho, last, (uint32_t)(k % 2 ? half : half >> 32));
    }
    return last;
}

/* ---- what a link remembers ---- */

void netem_reset(struct netem *netem, const struct link_params *params)
{
    bool special = params->rate_bps > 0.0 || params->duplicate > 0.0 || netem_reorders(params);
    for (int i = 0; i < NETEM_PROCESS_COUNT; i++)
        special |= netem_memory(params, (enum netem_process)i) != NULL;
    *netem = (struct netem){.special = special};
}

static uint16_t stream(enum netem_process process)
{
    return (uint16_t)(LUCK_link_stream_delay + process);
}

/* The steady state at the start of a trial, at the first packet. */
static void start(struct netem *netem, const struct link_params *params, const struct luck *luck,
                  uint32_t link)
{
    netem->started = true;
    for (uint32_t i = 0; i < NETEM_PROCESS_COUNT; i++) {
        uint32_t rho = netem_share(netem_correlation(params, (enum netem_process)i));
        if (rho != 0)
            netem->last[i] = stationary_crandom(rho, luck, LUCK_LINK_START_FIRST, link, i);
    }
    if (params->loss_model != LINK_LOSS_random)
        netem->state =
            stationary_state(params, luck_uniform(luck, LUCK_link_state, link, NETEM_loss));
}

static uint32_t high(uint64_t bits)
{
    return (uint32_t)(bits >> 32);
}

/* The next bits of a process's stream. */
static struct luck_pair step(struct netem *netem, enum netem_process process,
                             const struct luck *luck, uint32_t link)
{
    return luck_bits_pair(luck, stream(process), link, netem->steps[process]++);
}

/* The next correlated value of a process. */
static uint32_t next(struct netem *netem, const struct link_params *params,
                     enum netem_process process, const struct luck *luck, uint32_t link)
{
    uint32_t rho = netem_share(netem_correlation(params, process));
    uint32_t uniform = high(step(netem, process, luck, link).first);
    return netem->last[process] = netem_crandom(rho, netem->last[process], uniform);
}

/* ---- a packet's own draws ---- */

static struct luck_pair own_bits(const struct luck *luck, const struct netem_identity *who)
{
    uint16_t purpose =
        (uint16_t)(who->lineage == 0 ? LUCK_link : LUCK_link_copy_1 - 1 + who->lineage);
    return luck_bits_pair(luck, purpose, who->actor, who->luck);
}

static struct luck_pair own_more_bits(const struct luck *luck, const struct netem_identity *who)
{
    return luck_bits_pair(luck, (uint16_t)(LUCK_link_more_0 + who->lineage), who->actor, who->luck);
}

bool netem_plain_loses(const struct link_params *params, const struct luck *luck,
                       const struct netem_identity *who)
{
    const uint32_t bits = (1u << CHANCES_MEMBER_BITS) - 1;
    struct luck_place group = {who->actor, who->luck & ~bits};
    uint16_t purpose = (uint16_t)(LUCK_link_loss_0 + who->lineage);
    if (params->loss <= 0.0)
        return false;
    return chances(luck, purpose, group, params->loss, UINT64_C(1) << (who->luck & bits)) != 0;
}

/* ---- netem_enqueue ---- */

bool netem_duplicates(struct netem *netem, const struct link_params *params,
                      const struct luck *luck, const struct netem_identity *who)
{
    if (!netem->started)
        start(netem, params, luck, who->link);
    if (params->duplicate <= 0.0)
        return false;
    if (netem_memory(params, NETEM_duplicate) == NULL)
        return luck_unit(own_more_bits(luck, who).first) < params->duplicate;
    return netem_share(params->duplicate) >= next(netem, params, NETEM_duplicate, luck, who->link);
}

bool netem_loses(struct netem *netem, const struct link_params *params, const struct luck *luck,
                 const struct netem_identity *who)
{
    if (!netem->started)
        start(netem, params, luck, who->link);
    if (params->loss_model != LINK_LOSS_random) {
        struct luck_pair bits = step(netem, NETEM_loss, luck, who->link);
        return params->loss_model == LINK_LOSS_state
                   ? netem_4state(params, &netem->state, high(bits.first))
                   : netem_gilb_ell(params, &netem->state, high(bits.first), high(bits.second));
    }
    if (params->loss <= 0.0)
        return false;
    if (netem_memory(params, NETEM_loss) == NULL)
        return netem_plain_loses(params, luck, who);
    return netem_share(params->loss) >= next(netem, params, NETEM_loss, luck, who->link);
}

/* One of every `gap` packets at most is sent ahead of those under way. */
static bool goes_ahead(struct netem *netem, const struct link_params *params,
                       const struct luck *luck, const struct netem_identity *who)
{
    if (!netem_reorders(params) || netem->counter < params->gap - 1)
        return false;
    if (netem_share(netem_correlation(params, NETEM_reorder)) == 0)
        return luck_unit(own_more_bits(luck, who).second) < params->reorder;
    return netem_share(params->reorder) >= next(netem, params, NETEM_reorder, luck, who->link);
}

static int64_t jittered_ns(struct netem *netem, const struct link_params *params,
                           const struct luck *luck, const struct netem_identity *who)
{
    if (params->jitter_ns == 0)
        return params->delay_ns;
    if (netem_memory(params, NETEM_delay) == NULL)
        return netem_plain_delay_ns(params, own_bits(luck, who).second);
    int64_t delay_ns = netem_tabledist(params, next(netem, params, NETEM_delay, luck, who->link));
    return delay_ns > 0 ? delay_ns : 0;
}

/* The kernel's packet_time_ns, without overhead and cells. */
static int64_t serialization_ns(const struct link_params *params, uint32_t bytes)
{
    return params->rate_bps > 0.0 ? (int64_t)((double)bytes * 8e9 / params->rate_bps) : 0;
}

int64_t netem_delay_ns(struct netem *netem, const struct link_params *params,
                       const struct luck *luck, const struct netem_identity *who, uint32_t bytes,
                       int64_t now_ns)
{
    if (goes_ahead(netem, params, luck, who)) {
        netem->counter = 0;
        return 0;
    }
    netem->counter++;
    int64_t delay_ns = jittered_ns(netem, params, luck, who);
    if (params->rate_bps <= 0.0)
        return delay_ns;
    /* The last packet of the queue is the reference point: what is left until it leaves counts
     * towards this one's delay. */
    int64_t queued_ns = netem->busy_until_ns > now_ns ? netem->busy_until_ns - now_ns : 0;
    delay_ns = delay_ns > queued_ns ? delay_ns : queued_ns;
    delay_ns += serialization_ns(params, bytes);
    netem->busy_until_ns = now_ns + delay_ns;
    return delay_ns;
}

/* ---- packets that were never sent ---- */

static uint32_t marginal(const struct link_params *params, enum netem_process process,
                         const struct luck *luck, const struct netem_identity *who)
{
    uint32_t rho = netem_share(netem_correlation(params, process));
    uint16_t first = (uint16_t)(LUCK_LINK_MARGINAL_FIRST + (uint32_t)process * LUCK_LINK_RANGE);
    return stationary_crandom(rho, luck, first, who->actor, who->luck);
}

static bool marginal_duplicate(const struct link_params *params, const struct luck *luck,
                               const struct netem_identity *who)
{
    if (params->duplicate <= 0.0)
        return false;
    if (netem_memory(params, NETEM_duplicate) == NULL)
        return luck_unit(own_more_bits(luck, who).first) < params->duplicate;
    return netem_share(params->duplicate) >= marginal(params, NETEM_duplicate, luck, who);
}

static bool marginal_loss(const struct link_params *params, const struct luck *luck,
                          const struct netem_identity *who, uint64_t bits)
{
    if (params->loss_model != LINK_LOSS_random)
        return luck_unit(bits) < netem_stationary_loss(params);
    if (netem_memory(params, NETEM_loss) == NULL)
        return netem_plain_loses(params, luck, who);
    return netem_share(params->loss) >= marginal(params, NETEM_loss, luck, who);
}

bool netem_marginal_fate(const struct link_params *params, const struct luck *luck,
                         const struct netem_identity *who, uint32_t bytes, int64_t *delay_ns)
{
    struct luck_pair bits = own_bits(luck, who);
    *delay_ns = params->delay_ns;
    if (netem_memory(params, NETEM_delay) != NULL)
        *delay_ns = netem_tabledist(params, marginal(params, NETEM_delay, luck, who));
    else if (params->jitter_ns > 0)
        *delay_ns = netem_plain_delay_ns(params, bits.second);
    *delay_ns = (*delay_ns > 0 ? *delay_ns : 0) + serialization_ns(params, bytes);
    return !marginal_loss(params, luck, who, bits.first) || marginal_duplicate(params, luck, who);
}
