#include "together.h"

#include <stdlib.h>

#include "engine/check.h"

bool together_follows(const struct experiment *e)
{
    return e->rank > 0 && e->shard.count == 0;
}

int together_fail(const struct experiment *e, const struct error *error)
{
    return together_follows(e) ? (int)error->status : cmd_fail(error);
}

bool together_begin(struct experiment *e, bool good, struct error *error)
{
    struct error own;
    if (e->shard.count > 0 || (e->asks_help && good))
        return good; /* each for itself */
    bool begun = ranks_begin(&e->run.ranks, e->rank_timeout_s, &own);
    if (good && !begun)
        *error = own;
    return ranks_agree(e->run.ranks, good && begun, error);
}

/* A text that manifest_same can compare. */
static bool same_number(struct experiment *e, size_t n, struct error *error)
{
    char *text = NULL;
    CHECK(asprintf(&text, "{\"number of plans\": \"%zu\"}", n) >= 0);
    bool same = ranks_compare(e->run.ranks, text, error);
    free(text);
    return same;
}

bool together_serve(struct experiment *e, output_plan_fn *plan, const void *const *context,
                    const struct ranks_plan *plans, size_t n, bool *served, struct error *error)
{
    *served = false;
    if (e->run.ranks == NULL)
        return true;
    bool same = same_number(e, n, error);
    for (size_t i = 0; context[i] != NULL && same; i++) {
        char *text = plan(context[i]);
        same = ranks_compare(e->run.ranks, text, error);
        free(text);
    }
    if (!same)
        return false;
    *served = together_follows(e);
    e->serves = true;
    return !*served || ranks_serve(e->run.ranks, plans, n, &e->run, error);
}

void together_end(struct experiment *e, int status)
{
    ranks_end(e->run.ranks, e->serves, status);
    e->run.ranks = NULL;
}
