/* The rules of verdicts, what each sentence counts as true, and that verdicts can be had from
 * trials.csv alone, by other and simpler means. */
#include "../scenario/testsite.h"

#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>

#include <gsl/gsl_errno.h>

#include "world/row.h"

#include "../out/csv.h"
#include "../out/stage.h"
#include "../run/run.h"
#include "report.h"

#define S INT64_C(1000000000)

static char top[PATH_MAX]; /* of the project */

static int enter(void **state)
{
    gsl_set_error_handler_off();
    return getcwd(top, sizeof top) == NULL || enter_folder(state) != 0;
}

/* P(X >= k) for X binomial(n, p), term by term. */
static double tail(unsigned k, unsigned n, double p)
{
    double sum = 0.0;
    for (unsigned i = k; i <= n; i++)
        sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) + i * log(p) +
                   (n - i) * log1p(-p));
    return sum;
}

/* The least k of n at which the exact lower limit reaches `share`: P(X >= k) <= 2.5 %. */
static unsigned least(unsigned n, double share)
{
    unsigned k = n + 1; /* stays when even n of n is not enough */
    while (k > 0 && tail(k - 1, n, share) <= 0.025)
        k--;
    return k;
}

static void verdicts_turn_where_the_rules_say(void **state)
{
    (void)state;
    static const unsigned sizes[] = {400, 1000, 3000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        unsigned n = sizes[i], holds = least(n, 0.90), bound = least(n, 0.99);
        struct claim_tally t = {n, holds, n};
        assert_int_equal(claim_verdict(&t, true, false), VERDICT_holds);
        t.inside--;
        assert_int_equal(claim_verdict(&t, true, true), VERDICT_bound_only);
        assert_int_equal(claim_verdict(&t, false, false), VERDICT_refuted);
        assert_int_equal(claim_verdict(&t, false, true), VERDICT_conditional);
        t.under = bound;
        assert_int_equal(claim_verdict(&t, true, false), VERDICT_bound_only);
        t.under--;
        assert_int_equal(claim_verdict(&t, true, false), VERDICT_refuted);
        assert_int_equal(claim_verdict(&t, true, true), VERDICT_conditional);
    }
    struct claim_tally few = {35, 35, 35}, enough = {36, 36, 36}, none = {0, 0, 0};
    assert_int_equal(claim_verdict(&few, true, false), VERDICT_too_few); /* 0.025^(1/35) < 0.9 */
    assert_int_equal(claim_verdict(&enough, true, false), VERDICT_holds);
    assert_int_equal(claim_verdict(&none, false, true), VERDICT_too_few);
}

/* A planned move by the book: 3 s, every sentence true. */
static const struct row good_move = {
    .stop_ns = -5 * S,
    .vip_gone_ns = 0,
    .vip_up_ns = 2 * S,
    .silence_ns = S,
    .idle_expiry_ns = S / 100,
    .sa_end = 2,
    .acquire_ns = S / 2,
    .stale_qm_start_ns = -1,
    .mm_start_ns = S / 2,
    .mm_done_ns = 3 * S - 100,
    .ipsec_ns = 3 * S,
    .app_ready_ns = 30 * S,
    .outage_ns = 33 * S,
    .sum_ns = 33 * S,
    .phase_detect_ns = S / 100,
    .phase_wait_ns = S / 2 - S / 100,
};
/* A crash by the book: 300 s of silence since the last packet, then 63 s. */
static const struct row good_crash = {
    .stop_ns = -1,
    .vip_gone_ns = 0,
    .vip_up_ns = 10 * S,
    .silence_ns = S,
    .idle_expiry_ns = 299 * S,
    .sa_end = 0,
    .acquire_ns = 299 * S,
    .stale_qm_start_ns = 299 * S,
    .mm_start_ns = 362 * S,
    .mm_done_ns = 363 * S,
    .ipsec_ns = 363 * S,
    .app_ready_ns = 30 * S,
    .outage_ns = 363 * S,
    .sum_ns = 393 * S,
    .phase_detect_ns = 299 * S,
    .phase_stale_qm_ns = 63 * S,
};
static const struct row lost = {.status = 1,
                                .vip_up_ns = -1,
                                .idle_expiry_ns = -1,
                                .silence_ns = -1,
                                .acquire_ns = -1,
                                .stale_qm_start_ns = -1,
                                .mm_start_ns = -1,
                                .mm_done_ns = -1,
                                .ipsec_ns = -1,
                                .app_ready_ns = -1,
                                .outage_ns = -1,
                                .sum_ns = -1,
                                .phase_detect_ns = -1,
                                .phase_wait_ns = -1,
                                .phase_stale_qm_ns = -1};

