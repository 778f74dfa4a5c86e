/* Detection, takeover and the resource graph, instant by instant. */
#include "../testkit.h"

#include "cluster/cluster.h"
#include "engine/check.h"
#include "moment/moment.h"

enum { DISK, IP, NAME, ATTENDANT, STORE, PROTOCOLS, RESOURCES };

enum { A, B };

/* Upcalls in order. */
enum call { REMOVE, OFF, ON, LISTENS, CRASHED, BOOTED, HUNG, RESUMED, TAKEN, PATH };
struct called {
    enum call what;
    int32_t node; /* PATH: up */
    int64_t at_ns;
};

struct bed {
    struct sim sim;
    struct luck luck;
    struct cluster cluster;
    struct cluster_params params;
    struct failure_params failure;
    struct resource_params resource[RESOURCES];
    struct called call[64];
    size_t calls;
    int64_t online_ns[RESOURCES]; /* newest */
    unsigned fails[RESOURCES];
    double load, most_load;
    int64_t stop_ns, dead_ns, all_ns;
};
static struct bed bed;

static void note_call(enum call what, int32_t node)
{
    assert_true(bed.calls < COUNT_OF(bed.call));
    bed.call[bed.calls++] = (struct called){what, node, bed.sim.now_ns};
}

/* When it was called for a node for the k-th time (from 0); NEVER_NS: not so often. */
static int64_t call_ns(enum call what, int32_t node, unsigned k)
{
    for (size_t i = 0; i < bed.calls; i++)
        if (bed.call[i].what == what && bed.call[i].node == node && k-- == 0)
            return bed.call[i].at_ns;
    return NEVER_NS;
}

#define UPCALL(name, what)                                                                         \
    static void name(void *world, int32_t node)                                                    \
    {                                                                                              \
        (void)world;                                                                               \
        note_call(what, node);                                                                     \
    }
UPCALL(remove_sas, REMOVE)
UPCALL(address_off, OFF)
UPCALL(address_on, ON)
UPCALL(listens, LISTENS)
UPCALL(crashed, CRASHED)
UPCALL(booted, BOOTED)
UPCALL(hung, HUNG)
UPCALL(resumed, RESUMED)
UPCALL(address_taken, TAKEN)
static void path(void *world, bool up)
{
    (void)world;
    note_call(PATH, up);
}
static void starting_load(void *world, int32_t node, double share)
{
    (void)world;
    (void)node;
    bed.load = share;
    bed.most_load = fmax(bed.most_load, share);
}

static void hear(void *context, const struct moment *moment)
{
    (void)context;
    if (moment->id == MOMENT_resource_online)
        bed.online_ns[moment->a] = moment->time_ns;
    else if (moment->id == MOMENT_resource_fails)
        bed.fails[moment->a]++;
    else if (moment->id == MOMENT_services_online)
        bed.all_ns = moment->time_ns;
    else if (moment->id == MOMENT_services_stop)
        bed.stop_ns = moment->time_ns;
    else
        bed.dead_ns = moment->time_ns;
}

/* Plays a trial to its end; `owner` is who serves then. */
static void run_to(enum failure_kind kind, uint64_t trial, int32_t owner)
{
    static const struct cluster_upcalls upcalls = {.remove_sas = remove_sas,
                                                   .address_off = address_off,
                                                   .address_on = address_on,
                                                   .listens = listens,
                                                   .crashed = crashed,
                                                   .booted = booted,
                                                   .hung = hung,
                                                   .resumed = resumed,
                                                   .address_taken = address_taken,
                                                   .path = path,
                                                   .starting_load = starting_load};
    bed.failure.kind = kind;
    bed.luck.trial = trial;
    bed.calls = 0;
    bed.stop_ns = bed.dead_ns = bed.all_ns = NEVER_NS;
    memset(bed.fails, 0, sizeof bed.fails);
    sim_reset(&bed.sim, cluster_start_ns(&bed.params, &bed.failure, &bed.luck));
    cluster_reset(&bed.cluster, &bed.sim, &bed.luck, &bed.params, &bed.failure, bed.resource,
                  RESOURCES, upcalls, NULL);
    assert_true(cluster_serves(&bed.cluster, A, STORE));
    assert_false(cluster_serves(&bed.cluster, B, STORE));
    while (sim_step(&bed.sim, 48 * 3600 * NS_PER_S)) {
    }
    assert_int_equal(bed.sim.pending, 0);
    for (int32_t node = A; node <= B; node++)
        assert_true(cluster_serves(&bed.cluster, node, STORE) == (node == owner));
}

