#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "engine/check.h"
#include "bounds.h"
#include "words.h"

#define EXPLAIN_SCHEMA 1

/* X(header, quantile) */
static const struct {
    const char *name;
    double p;
} shown[] = {{"p5", 0.05}, {"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}};

static const char *const part_names[] = {
#define X(name, column, title) #name,
    BOUNDS_PARTS(X)
#undef X
};

static const char *const part_columns[] = {
#define X(name, column, title) #column,
    BOUNDS_PARTS(X)
#undef X
};

const char *explain_missing(const struct summary *summary)
{
    for (int i = 0; i < BOUNDS_COUNT; i++)
        if (summary_find(summary, part_columns[i]) == NULL)
            return part_columns[i];
    return NULL;
}

static void work_out(const struct explained *e, struct bounds *bounds)
{
    struct params *p = calloc(3, sizeof *p);
    CHECK(p != NULL);
    plan_lowest(e->plan, &p[0]);
    plan_highest(e->plan, &p[1]);
    plan_median(e->plan, &p[2]);
    bounds_of(bounds, &(struct bounds_view){&p[0], &p[1], &p[2]});
    free(p);
}

static const struct summary_metric *metric_of(const struct explained *e, int part)
{
    const struct summary_metric *metric = summary_find(e->summary, part_columns[part]);
    CHECK(metric != NULL);
    return metric;
}

/* NAN: never happened; INFINITY: beyond the horizon. */
static double simulated_ns(const struct summary_metric *metric, int64_t value)
{
    if (metric->n == 0)
        return NAN;
    return value == QUANTILE_ABOVE ? INFINITY : (double)value;
}

static double quantile_ns(const struct summary_metric *metric, double p)
{
    return simulated_ns(metric, summary_quantile(metric, p)->value);
}

/* A quantile as text; beyond the horizon is not "none". */
static const char *simulated_text(char text[SPAN_TEXT_MAX], double ns)
{
    return isinf(ns) ? "beyond" : span_text(text, ns);
}

static bool is_phase(const struct summary_metric *metric)
{
    return metric->kind == ROW_phase;
}

/* Of trials that recovered, how many have the part at all; outcomes: all. */
static double share_with(const struct summary_metric *metric)
{
    return metric->n == 0 ? 0.0 : (double)metric->positive / (double)metric->n;
}

/* ---- the sentences at the top ---- */

enum { LONGER_TEXT_MAX = SPAN_TEXT_MAX + 16 };

/* Beyond the horizon nothing is known but that. */
static const char *longer_text(char text[LONGER_TEXT_MAX], const struct explained *e, double ns)
{
    char span[SPAN_TEXT_MAX];
    bool beyond = isinf(ns);
    snprintf(text, LONGER_TEXT_MAX, "%s%s", beyond ? "more than " : "",
             span_text(span, beyond ? (double)e->plan->base.trial.horizon_ns : ns));
    return text;
}

static void say_outcome(FILE *out, const struct explained *e)
{
    char a[LONGER_TEXT_MAX], b[LONGER_TEXT_MAX], c[LONGER_TEXT_MAX];
    const struct summary_metric *outage = metric_of(e, BOUNDS_outage);
    double often_ns = quantile_ns(outage, 0.95);
    fprintf(out,
            "Users are cut off for %s in the middle, for %s%s in one of 20 failovers, and for %s "
            "at worst in %llu.",
            longer_text(a, e, quantile_ns(outage, 0.5)), isinf(often_ns) ? "" : "more than ",
            longer_text(b, e, often_ns), longer_text(c, e, simulated_ns(outage, outage->max)),
            (unsigned long long)e->summary->trials);
    if (outage->censored > 0)
        fprintf(out, " %llu of them had not ended within trial.horizon, %s.",
                (unsigned long long)outage->censored,
                span_text(a, (double)e->plan->base.trial.horizon_ns));
}

static double mean_ns(const struct explained *e, int part)
{
    const struct summary_metric *metric = metric_of(e, part);
    return metric->n == 0 ? 0.0 : metric->mean;
}

/* The phases by their share of the mean outage, from 1 % on. */
static void say_shares(FILE *out, const struct explained *e)
{
    double all_ns = 0.0;
    bool said[BOUNDS_COUNT] = {false};
    for (int i = 0; i < BOUNDS_COUNT; i++)
        all_ns += is_phase(metric_of(e, i)) ? mean_ns(e, i) : 0.0;
    if (!(all_ns > 0.0))
        return;
    fputs(" Where it goes, on average:", out);
    for (int turn = 0; turn < BOUNDS_COUNT; turn++) {
        int most = -1;
        for (int i = 0; i < BOUNDS_COUNT; i++)
            if (!said[i] && is_phase(metric_of(e, i)) &&
                (most < 0 || mean_ns(e, i) > mean_ns(e, most)))
                most = i;
        if (most < 0 || mean_ns(e, most) < 0.01 * all_ns)
            break;
        said[most] = true;
        fprintf(out, "%s %.0f %% %s (%s)", turn == 0 ? "" : ",", 100.0 * mean_ns(e, most) / all_ns,
                words_title((enum bounds_part)most), part_names[most]);
    }
    fputs(".", out);
}

/* ---- tables ---- */

static void put_row(FILE *out, const struct explained *e, const struct bounds *b, int part,
                    const char *left, const char *between, const char *right, bool pad)
{
    char text[SPAN_TEXT_MAX], share[16] = "";
    const struct summary_metric *metric = metric_of(e, part);
    const struct bound *bound = &b->part[part];
    int width = pad ? 9 : 0;
    fprintf(out, "%s%-*s", left, pad ? 10 : 0, part_names[part]);
    fprintf(out, "%s%*s", between, width, span_text(text, bound->floor_ns));
    fprintf(out, "%s%*s", between, width, span_text(text, bound->usual_ns));
    fprintf(out, "%s%*s", between, width,
            span_text(text, b->unknown == BOUNDS_WHY_bounded ? bound->ceiling_ns : NAN));
    if (is_phase(metric))
        snprintf(share, sizeof share, "%.0f %%", 100.0 * share_with(metric));
    fprintf(out, "%s%*s", between, width, share);
    for (size_t k = 0; k < COUNT_OF(shown); k++)
        fprintf(out, "%s%*s", between, width,
                simulated_text(text, quantile_ns(metric, shown[k].p)));
    fprintf(out, "%s%*s%s\n", between, width,
            simulated_text(text, simulated_ns(metric, metric->max)), right);
}

static const char *const heads[] = {"part", "floor", "usual", "ceiling", "happens",
                                    "p5",   "p50",   "p95",   "p99",     "longest"};

/* Breaks a text into lines of at most 96 columns. */
static void put_wrapped(FILE *out, const char *indent, const char *text)
{
    size_t column = 0, room = 96 - strlen(indent);
    fputs(indent, out);
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column > 0 && column + 1 + word > room) {
            fprintf(out, "\n%s", indent);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)word, text);
        text += word + (text[word] == ' ');
    }
    fputc('\n', out);
}

