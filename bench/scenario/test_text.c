/* Dates, DNS names, folders, thumbprints; and stores read for a plan. */
#include "../cert/testpem.h"

#include "testsite.h"
#include "text.h"

static void date_is(const char *text, int64_t want)
{
    int64_t seconds;
    struct error why;
    char again[TEXT_DATE_MAX];
    if (!text_date(&seconds, text, &why))
        fail_msg("%s", why.text);
    assert_int_equal(seconds, want);
    text_of_date(again, seconds);
    assert_true(text_date(&seconds, again, &why));
    assert_int_equal(seconds, want);
}

static void dates_of_any_year(void **state)
{
    (void)state;
    date_is("1970-01-01", 0);
    date_is("1969-12-31T23:59:59Z", -1);
    date_is("2007-04-25", 1177459200);
    date_is("2007-04-25T12:30:01Z", 1177504201);
    date_is("2106-02-07T06:28:16Z", INT64_C(1) << 32);
    date_is("0001-01-01", INT64_C(-62135596800));
    date_is("9999-12-31T23:59:59Z", INT64_C(253402300799));
    date_is("2000-02-29", 951782400);
}

static void no_dates(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2007",
                                      "2007-4-25",
                                      "2007-13-01",
                                      "2007-02-29",
                                      "2007-04-31",
                                      "25.04.2007",
                                      "2007-04-25 12:00",
                                      "2007-04-25T24:00:00Z",
                                      "2007-04-25T12:30:00",
                                      "0000-01-01",
                                      "12007-01-01",
                                      "2007-04-25x",
                                      "2007-04-25T1"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t seconds;
        struct error why;
        if (text_date(&seconds, bad[i], &why))
            fail_msg("'%s' is a date", bad[i]);
        assert_non_null(strstr(why.text, "a date is due, such as 2007-04-25"));
    }
}

