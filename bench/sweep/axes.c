#include "axes.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

/* The swept key of this name, or axes->n. */
static size_t find_axis(const struct axes *axes, const char *key)
{
    size_t i = 0;
    while (i < axes->n && strcmp(axes->axis[i].key, key) != 0)
        i++;
    return i;
}

static void clear_values(struct axis *axis)
{
    texts_fini(&axis->value);
    free(axis->place);
    axis->place = NULL;
}

/* The axis of a key, made when new. Earlier values of it (the file's) are forgotten. */
static struct axis *begin_axis(struct axes *axes, const char *key, const struct param_def *param)
{
    size_t i = find_axis(axes, key);
    if (i < axes->n) {
        clear_values(&axes->axis[i]);
        return &axes->axis[i];
    }
    axes->axis = realloc(axes->axis, (axes->n + 1) * sizeof *axes->axis);
    CHECK(axes->axis != NULL);
    axes->axis[axes->n] = (struct axis){.key = strdup(key), .param = param, .group = axes->n};
    CHECK(axes->axis[axes->n].key != NULL);
    return &axes->axis[axes->n++];
}

/* Do two texts say the same value? */
static bool same_value(const struct param_def *param, const char *a, const char *b)
{
    double x, y;
    if (range_number(&x, param->type, a) && range_number(&y, param->type, b))
        return x == y;
    return strcmp(a, b) == 0;
}

static size_t find_value(const struct axis *axis, const char *text, size_t before)
{
    size_t i = 0;
    while (i < before && !same_value(axis->param, axis->value.text[i], text))
        i++;
    return i;
}

/* Adds what one item stands for: a value or a range. */
static bool add_values(struct axis *axis, const char *item, const struct place *place,
                       struct error *error)
{
    size_t before = axis->value.n;
    struct error why;
    if (*item == '\0')
        return place_refuse(error, place, "%s: an empty value", axis->key);
    enum param_type type = axis->draw ? TYPE_CHOICE : axis->param->type; /* laws have no ranges */
    if (!range_expand(&axis->value, type, item, &why))
        return place_refuse(error, place, "%s: %s", axis->key, why.text);
    if (axis->value.n > RANGE_VALUES_MAX)
        return place_refuse(error, place, "%s: more than %d values", axis->key, RANGE_VALUES_MAX);
    axis->place = realloc(axis->place, axis->value.n * sizeof *axis->place);
    CHECK(axis->place != NULL);
    for (size_t i = before; i < axis->value.n; i++) {
        axis->place[i] = *place;
        if (find_value(axis, axis->value.text[i], i) < i)
            return place_refuse(error, place, "%s: the value %.80s is given twice", axis->key,
                                axis->value.text[i]);
    }
    return true;
}

static bool add_from_file(struct axes *axes, const struct draft_sweep *sweep, struct error *error)
{
    char key[PARAM_KEY_MAX];
    const struct param_def *def = &param_defs[sweep->slot.def];
    const struct tree *values = sweep->values;
    param_key(key, def, axes->scratch->names[def->kind][sweep->slot.instance]);
    if (draft_value(&axes->draft, sweep->slot)->text != values->text)
        return true; /* --set or a later file fixed it */
    struct axis *axis = begin_axis(axes, key, def);
    axis->in_file = true;
    if (values->kind == TREE_TEXT && strstr(values->text, "..") == NULL)
        return place_refuse(error, &values->place,
                            "%s: sweep: a list [A, B] or a range LOW..HIGH step STEP is due", key);
    if (values->kind == TREE_LIST && values->children == 0)
        return place_refuse(error, &values->place, "%s: sweep: the list is empty", key);
    if (values->kind == TREE_TEXT)
        return add_values(axis, values->text, &values->place, error);
    for (size_t i = 0; i < values->children; i++)
        if (!add_values(axis, values->child[i].text, &values->child[i].place, error))
            return false;
    return true;
}

/* Neither another --sweep nor --set speaks of this key; one at a time --set is what it has while
 * others are varied. */
static bool is_free(const struct axes *axes, const struct sweep_request *r, const char *key,
                    const struct place *place, struct error *error)
{
    size_t i = find_axis(axes, key), length = strlen(key);
    if (i < axes->n && axes->axis[i].place[0].option != NULL)
        return place_refuse(error, place, "%s is swept twice", key);
    for (i = 0; i < r->sets && !r->one_at_a_time; i++)
        if (strncmp(r->set[i], key, length) == 0 && r->set[i][length] == '=')
            return place_refuse(error, place, "--set gives %s one value", key);
    return true;
}

