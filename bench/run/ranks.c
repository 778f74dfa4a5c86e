/* Who was started, as launchers tell; and what a program built without MPI does about it. */
#include "ranks.h"

#include <stdlib.h>

static unsigned number_of(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : 0;
}

unsigned ranks_started(unsigned *rank)
{
    *rank = number_of("OMPI_COMM_WORLD_RANK");
    unsigned size = number_of("OMPI_COMM_WORLD_SIZE");
    if (size == 0 && getenv("PMIX_RANK") != NULL) { /* srun --mpi=pmix */
        *rank = number_of("SLURM_PROCID");
        size = number_of("SLURM_NTASKS");
    }
    if (size > 1 && *rank < size)
        return size;
    *rank = 0;
    return 1;
}

bool ranks_built(void)
{
#ifdef IKEBENCH_MPI
    return true;
#else
    return false;
#endif
}

#ifndef IKEBENCH_MPI

bool ranks_begin(struct ranks **ranks, double timeout_s, struct error *error)
{
    unsigned rank;
    (void)timeout_s;
    *ranks = NULL;
    unsigned size = ranks_started(&rank);
    return size == 1 ||
           error_set(error, EXIT_INPUT,
                     "%u of these were started together, but this program was built without MPI: "
                     "build it with 'make MPI=1', or give each a part with --shard auto",
                     size);
}

bool ranks_agree(struct ranks *ranks, bool good, struct error *error)
{
    (void)ranks, (void)error;
    return good;
}

bool ranks_compare(struct ranks *ranks, const char *plan, struct error *error)
{
    (void)ranks, (void)plan, (void)error;
    return true;
}

bool ranks_serve(struct ranks *ranks, const struct ranks_plan *plan, size_t plans,
                 const struct run_options *options, struct error *error)
{
    (void)ranks, (void)plan, (void)plans, (void)options, (void)error;
    return true;
}

void ranks_open_arm(struct ranks *ranks, const struct run_options *options)
{
    (void)ranks, (void)options;
}

bool ranks_poll(struct ranks *ranks, struct blocks *blocks, struct error *error)
{
    (void)ranks, (void)blocks, (void)error;
    return true;
}

bool ranks_owe(const struct ranks *ranks)
{
    (void)ranks;
    return false;
}

void ranks_end(struct ranks *ranks, bool serve, int status)
{
    (void)ranks, (void)serve, (void)status;
}

#endif
