#include "tls.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"
#include "world/row.h"

#include "../out/csv.h"
#include "../out/manifest.h"
#include "../out/stage.h"
#include "../stats/quantile.h"

/* The columns that rules look at. */
#define COLUMNS(X)                                                                                 \
    X(outage_ns)                                                                                   \
    X(secure_ns)                                                                                   \
    X(phase_auth_ns)                                                                               \
    X(tls_sender)                                                                                  \
    X(tls_receiver)                                                                                \
    X(sessions)                                                                                    \
    X(sessions_done)                                                                               \
    X(sessions_clear)                                                                              \
    X(selections_unsaid)                                                                           \
    X(event_12012)                                                                                 \
    X(event_12013)                                                                                 \
    X(event_12015)                                                                                 \
    X(event_1037)
struct seen {
#define X(name) int64_t name;
    COLUMNS(X)
#undef X
};
static const char *const column_names[] = {
#define X(name) #name,
    COLUMNS(X)
#undef X
};

enum { NO_TLS, SILENT, TLS }; /* decisions in a row */

static int64_t events(const struct seen *t)
{
    return t->event_12012 + t->event_12013 + t->event_12015 + t->event_1037;
}

static bool clear(const struct seen *t)
{
    return t->sessions_done > 0 && t->sessions_clear == t->sessions_done && t->secure_ns < 0;
}

static bool secure(const struct seen *t)
{
    return t->sessions_done > 0 && t->sessions_clear == 0 && t->secure_ns >= 0;
}

static bool all_steps_pass(const struct seen *t)
{
    return secure(t) && t->tls_sender == TLS && t->tls_receiver == TLS && events(t) == 0;
}

static bool sender_without_tls(const struct seen *t)
{
    return clear(t) && t->tls_sender == NO_TLS && events(t) == 0;
}

static bool hubs_by_introduction(const struct seen *t)
{
    return secure(t) && t->tls_sender == TLS && t->phase_auth_ns > 0;
}

static bool receiver_silent(const struct seen *t)
{
    return clear(t) && t->tls_receiver == SILENT && events(t) == 0;
}

static bool null_attribute(const struct seen *t)
{
    return clear(t) && t->tls_sender == SILENT;
}

static bool logged_12012_once(const struct seen *t)
{
    return t->event_12012 == 1 && events(t) == 1;
}

static bool missing_thumbprint(const struct seen *t)
{
    return clear(t) && t->tls_receiver == SILENT;
}

static bool logged_12013_each(const struct seen *t)
{
    return t->event_12013 == t->sessions && events(t) == t->sessions;
}

static bool expired_goes_on(const struct seen *t)
{
    return secure(t) && t->tls_sender == TLS;
}

static bool logged_12015_each(const struct seen *t)
{
    return t->event_12015 == t->sessions && t->event_12013 == 0;
}

static bool logged_1037_each(const struct seen *t)
{
    return t->event_1037 == t->sessions && events(t) == t->sessions;
}

static bool left_open(const struct seen *t)
{
    return secure(t) && t->selections_unsaid == t->sessions && events(t) == 0;
}

static bool nobody_pki_valid(const struct seen *t)
{
    return secure(t) && t->outage_ns > INT64_C(15000000000) && t->event_1037 == 0;
}

typedef bool rule_fn(const struct seen *trial);

/* Rules in the order of the document. `open`: it does not say, or contradicts itself; what is
 * simulated is one reading. */
static const struct rule {
    const char *step, *words, *scenario;
    rule_fn *holds;
    const char *source;
    const char *open;
} rules[] = {
    {"1", "a session from a Hub or Edge server loads certificates; all steps pass, TLS",
     "hub-to-edge", all_steps_pass, "bb430773, steps 1 to 9", NULL},
    {"2H", "another DeliveryType: no TLS, no certificate, no event", "hub-to-hub",
     sender_without_tls, "bb430773, step 2", "contradicts the introduction: read by the letter"},
    {"2H", "TLS between Hub servers, then Kerberos", "hub-to-hub-introduction",
     hubs_by_introduction, "bb430773, introduction",
     "contradicts step 2H: read as the introduction"},
    {"2E", "an Edge server with ExchangeServer and -- goes on", "edge-to-hub", all_steps_pass,
     "bb430773, step 2", NULL},
    {"2E", "without -- : no TLS, no certificate, no event", "edge-without-dashes",
     sender_without_tls, "bb430773, step 2",
     "the sentence on failure joins by \"and\": read as or"},
    {"2 in", "AuthMechanism without ExchangeServer: not advertised", "receive-connector",
     receiver_silent, "bb430790, step 2", NULL},
    {"3", "attribute null: nothing loaded, no TLS", "null-attribute", null_attribute,
     "bb430773, step 3", NULL},
    {"3", "event 12012 as the service starts, none in a session", "null-attribute",
     logged_12012_once, "bb430773, step 3", NULL},
    {"4", "thumbprint not in the store: not advertised", "missing-thumbprint", missing_thumbprint,
     "bb430773, step 4", NULL},
    {"4", "event 12013 in each session", "missing-thumbprint", logged_12013_each,
     "bb430773, step 4", NULL},
    {"5", "expired: goes on, TLS with the expired certificate", "expired", expired_goes_on,
     "bb430773, step 5", NULL},
    {"5", "event 12015 in each session", "expired", logged_12015_each, "bb430773, step 5", NULL},
    {"6", "cluster or NLB host: ClusterName in place of the FQDN decides who is newest",
     "cluster-name", logged_1037_each, "bb430773, step 6", "inbound: presumed as outbound"},
    {"7", "nobody eligible", "not-eligible", left_open, "bb430773, step 7",
     "not documented: the directory's certificate stays in use"},
    {"8", "nobody PKI-valid (no list of revoked ones): the first self-signed one", "revocation",
     nobody_pki_valid, "bb430773, step 8", "that a missing list ends PKI validity is inferred"},
    {"9", "a newer certificate than the directory's: event 1037 in each session", "newer",
     logged_1037_each, "bb430773, step 9", NULL},
    {"9", "event 1037 is no failure: TLS with the directory's certificate", "newer", secure,
     "bb430773, step 9", "which one is used is inferred"},
};

