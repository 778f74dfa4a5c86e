/* A YAML file as a tree of maps, lists and texts, each with its place.
 * Separate because libyaml leaves duplicate keys, anchors, aliases, tags and several documents to
 * us: all are refused here, and what is left is plain. */
#ifndef BENCH_SCENARIO_TREE_H
#define BENCH_SCENARIO_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "file.h"
#include "place.h"

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAP };

struct tree {
    enum tree_kind kind;
    char *key;              /* of a map's child; else NULL */
    struct place key_place; /* of a map's child */
    char *text;             /* a text's, unquoted; of a list "[a, b]"; NULL of a map and of
                             * a list that holds one */
    struct place place;
    struct tree *child;
    size_t children;
};

/* Parses a scenario file whose top is a map. `path` must outlive the tree: places point to it. */
bool tree_read(struct tree **top, const struct file *file, const char *path, struct error *error);
void tree_free(struct tree *tree);

/* The child with this key, or NULL. */
const struct tree *tree_find(const struct tree *map, const char *key);

#endif
