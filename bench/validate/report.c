#include "report.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "engine/check.h"
#include "effect.h"
#include "support.h"

#define VALIDATE_SCHEMA 1

/* One key of the merged scenario. Texts are the plans'; `value` is owned when there are several. */
struct line {
    const char *key, *origin;
    char *value;
    bool draw;
};

static const struct plan_draw *draw_of(const struct plan *plan, const char *key)
{
    for (size_t i = 0; i < plan->draws; i++)
        if (strcmp(plan->draw[i].key, key) == 0)
            return &plan->draw[i];
    return NULL;
}

static const char *value_of(const struct plan *plan, size_t setting)
{
    const struct plan_draw *draw = draw_of(plan, plan->setting[setting].key);
    return draw != NULL ? draw->text : plan->setting[setting].value;
}

/* Whether an arm before this one has the same value. */
static bool seen(const struct sweep *sweep, size_t arm, size_t setting)
{
    for (size_t i = 0; i < arm; i++)
        if (strcmp(value_of(sweep->plan[i], setting), value_of(sweep->plan[arm], setting)) == 0)
            return true;
    return false;
}

/* "60s", or of a sweep "60s | 300s". */
static char *values_text(const struct sweep *sweep, size_t setting)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK(out != NULL);
    for (size_t arm = 0; arm < sweep->arms.n; arm++)
        if (!seen(sweep, arm, setting))
            fprintf(out, "%s%s", arm == 0 ? "" : " | ", value_of(sweep->plan[arm], setting));
    CHECK(fclose(out) == 0);
    return text;
}

/* Kind by kind, instance by instance: the order of plan->setting has the fields outside. */
static int by_place(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return strcmp(x->key, y->key);
}

static struct line *lines_of(const struct sweep *sweep)
{
    const struct plan *plan = sweep->plan[0];
    struct line *line = calloc(plan->settings + 1, sizeof *line);
    CHECK(line != NULL);
    for (size_t i = 0; i < plan->settings; i++) {
        const struct plan_draw *draw = draw_of(plan, plan->setting[i].key);
        line[i] = (struct line){.key = plan->setting[i].key,
                                .value = values_text(sweep, i),
                                .origin = draw != NULL ? draw->origin : plan->setting[i].origin,
                                .draw = draw != NULL};
    }
    qsort(line, plan->settings, sizeof *line, by_place);
    return line;
}

static void free_lines(struct line *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(line[i].value);
    free(line);
}

/* ---- findings: of a sweep, what holds in every arm ---- */

static bool in_arm(const struct plan *plan, const struct effect_finding *finding)
{
    struct effect_finding *list;
    size_t n = effect_find(plan, &list);
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found |= strcmp(list[i].key, finding->key) == 0;
    free(list);
    return found;
}

static size_t find_all(const struct sweep *sweep, struct effect_finding **list)
{
    size_t n = effect_find(sweep->plan[0], list), kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool everywhere = true;
        for (size_t arm = 1; everywhere && arm < sweep->arms.n; arm++)
            everywhere = in_arm(sweep->plan[arm], &(*list)[i]);
        if (everywhere)
            (*list)[kept++] = (*list)[i];
    }
    return kept;
}

/* The first arm in which a rule of support is broken; false: none. */
static bool broken(const struct sweep *sweep, const struct support_rule *rule, size_t *arm,
                   int *stack)
{
    for (*arm = 0; *arm < sweep->arms.n; (*arm)++) {
        *stack = rule->broken(sweep->plan[*arm]);
        if (*stack != SUPPORT_GOOD)
            return true;
    }
    return false;
}

/* ---- text ---- */

static void print_lines(FILE *out, const struct line *line, size_t n)
{
    int key = 0, value = 0;
    for (size_t i = 0; i < n; i++) {
        int key_length = (int)strlen(line[i].key), value_length = (int)strlen(line[i].value);
        key = key_length > key ? key_length : key;
        value = value_length > value ? value_length : value;
    }
    fprintf(out, "%-*s  %-*s  %s\n", key, "KEY", value, "VALUE", "FROM");
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%-*s  %-*s  %s%s\n", key, line[i].key, value, line[i].value, line[i].origin,
                line[i].draw ? ", once a trial" : "");
}