static void run(enum failure_kind kind, uint64_t trial)
{
    run_to(kind, trial, B);
}

static int setup(void **state)
{
    (void)state;
    memset(&bed, 0, sizeof bed);
    sim_init(&bed.sim);
    sim_listen(&bed.sim,
               MOMENT_BIT(services_stop) | MOMENT_BIT(resource_online) |
                   MOMENT_BIT(resource_fails) | MOMENT_BIT(services_online) | MOMENT_BIT(node_dead),
               hear, NULL);
    bed.luck = (struct luck){.seed = 51};
    bed.params = (struct cluster_params){.active = 0,
                                         .standby = 1,
                                         .address = IP,
                                         .heartbeat_ns = 1200 * NS_PER_MS,
                                         .missed = 6,
                                         .regroup = law_constant(2e9),
                                         .quorum = law_constant(7e9),
                                         .vip_gap = law_constant(3e9),
                                         .stop = law_constant(5e9),
                                         .listen_lag_ns = 200 * NS_PER_MS,
                                         .evict = law_constant(0.5e9),
                                         .form = law_constant(10e9),
                                         .health_check_ns = 10 * NS_PER_S,
                                         .health_timeout_ns = 180 * NS_PER_S,
                                         .is_alive_ns = 60 * NS_PER_S,
                                         .looks_alive_ns = 5 * NS_PER_S,
                                         .pending_timeout_ns = 180 * NS_PER_S,
                                         .restart_threshold = 3,
                                         .restart_period_ns = 900 * NS_PER_S,
                                         .failover_threshold = 1};
    /* KB 821833: IP -> name; disk and name -> System Attendant -> store and protocols. */
    bed.resource[DISK] = (struct resource_params){.online = law_constant(3e9), .needs = 0};
    bed.resource[IP] = (struct resource_params){.online = law_constant(0.5e9), .needs = 0};
    bed.resource[NAME] = (struct resource_params){.online = law_constant(2e9), .needs = 1 << IP};
    bed.resource[ATTENDANT] =
        (struct resource_params){.online = law_constant(8e9), .needs = 1 << DISK | 1 << NAME};
    bed.resource[STORE] =
        (struct resource_params){.online = law_constant(20e9), .needs = 1 << ATTENDANT};
    bed.resource[PROTOCOLS] =
        (struct resource_params){.online = law_constant(2e9), .needs = 1 << ATTENDANT};
    for (int i = 0; i < RESOURCES; i++)
        bed.resource[i].pending_limit = i != STORE; /* TechNet bb124063 */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_fini(&bed.sim);
    return 0;
}

static void assert_graph(int64_t begin_ns, int64_t ip_ns)
{
    int64_t name = ip_ns + 2 * NS_PER_S, disk = begin_ns + 3 * NS_PER_S;
    int64_t attendant = (name > disk ? name : disk) + 8 * NS_PER_S;
    assert_int_equal(bed.online_ns[IP], ip_ns);
    assert_int_equal(bed.online_ns[DISK], disk);
    assert_int_equal(bed.online_ns[NAME], name);
    assert_int_equal(bed.online_ns[ATTENDANT], attendant);
    assert_int_equal(bed.online_ns[PROTOCOLS], attendant + 2 * NS_PER_S);
    assert_int_equal(bed.online_ns[STORE], attendant + 20 * NS_PER_S);
    assert_int_equal(bed.all_ns, bed.online_ns[STORE]);
}

/* KB 892422: presumed dead after 6 missed heartbeats of 1.2 s, so uniform on 6.0 to 7.2 s after the
 * crash. */
static double between_6_and_7_2(double x, void *context)
{
    (void)context;
    return fmin(1.0, fmax(0.0, (x - 6.0) / 1.2));
}

