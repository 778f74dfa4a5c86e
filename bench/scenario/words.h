/* Lists of known words and the nearest one, for messages that say what would be right. */
#ifndef BENCH_SCENARIO_WORDS_H
#define BENCH_SCENARIO_WORDS_H

#include <stddef.h>

/* "a, b, c"; start with all zero. A word that no longer fits is left out. */
struct words {
    char text[512];
    size_t length;
};

void words_add(struct words *words, const char *word);

/* Number of letters to insert, remove, replace or swap with a neighbour to get from a to b; for
 * words of up to 63 letters (longer ones: 64). */
unsigned words_distance(const char *a, const char *b);

#endif
