#include "../../model/testkit.h"

#include <string.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

#include "engine/check.h"

#include "../alarms/alarms.h"
#include "../out/stage.h"
#include "summary.h"

#define SECOND INT64_C(1000000000)

static char dir[] = "/tmp/ikebench-test-summary-XXXXXX";

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

static void write_text(const char *data, size_t length)
{
    struct stage stage;
    struct error error;
    assert_true(stage_open(dir, true, &stage, &error));
    FILE *stream = stage_file(&stage, "trials.csv", &error);
    fwrite(data, 1, length, stream);
    assert_true(stage_close_file(stream, "trials.csv", &error));
    assert_true(stage_commit(&stage, &error));
}

static void write_rows(const struct row *row, size_t n)
{
    struct csv_buffer buffer = {0};
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_columns[i].name);
    csv_put_text(&buffer, "node.b.load");
    csv_end_row(&buffer);
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
            csv_put_int64(&buffer, ((const int64_t *)&row[t])[i]);
        csv_put_double(&buffer, 0.25);
        csv_end_row(&buffer);
    }
    write_text(buffer.data, buffer.length);
    csv_buffer_fini(&buffer);
}

/* Ten trials with outages of 10, 9, ..., 3 s, and two that did not recover. */
static void ten_trials(struct row row[10])
{
    memset(row, 0, 10 * sizeof *row);
    for (int t = 0; t < 10; t++) {
        bool censored = t >= 8;
        row[t].trial = t;
        row[t].status = censored ? ROW_CENSORED : ROW_RECOVERED;
        row[t].stop_ns = -(t + 2) * SECOND;
        row[t].outage_ns = censored ? -1 : (10 - t) * SECOND;
        row[t].ipsec_ns = (t + 1) * SECOND;
        row[t].phase_app_ns = censored ? 77 * SECOND : 2 * SECOND;
        row[t].stale_qm_start_ns = t == 3 ? 5 * SECOND : -1;
        row[t].mm_start_ns = -1;
        row[t].packets_sent = t < 5 ? 0 : 4;
    }
}

/* To be freed. */
static char *text_of(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    assert_true(file != NULL && getdelim(&text, &size, '\0', file) > 0);
    fclose(file);
    return text;
}

static struct summary load(void)
{
    struct summary summary;
    struct error error;
    if (!summary_load(dir, &summary, &error))
        fail_msg("%s", error.text);
    return summary;
}

/* Trials over TLS: columns of IPsec are left out, shares are over all sessions. */
static void trials_of_the_other_system(void **state)
{
    (void)state;
    struct row row[10];
    ten_trials(row);
    for (int t = 0; t < 10; t++) {
        row[t].system = ROW_SYSTEM_TLS;
        row[t].ipsec_ns = row[t].phase_mm_ns = -1;
        row[t].phase_tls_ns = (t + 1) * SECOND;
        row[t].sessions_done = 4;
        row[t].sessions_clear = t == 0 ? 3 : 0;
        row[t].event_12013 = t;
    }
    write_rows(row, 10);
    struct summary summary = load();
    assert_null(summary_find(&summary, "ipsec_ns"));
    assert_null(summary_find(&summary, "phase_mm_ns"));
    assert_int_equal(summary_find(&summary, "phase_tls_ns")->n, 8); /* of those that recovered */
    assert_near(summary_total(&summary, "event_12013"), 45.0, 0.0);
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    summary_print(stream, &summary, "");
    fclose(stream);
    assert_non_null(
        strstr(text, "sessions: 40 with a message accepted, 7.5 % of them without TLS"));
    assert_non_null(strstr(text, "12013: 45"));
    assert_null(strstr(text, "ipsec"));
    free(text);
    /* One trial over IPsec among them: its columns are there again, over it alone. */
    row[3].system = ROW_SYSTEM_IPSEC;
    row[3].ipsec_ns = 5 * SECOND;
    write_rows(row, 10);
    summary = load();
    assert_int_equal(summary_find(&summary, "ipsec_ns")->n, 1);
    assert_int_equal(summary_find(&summary, "phase_tls_ns")->n, 7);
}

