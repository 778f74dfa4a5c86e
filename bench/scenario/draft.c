#include "draft.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "file.h"
#include "key.h"

void draft_init(struct draft *draft, struct plan *plan)
{
    *draft = (struct draft){.plan = plan, .description = ""};
    draft->value = calloc(param_def_count * WORLD_INSTANCES_MAX, sizeof *draft->value);
    draft->draw = calloc(param_def_count * WORLD_INSTANCES_MAX, sizeof *draft->draw);
    CHECK(draft->value != NULL && draft->draw != NULL);
}

void draft_fini(struct draft *draft)
{
    for (size_t i = 0; i < draft->trees; i++)
        tree_free(draft->tree[i]);
    for (size_t i = 0; i < draft->owns; i++)
        free(draft->owned[i]);
    free(draft->tree);
    free(draft->owned);
    free(draft->sweep);
    free(draft->value);
    free(draft->draw);
}

struct draft_text *draft_value(struct draft *draft, struct slot slot)
{
    return &draft->value[slot.def * WORLD_INSTANCES_MAX + (size_t)slot.instance];
}

struct draft_text *draft_draw(struct draft *draft, struct slot slot)
{
    return &draft->draw[slot.def * WORLD_INSTANCES_MAX + (size_t)slot.instance];
}

int draft_instance(const struct draft *draft, enum param_kind kind, const char *name)
{
    for (int i = 0; i < draft->count[kind]; i++)
        if (strcmp(draft->plan->names[kind][i], name) == 0)
            return i;
    return -1;
}

int draft_instances(const struct draft *draft, enum param_kind kind)
{
    return param_kind_most(kind) == 0 ? 1 : draft->count[kind];
}

static const char *own(struct draft *draft, char *text)
{
    CHECK(text != NULL);
    draft->owned = realloc(draft->owned, (draft->owns + 1) * sizeof *draft->owned);
    CHECK(draft->owned != NULL);
    return draft->owned[draft->owns++] = text;
}

static void own_tree(struct draft *draft, struct tree *tree)
{
    draft->tree = realloc(draft->tree, (draft->trees + 1) * sizeof *draft->tree);
    CHECK(draft->tree != NULL);
    draft->tree[draft->trees++] = tree;
}

