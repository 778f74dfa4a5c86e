/* Every random value is a pure function of (seed, trial, purpose, actor, index).
 * Separate because identity of chance is a promise of its own: no draw depends on how many came
 * before. Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy
 * as 1, 2, 3", SC11). */
#ifndef ENGINE_LUCK_H
#define ENGINE_LUCK_H

#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

#define LUCK_TRIAL_BITS 48

/* Told of every draw, for tests that compare what two runs drew. */
typedef void luck_tap_fn(void *context, uint16_t purpose, uint32_t actor, uint32_t index,
                         uint64_t bits);

/* The luck of one trial. The tuning is not part of it: every arm of a sweep sees the same luck. */
struct luck {
    uint64_t seed;  /* Philox key */
    uint64_t trial; /* below 2^48 */
    luck_tap_fn *tap;
    void *tap_context;
};

/* 64 random bits. The arguments are packed side by side into Philox's counter (trial 48 bits,
 * purpose 16, actor 32, index 32), so that different arguments never share a counter. */
uint64_t luck_bits(const struct luck *luck, uint16_t purpose, uint32_t actor, uint32_t index);

/* Both halves of what Philox yields for one counter: two independent draws at the price of one.
 * `first` is what luck_bits returns. */
struct luck_pair {
    uint64_t first, second;
};
struct luck_pair luck_bits_pair(const struct luck *luck, uint16_t purpose, uint32_t actor,
                                uint32_t index);

struct luck_place {
    uint32_t actor, index;
};

/* out[i] = luck_bits_pair(luck, purpose, place[i].actor, place[i].index) for n places. Eight at a
 * time cost a third where the processor has AVX2; the bits are the same everywhere. */
void luck_bits_pairs(const struct luck *luck, uint16_t purpose, const struct luck_place *place,
                     size_t n, struct luck_pair *out);

/* Maps 64 bits to the open interval (0, 1): the midpoints of 2^52 equal cells, exact in a double.
 */
static inline double luck_unit(uint64_t bits)
{
    return ((double)(int64_t)(bits >> 12) + 0.5) * 0x1p-52;
}

/* One uniform variate in (0, 1). */
static inline double luck_uniform(const struct luck *luck, uint16_t purpose, uint32_t actor,
                                  uint32_t index)
{
    return luck_unit(luck_bits(luck, purpose, actor, index));
}

/* The same bits behind GSL's interface, for processes with memory and for GSL's own routines.
 * gsl_rng_set takes a 64-bit seed (0 is a seed like any other). get yields 32 bits, get_double the
 * open unit interval. A constant of our own because GSL's generators keep 32 bits of the seed. */
extern const gsl_rng_type *const luck_rng_philox4x32;

/* Places the generator at the start of the stream (luck, purpose, actor); it then walks the index.
 */
void luck_rng_place(gsl_rng *rng, const struct luck *luck, uint16_t purpose, uint32_t actor);

#endif
