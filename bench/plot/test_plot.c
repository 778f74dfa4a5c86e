#include "../../model/testkit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

#include "engine/check.h"
#include "engine/luck.h"
#include "world/row.h"

#include "../out/stage.h"
#include "classes.h"
#include "curves.h"
#include "gnuplot.h"
#include "phases.h"
#include "plot.h"

static char dir[] = "/tmp/ikebench-test-plot-XXXXXX";

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

#define NEEDS_GNUPLOT()                                                                            \
    do {                                                                                           \
        if (gnuplot_is_missing())                                                                  \
            skip();                                                                                \
    } while (0)

/* Trials with outages and ipsec (ns; -1 never); detect and app are the phases. */
static const struct row_class *class_row; /* of class "http" in every trial; NULL: none */

static void write_trials(const int64_t *outage, const int64_t *ipsec, size_t n)
{
    struct csv_buffer buffer = {0};
    char name[ROW_NAME_MAX];
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_columns[i].name);
    for (size_t i = 0; class_row && i < ROW_CLASS_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_class_name(name, "http", &row_class_columns[i]));
    csv_end_row(&buffer);
    for (size_t t = 0; t < n; t++) {
        struct row row = {
            .trial = (int64_t)t,
            .outage_ns = outage[t],
            .ipsec_ns = ipsec[t],
            .phase_detect_ns = ipsec[t],
            .phase_app_ns = outage[t] - ipsec[t],
        };
        for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
            csv_put_int64(
                &buffer, row_column_applies(i, ROW_SYSTEM_IPSEC) ? ((const int64_t *)&row)[i] : -1);
        for (size_t i = 0; class_row && i < ROW_CLASS_COLUMN_COUNT; i++)
            csv_put_int64(&buffer, ((const int64_t *)class_row)[i]);
        csv_end_row(&buffer);
    }
    struct stage stage;
    struct error error;
    assert_true(stage_open(dir, true, &stage, &error));
    FILE *stream = stage_file(&stage, "trials.csv", &error);
    fwrite(buffer.data, 1, buffer.length, stream);
    assert_true(stage_close_file(stream, "trials.csv", &error));
    assert_true(stage_commit(&stage, &error));
    csv_buffer_fini(&buffer);
}

/* Atoms near 3, 7 and 363 s, as the simulator has them. */
static void write_usual_trials(void)
{
    enum { N = 2000 };
    static int64_t outage[N], ipsec[N];
    for (uint32_t i = 0; i < N; i++) {
        struct luck luck = {.seed = 1, .trial = i};
        double u = luck_uniform(&luck, 1, 1, 0), v = luck_uniform(&luck, 1, 1, 1);
        ipsec[i] = (int64_t)(1e9 * ((u < 0.6 ? 3.0 : u < 0.98 ? 7.0 : 363.0) + 0.1 * v));
        outage[i] = ipsec[i] + (int64_t)(2e9 * v);
    }
    write_trials(outage, ipsec, N);
}

