#include "testsite.h"

#include <sys/stat.h>

/* What the file bad.yaml (or --set) said, and the whole message it must get. */
struct refusal {
    const char *text, *set, *message;
};

static void assert_refused(const char *file, const char *set, const char *message)
{
    struct plan *plan = NULL;
    struct error error;
    if (plan_load(&plan, file, &set, set != NULL, &error))
        fail_msg("taken, though this was due: %s", message);
    assert_null(plan);
    assert_string_equal(error.text, message);
    assert_int_equal(error.status, EXIT_INPUT);
    assert_null(strchr(error.text, '\n'));
}

static void check(const struct refusal *refusal, size_t n, const char *before)
{
    for (size_t i = 0; i < n; i++) {
        char all[4096];
        snprintf(all, sizeof all, "%s%s", before, refusal[i].text);
        write_file("bad.yaml", all);
        assert_refused("bad.yaml", refusal[i].set, refusal[i].message);
    }
}

/* Line 1 is "extends: site.yaml", so the texts below begin in line 2. */
#define SITE "extends: site.yaml\n"
#define DC                                                                                         \
    "node: {dc: {extends: a}}\npeer: {dc: {node: dc, stack: w, uplink: lan, downlink: lan}}\n"
#define KINDS                                                                                      \
    "trial, failure, front_end, cluster, arp, app, alarm, policy, kerberos, storm, class, stack, " \
    "node, "                                                                                       \
    "crypto, link, resource, smtp, server, store, cert, peer"
#define LINK_FIELDS                                                                                \
    "(known are delay, jitter, distribution, loss, delay_correlation, loss_model, "                \
    "loss_correlation, state_p13, state_p31, state_p32, state_p23, state_p14, gemodel_p, "         \
    "gemodel_r, gemodel_bad_loss, gemodel_good_loss, duplicate, duplicate_correlation, reorder, "  \
    "reorder_correlation, gap, rate, limit)"
#define TIME_DUE "a time with its unit is due, such as 300s, 1.2s, 3ms, 250us, 10ns, 5min or 1h"

static void not_yaml_or_more_than_yaml(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"", NULL, "bad.yaml:1:1: the file is empty: a map of keys is due"},
        {"# nothing\n", NULL, "bad.yaml:1:1: the file is empty: a map of keys is due"},
        {"link", NULL, "bad.yaml:1:1: a map of keys is due, found plain text"},
        {"[a]", NULL, "bad.yaml:1:1: a map of keys is due, found a list"},
        {"a: b: c\n", NULL,
         "bad.yaml:1:5: not YAML: mapping values are not allowed in this context"},
        {"a: 1\n\tb: 2\n", NULL,
         "bad.yaml:2:1: not YAML: found a tab character that violates indentation"},
        {"a: [1\n", NULL, "bad.yaml:2:1: not YAML: did not find expected ',' or ']'"},
        {"a: 1\nb: \xff\n", NULL, "bad.yaml:2:4: not YAML: invalid leading UTF-8 octet"},
        {"a: &x 1\n", NULL,
         "bad.yaml:1:4: anchors (&x) are not used here: write the value, or use extends"},
        {"a: *x\n", NULL,
         "bad.yaml:1:4: aliases (*x) are not used here: write the value, or use extends"},
        {"*x : 1\n", NULL,
         "bad.yaml:1:1: aliases (*x) are not used here: write the value, or use extends"},
        {"a: !!str 1\n", NULL,
         "bad.yaml:1:4: tags (tag:yaml.org,2002:str) are not used here: write the value"},
        {"a: !x {}\n", NULL, "bad.yaml:1:4: tags (!x) are not used here: write the value"},
        {"a: 1\n---\nb: 2\n", NULL,
         "bad.yaml:2:1: a second document begins: a scenario is one document"},
        {"[a]: 1\n", NULL, "bad.yaml:1:1: a key must be a plain word"},
        {"a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}\n", NULL, "bad.yaml:1:32: nested too deep"},
        {"a: \"\\0\"\n", NULL, "bad.yaml:1:4: a text must not hold a zero byte"},
        {"link: {}\nlink: {}\n", NULL, "bad.yaml:2:1: 'link' is given twice: first in line 1"},
        {"link: {lan: {loss: 1%, loss: 2%}}\n", NULL,
         "bad.yaml:1:24: 'loss' is given twice: first in line 1"},
    };
    check(cases, COUNT_OF(cases), "");
}

