#include <stdio.h>
#include <string.h>

#include "../base/error.h"

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("ikebench " IKEBENCH_VERSION);
        return EXIT_DONE;
    }
    fputs("usage: ikebench --version\n", stderr);
    return EXIT_INPUT;
}
