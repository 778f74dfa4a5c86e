#include "cpu/service.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

enum { FIRST_ROOM = 64 };

/* Finish instants are rounded up to whole ns, so that what is done has nothing left but the
 * rounding of virtual time. */
static const double DONE_NS = 1e-3;

void service_reset(struct service *service, const struct node_params *params)
{
    service->params = params;
    service->serving = service->first = service->end = 0;
    service->virtual_ns = 0.0;
    service->rate = params->speed;
    service->sequence = 0;
}

void service_fini(struct service *service)
{
    free(service->served);
    free(service->waiting);
    *service = (struct service){0};
}

static struct service_job *with_room(struct service_job *list, uint32_t n, uint32_t *room)
{
    if (n < *room)
        return list;
    *room = *room > 0 ? 2 * *room : FIRST_ROOM;
    list = realloc(list, *room * sizeof *list);
    CHECK(list != NULL);
    return list;
}

/* ---- in service ---- */

static bool is_before(const struct service_job *a, const struct service_job *b)
{
    return a->work_ns < b->work_ns || (a->work_ns == b->work_ns && a->sequence < b->sequence);
}

/* Processor sharing with more jobs than cores: each gets its part. */
static void set_rate(struct service *service)
{
    const struct node_params *p = service->params;
    uint32_t cores = (uint32_t)p->cores;
    service->rate = service->serving <= cores ? p->speed : p->speed * cores / service->serving;
    if (service->serving == 0)
        service->virtual_ns = 0.0; /* small numbers are finer */
}

static void sift_up(struct service_job *heap, uint32_t i, struct service_job job)
{
    for (; i > 0 && is_before(&job, &heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = job;
}

static void sift_down(struct service_job *heap, uint32_t n, uint32_t i, struct service_job job)
{
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= n)
            break;
        child += child + 1 < n && is_before(&heap[child + 1], &heap[child]);
        if (is_before(&job, &heap[child]))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = job;
}

static void serve(struct service *service, struct service_job job)
{
    service->served = with_room(service->served, service->serving, &service->served_room);
    job.work_ns += service->virtual_ns;
    sift_up(service->served, service->serving++, job);
    set_rate(service);
}

/* Takes place i out; the longest waiting job takes over. */
static void leave(struct service *service, uint32_t i)
{
    struct service_job last = service->served[--service->serving];
    if (i < service->serving) {
        sift_down(service->served, service->serving, i, last);
        sift_up(service->served, i, service->served[i]);
    }
    if (service->first < service->end)
        serve(service, service->waiting[service->first++]);
    else
        set_rate(service);
}

/* ---- all ---- */

static bool has_place(const struct service *service)
{
    const struct node_params *p = service->params;
    return p->discipline == CPU_ps || service->serving < (uint32_t)p->cores;
}

/* The list of those who wait moves back to the beginning of its memory when it meets the end. */
static void wait(struct service *service, struct service_job job)
{
    if (service->end == service->waiting_room && service->first > service->waiting_room / 2) {
        service->end -= service->first;
        memmove(service->waiting, service->waiting + service->first,
                service->end * sizeof service->waiting[0]);
        service->first = 0;
    }
    service->waiting = with_room(service->waiting, service->end, &service->waiting_room);
    service->waiting[service->end++] = job;
}

void service_add(struct service *service, double work_ns, struct cpu_job *job)
{
    struct service_job new = {work_ns, service->sequence++, job};
    if (has_place(service))
        serve(service, new);
    else
        wait(service, new);
}

void service_work(struct service *service, int64_t ns)
{
    service->virtual_ns += (double)ns * service->rate;
}

int64_t service_first_ns(const struct service *service)
{
    if (service->serving == 0)
        return INT64_MAX;
    double ns = (service->served[0].work_ns - service->virtual_ns) / service->rate;
    if (ns > 9e18)
        return INT64_MAX;
    return ns > 0.0 ? (int64_t)ceil(ns) : 0;
}

bool service_take_done(struct service *service, struct cpu_job **job)
{
    if (service->serving == 0 || service->served[0].work_ns - service->virtual_ns > DONE_NS)
        return false;
    *job = service->served[0].job;
    leave(service, 0);
    return true;
}

static double withdraw_waiting(struct service *service, const struct cpu_job *job)
{
    uint32_t i = service->first;
    while (i < service->end && service->waiting[i].job != job)
        i++;
    CHECK(i < service->end);
    double left_ns = service->waiting[i].work_ns;
    service->end--;
    memmove(service->waiting + i, service->waiting + i + 1,
            (service->end - i) * sizeof service->waiting[0]);
    return left_ns;
}

double service_withdraw(struct service *service, const struct cpu_job *job)
{
    for (uint32_t i = 0; i < service->serving; i++)
        if (service->served[i].job == job) {
            double left_ns = service->served[i].work_ns - service->virtual_ns;
            leave(service, i);
            return left_ns;
        }
    return withdraw_waiting(service, job);
}
