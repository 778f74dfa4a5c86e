#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/check.h"

#include "file.h"

bool text_is(enum param_type type)
{
    return type == TYPE_DATE || type == TYPE_DNS || type == TYPE_DNSES || type == TYPE_FOLDER ||
           type == TYPE_HEX;
}

static void *own(struct plan *plan, void *text)
{
    CHECK(text != NULL);
    plan->text = realloc(plan->text, (plan->texts + 1) * sizeof *plan->text);
    CHECK(plan->text != NULL);
    return plan->text[plan->texts++] = text;
}

static char *copy(const char *text)
{
    char *result = strdup(text);
    CHECK(result != NULL);
    return result;
}

/* Exactly `digits` of them. */
static bool number(int *value, const char **text, int digits)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        *value = 10 * *value + (**text - '0');
    }
    return true;
}

static bool skip(const char **text, char c)
{
    return *(*text)++ == c;
}

static bool time_of_day(struct tm *tm, const char **text)
{
    return skip(text, 'T') && number(&tm->tm_hour, text, 2) && skip(text, ':') &&
           number(&tm->tm_min, text, 2) && skip(text, ':') && number(&tm->tm_sec, text, 2) &&
           skip(text, 'Z');
}

/* timegm makes the 31st of February the 3rd of March: such a date is none. */
static bool is_real(const struct tm *tm, int64_t *seconds)
{
    struct tm again = *tm, back;
    time_t at = timegm(&again);
    *seconds = at;
    gmtime_r(&at, &back);
    return back.tm_year == tm->tm_year && back.tm_mon == tm->tm_mon &&
           back.tm_mday == tm->tm_mday && back.tm_hour == tm->tm_hour &&
           back.tm_min == tm->tm_min && back.tm_sec == tm->tm_sec;
}

bool text_date(int64_t *seconds, const char *text, struct error *why)
{
    struct tm tm = {0};
    const char *at = text;
    int year = 0, month = 0;
    bool good = number(&year, &at, 4) && skip(&at, '-') && number(&month, &at, 2) &&
                skip(&at, '-') && number(&tm.tm_mday, &at, 2) &&
                (*at == '\0' || (time_of_day(&tm, &at) && *at == '\0'));
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    if (!good || year < 1 || !is_real(&tm, seconds))
        return error_set(why, EXIT_INPUT,
                         "'%.80s' is not right: a date is due, such as 2007-04-25 or "
                         "2007-04-25T12:30:00Z (UTC)",
                         text);
    return true;
}

char *text_of_date(char text[TEXT_DATE_MAX], int64_t seconds)
{
    struct tm tm;
    time_t at = (time_t)seconds;
    CHECK(gmtime_r(&at, &tm) != NULL);
    snprintf(text, TEXT_DATE_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return text;
}

bool text_is_dns(const char *text)
{
    size_t length = strlen(text), label = 0;
    if (length == 0 || length > 253)
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        bool letter = isalnum((unsigned char)*at) || *at == '-' || *at == '_';
        bool star = *at == '*' && label == 0 && (at[1] == '.' || at[1] == '\0');
        if (*at == '.' ? label == 0 : !(letter || star))
            return false;
        label = *at == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0;
}

static bool refuse_dns(const char *text, struct error *why)
{
    return error_set(
        why, EXIT_INPUT,
        "'%.80s' is no DNS name: letters, digits, - and _ are due, in parts of at most "
        "63 joined by dots",
        text);
}

static bool parse_date(char **canonical, void *at, const char *text, struct error *why)
{
    int64_t seconds;
    char date[TEXT_DATE_MAX];
    if (!text_date(&seconds, text, why))
        return false;
    memcpy(at, &seconds, sizeof seconds);
    *canonical = copy(text_of_date(date, seconds));
    return true;
}

static void store_text(void *at, const void *text)
{
    memcpy(at, &text, sizeof text);
}

static bool parse_dnses(char **canonical, struct plan *plan, void *at, const char *text,
                        struct error *why)
{
    size_t length = strlen(text), n = 0, room = 0;
    const char **name = NULL;
    if (length < 2 || text[0] != '[' || text[length - 1] != ']')
        return error_set(why, EXIT_INPUT,
                         "'%.80s' is not right: a list of DNS names is due, such as "
                         "[hub1.contoso.com, hub1] or []",
                         text);
    char *names = own(plan, copy(text + 1)), *rest = NULL;
    names[length - 2] = '\0';
    *canonical = copy("[");
    for (char *one = strtok_r(names, ", \t", &rest); one != NULL;
         one = strtok_r(NULL, ", \t", &rest)) {
        if (!text_is_dns(one)) {
            free(name);
            free(*canonical);
            *canonical = NULL;
            return refuse_dns(one, why);
        }
        if (n == room) {
            room = room == 0 ? 4 : 2 * room;
            name = realloc(name, room * sizeof *name);
            CHECK(name != NULL);
        }
        name[n++] = one;
        char *longer;
        CHECK(asprintf(&longer, "%s%s%s", *canonical, n > 1 ? ", " : "", one) >= 0);
        free(*canonical);
        *canonical = longer;
    }
    char *whole;
    CHECK(asprintf(&whole, "%s]", *canonical) >= 0);
    free(*canonical);
    *canonical = whole;
    struct tls_names *list = own(plan, malloc(sizeof *list));
    *list = (struct tls_names){.count = (uint32_t)n, .name = n == 0 ? NULL : own(plan, name)};
    store_text(at, list);
    return true;
}

static bool parse_hex(char **canonical, struct plan *plan, void *at, const char *text,
                      struct error *why)
{
    size_t length = strlen(text);
    if (length != 2 * TLS_THUMBPRINT_BYTES || strspn(text, "0123456789abcdefABCDEF") != length)
        return error_set(why, EXIT_INPUT,
                         "'%.80s' is no thumbprint: 40 hex digits are due, or none", text);
    uint8_t *bytes = own(plan, malloc(TLS_THUMBPRINT_BYTES));
    for (size_t i = 0; i < TLS_THUMBPRINT_BYTES; i++) {
        const char two[] = {text[2 * i], text[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    store_text(at, bytes);
    *canonical = copy(text);
    for (char *c = *canonical; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return true;
}

bool text_parse(char **canonical, struct plan *plan, const struct param_def *def, void *at,
                const char *text, const char *folder, struct error *why)
{
    if (def->type == TYPE_DATE)
        return parse_date(canonical, at, text, why);
    if (def->type == TYPE_DNSES)
        return parse_dnses(canonical, plan, at, text, why);
    if (strcmp(text, "none") == 0) {
        store_text(at, NULL);
        *canonical = copy(text);
        return true;
    }
    if (def->type == TYPE_HEX)
        return parse_hex(canonical, plan, at, text, why);
    if (def->type == TYPE_DNS && !text_is_dns(text))
        return refuse_dns(text, why);
    char *kept = def->type == TYPE_FOLDER ? file_path(folder, text) : copy(text);
    store_text(at, own(plan, kept));
    *canonical = copy(kept);
    return true;
}
