#include "bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "engine/check.h"
#include "engine/luck.h"

#include "../stats/quantile.h"

#define SEED           821839 /* any constant: a comparison has no luck of its own */
#define PURPOSE_WEIGHT 0xb001
#define PURPOSE_CELL   0xb002
#define SIGMAS         6.0 /* half the window, in standard deviations of the rank */
#define WINDOW_LEAST   20.0
#define WHOLE          500 /* a sample so small is one window: the plain bootstrap */
#define GROUP          4   /* replicates served by one draw: 4 times 32 bits */
#define POISSON_MAX    15
#define POISSON_INVERT 200.0 /* above this mean Cornish-Fisher is right to a unit */

enum side { BELOW, INSIDE, ABOVE };

/* One replicate's view of one arm: members of the window by ascending value, their values. */
struct view {
    int64_t low, high; /* what the trials below and above are taken for */
    size_t n;
    struct place {
        int64_t value;
        uint32_t member;
    } * place;
};

struct window {
    struct view view[2];
    uint32_t members, beyond[2]; /* beyond: members above this arm's window */
    int64_t *trial;              /* of each member */
    uint8_t *above[2];           /* is the member above this arm's window? */
    uint64_t cell[2][2];         /* trials that are no members: above in arm 0, in arm 1 */
};

/* P(X <= k) for X Poisson(1) in units of 2^-32, which is where a weight is cut off. */
static const uint32_t *poisson_table(void)
{
    static const uint32_t table[POISSON_MAX] = {1580030168u, 3160060337u, 3950075421u, 4213413783u,
                                                4279248373u, 4292415291u, 4294609777u, 4294923276u,
                                                4294962463u, 4294966817u, 4294967252u, 4294967292u,
                                                4294967295u, 4294967295u, 4294967295u};
    return table;
}

static unsigned weight_of(uint32_t bits)
{
    const uint32_t *table = poisson_table();
    unsigned k = 0;
    while (k < POISSON_MAX && bits >= table[k])
        k++;
    return k;
}

/* The weights of a trial in the replicates 4 g to 4 g + 3. */
static void weights_of(int64_t trial, uint32_t group, uint32_t stream, uint8_t weight[GROUP])
{
    const struct luck luck = {.seed = SEED, .trial = (uint64_t)trial};
    struct luck_pair bits = luck_bits_pair(&luck, PURPOSE_WEIGHT, stream, group);
    weight[0] = (uint8_t)weight_of((uint32_t)bits.first);
    weight[1] = (uint8_t)weight_of((uint32_t)(bits.first >> 32));
    weight[2] = (uint8_t)weight_of((uint32_t)bits.second);
    weight[3] = (uint8_t)weight_of((uint32_t)(bits.second >> 32));
}

unsigned bootstrap_weight(int64_t trial, uint32_t replicate, uint32_t stream)
{
    uint8_t weight[GROUP];
    weights_of(trial, replicate / GROUP, stream, weight);
    return weight[replicate % GROUP];
}

/* Poisson(mean) by inversion of one uniform variate; for large means with the Cornish-Fisher
 * expansion (Abramowitz, Stegun 26.2.49). */
static uint64_t poisson(double mean, double u)
{
    if (mean <= 0.0)
        return 0;
    if (mean > POISSON_INVERT) {
        double z = gsl_cdf_ugaussian_Pinv(u);
        double x = mean + sqrt(mean) * z + (z * z - 1.0) / 6.0;
        return x > 0.0 ? (uint64_t)llround(x) : 0;
    }
    double term = exp(-mean), sum = term;
    uint64_t k = 0;
    while (u > sum && k < 1000) {
        k++;
        term *= mean / (double)k;
        sum += term;
    }
    return k;
}

static void find_limits(const int64_t *sorted, uint64_t n, double p, struct view *view)
{
    double half =
        n <= WHOLE ? (double)n : ceil(SIGMAS * sqrt((double)n * p * (1.0 - p)) + WINDOW_LEAST);
    double rank = (double)quantile_rank(n, p), low = rank - half, high = rank + half;
    view->low = low >= 1.0 ? sorted[(uint64_t)low - 1] : QUANTILE_BELOW;
    view->high = high <= (double)n ? sorted[(uint64_t)high - 1] : QUANTILE_ABOVE;
}

