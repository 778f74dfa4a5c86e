/* Where the files that come with the program are: gnuplot scripts, scenarios.
 * Separate because the answer is the same for all of them, in the source tree and installed. */
#ifndef BENCH_BASE_SHARE_H
#define BENCH_BASE_SHARE_H

/* The real path of a file or folder that comes with the program, to be freed; NULL when it is
 * nowhere. `in_tree` names it below the source tree ("scripts/plot/x.gp"), `installed` below
 * share/ikebench
 * ("plot/x.gp"). Looked for in $IKEBENCH_SHARE alone if that is set, else in the folders above the
 * program, then in PREFIX/share/ikebench. */
char *share_find(const char *in_tree, const char *installed);

#endif
