/* Lives of requests, one by one and many at once.
 * Separate because the second way is the first one's short cut where nothing goes wrong. */
#ifndef MODEL_APP_QUIET_H
#define MODEL_APP_QUIET_H

#include "app/quiet.h"

/* Takes bytes off a counter that may not be there. */
static inline void quiet_take(int64_t *bytes, int64_t n)
{
    if (bytes != NULL)
        *bytes -= n;
}

/* Lives on until now_ns on its class's road. */
void quiet_live(struct app_quiet *quiet, struct app_life *life, int64_t now_ns);

/* When a life (a copy of it) will be answered if its road, which is SERVED, goes on; INT64_MAX if
 * not by until_ns. Counters move: the caller puts them back. */
int64_t quiet_answer_ns(struct app_quiet *quiet, struct app_life life, int64_t until_ns);

/* Keeps a life in the middle, told up to now. */
void quiet_keep(struct app_quiet *quiet, const struct app_life *life);

/* Lives until now_ns and is kept if it is not over then. */
void app_quiet_live(struct app_quiet *quiet, struct app_life *life, int64_t now_ns);

/* All requests of a class: those in the middle, and those that begin after from_ns, up to now_ns.
 */
void quiet_tell_class(struct app_quiet *quiet, uint32_t class_index, int64_t from_ns,
                      int64_t now_ns);

#endif