static char *read_plot(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/plots/%s", dir, name);
    FILE *stream = fopen(path, "r");
    if (!stream)
        fail_msg("%s is missing", path);
    char *text = calloc(1, 4000000);
    size_t n = fread(text, 1, 3999999, stream);
    assert_true(n > 1000);
    fclose(stream);
    return text;
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static bool exists(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void make(const char *title)
{
    struct error error;
    if (!plot_write(dir, title, &error))
        fail_msg("%s", error.text);
}

static void put_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/plots/%s", dir, name);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

/* What a script makes of a table as others would write it; to be freed. */
static char *draw_table(const char *script, const char *base, const char *name, const char *text,
                        const char *svg)
{
    char path[256];
    struct error error;
    snprintf(path, sizeof path, "%s/plots", dir);
    mkdir(path, 0700);
    put_file("title.txt", "Ta title (curves, bars: 4 lowest and 4 highest p99)\n");
    put_file(name, text);
    if (!gnuplot_run_all(&(struct gnuplot_job){script, base}, 1, path, &error))
        fail_msg("%s", error.text);
    return read_plot(svg);
}

static void one_row_does_not_dwarf_the_forest(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    static const char head[] = "row,name,change,low,high,verdict\n";
    char text[512];
    snprintf(text, sizeof text,
             "%s0,outage p50,-66,-66.5,-66,0\n1,bytes,4,2,5,1\n2,alarms,27300,21025,35676.6,1\n",
             head);
    char *svg = draw_table("forest.gp", NULL, "forest.csv", text, "forest.svg");
    const char *const want[] = {">alarms<", "+27,300 % [+21,025, +35,677]", ">-60<", ">worse<",
                                ">better<"};
    for (size_t i = 0; i < COUNT_OF(want); i++)
        if (!strstr(svg, want[i]))
            fail_msg("no '%s'", want[i]);
    assert_null(strstr(svg, "0000<"));
    free(svg);
    snprintf(text, sizeof text, "%s0,alarms,27300,21025,35676.6,1\n", head);
    svg = draw_table("forest.gp", NULL, "forest.csv", text, "forest.svg");
    assert_non_null(strstr(svg, " 30000<")); /* no others that could be dwarfed */
    free(svg);
}

/* Whatever the times are: what lies between two of the usual marks gets marks of its own. */
static void an_axis_of_time_has_two_marks(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    static const struct {
        double seconds;
        const char *mark[2];
    } cases[] = {{195, {">200 s<", ">150 s<"}}, {0.0032, {">4 ms<", ">3 ms<"}},
                 {5000, {">1.2 h<", ">2 h<"}},  {20000, {">4 h<", ">6 h<"}},
                 {3, {">3 s<", ">4 s<"}},       {80, {">1 min<", ">2 min<"}}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[256], path[256];
        snprintf(text, sizeof text, "storm.clients,p99,low,high\n100,%.9g,,\n1000,%.9g,,\n",
                 cases[i].seconds, 1.01 * cases[i].seconds);
        snprintf(path, sizeof path, "%s/plots", dir);
        mkdir(path, 0700);
        put_file("storm-middle.csv", text);
        char *svg = draw_table("storm.gp", NULL, "storm-last.csv", text, "storm.svg");
        for (size_t k = 0; k < 2; k++)
            if (!strstr(svg, cases[i].mark[k]))
                fail_msg("%g s: no '%s'", cases[i].seconds, cases[i].mark[k]);
        free(svg);
    }
}

/* They show every arm; the note of the title is about others. */
static void pictures_of_all_arms_do_not_speak_of_some(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    static const struct {
        const char *script, *base, *table, *svg, *text;
    } cases[] = {
        {"sweep-heatmap.gp", NULL, "heatmap.csv", "heatmap.svg",
         "a,b,p99,best,x,y\n0,0,17,1,1s,2s\n0,1,,0,1s,3s\n"},
        {"trend.gp", "trend-1", "trend-1.csv", "trend-1.svg", "a,p99,low,high\n1,2,1,3\n2,3,2,4\n"},
        {"tornado.gp", NULL, "tornado.csv", "tornado.svg",
         "key,low,high,base,at low,at high\nloss,3,8,4,5%,9%\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *svg =
            draw_table(cases[i].script, cases[i].base, cases[i].table, cases[i].text, cases[i].svg);
        if (!strstr(svg, "a title<"))
            fail_msg("%s", cases[i].script);
        free(svg);
    }
}

/* White on the dark end of the palette, where equal cells are, too. */
static void digits_in_cells_can_be_read(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    static const char *const equal[] = {"17", "42"};
    for (size_t i = 0; i < COUNT_OF(equal); i++) {
        char text[128];
        snprintf(text, sizeof text, "a,b,p99,best,x,y\n0,0,17,1,1s,2s\n1,0,%s,1,9s,2s\n", equal[i]);
        char *svg = draw_table("sweep-heatmap.gp", NULL, "heatmap.csv", text, "heatmap.svg");
        assert_int_equal(count(svg, "fill=\"rgb(255,255,255)\""), i == 0 ? 2 : 1);
        free(svg);
    }
}

/* The longest names an arm can have, with and without a blank, and every phase in the key. */
static void long_names_of_arms_are_broken(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    static const char head[] = "band,trials,outage,a,b,c,d,e,f,g,h,i,j,k,l,m\n";
    static const char row[] = ",3,91,1,2,3,4,5,6,7,8,9,10,11,12,13\n";
    const char *const word[] = {"0123456789abcdef", "key_of=tenbytes ", "clients=100 few "};
    char text[2048];
    strcpy(text, head);
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 6; k++)
            strcat(text, word[i % COUNT_OF(word)]);
        strcat(text, row);
    }
    char *svg = draw_table("phases.gp", "arms", "phases.csv", text, "phases.svg");
    const char *const want[] = {">key_of=tenbytes key_of=tenbytes<", ">0123456789abcdef0123456789",
                                ">m<"};
    for (size_t i = 0; i < COUNT_OF(want); i++)
        if (!strstr(svg, want[i]))
            fail_msg("no '%s'", want[i]);
    assert_null(strstr(svg, "0123456789abcdef0123456789abcdef0123456789abcdef"));
    free(svg);
}

static void pictures_have_their_curves(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    write_usual_trials();
    make("kb821839/crash: 2,000 trials");
    const struct {
        const char *name;
        unsigned plots;
        const char *texts[3];
    } want[] = {
        {"percentiles.svg", 5, {"outage: first good answer", "99.9%", "time after the failure"}},
        {"ccdf.svg", 5, {"IPsec usable both ways", "2 nines", "trials still cut off"}},
        {"phases.svg", 17, {"stale quick mode", "slowest 1%", "seconds (mean of the band)"}},
    };
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        char *svg = read_plot(want[i].name);
        assert_int_equal(count(svg, "<g id=\"gnuplot_plot_"), want[i].plots);
        assert_non_null(strstr(svg, "kb821839/crash: 2,000 trials</text>"));
        assert_non_null(strstr(svg, "</svg>"));
        for (size_t k = 0; k < COUNT_OF(want[i].texts); k++)
            if (!strstr(svg, want[i].texts[k]))
                fail_msg("%s: no '%s'", want[i].name, want[i].texts[k]);
        assert_null(strstr(svg, "nan"));
        free(svg);
    }
    const char *const png[] = {"percentiles.png", "ccdf.png", "phases.png"};
    for (size_t i = 0; i < COUNT_OF(png); i++) {
        char *data = read_plot(png[i]);
        assert_memory_equal(data, "\x89PNG", 4);
        free(data);
    }
}

