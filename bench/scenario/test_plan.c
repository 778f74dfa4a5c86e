#include "testsite.h"

#include "engine/luck.h"

static void values_arrive_in_params(void **state)
{
    (void)state;
    struct plan *plan = load("link: {lan: {delay: 2.5ms, loss: 2%, distribution: normal}}\n"
                             "node: {b: {speed: 1.8, cores: 4, discipline: fifo, load: 95%}}\n"
                             "stack: {w: {commit_bit: no, delete: none, idle: 5min}}\n"
                             "class: {pop3: {arrival: periodic, rate: 30/min}}\n"
                             "cluster: {vip_gap: 'uniform(high=3s, low=1s)'}\n",
                             NULL);
    const struct params *base = &plan->base;
    assert_int_equal(base->link[0].delay_ns, 2500000);
    assert_near(base->link[0].loss, 0.02, 0.0);
    assert_non_null(base->link[0].distribution);
    assert_int_equal(base->link[0].distribution->count, 4096);
    assert_near(law_table_quantile(base->link[0].distribution, 1e-9), -32768.0 / 8192.0, 0.0);
    assert_int_equal(base->nodes, 3);
    assert_near(base->node[2].speed, 1.8, 0.0);
    assert_int_equal(base->node[2].cores, 4);
    assert_int_equal(base->node[2].discipline, CPU_fifo);
    assert_near(base->node[2].load, 0.95, 0.0);
    assert_int_equal(base->stack[0].commit_bit, 0);
    assert_int_equal(base->stack[0].delete_kind, IKE_DELETE_none);
    assert_int_equal(base->stack[0].idle_ns, 300000000000);
    assert_int_equal(base->traffic[0].arrival, APP_ARRIVAL_periodic);
    assert_near(base->traffic[0].rate_hz, 0.5, 0.0);
    assert_near(base->cluster.vip_gap.location, 1e9, 0.0);
    assert_near(base->cluster.vip_gap.scale, 2e9, 0.0);
    assert_int_equal(base->front_end.node, 0);
    assert_int_equal(base->cluster.active, 1);
    assert_int_equal(base->cluster.standby, 2);
    assert_string_equal(plan->name, "test");
    char *here = realpath(".", NULL);
    assert_non_null(here);
    assert_string_equal(plan->folder, strrchr(here, '/') + 1);
    free(here);
    assert_string_equal(plan->names[KIND_node][2], "b");
    plan_free(plan);
}

static void defaults_arrive_in_params(void **state)
{
    (void)state;
    struct plan *plan = load("", NULL);
    const struct params *base = &plan->base;
    assert_int_equal(base->trial.horizon_ns, 3600000000000);
    assert_int_equal(base->failure.kind, FAILURE_crash);
    assert_int_equal(base->cluster.heartbeat_ns, 1200000000);
    assert_int_equal(base->cluster.missed, 6);
    assert_near(base->cluster.regroup.location, 2e9, 0.0);
    assert_int_equal(base->cluster.vip_gap.table->family, LAW_lognormal);
    assert_int_equal(base->stack[0].retransmit_tries, 5);
    assert_int_equal(base->stack[0].auth, IKE_AUTH_certificate);
    assert_int_equal(base->arp.model, 1);
    assert_int_equal(base->app.data_retries, 5);
    assert_null(base->link[0].distribution);
    assert_string_equal(setting(plan, "arp.model")->origin, "default");
    assert_string_equal(setting(plan, "link.lan.delay")->origin, "site.yaml:13:21");
    assert_string_equal(setting(plan, "link.lan.delay")->value, "1ms");
    plan_free(plan);
}

