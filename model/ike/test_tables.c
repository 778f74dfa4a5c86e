/* The tables are sound, and the checker that says so notices planted mistakes. */
#include "../testkit.h"

#include <string.h>

#include "engine/check.h"
#include "ike/peer.h"
#include "ike/tables.h"

static char why[256];

static void our_tables_are_sound(void **state)
{
    (void)state;
    if (!ike_tables_check(&ike_mm_initiator, &ike_mm_responder, why, sizeof why))
        fail_msg("%s", why);
    if (!ike_tables_check(&ike_qm_initiator, &ike_qm_responder, why, sizeof why))
        fail_msg("%s", why);
    if (!ike_tables_check(&ike_delete_qm_initiator, &ike_delete_qm_responder, why, sizeof why))
        fail_msg("%s", why);
    if (!ike_tables_check(&ike_delete_mm_initiator, &ike_delete_mm_responder, why, sizeof why))
        fail_msg("%s", why);
    if (!ike_tables_check(&ike2_initiator, &ike2_responder, why, sizeof why))
        fail_msg("%s", why);
}

/* A copy of Quick Mode's tables to spoil. */
struct pair {
    struct ike_row row_i[8], row_r[8];
    struct ike_table i, r;
};

static struct pair *spoil(void)
{
    static struct pair p;
    p.i = ike_qm_initiator;
    p.r = ike_qm_responder;
    memcpy(p.row_i, p.i.row, p.i.rows * sizeof *p.i.row);
    memcpy(p.row_r, p.r.row, p.r.rows * sizeof *p.r.row);
    p.i.row = p.row_i;
    p.r.row = p.row_r;
    return &p;
}

static void refused(const struct pair *p, const char *words)
{
    if (ike_tables_check(&p->i, &p->r, why, sizeof why))
        fail_msg("not noticed: %s", words);
    if (strstr(why, words) == NULL)
        fail_msg("says '%s', want '%s'", why, words);
}

static void planted_mistakes_are_noticed(void **state)
{
    (void)state;
    struct pair *p = spoil();
    assert_true(ike_tables_check(&p->i, &p->r, why, sizeof why));
    p->row_i[2].send = IKE_QM1; /* nobody sends QM3 on the commit path, QM1 is sent twice */
    p->row_i[1].send = IKE_QM1;
    refused(p, "hears what its partner never sends");
    p = spoil();
    p->row_r[0].on = IKE_QM3;
    p->row_r[1].on = IKE_QM2;
    refused(p, "sends what its partner never hears");
    p = spoil();
    p->row_i[0].send = IKE_MM1;
    refused(p, "sends a message of another exchange");
    p = spoil();
    p->i.rows = 5; /* the last row: SENT_QM3 hears 'give up' */
    refused(p, "repeats for ever");
    p = spoil();
    p->row_i[0].repeat = 0;
    refused(p, "may wait for ever");
    p = spoil();
    p->row_r[0].repeat = 1;
    refused(p, "repeats");
    p = spoil();
    p->r.waits[1] = NULL;
    refused(p, "may wait for ever without saying why");
    p = spoil();
    p->row_i[3].source = "";
    refused(p, "has no source");
    p = spoil();
    p->row_i[1].when = IKE_WHEN_ALWAYS;
    refused(p, "answer the same input");
    p = spoil();
    p->i.states = 6;
    refused(p, "cannot be reached");
    p = spoil();
    p->row_i[0].to = 9;
    refused(p, "names a state that does not exist");
    p = spoil();
    p->row_r[1].to = 0;
    refused(p, "is final but has rows");
}

/* Notation and identity of messages. */
static void tags_hold_a_whole_message(void **state)
{
    (void)state;
    struct ike_message m = {.type = IKE_QM2,
                            .class_index = 5,
                            .option = 1,
                            .nlbs = 0,
                            .cookie = 77,
                            .id = 1234,
                            .copy = 6};
    struct ike_message back = ike_message_of_tag(ike_tag(&m));
    assert_memory_equal(&m, &back, sizeof m);
    struct datagram d = ike_datagram(&m, IKE_AUTH_certificate);
    back = ike_message_of(&d);
    assert_memory_equal(&m, &back, sizeof m);
}

/* Who authenticates with a shared key sends neither certificate nor signature (RFC 2409 5.4), who
 * does with Kerberos sends a ticket; only where the table says so. */
