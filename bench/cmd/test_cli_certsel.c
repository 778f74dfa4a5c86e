/* `ikebench certsel` as an administrator would use it. */
#include "../cert/testpem.h"

#include <jansson.h>

#include "testcli.h"

static void make_store(void)
{
    make_authorities(".");
    shell(".",
          "printf 'subjectAltName=DNS:hub1.contoso.com,DNS:hub1\\n' >ext && "
          "for n in old new; do openssl genpkey -algorithm EC -pkeyopt "
          "ec_paramgen_curve:P-256 -out store/$n.key && openssl req -new -key store/$n.key "
          "-subj /CN=hub1 -out $n.csr; done && "
          "openssl ca -batch -notext -config ca.cnf -cert root.pem -keyfile root.key -in old.csr "
          "-out store/old.pem -startdate 20060101000000Z -enddate 20070101000000Z -extfile ext && "
          "openssl ca -batch -notext -config ca.cnf -cert root.pem -keyfile root.key -in new.csr "
          "-out store/new.pem -startdate 20070601000000Z -enddate 20090101000000Z -extfile ext");
}

#define CERTSEL_PEM(...)                                                                           \
    ARGS("certsel", "--pem", "store", "--roots", "trusted", "--fqdn", "hub1.contoso.com",          \
         "--clock", "2008-01-10", __VA_ARGS__)

static void has(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("'%s' is missing in:\n%s", words, text);
}

static void tells_the_steps_of_a_folder(void **state)
{
    (void)state;
    char *text = good(CERTSEL_PEM("--directory", "old.pem"));
    has(text, "outbound, Hub Transport; clock 2008-01-10T00:00:00Z");
    has(text, "5   FAILS its Valid to is not over");
    has(text, "event 12015");
    has(text, "to do: renew it");
    has(text, "yes new.pem: its chain ends at a trusted root");
    has(text, "best: new.pem; the directory's: old.pem");
    has(text, "event 1037");
    has(text, "Result: X-ANONYMOUSTLS with old.pem");
    free(text);
    text = good(CERTSEL_PEM("--directory", "new.pem", "--inbound"));
    has(text, "presumed: the same as outbound");
    has(text, "9   ok ");
    assert_null(strstr(text, "FAILS"));
    free(text);
    text = good(CERTSEL_PEM("--directory", "0123456789012345678901234567890123456789"));
    has(text, "event 12013");
    has(text, "Result: X-ANONYMOUSTLS is not advertised");
    free(text);
    text = good(CERTSEL_PEM("--directory", "unreadable"));
    has(text, "As the transport service starts: event 12012");
    has(text, "event 12012, as the transport service starts: none in a session");
    free(text);
    text = good(CERTSEL_PEM("--directory", "new.pem", "--delivery", "SmtpRelayToRemoteAdSite"));
    has(text, "Result: no anonymous TLS");
    has(text, "(hub_to_hub: introduction): X-ANONYMOUSTLS with new.pem");
    free(text);
    text = good(CERTSEL_PEM("--directory", "new.pem", "--role", "edge", "--address-space", "*"));
    has(text, "2E  FAILS");
    has(text, "either one missing is a failure here");
    free(text);
    text = good(CERTSEL_PEM("--directory", "new.pem", "--cluster-name", "nlb.contoso.com"));
    has(text, "found: nlb.contoso.com (a clustered host");
    has(text, "Not documented: no certificate is eligible (step 7)");
    free(text);
}

static void json_has_the_same(void **state)
{
    (void)state;
    char *text = good(CERTSEL_PEM("--directory", "old.pem", "--format", "json"));
    json_error_t why;
    json_t *root = json_loads(text, 0, &why);
    if (root == NULL)
        fail_msg("not JSON: %s", why.text);
    json_t *events = json_object_get(root, "events");
    assert_int_equal(json_array_size(events), 2);
    assert_int_equal(json_integer_value(json_array_get(events, 0)), 12015);
    assert_int_equal(json_integer_value(json_array_get(events, 1)), 1037);
    assert_int_equal(json_array_size(json_object_get(root, "steps")), 9);
    assert_int_equal(json_array_size(json_object_get(root, "certificates")), 2);
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "used"), "name")),
                        "old.pem");
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "best"), "name")),
                        "new.pem");
    assert_true(json_is_null(json_object_get(root, "event_at_start_up")));
    json_decref(root);
    free(text);
    text = good(CERTSEL_PEM("--directory", "null", "--format", "json"));
    root = json_loads(text, 0, &why);
    assert_int_equal(json_integer_value(json_object_get(root, "event_at_start_up")), 12012);
    assert_true(json_is_null(json_object_get(root, "used")));
    json_decref(root);
    free(text);
}

