#include "quantity.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

/* A decimal as written: digits, of which some follow the point; then a unit. */
struct decimal {
    __int128 digits;
    int places; /* digits after the point */
    bool huge;  /* more digits than fit */
    bool exponent;
    long tens;        /* value of the exponent */
    const char *unit; /* what follows the number */
};

/* Digits up to 10^25 times ns of an hour fit 128 bits. */
#define DIGITS_MOST ((__int128)10000000000000 * 1000000000000)

static const struct {
    const char *name;
    int64_t ns;
} time_units[] = {
    {"ns", 1},         {"us", 1000},         {"ms", 1000000},
    {"s", 1000000000}, {"min", 60000000000}, {"h", 3600000000000},
};

static const struct {
    const char *name;
    double seconds;
} rate_units[] = {{"/s", 1.0}, {"/min", 60.0}, {"/h", 3600.0}};

static const struct {
    const char *name;
    int tens;
} bit_units[] = {{"bit", 0}, {"kbit", 3}, {"mbit", 6}, {"gbit", 9}};

static const char *what_is_due(enum param_type type)
{
    switch (type) {
    case TYPE_TIME:
        return "a time with its unit is due, such as 300s, 1.2s, 3ms, 250us, 10ns, 5min or 1h";
    case TYPE_SHARE:
        return "a share is due, such as 2%";
    case TYPE_RATE:
        return "a rate is due, such as 5/s, 0.3/min or 12/h";
    case TYPE_BITRATE:
        return "a bit rate is due, such as 10mbit, 512kbit, 1gbit or 9600bit";
    case TYPE_COUNT:
        return "a whole number is due, such as 6";
    default:
        return "a number without unit is due, such as 1.8";
    }
}

static bool wrong(struct error *why, enum param_type type, const char *text)
{
    return error_set(why, EXIT_INPUT, "'%.80s' is not right: %s", text, what_is_due(type));
}

static const char *scan_digits(struct decimal *decimal, const char *at, int places)
{
    for (; isdigit((unsigned char)*at); at++) {
        decimal->digits = decimal->digits * 10 + (*at - '0');
        decimal->places += places;
        if (decimal->digits >= DIGITS_MOST) {
            decimal->huge = true;
            decimal->digits = 0;
        }
    }
    return at;
}

/* Trailing zeros after the point say nothing and must not count as precision. */
static void drop_zeros(struct decimal *decimal)
{
    for (; decimal->places > 0 && decimal->digits % 10 == 0; decimal->places--)
        decimal->digits /= 10;
}

static const char *skip_exponent(struct decimal *decimal, const char *at)
{
    if (*at != 'e' && *at != 'E')
        return at;
    const char *digit = at + 1;
    if (*digit == '+' || *digit == '-')
        digit++;
    if (!isdigit((unsigned char)*digit))
        return at;
    while (isdigit((unsigned char)*digit))
        digit++;
    decimal->exponent = true;
    decimal->tens = strtol(at + 1, NULL, 10);
    return digit;
}

/* [-] digits [. digits] [e digits], then the unit. */
static bool scan(struct decimal *decimal, const char *text)
{
    *decimal = (struct decimal){0};
    const char *at = text + (*text == '-');
    if (!isdigit((unsigned char)*at))
        return false;
    at = scan_digits(decimal, at, 0);
    if (*at == '.') {
        if (!isdigit((unsigned char)at[1]))
            return false;
        at = scan_digits(decimal, at + 1, 1);
    }
    drop_zeros(decimal);
    decimal->unit = skip_exponent(decimal, at);
    return true;
}

static int64_t unit_ns(const char *unit)
{
    for (size_t i = 0; i < COUNT_OF(time_units); i++)
        if (strcmp(unit, time_units[i].name) == 0)
            return time_units[i].ns;
    return 0;
}

