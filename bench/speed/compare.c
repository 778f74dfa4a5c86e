/* `compare` of two runs of 10^6 trials, from reading the files to the verdicts, in a process of its
 * own, whose memory is measured. The rows are those of real runs, repeated under new numbers and
 * with other low digits of the outcomes, so that they differ as those of a long run would. */
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/check.h"
#include "engine/luck.h"
#include "world/row.h"

#include "../base/share.h"
#include "../compare/compare.h"
#include "../out/manifest.h"
#include "../out/stage.h"
#include "../run/run.h"
#include "subjects.h"
#include "yardstick.h"

enum { TRIALS = 1000000, REAL_TRIALS = 1000, LOW_DIGITS = 6, THREADS = 2 };

static const char *const scenario_name[ARMS] = {"crash", "crash-nlbsflags"};

struct comparison_bed {
    char place[64]; /* holds a folder for each arm; "" before it is there */
    uint32_t trials;
    bool quick;
};

/* Rows of a real run, written to `path` and read back, to be freed. */
static char *real_rows(const struct plan *plan, uint64_t trials, const char *path,
                       struct error *error)
{
    struct run_options options = {.seed = 1, .trials = trials, .jobs = THREADS};
    struct run_report report;
    struct output output;
    char *text = NULL;
    size_t size = 0;
    bool good = output_open_file(&output, path, path, error) &&
                run_trials(plan, &options, &output, &report, error);
    output_close(&output, NULL);
    FILE *rows = good ? fopen(path, "re") : NULL;
    if (rows == NULL)
        return NULL;
    CHECK(getdelim(&text, &size, '\0', rows) > 0);
    fclose(rows);
    return text;
}

static bool is_outcome(size_t field)
{
    return strcmp(row_columns[field].name, "outage_ns") == 0 ||
           strcmp(row_columns[field].name, "ipsec_ns") == 0;
}

/* One row under another number. */
static void put_row(FILE *out, const char *row, size_t length, uint64_t trial, uint64_t bits)
{
    const char *field = row, *end = row + length;
    for (size_t f = 0; f < ROW_COLUMN_COUNT && field < end; f++) {
        size_t own = strcspn(field, ",\n");
        if (f == 0)
            fprintf(out, "%llu", (unsigned long long)trial);
        else if (is_outcome(f) && own > LOW_DIGITS && *field != '-')
            fprintf(out, "%.*s%06u", (int)(own - LOW_DIGITS), field,
                    (unsigned)((bits >> (f % 32)) % 1000000));
        else
            fwrite(field, 1, own, out);
        field += own;
        fwrite(field, 1, 1, out); /* comma or line end */
        field++;
    }
    fwrite(field, 1, (size_t)(end - field), out);
}

static bool write_trials(const char *rows, uint64_t trials, const char *dir, struct error *error)
{
    char *path = path_join(dir, "trials.csv");
    FILE *out = fopen(path, "we");
    const char *first = strchr(rows, '\n') + 1, *row = first;
    if (out != NULL)
        fwrite(rows, 1, (size_t)(first - rows), out);
    for (uint64_t i = 0; i < trials && out != NULL; i++) {
        const struct luck luck = {.seed = 3, .trial = i};
        size_t length = strcspn(row, "\n") + 1;
        put_row(out, row, length, i, luck_bits(&luck, 1, 0, 0));
        row = row[length] == '\0' ? first : row + length;
    }
    bool bad = out == NULL || ferror(out);
    if ((out != NULL && fclose(out) != 0) || bad) {
        error_set(error, EXIT_OUTPUT, "%s: %s", path, strerror(errno));
        free(path);
        return false;
    }
    free(path);
    return true;
}

static bool write_manifest(const struct plan *plan, uint64_t trials, const char *dir,
                           struct error *error)
{
    char *text = manifest_text(&(struct manifest_arm){NULL, plan}, 1,
                               &(struct manifest_run){.seed = 1, .trials = trials});
    bool good = whole_file_write(dir, "manifest.json", text, strlen(text), error);
    free(text);
    return good;
}

static bool make_arm(const struct comparison_bed *bed, int arm, const char *folder,
                     struct error *error)
{
    struct plan *plan;
    char file[64], number[2] = {(char)('0' + arm), '\0'};
    snprintf(file, sizeof file, "%s.yaml", scenario_name[arm]);
    char *path = path_join(folder, file), *dir = path_join(bed->place, number), *rows = NULL;
    char *real = path_join(bed->place, "rows");
    bool good = plan_load(&plan, path, NULL, 0, error);
    if (good) {
        rows = real_rows(plan, bed->quick ? REAL_TRIALS / 30 : REAL_TRIALS, real, error);
        good = rows != NULL && (mkdir(dir, 0700) == 0 || errno == EEXIST) &&
               write_trials(rows, bed->trials, dir, error) &&
               write_manifest(plan, bed->trials, dir, error);
        plan_free(plan);
    }
    free(rows);
    free(real);
    free(path);
    free(dir);
    return good;
}

