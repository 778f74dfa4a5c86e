/* Every step and every event once by hand, with the ways in which the document is not clear. */
#include "../testkit.h"

#include "engine/check.h"
#include "teststore.h"

static struct tls_outcome run(const struct tls_input *in)
{
    struct tls_outcome out;
    tls_select(in, &out);
    return out;
}

/* The last step that was visited has this name, and failed or not. */
static void ends_at(const struct tls_outcome *out, const char *name, bool failed)
{
    const struct tls_row *row = &out->table->row[out->steps - 1];
    assert_string_equal(row->name, name);
    assert_int_equal(out->failed >> (out->steps - 1) & 1, failed);
}

static void all_nine_steps_pass(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    struct tls_input in = good_input(&cert, 1);
    for (int direction = 0; direction < 2; direction++)
        for (int role = 0; role < 2; role++) {
            in.direction = (enum tls_direction)direction;
            in.role = (enum tls_role)role;
            struct tls_outcome out = run(&in);
            assert_int_equal(out.decision, TLS_anonymous_tls);
            assert_int_equal(out.used, 0);
            assert_int_equal(out.best, 0);
            assert_int_equal(out.steps, 9);
            assert_int_equal(out.failed, 0);
            assert_int_equal(out.events, 0);
            assert_int_equal(out.unsaid, 0);
            assert_int_equal(out.chains, 1);
        }
}

/* Step 2H: no TLS, no certificate, no event; both conditions must hold. */
static void step_2_on_a_hub(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    for (int auth = 0; auth < TLS_AUTH_COUNT; auth++)
        for (int delivery = 0; delivery < TLS_DELIVERY_COUNT; delivery++) {
            struct tls_input in = good_input(&cert, 1);
            in.send_auth = (enum tls_auth)auth;
            in.delivery = (enum tls_delivery)delivery;
            in.send_space = TLS_SPACE_all; /* of no concern to a Hub */
            struct tls_outcome out = run(&in);
            bool good = auth == TLS_AUTH_ExchangeServer &&
                        delivery == TLS_DELIVERY_SmtpRelayWithinAdSitetoEdge;
            assert_int_equal(out.decision, good ? TLS_anonymous_tls : TLS_no_tls);
            assert_int_equal(out.events, 0);
            assert_int_equal(out.used, good ? 0 : TLS_NO_CERT);
            if (!good)
                ends_at(&out, "2H", true);
        }
}

/* Trap (c): between Hub servers there is TLS by the introduction only. */
static void hub_to_hub_is_read_two_ways(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    struct tls_input in = good_input(&cert, 1);
    for (int delivery = 0; delivery < TLS_DELIVERY_COUNT; delivery++) {
        in.delivery = (enum tls_delivery)delivery;
        bool to_edge = delivery == TLS_DELIVERY_SmtpRelayWithinAdSitetoEdge;
        bool to_hub = delivery == TLS_DELIVERY_SmtpRelayWithinAdSite ||
                      delivery == TLS_DELIVERY_SmtpRelayToRemoteAdSite;
        in.hub_to_hub = TLS_HUB_TO_HUB_literal;
        assert_int_equal(run(&in).decision, to_edge ? TLS_anonymous_tls : TLS_no_tls);
        in.hub_to_hub = TLS_HUB_TO_HUB_introduction;
        assert_int_equal(run(&in).decision, to_edge || to_hub ? TLS_anonymous_tls : TLS_no_tls);
    }
}

/* Step 2E and trap (a): either condition missing is a failure. */
static void step_2_on_an_edge(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    struct tls_input in = good_input(&cert, 1);
    in.role = TLS_ROLE_edge;
    in.delivery = TLS_DELIVERY_MapiDelivery; /* of no concern to an Edge */
    assert_int_equal(run(&in).decision, TLS_anonymous_tls);
    in.send_space = TLS_SPACE_all;
    struct tls_outcome out = run(&in);
    assert_int_equal(out.decision, TLS_no_tls);
    assert_int_equal(out.events, 0);
    ends_at(&out, "2E", true);
    in.send_space = TLS_SPACE_accepted;
    in.send_auth = TLS_AUTH_BasicAuth;
    assert_int_equal(run(&in).decision, TLS_no_tls);
}