/* One setting for every parameter x instance, in the registry's order. */
static void settings_are_complete(void **state)
{
    (void)state;
    struct plan *plan = load("node: {dc: {extends: a}}\n"
                             "peer: {dc: {node: dc, stack: w, uplink: lan, downlink: lan}}\n",
                             NULL);
    size_t want = 0, last = 0;
    for (size_t i = 0; i < param_def_count; i++)
        for (int k = 0; k < WORLD_INSTANCES_MAX; k++)
            want += plan->names[param_defs[i].kind][k][0] != '\0' ||
                    (k == 0 && param_kind_most(param_defs[i].kind) == 0);
    assert_int_equal(plan->settings, want);
    for (size_t i = 0; i < param_def_count; i++) {
        char key[PARAM_KEY_MAX];
        enum param_kind kind = param_defs[i].kind;
        if (param_kind_most(kind) > 0 && plan->names[kind][0][0] == '\0')
            continue; /* the site has none of these */
        const struct plan_setting *found =
            setting(plan, param_key(key, &param_defs[i], plan->names[kind][0]));
        size_t place = (size_t)(found - plan->setting);
        assert_true(i == 0 || place > last);
        last = place;
    }
    plan_free(plan);
}

static void later_text_wins(void **state)
{
    (void)state;
    write_file("middle.yaml", "extends: site.yaml\nlink: {lan: {delay: 2ms, jitter: 1ms}}\n");
    write_file("top.yaml", "extends: middle.yaml\ndescription: top\nlink:\n  lan: {delay: 3ms}\n"
                           "  wan: {extends: lan, loss: 1%}\n");
    struct plan *plan;
    struct error error;
    const char *sets[] = {"link.lan.loss=2%", "link.lan.loss = 3%", "resource.ip.needs=[]"};
    assert_true(plan_load(&plan, "top.yaml", sets, 3, &error));
    assert_int_equal(plan->base.links, 2);
    assert_int_equal(plan->base.link[0].delay_ns, 3000000);
    assert_int_equal(plan->base.link[0].jitter_ns, 1000000);
    assert_near(plan->base.link[0].loss, 0.03, 0.0);
    assert_int_equal(plan->base.link[1].delay_ns, 3000000);
    assert_near(plan->base.link[1].loss, 0.01, 0.0);
    assert_string_equal(setting(plan, "link.lan.delay")->origin, "top.yaml:4:16");
    assert_string_equal(setting(plan, "link.wan.jitter")->origin, "middle.yaml:2:34");
    assert_string_equal(setting(plan, "link.lan.loss")->origin, "--set");
    assert_string_equal(plan->description, "top");
    assert_int_equal(plan->sources, 3);
    plan_free(plan);
}

/* Of several files that are extended a later one wins, with all that it extends; the file's own
 * keys win over all; what only one of them says stays. */
static void later_of_several_files_wins(void **state)
{
    (void)state;
    write_file("slow.yaml", "link: {lan: {delay: 9ms, jitter: 2ms, loss: 4%}}\n");
    write_file("lossy.yaml", "description: lossy\nlink: {lan: {loss: 5%}}\n"
                             "per_trial: {node.b.load: 'uniform(0%, 50%)'}\n");
    write_file("busy.yaml", "extends: lossy.yaml\nnode: {b: {load: 7%}}\n");
    write_file("several.yaml", "extends: [site.yaml, slow.yaml, busy.yaml]\n"
                               "link: {lan: {jitter: 3ms}}\n");
    struct plan *plan;
    struct error error;
    assert_true(plan_load(&plan, "several.yaml", NULL, 0, &error));
    assert_int_equal(plan->base.link[0].delay_ns, 9000000);
    assert_int_equal(plan->base.link[0].jitter_ns, 3000000);
    assert_near(plan->base.link[0].loss, 0.05, 0.0);
    assert_near(plan->base.node[2].load, 0.07, 0.0);
    assert_int_equal(plan->draws, 0);
    assert_string_equal(setting(plan, "link.lan.delay")->origin, "slow.yaml:1:21");
    assert_string_equal(setting(plan, "link.lan.jitter")->origin, "several.yaml:2:22");
    assert_string_equal(setting(plan, "link.lan.loss")->origin, "lossy.yaml:2:20");
    assert_string_equal(plan->description, "lossy");
    assert_int_equal(plan->sources, 5);
    plan_free(plan);
    write_file("several.yaml", "extends: [site.yaml, busy.yaml, lossy.yaml, slow.yaml]\n");
    assert_true(plan_load(&plan, "several.yaml", NULL, 0, &error));
    assert_int_equal(plan->base.link[0].jitter_ns, 2000000);
    assert_near(plan->base.link[0].loss, 0.04, 0.0);
    assert_int_equal(plan->draws, 1);
    plan_free(plan);
}

