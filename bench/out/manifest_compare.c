#include "manifest_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "engine/check.h"

#include "stage.h"

/* Lists of objects: what names an item and what it says. Only of whole manifests more is compared.
 */
static const struct {
    const char *list, *name, *value;
} lists[] = {
    {"settings", "key", "value"},
    {"per_trial", "key", "law"},
    {"sources", "path", "sha256"},
};
enum { SOURCES = COUNT_OF(lists) - 1 }; /* those before it are what was set */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "nothing";
}

/* A part of one whole has numbers of trials of its own, and its scenario may lie in a folder of
 * another name. */
static bool is_own(const char *key, enum manifest_match match)
{
    static const char *const own[] = {"first", "trials", "shard", "folder"};
    for (size_t i = 0; i < COUNT_OF(own) && match == MANIFEST_PARTS; i++)
        if (strcmp(key, own[i]) == 0)
            return true;
    return false;
}

static bool same_item(size_t kind, const json_t *a, const json_t *b, enum manifest_match match)
{
    if (match == MANIFEST_ALL)
        return json_equal(a, b);
    bool file = strcmp(lists[kind].list, "sources") == 0; /* may lie elsewhere */
    return (file || strcmp(text_of(a, lists[kind].name), text_of(b, lists[kind].name)) == 0) &&
           strcmp(text_of(a, lists[kind].value), text_of(b, lists[kind].value)) == 0;
}

static void tell_item(size_t kind, const json_t *a, const json_t *b, char *what)
{
    const char *name = text_of(a != NULL ? a : b, lists[kind].name);
    bool drawn = strcmp(lists[kind].list, "per_trial") == 0;
    const char *none = drawn ? "one value" : "nothing";
    const char *here = a != NULL ? text_of(a, lists[kind].value) : none;
    const char *there = b != NULL ? text_of(b, lists[kind].value) : none;
    if (strcmp(lists[kind].list, "sources") == 0)
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "the file %s is another one", name);
    else if (strcmp(here, there) == 0)
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "%s comes from %s here, from %s there", name,
                 text_of(a, "origin"), text_of(b, "origin"));
    else
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "%s is %s here, %s there", name, here, there);
}

/* The item of the same name in the other list; NULL: none. Files may lie elsewhere: theirs is that
 * in the same place. */
static const json_t *other_item(size_t kind, const json_t *list, const json_t *item, size_t place)
{
    size_t i;
    const json_t *other;
    if (strcmp(lists[kind].list, "sources") == 0)
        return json_array_get(list, place);
    json_array_foreach(list, i, other)
    {
        if (strcmp(text_of(other, lists[kind].name), text_of(item, lists[kind].name)) == 0)
            return other;
    }
    return NULL;
}

/* Kinds of failure of one tuning differ in what fails, and in how long its end is waited for. */
static bool does_not_count(size_t kind, const json_t *item, enum manifest_match match)
{
    const char *name = text_of(item, lists[kind].name);
    bool failure =
        strncmp(name, "failure.", strlen("failure.")) == 0 || strcmp(name, "trial.horizon") == 0;
    bool alarm = strncmp(name, "alarm.", strlen("alarm.")) == 0;
    return (match >= MANIFEST_TUNING && failure) || (match == MANIFEST_QUIET && alarm);
}

static bool same_list(size_t kind, const json_t *a, const json_t *b, enum manifest_match match,
                      char *what)
{
    size_t i;
    const json_t *item;
    json_array_foreach(a, i, item)
    {
        const json_t *other = other_item(kind, b, item, i);
        if (does_not_count(kind, item, match))
            continue;
        if (other == NULL || !same_item(kind, item, other, match)) {
            tell_item(kind, item, other, what);
            return false;
        }
    }
    json_array_foreach(b, i, item)
    {
        if (does_not_count(kind, item, match))
            continue;
        if (other_item(kind, a, item, i) == NULL) {
            tell_item(kind, NULL, item, what);
            return false;
        }
    }
    return true;
}

/* Takes out where each value was read. */
static void forget_origins(json_t *value)
{
    const char *key;
    json_t *inner;
    size_t i;
    json_object_del(value, "origin");
    json_object_foreach(value, key, inner) forget_origins(inner);
    json_array_foreach(value, i, inner) forget_origins(inner);
}

