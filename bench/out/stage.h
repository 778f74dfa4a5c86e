/* Output that appears whole or not at all: a folder, or one file, is made beside its place and
 * renamed when it is complete.
 * Separate because every writer of results needs the same promise: a killed run, a full disk or a
 * second run never leave half a result under a final name. */
#ifndef BENCH_OUT_STAGE_H
#define BENCH_OUT_STAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "../base/error.h"

/* A folder in the making; zero when not open. */
struct stage {
    char *final;   /* where it will appear */
    char *partial; /* where it is made: PARENT/.NAME.partial-PID */
    bool force;
};

/* May a folder stand there, as far as files go? EXIT_INPUT: there is one, which even force does not
 * replace. */
bool stage_no_file(const char *final_dir, struct error *error);

/* Makes the parents of `final_dir` and the partial folder. With `force` an older folder of results
 * is replaced on commit. EXIT_INPUT: it exists and not force, a file is in the way, or it does not
 * look like results (neither it nor a folder directly in it holds a manifest.json, trials.csv or
 * title.txt), which even force does not delete; EXIT_OUTPUT: the folder cannot be made. */
bool stage_open(const char *final_dir, bool force, struct stage *stage, struct error *error);

/* The same with the folder in the making at `partial`, which is the caller's to make, on the same
 * file system. */
bool stage_open_at(const char *final_dir, const char *partial, bool force, struct stage *stage,
                   struct error *error);

/* Opens the file `name` (may hold slashes: folders are made) of the partial folder for writing.
 * NULL and EXIT_OUTPUT when it cannot. To be closed by stage_close_file. */
FILE *stage_file(const struct stage *stage, const char *name, struct error *error);

/* Writes `length` bytes; false with the reason (EXIT_OUTPUT) when they do not go: closing the
 * stream later can only say that something went wrong. `name` is for the message. */
bool stage_put(FILE *stream, const char *name, const void *data, size_t length,
               struct error *error);

/* Flushes, syncs and closes; `name` is for the message. EXIT_OUTPUT when any byte of all that was
 * written to the stream did not reach the disk. */
bool stage_close_file(FILE *stream, const char *name, struct error *error);

/* Puts the folder in its place and ends the stage. On failure (EXIT_OUTPUT; EXIT_INPUT when
 * someone else made it meanwhile) what stood there stands again, and the stage is still open. A
 * process that is killed in the very moment may leave what it replaces as PARENT/.NAME.old-PID,
 * which the next commit removes. */
bool stage_commit(struct stage *stage, struct error *error);

/* Removes the partial folder. Also right after a commit and for a zero stage: does nothing then. */
void stage_abandon(struct stage *stage);

/* Forgets the stage; the partial folder stays where it is. */
void stage_release(struct stage *stage);

/* PARENT/.NAME.WHAT for PARENT/NAME, to be freed: a sibling, because only that can be renamed for
 * sure. */
char *stage_sibling(const char *path, const char *what);

/* What was made in a folder survives a power cut; best effort, not every file system can. */
void stage_sync_folder(const char *path);

/* The same for one file: opened as PARENT/.NAME.partial-PID, committed over `path`. */
struct whole_file {
    char *final, *partial;
    FILE *stream; /* write here */
};
bool whole_file_open(const char *path, struct whole_file *file, struct error *error);
bool whole_file_commit(struct whole_file *file, struct error *error);
void whole_file_abandon(struct whole_file *file);

/* All of that at once for bytes that are ready: FOLDER/NAME becomes them or stays as it was. */
bool whole_file_write(const char *folder, const char *name, const char *data, size_t length,
                      struct error *error);

/* "FOLDER/NAME", to be freed. */
char *path_join(const char *folder, const char *name);

/* Removes a folder and all in it, or a file; links are removed, not followed. */
bool remove_tree(const char *path);

#endif