static void fix(struct draft *draft, struct slot slot, const char *text, struct place place)
{
    *draft_value(draft, slot) = (struct draft_text){text, place, draft->layers};
    draft_draw(draft, slot)->text = NULL;
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < WORLD_NAME_MAX && *name != '_' && *name != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

/* The instance of this name, made when new; -1 with an error when that cannot be. */
static int find_or_add(struct draft *draft, enum param_kind kind, const char *name,
                       const struct place *place, struct error *error)
{
    int index = draft_instance(draft, kind, name);
    if (index >= 0)
        return index;
    if (!is_name(name)) {
        place_refuse(error, place,
                     "'%.80s' cannot be the name of a %s: a-z, 0-9, _ and - are due, at most %d, "
                     "beginning with a letter or digit",
                     name, param_kind_name(kind), WORLD_NAME_MAX - 1);
        return -1;
    }
    if (draft->count[kind] == param_kind_most(kind)) {
        place_refuse(error, place, "'%s' is one %s too many: at most %d", name,
                     param_kind_name(kind), param_kind_most(kind));
        return -1;
    }
    index = draft->count[kind]++;
    snprintf(draft->plan->names[kind][index], WORLD_NAME_MAX, "%s", name);
    draft->born[kind][index] = *place;
    return index;
}

/* An empty value (`link:` and nothing behind it) is an empty map. */
static bool is_map(const struct tree *node)
{
    return node->kind == TREE_MAP || (node->kind == TREE_TEXT && *node->text == '\0');
}

static const char *kind_of_node(const struct tree *node)
{
    return node->kind == TREE_MAP ? "a map" : node->kind == TREE_LIST ? "a list" : "plain text";
}

static bool check_list(const struct tree *list, struct error *error)
{
    for (size_t i = 0; i < list->children; i++)
        if (list->child[i].kind != TREE_TEXT)
            return place_refuse(error, &list->child[i].place, "a list holds plain words only");
    return true;
}

static bool bind_sweep(struct draft *draft, struct slot slot, const struct tree *node,
                       struct error *error)
{
    const struct tree *values = tree_find(node, "sweep");
    if (values == NULL || node->children != 1)
        return place_refuse(error, &node->place,
                            "%s: one value is due, found a map (several values: {sweep: [A, B]})",
                            node->key);
    for (size_t i = 0; values->kind == TREE_LIST && i < values->children; i++)
        if (values->child[i].text == NULL)
            return place_refuse(error, &values->child[i].place, "%s: sweep: a value is due",
                                node->key);
    if (values->text == NULL)
        return place_refuse(error, &values->place, "%s: sweep: a list or a range is due, found %s",
                            node->key, kind_of_node(values));
    fix(draft, slot, values->text, values->place);
    draft->sweep = realloc(draft->sweep, (draft->sweeps + 1) * sizeof *draft->sweep);
    CHECK(draft->sweep != NULL);
    draft->sweep[draft->sweeps++] = (struct draft_sweep){slot, values};
    return true;
}

static bool bind_field(struct draft *draft, enum param_kind kind, int instance,
                       const struct tree *node, struct error *error)
{
    struct slot slot = {.instance = instance};
    if (!key_find_field(&slot.def, kind, node->key, &node->key_place, error))
        return false;
    if (node->kind == TREE_MAP)
        return bind_sweep(draft, slot, node, error);
    if (node->kind == TREE_LIST && !check_list(node, error))
        return false;
    fix(draft, slot, node->text, node->place);
    return true;
}

static bool bind_parent(struct draft *draft, enum param_kind kind, int instance,
                        const struct tree *node, struct error *error)
{
    if (node->kind != TREE_TEXT)
        return place_refuse(error, &node->place, "extends: the name of another %s is due, found %s",
                            param_kind_name(kind), kind_of_node(node));
    draft->parent[kind][instance] = (struct draft_text){node->text, node->place, draft->layers};
    return true;
}

/* A '(' that nothing closes. */
static bool is_open(const char *text)
{
    int open = 0;
    for (; text != NULL && *text != '\0'; text++)
        open += *text == '(' ? 1 : *text == ')' ? -1 : 0;
    return open > 0;
}

/* YAML takes {online: uniform(1s, 2s)} for a value 'uniform(1s' and a key '2s)' without a value. */
static bool check_cut(const struct tree *map, size_t i, struct error *error)
{
    const struct tree *cut = i > 0 ? &map->child[i - 1] : NULL, *rest = &map->child[i];
    if (cut == NULL || cut->kind != TREE_TEXT || !is_open(cut->text) || rest->kind != TREE_TEXT ||
        *rest->text != '\0')
        return true;
    return place_refuse(error, &rest->key_place,
                        "'%.80s' is no key: inside { } a comma ends the value of '%.80s': quote "
                        "the value, as in {%.80s: '%.80s, %.80s'}, or put it on a line of its own",
                        rest->key, cut->key, cut->key, cut->text, rest->key);
}

static bool bind_instance(struct draft *draft, enum param_kind kind, const struct tree *node,
                          struct error *error)
{
    int instance = find_or_add(draft, kind, node->key, &node->key_place, error);
    if (instance < 0)
        return false;
    if (!is_map(node))
        return place_refuse(error, &node->place,
                            "%s.%s: a map of fields is due (%s: {field: value}), found %s",
                            param_kind_name(kind), node->key, node->key, kind_of_node(node));
    for (size_t i = 0; i < node->children; i++) {
        const struct tree *field = &node->child[i];
        bool parent = strcmp(field->key, "extends") == 0;
        if (!check_cut(node, i, error))
            return false;
        if (!(parent ? bind_parent(draft, kind, instance, field, error)
                     : bind_field(draft, kind, instance, field, error)))
            return false;
    }
    return true;
}

static bool bind_kind(struct draft *draft, const struct tree *node, struct error *error)
{
    enum param_kind kind;
    if (!key_find_top(&kind, node->key, &node->key_place, error))
        return false;
    bool single = param_kind_most(kind) == 0;
    if (!is_map(node))
        return place_refuse(error, &node->place, "%s: a map of %s is due, found %s", node->key,
                            single ? "fields" : "names, each with its fields,", kind_of_node(node));
    for (size_t i = 0; i < node->children; i++)
        if (!check_cut(node, i, error) ||
            !(single ? bind_field(draft, kind, 0, &node->child[i], error)
                     : bind_instance(draft, kind, &node->child[i], error)))
            return false;
    return true;
}

static bool bind_draws(struct draft *draft, const struct tree *node, struct error *error)
{
    if (node == NULL)
        return true;
    if (!is_map(node))
        return place_refuse(error, &node->place, "per_trial: a map of keys is due, found %s",
                            kind_of_node(node));
    for (size_t i = 0; i < node->children; i++) {
        const struct tree *entry = &node->child[i];
        struct slot slot;
        if (!check_cut(node, i, error) ||
            !key_find(&slot, draft, entry->key, &entry->key_place, error))
            return false;
        if (entry->kind != TREE_TEXT)
            return place_refuse(error, &entry->place, "%s: a law is due, found %s", entry->key,
                                kind_of_node(entry));
        *draft_draw(draft, slot) = (struct draft_text){entry->text, entry->place, draft->layers};
    }
    return true;
}

static bool bind_description(struct draft *draft, const struct tree *node, struct error *error)
{
    if (node == NULL)
        return true;
    if (node->kind != TREE_TEXT)
        return place_refuse(error, &node->place, "description: a text is due, found %s",
                            kind_of_node(node));
    draft->description = node->text;
    return true;
}

static bool is_head(const char *key)
{
    return strcmp(key, "extends") == 0 || strcmp(key, "description") == 0 ||
           strcmp(key, "per_trial") == 0 || strcmp(key, "zip") == 0 || strcmp(key, "drop") == 0;
}

/* Values first: a draw in the same file stays, wherever it stands. */
static bool bind_top(struct draft *draft, const struct tree *top, struct error *error)
{
    draft->layers++;
    for (size_t i = 0; i < top->children; i++)
        if (!is_head(top->child[i].key) && !bind_kind(draft, &top->child[i], error))
            return false;
    const struct tree *zip = tree_find(top, "zip"), *drop = tree_find(top, "drop");
    draft->zip = zip != NULL ? zip : draft->zip;
    draft->drop = drop != NULL ? drop : draft->drop;
    return bind_description(draft, tree_find(top, "description"), error) &&
           bind_draws(draft, tree_find(top, "per_trial"), error);
}

/* A chain of files longer than this is a slip; so are more files than that in all (a file counts
 * each time it is laid over the rest). */
enum { CHAIN_MOST = 16, FILES_MOST = 256 };

/* The files being read, innermost first, by their true paths. */
struct chain {
    char *truth;
    const struct chain *outer;
    int depth;
};

static bool bind_file(struct draft *draft, const char *path, const struct place *from,
                      const struct chain *outer, struct error *error);

static bool bind_extended_file(struct draft *draft, const struct tree *name, const char *path,
                               const struct chain *chain, struct error *error)
{
    if (name->kind != TREE_TEXT || *name->text == '\0')
        return place_refuse(error, &name->place, "extends: the path of a scenario file is due");
    if (chain->depth == CHAIN_MOST)
        return place_refuse(error, &name->place, "extends: too deep: a chain has at most %d files",
                            CHAIN_MOST);
    if (draft->trees == FILES_MOST)
        return place_refuse(error, &name->place, "extends: too many files: at most %d in all",
                            FILES_MOST);
    char *folder = file_folder(path);
    const char *extended = own(draft, file_path(folder, name->text));
    free(folder);
    return bind_file(draft, extended, &name->place, chain, error);
}

/* One file, or a list of which each is laid over those before it. */
static bool bind_extended(struct draft *draft, const struct tree *node, const char *path,
                          const struct chain *chain, struct error *error)
{
    if (node == NULL)
        return true;
    if (node->kind != TREE_LIST || node->children == 0)
        return bind_extended_file(draft, node, path, chain, error);
    for (size_t i = 0; i < node->children; i++)
        if (!bind_extended_file(draft, &node->child[i], path, chain, error))
            return false;
    return true;
}

static bool refuse_cycle(const struct chain *chain, const char *path, const struct place *from,
                         struct error *error)
{
    for (const struct chain *outer = chain->outer; outer != NULL; outer = outer->outer)
        if (chain->truth != NULL && outer->truth != NULL && strcmp(chain->truth, outer->truth) == 0)
            return place_refuse(error, from, "extends: '%s' extends itself in a circle", path);
    return true;
}

static bool read_tree(struct tree **top, struct draft *draft, const char *path,
                      const struct place *from, struct error *error)
{
    struct file file;
    struct error why;
    if (!file_read(&file, draft->plan, path, &why))
        return from == NULL ? error_set(error, EXIT_INPUT, "%s", why.text)
                            : place_refuse(error, from, "extends: %s", why.text);
    bool good = tree_read(top, &file, path, error);
    free(file.bytes);
    if (good)
        own_tree(draft, *top);
    return good;
}

static bool bind_file(struct draft *draft, const char *path, const struct place *from,
                      const struct chain *outer, struct error *error)
{
    struct chain chain = {realpath(path, NULL), outer, outer == NULL ? 1 : outer->depth + 1};
    struct tree *top = NULL;
    bool good = refuse_cycle(&chain, path, from, error) &&
                read_tree(&top, draft, path, from, error) &&
                bind_extended(draft, tree_find(top, "extends"), path, &chain, error) &&
                bind_top(draft, top, error);
    free(chain.truth);
    return good;
}

bool draft_file(struct draft *draft, const char *path, struct error *error)
{
    const char *name = own(draft, strdup(path));
    draft->whole = (struct place){.file = name};
    return bind_file(draft, name, NULL, NULL, error);
}

/* The text between two points without the spaces around it. */
static const char *own_trimmed(struct draft *draft, const char *from, const char *to)
{
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    return own(draft, strndup(from, (size_t)(to - from)));
}

bool draft_is_sweep(const struct draft *draft, const char *text)
{
    for (size_t i = 0; i < draft->sweeps; i++)
        if (draft->sweep[i].values->text == text)
            return true;
    return false;
}

bool draft_find(struct slot *slot, bool *draw, const struct draft *draft, const char *key,
                const struct place *place, struct error *error)
{
    static const char draws[] = "per_trial.";
    *draw = strncmp(key, draws, sizeof draws - 1) == 0;
    return key_find(slot, draft, *draw ? key + sizeof draws - 1 : key, place, error);
}

bool draft_fix(struct draft *draft, const char *key, const char *value, const struct place *place,
               struct error *error)
{
    struct slot slot;
    bool draw;
    draft->layers++;
    if (!draft_find(&slot, &draw, draft, key, place, error))
        return false;
    if (draw)
        *draft_draw(draft, slot) = (struct draft_text){value, *place, draft->layers};
    else
        fix(draft, slot, value, *place);
    return true;
}

bool draft_set(struct draft *draft, const char *text, struct error *error)
{
    struct place place = {.set = text};
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        return place_refuse(error, &place, "KEY=VALUE is due");
    const char *key = own_trimmed(draft, text, equals);
    const char *value = own_trimmed(draft, equals + 1, text + strlen(text));
    return draft_fix(draft, key, value, &place, error);
}

/* Makes the instance that a manifest's key speaks of. */
static bool add_instance_of(struct draft *draft, const char *key, struct error *error)
{
    struct place place = {0};
    struct key_parts parts;
    return key_split(&parts, key, &place, error) &&
           (param_kind_most(parts.kind) == 0 ||
            find_or_add(draft, parts.kind, parts.instance, &place, error) >= 0);
}

bool draft_manifest(struct draft *draft, const struct plan_pair *settings, size_t n_settings,
                    const struct plan_pair *draws, size_t n_draws, struct error *error)
{
    struct place place = {0};
    struct slot slot;
    draft->manifest = true;
    for (size_t i = 0; i < n_settings; i++) {
        if (!add_instance_of(draft, settings[i].key, error) ||
            !key_find(&slot, draft, settings[i].key, &place, error))
            return false;
        if (draft_value(draft, slot)->text != NULL)
            return place_refuse(error, &place, "'%s' is given twice", settings[i].key);
        fix(draft, slot, settings[i].value, place);
    }
    for (size_t i = 0; i < n_draws; i++) {
        if (!key_find(&slot, draft, draws[i].key, &place, error))
            return false;
        *draft_draw(draft, slot) = (struct draft_text){draws[i].value, place, draft->layers};
    }
    return true;
}