static void wrong_keys(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"lnk: {}\n", NULL,
         "bad.yaml:2:1: unknown key 'lnk': the nearest is 'link' (known are extends, description, "
         "per_trial, zip, drop, " KINDS ")"},
        {"link:\n  lan:\n    dely: 1ms\n", NULL,
         "bad.yaml:4:5: unknown key 'dely' of link: the nearest is 'delay' " LINK_FIELDS},
        {"trial: {horizn: 1s}\n", NULL,
         "bad.yaml:2:9: unknown key 'horizn' of trial: the nearest is 'horizon' (known are "
         "horizon, sa_age, until, system)"},
        {"link: 5\n", NULL,
         "bad.yaml:2:7: link: a map of names, each with its fields, is due, found plain text"},
        {"trial: [a]\n", NULL, "bad.yaml:2:8: trial: a map of fields is due, found a list"},
        {"link: {lan: 5ms}\n", NULL,
         "bad.yaml:2:13: link.lan: a map of fields is due (lan: {field: value}), found plain "
         "text"},
        {"link: {lan: {delay: {}}}\n", NULL,
         "bad.yaml:2:21: delay: one value is due, found a map (several values: {sweep: [A, B]})"},
        {"link: {lan: {delay: [[b]]}}\n", NULL, "bad.yaml:2:22: a list holds plain words only"},
        {"link: {lan: {delay: {sweep: [1ms, 2ms]}}}\n", NULL,
         "bad.yaml:2:29: link.lan.delay has several values: 'ikebench sweep' runs them, --set "
         "link.lan.delay=VALUE picks one"},
        {"link: {lan: {delay: {sweep: [1ms, 2ms]}, loss: {sweep: [1%, 2%]}}}\n", NULL,
         "bad.yaml:2:29: link.lan.delay has several values: 'ikebench sweep' runs them, --set "
         "link.lan.delay=VALUE picks one; so have link.lan.loss"},
        {"link: {lan: {delay: {sweep: [1ms], x: 1}}}\n", NULL,
         "bad.yaml:2:21: delay: one value is due, found a map (several values: {sweep: [A, B]})"},
        {"link: {lan: {delay: {sweep: [{}]}}}\n", NULL,
         "bad.yaml:2:30: delay: sweep: a value is due"},
        {"link: {LAN: {}}\n", NULL,
         "bad.yaml:2:8: 'LAN' cannot be the name of a link: a-z, 0-9, _ and - are due, at most "
         "31, beginning with a letter or digit"},
        {"link: {a2345678901234567890123456789012: {}}\n", NULL,
         "bad.yaml:2:8: 'a2345678901234567890123456789012' cannot be the name of a link: a-z, "
         "0-9, _ and - are due, at most 31, beginning with a letter or digit"},
        {"class: {a: , b: , c: , d: , e: , f: , g: , h: }\n", NULL,
         "bad.yaml:2:44: 'h' is one class too many: at most 8"},
        {"description: {}\n", NULL, "bad.yaml:2:14: description: a text is due, found a map"},
        {"link: {x: {extends: [lan]}}\n", NULL,
         "bad.yaml:2:21: extends: the name of another link is due, found a list"},
        {"link: {x: {extends: wan}}\n", NULL, "bad.yaml:2:21: extends: there is no link 'wan'"},
        {"link: {x: {extends: y}, y: {extends: x}}\n", NULL,
         "bad.yaml:2:21: extends: link 'x' extends itself in a circle"},
        {"link: {x: {extends: x}}\n", NULL,
         "bad.yaml:2:21: extends: link 'x' extends itself in a circle"},
    };
    check(cases, COUNT_OF(cases), SITE);
}

