/* Which host answers whom: shares, how few clients move, what follows a session; and when. */
#include "../testkit.h"

#include "cluster/cluster.h"
#include "engine/check.h"
#include "moment/moment.h"

enum { CLIENTS = 20000 };

static struct nlb nlb;
static struct luck luck = {.seed = 71};

/* A cluster of n hosts, nodes 0 to n - 1; node n may be added. */
static struct cluster_params params_of(uint32_t n, enum nlb_affinity affinity, bool tracks)
{
    return (struct cluster_params){.kind = CLUSTER_nlb,
                                   .hosts = (UINT64_C(1) << (n + 1)) - 1,
                                   .active = 0,
                                   .standby = n,
                                   .affinity = affinity,
                                   .nlb_tracks = tracks};
}

static const struct nlb_client stranger = {.host = -1};

static int32_t host_of(uint32_t client)
{
    return nlb_route(&nlb, &stranger, client, NLB_FLOW_IKE);
}

static unsigned buckets_of(int32_t host)
{
    unsigned n = 0;
    for (uint32_t b = 0; b < NLB_BUCKETS; b++)
        n += nlb.owner[b] == host;
    return n;
}

static void hosts_share_alike(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < 16; n++)
        for (luck.trial = 0; luck.trial < 50; luck.trial++) {
            struct cluster_params p = params_of(n, NLB_AFFINITY_single, false);
            nlb_reset(&nlb, &luck, &p);
            assert_int_equal(host_of(0), 0); /* the front end that all is about */
            for (int32_t h = 0; h < (int32_t)n; h++)
                assert_true(buckets_of(h) == NLB_BUCKETS / n ||
                            buckets_of(h) == NLB_BUCKETS / n + 1);
        }
    luck.trial = 0;
    struct cluster_params p = params_of(4, NLB_AFFINITY_single, false);
    nlb_reset(&nlb, &luck, &p);
    unsigned of[4] = {0};
    for (uint32_t client = 1; client <= CLIENTS; client++)
        of[host_of(client)]++;
    for (int h = 0; h < 4; h++)
        assert_share(of[h], CLIENTS, 0.25);
}

/* A host that goes takes only its own clients with it. */
static void others_stay_when_a_host_goes(void **state)
{
    (void)state;
    for (uint32_t n = 2; n < 16; n++) {
        struct cluster_params p = params_of(n, NLB_AFFINITY_single, false);
        static int32_t before[CLIENTS];
        nlb_reset(&nlb, &luck, &p);
        for (uint32_t c = 0; c < CLIENTS; c++)
            before[c] = host_of(c);
        nlb_remove(&nlb, 0);
        assert_int_equal(buckets_of(0), 0);
        for (uint32_t c = 0; c < CLIENTS; c++)
            assert_true(before[c] == 0 ? host_of(c) > 0 : host_of(c) == before[c]);
        for (int32_t h = 1; h < (int32_t)n; h++)
            assert_true(buckets_of(h) <= NLB_BUCKETS / (n - 1) + 2);
    }
}

/* One that comes takes about a share 1/(n+1) of them, the first front end among them; who is not
 * moved to it is not moved at all (KB 248346 speaks of those who are). */
static void a_new_host_takes_its_share(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < 15; n++) {
        struct cluster_params p = params_of(n, NLB_AFFINITY_single, false);
        static int32_t before[CLIENTS];
        nlb_reset(&nlb, &luck, &p);
        for (uint32_t c = 0; c < CLIENTS; c++)
            before[c] = host_of(c);
        nlb_add(&nlb, (int32_t)n);
        assert_int_equal(host_of(0), n);
        unsigned moved = 0;
        for (uint32_t c = 0; c < CLIENTS; c++) {
            assert_true(host_of(c) == before[c] || host_of(c) == (int32_t)n);
            moved += host_of(c) != before[c];
        }
        unsigned buckets = buckets_of((int32_t)n);
        assert_true(buckets >= NLB_BUCKETS / (n + 1) && buckets <= NLB_BUCKETS / (n + 1) + n);
        assert_share(moved, CLIENTS, buckets / (double)NLB_BUCKETS);
    }
}

