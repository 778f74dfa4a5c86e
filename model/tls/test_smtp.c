/* The dialogue's tables are sound, and the checker that says so notices planted mistakes. */
#include "../testkit.h"

#include <string.h>

#include "engine/check.h"
#include "tls/party.h"

static char why[256];

static void our_tables_are_sound(void **state)
{
    (void)state;
    if (!smtp_tables_check(&smtp_sender, &smtp_receiver, why, sizeof why))
        fail_msg("%s", why);
}

static void refused(const struct smtp_table *sender, const struct smtp_table *receiver,
                    const char *words)
{
    if (smtp_tables_check(sender, receiver, why, sizeof why))
        fail_msg("not noticed: %s", words);
    if (strstr(why, words) == NULL)
        fail_msg("says '%s', want '%s'", why, words);
}

static void planted_mistakes_are_noticed(void **state)
{
    (void)state;
    struct smtp_row row[32];
    struct smtp_table sender = smtp_sender;
    assert_true(sender.rows <= COUNT_OF(row));
#define SPOIL(change, words)                                                                       \
    do {                                                                                           \
        memcpy(row, smtp_sender.row, smtp_sender.rows * sizeof *row);                              \
        sender.row = row;                                                                          \
        change;                                                                                    \
        refused(&sender, &smtp_receiver, words);                                                   \
    } while (0)
    SPOIL(row[0].send = SMTP_BANNER, "sends a line of the other end");
    SPOIL(row[0].on = SMTP_ACCEPTED, "sends what its partner never hears");
    SPOIL(row[0].on = SMTP_AUTH, "hears what its partner never sends");
    SPOIL(row[0].source = "", "has no source");
    SPOIL(row[0].to = 60, "names a state that does not exist");
    SPOIL(row[2].to = row[3].to, "cannot be reached");
    SPOIL(row[7].send = SMTP_CLIENT_HELLO, "hears what its partner never sends");
    sender.rows--;
    SPOIL((void)0, "sends what its partner never hears"); /* nobody hears 250 */
}

/* A line's identity survives the packet and the moment. */
static void tags_read_back(void **state)
{
    (void)state;
    for (uint8_t line = 1; line < SMTP_LINE_COUNT; line++)
        for (int bits = 0; bits < 64; bits++) {
            struct smtp_tag tag = {.line = line,
                                   .ack = bits & 1,
                                   .copy = (uint8_t)(bits >> 1 & 15),
                                   .attempt = (uint8_t)(bits >> 3),
                                   .number = (1u << 23) - 1 - (uint32_t)bits};
            struct datagram d = smtp_datagram(&tag, 7);
            struct smtp_tag a = smtp_tag_of(&d), b = smtp_tag_of_word(smtp_tag_word(&tag));
            assert_int_equal(a.line, tag.line);
            assert_int_equal(a.ack, tag.ack);
            assert_int_equal(a.copy, tag.copy);
            assert_int_equal(a.attempt, tag.attempt);
            assert_int_equal(a.number, tag.number);
            assert_memory_equal(&a, &b, sizeof a);
            assert_int_equal(d.luck >> LUCK_KIND_SHIFT, LUCK_KIND_SMTP);
            assert_int_equal(d.bytes, tag.ack ? 40 : smtp_line_facts[line].bytes);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_tables_are_sound),
        cmocka_unit_test(planted_mistakes_are_noticed),
        cmocka_unit_test(tags_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
