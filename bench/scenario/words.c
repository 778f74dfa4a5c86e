#include "words.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MOST = 63 };

void words_add(struct words *words, const char *word)
{
    size_t left = sizeof words->text - words->length;
    int length =
        snprintf(words->text + words->length, left, "%s%s", words->length == 0 ? "" : ", ", word);
    if (length > 0 && (size_t)length < left)
        words->length += (size_t)length;
    else
        words->text[words->length] = '\0';
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment (Damerau-Levenshtein without repeated edits of one place). */
unsigned words_distance(const char *a, const char *b)
{
    unsigned d[WORD_MOST + 1][WORD_MOST + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > WORD_MOST || m > WORD_MOST)
        return WORD_MOST + 1;
    for (unsigned i = 0; i <= n; i++)
        d[i][0] = i;
    for (unsigned j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            unsigned replace = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(replace, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}
