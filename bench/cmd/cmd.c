#include "cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/check.h"

int cmd_fail(const struct error *error)
{
    fprintf(stderr, "ikebench: %s\n", error->text);
    return error->status;
}

bool cmd_number(const char *option, const char *text, uint64_t least, uint64_t most,
                uint64_t *value, struct error *error)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    bool digits = *text >= '0' && *text <= '9' && *end == '\0';
    if (!digits || errno != 0 || number < least || number > most)
        return error_set(error, EXIT_INPUT, "%s '%s': want a whole number from %llu to %llu",
                         option, text, (unsigned long long)least, (unsigned long long)most);
    *value = number;
    return true;
}

bool cmd_bad_option(const char *command, struct error *error)
{
    /* getopt_long has already said what is wrong with it. */
    return error_set(error, EXIT_INPUT, "'ikebench %s --help' lists its options", command);
}

void cmd_add_set(struct cmd_sets *sets, const char *text)
{
    sets->text = realloc(sets->text, (sets->n + 1) * sizeof *sets->text);
    CHECK(sets->text != NULL);
    sets->text[sets->n++] = text;
}
