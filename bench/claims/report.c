#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

#include "../out/csv.h"
#include "../out/stage.h"
#include "../plot/gnuplot.h"

static void put_text_n(struct csv_buffer *buffer, const char *const *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        csv_put_text(buffer, text[i]);
}

static void put_empty(struct csv_buffer *buffer, size_t n)
{
    for (size_t i = 0; i < n; i++)
        csv_put_text(buffer, "");
}

/* Six digits: shares come out of exp and log, whose last bits differ between machines. */
static void put_digits(struct csv_buffer *buffer, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    csv_put_text(buffer, text);
}

static void put_value(struct csv_buffer *buffer, int64_t value)
{
    if (value == QUANTILE_ABOVE || value == QUANTILE_BELOW)
        csv_put_text(buffer, "");
    else
        csv_put_double(buffer, (double)value / 1e9);
}

static bool has_numbers(const struct judged *judged)
{
    return judged->verdict != VERDICT_not_run && judged->tally.n > 0;
}

static void put_quantiles(struct csv_buffer *buffer, const struct judged *judged)
{
    if (judged->claim->kind == CLAIM_monotone) {
        put_empty(buffer, 3);
        put_digits(buffer, judged->rho);
        put_digits(buffer, judged->rho_low);
        put_digits(buffer, judged->rho_high);
        put_empty(buffer, 6);
        return;
    }
    for (size_t k = 0; k < CLAIM_QUANTILES; k++) {
        put_value(buffer, judged->quantile[k].value);
        put_value(buffer, judged->quantile[k].low);
        put_value(buffer, judged->quantile[k].high);
    }
    put_digits(buffer, (double)judged->tally.inside / (double)judged->tally.n);
    put_digits(buffer, judged->share_low);
    put_digits(buffer, judged->share_high);
}

static void put_judged(struct csv_buffer *buffer, const struct judged *judged)
{
    const struct claim *claim = judged->claim;
    put_text_n(buffer,
               (const char *const[]){claim->id, claim->words, claim->scenario, claim->quantity,
                                     claim->unit},
               5);
    if (claim->kind == CLAIM_interval || claim->kind == CLAIM_amount) {
        csv_put_double(buffer, claim->low);
        csv_put_double(buffer, claim->high);
    } else {
        put_empty(buffer, 2);
    }
    if (judged->verdict == VERDICT_not_run)
        csv_put_text(buffer, "");
    else
        csv_put_int64(buffer, (int64_t)judged->tally.n);
    if (has_numbers(judged))
        put_quantiles(buffer, judged);
    else
        put_empty(buffer, 12);
    csv_put_text(buffer, claim_verdict_text(judged->verdict));
    csv_put_text(buffer, judged->note);
    csv_end_row(buffer);
}

bool claims_save(const struct judgement *judgement, const char *dir, struct error *error)
{
    static const char *const head[] = {
        "id",       "claim",  "scenario",  "quantity",   "unit",    "low",      "high", "n",
        "p5",       "p5_low", "p5_high",   "p50",        "p50_low", "p50_high", "p95",  "p95_low",
        "p95_high", "share",  "share_low", "share_high", "verdict", "note"};
    struct csv_buffer buffer = {0};
    bool good = true;
    if (judgement->has_grid) {
        grid_table(&judgement->grid, &buffer);
        good = whole_file_write(dir, "claims-g5.csv", buffer.data, buffer.length, error);
        csv_buffer_clear(&buffer);
    }
    put_text_n(&buffer, head, COUNT_OF(head));
    csv_end_row(&buffer);
    for (size_t i = 0; i < claim_count; i++)
        put_judged(&buffer, &judgement->judged[i]);
    good = good && whole_file_write(dir, "claims.csv", buffer.data, buffer.length, error);
    csv_buffer_fini(&buffer);
    return good;
}

/* title.txt holds one line, T and the title (scripts/plot/common.gp). */
static bool stage_data(const struct judgement *judgement, const struct stage *stage,
                       struct error *error)
{
    static const char title[] =
        "TG5, planned move: share of trials back within 3 to 6 seconds (2.5 to 6.5 s)\n";
    struct csv_buffer buffer = {0};
    grid_table(&judgement->grid, &buffer);
    FILE *file = stage_file(stage, "title.txt", error);
    bool good = file && stage_put(file, "title.txt", title, sizeof title - 1, error);
    good = file && stage_close_file(file, "title.txt", error) && good;
    file = good ? stage_file(stage, "claims-g5.csv", error) : NULL;
    good = file && stage_put(file, "claims-g5.csv", buffer.data, buffer.length, error);
    good = file && stage_close_file(file, "claims-g5.csv", error) && good;
    csv_buffer_fini(&buffer);
    return good;
}

