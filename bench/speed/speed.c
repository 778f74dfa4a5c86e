#include "speed.h"

#include "peer.h"
#include "subjects.h"

bool speed_measure(struct measures *measures, bool quick, const char *only, struct error *error)
{
    *measures = (struct measures){.quick = quick, .only = only};
    yardstick_measures(measures);
    hold_measures(measures);
    mm1_measures(measures);
    law_measures(measures);
    retransmission_measures(measures);
    peer_measures(measures);
    compare_measures(measures);
    if (!scenario_measures(measures, error) || !storm_measures(measures, error) ||
        !sweep_measures(measures, error))
        return false;
    if (measures->n == 0)
        return error_set(error, EXIT_INPUT, "--only '%.80s': no measurement has that in its name",
                         only);
    return measures_run(measures, error);
}
