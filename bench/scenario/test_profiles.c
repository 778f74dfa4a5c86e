/* The profiles that ship: each lays one product's stack over a site, every value with its source,
 * and gives the times that are published for it; the working folder is the top of the project. */
#include "testsite.h"

#include "ipsec/ipsec.h"
#include "moment/moment.h"
#include "world/world.h"

#define S NS_PER_S

static const struct {
    const char *name;
    enum stack_product product;
    int64_t idle_s, idle_flag_s; /* without and with NLBSFlags */
    int64_t give_up_s;
    int64_t send_s[6], sends; /* of one IKE message that nobody answers */
    enum ike_delete delete;
    double dead_s; /* heartbeats, at most */
} profiles[] = {
    {"windows-2000",
     STACK_windows2000,
     300,
     300,
     63,
     {0, 1, 3, 7, 15, 31},
     6,
     IKE_DELETE_plain,
     7.2},
    {"windows-2003",
     STACK_windows2003,
     300,
     60,
     63,
     {0, 1, 3, 7, 15, 31},
     6,
     IKE_DELETE_reliable,
     7.2},
    {"windows-2003-980915",
     STACK_windows2003_980915,
     60,
     60,
     63,
     {0, 1, 3, 7, 15, 31},
     6,
     IKE_DELETE_reliable,
     7.2},
    {"windows-2008",
     STACK_windows2008,
     300,
     60,
     62,
     {0, 2, 6, 14, 30},
     5,
     IKE_DELETE_reliable,
     5.0},
};

static struct plan *suite(const char *kind, const char *profile, const char *const *sets, size_t n)
{
    char path[128];
    struct plan *plan;
    struct error error;
    snprintf(path, sizeof path, "bench/scenarios/profiles-suite/%s-%s.yaml", kind, profile);
    if (!plan_load(&plan, path, sets, n, &error))
        fail_msg("%s", error.text);
    return plan;
}

/* Both sides get the stack, and nothing else of the site changes but heartbeats. */
static void each_covers_both_sides(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(profiles); i++) {
        const char *kind = i % 2 ? "crash" : "move";
        struct plan *plan = suite(kind, profiles[i / 2].name, NULL, 0);
        const struct params *base = &plan->base;
        const struct stack_params *stack = &base->stack[base->front_end.stack];
        assert_int_equal(base->failure.kind, i % 2 ? FAILURE_crash : FAILURE_move);
        assert_int_equal(base->front_end.stack, base->cluster.stack);
        assert_int_equal(stack->product, profiles[i / 2].product);
        assert_int_equal(stack->delete_kind, profiles[i / 2].delete);
        assert_near((double)(base->cluster.missed * base->cluster.heartbeat_ns) * 1e-9,
                    profiles[i / 2].dead_s, 1e-9);
        assert_int_equal(plan->draws, 9);
        assert_string_equal(plan->folder, "profiles-suite");
        plan_free(plan);
    }
}

/* Instants at which the messages of the stale quick mode leave, from the first one. */
struct sendings {
    int64_t ns[16];
    size_t n;
};

static void note_sending(void *context, const struct moment *moment)
{
    struct sendings *sent = context;
    if (sent->n < COUNT_OF(sent->ns))
        sent->ns[sent->n++] = moment->time_ns;
}

/* A crash with fresh SAs, one protected class and no loss: idle time from the last answer, then the
 * schedule, to the nanosecond. */
static void check_times(size_t i, bool flag, uint64_t trial)
{
    char nlbs_flags[64];
    const char *const sets[] = {"trial.sa_age=fresh",        "link.to-cluster.loss=0%",
                                "link.from-cluster.loss=0%", "class.imap.protect=off",
                                "class.pop3.rate=2/s",       "class.http.rate=0.1/h",
                                "class.imap.rate=0.1/h",     nlbs_flags};
    const char *stack = profiles[i].product == STACK_windows2003_980915 ? "windows2003-980915"
                        : profiles[i].product == STACK_windows2000      ? "windows2000"
                        : profiles[i].product == STACK_windows2008      ? "windows2008"
                                                                        : "windows2003";
    snprintf(nlbs_flags, sizeof nlbs_flags, "stack.%s.nlbs_flags=1", stack);
    struct plan *plan = suite("crash", profiles[i].name, sets, COUNT_OF(sets) - !flag);
    struct luck luck = {.seed = 31, .trial = trial};
    struct sendings sent = {0};
    struct params params;
    struct row row;
    double drawn[16];
    plan_trial(plan, &luck, &params, drawn);
    struct world *world = world_new();
    sim_listen(world_sim(world), MOMENT_BIT(ike_sent), note_sending, &sent);
    world_run(world, &params, &luck, &row);
    int64_t idle_s = flag ? profiles[i].idle_flag_s : profiles[i].idle_s;
    if (row.sa_end != SA_END_idle || row.idle_expiry_ns > idle_s * S ||
        row.idle_expiry_ns < idle_s * S - row.silence_ns)
        fail_msg("%s, seed 31, trial %lu: idle time over at %ld ns", profiles[i].name,
                 (unsigned long)trial, (long)row.idle_expiry_ns);
    assert_int_equal(row.phase_stale_qm_ns, profiles[i].give_up_s * S);
    for (int64_t k = 0; k < profiles[i].sends; k++)
        assert_int_equal(sent.ns[k] - sent.ns[0], profiles[i].send_s[k] * S);
    assert_true(sent.ns[profiles[i].sends] > sent.ns[0] + profiles[i].give_up_s * S);
    world_free(world);
    plan_free(plan);
}

static void times_are_the_published_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(profiles); i++)
        for (uint64_t trial = 0; trial < 10; trial++) {
            check_times(i, false, trial);
            check_times(i, true, trial);
        }
}

/* A line of a profile that gives a value says where it comes from. Names of stacks need none. */
static void check_sources(const char *path)
{
    char line[512];
    unsigned values = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        const char *colon = strstr(line, ": "), *hash = strstr(line, " # ");
        bool value = line[0] == ' ' && colon != NULL && strstr(line, " stack: ") == NULL &&
                     strstr(line, " extends: ") == NULL && strstr(line, " product: ") == NULL;
        values += value;
        if (value && (hash == NULL || hash < colon || strlen(hash) < 12))
            fail_msg("%s:%u: no source: %s", path, number, line);
    }
    fclose(file);
    assert_true(values >= 3);
}

static void every_value_has_its_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(profiles); i++) {
        char path[128];
        snprintf(path, sizeof path, "bench/scenarios/profiles/%s.yaml", profiles[i].name);
        check_sources(path);
    }
}

/* A site may have a profile on one side alone. */
static void sides_can_differ(void **state)
{
    (void)state;
    const char *const sets[] = {"front_end.stack=windows2003"};
    struct plan *plan = suite("crash", "windows-2000", sets, 1);
    const struct params *base = &plan->base;
    assert_int_equal(base->stack[base->front_end.stack].product, STACK_windows2003);
    assert_int_equal(base->stack[base->cluster.stack].product, STACK_windows2000);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_covers_both_sides),
        cmocka_unit_test(times_are_the_published_ones),
        cmocka_unit_test(every_value_has_its_source),
        cmocka_unit_test(sides_can_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
