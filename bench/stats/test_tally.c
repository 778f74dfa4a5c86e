/* Counts of values that do not fit into memory are those of values that do. */
#include "../../model/testkit.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

#include "../out/stage.h"
#include "counted.h"
#include "grid.h"
#include "tally.h"
#include "values.h"

enum { MOST = 6000 };

static char folder[] = "/tmp/ikebench-tally-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    return chdir("/") == 0 && remove_tree(folder) ? 0 : -1;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Trials with every kind of value: many different ones, few, negative ones, never. */
static void make_rows(struct row *row, size_t n, uint64_t seed)
{
    memset(row, 0, n * sizeof *row);
    for (size_t i = 0; i < n; i++) {
        bool recovered = next_random(&seed) % 50 != 0;
        row[i].trial = (int64_t)i;
        row[i].status = recovered ? ROW_RECOVERED : ROW_CENSORED;
        row[i].outage_ns = recovered ? (int64_t)next_random(&seed) * 1000 : -1;
        row[i].ipsec_ns = (int64_t)(next_random(&seed) % 7);
        row[i].stop_ns = -(int64_t)next_random(&seed);
        row[i].acquire_ns = next_random(&seed) % 3 ? -1 : (int64_t)next_random(&seed);
        row[i].phase_app_ns = recovered ? (int64_t)(next_random(&seed) % 1000000) : 12345;
        row[i].packets_sent = (int64_t)(next_random(&seed) % 300);
        row[i].crypto_nodes_ns = INT64_MAX - 1 - (int64_t)(next_random(&seed) % 2);
        row[i].class[0].outage_ns = row[i].outage_ns;
        row[i].vip_gone_ns = INT64_MIN + (int64_t)(next_random(&seed) % 3);
    }
}

enum { WIDTH = sizeof(struct row) / sizeof(int64_t) };

#define CELL(rows, member) (&(rows)->member)

/* Adds trials, all columns of the registry and one of a class. */
static void add(struct tally *tally, const struct row *row, size_t n)
{
    struct tally_column column[ROW_COLUMN_COUNT + 1];
    size_t columns = 0;
    struct error error;
    for (size_t c = 0; c < ROW_COLUMN_COUNT; c++)
        if (tally_counts(row_columns[c].kind, c))
            column[columns++] = (struct tally_column){row_columns[c].name, row_columns[c].kind, c,
                                                      (const int64_t *)row + c};
    column[columns++] = (struct tally_column){"class.http.outage_ns", ROW_outcome, VALUES_OF_CLASS,
                                              CELL(row, class[0].outage_ns)};
    const struct tally_cells cells = {
        .column = column,
        .columns = columns,
        .about = {CELL(row, status), CELL(row, outage_ns), CELL(row, system), WIDTH},
        .stride = WIDTH,
        .trials = n};
    if (!tally_add(tally, &cells, n / 2, 10 * n, &error))
        fail_msg("%s", error.text);
}

static struct tally *open_tally(uint64_t arm)
{
    struct error error;
    struct tally *tally = tally_open("counts", arm, &error);
    if (tally == NULL)
        fail_msg("%s", error.text);
    return tally;
}

/* One column the simple way: sorted finite values, and how many are beyond. */
static size_t simple(const struct row *row, size_t n, size_t number, int64_t *value, size_t *beyond)
{
    size_t finite = 0;
    *beyond = 0;
    for (size_t i = 0; i < n; i++) {
        const struct values_about about = {CELL(row, status), CELL(row, outage_ns),
                                           CELL(row, system), WIDTH};
        int64_t cell = ((const int64_t *)&row[i])[number];
        enum values_fate fate = values_fate(row_columns[number].kind, number, cell, &about, i);
        *beyond += fate == VALUES_BEYOND;
        if (fate == VALUES_TAKEN)
            value[finite++] = cell;
    }
    sample_sort(value, finite);
    return finite;
}

