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

uint32_t params_classes_of(const struct params *params, int64_t peer)
{
    uint32_t set = 0;
    for (int32_t c = 0; c < params->classes; c++)
        set |= (uint32_t)(params->traffic[c].peer == peer) << c;
    return set;
}

bool params_kerberos_is_circular(const struct params *params)
{
    int64_t asks = params->kerberos.class_index;
    return params->stack[params->front_end.stack].auth == IKE_AUTH_kerberos &&
           !params->kerberos.cached && asks >= 0 && (params_protected(params) >> asks & 1);
}
