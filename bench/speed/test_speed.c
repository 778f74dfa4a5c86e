#include "../../model/testkit.h"

#include <stdio.h>
#include <unistd.h>

#include "../out/csv.h"
#include "peer.h"
#include "report.h"
#include "retransmission.h"
#include "speed.h"

/* Figures of the trial that every engine it was run on agrees with: 10.59 events and completion
 * after 0.6455 s in the mean. Tolerances are above 6 standard errors of both means (their standard
 * deviations are about 1.8 and 1.1 s). */
static void retransmission_trial_is_the_published_one(void **state)
{
    (void)state;
    enum { TRIALS = 200000 };
    static struct retr retr;
    double events = 0.0, completion_s = 0.0;
    unsigned failed = 0;
    retr_init(&retr, 4711);
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        retr_run(&retr, trial);
        assert_true(retr.failed || retr.next == RETR_MESSAGES);
        events += (double)retr.sim.fired;
        failed += retr.failed;
        completion_s += retr.failed ? 0.0 : (double)retr.sim.now_ns * 1e-9;
    }
    retr_fini(&retr);
    assert_near(events / TRIALS, 10.59, 0.03);
    assert_near(completion_s / (TRIALS - failed), 0.6455, 0.015);
}

static void without_loss_nine_messages_arrive(void **state)
{
    (void)state;
    static struct retr retr;
    retr_init(&retr, 1);
    retr.loss = 0.0;
    retr.delay_ns = law_constant(20e6);
    retr_run(&retr, 0);
    assert_false(retr.failed);
    assert_int_equal(retr.sim.fired, RETR_MESSAGES);
    assert_int_equal(retr.sim.now_ns, RETR_MESSAGES * 20 * NS_PER_MS);
    retr_fini(&retr);
}

/* Sends at 0, 1, 3, 7, 15 and 31 s, then 63 s is the end. */
static void when_all_is_lost_it_gives_up_after_63_s(void **state)
{
    (void)state;
    static struct retr retr;
    retr_init(&retr, 1);
    retr.loss = 1.0;
    for (uint64_t trial = 0; trial < 3; trial++) {
        retr_run(&retr, trial);
        assert_true(retr.failed);
        assert_int_equal(retr.sim.now_ns, 63 * NS_PER_S);
        assert_int_equal(retr.sim.fired, RETR_ATTEMPTS);
        assert_int_equal(retr.sender[0].sends, RETR_ATTEMPTS);
    }
    retr_fini(&retr);
}

/* Answers that take 2.5 s cross repeats: each repeat is answered, only the first copy counts. */
static void late_answers_are_repeated_not_counted_twice(void **state)
{
    (void)state;
    static struct retr retr;
    retr_init(&retr, 1);
    retr.loss = 0.0;
    retr.delay_ns = law_constant(2.5e9);
    retr_run(&retr, 0);
    assert_false(retr.failed);
    assert_int_equal(retr.sim.now_ns, RETR_MESSAGES * INT64_C(2500000000));
    assert_true(retr.sender[0].sends == 3 && retr.sender[8].sends >= 1);
    retr_fini(&retr);
}

static void all_is_measured_and_reported(void **state)
{
    (void)state;
    struct measures measures;
    struct error error;
    char path[] = "/tmp/ikebench-speed-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    if (!speed_measure(&measures, true, NULL, &error) || !report_write(&measures, path, &error))
        fail_msg("%s", error.text);
    static const char *const wanted[] = {"n", "ns", "per_s", "y"};
    struct csv_table table;
    if (!csv_table_read(path, wanted, COUNT_OF(wanted), &table, &error))
        fail_msg("%s", error.text);
    /* Yardstick, 5 of hold, 2 of M/M/1, 2 of bits, families, 2 of the trial, 3 scenarios x 2 x 2,
     * 2 x 2 of front ends, 2 x 2 of storms, compare, arms; the peer, where it is installed, 2 of
     * M/M/1 and 2 of the trial. */
    size_t peer = measures.peer[0] != '\0' ? 4 : 0;
    assert_int_equal(table.rows, 1 + 5 + 2 + 2 + LAW_FAMILY_COUNT + 2 + 12 + 4 + 4 + 2 + peer);
    const struct measure *storm = NULL;
    for (size_t i = 0; i < measures.n; i++)
        if (strcmp(measures.item[i].name, "storm, 10^6 clients") == 0)
            storm = &measures.item[i];
    assert_non_null(storm);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(storm->peak_mb > 0.0); /* sanitizers' malloc does not tell */
#endif
    assert_near(storm->target_y, 4.0 * storm[-1].y[0], 1e-9); /* of the small one */
    for (size_t i = 0; i < table.rows; i++) {
        double ns = table.column[1].real[i];
        assert_true(table.column[0].real[i] >= 1.0 && ns > 0.0 && table.column[3].real[i] > 0.0);
        assert_near(table.column[2].real[i] * ns, 1e9, 1e9 * (0.0006 / ns + 1e-6 * ns));
    }
    assert_near(table.column[3].real[0], 1.0, 0.9);
    csv_table_fini(&table);
    measures_fini(&measures);
    close(fd);
    unlink(path);
}

