#include "tls/steps.h"

#define OUTBOUND "TechNet bb430773 (2007-04-25)"
#define INBOUND  "TechNet bb430790"
#define LATER    "Exchange 2016 and 2019, inbound topic (2025-05)"

#define FIX_ATTRIBUTE                                                                              \
    "make an internal transport certificate: New-ExchangeCertificate, answer yes when it asks to " \
    "replace the default SMTP certificate; check that the server can reach and read the directory"
#define FIX_STORE                                                                                  \
    "restore the certificate with its private key into the local machine store, or name another "  \
    "one: Enable-ExchangeCertificate -Services SMTP"
#define FIX_EXPIRED                                                                                \
    "renew it: New-ExchangeCertificate, then restart the transport service (TLS goes on with the " \
    "expired one meanwhile)"
#define FIX_ELIGIBLE                                                                               \
    "give one certificate a private key, a name of the list and SMTP: "                            \
    "Enable-ExchangeCertificate -Services SMTP"
#define FIX_BEST                                                                                   \
    "install the chain of one eligible certificate up to a trusted root, or make a self-signed "   \
    "one: New-ExchangeCertificate"
#define FIX_NEWEST                                                                                 \
    "if the newer certificate is the one to use, name it: Enable-ExchangeCertificate -Services "   \
    "SMTP, and answer yes; else nothing is to be done"

/* Steps 3 to 9 are the same for Hub and Edge. The document: what passes goes on with the next
 * step. */
#define STEPS_3_TO_9(known_4_5, source_4_5, known_6_9, source_6_9, source_3)                       \
    {3,                                                                                            \
     "3",                                                                                          \
     TLS_TEST_DIRECTORY,                                                                           \
     TLS_FAIL_SILENT,                                                                              \
     TLS_EVENT_12012,                                                                              \
     true,                                                                                         \
     TLS_WORK_DIRECTORY,                                                                           \
     TLS_KNOWN_DOCUMENTED,                                                                         \
     source_3 ", step 3",                                                                          \
     NULL,                                                                                         \
     FIX_ATTRIBUTE},                                                                               \
        {4,                                                                                        \
         "4",                                                                                      \
         TLS_TEST_IN_STORE,                                                                        \
         TLS_FAIL_SILENT,                                                                          \
         TLS_EVENT_12013,                                                                          \
         false,                                                                                    \
         TLS_WORK_STORE,                                                                           \
         known_4_5,                                                                                \
         source_4_5 ", step 4",                                                                    \
         NULL,                                                                                     \
         FIX_STORE},                                                                               \
        {5,                                                                                        \
         "5",                                                                                      \
         TLS_TEST_NOT_EXPIRED,                                                                     \
         TLS_FAIL_GO_ON,                                                                           \
         TLS_EVENT_12015,                                                                          \
         false,                                                                                    \
         TLS_WORK_NONE,                                                                            \
         known_4_5,                                                                                \
         source_4_5 ", step 5",                                                                    \
         NULL,                                                                                     \
         FIX_EXPIRED},                                                                             \
        {6,     "6",           TLS_TEST_DOMAINS, TLS_FAIL_NEVER,        TLS_NO_EVENT,              \
         false, TLS_WORK_NONE, known_6_9,        source_6_9 ", step 6", NULL,                      \
         NULL},                                                                                    \
        {7,                                                                                        \
         "7",                                                                                      \
         TLS_TEST_ELIGIBLE,                                                                        \
         TLS_FAIL_UNSAID,                                                                          \
         TLS_NO_EVENT,                                                                             \
         false,                                                                                    \
         TLS_WORK_STORE,                                                                           \
         known_6_9,                                                                                \
         source_6_9 ", step 7",                                                                    \
         NULL,                                                                                     \
         FIX_ELIGIBLE},                                                                            \
        {8,                                                                                        \
         "8",                                                                                      \
         TLS_TEST_BEST,                                                                            \
         TLS_FAIL_UNSAID,                                                                          \
         TLS_NO_EVENT,                                                                             \
         false,                                                                                    \
         TLS_WORK_CHAINS,                                                                          \
         known_6_9,                                                                                \
         source_6_9 ", step 8",                                                                    \
         NULL,                                                                                     \
         FIX_BEST},                                                                                \
    {                                                                                              \
        9, "9", TLS_TEST_NEWEST, TLS_FAIL_KEEP, TLS_EVENT_1037, false, TLS_WORK_NONE, known_6_9,   \
            source_6_9 ", step 9", NULL, FIX_NEWEST                                                \
    }

#define WHO_STARTS                                                                                 \
    "the document says that the receiving server starts the process, in a topic about the "        \
    "sending one"