static void wrong_values(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"link: {lan: {delay: 5}}\n", NULL,
         "bad.yaml:2:21: link.lan.delay: '5' has no unit: " TIME_DUE},
        {"link: {lan: {delay: 5m}}\n", NULL,
         "bad.yaml:2:21: link.lan.delay: '5m' has the wrong unit 'm': " TIME_DUE},
        {"link: {lan: {delay: }}\n", NULL,
         "bad.yaml:2:21: link.lan.delay: '' is not right: " TIME_DUE},
        {"link: {lan: {delay: [1ms]}}\n", NULL,
         "bad.yaml:2:21: link.lan.delay: '[1ms]' is not right: " TIME_DUE},
        {"link: {lan: {delay: \"1\\n2\"}}\n", NULL,
         "bad.yaml:2:21: link.lan.delay: '1 2' has the wrong unit ' 2': " TIME_DUE},
        {"link: {lan: {loss: 101%}}\n", NULL,
         "bad.yaml:2:20: link.lan.loss: '101%' is out of range: 0% to 100%"},
        {"node: {a: {load: 95.1%}}\n", NULL,
         "bad.yaml:2:18: node.a.load: '95.1%' is out of range: 0% to 95%"},
        {"cluster: {heartbeat: 9.999999ms}\n", NULL,
         "bad.yaml:2:22: cluster.heartbeat: '9.999999ms' is out of range: 10ms to 60s"},
        {"stack: {w: {hold: 2}}\n", NULL,
         "bad.yaml:2:19: stack.w.hold: '2' is out of range: 0 to 1"},
        {"arp: {model: maybe}\n", NULL,
         "bad.yaml:2:14: arp.model: 'maybe' is not right: on or off is due"},
        {"stack: {w: {idle_reset: sent}}\n", NULL,
         "bad.yaml:2:25: stack.w.idle_reset: 'sent' is not right: one of received, any, none is "
         "due"},
        {"cluster: {active: c}\n", NULL,
         "bad.yaml:2:19: cluster.active: there is no node 'c': known are fe, a, b"},
        {"resource: {ip: {needs: disk}}\n", NULL,
         "bad.yaml:2:24: resource.ip.needs: 'disk' is not right: a list of names is due, such as "
         "[disk, name] or []"},
        {"resource: {ip: {needs: [disk]}}\n", NULL,
         "bad.yaml:2:24: resource.ip.needs: there is no resource 'disk': known are ip"},
        {"resource: {x: {online: 1s, needs: [ip, ip]}}\n", NULL,
         "bad.yaml:2:35: resource.x.needs: 'ip' is named twice"},
        {"link: {x: {}}\n", NULL, "bad.yaml:2:8: link.x.delay must be given: mean one-way delay"},
    };
    check(cases, COUNT_OF(cases), SITE);
}

#define STOP "bad.yaml:2:17: cluster.stop: "

static void wrong_laws(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"cluster: {stop: 'gauss(1s, 2s)'}\n", NULL,
         STOP "'gauss' is no law: constant, uniform, exponential, normal, lognormal, gamma, "
              "weibull, pareto, loguniform or empirical is due"},
        {"cluster: {stop: 'uniform(1s)'}\n", NULL,
         STOP "'uniform(1s)' is not right: uniform(low, high) is due"},
        {"cluster: {stop: 'uniform(1s, 2s, 3s)'}\n", NULL,
         STOP "'uniform(1s, 2s, 3s)' is not right: uniform(low, high) is due"},
        {"cluster: {stop: 'uniform(1s, 2s,)'}\n", NULL,
         STOP "'uniform(1s, 2s,)' is not right: uniform(low, high) is due"},
        {"cluster: {stop: 'uniform(low=1s, low=2s)'}\n", NULL,
         STOP "'uniform(low=1s, low=2s)' is not right: uniform(low, high) is due"},
        {"cluster: {stop: 'uniform(low=1s, top=2s)'}\n", NULL,
         STOP "'uniform(low=1s, top=2s)' is not right: uniform(low, high) is due"},
        {"cluster: {stop: 'uniform(1s, 2s'}\n", NULL,
         STOP "'uniform(1s, 2s' is not right: uniform(low, high) is due"},
        {"cluster: {stop: 'exponential()'}\n", NULL,
         STOP "'exponential()' is not right: exponential(mean) is due"},
        {"cluster: {stop: 'uniform(1, 2s)'}\n", NULL, STOP "low: '1' has no unit: " TIME_DUE},
        {"cluster: {stop: 'lognormal(1s, 1s)'}\n", NULL,
         STOP "sigma: '1s' is not right: a number without unit is due, such as 1.8"},
        {"cluster: {stop: 'lognormal(0s, 1)'}\n", NULL, STOP "median: '0s' must be above zero"},
        {"cluster: {stop: 'lognormal(1s, 11)'}\n", NULL,
         STOP "sigma: '11' is out of range: above 0, at most 10"},
        {"cluster: {stop: 'gamma(0.001, 1s)'}\n", NULL,
         STOP "shape: '0.001' is out of range: 0.01 to 1000"},
        {"cluster: {stop: 'uniform(2s, 1s)'}\n", NULL,
         STOP "'uniform(2s, 1s)' is not right: low must be below high"},
        {"cluster: {stop: 'uniform(0s, 181s)'}\n", NULL,
         STOP "'uniform(0s, 181s)' is out of range: every value it yields must be within 0s to "
              "180s"},
        {"cluster: {stop: 181s}\n", NULL,
         STOP "'181s' is out of range: every value it yields must be within 0s to 180s"},
        {"cluster: {stop: 'normal(5s, 1s)'}\n", NULL,
         STOP "'normal(5s, 1s)' can fall below 0s, the least of its range: lognormal, gamma and "
              "weibull never fall below zero"},
        {"cluster: {stop: 'exponential(300s)'}\n", NULL,
         STOP "'exponential(300s)' is out of range: its median is above 180s"},
        {"cluster: {stop: 'pareto(0.1, 1ms)'}\n", NULL,
         STOP "'pareto(0.1, 1ms)' is out of range: its tail exceeds 146 years"},
        {"cluster: {stop: 'empirical(none.txt)'}\n", NULL,
         STOP "cannot read 'none.txt': No such file or directory"},
        {"cluster: {stop: 'empirical(bad.txt)'}\n", NULL,
         STOP "bad.txt:2: '5' has no unit: " TIME_DUE},
        {"cluster: {stop: 'empirical(empty.txt)'}\n", NULL, STOP "'empty.txt' holds no numbers"},
    };
    write_file("bad.txt", "1s # fine\n5\n");
    write_file("empty.txt", "# nothing\n\n");
    check(cases, COUNT_OF(cases), SITE);
}

