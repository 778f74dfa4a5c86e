#include "range.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../scenario/quantity.h"

enum { DIGITS_MOST = 15 }; /* sums of such numbers stay far inside 64 bits */

void texts_add(struct texts *texts, const char *text, size_t length)
{
    while (length > 0 && text[0] == ' ')
        text++, length--;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    texts->text = realloc(texts->text, (texts->n + 1) * sizeof *texts->text);
    CHECK(texts->text != NULL);
    texts->text[texts->n] = strndup(text, length);
    CHECK(texts->text[texts->n] != NULL);
    texts->n++;
}

void texts_fini(struct texts *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        free(texts->text[i]);
    free(texts->text);
    *texts = (struct texts){0};
}

void texts_split(struct texts *parts, const char *text, const char *cuts, bool empty)
{
    int depth = 0;
    const char *from = text;
    for (;; text++) {
        depth += (*text == '(' || *text == '[') - (*text == ')' || *text == ']');
        if (*text != '\0' && (depth > 0 || strchr(cuts, *text) == NULL))
            continue;
        if (empty || text > from)
            texts_add(parts, from, (size_t)(text - from));
        if (*text == '\0')
            return;
        from = text + 1;
    }
}

/* The type as which a value of this type can be counted up. */
static bool quantity_type(enum param_type *type)
{
    if (*type == TYPE_LAW) /* a constant one */
        *type = TYPE_TIME;
    return *type == TYPE_TIME || *type == TYPE_SHARE || *type == TYPE_RATE ||
           *type == TYPE_NUMBER || *type == TYPE_COUNT || *type == TYPE_BITRATE;
}

bool range_number(double *number, enum param_type type, const char *text)
{
    struct quantity quantity;
    struct error why;
    if (!quantity_type(&type) || !quantity_parse(&quantity, type, text, &why))
        return false;
    *number = quantity.real;
    return true;
}

/* A number as written: `digits` of which `places` follow the point, then its unit. */
struct decimal {
    int64_t digits;
    int places;
    const char *unit;
};

static bool read_decimal(struct decimal *decimal, const char *text)
{
    *decimal = (struct decimal){0};
    int used = 0;
    bool point = false;
    for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        decimal->digits = decimal->digits * 10 + (*text - '0');
        decimal->places += point;
        if (++used > DIGITS_MOST)
            return false;
    }
    decimal->unit = text;
    return used > 0 && *text != 'e' && *text != 'E';
}

/* False when that takes more digits than fit. */
static bool rescale(struct decimal *decimal, int places)
{
    for (; decimal->places < places; decimal->places++)
        if (decimal->digits > INT64_MAX / 1000 ||
            __builtin_mul_overflow(decimal->digits, 10, &decimal->digits))
            return false;
    return true;
}

static void add_decimal(struct texts *values, int64_t digits, int places, const char *unit)
{
    char text[64];
    for (; places > 0 && digits % 10 == 0; places--)
        digits /= 10;
    int64_t scale = 1;
    for (int i = 0; i < places; i++)
        scale *= 10;
    int used = snprintf(text, sizeof text, "%lld", (long long)(digits / scale));
    if (places > 0)
        used += snprintf(text + used, sizeof text - (size_t)used, ".%0*lld", places,
                         (long long)(digits % scale));
    snprintf(text + used, sizeof text - (size_t)used, "%s", unit);
    texts_add(values, text, strlen(text));
}

/* Low, high and step of a range, in the same unit and with as many places. */
struct range {
    int64_t low, high, step;
    int places;
    const char *unit; /* NULL: times, in ns */
};

static bool check_range(const struct range *range, const char *item, struct error *why)
{
    if (range->step <= 0)
        return error_set(why, EXIT_INPUT, "'%.80s': the step must be above 0", item);
    if (range->high < range->low)
        return error_set(why, EXIT_INPUT, "'%.80s': the upper end is below the lower one", item);
    if ((range->high - range->low) / range->step >= RANGE_VALUES_MAX)
        return error_set(why, EXIT_INPUT, "'%.80s' has more than %d values", item,
                         RANGE_VALUES_MAX);
    return true;
}

static bool read_times(struct range *range, char *const part[3], struct error *why)
{
    int64_t *end[] = {&range->low, &range->high, &range->step};
    for (int i = 0; i < 3; i++) {
        struct quantity quantity;
        if (!quantity_parse(&quantity, TYPE_TIME, part[i], why))
            return false;
        *end[i] = quantity.whole;
    }
    return true;
}

static bool read_decimals(struct range *range, enum param_type type, char *const part[3],
                          const char *item, struct error *why)
{
    struct decimal end[3];
    int places = 0;
    for (int i = 0; i < 3; i++) {
        struct quantity quantity;
        if (!quantity_parse(&quantity, type, part[i], why))
            return false;
        if (!read_decimal(&end[i], part[i]))
            return error_set(why, EXIT_INPUT,
                             "'%.80s': the ends and the step of a range are plain numbers of at "
                             "most %d digits",
                             item, DIGITS_MOST);
        if (strcmp(end[i].unit, end[0].unit) != 0)
            return error_set(why, EXIT_INPUT,
                             "'%.80s': the ends and the step of a range have the same unit", item);
        places = end[i].places > places ? end[i].places : places;
    }
    for (int i = 0; i < 3; i++)
        if (!rescale(&end[i], places))
            return error_set(why, EXIT_INPUT, "'%.80s': too many digits", item);
    *range = (struct range){end[0].digits, end[1].digits, end[2].digits, places, end[0].unit};
    return true;
}

/* LOW..HIGH:STEP or LOW..HIGH step STEP, taken apart; false when the item is none of them. */
static bool cut_range(struct texts *parts, const char *item)
{
    const char *dots = strstr(item, "..");
    const char *step = dots == NULL ? NULL : strchr(dots, ':');
    size_t length = 1;
    if (dots != NULL && step == NULL) {
        step = strstr(dots, " step ");
        length = strlen(" step ");
    }
    if (step == NULL)
        return false;
    texts_add(parts, item, (size_t)(dots - item));
    texts_add(parts, dots + 2, (size_t)(step - dots - 2));
    texts_add(parts, step + length, strlen(step + length));
    return true;
}

static bool add_range(struct texts *values, enum param_type type, char *const part[3],
                      const char *item, struct error *why)
{
    struct range range = {0};
    if (!(type == TYPE_TIME ? read_times(&range, part, why)
                            : read_decimals(&range, type, part, item, why)) ||
        !check_range(&range, item, why))
        return false;
    for (int64_t i = 0; i <= (range.high - range.low) / range.step; i++) {
        int64_t at = range.low + i * range.step;
        char text[QUANTITY_TEXT_MAX];
        if (range.unit != NULL) {
            add_decimal(values, at, range.places, range.unit);
            continue;
        }
        quantity_text(text, TYPE_TIME, (struct quantity){.whole = at});
        texts_add(values, text, strlen(text));
    }
    return true;
}

bool range_expand(struct texts *values, enum param_type type, const char *item, struct error *why)
{
    struct texts part = {0};
    bool good = true;
    if (!quantity_type(&type) || strchr(item, '(') != NULL || strstr(item, "..") == NULL)
        texts_add(values, item, strlen(item));
    else if (!cut_range(&part, item))
        good = error_set(why, EXIT_INPUT,
                         "'%.80s' has no step: LOW..HIGH:STEP is due, such as 30s..300s:30s", item);
    else
        good = add_range(values, type, part.text, item, why);
    texts_fini(&part);
    return good;
}
