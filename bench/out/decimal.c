#include "decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/check.h"

/* Values from 1e-4 up to 1e15, which %g writes without an exponent, are written here. A double is
 * m 2^e; times 10^k it is m 5^k 2^(e + k), and m 5^k < 2^100: integers of 128 bits are exact. */
enum { LEAST_DIGITS = 15, MOST_DIGITS = 17 };
static const double LEAST = 1e-4, MOST = 1e15;

typedef unsigned __int128 wide;

struct scaled {
    wide product;  /* m 5^k */
    uint64_t five; /* 5^k */
    int shift;     /* 2^-shift product is value 10^k */
};

static uint64_t power(uint64_t base, int exponent)
{
    uint64_t result = 1;
    while (exponent-- > 0)
        result *= base;
    return result;
}

/* Of the first digit of x: 0 for 1 <= x < 10. */
static int exponent_of(double x)
{
    static const double ten[] = {1e-3, 1e-2, 1e-1, 1e0, 1e1,  1e2,  1e3,  1e4,  1e5,
                                 1e6,  1e7,  1e8,  1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
    int i = 0;
    while (i < (int)COUNT_OF(ten) && x >= ten[i])
        i++;
    return i - 4;
}

/* The nearest integer, the even one of two. */
static uint64_t rounded(const struct scaled *s)
{
    if (s->shift <= 0)
        return (uint64_t)(s->product << -s->shift);
    wide half = (wide)1 << (s->shift - 1), rest = s->product & (2 * half - 1);
    uint64_t floor = (uint64_t)(s->product >> s->shift);
    return floor + (rest > half || (rest == half && floor % 2 == 1));
}

/* Whether n is nearer to the value than to half of the way to the next double. */
static bool reads_back(const struct scaled *s, uint64_t n)
{
    wide written = s->shift > 0 ? (wide)n << s->shift : (wide)n >> -s->shift;
    wide off = written > s->product ? written - s->product : s->product - written;
    return 2 * off < s->five;
}

/* n / 10^decimals without trailing zeros. */
static void write_fixed(bool negative, uint64_t n, int decimals, char *text)
{
    char digits[24];
    int count = 0;
    for (; decimals > 0 && n % 10 == 0; decimals--)
        n /= 10;
    for (; n > 0 || count <= decimals; n /= 10)
        digits[count++] = (char)('0' + n % 10);
    if (negative)
        *text++ = '-';
    while (count > 0) {
        if (count-- == decimals)
            *text++ = '.';
        *text++ = digits[count];
    }
    *text = '\0';
}

static bool write_plainly(double value, char text[DECIMAL_SIZE])
{
    double x = fabs(value);
    int e, exponent = exponent_of(x);
    uint64_t m = (uint64_t)ldexp(frexp(x, &e), 53);
    if (m == UINT64_C(1) << 52)
        return false; /* the next smaller double is nearer than the next larger one */
    uint64_t too_large = power(10, LEAST_DIGITS), five = power(5, LEAST_DIGITS - 1 - exponent);
    for (int n = LEAST_DIGITS; n <= MOST_DIGITS; n++, too_large *= 10, five *= 5) {
        int k = n - 1 - exponent;
        struct scaled s = {.product = (wide)m * five, .five = five, .shift = 53 - e - k};
        uint64_t integer = rounded(&s);
        if (integer >= too_large)
            return false; /* rounded up to a digit more */
        if (n == MOST_DIGITS || reads_back(&s, integer)) {
            write_fixed(value < 0.0, integer, k, text);
            return true;
        }
    }
    return false;
}

void decimal_text(double value, char text[DECIMAL_SIZE])
{
    CHECK(isfinite(value));
    if (fabs(value) >= LEAST && fabs(value) < MOST && write_plainly(value, text))
        return;
    for (int digits = LEAST_DIGITS; digits <= MOST_DIGITS; digits++) {
        snprintf(text, DECIMAL_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
}
