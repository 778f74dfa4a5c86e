/* The results of a batch in the making: rows that come in order, and what makes them last.
 * Separate because the runner knows trials and threads, and must not know files: here is decided
 * what is on the disk when, and what an earlier process left. Rows are kept (rowfile.h) or counted
 * (counting.h). */
#ifndef BENCH_RUN_OUTPUT_H
#define BENCH_RUN_OUTPUT_H

#include <stdio.h>

#include "blocks.h"
#include "counting.h"
#include "rowfile.h"

/* The manifest of a whole batch with all that must be the same to go on with it (manifest_run.build
 * too), to be freed. */
typedef char *output_plan_fn(const void *context);

struct output_options {
    bool force;       /* results that are there may be replaced, an unfinished batch forgotten */
    bool resume;      /* go on where an earlier process stopped */
    bool apart;       /* arms grow together, in turn */
    bool counts;      /* rows are counted and not kept: quantiles.csv instead of trials.csv */
    bool clients;     /* clients.csv too, with which nothing is kept for another process */
    bool keep_counts; /* with what merging with others needs */
    const struct columns *columns; /* to be counted */
    double checkpoint_s;           /* how often what is done is made to last */
    output_plan_fn *plan;          /* asked for only when something is kept or resumed */
    const void *context;
};

struct output {
    const struct output_options *options;
    struct unfinished place;   /* folder NULL: rows go to a file that need not last */
    bool planned;              /* what the work is part of is on the disk */
    struct counting *counting; /* NULL: rows are kept */
    struct rowfile rows;
    FILE *clients;          /* NULL: there are none */
    struct journal_mark at; /* what was put */
    double due_s;           /* monotonic time of the next checkpoint */
};

/* Opens DIR's place in the making. EXIT_INPUT: an unfinished batch is there and neither resume nor
 * force says what to do about it, or it is of another plan (the message says which difference),
 * or those of unfinished_open. `options` must outlive the output. */
bool output_open(struct output *output, const char *dir, const struct output_options *options,
                 struct error *error);

/* Did an earlier process leave work for DIR? */
bool output_was_left(const char *dir);

/* For rows beside: all go to the file `path`, which is not kept for another process. `name` is for
 * messages. output_end and output_close end it. */
bool output_open_file(struct output *output, const char *path, const char *name,
                      struct error *error);

/* The folder of results in the making. */
const struct stage *output_stage(const struct output *output);

/* Begins with an arm (0 for a run), to which `header` belongs when nothing was written yet: then
 * trials from `*trials` on are due, those before are there from earlier. EXIT_OUTPUT. */
bool output_begin_arm(struct output *output, uint64_t arm, const struct csv_buffer *header,
                      uint64_t *trials, struct error *error);

/* How many trials of the arm that was begun are there, and what they amount to. */
struct journal_mark output_at(const struct output *output);

/* The file that the rows of an arm are in, to be freed; NULL: they are counted. */
char *output_path(const struct output *output, uint64_t arm);

/* For the runner, under its lock: takes the next block. EXIT_OUTPUT. */
bool output_has_room(const struct output *output, uint64_t trials);
bool output_is_full(const struct output *output);
bool output_put(struct output *output, const struct block *block, struct error *error);

/* Rows of front ends, or their header; nothing where none are asked for. EXIT_OUTPUT. */
bool output_put_clients(struct output *output, const struct csv_buffer *rows, struct error *error);

/* For the one who watches: is a checkpoint due, and where do things stand? (Both under the runner's
 * lock.) Then, without the lock, makes what had been put at `mark` last, if it is due or `must`.
 * EXIT_OUTPUT. */
bool output_is_due(const struct output *output, double now_s);
struct journal_mark output_mark(struct output *output);
bool output_keep(struct output *output, const struct journal_mark *mark, bool must,
                 struct error *error);

/* All of so many arms are done (`column`: rows have one for the arm): makes and syncs trials.csv,
 * or quantiles.csv. EXIT_OUTPUT. */
bool output_end(struct output *output, size_t arms, bool column, struct error *error);

/* Puts the folder in its place. */
bool output_commit(struct output *output, struct error *error);

/* Ends. Without a commit, work that was kept stays for --resume: `error`, unless NULL, gets
 * words about it; when nothing was, the folder is removed. Harmless after a commit. */
void output_close(struct output *output, struct error *error);

#endif
