#include "testsite.h"

#include "engine/luck.h"

#include "quantity.h"

static void times_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
        const char *canonical;
    } cases[] = {
        {"0s", 0, "0s"},
        {"1.2s", 1200000000, "1.2s"},
        {"0.3s", 300000000, "300ms"},
        {"1.1us", 1100, "1.1us"},
        {"3ms", 3000000, "3ms"},
        {"10ns", 10, "10ns"},
        {"1.0ns", 1, "1ns"},
        {"5min", 300000000000, "300s"},
        {"1h", 3600000000000, "3600s"},
        {"0.0001h", 360000000, "360ms"},
        {"1.000000001s", 1000000001, "1.000000001s"},
        {"0000000000000000000000000000001s", 1000000000, "1s"},
        {"9223372036.854775807s", INT64_MAX, "9223372036.854775807s"},
        {"9223372036854775807ns", INT64_MAX, "9223372036.854775807s"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quantity quantity;
        struct error error;
        char text[QUANTITY_TEXT_MAX];
        if (!quantity_parse(&quantity, TYPE_TIME, cases[i].text, &error))
            fail_msg("%s", error.text);
        if (quantity.whole != cases[i].ns)
            fail_msg("%s is %lld", cases[i].text, (long long)quantity.whole);
        assert_string_equal(quantity_text(text, TYPE_TIME, quantity), cases[i].canonical);
    }
}