static void crash_and_takeover(void **state)
{
    (void)state;
    static double dead_s[5000];
    for (uint64_t trial = 0; trial < COUNT_OF(dead_s); trial++) {
        run(FAILURE_crash, trial);
        assert_int_equal(call_ns(CRASHED, A, 0), 0);
        assert_int_equal(bed.stop_ns, NEVER_NS);
        int64_t begin = bed.dead_ns + 9 * NS_PER_S;
        assert_graph(begin, begin + 500 * NS_PER_MS);
        assert_int_equal(call_ns(ON, B, 0), begin + 500 * NS_PER_MS);
        assert_int_equal(call_ns(LISTENS, B, 0), begin + 700 * NS_PER_MS);
        dead_s[trial] = (double)bed.dead_ns * 1e-9;
    }
    double d = testkit_ks(dead_s, COUNT_OF(dead_s), between_6_and_7_2, NULL);
    assert_true(d < testkit_ks_limit(COUNT_OF(dead_s), 1e-4));
}

static void planned_move(void **state)
{
    (void)state;
    run(FAILURE_move, 0);
    assert_int_equal(bed.stop_ns, -5 * NS_PER_S);
    assert_int_equal(call_ns(OFF, A, 0), 0);
    assert_int_equal(call_ns(ON, B, 0), 2800 * NS_PER_MS);
    assert_int_equal(call_ns(LISTENS, B, 0), 3 * NS_PER_S);
    assert_graph(0, 2800 * NS_PER_MS);
}

/* A window: SAs go while the address is still there; one longer than the stopping starts the trial
 * earlier. */
static void delete_window(void **state)
{
    (void)state;
    bed.params.delete_window_ns = 2 * NS_PER_S;
    run(FAILURE_move, 0);
    assert_int_equal(call_ns(REMOVE, A, 0), -2 * NS_PER_S);
    assert_int_equal(bed.stop_ns, -5 * NS_PER_S);
    bed.params.delete_window_ns = 8 * NS_PER_S;
    run(FAILURE_move, 0);
    assert_int_equal(call_ns(REMOVE, A, 0), -8 * NS_PER_S);
    assert_int_equal(bed.stop_ns, -5 * NS_PER_S);
    assert_int_equal(call_ns(OFF, A, 0), 0);
}

static void starting_resources_load_the_node(void **state)
{
    (void)state;
    bed.resource[DISK].load = 0.25;
    bed.resource[STORE].load = 0.5;
    bed.resource[PROTOCOLS].load = 0.125;
    run(FAILURE_crash, 0);
    assert_near(bed.most_load, 0.625, 1e-12);
    assert_near(bed.load, 0.0, 1e-12);
}

/* A gap shorter than the listen lag: the address is bound at once, IKE still answers after the gap.
 */
static void gap_shorter_than_the_lag(void **state)
{
    (void)state;
    bed.params.vip_gap = law_constant(0.1e9);
    run(FAILURE_move, 0);
    assert_int_equal(call_ns(ON, B, 0), 0);
    assert_int_equal(call_ns(LISTENS, B, 0), 100 * NS_PER_MS);
}

/* ---- hang ---- */

static int64_t tick_ns(uint16_t purpose, int64_t interval_ns)
{
    double phase = luck_uniform(&bed.luck, purpose, actor_id(ACTOR_WORLD, 0, 0), 0);
    return interval_ns - (int64_t)(phase * (double)interval_ns);
}

/* No heartbeats: to the cluster a hang is a crash, instant by instant. */
static void silent_hang_is_a_crash(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < 200; trial++) {
        run(FAILURE_crash, trial);
        int64_t dead = bed.dead_ns, on = call_ns(ON, B, 0), all = bed.all_ns;
        run(FAILURE_hang, trial);
        assert_int_equal(call_ns(HUNG, A, 0), 0);
        assert_int_equal(call_ns(CRASHED, A, 0), NEVER_NS);
        assert_int_equal(bed.dead_ns, dead);
        assert_int_equal(call_ns(ON, B, 0), on);
        assert_int_equal(bed.all_ns, all);
    }
}

/* A node that runs again before it is presumed dead keeps the group; a later one still serves until
 * it learns that it has been taken, and gives up the address in order. */
static void back_from_a_silent_hang(void **state)
{
    (void)state;
    for (uint64_t trial = 0; trial < 300; trial++) {
        int64_t back = (int64_t)trial * 100 * NS_PER_MS + 1, dead;
        bed.failure.back = law_constant((double)back);
        bed.luck.trial = trial;
        dead = tick_ns(LUCK_heartbeat, 1200 * NS_PER_MS) + 5 * 1200 * NS_PER_MS;
        run_to(FAILURE_hang, trial, back < dead ? A : B);
        assert_int_equal(call_ns(RESUMED, A, 0), back);
        assert_int_equal(call_ns(TAKEN, A, 0), NEVER_NS);
        if (back < dead) {
            assert_int_equal(bed.calls, 2);
            assert_int_equal(bed.dead_ns, NEVER_NS);
            assert_int_equal(bed.all_ns, back);
        } else {
            assert_int_equal(bed.dead_ns, dead);
            assert_int_equal(call_ns(OFF, A, 0), back + 500 * NS_PER_MS);
            assert_int_equal(call_ns(ON, B, 0), dead + 9500 * NS_PER_MS);
        }
    }
}