/* The folders are made before the first round. */
static bool make_runs(struct comparison_bed *bed, struct error *error)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = share_find("bench/scenarios/kb821839", "scenarios/kb821839");
    snprintf(bed->place, sizeof bed->place, "%.30s/ikebench-speed-XXXXXX", tmp ? tmp : "/tmp");
    if (folder == NULL || mkdtemp(bed->place) == NULL) {
        free(folder);
        bed->place[0] = '\0';
        return error_set(error, EXIT_OUTPUT, "no folder for the rows of two runs: %s",
                         strerror(errno));
    }
    bool good = make_arm(bed, BASE, folder, error) && make_arm(bed, CAND, folder, error);
    free(folder);
    return good;
}

/* A line of /proc/self/status that is in kB (proc(5)); NAN when there is none. */
static double status_mb(const char *name)
{
    char line[256];
    double kb = NAN;
    FILE *in = fopen("/proc/self/status", "re");
    while (in != NULL && isnan(kb) && fgets(line, sizeof line, in) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtod(line + strlen(name), NULL);
    if (in != NULL)
        fclose(in);
    return kb * 1024.0 / 1e6;
}

/* What is resident now, which is the most there was so far: what a process that was forked has of
 * its parent is given back where nothing is in it, and is not its own. */
static double begin_peak_mb(void)
{
    malloc_trim(0);
    FILE *out = fopen("/proc/self/clear_refs", "we");
    if (out != NULL) {
        fputs("5", out); /* VmHWM begins anew */
        fclose(out);
    }
    return status_mb("VmRSS:");
}

/* In the child. */
static void compare_all(const struct comparison_bed *bed, double *peak_mb)
{
    const struct compare_options options = {.paired = true,
                                            .slo_ns = 60000000000,
                                            .margin_share = 0.01,
                                            .margin_ns = 10e6,
                                            .threads = THREADS};
    char *base = path_join(bed->place, "0"), *cand = path_join(bed->place, "1");
    struct arm arm[ARMS];
    struct comparing comparing;
    struct error error;
    double before_mb = begin_peak_mb();
    if (!arms_read(base, cand, true, NULL, arm, &error))
        _exit(1);
    compare_arms(arm, &options, &comparing);
    *peak_mb = status_mb("VmHWM:") - before_mb;
    _exit(comparing.n > 0 ? 0 : 1);
}

static bool compare_run(void *context, struct round *round, struct error *error)
{
    struct comparison_bed *bed = context;
    if (bed->place[0] == '\0' && !make_runs(bed, error))
        return false;
    double *peak_mb =
        mmap(NULL, sizeof *peak_mb, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(peak_mb != MAP_FAILED);
    double start_ns = wall_ns();
    int status;
    pid_t child = fork();
    if (child == 0)
        compare_all(bed, peak_mb);
    bool good = child >= 0 && waitpid(child, &status, 0) == child && status == 0;
    round->ns = wall_ns() - start_ns;
    round->count[0] = bed->trials;
    round->peak_mb = isnan(*peak_mb) ? 0.0 : *peak_mb;
    munmap(peak_mb, sizeof *peak_mb);
    return good || error_set(error, EXIT_INTERNAL, "the comparison of two runs failed");
}

static void compare_free(void *context)
{
    struct comparison_bed *bed = context;
    if (bed->place[0] != '\0')
        remove_tree(bed->place);
    free(bed);
}

void compare_measures(struct measures *measures)
{
    struct comparison_bed *bed = calloc(1, sizeof *bed);
    CHECK(bed != NULL);
    bed->quick = measures->quick;
    bed->trials = measures_times(measures, TRIALS);
    struct measure m = {.n = bed->trials,
                        .unit = {"pair"},
                        .target_y = 4000.0 / 9.6, /* 4 s for 10^6 pairs; y is about 9.6 ns */
                        .target_mb = 400.0,
                        .run = compare_run,
                        .free = compare_free,
                        .context = bed};
    snprintf(m.name, sizeof m.name, "compare two runs, %d jobs", THREADS);
    measures_add(measures, &m);
}