/* An atom at an end of the window belongs to the outside, which has its value: so a window never
 * holds more trials than ranks. */
static enum side side_of(const struct view *view, int64_t value)
{
    return value <= view->low ? BELOW : value >= view->high ? ABOVE : INSIDE;
}

static int by_value(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
                                : (x->member > y->member) - (x->member < y->member);
}

static void *allocate(size_t n, size_t size)
{
    void *memory = calloc(n + 1, size);
    CHECK(memory);
    return memory;
}

static uint32_t count_members(const struct bootstrap_pairs *pairs, struct window *window)
{
    uint32_t members = 0;
    for (uint64_t i = 0; i < pairs->n; i++) {
        enum side a = side_of(&window->view[0], pairs->value[0][i]);
        enum side b = side_of(&window->view[1], pairs->value[1][i]);
        if (a == INSIDE || b == INSIDE)
            members++;
        else
            window->cell[a == ABOVE][b == ABOVE]++;
    }
    return members;
}

static void add_member(struct window *window, const struct bootstrap_pairs *pairs, uint64_t i)
{
    uint32_t m = window->members++;
    window->trial[m] = pairs->trial[i];
    for (int arm = 0; arm < 2; arm++) {
        struct view *view = &window->view[arm];
        int64_t value = pairs->value[arm][i];
        enum side side = side_of(view, value);
        window->above[arm][m] = side == ABOVE;
        if (side == INSIDE)
            view->place[view->n++] = (struct place){value, m};
    }
}

static void open_window(const struct bootstrap_pairs *pairs, double p, struct window *window)
{
    *window = (struct window){0};
    for (int arm = 0; arm < 2; arm++)
        find_limits(pairs->sorted[arm], pairs->n, p, &window->view[arm]);
    uint32_t members = count_members(pairs, window);
    window->trial = allocate(members, sizeof *window->trial);
    for (int arm = 0; arm < 2; arm++) {
        window->above[arm] = allocate(members, 1);
        window->view[arm].place = allocate(members, sizeof(struct place));
    }
    for (uint64_t i = 0; i < pairs->n; i++)
        if (side_of(&window->view[0], pairs->value[0][i]) == INSIDE ||
            side_of(&window->view[1], pairs->value[1][i]) == INSIDE)
            add_member(window, pairs, i);
    for (int arm = 0; arm < 2; arm++)
        qsort(window->view[arm].place, window->view[arm].n, sizeof(struct place), by_value);
}

static void close_window(struct window *window)
{
    for (int arm = 0; arm < 2; arm++) {
        free(window->above[arm]);
        free(window->view[arm].place);
    }
    free(window->trial);
}

/* The value of rank ceil(total p), counted from the top because tails are short. */
static int64_t weighted_quantile(const struct view *view, const uint8_t *weight, uint64_t total,
                                 uint64_t above, double p)
{
    if (total == 0) /* one trial that was not drawn: as good as drawn */
        return view->n ? view->place[0].value : view->high;
    uint64_t wanted = total - quantile_rank(total, p) + 1; /* from the top */
    if (above >= wanted)
        return view->high;
    uint64_t seen = above;
    for (size_t k = view->n; k-- > 0;) {
        seen += weight[view->place[k].member];
        if (seen >= wanted)
            return view->place[k].value;
    }
    return view->low;
}

static void draw_cells(const struct window *window, uint32_t replicate, uint32_t stream, double p,
                       uint64_t cell[2][2])
{
    const struct luck luck = {.seed = SEED, .trial = (uint64_t)llround(1e6 * p)};
    for (uint32_t a = 0; a < 2; a++)
        for (uint32_t b = 0; b < 2; b++)
            cell[a][b] =
                poisson((double)window->cell[a][b],
                        luck_uniform(&luck, PURPOSE_CELL, 4 * stream + 2 * a + b, replicate));
}

