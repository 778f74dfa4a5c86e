#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>

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

static void usage(FILE *out)
{
    fputs(
        "ikebench: how long does a failover cut IPsec clients off, and which setting would change "
        "it?\n\nusage: ikebench COMMAND ...\n\n",
        out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-8s %-30s %s\n", commands[i].name, commands[i].synopsis,
                commands[i].meaning);
    fputs("\n'ikebench COMMAND --help' tells more; 'ikebench --version' the version.\n\n"
          "exit status:",
          out);
#define X(name, status, meaning) fprintf(out, " %d %s;", status, meaning);
    EXITS(X)
#undef X
    fputc('\n', out);
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off(); /* it would abort; every status is checked instead */
    if (argc < 2) {
        usage(stderr);
        return EXIT_INPUT;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("ikebench " IKEBENCH_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "ikebench: no command '%s'; 'ikebench --help' lists them\n", argv[1]);
    return EXIT_INPUT;
}