/* `n` rows of `row` to DIR/SCENARIO/trials.csv, of which the first `others` are `other`, with a
 * drawn column that falls from 10 to 0 (a count: is 5) unless `drawn` is NULL. */
static void write_trials(const char *scenario, const struct row *row, size_t n,
                         const struct row *other, size_t others, const char *drawn)
{
    struct csv_buffer buffer = {0};
    for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
        csv_put_text(&buffer, row_columns[i].name);
    if (drawn)
        csv_put_text(&buffer, drawn);
    csv_end_row(&buffer);
    for (size_t t = 0; t < n; t++) {
        struct row one = t < others ? *other : *row;
        one.trial = (int64_t)t;
        for (size_t i = 0; i < ROW_COLUMN_COUNT; i++)
            csv_put_int64(&buffer, ((const int64_t *)&one)[i]);
        if (drawn && strstr(drawn, "requests"))
            csv_put_int64(&buffer, 5);
        else if (drawn)
            csv_put_double(&buffer, 10.0 * (double)(n - t) / (double)n);
        csv_end_row(&buffer);
    }
    char path[128];
    snprintf(path, sizeof path, "suite/%s", scenario);
    mkdir("suite", 0777);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "suite/%s/trials.csv", scenario);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fwrite(buffer.data, 1, buffer.length, out);
    fclose(out);
    csv_buffer_fini(&buffer);
}

/* Rows of the scenario's trials. */
static int count_rows(const char *scenario)
{
    char path[128];
    snprintf(path, sizeof path, "suite/%s/trials.csv", scenario);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int rows = -1;
    for (int c; (c = fgetc(file)) != EOF;)
        rows += c == '\n';
    fclose(file);
    return rows;
}

static void write_manifest(const char *scenario, int seed, int trials)
{
    char path[128], text[160];
    snprintf(path, sizeof path, "suite/%s/manifest.json", scenario);
    snprintf(text, sizeof text,
             "{\"program\": \"ikebench\", \"schema\": 1, \"seed\": \"%d\", \"trials\": \"%d\"}",
             seed, trials);
    write_file(path, text);
}

static void write_seed(const char *scenario, int seed)
{
    write_manifest(scenario, seed, count_rows(scenario));
}

static struct judgement judge(void)
{
    struct judgement judgement;
    struct error error;
    if (!claims_judge("suite", &judgement, &error))
        fail_msg("%s", error.text);
    return judgement;
}

static const struct judged *find(const struct judgement *judgement, const char *id,
                                 const char *scenario)
{
    for (size_t i = 0; i < claim_count; i++)
        if (strcmp(claims[i].id, id) == 0 && strcmp(claims[i].scenario, scenario) == 0)
            return &judgement->judged[i];
    fail_msg("no claim %s on %s", id, scenario);
    return NULL;
}

static void clear(void)
{
    remove_tree("suite");
}

