#include "world/params.h"

uint32_t params_protected(const struct params *params)
{
    uint32_t set = 0;
    for (int32_t c = 0; c < params->classes; c++) {
        const struct class_params *traffic = &params->traffic[c];
        bool protects =
            policy_requires(&params->policy, (enum policy_protect)traffic->protect, traffic->port);
        set |= (uint32_t)protects << c;
    }
    return set;
}