/* A copy follows what --set does to its original. */
static void copies_follow_set(void **state)
{
    (void)state;
    struct plan *plan = load("", "node.fe.cores=8");
    assert_int_equal(plan->base.node[2].cores, 8);
    plan_free(plan);
}

static void order_does_not_matter(void **state)
{
    (void)state;
    struct plan *plan = load("resource:\n  first: {online: 1s, needs: [second, ip]}\n"
                             "  second: {extends: third}\n  third: {online: 2s}\n",
                             NULL);
    assert_true(plan->base.resource[1].needs == (1u << 2 | 1u << 0));
    assert_near(plan->base.resource[2].online.location, 2e9, 0.0);
    assert_string_equal(setting(plan, "resource.first.needs")->value, "[ip, second]");
    plan_free(plan);
}

/* The hash is of the bytes that any tool sees. */
static void sources_are_hashed(void **state)
{
    (void)state;
    write_file("own.dist", "# three\n-8192 0\n0x2000\n");
    struct plan *plan = load("link: {lan: {distribution: own.dist, jitter: 1ms}}\n", NULL);
    assert_int_equal(plan->base.link[0].distribution->count, 3);
    assert_near(law_table_quantile(plan->base.link[0].distribution, 0.9), 1.0, 0.0);
    assert_int_equal(plan->sources, 3);
    assert_string_equal(plan->source[1].path, "site.yaml");
    assert_string_equal(plan->source[2].path, "own.dist");
    FILE *tool = popen("sha256sum own.dist site.yaml", "r");
    assert_non_null(tool);
    char want[2][80];
    assert_int_equal(fscanf(tool, "%79s own.dist %79s site.yaml", want[0], want[1]), 2);
    pclose(tool);
    assert_string_equal(plan->source[2].sha256, want[0]);
    assert_string_equal(plan->source[1].sha256, want[1]);
    plan_free(plan);
}

static void tables_come_from_tc_lib_dir_first(void **state)
{
    (void)state;
    write_file("normal.dist", "-1 1\n");
    setenv("TC_LIB_DIR", ".", 1);
    struct plan *plan = load("link: {lan: {distribution: normal}}\n", NULL);
    unsetenv("TC_LIB_DIR");
    assert_int_equal(plan->base.link[0].distribution->count, 2);
    assert_string_equal(setting(plan, "link.lan.distribution")->value, "normal");
    plan_free(plan);
}

static void files_are_relative_to_the_file_that_names_them(void **state)
{
    (void)state;
    CHECK(system("mkdir -p sub") == 0);
    write_file("sub/a.txt", "3 1 # out of order\n2\n");
    write_file("sub/s.yaml", "extends: ../site.yaml\n"
                             "cluster: {stop: 'empirical(a.txt, unit=s)'}\n");
    struct plan *plan;
    struct error error;
    if (!plan_load(&plan, "sub/s.yaml", NULL, 0, &error))
        fail_msg("%s", error.text);
    assert_near(law_minimum(&plan->base.cluster.stop), 1e9, 0.0);
    assert_near(law_quantile(&plan->base.cluster.stop, 0.5), 2e9, 0.0);
    assert_near(law_maximum(&plan->base.cluster.stop), 3e9, 0.0);
    assert_string_equal(setting(plan, "cluster.stop")->value,
                        "empirical(file=\"sub/a.txt\", unit=s)");
    assert_string_equal(plan->folder, "sub");
    plan_free(plan);
}

