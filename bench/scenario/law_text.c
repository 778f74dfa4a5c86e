#include "law_text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "file.h"
#include "quantity.h"
#include "table.h"

enum { ARGUMENTS = 2, ARGUMENT_MAX = 256 };

/* What an argument is: of the key's type, a plain number, or (empirical) words. */
enum role { NOTHING, VALUE, POSITIVE, SHAPE, WORD };

static const struct shape {
    const char *name[ARGUMENTS];
    enum role role[ARGUMENTS];
    const char *range; /* of the shape, as law_table_new takes it */
} shapes[LAW_FAMILY_COUNT] = {
    [LAW_constant] = {{"value"}, {VALUE}, NULL},
    [LAW_uniform] = {{"low", "high"}, {VALUE, VALUE}, NULL},
    [LAW_exponential] = {{"mean"}, {POSITIVE}, NULL},
    [LAW_normal] = {{"mean", "sd"}, {VALUE, POSITIVE}, NULL},
    [LAW_lognormal] = {{"median", "sigma"}, {POSITIVE, SHAPE}, "above 0, at most 10"},
    [LAW_gamma] = {{"shape", "scale"}, {SHAPE, POSITIVE}, "0.01 to 1000"},
    [LAW_weibull] = {{"shape", "scale"}, {SHAPE, POSITIVE}, "0.1 to 100"},
    [LAW_pareto] = {{"shape", "minimum"}, {SHAPE, POSITIVE}, "0.1 to 100"},
    [LAW_loguniform] = {{"low", "high"}, {POSITIVE, POSITIVE}, NULL},
    [LAW_empirical] = {{"file", "unit"}, {WORD, WORD}, NULL},
};

/* A law's text taken apart. */
struct call {
    enum law_family family;
    enum param_type type;
    char text[ARGUMENTS][ARGUMENT_MAX];
    bool given[ARGUMENTS];
    struct quantity value[ARGUMENTS];
};

static char *form_of(enum law_family family, char form[64])
{
    const struct shape *shape = &shapes[family];
    snprintf(form, 64, "%s(%s%s%s)", law_family_name(family), shape->name[0],
             shape->name[1] ? ", " : "", shape->name[1] ? shape->name[1] : "");
    return form;
}

static bool find_family(enum law_family *family, const char *name, size_t length, struct error *why)
{
    for (int i = 0; i < LAW_FAMILY_COUNT; i++) {
        const char *known = law_family_name((enum law_family)i);
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            *family = (enum law_family)i;
            return true;
        }
    }
    return error_set(why, EXIT_INPUT,
                     "'%.*s' is no law: constant, uniform, exponential, normal, lognormal, gamma, "
                     "weibull, pareto, loguniform or empirical is due",
                     (int)(length < 40 ? length : 40), name);
}

/* Copies a piece of text without the white space (and the quotes) around it. */
static bool copy_trimmed(char out[ARGUMENT_MAX], const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    if (to - from >= 2 && *from == '"' && to[-1] == '"')
        from++, to--;
    size_t length = (size_t)(to - from);
    if (length == 0 || length >= ARGUMENT_MAX)
        return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static const char *end_of_argument(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end && (quoted || *at != ','); at++)
        quoted ^= *at == '"';
    return at;
}

/* The slot that "name=..." names, or the next in order; -1 when there is none. */
static int find_slot(const struct call *call, const char **from, const char *to, int order)
{
    const char *equals = memchr(*from, '=', (size_t)(to - *from));
    if (equals == NULL || memchr(*from, '"', (size_t)(equals - *from)) != NULL)
        return order < ARGUMENTS && shapes[call->family].name[order] != NULL ? order : -1;
    char name[ARGUMENT_MAX];
    if (!copy_trimmed(name, *from, equals))
        return -1;
    *from = equals + 1;
    for (int i = 0; i < ARGUMENTS; i++)
        if (shapes[call->family].name[i] != NULL && strcmp(shapes[call->family].name[i], name) == 0)
            return i;
    return -1;
}

static bool split_arguments(struct call *call, const char *at, const char *end)
{
    for (int order = 0; at < end; order++) {
        const char *stop = end_of_argument(at, end);
        int slot = find_slot(call, &at, stop, order);
        if (slot < 0 || call->given[slot] || !copy_trimmed(call->text[slot], at, stop))
            return false;
        call->given[slot] = true;
        if (stop + 1 == end) /* a comma with nothing behind it */
            return false;
        at = stop + 1;
    }
    return true;
}

static bool all_given(const struct call *call)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        bool optional = call->family == LAW_empirical && i == 1;
        if (shapes[call->family].name[i] != NULL && !call->given[i] && !optional)
            return false;
    }
    return true;
}

static bool parse_argument(struct call *call, int i, struct error *why)
{
    enum role role = shapes[call->family].role[i];
    if (role == NOTHING || role == WORD)
        return true;
    /* A count is rounded after the draw, so its laws speak of numbers. */
    enum param_type type = role == SHAPE || call->type == TYPE_COUNT ? TYPE_NUMBER : call->type;
    struct error reason;
    if (!quantity_parse(&call->value[i], type, call->text[i], &reason))
        return error_set(why, EXIT_INPUT, "%s: %s", shapes[call->family].name[i], reason.text);
    if (role != VALUE && !(call->value[i].real > 0.0))
        return error_set(why, EXIT_INPUT, "%s: '%s' must be above zero",
                         shapes[call->family].name[i], call->text[i]);
    return true;
}

