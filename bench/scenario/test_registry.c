#include "testsite.h"

#include "law_text.h"
#include "quantity.h"
#include "registry.h"
#include "words.h"

static bool is_ranged(enum param_type type)
{
    return type == TYPE_TIME || type == TYPE_SHARE || type == TYPE_RATE || type == TYPE_NUMBER ||
           type == TYPE_COUNT || type == TYPE_LAW || type == TYPE_BITRATE;
}

static double bound(const struct param_def *def, const char *text)
{
    struct quantity quantity;
    struct error error;
    enum param_type type = def->type == TYPE_LAW ? TYPE_TIME : def->type;
    if (!quantity_parse(&quantity, type, text, &error))
        fail_msg("%s.%s: %s", param_kind_name(def->kind), def->field, error.text);
    return quantity.real;
}

/* Defaults are read by every test that loads the site; here that none is hidden by a given value.
 */
static void every_default_is_inside_its_range(void **state)
{
    (void)state;
    struct plan plan = {0};
    struct error error;
    for (size_t i = 0; i < param_def_count; i++) {
        const struct param_def *def = &param_defs[i];
        if (!is_ranged(def->type))
            continue;
        assert_non_null(def->least);
        assert_non_null(def->most);
        double least = bound(def, def->least), most = bound(def, def->most);
        assert_true(least < most);
        if (def->initial == NULL || param_takes_auto(def))
            continue;
        struct law_text law;
        enum param_type type = def->type == TYPE_LAW ? TYPE_TIME : def->type;
        if (!law_text_parse(&law, &plan, type, def->initial, ".", &error))
            fail_msg("%s.%s: %s", param_kind_name(def->kind), def->field, error.text);
        bool tail = def->type == TYPE_LAW && isinf(law.high);
        if (law.low < least || (law.high > most && !tail))
            fail_msg("%s.%s: default %s is out of range", param_kind_name(def->kind), def->field,
                     def->initial);
        free(law.canonical);
    }
    for (size_t i = 0; i < plan.tables; i++)
        free(plan.table[i]);
    free(plan.table);
}

static void every_choice_default_is_a_choice(void **state)
{
    (void)state;
    for (size_t i = 0; i < param_def_count; i++) {
        const struct param_def *def = &param_defs[i];
        if (def->type != TYPE_CHOICE || def->initial == NULL)
            continue;
        int found = 0;
        for (const char *const *choice = def->choices; *choice != NULL; choice++)
            found += strcmp(*choice, def->initial) == 0;
        if (found != 1)
            fail_msg("%s is no choice of %s", def->initial, def->field);
    }
}

static void keys_are_unique_and_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < param_def_count; i++) {
        const struct param_def *def = &param_defs[i];
        assert_ptr_equal(param_find(def->kind, def->field), def); /* the first of its name */
        assert_true(strlen(def->meaning) > 5 && strlen(def->source) > 5);
        assert_null(strchr(def->meaning, '\n'));
    }
}

/* Every byte of every struct belongs to exactly one parameter: a new member without a row shows. */
static void registry_covers_every_member(void **state)
{
    (void)state;
    for (int kind = 0; kind < PARAM_KIND_COUNT; kind++) {
        unsigned char seen[512] = {0};
        size_t size = param_kind_size((enum param_kind)kind);
        assert_true(size <= sizeof seen);
        for (size_t i = 0; i < param_def_count; i++) {
            const struct param_def *def = &param_defs[i];
            size_t bytes = def->type == TYPE_LAW ? sizeof(struct law) : 8;
            for (size_t at = 0; def->kind == (enum param_kind)kind && at < bytes; at++)
                seen[def->offset + at]++;
        }
        for (size_t at = 0; at < size; at++)
            if (seen[at] != 1)
                fail_msg("%s_params: byte %zu belongs to %d parameters",
                         param_kind_name((enum param_kind)kind), at, seen[at]);
    }
}

static void list_has_a_line_for_every_parameter(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    registry_print(out);
    fclose(out);
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, param_def_count + 1);
    const char *row = strstr(text, "stack.NAME.idle_failover ");
    assert_non_null(row);
    assert_non_null(strstr(row, "60s "));
    assert_non_null(strstr(row, "1s to 24h "));
    row = strstr(text, "failure.kind ");
    assert_non_null(row);
    assert_true(strstr(row, "(must be given) ") < strchr(row, '\n'));
    assert_true(strstr(row, "crash, move ") < strchr(row, '\n'));
    /* Columns are aligned: every row's second column begins where the head's does. */
    size_t column = (size_t)(strstr(text, "TYPE") - text);
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
        assert_true(line[column] != ' ' && line[column - 1] == ' ' && line[column - 2] == ' ');
    free(text);
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(words_distance("delay", "delay"), 0);
    assert_int_equal(words_distance("dely", "delay"), 1);
    assert_int_equal(words_distance("dealy", "delay"), 1);
    assert_int_equal(words_distance("", "abc"), 3);
    assert_int_equal(words_distance("kitten", "sitting"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_inside_its_range),
        cmocka_unit_test(every_choice_default_is_a_choice),
        cmocka_unit_test(keys_are_unique_and_explained),
        cmocka_unit_test(registry_covers_every_member),
        cmocka_unit_test(list_has_a_line_for_every_parameter),
        cmocka_unit_test(distance_counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
