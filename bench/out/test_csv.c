#include "../../model/testkit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/check.h"

#include "csv.h"

static char file[] = "/tmp/ikebench-test-csv-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(file);
    return fd < 0 || close(fd) != 0;
}

static void write_file(const char *text, size_t length)
{
    FILE *stream = fopen(file, "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, length, stream), length);
    fclose(stream);
}

static void numbers_survive_the_round_trip(void **state)
{
    (void)state;
    const int64_t whole[] = {0, -1, 1, INT64_MAX, INT64_MIN, 300000000000, 9007199254740993};
    const double real[] = {0.0, 0.1, 1e300, 5e-324, -2.5, 1.0 / 3.0, 123456789.0};
    struct csv_buffer buffer = {0};
    csv_put_text(&buffer, "trial");
    csv_put_text(&buffer, "node.b.load");
    csv_end_row(&buffer);
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        csv_put_int64(&buffer, whole[i]);
        csv_put_double(&buffer, real[i]);
        csv_end_row(&buffer);
    }
    write_file(buffer.data, buffer.length);
    struct csv_table table;
    struct error error;
    assert_true(csv_table_read(file, NULL, 0, &table, &error));
    assert_int_equal(table.rows, COUNT_OF(whole));
    assert_null(table.column[0].real);
    assert_null(table.column[1].whole);
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        assert_true(table.column[0].whole[i] == whole[i]);
        assert_true(table.column[1].real[i] == real[i]);
    }
    csv_table_fini(&table);
    csv_buffer_fini(&buffer);
}

static void doubles_are_short_and_text_is_quoted(void **state)
{
    (void)state;
    struct csv_buffer buffer = {0};
    csv_put_text(&buffer, "");
    csv_put_double(&buffer, 0.1);
    csv_put_double(&buffer, 12.0);
    csv_put_text(&buffer, "say \"hi\", twice");
    csv_end_row(&buffer);
    const char *want = ",0.1,12,\"say \"\"hi\"\", twice\"\n";
    assert_int_equal(buffer.length, strlen(want));
    assert_memory_equal(buffer.data, want, strlen(want));
    csv_buffer_clear(&buffer);
    csv_put_int64(&buffer, 7);
    assert_int_equal(buffer.length, 1);
    csv_buffer_fini(&buffer);
}

static void only_wanted_columns_are_kept_in_the_order_asked(void **state)
{
    (void)state;
    const char *text = "trial,note,status,x\r\n0,a,1,2.5\r\n1,\"b,\r\nc\",0,-3\r\n";
    const char *const wanted[] = {"x", "trial"};
    write_file(text, strlen(text));
    struct csv_table table;
    struct error error;
    assert_true(csv_table_read(file, wanted, 2, &table, &error));
    assert_int_equal(table.rows, 2);
    assert_int_equal(table.columns, 2);
    assert_int_equal(table.headers, 4);
    assert_string_equal(table.header[1], "note");
    assert_string_equal(table.column[0].name, "x");
    assert_near(table.column[0].real[1], -3.0, 0.0);
    assert_true(csv_table_column(&table, "trial")->whole[1] == 1);
    assert_null(csv_table_column(&table, "status"));
    csv_table_fini(&table);
}

static void bad_files_are_named_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *complaint;
    } bad[] = {
        {"", ":1:1: ", "empty"},
        {"\n", ":1:1: ", "no header"},
        {"trial,x\n", ":2:1: ", "no rows"},
        {"a,b\n1,2\n", ":1:1: ", "no column \"trial\""},
        {"trial,x,x\n1,2,3\n", ":1:3: ", "twice"},
        {"trial,x\n1,2\n3,4", ":3:3: ", "cut off"},
        {"trial,x\n1,2\n3", ":3:2: ", "cut off"},
        {"trial,x\n1,2\n3\n", ":3:2: ", "1 field where the header names 2"},
        {"trial,x\n1,2\n\n3,4\n", ":3:1: ", "0 fields where"},
        {"trial,x\n1,2,3\n", ":2:4: ", "3 fields where"},
        {"trial,x\n1.5,2\n", ":2:1: ", "trial is not a whole number: \"1.5\""},
        {"trial,x\n9223372036854775808,2\n", ":2:1: ", "not a whole number"},
        {"trial,x\n,2\n", ":2:1: ", "not a whole number"},
        {"trial,x\n-,2\n", ":2:1: ", "not a whole number"},
        {"trial,x\n1,2\n1,nan\n", ":3:2: ", "x is not a finite number: \"nan\""},
        {"trial,x\n1,inf\n", ":2:2: ", "not a finite number"},
        {"trial,x\n1,two\n", ":2:2: ", "not a finite number"},
        {"trial,x\n1,\n", ":2:2: ", "not a finite number"},
        {"trial,x\n1,2 3\n", ":2:2: ", "not a finite number"},
        {"trial,x\n1,\"2\n", ":2:2: ", "does not end"},
        {"trial,x\n1,2\"2\"\n", ":2:2: ", "quotes"},
    };
    const char *const wanted[] = {"trial", "x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        write_file(bad[i].text, strlen(bad[i].text));
        struct csv_table table;
        struct error error;
        if (csv_table_read(file, wanted, 2, &table, &error))
            fail_msg("accepted: %s", bad[i].text);
        assert_int_equal(error.status, EXIT_INPUT);
        assert_null(table.column);
        if (!strstr(error.text, bad[i].place) || !strstr(error.text, bad[i].complaint))
            fail_msg("'%s': %s", bad[i].text, error.text);
    }
    struct csv_table table;
    struct error error;
    unlink(file);
    assert_false(csv_table_read(file, NULL, 0, &table, &error));
    assert_non_null(strstr(error.text, "No such file"));
    assert_false(csv_table_read("/tmp", NULL, 0, &table, &error));
    assert_non_null(strstr(error.text, "directory"));
}

static void a_million_values_cross_chunk_ends_unharmed(void **state)
{
    (void)state;
    struct csv_buffer buffer = {0};
    csv_put_text(&buffer, "trial");
    csv_end_row(&buffer);
    for (int64_t i = 0; i < 1000000; i++) {
        csv_put_int64(&buffer, i * i);
        csv_end_row(&buffer);
    }
    write_file(buffer.data, buffer.length);
    csv_buffer_fini(&buffer);
    struct csv_table table;
    struct error error;
    assert_true(csv_table_read(file, NULL, 0, &table, &error));
    assert_int_equal(table.rows, 1000000);
    for (int64_t i = 0; i < 1000000; i++)
        assert_true(table.column[0].whole[i] == i * i);
    csv_table_fini(&table);
    unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_survive_the_round_trip),
        cmocka_unit_test(doubles_are_short_and_text_is_quoted),
        cmocka_unit_test(only_wanted_columns_are_kept_in_the_order_asked),
        cmocka_unit_test(bad_files_are_named_with_their_place),
        cmocka_unit_test(a_million_values_cross_chunk_ends_unharmed),
    };
    return cmocka_run_group_tests(tests, make_file, NULL);
}