static bool parse_time(struct quantity *quantity, const char *text, struct error *why)
{
    struct decimal decimal;
    if (!scan(&decimal, text) || decimal.exponent || text[0] == '-')
        return wrong(why, TYPE_TIME, text);
    int64_t unit = unit_ns(decimal.unit);
    if (*decimal.unit == '\0')
        return error_set(why, EXIT_INPUT, "'%.80s' has no unit: %s", text, what_is_due(TYPE_TIME));
    if (unit == 0)
        return error_set(why, EXIT_INPUT, "'%.80s' has the wrong unit '%.20s': %s", text,
                         decimal.unit, what_is_due(TYPE_TIME));
    __int128 ns = decimal.digits * unit;
    for (int i = 0; i < decimal.places && !decimal.huge; i++) {
        if (ns % 10 != 0)
            return error_set(why, EXIT_INPUT, "'%.80s' is finer than 1ns, the unit of all times",
                             text);
        ns /= 10;
    }
    if (decimal.huge || ns > INT64_MAX)
        return error_set(why, EXIT_INPUT,
                         "'%.80s' is too long a number: times are whole ns below 2^63 (292 years)",
                         text);
    quantity->whole = (int64_t)ns;
    quantity->real = (double)ns;
    return true;
}

static bool parse_count(struct quantity *quantity, const char *text, struct error *why)
{
    struct decimal decimal;
    if (!scan(&decimal, text) || text[strspn(text, "0123456789")] != '\0' || decimal.huge ||
        decimal.digits > INT64_MAX)
        return wrong(why, TYPE_COUNT, text);
    quantity->whole = (int64_t)decimal.digits;
    quantity->real = (double)quantity->whole;
    return true;
}

static bool finite_or_wrong(struct quantity *quantity, enum param_type type, const char *text,
                            struct error *why)
{
    return isfinite(quantity->real) || wrong(why, type, text);
}

static bool parse_number(struct quantity *quantity, const char *text, struct error *why)
{
    struct decimal decimal;
    if (!scan(&decimal, text) || *decimal.unit != '\0')
        return wrong(why, TYPE_NUMBER, text);
    quantity->real = strtod(text, NULL);
    return finite_or_wrong(quantity, TYPE_NUMBER, text, why);
}

/* The number of a scanned text times a power of ten, by its decimal exponent: 0.1% is the double
 * nearest to 0.001. False when it is too long to be meant. */
static bool read_shifted(struct quantity *quantity, const struct decimal *decimal, const char *text,
                         int tens)
{
    char shifted[QUANTITY_TEXT_MAX];
    if (strlen(text) > 36 || labs(decimal->tens) > 300)
        return false;
    int digits = (int)strspn(text, "-.0123456789");
    snprintf(shifted, sizeof shifted, "%.*se%ld", digits, text, decimal->tens + tens);
    quantity->real = strtod(shifted, NULL);
    return true;
}

static bool parse_share(struct quantity *quantity, const char *text, struct error *why)
{
    struct decimal decimal;
    if (!scan(&decimal, text) || strcmp(decimal.unit, "%") != 0 ||
        !read_shifted(quantity, &decimal, text, -2))
        return wrong(why, TYPE_SHARE, text);
    return finite_or_wrong(quantity, TYPE_SHARE, text, why);
}

static bool parse_bitrate(struct quantity *quantity, const char *text, struct error *why)
{
    struct decimal decimal;
    if (!scan(&decimal, text))
        return wrong(why, TYPE_BITRATE, text);
    for (size_t i = 0; i < COUNT_OF(bit_units); i++)
        if (strcmp(decimal.unit, bit_units[i].name) == 0)
            return (read_shifted(quantity, &decimal, text, bit_units[i].tens) ||
                    wrong(why, TYPE_BITRATE, text)) &&
                   finite_or_wrong(quantity, TYPE_BITRATE, text, why);
    return wrong(why, TYPE_BITRATE, text);
}

static bool parse_rate(struct quantity *quantity, const char *text, struct error *why)
{
    struct decimal decimal;
    if (!scan(&decimal, text))
        return wrong(why, TYPE_RATE, text);
    for (size_t i = 0; i < COUNT_OF(rate_units); i++) {
        if (strcmp(decimal.unit, rate_units[i].name) == 0) {
            quantity->real = strtod(text, NULL) / rate_units[i].seconds;
            return finite_or_wrong(quantity, TYPE_RATE, text, why);
        }
    }
    return wrong(why, TYPE_RATE, text);
}

