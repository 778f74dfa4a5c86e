#include "../testkit.h"

#include "engine/chances.h"
#include "engine/check.h"

static struct luck_place group(uint32_t number)
{
    return (struct luck_place){5, number << CHANCES_MEMBER_BITS};
}

/* The share, and that members of a group are independent: the number of those it happens to has
 * the mean and the variance of a binomial variate. */
static void numbers_are_binomial(void **state)
{
    (void)state;
    static const double probability[] = {0.001, 0.01, 0.1, 0.5, 1.0 / 3.0, 0.97};
    enum { GROUPS = 40000, MEMBERS = 64 };
    struct luck luck = {.seed = 31};
    for (size_t k = 0; k < COUNT_OF(probability); k++) {
        double p = probability[k], sum = 0.0, squares = 0.0;
        unsigned by_member[MEMBERS] = {0};
        for (uint32_t i = 0; i < GROUPS; i++) {
            uint64_t who = chances(&luck, 9, group(i), p, ~UINT64_C(0));
            double n = __builtin_popcountll(who);
            sum += n;
            squares += n * n;
            for (int m = 0; m < MEMBERS; m++)
                by_member[m] += who >> m & 1;
        }
        double mean = sum / GROUPS, variance = squares / GROUPS - mean * mean;
        double want = MEMBERS * p * (1.0 - p);
        assert_near(mean, MEMBERS * p, 5.0 * sqrt(want / GROUPS));
        double kurtosis = 1.0 / want + 2.0; /* of the variance's estimate; an upper bound */
        assert_near(variance / want, 1.0, 5.0 * sqrt(kurtosis / GROUPS));
        for (int m = 0; m < MEMBERS; m++)
            assert_share(by_member[m], GROUPS, p);
    }
}

/* Alone, with others, or many groups together: the same. */
static void company_does_not_matter(void **state)
{
    (void)state;
    struct luck luck = {.seed = 32};
    for (uint32_t i = 0; i < 3000; i++) {
        struct luck_place place[CHANCES_TOGETHER];
        double p[CHANCES_TOGETHER];
        uint64_t together[CHANCES_TOGETHER], members = ~UINT64_C(0) >> i % 64;
        size_t n = 1 + i % CHANCES_TOGETHER;
        for (size_t k = 0; k < n; k++) {
            place[k] = group(8 * i + (uint32_t)k);
            p[k] = i % 5 == 0 ? 0.0 : i % 7 == 0 ? 1.0 : 0.4 * (double)(k + 1) / (1.0 + i % 11);
        }
        chances_together(&luck, 9, place, p, n, members, together);
        for (size_t k = 0; k < n; k++) {
            if (together[k] != chances(&luck, 9, place[k], p[k], members))
                fail_msg("group %u: together another outcome", i);
            for (int m = 0; m < 64; m++) {
                uint64_t one = UINT64_C(1) << m;
                if (chances(&luck, 9, place[k], p[k], one) != (together[k] & one) &&
                    (members & one) != 0)
                    fail_msg("group %u, member %d: alone another outcome", i, m);
            }
        }
    }
}

/* What a lower probability does to a member a higher one does too. */
static void more_happens_to_more(void **state)
{
    (void)state;
    struct luck luck = {.seed = 33};
    for (uint32_t i = 0; i < 2000; i++) {
        uint64_t before = 0;
        for (double p = 0.0; p < 1.01; p += 0.03125) {
            uint64_t now = chances(&luck, 9, group(i), p, ~UINT64_C(0));
            assert_true((before & ~now) == 0);
            before = now;
        }
        assert_true(before == ~UINT64_C(0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_binomial),
        cmocka_unit_test(company_does_not_matter),
        cmocka_unit_test(more_happens_to_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
