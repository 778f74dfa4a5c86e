#include "engine/residual.h"

#include "engine/check.h"

enum { STEPS = 1 << 14 }; /* of the law's own quantile function */

static double step_value(const struct law *law, int k)
{
    double x = law_quantile(law, (k + 0.5) / STEPS);
    return x > 0.0 ? x : 0.0;
}

/* The law as STEPS equally likely values x_0 <= x_1 <= ...: between x_(k-1) and x_k the share above
 * is 1 - k / STEPS, so the integral of the survival function is piecewise linear and its inverse
 * too. */
void residual_make(struct residual *residual, const struct law *law)
{
    double total = 0.0, below = 0.0;
    for (int k = 0; k < STEPS; k++) {
        double x = step_value(law, k);
        total += (x - below) * (1.0 - (double)k / STEPS);
        below = x;
    }
    CHECK(total > 0.0);
    double area = 0.0;
    int cell = 1;
    below = 0.0;
    residual->node[0] = 0.0;
    for (int k = 0; k < STEPS && cell <= LAW_CELLS; k++) {
        double x = step_value(law, k), height = 1.0 - (double)k / STEPS;
        double end = area + (x - below) * height;
        while (cell <= LAW_CELLS && total * cell / LAW_CELLS <= end)
            residual->node[cell] = below + (total * cell / LAW_CELLS - area) / height, cell++;
        area = end;
        below = x;
    }
    for (; cell <= LAW_CELLS; cell++) /* rounding may leave the last one out */
        residual->node[cell] = below;
}