static void each_kind_of_column_is_treated_as_it_must(void **state)
{
    (void)state;
    struct row row[10];
    ten_trials(row);
    write_rows(row, 10);
    struct summary summary = load();
    assert_int_equal(summary.trials, 10);
    assert_int_equal(summary.recovered, 8);
    assert_near(summary.recovered_low, 0.4439045, 1e-6); /* Clopper-Pearson 8 of 10 */
    assert_near(summary.recovered_high, 0.9747893, 1e-6);

    const struct summary_metric *outage = summary_find(&summary, "outage_ns");
    assert_true(outage->n == 10 && outage->censored == 2 && isnan(outage->mean));
    assert_true(outage->min == 3 * SECOND && outage->max == QUANTILE_ABOVE);
    const struct quantile *q = summary_quantile(outage, 0.5);
    assert_true(q->value == 7 * SECOND && q->low == 4 * SECOND && q->high == QUANTILE_ABOVE);

    const struct summary_metric *ipsec = summary_find(&summary, "ipsec_ns");
    assert_true(ipsec->n == 10 && ipsec->censored == 0);
    assert_near(ipsec->mean, 5.5e9, 0.0);
    q = summary_quantile(ipsec, 0.5);
    assert_true(q->value == 5 * SECOND && q->low == 2 * SECOND && q->high == 9 * SECOND);

    const struct summary_metric *stale = summary_find(&summary, "stale_qm_start_ns");
    assert_true(stale->n == 1 && stale->censored == 0 && stale->min == 5 * SECOND);
    assert_int_equal(summary_find(&summary, "mm_start_ns")->n, 0);
    const struct summary_metric *stop = summary_find(&summary, "stop_ns");
    assert_true(stop->n == 10 && stop->min == -11 * SECOND && stop->max == -2 * SECOND);

    const struct summary_metric *app = summary_find(&summary, "phase_app_ns");
    assert_true(app->n == 8 && app->max == 2 * SECOND); /* not the 77 s of the censored */
    const struct summary_metric *sent = summary_find(&summary, "packets_sent");
    assert_true(sent->n == 10 && sent->positive == 5);
    assert_near(sent->mean, 2.0, 0.0);
    assert_null(summary_find(&summary, "trial"));
    assert_null(summary_find(&summary, "nothing"));
    assert_null(summary_quantile(sent, 0.123));
}

static char *read_all(const char *name)
{
    char *path = path_join(dir, name);
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    char *text = calloc(1, 200000);
    assert_true(fread(text, 1, 199999, stream) > 0);
    fclose(stream);
    free(path);
    return text;
}

