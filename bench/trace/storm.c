#include "storm.h"

#include <inttypes.h>

#include "moment/moment.h"
#include "world/params.h"

bool storm_tells(const struct moment *m)
{
    return m->id == MOMENT_gate || m->id == MOMENT_qm_sa_up;
}

void storm_put(FILE *out, const struct moment *m)
{
    static const char *const verdict[] = {
#define X(name, words) words,
        STORM_VERDICTS(X)
#undef X
    };
    if (m->id == MOMENT_qm_sa_up)
        fputs("is back: has SAs with the node", out);
    else
        fprintf(out, "%s (half open: %" PRId64 ")", verdict[m->a], m->b);
}

static double seconds(int64_t ns)
{
    return (double)ns * 1e-9;
}

void storm_put_result(FILE *out, const struct row *row, double horizon_s)
{
    fprintf(out, "\n%" PRId64 " of %" PRId64 " clients are back", row->clients_back, row->clients);
    if (row->status == ROW_CENSORED) {
        fprintf(out, ", not all within %.0f s\n", horizon_s);
        return;
    }
    fprintf(out, ": the first after %.9f s, the middle one %.9f s, the last %.9f s\n",
            seconds(row->outage_first_ns), seconds(row->outage_median_ns),
            seconds(row->outage_last_ns));
    fprintf(out, "%16.9f  until the last one noticed\n", seconds(row->phase_detect_ns));
    fprintf(out, "%16.9f  until its negotiation that succeeded began\n",
            seconds(row->phase_mm_failed_ns));
    fprintf(out, "%16.9f  main mode (IKEv2: IKE_SA_INIT)\n", seconds(row->phase_mm_ns));
    fprintf(out, "%16.9f  quick mode (IKEv2: IKE_AUTH)\n", seconds(row->phase_qm_ns));
}