static void print_findings(FILE *out, const struct sweep *sweep)
{
    struct effect_finding *list;
    size_t n = find_all(sweep, &list);
    bool known = effect_known(sweep->plan[0]);
    fprintf(out, "\nGiven, and without effect here:%s\n",
            !known   ? " not looked for with trial.system tls"
            : n == 0 ? " none"
                     : "");
    for (size_t i = 0; i < n; i++)
        fprintf(out, "  %s%s%s (%s): %s\n", list[i].key, *list[i].value ? " = " : "", list[i].value,
                list[i].origin, list[i].why);
    free(list);
}

static void print_support(FILE *out, const struct sweep *sweep)
{
    bool any = false;
    for (size_t i = 0; i < support_rule_count; i++) {
        char text[SUPPORT_TEXT_MAX];
        size_t arm;
        int stack;
        if (!broken(sweep, &support_rules[i], &arm, &stack))
            continue;
        if (!any)
            fprintf(out, "\nNot supported, simulated all the same:\n");
        any = true;
        fprintf(out, "  %s\n", support_text(text, sweep->plan[arm], &support_rules[i], stack));
    }
}

void validate_print(FILE *out, const char *file, const struct sweep *sweep)
{
    const struct plan *plan = sweep->plan[0];
    struct line *line = lines_of(sweep);
    fprintf(out, "%s: %s\n", file, *plan->description ? plan->description : plan->name);
    if (sweep->arms.n > 1)
        fprintf(out, "a sweep of %zu arms\n", sweep->arms.n);
    fputs("made of", out);
    for (size_t i = 0; i < plan->sources; i++)
        fprintf(out, "%s %s", i == 0 ? "" : ",", plan->source[i].path);
    fputs("\n\n", out);
    print_lines(out, line, plan->settings);
    print_findings(out, sweep);
    print_support(out, sweep);
    free_lines(line, plan->settings);
}

/* ---- JSON ---- */

/* A text that may be no UTF-8 (a path): null then. */
static json_t *text_of(const char *text)
{
    json_t *string = json_string(text);
    return string != NULL ? string : json_null();
}

static json_t *json_lines(const struct line *line, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:b}", "key", line[i].key, "value",
                                              line[i].value, "origin", text_of(line[i].origin),
                                              "per_trial", line[i].draw));
    return list;
}

static json_t *json_findings(const struct sweep *sweep)
{
    struct effect_finding *found;
    if (!effect_known(sweep->plan[0]))
        return json_null();
    size_t n = find_all(sweep, &found);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s}", "key", found[i].key, "value",
                                              found[i].value, "origin", text_of(found[i].origin),
                                              "why", found[i].why));
    free(found);
    return list;
}

static json_t *json_support(const struct sweep *sweep)
{
    json_t *list = json_array();
    for (size_t i = 0; i < support_rule_count; i++) {
        const struct support_rule *rule = &support_rules[i];
        char key[PARAM_KEY_MAX];
        size_t arm;
        int stack;
        if (!broken(sweep, rule, &arm, &stack))
            continue;
        snprintf(key, sizeof key, "stack.%s.%s", sweep->plan[arm]->names[KIND_stack][stack],
                 rule->key);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "key", key, "what", rule->what,
                                              "source", rule->source));
    }
    return list;
}

static json_t *json_sources(const struct plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < plan->sources; i++)
        json_array_append_new(list, text_of(plan->source[i].path));
    return list;
}

static void dump(FILE *out, json_t *root)
{
    CHECK(root != NULL);
    json_dumpf(root, out, JSON_INDENT(1));
    fputc('\n', out);
    json_decref(root);
}

void validate_print_json(FILE *out, const char *file, const struct sweep *sweep)
{
    const struct plan *plan = sweep->plan[0];
    struct line *line = lines_of(sweep);
    dump(out,
         json_pack("{s:i, s:o, s:n, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "schema",
                   VALIDATE_SCHEMA, "file", text_of(file), "error", "scenario", text_of(plan->name),
                   "folder", text_of(plan->folder), "description", text_of(plan->description),
                   "arms", (json_int_t)sweep->arms.n, "sources", json_sources(plan), "settings",
                   json_lines(line, plan->settings), "without_effect", json_findings(sweep),
                   "unsupported", json_support(sweep)));
    free_lines(line, plan->settings);
}

void validate_print_error_json(FILE *out, const char *file, const struct error *error)
{
    dump(out, json_pack("{s:i, s:o, s:o}", "schema", VALIDATE_SCHEMA, "file", text_of(file),
                        "error", text_of(error->text)));
}
