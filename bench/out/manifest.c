#include "manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnu/libc-version.h>
#include <gsl/gsl_version.h>
#include <jansson.h>

#include "engine/check.h"
#include "net/netem.h"

#include "stage.h"

#define MANIFEST_SCHEMA 1

/* 64-bit numbers as text: JSON numbers are doubles to many readers. */
static json_t *text_of(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

static json_t *settings_of(const struct plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < plan->settings; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "key", plan->setting[i].key, "value",
                                        plan->setting[i].value, "origin", plan->setting[i].origin));
    return list;
}

static json_t *draws_of(const struct plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < plan->draws; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "key", plan->draw[i].key, "law", plan->draw[i].text));
    return list;
}

/* Which processes of which links draw in the order of packets, because they have a memory, and not
 * by each packet's identity: in a comparison one more packet in one arm shifts their luck. */
static json_t *streams_of(const struct plan *plan)
{
    json_t *list = json_array();
    struct params highest;
    plan_highest(plan, &highest);
    for (int i = 0; i < highest.links; i++)
        for (int k = 0; k < NETEM_PROCESS_COUNT; k++) {
            const char *why = netem_memory(&highest.link[i], (enum netem_process)k);
            if (why != NULL)
                json_array_append_new(
                    list, json_pack("{s:s, s:s, s:s}", "link", plan->names[KIND_link][i], "process",
                                    netem_process_name((enum netem_process)k), "why", why));
        }
    return list;
}

static json_t *sources_of(const struct plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < plan->sources; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "path", plan->source[i].path, "sha256",
                                              plan->source[i].sha256));
    return list;
}

static json_t *root_of(const struct plan *plan, const struct manifest_run *run)
{
    json_t *root = json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
        "program", "ikebench", "version", IKEBENCH_VERSION, "schema", MANIFEST_SCHEMA, "scenario",
        plan->name, "folder", plan->folder, "description", plan->description, "seed",
        text_of(run->seed), "first", text_of(run->first), "trials", text_of(run->trials),
        "compiler", __VERSION__, "libc", gnu_get_libc_version(), "gsl", GSL_VERSION, "per_trial",
        draws_of(plan), "settings", settings_of(plan), "streams", streams_of(plan), "sources",
        sources_of(plan));
    CHECK(root != NULL);
    return root;
}

static void add_text(json_t *root, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(root, key, json_string(text));
}

static void add_options(json_t *root, const struct manifest_run *run)
{
    add_text(root, "columns", run->columns);
    add_text(root, "rows", run->rows);
    add_text(root, "alarms", run->alarms);
    add_text(root, "precision", run->precision);
    add_text(root, "shard", run->shard);
    add_text(root, "build", run->build);
    if (run->shard != NULL) {
        json_object_set_new(root, "whole_first", text_of(run->whole_first));
        json_object_set_new(root, "whole_trials", text_of(run->whole_trials));
    }
}

/* Keeps what an arm has of a list of the root only where it is another one. */
static void set_unless_same(json_t *arm, const json_t *root, const char *key, json_t *own)
{
    if (!json_equal(own, json_object_get(root, key)))
        json_object_set(arm, key, own);
    json_decref(own);
}

static json_t *arm_of(const struct manifest_arm *arm, const struct plan *first, const json_t *root)
{
    json_t *settings = settings_of(arm->plan), *different = json_array();
    CHECK(arm->plan->settings == first->settings);
    for (size_t i = 0; i < first->settings; i++)
        if (strcmp(arm->plan->setting[i].value, first->setting[i].value) != 0)
            json_array_append(different, json_array_get(settings, i));
    json_decref(settings);
    json_t *object = json_pack("{s:s, s:o}", "name", arm->name, "settings", different);
    CHECK(object != NULL);
    set_unless_same(object, root, "per_trial", draws_of(arm->plan));
    set_unless_same(object, root, "streams", streams_of(arm->plan));
    return object;
}

static const char *hash_of(const json_t *root, const char *path);