/* What is said of one part; to be freed. */
static char *paragraph(const struct explained *e, const struct bounds *b, int part)
{
    char *words = words_of_part(e->plan, b, (enum bounds_part)part), *text = NULL;
    enum bounds_why why = b->part[part].why;
    CHECK(asprintf(&text, "%s%s%s%s", words,
                   why == BOUNDS_WHY_bounded ? ""
                   : *words == '\0'          ? "No ceiling: "
                                             : " No ceiling: ",
                   words_no_ceiling(why), why == BOUNDS_WHY_bounded ? "" : ".") >= 0);
    free(words);
    return text;
}

/* "Keys: a, b", or "". */
static char *keys_line(const struct plan *plan, int part)
{
    char *keys = words_of_keys(plan, (enum bounds_part)part), *text = NULL;
    CHECK(asprintf(&text, "%s%s", *keys == '\0' ? "" : "Keys: ", keys) >= 0);
    free(keys);
    return text;
}

static char *headline(const struct explained *e)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK(out != NULL);
    say_outcome(out, e);
    say_shares(out, e);
    CHECK(fclose(out) == 0);
    return text;
}

static const char assumption[] =
    " Floors and ceilings are those of failovers in which every resource starts within "
    "cluster.pending_timeout; by the laws of resource.*.online it might not.";

static const char notes[] =
    "Floor and ceiling follow from the scenario's values alone, over all that may be drawn; no "
    "trial can "
    "be outside. Usual: nothing lost, no other work on the processors, every law and draw at its "
    "median, waits for requests at their mean; - where that is left open. "
    "Happens: in so many of the trials that recovered it takes any time at all.";

/* What floors and ceilings mean, or why there are none; to be freed. */
static char *notes_of(const struct bounds *b)
{
    char *text = NULL;
    if (b->unknown != BOUNDS_WHY_bounded)
        CHECK(asprintf(&text, "Floors and ceilings: %s.", words_no_ceiling(b->unknown)) >= 0);
    else
        CHECK(asprintf(&text, "%s%s", notes, b->starts_assumed ? assumption : "") >= 0);
    return text;
}

void explain_print_text(FILE *out, const struct explained *e)
{
    struct bounds b;
    work_out(e, &b);
    char *head = headline(e);
    if (*e->plan->description != '\0')
        fprintf(out, "%s\n", e->plan->description);
    fprintf(out, "%s/%s, %llu trials, seed %llu\n\n", e->plan->folder, e->plan->name,
            (unsigned long long)e->summary->trials, (unsigned long long)e->seed);
    put_wrapped(out, "", head);
    fprintf(out, "\n%-10s", heads[0]);
    for (size_t i = 1; i < COUNT_OF(heads); i++)
        fprintf(out, "%9s", heads[i]);
    fputc('\n', out);
    for (int i = 0; i < BOUNDS_COUNT; i++)
        put_row(out, e, &b, i, "", "", "", true);
    fputc('\n', out);
    char *what = notes_of(&b);
    put_wrapped(out, "", what);
    for (int i = 0; i < BOUNDS_COUNT && b.unknown != BOUNDS_WHY_bounded; i++)
        fprintf(out, "%s%-10s%s\n", i == 0 ? "\n" : "", part_names[i],
                words_title((enum bounds_part)i));
    for (int i = 0; i < BOUNDS_COUNT && b.unknown == BOUNDS_WHY_bounded; i++) {
        char *text = paragraph(e, &b, i), *keys = keys_line(e->plan, i);
        if (*text != '\0') {
            fprintf(out, "\n%s: %s\n", part_names[i], words_title((enum bounds_part)i));
            put_wrapped(out, "  ", text);
        }
        if (*keys != '\0')
            put_wrapped(out, "  ", keys);
        free(text);
        free(keys);
    }
    free(what);
    free(head);
}