/* KEY=VALUES of the command line. */
static bool add_from_text(struct axes *axes, const struct sweep_request *r, const char *text,
                          struct error *error)
{
    struct place place = {.set = text, .option = "--sweep"};
    const char *equals = strchr(text, '=');
    struct texts key = {0}, item = {0};
    struct slot slot;
    bool draw;
    if (equals == NULL)
        return place_refuse(error, &place, "KEY=VALUE,VALUE or KEY=LOW..HIGH:STEP is due");
    texts_add(&key, text, (size_t)(equals - text));
    texts_split(&item, equals + 1, ",", true);
    bool good = draft_find(&slot, &draw, &axes->draft, key.text[0], &place, error) &&
                is_free(axes, r, key.text[0], &place, error);
    if (good) {
        struct axis *axis = begin_axis(axes, key.text[0], &param_defs[slot.def]);
        axis->draw = draw;
        for (size_t i = 0; i < item.n && good; i++)
            good = add_values(axis, item.text[i], &place, error);
    }
    texts_fini(&key);
    texts_fini(&item);
    return good;
}

/* Lets two axes step together. `what` begins the message. */
static bool join(struct axes *axes, size_t a, size_t b, const struct place *place, const char *what,
                 struct error *error)
{
    struct axis *first = &axes->axis[a], *second = &axes->axis[b];
    if (first->value.n != second->value.n)
        return place_refuse(error, place, "%s%s has %zu values and %s %zu: they cannot be paired",
                            what, first->key, first->value.n, second->key, second->value.n);
    size_t from = first->group > second->group ? first->group : second->group;
    size_t to = first->group > second->group ? second->group : first->group;
    for (size_t i = 0; i < axes->n; i++)
        if (axes->axis[i].group == from)
            axes->axis[i].group = to;
    return true;
}

/* `what` begins the message, `advice` ends it. */
static bool need_axis(const struct axes *axes, const char *key, size_t *axis,
                      const struct place *place, const char *what, const char *advice,
                      struct error *error)
{
    *axis = find_axis(axes, key);
    return *axis < axes->n ||
           place_refuse(error, place, "%s'%.80s' is not swept here%s", what, key, advice);
}

static bool zip_keys(struct axes *axes, char *const *key, size_t n, const struct place *place,
                     const char *what, const char *advice, struct error *error)
{
    size_t first, other;
    if (n < 2)
        return place_refuse(error, place, "%stwo keys are due", what);
    if (!need_axis(axes, key[0], &first, place, what, advice, error))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!need_axis(axes, key[i], &other, place, what, advice, error) ||
            !join(axes, first, other, place, what, error))
            return false;
    return true;
}

static bool zip_from_file(struct axes *axes, const struct tree *zip, struct error *error)
{
    static const char advice[] = ": zip pairs keys that all have several values: give it some "
                                 "({sweep: [A, B]}), or one value to those beside it, too";
    bool good = zip == NULL || zip->kind == TREE_LIST ||
                place_refuse(error, &zip->place, "zip: a list of lists of keys is due");
    for (size_t i = 0; zip != NULL && good && i < zip->children; i++) {
        const struct tree *item = &zip->child[i];
        struct texts key = {0};
        for (size_t k = 0; item->kind == TREE_LIST && k < item->children; k++)
            if (item->child[k].kind == TREE_TEXT)
                texts_add(&key, item->child[k].text, strlen(item->child[k].text));
        good = item->kind == TREE_LIST && key.n == item->children
                   ? zip_keys(axes, key.text, key.n, &item->place, "zip: ", advice, error)
                   : place_refuse(error, &item->place, "zip: a list of keys is due: [KEY, KEY]");
        texts_fini(&key);
    }
    return good;
}

static bool zip_from_text(struct axes *axes, const char *text, struct error *error)
{
    struct place place = {.set = text, .option = "--zip"};
    struct texts key = {0};
    texts_split(&key, text, ",", false);
    bool good = zip_keys(axes, key.text, key.n, &place, "",
                         ": give it several values (--sweep KEY=A,B)", error);
    texts_fini(&key);
    return good;
}

static struct drop *begin_drop(struct axes *axes)
{
    axes->drop = realloc(axes->drop, (axes->drops + 1) * sizeof *axes->drop);
    CHECK(axes->drop != NULL);
    axes->drop[axes->drops] = (struct drop){0};
    return &axes->drop[axes->drops++];
}