#define TABLE "bad.yaml:2:28: link.lan.distribution: "

static void wrong_tables(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"link: {lan: {distribution: gaussian}}\n", NULL,
         TABLE "no file gaussian.dist in $TC_LIB_DIR, /usr/lib/*/tc, /usr/lib/tc or "
               "/usr/share/tc: the package iproute2 installs normal, pareto, paretonormal and "
               "experimental there"},
        {"link: {lan: {distribution: '../x'}}\n", NULL,
         TABLE "'../x' is not right: uniform, normal, pareto, paretonormal, experimental, or a "
               "path ending in .dist is due"},
        {"link: {lan: {distribution: none.dist}}\n", NULL,
         TABLE "cannot read 'none.dist': No such file or directory"},
        {"link: {lan: {distribution: down.dist}}\n", NULL,
         TABLE "down.dist:3: '1' is less than the value before it: a distribution table ascends"},
        {"link: {lan: {distribution: big.dist}}\n", NULL,
         TABLE "big.dist:1: '32768' is not right: a whole number from -32768 to 32767 is due"},
        {"link: {lan: {distribution: word.dist}}\n", NULL,
         TABLE "word.dist:1: '1.5' is not right: a whole number from -32768 to 32767 is due"},
        {"link: {lan: {distribution: long.dist}}\n", NULL,
         TABLE "long.dist:16385: a distribution table holds at most 16384 values"},
        {"link: {lan: {distribution: empty.dist}}\n", NULL, TABLE "'empty.dist' holds no numbers"},
    };
    write_file("down.dist", "# c\n1\n2 1\n");
    write_file("big.dist", "0 32768\n");
    write_file("word.dist", "1.5\n");
    write_file("empty.dist", "\n");
    FILE *out = fopen("long.dist", "w");
    for (int i = 0; i < 16385; i++)
        fputs("7\n", out);
    fclose(out);
    check(cases, COUNT_OF(cases), SITE);
}