/* Every rank of every column, and the atoms of quantiles.csv. */
static void check_column(struct tally *tally, const struct counted *counted, const struct row *row,
                         size_t n, size_t column, uint64_t seed)
{
    static int64_t want[MOST], got[MOST];
    static uint64_t rank[MOST];
    size_t beyond, finite = simple(row, n, column, want, &beyond);
    struct sorted_metric about;
    struct error error;
    for (size_t i = 0; i < finite; i++)
        rank[i] = i + 1;
    const char *name = row_columns[column].name;
    if (!row_column_applies(column, ROW_SYSTEM_IPSEC)) {
        assert_null(counted_find(counted, name)); /* it says nothing of these trials */
        return;
    }
    assert_true(tally_ranks(tally, name, rank, got, finite, &about, &error));
    if (about.finite != finite || about.beyond != beyond ||
        memcmp(want, got, finite * sizeof *want) != 0)
        fail_msg("seed %lu: %s differs", seed, name);
    const struct counted_metric *metric = counted_find(counted, name);
    assert_true(metric->n == finite + beyond && metric->finite == finite);
    __int128 sum = 0;
    unsigned __int128 squares = 0;
    for (size_t i = 0, k = 0; k < metric->atoms; k++) {
        const struct quantile_atom *atom = &metric->atom[k];
        for (; i < atom->below + atom->count; i++) {
            unsigned __int128 square = (unsigned __int128)((__int128)want[i] * want[i]);
            sum += want[i];
            squares =
                square > COUNTED_SQUARES_MAX - squares ? COUNTED_SQUARES_MAX : squares + square;
        }
        if (want[atom->below] != atom->value || want[i - 1] != atom->value ||
            (atom->below > 0 && want[atom->below - 1] == atom->value) ||
            (i < finite && want[i] == atom->value) || sum != atom->sum || squares != atom->squares)
            fail_msg("seed %lu: %s: atom %zu is wrong", seed, name, k);
    }
}

/* The quantiles of a metric that is known in part are those of the whole. */
static void check_quantiles(const struct counted *counted, const struct row *row, size_t n,
                            uint64_t seed)
{
    static int64_t value[MOST];
    size_t beyond, column = offsetof(struct row, outage_ns) / sizeof(int64_t);
    size_t finite = simple(row, n, column, value, &beyond);
    struct sample all = {.value = value, .finite = finite, .n = finite + beyond};
    struct sample part = counted_sample(counted_find(counted, "outage_ns"));
    struct sample class = counted_sample(counted_find(counted, "class.http.outage_ns"));
    struct quantile_grid grid = quantile_grid(all.n);
    assert_true(class.n == part.n && class.finite == part.finite && class.atoms == part.atoms);
    for (size_t i = 0; i < grid.points; i++) {
        if (grid.tail[i] >= 1.0)
            continue;
        struct quantile a = quantile_of(&all, 1.0 - grid.tail[i], GRID_LEVEL);
        struct quantile b = quantile_of(&part, 1.0 - grid.tail[i], GRID_LEVEL);
        if (a.value != b.value || a.low != b.low || a.high != b.high)
            fail_msg("seed %lu: the quantile at %g differs", seed, 1.0 - grid.tail[i]);
        if (a.value != QUANTILE_ABOVE)
            assert_int_equal(sample_up_to(&all, a.value), sample_up_to(&part, a.value));
    }
}

static struct counted finish(struct tally *tally)
{
    struct error error;
    struct counted counted;
    const char *path = tally_finish(tally, &error);
    if (path == NULL || !counted_choose(&counted, path, &error))
        fail_msg("%s", error.text);
    return counted;
}

static void check_seed(uint64_t seed, size_t n, size_t most)
{
    static struct row row[MOST];
    uint64_t luck = seed + 99;
    make_rows(row, n, seed);
    struct tally *tally = open_tally(0);
    for (size_t at = 0, own; at < n; at += own) {
        own = 1 + next_random(&luck) % most;
        own = own < n - at ? own : n - at;
        add(tally, row + at, own);
        if (next_random(&luck) % 40 == 0) { /* another process goes on */
            tally_free(tally);
            tally = open_tally(0);
        }
    }
    assert_int_equal(tally_about(tally).to, n);
    struct counted counted = finish(tally);
    for (size_t c = 0; c < ROW_COLUMN_COUNT; c++)
        if (row_columns[c].kind != ROW_id || c == VALUES_STATUS)
            check_column(tally, &counted, row, n, c, seed);
    check_quantiles(&counted, row, n, seed);
    assert_int_equal(
        counted_status(&counted, ROW_RECOVERED) + counted_status(&counted, ROW_CENSORED), n);
    counted_fini(&counted);
    tally_free(tally);
    assert_true(remove_tree("counts"));
}