static void sentences_by_the_book_hold(void **state)
{
    (void)state;
    struct row flag = good_crash;
    flag.idle_expiry_ns = flag.acquire_ns = flag.stale_qm_start_ns = 59 * S;
    flag.ipsec_ns = flag.outage_ns = flag.mm_done_ns = 123 * S;
    write_trials("move", &good_move, 400, NULL, 0, NULL);
    write_trials("crash", &good_crash, 400, NULL, 0, NULL);
    write_trials("crash-nlbsflags", &flag, 400, NULL, 0, NULL);
    write_trials("nlb-crash", &flag, 400, NULL, 0, NULL);
    write_trials("nlb-crash-nlbsflags", &flag, 400, NULL, 0, NULL);
    write_trials("crash-windows-2000", &good_crash, 400, NULL, 0, NULL);
    write_trials("crash-windows-2000-nlbsflags", &good_crash, 400, NULL, 0, NULL);
    write_trials("restart-windows-2000", &good_crash, 400, NULL, 0, NULL);
    write_seed("crash-windows-2000", 7);
    write_seed("crash-windows-2000-nlbsflags", 7);
    write_seed("crash", 7);
    write_seed("crash-nlbsflags", 7);
    write_seed("nlb-crash", 7);
    write_seed("nlb-crash-nlbsflags", 7);
    struct judgement all = judge();
    for (size_t i = 0; i < claim_count; i++) {
        const struct judged *judged = &all.judged[i];
        bool sum_of_crash = strcmp(judged->claim->id, "C3") == 0 && judged->claim->other == NULL &&
                            strcmp(judged->claim->scenario, "crash") == 0;
        bool longer_of_move =
            strcmp(judged->claim->id, "F6") == 0 && strcmp(judged->claim->scenario, "move") == 0;
        enum claim_verdict want = judged->claim->kind == CLAIM_monotone ||
                                          judged->claim->kind == CLAIM_amount ||
                                          strcmp(judged->claim->id, "C6") == 0
                                      ? VERDICT_not_run
                                  : sum_of_crash   ? VERDICT_bound_only
                                  : longer_of_move ? VERDICT_refuted
                                                   : VERDICT_holds;
        if (judged->verdict != want)
            fail_msg("%s on %s: %s", judged->claim->id, judged->claim->scenario,
                     claim_verdict_text(judged->verdict));
    }
    assert_true(find(&all, "N1", "crash-nlbsflags")->quantile[CLAIM_P50].value == 240 * S);
    assert_true(find(&all, "X3", "crash")->quantile[CLAIM_P95].value == 300 * S);
    judgement_fini(&all);
    flag.ipsec_ns -= 1;
    write_trials("nlb-crash-nlbsflags", &flag, 400, NULL, 0, NULL);
    all = judge();
    assert_int_equal(find(&all, "F2", "nlb-crash-nlbsflags")->verdict, VERDICT_refuted);
    judgement_fini(&all);
    write_seed("crash", 8); /* another luck: nothing to compare trial by trial */
    all = judge();
    assert_int_equal(find(&all, "N1", "crash-nlbsflags")->verdict, VERDICT_not_run);
    assert_non_null(strstr(find(&all, "N1", "crash-nlbsflags")->note, "different seeds"));
    judgement_fini(&all);
    clear();
}

/* Amounts are judged on columns of trials, of the row or of a class, in or out of an interval. */
static void amounts_are_read_from_columns(void **state)
{
    (void)state;
    static const struct {
        const char *http, *passwords; /* of every fifth trial, and of the others */
        enum claim_verdict shielded, leaves;
    } cases[] = {{"500,500", "0,0", VERDICT_holds, VERDICT_holds},
                 {"0,0", "0,0", VERDICT_holds, VERDICT_refuted},
                 {"500,0", "3,0", VERDICT_refuted, VERDICT_refuted}};
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        char text[1 << 16], *end = text;
        for (size_t i = 0; i < CLAIM_COLUMN_COUNT; i++)
            end += sprintf(end, "%s,", claim_columns[i]);
        end += sprintf(end, "class.http.requests_clear\n");
        for (int t = 0; t < 400; t++) {
            bool fifth = t % 5 == 0;
            end += sprintf(end, "%d,", t);
            const char *passwords =
                fifth ? cases[k].passwords : strchr(cases[k].passwords, ',') + 1;
            for (size_t i = 1; i < CLAIM_COLUMN_COUNT; i++)
                end +=
                    sprintf(end, "%d,",
                            strcmp(claim_columns[i], "passwords_clear") == 0 ? atoi(passwords) : 0);
            const char *http = fifth ? cases[k].http : strchr(cases[k].http, ',') + 1;
            end += sprintf(end, "%d\n", atoi(http));
        }
        mkdir("suite", 0777);
        mkdir("suite/policy-passwords", 0777);
        write_file("suite/policy-passwords/trials.csv", text);
        write_seed("policy-passwords", 1); /* of C6, which compares */
        struct judgement all = judge();
        const struct judged *shielded = find(&all, "P1", "policy-passwords");
        assert_int_equal(shielded->verdict, cases[k].shielded);
        assert_int_equal((shielded + 1)->verdict, cases[k].leaves);
        assert_int_equal(find(&all, "P3", "policy-all")->verdict, VERDICT_not_run);
        judgement_fini(&all);
        clear();
    }
}