/* Adds the files that only this arm read. */
static void add_sources(json_t *root, const struct plan *plan)
{
    json_t *sources = sources_of(plan);
    for (size_t i = 0; i < plan->sources; i++)
        if (hash_of(root, plan->source[i].path) == NULL)
            json_array_append(json_object_get(root, "sources"), json_array_get(sources, i));
    json_decref(sources);
}

static void add_arms(json_t *root, const struct manifest_arm *arm, size_t arms)
{
    json_t *list = json_array();
    for (size_t i = 0; i < arms; i++) {
        json_array_append_new(list, arm_of(&arm[i], arm[0].plan, root));
        add_sources(root, arm[i].plan);
    }
    json_object_set_new(root, "arms", list);
}

char *manifest_text(const struct manifest_arm *arm, size_t arms, const struct manifest_run *run)
{
    json_t *root = root_of(arm[0].plan, run);
    if (arm[0].name != NULL)
        add_arms(root, arm, arms);
    add_options(root, run);
    char *json = json_dumps(root, JSON_INDENT(1)), *text = NULL;
    CHECK(json != NULL && asprintf(&text, "%s\n", json) >= 0);
    free(json);
    json_decref(root);
    return text;
}

/* Reads a list of objects with two texts each; NULL and 0 when it is something else. */
static struct plan_pair *pairs_of(const json_t *list, const char *first, const char *second,
                                  size_t *n)
{
    *n = json_array_size(list);
    struct plan_pair *pairs = calloc(*n + 1, sizeof *pairs);
    CHECK(pairs != NULL);
    for (size_t i = 0; i < *n; i++) {
        const json_t *item = json_array_get(list, i);
        pairs[i].key = json_string_value(json_object_get(item, first));
        pairs[i].value = json_string_value(json_object_get(item, second));
        if (pairs[i].key == NULL || pairs[i].value == NULL) {
            free(pairs);
            *n = 0;
            return NULL;
        }
    }
    return pairs;
}

static bool number_of(const json_t *root, const char *key, uint64_t *value)
{
    const char *text = json_string_value(json_object_get(root, key));
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* The hash that the manifest has of a file; NULL when it does not name it. */
static const char *hash_of(const json_t *root, const char *path)
{
    const json_t *list = json_object_get(root, "sources");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *own = json_string_value(json_object_get(item, "path"));
        if (own != NULL && strcmp(own, path) == 0)
            return json_string_value(json_object_get(item, "sha256"));
    }
    return NULL;
}

/* The tables that were read anew are those of the run: else trials would not be its trials. */
static bool same_sources(const json_t *root, const struct plan *plan, struct error *error)
{
    for (size_t i = 0; i < plan->sources; i++) {
        const struct plan_source *source = &plan->source[i];
        const char *hash = hash_of(root, source->path);
        if (hash == NULL || strcmp(hash, source->sha256) != 0)
            return error_set(error, EXIT_INPUT, "manifest.json: %s is not what the run read",
                             source->path);
    }
    return true;
}

static bool refuse_content(struct error *error)
{
    return error_set(error, EXIT_INPUT, "manifest.json: not a manifest of this program");
}

static bool rebuild(const json_t *root, struct manifest *m, struct error *error)
{
    size_t settings, draws;
    struct plan_pair *setting =
        pairs_of(json_object_get(root, "settings"), "key", "value", &settings);
    struct plan_pair *draw = pairs_of(json_object_get(root, "per_trial"), "key", "law", &draws);
    const char *name = json_string_value(json_object_get(root, "scenario"));
    const char *folder = json_string_value(json_object_get(root, "folder"));
    bool good = setting != NULL && draw != NULL && name != NULL && folder != NULL &&
                number_of(root, "seed", &m->seed) && number_of(root, "first", &m->first) &&
                number_of(root, "trials", &m->trials);
    if (!good)
        refuse_content(error);
    else
        good = plan_rebuild(&m->plan, name, folder, setting, settings, draw, draws, error) &&
               same_sources(root, m->plan, error);
    if (!good) {
        plan_free(m->plan);
        m->plan = NULL;
    }
    free(setting);
    free(draw);
    return good;
}

bool manifest_refuse(const char *dir, struct error *error)
{
    return error_set(error, EXIT_INPUT, "%s: %s", dir,
                     access(dir, F_OK) != 0 ? "there is no such folder"
                                            : "no manifest.json here: not a folder of results");
}

