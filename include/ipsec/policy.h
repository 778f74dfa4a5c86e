/* The IPsec policy as an administrator assigns it: which traffic it protects.
 * Separate from SAs because KB 821839 names three policies by their TCP ports, and a filter list
 * says nothing of how its traffic is keyed. KB 821839 (P1 to P3); RFC 2401 4.4.1 (the SPD). */
#ifndef IPSEC_POLICY_H
#define IPSEC_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* The policies of KB 821839, and two that are not its own. X(name, words) */
#define POLICY_PRESETS(X)                                                                          \
    X(custom, "each class says itself whether it is protected")                                    \
    X(none, "nothing is protected: what the cluster alone costs")                                  \
    X(passwords, "POP3 and IMAP4, whose passwords would travel in clear: TCP 110 and 143 (P1)")    \
    X(mail, "the message stream: TCP 80, 110 and 143 (P2)")                                        \
    X(all, "everything, to domain controllers too (P3)")

/* What a class says of itself: its own word wins over the preset. */
#define POLICY_PROTECTS(X) X(off) X(on) X(policy)

enum policy_preset {
#define X(name, words) POLICY_PRESET_##name,
    POLICY_PRESETS(X)
#undef X
};
enum policy_protect {
#define X(name) POLICY_PROTECT_##name,
    POLICY_PROTECTS(X)
#undef X
};

struct policy_params {
    int64_t preset;          /* enum policy_preset */
    int64_t kerberos_exempt; /* 1: Kerberos (port 88) is never protected by a preset */
};

/* Ports that the presets speak of. */
enum { POLICY_HTTP = 80, POLICY_KERBEROS = 88, POLICY_POP3 = 110, POLICY_IMAP4 = 143 };

/* Does the policy require IPsec for traffic to this TCP port that says this of itself? */
bool policy_requires(const struct policy_params *policy, enum policy_protect protect, int64_t port);

#endif
