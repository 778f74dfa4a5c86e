/* Policies: what each protects, what it leaves to be read, and that an unprotected class never
 * waits for IKE. */
#include "../testkit.h"

#include "engine/check.h"
#include "moment/moment.h"
#include "world/world.h"

#include "site.h"

#define MS NS_PER_MS
#define S  NS_PER_S

enum { HTTP, POP3, IMAP, LDAP, CLASSES };

/* The front end's four classes under a policy, over TCP, until the horizon. */
static struct params mail_site(enum failure_kind kind, enum policy_preset preset)
{
    static const int64_t ports[CLASSES] = {80, 110, 143, 389};
    struct params p = site(kind);
    p.policy.preset = preset;
    p.trial.until = TRIAL_UNTIL_all;
    p.app.tcp = 1;
    p.classes = CLASSES;
    for (int c = 0; c < CLASSES; c++)
        p.traffic[c] = (struct class_params){.port = ports[c],
                                             .rate_hz = 0.5,
                                             .arrival = APP_ARRIVAL_poisson,
                                             .protect = POLICY_PROTECT_policy,
                                             .service = SITE_STORE,
                                             .peer = -1};
    p.traffic[POP3].passwords = p.traffic[IMAP].passwords = APP_PASSWORD_basic;
    return p;
}

static uint32_t protected_by(struct params p, enum policy_preset preset)
{
    p.policy.preset = preset;
    return params_protected(&p);
}

/* KB 821839, P1 to P3, by their ports; a class's own word wins. */
static void presets_protect_the_ports_of_the_kb(void **state)
{
    (void)state;
    struct params p = mail_site(FAILURE_crash, POLICY_PRESET_none);
    assert_int_equal(protected_by(p, POLICY_PRESET_none), 0);
    assert_int_equal(protected_by(p, POLICY_PRESET_custom), 0);
    assert_int_equal(protected_by(p, POLICY_PRESET_passwords), 1u << POP3 | 1u << IMAP);
    assert_int_equal(protected_by(p, POLICY_PRESET_mail), 1u << HTTP | 1u << POP3 | 1u << IMAP);
    assert_int_equal(protected_by(p, POLICY_PRESET_all), (1u << CLASSES) - 1);
    p.traffic[LDAP].protect = POLICY_PROTECT_on;
    p.traffic[POP3].protect = POLICY_PROTECT_off;
    assert_int_equal(protected_by(p, POLICY_PRESET_passwords), 1u << LDAP | 1u << IMAP);
    p.traffic[HTTP].port = 88;
    p.policy.kerberos_exempt = 1;
    assert_int_equal(protected_by(p, POLICY_PRESET_all) & 1u << HTTP, 0);
    p.traffic[HTTP].protect = POLICY_PROTECT_on;
    assert_int_equal(protected_by(p, POLICY_PRESET_all) & 1u << HTTP, 1u << HTTP);
}

/* An unprotected class under `passwords` is back when it is back without any policy: to the
 * nanosecond, in every trial, whatever IKE does beside it. */
static void an_unprotected_class_never_waits_for_ike(void **state)
{
    (void)state;
    enum { TRIALS = TESTKIT_TRIALS(3000) };
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        enum failure_kind kind = trial % 2 ? FAILURE_crash : FAILURE_move;
        struct luck luck = {.seed = 31, .trial = trial};
        struct row with, without;
        struct params p = mail_site(kind, POLICY_PRESET_passwords);
        p.app.tcp = trial % 3 != 0;
        p.traffic[HTTP].persistent = trial % 5 == 0;
        p.link[0].loss = p.link[1].loss = trial % 7 == 0 ? 0.1 : 0.0;
        world_run(w, &p, &luck, &with);
        p.policy.preset = POLICY_PRESET_none;
        world_run(w, &p, &luck, &without);
        for (int c = HTTP; c <= LDAP; c += LDAP - HTTP)
            if (with.class[c].outage_ns != without.class[c].outage_ns ||
                with.class[c].ipsec_ns != NEVER_NS)
                fail_msg("seed 31, trial %lu: class %d waits for IKE: %ld, without policy %ld",
                         (unsigned long)trial, c, (long)with.class[c].outage_ns,
                         (long)without.class[c].outage_ns);
        if (kind == FAILURE_crash && with.class[POP3].outage_ns < 100 * S)
            fail_msg("seed 31, trial %lu: the protected class does not wait", (unsigned long)trial);
    }
    world_free(w);
}

/* The row's outage is that of the first protected class; the trial ends with the last class. */
static void outages_of_classes(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct params p = mail_site(FAILURE_crash, POLICY_PRESET_mail);
        struct luck luck = {.seed = 32, .trial = trial};
        struct row all, first;
        world_run(w, &p, &luck, &all);
        int64_t least = INT64_MAX, least_ipsec = INT64_MAX;
        for (int c = HTTP; c <= IMAP; c++) {
            const struct row_class *class = &all.class[c];
            least = class->outage_ns < least ? class->outage_ns : least;
            least_ipsec = class->ipsec_ns < least_ipsec ? class->ipsec_ns : least_ipsec;
            assert_true(class->outage_ns >= class->ipsec_ns);
        }
        assert_int_equal(least, all.outage_ns);
        assert_int_equal(least_ipsec, all.ipsec_ns);
        /* When it ends does not change what came before. */
        p.trial.until = TRIAL_UNTIL_first;
        world_run(w, &p, &luck, &first);
        assert_int_equal(first.outage_ns, all.outage_ns);
        assert_int_equal(first.passwords_clear_outage, all.passwords_clear_outage);
        assert_int_equal(first.requests_clear_outage, all.requests_clear_outage);
        assert_true(first.requests_sent <= all.requests_sent);
    }
    world_free(w);
}

