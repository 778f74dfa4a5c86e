/* Minutes a year against closed forms, and the mistakes that users make with folders. */
#include "../../model/testkit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "engine/check.h"
#include "engine/luck.h"

#include "../out/stage.h"
#include "report.h"

#define MINUTE 60e9

static void add_outages(struct tuning *t, const char *kind, double rate, uint64_t n, uint64_t ended,
                        int64_t ns)
{
    struct outages *o = &t->outages[t->kinds++];
    *o = (struct outages){.rate = rate, .n = n, .ended = ended, .horizon_ns = 3600000000000};
    strcpy(o->kind, kind);
    o->ns = calloc(n + 1, sizeof *o->ns);
    CHECK(o->ns);
    for (uint64_t i = 0; i < ended; i++)
        o->ns[i] = ns;
}

/* 24 trials of an hour; the first has `teardowns`, which cut off `cut_ns`. */
static void add_alarms(struct tuning *t, int64_t teardowns, int64_t cut_ns)
{
    t->classes = 2;
    t->alarms.n = 24;
    for (size_t c = 0; c < ALARMS_COLUMN_COUNT; c++)
        t->alarms.value[c] = calloc(24, sizeof(int64_t));
    for (int i = 0; i < 24; i++)
        t->alarms.value[ALARMS_time_ns][i] = 3600000000000;
    t->alarms.value[ALARMS_teardowns][0] = teardowns;
    t->alarms.value[ALARMS_cut_ns][0] = cut_ns;
}

static const struct availability_options usual = {.alarm_ns = -1.0, .seed = 1};

static struct availability of(const struct tuning *t, const struct availability_options *o)
{
    struct availability a;
    struct error error;
    if (!availability_of(t, o, &a, &error))
        fail_msg("%s", error.text);
    return a;
}

static void minutes_are_rate_times_mean(void **state)
{
    (void)state;
    struct tuning t = {.name = "t"};
    add_outages(&t, "crash", 2.0, 1000, 1000, 360000000000);
    add_outages(&t, "move", 12.0, 1000, 1000, 30000000000);
    add_alarms(&t, 48, 48 * INT64_C(50000000));
    struct availability a = of(&t, &usual);
    assert_near(a.down_ns[0].value / MINUTE, 12.0, 1e-9);
    assert_near(a.down_ns[1].value / MINUTE, 6.0, 1e-9);
    assert_near(a.alarms.value, 48 * 365.25, 1e-6);
    assert_near(a.alarm_ns, 50e6, 1e-3);
    /* One of two classes is cut off each time. */
    assert_near(a.alarm_down_ns.value, 48 * 365.25 * 50e6 / 2, 1.0);
    assert_near(a.all_ns.value, a.down_ns[0].value + a.down_ns[1].value + a.alarm_down_ns.value,
                1.0);
    assert_true(a.all_ns.low < a.all_ns.value && a.all_ns.value < a.all_ns.high);
    assert_false(a.at_least);
    /* Constant outages: only what is too rare to have been seen widens their interval, upwards as
     * if it lasted to the horizon. */
    assert_near(a.mean_ns[0].value - a.mean_ns[0].low, 3.689 / 1000 * 360e9, 1e7);
    assert_near(a.mean_ns[0].high - a.mean_ns[0].value, 3.689 / 1000 * (3600e9 - 360e9), 1e7);
    struct availability_options dear = usual;
    dear.alarm_ns = 2e9;
    struct availability b = of(&t, &dear);
    assert_near(b.alarm_down_ns.value, 48 * 365.25 * 2e9 / 2, 1.0);
    dear.no_alarms = true;
    b = of(&t, &dear);
    assert_near(b.all_ns.value / MINUTE, 18.0, 1e-9);
    tuning_fini(&t);
}

static void nines_count_the_outage(void **state)
{
    (void)state;
    assert_near(availability_nines(1e-3 * AVAILABILITY_YEAR_NS), 3.0, 1e-12);
    assert_near(availability_nines(5.2596 * MINUTE), 5.0, 1e-9); /* five nines: 5.26 minutes */
    assert_true(isinf(availability_nines(0.0)));
    assert_near(availability_nines(2.0 * AVAILABILITY_YEAR_NS), 0.0, 0.0);
}