static void wrong_draws(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"per_trial: 5\n", NULL,
         "bad.yaml:2:12: per_trial: a map of keys is due, found plain text"},
        {"per_trial: {node.a.load: [1%]}\n", NULL,
         "bad.yaml:2:26: node.a.load: a law is due, found a list"},
        {"per_trial: {node.c.load: 1%}\n", NULL,
         "bad.yaml:2:13: there is no node 'c': known are fe, a, b"},
        {"per_trial: {node.a.load: uniform(0%, 90%)}\n", NULL,
         "bad.yaml:2:38: '90%)' is no key: inside { } a comma ends the value of 'node.a.load': "
         "quote the value, as in {node.a.load: 'uniform(0%, 90%)'}, or put it on a line of its "
         "own"},
        {"resource:\n  ip: {online: lognormal(median=10s, sigma=1)}\n", NULL,
         "bad.yaml:3:38: 'sigma=1)' is no key: inside { } a comma ends the value of 'online': quote "
         "the value, as in {online: 'lognormal(median=10s, sigma=1)'}, or put it on a line of its "
         "own"},
        {"cluster: {regroup: uniform(1s, 2s)}\n", NULL,
         "bad.yaml:2:32: '2s)' is no key: inside { } a comma ends the value of 'regroup': quote "
         "the value, as in {regroup: 'uniform(1s, 2s)'}, or put it on a line of its own"},
        {"per_trial: {nod.a.load: 1%}\n", NULL,
         "bad.yaml:2:13: unknown kind 'nod': the nearest is 'node' (known are " KINDS ")"},
        {"per_trial: {node.load: 1%}\n", NULL,
         "bad.yaml:2:13: 'node.load' is no key: node.NAME.FIELD is due"},
        {"per_trial: {trial.a.horizon: 1s}\n", NULL,
         "bad.yaml:2:13: 'trial.a.horizon' is no key: trial.FIELD is due"},
        {"per_trial: {trial: 1s}\n", NULL, "bad.yaml:2:13: 'trial' is no key: trial.FIELD is due"},
        {"per_trial:\n  cluster.stop: 1s\n", NULL,
         "bad.yaml:3:17: per_trial: cluster.stop: this key takes a law itself, drawn at each use: "
         "give it as the key's value"},
        {"per_trial:\n  failure.kind: crash\n", NULL,
         "bad.yaml:3:17: per_trial: failure.kind: only times, shares, rates, numbers and counts "
         "can be drawn per trial"},
        {"per_trial:\n  node.a.load: uniform(0%, 96%)\n", NULL,
         "bad.yaml:3:16: per_trial: node.a.load: 'uniform(0%, 96%)' is out of range: every value "
         "it yields must be within 0% to 95%"},
        {"per_trial:\n  link.lan.delay: lognormal(1ms, 1)\n", NULL,
         "bad.yaml:3:19: per_trial: link.lan.delay: 'lognormal(1ms, 1)' can exceed 10s, the most "
         "of its range (0s to 10s): use uniform, loguniform or empirical"},
        {"per_trial:\n  link.lan.loss: uniform(0, 1)\n", NULL,
         "bad.yaml:3:18: per_trial: link.lan.loss: low: '0' is not right: a share is due, such as "
         "2%"},
    };
    check(cases, COUNT_OF(cases), SITE);
}

