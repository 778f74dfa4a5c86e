/* Trials handed out to threads: all come back in order, and everybody ends. */
#include "../../model/testkit.h"

#include <unistd.h>

#include "engine/check.h"

#include "blocks.h"
#include "output.h"

enum { WORKERS = 4, TRIALS = 1 << 18, HANG_S = 60 };

/* The first block comes last: until then all others fill the window and wait. */
static void *work(void *context)
{
    struct blocks *blocks = context;
    for (struct block *block; (block = blocks_take(blocks, BLOCKS_MOST)) != NULL;) {
        if (block->begin == 0)
            usleep(300000);
        csv_put_bytes(&block->rows, "row\n", 4);
        blocks_give(blocks, block);
    }
    return NULL;
}

/* Ends, or the alarm ends it. */
static void run_workers(struct blocks *blocks)
{
    pthread_t thread[WORKERS];
    alarm(HANG_S);
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, work, blocks), 0);
    for (size_t i = 0; i < WORKERS; i++)
        pthread_join(thread[i], NULL);
    alarm(0);
}

static void check_run(const char *path, bool fails)
{
    struct output output;
    struct error error;
    struct blocks blocks;
    assert_true(output_open_file(&output, path, "rows", &error));
    blocks_init(&blocks, 0, TRIALS, &output, NULL);
    run_workers(&blocks);
    assert_int_equal(blocks.failed, fails);
    assert_int_equal(blocks.written, fails ? 0 : TRIALS);
    if (fails)
        assert_string_equal(blocks.error.text, "rows: No space left on device");
    blocks_fini(&blocks);
    output_close(&output, NULL);
}

static void those_who_wait_end_when_nothing_can_be_written(void **state)
{
    (void)state;
    check_run("/dev/null", false);
    check_run("/dev/full", true);
}

/* Trials come in any numbers, such as another process's. */
static void blocks_never_grow_beyond_the_most(void **state)
{
    (void)state;
    for (uint64_t trials = 1; trials <= 4 * BLOCKS_MOST; trials++) {
        assert_true(blocks_size(trials, 0.0) <= BLOCKS_MOST);
        assert_true(blocks_size(trials, 0.01) <= BLOCKS_MOST);
        assert_true(blocks_size(trials, 1.0) >= 1);
    }
    assert_int_equal(blocks_size(1, 0.0), 2);
    assert_int_equal(blocks_size(1000, 0.0), BLOCKS_MOST);
    assert_int_equal(blocks_size(1000, 0.01), 1000);
    assert_int_equal(blocks_size(1000, 1.0), 500);
    assert_int_equal(blocks_size(1, 1.0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_wait_end_when_nothing_can_be_written),
        cmocka_unit_test(blocks_never_grow_beyond_the_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
