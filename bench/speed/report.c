#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "../out/csv.h"
#include "../out/stage.h"

#ifdef __clang__
#define COMPILER "clang " __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* The processor as Linux calls it. */
static void machine_name(char *text, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(text, size, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (colon == NULL || strncmp(line, "model name", 10) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, size, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (file != NULL)
        fclose(file);
}

/* Three decimals: what is beyond them is noise. */
static void put_rounded(struct csv_buffer *csv, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.3f", value);
    csv_put_text(csv, text);
}

static void put_if(struct csv_buffer *csv, double value)
{
    if (value > 0.0)
        put_rounded(csv, value);
    else
        csv_put_text(csv, "");
}

static void put_row(struct csv_buffer *csv, const struct measure *m, int unit, const char *machine)
{
    double target_y = unit == 0 ? m->target_y : 0.0, per_s = unit == 1 ? m->target_per_s : 0.0;
    csv_put_text(csv, m->name);
    csv_put_int64(csv, (int64_t)m->n);
    csv_put_text(csv, m->unit[unit]);
    put_rounded(csv, m->ns[unit]);
    put_rounded(csv, 1e9 / m->ns[unit]);
    put_rounded(csv, m->y[unit]);
    put_if(csv, target_y);
    put_if(csv, per_s);
    bool aimed = target_y > 0.0 || per_s > 0.0;
    csv_put_text(csv, !aimed ? "" : measure_reached(m, unit) ? "yes" : "no");
    put_if(csv, unit == 0 && m->target_mb > 0.0 ? m->peak_mb : 0.0);
    csv_put_text(csv, machine);
    csv_put_text(csv, COMPILER);
    csv_put_text(csv, IKEBENCH_VERSION);
    csv_put_text(csv, IKEBENCH_COMMIT);
    csv_end_row(csv);
}

static void put_all(struct csv_buffer *csv, const struct measures *measures)
{
    static const char *const header[] = {
        "name",         "n",       "unit",    "ns",      "per_s",    "y",       "target_y",
        "target_per_s", "reached", "peak_mb", "machine", "compiler", "version", "commit"};
    char machine[256];
    machine_name(machine, sizeof machine);
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
        csv_put_text(csv, header[i]);
    csv_end_row(csv);
    for (size_t i = 0; i < measures->n; i++)
        for (int u = 0; u < MEASURE_UNITS && measures->item[i].unit[u] != NULL; u++)
            put_row(csv, &measures->item[i], u, machine);
}

void report_title(char *text, size_t size)
{
    char machine[256];
    machine_name(machine, sizeof machine);
    snprintf(text, size, "speed of ikebench %s (%s), %s, %s", IKEBENCH_VERSION, IKEBENCH_COMMIT,
             COMPILER, machine);
}

bool report_write(const struct measures *measures, const char *path, struct error *error)
{
    struct whole_file file;
    struct csv_buffer csv = {0};
    if (!whole_file_open(path, &file, error))
        return false;
    put_all(&csv, measures);
    bool good = stage_put(file.stream, path, csv.data, csv.length, error);
    csv_buffer_fini(&csv);
    if (!good) {
        whole_file_abandon(&file);
        return false;
    }
    return whole_file_commit(&file, error);
}

static void print_row(FILE *out, const struct measure *m, int unit)
{
    fprintf(out, "%-31s %8llu %-9s %12.1f %13.0f %9.2f", unit == 0 ? m->name : "",
            (unsigned long long)m->n, m->unit[unit], m->ns[unit], 1e9 / m->ns[unit], m->y[unit]);
    if (unit == 0 && m->target_y > 0.0)
        fprintf(out, " %7.1f y    %s", m->target_y, measure_reached(m, 0) ? "yes" : "no");
    if (unit == 0 && m->target_mb > 0.0)
        fprintf(out, " (%.0f MB of %.0f)", m->peak_mb, m->target_mb);
    if (unit == 1 && m->target_per_s > 0.0)
        fprintf(out, " %7.0f /s   %s", m->target_per_s, measure_reached(m, 1) ? "yes" : "no");
    fputc('\n', out);
}

void report_print(const struct measures *measures, FILE *out)
{
    fprintf(out, "%-31s %8s %-9s %12s %13s %9s %9s   %s\n", "", "n", "per", "ns", "a second", "y",
            "target", "reached");
    for (size_t i = 0; i < measures->n; i++)
        for (int u = 0; u < MEASURE_UNITS && measures->item[i].unit[u] != NULL; u++)
            print_row(out, &measures->item[i], u);
    fputs("y: yardsticks, one gsl_rng_uniform of mt19937 timed beside each round; medians\n", out);
}
