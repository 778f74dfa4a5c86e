/* Arrays of zeroes that grow. */
#include "../testkit.h"

#include "engine/memory.h"

/* What was there stays, what is new is zero, also where memory has been used before and where huge
 * pages are asked for. */
static void what_grows_keeps_what_it_has(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 100, 4096, 70000, 3 << 20, 9 << 20, (9 << 20) + 1};
    unsigned char *bytes = NULL;
    for (size_t i = 1; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t from = sizes[i - 1], to = sizes[i];
        void *used = malloc(to);
        assert_non_null(used);
        memset(used, 0xff, to);
        free(used);
        bytes = memory_grow(bytes, from, to);
        for (size_t at = 0; at < to; at++)
            if (bytes[at] != (at < from ? (unsigned char)(at % 251 + 1) : 0))
                fail_msg("%zu to %zu bytes: byte %zu", from, to, at);
        for (size_t at = from; at < to; at++)
            bytes[at] = (unsigned char)(at % 251 + 1);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_grows_keeps_what_it_has)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
