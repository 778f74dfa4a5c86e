/* What a crash or a power cut may leave of a journal and its files, and what is believed of it. */
#include "../../model/testkit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/check.h"

#include "journal.h"

enum { ARMS = 3, BLOCKS = 9, BLOCK_MOST = 40 };

static char folder[] = "/tmp/ikebench-journal-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    static const char *const names[] = {"journal", "rows-0", "rows-1", "rows-2", "copy"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unlink(names[i]);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

/* One file for all arms, or one for each. */
struct site {
    bool by_arm;
    int fd;
};

static int open_rows(void *context, uint64_t arm)
{
    struct site *site = context;
    char name[] = "rows-0";
    name[5] = (char)('0' + (site->by_arm ? arm : 0));
    if (site->fd >= 0)
        close(site->fd);
    return site->fd = open(name, O_RDWR | O_CREAT, 0666);
}

static struct journal open_journal(struct site *site)
{
    struct journal journal;
    struct error error;
    *site = (struct site){site->by_arm, -1};
    const struct journal_files files = {site->by_arm, open_rows, site};
    if (!journal_open(&journal, "journal", &files, &error))
        fail_msg("%s", error.text);
    return journal;
}

static void end(struct journal *journal, struct site *site)
{
    journal_close(journal);
    if (site->fd >= 0)
        close(site->fd);
}

/* A batch of BLOCKS blocks: arm after arm, or in turn where each has a file. */
static void write_batch(bool by_arm, struct journal_mark mark[BLOCKS])
{
    struct site site = {by_arm, -1};
    static const char *const old[] = {"journal", "rows-0", "rows-1", "rows-2"};
    for (size_t i = 0; i < COUNT_OF(old); i++)
        unlink(old[i]);
    struct journal journal = open_journal(&site);
    for (unsigned i = 0; i < BLOCKS; i++) {
        uint64_t arm = by_arm ? i % ARMS : i / ARMS;
        char rows[BLOCK_MOST];
        size_t length = 5 + 7 * i % (BLOCK_MOST - 5);
        memset(rows, 'a' + (int)i, length);
        mark[i] = journal_arm(&journal, arm);
        mark[i].trials += 10 + i;
        mark[i].recovered += i;
        mark[i].events += 1000;
        mark[i].bytes = (by_arm ? mark[i].bytes : journal.bytes) + length;
        int fd = open_rows(&site, arm);
        lseek(fd, 0, SEEK_END);
        assert_int_equal(write(fd, rows, length), length);
        assert_true(journal_add(&journal, &mark[i], 1));
    }
    end(&journal, &site);
}

static void assert_marks(const struct journal *journal, const struct journal_mark *mark,
                         size_t blocks)
{
    assert_int_equal(journal->blocks, blocks);
    for (uint64_t arm = 0; arm < ARMS; arm++) {
        struct journal_mark want = {.arm = arm};
        for (size_t i = 0; i < blocks; i++)
            want = mark[i].arm == arm ? mark[i] : want;
        struct journal_mark got = journal_arm(journal, arm);
        assert_memory_equal(&got, &want, sizeof want);
    }
}

/* What is read of it as it stands on the disk. */
static void check(bool by_arm, const struct journal_mark *mark, size_t blocks)
{
    struct site site = {by_arm, -1};
    struct journal journal = open_journal(&site);
    assert_marks(&journal, mark, blocks);
    end(&journal, &site);
}

static size_t size_of(const char *name)
{
    struct stat info;
    assert_int_equal(stat(name, &info), 0);
    return (size_t)info.st_size;
}

static char *save(const char *name)
{
    size_t size = size_of(name);
    char *bytes = malloc(size + 1);
    FILE *file = fopen(name, "rb");
    assert_true(bytes != NULL && file != NULL && fread(bytes, 1, size, file) == size);
    fclose(file);
    return bytes;
}

static void restore(const char *name, const char *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    assert_true(file != NULL && fwrite(bytes, 1, size, file) == size);
    assert_int_equal(fclose(file), 0);
}

static void a_whole_journal_is_believed(void **state)
{
    (void)state;
    for (int by_arm = 0; by_arm < 2; by_arm++) {
        struct journal_mark mark[BLOCKS];
        write_batch(by_arm, mark);
        check(by_arm, mark, BLOCKS);
        check(by_arm, mark, BLOCKS); /* reading it changes nothing */
    }
}

/* Cut off at any byte: the blocks whose lines are whole are known, and the journal can grow again.
 */
static void a_torn_line_is_not_believed(void **state)
{
    (void)state;
    struct journal_mark mark[BLOCKS];
    write_batch(false, mark);
    size_t size = size_of("journal");
    char *bytes = save("journal");
    for (size_t cut = 0; cut <= size; cut++) {
        size_t lines = 0;
        for (size_t i = 0; i < cut; i++)
            lines += bytes[i] == '\n';
        restore("journal", bytes, cut);
        check(false, mark, lines);
        struct site site = {false, -1};
        struct journal journal = open_journal(&site);
        if (lines < BLOCKS && cut % 16 == 0) { /* syncing takes time */
            assert_true(journal_add(&journal, &mark[lines], 1));
            end(&journal, &site);
            check(false, mark, lines + 1);
        } else {
            end(&journal, &site);
        }
    }
    free(bytes);
}

/* A bit that turned over anywhere in the journal ends what is believed at its line. */
static void a_spoiled_line_is_not_believed(void **state)
{
    (void)state;
    struct journal_mark mark[BLOCKS];
    write_batch(false, mark);
    size_t size = size_of("journal"), line = 0;
    char *bytes = save("journal");
    for (size_t at = 0; at < size; at++) {
        char before = bytes[at];
        bytes[at] = (char)(before ^ (1 << at % 7));
        restore("journal", bytes, size);
        check(false, mark, line);
        bytes[at] = before;
        line += before == '\n';
    }
    free(bytes);
}

/* The disk wrote the journal, but not all of the rows: blocks are missing at the end, or hold
 * zeros. */
static void rows_that_did_not_reach_the_disk_are_noticed(void **state)
{
    (void)state;
    struct journal_mark mark[BLOCKS];
    write_batch(false, mark);
    size_t size = size_of("rows-0"), lines = size_of("journal");
    char *rows = save("rows-0"), *journal = save("journal");
    for (size_t at = 0; at < size; at++) {
        size_t blocks = 0;
        while (mark[blocks].bytes <= at)
            blocks++;
        restore("rows-0", rows, at);
        restore("journal", journal, lines);
        check(false, mark, blocks);
        char *zeros = calloc(size, 1);
        memcpy(zeros, rows, at);
        restore("rows-0", zeros, size);
        restore("journal", journal, lines);
        check(false, mark, blocks);
        free(zeros);
    }
    free(rows);
    free(journal);
}

/* With a file for each arm, what follows a torn block of one arm is not believed of others either:
 * the looks of --precision go on from one common past. */
static void a_torn_block_of_one_arm_ends_it(void **state)
{
    (void)state;
    struct journal_mark mark[BLOCKS];
    write_batch(true, mark);
    char *rows = save("rows-1");
    restore("rows-1", rows, mark[4].bytes - 1); /* blocks 1, 4, 7 are arm 1's */
    check(true, mark, 4);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_journal_is_believed),
        cmocka_unit_test(a_torn_line_is_not_believed),
        cmocka_unit_test(a_spoiled_line_is_not_believed),
        cmocka_unit_test(rows_that_did_not_reach_the_disk_are_noticed),
        cmocka_unit_test(a_torn_block_of_one_arm_ends_it),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
