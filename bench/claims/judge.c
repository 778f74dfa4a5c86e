#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include "engine/check.h"

#include "trials.h"

static const double quantile_p[CLAIM_QUANTILES] = {0.05, 0.50, 0.95};

const char *claim_verdict_text(enum claim_verdict verdict)
{
    static const char *const texts[] = {
#define X(name, text, meaning) text,
        CLAIM_VERDICTS(X)
#undef X
    };
    return texts[verdict];
}

/* Are at least `share` of all trials a success, as far as k of n can tell? */
static bool at_least(uint64_t k, uint64_t n, double share)
{
    double low, high;
    if (n == 0)
        return false;
    proportion_interval(k, n, CLAIM_LEVEL, &low, &high);
    return low >= share;
}

enum claim_verdict claim_verdict(const struct claim_tally *tally, bool interval, bool cells)
{
    if (!at_least(tally->n, tally->n, CLAIM_SHARE))
        return VERDICT_too_few;
    if (at_least(tally->inside, tally->n, CLAIM_SHARE))
        return VERDICT_holds;
    if (interval && at_least(tally->under, tally->n, CLAIM_BOUND))
        return VERDICT_bound_only;
    return cells ? VERDICT_conditional : VERDICT_refuted;
}

static void say(struct judged *judged, const char *text)
{
    size_t length = strlen(judged->note);
    snprintf(judged->note + length, sizeof judged->note - length, "%s%s", length ? "; " : "", text);
}

/* The trials of a scenario, read when the first claim asks for them. */
struct shelf {
    const char *dir, *scenario; /* scenario NULL: free */
    bool there;
    struct claim_trials trials;
};

enum { SHELVES = 32 };

struct court {
    const char *dir;
    struct shelf shelf[SHELVES];
    struct judgement *judgement;
    struct error *error;
    size_t found; /* scenarios with results */
};

/* All that any claim wants to know of what was drawn in a scenario. */
static bool collect_drawn(const char *scenario, const char *drawn[CLAIM_DRAWN_MAX])
{
    bool paired = false;
    size_t n = 0;
    for (size_t i = 0; i < claim_count; i++) {
        const struct claim *claim = &claims[i];
        bool here = strcmp(claim->scenario, scenario) == 0;
        paired |= claim->other && (here || strcmp(claim->other, scenario) == 0);
        size_t known = 0;
        while (here && claim->drawn && known < n && strcmp(drawn[known], claim->drawn) != 0)
            known++;
        if (!here || !claim->drawn || known < n)
            continue;
        CHECK(n < CLAIM_DRAWN_MAX);
        drawn[n++] = claim->drawn;
    }
    if (strcmp(scenario, GRID_SCENARIO) == 0)
        drawn[n++] = GRID_RATE;
    return paired;
}

/* NULL without results (*error untouched) or with bad ones (*failed). */
static const struct claim_trials *trials_of(struct court *court, const char *scenario, bool *failed)
{
    struct shelf *shelf = court->shelf;
    while (shelf->scenario && strcmp(shelf->scenario, scenario) != 0)
        shelf++;
    CHECK(shelf < court->shelf + SHELVES - 1);
    if (!shelf->scenario) {
        const char *drawn[CLAIM_DRAWN_MAX + 1] = {NULL};
        bool paired = collect_drawn(scenario, drawn);
        shelf->scenario = scenario;
        shelf->there = claim_trials_exist(court->dir, scenario);
        court->found += shelf->there;
        if (shelf->there &&
            !claim_trials_read(court->dir, scenario, drawn, paired, &shelf->trials, court->error)) {
            shelf->there = false;
            *failed = true;
        }
    }
    return shelf->there ? &shelf->trials : NULL;
}

static const double *drawn_of(const struct claim_trials *trials, const struct claim *claim)
{
    const char *drawn[CLAIM_DRAWN_MAX + 1] = {NULL};
    collect_drawn(claim->scenario, drawn);
    size_t d = 0;
    while (strcmp(drawn[d], claim->drawn) != 0)
        d++;
    return trials->drawn[d];
}