static void values_that_do_not_fit_together(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"class: {pop3: {protect: off}}\n", NULL,
         "bad.yaml: no class has protect: on, so there is no IPsec to fail over"},
        {"class: {web: {port: 80, rate: 1/s, service: ip}}\n", NULL,
         "bad.yaml:2:9: class.web.protect must be given, on or off, unless policy.preset says "
         "which "
         "ports are protected"},
        {"class: {pop3: {port: 80, protect: policy}}\npolicy: {preset: passwords}\n", NULL,
         "bad.yaml: no class has protect: on, so there is no IPsec to fail over"},
        {"class: {web: {port: 80, rate: 1/s, protect: on}}\n", NULL,
         "bad.yaml:2:9: class.web.service must be given: the resource that answers (or peer: "
         "another "
         "host that does)"},
        {"class: {pop3: {peer: dc}}\n" DC, NULL,
         "bad.yaml:2:22: class.pop3.peer: it has a service too: only one can answer"},
        {"class: {pop3: {service: none, peer: dcc}}\n" DC, NULL,
         "bad.yaml:2:37: class.pop3.peer: there is no peer 'dcc': known are dc, cluster"},
        {"class: {pop3: {service: none, peer: dc}}\n" DC, NULL,
         "bad.yaml: no class is answered by the cluster, so there is nothing to fail over"},
        {"peer: {dc: {node: a, stack: w, uplink: lan, downlink: lan}}\n", NULL,
         "bad.yaml:2:19: peer.dc.node: 'a' is another host's already"},
        {"kerberos: {class: pop3}\n", NULL,
         "bad.yaml:2:19: kerberos.class: 'pop3' goes to the cluster: give it a peer, the domain "
         "controller"},
        {"stack: {w: {auth: kerberos}}\n", NULL,
         "bad.yaml:2:19: stack.w.auth: kerberos needs kerberos.class, the class whose requests ask "
         "for "
         "tickets, or kerberos.cached: on"},
        {"stack: {w: {fallback: on, hold: 0}}\n", NULL,
         "bad.yaml:2:23: stack.w.fallback: it needs hold: 1, for what falls back to clear is the "
         "packet "
         "that is held"},
        {"cluster: {standby: a}\n", NULL,
         "bad.yaml:2:20: cluster.standby: 'a' is also cluster.active: another node is due"},
        {"cluster: {active: b}\n", NULL,
         "bad.yaml:2:19: cluster.active: 'b' is also cluster.standby: another node is due"},
        {"cluster: {active: fe}\n", NULL,
         "bad.yaml:2:19: cluster.active: 'fe' is the front end's computer: another node is due"},
        {"cluster: {standby: fe}\n", NULL,
         "bad.yaml:2:20: cluster.standby: 'fe' is the front end's computer: another node is due"},
        {"front_end: {node: a}\n", "cluster.active=a",
         "--set 'cluster.active=a': cluster.active: 'a' is the front end's computer: another node "
         "is due"},
        {"cluster: {active: b}\nfront_end: {node: b}\n", "cluster.standby=a",
         "bad.yaml:3:19: front_end.node: 'b' is a node of the cluster: another node is due"},
        {"front_end: {node: b}\n", NULL,
         "bad.yaml:2:19: front_end.node: 'b' is a node of the cluster: another node is due"},
        {"resource:\n  ip: {needs: [x]}\n  x: {online: 1s, needs: [y]}\n"
         "  y: {online: 1s, needs: [ip]}\n",
         NULL, "bad.yaml:3:15: resource.ip.needs: it needs itself in a circle"},
        {"resource: {ip: {needs: [ip]}}\n", NULL,
         "bad.yaml:2:24: resource.ip.needs: it needs itself in a circle"},
        {"failure: {kind: hang, heartbeats: on}\n", NULL,
         "bad.yaml:2:35: failure.heartbeats: nobody would notice the hang: a resource with "
         "watched: exchange or looksalive is due"},
        {"failure: {kind: add_host}\n", NULL,
         "bad.yaml:2:17: failure.kind: add_host needs cluster.kind: nlb"},
        {"cluster: {kind: nlb}\n", NULL,
         "bad.yaml: cluster.hosts: cluster.active must be one of them"},
        {"cluster: {kind: nlb, hosts: [a]}\n", NULL,
         "bad.yaml:2:29: cluster.hosts: two or more are due"},
        {"cluster: {kind: nlb, hosts: [a, b]}\n", NULL,
         "bad.yaml:2:29: cluster.hosts: cluster.standby joins later: it must not be one"},
        {"cluster: {kind: nlb, hosts: [a, fe]}\n", NULL,
         "bad.yaml:2:29: cluster.hosts: front_end.node is none of the cluster's"},
        {"cluster: {kind: nlb, hosts: [a]}\nfailure: {kind: hang}\n", NULL,
         "bad.yaml:3:17: failure.kind: NLB knows crash, move (a host leaves), add_host, none"},
        {"class: {pop3: {rate: 700/s}}\n", NULL,
         "bad.yaml:2:22: class.pop3.rate: 2520000 requests within trial.horizon are too many: at "
         "most 2400000"},
        {"per_trial: {class.pop3.rate: 'uniform(1/s, 1000/s)'}\n", NULL,
         "bad.yaml:2:30: class.pop3.rate: 3600000 requests within trial.horizon are too many: at "
         "most 2400000"},
        {"stack: {w: {retransmit_tries: 20}}\n", NULL,
         "bad.yaml:2:31: stack.w: retransmission would give up only after 583 hours: at most 24 "
         "(lower retransmit_tries or retransmit_base, or set retransmit_cap)"},
        {"stack: {w: {retransmit_first: 0.1s, retransmit_jitter: 0.2s}}\n", NULL,
         "bad.yaml:2:56: stack.w.retransmit_jitter: it exceeds the shortest wait, which could "
         "then be negative"},
        {"link: {lan: {loss_model: state, state_p13: 60%, state_p14: 41%}}\n", NULL,
         "bad.yaml:2:44: link.lan.state_p13: with state_p14 it can exceed 100%"},
        {"link: {lan: {loss_model: state, state_p13: 60%, state_p32: 61%}}\n", NULL,
         "bad.yaml:2:60: link.lan.state_p32: with state_p31 it can exceed 100%"},
        {"link: {lan: {loss_model: state, state_p31: 60%, state_p32: 41%}}\n", NULL,
         "bad.yaml:2:60: link.lan.state_p32: with state_p31 it can exceed 100%"},
        {"link: {lan: {delay: 0s, reorder: 1%}}\n", NULL,
         "bad.yaml:2:34: link.lan.reorder: it needs a delay: nothing can be overtaken"},
        {"link: {lan: {rate: 999bit}}\n", NULL,
         "bad.yaml:2:20: link.lan.rate: at least 1kbit is due, or 0bit: no limit"},
        {"per_trial: {link.lan.rate: 'uniform(0bit, 1mbit)'}\n", NULL,
         "bad.yaml:2:28: link.lan.rate: at least 1kbit is due, or 0bit: no limit"},
        {"stack: {w: {retransmit_cap: 0.1s, retransmit_jitter: 0.2s}}\n", NULL,
         "bad.yaml:2:54: stack.w.retransmit_jitter: it exceeds the shortest wait, which could "
         "then be negative"},
    };
    check(cases, COUNT_OF(cases), SITE);
}

