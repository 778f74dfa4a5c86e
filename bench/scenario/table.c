#include "table.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"
#include "file.h"
#include "quantity.h"

/* tc/q_netem.c: MAXDIST; values are 16-bit, one standard deviation is 8192 (pkt_sched.h). */
enum { DIST_MOST = 16384, DIST_LEAST_VALUE = -32768, DIST_MOST_VALUE = 32767 };
#define DIST_SCALE 8192.0

static const struct law_table *keep(struct plan *plan, struct law_table *table)
{
    plan->table = realloc(plan->table, (plan->tables + 1) * sizeof(struct law_table *));
    CHECK(plan->table != NULL);
    plan->table[plan->tables++] = table;
    return table;
}

const struct law_table *table_of_family(struct plan *plan, enum law_family family, double shape)
{
    for (size_t i = 0; i < plan->tables; i++)
        if (plan->table[i]->family == family && plan->table[i]->shape == shape)
            return plan->table[i];
    struct law_table *table = law_table_new(family, shape);
    return table == NULL ? NULL : keep(plan, table);
}

static const struct law_table *table_of_values(struct plan *plan, const double *value, size_t n)
{
    for (size_t i = 0; i < plan->tables; i++) {
        const struct law_table *table = plan->table[i];
        if (table->family == LAW_empirical && table->count == n &&
            memcmp(table->node, value, n * sizeof value[0]) == 0)
            return table;
    }
    return keep(plan, law_table_empirical_new(value, n));
}

/* The numbers of a file and how one of them is read. */
struct column {
    const char *path;
    double *value;
    size_t count;
    enum param_type type;
    const char *unit;
    bool (*read)(double *value, const struct column *column, const char *word, struct error *why);
};

static bool read_word(struct column *column, const char *word, unsigned long line,
                      struct error *why)
{
    struct error reason;
    double value;
    if (!column->read(&value, column, word, &reason))
        return error_set(why, EXIT_INPUT, "%s:%lu: %s", column->path, line, reason.text);
    column->value = realloc(column->value, (column->count + 1) * sizeof value);
    CHECK(column->value != NULL);
    column->value[column->count++] = value;
    return true;
}

static bool read_line(struct column *column, char *line, unsigned long number, struct error *why)
{
    char *rest = NULL;
    line[strcspn(line, "#")] = '\0';
    for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
         word = strtok_r(NULL, " \t\r", &rest))
        if (!read_word(column, word, number, why))
            return false;
    return true;
}

static bool read_column(struct column *column, struct plan *plan, struct error *why)
{
    struct file file;
    if (!file_read(&file, plan, column->path, why))
        return false;
    bool good = true;
    unsigned long number = 1;
    char *next = file.bytes;
    for (char *line = strsep(&next, "\n"); good && line != NULL; line = strsep(&next, "\n"))
        good = read_line(column, line, number++, why);
    free(file.bytes);
    if (good && column->count == 0)
        return error_set(why, EXIT_INPUT, "'%s' holds no numbers", column->path);
    return good;
}

static bool read_dist_value(double *value, const struct column *column, const char *word,
                            struct error *why)
{
    char *end;
    long whole = strtol(word, &end, 0);
    if (*end != '\0' || whole < DIST_LEAST_VALUE || whole > DIST_MOST_VALUE)
        return error_set(why, EXIT_INPUT,
                         "'%.40s' is not right: a whole number from %d to %d is due", word,
                         DIST_LEAST_VALUE, DIST_MOST_VALUE);
    *value = (double)whole / DIST_SCALE;
    if (column->count > 0 && *value < column->value[column->count - 1])
        return error_set(why, EXIT_INPUT,
                         "'%.40s' is less than the value before it: a distribution table ascends",
                         word);
    if (column->count == DIST_MOST)
        return error_set(why, EXIT_INPUT, "a distribution table holds at most %d values",
                         DIST_MOST);
    return true;
}

static bool read_dist(const struct law_table **table, struct plan *plan, const char *path,
                      struct error *why)
{
    struct column column = {.path = path, .read = read_dist_value};
    bool good = read_column(&column, plan, why);
    if (good)
        *table = table_of_values(plan, column.value, column.count);
    free(column.value);
    return good;
}

static bool read_measured_value(double *value, const struct column *column, const char *word,
                                struct error *why)
{
    char text[QUANTITY_TEXT_MAX];
    struct quantity quantity;
    if ((size_t)snprintf(text, sizeof text, "%s%s", word, column->unit) >= sizeof text)
        return error_set(why, EXIT_INPUT, "'%.40s...' is too long for a number", word);
    if (!quantity_parse(&quantity, column->type, text, why))
        return false;
    *value = quantity.real;
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool table_measured(const struct law_table **table, struct plan *plan, const char *path,
                    enum param_type type, const char *unit, struct error *why)
{
    struct column column = {.path = path, .read = read_measured_value, .type = type, .unit = unit};
    bool good = read_column(&column, plan, why);
    if (good) {
        qsort(column.value, column.count, sizeof column.value[0], ascending);
        *table = table_of_values(plan, column.value, column.count);
    }
    free(column.value);
    return good;
}

/* The first file that the pattern matches and that can be read, or NULL; owned by the caller. */
static char *first_match(const char *folder, const char *name)
{
    char *pattern = NULL, *path = NULL;
    CHECK(asprintf(&pattern, "%s/%s.dist", folder, name) >= 0);
    glob_t matches = {0};
    if (glob(pattern, 0, NULL, &matches) == 0)
        for (size_t i = 0; i < matches.gl_pathc && path == NULL; i++)
            if (access(matches.gl_pathv[i], R_OK) == 0)
                path = strdup(matches.gl_pathv[i]);
    globfree(&matches);
    free(pattern);
    return path;
}

static char *find_installed(const char *name)
{
    static const char *const folders[] = {"/usr/lib/*/tc", "/usr/lib/tc", "/usr/share/tc"};
    const char *own = getenv("TC_LIB_DIR");
    char *path = own == NULL || *own == '\0' ? NULL : first_match(own, name);
    for (size_t i = 0; path == NULL && i < COUNT_OF(folders); i++)
        path = first_match(folders[i], name);
    return path;
}

static bool installed(const struct law_table **table, struct plan *plan, const char *name,
                      struct error *why)
{
    char *path = find_installed(name);
    if (path == NULL)
        return error_set(why, EXIT_INPUT,
                         "no file %s.dist in $TC_LIB_DIR, /usr/lib/*/tc, /usr/lib/tc or "
                         "/usr/share/tc: the package iproute2 installs normal, pareto, "
                         "paretonormal and experimental there",
                         name);
    bool good = read_dist(table, plan, path, why);
    free(path);
    return good;
}

static bool is_path(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".dist") == 0;
}

bool table_named(const struct law_table **table, char **canonical, struct plan *plan,
                 const char *name, const char *folder, struct error *why)
{
    *table = NULL;
    *canonical = NULL;
    bool good;
    if (is_path(name)) {
        *canonical = file_path(folder, name);
        good = read_dist(table, plan, *canonical, why);
    } else if (*name == '\0' ||
               name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0') {
        return error_set(why, EXIT_INPUT,
                         "'%.80s' is not right: uniform, normal, pareto, paretonormal, "
                         "experimental, or a path ending in .dist is due",
                         name);
    } else {
        *canonical = strdup(name);
        good = strcmp(name, "uniform") == 0 || installed(table, plan, name, why);
    }
    CHECK(*canonical != NULL);
    if (!good) {
        free(*canonical);
        *canonical = NULL;
    }
    return good;
}