static void the_file_says_why_a_cell_is_empty(void **state)
{
    (void)state;
    struct row row[10];
    ten_trials(row);
    write_rows(row, 10);
    struct error error;
    assert_true(summary_write(dir, &error));
    char *text = read_all("summary.csv");
    const char *const lines[] = {
        "metric,unit,statistic,n,value,ci_low,ci_high,note\nrecovered,,share,10,0.8,0.443905,0."
        "974789,"
        "\n",
        "\noutage_ns,ns,p50,10,7000000000,4000000000,,upper limit beyond the horizon (2 of 10 "
        "censored)\n",
        "\noutage_ns,ns,p90,10,,9000000000,,beyond the horizon (2 of 10 censored); no finite upper "
        "limit: needs n >= 36\n",
        "\noutage_ns,ns,min,10,3000000000,,,\n",
        "\noutage_ns,ns,max,10,,,,beyond the horizon (2 of 10 censored)\n",
        "\nipsec_ns,ns,p50,10,5000000000,2000000000,9000000000,\n",
        "\nipsec_ns,ns,p99.9,10,10000000000,10000000000,,no finite upper limit: needs n >= 3688\n",
        "\nipsec_ns,ns,p5,10,1000000000,,3000000000,no finite lower limit: needs n >= 72\n",
        "\nmm_start_ns,ns,p99,0,,,,never happened\n",
        "\nmm_start_ns,ns,max,0,,,,never happened\n",
        "\nstop_ns,ns,max,10,-2000000000,,,\n",
        "\npackets_sent,,p95,10,4,",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        if (!strstr(text, lines[i]))
            fail_msg("no %s in\n%s", lines[i], text);
    free(text);
}

static void the_table_fits_a_screen(void **state)
{
    (void)state;
    struct row row[10];
    ten_trials(row);
    row[0].outage_ns = INT64_C(3599) * SECOND;
    write_rows(row, 10);
    struct summary summary = load();
    char text[8192] = "";
    FILE *stream = fmemopen(text, sizeof text - 1, "w");
    summary_print(stream, &summary, "kb821839/crash: 10 trials");
    fclose(stream);
    assert_non_null(strstr(text, "kb821839/crash: 10 trials\n8 of 10 trials recovered: 80 %"));
    assert_non_null(strstr(text, "5.000 s"));
    assert_non_null(strstr(text, "beyond"));
    assert_null(strstr(text, "nan"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strlen(line) > 100)
            fail_msg("%zu columns: %s", strlen(line), line);
}

/* Ranks among front ends show where there are several, and fit too. */
static void ranks_show_where_there_are_several(void **state)
{
    (void)state;
    struct row row[10];
    ten_trials(row);
    for (int several = 0; several <= 1; several++) {
        row[3].outage_first_ns = several ? INT64_C(3598) * SECOND : row[3].outage_last_ns;
        row[3].outage_last_ns = several ? -1 : row[3].outage_last_ns;
        write_rows(row, 10);
        struct summary summary = load();
        assert_int_equal(summary.several, several);
        assert_int_equal(summary_find(&summary, "outage_last_ns")->censored, several);
        char text[8192] = "";
        FILE *stream = fmemopen(text, sizeof text - 1, "w");
        summary_print(stream, &summary, NULL);
        fclose(stream);
        assert_true((strstr(text, "\noutage_median ") != NULL) == several);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            if (strlen(line) > 100)
                fail_msg("%zu columns: %s", strlen(line), line);
    }
}

static void no_trial_recovers(void **state)
{
    (void)state;
    struct row row[2] = {{.trial = 0, .status = ROW_CENSORED, .outage_ns = -1},
                         {.trial = 1, .status = ROW_CENSORED, .outage_ns = -1}};
    write_rows(row, 2);
    struct summary summary = load();
    const struct summary_metric *outage = summary_find(&summary, "outage_ns");
    assert_true(outage->n == 2 && outage->censored == 2 && outage->min == QUANTILE_ABOVE);
    assert_int_equal(summary_find(&summary, "phase_app_ns")->n, 0);
    struct error error;
    assert_true(summary_write(dir, &error));
    char text[8192] = "";
    FILE *stream = fmemopen(text, sizeof text - 1, "w");
    summary_print(stream, &summary, NULL);
    fclose(stream);
    assert_null(strstr(text, "phase"));
}

/* Files of more rows than fit into memory give the same bytes. */
static void parts_give_the_same_summary(void **state)
{
    (void)state;
    enum { N = 1000 };
    static struct row row[N];
    for (int t = 0; t < N; t += 10) {
        ten_trials(row + t);
        for (int i = 0; i < 10; i++) {
            row[t + i].trial = t + i;
            row[t + i].ipsec_ns += 17 * t * t % 1009;
        }
    }
    write_rows(row, N);
    struct error error;
    struct summary whole = load(), part;
    static const size_t most[] = {1, 3, 100, 999, 1000, 1001};
    char path[128], *text[2];
    snprintf(path, sizeof path, "%s/summary.csv", dir);
    assert_true(summary_save(&whole, dir, &error));
    text[0] = text_of(path);
    for (size_t i = 0; i < COUNT_OF(most); i++) {
        if (!summary_load_by(dir, most[i], &part, &error))
            fail_msg("%s", error.text);
        assert_true(summary_save(&part, dir, &error));
        text[1] = text_of(path);
        if (strcmp(text[0], text[1]) != 0)
            fail_msg("%zu rows at once give another summary", most[i]);
        assert_near(summary_find(&part, "ipsec_ns")->mean, summary_find(&whole, "ipsec_ns")->mean,
                    0.0);
        assert_int_equal(summary_find(&part, "packets_sent")->positive, N / 2);
        free(text[1]);
    }
    free(text[0]);
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    struct error error;
    struct summary summary;
    write_text("time,value\n1,2\n", 15);
    assert_false(summary_load(dir, &summary, &error));
    assert_int_equal(error.status, EXIT_INPUT);
    assert_non_null(strstr(error.text, "trials.csv:1:1: no column \"trial\""));
    assert_false(summary_write("/nowhere", &error));
    assert_int_equal(error.status, EXIT_INPUT);
    struct csv_table table = {.rows = 0};
    assert_false(summary_compute(&table, &summary, &error));
}

static void times_are_written_for_people(void **state)
{
    (void)state;
    const struct {
        int64_t ns;
        const char *text;
    } want[] = {
        {0, "0 s"},
        {17, "17 ns"},
        {250000, "0.250 ms"},
        {1500, "1.500 us"},
        {1400000, "1.400 ms"},
        {999999499, "999.999 ms"},
        {1000000000, "1.000 s"},
        {363412345678, "363.412 s"},
        {-2000000000, "-2.000 s"},
        {QUANTILE_ABOVE, "beyond"},
        {QUANTILE_BELOW, "-"},
    };
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        char text[TIME_TEXT_MAX];
        assert_string_equal(time_text(text, want[i].ns), want[i].text);
    }
}

/* So many of so many trials recovered: what the file and the table say of it. */
static void share_says(uint64_t recovered, uint64_t trials, const char *in_file,
                       const char *in_table)
{
    struct summary summary = {.trials = trials, .recovered = recovered};
    struct csv_buffer buffer = {0};
    char text[1024] = "";
    proportion_interval(recovered, trials, SUMMARY_LEVEL, &summary.recovered_low,
                        &summary.recovered_high);
    summary_put_rows(&buffer, SUMMARY_NO_ARM, &summary);
    FILE *stream = fmemopen(text, sizeof text - 1, "w");
    summary_print(stream, &summary, NULL);
    fclose(stream);
    assert_int_equal(buffer.length, strlen(in_file));
    assert_memory_equal(buffer.data, in_file, buffer.length);
    if (strstr(text, in_table) == NULL)
        fail_msg("not '%s' but %s", in_table, text);
    csv_buffer_fini(&buffer);
}

/* A share is 0 or 1 only where no trial, or all of them, are; for people limits are
 * rounded outwards. */
static void nearly_all_is_not_all(void **state)
{
    (void)state;
    share_says(2999999, 3000000, "recovered,,share,3000000,0.999999667,0.99999814,0.99999999156,\n",
               "2,999,999 of 3,000,000 trials recovered: 99.9999667 % [99.999814, 99.999999157];");
    share_says(10000000, 10000000, "recovered,,share,10000000,1,0.999999631,1,\n",
               "recovered: 100 % [99.9999631, 100];");
    share_says(1, 3000000, "recovered,,share,3000000,3.33333e-07,8.43927e-09,1.85721e-06,\n",
               "recovered: 3.33333e-05 % [8.43926e-07, 0.000185722];");
    share_says(0, 3000000, "recovered,,share,3000000,0,0,1.22963e-06,\n",
               "recovered: 0 % [0, 0.000122963];");
    share_says(8, 10, "recovered,,share,10,0.8,0.443905,0.974789,\n",
               "recovered: 80 % [44.3904, 97.479];");
    share_says(1, 1, "recovered,,share,1,1,0.025,1,\n", "recovered: 100 % [2.5, 100];");
}

/* Beside the rate of false alarms it says where too few trials had any. */
static void few_trials_with_alarms_are_told(void **state)
{
    (void)state;
    static const char *const says[] = {
        [0] = "none in 40 trials: the upper limit is that of events that come alone",
        [3] = "of 3 trials with any: too few, the interval is too narrow where they come in bursts",
        [12] = NULL};
    for (size_t any = 0; any < COUNT_OF(says); any += any == 0 ? 3 : 9) {
        int64_t teardowns[40] = {0}, time_ns[40];
        for (size_t i = 0; i < 40; i++) {
            teardowns[i] = i < any ? 7 : 0;
            time_ns[i] = 900 * SECOND;
        }
        struct alarms alarms = {.n = 40};
        alarms.value[ALARMS_teardowns] = teardowns;
        alarms.value[ALARMS_time_ns] = time_ns;
        struct summary summary = {.trials = 1, .recovered = 1};
        summary_take_alarms(&summary, &alarms);
        struct csv_buffer buffer = {0};
        summary_put_rows(&buffer, SUMMARY_NO_ARM, &summary);
        csv_put_text(&buffer, "");
        char text[1024] = "", *rows = strndup(buffer.data, buffer.length);
        FILE *stream = fmemopen(text, sizeof text - 1, "w");
        summary_print(stream, &summary, NULL);
        fclose(stream);
        assert_true(strstr(text, "a day [") != NULL && strstr(rows, "false_alarms,1/day") != NULL);
        if (says[any] == NULL)
            assert_true(strstr(text, " trials with any") == NULL && strstr(rows, "few") == NULL);
        else if (strstr(text, says[any]) == NULL || strstr(rows, says[any]) == NULL)
            fail_msg("not '%s' in\n%s%s", says[any], text, rows);
        free(rows);
        csv_buffer_fini(&buffer);
    }
}

/* Fast recoveries, of a millisecond or two, are told apart. */
static void short_times_have_their_digits(void **state)
{
    (void)state;
    struct row row[400] = {0};
    for (int t = 0; t < 400; t++) {
        row[t].trial = t;
        row[t].status = ROW_RECOVERED;
        row[t].outage_ns = 1400000 + 100 * t;
        row[t].ipsec_ns = t < 397 ? 400000 : SECOND;
    }
    write_rows(row, 400);
    struct summary summary = load();
    char text[8192] = "";
    FILE *stream = fmemopen(text, sizeof text - 1, "w");
    summary_print(stream, &summary, NULL);
    fclose(stream);
    assert_non_null(strstr(text, "    1.402 ms    1.420 ms    1.438 ms    1.440 ms "
                                 "[1.439, 1.440] ms "));
    assert_non_null(strstr(text, "    0.400 ms    0.400 ms [0.000400, 1.000] s "));
}

/* Columns of classes are outcomes, moments and amounts like those of the row; what else the file
 * has, a value drawn once a trial too, is none of the summary's. */
static void classes_have_metrics_of_their_own(void **state)
{
    (void)state;
    struct csv_buffer buffer = {0};
    char name[ROW_NAME_MAX];
    struct row row[10];
    ten_trials(row);
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_columns[i].name);
    for (size_t i = 0; i < ROW_CLASS_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_class_name(name, "http", &row_class_columns[i]));
    csv_put_text(&buffer, "class.http.rate");
    csv_end_row(&buffer);
    for (int t = 0; t < 10; t++) {
        struct row_class class = {.outage_ns = t < 9 ? (t + 1) * SECOND : -1,
                                  .ipsec_ns = t == 4 ? SECOND : -1,
                                  .passwords_clear = t};
        for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
            csv_put_int64(&buffer, ((const int64_t *)&row[t])[i]);
        for (size_t i = 0; i < ROW_CLASS_COLUMN_COUNT; i++)
            csv_put_int64(&buffer, ((const int64_t *)&class)[i]);
        csv_put_double(&buffer, 0.5);
        csv_end_row(&buffer);
    }
    write_text(buffer.data, buffer.length);
    csv_buffer_fini(&buffer);
    struct summary summary = load();
    const struct summary_metric *outage = summary_find(&summary, "class.http.outage_ns");
    assert_non_null(outage);
    assert_true(outage->n == 10 && outage->censored == 1 && outage->min == SECOND);
    assert_true(summary_quantile(outage, 0.5)->value == 5 * SECOND);
    assert_int_equal(summary_find(&summary, "class.http.ipsec_ns")->n, 1);
    const struct summary_metric *passwords = summary_find(&summary, "class.http.passwords_clear");
    assert_near(passwords->mean, 4.5, 1e-12);
    assert_null(summary_find(&summary, "class.http.rate"));
    assert_null(summary_find(&summary, "class.pop3.outage_ns"));
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_have_metrics_of_their_own),
        cmocka_unit_test(trials_of_the_other_system),
        cmocka_unit_test(each_kind_of_column_is_treated_as_it_must),
        cmocka_unit_test(the_file_says_why_a_cell_is_empty),
        cmocka_unit_test(the_table_fits_a_screen),
        cmocka_unit_test(ranks_show_where_there_are_several),
        cmocka_unit_test(no_trial_recovers),
        cmocka_unit_test(parts_give_the_same_summary),
        cmocka_unit_test(foreign_files_are_refused),
        cmocka_unit_test(nearly_all_is_not_all),
        cmocka_unit_test(few_trials_with_alarms_are_told),
        cmocka_unit_test(short_times_have_their_digits),
        cmocka_unit_test(times_are_written_for_people),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
