/* Data of the pictures against a drawn value, and which pictures a run gets. */
#include "../scenario/testsite.h"

#include <sys/stat.h>

#include "engine/luck.h"
#include "world/row.h"

#include "../out/stage.h"
#include "plot.h"
#include "scatter.h"

enum { N = 5003 };

static double x[N];
static int64_t y[N];

/* y grows with x; every 40th trial never ends. */
static struct scatter sample_scatter(size_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct luck luck = {.seed = 2, .trial = i};
        x[i] = luck_uniform(&luck, 1, 1, 0);
        double above = luck_uniform(&luck, 1, 1, 1);
        y[i] = i % 40 == 39 ? -1 : (int64_t)(1e9 * (10.0 * x[i] + above));
    }
    return (struct scatter){.label = "x", .x = x, .name = {"y"}, .y = {y}, .series = 1, .n = n};
}

static size_t lines(const struct csv_buffer *buffer)
{
    size_t count = 0;
    for (size_t i = 0; i < buffer->length; i++)
        count += buffer->data[i] == '\n';
    return count;
}

static void points_are_thinned_and_nothing_else(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2000, 2001, 4000, N};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct scatter scatter = sample_scatter(sizes[i]);
        struct csv_buffer buffer = {0};
        scatter_points(&scatter, &buffer);
        size_t step = (sizes[i] + 1999) / 2000;
        assert_int_equal(lines(&buffer), 1 + (sizes[i] + step - 1) / step);
        assert_true(lines(&buffer) <= 2001);
        csv_buffer_fini(&buffer);
    }
}

/* Each bin holds a 20th of the trials: its quantiles again, by counting. */
static void bands_are_quantiles_of_bins(void **state)
{
    (void)state;
    struct scatter scatter = sample_scatter(4000);
    struct csv_buffer buffer = {0};
    scatter_bands(&scatter, &buffer);
    csv_put_text(&buffer, "");
    buffer.data[buffer.length - 1] = '\0';
    assert_int_equal(lines(&buffer), 1 + SCATTER_BINS + 2 - 1); /* less the end cut off above */
    static double sorted[4000];
    memcpy(sorted, x, sizeof sorted);
    qsort(sorted, 4000, sizeof *sorted, testkit_order);
    const char *line = strchr(buffer.data, '\n') + 1; /* the first bin twice: skip once */
    for (size_t b = 0; b < SCATTER_BINS; b++) {
        line = strchr(line, '\n') + 1;
        double at = 0.0, p5 = 0.0, p50 = 0.0;
        assert_int_equal(sscanf(line, "%lf,%lf,%lf", &at, &p5, &p50), 3);
        size_t below5 = 0, below50 = 0, n = 0;
        double from = sorted[200 * b], to = b == 19 ? 2.0 : sorted[200 * (b + 1)];
        for (size_t i = 0; i < 4000; i++)
            if (x[i] >= from && x[i] < to) {
                n++;
                below5 += y[i] >= 0 && (double)y[i] / 1e9 <= p5;
                below50 += y[i] >= 0 && (double)y[i] / 1e9 <= p50;
            }
        assert_int_equal(n, 200);
        assert_int_equal(below5, 10);
        assert_int_equal(below50, 100);
        assert_true(at >= from && at < to);
    }
    csv_buffer_fini(&buffer);
}

static bool gnuplot_is_missing(void)
{
    return access("/usr/bin/gnuplot", X_OK) != 0 && access("/usr/local/bin/gnuplot", X_OK) != 0;
}

static bool drawn(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "run/plots/%s", name);
    return access(path, F_OK) == 0;
}

static void write_run(int64_t stop_ns, const char *const *draw, size_t draws, bool recovers)
{
    struct csv_buffer buffer = {0};
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_columns[i].name);
    for (size_t d = 0; d < draws; d++)
        csv_put_text(&buffer, draw[d]);
    csv_end_row(&buffer);
    sample_scatter(300);
    for (size_t t = 0; t < 300; t++) {
        int64_t end = recovers ? y[t] : -1;
        struct row row = {.trial = (int64_t)t,
                          .stop_ns = stop_ns,
                          .outage_ns = end,
                          .ipsec_ns = end,
                          .vip_up_ns = (int64_t)(1e9 * x[t])};
        for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
            csv_put_int64(&buffer, ((const int64_t *)&row)[i]);
        for (size_t d = 0; d < draws; d++)
            csv_put_double(&buffer, x[t]);
        csv_end_row(&buffer);
    }
    mkdir("run", 0777);
    FILE *out = fopen("run/trials.csv", "w");
    assert_non_null(out);
    fwrite(buffer.data, 1, buffer.length, out);
    fclose(out);
    csv_buffer_fini(&buffer);
    struct error error;
    if (!plot_write("run", "title", &error))
        fail_msg("%s", error.text);
}

static void a_run_of_few_draws_is_drawn_against_them(void **state)
{
    (void)state;
    static const char *const draw[] = {"node.b.load", "link.lan.jitter_ns", "class.pop3.rate"};
    if (gnuplot_is_missing())
        skip();
    for (size_t draws = 0; draws <= 3; draws++) {
        bool move = draws % 2;
        write_run(move ? -5000000000 : -1, draw, draws, true);
        assert_int_equal(drawn("against-1.svg"), draws == 1 || draws == 2);
        assert_int_equal(drawn("against-2.png"), draws == 2);
        assert_int_equal(drawn("against-vip-up.svg"), move);
        if (draws == 2) {
            char head[64] = "";
            FILE *file = fopen("run/plots/against-1.csv", "r");
            assert_non_null(fgets(head, sizeof head, file));
            assert_memory_equal(head, "node.b.load (%),", 16);
            fclose(file);
            file = fopen("run/plots/against-2.csv", "r");
            assert_non_null(fgets(head, sizeof head, file));
            assert_memory_equal(head, "link.lan.jitter (ms),", 21);
            fclose(file);
        }
    }
    write_run(-5000000000, draw, 1, false);
    assert_false(drawn("against-1.svg") || drawn("against-vip-up.svg"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_thinned_and_nothing_else),
        cmocka_unit_test(bands_are_quantiles_of_bins),
        cmocka_unit_test(a_run_of_few_draws_is_drawn_against_them),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
