/* One part of a batch that several processes or machines share: which trials are its own.
 * Separate because the split must be the same everywhere, and because schedulers tell who is who by
 * variables of theirs. */
#ifndef BENCH_RUN_SHARD_H
#define BENCH_RUN_SHARD_H

#include <stdint.h>

#include "../base/error.h"

struct shard {
    uint32_t index, count; /* part index of count, from 1; count 0: the whole */
};

/* X(who, rank, size): rank counts from 0. Array tasks of Slurm are read besides. */
#define SHARD_RANKS(X)                                                                             \
    X("mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")                                    \
    X("srun", "SLURM_PROCID", "SLURM_NTASKS")

enum { SHARD_COUNT_MAX = 100000, SHARD_TEXT_MAX = 32 };

/* "2/4", or "auto": from SLURM_ARRAY_TASK_ID, _COUNT, _MIN and _STEP, else from SHARD_RANKS, in
 * that order. EXIT_INPUT: not of that form; auto, and none of them is set, or they do not fit. */
bool shard_parse(struct shard *shard, const char *text, struct error *error);

/* Its trials of the whole's first .. first + trials - 1: parts are neighbours in order, as equal as
 * can be. EXIT_INPUT, for every part alike: one would have none, so that there never is a whole. */
bool shard_range(const struct shard *shard, uint64_t first, uint64_t trials, uint64_t *own_first,
                 uint64_t *own_trials, struct error *error);

/* "2/4" */
char *shard_text(char text[SHARD_TEXT_MAX], const struct shard *shard);

/* The folder of the part of the results `dir`: DIR.2-of-4 (of ten and more: DIR.02-of-16). */
char *shard_dir(const char *dir, const struct shard *shard);

/* The results that a folder of such a name is a part of, to be freed; NULL: it is none. */
char *shard_whole_dir(const char *dir);

#endif
