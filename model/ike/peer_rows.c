/* The relation's table (ike/peer.h), which row fires, and the proof that the table is sound. */
#include <stdio.h>

#include "ike/peer.h"

#define KB        "KB 821839"
#define FALL_BACK "KB 914841, KB 914842: no answer within 3 s (0.5 s) makes a soft SA"

const struct peer_row peer_rows[] = {
    {PEER_UP, PEER_ON_PEER_LOST, PEER_ALWAYS, PEER_DO_NOTHING, PEER_STALE,
     KB ": the front end still believes its link is good"},
    {PEER_UP, PEER_ON_QM_GONE, PEER_IF_MM, PEER_DO_NOTHING, PEER_QM_RETRY,
     "[MS-IKEE] 3.5.6.1: the idle timer deletes the quick-mode SA only"},
    {PEER_UP, PEER_ON_QM_GONE, PEER_IF_NO_MM, PEER_DO_NOTHING, PEER_MM_NEW, "[MS-IKEE] 3.5.6.1"},
    {PEER_UP, PEER_ON_MM_GONE, PEER_ALWAYS, PEER_DO_NOTHING, PEER_UP,
     "[MS-IKEE] 3.8.4.1: quick-mode SAs outlive their main-mode SA"},
    {PEER_STALE, PEER_ON_QM_GONE, PEER_IF_MM, PEER_DO_NOTHING, PEER_QM_RETRY,
     "[MS-IKEE] 3.5.6.1: the idle timer deletes the quick-mode SA only"},
    {PEER_STALE, PEER_ON_QM_GONE, PEER_IF_NO_MM, PEER_DO_NOTHING, PEER_MM_NEW, "[MS-IKEE] 3.5.6.1"},
    {PEER_STALE, PEER_ON_MM_GONE, PEER_ALWAYS, PEER_DO_NOTHING, PEER_STALE,
     "[MS-IKEE] 3.8.4.1: quick-mode SAs outlive their main-mode SA"},

    {PEER_QM_RETRY, PEER_ON_PACKET, PEER_IF_IDLE, PEER_DO_START_QM, PEER_QM_RETRY,
     "RFC 2409 5.5 under the existing main-mode SA; KB 980915: an additional negotiation"},
    {PEER_QM_RETRY, PEER_ON_PACKET, PEER_IF_BUSY, PEER_DO_NOTHING, PEER_QM_RETRY, KB},
    {PEER_QM_RETRY, PEER_ON_QM_UP, PEER_ALWAYS, PEER_DO_NOTHING, PEER_UP, "RFC 2409 5.5"},
    {PEER_QM_RETRY, PEER_ON_QM_FAILED, PEER_ALWAYS, PEER_DO_DROP_MM, PEER_MM_NEW,
     "KB 980915: which has to time out; then a new main mode, " KB},
    {PEER_QM_RETRY, PEER_ON_MM_GONE, PEER_ALWAYS, PEER_DO_ABORT_QM, PEER_MM_NEW,
     "RFC 2409 5.5: quick mode is bound to a main-mode SA"},

    {PEER_MM_NEW, PEER_ON_PACKET, PEER_IF_IDLE, PEER_DO_START_MM, PEER_MM_NEW,
     KB ": IKE tries a new main mode"},
    {PEER_MM_NEW, PEER_ON_PACKET, PEER_IF_BUSY, PEER_DO_NOTHING, PEER_MM_NEW, KB},
    {PEER_MM_NEW, PEER_ON_MM_UP, PEER_IF_HELD, PEER_DO_START_QM, PEER_MM_NEW, "RFC 2409 5.5"},
    {PEER_MM_NEW, PEER_ON_MM_UP, PEER_IF_NONE_HELD, PEER_DO_NOTHING, PEER_QM_RETRY,
     "RFC 2409 5.5: needs only quick mode now"},
    {PEER_MM_NEW, PEER_ON_MM_FAILED, PEER_ALWAYS, PEER_DO_DISCARD, PEER_MM_NEW,
     "RFC 2408 5.1, retry counter"},
    {PEER_MM_NEW, PEER_ON_MM_GONE, PEER_ALWAYS, PEER_DO_ABORT_QM, PEER_MM_NEW,
     "RFC 2409 5.5: quick mode is bound to a main-mode SA"},
    {PEER_MM_NEW, PEER_ON_QM_UP, PEER_ALWAYS, PEER_DO_NOTHING, PEER_UP, "RFC 2409 5.5"},
    {PEER_MM_NEW, PEER_ON_QM_FAILED, PEER_ALWAYS, PEER_DO_DROP_MM, PEER_MM_NEW, "KB 980915"},

    {PEER_MM_NEW, PEER_ON_SILENT, PEER_IF_HELD, PEER_DO_SOFT, PEER_SOFT, FALL_BACK},
    {PEER_MM_NEW, PEER_ON_SILENT, PEER_IF_NONE_HELD, PEER_DO_NOTHING, PEER_MM_NEW, FALL_BACK},
    {PEER_QM_RETRY, PEER_ON_SILENT, PEER_ALWAYS, PEER_DO_SOFT_DROP_MM, PEER_SOFT,
     FALL_BACK "; for quick mode assumed"},
    {PEER_SOFT, PEER_ON_SOFT_GONE, PEER_IF_MM, PEER_DO_NOTHING, PEER_QM_RETRY,
     "KB 234580: a soft SA is an SA and has its end; how long it lives is assumed"},
    {PEER_SOFT, PEER_ON_SOFT_GONE, PEER_IF_NO_MM, PEER_DO_NOTHING, PEER_MM_NEW,
     "KB 234580: a soft SA is an SA and has its end; how long it lives is assumed"},
};
const size_t peer_row_count = COUNT_OF(peer_rows);