static bool take(const struct stage *stage, const char *dir, const char *name, struct error *error)
{
    char *from = path_join(stage->partial, name), *to = path_join(dir, name);
    bool good = rename(from, to) == 0;
    if (!good)
        error_set(error, EXIT_OUTPUT, "%s: %s", to, strerror(errno));
    free(from);
    free(to);
    return good;
}

bool claims_draw(const struct judgement *judgement, const char *dir, struct error *error)
{
    if (!judgement->has_grid)
        return true;
    char *folder = path_join(dir, "claims-g5");
    struct stage stage;
    bool good = stage_open(folder, true, &stage, error);
    if (good) { /* the folder is only worked in: it never appears */
        good = stage_data(judgement, &stage, error) &&
               gnuplot_run("heatmap.gp", stage.partial, error) &&
               take(&stage, dir, "claims-g5.svg", error) &&
               take(&stage, dir, "claims-g5.png", error);
        stage_abandon(&stage);
    }
    free(folder);
    return good;
}

/* At most six characters: "3.41", "363", "0.0036", "-1.36". */
static char *number_text(char text[16], int64_t value)
{
    double x = (double)value / 1e9;
    if (value == QUANTILE_ABOVE)
        snprintf(text, 16, "never");
    else if (x < 0.01 && x > -0.01)
        snprintf(text, 16, x == 0.0 ? "0" : "%.4f", x);
    else
        snprintf(text, 16, x >= 99.95 ? "%.0f" : x >= 9.995 ? "%.1f" : "%.3g", x);
    return text;
}

static void print_numbers(FILE *stream, const struct judged *judged)
{
    char a[16], b[16], c[16];
    if (!has_numbers(judged))
        return;
    if (judged->claim->kind == CLAIM_monotone) {
        fprintf(stream, "%7" PRIu64 "  rank correlation %.3f [%.3f, %.3f]", judged->tally.n,
                judged->rho, judged->rho_low, judged->rho_high);
        return;
    }
    fprintf(stream, "%7" PRIu64 "  %6s %6s %6s %-5s  %5.1f %% [%.1f, %.1f]", judged->tally.n,
            number_text(a, judged->quantile[CLAIM_P5].value),
            number_text(b, judged->quantile[CLAIM_P50].value),
            number_text(c, judged->quantile[CLAIM_P95].value), judged->claim->unit,
            100.0 * (double)judged->tally.inside / (double)judged->tally.n,
            100.0 * judged->share_low, 100.0 * judged->share_high);
}

static void print_interval(FILE *stream, const struct claim *claim)
{
    if (claim->kind == CLAIM_interval)
        fprintf(stream, " (%g to %g%s%s)", claim->low, claim->high,
                claim->unit[0] == 's' ? " " : "", claim->unit[0] == 's' ? claim->unit : "");
    fputc('\n', stream);
}

/* Breaks the text between words. */
static void print_wrapped(FILE *stream, const char *text)
{
    const size_t width = 100;
    for (const char *head = "     - "; *text; head = "       ") {
        size_t length = strlen(text), shown = length < width ? length : width;
        while (shown < length && shown > 0 && text[shown] != ' ')
            shown--;
        shown = shown == 0 ? length : shown;
        fprintf(stream, "%s%.*s\n", head, (int)shown, text);
        text += shown;
        text += strspn(text, " ");
    }
}

/* Of the note what the run added: the rest is in claims.csv. */
static void print_note(FILE *stream, const struct judged *judged)
{
    size_t known = strlen(judged->claim->meaning);
    if (strncmp(judged->note, judged->claim->meaning, known) == 0 &&
        strncmp(judged->note + known, "; ", 2) == 0)
        print_wrapped(stream, judged->note + known + 2);
}

void claims_print(FILE *stream, const struct judgement *judgement, const char *title)
{
    fprintf(stream, "%s: KB 821839 sentence by sentence\n", title);
    fprintf(stream, "%-4s %-11s %-28s %7s  %6s %6s %6s        true of trials [95 %% interval]\n",
            "", "verdict", "scenario", "n", "p5", "p50", "p95");
    for (size_t i = 0; i < claim_count; i++) {
        const struct judged *judged = &judgement->judged[i];
        fprintf(stream, "%-4s %-11s %-28s ", judged->claim->id, claim_verdict_text(judged->verdict),
                judged->claim->scenario);
        print_numbers(stream, judged);
        fprintf(stream, "\n     %s", judged->claim->words);
        print_interval(stream, judged->claim);
        print_note(stream, judged);
    }
    fputs("verdicts:\n", stream);
#define X(name, text, meaning) fprintf(stream, "  %-11s %s\n", text, meaning);
    CLAIM_VERDICTS(X)
#undef X
}
