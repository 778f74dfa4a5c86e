#include "../testkit.h"

#include "engine/luck.h"

/* The published known answers of philox4x32-10 (Random123, kat_vectors), first two words. */
static void philox_known_answers(void **state)
{
    (void)state;
    struct luck zero = {0};
    assert_int_equal(luck_bits(&zero, 0, 0, 0), 0xe169c58d6627e8d5);
    struct luck ones = {.seed = UINT64_MAX, .trial = (UINT64_C(1) << 48) - 1};
    assert_int_equal(luck_bits(&ones, 0xffff, 0xffffffff, 0xffffffff), 0x41c83b0e408f276d);
    struct luck pi = {.seed = 0x299f31d0a4093822, .trial = 0x85a3243f6a88};
    assert_int_equal(luck_bits(&pi, 0x08d3, 0x13198a2e, 0x03707344), 0x94fdccebd16cfe09);
}

static void unit_is_open_and_exact(void **state)
{
    (void)state;
    assert_true(luck_unit(0) > 0.0);
    assert_true(luck_unit(UINT64_MAX) < 1.0);
    assert_true(luck_unit(UINT64_C(1) << 63) > 0.5);
    assert_true(luck_unit((UINT64_C(1) << 63) - 1) < 0.5);
}

/* Each argument moves the counter to a place no other argument can reach: all pairs differ. */
static void arguments_do_not_alias(void **state)
{
    (void)state;
    uint64_t seen[5 * 32];
    size_t n = 0;
    for (int bit = 0; bit < 32; bit++) {
        uint32_t b = UINT32_C(1) << bit;
        struct luck luck = {.seed = 7};
        seen[n++] = luck_bits(&luck, 0, b, 0);
        seen[n++] = luck_bits(&luck, 0, 0, b);
        if (bit < 16)
            seen[n++] = luck_bits(&luck, (uint16_t)b, 0, 0);
        luck.trial = (uint64_t)b << 16;
        seen[n++] = luck_bits(&luck, 0, 0, 0);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            assert_int_not_equal(seen[i], seen[j]);
}

/* One by one and eight at a time: the same bits, at every number of places and all arguments. */
static void many_draws_at_once_are_the_same(void **state)
{
    (void)state;
    enum { MOST = 40 };
    struct luck_place place[MOST];
    struct luck_pair out[MOST + 1];
    for (uint32_t n = 0; n <= MOST; n++) {
        struct luck where = {.seed = 5};
        struct luck luck = {.seed = luck_bits(&where, 0, 0, n),
                            .trial = luck_bits(&where, 1, 0, n) >> 16};
        uint16_t purpose = (uint16_t)luck_bits(&where, 2, 0, n);
        for (uint32_t i = 0; i < n; i++)
            place[i] = (struct luck_place){(uint32_t)luck_bits(&where, 3, i, n),
                                           (uint32_t)luck_bits(&where, 4, i, n)};
        out[n] = (struct luck_pair){1, 2};
        luck_bits_pairs(&luck, purpose, place, n, out);
        for (uint32_t i = 0; i < n; i++) {
            struct luck_pair want = luck_bits_pair(&luck, purpose, place[i].actor, place[i].index);
            assert_int_equal(out[i].first, want.first);
            assert_int_equal(out[i].second, want.second);
        }
        assert_true(out[n].first == 1 && out[n].second == 2);
    }
}

static void gsl_generator_walks_the_same_stream(void **state)
{
    (void)state;
    struct luck luck = {.seed = 0x123456789abcdef0, .trial = 42};
    gsl_rng *rng = gsl_rng_alloc(luck_rng_philox4x32);
    luck_rng_place(rng, &luck, 3, 9);
    uint64_t first = luck_bits(&luck, 3, 9, 0);
    assert_int_equal(gsl_rng_get(rng), first & 0xffffffff);
    assert_int_equal(gsl_rng_get(rng), first >> 32);
    double want = luck_uniform(&luck, 3, 9, 1);
    assert_true(gsl_rng_uniform(rng) == want);
    gsl_rng_set(rng, 0x123456789abcdef0); /* all 64 bits of the seed count */
    struct luck plain = {.seed = 0x123456789abcdef0};
    assert_int_equal(gsl_rng_get(rng), luck_bits(&plain, 0, 0, 0) & 0xffffffff);
    gsl_rng_free(rng);
}

static void record(void *context, uint16_t purpose, uint32_t actor, uint32_t index, uint64_t bits)
{
    uint64_t *out = context;
    out[0] = purpose;
    out[1] = actor;
    out[2] = index;
    out[3] = bits;
}

static void tap_hears_every_draw(void **state)
{
    (void)state;
    uint64_t heard[4] = {0};
    struct luck luck = {.seed = 1, .tap = record, .tap_context = heard};
    uint64_t bits = luck_bits(&luck, 2, 3, 4);
    assert_int_equal(heard[0], 2);
    assert_int_equal(heard[1], 3);
    assert_int_equal(heard[2], 4);
    assert_int_equal(heard[3], bits);
    struct luck_place place[8] = {[7] = {5, 6}};
    struct luck_pair out[8];
    luck_bits_pairs(&luck, 9, place, 8, out);
    assert_int_equal(heard[0], 9);
    assert_int_equal(heard[1], 5);
    assert_int_equal(heard[2], 6);
    assert_int_equal(heard[3], out[7].first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(unit_is_open_and_exact),
        cmocka_unit_test(arguments_do_not_alias),
        cmocka_unit_test(many_draws_at_once_are_the_same),
        cmocka_unit_test(gsl_generator_walks_the_same_stream),
        cmocka_unit_test(tap_hears_every_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
