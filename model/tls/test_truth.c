/* All small combinations of the procedure's inputs against its rules written a second time, as
 * plain truth tables; then what must hold in random stores. */
#include "../testkit.h"

#include "engine/check.h"
#include "teststore.h"

enum { ANY = -1, OUT, IN = 1, HUB = 0, EDGE, NO = 0, YES };
enum { TO_EDGE, TO_HUB, ELSEWHERE };
enum { LITERAL, INTRODUCTION };
enum { NONE, SILENT, TLS };

/* Steps 2 to 5. The first row that fits decides; those that end in TLS go on in the next table. */
static const struct truth {
    int direction, role, exchange_auth, dashes, delivery, reading, receive, attribute, in_store,
        expired;
    int decision;
    int event;
} truth[] = {
    /* way  role  auth dash  delivery   reading       recv attr in    old   */
    {OUT, HUB, NO, ANY, ANY, ANY, ANY, ANY, ANY, ANY, NONE, 0},
    {OUT, HUB, YES, ANY, ELSEWHERE, ANY, ANY, ANY, ANY, ANY, NONE, 0},
    {OUT, HUB, YES, ANY, TO_HUB, LITERAL, ANY, ANY, ANY, ANY, NONE, 0},
    {OUT, EDGE, NO, ANY, ANY, ANY, ANY, ANY, ANY, ANY, NONE, 0},
    {OUT, EDGE, ANY, NO, ANY, ANY, ANY, ANY, ANY, ANY, NONE, 0},
    {IN, ANY, ANY, ANY, ANY, ANY, NO, ANY, ANY, ANY, SILENT, 0},
    {ANY, ANY, ANY, ANY, ANY, ANY, ANY, NO, ANY, ANY, SILENT, 0},
    {ANY, ANY, ANY, ANY, ANY, ANY, ANY, YES, NO, ANY, SILENT, 12013},
    {ANY, ANY, ANY, ANY, ANY, ANY, ANY, YES, YES, YES, TLS, 12015},
    {ANY, ANY, ANY, ANY, ANY, ANY, ANY, YES, YES, NO, TLS, 0},
};

/* Steps 7 to 9: is any certificate eligible; any of these PKI-valid; any self-signed; is the newest
 * PKI-valid one (else the newest self-signed one) the directory's. */
static const struct truth_best {
    int eligible, valid, self_signed, is_named;
    unsigned unsaid;
    int event;
} truth_best[] = {
    {NO, ANY, ANY, ANY, TLS_UNSAID_EMPTY, 0},
    {YES, NO, NO, ANY, TLS_UNSAID_NEITHER, 0},
    {YES, ANY, ANY, YES, 0, 0},
    {YES, ANY, ANY, NO, 0, 1037},
};

static bool fits(int want, int got)
{
    return want == ANY || want == got;
}

static const struct truth *look_up(const struct truth *c)
{
    for (size_t i = 0; i < COUNT_OF(truth); i++) {
        const struct truth *t = &truth[i];
        if (fits(t->direction, c->direction) && fits(t->role, c->role) &&
            fits(t->exchange_auth, c->exchange_auth) && fits(t->dashes, c->dashes) &&
            fits(t->delivery, c->delivery) && fits(t->reading, c->reading) &&
            fits(t->receive, c->receive) && fits(t->attribute, c->attribute) &&
            fits(t->in_store, c->in_store) && fits(t->expired, c->expired))
            return t;
    }
    fail_msg("no row of the truth table fits");
    return NULL;
}

static const struct truth_best *look_up_best(int eligible, int valid, int self_signed, int is_named)
{
    for (size_t i = 0; i < COUNT_OF(truth_best); i++) {
        const struct truth_best *t = &truth_best[i];
        if (fits(t->eligible, eligible) && fits(t->valid, valid) &&
            fits(t->self_signed, self_signed) && fits(t->is_named, is_named))
            return t;
    }
    fail_msg("no row of the second truth table fits");
    return NULL;
}

/* A certificate by its properties, of names that match as listed here and nowhere else. */
struct plain {
    bool eligible, valid, self_signed;
    int64_t age;
    uint8_t number;
};