static void laws_of_every_family(void **state)
{
    (void)state;
    write_file("m.txt", "1s\n500ms\n");
    static const struct {
        const char *text, *canonical;
        double median_ns;
    } cases[] = {
        {"2s", "2s", 2e9},
        {"constant(2s)", "2s", 2e9},
        {"uniform(1s, 3s)", "uniform(low=1s, high=3s)", 2e9},
        {"uniform( high = 3s ,low=1s )", "uniform(low=1s, high=3s)", 2e9},
        {"exponential(1s)", "exponential(mean=1s)", 0.6931471805599453e9},
        {"lognormal(sigma=0.7, median=2s)", "lognormal(median=2s, sigma=0.7)", 2e9},
        {"gamma(1, 1s)", "gamma(shape=1, scale=1s)", 0.6931471805599453e9},
        {"weibull(2, scale=1s)", "weibull(shape=2, scale=1s)", 0.8325546111576977e9},
        {"pareto(shape=3, minimum=1s)", "pareto(shape=3, minimum=1s)", 1.2599210498948732e9},
        {"loguniform(0.3s, 15s)", "loguniform(low=300ms, high=15s)", 2.1213203435596424e9},
        {"empirical(m.txt)", "empirical(file=\"m.txt\")", 1e9},
        {"empirical(\"m.txt\")", "empirical(file=\"m.txt\")", 1e9},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[128];
        snprintf(text, sizeof text, "cluster: {vip_gap: '%s'}\n", cases[i].text);
        struct plan *plan = load(text, NULL);
        assert_string_equal(setting(plan, "cluster.vip_gap")->value, cases[i].canonical);
        assert_near(law_quantile(&plan->base.cluster.vip_gap, 0.5), cases[i].median_ns, 2e3);
        plan_free(plan);
    }
}

static void assert_same_table(const struct law_table *a, const struct law_table *b)
{
    assert_int_equal(a->family, b->family);
    assert_near(a->shape, b->shape, 0.0);
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->node, b->node, a->count * sizeof a->node[0]);
}

/* Values are compared by their bytes, tables by their content. */
static void assert_same_params(const struct plan *a, const struct plan *b)
{
    for (size_t i = 0; i < param_def_count; i++) {
        const struct param_def *def = &param_defs[i];
        int most = param_kind_most(def->kind) == 0 ? 1 : param_kind_most(def->kind);
        for (int k = 0; k < most; k++) {
            size_t offset = param_kind_offset(def->kind, k) + def->offset;
            const char *x = (const char *)&a->base + offset, *y = (const char *)&b->base + offset;
            struct law p = {0}, q = {0};
            if (def->type == TYPE_LAW || def->type == TYPE_TABLE) {
                size_t size = def->type == TYPE_LAW ? sizeof p : sizeof p.table;
                memcpy(&p, x, size);
                memcpy(&q, y, size);
                if ((p.table == NULL) != (q.table == NULL))
                    fail_msg("%s: a table is missing", def->field);
                if (p.table != NULL)
                    assert_same_table(p.table, q.table);
                p.table = q.table = NULL;
                x = (const char *)&p, y = (const char *)&q;
            }
            if (memcmp(x, y, def->type == TYPE_LAW ? sizeof p : 8) != 0)
                fail_msg("%s of instance %d differs", def->field, k);
        }
    }
    assert_int_equal(a->base.nodes, b->base.nodes);
    assert_int_equal(a->base.classes, b->base.classes);
    assert_memory_equal(a->names, b->names, sizeof a->names);
}