static void a_title_is_text_and_never_a_command(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    write_usual_trials();
    make("`touch pwned`\"; system(\"touch pwned\"); # a_b^c, {x} 'q' \\n 100% \xc3\xa9\n\x01 end");
    assert_false(exists("pwned") || exists("plots/pwned"));
    assert_int_not_equal(access("pwned", F_OK), 0);
    char *svg = read_plot("ccdf.svg");
    const char *want =
        "`touch pwned`\"; system(\"touch pwned\"); # a_b^c, {x} 'q' \\n 100% \xc3\xa9";
    if (!strstr(svg, want))
        fail_msg("the title was changed: %.300s", strstr(svg, "touch") ? strstr(svg, "touch") : "");
    free(svg);
    char lengthy[1000];
    memset(lengthy, 'w', sizeof lengthy);
    lengthy[sizeof lengthy - 1] = '\0';
    make(lengthy);
    svg = read_plot("ccdf.svg");
    assert_non_null(strstr(svg, "wwww\xe2\x80\xa6</text>"));
    free(svg);
    make("");
}

static void odd_samples_are_drawn_without_complaint(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    const int64_t s = 1000000000;
    const struct {
        size_t n;
        int64_t outage[3], ipsec[3];
    } odd[] = {
        {1, {5 * s}, {4 * s}},                             /* a single trial */
        {2, {0, 0}, {0, 0}},                               /* seamless */
        {3, {5 * s, 5 * s, 5 * s}, {5 * s, 5 * s, 5 * s}}, /* one atom */
        {3, {-1, -1, -1}, {s, 2 * s, 3 * s}},              /* ipsec alone */
        {3, {-1, -1, 9 * s}, {-1, -1, s}},                 /* most beyond the horizon */
        {2, {1, 3000 * s}, {1, 3000 * s}},                 /* twelve decades */
    };
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        write_trials(odd[i].outage, odd[i].ipsec, odd[i].n);
        struct error error;
        if (!plot_write(dir, "odd", &error))
            fail_msg("case %zu: %s", i, error.text);
        assert_true(exists("plots/ccdf.svg") && exists("plots/percentiles.png"));
        assert_int_equal(exists("plots/phases.svg"), odd[i].outage[odd[i].n - 1] >= 0);
    }
    const int64_t never[] = {-1, -1};
    write_trials(never, never, 2);
    make("nobody recovered");
    assert_false(exists("plots"));
    write_usual_trials();
    make("all recovered");
    char path[256], aside[256];
    snprintf(path, sizeof path, "%s/plots", dir);
    snprintf(aside, sizeof aside, "%s.aside", dir);
    assert_int_equal(rename(path, aside), 0);
    write_trials(never, never, 2);
    assert_int_equal(rename(aside, path), 0);
    make("pictures of other trials do not stay");
    assert_false(exists("plots"));
}