/* With constant outages a year's minutes are Poisson. */
static void a_bad_year_is_poisson(void **state)
{
    (void)state;
    static const double rates[] = {0.5, 2.0, 30.0, 1200.0};
    static const double p[] = {0.5, 0.95, 0.99};
    struct availability_options none = usual;
    none.no_alarms = true;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct tuning t = {.name = "t"};
        add_outages(&t, "crash", rates[i], 10, 10, 60000000000);
        struct availability a = of(&t, &none);
        double noise = rates[i] > 1000.0 ? 0.012 : 0.004; /* of 2000 or 20,000 years */
        for (size_t k = 0; k < COUNT_OF(p); k++) {
            double years = round(a.year_ns[k] / MINUTE);
            assert_true(gsl_cdf_poisson_P((unsigned)years, rates[i]) >= p[k] - noise);
            assert_true(years == 0.0 ||
                        gsl_cdf_poisson_P((unsigned)years - 1, rates[i]) < p[k] + noise);
        }
        tuning_fini(&t);
    }
}

/* The interval of a mean holds the truth: outages of a crash in the KB's shape, most at 6 minutes,
 * some early, one in a hundred late. */
static void means_hold_the_truth(void **state)
{
    (void)state;
    enum { N = 400 };
    const unsigned runs = TESTKIT_TRIALS(2000);
    unsigned held = 0;
    const double truth = 0.2 * 100.0 + 0.79 * 360.0 + 0.01 * 1000.0;
    for (uint64_t run = 0; run < runs; run++) {
        struct luck luck = {.seed = 91, .trial = run};
        struct tuning t = {.name = "t"};
        struct availability_options none = usual;
        none.no_alarms = true;
        add_outages(&t, "crash", 0.0, N, N, 0);
        for (uint32_t i = 0; i < N; i++) {
            double u = luck_uniform(&luck, 1, 0, i);
            t.outages[0].ns[i] = (int64_t)(1e9 * (u < 0.2    ? 1000.0 * u
                                                  : u < 0.99 ? 360.0
                                                             : 1000.0));
        }
        struct availability a;
        struct error error;
        assert_true(availability_of(&t, &none, &a, &error));
        held += a.mean_ns[0].low <= truth * 1e9 && truth * 1e9 <= a.mean_ns[0].high;
        tuning_fini(&t);
    }
    assert_true(held >= 0.935 * runs - 1);
}

/* Few trials often miss a rare slow path, of which nothing they have seen tells the length: one
 * crash in 60 lasts eight times as long, as when a session has to time out. */
static void means_of_few_trials_hold_the_truth(void **state)
{
    (void)state;
    static const uint32_t trials[] = {5, 30, 100};
    const unsigned runs = TESTKIT_TRIALS(400);
    const double truth = 59.0 / 60.0 * 80.0 + 1.0 / 60.0 * 660.0;
    for (size_t n = 0; n < COUNT_OF(trials); n++) {
        unsigned held = 0;
        for (uint64_t run = 0; run < runs; run++) {
            struct luck luck = {.seed = 92, .trial = run};
            struct tuning t = {.name = "t"};
            struct availability_options none = usual;
            none.no_alarms = true;
            add_outages(&t, "crash", 0.0, trials[n], trials[n], 0);
            for (uint32_t i = 0; i < trials[n]; i++) {
                double u = luck_uniform(&luck, 1, 0, i), v = luck_uniform(&luck, 2, 0, i);
                t.outages[0].ns[i] = (int64_t)(1e9 * (u < 1.0 / 60.0 ? 660.0 : 60.0 + 40.0 * v));
            }
            struct availability a = of(&t, &none);
            held += a.mean_ns[0].low <= truth * 1e9 && truth * 1e9 <= a.mean_ns[0].high;
            tuning_fini(&t);
        }
        if (held < 0.935 * runs - 1)
            fail_msg("%u trials: %u of %u", trials[n], held, runs);
    }
}