static int64_t in_unit(double value)
{
    return llround(value * 1e9);
}

static bool inside(const struct claim *claim, const struct claim_reading *reading)
{
    if (claim->kind != CLAIM_interval && claim->kind != CLAIM_amount)
        return reading->holds;
    return reading->value >= in_unit(claim->low) && reading->value < in_unit(claim->high);
}

static void count(const struct claim *claim, const struct claim_reading *reading,
                  struct claim_tally *tally)
{
    tally->n++;
    tally->inside += inside(claim, reading);
    tally->under += claim->kind == CLAIM_interval && reading->value <= in_unit(claim->high);
}

static bool read_one(const struct claim *claim, const struct claim_trials *trials, size_t i,
                     const struct claim_trial *twin, struct claim_reading *reading)
{
    if (claim->kind != CLAIM_amount)
        return claim->read(&trials->trial[i], twin, reading);
    reading->value = in_unit(drawn_of(trials, claim)[i]);
    return true;
}

/* Reads every trial: fills the tally and `value`, finite ones first; returns how many of these. */
static size_t read_all(const struct claim *claim, const struct claim_trials *trials,
                       const struct claim_trials *other, struct claim_tally *tally, int64_t *value)
{
    size_t finite = 0;
    for (size_t i = 0; i < trials->n; i++) {
        struct claim_reading reading = {0};
        const struct claim_trial *trial = &trials->trial[i];
        const struct claim_trial *twin = other ? claim_trials_find(other, trial->trial) : NULL;
        if ((other && !twin) || !read_one(claim, trials, i, twin, &reading))
            continue;
        count(claim, &reading, tally);
        if (reading.value != CLAIM_NEVER)
            value[finite++] = reading.value;
    }
    return finite;
}

static void judge_shares(struct judged *judged, const struct claim_trials *trials,
                         const struct claim_trials *other)
{
    int64_t *value = calloc(trials->n + 1, sizeof *value);
    CHECK(value);
    size_t finite = read_all(judged->claim, trials, other, &judged->tally, value);
    const struct claim_tally *tally = &judged->tally;
    if (tally->n > 0) {
        sample_sort(value, finite);
        struct sample sample = {.value = value, .finite = finite, .n = tally->n};
        for (size_t k = 0; k < CLAIM_QUANTILES; k++)
            judged->quantile[k] = quantile_of(&sample, quantile_p[k], CLAIM_LEVEL);
        proportion_interval(tally->inside, tally->n, CLAIM_LEVEL, &judged->share_low,
                            &judged->share_high);
        if (judged->share_low < CLAIM_SHARE && judged->share_high >= CLAIM_SHARE)
            say(judged, "the interval of the share includes 90 %: more trials might decide");
    }
    free(value);
}

void rank_correlation(const double *x, const double *y, size_t n, double *rho, double *low,
                      double *high)
{
    *rho = 0.0, *low = -1.0, *high = 1.0;
    if (n < 4)
        return;
    double *work = calloc(2 * n, sizeof *work);
    CHECK(work);
    double r = gsl_stats_spearman(x, 1, y, 1, n, work);
    free(work);
    if (!isfinite(r)) /* one of them never differs */
        return;
    r = fmax(-1.0, fmin(1.0, r));
    double z = gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * CLAIM_LEVEL);
    double half = z * sqrt((1.0 + 0.5 * r * r) / (double)(n - 3));
    *rho = r;
    *low = tanh(atanh(r) - half);
    *high = tanh(atanh(r) + half);
}