struct verdict {
    bool run;
    uint64_t trials, holds;
    double low, high;
    const char *word;
};

static bool read_trials(const char *dir, const char *scenario, struct csv_table *table, bool *run,
                        struct error *error)
{
    char *folder = path_join(dir, scenario);
    char *path = path_join(folder, "trials.csv");
    *run = access(path, F_OK) == 0;
    bool good = !*run || csv_table_read(path, column_names, COUNT_OF(column_names), table, error);
    if (*run && good && !manifest_check_rows(folder, table->rows, error)) {
        csv_table_fini(table);
        good = false;
    }
    free(path);
    free(folder);
    return good;
}

static struct verdict count(const struct csv_table *table, const struct rule *rule)
{
    struct verdict v = {.run = true, .trials = table->rows};
    for (size_t i = 0; i < table->rows; i++) {
        struct seen seen;
        int64_t *value = (int64_t *)&seen;
        for (size_t c = 0; c < COUNT_OF(column_names); c++)
            value[c] = table->column[c].whole[i];
        v.holds += rule->holds(&seen);
    }
    proportion_interval(v.holds, v.trials, 0.95, &v.low, &v.high);
    /* Rules, not statistics: but a trial in which, say, every packet to the directory was lost is
     * no argument against them. */
    bool all = v.holds == v.trials, nearly = v.holds >= 0.99 * (double)v.trials;
    v.word = !nearly              ? "refuted"
             : !all               ? "holds, but for some"
             : rule->open != NULL ? "holds, as read"
                                  : "holds";
    return v;
}

static bool judge(const char *dir, struct verdict verdict[COUNT_OF(rules)], struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct csv_table table;
        bool run;
        verdict[i] = (struct verdict){.word = "not run"};
        if (!read_trials(dir, rules[i].scenario, &table, &run, error))
            return false;
        if (!run)
            continue;
        verdict[i] = count(&table, &rules[i]);
        csv_table_fini(&table);
    }
    return true;
}

static void put_share(struct csv_buffer *buffer, bool run, double share)
{
    char text[32] = "";
    if (run)
        snprintf(text, sizeof text, "%.6g", share);
    csv_put_text(buffer, text);
}

static bool save(const char *dir, const struct verdict verdict[COUNT_OF(rules)],
                 struct error *error)
{
    static const char *const header[] = {"step",    "document", "source", "scenario",
                                         "trials",  "true",     "share",  "ci_low",
                                         "ci_high", "verdict",  "open"};
    struct csv_buffer buffer = {0};
    for (size_t i = 0; i < COUNT_OF(header); i++)
        csv_put_text(&buffer, header[i]);
    csv_end_row(&buffer);
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        const struct verdict *v = &verdict[i];
        csv_put_text(&buffer, rules[i].step);
        csv_put_text(&buffer, rules[i].words);
        csv_put_text(&buffer, rules[i].source);
        csv_put_text(&buffer, rules[i].scenario);
        csv_put_int64(&buffer, (int64_t)v->trials);
        csv_put_int64(&buffer, (int64_t)v->holds);
        put_share(&buffer, v->run, v->run ? (double)v->holds / (double)v->trials : 0.0);
        put_share(&buffer, v->run, v->low);
        put_share(&buffer, v->run, v->high);
        csv_put_text(&buffer, v->word);
        csv_put_text(&buffer, rules[i].open == NULL ? "" : rules[i].open);
        csv_end_row(&buffer);
    }
    bool good = whole_file_write(dir, "claims.csv", buffer.data, buffer.length, error);
    csv_buffer_fini(&buffer);
    return good;
}

static void print(FILE *out, const char *dir, const struct verdict verdict[COUNT_OF(rules)])
{
    fprintf(out, "%s: what TechNet bb430773 and bb430790 say, and trials in which it was so\n\n",
            dir);
    fprintf(out, "%-5s %-76s %-24s %12s  %s\n", "step", "the document", "scenario", "true",
            "verdict");
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        const struct verdict *v = &verdict[i];
        char share[32] = "-";
        if (v->run)
            snprintf(share, sizeof share, "%llu/%llu", (unsigned long long)v->holds,
                     (unsigned long long)v->trials);
        fprintf(out, "%-5s %-76s %-24s %12s  %s\n", rules[i].step, rules[i].words,
                rules[i].scenario, share, v->word);
        if (rules[i].open != NULL)
            fprintf(out, "%-5s   (%s)\n", "", rules[i].open);
    }
    fputs("\nholds: the lower end of the exact 95 % interval of the share is 90 % or more; as "
          "read: the "
          "document leaves it open or contradicts itself.\n",
          out);
}

bool tls_claims_wanted(const char *dir)
{
    char *folder = path_join(dir, "hub-to-edge");
    char *path = path_join(folder, "trials.csv");
    bool wanted = access(path, F_OK) == 0;
    free(path);
    free(folder);
    return wanted;
}

bool tls_claims(const char *dir, FILE *out, struct error *error)
{
    struct verdict verdict[COUNT_OF(rules)];
    if (!judge(dir, verdict, error) || !save(dir, verdict, error))
        return false;
    print(out, dir, verdict);
    fprintf(out, "claims: %s/claims.csv\n", dir);
    return true;
}
