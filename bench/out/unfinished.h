/* Where the results of a batch are made, so that it can be continued: PARENT/.NAME.unfinished holds
 * them (results/), what is needed to go on (plan.json, journal) and a lock.
 * Separate from stage.h because this folder outlives the process, and two processes must not both
 * work in it. */
#ifndef BENCH_OUT_UNFINISHED_H
#define BENCH_OUT_UNFINISHED_H

#include "stage.h"

#define UNFINISHED         "unfinished" /* PARENT/.NAME.unfinished */
#define UNFINISHED_PLAN    "plan.json" /* what the work is part of; work without it counts nothing */
#define UNFINISHED_JOURNAL "journal"

struct unfinished {
    char *folder;
    int lock;           /* file descriptor, held */
    struct stage stage; /* the results in the making; open while this is */
};

/* Makes the folder, or finds it as an earlier process left it, and locks it. EXIT_INPUT: another
 * process works in it; else the errors of stage_open. */
bool unfinished_open(const char *final_dir, bool force, struct unfinished *u, struct error *error);

/* The path of a file of the folder, beside the results; to be freed. */
char *unfinished_path(const struct unfinished *u, const char *name);

/* Forgets all that was done. EXIT_OUTPUT when it cannot. */
bool unfinished_clear(struct unfinished *u, struct error *error);

/* All that was made in the folder survives a power cut. */
void unfinished_sync(const struct unfinished *u);

/* Puts the results in their place (stage_commit) and ends. */
bool unfinished_commit(struct unfinished *u, struct error *error);

/* Ends without results; `keep`: the work stays for another time. Also right after a commit and for
 * one that is zero. */
void unfinished_close(struct unfinished *u, bool keep);

/* Beside results that are in their place: removes what a process left that was killed after it had
 * put them there. Work on others that are to replace them stays, and so does another process's. */
void unfinished_tidy(const char *final_dir);

#endif