static bool same_value(const json_t *a, const json_t *b, enum manifest_match match)
{
    if (match == MANIFEST_ALL)
        return json_equal(a, b);
    json_t *x = json_deep_copy(a), *y = json_deep_copy(b);
    forget_origins(x);
    forget_origins(y);
    bool same = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return same;
}

/* Members that are there when an option was given, and say nothing else. */
static const char *option_of(const char *key)
{
    static const struct {
        const char *key, *option;
    } options[] = {{"alarms", "--no-alarms"}, {"rows", "--rows none"}};
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (strcmp(key, options[i].key) == 0)
            return options[i].option;
    return NULL;
}

static bool same_member(const char *key, const json_t *a, const json_t *b,
                        enum manifest_match match, char *what)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        if (strcmp(key, lists[i].list) == 0)
            return same_list(i, a, b, match, what);
    if (same_value(a, b, match))
        return true;
    if (option_of(key) != NULL && (a == NULL || b == NULL))
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "%s was given %s", option_of(key),
                 a != NULL ? "here, not there" : "there, not here");
    else if (strcmp(key, "build") == 0)
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "it is another build of ikebench");
    else if (json_is_string(a) || json_is_string(b))
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "%s is %s here, %s there", key,
                 json_is_string(a) ? json_string_value(a) : "not given",
                 json_is_string(b) ? json_string_value(b) : "not given");
    else
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "the %s differ", key);
    return false;
}

static bool same_roots(json_t *here, json_t *there, enum manifest_match match, char *what)
{
    const char *key;
    json_t *value;
    json_object_foreach(here, key, value)
    {
        const json_t *other = json_object_get(there, key);
        if (!is_own(key, match) && !same_member(key, value, other, match, what))
            return false;
    }
    json_object_foreach(there, key, value)
    {
        if (json_object_get(here, key) == NULL && !is_own(key, match))
            return same_member(key, NULL, value, match, what);
    }
    return true;
}

/* A list of an arm. Draws: its own or the root's; settings: the root's, in which its own take the
 * place of those of the same name. */
static json_t *list_of_arm(size_t kind, const json_t *root, const json_t *arm)
{
    const json_t *own = json_object_get(arm, lists[kind].list);
    bool whole = own != NULL && strcmp(lists[kind].list, "per_trial") == 0;
    json_t *all = json_copy(json_object_get(whole ? arm : root, lists[kind].list));
    size_t i, k;
    json_t *item, *old;
    json_array_foreach(own, i, item)
    {
        json_array_foreach(all, k, old)
        {
            if (strcmp(text_of(old, lists[kind].name), text_of(item, lists[kind].name)) == 0)
                json_array_set(all, k, item);
        }
    }
    return all;
}

static bool same_tuning(const json_t *here, const json_t *there, size_t arm,
                        enum manifest_match match, char *what)
{
    const json_t *a = json_array_get(json_object_get(here, "arms"), arm);
    const json_t *b = json_array_get(json_object_get(there, "arms"), arm);
    bool same = true;
    for (size_t kind = 0; kind < SOURCES && same; kind++) {
        json_t *x = list_of_arm(kind, here, a), *y = list_of_arm(kind, there, b);
        same = same_list(kind, x, y, match, what);
        json_decref(x);
        json_decref(y);
    }
    return same;
}

static bool same_tunings(const json_t *here, const json_t *there, enum manifest_match match,
                         char *what)
{
    size_t arms = json_array_size(json_object_get(here, "arms")), arm = 0;
    do
        if (!same_tuning(here, there, arm, match, what))
            return false;
    while (++arm < arms);
    return true;
}

bool manifest_same(const char *here, const char *there, enum manifest_match match,
                   char what[MANIFEST_DIFFERENCE_MAX])
{
    json_t *a = json_loads(here, 0, NULL), *b = json_loads(there, 0, NULL);
    bool same = false;
    if (json_is_object(a) && json_is_object(b) && match >= MANIFEST_TUNING)
        same = same_tunings(a, b, match, what);
    else if (json_is_object(a) && json_is_object(b))
        same = same_roots(a, b, match, what);
    else
        snprintf(what, MANIFEST_DIFFERENCE_MAX, "its manifest cannot be read");
    json_decref(a);
    json_decref(b);
    return same;
}

char *manifest_load_text(const char *dir)
{
    char *path = path_join(dir, "manifest.json"), *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    free(path);
    if (file == NULL)
        return NULL;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}