static void replicate_once(const struct window *window, const uint8_t *weight, uint32_t replicate,
                           uint32_t stream, double p, struct bootstrap_replicates *out)
{
    uint64_t cell[2][2], total = 0, above[2];
    draw_cells(window, replicate, stream, p, cell);
    above[0] = cell[1][0] + cell[1][1];
    above[1] = cell[0][1] + cell[1][1];
    for (uint32_t m = 0; m < window->members; m++) {
        total += weight[m];
        above[0] += window->above[0][m] ? weight[m] : 0;
        above[1] += window->above[1][m] ? weight[m] : 0;
    }
    total += cell[0][0] + cell[0][1] + cell[1][0] + cell[1][1];
    for (int arm = 0; arm < 2; arm++)
        out->quantile[arm][replicate] =
            weighted_quantile(&window->view[arm], weight, total, above[arm], p);
}

void bootstrap_quantile(const struct bootstrap_pairs *pairs, double p,
                        struct bootstrap_replicates *out)
{
    struct window window;
    open_window(pairs, p, &window);
    uint8_t *weight = allocate((size_t)window.members * GROUP, 1);
    for (uint32_t group = 0; group < BOOTSTRAP_REPLICATES / GROUP; group++) {
        for (uint32_t m = 0; m < window.members; m++) {
            uint8_t four[GROUP];
            weights_of(window.trial[m], group, pairs->stream, four);
            for (uint32_t r = 0; r < GROUP; r++)
                weight[(size_t)r * window.members + m] = four[r];
        }
        for (uint32_t r = 0; r < GROUP; r++)
            replicate_once(&window, weight + (size_t)r * window.members, GROUP * group + r,
                           pairs->stream, p, out);
    }
    free(weight);
    close_window(&window);
}

int64_t bootstrap_difference(int64_t b, int64_t a)
{
    if (a == b)
        return 0;
    if (b == QUANTILE_ABOVE)
        return QUANTILE_ABOVE;
    return a == QUANTILE_ABOVE ? QUANTILE_BELOW : b - a;
}

/* Differences ascending, all on one side of 0. */
static bool have_no_spread(const int64_t difference[BOOTSTRAP_REPLICATES])
{
    int64_t least = difference[0], most = difference[BOOTSTRAP_REPLICATES - 1];
    return least == most || least == QUANTILE_BELOW || most == QUANTILE_ABOVE;
}

static double normal_p(const int64_t difference[BOOTSTRAP_REPLICATES])
{
    double sum = 0.0, squares = 0.0, n = BOOTSTRAP_REPLICATES;
    for (size_t r = 0; r < BOOTSTRAP_REPLICATES; r++)
        sum += (double)difference[r];
    for (size_t r = 0; r < BOOTSTRAP_REPLICATES; r++)
        squares += ((double)difference[r] - sum / n) * ((double)difference[r] - sum / n);
    return 2.0 * gsl_cdf_ugaussian_Q(fabs(sum / n) / sqrt(squares / n));
}

struct bootstrap_interval bootstrap_compare(const int64_t a[BOOTSTRAP_REPLICATES],
                                            const int64_t b[BOOTSTRAP_REPLICATES])
{
    int64_t difference[BOOTSTRAP_REPLICATES];
    size_t under = 0, over = 0, cut = BOOTSTRAP_REPLICATES / 40; /* 2.5 % */
    for (size_t r = 0; r < BOOTSTRAP_REPLICATES; r++) {
        difference[r] = bootstrap_difference(b[r], a[r]);
        under += difference[r] <= 0;
        over += difference[r] >= 0;
    }
    sample_sort(difference, BOOTSTRAP_REPLICATES);
    size_t least = under < over ? under : over;
    bool one_sided = least == 0, alike = one_sided && have_no_spread(difference);
    double p = 2.0 * (double)(1 + least) / (BOOTSTRAP_REPLICATES + 1);
    if (one_sided)
        p = alike ? 0.0 : fmin(p, normal_p(difference));
    return (struct bootstrap_interval){
        .low = difference[cut - 1],
        .high = difference[BOOTSTRAP_REPLICATES - cut],
        .p = p < 1.0 ? p : 1.0,
        .one_sided = one_sided,
        .alike = alike,
    };
}