static void sizes_go_by_how_one_authenticates(void **state)
{
    (void)state;
    for (uint8_t type = 1; type < IKE_MESSAGE_COUNT; type++) {
        uint32_t certificate = ike_message_bytes(type, IKE_AUTH_certificate),
                 psk = ike_message_bytes(type, IKE_AUTH_psk),
                 kerberos = ike_message_bytes(type, IKE_AUTH_kerberos);
        const struct ike_message_facts *facts = &ike_message_facts[type];
        bool signs = strstr(facts->signatures, "SIG") != NULL;
        if (signs != (certificate != psk) || (signs && psk != 56 + 12 + 24))
            fail_msg("%s: %u bytes with a certificate, %u with a shared key", facts->name,
                     certificate, psk);
        bool ticket = type == IKE_MM3 || type == IKE_MM4;
        assert_int_equal(kerberos > psk, ticket);
    }
    assert_int_equal(ike_message_bytes(IKE2_SA_INIT, IKE_AUTH_psk),
                     ike_message_bytes(IKE2_SA_INIT, IKE_AUTH_certificate));
    assert_int_equal(ike_message_bytes(IKE2_AUTH, IKE_AUTH_certificate) -
                         ike_message_bytes(IKE2_AUTH, IKE_AUTH_psk),
                     1029 + 264 - 40);
}

static void every_message_has_its_own_identity(void **state)
{
    (void)state;
    uint32_t seen[4096];
    size_t n = 0;
    for (uint8_t type = 1; type < IKE_MESSAGE_COUNT; type++)
        for (uint32_t number = 0; number < 4; number++)
            for (uint32_t copy = 0; copy < 4; copy++)
                for (uint8_t c = 0; c < 8; c++) {
                    if (ike_message_facts[type].exchange == IKE_MM && c > 0)
                        continue;
                    struct ike_message m = {.type = type,
                                            .class_index = c,
                                            .cookie = number,
                                            .id = number,
                                            .copy = copy};
                    seen[n++] = ike_datagram(&m, IKE_AUTH_certificate).luck;
                }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            assert_int_not_equal(seen[i], seen[j]);
}

/* The front end cannot tell UP from STALE: what it does is the same in both. */
static void stale_is_up_to_the_front_end(void **state)
{
    (void)state;
    for (uint8_t on = 0; on < PEER_INPUT_COUNT; on++)
        for (int bits = 0; bits < 8; bits++) {
            bool mm = bits & 1, busy = bits >> 1 & 1, held = bits >> 2 & 1;
            const struct peer_row *up = peer_row_find(PEER_UP, on, mm, busy, held);
            const struct peer_row *stale = peer_row_find(PEER_STALE, on, mm, busy, held);
            if (on == PEER_ON_PEER_LOST)
                continue; /* the truth, which it does not see */
            assert_int_equal(up == NULL, stale == NULL);
            if (up == NULL)
                continue;
            assert_int_equal(up->action, stale->action);
            bool same = up->to == stale->to || (up->to == PEER_UP && stale->to == PEER_STALE);
            assert_true(same);
        }
}

/* The KB's minute as rows: idle timer -> quick mode under the old main-mode SA -> given up -> main
 * mode. */
static void the_kb_minute_is_a_path_of_rows(void **state)
{
    (void)state;
    const struct peer_row *row = peer_row_find(PEER_STALE, PEER_ON_QM_GONE, true, false, false);
    assert_int_equal(row->to, PEER_QM_RETRY);
    row = peer_row_find(row->to, PEER_ON_PACKET, true, false, false);
    assert_int_equal(row->action, PEER_DO_START_QM);
    row = peer_row_find(row->to, PEER_ON_QM_FAILED, true, false, true);
    assert_int_equal(row->action, PEER_DO_DROP_MM);
    assert_int_equal(row->to, PEER_MM_NEW);
    row = peer_row_find(row->to, PEER_ON_PACKET, false, false, false);
    assert_int_equal(row->action, PEER_DO_START_MM);
}

static void the_relation_is_sound(void **state)
{
    (void)state;
    if (!peer_rows_check(peer_rows, peer_row_count, why, sizeof why))
        fail_msg("%s", why);
}

/* A copy of the relation's table to spoil. */
static struct peer_row spoilt[64];

static struct peer_row *spoil_relation(uint8_t from, uint8_t on)
{
    assert_true(peer_row_count < COUNT_OF(spoilt));
    memcpy(spoilt, peer_rows, peer_row_count * sizeof *peer_rows);
    for (size_t i = 0; i < peer_row_count; i++)
        if (spoilt[i].from == from && spoilt[i].on == on)
            return &spoilt[i];
    fail_msg("no such row");
    return NULL;
}