static void counts_are_those_of_all_values(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= TESTKIT_TRIALS(20); seed++)
        check_seed(seed, 1 + seed * 37, 1 + seed % 9);
    check_seed(777, 1, 1);
    check_seed(778, MOST, 100); /* more different values than are all kept */
}

/* Files of a tally, in no order. */
static size_t list_files(char name[][80])
{
    DIR *stream = opendir("counts");
    size_t n = 0;
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (entry->d_name[0] != '.')
            snprintf(name[n++], 80, "counts/%.60s", entry->d_name);
    closedir(stream);
    return n;
}

/* A file that is not whole ends what is known; what is added after that is right again. */
static void torn_files_are_not_believed(void **state)
{
    (void)state;
    enum { PARTS = 7, OWN = 10 };
    static struct row row[PARTS * OWN];
    make_rows(row, PARTS * OWN, 5);
    for (unsigned way = 0; way < 3; way++)
        for (size_t torn = 0; torn < PARTS; torn++) {
            char path[80];
            struct tally *tally = open_tally(0);
            for (size_t i = 0; i < PARTS; i++)
                add(tally, row + i * OWN, OWN);
            tally_free(tally);
            snprintf(path, sizeof path, "counts/0-%zu-%zu.counts", torn * OWN, (torn + 1) * OWN);
            struct stat info;
            assert_int_equal(stat(path, &info), 0);
            if (way == 0)
                assert_int_equal(truncate(path, info.st_size - 1), 0);
            if (way == 1)
                assert_int_equal(unlink(path), 0);
            if (way == 2) {
                FILE *file = fopen(path, "r+b");
                assert_true(file != NULL && fseek(file, 20 + (long)torn, SEEK_SET) == 0);
                int byte = getc(file);
                assert_true(fseek(file, -1, SEEK_CUR) == 0 && putc(byte ^ 4, file) != EOF &&
                            fclose(file) == 0);
            }
            tally = open_tally(0);
            assert_int_equal(tally_about(tally).to, torn * OWN);
            assert_int_equal(tally_about(tally).events, torn * OWN * 10);
            char name[40][80];
            assert_int_equal(list_files(name), torn); /* the rest is gone */
            for (size_t i = torn; i < PARTS; i++)
                add(tally, row + i * OWN, OWN);
            struct counted counted = finish(tally);
            check_quantiles(&counted, row, PARTS * OWN, way * 100 + torn);
            counted_fini(&counted);
            tally_free(tally);
            assert_true(remove_tree("counts"));
        }
}

/* A crash between a merge and the removal of what was merged: both are there. */
static void a_merge_that_was_not_tidied_up_counts_once(void **state)
{
    (void)state;
    static struct row row[40];
    make_rows(row, 40, 6);
    struct error error;
    struct tally *tally = open_tally(3);
    for (size_t i = 0; i < 4; i++)
        add(tally, row + 10 * i, 10);
    tally_free(tally);
    const char *const from[] = {"counts/3-0-10.counts", "counts/3-10-20.counts",
                                "counts/3-20-30.counts"};
    assert_true(tally_merge_files(from, 3, "counts/3-0-30.counts", &error));
    tally = open_tally(3);
    assert_int_equal(tally_about(tally).to, 40);
    assert_int_equal(tally_about(tally).recovered, 20);
    char name[40][80];
    assert_int_equal(list_files(name), 2);
    struct counted counted = finish(tally);
    check_quantiles(&counted, row, 40, 6);
    counted_fini(&counted);
    tally_free(tally);
    assert_true(remove_tree("counts"));
}

/* More files than two levels of groups take: each level has files of its own. */
static void very_many_files_become_one(void **state)
{
    (void)state;
    enum { FILES = 16 * 16 + 44, OWN = 2 };
    static struct row row[FILES * OWN];
    char path[FILES][40], name[4][80];
    const char *from[FILES];
    struct counted counted;
    struct error error;
    make_rows(row, FILES * OWN, 8);
    for (size_t i = 0; i < FILES; i++) {
        struct tally *tally = open_tally(i);
        add(tally, row + i * OWN, OWN);
        tally_free(tally);
        snprintf(path[i], sizeof path[i], "counts/%zu-0-%d.counts", i, OWN);
        from[i] = path[i];
    }
    if (!tally_merge_files(from, FILES, "counts/all", &error) ||
        !counted_choose(&counted, "counts/all", &error))
        fail_msg("%s", error.text);
    check_quantiles(&counted, row, FILES * OWN, 8);
    counted_fini(&counted);
    for (size_t i = 0; i < FILES; i++)
        assert_int_equal(unlink(path[i]), 0); /* they are left to whom they belong to, */
    assert_int_equal(list_files(name), 1);    /* and no others */
    assert_true(remove_tree("counts"));
}