/* A policy hides what the same trial without it has in clear: both halves count. */
static void policies_hide_what_there_is_to_hide(void **state)
{
    (void)state;
    struct row none = good_crash, passwords = good_crash, nothing = good_crash;
    none.requests_clear = 900;
    none.passwords_clear = 80;
    passwords.requests_clear = 500;
    static const struct {
        size_t without, shown; /* trials in which there is nothing to hide; where some is shown */
        enum claim_verdict want;
    } cases[] = {{0, 0, VERDICT_holds}, {100, 0, VERDICT_refuted}, {0, 100, VERDICT_refuted}};
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        static const char http[] = "class.http.requests_clear";
        write_trials("policy-none", &none, 400, &nothing, cases[k].without, http);
        write_trials("policy-passwords", &passwords, 400, &none, cases[k].shown, http);
        write_trials("policy-all", &nothing, 400, &none, cases[k].shown, NULL);
        write_seed("policy-none", 3);
        write_seed("policy-passwords", 3);
        write_seed("policy-all", 3);
        struct judgement all = judge();
        const struct judged *hidden = find(&all, "C6", "policy-passwords");
        const struct judged *encrypted = find(&all, "C6", "policy-all");
        assert_int_equal(hidden->verdict, cases[k].want);
        assert_int_equal(encrypted->verdict, cases[k].want);
        assert_true(hidden->quantile[CLAIM_P50].value == 80 * S);
        assert_true(encrypted->quantile[CLAIM_P50].value == 900 * S);
        assert_int_equal(encrypted[1].claim->kind, CLAIM_amount); /* the firewall */
        assert_int_equal(encrypted[1].verdict,
                         cases[k].shown > 0 ? VERDICT_refuted : VERDICT_holds);
        assert_int_equal(find(&all, "P3", "policy-all")->verdict, encrypted[1].verdict);
        judgement_fini(&all);
        clear();
    }
}

