#include "../../model/testkit.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage.h"

/* Every test works in a fresh folder that is the current one. */
static int enter(void **state)
{
    char *folder = strdup("/tmp/ikebench-test-stage-XXXXXX");
    *state = folder;
    return !mkdtemp(folder) || chdir(folder) != 0;
}

static int leave(void **state)
{
    int bad = chdir("/") != 0 || !remove_tree(*state);
    free(*state);
    return bad;
}

static unsigned entries(const char *folder)
{
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    unsigned n = 0;
    for (struct dirent *entry; (entry = readdir(stream));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return n;
}

static void put(const struct stage *stage, const char *name, const char *text)
{
    struct error error;
    FILE *stream = stage_file(stage, name, &error);
    assert_non_null(stream);
    fputs(text, stream);
    assert_true(stage_close_file(stream, name, &error));
}

static void assert_content(const char *path, const char *want)
{
    char got[64] = "";
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    size_t n = fread(got, 1, sizeof got - 1, stream);
    got[n] = '\0';
    fclose(stream);
    assert_string_equal(got, want);
}

static void make_results(const char *folder, bool force, const char *text)
{
    struct stage stage;
    struct error error;
    if (!stage_open(folder, force, &stage, &error))
        fail_msg("%s", error.text);
    put(&stage, "trials.csv", text);
    put(&stage, "plots/a.svg", "picture");
    assert_true(stage_commit(&stage, &error));
    stage_abandon(&stage); /* harmless now */
}

static void a_folder_appears_whole_with_its_parents(void **state)
{
    (void)state;
    struct stage stage;
    struct error error;
    assert_true(stage_open("a/b/new///", false, &stage, &error));
    put(&stage, "trials.csv", "one");
    assert_int_not_equal(access("a/b/new", F_OK), 0);
    assert_true(stage_commit(&stage, &error));
    assert_content("a/b/new/trials.csv", "one");
    assert_int_equal(entries("a/b"), 1);
}

static void abandoning_leaves_nothing(void **state)
{
    (void)state;
    struct stage stage;
    struct error error;
    assert_true(stage_open("new", false, &stage, &error));
    put(&stage, "deep/er/file", "x");
    stage_abandon(&stage);
    assert_int_equal(entries("."), 0);
}

static void what_exists_is_kept_without_force(void **state)
{
    (void)state;
    make_results("run", false, "old");
    struct stage stage;
    struct error error;
    assert_false(stage_open("run", false, &stage, &error));
    assert_int_equal(error.status, EXIT_INPUT);
    assert_string_equal(error.text, "run exists (use --force to replace it)");
    assert_content("run/trials.csv", "old");
    stage_abandon(&stage);
}

static void force_replaces_results_only_on_commit(void **state)
{
    (void)state;
    make_results("run", false, "old");
    struct stage stage;
    struct error error;
    assert_true(stage_open("run", true, &stage, &error));
    put(&stage, "manifest.json", "new");
    assert_content("run/trials.csv", "old");
    assert_true(stage_commit(&stage, &error));
    assert_content("run/manifest.json", "new");
    assert_int_equal(entries("run"), 1);
    assert_int_equal(entries("."), 1);
    make_results("run", true, "newer");
    assert_content("run/trials.csv", "newer");
    assert_int_equal(entries("."), 1);
}

/* Killed after it had moved what it was to replace aside. */
static void what_was_set_aside_goes_when_it_is_replaced(void **state)
{
    (void)state;
    static const char *const others[] = {".run.old-", ".run.old-12x", ".runs.old-12", ".run.old"};
    make_results("in/run", false, "old");
    assert_int_equal(rename("in/run", "in/.run.old-12"), 0);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char path[64];
        snprintf(path, sizeof path, "in/%s", others[i]);
        make_results(path, false, "another");
    }
    assert_int_equal(mkdir("in/.run.old-13", 0777), 0);
    fclose(fopen("in/.run.old-13/letter", "w"));
    make_results("in/run", false, "new");
    assert_content("in/run/trials.csv", "new");
    assert_int_not_equal(access("in/.run.old-12", F_OK), 0);
    assert_int_equal(access("in/.run.old-13/letter", F_OK), 0);
    assert_int_equal(entries("in"), 2 + sizeof others / sizeof *others);
    make_results("run", false, "old");
    assert_int_equal(rename("run", ".run.old-12"), 0);
    make_results("run", true, "new");
    assert_int_equal(entries("."), 2);
}

