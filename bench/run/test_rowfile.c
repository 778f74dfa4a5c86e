/* What the journal says of rows is true after a power cut: also that their files are there. */
#include "../scenario/testsite.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include "rowfile.h"

enum { ARMS = 3 };

static ino_t synced[64];
static size_t syncs;

/* This takes the place of the C library's. */
int fsync(int fd)
{
    struct stat info;
    if (syncs < COUNT_OF(synced) && fstat(fd, &info) == 0)
        synced[syncs++] = info.st_ino;
    return (int)syscall(SYS_fsync, fd);
}

static size_t syncs_of(const char *path)
{
    struct stat info;
    size_t n = 0;
    assert_int_equal(stat(path, &info), 0);
    for (size_t i = 0; i < syncs; i++)
        n += synced[i] == info.st_ino;
    return n;
}

/* Puts one more row of an arm and makes it last, or not. */
static void put(struct rowfile *file, struct journal_mark *at, uint64_t arm, bool keep)
{
    struct csv_buffer header = {0}, row = {0};
    struct error error;
    csv_put_bytes(&header, "trial\n", 6);
    csv_put_bytes(&row, "1\n", 2);
    struct journal_mark mark = rowfile_arm(file, at, arm);
    assert_true(rowfile_begin(file, at, arm, &header, &error));
    assert_true(rowfile_put(file, &row, &error));
    mark.arm = arm;
    mark.trials++;
    mark.bytes = file->bytes;
    *at = mark;
    assert_true(!keep || rowfile_keep(file, at, &error));
    csv_buffer_fini(&row);
    csv_buffer_fini(&header);
}

static void files_of_arms_are_there_to_stay(void **state)
{
    (void)state;
    struct unfinished place;
    struct rowfile file;
    struct error error;
    struct journal_mark at = {.trials = 0};
    assert_true(unfinished_open("out", false, &place, &error));
    assert_true(rowfile_open(&file, &place, true, &error));
    for (uint64_t arm = 0; arm < ARMS; arm++) {
        syncs = 0;
        put(&file, &at, arm, false);
        assert_int_equal(syncs_of(place.folder), 0); /* a short batch needs none */
        put(&file, &at, arm, true);
        assert_int_equal(syncs_of(place.folder), 1);
    }
    syncs = 0;
    for (uint64_t arm = 0; arm < ARMS; arm++)
        put(&file, &at, arm, true);
    assert_int_equal(syncs_of(place.folder), 0); /* they are there already */
    assert_int_equal(rowfile_trials(&file), 3 * ARMS);
    rowfile_close(&file);
    unfinished_close(&place, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_of_arms_are_there_to_stay)};
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