/* One trial in a hundred breaks a sentence, or is none that it speaks of. */
static void each_sentence_is_broken_by_its_opposite(void **state)
{
    (void)state;
    const struct {
        const char *id, *scenario;
        size_t moment; /* offset of what differs */
        int64_t value;
        uint64_t n, inside;
    } cases[] = {
        {"C1", "crash", offsetof(struct row, outage_ns), -1, 100, 99},
        {"C1", "crash", offsetof(struct row, ipsec_ns), -1, 100, 99},
        {"C1", "crash", offsetof(struct row, mm_done_ns), 9 * S, 100, 99},
        {"C1", "crash", offsetof(struct row, mm_done_ns), 364 * S, 100, 99},
        {"G1", "move", offsetof(struct row, vip_up_ns), -1, 100, 99},
        {"G1", "move", offsetof(struct row, stop_ns), S, 100, 99},
        {"G2", "move", offsetof(struct row, sa_end), 0, 100, 99},
        {"G2", "move", offsetof(struct row, stale_qm_start_ns), S, 100, 99},
        {"G2", "move", offsetof(struct row, sa_end), -1, 99, 99},
        {"G3", "move", offsetof(struct row, phase_wait_ns), 2 * S, 100, 99},
        {"G3", "move", offsetof(struct row, sa_end), 1, 100, 99},
        {"G4", "move", offsetof(struct row, vip_up_ns), 4 * S, 100, 99},
        {"G5", "move", offsetof(struct row, ipsec_ns), 5 * S / 2, 100, 100},
        {"G5", "move", offsetof(struct row, ipsec_ns), 5 * S / 2 - 1, 100, 99},
        {"G5", "move", offsetof(struct row, ipsec_ns), 13 * S / 2, 100, 99},
        {"G5", "move", offsetof(struct row, ipsec_ns), -1, 100, 99},
        {"C3", "move", offsetof(struct row, outage_ns), 31 * S, 100, 99},
        {"C3", "move", offsetof(struct row, outage_ns), -1, 100, 99},
        {"X1", "crash", offsetof(struct row, idle_expiry_ns), 9 * S, 100, 99},
        {"X2", "crash", offsetof(struct row, sa_end), 1, 100, 99},
        {"X3", "crash", offsetof(struct row, silence_ns), 20 * S, 100, 99},
        {"X3", "crash", offsetof(struct row, sa_end), 1, 99, 99},
        {"X5", "crash", offsetof(struct row, stale_qm_start_ns), 300 * S, 100, 99},
        {"X5", "crash", offsetof(struct row, stale_qm_start_ns), -1, 100, 99},
        {"X6", "crash", offsetof(struct row, phase_stale_qm_ns), 29 * S, 100, 99},
        {"X6", "crash", offsetof(struct row, stale_qm_start_ns), -1, 99, 99},
        {"X7", "crash", offsetof(struct row, ipsec_ns), 390 * S, 100, 99},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool move = strcmp(cases[i].scenario, "move") == 0;
        struct row odd = move ? good_move : good_crash;
        memcpy((char *)&odd + cases[i].moment, &cases[i].value, sizeof cases[i].value);
        write_trials(cases[i].scenario, move ? &good_move : &good_crash, 100, &odd, 1, NULL);
        write_seed(cases[i].scenario, 1);
        struct judgement all = judge();
        const struct judged *judged = find(&all, cases[i].id, cases[i].scenario);
        if (judged->tally.n != cases[i].n || judged->tally.inside != cases[i].inside)
            fail_msg("case %zu, %s: %" PRIu64 " of %" PRIu64, i, cases[i].id, judged->tally.inside,
                     judged->tally.n);
        judgement_fini(&all);
        clear();
    }
}

static void trials_that_never_recover_count_against(void **state)
{
    (void)state;
    write_trials("crash", &good_crash, 100, &lost, 20, NULL);
    write_seed("crash", 1);
    struct judgement all = judge();
    static const char *const ids[] = {"X1", "X2", "X7"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct judged *judged = find(&all, ids[i], "crash");
        assert_int_equal(judged->tally.n, 100);
        assert_int_equal(judged->tally.inside, 80);
        assert_int_equal(judged->verdict, VERDICT_refuted);
        assert_true(judged->quantile[CLAIM_P95].value == QUANTILE_ABOVE);
    }
    judgement_fini(&all);
    clear();
}

