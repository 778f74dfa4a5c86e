#include "engine/luck.h"

#include <Random123/philox.h>

#include "engine/check.h"

/* Inlined by force: two calls cost a fifth of a draw. */
static inline __attribute__((always_inline)) struct luck_pair
philox_bits(uint64_t seed, uint64_t trial, uint16_t purpose, uint32_t actor, uint32_t index)
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {
        {(uint32_t)trial, (uint32_t)(trial >> 32) << 16 | purpose, actor, index}};
    philox4x32_ctr_t out = philox4x32(counter, key);
    return (struct luck_pair){(uint64_t)out.v[1] << 32 | out.v[0],
                              (uint64_t)out.v[3] << 32 | out.v[2]};
}

struct luck_pair luck_bits_pair(const struct luck *luck, uint16_t purpose, uint32_t actor,
                                uint32_t index)
{
    struct luck_pair bits = philox_bits(luck->seed, luck->trial, purpose, actor, index);
    if (__builtin_expect(luck->tap != NULL, 0))
        luck->tap(luck->tap_context, purpose, actor, index, bits.first);
    return bits;
}

uint64_t luck_bits(const struct luck *luck, uint16_t purpose, uint32_t actor, uint32_t index)
{
    uint64_t bits = philox_bits(luck->seed, luck->trial, purpose, actor, index).first;
    if (__builtin_expect(luck->tap != NULL, 0))
        luck->tap(luck->tap_context, purpose, actor, index, bits);
    return bits;
}

struct philox_state {
    uint64_t seed, trial;
    uint32_t actor, index;
    uint16_t purpose;
    uint16_t half; /* 1: the upper 32 bits of `bits` are still to be handed out */
    uint64_t bits;
};

static void philox_set(void *state, unsigned long seed)
{
    *(struct philox_state *)state = (struct philox_state){.seed = seed};
}

static uint64_t philox_next(struct philox_state *state)
{
    /* 2^32 draws a stream: past that the index would repeat. */
    CHECK(state->index != UINT32_MAX);
    return philox_bits(state->seed, state->trial, state->purpose, state->actor, state->index++)
        .first;
}

static unsigned long philox_get(void *vstate)
{
    struct philox_state *state = vstate;
    if (state->half) {
        state->half = 0;
        return (unsigned long)(state->bits >> 32);
    }
    state->bits = philox_next(state);
    state->half = 1;
    return (unsigned long)(state->bits & UINT32_MAX);
}

static double philox_get_double(void *vstate)
{
    struct philox_state *state = vstate;
    state->half = 0;
    return luck_unit(philox_next(state));
}

static const gsl_rng_type philox_type = {
    .name = "philox4x32-10",
    .max = UINT32_MAX,
    .min = 0,
    .size = sizeof(struct philox_state),
    .set = philox_set,
    .get = philox_get,
    .get_double = philox_get_double,
};
const gsl_rng_type *const luck_rng_philox4x32 = &philox_type;

void luck_rng_place(gsl_rng *rng, const struct luck *luck, uint16_t purpose, uint32_t actor)
{
    CHECK(rng->type == &philox_type);
    CHECK(luck->trial >> LUCK_TRIAL_BITS == 0);
    *(struct philox_state *)rng->state = (struct philox_state){
        .seed = luck->seed, .trial = luck->trial, .purpose = purpose, .actor = actor};
}