static const struct tls_row hub_rows[TLS_STEPS] = {
    {1, "1", TLS_TEST_OPENED, TLS_FAIL_NEVER, TLS_NO_EVENT, false, TLS_WORK_NONE,
     TLS_KNOWN_DOCUMENTED, OUTBOUND ", step 1", WHO_STARTS, NULL},
    {2, "2H", TLS_TEST_HUB_SEND, TLS_FAIL_NO_TLS, TLS_NO_EVENT, false, TLS_WORK_NONE,
     TLS_KNOWN_DOCUMENTED, OUTBOUND ", step 2, Hub",
     "the introduction speaks of sessions between Hub servers, this step of deliveries to an Edge "
     "server only (hub_to_hub: literal | introduction)",
     "Set-SendConnector -SmartHostAuthMechanism ExchangeServer; a message to an Edge server has "
     "that DeliveryType by itself"},
    STEPS_3_TO_9(TLS_KNOWN_DOCUMENTED, OUTBOUND, TLS_KNOWN_DOCUMENTED, OUTBOUND, OUTBOUND),
};
const struct tls_table tls_outbound_hub = {"outbound, Hub Transport", hub_rows};

static const struct tls_row edge_rows[TLS_STEPS] = {
    {1, "1", TLS_TEST_OPENED, TLS_FAIL_NEVER, TLS_NO_EVENT, false, TLS_WORK_NONE,
     TLS_KNOWN_DOCUMENTED, OUTBOUND ", step 1", WHO_STARTS, NULL},
    {2, "2E", TLS_TEST_EDGE_SEND, TLS_FAIL_NO_TLS, TLS_NO_EVENT, false, TLS_WORK_NONE,
     TLS_KNOWN_DOCUMENTED, OUTBOUND ", step 2, Edge",
     "the sentence on failure joins both negatives by \"and\", that on success demands both: "
     "either one missing is a failure here",
     "Set-SendConnector -SmartHostAuthMechanism ExchangeServer -AddressSpaces --; EdgeSync sets "
     "both"},
    STEPS_3_TO_9(TLS_KNOWN_DOCUMENTED, OUTBOUND, TLS_KNOWN_DOCUMENTED, OUTBOUND, OUTBOUND),
};
const struct tls_table tls_outbound_edge = {"outbound, Edge Transport", edge_rows};

/* The inbound topic's English text is known up to step 3; steps 4 and 5 are in that of later
 * versions; the rest is presumed to be the outbound one's. */
static const struct tls_row inbound_rows[TLS_STEPS] = {
    {1, "1", TLS_TEST_OPENED, TLS_FAIL_NEVER, TLS_NO_EVENT, false, TLS_WORK_NONE,
     TLS_KNOWN_DOCUMENTED, INBOUND ", step 1", NULL, NULL},
    {2, "2", TLS_TEST_RECEIVE, TLS_FAIL_SILENT, TLS_NO_EVENT, false, TLS_WORK_NONE,
     TLS_KNOWN_DOCUMENTED, INBOUND ", step 2", NULL,
     "Set-ReceiveConnector -AuthMechanism ExchangeServer"},
    STEPS_3_TO_9(TLS_KNOWN_LATER, LATER, TLS_KNOWN_PRESUMED, OUTBOUND, INBOUND),
};
const struct tls_table tls_inbound = {"inbound", inbound_rows};

const struct tls_table *tls_table_of(enum tls_direction direction, enum tls_role role)
{
    if (direction == TLS_INBOUND)
        return &tls_inbound;
    return role == TLS_ROLE_hub ? &tls_outbound_hub : &tls_outbound_edge;
}

const char *tls_question(const struct tls_row *row)
{
    static const char *const questions[] = {
#define X(name, question) question,
        TLS_TESTS(X)
#undef X
    };
    return questions[row->test];
}

const char *tls_fail_words(const struct tls_row *row)
{
    static const char *const words[] = {
#define X(name, text) text,
        TLS_FAILS(X)
#undef X
    };
    return words[row->fails];
}

const char *tls_known_words(const struct tls_row *row)
{
    static const char *const words[] = {
#define X(name, text) text,
        TLS_KNOWNS(X)
#undef X
    };
    return words[row->known];
}

unsigned tls_event_id(enum tls_event event)
{
    static const unsigned ids[] = {0,
#define X(id, words) id,
                                   TLS_EVENTS(X)
#undef X
    };
    return ids[event];
}

const char *tls_event_words(enum tls_event event)
{
    static const char *const words[] = {"",
#define X(id, text) text,
                                        TLS_EVENTS(X)
#undef X
    };
    return words[event];
}
