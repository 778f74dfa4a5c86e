#include "picture.h"

#include <stdio.h>
#include <string.h>

#include "../plot/gnuplot.h"
#include "../plot/plot.h"
#include "../sweep/design.h"
#include "report.h"

static void put_bar(struct csv_buffer *csv, const struct measures *measures,
                    const struct measure *m)
{
    size_t length = strlen(measures->peer);
    bool is_peer = length > 0 && strncmp(m->name, measures->peer, length) == 0;
    char text[128], encoded[512];
    if (m->n_is != NULL)
        snprintf(text, sizeof text, "%s, %llu %s", m->name, (unsigned long long)m->n, m->n_is);
    else
        snprintf(text, sizeof text, "%s", m->name);
    design_encode(encoded, sizeof encoded, text);
    csv_put_text(csv, encoded);
    csv_put_text(csv, m->unit[0]);
    csv_put_double(csv, m->ns[0]);
    csv_put_double(csv, m->y[0]);
    csv_put_double(csv, m->target_y); /* 0: none */
    csv_put_int64(csv, is_peer);
    csv_end_row(csv);
}

static void put_bars(struct csv_buffer *csv, const struct measures *measures)
{
    static const char *const header[] = {"what", "per", "ns", "y", "target_y", "peer"};
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
        csv_put_text(csv, header[i]);
    csv_end_row(csv);
    for (size_t i = 0; i < measures->n; i++)
        put_bar(csv, measures, &measures->item[i]);
}

bool picture_write(const struct measures *measures, const char *dir, struct error *error)
{
    struct csv_buffer csv = {0};
    struct stage stage;
    char title[512];
    report_title(title, sizeof title);
    if (!stage_open(dir, true, &stage, error))
        return false;
    put_bars(&csv, measures);
    bool good = plot_put_title(&stage, title, error) &&
                plot_put_table(&stage, "speed.csv", &csv, error) &&
                gnuplot_run("speed.gp", stage.partial, error) && stage_commit(&stage, error);
    csv_buffer_fini(&csv);
    stage_abandon(&stage);
    return good;
}
