#include "place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"

static const char *option_of(const struct place *place)
{
    return place->option == NULL ? "--set" : place->option;
}

bool place_refuse(struct error *error, const struct place *place, const char *format, ...)
{
    char message[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (place->set != NULL)
        error_set(error, EXIT_INPUT, "%s '%.200s': %s", option_of(place), place->set, message);
    else if (place->file == NULL)
        error_set(error, EXIT_INPUT, "manifest: %s", message);
    else if (place->line == 0)
        error_set(error, EXIT_INPUT, "%s: %s", place->file, message);
    else
        error_at(error, place->file, place->line, place->column, "%s", message);
    return false;
}

char *place_origin(const struct place *place)
{
    char *text = NULL;
    if (place->set != NULL || place->file == NULL)
        text = strdup(place->set != NULL ? option_of(place) : "manifest");
    else if (asprintf(&text, "%s:%lu:%lu", place->file, place->line, place->column) < 0)
        text = NULL;
    CHECK(text != NULL);
    return text;
}
