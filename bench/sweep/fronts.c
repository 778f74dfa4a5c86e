#include "fronts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

enum { NAME_MAX_BYTES = 256, NONE = -1 };

static const char count_key[] = "front_end.count";

const char *const fronts_columns[FRONTS_RANK_COUNT] = {
#define X(name, column) column,
    FRONTS_RANKS(X)
#undef X
};

static const char *const rank_names[FRONTS_RANK_COUNT] = {
#define X(name, column) #name,
    FRONTS_RANKS(X)
#undef X
};

/* Where each arm is drawn. */
struct place_of {
    size_t arm;
    long panel, series; /* numbers from 0; series NONE: not drawn */
    double count;
};

struct layout {
    const struct design *design;
    size_t count;        /* its key */
    size_t panel;        /* key of the panels; arms->keys: none */
    struct place_of *at; /* by arm */
};

static size_t find_count(const struct arm_list *arms)
{
    size_t key = 0;
    while (key < arms->keys && strcmp(arms->key[key], count_key) != 0)
        key++;
    return key;
}

bool fronts_varied(const struct arm_list *arms)
{
    size_t key = find_count(arms);
    for (size_t i = 1; key < arms->keys && i < arms->n; i++)
        if (strcmp(arms->arm[i].value[key], arms->arm[0].value[key]) != 0)
            return true;
    return false;
}

static bool same(const struct design *design, size_t a, size_t b, size_t key)
{
    const size_t *place = design->place, keys = design->arms->keys;
    return place[a * keys + key] == place[b * keys + key];
}

/* Keys that step together with the number of front ends are no others. */
static bool is_other(const struct layout *l, size_t key)
{
    return l->design->group[key] != l->design->group[l->count];
}

static bool same_series(const struct layout *l, size_t a, size_t b)
{
    for (size_t k = 0; k < l->design->arms->keys; k++)
        if (is_other(l, k) && !same(l->design, a, b, k))
            return false;
    return true;
}

static size_t find_panel_key(const struct layout *l)
{
    size_t key = 0;
    while (key < l->design->arms->keys &&
           !(is_other(l, key) && design_leads(l->design, key) && design_is_words(l->design, key)))
        key++;
    return key;
}

/* Numbers panels and series in the order of arms. */
static void place_arm(const struct layout *l, size_t arm)
{
    struct place_of *own = &l->at[arm];
    size_t alike = 0, fellows = 0;
    long series = 0;
    *own = (struct place_of){.arm = arm, .count = atof(l->design->arms->arm[arm].value[l->count])};
    if (l->panel < l->design->arms->keys)
        own->panel = (long)l->design->place[arm * l->design->arms->keys + l->panel];
    for (; alike < arm && !same_series(l, alike, arm); alike++)
        if (l->at[alike].panel == own->panel && l->at[alike].series >= series)
            series = l->at[alike].series + 1;
    for (size_t i = 0; i < l->design->arms->n; i++)
        fellows += same_series(l, i, arm);
    own->series = alike < arm ? l->at[alike].series : series;
    if (own->panel >= FRONTS_PANELS_MAX || own->series >= FRONTS_SERIES_MAX || fellows < 2)
        own->series = NONE;
}

static int by_place(const void *left, const void *right)
{
    const struct place_of *a = left, *b = right;
    if (a->panel != b->panel)
        return a->panel < b->panel ? -1 : 1;
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    return (a->count > b->count) - (a->count < b->count);
}

static void add_text(char text[NAME_MAX_BYTES], const char *key, const char *value)
{
    size_t length = strlen(text);
    snprintf(text + length, NAME_MAX_BYTES - length, "%s%s=%s", length == 0 ? "" : " ", key, value);
}

/* "crypto=modern" where keys that step together all end in crypto and have this value; else the key
 * and value of the first. */