/* Between running again and learning it, the node serves with what it had: another name for its
 * services than the new owner's, and no recovery. */
static void two_nodes_serve_for_a_while(void **state)
{
    (void)state;
    bed.failure.back = law_constant(60e9);
    bed.luck.trial = 3;
    run(FAILURE_hang, 3);
    sim_reset(&bed.sim, 0);
    struct cluster *c = &bed.cluster;
    cluster_reset(c, &bed.sim, &bed.luck, &bed.params, &bed.failure, bed.resource, RESOURCES,
                  c->upcalls, NULL);
    bed.calls = 0;
    uint8_t first = cluster_server(c, A);
    while (sim_step(&bed.sim, 60 * NS_PER_S)) {
    }
    assert_true(cluster_serves(c, A, STORE) && cluster_serves(c, B, STORE));
    assert_int_equal(cluster_server(c, A), first);
    assert_false(cluster_recovered(c, first));
    assert_true(cluster_recovered(c, cluster_server(c, B)));
    while (sim_step(&bed.sim, 61 * NS_PER_S)) {
    }
    assert_false(cluster_serves(c, A, STORE));
    assert_true(cluster_server(c, A) != first);
}

/* Heartbeats go on: a check of the health thread gets no answer and times out, the next IsAlive
 * says so, the Attendant is started three times in vain, then the group moves. KB 810860, KB
 * 836566. */
static void checks_find_a_hang(void **state)
{
    (void)state;
    bed.failure.heartbeats = 1;
    bed.resource[ATTENDANT].watched = bed.resource[STORE].watched =
        bed.resource[PROTOCOLS].watched = RESOURCE_WATCH_exchange;
    for (uint64_t trial = 0; trial < 500; trial++) {
        run(FAILURE_hang, trial);
        int64_t failed = tick_ns(LUCK_health, 10 * NS_PER_S) + 180 * NS_PER_S;
        int64_t asked = tick_ns(LUCK_is_alive, 60 * NS_PER_S);
        while (asked < failed)
            asked += 60 * NS_PER_S;
        int64_t begin = asked + 3 * 180 * NS_PER_S;
        assert_int_equal(bed.dead_ns, NEVER_NS);
        assert_int_equal(call_ns(TAKEN, A, 0), begin);
        assert_int_equal(bed.fails[ATTENDANT], 4);
        assert_int_equal(bed.fails[STORE], 1);
        assert_graph(begin, begin + 500 * NS_PER_MS);
    }
}

/* It runs again while its services are being started in vain: then they start there. */
static void back_while_services_restart(void **state)
{
    (void)state;
    bed.failure.heartbeats = 1;
    bed.failure.back = law_constant(400e9);
    bed.resource[ATTENDANT].watched = bed.resource[STORE].watched =
        bed.resource[PROTOCOLS].watched = RESOURCE_WATCH_exchange;
    uint8_t first = A;
    for (uint64_t trial = 0; trial < 100; trial++) {
        run_to(FAILURE_hang, trial, A);
        assert_int_equal(bed.calls, 2); /* hangs, runs: the address stays */
        assert_int_equal(bed.all_ns, 400 * NS_PER_S + 28 * NS_PER_S);
        assert_true(cluster_server(&bed.cluster, A) != first);
    }
}

/* What LooksAlive watches is found within 5 s; here even the first failure moves the group. */
static void a_quick_check_finds_it_sooner(void **state)
{
    (void)state;
    bed.failure.heartbeats = 1;
    bed.params.restart_threshold = 0;
    bed.resource[STORE].watched = RESOURCE_WATCH_looksalive;
    for (uint64_t trial = 0; trial < 100; trial++) {
        run(FAILURE_hang, trial);
        assert_int_equal(call_ns(TAKEN, A, 0), tick_ns(LUCK_looks_alive, 5 * NS_PER_S));
    }
}

/* ---- restart, link, double, failback ---- */

