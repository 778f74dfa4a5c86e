#include "engine/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "ikebench: internal error: %s:%d: %s does not hold\n", file, line, condition);
    abort();
}