/* Sorts by age, youngest first, keeping the order of equals; walks it as the document says. */
static int plain_best(const struct plain *cert, int n)
{
    int order[64];
    CHECK(n <= 64);
    for (int i = 0; i < n; i++) {
        int place = i;
        while (place > 0 && cert[order[place - 1]].age > cert[i].age) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = i;
    }
    for (int i = 0; i < n; i++)
        if (cert[order[i]].eligible && cert[order[i]].valid)
            return order[i];
    for (int i = 0; i < n; i++)
        if (cert[order[i]].eligible && cert[order[i]].self_signed)
            return order[i];
    return -1;
}

static unsigned event_bit(int id)
{
    for (unsigned e = 1; e < TLS_EVENT_COUNT; e++)
        if ((int)tls_event_id((enum tls_event)e) == id)
            return 1u << e;
    return 0;
}

/* Compares one outcome with both tables. */
static void judge(const struct tls_input *in, const struct truth *c, const struct plain *cert,
                  int n)
{
    struct tls_outcome out;
    tls_select(in, &out);
    const struct truth *want = look_up(c);
    unsigned events = event_bit(want->event);
    if (want->decision != TLS) {
        enum tls_decision decision = want->decision == NONE ? TLS_no_tls : TLS_not_advertised;
        if (out.decision != decision || out.events != events || out.used != TLS_NO_CERT)
            fail_msg("decision %d events %x, want %d and %x", out.decision, out.events, decision,
                     events);
        return;
    }
    int eligible = 0, valid = 0, self_signed = 0, best = plain_best(cert, n);
    for (int i = 0; i < n; i++) {
        eligible |= cert[i].eligible;
        valid |= cert[i].eligible && cert[i].valid;
        self_signed |= cert[i].eligible && cert[i].self_signed;
    }
    int is_named = best >= 0 && cert[best].number == in->directory[0];
    const struct truth_best *more = look_up_best(eligible, valid, self_signed, is_named);
    const unsigned either = TLS_UNSAID_EMPTY | TLS_UNSAID_NEITHER;
    events |= event_bit(more->event);
    if (out.decision != TLS_anonymous_tls || out.events != events ||
        (out.unsaid & either) != more->unsaid ||
        out.best != (best < 0 ? TLS_NO_CERT : (uint32_t)best))
        fail_msg("decision %d events %x unsaid %x best %u, want events %x unsaid %x best %d",
                 out.decision, out.events, out.unsaid, out.best, events, more->unsaid, best);
    assert_int_equal(in->store.cert[out.used].thumbprint[0], in->directory[0]);
}

/* Who asks, for what, with which attribute: 2 x 2 x 5 x 2 x 7 x 2 x 2 x 3, each with a certificate
 * that is there, is not, or has expired. */
static void every_session(void **state)
{
    (void)state;
    uint64_t cases = 0;
    for (int bits = 0; bits < 32; bits++)
        for (int auth = 0; auth < TLS_AUTH_COUNT; auth++)
            for (int delivery = 0; delivery < TLS_DELIVERY_COUNT; delivery++)
                for (int attribute = 0; attribute < 3; attribute++)
                    for (int store = 0; store < 3; store++, cases++) {
                        struct tls_cert cert = good_cert(store == 1 ? 2 : 1, 10);
                        if (store == 2)
                            cert.valid_to_s = NOW - 1;
                        struct tls_input in = good_input(&cert, 1);
                        in.direction = (enum tls_direction)(bits & 1);
                        in.role = (enum tls_role)(bits >> 1 & 1);
                        in.send_space = (enum tls_space)(bits >> 2 & 1);
                        in.hub_to_hub = (enum tls_hub_to_hub)(bits >> 3 & 1);
                        in.receive_exchange_server = bits >> 4 & 1;
                        in.send_auth = (enum tls_auth)auth;
                        in.delivery = (enum tls_delivery)delivery;
                        in.attribute = (enum tls_attribute)attribute;
                        struct truth c = {.direction = bits & 1,
                                          .role = bits >> 1 & 1,
                                          .dashes = bits >> 2 & 1,
                                          .reading = bits >> 3 & 1,
                                          .receive = bits >> 4 & 1,
                                          .exchange_auth = auth == TLS_AUTH_ExchangeServer,
                                          .delivery = delivery == 0   ? TO_EDGE
                                                      : delivery <= 2 ? TO_HUB
                                                                      : ELSEWHERE,
                                          .attribute = attribute == 0,
                                          .in_store = store != 1,
                                          .expired = store == 2};
                        struct plain plain = {true, store != 2, false, 10, cert.thumbprint[0]};
                        judge(&in, &c, &plain, 1);
                    }
    assert_int_equal(cases, 32 * 5 * 7 * 3 * 3);
}