static void rebuilt_plan_is_the_same(void **state)
{
    (void)state;
    write_file("m.txt", "1.5 0.25\n");
    struct plan *plan = load("link:\n  lan: {loss: 0.1%, distribution: experimental}\n"
                             "  z: {extends: lan, delay: 1.000001ms}\n"
                             "resource: {x: {online: 'empirical(m.txt, s)', needs: [ip]}}\n"
                             "class: {pop3: {rate: 7/h}}\n"
                             "stack: {w: {retransmit_base: 1.3}}\n"
                             "per_trial:\n  node.a.load: uniform(0%, 90%)\n"
                             "  link.z.delay: loguniform(0.1ms, 3ms)\n",
                             NULL);
    struct plan_pair *pair = calloc(plan->settings + plan->draws, sizeof *pair);
    struct plan_pair *draw = pair + plan->settings;
    for (size_t i = 0; i < plan->settings; i++)
        pair[i] = (struct plan_pair){plan->setting[i].key, plan->setting[i].value};
    for (size_t i = 0; i < plan->draws; i++)
        draw[i] = (struct plan_pair){plan->draw[i].key, plan->draw[i].text};
    struct plan *again;
    struct error error;
    if (!plan_rebuild(&again, "n", "f", pair, plan->settings, draw, plan->draws, &error))
        fail_msg("%s", error.text);
    assert_same_params(plan, again);
    assert_string_equal(again->name, "n");
    assert_int_equal(again->settings, plan->settings);
    for (size_t i = 0; i < plan->settings; i++) {
        assert_string_equal(again->setting[i].key, plan->setting[i].key);
        assert_string_equal(again->setting[i].value, plan->setting[i].value);
    }
    assert_int_equal(again->draws, 2);
    for (size_t i = 0; i < plan->draws; i++) {
        assert_int_equal(again->draw[i].index, plan->draw[i].index);
        assert_string_equal(again->draw[i].text, plan->draw[i].text);
        assert_near(again->draw[i].law.scale, plan->draw[i].law.scale, 0.0);
        assert_near(again->draw[i].law.location, plan->draw[i].law.location, 0.0);
    }
    plan_free(again);
    assert_false(plan_rebuild(&again, "n", "f", pair, plan->settings - 1, NULL, 0, &error));
    char want[256];
    int length = snprintf(want, sizeof want,
                          "manifest: %s must be given: ", plan->setting[plan->settings - 1].key);
    assert_memory_equal(error.text, want, (size_t)length);
    pair[1].key = pair[0].key;
    assert_false(plan_rebuild(&again, "n", "f", pair, plan->settings, NULL, 0, &error));
    assert_string_equal(error.text, "manifest: 'trial.horizon' is given twice");
    free(pair);
    plan_free(plan);
}

static uint32_t index_of(const char *key, uint32_t instance)
{
    for (uint32_t i = 0; i < param_def_count; i++) {
        char name[PARAM_KEY_MAX];
        if (strcmp(param_key(name, &param_defs[i], "x"), key) == 0)
            return i * 16 + instance;
    }
    fail_msg("there is no %s", key);
    return 0;
}

/* A trial's draws are its luck under purpose 1, actor 0 and the key's own index, whatever else is
 * drawn. */
static void draws_are_the_trials_luck(void **state)
{
    (void)state;
    struct plan *plan = load("per_trial:\n  node.b.load: uniform(10%, 90%)\n"
                             "  link.lan.delay: loguniform(0.1ms, 3ms)\n"
                             "  cluster.missed: uniform(3, 9)\n",
                             NULL);
    assert_int_equal(plan->draws, 3);
    for (uint64_t trial = 0; trial < 1000; trial++) {
        struct luck luck = {.seed = 9, .trial = trial};
        struct params params;
        double drawn[3];
        plan_trial(plan, &luck, &params, drawn);
        double u = luck_uniform(&luck, 1, 0, index_of("node.x.load", 2));
        assert_near(params.node[2].load, 0.1 + (0.9 - 0.1) * u, 1e-15);
        u = luck_uniform(&luck, 1, 0, index_of("link.x.delay", 0));
        assert_near((double)params.link[0].delay_ns, 1e5 * exp(log(30.0) * u), 2.0);
        u = luck_uniform(&luck, 1, 0, index_of("cluster.missed", 0));
        assert_int_equal(params.cluster.missed, llround(3.0 + 6.0 * u));
        assert_string_equal(plan->draw[0].key, "cluster.missed");
        assert_near(drawn[0], (double)params.cluster.missed, 0.0);
        assert_near(drawn[1], params.node[2].load, 0.0);
        assert_near(drawn[2], (double)params.link[0].delay_ns, 0.0);
        assert_int_equal(params.link[0].jitter_ns, plan->base.link[0].jitter_ns);
        assert_near(params.node[1].load, 0.0, 0.0);
    }
    plan_free(plan);
}

