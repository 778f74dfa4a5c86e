#include "overlap.h"

#include <stdlib.h>

#include "engine/check.h"

#include "../out/csv.h"
#include "plot.h"
#include "scatter.h"

static const char *const columns[] = {"outage_ns", "ipsec_ns", "app_ready_ns"};
enum { OUTAGE, IPSEC, READY };

/* What each trial that recovered says; n of them. */
struct pairs {
    double *sum_s;
    int64_t *longer, *outage;
    size_t n;
};

static void fill(struct pairs *pairs, const struct csv_table *table)
{
    const int64_t *outage = table->column[OUTAGE].whole, *ipsec = table->column[IPSEC].whole,
                  *ready = table->column[READY].whole;
    *pairs = (struct pairs){.sum_s = calloc(table->rows + 1, sizeof(double)),
                            .longer = calloc(table->rows + 1, sizeof(int64_t)),
                            .outage = calloc(table->rows + 1, sizeof(int64_t))};
    CHECK(pairs->sum_s && pairs->longer && pairs->outage);
    for (size_t i = 0; i < table->rows; i++) {
        if (outage[i] < 0 || ipsec[i] < 0 || ready[i] <= 0)
            continue;
        pairs->sum_s[pairs->n] = (double)(ipsec[i] + ready[i]) / 1e9;
        pairs->longer[pairs->n] = ipsec[i] > ready[i] ? ipsec[i] : ready[i];
        pairs->outage[pairs->n++] = outage[i];
    }
}

static bool write_tables(const struct pairs *pairs, const struct stage *stage, struct error *error)
{
    const struct scatter scatter = {
        .label = "the KB's sum: IPsec's recovery plus Exchange's (s)",
        .x = pairs->sum_s,
        .name = {"the longer of the two", "outage: first good answer"},
        .y = {pairs->longer, pairs->outage},
        .series = 2,
        .n = pairs->n,
    };
    struct csv_buffer buffer = {0};
    scatter_points(&scatter, &buffer);
    bool good = plot_put_table(stage, "overlap.csv", &buffer, error);
    scatter_bands(&scatter, &buffer);
    good = good && plot_put_table(stage, "overlap-bands.csv", &buffer, error);
    csv_buffer_fini(&buffer);
    return good;
}

static bool has_all(const char *path, bool *all, struct error *error)
{
    struct csv_table header;
    if (!csv_header_read(path, &header, error))
        return false;
    *all = true;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        *all &= csv_header_has(&header, columns[i]);
    csv_table_fini(&header);
    return true;
}

bool overlap_prepare(const char *dir, const struct stage *stage, struct gnuplot_job *job,
                     size_t *jobs, struct error *error)
{
    char *path = path_join(dir, "trials.csv");
    struct csv_table table = {0};
    bool more, all = false;
    bool good = has_all(path, &all, error) &&
                (!all || csv_table_read_some(path, columns, COUNT_OF(columns), PLOT_ROWS, &table,
                                             &more, error));
    free(path);
    if (!good || !all)
        return good; /* --columns left something out */
    struct pairs pairs;
    fill(&pairs, &table);
    csv_table_fini(&table);
    if (pairs.n > 0) {
        good = write_tables(&pairs, stage, error);
        job[(*jobs)++] = (struct gnuplot_job){"overlap.gp", NULL};
    }
    free(pairs.sum_s);
    free(pairs.longer);
    free(pairs.outage);
    return good;
}