void explain_print_md(FILE *out, const struct explained *e)
{
    struct bounds b;
    work_out(e, &b);
    char *head = headline(e);
    fprintf(out, "# %s\n\n`%s/%s`, %llu trials, seed %llu\n\n%s\n\n|",
            *e->plan->description ? e->plan->description : e->plan->name, e->plan->folder,
            e->plan->name, (unsigned long long)e->summary->trials, (unsigned long long)e->seed,
            head);
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        fprintf(out, " %s |", heads[i]);
    fputs("\n|", out);
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        fputs(i == 0 ? "---|" : "--:|", out);
    fputc('\n', out);
    for (int i = 0; i < BOUNDS_COUNT; i++)
        put_row(out, e, &b, i, "| ", " | ", " |", false);
    char *what = notes_of(&b);
    fprintf(out, "\n%s\n", what);
    for (int i = 0; i < BOUNDS_COUNT && b.unknown != BOUNDS_WHY_bounded; i++)
        fprintf(out, "%s- **%s**: %s\n", i == 0 ? "\n" : "", part_names[i],
                words_title((enum bounds_part)i));
    for (int i = 0; i < BOUNDS_COUNT && b.unknown == BOUNDS_WHY_bounded; i++) {
        char *text = paragraph(e, &b, i), *keys = words_of_keys(e->plan, (enum bounds_part)i);
        if (*text != '\0')
            fprintf(out, "\n- **%s** (%s): %s", part_names[i], words_title((enum bounds_part)i),
                    text);
        if (*keys != '\0')
            fprintf(out, " Keys: `%s`.", keys);
        free(text);
        free(keys);
    }
    if (b.unknown == BOUNDS_WHY_bounded)
        fputc('\n', out);
    free(what);
    free(head);
}

/* ---- JSON: seconds; null where there is no number ---- */

static json_t *seconds(double ns)
{
    return isfinite(ns) ? json_real(ns / 1e9) : json_null();
}

static json_t *text_of(const char *text)
{
    json_t *string = json_string(text);
    return string != NULL ? string : json_null();
}

static json_t *json_simulated(const struct summary_metric *metric)
{
    json_t *object =
        json_pack("{s:I, s:I, s:I, s:o, s:o}", "trials", (json_int_t)metric->n, "above_0",
                  (json_int_t)metric->positive, "beyond_horizon", (json_int_t)metric->censored,
                  "least_s", seconds(simulated_ns(metric, metric->min)), "longest_s",
                  seconds(simulated_ns(metric, metric->max)));
    for (size_t k = 0; k < COUNT_OF(shown); k++) {
        char key[16];
        snprintf(key, sizeof key, "%s_s", shown[k].name);
        json_object_set_new(object, key, seconds(quantile_ns(metric, shown[k].p)));
    }
    return object;
}

static json_t *json_part(const struct explained *e, const struct bounds *b, int part)
{
    const struct bound *bound = &b->part[part];
    char *words = words_of_part(e->plan, b, (enum bounds_part)part);
    char *keys = words_of_keys(e->plan, (enum bounds_part)part);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:s, s:s}", "part", part_names[part], "column",
        part_columns[part], "title", words_title((enum bounds_part)part), "floor_s",
        seconds(bound->floor_ns), "usual_s", seconds(bound->usual_ns), "ceiling_s",
        seconds(bound->ceiling_ns), "no_ceiling", words_no_ceiling(bound->why), "simulated",
        json_simulated(metric_of(e, part)), "words", words, "keys", keys);
    CHECK(object != NULL);
    free(words);
    free(keys);
    return object;
}

void explain_print_json(FILE *out, const struct explained *e)
{
    struct bounds b;
    char seed[24];
    work_out(e, &b);
    char *head = headline(e);
    json_t *parts = json_array();
    for (int i = 0; i < BOUNDS_COUNT; i++)
        json_array_append_new(parts, json_part(e, &b, i));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)e->seed); /* as in manifest.json */
    json_t *root = json_pack("{s:i, s:o, s:o, s:o, s:I, s:s, s:I, s:s, s:o}", "schema",
                             EXPLAIN_SCHEMA, "scenario", text_of(e->plan->name), "folder",
                             text_of(e->plan->folder), "description", text_of(e->plan->description),
                             "trials", (json_int_t)e->summary->trials, "seed", seed, "recovered",
                             (json_int_t)e->summary->recovered, "summary", head, "parts", parts);
    CHECK(root != NULL);
    json_dumpf(root, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    fputc('\n', out);
    json_decref(root);
    free(head);
}