static void wrong_sets(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"", "link.lan.delay", "--set 'link.lan.delay': KEY=VALUE is due"},
        {"", "link.lan.delay=5",
         "--set 'link.lan.delay=5': link.lan.delay: '5' has no unit: " TIME_DUE},
        {"", "link.wan.delay=5ms",
         "--set 'link.wan.delay=5ms': there is no link 'wan': known are lan"},
        {"", "link.lan.dely=5ms",
         "--set 'link.lan.dely=5ms': unknown key 'dely' of link: the nearest is "
         "'delay' " LINK_FIELDS},
        {"", "=5", "--set '=5': unknown kind '': the nearest is 'arp' (known are " KINDS ")"},
        {"", "per_trial.link.lan.loss=uniform(0%, 200%)",
         "--set 'per_trial.link.lan.loss=uniform(0%, 200%)': per_trial: link.lan.loss: "
         "'uniform(0%, 200%)' is out of range: every value it yields must be within 0% to 100%"},
        {"", "cluster.standby=a",
         "--set 'cluster.standby=a': cluster.standby: 'a' is also cluster.active: another node is "
         "due"},
    };
    check(cases, COUNT_OF(cases), SITE);
}

#define STORM "bad.yaml:2:17: trial.system: storm "

/* A storm's clients have no room for all that a front end can do. */
static void wrong_storms(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"trial: {system: storm}\nfailure: {kind: hang}\n", NULL,
         STORM "knows failure.kind crash, move"},
        {"trial: {system: storm}\nfront_end: {count: 2}\n", NULL,
         STORM "counts clients with storm.clients: front_end.count must be 1"},
        {"trial: {system: storm}\nlink: {lan: {loss_correlation: 10%}}\n", NULL,
         STORM "knows of links delay, jitter, distribution and random loss, without correlation"},
        {"trial: {system: storm}\nlink: {lan: {rate: 1mbit}}\n", NULL,
         STORM "knows of links delay, jitter, distribution and random loss, without correlation"},
        {"trial: {system: storm}\nper_trial: {link.lan.duplicate: 'uniform(0%, 1%)'}\n", NULL,
         STORM "knows of links delay, jitter, distribution and random loss, without correlation"},
        {"trial: {system: storm}\nlink: {lan: {loss_model: gemodel}}\n", NULL,
         STORM "knows of links delay, jitter, distribution and random loss, without correlation"},
        {"trial: {system: storm}\nper_trial: {node.fe.load: 'uniform(0%, 10%)'}\n", NULL,
         STORM "has computers with nothing else to do at clients: load and stall_rate of "
               "front_end.node must be 0"},
        {"trial: {system: storm}\nnode: {b: {stall_rate: 1/h}}\n", NULL,
         STORM "knows no stalls: stall_rate of cluster.standby must be 0"},
        {"trial: {system: storm}\nstack: {w: {auth: kerberos}}\nkerberos: {cached: on}\n", NULL,
         STORM "knows stack auth psk and certificate"},
        {"trial: {system: storm}\nstack: {w: {fallback: on}}\n", NULL,
         STORM "knows no falling back to clear: fallback of front_end.stack must be off"},
        {"trial: {system: storm}\nstorm: {ike: v1}\nstack: {w: {commit_bit: off}}\n", NULL,
         STORM "with storm.ike v1 needs stack commit_bit on: without it a lost third message of "
               "quick mode leaves SAs on one side only"},
        {"trial: {system: storm}\nstorm: {clients: 1000001}\n", NULL,
         "bad.yaml:3:18: storm.clients: '1000001' is out of range: 1 to 1000000"},
        {"trial: {system: storm}\nstorm: {cookie_threshold_off: 31}\n", NULL,
         "bad.yaml:3:31: storm.cookie_threshold_off: it exceeds storm.cookie_threshold"},
    };
    check(cases, COUNT_OF(cases), SITE);
}

