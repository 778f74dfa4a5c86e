#include "claim.h"

#include "engine/check.h"

const char *const claim_columns[CLAIM_COLUMN_COUNT] = {
#define X(name) #name,
    CLAIM_COLUMNS(X)
#undef X
};

/* As trials.csv writes them (world/row.h). */
#define NEVER (-1)
enum { SA_NONE = -1, SA_IDLE = 0, SA_DELETED = 2 };

/* "At once", to the whole seconds that the KB speaks in. */
#define AT_ONCE_NS 500000000

#define READ(name)                                                                                 \
    static bool name(const struct claim_trial *t, const struct claim_trial *other,                 \
                     struct claim_reading *r)
#define ALONE (void)other

static int64_t known(int64_t ns)
{
    return ns == NEVER ? CLAIM_NEVER : ns;
}

static int64_t since(int64_t from_ns, int64_t to_ns)
{
    return from_ns == NEVER || to_ns == NEVER ? CLAIM_NEVER : to_ns - from_ns;
}

static bool recovered(const struct claim_trial *t)
{
    return t->ipsec_ns != NEVER;
}

/* The moments of a trial that did not recover are unknown: it counts, and against the claim. */
static bool had_sa(const struct claim_trial *t)
{
    return !recovered(t) || t->sa_end != SA_NONE;
}

READ(ipsec)
{
    ALONE;
    r->value = known(t->ipsec_ns);
    return true;
}

READ(address_moves)
{
    ALONE;
    r->value = since(t->vip_gone_ns, t->vip_up_ns);
    r->holds = t->stop_ns <= t->vip_gone_ns && r->value != CLAIM_NEVER && r->value >= 0;
    return true;
}

READ(state_is_removed)
{
    ALONE;
    r->value = known(t->idle_expiry_ns);
    r->holds = recovered(t) && t->sa_end == SA_DELETED && t->stale_qm_start_ns == NEVER;
    return had_sa(t);
}

READ(renegotiates_at_once)
{
    ALONE;
    int64_t ike_ns = t->phase_detect_ns + t->phase_wait_ns;
    r->value = recovered(t) ? since(t->acquire_ns, ike_ns) : CLAIM_NEVER;
    r->holds = recovered(t) && t->sa_end == SA_DELETED && r->value <= AT_ONCE_NS;
    return had_sa(t);
}

READ(new_node_answers)
{
    ALONE;
    r->value = since(t->vip_up_ns, t->mm_done_ns);
    r->holds =
        recovered(t) && r->value != CLAIM_NEVER && r->value >= 0 && t->ipsec_ns >= t->mm_done_ns;
    return true;
}

READ(believes_the_link)
{
    ALONE;
    r->value = since(t->vip_up_ns, t->idle_expiry_ns);
    r->holds = recovered(t) && r->value != CLAIM_NEVER && r->value > 0;
    return had_sa(t);
}

READ(learns_by_idle_timer)
{
    ALONE;
    r->value = known(t->idle_expiry_ns);
    r->holds = recovered(t) && t->sa_end == SA_IDLE;
    return had_sa(t);
}

static bool ended_idle(const struct claim_trial *t)
{
    return recovered(t) && t->sa_end == SA_IDLE;
}

READ(idle_time)
{
    ALONE;
    if (!ended_idle(t) || t->idle_expiry_ns == NEVER || t->silence_ns == NEVER)
        return false;
    r->value = t->idle_expiry_ns + t->silence_ns;
    return true;
}

READ(quick_mode_at_once)
{
    ALONE;
    r->value = since(t->acquire_ns, t->stale_qm_start_ns);
    r->holds = r->value <= AT_ONCE_NS;
    return ended_idle(t);
}

READ(further_minute)
{
    ALONE;
    r->value = t->phase_stale_qm_ns;
    return recovered(t) && t->stale_qm_start_ns != NEVER;
}

/* A trial that the flag brings back and that was lost without it is shortened, by an unknown time.
 */
READ(flag_shortens)
{
    if (!recovered(t))
        r->value = INT64_MIN + 1;
    else
        r->value = recovered(other) ? other->ipsec_ns - t->ipsec_ns : CLAIM_NEVER;
    r->holds = r->value > 0;
    return true;
}

