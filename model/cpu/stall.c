#include "cpu/stall.h"

#include "moment/moment.h"

void stall_reset(struct stall *stall, const struct luck *luck, uint32_t actor,
                 const struct node_params *params)
{
    stall->on = params->stall_rate_hz > 0.0;
    stall->params = params;
    if (!stall->on)
        return;
    double most_ns = law_maximum(&params->stall);
    stall->most_ns = (int64_t)(most_ns < CPU_STALL_MOST_NS ? most_ns : CPU_STALL_MOST_NS);
    stall->run_ns = stall->next_ns = 0;
    arrivals_init(&stall->starts, luck, actor, LUCK_stall_count, LUCK_stall_place,
                  params->stall_rate_hz, false);
}

static int64_t length_ns(const struct stall *stall, uint32_t id)
{
    const struct arrivals *a = &stall->starts;
    double ns =
        law_quantile(&stall->params->stall, luck_uniform(a->luck, LUCK_stall_length, a->actor, id));
    ns = ns < CPU_STALL_MOST_NS ? ns : CPU_STALL_MOST_NS;
    return ns > 0.0 ? (int64_t)ns : 0;
}

/* Finds the stretch in which it runs that holds now_ns, or the first one after it. Any stall that
 * reaches now_ns has begun within the longest one's length before it. */
static void find_run(struct stall *stall, int64_t now_ns)
{
    int64_t end_ns = now_ns;
    struct arrival start = arrivals_next(&stall->starts, now_ns - stall->most_ns - 1);
    while (start.at_ns <= end_ns) {
        int64_t own_ns = start.at_ns + length_ns(stall, start.id);
        end_ns = own_ns > end_ns ? own_ns : end_ns;
        start = arrivals_following(&stall->starts, start);
    }
    stall->run_ns = end_ns;
    stall->next_ns = start.at_ns;
}

int64_t stall_end_ns(struct stall *stall, int64_t now_ns)
{
    if (now_ns < stall->run_ns || now_ns >= stall->next_ns)
        find_run(stall, now_ns);
    return stall->run_ns > now_ns ? stall->run_ns : now_ns;
}

int64_t stall_run_ns(struct stall *stall, int64_t from_ns, int64_t to_ns)
{
    int64_t sum_ns = 0;
    for (;;) {
        from_ns = stall_end_ns(stall, from_ns);
        if (from_ns >= to_ns)
            return sum_ns;
        int64_t until_ns = stall->next_ns < to_ns ? stall->next_ns : to_ns;
        sum_ns += until_ns - from_ns;
        from_ns = until_ns;
    }
}

int64_t stall_after_ns(struct stall *stall, int64_t from_ns, int64_t run_ns)
{
    for (;;) {
        from_ns = stall_end_ns(stall, from_ns);
        if (stall->next_ns - from_ns >= run_ns)
            return from_ns + run_ns;
        run_ns -= stall->next_ns - from_ns;
        from_ns = stall->next_ns;
    }
}