/* Every certificate of X.509 version, key, name, SMTP, chain, self-signed, expired, age. */
enum { KINDS = 128, AGES = 3 };
static void make(struct tls_cert *cert, struct plain *plain, uint8_t number, int kind, int age)
{
    *cert = good_cert(number, 10 + age);
    cert->version = kind & 1 ? 3 : 1;
    cert->private_key = kind >> 1 & 1;
    if (!(kind >> 2 & 1)) {
        cert->subject = "other.contoso.com";
        cert->san = other_san;
        cert->sans = 1;
    }
    cert->smtp = kind >> 3 & 1;
    cert->chain = kind >> 4 & 1 ? TLS_CHAIN_trusted : TLS_CHAIN_untrusted;
    cert->self_signed = kind >> 5 & 1;
    bool expired = kind >> 6 & 1;
    if (expired)
        cert->valid_to_s = NOW - 1;
    *plain = (struct plain){.eligible = (kind & 15) == 15,
                            .valid = (kind >> 4 & 1) && !expired,
                            .self_signed = kind >> 5 & 1,
                            .age = age,
                            .number = number};
}

/* Stores of two: 128 x 128 x 3 ages, the directory naming either or neither, on all three tables.
 */
static void every_store_of_two(void **state)
{
    (void)state;
    for (int a = 0; a < KINDS; a++)
        for (int b = 0; b < KINDS; b++)
            for (int age = 0; age < AGES; age++)
                for (int named = 0; named < 3; named++)
                    for (int table = 0; table < 3; table++) {
                        struct tls_cert cert[2];
                        struct plain plain[2];
                        make(&cert[0], &plain[0], 1, a, 1);
                        make(&cert[1], &plain[1], 2, b, age);
                        struct tls_input in = good_input(cert, 2);
                        in.directory[0] = (uint8_t)(named + 1);
                        in.direction = table == 2 ? TLS_INBOUND : TLS_OUTBOUND;
                        in.role = table == 1 ? TLS_ROLE_edge : TLS_ROLE_hub;
                        struct truth c = {.direction = in.direction,
                                          .role = (int)in.role,
                                          .exchange_auth = YES,
                                          .dashes = YES,
                                          .delivery = TO_EDGE,
                                          .receive = YES,
                                          .attribute = YES,
                                          .in_store = named < 2,
                                          .expired = named < 2 && cert[named].valid_to_s < NOW};
                        judge(&in, &c, plain, 2);
                    }
}

/* Stores of up to four of: not eligible, or PKI-valid, self-signed, both, neither; in three ages.
 */
static void every_store_of_four(void **state)
{
    (void)state;
    enum { SORTS = 5 * AGES };
    for (int n = 1; n <= 4; n++) {
        int all = 1;
        for (int i = 0; i < n; i++)
            all *= SORTS;
        for (int code = 0; code < all; code++) {
            struct tls_cert cert[4];
            struct plain plain[4];
            for (int i = 0, rest = code; i < n; i++, rest /= SORTS) {
                int sort = rest % SORTS % 5, age = rest % SORTS / 5;
                int kind = sort == 4 ? 7 : 15 | (sort & 3) << 4; /* 4: without SMTP */
                make(&cert[i], &plain[i], (uint8_t)(i + 1), kind, age);
            }
            struct tls_input in = good_input(cert, (uint32_t)n);
            in.directory[0] = (uint8_t)(1 + code % n);
            struct truth c = {.direction = OUT,
                              .role = HUB,
                              .exchange_auth = YES,
                              .dashes = YES,
                              .receive = YES,
                              .attribute = YES,
                              .in_store = YES};
            judge(&in, &c, plain, n);
        }
    }
}

/* ---- random stores ---- */

enum { RANDOM_MOST = 40 };

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64 (Steele et al. 2014) */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool chance(uint64_t *state, unsigned percent)
{
    return next_random(state) % 100 < percent;
}