static void step_2_inbound(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    struct tls_input in = good_input(&cert, 1);
    in.direction = TLS_INBOUND;
    in.send_auth = TLS_AUTH_None; /* of no concern to the receiver */
    in.delivery = TLS_DELIVERY_MapiDelivery;
    assert_int_equal(run(&in).decision, TLS_anonymous_tls);
    in.receive_exchange_server = false;
    struct tls_outcome out = run(&in);
    assert_int_equal(out.decision, TLS_not_advertised);
    assert_int_equal(out.events, 0);
    ends_at(&out, "2", true);
}

/* Step 3: silent in a session; event 12012 as the service starts. */
static void event_12012_at_start_up_only(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    struct tls_input in = good_input(&cert, 1);
    for (int attribute = 0; attribute <= TLS_ATTRIBUTE_unreadable; attribute++) {
        in.attribute = (enum tls_attribute)attribute;
        bool good = attribute == TLS_ATTRIBUTE_present;
        struct tls_outcome out = run(&in);
        assert_int_equal(out.decision, good ? TLS_anonymous_tls : TLS_not_advertised);
        assert_int_equal(out.events, 0);
        assert_int_equal(tls_start_up(&in), good ? TLS_NO_EVENT : TLS_EVENT_12012);
        if (!good)
            ends_at(&out, "3", true);
    }
    /* What else is wrong is not found at start-up. */
    in.attribute = TLS_ATTRIBUTE_present;
    in.store.count = 0;
    assert_int_equal(tls_start_up(&in), TLS_NO_EVENT);
    in.attribute = TLS_ATTRIBUTE_null;
    in.send_auth = TLS_AUTH_None;
    assert_int_equal(tls_start_up(&in), TLS_EVENT_12012);
}

static void event_12013_thumbprint_not_in_store(void **state)
{
    (void)state;
    struct tls_cert cert[2] = {good_cert(2, 10), good_cert(3, 10)};
    struct tls_input in = good_input(cert, 2);
    struct tls_outcome out = run(&in);
    assert_int_equal(out.decision, TLS_not_advertised);
    assert_int_equal(out.events, 1u << TLS_EVENT_12013);
    assert_int_equal(out.used, TLS_NO_CERT);
    ends_at(&out, "4", true);
    /* A thumbprint is all twenty bytes. */
    cert[0].thumbprint[0] = 1;
    cert[0].thumbprint[19] = 1;
    assert_true(tls_logged(&(struct tls_outcome){.events = run(&in).events}, TLS_EVENT_12013));
    in.store.count = 0;
    in.store.cert = NULL;
    assert_int_equal(run(&in).events, 1u << TLS_EVENT_12013);
}

/* Step 5: an expired certificate is complained of and used. */
static void event_12015_expired_goes_on(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    struct tls_input in = good_input(&cert, 1);
    cert.self_signed = true; /* else step 8 would find none */
    cert.valid_to_s = NOW;
    assert_int_equal(run(&in).events, 0);
    cert.valid_to_s = NOW - 1;
    struct tls_outcome out = run(&in);
    assert_int_equal(out.decision, TLS_anonymous_tls);
    assert_int_equal(out.events, 1u << TLS_EVENT_12015);
    assert_int_equal(out.used, 0);
    assert_int_equal(out.steps, 9);
    assert_int_equal(out.unsaid, TLS_UNSAID_SELF_SIGNED_DATE);
    /* Trusted, but expired, and not self-signed: neither PKI-valid nor self-signed. */
    cert.self_signed = false;
    out = run(&in);
    assert_int_equal(out.events, 1u << TLS_EVENT_12015);
    assert_int_equal(out.unsaid, TLS_UNSAID_NEITHER);
    assert_int_equal(out.decision, TLS_anonymous_tls);
    assert_int_equal(out.used, 0);
    ends_at(&out, "8", true);
}

