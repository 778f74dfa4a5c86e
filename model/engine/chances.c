#include "engine/chances.h"

#include <stdbool.h>

#include "engine/check.h"

/* Members whose digits so far are those of the probability are open; those below it, it happens to.
 */
struct comparison {
    uint64_t digits; /* of the probability that are still to come */
    uint64_t open, below;
};

static struct comparison begin(double probability, uint64_t members)
{
    if (!(probability > 0.0))
        return (struct comparison){0};
    if (probability >= 1.0)
        return (struct comparison){.below = members};
    return (struct comparison){.digits = (uint64_t)(probability * 0x1p64), .open = members};
}

/* The next digit of every member. With no digits left no one that is open gets below. */
static void compare_digit(struct comparison *c, uint64_t digit)
{
    uint64_t one = (uint64_t)((int64_t)c->digits >> 63); /* all bits, or none */
    c->below |= c->open & one & ~digit;
    c->open &= ~(digit ^ one);
    c->digits <<= 1;
}

static bool is_open(const struct comparison *c)
{
    return c->open != 0 && c->digits != 0;
}

static uint64_t finish(struct comparison *c, const struct luck *luck, uint16_t purpose,
                       struct luck_place place, uint32_t next)
{
    for (; is_open(c); next++) {
        struct luck_pair digits = luck_bits_pair(luck, purpose, place.actor, place.index | next);
        compare_digit(c, digits.first);
        compare_digit(c, digits.second);
    }
    return c->below;
}

uint64_t chances(const struct luck *luck, uint16_t purpose, struct luck_place place,
                 double probability, uint64_t members)
{
    struct comparison c = begin(probability, members);
    return finish(&c, luck, purpose, place, 0);
}

/* The first digits at once. As long as those of the probability are 0, as many are of a rare event,
 * all members drop out that have a 1 anywhere. */
static void compare_first(struct comparison *c, const struct luck_pair *digits, uint32_t pairs)
{
    uint32_t zeros = c->digits == 0 ? 0 : (uint32_t)__builtin_clzll(c->digits), k = 0;
    uint64_t ones = 0;
    for (; 2 * k + 2 <= zeros && k < pairs; k++)
        ones |= digits[k].first | digits[k].second;
    c->open &= ~ones;
    c->digits <<= 2 * k;
    for (; k < pairs && is_open(c); k++) {
        compare_digit(c, digits[k].first);
        compare_digit(c, digits[k].second);
    }
}

void chances_together(const struct luck *luck, uint16_t purpose, const struct luck_place *place,
                      const double *probability, size_t n, uint64_t members, uint64_t *happens)
{
    enum { DRAWS = 4 }; /* eight digits decide all but a few members */
    struct luck_place draw[CHANCES_TOGETHER * DRAWS] = {{0, 0}};
    struct luck_pair digits[CHANCES_TOGETHER * DRAWS];
    CHECK(n <= CHANCES_TOGETHER);
    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < DRAWS; k++)
            draw[i * DRAWS + k] = (struct luck_place){place[i].actor, place[i].index | k};
    luck_bits_pairs(luck, purpose, draw, n * DRAWS, digits);
    for (size_t i = 0; i < n; i++) {
        struct comparison c = begin(probability[i], members);
        compare_first(&c, digits + i * DRAWS, DRAWS);
        happens[i] = finish(&c, luck, purpose, place[i], DRAWS);
    }
}