static bool parse_call(struct call *call, const char *text, struct error *why)
{
    const char *open = strchr(text, '(');
    size_t length = strlen(text);
    if (!find_family(&call->family, text, (size_t)(open - text), why))
        return false;
    char form[64];
    const char *end = text + length - 1;
    if (*end != ')' || !split_arguments(call, open + 1, end) || !all_given(call))
        return error_set(why, EXIT_INPUT, "'%.80s' is not right: %s is due", text,
                         form_of(call->family, form));
    for (int i = 0; i < ARGUMENTS; i++)
        if (!parse_argument(call, i, why))
            return false;
    bool interval = call->family == LAW_uniform || call->family == LAW_loguniform;
    if (interval && call->value[0].real >= call->value[1].real)
        return error_set(why, EXIT_INPUT, "'%.80s' is not right: low must be below high", text);
    return true;
}

static bool set_shape(struct law *law, struct plan *plan, const struct call *call, double shape,
                      struct error *why)
{
    law->table = table_of_family(plan, call->family, shape);
    if (law->table != NULL)
        return true;
    if (call->family == LAW_loguniform)
        return error_set(why, EXIT_INPUT, "low and high are too close or too far apart");
    int i = shapes[call->family].role[0] == SHAPE ? 0 : 1;
    return error_set(why, EXIT_INPUT, "%s: '%s' is out of range: %s", shapes[call->family].name[i],
                     call->text[i], shapes[call->family].range);
}

static bool make_empirical(struct law *law, struct plan *plan, const struct call *call,
                           const char *path, struct error *why)
{
    law->scale = 1.0;
    return table_measured(&law->table, plan, path, call->type, call->text[1], why);
}

static bool make_law(struct law *law, struct plan *plan, const struct call *call,
                     const char *folder, struct error *why)
{
    double a = call->value[0].real, b = call->value[1].real;
    *law = (struct law){.location = 0.0, .scale = a};
    switch (call->family) {
    case LAW_constant:
        *law = law_constant(a);
        return true;
    case LAW_uniform:
        *law = (struct law){.location = a, .scale = b - a};
        return true;
    case LAW_exponential:
        return set_shape(law, plan, call, 0.0, why);
    case LAW_normal:
        *law = (struct law){.location = a, .scale = b};
        return set_shape(law, plan, call, 0.0, why);
    case LAW_lognormal:
        return set_shape(law, plan, call, b, why);
    case LAW_loguniform:
        return set_shape(law, plan, call, log(b / a), why);
    case LAW_empirical: {
        char *path = file_path(folder, call->text[0]);
        bool good = make_empirical(law, plan, call, path, why);
        free(path);
        return good;
    }
    default: /* gamma, weibull, pareto: shape first */
        law->scale = b;
        return set_shape(law, plan, call, a, why);
    }
}

/* Location + scale * quantile may miss the bounds as written by a rounding; these do not. */
static void set_bounds(struct law_text *out, const struct call *call)
{
    out->low = law_minimum(&out->law);
    out->high = law_maximum(&out->law);
    if (call->family == LAW_uniform || call->family == LAW_loguniform) {
        out->low = call->value[0].real;
        out->high = call->value[1].real;
    }
}

static void write_argument(FILE *out, const struct call *call, int i, const char *folder)
{
    char text[QUANTITY_TEXT_MAX];
    enum role role = shapes[call->family].role[i];
    enum param_type type = role == SHAPE || call->type == TYPE_COUNT ? TYPE_NUMBER : call->type;
    if (role != WORD) {
        fprintf(out, "%s", quantity_text(text, type, call->value[i]));
    } else if (i == 1) {
        fprintf(out, "%s", call->text[1]);
    } else {
        char *path = file_path(folder, call->text[0]);
        fprintf(out, "\"%s\"", path);
        free(path);
    }
}

static char *canonical_text(const struct call *call, const char *folder)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK(out != NULL);
    if (call->family == LAW_constant) {
        write_argument(out, call, 0, folder);
    } else {
        fprintf(out, "%s(", law_family_name(call->family));
        for (int i = 0; i < ARGUMENTS && call->given[i]; i++) {
            fprintf(out, "%s%s=", i == 0 ? "" : ", ", shapes[call->family].name[i]);
            write_argument(out, call, i, folder);
        }
        fputc(')', out);
    }
    CHECK(fclose(out) == 0);
    return text;
}

static bool parse_any(struct call *call, const char *text, struct error *why)
{
    if (strchr(text, '(') != NULL)
        return parse_call(call, text, why);
    call->family = LAW_constant;
    call->given[0] = true;
    if (snprintf(call->text[0], ARGUMENT_MAX, "%s", text) >= ARGUMENT_MAX)
        return error_set(why, EXIT_INPUT, "'%.80s...' is too long", text);
    enum param_type type = call->type == TYPE_COUNT ? TYPE_NUMBER : call->type;
    return quantity_parse(&call->value[0], type, text, why);
}

bool law_text_parse(struct law_text *out, struct plan *plan, enum param_type type, const char *text,
                    const char *folder, struct error *why)
{
    struct call call = {.type = type};
    *out = (struct law_text){0};
    if (!parse_any(&call, text, why) || !make_law(&out->law, plan, &call, folder, why))
        return false;
    set_bounds(out, &call);
    out->canonical = canonical_text(&call, folder);
    return true;
}