static void force_spares_what_is_not_results(void **state)
{
    (void)state;
    struct stage stage;
    struct error error;
    assert_int_equal(mkdir("home", 0777), 0);
    make_results("home/suite/run", false, "x");
    assert_int_equal(mkdir("home/letters", 0777), 0);
    assert_false(stage_open("home", true, &stage, &error)); /* results are two levels down */
    assert_int_equal(error.status, EXIT_INPUT);
    assert_non_null(strstr(error.text, "does not look like results"));
    assert_false(stage_open("home/suite", true, &stage, &error)); /* one level: a whole suite */
    assert_non_null(strstr(error.text, "'run' is in it"));
    assert_true(stage_open("home/suite/run", true, &stage, &error));
    stage_abandon(&stage);
    fclose(fopen("home/suite/run/notes.md", "w"));
    assert_false(stage_open("home/suite/run", true, &stage, &error));
    assert_non_null(strstr(error.text, "'notes.md' is in it"));
    assert_true(stage_open("home/letters", true, &stage, &error)); /* empty */
    stage_abandon(&stage);
    assert_content("home/suite/run/trials.csv", "x");
}

static void places_that_cannot_be(void **state)
{
    (void)state;
    struct stage stage;
    struct error error;
    fclose(fopen("file", "w"));
    assert_false(stage_open("file", true, &stage, &error));
    assert_int_equal(error.status, EXIT_INPUT);
    assert_non_null(strstr(error.text, "in the way"));
    assert_false(stage_open("file/below/run", false, &stage, &error));
    assert_int_equal(error.status, EXIT_OUTPUT);
    assert_string_equal(error.text, "file: Not a directory");
    assert_false(stage_open("/proc/run", false, &stage, &error));
    assert_int_equal(error.status, EXIT_OUTPUT);
    const char *const odd[] = {"", ".", "..", "/", "a/.."};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        assert_false(stage_open(odd[i], true, &stage, &error));
        assert_int_equal(error.status, EXIT_INPUT);
    }
    assert_int_equal(entries("."), 1);
}

static void someone_else_was_first(void **state)
{
    (void)state;
    struct stage stage;
    struct error error;
    assert_true(stage_open("run", false, &stage, &error));
    assert_int_equal(mkdir("run", 0777), 0);
    fclose(fopen("run/trials.csv", "w"));
    assert_false(stage_commit(&stage, &error));
    assert_int_equal(error.status, EXIT_INPUT);
    stage_abandon(&stage);
    assert_int_equal(entries("."), 1);
}

static void a_full_disk_is_noticed(void **state)
{
    (void)state;
    struct error error;
    FILE *small = fopen("/dev/full", "w"); /* fails in the flush */
    fputs("x", small);
    assert_false(stage_close_file(small, "trials.csv", &error));
    assert_int_equal(error.status, EXIT_OUTPUT);
    assert_string_equal(error.text, "trials.csv: No space left on device");
    FILE *large = fopen("/dev/full", "w"); /* fails while it is written */
    for (int i = 0; i < 100000; i++)
        fputs("0123456789", large);
    assert_false(stage_close_file(large, "trials.csv", &error));
    assert_int_equal(error.status, EXIT_OUTPUT);
    static const char data[100000];
    FILE *at_once = fopen("/dev/full", "w"); /* and the reason is kept */
    assert_false(stage_put(at_once, "summary.csv", data, sizeof data, &error));
    assert_string_equal(error.text, "summary.csv: No space left on device");
    fclose(at_once);
}

static void one_file_appears_whole(void **state)
{
    (void)state;
    struct whole_file file;
    struct error error;
    assert_true(whole_file_open("summary.csv", &file, &error));
    fputs("one", file.stream);
    whole_file_abandon(&file);
    assert_int_equal(entries("."), 0);
    for (int i = 0; i < 2; i++) {
        assert_true(whole_file_open("summary.csv", &file, &error));
        fputs(i ? "three" : "two", file.stream);
        assert_true(whole_file_commit(&file, &error));
    }
    assert_content("summary.csv", "three");
    assert_int_equal(entries("."), 1);
    assert_false(whole_file_open("nowhere/summary.csv", &file, &error));
    assert_int_equal(error.status, EXIT_OUTPUT);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_folder_appears_whole_with_its_parents),
        IN_FOLDER(abandoning_leaves_nothing),
        IN_FOLDER(what_exists_is_kept_without_force),
        IN_FOLDER(force_replaces_results_only_on_commit),
        IN_FOLDER(what_was_set_aside_goes_when_it_is_replaced),
        IN_FOLDER(force_spares_what_is_not_results),
        IN_FOLDER(places_that_cannot_be),
        IN_FOLDER(someone_else_was_first),
        IN_FOLDER(a_full_disk_is_noticed),
        IN_FOLDER(one_file_appears_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