/* Step 6. */
static void names_of_a_host(void **state)
{
    (void)state;
    struct tls_host host = {.fqdn = "node1.contoso.com",
                            .name = "NODE1",
                            .physical_fqdn = "phys1.contoso.com",
                            .physical_name = "phys1",
                            .cluster_name = "nlb.contoso.com"};
    struct tls_domains list;
    tls_domains_of(&list, &host);
    assert_int_equal(list.count, 4);
    assert_string_equal(list.name[0], "node1.contoso.com");
    assert_string_equal(list.name[1], "NODE1");
    assert_string_equal(list.name[2], "phys1.contoso.com");
    assert_string_equal(list.name[3], "phys1");
    host.clustered = true; /* the ClusterName in place of the FQDN */
    tls_domains_of(&list, &host);
    assert_int_equal(list.count, 4);
    assert_string_equal(list.name[0], "nlb.contoso.com");
    host.physical_fqdn = "NLB.contoso.com"; /* the same name: once */
    host.physical_name = "";
    tls_domains_of(&list, &host);
    assert_int_equal(list.count, 2);
}

static void cluster_name_decides_who_is_eligible(void **state)
{
    (void)state;
    static const char *const san[] = {"nlb.contoso.com"};
    struct tls_cert cert[2] = {good_cert(1, 10), good_cert(2, 5)};
    cert[1].subject = NULL;
    cert[1].san = san;
    cert[1].sans = 1;
    struct tls_input in = good_input(cert, 2);
    in.host.name = NULL;
    in.host.cluster_name = "nlb.contoso.com";
    assert_int_equal(run(&in).best, 0);
    in.host.clustered = true;
    struct tls_outcome out = run(&in);
    assert_int_equal(out.best, 1);
    assert_int_equal(out.events, 1u << TLS_EVENT_1037);
    in.host.cluster_name = "";
    out = run(&in);
    assert_int_equal(out.unsaid, TLS_UNSAID_CLUSTER_NAME | TLS_UNSAID_EMPTY);
}

/* Step 7, one condition after the other. */
static void eligible_needs_all_four(void **state)
{
    (void)state;
    struct tls_domains list = {{"hub1.contoso.com", "hub1"}, 2};
    struct tls_cert cert = good_cert(1, 10);
    assert_int_equal(tls_cert_lacks(&cert, &list), 0);
    cert.version = 1;
    assert_int_equal(tls_cert_lacks(&cert, &list), TLS_LACKS_VERSION);
    cert.private_key = false;
    assert_int_equal(tls_cert_lacks(&cert, &list), TLS_LACKS_VERSION | TLS_LACKS_KEY);
    cert = good_cert(1, 10);
    cert.smtp = false;
    assert_int_equal(tls_cert_lacks(&cert, &list), TLS_LACKS_SMTP);
    cert = good_cert(1, 10);
    cert.san = other_san;
    cert.sans = 1;
    assert_int_equal(tls_cert_lacks(&cert, &list), 0); /* the subject is enough */
    cert.subject = "*.contoso.com";
    assert_int_equal(tls_cert_lacks(&cert, &list), TLS_LACKS_NAME);
    cert.san = good_san;
    cert.sans = 2;
    assert_int_equal(tls_cert_lacks(&cert, &list), 0); /* so is the SAN */
    cert.sans = 0;
    cert.subject = NULL;
    assert_int_equal(tls_cert_lacks(&cert, &list), TLS_LACKS_NAME);
    cert.subject = "HUB1"; /* a host name is on the list too */
    assert_int_equal(tls_cert_lacks(&cert, &list), 0);
}

static void nobody_eligible_is_named(void **state)
{
    (void)state;
    struct tls_cert cert = good_cert(1, 10);
    cert.private_key = false;
    struct tls_input in = good_input(&cert, 1);
    struct tls_outcome out = run(&in);
    assert_int_equal(out.decision, TLS_anonymous_tls);
    assert_int_equal(out.used, 0);
    assert_int_equal(out.unsaid, TLS_UNSAID_EMPTY);
    assert_int_equal(out.events, 0);
    ends_at(&out, "7", true);
}