static bool add_condition(struct axes *axes, struct drop *drop, const char *key, const char *value,
                          const struct place *place, const char *what, struct error *error)
{
    size_t axis;
    if (!need_axis(axes, key, &axis, place, what, "", error))
        return false;
    size_t number = find_value(&axes->axis[axis], value, axes->axis[axis].value.n);
    if (number == axes->axis[axis].value.n)
        return place_refuse(error, place, "%s%s is never %.80s here", what, key, value);
    drop->axis = realloc(drop->axis, (drop->n + 1) * sizeof *drop->axis);
    drop->value = realloc(drop->value, (drop->n + 1) * sizeof *drop->value);
    CHECK(drop->axis != NULL && drop->value != NULL);
    drop->axis[drop->n] = axis;
    drop->value[drop->n++] = number;
    return true;
}

static bool drop_from_file(struct axes *axes, const struct tree *list, struct error *error)
{
    bool good = list == NULL || list->kind == TREE_LIST ||
                place_refuse(error, &list->place, "drop: a list of maps is due: [{KEY: VALUE}]");
    for (size_t i = 0; list != NULL && good && i < list->children; i++) {
        const struct tree *item = &list->child[i];
        struct drop *drop = begin_drop(axes);
        if (item->kind != TREE_MAP || item->children == 0)
            return place_refuse(error, &item->place, "drop: a map of keys and values is due");
        for (size_t k = 0; k < item->children && good; k++) {
            const struct tree *pair = &item->child[k];
            good = pair->text != NULL ? add_condition(axes, drop, pair->key, pair->text,
                                                      &pair->place, "drop: ", error)
                                      : place_refuse(error, &pair->place, "drop: a value is due");
        }
    }
    return good;
}

static bool drop_from_text(struct axes *axes, const char *text, struct error *error)
{
    struct place place = {.set = text, .option = "--drop"};
    struct texts pair = {0};
    struct drop *drop = begin_drop(axes);
    texts_split(&pair, text, " ", false);
    bool good = pair.n > 0 || place_refuse(error, &place, "KEY=VALUE is due");
    for (size_t i = 0; i < pair.n && good; i++) {
        char *equals = strchr(pair.text[i], '=');
        if (equals == NULL) {
            good = place_refuse(error, &place, "KEY=VALUE is due");
            break;
        }
        *equals = '\0';
        good = add_condition(axes, drop, pair.text[i], equals + 1, &place, "", error);
    }
    texts_fini(&pair);
    return good;
}

static bool read_draft(struct axes *axes, const struct sweep_request *r, struct error *error)
{
    bool good = draft_file(&axes->draft, r->file, error);
    for (size_t i = 0; i < r->sets && good; i++)
        good = draft_set(&axes->draft, r->set[i], error);
    for (size_t i = 0; i < axes->draft.sweeps && good; i++)
        good = add_from_file(axes, &axes->draft.sweep[i], error);
    return good;
}

bool axes_read(struct axes *axes, const struct sweep_request *r, struct error *error)
{
    *axes = (struct axes){.scratch = calloc(1, sizeof *axes->scratch)};
    CHECK(axes->scratch != NULL);
    draft_init(&axes->draft, axes->scratch);
    bool good = read_draft(axes, r, error);
    for (size_t i = 0; i < r->sweeps && good; i++)
        good = add_from_text(axes, r, r->sweep[i], error);
    if (good && axes->n == 0 && !r->single)
        good = error_set(error, EXIT_INPUT,
                         "%s: nothing to sweep: --sweep KEY=A,B or, in the file, KEY: {sweep: [A, "
                         "B]}",
                         r->file);
    good = good && zip_from_file(axes, axes->draft.zip, error);
    for (size_t i = 0; i < r->zips && good; i++)
        good = zip_from_text(axes, r->zip[i], error);
    good = good && drop_from_file(axes, axes->draft.drop, error);
    for (size_t i = 0; i < r->drops && good; i++)
        good = drop_from_text(axes, r->drop[i], error);
    if (!good)
        axes_fini(axes);
    return good;
}

void axes_fini(struct axes *axes)
{
    for (size_t i = 0; i < axes->n; i++) {
        clear_values(&axes->axis[i]);
        free(axes->axis[i].key);
    }
    for (size_t i = 0; i < axes->drops; i++) {
        free(axes->drop[i].axis);
        free(axes->drop[i].value);
    }
    free(axes->axis);
    free(axes->drop);
    draft_fini(&axes->draft);
    plan_free(axes->scratch);
    *axes = (struct axes){0};
}