static void tells_a_server_of_a_scenario(void **state)
{
    (void)state;
    char file[PATH_MAX + 64];
    snprintf(file, sizeof file, "%s/../tls/missing-thumbprint.yaml", shipped);
    char *text = good(ARGS("certsel", file, "--server", "receiver"));
    has(text, "none of the 1 certificates of the store has it");
    has(text, "event 12013");
    free(text);
    text = good(ARGS("certsel", file));
    has(text, "Result: X-ANONYMOUSTLS with own");
    free(text);
    text =
        good(ARGS("certsel", file, "--set", "store.own.count=30", "--set", "server.sender.named=[]",
                  "--set", "server.sender.generated=newest", "--trial", "7"));
    has(text, "Result: X-ANONYMOUSTLS with generated ");
    has(text, "more (--all)");
    free(text);
    snprintf(file, sizeof file, "%s/../tls/hub-to-edge.yaml", shipped);
    char set[PATH_MAX], roots[PATH_MAX];
    char *here = realpath(".", NULL);
    snprintf(set, sizeof set, "store.own.pem=%s/store", here);
    snprintf(roots, sizeof roots, "store.own.roots=%s/trusted", here);
    free(here);
    text = good(ARGS("certsel", file, "--set", set, "--set", roots, "--set",
                     "server.sender.fqdn=hub1.contoso.com"));
    has(text, "yes new.pem: its chain ends at a trusted root");
    has(text, "yes own: its chain does not end at a trusted root; it is self-signed");
    free(text);
}

static void refuses(const char *const *args, const char *words)
{
    assert_refused_by(USUAL, args, EXIT_INPUT, words);
}

static void mistakes_are_refused(void **state)
{
    (void)state;
    refuses(ARGS("certsel"), "want a scenario file, or --pem DIR");
    refuses(ARGS("certsel", "--pem", "store", "--fqdn", "a.b"), "--directory is missing");
    refuses(ARGS("certsel", "--pem", "store", "--directory", "null"), "--fqdn is missing");
    refuses(ARGS("certsel", "--pem", "nowhere", "--directory", "null", "--name", "a"),
            "cannot read folder 'nowhere'");
    refuses(CERTSEL_PEM("--directory", "gone.pem"),
            "neither a thumbprint (40 hex digits) nor a file");
    refuses(CERTSEL_PEM("--directory", "null", "--role", "hubb"),
            "--role 'hubb': want one of hub, edge");
    refuses(CERTSEL_PEM("--directory", "null", "--clock", "soon"), "--clock: 'soon' is not right");
    refuses(CERTSEL_PEM("--directory", "null", "--trial", "3"),
            "--trial goes with a scenario file");
    refuses(CERTSEL_PEM("--directory", "null", "--format", "xml"), "want one of text, json");
    refuses(ARGS("certsel", "x.yaml", "--clock", "2008-01-01"), "--clock goes with --pem alone");
    refuses(CERTSEL_PEM("--directory", "null", "--role", "hub", "--address-space", "*"),
            "--address-space goes with --role edge");
    refuses(CERTSEL_PEM("--directory", "null", "--delivery", "DnsConnectorDelivery", "--role", "edge"),
            "--delivery goes with --role hub");
    refuses(CERTSEL_PEM("--directory", "null", "--role", "edge", "--hub-to-hub", "introduction"),
            "--hub-to-hub goes with --role hub");
    refuses(CERTSEL_PEM("--directory", "null", "--inbound", "--delivery", "MapiDelivery"),
            "--delivery is about a Send connector");
    char file[PATH_MAX + 32];
    snprintf(file, sizeof file, "%s/crash.yaml", shipped);
    refuses(ARGS("certsel", file), "has no smtp");
}

static int enter(void **state)
{
    int status = enter_cli(state);
    make_store();
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_steps_of_a_folder),
        cmocka_unit_test(json_has_the_same),
        cmocka_unit_test(tells_a_server_of_a_scenario),
        cmocka_unit_test(mistakes_are_refused),
    };
    return cmocka_run_group_tests(tests, enter, leave_folder);
}