static void panel_name(char text[NAME_MAX_BYTES], const struct layout *l, size_t arm,
                       const char *const *short_key)
{
    const struct arm_list *arms = l->design->arms;
    *text = '\0';
    if (l->panel == arms->keys)
        return;
    const char *field = strrchr(arms->key[l->panel], '.') + 1,
               *value = arms->arm[arm].value[l->panel];
    bool alike = true;
    for (size_t k = 0; k < arms->keys; k++)
        if (l->design->group[k] == l->design->group[l->panel])
            alike &= strcmp(strrchr(arms->key[k], '.') + 1, field) == 0 &&
                     strcmp(arms->arm[arm].value[k], value) == 0;
    add_text(text, alike ? field : short_key[l->panel], value);
}

static void series_name(char text[NAME_MAX_BYTES], const struct layout *l, size_t arm,
                        const char *const *short_key)
{
    *text = '\0';
    for (size_t k = 0; k < l->design->arms->keys; k++)
        if (k != l->panel && is_other(l, k) && design_leads(l->design, k))
            add_text(text, short_key[k], l->design->arms->arm[arm].value[k]);
    if (*text == '\0')
        strcpy(text, "all alike");
}

static void put_name(struct csv_buffer *buffer, const char *name)
{
    char encoded[NAME_MAX_BYTES];
    design_encode(encoded, sizeof encoded, name);
    csv_put_text(buffer, encoded);
}

static void put_header(struct csv_buffer *buffer)
{
    static const char *const head[] = {"panel", "panel_name", "series", "series_name",
                                       "front_ends"};
    for (size_t i = 0; i < COUNT_OF(head); i++)
        csv_put_text(buffer, head[i]);
    for (size_t r = 0; r < FRONTS_RANK_COUNT; r++) {
        char name[32];
        csv_put_text(buffer, rank_names[r]);
        snprintf(name, sizeof name, "%s_low", rank_names[r]);
        csv_put_text(buffer, name);
        snprintf(name, sizeof name, "%s_high", rank_names[r]);
        csv_put_text(buffer, name);
    }
    csv_end_row(buffer);
}

static void put_row(const struct layout *l, const struct place_of *at, const struct fronts_arm *arm,
                    const char *const *short_key, struct csv_buffer *buffer)
{
    char text[NAME_MAX_BYTES];
    csv_put_int64(buffer, at->panel);
    panel_name(text, l, at->arm, short_key);
    put_name(buffer, text);
    csv_put_int64(buffer, at->series);
    series_name(text, l, at->arm, short_key);
    put_name(buffer, text);
    csv_put_double(buffer, at->count);
    for (size_t r = 0; r < FRONTS_RANK_COUNT; r++) {
        design_put_seconds(buffer, arm[at->arm].outage[r].value);
        design_put_seconds(buffer, arm[at->arm].outage[r].low);
        design_put_seconds(buffer, arm[at->arm].outage[r].high);
    }
    csv_end_row(buffer);
}

bool fronts_table(const struct design *design, const struct fronts_arm *arm,
                  struct csv_buffer *buffer)
{
    const struct arm_list *arms = design->arms;
    if (!fronts_varied(arms))
        return false;
    const char **short_key = calloc(arms->keys, sizeof *short_key);
    struct layout l = {design, find_count(arms), 0, calloc(arms->n, sizeof *l.at)};
    bool any = false;
    CHECK(short_key != NULL && l.at != NULL);
    arm_list_short_keys(arms, short_key);
    l.panel = find_panel_key(&l);
    for (size_t i = 0; i < arms->n; i++)
        place_arm(&l, i);
    qsort(l.at, arms->n, sizeof *l.at, by_place);
    for (size_t i = 0; i < arms->n; i++) {
        if (l.at[i].series == NONE)
            continue;
        if (!any)
            put_header(buffer);
        any = true;
        put_row(&l, &l.at[i], arm, short_key, buffer);
    }
    free(short_key);
    free(l.at);
    return any;
}
