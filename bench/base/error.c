#include "error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

/* A message is one line whatever a file or shell put into it. */
static void make_one_line(char *text)
{
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text))
            *text = ' ';
}

bool error_set(struct error *error, enum exit_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error->status = status;
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    make_one_line(error->text);
    return false;
}

bool error_at(struct error *error, const char *file, unsigned long line, unsigned long column,
              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error->status = EXIT_INPUT;
    int place = snprintf(error->text, sizeof error->text, "%s:%lu:%lu: ", file, line, column);
    if (place > 0 && (size_t)place < sizeof error->text)
        vsnprintf(error->text + place, sizeof error->text - (size_t)place, format, arguments);
    va_end(arguments);
    make_one_line(error->text);
    return false;
}
