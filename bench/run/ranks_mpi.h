/* What the two sides of ranks.h say to each other.
 * Separate because both must read it alike. Numbers are of one machine type: the same program runs
 * on all of them (ranks_compare). */
#ifndef BENCH_RUN_RANKS_MPI_H
#define BENCH_RUN_RANKS_MPI_H

#include <mpi.h>

#include "ranks.h"

/* X(name): who sends it */
enum ranks_tag {
    TAG_ASK,   /* others to 0: struct ranks_ask */
    TAG_GRANT, /* 0 to others: struct ranks_grant */
    TAG_BLOCK, /* others to 0: struct ranks_rows, then the rows */
    TAG_ALIVE, /* others to 0: nothing */
    TAG_QUIT,  /* 0 to others: nothing */
    TAG_BYE,   /* others to 0: nothing more will come */
};

struct ranks_ask {
    uint64_t trials; /* as many as would be right */
};

struct ranks_grant {
    uint64_t epoch; /* of the arm: rows of an earlier one come too late */
    uint64_t plan, arm, first, begin, trials;
    uint64_t arms, steady, counts, all_columns; /* flags */
};

struct ranks_rows {
    uint64_t epoch, begin, trials, recovered, events, bytes;
};

enum { RANKS_NAME_MAX = 64 };

struct ranks {
    unsigned rank, size;
    double timeout_s;
    struct run_options options; /* of the arm */
    uint64_t epoch;
    double polled_s; /* when rank 0 last listened */
    /* Of rank 0, by rank: */
    struct other {
        char host[RANKS_NAME_MAX];
        uint64_t asked, owed; /* trials: wants so many; has not brought so many */
        double heard_s;
        bool gone;
        /* The message that is on its way: it may never come whole. NULL: none. */
        char *message;
        int length, tag;
        MPI_Request request;
    } * other;
};

#endif