static void who_fixes_a_value_wants_it_fixed(void **state)
{
    (void)state;
    struct plan *plan = load("per_trial: {link.lan.loss: 'uniform(0%, 2%)'}\n", "link.lan.loss=5%");
    assert_int_equal(plan->draws, 0);
    assert_near(plan->base.link[0].loss, 0.05, 0.0);
    plan_free(plan);

    plan = load("", "per_trial.link.lan.loss=uniform(0%, 2%)");
    assert_int_equal(plan->draws, 1);
    assert_string_equal(plan->draw[0].text, "uniform(low=0%, high=2%)");
    plan_free(plan);

    /* In one file the draw stays, wherever it stands; an extending file's value removes it. */
    plan = load("per_trial: {link.lan.loss: 'uniform(0%, 2%)'}\nlink: {lan: {loss: 1%}}\n", NULL);
    assert_int_equal(plan->draws, 1);
    plan_free(plan);
    write_file("random.yaml",
               "extends: site.yaml\nper_trial: {link.lan.loss: 'uniform(0%, 2%)'}\n");
    write_file("fixed.yaml", "extends: random.yaml\nlink: {lan: {loss: 1%}}\n");
    struct error error;
    assert_true(plan_load(&plan, "random.yaml", NULL, 0, &error));
    assert_int_equal(plan->draws, 1);
    plan_free(plan);
    assert_true(plan_load(&plan, "fixed.yaml", NULL, 0, &error));
    assert_int_equal(plan->draws, 0);
    plan_free(plan);
}

/* The bounds as written are inside a range that ends there, though exp(log(x)) may miss x. */
static void draws_may_use_the_whole_range(void **state)
{
    (void)state;
    struct plan *plan = load("trial: {horizon: 60s}\nper_trial:\n"
                             "  class.pop3.rate: loguniform(0.1/h, 1000/s)\n"
                             "  node.a.load: uniform(0%, 95%)\n"
                             "  node.b.speed: loguniform(0.01, 1000)\n",
                             NULL);
    assert_int_equal(plan->draws, 3);
    plan_free(plan);
}

static void laws_share_tables(void **state)
{
    (void)state;
    struct plan *plan =
        load("link:\n  lan: {distribution: pareto}\n  b: {delay: 0s, distribution: pareto}\n"
             "cluster: {stop: 'lognormal(3s, 0.7)'}\n",
             NULL);
    assert_ptr_equal(plan->base.link[0].distribution, plan->base.link[1].distribution);
    assert_ptr_equal(plan->base.cluster.stop.table, plan->base.cluster.vip_gap.table);
    assert_int_equal(plan->tables, 3); /* these two and the exponential of node.burst */
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_arrive_in_params),
        cmocka_unit_test(defaults_arrive_in_params),
        cmocka_unit_test(settings_are_complete),
        cmocka_unit_test(later_text_wins),
        cmocka_unit_test(later_of_several_files_wins),
        cmocka_unit_test(copies_follow_set),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(sources_are_hashed),
        cmocka_unit_test(tables_come_from_tc_lib_dir_first),
        cmocka_unit_test(files_are_relative_to_the_file_that_names_them),
        cmocka_unit_test(laws_of_every_family),
        cmocka_unit_test(rebuilt_plan_is_the_same),
        cmocka_unit_test(draws_are_the_trials_luck),
        cmocka_unit_test(who_fixes_a_value_wants_it_fixed),
        cmocka_unit_test(draws_may_use_the_whole_range),
        cmocka_unit_test(laws_share_tables),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
