/* CHECK: an assertion that stays in release builds.
 * Separate because every floor uses it: a programmer's mistake must stop the run, never bend a
 * number. A user's mistake is not for CHECK; it is an error code (bench/base/error.h). */
#ifndef ENGINE_CHECK_H
#define ENGINE_CHECK_H

#include <stddef.h>

/* Prints the place and the broken condition to standard error and aborts. */
_Noreturn void check_failed(const char *file, int line, const char *condition);

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

/* The object of `type` whose member `member` is at `pointer`. */
#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
