/* The figures under results/reference/ are what this program computes: every scenario again, as
 * scripts/reference runs it. Who changes a figure on purpose runs `make reference`, and says why.
 */
#include <glob.h>

#include "testcli.h"

static char root[PATH_MAX]; /* of the checkout */

/* Whether the reference keeps a line of summary.csv: those of outcomes. */
static bool is_kept(const char *line)
{
    static const char *const metrics[] = {"metric,",   "recovered,",         "vip_up_ns,",
                                          "ipsec_ns,", "app_ready_ns,",      "outage_ns,",
                                          "sum_ns,",   "failback_outage_ns,"};
    for (size_t i = 0; i < COUNT_OF(metrics); i++)
        if (strncmp(line, metrics[i], strlen(metrics[i])) == 0)
            return true;
    return false;
}

/* The kept lines of a text, in place. */
static void keep_lines(char *text)
{
    char *to = text;
    for (char *line = text, *end; *line != '\0'; line = end) {
        end = strchr(line, '\n');
        end = end == NULL ? line + strlen(line) : end + 1;
        if (!is_kept(line))
            continue;
        memmove(to, line, (size_t)(end - line));
        to += end - line;
    }
    *to = '\0';
}

/* "kb821839/crash" of ".../results/reference/kb821839/crash.csv". */
static void name_of(const char *path, char name[PATH_MAX])
{
    const char *base = strstr(path, "results/reference/") + strlen("results/reference/");
    snprintf(name, PATH_MAX, "%.*s", (int)(strlen(base) - strlen(".csv")), base);
}

static void check(const char *path)
{
    char name[PATH_MAX], file[3 * PATH_MAX];
    name_of(path, name);
    snprintf(file, sizeof file, "%s/bench/scenarios/%s.yaml", root, name);
    run_good(ARGS("run", file, "--trials", "400", "--seed", "1", "--no-plot", "--no-alarms",
                  "--quiet", "--force", "--out", "one"));
    char *want = read_text(path), *got = read_text("one/summary.csv");
    keep_lines(got);
    if (strcmp(want, got) != 0)
        fail_msg("%s computes other figures than results/reference/%s.csv", file, name);
    free(want);
    free(got);
}

/* A sanitizer's run takes long: it does a few of them. */
static void figures_are_reproduced(void **state)
{
    (void)state;
    enum { ALL = 40, STEP = TESTKIT_TRIALS(ALL) < ALL ? 12 : 1 };
    glob_t files;
    char pattern[2 * PATH_MAX];
    snprintf(pattern, sizeof pattern, "%s/results/reference/*/*.csv", root);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= ALL);
    for (size_t i = 0; i < files.gl_pathc; i += STEP)
        check(files.gl_pathv[i]);
    globfree(&files);
}

static int enter(void **state)
{
    return getcwd(root, sizeof root) == NULL ? -1 : enter_cli(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(figures_are_reproduced)};
    return cmocka_run_group_tests(tests, enter, leave_folder);
}
