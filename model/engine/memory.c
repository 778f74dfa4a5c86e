#include "engine/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/check.h"

#define HUGE_PAGE                                                                                  \
    ((uintptr_t)2 << 20) /* of x86-64 and others; elsewhere the request has no effect */

/* Asks for huge pages wherever whole ones fit; no harm where the system has none. */
static void ask_for_huge_pages(char *bytes, size_t size)
{
    uintptr_t from = ((uintptr_t)bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)bytes + size) & ~(HUGE_PAGE - 1);
    if (from < to)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

/* calloc gives untouched pages where there are many, and knows that they are zero. */
void *memory_grow(void *array, size_t from, size_t to)
{
    char *bytes = calloc(1, to);
    CHECK(bytes != NULL && from <= to);
    ask_for_huge_pages(bytes, to);
    if (from > 0)
        memcpy(bytes, array, from);
    free(array);
    return bytes;
}