/* The JSON of DIR/manifest.json when it is ours; NULL and *error otherwise. */
static json_t *load_root(const char *dir, struct error *error)
{
    char path[4096];
    json_error_t problem;
    if (snprintf(path, sizeof path, "%s/manifest.json", dir) >= (int)sizeof path) {
        error_set(error, EXIT_INPUT, "%s: name too long", dir);
        return NULL;
    }
    json_t *root = json_load_file(path, 0, &problem);
    if (root == NULL && problem.line < 0)
        manifest_refuse(dir, error);
    else if (root == NULL)
        error_at(error, path, (unsigned long)problem.line, (unsigned long)problem.column, "%s",
                 problem.text);
    if (root == NULL)
        return NULL;
    const char *program = json_string_value(json_object_get(root, "program"));
    json_int_t schema = json_integer_value(json_object_get(root, "schema"));
    bool ours = program != NULL && strcmp(program, "ikebench") == 0;
    if (!ours)
        error_set(error, EXIT_INPUT, "%s: not a manifest of ikebench", path);
    else if (schema != MANIFEST_SCHEMA)
        error_set(error, EXIT_INPUT, "%s: schema %" JSON_INTEGER_FORMAT ", this program reads %d",
                  path, schema, MANIFEST_SCHEMA);
    if (ours && schema == MANIFEST_SCHEMA)
        return root;
    json_decref(root);
    return NULL;
}

/* Lays what an arm sets over the settings of the first one. */
static bool lay_arm(json_t *root, const json_t *arm, struct error *error)
{
    json_t *settings = json_object_get(root, "settings"), *own = json_object_get(arm, "settings");
    json_t *draws = json_object_get(arm, "per_trial");
    size_t at = 0; /* both lists have the same order */
    for (size_t i = 0; i < json_array_size(own); i++) {
        json_t *item = json_array_get(own, i);
        while (at < json_array_size(settings) &&
               !json_equal(json_object_get(json_array_get(settings, at), "key"),
                           json_object_get(item, "key")))
            at++;
        if (at == json_array_size(settings))
            return refuse_content(error);
        json_array_set(settings, at, item);
    }
    if (draws != NULL)
        json_object_set(root, "per_trial", draws);
    return true;
}

bool manifest_read(const char *dir, struct manifest *manifest, struct error *error)
{
    *manifest = (struct manifest){0};
    json_t *root = load_root(dir, error);
    size_t arms = json_array_size(json_object_get(root, "arms"));
    bool good = root != NULL;
    if (arms > 0)
        good = error_set(error, EXIT_INPUT, "%s: a sweep of %zu arms: which one? (--arm 0 to %zu)",
                         dir, arms, arms - 1);
    good = good && rebuild(root, manifest, error);
    json_decref(root);
    return good;
}

bool manifest_read_arm(const char *dir, uint64_t arm, struct manifest *manifest,
                       struct error *error)
{
    *manifest = (struct manifest){0};
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    const json_t *list = json_object_get(root, "arms");
    size_t arms = json_array_size(list);
    bool good = arm < arms;
    if (arms == 0)
        error_set(error, EXIT_INPUT, "%s: no sweep, so it has no arms", dir);
    else if (!good)
        error_set(error, EXIT_INPUT, "%s: no arm %" PRIu64 ": they are 0 to %zu", dir, arm,
                  arms - 1);
    good =
        good && lay_arm(root, json_array_get(list, arm), error) && rebuild(root, manifest, error);
    json_decref(root);
    return good;
}

bool manifest_title(const char *dir, char *title, size_t size, struct error *error)
{
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    const char *name = json_string_value(json_object_get(root, "scenario"));
    const char *folder = json_string_value(json_object_get(root, "folder"));
    uint64_t trials;
    bool good = name != NULL && folder != NULL && number_of(root, "trials", &trials);
    size_t arms = json_array_size(json_object_get(root, "arms"));
    if (good && arms > 0)
        snprintf(title, size, "%s/%s: %zu arms of %" PRIu64 " trials", folder, name, arms, trials);
    else if (good)
        snprintf(title, size, "%s/%s: %" PRIu64 " trials", folder, name, trials);
    else
        refuse_content(error);
    json_decref(root);
    return good;
}