static void refused_relation(const char *words)
{
    if (peer_rows_check(spoilt, peer_row_count, why, sizeof why))
        fail_msg("not noticed: %s", words);
    if (strstr(why, words) == NULL)
        fail_msg("says '%s', want '%s'", why, words);
}

static void mistakes_planted_in_the_relation_are_noticed(void **state)
{
    (void)state;
    spoil_relation(PEER_MM_NEW, PEER_ON_SILENT)->source = "";
    refused_relation("has no source");
    spoil_relation(PEER_MM_NEW, PEER_ON_SILENT)->action = PEER_DO_NOTHING;
    refused_relation("enters SOFT without a soft SA");
    spoil_relation(PEER_MM_NEW, PEER_ON_SILENT)->to = PEER_MM_NEW;
    refused_relation("makes one and goes elsewhere");
    spoil_relation(PEER_MM_NEW, PEER_ON_SILENT)->when = PEER_ALWAYS;
    refused_relation("MM_NEW on SILENT is answered by two rows");
    spoil_relation(PEER_SOFT, PEER_ON_SOFT_GONE)->on = PEER_ON_PACKET;
    refused_relation("SOFT on PACKET is heard in some cases and forgotten in others");
    spoil_relation(PEER_SOFT, PEER_ON_SOFT_GONE)->to = PEER_STATE_COUNT;
    refused_relation("names a state that does not exist");
    spoil_relation(PEER_QM_RETRY, PEER_ON_QM_FAILED)->to = PEER_UP;
    refused_relation("is UP without quick mode");
    struct peer_row *gone = spoil_relation(PEER_SOFT, PEER_ON_SOFT_GONE);
    gone[0].to = gone[1].to = PEER_SOFT;
    refused_relation("state SOFT cannot be left");
    spoil_relation(PEER_UP, PEER_ON_PEER_LOST)->to = PEER_UP;
    refused_relation("state STALE cannot be reached");
}

/* Falling back as rows: no answer -> soft SA -> its end -> main mode again. */
static void falling_back_is_a_path_of_rows(void **state)
{
    (void)state;
    const struct peer_row *row = peer_row_find(PEER_MM_NEW, PEER_ON_SILENT, false, true, true);
    assert_int_equal(row->action, PEER_DO_SOFT);
    assert_int_equal(row->to, PEER_SOFT);
    assert_null(peer_row_find(PEER_SOFT, PEER_ON_PACKET, false, false, false));
    assert_null(peer_row_find(PEER_SOFT, PEER_ON_MM_UP, true, false, false));
    row = peer_row_find(row->to, PEER_ON_SOFT_GONE, false, false, false);
    assert_int_equal(row->to, PEER_MM_NEW);
    row = peer_row_find(PEER_MM_NEW, PEER_ON_SILENT, false, true, false);
    assert_int_equal(row->action, PEER_DO_NOTHING);
}

static void waits_follow_the_schedule(void **state)
{
    (void)state;
    struct ike_schedule s = {.first_ns = NS_PER_S, .base = 2.0};
    static const int64_t doubling[] = {1, 2, 4, 8, 16, 32};
    for (uint32_t k = 0; k < 6; k++)
        assert_int_equal(ike_wait_ns(&s, k), doubling[k] * NS_PER_S);
    s.cap_ns = 16 * NS_PER_S;
    static const int64_t capped[] = {1, 2, 4, 8, 16, 16, 16};
    for (uint32_t k = 0; k < 7; k++)
        assert_int_equal(ike_wait_ns(&s, k), capped[k] * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_tables_are_sound),
        cmocka_unit_test(planted_mistakes_are_noticed),
        cmocka_unit_test(tags_hold_a_whole_message),
        cmocka_unit_test(sizes_go_by_how_one_authenticates),
        cmocka_unit_test(every_message_has_its_own_identity),
        cmocka_unit_test(stale_is_up_to_the_front_end),
        cmocka_unit_test(the_kb_minute_is_a_path_of_rows),
        cmocka_unit_test(the_relation_is_sound),
        cmocka_unit_test(mistakes_planted_in_the_relation_are_noticed),
        cmocka_unit_test(falling_back_is_a_path_of_rows),
        cmocka_unit_test(waits_follow_the_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
