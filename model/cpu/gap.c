#include "gap.h"

/* The deepest dip m whose P(dip >= m) is above u; dips that the walk's end makes certain first. */
static uint64_t dip(uint64_t up, uint64_t down, double u)
{
    uint64_t m = down > up ? down - up : 0;
    double chance = 1.0;
    for (; m < down; m++) {
        chance *= (double)(down - m) / (double)(up + m + 1);
        if (chance <= u)
            break;
    }
    return m;
}

uint64_t gap_jobs(uint64_t before, uint64_t up, uint64_t down, double u)
{
    uint64_t m = dip(up, down, u);
    return before + up + (m > before ? m - before : 0) - down;
}