static bool keep_first(const struct counted *counted, int64_t arm, void *context,
                       struct error *error)
{
    struct csv_buffer *again = context;
    (void)error;
    counted_put(again, arm, counted);
    return true;
}

/* quantiles.csv reads back as what was written. */
static void the_file_reads_back(void **state)
{
    (void)state;
    static struct row row[500];
    struct csv_buffer text = {0}, again = {0};
    struct error error;
    counted_put_header(&text, true);
    counted_put_header(&again, true);
    for (uint64_t arm = 0; arm < 3; arm++) {
        make_rows(row, 500, 10 + arm);
        struct tally *tally = open_tally(arm);
        add(tally, row, arm == 2 ? 1 : 500);
        struct counted counted = finish(tally);
        counted_put(&text, (int64_t)arm, &counted);
        counted_fini(&counted);
        tally_free(tally);
    }
    assert_true(whole_file_write(".", COUNTED_FILE, text.data, text.length, &error));
    if (!counted_each(".", keep_first, &again, &error))
        fail_msg("%s", error.text);
    assert_int_equal(text.length, again.length);
    assert_memory_equal(text.data, again.data, text.length);
    csv_buffer_fini(&text);
    csv_buffer_fini(&again);
    assert_true(remove_tree("counts"));
}

static bool take_all(const struct counted *counted, int64_t arm, void *context, struct error *error)
{
    (void)counted, (void)arm, (void)context, (void)error;
    return true;
}

static void bad_files_are_refused_with_their_place(void **state)
{
    (void)state;
#define HEAD "metric,unit,n,value,below,count,sum,squares\n"
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "quantiles.csv:1:1: no rows"},
        {"metric,n\n", "quantiles.csv:1:1: not the header"},
        {HEAD, "quantiles.csv:2:1: no rows"},
        {HEAD "status,,2,0,0,2,0,0", "quantiles.csv:2:1: the file is cut off"},
        {HEAD "status,,2,0,0,2,0\n", "quantiles.csv:2:8: fields where the header"},
        {HEAD "weight,,2,0,0,2,0,0\n", "quantiles.csv:2:1: not a metric"},
        {HEAD "status,,2,0,0,1,0,0\noutage_ns,ns,2,0,0,2,0,0\nstatus,,2,1,1,1,0,0\n",
         "quantiles.csv:4:1: not a metric of this program, or not all its rows together"},
        {HEAD "status,,2,x,0,2,0,0\n", "quantiles.csv:2:4: not a whole number"},
        {HEAD "status,,2,0,0,-2,0,0\n", "quantiles.csv:2:6: not a whole number"},
        {HEAD "status,,2,0,0,2,0,-1\n", "quantiles.csv:2:7: not a whole number"},
        {HEAD "status,,2,0,0,3,0,0\n", "quantiles.csv:2:4: values and counts must ascend"},
        {HEAD "status,,4,1,0,2,0,0\nstatus,,4,0,2,2,0,0\n", "quantiles.csv:3:4: values and counts"},
        {HEAD "outage_ns,ns,9,,0,8,,\n", "quantiles.csv:2:5: counts do not add up"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error error;
        assert_true(
            whole_file_write(".", COUNTED_FILE, cases[i].text, strlen(cases[i].text), &error));
        if (counted_each(".", take_all, NULL, &error) ||
            strstr(error.text, cases[i].words) == NULL || error.status != EXIT_INPUT)
            fail_msg("case %zu: %s", i, error.text);
    }
    assert_int_equal(unlink(COUNTED_FILE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_all_values),
        cmocka_unit_test(torn_files_are_not_believed),
        cmocka_unit_test(a_merge_that_was_not_tidied_up_counts_once),
        cmocka_unit_test(very_many_files_become_one),
        cmocka_unit_test(the_file_reads_back),
        cmocka_unit_test(bad_files_are_refused_with_their_place),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