static void without_gnuplot_results_stay_untouched(void **state)
{
    (void)state;
    write_usual_trials();
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    struct error error;
    bool good = plot_write(dir, "x", &error);
    setenv("PATH", path, 1);
    free(path);
    assert_false(good);
    assert_int_equal(error.status, EXIT_OUTPUT);
    assert_string_equal(error.text,
                        "gnuplot is not installed: results are complete, pictures are not "
                        "(install gnuplot-nox, then: ikebench plot DIR)");
    assert_true(exists("trials.csv"));
    assert_false(exists("plots"));
}

static void complaints_of_gnuplot_are_errors(void **state)
{
    (void)state;
    NEEDS_GNUPLOT();
    write_usual_trials(); /* a folder without the data the script wants */
    struct error error;
    assert_false(gnuplot_run("percentiles.gp", dir, &error));
    assert_int_equal(error.status, EXIT_OUTPUT);
    assert_non_null(strstr(error.text, "gnuplot: percentiles.gp: "));
    assert_false(gnuplot_run("no-such-script.gp", dir, &error));
    assert_non_null(strstr(error.text, "not installed"));
    setenv("IKEBENCH_SHARE", "/nonexistent", 1);
    assert_false(gnuplot_run("percentiles.gp", dir, &error));
    unsetenv("IKEBENCH_SHARE");
    assert_non_null(strstr(error.text, "IKEBENCH_SHARE"));
}

static void bad_trials_are_bad_input(void **state)
{
    (void)state;
    struct error error;
    assert_false(plot_write("/nonexistent", "x", &error));
    assert_int_equal(error.status, EXIT_INPUT);
}

static void percentiles_are_the_quantiles(void **state)
{
    (void)state;
    int64_t value[1000];
    for (int64_t i = 0; i < 1000; i++)
        value[i] = (i + 1) * 1000000000;
    struct curve curve = {"outage", {.value = value, .finite = 900, .n = 1000}};
    struct csv_buffer buffer = {0};
    curves_percentiles(&curve, 1, &buffer);
    *(buffer.data + buffer.length - 1) = '\0';
    assert_non_null(strstr(buffer.data, "inverse_tail,outage,low,high\n1,1,,\n"));
    assert_non_null(strstr(buffer.data, "\n2,500,469,532\n")); /* p50: ranks 469 and 532 */
    assert_non_null(strstr(buffer.data, "\n10,900,881,\n"));   /* the upper end is censored */
    assert_non_null(strstr(buffer.data, "\n100,,,\n"));        /* p99 is beyond the horizon */
    assert_non_null(strrchr(buffer.data, '\n'));
    assert_memory_equal(strrchr(buffer.data, '\n'), "\n2000,,", 7); /* the largest */
    csv_buffer_fini(&buffer);
}

static void ccdf_falls_in_steps_and_ends_at_half_a_trial(void **state)
{
    (void)state;
    const int64_t value[] = {1000000000, 1000000000, 1000000000, 4000000000};
    struct curve curve = {"outage", {.value = value, .finite = 4, .n = 4}};
    struct csv_buffer buffer = {0};
    curves_ccdf(&curve, 1, &buffer);
    buffer.data[buffer.length - 1] = '\0';
    const char *const lines[] = {"seconds,outage,low,high\n1,1,1,1\n1,0.25,0.125,",
                                 "\n4,0.25,0.125,", "\n4,0.125,0.125,"};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        if (!strstr(buffer.data, lines[i]))
            fail_msg("no '%s' in\n%s", lines[i], buffer.data);
    assert_int_equal(count(buffer.data, "\n"), 4);
    csv_buffer_fini(&buffer);
}

static void phases_sum_to_the_outage_of_their_band(void **state)
{
    (void)state;
    write_usual_trials();
    char path[256];
    snprintf(path, sizeof path, "%s/trials.csv", dir);
    struct csv_table table;
    struct error error;
    assert_true(csv_table_read(path, NULL, 0, &table, &error));
    struct csv_buffer buffer = {0};
    assert_int_equal(phases_table(&table, &buffer), 8);
    buffer.data[buffer.length - 1] = '\0';
    char *line = strtok(buffer.data, "\n");
    assert_string_equal(line, "band,trials,outage,detect,wait,stale quick mode,main mode failed,"
                              "main mode,quick mode wait,quick mode,retry,connect,selection,TLS,"
                              "authentication,application");
    double before = 0.0;
    while ((line = strtok(NULL, "\n"))) {
        double outage, sum = 0.0;
        int trials, place;
        assert_int_equal(sscanf(strchr(line, ',') + 1, "%d,%lf%n", &trials, &outage, &place), 2);
        assert_true(trials >= 10 && outage >= before);
        for (char *cell = strchr(line, ',') + 1 + place; *cell == ',';)
            sum += fmax(0.0, strtod(cell + 1, &cell)); /* -1: another system's */
        assert_near(sum, outage, 1e-6);
        before = outage;
    }
    csv_buffer_fini(&buffer);
    csv_table_fini(&table);
}

