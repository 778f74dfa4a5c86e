/* Arrays of zeroes that grow, and are read all over when they are large.
 * Separate because of how large ones are got: ten thousand front ends take 200 MB that events touch
 * here and there, and in pages of 4 KB each touch would be a miss of the table of pages too (Linux:
 * transparent huge pages, madvise(2)). */
#ifndef ENGINE_MEMORY_H
#define ENGINE_MEMORY_H

#include <stddef.h>

/* Makes an array of `from` bytes (NULL: 0) one of `to` >= from bytes, moving it; what is new is
 * zero. Ends the program where there is no memory. To be freed by free. */
void *memory_grow(void *array, size_t from, size_t to);

#endif