static void an_outage_without_end_has_no_mean(void **state)
{
    (void)state;
    struct tuning t = {.name = "folder"};
    struct availability a;
    struct error error;
    add_outages(&t, "crash", 2.0, 1000, 997, 360000000000);
    add_alarms(&t, 1, 1000);
    assert_false(availability_of(&t, &usual, &a, &error));
    assert_int_equal(error.status, EXIT_INPUT);
    assert_string_equal(error.text,
                        "folder: 3 of 1000 trials (crash) had not recovered after 3600 s "
                        "(trial.horizon): they have no mean; --bound counts them as that long, "
                        "which gives a lower bound");
    struct availability_options bound = usual;
    bound.bound = true;
    a = of(&t, &bound);
    assert_near(a.mean_ns[0].value / 1e9, (997 * 360.0 + 3 * 3600.0) / 1000, 1e-6);
    assert_true(a.at_least && isinf(a.all_ns.high));
    tuning_fini(&t);
}

static void no_alarm_seen_is_not_no_alarm(void **state)
{
    (void)state;
    struct tuning t = {.name = "folder"};
    struct availability a;
    struct error error;
    add_outages(&t, "crash", 1.0, 1000, 1000, 360000000000);
    assert_false(availability_of(&t, &usual, &a, &error));
    assert_non_null(strstr(error.text, "not measured"));
    add_alarms(&t, 0, 0);
    a = of(&t, &usual);
    assert_near(a.alarms.high, 3.68888 * 365.25, 0.01); /* rule of three, in a day */
    assert_true(isnan(a.alarm_ns) && a.alarm_down_ns.value == 0.0);
    /* What one costs is not known: at most what was simulated at a time. */
    assert_near(a.alarm_down_ns.high, 3.68888 * 365.25 * 3600e9 / 2, 1e12);
    struct availability_options cheap = usual;
    cheap.alarm_ns = 50e6;
    a = of(&t, &cheap);
    assert_near(a.alarm_down_ns.high, 3.68888 * 365.25 * 50e6 / 2, 1e5);
    tuning_fini(&t);
}

static char *printed(const struct settings *s, const struct availability *a,
                     const struct availability_options *o, enum availability_format format)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    availability_print(stream, s, a, o, format);
    fclose(stream);
    return text;
}

/* One false alarm in a day: the lower end of its interval is 0, and is printed so. */
static void what_is_left_of_nothing_is_zero(void **state)
{
    (void)state;
    struct tuning t = {.name = "t"};
    struct settings s = {&t, 1};
    add_outages(&t, "crash", 0.0, 10, 10, 60000000000);
    add_alarms(&t, 1, 42000000);
    t.alarms.repeat_ns = 16e9; /* so long could the next one take */
    struct availability a = of(&t, &usual);
    assert_true(a.all_ns.value > 0.0 && a.all_ns.low == 0.0);
    char *text = printed(&s, &a, &usual, AVAILABILITY_TABLE);
    assert_non_null(strstr(text, " to 100 %\n"));
    free(text);
    text = printed(&s, &a, &usual, AVAILABILITY_CSV);
    assert_non_null(strstr(text, "\nt,all,,,0.12"));
    assert_null(strstr(text, "e-"));
    free(text);
    tuning_fini(&t);
}

static void rates_have_units(void **state)
{
    (void)state;
    double r;
    assert_true(failure_rate_parse("2/year", &r));
    assert_near(r, 2.0, 0.0);
    assert_true(failure_rate_parse("1/month", &r));
    assert_near(r, 12.0, 0.0);
    assert_true(failure_rate_parse("0.5/week", &r));
    assert_near(r, 0.5 * 365.25 / 7, 1e-12);
    assert_true(failure_rate_parse("0/day", &r));
    static const char *const bad[] = {"",        "2",         "2/",      "/year",    "-1/year",
                                      "x/year",  "nan/year",  "2/years", "1e9/year", "2 /year",
                                      "inf/day", "1000/hour", "2/year "};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (failure_rate_parse(bad[i], &r))
            fail_msg("taken: '%s'", bad[i]);
}

/* ---- folders ---- */

static char place[] = "/tmp/ikebench-availability-XXXXXX";

