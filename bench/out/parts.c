#include "parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "engine/check.h"

#include "manifest.h"
#include "manifest_compare.h"
#include "unfinished.h"

static uint64_t number_of(const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

/* Why there are no results. */
static bool refuse_folder(const char *dir, struct error *error)
{
    char *folder = stage_sibling(dir, UNFINISHED);
    bool unfinished = access(folder, F_OK) == 0;
    free(folder);
    if (unfinished)
        return error_set(error, EXIT_INCOMPLETE, "%s is unfinished: run it again, with --resume",
                         dir);
    return manifest_refuse(dir, error);
}

static bool take_manifest(struct part *part, const json_t *root, struct error *error)
{
    const char *program = json_string_value(json_object_get(root, "program"));
    const char *shard = json_string_value(json_object_get(root, "shard"));
    if (program == NULL || strcmp(program, "ikebench") != 0)
        return error_set(error, EXIT_INPUT, "%s/manifest.json: not a manifest of ikebench",
                         part->dir);
    part->first = number_of(root, "first");
    part->trials = number_of(root, "trials");
    if (shard != NULL && (sscanf(shard, "%" SCNu32 "/%" SCNu32, &part->index, &part->count) != 2 ||
                          part->count == 0 || part->index == 0 || part->index > part->count))
        return error_set(error, EXIT_INPUT, "%s/manifest.json: '%.40s' is not a part", part->dir,
                         shard);
    if (json_object_get(root, "precision") != NULL)
        return error_set(error, EXIT_INPUT,
                         "%s: its trials were as many as --precision took: it cannot be a part",
                         part->dir);
    return true;
}

static bool read_part(struct parts *parts, const char *dir, struct error *error)
{
    parts->part = realloc(parts->part, (parts->n + 1) * sizeof *parts->part);
    CHECK(parts->part != NULL);
    struct part *part = &parts->part[parts->n];
    *part = (struct part){.dir = strdup(dir), .manifest = manifest_load_text(dir)};
    CHECK(part->dir != NULL);
    parts->n++;
    if (part->manifest == NULL)
        return refuse_folder(dir, error);
    json_t *root = json_loads(part->manifest, 0, NULL);
    bool good = take_manifest(part, root, error);
    if (good && parts->n == 1) {
        parts->arms = json_array_size(json_object_get(root, "arms"));
        parts->counts = json_object_get(root, "rows") != NULL;
        parts->first = part->first;
        if (part->count > 0) {
            parts->first = number_of(root, "whole_first");
            parts->trials = number_of(root, "whole_trials");
        }
    }
    json_decref(root);
    return good;
}

static bool same_experiment(const struct parts *parts, struct error *error)
{
    char what[MANIFEST_DIFFERENCE_MAX];
    const struct part *first = &parts->part[0];
    for (size_t i = 1; i < parts->n; i++) {
        const struct part *part = &parts->part[i];
        if (part->count != first->count)
            return error_set(error, EXIT_INPUT,
                             "%s is one of %" PRIu32 " parts, %s one of %" PRIu32
                             ": parts of one whole are due",
                             part->dir, part->count > 0 ? part->count : 1, first->dir,
                             first->count > 0 ? first->count : 1);
        if (!manifest_same(part->manifest, first->manifest, MANIFEST_PARTS, what))
            return error_set(error, EXIT_INPUT, "%s is of another batch than %s: %s", part->dir,
                             first->dir, what);
    }
    return true;
}

static int by_first(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* A list that says "and so on" when it grows too long. */
struct list {
    char text[600];
    size_t used;
    unsigned left_out;
};

static void list_add(struct list *list, const char *item)
{
    size_t room = sizeof list->text - list->used;
    int n = snprintf(list->text + list->used, room, "%s%s", list->used > 0 ? ", " : "", item);
    if (n > 0 && (size_t)n < room - 24) {
        list->used += (size_t)n;
    } else {
        list->text[list->used] = '\0';
        list->left_out++;
    }
}

static void add_missing(struct list *list, const struct parts *parts, uint32_t index)
{
    char item[120];
    uint64_t count = parts->part[0].count;
    uint64_t begin = (uint64_t)((unsigned __int128)parts->trials * (index - 1) / count);
    uint64_t end = (uint64_t)((unsigned __int128)parts->trials * index / count);
    snprintf(item, sizeof item,
             "--shard %" PRIu32 "/%" PRIu64 " (trials %" PRIu64 " to %" PRIu64 ")", index, count,
             parts->first + begin, parts->first + end - 1);
    list_add(list, item);
}

static bool has_index(const struct parts *parts, uint32_t index)
{
    for (size_t i = 0; i < parts->n; i++)
        if (parts->part[i].index == index)
            return true;
    return false;
}

static bool none_missing(const struct parts *parts, struct error *error)
{
    struct list list = {.used = 0};
    char more[40] = "";
    for (uint32_t i = 1; i <= parts->part[0].count; i++)
        if (!has_index(parts, i))
            add_missing(&list, parts, i);
    if (list.used == 0)
        return true;
    if (list.left_out > 0)
        snprintf(more, sizeof more, " and %u more", list.left_out);
    return error_set(error, EXIT_INCOMPLETE, "parts are missing: run the same command with %s%s",
                     list.text, more);
}

/* Neighbours, from the whole's first trial to its last. */
static bool neighbours(struct parts *parts, struct error *error)
{
    uint64_t next = parts->first;
    for (size_t i = 0; i < parts->n; i++) {
        const struct part *part = &parts->part[i];
        if (part->first < next)
            return error_set(error, EXIT_INPUT,
                             "%s and %s both have trial %" PRIu64 ": leave one of them out",
                             i > 0 ? part[-1].dir : part->dir, part->dir, part->first);
        if (part->first > next)
            return error_set(error, EXIT_INCOMPLETE,
                             "trials %" PRIu64 " to %" PRIu64
                             " are missing: run the same command with --first %" PRIu64
                             " --trials %" PRIu64,
                             next, part->first - 1, next, part->first - next);
        next += part->trials;
    }
    if (parts->part[0].count == 0)
        parts->trials = next - parts->first;
    if (parts->trials > INT32_MAX)
        return error_set(error, EXIT_INPUT,
                         "%" PRIu64 " trials in all: at most %d make one whole (the intervals are "
                         "exact up to there)",
                         parts->trials, INT32_MAX);
    return next == parts->first + parts->trials ||
           error_set(error, EXIT_INPUT, "%s: its manifest.json is not that of a part",
                     parts->part[parts->n - 1].dir);
}

bool parts_read(struct parts *parts, const char *const *dir, size_t n, struct error *error)
{
    *parts = (struct parts){.n = 0};
    bool good = true;
    for (size_t i = 0; i < n && good; i++)
        good = read_part(parts, dir[i], error);
    good = good && same_experiment(parts, error);
    if (good)
        qsort(parts->part, parts->n, sizeof *parts->part, by_first);
    if (good && parts->part[0].count == 0)
        parts->first = parts->part[0].first;
    good = good && none_missing(parts, error) && neighbours(parts, error);
    if (!good)
        parts_fini(parts);
    return good;
}

void parts_fini(struct parts *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        free(parts->part[i].dir);
        free(parts->part[i].manifest);
    }
    free(parts->part);
    *parts = (struct parts){.n = 0};
}

static void set_number(json_t *root, const char *key, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    json_object_set_new(root, key, json_string(text));
}

char *parts_manifest(const struct parts *parts)
{
    static const char *const own[] = {"shard", "build", "whole_first", "whole_trials"};
    json_t *root = json_loads(parts->part[0].manifest, 0, NULL);
    char *text = NULL;
    CHECK(root != NULL);
    set_number(root, "first", parts->first);
    set_number(root, "trials", parts->trials);
    for (size_t i = 0; i < COUNT_OF(own); i++)
        json_object_del(root, own[i]);
    char *json = json_dumps(root, JSON_INDENT(1));
    CHECK(json != NULL && asprintf(&text, "%s\n", json) >= 0);
    free(json);
    json_decref(root);
    return text;
}
