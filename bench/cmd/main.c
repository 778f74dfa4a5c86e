#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "engine/check.h"

#include "../run/ranks.h"
#include "cmd.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *synopsis, *meaning;
} commands[] = {
#define X(name, synopsis, meaning) {#name, cmd_##name, synopsis, meaning},
    COMMANDS(X)
#undef X
};

static void usage(void)
{
    puts("ikebench: how long does a failover cut IPsec clients off, and which setting would change "
         "it?\n\nusage: ikebench COMMAND ...\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        printf("  %-12s %-34s %s\n", commands[i].name, commands[i].synopsis, commands[i].meaning);
    printf("\n'ikebench COMMAND --help' tells more; 'ikebench --version' the version.\n\n"
           "exit status:");
#define X(name, status, meaning) printf(" %d %s;", status, meaning);
    EXITS(X)
#undef X
    putchar('\n');
}

/* A standard stream that was closed is opened such that its use fails: else a file of results
 * would get its number, and what is printed would go there. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            CHECK(open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) == fd);
}

static int run_command(int argc, char **argv)
{
    struct error error;
    if (argc < 2) {
        error_set(&error, EXIT_INPUT, "which command? 'ikebench --help' lists them");
        return cmd_fail(&error);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("ikebench " IKEBENCH_VERSION "%s\n", ranks_built() ? ", with MPI" : "");
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage();
        return EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    error_set(&error, EXIT_INPUT, "no command '%.200s'; 'ikebench --help' lists them", argv[1]);
    return cmd_fail(&error);
}

int main(int argc, char **argv)
{
    struct error error;
    open_standard_streams();
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is then an error of its write */
    gsl_set_error_handler_off(); /* it would abort; every status is checked instead */
    int status = run_command(argc, argv);
    bool printed = fflush(stdout) == 0 && !ferror(stdout);
    if (printed || status != EXIT_DONE)
        return status;
    error_set(&error, EXIT_OUTPUT, "standard output could not be written");
    return cmd_fail(&error);
}