static void a_host_restarts(void **state)
{
    (void)state;
    bed.failure.down = law_constant(100e9);
    for (bed.failure.announced = 0; bed.failure.announced <= 1; bed.failure.announced++) {
        run_to(FAILURE_restart, 0, A);
        assert_int_equal(call_ns(OFF, A, 0), bed.failure.announced ? 0 : NEVER_NS);
        assert_int_equal(call_ns(CRASHED, A, 0), 0);
        assert_int_equal(call_ns(BOOTED, A, 0), 100 * NS_PER_S);
        assert_int_equal(call_ns(ON, A, 0), 100500 * NS_PER_MS);
        assert_int_equal(call_ns(LISTENS, A, 0), 100700 * NS_PER_MS);
        assert_graph(100 * NS_PER_S, 100500 * NS_PER_MS);
        assert_int_equal(bed.dead_ns, NEVER_NS);
    }
}

static void a_path_breaks(void **state)
{
    (void)state;
    bed.failure.down = law_constant(30e9);
    run_to(FAILURE_link, 0, A);
    assert_int_equal(call_ns(PATH, false, 0), 0);
    assert_int_equal(call_ns(PATH, true, 0), 30 * NS_PER_S);
    assert_int_equal(bed.calls, 2);
    assert_true(cluster_recovered(&bed.cluster, A));
}

/* Whoever is up last, or first, takes the group: one that is there notices by heartbeats, one that
 * boots alone forms the cluster. */
static void both_nodes_fail(void **state)
{
    (void)state;
    for (int64_t down_s = 5; down_s <= 100; down_s += 5)
        for (int64_t second_s = 3; second_s <= 60; second_s += 19) {
            bed.failure.down = law_constant((double)down_s * 1e9);
            bed.failure.second = law_constant((double)second_s * 1e9);
            run_to(FAILURE_double, 1, A);
            assert_int_equal(call_ns(CRASHED, A, 0), 0);
            assert_int_equal(call_ns(CRASHED, B, 0), second_s * NS_PER_S);
            assert_int_equal(call_ns(BOOTED, A, 0), down_s * NS_PER_S);
            int64_t begin = down_s * NS_PER_S + 17 * NS_PER_S; /* form 10 s, quorum 7 s */
            if (down_s < second_s)
                begin = bed.dead_ns + 9 * NS_PER_S;
            assert_int_equal(call_ns(ON, A, 0), begin + 500 * NS_PER_MS);
            assert_graph(begin, begin + 500 * NS_PER_MS);
            if (down_s < second_s)
                assert_true(bed.dead_ns - second_s * NS_PER_S >= 6 * NS_PER_S &&
                            bed.dead_ns - second_s * NS_PER_S <= 7200 * NS_PER_MS);
        }
}

/* The second move begins when it is wanted, but not before the group is online: A loses the
 * address a stopping time later, and gets it again. */
static void a_move_and_one_back(void **state)
{
    (void)state;
    static const int64_t wanted_s[] = {10, 100};
    for (size_t i = 0; i < COUNT_OF(wanted_s); i++) {
        bed.failure.failback = law_constant((double)wanted_s[i] * 1e9);
        bed.params.delete_window_ns = 2 * NS_PER_S;
        run_to(FAILURE_failback, 0, A);
        int64_t online = 2800 * NS_PER_MS + 30 * NS_PER_S;
        int64_t begin = wanted_s[i] * NS_PER_S > online ? wanted_s[i] * NS_PER_S : online;
        int64_t off = begin + 5 * NS_PER_S;
        assert_int_equal(call_ns(OFF, A, 0), 0);
        assert_int_equal(call_ns(ON, B, 0), 2800 * NS_PER_MS);
        assert_int_equal(bed.stop_ns, begin);
        assert_int_equal(call_ns(REMOVE, B, 0), off - 2 * NS_PER_S);
        assert_int_equal(call_ns(OFF, B, 0), off);
        assert_int_equal(call_ns(ON, A, 0), off + 2800 * NS_PER_MS);
        assert_int_equal(call_ns(LISTENS, A, 0), off + 3 * NS_PER_S);
        assert_graph(off, off + 2800 * NS_PER_MS);
    }
}

/* ---- Exchange ---- */