static void a_condition_is_a_set_of_cells(void **state)
{
    (void)state;
    struct grid grid = {0};
    for (size_t j = 0; j < GRID_Y; j++)
        for (size_t i = 0; i < GRID_X; i++)
            for (int k = 0; k < 100; k++)
                grid_add(&grid, sqrt(grid_x(i) * grid_x(i + 1)), sqrt(grid_y(j) * grid_y(j + 1)),
                         (j >= 4 && i >= 4 && i <= 6) || (j == 1 && (i == 0 || i == 9)) ||
                             (j == 2 && i == 3 && k < 94));
    grid_add(&grid, 0.299, 1.0, true);
    grid_add(&grid, 1.0, 10.01, true);
    grid_add(&grid, 15.0, 10.0, false); /* the upper ends belong to the last cell */
    grid_finish(&grid);
    char words[512];
    grid_words(&grid, words, sizeof words);
    assert_string_equal(words, "V in [0.3, 0.44) or [10, 15) s at rates [0.032, 0.1) /s; "
                               "V in [1.4, 4.6) s at rates [1, 10) /s");
    assert_int_equal(grid.holding, 8);
    assert_int_equal(grid.elsewhere, 2);
    assert_int_equal(grid.cell[GRID_Y - 1][GRID_X - 1].n, 101);
    memset(&grid, 0, sizeof grid);
    grid_finish(&grid);
    grid_words(&grid, words, sizeof words);
    assert_string_equal(words, "no cell");
}

/* G5 in all four ways: what differs is how long it took, and whether some cell holds. */
static void g5_gets_each_verdict(void **state)
{
    (void)state;
    struct row quick = good_move, slow = good_move;
    quick.ipsec_ns = S;
    slow.ipsec_ns = 20 * S;
    const struct {
        const struct row *row, *gap;
        enum claim_verdict want;
    } cases[] = {
        {&good_move, NULL, VERDICT_holds},        {&quick, NULL, VERDICT_bound_only},
        {&quick, &good_move, VERDICT_bound_only}, {&slow, NULL, VERDICT_refuted},
        {&slow, &slow, VERDICT_refuted},          {&slow, &good_move, VERDICT_conditional}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        write_trials("move", cases[i].row, 500, NULL, 0, NULL);
        if (cases[i].gap) /* rates up to 10 per second, V always 2 s */
            write_trials("move-gap", cases[i].gap, 400, cases[i].gap, 0, GRID_RATE);
        struct judgement all = judge();
        assert_int_equal(find(&all, "G5", "move")->verdict, cases[i].want);
        assert_int_equal(all.has_grid, cases[i].gap != NULL);
        judgement_fini(&all);
        clear();
    }
}

static void rank_correlation_is_spearmans(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4, 5}, y[] = {5, 6, 7, 8, 7}, same[] = {1, 1, 1, 1, 1};
    double rho, low, high;
    rank_correlation(x, y, 5, &rho, &low, &high);
    assert_near(rho, 0.8207826816681233, 1e-12); /* 1 2 3.5 5 3.5: by hand 8/sqrt(95) */
    assert_true(low < 0.0 && high > rho && high < 1.0);
    rank_correlation(x, same, 5, &rho, &low, &high);
    assert_true(rho == 0.0 && low == -1.0 && high == 1.0);
    rank_correlation(x, x, 5, &rho, &low, &high);
    assert_near(rho, 1.0, 1e-12);
    assert_true(low > 0.999 && high <= 1.0);
    double many[200], noise[200];
    for (int i = 0; i < 200; i++) {
        struct luck luck = {.seed = 3, .trial = (uint64_t)i};
        many[i] = luck_uniform(&luck, 1, 1, 0);
        noise[i] = many[i] + luck_uniform(&luck, 1, 1, 1);
    }
    rank_correlation(many, noise, 200, &rho, &low, &high);
    double half = 1.959963984540054 * sqrt((1.0 + rho * rho / 2.0) / 197.0);
    assert_near(atanh(high) - atanh(rho), half, 1e-12);
    assert_true(low > 0.4 && high < 0.9);
}

static void g6_asks_for_a_positive_correlation(void **state)
{
    (void)state;
    struct row slow = good_move;
    slow.ipsec_ns = 4 * S;
    write_trials("move-loss", &good_move, 100, &slow, 50, "link.path.loss");
    struct judgement all = judge();
    assert_int_equal(find(&all, "G6", "move-loss")->verdict, VERDICT_holds);
    judgement_fini(&all);
    write_trials("move-loss", &slow, 100, &good_move, 50, "link.path.loss");
    all = judge();
    assert_int_equal(find(&all, "G6", "move-loss")->verdict, VERDICT_refuted);
    assert_true(find(&all, "G6", "move-loss")->rho_high < 0.0);
    judgement_fini(&all);
    clear();
}