/* Affinity "none": IKE and ESP of a client are two flows, on the same host once in n. */
static void affinity_none_splits_ike_and_esp(void **state)
{
    (void)state;
    for (int affinity = NLB_AFFINITY_none; affinity <= NLB_AFFINITY_single; affinity++) {
        struct cluster_params p = params_of(3, (enum nlb_affinity)affinity, false);
        nlb_reset(&nlb, &luck, &p);
        unsigned together = 0;
        for (uint32_t c = 1; c <= CLIENTS; c++)
            together += host_of(c) == nlb_route(&nlb, &stranger, c, NLB_FLOW_ESP);
        if (affinity == NLB_AFFINITY_single)
            assert_int_equal(together, CLIENTS);
        else
            assert_share(together, CLIENTS, 1.0 / 3.0);
    }
}

/* A host that knows of IPsec sessions keeps them, IKE and ESP alike, whatever the hash says, until
 * Initial-Contact lets the cluster think anew, or until it goes itself. */
static void sessions_stay(void **state)
{
    (void)state;
    struct cluster_params p = params_of(3, NLB_AFFINITY_none, true);
    nlb_reset(&nlb, &luck, &p);
    struct nlb_client client = stranger;
    assert_int_equal(nlb_first_message(&nlb, &client, 0, true), 0);
    nlb_add(&nlb, 3);
    assert_int_equal(host_of(0), 3);
    assert_int_equal(nlb_route(&nlb, &client, 0, NLB_FLOW_IKE), 0);
    assert_int_equal(nlb_route(&nlb, &client, 0, NLB_FLOW_ESP), 0);
    p.nlb_tracks = 0;
    assert_int_equal(nlb_route(&nlb, &client, 0, NLB_FLOW_IKE), 3);
    p.nlb_tracks = 1;
    assert_int_equal(nlb_first_message(&nlb, &client, 0, false), 0);
    assert_int_equal(nlb_first_message(&nlb, &client, 0, true), 3);
    nlb_remove(&nlb, 3);
    int32_t next = nlb_route(&nlb, &client, 0, NLB_FLOW_IKE);
    assert_true(next >= 0 && next < 3);
    p.nlb_tracks = 0;
    assert_int_equal(nlb_route(&nlb, &client, 0, NLB_FLOW_IKE), host_of(0));
}

static void nobody_is_left(void **state)
{
    (void)state;
    struct cluster_params p = params_of(1, NLB_AFFINITY_single, false);
    nlb_reset(&nlb, &luck, &p);
    nlb_remove(&nlb, 0);
    assert_int_equal(host_of(5), -1);
    nlb_remove(&nlb, 0); /* twice is harmless */
    nlb_add(&nlb, 1);
    assert_int_equal(host_of(5), 1);
    assert_int_equal(buckets_of(1), NLB_BUCKETS);
}

/* ---- when ---- */

static struct sim sim;
static struct {
    int64_t crashed_ns, off_ns, joined_ns, mapped_ns[3];
    unsigned mapped;
} seen;

static void crashed(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 0);
    seen.crashed_ns = sim.now_ns;
}
static void address_off(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 0);
    seen.off_ns = sim.now_ns;
}
static void joined(void *world, int32_t node)
{
    (void)world;
    assert_int_equal(node, 4);
    seen.joined_ns = sim.now_ns;
}
static void mapped(void *world)
{
    (void)world;
    assert_true(seen.mapped < 3);
    seen.mapped_ns[seen.mapped++] = sim.now_ns;
}