bool manifest_values(const char *dir, int64_t arm, const char *prefix, char *text, size_t size,
                     struct error *error)
{
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    const json_t *own = json_array_get(json_object_get(root, "arms"), (size_t)(arm < 0 ? 0 : arm));
    bool good = arm < 0 || (own != NULL && lay_arm(root, own, error));
    const json_t *settings = json_object_get(root, "settings");
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; good && i < json_array_size(settings); i++) {
        const json_t *item = json_array_get(settings, i);
        const char *key = json_string_value(json_object_get(item, "key"));
        const char *value = json_string_value(json_object_get(item, "value"));
        if (key == NULL || value == NULL || strncmp(key, prefix, strlen(prefix)) != 0)
            continue;
        int more = snprintf(text + used, size - used, "%s%s %s", used > 0 ? ", " : "", key, value);
        used += more > 0 && (size_t)more < size - used ? (size_t)more : 0;
    }
    json_decref(root);
    return good || refuse_content(error);
}

bool manifest_arms(const char *dir, size_t *arms, struct error *error)
{
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    *arms = json_array_size(json_object_get(root, "arms"));
    json_decref(root);
    return *arms > 0 || error_set(error, EXIT_INPUT, "%s: no sweep, so it has no arms", dir);
}

bool manifest_arm_name(const char *dir, uint64_t arm, char *name, size_t size, struct error *error)
{
    size_t arms;
    if (!manifest_arms(dir, &arms, error))
        return false;
    if (arm >= arms)
        return error_set(error, EXIT_INPUT, "%s: no arm %" PRIu64 ": they are 0 to %zu", dir, arm,
                         arms - 1);
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    const char *text = json_string_value(
        json_object_get(json_array_get(json_object_get(root, "arms"), arm), "name"));
    snprintf(name, size, "%s", text != NULL ? text : "");
    json_decref(root);
    return text != NULL || refuse_content(error);
}

static bool says(const char *dir, int64_t arm, const char *key, const char *words)
{
    char text[64];
    struct error error;
    return manifest_values(dir, arm, key, text, sizeof text, &error) && strcmp(text, words) == 0;
}

bool manifest_is_steady(const char *dir, int64_t arm)
{
    return says(dir, arm, "failure.kind", "failure.kind none") &&
           says(dir, arm, "trial.system", "trial.system ipsec");
}

bool manifest_is_storm(const char *dir, int64_t arm)
{
    return says(dir, arm, "trial.system", "trial.system storm");
}

bool manifest_seed(const char *dir, uint64_t *seed, struct error *error)
{
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    bool good = number_of(root, "seed", seed) || refuse_content(error);
    json_decref(root);
    return good;
}

bool manifest_numbers(const char *dir, uint64_t *seed, uint64_t *first, uint64_t *trials,
                      struct error *error)
{
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    bool good = (number_of(root, "seed", seed) && number_of(root, "first", first) &&
                 number_of(root, "trials", trials)) ||
                refuse_content(error);
    json_decref(root);
    return good;
}

static bool is_there(const char *dir)
{
    char *path = path_join(dir, "manifest.json");
    bool found = access(path, F_OK) == 0;
    free(path);
    return found;
}

bool manifest_check_rows(const char *dir, uint64_t rows, struct error *error)
{
    uint64_t trials;
    if (!is_there(dir))
        return true;
    json_t *root = load_root(dir, error);
    if (root == NULL)
        return false;
    size_t arms = json_array_size(json_object_get(root, "arms"));
    char each[48] = "";
    if (arms > 0)
        snprintf(each, sizeof each, "%zu arms of ", arms);
    bool good = number_of(root, "trials", &trials) || refuse_content(error);
    json_decref(root);
    return good &&
           (rows == trials * (arms > 0 ? arms : 1) ||
            error_set(error, EXIT_INPUT,
                      "%s/trials.csv has %" PRIu64 " rows, its manifest.json says %s%" PRIu64
                      " trials: it was cut off, or is not of this run",
                      dir, rows, each, trials));
}
