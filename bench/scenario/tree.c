#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "engine/check.h"

enum { DEPTH_MOST = 8 };

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    const struct file *file;
    const char *path;
    struct error *error;
};

static struct place place_at(const struct reader *reader, yaml_mark_t mark)
{
    return (struct place){.file = reader->path, .line = mark.line + 1, .column = mark.column + 1};
}

static struct place here(const struct reader *reader)
{
    return place_at(reader, reader->event.start_mark);
}

/* libyaml gives a place to every problem but a wrong byte; that one has an offset. */
static yaml_mark_t problem_mark(const struct reader *reader)
{
    if (reader->parser.error != YAML_READER_ERROR)
        return reader->parser.problem_mark;
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < reader->parser.problem_offset && i < reader->file->length; i++) {
        mark.column++;
        if (reader->file->bytes[i] == '\n')
            mark = (yaml_mark_t){.line = mark.line + 1};
    }
    return mark;
}

/* Steps to the next event. */
static bool step(struct reader *reader)
{
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event))
        return true;
    struct place place = place_at(reader, problem_mark(reader));
    return place_refuse(reader->error, &place, "not YAML: %s", reader->parser.problem);
}

static bool refuse_extras(struct reader *reader)
{
    const yaml_event_t *event = &reader->event;
    struct place place = here(reader);
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_ALIAS_EVENT)
        return place_refuse(reader->error, &place,
                            "aliases (*%s) are not used here: write the value, or use extends",
                            (const char *)event->data.alias.anchor);
    if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
    else if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
    if (anchor != NULL)
        return place_refuse(reader->error, &place,
                            "anchors (&%s) are not used here: write the value, or use extends",
                            (const char *)anchor);
    if (tag != NULL)
        return place_refuse(reader->error, &place, "tags (%s) are not used here: write the value",
                            (const char *)tag);
    return true;
}

static bool take_text(struct reader *reader, char **text)
{
    struct place place = here(reader);
    const char *value = (const char *)reader->event.data.scalar.value;
    if (strlen(value) != reader->event.data.scalar.length)
        return place_refuse(reader->error, &place, "a text must not hold a zero byte");
    *text = strdup(value);
    CHECK(*text != NULL);
    return true;
}

static struct tree *add_child(struct tree *parent)
{
    parent->child = realloc(parent->child, (parent->children + 1) * sizeof *parent->child);
    CHECK(parent->child != NULL);
    struct tree *child = &parent->child[parent->children++];
    *child = (struct tree){0};
    return child;
}

static bool read_node(struct reader *reader, struct tree *node, int depth);

/* The list as the text that --set would take; NULL when it holds a map. */
static char *list_text(const struct tree *list)
{
    for (size_t i = 0; i < list->children; i++)
        if (list->child[i].text == NULL)
            return NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK(out != NULL);
    fputc('[', out);
    for (size_t i = 0; i < list->children; i++)
        fprintf(out, "%s%s", i == 0 ? "" : ", ", list->child[i].text);
    fputc(']', out);
    CHECK(fclose(out) == 0);
    return text;
}

static bool read_list(struct reader *reader, struct tree *list, int depth)
{
    if (!step(reader))
        return false;
    while (reader->event.type != YAML_SEQUENCE_END_EVENT)
        if (!read_node(reader, add_child(list), depth))
            return false;
    list->text = list_text(list);
    return step(reader);
}

static bool read_key(struct reader *reader, struct tree *map, struct tree *entry)
{
    entry->key_place = here(reader);
    if (reader->event.type != YAML_SCALAR_EVENT)
        return refuse_extras(reader) &&
               place_refuse(reader->error, &entry->key_place, "a key must be a plain word");
    if (!refuse_extras(reader) || !take_text(reader, &entry->key))
        return false;
    for (const struct tree *other = map->child; other < entry; other++)
        if (strcmp(other->key, entry->key) == 0)
            return place_refuse(reader->error, &entry->key_place,
                                "'%.80s' is given twice: first in line %lu", entry->key,
                                other->key_place.line);
    return step(reader);
}

static bool read_map(struct reader *reader, struct tree *map, int depth)
{
    if (!step(reader))
        return false;
    while (reader->event.type != YAML_MAPPING_END_EVENT) {
        struct tree *entry = add_child(map);
        if (!read_key(reader, map, entry) || !read_node(reader, entry, depth))
            return false;
    }
    return step(reader);
}

/* Reads the node that the current event begins and steps behind it. */
static bool read_node(struct reader *reader, struct tree *node, int depth)
{
    node->place = here(reader);
    if (!refuse_extras(reader))
        return false;
    if (depth == DEPTH_MOST)
        return place_refuse(reader->error, &node->place, "nested too deep");
    if (reader->event.type == YAML_SCALAR_EVENT) {
        node->kind = TREE_TEXT;
        return take_text(reader, &node->text) && step(reader);
    }
    bool list = reader->event.type == YAML_SEQUENCE_START_EVENT;
    node->kind = list ? TREE_LIST : TREE_MAP;
    return list ? read_list(reader, node, depth + 1) : read_map(reader, node, depth + 1);
}

static bool read_document(struct reader *reader, struct tree *top)
{
    struct place start = {.file = reader->path, .line = 1, .column = 1};
    if (!step(reader) || !step(reader)) /* stream start; document start or stream end */
        return false;
    if (reader->event.type == YAML_STREAM_END_EVENT)
        return place_refuse(reader->error, &start, "the file is empty: a map of keys is due");
    if (!step(reader) || !read_node(reader, top, 0) || !step(reader))
        return false;
    struct place end = here(reader);
    if (reader->event.type != YAML_STREAM_END_EVENT)
        return place_refuse(reader->error, &end,
                            "a second document begins: a scenario is one document");
    if (top->kind != TREE_MAP)
        return place_refuse(reader->error, &top->place, "a map of keys is due, found %s",
                            top->kind == TREE_LIST ? "a list" : "plain text");
    return true;
}

bool tree_read(struct tree **top, const struct file *file, const char *path, struct error *error)
{
    struct reader reader = {.file = file, .path = path, .error = error};
    CHECK(yaml_parser_initialize(&reader.parser));
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)file->bytes, file->length);
    *top = calloc(1, sizeof **top);
    CHECK(*top != NULL);
    bool good = read_document(&reader, *top);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    if (!good) {
        tree_free(*top);
        *top = NULL;
    }
    return good;
}

static void fini(struct tree *node)
{
    for (size_t i = 0; i < node->children; i++)
        fini(&node->child[i]);
    free(node->child);
    free(node->key);
    free(node->text);
}

void tree_free(struct tree *tree)
{
    if (tree == NULL)
        return;
    fini(tree);
    free(tree);
}

const struct tree *tree_find(const struct tree *map, const char *key)
{
    for (size_t i = 0; i < map->children; i++)
        if (strcmp(map->child[i].key, key) == 0)
            return &map->child[i];
    return NULL;
}
