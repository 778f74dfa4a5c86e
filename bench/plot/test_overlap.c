/* The picture of the KB's sum: its numbers, and when there is none. */
#include "../../model/testkit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"
#include "world/row.h"

#include "../out/csv.h"
#include "../out/stage.h"
#include "plot.h"

static char dir[] = "/tmp/ikebench-test-overlap-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
    (void)state;
    return !remove_tree(dir);
}

static bool gnuplot_is_missing(void)
{
    return access("/usr/bin/gnuplot", X_OK) != 0 && access("/usr/local/bin/gnuplot", X_OK) != 0;
}

/* outage, ipsec and app_ready of trials, in seconds; -1 never. */
static void make(const int64_t (*trial_s)[3], size_t n)
{
    struct csv_buffer buffer = {0};
    struct stage stage;
    struct error error;
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_columns[i].name);
    csv_end_row(&buffer);
    for (size_t t = 0; t < n; t++) {
        int64_t ns[3];
        for (size_t k = 0; k < 3; k++)
            ns[k] = trial_s[t][k] < 0 ? -1 : trial_s[t][k] * NS_PER_S;
        struct row row = {.trial = (int64_t)t,
                          .status = ns[0] < 0 ? ROW_CENSORED : ROW_RECOVERED,
                          .outage_ns = ns[0],
                          .ipsec_ns = ns[1],
                          .app_ready_ns = ns[2]};
        for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
            csv_put_int64(&buffer, ((const int64_t *)&row)[i]);
        csv_end_row(&buffer);
    }
    assert_true(stage_open(dir, true, &stage, &error));
    FILE *stream = stage_file(&stage, "trials.csv", &error);
    fwrite(buffer.data, 1, buffer.length, stream);
    assert_true(stage_close_file(stream, "trials.csv", &error));
    assert_true(stage_commit(&stage, &error));
    csv_buffer_fini(&buffer);
    if (!plot_write(dir, "overlap", &error))
        fail_msg("%s", error.text);
}

static FILE *open_plot(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/plots/%s", dir, name);
    return fopen(path, "r");
}

static void sum_and_what_happened(void **state)
{
    (void)state;
    static const int64_t trial_s[][3] = {
        {360, 355, 40}, /* a crash: IPsec is the longer one */
        {20, 4, 30},    /* a move: a service that is ready before the last one */
        {-1, 300, 40},  /* not recovered */
        {300, 300, -1}, /* services never all online */
        {10, 10, 0},    /* no service had to start */
    };
    static const char *const lines[] = {"the KB's sum: IPsec's recovery plus Exchange's (s),the "
                                        "longer of the two,outage: first good "
                                        "answer\n",
                                        "395,355,360\n", "34,30,20\n"};
    char line[256];
    if (gnuplot_is_missing())
        skip();
    make(trial_s, COUNT_OF(trial_s));
    FILE *file = open_plot("overlap.csv");
    assert_non_null(file);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_string_equal(line, lines[i]);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    static const char *const pictures[] = {"overlap.svg", "overlap.png"};
    for (size_t i = 0; i < COUNT_OF(pictures); i++) {
        file = open_plot(pictures[i]);
        assert_non_null(file);
        fseek(file, 0, SEEK_END);
        assert_true(ftell(file) > 2000);
        fclose(file);
    }
}

static void nothing_to_add_up(void **state)
{
    (void)state;
    static const int64_t trial_s[][3] = {{-1, 300, 40}, {300, 300, -1}, {10, 10, 0}};
    if (gnuplot_is_missing())
        skip();
    make(trial_s, COUNT_OF(trial_s));
    assert_null(open_plot("overlap.svg"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_and_what_happened),
        cmocka_unit_test(nothing_to_add_up),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