READ(flag_changes_nothing)
{
    if (t->ipsec_ns == NEVER && other->ipsec_ns == NEVER)
        r->value = 0;
    else if (t->ipsec_ns == NEVER || other->ipsec_ns == NEVER)
        r->value = CLAIM_NEVER;
    else
        r->value = other->ipsec_ns - t->ipsec_ns;
    r->holds = r->value == 0;
    return true;
}

/* What can be shown of "supported": users are back, under SAs that were made with the node that
 * answers since then. */
READ(comes_back)
{
    ALONE;
    bool back = recovered(t) && t->outage_ns != NEVER;
    r->value = known(t->outage_ns);
    r->holds = back && t->mm_done_ns >= t->vip_up_ns && t->ipsec_ns >= t->mm_done_ns &&
               t->outage_ns >= t->ipsec_ns;
    return true;
}

/* Of what would leave in clear nothing does; in billionths. */
static bool hides(int64_t without, int64_t with, struct claim_reading *r)
{
    r->value = (without - with) * 1000000000;
    r->holds = without > 0 && with == 0;
    return true;
}

READ(hides_passwords)
{
    return hides(other->passwords_clear, t->passwords_clear, r);
}

READ(hides_requests)
{
    return hides(other->requests_clear, t->requests_clear, r);
}

/* In billionths, so that ratios and times share one path. */
static bool read_ratio(int64_t above_ns, int64_t below_ns, struct claim_reading *r)
{
    bool ends = above_ns != NEVER && below_ns > 0;
    r->value = ends ? (int64_t)(1e9 * ((double)above_ns / (double)below_ns)) : CLAIM_NEVER;
    return true;
}

READ(sum)
{
    ALONE;
    return read_ratio(t->outage_ns, t->sum_ns, r);
}

READ(longer)
{
    ALONE;
    bool both = recovered(t) && t->app_ready_ns != NEVER;
    int64_t longer_ns = t->ipsec_ns > t->app_ready_ns ? t->ipsec_ns : t->app_ready_ns;
    return read_ratio(t->outage_ns, both ? longer_ns : NEVER, r);
}

#define INTERVAL(id, words, scenario, quantity, unit, low, high, read, meaning)                    \
    {                                                                                              \
        id, words, scenario, CLAIM_interval, quantity, unit, low, high, read, NULL, NULL, false,   \
            meaning                                                                                \
    }
#define ORDER(id, words, scenario, quantity, read, meaning)                                        \
    {                                                                                              \
        id, words, scenario, CLAIM_order, quantity, "s", 0.0, 0.0, read, NULL, NULL, false,        \
            meaning                                                                                \
    }
#define MONOTONE(scenario, drawn, words)                                                           \
    {                                                                                              \
        "G6", words, scenario, CLAIM_monotone, "rank correlation of ipsec_ns with " drawn, "rho",  \
            0.0, 1.0, NULL, NULL, drawn, false,                                                    \
            "p50 is Spearman's rho with its 95 % interval (Fisher's z, Bonett and Wright 2000); "  \
            "holds when the lower limit is above 0"                                                \
    }

#define SHOWN                                                                                      \
    "support is no measurement: shown is that users are back, under new main-mode and quick-mode " \
    "SAs with the node that answers since the failure; " ALL
#define PAIRS(id, words, scenario, quantity, unit, read, other, meaning)                           \
    {                                                                                              \
        id, words, scenario, CLAIM_pairs, quantity, unit, 0.0, 0.0, read, other, NULL, false,      \
            meaning                                                                                \
    }
#define FIREWALL                                                                                   \
    "no firewall is simulated: shown is that no request leaves but as ESP, so that UDP 500 and "   \
    "ESP are all that has to pass; " ALL

#define SUM_WORDS    "failover time is Exchange's recovery plus IPsec's renegotiation"
#define LONGER_WORDS "(ours, not the KB's) it is the longer of the two: they run at the same time"
#define ALL          "all trials"
#define HAD_SA       "trials whose front end had a quick-mode SA when it began"

/* Intervals come from the KB's rounding; five minutes and one as timer values: 5 % either way. */
/* Of whole trials: counted from t = 0 until every class is back. */
#define AMOUNT(id, words, scenario, column, low, high)                                             \
    {                                                                                              \
        id, words, scenario, CLAIM_amount, column, "", low, high, NULL, NULL, column, false,       \
            "counted until every class is back; " ALL                                              \
    }
#define MANY 1e6