/* Classes that nobody could read, that never came back, that were never away. */
static void odd_classes_are_drawn_too(void **state)
{
    NEEDS_GNUPLOT();
    (void)state;
    const int64_t s = 1000000000, outage[] = {s, 2 * s};
    const struct row_class odd[] = {{.outage_ns = s},
                                    {.outage_ns = -1},
                                    {.outage_ns = 0, .passwords_clear = 1},
                                    {.outage_ns = 1, .requests_clear = 1000000}};
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        struct error error;
        class_row = &odd[i];
        write_trials(outage, outage, 2);
        class_row = NULL;
        if (!plot_write(dir, "odd", &error))
            fail_msg("case %zu: %s", i, error.text);
        assert_true(exists("plots/classes.svg") && exists("plots/exposure.png"));
    }
    write_trials(outage, outage, 2);
    make("no classes");
    assert_false(exists("plots/classes.svg") || exists("plots/exposure.png"));
}

/* A row for each class: numbers that a person can check, and empty cells beyond the horizon. */
static void classes_become_rows(void **state)
{
    (void)state;
    int64_t outage[] = {1000000000, 3000000000, 2000000000, -1}, never[] = {-1, -1, -1, -1};
    int64_t passwords[] = {0, 4, 2, 0}, requests[] = {8, 8, 8, 8};
    struct csv_column column[] = {
        {.name = (char[]){"outage_ns"}, .whole = never},
        {.name = (char[]){"class.pop3.outage_ns"}, .whole = outage},
        {.name = (char[]){"class.pop3.passwords_clear"}, .whole = passwords},
        {.name = (char[]){"class.pop3.requests_clear"}, .whole = requests},
        {.name = (char[]){"class.a-b.outage_ns"}, .whole = never}};
    struct csv_table table = {.rows = 4, .columns = COUNT_OF(column), .column = column};
    struct csv_buffer buffer = {0};
    classes_header(&buffer);
    assert_int_equal(classes_rows(&table, 7, "an arm", &buffer), 2);
    static const char want[] = "arm,name,class,label,p5,p50,p95,requests_clear,passwords_clear\n"
                               "7,an arm,0,pop3,1,2,,8,1.5\n"
                               "7,an arm,1,a-b,,,,0,0\n";
    assert_int_equal(buffer.length, sizeof want - 1);
    assert_memory_equal(buffer.data, want, sizeof want - 1);
    csv_buffer_fini(&buffer);
    assert_true(classes_need("class.x.outage_ns") && classes_need("class.x.passwords_clear"));
    assert_false(classes_need("outage_ns") || classes_need("class.x.ipsec_ns") ||
                 classes_need("class.x.rate"));
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_become_rows),
        cmocka_unit_test(odd_classes_are_drawn_too),
        cmocka_unit_test(pictures_have_their_curves),
        cmocka_unit_test(pictures_of_all_arms_do_not_speak_of_some),
        cmocka_unit_test(digits_in_cells_can_be_read),
        cmocka_unit_test(an_axis_of_time_has_two_marks),
        cmocka_unit_test(long_names_of_arms_are_broken),
        cmocka_unit_test(one_row_does_not_dwarf_the_forest),
        cmocka_unit_test(a_title_is_text_and_never_a_command),
        cmocka_unit_test(odd_samples_are_drawn_without_complaint),
        cmocka_unit_test(without_gnuplot_results_stay_untouched),
        cmocka_unit_test(complaints_of_gnuplot_are_errors),
        cmocka_unit_test(bad_trials_are_bad_input),
        cmocka_unit_test(percentiles_are_the_quantiles),
        cmocka_unit_test(ccdf_falls_in_steps_and_ends_at_half_a_trial),
        cmocka_unit_test(phases_sum_to_the_outage_of_their_band),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
