#include "quantile_test.h"

#include <math.h>
#include <stdbool.h>

#include "../stats/quantile.h"
#include "method.h"

int64_t quantile_test_threshold(const int64_t *a, uint64_t n_a, const int64_t *b, uint64_t n_b,
                                double p)
{
    uint64_t left = quantile_rank(n_a + n_b, p), i = 0, k = 0;
    int64_t value = 0;
    for (; left > 0; left--)
        value = k == n_b || (i < n_a && a[i] <= b[k]) ? a[i++] : b[k++];
    return value;
}

/* Above it; those at it if none can be above. */
static bool is_beyond(int64_t value, int64_t threshold)
{
    return threshold == QUANTILE_ABOVE ? value == threshold : value > threshold;
}

double quantile_test_pairs(const int64_t *a, const int64_t *b, uint64_t n, int64_t threshold)
{
    uint64_t only_a = 0, only_b = 0;
    for (uint64_t i = 0; i < n; i++) {
        bool of_a = is_beyond(a[i], threshold), of_b = is_beyond(b[i], threshold);
        only_a += of_a && !of_b;
        only_b += of_b && !of_a;
    }
    return method_pairs(only_a, only_b, n).p;
}

static uint64_t count_beyond(const int64_t *sorted, uint64_t n, int64_t threshold)
{
    uint64_t k = 0;
    while (k < n && is_beyond(sorted[n - 1 - k], threshold))
        k++;
    return k;
}

double quantile_test_samples(const int64_t *a, uint64_t n_a, const int64_t *b, uint64_t n_b,
                             int64_t threshold)
{
    uint64_t k_a = count_beyond(a, n_a, threshold), k_b = count_beyond(b, n_b, threshold);
    return method_shares(k_a, n_a, k_b, n_b).p;
}

static bool is_within(const struct quantile_range *range, int64_t value)
{
    return value >= range->low && value <= range->high;
}

double quantile_test_least(const int64_t *a, const int64_t *b, uint64_t n,
                           const struct quantile_range range[2])
{
    uint64_t k = 0;
    for (uint64_t i = 0; i < n; i++)
        k += a[i] != b[i] && (is_within(&range[0], a[i]) || is_within(&range[1], b[i]));
    return k > 0 ? exp2(1.0 - (double)k) : 1.0;
}