static int make_place(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    return mkdtemp(place) == NULL || chdir(place) != 0;
}

static int remove_place(void **state)
{
    (void)state;
    return chdir("/") != 0 || !remove_tree(place);
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void write_run(const char *dir, const char *kind)
{
    char text[1024];
    mkdir(dir, 0777);
    snprintf(text, sizeof text,
             "{\"program\": \"ikebench\", \"schema\": 1, \"seed\": \"1\", \"first\": \"0\", "
             "\"trials\": \"2\", \"settings\": [{\"key\": \"trial.horizon\", \"value\": \"1h\"}, "
             "{\"key\": \"failure.kind\", \"value\": \"%s\"}, "
             "{\"key\": \"class.a.protect\", \"value\": \"on\"}, "
             "{\"key\": \"class.b.protect\", \"value\": \"off\"}]}",
             kind);
    write_text(dir, "manifest.json", text);
    write_text(dir, "trials.csv",
               "trial,outage_ns,ipsec_ns\n0,60000000000,1000000000\n1,120000000000,3000000000\n");
}

static void write_sweep(const char *dir, const char *kind, const char *second)
{
    char text[1024];
    mkdir(dir, 0777);
    write_run(dir, kind);
    snprintf(text, sizeof text,
             "{\"program\": \"ikebench\", \"schema\": 1, \"seed\": \"1\", \"first\": \"0\", "
             "\"trials\": \"1\", \"arms\": [{}, {}], \"settings\": [{\"key\": \"trial.horizon\", "
             "\"value\": \"1h\"}, {\"key\": \"failure.kind\", \"value\": \"%s\"}]}",
             kind);
    write_text(dir, "manifest.json", text);
    snprintf(text, sizeof text, "arm,name,k\n0,one,1\n1,%s,2\n", second);
    write_text(dir, "arms.csv", text);
    write_text(dir, "trials.csv",
               "arm,trial,outage_ns,ipsec_ns\n0,0,60000000000,1\n"
               "1,0,180000000000,2\n");
}

static const struct failure_rate both[] = {{"crash", 2.0}, {"move", 12.0}};

static void refused(const char *const *dir, size_t dirs, const struct failure_rate *rate,
                    size_t rates, const char *reason)
{
    struct settings s;
    struct error error;
    if (settings_read(&s, dir, dirs, rate, rates, SETTINGS_OUTAGE, SETTINGS_ONE_TUNING, &error))
        fail_msg("taken: %s", reason);
    assert_int_equal(error.status, EXIT_INPUT);
    if (strstr(error.text, reason) == NULL)
        fail_msg("'%s' instead of '%s'", error.text, reason);
}

#define DIRS(...) ((const char *const[]){__VA_ARGS__})

static void folders_become_tunings(void **state)
{
    (void)state;
    struct settings s;
    struct error error;
    write_run("crash", "crash");
    write_run("move", "move");
    assert_true(settings_read(&s, DIRS("crash", "move"), 2, both, 2, SETTINGS_OUTAGE,
                              SETTINGS_ONE_TUNING, &error));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.tuning[0].kinds, 2);
    assert_int_equal(s.tuning[0].classes, 1);
    assert_int_equal(s.tuning[0].alarms.n, 0);
    struct availability_options none = usual;
    none.no_alarms = true;
    struct availability a = of(&s.tuning[0], &none);
    assert_near(a.all_ns.value / MINUTE, 2 * 1.5 + 12 * 1.5, 1e-9);
    settings_fini(&s);
    assert_true(
        settings_read(&s, DIRS("crash"), 1, both, 1, SETTINGS_IPSEC, SETTINGS_ONE_TUNING, &error));
    a = of(&s.tuning[0], &none);
    assert_near(a.mean_ns[0].value / 1e9, 2.0, 1e-9);
    settings_fini(&s);
    write_sweep("sweep", "crash", "two");
    write_sweep("sweep-move", "move", "two");
    assert_true(settings_read(&s, DIRS("sweep", "sweep-move"), 2, both, 2, SETTINGS_OUTAGE,
                              SETTINGS_ONE_TUNING, &error));
    assert_int_equal(s.n, 2);
    assert_string_equal(s.tuning[1].name, "two");
    a = of(&s.tuning[1], &none);
    assert_near(a.all_ns.value / MINUTE, 14 * 3.0, 1e-9);
    settings_fini(&s);
}