/* A field of a simple CSV line (no quotes before it); for numbers only. */
static double field(const char *line, size_t index)
{
    for (; index > 0; index--)
        line = strchr(line, ',') + 1;
    return strtod(line, NULL);
}

static size_t header_index(const char *header, const char *name)
{
    size_t index = 0, length = strlen(name);
    for (;; header = strchr(header, ',') + 1, index++)
        if (strncmp(header, name, length) == 0 && strchr(",\n", header[length]))
            return index;
}

static void simulate(const char *scenario, uint64_t trials)
{
    char path[PATH_MAX + 64];
    struct plan *plan;
    struct error error;
    struct run_report report;
    const struct run_options options = {.seed = 1, .trials = trials, .jobs = 1};
    snprintf(path, sizeof path, "%s/bench/scenarios/kb821839/%s.yaml", top, scenario);
    if (!plan_load(&plan, path, NULL, 0, &error))
        fail_msg("%s", error.text);
    mkdir("suite", 0777);
    snprintf(path, sizeof path, "suite/%s", scenario);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "suite/%s/trials.csv", scenario);
    struct output output;
    assert_true(output_open_file(&output, path, "trials.csv", &error) &&
                run_trials(plan, &options, &output, &report, &error) &&
                output_end(&output, 1, false, &error));
    output_close(&output, NULL);
    plan_free(plan);
    write_seed(scenario, 1);
}

struct naive {
    unsigned n, inside, under;
    double value[1000], p50;
};

/* Counts, sorts and shares by the shortest way: the values that `of` takes from a line. */
static struct naive recompute(const char *scenario, double low, double high,
                              bool (*of)(const char *header, const char *line, double *value))
{
    struct naive naive = {0};
    char path[64], header[8192], line[8192];
    snprintf(path, sizeof path, "suite/%s/trials.csv", scenario);
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(header, sizeof header, file));
    while (fgets(line, sizeof line, file)) {
        double value;
        if (!of(header, line, &value))
            continue;
        naive.inside += value >= low && value < high;
        naive.under += value <= high;
        naive.value[naive.n++] = value;
    }
    fclose(file);
    qsort(naive.value, naive.n, sizeof(double), testkit_order);
    naive.p50 = naive.value[(naive.n + 1) / 2 - 1];
    return naive;
}

static double seconds(const char *header, const char *line, const char *name)
{
    double ns = field(line, header_index(header, name));
    return ns == -1.0 ? HUGE_VAL : ns / 1e9;
}

static bool naive_ipsec(const char *header, const char *line, double *value)
{
    *value = seconds(header, line, "ipsec_ns");
    return true;
}

static bool naive_idle(const char *header, const char *line, double *value)
{
    *value = seconds(header, line, "idle_expiry_ns") + seconds(header, line, "silence_ns");
    return field(line, header_index(header, "sa_end")) == 0.0 && isfinite(*value);
}

static bool naive_minute(const char *header, const char *line, double *value)
{
    *value = seconds(header, line, "phase_stale_qm_ns");
    return isfinite(seconds(header, line, "stale_qm_start_ns"));
}

static const char *naive_verdict(const struct naive *naive)
{
    if (naive->n < 36)
        return "too few";
    if (naive->inside >= least(naive->n, 0.90))
        return "holds";
    return naive->under >= least(naive->n, 0.99) ? "bound only" : "refuted";
}