static bool guard_holds(uint8_t when, bool mm_up, bool busy, bool held)
{
    switch (when) {
    case PEER_IF_MM:
        return mm_up;
    case PEER_IF_NO_MM:
        return !mm_up;
    case PEER_IF_IDLE:
        return !busy;
    case PEER_IF_BUSY:
        return busy;
    case PEER_IF_HELD:
        return held;
    case PEER_IF_NONE_HELD:
        return !held;
    default:
        return true;
    }
}

const struct peer_row *peer_row_find(uint8_t from, uint8_t on, bool mm_up, bool busy, bool held)
{
    for (size_t i = 0; i < peer_row_count; i++) {
        const struct peer_row *row = &peer_rows[i];
        if (row->from == from && row->on == on && guard_holds(row->when, mm_up, busy, held))
            return row;
    }
    return NULL;
}

/* ---- proof ---- */

static const char *const state_names[] = {
#define X(name, words) #name,
    PEER_STATES(X)
#undef X
};

static const char *const input_names[] = {
#define X(name, words) #name,
    PEER_INPUTS(X)
#undef X
};

/* Which of the eight cases (mm_up, busy, held: one bit each) a guard lets through. */
static uint8_t cases_of(uint8_t when)
{
    uint8_t set = 0;
    for (int bits = 0; bits < 8; bits++)
        if (guard_holds(when, bits & 1, bits >> 1 & 1, bits >> 2 & 1))
            set |= (uint8_t)(1 << bits);
    return set;
}

/* A state that hears an input hears it in every case, by one row: none is forgotten, none is told
 * twice. */
static bool input_is_sound(const struct peer_row *rows, size_t n, uint8_t from, uint8_t on,
                           const char **problem)
{
    uint8_t heard = 0;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].from != from || rows[i].on != on)
            continue;
        if (heard & cases_of(rows[i].when))
            *problem = "is answered by two rows";
        heard |= cases_of(rows[i].when);
    }
    if (*problem == NULL && heard != 0 && heard != 0xff)
        *problem = "is heard in some cases and forgotten in others";
    return *problem == NULL;
}

static bool row_is_sound(const struct peer_row *row, const char **problem)
{
    bool soft = row->action == PEER_DO_SOFT || row->action == PEER_DO_SOFT_DROP_MM;
    if (row->from >= PEER_STATE_COUNT || row->to >= PEER_STATE_COUNT)
        *problem = "names a state that does not exist";
    else if (row->source == NULL || row->source[0] == '\0')
        *problem = "has no source";
    else if (soft != (row->to == PEER_SOFT && row->from != PEER_SOFT))
        *problem = "enters SOFT without a soft SA, or makes one and goes elsewhere";
    else if (row->to == PEER_UP && row->from != PEER_UP && row->on != PEER_ON_QM_UP)
        *problem = "is UP without quick mode";
    return *problem == NULL;
}

static bool state_is_sound(const struct peer_row *rows, size_t n, uint8_t state,
                           const char **problem)
{
    /* A trial starts in UP or, without SA, in QM_RETRY or MM_NEW. */
    uint32_t reached = 1u << PEER_UP | 1u << PEER_QM_RETRY | 1u << PEER_MM_NEW;
    bool leaves = false;
    for (size_t pass = 0; pass < PEER_STATE_COUNT; pass++)
        for (size_t i = 0; i < n; i++)
            if (reached >> rows[i].from & 1)
                reached |= 1u << rows[i].to;
    for (size_t i = 0; i < n; i++)
        leaves |= rows[i].from == state && rows[i].to != state;
    if (!(reached >> state & 1))
        *problem = "cannot be reached";
    else if (!leaves)
        *problem = "cannot be left";
    return *problem == NULL;
}

bool peer_rows_check(const struct peer_row *rows, size_t n, char *why, size_t why_size)
{
    const char *problem = NULL;
    for (size_t i = 0; i < n; i++)
        if (!row_is_sound(&rows[i], &problem)) {
            snprintf(why, why_size, "relation: row %zu %s", i, problem);
            return false;
        }
    for (uint8_t state = 0; state < PEER_STATE_COUNT; state++) {
        for (uint8_t on = 0; on < PEER_INPUT_COUNT; on++)
            if (!input_is_sound(rows, n, state, on, &problem)) {
                snprintf(why, why_size, "relation: %s on %s %s", state_names[state],
                         input_names[on], problem);
                return false;
            }
        if (!state_is_sound(rows, n, state, &problem)) {
            snprintf(why, why_size, "relation: state %s %s", state_names[state], problem);
            return false;
        }
    }
    return true;
}
