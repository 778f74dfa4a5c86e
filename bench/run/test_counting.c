/* What was counted stays counted until the results are in their place. */
#include "../scenario/testsite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "world/row.h"

#include "counting.h"

enum { TRIALS = 100 };

static ino_t synced[64];
static size_t syncs;
static bool no_links;

/* These take the place of the C library's. */
int fsync(int fd)
{
    struct stat info;
    if (syncs < COUNT_OF(synced) && fstat(fd, &info) == 0)
        synced[syncs++] = info.st_ino;
    return (int)syscall(SYS_fsync, fd);
}

int link(const char *from, const char *to)
{
    errno = EPERM;
    return no_links ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static bool was_synced(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    for (size_t i = 0; i < syncs; i++)
        if (synced[i] == info.st_ino)
            return true;
    return false;
}

static void put_trials(struct counting *c, const struct columns *columns)
{
    struct csv_buffer rows = {0};
    for (int64_t i = 0; i < TRIALS; i++) {
        struct row row = {.trial = i, .status = ROW_RECOVERED, .outage_ns = i * 1000};
        counting_pack(columns, &row, &rows);
    }
    counting_put(c, 0, &rows, TRIALS, TRIALS);
    counting_swap(c);
    csv_buffer_fini(&rows);
}

static uint64_t counted(const struct columns *columns)
{
    struct error error;
    struct sorted_about about;
    struct counting *c = counting_new("counts", columns);
    assert_true(counting_arm(c, 0, &about, &error));
    counting_free(c);
    return about.to;
}

static void check_finish(const struct columns *columns)
{
    struct error error;
    struct stage stage = {.final = (char *)(uintptr_t) "final",
                          .partial = (char *)(uintptr_t) "results"};
    struct counting *c = counting_new("counts", columns);
    assert_true(mkdir("results", 0777) == 0 || errno == EEXIST);
    if (counted(columns) == 0)
        put_trials(c, columns);
    syncs = 0;
    if (!counting_flush(c, false, &error) || !counting_finish(c, 1, false, true, &stage, &error))
        fail_msg("%s", error.text);
    counting_free(c);
    assert_true(was_synced("results/counts/0.counts"));
    assert_true(was_synced("results/counts"));
    assert_int_equal(counted(columns), TRIALS); /* to go on with */
}

/* Twice, as when it was stopped after the first time; with links, and where there are none. */
static void kept_counts_are_also_there_to_go_on_with(void **state)
{
    (void)state;
    struct plan *plan = load("", NULL);
    struct columns columns;
    struct error error;
    struct sorted_file file;
    assert_true(columns_init(&columns, NULL, plan, &error));
    for (unsigned i = 0; i < 4; i++) {
        no_links = i == 1 || i == 2;
        if (i == 2)
            assert_true(remove_tree("results") && remove_tree("counts"));
        check_finish(&columns);
        assert_true(sorted_open(&file, "results/counts/0.counts", true, &error));
        assert_int_equal(file.about.to, TRIALS);
        sorted_close(&file);
    }
    columns_fini(&columns);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_counts_are_also_there_to_go_on_with),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