static void what_is_not_there_cannot_be_measured(void **state)
{
    (void)state;
    static struct measures measures;
    struct error error;
    assert_false(speed_measure(&measures, true, "no such thing", &error));
    assert_int_equal(error.status, EXIT_INPUT);
    assert_non_null(strstr(error.text, "--only 'no such thing'"));
    measures_fini(&measures);
}

/* A target may be another measurement of the same rounds; without that one there is none. Figures
 * are made up: no machine is too busy for arithmetic. */
static void a_target_may_stand_beside(void **state)
{
    (void)state;
    static struct measures measures;
    measures = (struct measures){.n = 4};
    measures.item[0] = (struct measure){.name = "one", .y = {100.0, 7.0}};
    measures.item[1] =
        (struct measure){.name = "many", .y = {250.0, 1.0}, .beside = "one", .beside_times = 3.0};
    measures.item[2] =
        (struct measure){.name = "more", .y = {350.0, 1.0}, .beside = "one", .beside_times = 3.0};
    measures.item[3] = (struct measure){
        .name = "alone", .y = {350.0, 1.0}, .beside = "nobody", .beside_times = 3.0};
    measures_take_targets(&measures);
    assert_near(measures.item[0].target_y, 0.0, 0.0);
    assert_near(measures.item[1].target_y, 300.0, 1e-9);
    assert_near(measures.item[2].target_y, 300.0, 1e-9);
    assert_near(measures.item[3].target_y, 0.0, 0.0);
    assert_true(measure_reached(&measures.item[1], 0));
    assert_false(measure_reached(&measures.item[2], 0));
}

static void what_peer_print_says(const struct measures *measures, char text[256])
{
    FILE *out = fmemopen(text, 256, "w");
    assert_non_null(out);
    peer_print(measures, out);
    fclose(out);
}

/* Both halves of the ratio are of one run; what was not measured is not compared. */
static void a_peer_is_compared_if_it_is_there(void **state)
{
    (void)state;
    static struct measures measures;
    char text[256];
    measures = (struct measures){.n = 0};
    what_peer_print_says(&measures, text);
    assert_non_null(strstr(text, "not installed"));
    measures = (struct measures){.peer = "SimPy 9", .n = 3};
    measures.item[0] = (struct measure){.name = "retransmission trial", .y = {2.0, 20.0}};
    measures.item[1] =
        (struct measure){.name = "SimPy 9: retransmission trial", .y = {1.0, 5000.0}};
    measures.item[2] = (struct measure){.name = "M/M/1", .y = {1.0, 1.0}};
    what_peer_print_says(&measures, text);
    assert_string_equal(text,
                        "retransmission trial: 250 times as many trials a second as SimPy 9\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retransmission_trial_is_the_published_one),
        cmocka_unit_test(without_loss_nine_messages_arrive),
        cmocka_unit_test(when_all_is_lost_it_gives_up_after_63_s),
        cmocka_unit_test(late_answers_are_repeated_not_counted_twice),
        cmocka_unit_test(all_is_measured_and_reported),
        cmocka_unit_test(what_is_not_there_cannot_be_measured),
        cmocka_unit_test(a_target_may_stand_beside),
        cmocka_unit_test(a_peer_is_compared_if_it_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