/* Step 8: PKI-valid before self-signed whatever their ages, newest first among each. */
static void order_of_step_8(void **state)
{
    (void)state;
    struct tls_cert cert[4] = {good_cert(1, 40), good_cert(2, 30), good_cert(3, 20),
                               good_cert(4, 10)};
    cert[2].chain = TLS_CHAIN_untrusted;
    cert[2].self_signed = true;
    cert[3].chain = TLS_CHAIN_revoked;
    struct tls_input in = good_input(cert, 4);
    struct tls_outcome out = run(&in);
    assert_int_equal(out.best, 1);
    assert_int_equal(out.eligible, 4);
    assert_int_equal(out.chains, 3); /* of 4 and 3, which are newer, and its own */
    assert_int_equal(out.events, 1u << TLS_EVENT_1037);
    assert_int_equal(out.decision, TLS_anonymous_tls);
    assert_int_equal(out.used, 0); /* the directory's stays */
    cert[0].chain = cert[1].chain = TLS_CHAIN_unknown;
    out = run(&in);
    assert_int_equal(out.best, 2);
    assert_int_equal(out.chains, 4);
    in.directory[0] = 3;
    assert_int_equal(run(&in).events, 0);
    cert[1].self_signed = true; /* an older self-signed one changes nothing */
    assert_int_equal(run(&in).best, 2);
    cert[1].chain = TLS_CHAIN_trusted; /* its root is itself, and trusted: PKI-valid */
    assert_int_equal(run(&in).best, 1);
}

/* Without lists of revoked certificates nobody is PKI-valid; all chains were built. */
static void no_lists_leave_the_self_signed(void **state)
{
    (void)state;
    struct tls_cert cert[3] = {good_cert(1, 40), good_cert(2, 30), good_cert(3, 20)};
    cert[0].self_signed = true;
    cert[0].chain = TLS_CHAIN_untrusted;
    struct tls_input in = good_input(cert, 3);
    assert_int_equal(run(&in).best, 2);
    in.no_lists = true;
    struct tls_outcome out = run(&in);
    assert_int_equal(out.best, 0);
    assert_int_equal(out.chains, 3);
    cert[0].self_signed = false;
    assert_int_equal(run(&in).unsaid, TLS_UNSAID_NEITHER);
}

static void equal_ages_are_named(void **state)
{
    (void)state;
    struct tls_cert cert[3] = {good_cert(1, 10), good_cert(2, 10), good_cert(3, 5)};
    struct tls_input in = good_input(cert, 2);
    struct tls_outcome out = run(&in);
    assert_int_equal(out.unsaid, TLS_UNSAID_TIE);
    assert_int_equal(out.best, 0);
    in.store.count = 3; /* a newer one: who was equal does not matter */
    out = run(&in);
    assert_int_equal(out.unsaid, 0);
    assert_int_equal(out.best, 2);
    cert[2].chain = TLS_CHAIN_untrusted;
    assert_int_equal(run(&in).unsaid, TLS_UNSAID_TIE);
    cert[1].chain = TLS_CHAIN_untrusted; /* equal, but of no class */
    out = run(&in);
    assert_int_equal(out.unsaid, 0);
    assert_int_equal(out.best, 0);
}

/* Step 9 by thumbprint, and a certificate that is not valid yet. */
static void event_1037_is_no_failure(void **state)
{
    (void)state;
    struct tls_cert cert[2] = {good_cert(1, 10), good_cert(2, 5)};
    struct tls_input in = good_input(cert, 2);
    struct tls_outcome out = run(&in);
    assert_int_equal(out.events, 1u << TLS_EVENT_1037);
    assert_int_equal(out.decision, TLS_anonymous_tls);
    assert_int_equal(out.used, 0);
    assert_int_equal(out.best, 1);
    ends_at(&out, "9", true);
    in.directory[0] = 2;
    assert_int_equal(run(&in).events, 0);
    cert[1].valid_from_s = NOW + DAY;
    out = run(&in);
    assert_int_equal(out.used, 1);
    assert_int_equal(out.best, 0);
    assert_int_equal(out.unsaid, TLS_UNSAID_NOT_YET_VALID);
    assert_int_equal(out.events, 1u << TLS_EVENT_1037);
}