/* Replaces the manifest's `old` text. */
static void change_manifest(const char *dir, const char *old, const char *new)
{
    char path[256], text[2048], changed[2304];
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    char *at = strstr(text, old);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    write_text(dir, "manifest.json", changed);
}

/* The false alarms of one folder stand for all, so all must be of one tuning. */
static void other_tunings_are_refused(void **state)
{
    (void)state;
    struct settings s;
    struct error error;
    write_run("crash", "crash");
    write_run("move", "move");
    change_manifest("move", "\"1h\"", "\"2h\"");
    assert_true(settings_read(&s, DIRS("crash", "move"), 2, both, 2, SETTINGS_OUTAGE,
                              SETTINGS_ONE_TUNING, &error));
    settings_fini(&s);
    change_manifest("move", "\"off\"", "\"on\"");
    refused(DIRS("crash", "move"), 2, both, 2,
            "move: not of the same tuning as crash: class.b.protect is on here, off there");
    refused(DIRS("move", "crash"), 2, both, 2,
            "crash: not of the same tuning as move: class.b.protect is off here, on there");
    assert_true(settings_read(&s, DIRS("crash", "move"), 2, both, 2, SETTINGS_OUTAGE,
                              SETTINGS_ANY_TUNING, &error));
    settings_fini(&s);
    write_run("move", "move");
    change_manifest("crash", "\"1h\"}", "\"1h\"}, {\"key\": \"alarm.loss\", \"value\": \"1%\"}");
    change_manifest("move", "\"1h\"}", "\"1h\"}, {\"key\": \"alarm.loss\", \"value\": \"5%\"}");
    refused(DIRS("crash", "move"), 2, both, 2, "alarm.loss is 5% here, 1% there");
    assert_true(settings_read(&s, DIRS("crash", "move"), 2, both, 2, SETTINGS_OUTAGE,
                              SETTINGS_OF_OUTAGES, &error));
    settings_fini(&s);
    write_run("crash", "crash");
    write_run("move", "move");
    change_manifest("move", "\"settings\"",
                    "\"per_trial\": [{\"key\": \"class.a.rate\", \"law\": \"uniform(1/s, 2/s)\"}], "
                    "\"settings\"");
    refused(DIRS("crash", "move"), 2, both, 2,
            "class.a.rate is uniform(1/s, 2/s) here, one value there");
    write_sweep("sweep", "crash", "two");
    write_sweep("sweep-move", "move", "two");
    change_manifest("sweep-move", "{}]",
                    "{\"settings\": [{\"key\": \"trial.horizon\", \"value\": \"2h\"}]}]");
    assert_true(settings_read(&s, DIRS("sweep", "sweep-move"), 2, both, 2, SETTINGS_OUTAGE,
                              SETTINGS_ONE_TUNING, &error));
    settings_fini(&s);
    change_manifest("sweep", "\"1h\"}", "\"1h\"}, {\"key\": \"k\", \"value\": \"1\"}");
    change_manifest("sweep-move", "\"1h\"}", "\"1h\"}, {\"key\": \"k\", \"value\": \"1\"}");
    change_manifest("sweep-move", "trial.horizon\", \"value\": \"2h", "k\", \"value\": \"3");
    refused(DIRS("sweep", "sweep-move"), 2, both, 2, "k is 3 here, 1 there");
}