/* The store replays its logs if its node died under it, and only then. */
static void logs_are_replayed_after_a_crash(void **state)
{
    (void)state;
    bed.resource[STORE].logs = 100;
    bed.resource[STORE].log_replay_ns = 3 * NS_PER_S; /* longer than the pending timeout: exempt */
    run(FAILURE_crash, 0);
    assert_int_equal(bed.online_ns[STORE] - bed.online_ns[ATTENDANT], 320 * NS_PER_S);
    assert_int_equal(bed.fails[STORE], 0);
    run(FAILURE_move, 0);
    assert_int_equal(bed.online_ns[STORE] - bed.online_ns[ATTENDANT], 20 * NS_PER_S);
    bed.failure.announced = 1;
    run_to(FAILURE_restart, 0, A);
    assert_int_equal(bed.online_ns[STORE] - bed.online_ns[ATTENDANT], 20 * NS_PER_S);
}

/* Exchange 2000: protocols wait for the store (windows.md 4). The last of a row is online after the
 * sum of all times. */
static void a_serial_graph(void **state)
{
    (void)state;
    bed.resource[PROTOCOLS].needs = 1 << STORE;
    run(FAILURE_crash, 0);
    int64_t begin = bed.dead_ns + 9 * NS_PER_S;
    assert_int_equal(bed.online_ns[PROTOCOLS], begin + (3 + 8 + 20 + 2) * NS_PER_S);
    assert_int_equal(bed.all_ns, bed.online_ns[PROTOCOLS]);
}

/* A resource that starts too slowly fails and is started again, a fourth failure moves the group to
 * the node it came from, where the same happens; then it stays. After a crash there is no other
 * node. */
static void too_slow_to_start(void **state)
{
    (void)state;
    bed.resource[ATTENDANT].online = law_constant(200e9);
    run_to(FAILURE_move, 0, -1);
    int64_t first = 4800 * NS_PER_MS; /* when the Attendant starts */
    assert_int_equal(call_ns(OFF, B, 0), first + 4 * 180 * NS_PER_S);
    assert_int_equal(call_ns(ON, A, 0), first + 4 * 180 * NS_PER_S + 500 * NS_PER_MS);
    assert_int_equal(bed.fails[ATTENDANT], 8);
    run_to(FAILURE_crash, 0, -1);
    assert_int_equal(bed.fails[ATTENDANT], 4);
    assert_int_equal(call_ns(OFF, B, 0), NEVER_NS);
    bed.params.pending_timeout_ns = 0;
    run(FAILURE_crash, 0);
    assert_int_equal(bed.fails[ATTENDANT], 0);
}

/* Failures further apart than the period are forgiven: it is started again for ever. */
static void old_failures_are_forgiven(void **state)
{
    (void)state;
    bed.params.restart_period_ns = 100 * NS_PER_S;
    bed.resource[ATTENDANT].online =
        (struct law){.location = 170e9, .scale = 40e9}; /* uniform, a quarter of it in time */
    for (uint64_t trial = 0; trial < 50; trial++) {
        run(FAILURE_crash, trial); /* comes online in the end, within a law's luck */
        assert_true(bed.online_ns[ATTENDANT] > bed.fails[ATTENDANT] * 180 * NS_PER_S);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(crash_and_takeover, setup, teardown),
        cmocka_unit_test_setup_teardown(planned_move, setup, teardown),
        cmocka_unit_test_setup_teardown(delete_window, setup, teardown),
        cmocka_unit_test_setup_teardown(starting_resources_load_the_node, setup, teardown),
        cmocka_unit_test_setup_teardown(gap_shorter_than_the_lag, setup, teardown),
        cmocka_unit_test_setup_teardown(silent_hang_is_a_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(back_from_a_silent_hang, setup, teardown),
        cmocka_unit_test_setup_teardown(two_nodes_serve_for_a_while, setup, teardown),
        cmocka_unit_test_setup_teardown(checks_find_a_hang, setup, teardown),
        cmocka_unit_test_setup_teardown(back_while_services_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quick_check_finds_it_sooner, setup, teardown),
        cmocka_unit_test_setup_teardown(a_host_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_path_breaks, setup, teardown),
        cmocka_unit_test_setup_teardown(both_nodes_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(a_move_and_one_back, setup, teardown),
        cmocka_unit_test_setup_teardown(logs_are_replayed_after_a_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(a_serial_graph, setup, teardown),
        cmocka_unit_test_setup_teardown(too_slow_to_start, setup, teardown),
        cmocka_unit_test_setup_teardown(old_failures_are_forgiven, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