const struct claim claims[] = {
    ORDER(
        "C1",
        "supported: Server 2003, ESP transport, server clusters (shown: users come back, new SAs)",
        "crash", "outage_ns", comes_back, SHOWN),
    ORDER("C1", "supported: the same with Network Load Balancing (shown likewise)", "nlb-crash",
          "outage_ns", comes_back, SHOWN),
    ORDER("C2", "Windows 2000 Server: supported where it is not clustered (shown likewise)",
          "restart-windows-2000", "outage_ns", comes_back, SHOWN),
    ORDER("C2", "and only there. Refuting question: in a cluster they come back too",
          "crash-windows-2000", "outage_ns", comes_back,
          "true: it does not fail, users are back as above; that it is not supported is no "
          "measurement; " ALL),
    PAIRS("C2", "(ours) what it lacks in a cluster: NLBSFlags = 1 changes nothing",
          "crash-windows-2000-nlbsflags", "ipsec_ns without the flag - with it", "s",
          flag_changes_nothing, "crash-windows-2000",
          "true: the same trial recovers at the same instant with the flag and without; " ALL),
    INTERVAL("C3", SUM_WORDS, "move", "outage_ns / sum_ns", "ratio", 0.95, 1.05, sum, ALL),
    INTERVAL("C3", SUM_WORDS, "crash", "outage_ns / sum_ns", "ratio", 0.95, 1.05, sum, ALL),
    INTERVAL("F6", LONGER_WORDS, "move", "outage_ns / max(ipsec_ns, app_ready_ns)", "ratio", 0.95,
             1.05, longer, ALL),
    INTERVAL("F6", LONGER_WORDS, "crash", "outage_ns / max(ipsec_ns, app_ready_ns)", "ratio", 0.95,
             1.05, longer, ALL),
    ORDER("G1", "planned move: the address is removed from the first node", "move",
          "vip_up_ns - vip_gone_ns", address_moves,
          "true: services stop, then the address leaves, then the new node answers on it (so by "
          "construction); " ALL),
    ORDER("G2", "its removal makes IPsec cleanly remove its state with the front end", "move",
          "idle_expiry_ns", state_is_removed,
          "true: the quick-mode SA ends by DELETE, and no quick mode is tried under the old "
          "main-mode SA; " HAD_SA),
    ORDER("G3", "if the front end is still trying, IKE renegotiates at once", "move",
          "first IKE message - acquire_ns", renegotiates_at_once,
          "true: SA ended by DELETE, not by waiting, and IKE starts within 0.5 s of the first "
          "packet that finds none; " HAD_SA),
    ORDER("G4", "once the second node owns the address it answers and new SAs are made", "move",
          "mm_done_ns - vip_up_ns", new_node_answers,
          "true: main mode is done after the new node answers, quick mode after that; " ALL),
    {"G5", "all this takes about 3 to 6 seconds", "move", CLAIM_interval, "ipsec_ns", "s", 2.5, 6.5,
     ipsec, NULL, NULL, true, ALL},
    MONOTONE("move-loaded", "node.a.load", "the time grows with the load of the first node"),
    MONOTONE("move-loaded", "node.b.load", "the time grows with the load of the second node"),
    MONOTONE("move-jitter", "link.path.jitter_ns", "the time grows with the network's jitter"),
    MONOTONE("move-loss", "link.path.loss", "the time grows with the network's loss"),
    MONOTONE("move-burst", "link.path.gemodel_p", "the time grows with bursts of loss"),
    ORDER("X1", "crash: after the failover the front end still believes its link is good", "crash",
          "idle_expiry_ns - vip_up_ns", believes_the_link,
          "true: the stale quick-mode SA is still there when the new node answers; " HAD_SA),
    ORDER("X2", "it learns of the crash only through the IPsec idle timer", "crash",
          "idle_expiry_ns", learns_by_idle_timer,
          "true: the stale quick-mode SA ends by the idle timer; " HAD_SA),
    INTERVAL("X3", "Windows 2000: the idle time is at least 5 minutes", "crash",
             "idle_expiry_ns + silence_ns", "s", 285.0, 315.0, idle_time,
             "trials whose SA ended by the idle timer; Windows 2003 without the flag has the same "
             "time"),
    INTERVAL("X4", "Windows Server 2003: it is 1 minute if NLBSFlags is set", "crash-nlbsflags",
             "idle_expiry_ns + silence_ns", "s", 57.0, 63.0, idle_time,
             "trials whose SA ended by the idle timer"),
    ORDER("X5", "when the idle SAs are removed IKE tries to renegotiate at once", "crash",
          "stale_qm_start_ns - acquire_ns", quick_mode_at_once,
          "true: quick mode starts within 0.5 s of the first packet that finds no SA; trials whose "
          "SA ended by the idle timer"),
    INTERVAL("X6", "after a further minute IKE tries a new main mode, and succeeds", "crash",
             "phase_stale_qm_ns", "s", 30.0, 90.0, further_minute,
             "trials that tried quick mode under the stale main-mode SA"),
    INTERVAL("X7", "in all 5 + 1 = 6 minutes", "crash", "ipsec_ns", "s", 330.0, 390.0, ipsec, ALL),
    {"N1", "NLBSFlags = 1 on the front end shortens it", "crash-nlbsflags", CLAIM_pairs,
     "ipsec_ns without the flag - with it", "s", 0.0, 0.0, flag_shortens, "crash", NULL, false,
     "true: the same trial recovers sooner with the flag than without; " ALL},
    INTERVAL("N2", "then in all 1 + 1 = 2 minutes", "crash-nlbsflags", "ipsec_ns", "s", 90.0, 150.0,
             ipsec, ALL),
    AMOUNT("C4", "without IPsec: HTTP to the back end always travels in clear", "policy-none",
           "class.http.requests_clear", 1.0, MANY),
    AMOUNT("C5", "and so do the Basic passwords of POP3 and IMAP4", "policy-none",
           "passwords_clear", 1.0, MANY),
    PAIRS("C6", "reason for IPsec: it protects the passwords of POP3 and IMAP4", "policy-passwords",
          "passwords_clear without - with it", "", hides_passwords, "policy-none",
          "true: the same trial has passwords in clear without the policy and none with it; " ALL),
    PAIRS("C6", "reason for IPsec: it encrypts all that front end and back end exchange",
          "policy-all", "requests_clear without - with it", "", hides_requests, "policy-none",
          "true: the same trial has requests in clear without the policy and none with it; " ALL),
    {"C6", "reason for IPsec: it crosses a firewall that lets only IPsec pass", "policy-all",
     CLAIM_amount, "requests_clear", "", 0.0, 1.0, NULL, NULL, "requests_clear", false, FIREWALL},
    AMOUNT("P1", "policy for passwords (TCP 110, 143): no POP3 or IMAP4 password in clear",
           "policy-passwords", "passwords_clear", 0.0, 1.0),
    AMOUNT("P1", "refuting question: and it leaves HTTP (TCP 80) in clear", "policy-passwords",
           "class.http.requests_clear", 1.0, MANY),
    AMOUNT("P2", "policy for the message stream (TCP 80, 110, 143): no HTTP request in clear",
           "policy-mail", "class.http.requests_clear", 0.0, 1.0),
    AMOUNT("P2", "refuting question: and it leaves LDAP to domain controllers in clear",
           "policy-mail", "class.ldap.requests_clear", 1.0, MANY),
    AMOUNT("P2", "refuting question: and it leaves Kerberos in clear", "policy-mail",
           "class.kerberos.requests_clear", 1.0, MANY),
    AMOUNT("P3", "policy for everything, to domain controllers too: no request in clear",
           "policy-all", "requests_clear", 0.0, 1.0),
    INTERVAL("F1", "NLB: the idle time is 1 minute without the flag, since hosts send NLBS_PRESENT",
             "nlb-crash", "idle_expiry_ns + silence_ns", "s", 57.0, 63.0, idle_time,
             "trials whose SA ended by the idle timer"),
    {"F2", "NLB: so NLBSFlags = 1 on the front end changes nothing", "nlb-crash-nlbsflags",
     CLAIM_pairs, "ipsec_ns without the flag - with it", "s", 0.0, 0.0, flag_changes_nothing,
     "nlb-crash", NULL, false,
     "true: the same trial recovers at the same instant with the flag and without; " ALL},
    INTERVAL("N2", "NLB on Windows Server 2003: 2 minutes (KB 306677)", "nlb-crash", "ipsec_ns",
             "s", 90.0, 150.0, ipsec, ALL),
};

const size_t claim_count = COUNT_OF(claims);