/* Reading 11: classes with a held packet start their quick modes together once main mode is up, and
 * the others need only quick mode. Aborts of the main mode discard the packets of all. */
struct started {
    int64_t mm_ns, qm_ns[CLASSES];
    uint32_t mm, qm[CLASSES];
    uint32_t acquired; /* classes that held a packet when the last main mode came up */
    uint32_t holding;
};

static void note_start(void *context, const struct moment *m)
{
    struct started *s = context;
    bool front_end = actor_kind(m->actor) == ACTOR_FRONT_END;
    if (!front_end)
        return;
    switch (m->id) {
    case MOMENT_packet_held:
        s->holding |= 1u << m->a;
        break;
    case MOMENT_held_dropped:
        s->holding &= ~(1u << m->a);
        break;
    case MOMENT_mm_sa_up:
        s->mm_ns = m->time_ns;
        s->acquired = s->holding;
        s->mm++;
        break;
    default:
        if (m->time_ns == s->mm_ns)
            s->qm[m->a]++;
    }
}

static void quick_modes_of_one_main_mode_start_together(void **state)
{
    (void)state;
    enum { TRIALS = 300 };
    struct world *w = world_new();
    static struct started s;
    sim_listen(world_sim(w),
               MOMENT_BIT(packet_held) | MOMENT_BIT(held_dropped) | MOMENT_BIT(mm_sa_up) |
                   MOMENT_BIT(relation),
               note_start, &s);
    unsigned several = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct params p = mail_site(FAILURE_move, POLICY_PRESET_all);
        struct luck luck = {.seed = 33, .trial = trial};
        struct row row;
        s = (struct started){.mm_ns = NEVER_NS};
        for (int c = 0; c < CLASSES; c++)
            p.traffic[c].rate_hz = 2.0;
        p.cluster.vip_gap = law_constant(6e9);
        world_run(w, &p, &luck, &row);
        /* The SA at the start and one new main mode serve four classes. */
        assert_int_equal(s.mm, 2);
        several += __builtin_popcount(s.acquired) >= 2;
        for (int c = 0; c < CLASSES; c++) {
            bool held = s.acquired >> c & 1;
            if (held != (s.qm[c] > 0))
                fail_msg("seed 33, trial %lu: class %d holds %d, starts %u at once",
                         (unsigned long)trial, c, held, s.qm[c]);
            assert_true(row.class[c].ipsec_ns != NEVER_NS);
        }
    }
    assert_true(several > TRIALS * 9 / 10);
    world_free(w);
}

/* What can be read off the wire while nothing fails: all of an unprotected class and nothing of a
 * protected one; one password a connection. */
static void exposure_is_what_the_policy_leaves(void **state)
{
    (void)state;
    static const enum policy_preset presets[] = {POLICY_PRESET_none, POLICY_PRESET_passwords,
                                                 POLICY_PRESET_mail, POLICY_PRESET_all};
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 40; trial++)
        for (size_t i = 0; i < COUNT_OF(presets); i++) {
            struct params p = mail_site(FAILURE_none, presets[i]);
            struct luck luck = {.seed = 34, .trial = trial};
            struct row row;
            p.trial.until = TRIAL_UNTIL_horizon;
            p.trial.horizon_ns = 600 * S;
            p.traffic[IMAP].persistent = 1;
            p.link[1].loss = trial % 2 ? 0.05 : 0.0; /* repetitions expose nothing new */
            world_run(w, &p, &luck, &row);
            int64_t requests = 0, passwords = 0;
            for (int c = 0; c < CLASSES; c++) {
                const struct row_class *class = &row.class[c];
                bool shielded = params_protected(&p) >> c & 1;
                assert_true(shielded ? class->requests_clear == 0 : class->requests_clear > 200);
                if (c == POP3) /* a login a request */
                    assert_int_equal(class->passwords_clear, class->requests_clear);
                else /* IMAP4's connection stood before the trial began */
                    assert_int_equal(class->passwords_clear, 0);
                requests += class->requests_clear;
                passwords += class->passwords_clear;
            }
            assert_int_equal(row.requests_clear, requests);
            assert_int_equal(row.passwords_clear, passwords);
            assert_int_equal(row.passwords_clear_outage, 0);
            assert_true(requests <= row.requests_sent);
        }
    world_free(w);
}

/* A kept connection that has to be opened anew carries its password again. */
static void a_lost_connection_exposes_one_more_password(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t trial = 0; trial < 200; trial++) {
        struct params p = mail_site(FAILURE_move, POLICY_PRESET_none);
        struct luck luck = {.seed = 35, .trial = trial};
        struct row row;
        p.trial.until = TRIAL_UNTIL_horizon;
        p.trial.horizon_ns = 300 * S;
        p.traffic[IMAP].persistent = 1;
        world_run(w, &p, &luck, &row);
        const struct row_class *imap = &row.class[IMAP];
        /* The new node resets the old connection. Requests under way at the same time each open
         * one. */
        if (imap->passwords_clear < 1 || imap->passwords_clear > 20)
            fail_msg("seed 35, trial %lu: %ld passwords of IMAP4", (unsigned long)trial,
                     (long)imap->passwords_clear);
        assert_true(imap->passwords_clear_outage <= imap->passwords_clear);
        assert_true(row.class[HTTP].passwords_clear == 0);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_protect_the_ports_of_the_kb),
        cmocka_unit_test(an_unprotected_class_never_waits_for_ike),
        cmocka_unit_test(outages_of_classes),
        cmocka_unit_test(quick_modes_of_one_main_mode_start_together),
        cmocka_unit_test(exposure_is_what_the_policy_leaves),
        cmocka_unit_test(a_lost_connection_exposes_one_more_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