bool quantity_parse(struct quantity *quantity, enum param_type type, const char *text,
                    struct error *why)
{
    *quantity = (struct quantity){0};
    switch (type) {
    case TYPE_TIME:
        return parse_time(quantity, text, why);
    case TYPE_SHARE:
        return parse_share(quantity, text, why);
    case TYPE_RATE:
        return parse_rate(quantity, text, why);
    case TYPE_BITRATE:
        return parse_bitrate(quantity, text, why);
    case TYPE_COUNT:
        return parse_count(quantity, text, why);
    default:
        CHECK(type == TYPE_NUMBER);
        return parse_number(quantity, text, why);
    }
}

/* In the largest unit up to seconds that leaves a whole part, without trailing zeros. */
static void time_text(char text[QUANTITY_TEXT_MAX], int64_t ns)
{
    size_t i = 3;
    while (i > 0 && ns != 0 && ns < time_units[i].ns)
        i--;
    int64_t unit = time_units[i].ns;
    int used = snprintf(text, QUANTITY_TEXT_MAX, "%lld", (long long)(ns / unit));
    int64_t rest = ns % unit;
    if (rest != 0)
        text[used++] = '.';
    for (; rest != 0; rest %= unit) {
        unit /= 10;
        text[used++] = (char)('0' + rest / unit);
    }
    snprintf(text + used, (size_t)(QUANTITY_TEXT_MAX - used), "%s", time_units[i].name);
}

/* The shortest digits that read back as x, as d.ddde+xx. */
static void shortest(char text[QUANTITY_TEXT_MAX], double x)
{
    for (int precision = 0; precision <= 16; precision++) {
        snprintf(text, QUANTITY_TEXT_MAX, "%.*e", precision, x);
        if (strtod(text, NULL) == x)
            return;
    }
}

/* x * 10^shift in plain digits where that is short, always reading back exactly. */
static void number_text(char text[QUANTITY_TEXT_MAX], double x, int shift, const char *unit)
{
    char raw[QUANTITY_TEXT_MAX], digit[QUANTITY_TEXT_MAX];
    shortest(raw, fabs(x));
    int exponent = (int)strtol(strchr(raw, 'e') + 1, NULL, 10) + (x == 0.0 ? 0 : shift);
    int digits = 0;
    for (const char *at = raw; *at != 'e'; at++)
        if (*at != '.')
            digit[digits++] = *at;
    const char *sign = x < 0.0 ? "-" : "";
    int whole = exponent + 1;
    if (whole <= 0 && whole > -15)
        snprintf(text, QUANTITY_TEXT_MAX, "%s0.%.*s%.*s%s", sign, -whole, "000000000000000", digits,
                 digit, unit);
    else if (whole > 0 && whole >= digits && whole < 16)
        snprintf(text, QUANTITY_TEXT_MAX, "%s%.*s%.*s%s", sign, digits, digit, whole - digits,
                 "0000000000000000", unit);
    else if (whole > 0 && whole < digits)
        snprintf(text, QUANTITY_TEXT_MAX, "%s%.*s.%.*s%s", sign, whole, digit, digits - whole,
                 digit + whole, unit);
    else
        snprintf(text, QUANTITY_TEXT_MAX, "%s%.*se%d%s", sign, digits, digit, exponent - digits + 1,
                 unit);
}

/* In the largest unit that leaves a whole part. */
static void bitrate_text(char text[QUANTITY_TEXT_MAX], double bps)
{
    static const double most[] = {1e3, 1e6, 1e9};
    size_t i = 0;
    while (i < COUNT_OF(most) && fabs(bps) >= most[i])
        i++;
    number_text(text, bps, -bit_units[i].tens, bit_units[i].name);
}

char *quantity_text(char text[QUANTITY_TEXT_MAX], enum param_type type, struct quantity quantity)
{
    switch (type) {
    case TYPE_TIME:
        time_text(text, quantity.whole);
        break;
    case TYPE_COUNT:
        snprintf(text, QUANTITY_TEXT_MAX, "%lld", (long long)quantity.whole);
        break;
    case TYPE_SHARE:
        number_text(text, quantity.real, 2, "%");
        break;
    case TYPE_RATE:
        number_text(text, quantity.real, 0, "/s");
        break;
    case TYPE_BITRATE:
        bitrate_text(text, quantity.real);
        break;
    default:
        CHECK(type == TYPE_NUMBER);
        number_text(text, quantity.real, 0, "");
    }
    return text;
}
