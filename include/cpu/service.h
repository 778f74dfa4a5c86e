/* Who is served by a computer's processors, who waits, and when the first one is done.
 * Separate because it is a queueing discipline and nothing else. Processor sharing serves all jobs
 * alike, FIFO as many as there are cores. Time is virtual: the processor time that a job in service
 * has had since service began. It passes equally for all of them, so that a job keeps the virtual
 * instant at which it is done, and a change costs O(log jobs) instead of O(jobs) (the idea is that
 * of fair queueing: Demers, Keshav, Shenker, SIGCOMM 1989). */
#ifndef CPU_SERVICE_H
#define CPU_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/params.h"

struct cpu_job;

struct service_job {
    double work_ns;    /* waiting: what it needs; in service: virtual instant at which it is done */
    uint64_t sequence; /* of arrival; breaks ties */
    struct cpu_job *job; /* NULL: background */
};

struct service {
    const struct node_params *params;
    struct service_job *served;  /* owned; a heap, the first done first */
    struct service_job *waiting; /* owned; [first, end), in order of arrival */
    uint32_t serving, served_room, first, end, waiting_room;
    double virtual_ns, rate; /* how far it is; how much of it passes in a ns */
    uint64_t sequence;
};

/* A service of zeroes is ready for service_reset. Memory that grows is kept until service_fini. */
void service_reset(struct service *service, const struct node_params *params);
void service_fini(struct service *service);

/* Jobs present. */
static inline uint32_t service_jobs(const struct service *service)
{
    return service->serving + service->end - service->first;
}

/* A job that needs work_ns >= 0 of processor time at speed 1. */
void service_add(struct service *service, double work_ns, struct cpu_job *job);

/* Works for so many ns; nothing may be done before their end. */
void service_work(struct service *service, int64_t ns);

/* Whole ns until the first job is done if none arrives; INT64_MAX when there is none. */
int64_t service_first_ns(const struct service *service);

/* Takes out one job that is done; *job NULL: background. False when none is. */
bool service_take_done(struct service *service, struct cpu_job **job);

/* Takes out a job; the work that it still needed, at speed 1. It must be there. */
double service_withdraw(struct service *service, const struct cpu_job *job);

#endif
