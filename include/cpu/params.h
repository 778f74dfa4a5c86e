/* Settings of processors and of what cryptography costs on them. */
#ifndef CPU_PARAMS_H
#define CPU_PARAMS_H

#include <stdint.h>

#include "engine/law.h"

/* Processor time of one operation on a core of speed 1. */
struct crypto_params {
    int64_t dh_keygen_ns; /* one Diffie-Hellman public value */
    int64_t dh_agree_ns;  /* one shared secret */
    int64_t sign_ns;      /* one RSA private operation */
    int64_t verify_ns;    /* one RSA public operation */
    int64_t message_ns;   /* hashes and ciphers of one IKE message */
};

#define CPU_DISCIPLINES(X) X(ps) X(fifo)

enum cpu_discipline {
#define X(name) CPU_##name,
    CPU_DISCIPLINES(X)
#undef X
};

/* A longer stall is cut: what lasts longer is a failure. */
#define CPU_STALL_MOST_NS 60e9

/* A computer as far as its processors go. */
struct node_params {
    int64_t cores;
    double speed;         /* relative to the machine the crypto costs were measured on */
    double load;          /* share of the whole capacity that other work takes, below 1 */
    struct law burst;     /* ns of processor time of one piece of that other work */
    int64_t discipline;   /* enum cpu_discipline */
    int64_t crypto;       /* index of its crypto costs */
    double stall_rate_hz; /* stalls a second; 0: none */
    struct law stall;     /* ns that one stall lasts, cut at CPU_STALL_MOST_NS */
};

#endif