static void wrong_files(void **state)
{
    (void)state;
    mkdir("folder.yaml", 0700);
    write_file("one.yaml", "extends: two.yaml\n");
    write_file("two.yaml", "link: {}\nextends: ./one.yaml\n");
    write_file("self.yaml", "extends: self.yaml\n");
    write_file("lost.yaml", "extends: none.yaml\n");
    write_file("dir.yaml", "extends: folder.yaml\n");
    write_file("list.yaml", "extends: [site.yaml, [site.yaml]]\n");
    write_file("empty.yaml", "extends: []\n");
    write_file("second.yaml", "extends: [site.yaml,\n  none.yaml]\n");
    write_file("back.yaml", "extends: [site.yaml, site.yaml, over.yaml]\n");
    write_file("over.yaml", "extends:\n  - site.yaml\n  - back.yaml\n");
    write_file("part.yaml", "failure: {kind: move}\n");
    assert_refused("none.yaml", NULL, "cannot read 'none.yaml': No such file or directory");
    assert_refused("folder.yaml", NULL, "cannot read 'folder.yaml': it is a folder, a file is due");
    assert_refused("one.yaml", NULL,
                   "two.yaml:2:10: extends: './one.yaml' extends itself in a circle");
    assert_refused("self.yaml", NULL,
                   "self.yaml:1:10: extends: 'self.yaml' extends itself in a circle");
    assert_refused("lost.yaml", NULL,
                   "lost.yaml:1:10: extends: cannot read 'none.yaml': No such file or directory");
    assert_refused("dir.yaml", NULL,
                   "dir.yaml:1:10: extends: cannot read 'folder.yaml': it is a folder, a file is "
                   "due");
    assert_refused("list.yaml", NULL,
                   "list.yaml:1:22: extends: the path of a scenario file is due");
    assert_refused("empty.yaml", NULL,
                   "empty.yaml:1:10: extends: the path of a scenario file is due");
    assert_refused("second.yaml", NULL,
                   "second.yaml:2:3: extends: cannot read 'none.yaml': No such file or directory");
    assert_refused("back.yaml", NULL,
                   "over.yaml:3:5: extends: 'back.yaml' extends itself in a circle");
    assert_refused("part.yaml", NULL,
                   "part.yaml: front_end.node must be given: the computer of the front end");
}

/* Neither a long chain nor a tree that grows with every level runs away. */
static void too_many_files(void **state)
{
    (void)state;
    char name[32], text[128];
    for (int i = 0; i < 17; i++) {
        snprintf(name, sizeof name, "chain%d.yaml", i);
        snprintf(text, sizeof text, "extends: chain%d.yaml\n", i + 1);
        write_file(name, text);
        snprintf(name, sizeof name, "tree%d.yaml", i);
        snprintf(text, sizeof text, "extends: [tree%d.yaml, tree%d.yaml]\n", i + 1, i + 1);
        write_file(name, i < 9 ? text : "failure: {kind: move}\n");
    }
    assert_refused("chain0.yaml", NULL,
                   "chain15.yaml:1:10: extends: too deep: a chain has at most 16 files");
    assert_refused("tree0.yaml", NULL,
                   "tree8.yaml:1:23: extends: too many files: at most 256 in all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_yaml_or_more_than_yaml),
        cmocka_unit_test(wrong_keys),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(wrong_laws),
        cmocka_unit_test(wrong_tables),
        cmocka_unit_test(wrong_draws),
        cmocka_unit_test(values_that_do_not_fit_together),
        cmocka_unit_test(wrong_sets),
        cmocka_unit_test(wrong_storms),
        cmocka_unit_test(wrong_files),
        cmocka_unit_test(too_many_files),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
