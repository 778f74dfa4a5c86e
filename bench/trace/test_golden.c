/* Golden traces: one for each chapter of the story, constant delays, to be read as prose. A change
 * of behaviour shows as a difference of text. `IKEBENCH_GOLDEN=write` writes them anew: read the
 * difference before committing it. And: every row of every state table fires somewhere. */
#include "../../model/testkit.h"

#include <stdio.h>

#include "engine/check.h"
#include "ike/peer.h"
#include "ike/tables.h"
#include "moment/moment.h"
#include "world/world.h"

#include "trace.h"

#define FOLDER "bench/trace/golden/"

/* Which trial shows it: the first with seed 1 in which this and nothing else goes wrong. */
static const struct {
    const char *name, *purpose;
    uint64_t trial;
} chapters[] = {
    {"move", "A planned move: both DELETEs arrive, main mode gets through once B has the address.",
     0},
    {"crash", "A crash: 300 s of idle timer, 63 s of quick mode under a stale main-mode SA.", 0},
    {"crash-nlbsflags", "The same crash with NLBSFlags=1: 60 s of idle timer.", 0},
    {"lost-delete-mm", "The DELETE of the main-mode SA is lost: 63 s of quick mode in vain.", 7},
    {"lost-delete-qm",
     "The DELETE of the quick-mode SA is lost: idle timer, then main mode at once.", 45},
    {"lost-delete-both", "Both DELETEs are lost: to the front end the move is a crash.", 30},
    {"reliable-delete", "The first DELETEs are lost, their repetitions are acknowledged in time.",
     279},
    {"lost-qm3-commit", "QM3 is lost with the commit bit set: repeated until QM4 comes.", 39},
    {"two-classes", "One main-mode SA, a quick mode for each protected class; HTTP needs neither.",
     0},
    {"fall-back",
     "No answer within 3 s: a soft SA, requests in clear that B drops, and 60 s more of outage.",
     0},
    {"fall-back-quick-mode",
     "Quick mode in vain falls back too: after 3 s, and then for 60 s in clear, in vain as well.",
     0},
    {"kerberos", "Main mode needs a ticket of the new node: the domain controller is asked first.",
     0},
    {"kerberos-circular", "Tickets that need IPsec to the domain controller: nothing comes up.", 0},
    {"lost-qm3-no-commit", "QM3 is lost without commit bit: a black hole until the idle timer.",
     39},
    {"hang", "A hang: the node that runs again, and has lost its address, tells the front end so.",
     0},
    {"hang-checks", "A hang with heartbeats: only checks of its service find it, in minutes.", 0},
    {"restart", "A host that restarts in 100 s: to its client it is dead for six minutes.", 0},
    {"link", "The path breaks for 100 s: no SA is lost, no IKE message sent.", 0},
    {"double", "Both nodes die, the first one boots alone.", 0},
    {"failback", "A planned move, and a second one back.", 0},
    {"nlb-crash", "A host of NLB dies: the idle time is 60 s without any flag.", 0},
    {"tls", "An SMTP session: both selections, event 1037, X-ANONYMOUSTLS, one message.", 0},
    {"tls-crash", "The receiving node crashes: TCP gives up after 21 s, the queue waits a minute.",
     0},
    {"storm", "Three clients key anew: one half-open negotiation, and the next ones need a cookie.",
     1},
};

static struct plan *load(const char *name)
{
    char path[256];
    struct plan *plan;
    struct error error;
    snprintf(path, sizeof path, FOLDER "%s.yaml", name);
    if (!plan_load(&plan, path, NULL, 0, &error))
        fail_msg("%s", error.text);
    return plan;
}

/* The trace with its two lines of purpose and command; to be freed. */
static char *told(const char *name, const char *purpose, uint64_t trial)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct plan *plan = load(name);
    struct luck luck = {.seed = 1, .trial = trial};
    fprintf(out, "%s\nbench/ikebench trace " FOLDER "%s.yaml --trial %lu\n\n", purpose, name,
            (unsigned long)trial);
    trace_trial(out, plan, &luck, false);
    plan_free(plan);
    fclose(out);
    return text;
}

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    if (file != NULL) {
        text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
        fclose(file);
    }
    return text;
}

static void traces_are_as_they_were(void **state)
{
    (void)state;
    const char *mode = getenv("IKEBENCH_GOLDEN");
    for (size_t i = 0; i < COUNT_OF(chapters); i++) {
        char path[256];
        snprintf(path, sizeof path, FOLDER "%s.txt", chapters[i].name);
        char *now = told(chapters[i].name, chapters[i].purpose, chapters[i].trial);
        if (mode != NULL && strcmp(mode, "write") == 0) {
            FILE *file = fopen(path, "w");
            assert_non_null(file);
            fputs(now, file);
            fclose(file);
        }
        char *golden = file_text(path);
        size_t line = 1, k = 0;
        for (; now[k] != '\0' && now[k] == golden[k]; k++)
            line += now[k] == '\n';
        if (now[k] != golden[k])
            fail_msg("%s:%zu differs from what the program tells now", path, line);
        free(golden);
        free(now);
    }
}