static void dns_names(void **state)
{
    (void)state;
    static const char *const good[] = {"hub1", "hub1.contoso.com", "*.contoso.com", "a-b_c.1"};
    static const char *const bad[] = {
        "",     ".",
        "a.",   ".a",
        "a..b", "a b",
        "a*.b", "h\xc3\xbc",
        "a,b",  "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(text_is_dns(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (text_is_dns(bad[i]))
            fail_msg("'%s' is a DNS name", bad[i]);
}

#define TLS                                                                                        \
    "smtp: {m: {sender: s, receiver: s, standby: s, traffic: pop3, directory: lan, lists: lan}}\n" \
    "server: {s: {role: hub, store: st, fqdn: hub1.contoso.com}}\n"

static void values_land_in_params(void **state)
{
    (void)state;
    struct plan *plan = load(TLS "store: {st: {certs: [c], count: 3}}\n"
                                 "cert: {c: {valid_from: 1950-01-01, valid_to: 2200-06-30,\n"
                                 "  subject: a.b, san: [x.y, z]}}\n",
                             "server.s.thumbprint=00112233445566778899AABBCCDDEEFF00112233");
    const struct params *base = &plan->base;
    assert_string_equal(base->cert[0].subject, "a.b");
    assert_int_equal(base->cert[0].san->count, 2);
    assert_string_equal(base->cert[0].san->name[1], "z");
    assert_int_equal(base->cert[0].valid_from_s, -631152000);
    assert_int_equal(base->server[0].thumbprint[9], 0x99);
    assert_null(base->server[0].cluster_name);
    assert_int_equal(base->store[0].certs, 1);
    assert_string_equal(setting(plan, "cert.c.san")->value, "[x.y, z]");
    assert_string_equal(setting(plan, "cert.c.valid_to")->value, "2200-06-30T00:00:00Z");
    assert_string_equal(setting(plan, "server.s.thumbprint")->value,
                        "00112233445566778899aabbccddeeff00112233");
    plan_free(plan);
}

static void refused(const char *text, const char *words)
{
    struct plan *plan;
    struct error error;
    char all[2048];
    snprintf(all, sizeof all, "extends: site.yaml\n%s", text);
    write_file("bad.yaml", all);
    if (plan_load(&plan, "bad.yaml", NULL, 0, &error))
        fail_msg("not refused: %s", text);
    if (strstr(error.text, words) == NULL || strncmp(error.text, "bad.yaml:", 9) != 0)
        fail_msg("says '%s', want '%s'", error.text, words);
}

static void mistakes_are_refused(void **state)
{
    (void)state;
    refused("trial: {system: tls}\n", "bad.yaml:2:17: trial.system: tls needs an smtp");
    refused("cert: {c: {valid_from: 2007-01-01, valid_to: 2006-01-01}}\n",
            "bad.yaml:2:46: cert.c.valid_to: it is before valid_from");
    refused("cert: {c: {valid_from: 2007, valid_to: 2006-01-01}}\n",
            "2:24: cert.c.valid_from: '2007'");
    refused("cert: {c: {valid_to: 2006-01-01}}\n", "cert.c.valid_from must be given");
    refused("cert: {c: {valid_from: 2007-01-01, valid_to: 2008-01-01, san: hub1}}\n",
            "a list of DNS names is due");
    refused("cert: {c: {valid_from: 2007-01-01, valid_to: 2008-01-01, san: [a..b]}}\n",
            "'a..b' is no DNS name");
    refused("server: {s: {role: hub, store: st, thumbprint: 0123}}\nstore: {st: }\n",
            "'0123' is no thumbprint");
    refused("server: {s: {role: hub, store: st, named: [c, d]}}\nstore: {st: }\n"
            "cert: {c: {valid_from: 2007-01-01, valid_to: 2008-01-01}, d: {extends: c}}\n",
            "server.s.named: the directory names one certificate");
    refused("smtp: {m: {sender: s, receiver: s, standby: t, traffic: pop3, directory: lan, lists: "
            "lan}}\n"
            "server: {s: {role: hub, store: st}, t: {role: edge, store: st}}\nstore: {st: }\n",
            "bad.yaml:2:45: smtp.m.standby: it must have the role of the receiver");
    refused("trial: {system: tls}\nfailure: {kind: move}\ncluster: {stop: 179s}\n"
            "class: {pop3: {rate: 1000/s}}\n" TLS "store: {st: }\n",
            "requests within trial.horizon are too many");
    refused("trial: {system: tls, horizon: 60s}\nfailure: {kind: move}\ncluster: {stop: 179s}\n"
            "class: {pop3: {rate: 1000/s}}\n" TLS "store: {st: }\n",
            "class.pop3.rate: 189000 requests while services stop");
    refused("store: {st: {revoked: 60%, untrusted: 50%}}\n", "with untrusted it can exceed 100%");
    refused("store: {st: {count: 100001}}\n", "out of range: 0 to 100000");
    refused("store: {st: {pem: nowhere}}\n",
            "bad.yaml:2:19: store.st.pem: cannot read folder 'nowhere'");
}

/* A store from files: relative to the scenario, hashed, the same after a manifest. */
static void stores_come_from_folders(void **state)
{
    (void)state;
    shell(".", "mkdir -p pems && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
               "-nodes -subj /CN=hub1.contoso.com -days 30 -keyout pems/a.key -out pems/a.pem");
    struct plan *plan = load(TLS "store: {st: {pem: pems}}\n", NULL), *again;
    struct error error;
    assert_non_null(plan->base.files[0]);
    assert_int_equal(plan->base.files[0]->count, 1);
    assert_true(plan->base.files[0]->cert[0].private_key);
    assert_string_equal(plan->source[plan->sources - 1].path, "pems");
    struct plan_pair pair[512];
    for (size_t i = 0; i < plan->settings; i++)
        pair[i] = (struct plan_pair){plan->setting[i].key, plan->setting[i].value};
    if (!plan_rebuild(&again, "n", "f", pair, plan->settings, NULL, 0, &error))
        fail_msg("%s", error.text);
    assert_string_equal(again->source[again->sources - 1].sha256,
                        plan->source[plan->sources - 1].sha256);
    plan_free(again);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_of_any_year),
        cmocka_unit_test(no_dates),
        cmocka_unit_test(dns_names),
        cmocka_unit_test(values_land_in_params),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(stores_come_from_folders),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
