/* Detection, takeover and the resource graph, instant by instant. */
#include "../testkit.h"

#include "cluster/cluster.h"
#include "engine/check.h"
#include "moment/moment.h"

enum { DISK, IP, NAME, ATTENDANT, STORE, PROTOCOLS, RESOURCES };

struct bed {
    struct sim sim;
    struct luck luck;
    struct cluster cluster;
    struct cluster_params params;
    struct failure_params failure;
    struct resource_params resource[RESOURCES];
    int64_t online_ns[RESOURCES];
    double load, most_load;
    int64_t removed_ns, stop_ns, crash_ns, off_ns, on_ns, listens_ns, dead_ns, all_ns;
};
static struct bed bed;

static void address_off(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 0);
    bed.off_ns = bed.sim.now_ns;
}
static void address_on(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 1);
    bed.on_ns = bed.sim.now_ns;
}
static void listens(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 1);
    bed.listens_ns = bed.sim.now_ns;
}
static void crashed(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 0);
    bed.crash_ns = bed.sim.now_ns;
}
static void remove_sas(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 0);
    bed.removed_ns = bed.sim.now_ns;
}
static void starting_load(void *world, int32_t node, double share)
{
    (void)world;
    assert_int_equal(node, 1);
    bed.load = share;
    bed.most_load = fmax(bed.most_load, share);
}

static void hear(void *context, const struct moment *moment)
{
    (void)context;
    if (moment->id == MOMENT_resource_online)
        bed.online_ns[moment->a] = moment->time_ns;
    else if (moment->id == MOMENT_services_online)
        bed.all_ns = moment->time_ns;
    else if (moment->id == MOMENT_services_stop)
        bed.stop_ns = moment->time_ns;
    else
        bed.dead_ns = moment->time_ns;
}

static void run(enum failure_kind kind, uint64_t trial)
{
    static const struct cluster_upcalls upcalls = {.remove_sas = remove_sas,
                                                   .address_off = address_off,
                                                   .address_on = address_on,
                                                   .listens = listens,
                                                   .crashed = crashed,
                                                   .starting_load = starting_load};
    bed.failure.kind = kind;
    bed.luck.trial = trial;
    bed.removed_ns = bed.stop_ns = bed.crash_ns = bed.off_ns = bed.on_ns = bed.listens_ns =
        NEVER_NS;
    sim_reset(&bed.sim, cluster_start_ns(&bed.params, &bed.failure, &bed.luck));
    cluster_reset(&bed.cluster, &bed.sim, &bed.luck, &bed.params, &bed.failure, bed.resource,
                  RESOURCES, upcalls, NULL);
    assert_true(cluster_serves(&bed.cluster, 0, STORE));
    assert_false(cluster_serves(&bed.cluster, 1, STORE));
    while (sim_step(&bed.sim, INT64_MAX)) {
    }
    assert_false(cluster_serves(&bed.cluster, 0, STORE));
    assert_true(cluster_serves(&bed.cluster, 1, STORE));
}

static int setup(void **state)
{
    (void)state;
    memset(&bed, 0, sizeof bed);
    sim_init(&bed.sim);
    sim_listen(&bed.sim,
               MOMENT_BIT(services_stop) | MOMENT_BIT(resource_online) |
                   MOMENT_BIT(services_online) | MOMENT_BIT(node_dead),
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
                                         .listen_lag_ns = 200 * NS_PER_MS};
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
        assert_int_equal(bed.crash_ns, 0);
        assert_int_equal(bed.stop_ns, NEVER_NS);
        int64_t begin = bed.dead_ns + 9 * NS_PER_S;
        assert_graph(begin, begin + 500 * NS_PER_MS);
        assert_int_equal(bed.on_ns, begin + 500 * NS_PER_MS);
        assert_int_equal(bed.listens_ns, begin + 700 * NS_PER_MS);
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
    assert_int_equal(bed.off_ns, 0);
    assert_int_equal(bed.on_ns, 2800 * NS_PER_MS);
    assert_int_equal(bed.listens_ns, 3 * NS_PER_S);
    assert_graph(0, 2800 * NS_PER_MS);
}

/* A window: SAs go while the address is still there; one longer than the stopping starts the trial
 * earlier. */
static void delete_window(void **state)
{
    (void)state;
    bed.params.delete_window_ns = 2 * NS_PER_S;
    run(FAILURE_move, 0);
    assert_int_equal(bed.removed_ns, -2 * NS_PER_S);
    assert_int_equal(bed.stop_ns, -5 * NS_PER_S);
    bed.params.delete_window_ns = 8 * NS_PER_S;
    run(FAILURE_move, 0);
    assert_int_equal(bed.removed_ns, -8 * NS_PER_S);
    assert_int_equal(bed.stop_ns, -5 * NS_PER_S);
    assert_int_equal(bed.off_ns, 0);
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
    assert_int_equal(bed.on_ns, 0);
    assert_int_equal(bed.listens_ns, 100 * NS_PER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(crash_and_takeover, setup, teardown),
        cmocka_unit_test_setup_teardown(planned_move, setup, teardown),
        cmocka_unit_test_setup_teardown(delete_window, setup, teardown),
        cmocka_unit_test_setup_teardown(starting_resources_load_the_node, setup, teardown),
        cmocka_unit_test_setup_teardown(gap_shorter_than_the_lag, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
