/* Are two batches of trials the same one? Told by their manifests, with the first difference in
 * words. Separate because resuming, skipping what is done, merging and adding up a year all ask it.
 */
#ifndef BENCH_OUT_MANIFEST_COMPARE_H
#define BENCH_OUT_MANIFEST_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

enum { MANIFEST_DIFFERENCE_MAX = 400 };

/* What is compared:
 *   all     every byte that could matter for the files of results
 *   parts   what parts of one whole share: not the numbers of trials, nor where files were read
 *           from, if they were the same
 *   tuning  what was set, arm by arm, but for the failure itself and how long one is watched
 *   quiet   the same but for how false alarms are measured, too */
enum manifest_match { MANIFEST_ALL, MANIFEST_PARTS, MANIFEST_TUNING, MANIFEST_QUIET };

/* Compares two texts of manifests; false: what[] says the first difference, such as "seed is 1
 * here, 2 there". */
bool manifest_same(const char *here, const char *there, enum manifest_match match,
                   char what[MANIFEST_DIFFERENCE_MAX]);

/* DIR/manifest.json as text, to be freed; NULL when there is none. */
char *manifest_load_text(const char *dir);

#endif