/* Dates beyond what 32 bits of seconds hold, either way. */
static void dates_before_1970_and_after_2106(void **state)
{
    (void)state;
    struct tls_cert cert[2] = {good_cert(1, 0), good_cert(2, 0)};
    cert[0].valid_from_s = -2000000000;         /* 1906 */
    cert[0].valid_to_s = INT64_C(253402300799); /* 9999-12-31 */
    cert[1].valid_from_s = INT64_C(5000000000); /* 2128 */
    cert[1].valid_to_s = INT64_C(6000000000);
    struct tls_input in = good_input(cert, 2);
    struct tls_outcome out = run(&in);
    assert_int_equal(out.best, 0);
    assert_int_equal(out.events, 0);
    in.now_s = INT64_C(5500000000);
    out = run(&in);
    assert_int_equal(out.best, 1);
    assert_int_equal(out.events, 1u << TLS_EVENT_1037);
    in.now_s = -3000000000;
    out = run(&in);
    assert_int_equal(out.events, 0);
    assert_int_equal(out.unsaid, TLS_UNSAID_NOT_YET_VALID | TLS_UNSAID_NEITHER);
    in.now_s = INT64_C(300000000000);
    assert_true(run(&in).events >> TLS_EVENT_12015 & 1);
}

/* Every row has a source and says what it asks; a row that can fail says what to do, one that
 * logs has an event of the document. */
static void tables_are_sound(void **state)
{
    (void)state;
    const struct tls_table *table[] = {&tls_outbound_hub, &tls_outbound_edge, &tls_inbound};
    for (size_t t = 0; t < COUNT_OF(table); t++) {
        for (size_t i = 0; i < TLS_STEPS; i++) {
            const struct tls_row *row = &table[t]->row[i];
            assert_int_equal(row->number, i + 1);
            assert_true(row->name[0] == (char)('1' + i));
            assert_true(row->source != NULL && row->source[0] != '\0');
            assert_true(tls_question(row)[0] != '\0');
            assert_int_equal(row->remedy == NULL, row->fails == TLS_FAIL_NEVER);
            if (row->fails == TLS_FAIL_NEVER)
                assert_int_equal(row->event, TLS_NO_EVENT);
            if (table[t] != &tls_inbound)
                assert_int_equal(row->known, TLS_KNOWN_DOCUMENTED);
        }
        assert_int_equal(table[t]->row[2].event, TLS_EVENT_12012);
        assert_int_equal(table[t]->row[3].event, TLS_EVENT_12013);
        assert_int_equal(table[t]->row[4].event, TLS_EVENT_12015);
        assert_int_equal(table[t]->row[8].event, TLS_EVENT_1037);
    }
    for (size_t i = 0; i < TLS_STEPS; i++)
        assert_int_equal(tls_inbound.row[i].known, i < 3   ? TLS_KNOWN_DOCUMENTED
                                                   : i < 5 ? TLS_KNOWN_LATER
                                                           : TLS_KNOWN_PRESUMED);
    assert_int_equal(tls_event_id(TLS_EVENT_12015), 12015);
    assert_int_equal(tls_event_id(TLS_EVENT_1037), 1037);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_nine_steps_pass),
        cmocka_unit_test(step_2_on_a_hub),
        cmocka_unit_test(hub_to_hub_is_read_two_ways),
        cmocka_unit_test(step_2_on_an_edge),
        cmocka_unit_test(step_2_inbound),
        cmocka_unit_test(event_12012_at_start_up_only),
        cmocka_unit_test(event_12013_thumbprint_not_in_store),
        cmocka_unit_test(event_12015_expired_goes_on),
        cmocka_unit_test(names_of_a_host),
        cmocka_unit_test(cluster_name_decides_who_is_eligible),
        cmocka_unit_test(eligible_needs_all_four),
        cmocka_unit_test(nobody_eligible_is_named),
        cmocka_unit_test(order_of_step_8),
        cmocka_unit_test(no_lists_leave_the_self_signed),
        cmocka_unit_test(equal_ages_are_named),
        cmocka_unit_test(event_1037_is_no_failure),
        cmocka_unit_test(dates_before_1970_and_after_2106),
        cmocka_unit_test(tables_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