/* ---- every row fires ---- */

struct fired {
    const void *row[128];
    size_t n;
};

static void note(struct fired *fired, const void *row)
{
    for (size_t i = 0; i < fired->n; i++)
        if (fired->row[i] == row)
            return;
    assert_true(fired->n < COUNT_OF(fired->row));
    fired->row[fired->n++] = row;
}

static void hear(void *context, const struct moment *m)
{
    if (m->id == MOMENT_ike_row)
        note(context, (const void *)(intptr_t)m->b);
    else
        note(context, &peer_rows[m->b]);
}

static bool has_fired(const struct fired *fired, const void *row)
{
    for (size_t i = 0; i < fired->n; i++)
        if (fired->row[i] == row)
            return true;
    return false;
}

/* `window_ns` (if above 0) is longer than any scenario may say: only then is a DELETE ever given
 * up. */
static void run_rough(struct world *world, const char *name, const char *const *sets, size_t n_sets,
                      uint64_t trials, int64_t window_ns)
{
    char path[256];
    struct plan *plan;
    struct error error;
    snprintf(path, sizeof path, FOLDER "%s.yaml", name);
    if (!plan_load(&plan, path, sets, n_sets, &error))
        fail_msg("%s", error.text);
    for (uint64_t trial = 0; trial < trials; trial++) {
        struct luck luck = {.seed = 2, .trial = trial};
        struct params params;
        struct row row;
        double drawn[1];
        plan_trial(plan, &luck, &params, drawn);
        if (window_ns > 0)
            params.cluster.delete_window_ns = window_ns;
        world_run(world, &params, &luck, &row);
    }
    plan_free(plan);
}

static void all_fired(const struct fired *fired, const struct ike_table *table)
{
    for (size_t i = 0; i < table->rows; i++)
        if (!has_fired(fired, &table->row[i]))
            fail_msg("%s: row %zu (%s) never fires", table->name, i, table->row[i].source);
}

static void every_row_fires(void **state)
{
    (void)state;
    static const char *const loss[] = {"link.up.loss=40%", "link.down.loss=40%"};
    static const char *const short_lives[] = {"stack.windows.mm_lifetime=200s",
                                              "stack.windows.qm_lifetime=250s", "link.up.loss=40%",
                                              "link.down.loss=40%", "class.pop3.rate=2/s"};
    static const char *const lossy[] = {"link.up.loss=95%", "link.down.loss=50%"};
    static const char *const soft[] = {
        "stack.windows.fallback=on", "stack.windows.soft_lifetime=20s", "cluster.vip_gap=5s",
        "class.pop3.rate=1/s",       "class.imap.rate=0.05/s",          "trial.horizon=200s"};
    static const char *const storm[] = {"link.up.loss=60%", "link.down.loss=50%",
                                        "storm.clients=20"};
    static const char *const nothing_held[] = {"stack.windows.hold=0", "class.pop3.rate=2/s"};
    static struct fired fired;
    struct world *world = world_new();
    sim_listen(world_sim(world), MOMENT_BIT(ike_row) | MOMENT_BIT(relation), hear, &fired);
    for (size_t i = 0; i < COUNT_OF(chapters); i++) {
        if (strcmp(chapters[i].name, "storm") == 0)
            continue; /* its rows are IKEv2's */
        run_rough(world, chapters[i].name, NULL, 0, 20, 0);
        run_rough(world, chapters[i].name, loss, COUNT_OF(loss), 300, 0);
        run_rough(world, chapters[i].name, short_lives, COUNT_OF(short_lives), 100, 0);
    }
    run_rough(world, "two-classes", soft, COUNT_OF(soft), 100, 0);
    run_rough(world, "move", nothing_held, COUNT_OF(nothing_held), 20, 0);
    run_rough(world, "reliable-delete", lossy, COUNT_OF(lossy), 50, 100 * NS_PER_S);
    run_rough(world, "storm", storm, COUNT_OF(storm), 200, 0);
    world_free(world);
    for (size_t t = 0; t < IKE_TABLE_COUNT; t++)
        all_fired(&fired, ike_tables[t]);
    all_fired(&fired, &ike2_initiator);
    all_fired(&fired, &ike2_responder);
    for (size_t i = 0; i < peer_row_count; i++)
        if (!has_fired(&fired, &peer_rows[i]))
            fail_msg("relation: row %zu (%s) never fires", i, peer_rows[i].source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_are_as_they_were),
        cmocka_unit_test(every_row_fires),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
