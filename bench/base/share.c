#include "share.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEVELS_UP = 5 }; /* .build/FLAVOUR/bench/plot/test_plot is the deepest program */

static char *real_if_there(const char *folder, const char *name)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return NULL;
    return access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
}

static char *above_program(const char *in_tree)
{
    char folder[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    char *found = NULL;
    for (int level = 0; length > 0 && found == NULL && level < LEVELS_UP; level++) {
        while (length > 0 && folder[--length] != '/') {
        }
        folder[length] = '\0';
        found = real_if_there(folder, in_tree);
    }
    return found;
}

char *share_find(const char *in_tree, const char *installed)
{
    const char *share = getenv("IKEBENCH_SHARE");
    if (share != NULL && *share != '\0')
        return real_if_there(share, installed);
    char *found = above_program(in_tree);
    return found != NULL ? found : real_if_there(IKEBENCH_PREFIX "/share/ikebench", installed);
}
