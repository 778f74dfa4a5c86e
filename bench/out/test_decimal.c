/* Decimal texts against what printf and strtod say, digit by digit. */
#include "../../model/testkit.h"

#include <stdio.h>

#include "engine/luck.h"

#include "decimal.h"

static void plain(double value, char text[DECIMAL_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, DECIMAL_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
}

static void try_value(double value)
{
    char got[DECIMAL_SIZE], want[DECIMAL_SIZE];
    if (!isfinite(value))
        return;
    decimal_text(value, got);
    plain(value, want);
    if (strcmp(got, want) != 0)
        fail_msg("%a: %s, want %s", value, got, want);
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* All kinds: any bits, fractions, all sizes, few digits, doubles beside powers of ten and of two.
 */
static void texts_are_those_of_printf(void **state)
{
    (void)state;
    struct luck luck = {.seed = 17};
    for (uint32_t i = 0; i < TESTKIT_TRIALS(100000); i++) {
        struct luck_pair bits = luck_bits_pair(&luck, 0, 0, i);
        double u = luck_unit(bits.first), size = pow(10.0, (double)(bits.second % 22) - 5.0);
        try_value(from_bits(bits.first));
        try_value(u);
        try_value(-u * size);
        try_value(floor(u * 1e6) / size);
        try_value(floor(u * 1e15) / size);
        try_value(
            from_bits((uint64_t)((int64_t)(bits.first % 9) - 4) + (bits.second % 2046 << 52)));
    }
    for (int exponent = -330; exponent < 308; exponent++)
        for (int step = -3; step <= 3; step++) {
            double value = pow(10.0, exponent);
            uint64_t bits;
            memcpy(&bits, &value, sizeof bits);
            if (bits > 4)
                try_value(from_bits(bits + (uint64_t)(int64_t)step));
        }
    static const double some[] = {
        0.0,  -0.0,   0.5, 0.1,      1.0 / 3.0, 2.0 / 3.0, 999999999999999.0, 999999999999999.9,
        1e15, 0.0001, 0.3, 123456.5, 0.00012345};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        try_value(some[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