/* A cluster of four in which something happens to host 0, or host 4 joins. */
static struct cluster *play(struct cluster_params *p, enum failure_kind kind)
{
    static const struct cluster_upcalls upcalls = {
        .crashed = crashed, .address_off = address_off, .joined = joined, .mapped = mapped};
    static struct cluster cluster;
    static struct failure_params failure;
    failure.kind = kind;
    p->alive_period_ns = NS_PER_S;
    p->alive_tolerance = 5;
    p->convergence = (struct law){.location = 2.5e9, .scale = 0.5e9};
    memset(&seen, 0, sizeof seen);
    seen.crashed_ns = seen.off_ns = seen.joined_ns = NEVER_NS;
    sim_reset(&sim, cluster_start_ns(p, &failure, &luck));
    assert_int_equal(sim.now_ns, 0);
    cluster_reset(&cluster, &sim, &luck, p, &failure, NULL, 0, upcalls, NULL);
    for (int32_t h = 0; h <= 4; h++)
        assert_true(cluster_serves(&cluster, h, 0) == (h < 4));
    while (sim_step(&sim, INT64_MAX)) {
    }
    return &cluster;
}

static double uniform(double x, void *context)
{
    (void)context;
    return fmin(1.0, fmax(0.0, x));
}

/* TechNet cc739690, KB 232997: five heartbeats missed, then 2.5 to 3 s: 6.5 to 8 s after the last
 * one of a host died. */
static void a_dead_host_is_noticed(void **state)
{
    (void)state;
    static double missed[4000], agreed[4000];
    struct cluster_params p = params_of(4, NLB_AFFINITY_single, true);
    for (luck.trial = 0; luck.trial < COUNT_OF(missed); luck.trial++) {
        struct cluster *c = play(&p, FAILURE_crash);
        assert_int_equal(seen.crashed_ns, 0);
        assert_int_equal(seen.mapped, 2);
        assert_int_equal(seen.mapped_ns[0], 0);
        assert_false(cluster_serves(c, 0, 0));
        assert_int_equal(c->nlb.hosts, 3);
        double agree = law_quantile(
            &p.convergence, luck_uniform(&luck, LUCK_regroup, actor_id(ACTOR_WORLD, 0, 0), 0));
        missed[luck.trial] = ((double)seen.mapped_ns[1] - (double)(int64_t)agree) * 1e-9 - 4.0;
        agreed[luck.trial] = (agree - 2.5e9) / 0.5e9;
    }
    double limit = testkit_ks_limit(COUNT_OF(missed), 1e-4);
    assert_true(testkit_ks(missed, COUNT_OF(missed), uniform, NULL) < limit);
    assert_true(testkit_ks(agreed, COUNT_OF(agreed), uniform, NULL) < limit);
    luck.trial = 0;
}

/* A host that leaves says so; one that joins has been agreed upon at t = 0. */
static void a_host_leaves_or_joins(void **state)
{
    (void)state;
    struct cluster_params p = params_of(4, NLB_AFFINITY_single, true);
    struct cluster *c = play(&p, FAILURE_move);
    assert_int_equal(seen.off_ns, 0);
    assert_int_equal(seen.crashed_ns, NEVER_NS);
    assert_true(seen.mapped_ns[1] >= 2500000000 && seen.mapped_ns[1] <= 3000000000);
    assert_int_equal(c->nlb.hosts, 3);
    c = play(&p, FAILURE_add_host);
    assert_int_equal(seen.joined_ns, 0);
    assert_int_equal(seen.mapped, 1);
    assert_int_equal(c->nlb.hosts, 5);
    assert_true(cluster_serves(c, 4, 0) && cluster_serves(c, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_share_alike),
        cmocka_unit_test(others_stay_when_a_host_goes),
        cmocka_unit_test(a_new_host_takes_its_share),
        cmocka_unit_test(affinity_none_splits_ike_and_esp),
        cmocka_unit_test(sessions_stay),
        cmocka_unit_test(nobody_is_left),
        cmocka_unit_test(a_dead_host_is_noticed),
        cmocka_unit_test(a_host_leaves_or_joins),
    };
    sim_init(&sim);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sim_fini(&sim);
    return failed;
}