/* The line of claims.csv that starts with id; its words hold no comma and no quote before n. */
static void compare(const char *id, const struct naive *naive)
{
    char line[4096], want[64];
    FILE *file = fopen("suite/claims.csv", "r");
    snprintf(want, sizeof want, "%s,", id);
    while (fgets(line, sizeof line, file) && strncmp(line, want, strlen(want)) != 0)
        continue;
    fclose(file);
    const char *rest = strchr(line, '"') && strchr(line, '"') < strstr(line, "crash")
                           ? strchr(strchr(line, '"') + 1, '"') + 1
                           : strchr(strchr(line, ',') + 1, ',');
    assert_int_equal((int)field(rest, 6), (int)naive->n);
    assert_near(field(rest, 10), naive->p50, 1e-9 * naive->p50);
    assert_near(field(rest, 16), (double)naive->inside / naive->n, 1e-5);
    snprintf(want, sizeof want, ",%s,", naive_verdict(naive));
    if (!strstr(line, want))
        fail_msg("%s: want %s in %s", id, want, line);
}

static void verdicts_reproduce_from_trials_alone(void **state)
{
    (void)state;
    simulate("crash", 150);
    simulate("crash-nlbsflags", 300);
    struct judgement all = judge();
    struct error error;
    assert_true(claims_save(&all, "suite", &error));
    judgement_fini(&all);
    struct naive n2 = recompute("crash-nlbsflags", 90.0, 150.0, naive_ipsec);
    struct naive x7 = recompute("crash", 330.0, 390.0, naive_ipsec);
    struct naive x6 = recompute("crash", 30.0, 90.0, naive_minute);
    struct naive x4 = recompute("crash-nlbsflags", 57.0, 63.0, naive_idle);
    struct naive x3 = recompute("crash", 285.0, 315.0, naive_idle);
    compare("N2", &n2);
    compare("X7", &x7);
    compare("X6", &x6);
    compare("X4", &x4);
    compare("X3", &x3);
    assert_true(access("suite/claims-g5.csv", F_OK) != 0);
    clear();
}

static void refused(const char *words)
{
    struct judgement all;
    struct error error;
    assert_false(claims_judge("suite", &all, &error));
    assert_null(all.judged);
    assert_int_equal(error.status, EXIT_INPUT);
    if (!strstr(error.text, words))
        fail_msg("%s", error.text);
}

static void bad_input_is_named(void **state)
{
    (void)state;
    refused("no results of a scenario");
    mkdir("suite", 0777);
    refused("no results of a scenario");
    mkdir("suite/move", 0777);
    write_file("suite/move/trials.csv", "trial,status\n0,0\n");
    refused("suite/move/trials.csv:1:1: no column \"stop_ns\"");
    write_trials("move", &good_move, 0, NULL, 0, NULL);
    refused("suite/move/trials.csv:2:1: no rows");
    write_file("suite/move/trials.csv", "");
    refused("the file is empty");
    write_trials("move", &good_move, 100, NULL, 0, NULL);
    write_trials("move-loss", &good_move, 100, NULL, 0, NULL);
    refused("no column \"link.path.loss\"");
    remove_tree("suite/move-loss");
    write_trials("crash", &good_crash, 100, NULL, 0, NULL);
    refused("suite/crash: no manifest.json");
    write_manifest("crash", 1, 101);
    refused("suite/crash/trials.csv has 100 rows, its manifest.json says 101 trials");
    clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_turn_where_the_rules_say),
        cmocka_unit_test(sentences_by_the_book_hold),
        cmocka_unit_test(amounts_are_read_from_columns),
        cmocka_unit_test(policies_hide_what_there_is_to_hide),
        cmocka_unit_test(each_sentence_is_broken_by_its_opposite),
        cmocka_unit_test(trials_that_never_recover_count_against),
        cmocka_unit_test(a_condition_is_a_set_of_cells),
        cmocka_unit_test(g5_gets_each_verdict),
        cmocka_unit_test(rank_correlation_is_spearmans),
        cmocka_unit_test(g6_asks_for_a_positive_correlation),
        cmocka_unit_test(verdicts_reproduce_from_trials_alone),
        cmocka_unit_test(bad_input_is_named),
    };
    return cmocka_run_group_tests(tests, enter, leave_folder);
}