static void wrong_folders_are_refused(void **state)
{
    (void)state;
    write_run("crash", "crash");
    write_run("none", "none");
    write_sweep("sweep", "crash", "two");
    write_sweep("other", "move", "three");
    refused(DIRS("/nowhere"), 1, both, 2, "/nowhere: there is no such folder");
    refused(DIRS("crash"), 1, both, 2, "none of the folders has failure.kind move");
    refused(DIRS("crash"), 1, both + 1, 1, "crash is of failure.kind crash: how often?");
    refused(DIRS("crash", "crash"), 2, both, 1, "a second folder of failure.kind crash");
    refused(DIRS("none"), 1, both, 2, "nothing fails in it");
    refused(DIRS("crash", "sweep"), 2, both, 1, "runs and sweeps do not go together");
    refused(DIRS("sweep", "other"), 2, both, 2, "not a sweep with the arms of the other one");
    write_text("crash", "trials.csv", "trial,outage_ns\n0,60000000000\n1,nan\n");
    refused(DIRS("crash"), 1, both, 1, "outage_ns is not a whole number");
    write_text("crash", "trials.csv", "trial,status\n0,0\n");
    refused(DIRS("crash"), 1, both, 1, "no column \"outage_ns\"");
}

static void every_format_says_the_same(void **state)
{
    (void)state;
    struct settings s;
    struct error error;
    struct availability_options none = usual;
    none.no_alarms = true;
    write_run("crash", "crash");
    assert_true(
        settings_read(&s, DIRS("crash"), 1, both, 1, SETTINGS_OUTAGE, SETTINGS_ONE_TUNING, &error));
    struct availability a = of(&s.tuning[0], &none);
    static const char *const words[] = {"               3  [", "crash,all,,,3,", "\"minutes\": 3.0",
                                        "| all |  |  | 3 | ["};
    for (int f = AVAILABILITY_TABLE; f <= AVAILABILITY_MD; f++) {
        char *text = printed(&s, &a, &none, (enum availability_format)f);
        if (strstr(text, words[f]) == NULL)
            fail_msg("'%s' is not in\n%s", words[f], text);
        assert_null(strstr(text, "nan"));
        assert_null(strstr(text, "inf"));
        free(text);
    }
    settings_fini(&s);
}

/* Their interval is too narrow for bursts where a day had few of them: every format says so. */
static void few_trials_with_alarms_are_told(void **state)
{
    (void)state;
    struct tuning t = {.name = "folder"};
    struct settings s = {.tuning = &t, .n = 1};
    add_outages(&t, "crash", 2.0, 1000, 1000, 360000000000);
    add_alarms(&t, 48, 48 * INT64_C(50000000));
    struct availability a = of(&t, &usual);
    static const char *const words[] = {"  false alarms  of 1 trial with any: too few",
                                        "false alarms,17532,", "\"trials_with_alarms\": 1,",
                                        "folder: false alarms: of 1 trial with any: too few"};
    struct availability_options none = usual;
    none.no_alarms = true;
    for (int f = AVAILABILITY_TABLE; f <= AVAILABILITY_MD; f++) {
        char *text = printed(&s, &a, &usual, (enum availability_format)f);
        if (strstr(text, words[f]) == NULL)
            fail_msg("'%s' is not in\n%s", words[f], text);
        assert_true(f != AVAILABILITY_CSV || strstr(text, ",0,1\nfolder,all") != NULL);
        free(text);
        text = printed(&s, &a, &none, (enum availability_format)f);
        assert_null(strstr(text, "with any"));
        free(text);
    }
    for (int i = 0; i < 12; i++)
        t.alarms.value[ALARMS_teardowns][i] = 4;
    a = of(&t, &usual);
    char *text = printed(&s, &a, &usual, AVAILABILITY_TABLE);
    assert_null(strstr(text, "with any"));
    free(text);
    tuning_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minutes_are_rate_times_mean),
        cmocka_unit_test(nines_count_the_outage),
        cmocka_unit_test(a_bad_year_is_poisson),
        cmocka_unit_test(means_hold_the_truth),
        cmocka_unit_test(means_of_few_trials_hold_the_truth),
        cmocka_unit_test(an_outage_without_end_has_no_mean),
        cmocka_unit_test(no_alarm_seen_is_not_no_alarm),
        cmocka_unit_test(what_is_left_of_nothing_is_zero),
        cmocka_unit_test(rates_have_units),
        cmocka_unit_test(folders_become_tunings),
        cmocka_unit_test(other_tunings_are_refused),
        cmocka_unit_test(wrong_folders_are_refused),
        cmocka_unit_test(few_trials_with_alarms_are_told),
        cmocka_unit_test(every_format_says_the_same),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