static void judge_monotone(struct judged *judged, const struct claim_trials *trials)
{
    double *ipsec = calloc(trials->n + 1, sizeof *ipsec);
    CHECK(ipsec);
    for (size_t i = 0; i < trials->n; i++) /* beyond the horizon is longest, all alike */
        ipsec[i] = trials->trial[i].ipsec_ns < 0 ? 1e300 : (double)trials->trial[i].ipsec_ns;
    judged->tally.n = trials->n;
    rank_correlation(drawn_of(trials, judged->claim), ipsec, trials->n, &judged->rho,
                     &judged->rho_low, &judged->rho_high);
    judged->verdict = judged->rho_low > 0.0 ? VERDICT_holds : VERDICT_refuted;
    free(ipsec);
}

static void fill_grid(const struct claim *claim, const struct claim_trials *trials,
                      struct grid *grid)
{
    for (size_t i = 0; i < trials->n; i++) {
        struct claim_reading reading = {0};
        const struct claim_trial *trial = &trials->trial[i];
        if (claim->read(trial, NULL, &reading))
            grid_add(grid, (double)trial->vip_up_ns / 1e9, trials->drawn[0][i],
                     inside(claim, &reading));
    }
    grid_finish(grid);
}

/* The set of values for which the claim holds, in words; false: results are bad. */
static bool try_cells(struct court *court, struct judged *judged)
{
    bool failed = false;
    const struct claim_trials *trials = trials_of(court, GRID_SCENARIO, &failed);
    if (!trials) {
        say(judged, "its condition was not run (" GRID_SCENARIO ")");
        return !failed;
    }
    struct judgement *all = court->judgement;
    char words[512], text[600];
    all->has_grid = true;
    fill_grid(judged->claim, trials, &all->grid);
    grid_words(&all->grid, words, sizeof words);
    snprintf(text, sizeof text, "holds for %s (" GRID_SCENARIO ", claims-g5.csv)", words);
    say(judged, text);
    return true;
}

/* False: results are bad. */
static bool judge_claim(struct court *court, struct judged *judged)
{
    const struct claim *claim = judged->claim;
    bool failed = false;
    const struct claim_trials *trials = trials_of(court, claim->scenario, &failed), *other = NULL;
    if (claim->other && !failed)
        other = trials_of(court, claim->other, &failed);
    if (failed)
        return false;
    say(judged, claim->meaning);
    judged->verdict = VERDICT_not_run;
    if (!trials || (claim->other && !other))
        return true;
    if (other && trials->seed != other->seed) {
        say(judged, "the two runs have different seeds, so their trials are no pairs");
        return true;
    }
    if (claim->kind == CLAIM_monotone) {
        judge_monotone(judged, trials);
        return true;
    }
    judge_shares(judged, trials, other);
    if (claim->conditional && !try_cells(court, judged))
        return false;
    judged->verdict = claim_verdict(&judged->tally, claim->kind == CLAIM_interval,
                                    claim->conditional && court->judgement->grid.holding > 0);
    return true;
}

static void close_court(struct court *court)
{
    for (size_t i = 0; i < SHELVES; i++)
        if (court->shelf[i].there)
            claim_trials_fini(&court->shelf[i].trials);
}

bool claims_judge(const char *dir, struct judgement *judgement, struct error *error)
{
    struct court court = {.dir = dir, .judgement = judgement, .error = error};
    *judgement = (struct judgement){.judged = calloc(claim_count, sizeof *judgement->judged)};
    CHECK(judgement->judged);
    bool good = true;
    for (size_t i = 0; i < claim_count && good; i++) {
        judgement->judged[i].claim = &claims[i];
        good = judge_claim(&court, &judgement->judged[i]);
    }
    close_court(&court);
    if (good && court.found == 0)
        good =
            error_set(error, EXIT_INPUT,
                      "%s: no results of a scenario that claims are about (want %s/%s/trials.csv "
                      "or others like it)",
                      dir, dir, claims[0].scenario);
    if (!good)
        judgement_fini(judgement);
    return good;
}

void judgement_fini(struct judgement *judgement)
{
    free(judgement->judged);
    *judgement = (struct judgement){0};
}
