#include "ipsec/policy.h"

bool policy_requires(const struct policy_params *policy, enum policy_protect protect, int64_t port)
{
    bool passwords = port == POLICY_POP3 || port == POLICY_IMAP4;
    if (protect != POLICY_PROTECT_policy)
        return protect == POLICY_PROTECT_on;
    switch (policy->preset) {
    case POLICY_PRESET_passwords:
        return passwords;
    case POLICY_PRESET_mail:
        return passwords || port == POLICY_HTTP;
    case POLICY_PRESET_all:
        return !(port == POLICY_KERBEROS && policy->kerberos_exempt);
    default:
        return false;
    }
}