static void random_store(uint64_t seed, struct tls_cert *cert, struct tls_input *in)
{
    uint64_t random = seed;
    uint32_t n = (uint32_t)(1 + next_random(&random) % RANDOM_MOST);
    for (uint32_t i = 0; i < n; i++) {
        cert[i] = good_cert((uint8_t)(i + 1), (int64_t)(next_random(&random) % 30));
        cert[i].valid_to_s = NOW + (int64_t)(next_random(&random) % 20) * DAY - 5 * DAY;
        cert[i].version = chance(&random, 90) ? 3 : 1;
        cert[i].private_key = chance(&random, 80);
        cert[i].smtp = chance(&random, 80);
        if (chance(&random, 30)) {
            cert[i].subject = "www.contoso.com";
            cert[i].san = other_san;
            cert[i].sans = chance(&random, 50);
        }
        cert[i].chain = (uint8_t)(chance(&random, 50) ? 0 : next_random(&random) % TLS_CHAIN_COUNT);
        cert[i].self_signed = chance(&random, 30);
    }
    *in = good_input(cert, n);
    in->directory[0] = (uint8_t)(1 + next_random(&random) % (n + 2));
}

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("seed %lu: %s", (unsigned long)seed, #condition);                             \
    } while (0)

/* The chosen certificate is eligible, and no eligible one that is newer is PKI-valid. */
static void chosen_is_eligible_and_newest(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= TESTKIT_TRIALS(200000); seed++) {
        struct tls_cert cert[RANDOM_MOST];
        struct tls_input in;
        struct tls_outcome out;
        random_store(seed, cert, &in);
        tls_select(&in, &out);
        if (out.decision != TLS_anonymous_tls) {
            MUST(out.decision == TLS_not_advertised && tls_logged(&out, TLS_EVENT_12013));
            continue;
        }
        MUST(cert[out.used].thumbprint[0] == in.directory[0]);
        uint32_t eligible = 0;
        bool valid = out.best != TLS_NO_CERT && tls_cert_pki_valid(&cert[out.best], NOW);
        for (uint32_t i = 0; i < in.store.count; i++) {
            if (tls_cert_lacks(&cert[i], &out.domains) != 0)
                continue;
            eligible++;
            bool newer =
                out.best != TLS_NO_CERT && cert[i].valid_from_s > cert[out.best].valid_from_s;
            MUST(!(newer && tls_cert_pki_valid(&cert[i], NOW)));
            MUST(valid || !tls_cert_pki_valid(&cert[i], NOW));
            MUST(valid || !cert[i].self_signed || (out.best != TLS_NO_CERT && !newer));
        }
        MUST(eligible == out.eligible);
        MUST((eligible == 0) == !!(out.unsaid & TLS_UNSAID_EMPTY));
        MUST(out.chains <= eligible && (eligible == 0) == (out.chains == 0));
        if (out.best == TLS_NO_CERT) {
            MUST(!tls_logged(&out, TLS_EVENT_1037));
            continue;
        }
        MUST(tls_cert_lacks(&cert[out.best], &out.domains) == 0);
        MUST(valid || cert[out.best].self_signed);
        MUST(tls_logged(&out, TLS_EVENT_1037) == (cert[out.best].thumbprint[0] != in.directory[0]));
    }
}

/* Without a tie the order of the store does not matter, and certificates that are not eligible
 * change nothing. */
static void order_and_the_rest_do_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= TESTKIT_TRIALS(50000); seed++) {
        struct tls_cert cert[RANDOM_MOST], turned[RANDOM_MOST + 1];
        struct tls_input in;
        struct tls_outcome out, again;
        random_store(seed, cert, &in);
        tls_select(&in, &out);
        uint32_t n = in.store.count;
        for (uint32_t i = 0; i < n; i++)
            turned[i] = cert[n - 1 - i];
        turned[n] = good_cert(200, -1);
        turned[n].private_key = false;
        in.store = (struct tls_store){turned, n + 1};
        tls_select(&in, &again);
        MUST(again.decision == out.decision);
        MUST(again.eligible == out.eligible);
        MUST((again.unsaid & TLS_UNSAID_TIE) == (out.unsaid & TLS_UNSAID_TIE));
        if (out.unsaid & TLS_UNSAID_TIE)
            continue;
        MUST(again.unsaid == out.unsaid);
        MUST(again.events == out.events);
        MUST(again.best == (out.best == TLS_NO_CERT ? TLS_NO_CERT : n - 1 - out.best));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_session),
        cmocka_unit_test(every_store_of_two),
        cmocka_unit_test(every_store_of_four),
        cmocka_unit_test(chosen_is_eligible_and_newest),
        cmocka_unit_test(order_and_the_rest_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