static void others_are_the_nearest_double(void **state)
{
    (void)state;
    static const struct {
        enum param_type type;
        const char *text;
        double value;
        const char *canonical;
    } cases[] = {
        {TYPE_SHARE, "2%", 0.02, "2%"},
        {TYPE_SHARE, "0.1%", 0.001, "0.1%"},
        {TYPE_SHARE, "100%", 1.0, "100%"},
        {TYPE_SHARE, "0%", 0.0, "0%"},
        {TYPE_SHARE, "1e-20%", 1e-22, "1e-20%"},
        {TYPE_RATE, "5/s", 5.0, "5/s"},
        {TYPE_RATE, "0.3/min", 0.005, "0.005/s"},
        {TYPE_RATE, "12/h", 12.0 / 3600.0, "0.0033333333333333335/s"},
        {TYPE_NUMBER, "1.80", 1.8, "1.8"},
        {TYPE_NUMBER, "-12.5", -12.5, "-12.5"},
        {TYPE_NUMBER, "1e30", 1e30, "1e30"},
        {TYPE_NUMBER, "120", 120.0, "120"},
        {TYPE_COUNT, "6", 6.0, "6"},
        {TYPE_BITRATE, "10mbit", 1e7, "10mbit"},
        {TYPE_BITRATE, "0.1kbit", 100.0, "100bit"},
        {TYPE_BITRATE, "1e3kbit", 1e6, "1mbit"},
        {TYPE_BITRATE, "1000000bit", 1e6, "1mbit"},
        {TYPE_BITRATE, "2.5gbit", 2.5e9, "2.5gbit"},
        {TYPE_BITRATE, "0bit", 0.0, "0bit"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quantity quantity;
        struct error error;
        char text[QUANTITY_TEXT_MAX];
        if (!quantity_parse(&quantity, cases[i].type, cases[i].text, &error))
            fail_msg("%s", error.text);
        assert_near(quantity.real, cases[i].value, 0.0);
        assert_string_equal(quantity_text(text, cases[i].type, quantity), cases[i].canonical);
    }
}

/* Whatever the value, its text reads back as the same bits. */
static void texts_read_back(void **state)
{
    (void)state;
    static const enum param_type types[] = {TYPE_TIME,   TYPE_SHARE, TYPE_RATE,
                                            TYPE_NUMBER, TYPE_COUNT, TYPE_BITRATE};
    struct luck luck = {.seed = 5};
    for (uint32_t i = 0; i < 20000; i++) {
        enum param_type type = types[i % COUNT_OF(types)];
        uint64_t bits = luck_bits(&luck, 1, 0, i);
        struct quantity want = {.whole = (int64_t)(bits >> 1 >> i % 63)}, got;
        bool whole = type == TYPE_TIME || type == TYPE_COUNT;
        want.real =
            whole ? (double)want.whole : luck_unit(bits) * pow(10.0, (double)(i / 5 % 30) - 20.0);
        char text[QUANTITY_TEXT_MAX];
        struct error error;
        if (!quantity_parse(&got, type, quantity_text(text, type, want), &error))
            fail_msg("seed 5, %u: %s", i, error.text);
        if (memcmp(&got.real, &want.real, sizeof got.real) != 0 ||
            (whole && got.whole != want.whole))
            fail_msg("seed 5, %u: %s is not %.17g", i, text, want.real);
    }
}

#define TIME_DUE    "a time with its unit is due, such as 300s, 1.2s, 3ms, 250us, 10ns, 5min or 1h"
#define SHARE_DUE   "a share is due, such as 2%"
#define RATE_DUE    "a rate is due, such as 5/s, 0.3/min or 12/h"
#define BITRATE_DUE "a bit rate is due, such as 10mbit, 512kbit, 1gbit or 9600bit"
#define COUNT_DUE   "a whole number is due, such as 6"
#define NUMBER_DUE  "a number without unit is due, such as 1.8"

static void wrong_ones_are_refused(void **state)
{
    (void)state;
    static const struct {
        enum param_type type;
        const char *text, *message;
    } cases[] = {
        {TYPE_TIME, "5", "'5' has no unit: " TIME_DUE},
        {TYPE_TIME, "0", "'0' has no unit: " TIME_DUE},
        {TYPE_TIME, "5m", "'5m' has the wrong unit 'm': " TIME_DUE},
        {TYPE_TIME, "5 s", "'5 s' has the wrong unit ' s': " TIME_DUE},
        {TYPE_TIME, "5%", "'5%' has the wrong unit '%': " TIME_DUE},
        {TYPE_TIME, "", "'' is not right: " TIME_DUE},
        {TYPE_TIME, "-1s", "'-1s' is not right: " TIME_DUE},
        {TYPE_TIME, "1e3s", "'1e3s' is not right: " TIME_DUE},
        {TYPE_TIME, ".5s", "'.5s' is not right: " TIME_DUE},
        {TYPE_TIME, "5.s", "'5.s' is not right: " TIME_DUE},
        {TYPE_TIME, "0x5s", "'0x5s' has the wrong unit 'x5s': " TIME_DUE},
        {TYPE_TIME, "nans", "'nans' is not right: " TIME_DUE},
        {TYPE_TIME, "1.5ns", "'1.5ns' is finer than 1ns, the unit of all times"},
        {TYPE_TIME, "0.00000000000000000000001h",
         "'0.00000000000000000000001h' is finer than 1ns, the unit of all times"},
        {TYPE_TIME, "9223372036854775808ns",
         "'9223372036854775808ns' is too long a number: times are whole ns below 2^63 (292 years)"},
        {TYPE_TIME, "99999999999999999999999999999999999999999999s",
         "'99999999999999999999999999999999999999999999s' is too long a number: times are whole ns "
         "below 2^63 (292 years)"},
        {TYPE_SHARE, "0.02", "'0.02' is not right: " SHARE_DUE},
        {TYPE_SHARE, "2 %", "'2 %' is not right: " SHARE_DUE},
        {TYPE_SHARE, "2%%", "'2%%' is not right: " SHARE_DUE},
        {TYPE_RATE, "5", "'5' is not right: " RATE_DUE},
        {TYPE_RATE, "5/d", "'5/d' is not right: " RATE_DUE},
        {TYPE_RATE, "1e999/s", "'1e999/s' is not right: " RATE_DUE},
        {TYPE_BITRATE, "10", "'10' is not right: " BITRATE_DUE},
        {TYPE_BITRATE, "10Mbit", "'10Mbit' is not right: " BITRATE_DUE},
        {TYPE_BITRATE, "10mbps", "'10mbps' is not right: " BITRATE_DUE},
        {TYPE_BITRATE, "10mbit/s", "'10mbit/s' is not right: " BITRATE_DUE},
        {TYPE_BITRATE, "mbit", "'mbit' is not right: " BITRATE_DUE},
        {TYPE_BITRATE, "1e999mbit", "'1e999mbit' is not right: " BITRATE_DUE},
        {TYPE_COUNT, "6.5", "'6.5' is not right: " COUNT_DUE},
        {TYPE_COUNT, "-6", "'-6' is not right: " COUNT_DUE},
        {TYPE_COUNT, "6s", "'6s' is not right: " COUNT_DUE},
        {TYPE_COUNT, "9223372036854775808", "'9223372036854775808' is not right: " COUNT_DUE},
        {TYPE_NUMBER, "2s", "'2s' is not right: " NUMBER_DUE},
        {TYPE_NUMBER, "inf", "'inf' is not right: " NUMBER_DUE},
        {TYPE_NUMBER, "1e999", "'1e999' is not right: " NUMBER_DUE},
        {TYPE_NUMBER, "1e", "'1e' is not right: " NUMBER_DUE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quantity quantity;
        struct error error;
        if (quantity_parse(&quantity, cases[i].type, cases[i].text, &error))
            fail_msg("'%s' was taken", cases[i].text);
        assert_string_equal(error.text, cases[i].message);
        assert_int_equal(error.status, EXIT_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_exact),
        cmocka_unit_test(others_are_the_nearest_double),
        cmocka_unit_test(texts_read_back),
        cmocka_unit_test(wrong_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
